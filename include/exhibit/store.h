/* store: the control room's evidence directory (floor 7).
 *
 *   config              settings, sources and cameras, in git-config syntax
 *   custody.git/        the custody log
 *   exhibits/OP1/       each exhibit as a signed bag; exhibits/OP1_2/ that of the copy OP1/2
 *   policies/           the policies of retention that were adopted or proposed, named by their SHA-256
 *   disposals/          plans of disposal by their SHA-256, each with what is left of what was destroyed by it, and the certificate
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

/* A row of a batch, as entries name it: digests under the store's key, of which row it is and of what it says
 * (docs/formats/custody.md, "Rows of batches"). */
struct exh_job {
    char id[EXH_SHA256_DIGITS], row[EXH_SHA256_DIGITS];
    char part[8];                    /* of a row that makes three things: EXH_JOB_MASTER, EXH_JOB_COPY; empty: the last of it, or all */
};
#define EXH_JOB_MASTER "master"
#define EXH_JOB_COPY "copy"

/* An open store. Everything is owned by it and valid until it is freed or locked again. */
struct exh_store {
    char *path;
    int root;                        /* descriptor of the directory */
    char config[EXH_SHA256_DIGITS];  /* of the configuration as it was read */
    char *organisation;
    char *zone;                      /* of the people: "Europe/London" */
    struct exh_recipient recovery;   /* every age package also opens for it */
    char *font;                      /* file of the font that texts on copies are drawn with */
    struct exh_holidays holidays;    /* public ones that follow from no rule, and days that are none though a rule says so */
    int64_t tolerance_ns;            /* holes up to this long are not gaps */
    int64_t clock_age_ns;            /* a check of a clock further than this from the footage is stale */
    bool request_required;           /* footage is taken out on a request only, or in an emergency */
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
    struct exh_job job;              /* the row of a batch that this process acts for; empty: none */
    int lock;                        /* -1 while not locked */
};

/* Makes a new store at @path (missing or an empty directory) whose first admin is @key.
 * On failure what was made is removed again, @path too where it was made; the message says so where it cannot be.
 * EXH_REFUSED: @path is not empty; EXH_USAGE: zone, name or initials; and as signing
 * with a key held elsewhere fails. */
bool exh_store_create(const char *path, const char *organisation, const char *zone, const struct exh_secret_key *key,
                      const char *name, const char *initials, struct exh_error *err) EXH_CHECK;
/* EXH_IO: not there or cannot be read; EXH_MALFORMED: not a store, or its configuration or log is damaged;
 * EXH_REFUSED: others may use what is private in it, with the remedy. @watch: told how many entries of how many were read of the log,
 * where the index is made anew for many (exh_ledger_watch), while it opens; NULL: nobody. */
bool exh_store_open(const char *path, const struct exh_repo_watch *watch, struct exh_store **ret_store, struct exh_error *err) EXH_CHECK;
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
/* So many keys of cases are held; the one opened first goes when there are more. */
enum { EXH_CASE_KEYS_HELD = 1000 };
/* The key of an entry's details: "store" or a case; NULL where it is gone, or the log says that it was destroyed. Stays the
 * store's, which drops it once EXH_CASE_KEYS_HELD others were asked for. */
const struct exh_seal_key *exh_store_seal_key(struct exh_store *store, const char *key_id);
/* True where the log says that the key of a case was destroyed: a file of it that is there opens nothing. */
bool exh_store_key_is_gone(const struct exh_store *store, const char *case_id) EXH_CHECK;
/* Removes the key of a case, durably; without a word where it is gone already. Call it once the log says so ("destroy-key"): the
 * case is sealed from then on. What was copied of the file elsewhere is not reached. */
bool exh_store_destroy_case_key(struct exh_store *store, const char *case_id, struct exh_error *err) EXH_CHECK;
/* Makes and keeps the key of a new case. Durable on return. */
bool exh_store_new_case_key(struct exh_store *store, const char *case_id, struct exh_error *err) EXH_CHECK;

/* ---- the log, as it was read ----
 *
 * It is read through an index in private/, derived from it, which is made anew where it is missing, and kept in memory
 * where it cannot be written. Opening and locking fail with EXH_MALFORMED where the log no longer holds what was read from
 * it before: it was cut short, or made anew. */

