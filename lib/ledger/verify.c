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
};

static void clear_chain(struct chain *chain)
{
    exh_keyring_clear(&chain->ring);
    exh_merkle_tree_clear(&chain->tree);
    exh_log_stamps_clear(&chain->stamps);
    free(chain->anchors.at);
}

static bool is_first(const struct chain *chain)
{
    return !*chain->before;
}

static void check_previous(struct exh_judged *judged, const struct chain *chain)
{
    const char *previous = judged->entry.previous;

    if (is_first(chain) && !chain->from_first)
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

/* From the first checkpoint on that is of other entries all differ: it is said once. */
static void check_checkpoint(struct exh_judged *judged, struct chain *chain)
{
    if (!chain->from_first)
        return;
    take_log_key(judged, chain);
    add_leaf(judged, chain);
    if (!chain->has_log || !judged->has_checkpoint || chain->tree_differs)
        return;
    if (judged->unreadable) {
        exh_strings_addf(&judged->problems, "its checkpoint does not hold: %s", judged->unreadable);
    } else if (strcmp(judged->checkpoint.origin, chain->log.name) != 0 || !exh_checkpoint_is_of(&judged->checkpoint, &chain->edge)) {
        chain->tree_differs = true;
        exh_strings_addf(&judged->problems, "its checkpoint does not hold: it is not that of the %" PRIu64 " entries to here in this log",
                         chain->edge.size);
    } else if (!judged->log_signed) {
        exh_strings_add(&judged->problems, "its checkpoint does not hold: it is not signed, as the log writes it, by the log's key and by "
                        "nobody else");
    }
}

/* What a witness saw must still be what the log begins with. */
static void check_anchor(struct exh_judged *judged, struct chain *chain)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    size_t before = chain->anchors.count;

    if (strcmp(judged->entry.act, EXH_ANCHOR_ACT) != 0 || !chain->has_log)
        return;
    const char *note = exh_json_text_or(exh_json_get(judged->entry.whole, "facts"), "note", "");
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
    check_checkpoint(judged, chain);
    if (judged->read) {
        check_order(judged, chain);
        check_authority(judged, chain);
        check_anchor(judged, chain);
        take_stamp(judged, chain);
    }
    memcpy(chain->before, judged->digest, sizeof chain->before);
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

static void report_broken(const struct exh_judgements *all, struct chain *chain, struct exh_ledger_report *report)
{
    const struct exh_judged *oldest = &all->at[all->count - 1];

    if (chain->from_first)
        return;
    chain->expected = oldest->read ? oldest->entry.sequence : 0;
    exh_strings_addf(&report->problems, "the entries before commit %.12s cannot be read, so whose keys were "
                     "trusted, and the tree over all, cannot be checked: %s", all->line.at[all->count - 1], all->broken.text);
}

static void report_all(struct exh_judgements *all, struct chain *chain, struct exh_ledger_report *report)
{
    report_broken(all, chain, report);
    for (size_t i = all->count; i-- > 0;) {
        uint64_t expected = chain->expected;
        check_next(&all->at[i], chain);
        report_one(all, i, expected, report);
    }
    report->entries = chain->from_first ? chain->edge.size : all->count;
    memcpy(report->head, all->at[0].digest, sizeof report->head);
    memcpy(report->commit, all->line.at[0], sizeof report->commit);
    report->has_log = chain->has_log;
    report->log = chain->log;
    report->tree = chain->tree;
    report->anchors = chain->anchors;
    report->stamps = chain->stamps;
    chain->tree = (struct exh_merkle_tree)EXH_MERKLE_TREE_NONE;
    chain->anchors = (struct exh_anchors)EXH_ANCHORS_NONE;
    chain->stamps = (struct exh_log_stamps)EXH_LOG_STAMPS_NONE;
}

bool exh_ledger_verify(struct exh_ledger *ledger, struct exh_ledger_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_judgements_clear) struct exh_judgements all = { .count = 0 };
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };

    if (!exh_ledger_judge(ledger, "", NULL, &all, err))
        return false;
    EXH_CLEANUP(clear_chain) struct chain chain = { .all = &all, .from_first = all.broken.kind == EXH_OK, .latest = { INT64_MIN },
                                                    .source = { 0, exh_merkle_tree_fetch, &chain.tree } };
    if (all.count)
        report_all(&all, &chain, &report);
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
    report.entries = chain.edge.size;
    if (!all.count) {
        memcpy(report.head, known->place.digest, sizeof report.head);
        memcpy(report.commit, known->place.commit, sizeof report.commit);
    }
    *ret_report = report;
    report = (struct exh_ledger_report){ .problems = EXH_STRINGS_NONE };
    return true;
}
