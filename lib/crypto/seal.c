/* seal: short texts under a symmetric key: XChaCha20-Poly1305, whose nonces may be random. */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY_WORDS = (KEY + 2) / 3 * 4,
};

struct exh_seal_key { uint8_t bytes[KEY]; };
static_assert((int)KEY == (int)crypto_auth_hmacsha256_KEYBYTES, "a sealing key is as long as one of HMAC-SHA256");

struct exh_seal_key *exh_seal_key_new(void)
{
    struct exh_seal_key *key = exh_crypto_guarded(sizeof *key);

    crypto_aead_xchacha20poly1305_ietf_keygen(key->bytes);
    return key;
}

void exh_seal_key_freep(struct exh_seal_key **key)
{
    exh_crypto_guarded_freep(key);
}

struct exh_secret_text *exh_seal_key_write(const struct exh_seal_key *key)
{
    struct exh_secret_text *file = exh_secret_text_room(KEY_WORDS + 1);

    sodium_bin2base64(file->bytes, KEY_WORDS + 1, key->bytes, KEY, sodium_base64_VARIANT_ORIGINAL);
    file->bytes[KEY_WORDS] = '\n';
    return file;
}

bool exh_seal_key_read(const struct exh_secret_text *file, struct exh_seal_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_crypto_guarded(sizeof *key);

    if (file->size != KEY_WORDS + 1 || file->bytes[KEY_WORDS] != '\n'
        || !exh_crypto_unbase64(key->bytes, KEY, (struct exh_words){ file->bytes, KEY_WORDS }))
        return exh_fail(err, EXH_MALFORMED, "not a sealing key: expected one line of %d characters of base64",
                        KEY_WORDS);
    *ret_key = exh_steal(&key);
    return true;
}

void exh_seal_key_digest(const struct exh_seal_key *key, const void *bytes, size_t size, char ret_digits[EXH_SHA256_DIGITS])
{
    uint8_t digest[crypto_auth_hmacsha256_BYTES];

    crypto_auth_hmacsha256(digest, bytes, size, key->bytes);
    exh_hex(ret_digits, digest, sizeof digest);
}

char *exh_seal_text(const struct exh_seal_key *key, const void *context, size_t context_size, const void *bytes,
                    size_t size)
{
    exh_crypto_must(size <= SIZE_MAX - NONCE - TAG);
    EXH_CLEANUP(exh_freep) uint8_t *sealed = exh_alloc(NONCE + size + TAG);

    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, bytes, size, context, context_size, NULL, sealed,
                                               key->bytes);
    return exh_base64(sealed, NONCE + size + TAG);
}

/* A sealed text, decoded: nonce, then ciphertext with tag. */
struct sealed { uint8_t *bytes; size_t size; };

static void clear_sealed(struct sealed *sealed)
{
    free(sealed->bytes);
}

static bool decode(const char *words, struct sealed *ret_sealed, struct exh_error *err)
{
    size_t size = strlen(words), room = size / 4 * 3;

    ret_sealed->bytes = exh_alloc(room);
    if (exh_unbase64_any(ret_sealed->bytes, room, &ret_sealed->size, words, size) && ret_sealed->size >= NONCE + TAG)
        return true;
    return exh_fail(err, EXH_NO, "sealed text is damaged: it is not base64 of one");
}

static size_t plain_size(const struct sealed *sealed)
{
    return sealed->size - NONCE - TAG;
}

/* @ret_plain has room for plain_size. */
static bool open_sealed(const struct exh_seal_key *key, const void *context, size_t context_size,
                        const struct sealed *sealed, char *ret_plain, struct exh_error *err)
{
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)ret_plain, NULL, NULL, sealed->bytes + NONCE,
                                                   sealed->size - NONCE, context, context_size, sealed->bytes,
                                                   key->bytes) == 0)
        return true;
    return exh_fail(err, EXH_NO, "sealed text does not open: it is under another key, in another place, or was altered");
}

bool exh_unseal_text(const struct exh_seal_key *key, const void *context, size_t context_size, const char *words,
                     char **ret_bytes, size_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(clear_sealed) struct sealed sealed = { NULL, 0 };

    if (!decode(words, &sealed, err))
        return false;
    EXH_CLEANUP(exh_freep) char *plain = exh_alloc(plain_size(&sealed) + 1);
    if (!open_sealed(key, context, context_size, &sealed, plain, err))
        return false;
    *ret_bytes = exh_steal(&plain);
    *ret_size = plain_size(&sealed);
    return true;
}

bool exh_seal_key_unwrap(const struct exh_seal_key *wrapping, const void *context, size_t context_size,
                         const char *words, struct exh_seal_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(clear_sealed) struct sealed sealed = { NULL, 0 };

    if (!decode(words, &sealed, err))
        return false;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *plain = exh_secret_text_room(plain_size(&sealed));
    return open_sealed(wrapping, context, context_size, &sealed, plain->bytes, err)
        && exh_seal_key_read(plain, ret_key, err);
}
