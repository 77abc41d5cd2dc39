/* worker: frames that break, and a process that gets nothing but its socket. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair { int ours, theirs; };

static struct pair make_pair(void)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    return (struct pair){ ends[0], ends[1] };
}

static void close_pair(struct pair *pair)
{
    close(pair->ours);
    if (pair->theirs >= 0)
        close(pair->theirs);
}

static void expect_failure(struct pair *pair, enum exh_kind kind, const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;

    assert_false(exh_frame_receive(pair->ours, 50, &frame, &err));
    assert_int_equal(err.kind, kind);
    assert_non_null(strstr(err.text, words));
}

static void a_frame_longer_than_a_mebibyte_is_refused(void **state)
{
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();
    const uint8_t header[8] = { 1, 0, 0, 0, 1, 0, 16, 0 };

    (void)state;
    assert_int_equal(write(pair.theirs, header, sizeof header), sizeof header);
    expect_failure(&pair, EXH_MALFORMED, "1048577 bytes");
}

static void a_frame_cut_off_by_the_end_is_malformed(void **state)
{
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();
    const uint8_t half[10] = { 1, 0, 0, 0, 4, 0, 0, 0, 'a', 'b' };

    (void)state;
    assert_int_equal(write(pair.theirs, half, sizeof half), sizeof half);
    close(pair.theirs);
    pair.theirs = -1;
    expect_failure(&pair, EXH_MALFORMED, "in the middle");
}

static void an_end_between_frames_is_an_end(void **state)
{
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();

    (void)state;
    close(pair.theirs);
    pair.theirs = -1;
    expect_failure(&pair, EXH_IO, "ended");
}

static void silence_and_half_a_frame_are_given_up_in_time(void **state)
{
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();
    const uint8_t half[5] = { 1, 0, 0, 0, 4 };

    (void)state;
    expect_failure(&pair, EXH_BUSY, "in time");
    assert_int_equal(write(pair.theirs, half, sizeof half), sizeof half);
    expect_failure(&pair, EXH_BUSY, "in time");
}

static void nobody_who_reads_blocks_a_sender_for_ever(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();
    EXH_CLEANUP(exh_freep) void *bytes = exh_alloc(EXH_FRAME_LONGEST);

    (void)state;
    assert_false(exh_frame_send(pair.ours, 1, bytes, EXH_FRAME_LONGEST, -1, 50, &err));
    assert_int_equal(err.kind, EXH_BUSY);
}

static void frames_and_descriptors_arrive_as_sent(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;
    EXH_CLEANUP(close_pair) struct pair pair = make_pair();
    struct stat sent, came;

    (void)state;
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(exh_frame_send(pair.theirs, 7, "words", 5, fd, 50, &err));
    assert_true(exh_frame_send(pair.theirs, 8, NULL, 0, -1, 50, &err));
    assert_true(exh_frame_receive(pair.ours, 50, &frame, &err));
    assert_int_equal(frame.type, 7);
    assert_string_equal((char *)frame.bytes, "words");
    assert_true(frame.fd >= 0 && fcntl(frame.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fstat(fd, &sent) | fstat(frame.fd, &came), 0);
    assert_true(sent.st_rdev == came.st_rdev);
    close(fd);
    assert_true(exh_frame_receive(pair.ours, 50, &frame, &err));
    assert_int_equal(frame.type, 8);
    assert_int_equal(frame.size, 0);
    assert_int_equal(frame.fd, -1);
}

/* ---- the process: a shell script is one ---- */

static char *write_script(const char *body)
{
    static char path[] = "/tmp/exhibit-worker-XXXXXX";

    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fprintf(file, "#!/bin/sh\n%s\n", body);
    fchmod(fileno(file), 0700);
    fclose(file);
    return path;
}

static void a_worker_has_no_environment_and_no_other_descriptor(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;
    char said[4096] = "";
    size_t size = 0;
    ssize_t n;

    (void)state;
    setenv("EXHIBIT_SECRET", "must not be seen", 1);
    int low = open("/dev/zero", O_RDONLY);
    int open_here = fcntl(low, F_DUPFD, 50);           /* without FD_CLOEXEC: it must be closed all the same */
    close(low);
    char *script =
        write_script("for fd in /proc/$$/fd/*; do readlink $fd; done >&3; cat /proc/$$/environ /proc/$$/status >&3");
    assert_true(exh_worker_start(script, NULL, &worker, &err));
    while ((n = read(exh_worker_socket(worker), said + size, sizeof said - 1 - size)) > 0)
        size += (size_t)n;
    unlink(script);
    close(open_here);
    assert_non_null(strstr(said, "/dev/null\n"));
    assert_non_null(strstr(said, "socket:"));
    assert_null(strstr(said, "/dev/zero"));
    assert_null(strstr(said, "EXHIBIT_SECRET"));
    assert_non_null(strstr(said, "NoNewPrivs:\t1"));
}

