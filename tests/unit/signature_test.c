/* One file against detached signatures: verdicts and findings on the vectors of OpenSSH, minisign and signify. */
#include "crypto_help.h"
#include "sign.h"

#include "exhibit/file.h"
#include "exhibit/signature.h"

#define OLD_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDZTk7u/N389XKas/KCjfXNPpQkAmeG8PtO/AbHGh76"

/* ---- judging one signature of one file ---- */


static int open_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        fail_msg("cannot open %s", path);
    return fd;
}

static void judge(int fd, const char *const *signatures, size_t count, const struct exh_signature_means *means,
                  struct exh_signature_result *ret_result)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_signature_file files[8];

    for (size_t i = 0; i < count; i++)
        files[i] = (struct exh_signature_file){ signatures[i], strlen(signatures[i]) };
    ASSERT_DONE(exh_signature_judge(fd, "the file", files, count, means, ret_result, &err), &err);
    assert_int_equal(ret_result->count, count);
}

static void read_vector_key(const char *directory, const char *name, struct exh_signature_key *ret_key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *below = exh_format("signatures/%s/%s", directory, name), *path = help_material(below);
    size_t size;
    EXH_CLEANUP(exh_freep) char *bytes = help_read(path, &size);

    ASSERT_DONE(exh_signature_read_key(bytes, size, name, ret_key, &err), &err);
}

struct vector { const char *signature, *message, *key, *name_space, *code; };

static void judge_vector(const char *directory, const struct vector *vector)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_freep) char *signature_name = exh_format("signatures/%s/%s", directory, vector->signature);
    EXH_CLEANUP(exh_freep) char *message_name = exh_format("signatures/%s/%s", directory, vector->message);
    EXH_CLEANUP(exh_freep) char *signature_path = help_material(signature_name), *message_path = help_material(message_name);
    size_t size;
    EXH_CLEANUP(exh_freep) char *signature = help_read(signature_path, &size);
    EXH_CLEANUP(exh_fd_close) int fd = open_path(message_path);
    struct exh_signature_key key;
    struct exh_signature_means means = { .name_space = vector->name_space ? vector->name_space : "exhibit",
                                         .at = exh_moment_now(), .key = vector->key ? &key : NULL };

    if (vector->key)
        read_vector_key(directory, vector->key, &key);
    judge(fd, (const char *const[]){ signature }, 1, &means, &result);
    const char *code = result.at[0].finding ? result.at[0].finding->code : "";
    if (strcmp(code, vector->code) != 0)
        fail_msg("%s of %s: '%s', not '%s': %s", vector->signature, vector->message, code, vector->code,
                 result.at[0].reason ? result.at[0].reason : "");
    assert_int_equal(result.at[0].verdict == EXH_SIGNATURE_GOOD, *code == '\0');
}

static void judge_vectors(const char *directory, const struct vector *vectors, size_t count)
{
    help_need_material();
    for (size_t i = 0; i < count; i++)
        judge_vector(directory, &vectors[i]);
}

