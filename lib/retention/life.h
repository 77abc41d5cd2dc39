/* retention, private: what is known of an exhibit, as policies ask for it. */
#ifndef EXHIBIT_RETENTION_LIFE_H
#define EXHIBIT_RETENTION_LIFE_H

#include "exhibit/retention.h"

/* A life, and what it points to. Start zeroed; clear with exh_life_told_clear. */
struct exh_life_told {
    struct exh_life life;
    struct exh_status *statuses;
    struct exh_life_hold *holds;
};
void exh_life_told_clear(struct exh_life_told *told);
/* Tells what is known of the case: type, statuses, flags, outcome. It must not be sealed. */
void exh_life_tell_case(struct exh_life_told *told, const struct exh_case *one);
/* Tells, beside that, what is known of one exhibit of it: kind, dates, holds. */
void exh_life_tell_exhibit(const struct exh_store *store, struct exh_life_told *told, const struct exh_casefile *casefile,
                           const struct exh_exhibit *exhibit);

#endif
