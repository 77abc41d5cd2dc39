/* casefile: holds: orders not to dispose, how they are placed, reviewed and released. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const codes[] = { "appeal", "ccrc", "coroner", "civil", "subject-access", "dhr", "complaint", "court-order",
                                     "live-investigation", "other" };

const char *exh_hold_code_at(size_t index)
{
    return index < EXH_COUNT(codes) ? codes[index] : NULL;
}

static void clear_order(struct exh_hold *hold)
{
    free(hold->code);
    free(hold->authority);
    free(hold->reference);
    free(hold->note);
    hold->code = hold->authority = hold->reference = hold->note = NULL;
}

void exh_hold_clear(struct exh_hold *hold)
{
    clear_order(hold);
    free(hold->release_reason);
    free(hold->release_authority);
    *hold = (struct exh_hold){ .own = false };
}

struct exh_hold *exh_casefile_hold(const struct exh_casefile *casefile, const char *id)
{
    for (size_t i = casefile->hold_count; i-- > 0;)
        if (strcmp(casefile->holds[i].id, id) == 0)
            return &casefile->holds[i];
    return NULL;
}

bool exh_hold_is_on(const struct exh_hold *hold, const struct exh_exhibit *exhibit)
{
    return strcmp(hold->case_id, exhibit->case_id) == 0
        && (!*hold->exhibit || strcmp(hold->exhibit, exhibit->reference) == 0 || strcmp(hold->exhibit, exhibit->of) == 0);
}

void exh_casefile_next_hold(const struct exh_case *one, char ret_id[24])
{
    snprintf(ret_id, 24, "%.15s-H%zu", one->id, (one->hold_count + 1) % 1000000);
}

/* ---- judging ---- */

static bool check_code(const struct exh_hold *hold, struct exh_error *err)
{
    for (size_t i = 0; hold->code && i < EXH_COUNT(codes); i++)
        if (strcmp(codes[i], hold->code) == 0)
            return strcmp(hold->code, "other") != 0 || hold->note
                || exh_fail(err, EXH_USAGE, "a hold for reason 'other' needs a note that says it");
    return exh_fail(err, EXH_USAGE, "'%s' is no reason of a hold: use appeal, ccrc, coroner, civil, subject-access, dhr, complaint, "
                    "court-order, live-investigation or other", hold->code ? hold->code : "");
}

static bool check_texts(const struct exh_hold *hold, struct exh_error *err)
{
    if (!hold->authority || !hold->reference)
        return exh_fail(err, EXH_USAGE, "a hold needs the authority that wants it, and what they call it");
    return exh_case_text_check("the authority", hold->authority, EXH_CASE_LONGEST_TEXT, err)
        && exh_case_text_check("the reference", hold->reference, EXH_CASE_LONGEST_TEXT, err)
        && exh_case_text_check("the note", hold->note, EXH_CASE_LONGEST_TEXT, err);
}

static bool fail_no_exhibit(const struct exh_casefile *casefile, const struct exh_case *one, const char *reference, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings references = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *remedy = exh_format("'exhibit case show %s' lists them", one->id);

    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (strcmp(casefile->exhibits[i].case_id, one->id) == 0)
            exh_strings_add(&references, casefile->exhibits[i].reference);
    return exh_text_unknown(&references, reference, remedy, err, "case %s has no exhibit '%s'", one->id, reference);
}

static bool check_exhibit(const struct exh_casefile *casefile, const struct exh_case *one, const char *reference, struct exh_error *err)
{
    const struct exh_exhibit *exhibit = *reference ? exh_casefile_exhibit(casefile, reference) : NULL;

    if (*reference && !(exhibit && strcmp(exhibit->case_id, one->id) == 0))
        return fail_no_exhibit(casefile, one, reference, err);
    return !exhibit || (exhibit->state != EXH_EXHIBIT_DESTROYING && exhibit->state != EXH_EXHIBIT_DESTROYED)
        || exh_fail(err, EXH_REFUSED, "exhibit %s is %s: no hold can keep it any more", reference, exh_exhibit_state_words(exhibit->state));
}

bool exh_hold_review_check(struct exh_date review, struct exh_date today, struct exh_error *err)
{
    struct exh_date last = exh_date_add_months(today, EXH_HOLD_MONTHS);
    char words[EXH_DATE_SIZE], limit[EXH_DATE_SIZE];

    exh_date_words(review, words);
    exh_date_words(last, limit);
    if (!review.year)
        return exh_fail(err, EXH_USAGE, "a hold needs a day on which it is reviewed, %d months from now at most", EXH_HOLD_MONTHS);
    if (exh_date_compare(review, today) < 0)
        return exh_fail(err, EXH_USAGE, "the review on %s would be in the past", words);
    return exh_date_compare(review, last) <= 0
        || exh_fail(err, EXH_USAGE, "the review on %s is too far off: %d months at most, which is %s", words, EXH_HOLD_MONTHS, limit);
}

