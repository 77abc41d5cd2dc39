/* convert: films that are cut, put together, masked, hurried and captioned hold what the job says, and are always
 * the same bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"

/* ---- footage that says which picture it is: ten strips, black or white, are the digits of its number ---- */

enum { STRIPS = 10, STRIP_WIDTH = 16, STRIP_HEIGHT = 32 };
#define COUNTER                                                                                                        \
    "-f lavfi -i "                                                                                                     \
    "color=black:s=160x32:r=25,format=yuv420p,geq=lum='if(mod(floor(N/pow(2\\,floor(X/"                                \
    "16)))\\,2)\\,200\\,40)':cb=128:cr=128 "
#define X264 "-c:v libx264 -preset veryfast -crf 16 -g 25 -pix_fmt yuv420p "

/* The numbers of a copy's pictures; -1: none of them (a card). */
static struct series numbers_of(const char *copy)
{
    char raw[PATH_MAX];
    size_t size;

    assert_true(run("ffmpeg -v error -nostdin -y -i '%s' -map 0:v:0 -vf scale=%d:1:flags=area,format=gray -vsync "
                    "passthrough -enc_time_base 1:90000 -f rawvideo '%s'",
                    copy, STRIPS, at(raw, "raw")));
    EXH_CLEANUP(exh_freep) uint8_t *luma = whole_file(raw, &size);
    struct series found = { exh_alloc((size / STRIPS + 1) * sizeof(double)), 0 };
    for (size_t i = 0; i + STRIPS <= size; i += STRIPS) {
        int number = 0;
        bool sharp = true;
        for (int k = 0; k < STRIPS; k++) {
            number |= (luma[i + (size_t)k] > 120) << k;
            sharp &= luma[i + (size_t)k] > 180 || (luma[i + (size_t)k] < 60 && luma[i + (size_t)k] > 22);
        }
        found.at[found.count++] = sharp ? number : -1;
    }
    return found;
}

static void expect_numbers(const char *copy, int first, int count)
{
    EXH_CLEANUP(series_clear) struct series found = numbers_of(copy);

    if (found.count != (size_t)count)
        fail_msg("%s: %zu pictures, not %d", copy, found.count, count);
    for (int i = 0; i < count; i++)
        if ((int)found.at[i] != first + i)
            fail_msg("%s: picture %d is number %d, not %d", copy, i, (int)found.at[i], first + i);
}

static const char *counter_footage(char path[PATH_MAX])
{
    at(path, "counter.mp4");
    return access(path, R_OK) == 0
        ? path
        : make_footage(path, "counter.mp4", COUNTER "-f lavfi -i sine=f=500:r=16000 -t 32 " X264 "-bf 2 -c:a aac");
}

/* ---- nothing is lost at a join ---- */

static bool is_key_at(const char *copy, double time)
{
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings packets =
        lines_of("ffprobe -v error -select_streams v:0 -show_entries packet=pts_time,flags -of csv=p=0 '%s'", copy);

    for (size_t i = 0; i < packets.count; i++)
        if (fabs(atof(packets.at[i]) - time) < 1e-4)
            return strchr(packets.at[i], 'K') != NULL;
    return false;
}

static void chunks_join_without_a_lost_or_doubled_picture(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    EXH_CLEANUP(copying_clear) struct copying c = film_of(counter_footage(path), 0);
    make_film(&c, "copy.mp4", copy);
    assert_true(c.surveys[0].start_count >= 3);
    assert_int_equal(fact(&c, "chunks"), c.surveys[0].start_count);
    expect_numbers(copy, 0, 800);
    for (size_t i = 0; i < c.surveys[0].start_count; i++)
        assert_true(is_key_at(copy, (double)c.surveys[0].starts[i].own_ns / 1e9));
    EXH_CLEANUP(series_clear) struct series times = copy_times(copy, &end);
    for (size_t i = 0; i < times.count; i++)
        expect_near(times.at[i], (double)i / 25, 2e-5, "time");
    expect_near(end, 32, 2e-5, "end");
    expect_sound_copy(copy);
}

