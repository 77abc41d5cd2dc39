/* media/probe: what a segment holds, and its spans. */
#include "source.h"
#include "span.h"

static const int64_t processor_ns = INT64_C(9) * 1000000000;
enum { MOST_PICTURES = 16 << 20, MOST_SPANS = 10000 };

struct look {
    struct times times;          /* of the video */
    bool starts_with_key;
};

static void look_clear(struct look *look)
{
    times_clear(&look->times);
}

static bool read_all(struct source *source, struct look *look, struct exh_error *err)
{
    for (bool end = false;;) {
        struct unit unit;
        if (!source_next(source, &unit, &end, err))
            return false;
        if (end)
            return true;
        if (unit.track)
            continue;
        if (look->times.count == MOST_PICTURES)
            return exh_fail(err, EXH_MALFORMED, "holds more than %d pictures", MOST_PICTURES);
        if (look->times.count == 0)
            look->starts_with_key = unit.key;
        times_add(&look->times, unit.pts);
    }
}

static struct exh_json *nothing(const char *problem)
{
    struct exh_json *found = exh_json_object();

    exh_json_set_text(found, "container", "");
    exh_json_set(found, "tracks", exh_json_array());
    exh_json_set(found, "spans", exh_json_array());
    exh_json_set_int(found, "packets", 0);
    exh_json_set_bool(found, "starts_with_key", false);
    exh_json_set_bool(found, "own_rate_only", false);
    exh_json_set_text(found, "problem", problem);
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

static struct exh_json *describe(const struct source *source, struct look *look)
{
    int64_t step = times_settle(&look->times, source->tracks[0].stream->time_base);
    EXH_CLEANUP(exh_freep) char *problem = source_problem(source);
    struct exh_json *tracks = exh_json_array();
    struct exh_json *found = nothing(problem                      ? problem
                                         : look->times.count == 0 ? "holds no picture that can be used"
                                                                  : NULL);

    for (size_t i = 0; i < source->track_count; i++)
        exh_json_add(tracks, source_track_json(source, i, step));
    exh_json_set_text(found, "container", source->format->iformat->name);
    exh_json_set(found, "tracks", tracks);
    exh_json_set(found, "spans", spans_json(source, look, step));
    exh_json_set_int(found, "packets", (int64_t)source->read);
    exh_json_set_bool(found, "starts_with_key", look->starts_with_key);
    exh_json_set_bool(found, "own_rate_only", source->bare);
    return found;
}

struct exh_json *exh_media_probe(int fd, const struct exh_media_host *host)
{
    EXH_CLEANUP(source_freep) struct source *source = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(look_clear) struct look look = { .starts_with_key = false };

    if (!source_open(fd, processor_ns, host, &source, &err))
        return nothing(err.text);
    source_skim(source);
    if (!read_all(source, &look, &err))
        return nothing(err.text);
    return describe(source, &look);
}
