/* media: masks cover what they must, and nothing of it can be had back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/media/mask.h"
#include "exhibit/text.h"
#include "picture.h"

#include <inttypes.h>
#include <time.h>

static const enum mask_style styles[] = { MASK_BLACK, MASK_PIXELATE, MASK_BLUR };
static const enum mask_style averaging[] = { MASK_PIXELATE, MASK_BLUR };

/* ---- masks of a test ---- */

static struct masks *new_masks(enum mask_style style)
{
    struct masks *masks = exh_alloc(sizeof *masks);

    masks->style = style;
    return masks;
}

static void free_masks(struct masks **masks)
{
    masks_clear(*masks);
    free(*masks);
}

static struct mask *add_mask(struct masks *masks, bool outside, int64_t from_ns, int64_t to_ns)
{
    masks->at = exh_realloc_array(masks->at, masks->count + 1, sizeof *masks->at);
    masks->at[masks->count] = (struct mask){ .from_ns = from_ns, .to_ns = to_ns, .outside = outside };
    return &masks->at[masks->count++];
}

static void add_key(struct mask *mask, int64_t own_ns, int x, int y, int width, int height)
{
    mask->keys = exh_realloc_array(mask->keys, mask->count + 1, sizeof *mask->keys);
    mask->keys[mask->count++] = (struct mask_key){ own_ns, x, y, width, height };
}

static void add_still(struct masks *masks, bool outside, int x, int y, int width, int height)
{
    add_key(add_mask(masks, outside, INT64_MIN, INT64_MAX), 0, x, y, width, height);
}

/* The whole frame is the canvas. */
static void apply(const struct masks *masks, int64_t from_ns, int64_t to_ns, AVFrame *frame)
{
    masks_apply(masks, from_ns, to_ns, frame, 0, 0, frame->width, frame->height);
}

static AVFrame *masked(const struct masks *masks, int64_t from_ns, int64_t to_ns, const AVFrame *frame)
{
    AVFrame *copy = picture_copy(frame);

    apply(masks, from_ns, to_ns, copy);
    return copy;
}

static AVFrame *noise(int width, int height)
{
    AVFrame *frame = picture_new(width, height);

    picture_noise(frame, 7);
    return frame;
}

/* The box is black, in all planes. */
static void expect_covered(const struct masks *masks, int64_t from_ns, int64_t to_ns, int x0, int y0, int x1, int y1)
{
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(400, 300);

    picture_fill(frame, 200, 90, 200);
    apply(masks, from_ns, to_ns, frame);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            if (*picture_at(frame, 0, x, y) != 16 || *picture_at(frame, 1, x / 2, y / 2) != 128
                || *picture_at(frame, 2, x / 2, y / 2) != 128)
                fail_msg("%d,%d is bare", x, y);
}

static void expect_bare(const struct masks *masks, int64_t from_ns, int64_t to_ns, int x0, int y0, int x1, int y1)
{
    EXH_CLEANUP(picture_free) AVFrame *before = noise(400, 300);
    EXH_CLEANUP(picture_free) AVFrame *after = masked(masks, from_ns, to_ns, before);

    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            for (int plane = 0; plane < 3; plane++) {
                int half = plane ? 1 : 0;
                if (*picture_at(before, plane, x >> half, y >> half) != *picture_at(after, plane, x >> half, y >> half))
                    fail_msg("%d,%d is covered", x, y);
            }
}

/* Black in the box and nowhere else. */
static void expect_black(const struct masks *masks, int64_t from_ns, int64_t to_ns, int x0, int y0, int x1, int y1)
{
    expect_covered(masks, from_ns, to_ns, x0, y0, x1, y1);
    expect_bare(masks, from_ns, to_ns, 0, 0, 400, y0);
    expect_bare(masks, from_ns, to_ns, 0, y1, 400, 300);
    expect_bare(masks, from_ns, to_ns, 0, y0, x0, y1);
    expect_bare(masks, from_ns, to_ns, x1, y0, 400, y1);
}

/* ---- where ---- */

