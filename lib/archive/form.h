/* form: the bytes of our ZIP, plain or encrypted, as docs/formats/package.md fixes them. Private to archive.
 *
 * Everything but the members' bytes follows from name, size, checksum and the sealing time, so the
 * writer holds libarchive's bytes against these and the reader a foreign file's.
 */
#ifndef EXHIBIT_ARCHIVE_FORM_H
#define EXHIBIT_ARCHIVE_FORM_H

#include "exhibit/crypto.h"
#include "exhibit/text.h"

#include <stdint.h>

enum {
    FORM_LOCAL_FIXED = 30,       /* of a local header, before the name */
    FORM_FLAGS_AT = 6,           /* of the flags in it */
    FORM_FLAG_ENCRYPTED = 1,
    FORM_EXTRA = 24,             /* of its extra field: UT (9) and ux (15) */
    FORM_EXTRA_AES = 11,         /* and, where encrypted, what says how */
    FORM_EXTRA_64 = 20,          /* and, where large, ZIP64 */
    FORM_TIME_AT = 5,            /* of the seconds in the extra field */
    FORM_SIZE_64_AT = 4,         /* of the size in ZIP64's part of it */
    FORM_CRC_AT = 4,             /* of the checksum in a descriptor */
    FORM_DESCRIPTOR = 16,        /* of a descriptor, where not ZIP64 */
    FORM_KEYING = EXH_ZIP_AES_SALT + EXH_ZIP_AES_VERIFIER,     /* before a member's encrypted bytes */
    FORM_SEALING = FORM_KEYING + EXH_ZIP_AES_MAC,              /* before and after them */
    FORM_NAME_MOST = 255,
    FORM_MEMBERS_MOST = 100000,
    FORM_TIME_LEAST = 315532800, /* 1980: MS-DOS knows no earlier time */
};

struct exh_zip_member {
    char *name;
    uint64_t size;
    uint64_t offset;             /* of its local header */
    uint32_t crc;                /* known after its bytes */
    bool encrypted;              /* never of a member without bytes: libarchive has nothing to encrypt there */
};
/* Owned, in order. */
struct exh_zip_members {
    struct exh_zip_member *at;
    size_t count, capacity;
};
void exh_zip_members_clear(struct exh_zip_members *members);
struct exh_zip_member *exh_zip_members_add(struct exh_zip_members *members, const char *name, uint64_t size,
                                           uint64_t offset);

/* The bytes between its header and its descriptor. */
uint64_t exh_zip_form_stored(const struct exh_zip_member *member);
/* False: it is encrypted and so small that its checksum would give it away (AE-2): 0 stands for it. */
bool exh_zip_form_has_crc(const struct exh_zip_member *member);

/* Each appends its bytes to @out. @sealed: Unix seconds. */
void exh_zip_form_local(struct exh_text *out, const struct exh_zip_member *member, uint32_t sealed);
void exh_zip_form_descriptor(struct exh_text *out, const struct exh_zip_member *member);
void exh_zip_form_central(struct exh_text *out, const struct exh_zip_member *member, uint32_t sealed);
void exh_zip_form_end(struct exh_text *out, size_t members, uint64_t directory_offset, uint64_t directory_size);

uint16_t exh_little16(const uint8_t *bytes);
uint32_t exh_little32(const uint8_t *bytes);
uint64_t exh_little64(const uint8_t *bytes);

/* CRC-32 as in ZIP (ISO 3309). Tables of 16 KiB, made by exh_crc_new. */
struct exh_crc_table { uint32_t at[16][256]; };
struct exh_crc_table *exh_crc_new(void);
/* Goes on from @crc (0 at first) over @size bytes. */
uint32_t exh_crc_add(const struct exh_crc_table *table, uint32_t crc, const uint8_t *bytes, size_t size);

#endif
