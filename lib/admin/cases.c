/* admin: cases: opening them, and what becomes of them. */
#include "exhibit/admin.h"

#include "exhibit/json.h"

#include <stdio.h>
#include <string.h>

/* Under the lock: an entry that may be for a row of a batch, which is then done with it. */
static bool append(struct exh_store *store, struct exh_entry_draft *entry, struct exh_error *err)
{
    if (!exh_store_begin_job(store, err))
        return false;
    if (!entry->facts)
        entry->facts = exh_json_object();
    exh_store_say_job(store, entry->facts);
    return exh_store_append(store, entry, err);
}

/* ---- opening ---- */

static bool check_place(const struct exh_case_draft *draft, struct exh_error *err)
{
    const struct exh_case_outcome place = { .town = (char *)(uintptr_t)draft->town, .authority = (char *)(uintptr_t)draft->authority };

    return (!draft->town && !draft->authority) || exh_case_outcome_check(&place, err);
}

static bool check_draft(const struct exh_case_draft *draft, const char **ret_type, struct exh_error *err)
{
    if (!exh_case_type_check(draft->type, ret_type, err))
        return false;
    for (size_t i = 0; i < draft->references->count; i++)
        if (!exh_case_reference_check(draft->references->at[i], err))
            return false;
    if (!*draft->requested_by || !*draft->basis)
        return exh_fail(err, EXH_USAGE, "a case needs who asked (--requested-by) and the legal basis (--basis)");
    if (draft->hold && strcmp(*ret_type, "dhr") == 0)
        return exh_fail(err, EXH_USAGE, "a case of type dhr has a hold of its own; others are placed once it is open");
    if (!draft->hold && (draft->note || (draft->review.year && strcmp(*ret_type, "dhr") != 0)))
        return exh_fail(err, EXH_USAGE, "a review and a note are of a hold, and none is placed");
    return check_place(draft, err);
}

static struct exh_json *case_details(const struct exh_case_draft *draft, const char *type)
{
    struct exh_json *details = exh_json_object(), *references = exh_json_array();

    for (size_t i = 0; i < draft->references->count; i++)
        exh_json_add_text(references, draft->references->at[i]);
    exh_json_set_text(details, "type", type);
    exh_json_set(details, "references", references);
    exh_json_set_text(details, "requested_by", draft->requested_by);
    exh_json_set_text(details, "basis", draft->basis);
    exh_json_set_text(details, "title", draft->title);
    exh_json_set_text(details, "town", draft->town);
    exh_json_set_text(details, "authority", draft->authority);
    return details;
}

static struct exh_json *hold_facts(const char *id)
{
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "hold", id);
    return facts;
}

/* The hold that a case has from the beginning, where it has one, goes into the entry that opens it. */
static bool add_first_hold(const struct exh_store *store, const struct exh_case_draft *draft, const char *type,
                           struct exh_entry_draft *entry, struct exh_error *err)
{
    const struct exh_casefile none = EXH_CASEFILE_NONE;
    struct exh_case one = { .type = (char *)(uintptr_t)type };
    struct exh_hold hold = { .code = (char *)(uintptr_t)(draft->hold ? draft->hold : "dhr"), .note = (char *)(uintptr_t)draft->note,
                             .authority = (char *)(uintptr_t)draft->requested_by, .review = draft->review };
    bool own = strcmp(type, "dhr") == 0;

    if (!draft->hold && !own)
        return true;
    memcpy(one.id, entry->case_id, strlen(entry->case_id) + 1);
    hold.reference = draft->references->count ? draft->references->at[0] : one.id;
    if (own && !hold.review.year)
        hold.review = exh_date_add_months(exh_store_today(store), EXH_REVIEW_MONTHS);
    exh_casefile_next_hold(&one, hold.id);
    entry->facts = hold_facts(hold.id);
    exh_json_set(entry->details, "hold", exh_hold_details(&hold));
    return exh_hold_check(&none, &one, &hold, exh_store_today(store), err);
}

static bool open_case(struct exh_store *store, const struct exh_case_draft *draft, const char *type, char ret_id[24], struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-open" };

    if (!exh_store_next_case(store, ret_id, err))
        return false;
    entry.case_id = ret_id;
    entry.details = case_details(draft, type);
    return exh_store_may(store, "case-open", err) && add_first_hold(store, draft, type, &entry, err)
        && (draft->dry_run || (exh_store_new_case_key(store, ret_id, err) && append(store, &entry, err)));
}

bool exh_admin_open_case(struct exh_store *store, const struct exh_case_draft *draft, char ret_id[24], struct exh_error *err)
{
    const char *type;
    char id[24];

    if (!check_draft(draft, &type, err) || !exh_store_lock(store, err))
        return false;
    bool done = open_case(store, draft, type, id, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, id, sizeof id);
    return done;
}

/* ---- what became of a case ---- */

static bool enter(struct exh_store *store, const char *act, const char *case_id, struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = act, .case_id = case_id };

    entry.details = details;
    return append(store, &entry, err);
}

