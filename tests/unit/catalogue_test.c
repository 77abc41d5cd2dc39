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
    struct exh_rate rate, asked;     /* declared by the source; and what the prober was told last */
    int64_t clock_ns;                /* of the question */
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
    tree.rate = (struct exh_rate){ 0, 0 };
    tree.clock_ns = 0;
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

/* @words: "60" seconds, then "box=2021-12-05T21:10:00Z", "creation=..." (of which the file says so itself), "other" parameters, "nokey", "hole" (20 s of it, 10 s in), "bad" (damaged after
 * its length), "lies" or "backwards" (spans that cannot be), or "none" instead of the seconds (cannot be read). */
static void put(const char *name, const char *words)
{
    put_at(name, words, 0);
}

static int64_t utc(const char *words);

/* The time after @what in @words; 0 where there is none. */
static int64_t time_in(const char *words, const char *what)
{
    const char *at = strstr(words, what);
    char time[40] = "";

    if (!at)
        return 0;
    sscanf(at + strlen(what), "%39s", time);
    return utc(time);
}

static bool fake_probe(void *context, int fd, struct exh_rate rate, struct exh_probe *ret_probe, struct exh_error *error)
{
    char words[160] = "";

    (void)context, (void)error;
    tree.asked = rate;
    (void)!pread(fd, words, sizeof words - 1, 0);
    exh_strings_add(&tree.probed, words);
    *ret_probe = (struct exh_probe){ .container = "mp4", .track_count = 1, .starts_with_key = !strstr(words, "nokey") };
    ret_probe->tracks = exh_alloc(sizeof *ret_probe->tracks);
    ret_probe->tracks[0].video = true;
    snprintf(ret_probe->tracks[0].parameters, sizeof ret_probe->tracks[0].parameters, "%s",
             strstr(words, "other") ? "b" : "a");
    ret_probe->box_ns = time_in(words, "box=");
    ret_probe->creation_ns = time_in(words, "creation=");
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

static bool no_helper(void *context, int fd, struct exh_rate rate, struct exh_probe *ret_probe, struct exh_error *error)
{
    (void)context, (void)fd, (void)rate, (void)ret_probe;
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
                   bool (*probe)(void *, int, struct exh_rate, struct exh_probe *, struct exh_error *))
{
    const struct exh_prober prober = { probe, NULL };
    struct exh_source source = { .id = (char *)"nvr", .root = tree.root, .layout = (char *)layout, .zone = (char *)zone, .rate = tree.rate };
    struct exh_camera camera = { .id = (char *)"c", .source = (char *)"nvr", .path = (char *)path };
    const struct exh_question question = { .window = { { utc(from) }, { utc(to) } }, .clock_ns = tree.clock_ns };

    exh_coverage_clear(&coverage);
    exh_error_clear(&err);
    return exh_coverage_search(&source, &camera, &question, &prober, &coverage, &err);
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
        "", "frigat", "mediamtx2", "Frigate", "%Y-%m-%d", "{camera}", "{camera}/", "/{camera}/%s.mp4", "{camera}//%s.mp4",
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
    assert_false(exh_layout_check("frigat", &err));
    assert_string_equal(err.text, "unknown layout 'frigat'; did you mean 'frigate'? ('exhibit source list --layouts' "
                        "lists them)");
    exh_error_clear(&err);
    assert_false(exh_layout_check("tape", &err));
    assert_string_equal(err.text, "unknown layout 'tape': give a template such as '{camera}/%Y-%m-%d/%H-%M-%S.mp4', "
                        "or a recorder's name ('exhibit source list --layouts' lists them)");
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
    const struct exh_template *only = &layout.templates[0];
    if (exh_layout_match(&layout, only, only->count - 1, name, &fields) && exh_fields_range(&fields, &first, &last)) {
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
        "2021-12-05_21-10-00-1.thumb", "2021-12-05_21-10-00-1.mp4.jpg", "2021-02-29_21-10-00-1.mp4",
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


/* ---- recorders known by name ---- */

/* How a recorder names a file: strftime's fields in its zone, '@' Unix seconds, '#' a number that counts up. */
static const struct variant { const char *layout, *zone, *camera, *name; } variants[] = {
    { "mediamtx", LONDON, "town/market", "town/market/%Y-%m-%d_%H-%M-%S-000000.mp4" },
    { "mediamtx", "UTC", "cam1", "cam1/%Y-%m-%d_%H-%M-%S-000000.ts" },
    { "frigate", "UTC", "front_door", "%Y-%m-%d/%H/front_door/%M.%S.mp4" },
    { "zoneminder", LONDON, "9", "9/%Y-%m-%d/#/#-video.h264.mp4" },
    { "zoneminder", LONDON, "9", "9/%Y-%m-%d/#/#-video.mkv" },
    { "zoneminder", LONDON, "9", "9/%Y-%m-%d/#/incomplete.h265.mp4" },
    { "zoneminder", LONDON, "9", "9/%y/%m/%d/%H/%M/%S/#-video.hevc.mp4" },
    { "zoneminder", LONDON, "9", "9/%y/%m/%d/%H/%M/%S/incomplete.h264.mp4" },
    { "zoneminder", LONDON, "9", "9/#/#-video.mp4" },
    { "zoneminder", LONDON, "9", "9/#/incomplete.av1.webm" },
    { "motion", LONDON, "yard", "yard/03-01-%Y%m%d%H%M%S.mkv" },
    { "motion", LONDON, "yard", "yard/#-%Y%m%d%H%M%S.mp4" },
    { "motion", LONDON, "yard", "yard/CAM01_1-#-01-%Y%m%d%H%M%S.mkv" },
    { "motion", LONDON, "CAM01", "CAM01_1-#-01-%Y%m%d%H%M%S.mkv" },
    { "motion", LONDON, "2", "2-#-%Y%m%d%H%M%S.avi" },
    { "motioneye", LONDON, "Camera1", "Camera1/%Y-%m-%d/%H-%M-%S.mp4" },
    { "motioneye", LONDON, "Camera1", "Camera1/%Y-%m-%d/%H-%M-%S.avi" },
    { "shinobi", LONDON, "2Df5hBE/cam1", "2Df5hBE/cam1/%Y-%m-%dT%H-%M-%S.mp4" },
    { "kerberos", "UTC", "front_door", "@_1-0_front_door_0-0-0-0_-1_60000.mp4" },
    { "kerberos", "UTC", "front_door", "@_1-0_front_door_200-213-359-319_153_60000.mp4" },
    { "kerberos", "UTC", "front_door", "@_1-0_front_door_0-0-0-0_0_0_.mp4" },
    { "agentdvr", LONDON, "AWKQL", "AWKQL/1_%Y-%m-%d_%H-%M-%S_000.mkv" },
    { "agentdvr", LONDON, "AWKQL", "AWKQL/12_%Y-%m-%d_%H-%M-%S_0.mp4" },
    { "agentdvr", LONDON, "ABCDE", "ABCDE/7_%Y-%m-%d_%H-%M-%S.mp4" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/%Y-%m-%d_%H-%M-%S.mkv" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/out%Y-%m-%d_%H-%M-%S.mp4" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/%Y%m%d%H%M%S.ts" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/%Y%m%d-%H%M%S.h264" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/%Y%m%dT%H%M%S.265" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/cam1-%Y-%m-%d-%H-%M-%S.flv" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1_%Y-%m-%dT%H-%M-%S.avi" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1-%Y%m%d_%H%M%S.mp4" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1/@.mp4" },
    { "ffmpeg-segment", LONDON, "cam1", "cam1_@.MP4" },
};

static char *name_at(const struct variant *variant, int64_t ns, int number)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    struct exh_calendar c;

    exh_zone_calendar((struct exh_moment){ ns }, variant->zone, &c, NULL, NULL);
    for (const char *at = variant->name; *at; at++)
        if (*at == '%') {
            at++;
            exh_text_printf(&text, *at == 'Y' ? "%04d" : "%02d", *at == 'Y' ? c.year : *at == 'y' ? c.year % 100
                            : *at == 'm' ? c.month : *at == 'd' ? c.day : *at == 'H' ? c.hour : *at == 'M' ? c.minute
                            : c.second);
        } else if (*at == '@') {
            exh_text_printf(&text, "%lld", (long long)(ns / EXH_SECOND));
        } else if (*at == '#') {
            exh_text_printf(&text, "%d", number);
        } else {
            exh_text_add(&text, at, 1);
        }
    return exh_text_take(&text);
}

/* A file that begins at @ns, with what lies beside it in such trees, closed at its end: where names do not tell when
 * it began, that does. */
static void record(const struct variant *variant, int64_t ns, int seconds)
{
    static const char *const beside[] = { "thumb", "jpg", "json", "mp4.thumb" };
    EXH_CLEANUP(exh_freep) char *name = name_at(variant, ns, (int)(ns / EXH_SECOND % 1000000));
    char words[16];

    snprintf(words, sizeof words, "%d", seconds);
    put_at(name, words, ns + seconds * EXH_SECOND);
    for (size_t i = 0; i < EXH_COUNT(beside); i++) {
        EXH_CLEANUP(exh_freep) char *other = exh_format("%.*s%s", (int)(strrchr(name, '.') + 1 - name), name, beside[i]);
        put_at(other, "none", ns + seconds * EXH_SECOND);
    }
    /* A directory of an event is as old as its last file. */
    EXH_CLEANUP(exh_freep) char *directory = exh_format("%s/%.*s", tree.root, (int)(strrchr(name, '/') ? strrchr(name, '/') - name : 0), name);
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { ns / EXH_SECOND, 0 } };
    assert_int_equal(utimensat(AT_FDCWD, directory, times, 0), 0);
}

/* Empties the tree for another. */
static void begin_anew(void)
{
    assert_int_equal(nftw(tree.root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(mkdir(tree.root, 0700), 0);
    exh_strings_clear(&tree.probed);
}

static void find_variant(const struct variant *variant, const char *from, const char *to, const char *expected)
{
    find(variant->layout, variant->zone, variant->camera, from, to);
    if (coverage.finding_count)
        fail_msg("%s, %s: %s", variant->layout, variant->name, coverage.findings[0].text);
    stretches_are(expected);
}

static void every_recorder_s_tree_gives_the_same_window(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(variants); i++) {
        for (int minute = 0; minute < 6; minute++)
            record(&variants[i], utc("2021-12-05T21:08:00Z") + minute * MINUTE, 60);
        find_variant(&variants[i], "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z", "21:10:00Z-21:13:00Z 3");
        begin_anew();
    }
}

static void summer_time_moves_no_recorder_s_window(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(variants); i++) {
        for (int minute = -2; minute < 5; minute++)
            record(&variants[i], utc("2021-06-30T22:58:00Z") + minute * MINUTE, 60);
        find_variant(&variants[i], "2021-06-30T22:58:00Z", "2021-06-30T23:02:00Z", "22:58:00Z-23:02:00Z 4");
        begin_anew();
    }
}

static void a_recorder_s_names_of_the_repeated_hour_are_all_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(variants); i++) {
        for (int part = -2; part < 6; part++)
            record(&variants[i], utc("2025-10-26T00:00:00Z") + part * 10 * MINUTE, 600);
        /* A second late, for a recorder whose names came back would have written over its files. */
        for (int part = 6; part < 14; part++)
            record(&variants[i], utc("2025-10-26T00:00:01Z") + part * 10 * MINUTE, 600);
        find_variant(&variants[i], "2025-10-26T00:30:00Z", "2025-10-26T01:30:01Z", "00:30:00Z-01:30:01Z 6");
        begin_anew();
    }
}

