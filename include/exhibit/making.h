/* making: what every exhibit goes through, Master or copy, however its contents come about (floor 8).
 *
 *     EXH_CLEANUP(exh_making_clear) struct exh_making m = EXH_MAKING_NONE;
 *     m.store = store; m.name = "export"; ...          what is made, for which case
 *     exh_making_open(&m, err)                         is the output directory there, may the person do this?
 *     exh_making_reserve(&m, err)                      journal, reference, entry "export-begun"
 *     exh_making_run(&m, &made, err)                   payload, record, pages, manifests, signatures; entry "export-done"; names
 *
 * That order is what makes it safe to kill at any instruction: everything lies under staging names, written down in the
 * journal, until the log has the entry "-done". exh_store_recover takes over where a kill came between.
 */
#ifndef EXHIBIT_MAKING_H
#define EXHIBIT_MAKING_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/ledger.h"
#include "exhibit/moment.h"
#include "exhibit/package.h"
#include "exhibit/store.h"

struct exh_making;

/* What one way of making brings along; each is given the making's context. */
struct exh_making_ways {
    /* Puts the payload into making->package (exh_making_put, or begin and end of its own). reference and made are known. */
    bool (*write)(void *context, struct exh_error *err);
    /* After that: the record (free with exh_json_free), and the stem of the package's name (free with free()). */
    struct exh_json *(*record)(void *context);
    char *(*stem)(void *context);
    /* Adds to the entry "-done" what it says beside tagmanifest and package: its facts and details are objects. */
    void (*conclude)(void *context, struct exh_entry_draft *draft);
    /* May be NULL: keeps further files outside data/ (exh_package_text). */
    void (*keep)(void *context, const struct exh_json *record);
};

/* An exhibit in the making. Start with EXH_MAKING_NONE; clear with exh_making_clear, which removes what was not finished. */
struct exh_making {
    /* Set by whoever makes it; borrowed, and must outlive it. */
    struct exh_store *store;             /* must have its actor */
    const char *name;                    /* "export": its acts are "export-begun", "export-done", ... */
    const char *case_id;
    const char *of;                      /* of a copy: its Master, "OP17"; NULL: it is a Master */
    bool takes_footage;                  /* out of a recorder: it needs a request where the store says so */
    const char *request;                 /* the one that it is made on, "C1-R1"; NULL: none is named */
    const char *emergency;               /* why it is made before anybody asked in form; NULL: it is not */
    const char *description;             /* what the bag says that it is, without the reference: "Master footage of camera x" */
    const char *out;                     /* directory for the package; NULL: the exhibit stays in the store, unpacked */
    const struct exh_recipient *recipients;   /* none: a plain ZIP. The store's recovery recipient is added. */
    size_t recipient_count;
    bool (*interrupted)(void);           /* asked between blocks; true abandons. May be NULL */
    const struct exh_making_ways *ways;
    void *context;
    /* Owned. */
    struct exh_json *asked;              /* what was asked for: the sealed details of each entry */
    struct exh_json *facts;              /* in clear, of the entries "-begun" and "-done"; may be NULL */
    /* Set here. */
    char reference[24];                  /* once it is reserved; else empty */
    struct exh_moment made;              /* when; whole seconds */
    char *log_key;                       /* the log's own, as a verifier key; NULL: not looked up yet */
    struct exh_package *package;         /* while it is written */
    int exhibits;                        /* descriptor of the store's exhibits */
    int directory;                       /* of @out; -1 where no package is made */
    struct exh_journal journal;
};
#define EXH_MAKING_NONE { .exhibits = -1, .directory = -1, .journal = EXH_JOURNAL_NONE }
void exh_making_clear(struct exh_making *making);

/* What was made. Clear with exh_made_clear. */
struct exh_made {
    char reference[24];
    char *package;                       /* path; NULL where none was made */
    uint64_t size;                       /* of the package; of the files where none was made */
    char digest[EXH_SHA256_DIGITS];      /* SHA-256 of the package file */
    char tagmanifest[EXH_SHA256_DIGITS];
    size_t findings;                     /* gaps and everything else that must be said: exit status 7 when any */
    struct exh_json *record;             /* as sealed; without digests for a dry run */
};
void exh_made_clear(struct exh_made *made);

/* What the record says of the case, and of who acts. EXH_USAGE: no such case; EXH_REFUSED: its key is gone. Free both with
 * exh_json_free. */
bool exh_making_for_case(const struct exh_store *store, const char *case_id, struct exh_json **ret_case,
                         struct exh_json **ret_producer, struct exh_error *err) EXH_CHECK;
/* Opens the directories. EXH_USAGE: no such request; EXH_REFUSED: the person's role, a request that does not cover it, or none where
 * the store needs one; EXH_IO: @out is not there. Nothing is made yet. */
bool exh_making_open(struct exh_making *making, struct exh_error *err) EXH_CHECK;
/* Enters act "<name>-<stage>" of no exhibit yet, with what was asked for. @details: members to add; taken; may be NULL. */
bool exh_making_record(struct exh_making *making, const char *stage, struct exh_json *details, struct exh_error *err) EXH_CHECK;
/* Takes the next reference: journal, and entry "-begun"; in an emergency the entry "case-request" of that with it, both or neither.
 * EXH_BUSY: the store is in use. After a failure the reference is not used up. */
bool exh_making_reserve(struct exh_making *making, struct exh_error *err) EXH_CHECK;
/* Makes the exhibit; seals it, enters "-done", gives the names. Fills all of @ret_made but findings, and size where no package
 * is made. On failure what was written is gone, and the entry "-failed" is there. EXH_IO: disk full, interrupted;
 * EXH_REFUSED: a name is taken; and whatever write says. */
bool exh_making_run(struct exh_making *making, struct exh_made *ret_made, struct exh_error *err) EXH_CHECK;
/* Adds to a bag what it says of the custody log: record/custody.json with @entries (an array of whole entries, taken), the checkpoint
 * as it stands, and the proof that the last of them, number @newest, stands in that log. @ret_log_key: the log's own, as a verifier
 * key; free with free(). */
bool exh_making_add_custody(const struct exh_store *store, struct exh_package *package, struct exh_json *entries, uint64_t newest,
                            char **ret_log_key, struct exh_error *err) EXH_CHECK;
/* Fails (EXH_IO) when it was interrupted. */
bool exh_making_goes_on(const struct exh_making *making, struct exh_error *err) EXH_CHECK;
/* Puts a whole file of the payload into the package, and gives its digest. */
bool exh_making_put(struct exh_making *making, const char *name, const void *bytes, size_t size,
                    char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err) EXH_CHECK;

#endif
