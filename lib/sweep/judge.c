/* sweep: a plan held against what is so now: everything about each item must be as it was when two people agreed to it. */
#include "sweep.h"

#include "exhibit/file.h"

#include <stdlib.h>
#include <string.h>

/* ---- one item ---- */

static bool is_of(const struct exh_disposal_item *item, const struct exh_retained *r)
{
    return *item->exhibit ? r->exhibit && strcmp(r->exhibit->reference, item->exhibit) == 0
                          : !r->exhibit && strcmp(r->one->id, item->case_id) == 0;
}

static bool check_decision(const struct exh_disposal_item *item, const struct exh_retained *r, struct exh_error *err)
{
    const struct exh_decision *d = r->decision;

    if (!d)
        return exh_fail(err, EXH_REFUSED, "the key of its case is gone, so nothing is known of it");
    if (d->kind != EXH_DUE)
        return exh_fail(err, EXH_REFUSED, "it is not due: %s", d->sentence);
    if (strcmp(d->decider->rule->id, item->rule) != 0 || strcmp(d->decider->policy->digest, item->policy) != 0 || d->end.ns != item->due.ns
        || d->then != item->then)
        return exh_fail(err, EXH_REFUSED, "it was due by rule %s otherwise than it is now: %s", item->rule, d->sentence);
    return true;
}

static bool check_exhibit(const struct exh_store *store, const struct exh_disposal_item *item, const struct exh_retained *r, bool with_copies,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(item->exhibit);

    if (!exh_digest_equal(r->exhibit->tagmanifest, item->tagmanifest))
        return exh_fail(err, EXH_REFUSED, "it has another seal than the plan names");
    if (!exh_file_exists(store->root, folder))
        return exh_fail(err, EXH_REFUSED, "its files are missing from the store");
    return exh_casefile_may_destroy(r->casefile, r->exhibit, with_copies, err);
}

static bool check_item(const struct exh_store *store, const struct exh_disposal_item *item, const struct exh_retained *r, bool with_copies,
                       struct exh_error *err)
{
    return check_decision(item, r, err)
        && (r->exhibit ? check_exhibit(store, item, r, with_copies, err) : exh_casefile_may_destroy_key(r->casefile, r->one, err));
}

/* ---- all of them ---- */

struct judging {
    const struct exh_store *store;
    const struct exh_disposal_plan *plan;
    const struct exh_disposal_item **by_name; /* each item: a store may have very many */
    struct exh_strings *differs;
    bool *seen;                          /* for each item */
    size_t exhibits;
};

static const char *name_of(const struct exh_disposal_item *item)
{
    return *item->exhibit ? item->exhibit : item->case_id;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(name_of(*(const struct exh_disposal_item *const *)a), name_of(*(const struct exh_disposal_item *const *)b));
}

static const struct exh_disposal_item **sort_items(const struct exh_disposal_plan *plan)
{
    const struct exh_disposal_item **sorted = exh_alloc((plan->item_count + 1) * sizeof *sorted);

    for (size_t i = 0; i < plan->item_count; i++)
        sorted[i] = &plan->items[i];
    qsort(sorted, plan->item_count, sizeof *sorted, by_name);
    return sorted;
}

static int compare_name(const void *name, const void *item)
{
    return strcmp(name, name_of(*(const struct exh_disposal_item *const *)item));
}

static bool find_item(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct judging *j = context;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    const struct exh_disposal_item **found = bsearch(exh_retained_name(r), j->by_name, j->plan->item_count, sizeof *found, compare_name);

    (void)err;
    j->exhibits += r->exhibit != NULL;
    if (!found || !is_of(*found, r))
        return true;
    j->seen[*found - j->plan->items] = true;
    if (!check_item(j->store, *found, r, true, &why))
        exh_strings_addf(j->differs, "%s: %s", name_of(*found), why.text);
    return true;
}

