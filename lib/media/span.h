/* media/span: where footage has holes. */
#ifndef EXHIBIT_MEDIA_SPAN_H
#define EXHIBIT_MEDIA_SPAN_H

#include <libavutil/rational.h>
#include <stddef.h>
#include <stdint.h>

/* A step from picture to picture that is longer than this is a hole. @step is the usual one. */
int64_t longest_step(int64_t step, AVRational time_base);

/* A segment's own time begins at the earliest of so many pictures (decoding is at most 16 ahead of presentation). */
enum { FIRST_PICTURES = 32 };

/* Times of presentation of pictures. Start with all zero. */
struct times {
    int64_t *at;             /* in order of decoding; once settled, in order of time */
    size_t count, room;
    int64_t first;           /* once settled: time 0 of the segment */
};
void times_clear(struct times *times);
void times_add(struct times *times, int64_t time);
/* Puts them in order, leaving out any before the first; gives the usual step, at least 1. */
int64_t times_settle(struct times *times, AVRational time_base);
/* The index after the last picture of the span that begins with picture @i. */
size_t times_end_of_span(const struct times *times, size_t i, int64_t step, AVRational time_base);

/* The usual step of @count sorted times; a 25th of a second where there is none. */
int64_t usual_step(const int64_t *times, size_t count, AVRational time_base);

#endif
