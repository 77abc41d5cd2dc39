/* catalogue: layouts, finding segments, and what they cover. Files say in words what a probe of them gives. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/catalogue/catalogue.h"
#include "exhibit/file.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONDON "Europe/London"
#define MINUTE (60 * EXH_SECOND)
#define CAM "cam/2021-12-05_"

/* A source's tree, and the files that were asked about. */
struct tree {
    char root[64];
    struct exh_strings probed;
};
static struct tree tree;
static struct exh_coverage coverage;
static struct exh_error err;

/* ---- the tree ---- */

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts, (void)kind, (void)where;
    return remove(path);
}

static int make_tree(void **state)
{
    (void)state;
    snprintf(tree.root, sizeof tree.root, "/tmp/exhibit-catalogue-XXXXXX");
    coverage = (struct exh_coverage){ .root = -1 };
    return mkdtemp(tree.root) ? 0 : -1;
}

static int drop_tree(void **state)
{
    (void)state;
    exh_coverage_clear(&coverage);
    exh_error_clear(&err);
    exh_strings_clear(&tree.probed);
    return nftw(tree.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *in_tree(const char *name)
{
    char *path = exh_format("%s/%s", tree.root, name);

    for (char *c = path + strlen(tree.root) + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(path, 0700);
            *c = '/';
        }
    return path;
}

/* Makes a file of @words, last modified at @modified (0: now). */
static void put_at(const char *name, const char *words, int64_t modified)
{
    EXH_CLEANUP(exh_freep) char *path = in_tree(name);
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { modified / EXH_SECOND, modified % EXH_SECOND } };

    assert_true(fd >= 0);
    assert_int_equal(write(fd, words, strlen(words)), (ssize_t)strlen(words));
    if (modified)
        assert_int_equal(futimens(fd, times), 0);
}

/* @words: "60" seconds, then "other" parameters, "nokey", "hole" (20 s of it, 10 s in), "bad" (damaged after
 * its length), "lies" or "backwards" (spans that cannot be), or "none" instead of the seconds (cannot be read). */
static void put(const char *name, const char *words)
{
    put_at(name, words, 0);
}

static bool fake_probe(void *context, int fd, struct exh_probe *ret_probe, struct exh_error *error)
{
    char words[64] = "";

    (void)context, (void)error;
    (void)!pread(fd, words, sizeof words - 1, 0);
    exh_strings_add(&tree.probed, words);
    *ret_probe = (struct exh_probe){ .container = "mp4", .track_count = 1, .starts_with_key = !strstr(words, "nokey") };
    ret_probe->tracks = exh_alloc(sizeof *ret_probe->tracks);
    ret_probe->tracks[0].video = true;
    snprintf(ret_probe->tracks[0].parameters, sizeof ret_probe->tracks[0].parameters, "%s",
             strstr(words, "other") ? "b" : "a");
    int64_t end = (int64_t)(atof(words) * 1e3) * (EXH_SECOND / 1000);
    bool hole = strstr(words, "hole");
    ret_probe->spans = exh_alloc(2 * sizeof *ret_probe->spans);
    ret_probe->span_count = end == 0 ? 0 : hole ? 2 : 1;
    ret_probe->spans[0] = (struct exh_span){ 0, hole ? 10 * EXH_SECOND : end };
    ret_probe->spans[1] = (struct exh_span){ 30 * EXH_SECOND, end };
    if (strstr(words, "lies"))
        ret_probe->spans[0].end_ns = INT64_MAX;
    if (strstr(words, "backwards"))
        ret_probe->spans[1].start_ns = 9 * EXH_SECOND;
    if (end == 0)
        ret_probe->problem = exh_strdup("moov atom not found");
    else if (strstr(words, "bad"))
        ret_probe->problem = exh_strdup("it ends in the middle of a picture");
    return true;
}

static bool no_helper(void *context, int fd, struct exh_probe *ret_probe, struct exh_error *error)
{
    (void)context, (void)fd, (void)ret_probe;
    return exh_fail(error, EXH_IO, "no helper");
}

static int64_t utc(const char *words)
{
    struct exh_moment moment = { 0 };

    if (!exh_moment_parse_utc(words, &moment, &err))
        fail_msg("%s", err.text);
    return moment.ns;
}

static bool search(const char *layout, const char *zone, const char *path, const char *from, const char *to,
                   bool (*probe)(void *, int, struct exh_probe *, struct exh_error *))
{
    const struct exh_prober prober = { probe, NULL };
    struct exh_source source = { (char *)"nvr", tree.root, (char *)layout, (char *)zone };
    struct exh_camera camera = { .id = (char *)"c", .source = (char *)"nvr", .path = (char *)path };
    struct exh_window window = { { utc(from) }, { utc(to) } };

    exh_coverage_clear(&coverage);
    exh_error_clear(&err);
    return exh_coverage_search(&source, &camera, window, 0, &prober, &coverage, &err);
}

static void find(const char *layout, const char *zone, const char *path, const char *from, const char *to)
{
    if (!search(layout, zone, path, from, to, fake_probe))
        fail_msg("%s", err.text);
}

/* ---- what was found, in words ---- */

static void add_window(struct exh_text *text, struct exh_window window)
{
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];

    exh_moment_utc(window.from, from);
    exh_moment_utc(window.to, to);
    exh_text_printf(text, "%s-%s", from + 11, to + 11);
}

