/* digest: the two libraries made ready, random bytes, SHA-256. */
#include "parts.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Set once by exh_crypto_init, before any thread starts; read-only from then on. */
static struct { EVP_MD *sha256, *sha512; EVP_CIPHER *chacha; } fetched;

bool exh_crypto_init(struct exh_error *err)
{
    if (sodium_init() < 0)
        return exh_fail(err, EXH_IO, "libsodium cannot start: no source of random bytes");
    if (fetched.chacha)
        return true;
    /* The machine's openssl.cnf must not change what is computed here, nor cost time at every start. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched.sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    fetched.chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    if (!fetched.sha256 || !fetched.sha512 || !fetched.chacha)
        return exh_fail(err, EXH_IO, "libcrypto lacks SHA-256, SHA-512 or ChaCha20-Poly1305: install an unaltered OpenSSL 3");
    return true;
}

void exh_crypto_must(bool done)
{
    if (!done)
        abort();
}

const EVP_MD *exh_crypto_sha256(void)
{
    exh_crypto_must(fetched.sha256);
    return fetched.sha256;
}

const EVP_MD *exh_crypto_sha512(void)
{
    exh_crypto_must(fetched.sha512);
    return fetched.sha512;
}

const EVP_CIPHER *exh_crypto_chacha(void)
{
    exh_crypto_must(fetched.chacha);
    return fetched.chacha;
}

void exh_random(void *ret_bytes, size_t size)
{
    randombytes_buf(ret_bytes, size);
}

struct exh_sha256 { EVP_MD_CTX *context; };

static void begin(struct exh_sha256 *hash)
{
    exh_crypto_must(EVP_DigestInit_ex2(hash->context, exh_crypto_sha256(), NULL) == 1);
}

struct exh_sha256 *exh_sha256_new(void)
{
    struct exh_sha256 *hash = exh_alloc(sizeof *hash);

    hash->context = EVP_MD_CTX_new();
    exh_crypto_must(hash->context);
    begin(hash);
    return hash;
}

void exh_sha256_add(struct exh_sha256 *hash, const void *bytes, size_t size)
{
    if (size)
        exh_crypto_must(EVP_DigestUpdate(hash->context, bytes, size) == 1);
}

void exh_sha256_end(struct exh_sha256 *hash, char ret_digits[EXH_SHA256_DIGITS])
{
    uint8_t digest[EXH_SHA256_SIZE];

    exh_crypto_must(EVP_DigestFinal_ex(hash->context, digest, NULL) == 1);
    exh_hex(ret_digits, digest, sizeof digest);
    begin(hash);
}

void exh_sha256_freep(struct exh_sha256 **hash)
{
    if (!*hash)
        return;
    EVP_MD_CTX_free((*hash)->context);
    free(exh_steal(hash));
}

void exh_sha256(const void *bytes, size_t size, char ret_digits[EXH_SHA256_DIGITS])
{
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();

    exh_sha256_add(hash, bytes, size);
    exh_sha256_end(hash, ret_digits);
}

void exh_sha256_join(const void *first, size_t first_size, const void *second, size_t second_size,
                     uint8_t ret_digest[EXH_SHA256_SIZE])
{
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();

    exh_sha256_add(hash, first, first_size);
    exh_sha256_add(hash, second, second_size);
    exh_crypto_must(EVP_DigestFinal_ex(hash->context, ret_digest, NULL) == 1);
}

bool exh_digest_equal(const char *a, const char *b)
{
    size_t size = strlen(a);

    return strlen(b) == size && sodium_memcmp(a, b, size) == 0;
}
