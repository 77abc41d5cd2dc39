/* retention: every exhibit, and what the policies say of it. */
#include "life.h"

#include <string.h>

bool exh_retention_now(const struct exh_store *store, struct exh_moment *ret_now, struct exh_error *err)
{
    char now[EXH_MOMENT_SIZE], last[EXH_MOMENT_SIZE];

    *ret_now = exh_moment_now();
    exh_moment_utc((struct exh_moment){ ret_now->ns / EXH_SECOND * EXH_SECOND }, now);
    exh_moment_utc((struct exh_moment){ store->last.time.ns / EXH_SECOND * EXH_SECOND }, last);
    return ret_now->ns >= store->last.time.ns - 2 * EXH_SECOND
        || exh_fail(err, EXH_REFUSED, "the clock says %s, earlier than the log's last entry of %s: set the clock right", now, last);
}

const char *exh_retained_name(const struct exh_retained *retained)
{
    return retained->exhibit ? retained->exhibit->reference : retained->one->id;
}

static bool decide(const struct exh_retention_walk *walk, struct exh_retained retained, const struct exh_life_told *told, struct exh_error *err)
{
    EXH_CLEANUP(exh_decision_clear) struct exh_decision decision = EXH_DECISION_NONE;
    const struct exh_retention *r = walk->retention;

    if (!exh_policy_decide_versions(r->versions, r->count, &walk->setting, &told->life, &decision, err)) {
        err->kind = EXH_MALFORMED;
        return exh_while(err, "%s of case %s", exh_retained_name(&retained), retained.one->id);
    }
    retained.life = &told->life;
    retained.decision = &decision;
    if (!told->unread)
        retained.until = exh_decision_until(&decision, r->versions, r->count, &walk->setting, &told->life);
    return walk->visit(walk->context, &retained, err);
}

static bool is_wanted(const struct exh_retention_walk *walk, const char *name)
{
    return !walk->only || strcmp(walk->only, name) == 0;
}

/* Once its exhibits are gone, a case is what is known of it. */
static bool visit_record(const struct exh_retention_walk *walk, struct exh_life_told *told, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct exh_case *one = &casefile->cases[0];
    struct exh_moment last;

    if (one->sealed || !is_wanted(walk, one->id) || !exh_casefile_is_disposed(casefile, one, &last))
        return true;
    exh_life_tell_record(told, casefile, last);
    return decide(walk, (struct exh_retained){ .casefile = casefile, .one = one, .until = walk->now }, told, err);
}

bool exh_retention_walk_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct exh_retention_walk *walk = context;
    const struct exh_case *one = &casefile->cases[0];
    EXH_CLEANUP(exh_life_told_clear) struct exh_life_told told = { .statuses = NULL };

    if (!one->sealed)
        exh_life_tell_case(&told, one);
    told.life.now = walk->now;
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_retained retained = { .casefile = casefile, .exhibit = &casefile->exhibits[i], .one = one, .until = walk->now };
        if (retained.exhibit->state != EXH_EXHIBIT_DONE || !is_wanted(walk, retained.exhibit->reference))
            continue;
        if (!one->sealed)
            exh_life_tell_exhibit(walk->store, &told, casefile, retained.exhibit);
        if (!(one->sealed ? walk->visit(walk->context, &retained, err) : decide(walk, retained, &told, err)))
            return false;
    }
    return visit_record(walk, &told, casefile, err);
}

bool exh_retention_need(const struct exh_retention *retention, struct exh_error *err)
{
    return retention->count || exh_fail(err, EXH_USAGE, "this store goes by no policy yet: 'exhibit retention adopt FILE' takes one, such as "
                                        "policies/uk-local-authority.conf");
}

bool exh_retention_each(const struct exh_store *store, const struct exh_retention *retention, const char *case_id, struct exh_moment now,
                        bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err), void *context,
                        struct exh_error *err)
{
    struct exh_retention_walk walk = { store, retention, { store->zone, &retention->confirmed }, now, visit, context, NULL };
    const struct exh_casefile *casefile;

    if (!exh_retention_need(retention, err))
        return false;
    if (!case_id)
        return exh_store_each_case(store, exh_retention_walk_case, &walk, err);
    return exh_store_casefile(store, case_id, &casefile, err) && (!casefile->case_count || exh_retention_walk_case(&walk, casefile, err));
}

void exh_retention_vocabulary(struct exh_strings *ret_words)
{
    for (enum exh_case_type type = 0; type < EXH_CASE_TYPES; type++) {
        const char *status;
        for (size_t i = 0; (status = exh_case_status_at(exh_case_type_word(type), i)); i++)
            if (!exh_strings_contain(ret_words, status))
                exh_strings_add(ret_words, status);
    }
}
