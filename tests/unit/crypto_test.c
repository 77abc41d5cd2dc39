/* Digests, base64 and sealed text. */
#include "crypto_help.h"

#include <sodium.h>

static void assert_sha256(const char *bytes, const char *expected)
{
    char digits[EXH_SHA256_DIGITS];

    exh_sha256(bytes, strlen(bytes), digits);
    assert_string_equal(digits, expected);
}

static void sha256_gives_the_digests_of_fips_180(void **state)
{
    (void)state;
    assert_sha256("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_digest_ended_leaves_the_object_ready_for_the_next(void **state)
{
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();
    char digits[EXH_SHA256_DIGITS];

    (void)state;
    exh_sha256_add(hash, "something else", 14);
    exh_sha256_end(hash, digits);
    exh_sha256_add(hash, "a", 1);
    exh_sha256_add(hash, NULL, 0);
    exh_sha256_add(hash, "bc", 2);
    exh_sha256_end(hash, digits);
    assert_string_equal(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    exh_sha256_end(hash, digits);
    assert_string_equal(digits, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void both_libraries_agree_on_sha256_of_any_size(void **state)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(200000);
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();

    (void)state;
    exh_random(bytes, 200000);
    for (int round = 0; round < 300; round++) {
        size_t size = round < 130 ? (size_t)round : randombytes_uniform(200000);
        size_t cut = randombytes_uniform((uint32_t)size + 1);
        uint8_t expected[32];
        char digits[EXH_SHA256_DIGITS], expected_digits[EXH_SHA256_DIGITS];
        crypto_hash_sha256(expected, bytes, size);
        exh_hex(expected_digits, expected, sizeof expected);
        exh_sha256_add(hash, bytes, cut);
        exh_sha256_add(hash, bytes + cut, size - cut);
        exh_sha256_end(hash, digits);
        assert_string_equal(digits, expected_digits);
    }
}

static void assert_joined(const uint8_t *bytes, size_t cut, size_t size)
{
    uint8_t joined[EXH_SHA256_SIZE], expected[EXH_SHA256_SIZE];

    crypto_hash_sha256(expected, bytes, size);
    exh_sha256_join(bytes, cut, bytes + cut, size - cut, joined);
    assert_memory_equal(joined, expected, sizeof joined);
}

static void two_parts_have_the_digest_of_one_message(void **state)
{
    uint8_t bytes[200], expected[EXH_SHA256_SIZE], joined[EXH_SHA256_SIZE];

    (void)state;
    exh_random(bytes, sizeof bytes);
    for (size_t size = 0; size <= sizeof bytes; size++)
        for (size_t cut = 0; cut <= size; cut++)
            assert_joined(bytes, cut, size);
    crypto_hash_sha256(expected, bytes, 70);
    exh_sha256_join(NULL, 0, bytes, 70, joined);
    assert_memory_equal(joined, expected, sizeof joined);
    exh_sha256_join(bytes, 70, NULL, 0, joined);
    assert_memory_equal(joined, expected, sizeof joined);
    exh_sha256_join(bytes, 30, bytes + 30, 40, bytes + 30);
    assert_memory_equal(bytes + 30, expected, sizeof expected);
    crypto_hash_sha256(expected, NULL, 0);
    exh_sha256_join(NULL, 0, NULL, 0, joined);
    assert_memory_equal(joined, expected, sizeof joined);
}

static void digests_are_equal_only_when_every_digit_is(void **state)
{
    (void)state;
    assert_true(exh_digest_equal("abcd", "abcd"));
    assert_true(exh_digest_equal("", ""));
    assert_false(exh_digest_equal("abcd", "abce"));
    assert_false(exh_digest_equal("abcd", "abc"));
    assert_false(exh_digest_equal("abc", "abcd"));
}

static void base64_that_is_not_canonical_is_refused(void **state)
{
    static const char *const bad[] = { "YWI", "YWI==", "YW I=", "YWI=\n", "YWJ=", "YW-=", "YWI=YWI=", "=", "Y", "" };
    uint8_t bytes[16];
    size_t size;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        assert_false(exh_unbase64(bytes, 2, bad[i]));
        if (*bad[i])
            assert_false(exh_unbase64_any(bytes, sizeof bytes, &size, bad[i], strlen(bad[i])));
    }
    assert_false(exh_unbase64(bytes, 3, "YWI="));
    assert_false(exh_unbase64(bytes, 1, "YWI="));
    assert_false(exh_unbase64_any(bytes, 1, &size, "YWI=", 4));
}

static void base64_takes_64_characters_and_no_other(void **state)
{
    int taken = 0;

    (void)state;
    for (int c = 1; c < 256; c++) {
        char words[] = { 'A', (char)c, 'A', 'A', '\0' };
        uint8_t bytes[3];
        bool of_alphabet = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                           || c == '+' || c == '/';
        assert_int_equal(exh_unbase64(bytes, sizeof bytes, words), of_alphabet);
        taken += of_alphabet;
    }
    assert_int_equal(taken, 64);
}

static void base64_gives_back_what_it_was_given(void **state)
{
    uint8_t bytes[300], back[300];

    (void)state;
    exh_random(bytes, sizeof bytes);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        EXH_CLEANUP(exh_freep) char *words = exh_base64(bytes, size);
        size_t got;
        assert_int_equal(strlen(words), (size + 2) / 3 * 4);
        assert_true(exh_unbase64(back, size, words));
        assert_memory_equal(back, bytes, size);
        assert_true(exh_unbase64_any(back, sizeof back, &got, words, strlen(words)));
        assert_int_equal(got, size);
    }
    EXH_CLEANUP(exh_freep) char *words = exh_base64("foobar", 5);
    assert_string_equal(words, "Zm9vYmE=");
}

static void refuse_unseal(const struct exh_seal_key *key, const char *context, const char *sealed)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char *bytes = NULL;
    size_t size;

    ASSERT_FAILS(exh_unseal_text(key, context, strlen(context), sealed, &bytes, &size, &err), &err, EXH_NO);
    assert_null(bytes);
}

static void sealed_text_opens_only_under_its_key_and_in_its_place(void **state)
{
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_seal_key_new();
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *other = exh_seal_key_new();
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(key, "C1", 2, "J Smith", 7);
    EXH_CLEANUP(exh_freep) char *again = exh_seal_text(key, "C1", 2, "J Smith", 7);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    (void)state;
    assert_string_not_equal(sealed, again);
    refuse_unseal(other, "C1", sealed);
    refuse_unseal(key, "C2", sealed);
    refuse_unseal(key, "", sealed);
    ASSERT_DONE(exh_unseal_text(key, "C1", 2, sealed, &bytes, &size, &err), &err);
    assert_int_equal(size, 7);
    assert_string_equal(bytes, "J Smith");
}

static void sealed_text_with_any_character_changed_is_refused(void **state)
{
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_seal_key_new();
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(key, "C1", 2, "", 0);

    (void)state;
    for (char *c = sealed; *c; c++) {
        char was = *c;
        *c = was == 'A' ? 'B' : 'A';
        refuse_unseal(key, "C1", sealed);
        *c = '\0';
        refuse_unseal(key, "C1", sealed);
        *c = was;
    }
}

static void a_sealing_key_comes_back_from_its_file(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_seal_key_new();
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *back = NULL;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_seal_key_write(key);
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    (void)state;
    assert_int_equal(file->size, 45);
    assert_int_equal(file->bytes[44], '\n');
    ASSERT_DONE(exh_seal_key_read(file, &back, &err), &err);
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(key, NULL, 0, "x", 1);
    ASSERT_DONE(exh_unseal_text(back, NULL, 0, sealed, &bytes, &size, &err), &err);
}

static void what_is_no_sealing_key_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "\n", "AAAA\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = help_secret(bad[i]);
        struct exh_seal_key *key = NULL;
        ASSERT_FAILS(exh_seal_key_read(file, &key, &err), &err, EXH_MALFORMED);
        assert_null(key);
    }
}

