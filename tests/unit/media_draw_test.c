/* media: captions and cards can be read, are whole, and stay where they belong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/media/type.h"
#include "footage.h"
#include "picture.h"

#include <time.h>
#include <unistd.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_TRUETYPE_TABLES_H

static const char *const font_path = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
static struct exh_text font_bytes;
static struct font *font;

static const char *const usual[] = {
    "wisbech-12 Market Place", "2021-12-05 21:10:00.280 GMT", "2021-12-05T21:10:00.280Z", "OP17/1 COPY",
};
static const char *const gap_card[] = {
    "NO RECORDING", "from 2021-12-05 21:27:00 GMT to 2021-12-05 21:28:00 GMT",
    "2021-12-05T21:27:00Z to 2021-12-05T21:28:00Z", "1 min: no recording",
};
static const struct { int width, height; } sizes[] = {
    { 352, 288 }, { 1920, 1080 }, { 704, 576 }, { 640, 480 }, { 176, 144 }, { 354, 290 }, { 1080, 1920 }, { 320, 240 },
    { 3840, 2160 }, { 2592, 1944 }, { 500, 2000 }, { 2000, 300 },
};

static bool read_file(const char *path, struct exh_text *ret_bytes)
{
    FILE *file = fopen(path, "r");
    char part[4096];

    for (size_t size; file && (size = fread(part, 1, sizeof part, file)) > 0;)
        exh_text_add(ret_bytes, part, size);
    if (file)
        fclose(file);
    return file != NULL;
}

static void need_font(void)
{
    if (font)
        return;
    print_message("no font at '%s'\n", font_path);
    skip();
}

static struct exh_strings list_of(const char *const *words, size_t count)
{
    struct exh_strings list = EXH_STRINGS_NONE;

    for (size_t i = 0; i < count; i++)
        exh_strings_add(&list, words[i]);
    return list;
}

/* ---- looking at pictures ---- */

static bool has_ink(const AVFrame *frame, int x, int y)
{
    return *picture_at(frame, 0, x, y) > 100;
}

/* What is lighter than @ground in these rows, all together. */
static int64_t ink_in(const AVFrame *frame, int ground, int top, int bottom)
{
    int64_t ink = 0;

    for (int y = top; y < bottom; y++)
        for (int x = 0; x < frame->width; x++)
            ink += *picture_at(frame, 0, x, y) - ground;
    return ink;
}

/* Of words that have all the room they want. */
static int64_t ink_of(const char *words, int size)
{
    int width = type_width(font, words, words + strlen(words), size) + 2 * size + 2, height = 4 * size;
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(width, height);

    picture_fill(frame, 16, 128, 128);
    type_draw(font, words, words + strlen(words), size, (struct type_place){ size, size, 0, height }, frame);
    return ink_in(frame, 16, 0, height);
}

/* A frame with the picture above and the band below. */
static AVFrame *captioned(const struct exh_strings *items, const struct exh_strings *longest, int width, int height,
                          struct caption_layout *ret_layout)
{
    caption_lay_out(font, longest, width, height, ret_layout);
    AVFrame *frame = picture_new(width, height + ret_layout->height);
    picture_fill(frame, 140, 90, 90);
    caption_draw(font, ret_layout, items, frame, height, false);
    return frame;
}

/* The band has all the ink of all items, and none near an edge; there is none elsewhere. */
static void expect_whole(const struct exh_strings *items, int width, int height)
{
    struct caption_layout layout;
    EXH_CLEANUP(picture_free) AVFrame *frame = captioned(items, items, width, height, &layout);
    int64_t ink = 0;

    for (size_t i = 0; i < items->count; i++)
        ink += ink_of(items->at[i], layout.size);
    if (ink_in(frame, 16, height, frame->height) != ink)
        fail_msg("%dx%d: the caption is cut off", width, height);
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < width; x++) {
            bool inside = x >= 2 && x < width - 2 && y >= height + 2 && y < frame->height - 2;
            assert_int_equal(*picture_at(frame, 1, x / 2, y / 2), y < height ? 90 : 128);
            if (!inside && *picture_at(frame, 0, x, y) != (y < height ? 140 : 16))
                fail_msg("%dx%d: something at %d,%d", width, height, x, y);
        }
    assert_true(layout.height % 2 == 0 && layout.lines <= CAPTION_LINES);
}

