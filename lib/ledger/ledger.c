/* ledger: the log opened, read and appended to. */
#include "crew.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const exh_ledger_files[EXH_LEDGER_FILES] = {
    [EXH_CHECKPOINT_AT] = EXH_CHECKPOINT_FILE,
    [EXH_ENTRY_AT] = EXH_ENTRY_FILE,
};

bool exh_ledger_create(const char *path, struct exh_error *err)
{
    return exh_repo_create(path, EXH_LEDGER_BRANCH, err);
}

bool exh_ledger_open(const char *path, struct exh_ledger **ret_ledger, struct exh_error *err)
{
    struct exh_repo *repo;

    if (!exh_repo_open(path, EXH_LEDGER_BRANCH, &repo, err))
        return false;
    *ret_ledger = exh_alloc(sizeof **ret_ledger);
    (*ret_ledger)->repo = repo;
    (*ret_ledger)->path = exh_strdup(path);
    return true;
}

void exh_ledger_freep(struct exh_ledger **ledger)
{
    if (*ledger) {
        exh_repo_freep(&(*ledger)->repo);
        for (size_t i = 0; i < EXH_CREW_MOST; i++)
            exh_repo_freep(&(*ledger)->apart[i]);
        exh_secret_key_freep(&(*ledger)->key);
        free((*ledger)->checkpoint);
        free((*ledger)->path);
    }
    free(*ledger);
    *ledger = NULL;
}

void exh_ledger_hold(struct exh_ledger *ledger, struct exh_secret_key *key)
{
    exh_secret_key_freep(&ledger->key);
    ledger->key = key;
}

bool exh_ledger_is_held(const struct exh_ledger *ledger)
{
    return ledger->key;
}

/* ---- reading ---- */

void exh_entries_free(struct exh_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exh_entry_clear(&entries[i]);
    free(entries);
}

/* What following the log goes through. */
struct following {
    struct exh_ledger_place *place;
    bool (*visit)(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err);
    void *context;
    char *checkpoint;                    /* of the place that was come to */
};

static void clear_following(struct following *following)
{
    free(following->checkpoint);
}

/* @entry stands right after @place? */
static bool check_link(const struct exh_ledger_place *place, const struct exh_entry *entry, struct exh_error *err)
{
    bool is_first = !place->edge.size;

    if (is_first && (entry->sequence != 0 || strspn(entry->previous, "0") != EXH_SHA256_DIGITS - 1))
        return exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 ": no entry stands before it, and it is not the first", entry->sequence);
    if (entry->sequence != place->edge.size)
        return exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 ": its sequence is %" PRIu64, place->edge.size, entry->sequence);
    if (is_first)
        return true;
    if (strcmp(place->digest, entry->previous) != 0)
        return exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 ": it is not the entry that entry %" PRIu64 " follows", place->edge.size - 1,
                        entry->sequence);
    return place->time.ns <= entry->time.ns
        || exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 ": its time is later than that of entry %" PRIu64, place->edge.size - 1,
                    entry->sequence);
}

static bool read_one(const struct exh_repo_visit *commit, struct exh_entry *ret_entry, struct exh_error *err)
{
    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT];

    if (commit->parent_count > 1)
        return exh_fail(err, EXH_MALFORMED, "commit %s joins two histories", commit->oid);
    if (!file->bytes)
        return exh_fail(err, EXH_MALFORMED, "commit %s does not hold exactly the files " EXH_CHECKPOINT_FILE " and "
                        EXH_ENTRY_FILE, commit->oid);
    return exh_entry_read(file->bytes, file->size, commit->oid, ret_entry, err);
}

static void move_on(struct exh_ledger_place *place, const struct exh_entry *entry)
{
    exh_merkle_add(&place->edge, &entry->leaf);
    memcpy(place->commit, entry->commit, sizeof place->commit);
    memcpy(place->digest, entry->digest, sizeof place->digest);
    place->time = entry->time;
}

static bool take_entry(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    return read_one(commit, context, err);
}

bool exh_ledger_entry_of(struct exh_ledger *ledger, const char *commit, struct exh_entry *ret_entry, struct exh_error *err)
{
    return exh_repo_look(ledger->repo, commit, exh_ledger_files, EXH_LEDGER_FILES, take_entry, ret_entry, err);
}