/* An act on one case: its name and what it is to say; @judge holds that against the case as it is now. */
struct change {
    const char *act, *id;
    struct exh_date date;                /* that what is said is of; none */
    bool (*judge)(const struct change *change, const struct exh_case *one, struct exh_error *err);
    struct exh_json *(*details)(const struct change *change);
    const void *said;
    bool remove;                         /* of references */
    bool dry_run;
};

static bool make_change(struct exh_store *store, const struct change *change, struct exh_error *err)
{
    const struct exh_case *one = NULL;

    return exh_store_need_writable_case(store, change->id, change->act, &one, err) && exh_store_check_not_to_come(store, change->date, err)
        && change->judge(change, one, err)
        && (change->dry_run || enter(store, change->act, change->id, change->details(change), err));
}

static bool judge_event(const struct change *change, const struct exh_case *one, struct exh_error *err)
{
    return exh_case_event_check(one, change->said, err);
}

static struct exh_json *event_details(const struct change *change)
{
    return exh_case_event_details(change->said);
}

static bool enter_release(struct exh_store *store, const struct exh_hold *hold, const char *reason, const char *authority, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-release" };
    const struct exh_hold held = *hold;      /* what it points to goes with the entry's replay; its identifiers are needed */

    entry.case_id = held.case_id;
    entry.exhibit = *held.exhibit ? held.exhibit : NULL;
    entry.facts = hold_facts(held.id);
    entry.details = exh_json_object();
    exh_json_set_text(entry.details, "reason", reason);
    exh_json_set_text(entry.details, "authority", authority);
    return append(store, &entry, err);
}

/* A review that is over releases its own hold, where the actor may do that; else it is left to one who may. */
static bool release_own(struct exh_store *store, const char *id, const char *source, char ret_released[24], struct exh_error *err)
{
    const struct exh_person *person = exh_store_person(store);
    const struct exh_casefile *casefile;

    if (!exh_store_casefile(store, id, &casefile, err))
        return false;
    const struct exh_case *one = exh_casefile_case(casefile, id);
    const struct exh_hold *hold = exh_casefile_own_hold_done(casefile, one, exh_date_of(exh_moment_now(), "UTC"));

    if (!hold || !person || !exh_role_may(person->role, "case-release"))
        return true;
    EXH_CLEANUP(exh_freep) char *reason = exh_format("the review is %s, and no proceedings are open", exh_case_state(one).status->status);
    snprintf(ret_released, 24, "%s", hold->id);
    return enter_release(store, hold, reason, source, err);
}

bool exh_admin_set_status(struct exh_store *store, const char *id, const struct exh_case_event *event, bool dry_run,
                          char ret_released[24], struct exh_error *err)
{
    const struct change change = { .act = "case-status", .id = id, .date = event->date, .judge = judge_event,
                                   .details = event_details, .said = event, .dry_run = dry_run };
    char released[24] = "";

    if (!exh_store_lock(store, err))
        return false;
    bool done = make_change(store, &change, err) && (dry_run || release_own(store, id, event->source, released, err));
    exh_store_unlock(store);
    if (done)
        memcpy(ret_released, released, sizeof released);
    return done;
}

static bool make_change_locked(struct exh_store *store, const struct change *change, struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool done = make_change(store, change, err);
    exh_store_unlock(store);
    return done;
}

static bool judge_outcome(const struct change *change, const struct exh_case *one, struct exh_error *err)
{
    (void)one;
    return exh_case_outcome_check(change->said, err);
}

static struct exh_json *outcome_details(const struct change *change)
{
    return exh_case_outcome_details(change->said);
}

bool exh_admin_set_outcome(struct exh_store *store, const char *id, const struct exh_case_outcome *outcome, bool dry_run,
                           struct exh_error *err)
{
    const struct change change = { .act = "case-outcome", .id = id, .date = outcome->date, .judge = judge_outcome,
                                   .details = outcome_details, .said = outcome, .dry_run = dry_run };

    return make_change_locked(store, &change, err);
}

static bool judge_references(const struct change *change, const struct exh_case *one, struct exh_error *err)
{
    return exh_case_references_check(one, change->said, change->remove, err);
}

static struct exh_json *references_details(const struct change *change)
{
    return exh_case_references_details(change->said, change->remove);
}

bool exh_admin_set_references(struct exh_store *store, const char *id, const struct exh_strings *references, bool remove, bool dry_run,
                              struct exh_error *err)
{
    const struct change change = { .act = "case-reference", .id = id, .judge = judge_references, .details = references_details,
                                   .said = references, .remove = remove, .dry_run = dry_run };

    return make_change_locked(store, &change, err);
}

/* ---- holds ---- */

static bool enter_hold(struct exh_store *store, const char *case_id, const struct exh_hold *hold, const char *id, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-hold", .case_id = case_id };

    entry.exhibit = *hold->exhibit ? hold->exhibit : NULL;
    entry.facts = hold_facts(id);
    entry.details = exh_hold_details(hold);
    return append(store, &entry, err);
}

