/* media/sound: the sound of a film: decoded, brought to one rate, laid on the film's time, AAC.
 *
 * Where there is none (cards, holes, what is muted) there is silence, so that sound and pictures stay together. AAC begins with a
 * frame that only starts the encoder up; it is left out, so that the sound begins with the pictures and no edit list is needed:
 * the first 20 ms or so fade in. */
#include "film.h"

#include "plan.h"
#include "reading.h"

#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

/* Sound is only moved to its place where it strays further from it than this; else it goes on where it stands. */
enum { STRAY_MS = 40, MOST_CHANNELS = 2, BLOCK = 1024, SILENT_BLOCK = 4096 };

struct sounding {
    struct exh_media_job *job;
    const struct exh_media_packets *sink;
    int64_t begins;              /* of the pictures, ticks of the film */
    AVCodecContext *encoder, *decoder;
    SwrContext *to;              /* to the encoder's rate and layout */
    int from_rate, from_channels, from_format;
    AVAudioFifo *queue;
    AVFrame *in, *block;
    AVPacket *packet;
    int64_t at;                  /* samples laid so far */
    int64_t encoded;             /* samples given to the encoder */
    uint64_t packets, refused;
    bool started;                /* the frame that starts the encoder up is left out */
    float *bare[MOST_CHANNELS];  /* converted samples */
    int bare_room;
    int64_t silent, dropped;     /* samples */
};

static void sounding_clear(struct sounding *s)
{
    avcodec_free_context(&s->encoder);
    avcodec_free_context(&s->decoder);
    swr_free(&s->to);
    av_audio_fifo_free(s->queue);
    av_frame_free(&s->in);
    av_frame_free(&s->block);
    av_packet_free(&s->packet);
    for (size_t i = 0; i < MOST_CHANNELS; i++)
        free(s->bare[i]);
}

static bool fail_av(struct exh_error *err, int code, const char *what)
{
    const char *log = log_take();

    return exh_fail(err, EXH_IO, "cannot %s: %s", what, log ? log : av_err2str(code));
}

/* ---- the encoder ---- */

static int fitting_rate(const AVCodec *codec, int rate)
{
    for (const int *known = codec->supported_samplerates; known && *known; known++)
        if (*known == rate)
            return rate;
    return 48000;
}

/* As the first input that has sound: its rate where AAC knows it, and no more than two channels. */
static bool open_encoder(struct sounding *s, const AVCodecParameters *like, struct exh_error *err)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);

    s->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!s->encoder)
        return exh_fail(err, EXH_REFUSED, "there is no encoder for AAC here");
    s->encoder->sample_fmt = AV_SAMPLE_FMT_FLTP;
    s->encoder->sample_rate = fitting_rate(codec, like->sample_rate);
    s->encoder->bit_rate = s->job->sound_rate;
    s->encoder->time_base = (AVRational){ 1, s->encoder->sample_rate };
    s->encoder->thread_count = 1;
    s->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    av_channel_layout_default(&s->encoder->ch_layout, like->ch_layout.nb_channels < 2 ? 1 : 2);
    int code = avcodec_open2(s->encoder, codec, NULL);
    return code >= 0 || fail_av(err, code, "start the encoder of the sound");
}

