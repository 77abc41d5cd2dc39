/* media/pick: reads the pieces and chooses the packets of the window: from the last key frame at or
 * before it to the last packet that a picture inside it needs. */
#include "convert.h"
#include "plan.h"
#include "recall.h"
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
/* Where the camera signs: its signature is awaited so long behind the window, and the beginning of what it signs
 * sought so long before. */
static const int64_t signature_ns = INT64_C(10000000000);

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

int64_t shown_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    return true_ns(plan, lot, packet->track, pts_of(packet));
}

static int64_t gone_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    return true_ns(plan, lot, packet->track, pts_of(packet) + packet->duration);
}

bool is_in_span(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    const struct exh_media_piece *piece = &plan->pieces[lot->piece];
    int64_t own = own_ns(plan, lot, packet->track, pts_of(packet)), from = piece->span_start_ns;

    if (packet->track)
        from -= piece->span_start_ns == 0 ? before_ns : sound_ns;
    return own >= from && own < piece->span_end_ns;
}

/* ---- reading a piece ---- */

struct reading {
    struct exh_media_plan *plan;
    struct source *source;       /* NULL where the packets are recalled */
    struct seen *seen;           /* NULL where they are read */
    size_t next;                 /* of those recalled */
    struct lot *lot;
    uint64_t pictures, units;
    uint64_t empty;
    bool whole;                  /* read to its end */
    bool forgot;                 /* pictures of the span before a key frame are gone already */
    bool begun;                  /* the key frame at which cut->begin_ns begins is there */
    unsigned signatures;         /* of the camera, that travel with the packet read last */
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
static bool is_in_place(const struct source *source, const struct unit *unit)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(unit->size);

    return unit->pos >= 0 && pread(source->fd, bytes, unit->size, (off_t)unit->pos) == (ssize_t)unit->size
        && memcmp(bytes, unit->packet->data, unit->size) == 0;
}

uint32_t written_size(const struct outline *outline, const struct unit *unit)
{
    if (outline->matroska || !outline->tracks[unit->track].annex_b)
        return unit->size;
    return (uint32_t)lengths_size(unit->packet->data, unit->size);
}

bool make_packet(const struct outline *outline, const struct unit *unit, uint64_t number, struct packet *ret_packet)
{
    uint32_t written = written_size(outline, unit);

    *ret_packet = (struct packet){
        .dts = unit->dts, .pos = unit->pos, .cts = (int32_t)(unit->pts - unit->dts),
        .written = written, .ordinal = (uint32_t)number & (MOST_PACKETS - 1),
        .duration = unit->duration > 0 && unit->duration < INT32_MAX ? (uint32_t)unit->duration : 0,
        .track = unit->track & (MOST_TRACKS - 1), .key = unit->key,
    };
    return written > 0;
}

bool may_run(const struct outline *outline, const struct source *source)
{
    return source->is_mov && !outline->matroska && !outline->tracks[0].annex_b;
}

/* The first packets are looked into: do they stand in the file as they are given? Every packet of an
 * MP4 track comes the same way, so that the others are taken by place and size alone. */
void look_into(struct source *source, const struct unit *unit, uint64_t number, bool *runs)
{
    *runs = *runs && is_in_place(source, unit);
    if (*runs && number == LOOKED_INTO)
        source_skim(source);
}

/* The next packet of the segment's file. */
static bool read_packet(struct reading *reading, struct packet *ret_packet, bool *ret_end, struct exh_error *err)
{
    struct outline *outline = &reading->plan->outline;

    for (struct unit unit;;) {
        if (!source_next(reading->source, &unit, ret_end, err))
            return false;
        if (*ret_end)
            return true;
        uint64_t number = reading->units++;
        if (number == MOST_PACKETS)
            return exh_fail(err, EXH_NO, "piece %zu holds more than %d packets", reading->lot->piece + 1, MOST_PACKETS);
        if (outline->tracks[unit.track].left_out)
            continue;
        if (!reading->source->skims)
            look_into(reading->source, &unit, number, &reading->lot->runs);
        reading->signatures = signing_look(&reading->plan->signing, reading->source, &unit, (uint32_t)number);
        if (make_packet(outline, &unit, number, ret_packet)) {
            if (!reading->source->skims)
                outline_hear(outline, reading->source, &unit);
            return true;
        }
        reading->empty++;
    }
}

static bool next_packet(struct reading *reading, struct packet *ret_packet, bool *ret_end, struct exh_error *err)
{
    const struct seen *seen = reading->seen;

    if (!seen)
        return read_packet(reading, ret_packet, ret_end, err);
    *ret_end = reading->next == seen->count;
    if (!*ret_end)
        *ret_packet = seen->packets[reading->next++];
    return true;
}

