/* media/mux: libavformat's muxers, writing to nowhere. */
#include "mux.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BUFFER_SIZE = 64 << 10 };
/* The sound of a segment goes on a little after its pictures, into the next: that is usual, and not told. */
static const int64_t overlap_ns = 100000000;

static bool fail_av(struct exh_error *err, int code, const char *what)
{
    const char *log = log_take();

    return exh_fail(err, EXH_NO, "cannot %s: %s", what, log ? log : av_err2str(code));
}

/* ---- the canvas ---- */

static int write_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct canvas *canvas = opaque;

    if (canvas->failed.kind != EXH_OK)
        return AVERROR_EXIT;
    if (!canvas->payload && !canvas->write(canvas->context, canvas->at, bytes, (size_t)size, &canvas->failed))
        return AVERROR_EXIT;
    canvas->at += (uint64_t)size;
    if (canvas->at > canvas->end)
        canvas->end = canvas->at;
    return size;
}

static int64_t move_to(void *opaque, int64_t offset, int whence)
{
    struct canvas *canvas = opaque;

    if (whence & AVSEEK_SIZE)
        return (int64_t)canvas->end;
    if (whence != SEEK_SET || offset < 0)
        return AVERROR(EINVAL);
    canvas->at = (uint64_t)offset;
    return offset;
}

/* ---- making ---- */

/* The source's own tag where the container knows it for the codec: it says where parameter sets are. */
static uint32_t fitting_tag(const AVOutputFormat *format, const AVCodecParameters *p)
{
    return p->codec_tag && av_codec_get_id(format->codec_tag, p->codec_tag) == p->codec_id ? p->codec_tag : 0;
}

static bool add_stream(struct mux *mux, size_t track)
{
    const struct outline_track *from = &mux->plan->outline.tracks[track];
    AVStream *stream = avformat_new_stream(mux->format, NULL);

    if (!stream || avcodec_parameters_copy(stream->codecpar, from->parameters) < 0)
        return false;
    mux->streams[track] = stream->index;
    stream->codecpar->codec_tag = fitting_tag(mux->format->oformat, from->parameters);
    stream->time_base = from->time_base;
    stream->sample_aspect_ratio = from->parameters->sample_aspect_ratio;
    if (from->language)
        av_dict_set(&stream->metadata, "language", from->language, 0);
    if (!from->has_matrix)
        return true;
    uint8_t *matrix = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof from->matrix);
    if (matrix)
        memcpy(matrix, from->matrix, sizeof from->matrix);
    return matrix != NULL;
}

/* The file says when its first frame was shown, not when it was made. */
static void set_creation_time(struct mux *mux)
{
    time_t seconds = (time_t)(mux->plan->first_ns / NANOSECONDS.den - (mux->plan->first_ns % NANOSECONDS.den < 0));
    int64_t rest = mux->plan->first_ns - (int64_t)seconds * NANOSECONDS.den;
    struct tm fields;
    char whole[64], words[96];

    if (!gmtime_r(&seconds, &fields) || !strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &fields))
        return;
    snprintf(words, sizeof words, "%s.%06" PRId64 "Z", whole, rest / 1000);
    av_dict_set(&mux->format->metadata, "creation_time", words, 0);
}

