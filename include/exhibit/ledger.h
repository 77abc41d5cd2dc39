/* ledger: the append-only custody log: entries, their chain, their signatures (floor 3).
 *
 * The log is a bare git repository, branch "custody", linear: one commit an entry, each commit holding
 * one file, entry.json, and signed (SSHSIG, namespace "git") by the key of the person who acted.
 * docs/formats/custody.md is the byte-exact account.
 */
#ifndef EXHIBIT_LEDGER_H
#define EXHIBIT_LEDGER_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/merkle.h"
#include "exhibit/moment.h"
#include "exhibit/note.h"
#include "exhibit/person.h"
#include "exhibit/repo.h"

/* What kind of thing was done; the first six are those of the Data Protection Act 2018, section 62. */
enum exh_verb { EXH_COLLECTION, EXH_ALTERATION, EXH_CONSULTATION, EXH_DISCLOSURE, EXH_COMBINATION, EXH_ERASURE,
                EXH_ADMINISTRATION, EXH_VERB_COUNT };
const char *exh_verb_name(enum exh_verb verb);
/* True when a key of @role may sign @act ("init", "key-trust", "source-add", "export-begun", ...).
 * An act that is not known may be signed by none. */
bool exh_role_may(enum exh_role role, const char *act);
/* The verb that goes with @act; EXH_VERB_COUNT where the act is not known. */
enum exh_verb exh_act_verb(const char *act);

/* An entry to append. Everything here but details is in clear: no names, references or free text. */
struct exh_entry_draft {
    enum exh_verb verb;
    const char *act;                     /* "export-done" */
    const char *case_id;                 /* "C1", or NULL */
    const char *exhibit;                 /* "OP1", or NULL */
    struct exh_json *digests;            /* object: name to SHA-256; taken; may be NULL */
    struct exh_json *facts;              /* object in clear (public keys, roles, counts); taken; may be NULL */
    struct exh_json *details;            /* object, sealed; taken; may be NULL */
    const struct exh_seal_key *key;      /* seals the details; NULL only without details */
    const char *key_id;                  /* which key: "store", or the case */
};
/* Frees what the draft still owns (a draft that was appended owns nothing any more). */
void exh_entry_draft_clear(struct exh_entry_draft *draft);

/* An entry as read. Clear with exh_entry_clear. */
struct exh_entry {
    uint64_t sequence;                   /* from 0 */
    struct exh_moment time;
    enum exh_verb verb;
    char *act, *case_id, *exhibit;       /* case_id, exhibit: NULL where none */
    char actor[EXH_FINGERPRINT_SIZE];
    char commit[41];
    char digest[EXH_SHA256_DIGITS];      /* SHA-256 of the entry's bytes */
    struct exh_merkle_hash leaf;         /* what it is in the tree over all entries */
    char previous[EXH_SHA256_DIGITS];    /* of the entry before; 64 zeros for the first */
    struct exh_json *whole;              /* everything in clear, "details" as its sealed form */
};
void exh_entry_clear(struct exh_entry *entry);
/* What an entry changes about whose keys count: the facts of "init", "key-trust" and "key-revoke". */
bool exh_entry_changes_keys(const struct exh_entry *entry) EXH_CHECK;
/* Opens the sealed details. *ret_details NULL where the entry has none. EXH_NO: wrong key or altered. */
bool exh_entry_details(const struct exh_entry *entry, const struct exh_seal_key *key, struct exh_json **ret_details, struct exh_error *err) EXH_CHECK;
/* The id of the key that seals the details ("store", "C1"); NULL where there are none. */
const char *exh_entry_key_id(const struct exh_entry *entry);

/* True of an entry of the exhibit itself, or of several that it is one of: packed, or combined. */
bool exh_entry_is_about(const struct exh_entry *entry, const char *reference) EXH_CHECK;
/* Whose key signed it, as the person was called when it was signed, whatever name came later; of the ring. NULL: a key
 * that was never trusted. */
const struct exh_person *exh_entry_signer(const struct exh_entry *entry, const struct exh_keyring *ring) EXH_CHECK;

