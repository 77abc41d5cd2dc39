/* policy: the decision in words: what it is, what holds it, what is not known, and what would change it. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

/* "R07 (Convicted, no custody)", and which version where it is not the one in force. Free with free(). */
static char *rule_words(const struct exh_match *match, const struct exh_policy *policy)
{
    if (match->policy == policy)
        return exh_format("%s (%s)", match->rule->id, match->rule->title);
    return exh_format("%s (%s) of version %s of the policy, which was in force when that began", match->rule->id,
                      match->rule->title, match->policy->version);
}

/* "2027-03-01 00:00:00 GMT (2027-03-01T00:00:00Z)". Free with free(). */
static char *moment_words(struct exh_moment moment, const char *zone)
{
    char utc[EXH_MOMENT_SIZE], local[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, utc);
    exh_moment_local(moment, zone, local);
    return exh_format("%s (%s)", local, utc);
}

/* ---- the sentence ---- */

static char *unknown_words_of(const struct exh_decision *d, const struct exh_policy *policy, const struct asked *asked)
{
    EXH_CLEANUP(exh_freep) char *rule = d->decider ? rule_words(d->decider, policy) : NULL;
    enum exh_unknown why = d->unknown;
    const char *status;

    if (exh_life_unknown_status(policy, asked->life, &status)) {
        EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(status, 60);
        return exh_format("kept because nothing is known: the policy does not name status '%s'", shown);
    }
    if (why == EXH_UNKNOWN_NO_STATUS)
        return exh_format("kept because nothing is known: the case has no status, and %s needs one", rule);
    if (why == EXH_UNKNOWN_UNCONFIRMED)
        return exh_format(
            "kept because nothing is known: only %s would make it due, which is not sure, and not confirmed", rule);
    return exh_strdup("kept because nothing is known: no rule matches");
}

/* What holds aside. */
static char *plain_words(const struct exh_decision *d, const struct exh_policy *policy, const struct asked *asked)
{
    if (d->without_holds == EXH_KEPT_UNKNOWN)
        return unknown_words_of(d, policy, asked);
    EXH_CLEANUP(exh_freep) char *rule = rule_words(d->decider, policy), *end = moment_words(d->end, asked->zone);
    if (!d->has_end)
        return exh_format("kept without an end by %s", rule);
    if (d->without_holds == EXH_KEPT_UNTIL)
        return exh_format("kept until %s by %s, then %s", end, rule, exh_then_word(d->then));
    return exh_format("due for %s since %s by %s", d->then == EXH_THEN_DELETE ? "deletion" : "review", end, rule);
}

/* ---- holds ---- */

static void say_hold(struct exh_decision *d, const struct exh_life_hold *hold, const struct asked *asked)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *id = exh_text_brief(hold->id, 60),
         *reason = exh_text_brief(hold->reason ? hold->reason : "its reason is sealed", 400);
    char day[EXH_DATE_SIZE];

    exh_text_printf(&text, "hold %s: %s", id, reason);
    if (hold->placed.kind != EXH_EFFECT_NONE) {
        exh_date_words(exh_effect_day(&hold->placed, asked->zone), day);
        exh_text_printf(&text, "; placed on %s", day);
    }
    if (hold->review.kind != EXH_EFFECT_NONE) {
        struct exh_date review = exh_effect_day(&hold->review, asked->zone);
        exh_date_words(review, day);
        exh_text_printf(&text, "; to be reviewed on %s%s", day,
                        exh_date_compare(review, asked->today) < 0 ? ", which is past: it holds all the same" : "");
    }
    EXH_CLEANUP(exh_freep) char *words = exh_text_take(&text);
    exh_strings_add(&d->holds, words);
    exh_strings_addf(&d->changes, "hold %s is released", id);
}

static char *held_words(const struct exh_decision *d, const char *plain)
{
    return exh_format("kept because held by %zu hold%s; without %s: %s", d->holds.count, d->holds.count == 1 ? "" : "s",
                      d->holds.count == 1 ? "it" : "them", plain);
}

