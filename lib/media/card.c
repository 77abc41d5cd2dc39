/* media/card: words in place of a picture. */
#include "type.h"

#include <string.h>

enum { LUMA_CARD = 32, WRAPS_AT = 14, LEAST_SIZE = 3 };

struct card {
    struct font *font;
    const struct exh_strings *lines;
    AVFrame *frame;
    int size;                    /* of all lines but the first */
    int room, high;              /* for words */
    bool wrapped;                /* a line did not fit as it was */
};

static int size_of(const struct card *card, size_t line)
{
    return line ? card->size : card->size * 3 / 2;
}

/* Below the first line. */
static int gap(const struct card *card)
{
    return card->lines->count > 1 ? card->size / 2 : 0;
}

static void draw_line(const struct card *card, const char *words, const char *end, int size, int top)
{
    int left = (card->frame->width - type_width(card->font, words, end, size)) / 2;

    type_draw(card->font, words, end, size, (struct type_place){ left, top, 0, card->frame->height }, card->frame);
}

/* Walks down the lines from row @top: draws them, or only sees how far down they reach. */
static int walk(struct card *card, int top, bool drawing)
{
    card->wrapped = false;
    for (size_t i = 0; i < card->lines->count; i++) {
        const char *words = card->lines->at[i];
        int size = size_of(card, i);
        do {
            const char *next, *end = type_part(card->font, words, size, card->room, &next);
            card->wrapped = card->wrapped || *next;
            if (drawing)
                draw_line(card, words, end, size, top);
            top += type_line_height(card->font, size);
            words = next;
        } while (*words);
        top += i ? 0 : gap(card);
    }
    return top;
}

static bool fits(struct card *card)
{
    return walk(card, 0, false) <= card->high;
}

/* Lines stay whole as long as type is well read; then they are wrapped, and the type made as small as it must. */
static void choose_size(struct card *card)
{
    int by_height = card->frame->height / 16, by_width = card->frame->width / 32;

    for (card->size = by_height < by_width ? by_height : by_width; card->size > WRAPS_AT; card->size--)
        if (fits(card) && !card->wrapped)
            return;
    for (card->size = WRAPS_AT; card->size > LEAST_SIZE && !fits(card); card->size--)
        ;
}

void card_draw(struct font *font, const struct exh_strings *lines, AVFrame *frame)
{
    struct card card = { .font = font, .lines = lines, .frame = frame, .room = frame->width - frame->width / 8 - 2,
                         .high = frame->height - frame->height / 8 - 2 };

    type_fill(frame, 0, frame->height, LUMA_CARD);
    choose_size(&card);
    walk(&card, (frame->height - walk(&card, 0, false)) / 2, true);
}
