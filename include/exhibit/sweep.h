/* sweep: the destruction of what is due: proposed by one, approved by another, carried out after days of grace, certified (floor 11).
 *
 *     exh_sweep_plan      what is due now, as a file; entry "disposal-propose"
 *     exh_sweep_approve   by another person; entry "disposal-approve"
 *     exh_sweep_apply     once the days of grace are over: everything is decided anew, and nothing is destroyed where anything differs;
 *                         then exhibit by exhibit, "destroy-begun" before and "destroy-done" after; keys of cases, "destroy-key"; and a
 *                         certificate, "disposal-done"
 *     exh_sweep_withdraw  ends a plan that is not to be carried out, or not to its end
 *
 * A plan is named by its file's SHA-256, and kept in the store below disposals/<SHA-256>/: plan.json, the manifests of what was
 * destroyed by it, and in certificate/ the certificate, a signed bag (docs/formats/disposal.md). What was cut off goes on where it was
 * when the plan is applied again.
 */
#ifndef EXHIBIT_SWEEP_H
#define EXHIBIT_SWEEP_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/policy.h"
#include "exhibit/store.h"

/* ---- plans, as the log has them ---- */

enum exh_disposal_state { EXH_DISPOSAL_PROPOSED, EXH_DISPOSAL_APPROVED, EXH_DISPOSAL_WITHDRAWN, EXH_DISPOSAL_DONE };
/* "proposed", "approved", "withdrawn", "done". */
const char *exh_disposal_state_word(enum exh_disposal_state state);
struct exh_disposal {
    char plan[EXH_SHA256_DIGITS];
    enum exh_disposal_state state;
    char proposed_by[EXH_FINGERPRINT_SIZE], approved_by[EXH_FINGERPRINT_SIZE], ended_by[EXH_FINGERPRINT_SIZE];
    struct exh_moment proposed, approved, ended;   /* approved, ended: only when that state was reached */
    size_t begun, destroyed, keys;       /* exhibits whose destruction began, and ended; keys of cases */
    char certificate[EXH_SHA256_DIGITS]; /* digest of its tagmanifest-sha256.txt; empty where there is none */
};
struct exh_disposals { struct exh_disposal *at; size_t count; };
#define EXH_DISPOSALS_NONE { NULL, 0 }
void exh_disposals_clear(struct exh_disposals *disposals);
/* Follows one entry about them, of those in the order of the log. EXH_MALFORMED: it contradicts the ones before: a plan is approved by
 * another than who proposed it, once; nothing is destroyed but by one that is approved and has not ended. */
bool exh_disposals_follow(struct exh_disposals *disposals, const struct exh_entry *entry, struct exh_error *err) EXH_CHECK;
/* All of them, in the order of the log. EXH_MALFORMED as above. */
bool exh_disposals_read(const struct exh_store *store, struct exh_disposals *ret_disposals, struct exh_error *err) EXH_CHECK;
/* NULL where there is none. */
const struct exh_disposal *exh_disposals_find(const struct exh_disposals *disposals, const char *plan);

/* True when @words have the form of a plan's identifier: its SHA-256, or at least the first 12 digits of it. */
bool exh_disposal_id_is_one(const char *words) EXH_CHECK;
/* EXH_USAGE: there is no such plan, or more than one. */
bool exh_disposals_need(const struct exh_disposals *disposals, const char *id, const struct exh_disposal **ret_disposal, struct exh_error *err)
    EXH_CHECK;

/* ---- what a plan says ---- */

enum { EXH_GRACE_DAYS = 7, EXH_GRACE_DAYS_MOST = 365, EXH_PLAN_DAYS = 30, EXH_SHARE_PERCENT = 10, EXH_PLAN_LARGEST = 64 << 20 };
struct exh_disposal_item {
    char exhibit[24];                    /* empty: the key of the case */
    char case_id[24];
    char tagmanifest[EXH_SHA256_DIGITS]; /* of the exhibit; else empty */
    char rule[33];
    char policy[EXH_SHA256_DIGITS];      /* that has the rule */
    enum exh_then then;                  /* REVIEW: somebody reviewed it, and decided that it goes */
    struct exh_moment due;
    char *title, *legal;                 /* of the rule */
};
/* Clear with exh_disposal_plan_clear. */
struct exh_disposal_plan {
    char digest[EXH_SHA256_DIGITS];      /* of its file; empty for a dry run */
    char *bytes;                         /* the file */
    char *reason;                        /* NULL where none was given */
    char policy[EXH_SHA256_DIGITS];      /* in force when it was made */
    struct exh_moment made, expires;
    unsigned grace_days;
    size_t exhibits;                     /* that were in the store then */
    struct exh_disposal_item *items;         /* copies before their Masters, exhibits before keys */
    size_t item_count;
    struct exh_strings waits;            /* what is due, and is not in it: a sentence each */
    size_t reviews;                      /* how many are due for review, and were not named */
};
#define EXH_DISPOSAL_PLAN_NONE { .bytes = NULL }
void exh_disposal_plan_clear(struct exh_disposal_plan *plan);
/* How many of its items are exhibits, and the share of the store's that they were, in percent, rounded up. */
size_t exh_disposal_plan_exhibits(const struct exh_disposal_plan *plan);
unsigned exh_disposal_plan_share(const struct exh_disposal_plan *plan);
/* Reads a plan that the store's log knows. EXH_IO: cannot read it; EXH_REFUSED: no entry names its SHA-256: it was altered, or is of
 * another store; EXH_MALFORMED: the log names it, and it is no plan. */
