/* read: one file of a bag, opened and read once. */
#include "parts.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

bool exh_bagit_stop(struct exh_bagit_bag *bag, enum exh_bagit_what what, const char *file, struct exh_error *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_bagit_find(bag->report, what, file, "%s", words);
    bag->stopped = true;
    return exh_fail(err, EXH_NO, "%s", words);
}

bool exh_bagit_tell_unopened(struct exh_bagit_bag *bag, const char *path, struct exh_error *err)
{
    if (errno == ELOOP)
        exh_bagit_find(bag->report, E_LINK, path, "'%s' became a symbolic link while the bag was being read; not followed", path);
    else if (errno == ENOENT || errno == ENOTDIR || errno == ENXIO)
        exh_bagit_find(bag->report, E_CHANGED, path, "'%s' was taken away, or replaced, while the bag was being read", path);
    else
        return exh_fail_os(err, "cannot open '%s' in the bag", path);
    return true;
}

static void tell_progress(struct exh_bagit_bag *bag, size_t size)
{
    bag->bytes_read += size;
    if (bag->progress)
        bag->progress(bag->progress_context, bag->bytes_read);
}

/* Reads no more than the file had when it was opened; @ret_steady false when that was not its end. */
static bool read_bytes(struct exh_bagit_bag *bag, int fd, const struct exh_bagit_reading *reading, uint64_t size, bool *ret_steady,
                       struct exh_error *err)
{
    for (uint64_t at = 0; ; ) {
        ssize_t n = exh_system.pread(fd, bag->piece, PIECE, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot read '%s' in the bag", reading->path);
        if (n == 0 || (uint64_t)n > size - at) {
            *ret_steady = n == 0 && at == size;
            return true;
        }
        exh_digests_add(bag->digests, bag->piece, (size_t)n);
        if (reading->take && !reading->take(reading->context, bag->piece, (size_t)n, err))
            return false;
        at += (uint64_t)n;
        tell_progress(bag, (size_t)n);
    }
}

bool exh_bagit_read(struct exh_bagit_bag *bag, const struct exh_bagit_reading *reading,
                    uint8_t ret_digests[EXH_ALGORITHMS][EXH_DIGEST_MOST], bool *ret_read, struct exh_error *err)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    EXH_CLEANUP(exh_fd_close) int fd = exh_system.open(reading->folder, reading->name, flags, 0);
    struct stat facts;
    bool steady = false;

    *ret_read = false;
    if (fd < 0)
        return exh_bagit_tell_unopened(bag, reading->path, err);
    if (fstat(fd, &facts))
        return exh_fail_os(err, "cannot look at '%s' in the bag", reading->path);
    if (!S_ISREG(facts.st_mode)) {
        exh_bagit_find(bag->report, E_CHANGED, reading->path, "'%s' became something else than a file while the bag was being read",
                       reading->path);
        return true;
    }
    if ((uint64_t)facts.st_size > reading->most)
        return exh_bagit_stop(bag, E_LIMIT, reading->path, err, "'%s' is larger than the %llu bytes that it may have", reading->path,
                              (unsigned long long)reading->most);
    if (!bag->piece)
        bag->piece = exh_alloc(PIECE);
    exh_digests_begin(bag->digests, reading->set);
    if (!read_bytes(bag, fd, reading, (uint64_t)facts.st_size, &steady, err))
        return false;
    exh_digests_end(bag->digests, ret_digests);
    if (!steady)
        exh_bagit_find(bag->report, E_CHANGED, reading->path, "'%s' was changed while it was being read", reading->path);
    *ret_read = steady;
    return true;
}

unsigned exh_bagit_tag_algorithms(const struct exh_bagit_bag *bag)
{
    unsigned set = 0;

    for (size_t i = 0; i < bag->manifest_count; i++)
        if (bag->manifests[i].tag && bag->manifests[i].known)
            set |= 1u << bag->manifests[i].algorithm;
    return set;
}

void exh_bagit_keep(struct exh_bagit_bag *bag, const char *file, uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST])
{
    bag->reads = exh_realloc_array(bag->reads, bag->read_count + 1, sizeof *bag->reads);
    struct exh_bagit_read *read = &bag->reads[bag->read_count++];
    read->file = exh_strdup(file);
    memcpy(read->digests, digests, sizeof read->digests);
}
