/* media/describe: what a segment is, and what is wrong with it, in the words of the protocol. */
#include "convert.h"
#include "source.h"

#include "exhibit/text.h"

#include <inttypes.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fewer zeros than this may be padding; more than that are not all looked at. */
enum { FEWEST_ZEROS = 4096, MOST_ZEROS = 1 << 30 };

/* ---- what was wrong ---- */

/* A recorder that lost power leaves room that it had taken but not written. */
static uint64_t zeros_at_end(const struct source *source)
{
    uint8_t bytes[65536];
    uint64_t end = source->size;

    while (end && source->size - end < MOST_ZEROS) {
        size_t size = end < sizeof bytes ? (size_t)end : sizeof bytes;
        ssize_t n = pread(source->fd, bytes, size, (off_t)(end - size));
        if (n != (ssize_t)size)
            break;
        while (n > 0 && bytes[n - 1] == 0)
            n--;
        end -= size - (size_t)n;
        if (n > 0)
            break;
    }
    return source->size - end;
}

/* Takes @sentence. */
static void add_sentence(struct exh_text *text, char *sentence)
{
    if (text->size)
        exh_text_puts(text, "; ");
    exh_text_puts(text, sentence);
    free(sentence);
}

/* Their times are those of the file: the segment's own begin with its first picture. */
static char *zeroed_words(const struct source *source)
{
    AVRational base = source->tracks[0].stream->time_base;
    int64_t first = source->tracks[0].first_dts, from = av_rescale_q(source->zeroed_first - first, base, NANOSECONDS);
    int64_t to = av_rescale_q(source->zeroed_last - first, base, NANOSECONDS);

    return exh_format("%" PRIu64 " pictures, from %.3f s to %.3f s into it, are zeros and are left out", source->zeroed,
                      (double)from / 1e9, (double)to / 1e9);
}

char *source_problem(const struct source *source)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    uint64_t zeros = zeros_at_end(source), unfinished = source->boxes.file_size - source->boxes.whole_size;

    if (source->trouble)
        exh_text_puts(&text, source->trouble);
    if (source->outside)
        add_sentence(&text,
                     exh_format("cut short: %" PRIu64 " of %" PRIu64 " packets are inside the file", source->read,
                                source->read + source->outside));
    if (unfinished)
        add_sentence(
            &text,
            exh_format("cut short: its last %" PRIu64 " bytes belong to a fragment that was not finished", unfinished));
    if (zeros >= FEWEST_ZEROS)
        add_sentence(
            &text,
            exh_format("its last %" PRIu64 " bytes are zero: the recorder took the room but did not write it", zeros));
    if (source->damaged)
        add_sentence(
            &text,
            exh_format("%" PRIu64 " of %" PRIu64 " packets are marked as damaged", source->damaged, source->read));
    if (source->zeroed)
        add_sentence(&text, zeroed_words(source));
    if (source->strange)
        add_sentence(
            &text,
            exh_format("%" PRIu64 " packets are left out because their times or bytes make no sense", source->strange));
    return text.size ? exh_text_take(&text) : NULL;
}

/* ---- tracks ---- */

const AVCodecParameters *source_parameters(const struct source *source, size_t track)
{
    return source->tracks[track].told ? source->tracks[track].told : source->tracks[track].stream->codecpar;
}

/* Parameter sets between start codes are those between them, however many zeros the codes have. */
static void digest_extra(struct AVSHA *sha, const AVCodecParameters *p)
{
    size_t size = p->extradata_size > 0 ? (size_t)p->extradata_size : 0, start, end = 0;

    if (!is_annex_b(p)) {
        av_sha_update(sha, p->extradata, size);
        return;
    }
    for (size_t at = 0; next_unit(p->extradata, size, at, &start, &end); at = end) {
        size_t length = end - start;
        while (length && p->extradata[start + length - 1] == 0)
            length--;
        av_sha_update(sha, (const uint8_t *)&length, sizeof length);
        av_sha_update(sha, p->extradata + start, length);
    }
}

