/* exhibit camera check-time: a camera's clock, held against true time. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *camera, *shown, *actual, *reference, *method, *uncertainty, *photo;
    bool large_difference, list, dry_run;
};
enum {
    OPT_SHOWN = 0x100,
    OPT_ACTUAL,
    OPT_REFERENCE,
    OPT_METHOD,
    OPT_UNCERTAINTY,
    OPT_PHOTO,
    OPT_LARGE,
    OPT_LIST,
    OPT_DRY_RUN
};

static const struct argp_option option_list[] = {
    { "shown", OPT_SHOWN, "TIME", 0,
      "What the recorder's clock showed, in the zone of the camera's source, or with Z, +01:00, GMT or BST", 0 },
    { "actual", OPT_ACTUAL, "TIME", 0, "True time at that moment, in the store's zone, or with Z, +01:00, GMT or BST",
      0 },
    { "reference", OPT_REFERENCE, "WORDS", 0, "Where true time was taken from: \"NTP stratum 2\", \"speaking clock\"",
      0 },
    { "method", OPT_METHOD, "WORDS", 0, "How the two were compared: \"both read at once\", \"photograph of both\"", 0 },
    { "uncertainty", OPT_UNCERTAINTY, "LENGTH", 0,
      "How far off the difference may be: 1s (unless said otherwise), 0.5s, 200ms", 0 },
    { "photo", OPT_PHOTO, "FILE", 0, "A photograph of the two clocks, at most 50 MB; it is kept in the store", 0 },
    { "large-difference", OPT_LARGE, NULL, 0, "The recorder really is off by more than a day", 0 },
    { "list", OPT_LIST, NULL, 0, "Show the checks there are, and the drift from each to the next", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say how the check would be understood, and enter nothing", 0 },
    { 0 },
};

static void require(const struct options *o, struct argp_state *state)
{
    if (!o->camera)
        argp_error(state, "which camera?");
    bool any = o->shown || o->actual || o->reference || o->method || o->uncertainty || o->photo || o->large_difference
        || o->dry_run;
    if (o->list && any)
        argp_error(state, "--list shows checks and enters none; it goes with no other option of a check");
    if (!o->list && (!o->shown || !o->actual || !o->reference || !o->method))
        argp_error(state, "--shown, --actual, --reference and --method are needed, or --list");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_SHOWN, offsetof(struct options, shown) },
                                                { OPT_ACTUAL, offsetof(struct options, actual) },
                                                { OPT_REFERENCE, offsetof(struct options, reference) },
                                                { OPT_METHOD, offsetof(struct options, method) },
                                                { OPT_UNCERTAINTY, offsetof(struct options, uncertainty) },
                                                { OPT_PHOTO, offsetof(struct options, photo) },
                                                { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_LARGE: o->large_difference = true; return 0;
    case OPT_LIST: o->list = true; return 0;
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->camera)
            argp_error(state, "one camera at a time");
        o->camera = argument;
        return 0;
    case ARGP_KEY_END: require(o, state); return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- printing ---- */

static void print_both(const char *label, struct exh_moment moment, const char *zone)
{
    char local[EXH_MOMENT_SIZE], utc[EXH_MOMENT_SIZE];

    exh_moment_local(moment, zone ? zone : "UTC", local);
    exh_moment_utc(moment, utc);
    printf("%-12s %s (%s)\n", label, local, utc);
}

static void print_text(const struct exh_clock_check *check, const struct exh_json *json, const char *zone)
{
    char uncertainty[EXH_MOMENT_SIZE];

    print_both("shown", check->shown, check->zone);
    print_both("actual", check->actual, zone);
    exh_duration_words(check->uncertainty_ns, uncertainty);
    print_field("clock", exh_json_text_or(json, "words", ""));
    print_field("give or take", uncertainty);
    print_field("reference", check->reference);
    print_field("method", check->method);
    print_field("photo", check->photo);
    print_field("by", check->by);
}

/* ---- entering a check ---- */

/* A clock that is off by whole hours is more often one whose zone was taken wrongly. */
static void note_whole_hours(const struct session *session, const struct exh_clock_check *check, int64_t offset)
{
    const int64_t hour = 3600 * EXH_SECOND, margin = 60 * EXH_SECOND;
    int64_t size = offset < 0 ? -offset : offset;
    int64_t from_hour = (size + margin) % hour;

    if (size >= hour - margin && size <= 15 * hour && from_hour <= 2 * margin)
        say(session,
            "the difference is close to a whole hour: a zone or summer time that was taken wrongly looks like that; "
            "the time shown was read in %s",
            check->zone);
}

static bool read_times(const struct session *session, const struct options *o, struct exh_clock_check *check,
                       struct exh_error *err)
{
    const struct exh_camera *camera;

    check->uncertainty_ns = EXH_SECOND;
    if (!exh_store_need_camera(session->store, o->camera, &camera, err))
        return false;
    if (!exh_moment_parse(o->shown, exh_store_source(session->store, camera->source)->zone, &check->shown, err))
        return exh_while(err, "--shown");
    if (!exh_moment_parse(o->actual, session->store->zone, &check->actual, err))
        return exh_while(err, "--actual");
    if (o->uncertainty && !exh_duration_parse(o->uncertainty, 86400 * EXH_SECOND, &check->uncertainty_ns, err))
        return exh_while(err, "--uncertainty");
    check->reference = exh_strdup(o->reference);
    check->method = exh_strdup(o->method);
    return true;
}

