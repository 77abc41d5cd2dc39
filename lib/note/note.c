/* note: signed notes read, judged, signed and cosigned (c2sp.org/signed-note, c2sp.org/tlog-cosignature). */
#include "exhibit/note.h"

#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char dash[] = "\xe2\x80\x94 ";      /* U+2014 and a space */

enum { DASH = sizeof dash - 1, ID = 4, TIME = 8, LOG_SIZE = EXH_SIGNATURE_SIZE, WITNESS_SIZE = TIME + EXH_SIGNATURE_SIZE };

void exh_note_clear(struct exh_note *note)
{
    for (size_t i = 0; i < note->count; i++) {
        free(note->at[i].name);
        free(note->at[i].bytes);
    }
    free(note->at);
    free(note->text);
    *note = (struct exh_note)EXH_NOTE_NONE;
}

/* ---- reading ---- */

bool exh_note_is_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n')
            return false;
    return exh_text_is_utf8(bytes, size);
}

static bool refuse(struct exh_error *err, const char *why)
{
    return exh_fail(err, EXH_MALFORMED, "it is no signed note: %s", why);
}

/* "<name> <base64>", without the dash and the newline. */
static bool read_signature(const char *line, size_t size, struct exh_note *note, struct exh_error *err)
{
    const char *space = memchr(line, ' ', size);
    size_t name_size = space ? (size_t)(space - line) : 0, got = 0;
    uint8_t *bytes = exh_alloc(size + 1);
    EXH_CLEANUP(exh_freep) char *name = exh_strndup(line, name_size);

    if (name_size == 0 || memchr(line, '+', name_size)
        || !exh_unbase64_any(bytes, size, &got, space + 1, size - name_size - 1) || got <= ID) {
        free(bytes);
        return refuse(err, "a line under the text is no signature");
    }
    struct exh_note_signature *signature = &note->at[note->count++];
    *signature = (struct exh_note_signature){ .name = exh_steal(&name), .bytes = bytes, .size = got - ID };
    memcpy(signature->id, bytes, ID);
    memmove(bytes, bytes + ID, got - ID);
    return true;
}

/* The lines from @at to @end, each with its newline. */
static bool read_signatures(const char *at, const char *end, struct exh_note *note, struct exh_error *err)
{
    note->at = exh_alloc(EXH_NOTE_SIGNATURES * sizeof *note->at);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (note->count == EXH_NOTE_SIGNATURES)
            return refuse(err, "there are more signatures than it may have");
        if (!newline || (size_t)(newline - at) < DASH || memcmp(at, dash, DASH) != 0)
            return refuse(err, "a line under the text is no signature");
        if (!read_signature(at + DASH, (size_t)(newline - at) - DASH, note, err))
            return false;
        at = newline + 1;
    }
    return note->count || refuse(err, "there is no signature");
}

/* The last empty line: of two newlines in a row the second. NULL: there is none. */
static const char *last_empty_line(const char *bytes, size_t size)
{
    for (size_t i = size; i-- > 1;)
        if (bytes[i] == '\n' && bytes[i - 1] == '\n')
            return bytes + i;
    return NULL;
}

bool exh_note_read(const void *bytes, size_t size, struct exh_note *ret_note, struct exh_error *err)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    const char *begin = bytes, *empty = size <= EXH_NOTE_MOST ? last_empty_line(begin, size) : NULL;

    if (size > EXH_NOTE_MOST)
        return refuse(err, "it is larger than one may be");
    if (!empty || !exh_note_is_plain(begin, size))
        return refuse(err, empty ? "it has characters that none may have" : "it has no empty line");
    note.text_size = (size_t)(empty - begin);
    note.text = exh_strndup(begin, note.text_size);
    if (!read_signatures(empty + 1, begin + size, &note, err))
        return false;
    *ret_note = note;
    note = (struct exh_note)EXH_NOTE_NONE;
    return true;
}

/* ---- what is signed ---- */

/* What a witness signs: the checkpoint, and when it saw it. */
static char *cosigned(const struct exh_note *note, uint64_t seconds)
{
    return exh_format("cosignature/v1\ntime %" PRIu64 "\n%s", seconds, note->text);
}