static void a_mask_is_rounded_outward_to_whole_samples_of_chroma(void **state)
{
    static const struct { int x, y, width, height, x0, y0, x1, y1; } cases[] = {
        { 100, 50, 20, 10, 100, 50, 120, 60 }, { 101, 51, 20, 10, 100, 50, 122, 62 },
        { 103, 53, 1, 1, 102, 52, 104, 54 },   { -5, -7, 10, 10, 0, 0, 6, 4 },
        { 395, 290, 50, 50, 394, 290, 400, 300 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
        add_still(masks, false, cases[i].x, cases[i].y, cases[i].width, cases[i].height);
        expect_black(masks, 0, 40, cases[i].x0, cases[i].y0, cases[i].x1, cases[i].y1);
    }
}

static void a_moving_mask_covers_every_place_it_passes_while_the_picture_is_on_show(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);

    (void)state;
    add_key(mask, 1000, 100, 100, 20, 20);
    add_key(mask, 2000, 200, 100, 20, 40);
    expect_black(masks, 0, 500, 100, 100, 120, 120);
    expect_black(masks, 1500, 1500, 150, 100, 172, 132);
    expect_black(masks, 1400, 1600, 140, 100, 180, 132);
    expect_black(masks, 1900, 2500, 190, 100, 220, 140);
    expect_black(masks, 0, 9000, 100, 100, 220, 140);
    expect_black(masks, 3000, 3040, 200, 100, 220, 140);
    expect_black(masks, 1333, 1333, 132, 100, 154, 128);
}

static void a_mask_that_moves_back_is_rounded_outward_too(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);

    (void)state;
    add_key(mask, 0, 199, 100, 20, 20);
    add_key(mask, 1000, 99, 100, 20, 20);
    expect_black(masks, 333, 333, 164, 100, 186, 120);
}

static void a_mask_that_turns_a_corner_covers_both_ways_and_not_what_is_between(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);

    (void)state;
    add_key(mask, 0, 40, 40, 20, 20);
    add_key(mask, 100, 240, 40, 20, 20);
    add_key(mask, 200, 240, 240, 20, 20);
    expect_covered(masks, 0, 200, 40, 40, 260, 60);
    expect_covered(masks, 0, 200, 240, 40, 260, 260);
    expect_bare(masks, 0, 200, 40, 60, 240, 260);
}

static void a_mask_of_very_many_keys_in_one_picture_still_covers_all_of_them(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);

    (void)state;
    for (int i = 0; i < 1000; i++)
        add_key(mask, i, 10 + i % 300, 10 + i % 7, 4, 4);
    expect_covered(masks, 0, 1000, 10, 16, 312, 20);
    expect_bare(masks, 0, 1000, 0, 22, 400, 300);
}

static void a_mask_applies_from_its_beginning_to_its_end(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, 1000, 2000);

    (void)state;
    add_key(mask, 0, 0, 0, 20, 20);
    add_key(mask, 3000, 300, 0, 20, 20);
    expect_bare(masks, 900, 1000, 0, 0, 400, 300);
    expect_bare(masks, 2000, 2040, 0, 0, 400, 300);
    expect_black(masks, 900, 1100, 100, 0, 130, 20);
    expect_black(masks, 1900, 2100, 190, 0, 220, 20);
    expect_black(masks, 0, 3000, 100, 0, 220, 20);
}

static void a_mask_whose_keys_are_at_the_ends_of_time_moves_all_the_same(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);

    (void)state;
    add_key(mask, INT64_MIN, 0, 0, 20, 20);
    add_key(mask, INT64_MAX, 200, 100, 20, 20);
    expect_black(masks, 0, 0, 100, 50, 122, 72);
    expect_black(masks, INT64_MIN, INT64_MAX, 0, 0, 220, 120);
}

static void masks_reach_no_further_than_the_canvas(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *before = noise(400, 300);

    (void)state;
    for (size_t i = 0; i < 2 * EXH_COUNT(styles); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[i / 2]);
        EXH_CLEANUP(picture_free) AVFrame *after = picture_copy(before);
        add_still(masks, i % 2, i % 2 ? 1000 : -50, i % 2 ? 1000 : -50, 1000, 1000);
        masks_apply(masks, 0, 40, after, 50, 20, 300, 240);
        for (int y = 0; y < 300; y++)
            for (int x = 0; x < 400; x++)
                if (x < 50 || x >= 350 || y < 20 || y >= 260)
                    assert_int_equal(*picture_at(after, 0, x, y), *picture_at(before, 0, x, y));
        assert_int_not_equal(memcmp(picture_at(before, 0, 50, 20), picture_at(after, 0, 50, 20), 300), 0);
        assert_int_not_equal(memcmp(picture_at(before, 2, 25, 129), picture_at(after, 2, 25, 129), 150), 0);
    }
}

