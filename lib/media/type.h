/* media/type: what draw.c offers caption.c and card.c: characters of a font measured, parted and drawn. Words are
 * UTF-8 and end with NUL; each byte that is no UTF-8 is U+FFFD, and what the font has not got is its box for that. */
#ifndef EXHIBIT_MEDIA_TYPE_H
#define EXHIBIT_MEDIA_TYPE_H

#include "draw.h"

/* A size of type is about its em in pixels: exactly, the one nearest to that at which digits are a whole number of
 * pixels high, so that they are sharp without hinting. */
int type_digits(const struct font *font, int size);       /* pixels that digits are high */
int type_line_height(const struct font *font, int size);
/* Pixels from @words to @end. Each digit is as wide as the widest one. */
int type_width(struct font *font, const char *words, const char *end, int size);
/* Where a line of @words ends that may be @room pixels wide: behind the last word that fits, or where not even one
 * does, behind the last character, but at least one. *@ret_next: where the next line begins. */
const char *type_part(struct font *font, const char *words, int size, int room, const char **ret_next);
/* Draws white on what is there; rows before @top and from @bottom on stay as they are. */
struct type_place { int left, line_top, top, bottom; };
void type_draw(struct font *font, const char *words, const char *end, int size, struct type_place place,
               AVFrame *frame);

/* Limited range. */
enum { LUMA_BLACK = 16, LUMA_WHITE = 235, CHROMA_NONE = 128 };
/* Rows @top to @bottom of the picture in one grey. */
void type_fill(AVFrame *frame, int top, int bottom, uint8_t luma);

#endif