/* Reads an entry that stands by itself, as a package carries it, with the commit object that signs it: the entry's form,
 * and that the commit names its digest, says the same as it does, and is signed by its actor. Whether the actor might, only
 * the whole log can say. EXH_MALFORMED: not an entry, or not a commit; EXH_NO: they do not belong together, or the signature
 * does not hold. */
bool exh_entry_attested(const char *bytes, size_t size, const char *commit, size_t commit_size, struct exh_entry *ret_entry,
                        struct exh_error *err) EXH_CHECK;
/* An entry's exact bytes, and those of the commit object that signs it. Free both with free(). EXH_MALFORMED: the object is
 * missing or damaged. */
struct exh_ledger;
bool exh_ledger_attest(struct exh_ledger *ledger, const struct exh_entry *entry, char **ret_bytes, char **ret_commit,
                       size_t *ret_commit_size, struct exh_error *err) EXH_CHECK;

/* ---- the log's own key ---- */

/* A checkpoint says how many entries there are, and the root of the tree over them (docs/formats/checkpoint.md). Each
 * commit holds that of the log up to its own entry, signed by the log's key, which its first entry names: the fact "log",
 * a C2SP verifier key. */
enum { EXH_LOG_ORIGIN_SIZE = 49 };       /* "custody.invalid/" and 32 digits of the SHA-256 of the key's 32 bytes */
/* The name of a log by its key. */
void exh_log_origin(const struct exh_public_key *key, char ret_origin[EXH_LOG_ORIGIN_SIZE]);
/* The verifier key that the fact "log" of "init" must be. Free with free(). */
char *exh_log_verifier(const struct exh_public_key *key) EXH_CHECK;

/* Reads a verifier key of a log. EXH_MALFORMED: not one, or its name is not the one that follows from the key. */
bool exh_log_key_read(const char *words, struct exh_verifier *ret_key, struct exh_error *err) EXH_CHECK;
/* The log's key by its first entry, "init". EXH_MALFORMED: another entry. */
bool exh_entry_log_key(const struct exh_entry *entry, struct exh_verifier *ret_key, struct exh_error *err) EXH_CHECK;
/* Reads a checkpoint that came from elsewhere, perhaps with signatures of witnesses. EXH_MALFORMED: not one; EXH_NO: it is
 * not of the log that has @key, or not signed by it. */
bool exh_log_checkpoint_read(const void *note, size_t size, const struct exh_verifier *key, struct exh_checkpoint *ret_checkpoint,
                             struct exh_error *err) EXH_CHECK;

bool exh_ledger_create(const char *path, struct exh_error *err) EXH_CHECK;
bool exh_ledger_open(const char *path, struct exh_ledger **ret_ledger, struct exh_error *err) EXH_CHECK;
/* Gives it the log's key, without which it can be read and not appended to; takes @key. */
void exh_ledger_hold(struct exh_ledger *ledger, struct exh_secret_key *key);
void exh_ledger_freep(struct exh_ledger **ledger);

/* How far a reader of the log has come: so many entries, and the last of them. Start with EXH_LEDGER_START. It owns nothing. */
struct exh_ledger_place {
    struct exh_merkle_edge edge;         /* over the entries so far */
    char commit[41], digest[EXH_SHA256_DIGITS];   /* of the last; empty before the first */
    struct exh_moment time;
};
#define EXH_LEDGER_START { .edge = EXH_MERKLE_EDGE_NONE }
/* Visits the entries after @place to the last one, in order, each with its bytes, and leaves @place after it. The chain is
 * checked as in exh_ledger_read. *ret_met false: the log does not hold that place (its commit is not in it, or the tree
 * over the entries to there is another); then nothing counts of what was visited. What the next append goes on from is
 * the last entry. Stops when @visit returns false (err set). EXH_MALFORMED: names the entry and what is wrong. */
bool exh_ledger_follow(struct exh_ledger *ledger, struct exh_ledger_place *place,
                       bool (*visit)(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err),
                       void *context, bool *ret_met, struct exh_error *err) EXH_CHECK;
