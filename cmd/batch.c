/* exhibit batch: a file of jobs, each row a command of ours, done once however often it is run. */
#include "cmd.h"

#include "exhibit/batch.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *file, *name;
    size_t jobs;
    bool stop_on_error, look_again, dry_run;
};
enum { OPT_JOBS = 0x100, OPT_NAME, OPT_KEEP_GOING, OPT_STOP_ON_ERROR, OPT_LOOK_AGAIN, OPT_DRY_RUN };
enum { MOST_FINDINGS = 100, LONGEST_NAME = 128 };

static const struct argp_option option_list[] = {
    { "jobs", OPT_JOBS, "N", 0, "So many rows at a time, 1 to 64; twice as many as there are processors where not given", 0 },
    { "name", OPT_NAME, "NAME", 0, "What the batch is called: rows of another name are other rows, whatever their identifiers", 0 },
    { "keep-going", OPT_KEEP_GOING, NULL, 0, "Go on after a row that fails (this is the default)", 0 },
    { "stop-on-error", OPT_STOP_ON_ERROR, NULL, 0, "Begin no more rows after one that fails; those that run are waited for", 0 },
    { "look-again", OPT_LOOK_AGAIN, NULL, 0, "Ask again for footage where there was none when the row was run before", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Run each row with --dry-run: say what would be made, and make nothing", 0 },
    { 0 },
};

static size_t parse_jobs(const char *words, struct argp_state *state)
{
    uint64_t number = 0;

    if (!exh_text_number(words, EXH_BATCH_MOST_JOBS, &number) || number == 0)
        argp_error(state, "--jobs is a whole number from 1 to %d, not '%s'", EXH_BATCH_MOST_JOBS, words);
    return (size_t)number;
}

static void check(const struct options *o, struct argp_state *state)
{
    if (!o->file)
        argp_error(state, "a file of jobs is needed, or - for standard input");
    if (o->name && (!*o->name || strlen(o->name) > LONGEST_NAME || !exh_text_is_utf8(o->name, strlen(o->name))))
        argp_error(state, "--name has 1 to %d bytes of UTF-8", LONGEST_NAME);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case OPT_JOBS:          o->jobs = parse_jobs(argument, state); return 0;
    case OPT_NAME:          o->name = argument; return 0;
    case OPT_KEEP_GOING:    o->stop_on_error = false; return 0;
    case OPT_STOP_ON_ERROR: o->stop_on_error = true; return 0;
    case OPT_LOOK_AGAIN:    o->look_again = true; return 0;
    case OPT_DRY_RUN:       o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one file at a time");
        o->file = argument;
        return 0;
    case ARGP_KEY_END:      check(o, state); return 0;
    default:                return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what rows may say: the commands' own options ---- */

static const char for_all[] = "it is of the whole batch: give it to 'exhibit batch', not to a row";
static const struct refusal { const char *name, *why; } refusals[] = {
    { "json", for_all }, { "quiet", for_all }, { "progress", for_all }, { "store", for_all }, { "key", for_all }, { "passphrase-file", for_all },
    { "passphrase-fd", for_all }, { "dry-run", for_all },
    { "estimate", "nobody looks at an estimate in a batch; leave it out" },
    { "passphrase", "it asks on a terminal, and a batch has none; use package-passphrase-file" },
    { "package-passphrase-fd", "a row has no descriptors of its own; use package-passphrase-file" },
};
enum { COMMON_REFUSALS = 7 };

static const char *refusal_of(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(refusals); i++)
        if (strcmp(refusals[i].name, name) == 0)
            return refusals[i].why;
    return NULL;
}

/* The help says of each option whether it may be repeated. */
static struct exh_batch_option option_of(const struct argp_option *option)
{
    return (struct exh_batch_option){ option->name, option->arg != NULL, option->doc && strstr(option->doc, "may be repeated"),
                                      refusal_of(option->name) };
}

/* As its command's own parser takes it. That moves the words about, so it gets others. */
static bool judge(const void *context, const struct exh_strings *words, struct exh_error *err)
{
    const struct command *command = context;
    EXH_CLEANUP(exh_freep) char **argv = exh_alloc((words->count + 2) * sizeof *argv);

    argv[0] = (char *)(uintptr_t)command->name;
    memcpy(argv + 1, words->at, words->count * sizeof *argv);
    return command_judge(command, (int)words->count + 1, argv, err);
}

static struct exh_batch_verb verb_of(const struct command *command)
{
    struct exh_batch_verb verb = { .name = command->name, .refused = !(command->needs & MAKES_ONCE), .judge = judge, .context = command };
    const struct argp_option *option = verb.refused ? NULL : command->argp->options;
    struct exh_batch_option *options = NULL;

    for (; option && option->name; option++) {
        options = exh_realloc_array(options, verb.option_count + 1 + COMMON_REFUSALS, sizeof *options);
        options[verb.option_count++] = option_of(option);
    }
    for (size_t i = 0; options && i < COMMON_REFUSALS; i++)
        options[verb.option_count++] = (struct exh_batch_option){ refusals[i].name, true, false, refusals[i].why };
    verb.options = options;
    return verb;
}

struct verbs { struct exh_batch_verb *at; size_t count; };

static void clear_verbs(struct verbs *verbs)
{
    for (size_t i = 0; i < verbs->count; i++)
        free((void *)(uintptr_t)verbs->at[i].options);
    free(verbs->at);
}

static struct verbs find_verbs(void)
{
    struct verbs verbs = { NULL, 0 };
    const struct command *command;

    while ((command = command_at(verbs.count))) {
        verbs.at = exh_realloc_array(verbs.at, verbs.count + 1, sizeof *verbs.at);
        verbs.at[verbs.count++] = verb_of(command);
    }
    return verbs;
}

/* ---- the file ---- */

static void print_problems(const struct session *session, const char *what, const struct exh_batch *batch)
{
    for (size_t i = 0; i < batch->problem_count && i < EXH_BATCH_MOST_PROBLEMS; i++) {
        const struct exh_batch_problem *problem = &batch->problems[i];
        print_problem(session, what, (struct problem){ problem->line, problem->column, problem->text });
    }
    print_more_problems(batch->problem_count, EXH_BATCH_MOST_PROBLEMS);
}

/* All that is wrong with it is told before anything is run. */
static bool load(const struct session *session, const struct options *o, const struct verbs *verbs, struct exh_batch *batch, struct exh_error *err)
{
    const char *what = strcmp(o->file, "-") == 0 ? "standard input" : o->file;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size = 0;

    if (!read_input(o->file, EXH_BATCH_LARGEST, &bytes, &size, err))
        return false;
    exh_batch_read(bytes, size, verbs->at, verbs->count, batch);
    print_problems(session, what, batch);
    return exh_batch_check(batch, what, err);
}

/* ---- telling ---- */

struct telling { const struct session *session; bool dry_run; };

static const char *outcome_of(const struct exh_batch_event *event)
{
    if (event->stopped)
        return "stopped";
    if (event->status != 0 && event->status != 7)
        return "failed";
    return event->before ? "before" : "done";
}

/* Codes and words of what must be said of it; at most so many: the exhibit's record has them all. */
static struct exh_json *some_of(const struct exh_json *findings)
{
    struct exh_json *some = exh_json_array();

    for (size_t i = 0; i < exh_json_count(findings) && i < MOST_FINDINGS; i++)
        exh_json_add(some, exh_json_copy(exh_json_at(findings, i)));
    return some;
}

/* Without what grows with the footage: that is in the exhibit. */
static struct exh_json *result_of(const struct exh_json *result)
{
    struct exh_json *brief = result ? exh_json_object() : exh_json_text(NULL);

    for (size_t i = 0; i < exh_json_members(result); i++) {
        const char *name = exh_json_member_name(result, i);
        if (strcmp(name, "record") != 0 && strcmp(name, "holds") != 0)
            exh_json_set(brief, name, exh_json_copy(exh_json_get(result, name)));
    }
    return brief;
}

static void set_outcome(struct exh_json *object, const struct exh_batch_event *event)
{
    exh_json_set_text(object, "outcome", outcome_of(event));
    exh_json_set_int(object, "status", event->status);
    exh_json_set_text(object, "made", event->item);
    exh_json_set(object, "findings", some_of(event->findings));
    exh_json_set(object, "result", result_of(event->result));
    exh_json_set_text(object, "text", event->text);
}

static void tell_json(const struct exh_batch_event *event)
{
    static const char *const types[] = { "started", "progress", "finished" };
    struct exh_json *object = json_of_type(types[event->stage]);

    exh_json_set_text(object, "id", event->row->id);
    exh_json_set_int(object, "line", (int64_t)event->row->line);
    exh_json_set_text(object, "verb", event->row->verb->name);
    if (event->stage == EXH_BATCH_PROGRESS)
        exh_json_set(object, "progress", exh_json_copy(event->progress));
    else
        exh_json_set(object, "time", moment_json(exh_moment_now()));
    if (event->stage == EXH_BATCH_FINISHED)
        set_outcome(object, event);
    print_json(object);
    fflush(stdout);                      /* whoever reads it acts on it */
}

static void tell_words(const struct exh_batch_event *event)
{
    const char *package = exh_json_text_or(event->result, "package", NULL);
    EXH_CLEANUP(exh_freep) char *id = exh_text_printable(event->row->id);
    EXH_CLEANUP(exh_freep) char *text = exh_text_printable(event->text ? event->text : event->item ? event->item : "nothing made: dry run");

    printf("%-8s %-20s ", outcome_of(event), id);
    if (!event->text && package && event->item && strcmp(package, event->item) != 0)
        printf("%s %s%s\n", text, package, event->status == 7 ? " (with findings)" : "");
    else if (event->text)
        printf("(%d) %s\n", event->status, text);
    else
        printf("%s%s\n", text, event->status == 7 ? " (with findings)" : "");
    fflush(stdout);
}

static void tell(void *context, const struct exh_batch_event *event)
{
    const struct telling *telling = context;

    watch_clear();
    if (telling->session->json)
        tell_json(event);
    else if (event->stage == EXH_BATCH_FINISHED)
        tell_words(event);
}

static void tick(void *context, const struct exh_batch_sum *sum, size_t running)
{
    EXH_CLEANUP(exh_freep) char *doing = exh_format("running %zu, %zu failed", running, sum->failed);

    (void)context;
    watch_doing(doing);
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "rows", .done = sum->done + sum->before + sum->failed + sum->stopped,
                                      .whole = sum->rows });
}

