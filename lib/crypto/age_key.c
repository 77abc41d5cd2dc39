/* age_key: an age file's key: wrapped for X25519 recipients or a passphrase, the header's MAC, the payload's cipher. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

enum { BULK_NONCE = 12 };

struct hmac { crypto_auth_hmacsha256_state state; };

static void wipe_hmac(struct hmac *hmac)
{
    sodium_memzero(hmac, sizeof *hmac);
}

static void hmac_sha256(const uint8_t *key, size_t key_size, const void *first, size_t first_size, const void *second,
                        size_t second_size, uint8_t ret_mac[32])
{
    EXH_CLEANUP(wipe_hmac) struct hmac hmac;

    crypto_auth_hmacsha256_init(&hmac.state, key, key_size);
    crypto_auth_hmacsha256_update(&hmac.state, first, first_size);
    crypto_auth_hmacsha256_update(&hmac.state, second, second_size);
    crypto_auth_hmacsha256_final(&hmac.state, ret_mac);
}

/* HKDF-SHA256 (RFC 5869) of one block. */
static void derive(const uint8_t *secret, size_t secret_size, const uint8_t *salt, size_t salt_size, const char *info,
                   uint8_t ret_key[32])
{
    static const uint8_t block = 1;
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *extracted = exh_crypto_guarded(32);

    hmac_sha256(salt, salt_size, secret, secret_size, "", 0, extracted);
    hmac_sha256(extracted, 32, info, strlen(info), &block, 1, ret_key);
}

struct exchange { uint8_t ephemeral[32], shared[32], wrapping[32]; };

static void derive_wrapping(struct exchange *exchange, const uint8_t share[32], const struct exh_recipient *recipient)
{
    uint8_t salt[64];

    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient->x25519, 32);
    derive(exchange->shared, 32, salt, sizeof salt, "age-encryption.org/v1/X25519", exchange->wrapping);
}

/* Each wrapping key is used once, so its nonce may be zero. */
static const uint8_t no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

bool exh_crypto_age_wrap(const uint8_t file_key[AGE_FILE_KEY], const struct exh_recipient *recipient,
                         struct exh_age_stanza *ret_stanza)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct exchange *exchange = exh_crypto_guarded(sizeof *exchange);

    randombytes_buf(exchange->ephemeral, sizeof exchange->ephemeral);
    exh_crypto_must(crypto_scalarmult_base(ret_stanza->share, exchange->ephemeral) == 0);
    if (crypto_scalarmult(exchange->shared, exchange->ephemeral, recipient->x25519) != 0)
        return false;
    derive_wrapping(exchange, ret_stanza->share, recipient);
    crypto_aead_chacha20poly1305_ietf_encrypt(ret_stanza->body, NULL, file_key, AGE_FILE_KEY, NULL, 0, NULL, no_nonce,
                                              exchange->wrapping);
    return true;
}

static bool unwrap(const uint8_t body[AGE_BODY], const uint8_t wrapping[32], uint8_t ret_file_key[AGE_FILE_KEY])
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(ret_file_key, NULL, NULL, body, AGE_BODY, NULL, 0, no_nonce,
                                                     wrapping) == 0;
}

enum exh_age_unwrapped exh_crypto_age_unwrap(const struct exh_age_stanza *stanza, const struct exh_age_one *identity,
                                             uint8_t ret_file_key[AGE_FILE_KEY])
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct exchange *exchange = exh_crypto_guarded(sizeof *exchange);

    if (crypto_scalarmult(exchange->shared, identity->secret, stanza->share) != 0)
        return AGE_LOW_ORDER;
    derive_wrapping(exchange, stanza->share, &identity->public);
    return unwrap(stanza->body, exchange->wrapping, ret_file_key) ? AGE_OPENED : AGE_NOT_FOR_THIS;
}