static void a_recorder_s_names_around_the_skipped_hour_leave_no_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(variants); i++) {
        for (int part = -2; part < 8; part++)
            record(&variants[i], utc("2025-03-30T00:30:00Z") + part * 10 * MINUTE, 600);
        find_variant(&variants[i], "2025-03-30T00:40:00Z", "2025-03-30T01:20:00Z", "00:40:00Z-01:20:00Z 4");
        begin_anew();
    }
}

static void the_links_in_a_deep_tree_are_not_counted_twice(void **state)
{
    EXH_CLEANUP(exh_freep) char *link = in_tree("9/21/12/05/.4711");

    (void)state;
    put("9/21/12/05/21/10/00/4711-video.h264.mp4", "180");
    assert_int_equal(symlink("21/10/00", link), 0);
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
    findings_are("");
    assert_int_equal(tree.probed.count, 1);
}

static void a_tree_of_several_schemes_is_read_as_one(void **state)
{
    (void)state;
    put("9/21/12/05/21/10/00/1-video.mp4", "60");
    put_at("9/2021-12-05/2/2-video.mp4", "60", utc("2021-12-05T21:12:00Z"));
    put_at("9/3/3-video.mp4", "60", utc("2021-12-05T21:13:00Z"));
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 3");
    findings_are("");
}

