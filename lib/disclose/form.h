/* disclose, private: the form of a receipt (docs/formats/receipt.md). */
#ifndef EXHIBIT_DISCLOSE_FORM_H
#define EXHIBIT_DISCLOSE_FORM_H

#include "exhibit/disclose.h"

/* What a form is written from; all borrowed. */
struct exh_receipt_form {
    const struct exh_casefile *casefile;
    const struct exh_disclosure *disclosure;
    const struct exh_packed *packed;
    const char *organisation;        /* the room's */
    const char *number;              /* random: so that nobody can guess what the log has the SHA-256 of */
    const char *checkpoint;          /* of the log */
};
/* The form with what is to be filled in below it. Free with free(). */
char *exh_receipt_form_words(const struct exh_receipt_form *form) EXH_CHECK;

/* A receipt that came back, taken apart. Clear with exh_receipt_parts_clear. */
struct exh_receipt_parts {
    char form[EXH_SHA256_DIGITS];    /* SHA-256 of all to the line, the line too, with LF at the ends of lines */
    char *taken_by, *taken_on;       /* as filled in; NULL where they are not */
};
void exh_receipt_parts_clear(struct exh_receipt_parts *parts);
/* EXH_MALFORMED: not UTF-8, or the line is not there. */
bool exh_receipt_parts_read(const char *bytes, size_t size, const char *what, struct exh_receipt_parts *ret_parts, struct exh_error *err)
    EXH_CHECK;

#endif
