/* exhibit camera: named, placed views. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>

struct options { const char *id, *source, *path, *name, *town; };
enum { OPT_SOURCE = 0x100, OPT_PATH, OPT_NAME, OPT_TOWN };

static const struct argp_option option_list[] = {
    { "source", OPT_SOURCE, "ID", 0, "The source that records it", 0 },
    { "path", OPT_PATH, "NAME", 0, "The camera's name in the recorder's tree; stands for {camera} in the layout", 0 },
    { "name", OPT_NAME, "WORDS", 0, "Its name for people: \"Market Place\"", 0 },
    { "town", OPT_TOWN, "WORDS", 0, "The town it stands in", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_SOURCE, offsetof(struct options, source) }, { OPT_PATH, offsetof(struct options, path) },
        { OPT_NAME, offsetof(struct options, name) }, { OPT_TOWN, offsetof(struct options, town) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->id)
            argp_error(state, "one camera at a time");
        o->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id || !o->source || !o->path || !o->name)
            argp_error(state, "an identifier, --source, --path and --name are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static void print_camera(const struct session *session, const struct exh_camera *camera)
{
    if (session->json) {
        struct exh_json *object = json_of_type("camera");
        exh_json_set_text(object, "id", camera->id);
        exh_json_set_text(object, "source", camera->source);
        exh_json_set_text(object, "path", camera->path);
        exh_json_set_text(object, "name", camera->name);
        exh_json_set_text(object, "town", camera->town);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(camera->name), *town = exh_text_printable(camera->town ? camera->town : "-"),
        *path = exh_text_printable(camera->path);
    printf("%-20s %-20s %-14s %s/%s\n", camera->id, name, town, camera->source, path);
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_camera camera = { (char *)(uintptr_t)o->id, (char *)(uintptr_t)o->source, (char *)(uintptr_t)o->path,
                                       (char *)(uintptr_t)o->name, (char *)(uintptr_t)o->town };

    if (!exh_admin_add_camera(session->store, &camera, err))
        return false;
    print_camera(session, exh_store_camera(session->store, o->id));
    return true;
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    (void)options;
    (void)err;
    for (size_t i = 0; i < session->store->camera_count; i++)
        print_camera(session, &session->store->cameras[i]);
    return true;
}

static const struct argp add_argp = { option_list, parse, "ID", "Add a camera: a named, placed view recorded in a source.\v"
    "Example:\n  exhibit camera add wisbech-12 --source nvr --path wisbech-12 \\\n      --name \"Market Place\" --town Wisbech", NULL, NULL, NULL };
static const struct argp list_argp = { NULL, NULL, NULL, "List the cameras.\vExample:\n  exhibit camera list --json", NULL, NULL, NULL };
const struct command cmd_camera_add = { "camera add", "add a camera", &add_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_add, NULL };
const struct command cmd_camera_list = { "camera list", "list the cameras", &list_argp, 0, NEEDS_STORE, run_list, NULL };