static void a_mask_stands_where_the_canvas_has_it(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(400, 300);

    (void)state;
    picture_fill(frame, 200, 90, 200);
    add_still(masks, false, 10, 10, 20, 20);
    masks_apply(masks, 0, 40, frame, 50, 20, 300, 240);
    assert_int_equal(*picture_at(frame, 0, 60, 30), 16);
    assert_int_equal(*picture_at(frame, 0, 79, 49), 16);
    assert_int_equal(*picture_at(frame, 0, 59, 30), 200);
    assert_int_equal(*picture_at(frame, 0, 80, 49), 200);
}

/* ---- what lies outside ---- */

static void all_but_what_is_in_an_outside_mask_is_covered(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);

    (void)state;
    add_still(masks, true, 101, 51, 40, 40);
    expect_bare(masks, 0, 40, 102, 52, 140, 90);
    expect_covered(masks, 0, 40, 0, 0, 400, 52);
    expect_covered(masks, 0, 40, 0, 90, 400, 300);
    expect_covered(masks, 0, 40, 0, 52, 102, 90);
    expect_covered(masks, 0, 40, 140, 52, 400, 90);
}

static void what_is_in_any_of_several_outside_masks_stays(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);

    (void)state;
    add_still(masks, true, 200, 50, 40, 40);
    add_still(masks, true, 20, 60, 40, 100);
    add_still(masks, true, 210, 80, 10, 10);
    add_still(masks, true, 210, 40, 10, 30);
    add_still(masks, true, 340, 280, 100, 100);
    expect_bare(masks, 0, 40, 200, 50, 240, 90);
    expect_bare(masks, 0, 40, 210, 40, 220, 50);
    expect_bare(masks, 0, 40, 20, 60, 60, 160);
    expect_bare(masks, 0, 40, 340, 280, 400, 300);
    expect_covered(masks, 0, 40, 60, 0, 200, 300);
    expect_covered(masks, 0, 40, 240, 0, 340, 300);
}

static void a_mask_inside_an_outside_one_covers_all_the_same(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);

    (void)state;
    add_still(masks, false, 120, 60, 20, 20);
    add_still(masks, true, 100, 40, 100, 100);
    expect_covered(masks, 0, 40, 120, 60, 140, 80);
    expect_bare(masks, 0, 40, 100, 40, 120, 140);
    expect_covered(masks, 0, 40, 0, 0, 100, 300);
}

static void of_a_moving_outside_mask_only_what_is_in_it_at_every_moment_stays(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);
    struct mask *mask = add_mask(masks, true, INT64_MIN, INT64_MAX);

    (void)state;
    add_key(mask, 0, 100, 100, 50, 50);
    add_key(mask, 1000, 200, 100, 50, 50);
    expect_bare(masks, 100, 300, 130, 100, 160, 150);
    expect_covered(masks, 100, 300, 0, 0, 130, 300);
    expect_covered(masks, 100, 300, 160, 0, 400, 300);
    expect_bare(masks, 325, 325, 134, 100, 182, 150);
    expect_covered(masks, 325, 325, 0, 0, 134, 300);
    expect_covered(masks, 325, 325, 182, 0, 400, 300);
    expect_covered(masks, 0, 1000, 0, 0, 400, 300);
}

/* One that begins or ends in the middle of a picture, and one that takes over from another there. */
static void outside_masks_that_change_within_a_picture_never_bare_too_much(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLACK);

    (void)state;
    add_key(add_mask(masks, true, 1000, 2000), 0, 100, 100, 50, 50);
    expect_bare(masks, 900, 1000, 0, 0, 400, 300);
    expect_bare(masks, 980, 1020, 100, 100, 150, 150);
    expect_covered(masks, 980, 1020, 0, 0, 400, 100);
    expect_covered(masks, 1990, 2030, 150, 0, 400, 300);
    add_key(add_mask(masks, true, 2000, 3000), 0, 120, 100, 50, 50);
    expect_bare(masks, 1980, 2020, 120, 100, 150, 150);
    expect_covered(masks, 1980, 2020, 0, 0, 120, 300);
    expect_covered(masks, 1980, 2020, 150, 0, 400, 300);
    expect_bare(masks, 2020, 2060, 120, 100, 170, 150);
}

/* ---- nothing can be had back ---- */

