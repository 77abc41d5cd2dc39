/* exhibit source: recorders' footage trees. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>

struct options { const char *id, *root, *layout, *zone, *rate; };
struct list_options { bool layouts; };
enum { OPT_ROOT = 0x100, OPT_LAYOUT, OPT_ZONE, OPT_RATE, OPT_LAYOUTS };

static const struct argp_option option_list[] = {
    { "layout", OPT_LAYOUT, "LAYOUT", 0, "The recorder's name ('exhibit source list --layouts' lists them), or a template such as '{camera}/%Y-%m-%d/%H/%M.%S.mp4'", 0 },
    { "root", OPT_ROOT, "DIR", 0, "The recorder's footage directory; it is only ever read. Default: where the recorder keeps it unless told otherwise", 0 },
    { "zone", OPT_ZONE, "ZONE", 0, "The zone of the times in the recorder's file names: UTC, Europe/London, ... Default: UTC for recorders that write UTC, else the store's zone", 0 },
    { "rate", OPT_RATE, "RATE", 0, "Pictures a second of bare H.264 and H.265 streams, which do not say it: 25, 30000/1001", 0 },
    { 0 },
};
static const struct argp_option list_option_list[] = {
    { "layouts", OPT_LAYOUTS, NULL, 0, "List the recorders whose layouts are known by name instead", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_ROOT, offsetof(struct options, root) }, { OPT_LAYOUT, offsetof(struct options, layout) },
        { OPT_ZONE, offsetof(struct options, zone) }, { OPT_RATE, offsetof(struct options, rate) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->id)
            argp_error(state, "one source at a time");
        o->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id || !o->layout)
            argp_error(state, "an identifier and --layout are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
    struct list_options *o = state->input;

    (void)argument;
    if (key != OPT_LAYOUTS)
        return ARGP_ERR_UNKNOWN;
    o->layouts = true;
    return 0;
}

static void print_source(const struct session *session, const struct exh_source *source)
{
    EXH_CLEANUP(exh_freep) char *rate = exh_rate_words(source->rate);

    if (session->json) {
        struct exh_json *object = json_of_type("source");
        exh_json_set_text(object, "id", source->id);
        json_set_path(object, "root", source->root);
        exh_json_set_text(object, "layout", source->layout);
        exh_json_set_text(object, "zone", source->zone);
        exh_json_set_text(object, "rate", rate);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *root = exh_text_printable(source->root), *layout = exh_text_printable(source->layout);
    printf("%-16s %-16s %s  %s%s%s\n", source->id, source->zone, layout, root, rate ? "  rate " : "", rate ? rate : "");
}

/* What was not given, and so was taken from what is known of the recorder. */
static void say_taken(const struct session *session, const struct options *o, const struct exh_source *source)
{
    const struct exh_recorder *recorder = exh_recorder_find(source->layout);
    EXH_CLEANUP(exh_freep) char *root = exh_text_printable(source->root);

    if (!o->root)
        say(session, "root: taken as '%s', where %s keeps footage unless told otherwise", root, source->layout);
    if (!o->zone && recorder->zone)
        say(session, "zone: taken as %s, which %s writes", source->zone, source->layout);
    else if (!o->zone)
        say(session, "zone: taken as %s, the store's, for %s writes local time; --zone says otherwise", source->zone, source->layout);
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_source source = {
        .id = (char *)(uintptr_t)o->id, .root = (char *)(uintptr_t)o->root, .layout = (char *)(uintptr_t)o->layout, .zone = (char *)(uintptr_t)o->zone };

    if ((o->rate && !exh_rate_parse(o->rate, &source.rate, err)) || !exh_admin_add_source(session->store, &source, err))
        return false;
    say_taken(session, o, exh_store_source(session->store, o->id));
    print_source(session, exh_store_source(session->store, o->id));
    return true;
}

static void print_layout(const struct session *session, const struct exh_recorder *recorder)
{
    if (session->json) {
        struct exh_json *object = json_of_type("layout"), *templates = exh_json_array();
        for (const char *const *template = recorder->templates; *template; template++)
            exh_json_add_text(templates, *template);
        exh_json_set_text(object, "name", recorder->name);
        exh_json_set_text(object, "words", recorder->words);
        exh_json_set_text(object, "root", recorder->root);
        exh_json_set_text(object, "zone", recorder->zone);
        exh_json_set(object, "templates", templates);
        print_json(object);
        return;
    }
    printf("%-16s %s\n", recorder->name, recorder->words);
    printf("%-16s root %s, times in %s\n", "", recorder->root ? recorder->root : "to be given", recorder->zone ? recorder->zone : "local time");
    for (const char *const *template = recorder->templates; *template; template++)
        printf("%-16s %s\n", "", *template);
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct list_options *o = options;
    size_t count;
    const struct exh_recorder *recorders = exh_recorders(&count);

    /* What is built in can be listed before there is a store. */
    if (!o->layouts && !session_open_store(session, err))
        return false;
    for (size_t i = 0; o->layouts && i < count; i++)
        print_layout(session, &recorders[i]);
    for (size_t i = 0; !o->layouts && i < session->store->source_count; i++)
        print_source(session, &session->store->sources[i]);
    return true;
}

static const struct argp add_argp = { option_list, parse, "ID",
    "Add a source: one recorder's tree of footage files, with the layout of its names and their time zone.\v"
    "Examples:\n  exhibit source add nvr --root /srv/recordings \\\n      --layout mediamtx --zone UTC\n  exhibit source add yard --layout frigate", NULL, NULL, NULL };
static const struct argp list_argp = { list_option_list, parse_list, NULL,
    "List the sources, or the recorders whose layouts are known by name.\vExample:\n  exhibit source list --layouts", NULL, NULL, NULL };
const struct command cmd_source_add = { "source add", "add a recorder's footage tree", &add_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_add, NULL };
const struct command cmd_source_list = { "source list", "list the sources", &list_argp, sizeof(struct list_options), 0, run_list, NULL };
