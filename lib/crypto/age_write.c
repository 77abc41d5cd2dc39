/* age_write: age v1 files, chunk by chunk, straight into the batch that is handed on. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, BATCH_SIZE = (AGE_BATCH * AGE_SEALED + PAGE - 1) / PAGE * PAGE };
enum {
    VERSION_SIZE = sizeof AGE_VERSION_LINE - 1,
    SHARE_WORDS = 43,
    STANZA_SIZE = sizeof AGE_X25519_START - 1 + SHARE_WORDS + 1 + SHARE_WORDS + 1,
    MAC_SIZE = 4 + SHARE_WORDS + 1,
    MOST_RECIPIENTS = (AGE_LONGEST_HEADER - VERSION_SIZE - MAC_SIZE) / STANZA_SIZE,
};

struct exh_age_writer {
    exh_age_take *take;
    void *context;
    struct exh_age_stream *stream;
    uint8_t *batch;                      /* BATCH_SIZE bytes, page-aligned */
    size_t ready;                        /* bytes of it that can go out */
    size_t waiting;                      /* plain bytes behind them: the chunk that may be the last */
    bool finished;
};

static void add_bare_base64(struct exh_text *text, const uint8_t bytes[32])
{
    char words[SHARE_WORDS + 1];

    sodium_bin2base64(words, sizeof words, bytes, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    exh_text_puts(text, words);
}

static bool add_stanza(struct exh_text *header, const uint8_t file_key[AGE_FILE_KEY],
                       const struct exh_recipient *recipient, struct exh_error *err)
{
    struct exh_age_stanza stanza;

    if (!exh_crypto_age_wrap(file_key, recipient, &stanza)) {
        EXH_CLEANUP(exh_freep) char *words = exh_recipient_words(recipient);
        return exh_fail(err, EXH_USAGE, "recipient '%s' is no usable key: anyone could open what is encrypted to it",
                        words);
    }
    exh_text_puts(header, AGE_X25519_START);
    add_bare_base64(header, stanza.share);
    exh_text_puts(header, "\n");
    add_bare_base64(header, stanza.body);
    exh_text_puts(header, "\n");
    return true;
}

static bool make_header(struct exh_text *header, const uint8_t file_key[AGE_FILE_KEY],
                        const struct exh_recipient *recipients, size_t count, struct exh_error *err)
{
    uint8_t mac[32];

    exh_text_puts(header, AGE_VERSION_LINE);
    for (size_t i = 0; i < count; i++)
        if (!add_stanza(header, file_key, &recipients[i], err))
            return false;
    exh_text_puts(header, "---");
    exh_crypto_age_mac(file_key, header->bytes, header->size, mac);
    exh_text_puts(header, " ");
    add_bare_base64(header, mac);
    exh_text_puts(header, "\n");
    return true;
}

bool exh_age_writer_open(const struct exh_recipient *recipients, size_t count, exh_age_take *take, void *context,
                         struct exh_age_writer **ret_writer, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *file_key = exh_crypto_guarded(AGE_FILE_KEY);
    EXH_CLEANUP(exh_text_clear) struct exh_text header = EXH_TEXT_NONE;
    uint8_t nonce[AGE_NONCE];

    if (count == 0 || count > MOST_RECIPIENTS)
        return exh_fail(err, EXH_USAGE, "%zu recipients for an age file: give 1 to %d", count, MOST_RECIPIENTS);
    randombytes_buf(file_key, AGE_FILE_KEY);
    randombytes_buf(nonce, sizeof nonce);
    if (!make_header(&header, file_key, recipients, count, err))
        return false;

    struct exh_age_writer *writer = exh_alloc(sizeof *writer);
    *writer = (struct exh_age_writer){ .take = take, .context = context, .batch = aligned_alloc(PAGE, BATCH_SIZE) };
    exh_crypto_must(writer->batch);
    writer->stream = exh_crypto_age_stream_new(file_key, nonce, true);
    memcpy(writer->batch, header.bytes, header.size);
    memcpy(writer->batch + header.size, nonce, sizeof nonce);
    writer->ready = header.size + sizeof nonce;
    *ret_writer = writer;
    return true;
}

static bool hand_on(struct exh_age_writer *writer, struct exh_error *err)
{
    size_t ready = writer->ready;

    writer->ready = 0;
    return writer->take(writer->context, writer->batch, ready, err);
}

/* Seals a chunk into the batch. @plain may be the place where it goes. */
static bool seal_chunk(struct exh_age_writer *writer, const uint8_t *plain, size_t size, bool last,
                       struct exh_error *err)
{
    exh_crypto_age_seal(writer->stream, plain, size, last, writer->batch + writer->ready);
    writer->ready += size + AGE_TAG;
    return BATCH_SIZE - writer->ready >= AGE_SEALED || hand_on(writer, err);
}

static size_t keep_waiting(struct exh_age_writer *writer, const uint8_t *bytes, size_t size)
{
    size_t room = AGE_CHUNK - writer->waiting, kept = size < room ? size : room;

    memcpy(writer->batch + writer->ready + writer->waiting, bytes, kept);
    writer->waiting += kept;
    return kept;
}

bool exh_age_writer_put(struct exh_age_writer *writer, const void *bytes, size_t size, struct exh_error *err)
{
    const uint8_t *at = bytes;

    assert(!writer->finished);
    while (size) {
        size_t used;
        if (writer->waiting == AGE_CHUNK) {          /* more follows, so it was not the last */
            writer->waiting = used = 0;
            if (!seal_chunk(writer, writer->batch + writer->ready, AGE_CHUNK, false, err))
                return false;
        } else if (writer->waiting == 0 && size > AGE_CHUNK) {
            used = AGE_CHUNK;
            if (!seal_chunk(writer, at, AGE_CHUNK, false, err))
                return false;
        } else {
            used = keep_waiting(writer, at, size);
        }
        at += used;
        size -= used;
    }
    return true;
}

bool exh_age_writer_finish(struct exh_age_writer *writer, struct exh_error *err)
{
    assert(!writer->finished);
    writer->finished = true;
    return seal_chunk(writer, writer->batch + writer->ready, writer->waiting, true, err)
           && (writer->ready == 0 || hand_on(writer, err));
}

void exh_age_writer_freep(struct exh_age_writer **writer)
{
    if (!*writer)
        return;
    exh_crypto_age_stream_freep(&(*writer)->stream);
    sodium_memzero((*writer)->batch, BATCH_SIZE);
    free((*writer)->batch);
    free(exh_steal(writer));
}

uint64_t exh_age_size(size_t count, uint64_t size)
{
    uint64_t chunks = size / AGE_CHUNK + (size % AGE_CHUNK != 0 || size == 0);

    return VERSION_SIZE + (uint64_t)count * STANZA_SIZE + MAC_SIZE + AGE_NONCE + size + chunks * AGE_TAG;
}
