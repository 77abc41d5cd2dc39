/* attention: the cases that have something which waits, kept in the index from one asking to the next.
 *
 * Whether something waits is for the log alone to say: no day changes it. When it needs attention is asked of each case that waits.
 */
#include "attention.h"

#include "exhibit/disclose.h"
#include "exhibit/index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FROM_KEPT "noted from"
enum { CASES_AT_ONCE = 256 };            /* a transaction: others who write the index do not wait long */

static bool note_that(void *context, const struct exh_uncollected *one, struct exh_error *err)
{
    (void)one, (void)err;
    *(bool *)context = true;
    return true;
}

static bool waits(const struct exh_store *store, const struct exh_casefile *casefile, bool *ret_waits, struct exh_error *err)
{
    static const struct exh_date ever = { 9999, 12, 31 };
    const struct exh_case *one = &casefile->cases[0];

    /* What cannot be read today may be read tomorrow. */
    *ret_waits = exh_case_deadline(one, &store->holidays).known || (one->sealed && !exh_store_key_is_gone(store, one->id));
    for (size_t i = 0; i < casefile->hold_count; i++)
        *ret_waits |= !casefile->holds[i].released;
    for (size_t i = 0; i < casefile->request_count; i++)
        *ret_waits |= casefile->requests[i].emergency && !casefile->requests[i].approved;
    return exh_disclose_uncollected_of(store, casefile, ever, note_that, ret_waits, err);
}

static uint64_t count_exhibits(const struct exh_casefile *casefile)
{
    uint64_t count = 0;

    for (size_t i = 0; i < casefile->exhibit_count; i++)
        count += casefile->exhibits[i].state == EXH_EXHIBIT_DONE;
    return count;
}

/* ---- into the index ---- */

static bool note_case(struct exh_store *store, const char *case_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_casefile_clear) struct exh_casefile casefile = EXH_CASEFILE_NONE;
    struct exh_index_noted noted = { .case_id = case_id, .entries = store->entry_count };

    if (!exh_store_replay(store, case_id, &casefile, err) || (casefile.case_count && !waits(store, &casefile, &noted.waits, err)))
        return false;
    noted.exhibits = count_exhibits(&casefile);
    return exh_index_note(exh_store_index(store), &noted, err);
}

static bool note_some(struct exh_store *store, char *const *cases, size_t count, struct exh_error *err)
{
    struct exh_index *index = exh_store_index(store);
    bool done = exh_index_begin(index, err);

    for (size_t i = 0; done && i < count; i++)
        done = note_case(store, cases[i], err);
    done = done && exh_index_commit(index, err);
    if (!done)
        exh_index_undo(index);
    return done;
}

static bool bring_up(struct exh_store *store, struct exh_error *err)
{
    struct exh_index *index = exh_store_index(store);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings cases = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *kept = NULL, *known = exh_format("%" PRIu64, store->entry_count);
    uint64_t from = 0;

    if (!exh_index_kept(index, FROM_KEPT, &kept, err))
        return false;
    if (kept && !exh_text_number(kept, INT64_MAX, &from))
        from = 0;
    if (!exh_index_unnoted(index, from, &cases, err))
        return false;
    for (size_t i = 0; i < cases.count; i += CASES_AT_ONCE)
        if (!note_some(store, cases.at + i, cases.count - i < CASES_AT_ONCE ? cases.count - i : CASES_AT_ONCE, err))
            return false;
    return (kept && strcmp(kept, known) == 0) || exh_index_keep(index, FROM_KEPT, known, err);
}

bool exh_attention_each_case(struct exh_store *store, bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err),
                             void *context, uint64_t *ret_exhibits, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings cases = EXH_STRINGS_NONE;
    bool done = bring_up(store, err);

    if (!done && err->kind == EXH_IO && exh_store_has_index(store)) {    /* a full disk, say: it is only derived */
        exh_error_clear(err);
        done = exh_store_index_in_memory(store, err) && bring_up(store, err);
    }
    return done && exh_index_exhibits(exh_store_index(store), ret_exhibits, err)
        && exh_index_waiting(exh_store_index(store), &cases, err) && exh_store_each_of(store, &cases, visit, context, err);
}
