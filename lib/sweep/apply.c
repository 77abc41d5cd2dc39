/* sweep: a plan carried out: judged whole, then item by item, each judged once more under the lock, entered, removed, entered. */
#include "sweep.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void exh_swept_clear(struct exh_swept *swept)
{
    exh_strings_clear(&swept->differs);
    exh_strings_clear(&swept->not_reached);
    free(swept->certificate);
    *swept = (struct exh_swept)EXH_SWEPT_NONE;
}

struct applying {
    struct exh_store *store;
    const struct exh_apply_options *options;
    struct exh_disposal_plan plan;
    struct exh_disposal disposal;
    bool lost;                           /* its file is: the plan has what the log says of it, and no more */
    int lock;                            /* one at a time */
    struct exh_swept *swept;
};

static void clear_applying(struct applying *a)
{
    exh_disposal_plan_clear(&a->plan);
    exh_fd_close(&a->lock);
}

/* ---- may it be carried out at all? ---- */

static bool check_state(const struct applying *a, struct exh_error *err)
{
    const struct exh_disposal *d = &a->disposal;

    switch (d->state) {
    case EXH_DISPOSAL_PROPOSED:
        return exh_fail(err, EXH_REFUSED, "plan %.12s waits for another person to approve it ('exhibit retention approve FILE')", d->plan);
    case EXH_DISPOSAL_WITHDRAWN:
        return exh_fail(err, EXH_REFUSED, "plan %.12s was withdrawn", d->plan);
    case EXH_DISPOSAL_DONE:
        return exh_fail(err, EXH_REFUSED, "plan %.12s was carried out already; its certificate lies in the store as disposals/%s/certificate",
                        d->plan, d->plan);
    default:
        return true;
    }
}

static bool check_days(const struct applying *a, struct exh_moment now, struct exh_error *err)
{
    const struct exh_moment over = { a->disposal.approved.ns + (int64_t)a->plan.grace_days * 86400 * EXH_SECOND };
    const struct exh_moment whole = { (over.ns + EXH_SECOND - 1) / EXH_SECOND * EXH_SECOND };
    char words[EXH_MOMENT_SIZE];

    if (now.ns < over.ns) {
        exh_moment_local(whole, a->store->zone, words);
        return exh_fail(err, EXH_REFUSED, "plan %.12s is in its %u days of grace until %s", a->plan.digest, a->plan.grace_days, words);
    }
    exh_moment_local(a->plan.expires, a->store->zone, words);
    return a->disposal.begun || now.ns < a->plan.expires.ns
        || exh_fail(err, EXH_REFUSED, "plan %.12s expired on %s: make a new one with 'exhibit retention plan'", a->plan.digest, words);
}

static bool check_share(const struct applying *a, size_t exhibits, struct exh_error *err)
{
    size_t wanted = exh_disposal_plan_exhibits(&a->plan);
    size_t percent = exhibits ? (100 * wanted + exhibits - 1) / exhibits : 0;

    return percent <= a->options->most_percent
        || exh_fail(err, EXH_REFUSED, "plan %.12s takes %zu of the store's %zu exhibits, more than %u%%: where that is meant, say --most %zu",
                    a->plan.digest, wanted, exhibits, a->options->most_percent, percent);
}

static bool judge(struct applying *a, struct exh_error *err)
{
    struct exh_moment now;
    size_t exhibits;

    if (!exh_store_may(a->store, "destroy-begun", err) || !exh_retention_now(a->store, &now, err) || !check_state(a, err)
        || !check_days(a, now, err) || !exh_sweep_judge(a->store, &a->plan, now, &a->swept->differs, &exhibits, err))
        return false;
    if (a->swept->differs.count)
        return exh_fail(err, EXH_REFUSED, "%zu of the plan's %zu items are not as they were when it was made (%s); %s: make a new plan, and "
                        "withdraw this one", a->swept->differs.count, a->plan.item_count, a->swept->differs.at[0],
                        a->disposal.begun ? "nothing more was destroyed" : "nothing was destroyed");
    return check_share(a, exhibits, err);
}

/* ---- one exhibit ---- */

static struct exh_json *seal_of(const struct exh_disposal_item *item)
{
    struct exh_json *digests = exh_json_object();

    exh_json_set_text(digests, "tagmanifest", item->tagmanifest);
    return digests;
}

