/* media/convert: H.264 and H.265 as MP4 wants them: each unit with its length before it instead of a
 * start code. The units themselves are not touched. */
#ifndef EXHIBIT_MEDIA_CONVERT_H
#define EXHIBIT_MEDIA_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the unit after place @at: [*ret_start, *ret_end); false where there is none. */
bool next_unit(const uint8_t *bytes, size_t size, size_t at, size_t *ret_start, size_t *ret_end);

/* Bytes that the converted packet has. */
size_t lengths_size(const uint8_t *bytes, size_t size);
/* Writes them. */
void lengths_write(const uint8_t *bytes, size_t size, uint8_t *ret_bytes);

#endif
