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
    return true;
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
static bool take_case(struct exh_store *store, const char *id, const char *act, struct exh_case **ret_case, struct exh_error *err)
{
    const struct exh_case *found;

    if (!exh_store_may(store, act, err) || !exh_store_need_case(store, id, &found, err))
        return false;
    if (found->sealed)
        return exh_fail(err, EXH_IO, "the key of case %s is gone, so nothing can be added to it", id);
    *ret_case = exh_casefile_case(&store->casefile, id);
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

static bool set_status(struct exh_store *store, const char *id, const struct exh_case_event *event, bool dry_run, struct exh_error *err)
{
    struct exh_case *one = NULL;

    return take_case(store, id, "case-status", &one, err) && check_not_to_come(store, event->date, err)
        && exh_case_event_check(one, event, err)
        && (dry_run || enter(store, "case-status", id, exh_case_event_details(event), err));
}

bool exh_admin_set_status(struct exh_store *store, const char *id, const struct exh_case_event *event, bool dry_run,
                          struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool done = set_status(store, id, event, dry_run, err);
    exh_store_unlock(store);
    return done;
}
