/* derive: a Master is looked at, then judged, and copied from the very files that were judged.
 *
 * The order matters. What each file is (device, inode, size, times) is noted; then the whole folder is judged by name; and each file
 * that is opened after that must be what was noted, and still be it when the copy is made. Had one been changed, or another put in
 * its place, before, during or after the judging, its inode or its time of change tells. Files are not kept open: a Master may have
 * more of them than a process may hold.
 */
#include "derive.h"

#include "exhibit/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_RECORD = 64 << 20 };

void exh_original_clear(struct original *original)
{
    exh_fd_close(&original->folder);
    free(original->parts);
    exh_json_free(original->record);
    *original = (struct original)EXH_ORIGINAL_NONE;
}

/* ---- looking ---- */

static bool open_file(const struct original *original, const char *file, int *ret_fd, struct stat *ret_facts, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (!exh_file_open_beneath(original->folder, file, &fd, err))
        return exh_while(err, "exhibit %s", original->reference);
    if (fstat(fd, ret_facts))
        return exh_fail_os(err, "cannot look at '%s' of %s", file, original->reference);
    *ret_fd = fd;
    fd = -1;
    return true;
}

static bool look_at(const struct original *original, const struct exh_json *json, struct original_part *part, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    *part = (struct original_part){ .file = NULL };
    return exh_json_need_text(json, "file", &part->file, err) && exh_json_need_text(json, "sha256", &part->digest, err)
        && open_file(original, part->file, &fd, &part->facts, err);
}

static bool look_at_parts(struct original *original, struct exh_error *err)
{
    struct exh_json *parts = NULL;

    if (!exh_json_need_array(original->record, "parts", &parts, err))
        return false;
    original->parts = exh_alloc((exh_json_count(parts) + 1) * sizeof *original->parts);
    for (size_t i = 0; i < exh_json_count(parts); i++)
        if (!look_at(original, exh_json_at(parts, i), &original->parts[original->part_count++], err))
            return false;
    return true;
}

/* What is read here counts for nothing until it was judged. */
static bool look(const struct exh_store *store, struct original *original, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_exhibit_path(original->reference), *bytes = NULL;
    size_t size;

    if (!exh_directory_open(store->root, path, &original->folder, err)
        || !exh_file_read(original->folder, EXH_RECORD, LARGEST_RECORD, &bytes, &size, err)
        || !exh_json_parse(bytes, size, EXH_RECORD, &original->record, err))
        return false;
    exh_sha256(bytes, size, original->record_digest);
    return look_at_parts(original, err);
}

/* ---- judging ---- */

static const char *digest_of(const struct exh_package_report *report, const char *name)
{
    for (size_t i = 0; i < report->file_count; i++)
        if (strcmp(report->files[i].name, name) == 0)
            return report->files[i].digest;
    return "";
}

/* That a Master is not as it was sealed is itself something that must be found in the log. */
static bool refuse(struct exh_store *store, const struct original *original, const struct exh_package_report *report,
                   struct exh_error *err)
{
    const char *why = report->findings.count ? report->findings.at[0].text : exh_verdict_words(report->verdict);

    if (!exh_store_enter_verdict(store, original->reference, report, NULL, err))
        return false;
    return exh_fail(err, EXH_REFUSED, "exhibit %s is not as it was sealed (%s), so no copy is made of it; 'exhibit verify %s' "
                    "says more", original->reference, why, original->reference);
}

/* @looked: why the files could not be looked at, which the verdict mostly says better. */
static bool judge(struct exh_store *store, struct original *original, struct exh_error *looked, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };

    if (!exh_store_judge(store, original->reference, NULL, &report, err))
        return false;
    if (report.verdict != EXH_VERIFIED)
        return refuse(store, original, &report, err);
    if (looked->kind != EXH_OK)
        return exh_error_move(err, looked);
    memcpy(original->tagmanifest, report.tagmanifest, sizeof original->tagmanifest);
    return strcmp(digest_of(&report, EXH_RECORD), original->record_digest) == 0
        || exh_fail(err, EXH_MALFORMED, "the record of %s changed while it was read", original->reference);
}

