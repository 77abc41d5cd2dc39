/* media/cover: what stands in place of a masked part of a picture.
 *
 * A picture is divided into squares: of 2x2 pixels where it is covered with black, so that no sample of chroma is
 * shared between what is masked and what is not; of 16x16 where it is pixelated or blurred. (The last column and row
 * take what is left over, so none is smaller.) A mask covers whole squares. Blocks are squares taken together, 1, 2, 4,
 * 8... along each side: the bigger a mask, the bigger its blocks, so that four lie along a side of it at most. What is
 * seen of a mask is made from the averages of its blocks and from nothing else.
 *
 * Why this cannot be computed back, from one picture or from many: all lines lie on one grid that stands still, and the
 * lines between bigger blocks are lines between smaller ones. So whatever is seen of a still scene - the averages under
 * all masks of all sizes, wherever they went, and all that was ever seen bare - are sums over whole squares, and taking
 * one from another gives sums over whole squares again. Nothing finer than 16x16 pixels passes. (A thing that itself
 * moves under a mask shows other averages each time, which is why black is the default.) */
#ifndef EXHIBIT_MEDIA_COVER_H
#define EXHIBIT_MEDIA_COVER_H

#include "mask.h"

#include "exhibit/error.h"

/* [x0, x1) by [y0, y1). */
struct box { int x0, y0, x1, y1; };
static inline bool box_is_empty(struct box box)
{
    return box.x0 >= box.x1 || box.y0 >= box.y1;
}
struct box box_common(struct box one, struct box other);

/* The part of a frame that may be masked. */
struct field {
    AVFrame *frame;
    enum mask_style style;
    struct box whole;            /* pixels of the frame; begins at even ones */
    int columns, rows;           /* squares */
};
/* Empty (no columns or rows) where nothing of it lies in the frame. */
struct field field_of(AVFrame *frame, enum mask_style style, int left, int top, int width, int height);
/* Squares that a box of pixels touches, and those that lie wholly in it. */
struct box field_outward(const struct field *field, struct box pixels);
struct box field_inward(const struct field *field, struct box pixels);

/* Squares to be covered: those of @at but those of @holes. */
struct cover {
    struct box at;
    const struct box *holes;     /* in order of x0 */
    size_t hole_count;
    int shift_x, shift_y;        /* a block has 1 << shift squares along each side */
    uint8_t *averages[3];        /* of blocks, row by row; owned */
};
/* The blocks of a mask that is so large, wherever it stands. */
void cover_size(struct cover *cover, int width, int height);
/* Those of the whole field: at most four by four. */
void cover_size_all(const struct field *field, struct cover *cover);
/* Takes the averages. All covers of a picture are measured before any is laid: if one were measured on top of another,
 * its averages would tell of squares that the other left bare or coarse, and what is seen would depend on the order. */
void cover_measure(const struct field *field, struct cover *cover);
void cover_lay(const struct field *field, const struct cover *cover);
void cover_clear(struct cover *cover);

#endif
