/* casefile: acts on a case that is open, replayed. */
#include "parts.h"

#include <string.h>

/* The entry was checked when it was made, by the same rules: here it is the log that contradicts itself. */
static bool contradicts(struct exh_error *err)
{
    err->kind = EXH_MALFORMED;
    return false;
}

/* No zone is further from UTC than a day. */
static bool check_not_to_come(const struct exh_entry *entry, struct exh_date date, struct exh_error *err)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(date, words);
    return exh_date_compare(date, exh_date_add_days(exh_date_of(entry->time, "UTC"), 1)) <= 0
        || exh_fail(err, EXH_MALFORMED, "says what became of a case on %s, which was still to come", words);
}

static void keep_event(struct exh_case *one, struct exh_case_event event, const struct exh_entry *entry)
{
    event.entered = entry->time;
    memcpy(event.entered_by, entry->actor, sizeof event.entered_by);
    one->events = exh_realloc_array(one->events, one->event_count + 1, sizeof *one->events);
    one->events[one->event_count++] = event;
    if (event.corrects)
        one->events[event.corrects - 1].corrected_by = one->event_count;
}

static bool take_status(struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_case_event_clear) struct exh_case_event event = { .status = NULL };

    if (!exh_case_event_read(details, &event, err) || !check_not_to_come(entry, event.date, err))
        return false;
    if (!exh_case_event_check(one, &event, err))
        return contradicts(err);
    keep_event(one, event, entry);
    event = (struct exh_case_event){ .status = NULL };
    return true;
}

static bool take_outcome(struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_case_outcome_clear) struct exh_case_outcome outcome = { .outcome = NULL };

    if (!exh_case_outcome_read(details, &outcome, err) || !check_not_to_come(entry, outcome.date, err))
        return false;
    if (!exh_case_outcome_check(&outcome, err))
        return contradicts(err);
    exh_case_outcome_merge(&one->outcome, &outcome);
    return true;
}

static bool take_reference(struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err)
{
    (void)entry;
    return exh_case_references_take(one, details, err) || contradicts(err);
}

static const struct act {
    const char *name;
    bool (*take)(struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err);
} acts[] = {
    { "case-status", take_status },
    { "case-outcome", take_outcome },
    { "case-reference", take_reference },
};

bool exh_casefile_act(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err)
{
    struct exh_case *one = entry->case_id ? exh_casefile_case(casefile, entry->case_id) : NULL;

    if (!one)
        return exh_fail(err, EXH_MALFORMED, "'%s' of a case that was never opened", entry->act);
    if (one->sealed)
        return true;                     /* nothing of it is known any more */
    if (!details)
        return exh_fail(err, EXH_MALFORMED, "'%s' of case %s has no details that its key opens", entry->act, one->id);
    for (size_t i = 0; i < EXH_COUNT(acts); i++)
        if (strcmp(acts[i].name, entry->act) == 0)
            return acts[i].take(one, entry, details, err);
    return true;
}
