/* media/ending: where a part that has its most packets ends, and the next goes on: right before a key
 * frame. Between the two nothing may be torn apart, so pictures before it in order of decoding are shown
 * before it too, and those behind it behind it. Where a recorder's groups of pictures are all open there
 * is no such key frame; then the part grows to twice its size, and the pictures that the cut tears off
 * are left out of the next. */
#include "plan.h"
#include "span.h"

bool begins_part(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *key, bool begun)
{
    int64_t shown = shown_ns(plan, lot, key);

    if (plan->cut->begin_ns)
        return !begun && lot == plan->lots && shown == plan->cut->begin_ns;
    return !begun || shown <= plan->from_ns;
}

/* Packets that are delivered for certain where the part ends at a given time. */
struct tally {
    bool begun;
    int64_t first_ns;
    uint64_t count;
};

static void tally_packet(struct tally *tally, const struct exh_media_plan *plan, const struct lot *lot,
                         const struct packet *packet)
{
    int64_t shown = shown_ns(plan, lot, packet);

    if (!is_in_span(plan, lot, packet))
        return;
    if (packet->track == 0 && packet->key && begins_part(plan, lot, packet, tally->begun))
        *tally = (struct tally){ .begun = true, .first_ns = shown };
    tally->count += tally->begun && shown >= tally->first_ns && shown < plan->ending.shown_ns;
}

/* Of the packets read so far; those of the last lot are not counted in it yet. */
static struct tally tally_packets(const struct exh_media_plan *plan)
{
    struct tally tally = { .begun = false };

    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        size_t past = n + 1 < plan->lot_count ? lot->first + lot->count : plan->packet_count;
        for (size_t i = lot->first; i < past; i++)
            tally_packet(&tally, plan, lot, &plan->packets[i]);
    }
    return tally;
}

void ending_enter(struct exh_media_plan *plan)
{
    plan->ending.waits = false;
    plan->ending.latest = INT64_MIN;
}

/* The key frame waited for is the end, if the part then has its packets and the next one some of the window. */
static void take(struct exh_media_plan *plan)
{
    struct ending *ending = &plan->ending;
    const struct lot *lot = &plan->lots[plan->lot_count - 1];
    const struct packet key = { .dts = ending->pts };

    ending->waits = false;
    ending->piece = lot->piece;
    ending->shown_ns = shown_ns(plan, lot, &key);
    struct tally tally = tally_packets(plan);
    ending->found = tally.begun && tally.count >= plan->cut->most_packets && ending->shown_ns > tally.first_ns
        && ending->shown_ns > plan->from_ns && ending->shown_ns < plan->to_ns;
}

static void await(struct ending *ending, const struct packet *key)
{
    ending->waits = true;
    ending->behind = 0;
    ending->pts = pts_of(key);
    ending->ordinal = key->ordinal;
}

void ending_hear(struct exh_media_plan *plan)
{
    struct ending *ending = &plan->ending;
    const struct packet *picture = &plan->packets[plan->packet_count - 1];
    uint64_t most = plan->cut->most_packets;

    if (most == 0 || ending->found || picture->track
        || !is_in_span(plan, &plan->lots[plan->lot_count - 1], picture))
        return;
    if (ending->waits && pts_of(picture) < ending->pts && plan->packet_count / 2 < most)
        ending->waits = false;
    else if (ending->waits && ++ending->behind == FIRST_PICTURES)
        take(plan);
    else if (!ending->waits && picture->key && pts_of(picture) > ending->latest && plan->packet_count > most)
        await(ending, picture);
    if (pts_of(picture) > ending->latest)
        ending->latest = pts_of(picture);
}

void ending_leave(struct exh_media_plan *plan)
{
    if (plan->ending.waits)
        take(plan);
}

bool is_behind_ending(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    const struct ending *ending = &plan->ending;

    if (!ending->found || lot->piece != ending->piece)
        return false;
    return packet->track == 0 ? packet->ordinal >= ending->ordinal : shown_ns(plan, lot, packet) >= ending->shown_ns;
}
