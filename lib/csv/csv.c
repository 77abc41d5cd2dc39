/* csv: records of comma-separated values, each read strictly and on its own. */
#include "exhibit/csv.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FIELDS = 64 };

void exh_csv_row_clear(struct exh_csv_row *row)
{
    exh_strings_clear(&row->fields);
    free(row->problem);
    *row = (struct exh_csv_row)EXH_CSV_ROW_NONE;
}

struct exh_csv exh_csv_begin(const char *bytes, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct exh_csv csv = { bytes, bytes + size, 1 };

    if (size >= 3 && memcmp(bytes, mark, 3) == 0)
        csv.at += 3;
    return csv;
}

static bool at_end(const struct exh_csv *csv)
{
    return csv->at == csv->end;
}

/* How many bytes end the line here: 1 (LF), 2 (CRLF), or 0: it goes on. */
static size_t line_end(const struct exh_csv *csv)
{
    if (at_end(csv))
        return 0;
    if (*csv->at == '\n')
        return 1;
    return csv->end - csv->at > 1 && csv->at[0] == '\r' && csv->at[1] == '\n' ? 2 : 0;
}

/* Moves over the end of a line, where one is here. */
static bool pass_line_end(struct exh_csv *csv)
{
    size_t size = line_end(csv);

    csv->at += size;
    csv->line += size > 0;
    return size > 0;
}

/* What is wrong with this byte outside quotes; NULL: nothing, it belongs to the field. */
static const char *wrong_byte(char byte)
{
    switch (byte) {
    case '\0': return "holds a NUL byte, so it is no UTF-8 text: save the file as \"CSV UTF-8\"";
    case '\r': return "holds a carriage return that no line feed follows: save it with CRLF or LF at the ends of lines";
    case '"':  return "holds a double quote inside a field that does not begin with one: put the whole field in double "
                      "quotes, and write those inside it twice";
    default:   return NULL;
    }
}

static const char *take_plain(struct exh_csv *csv, struct exh_text *field)
{
    const char *begin = csv->at, *problem = NULL;

    while (!at_end(csv) && *csv->at != ',' && !line_end(csv) && !(problem = wrong_byte(*csv->at)))
        csv->at++;
    exh_text_add(field, begin, (size_t)(csv->at - begin));
    return problem;
}

/* Adds what stands before the next quote. */
static const char *take_until_quote(struct exh_csv *csv, struct exh_text *field)
{
    const char *quote = memchr(csv->at, '"', (size_t)(csv->end - csv->at));
    const char *begin = csv->at, *nul = quote ? memchr(begin, '\0', (size_t)(quote - begin)) : NULL;

    if (!quote || nul) {
        csv->at = nul ? nul : csv->end;
        return nul ? wrong_byte('\0')
                   : "opens a double quote that is never closed, so what follows it cannot be read: close it";
    }
    for (; csv->at < quote; csv->at++)
        csv->line += *csv->at == '\n';
    exh_text_add(field, begin, (size_t)(quote - begin));
    return NULL;
}

static const char *take_quoted(struct exh_csv *csv, struct exh_text *field)
{
    const char *problem;

    do {
        csv->at++;
        if ((problem = take_until_quote(csv, field)))
            return problem;
        csv->at++;                       /* past the quote: another one stands for itself */
        if (!at_end(csv) && *csv->at == '"')
            exh_text_puts(field, "\"");
    } while (!at_end(csv) && *csv->at == '"');
    if (at_end(csv) || *csv->at == ',' || line_end(csv))
        return NULL;
    return "has something between a closing double quote and the next comma: write a double quote inside a field twice";
}

static const char *take_field(struct exh_csv *csv, struct exh_csv_row *row)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text field = EXH_TEXT_NONE;

    if (row->fields.count == MOST_FIELDS)
        return "has more fields than any such file";
    const char *problem = !at_end(csv) && *csv->at == '"' ? take_quoted(csv, &field) : take_plain(csv, &field);
    if (problem)
        return problem;
    EXH_CLEANUP(exh_freep) char *words = exh_text_take(&field);
    if (exh_text_is_utf8(words, strlen(words)))
        exh_strings_add(&row->fields, words);
    else if (!row->problem)              /* the record's form is not in doubt: its other fields are read */
        row->problem = exh_strdup("is not UTF-8: save the file as \"CSV UTF-8\"");
    return NULL;
}

/* To the line after this one, wherever in it reading stopped. */
static void skip_line(struct exh_csv *csv)
{
    const char *end = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));

    csv->line += end != NULL;
    csv->at = end ? end + 1 : csv->end;
}

bool exh_csv_next(struct exh_csv *csv, struct exh_csv_row *row)
{
    const char *problem;

    exh_csv_row_clear(row);
    while (pass_line_end(csv))
        ;
    if (at_end(csv))
        return false;
    row->line = csv->line;
    while (!(problem = take_field(csv, row)) && !at_end(csv) && *csv->at == ',')
        csv->at++;
    if (!problem) {
        pass_line_end(csv);
        return true;
    }
    free(row->problem);
    row->problem = exh_strdup(problem);
    skip_line(csv);
    return true;
}

/* ---- writing ---- */

static void add_quoted(struct exh_text *text, const char *field)
{
    exh_text_puts(text, "\"");
    for (; *field; field++)
        exh_text_add(text, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
    exh_text_puts(text, "\"");
}

void exh_csv_add(struct exh_text *text, const char *const fields[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            exh_text_puts(text, ",");
        if (fields[i] && strpbrk(fields[i], ",\"\r\n"))
            add_quoted(text, fields[i]);
        else if (fields[i])
            exh_text_puts(text, fields[i]);
    }
    exh_text_puts(text, "\r\n");
}