/* Says which entry it is that the line broke at: the one before the last that was read. */
static bool name_broken(struct exh_ledger *ledger, const struct exh_repo_line *line, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry after = { 0 };

    if (!line->count)
        return exh_while(err, "the last entry");
    if (!exh_ledger_entry_of(ledger, line->at[line->count - 1], &after, &unknown))
        return exh_while(err, "the entry before commit %s", line->at[line->count - 1]);
    return exh_while(err, "entry %" PRId64, (int64_t)after.sequence - 1);
}

static bool keep_checkpoint(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    const struct exh_repo_file *file = &commit->files[EXH_CHECKPOINT_AT];

    if (!file->bytes)
        return exh_fail(err, EXH_MALFORMED, "commit %s holds no checkpoint", commit->oid);
    *(char **)context = exh_strndup(file->bytes, file->size);
    return true;
}

static bool look_for_checkpoint(struct exh_ledger *ledger, const char *commit, char **ret_note, struct exh_error *err)
{
    return exh_repo_look(ledger->repo, commit, exh_ledger_files, EXH_LEDGER_FILES, keep_checkpoint, ret_note, err);
}

bool exh_ledger_checkpoint_of(struct exh_ledger *ledger, const struct exh_entry *entry, char **ret_note, struct exh_error *err)
{
    return look_for_checkpoint(ledger, entry->commit, ret_note, err)
        || exh_while(err, "custody log: entry %" PRIu64, entry->sequence);
}

/* The checkpoint that goes with the place: where nothing is new and it was there before, it is at hand. */
static bool find_checkpoint(struct exh_ledger *ledger, struct following *following, struct exh_error *err)
{
    const struct exh_ledger_place *place = following->place;

    if (following->checkpoint || !*place->commit)
        return true;
    if (ledger->checkpoint && ledger->edge.size == place->edge.size && strcmp(ledger->commit, place->commit) == 0) {
        following->checkpoint = exh_strdup(ledger->checkpoint);
        return true;
    }
    return look_for_checkpoint(ledger, place->commit, &following->checkpoint, err) || exh_while(err, "the last entry");
}

/* Entries that were read ahead, by many threads. */
struct ahead { struct exh_entry entry; char *bytes; size_t size; };
struct block { struct ahead *at; size_t count, good; };      /* @good: before the first that cannot be read */

static void clear_block(struct block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        exh_entry_clear(&block->at[i].entry);
        free(block->at[i].bytes);
    }
    free(block->at);
}

static bool read_ahead(void *context, size_t at, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct ahead *ahead = &((struct block *)context)->at[at];
    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT];

    if (!read_one(commit, &ahead->entry, err))
        return false;
    ahead->bytes = exh_memdup(file->bytes, file->size);
    ahead->size = file->size;
    return true;
}

/* The chain goes on from entry to entry, in order. */
static bool follow_block(struct following *following, const struct block *block, struct exh_error *err)
{
    for (size_t i = 0; i < block->good; i++) {
        const struct ahead *ahead = &block->at[i];
        if (!check_link(following->place, &ahead->entry, err)
            || !following->visit(following->context, &ahead->entry, ahead->bytes, ahead->size, err))
            return false;
        move_on(following->place, &ahead->entry);
    }
    return true;
}

/* A block that was read is gone through by one thread while the others read the next. */
struct passing { struct following *following; struct block block; bool done; struct exh_error *err; };

static void clear_passing(struct passing *passing)
{
    clear_block(&passing->block);
}

static void pass(void *context)
{
    struct passing *passing = context;

    passing->done = follow_block(passing->following, &passing->block, passing->err);
}

/* What was read before what is broken counts. */
static bool end_broken(struct passing *passing, struct exh_error *broken, struct exh_error *err)
{
    pass(passing);
    if (!passing->done)
        return false;
    exh_error_move(err, broken);
    return exh_while(err, "entry %" PRIu64, passing->following->place->edge.size);
}

