/* age_source: the bytes of an age file, as they come or with their armour taken off: strict PEM, line by line. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char begin_line[] = "-----BEGIN AGE ENCRYPTED FILE-----", end_line[] = "-----END AGE ENCRYPTED FILE-----";

enum {
    DASHES = 5,
    COLUMNS = 64, LINE_BYTES = COLUMNS / 4 * 3,
    LONGEST_LINE = COLUMNS + 2,              /* with CR LF */
    MOST_SPACE = 1024,                       /* white space before the armour, and behind it */
    RAW = 65536,
    HELD = AGE_LONGEST_HEADER + AGE_NONCE,
};
_Static_assert(RAW > MOST_SPACE + LONGEST_LINE, "white space and the first line are looked at together");

struct exh_age_source {
    exh_age_pull *pull;
    void *context;
    uint8_t *raw;                            /* as pulled; those from @start to @end were not used */
    size_t start, end;
    bool at_end;                             /* nothing is left to pull */
    enum { UNKNOWN, BINARY, ARMOURED, CLOSED } form;
    uint64_t line;                           /* of the armour: its number */
    bool short_line;                         /* a line was not full: the end line must follow */
    uint8_t decoded[LINE_BYTES];
    size_t given, ready;                     /* of the decoded line */
    struct exh_error failure;                /* met behind bytes that were given: told in place of the next */
    uint8_t *held;                           /* looked at, from @held_start to @held_end */
    size_t held_start, held_end;
};

struct exh_age_source *exh_crypto_age_source_new(exh_age_pull *pull, void *context)
{
    struct exh_age_source *source = exh_alloc(sizeof *source);

    *source = (struct exh_age_source){ .pull = pull, .context = context };
    source->raw = exh_alloc(RAW);
    source->held = exh_alloc(HELD);
    return source;
}

void exh_crypto_age_source_freep(struct exh_age_source **source)
{
    if (!*source)
        return;
    exh_error_clear(&(*source)->failure);
    free((*source)->raw);
    free((*source)->held);
    free(exh_steal(source));
}

/* ---- which form ---- */

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static size_t count_space(const uint8_t *bytes, size_t size)
{
    size_t count = 0;

    while (count < size && is_space(bytes[count]))
        count++;
    return count;
}

static bool begins(const uint8_t *bytes, size_t size, const char *words, size_t words_size)
{
    return size >= words_size && memcmp(bytes, words, words_size) == 0;
}

/* Lines of white space may stand before the armour, but none on its first line. */
enum exh_age_form exh_age_is(const void *bytes, size_t size)
{
    static const char version[] = AGE_VERSION_LINE;
    const uint8_t *at = bytes;
    size_t space = count_space(at, size);

    if (begins(at, size, version, sizeof version - 1))
        return EXH_AGE_BINARY;
    return (space == 0 || at[space - 1] == '\n') && begins(at + space, size - space, begin_line, sizeof begin_line - 1)
           ? EXH_AGE_ARMOURED : EXH_AGE_NONE;
}

static bool damaged(struct exh_error *err, const char *what)
{
    return exh_fail(err, EXH_MALFORMED, "age file's armour is damaged: %s", what);
}

static bool damaged_line(const struct exh_age_source *source, const char *what, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "age file's armour is damaged: line %llu %s", (unsigned long long)source->line,
                    what);
}

/* Pulls some more, if there is any. */
static bool pull_raw(struct exh_age_source *source, struct exh_error *err)
{
    size_t got, room;

    memmove(source->raw, source->raw + source->start, source->end - source->start);
    source->end -= source->start;
    source->start = 0;
    room = RAW - source->end;
    if (!source->pull(source->context, source->raw + source->end, room, &got, err))
        return false;
    assert(got <= room);
    source->at_end = got == 0;
    source->end += got;
    return true;
}

static bool pull_first(struct exh_age_source *source, size_t wanted, struct exh_error *err)
{
    while (source->end < wanted && !source->at_end)
        if (!pull_raw(source, err))
            return false;
    return true;
}

/* Text that somebody wrote before the armour is told from a file of another kind. */
static bool check_strange(const struct exh_age_source *source, struct exh_error *err)
{
    if (memmem(source->raw, source->end, begin_line, sizeof begin_line - 1))
        return damaged(err, "something else than white space stands before its first line");
    return true;
}

/* Binary is whatever is not armoured: the header's reader says what is wrong with it. */
static bool find_form(struct exh_age_source *source, struct exh_error *err)
{
    size_t space;

    if (!pull_first(source, sizeof AGE_VERSION_LINE - 1, err))
        return false;
    source->form = BINARY;
    if (exh_age_is(source->raw, source->end) == EXH_AGE_BINARY)
        return true;
    if (!pull_first(source, MOST_SPACE + LONGEST_LINE, err))
        return false;
    space = count_space(source->raw, source->end);
    if (space > MOST_SPACE)
        return damaged(err, "over 1 KiB of white space stands before its first line");
    if (!begins(source->raw + space, source->end - space, begin_line, DASHES))
        return check_strange(source, err);
    while (space && source->raw[space - 1] != '\n')
        space--;
    for (size_t i = 0; i < space; i++)
        source->line += source->raw[i] == '\n';
    source->start = space;
    source->form = ARMOURED;
    return true;
}

/* ---- lines ---- */

