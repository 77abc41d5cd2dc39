/* media/boxes: the top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2). */
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
};
void boxes_clear(struct boxes *boxes);
void boxes_find(int fd, uint64_t size, struct boxes *boxes);
/* True when all of @size bytes at @offset are media data. */
bool boxes_are_media(const struct boxes *boxes, uint64_t offset, uint64_t size);

#endif
