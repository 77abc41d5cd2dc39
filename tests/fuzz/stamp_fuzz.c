/* Any bytes as a response of an authority, a token, a request for a time stamp, and certificates: what is read is bounded,
 * what has one form only is that form, and nothing that a fuzzer makes is signed. */
#include "crypto_start.h"

#include <stdlib.h>
#include <string.h>

/* A self-signed certificate that signs nothing here. */
static const char root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBODCB66ADAgECAhR4hl/qZsJCfEIm6Jv6vrohAwSxkjAFBgMrZXAwETEPMA0G\n"
    "A1UEAwwGbm9ib2R5MCAXDTI2MTEyNjE0MTMyN1oYDzIxMjYxMTAyMTQxMzI3WjAR\n"
    "MQ8wDQYDVQQDDAZub2JvZHkwKjAFBgMrZXADIQCq+uvO8ibX6ZpVa1FqmZEKYHEM\n"
    "XkoLc9PzLxsj19OvMKNTMFEwHQYDVR0OBBYEFB62lupNVr+WapW5mIzMzVOET5r1\n"
    "MB8GA1UdIwQYMBaAFB62lupNVr+WapW5mIzMzVOET5r1MA8GA1UdEwEB/wQFMAMB\n"
    "Af8wBQYDK2VwA0EAaAr7xq3V2ALVnIQhr6w6SIwXBvxAGwed7CA2pjsthf6XVC8g\n"
    "/ZR5lZR+chHwmRxBjkjbH8G4q5o/R4sb68EZDw==\n"
    "-----END CERTIFICATE-----\n";

static void try_token(const uint8_t *bytes, size_t size, struct exh_stamp_roots *roots)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp stamp = EXH_STAMP_NONE;

    if (exh_stamp_check(bytes, size, roots, &stamp, &err))
        abort();
}

static void try_response(const uint8_t *bytes, size_t size, struct exh_stamp_roots *roots)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) uint8_t *token = NULL;
    size_t token_size;

    if (!exh_stamp_response_read(bytes, size, &token, &token_size, &err))
        return;
    if (token_size == 0 || token_size > EXH_STAMP_MOST)
        abort();
    try_token(token, token_size, roots);
}

static void try_others(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, other = EXH_ERROR_NONE, third = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = NULL;
    EXH_CLEANUP(exh_freep) char *url = exh_strndup((const char *)bytes, size);
    struct exh_stamp_request request;

    if (exh_stamp_request_read(bytes, size, &request, &err) && strlen(request.nonce) >= sizeof request.nonce)
        abort();
    if (!exh_stamp_roots_read(bytes, size, &roots, &other) && roots)
        abort();
    if (exh_stamp_check_url(url, &third) && strncmp(url, "http://", 7) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct exh_stamp_roots *roots;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!roots && !exh_stamp_roots_read(root, sizeof root - 1, &roots, &err))
        abort();
    try_token(bytes, size, roots);
    try_response(bytes, size, roots);
    try_others(bytes, size);
    return 0;
}
