/* sweep: plans as the log has them: proposed, approved, carried out or withdrawn. */
#include "sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_disposals_clear(struct exh_disposals *disposals)
{
    free(disposals->at);
    *disposals = (struct exh_disposals)EXH_DISPOSALS_NONE;
}

const char *exh_disposal_state_word(enum exh_disposal_state state)
{
    static const char *const words[] = { [EXH_DISPOSAL_PROPOSED] = "proposed", [EXH_DISPOSAL_APPROVED] = "approved",
                                         [EXH_DISPOSAL_WITHDRAWN] = "withdrawn", [EXH_DISPOSAL_DONE] = "done" };

    return words[state];
}

static struct exh_disposal *find(const struct exh_disposals *disposals, const char *plan)
{
    for (size_t i = disposals->count; i-- > 0;)
        if (strcmp(disposals->at[i].plan, plan) == 0)
            return &disposals->at[i];
    return NULL;
}

const struct exh_disposal *exh_disposals_find(const struct exh_disposals *disposals, const char *plan)
{
    return find(disposals, plan);
}

enum { SHORTEST_ID = 12 };               /* digits that a plan is shown by */

bool exh_disposal_id_is_one(const char *words)
{
    size_t size = strlen(words);

    return size >= SHORTEST_ID && size < EXH_SHA256_DIGITS && strspn(words, "0123456789abcdef") == size;
}

bool exh_disposals_need(const struct exh_disposals *disposals, const char *id, const struct exh_disposal **ret_disposal, struct exh_error *err)
{
    *ret_disposal = NULL;
    for (size_t i = 0; i < disposals->count; i++) {
        if (strncmp(disposals->at[i].plan, id, strlen(id)) != 0)
            continue;
        if (*ret_disposal)
            return exh_fail(err, EXH_USAGE, "'%s' begins more than one plan: give more of its digits ('exhibit retention plans --json')", id);
        *ret_disposal = &disposals->at[i];
    }
    return *ret_disposal || exh_fail(err, EXH_USAGE, "no plan '%s' was proposed here, and there is no file of that name; 'exhibit retention plans' "
                                     "lists them", id);
}

/* ---- from the log ---- */

static bool contradicts(const struct exh_entry *entry, const char *plan, const char *why, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "'%s' of plan %.12s, %s", entry->act, plan, why);
}

static bool propose(struct exh_disposals *disposals, const struct exh_entry *entry, const char *plan, struct exh_error *err)
{
    if (strlen(plan) != EXH_SHA256_DIGITS - 1 || find(disposals, plan))
        return contradicts(entry, plan, "which is none, or was proposed before", err);
    disposals->at = exh_realloc_array(disposals->at, disposals->count + 1, sizeof *disposals->at);
    struct exh_disposal *one = &disposals->at[disposals->count++];
    *one = (struct exh_disposal){ .state = EXH_DISPOSAL_PROPOSED, .proposed = entry->time };
    memcpy(one->plan, plan, sizeof one->plan);
    memcpy(one->proposed_by, entry->actor, sizeof one->proposed_by);
    return true;
}

static bool approve(struct exh_disposal *one, const struct exh_entry *entry, struct exh_error *err)
{
    if (one->state != EXH_DISPOSAL_PROPOSED)
        return contradicts(entry, one->plan, "which is not waiting for it", err);
    if (strcmp(one->proposed_by, entry->actor) == 0)
        return contradicts(entry, one->plan, "by who proposed it", err);
    one->state = EXH_DISPOSAL_APPROVED;
    one->approved = entry->time;
    memcpy(one->approved_by, entry->actor, sizeof one->approved_by);
    return true;
}

/* Done: it was carried out, or withdrawn when part of it was, and there is a certificate. Withdrawn: there is none. */
static bool end(struct exh_disposal *one, const struct exh_entry *entry, enum exh_disposal_state state, struct exh_error *err)
{
    bool approved = one->state == EXH_DISPOSAL_APPROVED;
    bool waits = approved || (one->state == EXH_DISPOSAL_PROPOSED && state == EXH_DISPOSAL_WITHDRAWN);

    if (!waits || one->begun != one->destroyed)
        return contradicts(entry, one->plan, "which cannot end so", err);
    one->state = state;
    one->ended = entry->time;
    memcpy(one->ended_by, entry->actor, sizeof one->ended_by);
    snprintf(one->certificate, sizeof one->certificate, "%s",
             exh_json_text_or(exh_json_get(entry->whole, "digests"), "tagmanifest", ""));
    return true;
}

/* Nothing is destroyed but by a plan that was approved and has not ended. */
static bool destroy(struct exh_disposal *one, const struct exh_entry *entry, struct exh_error *err)
{
    if (one->state != EXH_DISPOSAL_APPROVED)
        return contradicts(entry, one->plan, "which was not approved, or has ended", err);
    one->begun += strcmp(entry->act, "destroy-begun") == 0;
    one->destroyed += strcmp(entry->act, "destroy-done") == 0;
    one->keys += strcmp(entry->act, "destroy-key") == 0;
    return true;
}

bool exh_disposals_follow(struct exh_disposals *disposals, const struct exh_entry *entry, struct exh_error *err)
{
    const char *plan = exh_json_text_or(exh_json_get(entry->whole, "digests"), "plan", "");
    struct exh_disposal *one = find(disposals, plan);

    if (strcmp(entry->act, "disposal-propose") == 0)
        return propose(disposals, entry, plan, err);
    if (!one)
        return contradicts(entry, plan, "which was never proposed", err);
    return strcmp(entry->act, "disposal-approve") == 0  ? approve(one, entry, err)
         : strcmp(entry->act, "disposal-withdraw") == 0 ? end(one, entry, EXH_DISPOSAL_WITHDRAWN, err)
         : strcmp(entry->act, "disposal-done") == 0     ? end(one, entry, EXH_DISPOSAL_DONE, err)
                                                        : destroy(one, entry, err);
}

static bool take_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    return exh_disposals_follow(context, entry, err) || exh_while(err, "custody log: entry %" PRIu64, entry->sequence);
}

bool exh_disposals_read(const struct exh_store *store, struct exh_disposals *ret_disposals, struct exh_error *err)
{
    static const struct exh_index_query query = { .topics = EXH_TOPIC_DISPOSALS };
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;

    if (!exh_store_entries(store, &query, false, take_entry, &disposals, err))
        return false;
    *ret_disposals = disposals;
    disposals = (struct exh_disposals)EXH_DISPOSALS_NONE;
    return true;
}
