/* sweep: what is due now, proposed. */
#include "sweep.h"

#include "exhibit/file.h"
#include "exhibit/sign.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *exh_sweep_folder(const char *plan)
{
    return exh_format("disposals/%s", plan);
}

bool exh_sweep_enter(struct exh_store *store, const char *plan, struct exh_sweep_entry what, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = exh_act_verb(what.act), .act = what.act, .case_id = what.case_id, .exhibit = what.exhibit,
        .digests = what.digests ? what.digests : exh_json_object(), .facts = what.facts, .details = what.details };

    exh_json_set_text(draft.digests, "plan", plan);
    return exh_store_append(store, &draft, err);
}

/* ---- what can be planned ---- */

struct planning {
    struct exh_store *store;
    const struct exh_disposal_options *options;
    struct exh_disposal_plan *plan;
    struct exh_strings found;            /* of those named as reviewed */
    int directory;                       /* that the plan's file is to lie in */
    struct exh_staged out;               /* under its staging name until the log has the plan */
};

static void clear_planning(struct planning *p)
{
    exh_strings_clear(&p->found);
    exh_staged_clear(&p->out);
    exh_fd_close(&p->directory);
}

static bool is_named(struct planning *p, const char *reference)
{
    if (!exh_strings_contain(p->options->reviewed, reference))
        return false;
    exh_strings_add(&p->found, reference);
    return true;
}

static struct exh_disposal_item *add_item(struct exh_disposal_plan *plan, const struct exh_retained *r)
{
    const struct exh_match *decider = r->decision->decider;

    plan->items = exh_realloc_array(plan->items, plan->item_count + 1, sizeof *plan->items);
    struct exh_disposal_item *item = &plan->items[plan->item_count++];
    *item = (struct exh_disposal_item){ .then = r->decision->then, .due = r->decision->end, .title = exh_strdup(decider->rule->title),
                                    .legal = exh_strdup(decider->rule->legal) };
    snprintf(item->case_id, sizeof item->case_id, "%s", r->one->id);
    snprintf(item->rule, sizeof item->rule, "%s", decider->rule->id);
    memcpy(item->policy, decider->policy->digest, sizeof item->policy);
    if (r->exhibit) {
        memcpy(item->exhibit, r->exhibit->reference, sizeof item->exhibit);
        memcpy(item->tagmanifest, r->exhibit->tagmanifest, sizeof item->tagmanifest);
    }
    return item;
}

static bool check_files(const struct exh_store *store, const char *reference, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);

    return exh_file_exists(store->root, folder)
        || exh_fail(err, EXH_REFUSED, "its files are missing from the store: find out why first ('exhibit verify %s')", reference);
}

/* Its copies may be planned with it: that is looked at when all are known. */
static bool check_retained(const struct planning *p, const struct exh_retained *r, struct exh_error *err)
{
    if (!r->exhibit)
        return exh_casefile_may_destroy_key(r->casefile, r->one, err);
    return exh_casefile_may_destroy(r->casefile, r->exhibit, true, err) && check_files(p->store, r->exhibit->reference, err);
}

static bool consider(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct planning *p = context;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    bool due = r->decision && r->decision->kind == EXH_DUE;

    (void)err;
    p->plan->exhibits += r->exhibit != NULL;
    if (!due)
        return true;
    if (r->decision->then == EXH_THEN_REVIEW && !is_named(p, exh_retained_name(r))) {
        p->plan->reviews++;
        return true;
    }
    if (check_retained(p, r, &why))
        add_item(p->plan, r);
    else
        exh_strings_addf(&p->plan->waits, "%s: %s", exh_retained_name(r), why.text);
    return true;
}

/* ---- Masters and their copies ---- */

static bool is_planned(const struct exh_disposal_plan *plan, const char *reference)
{
    for (size_t i = 0; i < plan->item_count; i++)
        if (strcmp(plan->items[i].exhibit, reference) == 0)
            return true;
    return false;
}

const char *exh_disposal_plan_kept_copy(const struct exh_disposal_plan *plan, const struct exh_casefile *casefile, const char *master)
{
    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (strcmp(casefile->exhibits[i].of, master) == 0 && exh_exhibit_is_there(&casefile->exhibits[i])
            && !is_planned(plan, casefile->exhibits[i].reference))
            return casefile->exhibits[i].reference;
    return NULL;
}

static void drop(struct exh_disposal_plan *plan, size_t at)
{
    free(plan->items[at].title);
    free(plan->items[at].legal);
    memmove(&plan->items[at], &plan->items[at + 1], (--plan->item_count - at) * sizeof *plan->items);
}