static void cameras_whose_names_begin_alike_are_kept_apart(void **state)
{
    (void)state;
    put("1638738600_1-0_front_0-0-0-0_-1_60000.mp4", "60");
    put("1638738660_1-0_front_door_0-0-0-0_-1_60000.mp4", "60");
    put("1638738720_1-0_front_0-0-0-0_0_0_.mp4", "60");
    find("kerberos", "UTC", "front", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:11:00Z 1, 21:12:00Z-21:13:00Z 1");
    put("CAM01_1-01-01-20211205211000.mkv", "60");
    put("CAM01_1_2-01-01-20211205211100.mkv", "60");
    find("motion", "UTC", "CAM01", "2021-12-05T21:10:00Z", "2021-12-05T21:12:00Z");
    stretches_are("21:10:00Z-21:11:00Z 1");
}

static void milliseconds_are_read_padded_or_not(void **state)
{
    (void)state;
    name_says("{camera}/%s_{number}-{millisecond}.mp4", "1638738600_1-7.mp4", "2021-12-05T21:10:00.007Z");
    name_says("{camera}/%s_{number}-{millisecond}.mp4", "1638738600_3-512.mp4", "2021-12-05T21:10:00.512Z");
    name_says("{camera}/%s_{millisecond}.mp4", "1638738600_007.mp4", "2021-12-05T21:10:00.007Z");
    name_says("{camera}/%s_{millisecond}.mp4", "1638738600_1000.mp4", "no");
    name_says("{camera}/%s_{number}.mp4", "1638738600_-17.mp4", "2021-12-05T21:10:00Z");
    name_says("{camera}/%s_{number}.mp4", "1638738600_-.mp4", "no");
    name_says("{camera}/%s_{number}.mp4", "1638738600_.mp4", "no");
}

static void the_same_file_is_never_two_segments(void **state)
{
    (void)state;
    /* As a folder's name and as a prefix. */
    put("cam1/cam1_2021-12-05_21-10-00.mp4", "180");
    find("ffmpeg-segment", "UTC", "cam1", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    assert_int_equal(tree.probed.count, 1);
    findings_are("");
}

/* ---- which time is believed ---- */

/* The one segment there is: when it starts, and by what. */
static void starts_by(const char *start, enum exh_authority authority, int64_t resolution)
{
    assert_int_equal(coverage.segment_count, 1);
    assert_true(coverage.segments[0].start.ns == utc(start));
    assert_string_equal(exh_authority_name(coverage.segments[0].authority), exh_authority_name(authority));
    assert_true(coverage.segments[0].resolution_ns == resolution);
}

static void the_box_is_believed_before_the_name(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 box=2021-12-05T21:10:00.500Z creation=2021-12-05T21:10:01Z");
    find_evening();
    starts_by("2021-12-05T21:10:00.500Z", EXH_BY_BOX, 1);
    findings_are("");
}

static void the_name_is_believed_before_creation_time(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 creation=2021-12-05T21:10:02Z");
    find_evening();
    starts_by("2021-12-05T21:10:00Z", EXH_BY_NAME, 1000);
    findings_are("");
}

static void creation_time_is_believed_before_the_time_of_modification(void **state)
{
    (void)state;
    put_at("9/2021-12-05/4711/4711-video.mp4", "180 creation=2021-12-05T21:10:00Z", utc("2021-12-06T09:00:00Z"));
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    starts_by("2021-12-05T21:10:00Z", EXH_BY_CREATION, EXH_SECOND);
    findings_are("");
}

static void without_any_other_the_time_of_modification_is_the_end(void **state)
{
    (void)state;
    put_at("9/4711/4711-video.mp4", "180", utc("2021-12-05T21:13:00.500Z"));
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    starts_by("2021-12-05T21:10:00.500Z", EXH_BY_MODIFICATION, 2 * EXH_SECOND);
    findings_are("");
}

static void a_box_settles_a_name_that_happened_twice(void **state)
{
    (void)state;
    put("c/2025-10-26T01-10-00.mp4", "600 box=2025-10-26T01:10:00Z");
    find("shinobi", LONDON, "c", "2025-10-26T01:10:00Z", "2025-10-26T01:20:00Z");
    stretches_are("01:10:00Z-01:20:00Z 1");
    findings_are("");
    put("c/2025-10-26T01-10-00.mp4", "600 creation=2025-10-26T01:10:01Z");
    find("shinobi", LONDON, "c", "2025-10-26T01:10:00Z", "2025-10-26T01:20:00Z");
    stretches_are("01:10:00Z-01:20:00Z 1");
    findings_are("");
    assert_int_equal(coverage.segments[0].authority, EXH_BY_NAME);
}

static void times_that_disagree_are_told(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 creation=2021-12-05T20:10:00Z");
    find_evening();
    stretches_are("21:10:00Z-21:13:00Z 1");
    findings_are("time-disagreement");
    assert_string_equal(coverage.findings[0].text, "segment 'cam/2021-12-05_21-10-00-000000.mp4' at 2021-12-05T21:10:00Z: "
                        "it began, by creation_time, 1 h earlier than by the name, which is believed");
    assert_string_equal(coverage.findings[0].segment, CAM "21-10-00-000000.mp4");
    put(CAM "21-10-00-000000.mp4", "180 box=2021-12-05T21:10:00Z creation=2021-12-05T21:10:03Z");
    find_evening();
    findings_are("time-disagreement");
    put(CAM "21-10-00-000000.mp4", "180 box=2021-12-05T21:10:01.500Z creation=2021-12-05T21:10:03Z");
    find_evening();
    findings_are("time-disagreement gap");
    put(CAM "21-10-00-000000.mp4", "180 box=2021-12-05T21:10:01Z creation=2021-12-05T21:10:02Z");
    find_evening();
    findings_are("");
}

static void a_file_modified_before_its_own_end_is_told(void **state)
{
    (void)state;
    put_at(CAM "21-10-00-000000.mp4", "60", utc("2021-12-05T21:10:58Z"));
    put_at(CAM "21-11-00-000000.mp4", "60", utc("2021-12-05T21:11:57.999Z"));
    put_at(CAM "21-12-00-000000.mp4", "60", utc("2021-12-05T22:13:00Z"));
    find_evening();
    findings_are("time-disagreement");
    assert_string_equal(coverage.findings[0].text, "segment 'cam/2021-12-05_21-11-00-000000.mp4' at 2021-12-05T21:11:00Z: "
                        "the time of modification is 2 s earlier than the end of the footage in it");
}

static void a_thousand_that_disagree_alike_are_one_finding(void **state)
{
    char name[64], words[64];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, CAM "%02d-%02d-%02d-000000.mp4", i / 360, i / 6 % 60, i % 6 * 10);
        snprintf(words, sizeof words, "10 box=2021-12-05T%02d:%02d:%02d.%dZ", 1 + i / 360, i / 6 % 60, i % 6 * 10, i % 9);
        put_at(name, words, utc("2021-12-05T00:00:00Z"));
    }
    find("mediamtx", "UTC", "cam", "2021-12-05T01:00:00Z", "2021-12-05T03:46:40Z");
    findings_are("time-disagreement time-disagreement");
    assert_string_equal(coverage.findings[0].text, "1000 segments, the first of them 'cam/2021-12-05_00-00-00-000000.mp4' "
                        "at 2021-12-05T01:00:00Z: it began, by the name, 1 h to 1 h 1 s earlier than by the time box, "
                        "which is believed");
    gaps_are("");
}

