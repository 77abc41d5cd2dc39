/* store: exhibits in the making: their journals, and what is done about those whose maker died. */
#include "store.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LONGEST_JOURNAL = 64 << 10 };

char *exh_store_journal_path(const char *reference)
{
    char name[24];

    exh_reference_folder(reference, name);
    return exh_format(STAGING "/%s.json", name);
}

bool exh_journal_begin(const struct exh_store *store, const char *reference, struct exh_journal *ret_journal, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_store_journal_path(reference);

    *ret_journal = (struct exh_journal)EXH_JOURNAL_NONE;
    snprintf(ret_journal->reference, sizeof ret_journal->reference, "%s", reference);
    return exh_lock_take(store->root, name, 0, &ret_journal->fd, err);
}

/* Written in place: the lock is on this very file. */
static bool write_note(const struct exh_journal *journal, const struct exh_json *note, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(note);

    if (pwrite(journal->fd, bytes, strlen(bytes), 0) != (ssize_t)strlen(bytes)
        || ftruncate(journal->fd, (off_t)strlen(bytes)) || exh_system.fsync(journal->fd))
        return exh_fail_os(err, "cannot write the journal of %s", journal->reference);
    return true;
}

bool exh_journal_note(struct exh_journal *journal, const char *folder, const char *directory, const char *container,
                      const char *container_staging, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *note = exh_json_object();

    exh_json_set_text(note, "folder", folder);
    exh_json_set_text(note, "directory", directory);
    exh_json_set_text(note, "container", container);
    exh_json_set_text(note, "container_staging", container_staging);
    return write_note(journal, note, err);
}

static struct exh_json *array_of(const struct exh_strings *strings)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < strings->count; i++)
        exh_json_add_text(array, strings->at[i]);
    return array;
}

bool exh_journal_note_volumes(struct exh_journal *journal, const char *directory, const struct exh_strings *names,
                              const struct exh_strings *stagings, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *note = exh_json_object();

    exh_json_set_text(note, "directory", directory);
    exh_json_set(note, "names", array_of(names));
    exh_json_set(note, "stagings", array_of(stagings));
    return write_note(journal, note, err);
}

bool exh_journal_end(const struct exh_store *store, struct exh_journal *journal, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_store_journal_path(journal->reference);

    if (unlinkat(store->root, name, 0) && errno != ENOENT)
        return exh_fail_os(err, "cannot remove '%s'", name);
    exh_journal_clear(journal);
    return true;
}

void exh_journal_clear(struct exh_journal *journal)
{
    exh_fd_close(&journal->fd);
    free(journal->folder);
    free(journal->directory);
    free(journal->container);
    free(journal->container_staging);
    exh_strings_clear(&journal->names);
    exh_strings_clear(&journal->stagings);
    *journal = (struct exh_journal)EXH_JOURNAL_NONE;
}

static void read_strings(const struct exh_json *array, struct exh_strings *strings)
{
    for (size_t i = 0; i < exh_json_count(array); i++)
        exh_strings_add(strings, exh_json_as_text(exh_json_at(array, i)) ? exh_json_as_text(exh_json_at(array, i)) : "");
}

/* Reads what a dead maker wrote down. A journal cut short by the kill says nothing: no names. */
static void read_journal(struct exh_journal *journal)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *note = NULL;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_fd_read(journal->fd, "journal", LONGEST_JOURNAL, &bytes, &size, &ignored)
        || !exh_json_parse(bytes, size, "journal", &note, &ignored))
        return;
    journal->folder = exh_strdup(exh_json_text_or(note, "folder", NULL));
    journal->directory = exh_strdup(exh_json_text_or(note, "directory", NULL));
    journal->container = exh_strdup(exh_json_text_or(note, "container", NULL));
    journal->container_staging = exh_strdup(exh_json_text_or(note, "container_staging", NULL));
    read_strings(exh_json_get(note, "names"), &journal->names);
    read_strings(exh_json_get(note, "stagings"), &journal->stagings);
}

bool exh_store_is_in_making(const struct exh_store *store, const char *reference)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_journal_path(reference);

    return exh_file_exists(store->root, path);
}

bool exh_store_is_staging_name(const char *name)
{
    size_t size = name ? strlen(name) : 0;

    return size > 9 && name[0] == '.' && !strchr(name, '/') && strcmp(name + size - 8, ".partial") == 0;
}

