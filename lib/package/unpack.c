/* unpack: writes what is read of a package, under a staging name until the verdict is known. */
#include "contents.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct exh_unpacking {
    const struct exh_package_ask *ask;
    int folder;                          /* descriptor of the staging folder; -1: a ZIP is written */
    char *staging;                       /* its name; NULL once it is named, or gone */
    struct exh_strings made;             /* folders inside, each after the one it is in */
    char *last;                          /* the member before */
    struct exh_staged file;              /* the member in hand, or the ZIP */
};

bool exh_unpacking_new(const struct exh_package_ask *ask, struct exh_unpacking **ret_unpacking, struct exh_error *err)
{
    EXH_CLEANUP(exh_unpacking_freep) struct exh_unpacking *unpacking = exh_alloc(sizeof *unpacking);

    *unpacking = (struct exh_unpacking){ .ask = ask, .folder = -1, .file = EXH_STAGED_NONE };
    if (exh_file_exists(ask->into, ask->name))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; nothing is written over it", ask->name);
    if (ask->unpack == EXH_UNPACK_ZIP) {
        if (!exh_staged_open(&unpacking->file, ask->into, ask->name, 0644, err))
            return false;
    } else {
        EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(ask->name);
        if (!exh_directory_make(ask->into, staging, 0755, err))
            return false;
        unpacking->staging = exh_steal(&staging);
        if (!exh_directory_open(ask->into, unpacking->staging, &unpacking->folder, err))
            return false;
    }
    *ret_unpacking = exh_steal(&unpacking);
    return true;
}

void exh_unpacking_freep(struct exh_unpacking **slot)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_unpacking *unpacking = exh_steal(slot);

    if (!unpacking)
        return;
    exh_staged_clear(&unpacking->file);
    exh_fd_close(&unpacking->folder);
    if (unpacking->staging && !exh_tree_remove(unpacking->ask->into, unpacking->staging, &ignored))
        exh_error_clear(&ignored);       /* it carries a staging name: seen and cleared by hand */
    free(unpacking->staging);
    exh_strings_clear(&unpacking->made);
    free(unpacking->last);
    free(unpacking);
}

/* ---- members of a folder ---- */

/* What is in one folder comes together: in a ZIP by the order of names, in a folder because it is walked. */
static bool is_made(const struct exh_unpacking *unpacking, const char *name, size_t size)
{
    return unpacking->last && strncmp(unpacking->last, name, size) == 0 && unpacking->last[size] == '/';
}

static bool make_folders(struct exh_unpacking *unpacking, const char *name, struct exh_error *err)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        EXH_CLEANUP(exh_freep) char *path = exh_strndup(name, (size_t)(slash - name));
        if (is_made(unpacking, name, (size_t)(slash - name)))
            continue;
        if (!exh_directory_make(unpacking->folder, path, 0755, err))
            return false;
        exh_strings_add(&unpacking->made, path);
    }
    free(unpacking->last);
    unpacking->last = exh_strdup(name);
    return true;
}

/* The folder that a member lies in; @ret_base is the member's own name. */
static bool open_folder(const struct exh_unpacking *unpacking, const char *name, int *ret_fd, const char **ret_base,
                        struct exh_error *err)
{
    const char *slash = strrchr(name, '/');
    EXH_CLEANUP(exh_freep) char *path = slash ? exh_strndup(name, (size_t)(slash - name)) : exh_strdup(".");

    *ret_base = slash ? slash + 1 : name;
    return exh_directory_open(unpacking->folder, path, ret_fd, err);
}

bool exh_unpacking_begin(struct exh_unpacking *unpacking, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const char *base;

    if (make_folders(unpacking, name, err) && open_folder(unpacking, name, &fd, &base, err)
        && exh_staged_open(&unpacking->file, fd, base, 0644, err))
        return true;
    /* A file and a folder of one name: that is the package's fault. */
    err->kind = err->kind == EXH_REFUSED ? EXH_NO : err->kind;
    return false;
}

bool exh_unpacking_data(struct exh_unpacking *unpacking, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_staged_write(&unpacking->file, bytes, size, err);
}

bool exh_unpacking_end(struct exh_unpacking *unpacking, struct exh_error *err)
{
    bool done = exh_staged_commit(&unpacking->file, err);

    exh_staged_clear(&unpacking->file);
    return done;
}

bool exh_unpacking_zip(struct exh_unpacking *unpacking, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_staged_write(&unpacking->file, bytes, size, err);
}

/* ---- once the verdict is known ---- */

static bool is_sound(const struct exh_package_report *report)
{
    return report->verdict == EXH_VERIFIED || report->verdict == EXH_PARTIAL;
}

/* A good signature by somebody who is not known to have had no right to it, and is the one who was demanded. */
static bool is_signed(const struct exh_unpacking *unpacking, const struct exh_package_report *report)
{
    const char *demanded = unpacking->ask->fingerprint;

    return report->signed_ssh && report->signed_minisign && (!demanded || strcmp(demanded, report->signer) == 0)
        && (report->signer_state == EXH_KEY_VALID || report->signer_state == EXH_KEY_UNKNOWN);
}

static bool is_allowed(const struct exh_unpacking *unpacking, const struct exh_package_report *report)
{
    return unpacking->ask->unpack == EXH_UNPACK_SOUND ? is_signed(unpacking, report) : is_sound(report);
}

static bool remove_member(const struct exh_unpacking *unpacking, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const char *base;

    if (!exh_file_exists(unpacking->folder, name))
        return true;
    return open_folder(unpacking, name, &fd, &base, err)
        && (unlinkat(fd, base, 0) == 0 || exh_fail_os(err, "cannot remove '%s', which does not verify", name));
}

static bool remove_unsound(const struct exh_unpacking *unpacking, const struct exh_package_report *report,
                           struct exh_error *err)
{
    for (size_t i = 0; i < report->file_count; i++)
        if (!report->files[i].ok && !remove_member(unpacking, report->files[i].name, err))
            return false;
    return true;
}

/* Folders that nothing is left in go, too: the last made first. */
static void remove_empty(const struct exh_unpacking *unpacking)
{
    for (size_t i = unpacking->made.count; i-- > 0;)
        unlinkat(unpacking->folder, unpacking->made.at[i], AT_REMOVEDIR);
}

static bool name_folder(struct exh_unpacking *unpacking, const struct exh_package_report *report, struct exh_error *err)
{
    int into = unpacking->ask->into;

    if (!remove_unsound(unpacking, report, err))
        return false;
    remove_empty(unpacking);
    if (!exh_directory_sync(unpacking->folder, unpacking->staging, err)
        || !exh_file_rename(into, unpacking->staging, into, unpacking->ask->name, err))
        return false;
    exh_freep(&unpacking->staging);
    return true;
}

bool exh_unpacking_finish(struct exh_unpacking *unpacking, struct exh_package_report *report, struct exh_error *err)
{
    if (!is_allowed(unpacking, report))
        return true;                     /* freeing removes what was written */
    if (unpacking->folder >= 0 ? !name_folder(unpacking, report, err) : !exh_staged_commit(&unpacking->file, err))
        return false;
    report->written = exh_strdup(unpacking->ask->name);
    return true;
}
