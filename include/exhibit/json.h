/* json: values, strict reading and canonical writing, over jansson (floor 1).
 *
 * A value is owned by whoever made it until it is put into another; the whole is freed at its
 * root. Putting (set, add) takes the child, so a tree is built in one expression:
 *
 *     EXH_CLEANUP(exh_json_freep) struct exh_json *entry = exh_json_object();
 *     exh_json_set_text(entry, "act", "init");
 *     exh_json_set(entry, "digests", exh_json_array());
 *     EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(entry);
 *
 * Canonical form: UTF-8, object members sorted by the bytes of their names, no white space,
 * whole numbers only, no final newline. The same value always gives the same bytes.
 */
#ifndef EXHIBIT_JSON_H
#define EXHIBIT_JSON_H

#include "exhibit/error.h"

#include <stdint.h>

struct exh_json;
enum exh_json_type { EXH_JSON_NULL, EXH_JSON_BOOL, EXH_JSON_INT, EXH_JSON_TEXT, EXH_JSON_ARRAY, EXH_JSON_OBJECT };

struct exh_json *exh_json_object(void) EXH_CHECK;
struct exh_json *exh_json_array(void) EXH_CHECK;
/* @words NULL gives null. Words that are not UTF-8 are shown with \xNN (exh_text_printable's form). */
struct exh_json *exh_json_text(const char *words) EXH_CHECK;
struct exh_json *exh_json_int(int64_t number) EXH_CHECK;
struct exh_json *exh_json_copy(const struct exh_json *value) EXH_CHECK;   /* deep */
void exh_json_free(struct exh_json *value);                                /* accepts NULL */
void exh_json_freep(struct exh_json **value);                              /* for EXH_CLEANUP */

/* Puts a member into an object, replacing one of that name. @child is taken, even NULL (ignored). */
void exh_json_set(struct exh_json *object, const char *name, struct exh_json *child);
void exh_json_set_text(struct exh_json *object, const char *name, const char *words);
void exh_json_set_int(struct exh_json *object, const char *name, int64_t number);
void exh_json_set_bool(struct exh_json *object, const char *name, bool truth);
/* Puts every member of @other into @object, replacing those of its names. @other is taken; NULL is ignored. */
void exh_json_merge(struct exh_json *object, struct exh_json *other);
void exh_json_remove(struct exh_json *object, const char *name);
/* Appends to an array. */
void exh_json_add(struct exh_json *array, struct exh_json *child);
void exh_json_add_text(struct exh_json *array, const char *words);
void exh_json_add_int(struct exh_json *array, int64_t number);

/* A member that is not there (NULL) counts as null. */
enum exh_json_type exh_json_type(const struct exh_json *value);
/* Looking without demanding. The result is borrowed; NULL where there is none. */
struct exh_json *exh_json_get(const struct exh_json *object, const char *name);
const char *exh_json_text_or(const struct exh_json *object, const char *name, const char *otherwise);
int64_t exh_json_int_or(const struct exh_json *object, const char *name, int64_t otherwise);
bool exh_json_bool_or(const struct exh_json *object, const char *name, bool otherwise);
/* The value itself as text or number; NULL or 0 where it is of another type. */
const char *exh_json_as_text(const struct exh_json *value);
int64_t exh_json_as_int(const struct exh_json *value);
/* Arrays (0 and NULL for anything else), and the members of an object in the order of their names. */
size_t exh_json_count(const struct exh_json *array);
struct exh_json *exh_json_at(const struct exh_json *array, size_t index);
/* The array's first object whose @member is the string @words; NULL: none. */
struct exh_json *exh_json_find(const struct exh_json *array, const char *member, const char *words);
size_t exh_json_members(const struct exh_json *object);
const char *exh_json_member_name(const struct exh_json *object, size_t index);

/* Demanding: EXH_MALFORMED when the member is missing or of another type. Results are borrowed. */
bool exh_json_need_text(const struct exh_json *object, const char *name, const char **ret_words, struct exh_error *err) EXH_CHECK;
bool exh_json_need_int(const struct exh_json *object, const char *name, int64_t *ret_number, struct exh_error *err) EXH_CHECK;
bool exh_json_need_array(const struct exh_json *object, const char *name, struct exh_json **ret_array, struct exh_error *err) EXH_CHECK;
bool exh_json_need_object(const struct exh_json *object, const char *name, struct exh_json **ret_object, struct exh_error *err) EXH_CHECK;

/* The canonical bytes, NUL-terminated. Free with free(). */
char *exh_json_canonical(const struct exh_json *value) EXH_CHECK;
/* The same members, indented by two spaces for reading. Free with free(). */
char *exh_json_pretty(const struct exh_json *value) EXH_CHECK;

/* Reads one JSON value that fills @bytes (white space around it allowed).
 * @what names the input in messages. @ret_value: free with exh_json_free.
 * EXH_MALFORMED: not JSON (RFC 8259), a member name twice in one object, a number with fraction or
 * exponent or beyond 64 bits, a NUL inside a string, not UTF-8, nested deeper than 64, or more
 * bytes after the value. Memory is bounded by a small multiple of @size. */
bool exh_json_parse(const char *bytes, size_t size, const char *what, struct exh_json **ret_value, struct exh_error *err) EXH_CHECK;

#endif
