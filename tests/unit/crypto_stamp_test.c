/* Time stamps: stock openssl is the authority, and judges what is asked of it; tokens that must not hold are made by it too. */
#include "crypto_help.h"
#include "shell.h"

#include <time.h>

static const uint8_t digest[EXH_SHA256_SIZE] = { 1, 2, 3, 250, 251, 252 };

static bool tsa(const char *directory, const char *words)
{
    const char *top = getenv("EXHIBIT_TOP");

    return help_run(directory, "bash -ec '. \"%s/tests/cli/tsa.bash\"; %s'", top ? top : ".", words);
}

static char *below(const char *directory, const char *name)
{
    return exh_format("%s/%s", directory, name);
}

static uint8_t *read_below(const char *directory, const char *name, size_t *ret_size)
{
    EXH_CLEANUP(exh_freep) char *path = below(directory, name);

    return (uint8_t *)help_read(path, ret_size);
}

static struct exh_stamp_roots *roots_of(const char *directory, const char *name)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_stamp_roots *roots = NULL;
    size_t size;
    EXH_CLEANUP(exh_freep) uint8_t *pem = read_below(directory, name, &size);

    ASSERT_DONE(exh_stamp_roots_read(pem, size, &roots, &err), &err);
    return roots;
}

/* A request for @digest as the file "q", and the nonce that it has. */
static void ask(const char *directory, char ret_nonce[EXH_STAMP_NONCE_SIZE])
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *path = below(directory, "q");
    struct exh_stamp_request request;
    size_t size;
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_stamp_request_make(digest, &size);

    ASSERT_DONE(exh_stamp_request_read(bytes, size, &request, &err), &err);
    assert_memory_equal(request.sha256, digest, sizeof digest);
    assert_int_equal(strlen(request.nonce), 16);
    memcpy(ret_nonce, request.nonce, sizeof request.nonce);
    help_write(path, bytes, size);
}

/* How the file's token fares; @words: what the reason must say. */
static void judge_file(const char *directory, const char *name, const char *roots_name, enum exh_kind expected, const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp stamp = EXH_STAMP_NONE;
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(directory, roots_name);
    size_t size;
    EXH_CLEANUP(exh_freep) uint8_t *token = read_below(directory, name, &size);

    bool done = exh_stamp_check(token, size, roots, &stamp, &err);
    if (done != (expected == EXH_OK) || err.kind != expected || (words && !strstr(err.text, words)))
        fail_msg("%s: kind %d, not %d: %s", name, err.kind, expected, err.text ? err.text : "holds");
}

static void make_token(const char *directory)
{
    char nonce[EXH_STAMP_NONCE_SIZE];

    ask(directory, nonce);
    assert_true(tsa(directory, "make_tsa root tsa; openssl ts -reply -config tsa.cnf -queryfile q -token_out -out t"));
}

static void a_request_is_what_openssl_reads(void **state)
{
    HELP_DIRECTORY(directory);
    char nonce[EXH_STAMP_NONCE_SIZE];

    (void)state;
    ask(directory, nonce);
    EXH_CLEANUP(exh_freep) char *text = output_of("openssl ts -query -in %s/q -text", directory);
    assert_non_null(strstr(text, "Hash Algorithm: sha256"));
    assert_non_null(strstr(text, "Certificate required: yes"));
    for (char *at = text; *at; at++)
        *at = *at >= 'A' && *at <= 'F' ? (char)(*at + 32) : *at;
    EXH_CLEANUP(exh_freep) char *shown = exh_format("0x%s", nonce);
    assert_non_null(strstr(text, shown));
}

static void two_requests_have_two_nonces(void **state)
{
    HELP_DIRECTORY(directory);
    char one[EXH_STAMP_NONCE_SIZE], other[EXH_STAMP_NONCE_SIZE];

    (void)state;
    ask(directory, one);
    ask(directory, other);
    assert_string_not_equal(one, other);
}

