/* convert: what is damaged, interrupted or not what it says ends in a copy that says so, or in a sentence, and
 * leaves nothing behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/file.h"
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* ---- holes ---- */

#define X264   "-c:v libx264 -preset veryfast -g 25 -keyint_min 25 -sc_threshold 0 -bf 0 -pix_fmt yuv420p "
#define BRIGHT "-f lavfi -i testsrc2=s=192x108:r=25:d=20 -vf lutyuv=y=val/2+110"

/* In each hole of the copy every picture is a dark card, and everywhere else none is. */
static void expect_cards_in_holes(const struct copying *c, const char *copy, size_t holes_wanted)
{
    const struct exh_json *holes = exh_json_get(c->facts, "holes");
    int64_t zero = exh_json_as_int(exh_json_at(exh_json_get(c->facts, "first"), 1));
    EXH_CLEANUP(series_clear) struct series times = copy_times(copy, NULL), luma = lumas(copy, "", "YAVG");

    assert_int_equal(exh_json_count(holes), holes_wanted);
    assert_int_equal(times.count, luma.count);
    for (size_t i = 0; i < times.count; i++) {
        int64_t own = (int64_t)(times.at[i] * 1e9) + zero;
        bool inside = false;
        for (size_t k = 0; k < exh_json_count(holes); k++)
            inside |= own > exh_json_as_int(exh_json_at(exh_json_at(holes, k), 1)) - 20000
                && own < exh_json_as_int(exh_json_at(exh_json_at(holes, k), 2)) - 40000;
        if (inside != (luma.at[i] < 55))
            fail_msg("picture %zu at %f has luma %f", i, times.at[i], luma.at[i]);
    }
}

static void a_hole_in_a_file_shows_a_card(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    make_footage(path, "hole.mkv", BRIGHT ",select=\"not(between(t\\,7.01\\,11.99))\" -vsync passthrough " X264);
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    make_film(&c, "copy.mp4", copy);
    expect_cards_in_holes(&c, copy, 1);
    EXH_CLEANUP(series_clear) struct series times = copy_times(copy, &end);
    expect_near(end, 20, 2e-3, "end");
    const struct exh_json *hole = exh_json_at(exh_json_get(c.facts, "holes"), 0);
    expect_near((double)exh_json_as_int(exh_json_at(hole, 1)) / 1e9, 7.04, 2e-3, "hole");
    expect_near((double)exh_json_as_int(exh_json_at(hole, 2)) / 1e9, 12, 2e-3, "hole");
    expect_sound_copy(copy);
}

/* Overwrites the bytes of the pictures of some seconds. */
static void spoil(const char *path, double from, double to, int byte)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings packets =
        lines_of("ffprobe -v error -select_streams v:0 -show_entries packet=pts_time,size,pos -of csv=p=0 '%s'", path);
    FILE *file = fopen(path, "r+");

    for (size_t i = 0; i < packets.count; i++) {
        double time;
        long size, pos;
        assert_int_equal(sscanf(packets.at[i], "%lf,%ld,%ld", &time, &size, &pos), 3);
        if (time < from - 1e-3 || time >= to - 1e-3)
            continue;
        fseek(file, pos, SEEK_SET);
        for (long k = 0; k < size; k++)
            fputc(byte, file);
    }
    fclose(file);
}

static void an_undecodable_stretch_shows_a_card(void **state)
{
    static const int bytes[] = { 0xff, 0x00, 0x5a };
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bytes); i++) {
        make_footage(path, "spoilt.mp4", BRIGHT " " X264);
        spoil(path, 8, 11, bytes[i]);
        EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
        make_film(&c, "copy.mp4", copy);
        expect_cards_in_holes(&c, copy, 1);
        EXH_CLEANUP(series_clear) struct series times = copy_times(copy, &end);
        expect_near(end, 20, 2.1e-5, "end");
        const struct exh_json *hole = exh_json_at(exh_json_get(c.facts, "holes"), 0);
        expect_near((double)exh_json_as_int(exh_json_at(hole, 1)) / 1e9, 8, 2e-3, "hole");
        expect_near((double)exh_json_as_int(exh_json_at(hole, 2)) / 1e9, 11, 2e-3, "hole");
        expect_sound_copy(copy);
    }
}