static void take_packet_in(struct reading *reading, const struct packet *packet)
{
    struct exh_media_plan *plan = reading->plan;
    int64_t pts = pts_of(packet);

    *add_packet(plan) = *packet;
    if (packet->track == 0
        && (reading->pictures == 0 || (reading->pictures < FIRST_PICTURES && pts < reading->lot->first_pts)))
        reading->lot->first_pts = pts;
    reading->pictures += packet->track == 0;
    ending_hear(plan);
}

/* Groups of pictures that are signed do not begin with every key frame. */
static bool begins_signed_group(const struct exh_media_plan *plan, size_t piece, uint32_t ordinal)
{
    const struct mark *mark = plan->signing.scheme == UNSIGNED ? NULL : signing_mark(&plan->signing, piece, ordinal);

    return !mark || !mark->no_start;
}

/* A key frame at or before the window (or that the part must begin with). */
static bool is_beginning(struct reading *reading, const struct packet *packet)
{
    const struct exh_media_plan *plan = reading->plan;
    int64_t shown = shown_ns(plan, reading->lot, packet);

    if (!packet->key || reading->begun || !is_in_span(plan, reading->lot, packet))
        return false;
    if (plan->cut->begin_ns == 0)
        return shown <= plan->from_ns && begins_signed_group(plan, reading->lot->piece, packet->ordinal);
    reading->begun = reading->lot == plan->lots && shown == plan->cut->begin_ns;
    return reading->begun;
}

/* What comes before such a key frame is not needed, but for sound that still goes on. */
static void forget_earlier(struct reading *reading, const struct packet *key)
{
    struct exh_media_plan *plan = reading->plan;
    int64_t key_ns = shown_ns(plan, reading->lot, key);
    size_t kept = reading->lot->first;

    for (size_t i = kept; i < plan->packet_count; i++) {
        const struct packet *packet = &plan->packets[i];
        bool is_needed = i + 1 == plan->packet_count
            || (packet->track && shown_ns(plan, reading->lot, packet) > key_ns - before_ns);
        if (is_needed)
            plan->packets[kept++] = *packet;
        else
            reading->forgot |= packet->track == 0 && is_in_span(plan, reading->lot, packet);
    }
    plan->packet_count = kept;
}

/* Pictures are needed to the end of the window, or to the signature behind it. */
static int64_t needed_until(const struct exh_media_plan *plan)
{
    if (plan->signing.scheme == UNSIGNED)
        return plan->to_ns;
    int64_t latest = av_sat_add64(plan->to_ns, signature_ns);
    return plan->signature_ns < latest ? plan->signature_ns : latest;
}

/* The packet read last travels with signatures. */
static void note_signature(struct reading *reading, const struct packet *packet)
{
    struct exh_media_plan *plan = reading->plan;
    int64_t at = true_ns(plan, reading->lot, 0, packet->dts);

    if (at >= plan->to_ns && at < plan->signature_ns)
        plan->signature_ns = at;
}

static bool is_past(const struct reading *reading, const struct packet *packet)
{
    const struct exh_media_plan *plan = reading->plan;
    int64_t own = own_ns(plan, reading->lot, 0, packet->dts);
    int64_t to_ns = plan->ending.found ? plan->ending.shown_ns : needed_until(plan);

    return own > av_sat_add64(plan->pieces[reading->lot->piece].span_end_ns, beyond_ns)
        || true_ns(plan, reading->lot, 0, packet->dts) > av_sat_add64(to_ns, beyond_ns);
}

