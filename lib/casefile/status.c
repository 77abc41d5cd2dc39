/* casefile: what can become of a case: the one table of statuses, and which may follow which. */
#include "parts.h"

#include <string.h>

/* "" stands for a case of which nothing is known yet. Of a name that a type has not got, a row is no word. */
enum { MOST_NEXT = 8 };
struct status { const char *name; bool has_end, ends; const char *next[MOST_NEXT]; };

static const struct status arrest[] = {
    { "", false, false, { "reported", "arrested", "charged" } },
    { "reported", false, false, { "arrested", "charged", "no-further-action", "closed" } },
    { "arrested", false, false, { "charged", "no-further-action" } },
    { "charged", false, false, { "acquitted", "convicted", "discontinued" } },
    { 0 },
};
static const struct status enforcement[] = {
    { "", false, false, { "reported", "issued" } },
    { "reported", false, false, { "issued", "prosecuted", "no-further-action", "closed" } },
    { "issued", false, false, { "paid", "challenged", "prosecuted", "closed" } },
    { "paid", false, true, { "challenged", "closed" } },
    { "challenged", false, false, { "challenge-closed", "paid" } },
    { "challenge-closed", false, false, { "paid", "prosecuted", "closed" } },
    { "prosecuted", false, false, { "acquitted", "convicted", "discontinued" } },
    { 0 },
};
/* What police and courts decide, in both of these. */
static const struct status court[] = {
    { "no-further-action", false, false, { "reported", "arrested", "charged", "closed" } },
    { "acquitted", false, false, { "appeal", "closed" } },
    { "convicted", false, false, { "custody", "suspended-sentence", "appeal", "closed" } },
    { "custody", true, false, { "custody", "appeal", "closed" } },
    { "suspended-sentence", true, false, { "custody", "suspended-sentence", "appeal", "closed" } },
    { "discontinued", false, false, { "charged", "prosecuted", "closed" } },
    { "appeal", false, false, { "convicted", "acquitted", "custody", "suspended-sentence", "discontinued", "charged", "prosecuted" } },
    { "closed", false, true, { "reported", "appeal" } },
    { 0 },
};
static const struct status dhr[] = {
    { "", false, false, { "notified" } },
    { "notified", false, false, { "scoping" } },
    { "scoping", false, false, { "decision-review", "decision-no-review" } },
    { "decision-review", false, false, { "terms-of-reference" } },
    { "decision-no-review", false, true, { "scoping" } },            /* reconsidered */
    { "terms-of-reference", false, false, { "imr-requested" } },
    { "imr-requested", false, false, { "overview-draft" } },
    { "overview-draft", false, false, { "csp-approved" } },
    { "csp-approved", false, false, { "ho-qa-submitted" } },
    { "ho-qa-submitted", false, false, { "ho-qa-revise", "ho-qa-cleared" } },
    { "ho-qa-revise", false, false, { "overview-draft", "ho-qa-submitted" } },
    { "ho-qa-cleared", false, false, { "published", "not-published" } },
    { "published", false, false, { "action-plan-closed" } },
    { "not-published", false, false, { "published", "action-plan-closed" } },
    { "action-plan-closed", false, true, { NULL } },
    { 0 },
};
/* From "clarification" the clock goes on with "received", on the day that the clarification came. */
static const struct status subject_access[] = {
    { "", false, false, { "received" } },
    { "received", false, false, { "clarification", "extended", "answered", "refused" } },
    { "clarification", false, false, { "received", "answered", "refused" } },
    { "extended", false, false, { "clarification", "answered", "refused" } },
    { "answered", false, true, { NULL } },
    { "refused", false, true, { "answered" } },
    { 0 },
};
static const struct status civil_claim[] = {
    { "", false, false, { "notified" } },
    { "notified", false, false, { "settled", "withdrawn", "judgment" } },
    { "settled", false, true, { NULL } },
    { "withdrawn", false, true, { "notified" } },
    { "judgment", false, true, { NULL } },
    { 0 },
};
static const struct status coroner[] = {
    { "", false, false, { "opened" } },
    { "opened", false, false, { "concluded" } },
    { "concluded", false, true, { "opened" } },
    { 0 },
};
static const struct status complaint[] = {                            /* and "other" */
    { "", false, false, { "opened" } },
    { "opened", false, false, { "closed" } },
    { "closed", false, true, { "opened" } },
    { 0 },
};