/* Moves samples about within a box, so that their sum stays. */
static void shuffle_square(AVFrame *frame, int plane, int x0, int y0, int x1, int y1)
{
    static uint32_t seed = 1;
    int wide = x1 - x0, count = wide * (y1 - y0);

    for (int i = count - 1; i > 0; i--) {
        seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
        int j = (int)((seed >> 8) % (uint32_t)(i + 1));
        uint8_t *one = picture_at(frame, plane, x0 + i % wide, y0 + i / wide);
        uint8_t *other = picture_at(frame, plane, x0 + j % wide, y0 + j / wide), kept = *one;
        *one = *other;
        *other = kept;
    }
}

/* Squares that begin in the box; those at the ends of the frame take what is left over. */
static void shuffle(AVFrame *frame, int side, int x0, int y0, int x1, int y1)
{
    for (int plane = 0; plane < 3; plane++)
        for (int y = y0; y < y1 && y + side <= frame->height; y += side)
            for (int x = x0; x < x1 && x + side <= frame->width; x += side) {
                int far_x = x + 2 * side > frame->width ? frame->width : x + side;
                int far_y = y + 2 * side > frame->height ? frame->height : y + side, half = plane ? 1 : 0;
                shuffle_square(frame, plane, x >> half, y >> half, (far_x + half) >> half, (far_y + half) >> half);
            }
}

/* The blocks of this mask are 64 pixels, and four by four of them. */
static void pictures_with_the_same_averages_of_blocks_give_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(averaging); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(averaging[i]);
        EXH_CLEANUP(picture_free) AVFrame *one = noise(704, 576);
        EXH_CLEANUP(picture_free) AVFrame *other = picture_copy(one);
        add_still(masks, false, 100, 100, 180, 180);
        shuffle(other, 64, 64, 64, 320, 320);
        assert_false(picture_is_same(one, other));
        EXH_CLEANUP(picture_free) AVFrame *masked_one = masked(masks, 0, 40, one);
        EXH_CLEANUP(picture_free) AVFrame *masked_other = masked(masks, 0, 40, other);
        for (int plane = 0; plane < 3; plane++)
            for (int y = 96 >> !!plane; y < 280 >> !!plane; y++)
                assert_memory_equal(picture_at(masked_one, plane, 96 >> !!plane, y),
                                    picture_at(masked_other, plane, 96 >> !!plane, y), (size_t)(184 >> !!plane));
    }
}

static void expect_same_bytes(const struct masks *masks, const AVFrame *one, const AVFrame *other, int64_t ns)
{
    EXH_CLEANUP(picture_free) AVFrame *masked_one = masked(masks, ns, ns + 40, one);
    EXH_CLEANUP(picture_free) AVFrame *masked_other = masked(masks, ns, ns + 40, other);

    assert_true(picture_is_same(masked_one, masked_other));
}

/* A still scene under masks of several sizes that move over it, overlap and leave the frame: detail within the squares
 * that are covered at every moment of the film shows in none of its pictures. */
static void masked_detail_gives_the_same_bytes_wherever_masks_move(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *one = noise(363, 289);
    EXH_CLEANUP(picture_free) AVFrame *other = picture_copy(one);

    (void)state;
    shuffle(other, 16, 144, 112, 192, 160);
    shuffle(other, 16, 336, 272, 363, 289);
    for (size_t i = 0; i < EXH_COUNT(styles); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[i]);
        struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);
        add_key(mask, 0, 90, 70, 103, 91);
        add_key(mask, 1000, 143, 111, 300, 120);
        add_still(masks, false, 130, 100, 40, 30);
        add_still(masks, false, 160, 140, 33, 17);
        add_still(masks, false, 336, 272, 27, 17);
        for (int64_t ns = -50; ns < 1100; ns += 37)
            expect_same_bytes(masks, one, other, ns);
    }
}

static void detail_outside_of_an_outside_mask_gives_the_same_bytes(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *one = noise(363, 289);
    EXH_CLEANUP(picture_free) AVFrame *other = picture_copy(one);

    (void)state;
    shuffle(other, 16, 0, 0, 96, 363);
    shuffle(other, 16, 240, 0, 363, 363);
    for (size_t i = 0; i < EXH_COUNT(styles); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[i]);
        struct mask *mask = add_mask(masks, true, INT64_MIN, INT64_MAX);
        add_key(mask, 0, 96, 70, 60, 91);
        add_key(mask, 1000, 179, 110, 61, 120);
        for (int64_t ns = -50; ns < 1100; ns += 37)
            expect_same_bytes(masks, one, other, ns);
    }
}

