/* date: days of the calendar, without clocks and zones. */
#include "calendar.h"

#include "exhibit/text.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_SHOWN = 64 };

static bool take_apart(const char *words, struct exh_date *date)
{
    static const char form[] = "dddd-dd-dd";

    if (strnlen(words, sizeof form) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? words[i] < '0' || words[i] > '9' : words[i] != form[i])
            return false;
    return sscanf(words, "%4d-%2d-%2d", &date->year, &date->month, &date->day) == 3;
}

bool exh_date_parse(const char *words, struct exh_date *ret_date, struct exh_error *err)
{
    struct exh_date date;

    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(words, LONGEST_SHOWN);
    if (!take_apart(words, &date))
        return exh_fail(err, EXH_USAGE, "cannot read the date '%s': write it like '2026-08-31'", shown);
    const struct exh_calendar calendar = { .year = date.year, .month = date.month, .day = date.day };
    if (!exh_calendar_is_valid(&calendar))
        return exh_fail(err, EXH_USAGE, "there is no such day as '%s': give a day of the calendar in the years %d to %d", shown,
                        EXH_YEAR_FIRST, EXH_YEAR_LAST);
    *ret_date = date;
    return true;
}

void exh_date_words(struct exh_date date, char ret_words[EXH_DATE_SIZE])
{
    ret_words[0] = '\0';
    if (date.year)
        snprintf(ret_words, EXH_DATE_SIZE, "%04d-%02d-%02d", date.year, date.month, date.day);
}

struct exh_date exh_date_of(struct exh_moment moment, const char *zone)
{
    struct exh_calendar calendar;

    exh_zone_calendar(moment, zone, &calendar, NULL, NULL);
    return (struct exh_date){ calendar.year, calendar.month, calendar.day };
}

int exh_date_compare(struct exh_date a, struct exh_date b)
{
    if (a.year != b.year)
        return a.year - b.year;
    return a.month != b.month ? a.month - b.month : a.day - b.day;
}

/* Days since 1970-01-01. Counted by years of 365.2425 days from the 1st of March, so that leap days come last. */
static long day_number(struct exh_date date)
{
    long year = date.month > 2 ? date.year : date.year - 1;
    long month = (date.month + 9) % 12;
    long day = (153 * month + 2) / 5 + date.day - 1;

    return 365 * year + year / 4 - year / 100 + year / 400 + day - 719468;
}

static struct exh_date date_of_number(long number)
{
    long day = number + 719468;
    long year = day * 400 / 146097;

    while (365 * (year + 1) + (year + 1) / 4 - (year + 1) / 100 + (year + 1) / 400 <= day)
        year++;
    while (365 * year + year / 4 - year / 100 + year / 400 > day)
        year--;
    day -= 365 * year + year / 4 - year / 100 + year / 400;
    long month = (5 * day + 2) / 153;
    long in_month = day - (153 * month + 2) / 5 + 1;
    return (struct exh_date){ (int)(month < 10 ? year : year + 1), (int)(month < 10 ? month + 3 : month - 9),
                              (int)in_month };
}

struct exh_date exh_date_add_days(struct exh_date date, int days)
{
    return date_of_number(day_number(date) + days);
}

struct exh_date exh_date_add_months(struct exh_date date, int months)
{
    int count = date.year * 12 + date.month - 1 + months;
    struct exh_date later = { count / 12, count % 12 + 1, date.day };
    int last = exh_calendar_days(later.year, later.month);

    if (later.day > last)
        later.day = last;
    return later;
}

int exh_date_days(struct exh_date from, struct exh_date to)
{
    return (int)(day_number(to) - day_number(from));
}
