/* One life at a time, told piece by piece, and what is decided of it. */
#ifndef POLICY_LIFE_H
#define POLICY_LIFE_H

#include "policy_help.h"

enum { STATUSES = 32, HOLDS = 8 };
static struct exh_policy policy;
static struct exh_strings confirmed;
static struct exh_setting setting = { LONDON, &confirmed };
static struct exh_status statuses[STATUSES];
static struct exh_life_hold holds[HOLDS];
static struct exh_life life;
static struct exh_decision decision;

static inline int clear_life(void **state)
{
    (void)state;
    exh_decision_clear(&decision);
    life = (struct exh_life){ .statuses = statuses, .holds = holds, .now = instant("2030-01-01T00:00:00Z") };
    return 0;
}

static inline void a_case(enum exh_case_type type, enum exh_item_kind item, enum exh_custodian custodian)
{
    clear_life(NULL);
    life.case_type = type;
    life.item = item;
    life.custodian = custodian;
}

static inline struct exh_status *status_until(const char *word, const char *when, const char *end)
{
    assert_true(life.status_count < STATUSES);
    statuses[life.status_count] = (struct exh_status){ .word = word, .effect = on(when), .end = on(end) };
    return &statuses[life.status_count++];
}

static inline struct exh_status *status(const char *word, const char *when)
{
    return status_until(word, when, "");
}

static inline void flag(enum exh_life_matter which, enum exh_life_state state, const char *since)
{
    life.flags[which] = (struct exh_life_flag){ state, on(since) };
}

static inline void fact(enum exh_fact which, const char *when)
{
    life.facts[which] = on(when);
}

static inline void hold(const char *id, const char *reason, const char *placed, const char *review)
{
    assert_true(life.hold_count < HOLDS);
    holds[life.hold_count++] =
        (struct exh_life_hold){ .id = id, .reason = reason, .placed = on(placed), .review = on(review) };
}

static inline void decide(const char *now)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    exh_decision_clear(&decision);
    life.now = instant(now);
    if (!exh_policy_decide(&policy, &setting, &life, &decision, &err))
        fail_msg("%s", err.text);
}

/* ---- what was decided ---- */

static inline void is(enum exh_decision_kind kind, const char *rule)
{
    const char *decided = decision.decider ? decision.decider->rule->id : "none";

    if (decision.kind != kind || strcmp(decided, rule) != 0)
        fail_msg("%s by %s: %s", exh_decision_kind_word(decision.kind), decided, decision.sentence);
}

static inline void ends_at(const char *utc)
{
    char words[EXH_MOMENT_SIZE];

    assert_true(decision.has_end);
    exh_moment_utc(decision.end, words);
    assert_string_equal(words, utc);
}

/* Kept to the last instant before @utc, and due for @then from it on. */
static inline void due_from(const char *utc, const char *rule, enum exh_then then)
{
    char before[EXH_MOMENT_SIZE];
    struct exh_moment last = { instant(utc).ns - 1 };

    exh_moment_utc(last, before);
    decide(before);
    is(EXH_KEPT_UNTIL, rule);
    ends_at(utc);
    decide(utc);
    is(EXH_DUE, rule);
    ends_at(utc);
    assert_int_equal(decision.then, then);
}

static inline void outcome(const char *word, const char *day)
{
    life.outcome = word;
    life.outcome_since = on(day);
}

static inline void kept_without_an_end(const char *rule)
{
    decide("2199-01-01T00:00:00Z");
    is(EXH_KEPT_UNTIL, rule);
    assert_false(decision.has_end);
}

static inline void unknown(enum exh_unknown why)
{
    decide("2199-01-01T00:00:00Z");
    assert_int_equal(decision.kind, EXH_KEPT_UNKNOWN);
    if (decision.unknown != why)
        fail_msg("%s: %s", exh_unknown_word(decision.unknown), decision.sentence);
}

static inline bool line_says(const char *part)
{
    for (size_t i = 0; i < decision.match_count; i++)
        for (size_t j = 0; j < decision.matches[i].lines.count; j++)
            if (strstr(decision.matches[i].lines.at[j], part))
                return true;
    return false;
}

static inline bool is_among(const struct exh_strings *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++)
        if (strstr(list->at[i], part))
            return true;
    return false;
}

static inline void confirm_all(void)
{
    exh_strings_clear(&confirmed);
    for (size_t i = 0; i < policy.rule_count; i++)
        exh_strings_add(&confirmed, policy.rules[i].id);
}

#endif