/* ---- captions ---- */

static void a_caption_is_whole_and_within_its_band(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        expect_whole(&items, sizes[i].width, sizes[i].height);
}

static void a_caption_of_long_names_is_whole_and_within_its_band(void **state)
{
    static const char *const longer[] = {
        "wisbech-12 Market Place, corner of the High Street and the Old Corn Exchange, looking towards the river",
        "2021-12-05 21:10:00.280 GMT", "OP17/1 COPY",
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch/Llanfairpwllgwyngyllgogerychwyrndrobwllllantysilio",
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(longer, EXH_COUNT(longer));

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        expect_whole(&items, sizes[i].width, sizes[i].height);
}

static void an_item_is_never_parted_where_it_fits_a_line(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        struct caption_layout layout;
        caption_lay_out(font, &items, sizes[i].width, sizes[i].height, &layout);
        for (size_t j = 0; j < items.count; j++)
            assert_int_equal(layout.places[j].lines, 1);
    }
}

static void an_item_that_is_too_long_for_a_line_makes_the_type_smaller(void **state)
{
    static const char *const words[] = {
        "wisbech-12 Market Place, corner of the High Street and the Old Corn Exchange, "
        "looking towards the river and the bridge",
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(words, 1);
    EXH_CLEANUP(exh_strings_clear) struct exh_strings shorter = list_of(usual, 1);
    struct caption_layout layout, other;

    (void)state;
    need_font();
    caption_lay_out(font, &items, 1920, 1080, &layout);
    caption_lay_out(font, &shorter, 1920, 1080, &other);
    assert_true(layout.size < other.size && layout.lines == 1 && layout.places[0].lines == 1);
}

/* Rows that have ink, from the first to the last, of one digit drawn in a caption. */
static int height_of_digit(const struct exh_strings *longest, int digit, int width, int height)
{
    struct exh_strings items = EXH_STRINGS_NONE;
    struct caption_layout layout;

    exh_strings_addf(&items, "%d", digit);
    EXH_CLEANUP(picture_free) AVFrame *frame = captioned(&items, longest, width, height, &layout);
    exh_strings_clear(&items);
    int first = -1, last = -1;
    for (int y = height; y < frame->height; y++)
        for (int x = 0; x < width; x++)
            if (has_ink(frame, x, y)) {
                first = first < 0 ? y : first;
                last = y;
            }
    return last - first + 1;
}

static void digits_are_10_pixels_high_at_352x288_whatever_else_is_said(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));

    (void)state;
    need_font();
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < EXH_COUNT(sizes); i++)
            if (sizes[i].width >= 352 && sizes[i].height >= 288)
                for (int digit = 0; digit < 10; digit++)
                    assert_true(height_of_digit(&items, digit, sizes[i].width, sizes[i].height) >= 10);
        exh_strings_addf(&items, "%0200d", 0);
    }
}