static void an_undecodable_end_shows_a_card(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    make_footage(path, "end.mp4", BRIGHT " " X264);
    spoil(path, 17, 21, 0xff);
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    make_film(&c, "copy.mp4", copy);
    expect_cards_in_holes(&c, copy, 1);
    EXH_CLEANUP(series_clear) struct series times = copy_times(copy, &end);
    expect_near(end, 20, 2.1e-5, "end");
}

/* ---- the collection ---- */

static size_t copies, sentences;

static void expect_empty_spool(void)
{
    DIR *directory = opendir(place.spool);
    size_t entries = 0;

    assert_non_null(directory);
    while (readdir(directory))
        entries++;
    closedir(directory);
    assert_int_equal(entries, 2);
}

static bool is_hostile(const char *path)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    char copy[PATH_MAX];

    if (!add_input(&c, path, 240, (struct exh_rate){ strstr(path, "264") ? 25 : 0, 1 })) {
        assert_true(c.surveys[0].problem || c.surveys[0].undecodable);
        return true;
    }
    add_shot(&c, 0, 0, c.surveys[0].end_ns < 60 * SECOND ? c.surveys[0].end_ns : 60 * SECOND);
    if (!try_film(&c, "copy.mp4", copy, &err)) {
        assert_true(err.text && *err.text);
        return true;
    }
    assert_true(fact(&c, "pictures") > 0);
    expect_sound_copy(copy);
    return false;
}

static int try_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    struct timespec before, after;

    (void)about, (void)walk;
    if (kind != FTW_F)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (is_hostile(path))
        sentences++;
    else
        copies++;
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (after.tv_sec - before.tv_sec >= 60)
        fail_msg("%s took %ld s", path, (long)(after.tv_sec - before.tv_sec));
    expect_empty_spool();
    return 0;
}

static void every_malformed_file_ends_in_a_copy_or_a_sentence(void **state)
{
    struct rusage children;
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(nftw(material("malformed", path), try_file, 16, FTW_PHYS), 0);
    assert_true(copies > 10 && sentences > 5);
    /* The largest of all processes so far, those of ffmpeg among them. */
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &children), 0);
#ifndef __SANITIZE_ADDRESS__
    assert_true(children.ru_maxrss < 600 * 1024);
#endif
}

/* ---- ends before the end ---- */

static struct timespec begun;

static int64_t ms_since_begun(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
}

static bool interrupted_after_half_a_second(void)
{
    return ms_since_begun() > 500;
}

static const char *large_footage(char path[PATH_MAX])
{
    at(path, "large.mp4");
    return access(path, R_OK) == 0
        ? path
        : make_footage(path, "large.mp4", "-f lavfi -i testsrc2=s=1920x1080:r=25:d=22 " X264);
}

static void expect_nothing_left(void)
{
    expect_empty_spool();
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void an_interruption_returns_at_once_and_leaves_nothing(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = film_of(large_footage(path), 0);
    c.interrupted = interrupted_after_half_a_second;
    exh_json_set_text(c.job, "preset", "slow");
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_false(try_film(&c, "interrupted.mp4", copy, &err));
    assert_true(ms_since_begun() < 2500);
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "interrupted"));
    expect_nothing_left();
}

static size_t bytes_left;

static ssize_t write_until_full(int fd, const void *bytes, size_t size, off_t offset)
{
    if (size > bytes_left) {
        errno = ENOSPC;
        return -1;
    }
    bytes_left -= size;
    return pwrite(fd, bytes, size, offset);
}

static void a_full_disk_midway_fails_and_leaves_nothing(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = film_of(make_footage(path, "small.mp4", BRIGHT " " X264), 0);
    bytes_left = 300000;
    exh_system.pwrite = write_until_full;
    bool done = try_film(&c, "full.mp4", copy, &err);
    exh_system.pwrite = pwrite;
    assert_false(done);
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "space"));
    expect_nothing_left();
}

/* ---- memory ---- */

static long memory_of_children_kib(void)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of(
        "for p in $(pgrep -P %d exhibit-media); do sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/status; done",
        (int)getpid());
    long sum = 0;

    for (size_t i = 0; i < lines.count; i++)
        sum += atol(lines.at[i]);
    return sum;
}

static long most_memory;