bool exh_disposal_plan_read(const struct exh_store *store, const char *path, struct exh_disposal_plan *ret_plan, struct exh_disposal *ret_disposal,
                   struct exh_error *err) EXH_CHECK;

/* ---- acts; each needs the store's actor, of role dpo or admin (EXH_REFUSED) ---- */

struct exh_disposal_options {
    const char *out;                     /* the file to write; it gets its signatures beside it (sign.h) */
    const struct exh_strings *reviewed;  /* exhibits due for review that are to go too */
    const char *reason;                  /* needed with those; else NULL or why */
    unsigned grace_days;                 /* 0 to EXH_GRACE_DAYS_MOST */
    bool dry_run;                        /* say what it would have; write and enter nothing */
};
/* Makes a plan of what is due for deletion now. A Master waits for its copies; nothing whose files are missing is planned.
 * EXH_NO: nothing can be planned; EXH_USAGE: an exhibit named is not due for review, no policy, days, reason; EXH_REFUSED: @out is
 * taken, or the clock is behind the log. Where the entry was written and @out could not be, the store has the file. */
bool exh_sweep_plan(struct exh_store *store, const struct exh_disposal_options *options, struct exh_disposal_plan *ret_plan, struct exh_error *err) EXH_CHECK;
/* Approves it. EXH_REFUSED: the actor proposed it; it is approved, withdrawn or done already, or expired. */
bool exh_sweep_approve(struct exh_store *store, const char *path, bool dry_run, struct exh_disposal_plan *ret_plan, struct exh_error *err) EXH_CHECK;

struct exh_apply_options {
    unsigned most_percent;               /* of the store's exhibits that one plan may take */
    const char *place, *witness;         /* for the certificate; NULL: not said */
    bool dry_run;                        /* judge all of it, and destroy nothing */
    bool (*interrupted)(void);           /* asked between exhibits; may be NULL */
    /* Called before each item of the plan, with how many were dealt with. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t count);
    void *context;
};
/* What came of it. Clear with exh_swept_clear. */
struct exh_swept {
    struct exh_strings differs;          /* why it was refused: a sentence for each item */
    size_t destroyed, keys;              /* by this plan, in all */
    char *certificate;                   /* path; NULL: none was made */
    struct exh_strings not_reached;      /* what the destruction did not reach */
};
#define EXH_SWEPT_NONE { EXH_STRINGS_NONE, 0, 0, NULL, EXH_STRINGS_NONE }
void exh_swept_clear(struct exh_swept *swept);
/* Carries it out. EXH_REFUSED: not approved, withdrawn, done; the store's own copy of it is lost or altered; in its days of grace, or expired; the clock is behind the log; another
 * policy is in force; more than a share of the store; anything about an item is not as it was when the plan was made (@ret_swept says
 * what, on failure too). Then nothing was destroyed that was not before. EXH_BUSY: another applies one. EXH_IO: interrupted, or cannot
 * be removed: apply it again. */
bool exh_sweep_apply(struct exh_store *store, const char *path, const struct exh_apply_options *options, struct exh_swept *ret_swept,
                     struct exh_error *err) EXH_CHECK;
/* Ends it. @what: its file, or its identifier. Where something was destroyed by it already, the certificate of that is made; where the
 * store's own copy of its file is lost and only the identifier is given, there is none, and what is half destroyed is finished by the
 * log. EXH_REFUSED: it has ended; EXH_USAGE: no reason, no such plan; EXH_BUSY: it is being applied. */
bool exh_sweep_withdraw(struct exh_store *store, const char *what, const char *reason, bool dry_run, struct exh_swept *ret_swept,
                        struct exh_error *err) EXH_CHECK;

/* ---- what is left of an exhibit ---- */

/* Clear with exh_tombstone_clear. */
struct exh_tombstone {
    struct exh_disposal disposal;        /* the plan by which it went */
    struct exh_disposal_item item;       /* as the plan has it; exhibit is empty where its file is lost, or was altered */
};
void exh_tombstone_clear(struct exh_tombstone *tombstone);
/* Of an exhibit that was destroyed, or is being. EXH_MALFORMED: the log names no such plan. */
bool exh_sweep_tombstone(const struct exh_store *store, const struct exh_exhibit *exhibit, struct exh_tombstone *ret_tombstone,
                         struct exh_error *err) EXH_CHECK;

#endif
