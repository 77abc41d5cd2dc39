/* export: what a part says of itself, for players that show it. */
#include "export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t day_ns = 86400 * EXH_SECOND;

static struct exh_zone_step step_at(int64_t ns, const char *zone)
{
    struct exh_zone_step step = { .from_ns = ns };
    struct exh_calendar calendar;
    char name[16];

    exh_zone_calendar((struct exh_moment){ ns }, zone, &calendar, &step.offset_s, name);
    snprintf(step.name, sizeof step.name, "%.11s", name);
    return step;
}

static bool is_other(const struct exh_zone_step *a, const struct exh_zone_step *b)
{
    return a->offset_s != b->offset_s || strcmp(a->name, b->name);
}

/* The instant, to the second, from which on clocks show what they do at @later. */
static struct exh_zone_step find_change(struct exh_zone_step earlier, struct exh_zone_step later, const char *zone)
{
    while (later.from_ns - earlier.from_ns > EXH_SECOND) {
        struct exh_zone_step middle =
            step_at(earlier.from_ns + (later.from_ns - earlier.from_ns) / EXH_SECOND / 2 * EXH_SECOND, zone);
        if (is_other(&middle, &earlier))
            later = middle;
        else
            earlier = middle;
    }
    return later;
}

static void add_step(struct exporting *e, struct exh_zone_step step)
{
    e->zone_steps = exh_realloc_array(e->zone_steps, e->about.zone_count + 1, sizeof *e->zone_steps);
    e->zone_steps[e->about.zone_count++] = step;
}

/* From a day before the window to a day after it: a part may begin earlier and end later. */
static void find_steps(struct exporting *e)
{
    struct exh_window window = e->question.window;
    int64_t from = window.from.ns / EXH_SECOND * EXH_SECOND - day_ns, to = window.to.ns + day_ns;
    struct exh_zone_step last = step_at(from, e->item.zone);

    add_step(e, last);
    for (int64_t at = from; at < to; at += day_ns) {
        struct exh_zone_step next = step_at(at + day_ns, e->item.zone);
        if (is_other(&next, &last))
            add_step(e, find_change(last, next, e->item.zone));
        last = next;
    }
}

void exh_export_find_about(struct exporting *e)
{
    e->about_source = exh_format("%s, %s", e->item.camera->id, e->item.camera->name);
    e->about = (struct exh_cut_about){ .unit = e->item.organisation, .source = e->about_source, .url = "",
                                       .person = exh_json_text_or(e->item.producer, "initials", "") };
    find_steps(e);
    e->about.zone = e->zone_steps;
}

void exh_export_clear_about(struct exporting *e)
{
    free(e->about_source);
    free(e->zone_steps);
}
