/* casefile: requests for footage, and emergencies that nobody had asked in form for. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_request_clear(struct exh_request *request)
{
    free(request->by);
    free(request->organisation);
    free(request->rank);
    free(request->basis);
    free(request->purpose);
    free(request->authoriser);
    free(request->reason);
    free(request->approval);
    *request = (struct exh_request){ .by = NULL };
}

struct exh_request *exh_casefile_request(const struct exh_casefile *casefile, const char *id)
{
    for (size_t i = casefile->request_count; i-- > 0;)
        if (strcmp(casefile->requests[i].id, id) == 0)
            return &casefile->requests[i];
    return NULL;
}

void exh_casefile_next_request(const struct exh_casefile *casefile, const char *case_id, char ret_id[24])
{
    size_t count = 0;

    for (size_t i = 0; i < casefile->request_count; i++)
        count += strcmp(casefile->requests[i].case_id, case_id) == 0;
    snprintf(ret_id, 24, "%.15s-R%zu", case_id, (count + 1) % 1000000);
}

/* ---- judging ---- */

static bool check_emergency(const struct exh_request *request, struct exh_error *err)
{
    if (!request->reason)
        return exh_fail(err, EXH_USAGE, "an emergency needs a reason");
    return exh_case_text_check("the reason of the emergency", request->reason, EXH_CASE_LONGEST_TEXT, err);
}

bool exh_request_check(const struct exh_request *request, struct exh_error *err)
{
    const struct { const char *what, *text; bool needed; } texts[] = {
        { "who asked", request->by, true },           { "their organisation", request->organisation, true },
        { "their rank", request->rank, false },       { "the legal basis", request->basis, true },
        { "the purpose", request->purpose, true },    { "the authoriser", request->authoriser, true },
    };

    if (request->emergency)
        return check_emergency(request, err);
    for (size_t i = 0; i < EXH_COUNT(texts); i++) {
        if (!texts[i].text && texts[i].needed)
            return exh_fail(err, EXH_USAGE, "a request needs who asked, their organisation, the legal basis, the purpose and the "
                            "authoriser: %s is missing", texts[i].what);
        if (!exh_case_text_check(texts[i].what, texts[i].text, EXH_CASE_LONGEST_TEXT, err))
            return false;
    }
    return request->date.year || exh_fail(err, EXH_USAGE, "a request needs the day on which it was made");
}

bool exh_request_approve_check(const struct exh_request *request, const char *actor, struct exh_error *err)
{
    if (!request->emergency)
        return exh_fail(err, EXH_REFUSED, "request %s is no emergency: it needs no approval", request->id);
    if (request->approved)
        return exh_fail(err, EXH_REFUSED, "emergency %s was approved already", request->id);
    return strcmp(request->entered_by, actor) != 0
        || exh_fail(err, EXH_REFUSED, "emergency %s was yours: another person must approve it", request->id);
}

bool exh_request_covers(const struct exh_request *request, const char *case_id, struct exh_error *err)
{
    if (strcmp(request->case_id, case_id) != 0)
        return exh_fail(err, EXH_REFUSED, "request %s is of case %s, not of case %s", request->id, request->case_id, case_id);
    return !request->emergency || request->approved
        || exh_fail(err, EXH_REFUSED, "request %s is an emergency that nobody has approved yet: 'exhibit request approve %s' does", request->id,
                    request->id);
}

/* ---- as facts and sealed details, and back ---- */

struct exh_json *exh_request_facts(const struct exh_request *request)
{
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "request", request->id);
    exh_json_set_bool(facts, "emergency", request->emergency);
    return facts;
}

struct exh_json *exh_request_details(const struct exh_request *request)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "by", request->by);
    exh_json_set_text(details, "organisation", request->organisation);
    exh_json_set_text(details, "rank", request->rank);
    exh_json_set_text(details, "basis", request->basis);
    exh_json_set_text(details, "purpose", request->purpose);
    exh_json_set_text(details, "authoriser", request->authoriser);
    exh_json_set_text(details, "reason", request->reason);
    exh_case_set_date(details, "date", request->date);
    return details;
}