static void disagreements_of_every_kind_stay_few(void **state)
{
    char name[64], words[80];

    (void)state;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, CAM "21-%02d-00-000000.mp4", i);
        snprintf(words, sizeof words, "60 creation=2021-12-05T%02d:%02d:00Z", i % 20, i);
        put(name, words);
    }
    find("mediamtx", "UTC", "cam", "2021-12-05T21:00:00Z", "2021-12-05T22:00:00Z");
    findings_are("time-disagreement time-disagreement time-disagreement time-disagreement");
    /* None is left out: three kinds of three each, and all the others. */
    assert_non_null(strstr(coverage.findings[3].text, "51 segments, the first of them"));
    assert_non_null(strstr(coverage.findings[3].text, "2 h to 18 h earlier"));
}

static void a_disagreement_far_from_the_window_is_not_told(void **state)
{
    (void)state;
    put(CAM "21-09-00-000000.mp4", "60 creation=2021-12-05T20:00:00Z");
    put(CAM "21-10-00-000000.mp4", "180");
    find_evening();
    findings_are("");
}

/* ---- names that are an hour off ---- */

/* A minute of footage that truly begins at @start, under the name of a time @hours later. */
static void put_shifted(const char *start, int hours)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("60 box=%s", start);
    struct exh_calendar c;

    exh_zone_calendar((struct exh_moment){ utc(start) + hours * 60 * MINUTE }, "UTC", &c, NULL, NULL);
    EXH_CLEANUP(exh_freep) char *name = exh_format("cam/%04d-%02d-%02d_%02d-%02d-%02d-000000.mp4", c.year, c.month,
                                                   c.day, c.hour, c.minute, c.second);
    put_at(name, words, utc(start) + MINUTE);
}