/* The log says that it is done: the names it was to have are given now, where the kill came before. */
static bool finish_export(struct exh_store *store, const struct exh_journal *journal, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int exhibits = -1, directory = -1;
    char folder[24];

    exh_reference_folder(journal->reference, folder);
    if (!exh_directory_open(store->root, EXHIBITS, &exhibits, err))
        return false;
    if (exh_store_is_staging_name(journal->folder) && exh_file_exists(exhibits, journal->folder)
        && !exh_file_rename(exhibits, journal->folder, exhibits, folder, err))
        return false;
    if (!exh_store_is_staging_name(journal->container_staging) || !journal->container || strchr(journal->container, '/'))
        return true;
    return exh_directory_open(AT_FDCWD, journal->directory, &directory, err)
        && (!exh_file_exists(directory, journal->container_staging)
            || exh_file_rename(directory, journal->container_staging, directory, journal->container, err));
}

static bool clear_export(struct exh_store *store, const struct exh_journal *journal, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int exhibits = -1;

    if (!exh_directory_open(store->root, EXHIBITS, &exhibits, err))
        return false;
    if (exh_store_is_staging_name(journal->folder) && exh_file_exists(exhibits, journal->folder)
        && !exh_tree_remove(exhibits, journal->folder, err))
        return false;
    if (!exh_store_is_staging_name(journal->container_staging) || !journal->directory)
        return true;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", journal->directory, journal->container_staging);
    if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
        return exh_fail_os(err, "cannot remove '%s'", path);
    return true;
}

/* ---- packages of exhibits ---- */

static bool is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

/* The volumes that the log says are done get their names. */
static bool finish_volumes(const struct exh_journal *journal, int directory, struct exh_error *err)
{
    for (size_t i = 0; i < journal->stagings.count && i < journal->names.count; i++) {
        const char *staging = journal->stagings.at[i], *name = journal->names.at[i];
        if (exh_store_is_staging_name(staging) && is_plain_name(name) && exh_file_exists(directory, staging)
            && !exh_file_rename(directory, staging, directory, name, err))
            return false;
    }
    return true;
}

static bool clear_volumes(const struct exh_journal *journal, int directory, struct exh_error *err)
{
    for (size_t i = 0; i < journal->stagings.count; i++) {
        const char *staging = journal->stagings.at[i];
        if (!exh_store_is_staging_name(staging) || !exh_file_exists(directory, staging) || unlinkat(directory, staging, 0) == 0)
            continue;
        if (errno != EISDIR && errno != EPERM)
            return exh_fail_os(err, "cannot remove '%s/%s'", journal->directory, staging);
        if (!exh_tree_remove(directory, staging, err))
            return false;
    }
    return true;
}

static bool settle_volumes(const struct exh_journal *journal, bool done, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int directory = -1;

    if (!journal->directory)
        return true;
    return exh_directory_open(AT_FDCWD, journal->directory, &directory, err)
        && (done ? finish_volumes(journal, directory, err) : clear_volumes(journal, directory, err));
}

/* ---- what the log says of it ---- */

static bool append_abandoned(struct exh_store *store, const struct exh_exhibit *exhibit, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *reference = exh_strdup(exhibit->reference), *case_id = exh_strdup(exhibit->case_id);
    EXH_CLEANUP(exh_freep) char *act = exh_format("%s-abandoned", exhibit->making);
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = exh_act_verb(act), .act = act, .exhibit = reference, .case_id = case_id };

    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "reason", "it was cut off (killed, or the machine stopped); no exhibit was made");
    return exh_store_append(store, &draft, err);
}

static bool append_sealing_abandoned(struct exh_store *store, const struct exh_sealing *sealing, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *case_id = exh_strdup(sealing->case_id);
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = exh_act_verb("seal-abandoned"), .act = "seal-abandoned", .case_id = case_id };

    draft.facts = exh_json_object();
    exh_json_set_text(draft.facts, "package", sealing->id);
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "reason", "it was cut off (killed, or the machine stopped); no package was made");
    return exh_store_append(store, &draft, err);
}

bool exh_store_making_is_done(const struct exh_store *store, const char *reference, bool *ret_done, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const struct exh_sealing *sealing;

    if (!exh_store_exhibit(store, reference, &exhibit, err) || !exh_store_sealing(store, reference, &sealing, err))
        return false;
    *ret_done = (exhibit && exhibit->state == EXH_EXHIBIT_DONE) || (sealing && sealing->state == EXH_EXHIBIT_DONE);
    return true;
}

