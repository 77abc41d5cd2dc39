/* item: the record, record/exhibit.json (docs/formats/record.md). */
#include "exhibit/item.h"

#include <string.h>

static void set_moment(struct exh_json *object, const char *name, struct exh_moment moment)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, words);
    exh_json_set_text(object, name, words);
}

static void set_local(struct exh_json *object, const char *name, struct exh_moment moment, const char *zone)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_local(moment, zone, words);
    exh_json_set_text(object, name, words);
}

struct exh_json *exh_window_json(struct exh_window window, const char *zone)
{
    struct exh_json *json = exh_json_object();

    set_moment(json, "from", window.from);
    set_moment(json, "to", window.to);
    set_local(json, "from_local", window.from, zone);
    set_local(json, "to_local", window.to, zone);
    exh_json_set_int(json, "length_ns", window.to.ns - window.from.ns);
    return json;
}

struct exh_json *exh_gaps_json(const struct exh_coverage *coverage, const char *zone)
{
    struct exh_json *json = exh_json_array();

    for (size_t i = 0; i < coverage->gap_count; i++) {
        struct exh_json *gap = exh_window_json(coverage->gaps[i].missing, zone);
        exh_json_set_text(gap, "cause", coverage->gaps[i].cause);
        exh_json_add(json, gap);
    }
    return json;
}

struct exh_json *exh_findings_json(const struct exh_coverage *coverage)
{
    struct exh_json *json = exh_json_array();

    for (size_t i = 0; i < coverage->finding_count; i++) {
        struct exh_json *finding = exh_json_object();
        exh_json_set_text(finding, "code", coverage->findings[i].code);
        exh_json_set_text(finding, "text", coverage->findings[i].text);
        exh_json_set_text(finding, "segment", coverage->findings[i].segment);
        exh_json_add(json, finding);
    }
    return json;
}

static struct exh_json *track_json(const struct exh_track *track)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "kind", track->video ? "video" : "audio");
    exh_json_set_text(json, "codec", track->codec);
    exh_json_set_text(json, "profile", track->profile);
    exh_json_set_text(json, "parameters_sha256", track->parameters);
    if (track->video) {
        exh_json_set_int(json, "width", track->width);
        exh_json_set_int(json, "height", track->height);
        exh_json_set_int(json, "rate_numerator", track->rate_numerator);
        exh_json_set_int(json, "rate_denominator", track->rate_denominator);
    } else {
        exh_json_set_int(json, "sample_rate", track->sample_rate);
        exh_json_set_int(json, "channels", track->channels);
    }
    return json;
}

static struct exh_json *joins_json(const struct exh_item *item, const struct exh_part *plan)
{
    struct exh_json *json = exh_json_array();

    for (size_t i = 0; i < plan->join_count; i++) {
        struct exh_json *join = exh_json_object();
        exh_json_set_text(join, "segment", item->coverage->segments[plan->joins[i].segment].name);
        exh_json_set_int(join, "part_ns", plan->joins[i].part_ns);
        set_moment(join, "true_time", (struct exh_moment){ plan->joins[i].true_ns });
        exh_json_add(json, join);
    }
    return json;
}

static struct exh_json *part_json(const struct exh_item *item, const struct exh_item_part *part)
{
    const struct exh_part *plan = &part->plan;
    const struct exh_window delivered = { { plan->first_ns }, { plan->end_ns } };
    struct exh_json *json = exh_window_json(delivered, item->zone), *tracks = exh_json_array();

    for (size_t i = 0; i < plan->track_count; i++)
        exh_json_add(tracks, track_json(&plan->tracks[i]));
    exh_json_set_text(json, "file", part->file);
    exh_json_set_int(json, "size", (int64_t)plan->size);
    exh_json_set_text(json, "sha256", part->digest);
    exh_json_set_int(json, "lead_in_ns", plan->lead_in_ns);
    exh_json_set_int(json, "tail_ns", plan->tail_ns);
    exh_json_set_int(json, "video_packets", (int64_t)plan->video_packets);
    exh_json_set_int(json, "audio_packets", (int64_t)plan->audio_packets);
    exh_json_set_int(json, "key_frames", (int64_t)plan->key_frames);
    exh_json_set_int(json, "media_bytes", (int64_t)plan->media_bytes);
    exh_json_set_int(json, "leading_pictures_left_out", (int64_t)plan->leading_left_out);
    exh_json_set_bool(json, "reframed", plan->reframed);
    exh_json_set_text(json, "problem", plan->problem);
    exh_json_set(json, "tracks", tracks);
    exh_json_set(json, "joins", joins_json(item, plan));
    return json;
}

