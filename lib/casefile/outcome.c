/* casefile: what reports count cases by, and what a case is called elsewhere. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcomes[] = { "arrest", "fine", "penalty-notice", "warning", "none" };

void exh_case_outcome_clear(struct exh_case_outcome *outcome)
{
    free(outcome->outcome);
    free(outcome->town);
    free(outcome->authority);
    *outcome = (struct exh_case_outcome){ .outcome = NULL };
}

static bool is_outcome(const char *words)
{
    for (size_t i = 0; i < EXH_COUNT(outcomes); i++)
        if (strcmp(outcomes[i], words) == 0)
            return true;
    return false;
}

static bool check_said(const struct exh_case_outcome *outcome, struct exh_error *err)
{
    if (outcome->outcome && !is_outcome(outcome->outcome))
        return exh_fail(err, EXH_USAGE, "'%s' is not an outcome: use arrest, fine, penalty-notice, warning or none", outcome->outcome);
    if (!outcome->outcome != !outcome->date.year)
        return exh_fail(err, EXH_USAGE, "an outcome and its day go together");
    return exh_case_text_check("the town", outcome->town, EXH_CASE_LONGEST_NAME, err)
        && exh_case_text_check("the authority", outcome->authority, EXH_CASE_LONGEST_NAME, err);
}

bool exh_case_outcome_check(const struct exh_case_outcome *outcome, struct exh_error *err)
{
    if (!outcome->outcome && !outcome->cctv_led && !outcome->town && !outcome->authority)
        return exh_fail(err, EXH_USAGE, "nothing is said: give an outcome, whether cameras led to it, a town or an authority");
    return check_said(outcome, err);
}

struct exh_json *exh_case_outcome_details(const struct exh_case_outcome *outcome)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "outcome", outcome->outcome);
    exh_case_set_date(details, "date", outcome->date);
    if (outcome->cctv_led)
        exh_json_set_bool(details, "cctv_led", outcome->cctv_led == EXH_ANSWER_YES);
    exh_json_set_text(details, "town", outcome->town);
    exh_json_set_text(details, "authority", outcome->authority);
    return details;
}

bool exh_case_outcome_read(const struct exh_json *details, struct exh_case_outcome *ret_outcome, struct exh_error *err)
{
    EXH_CLEANUP(exh_case_outcome_clear) struct exh_case_outcome outcome = {
        .outcome = exh_strdup(exh_json_text_or(details, "outcome", NULL)), .cctv_led = exh_case_take_answer(details, "cctv_led"),
        .town = exh_strdup(exh_json_text_or(details, "town", NULL)),
        .authority = exh_strdup(exh_json_text_or(details, "authority", NULL)) };

    if (!exh_case_take_date(details, "date", &outcome.date, err))
        return false;
    if (!check_said(&outcome, err)) {
        err->kind = EXH_MALFORMED;
        return false;
    }
    *ret_outcome = outcome;
    outcome = (struct exh_case_outcome){ .outcome = NULL };
    return true;
}

static void take_text(char **known, char **later)
{
    if (!*later)
        return;
    free(*known);
    *known = exh_steal(later);
}

void exh_case_outcome_merge(struct exh_case_outcome *known, struct exh_case_outcome *later)
{
    if (later->outcome)
        known->date = later->date;
    if (later->cctv_led)
        known->cctv_led = later->cctv_led;
    take_text(&known->outcome, &later->outcome);
    take_text(&known->town, &later->town);
    take_text(&known->authority, &later->authority);
}

/* ---- references ---- */

static bool check_reference(const struct exh_case *one, const struct exh_strings *references, size_t at, bool remove, struct exh_error *err)
{
    const char *reference = references->at[at];
    bool there = exh_strings_contain(&one->references, reference);

    if (!exh_case_reference_check(reference, err))
        return false;
    for (size_t i = 0; i < at; i++)
        if (strcmp(references->at[i], reference) == 0)
            return exh_fail(err, EXH_USAGE, "reference '%s' is given twice", reference);
    if (remove && !there)
        return exh_fail(err, EXH_USAGE, "case %s has no reference '%s'; 'exhibit case show %s' lists them", one->id, reference, one->id);
    return remove || !there || exh_fail(err, EXH_REFUSED, "case %s has reference '%s' already", one->id, reference);
}

bool exh_case_references_check(const struct exh_case *one, const struct exh_strings *references, bool remove, struct exh_error *err)
{
    if (!references->count)
        return exh_fail(err, EXH_USAGE, "no reference is given");
    if (!remove && one->references.count + references->count > EXH_CASE_MOST_REFERENCES)
        return exh_fail(err, EXH_REFUSED, "case %s would have more than %d references", one->id, EXH_CASE_MOST_REFERENCES);
    for (size_t i = 0; i < references->count; i++)
        if (!check_reference(one, references, i, remove, err))
            return false;
    return true;
}

struct exh_json *exh_case_references_details(const struct exh_strings *references, bool remove)
{
    struct exh_json *details = exh_json_object(), *list = exh_json_array();

    for (size_t i = 0; i < references->count; i++)
        exh_json_add_text(list, references->at[i]);
    exh_json_set(details, remove ? "removed" : "added", list);
    return details;
}

static void remove_reference(struct exh_strings *references, const char *words)
{
    struct exh_strings left = EXH_STRINGS_NONE;

    for (size_t i = 0; i < references->count; i++)
        if (strcmp(references->at[i], words) != 0)
            exh_strings_add(&left, references->at[i]);
    exh_strings_clear(references);
    *references = left;
}

bool exh_case_references_take(struct exh_case *one, const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings references = EXH_STRINGS_NONE;
    const struct exh_json *removed = exh_json_get(details, "removed"), *list = removed ? removed : exh_json_get(details, "added");

    for (size_t i = 0; i < exh_json_count(list); i++) {
        const char *words = exh_json_as_text(exh_json_at(list, i));
        exh_strings_add(&references, words ? words : "");
    }
    if (!exh_case_references_check(one, &references, removed, err))
        return false;
    for (size_t i = 0; i < references.count; i++)
        if (removed)
            remove_reference(&one->references, references.at[i]);
        else
            exh_strings_add(&one->references, references.at[i]);
    return true;
}

/* ---- finding cases ---- */

bool exh_case_mentions(const struct exh_case *one, const char *word)
{
    for (size_t i = 0; i < one->references.count; i++)
        if (strcasestr(one->references.at[i], word))
            return true;
    return (one->title && strcasestr(one->title, word)) || (one->outcome.town && strcasestr(one->outcome.town, word));
}
