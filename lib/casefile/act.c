/* casefile: acts on a case that is open, replayed. */
#include "parts.h"

#include <string.h>

bool exh_case_check_not_to_come(const struct exh_entry *entry, struct exh_date date, struct exh_error *err)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(date, words);
    return exh_date_compare(date, exh_date_add_days(exh_date_of(entry->time, "UTC"), 1)) <= 0
        || exh_fail(err, EXH_MALFORMED, "says what happened on %s, which was still to come", words);
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

static bool take_status(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_case_event_clear) struct exh_case_event event = { .status = NULL };

    (void)casefile;
    if (!exh_case_event_read(details, &event, err) || !exh_case_check_not_to_come(entry, event.date, err))
        return false;
    if (!exh_case_event_check(one, &event, err))
        return false;
    keep_event(one, event, entry);
    event = (struct exh_case_event){ .status = NULL };
    return true;
}

static bool take_outcome(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_case_outcome_clear) struct exh_case_outcome outcome = { .outcome = NULL };

    (void)casefile;
    if (!exh_case_outcome_read(details, &outcome, err) || !exh_case_check_not_to_come(entry, outcome.date, err))
        return false;
    if (!exh_case_outcome_check(&outcome, err))
        return false;
    exh_case_outcome_merge(&one->outcome, &outcome);
    return true;
}

static bool take_reference(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details,
                           struct exh_error *err)
{
    (void)casefile;
    (void)entry;
    return exh_case_references_take(one, details, err);
}

/* What stands in clear is known of a sealed case too: that a hold was placed, and released. */
static const struct act {
    const char *name;
    bool sealed_too;
    bool (*take)(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry, const struct exh_json *details,
                 struct exh_error *err);
} acts[] = {
    { "case-status", false, take_status },
    { "case-outcome", false, take_outcome },
    { "case-reference", false, take_reference },
    { "case-hold", true, exh_casefile_take_hold },
    { "case-review", true, exh_casefile_take_review },
    { "case-release", true, exh_casefile_take_release },
    { "case-purpose", false, exh_casefile_take_purpose },
    { "case-request", true, exh_casefile_take_request },
    { "case-approve", true, exh_casefile_take_approval },
    { "disclose", true, exh_casefile_take_disclosure },
    { "disclose-ready", true, exh_casefile_take_notice },
    { "receipt-issue", true, exh_casefile_take_receipt_form },
    { "receipt-accept", true, exh_casefile_take_receipt },
};

static bool take(const struct act *act, struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                 const struct exh_json *details, struct exh_error *err)
{
    if (one->sealed && !act->sealed_too)
        return true;                     /* nothing of it is known any more */
    if (!one->sealed && !details)
        return exh_fail(err, EXH_MALFORMED, "'%s' of case %s has no details that its key opens", entry->act, one->id);
    if (act->take(casefile, one, entry, one->sealed ? NULL : details, err))
        return true;
    /* The entry was judged by the same rules when it was made: here it is the log that contradicts itself. */
    err->kind = EXH_MALFORMED;
    return false;
}

bool exh_casefile_act(struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_json *details, struct exh_error *err)
{
    struct exh_case *one = entry->case_id ? exh_casefile_case(casefile, entry->case_id) : NULL;

    if (!one)
        return exh_fail(err, EXH_MALFORMED, "'%s' of a case that was never opened", entry->act);
    for (size_t i = 0; i < EXH_COUNT(acts); i++)
        if (strcmp(acts[i].name, entry->act) == 0)
            return take(&acts[i], casefile, one, entry, details, err);
    return true;
}
