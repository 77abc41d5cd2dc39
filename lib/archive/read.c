/* read: a ZIP in our form, plain or encrypted, from a stream, every byte judged.
 *
 * Each header is made again from the little it says (name, size, time, encrypted or not) and compared. A
 * byte that is changed in one place then differs from what another place says: the descriptor, the
 * directory, or the other members' time. Encrypted bytes are decrypted as they pass, and their MAC says
 * at their end whether they were the right ones.
 */
#include "exhibit/archive.h"

#include "form.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER = 256 << 10 };

struct reader {
    exh_zip_pull *pull;
    void *context;
    const struct exh_zip_visitor *visitor;
    const struct exh_secret_text *passphrase;    /* NULL: none was given */
    struct exh_zip_aes *aes;     /* from the first encrypted member on */
    bool opened;                 /* a member's MAC was right: the passphrase is, too */
    bool form_known, encrypted;  /* set by the first member that has bytes */
    uint8_t *buffer;
    size_t from, to;             /* bytes of the buffer not yet judged */
    bool ended;
    uint64_t at;                 /* of the byte at @from, in the file */
    struct exh_zip_members members;
    uint32_t sealed;             /* the first member's; all others must agree */
    struct exh_crc_table *crc;
};

static void reader_clear(struct reader *reader)
{
    exh_zip_aes_freep(&reader->aes);
    explicit_bzero(reader->buffer, BUFFER);      /* what it held may have been decrypted */
    free(reader->buffer);
    free(reader->crc);
    exh_zip_members_clear(&reader->members);
}

/* Pulls until @size bytes wait in the buffer, or the stream ends. */
static bool fill(struct reader *reader, size_t size, struct exh_error *err)
{
    if (reader->to - reader->from >= size || reader->ended)
        return true;
    memmove(reader->buffer, reader->buffer + reader->from, reader->to - reader->from);
    reader->to -= reader->from;
    reader->from = 0;
    while (reader->to < size && !reader->ended) {
        size_t got = 0;
        if (!reader->pull(reader->context, reader->buffer + reader->to, BUFFER - reader->to, &got, err))
            return false;
        reader->ended = got == 0;
        reader->to += got;
    }
    return true;
}

static size_t waiting(const struct reader *reader)
{
    return reader->to - reader->from;
}

static const uint8_t *next(const struct reader *reader)
{
    return reader->buffer + reader->from;
}

static void pass(struct reader *reader, size_t size)
{
    reader->from += size;
    reader->at += size;
}

static bool need(struct reader *reader, size_t size, const char *what, const char *name, struct exh_error *err)
{
    if (!fill(reader, size, err))
        return false;
    if (waiting(reader) >= size)
        return true;
    return exh_fail(err, EXH_NO, "the ZIP is cut short at byte %llu, in the %s%s%s%s",
                    (unsigned long long)(reader->at + waiting(reader)), what, *name ? " of '" : "", name,
                    *name ? "'" : "");
}

/* The next bytes must be @expected. */
static bool match(struct reader *reader, const struct exh_text *expected, const char *what, const char *name,
                  struct exh_error *err)
{
    if (!need(reader, expected->size, what, name, err))
        return false;
    const uint8_t *is = next(reader), *ought = (const uint8_t *)expected->bytes;
    for (size_t i = 0; i < expected->size; i++)
        if (is[i] != ought[i])
            return exh_fail(err, EXH_NO, "the ZIP differs from its fixed form at byte %llu, in the %s%s%s%s",
                            (unsigned long long)(reader->at + i), what, *name ? " of '" : "", name, *name ? "'" : "");
    pass(reader, expected->size);
    return true;
}

/* The sizes that the extra field may have. */
static bool extra_fits(size_t size, bool encrypted)
{
    size_t least = FORM_EXTRA + (encrypted ? FORM_EXTRA_AES : 0);

    return size == least || size == least + FORM_EXTRA_64;
}

/* What a header that may be anything says of its file; of the first one, the time too. */
static bool read_facts(struct reader *reader, char ret_name[FORM_NAME_MOST + 1], uint64_t *ret_size,
                       bool *ret_encrypted, struct exh_error *err)
{
    if (!need(reader, FORM_LOCAL_FIXED, "header after the last file", "", err))
        return false;
    size_t name_size = exh_little16(next(reader) + 26), extra_size = exh_little16(next(reader) + 28);
    bool encrypted = exh_little16(next(reader) + FORM_FLAGS_AT) & FORM_FLAG_ENCRYPTED;
    if (name_size == 0 || name_size > FORM_NAME_MOST || !extra_fits(extra_size, encrypted))
        return exh_fail(err, EXH_NO, "the ZIP differs from its fixed form in the header at byte %llu",
                        (unsigned long long)reader->at);
    if (!need(reader, FORM_LOCAL_FIXED + name_size + extra_size, "header after the last file", "", err))
        return false;
    const uint8_t *header = next(reader), *extra = header + FORM_LOCAL_FIXED + name_size;
    memcpy(ret_name, header + FORM_LOCAL_FIXED, name_size);
    ret_name[name_size] = '\0';
    *ret_size = extra_size >= FORM_EXTRA + FORM_EXTRA_64
              ? exh_little64(extra + extra_size - FORM_EXTRA_64 + FORM_SIZE_64_AT)
              : exh_little32(header + 22);
    *ret_encrypted = encrypted;
    if (reader->members.count == 0)
        reader->sealed = exh_little32(extra + FORM_TIME_AT);
    return true;
}

