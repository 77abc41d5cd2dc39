/* media/survey: what a file of a Master holds, for whoever makes copies of it: its times, the pictures with which decoding can begin, and
 * what its first pictures look like once they are decoded: what they say of themselves counts, nothing is guessed. */
#include "reading.h"

#include "signed.h"
#include "span.h"

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A chunk is at least so long, and there are no more than so many: where there would be, it is twice as long, and so on. */
static const int64_t chunk_ns = INT64_C(10) * 1000000000;
enum { MOST_CHUNKS = 8192, MOST_SPANS = 10000, PICTURES_DECODED = 3, MOST_TRIED = 300 };

/* Whether decoding can begin at a key frame shows only when the pictures behind it are seen. */
struct key { int64_t packet, pts; };

struct surveying {
    struct times times;
    struct key *starts;
    size_t start_count, start_room;
    int64_t shortest;            /* between starts, in the video's time base */
    bool waits;                  /* for the pictures behind it */
    struct key next;
    unsigned behind;
    int64_t latest;              /* of the pictures so far */
};

static void surveying_clear(struct surveying *s)
{
    times_clear(&s->times);
    free(s->starts);
}

/* ---- where decoding can begin ---- */

static void thin_out(struct surveying *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->start_count; i += 2)
        s->starts[kept++] = s->starts[i];
    s->start_count = kept;
    s->shortest *= 2;
}

static void add_start(struct surveying *s, struct key key)
{
    if (s->start_count == s->start_room) {
        s->start_room = s->start_room ? 2 * s->start_room : 64;
        s->starts = exh_realloc_array(s->starts, s->start_room, sizeof *s->starts);
    }
    s->starts[s->start_count++] = key;
    if (s->start_count == MOST_CHUNKS)
        thin_out(s);
}

static void settle_waiting(struct surveying *s)
{
    if (s->waits)
        add_start(s, s->next);
    s->waits = false;
}

/* The first key frame counts whatever comes with it: what it leaves undecodable is told. The others need every picture before them to be
 * shown before them, and every one behind them behind. */
static void hear_key(struct surveying *s, struct source *source, const struct unit *unit)
{
    struct key key = { (int64_t)s->times.count, unit->pts };

    if (s->start_count == 0) {
        if (unit->key)
            add_start(s, key);
        return;
    }
    if (s->waits && unit->pts < s->next.pts)
        s->waits = false;
    else if (s->waits && ++s->behind >= FIRST_PICTURES)
        settle_waiting(s);
    if (!s->waits && unit->key && unit->pts > s->latest && unit->pts - s->starts[s->start_count - 1].pts >= s->shortest
        && is_clean_key(source, unit)) {
        s->waits = true;
        s->behind = 0;
        s->next = key;
    }
}

static bool read_all(struct source *source, struct surveying *s, struct exh_error *err)
{
    for (bool end = false;;) {
        struct unit unit;
        if (!source_next(source, &unit, &end, err))
            return false;
        if (end)
            break;
        if (unit.track)
            continue;
        hear_key(s, source, &unit);
        if (s->times.count == 0 || unit.pts > s->latest)
            s->latest = unit.pts;
        times_add(&s->times, unit.pts);
    }
    settle_waiting(s);
    return true;
}

/* ---- what it looks like ---- */

static void set_name(struct exh_json *found, const char *member, const char *name)
{
    exh_json_set_text(found, member, name && strcmp(name, "unspecified") != 0 ? name : "unknown");
}

static const char *fields_of(const AVFrame *frame)
{
    return !frame->interlaced_frame ? "progressive" : frame->top_field_first ? "top first" : "bottom first";
}

static void describe_frame(const AVFrame *frame, struct exh_json *found)
{
    set_name(found, "pixels", av_get_pix_fmt_name((enum AVPixelFormat)frame->format));
    set_name(found, "fields", fields_of(frame));
    set_name(found, "range", av_color_range_name(frame->color_range));
    set_name(found, "primaries", av_color_primaries_name(frame->color_primaries));
    set_name(found, "transfer", av_color_transfer_name(frame->color_trc));
    set_name(found, "matrix", av_color_space_name(frame->colorspace));
    exh_json_set_int(found, "width", frame->width);
    exh_json_set_int(found, "height", frame->height);
}

