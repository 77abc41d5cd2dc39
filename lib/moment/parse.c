/* parse: times as people type them, and as our own formats write them. */
#include "calendar.h"

#include "exhibit/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_TIME = 64 };

/* How a typed time says which clock it is read from. */
enum reckoning { OF_ZONE, BY_OFFSET, BY_NAME };

/* A time as typed, taken apart. */
struct typed {
    struct exh_calendar calendar;
    bool with_seconds;           /* seconds were typed */
    enum reckoning reckoning;
    int offset;                  /* BY_OFFSET: seconds east of UTC */
    char name[16];               /* BY_NAME */
};

/* ---- taking the words apart ---- */

/* Takes exactly @count digits. */
static bool take_digits(const char **at, int count, int *ret_number)
{
    int number = 0;

    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    *at += count;
    *ret_number = number;
    return true;
}

static bool take_one(const char **at, const char *of)
{
    if (**at == '\0' || !strchr(of, **at))
        return false;
    (*at)++;
    return true;
}

/* Up to nine digits after a point. */
static bool take_fraction(const char **at, int32_t *ret_nanosecond)
{
    int32_t fraction = 0, digits = 0;

    while (**at >= '0' && **at <= '9' && digits < 9) {
        fraction = fraction * 10 + (*(*at)++ - '0');
        digits++;
    }
    for (int32_t i = digits; i < 9; i++)
        fraction *= 10;
    *ret_nanosecond = fraction;
    return digits > 0 && !(**at >= '0' && **at <= '9');
}

static bool take_date(const char **at, struct exh_calendar *c)
{
    return take_digits(at, 4, &c->year) && take_one(at, "-")
        && take_digits(at, 2, &c->month) && take_one(at, "-") && take_digits(at, 2, &c->day);
}

static bool take_clock(const char **at, struct exh_calendar *c, bool *ret_with_seconds)
{
    if (!take_digits(at, 2, &c->hour) || !take_one(at, ":") || !take_digits(at, 2, &c->minute))
        return false;
    *ret_with_seconds = take_one(at, ":");
    if (!*ret_with_seconds)
        return true;
    return take_digits(at, 2, &c->second) && (!take_one(at, ".") || take_fraction(at, &c->nanosecond));
}

/* +01:00, -0300 or +11, to the end. */
static bool take_offset(const char *at, int *ret_offset)
{
    int sign = *at == '-' ? -1 : 1, hours, minutes = 0;

    if (!take_one(&at, "+-") || !take_digits(&at, 2, &hours))
        return false;
    if ((take_one(&at, ":") || *at) && !take_digits(&at, 2, &minutes))
        return false;
    *ret_offset = sign * (hours * 3600 + minutes * 60);
    return *at == '\0' && hours <= 23 && minutes <= 59;
}

static bool take_name(const char *at, char ret_name[16])
{
    size_t size = strlen(at);

    if (size < 1 || size > 15
        || strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != size)
        return false;
    memcpy(ret_name, at, size + 1);
    return true;
}

/* What follows the clock time: nothing, 'Z', an offset, or a name. */
static bool take_reckoning(const char *at, struct typed *typed)
{
    if (*at == '\0')
        return true;
    (void)take_one(&at, " ");
    typed->reckoning = BY_OFFSET;
    if (strcasecmp(at, "Z") == 0 || strcasecmp(at, "UTC") == 0 || take_offset(at, &typed->offset))
        return true;
    typed->reckoning = BY_NAME;
    return take_name(at, typed->name);
}

static bool take_apart(const char *words, struct typed *typed)
{
    const char *at = words;

    *typed = (struct typed){ .reckoning = OF_ZONE };
    return strnlen(words, LONGEST_TIME + 1) <= LONGEST_TIME
        && take_date(&at, &typed->calendar) && take_one(&at, " T")
        && take_clock(&at, &typed->calendar, &typed->with_seconds)
        && take_reckoning(at, typed);
}

/* What was typed, fit for a message whatever it was. */
static char *quotable(const char *words)
{
    EXH_CLEANUP(exh_freep) char *beginning = exh_strndup(words, LONGEST_TIME);

    return exh_text_printable(beginning);
}

/* ---- naming candidates ---- */

/* "2025-10-26 01:30", with seconds only where there are any. */
static void bare_words(const struct exh_calendar *c, bool with_seconds, char ret_words[EXH_MOMENT_SIZE])
{
    char fraction[16];
    int used = snprintf(ret_words, EXH_MOMENT_SIZE, "%04d-%02d-%02d %02d:%02d",
                        c->year, c->month, c->day, c->hour, c->minute);

    exh_fraction_words(c->nanosecond, fraction);
    if (with_seconds || c->second || c->nanosecond)
        snprintf(ret_words + used, EXH_MOMENT_SIZE - (size_t)used, ":%02d%s", c->second, fraction);
}

