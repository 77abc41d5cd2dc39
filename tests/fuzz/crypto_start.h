/* What fuzz targets that need the crypto libraries begin with. */
#ifndef FUZZ_CRYPTO_START_H
#define FUZZ_CRYPTO_START_H

#include "exhibit/crypto.h"

#include <stdint.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)count, (void)arguments;
    return exh_crypto_init(&err) ? 0 : 1;
}

#endif
