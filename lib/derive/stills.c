/* derive: which pictures become stills. */
#include "derive.h"

#include <stdlib.h>

enum { MOST_IMAGES = 10000, MOST_A_SHEET = 400 };
static const int64_t ms_ns = 1000000;

bool exh_stills_find(const struct line *line, int64_t line_ns, size_t *ret_input, int64_t *ret_own_ns)
{
    for (size_t i = 0; i < line->stretch_count; i++) {
        const struct stretch *s = &line->stretches[i];
        if (line_ns < s->line_ns || line_ns >= s->line_ns + (s->to_ns - s->from_ns))
            continue;
        *ret_input = s->input;
        *ret_own_ns = s->from_ns + (line_ns - s->line_ns);
        return true;
    }
    return false;
}

static bool is_there(const struct plan *plan, int64_t line_ns)
{
    size_t input;
    int64_t own_ns;

    return exh_stills_find(&plan->lines[0], line_ns, &input, &own_ns);
}

static bool add(struct plan *plan, int64_t line_ns, struct exh_error *err)
{
    if (plan->time_count == MOST_IMAGES)
        return exh_fail(err, EXH_USAGE, "more than %d stills; ask for fewer", MOST_IMAGES);
    plan->times = exh_realloc_array(plan->times, plan->time_count + 1, sizeof *plan->times);
    plan->times[plan->time_count++] = line_ns;
    return true;
}

/* ---- times that were named ---- */

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static bool add_named(struct plan *plan, struct exh_when when, struct exh_error *err)
{
    int64_t ns;

    if (!exh_line_time(&plan->lines[0], when, &ns, err))
        return false;
    if (is_there(plan, ns))
        return add(plan, ns, err);
    EXH_CLEANUP(exh_freep) char *words = exh_line_local_words(&plan->lines[0], ns, plan->zone);
    return exh_fail(err, EXH_NO, "%s has no picture at %s that can be shown", plan->lines[0].reference, words);
}

/* Images are named by the millisecond. */
static bool check_twice(const struct plan *plan, struct exh_error *err)
{
    for (size_t i = 1; i < plan->time_count; i++)
        if (plan->times[i] / ms_ns == plan->times[i - 1] / ms_ns) {
            EXH_CLEANUP(exh_freep) char *words = exh_line_local_words(&plan->lines[0], plan->times[i], plan->zone);
            return exh_fail(err, EXH_USAGE, "the picture at %s is asked for twice", words);
        }
    return true;
}

static bool find_named(struct plan *plan, struct exh_error *err)
{
    for (size_t i = 0; i < plan->options->at_count; i++)
        if (!add_named(plan, plan->options->at[i], err))
            return false;
    qsort(plan->times, plan->time_count, sizeof *plan->times, by_time);
    return check_twice(plan, err);
}

/* ---- times that follow from the Master ---- */

static bool find_even(struct plan *plan, struct exh_error *err)
{
    const struct line *line = &plan->lines[0];
    int64_t step = plan->options->every_ns;
    size_t passed = 0;

    if ((line->to_ns - line->from_ns) / step >= MOST_IMAGES)
        return exh_fail(err, EXH_USAGE, "more than %d stills; ask for fewer", MOST_IMAGES);
    for (int64_t at = line->from_ns; at < line->to_ns; at += step) {
        passed += !is_there(plan, at);
        if (is_there(plan, at) && !add(plan, at, err))
            return false;
    }
    if (plan->time_count == 0)
        return exh_fail(err, EXH_NO, "%s has no picture at any of these times that can be shown", line->reference);
    if (passed)
        exh_finding_add(plan->findings, "no-picture", "%zu time%s passed over: %s has no picture there that can be shown", passed,
                        passed == 1 ? " was" : "s were", line->reference);
    return true;
}

static int64_t length_of(const struct line *line)
{
    int64_t length = 0;

    for (size_t i = 0; i < line->stretch_count; i++)
        length += line->stretches[i].to_ns - line->stretches[i].from_ns;
    return length;
}

/* The line time of a moment that counts only what there are pictures of. */
static int64_t place_of(const struct line *line, int64_t shown_ns)
{
    for (size_t i = 0; i < line->stretch_count; i++) {
        int64_t length = line->stretches[i].to_ns - line->stretches[i].from_ns;
        if (shown_ns < length)
            return line->stretches[i].line_ns + shown_ns;
        shown_ns -= length;
    }
    return line->to_ns;
}

/* Evenly spread over what there are pictures of: a sheet has no empty places. */
static bool find_sheet(struct plan *plan, struct exh_error *err)
{
    int64_t count = (int64_t)plan->options->columns * plan->options->rows, step = length_of(&plan->lines[0]) / count;

    if (count > MOST_A_SHEET)
        return exh_fail(err, EXH_USAGE, "a sheet has %d pictures at most", MOST_A_SHEET);
    for (int64_t i = 0; i < count; i++)
        if (!add(plan, place_of(&plan->lines[0], i * step + step / 2), err))
            return false;
    return true;
}

bool exh_stills_times(struct plan *plan, struct exh_error *err)
{
    const struct exh_derive_options *o = plan->options;

    if (o->columns)
        return find_sheet(plan, err);
    return o->every_ns ? find_even(plan, err) : find_named(plan, err);
}
