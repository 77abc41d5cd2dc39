/* helper: one that was taken over (hostile.c) is stopped, reported, and followed by a new one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
static const int64_t start_ns = INT64_C(1638738600) * SECOND;
static const char secret[] = "AGE-SECRET-KEY-1TEST";

/* What the helper is told to get at. */
struct place {
    char directory[64], key[96], made[96], hostile[PATH_MAX];
    int listener, port;
};
static struct place place;

static struct exh_helper *start(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_helper *helper = NULL;

    exh_helper_set_program(place.hostile);
    if (!exh_helper_start(&helper, &err))
        fail_msg("%s", err.text);
    return helper;
}

/* A segment that holds an order to the helper. */
static int segment_of(const char *order)
{
    char path[128];

    snprintf(path, sizeof path, "%s/segment", place.directory);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, order, strlen(order)) == (ssize_t)strlen(order));
    close(fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static struct exh_probe probe(struct exh_helper *helper, const char *order)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_probe found = { .tracks = NULL };
    int fd = segment_of(order);

    if (!exh_helper_probe(helper, fd, (struct exh_rate){ 0, 0 }, &found, &err))
        fail_msg("%s: %s", order, err.text);
    close(fd);
    return found;
}

/* The next segment is looked at as if nothing had been. */
static void expect_working(struct exh_helper *helper)
{
    EXH_CLEANUP(exh_probe_clear) struct exh_probe found = probe(helper, "rest");

    assert_string_equal(found.container, "rest");
    assert_string_equal(found.problem, "nothing was done");
}

static double seconds_since(const struct timespec *before)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - before->tv_sec) + (double)(now.tv_nsec - before->tv_nsec) / 1e9;
}

/* It is told to do it, and the report says so in @words. */
static void expect_report(struct exh_helper *helper, const char *order, const char *words, double most_s)
{
    struct timespec before;

    clock_gettime(CLOCK_MONOTONIC, &before);
    EXH_CLEANUP(exh_probe_clear) struct exh_probe found = probe(helper, order);
    if (!strstr(found.problem, words) || found.span_count || strstr(found.problem, secret))
        fail_msg("%s: \"%s\", not \"%s\"", order, found.problem, words);
    if (seconds_since(&before) > most_s)
        fail_msg("%s: took %f s", order, seconds_since(&before));
    expect_working(helper);
}

/* What it was told to do has no effect outside. */
static void expect_nothing_done(const char *order)
{
    struct stat about;

    if (stat(place.key, &about) || about.st_size != (off_t)strlen(secret))
        fail_msg("%s: the key file is not what it was", order);
    if (access(place.made, F_OK) == 0)
        fail_msg("%s: a file was made", order);
    if (accept(place.listener, NULL, NULL) >= 0 || errno != EAGAIN)
        fail_msg("%s: a connection came", order);
}

static const char forbidden[] = "the reader tried a system call it may not make (signal 31)";
#ifdef EXH_SANITIZED
static const char opened[] = "not permitted"; /* the wider cage of such builds refuses, and does not kill */
#else
static const char *const opened = forbidden;
#endif

static void a_helper_gets_at_nothing_outside_and_is_reported(void **state)
{
    const struct {
        const char *deed, *argument, *words;
    } cases[] = {
        { "open", place.key, opened },      { "read", place.key, opened },
        { "make", place.made, opened },     { "look-for", place.key, "not permitted" },
        { "remove", place.key, forbidden }, { "exec", "/bin/true", forbidden },
        { "fork", place.made, forbidden },  { "signal", "", forbidden },
        { "trace", "", forbidden },         { "run-bytes", "", forbidden },
        { "bytes-to-code", "", forbidden }, { "lift-limits", "", forbidden },
    };
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *order = exh_format("%s %s", cases[i].deed, cases[i].argument);
        expect_report(helper, order, cases[i].words, 5);
        expect_nothing_done(order);
    }
}

static void a_helper_reaches_nobody_on_the_network(void **state)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();
    EXH_CLEANUP(exh_freep) char *order = exh_format("connect %d", place.port);

    (void)state;
    expect_report(helper, order, forbidden, 5);
    expect_nothing_done(order);
}

