/* SSH signatures and public key lines of any bytes. */
#include "exhibit/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void try_line(const char *line)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!exh_key_from_ssh_line(line, &key, &err))
        return;
    exh_key_fingerprint(&key, fingerprint);
    EXH_CLEANUP(exh_freep) char *back = exh_key_ssh_line(&key);
    const char *words = strchr(back, ' ') + 1;
    if (!strstr(line, words))
        abort();
}

/* An armour accepted exactly must be accepted loosely too. */
static void try_armour(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, loose = EXH_ERROR_NONE;
    struct exh_public_key key;

    bool exact = exh_verify_ssh(bytes, size, "exhibit", "message", 7, true, &key, &err);
    if (exact && !exh_verify_ssh(bytes, size, "exhibit", "message", 7, false, &key, &loose))
        abort();
    if (!exact && !exh_verify_ssh(bytes, size, "exhibit", "message", 7, false, &key, &loose) && loose.kind == EXH_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *line = exh_strndup((const char *)bytes, size);

    if (!exh_crypto_init(&err))
        abort();
    try_line(line);
    try_armour((const char *)bytes, size);
    return 0;
}
