/* media: stills as PNG and JPEG, read back by the libraries that everybody reads them with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/media/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

enum { WIDTH = 61, HEIGHT = 37, STRIDE = 3 * WIDTH + 5 };

static const struct image_note notes[] = {
    { "Title", "OP17/1 COPY" },
    { "Description", "Caf\xc3\xa9 \xe2\x80\x93 \xe2\x82\xac 5" },
    { "Creation Time", "2021-12-05T21:10:00.280Z" },
};

/* Smooth in two colours, with noise in the third. */
static const uint8_t *pixels(void)
{
    static uint8_t rgb[HEIGHT * STRIDE];
    uint32_t seed = 5;

    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++) {
            uint8_t *pixel = rgb + y * STRIDE + 3 * x;
            seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
            pixel[0] = (uint8_t)(4 * x);
            pixel[1] = (uint8_t)(6 * y);
            pixel[2] = (uint8_t)(seed >> 24);
        }
    return rgb;
}

static struct image picture(void)
{
    return (struct image){ pixels(), STRIDE, WIDTH, HEIGHT, notes, EXH_COUNT(notes) };
}

static void write_png(const struct image *image, struct exh_text *bytes)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!image_png(image, bytes, &err))
        fail_msg("%s", err.text);
}

static void write_jpeg(const struct image *image, int quality, struct exh_text *bytes)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!image_jpeg(image, quality, bytes, &err))
        fail_msg("%s", err.text);
}

/* ---- PNG ---- */

struct reading { png_structp png; png_infop info; const uint8_t *at, *end; };

static void take(png_structp png, png_bytep bytes, size_t size)
{
    struct reading *reading = png_get_io_ptr(png);

    assert_true(size <= (size_t)(reading->end - reading->at));
    memcpy(bytes, reading->at, size);
    reading->at += size;
}

static void free_reading(struct reading *reading)
{
    png_destroy_read_struct(&reading->png, &reading->info, NULL);
}

/* Reads all of it, by rows; any error of libpng's ends the test program. */
static void read_png(struct reading *reading, const struct exh_text *bytes)
{
    *reading = (struct reading){ .at = (const uint8_t *)bytes->bytes };
    reading->end = reading->at + bytes->size;
    reading->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    reading->info = png_create_info_struct(reading->png);
    png_set_read_fn(reading->png, reading, take);
    png_read_png(reading->png, reading->info, PNG_TRANSFORM_IDENTITY, NULL);
}

static void a_png_has_the_very_pixels(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(free_reading) struct reading reading;
    const struct image image = picture();

    (void)state;
    write_png(&image, &bytes);
    read_png(&reading, &bytes);
    assert_int_equal(png_get_image_width(reading.png, reading.info), WIDTH);
    assert_int_equal(png_get_image_height(reading.png, reading.info), HEIGHT);
    assert_int_equal(png_get_color_type(reading.png, reading.info), PNG_COLOR_TYPE_RGB);
    for (size_t y = 0; y < HEIGHT; y++)
        assert_memory_equal(png_get_rows(reading.png, reading.info)[y], image.rgb + y * STRIDE, 3 * WIDTH);
    assert_ptr_equal(reading.at, reading.end);
}

static void a_png_has_its_notes_and_square_pixels_and_no_time(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(free_reading) struct reading reading;
    const struct image image = picture();
    png_textp texts;
    png_timep when;
    int count, unit;
    png_uint_32 x, y;

    (void)state;
    write_png(&image, &bytes);
    read_png(&reading, &bytes);
    assert_int_equal(png_get_text(reading.png, reading.info, &texts, &count), EXH_COUNT(notes));
    for (size_t i = 0; i < EXH_COUNT(notes); i++) {
        assert_string_equal(texts[i].key, notes[i].name);
        assert_string_equal(texts[i].text, notes[i].words);
        assert_int_equal(texts[i].compression, i == 1 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE);
    }
    assert_true(png_get_pHYs(reading.png, reading.info, &x, &y, &unit) && x == y && unit == PNG_RESOLUTION_UNKNOWN);
    assert_false(png_get_tIME(reading.png, reading.info, &when));
}

