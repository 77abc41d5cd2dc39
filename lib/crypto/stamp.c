/* stamp: time stamps of RFC 3161, asked for and judged, with libcrypto. */
#include "parts.h"

#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECURITY_LEVEL = 2, LONGEST_NAME = 500, LONGEST_WORDS = 200, MOST_NONCE = 32, OUR_NONCE = 8 };
#define MOST_ACCURACY (3600 * EXH_SECOND)

struct exh_stamp_roots { X509_STORE *store; };

static void free_request(TS_REQ **request) { TS_REQ_free(*request); }
static void free_response(TS_RESP **response) { TS_RESP_free(*response); }
static void free_info(TS_TST_INFO **info) { TS_TST_INFO_free(*info); }
static void free_token(PKCS7 **token) { PKCS7_free(*token); }
static void free_context(TS_VERIFY_CTX **context) { TS_VERIFY_CTX_free(*context); }
static void free_bio(BIO **bio) { BIO_free_all(*bio); }
static void free_number(BIGNUM **number) { BN_free(*number); }
static void free_integer(ASN1_INTEGER **integer) { ASN1_INTEGER_free(*integer); }
static void free_imprint(TS_MSG_IMPRINT **imprint) { TS_MSG_IMPRINT_free(*imprint); }
static void free_algorithm(X509_ALGOR **algorithm) { X509_ALGOR_free(*algorithm); }
static void free_certificate(X509 **certificate) { X509_free(*certificate); }
static void free_signers(STACK_OF(X509) **signers) { sk_X509_free(*signers); }

/* ---- what libcrypto says ---- */

void exh_crypto_forget_errors(void)
{
    ERR_clear_error();
}

char *exh_crypto_error_words(const char *otherwise)
{
    const char *data = NULL;
    int flags = 0;

    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    bool more = data && *data && (flags & ERR_TXT_STRING);
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s%s%s", reason ? reason : otherwise, more ? ": " : "", more ? data : "");
    ERR_clear_error();
    return exh_text_brief(words, LONGEST_WORDS);
}

/* True when @from went on to the end: nothing follows what was read. */
static bool is_whole(const void *bytes, size_t size, const uint8_t *from)
{
    return from == (const uint8_t *)bytes + size;
}

static bool fits(size_t size, const char *what, struct exh_error *err)
{
    return (size && size <= EXH_STAMP_MOST)
        || exh_fail(err, EXH_MALFORMED, "%s has %zu bytes, not from 1 to %d", what, size, EXH_STAMP_MOST);
}

static bool not_a(const char *what, struct exh_error *err)
{
    exh_crypto_forget_errors();
    return exh_fail(err, EXH_MALFORMED, "it is not a %s of RFC 3161, or it is damaged", what);
}

/* ---- parts of requests and tokens ---- */

static bool read_imprint(TS_MSG_IMPRINT *imprint, uint8_t ret_sha256[EXH_SHA256_SIZE], struct exh_error *err)
{
    const ASN1_OBJECT *algorithm = NULL;
    const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);

    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    if (OBJ_obj2nid(algorithm) != NID_sha256 || ASN1_STRING_length(digest) != EXH_SHA256_SIZE)
        return exh_fail(err, EXH_MALFORMED, "its imprint is not a SHA-256 digest");
    memcpy(ret_sha256, ASN1_STRING_get0_data(digest), EXH_SHA256_SIZE);
    return true;
}

/* "" where there is none. */
static bool read_nonce(const ASN1_INTEGER *nonce, char ret_words[EXH_STAMP_NONCE_SIZE], struct exh_error *err)
{
    EXH_CLEANUP(free_number) BIGNUM *number = nonce ? ASN1_INTEGER_to_BN(nonce, NULL) : NULL;
    uint8_t bytes[MOST_NONCE];

    ret_words[0] = '\0';
    if (!nonce)
        return true;
    if (!number || BN_is_negative(number) || BN_num_bytes(number) > MOST_NONCE)
        return exh_fail(err, EXH_MALFORMED, "its nonce is not a number of at most %d bytes", MOST_NONCE);
    exh_hex(ret_words, bytes, (size_t)BN_bn2bin(number, bytes));
    if (!*ret_words)
        snprintf(ret_words, EXH_STAMP_NONCE_SIZE, "00");
    return true;
}

/* ---- requests ---- */

static void set_imprint(TS_REQ *request, const uint8_t sha256[EXH_SHA256_SIZE])
{
    EXH_CLEANUP(free_imprint) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    EXH_CLEANUP(free_algorithm) X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t digest[EXH_SHA256_SIZE];

    memcpy(digest, sha256, sizeof digest);
    exh_crypto_must(imprint && algorithm && X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL)
                    && TS_MSG_IMPRINT_set_algo(imprint, algorithm) && TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof digest)
                    && TS_REQ_set_msg_imprint(request, imprint));
}

