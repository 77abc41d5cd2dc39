/* Signatures: SSHSIG and minisign, against the vectors and stock ssh-keygen and minisign. */
#include "crypto_help.h"
#include "sign.h"

#include <sodium.h>

static const char message[] = "sha256  data/master/OP1.mp4\n";
enum { MESSAGE_SIZE = sizeof message - 1 };

struct vector { const char *signature, *message; enum exh_kind expected; };

/* ---- SSHSIG ---- */

static enum exh_kind judge_ssh(const char *armour, size_t armour_size, const char *name_space, const void *bytes,
                               size_t size, bool exact, char **ret_text)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;

    bool done = exh_verify_ssh(armour, armour_size, name_space, bytes, size, exact, &key, &err);
    assert_int_equal(done, err.kind == EXH_OK);
    if (ret_text)
        *ret_text = exh_strdup(err.text);
    return err.kind;
}

static void judge_ssh_vector(const char *directory, const struct vector *vector, const char *name_space)
{
    help_need_material();

    EXH_CLEANUP(exh_freep) char *name = exh_format("signatures/%s/%s", directory, vector->signature);
    EXH_CLEANUP(exh_freep) char *path = help_material(name);
    EXH_CLEANUP(exh_freep) char *text = NULL, *bytes = NULL;
    size_t armour_size, size = strlen("testing");
    EXH_CLEANUP(exh_freep) char *armour = help_read(path, &armour_size);

    if (vector->message) {
        EXH_CLEANUP(exh_freep) char *message_name = exh_format("signatures/%s/%s", directory, vector->message);
        EXH_CLEANUP(exh_freep) char *message_path = help_material(message_name);
        bytes = help_read(message_path, &size);
    }
    enum exh_kind kind = judge_ssh(armour, armour_size, name_space, bytes ? bytes : "testing", size, false, &text);
    if (kind != vector->expected)
        fail_msg("%s: %d, not %d: %s", vector->signature, kind, vector->expected, text ? text : "verified");
    if (kind == EXH_REFUSED)
        assert_non_null(strchr(text, '\''));
}

