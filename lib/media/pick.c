/* media/pick: reads the pieces and chooses the packets of the window: from the last key frame at or
 * before it to the last packet that a picture inside it needs. */
#include "convert.h"
#include "plan.h"
#include "span.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOKED_INTO = 64 };
/* A segment is read this far beyond the end of the window, because sound may stand later than its pictures. */
static const int64_t beyond_ns = INT64_C(5000000000);
/* Sound may begin this long before the first picture of its segment; and a packet of it goes on no longer than that. */
static const int64_t before_ns = INT64_C(10000000000);
static const int64_t sound_ns = INT64_C(200000000);

void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* ---- time ---- */

static AVRational base_of(const struct exh_media_plan *plan, size_t track)
{
    return plan->outline.tracks[track].time_base;
}

static int64_t pts_of(const struct packet *packet)
{
    return packet->dts + packet->cts;
}

/* In the segment's own time. */
static int64_t own_ns(const struct exh_media_plan *plan, const struct lot *lot, size_t track, int64_t ticks)
{
    return av_rescale_q(ticks, base_of(plan, track), NANOSECONDS)
        - av_rescale_q(lot->first_pts, base_of(plan, 0), NANOSECONDS);
}

static int64_t true_ns(const struct exh_media_plan *plan, const struct lot *lot, size_t track, int64_t ticks)
{
    return av_sat_add64(plan->pieces[lot->piece].start_ns, own_ns(plan, lot, track, ticks));
}

static int64_t shown_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    return true_ns(plan, lot, packet->track, pts_of(packet));
}

static int64_t gone_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    return true_ns(plan, lot, packet->track, pts_of(packet) + packet->duration);
}

/* ---- reading a piece ---- */

struct reading {
    struct exh_media_plan *plan;
    struct source *source;
    struct lot *lot;
    uint64_t pictures, units;
    uint64_t empty;
    bool whole;                  /* read to its end */
    bool forgot;                 /* pictures before a key frame are gone already */
};

static struct packet *add_packet(struct exh_media_plan *plan)
{
    if (plan->packet_count == plan->packet_room) {
        plan->packet_room = plan->packet_room ? plan->packet_room + plan->packet_room / 2 : 8192;
        plan->packets = exh_realloc_array(plan->packets, plan->packet_room, sizeof *plan->packets);
    }
    return &plan->packets[plan->packet_count++];
}

/* The bytes of @unit are those of the file at its place. */
static bool is_in_place(const struct reading *reading, const struct unit *unit)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(unit->size);

    return unit->pos >= 0 && pread(reading->source->fd, bytes, unit->size, (off_t)unit->pos) == (ssize_t)unit->size
        && memcmp(bytes, unit->packet->data, unit->size) == 0;
}

uint32_t written_size(const struct outline *outline, const struct unit *unit)
{
    if (outline->matroska || !outline->tracks[unit->track].annex_b)
        return unit->size;
    return (uint32_t)lengths_size(unit->packet->data, unit->size);
}

static void take_unit(struct reading *reading, const struct unit *unit)
{
    struct exh_media_plan *plan = reading->plan;
    uint32_t written = written_size(&reading->plan->outline, unit);

    if (written == 0) {
        reading->empty++;
        return;
    }
    if (!reading->source->skims)
        outline_hear(&plan->outline, reading->source, unit);
    *add_packet(plan) = (struct packet){
        .dts = unit->dts, .pos = unit->pos, .cts = (int32_t)(unit->pts - unit->dts),
        .written = written, .ordinal = (uint32_t)reading->units & (MOST_PACKETS - 1),
        .duration = unit->duration > 0 && unit->duration < INT32_MAX ? (uint32_t)unit->duration : 0,
        .track = unit->track & (MOST_TRACKS - 1), .key = unit->key,
    };
    if (unit->track == 0
        && (reading->pictures == 0 || (reading->pictures < FIRST_PICTURES && unit->pts < reading->lot->first_pts)))
        reading->lot->first_pts = unit->pts;
    reading->pictures += unit->track == 0;
}