/* A picture of noise with the ten digits over it or below it, through an encoder and back. */
static AVFrame *encoded(const struct exh_strings *items, bool over, struct caption_layout *ret_layout, int *ret_top)
{
    caption_lay_out(font, items, 352, 288, ret_layout);
    AVFrame *frame = picture_new(352, over ? 288 : 288 + ret_layout->height);
    char path[] = "/tmp/exhibit-draw-XXXXXX";
    int fd = mkstemp(path);

    picture_noise(frame, 3);
    *ret_top = frame->height - ret_layout->height;
    caption_draw(font, ret_layout, items, frame, *ret_top, over);
    FILE *raw = fdopen(fd, "w");
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < picture_height(frame, plane); y++)
            fwrite(picture_at(frame, plane, 0, y), 1, (size_t)picture_width(frame, plane), raw);
    fclose(raw);
    EXH_CLEANUP(exh_freep) char *command =
        exh_format("F='-f rawvideo -pix_fmt yuv420p'; ffmpeg -v fatal -nostdin -y $F -s 352x%d -i %s -c:v libx264 "
                   "-crf 28 -f h264 - | ffmpeg -v fatal -f h264 -i - -y $F %s.back", frame->height, path, path);
    assert_true(footage_run(command));
    EXH_CLEANUP(exh_freep) char *back = exh_format("%s.back", path);
    raw = fopen(back, "r");
    assert_non_null(raw);
    for (int y = 0; y < frame->height; y++)
        assert_int_equal(fread(picture_at(frame, 0, 0, y), 1, 352, raw), 352);
    fclose(raw);
    unlink(path);
    unlink(back);
    return frame;
}

/* How far the letter in a cell is from a digit as it was drawn. */
static int64_t distance(const AVFrame *seen, const AVFrame *drawn, int x, int y, int from, int wide, int high)
{
    int64_t sum = 0;

    for (int row = 0; row < high; row++)
        for (int column = 0; column < wide; column++) {
            int off = *picture_at(seen, 0, x + column, y + row) - *picture_at(drawn, 0, from + column, row);
            sum += off * off;
        }
    return sum;
}

/* What is drawn last: read back by taking, for each place, the digit that is nearest. */
static void each_digit_is_told_from_each_other_after_encoding_at_352x288(void **state)
{
    static const char *const digits[] = { "0123456789 8036975142 1725093864" };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(digits, 1);

    (void)state;
    need_font();
    for (int over = 0; over < 2; over++) {
        struct caption_layout layout;
        int top, wrong = 0;
        EXH_CLEANUP(picture_free) AVFrame *seen = encoded(&items, over, &layout, &top);
        EXH_CLEANUP(picture_free) AVFrame *drawn = picture_new(352, layout.height);
        picture_fill(drawn, over ? 43 : 16, 128, 128);
        int wide = type_width(font, "0", "0" + 1, layout.size), left = layout.places[0].left;
        type_draw(font, digits[0], digits[0] + 10, layout.size, (struct type_place){ left, layout.size / 4 + 1, 0, 99 },
                  drawn);
        for (int i = 0; digits[0][i]; i++) {
            int64_t own = INT64_MAX, other = INT64_MAX;
            for (int digit = 0; digit < 10 && digits[0][i] != ' '; digit++) {
                int64_t far = distance(seen, drawn, left + i * wide, top, left + digit * wide, wide, layout.height);
                if (digit == digits[0][i] - '0')
                    own = far;
                else
                    other = far < other ? far : other;
            }
            wrong += digits[0][i] != ' ' && own * 2 > other;
        }
        assert_int_equal(wrong, 0);
    }
}

/* In the picture as it is drawn: pixels that are light in the one and dark in the other, of some 7 by 10. */
static void each_digit_differs_from_each_other_in_many_pixels_at_352x288(void **state)
{
    AVFrame *frames[10];

    (void)state;
    need_font();
    for (int digit = 0; digit < 10; digit++) {
        const char words[] = { (char)('0' + digit), '\0' }, *const one[] = { words };
        EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(one, 1);
        struct caption_layout layout;
        frames[digit] = captioned(&items, &items, 352, 288, &layout);
    }
    for (int one = 0; one < 10; one++)
        for (int other = 0; other < one; other++) {
            int count = 0;
            for (int y = 288; y < frames[one]->height; y++)
                for (int x = 0; x < 352; x++)
                    count += has_ink(frames[one], x, y) != has_ink(frames[other], x, y);
            if (count < 10)
                fail_msg("%d and %d differ in %d pixels", one, other, count);
        }
    for (int digit = 0; digit < 10; digit++)
        picture_free(&frames[digit]);
}

