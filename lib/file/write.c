/* file: staged files, small writes, directories, renames, locks. */
#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCK = 4 << 20,             /* large enough for the disk's full rate, measured at 4 MiB */
    ALIGNMENT = 4096,            /* of O_DIRECT buffers, sizes and offsets, on every file system in use */
};

char *exh_staging_name(const char *name)
{
    uint64_t random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint64_t)getpid();
    return exh_format(".%s.%016llx.partial", name, (unsigned long long)random);
}

bool exh_staged_open(struct exh_staged *staged, int directory, const char *name, mode_t mode, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(name);

    return exh_staged_open_as(staged, directory, name, staging, mode, err);
}

bool exh_staged_open_as(struct exh_staged *staged, int directory, const char *name, const char *staging, mode_t mode, struct exh_error *err)
{
    *staged = (struct exh_staged)EXH_STAGED_NONE;
    if (exh_file_exists(directory, name))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", name);
    staged->fd = exh_system.open(directory, staging, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (staged->fd < 0)
        return exh_fail_os(err, "cannot create '%s'", name);
    staged->staging = exh_strdup(staging);
    staged->name = exh_strdup(name);
    staged->directory = directory == AT_FDCWD ? openat(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                              : fcntl(directory, F_DUPFD_CLOEXEC, 3);
    if (staged->directory < 0)
        return exh_fail_os(err, "cannot keep the directory of '%s' open", name);
    return true;
}

bool exh_staged_reserve(struct exh_staged *staged, uint64_t size, struct exh_error *err)
{
    if (size == 0 || fallocate(staged->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0)
        return true;
    if (errno == EOPNOTSUPP || errno == ENOSYS)
        return true;
    return exh_fail_os(err, "cannot take %llu bytes of disk for '%s'", (unsigned long long)size, staged->name);
}

static bool write_at(int fd, const char *name, const uint8_t *bytes, size_t size, uint64_t offset, struct exh_error *err)
{
    while (size) {
        ssize_t n = exh_system.pwrite(fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot write '%s'", name);
        if (n == 0)
            return exh_fail(err, EXH_IO, "cannot write '%s': the system took nothing", name);
        bytes += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static void set_direct(struct exh_staged *staged, bool direct)
{
    int flags = fcntl(staged->fd, F_GETFL);

    staged->direct = fcntl(staged->fd, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0 && direct;
}

/* Writes out the gathered bytes. Only the last time may their number not be a whole block; a file
 * system that refuses O_DIRECT at the write (EINVAL) is written through the page cache. */
static bool write_gathered(struct exh_staged *staged, struct exh_error *err)
{
    uint64_t offset = staged->size - staged->gathered;

    if (staged->direct && staged->gathered % ALIGNMENT)
        set_direct(staged, false);
    if (staged->direct) {
        ssize_t n = exh_system.pwrite(staged->fd, staged->block, staged->gathered, (off_t)offset);
        if (n == (ssize_t)staged->gathered) {
            staged->gathered = 0;
            return true;
        }
        set_direct(staged, false);       /* a short write, too: the rest is no longer aligned */
    }
    if (!write_at(staged->fd, staged->name, staged->block, staged->gathered, offset, err))
        return false;
    staged->gathered = 0;
    return true;
}

/* Whole aligned blocks go out from where they lie; the copy into the gathering block costs as much
 * as the write itself. */
static bool write_through(struct exh_staged *staged, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    ssize_t n = exh_system.pwrite(staged->fd, bytes, size, (off_t)staged->size);

    if (n != (ssize_t)size) {
        set_direct(staged, false);
        if (!write_at(staged->fd, staged->name, bytes, size, staged->size, err))
            return false;
    }
    staged->size += size;
    return true;
}

static void begin_block(struct exh_staged *staged)
{
    if (staged->block)
        return;
    if (posix_memalign((void **)&staged->block, ALIGNMENT, BLOCK))
        abort();
    set_direct(staged, true);
}

bool exh_staged_write(struct exh_staged *staged, const void *bytes, size_t size, struct exh_error *err)
{
    const uint8_t *from = bytes;

    while (size) {
        begin_block(staged);
        size_t whole = size - size % ALIGNMENT;
        if (staged->direct && staged->gathered == 0 && whole >= BLOCK / 4 && (uintptr_t)from % ALIGNMENT == 0) {
            if (!write_through(staged, from, whole, err))
                return false;
            from += whole;
            size -= whole;
            continue;
        }
        size_t part = BLOCK - staged->gathered < size ? BLOCK - staged->gathered : size;
        memcpy(staged->block + staged->gathered, from, part);
        staged->gathered += part;
        staged->size += part;
        from += part;
        size -= part;
        if (staged->gathered == BLOCK && !write_gathered(staged, err))
            return false;
    }
    return true;
}

bool exh_staged_sync(struct exh_staged *staged, struct exh_error *err)
{
    if (staged->gathered && !write_gathered(staged, err))
        return false;
    free(staged->block);
    staged->block = NULL;
    /* Room that was promised and not used goes back. */
    if (ftruncate(staged->fd, (off_t)staged->size))
        return exh_fail_os(err, "cannot set the size of '%s'", staged->name);
    if (exh_system.fsync(staged->fd))
        return exh_fail_os(err, "cannot make '%s' durable", staged->name);
    staged->synced = true;
    return true;
}

static bool rename_new(int from_directory, const char *from, int to_directory, const char *to, struct exh_error *err)
{
    if (exh_system.rename(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", to);
    return exh_fail_os(err, "cannot give '%s' its name", to);
}

bool exh_staged_commit(struct exh_staged *staged, struct exh_error *err)
{
    if (!staged->synced && !exh_staged_sync(staged, err))
        return false;
    if (!rename_new(staged->directory, staged->staging, staged->directory, staged->name, err))
        return false;
    free(staged->staging);
    staged->staging = NULL;
    return exh_directory_sync(staged->directory, staged->name, err);
}

void exh_staged_clear(struct exh_staged *staged)
{
    if (staged->staging && staged->directory >= 0)
        unlinkat(staged->directory, staged->staging, 0);
    exh_fd_close(&staged->fd);
    exh_fd_close(&staged->directory);
    free(staged->block);
    free(staged->name);
    free(staged->staging);
    *staged = (struct exh_staged)EXH_STAGED_NONE;
}

static bool replace(struct exh_staged *staged, struct exh_error *err)
{
    if (exh_system.rename(staged->directory, staged->staging, staged->directory, staged->name, 0))
        return exh_fail_os(err, "cannot replace '%s'", staged->name);
    free(staged->staging);
    staged->staging = NULL;
    return exh_directory_sync(staged->directory, staged->name, err);
}

/* The directory part of a path is opened, so that staging works in the file's own directory. */
static bool split_path(int directory, const char *path, int *ret_parent, const char **ret_name, struct exh_error *err)
{
    const char *slash = strrchr(path, '/');
    EXH_CLEANUP(exh_freep) char *parent = !slash ? exh_strdup(".") : exh_strndup(path, slash == path ? 1 : (size_t)(slash - path));

    *ret_name = slash ? slash + 1 : path;
    return exh_directory_open(directory, parent, ret_parent, err);
}

bool exh_file_write(int directory, const char *path, const void *bytes, size_t size, mode_t mode, bool may_replace, struct exh_error *err)
{
    EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
    EXH_CLEANUP(exh_fd_close) int parent = -1;
    const char *name;

    if (!split_path(directory, path, &parent, &name, err))
        return false;
    if (!may_replace && exh_file_exists(parent, name))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", path);
    EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(name);
    staged.directory = parent;
    parent = -1;
    staged.fd = exh_system.open(staged.directory, staging, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (staged.fd < 0) {
        exh_fd_close(&staged.directory);
        return exh_fail_os(err, "cannot create '%s'", path);
    }
    staged.name = exh_strdup(name);
    staged.staging = exh_steal(&staging);
    if (!write_at(staged.fd, path, bytes, size, 0, err))
        return false;
    staged.size = size;
    if (!exh_staged_sync(&staged, err))
        return false;
    return may_replace ? replace(&staged, err) : exh_staged_commit(&staged, err);
}

bool exh_directory_make(int directory, const char *name, mode_t mode, struct exh_error *err)
{
    if (mkdirat(directory, name, mode) == 0)
        return true;
    if (errno == EEXIST)
        return exh_fail(err, EXH_REFUSED, "'%s' exists already", name);
    return exh_fail_os(err, "cannot make directory '%s'", name);
}

bool exh_directory_make_all(int directory, const char *path, mode_t mode, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *part = exh_strdup(path);

    for (char *c = part + 1; ; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        char end = *c;
        *c = '\0';
        if (mkdirat(directory, part, mode) && errno != EEXIST)
            return exh_fail_os(err, "cannot make directory '%s'", part);
        *c = end;
        if (!end)
            return true;
    }
}

bool exh_directory_sync(int directory, const char *what, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int here = -1;

    if (directory == AT_FDCWD) {
        if (!exh_directory_open(AT_FDCWD, ".", &here, err))
            return false;
        directory = here;
    }
    if (exh_system.fsync(directory))
        return exh_fail_os(err, "cannot make the directory of '%s' durable", what);
    return true;
}

bool exh_file_rename(int from_directory, const char *from, int to_directory, const char *to, struct exh_error *err)
{
    return rename_new(from_directory, from, to_directory, to, err)
        && exh_directory_sync(to_directory, to, err)
        && exh_directory_sync(from_directory, from, err);
}

static bool remove_member(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const int *directory = context;

    if (kind == DT_DIR)
        return exh_tree_remove(*directory, name, err);
    if (unlinkat(*directory, name, 0))
        return exh_fail_os(err, "cannot remove '%s'", name);
    return true;
}

bool exh_tree_remove(int directory, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return exh_fail_os(err, "cannot open directory '%s'", name);
    if (!exh_directory_visit(fd, ".", remove_member, &fd, err))
        return false;
    if (unlinkat(directory, name, AT_REMOVEDIR))
        return exh_fail_os(err, "cannot remove directory '%s'", name);
    return true;
}

bool exh_lock_take(int directory, const char *name, int wait_ms, int *ret_fd, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return exh_fail_os(err, "cannot open lock '%s'", name);
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited += 20) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return exh_fail_os(err, "cannot take lock '%s'", name);
        if (waited >= wait_ms)
            return exh_fail(err, EXH_BUSY, "'%s' is held by another process; try again", name);
        nanosleep(&(struct timespec){ 0, 20 * 1000000L }, NULL);
    }
    *ret_fd = fd;
    fd = -1;
    return true;
}
