/* pieces: SHA-256 of each 16 MiB of a large file, so that damage can be located. Private to package. */
#ifndef EXHIBIT_PACKAGE_PIECES_H
#define EXHIBIT_PACKAGE_PIECES_H

#include "exhibit/crypto.h"
#include "exhibit/text.h"

#include <stdint.h>

#define EXH_PIECES_FILE "record/pieces-sha256.txt"
enum { EXH_PIECE = 16 << 20 };

/* The digests of one file's pieces, in order; the last piece may be shorter. */
struct exh_pieces { char (*at)[EXH_SHA256_DIGITS]; size_t count; };
#define EXH_PIECES_NONE { NULL, 0 }
void exh_pieces_clear(struct exh_pieces *pieces);
struct exh_pieces exh_pieces_copy(const struct exh_pieces *pieces) EXH_CHECK;
/* True for files that pieces are kept of. */
bool exh_pieces_are_due(uint64_t size);

/* Cuts a stream of bytes into pieces. */
struct exh_piecing;
struct exh_piecing *exh_piecing_new(void) EXH_CHECK;
void exh_piecing_add(struct exh_piecing *piecing, const void *bytes, size_t size);
/* Gives the pieces, and is ready for the next file. */
struct exh_pieces exh_piecing_end(struct exh_piecing *piecing) EXH_CHECK;
void exh_piecing_freep(struct exh_piecing **piecing);

/* Which pieces differ, in words: "piece 3 of 9 (from byte 33554432 on)"; NULL: none do. @say adds what else there is to
 * say of a stretch of them, by the numbers of its first and last; it may be NULL. Free with free(). */
char *exh_pieces_difference(const struct exh_pieces *is, const struct exh_pieces *ought,
                            void (*say)(void *context, struct exh_text *words, size_t first, size_t last), void *context)
    EXH_CHECK;

/* ---- the list of several files ---- */

struct exh_pieces_file { char *name; uint64_t size; struct exh_pieces pieces; };
/* In the byte order of names. */
struct exh_pieces_list { struct exh_pieces_file *at; size_t count; };
#define EXH_PIECES_LIST_NONE { NULL, 0 }
void exh_pieces_list_clear(struct exh_pieces_list *list);
/* Takes @pieces. */
void exh_pieces_list_add(struct exh_pieces_list *list, const char *name, uint64_t size, struct exh_pieces pieces);
/* NULL where there is none. */
const struct exh_pieces_file *exh_pieces_list_find(const struct exh_pieces_list *list, const char *name);
/* The file's text: "<digest>  <offset>  <length>  <name>" a line. Free with free(). */
char *exh_pieces_list_words(const struct exh_pieces_list *list) EXH_CHECK;
/* EXH_NO: a line that is not of that form, or not the piece that comes next. */
bool exh_pieces_list_parse(const char *bytes, size_t size, struct exh_pieces_list *ret_list, struct exh_error *err)
    EXH_CHECK;

#endif
