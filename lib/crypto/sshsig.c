/* sshsig: signatures as ssh-keygen -Y and git make them (OpenSSH's PROTOCOL.sshsig). */
#include "parts.h"

#include <string.h>

static const char first_line[] = "-----BEGIN SSH SIGNATURE-----\n";
static const char last_line[] = "\n-----END SSH SIGNATURE-----";
static const char magic[] = "SSHSIG";
static const char key_type[] = "ssh-ed25519";
enum { COLUMNS = 70, LARGEST_ARMOUR = 65536, VERSION = 1 };

/* A signature file, taken apart; words point into the decoded blob. */
struct parts {
    struct exh_public_key key;
    struct exh_words name_space;
    const char *hash;                    /* "sha512" or "sha256" */
    const uint8_t *signature;            /* crypto_sign_BYTES */
};

/* ---- writing ---- */

static void add_columns(struct exh_text *text, const char *words)
{
    size_t size = strlen(words);

    for (size_t i = 0; i < size; i += COLUMNS) {
        exh_text_add(text, words + i, size - i < COLUMNS ? size - i : COLUMNS);
        if (size - i > COLUMNS)
            exh_text_puts(text, "\n");
    }
}

static void add_wrapped(struct exh_text *blob, const struct exh_text *inner)
{
    exh_wire_put(blob, inner->bytes, inner->size);
}

/* The one writing of a signature: what ssh-keygen would write. */
static char *armour(const struct parts *parts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text key = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text signature = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text file = EXH_TEXT_NONE;

    exh_text_puts(&blob, magic);
    exh_wire_put_number(&blob, VERSION);
    exh_key_ssh_blob(&parts->key, &key);
    add_wrapped(&blob, &key);
    exh_wire_put(&blob, parts->name_space.at, parts->name_space.size);
    exh_wire_put(&blob, "", 0);
    exh_wire_put(&blob, parts->hash, strlen(parts->hash));
    exh_wire_put(&signature, key_type, strlen(key_type));
    exh_wire_put(&signature, parts->signature, crypto_sign_BYTES);
    add_wrapped(&blob, &signature);

    EXH_CLEANUP(exh_freep) char *words = exh_base64(blob.bytes, blob.size);
    exh_text_puts(&file, first_line);
    add_columns(&file, words);
    exh_text_puts(&file, last_line);
    exh_text_puts(&file, "\n");
    return exh_text_take(&file);
}

/* What the key signs: namespace and hash of the message, never the message itself. */
static void add_signed_bytes(struct exh_text *text, const struct parts *parts, const void *bytes, size_t size)
{
    uint8_t digest[crypto_hash_sha512_BYTES];
    bool is_sha256 = strcmp(parts->hash, "sha256") == 0;

    if (is_sha256)
        crypto_hash_sha256(digest, bytes, size);
    else
        crypto_hash_sha512(digest, bytes, size);
    exh_text_puts(text, magic);
    exh_wire_put(text, parts->name_space.at, parts->name_space.size);
    exh_wire_put(text, "", 0);
    exh_wire_put(text, parts->hash, strlen(parts->hash));
    exh_wire_put(text, digest, is_sha256 ? crypto_hash_sha256_BYTES : crypto_hash_sha512_BYTES);
}

bool exh_sign_ssh(const struct exh_secret_key *key, const char *name_space, const void *bytes, size_t size,
                  char **ret_words, struct exh_error *err)
{
    uint8_t signature[crypto_sign_BYTES];
    struct parts parts = { key->public, { name_space, strlen(name_space) }, "sha512", signature };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    add_signed_bytes(&text, &parts, bytes, size);
    if (!exh_crypto_sign(key, text.bytes, text.size, signature, err))
        return false;
    *ret_words = armour(&parts);
    return true;
}

/* ---- reading ---- */

/* Takes the blob out of the armour. As ssh-keygen does: the first line must stand first, white space
 * inside is passed over, what follows the last line is ignored. */
static bool take_blob(struct exh_words file, struct exh_text *blob)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    if (!exh_crypto_cut_prefix(&file, first_line))
        return false;
    const char *end = memmem(file.at, file.size, last_line, strlen(last_line));
    if (!end)
        return false;
    for (const char *c = file.at; c < end; c++)
        if (!strchr(" \t\r\n", *c) || !*c)
            exh_text_add(&words, c, 1);
    if (words.size == 0)
        return false;
    blob->capacity = words.size;
    blob->bytes = exh_alloc(blob->capacity);
    return exh_unbase64_any(blob->bytes, blob->capacity, &blob->size, words.bytes, words.size);
}

