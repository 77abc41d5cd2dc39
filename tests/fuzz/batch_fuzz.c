/* Files of jobs of any bytes: what is read of them is options, "--", and arguments, under an identifier of its own. */
#include "exhibit/batch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct exh_batch_option options[] = {
    { "case", true, false, NULL }, { "at", true, true, NULL }, { "loud", false, false, NULL }, { "store", true, false, "it is not of rows" },
};
static const struct exh_batch_verb verbs[] = {
    { "export", options, EXH_COUNT(options), false, NULL, NULL }, { "still", NULL, 0, false, NULL, NULL }, { "key new", NULL, 0, true, NULL, NULL },
};

static void check_row(const struct exh_batch_row *row)
{
    bool arguments = false;

    if (!row->id || !*row->id || strlen(row->id) > EXH_BATCH_LONGEST_ID || row->verb->refused || !row->content)
        abort();
    for (size_t i = 0; i < row->words.count; i++) {
        const char *word = row->words.at[i];
        if (!arguments && strncmp(word, "--case=", 7) != 0 && strncmp(word, "--at=", 5) != 0 && strcmp(word, "--loud") != 0
            && strcmp(word, "--") != 0)
            abort();
        arguments |= strcmp(word, "--") == 0;
    }
    if (!arguments)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };
    EXH_CLEANUP(exh_freep) char *bytes = exh_memdup(data, size);     /* no byte after the last */

    exh_batch_read(bytes, size, verbs, EXH_COUNT(verbs), &batch);
    for (size_t i = 0; i < batch.problem_count && i < EXH_BATCH_MOST_PROBLEMS; i++)
        if (!batch.problems[i].line || !batch.problems[i].text)
            abort();
    for (size_t i = 0; i < batch.row_count && !batch.problem_count; i++) {
        check_row(&batch.rows[i]);
        if (i && strcmp(batch.rows[i].id, batch.rows[i - 1].id) == 0)
            abort();
    }
    return 0;
}
