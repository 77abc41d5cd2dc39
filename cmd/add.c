/* exhibit add: files from elsewhere become an exhibit. */
#include "cmd.h"

#include "exhibit/export.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *case_id, *from, *organisation, *received, *method, *description, *time_statement, *starts;
    const char *shown, *actual, *reference, *check_method;
    struct exh_strings files;
    bool dry_run;
};
enum { OPT_CASE = 0x100, OPT_FROM, OPT_ORGANISATION, OPT_RECEIVED, OPT_METHOD, OPT_DESCRIPTION, OPT_TIME_STATEMENT, OPT_STARTS,
       OPT_SHOWN, OPT_ACTUAL, OPT_REFERENCE, OPT_CHECK_METHOD, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "case", OPT_CASE, "ID", 0, "The case it is for", 0 },
    { "from", OPT_FROM, "NAME", 0, "Who handed the files over", 0 },
    { "organisation", OPT_ORGANISATION, "NAME", 0, "Whom they act for: a shop, a bus company", 0 },
    { "received", OPT_RECEIVED, "TIME", 0, "When: 2021-12-06 10:15 in the store's zone, or with Z, +01:00, GMT or BST", 0 },
    { "method", OPT_METHOD, "WORDS", 0, "How: \"USB stick\", \"email\"", 0 },
    { "description", OPT_DESCRIPTION, "WORDS", 0, "What it is: \"shop front, camera 2\"", 0 },
    { "time-statement", OPT_TIME_STATEMENT, "WORDS", 0, "What is known of the times in the files, and how: \"recorder read 4 min fast against a phone\"", 0 },
    { "shown", OPT_SHOWN, "TIME", 0, "What the device's clock showed when it was held against true time", 0 },
    { "actual", OPT_ACTUAL, "TIME", 0, "True time at that moment", 0 },
    { "reference", OPT_REFERENCE, "WORDS", 0, "Where true time was taken from: \"speaking clock\"", 0 },
    { "check-method", OPT_CHECK_METHOD, "WORDS", 0, "How the two were compared: \"both read at once\"", 0 },
    { "starts", OPT_STARTS, "TIME", 0, "True time of the first picture of the first file, where it is known", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be made, and make nothing", 0 },
    { 0 },
};

static bool is_checked(const struct options *o)
{
    return o->shown || o->actual || o->reference || o->check_method;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_FROM, offsetof(struct options, from) },
        { OPT_ORGANISATION, offsetof(struct options, organisation) }, { OPT_RECEIVED, offsetof(struct options, received) },
        { OPT_METHOD, offsetof(struct options, method) }, { OPT_DESCRIPTION, offsetof(struct options, description) },
        { OPT_TIME_STATEMENT, offsetof(struct options, time_statement) }, { OPT_STARTS, offsetof(struct options, starts) },
        { OPT_SHOWN, offsetof(struct options, shown) }, { OPT_ACTUAL, offsetof(struct options, actual) },
        { OPT_REFERENCE, offsetof(struct options, reference) }, { OPT_CHECK_METHOD, offsetof(struct options, check_method) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG: exh_strings_add(&o->files, argument); return 0;
    case OPT_DRY_RUN:  o->dry_run = true; return 0;
    case ARGP_KEY_END:
        if (!o->case_id || !o->from || !o->received || o->files.count == 0)
            argp_error(state, "a file, --case, --from and --received are needed");
        if (is_checked(o) && (!o->shown || !o->actual || !o->reference || !o->check_method))
            argp_error(state, "a check of the clock needs --shown, --actual, --reference and --check-method");
        if (is_checked(o) && o->time_statement)
            argp_error(state, "give a check of the clock, or --time-statement, not both");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static struct exh_json *result_json(const struct exh_made *result)
{
    struct exh_json *object = json_of_type("add");

    exh_json_set_text(object, "exhibit", *result->reference ? result->reference : NULL);
    exh_json_set_int(object, "size", (int64_t)result->size);
    exh_json_set_text(object, "tagmanifest_sha256", *result->tagmanifest ? result->tagmanifest : NULL);
    exh_json_set_int(object, "findings", (int64_t)result->findings);
    exh_json_set(object, "record", exh_json_copy(result->record));
    return object;
}

static void print_result(const struct exh_made *result)
{
    const struct exh_json *parts = exh_json_get(result->record, "parts"), *findings = exh_json_get(result->record, "findings");
    EXH_CLEANUP(exh_freep) char *size = exh_text_size(result->size);

    print_field("exhibit", *result->reference ? result->reference : "(none: dry run)");
    print_field("size", size);
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        print_field("original", exh_json_text_or(exh_json_at(parts, i), "original", ""));
        print_field("  file", exh_json_text_or(exh_json_at(parts, i), "file", NULL));
        print_field("  sha256", exh_json_text_or(exh_json_at(parts, i), "sha256", NULL));
    }
    for (size_t i = 0; i < exh_json_count(findings); i++)
        print_field("finding", exh_json_text_or(exh_json_at(findings, i), "text", ""));
}