/* The point of no return: from this entry on no hold can be placed on it. */
static bool enter_begun(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err)
{
    struct exh_moment now;
    struct exh_json *facts;

    if (!exh_retention_now(a->store, &now, err) || !exh_sweep_judge_item(a->store, &a->plan, item, now, err)
        || !exh_sweep_keep_manifest(a->store, &a->plan, item->exhibit, err))
        return false;
    facts = exh_json_object();
    exh_json_set_text(facts, "rule", item->rule);
    return exh_sweep_enter(a->store, a->plan.digest, (struct exh_sweep_entry){ .act = "destroy-begun", .case_id = item->case_id,
                           .exhibit = item->exhibit, .digests = seal_of(item), .facts = facts }, err);
}

static bool enter_done(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err)
{
    return exh_sweep_enter(a->store, a->plan.digest, (struct exh_sweep_entry){ .act = "destroy-done", .case_id = item->case_id,
                           .exhibit = item->exhibit, .digests = seal_of(item) }, err);
}

static bool under_lock(struct applying *a, const struct exh_disposal_item *item,
                       bool (*act)(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err), struct exh_error *err)
{
    if (!exh_store_lock(a->store, err))
        return false;
    bool done = act(a, item, err);
    exh_store_unlock(a->store);
    return done;
}

static bool state_of(const struct applying *a, const struct exh_disposal_item *item, enum exh_exhibit_state *ret_state, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_exhibit(a->store, item->exhibit, &exhibit, err))
        return false;
    if (!exhibit)
        return exh_fail(err, EXH_MALFORMED, "the log has no exhibit '%s'", item->exhibit);
    *ret_state = exhibit->state;
    return true;
}

static bool destroy_exhibit(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err)
{
    enum exh_exhibit_state state = EXH_EXHIBIT_DONE;

    if (!state_of(a, item, &state, err))
        return false;
    if (state == EXH_EXHIBIT_DESTROYED)
        return true;
    return (state == EXH_EXHIBIT_DESTROYING || under_lock(a, item, enter_begun, err))
        && exh_sweep_remove(a->store, item->exhibit, err) && under_lock(a, item, enter_done, err);
}

/* ---- the key of a case ---- */

static bool enter_key(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err)
{
    struct exh_moment now;
    struct exh_json *facts;

    if (!exh_retention_now(a->store, &now, err) || !exh_sweep_judge_item(a->store, &a->plan, item, now, err))
        return false;
    facts = exh_json_object();
    exh_json_set_text(facts, "rule", item->rule);
    return exh_sweep_enter(a->store, a->plan.digest, (struct exh_sweep_entry){ .act = "destroy-key", .case_id = item->case_id, .facts = facts }, err);
}

static bool destroy_key(struct applying *a, const struct exh_disposal_item *item, struct exh_error *err)
{
    const struct exh_case *one;

    if (!exh_store_case(a->store, item->case_id, &one, err))
        return false;
    if (!(one && one->key_destroyed) && !under_lock(a, item, enter_key, err))
        return false;
    return exh_store_destroy_case_key(a->store, item->case_id, err);
}

/* ---- all of them ---- */

static bool goes_on(const struct applying *a, struct exh_error *err)
{
    if (a->options->interrupted && a->options->interrupted())
        return exh_fail(err, EXH_IO, "interrupted; what was destroyed until then is in the log, and applying the plan again goes on");
    return true;
}

static bool count_done(struct applying *a, struct exh_error *err)
{
    a->swept->destroyed = a->swept->keys = 0;
    for (size_t i = 0; i < a->plan.item_count; i++) {
        const struct exh_disposal_item *item = &a->plan.items[i];
        const struct exh_exhibit *exhibit;
        const struct exh_case *one;
        if (!exh_store_case(a->store, item->case_id, &one, err)
            || (*item->exhibit && !exh_store_exhibit(a->store, item->exhibit, &exhibit, err)))
            return false;
        if (*item->exhibit)
            a->swept->destroyed += exhibit && exhibit->state == EXH_EXHIBIT_DESTROYED && strcmp(exhibit->plan, a->plan.digest) == 0;
        else
            a->swept->keys += one && one->key_destroyed;
    }
    return true;
}