static void ssh_vectors_get_openssh_s_verdict_or_are_refused(void **state)
{
    static const struct vector vectors[] = {
        { "bad-magic.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-missing-begin.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-no-end-line.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-signature-bit.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "bad-trailing-bytes.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-truncated.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-version-2.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "edge-crlf.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "edge-leading-text.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "edge-trailing-text.sig", "manifest.txt", "k1.pub", NULL, "" },
        { "k1-cert.exhibit.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-ALGORITHM" },
        { "k1.exhibit.sha256.sig", "manifest.txt", "k1.pub", NULL, "" },
        { "k1.exhibit.sha512.sig", "manifest.txt", "k1.pub", NULL, "" },
        { "k1.exhibit.sha512.sig", "manifest.txt", "ca.pub", NULL, "E-SIGNATURE-KEY" },
        { "k1.exhibit.sha512.sig", "manifest.txt", NULL, NULL, "W-SIGNATURE-SIGNER-UNKNOWN" },
        { "k1.exhibit.sha512.sig", "manifest.txt", "k1.pub", "file", "E-SIGNATURE-NAMESPACE" },
        { "k1.exhibit.sha512.sig", "other.txt", "k1.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "k1.other-message.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "k1.wrong-namespace-file.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-NAMESPACE" },
        { "k1.wrong-namespace-file.sig", "manifest.txt", "k1.pub", "file", "" },
        { "k2.exhibit.sha256.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-ALGORITHM" },
        { "k2.exhibit.sha512.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-ALGORITHM" },
        { "k3.exhibit.sha256.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-ALGORITHM" },
        { "k3.exhibit.sha512.sig", "manifest.txt", "k1.pub", NULL, "E-SIGNATURE-ALGORITHM" },
    };
    static const struct vector openssh[] = {
        { "ed25519.sig", "signed-data", "ed25519.pub", "unittest", "" },
        { "ed25519.sig", "namespace", "ed25519.pub", "unittest", "E-SIGNATURE-MISMATCH" },
        { "rsa.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
        { "ecdsa.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
        { "ecdsa_sk.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
        { "ecdsa_sk_webauthn.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
        { "ed25519_sk.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
        { "mldsa44-ed25519.sig", "signed-data", NULL, "unittest", "E-SIGNATURE-ALGORITHM" },
    };

    (void)state;
    judge_vectors("sshsig-debian", vectors, EXH_COUNT(vectors));
    judge_vectors("openssh-sshsig", openssh, EXH_COUNT(openssh));
}

static void minisign_and_signify_vectors_get_their_programs_verdict(void **state)
{
    static const struct vector debian[] = {
        { "bad-algo-relabelled-ED-to-Ed.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "bad-keyid.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-KEY" },
        { "bad-long-comment-9000.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-no-untrusted-prefix.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-short-base64.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-signature-bit.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "bad-truncated-no-global-sig.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MALFORMED" },
        { "bad-trusted-comment-edited.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-COMMENT" },
        { "bin.dat.legacy.minisig", "bin.dat", "a.pub", NULL, "" },
        { "bin.dat.prehashed.minisig", "bin.dat", "a.pub", NULL, "" },
        { "bin.dat.prehashed.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "bin.dat.legacy.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "edge-crlf.minisig", "manifest.txt", "a.pub", NULL, "" },
        { "edge-no-final-newline.minisig", "manifest.txt", "a.pub", NULL, "" },
        { "edge-trailing-lines.minisig", "manifest.txt", "a.pub", NULL, "" },
        { "empty.bin.legacy.minisig", "empty.bin", "a.pub", NULL, "" },
        { "empty.bin.prehashed.minisig", "empty.bin", "a.pub", NULL, "" },
        { "manifest.txt.legacy.minisig", "manifest.txt", "a.pub", NULL, "" },
        { "manifest.txt.otherkey.minisig", "manifest.txt", "a.pub", NULL, "E-SIGNATURE-KEY" },
        { "manifest.txt.otherkey.minisig", "manifest.txt", "b.pub", NULL, "" },
        { "manifest.txt.prehashed.minisig", "manifest.txt", "a.pub", NULL, "" },
        { "manifest.txt.prehashed.minisig", "manifest.txt", NULL, NULL, "E-SIGNATURE-NO-KEY" },
        { "ok-untrusted-comment-edited.minisig", "manifest.txt", "a.pub", NULL, "" },
    };
    static const struct vector aead[] = {
        { "message.txt.minisig", "message.txt", "minisign.pub", NULL, "" },
        { "robtest.ps1.minisig", "message.txt", "minisign.pub", NULL, "E-SIGNATURE-KEY" },
    };
    static const struct vector jedisct1[] = {
        { "test.legacy.minisig", "test", "minisign.pub", NULL, "" },
        { "test.prehashed.minisig", "test", "minisign.pub", NULL, "" },
    };
    static const struct vector signify[] = {
        { "orders.txt.sig", "orders.txt", "regresskey.pub", NULL, "" },
        { "forgery.txt.sig", "forgery.txt", "regresskey.pub", NULL, "E-SIGNATURE-MISMATCH" },
        { "orders.txt.sig", "orders.txt", NULL, NULL, "E-SIGNATURE-NO-KEY" },
    };

    (void)state;
    judge_vectors("minisign-debian", debian, EXH_COUNT(debian));
    judge_vectors("minisign-aead", aead, EXH_COUNT(aead));
    judge_vectors("minisign-jedisct1", jedisct1, EXH_COUNT(jedisct1));
    judge_vectors("signify", signify, EXH_COUNT(signify));
}

/* ---- a place of our own: a message, its signatures, and lists of signers ---- */

struct place {
    char *directory, *path;
    struct exh_secret_key *key, *other;
    char *ssh, *minisign;
    struct exh_signers signers;          /* knows key, for "exhibit", in 2021 */
};

static void set_signers(struct place *place, const char *options, const struct exh_secret_key *key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *line = exh_key_ssh_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *words = exh_format("old " OLD_KEY "\nop %s %s\n", options, line);

    exh_signers_clear(&place->signers);
    ASSERT_DONE(exh_signers_read(words, strlen(words), "UTC", &place->signers, &err), &err);
}

static void clear_place(struct place *place)
{
    help_directory_free(&place->directory);
    free(place->path);
    free(place->ssh);
    free(place->minisign);
    exh_secret_key_freep(&place->key);
    exh_secret_key_freep(&place->other);
    exh_signers_clear(&place->signers);
}

static struct place make_place(void)
{
    static const char message[] = "the message\n";
    struct place place = { .directory = help_directory(), .key = exh_secret_key_new(), .other = exh_secret_key_new() };

    place.path = exh_format("%s/m", place.directory);
    help_write(place.path, message, strlen(message));
    place.ssh = signed_ssh(place.key, "exhibit", message, strlen(message));
    place.minisign = signed_minisign(place.key, "u", "signed by hand", message, strlen(message));
    set_signers(&place, "namespaces=\"exhibit\",valid-after=\"20210101Z\",valid-before=\"20220101Z\"", place.key);
    return place;
}
#define PLACE(name) EXH_CLEANUP(clear_place) struct place name = make_place()

static struct exh_moment at(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { 0 };

    ASSERT_DONE(exh_moment_parse_utc(words, &moment, &err), &err);
    return moment;
}

static void assert_codes(const struct place *place, const struct exh_signature_means *means, const char *ssh, const char *minisign)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place->path);

    judge(fd, (const char *const[]){ place->minisign, place->ssh }, 2, means, &result);
    assert_string_equal(result.at[1].finding ? result.at[1].finding->code : "", ssh);
    assert_string_equal(result.at[0].finding ? result.at[0].finding->code : "", minisign);
}

static void listed_keys_count_for_their_time_and_namespace_only_by_either_form(void **state)
{
    PLACE(place);
    struct exh_signature_means means = { .signers = &place.signers, .name_space = "exhibit", .at = at("2021-06-01T00:00:00Z") };

    (void)state;
    assert_codes(&place, &means, "", "");
    means.at = at("2020-12-31T23:59:59Z");
    assert_codes(&place, &means, "E-SIGNATURE-SIGNER-NOT-YET", "E-SIGNATURE-SIGNER-NOT-YET");
    means.at = at("2022-01-01T00:00:01Z");
    assert_codes(&place, &means, "E-SIGNATURE-SIGNER-EXPIRED", "E-SIGNATURE-SIGNER-EXPIRED");
    set_signers(&place, "namespaces=\"git\"", place.key);
    assert_codes(&place, &means, "E-SIGNATURE-SIGNER-NAMESPACE", "E-SIGNATURE-SIGNER-NAMESPACE");
    set_signers(&place, "", place.other);
    /* minisign's does not say whose it is: the SSHSIG beside it does. */
    assert_codes(&place, &means, "W-SIGNATURE-SIGNER-UNKNOWN", "W-SIGNATURE-SIGNER-UNKNOWN");
    free(place.ssh);
    place.ssh = exh_strdup("nonsense");
    assert_codes(&place, &means, "E-SIGNATURE-MALFORMED", "E-SIGNATURE-MISMATCH");
}

static void a_key_given_by_itself_is_trusted_whatever_lists_say_of_it(void **state)
{
    PLACE(place);
    struct exh_signature_key key = { .key = *exh_secret_key_public(place.key), .has_number = true };
    struct exh_signature_means means = { .signers = &place.signers, .key = &key, .name_space = "exhibit",
                                         .at = at("2030-01-01T00:00:00Z") };

    (void)state;
    assert_codes(&place, &means, "", "");
    key.key.minisign_id[0] ^= 1;         /* minisign takes its number only, but the list's key has none */
    assert_codes(&place, &means, "", "");
    means.signers = NULL;
    free(place.ssh);
    place.ssh = exh_strdup("nonsense");
    assert_codes(&place, &means, "E-SIGNATURE-MALFORMED", "E-SIGNATURE-KEY");
    key.has_number = false;              /* an OpenSSH key has none: the signature decides */
    assert_codes(&place, &means, "E-SIGNATURE-MALFORMED", "");
}

static void the_report_says_whose_it_is_and_what_was_read(void **state)
{
    PLACE(place);
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place.path);
    struct exh_signature_means means = { .signers = &place.signers, .name_space = "exhibit", .at = at("2021-06-01T00:00:00Z") };
    char fingerprint[EXH_FINGERPRINT_SIZE], digest[EXH_SHA256_DIGITS];

    (void)state;
    exh_key_fingerprint(exh_secret_key_public(place.key), fingerprint);
    exh_sha256("the message\n", 12, digest);
    judge(fd, (const char *const[]){ place.ssh, place.minisign }, 2, &means, &result);
    assert_string_equal(result.digests.sha256, digest);
    assert_int_equal(result.digests.size, 12);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(result.at[i].signer, fingerprint);
        assert_string_equal(result.at[i].signer_name, "op");
        assert_int_equal(result.at[i].signer_state, EXH_KEY_VALID);
        assert_false(result.at[i].named);
    }
    assert_string_equal(result.at[0].name_space, "exhibit");
    assert_null(result.at[0].trusted);
    assert_string_equal(result.at[1].trusted, "signed by hand");
    assert_int_equal(strlen(result.at[1].key_number), 16);
}

static void a_file_is_not_read_where_no_signature_could_be_held_against_it(void **state)
{
    PLACE(place);
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place.directory);     /* reading it would fail */
    struct exh_signature_means means = { .name_space = "exhibit", .at = exh_moment_now() };

    (void)state;
    judge(fd, (const char *const[]){ "nonsense", place.minisign, "" }, 3, &means, &result);
    assert_int_equal(result.at[0].verdict, EXH_SIGNATURE_MALFORMED);
    assert_int_equal(result.at[1].verdict, EXH_SIGNATURE_NOT_JUDGED);
    assert_int_equal(result.at[2].verdict, EXH_SIGNATURE_MALFORMED);
    assert_string_equal(result.digests.sha256, "");
}

static void what_cannot_be_read_is_an_error_and_no_verdict(void **state)
{
    PLACE(place);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place.directory);
    struct exh_signature_means means = { .name_space = "exhibit", .at = exh_moment_now() };
    struct exh_signature_file file = { place.ssh, strlen(place.ssh) };

    (void)state;
    ASSERT_FAILS(exh_signature_judge(fd, "a folder", &file, 1, &means, &result, &err), &err, EXH_IO);
    assert_non_null(strstr(err.text, "'a folder'"));
}

static bool stop_at_once(void *context, uint64_t done)
{
    (void)context;
    (void)done;
    return false;
}

static void reading_stops_where_it_is_told_to(void **state)
{
    PLACE(place);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_file_digests_clear) struct exh_file_digests digests = EXH_FILE_DIGESTS_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place.path);

    (void)state;
    ASSERT_FAILS(exh_file_digests_read(fd, "m", 0, stop_at_once, NULL, &digests, &err), &err, EXH_IO);
    assert_non_null(strstr(err.text, "interrupted"));
}

