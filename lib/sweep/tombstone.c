/* sweep: what is left of an exhibit that was destroyed: by which plan, by what rule, and who agreed. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

void exh_tombstone_clear(struct exh_tombstone *tombstone)
{
    free(tombstone->item.title);
    free(tombstone->item.legal);
}

static void take_item(struct exh_disposal_plan *plan, const char *reference, struct exh_disposal_item *ret_item)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].exhibit, reference) == 0) {
            *ret_item = plan->items[i];
            plan->items[i].title = plan->items[i].legal = NULL;
            return;
        }
}

bool exh_sweep_tombstone(const struct exh_store *store, const struct exh_exhibit *exhibit, struct exh_tombstone *ret_tombstone,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;
    const struct exh_disposal *disposal;

    if (!exh_disposals_read(store, &disposals, err))
        return false;
    disposal = exh_disposals_find(&disposals, exhibit->plan);
    if (!disposal)
        return exh_fail(err, EXH_MALFORMED, "exhibit %s was destroyed by plan %.12s, which was never proposed", exhibit->reference, exhibit->plan);
    *ret_tombstone = (struct exh_tombstone){ .disposal = *disposal };
    if (exh_disposal_plan_read_own(store, exhibit->plan, &plan))
        take_item(&plan, exhibit->reference, &ret_tombstone->item);
    return true;
}
