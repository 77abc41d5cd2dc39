/* media/cover: squares, blocks, and laying them over a picture. */
#include "cover.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FINE = 2, COARSE = 16, MOST_BLOCKS = 4 };
static const uint8_t black[3] = { 16, 128, 128 };

static int smaller(int one, int other)
{
    return one < other ? one : other;
}

static int larger(int one, int other)
{
    return one > other ? one : other;
}

struct box box_common(struct box one, struct box other)
{
    return (struct box){ larger(one.x0, other.x0), larger(one.y0, other.y0), smaller(one.x1, other.x1),
                         smaller(one.y1, other.y1) };
}

/* ---- squares ---- */

static int side_of(const struct field *field)
{
    return field->style == MASK_BLACK ? FINE : COARSE;
}

static int count_of(int length, int side)
{
    return length <= 0 ? 0 : larger(length / side, 1);
}

struct field field_of(AVFrame *frame, enum mask_style style, int left, int top, int width, int height)
{
    struct field field = { .frame = frame, .style = style };

    field.whole = (struct box){ larger(left, 0) & ~1, larger(top, 0) & ~1,
                                smaller((left + width + 1) & ~1, frame->width),
                                smaller((top + height + 1) & ~1, frame->height) };
    field.columns = count_of(field.whole.x1 - field.whole.x0, side_of(&field));
    field.rows = count_of(field.whole.y1 - field.whole.y0, side_of(&field));
    return field;
}

/* Where square @square begins, of @count that fill @from to @to. */
static int edge(int square, int count, int side, int from, int to)
{
    return square >= count ? to : from + square * side;
}

static int square_at(int place, int count, int side, int from)
{
    return smaller((place - from) / side, count - 1);
}

struct box field_outward(const struct field *field, struct box pixels)
{
    const struct box all = field->whole, box = box_common(pixels, all);
    int side = side_of(field);

    if (box_is_empty(box))
        return (struct box){ 0, 0, 0, 0 };
    return (struct box){ square_at(box.x0, field->columns, side, all.x0), square_at(box.y0, field->rows, side, all.y0),
                         square_at(box.x1 - 1, field->columns, side, all.x0) + 1,
                         square_at(box.y1 - 1, field->rows, side, all.y0) + 1 };
}

/* The first square that begins at @place or later; the last that ends at it or earlier. */
static int first_from(int place, int count, int side, int from)
{
    return smaller((place - from + side - 1) / side, count);
}

static int last_to(int place, int count, int side, int from, int to)
{
    return place == to ? count : smaller((place - from) / side, count - 1);
}

struct box field_inward(const struct field *field, struct box pixels)
{
    const struct box all = field->whole, box = box_common(pixels, all);
    int side = side_of(field);

    if (box_is_empty(box))
        return (struct box){ 0, 0, 0, 0 };
    return (struct box){ first_from(box.x0, field->columns, side, all.x0),
                         first_from(box.y0, field->rows, side, all.y0),
                         last_to(box.x1, field->columns, side, all.x0, all.x1),
                         last_to(box.y1, field->rows, side, all.y0, all.y1) };
}

/* ---- blocks ---- */

/* A length of up to three blocks touches four at most, wherever it lies. */
static int shift_for(int length)
{
    int shift = 0;

    while ((MOST_BLOCKS - 1) * (COARSE << shift) < length)
        shift++;
    return shift;
}

void cover_size(struct cover *cover, int width, int height)
{
    cover->shift_x = shift_for(width);
    cover->shift_y = shift_for(height);
}

static int shift_over(int squares)
{
    int shift = 0;

    while ((squares - 1) >> shift >= MOST_BLOCKS)
        shift++;
    return shift;
}

void cover_size_all(const struct field *field, struct cover *cover)
{
    cover->shift_x = shift_over(field->columns);
    cover->shift_y = shift_over(field->rows);
}

/* The blocks that a cover touches. */
static struct box blocks_of(const struct cover *cover)
{
    return (struct box){ cover->at.x0 >> cover->shift_x, cover->at.y0 >> cover->shift_y,
                         ((cover->at.x1 - 1) >> cover->shift_x) + 1, ((cover->at.y1 - 1) >> cover->shift_y) + 1 };
}

/* The samples of a plane that squares have. */
static struct box samples_of(const struct field *field, struct box squares, int plane)
{
    const struct box all = field->whole;
    int side = side_of(field), half = plane ? 1 : 0;