/* Gives the next line without its end, LF or CR LF, which the last one may lack. */
static bool next_line(struct exh_age_source *source, struct exh_words *ret_line, struct exh_error *err)
{
    const uint8_t *from, *found;

    for (;;) {
        from = source->raw + source->start;
        found = memchr(from, '\n', source->end - source->start);
        if (found || source->at_end || source->end - source->start > LONGEST_LINE)
            break;
        if (!pull_raw(source, err))
            return false;
    }
    size_t size = found ? (size_t)(found - from) : source->end - source->start;
    if (size == 0 && !found)
        return damaged(err, "the file ends before its end line");
    source->line++;
    source->start += size + (found != NULL);
    *ret_line = (struct exh_words){ (const char *)from, size - (size && from[size - 1] == '\r') };
    return true;
}

static bool read_begin_line(struct exh_age_source *source, struct exh_error *err)
{
    struct exh_words line;

    if (!next_line(source, &line, err))
        return false;
    return exh_words_is(line, begin_line) || damaged_line(source, "is not '-----BEGIN AGE ENCRYPTED FILE-----'", err);
}

/* Behind the end line there is white space at most. */
static bool close_armour(struct exh_age_source *source, struct exh_error *err)
{
    size_t left = 0;

    do {
        left += source->end - source->start;
        if (left > MOST_SPACE)
            return damaged(err, "over 1 KiB follows its end line");
        if (count_space(source->raw + source->start, source->end - source->start) < source->end - source->start)
            return damaged(err, "something else than white space follows its end line");
        source->start = source->end;
        if (!source->at_end && !pull_raw(source, err))
            return false;
    } while (source->start < source->end);
    source->form = CLOSED;
    return true;
}

static bool decode_line(struct exh_age_source *source, struct exh_error *err)
{
    struct exh_words line;

    source->given = source->ready = 0;
    if (!next_line(source, &line, err))
        return false;
    if (exh_words_is(line, end_line))
        return close_armour(source, err);
    if (source->short_line)
        return damaged_line(source, "follows one of less than 64 columns, and is not the end line", err);
    if (line.size == 0 || line.size > COLUMNS
        || !exh_unbase64_any(source->decoded, LINE_BYTES, &source->ready, line.at, line.size))
        return damaged_line(source, "is not one of at most 64 columns of base64", err);
    source->short_line = source->ready < LINE_BYTES;
    return true;
}

/* As many lines as there are without pulling, one at least. How the bytes come must not change which were given before
 * a failure. */
static bool pull_armoured(struct exh_age_source *source, uint8_t *ret_bytes, size_t room, size_t *ret_size,
                          struct exh_error *err)
{
    size_t size = 0;

    while (size < room) {
        if (source->given == source->ready) {
            if (source->form == CLOSED || source->failure.kind != EXH_OK
                || (size && source->end - source->start < LONGEST_LINE) || !decode_line(source, &source->failure))
                break;
        }
        size_t left = source->ready - source->given, part = left < room - size ? left : room - size;
        memcpy(ret_bytes + size, source->decoded + source->given, part);
        source->given += part;
        size += part;
    }
    if (size == 0 && source->failure.kind != EXH_OK)
        return exh_error_move(err, &source->failure);
    *ret_size = size;
    return true;
}

static bool pull_binary(struct exh_age_source *source, uint8_t *ret_bytes, size_t room, size_t *ret_size,
                        struct exh_error *err)
{
    size_t left = source->end - source->start, part = left < room ? left : room;

    if (left) {
        memcpy(ret_bytes, source->raw + source->start, part);
        source->start += part;
        *ret_size = part;
        return true;
    }
    *ret_size = 0;
    if (source->at_end)
        return true;
    if (!source->pull(source->context, ret_bytes, room, ret_size, err))
        return false;
    assert(*ret_size <= room);
    source->at_end = *ret_size == 0;
    return true;
}

static bool pull_plainly(struct exh_age_source *source, uint8_t *ret_bytes, size_t room, size_t *ret_size,
                         struct exh_error *err)
{
    if (source->form == UNKNOWN
        && (!find_form(source, err) || (source->form == ARMOURED && !read_begin_line(source, err))))
        return false;
    if (source->form == BINARY)
        return pull_binary(source, ret_bytes, room, ret_size, err);
    return pull_armoured(source, ret_bytes, room, ret_size, err);
}

/* ---- what the others see ---- */

bool exh_crypto_age_source_look(struct exh_age_source *source, size_t wanted, struct exh_words *ret_bytes,
                                struct exh_error *err)
{
    size_t got = 1;

    assert(source->held_start + wanted <= HELD);
    while (got && source->held_end - source->held_start < wanted) {
        if (!pull_plainly(source, source->held + source->held_end, HELD - source->held_end, &got, err))
            return false;
        source->held_end += got;
    }
    *ret_bytes = (struct exh_words){ (const char *)source->held + source->held_start,
                                     source->held_end - source->held_start };
    return true;
}

void exh_crypto_age_source_skip(struct exh_age_source *source, size_t size)
{
    assert(size <= source->held_end - source->held_start);
    source->held_start += size;
}

bool exh_crypto_age_source_pull(struct exh_age_source *source, uint8_t *ret_bytes, size_t room, size_t *ret_size,
                                struct exh_error *err)
{
    size_t left = source->held_end - source->held_start, part = left < room ? left : room;

    if (!left)
        return pull_plainly(source, ret_bytes, room, ret_size, err);
    memcpy(ret_bytes, source->held + source->held_start, part);
    source->held_start += part;
    *ret_size = part;
    return true;
}
