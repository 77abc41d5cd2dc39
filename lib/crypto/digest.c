/* digest: the two libraries made ready, random bytes, SHA-256. */
#include "parts.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

bool exh_crypto_init(struct exh_error *err)
{
    if (sodium_init() < 0)
        return exh_fail(err, EXH_IO, "libsodium cannot start: no source of random bytes");
    /* The machine's openssl.cnf must not change what is computed here; what libcrypto would tidy up at the end is the kernel's
     * to take back. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
    return true;
}

void exh_crypto_must(bool done)
{
    if (!done)
        abort();
}

/* ---- what libcrypto computes, each fetched when it is first needed ---- */

static struct { EVP_MD *sha256, *sha512; EVP_CIPHER *chacha; } fetched;

static void fetch_digests(void)
{
    fetched.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched.sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    exh_crypto_must(fetched.sha256 && fetched.sha512);
}

static void fetch_cipher(void)
{
    fetched.chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    exh_crypto_must(fetched.chacha);
}

static pthread_once_t digests_once = PTHREAD_ONCE_INIT, cipher_once = PTHREAD_ONCE_INIT;

const EVP_MD *exh_crypto_sha256(void)
{
    pthread_once(&digests_once, fetch_digests);
    return fetched.sha256;
}

const EVP_MD *exh_crypto_sha512(void)
{
    pthread_once(&digests_once, fetch_digests);
    return fetched.sha512;
}

const EVP_CIPHER *exh_crypto_chacha(void)
{
    pthread_once(&cipher_once, fetch_cipher);
    return fetched.chacha;
}

/* Fetching takes libcrypto as long as libsodium takes for half a megabyte: a command that hashes less never asks it. */
bool exh_crypto_is_bulk(size_t size)
{
    enum { WORTH = 512 << 10 };
    static atomic_size_t hashed;

    return atomic_load_explicit(&hashed, memory_order_relaxed) >= WORTH
        || size >= WORTH || atomic_fetch_add_explicit(&hashed, size, memory_order_relaxed) >= WORTH;
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
    uint8_t digest[EXH_SHA256_SIZE];

    exh_sha256_join(bytes, size, NULL, 0, digest);
    exh_hex(ret_digits, digest, sizeof digest);
}

static void join_small(const void *first, size_t first_size, const void *second, size_t second_size, uint8_t ret_digest[EXH_SHA256_SIZE])
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    if (first_size)
        crypto_hash_sha256_update(&state, first, first_size);
    if (second_size)
        crypto_hash_sha256_update(&state, second, second_size);
    crypto_hash_sha256_final(&state, ret_digest);
}

void exh_sha256_join(const void *first, size_t first_size, const void *second, size_t second_size,
                     uint8_t ret_digest[EXH_SHA256_SIZE])
{
    if (!exh_crypto_is_bulk(first_size + second_size)) {
        join_small(first, first_size, second, second_size, ret_digest);
        return;
    }
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
