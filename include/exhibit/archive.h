/* archive: the ZIP container, plain or encrypted (floor 4). libarchive writes it; reading is by the strict
 * form of docs/formats/package.md, in which every byte is fixed, or follows from the members, or is
 * authenticated with them, so that a byte changed anywhere shows.
 *
 * The encrypted form has each member under WinZip's AES-256, which 7-Zip opens: the slow, compatible form.
 * Names, sizes, the time and the checksums of members of 20 bytes and more stand in clear in it; and each
 * member is authenticated by itself, so that which there are is for the signed bag inside to say.
 */
#ifndef EXHIBIT_ARCHIVE_H
#define EXHIBIT_ARCHIVE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/moment.h"

#include <stdint.h>

/* A member's name: relative, parts parted by '/', each 1 to 75 ASCII letters, digits or "._-" that
 * begins with a letter, digit or '_', does not end with '.', and is no device of Windows ("NUL",
 * "com1.txt"); 255 characters in all. EXH_MALFORMED otherwise. */
bool exh_zip_name_check(const char *name, struct exh_error *err) EXH_CHECK;

/* ---- writing ---- */

typedef bool exh_zip_take(void *context, const void *bytes, size_t size, struct exh_error *err);
struct exh_zip;
/* A stored ZIP whose bytes go out through @take, in order, never back: fit for encryption on the way.
 * Every member carries @sealed as its time (UTC, whole seconds), mode 0644, owner 0. The process
 * must run with TZ=UTC0: libarchive writes local times. What libarchive writes is held against the
 * form; should it ever write another, that is an error (EXH_IO) here, not a package that fails later.
 * @passphrase encrypts the members; NULL: none, plain. It is not needed after the call; libarchive keeps a
 * copy in plain memory until exh_zip_finish or exh_zip_freep.
 * EXH_USAGE: a time before 1980 or after 2106, which a ZIP cannot hold; a passphrase that not every
 * program takes (EXH_ZIP_PASSPHRASE_MOST characters of ASCII, no control characters, not none). EXH_IO: a
 * libarchive without AES. */
enum { EXH_ZIP_PASSPHRASE_MOST = 99 };   /* as 7-Zip has it */
bool exh_zip_open(exh_zip_take *take, void *context, struct exh_moment sealed,
                  const struct exh_secret_text *passphrase, struct exh_zip **ret_zip,
                  struct exh_error *err) EXH_CHECK;
/* Begins a member of exactly @size bytes; more or fewer are EXH_MALFORMED. ZIP64 from 4 GiB. */
bool exh_zip_begin(struct exh_zip *zip, const char *name, uint64_t size, struct exh_error *err) EXH_CHECK;
bool exh_zip_put(struct exh_zip *zip, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
bool exh_zip_end(struct exh_zip *zip, struct exh_error *err) EXH_CHECK;
/* Writes the central directory. Nothing may be written after it. */
bool exh_zip_finish(struct exh_zip *zip, struct exh_error *err) EXH_CHECK;
void exh_zip_freep(struct exh_zip **zip);

/* ---- reading ---- */

typedef bool exh_zip_pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err);
struct exh_zip_visitor {
    bool (*begin)(void *context, const char *name, uint64_t size, struct exh_error *err);
    bool (*data)(void *context, const void *bytes, size_t size, struct exh_error *err);
    /* @whole false: the checksum, or the MAC, after the member differs: none of its bytes may be used. */
    bool (*end)(void *context, bool whole, struct exh_error *err);
    void *context;
    /* Both or neither, NULL for neither: where the next bytes of a large plain member are read to, at least 1 byte of
     * room, and then how many of them came. Other bytes still come by @data. It spares a copy. */
    bool (*space)(void *context, void **ret_space, size_t *ret_room, struct exh_error *err);
    bool (*filled)(void *context, const void *space, size_t size, struct exh_error *err);
};
/* Reads a ZIP in our form from a stream, each byte once. EXH_NO: the bytes leave the form (where and
 * how is in the message: a header that differs, members after the end, bytes after the end, cut
 * short); members visited until then were as shown. EXH_MALFORMED: does not begin as a ZIP.
 * @ret_sealed: the time of every member. @pull gives 0 bytes at the end.
 * Never more memory than 1 MiB and the names; at most 100,000 members. Names are as
 * exh_zip_name_check asks; their order, and twins, are for the visitor to judge.
 *
 * An encrypted ZIP's bytes reach the visitor decrypted, before their MAC: they are for judging only until
 * @end has said that the member is whole. Each member's keys take some two milliseconds.
 * @passphrase: NULL for none; not asked for by a plain ZIP. EXH_REFUSED: an encrypted ZIP and no
 * passphrase, or another one than it was made with, before any of its bytes are shown. One in 65,536 wrong
 * passphrases is not seen as one by its first member: that is then a damaged member. EXH_NO also: some
 * members encrypted and some not, or under several passphrases. */
bool exh_zip_read(exh_zip_pull *pull, void *context, const struct exh_zip_visitor *visitor,
                  const struct exh_secret_text *passphrase, struct exh_moment *ret_sealed,
                  struct exh_error *err) EXH_CHECK;
/* True when the first @size bytes of a ZIP show that it is encrypted, in our form or another; false too
 * when they are too few to show it, or no ZIP's. For asking for the passphrase before reading. */
bool exh_zip_is_encrypted(const void *head, size_t size);

#endif