/* Files that have bytes are all encrypted, or none is. */
static bool check_same(struct reader *reader, const struct exh_zip_member *member, struct exh_error *err)
{
    if (member->size == 0)
        return true;
    if (reader->form_known && member->encrypted != reader->encrypted)
        return exh_fail(err, EXH_NO, "the ZIP holds both encrypted and plain files, from '%s' on", member->name);
    reader->form_known = true;
    reader->encrypted = member->encrypted;
    return true;
}

static bool read_header(struct reader *reader, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text header = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error unfit = EXH_ERROR_NONE;
    char name[FORM_NAME_MOST + 1];
    uint64_t size = 0;
    bool encrypted = false;

    if (!read_facts(reader, name, &size, &encrypted, err))
        return false;
    if (!exh_zip_name_check(name, &unfit))
        return exh_fail(err, EXH_NO, "at byte %llu: %s", (unsigned long long)reader->at, unfit.text);
    if (reader->sealed < FORM_TIME_LEAST)
        return exh_fail(err, EXH_NO, "the ZIP's time is before 1980, which no ZIP can hold");
    if (size > INT64_MAX - FORM_SEALING - reader->at || reader->members.count == FORM_MEMBERS_MOST)
        return exh_fail(err, EXH_NO, "the ZIP holds more than a package may, from '%s' on", name);
    struct exh_zip_member *member = exh_zip_members_add(&reader->members, name, size, reader->at);
    member->encrypted = encrypted && size;
    exh_zip_form_local(&header, member, reader->sealed);
    return match(reader, &header, "header", name, err) && check_same(reader, member, err);
}

/* A wrong passphrase, or a salt that was changed: which, is known once a file has opened. */
static bool fail_key(const struct reader *reader, const struct exh_zip_member *member, struct exh_error *err)
{
    if (!reader->opened)
        return exh_fail(err, EXH_REFUSED, "the passphrase does not open this ZIP: its '%s' is under another one, "
                        "or was changed", member->name);
    return exh_fail(err, EXH_NO, "the ZIP's '%s' is under another passphrase than the files before it, or was "
                    "changed at byte %llu", member->name, (unsigned long long)reader->at);
}

static bool begin_decrypting(struct reader *reader, const struct exh_zip_member *member, struct exh_error *err)
{
    if (!member->encrypted)
        return true;
    if (!reader->passphrase)
        return exh_fail(err, EXH_REFUSED, "the ZIP is encrypted: it opens with the passphrase it was made with");
    if (!need(reader, FORM_KEYING, "salt", member->name, err)
        || (!reader->aes && !exh_zip_aes_new(reader->passphrase, &reader->aes, err)))
        return false;
    if (!exh_zip_aes_begin(reader->aes, next(reader), next(reader) + EXH_ZIP_AES_SALT))
        return fail_key(reader, member, err);
    pass(reader, FORM_KEYING);
    return true;
}

/* What waits in the buffer, or else what is pulled into it. */
static bool read_into_buffer(struct reader *reader, const struct exh_zip_member *member, uint64_t left, uint32_t *crc,
                             size_t *ret_size, struct exh_error *err)
{
    const struct exh_zip_visitor *visitor = reader->visitor;

    if (!need(reader, 1, "bytes", member->name, err))
        return false;
    size_t part = waiting(reader) < left ? waiting(reader) : (size_t)left;
    if (member->encrypted)
        exh_zip_aes_decrypt(reader->aes, reader->buffer + reader->from, part);
    *crc = exh_crc_add(reader->crc, *crc, next(reader), part);
    if (!visitor->data(visitor->context, next(reader), part, err))
        return false;
    pass(reader, part);
    *ret_size = part;
    return true;
}

/* Encrypted bytes must be decrypted before anybody sees them; little ones are not worth a read of their own. */
static bool goes_to_visitor(const struct reader *reader, const struct exh_zip_member *member, uint64_t left)
{
    return reader->visitor->space && !member->encrypted && left > BUFFER && waiting(reader) == 0 && !reader->ended;
}

static bool read_into_space(struct reader *reader, uint64_t left, uint32_t *crc, size_t *ret_size, struct exh_error *err)
{
    const struct exh_zip_visitor *visitor = reader->visitor;
    void *space = NULL;
    size_t room = 0;

    if (!visitor->space(visitor->context, &space, &room, err)
        || !reader->pull(reader->context, space, room < left ? room : (size_t)left, ret_size, err))
        return false;
    reader->ended = *ret_size == 0;
    reader->at += *ret_size;
    *crc = exh_crc_add(reader->crc, *crc, space, *ret_size);
    return visitor->filled(visitor->context, space, *ret_size, err);
}

