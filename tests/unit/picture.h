/* Pictures for tests of what draws on them and covers them. */
#ifndef EXHIBIT_TESTS_PICTURE_H
#define EXHIBIT_TESTS_PICTURE_H

#include <libavutil/frame.h>

#include <stdlib.h>
#include <string.h>

static inline AVFrame *picture_new(int width, int height)
{
    AVFrame *frame = av_frame_alloc();

    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        abort();
    return frame;
}

static inline void picture_free(AVFrame **frame)
{
    av_frame_free(frame);
}

static inline int picture_width(const AVFrame *frame, int plane)
{
    return plane ? (frame->width + 1) / 2 : frame->width;
}

static inline int picture_height(const AVFrame *frame, int plane)
{
    return plane ? (frame->height + 1) / 2 : frame->height;
}

static inline uint8_t *picture_at(const AVFrame *frame, int plane, int x, int y)
{
    return frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane] + x;
}

/* The same noise each time. */
static inline void picture_noise(AVFrame *frame, uint32_t seed)
{
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < picture_height(frame, plane); y++)
            for (int x = 0; x < picture_width(frame, plane); x++) {
                seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
                *picture_at(frame, plane, x, y) = (uint8_t)(16 + (seed >> 24) * 220 / 256);
            }
}

static inline void picture_fill(AVFrame *frame, uint8_t luma, uint8_t blue, uint8_t red)
{
    const uint8_t values[] = { luma, blue, red };

    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < picture_height(frame, plane); y++)
            memset(picture_at(frame, plane, 0, y), values[plane], (size_t)picture_width(frame, plane));
}

static inline AVFrame *picture_copy(const AVFrame *from)
{
    AVFrame *to = picture_new(from->width, from->height);

    if (av_frame_copy(to, from) < 0)
        abort();
    return to;
}

static inline bool picture_is_same(const AVFrame *one, const AVFrame *other)
{
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < picture_height(one, plane); y++)
            if (memcmp(picture_at(one, plane, 0, y), picture_at(other, plane, 0, y), (size_t)picture_width(one, plane)))
                return false;
    return true;
}

#endif
