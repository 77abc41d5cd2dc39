/* moment: how the clocks of a zone go over a stretch of time. */
#include "exhibit/moment.h"

#include <stdio.h>
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

struct exh_zone_step *exh_zone_steps(struct exh_window window, const char *zone, size_t *ret_count)
{
    int64_t from = window.from.ns / EXH_SECOND * EXH_SECOND - day_ns, to = window.to.ns + day_ns;
    struct exh_zone_step last = step_at(from, zone), *steps = exh_memdup(&last, sizeof last);

    *ret_count = 1;
    for (int64_t at = from; at < to; at += day_ns) {
        struct exh_zone_step next = step_at(at + day_ns, zone);
        if (is_other(&next, &last)) {
            steps = exh_realloc_array(steps, *ret_count + 1, sizeof *steps);
            steps[(*ret_count)++] = find_change(last, next, zone);
        }
        last = next;
    }
    return steps;
}
