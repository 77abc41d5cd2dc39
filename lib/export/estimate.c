/* export: how fast footage is taken here and now: the recorder's disk, the hash and the store's disk decide, so a
 * sample goes the whole way. */
#include "export.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAMPLE = 64 << 20, BLOCK = 4 << 20 };

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EXH_SECOND + now.tv_nsec;
}

/* Copies up to a sample of an open file; @ret_size: how much there was. */
static bool copy_sample(const struct exporting *e, int from, int to, uint64_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) uint8_t *block = exh_alloc(BLOCK);
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();
    ssize_t n = 0;

    *ret_size = 0;
    while (*ret_size < SAMPLE && (n = pread(from, block, BLOCK, (off_t)*ret_size)) > 0) {
        exh_sha256_add(hash, block, (size_t)n);
        if (pwrite(to, block, (size_t)n, (off_t)*ret_size) != n)
            return exh_fail_os(err, "cannot write a sample into store '%s'", e->making.store->path);
        *ret_size += (uint64_t)n;
    }
    if (n < 0)
        return exh_fail_os(err, "cannot read a sample of the footage");
    return fdatasync(to) == 0 || exh_fail_os(err, "cannot write a sample into store '%s'", e->making.store->path);
}

/* One that is taken: others may be damaged, or no files at all. */
static size_t first_taken(const struct exporting *e)
{
    return e->options->mode == EXH_NATIVE ? e->item.parts[0].runs[0].segment : e->coverage.stretches[0].pieces[0].segment;
}

bool exh_export_measure_rate(struct exporting *e, uint64_t *ret_bytes_a_second, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int from = -1, to = openat(e->making.exhibits, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    uint64_t size;

    if (to < 0)
        return exh_fail_os(err, "cannot write a sample into store '%s'", e->making.store->path);
    if (!exh_segment_open(&e->coverage, first_taken(e), &from, err))
        return false;
    int64_t begun = now_ns();
    if (!copy_sample(e, from, to, &size, err))
        return false;
    int64_t taken = now_ns() - begun;
    *ret_bytes_a_second = (uint64_t)((double)(size + 1) / (double)(taken + 1) * 1e9) + 1;
    return true;
}
