/* age files: what is written comes back, and every way in which a file can be wrong. */
#include "age_help.h"

static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, 1000000, 1048576, 1048577, 2500000 };

/* ---- ours to ours ---- */

static void what_is_encrypted_comes_back_whatever_the_steps(void **state)
{
    static const size_t steps[] = { 1000000000, 65536, 65537, 4097, 1 };
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(2500000);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(sizes); i++)
        for (size_t k = 0; k < EXH_COUNT(steps); k++) {
            EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
            bool opened;
            if (steps[k] == 1 && sizes[i] > 131072)
                continue;
            encrypt(&recipient, 1, bytes, sizes[i], steps[k], &age);
            assert_int_equal(age.size, exh_age_size(1, sizes[i]));
            assert_int_equal(decrypt_steps(age.bytes, age.size, steps[k], steps[k] == 1 ? 7 : 70000, identity, &plain,
                                           &opened, NULL), EXH_OK);
            assert_int_equal(plain.size, sizes[i]);
            if (plain.size)
                assert_memory_equal(plain.bytes, bytes, sizes[i]);
            exh_text_clear(&age);
            exh_text_clear(&plain);
        }
}

static void each_of_several_recipients_can_open_it(void **state)
{
    struct exh_recipient recipients[3], stranger;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *a = make_identity(&recipients[0]);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *b = make_identity(&recipients[1]);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *c = make_identity(&recipients[2]);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *d = make_identity(&stranger);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;

    (void)state;
    encrypt(recipients, 3, "hello", 5, 5, &age);
    assert_int_equal(age.size, exh_age_size(3, 5));
    assert_int_equal(decrypt(&age, a, &plain), EXH_OK);
    assert_int_equal(decrypt(&age, b, &plain), EXH_OK);
    assert_int_equal(decrypt(&age, c, &plain), EXH_OK);
    assert_string_equal(plain.bytes, "hellohellohello");
    assert_int_equal(decrypt(&age, d, &plain), EXH_REFUSED);
    assert_int_equal(plain.size, 15);
    exh_text_clear(&plain);
}

static void as_many_recipients_as_the_header_holds_and_no_more(void **state)
{
    enum { MOST = 668 };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((MOST + 1) * sizeof *recipients);
    struct exh_recipient first;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *last = make_identity(&first);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
    struct exh_age_writer *writer = NULL;

    (void)state;
    for (size_t i = 0; i <= MOST; i++)
        recipients[i] = (struct exh_recipient){ { 9 } };
    recipients[MOST - 1] = first;
    encrypt(recipients, MOST, "hello", 5, 5, &age);
    assert_int_equal(decrypt(&age, last, &plain), EXH_OK);
    assert_string_equal(plain.bytes, "hello");
    ASSERT_FAILS(exh_age_writer_open(recipients, MOST + 1, 1, take_text, &age, &writer, &err), &err, EXH_USAGE);
    exh_error_clear(&err);
    ASSERT_FAILS(exh_age_writer_open(recipients, 0, 1, take_text, &age, &writer, &err), &err, EXH_USAGE);
    assert_null(writer);
}

static void a_recipient_of_low_order_is_refused(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_recipient zero = { { 0 } };
    struct exh_age_writer *writer = NULL;

    (void)state;
    ASSERT_FAILS(exh_age_writer_open(&zero, 1, 1, take_text, NULL, &writer, &err), &err, EXH_USAGE);
    assert_null(writer);
}