static bool malformed(struct exh_error *err, const char *what)
{
    return exh_fail(err, EXH_MALFORMED, "SSH signature is damaged: %s", what);
}

static bool refused(struct exh_error *err, const char *what, struct exh_words name)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_crypto_words_shown(name);

    return exh_fail(err, EXH_REFUSED,
                    "SSH signature is by %s '%s': only ssh-ed25519 with sha512 or sha256 is checked here, "
                    "use ssh-keygen -Y verify", what, shown);
}

static bool parse_key(struct exh_words blob, struct parts *parts, struct exh_error *err)
{
    struct exh_words rest = blob, type;

    if (!exh_wire_get(&rest, &type))
        return malformed(err, "no public key");
    if (!exh_words_is(type, key_type))
        return refused(err, "a key of type", type);
    return exh_key_from_ssh_blob(blob.at, blob.size, &parts->key)
        || malformed(err, "its public key is not of its type");
}

static bool parse_hash(struct exh_words name, struct parts *parts, struct exh_error *err)
{
    parts->hash = exh_words_is(name, "sha512") ? "sha512"
                : exh_words_is(name, "sha256") ? "sha256" : NULL;
    return parts->hash || refused(err, "the hash", name);
}

static bool parse_signature(struct exh_words blob, struct parts *parts, struct exh_error *err)
{
    struct exh_words type, bytes;

    if (!exh_wire_get(&blob, &type) || !exh_words_is(type, key_type)
        || !exh_wire_get(&blob, &bytes) || bytes.size != crypto_sign_BYTES || blob.size != 0)
        return malformed(err, "its signature is not of its key's type");
    parts->signature = (const uint8_t *)bytes.at;
    return true;
}

static bool parse_blob(struct exh_words blob, struct parts *parts, struct exh_error *err)
{
    struct exh_words key, reserved, hash, signature;
    uint32_t version;

    if (!exh_crypto_cut_prefix(&blob, magic) || !exh_wire_get_number(&blob, &version))
        return malformed(err, "it does not begin as one");
    if (version != VERSION)
        return exh_fail(err, EXH_MALFORMED, "SSH signature is of version %u, only version %d is known", version,
                        VERSION);
    if (!exh_wire_get(&blob, &key))
        return malformed(err, "no public key");
    if (!parse_key(key, parts, err))
        return false;
    if (!exh_wire_get(&blob, &parts->name_space) || !exh_wire_get(&blob, &reserved)
        || !exh_wire_get(&blob, &hash) || !exh_wire_get(&blob, &signature))
        return malformed(err, "it is cut short");
    if (blob.size != 0)
        return malformed(err, "bytes follow its end");
    return parse_hash(hash, parts, err) && parse_signature(signature, parts, err);
}

static bool check_signature(const struct parts *parts, const char *name_space, const void *bytes, size_t size,
                            struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    if (!exh_words_is(parts->name_space, name_space)) {
        EXH_CLEANUP(exh_freep) char *shown = exh_crypto_words_shown(parts->name_space);
        return exh_fail(err, EXH_NO, "SSH signature is for namespace '%s', not '%s'", shown, name_space);
    }
    add_signed_bytes(&text, parts, bytes, size);
    if (crypto_sign_verify_detached(parts->signature, (const uint8_t *)text.bytes, text.size, parts->key.ed25519) != 0)
        return exh_fail(err, EXH_NO, "SSH signature does not match the bytes signed");
    return true;
}

bool exh_verify_ssh(const char *file, size_t file_size, const char *name_space, const void *bytes, size_t size,
                    bool exact, struct exh_public_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;
    struct parts parts = { 0 };

    if (file_size > LARGEST_ARMOUR || !take_blob((struct exh_words){ file, file_size }, &blob))
        return exh_fail(err, EXH_MALFORMED,
                        "not an SSH signature: expected '-----BEGIN SSH SIGNATURE-----', base64 and an end line");
    if (!parse_blob((struct exh_words){ blob.bytes, blob.size }, &parts, err))
        return false;
    if (exact) {
        EXH_CLEANUP(exh_freep) char *canonical = armour(&parts);
        if (!exh_words_is((struct exh_words){ file, file_size }, canonical))
            return malformed(err, "it is not written as ssh-keygen writes it");
    }
    if (!check_signature(&parts, name_space, bytes, size, err))
        return false;
    *ret_key = parts.key;
    return true;
}
