/* text: a growing string, a list of strings, hex, and words made safe to show. */
#include "exhibit/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void exh_text_clear(struct exh_text *text)
{
    free(text->bytes);
    *text = (struct exh_text)EXH_TEXT_NONE;
}

static void make_room(struct exh_text *text, size_t more)
{
    size_t needed = text->size + more + 1;

    if (needed <= text->capacity)
        return;
    text->capacity = needed < 64 ? 64 : needed + needed / 2;
    text->bytes = exh_realloc(text->bytes, text->capacity);
}

void exh_text_add(struct exh_text *text, const void *bytes, size_t size)
{
    make_room(text, size);
    if (size)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void exh_text_puts(struct exh_text *text, const char *words)
{
    exh_text_add(text, words, strlen(words));
}

void exh_text_printf(struct exh_text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_text_puts(text, words);
}

char *exh_text_take(struct exh_text *text)
{
    char *bytes = text->bytes ? text->bytes : exh_alloc(1);

    *text = (struct exh_text)EXH_TEXT_NONE;
    return bytes;
}

void exh_strings_clear(struct exh_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->at[i]);
    free(strings->at);
    *strings = (struct exh_strings)EXH_STRINGS_NONE;
}

static void take_string(struct exh_strings *strings, char *words)
{
    strings->at = exh_realloc_array(strings->at, strings->count + 1, sizeof *strings->at);
    strings->at[strings->count++] = words;
}

void exh_strings_add(struct exh_strings *strings, const char *words)
{
    take_string(strings, exh_strdup(words));
}

void exh_strings_addf(struct exh_strings *strings, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    take_string(strings, exh_vformat(format, arguments));
    va_end(arguments);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void exh_strings_sort(struct exh_strings *strings)
{
    if (strings->count)
        qsort(strings->at, strings->count, sizeof *strings->at, by_bytes);
}

bool exh_strings_contain(const struct exh_strings *strings, const char *words)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->at[i], words) == 0)
            return true;
    return false;
}

/* In either case of ASCII. */
static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next row of the distances: from @a up to its byte @i to each beginning of @b. */
static void fill_row(const char *a, size_t i, const char *b, size_t *const rows[3])
{
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

    row[0] = i;
    for (size_t j = 1; b[j - 1]; j++) {
        row[j] = least_of(above[j], row[j - 1]) + 1;
        row[j] = least_of(row[j], above[j - 1] + !is_same(a[i - 1], b[j - 1]));
        if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
            row[j] = least_of(row[j], before[j - 2] + 1);
    }
}

/* Levenshtein's, with two neighbours that changed places as one change; names are short. */
static size_t distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1, i = 0;
    EXH_CLEANUP(exh_freep) size_t *memory = exh_alloc(3 * width * sizeof *memory);
    size_t *const rows[] = { memory, memory + width, memory + 2 * width };

    for (size_t j = 0; j < width; j++)
        rows[0][j] = j;
    while (a[i])
        fill_row(a, ++i, b, rows);
    return rows[i % 3][width - 1];
}

const char *exh_text_nearest(const struct exh_strings *strings, const char *words)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < strings->count && *words && strlen(words) < 256; i++) {
        size_t changes = strlen(strings->at[i]) < 256 ? distance(strings->at[i], words) : SIZE_MAX;
        if (changes < least && changes <= (strlen(strings->at[i]) + 2) / 3) {
            least = changes;
            nearest = strings->at[i];
        }
    }
    return nearest;
}

bool exh_text_unknown(const struct exh_strings *known, const char *name, const char *remedy, struct exh_error *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    const char *nearest = exh_text_nearest(known, name);
    return nearest ? exh_fail(err, EXH_USAGE, "%s; did you mean '%s'? (%s)", words, nearest, remedy)
                   : exh_fail(err, EXH_USAGE, "%s; %s", words, remedy);
}

void exh_hex(char *ret_digits, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;

    for (size_t i = 0; i < size; i++) {
        ret_digits[2 * i] = digits[b[i] >> 4];
        ret_digits[2 * i + 1] = digits[b[i] & 15];
    }
    ret_digits[2 * size] = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool exh_unhex(void *ret_bytes, size_t size, const char *digits)
{
    uint8_t *b = ret_bytes;

    if (strlen(digits) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(digits[2 * i]), low = digit_value(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        b[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* The length of the well-formed UTF-8 character at @c (RFC 3629, section 4); 0 where there is none. */
static size_t character_length(const uint8_t *c, size_t left)
{
    size_t n = c[0] < 0x80 ? 1 : c[0] >= 0xc2 && c[0] <= 0xdf ? 2 : (c[0] & 0xf0) == 0xe0 ? 3
             : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4 : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f)
        || (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return n;
}

bool exh_text_is_utf8(const char *bytes, size_t size)
{
    for (size_t i = 0, n; i < size; i += n)
        if (!(n = character_length((const uint8_t *)bytes + i, size - i)))
            return false;
    return true;
}

char *exh_text_printable(const char *bytes)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text shown = EXH_TEXT_NONE;
    size_t size = strlen(bytes);

    for (size_t i = 0, n; i < size; i += n) {
        n = character_length((const uint8_t *)bytes + i, size - i);
        if (n == 0 || iscntrl((unsigned char)bytes[i])) {
            exh_text_printf(&shown, "\\x%02x", (unsigned char)bytes[i]);
            n = 1;
        } else {
            exh_text_add(&shown, bytes + i, n);
        }
    }
    return exh_text_take(&shown);
}

char *exh_text_brief(const char *bytes, size_t longest)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(bytes);
    size_t end = longest;

    if (strlen(shown) <= longest)
        return exh_steal(&shown);
    while (end && ((unsigned char)shown[end] & 0xc0) == 0x80)      /* inside of a character */
        end--;
    return exh_format("%.*s...", (int)end, shown);
}

char *exh_text_html(const char *words)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text safe = EXH_TEXT_NONE;

    for (const char *c = words; *c; c++)
        switch (*c) {
        case '&':  exh_text_puts(&safe, "&amp;"); break;
        case '<':  exh_text_puts(&safe, "&lt;"); break;
        case '>':  exh_text_puts(&safe, "&gt;"); break;
        case '"':  exh_text_puts(&safe, "&quot;"); break;
        case '\'': exh_text_puts(&safe, "&#39;"); break;
        default:   exh_text_add(&safe, c, 1);
        }
    return exh_text_take(&safe);
}

const char *exh_text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool exh_text_is_identifier(const char *name, size_t longest)
{
    size_t size = strlen(name);

    if (size == 0 || size > longest || name[0] == '-' || name[0] == '_')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == size;
}

char *exh_text_size(uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
    double amount = (double)bytes;
    size_t unit = 0;

    if (bytes < 1000)
        return exh_format("%" PRIu64 " B", bytes);
    for (amount /= 1000; amount >= 999.95 && unit + 1 < EXH_COUNT(units); unit++)
        amount /= 1000;
    return exh_format("%.1f %s", amount, units[unit]);
}

bool exh_text_number(const char *digits, uint64_t most, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (!*digits)
        return false;
    for (const char *c = digits; *c; c++) {
        if (*c < '0' || *c > '9' || (uint64_t)(*c - '0') > most || number > (most - (uint64_t)(*c - '0')) / 10)
            return false;
        number = number * 10 + (uint64_t)(*c - '0');
    }
    *ret_number = number;
    return true;
}