static bool give(struct sounding *s, struct exh_error *err)
{
    for (;;) {
        int code = avcodec_receive_packet(s->encoder, s->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return true;
        if (code < 0)
            return fail_av(err, code, "encode the sound");
        bool done = !s->started
            || s->sink->take(s->sink->context, s->packet->data, (size_t)s->packet->size, (int64_t)s->packets++ * s->encoder->frame_size,
                             true, err);
        s->started = true;
        av_packet_unref(s->packet);
        if (!done)
            return false;
    }
}

static bool encode_block(struct sounding *s, struct exh_error *err)
{
    int code = av_frame_make_writable(s->block);

    if (code < 0 || av_audio_fifo_read(s->queue, (void **)s->block->data, s->block->nb_samples) < s->block->nb_samples)
        return exh_fail(err, EXH_IO, "no memory for sound");
    s->block->pts = s->encoded;
    s->encoded += s->block->nb_samples;
    code = avcodec_send_frame(s->encoder, s->block);
    return (code >= 0 || fail_av(err, code, "encode the sound")) && give(s, err);
}

/* ---- laying samples ---- */

static bool lay(struct sounding *s, float *const *samples, int count, struct exh_error *err)
{
    if (av_audio_fifo_write(s->queue, (void **)(uintptr_t)samples, count) < count)
        return exh_fail(err, EXH_IO, "no memory for sound");
    s->at += count;
    while (av_audio_fifo_size(s->queue) >= s->block->nb_samples)
        if (!encode_block(s, err))
            return false;
    return true;
}

static bool lay_silence(struct sounding *s, int64_t count, struct exh_error *err)
{
    static const float none[SILENT_BLOCK];
    float *const silence[MOST_CHANNELS] = { (float *)(uintptr_t)none, (float *)(uintptr_t)none };

    for (; count > 0; count -= SILENT_BLOCK) {
        int now = count < SILENT_BLOCK ? (int)count : SILENT_BLOCK;
        s->silent += now;
        if (!lay(s, silence, now, err))
            return false;
    }
    return true;
}

/* Samples of the film's sound at a moment of the film. */
static int64_t sample_at(const struct sounding *s, int64_t film_ns)
{
    int64_t ns = film_ns - av_rescale_q(s->begins, TICKS, NANOSECONDS);

    return av_rescale(ns, s->encoder->sample_rate, NANOSECONDS.den);
}

static bool is_muted(const struct job_input *input, int64_t own_ns)
{
    for (size_t i = 0; i < input->mute_count; i++)
        if (own_ns >= input->mute[i].from_ns && own_ns < input->mute[i].to_ns)
            return true;
    return false;
}

static void mute(const struct sounding *s, const struct job_input *input, int64_t own_ns, int count)
{
    for (int i = 0; input->mute_count && i < count; i++)
        if (is_muted(input, own_ns + av_rescale(i, NANOSECONDS.den, s->encoder->sample_rate)))
            for (int c = 0; c < s->encoder->ch_layout.nb_channels; c++)
                s->bare[c][i] = 0;
}

/* Lays @count converted samples that belong to @own_ns: those of the shot only, where the film has not gone on yet. */
static bool place(struct sounding *s, const struct job_shot *shot, int64_t own_ns, int count, struct exh_error *err)
{
    int64_t first = sample_at(s, shot->at_ns), end = sample_at(s, shot->at_ns + shot->to_ns - shot->from_ns);
    int64_t due = sample_at(s, shot->at_ns + own_ns - shot->from_ns);
    int64_t stray = s->at <= first ? 0 : (int64_t)STRAY_MS * s->encoder->sample_rate / 1000;
    float *from[MOST_CHANNELS] = { s->bare[0], s->bare[1] };

    mute(s, &s->job->inputs[shot->input], own_ns, count);
    int64_t skip = due < first || due + stray < s->at ? (due < first && first > s->at ? first : s->at) - due : 0;
    if (skip >= count) {
        s->dropped += count;
        return true;
    }
    if (due + skip > s->at + (skip ? 0 : stray) && !lay_silence(s, due + skip - s->at, err))
        return false;
    count -= (int)skip;
    if (s->at + count > end)
        count = end > s->at ? (int)(end - s->at) : 0;
    for (int c = 0; c < MOST_CHANNELS; c++)
        from[c] = from[c] ? from[c] + skip : NULL;
    s->dropped += skip;
    return count == 0 || lay(s, from, count, err);
}

/* ---- from the input ---- */

static bool set_up_conversion(struct sounding *s, struct exh_error *err)
{
    const AVFrame *in = s->in;
    AVChannelLayout layout = in->ch_layout;

    if (s->to && s->from_rate == in->sample_rate && s->from_channels == layout.nb_channels && s->from_format == in->format)
        return true;
    swr_free(&s->to);
    if (layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&layout, in->ch_layout.nb_channels);
    int code = swr_alloc_set_opts2(&s->to, &s->encoder->ch_layout, AV_SAMPLE_FMT_FLTP, s->encoder->sample_rate, &layout,
                                   (enum AVSampleFormat)in->format, in->sample_rate, 0, NULL);
    if (code >= 0)
        code = swr_init(s->to);
    s->from_rate = in->sample_rate;
    s->from_channels = in->ch_layout.nb_channels;
    s->from_format = in->format;
    return code >= 0 || fail_av(err, code, "convert the sound");
}

static bool convert(struct sounding *s, int *ret_count, struct exh_error *err)
{
    if (!set_up_conversion(s, err))
        return false;
    int room = swr_get_out_samples(s->to, s->in->nb_samples);
    for (int c = 0; c < s->encoder->ch_layout.nb_channels && room > s->bare_room; c++)
        s->bare[c] = exh_realloc_array(s->bare[c], (size_t)room, sizeof *s->bare[c]);
    s->bare_room = room > s->bare_room ? room : s->bare_room;
    *ret_count = swr_convert(s->to, (uint8_t **)s->bare, s->bare_room, (const uint8_t **)s->in->extended_data, s->in->nb_samples);
    return *ret_count >= 0 || fail_av(err, *ret_count, "convert the sound");
}

static bool take_frames(struct sounding *s, const struct job_shot *shot, const struct reading *reading, struct exh_error *err)
{
    AVRational base = reading->source->tracks[1].stream->time_base, video = reading->source->tracks[0].stream->time_base;
    int64_t zero = av_rescale_q(reading->input->zero, video, NANOSECONDS);
    int count = 0;

    while (avcodec_receive_frame(s->decoder, s->in) >= 0) {
        int64_t pts = s->in->pts != AV_NOPTS_VALUE ? s->in->pts : s->in->best_effort_timestamp;
        if (pts == AV_NOPTS_VALUE || s->in->sample_rate <= 0)
            continue;
        int64_t own_ns = av_rescale_q(pts, base, NANOSECONDS) - zero;
        if (!convert(s, &count, err) || !place(s, shot, own_ns, count, err))
            return false;
    }
    return true;
}

/* Broadcast AAC tells what a decoder must know with its first packet. */
static bool decode(struct sounding *s, struct reading *reading, const struct unit *unit, struct exh_error *err)
{
    AVPacket *packet = reading->source->packet;

    if (!s->decoder && !decoder_open(reading->source, 1, &s->decoder, err))
        return false;
    packet->pts = unit->pts;
    packet->dts = unit->dts;
    s->refused += avcodec_send_packet(s->decoder, packet) < 0;
    return true;
}

static bool sound_of(struct sounding *s, const struct job_shot *shot, struct reading *reading, struct exh_error *err)
{
    int64_t zero = av_rescale_q(reading->input->zero, reading->source->tracks[0].stream->time_base, NANOSECONDS);
    AVRational base = reading->source->tracks[1].stream->time_base;

    for (bool end = false;;) {
        struct unit unit;
        if (!source_next(reading->source, &unit, &end, err))
            return false;
        if (end || (unit.track == 1 && av_rescale_q(unit.pts, base, NANOSECONDS) - zero > shot->to_ns))
            break;
        if (unit.track != 1)
            continue;
        if (!decode(s, reading, &unit, err) || !take_frames(s, shot, reading, err))
            return false;
    }
    if (!s->decoder)
        return true;
    avcodec_send_packet(s->decoder, NULL);
    return take_frames(s, shot, reading, err);
}

static bool make_buffers(struct sounding *s, struct exh_error *err)
{
    s->queue = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, s->encoder->ch_layout.nb_channels, BLOCK);
    s->in = av_frame_alloc();
    s->block = av_frame_alloc();
    s->packet = av_packet_alloc();
    if (!s->queue || !s->in || !s->block || !s->packet)
        return exh_fail(err, EXH_IO, "no memory for sound");
    s->block->nb_samples = s->encoder->frame_size;
    s->block->format = AV_SAMPLE_FMT_FLTP;
    s->block->sample_rate = s->encoder->sample_rate;
    if (av_channel_layout_copy(&s->block->ch_layout, &s->encoder->ch_layout) < 0 || av_frame_get_buffer(s->block, 0) < 0)
        return exh_fail(err, EXH_IO, "no memory for sound");
    return true;
}