/* A copy leads back to its Master, which is kept as long as one of them is. */
static bool drop_masters(struct planning *p, struct exh_error *err)
{
    struct exh_disposal_plan *plan = p->plan;

    for (size_t i = plan->item_count; i-- > 0;) {
        const struct exh_casefile *casefile;
        if (!*plan->items[i].exhibit || strchr(plan->items[i].exhibit, '/'))
            continue;
        if (!exh_store_casefile(p->store, plan->items[i].case_id, &casefile, err))
            return false;
        const char *copy = exh_disposal_plan_kept_copy(plan, casefile, plan->items[i].exhibit);
        if (copy) {
            exh_strings_addf(&plan->waits, "%s: its copy %s is kept, and leads back to it", plan->items[i].exhibit, copy);
            drop(plan, i);
        }
    }
    return true;
}

/* Copies before Masters, Masters before keys; else as they came. */
static int rank(const struct exh_disposal_item *item)
{
    return !*item->exhibit ? 2 : strchr(item->exhibit, '/') ? 0 : 1;
}

static void put_in_order(struct exh_disposal_plan *plan)
{
    struct exh_disposal_item *sorted = exh_alloc((plan->item_count + 1) * sizeof *sorted);
    size_t count = 0;

    for (int wanted = 0; wanted < 3; wanted++)
        for (size_t i = 0; i < plan->item_count; i++)
            if (rank(&plan->items[i]) == wanted)
                sorted[count++] = plan->items[i];
    free(plan->items);
    plan->items = sorted;
}

/* ---- making it ---- */

static bool check_options(const struct exh_disposal_options *o, struct exh_error *err)
{
    enum { LONGEST_REASON = 2000 };

    if (o->grace_days > EXH_GRACE_DAYS_MOST)
        return exh_fail(err, EXH_USAGE, "%u days of grace are too many: %d at most", o->grace_days, EXH_GRACE_DAYS_MOST);
    if (o->reviewed->count && !o->reason)
        return exh_fail(err, EXH_USAGE, "what was reviewed goes for a reason: say it with --reason");
    return exh_case_text_check("the reason", o->reason, LONGEST_REASON, err);
}

static bool check_reviewed(const struct planning *p, struct exh_error *err)
{
    for (size_t i = 0; i < p->options->reviewed->count; i++)
        if (!exh_strings_contain(&p->found, p->options->reviewed->at[i]))
            return exh_fail(err, EXH_USAGE, "'%s' is not due for review now; 'exhibit retention why %s' says what it is",
                            p->options->reviewed->at[i], p->options->reviewed->at[i]);
    return true;
}

static bool fill(struct planning *p, struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct exh_disposal_plan *plan = p->plan;
    struct exh_moment now;

    if (!exh_retention_now(p->store, &now, err) || !exh_retention_read(p->store, &retention, err)
        || !exh_retention_each(p->store, &retention, NULL, now, consider, p, err) || !check_reviewed(p, err) || !drop_masters(p, err))
        return false;
    put_in_order(plan);
    plan->made.ns = now.ns / EXH_SECOND * EXH_SECOND;
    plan->grace_days = p->options->grace_days;
    plan->expires.ns = plan->made.ns + (int64_t)(plan->grace_days + EXH_PLAN_DAYS) * 86400 * EXH_SECOND;
    plan->reason = exh_strdup(p->options->reason);
    memcpy(plan->policy, exh_retention_policy(&retention)->digest, sizeof plan->policy);
    return plan->item_count
        || exh_fail(err, EXH_NO, "nothing can be planned: %zu are due for review, %zu wait for something else ('exhibit retention check')",
                    plan->reviews, plan->waits.count);
}

/* In the store first: the log must never name a plan that is nowhere. */
static bool keep(struct exh_store *store, struct exh_disposal_plan *plan, struct exh_error *err)
{
    plan->bytes = exh_disposal_plan_words(store, plan);
    exh_sha256(plan->bytes, strlen(plan->bytes), plan->digest);
    EXH_CLEANUP(exh_freep) char *folder = exh_sweep_folder(plan->digest);
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s/plan.json", folder);
    return exh_directory_make_all(store->root, folder, 0755, err) && exh_directory_sync(store->root, "disposals", err)
        && exh_directory_sync(store->root, ".", err)
        && exh_file_write(store->root, name, plan->bytes, strlen(plan->bytes), 0644, true, err);
}

