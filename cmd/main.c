/* exhibit: the table of commands, and the way each is run: parse, provide, run, finish. */
#include "cmd.h"

#include "exhibit/crypto.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &cmd_key_new, &cmd_key_list, &cmd_key_trust, &cmd_key_revoke, &cmd_key_export, &cmd_init, &cmd_source_add, &cmd_source_list, &cmd_camera_add,
    &cmd_camera_import, &cmd_camera_list, &cmd_camera_check_time, &cmd_case_open, &cmd_case_list, &cmd_case_search, &cmd_case_show,
    &cmd_case_status, &cmd_case_outcome, &cmd_case_reference, &cmd_case_hold, &cmd_case_review, &cmd_case_release, &cmd_case_register, &cmd_footage,
    &cmd_extract, &cmd_export, &cmd_add, &cmd_transcode, &cmd_still, &cmd_redact, &cmd_seal, &cmd_unseal, &cmd_batch, &cmd_sign, &cmd_verify, &cmd_status, &cmd_doctor, &cmd_config_get, &cmd_config_list, &cmd_config_set, &cmd_config_check, &cmd_log_show,
    &cmd_disclose, &cmd_disclose_ready, &cmd_disclose_list, &cmd_receipt_issue, &cmd_receipt_accept, &cmd_request_add, &cmd_request_list, &cmd_request_approve,
    &cmd_retention_lint, &cmd_retention_adopt, &cmd_retention_confirm, &cmd_retention_check, &cmd_retention_why, &cmd_retention_simulate,
    &cmd_retention_purpose_met, &cmd_retention_plan, &cmd_retention_approve, &cmd_retention_apply, &cmd_retention_withdraw, &cmd_retention_plans,
    &cmd_log_verify, &cmd_log_checkpoint, &cmd_log_prove, &cmd_log_witness, &cmd_log_anchor, &cmd_log_stamp, &cmd_log_pack, &cmd_log_push, &cmd_log_remote_add, &cmd_log_remote_list, &cmd_log_remote_remove,
    &cmd_completion,
};

const char *argp_program_version = EXH_PROGRAM;

/* ---- options ---- */

enum { OPT_JSON = 0x1000, OPT_STORE, OPT_QUIET, OPT_PROGRESS, OPT_KEY, OPT_PASSPHRASE_FILE, OPT_PASSPHRASE_FD, OPT_JOB };

