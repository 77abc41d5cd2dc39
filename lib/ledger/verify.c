/* ledger: the log checked (docs/formats/custody.md, checking), the whole of it or what was added to what was checked before.
 *
 * What each commit says by itself is judged first (judge.c); then the chain, the tree and the keys are followed in order,
 * by what stood before each.
 */
#include "judge.h"

#include "exhibit/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void exh_ledger_report_clear(struct exh_ledger_report *report)
{
    exh_strings_clear(&report->problems);
    exh_merkle_tree_clear(&report->tree);
    exh_log_stamps_clear(&report->stamps);
    free(report->anchors.at);
    free(report->lost);
    free(report->roots);
}

/* ---- the chain, and the keys in time ---- */

/* What stood before the entry that is looked at. */
struct chain {
    const struct exh_judgements *all;        /* NULL where only what was added is looked at */
    char before[EXH_SHA256_DIGITS];          /* digest of the entry before; empty at the first that was read */
    bool from_first;                         /* all that stands before is known */
    uint64_t expected;                       /* sequence */
    struct exh_moment latest;
    struct exh_keyring ring;
    bool has_log;                            /* the first entry names the log's key */
    struct exh_verifier log;
    struct exh_merkle_edge edge;
    struct exh_merkle_tree tree;             /* over the same entries, where all are read */
    struct exh_merkle_source source;         /* that, or what was given */
    struct exh_anchors anchors;
    struct exh_log_stamps stamps;
    bool tree_differs;                       /* a checkpoint was not of the entries so far: none after it can be */
    bool before_lost;                        /* the entry before cannot be read */
    bool tree_ends;                          /* one before cannot: nothing behind it is in the tree */
    struct exh_ledger_root *roots;           /* from there on, what the checkpoints say */
    size_t root_count;
};

static void clear_chain(struct chain *chain)
{
    exh_keyring_clear(&chain->ring);
    exh_merkle_tree_clear(&chain->tree);
    exh_log_stamps_clear(&chain->stamps);
    free(chain->anchors.at);
    free(chain->roots);
}

static bool is_first(const struct chain *chain)
{
    return !*chain->before && !chain->before_lost;
}

static void check_previous(struct exh_judged *judged, const struct chain *chain)
{
    const char *previous = judged->entry.previous;

    if (chain->before_lost || (is_first(chain) && !chain->from_first))
        return;
    if (is_first(chain) ? strspn(previous, "0") != EXH_SHA256_DIGITS - 1 : strcmp(previous, chain->before) != 0)
        exh_strings_add(&judged->problems, is_first(chain)
            ? "it is the first, but names an entry before it"
            : "it does not follow the entry before it: 'previous' is another digest");
}

