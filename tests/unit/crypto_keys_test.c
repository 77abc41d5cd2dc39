/* Keys: OpenSSH and minisign lines, and secret key files shared with stock minisign. */
#include "crypto_help.h"
#include "sign.h"

static const char ssh_line[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh76";
static const char fingerprint[] = "SHA256:FOBUf0qFDYHaTSgXhtRZHIt6nSVZ+vROv+EWkIkGCBk";

static void refuse_ssh_line(const char *line, const char *named)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;

    ASSERT_FAILS(exh_key_from_ssh_line(line, &key, &err), &err, EXH_MALFORMED);
    assert_non_null(strstr(err.text, named));
}

static void an_ssh_line_that_is_no_ed25519_key_is_refused(void **state)
{
    (void)state;
    refuse_ssh_line("", "Ed25519");
    refuse_ssh_line("ssh-rsa AAAAB3NzaC1yc2E", "'ssh-rsa'");
    refuse_ssh_line("ssh-ed25519-cert-v01@openssh.com AAAA", "'ssh-ed25519-cert-v01@openssh.com'");
    refuse_ssh_line("-----BEGIN OPENSSH PRIVATE KEY-----", "'-----BEGIN'");
    refuse_ssh_line("ssh-ed25519", "damaged");
    refuse_ssh_line("ssh-ed25519 ", "damaged");
    refuse_ssh_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u", "damaged");
    refuse_ssh_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh7AA", "damaged");
    refuse_ssh_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE1AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh7A", "damaged");
    refuse_ssh_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHzDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh7A", "damaged");
    refuse_ssh_line("ssh-ed25519 /AAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh7A", "damaged");
}

static void an_ssh_line_comes_back_as_it_was(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *with_comment = exh_format("%s signer@exhibit", ssh_line);
    struct exh_public_key key;

    (void)state;
    ASSERT_DONE(exh_key_from_ssh_line(ssh_line, &key, &err), &err);
    EXH_CLEANUP(exh_freep) char *back = exh_key_ssh_line(&key);
    assert_string_equal(back, ssh_line);
    ASSERT_DONE(exh_key_from_ssh_line(with_comment, &key, &err), &err);
    EXH_CLEANUP(exh_freep) char *again = exh_key_ssh_line(&key);
    assert_string_equal(again, ssh_line);
}

static void a_fingerprint_is_the_one_ssh_keygen_shows(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char words[EXH_FINGERPRINT_SIZE];
    struct exh_public_key key;

    (void)state;
    ASSERT_DONE(exh_key_from_ssh_line(ssh_line, &key, &err), &err);
    exh_key_fingerprint(&key, words);
    assert_int_equal(strlen(words), EXH_FINGERPRINT_SIZE - 1);
    assert_memory_equal(words, fingerprint, strlen(fingerprint));

    help_need("ssh-keygen");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *fresh = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *line = exh_key_ssh_line(exh_secret_key_public(fresh));
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/k.pub", directory);
    help_write(path, line, strlen(line));
    exh_key_fingerprint(exh_secret_key_public(fresh), words);
    assert_true(help_run(directory, "ssh-keygen -l -f k.pub | grep -F '%s'", words));
}

static void a_minisign_line_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "RW", "untrusted comment: minisign public key C373193807678450",
        "RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsu",
        "RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo=",
        "SWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo",
        " RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo",
        "RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo\nRW",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_public_key key;
        ASSERT_FAILS(exh_key_from_minisign_line(bad[i], &key, &err), &err, EXH_MALFORMED);
    }
}

static void a_minisign_line_comes_back_as_it_was(void **state)
{
    static const char line[] = "RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo";
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;

    (void)state;
    ASSERT_DONE(exh_key_from_minisign_line("RWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo\r\n", &key, &err),
                &err);
    EXH_CLEANUP(exh_freep) char *back = exh_key_minisign_line(&key);
    assert_string_equal(back, line);
}

/* ---- secret keys ---- */

static struct exh_secret_text *write_key(const struct exh_secret_key *key, const char *passphrase)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = passphrase ? help_secret(passphrase) : NULL;
    struct exh_secret_text *file = NULL;

    ASSERT_DONE(exh_secret_key_write(key, "exhibit OP", words, &file, &err), &err);
    return file;
}

static void refuse_key(const struct exh_secret_text *file, const char *passphrase, enum exh_kind kind)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = passphrase ? help_secret(passphrase) : NULL;
    struct exh_secret_key *key = NULL;
    char *comment = NULL;

    ASSERT_FAILS(exh_secret_key_read(file, words, &key, &comment, &err), &err, kind);
    assert_null(key);
    assert_null(comment);
}

