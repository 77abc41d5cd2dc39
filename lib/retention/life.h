/* retention, private: what its files share: what is known of an exhibit, as policies ask for it; the walk over them. */
#ifndef EXHIBIT_RETENTION_LIFE_H
#define EXHIBIT_RETENTION_LIFE_H

#include "exhibit/retention.h"

/* A life, and what it points to. Start zeroed; clear with exh_life_told_clear. */
struct exh_life_told {
    struct exh_life life;
    struct exh_status *statuses;
    struct exh_life_hold *holds;
    bool unread;                         /* something of the exhibit could not be read, and may be the next time */
};
void exh_life_told_clear(struct exh_life_told *told);
/* Tells what is known of the case: type, statuses, flags, outcome. It must not be sealed. */
void exh_life_tell_case(struct exh_life_told *told, const struct exh_case *one);
/* Tells, beside that, what is known of one exhibit of it: kind, dates, holds. */
void exh_life_tell_exhibit(const struct exh_store *store, struct exh_life_told *told, const struct exh_casefile *casefile,
                           const struct exh_exhibit *exhibit);
/* Tells, beside what is known of the case, that its last exhibit was destroyed at @last. */
void exh_life_tell_record(struct exh_life_told *told, const struct exh_casefile *casefile, struct exh_moment last);

/* ---- each.c ---- */

/* A walk over the items of cases. */
struct exh_retention_walk {
    const struct exh_store *store;
    const struct exh_retention *retention;
    struct exh_setting setting;
    struct exh_moment now;
    bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err);
    void *context;
    const char *only;                    /* the item of this name (exh_retained_name); NULL: all */
};
/* Visits what exh_retention_each visits of one case; @walk is an exh_retention_walk. */
bool exh_retention_walk_case(void *walk, const struct exh_casefile *casefile, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE: no policy was adopted. */
bool exh_retention_need(const struct exh_retention *retention, struct exh_error *err) EXH_CHECK;

#endif