/* What the plan has begun to destroy, or destroyed, is nobody's to judge any more. */
static bool is_past(const struct exh_store *store, const struct exh_disposal_plan *plan, const struct exh_disposal_item *item, bool *ret_past,
                    struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const struct exh_case *one;

    if (*item->exhibit) {
        if (!exh_store_exhibit(store, item->exhibit, &exhibit, err))
            return false;
        *ret_past = exhibit && strcmp(exhibit->plan, plan->digest) == 0;
        return true;
    }
    if (!exh_store_case(store, item->case_id, &one, err))
        return false;
    *ret_past = one && one->key_destroyed;
    return true;
}

static bool tell_unseen(struct judging *j, struct exh_error *err)
{
    for (size_t i = 0; i < j->plan->item_count; i++) {
        const struct exh_disposal_item *item = &j->plan->items[i];
        bool past;
        if (j->seen[i])
            continue;
        if (!is_past(j->store, j->plan, item, &past, err))
            return false;
        j->exhibits += past && *item->exhibit;
        if (!past)
            exh_strings_addf(j->differs, "%s: it is no longer there, or not due", name_of(item));
    }
    return true;
}

/* A copy that was made since the plan leads back to a Master that is in it. */
static bool tell_new_copies(struct judging *j, struct exh_error *err)
{
    for (size_t i = 0; i < j->plan->item_count; i++) {
        const struct exh_disposal_item *item = &j->plan->items[i];
        const struct exh_casefile *casefile;
        if (!*item->exhibit || strchr(item->exhibit, '/'))
            continue;
        if (!exh_store_casefile(j->store, item->case_id, &casefile, err))
            return false;
        const char *copy = exh_disposal_plan_kept_copy(j->plan, casefile, item->exhibit);
        if (copy)
            exh_strings_addf(j->differs, "%s: its copy %s is not in the plan, and leads back to it", item->exhibit, copy);
    }
    return true;
}

static bool read_policies(const struct exh_store *store, const struct exh_disposal_plan *plan, struct exh_retention *retention, struct exh_error *err)
{
    if (!exh_retention_read(store, retention, err))
        return false;
    const struct exh_policy *policy = exh_retention_policy(retention);
    return (policy && exh_digest_equal(policy->digest, plan->policy))
        || exh_fail(err, EXH_REFUSED, "another policy is in force than when the plan was made: make a new one with 'exhibit retention plan'");
}

bool exh_sweep_judge(struct exh_store *store, const struct exh_disposal_plan *plan, struct exh_moment now, struct exh_strings *differs,
                     size_t *ret_exhibits, struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    EXH_CLEANUP(exh_freep) bool *seen = exh_alloc(plan->item_count + 1);
    EXH_CLEANUP(exh_freep) const struct exh_disposal_item **sorted = sort_items(plan);
    struct judging j = { store, plan, sorted, differs, seen, 0 };

    if (!read_policies(store, plan, &retention, err) || !exh_retention_each(store, &retention, NULL, now, find_item, &j, err)
        || !tell_unseen(&j, err) || !tell_new_copies(&j, err))
        return false;
    *ret_exhibits = j.exhibits;
    return true;
}

/* ---- right before it is destroyed ---- */

struct asking { const struct exh_store *store; const struct exh_disposal_item *item; bool found; };

static bool ask_item(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct asking *asking = context;

    if (!is_of(asking->item, r))
        return true;
    asking->found = true;
    return check_item(asking->store, asking->item, r, false, err);
}

bool exh_sweep_judge_item(const struct exh_store *store, const struct exh_disposal_plan *plan, const struct exh_disposal_item *item, struct exh_moment now,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct asking asking = { store, item, false };

    if (!read_policies(store, plan, &retention, err) || !exh_retention_each(store, &retention, item->case_id, now, ask_item, &asking, err))
        return err->kind == EXH_REFUSED ? exh_while(err, "%s", name_of(item)) : false;
    return asking.found || exh_fail(err, EXH_REFUSED, "%s: it is no longer there", name_of(item));
}
