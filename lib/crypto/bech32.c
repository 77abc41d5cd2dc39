/* bech32: BIP 173 as age uses it: 32 bytes, no limit on the prefix, one case throughout. */
#include "parts.h"

#include <ctype.h>
#include <string.h>

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
enum { VALUES = 52, CHECK_VALUES = 6 };      /* 52 values of 5 bits hold 256 bits and 4 of zero */

static uint32_t check_step(uint32_t check, uint32_t value)
{
    static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
    uint32_t top = check >> 25;

    check = (check & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        check ^= top >> i & 1 ? generator[i] : 0;
    return check;
}

/* The prefix counts as if in lower case. */
static uint32_t check_prefix(const char *prefix)
{
    uint32_t check = 1;

    for (const char *c = prefix; *c; c++)
        check = check_step(check, (uint32_t)tolower((unsigned char)*c) >> 5);
    check = check_step(check, 0);
    for (const char *c = prefix; *c; c++)
        check = check_step(check, (uint32_t)tolower((unsigned char)*c) & 31);
    return check;
}

/* The i-th value of 5 bits; bits past the end are zero. */
static uint32_t value_at(const uint8_t bytes[32], size_t i)
{
    size_t bit = 5 * i, byte = bit / 8;
    uint32_t pair = (uint32_t)bytes[byte] << 8 | (byte + 1 < 32 ? bytes[byte + 1] : 0);

    return pair >> (11 - bit % 8) & 31;
}

static char letter(const char *prefix, uint32_t value)
{
    return isupper((unsigned char)prefix[0]) ? (char)toupper((unsigned char)alphabet[value]) : alphabet[value];
}

void exh_crypto_bech32_write(char *ret_words, const char *prefix, const uint8_t bytes[32])
{
    uint32_t check = check_prefix(prefix);
    size_t size = strlen(prefix);
    char *at = ret_words + size + 1;

    memcpy(ret_words, prefix, size);
    ret_words[size] = '1';
    for (size_t i = 0; i < VALUES; i++) {
        check = check_step(check, value_at(bytes, i));
        *at++ = letter(prefix, value_at(bytes, i));
    }
    for (size_t i = 0; i < CHECK_VALUES; i++)
        check = check_step(check, 0);
    check ^= 1;
    for (size_t i = 0; i < CHECK_VALUES; i++)
        *at++ = letter(prefix, check >> 5 * (CHECK_VALUES - 1 - i) & 31);
}

static bool read_letter(const char *prefix, char c, uint32_t *ret_value)
{
    bool upper = isupper((unsigned char)prefix[0]);
    const char *found = memchr(alphabet, upper ? tolower((unsigned char)c) : c, sizeof alphabet - 1);

    if (!found || (upper && islower((unsigned char)c)))
        return false;
    *ret_value = (uint32_t)(found - alphabet);
    return true;
}

bool exh_crypto_bech32_read(struct exh_words words, const char *prefix, uint8_t ret_bytes[32])
{
    uint32_t check = check_prefix(prefix), pending = 0, value;
    size_t bits = 0, filled = 0;

    if (!exh_crypto_cut_prefix(&words, prefix) || !exh_crypto_cut_prefix(&words, "1") || words.size != EXH_BECH32_DATA)
        return false;
    for (size_t i = 0; i < EXH_BECH32_DATA; i++) {
        if (!read_letter(prefix, words.at[i], &value))
            return false;
        check = check_step(check, value);
        if (i >= VALUES)
            continue;
        pending = (pending << 5 | value) & 0xfff;
        bits += 5;
        if (bits >= 8)
            ret_bytes[filled++] = (uint8_t)(pending >> (bits -= 8));
    }
    /* 260 bits were read: the 4 left over must be zero, or two words would mean the same key. */
    return check == 1 && (pending & 15) == 0;
}