static const struct argp_option common_options[] = {
    { "json", OPT_JSON, NULL, 0, "Print one JSON object a line, and nothing else, on standard output", 0 },
    { "store", OPT_STORE, "DIR", 0, "The store to work on (else EXHIBIT_STORE, else the one that the working directory is in)", 0 },
    { "quiet", OPT_QUIET, NULL, 0, "No sentences and no progress on standard error", 0 },
    { "progress", OPT_PROGRESS, "WHEN", 0, "auto: a line on a terminal, else one every 30 s (this is the default); json: an object a line, on standard error; never", 0 },
    { 0 },
};

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
    struct session *session = state->input;

    switch (key) {
    case OPT_JSON:  session->json = true; return 0;
    case OPT_STORE:
        session->store_named = true;
        session->store_path = argument;
        return 0;
    case OPT_QUIET: session->quiet = true; return 0;
    case OPT_PROGRESS:
        if (!watch_form_parse(argument, &session->progress))
            argp_error(state, "--progress is 'auto', 'json' or 'never', not '%s'", argument);
        return 0;
    default:        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = { common_options, parse_common, NULL, NULL, NULL, NULL, NULL };

static const struct argp_option key_options[] = {
    { "key", OPT_KEY, "FILE", 0, "The acting person's secret key (else EXHIBIT_KEY); agent:SHA256:... for one in an ssh-agent", 0 },
    { "passphrase-file", OPT_PASSPHRASE_FILE, "FILE", 0, "Read the key's passphrase from the first line of FILE", 0 },
    { "passphrase-fd", OPT_PASSPHRASE_FD, "N", 0, "Read it from descriptor N", 0 },
    { 0 },
};

static error_t parse_key(int key, char *argument, struct argp_state *state)
{
    struct session *session = state->input;
    uint64_t number;

    switch (key) {
    case OPT_KEY:             session->key_path = argument; return 0;
    case OPT_PASSPHRASE_FILE: session->passphrase_file = argument; return 0;
    case OPT_PASSPHRASE_FD:
        if (!exh_text_number(argument, 65535, &number))
            argp_error(state, "'%s' is not the number of a descriptor", argument);
        session->passphrase_fd = (int)number;
        return 0;
    default:                  return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp key_argp = { key_options, parse_key, NULL, NULL, NULL, NULL, NULL };

/* For 'exhibit batch', which gives it (docs/formats/batch.md). */
static const struct argp_option job_options[] = {
    { "job", OPT_JOB, "ID:ROW", OPTION_HIDDEN, "The row of a batch that this is for: done once", 0 },
    { 0 },
};

static error_t parse_job(int key, char *argument, struct argp_state *state)
{
    struct session *session = state->input;

    if (key != OPT_JOB)
        return ARGP_ERR_UNKNOWN;
    if (!exh_job_parse(argument, &session->job))
        argp_error(state, "--job is two digests with ':' between, as 'exhibit batch' gives it");
    return 0;
}

static const struct argp job_argp = { job_options, parse_job, NULL, NULL, NULL, NULL, NULL };

error_t parse_text_options(int key, char *argument, struct argp_state *state, const struct text_option *options)
{
    for (; options->key; options++)
        if (options->key == key) {
            memcpy((char *)state->input + options->offset, &argument, sizeof argument);
            return 0;
        }
    return ARGP_ERR_UNKNOWN;
}

/* A parse gives each parser its own input: the command's options, or the session. */
struct inputs { void *options; struct session *session; FILE *errors; size_t parsers; };

static error_t parse_inputs(int key, char *argument, struct argp_state *state)
{
    const struct inputs *inputs = state->input;

    (void)argument;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    if (inputs->errors)
        state->err_stream = inputs->errors;
    state->child_inputs[0] = inputs->options;
    for (size_t i = 1; i < inputs->parsers; i++)
        state->child_inputs[i] = inputs->session;
    return 0;
}

static error_t parse(const struct argp *own, unsigned needs, int argc, char **argv, unsigned flags, int *at, struct inputs *inputs)
{
    const struct argp_child children[] = {
        { own, 0, NULL, 0 },
        { &common_argp, 0, "Common options:", 0 },
        { needs & (NEEDS_ACTOR | TAKES_KEY) ? &key_argp : NULL, 0, "Who acts:", 0 },
        { needs & MAKES_ONCE ? &job_argp : NULL, 0, NULL, 0 },
        { NULL, 0, NULL, 0 },
    };
    const struct argp argp = { NULL, parse_inputs, NULL, NULL, children, NULL, NULL };

    for (inputs->parsers = 0; children[inputs->parsers].argp; inputs->parsers++)
        continue;
    return argp_parse(&argp, argc, argv, flags, at, inputs);
}

void command_tables(const struct command *command, const struct argp_option *ret_tables[COMMAND_TABLES])
{
    ret_tables[0] = command ? command->argp->options : NULL;
    ret_tables[1] = common_options;
    ret_tables[2] = command && command->needs & (NEEDS_ACTOR | TAKES_KEY) ? key_options : NULL;
    ret_tables[3] = command && command->needs & MAKES_ONCE ? job_options : NULL;
}

static char *list_commands(int key, const char *text, void *input)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text list = EXH_TEXT_NONE;

    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text;
    exh_text_puts(&list, "Commands:\n");
    for (size_t i = 0; i < EXH_COUNT(commands); i++)
        exh_text_printf(&list, "  %-22s %s\n", commands[i]->name, commands[i]->summary);
    exh_text_puts(&list, "\n'exhibit COMMAND --help' tells each one's options; exhibit(1) is the manual.");
    return exh_text_take(&list);         /* argp frees it */
}

static error_t parse_top(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "no command given");
    return ARGP_ERR_UNKNOWN;             /* ARGP_KEY_ARG unclaimed: parsing stops at the command */
}

static const struct argp top_argp = { NULL, parse_top, "COMMAND [ARGUMENT...]",
    "Take, seal and keep CCTV evidence, with a custody log that stock tools check.\v ", NULL, list_commands, NULL };

/* ---- finding the command ---- */

static bool is_group(const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i < EXH_COUNT(commands); i++)
        if (strncmp(commands[i]->name, word, size) == 0 && commands[i]->name[size] == ' ')
            return true;
    return false;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int complain(const char *word)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(word);

    for (size_t i = 0; i < EXH_COUNT(commands); i++)
        exh_strings_add(&names, commands[i]->name);
    const char *nearest = exh_text_nearest(&names, word);
    if (nearest)
        fprintf(stderr, "exhibit: '%s' is not a command; did you mean '%s'? ('exhibit --help' lists them)\n", shown, nearest);
    else
        fprintf(stderr, "exhibit: '%s' is not a command; 'exhibit --help' lists them\n", shown);
    return EXH_USAGE;
}