static void put_minutes(const char *hour, int first, int last, int hours)
{
    for (int minute = first; minute <= last; minute++) {
        EXH_CLEANUP(exh_freep) char *start = exh_format("%s:%02d:00Z", hour, minute);
        put_shifted(start, hours);
    }
}

static void find_an_hour(void)
{
    find("mediamtx", "UTC", "cam", "2021-12-05T11:30:00Z", "2021-12-05T12:30:00Z");
}

static void names_an_hour_off_throughout_lose_nothing(void **state)
{
    (void)state;
    for (int hours = -1; hours <= 1; hours += 2) {
        put_minutes("2021-12-05T10", 0, 59, hours);
        put_minutes("2021-12-05T11", 0, 59, hours);
        put_minutes("2021-12-05T12", 0, 59, hours);
        find_an_hour();
        stretches_are("11:30:00Z-12:30:00Z 60");
        gaps_are("");
        findings_are("time-disagreement");
        begin_anew();
    }
}

static void names_that_jump_within_the_window_lose_nothing(void **state)
{
    (void)state;
    for (int hours = -2; hours <= 2; hours++) {
        put_minutes("2021-12-05T11", 0, 59, 0);
        put_minutes("2021-12-05T12", 0, 59, hours);
        if (hours == -1)
            put_minutes("2021-12-05T11", 0, 59, 0);
        find_an_hour();
        if (hours == -1)
            assert_true(coverage.gap_count > 0);     /* written over: truly gone */
        else
            stretches_are("11:30:00Z-12:30:00Z 60");
        begin_anew();
    }
}