static bool lay_shot(struct sounding *s, const struct job_shot *shot, struct exh_error *err)
{
    struct reading *reading = shot->card ? NULL : s->job->reading;

    if (reading && reading->source->track_count > 1) {
        swr_free(&s->to);
        avcodec_free_context(&s->decoder);
        reading->source->tracks[0].stream->discard = AVDISCARD_ALL;
        if (!sound_of(s, shot, reading, err))
            return false;
    }
    int64_t end = sample_at(s, job_film_ns(s->job, shot, shot->to_ns));
    return lay_silence(s, end - s->at, err);
}

/* The first input with sound decides what the film's is; there is one, or the job would not ask for it. */
static bool find_kind(struct sounding *s, struct exh_error *err)
{
    for (size_t i = 0; i < s->job->input_count; i++) {
        if (!reading_open(s->job, i, &s->job->reading, err))
            return false;
        if (s->job->reading->source->track_count > 1)
            return open_encoder(s, source_parameters(s->job->reading->source, 1), err) && make_buffers(s, err);
    }
    return exh_fail(err, EXH_MALFORMED, "no input has sound");
}

static struct exh_json *facts_of(const struct sounding *s)
{
    struct exh_json *facts = exh_json_object();
    EXH_CLEANUP(exh_freep) char *setup = encoding_setup(s->encoder);

