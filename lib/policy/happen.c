/* policy: what happened in a life, and when. */
#include "policy.h"

#include <string.h>

/* ---- positions in time ---- */

struct exh_date exh_effect_day(const struct exh_effect *effect, const char *zone)
{
    return effect->kind == EXH_EFFECT_INSTANT ? exh_date_of(effect->instant, zone) : effect->day;
}

bool exh_happening_after(const struct happening *a, const struct happening *b)
{
    if (!a->so || !a->dated)
        return false;
    if (!b->so || !b->dated)
        return true;
    int days = exh_date_compare(a->day, b->day);
    return days ? days > 0 : a->order > b->order;
}

static void take_later(struct happening *latest, const struct happening *other)
{
    if (other->so && (!latest->so || exh_happening_after(other, latest)))
        *latest = *other;
}

static struct happening of_effect(const struct asked *asked, const struct exh_term *term,
                                  const struct exh_effect *effect, int order)
{
    struct happening h = { .so = effect->kind != EXH_EFFECT_NONE, .term = term, .order = order, .effect = *effect };

    if (h.so)
        h.day = exh_effect_day(effect, asked->zone);
    h.so = h.dated = h.so && !(asked->only_past && exh_date_compare(h.day, asked->today) > 0);
    return h;
}

/* ---- terms ---- */

static bool counts(const struct exh_status *status, const struct exh_term *term)
{
    return !status->superseded && strcmp(status->word, term->word) == 0;
}

/* The latest status of the term's word. Within a day the later entered is the later. */
static struct happening status_of(const struct asked *asked, const struct exh_term *term,
                                  const struct happening *overtaking)
{
    struct happening latest = { .so = false };

    for (size_t i = 0; i < asked->life->status_count; i++) {
        const struct exh_status *status = &asked->life->statuses[i];
        if (!counts(status, term))
            continue;
        struct happening one = of_effect(asked, term, &status->effect, (int)i);
        if (!overtaking || !exh_happening_after(overtaking, &one))
            take_later(&latest, &one);
    }
    return latest;
}

/* The latest end that those statuses name. One of them without an end is awaited: two people may be in custody. */
static struct happening end_of_status(const struct asked *asked, const struct exh_term *term)
{
    struct happening latest = { .so = false };

    for (size_t i = 0; i < asked->life->status_count; i++) {
        const struct exh_status *status = &asked->life->statuses[i];
        if (!counts(status, term))
            continue;
        struct happening one = of_effect(asked, term, &status->end, -1);
        if (!one.so)
            return (struct happening){ .so = false, .awaited = true };
        take_later(&latest, &one);
    }
    return latest;
}

static struct happening flag_of(const struct asked *asked, const struct exh_term *term)
{
    const struct exh_life_flag *flag = &asked->life->flags[term->flag];
    struct happening h = of_effect(asked, term, &flag->since, -1);

    if (flag->state == EXH_MATTER_NONE)
        return (struct happening){ .so = term->kind == EXH_TERM_FLAG_NOT_OPEN, .term = term, .order = -1 };
    h.so = h.so && (flag->state == EXH_MATTER_OPEN) == (term->kind == EXH_TERM_FLAG_OPEN);
    return h;
}

static struct happening outcome_of(const struct asked *asked, const struct exh_term *term)
{
    const struct exh_effect none = { .kind = EXH_EFFECT_NONE };
    bool is_it = asked->life->outcome && strcmp(asked->life->outcome, term->word) == 0;

    return of_effect(asked, term, is_it ? &asked->life->outcome_since : &none, -1);
}

struct happening exh_happened(const struct asked *asked, const struct exh_term *term,
                              const struct happening *overtaking)
{
    switch (term->kind) {
    case EXH_TERM_ALWAYS:        break;
    case EXH_TERM_STATUS:        return status_of(asked, term, overtaking);
    case EXH_TERM_STATUS_END:    return end_of_status(asked, term);
    case EXH_TERM_OUTCOME:       return outcome_of(asked, term);
    case EXH_TERM_FLAG_OPEN:
    case EXH_TERM_FLAG_ENDED:
    case EXH_TERM_FLAG_NOT_OPEN: return flag_of(asked, term);
    case EXH_TERM_FACT:          return of_effect(asked, term, &asked->life->facts[term->fact], -1);
    }
    return (struct happening){ .so = true, .term = term, .order = -1 };
}

/* ---- lists of terms ---- */

