/* exhibit source: recorders' footage trees. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>

struct options { const char *id, *root, *layout, *zone; };
enum { OPT_ROOT = 0x100, OPT_LAYOUT, OPT_ZONE };

static const struct argp_option option_list[] = {
    { "root", OPT_ROOT, "DIR", 0, "The recorder's footage directory; it is only ever read", 0 },
    { "layout", OPT_LAYOUT, "LAYOUT", 0, "mediamtx, or a template such as '{camera}/%Y-%m-%d/%H/%M.%S.mp4'", 0 },
    { "zone", OPT_ZONE, "ZONE", 0, "The zone of the times in the recorder's file names: UTC, Europe/London, ...", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_ROOT, offsetof(struct options, root) }, { OPT_LAYOUT, offsetof(struct options, layout) },
        { OPT_ZONE, offsetof(struct options, zone) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->id)
            argp_error(state, "one source at a time");
        o->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id || !o->root || !o->layout || !o->zone)
            argp_error(state, "an identifier, --root, --layout and --zone are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static void print_source(const struct session *session, const struct exh_source *source)
{
    if (session->json) {
        struct exh_json *object = json_of_type("source");
        exh_json_set_text(object, "id", source->id);
        exh_json_set_text(object, "root", source->root);
        exh_json_set_text(object, "layout", source->layout);
        exh_json_set_text(object, "zone", source->zone);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *root = exh_text_printable(source->root), *layout = exh_text_printable(source->layout);
    printf("%-16s %-16s %s  %s\n", source->id, source->zone, layout, root);
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_source source = { (char *)(uintptr_t)o->id, (char *)(uintptr_t)o->root, (char *)(uintptr_t)o->layout, (char *)(uintptr_t)o->zone };

    if (!exh_admin_add_source(session->store, &source, err))
        return false;
    print_source(session, exh_store_source(session->store, o->id));
    return true;
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    (void)options;
    (void)err;
    for (size_t i = 0; i < session->store->source_count; i++)
        print_source(session, &session->store->sources[i]);
    return true;
}

static const struct argp add_argp = { option_list, parse, "ID",
    "Add a source: one recorder's tree of footage files, with the layout of its names and their time zone.\v"
    "Example:\n  exhibit source add nvr --root /srv/recordings \\\n      --layout mediamtx --zone UTC", NULL, NULL, NULL };
static const struct argp list_argp = { NULL, NULL, NULL, "List the sources.\vExample:\n  exhibit source list", NULL, NULL, NULL };
const struct command cmd_source_add = { "source add", "add a recorder's footage tree", &add_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_add, NULL };
const struct command cmd_source_list = { "source list", "list the sources", &list_argp, 0, NEEDS_STORE, run_list, NULL };