    return (struct box){ edge(squares.x0, field->columns, side, all.x0, all.x1) >> half,
                         edge(squares.y0, field->rows, side, all.y0, all.y1) >> half,
                         (edge(squares.x1, field->columns, side, all.x0, all.x1) + half) >> half,
                         (edge(squares.y1, field->rows, side, all.y0, all.y1) + half) >> half };
}

static struct box samples_of_block(const struct field *field, const struct cover *cover, int column, int row, int plane)
{
    struct box squares = { column << cover->shift_x, row << cover->shift_y, (column + 1) << cover->shift_x,
                           (row + 1) << cover->shift_y };

    return samples_of(field, squares, plane);
}

static uint8_t *sample_at(const struct field *field, int plane, int x, int y)
{
    return field->frame->data[plane] + (ptrdiff_t)y * field->frame->linesize[plane] + x;
}

/* Eight bytes at a time: four sums of two bytes in each step, which have room for 128 steps. */
static uint64_t sum_of_row(const uint8_t *bytes, int count)
{
    const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sum = 0, eight;

    while (count >= 8) {
        uint64_t four = 0;
        for (int step = 0; step < 128 && count >= 8; step++, bytes += 8, count -= 8) {
            memcpy(&eight, bytes, sizeof eight);
            four += (eight & low) + (eight >> 8 & low);
        }
        sum += (four & 0xffff) + (four >> 16 & 0xffff) + (four >> 32 & 0xffff) + (four >> 48);
    }
    while (count-- > 0)
        sum += *bytes++;
    return sum;
}

static uint8_t average_of(const struct field *field, struct box samples, int plane)
{
    uint64_t sum = 0, count = (uint64_t)(samples.x1 - samples.x0) * (uint64_t)(samples.y1 - samples.y0);

    assert(count > 0);
    for (int y = samples.y0; y < samples.y1; y++)
        sum += sum_of_row(sample_at(field, plane, samples.x0, y), samples.x1 - samples.x0);
    return (uint8_t)((sum + count / 2) / count);
}

void cover_measure(const struct field *field, struct cover *cover)
{
    struct box blocks = blocks_of(cover);
    size_t wide = (size_t)(blocks.x1 - blocks.x0), high = (size_t)(blocks.y1 - blocks.y0);

    for (int plane = 0; plane < 3 && field->style != MASK_BLACK; plane++) {
        uint8_t *average = cover->averages[plane] = exh_alloc(wide * high);
        for (int row = blocks.y0; row < blocks.y1; row++)
            for (int column = blocks.x0; column < blocks.x1; column++)
                *average++ = average_of(field, samples_of_block(field, cover, column, row, plane), plane);
    }
}

void cover_clear(struct cover *cover)
{
    for (int plane = 0; plane < 3; plane++)
        free(cover->averages[plane]);
}

/* ---- laying ---- */

/* A row lies on its way from the middle of one row of blocks to that of the next, in 256ths. */
struct way { int block, done; };

/* One plane of a cover while it is laid. */
struct layer {
    const struct field *field;
    const struct cover *cover;
    int plane;
    struct box blocks, samples;
    struct way row;              /* that the line is of */
    uint8_t *line;               /* owned, as the next are */
    int *middles;                /* of the columns of blocks, twice, so that they are whole */
    int32_t *values;             /* of the columns in this row: averages times 65536 */
};

static void layer_clear(struct layer *layer)
{
    free(layer->line);
    free(layer->middles);
    free(layer->values);
}

static struct layer new_layer(const struct field *field, const struct cover *cover, int plane)
{
    struct layer layer = { .field = field, .cover = cover, .plane = plane, .row = { -1, 0 } };

    layer.blocks = blocks_of(cover);
    layer.samples = samples_of(field, cover->at, plane);
    int wide = layer.blocks.x1 - layer.blocks.x0, length = layer.samples.x1 - layer.samples.x0;
    layer.line = exh_alloc((size_t)length);
    memset(layer.line, black[plane], (size_t)length);
    layer.middles = exh_alloc((size_t)wide * sizeof *layer.middles);
    layer.values = exh_alloc((size_t)wide * sizeof *layer.values);
    for (int i = 0; i < wide; i++) {
        struct box block = samples_of_block(field, cover, layer.blocks.x0 + i, 0, plane);
        layer.middles[i] = block.x0 + block.x1;
    }
    return layer;
}

static int middle_of_row(const struct layer *layer, int block)
{
    struct box samples = samples_of_block(layer->field, layer->cover, 0, block, layer->plane);

    return samples.y0 + samples.y1;
}