/* A file of one chunk, and the end of one of two, with any bit changed: nothing wrong is ever given out. */
static void a_file_with_any_byte_changed_is_refused(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(70000);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);

    (void)state;
    for (size_t size = 40; size <= 70000; size += 69960) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
        encrypt(&recipient, 1, bytes, size, size, &age);
        for (size_t i = 0; i < age.size; i += i < 400 || i + 40 > age.size ? 1 : 1009) {
            EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
            age.bytes[i] ^= 1;
            assert_int_not_equal(decrypt(&age, identity, &plain), EXH_OK);
            age.bytes[i] ^= 1;
            assert_true(plain.size == 0 || (plain.size == 65536 && i > 65536));
            if (plain.size)
                assert_memory_equal(plain.bytes, bytes, plain.size);
        }
    }
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(131072);
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
    size_t size;

    (void)state;
    encrypt(&recipient, 1, bytes, 131072, 131072, &age);
    size = age.size;
    for (size_t cut = 0; cut < size; cut += cut < 300 || (cut > 65700 && cut < 65760) || cut > size - 40 ? 1 : 997) {
        EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *text = NULL;
        bool opened;
        enum exh_kind kind = decrypt_steps(age.bytes, cut, 0, 100000, identity, &plain, &opened, &text);
        assert_int_equal(kind, opened ? EXH_NO : EXH_MALFORMED);
        assert_int_equal(opened, cut >= exh_age_size(1, 0) - AGE_TAG);
        assert_true(plain.size == 0 || plain.size == 65536);
    }
}

static void bytes_after_the_end_are_refused(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(65536);

    (void)state;
    for (size_t size = 0; size <= 65536; size += 32768) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
        encrypt(&recipient, 1, bytes, size, 65536, &age);
        exh_text_puts(&age, "x");
        assert_int_equal(decrypt(&age, identity, &plain), EXH_NO);
        exh_text_clear(&age);
        exh_text_clear(&plain);
    }
}

static bool refuse_take(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)bytes;
    (void)size;
    ++*(int *)context;
    return exh_fail(err, EXH_IO, "disk full");
}

static void a_taker_s_failure_is_the_writer_s(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_age_writer_freep) struct exh_age_writer *writer = NULL;
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(2000000);
    const struct exh_recipient recipient = { { 9 } };
    int calls = 0;

    (void)state;
    ASSERT_DONE(exh_age_writer_open(&recipient, 1, 1, refuse_take, &calls, &writer, &err), &err);
    ASSERT_FAILS(exh_age_writer_put(writer, bytes, 2000000, &err), &err, EXH_IO);
    assert_string_equal(err.text, "disk full");
    assert_int_equal(calls, 1);
}

static bool refuse_pull(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct source *source = context;

    if (source->at == source->size)
        return exh_fail(err, EXH_IO, "disk gone");
    return pull_source(context, ret_bytes, room, ret_size, err);
}

static void a_puller_s_failure_is_the_reader_s(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    for (size_t size = 0; size <= age.size; size++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_age_reader_freep) struct exh_age_reader *reader = NULL;
        struct source source = { age.bytes, size, 0, 0 };
        char block[64];
        size_t got;
        if (exh_age_reader_open(refuse_pull, &source, identity, 1, &reader, &err))
            ASSERT_FAILS(exh_age_reader_get(reader, block, sizeof block, &got, &err), &err, EXH_IO);
        assert_int_equal(err.kind, EXH_IO);
    }
}

/* ---- hostile headers ---- */

static void refuse_header(const char *bytes, size_t size, const char *named)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *text = NULL;
    bool opened;

    assert_int_equal(decrypt_steps(bytes, size, 0, 10, identity, &plain, &opened, &text), EXH_MALFORMED);
    if (!strstr(text, named))
        fail_msg("'%s' is not in: %s", named, text);
}

static void a_header_without_end_is_refused_within_bounds(void **state)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text many = EXH_TEXT_NONE, flat = EXH_TEXT_NONE, wide = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text ended = EXH_TEXT_NONE;

    (void)state;
    exh_text_puts(&many, "age-encryption.org/v1\n");
    exh_text_puts(&flat, "age-encryption.org/v1\n-> a\n");
    exh_text_puts(&wide, "age-encryption.org/v1\n-> ");
    for (int i = 0; i < 1001; i++)
        exh_text_puts(&many, "-> a\n\n");
    for (int i = 0; i < 2000000 / 65; i++)
        exh_text_puts(&flat, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    exh_text_add(&ended, flat.bytes, 65 * 1010);
    exh_text_puts(&ended, "\n--- AAAA\n");
    for (int i = 0; i < 2000000 / 10; i++)
        exh_text_puts(&wide, "aaaaaaaaaa");
    refuse_header(many.bytes, many.size, "1000 stanzas");
    refuse_header(flat.bytes, flat.size, "64 KiB");
    refuse_header(ended.bytes, ended.size, "64 KiB");
    refuse_header(wide.bytes, wide.size, "64 KiB");
}

