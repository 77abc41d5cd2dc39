/* store: the control room's evidence directory (floor 7).
 *
 *   config              settings, sources and cameras, in git-config syntax
 *   custody.git/        the custody log
 *   exhibits/OP1/       each exhibit as a signed bag; exhibits/OP1_2/ that of the copy OP1/2
 *   policies/           the policies of retention that were adopted or proposed, named by their SHA-256
 *   checks/             photographs of clocks, named by their SHA-256
 *   staging/            exhibits in the making, each with its journal OP1.json (of a copy OP1_2.json); signatures of files
 *                       in the making, <id>.signing
 *   private/            the store's key, the log's, a key a case, the recovery identity, the index (mode 0700)
 *   allowed_signers     the keys the log trusts, for ssh-keygen and git
 *   lock                held while an entry is appended
 *
 * Reading takes no lock. Writing goes: exh_store_actor, exh_store_lock, exh_store_append,
 * exh_store_unlock.
 */
#ifndef EXHIBIT_STORE_H
#define EXHIBIT_STORE_H

#include "exhibit/casefile.h"
#include "exhibit/catalogue.h"
#include "exhibit/clock.h"
#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/helper.h"
#include "exhibit/index.h"
#include "exhibit/ledger.h"
#include "exhibit/package.h"
#include "exhibit/person.h"
#include "exhibit/repo.h"

struct exh_case_key;
struct exh_store_views;

/* A medium that packages go to, as the configuration has it: sizes in bytes, 0 where there is no limit. */
struct exh_medium {
    char *name;
    uint64_t file;                   /* of a file */
    uint64_t volume;                 /* of everything on one medium */
};
/* None that seal knows by itself holds less, of a file or of everything: so large a package goes anywhere. */
#define EXH_SMALLEST_MEDIUM UINT64_C(4000000000)

/* A remote of the log, as the configuration has it (remote.<name>.url and so on). */
struct exh_store_remote {
    char *name;
    char *url;                       /* NULL: it was removed */
    char *ssh_key;                   /* file of a private key; NULL: the ssh-agent's keys */
    char *host_keys;                 /* "SHA256:...", one or more, spaces between; NULL: ~/.ssh/known_hosts decides */
    char *login;                     /* file that holds user:password for https; NULL */
    unsigned wait_s;                 /* no progress for so long ends a push */
};

/* An open store. Everything is owned by it and valid until it is freed or locked again. */
struct exh_store {
    char *path;
    int root;                        /* descriptor of the directory */
    char config[EXH_SHA256_DIGITS];  /* of the configuration as it was read */
    char *organisation;
    char *zone;                      /* of the people: "Europe/London" */
    struct exh_recipient recovery;   /* every age package also opens for it */
    char *font;                      /* file of the font that texts on copies are drawn with */
    int64_t tolerance_ns;            /* holes up to this long are not gaps */
    int64_t clock_age_ns;            /* a check of a clock further than this from the footage is stale */
    bool cage_optional;              /* footage may be read without Landlock or seccomp, where the kernel lacks them */
    struct exh_source *sources;
    size_t source_count;
    struct exh_camera *cameras;
    size_t camera_count;
    struct exh_medium *media;        /* profile.<name>.file and .volume; beside, or in place of, those that seal knows */
    size_t medium_count;
    struct exh_store_remote *remotes;
    size_t remote_count;
    char *tsa_url;                   /* of the time-stamp authority that is asked directly; NULL */
    char *tsa_ca;                    /* file of the certificates that it is believed by; NULL */
    struct exh_ledger *ledger;
    uint64_t entry_count;            /* of the log, as it was read last */
    struct exh_entry last;           /* of them */
    struct exh_keyring keyring;
    struct exh_store_views *views;   /* what was read of the log so far */
    struct exh_seal_key *seal_key;   /* for entries that belong to no case */
    struct exh_case_key *case_keys;  /* those opened so far */
    size_t case_key_count;
    struct exh_secret_key *key;      /* of the acting person; NULL before exh_store_actor */
    char actor[EXH_FINGERPRINT_SIZE];
    int lock;                        /* -1 while not locked */
};

/* Makes a new store at @path (missing or an empty directory) whose first admin is @key.
 * On failure what was made is removed again, @path too where it was made; the message says so where it cannot be.
 * EXH_REFUSED: @path is not empty; EXH_USAGE: zone, name or initials; and as signing
 * with a key held elsewhere fails. */
bool exh_store_create(const char *path, const char *organisation, const char *zone, const struct exh_secret_key *key,
                      const char *name, const char *initials, struct exh_error *err) EXH_CHECK;
