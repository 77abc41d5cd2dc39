/* minisign: signature files as minisign 0.11 writes them, and the legacy ones it still reads. */
#include "parts.h"

#include <assert.h>
#include <string.h>

static const char untrusted_label[] = "untrusted comment: ", trusted_label[] = "trusted comment: ";
/* minisign's own limits, labels and line ends included. */
enum { LONGEST_UNTRUSTED = 1023, LONGEST_TRUSTED = 8191, LARGEST_FILE = 65536 };

/* Only byte arrays: the layout is the file's. */
struct signature { uint8_t algorithm[2], id[8], bytes[crypto_sign_BYTES]; };
_Static_assert(sizeof(struct signature) == 74, "the layout is the file's");

static const uint8_t hashed[2] = { 'E', 'D' }, legacy[2] = { 'E', 'd' };

void exh_crypto_add_global(struct exh_text *text, const struct exh_detached *detached)
{
    exh_text_add(text, detached->bytes, sizeof detached->bytes);
    exh_text_puts(text, detached->trusted);
}

/* ---- writing ---- */

/* The one writing of a pre-hashed signature. */
static char *write_detached(const struct exh_detached *detached)
{
    struct signature form;

    memcpy(form.algorithm, hashed, sizeof form.algorithm);
    memcpy(form.id, detached->key.minisign_id, sizeof form.id);
    memcpy(form.bytes, detached->bytes, sizeof form.bytes);
    EXH_CLEANUP(exh_freep) char *signature = exh_base64(&form, sizeof form);
    EXH_CLEANUP(exh_freep) char *global = exh_base64(detached->global, sizeof detached->global);
    return exh_format("%s%s\n%s\n%s%s\n%s\n", untrusted_label, detached->untrusted, signature, trusted_label,
                      detached->trusted, global);
}

bool exh_sign_minisign_digest(const struct exh_secret_key *key, const char *untrusted, const char *trusted,
                              const uint8_t blake2b[EXH_HASH_MOST], char **ret_words, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    assert(!strpbrk(untrusted, "\r\n") && strlen(untrusted) + strlen(untrusted_label) < LONGEST_UNTRUSTED);
    assert(!strpbrk(trusted, "\r\n") && strlen(trusted) + strlen(trusted_label) < LONGEST_TRUSTED);
    detached.key = key->public;
    detached.untrusted = exh_strdup(untrusted);
    detached.trusted = exh_strdup(trusted);
    if (!exh_sign_bytes(key, blake2b, EXH_HASH_MOST, detached.bytes, err))
        return false;
    exh_crypto_add_global(&text, &detached);
    if (!exh_sign_bytes(key, text.bytes, text.size, detached.global, err))
        return false;
    *ret_words = write_detached(&detached);
    return true;
}

