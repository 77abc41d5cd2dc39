/* helper/answer: what the helper says, read without trust. */
#include "answer.h"

#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A frame holds at most 1 MiB; these bound what the caller loops over. */
enum { MOST_SPANS = 20000, MOST_TRACKS = 8, LARGEST = 32768, LONGEST_SENTENCE = 16384 };
static const int64_t LONGEST_NS = INT64_C(400) * 86400 * EXH_SECOND;      /* of a segment's own time */
static const int64_t LARGEST_FILE = INT64_C(1) << 52;

void exh_probe_clear(struct exh_probe *probe)
{
    free(probe->tracks);
    free(probe->spans);
    free(probe->problem);
    *probe = (struct exh_probe){ .tracks = NULL };
}

void exh_part_clear(struct exh_part *part)
{
    free(part->joins);
    free(part->problem);
    *part = (struct exh_part){ .joins = NULL };
}

static bool parse(const uint8_t *bytes, size_t size, enum exh_json_type type, struct exh_json **ret_value,
                  struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *value = NULL;

    if (!exh_json_parse((const char *)bytes, size, "the helper's answer", &value, err))
        return false;
    if (exh_json_type(value) != type)
        return exh_fail(err, EXH_MALFORMED, "the helper's answer is of another type");
    *ret_value = exh_steal(&value);
    return true;
}

static bool number(const struct exh_json *object, const char *name, int64_t least, int64_t most, int64_t *ret_number,
                   struct exh_error *err)
{
    int64_t value = 0;

    if (!exh_json_need_int(object, name, &value, err))
        return false;
    if (value < least || value > most)
        return exh_fail(err, EXH_MALFORMED, "the helper's '%s' is out of bounds", name);
    *ret_number = value;
    return true;
}

static bool small_number(const struct exh_json *object, const char *name, int least, int most, int *ret_number,
                         struct exh_error *err)
{
    int64_t value = 0;

    if (!number(object, name, least, most, &value, err))
        return false;
    *ret_number = (int)value;
    return true;
}

static bool count(const struct exh_json *object, const char *name, uint64_t *ret_count, struct exh_error *err)
{
    int64_t value = 0;

    if (!number(object, name, 0, LARGEST_FILE, &value, err))
        return false;
    *ret_count = (uint64_t)value;
    return true;
}

/* Names of codecs and containers are shown to people and used in file names: plain ASCII only. */
bool exh_helper_name(const struct exh_json *object, const char *member, size_t room, char *ret_words, struct exh_error *err)
{
    const char *words;

    if (!exh_json_need_text(object, member, &words, err))
        return false;
    for (const char *c = words; *c; c++)
        if (*c < ' ' || *c > '~')
            return exh_fail(err, EXH_MALFORMED, "the helper's '%s' is not plain text", member);
    if (strlen(words) >= room)
        return exh_fail(err, EXH_MALFORMED, "the helper's '%s' is too long", member);
    memcpy(ret_words, words, strlen(words) + 1);
    return true;
}

/* The helper may not fill a page with it. */
char *exh_helper_sentence(const struct exh_json *object, const char *member)
{
    const char *words = exh_json_text_or(object, member, NULL);

    return words ? exh_text_brief(words, LONGEST_SENTENCE) : NULL;
}

void exh_hello_clear(struct exh_hello *hello)
{
    free(hello->libraries);
    *hello = (struct exh_hello){ .libraries = NULL };
}

/* A helper that does not say whether it has a filter has none. */
static bool read_cage(const struct exh_json *from, struct exh_hello *hello, struct exh_error *err)
{
    const struct exh_json *cage = exh_json_get(from, "cage");

    if (!cage || exh_json_type(cage) != EXH_JSON_OBJECT)
        return exh_fail(err, EXH_MALFORMED, "the helper does not say which cage it is in");
    hello->seccomp = exh_json_bool_or(cage, "seccomp", false);
    return small_number(cage, "landlock", 0, LARGEST, &hello->landlock, err);
}

bool exh_answer_hello(const uint8_t *bytes, size_t size, struct exh_hello *ret_hello, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *from = NULL;
    struct exh_hello hello = { .libraries = NULL };
    char libraries[200];
    int64_t protocol;

    if (!parse(bytes, size, EXH_JSON_OBJECT, &from, err)
        || !number(from, "protocol", EXH_HELPER_PROTOCOL, EXH_HELPER_PROTOCOL, &protocol, err)
        || !exh_helper_name(from, "libraries", sizeof libraries, libraries, err) || !read_cage(from, &hello, err))
        return false;
    hello.libraries = exh_strdup(libraries);
    *ret_hello = hello;
    return true;
}