/* A square is hidden as a whole or not at all, so that what is bare of it cannot be taken from its average. */
static void no_square_is_partly_bare(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *before = noise(400, 304);

    (void)state;
    for (size_t i = 0; i < 2 * EXH_COUNT(averaging); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(averaging[i / 2]);
        add_still(masks, i % 2, 77, 55, 93, 101);
        EXH_CLEANUP(picture_free) AVFrame *after = masked(masks, 0, 40, before);
        for (int y = 0; y < 304; y++)
            for (int x = 0; x < 400; x++) {
                bool in = i % 2 ? x >= 80 && x < 160 && y >= 64 && y < 144 : x >= 64 && x < 176 && y >= 48 && y < 160;
                int far = abs(*picture_at(before, 0, x, y) - *picture_at(after, 0, x, y));
                if (in == i % 2 && far)
                    fail_msg("%d,%d is covered", x, y);
            }
    }
}

/* Seen of noise, blocks of 16 pixels and more are nearly even. */
static void detail_is_gone(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(averaging); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(averaging[i]);
        EXH_CLEANUP(picture_free) AVFrame *frame = noise(400, 304);
        add_still(masks, false, 0, 0, 400, 304);
        apply(masks, 0, 40, frame);
        for (int y = 0; y < 304; y++)
            for (int x = 0; x < 400; x++)
                assert_in_range(*picture_at(frame, 0, x, y), 122, 129);
    }
}

static void pixels_of_a_block_are_its_average(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_PIXELATE);
    EXH_CLEANUP(picture_free) AVFrame *frame = noise(64, 64);
    unsigned sum = 0;

    (void)state;
    for (int y = 16; y < 32; y++)
        for (int x = 32; x < 48; x++)
            sum += *picture_at(frame, 0, x, y);
    add_still(masks, false, 20, 17, 28, 20);
    apply(masks, 0, 40, frame);
    for (int y = 16; y < 32; y++)
        for (int x = 32; x < 48; x++)
            assert_int_equal(*picture_at(frame, 0, x, y), (sum + 128) / 256);
}

/* Else each size on its way would be another sampling of the same scene. */
static void the_blocks_of_a_mask_stay_the_same_while_it_grows(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_PIXELATE);
    struct mask *mask = add_mask(masks, false, INT64_MIN, INT64_MAX);
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(400, 304);

    (void)state;
    add_key(mask, 0, 64, 64, 16, 16);
    add_key(mask, 1000, 64, 64, 180, 180);
    add_key(mask, 2000, 64, 64, 16, 16);
    picture_fill(frame, 40, 128, 128);
    for (int y = 64; y < 128; y++)
        memset(picture_at(frame, 0, 96, y), 200, 32);
    apply(masks, 0, 0, frame);
    assert_int_equal(*picture_at(frame, 0, 70, 70), 120);
    assert_int_equal(*picture_at(frame, 0, 110, 110), 200);
}

static void averages_of_the_largest_blocks_are_right(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_PIXELATE);
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(16384, 20);

    (void)state;
    picture_fill(frame, 255, 254, 1);
    add_still(masks, true, 20000, 0, 1, 1);
    apply(masks, 0, 40, frame);
    for (int x = 0; x < 16384; x++) {
        assert_int_equal(*picture_at(frame, 0, x, 19), 255);
        assert_int_equal(*picture_at(frame, 1, x / 2, 9), 254);
        assert_int_equal(*picture_at(frame, 2, x / 2, 9), 1);
    }
}

/* From dark to light in small steps, with no edge where blocks meet. */
static void blur_is_smooth(void **state)
{
    EXH_CLEANUP(free_masks) struct masks *masks = new_masks(MASK_BLUR);
    EXH_CLEANUP(picture_free) AVFrame *frame = picture_new(400, 304);

    (void)state;
    for (int y = 0; y < 304; y++)
        for (int x = 0; x < 400; x++)
            *picture_at(frame, 0, x, y) = (uint8_t)(x < 200 ? 16 : 235);
    add_still(masks, false, 100, 50, 180, 180);
    apply(masks, 0, 40, frame);
    for (int x = 97; x < 288; x++) {
        int step = *picture_at(frame, 0, x, 100) - *picture_at(frame, 0, x - 1, 100);
        assert_true(step >= 0 && step <= 4);
    }
    assert_true(*picture_at(frame, 0, 97, 100) < 40 && *picture_at(frame, 0, 287, 100) > 210);
}

