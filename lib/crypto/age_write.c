/* age_write: age v1 files, sealed chunk by chunk in the batch that is handed on, by several threads where there are. */
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

struct batch {
    uint8_t *bytes;                      /* BATCH_SIZE of them, page-aligned */
    size_t ready;                        /* bytes of it that go out when the crew has sealed them */
    uint64_t chunks;                     /* up to its end, once it is full */
};

struct exh_age_writer {
    exh_age_take *take;
    void *context;
    struct exh_age_crew *crew;
    struct batch batches[AGE_BATCHES];
    size_t batch_count;                  /* of them used: 1 where there is no thread to work behind */
    uint64_t filled, handed_on;          /* batches so far */
    uint64_t chunks;                     /* given to the crew */
    uint64_t sealed;                     /* waited for */
    size_t waiting;                      /* plain bytes in the batch behind @ready: the chunk that may be the last */
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

static void make_batches(struct exh_age_writer *writer, unsigned threads)
{
    writer->batch_count = threads == 1 ? 1 : AGE_BATCHES;
    for (size_t i = 0; i < writer->batch_count; i++) {
        writer->batches[i].bytes = aligned_alloc(PAGE, BATCH_SIZE);
        exh_crypto_must(writer->batches[i].bytes);
    }
}

bool exh_age_writer_open(const struct exh_recipient *recipients, size_t count, unsigned threads, exh_age_take *take,
                         void *context, struct exh_age_writer **ret_writer, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *file_key = exh_crypto_guarded(AGE_FILE_KEY);
    EXH_CLEANUP(exh_age_writer_freep) struct exh_age_writer *writer = NULL;
    EXH_CLEANUP(exh_text_clear) struct exh_text header = EXH_TEXT_NONE;
    uint8_t nonce[AGE_NONCE];

    if (count == 0 || count > MOST_RECIPIENTS)
        return exh_fail(err, EXH_USAGE, "%zu recipients for an age file: give 1 to %d", count, MOST_RECIPIENTS);
    randombytes_buf(file_key, AGE_FILE_KEY);
    randombytes_buf(nonce, sizeof nonce);
    if (!make_header(&header, file_key, recipients, count, err))
        return false;
    writer = exh_alloc(sizeof *writer);
    *writer = (struct exh_age_writer){ .take = take, .context = context };
    if (!exh_crypto_age_crew_new(file_key, nonce, true, threads, &writer->crew, err))
        return false;
    make_batches(writer, threads);
    memcpy(writer->batches[0].bytes, header.bytes, header.size);
    memcpy(writer->batches[0].bytes + header.size, nonce, sizeof nonce);
    writer->batches[0].ready = header.size + sizeof nonce;
    *ret_writer = exh_steal(&writer);
    return true;
}

/* ---- batches ---- */

static struct batch *current(struct exh_age_writer *writer)
{
    return &writer->batches[writer->filled % writer->batch_count];
}

/* Hands the oldest batch on, on the caller's thread. */
static bool hand_on(struct exh_age_writer *writer, struct exh_error *err)
{
    struct batch *batch = &writer->batches[writer->handed_on % writer->batch_count];
    size_t ready = batch->ready;

    for (; writer->sealed < batch->chunks; writer->sealed++)
        exh_crypto_must(exh_crypto_age_crew_wait(writer->crew, writer->sealed) == AGE_CHUNK_DONE);
    batch->ready = 0;
    writer->handed_on++;
    return writer->take(writer->context, batch->bytes, ready, err);
}

/* Ends the batch being filled. There is one to fill again on return. */
static bool end_batch(struct exh_age_writer *writer, struct exh_error *err)
{
    current(writer)->chunks = writer->chunks;
    writer->filled++;
    return writer->filled - writer->handed_on < writer->batch_count || hand_on(writer, err);
}

/* Has a chunk sealed into the batch. @plain may be the place where it goes. */
static bool seal_chunk(struct exh_age_writer *writer, const uint8_t *plain, size_t size, bool last,
                       struct exh_error *err)
{
    struct batch *batch = current(writer);

    exh_crypto_age_crew_give(writer->crew, plain, size, last, batch->bytes + batch->ready);
    batch->ready += size + AGE_TAG;
    writer->chunks++;
    return BATCH_SIZE - batch->ready >= AGE_SEALED || end_batch(writer, err);
}

/* Where the chunk that may be the last stands, and is sealed. */
static uint8_t *waiting_place(struct exh_age_writer *writer)
{
    return current(writer)->bytes + current(writer)->ready;
}

static size_t keep_waiting(struct exh_age_writer *writer, const uint8_t *bytes, size_t size)
{
    size_t room = AGE_CHUNK - writer->waiting, kept = size < room ? size : room;

    memcpy(waiting_place(writer) + writer->waiting, bytes, kept);
    writer->waiting += kept;
    return kept;
}

bool exh_age_writer_put(struct exh_age_writer *writer, const void *bytes, size_t size, struct exh_error *err)
{
    bool alone = exh_crypto_age_crew_is_alone(writer->crew);
    const uint8_t *at = bytes;

    assert(!writer->finished);
    while (size) {
        size_t used;
        if (writer->waiting == AGE_CHUNK) {          /* more follows, so it was not the last */
            writer->waiting = used = 0;
            if (!seal_chunk(writer, waiting_place(writer), AGE_CHUNK, false, err))
                return false;
        } else if (alone && writer->waiting == 0 && size > AGE_CHUNK) {      /* sealed on return: no need to keep it */
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
    if (!seal_chunk(writer, waiting_place(writer), writer->waiting, true, err)
        || (current(writer)->ready && !end_batch(writer, err)))
        return false;
    while (writer->handed_on < writer->filled)
        if (!hand_on(writer, err))
            return false;
    return true;
}

void exh_age_writer_freep(struct exh_age_writer **slot)
{
    struct exh_age_writer *writer = exh_steal(slot);

    if (!writer)
        return;
    exh_crypto_age_crew_freep(&writer->crew);            /* first: its threads write into the batches */
    for (size_t i = 0; i < writer->batch_count; i++) {
        sodium_memzero(writer->batches[i].bytes, BATCH_SIZE);
        free(writer->batches[i].bytes);
    }
    free(writer);
}

uint64_t exh_age_size(size_t count, uint64_t size)
{
    uint64_t chunks = size / AGE_CHUNK + (size % AGE_CHUNK != 0 || size == 0);

    return VERSION_SIZE + (uint64_t)count * STANZA_SIZE + MAC_SIZE + AGE_NONCE + size + chunks * AGE_TAG;
}