static void check_order(struct exh_judged *judged, struct chain *chain)
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
static bool check_actor(struct exh_judged *judged, const struct chain *chain)
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
static void check_authority(struct exh_judged *judged, struct chain *chain)
{
    const struct exh_entry *entry = &judged->entry;
    bool is_init = strcmp(entry->act, "init") == 0, first = is_first(chain);

    if (!chain->from_first)
        return;
    if (is_init != first)
        exh_strings_add(&judged->problems,
                        first ? "the first entry is not 'init'" : "only the first entry may be 'init'");
    if (!judged->authentic)
        return;
    if (is_init && first) {
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

static void take_log_key(const struct exh_judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (is_first(chain) && judged->read && strcmp(judged->entry.act, "init") == 0)
        chain->has_log = exh_entry_log_key(&judged->entry, &chain->log, &err);
}

static void add_leaf(const struct exh_judged *judged, struct chain *chain)
{
    exh_merkle_add(&chain->edge, &judged->leaf);
    if (chain->source.context != &chain->tree)
        return;
    exh_merkle_tree_add(&chain->tree, &judged->leaf);
    chain->source.size = chain->tree.size;
}

/* What a checkpoint says that cannot be held against the tree: that it is the log's, and of so many entries. */
static void check_stated(struct exh_judged *judged, struct chain *chain)
{
    if (!chain->has_log || !judged->has_checkpoint)
        return;
    if (judged->unreadable || !judged->log_signed || judged->stated.size != chain->expected + 1) {
        exh_strings_addf(&judged->problems, "its checkpoint does not hold: %s", judged->unreadable ? judged->unreadable
                         : "it is not the log's of so many entries");
        return;
    }
    chain->roots = exh_realloc_array(chain->roots, chain->root_count + 1, sizeof *chain->roots);
    chain->roots[chain->root_count++] = judged->stated;
}

/* From the first checkpoint on that is of other entries all differ: it is said once. */
static void check_checkpoint(struct exh_judged *judged, struct chain *chain)
{
    if (!chain->from_first)
        return;
    take_log_key(judged, chain);
    chain->tree_ends |= judged->lost;
    if (chain->tree_ends) {
        check_stated(judged, chain);
        return;
    }
    add_leaf(judged, chain);
    if (!chain->has_log || !judged->has_checkpoint || chain->tree_differs)
        return;
    if (judged->unreadable) {
        exh_strings_addf(&judged->problems, "its checkpoint does not hold: %s", judged->unreadable);
    } else if (!judged->of_log || !exh_checkpoint_is_of(&judged->stated, &chain->edge)) {
        chain->tree_differs = true;
        exh_strings_addf(&judged->problems, "its checkpoint does not hold: it is not that of the %" PRIu64 " entries to here in this log",
                         chain->edge.size);
    } else if (!judged->log_signed) {
        exh_strings_add(&judged->problems, "its checkpoint does not hold: it is not signed, as the log writes it, by the log's key and by "
                        "nobody else");
    }
}

/* True of a witness's checkpoint that is of entries behind one that is lost. */
static bool is_beyond_tree(const char *note, const struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_checkpoint checkpoint;

    return chain->tree_ends && exh_log_checkpoint_read(note, strlen(note), &chain->log, &checkpoint, &ignored)
        && checkpoint.size > chain->source.size;
}

/* What a witness saw must still be what the log begins with. */
static void check_anchor(struct exh_judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t before = chain->anchors.count;

    if (strcmp(judged->entry.act, EXH_ANCHOR_ACT) != 0 || !chain->has_log)
        return;
    const char *note = exh_json_text_or(exh_json_get(judged->entry.whole, "facts"), "note", "");
    if (is_beyond_tree(note, chain))
        return;
    if (!exh_anchors_read(note, strlen(note), &chain->log, &chain->source, &chain->ring, &chain->anchors, &err))
        exh_strings_addf(&judged->problems, "the checkpoint that came back from a witness does not hold: %s", err.text);
    for (size_t i = before; i < chain->anchors.count; i++)
        chain->anchors.at[i].entry = judged->entry.sequence;
}

/* What the token must be of: the checkpoint that stands in this log. */
static bool tie_stamp(const struct chain *chain, struct exh_log_stamp *stamp, struct exh_error *err)
{
    const struct exh_judgements *all = chain->all;
    /* The newest entry stands first; an entry's own number may lie. */
    const struct exh_judged *last = chain->from_first && stamp->size < chain->tree.size ? &all->at[all->count - stamp->size] : NULL;

    if (!last || !last->read || !last->has_checkpoint)
        return exh_fail(err, EXH_MALFORMED, "the checkpoint of the first %" PRIu64 " entries cannot be read", stamp->size);
    memcpy(stamp->checkpoint, last->checkpoint_sha256, sizeof stamp->checkpoint);
    stamp->last = last->entry.time;
    return true;
}

static void take_stamp(struct exh_judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = EXH_LOG_STAMP_NONE;

    if (strcmp(judged->entry.act, EXH_STAMP_ACT) != 0 || !chain->all)
        return;
    if (!exh_log_stamp_read(&judged->entry, &stamp, &err) || !tie_stamp(chain, &stamp, &err)) {
        exh_strings_addf(&judged->problems, "its time stamp cannot be read: %s", err.text);
        return;
    }
    struct exh_log_stamps *stamps = &chain->stamps;
    stamps->at = exh_realloc_array(stamps->at, stamps->count + 1, sizeof *stamps->at);
    stamps->at[stamps->count++] = stamp;
    stamp = (struct exh_log_stamp)EXH_LOG_STAMP_NONE;
}

static void check_next(struct exh_judged *judged, struct chain *chain)
{
    chain->from_first &= !is_first(chain) || !judged->lost;
    check_checkpoint(judged, chain);
    if (judged->read) {
        check_order(judged, chain);
        check_authority(judged, chain);
        check_anchor(judged, chain);
        take_stamp(judged, chain);
    }
    memcpy(chain->before, judged->digest, sizeof chain->before);
    chain->before_lost = judged->lost;
    chain->expected = (judged->read ? judged->entry.sequence : chain->expected) + 1;
}

/* ---- the report ---- */

static void report_one(const struct exh_judgements *all, size_t at, uint64_t expected, struct exh_ledger_report *report)
{
    const struct exh_judged *judged = &all->at[at];
    uint64_t number = judged->read ? judged->entry.sequence : expected;

    for (size_t i = 0; i < judged->problems.count; i++)
        exh_strings_addf(&report->problems, "entry %" PRIu64 ": %s (commit %.12s)", number, judged->problems.at[i], all->line.at[at]);
}

static void add_lost(struct exh_ledger_report *report, uint64_t from, uint64_t to)
{
    if (report->lost_count && report->lost[report->lost_count - 1].to + 1 == from) {
        report->lost[report->lost_count - 1].to = to;
        return;
    }
    report->lost = exh_realloc_array(report->lost, report->lost_count + 1, sizeof *report->lost);
    report->lost[report->lost_count++] = (struct exh_ledger_range){ from, to };
}

/* The number of the oldest that was reached, by the next one behind it that can be read; 0 where none can be. */
static uint64_t number_of_oldest(const struct exh_judgements *all)
{
    for (size_t i = all->count; i-- > 0;) {
        uint64_t behind = all->count - 1 - i, number = all->at[i].entry.sequence;
        if (all->at[i].read)
            return number < behind ? 0 : number - behind;
    }
    return 0;
}

/* What is still known of one that is lost: whoever has its file elsewhere can compare. */
static void report_lost(struct exh_judged *judged, const struct exh_judged *next, uint64_t number, struct exh_ledger_report *report)
{
    if (!judged->lost)
        return;
    add_lost(report, number, number);
    if (next && next->read)
        exh_strings_addf(&judged->problems, "the entry behind it says that its " EXH_ENTRY_FILE " has the SHA-256 %s", next->entry.previous);
}

static void report_broken(const struct exh_judgements *all, struct chain *chain, struct exh_ledger_report *report)
{
    bool is_broken = !chain->from_first;

    if (!is_broken && !(is_first(chain) && all->at[all->count - 1].lost))
        return;
    if (is_broken) {
        chain->expected = number_of_oldest(all);
        exh_strings_addf(&report->problems, "the entries before commit %.12s cannot be read: %s", all->line.at[all->count - 1],
                         all->broken.text);
    }
    if (is_broken && chain->expected)
        add_lost(report, 0, chain->expected - 1);
    exh_strings_add(&report->problems, "without the first entry, whose keys were trusted, and the tree over all, cannot be checked");
}

/* From the first entry to the last. */
static void follow(struct exh_judgements *all, struct chain *chain, struct exh_ledger_report *report)
{
    for (size_t i = all->count; i-- > 0;) {
        uint64_t expected = chain->expected;
        report_lost(&all->at[i], i ? &all->at[i - 1] : NULL, expected, report);
        check_next(&all->at[i], chain);
        report_one(all, i, expected, report);
    }
}

/* ---- what is sealed for ever ---- */

static int compare_words(const void *word, const void *other)
{
    return strcmp(word, *(char *const *)other);
}

static void find_gone(const struct exh_judgements *all, struct exh_strings *gone)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].read && all->at[i].authentic && all->at[i].entry.case_id && strcmp(all->at[i].entry.act, "destroy-key") == 0)
            exh_strings_add(gone, all->at[i].entry.case_id);
    exh_strings_sort(gone);
}

