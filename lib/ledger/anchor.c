/* anchor: checkpoints that came back from outside, held against the log: a witness's, or a package's. */
#include "parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_witness_name(const struct exh_public_key *key, char ret_name[EXH_WITNESS_NAME_SIZE])
{
    enum { DIGITS = 32 };
    char digest[EXH_SHA256_DIGITS];

    exh_sha256(key->ed25519, sizeof key->ed25519, digest);
    snprintf(ret_name, EXH_WITNESS_NAME_SIZE, "custody.invalid/witness/%.*s", DIGITS, digest);
}

/* ---- against the tree ---- */

static bool check_root(const struct exh_checkpoint *checkpoint, const struct exh_merkle_source *tree, struct exh_error *err)
{
    struct exh_merkle_edge edge;
    struct exh_merkle_hash root;

    if (checkpoint->size > tree->size)
        return exh_fail(err, EXH_NO, "it is of %" PRIu64 " entries, and the log has %" PRIu64 ": its last ones are gone",
                        checkpoint->size, tree->size);
    if (!exh_merkle_edge_fetch(checkpoint->size, tree->fetch, tree->context, &edge, err))
        return false;
    exh_merkle_root(&edge, &root);
    return memcmp(&root, &checkpoint->root, sizeof root) == 0
        || exh_fail(err, EXH_NO, "the first %" PRIu64 " entries of the log are not those that it is of: the log was rewritten, or "
                    "there are two of them", checkpoint->size);
}

bool exh_log_holds(const void *note, size_t size, const struct exh_verifier *log, const struct exh_merkle_source *tree,
                   struct exh_checkpoint *ret_checkpoint, struct exh_error *err)
{
    return exh_log_checkpoint_read(note, size, log, ret_checkpoint, err) && check_root(ret_checkpoint, tree, err);
}

bool exh_ledger_holds(const struct exh_ledger_report *report, const void *note, size_t size,
                      struct exh_checkpoint *ret_checkpoint, struct exh_error *err)
{
    const struct exh_merkle_source tree = EXH_MERKLE_TREE_SOURCE(&report->tree);

    if (!report->has_log)
        return exh_fail(err, EXH_NO, "the log's first entry, which names its key, cannot be read: there is nothing to compare it with");
    if (!exh_log_checkpoint_read(note, size, &report->log, ret_checkpoint, err))
        return false;
    if (!report->lost_count || ret_checkpoint->size <= report->tree.size || ret_checkpoint->size > report->entries)
        return check_root(ret_checkpoint, &tree, err);
    for (size_t i = 0; i < report->root_count; i++)
        if (report->roots[i].size == ret_checkpoint->size)
            return memcmp(&report->roots[i].root, &ret_checkpoint->root, sizeof ret_checkpoint->root) == 0
                || exh_fail(err, EXH_NO, "the log's own checkpoint of %" PRIu64 " entries is another: the log was rewritten, or there are "
                            "two of them", ret_checkpoint->size);
    return exh_fail(err, EXH_NO, "it is of %" PRIu64 " entries, of which entry %" PRIu64 " is lost, and so is the log's own checkpoint of "
                    "so many: there is nothing to compare it with", ret_checkpoint->size, report->lost[0].from);
}

/* ---- cosignatures ---- */

static bool is_known(const struct exh_anchors *anchors, size_t from, const char *witness)
{
    for (size_t i = from; i < anchors->count; i++)
        if (strcmp(anchors->at[i].witness, witness) == 0)
            return true;
    return false;
}

/* The time is a whole second, and in its first instant the key may not have been trusted yet. */
static bool was_auditor(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at)
{
    const struct exh_moment then = { at.ns + EXH_SECOND - 1 };

    return exh_keyring_state(ring, fingerprint, then) == EXH_KEY_VALID
        && exh_keyring_explain(ring, fingerprint, then, then).person->role == EXH_ROLE_AUDITOR;
}

/* EXH_NO: there is a signature in the person's name, and it does not hold. */
static bool read_witness(const struct exh_note *note, const struct exh_person *person, const struct exh_keyring *ring,
                         struct exh_moment *ret_at, bool *ret_holds, struct exh_error *err)
{
    char name[EXH_WITNESS_NAME_SIZE];
    struct exh_verifier verifier;

    exh_witness_name(&person->key, name);
    if (!exh_verifier_make(name, EXH_NOTE_WITNESS, &person->key, &verifier, err))
        return false;
    enum exh_note_verdict verdict = exh_note_judge(note, &verifier, ret_at);
    if (verdict == EXH_NOTE_BAD)
        return exh_fail(err, EXH_NO, "the cosignature by key %s does not hold", person->fingerprint);
    *ret_holds = verdict == EXH_NOTE_GOOD && was_auditor(ring, person->fingerprint, *ret_at);
    return true;
}

static bool add_anchors(const struct exh_note *note, uint64_t size, const struct exh_keyring *ring, struct exh_anchors *anchors,
                        struct exh_error *err)
{
    size_t before = anchors->count;

    for (size_t i = 0; i < ring->count; i++) {
        const struct exh_person *person = &ring->people[i];
        struct exh_anchor anchor = { .size = size };
        bool holds = false;
        if (!read_witness(note, person, ring, &anchor.at, &holds, err))
            return false;
        if (!holds || is_known(anchors, before, person->fingerprint))
            continue;
        memcpy(anchor.witness, person->fingerprint, sizeof anchor.witness);
        anchors->at = exh_realloc_array(anchors->at, anchors->count + 1, sizeof *anchors->at);
        anchors->at[anchors->count++] = anchor;
    }
    return anchors->count > before
        || exh_fail(err, EXH_NO, "no auditor whose key the log trusts has cosigned it; 'exhibit key list' lists whose it does");
}

bool exh_anchors_read(const void *bytes, size_t size, const struct exh_verifier *log, const struct exh_merkle_source *tree,
                      const struct exh_keyring *ring, struct exh_anchors *anchors, struct exh_error *err)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_checkpoint checkpoint;

    return exh_log_holds(bytes, size, log, tree, &checkpoint, err) && exh_note_read(bytes, size, &note, err)
        && add_anchors(&note, checkpoint.size, ring, anchors, err);
}