/* A key frame at or before the window: what comes before it is not needed, but for sound that still goes on. */
static void forget_earlier(struct reading *reading, const struct unit *key)
{
    struct exh_media_plan *plan = reading->plan;
    int64_t key_ns = true_ns(plan, reading->lot, 0, key->pts);
    size_t kept = reading->lot->first;

    for (size_t i = kept; i < plan->packet_count; i++) {
        const struct packet *packet = &plan->packets[i];
        bool is_needed = i + 1 == plan->packet_count
            || (packet->track && shown_ns(plan, reading->lot, packet) > key_ns - before_ns);
        if (is_needed)
            plan->packets[kept++] = *packet;
    }
    plan->packet_count = kept;
    reading->forgot = true;
}

static bool is_past(const struct reading *reading, const struct unit *unit)
{
    const struct exh_media_plan *plan = reading->plan;
    int64_t own = own_ns(plan, reading->lot, 0, unit->dts);

    return own > av_sat_add64(plan->pieces[reading->lot->piece].span_end_ns, beyond_ns)
        || true_ns(plan, reading->lot, 0, unit->dts) > av_sat_add64(plan->to_ns, beyond_ns);
}

/* The first packets are looked into: do they stand in the file as they are given? Every packet of an
 * MP4 track comes the same way, so that the others are taken by place and size alone. */
static void look_into(struct reading *reading, const struct unit *unit)
{
    reading->lot->runs = reading->lot->runs && is_in_place(reading, unit);
    if (reading->lot->runs && reading->units == LOOKED_INTO)
        source_skim(reading->source);
}

static bool read_units(struct reading *reading, struct exh_error *err)
{
    struct exh_media_plan *plan = reading->plan;

    for (bool end = false;; reading->units++) {
        struct unit unit;
        if (!source_next(reading->source, &unit, &end, err))
            return false;
        if (end)
            break;
        if (reading->units == MOST_PACKETS)
            return exh_fail(err, EXH_NO, "piece %zu holds more than %d packets", reading->lot->piece + 1, MOST_PACKETS);
        if (plan->outline.tracks[unit.track].left_out)
            continue;
        if (!reading->source->skims)
            look_into(reading, &unit);
        take_unit(reading, &unit);
        if (unit.track || reading->pictures <= FIRST_PICTURES)
            continue;
        if (is_past(reading, &unit))
            return true;
        if (unit.key && true_ns(plan, reading->lot, 0, unit.pts) <= plan->from_ns
            && own_ns(plan, reading->lot, 0, unit.pts) >= plan->pieces[reading->lot->piece].span_start_ns)
            forget_earlier(reading, &unit);
    }
    reading->whole = true;
    return true;
}

/* ---- after reading ---- */

static int64_t find_step(const struct exh_media_plan *plan, const struct lot *lot)
{
    EXH_CLEANUP(times_clear) struct times times = { .at = NULL };

    for (size_t i = lot->first; i < plan->packet_count; i++)
        if (plan->packets[i].track == 0)
            times_add(&times, pts_of(&plan->packets[i]));
    return times_settle(&times, base_of(plan, 0));
}

/* A packet goes on until the next of its track; the last as long as the container says, or as is usual. */
static void find_durations(const struct reading *reading)
{
    struct exh_media_plan *plan = reading->plan;
    struct packet *last[MOST_TRACKS] = { NULL };
    int64_t longest = longest_step(reading->lot->step, base_of(plan, 0));

    for (size_t i = reading->lot->first; i < plan->packet_count; i++) {
        struct packet *packet = &plan->packets[i], *before = last[packet->track];
        if (before && packet->dts > before->dts && packet->dts - before->dts < INT32_MAX)
            before->duration = (uint32_t)(packet->dts - before->dts);
        if (before && packet->track == 0 && before->duration > longest)
            before->duration = (uint32_t)reading->lot->step;
        if (before && packet->duration == 0)
            packet->duration = before->duration;
        last[packet->track] = packet;
    }
    if (last[0])
        last[0]->duration =
            (uint32_t)(reading->whole ? source_last_step(reading->source, 0, reading->lot->step) : reading->lot->step);
}