static void a_token_of_the_authority_says_what_when_and_who(void **state)
{
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp stamp = EXH_STAMP_NONE;
    EXH_CLEANUP(exh_freep) uint8_t *token = NULL;
    char nonce[EXH_STAMP_NONCE_SIZE];
    size_t size, token_size;

    (void)state;
    ask(directory, nonce);
    assert_true(tsa(directory, "make_tsa root tsa; reply tsa q r"));
    EXH_CLEANUP(exh_freep) uint8_t *response = read_below(directory, "r", &size);
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(directory, "root.pem");
    ASSERT_DONE(exh_stamp_response_read(response, size, &token, &token_size, &err), &err);
    ASSERT_DONE(exh_stamp_check(token, token_size, roots, &stamp, &err), &err);
    assert_memory_equal(stamp.sha256, digest, sizeof digest);
    assert_string_equal(stamp.nonce, nonce);
    assert_string_equal(stamp.authority, "CN=Stamps of tsa,O=Test");
    assert_int_equal(stamp.accuracy_ns, 1500 * INT64_C(1000000));
    assert_true(llabs(exh_moment_now().ns - stamp.at.ns) < 60 * EXH_SECOND);
    assert_int_equal(stamp.at.ns % 1000000, 0);
    EXH_CLEANUP(exh_freep) char *path = below(directory, "token");
    help_write(path, token, token_size);
    assert_true(help_run(directory, "openssl ts -verify -token_in -in token -queryfile q -CAfile root.pem"));
}

static void a_response_that_is_not_granted_is_no_in_the_authority_s_words(void **state)
{
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) uint8_t *token = NULL;
    char nonce[EXH_STAMP_NONCE_SIZE];
    size_t size, token_size;

    (void)state;
    ask(directory, nonce);
    assert_true(tsa(directory, "make_tsa root tsa; sed -i s/sha256/sha512/ tsa.cnf; openssl ts -reply -config tsa.cnf -queryfile q -out r"));
    EXH_CLEANUP(exh_freep) uint8_t *response = read_below(directory, "r", &size);
    ASSERT_FAILS(exh_stamp_response_read(response, size, &token, &token_size, &err), &err, EXH_NO);
    assert_non_null(strstr(err.text, "rejected; algorithm not known"));
    assert_null(token);
}

static void a_token_by_another_authority_does_not_hold(void **state)
{
    HELP_DIRECTORY(directory);

    (void)state;
    make_token(directory);
    assert_true(tsa(directory, "make_ca other; cat other.pem root.pem >both.pem"));
    judge_file(directory, "t", "other.pem", EXH_NO, "unable to get local issuer certificate");
    judge_file(directory, "t", "both.pem", EXH_OK, NULL);
    judge_file(directory, "t", "tsa.crt", EXH_NO, NULL);    /* not self-signed: no end of a chain */
}

/* What stands round the signature, such as the version of the form, is not signed, and says nothing. */
static void no_byte_of_a_token_can_be_changed_to_state_something_else(void **state)
{
    enum { MOST_OUTSIDE = 40 };
    HELP_DIRECTORY(directory);
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp whole = EXH_STAMP_NONE;
    size_t size, outside = 0;

    (void)state;
    make_token(directory);
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(directory, "root.pem");
    EXH_CLEANUP(exh_freep) uint8_t *token = read_below(directory, "t", &size);
    ASSERT_DONE(exh_stamp_check(token, size, roots, &whole, &err), &err);
    for (size_t i = 0; i < size; i++) {
        EXH_CLEANUP(exh_stamp_clear) struct exh_stamp stamp = EXH_STAMP_NONE;
        token[i] ^= 1;
        bool holds = exh_stamp_check(token, size, roots, &stamp, &err);
        token[i] ^= 1;
        assert_true(holds || err.kind == EXH_NO || err.kind == EXH_MALFORMED);
        exh_error_clear(&err);
        if (!holds)
            continue;
        outside++;
        assert_memory_equal(stamp.sha256, whole.sha256, sizeof whole.sha256);
        assert_true(stamp.at.ns == whole.at.ns && stamp.accuracy_ns == whole.accuracy_ns);
        assert_string_equal(stamp.nonce, whole.nonce);
        assert_string_equal(stamp.authority, whole.authority);
    }
    assert_in_range(outside, 0, MOST_OUTSIDE);
    for (size_t cut = 0; cut < size; cut += 7) {
        EXH_CLEANUP(exh_stamp_clear) struct exh_stamp stamp = EXH_STAMP_NONE;
        ASSERT_FAILS(exh_stamp_check(token, cut, roots, &stamp, &err), &err, EXH_MALFORMED);
        exh_error_clear(&err);
    }
}