/* EXH_IO: not there or cannot be read; EXH_MALFORMED: not a store, or its configuration or log is damaged;
 * EXH_REFUSED: others may use what is private in it, with the remedy. */
bool exh_store_open(const char *path, struct exh_store **ret_store, struct exh_error *err) EXH_CHECK;
void exh_store_freep(struct exh_store **store);

/* Says who acts; takes @key (also on failure), which gets the minisign number that the log has for it. EXH_REFUSED: the key is not trusted now, with its state. */
bool exh_store_actor(struct exh_store *store, struct exh_secret_key *key, struct exh_error *err) EXH_CHECK;
const struct exh_person *exh_store_person(const struct exh_store *store);
/* Fails with EXH_REFUSED where the actor's role may not do @act. Say so before work is done for it. */
bool exh_store_may(const struct exh_store *store, const char *act, struct exh_error *err) EXH_CHECK;

/* Takes the store's lock (waiting 5 s at most, then EXH_BUSY) and reads what is new in the log. Pointers into the keyring,
 * the register and the clocks from before are no longer valid. */
bool exh_store_lock(struct exh_store *store, struct exh_error *err) EXH_CHECK;
void exh_store_unlock(struct exh_store *store);
/* Appends an entry by the actor; the lock must be held. Details are sealed under the key of the draft's
 * case, or the store's where it has none: the draft's key and key_id are set here. The last entry,
 * keyring and register are as after it; pointers into them are no longer valid. */
bool exh_store_append(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err) EXH_CHECK;
/* The same of @count entries that count together: all of them, or none; one sync for all. What the drafts own is taken. */
bool exh_store_append_all(struct exh_store *store, struct exh_entry_draft *drafts, size_t count, struct exh_error *err) EXH_CHECK;
/* Lock, append, unlock. */
bool exh_store_record(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err) EXH_CHECK;
/* The key of an entry's details: "store" or a case; NULL where it is gone. Stays the store's. */
const struct exh_seal_key *exh_store_seal_key(struct exh_store *store, const char *key_id);
/* Makes and keeps the key of a new case. Durable on return. */
bool exh_store_new_case_key(struct exh_store *store, const char *case_id, struct exh_error *err) EXH_CHECK;

/* ---- the log, as it was read ----
 *
 * It is read through an index in private/, derived from it, which is made anew where it is missing, and kept in memory
 * where it cannot be written. Opening and locking fail with EXH_MALFORMED where the log no longer holds what was read from
 * it before: it was cut short, or made anew. */

/* The topic of entries about the policies of retention. */
#define EXH_TOPIC_POLICIES "policies"
/* EXH_USAGE: there is no such entry. Clear with exh_entry_clear. */
bool exh_store_entry(const struct exh_store *store, uint64_t sequence, struct exh_entry *ret_entry, struct exh_error *err) EXH_CHECK;
/* Visits the entries that agree with @query, in order, or the last one first. @visit may not append. Stops when it returns
 * false (err set). */
bool exh_store_entries(const struct exh_store *store, const struct exh_index_query *query, bool backwards,
                       bool (*visit)(void *context, const struct exh_entry *entry, struct exh_error *err), void *context,
                       struct exh_error *err) EXH_CHECK;
/* The same in memory, in order; free with exh_entries_free. */
bool exh_store_list(const struct exh_store *store, const struct exh_index_query *query, struct exh_entry **ret_entries, size_t *ret_count,
                    struct exh_error *err) EXH_CHECK;
/* An exh_merkle_fetch whose @context is the store: of the tree over all entries. */
bool exh_store_fetch(void *store, unsigned level, uint64_t position, struct exh_merkle_hash *ret_hash, struct exh_error *err) EXH_CHECK;
/* The key of the log, as its first entry names it. */
bool exh_store_log_key(const struct exh_store *store, struct exh_verifier *ret_key, struct exh_error *err) EXH_CHECK;

/* ---- the register, replayed from it ---- */

/* A case with its exhibits and packages; empty where there is no such case. EXH_MALFORMED: entries that contradict others. */
bool exh_store_casefile(const struct exh_store *store, const char *case_id, const struct exh_casefile **ret_casefile,
                        struct exh_error *err) EXH_CHECK;
/* Visits each of them, in the order of opening. @visit may not append. Stops when it returns false (err set). */
bool exh_store_each_case(const struct exh_store *store, bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err),
                         void *context, struct exh_error *err) EXH_CHECK;
/* One of each, whatever its state; NULL where there is none. */
bool exh_store_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err) EXH_CHECK;
bool exh_store_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                       struct exh_error *err) EXH_CHECK;
bool exh_store_sealing(const struct exh_store *store, const char *id, const struct exh_sealing **ret_sealing, struct exh_error *err)
    EXH_CHECK;
