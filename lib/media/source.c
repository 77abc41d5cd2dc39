/* media/source: opening a segment from a descriptor, with nothing but its bytes. */
#include "source.h"

#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What recorders write. Anything else is another way in for whoever made the file. */
static const char demuxers[] = "mov,matroska,mpegts,mpeg,avi,h264,hevc,mpegvideo,m4v,mjpeg,asf,flv,dhav";
/* Decoders that may be opened, to learn a stream's parameters or to make copies. */
static const char decoders[] =
    "h264,hevc,mpeg4,mjpeg,msmpeg4v1,msmpeg4v2,msmpeg4,mpeg1video,mpeg2video,h263,wmv1,wmv2,wmv3,vc1,vp8,vp9,"
    "opus,vorbis,eac3,g722,aac,mp3float,mp3,mp2float,mp2,ac3,wmav2,pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,pcm_u8,adpcm_ima_wav,adpcm_ms,g726,"
    "g726le";

enum { BUFFER_SIZE = 256 << 10, PROBE_BYTES = 5000000, ANALYSE_US = 5000000 };
/* Bytes a segment may cost to read, over four times its size. */
enum { FREE_BYTES = 64 << 20 };

const char *source_decoders(void)
{
    return decoders;
}

static int64_t processor_time(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* ---- reading: the only way libav gets at bytes ---- */

static bool may_go_on(struct source *source, uint64_t bytes)
{
    if (source->lost.kind != EXH_OK)
        return false;
    if (source->host && source->host->tick && !source->host->tick(source->host->context, &source->lost))
        return false;
    source->late |= source->allowance < bytes || processor_time() > source->end_of_time;
    source->allowance -= source->allowance < bytes ? 0 : bytes;
    return !source->late;
}

static int give_bytes(void *opaque, uint8_t *bytes, int size)
{
    struct source *source = opaque;
    uint64_t left = source->at < source->size ? source->size - source->at : 0;
    ssize_t n = (uint64_t)size < left ? size : (ssize_t)left;

    if (n <= 0)
        return AVERROR_EOF;
    if (source->skims && boxes_are_media(&source->boxes, source->at, (uint64_t)n)) {
        source->at += (uint64_t)n;
        return (int)n;
    }
    if (!may_go_on(source, (uint64_t)n))
        return AVERROR_EXIT;
    n = pread(source->fd, bytes, (size_t)n, (off_t)source->at);
    if (n <= 0)
        return n == 0 ? AVERROR_EOF : AVERROR(EIO);
    source->at += (uint64_t)n;
    return (int)n;
}

bool source_read_at(struct source *source, uint64_t offset, uint8_t *bytes, size_t size)
{
    return size <= source->size && offset <= source->size - size && may_go_on(source, size)
        && pread(source->fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

static int64_t move_to(void *opaque, int64_t offset, int whence)
{
    struct source *source = opaque;

    if (whence & AVSEEK_SIZE)
        return (int64_t)source->size;
    if (whence == SEEK_CUR)
        offset = offset > INT64_MAX - (int64_t)source->at ? -1 : offset + (int64_t)source->at;
    if (whence == SEEK_END)
        offset = offset > 0 ? -1 : offset + (int64_t)source->size;
    if (offset < 0)
        return AVERROR(EINVAL);
    source->at = (uint64_t)offset;
    return offset;
}

/* A playlist or a reference in the file would lead to another file: there is none. */
static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *name, int flags,
                          AVDictionary **options)
{
    (void)format, (void)io, (void)name, (void)flags, (void)options;
    return AVERROR(EACCES);
}

/* ---- opening ---- */

static void close_format(struct source *source)
{
    avformat_close_input(&source->format);
    if (source->io) {
        av_freep(&source->io->buffer);
        avio_context_free(&source->io);
    }
}

static bool make_io(struct source *source)
{
    uint8_t *buffer = av_malloc(BUFFER_SIZE);

    source->at = 0;
    source->io = buffer ? avio_alloc_context(buffer, BUFFER_SIZE, 0, source, give_bytes, NULL, move_to) : NULL;
    if (!source->io)
        av_free(buffer);
    return source->io != NULL;
}

static bool make_format(struct source *source)
{
    AVFormatContext *format = avformat_alloc_context();

    source->format = format;
    if (!format)
        return false;
    format->pb = source->io;
    format->io_open = refuse_to_open;
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->probesize = PROBE_BYTES;
    format->max_analyze_duration = ANALYSE_US;
    format->max_streams = MOST_STREAMS;
    format->format_whitelist = av_strdup(demuxers);
    format->codec_whitelist = av_strdup(decoders);
    format->protocol_whitelist = av_strdup("none");
    return format->format_whitelist && format->codec_whitelist && format->protocol_whitelist;
}

/* Says why it cannot be opened, in the words nearest to what a person can do about it. */
static bool cannot_open(const struct source *source, int code, struct exh_error *err)
{
    const char *log = log_take();

    if (source->late)
        return exh_fail(err, EXH_IO, "reading it took too long");
    if (source->boxes.is_mp4 && !source->boxes.has_moov)
        return exh_fail(err, EXH_MALFORMED, "holds no index (moov box): the recorder did not finish it");
    if ((code == AVERROR_INVALIDDATA && !log) || (log && strncmp(log, "Format not on whitelist", 23) == 0))
        return exh_fail(err, EXH_MALFORMED, "is in no known footage format");
    return exh_fail(err, EXH_MALFORMED, "cannot be read as footage: %s", log ? log : av_err2str(code));
}

static bool open_format(struct source *source, struct exh_error *err)
{
    EXH_CLEANUP(av_dict_free) AVDictionary *options = NULL;

    /* Edit lists must not drop packets; where a cut begins is our business. */
    if (!make_io(source) || !make_format(source) || av_dict_set(&options, "advanced_editlist", "0", 0) < 0)
        return exh_fail(err, EXH_IO, "no memory to open a segment");
    int code = avformat_open_input(&source->format, NULL, NULL, &options);
    if (code < 0)
        return cannot_open(source, code, err);
    source->is_mov = strncmp(source->format->iformat->name, "mov,", 4) == 0;
    if (source->format->nb_streams > MOST_STREAMS)
        return exh_fail(err, EXH_MALFORMED, "holds more than %d streams", MOST_STREAMS);
    return true;
}

/* ---- tracks ---- */

bool is_annex_b(const AVCodecParameters *parameters)
{
    const uint8_t *extra = parameters->extradata;

    if (parameters->codec_id == AV_CODEC_ID_H264)
        return parameters->extradata_size < 1 || extra[0] != 1;
    if (parameters->codec_id == AV_CODEC_ID_HEVC)
        return parameters->extradata_size < 7 || AV_RB24(extra) == 1 || AV_RB32(extra) == 1;
    return false;
}

size_t unit_length_size(const AVCodecParameters *parameters)
{
    bool hevc = parameters->codec_id == AV_CODEC_ID_HEVC;
    int place = hevc ? 21 : 4;

    if ((!hevc && parameters->codec_id != AV_CODEC_ID_H264) || is_annex_b(parameters)
        || parameters->extradata_size <= place)
        return 0;
    return (parameters->extradata[place] & 3) + 1U;
}

/* True when an MP4's tables tell all that is needed, so that no packet has to be looked into. */
static bool is_complete(const AVStream *stream)
{
    const AVCodecParameters *p = stream->codecpar;

    switch (p->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
        return !is_annex_b(p) && p->width > 0 && p->height > 0;
    case AV_CODEC_ID_AAC:
        return p->extradata_size >= 2 && p->sample_rate > 0 && p->ch_layout.nb_channels > 0;
    default:
        return p->codec_type != AVMEDIA_TYPE_VIDEO && p->codec_type != AVMEDIA_TYPE_AUDIO;
    }
}

/* True when a table says which pictures are key frames (or fragments will). */
static bool knows_keys(const AVStream *stream)
{
    int count = avformat_index_get_entries_count(stream);

    for (int i = 0; i < count; i++)
        if (avformat_index_get_entry((AVStream *)(uintptr_t)stream, i)->flags & AVINDEX_KEYFRAME)
            return true;
    return count == 0;
}

static bool has_it_all(const struct source *source)
{
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        const AVStream *stream = source->format->streams[i];
        if (!is_complete(stream) || (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !knows_keys(stream)))
            return false;
    }
    return source->is_mov;
}

static bool is_picture(const AVStream *stream)
{
    return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && stream->codecpar->codec_id != AV_CODEC_ID_NONE
        && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

static bool is_sound(const AVStream *stream)
{
    return stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && stream->codecpar->codec_id != AV_CODEC_ID_NONE
        && stream->codecpar->sample_rate > 0 && stream->codecpar->ch_layout.nb_channels > 0;
}

static void use_stream(struct source *source, AVStream *stream)
{
    struct source_track *track = &source->tracks[source->track_count];

    source->slots[stream->index] = (int)source->track_count++;
    stream->discard = AVDISCARD_DEFAULT;
    *track = (struct source_track){ .stream = stream, .video = is_picture(stream) };
}

static bool choose_tracks(struct source *source, struct exh_error *err)
{
    AVFormatContext *format = source->format;

    for (int i = 0; i < MOST_STREAMS; i++)
        source->slots[i] = -1;
    source->track_count = 0;
    for (unsigned i = 0; i < format->nb_streams; i++)
        format->streams[i]->discard = AVDISCARD_ALL;
    for (unsigned i = 0; i < format->nb_streams && source->track_count == 0; i++)
        if (is_picture(format->streams[i]))
            use_stream(source, format->streams[i]);
    if (source->track_count == 0)
        return exh_fail(err, EXH_MALFORMED, "holds no video");
    if (source->tracks[0].stream->codecpar->width <= 0 || source->tracks[0].stream->codecpar->height <= 0)
        return exh_fail(err, EXH_MALFORMED, "holds video whose pictures have no size");
    for (unsigned i = 0; i < format->nb_streams && source->track_count < MOST_TRACKS; i++)
        if (is_sound(format->streams[i]))
            use_stream(source, format->streams[i]);
    return true;
}

/* AAC as it is broadcast carries a header in each frame; files want that said once. */
static bool make_filter(struct source_track *track)
{
    const AVCodecParameters *parameters = track->stream->codecpar;

    if (parameters->codec_id != AV_CODEC_ID_AAC || parameters->extradata_size > 0)
        return true;
    track->told = avcodec_parameters_alloc();
    if (!track->told || avcodec_parameters_copy(track->told, parameters) < 0
        || av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &track->to_asc) < 0
        || avcodec_parameters_copy(track->to_asc->par_in, parameters) < 0)
        return false;
    track->to_asc->time_base_in = track->stream->time_base;
    return av_bsf_init(track->to_asc) >= 0;
}

static bool make_filters(struct source *source, struct exh_error *err)
{
    for (size_t i = 0; i < source->track_count; i++)
        if (!make_filter(&source->tracks[i]))
            return exh_fail(err, EXH_MALFORMED, "holds AAC sound that cannot be read");
    return true;
}

/* ---- bare streams, and containers without times of presentation ---- */

static bool is_format(const struct source *source, const char *names)
{
    return av_match_name(source->format->iformat->name, names) > 0;
}

/* Step from frame to frame in the time base, from the declared rate. */
static int64_t declared_step(const struct source *source)
{
    AVStream *video = source->tracks[0].stream;
    AVRational rate = { source->rate.numerator, source->rate.denominator };

    if (rate.num <= 0 || rate.den <= 0)
        rate = av_guess_frame_rate(source->format, video, NULL);
    int64_t step = rate.num > 0 && rate.den > 0 ? av_rescale_q(1, av_inv_q(rate), video->time_base) : 0;

    return step > 0 ? step : av_rescale_q(1, (AVRational){ 1, 25 }, video->time_base);
}

/* Reads the whole segment once to learn in which order its pictures are shown. */
static bool learn_order(struct source *source, struct order *order)
{
    const AVStream *video = source->tracks[0].stream;
    int code;

    while ((code = av_read_frame(source->format, source->packet)) >= 0) {
        if (source->packet->stream_index == video->index)
            order_add(order, source->packet);
        av_packet_unref(source->packet);
    }
    order_end(order);
    return source->lost.kind == EXH_OK;
}

/* MPEG's program streams may leave out when a picture is shown where it follows from the order. */
static bool tells_some_times(const struct source *source)
{
    enum AVCodecID codec = source->tracks[0].stream->codecpar->codec_id;

    return is_format(source, "mpeg") && (codec == AV_CODEC_ID_MPEG1VIDEO || codec == AV_CODEC_ID_MPEG2VIDEO);
}

static bool find_order(struct source *source, struct order **ret_order, struct exh_error *err)
{
    const AVCodecParameters *parameters = source->tracks[0].stream->codecpar;

    if ((!is_format(source, "avi,h264,hevc,mpegvideo,m4v") && !tells_some_times(source)) || parameters->video_delay == 0)
        return true;
    EXH_CLEANUP(order_freep) struct order *order = order_new(parameters);
    if (!order)
        return true;
    if (!learn_order(source, order))
        return exh_error_move(err, &source->lost);
    *ret_order = exh_steal(&order);
    return true;
}

/* Decoders need only tell what they decode, not show it. */
static int analyse(AVFormatContext *format)
{
    enum { OPTIONS = MOST_STREAMS };
    AVDictionary *options[OPTIONS] = { NULL };
    unsigned count = format->nb_streams;

    for (unsigned i = 0; i < count && i < OPTIONS; i++) {
        av_dict_set(&options[i], "skip_loop_filter", "all", 0);
        av_dict_set(&options[i], "skip_idct", "all", 0);
    }
    int code = avformat_find_stream_info(format, count <= OPTIONS ? options : NULL);
    for (unsigned i = 0; i < OPTIONS; i++)
        av_dict_free(&options[i]);
    return code;
}

static bool find_streams(struct source *source, struct exh_error *err)
{
    if (has_it_all(source)) {
        source->format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
        return choose_tracks(source, err);
    }
    int code = analyse(source->format);
    return (code >= 0 || cannot_open(source, code, err)) && choose_tracks(source, err);
}

static bool open_source(struct source *source, struct exh_error *err)
{
    EXH_CLEANUP(order_freep) struct order *order = NULL;

    if (!open_format(source, err) || !find_streams(source, err) || !find_order(source, &order, err))
        return false;
    if (order) {
        close_format(source);
        if (!open_format(source, err) || !find_streams(source, err))
            return false;
        source->tracks[0].order = exh_steal(&order);
    }
    source->bare = is_format(source, "h264,hevc,mpegvideo,m4v,mjpeg");
    source->bare_step = declared_step(source);
    source->tells_some_times = tells_some_times(source);
    return make_filters(source, err);
}

bool source_facts(int fd, struct stat *ret_about)
{
    return syscall(SYS_fstat, fd, ret_about) == 0;
}

static bool check_size(struct source *source, struct exh_error *err)
{
    struct stat about;

    if (!source_facts(source->fd, &about))
        return exh_fail_os(err, "cannot look at a segment");
    if (!S_ISREG(about.st_mode))
        return exh_fail(err, EXH_MALFORMED, "is not a regular file");
    if (about.st_size == 0)
        return exh_fail(err, EXH_MALFORMED, "empty file");
    source->size = (uint64_t)about.st_size;
    source->allowance = 4 * source->size + FREE_BYTES;
    boxes_find(source->fd, source->size, &source->boxes);
    source->size = source->boxes.whole_size;
    return true;
}

static struct source *new_source(int fd, struct exh_media_rate rate, const struct exh_media_host *host)
{
    struct source *source = exh_alloc(sizeof *source);

    source->fd = fd;
    source->rate = rate;
    source->host = host;
    source->end_of_time = INT64_MAX;
    source->packet = av_packet_alloc();
    log_take();
    return source;
}

bool source_open(int fd, struct exh_media_rate rate, int64_t processor_ns, const struct exh_media_host *host,
                 struct source **ret_source, struct exh_error *err)
{
    EXH_CLEANUP(source_freep) struct source *source = new_source(fd, rate, host);

    if (processor_ns != INT64_MAX)
        source->end_of_time = processor_time() + processor_ns;
    if (!source->packet)
        return exh_fail(err, EXH_IO, "no memory to open a segment");
    if (!check_size(source, err))
        return false;
    if (!open_source(source, err)) {
        if (source->lost.kind == EXH_OK)
            return false;
        exh_error_clear(err);
        return exh_error_move(err, &source->lost);
    }
    *ret_source = exh_steal(&source);
    return true;
}

struct familiar source_familiar(const struct source *source)
{
    struct familiar familiar = { .count = source->track_count };

    for (size_t i = 0; i < source->track_count; i++) {
        const AVCodecParameters *p = source->tracks[i].stream->codecpar;
        familiar.tracks[i].codec = p->codec_id;
        familiar.tracks[i].stream = source->tracks[i].stream->index;
        familiar.tracks[i].sample_rate = p->sample_rate;
        familiar.tracks[i].frame_size = p->frame_size;
        familiar.tracks[i].channels = p->ch_layout.nb_channels;
    }
    return familiar;
}

static bool use_familiar(struct source *source, const struct familiar *familiar)
{
    for (int i = 0; i < MOST_STREAMS; i++)
        source->slots[i] = -1;
    for (unsigned i = 0; i < source->format->nb_streams; i++)
        source->format->streams[i]->discard = AVDISCARD_ALL;
    for (size_t i = 0; i < familiar->count; i++) {
        if ((unsigned)familiar->tracks[i].stream >= source->format->nb_streams)
            return false;
        AVStream *stream = source->format->streams[familiar->tracks[i].stream];
        if (stream->codecpar->codec_id != familiar->tracks[i].codec)
            return false;
        use_stream(source, stream);
        /* Frames of sound are timed by these; analysis would have told them. */
        stream->codecpar->sample_rate = familiar->tracks[i].sample_rate;
        stream->codecpar->frame_size = familiar->tracks[i].frame_size;
        if (stream->codecpar->ch_layout.nb_channels == 0 && familiar->tracks[i].channels)
            av_channel_layout_default(&stream->codecpar->ch_layout, familiar->tracks[i].channels);
    }
    return true;
}

bool source_reopen(int fd, struct exh_media_rate rate, const struct familiar *familiar,
                   const struct exh_media_host *host, struct source **ret_source, struct exh_error *err)
{
    EXH_CLEANUP(source_freep) struct source *source = new_source(fd, rate, host);
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    if (!source->packet || !check_size(source, &ignored) || !open_format(source, &ignored)
        || !is_format(source, "mpegts,matroska") || !use_familiar(source, familiar)
        || !make_filters(source, &ignored))
        return source_open(fd, rate, INT64_MAX, host, ret_source, err);
    *ret_source = exh_steal(&source);
    return true;
}

void source_freep(struct source **source)
{
    if (!*source)
        return;
    for (size_t i = 0; i < (*source)->track_count; i++) {
        av_bsf_free(&(*source)->tracks[i].to_asc);
        avcodec_parameters_free(&(*source)->tracks[i].told);
        order_freep(&(*source)->tracks[i].order);
    }
    close_format(*source);
    av_packet_free(&(*source)->packet);
    boxes_clear(&(*source)->boxes);
    exh_error_clear(&(*source)->lost);
    free((*source)->trouble);
    free(*source);
    *source = NULL;
}

/* MPEG sound is looked into by the demuxer itself, so its bytes must be there. */
static bool can_skim(const AVCodecParameters *parameters)
{
    switch (parameters->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_AAC:
        return true;
    default:
        return false;
    }
}

void source_skim(struct source *source)
{
    for (size_t i = 0; i < source->track_count; i++)
        if (!can_skim(source->tracks[i].stream->codecpar))
            return;
    /* Direct: what is read goes straight to its place, one request a packet, so that a request is either
     * media data, which nobody looks at, or tables, which are read. */
    source->skims = source->is_mov && source->boxes.media_count && (source->format->flags & AVFMT_FLAG_NOPARSE);
    source->io->direct = source->skims;
}
