/* policy: the decision for one item: which of the rules that match decides, and what it says now. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = {
    [EXH_KEPT_HELD] = "held", [EXH_KEPT_UNKNOWN] = "unknown", [EXH_KEPT_UNTIL] = "kept", [EXH_DUE] = "due",
};
static const char *const unknown_words[] = {
    [EXH_KNOWN] = "known", [EXH_UNKNOWN_STATUS] = "status", [EXH_UNKNOWN_NO_STATUS] = "no-status",
    [EXH_UNKNOWN_NO_RULE] = "no-rule", [EXH_UNKNOWN_UNCONFIRMED] = "unconfirmed",
};

const char *exh_decision_kind_word(enum exh_decision_kind kind)
{
    return kind_words[kind];
}

const char *exh_unknown_word(enum exh_unknown unknown)
{
    return unknown_words[unknown];
}

void exh_decision_clear(struct exh_decision *decision)
{
    for (size_t i = 0; i < decision->match_count; i++)
        exh_strings_clear(&decision->matches[i].lines);
    free(decision->matches);
    free(decision->sentence);
    exh_strings_clear(&decision->holds);
    exh_strings_clear(&decision->findings);
    exh_strings_clear(&decision->changes);
    *decision = (struct exh_decision)EXH_DECISION_NONE;
}

/* ---- which rules match ---- */

static struct asked ask(const struct exh_policy *policy, const struct exh_setting *setting, const struct exh_life *life)
{
    const char *zone = policy->zone ? policy->zone : setting->zone;

    return (struct asked){ life, zone, exh_date_of(life->now, zone), false };
}

/* Adds the policy's matches to the decision's. */
static void collect(struct exh_decision *decision, const struct exh_policy *policy, const struct exh_setting *setting,
                    const struct exh_life *life)
{
    struct asked asked = ask(policy, setting, life);

    for (size_t i = 0; i < policy->rule_count; i++) {
        struct exh_match match;
        if (!exh_rule_match(policy, &policy->rules[i], setting, &asked, &match))
            continue;
        decision->matches = exh_realloc_array(decision->matches, decision->match_count + 1, sizeof *decision->matches);
        decision->matches[decision->match_count++] = match;
    }
}

/* ---- which of them decides ---- */

/* Of two that keep equally long, review comes before deletion, and what is confirmed before what is not. */
static bool outlasts(const struct exh_match *a, const struct exh_match *b)
{
    if (a->has_end != b->has_end)
        return !a->has_end;
    if (a->has_end && a->end.ns != b->end.ns)
        return a->end.ns > b->end.ns;
    if (a->has_end && a->rule->then != b->rule->then)
        return a->rule->then == EXH_THEN_REVIEW;
    return a->confirmed && !b->confirmed;
}

static const struct exh_match *longest(const struct exh_match *matches, size_t count, bool whichever_first)
{
    const struct exh_match *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (matches[i].rule->whichever_first == whichever_first && (!best || outlasts(&matches[i], best)))
            best = &matches[i];
    return best;
}

/* The earliest of the rules that let go before others do. What is not confirmed lets nothing go. */
static const struct exh_match *first_to_let_go(const struct exh_match *matches, size_t count)
{
    const struct exh_match *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (matches[i].rule->whichever_first && matches[i].confirmed && matches[i].has_end
            && (!best || outlasts(best, &matches[i])))
            best = &matches[i];
    return best;
}

/* NULL where none matches. */
static const struct exh_match *decider_of(const struct exh_match *matches, size_t count)
{
    const struct exh_match *base = longest(matches, count, false), *first = first_to_let_go(matches, count);

    if (!base)
        return first ? first : longest(matches, count, true);
    return first && (!base->has_end || first->end.ns < base->end.ns) ? first : base;
}

/* ---- what it says now ---- */

static bool is_held(const struct exh_life *life)
{
    for (size_t i = 0; i < life->hold_count; i++)
        if (!life->holds[i].released)
            return true;
    return false;
}

bool exh_life_unknown_status(const struct exh_policy *policy, const struct exh_life *life, const char **ret_word)
{
    for (size_t i = 0; i < life->status_count; i++)
        if (!life->statuses[i].superseded && !exh_policy_names_status(policy, life->statuses[i].word)) {
            *ret_word = life->statuses[i].word;
            return true;
        }
    return false;
}

