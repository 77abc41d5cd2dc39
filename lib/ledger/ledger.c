/* ledger: the log opened, read and appended to. */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BRANCH "custody"

const char *const exh_ledger_files[EXH_LEDGER_FILES] = { [EXH_ENTRY_AT] = EXH_ENTRY_FILE };

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
    if (*ledger)
        exh_repo_freep(&(*ledger)->repo);
    free(*ledger);
    *ledger = NULL;
}

/* ---- reading ---- */

void exh_entries_free(struct exh_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exh_entry_clear(&entries[i]);
    free(entries);
}

/* Entries as the walk gives them: the last first. */
struct reading { struct exh_entry *entries; size_t count, room; };

static void clear_reading(struct reading *reading)
{
    exh_entries_free(reading->entries, reading->count);
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
        return exh_fail(err, EXH_MALFORMED, "commit %s does not hold exactly one file %s", commit->oid, EXH_ENTRY_FILE);
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

bool exh_ledger_read(struct exh_ledger *ledger, struct exh_entry **ret_entries, size_t *ret_count,
                     struct exh_error *err)
{
    EXH_CLEANUP(clear_reading) struct reading reading = { NULL, 0, 0 };

    if (!exh_repo_walk(ledger->repo, exh_ledger_files, EXH_LEDGER_FILES, read_next, &reading, err) || !check_first(&reading, err))
        return exh_while(err, "custody log");
    turn_round(reading.entries, reading.count);
    *ret_entries = reading.entries;
    *ret_count = reading.count;
    reading = (struct reading){ NULL, 0, 0 };
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

static bool commit_entry(struct exh_ledger *ledger, const struct exh_entry *last, struct exh_entry *entry,
                         const char *bytes, const struct exh_secret_key *key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *message = exh_entry_message(entry);
    EXH_CLEANUP(exh_freep) char *author = exh_entry_author(entry);
    EXH_CLEANUP(exh_freep) char *email = exh_entry_email(entry);
    const struct exh_repo_commit commit = {
        .parent = last ? last->commit : "",
        .files = { [EXH_ENTRY_AT] = { EXH_ENTRY_FILE, bytes, strlen(bytes) } },
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
    if (!tell_time(last, &time, err))
        return false;
    EXH_CLEANUP(exh_freep) char *bytes = exh_entry_to_bytes(&taken, last, time, actor);
    /* Read back: nothing goes into the log that its readers would refuse. */
    if (!exh_entry_from_bytes(bytes, strlen(bytes), &entry, err)
        || !commit_entry(ledger, last, &entry, bytes, key, err))
        return exh_while(err, "cannot append '%s' to the custody log", taken.act);
    *ret_entry = entry;
    entry = (struct exh_entry){ 0 };
    return true;
}