/* RFC 1321 and FIPS 180-4: the digests of "abc". */
static const struct { const char *name, *digest; } of_abc[] = {
        { "md5", "900150983cd24fb0d6963f7d28e17f72" },
        { "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
        { "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
        { "sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void one_reading_gives_the_digests_of_every_algorithm(void **state)
{
    EXH_CLEANUP(exh_digests_freep) struct exh_digests *digests = exh_digests_new();
    uint8_t found[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    char digits[2 * EXH_DIGEST_MOST + 1];

    (void)state;
    for (int round = 0; round < 2; round++) {
        exh_digests_begin(digests, (1u << EXH_ALGORITHMS) - 1);
        exh_digests_add(digests, "a", 1);
        exh_digests_add(digests, NULL, 0);
        exh_digests_add(digests, "bc", 2);
        exh_digests_end(digests, found);
        for (size_t i = 0; i < EXH_COUNT(of_abc); i++) {
            enum exh_algorithm algorithm;
            assert_true(exh_algorithm_find(of_abc[i].name, &algorithm));
            assert_string_equal(exh_algorithm_name(algorithm), of_abc[i].name);
            exh_hex(digits, found[algorithm], exh_algorithm_size(algorithm));
            assert_string_equal(digits, of_abc[i].digest);
        }
    }
}

static void only_the_digests_that_were_begun_are_made(void **state)
{
    EXH_CLEANUP(exh_digests_freep) struct exh_digests *digests = exh_digests_new();
    uint8_t found[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    char digits[2 * EXH_DIGEST_MOST + 1];

    (void)state;
    memset(found, 7, sizeof found);
    exh_digests_begin(digests, 1u << EXH_SHA1);
    exh_digests_add(digests, "abc", 3);
    exh_digests_end(digests, found);
    exh_hex(digits, found[EXH_SHA1], exh_algorithm_size(EXH_SHA1));
    assert_string_equal(digits, of_abc[EXH_SHA1].digest);
    for (size_t i = 0; i < sizeof found; i++)
        if (i / EXH_DIGEST_MOST != EXH_SHA1)
            assert_int_equal(((const uint8_t *)found)[i], 7);
}

static void an_algorithm_of_another_name_is_not_found(void **state)
{
    static const char *const names[] = { "", "md4", "SHA256", "sha-256", "sha2560", "sha", "blake2b" };
    enum exh_algorithm algorithm;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(names); i++)
        assert_false(exh_algorithm_find(names[i], &algorithm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_digests_of_fips_180),
        cmocka_unit_test(a_digest_ended_leaves_the_object_ready_for_the_next),
        cmocka_unit_test(both_libraries_agree_on_sha256_of_any_size),
        cmocka_unit_test(two_parts_have_the_digest_of_one_message),
        cmocka_unit_test(one_reading_gives_the_digests_of_every_algorithm),
        cmocka_unit_test(only_the_digests_that_were_begun_are_made),
        cmocka_unit_test(an_algorithm_of_another_name_is_not_found),
        cmocka_unit_test(digests_are_equal_only_when_every_digit_is),
        cmocka_unit_test(base64_that_is_not_canonical_is_refused),
        cmocka_unit_test(base64_takes_64_characters_and_no_other),
        cmocka_unit_test(base64_gives_back_what_it_was_given),
        cmocka_unit_test(sealed_text_opens_only_under_its_key_and_in_its_place),
        cmocka_unit_test(sealed_text_with_any_character_changed_is_refused),
        cmocka_unit_test(a_sealing_key_comes_back_from_its_file),
        cmocka_unit_test(what_is_no_sealing_key_is_refused),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