static bool has_status(const struct exh_life *life)
{
    for (size_t i = 0; i < life->status_count; i++)
        if (!life->statuses[i].superseded)
            return true;
    return false;
}

static enum exh_unknown unknown_of(const struct exh_decision *decision, const struct exh_policy *policy,
                                   const struct exh_life *life)
{
    const struct exh_match *decider = decision->decider;
    const char *word;

    if (exh_life_unknown_status(policy, life, &word))
        return EXH_UNKNOWN_STATUS;
    if (!decider)
        return EXH_UNKNOWN_NO_RULE;
    if (decider->has_end && decider->rule->needs_status && !has_status(life))
        return EXH_UNKNOWN_NO_STATUS;
    return decider->has_end && decider->end.ns <= life->now.ns && !decider->confirmed ? EXH_UNKNOWN_UNCONFIRMED
                                                                                      : EXH_KNOWN;
}

static void conclude(struct exh_decision *decision, const struct exh_policy *policy, const struct exh_setting *setting,
                     const struct exh_life *life)
{
    struct asked asked = ask(policy, setting, life);
    const struct exh_match *decider = decision->decider;

    decision->unknown = unknown_of(decision, policy, life);
    decision->has_end = decider && decider->has_end;
    decision->end = decision->has_end ? decider->end : (struct exh_moment){ 0 };
    decision->then = decider ? decider->rule->then : EXH_THEN_REVIEW;
    if (decision->unknown != EXH_KNOWN)
        decision->kind = EXH_KEPT_UNKNOWN;
    else
        decision->kind = decision->has_end && decision->end.ns <= life->now.ns ? EXH_DUE : EXH_KEPT_UNTIL;
    decision->without_holds = decision->kind;
    if (is_held(life))
        decision->kind = EXH_KEPT_HELD;
    exh_decision_explain(decision, policy, &asked);
}

bool exh_policy_decide(const struct exh_policy *policy, const struct exh_setting *setting, const struct exh_life *life,
                       struct exh_decision *ret_decision, struct exh_error *err)
{
    struct exh_decision decision = EXH_DECISION_NONE;
    struct asked asked = ask(policy, setting, life);

    if (!exh_life_check(&asked, err))
        return false;
    collect(&decision, policy, setting, life);
    decision.decider = decider_of(decision.matches, decision.match_count);
    conclude(&decision, policy, setting, life);
    *ret_decision = decision;
    return true;
}

/* ---- versions ---- */

/* How many versions are in force or were. */
static bool count_versions(const struct exh_policy_version *versions, size_t count, const struct exh_life *life,
                           size_t *ret_count, struct exh_error *err)
{
    size_t begun = 0;

    for (size_t i = 1; i < count; i++)
        if (versions[i].effective.ns <= versions[i - 1].effective.ns)
            return exh_fail(err, EXH_USAGE,
                            "version '%s' of the policy is in force no later than version '%s' before it: put "
                            "them in the order of their instants",
                            versions[i].policy->version, versions[i - 1].policy->version);
    while (begun < count && versions[begun].effective.ns <= life->now.ns)
        begun++;
    *ret_count = begun;
    return begun > 0 || exh_fail(err, EXH_USAGE, "no policy is in force yet: none is in force from before now on");
}

/* What began on the day of the change may have begun before it; what is not known, too. */
static bool began_before(const struct exh_match *match, struct exh_moment replaced, const char *zone)
{
    if (match->begun.kind == EXH_EFFECT_NONE)
        return true;
    if (match->begun.kind == EXH_EFFECT_INSTANT)
        return match->begun.instant.ns < replaced.ns;
    return exh_date_end(exh_date_before(match->begun.day), zone).ns < replaced.ns;
}

/* Leaves of a replaced version's matches, from @from on, those that still bind: what began before it was replaced.
 * What lets go early does so by that version's word whenever its day came, else a copy would be bound by rules that
 * never bound it. Where only such a rule began before, the item is let go as that version would have: its other rules
 * stay. */
static void leave_binding(struct exh_decision *decision, size_t from, struct exh_moment replaced, const char *zone)
{
    bool any = false, keeps = false;
    size_t left = from;

    for (size_t i = from; i < decision->match_count; i++)
        if (began_before(&decision->matches[i], replaced, zone)) {
            any = true;
            keeps |= !decision->matches[i].rule->whichever_first;
        }
    for (size_t i = from; i < decision->match_count; i++) {
        struct exh_match *match = &decision->matches[i];
        if (any && (!keeps || match->rule->whichever_first || began_before(match, replaced, zone)))
            decision->matches[left++] = *match;
        else
            exh_strings_clear(&match->lines);
    }
    decision->match_count = left;
}