/* False where that file cannot be written. */
bool exh_store_has_index(const struct exh_store *store);
/* The topic of entries about the policies of retention. */
#define EXH_TOPIC_POLICIES "policies"
/* The topic of entries "verify" of the store as a whole. */
#define EXH_TOPIC_RUNS "runs"
/* What the topics of entries about plans of disposal, and of what was destroyed by them, begin with. */
#define EXH_TOPIC_DISPOSALS "disposals"
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
/* The index of the log, for what else is derived from it: the store's, as long as it is open. */
struct exh_index *exh_store_index(const struct exh_store *store);
/* Goes on with an index in this process's memory, where the file cannot be written. What was found of the register is forgotten. */
bool exh_store_index_in_memory(struct exh_store *store, struct exh_error *err) EXH_CHECK;
/* An exh_merkle_fetch whose @context is the store: of the tree over all entries. */
bool exh_store_fetch(void *store, unsigned level, uint64_t position, struct exh_merkle_hash *ret_hash, struct exh_error *err) EXH_CHECK;
/* The key of the log, as its first entry names it. */
bool exh_store_log_key(const struct exh_store *store, struct exh_verifier *ret_key, struct exh_error *err) EXH_CHECK;

/* ---- the register, replayed from it ---- */

/* A case with its exhibits and packages; empty where there is no such case. EXH_MALFORMED: entries that contradict others. */
bool exh_store_casefile(const struct exh_store *store, const char *case_id, const struct exh_casefile **ret_casefile,
                        struct exh_error *err) EXH_CHECK;
/* The same, not kept by the store; clear with exh_casefile_clear. */
bool exh_store_replay(const struct exh_store *store, const char *case_id, struct exh_casefile *ret_casefile, struct exh_error *err) EXH_CHECK;
/* Visits each of them, in the order of opening. @visit may not append. Stops when it returns false (err set). */
bool exh_store_each_case(const struct exh_store *store, bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err),
                         void *context, struct exh_error *err) EXH_CHECK;
/* The same of the cases @ids. */
bool exh_store_each_of(const struct exh_store *store, const struct exh_strings *ids,
                       bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err), void *context, struct exh_error *err)
    EXH_CHECK;
/* One of each, whatever its state; NULL where there is none. */
bool exh_store_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err) EXH_CHECK;
bool exh_store_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                       struct exh_error *err) EXH_CHECK;
bool exh_store_sealing(const struct exh_store *store, const char *id, const struct exh_sealing **ret_sealing, struct exh_error *err)
    EXH_CHECK;
/* What a case has that is numbered within it: "C1-H1", "C1-D1", "C1-R1". */
enum exh_numbered { EXH_NUMBERED_HOLD, EXH_NUMBERED_DISCLOSURE, EXH_NUMBERED_REQUEST };
/* Where there are more cases, all of them are not asked for a list of names. */
enum { EXH_NUMBERED_CASES = 200 };
/* Adds the identifiers of all of a kind: of the case that @begin names ("C1-", "C1-H"); where it names none, of all cases, if those are
 * EXH_NUMBERED_CASES at most. EXH_MALFORMED: the register contradicts itself. */
bool exh_store_numbered_ids(const struct exh_store *store, enum exh_numbered kind, const char *begin, struct exh_strings *ids, struct exh_error *err)
    EXH_CHECK;
/* A hold, released or not, and the register of its case. EXH_USAGE: there is none of that identifier. */
bool exh_store_need_hold(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                         const struct exh_hold **ret_hold, struct exh_error *err) EXH_CHECK;
/* A package that is done, by its identifier ("C1-P1", or "OP1" of one that was made with the exhibit), and the register of its
 * case. EXH_USAGE: there is none; EXH_REFUSED: it was not finished, or nothing was packed with that exhibit. Clear with
 * exh_packed_clear. */
bool exh_store_need_packed(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                           struct exh_packed *ret_packed, struct exh_error *err) EXH_CHECK;
/* The identifier of the package that has a file of that SHA-256. EXH_REFUSED: the log knows of none. */
bool exh_store_find_package(const struct exh_store *store, const char *digest, char ret_id[24], struct exh_error *err) EXH_CHECK;
/* The disclosure that a receipt is of, by the SHA-256 of its form. EXH_NO: no such form was issued. */
bool exh_store_find_receipt(const struct exh_store *store, const char *digest, char ret_id[24], struct exh_error *err) EXH_CHECK;
/* A package that was handed over, and the register of its case. EXH_USAGE: there is none of that identifier. */
bool exh_store_need_disclosure(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                               const struct exh_disclosure **ret_disclosure, struct exh_error *err) EXH_CHECK;
/* A request, and the register of its case. EXH_USAGE: there is none of that identifier. */
bool exh_store_need_request(const struct exh_store *store, const char *id, const struct exh_casefile **ret_casefile,
                            const struct exh_request **ret_request, struct exh_error *err) EXH_CHECK;
