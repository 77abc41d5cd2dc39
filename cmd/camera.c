/* exhibit camera: named, placed views. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *id, *source, *path, *name, *town, *latitude, *longitude; };
enum { OPT_SOURCE = 0x100, OPT_PATH, OPT_NAME, OPT_TOWN, OPT_LATITUDE, OPT_LONGITUDE, OPT_UPDATE, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "source", OPT_SOURCE, "ID", 0, "The source that records it", 0 },
    { "path", OPT_PATH, "NAME", 0, "The camera's name in the recorder's tree; stands for {camera} in the layout", 0 },
    { "name", OPT_NAME, "WORDS", 0, "Its name for people: \"Market Place\"", 0 },
    { "town", OPT_TOWN, "WORDS", 0, "The town it stands in", 0 },
    { "latitude", OPT_LATITUDE, "DEGREES", 0, "Where it stands, in decimal degrees (WGS 84): 52.6660", 0 },
    { "longitude", OPT_LONGITUDE, "DEGREES", 0, "The same: 0.1590; west of Greenwich with a minus sign", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_SOURCE, offsetof(struct options, source) },
                                                { OPT_PATH, offsetof(struct options, path) },
                                                { OPT_NAME, offsetof(struct options, name) },
                                                { OPT_TOWN, offsetof(struct options, town) },
                                                { OPT_LATITUDE, offsetof(struct options, latitude) },
                                                { OPT_LONGITUDE, offsetof(struct options, longitude) },
                                                { 0, 0 } };
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

static void set_camera(struct exh_json *object, const struct exh_camera *camera)
{
    exh_json_set_text(object, "id", camera->id);
    exh_json_set_text(object, "source", camera->source);
    json_set_path(object, "path", camera->path);
    exh_json_set_text(object, "name", camera->name);
    exh_json_set_text(object, "town", camera->town);
    exh_json_set_text(object, "latitude", camera->latitude);
    exh_json_set_text(object, "longitude", camera->longitude);
}

static void print_camera(const struct session *session, const struct exh_camera *camera)
{
    if (session->json) {
        struct exh_json *object = json_of_type("camera");
        set_camera(object, camera);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(camera->name),
        *town = exh_text_printable(camera->town ? camera->town : "-"), *path = exh_text_printable(camera->path),
        *place = camera->latitude ? exh_format("%s, %s", camera->latitude, camera->longitude) : exh_strdup("-");
    printf("%-20s %-20s %-14s %-18s %s/%s\n", camera->id, name, town, place, camera->source, path);
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_camera camera = {
        .id = (char *)(uintptr_t)o->id, .source = (char *)(uintptr_t)o->source, .path = (char *)(uintptr_t)o->path,
        .name = (char *)(uintptr_t)o->name, .town = (char *)(uintptr_t)o->town,
        .latitude = (char *)(uintptr_t)o->latitude, .longitude = (char *)(uintptr_t)o->longitude };

    if (!exh_admin_add_camera(session->store, &camera, err))
        return false;
    print_camera(session, exh_store_camera(session->store, o->id));
    return true;
}

/* ---- list ---- */

static const struct argp_option list_options[] = {
    { "source", OPT_SOURCE, "ID", 0, "Only those that this source records", 0 },
    { "town", OPT_TOWN, "WORDS", 0, "Only those in this town; the whole name, in either case", 0 },
    { 0 },
};

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_SOURCE, offsetof(struct options, source) }, { OPT_TOWN, offsetof(struct options, town) }, { 0, 0 } };

    return parse_text_options(key, argument, state, texts);
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_store *store = session->store;
    const struct exh_source *source;

    if ((o->source && !exh_store_need_source(store, o->source, &source, err))
        || (o->town && !exh_store_need_town(store, o->town, err)))
        return false;
    for (size_t i = 0; i < store->camera_count; i++) {
        const struct exh_camera *camera = &store->cameras[i];
        if ((!o->source || strcmp(camera->source, o->source) == 0) && (!o->town || exh_camera_is_in(camera, o->town)))
            print_camera(session, camera);
    }
    return true;
}

/* ---- import ---- */

struct import_options { const char *file; bool update, dry_run; };
enum { MOST_TOLD = 20 };