/* Of row @y, which lies in @block. Above the first middle and below the last nothing changes. */
static struct way way_of(const struct layer *layer, int y, int block)
{
    int at = 2 * y + 1, own = middle_of_row(layer, block), other = at < own ? block - 1 : block + 1;

    if (layer->field->style == MASK_PIXELATE || other < layer->blocks.y0 || other >= layer->blocks.y1)
        return (struct way){ block - layer->blocks.y0, 0 };
    int done = (at - own) * 256 / (middle_of_row(layer, other) - own);
    return at < own ? (struct way){ other - layer->blocks.y0, 256 - done } : (struct way){ block - layer->blocks.y0, done };
}

static void set_values(struct layer *layer)
{
    int wide = layer->blocks.x1 - layer->blocks.x0;
    const uint8_t *from = layer->cover->averages[layer->plane] + (ptrdiff_t)layer->row.block * wide;
    const uint8_t *to = layer->row.done ? from + wide : from;

    for (int i = 0; i < wide; i++)
        layer->values[i] = (from[i] * (256 - layer->row.done) + to[i] * layer->row.done) * 256;
}

static void make_flat(struct layer *layer)
{
    int x = layer->samples.x0;

    for (int i = 0; x < layer->samples.x1; i++) {
        struct box block = samples_of_block(layer->field, layer->cover, layer->blocks.x0 + i, 0, layer->plane);
        int end = smaller(block.x1, layer->samples.x1);
        memset(layer->line + x - layer->samples.x0, layer->values[i] >> 16, (size_t)(end - x));
        x = end;
    }
}

/* Between two middles, a straight line; before the first and behind the last nothing changes. */
static void make_smooth(struct layer *layer)
{
    int wide = layer->blocks.x1 - layer->blocks.x0, x = layer->samples.x0;
    const int *middles = layer->middles;

    for (int i = 0; i <= wide; i++) {
        int end = i < wide ? smaller(middles[i] / 2, layer->samples.x1) : layer->samples.x1;
        int32_t before = layer->values[larger(i - 1, 0)], after = layer->values[smaller(i, wide - 1)];
        int32_t step = i && i < wide ? (after - before) / (middles[i] - middles[i - 1]) : 0;
        int32_t value = before + (i ? step * (2 * x + 1 - middles[i - 1]) : 0) + 32768;
        for (; x < end; x++, value += 2 * step)
            layer->line[x - layer->samples.x0] = (uint8_t)(value >> 16);
    }
}

/* Row @y, in row @square of squares. */
static void make_line(struct layer *layer, int y, int square)
{
    struct way row = way_of(layer, y, square >> layer->cover->shift_y);
    bool same = row.block == layer->row.block && row.done == layer->row.done;

    if (layer->field->style == MASK_BLACK || same)
        return;
    layer->row = row;
    set_values(layer);
    if (layer->field->style == MASK_PIXELATE)
        make_flat(layer);
    else
        make_smooth(layer);
}

static void lay_samples(const struct layer *layer, int y, int from, int to)
{
    const uint8_t *line = layer->line + from - layer->samples.x0;

    if (from < to)
        memcpy(sample_at(layer->field, layer->plane, from, y), line, (size_t)(to - from));
}

/* Around the holes. */
static void lay_row(struct layer *layer, int y, int square)
{
    const struct cover *cover = layer->cover;
    int from = layer->samples.x0;

    make_line(layer, y, square);
    for (size_t i = 0; i < cover->hole_count; i++) {
        if (square < cover->holes[i].y0 || square >= cover->holes[i].y1)
            continue;
        struct box hole = samples_of(layer->field, cover->holes[i], layer->plane);
        lay_samples(layer, y, from, hole.x0);
        from = larger(from, hole.x1);
    }
    lay_samples(layer, y, from, layer->samples.x1);
}

static void lay_plane(const struct field *field, const struct cover *cover, int plane)
{
    EXH_CLEANUP(layer_clear) struct layer layer = new_layer(field, cover, plane);

    for (int square = cover->at.y0; square < cover->at.y1; square++) {
        struct box samples = samples_of(field, (struct box){ cover->at.x0, square, cover->at.x1, square + 1 }, plane);
        for (int y = samples.y0; y < samples.y1; y++)
            lay_row(&layer, y, square);
    }
}

void cover_lay(const struct field *field, const struct cover *cover)
{
    for (int plane = 0; plane < 3; plane++)
        lay_plane(field, cover, plane);
}
