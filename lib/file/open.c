/* file: opening and reading; the system-call table. */
#include "exhibit/file.h"

#include "exhibit/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_plainly(int directory, const char *name, int flags, mode_t mode)
{
    return openat(directory, name, flags, mode);
}

static int rename_plainly(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    return renameat2(from_directory, from, to_directory, to, flags);
}

struct exh_system exh_system = { pwrite, pread, fsync, rename_plainly, open_plainly };

void exh_fd_close(int *fd)
{
    int os = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = os;
}

bool exh_directory_open(int directory, const char *path, int *ret_fd, struct exh_error *err)
{
    int fd = exh_system.open(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

    if (fd < 0)
        return exh_fail_os(err, "cannot open directory '%s'", path);
    *ret_fd = fd;
    return true;
}

bool exh_directory_open_of(const char *path, int *ret_fd, const char **ret_name, char **ret_where, struct exh_error *err)
{
    const char *name = exh_text_base_name(path);
    EXH_CLEANUP(exh_freep) char *parent = name > path ? exh_strndup(path, (size_t)(name - path)) : exh_strdup("."), *where = NULL;

    if (!*name)
        return exh_fail(err, EXH_USAGE, "'%s' is a directory: name a file in it", path);
    if (ret_where && !(where = realpath(parent, NULL)))
        return exh_fail_os(err, "cannot find the directory of '%s'", path);
    if (!exh_directory_open(AT_FDCWD, where ? where : parent, ret_fd, err))
        return false;
    *ret_name = name;
    if (ret_where)
        *ret_where = exh_steal(&where);
    return true;
}

static bool open_beneath(int directory, const char *name, uint64_t resolve, int *ret_fd, struct exh_error *err)
{
    /* O_NONBLOCK: a FIFO under a segment's name must not hang us. */
    struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_BENEATH | resolve };
    int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);

    if (fd < 0)
        return exh_fail_os(err, "cannot open '%s'", name);
    *ret_fd = fd;
    return true;
}

bool exh_file_open_beneath(int directory, const char *name, int *ret_fd, struct exh_error *err)
{
    return open_beneath(directory, name, RESOLVE_NO_MAGICLINKS, ret_fd, err);
}

bool exh_file_open_unlinked(int directory, const char *name, int *ret_fd, struct exh_error *err)
{
    return open_beneath(directory, name, RESOLVE_NO_SYMLINKS, ret_fd, err);
}

bool exh_fd_read(int fd, const char *what, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size = 0, capacity = 0;

    for (;;) {
        if (size == capacity)
            bytes = exh_realloc(bytes, (capacity = capacity ? 2 * capacity : 16384) + 1);
        ssize_t n = read(fd, bytes + size, capacity - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot read '%s'", what);
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > most)
            return exh_fail(err, EXH_MALFORMED, "'%s' is larger than the %zu bytes it may have", what, most);
    }
    bytes[size] = '\0';
    *ret_bytes = exh_steal(&bytes);
    *ret_size = size;
    return true;
}

bool exh_file_read(int directory, const char *name, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = exh_system.open(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    struct stat facts;

    if (fd < 0)
        return exh_fail_os(err, "cannot open '%s'", name);
    if (fstat(fd, &facts))
        return exh_fail_os(err, "cannot look at '%s'", name);
    if (!S_ISREG(facts.st_mode))
        return exh_fail(err, EXH_MALFORMED, "'%s' is not a regular file", name);
    return exh_fd_read(fd, name, most, ret_bytes, ret_size, err);
}

bool exh_fd_read_at(int fd, const char *what, uint64_t offset, void *ret_bytes, size_t size, struct exh_error *err)
{
    size_t have = 0;

    while (have < size) {
        ssize_t n = exh_system.pread(fd, (char *)ret_bytes + have, size - have, (off_t)(offset + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot read '%s'", what);
        if (n == 0)
            return exh_fail(err, EXH_MALFORMED, "'%s' ends at byte %llu, before byte %llu was read", what,
                            (unsigned long long)(offset + have), (unsigned long long)(offset + size));
        have += (size_t)n;
    }
    return true;
}

bool exh_file_exists(int directory, const char *name)
{
    struct stat facts;

    return fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

static void close_directory(DIR **listing)
{
    if (*listing)
        closedir(*listing);
}

static unsigned char kind_of(int directory, const struct dirent *entry)
{
    struct stat facts;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    return fstatat(directory, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) ? DT_UNKNOWN : IFTODT(facts.st_mode);
}

bool exh_directory_visit(int directory, const char *path, bool (*visit)(void *context, const char *name, unsigned char kind, struct exh_error *err),
                         void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    EXH_CLEANUP(close_directory) DIR *listing = NULL;

    if (!exh_directory_open(directory, path, &fd, err))
        return false;
    if (!(listing = fdopendir(fd)))
        return exh_fail_os(err, "cannot list directory '%s'", path);
    int own = fd;
    fd = -1;                             /* the listing closes it */
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(listing);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!visit(context, entry->d_name, kind_of(own, entry), err))
            return false;
    }
    if (errno)
        return exh_fail_os(err, "cannot list directory '%s'", path);
    return true;
}
