/* media/convert: H.264 and H.265 as MP4 wants them: lengths instead of start codes. */
#include "convert.h"

#include <string.h>

enum { LENGTH = 4, START_CODE = 3 };

/* The place of the next 00 00 01 at or after @i; @size where there is none. */
static size_t next_start_code(const uint8_t *bytes, size_t i, size_t size)
{
    while (i + START_CODE <= size) {
        const uint8_t *one = memchr(bytes + i + 2, 1, size - i - 2);
        if (!one)
            return size;
        i = (size_t)(one - bytes) - 2;
        if (bytes[i] == 0 && bytes[i + 1] == 0)
            return i;
        i++;
    }
    return size;
}

/* The fourth zero before a start code belongs to the code, and further zeros to the unit before it, as
 * libavformat's muxers have it. */
bool next_unit(const uint8_t *bytes, size_t size, size_t at, size_t *ret_start, size_t *ret_end)
{
    size_t code = next_start_code(bytes, at, size), start = code + START_CODE;

    if (start >= size)
        return false;
    size_t end = next_start_code(bytes, start, size);
    if (end < size && end > start && bytes[end - 1] == 0)
        end--;
    *ret_start = start;
    *ret_end = end;
    return true;
}

size_t lengths_size(const uint8_t *bytes, size_t size)
{
    size_t total = 0, start, end = 0;

    while (next_unit(bytes, size, end, &start, &end))
        if (end > start)
            total += LENGTH + end - start;
    return total;
}

void lengths_write(const uint8_t *bytes, size_t size, uint8_t *ret_bytes)
{
    size_t start, end = 0;

    while (next_unit(bytes, size, end, &start, &end)) {
        size_t length = end - start;
        if (length == 0)
            continue;
        for (int i = 0; i < LENGTH; i++)
            ret_bytes[i] = (uint8_t)(length >> 8 * (LENGTH - 1 - i));
        memcpy(ret_bytes + LENGTH, bytes + start, length);
        ret_bytes += LENGTH + length;
    }
}
