/* csv: reads and writes comma-separated values as RFC 4180 gives them (floor 2).
 *
 *     struct exh_csv csv = exh_csv_begin(bytes, size);
 *     EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;
 *     while (exh_csv_next(&csv, &row))
 *         if (row.problem) ...
 *
 * A line ends with CRLF or LF, the last one also with the end of the file. A field in double quotes may
 * hold commas, line ends, and double quotes written twice. Blanks belong to their field. A byte order mark
 * before the first line is passed over, and so are lines with nothing on them.
 */
#ifndef EXHIBIT_CSV_H
#define EXHIBIT_CSV_H

#include "exhibit/error.h"
#include "exhibit/text.h"

/* What is left to read. The bytes stay the caller's. */
struct exh_csv {
    const char *at, *end;
    size_t line;                 /* of @at, from 1 */
};
/* One record. Start with EXH_CSV_ROW_NONE; may be read into again and again. */
struct exh_csv_row {
    size_t line;                 /* where it begins, from 1 */
    struct exh_strings fields;   /* UTF-8 without NUL; one at least where there is no problem */
    char *problem;               /* NULL, or a sentence with its remedy; the fields are then not all */
};
#define EXH_CSV_ROW_NONE { 0, EXH_STRINGS_NONE, NULL }
void exh_csv_row_clear(struct exh_csv_row *row);

struct exh_csv exh_csv_begin(const char *bytes, size_t size) EXH_CHECK;
/* Reads the next record; false at the end. One that breaks RFC 4180 (a quote inside an unquoted field,
 * something after a closing quote, a quote that is never closed, a carriage return alone), or holds a NUL or
 * what is not UTF-8, has a problem; reading goes on at the line after it. At most 64 fields are kept of a
 * record: more is a problem too. Time and memory are in proportion to the bytes. */
bool exh_csv_next(struct exh_csv *csv, struct exh_csv_row *row) EXH_CHECK;

/* Adds one record that ends with CRLF; NULL fields are empty ones. A field is quoted where it holds a comma, a double
 * quote or a line end. */
void exh_csv_add(struct exh_text *text, const char *const fields[], size_t count);

#endif
