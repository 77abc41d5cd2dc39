/* file: a file appears whole or not at all; nothing is overwritten; a failing system call is reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/file.h"
#include "exhibit/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct place { char path[64]; int fd; };

static int make_place(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    snprintf(place->path, sizeof place->path, "%s/exh-file-XXXXXX", "/tmp");
    if (!mkdtemp(place->path))
        return -1;
    place->fd = open(place->path, O_RDONLY | O_DIRECTORY);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct place *place = *state;
    bool done = exh_tree_remove(AT_FDCWD, place->path, &err);

    close(place->fd);
    free(place);
    return done ? 0 : -1;
}

static bool collect(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind;
    (void)err;
    exh_strings_add(context, name);
    return true;
}

static size_t count_names(const struct place *place)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    assert_true(exh_directory_visit(place->fd, ".", collect, &names, &err));
    return names.count;
}

static void write_staged(struct exh_staged *staged, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(size + 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 13 + i / 257);
    /* In uneven pieces, so that blocks are gathered and written through in turn. */
    for (size_t put = 0, part = 1; put < size; put += part, part = part * 3 + 1) {
        if (part > size - put)
            part = size - put;
        assert_true(exh_staged_write(staged, bytes + put, part, err));
    }
}

static void a_committed_file_holds_exactly_what_was_written(void **state)
{
    static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 1 << 20, (4 << 20) - 1, 4 << 20, (4 << 20) + 4097, 21 << 20 };
    const struct place *place = *state;

    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
        EXH_CLEANUP(exh_freep) char *bytes = NULL;
        size_t size;
        assert_true(exh_staged_open(&staged, place->fd, "clip.mp4", 0600, &err));
        assert_true(exh_staged_reserve(&staged, sizes[i] + 100000, &err));
        write_staged(&staged, sizes[i], &err);
        assert_false(exh_file_exists(place->fd, "clip.mp4"));
        assert_true(exh_staged_commit(&staged, &err));
        assert_true(exh_file_read(place->fd, "clip.mp4", 64 << 20, &bytes, &size, &err));
        assert_int_equal(size, sizes[i]);
        for (size_t k = 0; k < size; k++)
            if ((uint8_t)bytes[k] != (uint8_t)(k * 13 + k / 257))
                fail_msg("byte %zu of %zu differs", k, size);
        assert_int_equal(unlinkat(place->fd, "clip.mp4", 0), 0);
        assert_int_equal(count_names(place), 0);
    }
}

static void leaving_the_scope_before_commit_leaves_nothing(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct place *place = *state;
    {
        EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
        assert_true(exh_staged_open(&staged, place->fd, "clip.mp4", 0600, &err));
        write_staged(&staged, 100000, &err);
        assert_true(exh_staged_sync(&staged, &err));
    }
    assert_int_equal(count_names(place), 0);
}

static void a_name_taken_meanwhile_is_not_overwritten(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    const struct place *place = *state;
    size_t size;

    assert_true(exh_staged_open(&staged, place->fd, "x", 0600, &err));
    write_staged(&staged, 10, &err);
    assert_true(exh_file_write(place->fd, "x", "theirs", 6, 0600, false, &err));
    assert_false(exh_staged_commit(&staged, &err));
    assert_int_equal(err.kind, EXH_REFUSED);
    exh_staged_clear(&staged);
    assert_true(exh_file_read(place->fd, "x", 100, &bytes, &size, &(struct exh_error)EXH_ERROR_NONE));
    assert_string_equal(bytes, "theirs");
    assert_int_equal(count_names(place), 1);
}

static void a_name_that_is_there_is_refused_at_once(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, again = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
    const struct place *place = *state;

    assert_true(exh_file_write(place->fd, "x", "1", 1, 0600, false, &err));
    assert_false(exh_staged_open(&staged, place->fd, "x", 0600, &err));
    assert_int_equal(err.kind, EXH_REFUSED);
    assert_false(exh_file_write(place->fd, "x", "2", 1, 0600, false, &again));
    assert_int_equal(again.kind, EXH_REFUSED);
}

/* ---- the system-call seam: the n-th call fails ---- */

static int calls_left, fault;

static bool is_due(void)
{
    return --calls_left <= 0;            /* a full disk stays full */
}

static ssize_t failing_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (!is_due())
        return pwrite(fd, bytes, size, offset);
    errno = fault;
    return -1;
}

static int failing_fsync(int fd)
{
    if (!is_due())
        return fsync(fd);
    errno = fault;
    return -1;
}

