/* Typed times and our own: whatever is read can be written and read again. */
#include "exhibit/moment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EXH_CLEANUP(exh_freep) char *words = exh_strndup((const char *)data, size);
    EXH_CLEANUP(exh_error_clear) struct exh_error local_err = EXH_ERROR_NONE, utc_err = EXH_ERROR_NONE;
    struct exh_moment moment, again;
    char shown[EXH_MOMENT_SIZE];

    if (exh_moment_parse(words, "Europe/London", &moment, &local_err)) {
        exh_moment_local(moment, "Europe/London", shown);
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (exh_moment_parse(shown, "Europe/London", &again, &err) && again.ns != moment.ns)
            abort();
    }
    if (exh_moment_parse_utc(words, &moment, &utc_err)) {
        exh_moment_utc(moment, shown);
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (exh_moment_parse_utc(shown, &again, &err) && again.ns != moment.ns)
            abort();
    }
    EXH_CLEANUP(exh_error_clear) struct exh_error length_err = EXH_ERROR_NONE;
    int64_t length = -1;
    if (exh_duration_parse(words, 86400 * EXH_SECOND, &length, &length_err) && (length < 0 || length > 86400 * EXH_SECOND))
        abort();
    EXH_CLEANUP(exh_error_clear) struct exh_error zone_err = EXH_ERROR_NONE;
    if (exh_zone_check(words, &zone_err) && strstr(words, ".."))
        abort();
    return 0;
}