    exh_json_set_text(facts, "setup", setup);
    exh_json_set_int(facts, "sample_rate", s->encoder->sample_rate);
    exh_json_set_int(facts, "channels", s->encoder->ch_layout.nb_channels);
    exh_json_set_int(facts, "frame_size", s->encoder->frame_size);
    exh_json_set_int(facts, "samples", s->at);
    exh_json_set_int(facts, "silent", s->silent);
    exh_json_set_int(facts, "dropped", s->dropped);
    exh_json_set_int(facts, "refused", (int64_t)s->refused);
    return facts;
}

/* Behind the last sample the encoder wants as much again as it had before the first. */
static bool finish(struct sounding *s, struct exh_error *err)
{
    int64_t laid = s->at, silent = s->silent;
    int64_t rest = s->encoder->frame_size - laid % s->encoder->frame_size;

    if (!lay_silence(s, rest % s->encoder->frame_size, err))
        return false;
    s->at = laid;
    s->silent = silent;
    int code = avcodec_send_frame(s->encoder, NULL);
    return (code >= 0 || fail_av(err, code, "finish the sound")) && give(s, err);
}

bool film_sound(struct exh_media_job *job, int64_t begins, const struct exh_media_packets *sink, struct exh_json **ret_facts,
                struct exh_error *err)
{
    EXH_CLEANUP(sounding_clear) struct sounding s = { .job = job, .sink = sink, .begins = begins };

    if (!find_kind(&s, err))
        return false;
    for (size_t i = 0; i < job->shot_count; i++)
        if ((!job->shots[i].card && !reading_open(job, job->shots[i].input, &job->reading, err)) || !lay_shot(&s, &job->shots[i], err))
            return false;
    if (!finish(&s, err))
        return false;
    *ret_facts = facts_of(&s);
    reading_freep(&job->reading);
    return true;
}
