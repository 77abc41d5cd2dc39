/* media/reading: one input of a job, read and decoded. */
#include "reading.h"

#include "plan.h"

#include <libavutil/avstring.h>
#include <stdlib.h>

enum { MOST_ERRORS = 1000 };

void reading_freep(struct reading **slot)
{
    struct reading *reading = exh_steal(slot);

    if (!reading)
        return;
    avcodec_free_context(&reading->decoder);
    av_frame_free(&reading->frame);
    source_freep(&reading->source);
    close_fd(&reading->fd);
    free(reading);
}

static struct reading *new_reading(struct exh_media_job *job, size_t number)
{
    struct reading *reading = exh_alloc(sizeof *reading);

    reading->input = &job->inputs[number];
    reading->number = number;
    reading->fd = -1;
    reading->frame = av_frame_alloc();
    return reading;
}

static bool open_source(struct exh_media_job *job, int fd, struct reading *reading, struct exh_error *err)
{
    if (!reading->frame)
        return exh_fail(err, EXH_IO, "no memory for a picture");
    return source_open(fd, reading->input->rate, INT64_MAX, job->host, &reading->source, err);
}

bool reading_open(struct exh_media_job *job, size_t number, struct reading **slot, struct exh_error *err)
{
    EXH_CLEANUP(reading_freep) struct reading *reading = new_reading(job, number);

    reading_freep(slot);
    if (!job->host->open(job->host->context, number, &reading->fd, err) || !open_source(job, reading->fd, reading, err))
        return exh_while(err, "input %zu", number + 1);
    *slot = exh_steal(&reading);
    return true;
}

bool reading_open_from(struct exh_media_job *job, size_t number, int fd, struct reading **slot, struct exh_error *err)
{
    EXH_CLEANUP(reading_freep) struct reading *reading = new_reading(job, number);

    reading_freep(slot);
    if (!open_source(job, fd, reading, err))
        return false;
    *slot = exh_steal(&reading);
    return true;
}

/* Many decoders can do more than one thing at a time, or trade exactness for speed: neither is wanted. */
bool decoder_open(const struct source *source, size_t track, AVCodecContext **ret_decoder, struct exh_error *err)
{
    const AVCodecParameters *parameters = source_parameters(source, track);
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    bool known = codec && av_match_list(codec->name, source_decoders(), ',');
    AVCodecContext *decoder = known ? avcodec_alloc_context3(codec) : NULL;

    if (!decoder)
        return exh_fail(err, EXH_MALFORMED, "there is no decoder here for %s", avcodec_get_name(parameters->codec_id));
    int code = avcodec_parameters_to_context(decoder, parameters);
    decoder->thread_count = 1;
    decoder->flags |= AV_CODEC_FLAG_BITEXACT;
    decoder->pkt_timebase = source->tracks[track].stream->time_base;
    decoder->max_pixels = 8192 * 8192;
    decoder->codec_whitelist = av_strdup(source_decoders());
    if (code >= 0)
        code = avcodec_open2(decoder, codec, NULL);
    if (code < 0) {
        const char *log = log_take();
        avcodec_free_context(&decoder);
        return exh_fail(err, EXH_MALFORMED, "the decoder of %s does not take it: %s", codec->name, log ? log : av_err2str(code));
    }
    *ret_decoder = decoder;
    return true;
}

/* Reads the next packet of the pictures; false in *ret_more at the end. */
static bool next_picture(struct reading *reading, struct unit *ret_unit, bool *ret_more, struct exh_error *err)
{
    for (bool end = false;;) {
        if (!source_next(reading->source, ret_unit, &end, err))
            return false;
        *ret_more = !end;
        if (end || ret_unit->track == 0)
            return true;
    }
}

/* What is passed over on the way is not read where the container allows that. */
static bool pass_to(struct reading *reading, int64_t packet, struct exh_error *err)
{
    struct unit unit;
    bool more = true;

    if (reading->at < packet)
        source_skim(reading->source);
    for (; more && reading->at < packet; reading->at++)
        if (!next_picture(reading, &unit, &more, err))
            return false;
    reading->source->skims = false;
    return more || exh_fail(err, EXH_MALFORMED, "input %zu ends before picture %lld", reading->number + 1, (long long)packet);
}

size_t reading_start(const struct job_input *input, int64_t own_ns)
{
    size_t start = 0;

    while (start + 1 < input->start_count && input->starts[start + 1].own_ns <= own_ns)
        start++;
    return start;
}

bool reading_enter(struct exh_media_job *job, size_t number, size_t start, bool whole, struct reading **slot, struct exh_error *err)
{
    const struct job_input *input = &job->inputs[number];
    int64_t first = input->starts[start].packet;

    if ((!*slot || (*slot)->number != number || (*slot)->at > first) && !reading_open(job, number, slot, err))
        return false;
    struct reading *reading = *slot;
    avcodec_free_context(&reading->decoder);
    reading->end = whole || start + 1 >= input->start_count ? INT64_MAX : input->starts[start + 1].packet;
    reading->fed = false;
    reading->packets = reading->decoded = reading->damaged = reading->refused = 0;
    return pass_to(reading, first, err) && decoder_open(reading->source, 0, &reading->decoder, err);
}

/* Gives the decoder one more packet, or tells it that this was all. */
static bool feed(struct reading *reading, struct exh_error *err)
{
    struct unit unit;
    bool more = reading->at < reading->end;

    if (more && !next_picture(reading, &unit, &more, err))
        return false;
    if (!more) {
        reading->fed = true;
        avcodec_send_packet(reading->decoder, NULL);
        return true;
    }
    reading->at++;
    reading->packets++;
    AVPacket *packet = reading->source->packet;
    packet->pts = unit.pts;
    packet->dts = unit.dts;
    /* A packet it can make nothing of is counted; what comes after may be decoded all the same. */
    reading->refused += avcodec_send_packet(reading->decoder, packet) < 0;
    return true;
}

static int64_t own_time(const struct reading *reading)
{
    const AVFrame *frame = reading->frame;
    int64_t time = frame->pts != AV_NOPTS_VALUE ? frame->pts : frame->best_effort_timestamp;

    if (time == AV_NOPTS_VALUE)
        time = reading->input->zero;
    return av_rescale_q(time - reading->input->zero, reading->source->tracks[0].stream->time_base, NANOSECONDS);
}

static bool take_frame(struct reading *reading, int64_t *ret_own_ns)
{
    const AVFrame *frame = reading->frame;

    reading->decoded++;
    reading->damaged += frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT;
    *ret_own_ns = own_time(reading);
    return true;
}

/* A picture that cannot be decoded is counted, and the next one tried: a decoder that has nothing but errors is at its end. */
bool reading_next(struct reading *reading, int64_t *ret_own_ns, bool *ret_end, struct exh_error *err)
{
    *ret_end = false;
    for (int errors = 0; errors < MOST_ERRORS;) {
        int code = avcodec_receive_frame(reading->decoder, reading->frame);
        if (code >= 0)
            return take_frame(reading, ret_own_ns);
        if (code == AVERROR_EOF || (reading->fed && code == AVERROR(EAGAIN)))
            break;
        if (code == AVERROR(EAGAIN) && !feed(reading, err))
            return false;
        if (code != AVERROR(EAGAIN)) {
            reading->refused++;
            errors++;
        }
    }
    *ret_end = true;
    return true;
}