static void every_codec_keeps_every_picture(void **state)
{
    static const struct {
        const char *name, *codec;
    } kinds[] = {
        { "h264.ts", "-c:v libx264 -preset veryfast -crf 16 -g 50 -bf 3 -x264-params open-gop=1" },
        { "h265.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:crf=16:bframes=3:keyint=50" },
        { "mpeg4.avi", "-c:v mpeg4 -q:v 2 -bf 2 -g 50" },
        { "mpeg4.mp4", "-c:v mpeg4 -q:v 2 -bf 2 -g 50" },
        { "mpeg2.ts", "-c:v mpeg2video -q:v 2 -bf 2 -g 15" },
        { "mpeg1.mpg", "-c:v mpeg1video -q:v 2 -bf 2 -g 15" },
        { "motion.avi", "-c:v mjpeg -q:v 2" },
        { "microsoft.avi", "-c:v msmpeg4 -q:v 2 -g 50" },
        { "vp8.mkv", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -auto-alt-ref 1 -lag-in-frames 10 -g 50" },
        { "vp9.mkv", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -auto-alt-ref 1 -lag-in-frames 10 -g 50" },
    };
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(kinds); i++) {
        EXH_CLEANUP(exh_freep) char *how = exh_format(COUNTER "-t 12 %s", kinds[i].codec);
        EXH_CLEANUP(copying_clear) struct copying c = film_of(make_footage(path, kinds[i].name, how), 0);
        EXH_CLEANUP(exh_freep) char *name = exh_format("copy-%s.mp4", kinds[i].name);
        expect_numbers(make_film(&c, name, copy), 0, 300);
        expect_sound_copy(copy);
    }
}

/* ---- cuts ---- */

static void a_cut_is_exact(void **state)
{
    static const struct {
        int64_t from_ms, to_ms;
        int first, count;
    } cuts[] = { { 3300, 17770, 83, 362 },
                 { 4000, 12000, 100, 200 },
                 { 4001, 12001, 101, 200 },
                 { 9990, 10010, 250, 1 },
                 { 31960, 32000, 799, 1 } };
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    counter_footage(path);
    for (size_t i = 0; i < EXH_COUNT(cuts); i++) {
        EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
        add_input(&c, path, 0, (struct exh_rate){ 0, 0 });
        add_shot(&c, 0, cuts[i].from_ms * 1000000, cuts[i].to_ms * 1000000);
        expect_numbers(make_film(&c, "copy.mp4", copy), cuts[i].first, cuts[i].count);
        EXH_CLEANUP(series_clear) struct series times = copy_times(copy, &end);
        expect_near(times.at[0], 0, 1e-9, "first picture");
        expect_near(end, (double)cuts[i].to_ms / 1e3 - cuts[i].first / 25.0, 2.1e-5, "end");
    }
}

static void parts_stand_in_the_order_of_the_job(void **state)
{
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    add_input(&c, counter_footage(path), 0, (struct exh_rate){ 0, 0 });
    add_shot(&c, 0, 20 * SECOND, 21 * SECOND);
    add_shot(&c, 0, 4 * SECOND, 5 * SECOND);
    add_shot(&c, 0, 4 * SECOND, 5 * SECOND);
    EXH_CLEANUP(series_clear) struct series found = numbers_of(make_film(&c, "copy.mp4", copy));
    assert_int_equal(found.count, 75);
    for (int i = 0; i < 75; i++)
        assert_int_equal((int)found.at[i], i < 25 ? 500 + i : 100 + i % 25);
}

/* ---- cards ---- */

static void expect_cards(struct copying *c, double brightest_at_least)
{
    static const struct {
        double from, to;
        int first;
    } parts[] = { { 0, 2.25, -1 }, { 2.25, 6.25, 0 }, { 6.25, 7.25, -1 }, { 7.25, 11.25, 100 }, { 11.25, 11.95, -1 } };
    char copy[PATH_MAX];
    double end;

    EXH_CLEANUP(series_clear)
    struct series times = copy_times(make_film(c, "copy.mp4", copy), &end),
                  found = numbers_of(copy);
    EXH_CLEANUP(series_clear) struct series mean = lumas(copy, "", "YAVG"), brightest = lumas(copy, "", "YMAX");
    expect_near(end, 11.95, 2e-5, "end");
    expect_sound_copy(copy);
    for (size_t i = 0, part = 0, in_part = 0; i < times.count; i++, in_part++) {
        if (times.at[i] > parts[part].to - 1e-3) {
            part++;
            in_part = 0;
            expect_near(times.at[i], parts[part].from, 2e-5, "part");
        }
        if (parts[part].first >= 0) {
            assert_int_equal((int)found.at[i], parts[part].first + (int)in_part);
            continue;
        }
        expect_near(times.at[i], parts[part].from + 0.5 * (double)in_part, 2e-5, "card");
        assert_true(mean.at[i] < 80 && mean.at[i] > 20 && brightest.at[i] >= brightest_at_least
                    && brightest.at[i] - brightest_at_least < 235);
    }
    assert_int_equal(times.count, 200 + 5 + 2 + 2);
    assert_int_equal(fact(c, "cards"), 9);
    assert_int_equal(fact(c, "pictures"), 200);
}

static void cards_have_their_length_and_hide_the_picture(void **state)
{
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    char path[PATH_MAX];

    (void)state;
    add_input(&c, counter_footage(path), 0, (struct exh_rate){ 0, 0 });
    add_card(&c, "a", 225 * SECOND / 100);
    add_shot(&c, 0, 0, 4 * SECOND);
    add_card(&c, "b", SECOND);
    add_shot(&c, 0, 4 * SECOND, 8 * SECOND);
    add_card(&c, "c", 7 * SECOND / 10);
    expect_cards(&c, 0);
    give_font(&c);
    expect_cards(&c, 120);
}

static void a_card_without_a_font_is_plain(void **state)
{
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    add_input(&c, counter_footage(path), 0, (struct exh_rate){ 0, 0 });
    add_shot(&c, 0, 0, SECOND);
    add_card(&c, "a", SECOND);
    EXH_CLEANUP(series_clear) struct series brightest = lumas(make_film(&c, "copy.mp4", copy), "", "YMAX");
    assert_int_equal(brightest.count, 27);
    for (int i = 25; i < 27; i++)
        assert_true(brightest.at[i] > 24 && brightest.at[i] < 40);
}

/* ---- speed ---- */

static void speed_changes_times_and_loses_only_what_no_player_shows(void **state)
{
    static const struct {
        int n, d, pictures;
    } speeds[] = { { 2, 1, 800 }, { 10, 1, 0 }, { 1, 2, 800 } };
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    counter_footage(path);
    for (size_t i = 0; i < EXH_COUNT(speeds); i++) {
        EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
        exh_json_set(c.job, "speed", NUMBERS(speeds[i].n, speeds[i].d));
        exh_json_set(c.job, "sound", exh_json_text(NULL));
        EXH_CLEANUP(series_clear)
        struct series times = copy_times(make_film(&c, "copy.mp4", copy), &end),
                      found = numbers_of(copy);
        expect_near(end, 32.0 * speeds[i].d / speeds[i].n, 2.1e-5, "end");
        if (speeds[i].pictures)
            assert_int_equal(times.count, speeds[i].pictures);
        else
            assert_true(times.count >= 3.2 * 25 && times.count <= 3.2 * 61);
        assert_int_equal(fact(&c, "pictures") + fact(&c, "hurried"), 800);
        for (size_t k = 0; k < times.count; k++)
            expect_near(times.at[k] * speeds[i].n / speeds[i].d, found.at[k] / 25, 1e-3, "picture");
        expect_sound_copy(copy);
    }
}

/* ---- the same bytes ---- */

static void give_caption(struct copying *c, bool over)
{
    give_font(c);
    exh_json_set(c->job, "zone", parsed("[[0, 0, \"GMT\"]]"));
    exh_json_set(c->job, "caption", parsed("{\"items\": [\"Camera 7\", {\"time\": \"local\"}, {\"time\": \"utc\"}]}"));
    exh_json_set_bool(exh_json_get(c->job, "caption"), "over", over);
}

static void set_clock(struct copying *c, size_t input, int64_t own_ns, int64_t true_ns)
{
    struct exh_json *clock = exh_json_array();

    exh_json_add(clock, NUMBERS(own_ns, true_ns));
    exh_json_set(exh_json_at(exh_json_get(c->job, "inputs"), input), "clock", clock);
}

static void the_same_job_gives_the_same_bytes_on_any_number_of_processes(void **state)
{
    static const unsigned workers[] = { 1, 2, 5, 5 };
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    EXH_CLEANUP(exh_freep) char *first = NULL;
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    add_input(&c, counter_footage(path), 0, (struct exh_rate){ 0, 0 });
    exh_json_set(exh_json_at(exh_json_get(c.job, "inputs"), 0), "masks",
                 parsed("[{\"from_ns\": null, \"to_ns\": null, \"outside\": false,"
                        " \"keys\": [[0, 10, 4, 30, 20], [30000000000, 120, 4, 30, 20]]}]"));
    exh_json_set_text(c.job, "style", "pixelate");
    give_caption(&c, false);
    set_clock(&c, 0, 0, 1638738600 * SECOND);
    add_card(&c, "before", SECOND);
    add_shot(&c, 0, SECOND / 2, 32 * SECOND);
    for (size_t i = 0; i < EXH_COUNT(workers); i++) {
        c.workers = workers[i];
        EXH_CLEANUP(exh_strings_clear)
        struct exh_strings digest = lines_of("sha256sum < '%s'", make_film(&c, "copy.mp4", copy));
        if (!first)
            first = exh_strdup(digest.at[0]);
        assert_string_equal(digest.at[0], first);
    }
    expect_sound_copy(copy);
}

/* ---- captions ---- */

/* Two films whose first pictures have the same true time have the same words below them; the next picture has
 * others. */
static void a_caption_tells_the_true_time_of_its_picture(void **state)
{
    static const struct {
        int64_t from, own, at;
    } films[] = { { 0, 0, 1638738600 * SECOND }, { 8 * SECOND, 0, 1638738592 * SECOND } };
    char path[PATH_MAX], copies[2][PATH_MAX];

    (void)state;
    make_footage(path, "black.mp4",
                 "-f lavfi -i color=black:s=640x360:r=25:d=16 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p");
    for (size_t i = 0; i < 2; i++) {
        EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
        add_input(&c, path, 0, (struct exh_rate){ 0, 0 });
        add_shot(&c, 0, films[i].from, films[i].from + SECOND);
        give_caption(&c, false);
        set_clock(&c, 0, films[i].own, films[i].at);
        make_film(&c, i ? "two.mp4" : "one.mp4", copies[i]);
        assert_true(fact(&c, "height") > 360 && fact(&c, "height") % 2 == 0);
    }
    EXH_CLEANUP(series_clear) struct series same = likeness(copies[0], "", copies[1], "");
    EXH_CLEANUP(series_clear) struct series later = likeness(copies[0], "", copies[1], "trim=start_frame=1,");
    assert_true(same.count == 25 && least(&same) > 45);
    assert_true(later.at[0] < least(&same) - 5);
    EXH_CLEANUP(series_clear)
    struct series picture = lumas(copies[0], "crop=640:360:0:0,", "YMAX"),
                  band = lumas(copies[0], "crop=iw:ih-360:0:360,", "YMAX");
    assert_true(most(&picture) <= 24 && least(&band) > 150);
}

/* ---- masks ---- */

#define BRIGHT "-f lavfi -i color=white:s=192x108:r=25:d=4 "

static struct copying masked_film(const char *path, const char *masks)
{
    struct copying c = film_of(path, 0);

    exh_json_set(exh_json_at(exh_json_get(c.job, "inputs"), 0), "masks", parsed(masks));
    exh_json_set_int(c.job, "crf", 14);
    return c;
}

static void masked_pixels_never_appear(void **state)
{
    char path[PATH_MAX], plain[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "bright.mp4",
                 "-f lavfi -i testsrc2=s=192x108:r=25:d=4 -vf lutyuv=y='clip(val\\,80\\,235)' -c:v libx264 -preset "
                 "veryfast -g 25 -pix_fmt yuv420p");
    EXH_CLEANUP(copying_clear) struct copying without = masked_film(path, "[]");
    make_film(&without, "plain.mp4", plain);
    EXH_CLEANUP(copying_clear)
    struct copying c = masked_film(
        path, "[{\"from_ns\": null, \"to_ns\": null, \"outside\": false, \"keys\": [[0, 40, 20, 60, 40]]}]");
    make_film(&c, "copy.mp4", copy);
    expect_sound_copy(copy);
    EXH_CLEANUP(series_clear)
    struct series inside = lumas(copy, "crop=56:36:42:22,", "YMAX"),
                  before = lumas(plain, "crop=56:36:42:22,", "YMIN");
    assert_int_equal(inside.count, 100);
    assert_true(most(&inside) <= 20 && least(&before) > 40);
    EXH_CLEANUP(series_clear) struct series outside = likeness(copy, "crop=80:108:112:0,", plain, "crop=80:108:112:0,");
    assert_true(outside.count == 100 && least(&outside) > 35);
}

static void a_moving_mask_follows_its_line(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "white.mp4", BRIGHT "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p");
    EXH_CLEANUP(copying_clear)
    struct copying c = masked_film(path,
                                   "[{\"from_ns\": 1000000000, \"to_ns\": 3000000000, \"outside\": false,"
                                   " \"keys\": [[1000000000, 10, 30, 40, 40], [3000000000, 130, 30, 40, 40]]}]");
    make_film(&c, "copy.mp4", copy);
    EXH_CLEANUP(series_clear)
    struct series under = lumas(copy, "crop=36:36:x=clip(2*floor((12+60*(t-1))/2+0.5)\\\\,0\\\\,150):y=32,", "YMAX");
    EXH_CLEANUP(series_clear)
    struct series beside = lumas(copy, "crop=40:36:x=clip(12+60*(t-1)\\\\,0\\\\,150):y=70,", "YMIN");
    assert_int_equal(under.count, 100);
    for (size_t i = 0; i < 100; i++)
        assert_true(i >= 25 && i < 75 ? under.at[i] <= 20 : under.at[i] > 200);
    assert_true(least(&beside) > 200);
}