bool exh_crypto_age_unlock(const struct exh_age_lock *lock, const struct exh_secret_text *passphrase,
                           uint8_t ret_file_key[AGE_FILE_KEY], bool *ret_opened, struct exh_error *err)
{
    static const char label[] = "age-encryption.org/v1/scrypt";
    enum { LABEL = sizeof label - 1, BLOCKS = 8, LANES = 1 };
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *wrapping = exh_crypto_guarded(32);
    uint8_t salt[LABEL + AGE_SALT];

    memcpy(salt, label, LABEL);
    memcpy(salt + LABEL, lock->salt, AGE_SALT);
    if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase->bytes, passphrase->size, salt, sizeof salt,
                                              (uint64_t)1 << lock->work, BLOCKS, LANES, wrapping, 32) != 0)
        return exh_fail_os(err, "cannot derive the key of the age file's passphrase: it needs %llu KiB of memory",
                           1ULL << lock->work);
    *ret_opened = unwrap(lock->body, wrapping, ret_file_key);
    return true;
}

void exh_crypto_age_mac(const uint8_t file_key[AGE_FILE_KEY], const void *header, size_t size, uint8_t ret_mac[32])
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *key = exh_crypto_guarded(32);

    derive(file_key, AGE_FILE_KEY, (const uint8_t *)"", 0, "header", key);
    hmac_sha256(key, 32, header, size, "", 0, ret_mac);
}

/* ---- the payload ---- */

struct exh_age_cipher { EVP_CIPHER_CTX *context; };      /* holds the key; libcrypto wipes it */

struct exh_age_cipher *exh_crypto_age_cipher_new(const uint8_t file_key[AGE_FILE_KEY], const uint8_t nonce[AGE_NONCE],
                                                 bool sealing)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *key = exh_crypto_guarded(32);
    struct exh_age_cipher *cipher = exh_alloc(sizeof *cipher);

    derive(file_key, AGE_FILE_KEY, nonce, AGE_NONCE, "payload", key);
    cipher->context = EVP_CIPHER_CTX_new();
    exh_crypto_must(cipher->context);
    exh_crypto_must(EVP_CipherInit_ex2(cipher->context, exh_crypto_chacha(), key, NULL, sealing, NULL) == 1);
    return cipher;
}

void exh_crypto_age_cipher_freep(struct exh_age_cipher **cipher)
{
    if (!*cipher)
        return;
    EVP_CIPHER_CTX_free((*cipher)->context);
    free(exh_steal(cipher));
}

/* STREAM's nonce: 11 bytes of counter, one that marks the last chunk. The key stays as it is. */
static void begin_chunk(struct exh_age_cipher *cipher, uint64_t number, bool last)
{
    uint8_t nonce[BULK_NONCE] = { 0 };

    for (int i = 0; i < 8; i++)
        nonce[10 - i] = (uint8_t)(number >> 8 * i);
    nonce[11] = last;
    exh_crypto_must(EVP_CipherInit_ex2(cipher->context, NULL, NULL, nonce, -1, NULL) == 1);
}

static void run(struct exh_age_cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    int done = 0;

    if (size)
        exh_crypto_must(EVP_CipherUpdate(cipher->context, out, &done, in, (int)size) == 1 && (size_t)done == size);
}

void exh_crypto_age_seal(struct exh_age_cipher *cipher, uint64_t number, const uint8_t *plain, size_t size, bool last,
                         uint8_t *ret_sealed)
{
    int none = 0;

    begin_chunk(cipher, number, last);
    run(cipher, plain, size, ret_sealed);
    exh_crypto_must(EVP_CipherFinal_ex(cipher->context, ret_sealed + size, &none) == 1
                    && EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_GET_TAG, AGE_TAG, ret_sealed + size) == 1);
}

bool exh_crypto_age_open(struct exh_age_cipher *cipher, uint64_t number, const uint8_t *sealed, size_t size, bool last,
                         uint8_t *ret_plain)
{
    size_t plain = size - AGE_TAG;
    uint8_t tag[AGE_TAG];
    int none = 0;

    memcpy(tag, sealed + plain, AGE_TAG);
    begin_chunk(cipher, number, last);
    exh_crypto_must(EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_TAG, AGE_TAG, tag) == 1);
    run(cipher, sealed, plain, ret_plain);
    return EVP_CipherFinal_ex(cipher->context, ret_plain + plain, &none) == 1;
}
