/* retention: how everything stands, kept in the index from one asking to the next.
 *
 * A verdict holds while its case has no new entries, the policies are the same, and no day has come that may change it
 * (exh_decision_until). Nothing is destroyed by what stands here: who destroys decides anew.
 */
#include "life.h"

#include "exhibit/index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POLICIES_KEPT "standing policies"
#define FROM_KEPT "standing from"
enum { CASES_AT_ONCE = 256 };            /* a transaction: others who write the index do not wait long */

enum exh_standing exh_retained_standing(const struct exh_retained *retained)
{
    const struct exh_decision *d = retained->decision;

    if (!d || d->kind == EXH_KEPT_UNKNOWN)
        return EXH_STANDING_UNKNOWN;
    if (d->kind == EXH_KEPT_HELD)
        return EXH_STANDING_HELD;
    if (d->kind == EXH_KEPT_UNTIL)
        return EXH_STANDING_KEPT;
    return d->then == EXH_THEN_DELETE ? EXH_STANDING_DELETION : EXH_STANDING_REVIEW;
}

/* ---- verdicts on a few cases ---- */

struct judged { char *case_id; struct exh_index_verdict *verdicts; size_t count; int64_t until; };
struct judging {
    const struct exh_store *store;
    struct exh_retention_walk walk;
    struct judged cases[CASES_AT_ONCE];
    size_t count;
};

static void forget_cases(struct judging *j)
{
    for (size_t i = 0; i < j->count; i++) {
        struct judged *one = &j->cases[i];
        for (size_t k = 0; k < one->count; k++)
            free((char *)(uintptr_t)one->verdicts[k].item);
        free(one->verdicts);
        free(one->case_id);
    }
    j->count = 0;
}

static int64_t due_of(const struct exh_retained *retained)
{
    enum exh_standing standing = exh_retained_standing(retained);

    return standing != EXH_STANDING_HELD && standing != EXH_STANDING_UNKNOWN && retained->decision->has_end ? retained->decision->end.ns : INT64_MAX;
}

static bool take_verdict(void *context, const struct exh_retained *retained, struct exh_error *err)
{
    struct judging *j = context;
    struct judged *one = &j->cases[j->count - 1];

    (void)err;
    one->verdicts = exh_realloc_array(one->verdicts, one->count + 1, sizeof *one->verdicts);
    one->verdicts[one->count++] = (struct exh_index_verdict){ .item = exh_strdup(exh_retained_name(retained)),
                                                              .kind = exh_retained_standing(retained), .due = due_of(retained) };
    if (retained->until.ns < one->until)
        one->until = retained->until.ns;
    return true;
}

static bool judge_case(struct judging *j, const char *case_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_casefile_clear) struct exh_casefile casefile = EXH_CASEFILE_NONE;

    j->cases[j->count++] = (struct judged){ .case_id = exh_strdup(case_id), .until = INT64_MAX };
    return exh_store_replay(j->store, case_id, &casefile, err)
        && (!casefile.case_count || exh_retention_walk_case(&j->walk, &casefile, err));
}

/* ---- into the index ---- */

/* What verdicts depend on beside their cases. Free with free(). */
static char *policies_of(const struct exh_store *store, const struct exh_retention *r)
{
    struct exh_text words = EXH_TEXT_NONE;

    exh_text_puts(&words, store->zone);
    for (size_t i = 0; i < r->count; i++)
        exh_text_printf(&words, " %s@%" PRId64, r->policies[i].digest, r->versions[i].effective.ns);
    for (size_t i = 0; i < r->confirmed.count; i++)
        exh_text_printf(&words, " %s", r->confirmed.at[i]);
    return exh_text_take(&words);
}

static bool is_kept(struct exh_index *index, const char *name, const char *value, bool *ret_is, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *kept = NULL;

    if (!exh_index_kept(index, name, &kept, err))
        return false;
    *ret_is = kept && strcmp(kept, value) == 0;
    return true;
}

/* Under other policies everything is decided anew. */
static bool settle_policies(struct exh_index *index, const char *policies, struct exh_error *err)
{
    bool same;

    if (!is_kept(index, POLICIES_KEPT, policies, &same, err) || same)
        return err->kind == EXH_OK;
    bool done = exh_index_begin(index, err) && exh_index_unjudge(index, err) && exh_index_keep(index, POLICIES_KEPT, policies, err)
        && exh_index_keep(index, FROM_KEPT, "0", err) && exh_index_commit(index, err);
    if (!done)
        exh_index_undo(index);
    return done;
}

static bool write_cases(struct exh_index *index, const struct judging *j, const char *policies, struct exh_error *err)
{
    bool same;

    if (!is_kept(index, POLICIES_KEPT, policies, &same, err))
        return false;
    if (!same)
        return exh_fail(err, EXH_BUSY, "a policy was adopted meanwhile: try again");
    for (size_t i = 0; i < j->count; i++) {
        const struct judged *one = &j->cases[i];
        const struct exh_index_judged judged = { one->case_id, j->store->entry_count, j->walk.now.ns, one->until, one->verdicts, one->count };
        if (!exh_index_judge(index, &judged, err))
            return false;
    }
    return true;
}

static bool keep_cases(struct exh_index *index, struct judging *j, const char *policies, struct exh_error *err)
{
    bool done = exh_index_begin(index, err) && write_cases(index, j, policies, err) && exh_index_commit(index, err);

    if (!done)
        exh_index_undo(index);
    forget_cases(j);
    return done;
}

static bool judge_cases(struct exh_index *index, struct judging *j, const struct exh_strings *cases, const char *policies, struct exh_error *err)
{
    for (size_t i = 0; i < cases->count; i++)
        if (!judge_case(j, cases->at[i], err) || ((j->count == CASES_AT_ONCE || i + 1 == cases->count) && !keep_cases(index, j, policies, err)))
            return false;
    return true;
}