/* Leaves only what lies in the piece's span of the segment. */
static void keep_span(struct exh_media_plan *plan, struct lot *lot, bool forgot)
{
    const struct exh_media_piece *piece = &plan->pieces[lot->piece];
    size_t kept = lot->first;
    bool any = forgot;

    for (size_t i = lot->first; i < plan->packet_count; i++) {
        struct packet packet = plan->packets[i];
        int64_t own = own_ns(plan, lot, packet.track, pts_of(&packet));
        int64_t from = piece->span_start_ns
            - (packet.track == 0               ? 0
                   : piece->span_start_ns == 0 ? before_ns
                                               : sound_ns);
        if (own < from || own >= piece->span_end_ns)
            continue;
        packet.first = packet.track == 0 && !any;
        any |= packet.track == 0;
        plan->packets[kept++] = packet;
    }
    plan->packet_count = kept;
    lot->count = kept - lot->first;
}

static void note_reading(const struct reading *reading)
{
    struct exh_text *remarks = &reading->plan->remarks;

    if (reading->source->trouble)
        remark(remarks, "piece %zu: %s", reading->lot->piece + 1, reading->source->trouble);
    if (reading->empty)
        remark(remarks, "piece %zu: %" PRIu64 " packets without content are left out", reading->lot->piece + 1,
               reading->empty);
    if (reading->source->strange)
        remark(remarks, "piece %zu: %" PRIu64 " packets are left out because their times or bytes make no sense",
               reading->lot->piece + 1, reading->source->strange);
}

bool open_piece(size_t piece, const struct exh_media_host *host, int *ret_fd, struct source **ret_source,
                struct exh_error *err)
{
    if (!host->open(host->context, piece, ret_fd, err))
        return false;
    return source_open(*ret_fd, INT64_MAX, host, ret_source, err) || exh_while(err, "piece %zu", piece + 1);
}

static bool read_piece(struct exh_media_plan *plan, size_t piece, const struct exh_media_host *host,
                       struct exh_error *err)
{
    EXH_CLEANUP(close_fd) int fd = -1;
    EXH_CLEANUP(source_freep) struct source *source = NULL;

    if (!open_piece(piece, host, &fd, &source, err))
        return false;
    if (plan->outline.count == 0 ? !outline_take(&plan->outline, source, &plan->remarks, err)
                                 : !outline_check(&plan->outline, source, err))
        return false;
    struct lot *lot = &plan->lots[plan->lot_count++];
    *lot = (struct lot){
        .piece = piece, .first = plan->packet_count,
        .runs = source->is_mov && !plan->outline.matroska && !plan->outline.tracks[0].annex_b,
    };
    struct reading reading = { .plan = plan, .source = source, .lot = lot };
    if (!read_units(&reading, err))
        return false;
    lot->step = find_step(plan, lot);
    outline_describe(&plan->outline, source, lot->step);
    find_durations(&reading);
    keep_span(plan, lot, reading.forgot);
    note_reading(&reading);
    return true;
}

/* ---- choosing ---- */

/* A place among the packets. */
struct spot { size_t lot, packet; };

/* The last key frame of a lot shown at or before the window; false where there is none. */
static bool find_key_before(const struct exh_media_plan *plan, size_t number, struct spot *ret_spot)
{
    const struct lot *lot = &plan->lots[number];

    for (size_t i = lot->first + lot->count; i-- > lot->first;) {
        const struct packet *packet = &plan->packets[i];
        if (packet->track == 0 && packet->key && shown_ns(plan, lot, packet) <= plan->from_ns) {
            *ret_spot = (struct spot){ number, i };
            return true;
        }
    }
    return false;
}