/* The decider of the version in force, or of a replaced one that keeps longer. Where the version in force has no rule
 * for the item, nothing decides. */
static void decide_all(struct exh_decision *decision, const struct exh_policy_version *versions, size_t count,
                       const struct exh_setting *setting, const struct exh_life *life)
{
    collect(decision, versions[count - 1].policy, setting, life);
    if (decision->match_count == 0)
        return;
    size_t best = (size_t)(decider_of(decision->matches, decision->match_count) - decision->matches);
    for (size_t i = count - 1; i-- > 0;) {
        size_t before = decision->match_count;
        collect(decision, versions[i].policy, setting, life);
        leave_binding(decision, before, versions[i + 1].effective, ask(versions[i].policy, setting, life).zone);
        const struct exh_match *chosen = decider_of(decision->matches + before, decision->match_count - before);
        if (chosen && outlasts(chosen, &decision->matches[best]))
            best = (size_t)(chosen - decision->matches);
    }
    decision->decider = &decision->matches[best];
}

bool exh_policy_decide_versions(const struct exh_policy_version *versions, size_t count,
                                const struct exh_setting *setting, const struct exh_life *life,
                                struct exh_decision *ret_decision, struct exh_error *err)
{
    struct exh_decision decision = EXH_DECISION_NONE;
    size_t begun = 0;

    if (!count_versions(versions, count, life, &begun, err))
        return false;
    for (size_t i = 0; i < begun; i++) {
        struct asked asked = ask(versions[i].policy, setting, life);
        if (!exh_life_check(&asked, err))
            return false;
    }
    decide_all(&decision, versions, begun, setting, life);
    conclude(&decision, versions[begun - 1].policy, setting, life);
    *ret_decision = decision;
    return true;
}

/* ---- comparing ---- */

void exh_comparison_clear(struct exh_comparison *comparison)
{
    exh_decision_clear(&comparison->before);
    exh_decision_clear(&comparison->after);
    exh_decision_clear(&comparison->forward);
    free(comparison->sentence);
    *comparison = (struct exh_comparison)EXH_COMPARISON_NONE;
}

/* Below 0: @a lets go earlier than @b. What is not known keeps as long as what has no end. */
static int compare_ends(const struct exh_decision *a, const struct exh_decision *b)
{
    bool a_ends = a->has_end && a->without_holds != EXH_KEPT_UNKNOWN,
         b_ends = b->has_end && b->without_holds != EXH_KEPT_UNKNOWN;

    if (!a_ends || !b_ends)
        return b_ends - a_ends;
    return a->end.ns < b->end.ns ? -1 : a->end.ns > b->end.ns;
}

static char *compare_words(const struct exh_comparison *c)
{
    if (!c->shortened && !c->lengthened)
        return exh_format("the same end under both: %s", c->after.sentence);
    return exh_format("%s: before, %s; by itself after, %s; so it is now %s", c->shortened ? "shortened" : "lengthened",
                      c->before.sentence, c->after.sentence, c->forward.sentence);
}

bool exh_policy_compare(const struct exh_policy *before, const struct exh_policy *after, struct exh_moment effective,
                        const struct exh_setting *setting, const struct exh_life *life,
                        struct exh_comparison *ret_comparison, struct exh_error *err)
{
    EXH_CLEANUP(exh_comparison_clear) struct exh_comparison c = EXH_COMPARISON_NONE;
    const struct exh_policy_version versions[] = { { before, { INT64_MIN } }, { after, effective } };

    if (!exh_policy_decide(before, setting, life, &c.before, err)
        || !exh_policy_decide(after, setting, life, &c.after, err)
        || !exh_policy_decide_versions(versions, EXH_COUNT(versions), setting, life, &c.forward, err))
        return false;
    int order = compare_ends(&c.after, &c.before);
    c.shortened = order < 0;
    c.lengthened = order > 0;
    c.sentence = compare_words(&c);
    *ret_comparison = c;
    c = (struct exh_comparison)EXH_COMPARISON_NONE;
    return true;
}
