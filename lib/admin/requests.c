/* admin: requests for footage, and approving what was taken out in an emergency. */
#include "exhibit/admin.h"

#include "exhibit/json.h"

#include <string.h>

static bool add_request(struct exh_store *store, const char *case_id, struct exh_request *request, bool dry_run, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-request", .case_id = case_id };
    const struct exh_casefile *casefile;
    const struct exh_case *one;

    if (!exh_store_need_writable_case(store, case_id, entry.act, &one, err) || !exh_store_casefile(store, case_id, &casefile, err)
        || !exh_request_check(request, err) || !exh_store_check_not_to_come(store, request->date, err))
        return false;
    exh_casefile_next_request(casefile, case_id, request->id);
    entry.facts = exh_request_facts(request);
    entry.details = exh_request_details(request);
    return dry_run || exh_store_append(store, &entry, err);
}

bool exh_admin_add_request(struct exh_store *store, const char *case_id, const struct exh_request *request, bool dry_run, char ret_id[24],
                           struct exh_error *err)
{
    struct exh_request one = *request;

    if (!exh_store_lock(store, err))
        return false;
    bool done = add_request(store, case_id, &one, dry_run, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, one.id, sizeof one.id);
    return done;
}

/* ---- approving ---- */

static bool need_emergency(const struct exh_store *store, const char *what, const struct exh_request **ret_request, struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_exhibit *exhibit;

    if (exh_request_id_is_one(what))
        return exh_store_need_request(store, what, &casefile, ret_request, err);
    if (!exh_store_exhibit(store, what, &exhibit, err))
        return false;
    if (!exhibit) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("'%s' is neither a request nor an exhibit that is known", what);
        return exh_store_unknown_item(store, what, "'exhibit request list --unapproved' lists what is to be approved", words, err);
    }
    if (!*exhibit->request)
        return exh_fail(err, EXH_REFUSED, "exhibit %s was made on no request, and in no emergency", what);
    return exh_store_need_request(store, exhibit->request, &casefile, ret_request, err);
}

static bool enter_approval(struct exh_store *store, const struct exh_request *request, const char *reason, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_ADMINISTRATION, .act = "case-approve" };
    const struct exh_request of = *request;      /* what it points to goes with the entry's replay; its identifiers are needed */

    entry.case_id = of.case_id;
    entry.facts = exh_json_object();
    exh_json_set_text(entry.facts, "request", of.id);
    entry.details = exh_json_object();
    exh_json_set_text(entry.details, "reason", reason);
    return exh_store_append(store, &entry, err);
}

static bool approve(struct exh_store *store, const char *what, const char *reason, bool dry_run, char ret_id[24], struct exh_error *err)
{
    const struct exh_request *request;
    const struct exh_case *one;

    if (!exh_store_may(store, "case-approve", err) || !need_emergency(store, what, &request, err)
        || !exh_store_need_writable_case(store, request->case_id, "case-approve", &one, err)
        || !exh_request_approve_check(request, store->actor, err))
        return false;
    memcpy(ret_id, request->id, sizeof request->id);
    return dry_run || enter_approval(store, request, reason, err);
}

bool exh_admin_approve_request(struct exh_store *store, const char *what, const char *reason, bool dry_run, char ret_id[24],
                               struct exh_error *err)
{
    char id[24];

    if (!reason)
        return exh_fail(err, EXH_USAGE, "a reason is needed");
    if (!exh_case_text_check("the reason", reason, EXH_CASE_LONGEST_TEXT, err) || !exh_store_lock(store, err))
        return false;
    bool done = approve(store, what, reason, dry_run, id, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, id, sizeof id);
    return done;
}
