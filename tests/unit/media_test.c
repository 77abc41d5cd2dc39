/* media: the small parts under a cut: holes, start codes, boxes, the order of pictures. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/media/boxes.h"
#include "../../lib/media/convert.h"
#include "../../lib/media/signed.h"
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

static void the_recorders_time_box_is_found_where_it_belongs(void **state)
{
#define NTP "\x16\xbe\x08\x53\x5c\xdc\x5a\x00"
#define MTXI                                                                                                           \
    "\0\0\0\x34"                                                                                                       \
    "mtxi"                                                                                                             \
    "\0\0\0\0"                                                                                                         \
    "0123456789abcdef"                                                                                                 \
    "\0\0\0\0\0\0\0\x07"                                                                                               \
    "\0\0\0\0\0\0\0\0" NTP
#define FTYP                                                                                                           \
    "\0\0\0\x08"                                                                                                       \
    "ftyp"
    static const struct {
        const char *what, *bytes;
        size_t size;
        bool found;
    } cases[] = {
        { "alone",
          FTYP "\0\0\0\x44"
               "moov"
               "\0\0\0\x3c"
               "udta" MTXI,
          76, true },
        { "behind another udta",
          FTYP "\0\0\0\x4c"
               "moov"
               "\0\0\0\x08"
               "udta"
               "\0\0\0\x3c"
               "udta" MTXI,
          84, true },
        { "in moov itself",
          FTYP "\0\0\0\x3c"
               "moov" MTXI,
          68, false },
        { "cut",
          FTYP "\0\0\0\x44"
               "moov"
               "\0\0\0\x3c"
               "udta" MTXI,
          75, false },
        { "larger than udta",
          FTYP "\0\0\0\x44"
               "moov"
               "\0\0\0\x3b"
               "udta" MTXI,
          76, false },
        { "behind a box of size 0",
          FTYP "\0\0\0\x48"
               "moov"
               "\0\0\0\x40"
               "udta"
               "\0\0\0\4" MTXI,
          80, false },
        { "nowhere", FTYP, 8, false },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(boxes_clear) struct boxes boxes = boxes_of(cases[i].bytes, cases[i].size);
        int fd = file_of(cases[i].bytes, cases[i].size);
        int64_t ns = 0;
        if (boxes_mtxi(fd, &boxes, &ns) != cases[i].found || (cases[i].found && ns != INT64_C(0x16be08535cdc5a00)))
            fail_msg("%s: %lld", cases[i].what, (long long)ns);
        close(fd);
    }
}

/* ---- signatures in SEI ---- */

#define ONVIF_UUID "\x00\x5b\xc9\x3f\x2d\x71\x5e\x95\xad\xa4\x79\x6f\x90\x87\x7a\x6f"
#define AXIS_UUID  "Signed Video...0"
#define GENERAL    "\1\0\4\0\0\0\3" /* zeros and a 3: what emulation prevention is for */
#define HASHES     "\2\0\2\3\3"

struct unit_bytes {
    uint8_t at[512];
    size_t size;
};

/* A SEI unit of one message, with emulation prevention. */
static struct unit_bytes sei_unit(const char *header, size_t header_size, const char *payload, size_t payload_size)
{
    struct unit_bytes unit = { .size = header_size };
    size_t zeros = 0;

    memcpy(unit.at, header, header_size);
    unit.at[unit.size++] = 5;
    unit.at[unit.size++] = (uint8_t)payload_size;
    for (size_t i = 0; i < payload_size; i++) {
        uint8_t byte = (uint8_t)payload[i];
        if (zeros == 2 && byte <= 3) {
            unit.at[unit.size++] = 3;
            zeros = 0;
        }
        zeros = byte ? 0 : zeros + 1;
        unit.at[unit.size++] = byte;
    }
    unit.at[unit.size++] = 0x80;
    return unit;
}

