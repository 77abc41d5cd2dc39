/* store: what a killed command left, looked for without touching it. */
#include "store.h"

#include "exhibit/file.h"

#include <stdlib.h>
#include <string.h>

const char *exh_leftover_kind_name(enum exh_leftover_kind kind)
{
    static const char *const names[] = { "making", "signing", "config", "file", "signers" };

    return names[kind];
}

void exh_leftovers_clear(struct exh_leftovers *leftovers)
{
    for (size_t i = 0; i < leftovers->count; i++)
        free(leftovers->at[i].name);
    free(leftovers->at);
    *leftovers = (struct exh_leftovers){ NULL, 0 };
}

static void add(struct exh_leftovers *leftovers, enum exh_leftover_kind kind, const char *name, bool finishes, bool live)
{
    leftovers->at = exh_realloc_array(leftovers->at, leftovers->count + 1, sizeof *leftovers->at);
    leftovers->at[leftovers->count++] = (struct exh_leftover){ kind, exh_strdup(name), finishes, live };
}

/* Its maker holds the lock on it as long as it lives. */
static bool is_live(const struct exh_store *store, const char *path)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error held = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    return exh_file_exists(store->root, path) && !exh_lock_take(store->root, path, 0, &fd, &held) && held.kind == EXH_BUSY;
}

static bool find_makings(const struct exh_store *store, struct exh_leftovers *leftovers, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings references = EXH_STRINGS_NONE;
    bool done;

    if (!exh_store_unfinished(store, &references, err))
        return false;
    exh_strings_sort(&references);
    for (size_t i = 0; i < references.count; i++) {
        EXH_CLEANUP(exh_freep) char *journal = exh_store_journal_path(references.at[i]);
        if (!exh_store_making_is_done(store, references.at[i], &done, err))
            return false;
        add(leftovers, EXH_LEFTOVER_MAKING, references.at[i], done, is_live(store, journal));
    }
    return true;
}

static bool collect(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind, (void)err;
    if (exh_store_is_signing_note(name))
        exh_strings_add(context, name);
    return true;
}

static bool find_signings(const struct exh_store *store, struct exh_leftovers *leftovers, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings notes = EXH_STRINGS_NONE;
    bool entered;

    if (!exh_directory_visit(store->root, STAGING, collect, &notes, err))
        return false;
    for (size_t i = 0; i < notes.count; i++) {
        EXH_CLEANUP(exh_freep) char *id = exh_strndup(notes.at[i], strcspn(notes.at[i], ".")), *path = exh_format(STAGING "/%s", notes.at[i]);
        if (!exh_store_signing_is_entered(store, id, &entered, err))
            return false;
        add(leftovers, EXH_LEFTOVER_SIGNING, path, entered, is_live(store, path));
    }
    return true;
}

static bool take_staged(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind, (void)err;
    if (exh_store_is_staged_config(name))
        add(context, EXH_LEFTOVER_CONFIG, name, false, false);
    return true;
}

static bool find_config(const struct exh_store *store, struct exh_leftovers *leftovers, struct exh_error *err)
{
    bool finishes;

    if (!exh_directory_visit(store->root, ".", take_staged, leftovers, err))
        return false;
    if (!exh_file_exists(store->root, STAGED_CONFIG))
        return true;
    if (!exh_store_config_finishes(store, &finishes, err))
        return false;
    add(leftovers, EXH_LEFTOVER_CONFIG, STAGED_CONFIG, finishes, false);
    return true;
}

static bool find_files(const struct exh_store *store, struct exh_leftovers *leftovers, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings paths = EXH_STRINGS_NONE;

    if (!exh_store_half_written(store, &paths, err) || !exh_store_unentered(store, &paths, err))
        return false;
    for (size_t i = 0; i < paths.count; i++)
        add(leftovers, EXH_LEFTOVER_FILE, paths.at[i], false, false);
    return true;
}

bool exh_store_leftovers(const struct exh_store *store, struct exh_leftovers *ret_leftovers, struct exh_error *err)
{
    EXH_CLEANUP(exh_leftovers_clear) struct exh_leftovers leftovers = { NULL, 0 };

    if (!find_config(store, &leftovers, err) || !find_files(store, &leftovers, err) || !find_signings(store, &leftovers, err)
        || !find_makings(store, &leftovers, err))
        return false;
    if (!exh_store_signers_are_current(store))
        add(&leftovers, EXH_LEFTOVER_SIGNERS, SIGNERS, true, false);
    *ret_leftovers = leftovers;
    leftovers = (struct exh_leftovers){ NULL, 0 };
    return true;
}
