/* media/mp4: an MP4 part, its tables first. The muxer runs without pictures: for each packet it gets
 * bytes of the same size that say nothing. What it writes apart from them is the head of the file; the
 * pictures come straight from the segments. It runs twice, since the size of the tables must be known
 * before the places they name: the first run tells the size. */
#include "mux.h"

#include "onvif.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_HEAD = 256 << 20, FREE_BOX = 8 };

/* The bytes before the packets; what comes after them is only measured. */
struct head {
    uint8_t *bytes;
    size_t size, room;
    uint64_t limit;              /* where the packets begin */
    bool keep;
};

static void head_clear(struct head *head)
{
    free(head->bytes);
}

static bool write_head(void *context, uint64_t at, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    struct head *head = context;

    if (!head->keep || at >= head->limit)
        return true;
    if (size > head->limit - at)
        size = (size_t)(head->limit - at);
    if (at + size > LARGEST_HEAD)
        return exh_fail(err, EXH_NO, "the part's tables would be larger than %d bytes; choose a shorter window",
                        LARGEST_HEAD);
    if (at + size > head->room) {
        size_t room = at + size < 65536 ? 65536 : (size_t)at + size + ((size_t)at + size) / 4;
        head->bytes = exh_realloc(head->bytes, room);
        memset(head->bytes + head->room, 0, room - head->room);
        head->room = room;
    }
    memcpy(head->bytes + at, bytes, size);
    if (at + size > head->size)
        head->size = (size_t)at + size;
    return true;
}

/* ---- packets that say nothing ---- */

static uint32_t largest_packet(const struct exh_media_plan *plan)
{
    uint32_t largest = HEAD_SIZE;

    for (size_t i = 0; i < plan->packet_count; i++)
        if (plan->packets[i].written > largest)
            largest = plan->packets[i].written;
    return largest;
}

/* The muxer must see what it expects at the beginning of a packet: one unit of Annex B, which it
 * gives a length as long as the start code; or the real head of the track's first packet. */
static void put_head(uint8_t *blank, const struct outline_track *track)
{
    static const uint8_t start_code[4] = { 0, 0, 0, 1 };

    memset(blank, track->annex_b ? 0xff : 0, HEAD_SIZE);
    if (track->annex_b)
        memcpy(blank, start_code, sizeof start_code);
    else if (track->has_head)
        memcpy(blank, track->head, HEAD_SIZE);
}

static bool write_blank(struct mux *mux, const struct packet *packet, uint8_t *blank, struct exh_error *err)
{
    uint64_t before = mux->canvas.at;

    put_head(blank, &mux->plan->outline.tracks[packet->track]);
    mux->canvas.payload = true;
    if (!mux_packet(mux, packet, blank, packet->written, err))
        return false;
    mux->canvas.payload = false;
    if (mux->canvas.at - before != packet->written)
        return exh_fail(err, EXH_NO, "the muxer changes packets of %s",
                        avcodec_get_name(mux->plan->outline.tracks[packet->track].parameters->codec_id));
    return true;
}

static bool write_packets(struct mux *mux, struct exh_error *err)
{
    const struct exh_media_plan *plan = mux->plan;
    uint32_t size = largest_packet(plan);
    EXH_CLEANUP(exh_freep) uint8_t *blank = exh_alloc(size + AV_INPUT_BUFFER_PADDING_SIZE);

    memset(blank, 0xff, size);
    for (size_t i = 0; i < plan->packet_count; i++)
        if (!write_blank(mux, &plan->packets[i], blank, err))
            return false;
    return true;
}

/* ---- a run of the muxer ---- */

/* No edit list may hide a picture. With negative offsets the first picture stands at the beginning of
 * its track, and an edit list has only empty time to add for a track that begins later. Where pictures
 * are shown that come before the first in order of decoding, there is no edit list at all. */
