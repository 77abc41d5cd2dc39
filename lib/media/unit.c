/* media/unit: packets of a segment, one after the other, their times made whole. */
#include "source.h"
#include "span.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Times may lie this far from the first before they count as nonsense. */
static const int64_t longest_ns = INT64_C(400) * 86400 * 1000000000;
/* Video whose time of decoding goes back by more than this is another recording. */
static const int64_t most_back_ns = 1000000000;

static int64_t to_ns(const struct source_track *track, int64_t ticks)
{
    return av_rescale_q(ticks, track->stream->time_base, NANOSECONDS);
}

static void stop(struct source *source, char *trouble)
{
    free(source->trouble);
    source->trouble = trouble;
}

/* ---- getting a packet ---- */

/* Samples that an MP4's tables name for the tracks used. */
static uint64_t named_samples(const struct source *source)
{
    uint64_t count = 0;

    for (size_t i = 0; i < source->track_count; i++)
        count += (uint64_t)avformat_index_get_entries_count(source->tracks[i].stream);
    return count;
}

static void explain_end(struct source *source, int code)
{
    const char *log = log_take();

    if (source->late)
        stop(source, exh_strdup("reading it took too long and was stopped"));
    else if (code != AVERROR_EOF)
        stop(source,
             exh_format("it cannot be read beyond byte %" PRIu64 ": %s", source->at, log ? log : av_err2str(code)));
}

/* Reads a packet that is wholly in the file; false at the end. An MP4 that was cut off names samples
 * beyond its end: they are counted, and those of other tracks may still lie inside. */
static bool read_packet(struct source *source)
{
    for (;;) {
        av_packet_unref(source->packet);
        int code = av_read_frame(source->format, source->packet);
        bool whole = code >= 0 && !(source->is_mov && source->packet->flags & AV_PKT_FLAG_CORRUPT);
        if (whole)
            return true;
        bool more = source->is_mov && !source->late && source->lost.kind == EXH_OK
            && source->read + source->outside < named_samples(source);
        if (!more) {
            explain_end(source, code);
            return false;
        }
        source->outside++;
    }
}

/* ---- making its times whole ---- */

/* Containers that tell only when pictures are shown (Matroska) leave the first times of decoding open: as many
 * as pictures are decoded ahead. */
static int64_t guess_dts(const struct source_track *track, const AVPacket *packet)
{
    int ahead = track->video ? track->stream->codecpar->video_delay : 0;
    bool shown = packet->pts != AV_NOPTS_VALUE;

    if (shown && track->count == 0)
        return packet->pts - ahead * (packet->duration > 0 ? packet->duration : 1);
    if (shown && ahead == 0 && packet->pts > track->last_dts)
        return packet->pts;
    return track->count ? track->last_dts + track->last_duration : 0;
}

/* Bare streams and those that only count pictures: the frame's number tells its time. */
static void stamp_by_number(const struct source *source, const struct source_track *track, struct unit *unit)
{
    int64_t step = source->bare ? source->bare_step : unit->duration > 0 ? unit->duration : 1;

    if (source->bare)
        unit->dts = (int64_t)track->count * step;
    unit->pts = unit->dts + (track->order ? order_shift(track->order, track->count) * step : 0);
    unit->duration = step;
}

static void stamp(const struct source *source, const struct source_track *track, struct unit *unit)
{
    const AVPacket *packet = source->packet;

    unit->duration = packet->duration > 0 ? packet->duration : 0;
    unit->dts = packet->dts != AV_NOPTS_VALUE ? packet->dts : guess_dts(track, packet);
    unit->pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : unit->dts;
    if (track->video && track->order && source->tells_some_times)
        unit->pts += packet->pts == AV_NOPTS_VALUE ? order_shift(track->order, track->count) * unit->duration : 0;
    else if (track->video && (source->bare || track->order))
        stamp_by_number(source, track, unit);
    /* Nothing is shown before it is decoded; when it is shown is what counts. */
    if (unit->pts < unit->dts)
        unit->dts = unit->pts;
}

/* Numbers that cannot be times: too large to compute with, or too far from the first. */
static bool is_strange(const struct source_track *track, const struct unit *unit)
{
    const int64_t most = INT64_C(1) << 56;
    int64_t first = track->count ? track->first_dts : unit->dts;

    if (unit->dts < -most || unit->dts > most || unit->pts > most || unit->pts - unit->dts > INT32_MAX)
        return true;
    int64_t away = to_ns(track, unit->dts - first);
    return away < -longest_ns || away > longest_ns;
}

static bool went_back(const struct source_track *track, const struct unit *unit)
{
    return track->count && unit->dts < track->last_dts && to_ns(track, track->last_dts - unit->dts) > most_back_ns;
}

static bool parameters_change(const struct source_track *track, const AVPacket *packet)
{
    const AVCodecParameters *now = track->stream->codecpar;
    size_t size;
    const uint8_t *extra = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);

    return extra && size && now->extradata_size > 0
        && (size != (size_t)now->extradata_size || memcmp(extra, now->extradata, size));
}

/* A unit of no length begins no picture: a recorder that lost power or a disk leaves zeros where pictures should be. */
static bool is_zeroed(struct source *source, const struct source_track *track, const struct unit *unit)
{
    static const uint8_t zeros[4];
    size_t size = track->video && source->is_mov ? unit_length_size(track->stream->codecpar) : 0;
    uint8_t head[sizeof zeros];

    if (size == 0 || unit->size < size)
        return false;
    if (!source->skims)
        return memcmp(unit->packet->data, zeros, size) == 0;
    return unit->pos >= 0 && source_read_at(source, (uint64_t)unit->pos, head, size) && memcmp(head, zeros, size) == 0;
}

