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

#define ANCHOR "log-anchor"
#define STAMP "log-stamp"

/* A commit, as the walk judged it. */
struct judged {
    struct exh_entry entry;                  /* its whole only where it changes keys, or is an anchor or a stamp */
    bool read;                               /* there is an entry */
    bool authentic;                          /* signed by the actor it names */
    char commit[EXH_OID_DIGITS];
    char digest[EXH_SHA256_DIGITS];          /* of the file, entry or not */
    struct exh_merkle_hash leaf;             /* the same */
    char *checkpoint;                        /* NULL: its commit does not hold the files it must */
    size_t checkpoint_size;
    struct exh_strings problems;
};
struct judgements { struct judged *at; size_t count, room; };

static void clear_judgements(struct judgements *all)
{
    for (size_t i = 0; i < all->count; i++) {
        exh_entry_clear(&all->at[i].entry);
        exh_strings_clear(&all->at[i].problems);
        free(all->at[i].checkpoint);
    }
    free(all->at);
}

void exh_ledger_report_clear(struct exh_ledger_report *report)
{
    exh_strings_clear(&report->problems);
    exh_merkle_tree_clear(&report->tree);
    exh_log_stamps_clear(&report->stamps);
    free(report->anchors.at);
}

/* ---- each commit by itself ---- */

static void check_file(struct judged *judged, const struct exh_repo_visit *commit)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT], *checkpoint = &commit->files[EXH_CHECKPOINT_AT];

    if (!file->bytes) {
        exh_strings_add(&judged->problems, "its commit does not hold exactly the regular files " EXH_CHECKPOINT_FILE " and "
                        EXH_ENTRY_FILE);
        return;
    }
    exh_sha256(file->bytes, file->size, judged->digest);
    exh_merkle_leaf(file->bytes, file->size, &judged->leaf);
    judged->checkpoint = exh_memdup(checkpoint->bytes, checkpoint->size);
    judged->checkpoint_size = checkpoint->size;
    judged->read = exh_entry_from_bytes(file->bytes, file->size, &judged->entry, &err);
    if (!judged->read) {
        exh_strings_add(&judged->problems, err.text);
        return;
    }
    judged->authentic = exh_entry_check_commit(&judged->entry, commit, &judged->problems);
    if (!exh_entry_changes_keys(&judged->entry) && strcmp(judged->entry.act, ANCHOR) != 0
        && strcmp(judged->entry.act, STAMP) != 0)
        exh_json_freep(&judged->entry.whole);
}

static bool judge(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct judgements *all = context;

    (void)err;
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 64;
        all->at = exh_realloc_array(all->at, all->room, sizeof *all->at);
    }
    struct judged *judged = &all->at[all->count++];
    *judged = (struct judged){ .problems = EXH_STRINGS_NONE };
    memcpy(judged->commit, commit->oid, sizeof judged->commit);
    if (commit->parent_count > 1)
        exh_strings_addf(&judged->problems, "its commit has %zu parents: the log must be one line", commit->parent_count);
    if (commit->irregular)
        exh_strings_addf(&judged->problems, "its commit is not of the plain form: %s", commit->irregular);
    check_file(judged, commit);
    return true;
}

/* ---- the chain, and the keys in time ---- */

/* What stood before the entry that is looked at. */
struct chain {
    const struct judgements *all;
    const struct judged *before;               /* NULL at the first */
    bool from_first;                         /* the walk reached the first entry */
    uint64_t expected;                       /* sequence */
    struct exh_moment latest;
    struct exh_keyring ring;
    bool has_log;                            /* the first entry names the log's key */
    struct exh_verifier log;
    struct exh_merkle_edge edge;
    struct exh_merkle_tree tree;             /* over the same entries */
    struct exh_anchors anchors;
    struct exh_log_stamps stamps;
    bool tree_differs;                       /* a checkpoint was not of the entries so far: none after it can be */
};

static void clear_chain(struct chain *chain)
{
    exh_keyring_clear(&chain->ring);
    exh_merkle_tree_clear(&chain->tree);
    exh_log_stamps_clear(&chain->stamps);
    free(chain->anchors.at);
}

static void check_previous(struct judged *judged, const struct chain *chain)
{
    const char *previous = judged->entry.previous;

    if (!chain->before && !chain->from_first)
        return;
    if (chain->before ? strcmp(previous, chain->before->digest) != 0 : strspn(previous, "0") != EXH_SHA256_DIGITS - 1)
        exh_strings_add(&judged->problems, chain->before
            ? "it does not follow the entry before it: 'previous' is another digest"
            : "it is the first, but names an entry before it");
}

