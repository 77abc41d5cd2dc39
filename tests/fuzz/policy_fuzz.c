/* A policy of any bytes, and behind the first NUL a life: bounded work; nothing is due that is held or not confirmed;
 * and a version that replaces another never lets go earlier than both. */
#include "crypto_start.h"

#include "exhibit/policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATUSES = 6 };
struct bytes { const uint8_t *at; size_t left; };

static uint8_t next(struct bytes *bytes)
{
    if (!bytes->left)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

static struct exh_effect effect_of(struct bytes *bytes)
{
    uint8_t kind = next(bytes), year = next(bytes), month = next(bytes), day = next(bytes);

    if (kind % 3 == 0)
        return (struct exh_effect){ .kind = EXH_EFFECT_NONE };
    if (kind % 3 == 1)
        return (struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = { 1980 + year, month % 14, day % 33 } };
    return (struct exh_effect){ .kind = EXH_EFFECT_INSTANT,
                                .instant = { ((int64_t)year * 366 + day) * 86400 * EXH_SECOND } };
}

/* Words that the policy itself names, so that its rules match. */
static const char *word_of(const struct exh_policy *policy, uint8_t choice)
{
    const struct exh_rule *rule = &policy->rules[choice % policy->rule_count];
    const struct exh_terms *const lists[] = { &rule->trigger, &rule->begins, &rule->stops, &rule->also_until };

    for (size_t i = 0; i < EXH_COUNT(lists); i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            if (lists[i]->at[j].word)
                return lists[i]->at[j].word;
    return "other";
}

static void fill(struct exh_life *life, struct exh_status statuses[STATUSES], const struct exh_policy *policy,
                 struct bytes *bytes)
{
    life->case_type = (enum exh_case_type)(next(bytes) % EXH_CASE_TYPES);
    life->item = (enum exh_item_kind)(next(bytes) % EXH_ITEM_KINDS);
    life->custodian = (enum exh_custodian)(next(bytes) % EXH_CUSTODIANS);
    life->now.ns = (int64_t)next(bytes) * 366 * 86400 * EXH_SECOND;
    for (size_t i = 0; i < EXH_FACTS; i++)
        life->facts[i] = effect_of(bytes);
    for (size_t i = 0; i < EXH_MATTERS; i++)
        life->flags[i] = (struct exh_life_flag){ (enum exh_life_state)(next(bytes) % 3), effect_of(bytes) };
    for (; bytes->left && life->status_count < STATUSES; life->status_count++)
        statuses[life->status_count] = (struct exh_status){ .word = word_of(policy, next(bytes)),
                                                            .effect = effect_of(bytes),
                                                            .end = effect_of(bytes),
                                                            .superseded = next(bytes) % 4 == 0 };
}

static void check(const struct exh_decision *decision, const struct exh_life *life)
{
    if (!decision->sentence || strchr(decision->sentence, '\n'))
        abort();
    if (decision->kind == EXH_DUE
        && (life->hold_count || !decision->has_end || decision->end.ns > life->now.ns || !decision->decider->confirmed))
        abort();
}

static void decide(const struct exh_policy *policy, const struct exh_policy *before, struct bytes bytes)
{
    static const struct exh_life_hold hold = { .id = "H1", .reason = "r" };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_comparison_clear) struct exh_comparison c = EXH_COMPARISON_NONE;
    const struct exh_setting setting = { "UTC", NULL };
    struct exh_status statuses[STATUSES];
    struct exh_life life = { .statuses = statuses, .holds = &hold };

    life.hold_count = next(&bytes) % 4 == 0;
    fill(&life, statuses, policy, &bytes);
    if (!exh_policy_compare(before, policy, life.now, &setting, &life, &c, &err))
        return;
    check(&c.before, &life);
    check(&c.after, &life);
    check(&c.forward, &life);
    if (c.forward.kind == EXH_DUE && c.after.kind != EXH_DUE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char small[] =
        "[policy]\nname=n\nversion=0\ncustodian=police\n[rule \"R\"]\ntitle=t\nlegal=l\nsure=yes\n"
        "trigger=collected\nperiod=31 days\nthen=delete\nneeds-status=no\n";
    EXH_CLEANUP(exh_policy_clear) struct exh_policy policy = EXH_POLICY_NONE, other = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_lint_clear) struct exh_lint lint = EXH_LINT_NONE;
    const uint8_t *nul = memchr(data, 0, size);
    size_t used = nul ? (size_t)(nul - data) : size;

    if (!exh_policy_parse("other", small, sizeof small - 1, &other, &err))
        abort();
    if (!exh_policy_parse("fuzz", (const char *)data, used, &policy, &err)) {
        if (err.kind != EXH_MALFORMED || !err.text || strchr(err.text, '\n'))
            abort();
        return 0;
    }
    exh_policy_lint(&policy, NULL, NULL, &lint);
    decide(&policy, &other, nul ? (struct bytes){ nul + 1, size - used - 1 } : (struct bytes){ data, 0 });
    return 0;
}
