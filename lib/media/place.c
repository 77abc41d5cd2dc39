/* media/place: the part's own time. Inside a piece times stay as the recorder gave them; each piece
 * follows the one before it without a gap or an overlap of pictures. */
#include "plan.h"

#include <stdlib.h>

static void shift_lot(struct exh_media_plan *plan, struct lot *lot, int64_t by)
{
    const struct outline *outline = &plan->outline;
    int64_t shifts[MOST_TRACKS];

    for (size_t t = 0; t < outline->count; t++)
        shifts[t] = av_rescale_q(by, outline->tracks[0].time_base, outline->tracks[t].time_base);
    for (size_t i = lot->first; i < lot->first + lot->count; i++)
        plan->packets[i].dts += shifts[plan->packets[i].track];
    lot->shown += by;
}

/* Where the first picture of @lot is decoded, and where the one after its last would be. */
static void find_ends(const struct exh_media_plan *plan, const struct lot *lot, int64_t *ret_first, int64_t *ret_end)
{
    bool any = false;

    for (size_t i = lot->first; i < lot->first + lot->count; i++) {
        const struct packet *packet = &plan->packets[i];
        if (packet->track)
            continue;
        if (!any)
            *ret_first = packet->dts;
        *ret_end = packet->dts + packet->duration;
        any = true;
    }
}

static void join_lots(struct exh_media_plan *plan)
{
    int64_t first = 0, end = 0, at = 0;

    for (size_t i = 0; i < plan->lot_count; i++) {
        find_ends(plan, &plan->lots[i], &first, &end);
        if (i == 0)
            at = first;
        shift_lot(plan, &plan->lots[i], at - first);
        at += end - first;
    }
}

struct instant { int64_t ticks; AVRational base; bool set; };

static void keep_earlier(struct instant *zero, int64_t ticks, AVRational base)
{
    if (!zero->set || av_compare_ts(ticks, base, zero->ticks, zero->base) < 0)
        *zero = (struct instant){ ticks, base, true };
}

/* The earliest time of presentation of all tracks; where pictures lead the first one, there is no edit
 * list to say so, and the part begins with the first time of decoding. */
static struct instant find_zero(const struct exh_media_plan *plan)
{
    struct instant zero = { .set = false };

    for (size_t i = 0; i < plan->packet_count; i++) {
        const struct packet *packet = &plan->packets[i];
        int64_t ticks = packet->dts + (plan->leads ? 0 : packet->cts);
        keep_earlier(&zero, ticks, plan->outline.tracks[packet->track].time_base);
    }
    return zero;
}

static void begin_at_zero(struct exh_media_plan *plan)
{
    const struct outline *outline = &plan->outline;
    struct instant zero = find_zero(plan);
    int64_t shifts[MOST_TRACKS];

    for (size_t t = 0; t < outline->count; t++)
        shifts[t] = av_rescale_q(zero.ticks, zero.base, outline->tracks[t].time_base);
    for (size_t i = 0; i < plan->packet_count; i++)
        plan->packets[i].dts -= shifts[plan->packets[i].track];
    for (size_t i = 0; i < plan->lot_count; i++)
        plan->lots[i].shown -= shifts[0];
}

void place_packets(struct exh_media_plan *plan)
{
    join_lots(plan);
    begin_at_zero(plan);
    plan->joins = exh_alloc(plan->lot_count * sizeof *plan->joins);
    for (size_t i = 0; i < plan->lot_count; i++)
        plan->joins[i] = (struct exh_media_join){
            .piece = plan->lots[i].piece,
            .part_ns = av_rescale_q(plan->lots[i].shown, plan->outline.tracks[0].time_base, NANOSECONDS),
            .true_ns = plan->lots[i].shown_ns,
        };
}
