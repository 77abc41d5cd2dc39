/* age_header: the header of an age v1 file, read strictly, and the file key that it holds. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HYBRID "mlkem768x25519"

enum {
    BODY_COLUMNS = 64,
    SALT_WORDS = 22,
    MOST_DIGITS = 9,                     /* of a work factor: more than any machine could do */
};

struct header {
    struct exh_age_source *source;
    size_t size;                         /* bytes of it read; none is skipped before it is whole: its MAC covers them */
    size_t stanza_count;                 /* of any type */
    struct exh_age_stanza *stanzas;      /* X25519 ones */
    size_t count;
    struct exh_age_lock lock;            /* the scrypt one */
    bool has_lock, has_hybrid;
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
    struct exh_words bytes = { NULL, header->size };

    for (;;) {
        size_t looked = bytes.size;
        if (!exh_crypto_age_source_look(header->source, looked < AGE_LONGEST_HEADER ? looked + 1 : looked, &bytes, err))
            return false;
        const char *from = bytes.at + header->size, *end = memchr(from, '\n', bytes.size - header->size);
        if (end) {
            *ret_line = (struct exh_words){ from, (size_t)(end - from) };
            header->size += ret_line->size + 1;
            return header->size <= AGE_LONGEST_HEADER || damaged(err, "it is longer than 64 KiB");
        }
        if (bytes.size >= AGE_LONGEST_HEADER)
            return damaged(err, "it is longer than 64 KiB");
        if (bytes.size == looked)
            return damaged(err, "the file ends within it");
    }
}

static bool read_version(struct header *header, struct exh_error *err)
{
    struct exh_words line;

    if (!exh_crypto_age_source_look(header->source, sizeof AGE_VERSION_LINE - 1, &line, err))
        return false;
    if (exh_crypto_cut_prefix(&line, AGE_VERSION_LINE))
        return next_line(header, &line, err);
    if (exh_crypto_cut_prefix(&line, "age-encryption.org/"))
        return exh_fail(err, EXH_MALFORMED, "age file is not of version v1, the only one known");
    return exh_fail(err, EXH_MALFORMED, "not an age file");
}

/* ---- stanzas ---- */

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
    struct exh_words line = { NULL, 0 };
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

static bool read_x25519(struct header *header, struct exh_words arguments, struct exh_error *err)
{
    struct exh_age_stanza stanza;
    size_t size = 0;

    if (!exh_crypto_unbase64_bare(stanza.share, sizeof stanza.share, arguments))
        return damaged(err, "an X25519 stanza does not have exactly one key");
    if (!read_body(header, stanza.body, &size, err))
        return false;
    if (size != AGE_BODY)
        return damaged(err, "an X25519 stanza's body is not of a file key's size");
    header->stanzas = exh_realloc_array(header->stanzas, header->count + 1, sizeof stanza);
    header->stanzas[header->count++] = stanza;
    return true;
}

/* Decimal, and no zero in front. */
static bool read_work(struct exh_words digits, uint64_t *ret_work)
{
    uint64_t work = 0;

    if (digits.size == 0 || digits.size > MOST_DIGITS || digits.at[0] == '0')
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        work = work * 10 + (uint64_t)(digits.at[i] - '0');
    }
    *ret_work = work;
    return true;
}

static bool read_scrypt(struct header *header, struct exh_words arguments, struct exh_error *err)
{
    struct exh_age_lock *lock = &header->lock;
    struct exh_words salt = { arguments.at, arguments.size < SALT_WORDS ? arguments.size : SALT_WORDS };
    size_t size = 0;

    header->has_lock = true;
    if (!exh_crypto_unbase64_bare(lock->salt, AGE_SALT, salt))
        return damaged(err, "a scrypt stanza does not have a salt of 16 bytes");
    arguments.at += salt.size;
    arguments.size -= salt.size;
    if (!exh_crypto_cut_prefix(&arguments, " ") || !read_work(arguments, &lock->work))
        return damaged(err, "a scrypt stanza does not have exactly a salt and a work factor in decimal");
    if (!read_body(header, lock->body, &size, err))
        return false;
    return size == AGE_BODY || damaged(err, "a scrypt stanza's body is not of a file key's size");
}

/* Takes a type off, which arguments may follow. */
static bool cut_type(struct exh_words *line, const char *type)
{
    struct exh_words rest = *line;

    if (!exh_crypto_cut_prefix(&rest, type) || (rest.size && !exh_crypto_cut_prefix(&rest, " ")))
        return false;
    *line = rest;
    return true;
}

