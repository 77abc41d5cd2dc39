/* age files under a passphrase, and armoured ones: what opens, and what is refused by name. */
#include "age_help.h"

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"

/* ---- making what the library only reads ---- */

static void add_bare(struct exh_text *text, const void *bytes, size_t size)
{
    char words[65];

    sodium_bin2base64(words, sizeof words, bytes, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    exh_text_puts(text, words);
}

/* A whole file of one chunk under a passphrase, @work as its header says it. */
static void encrypt_under(const char *passphrase, unsigned logarithm, const char *work, const char *plain,
                          struct exh_text *age)
{
    static const uint8_t no_nonce[12];
    uint8_t file_key[AGE_FILE_KEY], salt[28 + AGE_SALT], key[32], body[AGE_BODY], mac[32], nonce[AGE_NONCE];
    EXH_CLEANUP(exh_freep) uint8_t *sealed = exh_alloc(strlen(plain) + AGE_TAG);

    exh_random(file_key, sizeof file_key);
    exh_random(nonce, sizeof nonce);
    memcpy(salt, "age-encryption.org/v1/scrypt", 28);
    exh_random(salt + 28, AGE_SALT);
    assert_int_equal(crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase, strlen(passphrase), salt,
                                                           sizeof salt, 1ULL << logarithm, 8, 1, key, sizeof key), 0);
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file_key, AGE_FILE_KEY, NULL, 0, NULL, no_nonce, key);
    exh_text_puts(age, AGE_VERSION_LINE "-> scrypt ");
    add_bare(age, salt + 28, AGE_SALT);
    exh_text_printf(age, " %s\n", work);
    add_bare(age, body, sizeof body);
    exh_text_puts(age, "\n---");
    exh_crypto_age_mac(file_key, age->bytes, age->size, mac);
    exh_text_puts(age, " ");
    add_bare(age, mac, sizeof mac);
    exh_text_puts(age, "\n");
    exh_text_add(age, nonce, sizeof nonce);
    EXH_CLEANUP(exh_crypto_age_cipher_freep) struct exh_age_cipher *cipher =
        exh_crypto_age_cipher_new(file_key, nonce, true);
    exh_crypto_age_seal(cipher, 0, (const uint8_t *)plain, strlen(plain), true, sealed);
    exh_text_add(age, sealed, strlen(plain) + AGE_TAG);
}

static struct exh_identity *passphrase_identity(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *secret = help_secret(words);
    struct exh_identity *identity = NULL;

    ASSERT_DONE(exh_identity_from_passphrase(secret, &identity, &err), &err);
    return identity;
}

static void armour_with(const char *bytes, size_t size, const char *line_end, struct exh_text *armoured)
{
    exh_text_printf(armoured, "%s%s", BEGIN, line_end);
    for (size_t at = 0; at < size; at += 48) {
        char words[65];
        sodium_bin2base64(words, sizeof words, (const uint8_t *)bytes + at, size - at < 48 ? size - at : 48,
                          sodium_base64_VARIANT_ORIGINAL);
        exh_text_printf(armoured, "%s%s", words, line_end);
    }
    exh_text_printf(armoured, "%s%s", END, line_end);
}

static void expect(const char *bytes, size_t size, const struct exh_identity *identity, enum exh_kind kind,
                   const char *said, const char *plain)
{
    for (unsigned threads = 1; threads <= 2; threads++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text got = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *text = NULL;
        bool opened;
        enum exh_kind found = decrypt_with(threads, bytes, size, threads == 1 ? 0 : 7, 1000, identity, &got, &opened,
                                           &text);
        if (found != kind || !strstr(text, said))
            fail_msg("kind %d, not %d, or not '%s': %s", found, kind, said, text);
        assert_int_equal(got.size, strlen(plain));
        assert_true(got.size == 0 || memcmp(got.bytes, plain, got.size) == 0);
    }
}

/* ---- passphrases ---- */

static void a_passphrase_opens_its_file(void **state)
{
    (void)state;
    for (unsigned work = 1; work <= 12; work += 11) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *digits = exh_format("%u", work);
        EXH_CLEANUP(exh_identity_freep) struct exh_identity *right = passphrase_identity("p\xc3\xa4ss word");
        EXH_CLEANUP(exh_identity_freep) struct exh_identity *wrong = passphrase_identity("p\xc3\xa4ss Word");
        encrypt_under("p\xc3\xa4ss word", work, digits, "hello", &age);
        expect(age.bytes, age.size, right, EXH_OK, "", "hello");
        expect(age.bytes, age.size, wrong, EXH_REFUSED, "not opened by the passphrase given", "");
    }
}

