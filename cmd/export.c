/* exhibit export, extract: from a camera and a window to an exhibit, with a sealed package or without. */
#include "copy.h"
#include "seal.h"

#include "exhibit/export.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *case_id, *camera, *from, *to, *mode, *out, *request, *emergency;
    struct exh_strings recipients;
    bool dry_run, estimate, recorder_time, copy;
};
enum { OPT_CASE = OPT_COPY_LAST, OPT_CAMERA, OPT_RECORDER_TIME, OPT_MODE, OPT_ESTIMATE, OPT_COPY, OPT_REQUEST, OPT_EMERGENCY };

/* What export and extract share. */
#define FOOTAGE_OPTIONS                                                                                                \
    { "case", OPT_CASE, "ID", 0, "The case it is for", 0 },                                                            \
    { "camera", OPT_CAMERA, "ID", 0, "The camera", 0 },                                                                \
    { "from", OPT_FROM, "TIME", 0, "Start of the window (inclusive): 2021-12-05 21:10 in the store's zone, "           \
      "or with Z, +01:00, GMT or BST", 0 },                                                                            \
    { "to", OPT_TO, "TIME", 0, "End of the window (exclusive)", 0 },                                                   \
    { "recorder-time", OPT_RECORDER_TIME, NULL, 0, "--from and --to are what the recorder's clock showed, in its own " \
      "zone; otherwise they are true times", 0 },                                                                      \
    { "mode", OPT_MODE, "MODE", 0, "clip: the recorder's packets, cut at key frames (this is the default); "           \
      "native: the recorder's files, whole, bit for bit", 0 },                                                         \
    { "request", OPT_REQUEST, "ID", 0, "The request that it is made on, such as C1-R1", 0 },                           \
    { "emergency", OPT_EMERGENCY, "REASON", 0, "It is made before anybody asked in form: why; another person approves "  \
      "it afterwards", 0 },                                                                                            \
    { "estimate", OPT_ESTIMATE, NULL, 0, "Say first how large it will be and how long it should take", 0 },            \
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be made, and make nothing", 0 }

static const struct argp_option export_options[] = {
    FOOTAGE_OPTIONS,
    { "out", OPT_OUT, "DIR", 0, "Directory the package is written to", 0 },
    { "recipient", OPT_RECIPIENT, "AGE1...", 0, "Encrypt the package for this age recipient, and for the store's recovery; may be repeated", 0 },
    { "copy", OPT_COPY, NULL, 0, "Also make a working copy for common players, and pack it with the Master", 0 },
    { 0 },
};
static const struct argp_option extract_options[] = { FOOTAGE_OPTIONS, { 0 } };

static error_t parse_extract(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_CAMERA, offsetof(struct options, camera) },
        { OPT_FROM, offsetof(struct options, from) }, { OPT_TO, offsetof(struct options, to) }, { OPT_MODE, offsetof(struct options, mode) },
        { OPT_REQUEST, offsetof(struct options, request) }, { OPT_EMERGENCY, offsetof(struct options, emergency) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN:       o->dry_run = true; return 0;
    case OPT_ESTIMATE:      o->estimate = true; return 0;
    case OPT_RECORDER_TIME: o->recorder_time = true; return 0;
    case ARGP_KEY_END:
        if (!o->case_id || !o->camera || !o->from || !o->to)
            argp_error(state, "--case, --camera, --from and --to are needed");
        if (o->mode && strcmp(o->mode, "clip") != 0 && strcmp(o->mode, "native") != 0)
            argp_error(state, "--mode is 'clip' or 'native', not '%s'", o->mode);
        if (o->request && o->emergency)
            argp_error(state, "--request and --emergency: it is made on a request, or before there is one");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static error_t parse_export(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case OPT_OUT:       o->out = argument; return 0;
    case OPT_COPY:      o->copy = true; return 0;
    case OPT_RECIPIENT: exh_strings_add(&o->recipients, argument); return 0;
    case ARGP_KEY_END:
        if (!o->out)
            argp_error(state, "--out is needed: the directory the package is written to");
        return parse_extract(key, argument, state);
    default: return parse_extract(key, argument, state);
    }
}

/* ---- the result ---- */

