/* Any bytes as a commit object: refused, or split without losing or making up a byte. */
#include "../../lib/repo/commit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_commit_clear) struct exh_commit commit = EXH_COMMIT_NONE;

    if (!exh_commit_split((const char *)bytes, size, &commit, &err))
        return 0;
    if (!commit.signature && (commit.signed_size != size || memcmp(commit.signed_bytes, bytes, size) != 0))
        abort();
    if (commit.signed_size > size || strlen(commit.message) > size)
        abort();
    return 0;
}
