/* verify: one item of the store judged: the log, a file named by its digest, a package that left the room, an exhibit. */
#include "whole.h"

#include "exhibit/file.h"
#include "exhibit/signature.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *exh_item_kind_name(enum exh_item_kind kind)
{
    static const char *const names[] = { "log", "policy", "photograph", "plan", "certificate", "package", "exhibit", "foreign" };

    return names[kind];
}

const char *exh_item_verdict_words(enum exh_item_verdict verdict)
{
    static const char *const words[] = { "GOOD", "FAILED", "UNREADABLE", "NOT KNOWN" };

    return words[verdict];
}

/* ---- the log ---- */

static void add_problems(struct exh_item_report *item, const struct exh_strings *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        exh_check_findings_add(&item->findings, "E-STORE", NULL, "%s", problems->at[i]);
}

/* What kept it from being judged is what is wrong with it. */
static void take_failure(struct exh_item_report *item, struct exh_error *wrong)
{
    item->verdict = wrong->kind == EXH_IO ? EXH_ITEM_UNREADABLE : EXH_ITEM_FAILED;
    exh_check_findings_add(&item->findings, "E-STORE", NULL, "%s", wrong->text);
    exh_error_clear(wrong);
}

static void judge_log(const struct exh_whole *whole, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings damaged = EXH_STRINGS_NONE;

    if (!exh_ledger_verify(whole->store->ledger, &report, &wrong))
        take_failure(item, &wrong);
    add_problems(item, &report.problems);
    if (!exh_ledger_check_objects(whole->store->ledger, &damaged, &wrong))
        take_failure(item, &wrong);
    add_problems(item, &damaged);
    if (item->findings.count && item->verdict == EXH_ITEM_GOOD)
        item->verdict = EXH_ITEM_FAILED;
}

/* ---- files named by their digests ---- */

static void judge_named(const struct exh_whole *whole, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;

    if (!exh_file_exists(whole->store->root, item->name)) {
        item->verdict = EXH_ITEM_FAILED;
        exh_check_findings_add(&item->findings, "E-STORE", item->name, "'%s' is missing from the store", item->name);
    } else if (!exh_store_check_named(whole->store, item->name, &wrong)) {
        take_failure(item, &wrong);
    }
}

/* ---- packages that left the room ---- */

/* Which one has the digest, of its file or of its tag manifest; their count where none has. */
static size_t issued_by_digest(const struct exh_holdings *holdings, const char *digest)
{
    size_t i = 0;

    while (i < holdings->package_count && !exh_strings_contain(&holdings->packages[i].digests, digest)
           && !exh_strings_contain(&holdings->packages[i].tagmanifests, digest))
        i++;
    return i;
}

static size_t issued_by_id(const struct exh_holdings *holdings, const char *id)
{
    size_t i = 0;

    while (i < holdings->package_count && strcmp(holdings->packages[i].id, id) != 0)
        i++;
    return i;
}

static void cut_ending(char *name, const char *ending)
{
    size_t size = strlen(name), end = strlen(ending);

    if (size > end && strcmp(name + size - end, ending) == 0)
        name[size - end] = '\0';
}

/* "OP1_wisbech-12_20211205T211000Z_C1-P1_1of2.zip.age" was C1-P1; "OP1_wisbech-12_20211205T211000Z.zip" was OP1's own. */
static size_t issued_by_name(const struct exh_holdings *holdings, const char *path)
{
    EXH_CLEANUP(exh_freep) char *name = exh_strdup(exh_text_base_name(path));
    size_t own = holdings->package_count;

    cut_ending(name, ".age");
    cut_ending(name, ".zip");
    for (char *save = NULL, *part = strtok_r(name, "_", &save); part; part = strtok_r(NULL, "_", &save)) {
        size_t at = issued_by_id(holdings, part);
        if (at < holdings->package_count && exh_sealing_id_is_one(part))
            return at;
        if (part == name)
            own = at;
    }
    return own;
}