static bool place_hold(struct exh_store *store, const char *case_id, const struct exh_hold *hold, bool dry_run, char ret_id[24],
                       struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_case *one = NULL;

    if (!exh_store_need_writable_case(store, case_id, "case-hold", &one, err) || !exh_store_casefile(store, case_id, &casefile, err)
        || !exh_hold_check(casefile, one, hold, exh_store_today(store), err))
        return false;
    exh_casefile_next_hold(one, ret_id);
    return dry_run || enter_hold(store, case_id, hold, ret_id, err);
}

bool exh_admin_place_hold(struct exh_store *store, const char *id, const struct exh_hold *hold, bool dry_run, char ret_id[24],
                          struct exh_error *err)
{
    char hold_id[24];

    if (!exh_store_lock(store, err))
        return false;
    bool done = place_hold(store, id, hold, dry_run, hold_id, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, hold_id, sizeof hold_id);
    return done;
}

/* Under the lock: a hold that may still stand, and its case. */
static bool take_hold(struct exh_store *store, const struct exh_hold_change *change, const char *act, const struct exh_case **ret_case,
                      const struct exh_hold **ret_hold, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_may(store, act, err) || !exh_store_need_hold(store, change->id, &casefile, ret_hold, err))
        return false;
    return exh_store_need_writable_case(store, (*ret_hold)->case_id, act, ret_case, err);
}

static bool release_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err)
{
    const struct exh_case *one = NULL;
    const struct exh_hold *hold = NULL;

    return take_hold(store, change, "case-release", &one, &hold, err)
        && exh_hold_release_check(one, hold, exh_date_of(exh_moment_now(), "UTC"), err)
        && (change->dry_run || enter_release(store, hold, change->reason, change->authority, err));
}

static bool enter_review(struct exh_store *store, const struct exh_hold *hold, const struct exh_hold_change *change, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-review" };
    const struct exh_hold held = *hold;
    char review[EXH_DATE_SIZE];

    exh_date_words(change->review, review);
    entry.case_id = held.case_id;
    entry.exhibit = *held.exhibit ? held.exhibit : NULL;
    entry.facts = hold_facts(held.id);
    entry.details = exh_json_object();
    exh_json_set_text(entry.details, "review", review);
    exh_json_set_text(entry.details, "reason", change->reason);
    return append(store, &entry, err);
}

static bool review_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err)
{
    const struct exh_case *one = NULL;
    const struct exh_hold *hold = NULL;

    if (!take_hold(store, change, "case-review", &one, &hold, err))
        return false;
    if (hold->released)
        return exh_fail(err, EXH_REFUSED, "hold %s was released already", hold->id);
    return exh_hold_review_check(change->review, exh_store_today(store), err)
        && (change->dry_run || enter_review(store, hold, change, err));
}

static bool change_hold(struct exh_store *store, const struct exh_hold_change *change,
                        bool (*make)(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err), struct exh_error *err)
{
    if (!change->reason)
        return exh_fail(err, EXH_USAGE, "a reason is needed");
    if (!exh_case_text_check("the reason", change->reason, EXH_CASE_LONGEST_TEXT, err)
        || !exh_case_text_check("the authority", change->authority, EXH_CASE_LONGEST_TEXT, err) || !exh_store_lock(store, err))
        return false;
    bool done = make(store, change, err);
    exh_store_unlock(store);
    return done;
}

bool exh_admin_release_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err)
{
    return change_hold(store, change, release_hold, err);
}

bool exh_admin_review_hold(struct exh_store *store, const struct exh_hold_change *change, struct exh_error *err)
{
    return change_hold(store, change, review_hold, err);
}

/* ---- the purpose of a copy ---- */

static bool enter_purpose(struct exh_store *store, const struct exh_exhibit *exhibit, const struct exh_purpose *purpose, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-purpose" };
    const struct exh_exhibit of = *exhibit;      /* it goes with the entry's replay; its identifiers are needed */

    entry.case_id = of.case_id;
    entry.exhibit = of.reference;
    entry.details = exh_purpose_details(purpose);
    return append(store, &entry, err);
}

static bool set_purpose(struct exh_store *store, const char *reference, const struct exh_purpose *purpose, bool dry_run, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const struct exh_case *one = NULL;

    if (!exh_store_may(store, "case-purpose", err) || !exh_store_need_exhibit(store, reference, &exhibit, err)
        || !exh_store_need_writable_case(store, exhibit->case_id, "case-purpose", &one, err)
        || !exh_store_exhibit(store, reference, &exhibit, err))
        return false;
    return exh_store_check_not_to_come(store, purpose->date, err)
        && exh_purpose_check(one, exhibit, purpose, exh_date_of(exhibit->ended, store->zone), err)
        && (dry_run || enter_purpose(store, exhibit, purpose, err));
}

bool exh_admin_set_purpose(struct exh_store *store, const char *reference, const struct exh_purpose *purpose, bool dry_run,
                           struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool done = set_purpose(store, reference, purpose, dry_run, err);
    exh_store_unlock(store);
    return done;
}
