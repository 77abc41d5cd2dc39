/* media/draw: text on pictures, with FreeType: captions below or over a picture, and cards. Pictures are
 * AV_PIX_FMT_YUV420P of limited range (black 16, white 235); only what is drawn changes. */
#ifndef EXHIBIT_MEDIA_DRAW_H
#define EXHIBIT_MEDIA_DRAW_H

#include "exhibit/error.h"
#include "exhibit/text.h"

#include <libavutil/frame.h>

/* A font; its bytes stay the caller's and must outlive it. EXH_MALFORMED: not a scalable font. */
struct font;
bool font_open(const uint8_t *bytes, size_t size, struct font **ret_font, struct exh_error *err) EXH_CHECK;
void font_freep(struct font **font);
/* "FreeType 2.12.1". Free with free(). */
char *font_library(void) EXH_CHECK;

enum { CAPTION_LINES = 16, CAPTION_ITEMS = 32 };
/* Where an item begins. More than one line: it is parted, and begins each of them. None: there is no place for it. */
struct caption_place { int line, left, lines; };
/* How a caption of items stands in a picture: the size of type follows from the picture, and items flow into lines. */
struct caption_layout {
    int size;                    /* pixels of type */
    int line_height, lines;
    int height;                  /* of the band; even */
    struct caption_place places[CAPTION_ITEMS];
};
/* @longest: each item as long as it can become, so that nothing moves when an item changes. An item that is too long
 * for a line of its own makes the type smaller, down to 9 pixels, or to digits of 10 pixels in a picture of 352x288
 * or more, where they are never lower; where that does not do, it is parted at spaces (or anywhere where there is
 * none) into several lines. At most 16 lines and 32 items. */
void caption_lay_out(struct font *font, const struct exh_strings *longest, int width, int height,
                     struct caption_layout *ret_layout);
/* Draws the items into rows @top to @top + layout->height: white on black; with @over on a darkened picture. */
void caption_draw(struct font *font, const struct caption_layout *layout, const struct exh_strings *items,
                  AVFrame *frame, int top, bool over);
/* Makes the whole picture a plain dark card with these lines, centred, the first larger; lines that are too long are
 * wrapped at spaces (or anywhere where there is none), and the type made smaller until all of it fits. */
void card_draw(struct font *font, const struct exh_strings *lines, AVFrame *frame);

#endif