static bool read_packets(struct reading *reading, struct exh_error *err)
{
    struct packet packet;

    for (bool end = false;;) {
        if (!next_packet(reading, &packet, &end, err))
            return false;
        if (end)
            break;
        take_packet_in(reading, &packet);
        if (reading->signatures)
            note_signature(reading, &packet);
        if (packet.track || reading->pictures <= FIRST_PICTURES)
            continue;
        if (is_past(reading, &packet))
            return true;
        if (is_beginning(reading, &packet))
            forget_earlier(reading, &packet);
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

static int64_t last_step(const struct reading *reading)
{
    int64_t step = reading->lot->step;

    return reading->seen ? choose_last_step(reading->seen->ends, step, base_of(reading->plan, 0))
                         : source_last_step(reading->source, 0, step);
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
        last[0]->duration = (uint32_t)(reading->whole ? last_step(reading) : reading->lot->step);
}

/* Leaves only what lies in the piece's span of the segment. */
static void keep_span(struct exh_media_plan *plan, struct lot *lot, bool forgot)
{
    size_t kept = lot->first;
    bool any = forgot;

    for (size_t i = lot->first; i < plan->packet_count; i++) {
        struct packet packet = plan->packets[i];
        if (!is_in_span(plan, lot, &packet))
            continue;
        packet.first = packet.track == 0 && !any;
        any |= packet.track == 0;
        plan->packets[kept++] = packet;
    }
    plan->packet_count = kept;
    lot->count = kept - lot->first;
}

/* True where there is nothing to note. */
static bool note_reading(const struct reading *reading)
{
    struct exh_text *remarks = &reading->plan->remarks;
    const struct seen *seen = reading->seen;
    const char *trouble = seen ? seen->trouble : reading->source->trouble;
    uint64_t empty = seen ? seen->empty : reading->empty, strange = seen ? seen->strange : reading->source->strange;

    if (trouble)
        remark(remarks, "piece %zu: %s", reading->lot->piece + 1, trouble);
    if (empty)
        remark(remarks, "piece %zu: %" PRIu64 " packets without content are left out", reading->lot->piece + 1, empty);
    if (strange)
        remark(remarks, "piece %zu: %" PRIu64 " packets are left out because their times or bytes make no sense",
               reading->lot->piece + 1, strange);
    return !trouble && !strange;
}

static bool open_source(const struct exh_media_plan *plan, size_t piece, int fd, const struct exh_media_host *host,
                        struct source **ret_source, struct exh_error *err)
{
    return source_open(fd, plan->cut->rate, INT64_MAX, host, ret_source, err) || exh_while(err, "piece %zu", piece + 1);
}

/* Where the file is still the one that was planned, its tracks need not be learned again. */
bool reopen_lot(const struct exh_media_plan *plan, const struct lot *lot, const struct exh_media_host *host,
                int *ret_fd, struct source **ret_source, struct exh_error *err)
{
    struct stat about;

    if (!host->open(host->context, lot->piece, ret_fd, err))
        return false;
    if (lot->clean && source_facts(*ret_fd, &about) && is_same_file(&about, &lot->about))
        return source_reopen(*ret_fd, plan->cut->rate, &plan->outline.familiar, host, ret_source, err)
            || exh_while(err, "piece %zu", lot->piece + 1);
    return open_source(plan, lot->piece, *ret_fd, host, ret_source, err)
        && outline_check(&plan->outline, *ret_source, err);
}

/* The first piece tells what the tracks are; of the others it is enough that theirs are the same. */
static bool take_tracks(struct exh_media_plan *plan, const struct source *source, struct seen *seen,
                        struct exh_error *err)
{
    if (seen)
        return outline_compare(&plan->outline, seen->digests, seen->track_count, err);
    return plan->outline.count == 0 ? outline_take(&plan->outline, source, &plan->remarks, err)
                                    : outline_check(&plan->outline, source, err);
}

static struct lot *add_lot(struct exh_media_plan *plan, size_t piece, bool runs)
{
    struct lot *lot = &plan->lots[plan->lot_count++];

    *lot = (struct lot){ .piece = piece, .first = plan->packet_count, .runs = runs };
    return lot;
}

static bool read_piece(struct exh_media_plan *plan, size_t piece, const struct exh_media_host *host,
                       struct exh_error *err)
{
    EXH_CLEANUP(close_fd) int fd = -1;
    EXH_CLEANUP(source_freep) struct source *source = NULL;
    EXH_CLEANUP(seen_freep) struct seen *seen = NULL;
    struct stat about;

    if (!host->open(host->context, piece, &fd, err))
        return false;
    if (!source_facts(fd, &about))
        return exh_fail_os(err, "cannot look at piece %zu", piece + 1);
    /* What is recalled is without bytes: where the camera signs, its signatures are sought in them. */
    if (plan->outline.count && plan->signing.scheme == UNSIGNED)
        seen = seen_take(&about, plan->cut->rate);
    if ((!seen && !open_source(plan, piece, fd, host, &source, err)) || !take_tracks(plan, source, seen, err))
        return false;
    struct lot *lot = add_lot(plan, piece, source && may_run(&plan->outline, source));
    struct reading reading = { .plan = plan, .source = source, .seen = seen, .lot = lot };
    ending_enter(plan);
    signing_enter(&plan->signing, piece);
    if (!read_packets(&reading, err))
        return false;
    ending_leave(plan);
    lot->step = find_step(plan, lot);
    if (source)
        outline_describe(&plan->outline, source, lot->step);
    find_durations(&reading);
    keep_span(plan, lot, reading.forgot);
    lot->about = about;
    lot->clean = note_reading(&reading);
    return true;
}

/* ---- choosing ---- */

/* A place among the packets. */
struct spot { size_t lot, packet; };

/* The last key frame of a lot shown at or before the window with which groups that are signed begin, where any are;
 * false where there is none. */
static bool find_key_before(const struct exh_media_plan *plan, size_t number, struct spot *ret_spot)
{
    const struct lot *lot = &plan->lots[number];

    for (size_t i = lot->first + lot->count; i-- > lot->first;) {
        const struct packet *packet = &plan->packets[i];
        if (packet->track == 0 && packet->key && shown_ns(plan, lot, packet) <= plan->from_ns
            && begins_signed_group(plan, lot->piece, packet->ordinal)) {
            *ret_spot = (struct spot){ number, i };
            return true;
        }
    }
    return false;
}

/* The key frame that the part begins with. */
static bool find_beginning(const struct exh_media_plan *plan, struct spot *ret_spot)
{
    bool begun = false;

    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first; i < lot->first + lot->count; i++) {
            const struct packet *packet = &plan->packets[i];
            if (packet->track || !packet->key || !begins_part(plan, lot, packet, begun))
                continue;
            *ret_spot = (struct spot){ n, i };
            begun = true;
        }
    }
    return begun;
}