/* Entries whose details nobody can read any more: the key of their case was destroyed. What else they say still stands. */
static void report_sealed(const struct exh_judgements *all, struct exh_ledger_report *report)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings gone = EXH_STRINGS_NONE;

    find_gone(all, &gone);
    report->keys_destroyed = gone.count;
    for (size_t i = 0; gone.count && i < all->count; i++)
        report->sealed_for_ever += all->at[i].sealed
            && bsearch(all->at[i].entry.case_id, gone.at, gone.count, sizeof *gone.at, compare_words) != NULL;
}

static void report_all(struct exh_judgements *all, struct chain *chain, struct exh_ledger_report *report)
{
    report_broken(all, chain, report);
    report->entries = chain->expected + all->count;
    follow(all, chain, report);
    report_sealed(all, report);
    memcpy(report->head, all->at[0].digest, sizeof report->head);
    memcpy(report->commit, all->line.at[0], sizeof report->commit);
    report->has_log = chain->has_log;
    report->log = chain->log;
    report->tree = chain->tree;
    report->anchors = chain->anchors;
    report->stamps = chain->stamps;
    report->roots = chain->roots;
    report->root_count = chain->root_count;
    chain->tree = (struct exh_merkle_tree)EXH_MERKLE_TREE_NONE;
    chain->anchors = (struct exh_anchors)EXH_ANCHORS_NONE;
    chain->stamps = (struct exh_log_stamps)EXH_LOG_STAMPS_NONE;
    chain->roots = NULL;
}