/* The entry that a commit holds, in this log or not any more. EXH_MALFORMED: there is no such commit, or it holds none. */
bool exh_ledger_entry_of(struct exh_ledger *ledger, const char *commit, struct exh_entry *ret_entry, struct exh_error *err) EXH_CHECK;
/* *ret_holds: @commit is in the log. Reads no further than to it. */
bool exh_ledger_holds_commit(struct exh_ledger *ledger, const char *commit, bool *ret_holds, struct exh_error *err) EXH_CHECK;
/* *ret_has: its branch is there. Without it there is no entry: a new log's first is still to come. */
bool exh_ledger_has_branch(struct exh_ledger *ledger, bool *ret_has, struct exh_error *err) EXH_CHECK;
/* Takes an entry's own bytes, that were read from this log before, apart again. EXH_MALFORMED. */
bool exh_entry_read(const void *bytes, size_t size, const char *commit, struct exh_entry *ret_entry, struct exh_error *err) EXH_CHECK;
/* Every entry from the first to the last, in order. The chain (sequence, previous, canonical bytes)
 * is checked as it is read; signatures are not (exh_ledger_verify). @entries: array, each cleared and
 * the array freed with exh_entries_free. EXH_MALFORMED: names the entry and what is wrong. */
bool exh_ledger_read(struct exh_ledger *ledger, struct exh_entry **ret_entries, size_t *ret_count, struct exh_error *err) EXH_CHECK;
void exh_entries_free(struct exh_entry *entries, size_t count);
/* The checkpoint of all that was read or appended last, as it stands in the log; NULL: nothing was. The ledger's. */
const char *exh_ledger_checkpoint(const struct exh_ledger *ledger);
/* The checkpoint that an entry's commit holds. Free with free(). EXH_MALFORMED: it cannot be read. */
bool exh_ledger_checkpoint_of(struct exh_ledger *ledger, const struct exh_entry *entry, char **ret_note, struct exh_error *err)
    EXH_CHECK;

/* Appends one entry signed by @key, durable on return. Its time is now, never before the last entry's:
 * EXH_REFUSED when the clock is earlier than the last entry by more than 2 s (naming both times);
 * within that, the last entry's time is used. @last is the entry it goes on top of (NULL for the first): EXH_BUSY when the
 * log has moved on meanwhile, or was not read to there. EXH_REFUSED also without the log's key, or with another than
 * the log's. What @draft owns is taken, on success and on failure: its pointers are NULL after. */
bool exh_ledger_append(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry_draft *draft,
                       const struct exh_secret_key *key, struct exh_entry *ret_entry, struct exh_error *err) EXH_CHECK;

/* Appends @count entries that count together: all of them, or none. Otherwise as exh_ledger_append. @ret_last is the last. */
bool exh_ledger_append_all(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry_draft *drafts, size_t count,
                           const struct exh_secret_key *key, struct exh_entry *ret_last, struct exh_error *err) EXH_CHECK;
/* Packs what lies loose, or with @all everything (exh_repo_pack); the log says the same before and after. */
bool exh_ledger_pack(struct exh_ledger *ledger, bool all, size_t *ret_entries, struct exh_error *err) EXH_CHECK;

/* ---- witnesses ---- */

/* Somebody outside the room who keeps checkpoints and countersigns them: a person whose key the log trusts as an auditor's.
 * The name under which their cosignatures stand: "custody.invalid/witness/" and 32 digits of the SHA-256 of the key. */
enum { EXH_WITNESS_NAME_SIZE = 57 };
void exh_witness_name(const struct exh_public_key *key, char ret_name[EXH_WITNESS_NAME_SIZE]);
/* A cosignature that holds: so many entries were seen, and have not changed since. */
struct exh_anchor {
    uint64_t size;                       /* entries */
    char witness[EXH_FINGERPRINT_SIZE];
    struct exh_moment at;                /* by the witness's clock; whole seconds */
    uint64_t entry;                      /* the entry "log-anchor" that has it */
};
struct exh_anchors { struct exh_anchor *at; size_t count; };
#define EXH_ANCHORS_NONE { NULL, 0 }
/* Judges a checkpoint that came back, @note, against the log whose key is @log and whose tree is @tree: adds each
 * cosignature by an auditor that @ring trusted at its time to @anchors (their entry is 0; free at with free()).
 * EXH_MALFORMED: no checkpoint; EXH_NO: of another log, not signed by its key, of more entries than there are, of other
 * entries, or cosigned by no auditor of the ring. */
