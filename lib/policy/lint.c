/* policy: its rules held against each other, and against what a store knows. */
#include "policy.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = {
    [EXH_LINT_UNREACHABLE] = "unreachable", [EXH_LINT_OVERLAP] = "overlap",
    [EXH_LINT_STATUS_WITHOUT_RULE] = "status-without-rule",
    [EXH_LINT_STATUS_NOT_IN_VOCABULARY] = "status-not-in-vocabulary", [EXH_LINT_UNCONFIRMED] = "unconfirmed",
};

const char *exh_lint_kind_word(enum exh_lint_kind kind)
{
    return kind_words[kind];
}

void exh_lint_clear(struct exh_lint *lint)
{
    for (size_t i = 0; i < lint->count; i++)
        free(lint->findings[i].sentence);
    free(lint->findings);
    *lint = (struct exh_lint)EXH_LINT_NONE;
}

static void EXH_PRINTF(4, 5)
    add(struct exh_lint *lint, enum exh_lint_kind kind, const struct exh_rule *rule, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lint->findings = exh_realloc_array(lint->findings, lint->count + 1, sizeof *lint->findings);
    lint->findings[lint->count++] = (struct exh_lint_finding){ kind, rule, exh_vformat(format, arguments) };
    va_end(arguments);
}

/* ---- whether one list of terms holds wherever another does ---- */

/* Each term of @a, in whatever group, is one of @b. */
static bool are_among(const struct exh_terms *a, const struct exh_terms *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!exh_terms_have(b, &a->at[i]))
            return false;
    return true;
}

/* Group @group of @terms, without copying its words. Free its array only. */
static struct exh_terms group_of(const struct exh_terms *terms, unsigned group)
{
    size_t first = 0, count = 0;

    while (first < terms->count && terms->at[first].group != group)
        first++;
    while (first + count < terms->count && terms->at[first + count].group == group)
        count++;
    return (struct exh_terms){ terms->at + first, count };
}

static unsigned groups_of(const struct exh_terms *terms)
{
    return terms->count ? terms->at[terms->count - 1].group + 1 : 0;
}

/* Every group of @a has one of @b below it (each term of which it has too), or above it where @above. */
static bool groups_match(const struct exh_terms *a, const struct exh_terms *b, bool above)
{
    for (unsigned i = 0; i < groups_of(a); i++) {
        struct exh_terms mine = group_of(a, i);
        bool found = false;
        for (unsigned j = 0; j < groups_of(b) && !found; j++) {
            struct exh_terms theirs = group_of(b, j);
            found = above ? are_among(&mine, &theirs) : are_among(&theirs, &mine);
        }
        if (!found)
            return false;
    }
    return true;
}

/* Whenever @b holds, so does @a, and no earlier. */
static bool holds_no_earlier(const struct exh_terms *a, const struct exh_terms *b)
{
    return groups_match(a, b, false) && groups_match(b, a, true);
}

static bool are_equal(const struct exh_terms *a, const struct exh_terms *b)
{
    return groups_match(a, b, false) && groups_match(a, b, true) && groups_match(b, a, false)
        && groups_match(b, a, true);
}

/* ---- lengths ---- */

/* The fewest and the most days that a period can take. */
static void bounds(const struct exh_period *period, double *ret_least, double *ret_most)
{
    *ret_least = *ret_most = 0;
    for (size_t i = 0; i < period->count; i++) {
        const struct exh_period_step *step = &period->steps[i];
        double months = (double)step->count * (step->unit == EXH_YEARS ? 12 : 1);
        double days = step->unit == EXH_DAYS ? (double)step->count : months * 30.436875;
        double off = step->unit == EXH_DAYS || step->count == 0 ? 0 : 4; /* months differ by three days, years by one */
        *ret_least += days - off;
        *ret_most += days + off;
    }
}

static bool is_same_period(const struct exh_period *a, const struct exh_period *b)
{
    EXH_CLEANUP(exh_freep) char *a_words = exh_period_words(a), *b_words = exh_period_words(b);

    return strcmp(a_words, b_words) == 0;
}

/* One step each, of months or years. */
static bool is_no_fewer_months(const struct exh_period *a, const struct exh_period *b)
{
    if (a->count != 1 || b->count != 1 || a->steps[0].unit == EXH_DAYS || b->steps[0].unit == EXH_DAYS)
        return false;
    return a->steps[0].count * (a->steps[0].unit == EXH_YEARS ? 12 : 1)
        >= b->steps[0].count * (b->steps[0].unit == EXH_YEARS ? 12 : 1);
}

static bool is_as_long(const struct exh_period *a, const struct exh_period *b)
{
    double a_least, a_most, b_least, b_most;

    if (a->no_end || b->no_end)
        return a->no_end;
    bounds(a, &a_least, &a_most);
    bounds(b, &b_least, &b_most);
    return a_least >= b_most || is_same_period(a, b) || is_no_fewer_months(a, b);
}

/* ---- unreachable ---- */

static bool covers_whom(const struct exh_rule *a, const struct exh_rule *b)
{
    return !(b->cases & ~a->cases) && !(b->items & ~a->items)
        && (a->custodian == EXH_CUSTODIAN_UNSAID || a->custodian == b->custodian);
}

/* Wherever @b matches, @a does, and keeps as long or longer. Not told of rules that come before longer ones: they are
 * there to be shorter. */
