/* age files, identity files and recipients of any bytes. */
#include "exhibit/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The identity of the public test vectors, so that they can be seeds. */
static const char identity_words[] = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\n";

struct source { const uint8_t *bytes; size_t size, at, step; };

static bool pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;
    size_t left = source->size - source->at, size = left < room ? left : room;

    (void)err;
    size = size < source->step ? size : source->step;
    if (size)
        memcpy(ret_bytes, source->bytes + source->at, size);
    source->at += size;
    *ret_size = size;
    return true;
}

/* Gives how the reading ended and how much came out. */
static enum exh_kind read_all(const uint8_t *bytes, size_t size, size_t step, size_t *ret_total)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words =
        exh_secret_text_new(identity_words, strlen(identity_words));
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;
    EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
    struct source source = { bytes, size, 0, step };
    uint8_t block[4096];
    size_t got = 1;

    *ret_total = 0;
    if (!exh_identity_read(words, &identity, &err))
        abort();
    if (exh_age_reader_open(pull, &source, identity, 1, &reader, &err))
        while (got && exh_age_reader_get(reader, block, sizeof block, &got, &err))
            *ret_total += got;
    return err.kind;
}

static void try_recipient(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_recipient recipient;

    if (!exh_recipient_parse(words, &recipient, &err))
        return;
    EXH_CLEANUP(exh_freep) char *back = exh_recipient_words(&recipient);
    if (strcmp(back, words) != 0)
        abort();
}

static void try_identity(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;

    if (!exh_identity_read(file, &identity, &err) && err.kind != EXH_MALFORMED)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_strndup((const char *)bytes, size);
    size_t whole, stepped;

    if (!exh_crypto_init(&err))
        abort();
    /* How the bytes arrive must not change what is made of them. */
    enum exh_kind at_once = read_all(bytes, size, SIZE_MAX, &whole);
    if (read_all(bytes, size, 13, &stepped) != at_once || whole != stepped)
        abort();
    try_recipient(words);
    try_identity((const char *)bytes, size);
    return 0;
}