static void nothing_moves_when_an_item_changes(void **state)
{
    static const char *const later[] = {
        "wisbech-12 Market Place", "2021-12-05 9:11:11 GMT", "2022-11-11T11:11:11.111Z", "OP17/1 COPY",
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings longest = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(exh_strings_clear) struct exh_strings other = list_of(later, EXH_COUNT(later));

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(sizes); i++) {
        struct caption_layout layout;
        int width = sizes[i].width, height = sizes[i].height;
        EXH_CLEANUP(picture_free) AVFrame *before = captioned(&longest, &longest, width, height, &layout);
        EXH_CLEANUP(picture_free) AVFrame *after = captioned(&other, &longest, width, height, &layout);
        for (size_t j = 0; j < 4; j += 3) {
            int left = layout.places[j].left, line = layout.places[j].line;
            int wide = type_width(font, usual[j], usual[j] + strlen(usual[j]), layout.size);
            for (int row = 0; row < layout.line_height; row++) {
                int y = height + layout.size / 4 + 1 + line * layout.line_height + row;
                assert_memory_equal(picture_at(before, 0, left, y), picture_at(after, 0, left, y), (size_t)wide);
            }
        }
        assert_false(picture_is_same(before, after));
    }
}

static void a_caption_over_the_picture_darkens_its_rows_and_leaves_the_others(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(exh_strings_clear) struct exh_strings nothing = EXH_STRINGS_NONE;
    EXH_CLEANUP(picture_free) AVFrame *before = picture_new(355, 288);
    struct caption_layout layout;

    (void)state;
    need_font();
    picture_noise(before, 4);
    caption_lay_out(font, &items, 355, 288, &layout);
    EXH_CLEANUP(picture_free) AVFrame *after = picture_copy(before);
    caption_draw(font, &layout, &nothing, after, 288 - layout.height, true);
    for (int y = 0; y < 288; y++)
        for (int x = 0; x < 355; x++) {
            int luma = *picture_at(before, 0, x, y), chroma = *picture_at(before, 1, x / 2, y / 2);
            bool above = y < 288 - layout.height;
            assert_int_equal(*picture_at(after, 0, x, y), above ? luma : luma / 4 + 12);
            assert_int_equal(*picture_at(after, 1, x / 2, y / 2), above ? chroma : chroma / 4 + 96);
        }
    EXH_CLEANUP(picture_free) AVFrame *words = picture_copy(before);
    caption_draw(font, &layout, &items, words, 288 - layout.height, true);
    for (int y = 0; y < 288; y++)
        for (int x = 0; x < 355; x++)
            assert_true(*picture_at(words, 0, x, y) >= *picture_at(after, 0, x, y));
    assert_true(ink_in(words, 0, 0, 288) > ink_in(after, 0, 0, 288) + 200 * 500);
}

/* Where the table of widths is in a TrueType file. */
static uint8_t *widths_in(uint8_t *bytes)
{
    for (int i = 0; i < bytes[5]; i++) {
        const uint8_t *entry = bytes + 12 + 16 * i, *at = entry + 8;
        if (!memcmp(entry, "hmtx", 4))
            return bytes + ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
    }
    fail();
    return NULL;
}

/* A font whose one is narrow: as made for text, not for tables. */
static void make_one_narrow(struct exh_text *font_file)
{
    uint8_t *bytes = (uint8_t *)font_file->bytes;
    FT_Library library;
    FT_Face face;

    assert_false(FT_Init_FreeType(&library) || FT_New_Memory_Face(library, bytes, (FT_Long)font_file->size, 0, &face));
    const TT_HoriHeader *header = FT_Get_Sfnt_Table(face, FT_SFNT_HHEA);
    unsigned one = FT_Get_Char_Index(face, '1');
    assert_true(one < header->number_Of_HMetrics);
    widths_in(bytes)[4 * one] = 2;
    FT_Done_FreeType(library);
}

