/* convert: sound stays with the pictures, whatever it was recorded as and wherever it is missing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"

enum { RATE = 16000 };

/* White for a fifth of each second, and a tone of 1 kHz as long: a beep belongs to each flash. */
#define FLASHES  "-f lavfi -i color=black:s=96x64:r=25:d=6,drawbox=c=white:t=fill:enable='lt(mod(t+0.001\\,1)\\,0.2)' "
#define BEEPS    "-f lavfi -i aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.2)':s=16000:d=6"
#define PICTURES " -c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p "

/* ---- what a copy sounds like: the stock program decodes it ---- */

struct sound {
    int16_t *samples;
    size_t count;
};

static void sound_clear(struct sound *sound)
{
    free(sound->samples);
}

static struct sound sound_of(const char *copy)
{
    char raw[PATH_MAX];
    size_t size;

    assert_true(
        run("ffmpeg -v error -nostdin -y -i '%s' -map 0:a:0 -f s16le -ac 1 -ar %d '%s'", copy, RATE, at(raw, "raw")));
    int16_t *samples = (int16_t *)(void *)whole_file(raw, &size);
    return (struct sound){ samples, size / sizeof *samples };
}

/* The loudest sample of a stretch. */
static int loudest(const struct sound *sound, double from, double to)
{
    int peak = 0;

    for (size_t i = (size_t)(from * RATE); i < (size_t)(to * RATE) && i < sound->count; i++)
        peak = abs(sound->samples[i]) > peak ? abs(sound->samples[i]) : peak;
    return peak;
}

/* Seconds at which it becomes loud after a tenth of a second of quiet. */
static struct series beeps_of(const struct sound *sound)
{
    struct series beeps = { exh_alloc((sound->count / (RATE / 10) + 2) * sizeof(double)), 0 };
    size_t quiet = RATE;

    for (size_t i = 0; i < sound->count; i++) {
        if (abs(sound->samples[i]) < 2500) {
            quiet++;
            continue;
        }
        if (quiet > RATE / 10)
            beeps.at[beeps.count++] = (double)i / RATE;
        quiet = 0;
    }
    return beeps;
}

/* Seconds at which its pictures become white. */
static struct series flashes_of(const char *copy)
{
    EXH_CLEANUP(series_clear) struct series luma = lumas(copy, "", "YAVG"), times = copy_times(copy, NULL);
    struct series flashes = { exh_alloc((luma.count + 1) * sizeof(double)), 0 };

    assert_int_equal(luma.count, times.count);
    for (size_t i = 0; i < luma.count; i++)
        if (luma.at[i] > 180 && (i == 0 || luma.at[i - 1] <= 180))
            flashes.at[flashes.count++] = times.at[i];
    return flashes;
}

/* Each flash but those named by a bit has its beep, and there are no others. */
static void expect_together(const char *copy, size_t count, unsigned silent)
{
    EXH_CLEANUP(sound_clear) struct sound sound = sound_of(copy);
    EXH_CLEANUP(series_clear) struct series beeps = beeps_of(&sound), flashes = flashes_of(copy);
    size_t beep = 0;

    assert_int_equal(flashes.count, count);
    for (size_t i = 0; i < count; i++) {
        if (silent >> i & 1)
            continue;
        if (beep == beeps.count)
            fail_msg("%s: no sound belongs to flash %zu", copy, i);
        expect_near(beeps.at[beep++], flashes.at[i], 0.03, "beep");
    }
    assert_int_equal(beep, beeps.count);
}

/* ---- kinds of sound ---- */

static void every_kind_of_sound_stays_with_the_pictures(void **state)
{
    static const struct {
        const char *codec, *name;
        int channels;
    } kinds[] = {
        { "pcm_s16le", "flashes.avi", 1 },    { "pcm_alaw", "flashes.mov", 2 },     { "pcm_mulaw", "flashes.mkv", 1 },
        { "mp2 -ar 32000", "flashes.ts", 2 }, { "ac3 -ar 48000", "flashes.ts", 2 }, { "aac", "flashes.mp4", 1 },
        { "aac -ar 44100", "flashes.ts", 2 },
    };
    char path[PATH_MAX], copy[PATH_MAX], about[32];

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(kinds); i++) {
        EXH_CLEANUP(exh_freep)
        char *how = exh_format(FLASHES BEEPS PICTURES "-bf 0 -c:a %s -ac %d", kinds[i].codec, kinds[i].channels);
        EXH_CLEANUP(copying_clear) struct copying c = film_of(make_footage(path, kinds[i].name, how), 0);
        make_film(&c, "copy.mp4", copy);
        expect_sound_copy(copy);
        snprintf(about, sizeof about, "%d", kinds[i].channels);
        expect_entry(copy, "a:0", "channels", about);
        expect_together(copy, 6, 0);
    }
}

static void sound_lasts_as_long_as_the_pictures(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    EXH_CLEANUP(copying_clear)
    struct copying c = film_of(make_footage(path, "flashes.mp4", FLASHES BEEPS PICTURES "-c:a aac"), 0);
    EXH_CLEANUP(series_clear) struct series times = copy_times(make_film(&c, "copy.mp4", copy), &end);
    EXH_CLEANUP(exh_strings_clear)
    struct exh_strings tracks =
        lines_of("ffprobe -v error -show_entries stream=start_time,duration -of csv=p=0 '%s'", copy);
    assert_int_equal(tracks.count, 2);
    assert_string_equal(tracks.at[0], "0.000000,6.000000");
    assert_string_equal(tracks.at[1], "0.000000,6.000000");
}

