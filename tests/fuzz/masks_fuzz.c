/* fuzz: mask files, and masks as they are typed. */
#include "exhibit/derive.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_masks_clear) struct exh_masks masks = { .at = NULL };
    EXH_CLEANUP(exh_freep) char *words = exh_strndup((const char *)bytes, size);

    if (!exh_masks_read(&masks, words, size, "Europe/London", &err))
        exh_error_clear(&err);
    if (!exh_masks_add(&masks, words, size % 2, "Europe/London", &err))
        exh_error_clear(&err);
    if (!exh_masks_mute(&masks, words, "Europe/London", &err))
        exh_error_clear(&err);
    return 0;
}