static void a_token_with_bytes_behind_it_or_too_many_is_malformed(void **state)
{
    HELP_DIRECTORY(directory);

    (void)state;
    make_token(directory);
    assert_true(help_run(directory, "{ cat t; printf x; } >longer; head -c 70000 /dev/zero >large; : >empty"));
    judge_file(directory, "longer", "root.pem", EXH_MALFORMED, "not a time stamp");
    judge_file(directory, "large", "root.pem", EXH_MALFORMED, "70000 bytes");
    judge_file(directory, "empty", "root.pem", EXH_MALFORMED, "0 bytes");
    judge_file(directory, "q", "root.pem", EXH_MALFORMED, "not a time stamp");
}

static void a_certificate_counts_at_the_time_stated(void **state)
{
    HELP_DIRECTORY(directory);
    char nonce[EXH_STAMP_NONCE_SIZE];

    (void)state;
    ask(directory, nonce);
    assert_true(tsa(directory, "make_tsa root tsa -enddate $(date -u -d \"3 seconds\" +%Y%m%d%H%M%SZ);"
                               "openssl ts -reply -config tsa.cnf -queryfile q -token_out -out t; sleep 4"));
    judge_file(directory, "t", "root.pem", EXH_OK, NULL);
    assert_true(tsa(directory, "openssl ts -reply -config tsa.cnf -queryfile q -token_out -out late"));
    judge_file(directory, "late", "root.pem", EXH_NO, "expired");
}

/* The statement of a token signed anew, by @options of openssl cms. */
static bool sign_anew(const char *directory, const char *options)
{
    return help_run(directory, "openssl cms -verify -noverify -inform DER -in t -out info"
                               " && openssl cms -sign -binary -nodetach -outform DER -econtent_type 1.2.840.113549.1.9.16.1.4"
                               " -in info -out anew %s", options);
}

