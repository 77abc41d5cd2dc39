/* remove: a package that is a folder, taken away file by file, where it is that package and nothing more.
 *
 * What says that a file is of the package goes last: so what a kill leaves is known again, and the next call goes on with it.
 */
#include "contents.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_folder(int directory, const char *name)
{
    return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- is it the package? ---- */

/* A whole folder: judged as any package is, but for who signed it. */
static bool is_package(struct exh_contents *contents, const char *tagmanifest)
{
    static const struct exh_package_ask ask = EXH_PACKAGE_ASK_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .signer_state = EXH_KEY_UNKNOWN };

    exh_contents_judge(contents, &ask, &report);
    return (report.verdict == EXH_VERIFIED || report.verdict == EXH_PARTIAL) && exh_digest_equal(report.tagmanifest, tagmanifest);
}

/* What is left of one: its manifests, as far as they are there. */
struct rest { const struct exh_contents *contents; struct exh_bag_list tags, payload; bool sealed; };

static void clear_rest(struct rest *rest)
{
    exh_bag_list_clear(&rest->tags);
    exh_bag_list_clear(&rest->payload);
}

static bool read_list(const struct rest *rest, const char *name, const char *digest, bool payload, struct exh_bag_list *ret_list)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unfit = EXH_ERROR_NONE;
    const struct exh_found *found = exh_contents_find(rest->contents, name);

    return found && found->bytes && !found->fault && exh_digest_equal(found->digest, digest)
        && exh_bag_list_parse(found->bytes, (size_t)found->size, payload, ret_list, &unfit);
}

static bool is_of_rest(const struct rest *rest, const struct exh_found *found)
{
    const struct exh_bag_line *line = exh_bag_list_find(exh_bag_is_payload(found->name) ? &rest->payload : &rest->tags, found->name);

    if (found->fault)
        return false;
    return exh_bag_is_seal(found->name) ? rest->sealed : line && exh_digest_equal(line->digest, found->digest);
}

static bool is_rest_of_package(struct exh_contents *contents, const char *tagmanifest)
{
    EXH_CLEANUP(clear_rest) struct rest rest = { .contents = contents };
    const struct exh_bag_line *line;

    exh_contents_sort(contents);
    rest.sealed = read_list(&rest, EXH_BAG_TAGMANIFEST, tagmanifest, false, &rest.tags);
    line = exh_bag_list_find(&rest.tags, EXH_BAG_MANIFEST);
    if (line)
        (void)read_list(&rest, EXH_BAG_MANIFEST, line->digest, true, &rest.payload);
    for (size_t i = 0; i < contents->count; i++)
        if (!is_of_rest(&rest, &contents->at[i]))
            return false;
    return contents->whole;
}

/* ---- taking it away ---- */

/* What goes when: the payload, what the tag manifest lists, the manifest of the payload, the signatures. */
static int rank(const char *name)
{
    return exh_bag_is_payload(name)                 ? 0
         : strcmp(name, EXH_BAG_TAGMANIFEST) == 0   ? 4
         : exh_bag_is_seal(name)                    ? 3
         : strcmp(name, EXH_BAG_MANIFEST) == 0      ? 2
                                                    : 1;
}

static int by_rank(const void *a, const void *b)
{
    const struct exh_found *one = a, *other = b;
    int difference = rank(one->name) - rank(other->name);

    return difference ? difference : strcmp(one->name, other->name);
}

/* Folder by folder, so that no link is followed. */
static bool remove_file(int folder, const char *name)
{
    const char *slash = strchr(name, '/');

    if (!slash)
        return unlinkat(folder, name, 0) == 0;
    EXH_CLEANUP(exh_freep) char *first = exh_strndup(name, (size_t)(slash - name));
    EXH_CLEANUP(exh_fd_close) int inner = open_folder(folder, first);
    return inner >= 0 && remove_file(inner, slash + 1);
}

