/* secret: minisign secret key files, as minisign 0.11 writes and reads them. */
#include "parts.h"

#include <string.h>

/* The file's second line, decoded. Key number, key and checksum are XORed with a stream from scrypt
 * when there is a passphrase. Only byte arrays: the layout is the file's. */
struct sealed_part { uint8_t id[8], ed25519[64], checksum[32]; };
struct key_file {
    uint8_t algorithm[2], kdf[2], checksum_algorithm[2];
    uint8_t salt[32], operations[8], memory[8];
    struct sealed_part sealed;
};
_Static_assert(sizeof(struct key_file) == 158, "the layout is the file's");

enum {
    KEY_WORDS = (sizeof(struct key_file) + 2) / 3 * 4,
    LONGEST_COMMENT = 1000,                  /* minisign reads lines of up to 1024 bytes */
    LONGEST_PASSPHRASE = 1000,               /* and passphrases of a little more than this */
};
static const char label[] = "untrusted comment: ";
/* What a new file asks of scrypt: 64 MiB, a fraction of a second. */
static const uint64_t our_operations = 2097152, our_memory = 67108864;
/* The most that a file may ask for: what minisign itself asks for. */
static const uint64_t most_operations = 33554432, most_memory = 1073741824;

static void put_number(uint8_t ret_bytes[8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get_number(const uint8_t bytes[8])
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

static void compute_checksum(const struct key_file *form, uint8_t ret_checksum[32])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, form->algorithm, sizeof form->algorithm);
    crypto_generichash_update(&state, form->sealed.id, sizeof form->sealed.id);
    crypto_generichash_update(&state, form->sealed.ed25519, sizeof form->sealed.ed25519);
    crypto_generichash_final(&state, ret_checksum, 32);
    sodium_memzero(&state, sizeof state);
}

/* XORs the sealed part with the passphrase's stream: seals it, or opens it. */
static bool apply_passphrase(struct key_file *form, const struct exh_secret_text *passphrase, struct exh_error *err)
{
    uint64_t operations = get_number(form->operations), memory = get_number(form->memory);
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *stream = exh_crypto_guarded(sizeof form->sealed);
    uint8_t *sealed = (uint8_t *)&form->sealed;

    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof form->sealed, passphrase->bytes, passphrase->size, form->salt,
                                           operations, (size_t)memory) != 0)
        return exh_fail(err, EXH_IO, "not enough memory for the passphrase's key derivation: it needs %llu MiB",
                        (unsigned long long)(memory >> 20));
    for (size_t i = 0; i < sizeof form->sealed; i++)
        sealed[i] ^= stream[i];
    return true;
}

/* ---- writing ---- */

static bool check_words(const char *comment, const struct exh_secret_text *passphrase, struct exh_error *err)
{
    if (strpbrk(comment, "\r\n") || strlen(comment) > LONGEST_COMMENT)
        return exh_fail(err, EXH_USAGE, "comment of a key must be one line of at most %d bytes", LONGEST_COMMENT);
    if (!passphrase)
        return true;
    if (passphrase->size == 0)
        return exh_fail(err, EXH_USAGE, "passphrase is empty: give one, or say that the key is to have none");
    if (passphrase->size > LONGEST_PASSPHRASE)
        return exh_fail(err, EXH_USAGE, "passphrase is longer than %d bytes", LONGEST_PASSPHRASE);
    if (memchr(passphrase->bytes, '\n', passphrase->size) || memchr(passphrase->bytes, '\0', passphrase->size))
        return exh_fail(err, EXH_USAGE, "passphrase holds a line end or a NUL, which minisign could not be given");
    return true;
}

static void fill_form(struct key_file *form, const struct exh_secret_key *key)
{
    memcpy(form->algorithm, "Ed", 2);
    memcpy(form->checksum_algorithm, "B2", 2);
    memcpy(form->sealed.id, key->public.minisign_id, sizeof form->sealed.id);
    memcpy(form->sealed.ed25519, key->ed25519, sizeof form->sealed.ed25519);
    compute_checksum(form, form->sealed.checksum);
}

static bool lock_form(struct key_file *form, const struct exh_secret_text *passphrase, struct exh_error *err)
{
    memcpy(form->kdf, "Sc", 2);
    randombytes_buf(form->salt, sizeof form->salt);
    put_number(form->operations, our_operations);
    put_number(form->memory, our_memory);
    return apply_passphrase(form, passphrase, err);
}

