/* store: signatures of files anywhere, and forms of receipts, on their way: what is noted of them, and what is done where their maker
 * died. */
#include "store.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_NOTE = 64 << 10, MOST = EXH_SIGNING_MOST };
/* Not ".json": journals of exhibits are, and a note must never be taken for one. */
static const char ending[] = ".signing";
static const char *const members[MOST] = { "ssh", "minisign" };
static const char *const staged_members[MOST] = { "ssh_staging", "minisign_staging" };

static char *note_name(const char *id)
{
    return exh_format(STAGING "/%s%s", id, ending);
}

void exh_signing_clear(struct exh_signing *signing)
{
    exh_fd_close(&signing->fd);
    free(signing->directory);
    for (size_t i = 0; i < MOST; i++) {
        free(signing->names[i]);
        free(signing->staging[i]);
    }
    *signing = (struct exh_signing)EXH_SIGNING_NONE;
}

/* ---- writing it down ---- */

static bool write_note(const struct exh_signing *signing, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *note = exh_json_object();

    exh_json_set_text(note, "directory", signing->directory);
    for (size_t i = 0; i < MOST && signing->names[i]; i++) {
        exh_json_set_text(note, members[i], signing->names[i]);
        exh_json_set_text(note, staged_members[i], signing->staging[i]);
    }
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(note);
    /* Written in place: the lock is on this very file. */
    if (exh_system.pwrite(signing->fd, bytes, strlen(bytes), 0) != (ssize_t)strlen(bytes)
        || exh_system.fsync(signing->fd))
        return exh_fail_os(err, "cannot note which files are being made");
    return true;
}

bool exh_signing_begin(const struct exh_store *store, const char *directory, const char *const names[MOST],
                       struct exh_signing *ret_signing, struct exh_error *err)
{
    EXH_CLEANUP(exh_signing_clear) struct exh_signing signing = EXH_SIGNING_NONE;
    uint8_t random[8];

    exh_random(random, sizeof random);
    exh_hex(signing.id, random, sizeof random);
    signing.directory = exh_strdup(directory);
    for (size_t i = 0; i < MOST && names[i]; i++) {
        signing.names[i] = exh_strdup(names[i]);
        signing.staging[i] = exh_staging_name(names[i]);
    }
    EXH_CLEANUP(exh_freep) char *name = note_name(signing.id);
    if (!exh_lock_take(store->root, name, 0, &signing.fd, err))
        return false;
    if (!write_note(&signing, err) || !exh_directory_sync(store->root, STAGING, err)) {
        unlinkat(store->root, name, 0);
        return false;
    }
    *ret_signing = signing;
    signing = (struct exh_signing)EXH_SIGNING_NONE;
    return true;
}

bool exh_signing_end(const struct exh_store *store, struct exh_signing *signing, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = note_name(signing->id);

    if (unlinkat(store->root, name, 0) && errno != ENOENT)
        return exh_fail_os(err, "cannot remove '%s'", name);
    exh_signing_clear(signing);
    return true;
}

/* ---- giving the names, or taking the files away ---- */

/* All are looked at before one is named: a name that is taken leaves none. */
static bool name_all(const struct exh_signing *signing, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int directory = -1;

    if (!exh_directory_open(AT_FDCWD, signing->directory, &directory, err))
        return false;
    for (size_t i = 0; i < MOST && signing->names[i]; i++)
        if (exh_file_exists(directory, signing->staging[i]) && exh_file_exists(directory, signing->names[i]))
            return exh_fail(err, EXH_REFUSED, "'%s/%s' exists already; it is not overwritten: put it aside, and what "
                            "was made takes its name with the next command", signing->directory, signing->names[i]);
    for (size_t i = 0; i < MOST && signing->names[i]; i++)
        if (exh_file_exists(directory, signing->staging[i])
            && !exh_file_rename(directory, signing->staging[i], directory, signing->names[i], err))
            return false;
    return true;
}

bool exh_signing_finish(const struct exh_store *store, struct exh_signing *signing, struct exh_error *err)
{
    return name_all(signing, err) && exh_signing_end(store, signing, err);
}