/* A folder that something came into meanwhile is not empty, and stays. */
static bool remove_empty(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    int folder = *(const int *)context;

    if (kind != DT_DIR)
        return true;
    EXH_CLEANUP(exh_fd_close) int inner = open_folder(folder, name);
    if (inner < 0 || !exh_directory_visit(inner, ".", remove_empty, &inner, err))
        return exh_fail_os(err, "cannot open directory '%s'", name);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 || exh_fail_os(err, "cannot remove directory '%s'", name);
}

static bool remove_all(int directory, const char *name, int folder, struct exh_contents *contents)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error left = EXH_ERROR_NONE;
    size_t count = contents->count;

    if (count)
        qsort(contents->at, count, sizeof *contents->at, by_rank);
    bool sealed = count && rank(contents->at[count - 1].name) == 4;
    for (size_t i = 0; i < count - sealed; i++)
        if (!remove_file(folder, contents->at[i].name))
            return false;
    /* Durable before what it is known by goes. */
    if (!exh_directory_visit(folder, ".", remove_empty, &folder, &left) || exh_system.fsync(folder))
        return false;
    return (!sealed || remove_file(folder, EXH_BAG_TAGMANIFEST)) && unlinkat(directory, name, AT_REMOVEDIR) == 0
        && exh_system.fsync(directory) == 0;
}

static enum exh_removal read_folder(int directory, const char *name, struct exh_contents *contents, int *ret_folder)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;

    *ret_folder = open_folder(directory, name);
    if (*ret_folder < 0)
        return errno == ENOENT ? EXH_REMOVAL_NOT_THERE : errno == ENOTDIR || errno == ELOOP ? EXH_REMOVAL_ANOTHER : EXH_REMOVAL_UNREADABLE;
    return exh_contents_read_folder(contents, *ret_folder, &unread) ? EXH_REMOVAL_DONE : EXH_REMOVAL_UNREADABLE;
}

/* What an earlier call was killed over. */
static enum exh_removal finish(int directory, const char *leaving, const char *tagmanifest)
{
    EXH_CLEANUP(exh_contents_clear) struct exh_contents contents = { .whole = false };
    EXH_CLEANUP(exh_fd_close) int folder = -1;
    enum exh_removal found = read_folder(directory, leaving, &contents, &folder);

    if (found != EXH_REMOVAL_DONE)
        return found;
    if (!is_rest_of_package(&contents, tagmanifest))
        return EXH_REMOVAL_ANOTHER;
    return remove_all(directory, leaving, folder, &contents) ? EXH_REMOVAL_DONE : EXH_REMOVAL_NOT_REMOVABLE;
}

static enum exh_removal begin(int directory, const char *name, const char *leaving, const char *tagmanifest)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error stays = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_contents_clear) struct exh_contents contents = { .whole = false };
    EXH_CLEANUP(exh_fd_close) int folder = -1;
    enum exh_removal found = read_folder(directory, name, &contents, &folder);

    if (found != EXH_REMOVAL_DONE)
        return found;
    if (!is_package(&contents, tagmanifest))
        return EXH_REMOVAL_ANOTHER;
    return exh_file_rename(directory, name, directory, leaving, &stays) && remove_all(directory, leaving, folder, &contents)
        ? EXH_REMOVAL_DONE : EXH_REMOVAL_NOT_REMOVABLE;
}

char *exh_package_leaving(const char *name)
{
    return exh_format(".%s.destroying", name);
}

enum exh_removal exh_package_remove(int directory, const char *name, const char *tagmanifest)
{
    EXH_CLEANUP(exh_freep) char *leaving = exh_package_leaving(name);
    enum exh_removal before = finish(directory, leaving, tagmanifest);

    if (before != EXH_REMOVAL_NOT_THERE && before != EXH_REMOVAL_DONE)
        return before;
    enum exh_removal now = begin(directory, name, leaving, tagmanifest);
    return now == EXH_REMOVAL_NOT_THERE ? before : now;
}
