/* policy: one rule over one life: whether it matches, and how long it keeps, reckoned line by line. */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

static bool is_for(const struct exh_policy *policy, const struct exh_rule *rule, const struct exh_life *life)
{
    enum exh_custodian custodian = life->custodian ? life->custodian : policy->custodian;

    return !rule->information && rule->cases & 1u << life->case_type && rule->items & 1u << life->item
        && (rule->custodian == EXH_CUSTODIAN_UNSAID || rule->custodian == custodian);
}

/* Stopped by what came after all that began the rule. What has not taken effect yet stops nothing. Of one day, statuses
 * are in their order; a date (made ready, handed over) that began the rule is taken to come before what stops it. */
static bool is_stopped(const struct exh_rule *rule, const struct asked *asked, const struct happening *began)
{
    struct asked of_past = *asked;

    of_past.only_past = true;
    struct happening stop = exh_happened_any(&of_past, &rule->stops);
    return stop.so && stop.dated && !exh_happening_after(began, &stop);
}

/* ---- the reckoning ---- */

/* "status convicted on 2026-08-31 (2026-08-31T14:00:00Z)" */
static char *happening_words(const struct happening *h)
{
    EXH_CLEANUP(exh_freep) char *term = exh_term_words(h->term);
    char day[EXH_DATE_SIZE], instant[EXH_MOMENT_SIZE];

    if (!h->dated)
        return exh_strdup(term);
    exh_date_words(h->day, day);
    if (h->effect.kind != EXH_EFFECT_INSTANT)
        return exh_format("%s on %s", term, day);
    exh_moment_utc(h->effect.instant, instant);
    return exh_format("%s on %s (%s)", term, day, instant);
}

static void no_end(struct exh_match *match, const char *why)
{
    match->has_end = false;
    exh_strings_addf(&match->lines, "no end: %s", why);
}

/* Takes the period's steps from @day on. False where they lead past the last year. */
static bool take_steps(struct exh_match *match, const struct exh_period *period, struct exh_date *day)
{
    char before[EXH_DATE_SIZE], after[EXH_DATE_SIZE];
    bool clipped;

    for (size_t i = 0; i < period->count; i++) {
        struct exh_period one = { .steps = { period->steps[i] }, .count = 1 };
        EXH_CLEANUP(exh_freep) char *words = exh_period_words(&one);
        exh_date_words(*day, before);
        *day = exh_date_add(*day, period->steps[i], &clipped);
        exh_date_words(*day, after);
        exh_strings_addf(&match->lines, "%s + %s = %s%s", before, words, after,
                         clipped ? " (clipped to the end of the month)" : "");
        if (!exh_date_is_valid(*day))
            return false;
    }
    return true;
}

/* Kept until the later day. False: that is not known, and so there is no end. */
static bool take_also(struct exh_match *match, const struct asked *asked, struct exh_date *day)
{
    const struct exh_terms *terms = &match->rule->also_until;
    char words[EXH_DATE_SIZE];

    if (terms->count == 0)
        return true;
    struct happening also = exh_happened_all(asked, terms, NULL);
    if (!also.so) {
        EXH_CLEANUP(exh_freep) char *missing = exh_terms_words(terms);
        EXH_CLEANUP(exh_freep) char *why =
            exh_format("it is kept also until %s, which is not known or not yet so", missing);
        no_end(match, why);
        return false;
    }
    EXH_CLEANUP(exh_freep) char *happened = happening_words(&also);
    bool later = also.dated && exh_date_compare(also.day, *day) > 0;
    if (later)
        *day = also.day;
    exh_date_words(*day, words);
    exh_strings_addf(&match->lines, "also until %s: %s %s", happened, later ? "later, so" : "not later, so it stays",
                     words);
    return true;
}

static void take_end(struct exh_match *match, struct exh_date day, const char *zone)
{
    char words[EXH_DATE_SIZE], utc[EXH_MOMENT_SIZE], local[EXH_MOMENT_SIZE];

    match->has_end = true;
    match->last_day = day;
    match->end = exh_date_end(day, zone);
    exh_date_words(day, words);
    exh_moment_utc(match->end, utc);
    exh_moment_local(match->end, zone, local);
    exh_strings_addf(&match->lines, "kept to the end of %s in %s: due from %s (%s) on", words, zone, utc, local);
}

/* The day that the period is counted from: of what the rule says, else of the trigger. */
static struct happening base_of(struct exh_match *match, const struct asked *asked, const struct happening *trigger)
{
    const struct exh_terms *from = &match->rule->from;
    struct happening base = exh_happened_any(asked, from);
    EXH_CLEANUP(exh_freep) char *wanted = exh_terms_words(from);

    if (from->count == 0)
        return *trigger;
    if (!base.so || !base.dated) {
        exh_strings_addf(&match->lines, "counted from the trigger: when %s was is not known", wanted);
        return *trigger;
    }
    EXH_CLEANUP(exh_freep) char *found = happening_words(&base);
    exh_strings_addf(&match->lines, "counted from %s", found);
    return base;
}

static void reckon(struct exh_match *match, const struct asked *asked, const struct happening *trigger)
{
    const struct exh_rule *rule = match->rule;
    struct happening base = base_of(match, asked, trigger);
    struct exh_date day = base.day;

    if (rule->period.no_end)
        no_end(match, "the rule's period has none");
    else if (!base.dated)
        no_end(match, "what it is counted from has no date");
    else if (!take_steps(match, &rule->period, &day))
        no_end(match, "that is later than days are reckoned here, up to the year 2200");
    else if (take_also(match, asked, &day))
        take_end(match, day, asked->zone);
}

/* ---- reminders ---- */

