/* media: the small parts under a cut: holes, start codes, boxes, the order of pictures. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/media/boxes.h"
#include "../../lib/media/convert.h"
#include "../../lib/media/span.h"
#include "exhibit/error.h"
#include "exhibit/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- start codes ---- */

static void units_get_lengths_instead_of_start_codes(void **state)
{
    static const struct { const char *what; uint8_t in[16]; size_t size; uint8_t out[20]; size_t expected;
    } cases[] = {
        { "three bytes of code", { 0, 0, 1, 'a', 'b' }, 5, { 0, 0, 0, 2, 'a', 'b' }, 6 },
        { "four bytes, two units", { 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b' }, 10, { 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b' }, 10 },
        { "zeros inside", { 0, 0, 1, 'a', 0, 0, 'b' }, 7, { 0, 0, 0, 4, 'a', 0, 0, 'b' }, 8 },
        { "zeros behind stay with the unit",
          { 0, 0, 1, 'a', 0, 0, 0, 0, 1, 'b' },
          10,
          { 0, 0, 0, 2, 'a', 0, 0, 0, 0, 1, 'b' },
          11 },
        { "an empty unit is none", { 0, 0, 1, 0, 0, 1, 'b' }, 7, { 0, 0, 0, 1, 'b' }, 5 },
        { "no start code", { 'a', 'b', 'c' }, 3, { 0 }, 0 },
        { "a start code and nothing", { 0, 0, 0, 1 }, 4, { 0 }, 0 },
        { "nothing", { 0 }, 0, { 0 }, 0 },
        { "ones are no start codes", { 1, 1, 0, 1, 0, 0, 1, 1, 1 }, 9, { 0, 0, 0, 2, 1, 1 }, 6 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        uint8_t out[32] = { 0 };
        /* The exact size, so that the sanitizer sees a byte too many. */
        EXH_CLEANUP(exh_freep) uint8_t *in = exh_memdup(cases[i].in, cases[i].size);
        if (lengths_size(in, cases[i].size) != cases[i].expected)
            fail_msg("%s: %zu bytes", cases[i].what, lengths_size(in, cases[i].size));
        lengths_write(in, cases[i].size, out);
        if (memcmp(out, cases[i].out, cases[i].expected))
            fail_msg("%s: other bytes", cases[i].what);
    }
}

/* ---- holes ---- */

static struct times times_of(const int64_t *at, size_t count)
{
    struct times times = { .at = NULL };

    for (size_t i = 0; i < count; i++)
        times_add(&times, at[i]);
    return times;
}

static size_t count_spans(struct times *times, AVRational base)
{
    int64_t step = times_settle(times, base);
    size_t spans = 0;

    for (size_t i = 0; i < times->count; spans++)
        i = times_end_of_span(times, i, step, base);
    return spans;
}

static void a_step_of_a_second_over_the_usual_is_a_hole_and_less_is_none(void **state)
{
    static const struct { const char *what; int64_t at[8]; size_t count, spans; } cases[] = {       /* milliseconds */
        { "steady", { 0, 40, 80, 120, 160 }, 5, 1 }, { "one frame lost", { 0, 40, 120, 160, 200 }, 5, 1 },
        { "just a second over", { 0, 40, 80, 1120, 1160 }, 5, 1 }, { "more", { 0, 40, 80, 1121, 1161 }, 5, 2 },
        { "two holes", { 0, 40, 80, 3000, 3040, 3080, 6000, 6040 }, 8, 3 },
        { "out of order", { 0, 120, 40, 80, 240, 160, 200 }, 7, 1 },
        { "one a second, varying", { 0, 1000, 2500, 3000, 5900, 6900 }, 6, 1 },
        { "one a second, with a hole", { 0, 1000, 2000, 3000, 8001, 9001 }, 6, 2 },
        { "one picture", { 5 }, 1, 1 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(times_clear) struct times times = times_of(cases[i].at, cases[i].count);
        size_t spans = count_spans(&times, (AVRational){ 1, 1000 });
        if (spans != cases[i].spans)
            fail_msg("%s: %zu spans", cases[i].what, spans);
    }
}

static void the_first_picture_shown_is_time_zero_and_strays_before_it_are_left_out(void **state)
{
    EXH_CLEANUP(times_clear) struct times times = { .at = NULL };

    (void)state;
    times_add(&times, 120);
    times_add(&times, 40);
    for (int64_t i = 5; i < 100; i++)
        times_add(&times, 40 * i);
    times_add(&times, 0);               /* far behind its place: not the first */
    assert_int_equal(times_settle(&times, (AVRational){ 1, 1000 }), 40);
    assert_int_equal(times.first, 40);
    assert_int_equal(times.at[0], 40);
    assert_int_equal(times.count, 97);
}

/* ---- boxes ---- */

static int file_of(const void *bytes, size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_int_equal(write(fd, bytes, size), size);
    return fd;
}

static struct boxes boxes_of(const void *bytes, size_t size)
{
    struct boxes boxes = { .media = NULL };
    int fd = file_of(bytes, size);

    boxes_find(fd, size, &boxes);
    close(fd);
    return boxes;
}

static void media_data_are_where_their_boxes_are(void **state)
{
    static const uint8_t bytes[] = "\0\0\0\x0c"
                                   "ftypisom"
                                   "\0\0\0\x0a"
                                   "mdatab"
                                   "\0\0\0\x08"
                                   "moov"
                                   "\0\0\0\1mdat\0\0\0\0\0\0\0\x13xyz"
                                   "\0\0\0\x64mdat123";
    EXH_CLEANUP(boxes_clear) struct boxes boxes = boxes_of(bytes, sizeof bytes - 1);

    (void)state;
    assert_true(boxes.is_mp4 && boxes.has_moov && boxes.is_cut);
    assert_int_equal(boxes.media_count, 3);
    assert_int_equal(boxes.whole_size, sizeof bytes - 1);
    assert_true(boxes_are_media(&boxes, 20, 2));
    assert_false(boxes_are_media(&boxes, 20, 3));
    assert_false(boxes_are_media(&boxes, 19, 1));
    assert_true(boxes_are_media(&boxes, 46, 3));
    assert_false(boxes_are_media(&boxes, 49, 1));
}

static void a_table_that_is_cut_off_is_passed_over(void **state)
{
    static const uint8_t bytes[] = "\0\0\0\x08" "ftyp" "\0\0\0\x08" "moov" "\0\0\1\0" "moof1234";
    EXH_CLEANUP(boxes_clear) struct boxes boxes = boxes_of(bytes, sizeof bytes - 1);

    (void)state;
    assert_true(boxes.is_cut);
    assert_int_equal(boxes.whole_size, 16);
}

static void boxes_that_make_no_sense_end_the_search(void **state)
{
    static const uint8_t backwards[] = "\0\0\0\x08" "ftyp" "\0\0\0\x04" "mdat" "\0\0\0\x08" "moov";
    static const uint8_t huge[] = "\0\0\0\x08" "ftyp" "\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff";
    static const uint8_t other[] = "RIFFxxxxAVI LIST";
    EXH_CLEANUP(boxes_clear) struct boxes one = boxes_of(backwards, sizeof backwards - 1);
    EXH_CLEANUP(boxes_clear) struct boxes two = boxes_of(huge, sizeof huge - 1);
    EXH_CLEANUP(boxes_clear) struct boxes three = boxes_of(other, sizeof other - 1);

    (void)state;
    assert_true(one.is_mp4 && !one.has_moov && one.media_count == 0);
    assert_true(two.is_mp4 && two.media_count == 0);
    assert_false(three.is_mp4);
}

/* ---- looking ---- */

static void bytes_that_are_no_footage_get_an_answer(void **state)
{
    static const struct { const char *bytes; size_t size; const char *says; } cases[] = {
        { "", 0, "empty file" }, { "x", 1, "no known footage format" }, { "\0\0\0\x08" "ftyp", 8, "holds no index" },
        { "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\n/etc/passwd\n", 49, "no known footage format" },
        { "ffconcat version 1.0\nfile /etc/passwd\n", 38, "no known footage format" },
    };

    (void)state;
    exh_media_start();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        int fd = file_of(cases[i].bytes, cases[i].size);
        EXH_CLEANUP(exh_json_freep) struct exh_json *found = exh_media_probe(fd, NULL);
        close(fd);
        const char *problem = exh_json_text_or(found, "problem", "none");
        if (!strstr(problem, cases[i].says))
            fail_msg("case %zu: %s", i, problem);
        assert_int_equal(exh_json_count(exh_json_get(found, "spans")), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_get_lengths_instead_of_start_codes),
        cmocka_unit_test(a_step_of_a_second_over_the_usual_is_a_hole_and_less_is_none),
        cmocka_unit_test(the_first_picture_shown_is_time_zero_and_strays_before_it_are_left_out),
        cmocka_unit_test(media_data_are_where_their_boxes_are),
        cmocka_unit_test(a_table_that_is_cut_off_is_passed_over),
        cmocka_unit_test(boxes_that_make_no_sense_end_the_search),
        cmocka_unit_test(bytes_that_are_no_footage_get_an_answer),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