static void print_part(const struct exh_json *part)
{
    char lead_in[EXH_MOMENT_SIZE], tail[EXH_MOMENT_SIZE];

    exh_duration_words(exh_json_int_or(part, "lead_in_ns", 0), lead_in);
    exh_duration_words(exh_json_int_or(part, "tail_ns", 0), tail);
    print_field("file", exh_json_text_or(part, "file", ""));
    print_field("  original", exh_json_text_or(part, "original", NULL));
    if (exh_json_text_or(part, "from", NULL))
        print_interval("  shows", part);
    if (exh_json_get(part, "video_packets"))
        printf("%-12s %lld video frames; ", "  holds", (long long)exh_json_int_or(part, "video_packets", 0));
    else
        printf("%-12s ", "  holds");
    printf("%s before the window, %s after it\n", lead_in, tail);
    print_field("  sha256", exh_json_text_or(part, "sha256", ""));
    print_field("  note", exh_json_text_or(part, "problem", NULL));
}

static void print_missing(const struct exh_json *record)
{
    const struct exh_json *gaps = exh_json_get(record, "gaps"), *findings = exh_json_get(record, "findings");

    for (size_t i = 0; i < exh_json_count(gaps); i++) {
        print_interval("gap", exh_json_at(gaps, i));
        print_field("  cause", exh_json_text_or(exh_json_at(gaps, i), "cause", ""));
    }
    for (size_t i = 0; i < exh_json_count(findings); i++)
        print_field("finding", exh_json_text_or(exh_json_at(findings, i), "text", ""));
}

static void print_result(const struct exh_made *result)
{
    const struct exh_json *parts = exh_json_get(result->record, "parts");
    EXH_CLEANUP(exh_freep) char *size = exh_text_size(result->size);

    print_field("exhibit", *result->reference ? result->reference : "(none: dry run)");
    print_field("package", result->package);
    print_field("size", size);
    print_field("sha256", result->digest);
    print_interval("window", exh_json_get(result->record, "window"));
    print_field("clock", exh_json_text_or(exh_json_get(result->record, "clock"), "statement", NULL));
    for (size_t i = 0; i < exh_json_count(parts); i++)
        print_part(exh_json_at(parts, i));
    print_missing(result->record);
}

static void print_estimate(void *context, uint64_t size, int64_t duration_ns)
{
    const struct session *session = context;
    char words[EXH_MOMENT_SIZE];

    if (session->json) {
        struct exh_json *object = json_of_type("estimate");
        exh_json_set_int(object, "size", (int64_t)size);
        exh_json_set_int(object, "duration_ns", duration_ns);
        print_json(object);
        fflush(stdout);
        return;
    }
    EXH_CLEANUP(exh_freep) char *bytes = exh_text_size(size);
    exh_duration_words((duration_ns + EXH_SECOND - 1) / EXH_SECOND * EXH_SECOND, words);
    printf("%-12s %s of footage, %s %s\n", "estimate", bytes, duration_ns < EXH_SECOND ? "less than" : "about", words);
    fflush(stdout);
}

/* ---- a copy beside it ---- */

static void begin_part(struct session *session, const char *part)
{
    snprintf(session->store->job.part, sizeof session->store->job.part, "%s", part);
}

/* What transcode and seal do, one after the other: the Master is sealed before any copy of it is made. What was made for the same row of a
 * batch before is not made again. */
static bool copy_and_seal(struct session *session, const struct options *o, const struct exh_job_found *made,
                          const struct exh_recipient *recipients, struct exh_error *err)
{
    const char *reference = made->master;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings exhibits = EXH_STRINGS_NONE;
    const struct copy_options copy = { .master = reference };
    const struct exh_derive_options derive = { .copy = EXH_COPY_FILM };
    struct exh_seal_options seal = { .exhibits = &exhibits, .items = { [EXH_SEAL_MASTER] = true, [EXH_SEAL_COPY] = true },
                                     .recipients = recipients, .recipient_count = o->recipients.count, .out = o->out };
    EXH_CLEANUP(exh_freep) char *kept = exh_format("exhibit %s was made and is kept in the store", reference);
    EXH_CLEANUP(exh_freep) char *both = exh_format("exhibit %s and its copy were made and are kept in the store", reference);
    int status = session->status;

    exh_strings_add(&exhibits, reference);
    watch_keeps(kept);
    begin_part(session, EXH_JOB_COPY);
    if (!made->copied && !make_copy(session, &copy, &derive, "transcode", false, err))
        return false;
    watch_keeps(both);
    begin_part(session, "");
    if (!exh_seal_medium(session->store, "plain", &seal.medium, err) || !seal_exhibits(session, &seal, err))
        return false;
    session->status = session->status ? session->status : status;
    return true;
}

