/* age_read: age v1 files: the payload, opened batch by batch, given out only as it is authenticated. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One byte more than the chunks of a batch: it says whether the last of them can be the file's last. */
enum { ROOM = AGE_BATCH * AGE_SEALED + 1, PLAIN = AGE_BATCH * AGE_CHUNK };

struct batch {
    uint8_t *sealed;                     /* ROOM bytes */
    size_t size;                         /* of them pulled */
    uint8_t *plain;                      /* PLAIN bytes */
    uint64_t first;                      /* its first chunk's number */
    size_t count;                        /* chunks given to the crew */
    size_t last_size;                    /* sealed, of the last of them */
    enum { MORE, COMPLETE, SHORT, EMPTY, FAILED } after;      /* what follows them */
};

struct exh_age_reader {
    struct exh_age_source *source;
    struct exh_age_crew *crew;
    struct batch batches[AGE_BATCHES];
    size_t batch_count;                  /* of them used: 1 where there is no thread to work ahead */
    uint64_t pulled, used;               /* batches so far */
    bool at_end;                         /* nothing is left to pull */
    struct exh_error failure;            /* of the pull; told when all before it was given out */
    size_t chunk;                        /* of the batch in use: the next */
    const uint8_t *plain;                /* of a chunk; @left bytes were not given out yet */
    size_t left;
    enum { READING, ENDED, CUT, TRAILED, BROKEN } state;
};

/* ---- opening ---- */

static void make_batches(struct exh_age_reader *reader, unsigned threads)
{
    reader->batch_count = threads == 1 ? 1 : AGE_BATCHES;
    for (size_t i = 0; i < reader->batch_count; i++) {
        reader->batches[i].sealed = exh_alloc(ROOM);
        reader->batches[i].plain = exh_alloc(PLAIN);
    }
}

bool exh_age_reader_open(exh_age_pull *pull, void *context, const struct exh_identity *identity, unsigned threads,
                         struct exh_age_reader **ret_reader, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *file_key = exh_crypto_guarded(AGE_FILE_KEY);
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = exh_alloc(sizeof *reader);
    uint8_t nonce[AGE_NONCE];

    reader->source = exh_crypto_age_source_new(pull, context);
    if (!exh_crypto_age_header_read(reader->source, identity, file_key, nonce, err)
        || !exh_crypto_age_crew_new(file_key, nonce, false, threads, &reader->crew, err))
        return false;
    make_batches(reader, threads);
    *ret_reader = exh_steal(&reader);
    return true;
}

void exh_age_reader_freep(struct exh_age_reader **slot)
{
    struct exh_age_reader *reader = exh_steal(slot);

    if (!reader)
        return;
    exh_crypto_age_crew_freep(&reader->crew);            /* first: its threads write into the batches */
    for (size_t i = 0; i < reader->batch_count; i++) {
        sodium_memzero(reader->batches[i].plain, PLAIN);
        free(reader->batches[i].plain);
        free(reader->batches[i].sealed);
    }
    exh_crypto_age_source_freep(&reader->source);
    exh_error_clear(&reader->failure);
    free(reader);
}

/* ---- pulling ahead ---- */

/* Pulls a batch and the byte behind it, or what there is. */
static void pull_batch(struct exh_age_reader *reader, struct batch *batch)
{
    while (!reader->at_end && batch->size < ROOM) {
        size_t got;
        if (!exh_crypto_age_source_pull(reader->source, batch->sealed + batch->size, ROOM - batch->size, &got,
                                        &reader->failure)) {
            if (reader->failure.kind == EXH_MALFORMED)       /* the armour: from here on that is damage */
                reader->failure.kind = EXH_NO;
            reader->at_end = true;
            return;
        }
        reader->at_end = got == 0;
        batch->size += got;
    }
}

static void give_chunks(struct exh_age_reader *reader, struct batch *batch, size_t count, bool last, size_t last_size)
{
    batch->count = count;
    batch->last_size = last_size;
    for (size_t i = 0; i < count; i++) {
        bool is_end = last && i == count - 1;
        exh_crypto_age_crew_give(reader->crew, batch->sealed + i * AGE_SEALED, is_end ? last_size : AGE_SEALED, is_end,
                                 batch->plain + i * AGE_CHUNK);
    }
}