static void a_helper_has_no_more_memory_than_it_was_given(void **state)
{
    (void)state;
#ifdef EXH_SANITIZED
    skip(); /* no limit there: a sanitizer's own tables are larger */
#endif
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();
    expect_report(helper, "allocate", "the reader crashed on it (signal 6): ", 5);
    expect_report(helper, "allocate", "memory", 5);
}

static void the_last_words_of_a_crash_are_told_and_can_be_shown(void **state)
{
    (void)state;
#ifdef EXH_SANITIZED
    skip(); /* they go to the caller's standard error, as a sanitizer's do */
#endif
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();
    expect_report(helper, "assert", "the reader crashed on it (signal 6): hostile: assertion 'true == false' failed",
                  5);
    EXH_CLEANUP(exh_probe_clear) struct exh_probe found = probe(helper, "shout");
    assert_non_null(strstr(found.problem, "the reader crashed on it (signal 6): \\x1b[31mxxx"));
    assert_null(strchr(found.problem, '\033'));
    assert_true(strlen(found.problem) < 300);
}

static void a_helper_that_spins_is_ended_within_its_time(void **state)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    expect_report(helper, "spin", "the reader took more than 10 s", 13);
}

static void signs_of_life_without_end_do_not_help(void **state)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    expect_report(helper, "spin-aloud", "the reader took more than 10 s", 13);
}

/* Seconds of processor time that a process has used; whether it still runs. */
static double processor_time(pid_t pid, bool *ret_runs)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("/proc/%d/stat", (int)pid);
    char line[400] = "", state = 'Z';
    unsigned long user = 0, system = 0;
    FILE *file = fopen(path, "r");

    assert_non_null(file);               /* nobody but the helper adapter waits for it, and that is not asked */
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_int_equal(sscanf(strchr(line, ')') + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &user,
                            &system), 3);
    *ret_runs = state != 'Z';
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Nobody waits for it, so nothing but its processor time ends it. */
static void a_helper_that_works_for_nobody_is_ended(void **state)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();
    EXH_CLEANUP(exh_probe_clear) struct exh_probe found = probe(helper, "spin-behind");
    struct timespec before;
    bool runs = true;
    double used = 0;

    (void)state;
    assert_true(found.packets > 1);
    clock_gettime(CLOCK_MONOTONIC, &before);
    while (runs && seconds_since(&before) < 60) {
        usleep(50000);
        used = processor_time((pid_t)found.packets, &runs);
    }
    assert_false(runs);
    assert_true(used > 0.5 && used < 4);
    expect_working(helper);
}

static void what_a_helper_says_is_of_bounded_length(void **state)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    expect_report(helper, "too-large", "a frame of 1048577 bytes", 5);
}

/* ---- plans and deliveries ---- */

struct job {
    char order[64];
    uint64_t literal, run;
};

static bool open_segment(void *context, size_t segment, int *ret_fd, struct exh_error *err)
{
    struct job *job = context;

    (void)segment, (void)err;
    *ret_fd = segment_of(job->order);
    return true;
}

static bool take_literal(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)bytes, (void)err;
    ((struct job *)context)->literal += size;
    return true;
}

static bool take_run(void *context, size_t segment, uint64_t offset, uint64_t size, struct exh_error *err)
{
    (void)segment, (void)err;
    if (offset + size > 1 << 20) /* the exporter's own check: the run lies outside the file */
        return exh_fail(err, EXH_MALFORMED, "outside the segment");
    ((struct job *)context)->run += size;
    return true;
}

static bool cut(struct exh_helper *helper, struct job *job, struct exh_error *err)
{
    const struct exh_cut_piece piece = { .start_ns = start_ns, .span = { 0, SECOND } };
    const struct exh_cut cut = { .pieces = &piece,
                                 .piece_count = 1,
                                 .from_ns = start_ns,
                                 .to_ns = start_ns + SECOND,
                                 .open = open_segment,
                                 .context = job };
    const struct exh_part_sink sink = { take_literal, take_run, job };
    EXH_CLEANUP(exh_part_clear) struct exh_part part = { .joins = NULL };

    return exh_helper_plan(helper, &cut, &part, err) && exh_helper_deliver(helper, &cut, &part, &sink, err);
}

