/* damage: where a file differs from what was sealed: which pieces, and about what time of the footage they hold. */
#include "contents.h"

#include "exhibit/moment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The part of the record that a file is, the record, and the people's zone. */
struct telling { const struct exh_json *part, *record; const char *zone; };

static const struct exh_json *part_in(const struct exh_json *record, const char *file)
{
    return exh_json_find(exh_json_get(record, "parts"), "file", file);
}

/* What a record says may be anything. */
static const char *zone_of(const struct exh_json *record)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;
    const char *zone = exh_json_text_or(record, "zone", "UTC");

    return exh_zone_check(zone, &unknown) ? zone : "UTC";
}

static struct telling find_part(const struct exh_judging *judging, const char *file)
{
    const struct exh_package_report *report = judging->report;
    struct telling telling = { .part = part_in(report->record, file), .record = report->record };

    for (size_t i = 0; !telling.part && i < report->exhibit_count; i++) {
        telling.record = report->exhibits[i].record;
        telling.part = part_in(telling.record, file);
    }
    telling.zone = zone_of(telling.record);
    return telling;
}

/* ---- bytes and times ---- */

/* A stretch of a file in which bytes and time go on alike, near enough to say "about": what one segment gave to it. */
struct pace { int64_t from, to; uint64_t first, size; };

static int64_t time_in(const struct pace *pace, uint64_t offset)
{
    if (offset <= pace->first)
        return pace->from;
    if (offset - pace->first >= pace->size)
        return pace->to;
    return pace->from + (int64_t)(((double)pace->to - (double)pace->from) * ((double)(offset - pace->first) / (double)pace->size));
}

/* The bytes that the next segment of that name gave, in one run or several; 0: there is none. Joins and segments stand in one
 * order, so each is looked at once. */
static uint64_t bytes_of_next(const struct telling *telling, const char *name, size_t *at)
{
    const struct exh_json *segments = exh_json_get(telling->record, "segments");
    const char *file = exh_json_text_or(telling->part, "file", "");
    uint64_t bytes = 0;

    while (*at < exh_json_count(segments) && strcmp(exh_json_text_or(exh_json_at(segments, *at), "name", ""), name) != 0)
        ++*at;
    const struct exh_json *runs = exh_json_get(exh_json_at(segments, *at), "runs");
    for (size_t i = 0; i < exh_json_count(runs); i++)
        if (strcmp(exh_json_text_or(exh_json_at(runs, i), "part", ""), file) == 0)
            bytes += (uint64_t)exh_json_int_or(exh_json_at(runs, i), "length", 0);
    return bytes;
}

static bool read_time(const struct exh_json *json, const char *name, int64_t *ret_ns)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    struct exh_moment moment;

    if (!exh_moment_parse_utc(exh_json_text_or(json, name, ""), &moment, &unread))
        return false;
    *ret_ns = moment.ns;
    return true;
}

/* The whole part. In front of what the segments gave stand the container's tables. */
static bool whole_pace(const struct telling *telling, struct pace *ret_pace)
{
    int64_t size = exh_json_int_or(telling->part, "size", 0), media = exh_json_int_or(telling->part, "media_bytes", size);

    ret_pace->first = media > 0 && media <= size ? (uint64_t)(size - media) : 0;
    ret_pace->size = (uint64_t)size - ret_pace->first;
    return size > 0 && read_time(telling->part, "from", &ret_pace->from) && read_time(telling->part, "to", &ret_pace->to);
}

/* All that the segments of the part gave; 0 where the record does not say it of each. */
static uint64_t bytes_of_all(const struct telling *telling)
{
    const struct exh_json *joins = exh_json_get(telling->part, "joins");
    uint64_t all = 0;
    size_t segment = 0;

    for (size_t i = 0; i < exh_json_count(joins); i++) {
        uint64_t bytes = bytes_of_next(telling, exh_json_text_or(exh_json_at(joins, i), "segment", ""), &segment);
        if (bytes == 0 || bytes > INT64_MAX - all)
            return 0;
        all += bytes;
    }
    return all;
}

/* From one join to the next. */
static bool join_times(const struct telling *telling, size_t index, int64_t end, struct pace *ret_pace)
{
    const struct exh_json *joins = exh_json_get(telling->part, "joins");

    ret_pace->to = end;
    return read_time(exh_json_at(joins, index), "true_time", &ret_pace->from)
        && (index + 1 == exh_json_count(joins) || read_time(exh_json_at(joins, index + 1), "true_time", &ret_pace->to));
}

/* The segment that gave the byte at @offset narrows the part's pace down; one beyond the end is the last's. Between packets
 * a segment has bytes of its own container, which the part has not: so each gave as much of the part as of all that was read.
 * Where that is much more than the part holds, nobody knows which gave what. */