char *exh_hello_cage(const struct exh_hello *hello)
{
    if (hello->landlock && hello->seccomp)
        return exh_format("Landlock ABI %d and seccomp", hello->landlock);
    if (hello->landlock)
        return exh_format("Landlock ABI %d alone: the kernel has no seccomp filters", hello->landlock);
    return exh_strdup(hello->seccomp ? "seccomp alone: the kernel has no Landlock, or it is switched off"
                                     : "none: the kernel has neither Landlock nor seccomp filters");
}

static bool read_track(const struct exh_json *from, struct exh_track *track, struct exh_error *err)
{
    uint8_t digest[32];

    track->video = exh_json_bool_or(from, "video", false);
    if (!exh_helper_name(from, "codec", sizeof track->codec, track->codec, err)
        || !exh_helper_name(from, "profile", sizeof track->profile, track->profile, err)
        || !exh_helper_name(from, "parameters", sizeof track->parameters, track->parameters, err)
        || !small_number(from, "width", 0, LARGEST, &track->width, err)
        || !small_number(from, "height", 0, LARGEST, &track->height, err)
        || !small_number(from, "rate_numerator", 0, INT32_MAX, &track->rate_numerator, err)
        || !small_number(from, "rate_denominator", 1, INT32_MAX, &track->rate_denominator, err)
        || !small_number(from, "sample_rate", 0, INT32_MAX, &track->sample_rate, err)
        || !small_number(from, "channels", 0, LARGEST, &track->channels, err))
        return false;
    if (!track->codec[0] || !exh_unhex(digest, sizeof digest, track->parameters))
        return exh_fail(err, EXH_MALFORMED, "the helper's track has no codec or parameters");
    return true;
}

/* Reads at most @room tracks into @tracks. */
static bool read_tracks(const struct exh_json *from, struct exh_track *tracks, size_t room, size_t *ret_count,
                        struct exh_error *err)
{
    struct exh_json *array;

    if (!exh_json_need_array(from, "tracks", &array, err))
        return false;
    if (exh_json_count(array) > room)
        return exh_fail(err, EXH_MALFORMED, "the helper names %zu tracks", exh_json_count(array));
    for (size_t i = 0; i < exh_json_count(array); i++)
        if (!read_track(exh_json_at(array, i), &tracks[i], err))
            return false;
    *ret_count = exh_json_count(array);
    return true;
}

/* Spans begin at 0, have a length and are in order. */
static bool read_spans(const struct exh_json *from, struct exh_probe *probe, struct exh_error *err)
{
    struct exh_json *array;
    int64_t after = 0;

    if (!exh_json_need_array(from, "spans", &array, err))
        return false;
    size_t n = exh_json_count(array);
    if (n > MOST_SPANS)
        return exh_fail(err, EXH_MALFORMED, "the helper names %zu spans", n);
    probe->spans = exh_alloc(n * sizeof *probe->spans);
    for (size_t i = 0; i < n; i++) {
        const struct exh_json *span = exh_json_at(array, i);
        int64_t start = exh_json_as_int(exh_json_at(span, 0)), end = exh_json_as_int(exh_json_at(span, 1));
        if (exh_json_count(span) != 2 || start < after || end <= start || end > LONGEST_NS || (i == 0 && start != 0))
            return exh_fail(err, EXH_MALFORMED, "the helper's spans are not in order");
        probe->spans[probe->span_count++] = (struct exh_span){ start, end };
        after = end;
    }
    return true;
}

/* Unix time; 0 for null, and for what is no time of our age. */
static int64_t instant(const struct exh_json *object, const char *member)
{
    const int64_t last = INT64_C(9214646399) * EXH_SECOND;      /* 2261-12-31T23:59:59Z */
    int64_t ns = exh_json_int_or(object, member, 0);

    return ns > 0 && ns <= last ? ns : 0;
}

static bool has_video(const struct exh_probe *probe)
{
    for (size_t i = 0; i < probe->track_count; i++)
        if (probe->tracks[i].video)
            return true;
    return false;
}

static bool read_probe(const struct exh_json *found, struct exh_probe *probe, struct exh_error *err)
{
    probe->tracks = exh_alloc(MOST_TRACKS * sizeof *probe->tracks);
    if (!exh_helper_name(found, "container", sizeof probe->container, probe->container, err)
        || !read_tracks(found, probe->tracks, MOST_TRACKS, &probe->track_count, err)
        || !read_spans(found, probe, err)
        || !count(found, "packets", &probe->packets, err))
        return false;
    probe->starts_with_key = exh_json_bool_or(found, "starts_with_key", false);
    probe->own_rate_only = exh_json_bool_or(found, "own_rate_only", false);
    probe->box_ns = instant(found, "box_ns");
    probe->creation_ns = instant(found, "creation_ns");
    probe->longest_step_ns = exh_json_int_or(found, "longest_step_ns", 0);
    if (probe->longest_step_ns < 0 || probe->longest_step_ns > LONGEST_NS)
        return exh_fail(err, EXH_MALFORMED, "the helper's 'longest_step_ns' is out of bounds");
    probe->problem = exh_helper_sentence(found, "problem");
    probe->unread = exh_json_bool_or(found, "unread", false);
    if (!exh_helper_name(found, "signing", sizeof probe->signing, probe->signing, err))
        return false;
    if (probe->span_count ? !has_video(probe) : !probe->problem)
        return exh_fail(err, EXH_MALFORMED, "the helper's answer does not hang together");
    return true;
}

