/* media/recorded: packets in the order in which the recorder's file holds them, so that a part is made
 * of long runs of it and not of a patchwork. */
#include "plan.h"

#include <stdlib.h>

static int by_place(const void *a, const void *b)
{
    const struct packet *x = a, *y = b;

    return x->pos < y->pos ? -1 : x->pos > y->pos;
}

static int by_reading(const void *a, const void *b)
{
    const struct packet *x = a, *y = b;

    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* Each track must still come in its order of decoding. */
static bool tracks_keep_order(const struct packet *packets, size_t count)
{
    int64_t last[MOST_TRACKS];

    for (size_t t = 0; t < MOST_TRACKS; t++)
        last[t] = -1;
    for (size_t i = 0; i < count; i++) {
        if ((int64_t)packets[i].ordinal < last[packets[i].track])
            return false;
        last[packets[i].track] = packets[i].ordinal;
    }
    return true;
}

void order_as_recorded(struct exh_media_plan *plan)
{
    for (size_t n = 0; n < plan->lot_count; n++) {
        struct packet *packets = plan->packets + plan->lots[n].first;
        size_t count = plan->lots[n].count;
        if (!plan->lots[n].runs)
            continue;
        qsort(packets, count, sizeof *packets, by_place);
        if (!tracks_keep_order(packets, count))
            qsort(packets, count, sizeof *packets, by_reading);
    }
}
