/* convert: every picture of the footage is in the copy, at its time, upright and in its colours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"

#include <ftw.h>

/* ---- the whole collection ---- */

/* Footage that is longer than MOST is copied up to SOME: enough for several chunks. */
enum { MOST_S = 30, SOME_S = 12 };

/* What copies of these files do not have, and why. */
static const struct {
    const char *name;
    size_t missing;
    double late;
} exceptions[] = {
    /* Its index names no key frame among the first 26 pictures, so nothing promises that decoding can begin there. */
    { "sample_edit_list_no_sync_frame_before_edit.mp4", 26, 0 },
    /* Its first picture is followed by two empty chunks of AVI: it is shown for three steps. ffprobe has it shown with
     * the third. */
    { "bgslibrary/video03.avi", 0, 2.0 * 3579125 / 214748359 },
    /* Its first time is that of decoding, a step before the picture is shown; ffprobe takes the one for the other. */
    { "techfort-pycv/movie.mpg", 0, -0.04 },
};
/* Of this one ffprobe guesses the times of pictures that it decodes; its container tells them. */
static const char guessed[] = "sample_edit_list_no_sync_frame_before_edit.mp4";

static bool is_bare(const char *path)
{
    return strstr(path, ".h264") != NULL;
}

static struct series told_times(const char *path)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings lines = lines_of(
        "ffprobe -v fatal -advanced_editlist 0 -select_streams v:0 -show_entries packet=pts_time -of csv=p=0 '%s'",
        path);

    return series_of(&lines);
}

/* What ffprobe decodes of it. A bare stream has no times: they are counted. */
static struct series wanted_times(const char *path, const struct exh_survey *survey)
{
    struct series times = strstr(path, guessed)
        ? told_times(path)
        : shown_times(path,
                      is_bare(path)                          ? "-framerate 25"
                          : survey->end_ns > MOST_S * SECOND ? "-read_intervals '%+20'"
                                                             : "");

    for (size_t i = 0; i < times.count && is_bare(path); i++)
        times.at[i] = (double)i / 25;
    while (times.count && survey->end_ns > MOST_S * SECOND && times.at[times.count - 1] - times.at[0] >= SOME_S - 1e-5)
        times.count--;
    return times;
}

/* The container tells times in the order of decoding. */
static void apply_exceptions(const char *path, struct series *wanted)
{
    if (strstr(path, guessed))
        qsort(wanted->at, wanted->count, sizeof *wanted->at, by_number);
    for (size_t i = 0; i < EXH_COUNT(exceptions); i++) {
        if (!strstr(path, exceptions[i].name))
            continue;
        wanted->count -= exceptions[i].missing;
        memmove(wanted->at, wanted->at + exceptions[i].missing, wanted->count * sizeof *wanted->at);
        wanted->at[0] -= exceptions[i].late;
    }
}

/* Pictures of cards stand where the facts say that there was a hole, and are none of the footage. */
static void leave_cards_out(const struct copying *c, struct series *times)
{
    const struct exh_json *holes = exh_json_get(c->facts, "holes");
    size_t kept = 0;

    for (size_t i = 0; i < times->count; i++) {
        bool card = false;
        for (size_t k = 0; k < exh_json_count(holes); k++)
            card |= times->at[i] > (double)exh_json_as_int(exh_json_at(exh_json_at(holes, k), 1)) / 1e9 - 1e-5
                && times->at[i] < (double)exh_json_as_int(exh_json_at(exh_json_at(holes, k), 2)) / 1e9 - 2e-5;
        if (!card)
            times->at[kept++] = times->at[i];
    }
    assert_int_equal(times->count - kept, fact(c, "cards"));
    times->count = kept;
}

/* A hole is told only where the footage has a step of more than a second over the usual. */
static void expect_true_holes(const struct copying *c, const struct series *wanted)
{
    size_t holes = 0;

    for (size_t i = 1; i < wanted->count; i++)
        holes += (wanted->at[i] - wanted->at[i - 1]) * 1e9 > (double)(c->surveys[0].step_ns + SECOND);
    assert_int_equal(exh_json_count(exh_json_get(c->facts, "holes")), holes);
}

