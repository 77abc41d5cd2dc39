/* minisign: signature files, public key lines and secret key files of any bytes. What is accepted must
 * be written again as it was read, where there is only one way to write it. */
#include "exhibit/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void try_signature(const char *bytes, size_t size)
{
    static const struct exh_public_key nobody;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *trusted = NULL;

    if (exh_verify_minisign(bytes, size, &nobody, "message", 7, "comment", &trusted, &err))
        abort();
}

static void try_public_line(const char *line)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;

    if (!exh_key_from_minisign_line(line, &key, &err))
        return;
    EXH_CLEANUP(exh_freep) char *back = exh_key_minisign_line(&key);
    if (strncmp(back, line, strlen(back)) != 0)
        abort();
}

/* Locked files only as far as the check for a missing passphrase: scrypt would take all the time. */
static void try_secret_file(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_freep) char *comment = NULL;

    if (exh_secret_key_read(file, NULL, &key, &comment, &err) && exh_secret_key_is_locked(file))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *line = exh_strndup((const char *)bytes, size);

    if (!exh_crypto_init(&err))
        abort();
    try_signature((const char *)bytes, size);
    try_public_line(line);
    try_secret_file((const char *)bytes, size);
    return 0;
}
