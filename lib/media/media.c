/* media: planning a part and delivering it. */
#include "exhibit/media.h"

#include "convert.h"
#include "mux.h"

#include <iconv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The C library loads converters from files when one is first asked for. In MPEG-TS the names of services are converted,
 * from what a byte of the file says: so all that it can say are opened here, and stay open. */
static const char *const encodings[] = {
    "ISO6937",     "ISO-8859-5",  "ISO-8859-6",  "ISO-8859-7",  "ISO-8859-8", "ISO-8859-9", "ISO-8859-10",
    "ISO-8859-11", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "UCS-2BE",    "KSC_5601",   "GB2312",
};
static iconv_t converters[EXH_COUNT(encodings)];

static void open_converters(void)
{
    for (size_t i = 0; i < EXH_COUNT(encodings); i++)
        converters[i] = iconv_open("UTF-8", encodings[i]);
}

void exh_media_start(void)
{
    log_start();
    open_converters();
}

char *exh_media_libraries(void)
{
    unsigned format = avformat_version(), codec = avcodec_version();

    return exh_format("libavformat %u.%u.%u, libavcodec %u.%u.%u", AV_VERSION_MAJOR(format), AV_VERSION_MINOR(format),
                      AV_VERSION_MICRO(format), AV_VERSION_MAJOR(codec), AV_VERSION_MINOR(codec),
                      AV_VERSION_MICRO(codec));
}

/* ---- planning ---- */

void exh_media_plan_freep(struct exh_media_plan **plan)
{
    if (!*plan)
        return;
    outline_clear(&(*plan)->outline);
    matroska_clear(*plan);
    free((*plan)->packets);
    free((*plan)->lots);
    free((*plan)->runs);
    free((*plan)->joins);
    free((*plan)->head);
    signing_clear(&(*plan)->signing);
    exh_text_clear(&(*plan)->remarks);
    free(*plan);
    *plan = NULL;
}

void exh_media_about_clear(struct exh_media_about *about)
{
    free(about->unit);
    free(about->person);
    free(about->source);
    free(about->url);
    free(about->zone);
    *about = (struct exh_media_about){ .unit = NULL };
}

bool exh_media_plan(const struct exh_media_piece *pieces, size_t count, const struct exh_media_cut *cut,
                    const struct exh_media_host *host, struct exh_media_plan **ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_media_plan_freep) struct exh_media_plan *plan = exh_alloc(sizeof *plan);

    plan->pieces = pieces;
    plan->piece_count = count;
    plan->cut = cut;
    plan->from_ns = cut->from_ns;
    plan->to_ns = cut->to_ns;
    plan->signature_ns = INT64_MAX;
    if (!pick_packets(plan, host, err))
        return false;
    place_packets(plan);
    if (plan->outline.matroska ? !matroska_plan(plan, host, err) : !mp4_plan(plan, host, err))
        return false;
    if (plan->moved)
        remark(&plan->remarks,
               "%" PRIu64 " packets stood at or before the time of the one before them and were moved behind it",
               plan->moved);
    *ret_plan = exh_steal(&plan);
    return true;
}

struct exh_json *exh_media_plan_part(const struct exh_media_plan *plan)
{
    struct exh_json *part = exh_json_object(), *tracks = exh_json_array();
    bool reframed = false;

    for (size_t i = 0; i < plan->outline.count; i++) {
        if (!plan->outline.tracks[i].left_out)
            exh_json_add(tracks, exh_json_copy(plan->outline.tracks[i].json));
        reframed |= plan->outline.tracks[i].annex_b;
    }
    exh_json_set(part, "tracks", tracks);
    exh_json_set_int(part, "size", (int64_t)plan->size);
    exh_json_set_text(part, "suffix", plan->outline.matroska ? "mkv" : "mp4");
    exh_json_set_int(part, "video_packets", (int64_t)plan->video_packets);
    exh_json_set_int(part, "audio_packets", (int64_t)plan->audio_packets);
    exh_json_set_int(part, "key_frames", (int64_t)plan->key_frames);
    exh_json_set_int(part, "media_bytes", (int64_t)plan->media_bytes);
    exh_json_set_int(part, "first_ns", plan->first_ns);
    exh_json_set_int(part, "end_ns", plan->end_ns);
    exh_json_set_int(part, "leading_left_out", (int64_t)plan->leading_left_out);
    exh_json_set_bool(part, "goes_on", plan->ending.found);
    if (plan->ending.found) {
        exh_json_set_int(part, "next_piece", (int64_t)plan->ending.piece);
        exh_json_set_int(part, "next_ns", plan->ending.shown_ns);
    }
    exh_json_set_text(part, "signing", scheme_name(plan->signing.scheme));
    exh_json_set_int(part, "signed_groups", (int64_t)plan->signatures);
    exh_json_set_int(part, "unsigned_end_ns", plan->unsigned_end_ns);
    exh_json_set_bool(part, "reframed", reframed);
    exh_json_set_text(part, "problem", plan->remarks.size ? plan->remarks.bytes : NULL);
    return part;
}