/* ---- sound that is not everywhere ---- */

static void sound_that_begins_late_or_ends_early_keeps_its_place(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "late.mkv", FLASHES "-itsoffset 2 " BEEPS PICTURES "-c:a pcm_s16le -t 6");
    EXH_CLEANUP(copying_clear) struct copying late = film_of(path, 0);
    expect_together(make_film(&late, "copy.mp4", copy), 6, 0x03);
    make_footage(path, "early.mp4", FLASHES "-t 2.5 " BEEPS PICTURES "-c:a aac");
    EXH_CLEANUP(copying_clear) struct copying early = film_of(path, 0);
    expect_together(make_film(&early, "copy.mp4", copy), 6, 0x38);
    expect_sound_copy(copy);
}

static void a_hole_in_the_sound_is_silence(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "hole.mkv", FLASHES BEEPS PICTURES "-af \"aselect='not(between(t,1.5,3.5))'\" -c:a pcm_s16le");
    EXH_CLEANUP(copying_clear) struct copying c = film_of(path, 0);
    expect_together(make_film(&c, "copy.mp4", copy), 6, 0x0c);
    EXH_CLEANUP(sound_clear) struct sound sound = sound_of(copy);
    assert_true(loudest(&sound, 1.7, 3.4) < 100);
}

static void muted_stretches_are_silent_and_others_are_not(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "tone.mp4", FLASHES "-f lavfi -i sine=f=1000:r=16000:d=6" PICTURES "-af volume=4 -c:a aac");
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    struct exh_json *input = add_input(&c, path, 0, (struct exh_rate){ 0, 0 }), *mute = exh_json_get(input, "mute");
    exh_json_add(mute, NUMBERS(SECOND, 2 * SECOND));
    exh_json_add(mute, NUMBERS(4 * SECOND, 45 * SECOND / 10));
    add_shot(&c, 0, 0, c.surveys[0].end_ns);
    EXH_CLEANUP(sound_clear) struct sound sound = sound_of(make_film(&c, "copy.mp4", copy));
    static const struct {
        double from, to;
        bool silent;
    } stretches[] = { { 0.1, 0.97, false },
                      { 1.07, 1.93, true },
                      { 2.03, 3.97, false },
                      { 4.07, 4.43, true },
                      { 4.53, 5.9, false } };
    for (size_t i = 0; i < EXH_COUNT(stretches); i++)
        for (double t = stretches[i].from; t + 0.02 < stretches[i].to; t += 0.02)
            assert_true(stretches[i].silent ? loudest(&sound, t, t + 0.02) < 60 : loudest(&sound, t, t + 0.02) > 5000);
}

/* ---- sound of films that are put together ---- */

static void sound_after_a_card_and_of_parts_stays_with_its_pictures(void **state)
{
    char path[PATH_MAX], mute[PATH_MAX], copy[PATH_MAX];
    double end;

    (void)state;
    make_footage(path, "flashes.mp4", FLASHES BEEPS PICTURES "-c:a aac");
    make_footage(mute, "mute.mp4", FLASHES "-t 3 " PICTURES);
    EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
    add_input(&c, mute, 0, (struct exh_rate){ 0, 0 });
    add_input(&c, path, 0, (struct exh_rate){ 0, 0 });
    add_card(&c, "before", 23 * SECOND / 10);
    add_shot(&c, 1, 5 * SECOND / 10, 34 * SECOND / 10); /* flashes at 1, 2 and 3 */
    add_shot(&c, 0, 0, 2 * SECOND); /* two without sound */
    add_card(&c, "between", SECOND);
    add_shot(&c, 1, 44 * SECOND / 10, 6 * SECOND); /* one more */
    EXH_CLEANUP(series_clear) struct series times = copy_times(make_film(&c, "copy.mp4", copy), &end);
    expect_near(end, (double)c.length_ns / 1e9, 2e-5, "end");
    expect_sound_copy(copy);
    expect_together(copy, 6, 0x18);
}

static void an_exact_cut_takes_its_sound_along(void **state)
{
    char path[PATH_MAX], copy[PATH_MAX];

    (void)state;
    make_footage(path, "flashes.mp4", FLASHES BEEPS PICTURES "-c:a aac");
    for (int64_t from_ms = 300; from_ms < 2000; from_ms += 370) {
        EXH_CLEANUP(copying_clear) struct copying c = new_copying("film");
        add_input(&c, path, 0, (struct exh_rate){ 0, 0 });
        add_shot(&c, 0, from_ms * 1000000, 48 * SECOND / 10);
        expect_together(make_film(&c, "copy.mp4", copy), from_ms < 1000 ? 4 : from_ms < 1200 ? 4 : 3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_sound_stays_with_the_pictures),
        cmocka_unit_test(sound_lasts_as_long_as_the_pictures),
        cmocka_unit_test(sound_that_begins_late_or_ends_early_keeps_its_place),
        cmocka_unit_test(a_hole_in_the_sound_is_silence),
        cmocka_unit_test(muted_stretches_are_silent_and_others_are_not),
        cmocka_unit_test(sound_after_a_card_and_of_parts_stays_with_its_pictures),
        cmocka_unit_test(an_exact_cut_takes_its_sound_along),
    };

    return cmocka_run_group_tests(tests, job_set_up, job_clean_up);
}