static void each_digit_has_the_same_room_in_any_font(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text file = EXH_TEXT_NONE;
    EXH_CLEANUP(font_freep) struct font *narrow = NULL;

    (void)state;
    if (!read_file("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", &file)) {
        print_message("no font of unequal widths\n");
        skip();
    }
    make_one_narrow(&file);
    assert_true(font_open((const uint8_t *)file.bytes, file.size, &narrow, &err));
    assert_int_equal(type_width(narrow, "1111", "1111" + 4, 30), type_width(narrow, "0000", "0000" + 4, 30));
    assert_true(type_width(narrow, "iiii", "iiii" + 4, 30) < type_width(narrow, "0000", "0000" + 4, 30));
}

/* The frame is a window in a larger one; the words are longer than was promised. */
static void nothing_is_drawn_beside_the_picture(void **state)
{
    static const char *const longer[] = {
        "wisbech-12 Market Place, and a good deal more than that", "j\xc3\x89\xc3\x85", "x", "y",
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings longest = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(longer, EXH_COUNT(longer));
    EXH_CLEANUP(picture_free) AVFrame *whole = picture_new(432, 380);
    EXH_CLEANUP(picture_free) AVFrame *before = (picture_noise(whole, 8), picture_copy(whole));
    struct caption_layout layout;
    AVFrame part = *whole;

    (void)state;
    need_font();
    part.width = 352;
    part.height = 300;
    for (int plane = 0; plane < 3; plane++)
        part.data[plane] = picture_at(whole, plane, plane ? 20 : 40, plane ? 20 : 40);
    caption_lay_out(font, &longest, 352, 288, &layout);
    caption_draw(font, &layout, &items, &part, 30, true);
    caption_draw(font, &layout, &items, &part, -20, false);
    caption_draw(font, &layout, &items, &part, 280, true);
    caption_draw(font, &layout, &items, &part, 300, true);
    card_draw(font, &items, &part);
    type_draw(font, "WWW", "WWW" + 3, 40, (struct type_place){ -10, 100, 0, 300 }, &part);
    for (int y = 0; y < 380; y++)
        for (int x = 0; x < 432; x++)
            if (x < 40 || x >= 392 || y < 40 || y >= 340)
                for (int plane = 0; plane < 3; plane++)
                    assert_int_equal(*picture_at(whole, plane, x >> !!plane, y >> !!plane),
                                     *picture_at(before, plane, x >> !!plane, y >> !!plane));
}

/* ---- cards ---- */

static void expect_card_fits(const struct exh_strings *lines, int width, int height)
{
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(width, height);
    int ground, side = width < height ? width / 30 : height / 30;

    picture_fill(frame, 200, 90, 90);
    card_draw(font, lines, frame);
    ground = *picture_at(frame, 0, 0, 0);
    assert_true(ground >= 16 && ground < 50);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            bool inside = x >= side && x < width - side && y >= side && y < height - side;
            if (!inside && *picture_at(frame, 0, x, y) != ground)
                fail_msg("%dx%d: something at %d,%d", width, height, x, y);
            assert_int_equal(*picture_at(frame, 1, x / 2, y / 2), 128);
        }
    assert_true(ink_in(frame, ground, 0, height) > 0);
}

static void a_card_of_any_size_has_all_its_words_away_from_the_edges(void **state)
{
    static const struct { int width, height; } of[] = {
        { 80, 60 }, { 60, 80 }, { 96, 64 }, { 128, 96 }, { 176, 144 }, { 4096, 80 }, { 80, 4096 }, { 4096, 4096 },
        { 100, 99 },
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings lines = list_of(gap_card, EXH_COUNT(gap_card));

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(of); i++)
        expect_card_fits(&lines, of[i].width, of[i].height);
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        expect_card_fits(&lines, sizes[i].width, sizes[i].height);
}

static void a_card_of_long_words_wraps_them(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings lines = EXH_STRINGS_NONE;

    (void)state;
    need_font();
    exh_strings_addf(&lines, "%0300d", 0);
    exh_strings_addf(&lines, "%0100d %0100d  %030d", 0, 0, 0);
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        expect_card_fits(&lines, sizes[i].width, sizes[i].height);
}