/* Says what the pulled bytes are: chunks, and what follows them. A chunk is the last only where the file ends. */
static void divide_batch(struct exh_age_reader *reader, struct batch *batch)
{
    size_t whole = batch->size / AGE_SEALED, rest = batch->size % AGE_SEALED;

    if (batch->size == ROOM || reader->failure.kind != EXH_OK) {
        batch->after = batch->size == ROOM ? MORE : FAILED;
        give_chunks(reader, batch, batch->size ? (batch->size - 1) / AGE_SEALED : 0, false, AGE_SEALED);
    } else if (batch->size && rest == 0) {
        batch->after = COMPLETE;
        give_chunks(reader, batch, whole, true, AGE_SEALED);
    } else if (rest < AGE_TAG || (rest == AGE_TAG && batch->first + whole > 0)) {
        batch->after = rest < AGE_TAG ? SHORT : EMPTY;
        give_chunks(reader, batch, whole, false, AGE_SEALED);
    } else {
        batch->after = COMPLETE;
        give_chunks(reader, batch, whole + 1, true, rest);
    }
}

/* The byte behind a batch is the first of the next. */
static void pull_ahead(struct exh_age_reader *reader)
{
    while (!reader->at_end && reader->pulled - reader->used < reader->batch_count) {
        struct batch *batch = &reader->batches[reader->pulled % reader->batch_count];
        batch->size = 0;
        if (reader->pulled) {
            const struct batch *before = &reader->batches[(reader->pulled - 1) % reader->batch_count];
            batch->sealed[batch->size++] = before->sealed[ROOM - 1];
        }
        batch->first = reader->pulled * AGE_BATCH;
        pull_batch(reader, batch);
        divide_batch(reader, batch);
        reader->pulled++;
    }
}

/* ---- giving out ---- */

static bool broken(struct exh_age_reader *reader, const char *what, struct exh_error *err)
{
    const struct batch *batch = &reader->batches[reader->used % reader->batch_count];

    reader->state = BROKEN;
    return exh_fail(err, EXH_NO, "age file's payload, chunk %llu: %s",
                    (unsigned long long)(batch->first + reader->chunk) + 1, what);
}

/* What a batch has in place of another chunk. */
static bool end_batch(struct exh_age_reader *reader, const struct batch *batch, struct exh_error *err)
{
    switch (batch->after) {
    case MORE:     break;
    case COMPLETE: reader->state = ENDED; return true;
    case SHORT:    return broken(reader, "missing: the file is cut short", err);
    case EMPTY:    return broken(reader, "empty, which only the first may be", err);
    case FAILED:   reader->state = BROKEN; return exh_error_move(err, &reader->failure);
    }
    reader->used++;
    reader->chunk = 0;
    return true;
}

static bool take_chunk(struct exh_age_reader *reader, const struct batch *batch, struct exh_error *err)
{
    bool is_end = batch->after == COMPLETE && reader->chunk == batch->count - 1;

    switch (exh_crypto_age_crew_wait(reader->crew, batch->first + reader->chunk)) {
    case AGE_CHUNK_PENDING:
    case AGE_CHUNK_DAMAGED:   return broken(reader, is_end ? "damaged, or cut short there" : "damaged", err);
    case AGE_CHUNK_OTHERWISE: reader->state = is_end ? CUT : TRAILED; break;
    case AGE_CHUNK_DONE:      break;
    }
    reader->plain = batch->plain + reader->chunk * AGE_CHUNK;
    reader->left = (is_end ? batch->last_size : AGE_SEALED) - AGE_TAG;
    reader->chunk++;
    return true;
}

static bool next_chunk(struct exh_age_reader *reader, struct exh_error *err)
{
    switch (reader->state) {
    case READING: break;
    case ENDED:   return true;
    case CUT:     return broken(reader, "missing: the file is cut short", err);
    case TRAILED: return broken(reader, "bytes follow the last chunk", err);
    case BROKEN:  return exh_fail(err, EXH_NO, "age file's payload was found damaged before");
    }
    pull_ahead(reader);
    const struct batch *batch = &reader->batches[reader->used % reader->batch_count];
    return reader->chunk < batch->count ? take_chunk(reader, batch, err) : end_batch(reader, batch, err);
}

bool exh_age_reader_get(struct exh_age_reader *reader, void *ret_bytes, size_t room, size_t *ret_size,
                        struct exh_error *err)
{
    assert(room > 0);
    while (reader->left == 0 && reader->state != ENDED)
        if (!next_chunk(reader, err))
            return false;
    size_t size = reader->left < room ? reader->left : room;
    if (size)
        memcpy(ret_bytes, reader->plain, size);
    reader->plain += size;
    reader->left -= size;
    *ret_size = size;
    return true;
}