/* The runs taken from one segment, by whichever part. */
static struct exh_json *runs_json(const struct exh_item *item, size_t segment)
{
    struct exh_json *json = exh_json_array();

    for (size_t p = 0; p < item->part_count; p++)
        for (size_t r = 0; r < item->parts[p].run_count; r++) {
            const struct exh_item_run *run = &item->parts[p].runs[r];
            if (run->segment != segment)
                continue;
            struct exh_json *one = exh_json_object();
            exh_json_set_int(one, "offset", (int64_t)run->offset);
            exh_json_set_int(one, "length", (int64_t)run->size);
            exh_json_set_text(one, "sha256", run->digest);
            exh_json_set_text(one, "part", item->parts[p].file);
            exh_json_add(json, one);
        }
    return json;
}

static struct exh_json *segment_json(const struct exh_item *item, size_t i)
{
    const struct exh_segment *segment = &item->coverage->segments[i];
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "name", segment->name);
    exh_json_set_int(json, "size", (int64_t)segment->size);
    set_moment(json, "modified", segment->modified);
    set_moment(json, "start", segment->start);
    exh_json_set_text(json, "start_from", "name");
    exh_json_set_int(json, "start_resolution_ns", segment->resolution_ns);
    exh_json_set_bool(json, "start_ambiguous", segment->ambiguous);
    exh_json_set_text(json, "container", segment->probe.container);
    exh_json_set_text(json, "problem", segment->probe.problem);
    exh_json_set(json, "runs", runs_json(item, i));
    return json;
}

static struct exh_json *camera_json(const struct exh_item *item)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "id", item->camera->id);
    exh_json_set_text(json, "name", item->camera->name);
    exh_json_set_text(json, "town", item->camera->town);
    exh_json_set_text(json, "source", item->source->id);
    exh_json_set_text(json, "path", item->camera->path);
    exh_json_set_text(json, "layout", item->source->layout);
    exh_json_set_text(json, "recorder_zone", item->source->zone);
    return json;
}

static struct exh_json *clock_json(const struct exh_item *item)
{
    struct exh_json *json = exh_json_object();
    EXH_CLEANUP(exh_freep) char *words = exh_format("no check of the clock of source '%s' is recorded; times are as the recorder wrote them", item->source->id);

    exh_json_set_bool(json, "checked", false);
    exh_json_set_text(json, "statement", words);
    return json;
}

static struct exh_json *made_json(const struct exh_item *item)
{
    struct exh_json *json = exh_json_object(), *arguments = exh_json_array();

    for (size_t i = 0; i < item->arguments.count; i++)
        exh_json_add_text(arguments, item->arguments.at[i]);
    set_moment(json, "time", item->made);
    exh_json_set_text(json, "program", EXH_PROGRAM);
    exh_json_set_text(json, "libraries", item->coverage->libraries);
    exh_json_set(json, "arguments", arguments);
    exh_json_set(json, "by", exh_json_copy(item->producer));
    return json;
}

static void set_lists(struct exh_json *record, const struct exh_item *item)
{
    struct exh_json *parts = exh_json_array(), *segments = exh_json_array();

    for (size_t i = 0; i < item->part_count; i++)
        exh_json_add(parts, part_json(item, &item->parts[i]));
    for (size_t i = 0; i < item->coverage->segment_count; i++)
        exh_json_add(segments, segment_json(item, i));
    exh_json_set(record, "parts", parts);
    exh_json_set(record, "segments", segments);
    exh_json_set(record, "gaps", exh_gaps_json(item->coverage, item->zone));
    exh_json_set(record, "findings", exh_findings_json(item->coverage));
}

struct exh_json *exh_item_record(const struct exh_item *item)
{
    struct exh_json *record = exh_json_object();
    const struct exh_coverage *coverage = item->coverage;

    exh_json_set_int(record, "version", 1);
    exh_json_set_text(record, "exhibit", item->reference);
    exh_json_set_text(record, "item", "master");
    exh_json_set_text(record, "mode", "clip");
    exh_json_set_text(record, "organisation", item->organisation);
    exh_json_set_text(record, "zone", item->zone);
    exh_json_set(record, "case", exh_json_copy(item->case_facts));
    exh_json_set(record, "camera", camera_json(item));
    exh_json_set(record, "window", exh_window_json(coverage->window, item->zone));
    exh_json_set_int(record, "covered_ns", exh_coverage_length(coverage));
    exh_json_set_bool(record, "complete", coverage->gap_count == 0);
    exh_json_set_int(record, "gap_tolerance_ns", coverage->tolerance_ns);
    exh_json_set(record, "clock", clock_json(item));
    exh_json_set(record, "made", made_json(item));
    set_lists(record, item);
    return record;
}
