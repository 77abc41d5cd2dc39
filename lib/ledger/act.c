/* ledger: verbs, and the one table of acts and who may sign them. */
#include "parts.h"

#include <string.h>

static const char *const verb_names[EXH_VERB_COUNT] = { "collection", "alteration", "consultation", "disclosure",
                                                        "combination", "erasure", "administration" };

const char *exh_verb_name(enum exh_verb verb)
{
    return verb_names[verb];
}

bool exh_verb_parse(const char *name, enum exh_verb *ret_verb)
{
    for (int verb = 0; verb < EXH_VERB_COUNT; verb++)
        if (strcmp(name, verb_names[verb]) == 0) {
            *ret_verb = (enum exh_verb)verb;
            return true;
        }
    return false;
}

enum {
    OPERATOR = 1 << EXH_ROLE_OPERATOR,
    AUDITOR = 1 << EXH_ROLE_AUDITOR,
    DPO = 1 << EXH_ROLE_DPO,
    ADMIN = 1 << EXH_ROLE_ADMIN,
    ALL = OPERATOR | AUDITOR | DPO | ADMIN,
};

static const struct act { const char *name; enum exh_verb verb; int roles; } acts[] = {
    { "init",             EXH_ADMINISTRATION, ADMIN },
    { "key-trust",        EXH_ADMINISTRATION, ADMIN },
    { "key-revoke",       EXH_ADMINISTRATION, ADMIN },
    { "source-add",       EXH_ADMINISTRATION, ADMIN },
    { "camera-add",       EXH_ADMINISTRATION, ADMIN },
    { "camera-check-time", EXH_ADMINISTRATION, OPERATOR | ADMIN },
    { "camera-import",    EXH_ADMINISTRATION, ADMIN },
    { "config-set",       EXH_ADMINISTRATION, ADMIN },
    { "log-anchor",       EXH_ADMINISTRATION, ALL },
    { "log-stamp",        EXH_ADMINISTRATION, ALL },
    { "case-open",        EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-status",      EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-outcome",     EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-reference",   EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-hold",        EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-review",      EXH_ADMINISTRATION, DPO | ADMIN },
    { "case-release",     EXH_ADMINISTRATION, DPO | ADMIN },
    { "case-purpose",     EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-request",     EXH_ADMINISTRATION, OPERATOR | DPO | ADMIN },
    { "case-approve",     EXH_ADMINISTRATION, DPO | ADMIN },
    { "policy-propose",   EXH_ADMINISTRATION, DPO | ADMIN },
    { "policy-adopt",     EXH_ADMINISTRATION, DPO | ADMIN },
    { "rule-confirm",     EXH_ADMINISTRATION, DPO | ADMIN },
    { "disposal-propose",  EXH_ADMINISTRATION, DPO | ADMIN },
    { "disposal-approve",  EXH_ADMINISTRATION, DPO | ADMIN },
    { "disposal-withdraw", EXH_ADMINISTRATION, DPO | ADMIN },
    { "disposal-done",     EXH_ADMINISTRATION, DPO | ADMIN },
    { "destroy-begun",     EXH_ERASURE,        DPO | ADMIN },
    { "destroy-done",      EXH_ERASURE,        DPO | ADMIN },
    { "destroy-key",       EXH_ERASURE,        DPO | ADMIN },
    { "export-begun",      EXH_COLLECTION,     OPERATOR | ADMIN },
    { "export-done",       EXH_COLLECTION,     OPERATOR | ADMIN },
    { "export-failed",     EXH_COLLECTION,     OPERATOR | ADMIN },
    { "export-abandoned",  EXH_COLLECTION,     OPERATOR | ADMIN },
    { "export-nothing",    EXH_COLLECTION,     OPERATOR | ADMIN },
    { "extract-begun",     EXH_COLLECTION,     OPERATOR | ADMIN },
    { "extract-done",      EXH_COLLECTION,     OPERATOR | ADMIN },
    { "extract-failed",    EXH_COLLECTION,     OPERATOR | ADMIN },
    { "extract-abandoned", EXH_COLLECTION,     OPERATOR | ADMIN },
    { "extract-nothing",   EXH_COLLECTION,     OPERATOR | ADMIN },
    { "add-begun",         EXH_COLLECTION,     OPERATOR | ADMIN },
    { "add-done",          EXH_COLLECTION,     OPERATOR | ADMIN },
    { "add-failed",        EXH_COLLECTION,     OPERATOR | ADMIN },
    { "add-abandoned",     EXH_COLLECTION,     OPERATOR | ADMIN },
    { "transcode-begun",      EXH_ALTERATION,     OPERATOR | ADMIN },
    { "transcode-done",       EXH_ALTERATION,     OPERATOR | ADMIN },
    { "transcode-failed",     EXH_ALTERATION,     OPERATOR | ADMIN },
    { "transcode-abandoned",  EXH_ALTERATION,     OPERATOR | ADMIN },
    { "combine-begun",        EXH_COMBINATION,    OPERATOR | ADMIN },
    { "combine-done",         EXH_COMBINATION,    OPERATOR | ADMIN },
    { "combine-failed",       EXH_COMBINATION,    OPERATOR | ADMIN },
    { "combine-abandoned",    EXH_COMBINATION,    OPERATOR | ADMIN },
    { "still-begun",          EXH_ALTERATION,     OPERATOR | ADMIN },
    { "still-done",           EXH_ALTERATION,     OPERATOR | ADMIN },
    { "still-failed",         EXH_ALTERATION,     OPERATOR | ADMIN },
    { "still-abandoned",      EXH_ALTERATION,     OPERATOR | ADMIN },
    { "redact-begun",         EXH_ALTERATION,     OPERATOR | DPO | ADMIN },
    { "redact-done",          EXH_ALTERATION,     OPERATOR | DPO | ADMIN },
    { "redact-failed",        EXH_ALTERATION,     OPERATOR | DPO | ADMIN },
    { "redact-abandoned",     EXH_ALTERATION,     OPERATOR | DPO | ADMIN },
    { "seal-begun",       EXH_CONSULTATION,   OPERATOR | DPO | ADMIN },
    { "seal-done",        EXH_CONSULTATION,   OPERATOR | DPO | ADMIN },
    { "seal-failed",      EXH_CONSULTATION,   OPERATOR | DPO | ADMIN },
    { "seal-abandoned",   EXH_CONSULTATION,   OPERATOR | DPO | ADMIN },
    { "disclose",         EXH_DISCLOSURE,     OPERATOR | DPO | ADMIN },
    { "disclose-ready",   EXH_DISCLOSURE,     OPERATOR | DPO | ADMIN },
    { "receipt-issue",    EXH_DISCLOSURE,     OPERATOR | DPO | ADMIN },
    { "receipt-accept",   EXH_DISCLOSURE,     OPERATOR | DPO | ADMIN },
    { "sign",             EXH_ADMINISTRATION, ALL },
    { "verify",           EXH_CONSULTATION,   ALL },
    { "log-read",         EXH_CONSULTATION,   ALL },
};

static const struct act *find(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(acts); i++)
        if (strcmp(acts[i].name, name) == 0)
            return &acts[i];
    return NULL;
}

bool exh_role_may(enum exh_role role, const char *act)
{
    const struct act *found = find(act);

    return found && (found->roles & 1 << role);
}

enum exh_verb exh_act_verb(const char *act)
{
    const struct act *found = find(act);

    return found ? found->verb : EXH_VERB_COUNT;
}

bool exh_act_check(const char *act, enum exh_verb verb, struct exh_error *err)
{
    const struct act *found = find(act);

    if (!found)
        return exh_fail(err, EXH_MALFORMED, "act '%s' is not known", act);
    return found->verb == verb
        || exh_fail(err, EXH_MALFORMED, "verb '%s' does not go with act '%s'", verb_names[verb], act);
}