static void what_is_no_age_file_is_refused_by_name(void **state)
{
    static const char *const headers[][2] = {
        { "", "not an age file" }, { "age", "not an age file" },
        { "PK\3\4................................", "not an age file" },
        { "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl", "armour" }, { "age-encryption.org/v2\n-> X25519", "version" },
        { "age-encryption.org/v1\n", "ends within" }, { "age-encryption.org/v1\n--- AAAA\n", "no stanza" },
        { "age-encryption.org/v1\n-> \n\n", "stanza" }, { "age-encryption.org/v1\n-> a  b\n\n", "stanza" },
        { "age-encryption.org/v1\n-> X25519\n\n", "one key" }, { "age-encryption.org/v1\n-> a\nA\n", "base64" },
        { "age-encryption.org/v1\n-> a\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
          "64 columns" },
        { "age-encryption.org/v1\n-> a\nAB\n", "base64" }, { "age-encryption.org/v1\n-> a\n\n---\n", "MAC" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(headers); i++)
        refuse_header(headers[i][0], strlen(headers[i][0]), headers[i][1]);
    assert_true(exh_age_is("age-encryption.org/v1\n", 22));
    assert_false(exh_age_is("age-encryption.org/v1\n", 21));
    assert_false(exh_age_is("age-encryption.org/v2\n", 22));
}

/* ---- recipients and identities ---- */

static void a_recipient_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "age1", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw", "police@example.org",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk",
        "AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ",
        "age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwjj",
        "agf1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        " age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73epp9g8nq",      /* spare bit set, checksum right */
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_recipient recipient;
        ASSERT_FAILS(exh_recipient_parse(bad[i], &recipient, &err), &err, EXH_USAGE);
        assert_null(strstr(err.text, "EGTZVFF"));
    }
}

static void recipients_come_back_as_they_were(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_recipient recipient, back;
        exh_random(&recipient, sizeof recipient);
        EXH_CLEANUP(exh_freep) char *words = exh_recipient_words(&recipient);
        assert_int_equal(strlen(words), 62);
        ASSERT_DONE(exh_recipient_parse(words, &back, &err), &err);
        assert_memory_equal(&back, &recipient, sizeof back);
        words[4 + i % 58] = words[4 + i % 58] == 'q' ? 'p' : 'q';
        ASSERT_FAILS(exh_recipient_parse(words, &back, &err), &err, EXH_USAGE);
    }
}

#define IDENTITY "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"

static void an_identity_file_that_is_none_is_refused_without_showing_it(void **state)
{
    static const char *const bad[] = {
        "", "# only a comment\n", IDENTITY "x\n", "x" IDENTITY "\n", IDENTITY " \n",
        IDENTITY "\nAGE-PLUGIN-YUBIKEY-1QQQQ\n",
        "AGE-SECRET-KEY-PQ-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "age-secret-key-1egtzvffv20835nwyv6270lxyvk2vknx2mmdkwyklmgr48uawx40q2p2lm0\n",
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM9\n",
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2Lm0\n",
    };
    EXH_CLEANUP(exh_text_clear) struct exh_text many = EXH_TEXT_NONE;

    (void)state;
    for (int i = 0; i < 101; i++)
        exh_text_puts(&many, IDENTITY "\n");
    for (size_t i = 0; i <= EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        const char *words = i < EXH_COUNT(bad) ? bad[i] : many.bytes;
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = help_secret(words);
        struct exh_identity *identity = NULL;
        ASSERT_FAILS(exh_identity_read(file, &identity, &err), &err, EXH_MALFORMED);
        assert_null(strstr(err.text, "EGTZVFF"));
        assert_null(identity);
    }
}

static void an_identity_file_may_have_comments_and_several_identities(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = NULL;
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;

    (void)state;
    ASSERT_DONE(exh_identity_new(&words, &recipient, &err), &err);
    EXH_CLEANUP(exh_freep) char *whole = exh_format("# first\r\n" IDENTITY "\r\n\n# second\n%.*s",
                                                    (int)words->size - 1, words->bytes);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = help_secret(whole);
    ASSERT_DONE(exh_identity_read(file, &identity, &err), &err);
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    assert_int_equal(decrypt(&age, identity, &plain), EXH_OK);
    assert_string_equal(plain.bytes, "hello");
}