static void check_order(struct judged *judged, struct chain *chain)
{
    const struct exh_entry *entry = &judged->entry;
    char time[EXH_MOMENT_SIZE], latest[EXH_MOMENT_SIZE];

    if (entry->sequence != chain->expected)
        exh_strings_addf(&judged->problems, "its sequence is %" PRIu64 " where %" PRIu64 " comes next", entry->sequence,
                         chain->expected);
    check_previous(judged, chain);
    if (entry->time.ns < chain->latest.ns) {
        exh_moment_utc(entry->time, time);
        exh_moment_utc(chain->latest, latest);
        exh_strings_addf(&judged->problems, "its time %s is before %s, that of an entry before it", time, latest);
    } else {
        chain->latest = entry->time;
    }
}

/* Was the actor's key trusted then, for this? */
static bool check_actor(struct judged *judged, const struct chain *chain)
{
    const struct exh_entry *entry = &judged->entry;
    enum exh_key_state state = exh_keyring_state(&chain->ring, entry->actor, entry->time);
    const struct exh_person *person = exh_keyring_find(&chain->ring, entry->actor);

    if (state != EXH_KEY_VALID) {
        exh_strings_addf(&judged->problems, "its actor's key %s is %s at that time", entry->actor,
                         exh_key_state_words(state));
        return false;
    }
    if (!exh_role_may(person->role, entry->act)) {
        exh_strings_addf(&judged->problems, "its actor's role, %s, may not sign '%s'", exh_role_name(person->role),
                         entry->act);
        return false;
    }
    return true;
}

/* Only an entry by someone who may can change whose keys count. The first speaks for itself: whether its
 * key is the right one, only someone outside can say. Without the first, nothing is known of any key. */
static void check_authority(struct judged *judged, struct chain *chain)
{
    const struct exh_entry *entry = &judged->entry;
    bool is_init = strcmp(entry->act, "init") == 0, is_first = !chain->before;

    if (!chain->from_first)
        return;
    if (is_init != is_first)
        exh_strings_add(&judged->problems,
                        is_first ? "the first entry is not 'init'" : "only the first entry may be 'init'");
    if (!judged->authentic)
        return;
    if (is_init && is_first) {
        exh_entry_change_keys(entry, &chain->ring);
        if (check_actor(judged, chain))
            return;
        exh_keyring_clear(&chain->ring);
    } else if (check_actor(judged, chain) && !is_init && exh_entry_changes_keys(entry)
               && !exh_entry_change_keys(entry, &chain->ring)) {
        exh_strings_add(&judged->problems, "it revokes a key that was never trusted");
    }
}

/* ---- the tree over all ---- */

static void take_log_key(const struct judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!chain->before && judged->read && strcmp(judged->entry.act, "init") == 0)
        chain->has_log = exh_entry_log_key(&judged->entry, &chain->log, &err);
}

/* From the first checkpoint on that is of other entries all differ: it is said once. */
static void check_checkpoint(struct judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!chain->from_first)
        return;
    take_log_key(judged, chain);
    exh_merkle_add(&chain->edge, &judged->leaf);
    exh_merkle_tree_add(&chain->tree, &judged->leaf);
    if (!chain->has_log || !judged->checkpoint || chain->tree_differs)
        return;
    if (exh_checkpoint_check(judged->checkpoint, judged->checkpoint_size, &chain->log, &chain->edge, &err))
        return;
    exh_strings_addf(&judged->problems, "its checkpoint does not hold: %s", err.text);
    chain->tree_differs = err.kind == EXH_NO;
}

/* What a witness saw must still be what the log begins with. */
static void check_anchor(struct judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t before = chain->anchors.count;

    if (strcmp(judged->entry.act, ANCHOR) != 0 || !chain->has_log)
        return;
    const char *note = exh_json_text_or(exh_json_get(judged->entry.whole, "facts"), "note", "");
    if (!exh_anchors_read(note, strlen(note), &chain->log, &chain->tree, &chain->ring, &chain->anchors, &err))
        exh_strings_addf(&judged->problems, "the checkpoint that came back from a witness does not hold: %s", err.text);
    for (size_t i = before; i < chain->anchors.count; i++)
        chain->anchors.at[i].entry = judged->entry.sequence;
}

/* What the token must be of: the checkpoint that stands in this log. */
static bool tie_stamp(const struct chain *chain, struct exh_log_stamp *stamp, struct exh_error *err)
{
    const struct judgements *all = chain->all;
    /* The newest entry stands first; an entry's own number may lie. */
    const struct judged *last = chain->from_first && stamp->size < chain->tree.size ? &all->at[all->count - stamp->size] : NULL;

    if (!last || !last->read || !last->checkpoint)
        return exh_fail(err, EXH_MALFORMED, "the checkpoint of the first %" PRIu64 " entries cannot be read", stamp->size);
    exh_sha256_join(last->checkpoint, last->checkpoint_size, NULL, 0, stamp->checkpoint);
    stamp->last = last->entry.time;
    return true;
}

