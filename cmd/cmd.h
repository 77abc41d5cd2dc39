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

/* What the common options say, and what the dispatcher provides before a command runs. */
struct session {
    bool json, quiet;
    const char *store_path;          /* --store or EXHIBIT_STORE; NULL */
    const char *key_path;            /* --key or EXHIBIT_KEY: a file, or "agent:" and a fingerprint or nothing; NULL */
    const char *agent_socket;        /* SSH_AUTH_SOCK; NULL */
    const char *passphrase_file;     /* --passphrase-file */
    int passphrase_fd;               /* --passphrase-fd; -1 */
    struct exh_store *store;         /* open when the command needs it */
    struct exh_strings arguments;    /* the command line as given */
    int status;                      /* what to end with when run() is done: 0, 1, 3 or 7; of signatures also 2, 4 and 5 */
};

/* What a command needs, provided between parsing and run(). */
enum { NEEDS_STORE = 1u << 0, NEEDS_ACTOR = 1u << 1, TAKES_KEY = 1u << 2 };

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
    cmd_footage, cmd_extract, cmd_export, cmd_add, cmd_transcode, cmd_still, cmd_redact, cmd_seal, cmd_unseal, cmd_sign, cmd_verify,
    cmd_retention_lint, cmd_retention_adopt, cmd_retention_confirm, cmd_retention_check, cmd_retention_why, cmd_retention_simulate,
    cmd_log_show, cmd_log_verify, cmd_log_checkpoint, cmd_log_prove, cmd_log_witness, cmd_log_anchor, cmd_log_stamp, cmd_log_pack, cmd_log_push, cmd_log_remote_add, cmd_log_remote_list, cmd_log_remote_remove;

/* ---- session ---- */

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

/* ---- watching an exhibit being made ---- */

struct watch { void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size); };
/* From now on SIGINT and SIGTERM interrupt instead of killing. progress is NULL where nobody looks. */
struct watch watch_begin(const struct session *session);
bool watch_is_interrupted(void);
/* Clears the line. Where it was interrupted and not done, says why and ends the process by the signal. */
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
struct exh_json *moment_json(struct exh_moment moment) EXH_CHECK;

/* argp's parser for options that only set a text: key 'X' at offset. NULL-terminated by .key 0. */
struct text_option { int key; size_t offset; };
error_t parse_text_options(int key, char *argument, struct argp_state *state, const struct text_option *options);

#endif