static void set_nonce(TS_REQ *request)
{
    uint8_t bytes[OUR_NONCE];

    exh_random(bytes, sizeof bytes);
    bytes[0] |= 0x40;                    /* never shorter than it is long */
    EXH_CLEANUP(free_number) BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    EXH_CLEANUP(free_integer) ASN1_INTEGER *integer = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    exh_crypto_must(integer && TS_REQ_set_nonce(request, integer));
}

uint8_t *exh_stamp_request_make(const uint8_t sha256[EXH_SHA256_SIZE], size_t *ret_size)
{
    EXH_CLEANUP(free_request) TS_REQ *request = TS_REQ_new();

    exh_crypto_must(request && TS_REQ_set_version(request, 1) && TS_REQ_set_cert_req(request, 1));
    set_imprint(request, sha256);
    set_nonce(request);
    int size = i2d_TS_REQ(request, NULL);
    exh_crypto_must(size > 0);
    uint8_t *bytes = exh_alloc((size_t)size), *at = bytes;
    exh_crypto_must(i2d_TS_REQ(request, &at) == size);
    *ret_size = (size_t)size;
    return bytes;
}

bool exh_stamp_request_read(const void *bytes, size_t size, struct exh_stamp_request *ret_request, struct exh_error *err)
{
    const uint8_t *at = bytes;
    struct exh_stamp_request read;

    if (!fits(size, "a request for a time stamp", err))
        return false;
    EXH_CLEANUP(free_request) TS_REQ *request = d2i_TS_REQ(NULL, &at, (long)size);
    if (!request || !is_whole(bytes, size, at))
        return not_a("request for a time stamp", err);
    if (!read_imprint(TS_REQ_get_msg_imprint(request), read.sha256, err)
        || !read_nonce(TS_REQ_get_nonce(request), read.nonce, err))
        return false;
    *ret_request = read;
    return true;
}

/* ---- responses ---- */

static const char *status_words(int64_t status)
{
    static const char *const words[] = { "granted", "granted with changes", "rejected", "waiting", "about to be revoked", "revoked" };

    return status >= 0 && status < (int64_t)EXH_COUNT(words) ? words[status] : "an unknown status";
}

/* What the authority says of it, and which of the reasons of RFC 3161, 2.4.2, it gives. */
static char *reason_words(const TS_STATUS_INFO *info)
{
    static const struct { int bit; const char *words; } reasons[] = {
        { TS_INFO_BAD_ALG, "algorithm not known" }, { TS_INFO_BAD_REQUEST, "request not permitted" },
        { TS_INFO_BAD_DATA_FORMAT, "request malformed" }, { TS_INFO_TIME_NOT_AVAILABLE, "its time is not available" },
        { TS_INFO_UNACCEPTED_POLICY, "policy not supported" }, { TS_INFO_UNACCEPTED_EXTENSION, "extension not supported" },
        { TS_INFO_ADD_INFO_NOT_AVAILABLE, "information not available" }, { TS_INFO_SYSTEM_FAILURE, "system failure" } };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(info);
    const STACK_OF(ASN1_UTF8STRING) *said = TS_STATUS_INFO_get0_text(info);

    for (size_t i = 0; bits && i < EXH_COUNT(reasons); i++)
        if (ASN1_BIT_STRING_get_bit(bits, reasons[i].bit))
            exh_text_printf(&text, "; %s", reasons[i].words);
    for (int i = 0; i < sk_ASN1_UTF8STRING_num(said) && text.size < LONGEST_WORDS; i++) {
        const ASN1_UTF8STRING *one = sk_ASN1_UTF8STRING_value(said, i);
        EXH_CLEANUP(exh_freep) char *raw = exh_strndup((const char *)ASN1_STRING_get0_data(one), (size_t)ASN1_STRING_length(one));
        exh_text_printf(&text, "; it says '%s'", raw);
    }
    return exh_text_brief(text.bytes ? text.bytes : "", LONGEST_WORDS);
}

static bool check_status(const TS_STATUS_INFO *info, struct exh_error *err)
{
    int64_t status = -1;

    if (!ASN1_INTEGER_get_int64(&status, TS_STATUS_INFO_get0_status(info)))
        exh_crypto_forget_errors();
    if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
        return true;
    EXH_CLEANUP(exh_freep) char *reason = reason_words(info);
    return exh_fail(err, EXH_NO, "the authority did not give a time stamp: %s%s", status_words(status), reason);
}

/* As libcrypto writes it, which is the one form that is read. */
static bool write_token(PKCS7 *token, uint8_t **ret_bytes, size_t *ret_size)
{
    int size = i2d_PKCS7(token, NULL);
    uint8_t *at;

    if (size <= 0 || size > EXH_STAMP_MOST)
        return false;
    *ret_bytes = at = exh_alloc((size_t)size);
    *ret_size = (size_t)size;
    exh_crypto_must(i2d_PKCS7(token, &at) == size);
    return true;
}

