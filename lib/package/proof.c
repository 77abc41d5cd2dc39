/* proof: the checkpoint of the custody log that a package carries, and that its entries stand in that log. */
#include "contents.h"

#include "exhibit/ledger.h"

#include <stdlib.h>
#include <string.h>

static void say(struct exh_judging *judging, const char *file, const char *what)
{
    exh_judging_finding(judging, "E-PROOF", file, "%s: %s", file, what);
}

/* ---- the checkpoint ---- */

/* The log's key is the one that the package names, which the sealer signed for. */
static bool read_checkpoint(struct exh_judging *judging, const struct exh_found *found, const struct exh_json *said,
                            struct exh_error *err)
{
    struct exh_package_report *report = judging->report;

    return exh_log_key_read(exh_json_text_or(said, "key", ""), &report->log, err)
        && exh_log_checkpoint_read(found->bytes, found->size, &report->log, &report->log_state, err);
}

void exh_judging_checkpoint(struct exh_judging *judging, const struct exh_json *said)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report *report = judging->report;
    const struct exh_found *found = exh_contents_find(judging->contents, EXH_BAG_CHECKPOINT);
    int64_t entries = exh_json_int_or(said, "entries", -1);

    if (!found || !found->bytes) {
        if (judging->contents->whole)
            say(judging, EXH_BAG_CHECKPOINT, "it is missing");
        return;
    }
    if (!read_checkpoint(judging, found, said, &err)) {
        say(judging, EXH_BAG_CHECKPOINT, err.text);
        return;
    }
    if (entries < 0 || (uint64_t)entries != report->log_state.size) {
        say(judging, EXH_BAG_CHECKPOINT, "it is of another number of entries than the package says");
        return;
    }
    report->checkpoint = exh_strndup(found->bytes, found->size);
}

/* ---- the entries in it ---- */

static const char *judge_path(const struct exh_package_report *report, const struct exh_proof *proof, uint64_t sequence,
                              const struct exh_merkle_hash *leaf)
{
    if (strcmp(proof->checkpoint, report->checkpoint) != 0)
        return "it is of another checkpoint than " EXH_BAG_CHECKPOINT;
    if (proof->number != sequence)
        return "it is of another entry";
    return exh_merkle_holds(leaf, sequence, report->log_state.size, &proof->path, &report->log_state.root)
               ? NULL : "it does not show that the entry stands in the log of the checkpoint";
}

void exh_judging_proof(struct exh_judging *judging, const char *name, uint64_t sequence, const struct exh_merkle_hash *leaf)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_proof_clear) struct exh_proof proof = EXH_PROOF_NONE;
    const struct exh_found *found = exh_contents_find(judging->contents, name);
    const char *wrong;

    if (!judging->report->checkpoint)
        return;                          /* said already */
    if (!found || !found->bytes)
        say(judging, name, "it is missing");
    else if (!exh_proof_inclusion_read(found->bytes, found->size, &proof, &err))
        say(judging, name, err.text);
    else if ((wrong = judge_path(judging->report, &proof, sequence, leaf)))
        say(judging, name, wrong);
}

/* ---- an exhibit's own, or a certificate's ---- */

/* The newest of its entries when it was sealed. */
void exh_judging_own_custody(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *custody = exh_judging_json(judging, "E-PROOF", EXH_BAG_OWN_CUSTODY);
    const struct exh_json *entries = exh_json_get(custody, "exhibit_entries");
    const struct exh_json *newest = exh_json_count(entries) ? exh_json_at(entries, exh_json_count(entries) - 1) : NULL;
    struct exh_merkle_hash leaf;

    if (!newest)
        return;
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(newest);
    EXH_CLEANUP(exh_freep) char *bytes = exh_format("%s\n", canonical);
    exh_merkle_leaf(bytes, strlen(bytes), &leaf);
    exh_judging_checkpoint(judging, custody);
    exh_judging_proof(judging, EXH_BAG_OWN_PROOF, (uint64_t)exh_json_int_or(newest, "seq", -1), &leaf);
}
