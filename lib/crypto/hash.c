/* hash: the digests that signatures are over. SHA-2 is libcrypto's in bulk, BLAKE2b libsodium's, each the faster one. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

struct exh_hash {
    enum exh_signed_as as;
    EVP_MD_CTX *sha;                     /* NULL where it is BLAKE2b */
    crypto_generichash_state blake2b;
};

const char *exh_signed_as_name(enum exh_signed_as as)
{
    static const char *const names[] = { "sha256", "sha512", "blake2b-512", NULL };

    return names[as];
}

struct exh_hash *exh_hash_new(enum exh_signed_as as)
{
    struct exh_hash *hash = exh_alloc(sizeof *hash);

    exh_crypto_must(as != EXH_SIGNED_BYTES);
    hash->as = as;
    if (as == EXH_SIGNED_BLAKE2B) {
        exh_crypto_must(crypto_generichash_init(&hash->blake2b, NULL, 0, EXH_HASH_MOST) == 0);
        return hash;
    }
    hash->sha = EVP_MD_CTX_new();
    exh_crypto_must(hash->sha);
    exh_crypto_must(EVP_DigestInit_ex2(hash->sha, as == EXH_SIGNED_SHA256 ? exh_crypto_sha256() : exh_crypto_sha512(),
                                       NULL) == 1);
    return hash;
}

void exh_hash_add(struct exh_hash *hash, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (hash->sha)
        exh_crypto_must(EVP_DigestUpdate(hash->sha, bytes, size) == 1);
    else
        exh_crypto_must(crypto_generichash_update(&hash->blake2b, bytes, size) == 0);
}

size_t exh_hash_end(struct exh_hash *hash, uint8_t ret_digest[EXH_HASH_MOST])
{
    unsigned size = EXH_HASH_MOST;

    if (hash->sha)
        exh_crypto_must(EVP_DigestFinal_ex(hash->sha, ret_digest, &size) == 1);
    else
        exh_crypto_must(crypto_generichash_final(&hash->blake2b, ret_digest, size) == 0);
    return size;
}

void exh_hash_freep(struct exh_hash **hash)
{
    if (!*hash)
        return;
    EVP_MD_CTX_free((*hash)->sha);
    free(exh_steal(hash));
}

size_t exh_crypto_hash(enum exh_signed_as as, const void *bytes, size_t size, uint8_t ret_digest[EXH_HASH_MOST])
{
    if (as == EXH_SIGNED_SHA512 && !exh_crypto_is_bulk(size)) {
        exh_crypto_must(crypto_hash_sha512(ret_digest, bytes, size) == 0);
        return crypto_hash_sha512_BYTES;
    }
    EXH_CLEANUP(exh_hash_freep) struct exh_hash *hash = exh_hash_new(as);
    exh_hash_add(hash, bytes, size);
    return exh_hash_end(hash, ret_digest);
}
