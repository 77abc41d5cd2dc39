/* text: a growing string, hex, and words made safe to show (floor 1).
 *
 *     EXH_CLEANUP(exh_text_clear) struct exh_text t = EXH_TEXT_NONE;
 *     exh_text_printf(&t, "%s\n", name);
 *     write(fd, t.bytes, t.size);
 */
#ifndef EXHIBIT_TEXT_H
#define EXHIBIT_TEXT_H

#include "exhibit/error.h"

#include <stdint.h>

/* What this program is, wherever it names itself: record, bag, --version. */
#define EXH_PROGRAM "exhibit 0.1"

/* Start with EXH_TEXT_NONE. */
struct exh_text {
    char *bytes;     /* always NUL-terminated once anything was added; NULL before */
    size_t size;     /* bytes in use, without the NUL */
    size_t capacity;
};
#define EXH_TEXT_NONE { NULL, 0, 0 }

void exh_text_clear(struct exh_text *text);
void exh_text_add(struct exh_text *text, const void *bytes, size_t size);
void exh_text_puts(struct exh_text *text, const char *words);
void exh_text_printf(struct exh_text *text, const char *format, ...) EXH_PRINTF(2, 3);
/* Gives the string away (never NULL); the text is empty again. Free with free(). */
char *exh_text_take(struct exh_text *text) EXH_CHECK;

/* A list of owned strings, in the order added. Start with EXH_STRINGS_NONE. */
struct exh_strings {
    char **at;
    size_t count;
};
#define EXH_STRINGS_NONE { NULL, 0 }
void exh_strings_clear(struct exh_strings *strings);
void exh_strings_add(struct exh_strings *strings, const char *words);
void exh_strings_addf(struct exh_strings *strings, const char *format, ...) EXH_PRINTF(2, 3);
/* Sorts by byte value. */
void exh_strings_sort(struct exh_strings *strings);
bool exh_strings_contain(const struct exh_strings *strings, const char *words);
/* The one that takes fewest changes to become @words, when that is at most a third of its length: what somebody probably
 * meant. A change is a character more, less or another, or two neighbours that changed places; letters of ASCII may be in
 * either case. NULL where none is near. Stays the list's. */
const char *exh_text_nearest(const struct exh_strings *strings, const char *words);
/* Fails with EXH_USAGE because @name is not one of @known, as @format says in words: the nearest of them is asked about, where
 * one is near, and @remedy says where they are listed. One sentence; always returns false. */
bool exh_text_unknown(const struct exh_strings *known, const char *name, const char *remedy, struct exh_error *err,
                      const char *format, ...) EXH_PRINTF(5, 6);

/* Writes 2 * @size lower-case digits and a NUL. */
void exh_hex(char *ret_digits, const void *bytes, size_t size);
/* Reads exactly 2 * @size digits of either case that end @digits; false on anything else. */
bool exh_unhex(void *ret_bytes, size_t size, const char *digits) EXH_CHECK;

/* True when @size bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool exh_text_is_utf8(const char *bytes, size_t size) EXH_CHECK;
/* @bytes with each control character and each byte that is not UTF-8 shown as \xNN, so that a
 * name from footage or a package can be printed and put into JSON. Free with free(). */
char *exh_text_printable(const char *bytes) EXH_CHECK;
/* The same, of words that somebody chose who may mean harm: at most @longest bytes of it, whole characters, and "..."
 * where more would follow. Free with free(). */
char *exh_text_brief(const char *bytes, size_t longest) EXH_CHECK;
/* @words with & < > " ' written as entities, for HTML text and attributes. Free with free(). */
char *exh_text_html(const char *words) EXH_CHECK;

/* What stands behind the last '/' of a path: a place in @path. */
const char *exh_text_base_name(const char *path);
/* True when @name is 1 to @longest characters of a-z, A-Z, 0-9, '-', '_' and begins with a
 * letter or digit: fit for a camera's or source's identifier and for a file name. */
bool exh_text_is_identifier(const char *name, size_t longest) EXH_CHECK;
/* The size in words: "812 B", "60.6 MB" (decimal). Free with free(). */
char *exh_text_size(uint64_t bytes) EXH_CHECK;
/* A whole number from 0 to @most in decimal digits and nothing else. */
bool exh_text_number(const char *digits, uint64_t most, uint64_t *ret_number) EXH_CHECK;

#endif