static void the_order_of_masks_makes_no_difference(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *frame = noise(400, 304);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(styles); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[i]);
        EXH_CLEANUP(free_masks) struct masks *turned = new_masks(styles[i]);
        static const int places[][4] = {
            { 40, 40, 90, 90 }, { 100, 60, 90, 90 }, { 60, 80, 30, 200 }, { 60, 90, 200, 30 },
        };
        for (size_t j = 0; j < 4; j++) {
            const int *one = places[j], *other = places[3 - j];
            add_still(masks, false, one[0], one[1], one[2], one[3]);
            add_still(turned, false, other[0], other[1], other[2], other[3]);
        }
        EXH_CLEANUP(picture_free) AVFrame *straight = masked(masks, 0, 40, frame);
        EXH_CLEANUP(picture_free) AVFrame *reverse = masked(turned, 0, 40, frame);
        assert_true(picture_is_same(straight, reverse));
    }
}

/* A small mask on a large one does not show what the large one hides. */
static void where_masks_overlap_the_coarser_is_seen(void **state)
{
    EXH_CLEANUP(picture_free) AVFrame *frame = noise(400, 304);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(averaging); i++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(averaging[i]);
        add_still(masks, false, 0, 0, 300, 300);
        EXH_CLEANUP(picture_free) AVFrame *without = masked(masks, 0, 40, frame);
        add_still(masks, false, 100, 100, 30, 30);
        EXH_CLEANUP(picture_free) AVFrame *with = masked(masks, 0, 40, frame);
        assert_true(picture_is_same(with, without));
    }
}

/* ---- any picture ---- */

static void small_and_odd_pictures_are_covered_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(styles); i++)
        for (int side = 1; side < 40; side++) {
            EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[i]);
            EXH_CLEANUP(picture_free) AVFrame *one = picture_new(side, 41 - side);
            EXH_CLEANUP(picture_free) AVFrame *other = picture_new(side, 41 - side);
            add_still(masks, false, -3, -3, 50, 50);
            picture_fill(one, 60, 60, 60);
            picture_fill(other, 60, 60, 60);
            shuffle(one, 16, 0, 0, side, 41 - side);
            apply(masks, 0, 1, one);
            apply(masks, 0, 1, other);
            assert_true(picture_is_same(one, other));
            assert_int_equal(*picture_at(one, 0, side - 1, 40 - side), styles[i] == MASK_BLACK ? 16 : 60);
            assert_int_equal(*picture_at(one, 1, (side - 1) / 2, (40 - side) / 2), styles[i] == MASK_BLACK ? 128 : 60);
            masks_apply(masks, 0, 1, one, 100, 100, 10, 10);
            masks_apply(masks, 0, 1, one, 0, 0, 0, 0);
            masks_apply(masks, 0, 1, one, -8, -8, 12, 12);
        }
}

static int any(uint32_t *seed, int least, int most)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return least + (int)((*seed >> 8) % (uint32_t)(most - least + 1));
}

/* Whatever masks there are: nothing is read or written beside the picture, and what is black is black. */
static void random_masks_do_no_harm(void **state)
{
    uint32_t seed = 99;

    (void)state;
    for (int round = 0; round < 300; round++) {
        EXH_CLEANUP(free_masks) struct masks *masks = new_masks(styles[round % 3]);
        EXH_CLEANUP(picture_free) AVFrame *frame = noise(any(&seed, 1, 200), any(&seed, 1, 200));
        for (int i = any(&seed, 0, 12); i > 0; i--) {
            int64_t from_ns = any(&seed, 0, 100);
            struct mask *mask = add_mask(masks, any(&seed, 0, 3) == 0, from_ns, from_ns + any(&seed, 1, 100));
            for (int key = 0, count = any(&seed, 1, 100); key < count; key++)
                add_key(mask, key * 3, any(&seed, -300, 300), any(&seed, -300, 300), any(&seed, 1, 16384),
                        any(&seed, 1, 300));
        }
        masks_apply(masks, any(&seed, 0, 60), any(&seed, 50, 200), frame, any(&seed, -20, 20), any(&seed, -20, 20),
                    any(&seed, 1, 220), any(&seed, 1, 220));
    }
}