static void a_window_with_no_name_in_it_is_found_by_its_neighbours(void **state)
{
    (void)state;
    /* Eleven hours ahead, as a recorder set to a zone far away: only names of the night tell. */
    put_minutes("2021-12-05T11", 30, 59, 11);
    put_minutes("2021-12-05T12", 0, 29, 11);
    find_an_hour();
    stretches_are("11:30:00Z-12:30:00Z 60");
    findings_are("time-disagreement");
    begin_anew();
    put_minutes("2021-12-05T11", 30, 59, -11);
    put_minutes("2021-12-05T12", 0, 29, -11);
    find_an_hour();
    stretches_are("11:30:00Z-12:30:00Z 60");
}

static void a_segment_that_its_box_puts_elsewhere_is_told_and_not_used(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 box=2021-12-01T03:00:00Z");
    find_evening();
    stretches_are("");
    findings_are("time-disagreement gap");
}

static void hostile_boxes_cost_little(void **state)
{
    char words[64], name[64];

    (void)state;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, CAM "21-%02d-00-000000.mp4", i);
        snprintf(words, sizeof words, "60 box=%d-12-05T21:00:00Z", 1971 + i * 3);
        put(name, words);
    }
    find_evening();
    stretches_are("");
    /* Those in the window, eight before it, and two after. */
    assert_true(tree.probed.count <= 3 + 8 + 2);
}

static void boxes_that_all_differ_are_followed_a_few_times_only(void **state)
{
    (void)state;
    for (int minute = 0; minute < 60; minute++) {
        EXH_CLEANUP(exh_freep) char *name = exh_format(CAM "21-10-%02d-000000.mp4", minute);
        EXH_CLEANUP(exh_freep) char *words = exh_format("1 box=2021-12-05T19:%02d:%02dZ", minute, minute);
        put(name, words);
    }
    find_evening();
    assert_int_equal(tree.probed.count, 60);
    findings_are("time-disagreement time-disagreement time-disagreement time-disagreement gap");
}

static void times_of_another_age_are_none_or_far_away(void **state)
{
    (void)state;
    put(CAM "21-10-00-000000.mp4", "180 box=2261-12-31T23:59:59Z creation=2200-01-01T00:00:00Z");
    find_evening();
    starts_by("2021-12-05T21:10:00Z", EXH_BY_NAME, 1000);
    findings_are("");
    assert_false(search("mediamtx", "UTC", "cam", "1969-12-31T23:59:59Z", "2021-12-05T21:13:00Z", fake_probe));
    assert_int_equal(err.kind, EXH_USAGE);
    assert_false(search("mediamtx", "UTC", "cam", "2021-12-05T21:13:00Z", "2200-01-01T00:00:01Z", fake_probe));
    assert_int_equal(err.kind, EXH_USAGE);
}

/* ---- the recorder's clock ---- */

static void a_recorder_that_is_fast_is_asked_for_later_names(void **state)
{
    (void)state;
    tree.clock_ns = 90 * EXH_SECOND;
    put(CAM "21-11-30-000000.mp4", "60");
    put(CAM "21-12-30-000000.mp4", "60 box=2021-12-05T21:12:30Z");
    put(CAM "21-14-00-000000.mp4", "120");
    find_evening();
    stretches_are("21:10:00Z-21:12:00Z 2, 21:12:30Z-21:14:30Z 1");
    gaps_are("21:12:00Z-21:12:30Z no recording");
    assert_true(coverage.clock_ns == 90 * EXH_SECOND);
    assert_true(coverage.segments[1].start.ns == utc("2021-12-05T21:11:00Z"));
    assert_true(coverage.window.from.ns == utc("2021-12-05T21:10:00Z"));
    findings_are("gap");
}