static bool find_first_key(const struct exh_media_plan *plan, struct spot *ret_spot)
{
    for (size_t n = 0; n < plan->lot_count; n++)
        for (size_t i = plan->lots[n].first; i < plan->lots[n].first + plan->lots[n].count; i++)
            if (plan->packets[i].track == 0 && plan->packets[i].key) {
                *ret_spot = (struct spot){ n, i };
                return true;
            }
    return false;
}

/* The last picture in order of decoding that is shown before the window ends. */
static bool find_last(const struct exh_media_plan *plan, struct spot *ret_spot)
{
    for (size_t n = plan->lot_count; n-- > 0;)
        for (size_t i = plan->lots[n].first + plan->lots[n].count; i-- > plan->lots[n].first;)
            if (plan->packets[i].track == 0 && shown_ns(plan, &plan->lots[n], &plan->packets[i]) < plan->to_ns) {
                *ret_spot = (struct spot){ n, i };
                return true;
            }
    return false;
}

/* Earlier lots are not needed once a later one holds a key frame at or before the window. */
static void forget_lots(struct exh_media_plan *plan, size_t count)
{
    size_t packets = count < plan->lot_count ? plan->lots[count].first : plan->packet_count;

    memmove(plan->packets, plan->packets + packets, (plan->packet_count - packets) * sizeof *plan->packets);
    memmove(plan->lots, plan->lots + count, (plan->lot_count - count) * sizeof *plan->lots);
    plan->packet_count -= packets;
    plan->lot_count -= count;
    for (size_t i = 0; i < plan->lot_count; i++)
        plan->lots[i].first -= packets;
}

/* True when the lot's pictures reach the end of the window, so that no later piece is needed. */
static bool reaches_end(const struct exh_media_plan *plan, const struct lot *lot)
{
    for (size_t i = lot->first + lot->count; i-- > lot->first;)
        if (plan->packets[i].track == 0)
            return true_ns(plan, lot, 0, plan->packets[i].dts) >= plan->to_ns;
    return false;
}

static bool read_pieces(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct spot key;

    plan->lots = exh_alloc(plan->piece_count * sizeof *plan->lots);
    for (size_t i = 0; i < plan->piece_count; i++) {
        const struct exh_media_piece *piece = &plan->pieces[i];
        if (i > 0 && av_sat_add64(piece->start_ns, piece->span_start_ns) >= plan->to_ns)
            break;
        if (!read_piece(plan, i, host, err))
            return false;
        if (find_key_before(plan, plan->lot_count - 1, &key))
            forget_lots(plan, plan->lot_count - 1);
        if (reaches_end(plan, &plan->lots[plan->lot_count - 1]))
            break;
    }
    return true;
}

/* Pictures that are decoded after the first key frame but shown before it need a group of pictures
 * that is not delivered. At the very beginning of a piece there is nothing before, and they stay. */
static void leave_out_leading(struct exh_media_plan *plan, struct spot key)
{
    const struct lot *lot = &plan->lots[key.lot];
    const struct packet *first = &plan->packets[key.packet];

    for (size_t i = key.packet + 1; i < lot->first + lot->count && !first->first; i++) {
        struct packet *packet = &plan->packets[i];
        if (packet->track == 0 && pts_of(packet) < pts_of(first)) {
            packet->out = true;
            plan->leading_left_out++;
        }
    }
}

static void leave_out_pictures(struct exh_media_plan *plan, struct spot key, struct spot last)
{
    for (size_t n = 0; n < plan->lot_count; n++)
        for (size_t i = plan->lots[n].first; i < plan->lots[n].first + plan->lots[n].count; i++)
            plan->packets[i].out = plan->packets[i].track == 0 && (i < key.packet || i > last.packet);
    leave_out_leading(plan, key);
}

