/* ledger: the log opened, read and appended to. */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BRANCH "custody"

const char *const exh_ledger_files[EXH_LEDGER_FILES] = {
    [EXH_CHECKPOINT_AT] = EXH_CHECKPOINT_FILE,
    [EXH_ENTRY_AT] = EXH_ENTRY_FILE,
};

bool exh_ledger_create(const char *path, struct exh_error *err)
{
    return exh_repo_create(path, BRANCH, err);
}

bool exh_ledger_open(const char *path, struct exh_ledger **ret_ledger, struct exh_error *err)
{
    struct exh_repo *repo;

    if (!exh_repo_open(path, BRANCH, &repo, err))
        return false;
    *ret_ledger = exh_alloc(sizeof **ret_ledger);
    (*ret_ledger)->repo = repo;
    return true;
}

void exh_ledger_freep(struct exh_ledger **ledger)
{
    if (*ledger) {
        exh_repo_freep(&(*ledger)->repo);
        exh_secret_key_freep(&(*ledger)->key);
        free((*ledger)->checkpoint);
    }
    free(*ledger);
    *ledger = NULL;
}

void exh_ledger_hold(struct exh_ledger *ledger, struct exh_secret_key *key)
{
    exh_secret_key_freep(&ledger->key);
    ledger->key = key;
}

/* ---- reading ---- */

void exh_entries_free(struct exh_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exh_entry_clear(&entries[i]);
    free(entries);
}

/* Entries as the walk gives them: the last first. */
struct reading { struct exh_entry *entries; size_t count, room; char *checkpoint; };

static void clear_reading(struct reading *reading)
{
    exh_entries_free(reading->entries, reading->count);
    free(reading->checkpoint);
}

/* Says which entry an error is about: the one before the last read. */
static bool name_entry(const struct reading *reading, struct exh_error *err)
{
    if (!reading->count)
        return exh_while(err, "the last entry");
    return exh_while(err, "entry %" PRId64, (int64_t)reading->entries[reading->count - 1].sequence - 1);
}

/* @before stands right before @after? */
static bool check_link(const struct exh_entry *before, const struct exh_entry *after, struct exh_error *err)
{
    if (before->sequence + 1 != after->sequence)
        return exh_fail(err, EXH_MALFORMED, "its sequence is %" PRIu64, before->sequence);
    if (strcmp(before->digest, after->previous) != 0)
        return exh_fail(err, EXH_MALFORMED, "it is not the entry that entry %" PRIu64 " follows", after->sequence);
    return before->time.ns <= after->time.ns
        || exh_fail(err, EXH_MALFORMED, "its time is later than that of entry %" PRIu64, after->sequence);
}

static bool read_one(const struct reading *reading, const struct exh_repo_visit *commit, struct exh_entry *ret_entry,
                     struct exh_error *err)
{
    if (commit->parent_count > 1)
        return exh_fail(err, EXH_MALFORMED, "commit %s joins two histories", commit->oid);
    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT];
    if (!file->bytes)
        return exh_fail(err, EXH_MALFORMED, "commit %s does not hold exactly the files " EXH_CHECKPOINT_FILE " and "
                        EXH_ENTRY_FILE, commit->oid);
    if (!exh_entry_from_bytes(file->bytes, file->size, ret_entry, err))
        return false;
    memcpy(ret_entry->commit, commit->oid, sizeof ret_entry->commit);
    if (!reading->count || check_link(ret_entry, &reading->entries[reading->count - 1], err))
        return true;
    exh_entry_clear(ret_entry);
    return false;
}

static bool read_next(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct reading *reading = context;
    struct exh_entry entry;

    if (!read_one(reading, commit, &entry, err))
        return name_entry(reading, err);
    if (reading->count == reading->room) {
        reading->room = reading->room ? 2 * reading->room : 64;
        reading->entries = exh_realloc_array(reading->entries, reading->room, sizeof *reading->entries);
    }
    reading->entries[reading->count++] = entry;
    if (!reading->checkpoint)                    /* the last entry's: of them all */
        reading->checkpoint = exh_strndup(commit->files[EXH_CHECKPOINT_AT].bytes, commit->files[EXH_CHECKPOINT_AT].size);
    return true;
}

