/* exhibit export: from a camera and a window to a sealed package. */
#include "cmd.h"

#include "exhibit/export.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct options { const char *case_id, *camera, *from, *to, *out; struct exh_strings recipients; bool dry_run; };
enum { OPT_CASE = 0x100, OPT_CAMERA, OPT_FROM, OPT_TO, OPT_OUT, OPT_RECIPIENT, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "case", OPT_CASE, "ID", 0, "The case it is for", 0 },
    { "camera", OPT_CAMERA, "ID", 0, "The camera", 0 },
    { "from", OPT_FROM, "TIME", 0, "Start of the window (inclusive): 2021-12-05 21:10 in the store's zone, or with Z, +01:00, GMT or BST", 0 },
    { "to", OPT_TO, "TIME", 0, "End of the window (exclusive)", 0 },
    { "out", OPT_OUT, "DIR", 0, "Directory the package is written to", 0 },
    { "recipient", OPT_RECIPIENT, "AGE1...", 0, "Encrypt the package for this age recipient, and for the store's recovery; may be repeated", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be made, and make nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_CAMERA, offsetof(struct options, camera) },
        { OPT_FROM, offsetof(struct options, from) }, { OPT_TO, offsetof(struct options, to) }, { OPT_OUT, offsetof(struct options, out) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_RECIPIENT: exh_strings_add(&o->recipients, argument); return 0;
    case OPT_DRY_RUN:   o->dry_run = true; return 0;
    case ARGP_KEY_END:
        if (!o->case_id || !o->camera || !o->from || !o->to || !o->out)
            argp_error(state, "--case, --camera, --from, --to and --out are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- interruption and progress ---- */

static volatile sig_atomic_t caught;

static void catch(int number)
{
    caught = number;
}

static bool is_interrupted(void)
{
    return caught != 0;
}

static void show_progress(void *context, size_t part, size_t parts, uint64_t done, uint64_t size)
{
    EXH_CLEANUP(exh_freep) char *so_far = exh_text_size(done), *whole = exh_text_size(size);

    (void)context;
    fprintf(stderr, "\r\033[Kpart %zu of %zu: %s of %s, %u%%", part, parts, so_far, whole, size ? (unsigned)(100 * done / size) : 100u);
    fflush(stderr);
}

static void end_progress(bool shown)
{
    if (shown)
        fputs("\r\033[K", stderr);
}

/* ---- the result ---- */

static struct exh_json *result_json(const struct exh_export_result *result)
{
    struct exh_json *object = json_of_type("export");

    exh_json_set_text(object, "exhibit", *result->reference ? result->reference : NULL);
    exh_json_set_text(object, "package", result->package);
    exh_json_set_int(object, "size", (int64_t)result->size);
    exh_json_set_text(object, "sha256", *result->digest ? result->digest : NULL);
    exh_json_set_text(object, "tagmanifest_sha256", *result->tagmanifest ? result->tagmanifest : NULL);
    exh_json_set_int(object, "findings", (int64_t)result->findings);
    exh_json_set(object, "record", exh_json_copy(result->record));
    return object;
}

static void print_interval(const char *label, const struct exh_json *window)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s to %s (%s to %s)", exh_json_text_or(window, "from_local", ""),
        exh_json_text_or(window, "to_local", ""), exh_json_text_or(window, "from", ""), exh_json_text_or(window, "to", ""));

    print_field(label, words);
}

static void print_part(const struct exh_json *part)
{
    char lead_in[EXH_MOMENT_SIZE], tail[EXH_MOMENT_SIZE];

    exh_duration_words(exh_json_int_or(part, "lead_in_ns", 0), lead_in);
    exh_duration_words(exh_json_int_or(part, "tail_ns", 0), tail);
    print_field("file", exh_json_text_or(part, "file", ""));
    print_interval("  shows", part);
    printf("%-12s %lld video frames; %s before the window, %s after it\n", "  holds",
           (long long)exh_json_int_or(part, "video_packets", 0), lead_in, tail);
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

static void print_result(const struct exh_export_result *result)
{
    const struct exh_json *parts = exh_json_get(result->record, "parts");
    EXH_CLEANUP(exh_freep) char *size = exh_text_size(result->size);

    print_field("exhibit", *result->reference ? result->reference : "(none: dry run)");
    print_field("package", result->package);
    print_field("size", size);
    print_field("sha256", result->digest);
    print_interval("window", exh_json_get(result->record, "window"));
    for (size_t i = 0; i < exh_json_count(parts); i++)
        print_part(exh_json_at(parts, i));
    print_missing(result->record);
}

/* ---- run ---- */

static bool parse_recipients(const struct exh_strings *words, struct exh_recipient **ret_recipients, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((words->count + 1) * sizeof *recipients);

    for (size_t i = 0; i < words->count; i++)
        if (!exh_recipient_parse(words->at[i], &recipients[i], err))
            return exh_while(err, "--recipient");
    *ret_recipients = exh_steal(&recipients);
    return true;
}

static void catch_signals(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Ends as the signal would have ended it: 128 + n for whoever waits. */
static void die_of_signal(void)
{
    catch_signals(SIG_DFL);
    fflush(stdout);
    raise(caught);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = NULL;
    EXH_CLEANUP(exh_export_result_clear) struct exh_export_result result = { .record = NULL };
    bool shows = !session->quiet && isatty(STDERR_FILENO);
    struct exh_window window;

    if (!session_window(session, o->from, o->to, &window, err) || !parse_recipients(&o->recipients, &recipients, err))
        return false;
    const struct exh_export_options export = {
        .case_id = o->case_id, .camera = o->camera, .window = window, .out = o->out, .recipients = recipients, .recipient_count = o->recipients.count,
        .dry_run = o->dry_run, .arguments = &session->arguments, .progress = shows ? show_progress : NULL, .interrupted = is_interrupted };
    catch_signals(catch);
    bool done = exh_export(session->store, &export, &result, err);
    end_progress(shows);
    if (!done && caught) {
        fprintf(stderr, "exhibit: %s\n", err->text);
        die_of_signal();
    }
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
    exh_strings_clear(&((struct options *)options)->recipients);
}

static const struct argp argp = { option_list, parse, NULL,
    "Export the footage of a camera and window: cut without altering a packet, hashed, signed, packed as a BagIt bag in a ZIP, "
    "and entered in the custody log. The exhibit stays in the store; the package goes to --out.\v"
    "Exit status: 0 the whole window was delivered, 7 delivered with gaps or other findings, 1 no footage at all.\n\n"
    "Example:\n  exhibit export --case C1 --camera wisbech-12 --out /media/usb \\\n      --from \"2021-12-05 21:10\" --to \"2021-12-05 21:25\"",
    NULL, NULL, NULL };
const struct command cmd_export = { "export", "export footage as a sealed package", &argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run, clear };