/* ---- legacy signatures ---- */

#define LEGACY "untrusted comment: u\n" \
    "RWSAvXVz8FiOuX3dQAMAszoWlWvlJixbQSpoEQGLy3Xz6f2ytNsww5cASQzW4BZB/wbPfGvVgs3gBKFIzHyrriv7d+CIPzmWuwE=\n"

static void assert_legacy(const struct place *place, uint64_t size, const struct exh_signature_means *means, const char *code)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open_path(place->path);

    assert_int_equal(truncate(place->path, (off_t)size), 0);
    judge(fd, (const char *const[]){ LEGACY }, 1, means, &result);
    assert_string_equal(result.at[0].finding->code, code);
    assert_int_equal(result.at[0].form, EXH_SIGNATURE_SIGNIFY);
    if (result.at[0].verdict == EXH_SIGNATURE_REFUSED)
        assert_string_equal(result.digests.sha256, "");      /* known before anything was read */
}

static void what_a_legacy_signature_would_cost_is_bounded_before_it_is_spent(void **state)
{
    PLACE(place);
    struct exh_signature_key key = { .key = *exh_secret_key_public(place.key) };
    struct exh_signature_means given = { .key = &key, .name_space = "exhibit", .at = exh_moment_now() };
    struct exh_signature_means listed = { .signers = &place.signers, .name_space = "exhibit", .at = exh_moment_now() };

    (void)state;
    assert_legacy(&place, EXH_SIGNATURE_LEGACY_MOST + 1, &given, "E-SIGNATURE-LEGACY-SIZE");
    for (size_t i = 0; i < 40; i++) {    /* many lines of a list, each another's */
        place.signers.at = exh_realloc_array(place.signers.at, place.signers.count + 1, sizeof *place.signers.at);
        place.signers.at[place.signers.count++] = (struct exh_signer){ .principals = exh_strdup("x"), .key = key.key };
    }
    assert_legacy(&place, EXH_SIGNATURE_LEGACY_MOST, &listed, "E-SIGNATURE-LEGACY-KEYS");
    assert_legacy(&place, 1 << 20, &listed, "E-SIGNATURE-MISMATCH");
}

