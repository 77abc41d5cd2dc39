/* media/chapters: where a part's pieces join. */
#include "chapters.h"

#include "exhibit/moment.h"

#include <stdlib.h>

const struct exh_media_zone_step *zone_step_at(const struct exh_media_about *about, int64_t ns)
{
    const struct exh_media_zone_step *step = about->zone_count ? about->zone : NULL;

    for (size_t i = 1; i < about->zone_count && about->zone[i].from_ns <= ns; i++)
        step = &about->zone[i];
    return step;
}

/* "21:11:00 GMT, 2021-12-05T21:11:00Z": whole seconds, as a clock shows them. */
static char *title_at(const struct exh_media_about *about, int64_t ns)
{
    const struct exh_media_zone_step *step = zone_step_at(about, ns);
    int64_t second = ns / EXH_SECOND - (ns % EXH_SECOND < 0);
    char utc[EXH_MOMENT_SIZE];

    exh_moment_utc((struct exh_moment){ second * EXH_SECOND }, utc);
    if (!step)
        return exh_strdup(utc);
    int of_day = (int)(((second + step->offset_s) % 86400 + 86400) % 86400);
    return exh_format("%02d:%02d:%02d %s, %s", of_day / 3600, of_day / 60 % 60, of_day % 60, step->name, utc);
}

/* ---- which joins have one ---- */

static size_t every(const struct exh_media_plan *plan)
{
    return (plan->lot_count + MOST_CHAPTERS - 1) / MOST_CHAPTERS;
}

size_t chapters_count(const struct exh_media_plan *plan)
{
    return (plan->lot_count + every(plan) - 1) / every(plan);
}

/* Where the last picture is gone. */
static int64_t end_of_part(const struct exh_media_plan *plan)
{
    const struct exh_media_join *last = &plan->joins[plan->lot_count - 1];

    return av_sat_add64(last->part_ns, av_sat_sub64(plan->end_ns, last->true_ns));
}

struct chapter chapters_at(const struct exh_media_plan *plan, size_t number)
{
    size_t join = number * every(plan), next = join + every(plan);
    int64_t from = number ? plan->joins[join].part_ns : 0;
    int64_t to = next < plan->lot_count ? plan->joins[next].part_ns : end_of_part(plan);

    return (struct chapter){ from, to > from ? to : from, title_at(&plan->cut->about, plan->joins[join].true_ns) };
}

void chapter_clear(struct chapter *chapter)
{
    free(chapter->title);
}

/* ---- for libavformat ---- */

static bool add_chapter(AVFormatContext *format, const struct chapter *from)
{
    AVChapter **grown = av_realloc_array(format->chapters, format->nb_chapters + 1, sizeof *grown);
    AVChapter *chapter = av_mallocz(sizeof *chapter);

    if (grown)
        format->chapters = grown;
    if (!grown || !chapter) {
        av_free(chapter);
        return false;
    }
    format->chapters[format->nb_chapters++] = chapter;
    *chapter = (AVChapter){ .id = format->nb_chapters, .time_base = NANOSECONDS, .start = from->from_ns, .end = from->to_ns };
    return av_dict_set(&chapter->metadata, "title", from->title, 0) >= 0;
}

bool chapters_add(const struct exh_media_plan *plan, AVFormatContext *format)
{
    for (size_t i = 0; i < chapters_count(plan); i++) {
        EXH_CLEANUP(chapter_clear) struct chapter chapter = chapters_at(plan, i);
        if (!add_chapter(format, &chapter))
            return false;
    }
    return true;
}