static void a_passphrase_and_a_key_open_only_their_own(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *key = make_identity(&recipient);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *passphrase = passphrase_identity("secret");
    EXH_CLEANUP(exh_text_clear) struct exh_text locked = EXH_TEXT_NONE, sent = EXH_TEXT_NONE;

    (void)state;
    encrypt_under("secret", 2, "2", "hello", &locked);
    encrypt(&recipient, 1, "hello", 5, 5, &sent);
    expect(locked.bytes, locked.size, key, EXH_REFUSED, "under a passphrase", "");
    expect(sent.bytes, sent.size, passphrase, EXH_REFUSED, "to recipients", "");
}

static void an_empty_passphrase_is_refused(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *empty = help_secret("");
    struct exh_identity *identity = NULL;

    (void)state;
    ASSERT_FAILS(exh_identity_from_passphrase(empty, &identity, &err), &err, EXH_USAGE);
    assert_null(identity);
}

/* Only the words of the header are changed: its MAC is looked at last. */
static void a_work_factor_is_decimal_without_a_leading_zero(void **state)
{
    static const char *const bad[] = { "", "0", "02", "+2", "-2", "2a", "0x2", " 2", "2 ", "2 2", "2.0", "1000000000",
                                       "18446744073709551618", "\xd9\xa2" };
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = passphrase_identity("secret");

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
        encrypt_under("secret", 2, bad[i], "hello", &age);
        expect(age.bytes, age.size, identity, EXH_MALFORMED, "header is damaged", "");
    }
}

/* Before any of the memory is taken. */
static void a_work_factor_above_22_is_refused_by_name(void **state)
{
    static const char *const high[] = { "23", "63", "64", "100", "999999999" };
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = passphrase_identity("secret");
    EXH_CLEANUP(exh_text_clear) struct exh_text capped = EXH_TEXT_NONE;

    (void)state;
    assert_int_equal(identity->most_work, 22);
    for (size_t i = 0; i < EXH_COUNT(high); i++) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
        EXH_CLEANUP(exh_freep) char *said = exh_format("scrypt work factor of %s, and at most 22", high[i]);
        encrypt_under("secret", 2, high[i], "hello", &age);
        expect(age.bytes, age.size, identity, EXH_REFUSED, said, "");
    }
    encrypt_under("secret", 3, "3", "hello", &capped);
    identity->most_work = 2;
    expect(capped.bytes, capped.size, identity, EXH_REFUSED, "work factor of 3, and at most 2 ", "");
}

static void a_scrypt_stanza_is_the_only_one(void **state)
{
#define SCRYPT "-> scrypt rF0/NwblUHHTpgQgRpe5CQ 2\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzk\n"
#define GREASE "-> grease\n\n"
#define X25519 "-> X25519 ajtqAvDkVNr2B7zUOtq2mAQXDSBlNrVAuM/dKb5sT4U\n0evrK/HQXVsQ4YaDe+659l5OQzvAzD2ytLGHQLQiqxg\n"
#define MAC "--- 0evrK/HQXVsQ4YaDe+659l5OQzvAzD2ytLGHQLQiqxg\n"
    static const char *const bad[] = {
        AGE_VERSION_LINE SCRYPT SCRYPT MAC, AGE_VERSION_LINE SCRYPT X25519 MAC, AGE_VERSION_LINE X25519 SCRYPT MAC,
        AGE_VERSION_LINE SCRYPT GREASE MAC, AGE_VERSION_LINE GREASE SCRYPT MAC,
    };
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *passphrase = passphrase_identity("secret");
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *key = make_identity(&recipient);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        expect(bad[i], strlen(bad[i]), passphrase, EXH_MALFORMED, "not the only one", "");
        expect(bad[i], strlen(bad[i]), key, EXH_MALFORMED, "not the only one", "");
    }
    expect(AGE_VERSION_LINE SCRYPT MAC, strlen(AGE_VERSION_LINE SCRYPT MAC), passphrase, EXH_REFUSED, "passphrase", "");
}