static bool enter(struct session *session, const struct options *o, struct exh_error *err)
{
    EXH_CLEANUP(exh_clock_check_clear) struct exh_clock_check check = { .reference = NULL };
    const struct exh_check_options options = { .photo = o->photo,
                                               .large_difference = o->large_difference,
                                               .dry_run = o->dry_run };

    if (!session_load_actor(session, err) || !read_times(session, o, &check, err)
        || !exh_admin_check_time(session->store, o->camera, &options, &check, err))
        return false;
    struct exh_json *json = exh_clock_check_json(&check, session->store->zone);
    exh_json_set_text(json, "type", "time-check");
    exh_json_set_text(json, "camera", o->camera);
    exh_json_set_bool(json, "dry_run", o->dry_run);
    if (o->dry_run)
        exh_json_set_text(json, "recorded", NULL);
    note_whole_hours(session, &check, exh_json_int_or(json, "offset_ns", 0));
    if (session->json) {
        print_json(json);
        return true;
    }
    print_field("camera", o->camera);
    print_text(&check, json, session->store->zone);
    exh_json_free(json);
    return true;
}

/* ---- listing ---- */

/* The check in force before check @number; NULL where there is none, or where @number is not in force itself. */
static const struct exh_clock_check *check_before(const struct exh_clock_history *history, size_t number)
{
    size_t before = number;

    while (before > 0 && history->checks[before - 1].actual.ns == history->checks[number].actual.ns)
        before--;
    return before && !exh_clock_is_superseded(history, number) ? &history->checks[before - 1] : NULL;
}

static struct exh_json *listed_json(const struct exh_store *store, const struct exh_clock_history *history,
                                    size_t number)
{
    const struct exh_clock_check *check = &history->checks[number], *before = check_before(history, number);
    struct exh_json *json = exh_clock_check_json(check, store->zone);

    exh_json_set_text(json, "type", "time-check");
    exh_json_set_text(json, "camera", history->camera);
    exh_json_set_text(json, "photo_state", exh_store_photo_state(store, check));
    exh_json_set_bool(json, "corrected", exh_clock_is_superseded(history, number));
    exh_json_set(json, "drift", before ? exh_clock_drift_json(before, check, store->zone) : exh_json_text(NULL));
    return json;
}

static void print_listed(const struct exh_store *store, const struct exh_clock_check *check,
                         const struct exh_json *json, bool first)
{
    if (!first)
        putchar('\n');
    print_text(check, json, store->zone);
    print_both("entered", (struct exh_moment){ check->recorded.ns / EXH_SECOND * EXH_SECOND }, store->zone);
    print_field("photo is", exh_json_text_or(json, "photo_state", NULL));
    print_field("note",
                exh_json_bool_or(json, "corrected", false) ? "a later entry for the same moment corrects this one"
                                                           : NULL);
    print_field("drift", exh_json_text_or(exh_json_get(json, "drift"), "words", NULL));
}

static void print_finding(struct session *session, const char *code, const char *text)
{
    session->status = 7;
    if (!session->json) {
        print_field("finding", text);
        return;
    }
    struct exh_json *object = json_of_type("finding");
    exh_json_set_text(object, "code", code);
    exh_json_set_text(object, "text", text);
    print_json(object);
}

static void list_one(struct session *session, const struct exh_clock_history *history, size_t number)
{
    const struct exh_clock_check *check = &history->checks[number];
    struct exh_json *json = listed_json(session->store, history, number);
    EXH_CLEANUP(exh_freep) char *state = exh_strdup(exh_json_text_or(json, "photo_state", NULL));

    if (session->json) {
        print_json(json);
    } else {
        print_listed(session->store, check, json, number == 0);
        exh_json_free(json);
    }
    if (!state || strcmp(state, "kept") == 0)
        return;
    EXH_CLEANUP(exh_freep)
    char *text = exh_format("photograph checks/%s of this check is %s", check->photo_file, state);
    print_finding(session, "photo", text);
}

/* Whatever camera they were of: what is not in the log belongs to none. */
static bool list_unknown(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    if (!exh_store_unknown_photos(session->store, &names, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        EXH_CLEANUP(exh_freep)
        char *text = exh_format("checks/%s belongs to no check in the log: one that was cut off, or somebody else's; "
                                "it is left alone",
                                names.at[i]);
        print_finding(session, "unknown-photo", text);
    }
    return true;
}

static bool list(struct session *session, const char *id, struct exh_error *err)
{
    const struct exh_clock_history *history;
    const struct exh_camera *camera;

    if (!exh_store_checks(session->store, id, &history, err)
        || (!history->count && !exh_store_need_camera(session->store, id, &camera, err)))
        return false;
    if (!history->count)
        say(session, "no check of the clock of camera '%s' is recorded", id);
    for (size_t i = 0; i < history->count; i++)
        list_one(session, history, i);
    return list_unknown(session, err);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    return o->list ? list(session, o->camera, err) : enter(session, o, err);
}

static const struct argp argp = { option_list,
                                  parse,
                                  "CAMERA",
                                  "Enter in the custody log by how much the clock of a camera's recorder is off, so "
                                  "that footage is found and given out in true time; "
                                  "or list the checks there are.\v"
                                  "Exit status: 0 done, 7 listed, but a photograph is missing, altered or unknown.\n\n"
                                  "Example:\n  exhibit camera check-time wisbech-12 \\\n      --shown \"2021-12-05 "
                                  "21:10:15\" --actual \"2021-12-05 21:10:00\" \\\n"
                                  "      --reference \"NTP stratum 2\" --method \"both read at once\"\n"
                                  "  exhibit camera check-time wisbech-12 --list",
                                  NULL,
                                  NULL,
                                  NULL };
const struct command cmd_camera_check_time = { "camera check-time",
                                               "enter or list checks of a camera's clock",
                                               &argp,
                                               sizeof(struct options),
                                               NEEDS_STORE | TAKES_KEY,
                                               run,
                                               NULL };
