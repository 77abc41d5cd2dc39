/* repo: an object in a file of its own: "<type> <size>", a NUL, the bytes, all of it deflated. */
#include "object.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum {
    HEAD_MOST = 32,                      /* "commit 2097152" and a NUL */
    FILE_MOST = EXH_GIT_LARGEST + (64 << 10),   /* what does not deflate grows by less */
    FIRST = 8 << 10,                     /* room that most objects need */
};

/* What is unpacked so far. */
struct unpacked { char *bytes; size_t size, room; };

static void clear_unpacked(struct unpacked *unpacked)
{
    free(unpacked->bytes);
}

static void end_stream(z_stream *stream)
{
    inflateEnd(stream);
}

/* One call; doubles the room first where it is used up. */
static int inflate_on(z_stream *stream, struct unpacked *unpacked)
{
    if (unpacked->size == unpacked->room) {
        unpacked->room = unpacked->room ? 2 * unpacked->room : FIRST;
        unpacked->bytes = exh_realloc(unpacked->bytes, unpacked->room);
    }
    stream->next_out = (unsigned char *)unpacked->bytes + unpacked->size;
    stream->avail_out = (unsigned)(unpacked->room - unpacked->size);
    int r = inflate(stream, Z_NO_FLUSH);
    unpacked->size = unpacked->room - stream->avail_out;
    return r;
}

static bool inflate_all(const char *bytes, size_t size, struct unpacked *unpacked, struct exh_error *err)
{
    EXH_CLEANUP(end_stream) z_stream stream = { .next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size };
    int r = inflateInit(&stream);

    while (r == Z_OK) {
        r = inflate_on(&stream, unpacked);
        if (unpacked->size > EXH_GIT_LARGEST + HEAD_MOST)
            return exh_fail(err, EXH_MALFORMED, "it is larger than %d bytes", EXH_GIT_LARGEST);
        if (r == Z_OK && stream.avail_in == 0 && stream.avail_out)
            r = Z_BUF_ERROR;
    }
    if (r == Z_BUF_ERROR)
        return exh_fail(err, EXH_MALFORMED, "its file is cut short");
    if (r != Z_STREAM_END)
        return exh_fail(err, EXH_MALFORMED, "its file cannot be unpacked");
    return stream.avail_in == 0 || exh_fail(err, EXH_MALFORMED, "its file goes on behind its end");
}

/* What stands before the NUL must say what stands behind it. */
static bool take_head(const struct unpacked *unpacked, git_object_t *ret_type, size_t *ret_head, struct exh_error *err)
{
    const char *nul = memchr(unpacked->bytes, '\0', unpacked->size < HEAD_MOST ? unpacked->size : HEAD_MOST);
    const char *space = nul ? memchr(unpacked->bytes, ' ', (size_t)(nul - unpacked->bytes)) : NULL;
    uint64_t size = 0;

    if (!space || !exh_text_number(space + 1, EXH_GIT_LARGEST, &size))
        return exh_fail(err, EXH_MALFORMED, "its file does not begin as an object");
    EXH_CLEANUP(exh_freep) char *type = exh_strndup(unpacked->bytes, (size_t)(space - unpacked->bytes));
    *ret_type = git_object_string2type(type);
    *ret_head = (size_t)(nul - unpacked->bytes) + 1;
    return size == unpacked->size - *ret_head
        || exh_fail(err, EXH_MALFORMED, "its file has %zu bytes of it, and says %" PRIu64, unpacked->size - *ret_head, size);
}

static bool check_name(const char *bytes, size_t size, git_object_t type, const char *oid, struct exh_error *err)
{
    git_oid expected, found;

    if (git_oid_fromstr(&expected, oid) || git_odb_hash(&found, bytes, size, type))
        return exh_git_fail(err, EXH_MALFORMED, "its file is of no object");
    return git_oid_equal(&expected, &found) || exh_fail(err, EXH_MALFORMED, "its file is of another object");
}

static bool unpack(const char *bytes, size_t size, const char *oid, char **ret_bytes, size_t *ret_size, git_object_t *ret_type,
                   struct exh_error *err)
{
    EXH_CLEANUP(clear_unpacked) struct unpacked unpacked = { NULL, 0, 0 };
    size_t head = 0;

    if (!size)
        return exh_fail(err, EXH_MALFORMED, "its file is empty");
    if (!inflate_all(bytes, size, &unpacked, err) || !take_head(&unpacked, ret_type, &head, err)
        || !check_name(unpacked.bytes + head, unpacked.size - head, *ret_type, oid, err))
        return false;
    *ret_size = unpacked.size - head;
    memmove(unpacked.bytes, unpacked.bytes + head, *ret_size);
    unpacked.bytes[*ret_size] = '\0';
    *ret_bytes = exh_steal(&unpacked.bytes);
    return true;
}

bool exh_loose_read(const char *path, const char *oid, char **ret_bytes, size_t *ret_size, git_object_t *ret_type,
                    struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *file = exh_format("%s/objects/%.2s/%s", path, oid, oid + 2), *bytes = NULL;
    struct stat st;
    size_t size;

    *ret_bytes = NULL;
    if (lstat(file, &st) && (errno == ENOENT || errno == ENOTDIR))
        return true;
    return exh_file_read(AT_FDCWD, file, FILE_MOST, &bytes, &size, err) && unpack(bytes, size, oid, ret_bytes, ret_size, ret_type, err);
}