static void signatures_are_told_from_what_travels_beside_them(void **state)
{
#define PAYLOAD(bytes) bytes, sizeof bytes - 1
    static const struct {
        const char *what, *payload;
        size_t size;
        enum scheme scheme;
        unsigned signatures;
        bool certificate;
    } cases[] = {
        { "signed",
          PAYLOAD(ONVIF_UUID "\0" GENERAL HASHES "\3\0\3"
                             "sig"),
          ONVIF_SIGNED, 1, false },
        { "not signed", PAYLOAD(ONVIF_UUID "\0" GENERAL HASHES), ONVIF_SIGNED, 0, false },
        { "with a certificate",
          PAYLOAD(ONVIF_UUID "\0"
                             "\6\0\4"
                             "cert" GENERAL "\3\0\3"
                             "sig"),
          ONVIF_SIGNED, 1, true },
        { "a certificate alone",
          PAYLOAD(ONVIF_UUID "\x80"
                             "\6\0\4"
                             "cert"
                             "\3\0\3"
                             "sig"),
          ONVIF_SIGNED, 0, true },
        { "a tag beyond the end",
          PAYLOAD(ONVIF_UUID "\0"
                             "\1\xff\xff"
                             "\3\0\1s"),
          ONVIF_SIGNED, 0, false },
        { "nothing but a name", PAYLOAD(ONVIF_UUID), ONVIF_SIGNED, 0, false },
        { "Axis",
          PAYLOAD(AXIS_UUID "\0"
                            "\1\4\0\0\0\3"
                            "\2\0\3"
                            "key"
                            "\4\0\1h"
                            "\5\0\3"
                            "sig"),
          AXIS_SIGNED, 1, true },
        { "Axis, key alone",
          PAYLOAD(AXIS_UUID "\x40"
                            "\2\0\3"
                            "key"
                            "\5\0\3"
                            "sig"),
          AXIS_SIGNED, 0, true },
        { "another",
          PAYLOAD("another UUID...."
                  "\0"
                  "\3\0\3"
                  "sig"),
          UNSIGNED, 0, false },
        { "too short for a name", PAYLOAD("Signed Video..."), UNSIGNED, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < 2 * EXH_COUNT(cases); i++) {
        bool hevc = i % 2;
        struct unit_bytes unit =
            sei_unit(hevc ? "\x4e\x01" : "\x06", hevc ? 2 : 1, cases[i / 2].payload, cases[i / 2].size);
        struct sei sei = { .scheme = UNSIGNED };
        sei_read(unit.at, unit.size, hevc, &sei);
        if (sei.scheme != cases[i / 2].scheme || sei.signatures != cases[i / 2].signatures
            || sei.certificate != cases[i / 2].certificate)
            fail_msg("%s: %u, %u signatures", cases[i / 2].what, sei.scheme, sei.signatures);
    }
}

static void a_signature_behind_other_messages_of_its_unit_is_found(void **state)
{
    static const uint8_t unit[] = "\x06"
                                  "\x01\x03"
                                  "\0\0\3\0"
                                  "\xff\x05\x01x"
                                  "\x05\x15" AXIS_UUID "\0"
                                  "\5\0\1s"
                                  "\x80\0\0";
    struct sei sei = { .scheme = UNSIGNED };

    (void)state;
    sei_read(unit, sizeof unit - 1, false, &sei);
    assert_int_equal(sei.scheme, AXIS_SIGNED);
    assert_int_equal(sei.signatures, 1);
}

/* As ONVIF's own signer writes it into MP4: zeros and a 3 are what they are. */
static void a_unit_without_emulation_prevention_is_read_as_it_is(void **state)
{
    static const uint8_t unit[] = "\x06\x05\x20" ONVIF_UUID "\0"
                                  "\1\0\4\0\0\3\1" HASHES "\3\0\0\x80";
    struct sei sei = { .scheme = UNSIGNED };

    (void)state;
    assert_int_equal(sizeof unit - 1, 3 + 0x20 + 1);
    sei_read(unit, sizeof unit - 1, false, &sei);
    assert_int_equal(sei.signatures, 1);
}

static void units_cut_anywhere_and_sizes_beyond_all_bounds_end_the_reading(void **state)
{
    struct unit_bytes unit = sei_unit("\x06", 1,
                                      PAYLOAD(ONVIF_UUID "\0" GENERAL HASHES "\3\0\3"
                                                         "sig"));
    uint8_t huge[4096];

    (void)state;
    for (size_t size = 0; size < unit.size - 1; size++) {
        EXH_CLEANUP(exh_freep) uint8_t *exact = size ? malloc(size) : NULL; /* so that sanitizers see its end */
        struct sei sei = { .scheme = UNSIGNED };
        if (exact)
            sei_read(memcpy(exact, unit.at, size), size, false, &sei);
        assert_int_equal(sei.signatures, 0);
    }
    memset(huge, 0xff, sizeof huge);
    huge[0] = 6;
    struct sei sei = { .scheme = UNSIGNED };
    sei_read(huge, sizeof huge, false, &sei);
    memset(huge + 1, 0, sizeof huge - 2);
    sei_read(huge, sizeof huge, true, &sei);
    assert_int_equal(sei.scheme, UNSIGNED);
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
        EXH_CLEANUP(exh_json_freep) struct exh_json *found = exh_media_probe(fd, (struct exh_media_rate){ 0, 0 }, NULL);
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
        cmocka_unit_test(the_recorders_time_box_is_found_where_it_belongs),
        cmocka_unit_test(signatures_are_told_from_what_travels_beside_them),
        cmocka_unit_test(a_signature_behind_other_messages_of_its_unit_is_found),
        cmocka_unit_test(a_unit_without_emulation_prevention_is_read_as_it_is),
        cmocka_unit_test(units_cut_anywhere_and_sizes_beyond_all_bounds_end_the_reading),
        cmocka_unit_test(bytes_that_are_no_footage_get_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
