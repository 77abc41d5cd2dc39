/* verify: judging the store's own exhibits, and where the files are that a record is compared with. */
#include "source.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* ---- against the recorder's files ---- */

/* The root given, or the store's for the source that the record names. */
static bool find_root(const struct exh_store *store, const struct exh_against *against,
                      struct exh_source_report *report, struct exh_error *err)
{
    const struct exh_source *source;

    if (against->root) {
        report->root = exh_strdup(against->root);
        return true;
    }
    if (!store)
        return exh_fail(err, EXH_USAGE, "where are the recorder's files? name their directory with --source-root, "
                        "or the store with --store");
    if (!exh_store_need_source(store, report->source, &source, err))
        return exh_while(err, "name the recorder's files with --source-root");
    report->root = exh_strdup(source->root);
    return true;
}

static bool find_source(const struct exh_json *record, struct exh_source_report *report, struct exh_error *err)
{
    const char *source = exh_json_text_or(exh_json_get(record, "camera"), "source", NULL);

    if (strcmp(exh_json_text_or(record, "item", "master"), "master") != 0)
        return exh_fail(err, EXH_USAGE, "the exhibit is a copy: compare the Master that it was made from with the recorder's "
                        "files");
    if (!source)
        return exh_fail(err, EXH_USAGE, "the exhibit was not taken from a recorder's source: there is nothing "
                        "to compare it with");
    report->source = exh_strdup(source);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_package_file *)a)->name, ((const struct exh_package_file *)b)->name);
}

const struct exh_package_file *exh_source_sound_file(const struct exh_package_report *package, const char *name)
{
    const struct exh_package_file key = { .name = (char *)name };
    const struct exh_package_file *file = package->file_count
        ? bsearch(&key, package->files, package->file_count, sizeof key, by_name) : NULL;

    return file && file->ok ? file : NULL;
}

/* A part that is not as it was sealed shows nothing of what the recorder's file held. */
static void leave_sound_parts(const struct exh_package_report *package, struct exh_source_report *report)
{
    for (size_t i = 0; i < report->segment_count; i++)
        for (size_t r = 0; r < report->segments[i].run_count; r++) {
            struct exh_source_run *run = &report->segments[i].runs[r];
            run->is_part = run->is_part && exh_source_sound_file(package, run->part);
        }
}

static bool compare(const struct exh_store *store, const struct exh_against *against, int directory, const char *path,
                    const struct exh_package_report *package, struct exh_source_report *report, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int root = -1;
    EXH_CLEANUP(exh_fd_close) int folder = -1;
    EXH_CLEANUP(exh_error_clear) struct exh_error no_folder = EXH_ERROR_NONE;

    if (!package->record)
        return exh_fail(err, EXH_NO, "the package has no record that can be believed, so nothing was compared with "
                        "the recorder's files");
    report->unsigned_record = !package->signed_ssh || !package->signed_minisign;
    if (!find_source(package->record, report, err) || !find_root(store, against, report, err)
        || !exh_directory_open(AT_FDCWD, report->root, &root, err))
        return false;
    if (!exh_source_read_record(package->record, report, err))
        return exh_while(err, "the record contradicts itself, so nothing was compared");
    leave_sound_parts(package, report);
    /* Only a help to tell places: without it the runs are told. */
    if (strcmp(package->form, "folder") == 0 && !exh_directory_open(directory, path, &folder, &no_folder))
        folder = -1;
    exh_source_compare(against, root, folder, report);
    return true;
}

void exh_verify_against_source(const struct exh_store *store, const struct exh_against *against, int directory,
                               const char *path, const struct exh_package_report *package,
                               struct exh_source_report *ret_report)
{
    EXH_CLEANUP(exh_source_report_clear) struct exh_source_report report = { .segments = NULL };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (compare(store, against, directory, path, package, &report, &err)) {
        *ret_report = report;
        report = (struct exh_source_report){ .segments = NULL };
        return;
    }
    *ret_report = (struct exh_source_report){ .source = exh_steal(&report.source), .root = exh_steal(&report.root) };
    exh_error_move(&ret_report->failure, &err);
}

/* ---- the store's own ---- */

static void add_comparison(struct exh_json *facts, const struct exh_source_report *source)
{
    exh_json_set_text(facts, "source", exh_source_result_name(source));
    exh_json_set_int(facts, "source_bytes", (int64_t)source->compared);
}

/* What was asked for besides the verdict, and what came of it. */
static void compare_exhibit(const struct exh_store *store, const char *reference, const struct exh_exhibit_ask *ask,
                            struct exh_exhibit_judged *judged, struct exh_json *facts)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);

    if (ask->against) {
        exh_verify_against_source(store, ask->against, store->root, folder, &judged->report, &judged->source);
        add_comparison(facts, &judged->source);
    }
    if (ask->footage) {
        exh_verify_footage(ask->footage, store->root, folder, &judged->report, &judged->footage);
        exh_json_set_text(facts, "footage", exh_footage_result_name(&judged->footage));
    }
}

static void clear_judged(struct exh_exhibit_judged *judged)
{
    exh_package_report_clear(&judged->report);
    exh_source_report_clear(&judged->source);
}

bool exh_verify_exhibit(struct exh_store *store, const char *reference, const struct exh_exhibit_ask *ask,
                        struct exh_exhibit_judged *ret_judged, struct exh_error *err)
{
    EXH_CLEANUP(clear_judged) struct exh_exhibit_judged judged = { .report = { .verdict = EXH_FAILED } };
    EXH_CLEANUP(exh_json_freep) struct exh_json *facts = exh_json_object();

    if (!exh_store_may(store, "verify", err) || !exh_store_judge(store, reference, ask->judging, &judged.report, err))
        return false;
    compare_exhibit(store, reference, ask, &judged, facts);
    if (!exh_store_enter_verdict(store, reference, &judged.report, exh_steal(&facts), err))
        return false;
    *ret_judged = judged;
    judged = (struct exh_exhibit_judged){ .report = { .verdict = EXH_FAILED } };
    return true;
}