static uint64_t big_endian(const uint8_t bytes[TIME])
{
    uint64_t number = 0;

    for (size_t i = 0; i < TIME; i++)
        number = number << 8 | bytes[i];
    return number;
}

static bool holds_log(const struct exh_note *note, const struct exh_note_signature *signature, const struct exh_verifier *verifier)
{
    return signature->size == LOG_SIZE && exh_verify_bytes(&verifier->key, note->text, note->text_size, signature->bytes);
}

static bool holds_witness(const struct exh_note *note, const struct exh_note_signature *signature,
                          const struct exh_verifier *verifier, struct exh_moment *ret_time)
{
    uint64_t seconds = signature->size == WITNESS_SIZE ? big_endian(signature->bytes) : UINT64_MAX;

    if (seconds > INT64_MAX / EXH_SECOND)        /* the year 2262: a time that no moment can be */
        return false;
    EXH_CLEANUP(exh_freep) char *signed_words = cosigned(note, seconds);
    if (!exh_verify_bytes(&verifier->key, signed_words, strlen(signed_words), signature->bytes + TIME))
        return false;
    if (ret_time)
        *ret_time = (struct exh_moment){ (int64_t)seconds * EXH_SECOND };
    return true;
}

enum exh_note_verdict exh_note_judge(const struct exh_note *note, const struct exh_verifier *verifier, struct exh_moment *ret_time)
{
    enum exh_note_verdict verdict = EXH_NOTE_ABSENT;

    for (size_t i = 0; i < note->count; i++) {
        const struct exh_note_signature *signature = &note->at[i];
        if (strcmp(signature->name, verifier->name) != 0 || memcmp(signature->id, verifier->id, ID) != 0)
            continue;
        bool holds = verifier->kind == EXH_NOTE_LOG ? holds_log(note, signature, verifier)
                                                    : holds_witness(note, signature, verifier, ret_time);
        if (!holds || verdict != EXH_NOTE_ABSENT)
            return EXH_NOTE_BAD;
        verdict = EXH_NOTE_GOOD;
    }
    return verdict;
}

/* ---- signing ---- */

static char *signature_line(const struct exh_verifier *verifier, const uint8_t *bytes, size_t size)
{
    uint8_t all[ID + WITNESS_SIZE];

    memcpy(all, verifier->id, ID);
    memcpy(all + ID, bytes, size);
    EXH_CLEANUP(exh_freep) char *base64 = exh_base64(all, ID + size);
    return exh_format("%s%s %s\n", dash, verifier->name, base64);
}

bool exh_note_sign(const char *text, const char *name, const struct exh_secret_key *key, char **ret_note, struct exh_error *err)
{
    struct exh_verifier verifier;
    uint8_t signature[LOG_SIZE];

    if (!exh_verifier_make(name, EXH_NOTE_LOG, exh_secret_key_public(key), &verifier, err)
        || !exh_sign_bytes(key, text, strlen(text), signature, err))
        return false;
    EXH_CLEANUP(exh_freep) char *line = signature_line(&verifier, signature, sizeof signature);
    *ret_note = exh_format("%s\n%s", text, line);
    return true;
}

bool exh_note_cosign(const struct exh_note *note, const char *name, struct exh_moment at, const struct exh_secret_key *key,
                     char **ret_line, struct exh_error *err)
{
    uint64_t seconds = (uint64_t)(at.ns / EXH_SECOND);
    EXH_CLEANUP(exh_freep) char *words = cosigned(note, seconds);
    struct exh_verifier verifier;
    uint8_t bytes[WITNESS_SIZE];

    for (size_t i = 0; i < TIME; i++)
        bytes[i] = (uint8_t)(seconds >> (8 * (TIME - 1 - i)));
    if (!exh_verifier_make(name, EXH_NOTE_WITNESS, exh_secret_key_public(key), &verifier, err)
        || !exh_sign_bytes(key, words, strlen(words), bytes + TIME, err))
        return false;
    *ret_line = signature_line(&verifier, bytes, sizeof bytes);
    return true;
}
