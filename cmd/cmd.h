/* cmd: what every command's file shares: the table's entry, the session, printing. */
#ifndef EXHIBIT_CMD_H
#define EXHIBIT_CMD_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/keyfile.h"
#include "exhibit/making.h"
#include "exhibit/moment.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

#include <argp.h>

/* --progress */
enum watch_form { WATCH_AUTO, WATCH_JSON, WATCH_NEVER };
bool watch_form_parse(const char *word, enum watch_form *ret_form);

/* What the common options say, and what the dispatcher provides before a command runs. */
struct session {
    bool json, quiet;
    enum watch_form progress;
    const char *store_path;          /* --store or EXHIBIT_STORE; NULL */
    bool store_named;                /* by --store */
    char *store_found;               /* where neither names one: the store that the working directory is in, once looked for; NULL */
    const char *key_path;            /* --key or EXHIBIT_KEY: a file, or "agent:" and a fingerprint or nothing; NULL */
    const char *agent_socket;        /* SSH_AUTH_SOCK; NULL */
    const char *passphrase_file;     /* --passphrase-file */
    int passphrase_fd;               /* --passphrase-fd; -1 */
    const struct exh_secret_text *passphrase;   /* of the key, as it was read already; NULL */
    bool never_asks;                 /* a passphrase that is not given is refused, not asked for on the terminal */
    struct exh_job job;              /* --job: the row of a batch that it acts for; empty: none */
    struct exh_store *store;         /* open when the command needs it */
    struct exh_strings arguments;    /* the command line as given */
    int status;                      /* what to end with when run() is done: 0, 1, 3 or 7; of signatures also 2, 4 and 5 */
};

/* What a command needs, provided between parsing and run(). */
enum {
    NEEDS_STORE = 1u << 0, NEEDS_ACTOR = 1u << 1, TAKES_KEY = 1u << 2,
    MAKES_ONCE = 1u << 3,            /* it may act for a row of a batch: its entries say for which, and it refuses to do one twice */
};

struct command {
    const char *name;                /* "key new": one to three words */
    const char *summary;             /* one line, for the list and the page */
    const struct argp *argp;
    size_t options_size;             /* zeroed, filled by the parser, given to run() */
    unsigned needs;
    bool (*run)(struct session *session, const void *options, struct exh_error *err);
    void (*clear)(void *options);    /* frees what the parser put into options; NULL where it owns nothing */
};

extern const struct command cmd_key_new, cmd_key_list, cmd_key_export, cmd_key_trust, cmd_key_revoke, cmd_init, cmd_source_add, cmd_source_list,
    cmd_camera_add, cmd_camera_import, cmd_camera_list, cmd_camera_check_time, cmd_case_open, cmd_case_list, cmd_case_search, cmd_case_show, cmd_case_status,
    cmd_case_outcome, cmd_case_reference, cmd_case_hold, cmd_case_review, cmd_case_release, cmd_case_register,
    cmd_footage, cmd_extract, cmd_export, cmd_add, cmd_transcode, cmd_still, cmd_redact, cmd_seal, cmd_unseal, cmd_sign, cmd_verify, cmd_status, cmd_doctor, cmd_batch,
    cmd_disclose, cmd_disclose_ready, cmd_disclose_list, cmd_receipt_issue, cmd_receipt_accept,
    cmd_request_add, cmd_request_list, cmd_request_approve,
    cmd_config_get, cmd_config_list, cmd_config_set, cmd_config_check,
    cmd_retention_lint, cmd_retention_adopt, cmd_retention_confirm, cmd_retention_check, cmd_retention_why, cmd_retention_simulate,
    cmd_retention_purpose_met, cmd_retention_plan, cmd_retention_approve, cmd_retention_apply, cmd_retention_withdraw, cmd_retention_plans,
    cmd_log_show, cmd_log_verify, cmd_log_checkpoint, cmd_log_prove, cmd_log_witness, cmd_log_anchor, cmd_log_stamp, cmd_log_pack, cmd_log_push, cmd_log_remote_add, cmd_log_remote_list, cmd_log_remote_remove,
    cmd_completion;

/* The tables of options that a command takes beside argp's own; NULL: of 'exhibit' itself. Some may be NULL. */
enum { COMMAND_TABLES = 4 };
void command_tables(const struct command *command, const struct argp_option *ret_tables[COMMAND_TABLES]);
/* The same options one by one, hidden ones too, with those that argp adds. Clear with option_list_clear; the options are their tables'. */
struct option_list { const struct argp_option **at; size_t count; };
struct option_list command_options(const struct command *command) EXH_CHECK;
void option_list_clear(struct option_list *list);
/* True where a word of the line is an option that there is not: that is told, with the nearest that there is. @argv[0] is how the
 * command is called; without a command the line is looked at up to its name. */
bool option_is_unknown(const struct command *command, int argc, char **argv);
/* The commands, one after the other; NULL after the last. */
const struct command *command_at(size_t index);
/* Asks a command's own parser about a command line, whose argv[0] is anything, and runs nothing. EXH_MALFORMED: what it
 * says. */
bool command_judge(const struct command *command, int argc, char **argv, struct exh_error *err);

/* ---- session ---- */

/* Where the store is: as it is named, or else the one that the working directory is in, which must be the caller's own. *@ret_path NULL:
 * there is none. EXH_REFUSED: somebody else's store was found. */
bool session_find_store(struct session *session, const char **ret_path, struct exh_error *err) EXH_CHECK;
/* The same, EXH_USAGE where there is none. */
bool session_need_store(struct session *session, const char **ret_path, struct exh_error *err) EXH_CHECK;
bool session_open_store(struct session *session, struct exh_error *err);
/* Loads the acting person's key into the open store, and settles what killed exports left. */
bool session_load_actor(struct session *session, struct exh_error *err);
/* Reads --key, or finds it in the agent; there, where none is named, among those that the open store trusts now, or all
 * where no store is open. @ret_owner may be NULL; an agent's key does not say whose it is. */