static bool check_order(const struct exh_casefile *casefile, const struct exh_case *one, const struct exh_hold *hold, struct exh_error *err)
{
    if (!check_code(hold, err) || !check_texts(hold, err) || !check_exhibit(casefile, one, hold->exhibit, err))
        return false;
    return one->hold_count < EXH_CASE_MOST_HOLDS
        || exh_fail(err, EXH_REFUSED, "case %s had %zu holds, and no more are kept of one case", one->id, one->hold_count);
}

bool exh_hold_check(const struct exh_casefile *casefile, const struct exh_case *one, const struct exh_hold *hold, struct exh_date today,
                    struct exh_error *err)
{
    return check_order(casefile, one, hold, err) && exh_hold_review_check(hold->review, today, err);
}

/* ---- a review's own hold ---- */

static bool is_not_to_be(const struct exh_case_state *state)
{
    return state->status && strcmp(state->status->status, "decision-no-review") == 0;
}

static bool is_over(const struct exh_case_state *state)
{
    static const char *const over[] = { "published", "not-published", "action-plan-closed" };

    for (size_t i = 0; state->status && i < EXH_COUNT(over); i++)
        if (strcmp(state->status->status, over[i]) == 0)
            return true;
    return false;
}

struct exh_date exh_hold_review(const struct exh_case *one, const struct exh_hold *hold)
{
    const struct exh_case_state state = exh_case_state(one);

    if (!hold->own || !is_not_to_be(&state) || hold->reviewed.ns > state.status->entered.ns)
        return hold->review;
    return exh_date_add_days(state.status->date, EXH_NO_REVIEW_DAYS);
}

static bool check_flags(const struct exh_hold *hold, const struct exh_case_state *state, struct exh_error *err)
{
    for (size_t i = 0; i < EXH_FLAG_COUNT; i++)
        if (state->flags[i] == EXH_FLAG_OPEN)
            return exh_fail(err, EXH_REFUSED, "hold %s is the review's own, and stands while %s is open: enter its end first with "
                            "'exhibit case status %s --flag %s=ended'", hold->id, exh_flag_name((enum exh_flag)i), hold->case_id,
                            exh_flag_name((enum exh_flag)i));
    return true;
}

static bool check_no_review(const struct exh_hold *hold, const struct exh_case_event *decision, struct exh_date day, struct exh_error *err)
{
    struct exh_date from = exh_date_add_days(decision->date, EXH_NO_REVIEW_DAYS);
    char words[EXH_DATE_SIZE];

    exh_date_words(from, words);
    return exh_date_compare(day, from) >= 0
        || exh_fail(err, EXH_REFUSED, "hold %s is the review's own, and stands until %s, %d days after it was decided that there is "
                    "no review", hold->id, words, EXH_NO_REVIEW_DAYS);
}

bool exh_hold_release_check(const struct exh_case *one, const struct exh_hold *hold, struct exh_date day, struct exh_error *err)
{
    const struct exh_case_state state = exh_case_state(one);

    if (hold->released)
        return exh_fail(err, EXH_REFUSED, "hold %s was released already", hold->id);
    if (!hold->own)
        return true;
    if (!is_over(&state) && !is_not_to_be(&state))
        return exh_fail(err, EXH_REFUSED, "hold %s is the review's own, and stands until the review is 'published' or 'not-published' "
                        "(it is '%s'), and no criminal proceedings and no inquest are open: enter that with 'exhibit case status %s'",
                        hold->id, state.status ? state.status->status : "unknown", one->id);
    return check_flags(hold, &state, err) && (is_over(&state) || check_no_review(hold, state.status, day, err));
}

const struct exh_hold *exh_casefile_own_hold_done(const struct exh_casefile *casefile, const struct exh_case *one, struct exh_date day)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error standing = EXH_ERROR_NONE;

    for (size_t i = 0; i < casefile->hold_count; i++) {
        const struct exh_hold *hold = &casefile->holds[i];
        if (hold->own && !hold->released && strcmp(hold->case_id, one->id) == 0)
            return exh_hold_release_check(one, hold, day, &standing) ? hold : NULL;
    }
    return NULL;
}

/* ---- as sealed details, and back ---- */

struct exh_json *exh_hold_details(const struct exh_hold *hold)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "code", hold->code);
    exh_json_set_text(details, "authority", hold->authority);
    exh_json_set_text(details, "reference", hold->reference);
    exh_json_set_text(details, "note", hold->note);
    exh_case_set_date(details, "review", hold->review);
    return details;
}