static bool read_details(const struct exh_json *details, struct exh_request *request, struct exh_error *err)
{
    if (!exh_case_take_date(details, "date", &request->date, err))
        return false;
    request->by = exh_strdup(exh_json_text_or(details, "by", NULL));
    request->organisation = exh_strdup(exh_json_text_or(details, "organisation", NULL));
    request->rank = exh_strdup(exh_json_text_or(details, "rank", NULL));
    request->basis = exh_strdup(exh_json_text_or(details, "basis", NULL));
    request->purpose = exh_strdup(exh_json_text_or(details, "purpose", NULL));
    request->authoriser = exh_strdup(exh_json_text_or(details, "authoriser", NULL));
    request->reason = exh_strdup(exh_json_text_or(details, "reason", NULL));
    return true;
}

/* ---- replaying ---- */

static const char *request_of(const struct exh_entry *entry)
{
    return exh_json_text_or(exh_json_get(entry->whole, "facts"), "request", NULL);
}

bool exh_casefile_take_request(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_request_clear) struct exh_request request = { .entered = entry->time };
    const char *id = request_of(entry);

    request.emergency = exh_json_bool_or(exh_json_get(entry->whole, "facts"), "emergency", false);
    exh_casefile_next_request(casefile, one->id, request.id);
    if (!id || strcmp(id, request.id) != 0)
        return exh_fail(err, EXH_MALFORMED, "makes request '%s', and the next is '%s'", id ? id : "", request.id);
    memcpy(request.case_id, one->id, sizeof request.case_id);
    memcpy(request.entered_by, entry->actor, sizeof request.entered_by);
    if (details && (!read_details(details, &request, err) || !exh_case_check_not_to_come(entry, request.date, err)
                    || !exh_request_check(&request, err)))
        return false;
    casefile->requests = exh_realloc_array(casefile->requests, casefile->request_count + 1, sizeof *casefile->requests);
    casefile->requests[casefile->request_count++] = request;
    request = (struct exh_request){ .by = NULL };
    return true;
}

bool exh_casefile_take_approval(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                const struct exh_json *details, struct exh_error *err)
{
    const char *id = request_of(entry);
    struct exh_request *request = id ? exh_casefile_request(casefile, id) : NULL;

    if (!request || strcmp(request->case_id, one->id) != 0)
        return exh_fail(err, EXH_MALFORMED, "approves request '%s', which is none of case %s", id ? id : "", one->id);
    if (!exh_request_approve_check(request, entry->actor, err))
        return false;
    request->approved = true;
    request->approved_at = entry->time;
    memcpy(request->approved_by, entry->actor, sizeof request->approved_by);
    request->approval = exh_strdup(exh_json_text_or(details, "reason", NULL));
    return true;
}

/* What is taken out in an emergency comes with it; more on the same only once another has approved it. */
static bool check_use(const struct exh_casefile *casefile, const struct exh_request *request, const struct exh_entry *entry, struct exh_error *err)
{
    if (!request->emergency || request->approved)
        return true;
    if (strcmp(request->entered_by, entry->actor) != 0)
        return exh_fail(err, EXH_MALFORMED, "begins '%s' in emergency '%s' of somebody else, which nobody had approved", entry->exhibit, request->id);
    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (strcmp(casefile->exhibits[i].request, request->id) == 0)
            return exh_fail(err, EXH_MALFORMED, "begins '%s' on emergency '%s', which was used for %s and which nobody had approved", entry->exhibit,
                            request->id, casefile->exhibits[i].reference);
    return true;
}

bool exh_request_of_exhibit(const struct exh_casefile *casefile, const struct exh_entry *entry, char ret_id[24], struct exh_error *err)
{
    const char *id = request_of(entry);
    const struct exh_request *request = id ? exh_casefile_request(casefile, id) : NULL;

    snprintf(ret_id, 24, "%s", id ? id : "");
    if (id && !(request && strcmp(request->case_id, entry->case_id ? entry->case_id : "") == 0))
        return exh_fail(err, EXH_MALFORMED, "begins '%s' on request '%s', which is none of its case", entry->exhibit, id);
    return !request || check_use(casefile, request, entry, err);
}