static void a_scrypt_stanza_that_is_not_whole_is_refused_whoever_asks(void **state)
{
    static const char *const bad[] = {
        "-> scrypt\n\n", "-> scrypt rF0/NwblUHHTpgQgRpe5CQ\n\n", "-> scrypt rF0/NwblUHHTpgQgRpe5CQ 2\n\n",
        "-> scrypt rF0/NwblUHHTpgQgRpe5CR 2\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzk\n",      /* spare bits */
        "-> scrypt rF0/NwblUHHTpgQgRpe5CQ== 2\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzk\n",
        "-> scrypt rF0/NwblUHHTpgQgRpe5CQ2\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzk\n",
        "-> scrypt 2 rF0/NwblUHHTpgQgRpe5CQ\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzk\n",
        "-> scrypt rF0/NwblUHHTpgQgRpe5CQ 2\n61VX6JL4obgVTQqnFwsFtLW3Fw4+k2tXqLBLi8LNpzkAAAA\n",
    };
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *passphrase = passphrase_identity("secret");
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *key = make_identity(&recipient);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_freep) char *age = exh_format(AGE_VERSION_LINE "%s" MAC, bad[i]);
        expect(age, strlen(age), passphrase, EXH_MALFORMED, "a scrypt stanza", "");
        expect(age, strlen(age), key, EXH_MALFORMED, "a scrypt stanza", "");
    }
}

static void hybrid_recipients_are_named_only_when_nothing_else_opens(void **state)
{
    static const char start[] = AGE_VERSION_LINE;
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *key = make_identity(&recipient);
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *passphrase = passphrase_identity("secret");
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    EXH_CLEANUP(exh_freep) char *both = exh_format("%s-> mlkem768x25519 AAAA\nAAAA\n%s", start, age.bytes + strlen(start));
    expect(both, strlen(both), key, EXH_MALFORMED, "MAC does not match", "");      /* the other stanza opened */
    expect(both, strlen(both), passphrase, EXH_REFUSED, "post-quantum hybrid recipient (mlkem768x25519)", "");
    static const char other[] = AGE_VERSION_LINE "-> mlkem768x25519x AAAA\nAAAA\n" MAC;
    expect(other, strlen(other), key, EXH_REFUSED, "no identity given", "");
}

/* ---- armour ---- */

static void armoured_files_open_whatever_their_size_and_line_ends(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(1000000);
    static const char *const ends[] = { "\n", "\r\n" };

    (void)state;
    for (size_t size = 0; size < 1000000; size = size < 100 ? size + 1 : size * 7) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE;
        encrypt(&recipient, 1, bytes, size, size + 1, &age);
        for (size_t i = 0; i < 4; i++) {
            EXH_CLEANUP(exh_text_clear) struct exh_text armoured = EXH_TEXT_NONE, plain = EXH_TEXT_NONE;
            bool opened;
            armour_with(age.bytes, age.size, ends[i % 2], &armoured);
            assert_int_equal(exh_age_is(armoured.bytes, armoured.size), EXH_AGE_ARMOURED);
            assert_int_equal(decrypt_with(1 + i % 2, armoured.bytes, armoured.size, i < 2 ? 0 : 13, 70000, identity,
                                          &plain, &opened, NULL), EXH_OK);
            assert_int_equal(plain.size, size);
            assert_true(size == 0 || memcmp(plain.bytes, bytes, size) == 0);
        }
    }
}

static void the_last_line_may_lack_its_end(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    armour_with(age.bytes, age.size, "\n", &armoured);
    expect(armoured.bytes, armoured.size - 1, identity, EXH_OK, "", "hello");
    expect(armoured.bytes, armoured.size - 2, identity, EXH_NO, "armour", "");
}

static void white_space_is_allowed_outside_up_to_1_KiB(void **state)
{
    static const char *const spaces[] = { "\n", "\r\n", " \t\r\n\v\f\n" };
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    armour_with(age.bytes, age.size, "\n", &armoured);
    for (size_t i = 0; i < EXH_COUNT(spaces); i++) {
        EXH_CLEANUP(exh_freep) char *spaced = exh_format("%s%s%s", spaces[i], armoured.bytes, spaces[i]);
        assert_int_equal(exh_age_is(spaced, strlen(spaced)), EXH_AGE_ARMOURED);
        expect(spaced, strlen(spaced), identity, EXH_OK, "", "hello");
    }
    for (int i = 0; i < 2; i++) {
        EXH_CLEANUP(exh_freep) char *before = exh_format("%*s\n%s", 1023 + i, "", armoured.bytes);
        EXH_CLEANUP(exh_freep) char *behind = exh_format("%s%*s", armoured.bytes, 1024 + i, "");
        expect(before, strlen(before), identity, i ? EXH_MALFORMED : EXH_OK, i ? "1 KiB" : "", i ? "" : "hello");
        expect(behind, strlen(behind), identity, i ? EXH_NO : EXH_OK, i ? "1 KiB" : "", i ? "" : "hello");
    }
}

