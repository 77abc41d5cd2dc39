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

/* NULL where the camera does not sign. */
static struct exh_json *signing_json(const struct exh_part *plan)
{
    if (!plan->signing[0])
        return exh_json_text(NULL);
    struct exh_json *json = exh_json_object();
    exh_json_set_text(json, "scheme", plan->signing);
    exh_json_set_int(json, "signatures", (int64_t)plan->signed_groups);
    exh_json_set_int(json, "unsigned_end_ns", plan->unsigned_end_ns);
    return json;
}

static struct exh_json *tracks_json(const struct exh_part *plan)
{
    struct exh_json *tracks = exh_json_array();

    for (size_t i = 0; i < plan->track_count; i++)
        exh_json_add(tracks, track_json(&plan->tracks[i]));
    return tracks;
}

/* What parts of every mode have: the file, what it shows (null where that is not known), and what it holds. */
static struct exh_json *common_json(const struct exh_item *item, const struct exh_item_part *part)
{
    static const char *const unknown[] = { "from", "to", "from_local", "to_local", "length_ns" };
    const struct exh_part *plan = &part->plan;
    const struct exh_window delivered = { { plan->first_ns }, { plan->end_ns } };
    struct exh_json *json = part->timed ? exh_window_json(delivered, item->zone) : exh_json_object();

    for (size_t i = 0; !part->timed && i < EXH_COUNT(unknown); i++)
        exh_json_set_text(json, unknown[i], NULL);
    exh_json_set_text(json, "file", part->file);
    exh_json_set_int(json, "size", (int64_t)plan->size);
    exh_json_set_text(json, "sha256", part->digest);
    exh_json_set_int(json, "lead_in_ns", plan->lead_in_ns);
    exh_json_set_int(json, "tail_ns", plan->tail_ns);
    exh_json_set_text(json, "problem", plan->problem);
    exh_json_set(json, "tracks", tracks_json(plan));
    return json;
}

/* A file taken whole: what it was called, and when it was last changed. */
static struct exh_json *whole_json(const struct exh_item *item, const struct exh_item_part *part)
{
    struct exh_json *json = common_json(item, part);

    exh_json_set_text(json, "original", part->original);
    set_moment(json, "modified", part->modified);
    return json;
}

static struct exh_json *times_json(const struct exh_item_sidecar *times)
{
    if (!times->file)
        return exh_json_text(NULL);
    struct exh_json *json = exh_json_object();
    exh_json_set_text(json, "file", times->file);
    exh_json_set_int(json, "size", (int64_t)times->size);
    exh_json_set_text(json, "sha256", times->digest);
    return json;
}

static struct exh_json *clip_json(const struct exh_item *item, const struct exh_item_part *part)
{
    const struct exh_part *plan = &part->plan;
    struct exh_json *json = common_json(item, part);

    exh_json_set_int(json, "video_packets", (int64_t)plan->video_packets);
    exh_json_set_int(json, "audio_packets", (int64_t)plan->audio_packets);
    exh_json_set_int(json, "key_frames", (int64_t)plan->key_frames);
    exh_json_set_int(json, "media_bytes", (int64_t)plan->media_bytes);
    exh_json_set_int(json, "leading_pictures_left_out", (int64_t)plan->leading_left_out);
    exh_json_set_bool(json, "reframed", plan->reframed);
    exh_json_set(json, "camera_signing", signing_json(plan));
    exh_json_set(json, "joins", joins_json(item, plan));
    exh_json_set(json, "times", times_json(&part->times));
    return json;
}

static struct exh_json *part_json(const struct exh_item *item, const struct exh_item_part *part)
{
    return item->mode == EXH_CLIP ? clip_json(item, part) : whole_json(item, part);
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
    exh_json_set_text(json, "start_from", exh_authority_name(segment->authority));
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
    exh_json_set_text(json, "latitude", item->camera->latitude);
    exh_json_set_text(json, "longitude", item->camera->longitude);
    exh_json_set_text(json, "source", item->source->id);
    exh_json_set_text(json, "path", item->camera->path);
    exh_json_set_text(json, "layout", item->source->layout);
    exh_json_set_text(json, "recorder_zone", item->source->zone);
    return json;
}