bool exh_stamp_response_read(const void *bytes, size_t size, uint8_t **ret_token, size_t *ret_token_size, struct exh_error *err)
{
    const uint8_t *at = bytes;

    if (!fits(size, "a response of an authority", err))
        return false;
    EXH_CLEANUP(free_response) TS_RESP *response = d2i_TS_RESP(NULL, &at, (long)size);
    if (!response || !is_whole(bytes, size, at))
        return not_a("response of a time-stamp authority", err);
    if (!check_status(TS_RESP_get_status_info(response), err))
        return false;
    PKCS7 *token = TS_RESP_get_token(response);
    return (token && write_token(token, ret_token, ret_token_size)) || not_a("response with a time stamp", err);
}

/* ---- whom to believe ---- */

void exh_stamp_roots_freep(struct exh_stamp_roots **roots)
{
    if (*roots)
        X509_STORE_free((*roots)->store);
    free(exh_steal(roots));
}

static bool add_roots(X509_STORE *store, BIO *pem, struct exh_error *err)
{
    for (size_t count = 0;; count++) {
        EXH_CLEANUP(free_certificate) X509 *one = PEM_read_bio_X509(pem, NULL, NULL, NULL);
        bool end = !one && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        exh_crypto_forget_errors();
        if (end && count)
            return true;
        if (end)
            return exh_fail(err, EXH_MALFORMED, "there is no certificate in PEM form ('-----BEGIN CERTIFICATE-----') in it");
        if (!one)
            return exh_fail(err, EXH_MALFORMED, "certificate %zu in it is damaged", count + 1);
        exh_crypto_must(X509_STORE_add_cert(store, one));
    }
}

bool exh_stamp_roots_read(const void *pem, size_t size, struct exh_stamp_roots **ret_roots, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = exh_alloc(sizeof *roots);

    if (size > EXH_STAMP_ROOTS_MOST)
        return exh_fail(err, EXH_MALFORMED, "certificates of %zu bytes are more than %d", size, EXH_STAMP_ROOTS_MOST);
    EXH_CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(size ? pem : "", (int)size);
    roots->store = X509_STORE_new();
    exh_crypto_must(bio && roots->store);
    if (!add_roots(roots->store, bio, err))
        return false;
    *ret_roots = exh_steal(&roots);
    return true;
}

/* ---- what a token states ---- */

void exh_stamp_clear(struct exh_stamp *stamp)
{
    free(stamp->authority);
    stamp->authority = NULL;
}

/* "20261126143000.25Z" (RFC 3161, 2.4.2): always UTC; what is below a nanosecond is left out. */
static bool read_time(const ASN1_GENERALIZEDTIME *time, struct exh_moment *ret_at, struct exh_error *err)
{
    enum { WHOLE = 14 };
    const char *words = (const char *)ASN1_STRING_get0_data(time);
    size_t size = (size_t)ASN1_STRING_length(time);
    size_t fraction = size > WHOLE + 2 && words[WHOLE] == '.' ? size - WHOLE - 2 : 0;
    char form[EXH_MOMENT_SIZE];

    bool plain = size > WHOLE && words[size - 1] == 'Z' && size == WHOLE + 1 + (fraction ? fraction + 1 : 0);
    for (size_t i = 0; plain && i < size - 1; i++)
        plain = i == WHOLE ? words[i] == '.' : words[i] >= '0' && words[i] <= '9';
    if (!plain)
        return exh_fail(err, EXH_MALFORMED, "the time that it states is not a time in UTC");
    snprintf(form, sizeof form, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%s%.*sZ", words, words + 4, words + 6, words + 8, words + 10,
             words + 12, fraction ? "." : "", (int)(fraction < 9 ? fraction : 9), words + WHOLE + 1);
    return exh_moment_parse_utc(form, ret_at, err);
}

static bool read_part(const ASN1_INTEGER *number, int64_t unit, int64_t *sum)
{
    int64_t value = 0;

    if (number && (!ASN1_INTEGER_get_int64(&value, number) || value < 0 || value > MOST_ACCURACY / unit))
        return false;
    *sum += value * unit;
    return true;
}

static bool read_accuracy(TS_ACCURACY *accuracy, int64_t *ret_ns, struct exh_error *err)
{
    *ret_ns = 0;
    if (!accuracy
        || (read_part(TS_ACCURACY_get_seconds(accuracy), EXH_SECOND, ret_ns)
            && read_part(TS_ACCURACY_get_millis(accuracy), 1000000, ret_ns)
            && read_part(TS_ACCURACY_get_micros(accuracy), 1000, ret_ns) && *ret_ns <= MOST_ACCURACY))
        return true;
    exh_crypto_forget_errors();
    return exh_fail(err, EXH_MALFORMED, "its time is not accurate to an hour");
}