static void note_zeroed(struct source *source, const struct unit *unit)
{
    if (source->zeroed++ == 0 || unit->pts < source->zeroed_first)
        source->zeroed_first = unit->pts;
    if (source->zeroed == 1 || unit->pts > source->zeroed_last)
        source->zeroed_last = unit->pts;
}

/* ---- the whole ---- */

/* The first header of broadcast AAC tells what a file says once. */
static void hear(struct source_track *track, const AVPacket *packet)
{
    size_t size;
    const uint8_t *extra = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);

    if (!extra || track->told->extradata_size > 0 || size == 0 || size > 64)
        return;
    track->told->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!track->told->extradata)
        return;
    memcpy(track->told->extradata, extra, size);
    track->told->extradata_size = (int)size;
}

/* Takes the headers off broadcast AAC. False where the packet is none. */
static bool filter(struct source *source, struct source_track *track)
{
    if (!track->to_asc)
        return true;
    int code = av_bsf_send_packet(track->to_asc, source->packet);
    if (code >= 0)
        code = av_bsf_receive_packet(track->to_asc, source->packet);
    if (code >= 0)
        hear(track, source->packet);
    return code >= 0;
}

static void fill_unit(const struct source *source, size_t track, struct unit *unit)
{
    const AVPacket *packet = source->packet;

    *unit = (struct unit){
        .track = track, .pos = packet->pos, .size = (uint32_t)packet->size,
        .key = packet->flags & AV_PKT_FLAG_KEY, .packet = packet,
    };
    stamp(source, &source->tracks[track], unit);
}

static void remember(struct source *source, struct source_track *track, const struct unit *unit)
{
    if (track->count++ == 0)
        track->first_dts = unit->dts;
    track->last_duration = unit->duration ? unit->duration : track->count > 1 ? unit->dts - track->last_dts : 0;
    track->last_dts = unit->dts;
    source->damaged += (source->packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
}

/* What makes everything after a video packet unusable; NULL where nothing does. */
static char *breaks_off(const struct source_track *track, const struct unit *unit, const AVPacket *packet)
{
    size_t size;

    if (av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, &size))
        return exh_strdup("it is encrypted");
    if (!track->video)
        return NULL;
    if (parameters_change(track, packet))
        return exh_format("its codec parameters change after %" PRIu64 " pictures; what follows is not used",
                          track->count);
    if (went_back(track, unit))
        return exh_format("its time goes back by %" PRId64 " s after %" PRIu64 " pictures; what follows is not used",
                          to_ns(track, track->last_dts - unit->dts) / NANOSECONDS.den, track->count);
    return NULL;
}

static bool ended(struct source *source, bool *ret_end, struct exh_error *err)
{
    if (source->lost.kind != EXH_OK)
        return exh_error_move(err, &source->lost);
    *ret_end = true;
    return true;
}

bool source_next(struct source *source, struct unit *ret_unit, bool *ret_end, struct exh_error *err)
{
    for (;;) {
        if (!read_packet(source))
            return ended(source, ret_end, err);
        int stream = source->packet->stream_index;
        int slot = stream >= 0 && stream < MOST_STREAMS ? source->slots[stream] : -1;
        if (slot < 0)
            continue;
        struct source_track *track = &source->tracks[slot];
        struct unit unit;
        source->read++;
        if (!filter(source, track)) {
            source->strange++;
            continue;
        }
        fill_unit(source, (size_t)slot, &unit);
        if (source->packet->size <= 0 || source->packet->size > LARGEST_PACKET || is_strange(track, &unit)) {
            source->strange++;
            continue;
        }
        if (is_zeroed(source, track, &unit)) {
            note_zeroed(source, &unit);
            continue;
        }
        char *trouble = breaks_off(track, &unit, source->packet);
        if (trouble) {
            stop(source, trouble);
            return ended(source, ret_end, err);
        }
        remember(source, track, &unit);
        *ret_unit = unit;
        return true;
    }
}

void source_last_steps(const struct source *source, size_t track, int64_t ret_steps[LAST_STEPS])
{
    const struct source_track *t = &source->tracks[track];
    int64_t duration = t->stream->duration;
    bool whole = duration != AV_NOPTS_VALUE && source->outside == 0;

    ret_steps[0] = t->last_duration;
    ret_steps[1] = ret_steps[2] = 0;
    if (!source->is_mov)
        return;
    /* MP4 tells no duration of a single sample but that of all: counted from 0, or from the first. */
    ret_steps[0] = whole ? duration - (t->last_dts - t->first_dts) : 0;
    ret_steps[1] = whole ? duration - t->last_dts : 0;
}

int64_t choose_last_step(const int64_t steps[LAST_STEPS], int64_t step, AVRational time_base)
{
    int64_t longest = longest_step(step, time_base);

    for (size_t i = 0; i < LAST_STEPS; i++)
        if (steps[i] > 0 && steps[i] <= longest)
            return steps[i];
    return step;
}

int64_t source_last_step(const struct source *source, size_t track, int64_t step)
{
    int64_t steps[LAST_STEPS];

    source_last_steps(source, track, steps);
    return choose_last_step(steps, step, source->tracks[track].stream->time_base);
}
