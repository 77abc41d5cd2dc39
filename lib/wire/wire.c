/* wire: OpenSSH's wire form. */
#include "exhibit/wire.h"

#include <assert.h>
#include <string.h>

bool exh_words_is(struct exh_words words, const char *other)
{
    return words.size == strlen(other) && memcmp(words.at, other, words.size) == 0;
}

void exh_wire_put_number(struct exh_text *text, uint32_t number)
{
    const uint8_t bytes[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                              (uint8_t)number };

    exh_text_add(text, bytes, sizeof bytes);
}

void exh_wire_put(struct exh_text *text, const void *bytes, size_t size)
{
    assert(size <= UINT32_MAX);
    exh_wire_put_number(text, (uint32_t)size);
    exh_text_add(text, bytes, size);
}

bool exh_wire_get_number(struct exh_words *rest, uint32_t *ret_number)
{
    const uint8_t *b = (const uint8_t *)rest->at;

    if (rest->size < 4)
        return false;
    *ret_number = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    rest->at += 4;
    rest->size -= 4;
    return true;
}

bool exh_wire_get(struct exh_words *rest, struct exh_words *ret_string)
{
    struct exh_words left = *rest;
    uint32_t size;

    if (!exh_wire_get_number(&left, &size) || size > left.size)
        return false;
    *ret_string = (struct exh_words){ left.at, size };
    *rest = (struct exh_words){ left.at + size, left.size - size };
    return true;
}
