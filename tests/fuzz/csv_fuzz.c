/* CSV of any bytes: every record lies on a later line than the one before, holds text, and ends. */
#include "exhibit/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = exh_memdup(data, size);     /* no byte after the last */
    struct exh_csv csv = exh_csv_begin(bytes, size);
    size_t line = 0, lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    while (exh_csv_next(&csv, &row)) {
        if (row.line <= line || row.line > lines || (!row.problem && !row.fields.count))
            abort();
        for (size_t i = 0; i < row.fields.count; i++)
            if (!exh_text_is_utf8(row.fields.at[i], strlen(row.fields.at[i])))
                abort();
        line = row.line;
    }
    if (csv.at != csv.end)
        abort();
    return 0;
}
