/* form: the bytes of our ZIP, field by field (docs/formats/package.md, "The ZIP", "The encrypted ZIP"). */
#include "form.h"

#include "exhibit/archive.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The largest number that a field of 32 bits holds; ZIP64 begins above it. */
#define MOST_32 UINT64_C(0xffffffff)

enum {
    VERSION = 10, VERSION_AES = 20, VERSION_64 = 45,     /* "needed to extract", in tenths */
    UNIX = 3 << 8,                       /* "made by", beside the version */
    FLAGS = 8,                           /* the checksum follows the bytes */
    STORED = 0, AES = 99,                /* methods; of AES the real one stands in the extra field */
    AES_ID = 0x9901, AES_256 = 3,
    AES_CRC_FROM = 20,                   /* bytes that a member must have for its checksum to be given */
    MODE = 0100644,                      /* a regular file */
};

void exh_zip_members_clear(struct exh_zip_members *members)
{
    for (size_t i = 0; i < members->count; i++)
        free(members->at[i].name);
    free(members->at);
    *members = (struct exh_zip_members){ NULL, 0, 0 };
}

struct exh_zip_member *exh_zip_members_add(struct exh_zip_members *members, const char *name, uint64_t size,
                                           uint64_t offset)
{
    if (members->count == members->capacity) {
        members->capacity = members->capacity ? 2 * members->capacity : 16;
        members->at = exh_realloc_array(members->at, members->capacity, sizeof *members->at);
    }
    members->at[members->count] = (struct exh_zip_member){ exh_strdup(name), size, offset, 0, false };
    return &members->at[members->count++];
}

uint64_t exh_zip_form_stored(const struct exh_zip_member *member)
{
    return member->size + (member->encrypted ? FORM_SEALING : 0);
}

bool exh_zip_form_has_crc(const struct exh_zip_member *member)
{
    return !member->encrypted || member->size >= AES_CRC_FROM;
}

static bool is_large(const struct exh_zip_member *member)
{
    return exh_zip_form_stored(member) > MOST_32;
}

static int version(const struct exh_zip_member *member)
{
    return is_large(member) ? VERSION_64 : member->encrypted ? VERSION_AES : VERSION;
}

static void put(struct exh_text *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(number >> 8 * i);
        exh_text_add(out, &byte, 1);
    }
}

static uint64_t at_most_32(uint64_t number)
{
    return number < MOST_32 ? number : MOST_32;
}

/* Time and date as MS-DOS keeps them, two seconds a step. */
static void put_dos_time(struct exh_text *out, uint32_t sealed)
{
    time_t seconds = sealed;
    struct tm t;

    gmtime_r(&seconds, &t);
    put(out, (uint64_t)(t.tm_hour << 11 | t.tm_min << 5 | t.tm_sec / 2), 2);
    put(out, (uint64_t)((t.tm_year - 80) << 9 | (t.tm_mon + 1) << 5 | t.tm_mday), 2);
}

/* Of AES: version AE-1, with a checksum, or AE-2, without; the vendor; the strength; the real method. */
static void put_extra_aes(struct exh_text *out, const struct exh_zip_member *member)
{
    put(out, AES_ID, 2);
    put(out, FORM_EXTRA_AES - 4, 2);
    put(out, exh_zip_form_has_crc(member) ? 1 : 2, 2);
    exh_text_puts(out, "AE");
    put(out, AES_256, 1);
    put(out, STORED, 2);
}

/* "UT": the time in seconds, as the only one. "ux": owner and group, both 0. */
static void put_extra(struct exh_text *out, const struct exh_zip_member *member, uint32_t sealed)
{
    exh_text_puts(out, "UT");
    put(out, 5, 2);
    put(out, 1, 1);
    put(out, sealed, 4);
    exh_text_puts(out, "ux");
    put(out, 11, 2);
    put(out, 1, 1);
    put(out, 4, 1);
    put(out, 0, 4);
    put(out, 4, 1);
    put(out, 0, 4);
    if (member->encrypted)
        put_extra_aes(out, member);
}

static void put_flags_and_method(struct exh_text *out, const struct exh_zip_member *member)
{
    put(out, member->encrypted ? FLAGS | FORM_FLAG_ENCRYPTED : FLAGS, 2);
    put(out, member->encrypted ? AES : STORED, 2);
}

