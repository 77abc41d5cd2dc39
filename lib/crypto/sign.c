/* sign: secret keys, here or held elsewhere, and the one way to their signatures. */
#include "parts.h"

#include <string.h>

_Static_assert(EXH_SIGNATURE_SIZE == crypto_sign_BYTES, "a signature is Ed25519's");

struct exh_secret_key *exh_secret_key_new(void)
{
    struct exh_secret_key *key = exh_crypto_guarded(sizeof *key);

    exh_crypto_must(crypto_sign_keypair(key->public.ed25519, key->ed25519) == 0);
    randombytes_buf(key->public.minisign_id, sizeof key->public.minisign_id);
    exh_crypto_key_settle(key);
    return key;
}

struct exh_secret_key *exh_secret_key_remote(const struct exh_public_key *public, exh_remote_sign *sign, void *context,
                                             void (*release)(void *context))
{
    struct exh_secret_key *key = exh_crypto_guarded(sizeof *key);

    key->public = *public;
    key->remote = sign;
    key->context = context;
    key->release = release;
    exh_crypto_key_settle(key);
    return key;
}

void exh_crypto_key_settle(struct exh_secret_key *key)
{
    exh_crypto_must(sodium_mprotect_readonly(key) == 0);
}

void exh_secret_key_renumber(struct exh_secret_key *key, const uint8_t minisign_id[8])
{
    exh_crypto_must(sodium_mprotect_readwrite(key) == 0);
    memcpy(key->public.minisign_id, minisign_id, sizeof key->public.minisign_id);
    exh_crypto_key_settle(key);
}

void exh_secret_key_freep(struct exh_secret_key **key)
{
    if (*key && (*key)->release)
        (*key)->release((*key)->context);
    exh_crypto_guarded_freep(key);
}

const struct exh_public_key *exh_secret_key_public(const struct exh_secret_key *key)
{
    return &key->public;
}

void exh_key_derive_number(struct exh_public_key *key)
{
    uint8_t digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, key->ed25519, sizeof key->ed25519);
    memcpy(key->minisign_id, digest, sizeof key->minisign_id);
}

/* Whoever holds the key may be at fault or lie: nothing that does not verify goes into a log or a package. */
static bool sign_elsewhere(const struct exh_secret_key *key, const void *bytes, size_t size,
                           uint8_t ret_signature[EXH_SIGNATURE_SIZE], struct exh_error *err)
{
    uint8_t signature[EXH_SIGNATURE_SIZE];
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!key->remote(key->context, bytes, size, signature, err))
        return false;
    if (crypto_sign_verify_detached(signature, bytes, size, key->public.ed25519) != 0) {
        exh_key_fingerprint(&key->public, fingerprint);
        return exh_fail(err, EXH_MALFORMED, "what came back is no signature by key %s over the bytes that were to be "
                        "signed; nothing was signed: look at what holds the key", fingerprint);
    }
    memcpy(ret_signature, signature, sizeof signature);
    return true;
}

bool exh_sign_bytes(const struct exh_secret_key *key, const void *bytes, size_t size,
                     uint8_t ret_signature[EXH_SIGNATURE_SIZE], struct exh_error *err)
{
    if (key->remote)
        return sign_elsewhere(key, bytes, size, ret_signature, err);
    crypto_sign_detached(ret_signature, NULL, bytes, size, key->ed25519);
    return true;
}

bool exh_verify_bytes(const struct exh_public_key *key, const void *bytes, size_t size,
                      const uint8_t signature[EXH_SIGNATURE_SIZE])
{
    return crypto_sign_verify_detached(signature, bytes, size, key->ed25519) == 0;
}
