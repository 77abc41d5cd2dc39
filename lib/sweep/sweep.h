/* sweep, private: what its files share. */
#ifndef EXHIBIT_SWEEP_PRIVATE_H
#define EXHIBIT_SWEEP_PRIVATE_H

#include "exhibit/retention.h"
#include "exhibit/sweep.h"

/* Where a plan and all about it lies, below the store's root: "disposals/<SHA-256>". Free with free(). */
char *exh_sweep_folder(const char *plan) EXH_CHECK;
/* Appends an entry about a plan: @act with the digest "plan". @digests, @facts and @details may be NULL; they are taken. The lock must
 * be held. */
struct exh_sweep_entry {
    const char *act, *case_id, *exhibit;
    struct exh_json *digests, *facts, *details;
};
bool exh_sweep_enter(struct exh_store *store, const char *plan, struct exh_sweep_entry what, struct exh_error *err) EXH_CHECK;

/* ---- plans as files ---- */

/* The plan as a file: canonical JSON and one LF. Free with free(). */
char *exh_disposal_plan_words(const struct exh_store *store, const struct exh_disposal_plan *plan) EXH_CHECK;
/* Takes a plan's own bytes apart, all but digest, waits and reviews. EXH_MALFORMED. */
bool exh_disposal_plan_parse(const char *bytes, size_t size, struct exh_disposal_plan *ret_plan, struct exh_error *err) EXH_CHECK;

/* Reads the store's own file of a plan; false where that is lost, or is not the plan any more. */
bool exh_disposal_plan_read_own(const struct exh_store *store, const char *digest, struct exh_disposal_plan *ret_plan) EXH_CHECK;

/* The first copy of a Master that is there and is not in the plan; NULL: there is none. */
const char *exh_disposal_plan_kept_copy(const struct exh_disposal_plan *plan, const struct exh_casefile *casefile, const char *master);

/* ---- judging a plan as of now ---- */

/* Adds to @differs a sentence for everything that is not as it was when the plan was made; items that it has destroyed are passed over,
 * and those whose destruction began go on. *ret_exhibits: how many are in the store now, with those that the plan destroyed. */
bool exh_sweep_judge(struct exh_store *store, const struct exh_disposal_plan *plan, struct exh_moment now, struct exh_strings *differs,
                     size_t *ret_exhibits, struct exh_error *err) EXH_CHECK;
/* The same of one item, right before it is destroyed, under the lock. EXH_REFUSED: it differs. */
bool exh_sweep_judge_item(const struct exh_store *store, const struct exh_disposal_plan *plan, const struct exh_disposal_item *item, struct exh_moment now,
                          struct exh_error *err) EXH_CHECK;

/* True when one of the exhibits, by reference, is of those that the plan destroys or has destroyed: their destruction was entered. */
bool exh_sweep_takes(const struct exh_disposal_plan *plan, const struct exh_casefile *casefile, const struct exh_strings *exhibits) EXH_CHECK;

/* ---- destroying ---- */

/* Keeps the exhibit's manifest with the plan, for the certificate. Durable on return; nothing where it cannot be read: then its own
 * tagmanifest, which the log names, is all that is left to say of its files. */
bool exh_sweep_keep_manifest(struct exh_store *store, const struct exh_disposal_plan *plan, const char *reference, struct exh_error *err) EXH_CHECK;
/* Removes the exhibit's folder, durably, from wherever an earlier try left it. EXH_IO. */
bool exh_sweep_remove(struct exh_store *store, const char *reference, struct exh_error *err) EXH_CHECK;
/* Where packages lie that hold what the plan destroyed: removes those that are there, are the packages by their SHA-256 (a folder by that
 * of its tag manifest, whole and with nothing else in it), and hold nothing that is kept. @packages: an array, gets an object for each, with what became of it. */
bool exh_sweep_reach(struct exh_store *store, const struct exh_disposal_plan *plan, struct exh_json *packages, struct exh_error *err) EXH_CHECK;

/* ---- the certificate ---- */

struct exh_certifying {
    struct exh_store *store;
    const struct exh_disposal_plan *plan;
    const struct exh_disposal *disposal;
    const char *place, *witness, *reason;   /* NULL: not said; @reason: why the plan was not carried out to its end */
    struct exh_json *packages;           /* of exh_sweep_reach */
};
/* Makes it, enters "disposal-done", and gives it its name. What an earlier try left is cleared, or finished. */
bool exh_sweep_certify(const struct exh_certifying *certifying, struct exh_swept *swept, struct exh_error *err) EXH_CHECK;
/* Gives the certificate its name where that was all that was left to do. */
bool exh_sweep_finish_certificate(struct exh_store *store, const char *plan, struct exh_error *err) EXH_CHECK;

#endif
