/* damage: where a file differs from what was sealed: which pieces, and about what time of the footage they hold. */
#include "contents.h"

#include "exhibit/moment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The part of the record that a file is, and the people's zone. */
struct telling { const struct exh_json *part; const char *zone; };

static const struct exh_json *part_in(const struct exh_json *record, const char *file)
{
    const struct exh_json *parts = exh_json_get(record, "parts");

    for (size_t i = 0; i < exh_json_count(parts); i++)
        if (strcmp(exh_json_text_or(exh_json_at(parts, i), "file", ""), file) == 0)
            return exh_json_at(parts, i);
    return NULL;
}

/* What a record says may be anything. */
static const char *zone_of(const struct exh_json *record)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;
    const char *zone = exh_json_text_or(record, "zone", "UTC");

    return exh_zone_check(zone, &unknown) ? zone : "UTC";
}

static const struct exh_json *find_part(const struct exh_judging *judging, const char *file, const char **ret_zone)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_json *part = part_in(report->record, file);

    *ret_zone = zone_of(report->record);
    for (size_t i = 0; !part && i < report->exhibit_count; i++) {
        part = part_in(report->exhibits[i].record, file);
        *ret_zone = zone_of(report->exhibits[i].record);
    }
    return part;
}

/* Bytes and time go on alike within a part, near enough to say "about": that is what the record gives. */
static int64_t time_at(int64_t from, int64_t to, uint64_t offset, uint64_t size)
{
    return offset >= size ? to : from + (int64_t)(((double)to - (double)from) * ((double)offset / (double)size));
}

static void add_times(struct exh_text *words, const struct telling *telling, size_t first_piece, size_t last_piece)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    uint64_t size = (uint64_t)exh_json_int_or(telling->part, "size", 0);
    struct exh_moment from, to;
    char first[EXH_MOMENT_SIZE], last[EXH_MOMENT_SIZE];

    if (!size || !exh_moment_parse_utc(exh_json_text_or(telling->part, "from", ""), &from, &ignored)
        || !exh_moment_parse_utc(exh_json_text_or(telling->part, "to", ""), &to, &ignored))
        return;
    struct exh_moment begin = { time_at(from.ns, to.ns, (uint64_t)first_piece * EXH_PIECE, size) };
    struct exh_moment end = { time_at(from.ns, to.ns, (uint64_t)(last_piece + 1) * EXH_PIECE, size) };
    begin.ns -= begin.ns % EXH_SECOND;
    end.ns -= end.ns % EXH_SECOND;
    exh_moment_local(begin, telling->zone, first);
    exh_moment_local(end, telling->zone, last);
    exh_text_printf(words, ", footage of about %s to %s", first, last);
}

static void tell_times(void *context, struct exh_text *words, size_t first, size_t last)
{
    add_times(words, context, first, last);
}

/* A file that fits into one piece is that piece. */
static char *of_small(const struct telling *telling)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    add_times(&words, telling, 0, 0);
    return words.size ? exh_format("somewhere in it%s", words.bytes) : NULL;
}

char *exh_judging_damage(const struct exh_judging *judging, const struct exh_found *found)
{
    const struct exh_pieces_file *ought = exh_pieces_list_find(&judging->pieces, found->name);
    struct telling telling;

    telling.part = find_part(judging, found->name, &telling.zone);
    if (ought && found->pieces.count)
        return exh_pieces_difference(&found->pieces, &ought->pieces, tell_times, &telling);
    return telling.part ? of_small(&telling) : NULL;
}
