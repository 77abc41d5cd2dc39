/* age_read: age v1 files, header read strictly, payload given out only as it is authenticated. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One byte more than the chunks of a batch: it says whether the chunk before it can be the last. */
enum { ROOM = AGE_BATCH * AGE_SEALED + 1, BODY_COLUMNS = 64 };

struct exh_age_reader {
    exh_age_pull *pull;
    void *context;
    uint8_t *sealed;                     /* ROOM bytes; those from @start to @end were pulled and not used */
    size_t start, end;
    bool at_end;                         /* nothing is left to pull */
    struct exh_age_stream *stream;
    uint8_t *plain;                      /* one opened chunk; @given to @opened were not given out yet */
    size_t given, opened;
    enum { READING, ENDED, TRAILED } state;
};

bool exh_age_is(const void *bytes, size_t size)
{
    static const char line[] = AGE_VERSION_LINE;

    return size >= sizeof line - 1 && memcmp(bytes, line, sizeof line - 1) == 0;
}

/* Pulls until @wanted bytes are there to use, or nothing is left. */
static bool pull_bytes(struct exh_age_reader *reader, size_t wanted, struct exh_error *err)
{
    if (reader->end - reader->start >= wanted)
        return true;
    memmove(reader->sealed, reader->sealed + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
    while (!reader->at_end && reader->end < wanted) {
        size_t got;
        if (!reader->pull(reader->context, reader->sealed + reader->end, ROOM - reader->end, &got, err))
            return false;
        assert(got <= ROOM - reader->end);
        reader->at_end = got == 0;
        reader->end += got;
    }
    return true;
}

/* ---- the header ---- */

/* What is known of a header while it is read. The file's first bytes stay at the front of reader->sealed
 * until it is whole, because its MAC covers them. */
struct header {
    struct exh_age_reader *reader;
    size_t size;                         /* bytes of it read */
    size_t stanza_count;                 /* of any type */
    struct exh_age_stanza *stanzas;      /* X25519 ones */
    size_t count;
    bool has_passphrase;
    size_t mac_size;                     /* bytes that the MAC covers */
    uint8_t mac[32];
};

static void clear_header(struct header *header)
{
    free(header->stanzas);
}

static bool damaged(struct exh_error *err, const char *what)
{
    return exh_fail(err, EXH_MALFORMED, "age file's header is damaged: %s", what);
}

/* Gives the header's next line, without its end. A carriage return is part of the line, and then refused. */
static bool next_line(struct header *header, struct exh_words *ret_line, struct exh_error *err)
{
    struct exh_age_reader *reader = header->reader;
    size_t looked = header->size;

    for (;;) {
        const uint8_t *from = reader->sealed + looked, *found = memchr(from, '\n', reader->end - looked);
        if (found) {
            *ret_line = (struct exh_words){ (char *)reader->sealed + header->size,
                                           (size_t)(found - reader->sealed) - header->size };
            header->size += ret_line->size + 1;
            if (header->size > AGE_LONGEST_HEADER)
                return damaged(err, "it is longer than 64 KiB");
            return true;
        }
        looked = reader->end;
        if (looked >= AGE_LONGEST_HEADER)
            return damaged(err, "it is longer than 64 KiB");
        if (!pull_bytes(reader, reader->end + 1, err))
            return false;
        if (reader->end == looked)
            return damaged(err, "the file ends within it");
    }
}

static bool read_version(struct header *header, struct exh_error *err)
{
    struct exh_words line;

    if (!pull_bytes(header->reader, sizeof AGE_VERSION_LINE - 1, err))
        return false;
    if (exh_age_is(header->reader->sealed, header->reader->end))
        return next_line(header, &line, err);
    line = (struct exh_words){ (char *)header->reader->sealed, header->reader->end };
    if (exh_crypto_cut_prefix(&line, "-----BEGIN AGE"))
        return exh_fail(err, EXH_MALFORMED,
                        "age file is armoured: only the binary form is read, take the armour off with age -d");
    if (exh_crypto_cut_prefix(&line, "age-encryption.org/"))
        return exh_fail(err, EXH_MALFORMED, "age file is not of version v1, the only one known");
    return exh_fail(err, EXH_MALFORMED, "not an age file");
}

/* Arguments are printing characters, none empty, with one space between. */
static bool arguments_are_well_formed(struct exh_words line)
{
    char before = ' ';

    for (size_t i = 0; i < line.size; before = line.at[i++])
        if ((line.at[i] == ' ' && before == ' ') || line.at[i] < ' ' || line.at[i] > '~')
            return false;
    return before != ' ';
}

/* Reads a body: full lines of base64, then a shorter one, which may be empty. Its first bytes go to
 * @ret_body, its whole size to @ret_size. */
static bool read_body(struct header *header, uint8_t ret_body[AGE_BODY], size_t *ret_size, struct exh_error *err)
{
    struct exh_words line;
    size_t size = 0;

    do {
        uint8_t bytes[BODY_COLUMNS / 4 * 3];
        if (!next_line(header, &line, err))
            return false;
        size_t got = line.size / 4 * 3 + (line.size % 4 ? line.size % 4 - 1 : 0);
        if (line.size > BODY_COLUMNS || !exh_crypto_unbase64_bare(bytes, got, line))
            return damaged(err, "a stanza's body is not lines of 64 columns of base64");
        if (size < AGE_BODY)
            memcpy(ret_body + size, bytes, got < AGE_BODY - size ? got : AGE_BODY - size);
        size += got;
    } while (line.size == BODY_COLUMNS);
    *ret_size = size;
    return true;
}

static bool read_stanza(struct header *header, struct exh_words line, struct exh_error *err)
{
    struct exh_age_stanza stanza;
    struct exh_words share = line;
    size_t body_size = 0;

    if (++header->stanza_count > AGE_MOST_STANZAS)
        return damaged(err, "it has more than 1000 stanzas");
    if (!exh_crypto_cut_prefix(&line, "-> ") || !arguments_are_well_formed(line))
        return damaged(err, "a stanza does not begin with '-> ' and a type");
    bool is_x25519 = exh_crypto_cut_prefix(&share, AGE_X25519_START) || exh_words_is(line, "X25519");
    if (is_x25519 && !exh_crypto_unbase64_bare(stanza.share, sizeof stanza.share, share))
        return damaged(err, "an X25519 stanza does not have exactly one key");
    header->has_passphrase |= exh_crypto_cut_prefix(&line, "scrypt ");
    if (!read_body(header, stanza.body, &body_size, err))
        return false;
    if (!is_x25519)
        return true;
    if (body_size != AGE_BODY)
        return damaged(err, "an X25519 stanza's body is not of a file key's size");
    header->stanzas = exh_realloc_array(header->stanzas, header->count + 1, sizeof stanza);
    header->stanzas[header->count++] = stanza;
    return true;
}

static bool read_header(struct header *header, struct exh_error *err)
{
    struct exh_words line;

    if (!read_version(header, err))
        return false;
    for (;;) {
        size_t start = header->size;
        if (!next_line(header, &line, err))
            return false;
        header->mac_size = start + 3;
        if (exh_crypto_cut_prefix(&line, "---"))
            break;
        if (!read_stanza(header, line, err))
            return false;
    }
    if (header->stanza_count == 0)
        return damaged(err, "it has no stanza");
    if (!exh_crypto_cut_prefix(&line, " ") || !exh_crypto_unbase64_bare(header->mac, sizeof header->mac, line))
        return damaged(err, "its last line is not '--- ' and a MAC");
    return true;
}

static bool find_file_key(const struct header *header, const struct exh_identity *identity,
                          uint8_t ret_file_key[AGE_FILE_KEY], struct exh_error *err)
{
    for (size_t i = 0; i < header->count; i++)
        for (size_t k = 0; k < identity->count; k++)
            switch (exh_crypto_age_unwrap(&header->stanzas[i], &identity->at[k], ret_file_key)) {
            case AGE_OPENED:       return true;
            case AGE_LOW_ORDER:    return damaged(err, "an X25519 stanza's key is no key");
            case AGE_NOT_FOR_THIS: break;
            }
    if (header->has_passphrase)
        return exh_fail(err, EXH_REFUSED,
                        "age file is encrypted under a passphrase, not to a recipient: open it with age -d");
    return exh_fail(err, EXH_REFUSED,
                    "no identity given opens the age file: it is encrypted to others, or its header was altered");
}

static bool check_mac(const struct header *header, const uint8_t file_key[AGE_FILE_KEY], struct exh_error *err)
{
    uint8_t mac[32];

    exh_crypto_age_mac(file_key, header->reader->sealed, header->mac_size, mac);
    if (sodium_memcmp(mac, header->mac, sizeof mac) != 0)
        return damaged(err, "its MAC does not match, so it was changed");
    return true;
}

static bool start_payload(struct exh_age_reader *reader, const uint8_t file_key[AGE_FILE_KEY], struct exh_error *err)
{
    if (!pull_bytes(reader, AGE_NONCE, err))
        return false;
    if (reader->end - reader->start < AGE_NONCE)
        return exh_fail(err, EXH_MALFORMED, "age file is cut short: it ends with its header");
    reader->stream = exh_crypto_age_stream_new(file_key, reader->sealed + reader->start, false);
    reader->start += AGE_NONCE;
    return true;
}

bool exh_age_reader_open(exh_age_pull *pull, void *context, const struct exh_identity *identity,
                         struct exh_age_reader **ret_reader, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *file_key = exh_crypto_guarded(AGE_FILE_KEY);
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = exh_alloc(sizeof *reader);
    EXH_CLEANUP(clear_header) struct header header = { .reader = reader };

    *reader = (struct exh_age_reader){ .pull = pull, .context = context };
    reader->sealed = exh_alloc(ROOM);
    reader->plain = exh_alloc(AGE_CHUNK);
    if (!read_header(&header, err) || !find_file_key(&header, identity, file_key, err)
        || !check_mac(&header, file_key, err))
        return false;
    reader->start = header.size;
    if (!start_payload(reader, file_key, err))
        return false;
    *ret_reader = exh_steal(&reader);
    return true;
}

void exh_age_reader_freep(struct exh_age_reader **reader)
{
    if (!*reader)
        return;
    exh_crypto_age_stream_freep(&(*reader)->stream);
    if ((*reader)->plain)
        sodium_memzero((*reader)->plain, AGE_CHUNK);
    free((*reader)->plain);
    free((*reader)->sealed);
    free(exh_steal(reader));
}

/* ---- the payload ---- */

static bool broken(const struct exh_age_reader *reader, const char *what, struct exh_error *err)
{
    return exh_fail(err, EXH_NO, "age file's payload, chunk %llu: %s",
                    (unsigned long long)exh_crypto_age_chunks(reader->stream) + 1, what);
}

/* Opens the chunk of @size bytes that comes next. A full one may be the last or not, whatever follows
 * it: what it says of itself is authentic and is given out, and what follows is judged afterwards. */
static bool open_chunk(struct exh_age_reader *reader, size_t size, bool more, struct exh_error *err)
{
    const uint8_t *sealed = reader->sealed + reader->start;
    bool full = size == AGE_SEALED, last = !more;

    if (!exh_crypto_age_open(reader->stream, sealed, size, last, reader->plain)) {
        last = !last;
        if (!full || !exh_crypto_age_open(reader->stream, sealed, size, last, reader->plain)) {
            sodium_memzero(reader->plain, AGE_CHUNK);
            return broken(reader, more ? "damaged" : "damaged, or cut short there", err);
        }
    }
    reader->start += size;
    reader->given = 0;
    reader->opened = size - AGE_TAG;
    reader->state = !last ? READING : more ? TRAILED : ENDED;
    return true;
}

static bool next_chunk(struct exh_age_reader *reader, struct exh_error *err)
{
    if (reader->state == TRAILED)
        return broken(reader, "bytes follow the last chunk", err);
    if (!pull_bytes(reader, AGE_SEALED + 1, err))
        return false;
    size_t left = reader->end - reader->start, size = left < AGE_SEALED ? left : AGE_SEALED;
    if (size < AGE_TAG)
        return broken(reader, "missing: the file is cut short", err);
    if (size == AGE_TAG && exh_crypto_age_chunks(reader->stream) > 0)
        return broken(reader, "empty, which only the first may be", err);
    return open_chunk(reader, size, left > size, err);
}

bool exh_age_reader_get(struct exh_age_reader *reader, void *ret_bytes, size_t room, size_t *ret_size,
                        struct exh_error *err)
{
    assert(room > 0);
    if (reader->given == reader->opened && reader->state != ENDED && !next_chunk(reader, err))
        return false;
    size_t left = reader->opened - reader->given, size = left < room ? left : room;
    memcpy(ret_bytes, reader->plain + reader->given, size);
    reader->given += size;
    *ret_size = size;
    return true;
}
