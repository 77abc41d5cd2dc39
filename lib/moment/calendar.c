/* calendar: which days there are, and the words for instants and lengths. */
#include "calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct exh_moment system_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct exh_moment){ now.tv_sec * EXH_SECOND + now.tv_nsec };
}

/* State of the whole process by its nature: there is one clock. */
static struct exh_moment (*current_clock)(void) = system_clock;

struct exh_moment exh_moment_now(void)
{
    return current_clock();
}

void exh_moment_set_clock(struct exh_moment (*clock)(void))
{
    current_clock = clock ? clock : system_clock;
}

int exh_calendar_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool exh_calendar_is_valid(const struct exh_calendar *c)
{
    return c->year >= EXH_YEAR_FIRST && c->year <= EXH_YEAR_LAST
        && c->month >= 1 && c->month <= 12
        && c->day >= 1 && c->day <= exh_calendar_days(c->year, c->month)
        && c->hour >= 0 && c->hour <= 23 && c->minute >= 0 && c->minute <= 59
        && c->second >= 0 && c->second <= 60
        && c->nanosecond >= 0 && c->nanosecond < EXH_SECOND;
}

int64_t exh_calendar_seconds(const struct exh_calendar *c)
{
    struct tm fields = {
        .tm_year = c->year - 1900, .tm_mon = c->month - 1, .tm_mday = c->day,
        .tm_hour = c->hour, .tm_min = c->minute, .tm_sec = c->second,
    };

    return timegm(&fields);
}

int64_t exh_moment_seconds(struct exh_moment moment)
{
    int64_t seconds = moment.ns / EXH_SECOND;

    return moment.ns % EXH_SECOND < 0 ? seconds - 1 : seconds;
}

int32_t exh_moment_fraction(struct exh_moment moment)
{
    int64_t fraction = moment.ns % EXH_SECOND;

    return (int32_t)(fraction < 0 ? fraction + EXH_SECOND : fraction);
}

void exh_fraction_words(int32_t nanosecond, char ret_words[16])
{
    if (nanosecond == 0)
        ret_words[0] = '\0';
    else if (nanosecond % 1000000 == 0)
        snprintf(ret_words, 16, ".%03" PRId32, nanosecond / 1000000);
    else if (nanosecond % 1000 == 0)
        snprintf(ret_words, 16, ".%06" PRId32, nanosecond / 1000);
    else
        snprintf(ret_words, 16, ".%09" PRId32, nanosecond);
}

void exh_moment_utc(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE])
{
    struct exh_calendar c;
    char fraction[16];

    exh_zone_calendar(moment, "UTC", &c, NULL, NULL);
    exh_fraction_words(c.nanosecond, fraction);
    snprintf(ret_words, EXH_MOMENT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%sZ",
             c.year, c.month, c.day, c.hour, c.minute, c.second, fraction);
}

void exh_moment_local(struct exh_moment moment, const char *zone, char ret_words[EXH_MOMENT_SIZE])
{
    struct exh_calendar c;
    char fraction[16], name[16];

    exh_zone_calendar(moment, zone, &c, NULL, name);
    exh_fraction_words(c.nanosecond, fraction);
    snprintf(ret_words, EXH_MOMENT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d%s %s",
             c.year, c.month, c.day, c.hour, c.minute, c.second, fraction, name);
}

void exh_moment_compact(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE])
{
    struct exh_calendar c;

    exh_zone_calendar(moment, "UTC", &c, NULL, NULL);
    snprintf(ret_words, EXH_MOMENT_SIZE, "%04d%02d%02dT%02d%02d%02dZ",
             c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void exh_duration_words(int64_t ns, char ret_words[EXH_MOMENT_SIZE])
{
    uint64_t length = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    uint64_t seconds = length / (uint64_t)EXH_SECOND;
    uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;
    char fraction[16];
    int used = snprintf(ret_words, EXH_MOMENT_SIZE, "%s", ns < 0 ? "-" : "");

    exh_fraction_words((int32_t)(length % (uint64_t)EXH_SECOND), fraction);
    seconds %= 60;
    if (hours)
        used += snprintf(ret_words + used, EXH_MOMENT_SIZE - (size_t)used, "%" PRIu64 " h ", hours);
    if (minutes)
        used += snprintf(ret_words + used, EXH_MOMENT_SIZE - (size_t)used, "%" PRIu64 " min ", minutes);
    if (seconds || *fraction || length == 0)
        snprintf(ret_words + used, EXH_MOMENT_SIZE - (size_t)used, "%" PRIu64 "%s s", seconds, fraction);
    else
        ret_words[used - 1] = '\0';
}