static bool look_at_memory(void)
{
    static int64_t looked;

    if (ms_since_begun() - looked > 300) {
        looked = ms_since_begun();
        long now = memory_of_children_kib();
        most_memory = now > most_memory ? now : most_memory;
    }
    return false;
}

static void two_processes_copy_large_pictures_in_half_a_gigabyte(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    EXH_CLEANUP(copying_clear) struct copying c = film_of(large_footage(path), 0);
    c.interrupted = look_at_memory;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    make_film(&c, "copy.mp4", copy);
    assert_true(most_memory > 20 * 1024); /* so the test can tell */
    if (most_memory > 500 * 1024)
        fail_msg("%ld MiB", most_memory / 1024);
}

/* ---- jobs that lie ---- */

static void a_job_that_lies_is_refused(void **state)
{
    static const struct {
        const char *member, *value;
    } lies[] = {
        { "version", "2" },
        { "kind", "\"song\"" },
        { "canvas", "[0, 64]" },
        { "canvas", "[65, 64]" },
        { "canvas", "[100000, 64]" },
        { "canvas", "[64]" },
        { "shots", "[]" },
        { "shots", "[{\"input\": 1, \"from_ns\": 0, \"to_ns\": 1000}]" },
        { "shots", "[{\"input\": -1, \"from_ns\": 0, \"to_ns\": 1000}]" },
        { "shots", "[{\"input\": 0, \"from_ns\": 1000, \"to_ns\": 1000}]" },
        { "shots", "[{\"input\": 0, \"from_ns\": 0, \"to_ns\": 9223372036854775807}]" },
        { "shots", "[{\"card\": [], \"length_ns\": 0}]" },
        { "speed", "[0, 1]" },
        { "speed", "[1, -1]" },
        { "crf", "52" },
        { "crf", "-1" },
        { "key_ns", "0" },
        { "inputs", "[{}]" },
        { "inputs", "7" },
        { "pictures_a_second", "[1, 0]" },
        { "sound", "{\"bit_rate\": 1}" },
        { "caption", "{\"items\": [{\"time\": \"tea\"}]}" },
        { "style", "\"glitter\"" },
        { "colour", "null" },
        { "encoder", "null" },
    };
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "second.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=1 " X264);
    for (size_t i = 0; i < EXH_COUNT(lies); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
        exh_json_set(c.job, lies[i].member, parsed(lies[i].value));
        if (try_film(&c, "lie.mp4", copy, &err) || err.kind != EXH_MALFORMED)
            fail_msg("%s %s: %d %s", lies[i].member, lies[i].value, err.kind, err.text ? err.text : "made");
        expect_nothing_left();
    }
}

static void an_input_that_is_another_file_than_the_jobs_is_told(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "second.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=1 " X264);
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    strcpy(c.paths[0], "/dev/null");
    assert_false(try_film(&c, "lie.mp4", copy, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    exh_error_clear(&err);
    strcpy(c.paths[0], path);
    exh_json_set(exh_json_at(exh_json_get(c.job, "inputs"), 0), "starts", parsed("[[100000, 0]]"));
    assert_false(try_film(&c, "lie.mp4", copy, &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    expect_nothing_left();
}

static void an_encoder_that_is_not_there_is_refused(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "second.mp4", "-f lavfi -i testsrc2=s=64x64:r=25:d=1 " X264);
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    exh_json_set_text(c.job, "encoder", "h264_magic");
    assert_false(try_film(&c, "magic.mp4", copy, &err));
    assert_int_equal(err.kind, EXH_REFUSED);
    expect_nothing_left();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hole_in_a_file_shows_a_card),
        cmocka_unit_test(an_undecodable_stretch_shows_a_card),
        cmocka_unit_test(an_undecodable_end_shows_a_card),
        cmocka_unit_test(every_malformed_file_ends_in_a_copy_or_a_sentence),
        cmocka_unit_test(an_interruption_returns_at_once_and_leaves_nothing),
        cmocka_unit_test(a_full_disk_midway_fails_and_leaves_nothing),
        cmocka_unit_test(two_processes_copy_large_pictures_in_half_a_gigabyte),
        cmocka_unit_test(a_job_that_lies_is_refused),
        cmocka_unit_test(an_input_that_is_another_file_than_the_jobs_is_told),
        cmocka_unit_test(an_encoder_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, job_set_up, job_clean_up);
}