/* "2025-10-26 01:30:00 UTC": with its date, which is not always the local one. */
static void utc_words(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE])
{
    struct exh_calendar c;
    char whole[EXH_MOMENT_SIZE];

    exh_zone_calendar(moment, "UTC", &c, NULL, NULL);
    bare_words(&c, true, whole);
    snprintf(ret_words, EXH_MOMENT_SIZE, "%.*s UTC", EXH_MOMENT_SIZE - 5, whole);
}

/* A way to write @moment that can be read in one way only: 'TIME NAME' (UTC); by the offset where
 * the name alone would not do. */
static char *candidate_words(struct exh_moment moment, const char *zone, bool with_seconds, bool by_offset)
{
    struct exh_calendar c;
    char name[16], local[EXH_MOMENT_SIZE], utc[EXH_MOMENT_SIZE];
    int offset;

    exh_zone_calendar(moment, zone, &c, &offset, name);
    bare_words(&c, with_seconds, local);
    utc_words(moment, utc);
    if (!by_offset)
        return exh_format("'%s %s' (%s)", local, name, utc);
    int size = offset < 0 ? -offset : offset;
    return exh_format("'%s %c%02d:%02d' (%s)", local, offset < 0 ? '-' : '+', size / 3600, size / 60 % 60, utc);
}

/* True when the zone has one name for both moments. */
static bool names_do_not_tell(const struct exh_moment moments[2], const char *zone)
{
    struct exh_calendar c;
    char first[16], second[16];

    exh_zone_calendar(moments[0], zone, &c, NULL, first);
    exh_zone_calendar(moments[1], zone, &c, NULL, second);
    return strcmp(first, second) == 0;
}

/* "write A or B". */
static char *either_words(const struct exh_moment moments[2], const char *zone, bool with_seconds)
{
    bool by_offset = names_do_not_tell(moments, zone);
    EXH_CLEANUP(exh_freep) char *first = candidate_words(moments[0], zone, with_seconds, by_offset);
    EXH_CLEANUP(exh_freep) char *second = candidate_words(moments[1], zone, with_seconds, by_offset);

    return exh_format("write %s or %s", first, second);
}

/* ---- refusals ---- */

static bool refuse_ambiguous(const char *words, const struct typed *typed, const char *zone,
                             const struct exh_moment moments[2], struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *either = either_words(moments, zone, typed->with_seconds);

    return exh_fail(err, EXH_USAGE, "'%s' happened twice in %s: %s", words, zone, either);
}

static bool refuse_skipped(const char *words, const struct typed *typed, const char *zone, struct exh_error *err)
{
    struct exh_calendar c;
    struct exh_moment moments[2], change;
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];
    int before;

    exh_zone_skipped(&typed->calendar, zone, moments, &change);
    EXH_CLEANUP(exh_freep) char *either = either_words(moments, zone, typed->with_seconds);
    exh_zone_calendar((struct exh_moment){ change.ns - EXH_SECOND }, zone, &c, &before, NULL);
    exh_zone_calendar(change, zone, &c, NULL, NULL);
    bare_words(&c, false, to);
    /* What they would have shown at the change, had there been none. */
    exh_zone_calendar((struct exh_moment){ change.ns + before * EXH_SECOND }, "UTC", &c, NULL, NULL);
    bare_words(&c, false, from);
    int date = strncmp(from, to, 10) == 0 ? 11 : 0;
    return exh_fail(err, EXH_USAGE, "'%s' never was in %s, clocks went from %s to %s: %s",
                    words, zone, from + date, to + date, either);
}

/* The name typed is not what clocks there used then: show what they used. */
static bool refuse_name(const char *words, const struct typed *typed, const char *zone,
                        const struct exh_moment *moments, size_t count, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *remedy = count == 2
        ? either_words(moments, zone, typed->with_seconds)
        : candidate_words(moments[0], zone, typed->with_seconds, false);

    return exh_fail(err, EXH_USAGE, "'%s': clocks in %s did not show %s then: %s%s, or give the offset from UTC "
                    "in place of the name", words, zone, typed->name, count == 2 ? "" : "write ", remedy);
}

/* ---- reading ---- */

/* Keeps those of @moments at which @zone's clocks went by @name. */
static size_t keep_named(struct exh_moment moments[2], size_t count, const char *zone, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct exh_calendar c;
        char used[16];
        exh_zone_calendar(moments[i], zone, &c, NULL, used);
        if (strcasecmp(used, name) == 0)
            moments[kept++] = moments[i];
    }
    return kept;
}