static char *sum_words(const struct exh_batch_sum *sum, bool dry_run)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    exh_text_printf(&words, "%zu row%s: %zu %s, %zu done before", sum->rows, sum->rows == 1 ? "" : "s", sum->done,
                    dry_run ? "would be done" : "done", sum->before);
    if (sum->findings)
        exh_text_printf(&words, " (%zu of them with findings)", sum->findings);
    exh_text_printf(&words, ", %zu failed", sum->failed);
    if (sum->stopped)
        exh_text_printf(&words, ", %zu stopped", sum->stopped);
    if (sum->not_begun)
        exh_text_printf(&words, ", %zu not begun", sum->not_begun);
    return exh_text_take(&words);
}

static void print_sum(const struct telling *telling, const struct exh_batch_sum *sum)
{
    EXH_CLEANUP(exh_freep) char *words = sum_words(sum, telling->dry_run);

    watch_clear();
    if (!telling->session->json) {
        puts(words);
        return;
    }
    struct exh_json *object = json_of_type("summary");
    exh_json_set_int(object, "rows", (int64_t)sum->rows);
    exh_json_set_int(object, "done", (int64_t)sum->done);
    exh_json_set_int(object, "before", (int64_t)sum->before);
    exh_json_set_int(object, "findings", (int64_t)sum->findings);
    exh_json_set_int(object, "failed", (int64_t)sum->failed);
    exh_json_set_int(object, "stopped", (int64_t)sum->stopped);
    exh_json_set_int(object, "not_begun", (int64_t)sum->not_begun);
    exh_json_set_bool(object, "dry_run", telling->dry_run);
    print_json(object);
}

