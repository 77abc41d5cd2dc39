/* zip_aes: opens what WinZip's AES-256 sealed in a ZIP (AE-1 and AE-2). PBKDF2, AES and HMAC are
 * libcrypto's. WinZip's counter grows from its first byte on, libcrypto's counter mode from its last: so
 * the counting alone is done here, and blocks of counters go through AES to give the key stream.
 */
#include "parts.h"

#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY = 32,
    BLOCK = 16,
    STREAM = 16384,              /* of key stream made at once: some steps of AES pay for the calls */
    ROUNDS = 1000,               /* fixed by WinZip's form */
};

/* What PBKDF2 gives, in this order. Only byte arrays: the layout is WinZip's. */
struct keys { uint8_t cipher[KEY], mac[KEY], verifier[EXH_ZIP_AES_VERIFIER]; };
_Static_assert(sizeof(struct keys) == 66, "the layout is WinZip's");

struct exh_zip_aes {
    const struct exh_secret_text *passphrase;    /* owned by the caller */
    EVP_CIPHER *cipher;
    EVP_MAC *hmac;
    EVP_CIPHER_CTX *aes;
    EVP_MAC_CTX *mac;
    uint64_t counted;            /* blocks of key stream made for this member */
    size_t used;                 /* bytes of @stream that are used up */
    uint8_t *stream;
};

bool exh_zip_aes_new(const struct exh_secret_text *passphrase, struct exh_zip_aes **ret_aes, struct exh_error *err)
{
    EXH_CLEANUP(exh_zip_aes_freep) struct exh_zip_aes *aes = exh_alloc(sizeof *aes);

    aes->passphrase = passphrase;
    aes->stream = exh_alloc(STREAM);
    aes->cipher = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    aes->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!aes->cipher || !aes->hmac)
        return exh_fail(err, EXH_IO, "libcrypto lacks AES-256 or HMAC: install an unaltered OpenSSL 3");
    aes->aes = EVP_CIPHER_CTX_new();
    aes->mac = EVP_MAC_CTX_new(aes->hmac);
    exh_crypto_must(aes->aes && aes->mac);
    *ret_aes = exh_steal(&aes);
    return true;
}

void exh_zip_aes_freep(struct exh_zip_aes **aes)
{
    if (!*aes)
        return;
    EVP_CIPHER_CTX_free((*aes)->aes);
    EVP_MAC_CTX_free((*aes)->mac);
    EVP_CIPHER_free((*aes)->cipher);
    EVP_MAC_free((*aes)->hmac);
    sodium_memzero((*aes)->stream, STREAM);
    free((*aes)->stream);
    free(exh_steal(aes));
}

static void set_keys(struct exh_zip_aes *aes, const struct keys *keys)
{
    const OSSL_PARAM by_sha1[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA1" }, 0),
                                   OSSL_PARAM_construct_end() };

    exh_crypto_must(EVP_EncryptInit_ex2(aes->aes, aes->cipher, keys->cipher, NULL, NULL) == 1
                    && EVP_CIPHER_CTX_set_padding(aes->aes, 0) == 1
                    && EVP_MAC_init(aes->mac, keys->mac, sizeof keys->mac, by_sha1) == 1);
    aes->counted = 0;
    aes->used = STREAM;
}

bool exh_zip_aes_begin(struct exh_zip_aes *aes, const uint8_t salt[EXH_ZIP_AES_SALT],
                       const uint8_t verifier[EXH_ZIP_AES_VERIFIER])
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct keys *keys = exh_crypto_guarded(sizeof *keys);

    exh_crypto_must(aes->passphrase->size <= INT32_MAX);
    exh_crypto_must(PKCS5_PBKDF2_HMAC(aes->passphrase->bytes, (int)aes->passphrase->size, salt, EXH_ZIP_AES_SALT,
                                      ROUNDS, EVP_sha1(), sizeof *keys, (uint8_t *)keys) == 1);
    if (sodium_memcmp(keys->verifier, verifier, sizeof keys->verifier) != 0)
        return false;
    set_keys(aes, keys);
    return true;
}

/* Numbers from 1 on, each in a block, its lowest byte first, encrypted. */
static void make_stream(struct exh_zip_aes *aes)
{
    int size = 0;

    memset(aes->stream, 0, STREAM);
    for (size_t at = 0; at < STREAM; at += BLOCK) {
        uint64_t little = htole64(++aes->counted);
        memcpy(aes->stream + at, &little, sizeof little);
    }
    exh_crypto_must(EVP_EncryptUpdate(aes->aes, aes->stream, &size, aes->stream, STREAM) == 1 && size == STREAM);
    aes->used = 0;
}

static void add_stream(uint8_t *bytes, const uint8_t *stream, size_t size)
{
    for (; size >= 8; bytes += 8, stream += 8, size -= 8) {
        uint64_t a, b;
        memcpy(&a, bytes, 8);
        memcpy(&b, stream, 8);
        a ^= b;
        memcpy(bytes, &a, 8);
    }
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= stream[i];
}

void exh_zip_aes_decrypt(struct exh_zip_aes *aes, uint8_t *bytes, size_t size)
{
    exh_crypto_must(EVP_MAC_update(aes->mac, bytes, size) == 1);
    while (size) {
        if (aes->used == STREAM)
            make_stream(aes);
        size_t part = STREAM - aes->used < size ? STREAM - aes->used : size;
        add_stream(bytes, aes->stream + aes->used, part);
        aes->used += part;
        bytes += part;
        size -= part;
    }
}

bool exh_zip_aes_end(struct exh_zip_aes *aes, const uint8_t mac[EXH_ZIP_AES_MAC])
{
    uint8_t made[20];            /* of HMAC-SHA1, of which the form keeps the first half */
    size_t size = 0;

    exh_crypto_must(EVP_MAC_final(aes->mac, made, &size, sizeof made) == 1 && size == sizeof made);
    return sodium_memcmp(made, mac, EXH_ZIP_AES_MAC) == 0;
}