static bool destroy_all(struct applying *a, struct exh_error *err)
{
    for (size_t i = 0; i < a->plan.item_count; i++) {
        const struct exh_disposal_item *item = &a->plan.items[i];
        if (a->options->progress)
            a->options->progress(a->options->context, i, a->plan.item_count);
        if (!goes_on(a, err) || !(*item->exhibit ? destroy_exhibit(a, item, err) : destroy_key(a, item, err)))
            return false;
    }
    return true;
}

static bool conclude(struct applying *a, const char *reason, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *packages = exh_json_array();
    const struct exh_certifying certifying = {
        .store = a->store, .plan = &a->plan, .disposal = &a->disposal, .packages = packages, .reason = reason,
        .place = a->options ? a->options->place : NULL, .witness = a->options ? a->options->witness : NULL };

    return exh_sweep_reach(a->store, &a->plan, packages, err) && count_done(a, err) && exh_sweep_certify(&certifying, a->swept, err);
}

static bool clear_one(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    static const char partial[] = ".partial";
    size_t size = strlen(name), tail = strlen(partial);
    int folder = *(const int *)context;

    if (kind != DT_REG || *name != '.' || size <= tail || strcmp(name + size - tail, partial) != 0)
        return true;
    return !unlinkat(folder, name, 0) || exh_fail_os(err, "cannot remove '%s'", name);
}

/* Manifests that a kill left half written. */
static bool clear_half_written(const struct applying *a, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_sweep_folder(a->plan.digest);
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (!exh_file_exists(a->store->root, folder))
        return true;                     /* it is lost, with all that lay there */
    return exh_directory_open(a->store->root, folder, &fd, err) && exh_directory_visit(fd, ".", clear_one, &fd, err);
}

/* Reads the plan as it stands, and keeps others from carrying out any. */
static bool take_plan(struct applying *a, const char *what, bool (*read)(struct applying *a, const char *what, struct exh_error *err),
                      struct exh_error *err)
{
    if (!exh_store_lock(a->store, err))
        return false;
    bool done = read(a, what, err);
    exh_store_unlock(a->store);
    if (!done || !exh_directory_make_all(a->store->root, "disposals", 0755, err))
        return false;
    if (!exh_lock_take(a->store->root, "disposals/lock", 0, &a->lock, err))
        return err->kind == EXH_BUSY && exh_while(err, "another plan, or this one, is being carried out");
    return clear_half_written(a, err);
}

static bool read_file(struct applying *a, const char *path, struct exh_error *err)
{
    return exh_disposal_plan_read(a->store, path, &a->plan, &a->disposal, err);
}

/* What is destroyed is certified from what the store has of the plan. */
static bool check_kept(const struct applying *a, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan own = EXH_DISPOSAL_PLAN_NONE;

    if (!check_state(a, err))
        return false;
    return exh_disposal_plan_read_own(a->store, a->plan.digest, &own)
        || exh_fail(err, EXH_REFUSED, "the store's own copy of plan %.12s, disposals/%s/plan.json, is lost or altered: nothing is destroyed that "
                    "could not be certified; end the plan with 'exhibit retention withdraw', and make a new one", a->plan.digest, a->plan.digest);
}

bool exh_sweep_apply(struct exh_store *store, const char *path, const struct exh_apply_options *options, struct exh_swept *ret_swept,
                     struct exh_error *err)
{
    EXH_CLEANUP(clear_applying) struct applying a = { .store = store, .options = options, .plan = EXH_DISPOSAL_PLAN_NONE, .lock = -1, .swept = ret_swept };

    if (!take_plan(&a, path, read_file, err))
        return false;
    if (a.disposal.state == EXH_DISPOSAL_DONE && !exh_sweep_finish_certificate(store, a.plan.digest, err))
        return false;
    if (!check_kept(&a, err) || !judge(&a, err))
        return false;
    if (options->dry_run)
        return true;
    bool done = destroy_all(&a, err) && conclude(&a, NULL, err);
    if (!done && a.swept->destroyed == 0) {
        EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
        (void)!count_done(&a, &ignored);
    }
    return done;
}

/* ---- the end of a plan that is not carried out ---- */

/* What the log has of a plan whose file is lost: exhibits whose destruction began. */
static bool add_begun(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct exh_disposal_plan *plan = context;

    (void)err;
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (strcmp(exhibit->plan, plan->digest) != 0)
            continue;
        plan->items = exh_realloc_array(plan->items, plan->item_count + 1, sizeof *plan->items);
        struct exh_disposal_item *item = &plan->items[plan->item_count++];
        *item = (struct exh_disposal_item){ .title = NULL };
        memcpy(item->exhibit, exhibit->reference, sizeof item->exhibit);
        memcpy(item->case_id, exhibit->case_id, sizeof item->case_id);
        memcpy(item->tagmanifest, exhibit->tagmanifest, sizeof item->tagmanifest);
    }
    return true;
}