static void a_recorder_that_is_slow_is_asked_for_earlier_names(void **state)
{
    (void)state;
    tree.clock_ns = -3600 * EXH_SECOND;
    put_at(CAM "20-10-00-000000.mp4", "180 creation=2021-12-05T20:10:00Z", utc("2021-12-05T20:13:00Z"));
    find_evening();
    stretches_are("21:10:00Z-21:13:00Z 1");
    findings_are("");
    put_at("9/2021-12-05/1/1-video.mp4", "180", utc("2021-12-05T20:13:00Z"));
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("21:10:00Z-21:13:00Z 1");
    findings_are("");
}

static void a_clock_that_is_wrong_by_a_lifetime_is_refused(void **state)
{
    (void)state;
    tree.clock_ns = INT64_MIN + 1;
    assert_false(search("mediamtx", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z", fake_probe));
    assert_int_equal(err.kind, EXH_USAGE);
}

/* ---- names that do not tell when they began ---- */

static void an_unreadable_file_that_does_not_tell_is_blamed_for_what_was_before(void **state)
{
    (void)state;
    put_at("9/2021-12-05/1/1-video.mp4", "60", utc("2021-12-05T21:11:00Z"));
    put_at("9/2021-12-05/2/incomplete.h264.mp4", "none", utc("2021-12-05T21:12:30Z"));
    find("zoneminder", "UTC", "9", "2021-12-05T21:10:00Z", "2021-12-05T21:12:30Z");
    findings_are("damaged-segment gap");
    gaps_are("21:11:00Z-21:12:30Z segment '9/2021-12-05/2/incomplete.h264.mp4' cannot be read: moov atom not found");
    assert_string_equal(coverage.findings[0].text, "segment '9/2021-12-05/2/incomplete.h264.mp4' cannot be read: "
                        "moov atom not found (last modified at 2021-12-05T21:12:30Z)");
}

static void files_that_were_copied_later_are_found_by_creation_time(void **state)
{
    char name[64], words[64];

    (void)state;
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "9/2021-12-05/%d/%d-video.mp4", i, i);
        snprintf(words, sizeof words, "60 creation=2021-12-05T21:%02d:00Z", 59 - i);
        put_at(name, words, utc("2022-03-01T10:00:00Z") + i * EXH_SECOND);
    }
    find("zoneminder", "UTC", "9", "2021-12-05T21:30:00Z", "2021-12-05T21:33:00Z");
    stretches_are("21:30:00Z-21:33:00Z 3");
    findings_are("");
}

static void a_file_last_written_before_the_window_is_not_opened(void **state)
{
    char name[64];

    (void)state;
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "9/2021-12-05/%d/%d-video.mp4", i, i);
        put_at(name, "60", utc("2021-12-05T21:01:00Z") + i * MINUTE);
    }
    find("zoneminder", "UTC", "9", "2021-12-05T21:20:00Z", "2021-12-05T21:23:00Z");
    stretches_are("21:20:00Z-21:23:00Z 3");
    /* The one that ends as the window begins, three, and eight after it. */
    assert_int_equal(tree.probed.count, 1 + 3 + 8);
}

/* ---- bare streams ---- */

