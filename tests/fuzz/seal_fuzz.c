/* base64, sealed text and sealing key files of any bytes. */
#include "exhibit/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Only one writing of any bytes is accepted. */
static void try_base64(const char *words, size_t size)
{
    EXH_CLEANUP(exh_freep) uint8_t *decoded = exh_alloc(size);
    size_t got;

    if (!exh_unbase64_any(decoded, size, &got, words, size))
        return;
    EXH_CLEANUP(exh_freep) char *back = exh_base64(decoded, got);
    if (strlen(back) != size || memcmp(back, words, size) != 0)
        abort();
}

static void try_unseal(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_seal_key_new();
    EXH_CLEANUP(exh_freep) char *plain = NULL;
    size_t size;

    if (exh_unseal_text(key, "C1", 2, words, &plain, &size, &err))
        abort();
}

static void try_key(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = NULL;

    if (!exh_seal_key_read(file, &key, &err))
        return;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *back = exh_seal_key_write(key);
    if (back->size != size || memcmp(back->bytes, bytes, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_strndup((const char *)bytes, size);

    if (!exh_crypto_init(&err))
        abort();
    try_base64((const char *)bytes, size);
    try_unseal(words);
    try_key((const char *)bytes, size);
    return 0;
}
