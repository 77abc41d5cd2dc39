/* retention: every exhibit, and what the policies say of it. */
#include "life.h"

#include <string.h>

/* A walk over the store's exhibits. */
struct walk {
    const struct exh_store *store;
    const struct exh_retention *retention;
    struct exh_setting setting;
    struct exh_moment now;
    bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err);
    void *context;
};

static bool decide(const struct walk *walk, const struct exh_case *one, const struct exh_exhibit *exhibit, const struct exh_life *life,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_decision_clear) struct exh_decision decision = EXH_DECISION_NONE;
    const struct exh_retained retained = { exhibit, one, life, &decision };

    if (!exh_policy_decide_versions(walk->retention->versions, walk->retention->count, &walk->setting, life, &decision, err)) {
        err->kind = EXH_MALFORMED;
        return exh_while(err, "exhibit %s of case %s", exhibit->reference, one->id);
    }
    return walk->visit(walk->context, &retained, err);
}

static bool visit_sealed(const struct walk *walk, const struct exh_case *one, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    const struct exh_retained retained = { exhibit, one, NULL, NULL };

    return walk->visit(walk->context, &retained, err);
}

static bool visit_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct walk *walk = context;
    const struct exh_case *one = &casefile->cases[0];
    EXH_CLEANUP(exh_life_told_clear) struct exh_life_told told = { .statuses = NULL };

    if (!one->sealed)
        exh_life_tell_case(&told, one);
    told.life.now = walk->now;
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (exhibit->state != EXH_EXHIBIT_DONE)
            continue;
        if (!one->sealed)
            exh_life_tell_exhibit(walk->store, &told, casefile, exhibit);
        if (!(one->sealed ? visit_sealed(walk, one, exhibit, err) : decide(walk, one, exhibit, &told.life, err)))
            return false;
    }
    return true;
}

bool exh_retention_each(const struct exh_store *store, const struct exh_retention *retention, const char *case_id, struct exh_moment now,
                        bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err), void *context,
                        struct exh_error *err)
{
    struct walk walk = { store, retention, { store->zone, &retention->confirmed }, now, visit, context };
    const struct exh_casefile *casefile;

    if (!retention->count)
        return exh_fail(err, EXH_USAGE, "this store goes by no policy yet: 'exhibit retention adopt FILE' takes one, such as "
                        "policies/uk-local-authority.conf");
    if (!case_id)
        return exh_store_each_case(store, visit_case, &walk, err);
    return exh_store_casefile(store, case_id, &casefile, err) && (!casefile->case_count || visit_case(&walk, casefile, err));
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