/* The last picture in order of decoding that is shown before the window, or what may be delivered of it, ends. */
static bool is_before_end(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    return packet->track == 0 && shown_ns(plan, lot, packet) < plan->to_ns && !is_behind_ending(plan, lot, packet);
}

static int64_t spot_ns(const struct exh_media_plan *plan, struct spot spot)
{
    return shown_ns(plan, &plan->lots[spot.lot], &plan->packets[spot.packet]);
}

/* Where the camera signs, the beginning of what it signs, unless that is long before any key frame. */
static bool find_start(const struct exh_media_plan *plan, struct spot *ret_spot)
{
    int64_t earliest = av_sat_sub64(plan->from_ns, signature_ns);
    bool is_signed = plan->signing.scheme != UNSIGNED && plan->cut->begin_ns == 0;

    for (size_t n = plan->lot_count; is_signed && n-- > 0;)
        if (find_key_before(plan, n, ret_spot) && spot_ns(plan, *ret_spot) >= earliest)
            return true;
    return find_beginning(plan, ret_spot);
}

static bool find_last(const struct exh_media_plan *plan, struct spot *ret_spot)
{
    for (size_t n = plan->lot_count; n-- > 0;)
        for (size_t i = plan->lots[n].first + plan->lots[n].count; i-- > plan->lots[n].first;)
            if (is_before_end(plan, &plan->lots[n], &plan->packets[i])) {
                *ret_spot = (struct spot){ n, i };
                return true;
            }
    return false;
}

static const struct mark *mark_at(const struct exh_media_plan *plan, struct spot spot)
{
    const struct packet *packet = &plan->packets[spot.packet];

    return packet->track ? NULL : signing_mark(&plan->signing, plan->lots[spot.lot].piece, packet->ordinal);
}

/* Where the camera signs, the part ends with the first picture from @last on that a signature travels with (ONVIF
 * Export File Format 26.06, "Trim at SEIs"), if one does soon. */
static struct spot extend_to_signature(const struct exh_media_plan *plan, struct spot last)
{
    int64_t latest = av_sat_add64(plan->to_ns, signature_ns);

    for (size_t n = last.lot; n < plan->lot_count && !plan->ending.found; n++) {
        const struct lot *lot = &plan->lots[n];
        size_t i = n == last.lot ? last.packet : lot->first;
        for (; i < lot->first + lot->count; i++) {
            const struct mark *mark = mark_at(plan, (struct spot){ n, i });
            if (mark && mark->signatures)
                return shown_ns(plan, lot, &plan->packets[i]) < latest ? (struct spot){ n, i } : last;
        }
    }
    return last;
}

/* Counts the signatures delivered, and measures what comes after the last of them. */
static void count_signatures(struct exh_media_plan *plan)
{
    int64_t signed_until = plan->first_ns;
    bool certificate = false;

    for (size_t n = 0; n < plan->lot_count && plan->signing.scheme != UNSIGNED; n++)
        for (size_t i = plan->lots[n].first; i < plan->lots[n].first + plan->lots[n].count; i++) {
            const struct mark *mark = plan->packets[i].out ? NULL : mark_at(plan, (struct spot){ n, i });
            if (!mark)
                continue;
            plan->signatures += mark->signatures;
            certificate |= mark->certificate;
            if (mark->signatures)
                signed_until = gone_ns(plan, &plan->lots[n], &plan->packets[i]);
        }
    if (plan->signing.scheme == UNSIGNED)
        return;
    plan->unsigned_end_ns = plan->end_ns > signed_until ? plan->end_ns - signed_until : 0;
    if (plan->signatures && !certificate)
        remark(&plan->remarks, "no certificate of the camera is among its signatures; whoever checks them needs it");
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
            return true_ns(plan, lot, 0, plan->packets[i].dts) >= needed_until(plan);
    return false;
}

