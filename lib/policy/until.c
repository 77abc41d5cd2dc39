/* policy: until when a decision stands by itself. */
#include "policy.h"

struct waiting { struct exh_moment now, until; const char *zone; };

static void await(struct waiting *waiting, struct exh_moment at)
{
    if (at.ns > waiting->now.ns && at.ns < waiting->until.ns)
        waiting->until = at;
}

/* What takes effect on a day has not happened before it (struct asked, only_past). Zones are asked only about days that
 * can still come in one of them. */
static void await_effect(struct waiting *waiting, const struct exh_effect *effect)
{
    bool may_come = effect->kind != EXH_EFFECT_NONE
        && exh_date_compare(exh_effect_day(effect, "UTC"), exh_date_of(waiting->now, "UTC")) >= 0;

    if (may_come)
        await(waiting, exh_date_end(exh_date_before(exh_effect_day(effect, waiting->zone)), waiting->zone));
}

static void await_effects(struct waiting *waiting, const struct exh_life *life)
{
    for (size_t i = 0; i < life->status_count; i++) {
        await_effect(waiting, &life->statuses[i].effect);
        await_effect(waiting, &life->statuses[i].end);
    }
    for (size_t i = 0; i < EXH_MATTERS; i++)
        await_effect(waiting, &life->flags[i].since);
    for (size_t i = 0; i < EXH_FACTS; i++)
        await_effect(waiting, &life->facts[i]);
    await_effect(waiting, &life->outcome_since);
}

struct exh_moment exh_decision_until(const struct exh_decision *decision, const struct exh_policy_version *versions, size_t count,
                                     const struct exh_setting *setting, const struct exh_life *life)
{
    struct waiting waiting = { life->now, { INT64_MAX }, NULL };

    if (decision->has_end)
        await(&waiting, decision->end);
    for (size_t i = 0; i < count; i++) {
        waiting.zone = versions[i].policy->zone ? versions[i].policy->zone : setting->zone;
        await(&waiting, versions[i].effective);
        await_effects(&waiting, life);
    }
    return waiting.until;
}