/* ---- run ---- */

/* What every row's command gets: store and key not as options, which stand in the records of what is made. */
static void find_common(const struct session *session, struct exh_strings *common)
{
    setenv("EXHIBIT_STORE", session->store_path, 1);
    setenv("EXHIBIT_KEY", session->key_path, 1);
    exh_strings_add(common, "--json");
    if (session->passphrase_file)
        exh_strings_addf(common, "--passphrase-file=%s", session->passphrase_file);
}

/* A row waits for the disk about as long as it computes. */
static size_t default_jobs(void)
{
    long count = 2 * sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > EXH_BATCH_MOST_JOBS ? EXH_BATCH_MOST_JOBS : (size_t)count;
}

/* A descriptor can be read once, and each row needs the passphrase. */
static bool read_passphrase(struct session *session, struct exh_secret_text **ret_passphrase, struct exh_error *err)
{
    if (session->passphrase_file || session->passphrase_fd < 0)
        return true;
    EXH_CLEANUP(exh_freep) char *fd = exh_format("%d", session->passphrase_fd);
    const struct secret_source source = { .fd = fd };
    if (!session_secret(&source, ret_passphrase, err))
        return false;
    session->passphrase = *ret_passphrase;
    return true;
}

static bool run_rows(struct session *session, const struct options *o, const struct exh_batch *batch, const struct exh_secret_text *passphrase,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings common = EXH_STRINGS_NONE;

    find_common(session, &common);       /* before the environment is looked at */
    struct telling telling = { session, o->dry_run };
    const struct exh_batch_run run = {
        .store = session->store, .environment = environ, .common = &common, .passphrase = passphrase,
        .jobs = o->jobs ? o->jobs : default_jobs(), .stop_on_error = o->stop_on_error, .dry_run = o->dry_run, .look_again = o->look_again,
        .tell = tell, .tick = tick, .interrupted = watch_is_interrupted, .context = &telling };
    struct exh_batch_sum sum;
    struct watch watch = watch_begin(session, "running");
    bool done = exh_batch_run(batch, &run, &sum, err);
    print_sum(&telling, &sum);
    session->status = exh_batch_status(&sum);
    if (done && watch_is_interrupted() && (sum.stopped || sum.not_begun))
        done = exh_fail(err, EXH_IO, "interrupted; %zu rows are done, and what they made is kept; run the file again for the others",
                        sum.done + sum.before);
    watch_end(&watch, done, err);
    return done;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(clear_verbs) struct verbs verbs = find_verbs();
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *passphrase = NULL;

    session->never_asks = true;
    bool done = load(session, o, &verbs, &batch, err) && read_passphrase(session, &passphrase, err) && session_load_actor(session, err)
             && exh_batch_look(session->store, o->name ? o->name : "", &batch, err) && run_rows(session, o, &batch, passphrase, err);
    session->passphrase = NULL;
    return done;
}

static const struct argp argp = { option_list, parse, "FILE|-",
    "Run a file of jobs, CSV or JSON lines, each row one command: export where it names no other, or extract, add, transcode, still, redact, "
    "seal, case open, status, outcome, reference, hold, review, release. A row has an identifier, and is done once: run the file again, after a kill too, and what was done is passed over. The "
    "whole file is judged before anything is run. Nothing is ever asked for.\v"
    "Exit status: 0 every row is done, 7 done with findings, 1 some rows failed, 4 the file is malformed and nothing was run.\n\n"
    "Examples:\n  exhibit batch jobs.csv --dry-run\n  exhibit batch jobs.csv --jobs 4 --json >results.jsonl", NULL, NULL, NULL };
const struct command cmd_batch = { "batch", "run a file of jobs, each row once", &argp, sizeof(struct options), NEEDS_STORE | TAKES_KEY, run, NULL };
