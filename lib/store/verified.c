/* store: how far the log verified before, so that a check goes on from there. The index says so, which lies where the keys lie:
 * who can alter it could do worse. */
#include "store.h"

#include "exhibit/index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "verified";       /* "<entries> <digest of the last>" */

/* The number of entries that verified, 0 where none is known: the index may have been made anew, or from another log. */
static bool read_mark(const struct exh_store *store, uint64_t *ret_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry last = { 0 };
    EXH_CLEANUP(exh_freep) char *value = NULL;
    uint64_t count = 0;

    *ret_count = 0;
    if (!exh_index_kept(store->views->index, mark, &value, err))
        return false;
    char *space = value ? strchr(value, ' ') : NULL;
    if (space)
        *space = '\0';
    if (!space || !exh_text_number(value, store->entry_count, &count) || !count)
        return true;
    if (!exh_store_entry(store, count - 1, &last, err))
        return false;
    if (strcmp(last.digest, space + 1) == 0)
        *ret_count = count;
    return true;
}

/* Without it the next check takes longer, and that is all. */
static void write_mark(const struct exh_store *store, const struct exh_ledger_report *report)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unkept = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *value = exh_format("%" PRIu64 " %s", report->entries, report->head);

    if (!exh_index_keep(store->views->index, mark, value, &unkept))
        exh_error_clear(&unkept);
}

static bool read_ring(const struct exh_store *store, uint64_t count, struct exh_keyring *ret_ring, struct exh_error *err)
{
    const struct exh_index_query query = { .topic = EXH_TOPIC_KEYS, .to = count };
    struct exh_entry *entries;
    size_t found;

    if (!exh_store_list(store, &query, &entries, &found, err))
        return false;
    bool done = exh_ledger_keyring(entries, found, store->seal_key, ret_ring, err);
    exh_entries_free(entries, found);
    return done;
}

static bool find_place(const struct exh_store *store, uint64_t count, struct exh_ledger_place *ret_place, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry last = { 0 };

    if (!exh_store_entry(store, count - 1, &last, err)
        || !exh_merkle_edge_fetch(count, exh_store_fetch, (void *)(uintptr_t)store, &ret_place->edge, err))
        return false;
    memcpy(ret_place->commit, last.commit, sizeof ret_place->commit);
    memcpy(ret_place->digest, last.digest, sizeof ret_place->digest);
    ret_place->time = last.time;
    return true;
}

static bool verify_after(const struct exh_store *store, uint64_t count, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_ledger_known known = { .ring = &ring, .tree = { store->entry_count, exh_store_fetch, (void *)(uintptr_t)store } };

    return find_place(store, count, &known.place, err) && read_ring(store, count, &ring, err)
        && exh_store_log_key(store, &known.log, err) && exh_ledger_verify_after(store->ledger, &known, ret_report, err);
}

bool exh_store_verified(const struct exh_store *store, uint64_t *ret_entries, struct exh_error *err)
{
    return read_mark(store, ret_entries, err);
}

struct anchoring { const struct exh_store *store; const struct exh_verifier *log; uint64_t most; };

/* One that does not hold anchors nothing; 'log verify' says what is wrong with it. */
static bool take_anchor(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct anchoring *anchoring = context;
    const struct exh_merkle_source tree = { anchoring->store->entry_count, exh_store_fetch, (void *)(uintptr_t)anchoring->store };
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    const char *note = exh_json_text_or(exh_json_get(entry->whole, "facts"), "note", "");
    struct exh_anchors anchors = EXH_ANCHORS_NONE;

    (void)err;
    if (exh_anchors_read(note, strlen(note), anchoring->log, &tree, &anchoring->store->keyring, &anchors, &wrong))
        for (size_t i = 0; i < anchors.count; i++)
            anchoring->most = anchors.at[i].size > anchoring->most ? anchors.at[i].size : anchoring->most;
    free(anchors.at);
    return true;
}

bool exh_store_anchored(const struct exh_store *store, uint64_t *ret_entries, struct exh_error *err)
{
    static const struct exh_index_query query = { .topic = EXH_TOPIC_ANCHORS };
    struct exh_verifier log;
    struct anchoring anchoring = { store, &log, 0 };

    if (!exh_store_log_key(store, &log, err) || !exh_store_entries(store, &query, false, take_anchor, &anchoring, err))
        return false;
    *ret_entries = anchoring.most;
    return true;
}

bool exh_store_verify_log(const struct exh_store *store, uint64_t *ret_before, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    if (!read_mark(store, ret_before, err)
        || !(*ret_before ? verify_after(store, *ret_before, ret_report, err) : exh_ledger_verify(store->ledger, ret_report, err)))
        return false;
    if (!ret_report->problems.count && ret_report->entries != *ret_before)
        write_mark(store, ret_report);
    return true;
}

bool exh_store_check_log(const struct exh_store *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    uint64_t before;

    if (!exh_store_verify_log(store, &before, &report, err))
        return false;
    if (report.problems.count)
        return exh_fail(err, EXH_REFUSED, "the custody log does not verify (%s), so its keys are not taken; 'exhibit log verify' says more",
                        report.problems.at[0]);
    return true;
}
