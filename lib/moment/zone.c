/* zone: what clocks of the system's time zones show.
 *
 * The C library knows one zone at a time, the one TZ names. So TZ is switched, asked and put back,
 * under a lock. A zone without a file would silently be UTC: exh_zone_check finds that out.
 */
#include "calendar.h"

#include "exhibit/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LONGEST_ZONE = 100,
    /* No zone ever was further from UTC than 15 h 14 min; a change of a whole day has happened. */
    FARTHEST = 16 * 3600,
    WITHIN_A_CHANGE = 2 * 24 * 3600,
};

static pthread_mutex_t tz_lock = PTHREAD_MUTEX_INITIALIZER;

/* TZ as it was, to be put back by leave_zone. */
struct visit { char *before; };

static void enter_zone(struct visit *visit, const char *zone)
{
    char setting[LONGEST_ZONE + 2];

    snprintf(setting, sizeof setting, ":%s", zone);
    pthread_mutex_lock(&tz_lock);
    visit->before = exh_strdup(getenv("TZ"));
    setenv("TZ", setting, 1);
    tzset();
}

static void leave_zone(struct visit *visit)
{
    if (visit->before)
        setenv("TZ", visit->before, 1);
    else
        unsetenv("TZ");
    tzset();
    free(visit->before);
    pthread_mutex_unlock(&tz_lock);
}

static bool is_utc(const char *zone)
{
    return strcmp(zone, "UTC") == 0;
}