static bool propose(struct planning *p, struct exh_error *err)
{
    struct exh_disposal_plan *plan = p->plan;
    struct exh_json *facts, *details;

    if (!exh_store_may(p->store, "disposal-propose", err) || !fill(p, err))
        return false;
    if (p->options->dry_run)
        return true;
    if (!keep(p->store, plan, err))
        return false;
    facts = exh_json_object();
    exh_json_set_int(facts, "items", (int64_t)plan->item_count);
    details = exh_json_object();
    exh_json_set_text(details, "reason", plan->reason);
    return exh_sweep_enter(p->store, plan->digest, (struct exh_sweep_entry){ .act = "disposal-propose", .facts = facts, .details = details }, err);
}

static bool locked_propose(struct planning *p, struct exh_error *err)
{
    if (!exh_store_lock(p->store, err))
        return false;
    bool done = propose(p, err);
    exh_store_unlock(p->store);
    return done;
}

static bool write_out(struct planning *p, struct exh_error *err)
{
    static const struct exh_sign_options plainly = { .dry_run = false };
    EXH_CLEANUP(exh_signed_clear) struct exh_signed signatures = { .ssh = NULL };

    return exh_staged_write(&p->out, p->plan->bytes, strlen(p->plan->bytes), err) && exh_staged_commit(&p->out, err)
        && exh_sign_file(p->store, p->options->out, &plainly, &signatures, err);
}

static bool stage(struct planning *p, struct exh_error *err)
{
    const char *name;

    return exh_directory_open_of(p->options->out, &p->directory, &name, NULL, err) && exh_staged_open(&p->out, p->directory, name, 0644, err);
}

static bool make(struct planning *p, struct exh_error *err)
{
    if (!p->options->dry_run && !stage(p, err))
        return false;
    if (!locked_propose(p, err))
        return false;
    return p->options->dry_run || write_out(p, err)
        || exh_while(err, "the plan is proposed, and lies in the store as disposals/%s/plan.json", p->plan->digest);
}

bool exh_sweep_plan(struct exh_store *store, const struct exh_disposal_options *options, struct exh_disposal_plan *ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;
    EXH_CLEANUP(clear_planning) struct planning p = { store, options, &plan, EXH_STRINGS_NONE, -1, EXH_STAGED_NONE };

    if (!check_options(options, err) || !make(&p, err))
        return false;
    *ret_plan = plan;
    plan = (struct exh_disposal_plan)EXH_DISPOSAL_PLAN_NONE;
    return true;
}

/* ---- the second person ---- */

static bool check_waiting(const struct exh_store *store, const struct exh_disposal_plan *plan, const struct exh_disposal *disposal, struct exh_error *err)
{
    char expired[EXH_MOMENT_SIZE];
    struct exh_moment now;

    if (!exh_retention_now(store, &now, err))
        return false;
    if (disposal->state != EXH_DISPOSAL_PROPOSED)
        return exh_fail(err, EXH_REFUSED, "plan %.12s is %s already", plan->digest, exh_disposal_state_word(disposal->state));
    if (strcmp(disposal->proposed_by, store->actor) == 0)
        return exh_fail(err, EXH_REFUSED, "you have proposed plan %.12s yourself: another person, of a role that may, approves it", plan->digest);
    exh_moment_utc(plan->expires, expired);
    return now.ns < plan->expires.ns
        || exh_fail(err, EXH_REFUSED, "plan %.12s expired at %s: make a new one with 'exhibit retention plan'", plan->digest, expired);
}

static bool approve(struct exh_store *store, const char *path, bool dry_run, struct exh_disposal_plan *plan, struct exh_error *err)
{
    struct exh_disposal disposal;

    return exh_store_may(store, "disposal-approve", err) && exh_disposal_plan_read(store, path, plan, &disposal, err)
        && check_waiting(store, plan, &disposal, err)
        && (dry_run || exh_sweep_enter(store, plan->digest, (struct exh_sweep_entry){ .act = "disposal-approve" }, err));
}

bool exh_sweep_approve(struct exh_store *store, const char *path, bool dry_run, struct exh_disposal_plan *ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;

    if (!exh_store_lock(store, err))
        return false;
    bool done = approve(store, path, dry_run, &plan, err);
    exh_store_unlock(store);
    if (!done)
        return false;
    *ret_plan = plan;
    plan = (struct exh_disposal_plan)EXH_DISPOSAL_PLAN_NONE;
    return true;
}