/* A hold, released or not, and the register of its case. EXH_USAGE: there is none of that identifier. */
bool exh_store_need_hold(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                         const struct exh_hold **ret_hold, struct exh_error *err) EXH_CHECK;
/* The next free identifiers: "C3"; "OP5", the producer's initials and a consecutive number. The lock must be held for them
 * to stay free. */
bool exh_store_next_case(const struct exh_store *store, char ret_id[24], struct exh_error *err) EXH_CHECK;
bool exh_store_next_exhibit(const struct exh_store *store, const char *initials, char ret_reference[24], struct exh_error *err) EXH_CHECK;

/* The question to ask the catalogue about a camera, with the store's tolerance and the offset of the check in force, and
 * the statement that goes with the answer. @asked is true time, or with @recorder_time what the recorder's clock
 * showed: then the question's window is @asked less the offset. EXH_USAGE: a window that cannot be meant. */
bool exh_store_question(const struct exh_store *store, const char *camera, struct exh_window asked, bool recorder_time,
                        struct exh_question *ret_question, struct exh_clock_statement *ret_statement,
                        struct exh_error *err) EXH_CHECK;
/* The checks of a camera's clock; none where there are none. Valid until the store is locked again. */
bool exh_store_checks(const struct exh_store *store, const char *camera, const struct exh_clock_history **ret_history,
                      struct exh_error *err) EXH_CHECK;

/* Keeps the photograph of a check below checks/, under its SHA-256 and @suffix (".jpg", or ""); the lock must be
 * held. Durable on return; one that is there already is read and compared. @ret_name: free with free().
 * EXH_IO: disk full and the like, nothing of it is left; EXH_MALFORMED: the one that is there is damaged. */
bool exh_store_keep_photo(const struct exh_store *store, const void *bytes, size_t size, const char *suffix, char **ret_name,
                          struct exh_error *err) EXH_CHECK;
enum { EXH_PHOTO_MOST = 50 * 1000 * 1000 };      /* bytes */
/* What became of a check's photograph: "kept", "missing", "altered", "not readable"; NULL: it has none. */
const char *exh_store_photo_state(const struct exh_store *store, const struct exh_clock_check *check);
/* Names below checks/ that no check in the log has: a killed command's, or somebody else's. */
bool exh_store_unknown_photos(const struct exh_store *store, struct exh_strings *names, struct exh_error *err) EXH_CHECK;

/* Starts the program that reads footage, confined as the configuration demands (media.cage). As exh_helper_start. */
bool exh_store_start_helper(const struct exh_store *store, struct exh_helper **ret_helper, struct exh_error *err) EXH_CHECK;

/* NULL where there is none. */
const struct exh_source *exh_store_source(const struct exh_store *store, const char *id);
const struct exh_camera *exh_store_camera(const struct exh_store *store, const char *id);
/* The same, EXH_USAGE naming the nearest known one. */
bool exh_store_need_camera(const struct exh_store *store, const char *id, const struct exh_camera **ret_camera, struct exh_error *err) EXH_CHECK;
bool exh_store_need_source(const struct exh_store *store, const char *id, const struct exh_source **ret_source, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE where no camera is in @town (exh_camera_is_in). */
bool exh_store_need_town(const struct exh_store *store, const char *town, struct exh_error *err) EXH_CHECK;
bool exh_store_need_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err) EXH_CHECK;

/* ---- remotes of the log ---- */

/* NULL where there is none, or it was removed. */
const struct exh_store_remote *exh_store_remote(const struct exh_store *store, const char *name);
/* The same, EXH_USAGE naming the nearest known one. */
bool exh_store_need_remote(const struct exh_store *store, const char *name, const struct exh_store_remote **ret_remote,
                           struct exh_error *err) EXH_CHECK;
/* Judges what is to be a remote's settings, its files not yet. EXH_USAGE. */
bool exh_store_check_remote(const struct exh_store_remote *remote, struct exh_error *err) EXH_CHECK;
/* Frees the keys of the store and its cases: done before strangers are spoken with, in a process that has no further use
 * for them. Entries' details can no longer be opened, nor any be appended. */
void exh_store_forget_keys(struct exh_store *store);
/* What a push found, in terms of the log. */
struct exh_store_push {
    struct exh_push push;
    uint64_t entries;                /* that the remote has of this log; 0 of EXH_REMOTE_OTHER */
    uint64_t common;                 /* sequence number of @push.common, where that is not empty */
};
/* Pushes the log to the remote (exh_repo_push) and says what it has. Needs no key. Also EXH_REFUSED: others have rights on
 * the file of the ssh key or of the login; EXH_MALFORMED: such a file is none. */
