/* casefile: what was destroyed: no exhibit, and no key of a case, while anything stands against it. */
#include "parts.h"

#include <stdio.h>
#include <string.h>

/* ---- what stands against it ---- */

bool exh_exhibit_is_there(const struct exh_exhibit *exhibit)
{
    return exhibit->state == EXH_EXHIBIT_BEGUN || exhibit->state == EXH_EXHIBIT_DONE || exhibit->state == EXH_EXHIBIT_DESTROYING;
}

static bool check_holds(const struct exh_casefile *casefile, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    for (size_t i = 0; i < casefile->hold_count; i++)
        if (!casefile->holds[i].released && exh_hold_is_on(&casefile->holds[i], exhibit))
            return exh_fail(err, EXH_REFUSED, "hold %s stands on %s", casefile->holds[i].id, exhibit->reference);
    return true;
}

static bool check_copies(const struct exh_casefile *casefile, const struct exh_exhibit *master, bool with_copies, struct exh_error *err)
{
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *copy = &casefile->exhibits[i];
        if (strcmp(copy->of, master->reference) == 0 && exh_exhibit_is_there(copy) && !(with_copies && copy->state != EXH_EXHIBIT_BEGUN))
            return exh_fail(err, EXH_REFUSED, "its copy %s is %s, and leads back to it", copy->reference,
                            copy->state == EXH_EXHIBIT_BEGUN ? "in the making" : "kept");
    }
    return true;
}

static bool check_packing(const struct exh_casefile *casefile, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    for (size_t i = 0; i < casefile->sealing_count; i++)
        if (casefile->sealings[i].state == EXH_EXHIBIT_BEGUN && exh_strings_contain(&casefile->sealings[i].exhibits, exhibit->reference))
            return exh_fail(err, EXH_REFUSED, "it is being packed as %s", casefile->sealings[i].id);
    return true;
}

bool exh_casefile_may_destroy(const struct exh_casefile *casefile, const struct exh_exhibit *exhibit, bool with_copies, struct exh_error *err)
{
    if (exhibit->state != EXH_EXHIBIT_DONE)
        return exh_fail(err, EXH_REFUSED, "it is %s", exh_exhibit_state_words(exhibit->state));
    return check_holds(casefile, exhibit, err) && check_copies(casefile, exhibit, with_copies, err) && check_packing(casefile, exhibit, err);
}

bool exh_casefile_is_disposed(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_moment *ret_last)
{
    bool any = false;

    *ret_last = (struct exh_moment){ 0 };
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (strcmp(exhibit->case_id, one->id) != 0)
            continue;
        if (exh_exhibit_is_there(exhibit))
            return false;
        any = any || exhibit->state == EXH_EXHIBIT_DESTROYED;
        if (exhibit->state == EXH_EXHIBIT_DESTROYED && exhibit->destroyed.ns > ret_last->ns)
            *ret_last = exhibit->destroyed;
    }
    return any;
}

bool exh_casefile_may_destroy_key(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_error *err)
{
    struct exh_moment last;

    if (one->key_destroyed)
        return exh_fail(err, EXH_REFUSED, "the key of case %s was destroyed already", one->id);
    for (size_t i = 0; i < casefile->hold_count; i++)
        if (!casefile->holds[i].released && strcmp(casefile->holds[i].case_id, one->id) == 0)
            return exh_fail(err, EXH_REFUSED, "hold %s stands on case %s", casefile->holds[i].id, one->id);
    for (size_t i = 0; i < casefile->sealing_count; i++)
        if (casefile->sealings[i].state == EXH_EXHIBIT_BEGUN && strcmp(casefile->sealings[i].case_id, one->id) == 0)
            return exh_fail(err, EXH_REFUSED, "package %s of case %s is in the making", casefile->sealings[i].id, one->id);
    return exh_casefile_is_disposed(casefile, one, &last)
        || exh_fail(err, EXH_REFUSED, "case %s has an exhibit that is there, or never had one that was destroyed", one->id);
}

/* ---- replaying ---- */

static const char *digest_of(const struct exh_entry *entry, const char *name)
{
    return exh_json_text_or(exh_json_get(entry->whole, "digests"), name, "");
}

static struct exh_exhibit *exhibit_of(struct exh_casefile *casefile, const struct exh_entry *entry)
{
    struct exh_exhibit *exhibit = entry->exhibit ? exh_casefile_exhibit(casefile, entry->exhibit) : NULL;

    return exhibit && entry->case_id && strcmp(exhibit->case_id, entry->case_id) == 0 ? exhibit : NULL;
}

static bool begin(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    struct exh_exhibit *exhibit = exhibit_of(casefile, entry);

    if (!exhibit)
        return exh_fail(err, EXH_MALFORMED, "begins to destroy '%s', which is no exhibit of its case", entry->exhibit ? entry->exhibit : "");
    if (!exh_digest_equal(exhibit->tagmanifest, digest_of(entry, "tagmanifest")))
        return exh_fail(err, EXH_MALFORMED, "begins to destroy %s, and names another seal than it has", exhibit->reference);
    if (!exh_casefile_may_destroy(casefile, exhibit, false, err))
        return exh_while(err, "begins to destroy %s", exhibit->reference);
    exhibit->state = EXH_EXHIBIT_DESTROYING;
    snprintf(exhibit->plan, sizeof exhibit->plan, "%s", digest_of(entry, "plan"));
    return true;
}

static bool end(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    struct exh_exhibit *exhibit = exhibit_of(casefile, entry);

    if (!exhibit || exhibit->state != EXH_EXHIBIT_DESTROYING || !exh_digest_equal(exhibit->plan, digest_of(entry, "plan")))
        return exh_fail(err, EXH_MALFORMED, "says that '%s' was destroyed, which was not being destroyed by this plan",
                        entry->exhibit ? entry->exhibit : "");
    exhibit->state = EXH_EXHIBIT_DESTROYED;
    exhibit->destroyed = entry->time;
    return true;
}

static bool end_key(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    struct exh_case *one = entry->case_id ? exh_casefile_case(casefile, entry->case_id) : NULL;

    if (!one)
        return exh_fail(err, EXH_MALFORMED, "destroys the key of a case that was never opened");
    if (!exh_casefile_may_destroy_key(casefile, one, err))
        return exh_while(err, "destroys the key of case %s", one->id);
    one->key_destroyed = true;
    one->key_destroyed_at = entry->time;
    return true;
}

bool exh_casefile_take_destruction(struct exh_casefile *casefile, const struct exh_entry *entry, struct exh_error *err)
{
    bool done = strcmp(entry->act, "destroy-begun") == 0 ? begin(casefile, entry, err)
              : strcmp(entry->act, "destroy-done") == 0  ? end(casefile, entry, err)
                                                         : end_key(casefile, entry, err);

    /* The entry was judged by the same rules when it was made: here it is the log that contradicts itself. */
    if (!done)
        err->kind = EXH_MALFORMED;
    return done;
}