static const struct type { const char *name; const struct status *own, *shared; } types[] = {
    { "arrest", arrest, court }, { "enforcement", enforcement, court }, { "dhr", dhr, NULL },
    { "subject-access", subject_access, NULL }, { "civil-claim", civil_claim, NULL }, { "coroner", coroner, NULL },
    { "complaint", complaint, NULL }, { "other", complaint, NULL },
};

static const struct type *find_type(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

/* Statuses of a type one by one: its own, then those it shares. NULL after the last. */
static const struct status *status_at(const struct type *type, size_t index)
{
    for (size_t i = 0; type->own[i].name; i++)
        if (index-- == 0)
            return &type->own[i];
    for (size_t i = 0; type->shared && type->shared[i].name; i++)
        if (index-- == 0)
            return &type->shared[i];
    return NULL;
}

static const struct status *find(const char *type, const char *name)
{
    const struct type *found = find_type(type);
    const struct status *status;

    for (size_t i = 0; found && (status = status_at(found, i)); i++)
        if (strcmp(status->name, name) == 0)
            return status;
    return NULL;
}

const char *exh_case_status_at(const char *type, size_t index)
{
    const struct type *found = find_type(type);
    const struct status *status = found ? status_at(found, index + 1) : NULL;   /* the first stands for none */

    return status ? status->name : NULL;
}

static void add_statuses(const char *type, struct exh_strings *names)
{
    const char *name;

    for (size_t i = 0; (name = exh_case_status_at(type, i)); i++)
        if (!exh_strings_contain(names, name))
            exh_strings_add(names, name);
}

/* "charged, no-further-action". Free with free(). */
static char *joined(const struct exh_strings *names)
{
    struct exh_text text = EXH_TEXT_NONE;

    for (size_t i = 0; i < names->count; i++)
        exh_text_printf(&text, "%s%s", i ? ", " : "", names->at[i]);
    return exh_text_take(&text);
}

bool exh_case_status_check(const char *status, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    for (size_t i = 0; i < EXH_COUNT(types); i++)
        add_statuses(types[i].name, &names);
    if (exh_strings_contain(&names, status))
        return true;
    const char *nearest = exh_text_nearest(&names, status);
    return nearest ? exh_fail(err, EXH_USAGE, "'%s' is no status of any case; did you mean '%s'?", status, nearest)
                   : exh_fail(err, EXH_USAGE, "'%s' is no status of any case; exhibit-case(1) lists them", status);
}

bool exh_status_need(const char *type, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    if (*name && find(type, name))
        return true;
    add_statuses(type, &names);
    EXH_CLEANUP(exh_freep) char *list = joined(&names);
    return exh_fail(err, EXH_USAGE, "'%s' is not a status of a case of type %s: use %s", name, type, list);
}

bool exh_status_has_end(const char *type, const char *name)
{
    const struct status *status = find(type, name);

    return status && status->has_end;
}

bool exh_status_ends(const char *type, const char *name)
{
    const struct status *status = find(type, name);

    return status && status->ends;
}

bool exh_status_follows(const char *type, const char *before, const char *name)
{
    const struct status *status = find(type, before);

    for (size_t i = 0; status && find(type, name) && i < MOST_NEXT && status->next[i]; i++)
        if (strcmp(status->next[i], name) == 0)
            return true;
    return false;
}

char *exh_status_next_words(const char *type, const char *before)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    const struct status *status = find(type, before);

    for (size_t i = 0; status && i < MOST_NEXT && status->next[i]; i++)
        if (find(type, status->next[i]))
            exh_strings_add(&names, status->next[i]);
    return names.count ? joined(&names) : exh_strdup("none");
}