static bool read_times(const struct session *session, const struct options *o, struct exh_handover *handover, struct exh_error *err)
{
    if (!exh_moment_parse(o->received, session->store->zone, &handover->received, err))
        return exh_while(err, "--received");
    handover->starts.ns = INT64_MIN;
    if (o->starts && !exh_moment_parse(o->starts, session->store->zone, &handover->starts, err))
        return exh_while(err, "--starts");
    return true;
}

/* The record's "clock", of the one check there is. */
static struct exh_json *clock_json(const struct exh_clock_check *check, const char *zone)
{
    struct exh_json *json = exh_clock_check_json(check, zone);
    char shown[EXH_MOMENT_SIZE], actual[EXH_MOMENT_SIZE];

    exh_moment_local(check->shown, zone, shown);
    exh_moment_local(check->actual, zone, actual);
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s (it showed %s when it was %s; reference: %s; method: %s)",
        exh_json_text_or(json, "words", ""), shown, actual, check->reference, check->method);
    exh_json_set_bool(json, "checked", true);
    exh_json_set_text(json, "statement", words);
    return json;
}

static bool read_check(const struct session *session, const struct options *o, struct exh_json **ret_clock, struct exh_error *err)
{
    const char *zone = session->store->zone;
    EXH_CLEANUP(exh_clock_check_clear) struct exh_clock_check check = { .recorded = exh_moment_now(), .uncertainty_ns = EXH_SECOND };
    int64_t offset;

    if (!is_checked(o))
        return true;
    if (!exh_moment_parse(o->shown, zone, &check.shown, err))
        return exh_while(err, "--shown");
    if (!exh_moment_parse(o->actual, zone, &check.actual, err))
        return exh_while(err, "--actual");
    if (check.actual.ns > check.recorded.ns)
        return exh_fail(err, EXH_USAGE, "--actual is still to come; give the true time at which the device's clock was read");
    if (!exh_clock_offset(&check, &offset, err))
        return false;
    check.reference = exh_strdup(o->reference);
    check.method = exh_strdup(o->check_method);
    check.zone = exh_strdup(zone);
    *ret_clock = clock_json(&check, zone);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_made_clear) struct exh_made result = { .record = NULL };
    struct exh_add_options add = {
        .case_id = o->case_id, .files = &o->files, .dry_run = o->dry_run, .arguments = &session->arguments,
        .handover = { .from = o->from, .organisation = o->organisation, .method = o->method, .description = o->description,
                      .time_statement = o->time_statement } };

    EXH_CLEANUP(exh_json_freep) struct exh_json *clock = NULL;

    if (!read_times(session, o, &add.handover, err) || !read_check(session, o, &clock, err))
        return false;
    add.handover.clock = clock;
    struct watch watch = watch_begin(session, "copying");
    add.progress = watch.progress;
    add.interrupted = watch_is_interrupted;
    bool done = exh_add(session->store, &add, &result, err);
    watch_end(&watch, done, err);
    if (!done)
        return false;
    if (session->json)
        print_json(result_json(&result));
    else
        print_result(&result);
    session->status = result.findings ? 7 : 0;
    return true;
}

static void clear(void *options)
{
    exh_strings_clear(&((struct options *)options)->files);
}

static const struct argp argp = { option_list, parse, "FILE...",
    "Add files from elsewhere (shop CCTV, a phone) as one exhibit: the Master is the files, bit for bit, with who handed them over, "
    "when, and what is known of their times. It stays in the store. A file that cannot be read here is kept all the same.\v"
    "Exit status: 0 added, 7 added with findings (a file that cannot be read, or is damaged).\n\n"
    "Example:\n  exhibit add shop.avi --case C1 --from \"J. Smith\" --organisation \"Corner Shop\" \\\n"
    "      --received \"2021-12-06 10:15\" --method \"USB stick\" \\\n"
    "      --time-statement \"recorder read 4 min fast against a phone\"", NULL, NULL, NULL };
const struct command cmd_add = { "add", "make an exhibit of files from elsewhere", &argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, clear };