void exh_zip_form_local(struct exh_text *out, const struct exh_zip_member *member, uint32_t sealed)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text extra = EXH_TEXT_NONE;
    uint64_t stored = exh_zip_form_stored(member);
    bool large = is_large(member);

    put_extra(&extra, member, sealed);
    if (large) {
        put(&extra, 1, 2);
        put(&extra, 16, 2);
        put(&extra, member->size, 8);
        put(&extra, stored, 8);
    }
    exh_text_puts(out, "PK\3\4");
    put(out, (uint64_t)version(member), 2);
    put_flags_and_method(out, member);
    put_dos_time(out, sealed);
    put(out, 0, 4);                              /* the checksum, not known yet */
    put(out, large ? MOST_32 : stored, 4);
    put(out, large ? MOST_32 : member->size, 4);
    put(out, strlen(member->name), 2);
    put(out, extra.size, 2);
    exh_text_puts(out, member->name);
    exh_text_add(out, extra.bytes, extra.size);
}

void exh_zip_form_descriptor(struct exh_text *out, const struct exh_zip_member *member)
{
    int width = is_large(member) ? 8 : 4;

    exh_text_puts(out, "PK\7\10");
    put(out, member->crc, 4);
    put(out, exh_zip_form_stored(member), width);
    put(out, member->size, width);
}

/* The ZIP64 field of the directory: which numbers it holds follows libarchive 3.6, where a member of
 * exactly 2^32 - 1 bytes counts as large only beside an offset that is. */
static void put_central_64(struct exh_text *out, const struct exh_zip_member *member)
{
    const uint64_t numbers[] = { member->size, exh_zip_form_stored(member), member->offset };
    EXH_CLEANUP(exh_text_clear) struct exh_text large = EXH_TEXT_NONE;

    for (size_t i = 0; i < EXH_COUNT(numbers); i++)
        if (numbers[i] >= MOST_32)
            put(&large, numbers[i], 8);
    put(out, 1, 2);
    put(out, large.size, 2);
    exh_text_add(out, large.bytes, large.size);
}

void exh_zip_form_central(struct exh_text *out, const struct exh_zip_member *member, uint32_t sealed)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text extra = EXH_TEXT_NONE;
    bool large = is_large(member) || member->offset > MOST_32;

    put_extra(&extra, member, sealed);
    if (large)
        put_central_64(&extra, member);
    exh_text_puts(out, "PK\1\2");
    put(out, (uint64_t)(UNIX | version(member)), 2);
    put(out, large ? VERSION_64 : (uint64_t)version(member), 2);
    put_flags_and_method(out, member);
    put_dos_time(out, sealed);
    put(out, member->crc, 4);
    put(out, at_most_32(exh_zip_form_stored(member)), 4);
    put(out, at_most_32(member->size), 4);
    put(out, strlen(member->name), 2);
    put(out, extra.size, 2);
    put(out, 0, 2);                              /* no comment */
    put(out, 0, 2);                              /* disk 0 */
    put(out, 0, 2);                              /* not text */
    put(out, (uint64_t)MODE << 16, 4);
    put(out, at_most_32(member->offset), 4);
    exh_text_puts(out, member->name);
    exh_text_add(out, extra.bytes, extra.size);
}

static void put_end_64(struct exh_text *out, size_t members, uint64_t directory_offset, uint64_t directory_size)
{
    exh_text_puts(out, "PK\6\6");
    put(out, 44, 8);
    put(out, VERSION_64, 2);                     /* made by */
    put(out, VERSION_64, 2);                     /* needed */
    put(out, 0, 8);                              /* disk 0 of 0 */
    put(out, members, 8);
    put(out, members, 8);
    put(out, directory_size, 8);
    put(out, directory_offset, 8);
    exh_text_puts(out, "PK\6\7");
    put(out, 0, 4);
    put(out, directory_offset + directory_size, 8);
    put(out, 1, 4);
}

void exh_zip_form_end(struct exh_text *out, size_t members, uint64_t directory_offset, uint64_t directory_size)
{
    uint64_t shown = members < 0xffff ? members : 0xffff;

    if (directory_size > MOST_32 || directory_offset > MOST_32 || members > 0xffff)
        put_end_64(out, members, directory_offset, directory_size);
    exh_text_puts(out, "PK\5\6");
    put(out, 0, 4);
    put(out, shown, 2);
    put(out, shown, 2);
    put(out, at_most_32(directory_size), 4);
    put(out, at_most_32(directory_offset), 4);
    put(out, 0, 2);                              /* no comment */
}

uint16_t exh_little16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t exh_little32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t exh_little64(const uint8_t *bytes)
{
    return exh_little32(bytes) | (uint64_t)exh_little32(bytes + 4) << 32;
}