/* Reads from the commit at @oldest of the line so many to newer ones, which are to be passed next. */
static bool read_block(struct exh_ledger *ledger, struct passing *passing, const struct exh_repo_line *line, size_t oldest, size_t count,
                       struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error broken = EXH_ERROR_NONE;
    EXH_CLEANUP(clear_block) struct block next = { exh_alloc((count + 1) * sizeof *next.at), count, 0 };
    const struct exh_crew_work work = { .line = line, .first = oldest, .count = count, .upward = true, .files_alone = true,
                                        .look = read_ahead, .context = &next, .meanwhile = pass, .meanwhile_context = passing };

    next.good = exh_crew_look(ledger, &work, &broken);
    if (!passing->done)
        return false;
    const struct block passed = passing->block;
    passing->block = next;
    next = passed;
    return passing->block.good == count || end_broken(passing, &broken, err);
}

static bool follow_line(struct exh_ledger *ledger, struct following *following, const struct exh_repo_line *line, struct exh_error *err)
{
    enum { BLOCK = 4096 };

    EXH_CLEANUP(clear_passing) struct passing passing = { .following = following, .block = { NULL, 0, 0 }, .err = err };
    const struct exh_repo_watch *watch = line->count > BLOCK ? &ledger->watch : NULL;

    for (size_t left = line->count, some; left; left -= some) {
        exh_repo_tell(watch, line->count - left, line->count);
        some = left < BLOCK ? left : BLOCK;
        if (!read_block(ledger, &passing, line, left - 1, some, err))
            return false;
    }
    pass(&passing);
    return passing.done && find_checkpoint(ledger, following, err);
}

/* What the next append goes on from. */
static void note_state(struct exh_ledger *ledger, struct following *following)
{
    ledger->edge = following->place->edge;
    memcpy(ledger->commit, following->place->commit, sizeof ledger->commit);
    free(ledger->checkpoint);
    ledger->checkpoint = exh_steal(&following->checkpoint);
}

static bool is_checkpoint_of(const char *words, const struct exh_merkle_edge *edge)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unreadable = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_checkpoint checkpoint;

    return exh_note_read(words, strlen(words), &note, &unreadable) && exh_checkpoint_read(&note, &checkpoint, &unreadable)
        && exh_checkpoint_is_of(&(struct exh_ledger_root){ checkpoint.size, checkpoint.root }, edge);
}

bool exh_ledger_follow(struct exh_ledger *ledger, struct exh_ledger_place *place,
                       bool (*visit)(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err),
                       void *context, bool *ret_met, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_line_clear) struct exh_repo_line line = EXH_REPO_LINE_NONE;
    EXH_CLEANUP(clear_following) struct following following = { place, visit, context, NULL };
    bool is_start = !place->edge.size;

    if (!exh_repo_line(ledger->repo, place->commit, &line, ret_met, err)) {
        name_broken(ledger, &line, err);
        return exh_while(err, "custody log");
    }
    if (!*ret_met)
        return true;
    if (!follow_line(ledger, &following, &line, err))
        return exh_while(err, "custody log");
    *ret_met = is_start || is_checkpoint_of(following.checkpoint, &place->edge);
    note_state(ledger, &following);
    return true;
}

bool exh_ledger_holds_commit(struct exh_ledger *ledger, const char *commit, bool *ret_holds, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_line_clear) struct exh_repo_line line = EXH_REPO_LINE_NONE;

    return exh_repo_line(ledger->repo, commit, &line, ret_holds, err) || exh_while(err, "custody log");
}

bool exh_ledger_has_branch(struct exh_ledger *ledger, bool *ret_has, struct exh_error *err)
{
    char head[EXH_OID_DIGITS];

    if (!exh_repo_head(ledger->repo, head, err))
        return exh_while(err, "custody log");
    *ret_has = *head;
    return true;
}

/* All of them, in memory. */
struct reading { struct exh_entry *entries; size_t count, room; };

static void clear_reading(struct reading *reading)
{
    exh_entries_free(reading->entries, reading->count);
}

static bool keep_entry(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err)
{
    struct reading *reading = context;

    if (reading->count == reading->room) {
        reading->room = reading->room ? 2 * reading->room : 64;
        reading->entries = exh_realloc_array(reading->entries, reading->room, sizeof *reading->entries);
    }
    return exh_entry_read(bytes, size, entry->commit, &reading->entries[reading->count], err) && ++reading->count;
}

bool exh_ledger_read(struct exh_ledger *ledger, struct exh_entry **ret_entries, size_t *ret_count,
                     struct exh_error *err)
{
    EXH_CLEANUP(clear_reading) struct reading reading = { .count = 0 };
    struct exh_ledger_place place = EXH_LEDGER_START;
    bool met;