static void the_way_a_worker_ended_is_told(void **state)
{
    static const struct { const char *body, *end; } cases[] = {
        { "exit 3", "status 3" }, { "kill -SEGV $$", "signal 11" }, { "exec sleep 60", "killed" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;
        char *script = write_script(cases[i].body);
        assert_true(exh_worker_start(script, NULL, &worker, &err));
        EXH_CLEANUP(exh_freep) char *end = exh_worker_end(worker, 500);
        unlink(script);
        assert_string_equal(end, cases[i].end);
    }
}

static char *told_by(struct exh_worker *worker)
{
    static char said[4096];
    size_t size = 0;
    ssize_t n;

    while ((n = read(exh_worker_socket(worker), said + size, sizeof said - 1 - size)) > 0)
        size += (size_t)n;
    said[size] = '\0';
    return said;
}

static void a_worker_is_held_to_its_limits(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;
    const struct exh_worker_limits limits = { .memory = 300 << 20, .descriptors = 20 };

    (void)state;
    char *script = write_script("cat /proc/$$/limits >&3");
    assert_true(exh_worker_start(script, &limits, &worker, &err));
    const char *said = told_by(worker);
    unlink(script);
    assert_non_null(strstr(said, "Max open files            20                   20 "));
    assert_non_null(strstr(said, "Max core file size        0                    0 "));
#ifndef EXH_SANITIZED
    assert_non_null(strstr(said, "Max address space         314572800            314572800 "));
    assert_non_null(strstr(said, "Max file size             0                    0 "));
#endif
}

/* Also where the caller ignores the signal that says so. */
static void a_worker_that_has_used_its_processor_time_is_ended(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;

    (void)state;
    signal(SIGXCPU, SIG_IGN);
    char *script = write_script("while :; do :; done");
    assert_true(exh_worker_start(script, NULL, &worker, &err));
    signal(SIGXCPU, SIG_DFL);
    assert_true(exh_worker_allow(worker, 1, &err));
    EXH_CLEANUP(exh_freep) char *end = exh_worker_end(worker, 20000);
    unlink(script);
    assert_string_equal(end, "signal 24");
    assert_false(exh_worker_allow(worker, 1, &err));
    assert_int_equal(err.kind, EXH_IO);
}

static void the_last_line_of_a_workers_standard_error_is_kept(void **state)
{
    static const struct { const char *body, *words; } cases[] = {
        { "exit 1", NULL }, { "echo >&2", NULL }, { "echo one >&2; echo two >&2; echo >&2", "two" },
        { "printf 'a\\033[2Jb\\377' >&2", "a\\x1b[2Jb\\xff" },
        { "head -c 1000000 /dev/zero | tr '\\0' y >&2; echo >&2; exit 0",
          "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
          "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy..." },
    };

    (void)state;
#ifdef EXH_SANITIZED
    skip();                              /* a worker has the caller's there */
#endif
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;
        char *script = write_script(cases[i].body);
        assert_true(exh_worker_start(script, NULL, &worker, &err));
        free(exh_worker_end(worker, 5000));
        unlink(script);
        if (cases[i].words)
            assert_string_equal(exh_worker_last_words(worker), cases[i].words);
        else
            assert_null(exh_worker_last_words(worker));
    }
}

static void a_program_that_is_not_there_is_said_to_be_so(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;

    (void)state;
    assert_false(exh_worker_start("/nowhere/exhibit-media", NULL, &worker, &err));
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "'/nowhere/exhibit-media'"));
}

static void a_process_gives_way_with_all_that_it_starts(void **state)
{
    int status;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool done = exh_process_give_way();
        long disk = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
        _exit(done && getpriority(PRIO_PROCESS, 0) == 19 && IOPRIO_PRIO_CLASS(disk) == IOPRIO_CLASS_IDLE ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_longer_than_a_mebibyte_is_refused),
        cmocka_unit_test(a_frame_cut_off_by_the_end_is_malformed),
        cmocka_unit_test(an_end_between_frames_is_an_end),
        cmocka_unit_test(silence_and_half_a_frame_are_given_up_in_time),
        cmocka_unit_test(nobody_who_reads_blocks_a_sender_for_ever),
        cmocka_unit_test(frames_and_descriptors_arrive_as_sent),
        cmocka_unit_test(a_worker_has_no_environment_and_no_other_descriptor),
        cmocka_unit_test(the_way_a_worker_ended_is_told),
        cmocka_unit_test(a_worker_is_held_to_its_limits),
        cmocka_unit_test(a_worker_that_has_used_its_processor_time_is_ended),
        cmocka_unit_test(the_last_line_of_a_workers_standard_error_is_kept),
        cmocka_unit_test(a_process_gives_way_with_all_that_it_starts),
        cmocka_unit_test(a_program_that_is_not_there_is_said_to_be_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