static void armour_that_is_not_strict_is_refused(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    armour_with(age.bytes, age.size, "\n", &armoured);
    const char *body = armoured.bytes + strlen(BEGIN "\n");
    const struct { const char *words, *said; } bad[] = {
        { exh_format(" %s", armoured.bytes), "line 1" }, { exh_format("\n \t%s", armoured.bytes), "line 2" },
        { exh_format("Dear colleague,\n%s", armoured.bytes), "before its first line" },
        { exh_format(BEGIN " \n%s", body), "line 1" }, { exh_format("-----BEGIN AGE ENCRYPTED FILE----\n%s", body), "line 1" },
        { exh_format("-----begin age encrypted file-----\n%s", body), "line 1" },
        { exh_format(BEGIN "\nComment: x\n\n%s", body), "line 2" }, { exh_format(BEGIN "\n\n%s", body), "line 2" },
        { exh_format(BEGIN "\n %s", body), "line 2" }, { exh_format(BEGIN "\r\r\n%s", body), "line 1" },
        { exh_format(BEGIN "\nAAAA\n%s", body), "line 3" }, { exh_format(BEGIN "\n%.63s\n%s", body, body + 63), "line 2" },
        { exh_format(BEGIN "\n%.64s%.4s\n%s", body, body + 65, body + 69), "line 2" },
        { exh_format(BEGIN "\n%.64s \n%s", body, body + 65), "line 2" },
        { exh_format(BEGIN "\n%.10s_%s", body, body + 11), "line 2" }, { exh_format(BEGIN "\n%.10s\xc1%s", body, body + 11), "line 2" },
    };
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_freep) char *words = (char *)bad[i].words;
        expect(words, strlen(words), identity, EXH_MALFORMED, "armour is damaged", "");
        expect(words, strlen(words), identity, EXH_MALFORMED, bad[i].said, "");
    }
}

/* Its last line, of one byte, said in other ways that a decoder may let pass. */
static void one_byte_has_one_way_to_be_armoured(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;
    char plain[64] = "";

    (void)state;
    while (exh_age_size(1, strlen(plain)) % 48 != 1)
        strcat(plain, "x");
    encrypt(&recipient, 1, plain, strlen(plain), 100, &age);
    armour_with(age.bytes, age.size, "\n", &armoured);
    expect(armoured.bytes, armoured.size, identity, EXH_OK, "", plain);
    size_t body = armoured.size - strlen("XX==\n" END "\n");
    char one = armoured.bytes[body], two = armoured.bytes[body + 1], stray = strchr(alphabet, two)[1];
    char *const lines[] = {
        exh_format("%c%c==", one, stray), exh_format("%c%c==    ", one, two), exh_format("    %c%c==", one, two),
        exh_format("%c%c=====", one, two), exh_format("%c%c=A", one, two), exh_format("%c=%c=", one, two),
        exh_format("%c%cAA====", one, two), exh_format("%c%c", one, two), exh_format("%c%c= ", one, two),
    };
    for (size_t i = 0; i < EXH_COUNT(lines); i++) {
        EXH_CLEANUP(exh_freep) char *line = lines[i];
        EXH_CLEANUP(exh_freep) char *words = exh_format("%.*s%s\n" END "\n", (int)body, armoured.bytes, line);
        expect(words, strlen(words), identity, EXH_NO, "is not one of at most 64 columns of base64", "");
    }
}

static void what_follows_armour_is_refused(void **state)
{
    static const char *const tails[] = { "x", "\n\nx", END "\n", BEGIN "\n" };
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;

    (void)state;
    encrypt(&recipient, 1, "hello", 5, 5, &age);
    armour_with(age.bytes, age.size, "\n", &armoured);
    for (size_t i = 0; i < EXH_COUNT(tails); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s%s", armoured.bytes, tails[i]);
        expect(words, strlen(words), identity, EXH_NO, "white space follows its end line", "");
    }
}

/* All that comes out is the beginning of the right bytes, in whole chunks. */
static void armour_changed_or_cut_short_anywhere_is_refused(void **state)
{
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);
    EXH_CLEANUP(exh_freep) char *bytes = some_bytes(70000);

    (void)state;
    for (size_t size = 40; size <= 70000; size += 69960) {
        EXH_CLEANUP(exh_text_clear) struct exh_text age = EXH_TEXT_NONE, armoured = EXH_TEXT_NONE;
        encrypt(&recipient, 1, bytes, size, size, &age);
        armour_with(age.bytes, age.size, "\n", &armoured);
        for (size_t i = 0; i < armoured.size - 1; i += i < 600 || i + 100 > armoured.size ? 1 : 509)
            for (int cut = 0; cut < 2; cut++) {
                EXH_CLEANUP(exh_text_clear) struct exh_text plain = EXH_TEXT_NONE;
                bool opened;
                char was = armoured.bytes[i];
                armoured.bytes[i] = cut ? was : was ^ 1;
                assert_int_not_equal(decrypt_with(1 + i % 2, armoured.bytes, cut ? i : armoured.size, 0, 100000,
                                                  identity, &plain, &opened, NULL), EXH_OK);
                armoured.bytes[i] = was;
                assert_true(plain.size == 0 || (plain.size == 65536 && i > 65536));
                assert_true(plain.size == 0 || memcmp(plain.bytes, bytes, plain.size) == 0);
            }
    }
}