/* "exhibit key" names a group: its commands are listed, on request or as the remedy. */
static int list_group(const char *group, bool asked)
{
    FILE *to = asked ? stdout : stderr;

    if (!asked)
        fprintf(to, "exhibit: which '%s' command?\n", group);
    for (size_t i = 0; i < EXH_COUNT(commands); i++)
        if (strncmp(commands[i]->name, group, strlen(group)) == 0 && commands[i]->name[strlen(group)] == ' ')
            fprintf(to, "  exhibit %-22s %s\n", commands[i]->name, commands[i]->summary);
    return asked ? 0 : EXH_USAGE;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-?") == 0;
}

/* Sets @ret_words to how many words of the line name the command. "log" alone is "log show"; "disclose" is a command of its own
 * where what follows is not the second word of one. */
static const struct command *find_command(int argc, char **argv, int at, int *ret_words)
{
    *ret_words = 1;
    if (!is_group(argv[at]))
        return find(argv[at]);
    if (strcmp(argv[at], "log") == 0 && (at + 1 >= argc || (argv[at + 1][0] == '-' && !asks_for_help(argv[at + 1]))))
        return &cmd_log_show;
    EXH_CLEANUP(exh_freep) char *both = exh_format("%s %s", argv[at], at + 1 < argc ? argv[at + 1] : "");
    EXH_CLEANUP(exh_freep) char *three = exh_format("%s %s", both, at + 2 < argc ? argv[at + 2] : "");
    const struct command *found = find(is_group(both) ? three : both), *alone = find(argv[at]);

    *ret_words = !found && alone ? 1 : is_group(both) ? 3 : 2;
    return found ? found : alone;
}

static int without_command(int argc, char **argv, int at)
{
    const char *second = at + 1 < argc ? argv[at + 1] : "";

    if (!is_group(argv[at]))
        return complain(argv[at]);
    if (!*second || *second == '-')
        return list_group(argv[at], asks_for_help(second));
    EXH_CLEANUP(exh_freep) char *given = exh_format("%s %s", argv[at], second);
    const char *third = at + 2 < argc ? argv[at + 2] : "";
    if (!is_group(given))
        return complain(given);
    if (!*third || *third == '-')
        return list_group(given, asks_for_help(third));
    EXH_CLEANUP(exh_freep) char *whole = exh_format("%s %s", given, third);
    return complain(whole);
}

/* ---- for rows of a batch ---- */

const struct command *command_at(size_t index)
{
    return index < EXH_COUNT(commands) ? commands[index] : NULL;
}

/* Of what the parser said, the first line without the command's name. */
static void take_words(char *words, struct exh_error *err)
{
    char *colon;

    words[strcspn(words, "\n")] = '\0';
    colon = strstr(words, ": ");
    (void)!exh_fail(err, EXH_MALFORMED, "%s", colon ? colon + 2 : words);
}