bool session_load_key(struct session *session, struct exh_secret_key **ret_key, struct exh_key_owner *ret_owner, struct exh_error *err);
/* The passphrase for a new key: from the option given, or asked for twice on the terminal. */
bool session_new_passphrase(struct session *session, struct exh_secret_text **ret_passphrase, struct exh_error *err);
/* Where another secret than the key's passphrase comes from: the first line of a file, or of a descriptor (its number, in
 * words), or the terminal. All NULL: from nowhere, and the secret stays as it was. */
struct secret_source { const char *file, *fd, *question; };
bool session_secret(const struct secret_source *source, struct exh_secret_text **ret_text, struct exh_error *err);
/* The same for a secret that is new: on the terminal it is asked for twice. @undone: what follows when the two differ. */
bool session_new_secret(const struct secret_source *source, const char *undone, struct exh_secret_text **ret_text,
                        struct exh_error *err);
/* Reads --from and --to, true times in the store's zone. */
bool session_window(const struct session *session, const char *from, const char *to, struct exh_window *ret_window, struct exh_error *err);
/* The same as what the recorder of a camera showed: in the zone of its source. */
bool session_recorder_window(const struct session *session, const char *id, const char *from, const char *to,
                             struct exh_window *ret_window, struct exh_error *err);

/* Reads --recipient's words; an array that is freed with free(). */
bool session_recipients(const struct exh_strings *words, struct exh_recipient **ret_recipients, struct exh_error *err);

/* Reads a file of at most @most bytes; "-" is standard input. *ret_bytes ends with NUL, free with free(). EXH_IO; EXH_MALFORMED: it is larger. */
bool read_input(const char *path, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err);

/* ---- watching work ---- */

/* How far the work is. @part changes: the time that the rest takes is reckoned anew. */
enum watch_unit { WATCH_BYTES, WATCH_FILM, WATCH_COUNT };      /* of film: its milliseconds */
struct watch_state {
    size_t part, parts;              /* 0 of 0, 1 of 1: there are none */
    enum watch_unit unit;
    const char *noun;                /* what is counted: "items" */
    uint64_t done, whole;            /* @whole 0: it is not known */
};
struct watch { void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size); };
/* From now on SIGINT and SIGTERM interrupt instead of killing; a second one kills. @doing: "sealing", in ASCII. progress is watch_tell of bytes;
 * NULL where nothing is to be told. One watch at a time. */
struct watch watch_begin(const struct session *session, const char *doing);
/* The same for work that a kill leaves nothing of: a signal says "interrupted; " and @farewell, and kills at once. */
struct watch watch_reading(const struct session *session, const char *doing, const char *farewell);
bool watch_is_interrupted(void);
/* What it is doing from now on. */
void watch_doing(const char *doing);
/* What was made before, and is kept where the watches to come are interrupted: watch_end says it. */
void watch_keeps(const char *what);
/* Rewrites the line on a terminal, adds one every 30 s elsewhere, or an object every second with --progress json; nothing where there is
 * nothing to be told. */
void watch_tell(const struct watch_state *state);
/* So many of the log's entries, as an exh_repo_watch tells them. */
void watch_entries(void *context, uint64_t done, uint64_t count);
/* Takes the line from the terminal, for something else to be said. */
void watch_clear(void);
/* Clears the line, and lets signals do again what they did. Where it was interrupted and not done, says why and ends the process by the signal. */
void watch_end(const struct watch *watch, bool done, const struct exh_error *err);

/* ---- printing ---- */

/* One object, one line, on standard output; takes @object. */
void print_json(struct exh_json *object);
/* "{"type": @type}" to be filled. */
struct exh_json *json_of_type(const char *type) EXH_CHECK;
/* An object of @type that says what exhibit was made, and holds its record. */
struct exh_json *json_of_made(const struct exh_made *made, const char *type) EXH_CHECK;
/* A sentence on standard error, not with --quiet. */
void say(const struct session *session, const char *format, ...) EXH_PRINTF(2, 3);
/* The error as a sentence on standard error, and with --json as an object on standard output; @camera: whose it is
 * where others go on; NULL. Gives the exit status that goes with it. */
int print_error(const struct session *session, const struct exh_error *err, const char *camera);
/* "label    value" with the value masked of control characters; NULL or empty is passed over. */
void print_field(const char *label, const char *value);
/* An interval of a record as a field; one of unknown time is passed over. */
void print_interval(const char *label, const struct exh_json *window);
/* What is wrong with a line of the file @what: a sentence on standard error, and with --json an object on standard output. @column: NULL where it
 * is of the whole line. */
struct problem { size_t line; const char *column, *text; };
void print_problem(const struct session *session, const char *what, struct problem problem);
/* How many more there are than those told; none: nothing. */
void print_more_problems(size_t count, size_t told);
/* Sets the member to a path. Of one that is not UTF-8, the bytes are set in base64 in its place: "path_b64" for "path", "file" and "subject",
 * for any other "<name>_b64". NULL is null. */
void json_set_path(struct exh_json *object, const char *name, const char *path);
struct exh_json *moment_json(struct exh_moment moment) EXH_CHECK;
/* An array of them. */
struct exh_json *texts_json(const struct exh_strings *texts) EXH_CHECK;

/* argp's parser for options that only set a text: key 'X' at offset. NULL-terminated by .key 0. */
struct text_option { int key; size_t offset; };
error_t parse_text_options(int key, char *argument, struct argp_state *state, const struct text_option *options);

#endif
