/* ledger: the whole log checked (docs/formats/custody.md, checking).
 *
 * The walk goes from the last entry to the first and checks what each commit says by itself; then the
 * chain and the keys are followed from the first entry to the last, by what stood before each.
 */
#include "parts.h"

#include "exhibit/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A commit, as the walk judged it. */
struct note {
    struct exh_entry entry;                  /* its whole only where it changes keys */
    bool read;                               /* there is an entry */
    bool authentic;                          /* signed by the actor it names */
    char commit[EXH_OID_DIGITS];
    char digest[EXH_SHA256_DIGITS];          /* of the file, entry or not */
    struct exh_strings problems;
};
struct notes { struct note *at; size_t count, room; };

static void clear_notes(struct notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        exh_entry_clear(&notes->at[i].entry);
        exh_strings_clear(&notes->at[i].problems);
    }
    free(notes->at);
}

void exh_ledger_report_clear(struct exh_ledger_report *report)
{
    exh_strings_clear(&report->problems);
}

/* ---- each commit by itself ---- */

static void check_file(struct note *note, const struct exh_repo_visit *commit)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT];

    if (!file->bytes) {
        exh_strings_addf(&note->problems, "its commit does not hold exactly one regular file %s", EXH_ENTRY_FILE);
        return;
    }
    exh_sha256(file->bytes, file->size, note->digest);
    note->read = exh_entry_from_bytes(file->bytes, file->size, &note->entry, &err);
    if (!note->read) {
        exh_strings_add(&note->problems, err.text);
        return;
    }
    note->authentic = exh_entry_check_commit(&note->entry, commit, &note->problems);
    if (!exh_entry_changes_keys(&note->entry))
        exh_json_freep(&note->entry.whole);
}

static bool take_note(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct notes *notes = context;

    (void)err;
    if (notes->count == notes->room) {
        notes->room = notes->room ? 2 * notes->room : 64;
        notes->at = exh_realloc_array(notes->at, notes->room, sizeof *notes->at);
    }
    struct note *note = &notes->at[notes->count++];
    *note = (struct note){ .problems = EXH_STRINGS_NONE };
    memcpy(note->commit, commit->oid, sizeof note->commit);
    if (commit->parent_count > 1)
        exh_strings_addf(&note->problems, "its commit has %zu parents: the log must be one line", commit->parent_count);
    if (commit->irregular)
        exh_strings_addf(&note->problems, "its commit is not of the plain form: %s", commit->irregular);
    check_file(note, commit);
    return true;
}

/* ---- the chain, and the keys in time ---- */

/* What stood before the entry that is looked at. */
struct chain {
    const struct note *before;               /* NULL at the first */
    bool from_first;                         /* the walk reached the first entry */
    uint64_t expected;                       /* sequence */
    struct exh_moment latest;
    struct exh_keyring ring;
};

static void clear_chain(struct chain *chain)
{
    exh_keyring_clear(&chain->ring);
}

static void check_previous(struct note *note, const struct chain *chain)
{
    const char *previous = note->entry.previous;

    if (!chain->before && !chain->from_first)
        return;
    if (chain->before ? strcmp(previous, chain->before->digest) != 0 : strspn(previous, "0") != EXH_SHA256_DIGITS - 1)
        exh_strings_add(&note->problems, chain->before
            ? "it does not follow the entry before it: 'previous' is another digest"
            : "it is the first, but names an entry before it");
}

static void check_order(struct note *note, struct chain *chain)
{
    const struct exh_entry *entry = &note->entry;
    char time[EXH_MOMENT_SIZE], latest[EXH_MOMENT_SIZE];

    if (entry->sequence != chain->expected)
        exh_strings_addf(&note->problems, "its sequence is %" PRIu64 " where %" PRIu64 " comes next", entry->sequence,
                         chain->expected);
    check_previous(note, chain);
    if (entry->time.ns < chain->latest.ns) {
        exh_moment_utc(entry->time, time);
        exh_moment_utc(chain->latest, latest);
        exh_strings_addf(&note->problems, "its time %s is before %s, that of an entry before it", time, latest);
    } else {
        chain->latest = entry->time;
    }
}

