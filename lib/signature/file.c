/* file: a file read once, as a stream, with a thread for each digest. */
#include "exhibit/signature.h"

#include "exhibit/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void exh_file_digests_clear(struct exh_file_digests *digests)
{
    exh_text_clear(&digests->bytes);
    *digests = (struct exh_file_digests)EXH_FILE_DIGESTS_NONE;
}

static bool take_hash(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_hash_add(context, bytes, size);
    return true;
}

/* More than may be kept is no failure of the reading: the digests are of use all the same. */
static bool take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct exh_file_digests *digests = context;

    (void)err;
    if (digests->too_large)
        return true;
    if (size > EXH_SIGNATURE_LEGACY_MOST - digests->bytes.size) {
        exh_text_clear(&digests->bytes);
        digests->too_large = true;
        return true;
    }
    exh_text_add(&digests->bytes, bytes, size);
    return true;
}

/* Reads what comes next into the fan; *ret_size 0 at the end. */
static bool read_some(int fd, const char *path, struct exh_fan *fan, size_t *ret_size, struct exh_error *err)
{
    void *space;
    size_t room;
    ssize_t n;

    if (!exh_fan_space(fan, &space, &room, err))
        return false;
    do
        n = read(fd, space, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return exh_fail_os(err, "cannot read '%s'", path);
    exh_fan_filled(fan, (size_t)n);
    *ret_size = (size_t)n;
    return true;
}

static bool read_through(int fd, const char *path, struct exh_fan *fan, exh_file_progress *progress, void *context,
                         struct exh_file_digests *digests, struct exh_error *err)
{
    size_t size = 0;

    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);      /* a hint: of no use to a pipe */
    if (!exh_fan_start(fan, err))
        return false;
    do {
        if (!read_some(fd, path, fan, &size, err))
            return false;
        digests->size += size;
        if (progress && !progress(context, digests->size))
            return exh_fail(err, EXH_IO, "reading '%s' was interrupted", path);
    } while (size);
    return exh_fan_finish(fan, err);
}

static void free_hashes(struct exh_hash *(*hashes)[EXH_SIGNED_BYTES])
{
    for (size_t i = 0; i < EXH_SIGNED_BYTES; i++)
        exh_hash_freep(&(*hashes)[i]);
}

bool exh_file_digests_read(int fd, const char *path, unsigned wanted, exh_file_progress *progress, void *context,
                      struct exh_file_digests *ret_digests, struct exh_error *err)
{
    EXH_CLEANUP(exh_file_digests_clear) struct exh_file_digests digests = EXH_FILE_DIGESTS_NONE;
    EXH_CLEANUP(free_hashes) struct exh_hash *hashes[EXH_SIGNED_BYTES] = { NULL };
    EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();      /* last: its threads use the rest */

    wanted |= 1u << EXH_SIGNED_SHA256;
    for (enum exh_signed_as as = 0; as < EXH_SIGNED_BYTES; as++)
        if (wanted & 1u << as)
            exh_fan_add(fan, take_hash, hashes[as] = exh_hash_new(as));
    if (wanted & 1u << EXH_SIGNED_BYTES)
        exh_fan_add(fan, take_bytes, &digests);
    if (!read_through(fd, path, fan, progress, context, &digests, err))
        return false;
    for (enum exh_signed_as as = 0; as < EXH_SIGNED_BYTES; as++)
        if (hashes[as])
            exh_hash_end(hashes[as], digests.of[as]);
    exh_hex(digests.sha256, digests.of[EXH_SIGNED_SHA256], EXH_SHA256_SIZE);
    *ret_digests = digests;
    digests = (struct exh_file_digests)EXH_FILE_DIGESTS_NONE;
    return true;
}