static bool resolve(const char *words, const struct typed *typed, const char *zone,
                    struct exh_moment *ret_moment, struct exh_error *err)
{
    bool by_offset = typed->reckoning == BY_OFFSET, by_name = typed->reckoning == BY_NAME;
    struct exh_moment all[2], moments[2];
    size_t found = exh_zone_instants(&typed->calendar, by_offset ? "UTC" : zone, all);

    memcpy(moments, all, sizeof moments);
    size_t left = by_name ? keep_named(moments, found, zone, typed->name) : found;
    if (found == 0)
        return refuse_skipped(words, typed, zone, err);
    if (left == 0)
        return refuse_name(words, typed, zone, all, found, err);
    if (left == 2)
        return refuse_ambiguous(words, typed, zone, moments, err);
    *ret_moment = (struct exh_moment){ moments[0].ns - typed->offset * EXH_SECOND };
    return true;
}

bool exh_moment_parse(const char *words, const char *zone, struct exh_moment *ret_moment, struct exh_error *err)
{
    struct typed typed;

    if (!exh_zone_check(zone, err))
        return false;
    EXH_CLEANUP(exh_freep) char *shown = quotable(words);
    if (!take_apart(words, &typed))
        return exh_fail(err, EXH_USAGE, "cannot read the time '%s': write it like '2021-12-05 21:10', "
                        "'2021-12-05 21:10:00.250 GMT' or '2021-12-05T21:10:00Z'", shown);
    if (!exh_calendar_is_valid(&typed.calendar))
        return exh_fail(err, EXH_USAGE, "there is no such time as '%s': give a day of the calendar in the years "
                        "%d to %d and a time of day", shown, EXH_YEAR_FIRST, EXH_YEAR_LAST);
    return resolve(shown, &typed, zone, ret_moment, err);
}

/* RFC 3339 in UTC, seconds and all, and nothing else. */
static bool take_utc(const char *words, struct exh_calendar *calendar)
{
    const char *at = words;
    bool with_seconds;

    *calendar = (struct exh_calendar){ 0 };
    return take_date(&at, calendar) && take_one(&at, "T")
        && take_clock(&at, calendar, &with_seconds) && with_seconds
        && strcmp(at, "Z") == 0 && exh_calendar_is_valid(calendar);
}

bool exh_moment_parse_utc(const char *words, struct exh_moment *ret_moment, struct exh_error *err)
{
    struct exh_calendar calendar;
    struct exh_moment moments[2];

    if (!take_utc(words, &calendar)) {
        EXH_CLEANUP(exh_freep) char *shown = quotable(words);
        return exh_fail(err, EXH_MALFORMED, "'%s' is not an instant in UTC such as '2021-12-05T21:10:00Z'", shown);
    }
    (void)exh_zone_instants(&calendar, "UTC", moments);
    *ret_moment = moments[0];
    return true;
}

/* ---- lengths ---- */

static bool take_unit(const char *at, int64_t *ret_ns)
{
    static const struct { const char *name; int64_t ns; } units[] = { { "ms", 1000000 }, { "s", EXH_SECOND }, { "min", 60 * EXH_SECOND } };

    for (size_t i = 0; i < EXH_COUNT(units); i++)
        if (strcmp(at, units[i].name) == 0) {
            *ret_ns = units[i].ns;
            return true;
        }
    return false;
}

/* "1s", "0.5 s", "200ms", "2min". Eight digits of the largest unit fit into 64 bits. */
static bool take_length(const char *at, int64_t *ret_ns)
{
    int64_t whole = 0, unit;
    int32_t fraction = 0;
    int digits = 0;

    for (; *at >= '0' && *at <= '9' && digits < 8; digits++)
        whole = 10 * whole + (*at++ - '0');
    if (digits == 0 || (take_one(&at, ".") && !take_fraction(&at, &fraction)))
        return false;
    (void)take_one(&at, " ");
    if (!take_unit(at, &unit))
        return false;
    *ret_ns = whole * unit + fraction * (unit / 1000000) / 1000;
    return true;
}

bool exh_duration_parse(const char *words, int64_t most_ns, int64_t *ret_ns, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *shown = quotable(words);
    char most[EXH_MOMENT_SIZE];
    int64_t ns;

    if (!take_length(words, &ns))
        return exh_fail(err, EXH_USAGE, "cannot read the length of time '%s': write it like '1s', '0.5s', '200ms' or '2min'", shown);
    exh_duration_words(most_ns, most);
    if (ns > most_ns)
        return exh_fail(err, EXH_USAGE, "'%s' is more than %s", shown, most);
    *ret_ns = ns;
    return true;
}
