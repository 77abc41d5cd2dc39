/* admin: cases: opening them, and what becomes of them. */
#include "exhibit/admin.h"

#include "exhibit/json.h"

#include <string.h>

static bool check_draft(const struct exh_case_draft *draft, const char **ret_type, struct exh_error *err)
{
    if (!exh_case_type_check(draft->type, ret_type, err))
        return false;
    for (size_t i = 0; i < draft->references->count; i++)
        if (!exh_case_reference_check(draft->references->at[i], err))
            return false;
    if (!*draft->requested_by || !*draft->basis)
        return exh_fail(err, EXH_USAGE, "a case needs who asked (--requested-by) and the legal basis (--basis)");
    const struct exh_case_outcome place = { .town = (char *)(uintptr_t)draft->town, .authority = (char *)(uintptr_t)draft->authority };
    return (!draft->town && !draft->authority) || exh_case_outcome_check(&place, err);
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

bool exh_admin_open_case(struct exh_store *store, const struct exh_case_draft *draft, char ret_id[24], struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-open" };
    const char *type;
    char id[24];

    if (!check_draft(draft, &type, err) || !exh_store_lock(store, err))
        return false;
    exh_casefile_next_case(&store->casefile, id);
    entry.case_id = id;
    entry.details = case_details(draft, type);
    bool done = exh_store_may(store, "case-open", err) && exh_store_new_case_key(store, id, err) && exh_store_append(store, &entry, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, id, sizeof id);
    return done;
}

/* ---- what became of a case ---- */

/* Under the lock: the case as the log has it now, to which something can be added. */
static bool take_case(struct exh_store *store, const char *id, const char *act, const struct exh_case **ret_case, struct exh_error *err)
{
    const struct exh_case *found = NULL;

    if (!exh_store_may(store, act, err) || !exh_store_need_case(store, id, &found, err))
        return false;
    if (found->sealed)
        return exh_fail(err, EXH_IO, "the key of case %s is gone, so nothing can be added to it", id);
    *ret_case = found;
    return true;
}

static bool check_not_to_come(const struct exh_store *store, struct exh_date date, struct exh_error *err)
{
    struct exh_date today = exh_date_of(exh_moment_now(), store->zone);
    char words[EXH_DATE_SIZE], now[EXH_DATE_SIZE];

    exh_date_words(date, words);
    exh_date_words(today, now);
    return exh_date_compare(date, today) <= 0
        || exh_fail(err, EXH_USAGE, "%s is still to come (today is %s): enter what has happened", words, now);
}

static bool enter(struct exh_store *store, const char *act, const char *case_id, struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = act, .case_id = case_id };

    entry.details = details;
    return exh_store_append(store, &entry, err);
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

    return take_case(store, change->id, change->act, &one, err) && check_not_to_come(store, change->date, err)
        && change->judge(change, one, err)
        && (change->dry_run || enter(store, change->act, change->id, change->details(change), err));
}

static bool make_change_locked(struct exh_store *store, const struct change *change, struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool done = make_change(store, change, err);
    exh_store_unlock(store);
    return done;
}

static bool judge_event(const struct change *change, const struct exh_case *one, struct exh_error *err)
{
    return exh_case_event_check(one, change->said, err);
}

static struct exh_json *event_details(const struct change *change)
{
    return exh_case_event_details(change->said);
}

bool exh_admin_set_status(struct exh_store *store, const char *id, const struct exh_case_event *event, bool dry_run,
                          struct exh_error *err)
{
    const struct change change = { .act = "case-status", .id = id, .date = event->date, .judge = judge_event,
                                   .details = event_details, .said = event, .dry_run = dry_run };

    return make_change_locked(store, &change, err);
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