bool exh_sign_minisign(const struct exh_secret_key *key, const char *untrusted, const char *trusted, const void *bytes,
                       size_t size, char **ret_words, struct exh_error *err)
{
    uint8_t digest[EXH_HASH_MOST];

    exh_crypto_hash(EXH_SIGNED_BLAKE2B, bytes, size, digest);
    return exh_sign_minisign_digest(key, untrusted, trusted, digest, ret_words, err);
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

static bool take_signature(struct exh_words *rest, struct exh_detached *detached, struct exh_error *err)
{
    struct signature form;

    if (!next_base64(rest, &form, sizeof form))
        return malformed(err, "its second line is not base64 of a signature");
    if (memcmp(form.algorithm, hashed, sizeof hashed) != 0 && memcmp(form.algorithm, legacy, sizeof legacy) != 0)
        return exh_fail(err, EXH_REFUSED,
                        "minisign signature is by algorithm %02x%02x: only Ed25519 ('Ed' and 'ED') is checked here",
                        form.algorithm[0], form.algorithm[1]);
    detached->as = form.algorithm[1] == hashed[1] ? EXH_SIGNED_BLAKE2B : EXH_SIGNED_BYTES;
    memcpy(detached->key.minisign_id, form.id, sizeof form.id);
    memcpy(detached->bytes, form.bytes, sizeof form.bytes);
    return true;
}

static bool take_comment(struct exh_words *rest, struct exh_detached *detached, struct exh_error *err)
{
    struct exh_words trusted;

    if (!next_labelled(rest, trusted_label, LONGEST_TRUSTED, &trusted))
        return malformed(err, "its third line is not 'trusted comment: ...' of at most 8191 bytes");
    if (!next_base64(rest, detached->global, sizeof detached->global))
        return malformed(err, "its fourth line is not base64 of a signature");
    detached->trusted = exh_strndup(trusted.at, trusted.size);
    return true;
}

/* As minisign does, lines may end in CR LF, and what follows the fourth is ignored. signify's end after the second. */
static bool parse_file(struct exh_words rest, struct exh_detached *detached, struct exh_error *err)
{
    struct exh_words untrusted;

    if (rest.size > LARGEST_FILE || (rest.size && memchr(rest.at, '\0', rest.size)))
        return malformed(err, "too large, or not text");
    if (!next_labelled(&rest, untrusted_label, LONGEST_UNTRUSTED, &untrusted))
        return malformed(err, "it does not begin with a line 'untrusted comment: ...' of at most 1023 bytes");
    if (!take_signature(&rest, detached, err))
        return false;
    detached->untrusted = exh_strndup(untrusted.at, untrusted.size);
    return (detached->as == EXH_SIGNED_BYTES && rest.size == 0) || take_comment(&rest, detached, err);
}

bool exh_detached_read_minisign(const char *file, size_t size, struct exh_detached *ret_detached, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;

    if (!parse_file((struct exh_words){ file, size }, &detached, err))
        return false;
    *ret_detached = detached;
    detached = (struct exh_detached)EXH_DETACHED_NONE;
    return true;
}

/* ---- checking ---- */

static bool check_number(const struct exh_detached *detached, const struct exh_public_key *key, struct exh_error *err)
{
    char is[EXH_KEY_NUMBER_DIGITS], wanted[EXH_KEY_NUMBER_DIGITS];

    exh_key_number(&detached->key, is);
    exh_key_number(key, wanted);
    return strcmp(is, wanted) == 0 || exh_fail(err, EXH_NO, "minisign signature is by key %s, not %s", is, wanted);
}

static bool check_signatures(const struct exh_detached *detached, const struct exh_public_key *key, const void *bytes,
                             size_t size, struct exh_error *err)
{
    uint8_t digest[EXH_HASH_MOST];

    if (detached->as == EXH_SIGNED_BLAKE2B) {
        size = exh_crypto_hash(detached->as, bytes, size, digest);
        bytes = digest;
    }
    if (!exh_detached_matches(detached, key, bytes, size))
        return exh_fail(err, EXH_NO, "minisign signature does not match the bytes signed");
    return exh_detached_comment_matches(detached, key)
        || exh_fail(err, EXH_NO, "minisign signature does not match its trusted comment");
}

static bool check_writing(const struct exh_detached *detached, const char *untrusted, const char *file, size_t size,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *canonical = write_detached(detached);

    if (strcmp(detached->untrusted, untrusted) != 0)
        return exh_fail(err, EXH_NO, "untrusted comment of the minisign signature was changed");
    if (detached->as != EXH_SIGNED_BLAKE2B || !exh_words_is((struct exh_words){ file, size }, canonical))
        return exh_fail(err, EXH_NO,
                        "minisign signature is not written as it was made: line ends or lines were changed");
    return true;
}

bool exh_verify_minisign(const char *file, size_t file_size, const struct exh_public_key *key, const void *bytes,
                         size_t size, const char *untrusted, char **ret_trusted, struct exh_error *err)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;

    if (!exh_detached_read_minisign(file, file_size, &detached, err))
        return false;
    if (!detached.trusted)
        return exh_fail(err, EXH_REFUSED,
                        "signature has no trusted comment: it is signify's, or cut short; check it with signify -V");
    if (!check_number(&detached, key, err) || !check_signatures(&detached, key, bytes, size, err)
        || (untrusted && !check_writing(&detached, untrusted, file, file_size, err)))
        return false;
    if (ret_trusted)
        *ret_trusted = exh_steal(&detached.trusted);
    return true;
}