static void expect_every_picture(const char *path)
{
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    const struct exh_survey *survey = &c.surveys[0];
    char copy[PATH_MAX];
    double end;

    assert_non_null(add_input(&c, path, 160, (struct exh_rate){ is_bare(path) ? 25 : 0, 1 }));
    add_shot(&c, 0, 0, survey->end_ns > MOST_S * SECOND ? SOME_S * SECOND : survey->end_ns);
    make_film(&c, "copy.mp4", copy);
    EXH_CLEANUP(series_clear) struct series wanted = wanted_times(path, survey), got = copy_times(copy, &end);
    apply_exceptions(path, &wanted);
    expect_true_holes(&c, &wanted);
    leave_cards_out(&c, &got);
    expect_times(&got, &wanted, path);
    int64_t first = exh_json_as_int(exh_json_at(exh_json_get(c.facts, "first"), 1));
    expect_near(end, (double)(c.length_ns - first) / 1e9, 2.1 / 90000, path);
    assert_int_equal(fact(&c, "pictures"), got.count);
    expect_sound_copy(copy);
}

static int try_file(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)walk;
    if (kind == FTW_F && !strstr(path, ".alaw"))
        expect_every_picture(path);
    return 0;
}

static void every_picture_of_the_collection_is_in_the_copy(void **state)
{
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(nftw(material("footage", path), try_file, 16, FTW_PHYS), 0);
}

/* ---- time ---- */

#define X264 "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "

/* The pictures of a whole copy are shown when those of the source are. */
static void expect_same_times(const char *path, double *ret_shortest, double *ret_longest)
{
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 160);
    char copy[PATH_MAX];

    make_film(&c, "copy.mp4", copy);
    EXH_CLEANUP(series_clear) struct series wanted = shown_times(path, ""), got = copy_times(copy, NULL);
    leave_cards_out(&c, &got);
    expect_times(&got, &wanted, path);
    *ret_shortest = INFINITY;
    *ret_longest = 0;
    for (size_t i = 1; i < got.count; i++) {
        *ret_shortest = smaller(*ret_shortest, got.at[i] - got.at[i - 1]);
        *ret_longest = larger(*ret_longest, got.at[i] - got.at[i - 1]);
    }
}

static void variable_rate_stays_variable(void **state)
{
    char path[PATH_MAX];
    double shortest, longest;

    (void)state;
    expect_same_times(make_footage(path, "variable.mp4",
                                   "-f lavfi -i testsrc2=s=160x90:r=30:d=4 -vf "
                                   "\"select='not(mod(n,5))+eq(mod(n,7),1)+lt(n,20)'\" -vsync vfr " X264),
                      &shortest, &longest);
    expect_near(shortest, 1.0 / 30, 2e-5, "shortest step");
    expect_near(longest, 5.0 / 30, 2e-5, "longest step");
    expect_same_times(material("footage/axis/test_h264.mp4", path), &shortest, &longest);
    expect_near(shortest, 1.0 / 90000, 1e-6, "shortest step");
    expect_same_times(material("footage/camera-files/flir_thermal.mp4", path), &shortest, &longest);
    assert_true(longest > 2 * shortest);
}

static void times_of_one_picture_a_second_are_kept(void **state)
{
    char path[PATH_MAX];
    double shortest, longest;

    (void)state;
    expect_same_times(material("footage/moonfire-nvr/clip.mp4", path), &shortest, &longest);
    expect_near(shortest, 0.9972, 1e-4, "shortest step");
    expect_near(longest, 1.0042, 1e-4, "longest step");
}

/* ---- shape ---- */

#define TEST_PICTURES "-f lavfi -i testsrc2=s=192x108:r=25:d=1 "

/* A copy of good quality; its pictures are those of the source under a filter (empty, or "hflip,"), and of no other. */
static void expect_like(const char *path, const char *filter, int width, int height, double least_db)
{
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    char copy[PATH_MAX], size[32];

    exh_json_set_int(c.job, "crf", 12);
    make_film(&c, "copy.mp4", copy);
    snprintf(size, sizeof size, "%d,%d", width, height);
    expect_entry(copy, "v:0", "width,height", size);
    expect_sound_copy(copy);
    EXH_CLEANUP(series_clear) struct series same = likeness(copy, "", path, filter), got = copy_times(copy, NULL);
    assert_int_equal(same.count, got.count);
    if (least(&same) < least_db)
        fail_msg("%s: only %.1f dB like '%s'", path, least(&same), filter);
}

