/* media/mask: covers parts of pictures so that what was there cannot be had back. */
#ifndef EXHIBIT_MEDIA_MASK_H
#define EXHIBIT_MEDIA_MASK_H

#include "exhibit/error.h"
#include "exhibit/json.h"

#include <libavutil/frame.h>

enum mask_style { MASK_BLACK, MASK_PIXELATE, MASK_BLUR };

/* A rectangle that may move: docs/formats/conversion.md. */
struct mask_key { int64_t own_ns; int x, y, width, height; };
struct mask {
    int64_t from_ns, to_ns;      /* INT64_MIN, INT64_MAX: without end */
    bool outside;
    struct mask_key *keys;
    size_t count;
};
struct masks { struct mask *at; size_t count; enum mask_style style; };
void masks_clear(struct masks *masks);
/* Reads an input's "masks" and the job's "style". EXH_MALFORMED: other members than those of a mask, or out of bounds (at
 * most 1,000 masks, 100,000 keys in all and one at least in each; positions from -16384 to 16384, sides from 1 to 16384;
 * each key later than the one before). */
bool masks_read(const struct exh_json *array, const char *style, struct masks *ret_masks, struct exh_error *err)
    EXH_CHECK;
/* Masks a picture on show from @from_ns to @to_ns (own time): a mask that applies at any moment of that covers every
 * place it passes in it. @left, @top, @width, @height: where in @frame (AV_PIX_FMT_YUV420P, writable) the canvas lies:
 * masks reach no further, and what is outside of all "outside" masks is covered within it. Black covers whole squares of
 * 2x2 pixels; the other styles whole ones of 16x16, counted from the canvas' corner, and show nothing but averages
 * (cover.h): what an "outside" mask leaves bare is then whole ones as well. */
void masks_apply(const struct masks *masks, int64_t from_ns, int64_t to_ns, AVFrame *frame, int left, int top,
                 int width, int height);

#endif