static double milliseconds_of(const struct masks *masks, AVFrame *frame)
{
    struct timespec before, after;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (int i = 0; i < 20; i++)
        apply(masks, 0, 40, frame);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    return ((double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6) / 20;
}

/* Said for who reads it; machines differ. */
static void what_a_mask_costs_at_1920x1080(void **state)
{
    static const char *const names[] = { "black", "pixelate", "blur" };
    EXH_CLEANUP(picture_free) AVFrame *frame = noise(1920, 1080);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(styles); i++) {
        EXH_CLEANUP(free_masks) struct masks *one = new_masks(styles[i]);
        EXH_CLEANUP(free_masks) struct masks *all = new_masks(styles[i]);
        add_still(one, false, 701, 301, 200, 300);
        add_still(all, true, 701, 301, 200, 300);
        double inside = milliseconds_of(one, frame), outside = milliseconds_of(all, frame);
        print_message("%s: 200x300 %.3f ms, all but that %.3f ms\n", names[i], inside, outside);
        assert_true(inside < 50 && outside < 500);
    }
}

/* ---- reading ---- */

static bool read_words(const char *words, const char *style, struct masks *ret_masks, enum exh_kind *ret_kind)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = NULL;

    assert_true(exh_json_parse(words, strlen(words), "masks", &json, &err));
    bool done = masks_read(json, style, ret_masks, &err);
    *ret_kind = err.kind;
    return done;
}

static void masks_are_read_as_they_are_written(void **state)
{
    EXH_CLEANUP(masks_clear) struct masks masks = { .at = NULL };
    enum exh_kind kind;

    (void)state;
    assert_true(read_words("[{\"from_ns\":null,\"to_ns\":5,\"outside\":false,\"keys\":[[-1,-20,3,40,50],[7,1,2,3,4]]},"
                           "{\"from_ns\":-9,\"to_ns\":null,\"outside\":true,\"keys\":[[0,0,0,1,1]]}]",
                           "blur", &masks, &kind));
    assert_true(masks.count == 2 && masks.style == MASK_BLUR);
    assert_true(masks.at[0].from_ns == INT64_MIN && masks.at[0].to_ns == 5 && !masks.at[0].outside);
    assert_true(masks.at[1].from_ns == -9 && masks.at[1].to_ns == INT64_MAX && masks.at[1].outside);
    assert_true(masks.at[0].count == 2 && masks.at[1].count == 1);
    const struct mask_key key = masks.at[0].keys[0];
    assert_true(key.own_ns == -1 && key.x == -20 && key.y == 3 && key.width == 40 && key.height == 50);
}

static void styles_are_read_by_name(void **state)
{
    static const char *const names[] = { "black", "pixelate", "blur" };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct masks masks = { .at = NULL };
    enum exh_kind kind;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        assert_true(read_words("[]", names[i], &masks, &kind));
        assert_true(masks.style == styles[i] && !masks.count);
    }
    assert_false(read_words("[]", "Black", &masks, &kind));
    assert_int_equal(kind, EXH_MALFORMED);
    assert_false(masks_read(NULL, NULL, &masks, &err));
    exh_error_clear(&err);
    assert_false(masks_read(NULL, "black", &masks, &err));
}

#define MASK(from, to, outside, keys) \
    "[{\"from_ns\":" from ",\"to_ns\":" to ",\"outside\":" outside ",\"keys\":" keys "}]"

static void masks_that_are_not_as_promised_are_refused(void **state)
{
    static const char *const wrong[] = {
        "null", "{}", "[1]", "[{}]", "[[]]",
        MASK("5", "5", "false", "[[0,0,0,1,1]]"), MASK("6", "5", "false", "[[0,0,0,1,1]]"),
        MASK("\"1\"", "5", "false", "[[0,0,0,1,1]]"), MASK("true", "5", "false", "[[0,0,0,1,1]]"),
        MASK("0", "5", "0", "[[0,0,0,1,1]]"), MASK("0", "5", "null", "[[0,0,0,1,1]]"),
        MASK("0", "5", "false", "[]"), MASK("0", "5", "false", "{}"), MASK("0", "5", "false", "[[]]"),
        MASK("0", "5", "false", "[[0,0,0,1]]"), MASK("0", "5", "false", "[[0,0,0,1,1,1]]"),
        MASK("0", "5", "false", "[[0,0,0,0,1]]"), MASK("0", "5", "false", "[[0,0,0,1,-1]]"),
        MASK("0", "5", "false", "[[0,0,0,1,16385]]"), MASK("0", "5", "false", "[[0,-16385,0,1,1]]"),
        MASK("0", "5", "false", "[[0,0,9223372036854775807,1,1]]"), MASK("0", "5", "false", "[[null,0,0,1,1]]"),
        MASK("0", "5", "false", "[[0,0,0,1,\"1\"]]"), MASK("0", "5", "false", "[[4,0,0,1,1],[4,0,0,1,1]]"),
        MASK("0", "5", "false", "[[4,0,0,1,1],[3,0,0,1,1]]"), MASK("0", "5", "false", "[[0,0,0,1,1]],\"more\":1"),
        "[{\"from_ns\":0,\"outside\":true,\"keys\":[[0,0,0,1,1]]}]",
        "[{\"from_ns\":0,\"to_ns\":1,\"outsides\":true,\"keys\":[[0,0,0,1,1]]}]",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        struct masks masks = { .at = NULL };
        enum exh_kind kind;
        if (read_words(wrong[i], "black", &masks, &kind) || kind != EXH_MALFORMED || masks.at)
            fail_msg("%s", wrong[i]);
    }
}