bool exh_answer_probe(const uint8_t *bytes, size_t size, struct exh_probe *ret_probe, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *found = NULL;
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = { .tracks = NULL };

    if (!parse(bytes, size, EXH_JSON_OBJECT, &found, err) || !read_probe(found, &probe, err))
        return false;
    *ret_probe = probe;
    probe = (struct exh_probe){ .tracks = NULL };
    return true;
}

bool exh_answer_need(const uint8_t *bytes, size_t size, size_t piece_count, size_t *ret_piece, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *need = NULL;
    int64_t piece = 0;

    if (!parse(bytes, size, EXH_JSON_OBJECT, &need, err)
        || !number(need, "piece", 0, (int64_t)piece_count - 1, &piece, err))
        return false;
    *ret_piece = (size_t)piece;
    return true;
}

/* True time of a piece's beginning and end, with room for rounding. */
static bool is_within(const struct exh_cut_piece *piece, int64_t true_ns)
{
    return true_ns >= piece->start_ns + piece->span.start_ns - EXH_SECOND
        && true_ns <= piece->start_ns + piece->span.end_ns + EXH_SECOND;
}

/* Joins name pieces in order, each once, at times that go forward. */
static bool add_join(const struct exh_json *join, const struct exh_cut *cut, size_t *next_piece, struct exh_part *part,
                     struct exh_error *err)
{
    int64_t piece = exh_json_as_int(exh_json_at(join, 0));
    int64_t part_ns = exh_json_as_int(exh_json_at(join, 1)), true_ns = exh_json_as_int(exh_json_at(join, 2));
    int64_t after = part->join_count ? part->joins[part->join_count - 1].part_ns : 0;

    if (exh_json_count(join) != 3 || piece < (int64_t)*next_piece || (uint64_t)piece >= cut->piece_count
        || part_ns < after || part_ns > LONGEST_NS || !is_within(&cut->pieces[piece], true_ns))
        return exh_fail(err, EXH_MALFORMED, "the helper's joins do not fit the pieces");
    *next_piece = (size_t)piece + 1;
    part->joins[part->join_count].segment = cut->pieces[piece].segment;
    part->joins[part->join_count].part_ns = part_ns;
    part->joins[part->join_count].true_ns = true_ns;
    part->join_count++;
    return true;
}

bool exh_answer_joins(const uint8_t *bytes, size_t size, const struct exh_cut *cut, size_t *next_piece,
                      struct exh_part *part, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *joins = NULL;

    if (!parse(bytes, size, EXH_JSON_ARRAY, &joins, err))
        return false;
    size_t n = exh_json_count(joins);
    if (n == 0)                          /* could go on without end */
        return exh_fail(err, EXH_MALFORMED, "the helper names no joins");
    if (n > cut->piece_count - part->join_count)
        return exh_fail(err, EXH_MALFORMED, "the helper names more joins than pieces");
    part->joins = exh_realloc_array(part->joins, part->join_count + n, sizeof *part->joins);
    for (size_t i = 0; i < n; i++)
        if (!add_join(exh_json_at(joins, i), cut, next_piece, part, err))
            return false;
    return true;
}

/* The part lies where its pieces do and meets the window; what lies outside the window follows. */
static bool check_times(const struct exh_cut *cut, struct exh_part *part, struct exh_error *err)
{
    const struct exh_cut_piece *last = &cut->pieces[cut->piece_count - 1];

    if (part->join_count == 0 || part->first_ns != part->joins[0].true_ns)
        return exh_fail(err, EXH_MALFORMED, "the helper's part does not begin where its first join says");
    if (part->first_ns >= cut->to_ns || part->end_ns <= cut->from_ns || part->end_ns <= part->first_ns
        || part->end_ns > last->start_ns + last->span.end_ns + EXH_SECOND)
        return exh_fail(err, EXH_MALFORMED, "the helper's part lies outside the window or the footage");
    if (cut->begin_ns && part->first_ns > cut->begin_ns)
        return exh_fail(err, EXH_MALFORMED, "the helper's part begins behind the end of the one before");
    part->lead_in_ns = part->first_ns < cut->from_ns ? cut->from_ns - part->first_ns : 0;
    part->tail_ns = part->end_ns > cut->to_ns ? part->end_ns - cut->to_ns : 0;
    return true;
}