static bool need_master(const struct exh_store *store, const char *reference, struct original *original, struct exh_error *err)
{
    const struct exh_exhibit *exhibit = NULL;

    if (!exh_store_need_exhibit(store, reference, &exhibit, err))
        return false;
    if (*exhibit->of)
        return exh_fail(err, EXH_USAGE, "%s is a copy; copies are made of Masters: name %s", reference, exhibit->of);
    memcpy(original->reference, exhibit->reference, sizeof original->reference);
    memcpy(original->case_id, exhibit->case_id, sizeof original->case_id);
    return true;
}

/* A bare stream has no rate of its own: its source's was declared. */
static void find_rate(const struct exh_store *store, struct original *original)
{
    const char *id = exh_json_text_or(exh_json_get(original->record, "camera"), "source", NULL);
    const struct exh_source *source = id ? exh_store_source(store, id) : NULL;

    if (source)
        original->rate = source->rate;
}

bool exh_original_load(struct exh_store *store, const char *reference, struct original *ret_original, struct exh_error *err)
{
    EXH_CLEANUP(exh_original_clear) struct original original = EXH_ORIGINAL_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error looked = EXH_ERROR_NONE;

    if (!need_master(store, reference, &original, err))
        return false;
    if (!look(store, &original, &looked))
        exh_while(&looked, "exhibit %s", reference);
    if (!judge(store, &original, &looked, err))
        return false;
    find_rate(store, &original);
    *ret_original = original;
    original = (struct original)EXH_ORIGINAL_NONE;
    return true;
}

/* ---- again ---- */

static bool is_same_time(struct timespec one, struct timespec other)
{
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size
        && is_same_time(one->st_mtim, other->st_mtim) && is_same_time(one->st_ctim, other->st_ctim);
}

bool exh_original_open(const struct original *original, size_t part, int *ret_fd, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const char *file = original->parts[part].file;
    struct stat now;

    if (!open_file(original, file, &fd, &now, err))
        return false;
    if (!is_same(&now, &original->parts[part].facts))
        return exh_fail(err, EXH_MALFORMED, "'%s' of %s changed while the copy was made", file, original->reference);
    *ret_fd = fd;
    fd = -1;
    return true;
}

bool exh_original_is_unchanged(const struct original *original, struct exh_error *err)
{
    for (size_t i = 0; i < original->part_count; i++) {
        EXH_CLEANUP(exh_fd_close) int fd = -1;
        if (!exh_original_open(original, i, &fd, err))
            return false;
    }
    return true;
}

/* ---- by its camera ---- */

/* What the record says; whether to believe it is judged when the Master is loaded. */
static bool is_of_camera(const struct exh_store *store, const char *reference, const char *camera)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference), *path = exh_format("%s/" EXH_RECORD, folder), *bytes = NULL;
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;
    size_t size;

    return exh_file_read(store->root, path, LARGEST_RECORD, &bytes, &size, &ignored)
        && exh_json_parse(bytes, size, path, &record, &ignored)
        && strcmp(exh_json_text_or(exh_json_get(record, "camera"), "id", ""), camera) == 0;
}

bool exh_original_named(const struct exh_store *store, const char *case_id, const char *name, char ret_reference[24], struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_exhibit *named;

    if (!exh_store_exhibit(store, name, &named, err) || !exh_store_casefile(store, case_id, &casefile, err))
        return false;
    if (named || !exh_store_camera(store, name)) {
        snprintf(ret_reference, 24, "%s", name);
        return true;
    }
    for (size_t i = casefile->exhibit_count; i-- > 0;) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (exhibit->state != EXH_EXHIBIT_DONE || *exhibit->of || !is_of_camera(store, exhibit->reference, name))
            continue;
        memcpy(ret_reference, exhibit->reference, sizeof exhibit->reference);
        return true;
    }
    return exh_fail(err, EXH_USAGE, "case %s has no exhibit of camera %s", case_id, name);
}
