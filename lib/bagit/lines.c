/* lines: the text of tag files, in the encoding that bagit.txt names, one line at a time. */
#include "parts.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define NO_DECODER ((iconv_t)-1)

/* The C library would open converters of any name; only these are asked of it. A mark is the byte-order mark in it. */
static const struct { const char *name, *decoder; const char *mark; size_t mark_size; } encodings[] = {
    [BAGIT_UTF_8] = { "UTF-8", NULL, "\xef\xbb\xbf", 3 },
    [BAGIT_UTF_16] = { "UTF-16", NULL, NULL, 0 },          /* its mark says which of the next two it is */
    [BAGIT_UTF_16BE] = { "UTF-16BE", "UTF-16BE", "\xfe\xff", 2 },
    [BAGIT_UTF_16LE] = { "UTF-16LE", "UTF-16LE", "\xff\xfe", 2 },
    [BAGIT_ISO_8859_1] = { "ISO-8859-1", "ISO-8859-1", NULL, 0 },
    [BAGIT_US_ASCII] = { "US-ASCII", "US-ASCII", NULL, 0 },
};

bool exh_bagit_encoding_find(const char *name, enum exh_bagit_encoding *ret_encoding)
{
    for (size_t i = 0; i < EXH_COUNT(encodings); i++)
        if (strcasecmp(encodings[i].name, name) == 0) {
            *ret_encoding = (enum exh_bagit_encoding)i;
            return true;
        }
    return false;
}

void exh_bagit_lines_begin(struct exh_bagit_lines *lines, enum exh_bagit_encoding encoding, exh_bagit_take_line *take,
                           void *context)
{
    *lines = (struct exh_bagit_lines){ .encoding = encoding, .take = take, .context = context, .decoder = NO_DECODER };
}

void exh_bagit_lines_clear(struct exh_bagit_lines *lines)
{
    if (lines->decoder != NO_DECODER)
        iconv_close(lines->decoder);
    exh_text_clear(&lines->line);
    lines->decoder = NO_DECODER;
}

/* ---- lines out of text in UTF-8 ---- */

static bool take_line(struct exh_bagit_lines *lines, struct exh_error *err)
{
    size_t size = lines->line.size;

    lines->number++;
    lines->line.size = 0;
    if (!exh_text_is_utf8(lines->line.bytes, size))
        return exh_fail(err, EXH_MALFORMED, "line %llu is not UTF-8", (unsigned long long)lines->number);
    return lines->take(lines->context, lines->line.bytes, size, lines->number, err);
}

static size_t up_to_line_end(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text[n] != '\n' && text[n] != '\r')
        n++;
    return n;
}

static bool put_text(struct exh_bagit_lines *lines, const char *text, size_t size, struct exh_error *err)
{
    while (size) {
        size_t n = up_to_line_end(text, size), end = n < size;
        if (n == 0 && lines->after_cr && *text == '\n') {        /* the second half of CR LF */
            lines->after_cr = false;
            text++, size--;
            continue;
        }
        if (n > EXH_BAGIT_LONGEST_LINE - lines->line.size)
            return exh_fail(err, EXH_NO, "line %llu is longer than %d bytes", (unsigned long long)lines->number + 1,
                            EXH_BAGIT_LONGEST_LINE);
        exh_text_add(&lines->line, text, n);
        lines->after_cr = end && text[n] == '\r';
        if (end && !take_line(lines, err))
            return false;
        text += n + end;
        size -= n + end;
    }
    return true;
}

/* ---- text in UTF-8 out of bytes ---- */

static bool starts_with_mark(enum exh_bagit_encoding encoding, const char *bytes, size_t size)
{
    size_t mark = encodings[encoding].mark_size;

    return mark && size >= mark && memcmp(bytes, encodings[encoding].mark, mark) == 0;
}

/* Which encoding it is, now that the first bytes are there; how many of them are a byte-order mark. */
static size_t settle_encoding(struct exh_bagit_lines *lines, const char *bytes, size_t size)
{
    bool tells = lines->encoding == BAGIT_UTF_16;

    if (tells)                           /* without a mark it is big-endian: RFC 2781, section 4.3 */
        lines->encoding = starts_with_mark(BAGIT_UTF_16LE, bytes, size) ? BAGIT_UTF_16LE : BAGIT_UTF_16BE;
    if (!starts_with_mark(lines->encoding, bytes, size))
        return 0;
    lines->marked = !tells;
    return encodings[lines->encoding].mark_size;
}

static bool open_decoder(struct exh_bagit_lines *lines, struct exh_error *err)
{
    const char *name = encodings[lines->encoding].decoder;

    if (name && (lines->decoder = iconv_open("UTF-8", name)) == NO_DECODER)
        return exh_fail_os(err, "cannot read the encoding '%s': the C library lacks its converter", name);
    return true;
}

/* As many whole characters as there are; what is left begins one. */
static bool decode(struct exh_bagit_lines *lines, char *bytes, size_t size, struct exh_error *err)
{
    char text[4096];

    for (int os = E2BIG; os == E2BIG; ) {
        char *to = text;
        size_t room = sizeof text;
        os = iconv(lines->decoder, &bytes, &size, &to, &room) == (size_t)-1 ? errno : 0;
        if (!put_text(lines, text, sizeof text - room, err))
            return false;
        if (os == EILSEQ || (os == EINVAL && size > sizeof lines->left))
            return exh_fail(err, EXH_MALFORMED, "line %llu is not %s", (unsigned long long)lines->number + 1,
                            encodings[lines->encoding].name);
    }
    memcpy(lines->left, bytes, size);
    lines->left_size = size;
    return true;
}

static bool put_encoded(struct exh_bagit_lines *lines, const char *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    exh_text_add(&all, lines->left, lines->left_size);
    exh_text_add(&all, bytes, size);
    return decode(lines, all.bytes, all.size, err);
}

bool exh_bagit_lines_put(struct exh_bagit_lines *lines, const void *bytes, size_t size, struct exh_error *err)
{
    const char *at = bytes;

    if (!size)
        return true;
    if (!lines->begun) {
        size_t mark = settle_encoding(lines, at, size);
        at += mark;
        size -= mark;
        lines->begun = true;
        if (!open_decoder(lines, err))
            return false;
    }
    return lines->decoder == NO_DECODER ? put_text(lines, at, size, err) : put_encoded(lines, at, size, err);
}

bool exh_bagit_lines_end(struct exh_bagit_lines *lines, struct exh_error *err)
{
    if (lines->left_size)
        return exh_fail(err, EXH_MALFORMED, "line %llu ends in the middle of a character", (unsigned long long)lines->number + 1);
    return !lines->line.size || take_line(lines, err);
}