static bool outlasts_always(const struct exh_rule *a, const struct exh_rule *b)
{
    return !a->information && !b->information && !a->whichever_first && !b->whichever_first && covers_whom(a, b)
        && holds_no_earlier(&a->trigger, &b->trigger) && are_among(&b->begins, &a->begins)
        && are_among(&a->stops, &b->stops) && are_equal(&a->from, &b->from)
        && (b->also_until.count == 0 || are_equal(&a->also_until, &b->also_until))
        && is_as_long(&a->period, &b->period);
}

/* Of two that outlast each other the earlier in the file stands. */
static void find_unreachable(const struct exh_policy *policy, struct exh_lint *lint)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t j = 0; j < policy->rule_count; j++) {
            const struct exh_rule *a = &policy->rules[j], *b = &policy->rules[i];
            if (i == j || !outlasts_always(a, b) || (i < j && outlasts_always(b, a)))
                continue;
            add(lint, EXH_LINT_UNREACHABLE, b,
                "rule %s never decides: %s matches wherever it does, and keeps as long or longer: take "
                "it away, or narrow %s",
                b->id, a->id, a->id);
            break;
        }
}

/* ---- overlap ---- */

static bool share_whom(const struct exh_rule *a, const struct exh_rule *b)
{
    return (a->cases & b->cases) && (a->items & b->items)
        && (a->custodian == EXH_CUSTODIAN_UNSAID || b->custodian == EXH_CUSTODIAN_UNSAID
            || a->custodian == b->custodian);
}

static const struct exh_term *shared_term(const struct exh_terms *a, const struct exh_terms *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (exh_terms_have(b, &a->at[i]))
            return &a->at[i];
    return NULL;
}

static void find_overlaps(const struct exh_policy *policy, struct exh_lint *lint)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t j = i + 1; j < policy->rule_count; j++) {
            const struct exh_rule *a = &policy->rules[i], *b = &policy->rules[j];
            const struct exh_term *shared = shared_term(&a->trigger, &b->trigger);
            if (a->information || b->information || a->period.no_end || b->period.no_end || a->then == b->then
                || a->whichever_first || b->whichever_first || !shared || !share_whom(a, b))
                continue;
            EXH_CLEANUP(exh_freep) char *words = exh_term_words(shared);
            add(lint, EXH_LINT_OVERLAP, b,
                "rules %s and %s both begin with '%s', and end in %s and %s: the one that keeps longer "
                "decides; if that is not meant, narrow one of them",
                a->id, b->id, words, exh_then_word(a->then), exh_then_word(b->then));
        }
}

/* ---- statuses and confirmations ---- */

static void check_terms(const struct exh_terms *terms, const struct exh_rule *rule,
                        const struct exh_strings *vocabulary, struct exh_lint *lint)
{
    for (size_t i = 0; i < terms->count; i++) {
        const struct exh_term *term = &terms->at[i];
        bool is_status = term->kind == EXH_TERM_STATUS || term->kind == EXH_TERM_STATUS_END;
        if (!is_status || exh_strings_contain(vocabulary, term->word))
            continue;
        const char *nearest = exh_text_nearest(vocabulary, term->word);
        add(lint, EXH_LINT_STATUS_NOT_IN_VOCABULARY, rule, "rule %s names status '%s', which no case can have%s%s%s",
            rule->id, term->word, nearest ? ": did you mean '" : ": correct the word", nearest ? nearest : "",
            nearest ? "'?" : "");
    }
}

static void find_statuses(const struct exh_policy *policy, const struct exh_strings *vocabulary, struct exh_lint *lint)
{
    for (size_t i = 0; i < vocabulary->count; i++)
        if (!exh_policy_names_status(policy, vocabulary->at[i]))
            add(lint, EXH_LINT_STATUS_WITHOUT_RULE, NULL,
                "no rule names status '%s': what has it is kept, and reported as unknown; name "
                "it in a rule, or among the statuses of [policy]",
                vocabulary->at[i]);
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct exh_rule *rule = &policy->rules[i];
        const struct exh_terms *const lists[] = { &rule->begins, &rule->trigger, &rule->from, &rule->also_until,
                                                  &rule->stops };
        for (size_t j = 0; j < EXH_COUNT(lists); j++)
            check_terms(lists[j], rule, vocabulary, lint);
    }
}

static void find_unconfirmed(const struct exh_policy *policy, const struct exh_strings *confirmed,
                             struct exh_lint *lint)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct exh_rule *rule = &policy->rules[i];
        if (!rule->information && !exh_rule_is_confirmed(rule, confirmed))
            add(lint, EXH_LINT_UNCONFIRMED, rule,
                "rule %s (%s) is not sure, and not confirmed: it keeps, and makes nothing due until "
                "somebody with the right to confirms it",
                rule->id, rule->title);
    }
}

void exh_policy_lint(const struct exh_policy *policy, const struct exh_strings *vocabulary,
                     const struct exh_strings *confirmed, struct exh_lint *ret_lint)
{
    struct exh_lint lint = EXH_LINT_NONE;

    find_unreachable(policy, &lint);
    find_overlaps(policy, &lint);
    if (vocabulary)
        find_statuses(policy, vocabulary, &lint);
    find_unconfirmed(policy, confirmed, &lint);
    *ret_lint = lint;
}
