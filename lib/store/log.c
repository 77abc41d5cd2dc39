/* store: the log as it was read: through the index, which goes on from where it is to the log's last entry.
 *
 * An entry is in the log before it is in the index, so the log is never behind: where it is, it was cut short or made anew.
 */
#include "store.h"

#include "exhibit/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what an entry is found by ---- */

char *exh_store_clock_topic(const char *camera)
{
    return exh_format(EXH_TOPIC_CLOCKS "%s", camera);
}

char *exh_store_signing_topic(const char *id)
{
    return exh_format("signing %s", id);
}

char *exh_store_gone_key_topic(const char *case_id)
{
    return exh_format(EXH_TOPIC_DISPOSALS " key %s", case_id);
}

/* Free with free(); NULL: none. */
static bool topic_of(const struct exh_store *store, const struct exh_entry *entry, char **ret_topic, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *signing = exh_json_text_or(facts, "signing", NULL), *job = exh_json_text_or(facts, "job", NULL), *camera;

    if (exh_entry_changes_keys(entry)) {
        *ret_topic = exh_strdup(EXH_TOPIC_KEYS);
    } else if (strcmp(entry->act, "camera-check-time") == 0) {
        if (!exh_entry_details(entry, store->seal_key, &details, err) || !exh_json_need_text(details, "camera", &camera, err)) {
            err->kind = EXH_MALFORMED;
            return exh_while(err, "custody log: entry %" PRIu64, entry->sequence);
        }
        *ret_topic = exh_store_clock_topic(camera);
    } else if ((strcmp(entry->act, "sign") == 0 || strcmp(entry->act, "receipt-issue") == 0) && signing) {
        *ret_topic = exh_store_signing_topic(signing);
    } else if (strcmp(entry->act, "case-open") == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_CASES);
    } else if (strncmp(entry->act, "policy-", 7) == 0 || strcmp(entry->act, "rule-confirm") == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_POLICIES);
    } else if (strcmp(entry->act, "destroy-key") == 0 && entry->case_id) {
        *ret_topic = exh_store_gone_key_topic(entry->case_id);
    } else if (strncmp(entry->act, "disposal-", 9) == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_PLANS);
    } else if (strncmp(entry->act, "destroy-", 8) == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_DISPOSALS);
    } else if (strcmp(entry->act, "verify") == 0 && !entry->exhibit && exh_json_get(facts, "items")) {
        *ret_topic = exh_strdup(EXH_TOPIC_RUNS);
    } else if (strcmp(entry->act, "log-anchor") == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_ANCHORS);
    } else if (strcmp(entry->act, "log-stamp") == 0) {
        *ret_topic = exh_strdup(EXH_TOPIC_STAMPS);
    } else if (job) {
        *ret_topic = exh_store_job_topic(job);
    } else if (exh_json_get(exh_json_get(entry->whole, "digests"), "config")) {
        *ret_topic = exh_strdup(EXH_TOPIC_CONFIG);
    }
    return true;
}

/* ---- going on ---- */

/* What is new in the log, on its way into the index. */
struct growth { struct exh_store *store; bool raced; uint64_t added; };

/* The first new entry begins the transaction: nothing new takes no lock. Somebody else may have come first. */
static bool begin_growth(struct growth *growth, uint64_t sequence, struct exh_error *err)
{
    struct exh_index *index = growth->store->views->index;
    struct exh_merkle_edge edge;

    if (growth->added)
        return true;
    if (!exh_index_begin(index, err) || !exh_index_state(index, &edge, err))
        return false;
    growth->raced = edge.size != sequence;
    return !growth->raced || exh_fail(err, EXH_BUSY, "another process reads the log into the index: try again");
}

/* The row of a batch that a case was opened for: its topic is that of cases. */
static bool keep_job(struct exh_store *store, const struct exh_entry *entry, struct exh_error *err)
{
    const char *job = exh_json_text_or(exh_json_get(entry->whole, "facts"), "job", NULL);

    if (!job)
        return true;
    EXH_CLEANUP(exh_freep) char *topic = exh_store_job_topic(job);
    EXH_CLEANUP(exh_freep) char *sequence = exh_format("%" PRIu64, entry->sequence);
    return exh_index_keep(store->views->index, topic, sequence, err);
}

static bool add_row(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err)
{
    struct growth *growth = context;
    EXH_CLEANUP(exh_freep) char *topic = NULL;
    struct exh_index_row row = { .sequence = entry->sequence, .case_id = entry->case_id, .commit = entry->commit,
                                 .leaf = entry->leaf, .bytes = bytes, .size = size };
    bool begins;

    if (!begin_growth(growth, entry->sequence, err) || !topic_of(growth->store, entry, &topic, err))
        return false;
    row.topic = topic;
    row.item = exh_entry_item(entry, &begins);
    row.stage = !row.item ? EXH_INDEX_NONE : begins ? EXH_INDEX_BEGINS : EXH_INDEX_ENDS;
    if (strcmp(entry->act, "case-open") == 0) {
        row.kind = "case";
        row.numbered = entry->case_id;
    } else if (row.stage == EXH_INDEX_BEGINS && row.item == entry->exhibit && !strchr(row.item, '/')) {
        row.kind = "exhibit";                            /* a Master; copies are counted by its case */
        row.numbered = entry->exhibit;
    }
    growth->added++;
    if (row.kind && strcmp(row.kind, "case") == 0 && !keep_job(growth->store, entry, err))
        return false;
    return exh_index_add(growth->store->views->index, &row, err)
        || (err->kind == EXH_MALFORMED && exh_while(err, "custody log: entry %" PRIu64, entry->sequence));
}