/* Hands the member's bytes on as they come; gives their checksum. */
static bool read_bytes(struct reader *reader, const struct exh_zip_member *member, uint32_t *ret_crc,
                       struct exh_error *err)
{
    size_t part;

    *ret_crc = 0;
    for (uint64_t left = member->size; left; left -= part)
        if (goes_to_visitor(reader, member, left) ? !read_into_space(reader, left, ret_crc, &part, err)
                                                  : !read_into_buffer(reader, member, left, ret_crc, &part, err))
            return false;
    return true;
}

/* @ret_whole: the bytes are those that were encrypted. */
static bool end_decrypting(struct reader *reader, const struct exh_zip_member *member, bool *ret_whole,
                           struct exh_error *err)
{
    *ret_whole = true;
    if (!member->encrypted)
        return true;
    if (!need(reader, EXH_ZIP_AES_MAC, "MAC after the bytes", member->name, err))
        return false;
    *ret_whole = exh_zip_aes_end(reader->aes, next(reader));
    reader->opened = reader->opened || *ret_whole;
    pass(reader, EXH_ZIP_AES_MAC);
    return true;
}

/* The descriptor's checksum, or the MAC, may differ from the bytes': that is a damaged member, not
 * another form. */
static bool read_member(struct reader *reader, struct exh_error *err)
{
    const struct exh_zip_visitor *visitor = reader->visitor;
    EXH_CLEANUP(exh_text_clear) struct exh_text descriptor = EXH_TEXT_NONE;
    uint32_t crc;
    bool whole;

    if (!read_header(reader, err))
        return false;
    struct exh_zip_member *member = &reader->members.at[reader->members.count - 1];
    if (!begin_decrypting(reader, member, err) || !visitor->begin(visitor->context, member->name, member->size, err)
        || !read_bytes(reader, member, &crc, err) || !end_decrypting(reader, member, &whole, err)
        || !need(reader, FORM_CRC_AT + 4, "checksum after the bytes", member->name, err))
        return false;
    if (exh_zip_form_has_crc(member)) {
        member->crc = exh_little32(next(reader) + FORM_CRC_AT);
        whole = whole && member->crc == crc;
    }
    exh_zip_form_descriptor(&descriptor, member);
    return match(reader, &descriptor, "checksum after the bytes", member->name, err)
        && visitor->end(visitor->context, whole, err);
}

static bool read_directory(struct reader *reader, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text end = EXH_TEXT_NONE;
    uint64_t start = reader->at;

    for (size_t i = 0; i < reader->members.count; i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text entry = EXH_TEXT_NONE;
        exh_zip_form_central(&entry, &reader->members.at[i], reader->sealed);
        if (!match(reader, &entry, "directory entry", reader->members.at[i].name, err))
            return false;
    }
    exh_zip_form_end(&end, reader->members.count, start, reader->at - start);
    if (!match(reader, &end, "record at the end", "", err) || !fill(reader, 1, err))
        return false;
    if (waiting(reader))
        return exh_fail(err, EXH_NO, "something follows the end of the ZIP, from byte %llu on",
                        (unsigned long long)reader->at);
    return true;
}

bool exh_zip_is_encrypted(const void *head, size_t size)
{
    const uint8_t *at = head;

    while (size >= FORM_LOCAL_FIXED && memcmp(at, "PK\3\4", 4) == 0) {
        size_t empty = FORM_LOCAL_FIXED + exh_little16(at + 26) + (size_t)exh_little16(at + 28) + FORM_DESCRIPTOR;
        if (exh_little16(at + FORM_FLAGS_AT) & FORM_FLAG_ENCRYPTED)
            return true;
        if (exh_little32(at + 22) || size < empty)
            return false;
        at += empty;
        size -= empty;
    }
    return false;
}

bool exh_zip_read(exh_zip_pull *pull, void *context, const struct exh_zip_visitor *visitor,
                  const struct exh_secret_text *passphrase, struct exh_moment *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(reader_clear) struct reader reader = {
        .pull = pull, .context = context, .visitor = visitor, .passphrase = passphrase
    };

    reader.buffer = exh_alloc(BUFFER);
    reader.crc = exh_crc_new();
    if (!fill(&reader, 4, err))
        return false;
    if (waiting(&reader) < 4 || memcmp(next(&reader), "PK\3\4", 4) != 0)
        return exh_fail(err, EXH_MALFORMED, "does not begin as a ZIP does");
    do {
        if (!read_member(&reader, err) || !need(&reader, 4, "place after the last file", "", err))
            return false;
    } while (memcmp(next(&reader), "PK\1\2", 4) != 0);
    if (!read_directory(&reader, err))
        return false;
    *ret_sealed = (struct exh_moment){ (int64_t)reader.sealed * EXH_SECOND };
    return true;
}