/* Adds the identifiers of all cases, in the order of opening; of all exhibits and packages, in that of bytes, whatever became of them. */
bool exh_store_case_ids(const struct exh_store *store, struct exh_strings *ids, struct exh_error *err) EXH_CHECK;
bool exh_store_item_ids(const struct exh_store *store, struct exh_strings *ids, struct exh_error *err) EXH_CHECK;
/* Fails with EXH_USAGE because no exhibit or package has that identifier, as @words say; the nearest that there is is asked about, as
 * exh_text_unknown does. */
bool exh_store_unknown_item(const struct exh_store *store, const char *name, const char *remedy, const char *words, struct exh_error *err);
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
/* Adds the names below checks/ of the photographs that the checks in the log have. */
bool exh_store_known_photos(const struct exh_store *store, struct exh_strings *names, struct exh_error *err) EXH_CHECK;
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
/* The same, where the actor may do @act, and something can be added to it. EXH_REFUSED: the actor's role may not; EXH_IO: the case's
 * key is gone. */
bool exh_store_need_writable_case(const struct exh_store *store, const char *id, const char *act, const struct exh_case **ret_case,
                                  struct exh_error *err) EXH_CHECK;
/* Today, where the store's people are. */
struct exh_date exh_store_today(const struct exh_store *store);
/* EXH_USAGE where @date is later than today. */
bool exh_store_check_not_to_come(const struct exh_store *store, struct exh_date date, struct exh_error *err) EXH_CHECK;

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
 * EXH_USAGE: the store could not be opened with them; EXH_BUSY: somebody changed the configuration since it was read. A kill between the entry and the file's
 * name leaves what exh_store_recover finishes. */
bool exh_store_configure(struct exh_store *store, const struct exh_config_value *settings, size_t count,
                         struct exh_entry_draft *draft, struct exh_error *err) EXH_CHECK;
/* Judges them in the same way, and changes nothing. */
bool exh_store_try_config(struct exh_store *store, const struct exh_config_value *settings, size_t count, struct exh_error *err) EXH_CHECK;
/* Judges the configuration of the store at @path, without opening it. EXH_MALFORMED: names the key, or what is missing; EXH_IO. */
bool exh_store_check_config(const char *path, struct exh_error *err) EXH_CHECK;

/* A setting that there can be. */
struct exh_config_key {
    const char *name;                /* "store.zone", "camera.*.path": in place of the star stands an identifier */
    const char *usual;               /* what holds where it is not set; NULL: nothing */
    const char *meaning;             /* in a few words */
};
/* All of them, in the order of names. */
size_t exh_config_keys(const struct exh_config_key **ret_keys);
/* Reads a full name as a person types it, "store.gapTolerance". *@ret_name: as it is kept, section and key in lower case; free with
 * free(). EXH_USAGE: there is no such setting, naming the nearest one. */
bool exh_config_key_find(const char *words, const struct exh_config_key **ret_key, char **ret_name, struct exh_error *err) EXH_CHECK;
/* Fails with @kind, as a name of no setting there is, naming the nearest one. Always returns false. */
bool exh_config_key_refuse(const char *name, enum exh_kind kind, struct exh_error *err);
/* Checks the log, of the *ret_before entries that verified when this was asked before only that it still goes on from them.
 * Problems are results. Also fails as exh_ledger_verify. */
bool exh_store_verify_log(const struct exh_store *store, uint64_t *ret_before, struct exh_ledger_report *ret_report, struct exh_error *err)
    EXH_CHECK;
/* How many entries had verified when that was asked last; 0 where that is not known. Nothing is checked. */
bool exh_store_verified(const struct exh_store *store, uint64_t *ret_entries, struct exh_error *err) EXH_CHECK;
/* How many entries a witness is known to have seen, by what the log has of them; 0: none. */
bool exh_store_anchored(const struct exh_store *store, uint64_t *ret_entries, struct exh_error *err) EXH_CHECK;
/* Fails with EXH_REFUSED when the log does not verify, asked as above: its keys are then nobody's word. The register is
 * replayed without checking signatures; ask this before the keyring decides whom to trust. */
bool exh_store_check_log(const struct exh_store *store, struct exh_error *err) EXH_CHECK;
/* Writes allowed_signers from the keyring, once the log verifies. */
bool exh_store_write_signers(const struct exh_store *store, struct exh_error *err) EXH_CHECK;