static bool take_row(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    return exh_entry_read(row->bytes, row->size, row->commit, context, err);
}

bool exh_store_entry(const struct exh_store *store, uint64_t sequence, struct exh_entry *ret_entry, struct exh_error *err)
{
    const struct exh_index_query query = { .from = sequence, .to = sequence + 1 };
    struct exh_entry entry = { 0 };

    if (!exh_index_visit(store->views->index, &query, false, take_row, &entry, err))
        return false;
    if (!entry.act)
        return exh_fail(err, EXH_USAGE, "the log has no entry %" PRIu64, sequence);
    *ret_entry = entry;
    return true;
}

static void place_at(struct exh_ledger_place *place, const struct exh_entry *last)
{
    memcpy(place->commit, last->commit, sizeof place->commit);
    memcpy(place->digest, last->digest, sizeof place->digest);
    place->time = last->time;
}

/* Where the index is: mostly where this process left it. */
static bool find_place(struct exh_store *store, struct exh_ledger_place *ret_place, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry last = { 0 };
    struct exh_ledger_place place = EXH_LEDGER_START;

    if (!exh_index_state(store->views->index, &place.edge, err))
        return false;
    bool is_known = store->last.act && store->last.sequence + 1 == place.edge.size;
    if (place.edge.size && !is_known && !exh_store_entry(store, place.edge.size - 1, &last, err))
        return false;
    if (place.edge.size)
        place_at(&place, is_known ? &store->last : &last);
    *ret_place = place;
    return true;
}

/* The log does not hold what the index has: an index that is wrong is made anew; a log that is, is said. */
static bool settle_difference(struct exh_store *store, const struct exh_ledger_place *place, struct exh_error *err)
{
    bool met, branch;

    if (!exh_ledger_holds_commit(store->ledger, place->commit, &met, err) || !exh_ledger_has_branch(store->ledger, &branch, err))
        return false;
    if (!branch)
        return exh_fail(err, EXH_MALFORMED, "custody log: its branch is gone: '%s/" LOG "' has no 'refs/heads/custody', and held entry %" PRIu64
                        " (commit %.12s) when it was read before. The objects may still be there; 'Where the custody log lies, and when it is "
                        "damaged' (docs/log-storage.md) has the way back, from a mirror or a backup", store->path, place->edge.size - 1,
                        place->commit);
    if (met)
        return exh_index_begin(store->views->index, err) && exh_index_empty(store->views->index, err)
            && exh_index_commit(store->views->index, err);
    return exh_fail(err, EXH_MALFORMED, "custody log: it no longer holds entry %" PRIu64 " (commit %.12s), which was read from it before: "
                    "it was cut short or made anew since. If that was done on purpose, from a copy that can be trusted, remove '%s/"
                    INDEX "' and go on", place->edge.size - 1, place->commit, store->path);
}

enum { TRIES = 3 };

/* One try. *ret_again: somebody else went on meanwhile, or the index was emptied. */
static bool go_on(struct exh_store *store, struct growth *growth, bool *ret_again, struct exh_error *err)
{
    struct exh_ledger_place place;
    bool met;

    *growth = (struct growth){ store, false, 0 };
    if (!find_place(store, &place, err))
        return false;
    const struct exh_ledger_place before = place;
    if (!exh_ledger_follow(store->ledger, &place, add_row, growth, &met, err)) {
        *ret_again = growth->raced;
        return false;
    }
    if (met)
        return !growth->added || exh_index_commit(store->views->index, err);
    exh_index_undo(store->views->index);
    *ret_again = true;
    return settle_difference(store, &before, err);
}

/* In this process's memory, where the index cannot be kept. */
static bool use_memory(struct exh_store *store, struct exh_error *err)
{
    exh_error_clear(err);
    exh_index_freep(&store->views->index);
    store->views->in_memory = true;
    return exh_index_open(NULL, &store->views->index, err);
}

static bool catch_up(struct exh_store *store, struct exh_error *err)
{
    struct growth growth;

    for (int i = 0;; i++) {
        bool again = false, done = go_on(store, &growth, &again, err);
        if (!done)
            exh_index_undo(store->views->index);
        if (done && !again)
            return true;
        if (!done && err->kind == EXH_IO && !store->views->in_memory && use_memory(store, err))
            continue;
        if (!again || i == TRIES)
            return false;
        exh_error_clear(err);
    }
}