static bool is_safe_name(const char *zone)
{
    size_t size = strlen(zone);

    return size > 0 && size <= LONGEST_ZONE
        && strspn(zone, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == size
        && zone[0] != '/' && zone[0] != '-' && zone[size - 1] != '/' && !strstr(zone, "//")
        /* These count leap seconds, and so disagree with every clock. */
        && strncmp(zone, "right/", 6) != 0;
}

static const char *zone_directory(void)
{
    const char *named = getenv("TZDIR");

    return named && *named ? named : "/usr/share/zoneinfo";
}

/* True when @path is a compiled zone: it begins with the magic of RFC 8536. */
static bool is_zone_file(const char *path)
{
    char magic[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return false;
    ssize_t got = pread(fd, magic, sizeof magic, 0);
    close(fd);
    return got == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}

bool exh_zone_check(const char *zone, struct exh_error *err)
{
    const char *directory = zone_directory();
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%.*s", directory, LONGEST_ZONE, zone);

    if (is_utc(zone) || (is_safe_name(zone) && is_zone_file(path)))
        return true;
    if (access(directory, F_OK) != 0)
        return exh_fail(err, EXH_USAGE, "time zone '%.*s' is not known here, for there is no %s: install the "
                        "package tzdata, or use 'UTC'", LONGEST_ZONE, zone, directory);
    return exh_fail(err, EXH_USAGE, "unknown time zone '%.*s': give a name of the time zone database "
                    "such as 'Europe/London', or 'UTC'", LONGEST_ZONE, zone);
}

/* Within a visit only. */
static int offset_at(int64_t seconds)
{
    struct tm fields = { 0 };
    time_t at = (time_t)seconds;

    localtime_r(&at, &fields);
    return (int)fields.tm_gmtoff;
}

static void fields_at(int64_t seconds, bool utc, struct tm *fields)
{
    time_t at = (time_t)seconds;

    if (utc) {
        gmtime_r(&at, fields);
        fields->tm_zone = "UTC";
    } else {
        localtime_r(&at, fields);
    }
}

static void take_fields(const struct tm *fields, struct exh_calendar *ret_calendar, int *ret_offset,
                        char ret_name[16])
{
    ret_calendar->year = fields->tm_year + 1900;
    ret_calendar->month = fields->tm_mon + 1;
    ret_calendar->day = fields->tm_mday;
    ret_calendar->hour = fields->tm_hour;
    ret_calendar->minute = fields->tm_min;
    ret_calendar->second = fields->tm_sec;
    if (ret_offset)
        *ret_offset = (int)fields->tm_gmtoff;
    if (ret_name)
        snprintf(ret_name, 16, "%s", fields->tm_zone);
}

/* ---- what was asked before ---- */

/* To enter a zone makes the C library read its file, and the same few instants are asked of one zone over and over: what is due of
 * many exhibits, by rules that all look at the same dates. Of each thread the last answers. */
enum { REMEMBERED = 128 };
struct fields { char zone[LONGEST_ZONE + 1]; int64_t seconds; struct tm tm; char name[16]; };
struct instants { char zone[LONGEST_ZONE + 1]; int64_t shown; int64_t seconds[2]; size_t count; };
static _Thread_local struct fields fields_before[REMEMBERED];
static _Thread_local struct instants instants_before[REMEMBERED];

static size_t place_of(int64_t seconds)
{
    return (uint64_t)seconds * UINT64_C(0x9E3779B97F4A7C15) >> 57;     /* 0..127, by Fibonacci hashing */
}

static bool is_same_zone(const char *kept, const char *zone)
{
    return *kept && strcmp(kept, zone) == 0;
}

/* Of a zone other than UTC. */
static const struct tm *local_fields(int64_t seconds, const char *zone)
{
    struct fields *kept = &fields_before[place_of(seconds)];

    if (kept->seconds != seconds || !is_same_zone(kept->zone, zone)) {
        EXH_CLEANUP(leave_zone) struct visit visit;
        enter_zone(&visit, zone);
        fields_at(seconds, false, &kept->tm);
        snprintf(kept->name, sizeof kept->name, "%s", kept->tm.tm_zone);   /* the library's own goes with the zone */
        kept->seconds = seconds;
        snprintf(kept->zone, sizeof kept->zone, "%s", zone);
    }
    kept->tm.tm_zone = kept->name;
    return &kept->tm;
}

void exh_zone_calendar(struct exh_moment moment, const char *zone, struct exh_calendar *ret_calendar,
                       int *ret_offset, char ret_name[16])
{
    int64_t seconds = exh_moment_seconds(moment);
    struct tm fields = { 0 };

    ret_calendar->nanosecond = exh_moment_fraction(moment);
    if (is_utc(zone))
        fields_at(seconds, true, &fields);
    else
        fields = *local_fields(seconds, zone);
    take_fields(&fields, ret_calendar, ret_offset, ret_name);
}

/* The offsets in effect anywhere near local time @shown; at most @most different ones. */
static size_t offsets_around(int64_t shown, int *ret_offsets, size_t most)
{
    size_t count = 0;

    for (int64_t at = shown - FARTHEST; at <= shown + FARTHEST && count < most; at += 1800) {
        int offset = offset_at(at);
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= ret_offsets[i] == offset;
        if (!known)
            ret_offsets[count++] = offset;
    }
    return count;
}

/* A clock shows @shown at t = shown - offset exactly where that offset is in effect at t. Offsets come in
 * order of time, and where a time repeats the larger one was first: so the instants are in order too. */
static size_t seconds_shown(int64_t shown, const char *zone, int64_t ret_seconds[2])
{
    int offsets[8];
    size_t count = 0;
    EXH_CLEANUP(leave_zone) struct visit visit;

    enter_zone(&visit, zone);
    size_t around = offsets_around(shown, offsets, EXH_COUNT(offsets));
    for (size_t i = 0; i < around && count < 2; i++)
        if (offset_at(shown - offsets[i]) == offsets[i])
            ret_seconds[count++] = shown - offsets[i];
    return count;
}

static const struct instants *local_instants(int64_t shown, const char *zone)
{
    struct instants *kept = &instants_before[place_of(shown)];

    if (kept->shown != shown || !is_same_zone(kept->zone, zone)) {
        kept->count = seconds_shown(shown, zone, kept->seconds);
        kept->shown = shown;
        snprintf(kept->zone, sizeof kept->zone, "%s", zone);
    }
    return kept;
}

size_t exh_zone_instants(const struct exh_calendar *calendar, const char *zone, struct exh_moment ret_instants[2])
{
    int64_t shown = exh_calendar_seconds(calendar);
    const struct instants utc = { .seconds = { shown }, .count = 1 }, *found = is_utc(zone) ? &utc : local_instants(shown, zone);

    for (size_t i = 0; i < found->count; i++)
        ret_instants[i].ns = found->seconds[i] * EXH_SECOND + calendar->nanosecond;
    return found->count;
}

void exh_zone_skipped(const struct exh_calendar *calendar, const char *zone, struct exh_moment ret_instants[2],
                      struct exh_moment *ret_change)
{
    int64_t shown = exh_calendar_seconds(calendar);
    int64_t before = shown - WITHIN_A_CHANGE, after = shown + WITHIN_A_CHANGE;
    EXH_CLEANUP(leave_zone) struct visit visit;

    enter_zone(&visit, zone);
    /* At @before clocks show less than @shown, at @after more: halve until the jump lies between. */
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (middle + offset_at(middle) < shown)
            before = middle;
        else
            after = middle;
    }
    ret_instants[0].ns = (shown - offset_at(after)) * EXH_SECOND + calendar->nanosecond;
    ret_instants[1].ns = (shown - offset_at(before)) * EXH_SECOND + calendar->nanosecond;
    ret_change->ns = after * EXH_SECOND;
}
