/* store: its own exhibits, judged as they lie there and held against the log. */
#include "store.h"

#include "exhibit/file.h"

#include <string.h>

bool exh_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *lines = exh_keyring_allowed_signers(&store->keyring);

    return exh_store_check_log(store, err) && exh_signers_read(lines, strlen(lines), store->zone, ret_signers, err);
}

bool exh_store_need_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                            struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_exhibit(store, reference, &exhibit, err))
        return false;
    if (!exhibit)
        return exh_fail(err, EXH_USAGE, "'%s' is no exhibit of this store; 'exhibit case show CASE' lists a case's", reference);
    if (exhibit->state != EXH_EXHIBIT_DONE)
        return exh_fail(err, EXH_USAGE, "exhibit %s is not there: its making was %s", reference,
                        exh_exhibit_state_words(exhibit->state));
    *ret_exhibit = exhibit;
    return true;
}

char *exh_store_exhibit_path(const char *reference)
{
    char folder[24];

    exh_reference_folder(reference, folder);
    return exh_format(EXHIBITS "/%s", folder);
}

/* A folder that is missing is a verdict too. */
static bool check_folder(const struct exh_store *store, const char *folder, const struct exh_signers *signers,
                         struct exh_package_report *report, struct exh_error *err)
{
    const struct exh_package_ask ask = { .signers = signers, .keyring = &store->keyring, .zone = store->zone, .into = -1 };

    if (exh_file_exists(store->root, folder))
        return exh_package_check(store->root, folder, &ask, report, err);
    *report = (struct exh_package_report){ .verdict = EXH_FAILED, .form = "folder" };
    exh_check_findings_add(&report->findings, "E-LOG", NULL, "'%s' is missing from the store", folder);
    return true;
}

static void hold_against_log(const struct exh_exhibit *exhibit, struct exh_package_report *report)
{
    if (report->tagmanifest[0] && !exh_digest_equal(report->tagmanifest, exhibit->tagmanifest)) {
        report->verdict = EXH_FAILED;
        exh_check_findings_add(&report->findings, "E-LOG", NULL, "tagmanifest-sha256.txt is not the one the custody log names");
    }
}

bool exh_store_judge(const struct exh_store *store, const char *reference, struct exh_package_report *ret_report,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);
    const struct exh_exhibit *exhibit = NULL;

    if (!exh_store_need_exhibit(store, reference, &exhibit, err) || !exh_store_signers(store, &signers, err)
        || !check_folder(store, folder, &signers, ret_report, err))
        return false;
    hold_against_log(exhibit, ret_report);
    return true;
}

bool exh_store_enter_verdict(struct exh_store *store, const char *reference, const struct exh_package_report *report,
                             struct exh_json *facts, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_CONSULTATION, .act = "verify", .exhibit = reference, .facts = facts ? facts : exh_json_object() };
    const struct exh_exhibit *exhibit;

    if (!exh_store_need_exhibit(store, reference, &exhibit, err))
        return false;
    /* Locking reads the register anew: the exhibit's own memory goes. */
    EXH_CLEANUP(exh_freep) char *case_id = exh_strdup(exhibit->case_id);
    draft.case_id = case_id;
    exh_json_set_text(draft.facts, "verdict", exh_verdict_words(report->verdict));
    exh_json_set_int(draft.facts, "findings", (int64_t)report->findings.count);
    return exh_store_record(store, &draft, err);
}
