/* detached: a detached signature once it was read, whatever its form. */
#include "parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void exh_detached_clear(struct exh_detached *detached)
{
    free(detached->name_space);
    free(detached->untrusted);
    free(detached->trusted);
    *detached = (struct exh_detached)EXH_DETACHED_NONE;
}

bool exh_detached_matches(const struct exh_detached *detached, const struct exh_public_key *key, const void *message,
                          size_t size)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    if (detached->name_space) {
        exh_crypto_add_ssh_signed(&text, detached, message, size);
        message = text.bytes;
        size = text.size;
    }
    return crypto_sign_verify_detached(detached->bytes, message, size, key->ed25519) == 0;
}

bool exh_detached_comment_matches(const struct exh_detached *detached, const struct exh_public_key *key)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_crypto_add_global(&text, detached);
    return crypto_sign_verify_detached(detached->global, (const uint8_t *)text.bytes, text.size, key->ed25519) == 0;
}

/* A number that is no part of what is signed: it finds the key, and the key decides. */
void exh_key_number(const struct exh_public_key *key, char ret_digits[EXH_KEY_NUMBER_DIGITS])
{
    uint64_t number = 0;

    for (size_t i = sizeof key->minisign_id; i-- > 0;)
        number = number << 8 | key->minisign_id[i];
    snprintf(ret_digits, EXH_KEY_NUMBER_DIGITS, "%016" PRIX64, number);
}
