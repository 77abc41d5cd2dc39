/* Signatures by keys in memory, which cannot fail: the tests that only need one end where it does. */
#ifndef SIGN_H
#define SIGN_H

#include "exhibit/crypto.h"

static inline char *signed_ssh(const struct exh_secret_key *key, const char *name_space, const void *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = NULL;

    if (!exh_sign_ssh(key, name_space, bytes, size, &words, &err))
        fail_msg("%s", err.text);
    return exh_strdup(words);     /* a copy: gcc takes what comes out of a call for a pointer to this frame */
}

static inline char *signed_minisign(const struct exh_secret_key *key, const char *untrusted, const char *trusted,
                                    const void *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = NULL;

    if (!exh_sign_minisign(key, untrusted, trusted, bytes, size, &words, &err))
        fail_msg("%s", err.text);
    return exh_strdup(words);     /* a copy: gcc takes what comes out of a call for a pointer to this frame */
}

#endif