static bool read_info(PKCS7 *token, struct exh_stamp *stamp, struct exh_error *err)
{
    EXH_CLEANUP(free_info) TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);

    if (!info)
        return not_a("time stamp", err);
    return read_imprint(TS_TST_INFO_get_msg_imprint(info), stamp->sha256, err)
        && read_time(TS_TST_INFO_get_time(info), &stamp->at, err)
        && read_accuracy(TS_TST_INFO_get_accuracy(info), &stamp->accuracy_ns, err)
        && read_nonce(TS_TST_INFO_get_nonce(info), stamp->nonce, err);
}

/* ---- judging ---- */

/* A token has one form in bytes: it cannot be entered twice as two. */
static bool read_token(const void *bytes, size_t size, PKCS7 **ret_token, struct exh_error *err)
{
    const uint8_t *at = bytes;
    EXH_CLEANUP(exh_freep) uint8_t *again = NULL;
    size_t again_size;

    if (!fits(size, "a time stamp", err))
        return false;
    EXH_CLEANUP(free_token) PKCS7 *token = d2i_PKCS7(NULL, &at, (long)size);
    if (!token || !is_whole(bytes, size, at) || !PKCS7_type_is_signed(token) || PKCS7_get_detached(token))
        return not_a("time stamp", err);
    if (!write_token(token, &again, &again_size) || again_size != size || memcmp(again, bytes, size) != 0)
        return exh_fail(err, EXH_MALFORMED, "it is not in the one form (DER) that a time stamp has");
    *ret_token = exh_steal(&token);
    return true;
}

/* What is signed with MD5 or SHA-1 can be another thing than was shown to the signer. */
static bool check_digest(PKCS7 *token, struct exh_error *err)
{
    const STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(token);
    X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;

    if (sk_PKCS7_SIGNER_INFO_num(infos) != 1)
        return exh_fail(err, EXH_NO, "it is not signed by exactly one signer");
    PKCS7_SIGNER_INFO_get0_algs(sk_PKCS7_SIGNER_INFO_value(infos, 0), NULL, &algorithm, NULL);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int digest = OBJ_obj2nid(object);
    return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512
        || exh_fail(err, EXH_NO, "it is signed with another digest than SHA-256, SHA-384 or SHA-512");
}

static void believe_at(struct exh_stamp_roots *roots, struct exh_moment at)
{
    X509_VERIFY_PARAM *how = X509_STORE_get0_param(roots->store);
    int64_t seconds = at.ns / EXH_SECOND - (at.ns % EXH_SECOND < 0);

    X509_VERIFY_PARAM_set_time(how, (time_t)seconds);
    X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
}

static bool check_signature(PKCS7 *token, struct exh_stamp_roots *roots, struct exh_moment at, struct exh_error *err)
{
    EXH_CLEANUP(free_context) TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();

    exh_crypto_must(context && X509_STORE_up_ref(roots->store));
    TS_VERIFY_CTX_set_store(context, roots->store);
    TS_VERIFY_CTX_set_flags(context, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_SIGNER);
    believe_at(roots, at);
    exh_crypto_forget_errors();
    if (TS_RESP_verify_token(context, token) == 1)
        return true;
    EXH_CLEANUP(exh_freep) char *words = exh_crypto_error_words("no reason given");
    return exh_fail(err, EXH_NO, "its signature does not hold by the authorities given: %s", words);
}

static char *signer_name(PKCS7 *token)
{
    EXH_CLEANUP(free_signers) STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    EXH_CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    exh_crypto_must(bio && signers && sk_X509_num(signers) == 1);
    if (X509_NAME_print_ex(bio, X509_get_subject_name(sk_X509_value(signers, 0)), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        exh_crypto_forget_errors();
    long size = BIO_get_mem_data(bio, &bytes);
    EXH_CLEANUP(exh_freep) char *name = exh_strndup(bytes ? bytes : "", size > 0 ? (size_t)size : 0);
    return exh_text_brief(*name ? name : "(a certificate without a name)", LONGEST_NAME);
}

bool exh_stamp_check(const void *bytes, size_t size, struct exh_stamp_roots *roots, struct exh_stamp *ret_stamp,
                     struct exh_error *err)
{
    EXH_CLEANUP(free_token) PKCS7 *token = NULL;
    struct exh_stamp stamp = EXH_STAMP_NONE;

    if (!read_token(bytes, size, &token, err) || !read_info(token, &stamp, err) || !check_digest(token, err)
        || !check_signature(token, roots, stamp.at, err))
        return false;
    stamp.authority = signer_name(token);
    *ret_stamp = stamp;
    return true;
}
