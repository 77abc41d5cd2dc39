/* base64: RFC 4648, strict; and the words and lines that the parsers of this module work on. */
#include "parts.h"

#include <string.h>

char *exh_base64(const void *bytes, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *words = exh_alloc(room);

    return sodium_bin2base64(words, room, bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

/* libsodium 1.0.18 takes some bytes above 127 for letters: it computes on signed characters. */
static bool is_ascii(struct exh_words words)
{
    uint8_t all = 0;

    for (size_t i = 0; i < words.size; i++)
        all |= (uint8_t)words.at[i];
    return all < 0x80;
}

/* libsodium refuses stray bits, wrong padding and anything else that is not of the alphabet. */
static bool decode(void *ret_bytes, size_t most, size_t *ret_size, struct exh_words words, int variant)
{
    return is_ascii(words)
           && sodium_base642bin(ret_bytes, most, words.at, words.size, NULL, ret_size, NULL, variant) == 0;
}

static bool decode_exactly(void *ret_bytes, size_t size, struct exh_words words, int variant)
{
    size_t got = 0;

    return decode(ret_bytes, size, &got, words, variant) && got == size;
}

bool exh_unbase64(void *ret_bytes, size_t size, const char *words)
{
    return exh_crypto_unbase64(ret_bytes, size, (struct exh_words){ words, strlen(words) });
}

bool exh_unbase64_any(void *ret_bytes, size_t most, size_t *ret_size, const char *words, size_t words_size)
{
    size_t got = 0;

    if (!decode(ret_bytes, most, &got, (struct exh_words){ words, words_size }, sodium_base64_VARIANT_ORIGINAL))
        return false;
    *ret_size = got;
    return true;
}

bool exh_crypto_unbase64(void *ret_bytes, size_t size, struct exh_words words)
{
    return decode_exactly(ret_bytes, size, words, sodium_base64_VARIANT_ORIGINAL);
}

bool exh_crypto_unbase64_bare(void *ret_bytes, size_t size, struct exh_words words)
{
    return decode_exactly(ret_bytes, size, words, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

char *exh_crypto_words_shown(struct exh_words words)
{
    EXH_CLEANUP(exh_freep) char *start = exh_strndup(words.at, words.size < 64 ? words.size : 64);

    return exh_text_printable(start);
}

bool exh_crypto_next_line(struct exh_words *rest, struct exh_words *ret_line)
{
    if (rest->size == 0)
        return false;
    const char *end = memchr(rest->at, '\n', rest->size);
    size_t size = end ? (size_t)(end - rest->at) : rest->size, taken = size + (end != NULL);

    *ret_line = (struct exh_words){ rest->at, size - (size && rest->at[size - 1] == '\r') };
    rest->at += taken;
    rest->size -= taken;
    return true;
}

bool exh_crypto_cut_prefix(struct exh_words *words, const char *prefix)
{
    size_t size = strlen(prefix);

    if (words->size < size || memcmp(words->at, prefix, size) != 0)
        return false;
    words->at += size;
    words->size -= size;
    return true;
}