bool exh_secret_key_write(const struct exh_secret_key *key, const char *comment,
                          const struct exh_secret_text *passphrase, struct exh_secret_text **ret_file,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct key_file *form = exh_crypto_guarded(sizeof *form);

    if (key->remote)
        return exh_fail(err, EXH_REFUSED, "the secret half of the key is held elsewhere; it cannot be written to a file");
    if (!check_words(comment, passphrase, err))
        return false;
    fill_form(form, key);
    if (passphrase && !lock_form(form, passphrase, err))
        return false;

    EXH_CLEANUP(exh_freep) char *first = exh_format("%s%s\n", label, comment);
    size_t size = strlen(first);
    struct exh_secret_text *file = exh_secret_text_room(size + KEY_WORDS + 1);
    memcpy(file->bytes, first, size);
    sodium_bin2base64(file->bytes + size, KEY_WORDS + 1, (const uint8_t *)form, sizeof *form,
                      sodium_base64_VARIANT_ORIGINAL);
    file->bytes[size + KEY_WORDS] = '\n';
    *ret_file = file;
    return true;
}

/* ---- reading ---- */

static bool parse_file(const struct exh_secret_text *file, struct key_file *form, struct exh_words *ret_comment)
{
    struct exh_words rest = { file->bytes, file->size }, comment, words;

    if (!exh_crypto_next_line(&rest, &comment) || comment.size > 1024 || !exh_crypto_cut_prefix(&comment, label)
        || !exh_crypto_next_line(&rest, &words) || !exh_crypto_unbase64(form, sizeof *form, words))
        return false;
    *ret_comment = comment;
    return true;
}

static bool is_locked(const struct key_file *form)
{
    return memcmp(form->kdf, "Sc", 2) == 0;
}

bool exh_secret_key_is_locked(const struct exh_secret_text *file)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct key_file *form = exh_crypto_guarded(sizeof *form);
    struct exh_words comment;

    return parse_file(file, form, &comment) && is_locked(form);
}

static bool check_form(const struct key_file *form, struct exh_error *err)
{
    static const uint8_t no_kdf[2];

    if (memcmp(form->algorithm, "Ed", 2) != 0 || memcmp(form->checksum_algorithm, "B2", 2) != 0
        || (!is_locked(form) && memcmp(form->kdf, no_kdf, 2) != 0))
        return exh_fail(err, EXH_MALFORMED, "secret key file is of a form that minisign 0.11 does not write");
    if (get_number(form->memory) > most_memory || get_number(form->operations) > most_operations)
        return exh_fail(err, EXH_MALFORMED, "secret key file asks for more memory or time than any minisign key does");
    return true;
}

/* minisign -W leaves the checksum of a key without a passphrase empty. */
static bool checksum_holds(const struct key_file *form)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) uint8_t *checksum = exh_crypto_guarded(32);

    if (!is_locked(form) && sodium_is_zero(form->sealed.checksum, 32))
        return true;
    compute_checksum(form, checksum);
    return sodium_memcmp(checksum, form->sealed.checksum, 32) == 0;
}

static bool unlock_form(struct key_file *form, const struct exh_secret_text *passphrase, struct exh_error *err)
{
    if (is_locked(form)) {
        if (!passphrase)
            return exh_fail(err, EXH_REFUSED, "secret key needs its passphrase");
        if (!apply_passphrase(form, passphrase, err))
            return false;
        if (!checksum_holds(form))
            return exh_fail(err, EXH_REFUSED, "wrong passphrase for the secret key, or its file is damaged");
    } else if (!checksum_holds(form)) {
        return exh_fail(err, EXH_MALFORMED, "secret key file is damaged: its checksum fails");
    }
    return true;
}

/* Takes the key out. The public half stands in the file too: a file in which the halves differ would
 * sign so that the secret half can be worked out from the signatures. */
static bool take_key(const struct key_file *form, struct exh_secret_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_crypto_guarded(sizeof *key);

    exh_crypto_must(crypto_sign_seed_keypair(key->public.ed25519, key->ed25519, form->sealed.ed25519) == 0);
    if (sodium_memcmp(key->ed25519, form->sealed.ed25519, sizeof key->ed25519) != 0)
        return exh_fail(err, EXH_MALFORMED, "secret key file is damaged: its public half belongs to another key");
    memcpy(key->public.minisign_id, form->sealed.id, sizeof key->public.minisign_id);
    exh_crypto_key_settle(key);
    *ret_key = exh_steal(&key);
    return true;
}

bool exh_secret_key_read(const struct exh_secret_text *file, const struct exh_secret_text *passphrase,
                         struct exh_secret_key **ret_key, char **ret_comment, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_guarded_freep) struct key_file *form = exh_crypto_guarded(sizeof *form);
    struct exh_words comment;

    if (!parse_file(file, form, &comment))
        return exh_fail(err, EXH_MALFORMED,
                        "not a minisign secret key file: expected a line 'untrusted comment: ...' and one of base64");
    if (!check_form(form, err) || !unlock_form(form, passphrase, err) || !take_key(form, ret_key, err))
        return false;
    if (ret_comment)
        *ret_comment = exh_strndup(comment.at, comment.size);
    return true;
}