/* ---- exhibits as they lie in the store ---- */

/* The signers that the log trusts, as a list for exh_package_check. EXH_REFUSED: the log itself does not verify. */
bool exh_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err) EXH_CHECK;
/* An exhibit that is done. EXH_USAGE: there is none of that reference, or its making failed or is not over; EXH_NO: it was
 * destroyed. */
bool exh_store_need_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                            struct exh_error *err) EXH_CHECK;
/* Where an exhibit's folder is, below the store's root: "exhibits/OP1_2". Free with free(). */
char *exh_store_exhibit_path(const char *reference) EXH_CHECK;
/* The bytes of an exhibit's files, as its bag says (RFC 8493, 2.2.2: Payload-Oxum); 0 where that cannot be read. */
uint64_t exh_store_exhibit_bytes(const struct exh_store *store, const char *reference);
/* Told the bytes of files read so far, often; false stops. */
struct exh_judging { bool (*progress)(void *context, uint64_t done); void *context; };
/* Judges an exhibit as it lies there, with the signers that the log trusts, and holds it against the digest in its entry
 * "...-done". Whatever is wrong with it is a verdict. @judging may be NULL: nobody is told. Failures are those of exh_store_need_exhibit
 * and exh_store_signers, and of exh_package_check. */
bool exh_store_judge(const struct exh_store *store, const char *reference, const struct exh_judging *judging, struct exh_package_report *ret_report,
                     struct exh_error *err) EXH_CHECK;
/* Enters what was found as "verify" of the exhibit. @facts: what else was found out; an object, taken; may be NULL. */
bool exh_store_enter_verdict(struct exh_store *store, const char *reference, const struct exh_package_report *report,
                             struct exh_json *facts, struct exh_error *err) EXH_CHECK;

/* ---- rows of batches ---- */

/* Names a row: @id of the batch called @batch (""), whose content is @content. */
void exh_store_job(const struct exh_store *store, const char *batch, const char *id, const struct exh_json *content, struct exh_job *ret_job);
/* "<id>:<row>", and back; false: @words are no such thing. Free with free(). */
char *exh_job_words(const struct exh_job *job) EXH_CHECK;
bool exh_job_parse(const char *words, struct exh_job *ret_job) EXH_CHECK;
/* In this order: what comes later counts for more. */
enum exh_job_state {
    EXH_JOB_NEW,                     /* the log knows nothing of it, or only that it failed */
    EXH_JOB_NOTHING,                 /* there was no footage, and the log says so */
    EXH_JOB_PARTLY,                  /* some of its parts are done, not the last */
    EXH_JOB_MAKING,                  /* begun and not ended: by a process that lives, or one that nobody cleared up after yet */
    EXH_JOB_DONE,
};
struct exh_job_found {
    enum exh_job_state state;
    bool changed;                    /* it had other content then; of those that are not new */
    bool findings;                   /* of those that are done, a part at least: there were some */
    char item[24];                   /* what was made for it, or is: an exhibit's reference, or the identifier of a package, hold or case */
    char master[24];                 /* of a row in parts: the exhibit that is done; empty: not yet */
    bool copied;                     /* its copy is done, too */
};
/* What the log, as it was read, says became of a row. EXH_MALFORMED: it is damaged. */
bool exh_store_find_job(const struct exh_store *store, const struct exh_job *job, struct exh_job_found *ret_found, struct exh_error *err) EXH_CHECK;
/* For who holds the lock and begins, or enters, something: may what this process acts for be begun? True where that is no row. EXH_REFUSED: it was
 * done; EXH_BUSY: it is in the making, or another process made this part of it. */
bool exh_store_begin_job(const struct exh_store *store, struct exh_error *err) EXH_CHECK;
/* Adds to the facts of an entry which row it is for, where it is for one. */
void exh_store_say_job(const struct exh_store *store, struct exh_json *facts);

/* ---- the store as a whole ---- */

/* An exhibit that the log says lies in the store. */
struct exh_held {
    char reference[24], case_id[24];
    char tagmanifest[EXH_SHA256_DIGITS];
    struct exh_moment made;              /* when its making was done */
};
/* What the log says there is. Start zeroed, clear with exh_holdings_clear. Memory grows with what there is: a few hundred bytes
 * an exhibit or package. */