static struct pace pace_at(const struct telling *telling, struct pace whole, uint64_t offset)
{
    const struct exh_json *joins = exh_json_get(telling->part, "joins");
    uint64_t all = bytes_of_all(telling), before = 0;
    size_t segment = 0;

    for (size_t i = 0; all && all - all / 16 <= whole.size && i < exh_json_count(joins); i++) {
        uint64_t bytes = bytes_of_next(telling, exh_json_text_or(exh_json_at(joins, i), "segment", ""), &segment);
        struct pace one = { .first = whole.first + (uint64_t)((double)whole.size * (double)before / (double)all),
                            .size = (uint64_t)((double)whole.size * (double)bytes / (double)all) };
        if (!join_times(telling, i, whole.to, &one))
            return whole;
        if (offset < one.first + one.size || i + 1 == exh_json_count(joins))
            return one;
        before += bytes;
    }
    return whole;
}

static int64_t second_before(int64_t ns)
{
    int64_t over = ns % EXH_SECOND;

    return ns - (over < 0 ? over + EXH_SECOND : over);
}

static int64_t second_after(int64_t ns)
{
    return second_before(ns + EXH_SECOND - 1);
}

static void add_stretch_of_time(struct exh_text *words, const char *lead, int64_t from, int64_t to, const char *zone)
{
    char first[EXH_MOMENT_SIZE], last[EXH_MOMENT_SIZE];

    exh_moment_local((struct exh_moment){ from }, zone, first);
    exh_moment_local((struct exh_moment){ to }, zone, last);
    exh_text_printf(words, "%s%s to %s", lead, first, last);
}

/* The record knows for certain in which segments, and supposes where in them: pictures that move take more bytes. */
static void add_times(struct exh_text *words, const struct telling *telling, size_t first_piece, size_t last_piece)
{
    enum { MARGIN = EXH_PIECE / 64 };    /* where a segment begins in the part is known to a few KiB */
    uint64_t begin = (uint64_t)first_piece * EXH_PIECE, end = ((uint64_t)last_piece + 1) * EXH_PIECE;
    struct pace whole;

    if (!telling->part || !whole_pace(telling, &whole))
        return;
    struct pace first = pace_at(telling, whole, begin), last = pace_at(telling, whole, end - 1);
    int64_t about_from = second_before(time_in(&first, begin)), about_to = second_after(time_in(&last, end));
    int64_t from = second_before(pace_at(telling, whole, begin > MARGIN ? begin - MARGIN : 0).from);
    int64_t to = second_after(pace_at(telling, whole, end + MARGIN).to);
    add_stretch_of_time(words, ", footage of ", from, to, telling->zone);
    if (about_to - about_from < (to - from) / 4 * 3)
        add_stretch_of_time(words, ", about ", about_from, about_to, telling->zone);
}

static void tell_times(void *context, struct exh_text *words, size_t first, size_t last)
{
    add_times(words, context, first, last);
}

/* ---- in words ---- */

/* Without piece hashes it may be anywhere. */
static char *somewhere(const struct telling *telling)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    add_times(&words, telling, 0, (size_t)exh_json_int_or(telling->part, "size", 0) / EXH_PIECE);
    return words.size ? exh_format("somewhere in it%s", words.bytes) : NULL;
}

/* What is left of a file may be so small that it was not cut: then it is one piece. */
static char *in_pieces(const struct exh_found *found, const struct exh_pieces_file *ought, struct telling *telling)
{
    char digest[1][EXH_SHA256_DIGITS];
    struct exh_pieces whole = { digest, found->size ? 1 : 0 };

    memcpy(digest[0], found->digest, sizeof digest[0]);
    return exh_pieces_difference(found->pieces.count ? &found->pieces : &whole, &ought->pieces, tell_times, telling);
}

/* The size it should have, from its pieces or else from the record; its own where neither says. */
static uint64_t sealed_size(const struct exh_found *found, const struct exh_pieces_file *ought, const struct telling *telling)
{
    return ought ? ought->size : (uint64_t)exh_json_int_or(telling->part, "size", (int64_t)found->size);
}

char *exh_judging_damage(const struct exh_judging *judging, const struct exh_found *found)
{
    const struct exh_pieces_file *ought = exh_pieces_list_find(&judging->pieces, found->name);
    struct telling telling = find_part(judging, found->name);
    uint64_t size = sealed_size(found, ought, &telling);
    EXH_CLEANUP(exh_freep) char *where = ought ? in_pieces(found, ought, &telling) : telling.part ? somewhere(&telling) : NULL;

    if (size == found->size)
        return exh_steal(&where);
    return exh_format("it has %" PRIu64 " bytes, and had %" PRIu64 "%s%s", found->size, size, where ? ": " : "", where ? where : "");
}
