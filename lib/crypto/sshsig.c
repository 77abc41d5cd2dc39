/* sshsig: signatures as ssh-keygen -Y and git make them (OpenSSH's PROTOCOL.sshsig). */
#include "parts.h"

#include <string.h>

static const char first_line[] = "-----BEGIN SSH SIGNATURE-----\n";
static const char last_line[] = "\n-----END SSH SIGNATURE-----";
static const char magic[] = "SSHSIG";
static const char key_type[] = "ssh-ed25519";
enum { COLUMNS = 70, LARGEST_ARMOUR = 65536, VERSION = 1, LONGEST_SHOWN = 64 };

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

static void put_words(struct exh_text *blob, const char *words)
{
    exh_wire_put(blob, words, strlen(words));
}

static void add_wrapped(struct exh_text *blob, const struct exh_text *inner)
{
    exh_wire_put(blob, inner->bytes, inner->size);
}

/* The one writing of a signature: what ssh-keygen would write. */
static char *armour(const struct exh_detached *detached)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text key = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text signature = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text file = EXH_TEXT_NONE;

    exh_text_puts(&blob, magic);
    exh_wire_put_number(&blob, VERSION);
    exh_key_ssh_blob(&detached->key, &key);
    add_wrapped(&blob, &key);
    put_words(&blob, detached->name_space);
    put_words(&blob, "");
    put_words(&blob, exh_signed_as_name(detached->as));
    put_words(&signature, key_type);
    exh_wire_put(&signature, detached->bytes, sizeof detached->bytes);
    add_wrapped(&blob, &signature);

    EXH_CLEANUP(exh_freep) char *words = exh_base64(blob.bytes, blob.size);
    exh_text_puts(&file, first_line);
    add_columns(&file, words);
    exh_text_puts(&file, last_line);
    exh_text_puts(&file, "\n");
    return exh_text_take(&file);
}

void exh_crypto_add_ssh_signed(struct exh_text *text, const struct exh_detached *detached, const void *digest,
                               size_t size)
{
    exh_text_puts(text, magic);
    put_words(text, detached->name_space);
    put_words(text, "");
    put_words(text, exh_signed_as_name(detached->as));
    exh_wire_put(text, digest, size);
}

bool exh_sign_ssh_digest(const struct exh_secret_key *key, const char *name_space, const uint8_t sha512[EXH_HASH_MOST],
                         char **ret_words, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    detached.key = key->public;
    detached.name_space = exh_strdup(name_space);
    exh_crypto_add_ssh_signed(&text, &detached, sha512, EXH_HASH_MOST);
    if (!exh_sign_bytes(key, text.bytes, text.size, detached.bytes, err))
        return false;
    *ret_words = armour(&detached);
    return true;
}