/* ---- public keys ---- */

static enum exh_kind read_key(const char *words, struct exh_signature_key *ret_key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_signature_read_key(words, strlen(words), "k.pub", ret_key, &err))
        assert_non_null(strstr(err.text, "'k.pub'"));
    return err.kind;
}

static void public_keys_of_three_programs_are_read_and_others_refused_by_name(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *secret = exh_secret_key_new();
    const struct exh_public_key *public = exh_secret_key_public(secret);
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(public), *minisign = exh_key_minisign_line(public);
    EXH_CLEANUP(exh_freep) char *file = exh_format("untrusted comment: signify public key\r\n%s\r\n", minisign);
    EXH_CLEANUP(exh_freep) char *commented = exh_format("%s op@example\r\n\r\n", ssh), *two = exh_format("%s\n%s\n", ssh, ssh);
    EXH_CLEANUP(exh_freep) char *listed = exh_format("op %s\n", ssh);
    struct exh_signature_key key;

    (void)state;
    assert_int_equal(read_key(file, &key), EXH_OK);
    assert_true(key.has_number);
    assert_memory_equal(&key.key, public, sizeof *public);
    assert_int_equal(read_key(commented, &key), EXH_OK);
    assert_false(key.has_number);
    assert_memory_equal(key.key.ed25519, public->ed25519, sizeof public->ed25519);
    assert_int_equal(read_key(two, &key), EXH_MALFORMED);
    assert_int_equal(read_key(listed, &key), EXH_MALFORMED);
    assert_int_equal(read_key("", &key), EXH_MALFORMED);
    assert_int_equal(read_key("untrusted comment: x", &key), EXH_MALFORMED);
    assert_int_equal(read_key("untrusted comment: x\nRWnonsense\n", &key), EXH_MALFORMED);
    assert_int_equal(read_key("ssh-ed25519 nonsense\n", &key), EXH_MALFORMED);
    assert_int_equal(read_key("ssh-rsa AAAA\n", &key), EXH_REFUSED);
    assert_int_equal(read_key("sk-ssh-ed25519@openssh.com AAAA\n", &key), EXH_REFUSED);
    assert_int_equal(read_key("ssh-ed25519-cert-v01@openssh.com AAAA\n", &key), EXH_REFUSED);
}

