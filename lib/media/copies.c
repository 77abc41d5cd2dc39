/* media/copies: a job from its opening to its end. */
#include "film.h"
#include "image.h"
#include "reading.h"
#include "still.h"

#include <libavfilter/avfilter.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

void exh_media_job_freep(struct exh_media_job **slot)
{
    struct exh_media_job *job = exh_steal(slot);

    if (!job)
        return;
    reading_freep(&job->reading);
    font_freep(&job->font);
    free(job->font_bytes);
    job_clear(job);
    free(job);
}

static bool open_font(struct exh_media_job *job, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings longest = EXH_STRINGS_NONE;

    if (!job->font_bytes)
        return !job->captioned || exh_fail(err, EXH_MALFORMED, "the job has a caption and no font");
    if (!font_open(job->font_bytes, size, &job->font, err))
        return false;
    job_longest_caption(job, &longest);
    if (job->captioned)
        caption_lay_out(job->font, &longest, job->width, job->height, &job->caption);
    return true;
}

bool exh_media_job_open(const struct exh_json *json, uint8_t *font, size_t font_size, const struct exh_media_host *host,
                        struct exh_media_job **ret_job, struct exh_error *err)
{
    EXH_CLEANUP(exh_media_job_freep) struct exh_media_job *job = exh_alloc(sizeof *job);

    job->host = host;
    job->font_bytes = font;
    if (!job_read(json, job, err) || !open_font(job, font_size, err))
        return false;
    *ret_job = exh_steal(&job);
    return true;
}

/* Everything that a copy's bytes depend on, but for the encoder, which names itself in what it makes. */
static char *libraries_of_copies(void)
{
    EXH_CLEANUP(exh_freep) char *readers = exh_media_libraries(), *type = font_library(), *images = image_libraries();
    unsigned filter = avfilter_version(), scale = swscale_version(), sound = swresample_version();

    return exh_format("%s, libavfilter %u.%u.%u, libswscale %u.%u.%u, libswresample %u.%u.%u, %s, %s", readers, AV_VERSION_MAJOR(filter),
                      AV_VERSION_MINOR(filter), AV_VERSION_MICRO(filter), AV_VERSION_MAJOR(scale), AV_VERSION_MINOR(scale),
                      AV_VERSION_MICRO(scale), AV_VERSION_MAJOR(sound), AV_VERSION_MINOR(sound), AV_VERSION_MICRO(sound), type, images);
}

struct exh_json *exh_media_job_facts(const struct exh_media_job *job)
{
    EXH_CLEANUP(exh_freep) char *libraries = libraries_of_copies();
    struct exh_json *facts = exh_json_object();
    int width, height;

    film_size(job, &width, &height);
    exh_json_set_int(facts, "pieces", (int64_t)(job->stills ? job->image_count : job->chunk_count));
    exh_json_set_int(facts, "width", width);
    exh_json_set_int(facts, "height", height);
    exh_json_set_int(facts, "length", job->stills ? 0 : job_length(job));
    exh_json_set_text(facts, "libraries", libraries);
    return facts;
}

bool exh_media_job_chunk(struct exh_media_job *job, size_t chunk, const struct exh_media_packets *packets, struct exh_json **ret_facts,
                         struct exh_error *err)
{
    if (chunk >= job->chunk_count)
        return exh_fail(err, EXH_MALFORMED, "the job has no chunk %zu", chunk);
    return film_chunk(job, chunk, packets, ret_facts, err);
}

bool exh_media_job_sound(struct exh_media_job *job, int64_t begins, const struct exh_media_packets *packets,
                         struct exh_json **ret_facts, struct exh_error *err)
{
    if (job->stills || job->sound_rate == 0)
        return exh_fail(err, EXH_MALFORMED, "the job wants no sound");
    return film_sound(job, begins, packets, ret_facts, err);
}

bool exh_media_job_image(struct exh_media_job *job, size_t image, struct exh_text *ret_bytes, struct exh_json **ret_facts,
                         struct exh_error *err)
{
    if (image >= job->image_count)
        return exh_fail(err, EXH_MALFORMED, "the job has no image %zu", image);
    return still_make(job, image, ret_bytes, ret_facts, err);
}
