/* retention: the policies that a store goes by, as the log has them. */
#include "exhibit/retention.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICIES "policies"
#define PROPOSE "policy-propose"
#define ADOPT "policy-adopt"
#define CONFIRM "rule-confirm"
enum { LONGEST_REASON = 2000 };

void exh_retention_clear(struct exh_retention *retention)
{
    for (size_t i = 0; i < retention->count; i++)
        exh_policy_clear(&retention->policies[i]);
    free(retention->policies);
    free(retention->versions);
    exh_strings_clear(&retention->confirmed);
    *retention = (struct exh_retention)EXH_RETENTION_NONE;
}

const struct exh_policy *exh_retention_policy(const struct exh_retention *retention)
{
    return retention->count ? &retention->policies[retention->count - 1] : NULL;
}

/* ---- from the log ---- */

static char *name_of(const char *digest)
{
    return exh_format(POLICIES "/%s.conf", digest);
}

/* The file that was adopted, and no other. */
static bool read_policy(const struct exh_store *store, const char *digest, struct exh_policy *ret_policy, struct exh_error *err)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy policy = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_freep) char *name = name_of(digest), *bytes = NULL;
    size_t size;

    if (!exh_file_read(store->root, name, EXH_POLICY_LARGEST, &bytes, &size, err) || !exh_policy_parse(name, bytes, size, &policy, err)) {
        err->kind = EXH_MALFORMED;
        return exh_while(err, "the policy that was adopted");
    }
    if (!exh_digest_equal(policy.digest, digest))
        return exh_fail(err, EXH_MALFORMED, "'%s/%s' is not the policy that was adopted: it was altered; put the file back that has this "
                        "SHA-256", store->path, name);
    *ret_policy = policy;
    policy = (struct exh_policy)EXH_POLICY_NONE;
    return true;
}

struct reading { const struct exh_store *store; struct exh_retention *retention; };

static bool add_version(const struct reading *reading, const struct exh_entry *entry, const char *digest, struct exh_error *err)
{
    struct exh_retention *r = reading->retention;

    if (r->count && (strcmp(r->proposed, digest) != 0 || strcmp(r->proposer, entry->actor) == 0))
        return exh_fail(err, EXH_MALFORMED, "adopts policy %.12s, which nobody else has proposed", digest);
    r->policies = exh_realloc_array(r->policies, r->count + 1, sizeof *r->policies);
    r->versions = exh_realloc_array(r->versions, r->count + 1, sizeof *r->versions);
    if (!read_policy(reading->store, digest, &r->policies[r->count], err))
        return false;
    r->versions[r->count++].effective = entry->time;
    r->proposed[0] = '\0';
    exh_strings_clear(&r->confirmed);        /* what was confirmed were rules of another */
    return true;
}

static bool add_confirmed(struct exh_retention *r, const struct exh_entry *entry, const char *digest, struct exh_error *err)
{
    const struct exh_policy *policy = exh_retention_policy(r);
    const char *rule = exh_json_text_or(exh_json_get(entry->whole, "facts"), "rule", "");

    if (!policy || strcmp(policy->digest, digest) != 0 || !exh_policy_rule(policy, rule))
        return exh_fail(err, EXH_MALFORMED, "confirms rule '%s', which is not of the policy in force", rule);
    exh_strings_add(&r->confirmed, rule);
    return true;
}

static bool take_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct reading *reading = context;
    struct exh_retention *r = reading->retention;
    const char *digest = exh_json_text_or(exh_json_get(entry->whole, "digests"), "policy", "");
    bool done = true;

    if (strcmp(entry->act, PROPOSE) == 0) {
        snprintf(r->proposed, sizeof r->proposed, "%s", digest);
        memcpy(r->proposer, entry->actor, sizeof r->proposer);
    } else {
        done = strcmp(entry->act, ADOPT) == 0 ? add_version(reading, entry, digest, err) : add_confirmed(r, entry, digest, err);
    }
    return done || exh_while(err, "custody log: entry %" PRIu64, entry->sequence);
}

bool exh_retention_read(const struct exh_store *store, struct exh_retention *ret_retention, struct exh_error *err)
{
    static const struct exh_index_query query = { .topic = EXH_TOPIC_POLICIES };
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct reading reading = { store, &retention };

    if (!exh_store_entries(store, &query, false, take_entry, &reading, err))
        return false;
    for (size_t i = 0; i < retention.count; i++)
        retention.versions[i].policy = &retention.policies[i];
    *ret_retention = retention;
    retention = (struct exh_retention)EXH_RETENTION_NONE;
    return true;
}

/* ---- into the log ---- */