/* A name of 80 characters, two spaces, none at all: libpng would write something else, or nothing, and warn. */
static void a_note_that_png_cannot_hold_is_refused_and_nothing_is_added(void **state)
{
    static const char *const names[] = {
        "", "two  spaces", "end ", "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
        const struct image_note note = { names[i], "words" };
        struct image image = picture();
        image.notes = &note;
        image.note_count = 1;
        exh_text_puts(&bytes, "before");
        if (image_png(&image, &bytes, &err))
            fail_msg("'%s' is taken", names[i]);
        assert_int_equal(err.kind, EXH_IO);
        assert_int_equal(bytes.size, strlen("before"));
        assert_string_equal(bytes.bytes, "before");
    }
}

/* ---- JPEG ---- */

struct picture { struct jpeg_decompress_struct jpeg; struct jpeg_error_mgr errors; uint8_t rgb[HEIGHT][3 * WIDTH]; };

static void free_picture(struct picture *read)
{
    jpeg_destroy_decompress(&read->jpeg);
}

static void read_jpeg(struct picture *read, const struct exh_text *bytes)
{
    read->jpeg.err = jpeg_std_error(&read->errors);
    jpeg_create_decompress(&read->jpeg);
    jpeg_mem_src(&read->jpeg, (const unsigned char *)bytes->bytes, bytes->size);
    jpeg_save_markers(&read->jpeg, JPEG_COM, 0xffff);
    jpeg_read_header(&read->jpeg, TRUE);
    jpeg_start_decompress(&read->jpeg);
    assert_true(read->jpeg.output_width == WIDTH && read->jpeg.output_height == HEIGHT);
    for (size_t y = 0; y < HEIGHT; y++) {
        JSAMPROW row = read->rgb[y];
        jpeg_read_scanlines(&read->jpeg, &row, 1);
    }
    assert_int_equal(read->errors.num_warnings, 0);
}

static void a_jpeg_of_full_quality_has_nearly_the_pixels_in_full_colour(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(free_picture) struct picture read;
    const struct image image = picture();

    (void)state;
    write_jpeg(&image, 100, &bytes);
    read_jpeg(&read, &bytes);
    for (int i = 0; i < 3; i++)
        assert_true(read.jpeg.comp_info[i].h_samp_factor == 1 && read.jpeg.comp_info[i].v_samp_factor == 1);
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < 3 * WIDTH; x++)
            assert_true(abs(read.rgb[y][x] - image.rgb[y * STRIDE + x]) <= 4);
}

static void a_jpeg_has_its_notes_as_comments_and_square_pixels(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(free_picture) struct picture read;
    const struct image image = picture();
    size_t count = 0;

    (void)state;
    write_jpeg(&image, 80, &bytes);
    read_jpeg(&read, &bytes);
    for (jpeg_saved_marker_ptr at = read.jpeg.marker_list; at; at = at->next, count++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s: %s", notes[count].name, notes[count].words);
        assert_true(count < EXH_COUNT(notes));
        assert_int_equal(at->data_length, strlen(words));
        assert_memory_equal(at->data, words, strlen(words));
    }
    assert_int_equal(count, EXH_COUNT(notes));
    assert_true(read.jpeg.saw_JFIF_marker && read.jpeg.X_density == read.jpeg.Y_density && !read.jpeg.density_unit);
}

static void a_jpeg_of_lower_quality_is_smaller(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text fine = EXH_TEXT_NONE, coarse = EXH_TEXT_NONE;
    const struct image image = picture();

    (void)state;
    write_jpeg(&image, 95, &fine);
    write_jpeg(&image, 40, &coarse);
    assert_true(coarse.size * 2 < fine.size);
}

