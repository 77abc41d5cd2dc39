/* pieces: SHA-256 of each 16 MiB of a large file: cut, written down, read. */
#include "pieces.h"

#include "exhibit/archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void exh_pieces_clear(struct exh_pieces *pieces)
{
    free(pieces->at);
    *pieces = (struct exh_pieces)EXH_PIECES_NONE;
}

struct exh_pieces exh_pieces_copy(const struct exh_pieces *pieces)
{
    return (struct exh_pieces){ exh_memdup(pieces->at, pieces->count * sizeof *pieces->at), pieces->count };
}

bool exh_pieces_are_due(uint64_t size)
{
    return size > EXH_PIECE;
}

/* ---- cutting ---- */

struct exh_piecing {
    struct exh_sha256 *hash;
    struct exh_pieces done;
    size_t taken;                /* bytes of the piece in hand */
};

struct exh_piecing *exh_piecing_new(void)
{
    struct exh_piecing *piecing = exh_alloc(sizeof *piecing);

    piecing->hash = exh_sha256_new();
    return piecing;
}

static void end_piece(struct exh_piecing *piecing)
{
    struct exh_pieces *done = &piecing->done;

    if ((done->count & (done->count - 1)) == 0)          /* room doubles */
        done->at = exh_realloc_array(done->at, done->count ? 2 * done->count : 1, sizeof *done->at);
    exh_sha256_end(piecing->hash, done->at[done->count++]);
    piecing->taken = 0;
}

void exh_piecing_add(struct exh_piecing *piecing, const void *bytes, size_t size)
{
    for (const uint8_t *at = bytes; size;) {
        size_t room = EXH_PIECE - piecing->taken, part = size < room ? size : room;
        exh_sha256_add(piecing->hash, at, part);
        piecing->taken += part;
        at += part;
        size -= part;
        if (piecing->taken == EXH_PIECE)
            end_piece(piecing);
    }
}

struct exh_pieces exh_piecing_end(struct exh_piecing *piecing)
{
    if (piecing->taken)
        end_piece(piecing);
    struct exh_pieces pieces = piecing->done;
    piecing->done = (struct exh_pieces)EXH_PIECES_NONE;
    return pieces;
}

void exh_piecing_freep(struct exh_piecing **slot)
{
    struct exh_piecing *piecing = exh_steal(slot);

    if (!piecing)
        return;
    exh_sha256_freep(&piecing->hash);
    exh_pieces_clear(&piecing->done);
    free(piecing);
}

/* ---- the list ---- */

void exh_pieces_list_clear(struct exh_pieces_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->at[i].name);
        exh_pieces_clear(&list->at[i].pieces);
    }
    free(list->at);
    *list = (struct exh_pieces_list)EXH_PIECES_LIST_NONE;
}

void exh_pieces_list_add(struct exh_pieces_list *list, const char *name, uint64_t size, struct exh_pieces pieces)
{
    list->at = exh_realloc_array(list->at, list->count + 1, sizeof *list->at);
    list->at[list->count++] = (struct exh_pieces_file){ exh_strdup(name), size, pieces };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_pieces_file *)a)->name, ((const struct exh_pieces_file *)b)->name);
}

const struct exh_pieces_file *exh_pieces_list_find(const struct exh_pieces_list *list, const char *name)
{
    const struct exh_pieces_file key = { .name = (char *)(uintptr_t)name };

    return list->count ? bsearch(&key, list->at, list->count, sizeof *list->at, by_name) : NULL;
}

char *exh_pieces_list_words(const struct exh_pieces_list *list)
{
    struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < list->count; i++) {
        const struct exh_pieces_file *file = &list->at[i];
        for (size_t p = 0; p < file->pieces.count; p++) {
            uint64_t offset = (uint64_t)p * EXH_PIECE, left = file->size - offset;
            exh_text_printf(&words, "%s  %" PRIu64 "  %" PRIu64 "  %s\n", file->pieces.at[p], offset,
                            left < EXH_PIECE ? left : (uint64_t)EXH_PIECE, file->name);
        }
    }
    return exh_text_take(&words);
}

/* ---- reading ---- */

enum { DIGEST = EXH_SHA256_DIGITS - 1, LINE_MOST = DIGEST + 2 + 20 + 2 + 8 + 2 + 255 };

struct line { char digest[EXH_SHA256_DIGITS]; uint64_t offset, length; const char *name; };

/* A number as written without a leading zero, and two spaces. */
static bool take_number(char **at, uint64_t *ret_number)
{
    char *end = strstr(*at, "  ");

    if (!end || (**at == '0' && end != *at + 1))
        return false;
    *end = '\0';
    if (!exh_text_number(*at, INT64_MAX, ret_number))
        return false;
    *at = end + 2;
    return true;
}

