/* media/boxes: the top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2), and the one that tells its time. */
#ifndef EXHIBIT_MEDIA_BOXES_H
#define EXHIBIT_MEDIA_BOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with all zero. */
struct boxes {
    bool is_mp4;             /* begins with a box that MP4 files begin with */
    bool has_moov;
    bool is_cut;             /* the last box says it goes on beyond the end of the file */
    uint64_t file_size;
    uint64_t whole_size;     /* the file up to a cut box that holds tables (useless in part), or all of it */
    struct extent { uint64_t start, end; } *media;      /* contents of mdat boxes */
    size_t media_count;
    struct extent moov;      /* contents of the first that is whole; empty where there is none */
};
void boxes_clear(struct boxes *boxes);
void boxes_find(int fd, uint64_t size, struct boxes *boxes);
/* True when all of @size bytes at @offset are media data. */
bool boxes_are_media(const struct boxes *boxes, uint64_t offset, uint64_t size);
/* Unix time in nanoseconds by MediaMTX's box: moov/udta/mtxi, a FullBox of version 0 with the stream's UUID, the
 * segment's number, its time of decoding in the stream and its wall-clock time (NTP). False where there is none.
 *
 * MediaMTX starts a segment with the sample of all tracks that is next to be decoded, and takes the wall-clock time
 * that it knows of that sample; times of decoding in the file are counted from it. So the box tells the time of what
 * is decoded at 0 in the file, which may be sound. */
bool boxes_mtxi(int fd, const struct boxes *boxes, int64_t *ret_ns);

#endif