/* ---- bounds ---- */

struct endless { const char *start; char then; uint64_t pulled; };

static bool pull_endless(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct endless *endless = context;
    size_t start = endless->pulled ? 0 : strlen(endless->start);

    (void)err;
    memset(ret_bytes, endless->then, room);
    memcpy(ret_bytes, endless->start, start < room ? start : room);
    endless->pulled += room;
    *ret_size = room;
    return true;
}

static void what_never_ends_is_refused_soon(void **state)
{
    static const struct endless never[] = { { "", ' ', 0 }, { "", '\n', 0 }, { "-", '-', 0 }, { BEGIN "\n", 'A', 0 },
                                            { BEGIN "\n", '\n', 0 }, { BEGIN, ' ', 0 }, { BEGIN "\n" END, '\n', 0 } };
    struct exh_recipient recipient;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = make_identity(&recipient);

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(never); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_age_reader *reader = NULL;
        struct endless endless = never[i];
        ASSERT_FAILS(exh_age_reader_open(pull_endless, &endless, identity, 1, &reader, &err), &err, EXH_MALFORMED);
        assert_true(endless.pulled <= 1 << 18);
    }
}

static void the_first_bytes_tell_the_form(void **state)
{
    static const char binary[] = AGE_VERSION_LINE;
    EXH_CLEANUP(exh_freep) char *spaced = exh_format(" \r\n\t\n%s\n", BEGIN);

    (void)state;
    assert_int_equal(exh_age_is(binary, strlen(binary)), EXH_AGE_BINARY);
    assert_int_equal(exh_age_is(binary, strlen(binary) - 1), EXH_AGE_NONE);
    assert_int_equal(exh_age_is("\n" AGE_VERSION_LINE, strlen(binary) + 1), EXH_AGE_NONE);
    assert_int_equal(exh_age_is("age-encryption.org/v2\n", strlen(binary)), EXH_AGE_NONE);
    assert_int_equal(exh_age_is(BEGIN, strlen(BEGIN)), EXH_AGE_ARMOURED);
    assert_int_equal(exh_age_is(BEGIN, strlen(BEGIN) - 1), EXH_AGE_NONE);
    assert_int_equal(exh_age_is(spaced, strlen(spaced)), EXH_AGE_ARMOURED);
    assert_int_equal(exh_age_is(" " BEGIN, strlen(BEGIN) + 1), EXH_AGE_NONE);
    assert_int_equal(exh_age_is("PK\3\4", 4), EXH_AGE_NONE);
    assert_int_equal(exh_age_is("", 0), EXH_AGE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_passphrase_opens_its_file),
        cmocka_unit_test(a_passphrase_and_a_key_open_only_their_own),
        cmocka_unit_test(an_empty_passphrase_is_refused),
        cmocka_unit_test(a_work_factor_is_decimal_without_a_leading_zero),
        cmocka_unit_test(a_work_factor_above_22_is_refused_by_name),
        cmocka_unit_test(a_scrypt_stanza_is_the_only_one),
        cmocka_unit_test(a_scrypt_stanza_that_is_not_whole_is_refused_whoever_asks),
        cmocka_unit_test(hybrid_recipients_are_named_only_when_nothing_else_opens),
        cmocka_unit_test(armoured_files_open_whatever_their_size_and_line_ends),
        cmocka_unit_test(the_last_line_may_lack_its_end),
        cmocka_unit_test(white_space_is_allowed_outside_up_to_1_KiB),
        cmocka_unit_test(armour_that_is_not_strict_is_refused),
        cmocka_unit_test(one_byte_has_one_way_to_be_armoured),
        cmocka_unit_test(what_follows_armour_is_refused),
        cmocka_unit_test(armour_changed_or_cut_short_anywhere_is_refused),
        cmocka_unit_test(what_never_ends_is_refused_soon),
        cmocka_unit_test(the_first_bytes_tell_the_form),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