/* First and last instant shown of what is delivered; @ret_meets: some of it lies in the window. */
static void find_times(struct exh_media_plan *plan, bool *ret_meets)
{
    plan->first_ns = INT64_MAX;
    plan->end_ns = INT64_MIN;
    *ret_meets = false;
    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first; i < lot->first + lot->count; i++) {
            const struct packet *packet = &plan->packets[i];
            if (packet->track || packet->out)
                continue;
            int64_t shown = shown_ns(plan, lot, packet), gone = gone_ns(plan, lot, packet);
            plan->first_ns = shown < plan->first_ns ? shown : plan->first_ns;
            plan->end_ns = gone > plan->end_ns ? gone : plan->end_ns;
            *ret_meets |= shown < plan->to_ns && gone > plan->from_ns;
        }
    }
}

/* Sound goes with the pictures delivered. */
static void leave_out_sound(struct exh_media_plan *plan)
{
    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first; i < lot->first + lot->count; i++) {
            struct packet *packet = &plan->packets[i];
            if (packet->track)
                packet->out =
                    gone_ns(plan, lot, packet) <= plan->first_ns || shown_ns(plan, lot, packet) >= plan->end_ns;
        }
    }
}

/* Moves what is delivered of a lot to its new place, @kept, and counts it. */
static void close_up_lot(struct exh_media_plan *plan, struct lot *lot, size_t *kept)
{
    size_t first = *kept;

    lot->shown = INT64_MAX;
    for (size_t i = lot->first; i < lot->first + lot->count; i++) {
        const struct packet *packet = &plan->packets[i];
        if (packet->out)
            continue;
        if (packet->track == 0 && pts_of(packet) < lot->shown)
            lot->shown = pts_of(packet);
        plan->video_packets += packet->track == 0;
        plan->audio_packets += packet->track != 0;
        plan->key_frames += packet->track == 0 && packet->key;
        lot->bytes += packet->written;
        plan->packets[(*kept)++] = *packet;
    }
    lot->first = first;
    lot->count = *kept - first;
    lot->shown_ns = true_ns(plan, lot, 0, lot->shown);
    plan->media_bytes += lot->bytes;
}

/* Lots that give no picture give nothing. */
static bool gives_pictures(const struct exh_media_plan *plan, const struct lot *lot)
{
    for (size_t i = lot->first; i < lot->first + lot->count; i++)
        if (plan->packets[i].track == 0 && !plan->packets[i].out)
            return true;
    return false;
}

static void close_up(struct exh_media_plan *plan)
{
    size_t kept = 0, lots = 0;

    for (size_t n = 0; n < plan->lot_count; n++) {
        if (!gives_pictures(plan, &plan->lots[n]))
            continue;
        close_up_lot(plan, &plan->lots[n], &kept);
        plan->lots[lots++] = plan->lots[n];
    }
    plan->packet_count = kept;
    plan->lot_count = lots;
}

/* The first picture in order of decoding is not the first shown. */
static bool has_leading(const struct exh_media_plan *plan)
{
    for (size_t i = 0; i < plan->packet_count; i++)
        if (plan->packets[i].track == 0)
            return plan->lots[0].shown < pts_of(&plan->packets[i]);
    return false;
}

bool pick_packets(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct spot key, last;
    bool meets;

    if (!read_pieces(plan, host, err))
        return false;
    if (!find_key_before(plan, 0, &key) && !find_first_key(plan, &key))
        return exh_fail(err, EXH_NO, "the footage holds no key frame, so that none of it can be decoded");
    if (!find_last(plan, &last) || last.packet < key.packet)
        return exh_fail(err, EXH_NO, "no frame that can be decoded lies in the window");
    leave_out_pictures(plan, key, last);
    find_times(plan, &meets);
    if (!meets)
        return exh_fail(err, EXH_NO, "no frame that can be decoded lies in the window");
    leave_out_sound(plan);
    close_up(plan);
    order_as_recorded(plan);
    plan->leads = has_leading(plan);
    if (plan->packet_count < plan->packet_room / 2)
        plan->packets = exh_realloc_array(plan->packets, plan->packet_room = plan->packet_count, sizeof *plan->packets);
    return true;
}
