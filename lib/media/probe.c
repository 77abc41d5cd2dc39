/* media/probe: what a segment holds, its spans, and what it says of its time. */
#include "recall.h"
#include "signed.h"
#include "span.h"

#include <libavutil/parseutils.h>
#include <string.h>

static const int64_t processor_ns = INT64_C(9) * 1000000000;
enum { MOST_PICTURES = 16 << 20, MOST_SPANS = 10000 };

struct look {
    struct times times;          /* of the video */
    bool starts_with_key;
    struct seen *seen;           /* its packets, for a plan; NULL where they are not kept */
    int64_t first_dts, first_pts;        /* of the first picture in order of decoding */
    struct signing signing;
};

static void look_clear(struct look *look)
{
    times_clear(&look->times);
    seen_freep(&look->seen);
    signing_clear(&look->signing);
}

static void take_first(struct look *look, const struct unit *unit)
{
    look->starts_with_key = unit->key;
    look->first_dts = unit->dts;
    look->first_pts = unit->pts;
    signing_enter(&look->signing, 0);
}

/* Packets of signed video are not kept: a plan looks into each of them. */
static void look_for_signing(struct look *look, struct source *source, const struct unit *unit)
{
    if (look->signing.scheme != UNSIGNED)
        return;
    signing_look(&look->signing, source, unit, 0);
    if (look->signing.scheme == UNSIGNED)
        return;
    seen_freep(&look->seen);
    source_skim(source);
}

static bool read_all(struct source *source, struct look *look, struct exh_error *err)
{
    for (bool end = false;;) {
        struct unit unit;
        if (!source_next(source, &unit, &end, err))
            return false;
        if (end)
            return true;
        seen_hear(&look->seen, source, &unit);
        if (unit.track)
            continue;
        if (look->times.count == MOST_PICTURES)
            return exh_fail(err, EXH_MALFORMED, "holds more than %d pictures", MOST_PICTURES);
        if (look->times.count == 0)
            take_first(look, &unit);
        look_for_signing(look, source, &unit);
        times_add(&look->times, unit.pts);
    }
}

static struct exh_json *nothing(const char *problem, bool unread)
{
    struct exh_json *found = exh_json_object();

    exh_json_set_text(found, "container", "");
    exh_json_set(found, "tracks", exh_json_array());
    exh_json_set(found, "spans", exh_json_array());
    exh_json_set_int(found, "longest_step_ns", 0);
    exh_json_set_int(found, "packets", 0);
    exh_json_set_bool(found, "starts_with_key", false);
    exh_json_set_bool(found, "own_rate_only", false);
    exh_json_set_text(found, "box_ns", NULL);
    exh_json_set_text(found, "creation_ns", NULL);
    exh_json_set_text(found, "signing", "");
    exh_json_set_text(found, "problem", problem);
    exh_json_set_bool(found, "unread", unread);
    return found;
}

/* Where there are more holes than can be told, the rest of the segment is not used. */
static struct exh_json *spans_json(const struct source *source, const struct look *look, int64_t step)
{
    struct exh_json *spans = exh_json_array();
    AVRational base = source->tracks[0].stream->time_base;
    int64_t last = source_last_step(source, 0, step);

    for (size_t i = 0, end, n = 0; i < look->times.count && n < MOST_SPANS; i = end, n++) {
        struct exh_json *span = exh_json_array();
        end = times_end_of_span(&look->times, i, step, base);
        int64_t ends = look->times.at[end - 1] + (end == look->times.count ? last : step);
        exh_json_add_int(span, av_rescale_q(look->times.at[i] - look->times.first, base, NANOSECONDS));
        exh_json_add_int(span, av_rescale_q(ends - look->times.first, base, NANOSECONDS));
        exh_json_add(spans, span);
    }
    return spans;
}

static int64_t longest_step_ns(const struct look *look, AVRational base, int64_t step)
{
    int64_t longest = 0;

    for (size_t i = 0, end; i < look->times.count; i = end) {
        end = times_end_of_span(&look->times, i, step, base);
        for (size_t k = i + 1; k < end; k++)
            longest = FFMAX(longest, look->times.at[k] - look->times.at[k - 1]);
    }
    return av_rescale_q(longest, base, NANOSECONDS);
}

/* Unix time in nanoseconds of "2021-12-05T21:10:00.000000Z". What does not say its zone (AVI's) tells no instant, and
 * what lies within a day of 1970 comes from a clock that was never set. */
static int64_t creation_ns(const AVFormatContext *format)
{
    const int64_t day_us = INT64_C(86400000000), most_us = INT64_MAX / 1000;
    const AVDictionaryEntry *entry = av_dict_get(format->metadata, "creation_time", NULL, 0);
    size_t length = entry ? strlen(entry->value) : 0;
    int64_t us = 0;

    if (length == 0 || entry->value[length - 1] != 'Z' || av_parse_time(&us, entry->value, 0) < 0)
        return 0;
    return us > day_us && us <= most_us ? us * 1000 : 0;
}

/* The recorder's box tells when that was shown which is decoded at 0. Where that is the first picture, it tells it of
 * the picture; where it is sound, the picture follows at its time in the file. The first one shown may be another. */
static int64_t box_ns(const struct source *source, const struct look *look)
{
    AVRational base = source->tracks[0].stream->time_base;
    int64_t origin = look->first_dts == 0 ? look->first_pts : 0, ns;

    if (!boxes_mtxi(source->fd, &source->boxes, &ns) || look->times.count == 0)
        return 0;
    return av_sat_add64(ns, av_rescale_q(look->times.first - origin, base, NANOSECONDS));
}

static void set_instant(struct exh_json *found, const char *member, int64_t ns)
{
    if (ns > 0)
        exh_json_set_int(found, member, ns);
}

static struct exh_json *describe(const struct source *source, struct look *look)
{
    int64_t step = times_settle(&look->times, source->tracks[0].stream->time_base);
    EXH_CLEANUP(exh_freep) char *problem = source_problem(source);
    struct exh_json *tracks = exh_json_array();
    struct exh_json *found = nothing(problem                      ? problem
                                         : look->times.count == 0 ? "holds no picture that can be used"
                                                                  : NULL,
                                     source->late);

    for (size_t i = 0; i < source->track_count; i++)
        exh_json_add(tracks, source_track_json(source, i, step));
    exh_json_set_text(found, "container", source->format->iformat->name);
    exh_json_set(found, "tracks", tracks);
    exh_json_set(found, "spans", spans_json(source, look, step));
    exh_json_set_int(found, "longest_step_ns", longest_step_ns(look, source->tracks[0].stream->time_base, step));
    exh_json_set_int(found, "packets", (int64_t)source->read);
    exh_json_set_bool(found, "starts_with_key", look->starts_with_key);
    exh_json_set_bool(found, "own_rate_only", source->bare);
    exh_json_set_text(found, "signing", scheme_name(look->signing.scheme));
    set_instant(found, "box_ns", box_ns(source, look));
    set_instant(found, "creation_ns", creation_ns(source->format));
    return found;
}

struct exh_json *exh_media_probe(int fd, struct exh_media_rate rate, const struct exh_media_host *host)
{
    EXH_CLEANUP(source_freep) struct source *source = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(look_clear) struct look look = { .starts_with_key = false };

    if (!source_open(fd, rate, processor_ns, host, &source, &err))
        return nothing(err.text, err.kind == EXH_IO);
    look.seen = seen_begin(source);
    if (!look.seen)
        source_skim(source);
    if (!read_all(source, &look, &err))
        return nothing(err.text, err.kind == EXH_IO);
    seen_keep(&look.seen, source);
    return describe(source, &look);
}