/* What is known of it: which package it was, by its name, and where it is damaged, if it can be opened. */
static void say_what_differs(const struct exh_whole *whole, struct exh_item_report *item, const struct exh_packed *issued, const char *digest)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_error_clear) struct exh_error encrypted = EXH_ERROR_NONE;
    const struct exh_package_ask ask = { .signers = whole->has_signers ? &whole->signers : NULL, .into = -1, .from_disk = true };

    item->verdict = EXH_ITEM_FAILED;
    exh_check_findings_add(&item->findings, "E-LOG", NULL, "it is not the file that was issued as %s: its SHA-256 is %s", issued->id, digest);
    if (!exh_package_check(AT_FDCWD, item->name, &ask, &report, &encrypted))
        return;
    for (size_t i = 0; i < report.findings.count; i++)
        if (exh_check_finding_is_fatal(&report.findings.at[i]))
            exh_check_findings_add(&item->findings, report.findings.at[i].code, report.findings.at[i].file, "%s", report.findings.at[i].text);
}

static bool digest_of(const struct exh_whole *whole, const char *path, bool *ret_sound, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    EXH_CLEANUP(exh_file_digests_clear) struct exh_file_digests digests = EXH_FILE_DIGESTS_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    const struct exh_package_ask ask = { .signers = whole->has_signers ? &whole->signers : NULL, .into = -1, .from_disk = true };
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat facts;

    *ret_sound = true;
    if (fd < 0 || fstat(fd, &facts))
        return exh_fail_os(err, "cannot open '%s'", path);
    if (S_ISDIR(facts.st_mode)) {        /* of a folder the tag manifest is what the log has, and all else follows from that */
        if (!exh_package_check(AT_FDCWD, path, &ask, &report, err))
            return false;
        memcpy(ret_digest, report.tagmanifest, EXH_SHA256_DIGITS);
        *ret_sound = report.verdict == EXH_VERIFIED || report.verdict == EXH_PARTIAL;
        return true;
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (!exh_file_digests_read(fd, path, 0, NULL, NULL, &digests, err))
        return false;
    memcpy(ret_digest, digests.sha256, EXH_SHA256_DIGITS);
    return true;
}

static void judge_package(struct exh_whole *whole, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    const struct exh_holdings *holdings = &whole->holdings;
    char digest[EXH_SHA256_DIGITS] = "";
    bool sound;

    if (!digest_of(whole, item->name, &sound, digest, &wrong)) {
        take_failure(item, &wrong);
        return;
    }
    size_t at = issued_by_digest(holdings, digest), named = at < holdings->package_count ? at : issued_by_name(holdings, item->name);
    if (named < holdings->package_count) {
        item->case_id = holdings->packages[named].case_id;
        item->was_good = true;
        item->last_good = holdings->packages[named].sealed;
        item->last_good_by = "made";
    }
    if (at < holdings->package_count && sound) {
        free(whole->found[at]);
        whole->found[at] = exh_strdup(item->name);
    } else if (named < holdings->package_count) {
        say_what_differs(whole, item, &holdings->packages[named], digest);
    } else {
        item->verdict = EXH_ITEM_UNKNOWN;
        exh_check_findings_add(&item->findings, "W-FOREIGN", NULL, "it is no package that the log has, by its SHA-256 (%s) or its name", digest);
    }
}

/* ---- exhibits ---- */

/* The newest entry by which it verified. */
struct past { const char *reference; struct exh_moment moment; bool known; };

static bool take_verified(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct past *past = context;

    (void)err;
    if (!past->known && strcmp(entry->act, "verify") == 0 && entry->exhibit && strcmp(entry->exhibit, past->reference) == 0
        && strcmp(exh_json_text_or(exh_json_get(entry->whole, "facts"), "verdict", ""), exh_verdict_words(EXH_VERIFIED)) == 0) {
        past->known = true;
        past->moment = entry->time;
    }
    return true;
}

/* What the log knows; private/verified may know of a later time. */
static void look_back(const struct exh_whole *whole, const struct exh_held *held, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    const struct exh_index_query query = { .case_id = held->case_id };
    struct past past = { held->reference, { 0 }, false };

    item->was_good = true;
    item->last_good = held->made;
    item->last_good_by = "made";
    if (exh_store_entries(whole->store, &query, true, take_verified, &past, &unread) && past.known) {
        item->last_good = past.moment;
        item->last_good_by = "verify";
    }
}

static void find_holders(const struct exh_whole *whole, struct exh_item_report *item)
{
    for (size_t i = 0; i < whole->holdings.package_count; i++)
        if (exh_strings_contain(&whole->holdings.packages[i].exhibits, item->name)) {
            item->holders = exh_realloc_array(item->holders, item->holder_count + 1, sizeof *item->holders);
            item->holders[item->holder_count++] = (struct exh_holder){ &whole->holdings.packages[i], whole->found[i] };
        }
}

static bool is_good(const struct exh_whole *whole, const struct exh_package_report *report)
{
    return report->verdict == EXH_VERIFIED || (report->verdict == EXH_PARTIAL && !whole->has_signers);
}

static void count_bytes(const struct exh_whole *whole, const struct exh_package_report *report)
{
    for (size_t i = 0; i < report->file_count; i++)
        whole->report->bytes += report->files[i].size;
}

static void judge_exhibit(struct exh_whole *whole, const struct exh_held *held, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;

    item->case_id = held->case_id;
    if (!exh_store_judge_held(whole->store, held, whole->has_signers ? &whole->signers : NULL, &report, &wrong)) {
        take_failure(item, &wrong);
    } else if (!is_good(whole, &report)) {
        item->verdict = EXH_ITEM_FAILED;
        item->findings = report.findings;
        report.findings = (struct exh_check_findings)EXH_FINDINGS_NONE;
    }
    count_bytes(whole, &report);
    if (item->verdict == EXH_ITEM_GOOD)
        return;
    look_back(whole, held, item);
    find_holders(whole, item);
}

/* ---- certificates of what was destroyed ---- */

static const char *certificate_of(const struct exh_holdings *holdings, const char *path)
{
    for (size_t i = 0; i < holdings->certified.count; i++)
        if (strstr(path, holdings->certified.at[i]))
            return holdings->certificates.at[i];
    return "";
}

/* A bag that is signed as a package is, and that the log names. */
static void judge_certificate(struct exh_whole *whole, struct exh_item_report *item)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    const struct exh_package_ask ask = { .signers = whole->has_signers ? &whole->signers : NULL, .into = -1, .from_disk = true };

    if (!exh_package_check(whole->store->root, item->name, &ask, &report, &wrong)) {
        take_failure(item, &wrong);
        return;
    }
    count_bytes(whole, &report);
    if (is_good(whole, &report) && exh_digest_equal(report.tagmanifest, certificate_of(&whole->holdings, item->name)))
        return;
    item->verdict = EXH_ITEM_FAILED;
    item->findings = report.findings;
    report.findings = (struct exh_check_findings)EXH_FINDINGS_NONE;
    if (!item->findings.count)
        exh_check_findings_add(&item->findings, "E-LOG", NULL, "its seal is not the one that the custody log names");
}