/* Where nothing could be decoded, the container's word is all there is. */
static void describe_parameters(const AVCodecParameters *p, struct exh_json *found)
{
    exh_json_set_text(found, "pixels", "unknown");
    exh_json_set_text(found, "fields", "unknown");
    exh_json_set_text(found, "range", "unknown");
    exh_json_set_text(found, "primaries", "unknown");
    exh_json_set_text(found, "transfer", "unknown");
    exh_json_set_text(found, "matrix", "unknown");
    exh_json_set_int(found, "width", p->width);
    exh_json_set_int(found, "height", p->height);
}

static void set_aspect(struct source *source, AVFrame *frame, struct exh_json *found)
{
    AVRational aspect = av_guess_sample_aspect_ratio(source->format, source->tracks[0].stream, frame);
    bool stated = aspect.num > 0 && aspect.den > 0;
    struct exh_json *pair = exh_json_array();

    exh_json_add_int(pair, stated ? aspect.num : 1);
    exh_json_add_int(pair, stated ? aspect.den : 1);
    exh_json_set(found, "aspect", pair);
    exh_json_set_bool(found, "stated_aspect", stated);
}

/* The matrix turns, and may mirror; what else it may do (shear, odd angles) no camera asks for: such a picture is shown as it is. */
static void set_turning(const AVStream *stream, struct exh_json *found)
{
    size_t size = 0;
    const uint8_t *bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    int32_t m[9] = { 1 << 16, 0, 0, 0, 1 << 16 };
    bool mirrored, odd = false;

    if (bytes && size == sizeof m)
        memcpy(m, bytes, sizeof m);
    mirrored = (int64_t)m[0] * m[4] - (int64_t)m[1] * m[3] < 0;
    if (mirrored)
        av_display_matrix_flip(m, 1, 0);
    double angle = -av_display_rotation_get(m);
    int turn = isnan(angle) ? 0 : (int)(angle / 90 + (angle < 0 ? -0.5 : 0.5)) * 90;
    odd = isnan(angle) || fabs(angle - turn) > 1;
    exh_json_set_int(found, "rotation", odd ? 0 : ((turn % 360) + 360) % 360);
    exh_json_set_bool(found, "mirrored", !odd && mirrored);
    exh_json_set_bool(found, "odd_matrix", odd);
}

static bool decode_first(struct exh_media_job *job, int fd, struct exh_json *found, AVFrame *frame, struct exh_error *err)
{
    int64_t *first_ns = &job->inputs[0].starts[0].own_ns, own_ns;
    bool end = false;

    if (!reading_open_from(job, 0, fd, &job->reading, err) || !reading_enter(job, 0, 0, true, &job->reading, err))
        return false;
    for (int i = 0; i < PICTURES_DECODED && !end; i++) {
        if (job->reading->packets > MOST_TRIED)
            break;
        if (!reading_next(job->reading, &own_ns, &end, err))
            return false;
        /* One interlaced picture makes the footage interlaced. */
        if (!end && own_ns < *first_ns)
            *first_ns = own_ns;          /* shown before the key frame, and decoded all the same */
        if (!end && (i == 0 || job->reading->frame->interlaced_frame)) {
            describe_frame(job->reading->frame, found);
            av_frame_unref(frame);
            if (av_frame_ref(frame, job->reading->frame) < 0)
                return exh_fail(err, EXH_IO, "no memory for a picture");
        }
    }
    return frame->data[0] || exh_fail(err, EXH_MALFORMED, "no picture of it can be decoded");
}

static void frame_free(AVFrame **frame)
{
    av_frame_free(frame);
}

/* Decodes the first pictures, as a job of one input would. @start: its own time becomes that of the first picture that is decoded; NULL:
 * there is no key frame. */
static void look_at_pictures(struct source *source, int64_t zero, struct job_start *start, const struct exh_media_host *host,
                             struct exh_json *found)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    EXH_CLEANUP(frame_free) AVFrame *frame = av_frame_alloc();
    struct job_input input = { .rate = source->rate, .zero = zero, .starts = start, .start_count = start ? 1 : 0 };
    struct exh_media_job job = { .inputs = &input, .input_count = 1, .host = host };

    describe_parameters(source->tracks[0].stream->codecpar, found);
    bool seen = start && frame && decode_first(&job, source->fd, found, frame, &why);
    exh_json_set_text(found, "undecodable", seen ? NULL : start ? why.text : "it has no key frame");
    set_aspect(source, seen ? frame : NULL, found);
    reading_freep(&job.reading);
}