static void what_lies_outside_a_mask_can_be_masked(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "white.mp4", BRIGHT "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p");
    EXH_CLEANUP(copying_clear)
    struct copying c =
        masked_film(path, "[{\"from_ns\": null, \"to_ns\": null, \"outside\": true, \"keys\": [[0, 64, 32, 64, 32]]}]");
    make_film(&c, "copy.mp4", copy);
    EXH_CLEANUP(series_clear)
    struct series inside = lumas(copy, "crop=56:24:68:36,", "YMIN"),
                  left = lumas(copy, "crop=60:108:0:0,", "YMAX");
    assert_true(least(&inside) > 200 && most(&left) <= 20);
}

/* Each box of a copy is one of these: there is no place for a thumbnail, an edit list or a second picture. */
static void a_masked_copy_has_nothing_but_its_pictures_and_its_title(void **state)
{
    static const char *const kinds[] = { "ftyp",
                                         "moov",
                                         "mdat",
                                         "moov/mvhd",
                                         "moov/trak",
                                         "moov/udta",
                                         "moov/trak/tkhd",
                                         "moov/trak/mdia",
                                         "moov/trak/mdia/mdhd",
                                         "moov/trak/mdia/hdlr",
                                         "moov/trak/mdia/minf",
                                         "moov/trak/mdia/minf/vmhd",
                                         "moov/trak/mdia/minf/dinf",
                                         "moov/trak/mdia/minf/dinf/dref",
                                         "moov/trak/mdia/minf/stbl",
                                         "moov/trak/mdia/minf/stbl/stsd",
                                         "moov/trak/mdia/minf/stbl/stts",
                                         "moov/trak/mdia/minf/stbl/stss",
                                         "moov/trak/mdia/minf/stbl/stsc",
                                         "moov/trak/mdia/minf/stbl/stsz",
                                         "moov/trak/mdia/minf/stbl/stco",
                                         "moov/udta/meta",
                                         "free" };
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "told.mp4",
                 BRIGHT "-metadata title='secret words' -metadata comment='secret words' -c:v libx264 -preset ultrafast"
                        " -pix_fmt yuv420p -metadata:s:v handler_name='secret words'");
    EXH_CLEANUP(copying_clear)
    struct copying c = masked_film(
        path, "[{\"from_ns\": null, \"to_ns\": null, \"outside\": false, \"keys\": [[0, 40, 20, 60, 40]]}]");
    EXH_CLEANUP(exh_strings_clear) struct exh_strings boxes = boxes_of(make_film(&c, "copy.mp4", copy));
    for (size_t i = 0; i < boxes.count; i++) {
        bool known = false;
        for (size_t k = 0; k < EXH_COUNT(kinds); k++)
            known |= strcmp(boxes.at[i], kinds[k]) == 0;
        if (!known)
            fail_msg("there is a box '%s'", boxes.at[i]);
    }
    assert_false(run("grep -aq 'secret words' '%s'", copy));
    assert_true(run("grep -aq 'A test' '%s'", copy));
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings tags = lines_of("ffprobe -v error -show_entries format_tags -of csv=p=0 '%s'", copy);
    assert_int_equal(tags.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_join_without_a_lost_or_doubled_picture),
        cmocka_unit_test(every_codec_keeps_every_picture),
        cmocka_unit_test(a_cut_is_exact),
        cmocka_unit_test(parts_stand_in_the_order_of_the_job),
        cmocka_unit_test(cards_have_their_length_and_hide_the_picture),
        cmocka_unit_test(a_card_without_a_font_is_plain),
        cmocka_unit_test(speed_changes_times_and_loses_only_what_no_player_shows),
        cmocka_unit_test(the_same_job_gives_the_same_bytes_on_any_number_of_processes),
        cmocka_unit_test(a_caption_tells_the_true_time_of_its_picture),
        cmocka_unit_test(masked_pixels_never_appear),
        cmocka_unit_test(a_moving_mask_follows_its_line),
        cmocka_unit_test(what_lies_outside_a_mask_can_be_masked),
        cmocka_unit_test(a_masked_copy_has_nothing_but_its_pictures_and_its_title),
    };

    return cmocka_run_group_tests(tests, job_set_up, job_clean_up);
}