bool exh_store_push(struct exh_store *store, const struct exh_store_remote *remote, const struct exh_push_options *options,
                    struct exh_store_push *ret_push, struct exh_error *err) EXH_CHECK;
/* What is kept of the last push to it (exh_repo_pushed): how many entries it had then, 0 where nothing is known. */
bool exh_store_pushed(struct exh_store *store, const struct exh_store_remote *remote, uint64_t *ret_entries,
                      struct exh_moment *ret_time, struct exh_error *err) EXH_CHECK;

/* ---- time stamps of the log ---- */

/* Asks for a time stamp of the log's checkpoint as it stands: the request (exh_stamp_request_make), and which checkpoint it
 * is. @ret_request: free with free(). Needs no key. EXH_REFUSED: the log does not verify. */
bool exh_store_stamp_request(const struct exh_store *store, uint8_t **ret_request, size_t *ret_size,
                             struct exh_checkpoint *ret_checkpoint, struct exh_error *err) EXH_CHECK;
/* Fails with EXH_USAGE, and what to do, where no authority is configured. */
bool exh_store_stamp_need_url(const struct exh_store *store, struct exh_error *err) EXH_CHECK;
/* Posts it to the configured authority, in a process apart that has neither the store's keys nor the actor's. @ret_response:
 * not judged; free with free(). As exh_stamp_ask and exh_store_stamp_need_url. */
bool exh_store_stamp_ask(struct exh_store *store, unsigned wait_s, const uint8_t *request, size_t size, uint8_t **ret_response,
                         size_t *ret_response_size, struct exh_error *err) EXH_CHECK;
/* Judges a response: granted, by an authority under @roots, of a checkpoint of this log, at a time that can be
 * (exh_log_stamp_judge, as if it were entered now). @request: what it must answer, by its digest and its nonce; NULL: not
 * known, then any checkpoint of the log will do and no nonce is compared. Clear with exh_log_stamp_clear.
 * EXH_MALFORMED: not a response, or not a token; EXH_NO: all else; EXH_REFUSED: the log does not verify. */
bool exh_store_stamp_judge(const struct exh_store *store, const uint8_t *response, size_t size, struct exh_stamp_roots *roots,
                           const struct exh_stamp_request *request, struct exh_log_stamp *ret_stamp, struct exh_error *err) EXH_CHECK;
/* Fails with EXH_REFUSED, naming the entry, where the log has this token already. */
bool exh_store_stamp_is_new(const struct exh_store *store, const struct exh_log_stamp *stamp, struct exh_error *err) EXH_CHECK;
/* Enters it as "log-stamp", by the actor, and sets its entry. Locks by itself. As exh_store_stamp_is_new and
 * exh_store_record. */
bool exh_store_stamp_enter(struct exh_store *store, struct exh_log_stamp *stamp, struct exh_error *err) EXH_CHECK;

/* Writes settings to the configuration together with the entry that says so: the new file is staged, the entry
 * (its digest "config" added) appended, the file put in place. Locks by itself. @settings: full
 * names ("camera.wisbech-12.path") and values, @count of them; NULL values are passed over.
 * EXH_BUSY: somebody changed the configuration since it was read. A kill between the entry and the file's
 * name leaves what exh_store_recover finishes. */
bool exh_store_configure(struct exh_store *store, const struct exh_config_value *settings, size_t count,
                         struct exh_entry_draft *draft, struct exh_error *err) EXH_CHECK;
/* Checks the log, of the *ret_before entries that verified when this was asked before only that it still goes on from them.
 * Problems are results. Also fails as exh_ledger_verify. */
bool exh_store_verify_log(const struct exh_store *store, uint64_t *ret_before, struct exh_ledger_report *ret_report, struct exh_error *err)
    EXH_CHECK;
/* Fails with EXH_REFUSED when the log does not verify, asked as above: its keys are then nobody's word. The register is
 * replayed without checking signatures; ask this before the keyring decides whom to trust. */
bool exh_store_check_log(const struct exh_store *store, struct exh_error *err) EXH_CHECK;
/* Writes allowed_signers from the keyring, once the log verifies. */
bool exh_store_write_signers(const struct exh_store *store, struct exh_error *err) EXH_CHECK;

/* ---- exhibits as they lie in the store ---- */