/* A comment has 65,533 bytes at most. */
static void a_note_that_jpeg_cannot_hold_is_refused_and_nothing_is_added(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_alloc(65533 - 3 + 2);
    const struct image_note note = { "n", words };
    struct image image = picture();

    (void)state;
    image.notes = &note;
    image.note_count = 1;
    memset(words, 'x', 65533 - 3);
    write_jpeg(&image, 80, &bytes);
    words[65533 - 3] = 'x';
    exh_text_clear(&bytes);
    assert_false(image_jpeg(&image, 80, &bytes, &err));
    assert_int_equal(err.kind, EXH_IO);
    assert_non_null(strstr(err.text, "JPEG"));
    assert_int_equal(bytes.size, 0);
}

/* ---- both ---- */

static void the_same_picture_gives_the_same_bytes_wherever_it_lies(void **state)
{
    EXH_CLEANUP(exh_freep) uint8_t *packed = exh_alloc(3 * WIDTH * HEIGHT);
    const struct image image = picture();
    struct image other = image;

    (void)state;
    for (size_t y = 0; y < HEIGHT; y++)
        memcpy(packed + y * 3 * WIDTH, image.rgb + y * STRIDE, 3 * WIDTH);
    other.rgb = packed;
    other.stride = 3 * WIDTH;
    for (int kind = 0; kind < 2; kind++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text one = EXH_TEXT_NONE, two = EXH_TEXT_NONE;
        exh_text_puts(&two, "words before");
        if (kind) {
            write_png(&image, &one);
            write_png(&other, &two);
        } else {
            write_jpeg(&image, 90, &one);
            write_jpeg(&other, 90, &two);
        }
        assert_int_equal(two.size, one.size + 12);
        assert_memory_equal(two.bytes + 12, one.bytes, one.size);
    }
}

static void images_of_one_pixel_are_written_and_of_none_or_too_many_are_not(void **state)
{
    static const struct { int width, height; bool good; } cases[] = {
        { 1, 1, true }, { 1, 16384, true }, { 0, 1, false }, { 1, 0, false }, { -1, 5, false }, { 1, 16385, false },
        { 16385, 1, false },
    };
    EXH_CLEANUP(exh_freep) uint8_t *rgb = exh_alloc(3 * 16385);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++)
        for (int kind = 0; kind < 2; kind++) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
            const struct image image = { .rgb = rgb, .stride = 3, .width = cases[i].width, .height = cases[i].height };
            bool done = kind ? image_png(&image, &bytes, &err) : image_jpeg(&image, 90, &bytes, &err);
            assert_int_equal(done, cases[i].good);
            assert_int_equal(err.kind, cases[i].good ? EXH_OK : EXH_USAGE);
        }
}

static void the_libraries_are_named(void **state)
{
    EXH_CLEANUP(exh_freep) char *names = image_libraries();
    int at = 0;

    (void)state;
    sscanf(names, "libpng %*d.%*d.%*d, libjpeg-turbo %*d.%*d%n", &at);
    if (!at)
        fail_msg("%s", names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_has_the_very_pixels),
        cmocka_unit_test(a_png_has_its_notes_and_square_pixels_and_no_time),
        cmocka_unit_test(a_note_that_png_cannot_hold_is_refused_and_nothing_is_added),
        cmocka_unit_test(a_jpeg_of_full_quality_has_nearly_the_pixels_in_full_colour),
        cmocka_unit_test(a_jpeg_has_its_notes_as_comments_and_square_pixels),
        cmocka_unit_test(a_jpeg_of_lower_quality_is_smaller),
        cmocka_unit_test(a_note_that_jpeg_cannot_hold_is_refused_and_nothing_is_added),
        cmocka_unit_test(the_same_picture_gives_the_same_bytes_wherever_it_lies),
        cmocka_unit_test(images_of_one_pixel_are_written_and_of_none_or_too_many_are_not),
        cmocka_unit_test(the_libraries_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