/* ---- the answer ---- */

static int64_t to_ns(const struct source *source, int64_t ticks)
{
    return av_rescale_q(ticks, source->tracks[0].stream->time_base, NANOSECONDS);
}

static struct exh_json *starts_json(const struct source *source, const struct surveying *s, int64_t first_ns)
{
    struct exh_json *starts = exh_json_array();

    for (size_t i = 0; i < s->start_count; i++) {
        struct exh_json *start = exh_json_array();
        int64_t own = i ? to_ns(source, s->starts[i].pts - s->times.first) : first_ns;
        exh_json_add_int(start, s->starts[i].packet);
        exh_json_add_int(start, own < 0 ? 0 : own);
        exh_json_add(starts, start);
    }
    return starts;
}

static struct exh_json *spans_json(const struct source *source, const struct surveying *s, int64_t step, int64_t *ret_end)
{
    struct exh_json *spans = exh_json_array();
    AVRational base = source->tracks[0].stream->time_base;
    int64_t last = source_last_step(source, 0, step);

    for (size_t i = 0, end, n = 0; i < s->times.count && n < MOST_SPANS; i = end, n++) {
        struct exh_json *span = exh_json_array();
        end = times_end_of_span(&s->times, i, step, base);
        *ret_end = to_ns(source, s->times.at[end - 1] + (end == s->times.count ? last : step) - s->times.first);
        exh_json_add_int(span, to_ns(source, s->times.at[i] - s->times.first));
        exh_json_add_int(span, *ret_end);
        exh_json_add(spans, span);
    }
    return spans;
}

static void add_times(const struct source *source, struct surveying *s, int64_t first_ns, struct exh_json *found)
{
    int64_t step, end_ns = 0;
    uint64_t pictures = s->times.count;

    step = times_settle(&s->times, source->tracks[0].stream->time_base);
    exh_json_set_int(found, "zero", s->times.first);
    exh_json_set_int(found, "step_ns", to_ns(source, step));
    exh_json_set_int(found, "pictures", (int64_t)pictures);
    exh_json_set(found, "starts", starts_json(source, s, first_ns));
    exh_json_set(found, "spans", spans_json(source, s, step, &end_ns));
    exh_json_set_int(found, "end_ns", end_ns);
    exh_json_set(found, "track", source_track_json(source, 0, step));
}

static struct exh_json *describe(struct source *source, struct surveying *s, const struct exh_media_host *host)
{
    struct exh_json *found = exh_json_object();
    EXH_CLEANUP(exh_freep) char *problem = source_problem(source), *left_out = source_left_out(source);
    struct job_start start = { 0, 0 };

    if (s->start_count)
        start = (struct job_start){ s->starts[0].packet, to_ns(source, s->starts[0].pts - s->times.first) };
    exh_json_set(found, "sound", source->track_count > 1 ? source_track_json(source, 1, 0) : exh_json_text(NULL));
    exh_json_set_int(found, "sounds", (int64_t)source->track_count - 1);
    exh_json_set_text(found, "left_out", left_out);
    exh_json_set_text(found, "problem", problem);
    set_turning(source->tracks[0].stream, found);
    look_at_pictures(source, s->times.first, s->start_count ? &start : NULL, host, found);
    add_times(source, s, start.own_ns < 0 ? 0 : start.own_ns, found);
    return found;
}

static struct exh_json *nothing(const char *problem)
{
    struct exh_json *found = exh_json_object();

    exh_json_set_text(found, "problem", problem);
    exh_json_set_text(found, "track", NULL);
    return found;
}

struct exh_json *exh_media_survey(int fd, struct exh_media_rate rate, const struct exh_media_host *host)
{
    EXH_CLEANUP(source_freep) struct source *source = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(surveying_clear) struct surveying s = { .latest = INT64_MIN };

    if (!source_open(fd, rate, INT64_MAX, host, &source, &err))
        return nothing(err.text);
    s.shortest = av_rescale_q(chunk_ns, NANOSECONDS, source->tracks[0].stream->time_base);
    source_skim(source);
    if (!read_all(source, &s, &err))
        return nothing(err.text);
    return s.times.count ? describe(source, &s, host) : nothing("it holds no picture that can be used");
}