/* The signers that the log trusts, as a list for exh_package_check. EXH_REFUSED: the log itself does not verify. */
bool exh_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err) EXH_CHECK;
/* An exhibit that is done. EXH_USAGE: there is none of that reference, or its making failed or is not over. */
bool exh_store_need_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                            struct exh_error *err) EXH_CHECK;
/* Where an exhibit's folder is, below the store's root: "exhibits/OP1_2". Free with free(). */
char *exh_store_exhibit_path(const char *reference) EXH_CHECK;
/* Judges an exhibit as it lies there, with the signers that the log trusts, and holds it against the digest in its entry
 * "...-done". Whatever is wrong with it is a verdict. Failures are those of the two above, and of exh_package_check. */
bool exh_store_judge(const struct exh_store *store, const char *reference, struct exh_package_report *ret_report,
                     struct exh_error *err) EXH_CHECK;
/* Enters what was found as "verify" of the exhibit. @facts: what else was found out; an object, taken; may be NULL. */
bool exh_store_enter_verdict(struct exh_store *store, const char *reference, const struct exh_package_report *report,
                             struct exh_json *facts, struct exh_error *err) EXH_CHECK;

/* ---- exhibits in the making ---- */

/* What is on its way for one exhibit; kept in staging/OP1.json (exh_reference_folder), locked while its maker lives. */
struct exh_journal {
    int fd;                          /* -1 when none */
    char reference[24];
    char *folder;                    /* staging name in exhibits/; NULL until known */
    char *directory, *container, *container_staging;   /* where the package goes; NULL until known */
    struct exh_strings names, stagings;                /* of a package of exhibits: its volumes, in @directory */
};
#define EXH_JOURNAL_NONE { -1, "", NULL, NULL, NULL, NULL, EXH_STRINGS_NONE, EXH_STRINGS_NONE }
bool exh_journal_begin(const struct exh_store *store, const char *reference, struct exh_journal *ret_journal, struct exh_error *err) EXH_CHECK;
/* Writes the names down, durable. Strings are copied. */
bool exh_journal_note(struct exh_journal *journal, const char *folder, const char *directory, const char *container,
                      const char *container_staging, struct exh_error *err) EXH_CHECK;
/* The same for a package of exhibits (its journal is staging/C1-P1.json): the names of its volumes in @directory, and
 * their staging names, which are files, or folders. */
bool exh_journal_note_volumes(struct exh_journal *journal, const char *directory, const struct exh_strings *names,
                              const struct exh_strings *stagings, struct exh_error *err) EXH_CHECK;
/* Removes the journal: the exhibit is finished or given up. */
bool exh_journal_end(const struct exh_store *store, struct exh_journal *journal, struct exh_error *err) EXH_CHECK;
void exh_journal_clear(struct exh_journal *journal);
/* ---- signatures of files anywhere, in the making ---- */

/* Two signatures on their way to their names; kept in staging/<id>.signing, locked while their maker lives. Start with
 * EXH_SIGNING_NONE. */
struct exh_signing {
    int fd;                          /* -1 when none */
    char id[17];                     /* random; the fact "signing" of the entry that says they are done */
    char *directory;                 /* absolute */
    char *names[2], *staging[2];     /* there */
};
#define EXH_SIGNING_NONE { -1, "", NULL, { NULL, NULL }, { NULL, NULL } }
/* Chooses id and staging names and writes all down, durable. Strings are copied. */
bool exh_signing_begin(const struct exh_store *store, const char *directory, const char *const names[2],
                       struct exh_signing *ret_signing, struct exh_error *err) EXH_CHECK;
/* Gives both their names, once the log has the entry, and removes what was written down. EXH_REFUSED: a name is taken; both
 * keep their staging names. */
bool exh_signing_finish(const struct exh_store *store, struct exh_signing *signing, struct exh_error *err) EXH_CHECK;
/* Removes what was written down, after the staging files are gone. */
bool exh_signing_end(const struct exh_store *store, struct exh_signing *signing, struct exh_error *err) EXH_CHECK;
void exh_signing_clear(struct exh_signing *signing);
/* The part of exh_store_recover that leaves no entry, so that any role may do it. */
bool exh_store_settle_signings(struct exh_store *store, struct exh_strings *notes, struct exh_error *err) EXH_CHECK;

/* Finishes or clears what was cut off in the making, as the log says: an exhibit that has its entry "...-done"
 * gets its names; any other gets one "...-abandoned" and its staging files removed. So is a change of the
 * configuration, which takes effect where its entry was written, a photograph that no entry names, and signatures of a
 * file. What it does not know is left alone. The lock must be held. @notes: one sentence each for a person. */
bool exh_store_recover(struct exh_store *store, struct exh_strings *notes, struct exh_error *err) EXH_CHECK;

#endif
