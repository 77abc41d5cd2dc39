/* media/caption: what is said below a picture, or over it, while it plays. */
#include "type.h"

#include <string.h>

/* Type: sizes that are read easily at the distance from which the whole picture is seen. */
enum { LEAST_SIZE = 9, LEGIBLE_DIGITS = 10, LEGIBLE_WIDTH = 352, LEGIBLE_HEIGHT = 288 };

static int margin(int size)
{
    return size / 2 + 2;
}

static int padding(int size)
{
    return size / 4 + 1;
}

/* Between two items on a line. */
static int gap(int size)
{
    return size * 3 / 2;
}

static int smaller(int one, int other)
{
    return one < other ? one : other;
}

/* ---- laying out ---- */

static int room_in(int width, int size)
{
    return width - 2 * margin(size);
}

static int lines_of(struct font *font, const char *item, int size, int room)
{
    int lines = 1;

    while (type_part(font, item, size, room, &item), *item && lines < CAPTION_LINES)
        lines++;
    return lines;
}

/* An item stands behind the one before it, or on the next line, or where it is too long for one, on lines of its own.
 * True: none is parted or left out. */
static bool flow(struct font *font, const struct exh_strings *items, int width, struct caption_layout *layout)
{
    int size = layout->size, room = room_in(width, size), line = 0, used = 0;
    bool whole = items->count <= CAPTION_ITEMS;

    for (size_t i = 0; i < items->count && i < CAPTION_ITEMS; i++) {
        const char *item = items->at[i];
        int own = type_width(font, item, item + strlen(item), size);
        int lines = own > room ? lines_of(font, item, size, room) : 1;
        bool joins = used && used + gap(size) + own <= room;
        line += used && !joins;
        lines = line < CAPTION_LINES ? smaller(lines, CAPTION_LINES - line) : 0;
        layout->places[i] = (struct caption_place){ line, margin(size) + (joins ? used + gap(size) : 0), lines };
        whole = whole && lines > 0 && own <= room;
        used = lines > 1 ? room : joins ? used + gap(size) + own : own;
        line += lines > 1 ? lines - 1 : 0;
    }
    layout->lines = smaller(line + 1, CAPTION_LINES);
    return whole;
}

static void measure(const struct font *font, struct caption_layout *layout)
{
    layout->line_height = type_line_height(font, layout->size);
    layout->height = (layout->lines * layout->line_height + 2 * padding(layout->size) + 1) & ~1;
}

/* The size at which digits can be told apart after encoding. */
static int legible(const struct font *font)
{
    int size = LEAST_SIZE;

    while (type_digits(font, size) < LEGIBLE_DIGITS)
        size++;
    return size;
}

void caption_lay_out(struct font *font, const struct exh_strings *longest, int width, int height,
                     struct caption_layout *ret_layout)
{
    bool large = width >= LEGIBLE_WIDTH && height >= LEGIBLE_HEIGHT;
    int least = large ? legible(font) : LEAST_SIZE;
    int size = large ? smaller(height / 36, width / 64) : smaller(height / 12, legible(font));

    *ret_layout = (struct caption_layout){ .size = size > least ? size : least };
    while (true) {
        bool whole = flow(font, longest, width, ret_layout);
        measure(font, ret_layout);
        if (ret_layout->size <= least || (whole && ret_layout->height <= height / 3))
            return;
        ret_layout->size--;
    }
}

/* ---- drawing ---- */

/* A quarter of each of eight bytes, and three quarters of @towards. */
static void quarter(uint8_t *bytes, size_t count, uint8_t towards)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t eight;

    for (; count >= sizeof eight; bytes += sizeof eight, count -= sizeof eight) {
        memcpy(&eight, bytes, sizeof eight);
        eight = (eight >> 2 & each * 0x3f) + each * (towards - towards / 4);
        memcpy(bytes, &eight, sizeof eight);
    }
    for (; count; bytes++, count--)
        *bytes = (uint8_t)(*bytes / 4 + towards - towards / 4);
}

static void darken(AVFrame *frame, int top, int bottom)
{
    size_t half = (size_t)(frame->width + 1) / 2;

    for (int row = top; row < bottom; row++)
        quarter(frame->data[0] + (ptrdiff_t)row * frame->linesize[0], (size_t)frame->width, LUMA_BLACK);
    for (int row = top / 2; row < (bottom + 1) / 2; row++)
        for (int plane = 1; plane < 3; plane++)
            quarter(frame->data[plane] + (ptrdiff_t)row * frame->linesize[plane], half, CHROMA_NONE);
}

static void draw_item(struct font *font, const struct caption_layout *layout, struct caption_place where,
                      const char *item, AVFrame *frame, int top)
{
    struct type_place place = { where.left, top + padding(layout->size) + where.line * layout->line_height, top,
                                top + layout->height };

    if (where.lines == 1)
        type_draw(font, item, item + strlen(item), layout->size, place, frame);
    for (int line = 0; where.lines > 1 && line < where.lines && *item; line++, place.line_top += layout->line_height) {
        const char *next, *end = type_part(font, item, layout->size, room_in(frame->width, layout->size), &next);
        type_draw(font, item, end, layout->size, place, frame);
        item = next;
    }
}

void caption_draw(struct font *font, const struct caption_layout *layout, const struct exh_strings *items,
                  AVFrame *frame, int top, bool over)
{
    int first = top > 0 ? top : 0, bottom = smaller(top + layout->height, frame->height);

    if (over)
        darken(frame, first, bottom);
    else
        type_fill(frame, first, bottom, LUMA_BLACK);
    for (size_t i = 0; i < items->count && i < CAPTION_ITEMS; i++)
        draw_item(font, layout, layout->places[i], items->at[i], frame, top);
}
