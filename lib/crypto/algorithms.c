/* algorithms: digests of several algorithms over bytes that are read once. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *name, *fetched_as; size_t size; } algorithms[EXH_ALGORITHMS] = {
    [EXH_MD5] = { "md5", "MD5", 16 },          [EXH_SHA1] = { "sha1", "SHA1", 20 },
    [EXH_SHA224] = { "sha224", "SHA224", 28 }, [EXH_SHA256] = { "sha256", "SHA256", 32 },
    [EXH_SHA384] = { "sha384", "SHA384", 48 }, [EXH_SHA512] = { "sha512", "SHA512", 64 },
};

const char *exh_algorithm_name(enum exh_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

size_t exh_algorithm_size(enum exh_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

bool exh_algorithm_find(const char *name, enum exh_algorithm *ret_algorithm)
{
    for (size_t i = 0; i < EXH_ALGORITHMS; i++) {
        if (strcmp(algorithms[i].name, name) != 0)
            continue;
        EVP_MD *given = EVP_MD_fetch(NULL, algorithms[i].fetched_as, NULL);
        bool found = given != NULL;
        EVP_MD_free(given);
        if (found)
            *ret_algorithm = (enum exh_algorithm)i;
        return found;
    }
    return false;
}

/* Fetched at its first use: a command that needs no foreign digests pays for none. */
struct exh_digests {
    struct { EVP_MD *algorithm; EVP_MD_CTX *context; } each[EXH_ALGORITHMS];
    unsigned begun;
};

struct exh_digests *exh_digests_new(void)
{
    return exh_alloc(sizeof(struct exh_digests));
}

static void begin_one(struct exh_digests *digests, size_t i)
{
    if (!digests->each[i].context) {
        digests->each[i].algorithm = EVP_MD_fetch(NULL, algorithms[i].fetched_as, NULL);
        digests->each[i].context = EVP_MD_CTX_new();
        exh_crypto_must(digests->each[i].algorithm && digests->each[i].context);
    }
    exh_crypto_must(EVP_DigestInit_ex2(digests->each[i].context, digests->each[i].algorithm, NULL) == 1);
}

void exh_digests_begin(struct exh_digests *digests, unsigned set)
{
    for (size_t i = 0; i < EXH_ALGORITHMS; i++)
        if (set & 1u << i)
            begin_one(digests, i);
    digests->begun = set;
}

void exh_digests_add(struct exh_digests *digests, const void *bytes, size_t size)
{
    for (size_t i = 0; i < EXH_ALGORITHMS && size; i++)
        if (digests->begun & 1u << i)
            exh_crypto_must(EVP_DigestUpdate(digests->each[i].context, bytes, size) == 1);
}

void exh_digests_end(struct exh_digests *digests, uint8_t ret_digests[EXH_ALGORITHMS][EXH_DIGEST_MOST])
{
    for (size_t i = 0; i < EXH_ALGORITHMS; i++)
        if (digests->begun & 1u << i)
            exh_crypto_must(EVP_DigestFinal_ex(digests->each[i].context, ret_digests[i], NULL) == 1);
    digests->begun = 0;
}

void exh_digests_freep(struct exh_digests **digests)
{
    if (!*digests)
        return;
    for (size_t i = 0; i < EXH_ALGORITHMS; i++) {
        EVP_MD_CTX_free((*digests)->each[i].context);
        EVP_MD_free((*digests)->each[i].algorithm);
    }
    free(exh_steal(digests));
}
