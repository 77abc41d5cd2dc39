/* store: its own exhibits, judged as they lie there and held against the log. */
#include "store.h"

#include "exhibit/file.h"

#include <string.h>

bool exh_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *lines = exh_keyring_allowed_signers(&store->keyring);

    return exh_store_check_log(store, err) && exh_signers_read(lines, strlen(lines), store->zone, ret_signers, err);
}

static bool refuse_destroyed(const struct exh_store *store, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    char when[EXH_MOMENT_SIZE];

    if (exhibit->state == EXH_EXHIBIT_DESTROYING)
        return exh_fail(err, EXH_NO, "exhibit %s is being destroyed, by plan %.12s", exhibit->reference, exhibit->plan);
    exh_moment_local((struct exh_moment){ exhibit->destroyed.ns / EXH_SECOND * EXH_SECOND }, store->zone, when);
    return exh_fail(err, EXH_NO, "exhibit %s was destroyed on %s, by plan %.12s: 'exhibit retention why %s' says why", exhibit->reference, when,
                    exhibit->plan, exhibit->reference);
}

bool exh_store_need_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit **ret_exhibit,
                            struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_exhibit(store, reference, &exhibit, err))
        return false;
    if (!exhibit) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("'%s' is no exhibit of this store", reference);
        return exh_store_unknown_item(store, reference, "'exhibit case show CASE' lists a case's", words, err);
    }
    if (exhibit->state == EXH_EXHIBIT_DESTROYED || exhibit->state == EXH_EXHIBIT_DESTROYING)
        return refuse_destroyed(store, exhibit, err);
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

uint64_t exh_store_exhibit_bytes(const struct exh_store *store, const char *reference)
{
    enum { LARGEST = 64 << 10 };
    static const char label[] = "Payload-Oxum: ";
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference), *path = exh_format("%s/bag-info.txt", folder), *bytes = NULL;
    uint64_t octets = 0;
    size_t size;

    if (!exh_file_read(store->root, path, LARGEST, &bytes, &size, &unread))
        return 0;
    char *line = strstr(bytes, label);
    if (!line)
        return 0;
    line += strlen(label);
    line[strcspn(line, ".\r\n")] = '\0';
    return exh_text_number(line, INT64_MAX, &octets) ? octets : 0;
}

/* A folder that is missing is a verdict too. */
static bool check_folder(const struct exh_store *store, const char *folder, const struct exh_package_ask *how, struct exh_package_report *report,
                         struct exh_error *err)
{
    struct exh_package_ask ask = *how;

    ask.keyring = ask.signers ? &store->keyring : NULL;
    ask.zone = store->zone;
    ask.into = -1;
    if (exh_file_exists(store->root, folder))
        return exh_package_check(store->root, folder, &ask, report, err);
    *report = (struct exh_package_report){ .verdict = EXH_FAILED, .form = "folder" };
    exh_check_findings_add(&report->findings, "E-LOG", NULL, "'%s' is missing from the store", folder);
    return true;
}

static void hold_against_log(const char *tagmanifest, struct exh_package_report *report)
{
    if (report->tagmanifest[0] && !exh_digest_equal(report->tagmanifest, tagmanifest)) {
        report->verdict = EXH_FAILED;
        exh_check_findings_add(&report->findings, "E-LOG", NULL, "tagmanifest-sha256.txt is not the one the custody log names");
    }
}

bool exh_store_judge(const struct exh_store *store, const char *reference, const struct exh_judging *judging, struct exh_package_report *ret_report,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);
    const struct exh_package_ask ask = { .signers = &signers, .progress = judging ? judging->progress : NULL,
                                         .context = judging ? judging->context : NULL };
    const struct exh_exhibit *exhibit = NULL;

    if (!exh_store_need_exhibit(store, reference, &exhibit, err) || !exh_store_signers(store, &signers, err)
        || !check_folder(store, folder, &ask, ret_report, err))
        return false;
    hold_against_log(exhibit->tagmanifest, ret_report);
    return true;
}

bool exh_store_judge_held(const struct exh_store *store, const struct exh_held *held, const struct exh_signers *signers,
                          struct exh_package_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(held->reference);
    const struct exh_package_ask ask = { .signers = signers, .from_disk = true };

    if (!check_folder(store, folder, &ask, ret_report, err))
        return false;
    hold_against_log(held->tagmanifest, ret_report);
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
