/* keyfile/secret: reading what is secret: into guarded memory, and through no other. */
#include "exhibit/keyfile.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Rights of anybody but the owner. */
enum { OTHERS = 077, ALL_RIGHTS = 07777 };

static bool check_file(const struct exh_secret_file *file, int fd, struct exh_error *err)
{
    struct stat facts;

    if (fstat(fd, &facts))
        return exh_fail_os(err, "cannot look at %s '%s'", file->what, file->path);
    if (!S_ISREG(facts.st_mode))
        return file->may_be_pipe || exh_fail(err, EXH_MALFORMED, "'%s' is not a %s: it is not a regular file", file->path, file->what);
    if (facts.st_mode & OTHERS)
        return exh_fail(err, EXH_REFUSED, "%s '%s' can be used by others (mode %04o); make it private: chmod 600 '%s'",
                        file->what, file->path, facts.st_mode & ALL_RIGHTS, file->path);
    return true;
}

bool exh_secret_file_open(const struct exh_secret_file *file, int *ret_fd, struct exh_error *err)
{
    /* A pipe is waited for until somebody writes; anything else must not hold us up. */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (file->may_be_pipe ? 0 : O_NONBLOCK);
    EXH_CLEANUP(exh_fd_close) int fd = openat(file->directory, file->name, flags);

    if (fd < 0)
        return exh_fail_os(err, "cannot open %s '%s'", file->what, file->path);
    if (!check_file(file, fd, err))
        return false;
    *ret_fd = fd;
    fd = -1;
    return true;
}

/* Reads into @room until it is full or nothing follows. */
static bool fill(int fd, struct exh_secret_text *room, size_t *ret_size)
{
    for (*ret_size = 0; *ret_size < room->size;) {
        ssize_t n = read(fd, room->bytes + *ret_size, room->size - *ret_size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        *ret_size += (size_t)n;
    }
    return true;
}

bool exh_secret_file_read(const struct exh_secret_file *file, struct exh_secret_text **ret_text, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *room = NULL;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    size_t size;

    if (!exh_secret_file_open(file, &fd, err))
        return false;
    room = exh_secret_text_room(file->most + 1);
    if (!fill(fd, room, &size))
        return exh_fail_os(err, "cannot read %s '%s'", file->what, file->path);
    if (size > file->most)
        return exh_fail(err, EXH_MALFORMED, "%s '%s' is larger than the %zu bytes it may have", file->what, file->path, file->most);
    *ret_text = exh_secret_text_new(room->bytes, size);
    return true;
}

/* Byte by byte: what follows the line is for somebody else. */
bool exh_secret_line_read(int fd, const char *what, size_t most, struct exh_secret_text **ret_text, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *line = exh_secret_text_room(most + 1);
    size_t size = 0;
    ssize_t n;

    while (size < line->size && (n = read(fd, line->bytes + size, 1)) != 0
           && (n < 0 ? errno == EINTR : line->bytes[size] != '\n'))
        size += n > 0;
    if (size && line->bytes[size - 1] == '\r')
        size--;
    if (size == 0 || size > most)
        return exh_fail(err, EXH_REFUSED, "no passphrase could be read from %s; its first line must hold 1 to %zu bytes", what, most);
    *ret_text = exh_secret_text_new(line->bytes, size);
    return true;
}
