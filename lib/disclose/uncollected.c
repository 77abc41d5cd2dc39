/* disclose: what was not collected, or not receipted, for so many days. */
#include "exhibit/disclose.h"

#include <string.h>

/* A walk over cases. */
struct walk {
    const struct exh_store *store;
    struct exh_date latest;              /* what is so since that day, or earlier, is visited */
    bool (*visit)(void *context, const struct exh_uncollected *one, struct exh_error *err);
    void *context;
};

static bool visit_if_due(const struct walk *walk, const struct exh_uncollected *one, struct exh_error *err)
{
    return exh_date_compare(one->since, walk->latest) > 0 || walk->visit(walk->context, one, err);
}

static bool look_at_disclosure(const struct walk *walk, const struct exh_casefile *casefile, const struct exh_disclosure *disclosure,
                               struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    struct exh_uncollected one = { casefile, disclosure, &packed, disclosure->date };

    if (disclosure->receipt || !exh_casefile_packed(casefile, disclosure->package, &packed))
        return true;
    if (!one.since.year)                 /* its case is sealed */
        one.since = exh_date_of(disclosure->entered, walk->store->zone);
    return visit_if_due(walk, &one, err);
}

/* ---- packages that were never handed over ---- */

static bool was_handed_over(const struct exh_casefile *casefile, const char *reference)
{
    for (size_t i = 0; i < casefile->disclosure_count; i++)
        if (exh_casefile_packs(casefile, casefile->disclosures[i].package, reference))
            return true;
    return false;
}

/* Then nobody is to collect it any more. */
static bool is_destroyed(const struct exh_casefile *casefile, const struct exh_packed *packed)
{
    for (size_t i = 0; i < packed->exhibits.count; i++) {
        const struct exh_exhibit *exhibit = exh_casefile_exhibit(casefile, packed->exhibits.at[i]);
        if (exhibit && exhibit->state != EXH_EXHIBIT_DESTROYED)
            return false;
    }
    return true;
}

static bool look_at_package(const struct walk *walk, const struct exh_casefile *casefile, const char *id, struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    bool left = true;

    if (!exh_casefile_packed(casefile, id, &packed) || is_destroyed(casefile, &packed))
        return true;
    for (size_t i = 0; left && i < packed.exhibits.count; i++)
        left = was_handed_over(casefile, packed.exhibits.at[i]);
    const struct exh_uncollected one = { casefile, NULL, &packed, exh_date_of(packed.sealed, walk->store->zone) };

    return left || visit_if_due(walk, &one, err);
}

static bool look_at_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct walk *walk = context;

    for (size_t i = 0; i < casefile->disclosure_count; i++)
        if (!look_at_disclosure(walk, casefile, &casefile->disclosures[i], err))
            return false;
    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (!look_at_package(walk, casefile, casefile->exhibits[i].reference, err))
            return false;
    for (size_t i = 0; i < casefile->sealing_count; i++)
        if (!look_at_package(walk, casefile, casefile->sealings[i].id, err))
            return false;
    return true;
}

bool exh_disclose_each_uncollected(const struct exh_store *store, const char *case_id, unsigned days,
                                   bool (*visit)(void *context, const struct exh_uncollected *one, struct exh_error *err), void *context,
                                   struct exh_error *err)
{
    struct walk walk = { store, exh_date_add_days(exh_store_today(store), -(int)days), visit, context };
    const struct exh_casefile *casefile;
    const struct exh_case *one;

    if (!case_id)
        return exh_store_each_case(store, look_at_case, &walk, err);
    return exh_store_need_case(store, case_id, &one, err) && exh_store_casefile(store, case_id, &casefile, err)
        && look_at_case(&walk, casefile, err);
}

bool exh_disclose_uncollected_of(const struct exh_store *store, const struct exh_casefile *casefile, struct exh_date latest,
                                 bool (*visit)(void *context, const struct exh_uncollected *one, struct exh_error *err), void *context,
                                 struct exh_error *err)
{
    struct walk walk = { store, latest, visit, context };

    return look_at_case(&walk, casefile, err);
}