    if (!exh_ledger_follow(ledger, &place, keep_entry, &reading, &met, err))
        return false;
    *ret_entries = reading.entries;
    *ret_count = reading.count;
    reading = (struct reading){ .count = 0 };
    return true;
}

/* ---- appending ---- */

/* Now, but not before the last entry. */
static bool tell_time(const struct exh_entry *last, struct exh_moment *ret_time, struct exh_error *err)
{
    struct exh_moment now = exh_entry_moment(exh_moment_now());
    char now_words[EXH_MOMENT_SIZE], last_words[EXH_MOMENT_SIZE];

    if (last && now.ns < last->time.ns - 2 * EXH_SECOND) {
        exh_moment_utc(now, now_words);
        exh_moment_utc(last->time, last_words);
        return exh_fail(err, EXH_REFUSED, "the clock says %s, earlier than the log's last entry of %s: "
                        "set the clock right", now_words, last_words);
    }
    *ret_time = last && now.ns < last->time.ns ? last->time : now;
    return true;
}

static bool sign(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    return exh_sign_ssh(context, "git", bytes, size, ret_signature, err);
}

/* What was made of the log's next state, before it counts. */
struct next { struct exh_merkle_edge edge; char *checkpoint; };

static void clear_next(struct next *next)
{
    free(next->checkpoint);
}

/* The log was read, or appended to, up to @last, and no further. */
static bool check_ready(const struct exh_ledger *ledger, const struct exh_entry *last, struct exh_error *err)
{
    if (!ledger->key)
        return exh_fail(err, EXH_REFUSED, "the log's own key is not at hand, so nothing can be added to it");
    return ledger->edge.size == (last ? last->sequence + 1 : 0)
        || exh_fail(err, EXH_BUSY, "the log has moved on meanwhile: try again");
}

/* A log that has another key than this one would not verify any more. */
static bool check_key(const struct exh_ledger *ledger, const struct exh_entry *entry, struct exh_error *err)
{
    struct exh_verifier key;

    if (strcmp(entry->act, "init") != 0)
        return true;
    return exh_entry_log_key(entry, &key, err)
        && (memcmp(key.key.ed25519, exh_secret_key_public(ledger->key)->ed25519, sizeof key.key.ed25519) == 0
            || exh_fail(err, EXH_REFUSED, "the first entry names another key than the log's"));
}

static bool make_next(const struct exh_ledger *ledger, const struct exh_entry *entry, struct next *next, struct exh_error *err)
{
    next->edge = ledger->edge;
    exh_merkle_add(&next->edge, &entry->leaf);
    return exh_checkpoint_make(ledger->key, &next->edge, &next->checkpoint, err);
}

/* Where the next commit goes: on top of the branch, or into a batch. */
struct into { struct exh_ledger *ledger; struct exh_repo_batch *batch; const struct exh_secret_key *key; };

static bool commit_entry(const struct into *into, const struct exh_entry *last, struct exh_entry *entry, const char *bytes,
                         const char *checkpoint, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *message = exh_entry_message(entry);
    EXH_CLEANUP(exh_freep) char *author = exh_entry_author(entry);
    EXH_CLEANUP(exh_freep) char *email = exh_entry_email(entry);
    const struct exh_repo_commit commit = {
        .parent = last ? last->commit : "",
        .files = { [EXH_CHECKPOINT_AT] = { EXH_CHECKPOINT_FILE, checkpoint, strlen(checkpoint) },
                   [EXH_ENTRY_AT] = { EXH_ENTRY_FILE, bytes, strlen(bytes) } },
        .file_count = EXH_LEDGER_FILES,
        .message = message,
        .author = author,
        .email = email,
        .time = exh_entry_seconds(entry),
        .sign = sign,
        .context = (void *)(uintptr_t)into->key,
    };

    return into->batch ? exh_repo_batch_add(into->batch, &commit, entry->commit, err)
                       : exh_repo_add(into->ledger->repo, &commit, entry->commit, err);
}