static void take_stamp(struct judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = EXH_LOG_STAMP_NONE;

    if (strcmp(judged->entry.act, STAMP) != 0)
        return;
    memcpy(judged->entry.commit, judged->commit, sizeof judged->entry.commit);
    if (!exh_log_stamp_read(&judged->entry, &stamp, &err) || !tie_stamp(chain, &stamp, &err)) {
        exh_strings_addf(&judged->problems, "its time stamp cannot be read: %s", err.text);
        return;
    }
    struct exh_log_stamps *stamps = &chain->stamps;
    stamps->at = exh_realloc_array(stamps->at, stamps->count + 1, sizeof *stamps->at);
    stamps->at[stamps->count++] = stamp;
    stamp = (struct exh_log_stamp)EXH_LOG_STAMP_NONE;
}

static void check_next(struct judged *judged, struct chain *chain)
{
    check_checkpoint(judged, chain);
    if (judged->read) {
        check_order(judged, chain);
        check_authority(judged, chain);
        check_anchor(judged, chain);
        take_stamp(judged, chain);
    }
    chain->before = judged;
    chain->expected = (judged->read ? judged->entry.sequence : chain->expected) + 1;
}

/* ---- the report ---- */

static void report_one(const struct judged *judged, uint64_t expected, struct exh_ledger_report *report)
{
    uint64_t number = judged->read ? judged->entry.sequence : expected;

    for (size_t i = 0; i < judged->problems.count; i++)
        exh_strings_addf(&report->problems, "entry %" PRIu64 ": %s (commit %.12s)", number, judged->problems.at[i],
                         judged->commit);
}

/* @broken: why the walk ended before the first entry; NULL: it did not. */
static void report_all(struct judgements *all, const char *broken, struct exh_ledger_report *report)
{
    const struct judged *oldest = &all->at[all->count - 1], *newest = &all->at[0];
    EXH_CLEANUP(clear_chain) struct chain chain = { .all = all, .from_first = !broken, .latest = { INT64_MIN } };

    if (broken) {
        chain.expected = oldest->read ? oldest->entry.sequence : 0;
        exh_strings_addf(&report->problems, "the entries before commit %.12s cannot be read, so whose keys were "
                         "trusted, and the tree over all, cannot be checked: %s", oldest->commit, broken);
    }
    for (size_t i = all->count; i-- > 0;) {
        uint64_t expected = chain.expected;
        check_next(&all->at[i], &chain);
        report_one(&all->at[i], expected, report);
    }
    report->entries = all->count;
    memcpy(report->head, newest->digest, sizeof report->head);
    memcpy(report->commit, newest->commit, sizeof report->commit);
    report->has_log = chain.has_log;
    report->log = chain.log;
    report->tree = chain.tree;
    report->anchors = chain.anchors;
    report->stamps = chain.stamps;
    chain.tree = (struct exh_merkle_tree)EXH_MERKLE_TREE_NONE;
    chain.anchors = (struct exh_anchors)EXH_ANCHORS_NONE;
    chain.stamps = (struct exh_log_stamps)EXH_LOG_STAMPS_NONE;
}

bool exh_ledger_verify(struct exh_ledger *ledger, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(clear_judgements) struct judgements all = { NULL, 0, 0 };
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_error_clear) struct exh_error broken = EXH_ERROR_NONE;

    if (!exh_repo_walk(ledger->repo, exh_ledger_files, EXH_LEDGER_FILES, judge, &all, &broken)
        && (!all.count || broken.kind == EXH_IO))
        return exh_error_move(err, &broken);
    if (all.count)
        report_all(&all, broken.text, &report);
    else
        exh_strings_add(&report.problems, "the log has no entry");
    *ret_report = report;
    report = (struct exh_ledger_report){ .problems = EXH_STRINGS_NONE };
    return true;
}

void exh_ledger_check_stamps(struct exh_ledger_report *report, struct exh_stamp_roots *roots)
{
    for (size_t i = 0; i < report->stamps.count; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_log_stamp *stamp = &report->stamps.at[i];
        if (!exh_log_stamp_judge(stamp, roots, &err))
            exh_strings_addf(&report->problems, "entry %" PRIu64 ": its time stamp does not hold: %s (commit %.12s)", stamp->entry,
                             err.text, stamp->commit);
    }
}
