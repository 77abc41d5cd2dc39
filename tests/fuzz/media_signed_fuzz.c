/* A SEI unit of any bytes, of H.264 and of H.265: what is told of it hangs together. */
#include "../../lib/media/signed.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (int hevc = 0; hevc < 2; hevc++) {
        struct sei sei = { .scheme = UNSIGNED };
        sei_read(bytes, size, hevc, &sei);
        if ((sei.scheme == UNSIGNED && (sei.signatures || sei.certificate)) || sei.signatures > size / 16)
            abort();
    }
    return 0;
}
