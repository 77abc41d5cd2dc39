/* media/outline: what the tracks of a part are, and which container can hold them. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* MP4 holds these in a way that players know. */
static bool fits_mp4(const AVCodecParameters *p)
{
    switch (p->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MJPEG:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_AC3:
        return true;
    case AV_CODEC_ID_MP3:
        return p->sample_rate >= 16000;
    default:
        return false;
    }
}

static bool fits_matroska(const AVCodecParameters *p)
{
    const AVOutputFormat *matroska = av_guess_format("matroska", NULL, NULL);
    const struct AVCodecTag *const windows[] = { p->codec_type == AVMEDIA_TYPE_VIDEO ? avformat_get_riff_video_tags()
                                                                                     : avformat_get_riff_audio_tags(),
                                                 NULL };

    /* Matroska also takes what AVI takes, under the name it has there. */
    return matroska && (avformat_query_codec(matroska, p->codec_id, FF_COMPLIANCE_NORMAL) == 1
                        || av_codec_get_tag(windows, p->codec_id));
}

void remark(struct exh_text *remarks, const char *format, ...)
{
    enum { LONGEST = 4000 };
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    if (remarks->size > LONGEST)
        return;
    exh_text_puts(remarks, remarks->size ? "; " : "");
    exh_text_puts(remarks, words);
}

void outline_clear(struct outline *outline)
{
    for (size_t i = 0; i < outline->count; i++) {
        avcodec_parameters_free(&outline->tracks[i].parameters);
        free(outline->tracks[i].language);
        exh_json_freep(&outline->tracks[i].json);
    }
    outline->count = 0;
}

static bool take_track(struct outline_track *track, const struct source *source, size_t index, struct exh_error *err)
{
    const AVStream *stream = source->tracks[index].stream;
    const AVDictionaryEntry *language = av_dict_get(stream->metadata, "language", NULL, 0);
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);

    *track = (struct outline_track){
        .parameters = avcodec_parameters_alloc(), .time_base = stream->time_base,
        .video = source->tracks[index].video, .annex_b = is_annex_b(stream->codecpar), .has_matrix = matrix != NULL,
    };
    if (!track->parameters || avcodec_parameters_copy(track->parameters, source_parameters(source, index)) < 0)
        return exh_fail(err, EXH_IO, "no memory for a track's parameters");
    if (matrix)
        memcpy(track->matrix, matrix, sizeof track->matrix);
    track->language = language && strlen(language->value) < 16 ? exh_strdup(language->value) : NULL;
    source_digest(source, index, track->digest);
    return true;
}

/* MP4 where it holds everything; Matroska where it holds what MP4 cannot; what neither holds is left out and named. */
static bool choose_container(struct outline *outline, struct exh_text *remarks, struct exh_error *err)
{
    for (size_t i = 0; i < outline->count; i++) {
        const AVCodecParameters *p = outline->tracks[i].parameters;
        bool mp4 = fits_mp4(p), matroska = fits_matroska(p);
        outline->matroska |= !mp4 && matroska;
        outline->tracks[i].left_out = !mp4 && !matroska;
        if (!mp4 && !matroska && outline->tracks[i].video)
            return exh_fail(err, EXH_NO, "neither MP4 nor Matroska holds %s video; export the segments whole",
                            avcodec_get_name(p->codec_id));
        if (!mp4 && !matroska)
            remark(remarks, "left out: %s sound, which neither MP4 nor Matroska holds", avcodec_get_name(p->codec_id));
    }
    if (outline->matroska)
        remark(remarks, "times are rounded to 1 ms, as Matroska has them");
    return true;
}

bool outline_take(struct outline *outline, const struct source *source, struct exh_text *remarks, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *left_out = source_left_out(source);

    outline->familiar = source_familiar(source);
    if (left_out)
        remark(remarks, "left out: %s", left_out);
    for (; outline->count < source->track_count; outline->count++)
        if (!take_track(&outline->tracks[outline->count], source, outline->count, err))
            return false;
    return choose_container(outline, remarks, err);
}

bool outline_check(const struct outline *outline, const struct source *source, struct exh_error *err)
{
    char digests[MOST_TRACKS][65];

    for (size_t i = 0; i < source->track_count; i++)
        source_digest(source, i, digests[i]);
    return outline_compare(outline, digests, source->track_count, err);
}

bool outline_compare(const struct outline *outline, char digests[][65], size_t count, struct exh_error *err)
{
    bool same = outline->count == count;

    for (size_t i = 0; i < outline->count && same; i++)
        same = strcmp(digests[i], outline->tracks[i].digest) == 0;
    return same
        || exh_fail(err, EXH_MALFORMED,
                    "the parameters of a segment's tracks are not those of the first; make it a part of its own");
}

void outline_hear(struct outline *outline, const struct source *source, const struct unit *unit)
{
    struct outline_track *track = &outline->tracks[unit->track];
    const AVCodecParameters *told = source_parameters(source, unit->track);

    if (!track->has_head && unit->size >= HEAD_SIZE) {
        memcpy(track->head, unit->packet->data, HEAD_SIZE);
        track->has_head = true;
    }
    if (track->parameters->extradata_size == 0 && told->extradata_size > 0)
        avcodec_parameters_copy(track->parameters, told);
}

void outline_describe(struct outline *outline, const struct source *source, int64_t video_step)
{
    for (size_t i = 0; i < outline->count; i++)
        if (!outline->tracks[i].json)
            outline->tracks[i].json = source_track_json(source, i, video_step);
}