/* Its ink is that of its words at the sizes chosen: found by looking for a size that gives it. */
static void a_card_draws_each_word(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings lines = list_of(gap_card, EXH_COUNT(gap_card));

    (void)state;
    need_font();
    for (size_t i = 0; i < 3; i++) {
        EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(sizes[i].width, sizes[i].height);
        card_draw(font, &lines, frame);
        bool found = false;
        for (int size = 3; size < 100 && !found; size++) {
            int64_t ink = 0, drawn = 0;
            for (size_t j = 0; j < lines.count; j++)
                ink += ink_of(lines.at[j], j ? size : size * 3 / 2);
            for (int y = 0; y < frame->height; y++)
                for (int x = 0; x < frame->width; x++)
                    drawn += (*picture_at(frame, 0, x, y) - 32) * 219 / 203;
            found = drawn > ink - ink / 40 && drawn < ink + ink / 40;
        }
        assert_true(found);
    }
}

/* ---- characters ---- */

static bool draw_alike(const char *one, const char *other)
{
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(400, 80);
    EXH_CLEANUP(picture_free) AVFrame *second = picture_new(400, 80);

    picture_fill(frame, 16, 128, 128);
    picture_fill(second, 16, 128, 128);
    type_draw(font, one, one + strlen(one), 30, (struct type_place){ 5, 10, 0, 80 }, frame);
    type_draw(font, other, other + strlen(other), 30, (struct type_place){ 5, 10, 0, 80 }, second);
    return picture_is_same(frame, second);
}

static void names_in_utf_8_are_drawn(void **state)
{
    static const char *const letters[] = {
        "\xc3\xa9", "\xe2\x80\x93", "\xe2\x82\xac", "e", "-", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbd",
    };
    const char *two = "\xc3\xa9\xe2\x80\x93";

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(letters); i++)
        for (size_t j = 0; j < i; j++)
            assert_false(draw_alike(letters[i], letters[j]));
    assert_int_equal(type_width(font, two, two + strlen(two), 30), type_width(font, "00", "00" + 2, 30));
}

static void a_character_that_the_font_has_not_got_is_its_box(void **state)
{
    (void)state;
    need_font();
    assert_true(draw_alike("\xf4\x8f\xbf\xbd", "\xf0\xa0\x80\x80"));
    assert_true(draw_alike("\x07", "\xf0\xa0\x80\x80"));
    assert_true(ink_of("\xf4\x8f\xbf\xbd", 30) > 0);
}

static void bytes_that_are_no_utf_8_are_drawn_as_the_character_for_that(void **state)
{
    static const struct { const char *bytes; int count; } wrong[] = {
        { "\xff", 1 }, { "\x80", 1 }, { "\xc3", 1 }, { "\xe2\x82", 2 }, { "\xf0\x9f\x98", 3 }, { "\xc0\xaf", 2 },
        { "\xed\xa0\x80", 3 }, { "\xf4\x90\x80\x80", 4 }, { "\xe0\x80\xaf", 3 }, { "\xf8\x88", 2 },
    };

    (void)state;
    need_font();
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text right = EXH_TEXT_NONE, words = EXH_TEXT_NONE;
        for (int j = 0; j < wrong[i].count; j++)
            exh_text_puts(&right, "\xef\xbf\xbd");
        exh_text_puts(&right, "A");
        exh_text_printf(&words, "%sA", wrong[i].bytes);
        assert_true(draw_alike(words.bytes, right.bytes));
        assert_int_equal(ink_of(wrong[i].bytes, 20), ink_of("\xef\xbf\xbd", 20) * wrong[i].count);
    }
}

/* ---- any picture, any words, any font ---- */