bool exh_sign_ssh(const struct exh_secret_key *key, const char *name_space, const void *bytes, size_t size,
                  char **ret_words, struct exh_error *err)
{
    uint8_t digest[EXH_HASH_MOST];

    exh_crypto_hash(EXH_SIGNED_SHA512, bytes, size, digest);
    return exh_sign_ssh_digest(key, name_space, digest, ret_words, err);
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

static bool parse_key(struct exh_words blob, struct exh_detached *detached, struct exh_error *err)
{
    struct exh_words type, bytes;

    if (!exh_wire_get(&blob, &type))
        return malformed(err, "no public key");
    if (!exh_words_is(type, key_type))
        return refused(err, "a key of type", type);
    if (!exh_wire_get(&blob, &bytes) || bytes.size != sizeof detached->key.ed25519 || blob.size != 0)
        return malformed(err, "its public key is not of its type");
    memcpy(detached->key.ed25519, bytes.at, bytes.size);
    return true;
}

/* As PROTOCOL.sshsig has it, it is never empty; ssh-keygen takes none with a NUL. */
static bool parse_name_space(struct exh_words words, struct exh_detached *detached, struct exh_error *err)
{
    if (words.size == 0 || memchr(words.at, '\0', words.size))
        return malformed(err, "its namespace is empty, or holds a NUL");
    detached->name_space = exh_strndup(words.at, words.size);
    return true;
}

static bool parse_hash(struct exh_words name, struct exh_detached *detached, struct exh_error *err)
{
    detached->as = exh_words_is(name, "sha256") ? EXH_SIGNED_SHA256 : EXH_SIGNED_SHA512;
    return exh_words_is(name, exh_signed_as_name(detached->as)) || refused(err, "the hash", name);
}

static bool parse_signature(struct exh_words blob, struct exh_detached *detached, struct exh_error *err)
{
    struct exh_words type, bytes;

    if (!exh_wire_get(&blob, &type) || !exh_words_is(type, key_type)
        || !exh_wire_get(&blob, &bytes) || bytes.size != sizeof detached->bytes || blob.size != 0)
        return malformed(err, "its signature is not of its key's type");
    memcpy(detached->bytes, bytes.at, bytes.size);
    return true;
}

static bool parse_blob(struct exh_words blob, struct exh_detached *detached, struct exh_error *err)
{
    struct exh_words key, name_space, reserved, hash, signature;
    uint32_t version;

    if (!exh_crypto_cut_prefix(&blob, magic) || !exh_wire_get_number(&blob, &version))
        return malformed(err, "it does not begin as one");
    if (version != VERSION)
        return exh_fail(err, EXH_MALFORMED, "SSH signature is of version %u, only version %d is known", version,
                        VERSION);
    if (!exh_wire_get(&blob, &key))
        return malformed(err, "no public key");
    if (!parse_key(key, detached, err))
        return false;
    if (!exh_wire_get(&blob, &name_space) || !exh_wire_get(&blob, &reserved)
        || !exh_wire_get(&blob, &hash) || !exh_wire_get(&blob, &signature))
        return malformed(err, "it is cut short");
    if (blob.size != 0)
        return malformed(err, "bytes follow its end");
    return parse_name_space(name_space, detached, err) && parse_hash(hash, detached, err)
        && parse_signature(signature, detached, err);
}

bool exh_detached_read_ssh(const char *file, size_t size, struct exh_detached *ret_detached, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;

    if (size > LARGEST_ARMOUR || !take_blob((struct exh_words){ file, size }, &blob))
        return exh_fail(err, EXH_MALFORMED,
                        "not an SSH signature: expected '-----BEGIN SSH SIGNATURE-----', base64 and an end line");
    if (!parse_blob((struct exh_words){ blob.bytes, blob.size }, &detached, err))
        return false;
    *ret_detached = detached;
    detached = (struct exh_detached)EXH_DETACHED_NONE;
    return true;
}

/* ---- checking ---- */

static bool check_writing(const struct exh_detached *detached, const char *file, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *canonical = armour(detached);

    return exh_words_is((struct exh_words){ file, size }, canonical)
        || malformed(err, "it is not written as ssh-keygen writes it");
}

static bool check_name_space(const struct exh_detached *detached, const char *name_space, struct exh_error *err)
{
    if (strcmp(detached->name_space, name_space) == 0)
        return true;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(detached->name_space, LONGEST_SHOWN);
    return exh_fail(err, EXH_NO, "SSH signature is for namespace '%s', not '%s'", shown, name_space);
}

bool exh_verify_ssh(const char *file, size_t file_size, const char *name_space, const void *bytes, size_t size,
                    bool exact, struct exh_public_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;
    uint8_t digest[EXH_HASH_MOST];

    if (!exh_detached_read_ssh(file, file_size, &detached, err)
        || (exact && !check_writing(&detached, file, file_size, err)) || !check_name_space(&detached, name_space, err))
        return false;
    size_t digest_size = exh_crypto_hash(detached.as, bytes, size, digest);
    if (!exh_detached_matches(&detached, &detached.key, digest, digest_size))
        return exh_fail(err, EXH_NO, "SSH signature does not match the bytes signed");
    *ret_key = detached.key;
    return true;
}