void source_digest(const struct source *source, size_t track, char ret_digits[65])
{
    const AVStream *stream = source->tracks[track].stream;
    const AVCodecParameters *p = stream->codecpar;
    struct AVSHA *sha = av_sha_alloc();
    uint8_t digest[32] = { 0 };

    if (!sha)
        abort();
    EXH_CLEANUP(exh_freep)
    char *words = exh_format("%s %08x %dx%d %d:%d %d Hz %d channels %d/%d ", avcodec_get_name(p->codec_id),
                             p->codec_tag, p->width, p->height, p->sample_aspect_ratio.num, p->sample_aspect_ratio.den,
                             p->sample_rate, p->ch_layout.nb_channels, stream->time_base.num, stream->time_base.den);
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    av_sha_init(sha, 256);
    av_sha_update(sha, (const uint8_t *)words, strlen(words));
    digest_extra(sha, p);
    if (matrix)
        av_sha_update(sha, matrix, 9 * sizeof(int32_t));
    av_sha_final(sha, digest);
    av_free(sha);
    exh_hex(ret_digits, digest, sizeof digest);
}

/* The profile, from the parameter sets where no decoder was asked. */
static int profile_of(const AVCodecParameters *p)
{
    if (p->profile != FF_PROFILE_UNKNOWN || p->extradata_size < 3 || is_annex_b(p))
        return p->profile;
    switch (p->codec_id) {
    case AV_CODEC_ID_H264:      /* constraint_set1_flag makes Baseline Constrained Baseline */
        return p->extradata[1] == FF_PROFILE_H264_BASELINE && p->extradata[2] & 0x40
            ? FF_PROFILE_H264_CONSTRAINED_BASELINE
            : p->extradata[1];
    case AV_CODEC_ID_HEVC:
        return p->extradata[1] & 31;
    default:
        return p->profile;
    }
}

/* Frames a second: what the container says, or what the usual step makes. */
static AVRational nominal_rate(const AVStream *stream, int64_t step)
{
    AVRational rate = stream->avg_frame_rate;

    if (step > 0 && stream->time_base.num > 0)
        av_reduce(&rate.num, &rate.den, stream->time_base.den, step * stream->time_base.num, 1000000);
    return rate.num > 0 && rate.den > 0 ? rate : (AVRational){ 0, 1 };
}

struct exh_json *source_track_json(const struct source *source, size_t track, int64_t video_step)
{
    const AVStream *stream = source->tracks[track].stream;
    const AVCodecParameters *p = stream->codecpar;
    const char *profile = avcodec_profile_name(p->codec_id, profile_of(p));
    bool video = source->tracks[track].video;
    AVRational rate = video ? nominal_rate(stream, video_step) : (AVRational){ 0, 1 };
    struct exh_json *json = exh_json_object();
    char digits[65];

    source_digest(source, track, digits);
    exh_json_set_bool(json, "video", video);
    exh_json_set_text(json, "codec", avcodec_get_name(p->codec_id));
    exh_json_set_text(json, "profile", profile ? profile : "");
    exh_json_set_text(json, "parameters", digits);
    exh_json_set_int(json, "width", video ? p->width : 0);
    exh_json_set_int(json, "height", video ? p->height : 0);
    exh_json_set_int(json, "rate_numerator", rate.num);
    exh_json_set_int(json, "rate_denominator", rate.den);
    exh_json_set_int(json, "sample_rate", video ? 0 : p->sample_rate);
    exh_json_set_int(json, "channels", video ? 0 : p->ch_layout.nb_channels);
    return json;
}

/* "tmcd data", "dvb_subtitle subtitle", "h264 video". */
static void name_stream(struct exh_text *text, const AVStream *stream)
{
    const char *kind = av_get_media_type_string(stream->codecpar->codec_type);
    char tag[AV_FOURCC_MAX_STRING_SIZE];

    exh_text_puts(text, text->size ? ", " : "");
    if (stream->codecpar->codec_id != AV_CODEC_ID_NONE)
        exh_text_puts(text, avcodec_get_name(stream->codecpar->codec_id));
    else
        exh_text_puts(
            text, stream->codecpar->codec_tag ? av_fourcc_make_string(tag, stream->codecpar->codec_tag) : "unknown");
    exh_text_printf(text, " %s", kind ? kind : "stream");
}

char *source_left_out(const struct source *source)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    for (unsigned i = 0; i < source->format->nb_streams; i++)
        if (source->slots[i] < 0)
            name_stream(&text, source->format->streams[i]);
    return text.size ? exh_text_take(&text) : NULL;
}