static void the_declared_rate_reaches_the_prober(void **state)
{
    (void)state;
    tree.rate = (struct exh_rate){ 30000, 1001 };
    put("cam/2021-12-05_21-10-00.h264", "180");
    find("ffmpeg-segment", "UTC", "cam", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    assert_int_equal(tree.asked.numerator, 30000);
    assert_int_equal(tree.asked.denominator, 1001);
}

static void rates_are_read_as_people_write_them(void **state)
{
    static const char *const bad[] = { "", "0", "25.5", "-25", "25/", "/1001", "25/0", "1/61", "1001", "25fps", " 25",
                                       "99999999999999999999", "1/1/1" };
    struct exh_rate rate;

    (void)state;
    assert_true(exh_rate_parse("30000/1001", &rate, &err));
    EXH_CLEANUP(exh_freep) char *words = exh_rate_words(rate);
    assert_string_equal(words, "30000/1001");
    assert_true(exh_rate_parse("25", &rate, &err));
    assert_int_equal(rate.numerator, 25);
    assert_int_equal(rate.denominator, 1);
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        if (exh_rate_parse(bad[i], &rate, &err))
            fail_msg("rate '%s' was taken", bad[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        exh_error_clear(&err);
    }
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
    put("cam7/2021-12-05_21-09-00-000000.mp4", "60");
    put("cam7/2021-12-05_21-10-00-000000.mp4", "180");
    find_counting("mediamtx", "cam7");
    stretches_are("21:10:00Z-21:13:00Z 1");
    /* The root, and the camera's directory. */
    assert_int_equal(opened, 2);
    assert_int_equal(tree.probed.count, 2);
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
    /* Root, camera; twice, for the segment before is a day older: the year, the month, two days and their hours. */
    assert_true(opened <= 2 * (2 + 1 + 1 + 2 + 2));
    assert_int_equal(tree.probed.count, 2);
}

static void hours_and_days_outside_the_window_are_not_opened(void **state)
{
    (void)state;
    for (int day = 1; day <= 28; day++)
        for (int hour = 0; hour < 24; hour++) {
            EXH_CLEANUP(exh_freep) char *name = exh_format("2021-12-%02d/%02d/cam/00.00.mp4", day, hour);
            EXH_CLEANUP(exh_freep) char *event = exh_format("9/2021-12-%02d/%d/%d-video.mp4", day, day * 24 + hour,
                                                            day * 24 + hour);
            EXH_CLEANUP(exh_freep) char *start = exh_format("2021-12-%02dT%02d:00:00Z", day, hour);
            const struct variant recorder = { "zoneminder", "UTC", "9", event };
            put(name, "3600");
            record(&recorder, utc(start), 3600);
        }
    find_counting("frigate", "cam");
    stretches_are("21:00:00Z-22:00:00Z 1");
    /* The root, opened and listed, one day, and in three of its hours the camera's directory. */
    assert_int_equal(opened, 2 + 1 + 3);
    assert_int_equal(tree.probed.count, 2);
    exh_strings_clear(&tree.probed);
    find_counting("zoneminder", "9");
    stretches_are("21:00:00Z-22:00:00Z 1");
    /* The root, the monitor, one day, and its events begun from two hours before the window on. */
    assert_int_equal(opened, 1 + 1 + 1 + 4);
    /* It, and those after it. */
    assert_int_equal(tree.probed.count, 3);
}

static void a_segment_of_a_week_is_found_from_its_end(void **state)
{
    (void)state;
    put("c/2021-11-29/00-00-00.avi", "600000");
    put("c/2021-11-28/00-00-00.avi", "600");
    find("motioneye", "UTC", "c", "2021-12-05T21:10:00Z", "2021-12-05T21:13:00Z");
    stretches_are("00:00:00Z-22:40:00Z 1");
    findings_are("");
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
        TEST(every_recorder_s_tree_gives_the_same_window),
        TEST(summer_time_moves_no_recorder_s_window),
        TEST(a_recorder_s_names_of_the_repeated_hour_are_all_found),
        TEST(a_recorder_s_names_around_the_skipped_hour_leave_no_gap),
        TEST(the_links_in_a_deep_tree_are_not_counted_twice),
        TEST(a_tree_of_several_schemes_is_read_as_one),
        TEST(cameras_whose_names_begin_alike_are_kept_apart),
        TEST(milliseconds_are_read_padded_or_not),
        TEST(the_same_file_is_never_two_segments),
        TEST(the_box_is_believed_before_the_name),
        TEST(the_name_is_believed_before_creation_time),
        TEST(creation_time_is_believed_before_the_time_of_modification),
        TEST(without_any_other_the_time_of_modification_is_the_end),
        TEST(a_box_settles_a_name_that_happened_twice),
        TEST(times_that_disagree_are_told),
        TEST(a_file_modified_before_its_own_end_is_told),
        TEST(a_thousand_that_disagree_alike_are_one_finding),
        TEST(disagreements_of_every_kind_stay_few),
        TEST(a_disagreement_far_from_the_window_is_not_told),
        TEST(names_an_hour_off_throughout_lose_nothing),
        TEST(names_that_jump_within_the_window_lose_nothing),
        TEST(a_window_with_no_name_in_it_is_found_by_its_neighbours),
        TEST(a_segment_that_its_box_puts_elsewhere_is_told_and_not_used),
        TEST(hostile_boxes_cost_little),
        TEST(boxes_that_all_differ_are_followed_a_few_times_only),
        TEST(times_of_another_age_are_none_or_far_away),
        TEST(a_recorder_that_is_fast_is_asked_for_later_names),
        TEST(a_recorder_that_is_slow_is_asked_for_earlier_names),
        TEST(a_clock_that_is_wrong_by_a_lifetime_is_refused),
        TEST(an_unreadable_file_that_does_not_tell_is_blamed_for_what_was_before),
        TEST(files_that_were_copied_later_are_found_by_creation_time),
        TEST(a_file_last_written_before_the_window_is_not_opened),
        TEST(the_declared_rate_reaches_the_prober),
        TEST(rates_are_read_as_people_write_them),
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
        TEST(hours_and_days_outside_the_window_are_not_opened),
        TEST(a_segment_of_a_week_is_found_from_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