static int failing_rename(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    if (!is_due())
        return renameat2(from_directory, from, to_directory, to, flags);
    errno = fault;
    return -1;
}

static bool write_one(const struct place *place, struct exh_error *err)
{
    EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(9 << 20);

    return exh_staged_open(&staged, place->fd, "clip.mp4", 0600, err)
        && exh_staged_write(&staged, bytes, 9 << 20, err)
        && exh_staged_commit(&staged, err);
}

static void whichever_call_fails_the_name_is_whole_or_absent(void **state)
{
    const struct place *place = *state;
    const struct exh_system real = exh_system;
    bool done = false;
    int failures = 0;

    fault = ENOSPC;
    for (int n = 1; !done && n < 50; n++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct stat facts;
        calls_left = n;
        exh_system = (struct exh_system){ failing_pwrite, real.pread, failing_fsync, failing_rename, real.open };
        done = write_one(place, &err);
        exh_system = real;
        if (fstatat(place->fd, "clip.mp4", &facts, 0) == 0) {
            assert_int_equal(facts.st_size, 9 << 20);
            assert_int_equal(unlinkat(place->fd, "clip.mp4", 0), 0);
        } else {
            assert_false(done);
        }
        if (!done)
            assert_true(err.kind == EXH_IO && err.os == ENOSPC);
        failures += !done;
        assert_int_equal(count_names(place), 0);
    }
    assert_true(done);
    assert_true(failures >= 3);          /* a write that is no longer direct, two syncs, a rename */
}

static void a_link_that_leads_out_is_not_followed_beneath(void **state)
{
    const struct place *place = *state;
    static const char *const names[] = { "out", "/etc/hostname", "../etc/hostname", "up/../../etc" };

    assert_int_equal(symlinkat("/etc/hostname", place->fd, "out"), 0);
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_fd_close) int fd = -1;
        assert_false(exh_file_open_beneath(place->fd, names[i], &fd, &err));
        assert_int_equal(err.kind, EXH_IO);
    }
}

static void a_fifo_does_not_hang_and_is_not_read_as_a_file(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct place *place = *state;
    char *bytes;
    size_t size;

    assert_int_equal(mkfifoat(place->fd, "pipe", 0600), 0);
    assert_false(exh_file_read(place->fd, "pipe", 100, &bytes, &size, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
}

static void a_file_larger_than_allowed_is_refused(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct place *place = *state;
    char *bytes;
    size_t size;

    assert_true(exh_file_write(place->fd, "big", "0123456789", 10, 0600, false, &err));
    assert_false(exh_file_read(place->fd, "big", 9, &bytes, &size, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
}

static void a_lock_excludes_another_process_until_its_holder_dies(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, busy = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const struct place *place = *state;
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int held;
        if (exh_lock_take(place->fd, "lock", 0, &held, &err) && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_false(exh_lock_take(place->fd, "lock", 100, &fd, &busy));
    assert_int_equal(busy.kind, EXH_BUSY);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(exh_lock_take(place->fd, "lock", 100, &fd, &err));
    close(ready[0]);
    close(ready[1]);
}

static void removing_a_tree_does_not_follow_links(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct place *place = *state;

    assert_true(exh_directory_make_all(place->fd, "tree/a/b", 0700, &err));
    assert_true(exh_directory_make(place->fd, "kept", 0700, &err));
    assert_true(exh_file_write(place->fd, "kept/file", "1", 1, 0600, false, &err));
    assert_int_equal(symlinkat("../../kept", place->fd, "tree/a/link"), 0);
    assert_true(exh_tree_remove(place->fd, "tree", &err));
    assert_false(exh_file_exists(place->fd, "tree"));
    assert_true(exh_file_exists(place->fd, "kept/file"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(a_committed_file_holds_exactly_what_was_written),
        TEST(leaving_the_scope_before_commit_leaves_nothing),
        TEST(a_name_taken_meanwhile_is_not_overwritten),
        TEST(a_name_that_is_there_is_refused_at_once),
        TEST(whichever_call_fails_the_name_is_whole_or_absent),
        TEST(a_link_that_leads_out_is_not_followed_beneath),
        TEST(a_fifo_does_not_hang_and_is_not_read_as_a_file),
        TEST(a_file_larger_than_allowed_is_refused),
        TEST(a_lock_excludes_another_process_until_its_holder_dies),
        TEST(removing_a_tree_does_not_follow_links),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