static char *many(size_t masks, size_t keys)
{
    struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < masks; i++) {
        exh_text_printf(&words, "%s{\"from_ns\":null,\"to_ns\":null,\"outside\":false,\"keys\":[", i ? "," : "[");
        for (size_t j = 0; j < keys; j++)
            exh_text_printf(&words, "%s[%zu,0,0,1,1]", j ? "," : "", j);
        exh_text_puts(&words, "]}");
    }
    exh_text_puts(&words, "]");
    return exh_text_take(&words);
}

static void more_masks_or_keys_than_are_allowed_are_refused(void **state)
{
    static const struct { size_t masks, keys; bool good; } cases[] = {
        { 1000, 1, true }, { 1001, 1, false }, { 10, 10000, true }, { 10, 10001, false }, { 1, 100001, false },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *words = many(cases[i].masks, cases[i].keys);
        EXH_CLEANUP(masks_clear) struct masks masks = { .at = NULL };
        enum exh_kind kind;
        assert_int_equal(read_words(words, "black", &masks, &kind), cases[i].good);
        assert_int_equal(masks.count, cases[i].good ? cases[i].masks : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_is_rounded_outward_to_whole_samples_of_chroma),
        cmocka_unit_test(a_moving_mask_covers_every_place_it_passes_while_the_picture_is_on_show),
        cmocka_unit_test(a_mask_that_moves_back_is_rounded_outward_too),
        cmocka_unit_test(a_mask_that_turns_a_corner_covers_both_ways_and_not_what_is_between),
        cmocka_unit_test(a_mask_of_very_many_keys_in_one_picture_still_covers_all_of_them),
        cmocka_unit_test(a_mask_applies_from_its_beginning_to_its_end),
        cmocka_unit_test(a_mask_whose_keys_are_at_the_ends_of_time_moves_all_the_same),
        cmocka_unit_test(masks_reach_no_further_than_the_canvas),
        cmocka_unit_test(a_mask_stands_where_the_canvas_has_it),
        cmocka_unit_test(all_but_what_is_in_an_outside_mask_is_covered),
        cmocka_unit_test(what_is_in_any_of_several_outside_masks_stays),
        cmocka_unit_test(a_mask_inside_an_outside_one_covers_all_the_same),
        cmocka_unit_test(of_a_moving_outside_mask_only_what_is_in_it_at_every_moment_stays),
        cmocka_unit_test(outside_masks_that_change_within_a_picture_never_bare_too_much),
        cmocka_unit_test(pictures_with_the_same_averages_of_blocks_give_the_same_bytes),
        cmocka_unit_test(masked_detail_gives_the_same_bytes_wherever_masks_move),
        cmocka_unit_test(detail_outside_of_an_outside_mask_gives_the_same_bytes),
        cmocka_unit_test(no_square_is_partly_bare),
        cmocka_unit_test(detail_is_gone),
        cmocka_unit_test(pixels_of_a_block_are_its_average),
        cmocka_unit_test(the_blocks_of_a_mask_stay_the_same_while_it_grows),
        cmocka_unit_test(averages_of_the_largest_blocks_are_right),
        cmocka_unit_test(blur_is_smooth),
        cmocka_unit_test(the_order_of_masks_makes_no_difference),
        cmocka_unit_test(where_masks_overlap_the_coarser_is_seen),
        cmocka_unit_test(small_and_odd_pictures_are_covered_whole),
        cmocka_unit_test(random_masks_do_no_harm),
        cmocka_unit_test(what_a_mask_costs_at_1920x1080),
        cmocka_unit_test(masks_are_read_as_they_are_written),
        cmocka_unit_test(styles_are_read_by_name),
        cmocka_unit_test(masks_that_are_not_as_promised_are_refused),
        cmocka_unit_test(more_masks_or_keys_than_are_allowed_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