/* ---- what is odd, and what would change it ---- */

static void find_future(struct exh_decision *d, const struct asked *asked)
{
    for (size_t i = 0; i < asked->life->status_count; i++) {
        const struct exh_status *status = &asked->life->statuses[i];
        EXH_CLEANUP(exh_freep) char *word = exh_text_brief(status->word, 60);
        struct exh_date day = exh_effect_day(&status->effect, asked->zone);
        char words[EXH_DATE_SIZE];
        exh_date_words(day, words);
        if (!status->superseded && exh_date_compare(day, asked->today) > 0)
            exh_strings_addf(
                &d->findings,
                "status '%s' takes effect on %s, which is still to come: is the date, or the clock, right?", word,
                words);
    }
}

static void find_unknown(struct exh_decision *d, const struct exh_policy *policy, const struct asked *asked)
{
    for (size_t i = 0; i < asked->life->status_count; i++) {
        const struct exh_status *status = &asked->life->statuses[i];
        if (status->superseded || exh_policy_names_status(policy, status->word))
            continue;
        EXH_CLEANUP(exh_freep) char *word = exh_text_brief(status->word, 60);
        exh_strings_addf(&d->findings, "status '%s' is not named by the policy", word);
        exh_strings_addf(&d->changes, "status '%s' is corrected, or a version of the policy names it", word);
    }
}

static void find_unconfirmed(struct exh_decision *d)
{
    for (size_t i = 0; i < d->match_count; i++)
        if (!d->matches[i].confirmed)
            exh_strings_addf(&d->findings,
                             "rule %s is not sure, and the store has not confirmed it: it makes nothing due",
                             d->matches[i].rule->id);
}

static void say_what_is_awaited(struct exh_decision *d)
{
    for (size_t i = 0; i < d->match_count; i++) {
        const struct exh_match *match = &d->matches[i];
        EXH_CLEANUP(exh_freep) char *trigger = exh_terms_words(&match->rule->trigger);
        EXH_CLEANUP(exh_freep) char *also = exh_terms_words(&match->rule->also_until);
        if (!match->triggered)
            exh_strings_addf(&d->changes, "%s ends its waiting: %s", match->rule->id, trigger);
        else if (!match->has_end && match->rule->also_until.count)
            exh_strings_addf(&d->changes, "%s gets an end: %s", match->rule->id, also);
    }
}

static void say_changes(struct exh_decision *d, const struct exh_life *life)
{
    const struct exh_match *decider = d->decider;

    if (!decider)
        exh_strings_addf(&d->changes,
                         "a date, status or flag is recorded that begins a rule for a %s of a case of type %s",
                         exh_item_kind_word(life->item), exh_case_type_word(life->case_type));
    else if (d->unknown == EXH_UNKNOWN_NO_STATUS
             || (d->without_holds == EXH_KEPT_UNKNOWN && decider->rule->needs_status && !life->status_count))
        exh_strings_addf(&d->changes, "the case gets a status");
    if (decider && decider->has_end && !decider->confirmed)
        exh_strings_addf(&d->changes, "the store confirms rule %s", decider->rule->id);
    if (d->without_holds == EXH_KEPT_UNTIL && d->has_end)
        exh_strings_addf(&d->changes, "its last day passes");
    say_what_is_awaited(d);
    exh_strings_addf(&d->changes, "a hold is placed");
    exh_strings_addf(&d->changes, "a status, flag or date is recorded or corrected that begins, ends or moves a rule");
}

void exh_decision_explain(struct exh_decision *d, const struct exh_policy *policy, const struct asked *asked)
{
    EXH_CLEANUP(exh_freep) char *plain = plain_words(d, policy, asked);

    for (size_t i = 0; i < asked->life->hold_count; i++)
        if (!asked->life->holds[i].released)
            say_hold(d, &asked->life->holds[i], asked);
    d->sentence = d->holds.count ? held_words(d, plain) : exh_steal(&plain);
    find_unknown(d, policy, asked);
    find_future(d, asked);
    find_unconfirmed(d);
    say_changes(d, asked->life);
}