/* ---- the two libraries ---- */

static void derive_payload_key(const uint8_t file_key[AGE_FILE_KEY], const uint8_t nonce[AGE_NONCE],
                               uint8_t ret_key[32])
{
    crypto_auth_hmacsha256_state state;
    uint8_t extracted[32];

    crypto_auth_hmacsha256_init(&state, nonce, AGE_NONCE);
    crypto_auth_hmacsha256_update(&state, file_key, AGE_FILE_KEY);
    crypto_auth_hmacsha256_final(&state, extracted);
    crypto_auth_hmacsha256_init(&state, extracted, 32);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)"payload\1", 8);
    crypto_auth_hmacsha256_final(&state, ret_key);
}

static void both_libraries_agree_on_chunks_of_any_size(void **state)
{
    uint8_t file_key[AGE_FILE_KEY], nonce[AGE_NONCE], key[32];
    EXH_CLEANUP(exh_freep) uint8_t *plain = exh_alloc(AGE_CHUNK), *ours = exh_alloc(AGE_SEALED);
    EXH_CLEANUP(exh_freep) uint8_t *theirs = exh_alloc(AGE_SEALED);

    (void)state;
    exh_random(file_key, sizeof file_key);
    exh_random(nonce, sizeof nonce);
    exh_random(plain, AGE_CHUNK);
    derive_payload_key(file_key, nonce, key);
    EXH_CLEANUP(exh_crypto_age_cipher_freep) struct exh_age_cipher *sealing =
        exh_crypto_age_cipher_new(file_key, nonce, true);
    EXH_CLEANUP(exh_crypto_age_cipher_freep) struct exh_age_cipher *opening =
        exh_crypto_age_cipher_new(file_key, nonce, false);
    for (uint32_t i = 0; i < 600; i++) {
        size_t size = i < 290 ? i : i % 10 == 0 ? AGE_CHUNK : randombytes_uniform(AGE_CHUNK + 1);
        uint8_t counted[12] = { [9] = (uint8_t)(i >> 8), [10] = (uint8_t)i, [11] = i % 3 == 0 };
        crypto_aead_chacha20poly1305_ietf_encrypt(theirs, NULL, plain, size, NULL, 0, NULL, counted, key);
        exh_crypto_age_seal(sealing, i, plain, size, i % 3 == 0, ours);
        assert_memory_equal(ours, theirs, size + AGE_TAG);
        ours[randombytes_uniform((uint32_t)size + AGE_TAG)] ^= 4;
        assert_false(exh_crypto_age_open(opening, i, ours, size + AGE_TAG, i % 3 == 0, ours));
        assert_false(exh_crypto_age_open(opening, i, theirs, size + AGE_TAG, i % 3 != 0, ours));
        assert_true(exh_crypto_age_open(opening, i, theirs, size + AGE_TAG, i % 3 == 0, ours));
        assert_memory_equal(ours, plain, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encrypted_comes_back_whatever_the_steps),
        cmocka_unit_test(each_of_several_recipients_can_open_it),
        cmocka_unit_test(as_many_recipients_as_the_header_holds_and_no_more),
        cmocka_unit_test(a_recipient_of_low_order_is_refused),
        cmocka_unit_test(a_file_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(a_taker_s_failure_is_the_writer_s),
        cmocka_unit_test(a_puller_s_failure_is_the_reader_s),
        cmocka_unit_test(a_header_without_end_is_refused_within_bounds),
        cmocka_unit_test(what_is_no_age_file_is_refused_by_name),
        cmocka_unit_test(a_recipient_that_is_none_is_refused),
        cmocka_unit_test(recipients_come_back_as_they_were),
        cmocka_unit_test(an_identity_file_that_is_none_is_refused_without_showing_it),
        cmocka_unit_test(an_identity_file_may_have_comments_and_several_identities),
        cmocka_unit_test(both_libraries_agree_on_chunks_of_any_size),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