/* Writes the matrix that tells players how to turn the picture: a point (x, y) is shown at (a x + c y, b x + d y). */
static void turn(const char *path, const int matrix[4])
{
    size_t size;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = whole_file(path, &size);
    uint8_t *at_matrix = (uint8_t *)memmem(bytes, size, "tkhd", 4) + 44;
    static const int places[] = { 0, 4, 12, 16 };

    for (int i = 0; i < 4; i++) {
        uint32_t number = (uint32_t)(matrix[i] * 65536);
        for (int k = 0; k < 4; k++)
            at_matrix[places[i] + k] = (uint8_t)(number >> (24 - 8 * k));
    }
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void every_turning_and_mirroring_is_done(void **state)
{
    static const struct {
        int matrix[4];
        const char *filter;
        bool lies;
    } cases[] = {
        { { 1, 0, 0, 1 }, "", false },
        { { 0, 1, -1, 0 }, "transpose=clock,", true },
        { { -1, 0, 0, -1 }, "hflip,vflip,", false },
        { { 0, -1, 1, 0 }, "transpose=cclock,", true },
        { { -1, 0, 0, 1 }, "hflip,", false },
        { { 1, 0, 0, -1 }, "vflip,", false },
        { { 0, 1, 1, 0 }, "transpose=cclock_flip,", true },
        { { 0, -1, -1, 0 }, "transpose=clock_flip,", true },
    };
    char path[PATH_MAX];

    (void)state;
    make_footage(path, "turned.mp4", TEST_PICTURES "-frames:v 4 -crf 12 " X264);
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        turn(path, cases[i].matrix);
        expect_like(path, cases[i].filter, cases[i].lies ? 108 : 192, cases[i].lies ? 192 : 108, 32);
    }
}

static void rotation_of_a_real_telephone_is_turned(void **state)
{
    char path[PATH_MAX];

    (void)state;
    expect_like(material("footage/rotation/video_90.mov", path), "transpose=clock,", 320, 568, 35);
    expect_like(material("footage/rotation/video_0.mov", path), "", 568, 320, 35);
}

static void anamorphic_pixels_become_square(void **state)
{
    char path[PATH_MAX];

    (void)state;
    make_footage(path, "wide.mp4", "-f lavfi -i testsrc2=s=180x144:r=25:d=0.2 -vf setsar=64/45 -crf 12 " X264);
    expect_like(path, "scale=256:144:flags=bicubic,", 256, 144, 30);
    turn(path, (const int[]){ 0, 1, -1, 0 });
    expect_like(path, "transpose=clock,scale=144:256:flags=bicubic,", 144, 256, 30);
    make_footage(path, "high.mp4", "-f lavfi -i testsrc2=s=180x120:r=25:d=0.2 -vf setsar=8/9 -crf 12 " X264);
    expect_like(path, "scale=180:136:flags=bicubic,", 180, 136, 30);
}

static void odd_sizes_are_padded_not_scaled(void **state)
{
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "odd.mp4",
                 "-f lavfi -i testsrc2=s=162x92:r=25:d=0.4 -vf format=yuv444p,crop=161:91:0:0:exact=1 -c:v libx264"
                 " -preset ultrafast -crf 12");
    expect_like(path, "format=yuv444p,pad=162:92:0:0:black,format=yuv420p,", 162, 92, 30);
    add_input(&c, path, 0, (struct exh_rate){ 0, 0 });
    add_shot(&c, 0, 0, c.surveys[0].end_ns);
    exh_json_set_int(c.job, "crf", 12);
    make_film(&c, "copy.mp4", copy);
    EXH_CLEANUP(series_clear)
    struct series inside = likeness(copy, "crop=160:90:0:0,", path, "format=yuv420p,crop=160:90:0:0,");
    assert_true(inside.count == 10 && least(&inside) > 32);
    EXH_CLEANUP(series_clear) struct series column = lumas(copy, "format=yuv444p,crop=1:90:161:0,", "YAVG");
    assert_true(column.count == 10 && most(&column) < 24);
}

/* ---- fields, depth, colour ---- */

static void interlaced_becomes_progressive_with_every_frame(void **state)
{
    char path[PATH_MAX];

    (void)state;
    make_footage(path, "interlaced.mp4",
                 "-f lavfi -i testsrc2=s=192x108:r=50:d=2 -vf tinterlace=interleave_top,setfield=tff -c:v libx264 "
                 "-preset ultrafast -crf 12 -pix_fmt yuv420p -flags +ildct+ilme -x264opts tff=1");
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    assert_string_equal(c.surveys[0].fields, "top first");
    expect_like(path, "bwdif=mode=send_frame,", 192, 108, 32);
    EXH_CLEANUP(series_clear) struct series combed = likeness(path, "", path, "bwdif=mode=send_frame,");
    assert_true(combed.count == 50 && least(&combed) < 28); /* so the test can tell */
    make_footage(path, "interlaced.mpg",
                 "-f lavfi -i testsrc2=s=192x112:r=50:d=2 -vf tinterlace=interleave_bottom,setfield=bff "
                 "-c:v mpeg2video -q:v 2 -flags +ildct+ilme -top 0");
    expect_like(path, "bwdif=mode=send_frame,", 192, 112, 32);
}