static bool read_pieces(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct spot key;

    plan->lots = exh_alloc(plan->piece_count * sizeof *plan->lots);
    for (size_t i = 0; i < plan->piece_count; i++) {
        const struct exh_media_piece *piece = &plan->pieces[i];
        if (i > 0 && av_sat_add64(piece->start_ns, piece->span_start_ns) >= needed_until(plan))
            break;
        if (!read_piece(plan, i, host, err))
            return false;
        if (plan->cut->begin_ns == 0 && find_key_before(plan, plan->lot_count - 1, &key))
            forget_lots(plan, plan->lot_count - 1);
        if (plan->ending.found || reaches_end(plan, &plan->lots[plan->lot_count - 1]))
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

    plan->leading_left_out = 0;
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
    if (plan->ending.found && plan->end_ns > plan->ending.shown_ns)
        plan->end_ns = plan->ending.shown_ns;
}

/* Sound goes with the pictures delivered. Between two parts of one stretch none of it may be lost: it
 * goes to the part in whose time it begins, or with its segment where a part begins with one. */
static bool is_outside(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *sound,
                       const struct packet *key)
{
    int64_t shown = shown_ns(plan, lot, sound);
    bool early = plan->cut->begin_ns == 0 ? gone_ns(plan, lot, sound) <= plan->first_ns
                                          : lot == plan->lots && !key->first && shown < plan->cut->begin_ns;

    return early || (plan->ending.found ? is_behind_ending(plan, lot, sound) : shown >= plan->end_ns);
}

static void leave_out_sound(struct exh_media_plan *plan, struct spot key)
{
    for (size_t n = 0; n < plan->lot_count; n++) {
        const struct lot *lot = &plan->lots[n];
        for (size_t i = lot->first; i < lot->first + lot->count; i++) {
            struct packet *packet = &plan->packets[i];
            if (packet->track)
                packet->out = is_outside(plan, lot, packet, &plan->packets[key.packet]);
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

static bool no_beginning(const struct exh_media_plan *plan, struct exh_error *err)
{
    if (plan->cut->begin_ns)
        return exh_fail(err, EXH_MALFORMED, "piece 1 holds no key frame where the part before it ended");
    return exh_fail(err, EXH_NO, "the footage holds no key frame, so that none of it can be decoded");
}

/* What goes into the part that begins with @key, by where it ends. */
static bool choose(struct exh_media_plan *plan, struct spot key, struct exh_error *err)
{
    struct spot last = { 0, 0 };
    bool meets;

    if (!find_last(plan, &last) || last.packet < key.packet)
        return exh_fail(err, EXH_NO, "no frame that can be decoded lies in the window");
    last = extend_to_signature(plan, last);
    leave_out_pictures(plan, key, last);
    find_times(plan, &meets);
    if (!meets)
        return exh_fail(err, EXH_NO, "no frame that can be decoded lies in the window");
    leave_out_sound(plan, key);
    return true;
}

static bool is_too_large(const struct exh_media_plan *plan)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < plan->packet_count; i++)
        bytes += plan->packets[i].out ? 0 : plan->packets[i].written;
    return plan->cut->most_bytes && bytes > plan->cut->most_bytes;
}

bool pick_packets(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct spot key = { 0, 0 };

    if (!read_pieces(plan, host, err))
        return false;
    if (!find_start(plan, &key))
        return no_beginning(plan, err);
    if (!choose(plan, key, err))
        return false;
    while (is_too_large(plan) && ending_draw_back(plan, key.packet))
        if (!choose(plan, key, err))
            return false;
    count_signatures(plan);
    if (plan->cut->begin_ns && plan->leading_left_out)
        remark(&plan->remarks,
               "%" PRIu64 " pictures at its beginning need pictures of the part before, and are left out",
               plan->leading_left_out);
    close_up(plan);
    order_as_recorded(plan);
    plan->leads = has_leading(plan);
    if (plan->packet_count < plan->packet_room / 2)
        plan->packets = exh_realloc_array(plan->packets, plan->packet_room = plan->packet_count, sizeof *plan->packets);
    return true;
}