const struct exh_media_join *exh_media_plan_joins(const struct exh_media_plan *plan, size_t *ret_count)
{
    *ret_count = plan->lot_count;
    return plan->joins;
}

/* ---- delivering ---- */

static bool changed(size_t piece, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "piece %zu gives other packets than when the part was planned", piece + 1);
}

bool read_lot(const struct exh_media_plan *plan, const struct lot *lot, const struct exh_media_host *host,
              take_packet *take, void *context, struct exh_error *err)
{
    EXH_CLEANUP(close_fd) int fd = -1;
    EXH_CLEANUP(source_freep) struct source *source = NULL;
    const struct packet *next = plan->packets + lot->first, *end = next + lot->count;

    if (!reopen_lot(plan, lot, host, &fd, &source, err))
        return false;
    for (uint32_t ordinal = 0; next < end; ordinal++) {
        struct unit unit;
        bool ended = false;
        if (!source_next(source, &unit, &ended, err))
            return false;
        if (ended)
            return changed(lot->piece, err);
        if (ordinal != next->ordinal)
            continue;
        if (unit.track != next->track || written_size(&plan->outline, &unit) != next->written)
            return changed(lot->piece, err);
        if (!take(context, next, unit.packet, err))
            return false;
        next++;
    }
    return true;
}

/* Literal bytes on their way, gathered into larger pieces. */
struct gather {
    const struct exh_media_plan *plan;
    const struct exh_media_sink *sink;
    uint8_t *bytes;
    size_t size, room;
};
enum { GATHERED = 1 << 20 };

static void gather_clear(struct gather *gather)
{
    free(gather->bytes);
}

static bool flush(struct gather *gather, struct exh_error *err)
{
    size_t size = gather->size;

    gather->size = 0;
    return size == 0 || gather->sink->literal(gather->sink->context, gather->bytes, size, err);
}

static bool give_packet(void *context, const struct packet *packet, const AVPacket *bytes, struct exh_error *err)
{
    struct gather *gather = context;
    bool annex_b = gather->plan->outline.tracks[packet->track].annex_b;

    if (gather->size + packet->written > GATHERED && !flush(gather, err))
        return false;
    if (gather->size + packet->written > gather->room) {
        gather->room = packet->written > GATHERED ? packet->written : GATHERED;
        gather->bytes = exh_realloc(gather->bytes, gather->room);
    }
    if (annex_b)
        lengths_write(bytes->data, (size_t)bytes->size, gather->bytes + gather->size);
    else
        memcpy(gather->bytes + gather->size, bytes->data, packet->written);
    gather->size += packet->written;
    return true;
}

static bool give_lot(const struct exh_media_plan *plan, const struct lot *lot, const struct exh_media_host *host,
                     const struct exh_media_sink *sink, struct exh_error *err)
{
    EXH_CLEANUP(gather_clear) struct gather gather = { .plan = plan, .sink = sink };

    if (!lot->runs)
        return read_lot(plan, lot, host, give_packet, &gather, err) && flush(&gather, err);
    for (size_t i = lot->first_run; i < lot->first_run + lot->run_count; i++)
        if (!sink->run(sink->context, lot->piece, plan->runs[i].offset, plan->runs[i].size, err))
            return false;
    return true;
}

bool exh_media_deliver(const struct exh_media_plan *plan, const struct exh_media_host *host,
                       const struct exh_media_sink *sink, struct exh_error *err)
{
    if (plan->outline.matroska)
        return matroska_deliver(plan, host, sink, err);
    if (!sink->literal(sink->context, plan->head, plan->head_size, err))
        return false;
    for (size_t i = 0; i < plan->lot_count; i++)
        if (!give_lot(plan, &plan->lots[i], host, sink, err))
            return false;
    return true;
}