/* By its identifier: from the store's own file, and where that is lost from the log. */
static bool read_named(struct applying *a, const char *what, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;
    const struct exh_disposal *found;

    if (!exh_disposals_read(a->store, &disposals, err) || !exh_disposals_need(&disposals, what, &found, err))
        return false;
    a->disposal = *found;
    if (exh_disposal_plan_read_own(a->store, found->plan, &a->plan))
        return true;
    a->lost = true;
    memcpy(a->plan.digest, found->plan, sizeof a->plan.digest);
    return exh_store_each_case(a->store, add_begun, &a->plan, err);
}

static bool read_any(struct applying *a, const char *what, struct exh_error *err)
{
    return exh_disposal_id_is_one(what) && !exh_file_exists(AT_FDCWD, what) ? read_named(a, what, err) : read_file(a, what, err);
}

/* From the file that was named, where the store's own is lost. */
static bool keep_again(const struct applying *a, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan own = EXH_DISPOSAL_PLAN_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_sweep_folder(a->plan.digest), *name = exh_format("%s/plan.json", folder);

    return exh_disposal_plan_read_own(a->store, a->plan.digest, &own)
        || (exh_directory_make_all(a->store->root, folder, 0755, err)
            && exh_file_write(a->store->root, name, a->plan.bytes, strlen(a->plan.bytes), 0644, true, err));
}

/* What is half destroyed cannot be left so. */
static bool finish_begun(struct applying *a, struct exh_error *err)
{
    for (size_t i = 0; i < a->plan.item_count; i++) {
        const struct exh_disposal_item *item = &a->plan.items[i];
        enum exh_exhibit_state state = EXH_EXHIBIT_DONE;
        if (*item->exhibit && !state_of(a, item, &state, err))
            return false;
        if (state == EXH_EXHIBIT_DESTROYING && !destroy_exhibit(a, item, err))
            return false;
    }
    return true;
}

static bool enter_withdrawal(struct applying *a, const char *reason, struct exh_error *err)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "reason", reason);
    if (!exh_store_lock(a->store, err)) {
        exh_json_free(details);
        return false;
    }
    bool done = exh_sweep_enter(a->store, a->plan.digest, (struct exh_sweep_entry){ .act = "disposal-withdraw", .details = details }, err);
    exh_store_unlock(a->store);
    return done;
}

/* Where part of it was carried out, there is a certificate of that, but where nobody has its file any more. */
static bool end_plan(struct applying *a, const char *reason, struct exh_error *err)
{
    if (!a->disposal.begun && !a->disposal.keys)
        return enter_withdrawal(a, reason, err);
    if (!finish_begun(a, err))
        return false;
    if (!a->lost)
        return keep_again(a, err) && conclude(a, reason, err);
    a->swept->destroyed = a->disposal.begun;
    a->swept->keys = a->disposal.keys;
    exh_strings_addf(&a->swept->not_reached, "no certificate: nobody has the file of plan %.12s; the log has what was destroyed by it",
                     a->plan.digest);
    return enter_withdrawal(a, reason, err);
}

bool exh_sweep_withdraw(struct exh_store *store, const char *what, const char *reason, bool dry_run, struct exh_swept *ret_swept,
                        struct exh_error *err)
{
    enum { LONGEST_REASON = 2000 };
    EXH_CLEANUP(clear_applying) struct applying a = { .store = store, .plan = EXH_DISPOSAL_PLAN_NONE, .lock = -1, .swept = ret_swept };

    if (!exh_case_text_check("the reason", reason ? reason : "", LONGEST_REASON, err) || !exh_store_may(store, "disposal-withdraw", err)
        || !take_plan(&a, what, read_any, err))
        return false;
    if (a.disposal.state == EXH_DISPOSAL_WITHDRAWN || a.disposal.state == EXH_DISPOSAL_DONE)
        return exh_fail(err, EXH_REFUSED, "plan %.12s is %s already", a.plan.digest, exh_disposal_state_word(a.disposal.state));
    return dry_run || end_plan(&a, reason, err);
}
