/* retention: what the store's policies say of its exhibits (floor 10).
 *
 * A store goes by the policies that it adopted, each from the moment of its entry on: their files lie below policies/ under
 * their SHA-256, and the log has who adopted them and when. The first is adopted by one person; one that takes the place of
 * another is proposed by one and adopted by another. A rule that is not sure makes nothing due until somebody confirmed it
 * for the policy in force. Nothing is disposed of here.
 */
#ifndef EXHIBIT_RETENTION_H
#define EXHIBIT_RETENTION_H

#include "exhibit/error.h"
#include "exhibit/policy.h"
#include "exhibit/store.h"

#include <stdint.h>

/* What the store goes by. Start with EXH_RETENTION_NONE, clear with exh_retention_clear. */
struct exh_retention {
    struct exh_policy *policies;         /* in the order of adoption */
    struct exh_policy_version *versions; /* the same, with their moments */
    size_t count;                        /* 0: none was adopted */
    char proposed[EXH_SHA256_DIGITS];    /* digest of the one that waits for a second person; empty: none */
    char proposer[EXH_FINGERPRINT_SIZE];
    struct exh_strings confirmed;        /* rules of the policy in force that are not sure, and were confirmed */
};
#define EXH_RETENTION_NONE { .policies = NULL }
void exh_retention_clear(struct exh_retention *retention);
/* Reads it. EXH_MALFORMED: entries that contradict others; a policy's file is missing, altered or no policy any more. */
bool exh_retention_read(const struct exh_store *store, struct exh_retention *ret_retention, struct exh_error *err) EXH_CHECK;
/* The policy in force; NULL: none. */
const struct exh_policy *exh_retention_policy(const struct exh_retention *retention);

/* Adopts a policy: "policy-adopt", or "policy-propose" where it takes the place of another and nobody else has proposed it
 * yet. *ret_adopted says which. Its file is kept, durable before the entry. @dry_run: all is judged, nothing kept or entered. EXH_MALFORMED: it is none; EXH_REFUSED: it is in
 * force already, or the actor is who proposed it; EXH_USAGE: no reason. */
bool exh_retention_adopt(struct exh_store *store, const char *path, const char *reason, bool dry_run, bool *ret_adopted,
                         struct exh_error *err) EXH_CHECK;
/* Confirms a rule of the policy in force: "rule-confirm". @dry_run as above. EXH_USAGE: no such rule, no reason, or no policy; EXH_REFUSED: it is
 * sure, or was confirmed. */
bool exh_retention_confirm(struct exh_store *store, const char *rule, const char *reason, bool dry_run, struct exh_error *err) EXH_CHECK;

/* An exhibit, or a case's record, and what is to become of it. */
struct exh_retained {
    const struct exh_casefile *casefile; /* the case's */
    const struct exh_exhibit *exhibit;   /* NULL: the record of the case */
    const struct exh_case *one;
    const struct exh_life *life;         /* what is known of it; NULL: its case is sealed */
    const struct exh_decision *decision; /* by the versions of the policy; NULL: its case is sealed, which keeps it */
    struct exh_moment until;             /* up to before then the decision stands while the log says no more of its case; the instant of asking:
                                          * not at all, since something of it could not be read */
};
/* Now, by the system's clock. EXH_REFUSED: it is behind the log's last entry, by more than 2 s: a clock that is behind would make
 * things due too late, or not at all, and nothing is said by it. */
bool exh_retention_now(const struct exh_store *store, struct exh_moment *ret_now, struct exh_error *err) EXH_CHECK;
/* What it is called by: "OP17", or "C3". */
const char *exh_retained_name(const struct exh_retained *retained);
/* Decides for every exhibit that is done, and for the record of a case whose exhibits were destroyed, of the case @case_id (NULL:
 * of all), as of @now. @visit may not append. Stops when
 * it returns false (err set). EXH_USAGE: no policy was adopted; EXH_MALFORMED: what is known contradicts itself. */
bool exh_retention_each(const struct exh_store *store, const struct exh_retention *retention, const char *case_id, struct exh_moment now,
                        bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err), void *context,
                        struct exh_error *err) EXH_CHECK;
/* How the items that exh_retention_each visits stand, by what is to become of them. */
enum exh_standing {
    EXH_STANDING_HELD, EXH_STANDING_UNKNOWN, EXH_STANDING_KEPT, EXH_STANDING_DELETION, EXH_STANDING_REVIEW,   /* the last two are due */
    EXH_STANDINGS
};
enum exh_standing exh_retained_standing(const struct exh_retained *retained);
struct exh_standings {
    uint64_t count[EXH_STANDINGS];
    uint64_t soon;                       /* of EXH_STANDING_KEPT, due by the instant that was asked about */
};
/* Counts all of them as of @now, and those due by @until. What was decided before is kept in the store's index, and only those cases are
 * decided anew that have new entries, or to which a day came that may change something: a store of a million exhibits answers at once
 * when it is asked again. A kill leaves what was decided until then. Errors as exh_retention_each; EXH_BUSY: another process writes the
 * index. */
bool exh_retention_standings(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now, struct exh_moment until,
                             struct exh_standings *ret_standings, struct exh_error *err) EXH_CHECK;
/* Visits, after exh_retention_standings, what is due by @until, the longest due first, @most of them; each is decided anew. EXH_MALFORMED: one
 * is not what the index says, which is damaged. */
bool exh_retention_most_urgent(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now, struct exh_moment until,
                               size_t most, bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err),
                               void *context, struct exh_error *err) EXH_CHECK;
/* Visits, after exh_retention_standings, what holds keep; as exh_retention_most_urgent. */
bool exh_retention_held(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now,
                        bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err), void *context,
                        struct exh_error *err) EXH_CHECK;

/* Every status that a case can have, for exh_policy_lint. */
void exh_retention_vocabulary(struct exh_strings *ret_words);

#endif
