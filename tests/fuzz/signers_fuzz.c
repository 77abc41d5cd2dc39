/* Any bytes as an allowed_signers file: read or refused; what is read can be asked. */
#include "exhibit/person.h"
#include "crypto_start.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    enum exh_key_state state;

    if (exh_signers_read((const char *)bytes, size, "Europe/London", &signers, &err))
        for (size_t i = 0; i < signers.count; i++)
            exh_signers_find(&signers, &signers.at[i].key, "exhibit", signers.at[i].after, &state);
    return 0;
}