static void small_pictures_and_empty_words_do_no_harm(void **state)
{
    static const char *const odd[] = {
        "", "x", "", " ", "   a   ", "\x01\x7f\n\t", "\xff\xfe\xfd", "a very long item, much longer",
    };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(odd, EXH_COUNT(odd));
    struct exh_strings none = EXH_STRINGS_NONE;
    struct caption_layout layout;

    (void)state;
    need_font();
    for (int side = 1; side < 64; side++) {
        EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(side, 64 - side);
        picture_fill(frame, 100, 100, 100);
        for (size_t count = items.count; count > 0; count--) {
            const struct exh_strings some = { items.at, count };
            caption_lay_out(font, &some, side, 64 - side, &layout);
            caption_draw(font, &layout, &items, frame, 0, true);
            caption_draw(font, &layout, &items, frame, -10, false);
            caption_draw(font, &layout, &items, frame, 64 - side, false);
            card_draw(font, &some, frame);
        }
        caption_lay_out(font, &none, side, 64 - side, &layout);
        caption_draw(font, &layout, &none, frame, 0, false);
        card_draw(font, &none, frame);
    }
}

static void very_many_items_and_characters_do_no_harm(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(352, 288);
    struct caption_layout layout;

    (void)state;
    need_font();
    picture_fill(frame, 100, 100, 100);
    for (int i = 0; i < 100; i++)
        exh_strings_addf(&items, "item %d of one hundred items", i);
    caption_lay_out(font, &items, 352, 288, &layout);
    assert_true(layout.lines <= CAPTION_LINES && !layout.places[CAPTION_ITEMS - 1].lines);
    for (size_t i = 0; i < CAPTION_ITEMS; i++)
        assert_true(!layout.places[i].lines
                    || (layout.places[i].lines > 0 && layout.places[i].line + layout.places[i].lines <= CAPTION_LINES));
    caption_draw(font, &layout, &items, frame, 0, false);
    exh_strings_clear(&items);
    for (int i = 0x800; i < 0xd800; i += 8)
        exh_strings_addf(&items, "%c%c%c", 0xe0 | i >> 12, 0x80 | (i >> 6 & 0x3f), 0x80 | (i & 0x3f));
    card_draw(font, &items, frame);
    assert_true(draw_alike("0123", "0123"));
}

static void what_is_no_font_is_refused(void **state)
{
    static const char *const wrong[] = { "", "x", "not a font at all, by far", "\x00\x01\x00\x00\xff\xff\xff\xff" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct font *none = NULL;
        assert_false(font_open((const uint8_t *)wrong[i], strlen(wrong[i]), &none, &err));
        assert_int_equal(err.kind, EXH_MALFORMED);
        assert_null(none);
    }
}

static void a_broken_font_does_no_harm(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(352, 288);
    uint32_t seed = 1;

    (void)state;
    need_font();
    for (int round = 0; round < 60; round++) {
        EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_memdup(font_bytes.bytes, font_bytes.size);
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(font_freep) struct font *broken = NULL;
        size_t size = round % 3 ? font_bytes.size : font_bytes.size * (size_t)(round + 1) / 61;
        for (int i = 0; i < 400 && round % 3; i++) {
            seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
            bytes[(seed >> 4) % (round % 3 == 1 ? 6000 : font_bytes.size)] ^= (uint8_t)(1 << (seed >> 29));
        }
        if (font_open(bytes, size, &broken, &err)) {
            struct caption_layout layout;
            caption_lay_out(broken, &items, 352, 288, &layout);
            caption_draw(broken, &layout, &items, frame, 0, round % 2);
            card_draw(broken, &items, frame);
        }
    }
}

static void the_same_words_give_the_same_bytes_whatever_was_drawn_before_and_is_in_the_environment(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(font_freep) struct font *fresh = NULL;
    struct caption_layout one, other;

    (void)state;
    need_font();
    setenv("FREETYPE_PROPERTIES", "truetype:interpreter-version=35 autofitter:warping=1", 1);
    assert_true(font_open((const uint8_t *)font_bytes.bytes, font_bytes.size, &fresh, &err));
    unsetenv("FREETYPE_PROPERTIES");
    caption_lay_out(font, &items, 704, 576, &one);
    caption_lay_out(fresh, &items, 704, 576, &other);
    assert_memory_equal(&one, &other, sizeof one);
    EXH_CLEANUP(picture_free) AVFrame *before = picture_new(704, one.height);
    EXH_CLEANUP(picture_free) AVFrame *after = picture_new(704, one.height);
    caption_draw(font, &one, &items, before, 0, false);
    caption_draw(fresh, &other, &items, after, 0, false);
    assert_true(picture_is_same(before, after));
}