static void assert_same_key(const struct exh_secret_key *a, const struct exh_secret_key *b)
{
    assert_memory_equal(exh_secret_key_public(a), exh_secret_key_public(b), sizeof(struct exh_public_key));
    EXH_CLEANUP(exh_freep) char *one = signed_ssh(a, "n", "m", 1);
    EXH_CLEANUP(exh_freep) char *other = signed_ssh(b, "n", "m", 1);
    assert_string_equal(one, other);
}

static void assert_key_reads(const struct exh_secret_text *file, const char *passphrase,
                             const struct exh_secret_key *expected)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = passphrase ? help_secret(passphrase) : NULL;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_freep) char *comment = NULL;

    ASSERT_DONE(exh_secret_key_read(file, words, &key, &comment, &err), &err);
    assert_string_equal(comment, "exhibit OP");
    assert_same_key(key, expected);
}

static void a_locked_key_is_refused_without_its_passphrase(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, "correct horse");

    (void)state;
    assert_true(exh_secret_key_is_locked(file));
    refuse_key(file, NULL, EXH_REFUSED);
    refuse_key(file, "correct horsf", EXH_REFUSED);
    refuse_key(file, "", EXH_REFUSED);
    assert_key_reads(file, "correct horse", key);
}

static void a_key_without_a_passphrase_needs_none(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, NULL);

    (void)state;
    assert_false(exh_secret_key_is_locked(file));
    assert_key_reads(file, NULL, key);
    assert_key_reads(file, "not looked at", key);
}

static void a_secret_key_file_damaged_anywhere_is_refused(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, NULL);
    const char *start = strchr(file->bytes, '\n') + 1;

    (void)state;
    /* Salt and limits, 48 bytes from the sixth on, mean nothing without a passphrase. */
    for (size_t i = 0; i < file->size - 1; i++) {
        size_t byte = file->bytes + i >= start ? (size_t)(file->bytes + i - start) * 3 / 4 : 0;
        if ((byte >= 5 && byte < 55) || (i >= strlen("untrusted comment: ") && file->bytes + i < start - 1))
            continue;
        char was = file->bytes[i];
        file->bytes[i] = was == 'B' ? 'C' : 'B';
        refuse_key(file, NULL, EXH_MALFORMED);
        file->bytes[i] = was;
    }
    for (size_t size = 0; size < file->size - 1; size++) {
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *cut = exh_secret_text_new(file->bytes, size);
        refuse_key(cut, NULL, EXH_MALFORMED);
    }
    assert_key_reads(file, NULL, key);
}

/* Puts bytes at @offset of the decoded second line. */
static struct exh_secret_text *with_bytes_at(const struct exh_secret_text *file, size_t offset, const void *bytes,
                                             size_t size)
{
    const char *line = strchr(file->bytes, '\n') + 1;
    uint8_t form[158];
    size_t got;

    assert_true(exh_unbase64_any(form, sizeof form, &got, line, file->size - (size_t)(line - file->bytes) - 1));
    memcpy(form + offset, bytes, size);
    EXH_CLEANUP(exh_freep) char *words = exh_base64(form, sizeof form);
    EXH_CLEANUP(exh_freep) char *whole = exh_format("untrusted comment: x\n%s\n", words);
    return help_secret(whole);
}

static void a_key_file_that_asks_for_too_much_is_refused_at_once(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, "p");
    const uint8_t too_much_memory[8] = { 1, 0, 0, 0x40 }, too_long[8] = { 1, 0, 0, 2 };
    const uint8_t all[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

    (void)state;
    for (int i = 0; i < 4; i++) {
        const uint8_t *number = i == 0 ? too_long : i == 1 ? too_much_memory : all;
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *greedy =
            with_bytes_at(file, i % 2 ? 46 : 38, number, 8);
        refuse_key(greedy, "p", EXH_MALFORMED);
    }
}

/* What minisign -W writes: no checksum. A wrong public half would give the secret away in signatures. */
static void a_key_whose_halves_differ_is_refused(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, NULL);
    const uint8_t zeros[32] = { 0 };
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *bare = with_bytes_at(file, 126, zeros, 32);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *bad = with_bytes_at(bare, 94, zeros, 32);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *back = NULL;

    (void)state;
    refuse_key(bad, NULL, EXH_MALFORMED);
    ASSERT_DONE(exh_secret_key_read(bare, NULL, &back, NULL, &err), &err);
    assert_same_key(back, key);
}

static void comments_and_passphrases_that_minisign_could_not_take_are_refused(void **state)
{
    static const char *const bad[] = { "two\nlines", "", "p\n" };
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    char long_words[1002];

    (void)state;
    memset(long_words, 'x', sizeof long_words - 1);
    long_words[sizeof long_words - 1] = '\0';
    for (size_t i = 0; i < 5; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words =
            i == 0 || i == 3 ? NULL : help_secret(i == 4 ? long_words : bad[i]);
        struct exh_secret_text *file = NULL;
        const char *comment = i == 0 ? bad[0] : i == 3 ? long_words : "c";
        ASSERT_FAILS(exh_secret_key_write(key, comment, words, &file, &err), &err, EXH_USAGE);
        assert_null(file);
    }
}