static void openssh_vectors_of_debian_get_openssh_s_verdict(void **state)
{
    static const struct vector vectors[] = {
        { "bad-magic.sig", "manifest.txt", EXH_MALFORMED },
        { "bad-missing-begin.sig", "manifest.txt", EXH_MALFORMED },
        { "bad-no-end-line.sig", "manifest.txt", EXH_MALFORMED },
        { "bad-signature-bit.sig", "manifest.txt", EXH_NO },
        { "bad-trailing-bytes.sig", "manifest.txt", EXH_MALFORMED },
        { "bad-truncated.sig", "manifest.txt", EXH_MALFORMED },
        { "bad-version-2.sig", "manifest.txt", EXH_MALFORMED },
        { "edge-crlf.sig", "manifest.txt", EXH_MALFORMED },
        { "edge-leading-text.sig", "manifest.txt", EXH_MALFORMED },
        { "edge-trailing-text.sig", "manifest.txt", EXH_OK },
        { "k1-cert.exhibit.sig", "manifest.txt", EXH_REFUSED },
        { "k1.exhibit.sha256.sig", "manifest.txt", EXH_OK },
        { "k1.exhibit.sha512.sig", "manifest.txt", EXH_OK },
        { "k1.exhibit.sha512.sig", "other.txt", EXH_NO },
        { "k1.other-message.sig", "manifest.txt", EXH_NO },
        { "k1.wrong-namespace-file.sig", "manifest.txt", EXH_NO },
        { "k2.exhibit.sha256.sig", "manifest.txt", EXH_REFUSED },
        { "k2.exhibit.sha512.sig", "manifest.txt", EXH_REFUSED },
        { "k3.exhibit.sha256.sig", "manifest.txt", EXH_REFUSED },
        { "k3.exhibit.sha512.sig", "manifest.txt", EXH_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(vectors); i++)
        judge_ssh_vector("sshsig-debian", &vectors[i], "exhibit");
}

static void openssh_s_own_vectors_are_verified_or_refused_by_name(void **state)
{
    static const struct vector vectors[] = {
        { "ed25519.sig", "signed-data", EXH_OK },             { "ed25519.sig", "namespace", EXH_NO },
        { "ecdsa.sig", "signed-data", EXH_REFUSED },          { "ecdsa_sk.sig", "signed-data", EXH_REFUSED },
        { "ecdsa_sk_webauthn.sig", "signed-data", EXH_REFUSED }, { "ed25519_sk.sig", "signed-data", EXH_REFUSED },
        { "mldsa44-ed25519.sig", "signed-data", EXH_REFUSED }, { "rsa.sig", "signed-data", EXH_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(vectors); i++)
        judge_ssh_vector("openssh-sshsig", &vectors[i], "unittest");
}

static void rustcrypto_vectors_are_verified_or_refused_by_name(void **state)
{
    static const struct vector vectors[] = {
        { "sshsig_ed25519", NULL, EXH_OK },          { "sshsig_dsa_1024", NULL, EXH_REFUSED },
        { "sshsig_ecdsa_p256", NULL, EXH_REFUSED },  { "sshsig_ecdsa_p384", NULL, EXH_REFUSED },
        { "sshsig_rsa_3072", NULL, EXH_REFUSED },    { "sshsig_sk_ed25519", NULL, EXH_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(vectors); i++)
        judge_ssh_vector("rustcrypto-sshsig", &vectors[i], "example");
}

static void an_ssh_signature_over_other_bytes_or_for_another_namespace_is_refused(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *armour = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    size_t size = strlen(armour);

    (void)state;
    assert_int_equal(judge_ssh(armour, size, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_OK);
    assert_int_equal(judge_ssh(armour, size, "exhibit", message, MESSAGE_SIZE - 1, true, NULL), EXH_NO);
    assert_int_equal(judge_ssh(armour, size, "git", message, MESSAGE_SIZE, true, NULL), EXH_NO);
    assert_int_equal(judge_ssh(armour, size, "exhibi", message, MESSAGE_SIZE, true, NULL), EXH_NO);
    assert_int_equal(judge_ssh("", 0, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_MALFORMED);
}

static void an_ssh_signature_read_exactly_allows_no_byte_to_change(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *armour = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    size_t size = strlen(armour);

    (void)state;
    for (size_t i = 0; i < size; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            armour[i] ^= (char)bit;
            assert_int_not_equal(judge_ssh(armour, size, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_OK);
            armour[i] ^= (char)bit;
        }
    for (size_t i = 0; i < size; i++) {
        EXH_CLEANUP(exh_freep) char *longer = exh_format("%.*s\n%s", (int)i, armour, armour + i);
        assert_int_not_equal(judge_ssh(longer, size + 1, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_OK);
        assert_int_not_equal(judge_ssh(armour, i, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_OK);
    }
    EXH_CLEANUP(exh_freep) char *longer = exh_format("%s\n", armour);
    assert_int_equal(judge_ssh(longer, size + 1, "exhibit", message, MESSAGE_SIZE, false, NULL), EXH_OK);
    assert_int_equal(judge_ssh(longer, size + 1, "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_MALFORMED);
}

/* The reserved field is not signed over by ssh-keygen: it could carry anything. */
static void an_ssh_signature_with_something_in_its_reserved_field_is_not_exact(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *armour = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    uint8_t blob[512], longer[520];
    size_t size, reserved = 6 + 4 + 4 + 51 + 4 + 7;

    (void)state;
    for (const char *c = strchr(armour, '\n'); *c != '-'; c++)
        if (*c != '\n')
            exh_text_add(&words, c, 1);
    assert_true(exh_unbase64_any(blob, sizeof blob, &size, words.bytes, words.size));
    memcpy(longer, blob, reserved);
    memcpy(longer + reserved, "\0\0\0\3abc", 7);
    memcpy(longer + reserved + 7, blob + reserved + 4, size - reserved - 4);
    EXH_CLEANUP(exh_freep) char *base64 = exh_base64(longer, size + 3);
    EXH_CLEANUP(exh_freep) char *file = exh_format("-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n",
                                                   base64);
    assert_int_equal(judge_ssh(file, strlen(file), "exhibit", message, MESSAGE_SIZE, false, NULL), EXH_OK);
    assert_int_equal(judge_ssh(file, strlen(file), "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_MALFORMED);
}

static void an_ssh_signature_names_the_key_that_made_it(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *armour = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    struct exh_public_key signer;

    (void)state;
    ASSERT_DONE(exh_verify_ssh(armour, strlen(armour), "exhibit", message, MESSAGE_SIZE, true, &signer, &err), &err);
    assert_memory_equal(signer.ed25519, exh_secret_key_public(key)->ed25519, 32);
}

static void ssh_keygen_verifies_our_signature(void **state)
{
    help_need("ssh-keygen");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *armour = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    EXH_CLEANUP(exh_freep) char *line = exh_key_ssh_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *allowed = exh_format("op %s\n", line);
    EXH_CLEANUP(exh_freep) char *message_path = exh_format("%s/m", directory);
    EXH_CLEANUP(exh_freep) char *allowed_path = exh_format("%s/a", directory);
    EXH_CLEANUP(exh_freep) char *signature_path = exh_format("%s/m.sig", directory);

    (void)state;
    help_write(message_path, message, MESSAGE_SIZE);
    help_write(allowed_path, allowed, strlen(allowed));
    help_write(signature_path, armour, strlen(armour));
    assert_true(help_run(directory, "ssh-keygen -Y verify -f a -I op -n exhibit -s m.sig <m"));
    assert_false(help_run(directory, "ssh-keygen -Y verify -f a -I op -n file -s m.sig <m"));
    assert_false(help_run(directory, "ssh-keygen -Y verify -f a -I op -n exhibit -s m.sig <a"));
}

/* Namespaces of every length move the line breaks and the padding about. */
static void we_verify_what_ssh_keygen_signs_to_the_byte(void **state)
{
    help_need("ssh-keygen");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_freep) char *message_path = exh_format("%s/m", directory);
    EXH_CLEANUP(exh_freep) char *signature_path = exh_format("%s/m.sig", directory);

    (void)state;
    help_write(message_path, message, MESSAGE_SIZE);
    assert_true(help_run(directory, "ssh-keygen -q -t ed25519 -N '' -f k"));
    for (int length = 1; length <= 53; length += 3) {
        EXH_CLEANUP(exh_freep) char *name_space = exh_format("%0*d", length, 7);
        size_t size;
        assert_true(help_run(directory, "rm -f m.sig; ssh-keygen -Y sign -n %s -f k %s m", name_space,
                             length % 2 ? "-O hashalg=sha256" : ""));
        EXH_CLEANUP(exh_freep) char *armour = help_read(signature_path, &size);
        assert_int_equal(judge_ssh(armour, size, name_space, message, MESSAGE_SIZE, true, NULL), EXH_OK);
    }
}

/* ---- minisign ---- */

static enum exh_kind judge_minisign(const char *file, size_t file_size, const struct exh_public_key *key,
                                    const void *bytes, size_t size, const char *untrusted)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *trusted = NULL;

    bool done = exh_verify_minisign(file, file_size, key, bytes, size, untrusted, &trusted, &err);
    assert_int_equal(done, err.kind == EXH_OK);
    assert_int_equal(done, trusted != NULL);
    return err.kind;
}

static void judge_minisign_vector(const char *directory, const char *key_name, const struct vector *vector)
{
    help_need_material();

    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *key_path_name = exh_format("signatures/%s/%s", directory, key_name);
    EXH_CLEANUP(exh_freep) char *name = exh_format("signatures/%s/%s", directory, vector->signature);
    EXH_CLEANUP(exh_freep) char *message_name = exh_format("signatures/%s/%s", directory, vector->message);
    EXH_CLEANUP(exh_freep) char *key_path = help_material(key_path_name), *path = help_material(name);
    EXH_CLEANUP(exh_freep) char *message_path = help_material(message_name);
    size_t key_size, size, file_size;
    EXH_CLEANUP(exh_freep) char *key_file = help_read(key_path, &key_size), *file = help_read(path, &file_size);
    EXH_CLEANUP(exh_freep) char *bytes = help_read(message_path, &size);
    struct exh_public_key key;

    ASSERT_DONE(exh_key_from_minisign_line(strchr(key_file, '\n') + 1, &key, &err), &err);
    enum exh_kind kind = judge_minisign(file, file_size, &key, bytes, size, NULL);
    if (kind != vector->expected)
        fail_msg("%s: %d, not %d", vector->signature, kind, vector->expected);
}

static void minisign_vectors_of_debian_get_minisign_s_verdict(void **state)
{
    static const struct vector vectors[] = {
        { "bad-algo-relabelled-ED-to-Ed.minisig", "manifest.txt", EXH_NO },
        { "bad-keyid.minisig", "manifest.txt", EXH_NO },
        { "bad-long-comment-9000.minisig", "manifest.txt", EXH_MALFORMED },
        { "bad-no-untrusted-prefix.minisig", "manifest.txt", EXH_MALFORMED },
        { "bad-short-base64.minisig", "manifest.txt", EXH_MALFORMED },
        { "bad-signature-bit.minisig", "manifest.txt", EXH_NO },
        { "bad-truncated-no-global-sig.minisig", "manifest.txt", EXH_MALFORMED },
        { "bad-trusted-comment-edited.minisig", "manifest.txt", EXH_NO },
        { "bin.dat.legacy.minisig", "bin.dat", EXH_OK },
        { "bin.dat.prehashed.minisig", "bin.dat", EXH_OK },
        { "bin.dat.prehashed.minisig", "manifest.txt", EXH_NO },
        { "edge-crlf.minisig", "manifest.txt", EXH_OK },
        { "edge-no-final-newline.minisig", "manifest.txt", EXH_OK },
        { "edge-trailing-lines.minisig", "manifest.txt", EXH_OK },
        { "empty.bin.legacy.minisig", "empty.bin", EXH_OK },
        { "empty.bin.prehashed.minisig", "empty.bin", EXH_OK },
        { "manifest.txt.legacy.minisig", "manifest.txt", EXH_OK },
        { "manifest.txt.otherkey.minisig", "manifest.txt", EXH_NO },
        { "manifest.txt.prehashed.minisig", "manifest.txt", EXH_OK },
        { "ok-untrusted-comment-edited.minisig", "manifest.txt", EXH_OK },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(vectors); i++)
        judge_minisign_vector("minisign-debian", "a.pub", &vectors[i]);
}

static void minisign_vectors_of_other_programs_verify(void **state)
{
    static const struct vector aead[] = {
        { "message.txt.minisig", "message.txt", EXH_OK }, { "robtest.ps1.minisig", "message.txt", EXH_NO },
    };
    static const struct vector jedisct1[] = {
        { "test.legacy.minisig", "test", EXH_OK }, { "test.prehashed.minisig", "test", EXH_OK },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(aead); i++)
        judge_minisign_vector("minisign-aead", "minisign.pub", &aead[i]);
    for (size_t i = 0; i < EXH_COUNT(jedisct1); i++)
        judge_minisign_vector("minisign-jedisct1", "minisign.pub", &jedisct1[i]);
}

static void signify_signatures_are_refused_by_name(void **state)
{
    static const struct vector vectors[] = {
        { "orders.txt.sig", "orders.txt", EXH_REFUSED }, { "forgery.txt.sig", "forgery.txt", EXH_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(vectors); i++)
        judge_minisign_vector("signify", "regresskey.pub", &vectors[i]);
}

static void a_minisign_signature_read_exactly_allows_no_byte_to_change(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    const struct exh_public_key *public = exh_secret_key_public(key);
    EXH_CLEANUP(exh_freep) char *file = signed_minisign(key, "exhibit OP1", "time 1", message, MESSAGE_SIZE);
    size_t size = strlen(file);

    (void)state;
    assert_int_equal(judge_minisign(file, size, public, message, MESSAGE_SIZE, "exhibit OP1"), EXH_OK);
    for (size_t i = 0; i < size; i++) {
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            file[i] ^= (char)bit;
            assert_int_not_equal(judge_minisign(file, size, public, message, MESSAGE_SIZE, "exhibit OP1"), EXH_OK);
            file[i] ^= (char)bit;
        }
        EXH_CLEANUP(exh_freep) char *longer = exh_format("%.*s\r%s", (int)i, file, file + i);
        assert_int_not_equal(judge_minisign(longer, size + 1, public, message, MESSAGE_SIZE, "exhibit OP1"), EXH_OK);
        assert_int_not_equal(judge_minisign(file, i, public, message, MESSAGE_SIZE, "exhibit OP1"), EXH_OK);
    }
    assert_int_equal(judge_minisign(file, size, public, message, MESSAGE_SIZE, "exhibit OP2"), EXH_NO);
    EXH_CLEANUP(exh_freep) char *longer = exh_format("%s\n", file);
    assert_int_equal(judge_minisign(longer, size + 1, public, message, MESSAGE_SIZE, NULL), EXH_OK);
    assert_int_equal(judge_minisign(longer, size + 1, public, message, MESSAGE_SIZE, "exhibit OP1"), EXH_NO);
}

static void a_minisign_signature_by_another_key_is_refused(void **state)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *other = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *file = signed_minisign(key, "u", "t", message, MESSAGE_SIZE);
    struct exh_public_key pretender = *exh_secret_key_public(other);

    (void)state;
    assert_int_equal(judge_minisign(file, strlen(file), &pretender, message, MESSAGE_SIZE, NULL), EXH_NO);
    memcpy(pretender.minisign_id, exh_secret_key_public(key)->minisign_id, sizeof pretender.minisign_id);
    assert_int_equal(judge_minisign(file, strlen(file), &pretender, message, MESSAGE_SIZE, NULL), EXH_NO);
    assert_int_equal(judge_minisign("", 0, &pretender, message, MESSAGE_SIZE, NULL), EXH_MALFORMED);
}

static void stock_minisign_verifies_our_signature(void **state)
{
    help_need("minisign");
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *file = signed_minisign(key, "exhibit OP1", "sealed 2021-12-05T21:30:00Z", message,
                                                          MESSAGE_SIZE);
    EXH_CLEANUP(exh_freep) char *line = exh_key_minisign_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *message_path = exh_format("%s/m", directory);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/m.minisig", directory);

    (void)state;
    help_write(message_path, message, MESSAGE_SIZE);
    help_write(path, file, strlen(file));
    assert_true(help_run(directory, "minisign -V -P %s -m m", line));
    assert_true(help_run(directory, "minisign -V -H -P %s -m m", line));
    assert_true(help_run(directory, "echo x >>m && ! minisign -V -P %s -m m", line));
}

/* ---- keys held elsewhere ---- */

/* Stands for an agent: holds the secret half, and may misbehave. */
struct holder {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct exh_public_key public;
    unsigned asked, freed;
    unsigned fails_at, lies_at;          /* from 1; 0: never */
};

static bool holder_signs(void *context, const void *bytes, size_t size, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                         struct exh_error *err)
{
    struct holder *holder = context;

    if (++holder->asked == holder->fails_at)
        return exh_fail(err, EXH_REFUSED, "the token was not touched");
    crypto_sign_detached(ret_signature, NULL, bytes, size, holder->secret);
    if (holder->asked == holder->lies_at)
        ret_signature[0] ^= 1;
    return true;
}

static void free_holder(void *context)
{
    ((struct holder *)context)->freed++;
}

static struct holder new_holder(void)
{
    struct holder holder = { .asked = 0 };

    crypto_sign_keypair(holder.public.ed25519, holder.secret);
    exh_key_derive_number(&holder.public);
    return holder;
}

static void a_key_held_elsewhere_signs_as_one_in_memory_does(void **state)
{
    struct holder holder = new_holder();
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key =
        exh_secret_key_remote(&holder.public, holder_signs, &holder, free_holder);
    EXH_CLEANUP(exh_freep) char *ssh = signed_ssh(key, "exhibit", message, MESSAGE_SIZE);
    EXH_CLEANUP(exh_freep) char *minisign = signed_minisign(key, "u", "t", message, MESSAGE_SIZE);

    (void)state;
    assert_int_equal(holder.asked, 3);
    assert_int_equal(judge_ssh(ssh, strlen(ssh), "exhibit", message, MESSAGE_SIZE, true, NULL), EXH_OK);
    assert_int_equal(judge_minisign(minisign, strlen(minisign), &holder.public, message, MESSAGE_SIZE, "u"), EXH_OK);
    exh_secret_key_freep(&key);
    assert_int_equal(holder.freed, 1);
}

static void what_a_key_held_elsewhere_refuses_is_not_signed(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= 3; at++) {
        struct holder holder = new_holder();
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key =
            exh_secret_key_remote(&holder.public, holder_signs, &holder, NULL);
        EXH_CLEANUP(exh_freep) char *first = NULL, *second = NULL;
        holder.fails_at = at;
        ASSERT_FAILS(exh_sign_ssh(key, "exhibit", message, MESSAGE_SIZE, &first, &err)
                     && exh_sign_minisign(key, "u", "t", message, MESSAGE_SIZE, &second, &err), &err, EXH_REFUSED);
        assert_string_equal(err.text, "the token was not touched");
        assert_null(second);
        assert_int_equal(first == NULL, at == 1);
    }
}

static void a_wrong_signature_from_elsewhere_is_never_used(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= 3; at++) {
        struct holder holder = new_holder();
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key =
            exh_secret_key_remote(&holder.public, holder_signs, &holder, NULL);
        EXH_CLEANUP(exh_freep) char *first = NULL, *second = NULL;
        holder.lies_at = at;
        ASSERT_FAILS(exh_sign_ssh(key, "exhibit", message, MESSAGE_SIZE, &first, &err)
                     && exh_sign_minisign(key, "u", "t", message, MESSAGE_SIZE, &second, &err), &err, EXH_MALFORMED);
        assert_non_null(strstr(err.text, "nothing was signed"));
        assert_null(second);
    }
}

static void a_key_number_given_later_is_the_one_in_signatures(void **state)
{
    struct holder holder = new_holder();
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *remote =
        exh_secret_key_remote(&holder.public, holder_signs, &holder, NULL);
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *local = exh_secret_key_new();
    struct exh_secret_key *const keys[] = { remote, local };
    static const uint8_t number[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        struct exh_public_key before = *exh_secret_key_public(keys[i]), after = before;
        memcpy(after.minisign_id, number, sizeof number);
        exh_secret_key_renumber(keys[i], number);
        EXH_CLEANUP(exh_freep) char *file = signed_minisign(keys[i], "u", "t", message, MESSAGE_SIZE);
        assert_int_equal(judge_minisign(file, strlen(file), &after, message, MESSAGE_SIZE, "u"), EXH_OK);
        assert_int_equal(judge_minisign(file, strlen(file), &before, message, MESSAGE_SIZE, "u"), EXH_NO);
    }
}

/* docs/formats/custody.md: the numbers below were made with sha256sum. */
static void a_derived_key_number_is_the_start_of_the_key_s_sha256(void **state)
{
    static const uint8_t of_zeros[8] = { 0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77 };
    struct exh_public_key key = { .ed25519 = { 0 } };

    (void)state;
    exh_key_derive_number(&key);
    assert_memory_equal(key.minisign_id, of_zeros, sizeof of_zeros);
}

static void a_key_held_elsewhere_is_not_written_to_a_file(void **state)
{
    struct holder holder = new_holder();
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key =
        exh_secret_key_remote(&holder.public, holder_signs, &holder, NULL);

    (void)state;
    ASSERT_FAILS(exh_secret_key_write(key, "c", NULL, &file, &err), &err, EXH_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssh_vectors_of_debian_get_openssh_s_verdict),
        cmocka_unit_test(openssh_s_own_vectors_are_verified_or_refused_by_name),
        cmocka_unit_test(rustcrypto_vectors_are_verified_or_refused_by_name),
        cmocka_unit_test(an_ssh_signature_over_other_bytes_or_for_another_namespace_is_refused),
        cmocka_unit_test(an_ssh_signature_read_exactly_allows_no_byte_to_change),
        cmocka_unit_test(an_ssh_signature_with_something_in_its_reserved_field_is_not_exact),
        cmocka_unit_test(an_ssh_signature_names_the_key_that_made_it),
        cmocka_unit_test(ssh_keygen_verifies_our_signature),
        cmocka_unit_test(we_verify_what_ssh_keygen_signs_to_the_byte),
        cmocka_unit_test(minisign_vectors_of_debian_get_minisign_s_verdict),
        cmocka_unit_test(minisign_vectors_of_other_programs_verify),
        cmocka_unit_test(signify_signatures_are_refused_by_name),
        cmocka_unit_test(a_minisign_signature_read_exactly_allows_no_byte_to_change),
        cmocka_unit_test(a_minisign_signature_by_another_key_is_refused),
        cmocka_unit_test(stock_minisign_verifies_our_signature),
        cmocka_unit_test(a_key_held_elsewhere_signs_as_one_in_memory_does),
        cmocka_unit_test(what_a_key_held_elsewhere_refuses_is_not_signed),
        cmocka_unit_test(a_wrong_signature_from_elsewhere_is_never_used),
        cmocka_unit_test(a_key_number_given_later_is_the_one_in_signatures),
        cmocka_unit_test(a_derived_key_number_is_the_start_of_the_key_s_sha256),
        cmocka_unit_test(a_key_held_elsewhere_is_not_written_to_a_file),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
