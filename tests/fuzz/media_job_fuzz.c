/* A job of any words: it is refused, or every number in it is one that can be computed with. */
#include "../../lib/media/job.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_film(const struct exh_media_job *job)
{
    int64_t end = 0;

    for (size_t i = 0; i < job->shot_count; i++) {
        const struct job_shot *shot = &job->shots[i];
        check(shot->from_ns < shot->to_ns && shot->at_ns == end);
        check(shot->card || shot->input < job->input_count);
        end = job_film_ns(job, shot, shot->to_ns);
    }
    check(job_length(job) >= 0 && job_length(job) == job_ticks(end));
    for (size_t i = 0; i < job->chunk_count; i++) {
        const struct job_chunk *chunk = &job->chunks[i];
        const struct job_shot *shot = &job->shots[chunk->shot];
        check(chunk->shot < job->shot_count && chunk->from_ns < chunk->to_ns);
        check(chunk->from_ns >= shot->from_ns && chunk->to_ns <= shot->to_ns);
        check(shot->card || job->grid.count || chunk->start < job->inputs[shot->input].start_count);
    }
}

static void check_words(const struct exh_media_job *job)
{
    for (size_t i = 0; i < job->input_count; i++) {
        EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;
        job_caption(job, &job->inputs[i], job->inputs[i].end_ns, NULL, &items);
        check(items.count == job->item_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *json = NULL;
    struct exh_media_job job = { .stills = false };

    if (!exh_json_parse((const char *)bytes, size, "a job", &json, &err))
        return 0;
    if (job_read(json, &job, &err)) {
        check(job.width >= 2 && job.height >= 2 && job.width % 2 == 0 && job.height % 2 == 0);
        check_words(&job);
        if (!job.stills)
            check_film(&job);
    } else
        check(err.kind != EXH_OK);
    job_clear(&job);
    return 0;
}
