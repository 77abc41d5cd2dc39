/* proof: the checkpoint of the custody log that a package carries, and that its entries stand in that log. */
#include "contents.h"

#include "exhibit/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void say(struct exh_judging *judging, const char *file, const char *what)
{
    exh_judging_finding(judging, "E-PROOF", file, "%s: %s", file, what);
}

/* ---- the checkpoint ---- */

/* The log's key is the one that package.json names, which the sealer signed for. */
static bool read_checkpoint(struct exh_judging *judging, const struct exh_found *found, struct exh_error *err)
{
    struct exh_package_report *report = judging->report;
    const char *key = exh_json_text_or(exh_json_get(report->holding, "log"), "key", "");

    return exh_log_key_read(key, &report->log, err)
        && exh_log_checkpoint_read(found->bytes, found->size, &report->log, &report->log_state, err);
}

void exh_judging_checkpoint(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report *report = judging->report;
    const struct exh_found *found = exh_contents_find(judging->contents, EXH_BAG_CHECKPOINT);
    int64_t entries = exh_json_int_or(exh_json_get(report->holding, "log"), "entries", -1);

    if (!found || !found->bytes) {
        if (judging->contents->whole)
            say(judging, EXH_BAG_CHECKPOINT, "it is missing");
        return;
    }
    if (!read_checkpoint(judging, found, &err)) {
        say(judging, EXH_BAG_CHECKPOINT, err.text);
        return;
    }
    if (entries < 0 || (uint64_t)entries != report->log_state.size) {
        say(judging, EXH_BAG_CHECKPOINT, "it is of another number of entries than " EXH_BAG_PACKAGE " says");
        return;
    }
    report->checkpoint = exh_strndup(found->bytes, found->size);
}

/* ---- the entries in it ---- */

static const char *judge_path(const struct exh_package_report *report, const struct exh_proof *proof, const struct exh_entry *entry)
{
    if (strcmp(proof->checkpoint, report->checkpoint) != 0)
        return "it is of another checkpoint than " EXH_BAG_CHECKPOINT;
    if (proof->number != entry->sequence)
        return "it is of another entry";
    return exh_merkle_holds(&entry->leaf, entry->sequence, report->log_state.size, &proof->path, &report->log_state.root)
               ? NULL : "it does not show that the entry stands in the log of the checkpoint";
}

void exh_judging_proof(struct exh_judging *judging, const char *file, const struct exh_entry *entry)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_proof_clear) struct exh_proof proof = EXH_PROOF_NONE;
    EXH_CLEANUP(exh_freep) char *name = exh_format("%.*s.tlog-proof", (int)(strlen(file) - strlen(".json")), file);
    const struct exh_found *found = exh_contents_find(judging->contents, name);
    const char *wrong;

    if (!judging->report->checkpoint)
        return;                          /* said already */
    if (!found || !found->bytes)
        say(judging, name, "it is missing");
    else if (!exh_proof_inclusion_read(found->bytes, found->size, &proof, &err))
        say(judging, name, err.text);
    else if ((wrong = judge_path(judging->report, &proof, entry)))
        say(judging, name, wrong);
}