/* "21:10:00Z-21:12:00Z 2, ..." : when each stretch is shown, and of how many pieces. */
static void stretches_are(const char *expected)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, "");
    for (size_t i = 0; i < coverage.stretch_count; i++) {
        exh_text_puts(&text, i ? ", " : "");
        add_window(&text, coverage.stretches[i].shown);
        exh_text_printf(&text, " %zu", coverage.stretches[i].piece_count);
    }
    assert_string_equal(text.bytes, expected);
}

/* "21:12:00Z-21:13:00Z cause; ..." */
static void gaps_are(const char *expected)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, "");
    for (size_t i = 0; i < coverage.gap_count; i++) {
        exh_text_puts(&text, i ? ", " : "");
        add_window(&text, coverage.gaps[i].missing);
        exh_text_printf(&text, " %s", coverage.gaps[i].cause);
    }
    assert_string_equal(text.bytes, expected);
}

/* "gap overlap" */
static void findings_are(const char *expected)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, "");
    for (size_t i = 0; i < coverage.finding_count; i++)
        exh_text_printf(&text, "%s%s", i ? " " : "", coverage.findings[i].code);
    assert_string_equal(text.bytes, expected);
}

static void find_evening(void)
{
    find("mediamtx", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
}

/* ---- layouts ---- */

static void layouts_that_cannot_be_meant_are_refused(void **state)
{
    static const char *const layouts[] = {
        "", "frigate", "mediamtx2", "%Y-%m-%d", "{camera}", "{camera}/", "/{camera}/%s.mp4", "{camera}//%s.mp4",
        "../{camera}/%s.mp4", "{camera}/../%s.mp4", "{camera}/./%s.mp4", "{camera}/%s/",
        "{camera}/%Q%s", "{camera}/%s%",
        "{Camera}/%s", "{camera/%s", "{/%s{camera}", "{camera}/%Y%m%d%H%M.mp4", "{camera}/%m%d%H%M%S.mp4",
        "{camera}/%Y%m%H%M%S.mp4", "{camera}/%f.mp4", "%Y%m%d%H%M%S.mp4", "{camera}/%1$s", "*",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(layouts); i++) {
        if (exh_layout_check(layouts[i], &err))
            fail_msg("layout '%s' was taken", layouts[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        exh_error_clear(&err);
    }
    assert_false(exh_layout_check("frigate", &err));
    assert_string_equal(err.text, "unknown layout 'frigate': give 'mediamtx' or a template such as "
                        "'{camera}/%Y-%m-%d/%H-%M-%S.mp4'");
}

static void layouts_of_known_recorders_are_taken(void **state)
{
    static const char *const layouts[] = {
        "mediamtx", "{camera}/%s", "%Y-%m-%d/%H/{camera}/%M.%S.mp4", "{camera}/%Y-%m-%d/*/*-video.%y%j%H%M%S.mp4",
        "{camera}/*-%Y%m%d%H%M%S.mkv", "a%%b/{camera}_%Y-%m-%dT%H-%M-%S%z.mp4", "{camera}/%s_*-%f_*.mp4",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(layouts); i++)
        if (!exh_layout_check(layouts[i], &err))
            fail_msg("%s", err.text);
}

static void camera_paths_that_lead_out_are_refused(void **state)
{
    static const char *const paths[] = { "", "/", "/etc", "..", ".", "a/../b", "a/..", "a//b", "a/", "./a" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(paths); i++) {
        if (search("mediamtx", "UTC", paths[i], "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z", fake_probe))
            fail_msg("path '%s' was taken", paths[i]);
        assert_int_equal(err.kind, EXH_USAGE);
    }
}

/* What @name says under the one-component layout @template: "first second+nanoseconds", or "no". */
static void name_says(const char *template, const char *name, const char *expected)
{
    EXH_CLEANUP(exh_layout_clear) struct exh_layout layout = { 0 };
    struct exh_fields fields;
    int64_t first, last;
    char words[2 * EXH_MOMENT_SIZE] = "no";

    if (!exh_layout_compile(template, "c", &layout, &err))
        fail_msg("%s", err.text);
    exh_fields_clear(&fields);
    if (exh_layout_match(&layout, layout.count - 1, name, &fields) && exh_fields_range(&fields, &first, &last)) {
        int64_t fraction = fields.at[EXH_NANOSECOND] == EXH_UNKNOWN ? 0 : fields.at[EXH_NANOSECOND];
        exh_moment_utc((struct exh_moment){ first * EXH_SECOND + fraction }, words);
    }
    if (strcmp(words, expected) != 0)
        fail_msg("'%s' as '%s' says %s, not %s", name, template, words, expected);
}

static void names_say_when_they_began(void **state)
{
    (void)state;
    name_says("{camera}/%Y-%m-%d_%H-%M-%S-%f.mp4", "2021-12-05_21-10-00-5.mp4", "2021-12-05T21:10:00.500Z");
    name_says("mediamtx", "2021-12-05_21-10-00-123456.ts", "2021-12-05T21:10:00.123456Z");
    name_says("mediamtx", "2021-12-05_21-10-00-123456789.mp4", "2021-12-05T21:10:00.123456789Z");
    name_says("{camera}/%y%j-%H%M%S", "21339-211000", "2021-12-05T21:10:00Z");
    name_says("{camera}/%y%j-%H%M%S", "70001-000000", "1970-01-01T00:00:00Z");
    name_says("{camera}/%Y%j-%H%M%S", "2024366-235960", "2025-01-01T00:00:00Z");
    name_says("{camera}/%s.mp4", "1638738600.mp4", "2021-12-05T21:10:00Z");
    name_says("{camera}/%s_%f", "1638738600_25", "2021-12-05T21:10:00.250Z");
    name_says("{camera}/*-%Y%m%d%H%M%S.mkv", "C-1-03-20211205211000.mkv", "2021-12-05T21:10:00Z");
    name_says("{camera}/*%Y%m%d%H%M%S*", "9920211205211000", "2021-12-05T21:10:00Z");
    name_says("{camera}/*%Y%m%d%H%M%S", "202020211205211000", "2021-12-05T21:10:00Z");
    name_says("{camera}/*_%Y%m%d%H%M%S*", "99_20211205211000_x", "2021-12-05T21:10:00Z");
    name_says("{camera}/100%%-%s", "100%-1638738600", "2021-12-05T21:10:00Z");
    name_says("{camera}/%Y%m%d/%Y%m%d%H%M%S", "20211205211000", "2021-12-05T21:10:00Z");
}

static void hostile_names_are_no_segments(void **state)
{
    static const char *const names[] = {
        "", ".mp4", "2021-12-05_21-10-00-.mp4", "2021-12-05_21-10-00-1234567890.mp4", "2021-12-05_21-10-00-1.mp4.part",
        "2021-12-05_21-10-00-1.MP4", "2021-12-05_21-10-00-1.mkv", "2021-02-29_21-10-00-1.mp4",
        "2021-13-05_21-10-00-1.mp4", "2021-12-05_24-10-00-1.mp4", "2021-12-05_21-60-00-1.mp4",
        "0000-01-01_00-00-00-1.mp4",
        "9999-01-01_00-00-00-1.mp4", "2021-12-05_21-10-61-1.mp4", "+021-12-05_21-10-00-1.mp4",
        " 2021-12-05_21-10-00-1.mp4",
        "2021-12-05_21-10-00-1", "%Y-%m-%d_%H-%M-%S-%f.mp4", "\xff\xfe\x01", "2021-12-05_21-10-00--1.mp4",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++)
        name_says("mediamtx", names[i], "no");
    name_says("{camera}/%s", "9999999999", "no");
    name_says("{camera}/%s", "99999999999999999999999999", "no");
    name_says("{camera}/%Y%j%H%M%S", "2021366000000", "no");
    name_says("{camera}/%Y-%m-%d_%Y%m%d%H%M%S", "2021-12-05_20211206211000", "no");
    name_says("{camera}/%Y%m%d%j%H%M%S", "20211205338211000", "no");
    name_says("{camera}/%Y%m%d%H%M%S%z", "20211205211000+2400", "no");
}

static void many_stars_take_no_time(void **state)
{
    char layout[400] = "{camera}/%s", name[256];

    (void)state;
    for (size_t i = strlen(layout); i + 2 < sizeof layout; i += 2)
        memcpy(layout + i, "*a", 3);
    memcpy(layout + strlen(layout) - 1, "b", 2);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memcpy(name, "1", 1);
    for (int i = 0; i < 1000; i++)
        name_says(layout, name, "no");
}

/* ---- coverage ---- */

static void a_window_that_is_all_there_has_no_gap(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-11-00-000000.mp4", "60.2");
    put(CAM "21-12-00-500000.mp4", "60");
    find_evening();
    stretches_are("21:10:00Z-21:13:00.500Z 3");
    gaps_are("");
    findings_are("");
    assert_true(exh_coverage_length(&coverage) == 3 * MINUTE);
    assert_int_equal(coverage.segment_count, 3);
}

static void a_gap_in_the_middle_is_said(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-12-00-000000.mp4", "70");
    find_evening();
    stretches_are("21:10:00Z-21:11:00Z 1, 21:12:00Z-21:13:10Z 1");
    gaps_are("21:11:00Z-21:12:00Z no recording");
    findings_are("gap");
    assert_string_equal(coverage.findings[0].text, "no footage from 2021-12-05T21:11:00Z to 2021-12-05T21:12:00Z "
                        "(1 min): no recording");
    assert_true(exh_coverage_length(&coverage) == 2 * MINUTE);
}

static void gaps_at_both_ends_are_said(void **state)
{
    (void)state;
    put(CAM "21-11-00-000000.mp4", "60");
    find_evening();
    stretches_are("21:11:00Z-21:12:00Z 1");
    gaps_are("21:10:00Z-21:11:00Z no recording, 21:12:00Z-21:13:00Z no recording");
    findings_are("gap gap");
}

static void nothing_at_all_is_one_gap(void **state)
{
    (void)state;
    put(CAM "22-11-00-000000.mp4", "60");
    put(CAM "20-11-00-000000.mp4", "60");
    find_evening();
    stretches_are("");
    gaps_are("21:10:00Z-21:13:00Z no recording");
    assert_true(exh_coverage_length(&coverage) == 0);
    assert_int_equal(coverage.segment_count, 0);
}

static void a_camera_that_is_not_in_the_tree_is_one_gap_that_says_so(void **state)
{
    (void)state;
    find("mediamtx", "UTC", "towns/wisbech", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    gaps_are("21:10:00Z-21:13:00Z no recording: the source has no directory 'towns/wisbech'");
}

static void a_source_that_is_not_there_fails(void **state)
{
    (void)state;
    rmdir(tree.root);
    assert_false(search("mediamtx", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z", fake_probe));
    assert_int_equal(err.kind, EXH_IO);
    assert_int_equal(mkdir(tree.root, 0700), 0);
}

static void a_window_that_ends_before_it_begins_is_refused(void **state)
{
    (void)state;
    assert_false(search("mediamtx", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:10:00Z", fake_probe));
    assert_int_equal(err.kind, EXH_USAGE);
    assert_false(search("mediamtx", "Nowhere", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:11:00Z", fake_probe));
    assert_int_equal(err.kind, EXH_USAGE);
}

static void without_a_helper_there_is_no_answer(void **state)
{
    (void)state;
    put(CAM "21-11-00-000000.mp4", "60");
    assert_false(search("mediamtx", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z", no_helper));
    assert_int_equal(err.kind, EXH_IO);
}

static void the_segment_before_the_window_is_used_when_it_reaches_in(void **state)
{
    (void)state;
    put(CAM "21-05-00-000000.mp4", "300");
    put(CAM "21-07-00-000000.mp4", "180");
    put(CAM "21-09-30-000000.mp4", "30");
    put(CAM "21-10-00-000000.mp4", "3600");
    find("mediamtx", "UTC", "cam", "2021-12-05T21:30:00Z", "2021-12-05T21:31:00Z");
    stretches_are("21:10:00Z-22:10:00Z 1");
    gaps_are("");
    findings_are("");
    /* It, and the one that had ended before the window. */
    assert_int_equal(tree.probed.count, 2);
}

static void earlier_segments_are_kept_until_one_begins_with_a_key_frame(void **state)
{
    (void)state;
    put(CAM "21-06-00-000000.mp4", "60");
    put(CAM "21-07-00-000000.mp4", "60");
    put(CAM "21-08-00-000000.mp4", "60 nokey");
    put(CAM "21-09-00-000000.mp4", "60 nokey");
    put(CAM "21-10-00-000000.mp4", "180 nokey");
    find("mediamtx", "UTC", "cam", "2021-12-05T21:10:30Z", "2021-12-05T21:13:00Z");
    stretches_are("21:07:00Z-21:13:00Z 4");
    findings_are("");
}

static void at_most_eight_segments_before_the_window_are_looked_at(void **state)
{
    char name[64];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, CAM "21-%02d-00-000000.mp4", 20 + i);
        put(name, "60 nokey");
    }
    find("mediamtx", "UTC", "cam", "2021-12-05T21:39:00Z", "2021-12-05T21:40:00Z");
    assert_int_equal(tree.probed.count, 9);
    assert_int_equal(coverage.stretches[0].piece_count, 9);
}

static void footage_that_begins_without_a_key_frame_is_told(void **state)
{
    (void)state;
    put(CAM "21-11-00-000000.mp4", "120 nokey");
    find_evening();
    findings_are("no-key-frame gap");
    assert_string_equal(coverage.findings[0].segment, CAM "21-11-00-000000.mp4");
}

static void other_parameters_begin_a_new_stretch_without_a_gap(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-11-00-000000.mp4", "60 other");
    put(CAM "21-12-00-000000.mp4", "60 other");
    find_evening();
    stretches_are("21:10:00Z-21:11:00Z 1, 21:11:00Z-21:13:00Z 2");
    gaps_are("");
    findings_are("parameters-change");
    assert_string_equal(coverage.findings[0].segment, CAM "21-11-00-000000.mp4");
}

static void overlapping_recordings_are_both_kept_and_go_on_apart(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-10-30-000000.ts", "60");
    put(CAM "21-11-00-000000.mp4", "60");
    put(CAM "21-11-30-000000.ts", "60");
    put(CAM "21-12-00-000000.mp4", "60");
    find_evening();
    stretches_are("21:10:00Z-21:13:00Z 3, 21:10:30Z-21:12:30Z 2");
    gaps_are("");
    findings_are("overlap");
    assert_string_equal(coverage.findings[0].segment, CAM "21-10-30-000000.ts");
}

static void an_overlap_before_the_window_is_not_told(void **state)
{
    (void)state;
    put(CAM "21-08-00-000000.mp4", "70");
    put(CAM "21-09-00-000000.mp4", "60 nokey");
    put(CAM "21-10-00-000000.mp4", "180 nokey");
    find("mediamtx", "UTC", "cam", "2021-12-05T21:11:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:09:00Z-21:13:00Z 2");
    findings_are("");
}

static void what_a_file_holds_after_the_window_is_left_out(void **state)
{
    (void)state;
    put(CAM "21-09-20-000000.mp4", "30");
    put(CAM "21-10-00-000000.mp4", "180");
    put_at("cam/2021-12-05_21-12-50-000000.ts", "60 hole", 0);
    find("mediamtx", "UTC", "cam", "2021-12-05T21:10:10Z", "2021-12-05T21:13:10Z");
    stretches_are("21:10:00Z-21:13:00Z 1, 21:12:50Z-21:13:00Z 1");
    findings_are("overlap gap");
}

static void pieces_name_the_segments_that_are_given(void **state)
{
    (void)state;
    put(CAM "21-09-20-000000.mp4", "30");
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-11-00-000000.mp4", "60");
    find_evening();
    assert_int_equal(coverage.segment_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct exh_piece *piece = &coverage.stretches[0].pieces[i];
        assert_int_equal(piece->segment, i);
        assert_true(coverage.segments[i].start.ns == utc("2021-12-05T21:10:00Z") + (int64_t)i * MINUTE);
        assert_true(piece->span.start_ns == 0 && piece->span.end_ns == MINUTE);
    }
}

static void a_hole_inside_a_file_parts_it(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 hole");
    find_evening();
    stretches_are("21:10:00Z-21:10:10Z 1, 21:10:30Z-21:13:00Z 1");
    gaps_are("21:10:10Z-21:10:30Z no recording");
    assert_int_equal(coverage.segment_count, 1);
}

static void holes_within_the_tolerance_are_covered(void **state)
{
    (void)state;
    put(CAM "21-10-00-900000.mp4", "59.1");
    put(CAM "21-11-01-000000.mp4", "60");
    put(CAM "21-12-00-100000.mp4", "59.0");
    find_evening();
    stretches_are("21:10:00.900Z-21:12:59.100Z 3");
    gaps_are("");
    assert_true(exh_coverage_length(&coverage) == 3 * MINUTE);
}

static void a_hole_over_the_tolerance_is_a_gap(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-11-01-000001.mp4", "200");
    find_evening();
    gaps_are("21:11:00Z-21:11:01.000001Z no recording");
}

static void stretches_and_gaps_make_up_the_window(void **state)
{
    (void)state;
    put(CAM "21-09-50-000000.mp4", "20");
    put(CAM "21-10-20-000000.mp4", "40");
    put(CAM "21-10-50-000000.mp4", "5");
    put(CAM "21-12-00-000000.mp4", "600");
    find_evening();
    int64_t at = coverage.window.from.ns;
    gaps_are("21:10:10Z-21:10:20Z no recording, 21:11:00Z-21:12:00Z no recording");
    for (size_t i = 0; i < coverage.gap_count; i++) {
        assert_true(coverage.gaps[i].missing.from.ns >= at);
        at = coverage.gaps[i].missing.to.ns;
    }
    assert_true(exh_coverage_length(&coverage) == 3 * MINUTE - 70 * EXH_SECOND);
}

/* ---- damage ---- */

static void a_damaged_segment_is_named_with_its_interval(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60");
    put(CAM "21-11-00-000000.mp4", "none");
    put(CAM "21-12-00-000000.mp4", "60");
    find_evening();
    gaps_are("21:11:00Z-21:12:00Z segment 'cam/2021-12-05_21-11-00-000000.mp4' cannot be read: moov atom not found");
    findings_are("damaged-segment gap");
    assert_string_equal(coverage.findings[0].segment, CAM "21-11-00-000000.mp4");
    assert_string_equal(coverage.findings[0].text, "segment 'cam/2021-12-05_21-11-00-000000.mp4' cannot be read: "
                        "moov atom not found (it begins at 2021-12-05T21:11:00Z)");
    assert_int_equal(coverage.segment_count, 3);
}

static void a_segment_cut_short_is_used_as_far_as_it_goes(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "30 bad");
    put(CAM "21-11-00-000000.mp4", "120");
    find_evening();
    stretches_are("21:10:00Z-21:10:30Z 1, 21:11:00Z-21:13:00Z 1");
    gaps_are("21:10:30Z-21:11:00Z segment 'cam/2021-12-05_21-10-00-000000.mp4' is damaged: "
             "it ends in the middle of a picture");
    findings_are("damaged-segment gap");
}

static void a_damaged_segment_before_the_window_is_named_for_the_gap_it_leaves(void **state)
{
    (void)state;
    put(CAM "21-09-00-000000.mp4", "60");
    put(CAM "21-10-00-000000.mp4", "none");
    put(CAM "21-20-00-000000.mp4", "600");
    find("mediamtx", "UTC", "cam", "2021-12-05T21:15:00Z", "2021-12-05T21:25:00Z");
    gaps_are("21:15:00Z-21:20:00Z segment 'cam/2021-12-05_21-10-00-000000.mp4' cannot be read: moov atom not found");
    findings_are("damaged-segment gap");
}

static void damage_that_has_nothing_to_do_with_the_window_is_not_told(void **state)
{
    (void)state;
    put(CAM "21-08-00-000000.mp4", "none");
    put(CAM "21-09-00-000000.mp4", "30 bad");
    put(CAM "21-10-00-000000.mp4", "180");
    find_evening();
    findings_are("");
    assert_int_equal(coverage.segment_count, 1);
}

static void things_that_are_no_files_are_damage_and_do_not_hang(void **state)
{
    EXH_CLEANUP(exh_freep) char *fifo = in_tree(CAM "21-10-00-000000.mp4");
    EXH_CLEANUP(exh_freep) char *directory = in_tree(CAM "21-11-00-000000.mp4");
    EXH_CLEANUP(exh_freep) char *link = in_tree(CAM "21-12-00-000000.mp4");
    EXH_CLEANUP(exh_freep) char *inside = in_tree(CAM "21-12-30-000000.mp4");

    (void)state;
    put("elsewhere.mp4", "30");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(symlink("../elsewhere.mp4", inside), 0);
    find_evening();
    stretches_are("21:12:30Z-21:13:00Z 1");
    gaps_are("21:10:00Z-21:12:30Z "
             "segment 'cam/2021-12-05_21-10-00-000000.mp4' cannot be read: it is not a regular file; "
             "segment 'cam/2021-12-05_21-11-00-000000.mp4' cannot be read: it is not a regular file; "
             "segment 'cam/2021-12-05_21-12-00-000000.mp4' cannot be read: it leads out of the source");
    assert_int_equal(tree.probed.count, 1);
}

static void a_directory_that_leads_out_of_the_source_is_told_and_not_followed(void **state)
{
    EXH_CLEANUP(exh_freep) char *link = in_tree("cam");

    (void)state;
    assert_int_equal(symlink("/tmp", link), 0);
    find_evening();
    findings_are("unreadable-directory gap");
    gaps_are("21:10:00Z-21:13:00Z no recording; directory 'cam' leads out of the source");
}

static void a_helper_that_lies_about_times_is_damage(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "60 lies");
    find_evening();
    stretches_are("");
    gaps_are("21:10:00Z-21:13:00Z segment 'cam/2021-12-05_21-10-00-000000.mp4' cannot be read: "
             "the times in it make no sense");
    put(CAM "21-10-00-000000.mp4", "60 hole backwards");
    find_evening();
    gaps_are("21:10:00Z-21:13:00Z segment 'cam/2021-12-05_21-10-00-000000.mp4' cannot be read: "
             "the times in it make no sense");
}

static void foreign_names_are_ignored(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180");
    put(CAM "21-11-00-000000.mp4.partial", "none");
    put(CAM "21-11-00.mp4", "none");
    put("cam/notes.txt", "none");
    put("cam/2021-12-05_21-11-00-\x1b[2J.mp4", "none");
    put("other/2021-12-05_21-11-00-000000.mp4", "none");
    find_evening();
    findings_are("");
    assert_int_equal(tree.probed.count, 1);
}

/* ---- layouts in use ---- */

static void a_camera_path_may_be_nested(void **state)
{
    (void)state;
    put("fenland/wisbech/market/2021-12-05_21-10-00-000000.ts", "180");
    find("mediamtx", "UTC", "fenland/wisbech/market", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
}

static void deep_layouts_in_local_time_are_found(void **state)
{
    (void)state;
    put("c/2021/07/01/00/00.00.mp4", "60");
    put("c/2021/06/30/23/59.00.mp4", "60");
    put("c/2021/07/02/00/00.00.mp4", "60");
    find("{camera}/%Y/%m/%d/%H/%M.%S.mp4", LONDON, "c", "2021-06-30T22:59:30Z", "2021-06-30T23:01:00Z");
    stretches_are("22:59:00Z-23:01:00Z 2");
    gaps_are("");
}

static void unix_times_and_offsets_in_names_need_no_zone(void **state)
{
    (void)state;
    put("c/1638738600.mp4", "180");
    find("{camera}/%s.mp4", LONDON, "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
    put("c/20211206025500+0545.mp4", "180");
    find("{camera}/%Y%m%d%H%M%S%z.mp4", LONDON, "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
}

static void names_to_the_second_may_be_a_second_early(void **state)
{
    (void)state;
    put("c/20211205211000.mp4", "60.9");
    put("c/20211205211100.mp4", "61.2");
    put("c/20211205211202.mp4", "58");
    find("{camera}/%Y%m%d%H%M%S.mp4", "UTC", "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 3");
    assert_true(coverage.segments[0].resolution_ns == EXH_SECOND);
}

static void a_last_component_without_fields_is_found(void **state)
{
    (void)state;
    put("c/1638738600/video.mp4", "180");
    put("c/1638738700/other.mp4", "180");
    find("{camera}/%s/video.mp4", "UTC", "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
    findings_are("");
}

/* ---- clocks put back and forward ---- */

static void find_autumn(void)
{
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-10-25T23:30:00Z", "2025-10-26T02:30:00Z");
}

static void names_that_happened_twice_are_settled_by_their_time_of_modification(void **state)
{
    (void)state;
    put_at("c/2025-10-26T00-30-00.mp4", "1800", utc("2025-10-26T00:00:01Z"));
    put_at("c/2025-10-26T01-00-00.mp4", "1800", utc("2025-10-26T00:30:01Z"));
    put_at("c/2025-10-26T01-30-00.mp4", "1800", utc("2025-10-26T01:00:00Z"));
    put_at("c/2025-10-26T01-00-01.mp4", "1799", utc("2025-10-26T01:30:03Z"));
    put_at("c/2025-10-26T01-30-01.mp4", "1799", utc("2025-10-26T02:00:03Z"));
    put_at("c/2025-10-26T02-00-00.mp4", "1800", utc("2025-10-26T02:30:03Z"));
    find_autumn();
    stretches_are("23:30:00Z-02:30:00Z 6");
    gaps_are("");
    findings_are("");
}

static void names_that_happened_twice_are_settled_by_their_neighbours(void **state)
{
    (void)state;
    put("c/2025-10-26T00-30-00.mp4", "3600");
    put("c/2025-10-26T01-15-00.mp4", "2700");
    put("c/2025-10-26T02-00-00.mp4", "1800");
    find_autumn();
    /* At 00:15 UTC the one before still went on. */
    stretches_are("23:30:00Z-00:30:00Z 1, 01:15:00Z-02:30:00Z 2");
    findings_are("gap");
}

static void names_that_cannot_be_settled_are_told_with_both_times(void **state)
{
    (void)state;
    put("c/2025-10-26T00-30-00.mp4", "1800");
    put("c/2025-10-26T01-00-00.mp4", "3600");
    put("c/2025-10-26T02-00-00.mp4", "1800");
    find_autumn();
    findings_are("ambiguous-name gap");
    assert_string_equal(coverage.findings[0].text,
                        "the local time in the name of segment 'c/2025-10-26T01-00-00.mp4' happened twice in "
                        "Europe/London: taken as 2025-10-26T00:00:00Z, but may be 2025-10-26T01:00:00Z");
    stretches_are("23:30:00Z-01:00:00Z 2, 02:00:00Z-02:30:00Z 1");
    assert_true(coverage.segments[1].ambiguous);
}

static void a_name_that_may_belong_into_the_window_is_told_even_where_it_is_placed_outside(void **state)
{
    (void)state;
    put("c/2025-10-26T01-10-00.mp4", "600");
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-10-26T01:10:00Z", "2025-10-26T01:20:00Z");
    findings_are("ambiguous-name gap");
    stretches_are("");
}

static void a_segment_that_may_have_been_late_does_not_end_the_way_back(void **state)
{
    (void)state;
    put_at("c/2025-10-26T01-00-00.mp4", "600", utc("2025-10-26T01:10:01Z"));
    put_at("c/2025-10-26T01-10-00.mp4", "1200 nokey", utc("2025-10-26T01:30:01Z"));
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-10-26T01:20:00Z", "2025-10-26T01:25:00Z");
    stretches_are("01:00:00Z-01:30:00Z 2");
    findings_are("");
}

static void a_segment_that_turns_out_to_follow_the_window_is_left_out(void **state)
{
    (void)state;
    put("c/2025-10-26T00-30-00.mp4", "5400");
    put_at("c/2025-10-26T01-00-00.mp4", "600", utc("2025-10-26T01:10:01Z"));
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-10-25T23:50:00Z", "2025-10-26T01:00:00Z");
    stretches_are("23:30:00Z-01:00:00Z 1");
    assert_int_equal(coverage.segment_count, 1);
}

static void half_hours_of_lord_howe_are_found(void **state)
{
    (void)state;
    put("c/2025-04-06T01-00-00.mp4", "1800");
    put_at("c/2025-04-06T01-30-00.mp4", "1800", utc("2025-04-05T15:00:01Z"));
    put_at("c/2025-04-06T01-30-01.mp4", "1799", utc("2025-04-05T15:30:00Z"));
    put("c/2025-04-06T02-00-00.mp4", "1800");
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", "Australia/Lord_Howe", "c", "2025-04-05T14:00:00Z", "2025-04-05T16:00:00Z");
    stretches_are("14:00:00Z-16:00:00Z 4");
    findings_are("");
}

static void a_very_long_segment_of_the_day_before_is_found(void **state)
{
    (void)state;
    put("c/2021-12-04/15/00.00.mp4", "73800");
    find("{camera}/%Y-%m-%d/%H/%M.%S.mp4", "Pacific/Honolulu", "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("01:00:00Z-21:30:00Z 1");
}

static void names_that_never_were_are_placed_by_the_time_before(void **state)
{
    (void)state;
    put("c/2025-03-30T00-30-00.mp4", "3600");
    put("c/2025-03-30T01-30-00.mp4", "1800");
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-03-30T00:30:00Z", "2025-03-30T02:00:00Z");
    findings_are("impossible-name");
    stretches_are("00:30:00Z-02:00:00Z 2");
    gaps_are("");
}

static void clocks_put_forward_leave_no_gap(void **state)
{
    (void)state;
    put("c/2025-03-30T00-30-00.mp4", "1800");
    put("c/2025-03-30T02-00-00.mp4", "1800");
    find("{camera}/%Y-%m-%dT%H-%M-%S.mp4", LONDON, "c", "2025-03-30T00:30:00Z", "2025-03-30T01:30:00Z");
    stretches_are("00:30:00Z-01:30:00Z 2");
    findings_are("");
}

/* ---- the same file later ---- */

static void open_again(enum exh_kind expected)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error own = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    assert_int_equal(exh_segment_open(&coverage, 0, &fd, &own), expected == EXH_OK);
    assert_int_equal(own.kind, expected);
    assert_int_equal(fd >= 0, expected == EXH_OK);
}

static void a_segment_that_changed_since_is_not_opened(void **state)
{
    EXH_CLEANUP(exh_freep) char *path = in_tree(CAM "21-10-00-000000.mp4");
    EXH_CLEANUP(exh_freep) char *moved = in_tree(CAM "moved");
    const int64_t modified = utc("2021-12-05T21:13:00.000000001Z");

    (void)state;
    put_at(CAM "21-10-00-000000.mp4", "180", modified);
    find_evening();
    open_again(EXH_OK);
    put_at(CAM "21-10-00-000000.mp4", "180", modified + 1);
    open_again(EXH_MALFORMED);
    put_at(CAM "21-10-00-000000.mp4", "180 ", modified);
    open_again(EXH_MALFORMED);
    put_at(CAM "21-10-00-000000.mp4", "180", modified);
    open_again(EXH_OK);
    assert_int_equal(rename(path, moved), 0);
    open_again(EXH_IO);
    put_at(CAM "21-10-00-000000.mp4", "180", modified);
    open_again(EXH_MALFORMED);
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    open_again(EXH_IO);
}

/* ---- cost follows the window ---- */

static size_t opened;

static int counting_open(int directory, const char *name, int flags, mode_t mode)
{
    opened++;
    return openat(directory, name, flags, mode);
}

static void find_counting(const char *layout, const char *path)
{
    struct exh_system before = exh_system;

    opened = 0;
    exh_system.open = counting_open;
    find(layout, "UTC", path, "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    exh_system = before;
}

static void fill_camera(int camera)
{
    char name[80];

    snprintf(name, sizeof name, "cam%d/x", camera);
    put(name, "");
    EXH_CLEANUP(exh_freep) char *first = in_tree(name);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "cam%d/2021-12-%02d_%02d-%02d-00-000000.mp4", camera,
                 1 + i / 1440, i / 60 % 24, i % 60);
        EXH_CLEANUP(exh_freep) char *path = in_tree(name);
        assert_int_equal(link(first, path), 0);
    }
}

static void other_cameras_cost_nothing(void **state)
{
    (void)state;
    for (int camera = 0; camera < 40; camera++)
        fill_camera(camera);
    put("cam7/2021-12-05_21-10-00-000000.mp4", "180");
    find_counting("mediamtx", "cam7");
    stretches_are("21:10:00Z-21:13:00Z 1");
    /* The root, and the camera's directory. */
    assert_int_equal(opened, 2);
    assert_int_equal(tree.probed.count, 1);
}

static void other_days_cost_nothing(void **state)
{
    char name[64];

    (void)state;
    for (int year = 2015; year < 2025; year++)
        for (int day = 0; day < 360; day++) {
            snprintf(name, sizeof name, "c/%d/%02d/%02d/21/10.00.mp4", year, 1 + day / 30, 1 + day % 30);
            put(name, "180");
        }
    find_counting("{camera}/%Y/%m/%d/%H/%M.%S.mp4", "c");
    stretches_are("21:10:00Z-21:13:00Z 1");
    /* Root, camera, the year, two months, five days at most and their hours. */
    assert_true(opened <= 2 + 1 + 2 + 5 + 5);
    assert_int_equal(tree.probed.count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, drop_tree)
    static const struct CMUnitTest tests[] = {
        TEST(layouts_that_cannot_be_meant_are_refused),
        TEST(layouts_of_known_recorders_are_taken),
        TEST(camera_paths_that_lead_out_are_refused),
        TEST(names_say_when_they_began),
        TEST(hostile_names_are_no_segments),
        TEST(many_stars_take_no_time),
        TEST(a_window_that_is_all_there_has_no_gap),
        TEST(a_gap_in_the_middle_is_said),
        TEST(gaps_at_both_ends_are_said),
        TEST(nothing_at_all_is_one_gap),
        TEST(a_camera_that_is_not_in_the_tree_is_one_gap_that_says_so),
        TEST(a_source_that_is_not_there_fails),
        TEST(a_window_that_ends_before_it_begins_is_refused),
        TEST(without_a_helper_there_is_no_answer),
        TEST(the_segment_before_the_window_is_used_when_it_reaches_in),
        TEST(earlier_segments_are_kept_until_one_begins_with_a_key_frame),
        TEST(at_most_eight_segments_before_the_window_are_looked_at),
        TEST(footage_that_begins_without_a_key_frame_is_told),
        TEST(other_parameters_begin_a_new_stretch_without_a_gap),
        TEST(overlapping_recordings_are_both_kept_and_go_on_apart),
        TEST(an_overlap_before_the_window_is_not_told),
        TEST(what_a_file_holds_after_the_window_is_left_out),
        TEST(pieces_name_the_segments_that_are_given),
        TEST(a_hole_inside_a_file_parts_it),
        TEST(holes_within_the_tolerance_are_covered),
        TEST(a_hole_over_the_tolerance_is_a_gap),
        TEST(stretches_and_gaps_make_up_the_window),
        TEST(a_damaged_segment_is_named_with_its_interval),
        TEST(a_segment_cut_short_is_used_as_far_as_it_goes),
        TEST(a_damaged_segment_before_the_window_is_named_for_the_gap_it_leaves),
        TEST(damage_that_has_nothing_to_do_with_the_window_is_not_told),
        TEST(things_that_are_no_files_are_damage_and_do_not_hang),
        TEST(a_directory_that_leads_out_of_the_source_is_told_and_not_followed),
        TEST(a_helper_that_lies_about_times_is_damage),
        TEST(foreign_names_are_ignored),
        TEST(a_camera_path_may_be_nested),
        TEST(deep_layouts_in_local_time_are_found),
        TEST(unix_times_and_offsets_in_names_need_no_zone),
        TEST(names_to_the_second_may_be_a_second_early),
        TEST(a_last_component_without_fields_is_found),
        TEST(names_that_happened_twice_are_settled_by_their_time_of_modification),
        TEST(names_that_happened_twice_are_settled_by_their_neighbours),
        TEST(names_that_cannot_be_settled_are_told_with_both_times),
        TEST(a_name_that_may_belong_into_the_window_is_told_even_where_it_is_placed_outside),
        TEST(a_segment_that_may_have_been_late_does_not_end_the_way_back),
        TEST(a_segment_that_turns_out_to_follow_the_window_is_left_out),
        TEST(half_hours_of_lord_howe_are_found),
        TEST(a_very_long_segment_of_the_day_before_is_found),
        TEST(names_that_never_were_are_placed_by_the_time_before),
        TEST(clocks_put_forward_leave_no_gap),
        TEST(a_segment_that_changed_since_is_not_opened),
        TEST(other_cameras_cost_nothing),
        TEST(other_days_cost_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