struct exh_json *exh_made_json(struct exh_moment made, const char *libraries, const char *cage,
                               const struct exh_strings *arguments, const struct exh_json *producer)
{
    struct exh_json *json = exh_json_object(), *words = exh_json_array();

    for (size_t i = 0; i < arguments->count; i++)
        exh_json_add_text(words, arguments->at[i]);
    set_moment(json, "time", made);
    exh_json_set_text(json, "program", EXH_PROGRAM);
    exh_json_set_text(json, "libraries", libraries);
    exh_json_set_text(json, "cage", cage);
    exh_json_set(json, "arguments", words);
    exh_json_set(json, "by", exh_json_copy(producer));
    return json;
}

static struct exh_json *parts_json(const struct exh_item *item)
{
    struct exh_json *parts = exh_json_array();

    for (size_t i = 0; i < item->part_count; i++)
        exh_json_add(parts, part_json(item, &item->parts[i]));
    return parts;
}

/* What only footage of our own cameras has. */
static void set_footage(struct exh_json *record, const struct exh_item *item)
{
    const struct exh_coverage *coverage = item->coverage;
    struct exh_json *segments = exh_json_array();

    for (size_t i = 0; i < item->coverage->segment_count; i++)
        exh_json_add(segments, segment_json(item, i));
    exh_json_set(record, "camera", camera_json(item));
    exh_json_set(record, "window", exh_window_json(coverage->window, item->zone));
    exh_json_set_int(record, "covered_ns", exh_coverage_length(coverage));
    exh_json_set_bool(record, "complete", coverage->gap_count == 0);
    exh_json_set_int(record, "gap_tolerance_ns", coverage->tolerance_ns);
    exh_json_set(record, "clock", exh_json_copy(item->clock));
    exh_json_set(record, "segments", segments);
    exh_json_set(record, "gaps", exh_gaps_json(item->coverage, item->zone));
    exh_json_set(record, "findings", exh_findings_json(item->coverage));
}

/* What was said of the device's clock: measured, in words, or nothing. */
static struct exh_json *handover_clock(const struct exh_handover *handover)
{
    if (handover->clock)
        return exh_json_copy(handover->clock);
    struct exh_json *clock = exh_json_object();
    exh_json_set_bool(clock, "checked", false);
    exh_json_set_text(clock, "statement", handover->time_statement ? handover->time_statement
                      : "nothing is known of the clock of the device that recorded it");
    return clock;
}

/* What only files from elsewhere have. */
static void set_handover(struct exh_json *record, const struct exh_item *item)
{
    const struct exh_handover *handover = item->handover;
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "from", handover->from);
    exh_json_set_text(json, "organisation", handover->organisation);
    set_moment(json, "received", handover->received);
    set_local(json, "received_local", handover->received, item->zone);
    exh_json_set_text(json, "method", handover->method);
    exh_json_set_text(json, "description", handover->description);
    exh_json_set(record, "handover", json);
    exh_json_set(record, "clock", handover_clock(handover));
    exh_json_set(record, "findings", exh_findings_json(item->coverage));
}

struct exh_json *exh_item_record(const struct exh_item *item)
{
    struct exh_json *record = exh_json_object();

    exh_json_set_int(record, "version", 1);
    exh_json_set_text(record, "exhibit", item->reference);
    exh_json_set_text(record, "item", "master");
    exh_json_set_text(record, "mode", exh_mode_name(item->mode));
    exh_json_set_text(record, "organisation", item->organisation);
    exh_json_set_text(record, "zone", item->zone);
    exh_json_set(record, "case", exh_json_copy(item->case_facts));
    exh_json_set(record, "made", exh_made_json(item->made, item->coverage->libraries, item->coverage->cage,
                                               &item->arguments, item->producer));
    exh_json_set(record, "parts", parts_json(item));
    if (item->mode == EXH_ADDED)
        set_handover(record, item);
    else
        set_footage(record, item);
    return record;
}