static void the_library_is_named(void **state)
{
    EXH_CLEANUP(exh_freep) char *name = font_library();
    int at = 0;

    (void)state;
    sscanf(name, "FreeType %*d.%*d.%*d%n", &at);
    assert_true(at > 0 && !name[at]);
}

/* Said for who reads it; machines differ. */
static void what_a_caption_costs_at_1920x1080(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = list_of(usual, EXH_COUNT(usual));
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(1920, 1080);
    struct caption_layout layout;
    struct timespec before, after;

    (void)state;
    need_font();
    picture_fill(frame, 100, 100, 100);
    caption_lay_out(font, &items, 1920, 1080, &layout);
    for (int over = 0; over < 2; over++) {
        caption_draw(font, &layout, &items, frame, 1000, over);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        for (int i = 0; i < 100; i++)
            caption_draw(font, &layout, &items, frame, 1000, over);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        double ms = (double)(after.tv_sec - before.tv_sec) * 10 + (double)(after.tv_nsec - before.tv_nsec) / 1e8;
        print_message("four items %s: %.3f ms\n", over ? "over the picture" : "in a band", ms);
        assert_true(ms < 20);
    }
}

/* ---- before and after ---- */

static int set_up(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    if (!read_file(font_path, &font_bytes))
        return 0;
    return font_open((const uint8_t *)font_bytes.bytes, font_bytes.size, &font, &err) ? 0 : -1;
}

static int clean_up(void **state)
{
    (void)state;
    font_freep(&font);
    exh_text_clear(&font_bytes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caption_is_whole_and_within_its_band),
        cmocka_unit_test(a_caption_of_long_names_is_whole_and_within_its_band),
        cmocka_unit_test(an_item_is_never_parted_where_it_fits_a_line),
        cmocka_unit_test(an_item_that_is_too_long_for_a_line_makes_the_type_smaller),
        cmocka_unit_test(digits_are_10_pixels_high_at_352x288_whatever_else_is_said),
        cmocka_unit_test(each_digit_is_told_from_each_other_after_encoding_at_352x288),
        cmocka_unit_test(each_digit_differs_from_each_other_in_many_pixels_at_352x288),
        cmocka_unit_test(nothing_moves_when_an_item_changes),
        cmocka_unit_test(a_caption_over_the_picture_darkens_its_rows_and_leaves_the_others),
        cmocka_unit_test(nothing_is_drawn_beside_the_picture),
        cmocka_unit_test(each_digit_has_the_same_room_in_any_font),
        cmocka_unit_test(a_card_of_any_size_has_all_its_words_away_from_the_edges),
        cmocka_unit_test(a_card_of_long_words_wraps_them),
        cmocka_unit_test(a_card_draws_each_word),
        cmocka_unit_test(names_in_utf_8_are_drawn),
        cmocka_unit_test(a_character_that_the_font_has_not_got_is_its_box),
        cmocka_unit_test(bytes_that_are_no_utf_8_are_drawn_as_the_character_for_that),
        cmocka_unit_test(small_pictures_and_empty_words_do_no_harm),
        cmocka_unit_test(very_many_items_and_characters_do_no_harm),
        cmocka_unit_test(what_is_no_font_is_refused),
        cmocka_unit_test(a_broken_font_does_no_harm),
        cmocka_unit_test(the_same_words_give_the_same_bytes_whatever_was_drawn_before_and_is_in_the_environment),
        cmocka_unit_test(the_library_is_named),
        cmocka_unit_test(what_a_caption_costs_at_1920x1080),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
