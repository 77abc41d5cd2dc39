/* What the tests of age files share: age bytes in memory, written and read. */
#ifndef AGE_HELP_H
#define AGE_HELP_H

#include "crypto_help.h"

#include "../../lib/crypto/parts.h"

/* ---- bytes in memory, out and in ---- */

struct source { const char *bytes; size_t size, at, step; };

static inline bool take_text(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

static inline bool pull_source(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;
    size_t left = source->size - source->at, size = left < room ? left : room;

    (void)err;
    if (source->step && size > source->step)
        size = source->step;
    memcpy(ret_bytes, source->bytes + source->at, size);
    source->at += size;
    *ret_size = size;
    return true;
}

static inline struct exh_identity *make_identity(struct exh_recipient *ret_recipient)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = NULL;
    struct exh_identity *identity = NULL;

    ASSERT_DONE(exh_identity_new(&words, ret_recipient, &err), &err);
    ASSERT_DONE(exh_identity_read(words, &identity, &err), &err);
    return identity;
}

/* Puts the bytes in pieces of @step, from a place that is written over as soon as each was put. */
static inline void encrypt_with(unsigned threads, const struct exh_recipient *recipients, size_t count,
                                const char *bytes, size_t size, size_t step, struct exh_text *age)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_age_writer_freep) struct exh_age_writer *writer = NULL;

    EXH_CLEANUP(exh_freep) char *place = exh_alloc(step < size ? step : size + 1);

    ASSERT_DONE(exh_age_writer_open(recipients, count, threads, take_text, age, &writer, &err), &err);
    for (size_t at = 0; at < size; at += step) {
        size_t part = size - at < step ? size - at : step;
        memcpy(place, bytes + at, part);
        ASSERT_DONE(exh_age_writer_put(writer, place, part, &err), &err);
        memset(place, 0, part);
    }
    ASSERT_DONE(exh_age_writer_finish(writer, &err), &err);
}

static inline void encrypt(const struct exh_recipient *recipients, size_t count, const char *bytes, size_t size,
                           size_t step, struct exh_text *age)
{
    encrypt_with(1, recipients, count, bytes, size, step, age);
}

/* Reads all that the reader gives, until its end or its refusal. The bytes come in pieces of @step (0: as large as
 * they are asked for), and are asked for in pieces of @room. */
static inline enum exh_kind decrypt_with(unsigned threads, const char *bytes, size_t size, size_t step, size_t room,
                                         const struct exh_identity *identity, struct exh_text *plain, bool *ret_opened,
                                         char **ret_text)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
    EXH_CLEANUP(exh_freep) char *block = exh_alloc(room);
    struct source source = { bytes, size, 0, step };
    size_t got = 1;

    *ret_opened = exh_age_reader_open(pull_source, &source, identity, threads, &reader, &err);
    while (*ret_opened && got > 0 && exh_age_reader_get(reader, block, room, &got, &err))
        exh_text_add(plain, block, got);
    if (ret_text)
        *ret_text = exh_strdup(err.text ? err.text : "");
    return err.kind;
}

static inline enum exh_kind decrypt_steps(const char *bytes, size_t size, size_t step, size_t room,
                                          const struct exh_identity *identity, struct exh_text *plain, bool *ret_opened,
                                          char **ret_text)
{
    return decrypt_with(1, bytes, size, step, room, identity, plain, ret_opened, ret_text);
}

static inline enum exh_kind decrypt(const struct exh_text *age, const struct exh_identity *identity,
                                    struct exh_text *plain)
{
    bool opened;

    return decrypt_steps(age->bytes, age->size, 0, 100000, identity, plain, &opened, NULL);
}

static inline char *some_bytes(size_t size)
{
    char *bytes = exh_alloc(size);

    exh_random(bytes, size);
    return bytes;
}

#endif
