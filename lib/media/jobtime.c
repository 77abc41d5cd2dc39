/* media/jobtime: what moments of a copy's inputs are called. */
#include "chapters.h"
#include "job.h"

#include "exhibit/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool job_true_ns(const struct job_input *input, int64_t own_ns, int64_t *ret_ns)
{
    const struct job_clock *step = input->clock_count ? input->clock : NULL;

    if (!step)
        return false;
    for (size_t i = 1; i < input->clock_count && input->clock[i].own_ns <= own_ns; i++)
        step = &input->clock[i];
    *ret_ns = av_sat_add64(step->true_ns, own_ns - step->own_ns);
    return true;
}

static int64_t whole_ms(int64_t ns)
{
    return ns / 1000000 - (ns % 1000000 < 0);
}

/* Always with three digits of a fraction, so that its place in a picture does not change. */
static void date_words(int64_t ns, char between, char ret_words[EXH_MOMENT_SIZE])
{
    int64_t ms = whole_ms(ns), of_second = (ms % 1000 + 1000) % 1000;
    char utc[EXH_MOMENT_SIZE];

    exh_moment_utc((struct exh_moment){ (ms - of_second) * 1000000 }, utc);
    snprintf(ret_words, EXH_MOMENT_SIZE, "%.10s%c%.8s.%03d", utc, between, utc + 11, (int)of_second);
}

char *job_utc_words(const struct job_input *input, int64_t own_ns)
{
    char words[EXH_MOMENT_SIZE];
    int64_t ns;

    if (!job_true_ns(input, own_ns, &ns))
        return exh_strdup("");
    date_words(ns, 'T', words);
    return exh_format("%sZ", words);
}

char *job_local_words(const struct exh_media_job *job, const struct job_input *input, int64_t own_ns)
{
    char words[EXH_MOMENT_SIZE];
    int64_t ns, ms = whole_ms(own_ns);

    if (!job_true_ns(input, own_ns, &ns))
        return exh_format("+%" PRId64 ":%02d:%02d.%03d from the start", ms / 3600000, (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
                          (int)(ms % 1000));
    const struct exh_media_zone_step *step = zone_step_at(&job->zone, ns);
    date_words(av_sat_add64(ns, step ? step->offset_s * EXH_SECOND : 0), ' ', words);
    return exh_format("%s %s", words, step ? step->name : "UTC");
}

static const char *item_words(const struct job_item *item, const char *local, const char *utc, const char *label)
{
    switch (item->kind) {
    case ITEM_LOCAL: return local;
    case ITEM_UTC:   return utc;
    case ITEM_LABEL: return label ? label : "";
    default:         return item->text;
    }
}

void job_caption(const struct exh_media_job *job, const struct job_input *input, int64_t own_ns, const char *label,
                 struct exh_strings *ret_items)
{
    EXH_CLEANUP(exh_freep) char *local = input ? job_local_words(job, input, own_ns) : NULL;
    EXH_CLEANUP(exh_freep) char *utc = input ? job_utc_words(input, own_ns) : NULL;

    for (size_t i = 0; i < job->item_count; i++)
        exh_strings_add(ret_items, item_words(&job->items[i], local ? local : "", utc ? utc : "", label));
}

static const char *longest_label(const struct exh_media_job *job)
{
    const char *longest = "";

    for (size_t i = 0; i < job->grid.count; i++)
        if (strlen(job->grid.cells[i].label) > strlen(longest))
            longest = job->grid.cells[i].label;
    return longest;
}

/* Abbreviations have six letters at most ("-0330" among them). */
void job_longest_caption(const struct exh_media_job *job, struct exh_strings *ret_items)
{
    for (size_t i = 0; i < job->item_count; i++)
        exh_strings_add(ret_items, item_words(&job->items[i], "2000-00-00 00:00:00.000 MMMMMM", "2000-00-00T00:00:00.000Z",
                                              longest_label(job)));
}