/* ---- the table ---- */

static void each_finding_has_a_code_of_its_own_that_tells_its_verdict(void **state)
{
    size_t count;
    const struct exh_signature_finding *findings = exh_signature_findings(&count);

    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        bool warns = findings[i].verdict == EXH_SIGNATURE_PARTIAL;
        assert_int_equal(strncmp(findings[i].code, warns ? "W-SIGNATURE-" : "E-SIGNATURE-", 12), 0);
        assert_int_not_equal(findings[i].verdict, EXH_SIGNATURE_GOOD);
        assert_int_equal(strspn(findings[i].code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"), strlen(findings[i].code));
        assert_int_equal(findings[i].words[strlen(findings[i].words) - 1], '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(findings[i].code, findings[j].code);
    }
}

static void the_manual_has_each_finding_in_the_program_s_words(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = NULL;
    size_t count, size, said = 0;
    const struct exh_signature_finding *findings = exh_signature_findings(&count);
    const char *top = getenv("EXHIBIT_TOP");
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/docs/man/exhibit-findings.7", top ? top : ".");

    (void)state;
    page = help_read(path, &size);
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *item = exh_format(".It Sy %s\n%s\n", findings[i].code, findings[i].words);
        if (!strstr(page, item))
            fail_msg("exhibit-findings(7) does not say: %s", item);
    }
    const char *section = strstr(page, "\n.Sh SIGNATURES\n");
    assert_non_null(section); /* packages have findings of signatures too */
    for (const char *found = section; (found = strstr(found, "-SIGNATURE-")); found++)
        said++;
    assert_int_equal(said, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssh_vectors_get_openssh_s_verdict_or_are_refused),
        cmocka_unit_test(minisign_and_signify_vectors_get_their_programs_verdict),
        cmocka_unit_test(listed_keys_count_for_their_time_and_namespace_only_by_either_form),
        cmocka_unit_test(a_key_given_by_itself_is_trusted_whatever_lists_say_of_it),
        cmocka_unit_test(the_report_says_whose_it_is_and_what_was_read),
        cmocka_unit_test(a_file_is_not_read_where_no_signature_could_be_held_against_it),
        cmocka_unit_test(what_cannot_be_read_is_an_error_and_no_verdict),
        cmocka_unit_test(reading_stops_where_it_is_told_to),
        cmocka_unit_test(what_a_legacy_signature_would_cost_is_bounded_before_it_is_spent),
        cmocka_unit_test(public_keys_of_three_programs_are_read_and_others_refused_by_name),
        cmocka_unit_test(each_finding_has_a_code_of_its_own_that_tells_its_verdict),
        cmocka_unit_test(the_manual_has_each_finding_in_the_program_s_words),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