struct happening exh_happened_any(const struct asked *asked, const struct exh_terms *terms)
{
    struct happening latest = { .so = false };

    for (size_t i = 0; i < terms->count; i++) {
        struct happening one = exh_happened(asked, &terms->at[i], NULL);
        take_later(&latest, &one);
    }
    return latest;
}

struct happening exh_happened_all(const struct asked *asked, const struct exh_terms *terms,
                                  const struct happening *overtaking)
{
    struct happening latest = { .so = false };

    for (size_t i = 0; i < terms->count;) {
        struct happening of_group = { .so = false };
        unsigned group = terms->at[i].group;
        for (; i < terms->count && terms->at[i].group == group; i++) {
            struct happening one = exh_happened(asked, &terms->at[i], overtaking);
            if (one.awaited)
                return one;
            take_later(&of_group, &one);
        }
        if (!of_group.so)
            return of_group;
        take_later(&latest, &of_group);
    }
    return latest;
}

struct happening exh_happened_status(const struct asked *asked, const struct exh_terms *terms)
{
    struct happening latest = { .so = false };

    for (size_t i = 0; i < terms->count; i++) {
        struct happening one = exh_happened(asked, &terms->at[i], NULL);
        if (terms->at[i].kind == EXH_TERM_STATUS)
            take_later(&latest, &one);
    }
    return latest;
}

/* ---- whether facts can be meant ---- */

/* NONE passes. */
static bool check_effect(const struct asked *asked, const struct exh_effect *effect, const char *what,
                         const char *which, struct exh_error *err)
{
    struct exh_date day = exh_effect_day(effect, asked->zone);
    char words[EXH_DATE_SIZE];

    if (effect->kind == EXH_EFFECT_NONE || exh_date_is_valid(day))
        return true;
    exh_date_words(day, words);
    return exh_fail(err, EXH_USAGE, "%s '%s' has the date %s: give a day that exists, up to the year %d", what, which,
                    words, EXH_DATE_LAST_YEAR);
}

static bool check_status(const struct asked *asked, const struct exh_status *status, struct exh_error *err)
{
    if (!check_effect(asked, &status->effect, "status", status->word, err)
        || !check_effect(asked, &status->end, "the end of status", status->word, err))
        return false;
    if (status->effect.kind == EXH_EFFECT_NONE)
        return exh_fail(err, EXH_USAGE, "status '%s' has no date: say since when it is so", status->word);
    if (status->end.kind != EXH_EFFECT_NONE
        && exh_date_compare(exh_effect_day(&status->end, asked->zone), exh_effect_day(&status->effect, asked->zone))
            < 0)
        return exh_fail(err, EXH_USAGE, "status '%s' ends before it begins: correct one of its dates", status->word);
    return true;
}

static bool check_flag(const struct asked *asked, enum exh_life_matter which, struct exh_error *err)
{
    const struct exh_life_flag *flag = &asked->life->flags[which];

    if (flag->state != EXH_MATTER_NONE && flag->since.kind == EXH_EFFECT_NONE)
        return exh_fail(err, EXH_USAGE, "flag '%s' has no date: say since when it is %s", exh_life_matter_word(which),
                        flag->state == EXH_MATTER_OPEN ? "open" : "ended");
    return check_effect(asked, &flag->since, "flag", exh_life_matter_word(which), err);
}

bool exh_life_check(const struct asked *asked, struct exh_error *err)
{
    const struct exh_life *life = asked->life;

    for (size_t i = 0; i < life->status_count; i++)
        if (!check_status(asked, &life->statuses[i], err))
            return false;
    for (size_t i = 0; i < EXH_MATTERS; i++)
        if (!check_flag(asked, (enum exh_life_matter)i, err))
            return false;
    for (size_t i = 0; i < EXH_FACTS; i++)
        if (!check_effect(asked, &life->facts[i], "date", exh_fact_word((enum exh_fact)i), err))
            return false;
    for (size_t i = 0; i < life->hold_count; i++)
        if (!check_effect(asked, &life->holds[i].placed, "hold", life->holds[i].id, err)
            || !check_effect(asked, &life->holds[i].review, "the review of hold", life->holds[i].id, err))
            return false;
    if (life->outcome && life->outcome_since.kind == EXH_EFFECT_NONE)
        return exh_fail(err, EXH_USAGE, "outcome '%s' has no date: say since when it is so", life->outcome);
    return check_effect(asked, &life->outcome_since, "outcome", life->outcome ? life->outcome : "", err);
}