static bool read_stanza(struct header *header, struct exh_words line, struct exh_error *err)
{
    uint8_t body[AGE_BODY];
    size_t size;

    if (++header->stanza_count > AGE_MOST_STANZAS)
        return damaged(err, "it has more than 1000 stanzas");
    if (!exh_crypto_cut_prefix(&line, "-> ") || !arguments_are_well_formed(line))
        return damaged(err, "a stanza does not begin with '-> ' and a type");
    if (cut_type(&line, "X25519"))
        return read_x25519(header, line, err);
    if (cut_type(&line, "scrypt"))
        return read_scrypt(header, line, err);
    header->has_hybrid |= cut_type(&line, HYBRID);
    return read_body(header, body, &size, err);
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
    if (header->has_lock && header->stanza_count > 1)
        return damaged(err, "a scrypt stanza is not the only one: whoever has the passphrase must be the only reader");
    if (!exh_crypto_cut_prefix(&line, " ") || !exh_crypto_unbase64_bare(header->mac, sizeof header->mac, line))
        return damaged(err, "its last line is not '--- ' and a MAC");
    return true;
}

/* ---- the file key ---- */

/* Why nothing that was given opens the file. */
static bool refuse(const struct header *header, const struct exh_identity *identity, struct exh_error *err)
{
    const char *why;

    if (header->has_hybrid)
        why = "is encrypted to a post-quantum hybrid recipient (" HYBRID "), which is not opened here: use age 1.3 or later";
    else if (identity->passphrase && header->has_lock)
        why = "is not opened by the passphrase given: it has another, or its header was altered";
    else if (identity->passphrase)
        why = "is encrypted to recipients, not under a passphrase: give an identity of one of them";
    else if (header->has_lock)
        why = "is encrypted under a passphrase, not to a recipient: give its passphrase";
    else
        why = "is opened by no identity given: it is encrypted to others, or its header was altered";
    return exh_fail(err, EXH_REFUSED, "age file %s", why);
}

static bool unlock(const struct header *header, const struct exh_identity *identity, uint8_t ret_file_key[AGE_FILE_KEY],
                   struct exh_error *err)
{
    bool opened = false;

    if (header->has_lock && header->lock.work > identity->most_work)
        return exh_fail(err, EXH_REFUSED, "age file asks for a scrypt work factor of %llu, and at most %llu is worked "
                        "off here: whoever made it can encrypt it anew with less",
                        (unsigned long long)header->lock.work, (unsigned long long)identity->most_work);
    if (header->has_lock && !exh_crypto_age_unlock(&header->lock, identity->passphrase, ret_file_key, &opened, err))
        return false;
    return opened || refuse(header, identity, err);
}

static bool find_file_key(const struct header *header, const struct exh_identity *identity,
                          uint8_t ret_file_key[AGE_FILE_KEY], struct exh_error *err)
{
    if (identity->passphrase)
        return unlock(header, identity, ret_file_key, err);
    for (size_t i = 0; i < header->count; i++)
        for (size_t k = 0; k < identity->count; k++)
            switch (exh_crypto_age_unwrap(&header->stanzas[i], &identity->at[k], ret_file_key)) {
            case AGE_OPENED:       return true;
            case AGE_LOW_ORDER:    return damaged(err, "an X25519 stanza's key is no key");
            case AGE_NOT_FOR_THIS: break;
            }
    return refuse(header, identity, err);
}

static bool check_mac(const struct header *header, const uint8_t file_key[AGE_FILE_KEY], struct exh_error *err)
{
    struct exh_words bytes;
    uint8_t mac[32];

    if (!exh_crypto_age_source_look(header->source, header->size, &bytes, err))
        return false;
    exh_crypto_age_mac(file_key, bytes.at, header->mac_size, mac);
    if (sodium_memcmp(mac, header->mac, sizeof mac) != 0)
        return damaged(err, "its MAC does not match, so it was changed");
    return true;
}

static bool read_nonce(struct header *header, uint8_t ret_nonce[AGE_NONCE], struct exh_error *err)
{
    struct exh_words bytes;

    exh_crypto_age_source_skip(header->source, header->size);
    if (!exh_crypto_age_source_look(header->source, AGE_NONCE, &bytes, err))
        return false;
    if (bytes.size < AGE_NONCE)
        return exh_fail(err, EXH_MALFORMED, "age file is cut short: it ends with its header");
    memcpy(ret_nonce, bytes.at, AGE_NONCE);
    exh_crypto_age_source_skip(header->source, AGE_NONCE);
    return true;
}

bool exh_crypto_age_header_read(struct exh_age_source *source, const struct exh_identity *identity,
                                uint8_t ret_file_key[AGE_FILE_KEY], uint8_t ret_nonce[AGE_NONCE], struct exh_error *err)
{
    EXH_CLEANUP(clear_header) struct header header = { .source = source };

    return read_header(&header, err) && find_file_key(&header, identity, ret_file_key, err)
        && check_mac(&header, ret_file_key, err) && read_nonce(&header, ret_nonce, err);
}
