/* minisign: signature files as minisign 0.11 writes them, and the legacy ones it still reads. */
#include "parts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const char untrusted_label[] = "untrusted comment: ", trusted_label[] = "trusted comment: ";
/* minisign's own limits, labels and line ends included. */
enum { LONGEST_UNTRUSTED = 1023, LONGEST_TRUSTED = 8191, LARGEST_FILE = 65536 };

/* Only byte arrays: the layout is the file's. */
struct signature { uint8_t algorithm[2], id[8], bytes[crypto_sign_BYTES]; };
_Static_assert(sizeof(struct signature) == 74, "the layout is the file's");

/* A signature file, taken apart; words point into it. */
struct parts {
    struct exh_words untrusted, trusted;
    struct signature signature;
    uint8_t global[crypto_sign_BYTES];       /* over signature and trusted comment */
};

static bool is_hashed(const struct parts *parts)
{
    return memcmp(parts->signature.algorithm, "ED", 2) == 0;
}

static void hash_message(uint8_t ret_digest[64], const void *bytes, size_t size)
{
    crypto_generichash(ret_digest, 64, bytes, size, NULL, 0);
}

static void add_global_bytes(struct exh_text *text, const struct parts *parts)
{
    exh_text_add(text, parts->signature.bytes, sizeof parts->signature.bytes);
    exh_text_add(text, parts->trusted.at, parts->trusted.size);
}

/* ---- writing ---- */

/* The one writing of a signature. */
static char *write_parts(const struct parts *parts)
{
    EXH_CLEANUP(exh_freep) char *signature = exh_base64(&parts->signature, sizeof parts->signature);
    EXH_CLEANUP(exh_freep) char *global = exh_base64(parts->global, sizeof parts->global);

    return exh_format("%s%.*s\n%s\n%s%.*s\n%s\n",
                      untrusted_label, (int)parts->untrusted.size, parts->untrusted.at, signature,
                      trusted_label, (int)parts->trusted.size, parts->trusted.at, global);
}

bool exh_sign_minisign(const struct exh_secret_key *key, const char *untrusted, const char *trusted, const void *bytes,
                       size_t size, char **ret_words, struct exh_error *err)
{
    struct parts parts = { { untrusted, strlen(untrusted) }, { trusted, strlen(trusted) },
                          { .algorithm = { 'E', 'D' } }, { 0 } };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    uint8_t digest[64];

    assert(!strpbrk(untrusted, "\r\n") && parts.untrusted.size + strlen(untrusted_label) < LONGEST_UNTRUSTED);
    assert(!strpbrk(trusted, "\r\n") && parts.trusted.size + strlen(trusted_label) < LONGEST_TRUSTED);
    memcpy(parts.signature.id, key->public.minisign_id, sizeof parts.signature.id);
    hash_message(digest, bytes, size);
    if (!exh_crypto_sign(key, digest, sizeof digest, parts.signature.bytes, err))
        return false;
    add_global_bytes(&text, &parts);
    if (!exh_crypto_sign(key, text.bytes, text.size, parts.global, err))
        return false;
    *ret_words = write_parts(&parts);
    return true;
}

/* ---- reading ---- */

static bool next_labelled(struct exh_words *rest, const char *label, size_t longest, struct exh_words *ret_words)
{
    return exh_crypto_next_line(rest, ret_words) && ret_words->size <= longest
           && exh_crypto_cut_prefix(ret_words, label);
}

static bool next_base64(struct exh_words *rest, void *ret_bytes, size_t size)
{
    struct exh_words line;

    return exh_crypto_next_line(rest, &line) && exh_crypto_unbase64(ret_bytes, size, line);
}

static bool malformed(struct exh_error *err, const char *what)
{
    return exh_fail(err, EXH_MALFORMED, "not a minisign signature: %s", what);
}

/* As minisign does, lines may end in CR LF, and what follows the fourth is ignored. */
static bool parse_file(const char *file, size_t size, struct parts *parts, struct exh_error *err)
{
    struct exh_words rest = { file, size };

    if (size > LARGEST_FILE || (size && memchr(file, '\0', size)))
        return malformed(err, "too large, or not text");
    if (!next_labelled(&rest, untrusted_label, LONGEST_UNTRUSTED, &parts->untrusted))
        return malformed(err, "it does not begin with a line 'untrusted comment: ...' of at most 1023 bytes");
    if (!next_base64(&rest, &parts->signature, sizeof parts->signature))
        return malformed(err, "its second line is not base64 of a signature");
    if (!is_hashed(parts) && memcmp(parts->signature.algorithm, "Ed", 2) != 0)
        return exh_fail(err, EXH_REFUSED,
                        "minisign signature is by algorithm %02x%02x: only Ed25519 ('Ed' and 'ED') is checked here",
                        parts->signature.algorithm[0], parts->signature.algorithm[1]);
    if (rest.size == 0 && !is_hashed(parts))
        return exh_fail(err, EXH_REFUSED,
                        "signature has no trusted comment: it is signify's, or cut short; check it with signify -V");
    if (!next_labelled(&rest, trusted_label, LONGEST_TRUSTED, &parts->trusted))
        return malformed(err, "its third line is not 'trusted comment: ...' of at most 8191 bytes");
    if (!next_base64(&rest, parts->global, sizeof parts->global))
        return malformed(err, "its fourth line is not base64 of a signature");
    return true;
}

static uint64_t key_number(const uint8_t id[8])
{
    uint64_t number = 0;

    for (int i = 7; i >= 0; i--)
        number = number << 8 | id[i];
    return number;
}

static bool check_parts(const struct parts *parts, const struct exh_public_key *key, const void *bytes, size_t size,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    uint8_t digest[64];

    if (memcmp(parts->signature.id, key->minisign_id, sizeof key->minisign_id) != 0)
        return exh_fail(err, EXH_NO, "minisign signature is by key %016" PRIX64 ", not %016" PRIX64,
                        key_number(parts->signature.id), key_number(key->minisign_id));
    if (is_hashed(parts)) {
        hash_message(digest, bytes, size);
        bytes = digest;
        size = sizeof digest;
    }
    if (crypto_sign_verify_detached(parts->signature.bytes, bytes, size, key->ed25519) != 0)
        return exh_fail(err, EXH_NO, "minisign signature does not match the bytes signed");
    add_global_bytes(&text, parts);
    if (crypto_sign_verify_detached(parts->global, (const uint8_t *)text.bytes, text.size, key->ed25519) != 0)
        return exh_fail(err, EXH_NO, "minisign signature does not match its trusted comment");
    return true;
}

static bool check_writing(const struct parts *parts, const char *untrusted, const char *file, size_t size,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *canonical = write_parts(parts);

    if (!exh_words_is(parts->untrusted, untrusted))
        return exh_fail(err, EXH_NO, "untrusted comment of the minisign signature was changed");
    if (!is_hashed(parts) || !exh_words_is((struct exh_words){ file, size }, canonical))
        return exh_fail(err, EXH_NO,
                        "minisign signature is not written as it was made: line ends or lines were changed");
    return true;
}

bool exh_verify_minisign(const char *file, size_t file_size, const struct exh_public_key *key, const void *bytes,
                         size_t size, const char *untrusted, char **ret_trusted, struct exh_error *err)
{
    struct parts parts = { 0 };

    if (!parse_file(file, file_size, &parts, err) || !check_parts(&parts, key, bytes, size, err)
        || (untrusted && !check_writing(&parts, untrusted, file, file_size, err)))
        return false;
    if (ret_trusted)
        *ret_trusted = exh_strndup(parts.trusted.at, parts.trusted.size);
    return true;
}