static void take_mark(struct exh_match *match, const struct asked *asked, struct exh_date day)
{
    struct exh_moment mark = exh_date_end(day, asked->zone);
    bool past = mark.ns <= asked->life->now.ns;

    if (past && (!match->has_reminder_past || mark.ns > match->reminder_past.ns)) {
        match->has_reminder_past = true;
        match->reminder_past = mark;
    } else if (!past && (!match->has_reminder_next || mark.ns < match->reminder_next.ns)) {
        match->has_reminder_next = true;
        match->reminder_next = mark;
    }
}

/* So many times the period on from @day. What is far past the days there are comes out as one that is past them. */
static struct exh_date add_period(struct exh_date day, const struct exh_period *period, unsigned times)
{
    enum { FAR = 400000 };               /* days: a thousand years */

    for (size_t i = 0; i < period->count; i++) {
        struct exh_period_step step = period->steps[i];
        uint64_t count = (uint64_t)step.count * times;
        if (count > FAR)
            return (struct exh_date){ EXH_DATE_LAST_YEAR + 1, 1, 1 };
        step.count = (unsigned)count;
        day = exh_date_add(day, step, NULL);
    }
    return day;
}

/* How often an interval fits between two days. The days go up with the number of times: halve. */
static unsigned times_before(struct exh_date begin, struct exh_date today, const struct exh_period *every)
{
    unsigned low = 0, high = 1u << 20;

    while (high - low > 1) {
        unsigned middle = low + (high - low) / 2;
        if (exh_date_compare(add_period(begin, every, middle), today) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void take_reminders(struct exh_match *match, const struct asked *asked, struct exh_date begin)
{
    const struct exh_rule *rule = match->rule;
    const struct exh_period *every =
        rule->review_every.count || match->has_end ? &rule->review_every : &match->policy->review_every;

    for (size_t i = 0; i < rule->reminder_count; i++) {
        struct exh_date day = add_period(begin, &rule->reminders[i], 1);
        if (exh_date_is_valid(day))
            take_mark(match, asked, day);
    }
    if (every->count == 0)
        return;
    /* A day's mark is its end: the one of today is still to come. */
    unsigned before = times_before(begin, asked->today, every);
    for (unsigned i = before > 2 ? before - 1 : 1; i <= before + 1; i++) {
        struct exh_date day = add_period(begin, every, i);
        if (exh_date_is_valid(day))
            take_mark(match, asked, day);
    }
}

static void say_reminders(struct exh_match *match)
{
    char words[EXH_MOMENT_SIZE];

    if (match->has_reminder_past) {
        exh_moment_utc(match->reminder_past, words);
        exh_strings_addf(&match->lines, "somebody was to look at it by %s", words);
    }
    if (match->has_reminder_next) {
        exh_moment_utc(match->reminder_next, words);
        exh_strings_addf(&match->lines, "somebody is to look at it by %s", words);
    }
}

/* ---- the match ---- */

/* What is so from the beginning began when the item was collected. */
static void take_beginning(struct exh_match *match, const struct asked *asked, const struct happening *began)
{
    static const struct exh_term collection = { .kind = EXH_TERM_FACT, .fact = EXH_FACT_COLLECTED };
    struct happening collected = exh_happened(asked, &collection, NULL);
    const struct happening *known = began->dated ? began : &collected;
    EXH_CLEANUP(exh_freep) char *words = happening_words(began);

    exh_strings_addf(&match->lines, "%s (%s): %s", match->rule->id, match->rule->title, words);
    if (began->dated)
        match->trigger = began->day;
    match->begun = known->effect;
}

static void end_lines(struct exh_match *match)
{
    const struct exh_rule *rule = match->rule;

    if (match->has_end)
        exh_strings_addf(&match->lines, "then: %s", exh_then_word(rule->then));
    if (rule->whichever_first)
        exh_strings_addf(&match->lines, "comes before rules that keep longer");
    exh_strings_addf(&match->lines, "legal source: %s", rule->legal);
    if (!rule->sure)
        exh_strings_addf(&match->lines, "not sure%s",
                         match->confirmed ? ", and confirmed by the store" : ", and not confirmed by the store");
}

static void wait_for_trigger(struct exh_match *match)
{
    EXH_CLEANUP(exh_freep) char *words = exh_terms_words(&match->rule->trigger);
    EXH_CLEANUP(exh_freep) char *why = exh_format("it waits for %s", words);

    no_end(match, why);
}

bool exh_rule_match(const struct exh_policy *policy, const struct exh_rule *rule, const struct exh_setting *setting,
                    const struct asked *asked, struct exh_match *ret_match)
{
    struct exh_match match = { .policy = policy, .rule = rule };

    if (!is_for(policy, rule, asked->life))
        return false;
    struct happening begin = exh_happened_any(asked, &rule->begins);
    struct happening overtaking = exh_happened_status(asked, &rule->begins);
    struct happening trigger = exh_happened_all(asked, &rule->trigger, &overtaking);
    if (!begin.so && !trigger.so)
        return false;
    struct happening began = trigger.so && !exh_happening_after(&begin, &trigger) ? trigger : begin;
    if (is_stopped(rule, asked, &began))
        return false;
    match.triggered = trigger.so;
    match.confirmed = exh_rule_is_confirmed(rule, setting->confirmed);
    take_beginning(&match, asked, trigger.so ? &trigger : &begin);
    if (match.triggered)
        reckon(&match, asked, &trigger);
    else
        wait_for_trigger(&match);
    if (match.begun.kind != EXH_EFFECT_NONE)
        take_reminders(&match, asked, exh_effect_day(&match.begun, asked->zone));
    say_reminders(&match);
    end_lines(&match);
    *ret_match = match;
    return true;
}