static bool remove_all(const struct exh_signing *signing, struct exh_error *err)
{
    for (size_t i = 0; i < MOST && signing->names[i]; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", signing->directory, signing->staging[i]);
        if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
            return exh_fail_os(err, "cannot remove '%s'", path);
    }
    return true;
}

/* ---- where the maker died ---- */

/* False where the note was cut short by the kill: then no file was written yet. */
static bool read_note(struct exh_signing *signing)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *note = NULL;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_fd_read(signing->fd, "note", LONGEST_NOTE, &bytes, &size, &ignored)
        || !exh_json_parse(bytes, size, "note", &note, &ignored))
        return false;
    signing->directory = exh_strdup(exh_json_text_or(note, "directory", NULL));
    for (size_t i = 0; i < MOST && exh_json_get(note, members[i]); i++) {
        signing->names[i] = exh_strdup(exh_json_text_or(note, members[i], NULL));
        signing->staging[i] = exh_strdup(exh_json_text_or(note, staged_members[i], NULL));
        if (!exh_store_is_staging_name(signing->staging[i]) || !signing->names[i] || strchr(signing->names[i], '/'))
            return false;
    }
    return signing->directory && signing->names[0];
}

static bool found_one(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    (void)entry, (void)err;
    *(bool *)context = true;
    return true;
}

bool exh_store_signing_is_entered(const struct exh_store *store, const char *id, bool *ret_entered, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *topic = exh_store_signing_topic(id);
    const struct exh_index_query query = { .topic = topic };

    *ret_entered = false;
    return exh_store_entries(store, &query, false, found_one, ret_entered, err);
}

/* Files that cannot be reached now (a stick that is gone) must not stop the work of today. */
static bool settle_files(const struct exh_store *store, struct exh_signing *signing, struct exh_strings *notes,
                         struct exh_error *err)
{
    const char *what = signing->names[1] ? "signing" : "issuing a receipt";
    bool done;

    if (!exh_store_signing_is_entered(store, signing->id, &done, err))
        return false;
    if (!(done ? name_all(signing, err) : remove_all(signing, err))) {
        exh_strings_addf(notes, "%s in '%s' was cut off and cannot be %s yet: %s", what, signing->directory,
                         done ? "finished" : "cleared away", err->text);
        exh_error_clear(err);
        return true;
    }
    exh_strings_addf(notes, "%s in '%s' was cut off; it was %s", what, signing->directory,
                     done                ? "finished"
                     : signing->names[1] ? "cleared away, nothing was signed"
                                         : "cleared away, none was issued");
    return exh_signing_end(store, signing, err);
}

static bool settle_one(const struct exh_store *store, const char *id, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_signing_clear) struct exh_signing signing = EXH_SIGNING_NONE;
    EXH_CLEANUP(exh_freep) char *name = note_name(id);

    if (!exh_lock_take(store->root, name, 0, &signing.fd, err)) {
        if (err->kind != EXH_BUSY)
            return false;
        exh_error_clear(err);            /* its maker lives and works on it */
        return true;
    }
    snprintf(signing.id, sizeof signing.id, "%s", id);
    return read_note(&signing) ? settle_files(store, &signing, notes, err) : exh_signing_end(store, &signing, err);
}

enum { DIGITS = 16 };

/* "0123456789abcdef.signing" */
bool exh_store_is_signing_note(const char *name)
{
    return strspn(name, "0123456789abcdef") == DIGITS && strcmp(name + DIGITS, ending) == 0;
}

static bool collect(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind;
    (void)err;
    if (exh_store_is_signing_note(name)) {
        EXH_CLEANUP(exh_freep) char *id = exh_strndup(name, DIGITS);
        exh_strings_add(context, id);
    }
    return true;
}

bool exh_store_settle_signings(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;

    if (!exh_directory_visit(store->root, STAGING, collect, &ids, err))
        return false;
    for (size_t i = 0; i < ids.count; i++)
        if (!settle_one(store, ids.at[i], notes, err))
            return exh_while(err, "settling what was cut off beside files");
    return true;
}