/* ---- stock minisign ---- */

static void stock_minisign_signs_with_our_key(const char *passphrase)
{
    help_need("minisign");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = write_key(key, passphrase);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/op.key", directory), *message = exh_format("%s/m", directory);
    EXH_CLEANUP(exh_freep) char *signature_path = exh_format("%s/m.minisig", directory), *trusted = NULL;
    size_t size;

    help_write(path, file->bytes, file->size);
    help_write(message, "hello\n", 6);
    assert_true(help_run(directory, "echo '%s' | minisign -S -s op.key -m m -t 'tc'", passphrase ? passphrase : ""));
    EXH_CLEANUP(exh_freep) char *signature = help_read(signature_path, &size);
    ASSERT_DONE(exh_verify_minisign(signature, size, exh_secret_key_public(key), "hello\n", 6, NULL, &trusted, &err),
                &err);
    assert_string_equal(trusted, "tc");
}

static void stock_minisign_signs_with_our_key_under_a_passphrase(void **state)
{
    (void)state;
    stock_minisign_signs_with_our_key("correct horse");
}

static void stock_minisign_signs_with_our_key_without_a_passphrase(void **state)
{
    (void)state;
    stock_minisign_signs_with_our_key(NULL);
}

static void read_stock_key(const char *options, const char *passphrase)
{
    help_need("minisign");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/s.key", directory);
    EXH_CLEANUP(exh_freep) char *public_path = exh_format("%s/s.pub", directory);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = help_secret(passphrase);
    size_t size;

    assert_true(help_run(directory, "printf '%s\\n%s\\n' | minisign -G %s -p s.pub -s s.key", passphrase, passphrase,
                         options));
    EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    assert_int_equal(exh_secret_key_is_locked(file), *options == '\0');
    ASSERT_DONE(exh_secret_key_read(file, words, &key, NULL, &err), &err);
    EXH_CLEANUP(exh_freep) char *line = exh_key_minisign_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *public = help_read(public_path, &size);
    assert_non_null(strstr(public, line));
}

static void a_stock_key_under_a_passphrase_is_read(void **state)
{
    (void)state;
    read_stock_key("", "pass word");
}

static void a_stock_key_without_a_passphrase_is_read(void **state)
{
    (void)state;
    read_stock_key("-W", "");
}

static void the_vectors_secret_keys_are_read(void **state)
{
    help_need_material();

    static const char *const files[] = {
        "minisign-debian/a.key", "minisign-debian/b.key", "minisign-aead/minisign-nopassword-0.key",
        "minisign-aead/minisign-nopassword-1.key",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(files); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_freep) char *name = exh_format("signatures/%s", files[i]);
        EXH_CLEANUP(exh_freep) char *path = help_material(name);
        size_t size;
        EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);
        EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
        EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
        ASSERT_DONE(exh_secret_key_read(file, NULL, &key, NULL, &err), &err);
    }
    EXH_CLEANUP(exh_freep) char *path = help_material("signatures/signify/regresskey.sec");
    size_t size;
    EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = exh_secret_text_new(bytes, size);
    refuse_key(file, NULL, EXH_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ssh_line_that_is_no_ed25519_key_is_refused),
        cmocka_unit_test(an_ssh_line_comes_back_as_it_was),
        cmocka_unit_test(a_fingerprint_is_the_one_ssh_keygen_shows),
        cmocka_unit_test(a_minisign_line_that_is_none_is_refused),
        cmocka_unit_test(a_minisign_line_comes_back_as_it_was),
        cmocka_unit_test(a_locked_key_is_refused_without_its_passphrase),
        cmocka_unit_test(a_key_without_a_passphrase_needs_none),
        cmocka_unit_test(a_secret_key_file_damaged_anywhere_is_refused),
        cmocka_unit_test(a_key_file_that_asks_for_too_much_is_refused_at_once),
        cmocka_unit_test(a_key_whose_halves_differ_is_refused),
        cmocka_unit_test(comments_and_passphrases_that_minisign_could_not_take_are_refused),
        cmocka_unit_test(stock_minisign_signs_with_our_key_under_a_passphrase),
        cmocka_unit_test(stock_minisign_signs_with_our_key_without_a_passphrase),
        cmocka_unit_test(a_stock_key_under_a_passphrase_is_read),
        cmocka_unit_test(a_stock_key_without_a_passphrase_is_read),
        cmocka_unit_test(the_vectors_secret_keys_are_read),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