bool exh_anchors_read(const void *note, size_t size, const struct exh_verifier *log, const struct exh_merkle_source *tree,
                      const struct exh_keyring *ring, struct exh_anchors *anchors, struct exh_error *err) EXH_CHECK;
/* Holds a checkpoint against the log. EXH_MALFORMED, EXH_NO as above. */
bool exh_log_holds(const void *note, size_t size, const struct exh_verifier *log, const struct exh_merkle_source *tree,
                   struct exh_checkpoint *ret_checkpoint, struct exh_error *err) EXH_CHECK;

/* ---- time stamps ---- */

/* What an entry "log-stamp" holds: a token (RFC 3161) of an authority outside the room, by which the checkpoint of the first
 * @size entries existed at @at. Start with EXH_LOG_STAMP_NONE, clear with exh_log_stamp_clear. */
struct exh_log_stamp {
    uint64_t size;                       /* entries */
    struct exh_moment at;                /* the time that the entry gives: the one that the token states */
    uint8_t *token;                      /* DER */
    size_t token_size;
    uint64_t entry;                      /* the one that has it */
    struct exh_moment entered;           /* its time */
    char commit[41];                     /* its commit */
    uint8_t checkpoint[EXH_SHA256_SIZE]; /* SHA-256 of the checkpoint of those entries, the whole note */
    struct exh_moment last;              /* time of the last of them */
    char *authority;                     /* who states it, once it was checked and holds; else NULL */
};
#define EXH_LOG_STAMP_NONE { .token = NULL }
void exh_log_stamp_clear(struct exh_log_stamp *stamp);
struct exh_log_stamps { struct exh_log_stamp *at; size_t count; };
#define EXH_LOG_STAMPS_NONE { NULL, 0 }
void exh_log_stamps_clear(struct exh_log_stamps *stamps);
/* The facts of such an entry: size, time and token. */
struct exh_json *exh_log_stamp_facts(const struct exh_log_stamp *stamp) EXH_CHECK;
/* Reads them from an entry "log-stamp"; all but checkpoint, last and authority is set. EXH_MALFORMED: facts are missing, or
 * others than such an entry has; it is of entries that do not stand before it. */
bool exh_log_stamp_read(const struct exh_entry *entry, struct exh_log_stamp *ret_stamp, struct exh_error *err) EXH_CHECK;
/* Judges a stamp, of which all but authority is set, and sets authority: its token holds by @roots (exh_stamp_check), is of
 * that checkpoint, states the time that the entry gives, and this is neither before the last of the entries nor after the
 * entry that has it, give or take the token's accuracy and a minute. On failure authority stays NULL. EXH_MALFORMED, EXH_NO. */
bool exh_log_stamp_judge(struct exh_log_stamp *stamp, struct exh_stamp_roots *roots, struct exh_error *err) EXH_CHECK;
/* Where the checkpoint up to @entry has @sha256, sets size, checkpoint and last; *ret_is_it says whether. */
bool exh_log_stamp_is_of(struct exh_ledger *ledger, const struct exh_entry *entry, const uint8_t sha256[EXH_SHA256_SIZE],
                         struct exh_log_stamp *stamp, bool *ret_is_it, struct exh_error *err) EXH_CHECK;