static void set_options(const struct exh_media_plan *plan, uint64_t moov_size, AVDictionary **options)
{
    AVRational base = plan->outline.tracks[0].time_base;

    if (!plan->leads)
        av_dict_set(options, "movflags", "negative_cts_offsets", 0);
    av_dict_set(options, "use_editlist", plan->leads ? "0" : "1", 0);
    av_dict_set_int(options, "moov_size", (int64_t)moov_size, 0);
    if (base.num == 1 && base.den >= 1000 && base.den <= 1000000)
        av_dict_set_int(options, "movie_timescale", base.den, 0);
}

/* Runs the muxer with @reserved bytes for the tables (0: they come last). @ret_tables: their size, where they come
 * last. */
static bool run(struct exh_media_plan *plan, const struct exh_media_host *host, uint64_t reserved, struct head *head,
                uint64_t *ret_tables, struct exh_error *err)
{
    EXH_CLEANUP(mux_clear) struct mux mux = { .canvas = { .write = write_head, .context = head } };
    EXH_CLEANUP(av_dict_free) AVDictionary *options = NULL;

    head->limit = UINT64_MAX;
    set_options(plan, reserved, &options);
    if (!mux_open(&mux, plan, "mp4", host, err) || !mux_begin(&mux, &options, err))
        return false;
    head->limit = mux.canvas.at;
    if (!write_packets(&mux, err))
        return false;
    uint64_t end = mux.canvas.at;
    if (!mux_end(&mux, err))
        return false;
    *ret_tables = mux.canvas.end - end;
    plan->size = mux.canvas.end;
    plan->moved = mux.moved;
    return true;
}

/* Where the tables' own size moves the last packets beyond 4 GiB, places take eight bytes instead of four. */
static uint64_t room_for(const struct exh_media_plan *plan, uint64_t tables, uint64_t size)
{
    uint64_t last = size - tables, room = tables + FREE_BOX;

    return last <= UINT32_MAX && last + room > UINT32_MAX ? room + 4 * plan->packet_count : room;
}

static void add_run(struct exh_media_plan *plan, struct lot *lot, const struct packet *packet)
{
    struct run *last = lot->run_count ? &plan->runs[plan->run_count - 1] : NULL;

    if (last && last->offset + last->size == (uint64_t)packet->pos) {
        last->size += packet->written;
        return;
    }
    if ((plan->run_count & (plan->run_count - 1)) == 0)
        plan->runs = exh_realloc_array(plan->runs, plan->run_count ? 2 * plan->run_count : 1, sizeof *plan->runs);
    plan->runs[plan->run_count++] = (struct run){ (uint64_t)packet->pos, packet->written };
    lot->run_count++;
}

/* Where all packets stand in their segments, their places are all that is needed to deliver them. */
static void find_runs(struct exh_media_plan *plan)
{
    bool all = true;

    for (size_t n = 0; n < plan->lot_count; n++) {
        struct lot *lot = &plan->lots[n];
        lot->first_run = plan->run_count;
        for (size_t i = lot->first; lot->runs && i < lot->first + lot->count; i++)
            add_run(plan, lot, &plan->packets[i]);
        all &= lot->runs;
    }
    if (all) {
        free(plan->packets);
        plan->packets = NULL;
        plan->packet_count = plan->packet_room = 0;
    }
}

bool mp4_plan(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err)
{
    struct head measured = { .keep = false };
    EXH_CLEANUP(head_clear) struct head head = { .keep = true };
    EXH_CLEANUP(exh_text_clear) struct exh_text about = EXH_TEXT_NONE;
    uint64_t tables, after;

    if (plan->cut->says_about)
        onvif_boxes(plan, &about);
    if (!run(plan, host, 0, &measured, &tables, err)
        || !run(plan, host, room_for(plan, tables + about.size, plan->size + about.size), &head, &after, err))
        return false;
    if (after || head.size != head.limit || plan->size != head.size + plan->media_bytes)
        return exh_fail(err, EXH_IO, "the muxer wrote %" PRIu64 " bytes where %" PRIu64 " were planned", plan->size,
                        head.size + plan->media_bytes);
    if (about.size && !onvif_put(&about, head.bytes, head.size, err))
        return false;
    plan->head = exh_realloc(exh_steal(&head.bytes), head.size);
    plan->head_size = head.size;
    find_runs(plan);
    return true;
}