static bool check_first(const struct reading *reading, struct exh_error *err)
{
    const struct exh_entry *first = reading->count ? &reading->entries[reading->count - 1] : NULL;

    return !first || (first->sequence == 0 && strspn(first->previous, "0") == EXH_SHA256_DIGITS - 1)
        || exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 ": no entry stands before it, and it is not the first",
                    first->sequence);
}

static void turn_round(struct exh_entry *entries, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct exh_entry entry = entries[i];
        entries[i] = entries[count - 1 - i];
        entries[count - 1 - i] = entry;
    }
}

/* What the next append goes on from. */
static void note_state(struct exh_ledger *ledger, struct reading *reading)
{
    ledger->edge = (struct exh_merkle_edge)EXH_MERKLE_EDGE_NONE;
    for (size_t i = 0; i < reading->count; i++)
        exh_merkle_add(&ledger->edge, &reading->entries[i].leaf);
    free(ledger->checkpoint);
    ledger->checkpoint = exh_steal(&reading->checkpoint);
}

bool exh_ledger_read(struct exh_ledger *ledger, struct exh_entry **ret_entries, size_t *ret_count,
                     struct exh_error *err)
{
    EXH_CLEANUP(clear_reading) struct reading reading = { .count = 0 };

    if (!exh_repo_walk(ledger->repo, exh_ledger_files, EXH_LEDGER_FILES, read_next, &reading, err) || !check_first(&reading, err))
        return exh_while(err, "custody log");
    turn_round(reading.entries, reading.count);
    note_state(ledger, &reading);
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

static bool commit_entry(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry *entry,
                         const char *bytes, const char *checkpoint, const struct exh_secret_key *key, struct exh_error *err)
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
        .context = (void *)(uintptr_t)key,
    };

    return exh_repo_add(ledger->repo, &commit, entry->commit, err);
}

/* Read back: nothing goes into the log that its readers would refuse. */
static bool add_bytes(struct exh_ledger *ledger, const struct exh_entry *last, const char *bytes,
                      const struct exh_secret_key *key, struct exh_entry *entry, struct exh_error *err)
{
    EXH_CLEANUP(clear_next) struct next next = { .checkpoint = NULL };

    if (!exh_entry_from_bytes(bytes, strlen(bytes), entry, err) || !check_key(ledger, entry, err)
        || !make_next(ledger, entry, &next, err)
        || !commit_entry(ledger, last, entry, bytes, next.checkpoint, key, err))
        return false;
    ledger->edge = next.edge;
    free(ledger->checkpoint);
    ledger->checkpoint = exh_steal(&next.checkpoint);
    return true;
}

bool exh_ledger_append(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry_draft *draft,
                       const struct exh_secret_key *key, struct exh_entry *ret_entry, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft taken = *draft;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    char actor[EXH_FINGERPRINT_SIZE];
    struct exh_moment time;

    draft->digests = draft->facts = draft->details = NULL;
    exh_key_fingerprint(exh_secret_key_public(key), actor);
    if (taken.details && !(taken.key && taken.key_id))
        return exh_fail(err, EXH_USAGE, "an entry's details need a key to seal them");
    if (!check_ready(ledger, last, err) || !tell_time(last, &time, err))
        return false;
    EXH_CLEANUP(exh_freep) char *bytes = exh_entry_to_bytes(&taken, last, time, actor);
    if (!add_bytes(ledger, last, bytes, key, &entry, err))
        return exh_while(err, "cannot append '%s' to the custody log", taken.act);
    *ret_entry = entry;
    entry = (struct exh_entry){ 0 };
    return true;
}
