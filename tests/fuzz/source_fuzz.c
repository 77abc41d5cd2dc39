/* What a record says was taken: any JSON gives an answer; what is accepted lies within its files, below the root. */
#include "../../lib/verify/source.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct exh_source_segment *segment)
{
    if (segment->name[0] == '/' || strncmp(segment->name, "../", 3) == 0 || strstr(segment->name, "/../"))
        abort();
    for (size_t i = 0; i < segment->run_count; i++) {
        const struct exh_source_run *run = &segment->runs[i];
        if (run->length == 0 || run->offset + run->length < run->offset || run->offset + run->length > segment->size
            || (i && run[-1].offset > run->offset))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;
    EXH_CLEANUP(exh_source_report_clear) struct exh_source_report report = { .segments = NULL };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_json_parse((const char *)bytes, size, "record", &record, &err))
        return 0;
    if (!exh_source_read_record(record, &report, &err))
        return 0;
    for (size_t i = 0; i < report.segment_count; i++)
        check(&report.segments[i]);
    return 0;
}