/* Was the actor's key trusted then, for this? */
static bool check_actor(struct note *note, const struct chain *chain)
{
    const struct exh_entry *entry = &note->entry;
    enum exh_key_state state = exh_keyring_state(&chain->ring, entry->actor, entry->time);
    const struct exh_person *person = exh_keyring_find(&chain->ring, entry->actor);

    if (state != EXH_KEY_VALID) {
        exh_strings_addf(&note->problems, "its actor's key %s is %s at that time", entry->actor,
                         exh_key_state_words(state));
        return false;
    }
    if (!exh_role_may(person->role, entry->act)) {
        exh_strings_addf(&note->problems, "its actor's role, %s, may not sign '%s'", exh_role_name(person->role),
                         entry->act);
        return false;
    }
    return true;
}

/* Only an entry by someone who may can change whose keys count. The first speaks for itself: whether its
 * key is the right one, only someone outside can say. Without the first, nothing is known of any key. */
static void check_authority(struct note *note, struct chain *chain)
{
    const struct exh_entry *entry = &note->entry;
    bool is_init = strcmp(entry->act, "init") == 0, is_first = !chain->before;

    if (!chain->from_first)
        return;
    if (is_init != is_first)
        exh_strings_add(&note->problems,
                        is_first ? "the first entry is not 'init'" : "only the first entry may be 'init'");
    if (!note->authentic)
        return;
    if (is_init && is_first) {
        exh_entry_change_keys(entry, &chain->ring);
        if (check_actor(note, chain))
            return;
        exh_keyring_clear(&chain->ring);
    } else if (check_actor(note, chain) && !is_init && exh_entry_changes_keys(entry)
               && !exh_entry_change_keys(entry, &chain->ring)) {
        exh_strings_add(&note->problems, "it revokes a key that was never trusted");
    }
}

static void check_next(struct note *note, struct chain *chain)
{
    if (note->read) {
        check_order(note, chain);
        check_authority(note, chain);
    }
    chain->before = note;
    chain->expected = (note->read ? note->entry.sequence : chain->expected) + 1;
}

/* ---- the report ---- */

static void report_note(const struct note *note, uint64_t expected, struct exh_ledger_report *report)
{
    uint64_t number = note->read ? note->entry.sequence : expected;

    for (size_t i = 0; i < note->problems.count; i++)
        exh_strings_addf(&report->problems, "entry %" PRIu64 ": %s (commit %.12s)", number, note->problems.at[i],
                         note->commit);
}

/* @broken: why the walk ended before the first entry; NULL: it did not. */
static void report_all(struct notes *notes, const char *broken, struct exh_ledger_report *report)
{
    const struct note *oldest = &notes->at[notes->count - 1], *newest = &notes->at[0];
    EXH_CLEANUP(clear_chain) struct chain chain = { .from_first = !broken, .latest = { INT64_MIN } };

    if (broken) {
        chain.expected = oldest->read ? oldest->entry.sequence : 0;
        exh_strings_addf(&report->problems, "the entries before commit %.12s cannot be read, so whose keys were "
                         "trusted cannot be checked: %s", oldest->commit, broken);
    }
    for (size_t i = notes->count; i-- > 0;) {
        uint64_t expected = chain.expected;
        check_next(&notes->at[i], &chain);
        report_note(&notes->at[i], expected, report);
    }
    report->entries = notes->count;
    memcpy(report->head, newest->digest, sizeof report->head);
    memcpy(report->commit, newest->commit, sizeof report->commit);
}

bool exh_ledger_verify(struct exh_ledger *ledger, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(clear_notes) struct notes notes = { NULL, 0, 0 };
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error broken = EXH_ERROR_NONE;

    if (!exh_repo_walk(ledger->repo, exh_ledger_files, EXH_LEDGER_FILES, take_note, &notes, &broken)
        && (!notes.count || broken.kind == EXH_IO))
        return exh_error_move(err, &broken);
    if (notes.count)
        report_all(&notes, broken.text, &report);
    else
        exh_strings_add(&report.problems, "the log has no entry");
    *ret_report = report;
    report = (struct exh_ledger_report){ .problems = EXH_STRINGS_NONE };
    return true;
}