static void ten_bits_become_eight(void **state)
{
    char path[PATH_MAX];

    (void)state;
    make_footage(path, "ten.mp4",
                 TEST_PICTURES
                 "-c:v libx265 -preset ultrafast -x265-params log-level=none:crf=12 -pix_fmt yuv420p10le");
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    assert_string_equal(c.surveys[0].pixels, "yuv420p10le");
    expect_like(path, "format=yuv420p,", 192, 108, 33);
}

/* Luma of one grey, as its file has it and as its copy has it. */
static void lumas_of_copy(const char *how, const char *name, double *ret_before, double *ret_after)
{
    char path[PATH_MAX], copy[PATH_MAX];

    EXH_CLEANUP(copying_clear) struct copying c = film_of(make_footage(path, name, how), 0);
    EXH_CLEANUP(series_clear)
    struct series before = lumas(path, "", "YAVG"),
                  after = lumas(make_film(&c, "copy.mp4", copy), "", "YAVG");
    assert_int_equal(before.count, 5);
    assert_int_equal(after.count, 5);
    *ret_before = before.at[0];
    *ret_after = after.at[0];
}

static void full_range_becomes_limited(void **state)
{
    static const char *const greys[] = { "black", "0x808080", "white" };
    static const char *const codecs[][2] = { { "mjpeg -q:v 2 -pix_fmt yuvj422p", "full.avi" },
                                             { "libx264 -crf 1 -pix_fmt yuvj420p", "full.mp4" } };
    double before, after;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(greys); i++)
        for (size_t k = 0; k < EXH_COUNT(codecs); k++) {
            EXH_CLEANUP(exh_freep)
            char *how = exh_format("-f lavfi -i color=%s:s=96x96:r=25:d=0.2 -c:v %s", greys[i], codecs[k][0]);
            lumas_of_copy(how, codecs[k][1], &before, &after);
            expect_near(before, 127.5 * (double)i, 1.5, "full range"); /* so the test can tell */
            expect_near(after, 16 + before * 219 / 255, 1, codecs[k][1]);
        }
    lumas_of_copy("-f lavfi -i color=0x404040:s=96x96:r=25:d=0.2 " X264 "-crf 1", "limited.mp4", &before, &after);
    expect_near(after, before, 1, "limited range");
}

static void colour_tags_are_carried(void **state)
{
    static const char *const tags[][3] = { { "bt709", "bt709", "bt709" },
                                           { "smpte170m", "smpte170m", "smpte170m" },
                                           { "bt2020", "arib-std-b67", "bt2020nc" } };
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(tags); i++) {
        EXH_CLEANUP(exh_freep)
        char *how = exh_format(TEST_PICTURES "-frames:v 3 " X264 "-color_primaries %s -color_trc %s -colorspace %s"
                                             " -color_range tv",
                               tags[i][0], tags[i][1], tags[i][2]);
        EXH_CLEANUP(exh_freep) char *wanted = exh_format("tv,%s,%s,%s", tags[i][2], tags[i][1], tags[i][0]);
        EXH_CLEANUP(copying_clear) struct copying c = film_of(make_footage(path, "tagged.mp4", how), 0);
        expect_entry(make_film(&c, "copy.mp4", copy), "v:0", "color_range,color_space,color_transfer,color_primaries",
                     wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_picture_of_the_collection_is_in_the_copy),
        cmocka_unit_test(variable_rate_stays_variable),
        cmocka_unit_test(times_of_one_picture_a_second_are_kept),
        cmocka_unit_test(every_turning_and_mirroring_is_done),
        cmocka_unit_test(rotation_of_a_real_telephone_is_turned),
        cmocka_unit_test(anamorphic_pixels_become_square),
        cmocka_unit_test(odd_sizes_are_padded_not_scaled),
        cmocka_unit_test(interlaced_becomes_progressive_with_every_frame),
        cmocka_unit_test(ten_bits_become_eight),
        cmocka_unit_test(full_range_becomes_limited),
        cmocka_unit_test(colour_tags_are_carried),
    };

    return cmocka_run_group_tests(tests, job_set_up, job_clean_up);
}
