/* verify: judging the store's own exhibits. */
#include "exhibit/verify.h"

#include "exhibit/file.h"

#include <errno.h>
#include <string.h>

bool exh_verify_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *lines = exh_keyring_allowed_signers(&store->keyring);

    return exh_store_check_log(store, err) && exh_signers_read(lines, strlen(lines), store->zone, ret_signers, err);
}

static bool need_done(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit, struct exh_error *err)
{
    const struct exh_exhibit *exhibit = exh_casefile_exhibit(&store->casefile, reference);

    if (!exhibit)
        return exh_fail(err, EXH_USAGE, "'%s' is neither a file nor an exhibit of this store", reference);
    if (exhibit->state != EXH_EXHIBIT_DONE)
        return exh_fail(err, EXH_USAGE, "exhibit %s has nothing to verify: its export was %s", reference, exh_exhibit_state_words(exhibit->state));
    *ret_exhibit = exhibit;
    return true;
}

/* A folder that is missing or cannot be opened is a verdict too. */
static bool check_folder(const struct exh_store *store, const char *reference, const struct exh_signers *signers,
                         struct exh_package_report *report, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_format("exhibits/%s", reference);

    if (exh_file_exists(store->root, folder))
        return exh_package_check(store->root, folder, NULL, signers, report, err);
    *report = (struct exh_package_report){ .verdict = EXH_FAILED, .form = "folder" };
    exh_strings_addf(&report->reasons, "'%s' is missing from the store", folder);
    return true;
}

static void hold_against_log(const struct exh_exhibit *exhibit, struct exh_package_report *report)
{
    if (report->tagmanifest[0] && !exh_digest_equal(report->tagmanifest, exhibit->tagmanifest)) {
        report->verdict = EXH_FAILED;
        exh_strings_add(&report->reasons, "tagmanifest-sha256.txt is not the one the custody log names");
    }
}

static bool record_verdict(struct exh_store *store, const struct exh_exhibit *exhibit, const struct exh_package_report *report, struct exh_error *err)
{
    char reference[sizeof exhibit->reference], case_id[sizeof exhibit->case_id];
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_CONSULTATION, .act = "verify", .case_id = case_id, .exhibit = reference, .facts = exh_json_object() };

    /* Locking reads the register anew: the exhibit's own memory goes. */
    memcpy(reference, exhibit->reference, sizeof reference);
    memcpy(case_id, exhibit->case_id, sizeof case_id);
    exh_json_set_text(draft.facts, "verdict", exh_verdict_words(report->verdict));
    exh_json_set_int(draft.facts, "reasons", (int64_t)report->reasons.count);
    return exh_store_record(store, &draft, err);
}

bool exh_verify_exhibit(struct exh_store *store, const char *reference, struct exh_package_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    const struct exh_exhibit *exhibit = NULL;

    if (!need_done(store, reference, &exhibit, err)
        || !exh_store_may(store, "verify", err)
        || !exh_verify_store_signers(store, &signers, err)
        || !check_folder(store, reference, &signers, &report, err))
        return false;
    hold_against_log(exhibit, &report);
    if (!record_verdict(store, exhibit, &report, err))
        return false;
    *ret_report = report;
    report = (struct exh_package_report){ .verdict = EXH_FAILED };
    return true;
}