/* ---- run ---- */

static bool make_exhibit(struct session *session, const struct options *o, const struct exh_recipient *recipients, struct exh_job_found *ret_made,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_made_clear) struct exh_made result = { .record = NULL };
    struct exh_window window;

    if (!(o->recorder_time ? session_recorder_window(session, o->camera, o->from, o->to, &window, err)
                           : session_window(session, o->from, o->to, &window, err)))
        return false;
    begin_part(session, o->copy ? EXH_JOB_MASTER : "");
    struct watch watch = watch_begin(session, "copying");
    const struct exh_export_options export = {
        .case_id = o->case_id, .camera = o->camera, .window = window, .recorder_time = o->recorder_time,
        .out = o->copy ? NULL : o->out, .request = o->request, .emergency = o->emergency,
        .mode = o->mode && strcmp(o->mode, "native") == 0 ? EXH_NATIVE : EXH_CLIP,
        .estimated = o->estimate ? print_estimate : NULL, .context = session, .recipients = recipients, .recipient_count = o->recipients.count,
        .dry_run = o->dry_run, .arguments = &session->arguments, .progress = watch.progress, .interrupted = watch_is_interrupted };
    bool done = exh_export(session->store, &export, &result, err);
    watch_end(&watch, done, err);
    if (!done)
        return false;
    if (session->json)
        print_json(json_of_made(&result, o->out && !o->copy ? "export" : "extract"));
    else
        print_result(&result);
    ret_made->findings = result.findings;
    snprintf(ret_made->master, sizeof ret_made->master, "%s", result.reference);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = NULL;
    struct exh_job_found made = { .state = EXH_JOB_NEW };

    if (!session_recipients(&o->recipients, &recipients, err)
        || (o->copy && *session->store->job.id && !exh_store_find_job(session->store, &session->store->job, &made, err))
        || (!*made.master && !make_exhibit(session, o, recipients, &made, err)))
        return false;
    session->status = made.findings ? 7 : 0;
    return !o->copy || o->dry_run || copy_and_seal(session, o, &made, recipients, err)
        || exh_while(err, "exhibit %s was made and is kept in the store", made.master);
}

static void clear(void *options)
{
    exh_strings_clear(&((struct options *)options)->recipients);
}

static const struct argp export_argp = { export_options, parse_export, NULL,
    "Export the footage of a camera and window: cut without altering a packet, hashed, signed, packed as a BagIt bag in a ZIP, "
    "and entered in the custody log. The exhibit stays in the store; the package goes to --out. With --copy it does what extract, "
    "transcode and seal do, one after the other.\v"
    "Exit status: 0 the whole window was delivered, 7 delivered with gaps or other findings, 1 no footage at all.\n\n"
    "Example:\n  exhibit export --case C1 --request C1-R1 --camera wisbech-12 --out /media/usb \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"",
    NULL, NULL, NULL };
static const struct argp extract_argp = { extract_options, parse_extract, NULL,
    "Extract the footage of a camera and window: as export, but the exhibit stays in the store and nothing is packed yet.\v"
    "Exit status: 0 the whole window was delivered, 7 delivered with gaps or other findings, 1 no footage at all.\n\n"
    "Examples:\n  exhibit extract --case C1 --request C1-R1 --camera wisbech-12 \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"\n"
    "  exhibit extract --case C1 --request C1-R1 --camera wisbech-12 --mode native \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\" --estimate",
    NULL, NULL, NULL };
const struct command cmd_export = { "export", "export footage as a sealed package", &export_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, clear };
const struct command cmd_extract = { "extract", "make an exhibit of footage, in the store", &extract_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, clear };