/* The auditor's git opens the log by these files, and the commands here do not. */
static void report_files(struct exh_ledger *ledger, struct exh_ledger_report *report)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_repo_check_files(ledger->repo, &err))
        exh_strings_add(&report->problems, err.text);
}

bool exh_ledger_verify(struct exh_ledger *ledger, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_judgements_clear) struct exh_judgements all = { .count = 0 };
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };

    if (!exh_ledger_judge(ledger, "", NULL, &all, err))
        return exh_while(err, "custody log: no entry can be reached");
    EXH_CLEANUP(clear_chain) struct chain chain = { .all = &all, .from_first = all.broken.kind == EXH_OK, .latest = { INT64_MIN },
                                                    .source = { 0, exh_merkle_tree_fetch, &chain.tree } };
    if (all.count)
        report_all(&all, &chain, &report);
    else
        exh_strings_add(&report.problems, "the log has no entry: its branch 'custody' is not there");
    report_files(ledger, &report);
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

/* ---- what was added ---- */

static void copy_ring(const struct exh_keyring *from, struct exh_keyring *ret_ring)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct exh_person *person = &from->people[i];
        struct exh_person *copy = exh_keyring_add(ret_ring, &person->key, person->role, NULL, NULL, person->trusted);
        copy->until = person->until;
        copy->revoked = person->revoked;
    }
}

/* A log that does not go on from there is nothing but a problem. */
bool exh_ledger_verify_after(struct exh_ledger *ledger, const struct exh_ledger_known *known, struct exh_ledger_report *ret_report,
                             struct exh_error *err)
{
    EXH_CLEANUP(exh_judgements_clear) struct exh_judgements all = { .count = 0 };
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };

    if (!exh_ledger_judge(ledger, known->place.commit, &known->log, &all, err))
        return false;
    EXH_CLEANUP(clear_chain) struct chain chain = { .from_first = all.broken.kind == EXH_OK, .latest = known->place.time,
        .expected = known->place.edge.size, .edge = known->place.edge, .source = known->tree, .has_log = true, .log = known->log };
    memcpy(chain.before, known->place.digest, sizeof chain.before);
    copy_ring(known->ring, &chain.ring);
    if (!all.met && all.broken.kind == EXH_OK)
        exh_strings_addf(&report.problems, "the log no longer holds commit %.12s, up to which it verified before", known->place.commit);
    else if (all.count)
        report_all(&all, &chain, &report);
    if (!all.count || !all.met) {
        report.entries = chain.edge.size;
        memcpy(report.head, known->place.digest, sizeof report.head);
        memcpy(report.commit, known->place.commit, sizeof report.commit);
    }
    report_files(ledger, &report);
    *ret_report = report;
    report = (struct exh_ledger_report){ .problems = EXH_STRINGS_NONE };
    return true;
}