static bool read_order(const struct exh_json *details, struct exh_hold *hold, struct exh_error *err)
{
    if (!exh_case_take_date(details, "review", &hold->review, err))
        return false;
    hold->code = exh_strdup(exh_json_text_or(details, "code", NULL));
    hold->authority = exh_strdup(exh_json_text_or(details, "authority", NULL));
    hold->reference = exh_strdup(exh_json_text_or(details, "reference", NULL));
    hold->note = exh_strdup(exh_json_text_or(details, "note", NULL));
    return true;
}

/* ---- replaying ---- */

/* The day was judged where the people are, which may be a day off from UTC either way. */
static bool check_review_of_entry(const struct exh_entry *entry, struct exh_date review, struct exh_error *err)
{
    struct exh_date day = exh_date_of(entry->time, "UTC");
    bool later = review.year && exh_date_compare(review, day) > 0;

    return exh_hold_review_check(review, exh_date_add_days(day, later ? 1 : -1), err);
}

static const char *hold_of(const struct exh_entry *entry)
{
    return exh_json_text_or(exh_json_get(entry->whole, "facts"), "hold", NULL);
}

static bool place(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry, const struct exh_json *order,
                  bool own, struct exh_error *err)
{
    EXH_CLEANUP(exh_hold_clear) struct exh_hold hold = { .own = own, .placed = entry->time, .reviewed = entry->time };
    const char *id = hold_of(entry);

    exh_casefile_next_hold(one, hold.id);
    if (!id || strcmp(id, hold.id) != 0)
        return exh_fail(err, EXH_MALFORMED, "places hold '%s', and the next is '%s'", id ? id : "", hold.id);
    snprintf(hold.case_id, sizeof hold.case_id, "%s", one->id);
    snprintf(hold.exhibit, sizeof hold.exhibit, "%s", entry->exhibit ? entry->exhibit : "");
    memcpy(hold.placed_by, entry->actor, sizeof hold.placed_by);
    if (order && (!read_order(order, &hold, err) || !check_order(casefile, one, &hold, err)
                  || !check_review_of_entry(entry, hold.review, err)))
        return false;
    casefile->holds = exh_realloc_array(casefile->holds, casefile->hold_count + 1, sizeof *casefile->holds);
    casefile->holds[casefile->hold_count++] = hold;
    hold = (struct exh_hold){ .own = false };
    one->hold_count++;
    return true;
}

bool exh_casefile_take_hold(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                            const struct exh_json *details, struct exh_error *err)
{
    return place(casefile, one, entry, details, false, err);
}

bool exh_casefile_take_first_hold(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                  const struct exh_json *details, struct exh_error *err)
{
    const struct exh_json *order = exh_json_get(details, "hold");

    if (!hold_of(entry))
        return true;
    if (details && !order)
        return exh_fail(err, EXH_MALFORMED, "places hold '%s' without saying why", hold_of(entry));
    if (place(casefile, one, entry, order, details && strcmp(one->type, "dhr") == 0, err))
        return true;
    err->kind = EXH_MALFORMED;
    return false;
}

static struct exh_hold *standing(struct exh_casefile *casefile, const struct exh_case *one, const struct exh_entry *entry, struct exh_error *err)
{
    const char *id = hold_of(entry);
    struct exh_hold *hold = id ? exh_casefile_hold(casefile, id) : NULL;

    if (hold && !hold->released && strcmp(hold->case_id, one->id) == 0)
        return hold;
    (void)!exh_fail(err, EXH_MALFORMED, "'%s' of hold '%s', which does not stand on case %s", entry->act, id ? id : "", one->id);
    return NULL;
}

bool exh_casefile_take_review(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                              const struct exh_json *details, struct exh_error *err)
{
    struct exh_hold *hold = standing(casefile, one, entry, err);
    struct exh_date review = EXH_DATE_NONE;

    if (!hold || (details && (!exh_case_take_date(details, "review", &review, err) || !check_review_of_entry(entry, review, err))))
        return false;
    hold->review = review;
    hold->reviewed = entry->time;
    return true;
}

bool exh_casefile_take_release(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err)
{
    struct exh_hold *hold = standing(casefile, one, entry, err);

    if (!hold || !exh_hold_release_check(one, hold, exh_date_of(entry->time, "UTC"), err))
        return false;
    hold->released = true;
    hold->released_at = entry->time;
    memcpy(hold->released_by, entry->actor, sizeof hold->released_by);
    hold->release_reason = exh_strdup(exh_json_text_or(details, "reason", NULL));
    hold->release_authority = exh_strdup(exh_json_text_or(details, "authority", NULL));
    return true;
}