static void a_signer_that_is_not_for_time_stamps_alone_does_not_hold(void **state)
{
    HELP_DIRECTORY(directory);

    (void)state;
    make_token(directory);
    assert_true(tsa(directory, "make_certificate root web serverAuth; make_certificate root lax timeStamping;"
                               "make_certificate root more critical,timeStamping,serverAuth"));
    assert_true(sign_anew(directory, "-cades -md sha256 -signer tsa.crt -inkey tsa.key"));
    judge_file(directory, "anew", "root.pem", EXH_OK, NULL);
    assert_true(sign_anew(directory, "-cades -md sha256 -signer web.crt -inkey web.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "purpose");
    assert_true(sign_anew(directory, "-cades -md sha256 -signer lax.crt -inkey lax.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "purpose");
    assert_true(sign_anew(directory, "-cades -md sha256 -signer more.crt -inkey more.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "purpose");
}

static void a_token_under_sha1_in_another_form_by_two_or_by_nobody_does_not_hold(void **state)
{
    HELP_DIRECTORY(directory);

    (void)state;
    make_token(directory);
    assert_true(sign_anew(directory, "-cades -md sha1 -signer tsa.crt -inkey tsa.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "another digest");
    assert_true(sign_anew(directory, "-md sha256 -signer tsa.crt -inkey tsa.key"));     /* does not name its certificate */
    judge_file(directory, "anew", "root.pem", EXH_NO, NULL);
    assert_true(sign_anew(directory, "-cades -md sha256 -nocerts -signer tsa.crt -inkey tsa.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "certificate");
    assert_true(sign_anew(directory, "-cades -md sha256 -stream -signer tsa.crt -inkey tsa.key"));
    judge_file(directory, "anew", "root.pem", EXH_MALFORMED, "the one form (DER)");
    assert_true(tsa(directory, "make_certificate root two critical,timeStamping"));
    assert_true(sign_anew(directory, "-cades -md sha256 -signer tsa.crt -inkey tsa.key -signer two.crt -inkey two.key"));
    judge_file(directory, "anew", "root.pem", EXH_NO, "exactly one signer");
}

static void an_authority_with_a_short_key_does_not_hold(void **state)
{
    HELP_DIRECTORY(directory);

    (void)state;
    make_token(directory);
    assert_true(help_run(directory, "openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -out weak.pem -days 3 -subj /CN=weak"));
    assert_true(tsa(directory, "make_certificate weak short critical,timeStamping"));
    assert_true(sign_anew(directory, "-cades -md sha256 -signer short.crt -inkey short.key"));
    judge_file(directory, "anew", "weak.pem", EXH_NO, "key too weak");
}

static void what_is_not_certificates_is_malformed(void **state)
{
    static const char *const bad[] = { "", "words\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                       "-----BEGIN CERTIFICATE-----\nMII" };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_stamp_roots *roots = NULL;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        ASSERT_FAILS(exh_stamp_roots_read(bad[i], strlen(bad[i]), &roots, &err), &err, EXH_MALFORMED);
        assert_null(roots);
        exh_error_clear(&err);
    }
}

static void a_url_is_plain_http_without_a_password(void **state)
{
    static const char *const good[] = { "http://h.example/", "http://h.example", "http://h.example:8318/tsa?x=y", "http://[::1]:80/x" };
    static const char *const bad[] = { "", "h.example/x", "https://h.example/x", "ftp://h.example/x", "http://", "http:///x",
                                       "http://u:p@h.example/x", "https://u:p@h.example/", "u:p@h", "http://u@h.example/x", "http://h.example/a b", "http://h.example:0x/",
                                       "http://h.example:99999/", "http://h.example/\r\nX: y", "http://h.example/x#y" };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(good); i++)
        ASSERT_DONE(exh_stamp_check_url(good[i], &err), &err);
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        if (exh_stamp_check_url(bad[i], &err))
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        assert_null(strstr(err.text, "u:p"));
        exh_error_clear(&err);
    }
}

static void sleep_long(void *context)
{
    (void)context;
    sleep(60);
}

static void die(void *context)
{
    (void)context;
    _exit(1);
}

/* As a name server that never answers holds it, or a fault in what reads the answer ends it. */
static void a_process_apart_that_hangs_or_dies_is_not_waited_for(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_stamp_errand errand = { "http://127.0.0.1:1/", 1, sleep_long, NULL };
    uint8_t *response = NULL;
    size_t size;
    time_t begun = time(NULL);

    (void)state;
    ASSERT_FAILS(exh_stamp_ask(&errand, "x", 1, &response, &size, &err), &err, EXH_IO);
    assert_string_equal(err.text, "authority 'http://127.0.0.1:1/': no answer within 1 s: given up");
    assert_in_range(time(NULL) - begun, 0, 10);
    exh_error_clear(&err);
    errand.forget = die;
    ASSERT_FAILS(exh_stamp_ask(&errand, "x", 1, &response, &size, &err), &err, EXH_IO);
    assert_non_null(strstr(err.text, "ended without an answer"));
    assert_null(response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_what_openssl_reads),
        cmocka_unit_test(two_requests_have_two_nonces),
        cmocka_unit_test(a_token_of_the_authority_says_what_when_and_who),
        cmocka_unit_test(a_response_that_is_not_granted_is_no_in_the_authority_s_words),
        cmocka_unit_test(a_token_by_another_authority_does_not_hold),
        cmocka_unit_test(no_byte_of_a_token_can_be_changed_to_state_something_else),
        cmocka_unit_test(a_token_with_bytes_behind_it_or_too_many_is_malformed),
        cmocka_unit_test(a_certificate_counts_at_the_time_stated),
        cmocka_unit_test(a_signer_that_is_not_for_time_stamps_alone_does_not_hold),
        cmocka_unit_test(a_token_under_sha1_in_another_form_by_two_or_by_nobody_does_not_hold),
        cmocka_unit_test(an_authority_with_a_short_key_does_not_hold),
        cmocka_unit_test(what_is_not_certificates_is_malformed),
        cmocka_unit_test(a_url_is_plain_http_without_a_password),
        cmocka_unit_test(a_process_apart_that_hangs_or_dies_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