struct exh_holdings {
    struct exh_held *exhibits;           /* in the byte order of references */
    size_t exhibit_count;
    struct exh_packed *packages;         /* that left the room, in the order of the log */
    size_t package_count;
    struct exh_strings policies;         /* digests of those that were adopted or proposed */
    struct exh_strings photos;           /* names below checks/ */
    struct exh_strings destroying;       /* references of exhibits whose destruction began and has not ended */
    struct exh_strings plans;            /* SHA-256 of plans of disposal that were proposed */
    struct exh_strings certified;        /* of those that have a certificate, and of each, at the same place, */
    struct exh_strings certificates;     /* the digest of its tag manifest */
    struct exh_strings foreign;          /* files and folders that the log does not know, by their paths below the store */
};
void exh_holdings_clear(struct exh_holdings *holdings);
/* Lists the directories of the store, then reads what is new in the log, then all of it. What is in the making now is neither an
 * exhibit nor foreign; nor is what exh_store_recover settles. */
bool exh_store_holdings(struct exh_store *store, struct exh_holdings *ret_holdings, struct exh_error *err) EXH_CHECK;
/* NULL where there is none. */
const struct exh_held *exh_holdings_find(const struct exh_holdings *holdings, const char *reference);
/* True while its maker, or one that was killed, has a journal of it. */
bool exh_store_is_in_making(const struct exh_store *store, const char *reference) EXH_CHECK;
/* Judges an exhibit as exh_store_judge does, but from the disk. @signers: whom to trust; NULL: the log says nobody that counts, and
 * PARTIAL is the best there is. */
bool exh_store_judge_held(const struct exh_store *store, const struct exh_held *held, const struct exh_signers *signers,
                          struct exh_package_report *ret_report, struct exh_error *err) EXH_CHECK;
/* Judges a file that is named by its SHA-256, such as those below checks/ and policies/, or that lies in a folder so named: it must be
 * the one that was kept. EXH_MALFORMED: it is not; EXH_IO: gone, or it cannot be read. */
bool exh_store_check_named(const struct exh_store *store, const char *path, struct exh_error *err) EXH_CHECK;

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
/* ---- signatures of files anywhere, and forms of receipts, in the making ---- */

enum { EXH_SIGNING_MOST = 2 };
/* Two signatures, or the form of one receipt, on their way to their names; kept in staging/<id>.signing, locked while their maker
 * lives. Start with EXH_SIGNING_NONE. */
struct exh_signing {
    int fd;                          /* -1 when none */
    char id[17];                     /* random; the fact "signing" of the entry that says they are done */
    char *directory;                 /* absolute */
    char *names[EXH_SIGNING_MOST], *staging[EXH_SIGNING_MOST];     /* there; the second NULL: there is one */
};
#define EXH_SIGNING_NONE { -1, "", NULL, { NULL, NULL }, { NULL, NULL } }
/* Chooses id and staging names and writes all down, durable. Strings are copied. */
bool exh_signing_begin(const struct exh_store *store, const char *directory, const char *const names[EXH_SIGNING_MOST],
                       struct exh_signing *ret_signing, struct exh_error *err) EXH_CHECK;
/* Gives them their names, once the log has the entry, and removes what was written down. EXH_REFUSED: a name is taken; all
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

/* What exh_store_recover would take up. */
enum exh_leftover_kind {
    EXH_LEFTOVER_MAKING,             /* of an exhibit or a package, by its reference or identifier */
    EXH_LEFTOVER_SIGNING,            /* of a file, by the note in staging/ */
    EXH_LEFTOVER_CONFIG,             /* a change of the configuration */
    EXH_LEFTOVER_FILE,               /* half written, by its path below the store */
    EXH_LEFTOVER_SIGNERS,            /* allowed_signers is not what the log says */
};
const char *exh_leftover_kind_name(enum exh_leftover_kind kind);  /* "making", "signing", "config", "file", "signers" */
struct exh_leftover {
    enum exh_leftover_kind kind;
    char *name;
    bool finishes;                   /* the log has it as done, so it is finished, not cleared away */
    bool live;                       /* whoever makes it lives: it is left alone */
};
/* Start zeroed, clear with exh_leftovers_clear. */
struct exh_leftovers { struct exh_leftover *at; size_t count; };
void exh_leftovers_clear(struct exh_leftovers *leftovers);
/* Looks for them, and changes nothing. The lock must be held, so that no making begins meanwhile. */
bool exh_store_leftovers(const struct exh_store *store, struct exh_leftovers *ret_leftovers, struct exh_error *err) EXH_CHECK;

#endif