/* Where the next part begins: in a piece that was sent, behind what this one delivers. */
static bool read_continuation(const struct exh_json *from, const struct exh_cut *cut, struct exh_part *part,
                              struct exh_error *err)
{
    int64_t piece = 0;

    part->goes_on = exh_json_bool_or(from, "goes_on", false);
    if (!part->goes_on)
        return true;
    if (!number(from, "next_piece", 0, (int64_t)cut->piece_count - 1, &piece, err)
        || !number(from, "next_ns", part->first_ns + 1, cut->to_ns - 1, &part->next_ns, err))
        return false;
    part->next_piece = (size_t)piece;
    if (!is_within(&cut->pieces[piece], part->next_ns))
        return exh_fail(err, EXH_MALFORMED, "the helper's part goes on outside its pieces");
    return true;
}

bool exh_answer_part(const uint8_t *bytes, size_t size, const struct exh_cut *cut, struct exh_part *part,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *from = NULL;

    if (!parse(bytes, size, EXH_JSON_OBJECT, &from, err)
        || !count(from, "size", &part->size, err)
        || !exh_helper_name(from, "suffix", sizeof part->suffix, part->suffix, err)
        || !read_tracks(from, part->tracks, EXH_COUNT(part->tracks), &part->track_count, err)
        || !count(from, "video_packets", &part->video_packets, err)
        || !count(from, "audio_packets", &part->audio_packets, err)
        || !count(from, "key_frames", &part->key_frames, err)
        || !count(from, "media_bytes", &part->media_bytes, err)
        || !count(from, "leading_left_out", &part->leading_left_out, err)
        || !number(from, "first_ns", INT64_MIN, INT64_MAX, &part->first_ns, err)
        || !number(from, "end_ns", INT64_MIN, INT64_MAX, &part->end_ns, err)
        || !check_times(cut, part, err))
        return false;
    if (!exh_helper_name(from, "signing", sizeof part->signing, part->signing, err)
        || !count(from, "signed_groups", &part->signed_groups, err)
        || !number(from, "unsigned_end_ns", 0, part->end_ns - part->first_ns, &part->unsigned_end_ns, err)
        || !read_continuation(from, cut, part, err))
        return false;
    part->reframed = exh_json_bool_or(from, "reframed", false);
    part->problem = exh_helper_sentence(from, "problem");
    if (part->video_packets == 0 || part->track_count == 0 || part->key_frames > part->video_packets
        || part->media_bytes >= part->size || (!part->signing[0] && (part->signed_groups || part->unsigned_end_ns))
        || (strcmp(part->suffix, "mp4") && strcmp(part->suffix, "mkv")))
        return exh_fail(err, EXH_MALFORMED, "the helper's part does not hang together");
    return true;
}

static uint64_t get_number(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

bool exh_answer_runs(const uint8_t *bytes, size_t size, const struct exh_cut *cut, const struct exh_part_sink *sink,
                     uint64_t *left, struct exh_error *own, struct exh_error *err)
{
    if (size == 0 || size % EXH_HELPER_RUN_SIZE)
        return exh_fail(err, EXH_MALFORMED, "the helper's list of runs is cut off");
    for (size_t i = 0; i < size; i += EXH_HELPER_RUN_SIZE) {
        uint64_t piece = get_number(bytes + i), offset = get_number(bytes + i + 8), length = get_number(bytes + i + 16);
        if (piece >= cut->piece_count)
            return exh_fail(err, EXH_MALFORMED, "the helper's run names a segment that was not planned");
        if (length == 0 || length > *left || offset > INT64_MAX - length)
            return exh_fail(err, EXH_MALFORMED, "the helper's run is larger than what was planned");
        *left -= length;
        if (!sink->run(sink->context, cut->pieces[piece].segment, offset, length, own))
            return false;
    }
    return true;
}

bool exh_answer_failed(const uint8_t *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *failed = NULL;

    if (!parse(bytes, size, EXH_JSON_OBJECT, &failed, err))
        return false;
    EXH_CLEANUP(exh_freep) char *why = exh_helper_sentence(failed, "why");
    int64_t kind = exh_json_int_or(failed, "kind", EXH_IO);
    if (!why || (kind != EXH_NO && kind != EXH_MALFORMED && kind != EXH_REFUSED))
        kind = EXH_IO;
    return exh_fail(err, (enum exh_kind)kind, "%s", why ? why : "the reader failed and does not say why");
}