/* @words: one line without its newline, of at least a digest's length; taken apart in place. */
static bool take_line(char *words, struct line *ret_line, struct exh_error *err)
{
    char *at = words + DIGEST + 2;

    if (strspn(words, "0123456789abcdef") != DIGEST || strncmp(words + DIGEST, "  ", 2) != 0
        || !take_number(&at, &ret_line->offset) || !take_number(&at, &ret_line->length))
        return exh_fail(err, EXH_NO, "it is not a SHA-256 digest, an offset, a length and a name");
    memcpy(ret_line->digest, words, DIGEST);
    ret_line->digest[DIGEST] = '\0';
    ret_line->name = at;
    if (exh_zip_name_check(at, err))
        return true;
    err->kind = EXH_NO;
    return false;
}

static bool is_whole(const struct exh_pieces_file *file)
{
    return exh_pieces_are_due(file->size);
}

/* A file's pieces follow one another, all but the last of full length; files stand in the order of names. */
static bool add_line(struct exh_pieces_list *list, const struct line *line, struct exh_error *err)
{
    struct exh_pieces_file *last = list->count ? &list->at[list->count - 1] : NULL;

    if (!last || strcmp(last->name, line->name) != 0) {
        if (last && (!is_whole(last) || strcmp(last->name, line->name) > 0))
            return exh_fail(err, EXH_NO, "'%s' is out of order, or the file before it has too few pieces", line->name);
        exh_pieces_list_add(list, line->name, 0, (struct exh_pieces)EXH_PIECES_NONE);
        last = &list->at[list->count - 1];
    }
    if (line->offset != last->size || last->size % EXH_PIECE || line->length == 0 || line->length > EXH_PIECE)
        return exh_fail(err, EXH_NO, "it is not the piece of '%s' that comes next", line->name);
    last->size += line->length;
    last->pieces.at = exh_realloc_array(last->pieces.at, last->pieces.count + 1, sizeof *last->pieces.at);
    memcpy(last->pieces.at[last->pieces.count++], line->digest, sizeof line->digest);
    return true;
}

bool exh_pieces_list_parse(const char *bytes, size_t size, struct exh_pieces_list *ret_list, struct exh_error *err)
{
    EXH_CLEANUP(exh_pieces_list_clear) struct exh_pieces_list list = EXH_PIECES_LIST_NONE;
    char words[LINE_MOST + 1];
    struct line line;

    for (size_t at = 0, number = 1; at < size; number++) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (bytes + at)) : 0;
        if (length < DIGEST + 2 || length > LINE_MOST || memchr(bytes + at, '\0', length))
            return exh_fail(err, EXH_NO, "line %zu is not a piece's", number);
        memcpy(words, bytes + at, length);
        words[length] = '\0';
        if (!take_line(words, &line, err) || !add_line(&list, &line, err))
            return exh_while(err, "line %zu", number);
        at += length + 1;
    }
    if (list.count && !is_whole(&list.at[list.count - 1]))
        return exh_fail(err, EXH_NO, "its last file has too few pieces");
    *ret_list = list;
    list = (struct exh_pieces_list)EXH_PIECES_LIST_NONE;
    return true;
}

/* ---- what differs ---- */

/* A stretch of pieces that differ. */
struct stretch { size_t first, last; };
enum { STRETCHES_NAMED_MOST = 5 };

static bool differs(const struct exh_pieces *is, const struct exh_pieces *ought, size_t piece)
{
    return piece >= is->count || piece >= ought->count || !exh_digest_equal(is->at[piece], ought->at[piece]);
}

/* The next stretch from *@at on; false when there is none. */
static bool next_stretch(const struct exh_pieces *is, const struct exh_pieces *ought, size_t *at,
                         struct stretch *ret_stretch)
{
    size_t count = is->count > ought->count ? is->count : ought->count;

    while (*at < count && !differs(is, ought, *at))
        ++*at;
    if (*at == count)
        return false;
    ret_stretch->first = *at;
    while (*at < count && differs(is, ought, *at))
        ++*at;
    ret_stretch->last = *at - 1;
    return true;
}

static void add_stretch(struct exh_text *words, const struct stretch *stretch, size_t count)
{
    exh_text_puts(words, words->size ? "; " : "");
    if (stretch->first == stretch->last)
        exh_text_printf(words, "piece %zu of %zu", stretch->first + 1, count);
    else
        exh_text_printf(words, "pieces %zu to %zu of %zu", stretch->first + 1, stretch->last + 1, count);
    exh_text_printf(words, " (from byte %" PRIu64 " on)", (uint64_t)stretch->first * EXH_PIECE);
}

char *exh_pieces_difference(const struct exh_pieces *is, const struct exh_pieces *ought,
                            void (*say)(void *context, struct exh_text *words, size_t first, size_t last), void *context)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    struct stretch stretch;
    size_t at = 0, named = 0;

    for (; next_stretch(is, ought, &at, &stretch); named++) {
        if (named == STRETCHES_NAMED_MOST) {
            exh_text_puts(&words, "; and more");
            break;
        }
        if (stretch.first >= ought->count) {
            exh_text_printf(&words, "%sbytes behind its end", words.size ? "; " : "");
            continue;
        }
        stretch.last = stretch.last < ought->count ? stretch.last : ought->count - 1;
        add_stretch(&words, &stretch, ought->count);
        if (say)
            say(context, &words, stretch.first, stretch.last);
    }
    return named ? exh_text_take(&words) : NULL;
}
