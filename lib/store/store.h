/* store: names and parts shared by its files. */
#ifndef EXHIBIT_STORE_PRIVATE_H
#define EXHIBIT_STORE_PRIVATE_H

#include "exhibit/store.h"

#define STORE_VERSION "1"
#define CONFIG "config"
#define STAGED_CONFIG "config.staged"
#define LOG "custody.git"
#define EXHIBITS "exhibits"
#define STAGING "staging"
#define CHECKS "checks"
#define SIGNERS "allowed_signers"
#define PRIVATE "private"
#define CASE_KEYS "private/cases"
#define NEW_CASE_KEY ".key.partial"      /* of a case that is being opened, in CASE_KEYS */
#define STORE_KEY "private/store.key"
#define LOG_KEY "private/log.key"
#define RECOVERY "private/recovery.age-identity"
#define INDEX "private/index"
#define POLICIES "policies"
#define DISPOSALS "disposals"

struct exh_case_key { char id[24]; struct exh_seal_key *key; };

/* Of the register, one case. */
struct exh_store_part { char id[24]; struct exh_casefile casefile; };
/* What was read of the log so far, and is kept until it grows. */
struct exh_store_views {
    struct exh_index *index;
    bool in_memory;                      /* the index cannot be kept in its file */
    bool pack_due;                       /* this process added the entry that fills a pack */
    struct exh_store_part **parts;
    size_t part_count;
    struct exh_clock_history **clocks;   /* one a camera that was asked about */
    size_t clock_count;
};

/* By what entries are found in the index; of a check of a clock and of signatures of a file or a receipt, with the camera's name and the
 * signing's; of what was made for a row of a batch, with the row's digest. */
#define EXH_TOPIC_KEYS "keys"
#define EXH_TOPIC_CASES "cases"
#define EXH_TOPIC_STAMPS "stamps"
#define EXH_TOPIC_ANCHORS "anchors"
#define EXH_TOPIC_PLANS EXH_TOPIC_DISPOSALS " plan"   /* of plans themselves, which are few */
#define EXH_TOPIC_CONFIG "config"
#define EXH_TOPIC_CLOCKS "clock "        /* what those of all cameras begin with */
char *exh_store_clock_topic(const char *camera) EXH_CHECK;
char *exh_store_signing_topic(const char *id) EXH_CHECK;
char *exh_store_gone_key_topic(const char *case_id) EXH_CHECK;
/* Adds the paths of policies and plans that were kept and that no entry names; and removes them, which needs the lock. */
bool exh_store_unentered(const struct exh_store *store, struct exh_strings *paths, struct exh_error *err) EXH_CHECK;
bool exh_store_clear_unentered(struct exh_store *store, struct exh_strings *notes, struct exh_error *err) EXH_CHECK;
char *exh_store_job_topic(const char *id) EXH_CHECK;
bool exh_store_open_index(struct exh_store *store, struct exh_error *err) EXH_CHECK;
void exh_store_forget_log(struct exh_store *store);
void exh_store_forget_register(struct exh_store *store);
/* Frees the keys of cases but for the @kept that were read first. */
void exh_store_drop_keys(struct exh_store *store, size_t kept);
/* The case that an exhibit or package is of, with all it has; NULL: no entry began it. */
bool exh_store_find_casefile(const struct exh_store *store, const char *item, const struct exh_casefile **ret_casefile, struct exh_error *err)
    EXH_CHECK;
/* Adds the references of those in the making, or whose maker died: by their journals, and those that the log has only the beginning
 * of. */
bool exh_store_unfinished(const struct exh_store *store, struct exh_strings *references, struct exh_error *err) EXH_CHECK;
/* *ret_done: the log says that the exhibit or package is done. */
bool exh_store_making_is_done(const struct exh_store *store, const char *reference, bool *ret_done, struct exh_error *err) EXH_CHECK;
/* The exhibits and packages that were begun and have not ended, by their identifiers. */
bool exh_store_in_making(const struct exh_store *store, struct exh_strings *items, struct exh_error *err) EXH_CHECK;

/* Where the value of "remote.<name>.<key>" belongs; NULL for a key we do not know. */
char **exh_store_remote_slot(struct exh_store *store, const char *name, const char *key);
/* Reads "remote.<name>.timeout", which is a number; false: it is no such key. */
bool exh_store_is_remote_wait(const char *section, const char *key);
bool exh_store_read_remote_wait(struct exh_store *store, const char *name, const char *value, struct exh_error *err) EXH_CHECK;
/* Judges the remotes that were read. */
bool exh_store_check_remotes(struct exh_store *store, struct exh_error *err) EXH_CHECK;
void exh_store_forget_remotes(struct exh_store *store);
/* Reads config into the store's fields. */
bool exh_store_read_config(struct exh_store *store, struct exh_error *err);
/* Frees what was read, but for the organisation and the zone. */
void exh_store_forget_config(struct exh_store *store);
/* Finishes or clears a change of the configuration that a kill cut off, as the log says. The lock must be held. */
bool exh_store_settle_config(struct exh_store *store, struct exh_strings *notes, struct exh_error *err);
/* Reads what is new in the log. What was read of the register and the clocks is forgotten where there is anything. */
bool exh_store_refresh(struct exh_store *store, struct exh_error *err);
/* Whether the index has an entry that agrees. */
bool exh_store_has_entry(const struct exh_store *store, const struct exh_index_query *query, bool *ret_has, struct exh_error *err) EXH_CHECK;
/* What an entry "camera-check-time" says; clear with exh_clock_check_clear. EXH_MALFORMED. */
bool exh_store_read_check(const struct exh_store *store, const struct exh_entry *entry, struct exh_clock_check *check, struct exh_error *err)
    EXH_CHECK;
void exh_store_forget_clocks(struct exh_store *store);
/* Removes what a killed command had only half written of a photograph, a case's key, or the list of signers; the lock must
 * be held. */
bool exh_store_clear_half_written(struct exh_store *store, struct exh_strings *notes, struct exh_error *err);
/* Writes allowed_signers where it is not what the log says, as a kill after a key's entry leaves it. */
bool exh_store_settle_signers(struct exh_store *store, struct exh_strings *notes, struct exh_error *err);
/* The journal of an exhibit or a package in the making, below the store's root. Free with free(). */
char *exh_store_journal_path(const char *reference) EXH_CHECK;
/* The reference of which staging/@name is the journal; false: it is no journal's name. */
bool exh_store_journal_of(const char *name, char ret_reference[24]);
/* True of the name of a note that signing a file keeps in staging/. */
bool exh_store_is_signing_note(const char *name);
/* Adds the paths of files that a killed command had only half written (exh_store_clear_half_written). */
bool exh_store_half_written(const struct exh_store *store, struct exh_strings *paths, struct exh_error *err);
/* True where allowed_signers is what the log says. */
bool exh_store_signers_are_current(const struct exh_store *store);
/* True where the log has the entry of a signing, by its id. */
bool exh_store_signing_is_entered(const struct exh_store *store, const char *id, bool *ret_entered, struct exh_error *err);
/* True where the log has the staged configuration as the last one, and it is not in place. */
bool exh_store_config_finishes(const struct exh_store *store, bool *ret_finishes, struct exh_error *err);
/* True of what a kill left of writing the staged configuration. */
bool exh_store_is_staged_config(const char *name);
/* True of a name of our own staging form: no other is ever touched, whatever a journal says. NULL is none. */
bool exh_store_is_staging_name(const char *name);
char *exh_store_path(const struct exh_store *store, const char *name);

#endif