bool mux_open(struct mux *mux, const struct exh_media_plan *plan, const char *name, const struct exh_media_host *host,
              struct exh_error *err)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);

    mux->plan = plan;
    mux->host = host;
    mux->packet = av_packet_alloc();
    mux->io = buffer ? avio_alloc_context(buffer, BUFFER_SIZE, 1, &mux->canvas, NULL, write_bytes, move_to) : NULL;
    if (!mux->io)
        av_free(buffer);
    int code = avformat_alloc_output_context2(&mux->format, NULL, name, NULL);
    if (code < 0 || !mux->io || !mux->packet)
        return fail_av(err, code < 0 ? code : AVERROR(ENOMEM), "make the part's file");
    mux->io->direct = 1;         /* packets' bytes go through at once, not in pieces with other bytes */
    mux->format->pb = mux->io;
    mux->format->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
    mux->format->flags &= ~AVFMT_FLAG_AUTO_BSF;
    mux->equal_times = mux->format->oformat->flags & AVFMT_TS_NONSTRICT;
    for (size_t i = 0; i < plan->outline.count; i++) {
        mux->streams[i] = -1;
        if (!plan->outline.tracks[i].left_out && !add_stream(mux, i))
            return exh_fail(err, EXH_IO, "no memory for the part's tracks");
    }
    if (plan->first_ns != INT64_MIN)
        set_creation_time(mux);
    if (plan->title)
        av_dict_set(&mux->format->metadata, "title", plan->title, 0);
    return true;
}

void mux_clear(struct mux *mux)
{
    avformat_free_context(mux->format);
    if (mux->io) {
        av_freep(&mux->io->buffer);
        avio_context_free(&mux->io);
    }
    av_packet_free(&mux->packet);
    exh_error_clear(&mux->canvas.failed);
}

/* ---- writing ---- */

/* The canvas's own error is nearer to the cause than the muxer's. */
static bool check(struct mux *mux, int code, const char *what, struct exh_error *err)
{
    if (mux->canvas.failed.kind != EXH_OK)
        return exh_error_move(err, &mux->canvas.failed);
    return code >= 0 || fail_av(err, code, what);
}

bool mux_begin(struct mux *mux, AVDictionary **options, struct exh_error *err)
{
    int code = avformat_write_header(mux->format, options);

    avio_flush(mux->io);
    return check(mux, code, "write the part's header", err);
}

/* The packet's times in the stream's time base. Decoding must go forward: where it does not, it is moved by single
 * ticks. */
static bool set_times(struct mux *mux, const struct packet *packet, struct exh_error *err)
{
    AVRational from = mux->plan->outline.tracks[packet->track].time_base;
    AVRational to = mux->format->streams[mux->streams[packet->track]]->time_base;
    int64_t dts = av_rescale_q(packet->dts, from, to), pts = av_rescale_q(packet->dts + packet->cts, from, to);
    int64_t *last = &mux->last_dts[packet->track];
    int64_t earliest = mux->begun[packet->track] ? *last + !mux->equal_times : dts;

    if (dts < earliest) {
        mux->moved += packet->track == 0 || av_rescale_q(earliest - dts, to, NANOSECONDS) > overlap_ns;
        dts = earliest;
    }
    if (mux->begun[packet->track] && dts - *last >= INT32_MAX)
        return exh_fail(err, EXH_NO, "a packet lasts longer than a file can say");
    *last = dts;
    mux->begun[packet->track] = true;
    mux->packet->dts = dts;
    mux->packet->pts = pts < dts ? dts : pts;
    mux->packet->duration = av_rescale_q(packet->duration, from, to);
    return mux->packet->pts - dts < INT32_MAX || exh_fail(err, EXH_NO, "a packet is shown later than a file can say");
}

bool mux_packet(struct mux *mux, const struct packet *packet, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    if (mux->host->tick && !mux->host->tick(mux->host->context, err))
        return false;
    av_packet_unref(mux->packet);
    if (!set_times(mux, packet, err))
        return false;
    mux->packet->data = (uint8_t *)(uintptr_t)bytes;
    mux->packet->size = (int)size;
    mux->packet->stream_index = mux->streams[packet->track];
    mux->packet->flags = packet->key ? AV_PKT_FLAG_KEY : 0;
    int code = av_write_frame(mux->format, mux->packet);
    avio_flush(mux->io);
    return check(mux, code, "write a packet", err);
}

bool mux_end(struct mux *mux, struct exh_error *err)
{
    int code = av_write_trailer(mux->format);

    avio_flush(mux->io);
    return check(mux, code, "write the part's tables", err);
}
