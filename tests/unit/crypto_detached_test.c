/* Detached signatures of files that never lie in memory whole: digests of streams, and what is signed. */
#include "crypto_help.h"

#include <sodium.h>

enum { LONG = 300001 };

static uint8_t *long_bytes(void)
{
    uint8_t *bytes = exh_alloc(LONG);

    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
    return bytes;
}

static void expected_digest(enum exh_signed_as as, const uint8_t *bytes, size_t size, uint8_t ret_digest[64])
{
    if (as == EXH_SIGNED_SHA256)
        crypto_hash_sha256(ret_digest, bytes, size);
    else if (as == EXH_SIGNED_SHA512)
        crypto_hash_sha512(ret_digest, bytes, size);
    else
        crypto_generichash(ret_digest, 64, bytes, size, NULL, 0);
}

static void digests_of_streams_are_libsodium_s_in_whatever_pieces_they_come(void **state)
{
    static const size_t pieces[] = { 1, 127, 128, 129, 65536, LONG };
    EXH_CLEANUP(exh_freep) uint8_t *bytes = long_bytes();

    (void)state;
    for (enum exh_signed_as as = EXH_SIGNED_SHA256; as <= EXH_SIGNED_BLAKE2B; as++)
        for (size_t p = 0; p < EXH_COUNT(pieces); p++) {
            EXH_CLEANUP(exh_hash_freep) struct exh_hash *hash = exh_hash_new(as);
            uint8_t expected[64], found[64];
            for (size_t at = 0; at < LONG; at += pieces[p])
                exh_hash_add(hash, bytes + at, LONG - at < pieces[p] ? LONG - at : pieces[p]);
            expected_digest(as, bytes, LONG, expected);
            size_t size = exh_hash_end(hash, found);
            assert_int_equal(size, as == EXH_SIGNED_SHA256 ? 32 : 64);
            assert_memory_equal(found, expected, size);
        }
}

static void the_digest_of_nothing_is_libsodium_s_too(void **state)
{
    (void)state;
    for (enum exh_signed_as as = EXH_SIGNED_SHA256; as <= EXH_SIGNED_BLAKE2B; as++) {
        EXH_CLEANUP(exh_hash_freep) struct exh_hash *hash = exh_hash_new(as);
        uint8_t expected[64], found[64];
        exh_hash_add(hash, NULL, 0);
        expected_digest(as, (const uint8_t *)"", 0, expected);
        assert_memory_equal(found, expected, exh_hash_end(hash, found));
    }
}

/* The armour of a blob whose namespace is @name_space; everything else is whole. */
static char *armour_with_name_space(const char *name_space, size_t size)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text blob = EXH_TEXT_NONE;
    uint8_t rest[4 + 4 + 6 + 4 + 4 + 11 + 4 + 64] = { 0 };

    exh_text_add(&blob, "SSHSIG\0\0\0\1\0\0\0\x33\0\0\0\x0bssh-ed25519\0\0\0\x20", 6 + 4 + 4 + 4 + 11 + 4);
    exh_text_add(&blob, "abcdefghijklmnopqrstuvwxyzabcdef", 32);
    exh_text_add(&blob, (uint8_t[]){ 0, 0, 0, (uint8_t)size }, 4);
    exh_text_add(&blob, name_space, size);
    memcpy(rest, "\0\0\0\0\0\0\0\6sha512\0\0\0\x53\0\0\0\x0bssh-ed25519\0\0\0\x40", 4 + 4 + 6 + 4 + 4 + 11 + 4);
    exh_text_add(&blob, rest, sizeof rest);
    EXH_CLEANUP(exh_freep) char *words = exh_base64(blob.bytes, blob.size);
    return exh_format("-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n", words);
}

/* One with a NUL would read "exhibit" to whoever prints it, and be signed for another. */
static void a_namespace_that_is_empty_or_holds_a_nul_is_malformed(void **state)
{
    static const struct { const char *words; size_t size; bool done; } cases[] = {
        { "exhibit", 7, true }, { "", 0, false }, { "exhibit\0x", 9, false }, { "\0", 1, false } };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE;
        EXH_CLEANUP(exh_freep) char *armour = armour_with_name_space(cases[i].words, cases[i].size);
        if (exh_detached_read_ssh(armour, strlen(armour), &detached, &err) != cases[i].done)
            fail_msg("case %zu: %s", i, err.text ? err.text : "read");
        if (cases[i].done)
            assert_string_equal(detached.name_space, cases[i].words);
        else
            assert_int_equal(err.kind, EXH_MALFORMED);
    }
}

static void read_minisign(const char *file, struct exh_detached *ret_detached, enum exh_kind expected)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    bool done = exh_detached_read_minisign(file, strlen(file), ret_detached, &err);
    assert_int_equal(done, expected == EXH_OK);
    if (err.kind != expected)
        fail_msg("kind %d, not %d: %s", err.kind, expected, err.text ? err.text : "read");
}

#define LEGACY "untrusted comment: u\n" \
    "RWSAvXVz8FiOuX3dQAMAszoWlWvlJixbQSpoEQGLy3Xz6f2ytNsww5cASQzW4BZB/wbPfGvVgs3gBKFIzHyrriv7d+CIPzmWuwE=\n"
#define HASHED "untrusted comment: u\n" \
    "RUSAvXVz8FiOuX3dQAMAszoWlWvlJixbQSpoEQGLy3Xz6f2ytNsww5cASQzW4BZB/wbPfGvVgs3gBKFIzHyrriv7d+CIPzmWuwE=\n"

static void a_signature_of_two_lines_is_signify_s_and_of_bytes_only(void **state)
{
    EXH_CLEANUP(exh_detached_clear) struct exh_detached detached = EXH_DETACHED_NONE, none = EXH_DETACHED_NONE;
    char number[EXH_KEY_NUMBER_DIGITS];

    (void)state;
    read_minisign(LEGACY, &detached, EXH_OK);
    assert_null(detached.trusted);
    assert_null(detached.name_space);
    assert_int_equal(detached.as, EXH_SIGNED_BYTES);
    assert_string_equal(detached.untrusted, "u");
    exh_key_number(&detached.key, number);
    assert_string_equal(number, "B98E58F07375BD80");
    read_minisign(HASHED, &none, EXH_MALFORMED);
    read_minisign(LEGACY "the message\n", &none, EXH_MALFORMED);
    read_minisign(LEGACY "\n", &none, EXH_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_streams_are_libsodium_s_in_whatever_pieces_they_come),
        cmocka_unit_test(the_digest_of_nothing_is_libsodium_s_too),
        cmocka_unit_test(a_namespace_that_is_empty_or_holds_a_nul_is_malformed),
        cmocka_unit_test(a_signature_of_two_lines_is_signify_s_and_of_bytes_only),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