static const struct argp_option import_options[] = {
    { "update", OPT_UPDATE, NULL, 0, "Change cameras that are there with other facts, too", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be done, and change nothing", 0 },
    { 0 },
};

static error_t parse_import(int key, char *argument, struct argp_state *state)
{
    struct import_options *o = state->input;

    switch (key) {
    case OPT_UPDATE:  o->update = true; return 0;
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one file at a time");
        o->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "a CSV file is needed, or - for standard input");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* All that is wrong with the file, where; after the first twenty, how many more. */
static void print_problems(const struct session *session, const char *file, const struct exh_import *import)
{
    for (size_t i = 0; i < import->problem_count && i < MOST_TOLD; i++) {
        const struct exh_import_problem *problem = &import->problems[i];
        print_problem(session, file, (struct problem){ problem->line, problem->column, problem->text });
    }
    print_more_problems(import->problem_count, MOST_TOLD);
}

static const char *const act_names[] = { "add", "change", "same" };

static void print_changes(const struct exh_import_row *row)
{
    for (size_t i = 0; i < exh_json_members(row->changes); i++) {
        const char *name = exh_json_member_name(row->changes, i);
        const struct exh_json *change = exh_json_get(row->changes, name);
        EXH_CLEANUP(exh_freep) char *from = exh_text_printable(exh_json_text_or(change, "from", "")),
            *to = exh_text_printable(exh_json_text_or(change, "to", ""));
        printf("%-8s %-20s %s: '%s' becomes '%s'\n", "change", row->camera.id, name, from, to);
    }
}

static void print_row(const struct session *session, const struct exh_import_row *row)
{
    if (session->json) {
        struct exh_json *object = json_of_type("camera-import");
        exh_json_set_text(object, "act", act_names[row->act]);
        set_camera(object, &row->camera);
        if (row->changes)
            exh_json_set(object, "changes", exh_json_copy(row->changes));
        print_json(object);
    } else if (row->act == EXH_IMPORT_CHANGE) {
        print_changes(row);
    } else if (row->act == EXH_IMPORT_ADD) {
        printf("%-8s ", "add");
        print_camera(session, &row->camera);
    }
}

static void print_sum(const struct session *session, const struct exh_import *import, bool dry_run)
{
    const size_t *counts = import->counts;

    if (session->json) {
        struct exh_json *object = json_of_type("camera-import-sum");
        exh_json_set_int(object, "added", (int64_t)counts[EXH_IMPORT_ADD]);
        exh_json_set_int(object, "changed", (int64_t)counts[EXH_IMPORT_CHANGE]);
        exh_json_set_int(object, "same", (int64_t)counts[EXH_IMPORT_SAME]);
        exh_json_set_bool(object, "dry_run", dry_run);
        print_json(object);
        return;
    }
    printf("%zu %sadded, %zu %schanged, %zu there already with the same facts%s\n", counts[EXH_IMPORT_ADD],
           dry_run ? "would be " : "", counts[EXH_IMPORT_CHANGE], dry_run ? "would be " : "", counts[EXH_IMPORT_SAME],
           dry_run ? "; nothing was changed" : "");
}

static bool run_import(struct session *session, const void *options, struct exh_error *err)
{
    const struct import_options *o = options;
    const char *what = strcmp(o->file, "-") == 0 ? "standard input" : o->file;
    EXH_CLEANUP(exh_import_clear) struct exh_import import = { 0 };
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_store_may(session->store, "camera-import", err) || !read_input(o->file, EXH_IMPORT_LARGEST, &bytes, &size, err))
        return false;
    exh_import_read(session->store, bytes, size, o->update, &import);
    print_problems(session, what, &import);
    if (!exh_import_check(&import, what, err) || (!o->dry_run && !exh_import_apply(session->store, &import, err)))
        return false;
    for (size_t i = 0; i < import.row_count; i++)
        print_row(session, &import.rows[i]);
    print_sum(session, &import, o->dry_run);
    return true;
}

static const struct argp add_argp = { option_list, parse, "ID", "Add a camera: a named, placed view recorded in a source.\v"
    "Example:\n  exhibit camera add wisbech-12 --source nvr --path wisbech-12 \\\n      --name \"Market Place\" --town Wisbech", NULL, NULL, NULL };
static const struct argp import_argp = { import_options, parse_import, "FILE.csv|-",
    "Add the cameras that a CSV file lists: all of them with one entry in the custody log, or none. Its first line names "
    "the columns, in any order: id, source, path, name, and where known town, latitude, longitude. Cameras that are "
    "there already with the same facts are passed over.\v"
    "Example:\n  exhibit camera import cameras.csv --dry-run\n  exhibit camera import cameras.csv", NULL, NULL, NULL };
static const struct argp list_argp = { list_options, parse_list, NULL, "List the cameras.\v"
    "Example:\n  exhibit camera list --town Wisbech --json", NULL, NULL, NULL };
const struct command cmd_camera_add = { "camera add", "add a camera", &add_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_add, NULL };
const struct command cmd_camera_import = { "camera import", "add the cameras that a CSV file lists", &import_argp,
    sizeof(struct import_options), NEEDS_STORE | NEEDS_ACTOR, run_import, NULL };
const struct command cmd_camera_list = { "camera list", "list the cameras", &list_argp, sizeof(struct options),
    NEEDS_STORE, run_list, NULL };
