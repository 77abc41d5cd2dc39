/* Any bytes as an entry.json: refused, or an entry whose bytes these are and no others. */
#include "../../lib/ledger/parts.h"
#include "crypto_start.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;

    if (!exh_entry_from_bytes((const char *)bytes, size, &entry, &err))
        return 0;
    EXH_CLEANUP(exh_freep) char *message = exh_entry_message(&entry);
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(entry.whole);
    if (strlen(canonical) + 1 != size || memcmp(canonical, bytes, size - 1) != 0 || !strstr(message, entry.digest))
        abort();
    exh_entry_change_keys(&entry, &ring);
    return 0;
}