bool command_judge(const struct command *command, int argc, char **argv, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) void *options = exh_alloc(command->options_size);
    EXH_CLEANUP(exh_freep) char *words = NULL;
    struct session session = { .passphrase_fd = -1 };
    size_t size = 0;
    FILE *errors = open_memstream(&words, &size);

    if (!errors)
        return exh_fail_os(err, "cannot judge a row");
    error_t status = parse(command->argp, command->needs, argc, argv, ARGP_NO_EXIT, NULL, &(struct inputs){ options, &session, errors, 0 });
    if (command->clear)
        command->clear(options);
    fclose(errors);
    if (size)
        take_words(words, err);
    return !size && (status == 0 || exh_fail(err, EXH_MALFORMED, "%s does not take this", command->name));
}

/* ---- running ---- */

static bool provide(struct session *session, const struct command *command, struct exh_error *err)
{
    if ((command->needs & NEEDS_STORE) && !session_open_store(session, err))
        return false;
    if ((command->needs & NEEDS_ACTOR) && !session_load_actor(session, err))
        return false;
    if (session->store)
        session->store->job = session->job;
    return true;
}

static int finish(int status)
{
    if (fflush(stdout) || ferror(stdout)) {      /* a full disk must not look like success */
        fprintf(stderr, "exhibit: cannot write to standard output: %s\n", strerror(errno));
        return status ? status : EXH_IO;
    }
    return status;
}

static int dispatch(const struct command *command, struct session *session, int argc, char **argv)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) void *options = exh_alloc(command->options_size);

    if (option_is_unknown(command, argc, argv))
        return EXH_USAGE;
    if (parse(command->argp, command->needs, argc, argv, 0, NULL, &(struct inputs){ options, session, NULL, 0 }))
        return EXH_IO;
    bool done = exh_crypto_init(&err) && provide(session, command, &err) && command->run(session, options, &err);
    if (command->clear)
        command->clear(options);
    assert(done == (err.kind == EXH_OK));
    return finish(done ? session->status : print_error(session, &err, NULL));
}

/* Secrets stay out of core files, and a full file or a closed pipe is an error to report, not a death. */
static void set_up_process(void)
{
    /* Large buffers in mappings of their own: they go when freed, and what is small does not keep them. */
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    argp_err_exit_status = EXH_USAGE;            /* glibc's default is 64 */
    setenv("ARGP_HELP_FMT", "no-dup-args-note", 1);
    setenv("TZ", "UTC0", 1);                     /* inside, time is UTC; people's zones are asked for by name */
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef __SANITIZE_ADDRESS__                     /* the leak checker must look into its own process */
    prctl(PR_SET_DUMPABLE, 0);
#endif
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void end_session(struct session *session)
{
    exh_store_freep(&session->store);
    exh_strings_clear(&session->arguments);
    free(session->store_found);
}

static const char *unless_empty(const char *words)
{
    return words && *words ? words : NULL;
}

int main(int argc, char **argv)
{
    EXH_CLEANUP(end_session) struct session session = {
        .store_path = unless_empty(getenv("EXHIBIT_STORE")), .key_path = getenv("EXHIBIT_KEY"),
        .agent_socket = getenv("SSH_AUTH_SOCK"), .passphrase_fd = -1 };
    char name[80];
    int at = 0, words;

    set_up_process();
    for (int i = 1; i < argc; i++)
        exh_strings_add(&session.arguments, argv[i]);
    argv[0] = (char[]){ "exhibit" };
    if (option_is_unknown(NULL, argc, argv))
        return EXH_USAGE;
    if (parse(&top_argp, 0, argc, argv, ARGP_IN_ORDER, &at, &(struct inputs){ NULL, &session, NULL, 0 }))
        return EXH_IO;
    const struct command *command = find_command(argc, argv, at, &words);
    if (!command)
        return without_command(argc, argv, at);
    snprintf(name, sizeof name, "exhibit %s", command->name);
    at += words - 1;
    argv[at] = name;                             /* usage and errors now say "exhibit key new" */
    return dispatch(command, &session, argc - at, argv + at);
}