struct exh_ledger_range { uint64_t from, to; };      /* numbers of entries, both of them included */
struct exh_ledger_root { uint64_t size; struct exh_merkle_hash root; };
/* What a check of the whole log says. */
struct exh_ledger_report {
    uint64_t entries;                    /* by the number of the last; those that are lost count */
    struct exh_ledger_range *lost;       /* cannot be read: an object is missing or damaged; from the first to the last */
    size_t lost_count;
    struct exh_ledger_root *roots;       /* behind the first of those: what the checkpoints say, each signed by the log's key */
    size_t root_count;
    char head[EXH_SHA256_DIGITS];        /* digest of the last entry */
    char commit[41];
    bool has_log;                        /* the first entry was read and names the log's key: */
    struct exh_verifier log;
    struct exh_merkle_tree tree;         /* over all entries before the first that is lost */
    struct exh_anchors anchors;          /* that hold, in the order of their entries */
    struct exh_log_stamps stamps;        /* in the order of their entries; their tokens are not judged */
    uint64_t keys_destroyed;             /* of cases */
    uint64_t sealed_for_ever;            /* entries whose details went with them */
    struct exh_strings problems;         /* one sentence each, naming the entry; empty: it verifies */
};
void exh_ledger_report_clear(struct exh_ledger_report *report);
/* Holds a checkpoint against what was read: against the tree, or, where it is of entries that are lost too, against what the
 * log's own checkpoint of so many says. EXH_MALFORMED, EXH_NO as exh_log_holds; EXH_NO also where there is nothing to compare
 * it with. */
bool exh_ledger_holds(const struct exh_ledger_report *report, const void *note, size_t size,
                      struct exh_checkpoint *ret_checkpoint, struct exh_error *err) EXH_CHECK;
/* Checks chain, sequence, canonical form, times, one signature a commit by the actor named in the
 * entry, commit message and time agreeing with the entry, and that each actor's key was trusted at
 * that time for that act, by the log's own key entries (facts of "init", "key-trust", "key-revoke").
 * Problems are results, entries that are lost among them: what stands before and behind such a one
 * is checked as far as it can be; so are files without which git cannot open the log (exh_repo_check_files). Fails only where no
 * entry can be reached. Needs no secret. */
bool exh_ledger_verify(struct exh_ledger *ledger, struct exh_ledger_report *ret_report, struct exh_error *err) EXH_CHECK;
/* Reads every file of the repository's objects from the disk (exh_repo_check_objects), those that no entry needs too. */
bool exh_ledger_check_objects(struct exh_ledger *ledger, struct exh_strings *problems, struct exh_error *err) EXH_CHECK;
/* Lock files in the log's repository (exh_repo_locks). */
bool exh_ledger_locks(struct exh_ledger *ledger, bool clear, struct exh_strings *stale, struct exh_strings *held, struct exh_error *err)
    EXH_CHECK;
/* From now on it is told, from the calling thread, how many entries of how many were verified or packed, or were read by exh_ledger_follow,
 * which tells of more than 8,192 only. */
void exh_ledger_watch(struct exh_ledger *ledger, struct exh_repo_watch watch);
/* True where it holds the key of the log, without which nothing can be appended. */
bool exh_ledger_is_held(const struct exh_ledger *ledger);
/* What is known of a log up to a place at which it verified. Everything is the caller's. */
struct exh_ledger_known {
    struct exh_ledger_place place;
    const struct exh_keyring *ring;      /* of the entries up to there */
    struct exh_verifier log;             /* its key */
    struct exh_merkle_source tree;       /* over all entries, those after the place too */
};
/* Checks the entries after that place as exh_ledger_verify does; the report's tree and time stamps are empty, and its anchors
 * are those of these entries. A log that does not hold the place any more has a problem that says so. */
bool exh_ledger_verify_after(struct exh_ledger *ledger, const struct exh_ledger_known *known, struct exh_ledger_report *ret_report,
                             struct exh_error *err) EXH_CHECK;
/* Judges the time stamps of a report (exh_log_stamp_judge); adds a problem for each that does not hold. */
void exh_ledger_check_stamps(struct exh_ledger_report *report, struct exh_stamp_roots *roots);
/* Replays the key entries into a keyring. @open gives the key that opens an entry's details or NULL
 * (then names stay NULL); may be NULL itself. */
bool exh_ledger_keyring(const struct exh_entry *entries, size_t count, const struct exh_seal_key *store_key,
                        struct exh_keyring *ret_ring, struct exh_error *err) EXH_CHECK;

#endif