/* Its folder takes its name after the entry says that it is done. */
static bool is_not_there_yet(const struct exh_whole *whole, const char *reference)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);

    return !exh_file_exists(whole->store->root, folder) && exh_store_is_in_making(whole->store, reference);
}

/* ---- any of them ---- */

char *exh_whole_item_key(const struct exh_whole_item *item)
{
    return exh_format("%s %s", exh_item_kind_name(item->kind), item->name);
}

static void judge(struct exh_whole *whole, struct exh_item_report *item)
{
    switch (item->kind) {
    case EXH_ITEM_LOG:     judge_log(whole, item); return;
    case EXH_ITEM_POLICY:
    case EXH_ITEM_PLAN:
    case EXH_ITEM_PHOTO:   judge_named(whole, item); return;
    case EXH_ITEM_CERTIFICATE: judge_certificate(whole, item); return;
    case EXH_ITEM_PACKAGE: judge_package(whole, item); return;
    default:               judge_exhibit(whole, exh_holdings_find(&whole->holdings, item->name), item);
    }
}

void exh_whole_judge(struct exh_whole *whole, const struct exh_whole_item *one, struct exh_item_report *ret_item, bool *ret_not_yet)
{
    EXH_CLEANUP(exh_freep) char *key = exh_whole_item_key(one);
    struct exh_moment last;

    *ret_item = (struct exh_item_report){ .kind = one->kind, .name = one->name };
    *ret_not_yet = one->kind == EXH_ITEM_EXHIBIT && is_not_there_yet(whole, one->name);
    if (*ret_not_yet)
        return;
    judge(whole, ret_item);
    if (ret_item->verdict == EXH_ITEM_GOOD || !exh_seen_last(&whole->seen, key, &last))
        return;
    if (!ret_item->was_good || last.ns > ret_item->last_good.ns) {
        ret_item->was_good = true;
        ret_item->last_good = last;
        ret_item->last_good_by = "verify --store";
    }
}
