/* keys: the public side of a key: OpenSSH lines and fingerprints, minisign lines. */
#include "parts.h"

#include <inttypes.h>
#include <string.h>

static const char key_type[] = "ssh-ed25519";

void exh_key_ssh_blob(const struct exh_public_key *key, struct exh_text *text)
{
    exh_wire_put(text, key_type, strlen(key_type));
    exh_wire_put(text, key->ed25519, sizeof key->ed25519);
}

bool exh_key_from_ssh_blob(const void *blob, size_t size, struct exh_public_key *ret_key)
{
    struct exh_words rest = { blob, size }, type, bytes;

    if (!exh_wire_get(&rest, &type) || !exh_words_is(type, key_type) || !exh_wire_get(&rest, &bytes)
        || bytes.size != sizeof ret_key->ed25519 || rest.size != 0)
        return false;
    *ret_key = (struct exh_public_key){ 0 };
    memcpy(ret_key->ed25519, bytes.at, sizeof ret_key->ed25519);
    return true;
}

void exh_ssh_fingerprint(const void *blob, size_t size, char ret_words[EXH_FINGERPRINT_SIZE])
{
    static const char label[] = "SHA256:";
    uint8_t digest[EXH_SHA256_SIZE];

    crypto_hash_sha256(digest, blob, size);
    memcpy(ret_words, label, strlen(label));
    sodium_bin2base64(ret_words + strlen(label), EXH_FINGERPRINT_SIZE - strlen(label), digest, sizeof digest,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

void exh_key_fingerprint(const struct exh_public_key *key, char ret_words[EXH_FINGERPRINT_SIZE])
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;

    exh_key_ssh_blob(key, &blob);
    exh_ssh_fingerprint(blob.bytes, blob.size, ret_words);
}

char *exh_key_ssh_line(const struct exh_public_key *key)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;

    exh_key_ssh_blob(key, &blob);
    EXH_CLEANUP(exh_freep) char *words = exh_base64(blob.bytes, blob.size);
    return exh_format("%s %s", key_type, words);
}

/* A key of this type is always of this size. */
enum { BLOB_SIZE = 4 + 11 + 4 + 32 };

bool exh_key_from_ssh_line(const char *line, struct exh_public_key *ret_key, struct exh_error *err)
{
    struct exh_words type = { line, strcspn(line, " \t\r\n") };
    const char *start = type.at + type.size + strspn(type.at + type.size, " \t");
    struct exh_words words = { start, strcspn(start, " \t\r\n") };
    uint8_t blob[BLOB_SIZE];

    if (!exh_words_is(type, key_type)) {
        EXH_CLEANUP(exh_freep) char *shown = exh_crypto_words_shown(type);
        return exh_fail(err, EXH_MALFORMED,
                        "'%s' is not the start of an ssh-ed25519 public key: only Ed25519 keys are used", shown);
    }
    if (!exh_crypto_unbase64(blob, sizeof blob, words))
        return exh_fail(err, EXH_MALFORMED, "ssh-ed25519 public key is damaged: its base64 is not of a key");
    if (!exh_key_from_ssh_blob(blob, sizeof blob, ret_key))
        return exh_fail(err, EXH_MALFORMED, "ssh-ed25519 public key is damaged: it does not hold what its type says");
    return true;
}

/* minisign's public key: algorithm, key number, key. */
struct minisign_public { uint8_t algorithm[2], id[8], ed25519[32]; };

char *exh_key_minisign_line(const struct exh_public_key *key)
{
    struct minisign_public form = { .algorithm = { 'E', 'd' } };

    memcpy(form.id, key->minisign_id, sizeof form.id);
    memcpy(form.ed25519, key->ed25519, sizeof form.ed25519);
    return exh_base64(&form, sizeof form);
}

char *exh_key_minisign_file(const struct exh_public_key *key)
{
    EXH_CLEANUP(exh_freep) char *line = exh_key_minisign_line(key);
    uint64_t number = 0;

    for (size_t i = sizeof key->minisign_id; i-- > 0;)
        number = number << 8 | key->minisign_id[i];
    return exh_format("untrusted comment: minisign public key %016" PRIX64 "\n%s\n", number, line);
}

bool exh_key_from_minisign_line(const char *line, struct exh_public_key *ret_key, struct exh_error *err)
{
    struct exh_words words = { line, strcspn(line, "\r\n") };
    struct minisign_public form;

    if (line[words.size + strspn(line + words.size, "\r\n")] || !exh_crypto_unbase64(&form, sizeof form, words)
        || form.algorithm[0] != 'E' || form.algorithm[1] != 'd')
        return exh_fail(err, EXH_MALFORMED,
                        "not a minisign public key: expected one line of 56 characters that begins 'RW'");
    memcpy(ret_key->minisign_id, form.id, sizeof form.id);
    memcpy(ret_key->ed25519, form.ed25519, sizeof form.ed25519);
    return true;
}
