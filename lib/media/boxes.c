/* media/boxes: the top-level boxes of an MP4 file, and the one that tells its time. */
#include "boxes.h"

#include "exhibit/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BOXES = 1000000, HEADER = 8, LARGE_HEADER = 16, MOST_CHILDREN = 10000, MOST_UDTA = 16 };
/* Version and flags, UUID of the stream, number of the segment, time of decoding, wall-clock time. */
enum { MTXI_SIZE = 4 + 16 + 8 + 8 + 8, MTXI_NTP = MTXI_SIZE - 8 };

struct box { char type[5]; uint64_t start, contents, end; };

static uint64_t big_endian(const uint8_t *bytes, int count)
{
    uint64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Reads the header of the box at @start; false where there is none. Its end may lie beyond the file's. */
static bool read_box(int fd, uint64_t start, uint64_t size, struct box *ret_box)
{
    uint8_t header[LARGE_HEADER] = { 0 };
    uint64_t left = size - start;

    if (left < HEADER || pread(fd, header, left < LARGE_HEADER ? HEADER : LARGE_HEADER, (off_t)start) < HEADER)
        return false;
    uint64_t length = big_endian(header, 4), head = HEADER;
    memcpy(ret_box->type, header + 4, 4);
    ret_box->type[4] = '\0';
    if (length == 1) {
        length = big_endian(header + HEADER, 8);
        head = LARGE_HEADER;
    } else if (length == 0) {
        length = left;
    }
    if (length < head || length > INT64_MAX - start)
        return false;
    ret_box->start = start;
    ret_box->contents = start + head;
    ret_box->end = start + length;
    return true;
}

static bool is(const struct box *box, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(box->type, types[i]) == 0)
            return true;
    return false;
}

static void add_media(struct boxes *boxes, const struct box *box)
{
    if ((boxes->media_count & (boxes->media_count - 1)) == 0)
        boxes->media =
            exh_realloc_array(boxes->media, boxes->media_count ? 2 * boxes->media_count : 1, sizeof *boxes->media);
    boxes->media[boxes->media_count++] = (struct extent){ box->contents, box->end };
}

void boxes_find(int fd, uint64_t size, struct boxes *boxes)
{
    static const char *const first[] = { "ftyp", "styp", "moov", "moof", "mdat", "free",
                                         "skip", "wide", "pnot", "sidx", "uuid" };
    struct box box = { .end = 0 };

    boxes->file_size = boxes->whole_size = size;
    for (size_t i = 0; i < MOST_BOXES && box.end < size && read_box(fd, box.end, size, &box); i++) {
        if (i == 0 && !is(&box, first, EXH_COUNT(first)))
            return;
        boxes->is_mp4 = true;
        bool is_media = strcmp(box.type, "mdat") == 0;
        if (is_media)
            add_media(boxes, &box);
        boxes->is_cut = box.end > size;
        if (strcmp(box.type, "moov") == 0 && !boxes->is_cut && !boxes->has_moov) {
            boxes->has_moov = true;
            boxes->moov = (struct extent){ box.contents, box.end };
        }
        if (boxes->is_cut && !is_media)
            boxes->whole_size = box.start;
    }
}

void boxes_clear(struct boxes *boxes)
{
    free(boxes->media);
    *boxes = (struct boxes){ .media = NULL };
}

bool boxes_are_media(const struct boxes *boxes, uint64_t offset, uint64_t size)
{
    size_t low = 0, high = boxes->media_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (boxes->media[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < boxes->media_count && offset >= boxes->media[low].start && size <= boxes->media[low].end - offset;
}

/* The next box of a type in what is left of a box, and takes it off there. What has no type or goes beyond its parent
 * ends the search. */
static bool next_child(int fd, struct extent *parent, const char *type, struct extent *ret_child)
{
    struct box box;

    for (size_t i = 0; i < MOST_CHILDREN && parent->start < parent->end; i++) {
        if (!read_box(fd, parent->start, parent->end, &box) || box.end > parent->end)
            return false;
        parent->start = box.end;
        if (strcmp(box.type, type) == 0) {
            *ret_child = (struct extent){ box.contents, box.end };
            return true;
        }
    }
    return false;
}

static bool read_mtxi(int fd, struct extent mtxi, int64_t *ret_ns)
{
    uint8_t bytes[MTXI_SIZE];

    if (mtxi.end - mtxi.start < sizeof bytes
        || pread(fd, bytes, sizeof bytes, (off_t)mtxi.start) != (ssize_t)sizeof bytes || bytes[0] != 0)
        return false;
    *ret_ns = (int64_t)big_endian(bytes + MTXI_NTP, 8);
    return true;
}

bool boxes_mtxi(int fd, const struct boxes *boxes, int64_t *ret_ns)
{
    struct extent moov = boxes->moov, udta, mtxi;

    for (int i = 0; i < MOST_UDTA && next_child(fd, &moov, "udta", &udta); i++)
        if (next_child(fd, &udta, "mtxi", &mtxi))
            return read_mtxi(fd, mtxi, ret_ns);
    return false;
}
