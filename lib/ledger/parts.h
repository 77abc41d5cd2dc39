/* ledger, private: what its files share. */
#ifndef EXHIBIT_LEDGER_PARTS_H
#define EXHIBIT_LEDGER_PARTS_H

#include "exhibit/ledger.h"
#include "exhibit/note.h"
#include "exhibit/repo.h"
#include "exhibit/text.h"

/* What a commit's tree holds, by the bytes of the names. */
#define EXH_CHECKPOINT_FILE "checkpoint"
#define EXH_ENTRY_FILE "entry.json"
enum { EXH_CHECKPOINT_AT, EXH_ENTRY_AT, EXH_LEDGER_FILES };
extern const char *const exh_ledger_files[EXH_LEDGER_FILES];

#define EXH_LEDGER_BRANCH "custody"

enum { EXH_CREW_MOST = 16 };             /* threads that look at commits together */
struct exh_ledger {
    char *path;
    struct exh_repo *repo;
    struct exh_repo *apart[EXH_CREW_MOST];   /* the same, opened once more for each thread that came to need it */
    struct exh_secret_key *key;          /* the log's own; NULL where nothing is to be appended */
    struct exh_merkle_edge edge;         /* over the entries read or appended so far */
    char commit[EXH_OID_DIGITS];         /* of the last of them */
    char *checkpoint;                    /* of them, as it stands in the log; NULL: none yet */
    struct exh_repo_watch watch;
};

/* The checkpoint of a log of these entries, signed. Free with free(). Fails as the key signs. */
bool exh_checkpoint_make(const struct exh_secret_key *key, const struct exh_merkle_edge *edge, char **ret_note,
                         struct exh_error *err) EXH_CHECK;
/* True of a checkpoint of so many entries and that tree. */
bool exh_checkpoint_is_of(const struct exh_ledger_root *stated, const struct exh_merkle_edge *edge) EXH_CHECK;

bool exh_verb_parse(const char *name, enum exh_verb *ret_verb) EXH_CHECK;
/* EXH_MALFORMED: no such act, or another verb's. */
bool exh_act_check(const char *act, enum exh_verb verb, struct exh_error *err) EXH_CHECK;

/* Reads the bytes of an entry.json, whole and strictly; the commit's name stays empty. @ret_entry is written
 * only on success. EXH_MALFORMED: what is wrong. */
bool exh_entry_from_bytes(const char *bytes, size_t size, struct exh_entry *ret_entry, struct exh_error *err) EXH_CHECK;
/* The bytes of an entry drafted at @time by @actor, with all but the details in clear. The draft's values are taken.
 * Free with free(). */
char *exh_entry_to_bytes(struct exh_entry_draft *draft, const struct exh_entry *last, struct exh_moment time,
                         const char *actor) EXH_CHECK;
/* An instant without what is below a microsecond. */
struct exh_moment exh_entry_moment(struct exh_moment moment);

/* What stands in an entry's commit besides the entry. Free each with free(). */
char *exh_entry_message(const struct exh_entry *entry) EXH_CHECK;
char *exh_entry_author(const struct exh_entry *entry) EXH_CHECK;      /* the name */
char *exh_entry_email(const struct exh_entry *entry) EXH_CHECK;
int64_t exh_entry_seconds(const struct exh_entry *entry);

/* Holds a commit against the entry that it is of; adds a sentence for each thing that does not agree. True when it is
 * signed by the entry's actor. */
bool exh_entry_check_commit(const struct exh_entry *entry, const struct exh_repo_visit *commit, struct exh_strings *problems);

/* Checks these facts' form; true for any other act. EXH_MALFORMED. */
bool exh_entry_check_keys(const struct exh_entry *entry, struct exh_error *err) EXH_CHECK;
/* Makes the change in the ring; nothing for any other act. The person it is about; NULL where there is none: a key
 * revoked that was never trusted. */
struct exh_person *exh_entry_change_keys(const struct exh_entry *entry, struct exh_keyring *ring);

#endif
