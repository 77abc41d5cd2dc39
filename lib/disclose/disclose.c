/* disclose: finding a package, and entering that it was handed over. */
#include "exhibit/disclose.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- which package ---- */

/* Without waiting: a fifo must not stop us. */
static bool open_package(const char *path, int *ret_fd, struct exh_error *err)
{
    struct stat facts;

    *ret_fd = exh_system.open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (*ret_fd < 0 || fstat(*ret_fd, &facts))
        return exh_fail_os(err, "'%s' is no package's identifier, and cannot be opened as a file", path);
    if (S_ISDIR(facts.st_mode))
        return exh_fail(err, EXH_MALFORMED, "'%s' is a folder, which has no digest: name the package by its identifier, such as C1-P1", path);
    return S_ISREG(facts.st_mode) || exh_fail(err, EXH_MALFORMED, "'%s' is not a regular file", path);
}

bool exh_disclose_find(const struct exh_store *store, const char *words, exh_file_progress *progress, void *context, char ret_id[24],
                       struct exh_error *err)
{
    EXH_CLEANUP(exh_file_digests_clear) struct exh_file_digests digests = EXH_FILE_DIGESTS_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (exh_sealing_id_is_one(words) || exh_reference_is_one(words)) {
        memcpy(ret_id, words, strlen(words) + 1);
        return true;
    }
    if (!open_package(words, &fd, err) || !exh_file_digests_read(fd, words, 0, progress, context, &digests, err))
        return false;
    return exh_store_find_package(store, digests.sha256, ret_id, err) || exh_while(err, "'%s'", words);
}

/* ---- entering it ---- */

static bool enter(struct exh_store *store, const struct exh_disclosure *disclosure, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_DISCLOSURE, .act = "disclose",
                                                                        .case_id = disclosure->case_id };

    entry.facts = exh_json_object();
    exh_json_set_text(entry.facts, "disclosure", disclosure->id);
    exh_json_set_text(entry.facts, "package", disclosure->package);
    entry.details = exh_disclosure_details(disclosure);
    return exh_store_append(store, &entry, err);
}

/* Under the lock: a package of a case to which something can be added, of which something is to be said on a day. */
static bool take_package(const struct exh_store *store, const char *act, const char *package, struct exh_date date,
                         const struct exh_casefile **ret_casefile, struct exh_packed *ret_packed, struct exh_error *err)
{
    const struct exh_case *one = NULL;

    return exh_store_may(store, act, err) && exh_store_need_packed(store, package, ret_casefile, ret_packed, err)
        && exh_store_need_writable_case(store, ret_packed->case_id, act, &one, err) && exh_store_check_not_to_come(store, date, err);
}

static bool judge(const struct exh_store *store, struct exh_disclosure *disclosure, struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    const struct exh_casefile *casefile;

    if (!take_package(store, "disclose", disclosure->package, disclosure->date, &casefile, &packed, err))
        return false;
    memcpy(disclosure->case_id, packed.case_id, sizeof disclosure->case_id);
    exh_casefile_next_disclosure(casefile, packed.case_id, disclosure->id);
    return exh_disclosure_check(casefile, disclosure, exh_date_of(packed.sealed, store->zone), err);
}

bool exh_disclose(struct exh_store *store, const struct exh_disclosure *disclosure, bool dry_run, char ret_id[24], struct exh_error *err)
{
    struct exh_disclosure one = *disclosure;

    if (!exh_store_lock(store, err))
        return false;
    if (!one.date.year)
        one.date = exh_store_today(store);
    bool done = judge(store, &one, err) && (dry_run || enter(store, &one, err));
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, one.id, sizeof one.id);
    return done;
}

/* ---- that it is ready ---- */

static bool judge_notice(const struct exh_store *store, struct exh_notice *notice, struct exh_error *err)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    const struct exh_casefile *casefile;

    if (!take_package(store, "disclose-ready", notice->package, notice->date, &casefile, &packed, err))
        return false;
    memcpy(notice->case_id, packed.case_id, sizeof notice->case_id);
    return exh_notice_check(casefile, notice, exh_date_of(packed.sealed, store->zone), err);
}

static bool enter_notice(struct exh_store *store, const struct exh_notice *notice, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_DISCLOSURE, .act = "disclose-ready",
                                                                        .case_id = notice->case_id };

    entry.facts = exh_json_object();
    exh_json_set_text(entry.facts, "package", notice->package);
    entry.details = exh_notice_details(notice);
    return exh_store_append(store, &entry, err);
}

bool exh_disclose_ready(struct exh_store *store, const struct exh_notice *notice, bool dry_run, struct exh_error *err)
{
    struct exh_notice one = *notice;

    if (!exh_store_lock(store, err))
        return false;
    if (!one.date.year)
        one.date = exh_store_today(store);
    bool done = judge_notice(store, &one, err) && (dry_run || enter_notice(store, &one, err));
    exh_store_unlock(store);
    return done;
}
