/* What the archive tests share: ZIPs made in memory or through a pipe, and what a reader saw of them. */
#ifndef ARCHIVE_HELP_H
#define ARCHIVE_HELP_H

#include "crypto_help.h"

#include "exhibit/archive.h"
#include "exhibit/text.h"

#include <pthread.h>
#include <signal.h>

static const struct exh_moment sealed = { INT64_C(1795366801) * EXH_SECOND }; /* 2026-11-22T17:00:01Z: an odd second */

static inline bool take_text(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

struct piece { const char *name, *bytes; };

static inline void add(struct exh_zip *zip, const char *name, const void *bytes, size_t size)
{
    struct exh_error err = EXH_ERROR_NONE;

    if (!exh_zip_begin(zip, name, size, &err) || !exh_zip_put(zip, bytes, size, &err) || !exh_zip_end(zip, &err))
        fail_msg("%s", err.text);
}

static inline void make_under(const struct piece *pieces, size_t count, const struct exh_secret_text *passphrase,
                              struct exh_text *ret_zip)
{
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    struct exh_error err = EXH_ERROR_NONE;

    assert_true(exh_zip_open(take_text, ret_zip, sealed, passphrase, &zip, &err));
    for (size_t i = 0; i < count; i++)
        add(zip, pieces[i].name, pieces[i].bytes, strlen(pieces[i].bytes));
    if (!exh_zip_finish(zip, &err))
        fail_msg("%s", err.text);
}

static inline void make(const struct piece *pieces, size_t count, struct exh_text *ret_zip)
{
    make_under(pieces, count, NULL, ret_zip);
}

struct source { const uint8_t *bytes; size_t size, at, step; };

static inline bool pull_bytes(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;
    size_t left = source->size - source->at, part = left < room ? left : room;

    (void)err;
    if (part > source->step)
        part = source->step;
    if (part)
        memcpy(ret_bytes, source->bytes + source->at, part);
    source->at += part;
    *ret_size = part;
    return true;
}

/* What a visitor saw: "name:bytes;" for each member. */
struct seen {
    struct exh_text words;
    bool damaged;
    size_t members;
    uint8_t room[1 << 20];       /* where bytes are read to, where they go straight */
    size_t room_size;            /* of it, that is given */
    size_t straight;             /* bytes that did */
};

static inline bool see_begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    struct seen *seen = context;

    (void)err;
    seen->members++;
    exh_text_printf(&seen->words, "%s(%llu):", name, (unsigned long long)size);
    return true;
}

static inline bool see_data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(&((struct seen *)context)->words, bytes, size);
    return true;
}

static inline bool see_end(void *context, bool whole, struct exh_error *err)
{
    struct seen *seen = context;

    (void)err;
    seen->damaged = seen->damaged || !whole;
    exh_text_puts(&seen->words, ";");
    return true;
}

static inline bool see_space(void *context, void **ret_space, size_t *ret_room, struct exh_error *err)
{
    struct seen *seen = context;

    (void)err;
    *ret_space = seen->room;
    *ret_room = seen->room_size;
    return true;
}

static inline bool see_filled(void *context, const void *space, size_t size, struct exh_error *err)
{
    struct seen *seen = context;

    assert_ptr_equal(space, seen->room);
    seen->straight += size;
    return see_data(seen, space, size, err);
}

static inline void seen_clear(struct seen *seen)
{
    exh_text_clear(&seen->words);
}

static inline bool read_under(const void *bytes, size_t size, size_t step, const struct exh_secret_text *passphrase,
                              struct seen *seen, struct exh_moment *ret_sealed, struct exh_error *err)
{
    struct source source = { bytes, size, 0, step };
    struct exh_zip_visitor visitor = { .begin = see_begin, .data = see_data, .end = see_end, .context = seen };

    return exh_zip_read(pull_bytes, &source, &visitor, passphrase, ret_sealed, err);
}

