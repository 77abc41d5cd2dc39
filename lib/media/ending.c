/* media/ending: where a part that has its most packets or bytes ends, and the next goes on: right before a
 * key frame. Between the two nothing may be torn apart, so pictures before it in order of decoding are shown
 * before it too, and those behind it behind it. Where a recorder's groups of pictures are all open there
 * is no such key frame; then the part grows to twice its packets, and the pictures that the cut tears off
 * are left out of the next. For its bytes no picture is ever given up.
 *
 * While packets are read, the first such key frame behind either limit ends the part. The packets may be a few
 * more than asked for; the bytes may not, and what is delivered is known only afterwards: then the ending is
 * drawn back from key frame to key frame, until it fits. */
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
    bool meets;                          /* some of them are shown in the window */
    uint64_t count, bytes;
};

static void tally_packet(struct tally *tally, const struct exh_media_plan *plan, const struct lot *lot,
                         const struct packet *packet)
{
    int64_t shown = shown_ns(plan, lot, packet);

    if (!is_in_span(plan, lot, packet))
        return;
    if (packet->track == 0 && packet->key && begins_part(plan, lot, packet, tally->begun))
        *tally = (struct tally){ .begun = true, .first_ns = shown };
    if (!tally->begun || shown < tally->first_ns || shown >= plan->ending.shown_ns)
        return;
    tally->meets |= packet->track == 0 && shown >= plan->from_ns;
    tally->count++;
    tally->bytes += packet->written;
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

/* The key frame waited for is the end, if the part then is full, and has some of the window, and the next one too. */
static void take(struct exh_media_plan *plan)
{
    struct ending *ending = &plan->ending;
    const struct exh_media_cut *cut = plan->cut;
    const struct lot *lot = &plan->lots[plan->lot_count - 1];
    const struct packet key = { .dts = ending->pts };

    ending->waits = false;
    ending->piece = lot->piece;
    ending->shown_ns = shown_ns(plan, lot, &key);
    struct tally tally = tally_packets(plan);
    bool full = (cut->most_packets && tally.count >= cut->most_packets) || (cut->most_bytes && tally.bytes > cut->most_bytes);
    ending->found = full && tally.meets && ending->shown_ns > tally.first_ns && ending->shown_ns < plan->to_ns;
    ending->bytes = tally.bytes;
}

static void await(struct ending *ending, const struct packet *key)
{
    ending->waits = true;
    ending->behind = 0;
    ending->pts = pts_of(key);
    ending->ordinal = key->ordinal;
}

/* Packets read are hardly fewer than those delivered: worth a closer look. */
static bool may_be_full(const struct exh_media_plan *plan)
{
    const struct exh_media_cut *cut = plan->cut;

    return (cut->most_packets && plan->packet_count > cut->most_packets)
        || (cut->most_bytes && plan->ending.bytes > cut->most_bytes);
}

/* So many packets that pictures may be torn off. */
static bool is_overfull(const struct exh_media_plan *plan)
{
    return plan->cut->most_packets && plan->packet_count / 2 >= plan->cut->most_packets;
}

void ending_hear(struct exh_media_plan *plan)
{
    struct ending *ending = &plan->ending;
    const struct packet *picture = &plan->packets[plan->packet_count - 1];

    ending->bytes += picture->written;
    if (ending->found || picture->track || !is_in_span(plan, &plan->lots[plan->lot_count - 1], picture))
        return;
    if (ending->waits && pts_of(picture) < ending->pts && !is_overfull(plan))
        ending->waits = false;
    else if (ending->waits && ++ending->behind == FIRST_PICTURES)
        take(plan);
    else if (!ending->waits && picture->key && pts_of(picture) > ending->latest && may_be_full(plan))
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

    if (!ending->found || lot->piece < ending->piece)
        return false;
    if (lot->piece > ending->piece)
        return true;
    return packet->track == 0 ? packet->ordinal >= ending->ordinal : shown_ns(plan, lot, packet) >= ending->shown_ns;
}

/* ---- drawing back ---- */

/* The part before @key has some of the window. */
static bool shows_window(const struct exh_media_plan *plan, size_t begin, size_t key)
{
    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first > begin ? lot->first : begin; i < lot->first + lot->count && i < key; i++)
            if (plan->packets[i].track == 0 && shown_ns(plan, lot, &plan->packets[i]) >= plan->from_ns)
                return true;
    }
    return false;
}

/* Pictures before @key in order of decoding are shown before it, and those behind it behind it. */
static bool tears_nothing(const struct exh_media_plan *plan, const struct lot *lot, size_t key)
{
    int64_t pts = pts_of(&plan->packets[key]);
    unsigned behind = 0;

    for (size_t i = lot->first; i < key; i++)
        if (plan->packets[i].track == 0 && pts_of(&plan->packets[i]) >= pts)
            return false;
    for (size_t i = key + 1; i < lot->first + lot->count && behind < FIRST_PICTURES; i++) {
        if (plan->packets[i].track == 0 && pts_of(&plan->packets[i]) < pts)
            return false;
        behind += plan->packets[i].track == 0;
    }
    return true;
}

/* The part that begins with packet @begin might end before this one, which is earlier than where it ends. */
static bool is_earlier(const struct exh_media_plan *plan, const struct lot *lot, size_t packet, size_t begin)
{
    const struct packet *key = &plan->packets[packet];
    int64_t shown = shown_ns(plan, lot, key);

    return key->track == 0 && key->key && !is_behind_ending(plan, lot, key) && shown > plan->first_ns
        && shown < plan->to_ns && shows_window(plan, begin, packet) && tears_nothing(plan, lot, packet);
}

bool ending_draw_back(struct exh_media_plan *plan, size_t begin)
{
    for (size_t n = plan->lot_count; n-- > 0;) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first + lot->count; i-- > lot->first;) {
            if (!is_earlier(plan, lot, i, begin))
                continue;
            plan->ending.found = true;
            plan->ending.piece = lot->piece;
            plan->ending.ordinal = plan->packets[i].ordinal;
            plan->ending.shown_ns = shown_ns(plan, lot, &plan->packets[i]);
            return true;
        }
    }
    return false;
}