static bool check_reason(const char *reason, struct exh_error *err)
{
    return exh_case_text_check("the reason", reason ? reason : "", LONGEST_REASON, err);
}

static bool enter(struct exh_store *store, const char *act, const char *digest, const char *rule, const char *reason, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = act };

    draft.digests = exh_json_object();
    exh_json_set_text(draft.digests, "policy", digest);
    if (rule) {
        draft.facts = exh_json_object();
        exh_json_set_text(draft.facts, "rule", rule);
    }
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "reason", reason);
    return exh_store_append(store, &draft, err);
}

/* Durable before the entry that names it; one that is there already is the same, or damaged. */
static bool keep_file(const struct exh_store *store, const char *digest, const char *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy there = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_freep) char *name = name_of(digest);

    if (exh_file_exists(store->root, name))
        return read_policy(store, digest, &there, err);
    return exh_directory_make_all(store->root, POLICIES, 0755, err) && exh_directory_sync(store->root, POLICIES, err)
        && exh_file_write(store->root, name, bytes, size, 0644, false, err);
}

/* Under the lock: what the actor may do with it now. */
static bool judge_adoption(const struct exh_store *store, const struct exh_policy *policy, const char **ret_act, struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention r = EXH_RETENTION_NONE;

    if (!exh_retention_read(store, &r, err))
        return false;
    const struct exh_policy *in_force = exh_retention_policy(&r);
    bool is_proposed = strcmp(r.proposed, policy->digest) == 0;
    *ret_act = !in_force || is_proposed ? ADOPT : PROPOSE;
    if (in_force && strcmp(in_force->digest, policy->digest) == 0)
        return exh_fail(err, EXH_REFUSED, "policy '%s' is in force already", policy->name);
    if (in_force && is_proposed && strcmp(r.proposer, store->actor) == 0)
        return exh_fail(err, EXH_REFUSED, "you have proposed policy '%s' yourself: another person, of a role that may, adopts it", policy->name);
    return exh_store_may(store, *ret_act, err);
}

static bool adopt(struct exh_store *store, const struct exh_policy *policy, const char *bytes, size_t size, const char *reason,
                  bool dry_run, bool *ret_adopted, struct exh_error *err)
{
    const char *act;

    if (!judge_adoption(store, policy, &act, err))
        return false;
    *ret_adopted = strcmp(act, ADOPT) == 0;
    return dry_run || (keep_file(store, policy->digest, bytes, size, err) && enter(store, act, policy->digest, NULL, reason, err));
}

bool exh_retention_adopt(struct exh_store *store, const char *path, const char *reason, bool dry_run, bool *ret_adopted,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy policy = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!check_reason(reason, err) || !exh_file_read(AT_FDCWD, path, EXH_POLICY_LARGEST, &bytes, &size, err)
        || !exh_policy_parse(path, bytes, size, &policy, err) || !exh_store_lock(store, err))
        return false;
    bool done = adopt(store, &policy, bytes, size, reason, dry_run, ret_adopted, err);
    exh_store_unlock(store);
    return done;
}

static bool fail_no_rule(const struct exh_policy *policy, const char *rule, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;

    for (size_t i = 0; i < policy->rule_count; i++)
        exh_strings_add(&ids, policy->rules[i].id);
    return exh_text_unknown(&ids, rule, "'exhibit retention lint' lists those that are to be confirmed", err, "policy '%s' has no rule '%s'",
                            policy->name, rule);
}

static bool confirm(struct exh_store *store, const char *rule, const char *reason, bool dry_run, struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention r = EXH_RETENTION_NONE;

    if (!exh_store_may(store, CONFIRM, err) || !exh_retention_read(store, &r, err))
        return false;
    const struct exh_policy *policy = exh_retention_policy(&r);
    if (!policy)
        return exh_fail(err, EXH_USAGE, "no policy was adopted: 'exhibit retention adopt FILE' does");
    const struct exh_rule *found = exh_policy_rule(policy, rule);
    if (!found)
        return fail_no_rule(policy, rule, err);
    if (found->sure || exh_strings_contain(&r.confirmed, rule))
        return exh_fail(err, EXH_REFUSED, "rule %s %s", rule, found->sure ? "is sure: it needs no confirmation" : "was confirmed already");
    return dry_run || enter(store, CONFIRM, policy->digest, rule, reason, err);
}

bool exh_retention_confirm(struct exh_store *store, const char *rule, const char *reason, bool dry_run, struct exh_error *err)
{
    if (!check_reason(reason, err) || !exh_store_lock(store, err))
        return false;
    bool done = confirm(store, rule, reason, dry_run, err);
    exh_store_unlock(store);
    return done;
}
