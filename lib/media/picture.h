/* media/picture: turns decoded pictures into those of the canvas, with libavfilter: progressive, upright, square pixels, 8 bits 4:2:0
 * of limited range, centred on black. */
#ifndef EXHIBIT_MEDIA_PICTURE_H
#define EXHIBIT_MEDIA_PICTURE_H

#include "job.h"

#include <libavfilter/avfilter.h>

/* Start with all zero. */
struct picture_maker {
    const struct job_input *input;
    int width, height;           /* of the canvas */
    int extra;                   /* rows below it, black */
    AVFilterGraph *graph;        /* NULL: not set up */
    AVFilterContext *in, *out;
    /* What the graph was set up for. */
    int from_width, from_height, from_format;
    enum AVColorRange from_range;
    char *words;                 /* the graph last set up, as libavfilter reads it */
    unsigned changes;            /* times that pictures of another size or form came */
    uint64_t interlaced;         /* pictures marked as interlaced */
};
void picture_clear(struct picture_maker *maker);

/* Takes each picture made, in order; it is the taker's to change until it returns. */
typedef bool take_picture(void *context, AVFrame *frame, int64_t own_ns, struct exh_error *err);
/* Puts one picture in; what is ready comes out through @take. */
bool picture_put(struct picture_maker *maker, AVFrame *frame, int64_t own_ns, take_picture *take, void *context, struct exh_error *err)
    EXH_CHECK;
/* There are no more. */
bool picture_end(struct picture_maker *maker, take_picture *take, void *context, struct exh_error *err) EXH_CHECK;

#endif