/* Where the log has only its beginning, it ends now. */
static bool settle_entry(struct exh_store *store, const char *reference, bool *ret_done, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const struct exh_sealing *sealing;

    if (!exh_store_making_is_done(store, reference, ret_done, err) || !exh_store_exhibit(store, reference, &exhibit, err)
        || !exh_store_sealing(store, reference, &sealing, err))
        return false;
    if (exhibit && exhibit->state == EXH_EXHIBIT_BEGUN)
        return append_abandoned(store, exhibit, err);
    return !sealing || sealing->state != EXH_EXHIBIT_BEGUN || append_sealing_abandoned(store, sealing, err);
}

/* ---- one of them ---- */

static bool move_files(struct exh_store *store, const struct exh_journal *journal, bool done, struct exh_error *err)
{
    if (exh_sealing_id_is_one(journal->reference))
        return settle_volumes(journal, done, err);
    return done ? finish_export(store, journal, err) : clear_export(store, journal, err);
}

/* Files that cannot be finished or cleared now (a stick that is gone) stay as they are, with their
 * journal, for a later command; that must not stop the work of today. */
static bool settle_files(struct exh_store *store, struct exh_journal *journal, bool done, struct exh_strings *notes, struct exh_error *err)
{
    if (!move_files(store, journal, done, err)) {
        exh_strings_addf(notes, "%s: its making was cut off and cannot be %s yet: %s", journal->reference,
                         done ? "finished" : "cleared away", err->text);
        exh_error_clear(err);
        return true;
    }
    if (journal->folder || journal->names.count)
        exh_strings_addf(notes, "%s: its making was cut off; it was %s", journal->reference,
                         done ? "finished" : journal->folder ? "cleared away, no exhibit was made"
                                                             : "cleared away, no package was made");
    return exh_journal_end(store, journal, err);
}

static bool recover_one(struct exh_store *store, const char *reference, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_journal_clear) struct exh_journal journal = EXH_JOURNAL_NONE;
    bool done;

    if (!exh_journal_begin(store, reference, &journal, err)) {
        if (err->kind != EXH_BUSY)
            return false;
        exh_error_clear(err);            /* its maker lives and works on it */
        return true;
    }
    read_journal(&journal);
    return settle_entry(store, reference, &done, err) && settle_files(store, &journal, done, notes, err);
}

bool exh_store_journal_of(const char *name, char ret_reference[24])
{
    const char *dot = strrchr(name, '.');

    if (!dot || strcmp(dot, ".json") != 0 || dot - name >= 24)
        return false;
    EXH_CLEANUP(exh_freep) char *stem = exh_strndup(name, (size_t)(dot - name));
    snprintf(ret_reference, 24, "%s", stem);
    return exh_sealing_id_is_one(stem) || exh_reference_of_folder(stem, ret_reference);
}

static bool collect_journal(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    char reference[24];

    (void)kind;
    (void)err;
    if (exh_store_journal_of(name, reference))
        exh_strings_add(context, reference);
    return true;
}

/* Of those the log has the beginning of, and nobody a journal. */
static bool collect_begun(const struct exh_store *store, struct exh_strings *left, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings begun = EXH_STRINGS_NONE;

    if (!exh_store_in_making(store, &begun, err))
        return false;
    for (size_t i = 0; i < begun.count; i++)
        if (!exh_strings_contain(left, begun.at[i]))
            exh_strings_add(left, begun.at[i]);
    return true;
}

bool exh_store_unfinished(const struct exh_store *store, struct exh_strings *references, struct exh_error *err)
{
    return exh_directory_visit(store->root, STAGING, collect_journal, references, err) && collect_begun(store, references, err);
}

bool exh_store_recover(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings left = EXH_STRINGS_NONE;

    if (!exh_store_settle_config(store, notes, err) || !exh_store_clear_half_written(store, notes, err)
        || !exh_store_clear_unentered(store, notes, err)
        || !exh_store_settle_signers(store, notes, err) || !exh_store_settle_signings(store, notes, err)
        || !exh_store_unfinished(store, &left, err))
        return false;
    for (size_t i = 0; i < left.count; i++)
        if (!recover_one(store, left.at[i], notes, err))
            return exh_while(err, "recovering %s", left.at[i]);
    return true;
}