static bool read_from(struct exh_index *index, uint64_t *ret_from, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *kept = NULL;

    if (!exh_index_kept(index, FROM_KEPT, &kept, err))
        return false;
    if (!kept || !exh_text_number(kept, INT64_MAX, ret_from))
        *ret_from = 0;
    return true;
}

/* Decides anew what does not stand any more. */
static bool bring_up(struct exh_store *store, struct judging *j, const char *policies, struct exh_error *err)
{
    struct exh_index *index = exh_store_index(store);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings cases = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *known = exh_format("%" PRIu64, store->entry_count);
    uint64_t from;
    bool same;

    return settle_policies(index, policies, err) && read_from(index, &from, err)
        && exh_index_unjudged(index, from, j->walk.now.ns, &cases, err) && judge_cases(index, j, &cases, policies, err)
        && is_kept(index, FROM_KEPT, known, &same, err) && (same || exh_index_keep(index, FROM_KEPT, known, err));
}

static bool count_all(struct exh_index *index, struct exh_moment until, struct exh_standings *ret_standings, struct exh_error *err)
{
    uint64_t counts[EXH_INDEX_KINDS];

    if (!exh_index_tally(index, counts, err) || !exh_index_count_due(index, EXH_STANDING_KEPT, until.ns, &ret_standings->soon, err))
        return false;
    memcpy(ret_standings->count, counts, sizeof ret_standings->count);
    return true;
}

bool exh_retention_standings(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now, struct exh_moment until,
                             struct exh_standings *ret_standings, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *policies = policies_of(store, retention);
    struct judging *j = exh_alloc(sizeof *j);

    j->store = store;
    j->walk = (struct exh_retention_walk){ store, retention, { store->zone, &retention->confirmed }, now, take_verdict, j, NULL };
    bool done = exh_retention_need(retention, err) && bring_up(store, j, policies, err);
    if (!done && err->kind == EXH_IO && exh_store_has_index(store)) {    /* a full disk, say: it is only derived */
        exh_error_clear(err);
        forget_cases(j);
        done = exh_store_index_in_memory(store, err) && bring_up(store, j, policies, err);
    }
    forget_cases(j);
    free(j);
    return done && count_all(exh_store_index(store), until, ret_standings, err);
}

/* ---- the most urgent, and what is held ---- */

/* Verdicts in their order, decided anew, and the case that was read last: those of one case are mostly neighbours. */
struct again {
    struct exh_store *store;
    struct exh_retention_walk walk;
    struct exh_casefile casefile;
    const struct exh_index_verdict *wanted;
    bool met;                            /* it is there */
    bool grown;                          /* others have added to the log, so that it may stand otherwise by now */
    bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err);
    void *context;
};

static bool has_grown(const struct exh_store *store, bool *ret_grown, struct exh_error *err)
{
    struct exh_merkle_edge edge;

    if (!exh_index_state(exh_store_index(store), &edge, err))
        return false;
    *ret_grown = edge.size != store->entry_count;
    return true;
}

static bool visit_wanted(void *context, const struct exh_retained *retained, struct exh_error *err)
{
    struct again *again = context;

    again->met = exh_retained_standing(retained) == again->wanted->kind && due_of(retained) == again->wanted->due;
    return (!again->met && !again->grown) || again->visit(again->context, retained, err);
}

static bool need_case(struct again *again, const char *case_id, struct exh_error *err)
{
    if (again->casefile.case_count && strcmp(again->casefile.cases[0].id, case_id) == 0)
        return true;
    exh_casefile_clear(&again->casefile);
    return exh_store_replay(again->store, case_id, &again->casefile, err) && has_grown(again->store, &again->grown, err);
}

static bool take_again(void *context, const struct exh_index_verdict *verdict, struct exh_error *err)
{
    struct again *again = context;

    again->wanted = verdict;
    again->walk.only = verdict->item;
    again->met = false;
    if (!need_case(again, verdict->case_id, err) || (again->casefile.case_count && !exh_retention_walk_case(&again->walk, &again->casefile, err)))
        return false;
    return again->met || again->grown
        || exh_fail(err, EXH_MALFORMED, "what the index of store '%s' says of %s is not so: remove '%s/private/index', and the next command "
                    "makes it anew", again->store->path, verdict->item, again->store->path);
}

static void begin_again(struct again *again, struct exh_store *store, const struct exh_retention *retention, struct exh_moment now)
{
    *again = (struct again){ .store = store };
    again->walk = (struct exh_retention_walk){ store, retention, { store->zone, &retention->confirmed }, now, visit_wanted, again, NULL };
}

bool exh_retention_most_urgent(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now, struct exh_moment until,
                               size_t most, bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err),
                               void *context, struct exh_error *err)
{
    struct again again;

    begin_again(&again, store, retention, now);
    again.visit = visit;
    again.context = context;
    bool done = exh_index_visit_due(exh_store_index(store), until.ns, most, take_again, &again, err);
    exh_casefile_clear(&again.casefile);
    return done;
}

bool exh_retention_held(struct exh_store *store, const struct exh_retention *retention, struct exh_moment now,
                        bool (*visit)(void *context, const struct exh_retained *retained, struct exh_error *err), void *context,
                        struct exh_error *err)
{
    struct again again;

    begin_again(&again, store, retention, now);
    again.visit = visit;
    again.context = context;
    bool done = exh_index_visit_kind(exh_store_index(store), EXH_STANDING_HELD, take_again, &again, err);
    exh_casefile_clear(&again.casefile);
    return done;
}