/* Read back: nothing goes into the log that its readers would refuse. */
static bool add_bytes(const struct into *into, const struct exh_entry *last, const char *bytes, struct exh_entry *entry, struct exh_error *err)
{
    EXH_CLEANUP(clear_next) struct next next = { .checkpoint = NULL };
    struct exh_ledger *ledger = into->ledger;

    if (!exh_entry_from_bytes(bytes, strlen(bytes), entry, err) || !check_key(ledger, entry, err)
        || !make_next(ledger, entry, &next, err)
        || !commit_entry(into, last, entry, bytes, next.checkpoint, err))
        return false;
    ledger->edge = next.edge;
    memcpy(ledger->commit, entry->commit, sizeof ledger->commit);
    free(ledger->checkpoint);
    ledger->checkpoint = exh_steal(&next.checkpoint);
    return true;
}

static bool append(const struct into *into, const struct exh_entry *last, struct exh_entry_draft *draft, struct exh_entry *ret_entry,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft taken = *draft;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    char actor[EXH_FINGERPRINT_SIZE];
    struct exh_moment time;

    draft->digests = draft->facts = draft->details = NULL;
    exh_key_fingerprint(exh_secret_key_public(into->key), actor);
    if (taken.details && !(taken.key && taken.key_id))
        return exh_fail(err, EXH_USAGE, "an entry's details need a key to seal them");
    if (!check_ready(into->ledger, last, err) || !tell_time(last, &time, err))
        return false;
    EXH_CLEANUP(exh_freep) char *bytes = exh_entry_to_bytes(&taken, last, time, actor);
    if (!add_bytes(into, last, bytes, &entry, err))
        return exh_while(err, "cannot append '%s' to the custody log", taken.act);
    *ret_entry = entry;
    entry = (struct exh_entry){ 0 };
    return true;
}

bool exh_ledger_append(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry_draft *draft,
                       const struct exh_secret_key *key, struct exh_entry *ret_entry, struct exh_error *err)
{
    const struct into into = { ledger, NULL, key };

    return append(&into, last, draft, ret_entry, err);
}

/* Each on top of the one before; @ret_last is replaced by each. */
static bool append_each(const struct into *into, const struct exh_entry *last, struct exh_entry_draft *drafts, size_t count,
                        struct exh_entry *ret_last, struct exh_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct exh_entry entry;
        if (!append(into, i ? ret_last : last, &drafts[i], &entry, err))
            return false;
        exh_entry_clear(ret_last);
        *ret_last = entry;
    }
    return true;
}

static void clear_drafts(struct exh_entry_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exh_entry_draft_clear(&drafts[i]);
}

bool exh_ledger_append_all(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry_draft *drafts, size_t count,
                           const struct exh_secret_key *key, struct exh_entry *ret_last, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = NULL;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry newest = { 0 };
    EXH_CLEANUP(exh_freep) char *checkpoint = exh_strdup(ledger->checkpoint);
    const struct exh_merkle_edge before = ledger->edge;
    struct into into = { ledger, NULL, key };

    bool done = exh_repo_batch_begin(ledger->repo, &into.batch, err);
    batch = into.batch;
    done = done && append_each(&into, last, drafts, count, &newest, err) && exh_repo_batch_commit(batch, err);
    clear_drafts(drafts, count);
    if (!done) {
        ledger->edge = before;
        free(ledger->checkpoint);
        ledger->checkpoint = exh_steal(&checkpoint);
        return false;
    }
    *ret_last = newest;
    newest = (struct exh_entry){ 0 };
    return true;
}

bool exh_ledger_locks(struct exh_ledger *ledger, bool clear, struct exh_strings *stale, struct exh_strings *held, struct exh_error *err)
{
    return exh_repo_locks(ledger->repo, clear, stale, held, err);
}

bool exh_ledger_check_objects(struct exh_ledger *ledger, struct exh_strings *problems, struct exh_error *err)
{
    return exh_repo_check_objects(ledger->repo, problems, err) || exh_while(err, "custody log");
}

void exh_ledger_watch(struct exh_ledger *ledger, struct exh_repo_watch watch)
{
    ledger->watch = watch;
}

bool exh_ledger_pack(struct exh_ledger *ledger, bool all, size_t *ret_entries, struct exh_error *err)
{
    return exh_repo_pack(ledger->repo, all, &ledger->watch, ret_entries, err) || exh_while(err, "custody log");
}