/* The same by a visitor that says where large members go. */
static inline bool read_straight(const void *bytes, size_t size, size_t step, const struct exh_secret_text *passphrase,
                                 struct seen *seen, struct exh_error *err)
{
    struct source source = { bytes, size, 0, step };
    struct exh_zip_visitor visitor = { .begin = see_begin, .data = see_data, .end = see_end, .context = seen,
                                       .space = see_space, .filled = see_filled };
    struct exh_moment at;

    return exh_zip_read(pull_bytes, &source, &visitor, passphrase, &at, err);
}

static inline bool read_back(const void *bytes, size_t size, size_t step, struct seen *seen,
                             struct exh_moment *ret_sealed, struct exh_error *err)
{
    return read_under(bytes, size, step, NULL, seen, ret_sealed, err);
}

/* Runs @format as help_run does, where @tool is there; true with a word where it is not. */
static inline bool help_stock(const char *directory, const char *tool, const char *format, ...)
{
    va_list arguments;

    if (!help_run("/", "command -v %s", tool)) {
        print_message("# %s is not installed: not tried\n", tool);
        return true;
    }
    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    bool done = help_run(directory, "%s", command);
    if (!done)
        print_message("# failed: %s\n", command);
    return done;
}

/* ---- large members, through a pipe: neither side holds the bytes ---- */

static inline bool take_pipe(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    for (const char *at = bytes; size; ) {
        ssize_t n = write(*(int *)context, at, size);
        if (n < 0)
            return exh_fail_os(err, "cannot write");
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static inline bool pull_pipe(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    ssize_t n = read(*(int *)context, ret_bytes, room);

    if (n < 0)
        return exh_fail_os(err, "cannot read");
    *ret_size = (size_t)n;
    return true;
}

struct large { int fd; uint64_t size; const struct exh_secret_text *passphrase; const char *problem; };

static inline const char *write_large(struct large *large)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    EXH_CLEANUP(exh_freep) char *zeros = exh_alloc(1 << 20);

    if (!exh_zip_open(take_pipe, &large->fd, sealed, large->passphrase, &zip, &err)
        || !exh_zip_begin(zip, "data/large.bin", large->size, &err))
        return "cannot begin";
    for (uint64_t left = large->size; left; ) {
        size_t part = left < 1 << 20 ? (size_t)left : 1 << 20;
        if (!exh_zip_put(zip, zeros, part, &err))
            return "cannot put";
        left -= part;
    }
    if (!exh_zip_end(zip, &err) || !exh_zip_begin(zip, "data/m.bin", 1, &err) || !exh_zip_put(zip, "x", 1, &err)
        || !exh_zip_end(zip, &err) || !exh_zip_finish(zip, &err))
        return "cannot finish";
    return NULL;
}

static inline void *write_thread(void *context)
{
    struct large *large = context;

    large->problem = write_large(large);
    close(large->fd);
    return NULL;
}

static inline bool count_begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    (void)name, (void)err;
    ((uint64_t *)context)[1] += size;
    return true;
}

static inline bool count_data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)bytes, (void)err;
    ((uint64_t *)context)[0] += size;
    return true;
}

static inline bool count_end(void *context, bool whole, struct exh_error *err)
{
    (void)err;
    ((uint64_t *)context)[2] += whole;
    return true;
}

static inline void large_reads_under(uint64_t size, const struct exh_secret_text *passphrase)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    uint64_t counts[3] = { 0, 0, 0 };
    struct exh_zip_visitor visitor = { .begin = count_begin, .data = count_data, .end = count_end, .context = counts };
    struct exh_moment time;
    pthread_t thread;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    struct large large = { ends[1], size, passphrase, NULL };
    assert_int_equal(pthread_create(&thread, NULL, write_thread, &large), 0);
    bool read = exh_zip_read(pull_pipe, &ends[0], &visitor, passphrase, &time, &err);
    close(ends[0]);
    pthread_join(thread, NULL);
    if (large.problem || !read)
        fail_msg("%s, %s", large.problem ? large.problem : "written", read ? "read" : err.text);
    assert_int_equal(counts[0], size + 1);
    assert_int_equal(counts[1], size + 1);
    assert_int_equal(counts[2], 2);
}

#endif
