/* media/span: where footage has holes. */
#include "span.h"

#include "exhibit/error.h"

#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

/* The rule for holes. Recorders lose whole seconds, and a player shows the last picture meanwhile as
 * if nothing were missing. A hole is a step of more than a second over the usual one, and of more
 * than five usual steps: so a camera of one picture a second, or one whose rate varies with what it
 * sees, is not full of holes. */
enum { SECONDS_OVER_USUAL = 1, TIMES_USUAL = 5 };
/* The usual step is the median of at most so many. */
enum { STEPS_LOOKED_AT = 65536 };

int64_t longest_step(int64_t step, AVRational time_base)
{
    int64_t over = step + av_rescale_q(SECONDS_OVER_USUAL, (AVRational){ 1, 1 }, time_base);

    return over > TIMES_USUAL * step ? over : TIMES_USUAL * step;
}

void times_clear(struct times *times)
{
    free(times->at);
    *times = (struct times){ .at = NULL };
}

void times_add(struct times *times, int64_t time)
{
    if (times->count == times->room) {
        times->room = times->room ? 2 * times->room : 1024;
        times->at = exh_realloc_array(times->at, times->room, sizeof *times->at);
    }
    if (times->count < FIRST_PICTURES && (times->count == 0 || time < times->first))
        times->first = time;
    times->at[times->count++] = time;
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

int64_t usual_step(const int64_t *times, size_t count, AVRational time_base)
{
    size_t n = count > STEPS_LOOKED_AT ? STEPS_LOOKED_AT : count;
    int64_t otherwise = av_rescale_q(1, (AVRational){ 1, 25 }, time_base);

    if (n < 2)
        return otherwise > 0 ? otherwise : 1;
    EXH_CLEANUP(exh_freep) int64_t *steps = exh_alloc((n - 1) * sizeof *steps);
    for (size_t i = 0; i + 1 < n; i++)
        steps[i] = times[i + 1] - times[i];
    qsort(steps, n - 1, sizeof *steps, by_time);
    return steps[(n - 1) / 2] > 0 ? steps[(n - 1) / 2] : 1;
}

int64_t times_settle(struct times *times, AVRational time_base)
{
    size_t kept = 0;

    for (size_t i = 0; i < times->count; i++)
        if (times->at[i] >= times->first)
            times->at[kept++] = times->at[i];
    times->count = kept;
    if (kept)
        qsort(times->at, kept, sizeof *times->at, by_time);
    return usual_step(times->at, kept, time_base);
}

size_t times_end_of_span(const struct times *times, size_t i, int64_t step, AVRational time_base)
{
    int64_t longest = longest_step(step, time_base);

    for (i++; i < times->count; i++)
        if (times->at[i] - times->at[i - 1] > longest)
            break;
    return i;
}
