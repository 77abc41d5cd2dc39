/* crc: CRC-32 (ISO 3309), fast enough to share a core with reading and decrypting: by sixteen
 * tables, and where the processor multiplies without carry, by folding (Gopal and others, Intel, 2009).
 */
#include "form.h"

#ifdef __x86_64__
#include <immintrin.h>

enum { FOLD = 64 };              /* bytes that one step of folding takes */
#endif

struct exh_crc_table *exh_crc_new(void)
{
    struct exh_crc_table *table = exh_alloc(sizeof *table);

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        table->at[0][i] = crc;
    }
    for (int t = 1; t < 16; t++)
        for (int i = 0; i < 256; i++)
            table->at[t][i] = table->at[t - 1][i] >> 8 ^ table->at[0][table->at[t - 1][i] & 0xff];
    return table;
}

/* What four bytes, @words, add when @after more bytes of the step follow them. */
static inline uint32_t four(const struct exh_crc_table *table, uint32_t words, int after)
{
    return table->at[after + 3][words & 0xff] ^ table->at[after + 2][words >> 8 & 0xff]
         ^ table->at[after + 1][words >> 16 & 0xff] ^ table->at[after][words >> 24];
}

static uint32_t by_tables(const struct exh_crc_table *table, uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (; size >= 16; bytes += 16, size -= 16)
        crc = four(table, crc ^ exh_little32(bytes), 12) ^ four(table, exh_little32(bytes + 4), 8)
            ^ four(table, exh_little32(bytes + 8), 4) ^ four(table, exh_little32(bytes + 12), 0);
    for (; size; bytes++, size--)
        crc = crc >> 8 ^ table->at[0][(crc ^ *bytes) & 0xff];
    return crc;
}

#ifdef __x86_64__
/* Folds whole steps of @bytes into 64 bytes of the same remainder, which are to be taken with a
 * register of 0. The constants are x^(512+64) and x^512 modulo the polynomial, bits reversed. */
__attribute__((target("pclmul"))) static void fold(uint32_t crc, const uint8_t *bytes, size_t size,
                                                   uint8_t ret_folded[FOLD])
{
    const __m128i by = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    __m128i lanes[4];

    for (int i = 0; i < 4; i++)
        lanes[i] = _mm_loadu_si128((const __m128i *)bytes + i);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)crc));
    for (size_t at = FOLD; at < size; at += FOLD)
        for (int i = 0; i < 4; i++) {
            __m128i low = _mm_clmulepi64_si128(lanes[i], by, 0x00), high = _mm_clmulepi64_si128(lanes[i], by, 0x11);
            lanes[i] = _mm_xor_si128(_mm_xor_si128(low, high), _mm_loadu_si128((const __m128i *)(bytes + at) + i));
        }
    for (int i = 0; i < 4; i++)
        _mm_storeu_si128((__m128i *)ret_folded + i, lanes[i]);
}
#endif

uint32_t exh_crc_add(const struct exh_crc_table *table, uint32_t crc, const uint8_t *bytes, size_t size)
{
    crc = ~crc;
#ifdef __x86_64__
    size_t whole = size - size % FOLD;
    if (whole && __builtin_cpu_supports("pclmul")) {
        uint8_t folded[FOLD];
        fold(crc, bytes, whole, folded);
        crc = by_tables(table, 0, folded, FOLD);
        bytes += whole;
        size -= whole;
    }
#endif
    return ~by_tables(table, crc, bytes, size);
}
