/* wire: OpenSSH's wire form (RFC 4251, section 5), in which keys, signatures and an agent's words are written (floor 2).
 *
 * Numbers are 4 bytes, the highest first; a string is its size as a number and its bytes, which may be any.
 */
#ifndef EXHIBIT_WIRE_H
#define EXHIBIT_WIRE_H

#include "exhibit/text.h"

/* Bytes owned by another, NUL-terminated or not. */
struct exh_words { const char *at; size_t size; };
bool exh_words_is(struct exh_words words, const char *other);

void exh_wire_put_number(struct exh_text *text, uint32_t number);
/* Adds a string; @size is below 4 GiB. */
void exh_wire_put(struct exh_text *text, const void *bytes, size_t size);
/* Takes a number off the front of @rest. False, and nothing changed, where it is cut short. */
bool exh_wire_get_number(struct exh_words *rest, uint32_t *ret_number) EXH_CHECK;
/* The same of a string, which stays where it is. */
bool exh_wire_get(struct exh_words *rest, struct exh_words *ret_string) EXH_CHECK;

#endif
