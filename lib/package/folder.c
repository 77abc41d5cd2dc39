/* folder: reads a package that is a plain folder. Each step opens one name in one open folder and
 * follows no link, so that nothing outside is ever read; what is no file or folder is a fault.
 */
#include "contents.h"

#include "exhibit/archive.h"
#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
    struct exh_contents *contents;
    const char *path;                    /* what comes before each name: "", or "data/" */
    int fd;
    size_t names;                        /* seen in this folder */
};

/* Reads no more than the file had when it was opened; @ret_steady false when that was not its end. */
static bool read_bytes(struct walk *walk, int fd, const char *path, uint64_t size, bool *ret_steady,
                       struct exh_error *err)
{
    for (uint64_t at = 0; ; ) {
        void *space;
        size_t room;
        if (!exh_contents_space(walk->contents, &space, &room, err))
            return false;
        ssize_t n = exh_system.pread(fd, space, room, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot read '%s'", path);
        if (n == 0 || (uint64_t)n > size - at) {
            *ret_steady = n == 0 && at == size;
            return true;
        }
        if (!exh_contents_filled(walk->contents, space, (size_t)n, err))
            return false;
        at += (uint64_t)n;
    }
}

static bool read_file(struct walk *walk, int fd, const char *path, uint64_t size, struct exh_error *err)
{
    bool steady = false;

    if (walk->contents->from_disk)
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return exh_contents_begin(walk->contents, path, size, err)
        && read_bytes(walk, fd, path, size, &steady, err)
        && exh_contents_end(walk->contents, "E-FILE-CHANGED", steady ? NULL : "changed while it was being read", err);
}

static bool visit(void *context, const char *name, unsigned char kind, struct exh_error *err);

static bool read_folder(const struct walk *above, int fd, const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *prefix = *path ? exh_format("%s/", path) : exh_strdup("");
    struct walk walk = { above->contents, prefix, fd, 0 };

    if (!exh_directory_visit(fd, ".", visit, &walk, err))
        return false;
    if (walk.names == 0 && *path)
        exh_contents_fault(walk.contents, "E-FOLDER", "the folder '%s' is empty; a package has no such folder", path);
    return true;
}

/* A link or device put in place of what was listed does not get this far: O_NOFOLLOW, and the type again. */
static bool open_and_read(struct walk *walk, const char *name, const char *path, struct exh_error *err)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    EXH_CLEANUP(exh_fd_close) int fd = exh_system.open(walk->fd, name, flags, 0);
    struct stat facts;

    if (fd < 0 || fstat(fd, &facts))
        return exh_fail_os(err, "cannot open '%s'", path);
    if (S_ISDIR(facts.st_mode))
        return read_folder(walk, fd, path, err);
    if (S_ISREG(facts.st_mode) && walk->contents->passes_payload && exh_bag_is_payload(path))
        return exh_contents_pass(walk->contents, path, (uint64_t)facts.st_size), true;
    if (S_ISREG(facts.st_mode))
        return read_file(walk, fd, path, (uint64_t)facts.st_size, err);
    exh_contents_odd(walk->contents, path, "E-FOLDER", "not a file");
    return true;
}

static bool visit(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct walk *walk = context;
    EXH_CLEANUP(exh_error_clear) struct exh_error unfit = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s%s", walk->path, name);

    walk->names++;
    if (walk->contents->count == EXH_BAG_MEMBERS_MOST)
        return exh_fail(err, EXH_NO, "it holds more than the %d files that a package may", EXH_BAG_MEMBERS_MOST);
    if (kind == DT_REG || kind == DT_DIR) {
        if (exh_zip_name_check(path, &unfit))
            return open_and_read(walk, name, path, err);
        exh_contents_odd(walk->contents, path, "E-NAME", "its name is none that a package may hold; not read");
    } else {
        exh_contents_odd(walk->contents, path, "E-FOLDER",
                         kind == DT_LNK ? "a symbolic link; not followed" : "neither file nor folder; not read");
    }
    return true;
}

bool exh_contents_read_folder(struct exh_contents *contents, int fd, struct exh_error *err)
{
    const struct walk root = { contents, "", fd, 0 };

    contents->whole = read_folder(&root, fd, "", err);
    if (contents->whole || err->kind != EXH_NO)
        return contents->whole;
    exh_contents_fault(contents, "E-FOLDER", "%s", err->text);
    exh_error_clear(err);
    return true;
}