static void lies_in_plans_and_deliveries_are_found_out(void **state)
{
    static const struct {
        const char *lie, *words;
        enum exh_kind kind;
    } cases[] = {
        { "need-without-end", "asks for segments without end", EXH_MALFORMED },
        { "joins-without-end", "more joins than pieces", EXH_MALFORMED },
        { "joins-of-nothing", "names no joins", EXH_MALFORMED },
        { "huge", "plans 1000000000000000 bytes", EXH_MALFORMED },
        { "literal-beyond-the-plan", "more bytes than it planned", EXH_MALFORMED },
        { "run-of-no-piece", "a segment that was not planned", EXH_MALFORMED },
        { "run-beyond-the-file", "outside the segment", EXH_MALFORMED },
        { "deliver-progress", "took more than 10 s", EXH_IO },
    };
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct job job = { .literal = 0 };
        struct timespec before;
        snprintf(job.order, sizeof job.order, "%s", cases[i].lie);
        clock_gettime(CLOCK_MONOTONIC, &before);
        if (cut(helper, &job, &err) || err.kind != cases[i].kind || !strstr(err.text, cases[i].words))
            fail_msg("%s: %s", cases[i].lie, err.text ? err.text : "believed");
        assert_true(job.literal <= 1000 && job.run <= 1000 && seconds_since(&before) < 14);
        expect_working(helper);
    }
}

static void an_honest_plan_is_believed(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();
    struct job job = { .order = "honest" };

    (void)state;
    if (!cut(helper, &job, &err))
        fail_msg("%s", err.text);
    assert_int_equal(job.literal, 100);
    assert_int_equal(job.run, 900);
}

static void which_cage_it_is_in_is_told(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = start();

    (void)state;
    if (!exh_helper_ready(helper, &err))
        fail_msg("%s", err.text);
    assert_non_null(strstr(exh_helper_cage(helper), "Landlock ABI "));
    assert_non_null(strstr(exh_helper_cage(helper), " and seccomp"));
    assert_null(exh_helper_lacks(helper));
}

/* ---- before and after ---- */

static bool listen_here(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;

    place.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(place.listener, (struct sockaddr *)&at, size) || listen(place.listener, 50)
        || getsockname(place.listener, (struct sockaddr *)&at, &size))
        return false;
    place.port = ntohs(at.sin_port);
    return true;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(place.directory, "/tmp/exhibit-hostile-XXXXXX");
    if (!mkdtemp(place.directory) || !listen_here())
        return -1;
    snprintf(place.key, sizeof place.key, "%s/key", place.directory);
    snprintf(place.made, sizeof place.made, "%s/made", place.directory);
    int fd = open(place.key, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, secret, strlen(secret)) < 0 || close(fd))
        return -1;
    ssize_t n = readlink("/proc/self/exe", place.hostile, sizeof place.hostile - 32);
    if (n <= 0)
        return -1;
    place.hostile[n] = '\0';
    strcpy(strrchr(place.hostile, '/'), "/hostile");
    return 0;
}

static int clean_up(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/segment", place.directory);
    unlink(path);
    return unlink(place.key) || rmdir(place.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_cage_it_is_in_is_told),
        cmocka_unit_test(a_helper_gets_at_nothing_outside_and_is_reported),
        cmocka_unit_test(a_helper_reaches_nobody_on_the_network),
        cmocka_unit_test(a_helper_has_no_more_memory_than_it_was_given),
        cmocka_unit_test(the_last_words_of_a_crash_are_told_and_can_be_shown),
        cmocka_unit_test(what_a_helper_says_is_of_bounded_length),
        cmocka_unit_test(an_honest_plan_is_believed),
        cmocka_unit_test(lies_in_plans_and_deliveries_are_found_out),
        cmocka_unit_test(a_helper_that_works_for_nobody_is_ended),
        cmocka_unit_test(a_helper_that_spins_is_ended_within_its_time),
        cmocka_unit_test(signs_of_life_without_end_do_not_help),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