/* ---- what follows from it ---- */

struct list { struct exh_entry *at; size_t count; };

static void clear_list(struct list *list)
{
    exh_entries_free(list->at, list->count);
}

static bool add_to_list(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    struct list *list = context;

    if ((list->count & (list->count - 1)) == 0)      /* room for the next power of two */
        list->at = exh_realloc_array(list->at, list->count ? 2 * list->count : 1, sizeof *list->at);
    return take_row(&list->at[list->count], row, err) && ++list->count;
}

bool exh_store_list(const struct exh_store *store, const struct exh_index_query *query, struct exh_entry **ret_entries, size_t *ret_count,
                    struct exh_error *err)
{
    EXH_CLEANUP(clear_list) struct list list = { NULL, 0 };

    if (!exh_index_visit(store->views->index, query, false, add_to_list, &list, err))
        return false;
    *ret_entries = list.at;
    *ret_count = list.count;
    list = (struct list){ NULL, 0 };
    return true;
}

static bool found_one(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    (void)row, (void)err;
    *(bool *)context = true;
    return true;
}

bool exh_store_has_entry(const struct exh_store *store, const struct exh_index_query *query, bool *ret_has, struct exh_error *err)
{
    *ret_has = false;
    return exh_index_visit(store->views->index, query, false, found_one, ret_has, err);
}

/* @known: so many entries are in it already, and stay where they change nothing. */
static bool read_keyring(struct exh_store *store, uint64_t known, struct exh_error *err)
{
    static const struct exh_index_query keys = { .topic = EXH_TOPIC_KEYS };
    const struct exh_index_query new_keys = { .topic = EXH_TOPIC_KEYS, .from = known };
    EXH_CLEANUP(clear_list) struct list list = { NULL, 0 };
    bool changes;

    if (!exh_store_has_entry(store, &new_keys, &changes, err) || !changes)
        return err->kind == EXH_OK;
    exh_keyring_clear(&store->keyring);
    return exh_store_list(store, &keys, &list.at, &list.count, err)
        && exh_ledger_keyring(list.at, list.count, store->seal_key, &store->keyring, err);
}

/* The index may have been filled by another process: what counts is what this one has read. */
bool exh_store_refresh(struct exh_store *store, struct exh_error *err)
{
    struct exh_merkle_edge edge;

    if (!catch_up(store, err) || !exh_index_state(store->views->index, &edge, err))
        return false;
    uint64_t known = store->entry_count;
    if (edge.size == known)
        return true;
    exh_store_forget_register(store);
    exh_store_forget_clocks(store);
    exh_entry_clear(&store->last);
    store->entry_count = edge.size;
    return exh_store_entry(store, edge.size - 1, &store->last, err) && read_keyring(store, edge.size > known ? known : 0, err);
}

/* ---- opening ---- */

bool exh_store_open_index(struct exh_store *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, INDEX);

    store->views = exh_alloc(sizeof *store->views);
    return exh_index_open(path, &store->views->index, err) || (err->kind == EXH_IO && use_memory(store, err));
}

struct exh_index *exh_store_index(const struct exh_store *store)
{
    return store->views->index;
}

bool exh_store_index_in_memory(struct exh_store *store, struct exh_error *err)
{
    exh_store_forget_register(store);
    return use_memory(store, err) && exh_store_refresh(store, err);
}

bool exh_store_has_index(const struct exh_store *store)
{
    return !store->views->in_memory;
}

void exh_store_forget_log(struct exh_store *store)
{
    exh_entry_clear(&store->last);
    exh_keyring_clear(&store->keyring);
    if (store->views) {
        exh_store_forget_register(store);
        exh_store_forget_clocks(store);
        exh_index_freep(&store->views->index);
    }
    free(store->views);
    store->views = NULL;
}

/* ---- asking ---- */

struct visiting { bool (*visit)(void *context, const struct exh_entry *entry, struct exh_error *err); void *context; };

static bool visit_row(void *context, const struct exh_index_row *row, struct exh_error *err)
{
    const struct visiting *visiting = context;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };

    return take_row(&entry, row, err) && visiting->visit(visiting->context, &entry, err);
}

bool exh_store_entries(const struct exh_store *store, const struct exh_index_query *query, bool backwards,
                       bool (*visit)(void *context, const struct exh_entry *entry, struct exh_error *err), void *context,
                       struct exh_error *err)
{
    struct visiting visiting = { visit, context };

    return exh_index_visit(store->views->index, query, backwards, visit_row, &visiting, err);
}

bool exh_store_fetch(void *store, unsigned level, uint64_t position, struct exh_merkle_hash *ret_hash, struct exh_error *err)
{
    return exh_index_fetch(((struct exh_store *)store)->views->index, level, position, ret_hash, err);
}

bool exh_store_log_key(const struct exh_store *store, struct exh_verifier *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry first = { 0 };

    return exh_store_entry(store, 0, &first, err) && exh_entry_log_key(&first, ret_key, err);
}
