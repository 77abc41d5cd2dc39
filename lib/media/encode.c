/* media/encode: pictures become H.264.
 *
 * One thread: what libx264 makes of the same pictures depends on how many it uses. No B-frames: each picture is decoded when it is shown,
 * so that a film needs no edit list, pieces that were encoded apart join without a gap, and players step both ways. */
#include "encode.h"

#include "convert.h"
#include "hardware.h"

#include <libavutil/base64.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

void encoding_clear(struct encoding *encoding)
{
    avcodec_free_context(&encoding->encoder);
    av_packet_free(&encoding->packet);
    free(encoding->words);
    free(encoding->converted);
}

static bool fail_av(struct exh_error *err, int code, const char *what)
{
    const char *log = log_take();

    return exh_fail(err, EXH_IO, "cannot %s: %s", what, log ? log : av_err2str(code));
}

/* Names that libavutil does not know, "unknown" among them, leave it unsaid. */
static void set_colour(AVCodecContext *encoder, const struct exh_media_job *job)
{
    int primaries = av_color_primaries_from_name(job->colour.primaries), transfer = av_color_transfer_from_name(job->colour.transfer);
    int matrix = av_color_space_from_name(job->colour.matrix);

    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->color_primaries = primaries < 0 ? AVCOL_PRI_UNSPECIFIED : (enum AVColorPrimaries)primaries;
    encoder->color_trc = transfer < 0 ? AVCOL_TRC_UNSPECIFIED : (enum AVColorTransferCharacteristic)transfer;
    encoder->colorspace = matrix < 0 ? AVCOL_SPC_UNSPECIFIED : matrix == AVCOL_SPC_RGB ? AVCOL_SPC_SMPTE170M : (enum AVColorSpace)matrix;
}

static void set_up(AVCodecContext *encoder, const struct exh_media_job *job, int width, int height)
{
    int64_t group = av_rescale(job->key_ns, job->rate.num, (int64_t)job->rate.den * NANOSECONDS.den);

    encoder->width = width;
    encoder->height = height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->sample_aspect_ratio = (AVRational){ 1, 1 };
    encoder->time_base = TICKS;
    encoder->framerate = job->rate;
    encoder->gop_size = group < 1 ? 1 : group > 600 ? 600 : (int)group;
    encoder->max_b_frames = 0;
    encoder->thread_count = 1;
    encoder->profile = FF_PROFILE_H264_HIGH;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    set_colour(encoder, job);
}

/* One thread, and what makes it High profile whatever the preset. A device knows no CRF; the quantiser is its nearest. */
static void set_options(AVCodecContext *encoder, const struct exh_media_job *job)
{
    if (is_hardware(job->encoder)) {
        av_opt_set(encoder->priv_data, "rc_mode", "CQP", 0);
        av_opt_set_int(encoder->priv_data, "qp", job->crf, 0);
        return;
    }
    av_opt_set(encoder->priv_data, "preset", job->preset, 0);
    av_opt_set(encoder->priv_data, "profile", "high", 0);
    av_opt_set_int(encoder->priv_data, "crf", job->crf, 0);
    av_opt_set(encoder->priv_data, "x264-params", "threads=1:lookahead-threads=1:8x8dct=1", 0);
}

bool encoding_open(struct encoding *encoding, const struct exh_media_job *job, int width, int height, struct exh_error *err)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(job->encoder);

    if (!codec || (!is_hardware(job->encoder) && strcmp(job->encoder, "libx264") != 0))
        return exh_fail(err, EXH_REFUSED, "'%s' is no encoder that is used here: libx264, or h264_vaapi", job->encoder);
    encoding->encoder = avcodec_alloc_context3(codec);
    encoding->packet = av_packet_alloc();
    if (!encoding->encoder || !encoding->packet)
        return exh_fail(err, EXH_IO, "no memory for the encoder");
    set_up(encoding->encoder, job, width, height);
    if (is_hardware(job->encoder) && !hardware_set_up(encoding->encoder, err))
        return false;
    set_options(encoding->encoder, job);
    int code = avcodec_open2(encoding->encoder, codec, NULL);
    return code >= 0 || fail_av(err, code, "start the encoder");
}

char *encoding_setup(const AVCodecContext *encoder)
{
    size_t room = (size_t)AV_BASE64_SIZE(encoder->extradata_size);
    char *words = exh_alloc(room);

    av_base64_encode(words, (int)room, encoder->extradata, encoder->extradata_size);
    return words;
}

/* libx264 names its version and all its settings in the first packet, between the signs of a SEI message. */
static void hear_words(struct encoding *encoding)
{
    static const char beginning[] = "x264 - core ";
    const AVPacket *packet = encoding->packet;
    const char *words = memmem(packet->data, (size_t)packet->size, beginning, sizeof beginning - 1);
    const char *end = words ? memchr(words, '\0', (size_t)((const char *)packet->data + packet->size - words)) : NULL;

    if (end)
        encoding->words = exh_strndup(words, (size_t)(end - words));
}

static bool give(struct encoding *encoding, const struct exh_media_packets *sink, struct exh_error *err)
{
    const AVPacket *packet = encoding->packet;
    size_t size = lengths_size(packet->data, (size_t)packet->size);

    if (!encoding->words)
        hear_words(encoding);
    if (size > encoding->room)
        encoding->converted = exh_realloc(encoding->converted, encoding->room = size);
    lengths_write(packet->data, (size_t)packet->size, encoding->converted);
    return sink->take(sink->context, encoding->converted, size, packet->pts, packet->flags & AV_PKT_FLAG_KEY, err);
}

static bool drain(struct encoding *encoding, const struct exh_media_packets *sink, struct exh_error *err)
{
    for (;;) {
        int code = avcodec_receive_packet(encoding->encoder, encoding->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return true;
        if (code < 0)
            return fail_av(err, code, "encode a picture");
        bool done = give(encoding, sink, err);
        av_packet_unref(encoding->packet);
        if (!done)
            return false;
    }
}

static bool send(struct encoding *encoding, AVFrame *frame, struct exh_error *err)
{
    AVFrame *there = NULL;
    bool uploads = encoding->encoder->hw_frames_ctx != NULL;

    if (uploads && !(there = av_frame_alloc()))
        return exh_fail(err, EXH_IO, "no memory for a picture");
    bool done = !uploads || hardware_upload(encoding->encoder, frame, there, err);
    int code = done ? avcodec_send_frame(encoding->encoder, uploads ? there : frame) : 0;
    av_frame_free(&there);
    return done && (code >= 0 || fail_av(err, code, "encode a picture"));
}

bool encoding_put(struct encoding *encoding, AVFrame *frame, int64_t ticks, const struct exh_media_packets *sink, struct exh_error *err)
{
    if (encoding->begun && ticks <= encoding->last) {
        ticks = encoding->last + 1;
        encoding->moved++;
    }
    encoding->begun = true;
    encoding->last = ticks;
    encoding->pictures++;
    frame->pts = ticks;
    frame->pict_type = AV_PICTURE_TYPE_NONE;
    return send(encoding, frame, err) && drain(encoding, sink, err);
}

bool encoding_end(struct encoding *encoding, const struct exh_media_packets *sink, struct exh_error *err)
{
    int code = encoding->encoder ? avcodec_send_frame(encoding->encoder, NULL) : 0;

    return !encoding->encoder || ((code >= 0 || fail_av(err, code, "finish the film")) && drain(encoding, sink, err));
}
