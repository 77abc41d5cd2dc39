/* moment: public holidays of England and Wales, and the working days between them. */
#include "exhibit/moment.h"

#include <stdlib.h>
#include <string.h>

enum { SATURDAY = 5, SUNDAY, WEEK };        /* of the days that exh_date_weekday counts */

int exh_date_weekday(struct exh_date date)
{
    static const struct exh_date monday = { 1, 1, 1 };   /* as the calendar of today counts back to it */

    return exh_date_days(monday, date) % WEEK;
}

static bool is_same(struct exh_date a, struct exh_date b)
{
    return exh_date_compare(a, b) == 0;
}

/* ---- by rule ---- */

/* The Gregorian computus, after Butcher (Nature, 20 April 1876): golden number, century, epact, and the Sunday after the full moon. */
static struct exh_date easter(int year)
{
    int golden = year % 19, century = year / 100, rest = year % 100;
    int correction = (century - (century + 8) / 25 + 1) / 3;
    int epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    int to_sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % WEEK;
    int later = (golden + 11 * epact + 22 * to_sunday) / 451;
    int days = epact + to_sunday - 7 * later + 114;

    return (struct exh_date){ year, days / 31, days % 31 + 1 };
}

static struct exh_date first_monday(int year, int month)
{
    const struct exh_date first = { year, month, 1 };

    return exh_date_add_days(first, (WEEK - exh_date_weekday(first)) % WEEK);
}

static struct exh_date last_monday(int year, int month)
{
    const struct exh_date last = { year, month, 31 };    /* of May and August alone */

    return exh_date_add_days(last, -exh_date_weekday(last));
}

/* A holiday at a weekend is had on the next working day, after those that are there already. */
static struct exh_date substitute(struct exh_date date, int others)
{
    int weekday = exh_date_weekday(date);

    return weekday < SATURDAY ? date : exh_date_add_days(date, WEEK - weekday + others);
}

static const char *christmas_name(struct exh_date date)
{
    const struct exh_date christmas = { date.year, 12, 25 }, boxing = { date.year, 12, 26 };
    int weekday = exh_date_weekday(christmas);

    if (is_same(date, christmas))
        return "Christmas Day";
    if (is_same(date, boxing))
        return "Boxing Day";
    /* On a Sunday, Boxing Day has the Monday, and Christmas Day goes to the Tuesday; on a Saturday each goes two days on. */
    if (weekday >= SATURDAY && is_same(date, substitute(christmas, weekday == SUNDAY)))
        return "the substitute for Christmas Day";
    return exh_date_weekday(boxing) >= SATURDAY && is_same(date, substitute(boxing, weekday == SATURDAY)) ? "the substitute for Boxing Day" : NULL;
}

static const char *new_year_name(struct exh_date date)
{
    const struct exh_date new_year = { date.year, 1, 1 };

    if (is_same(date, new_year))
        return "New Year's Day";
    return is_same(date, substitute(new_year, 0)) ? "the substitute for New Year's Day" : NULL;
}

static const char *movable_name(struct exh_date date)
{
    const struct exh_date sunday = easter(date.year);
    const struct { struct exh_date date; const char *name; } movable[] = {
        { exh_date_add_days(sunday, -2), "Good Friday" },      { exh_date_add_days(sunday, 1), "Easter Monday" },
        { first_monday(date.year, 5), "the early May bank holiday" }, { last_monday(date.year, 5), "the spring bank holiday" },
        { last_monday(date.year, 8), "the summer bank holiday" },
    };

    for (size_t i = 0; i < EXH_COUNT(movable); i++)
        if (is_same(date, movable[i].date))
            return movable[i].name;
    return NULL;
}

/* ---- beside the rules ---- */

void exh_holidays_clear(struct exh_holidays *holidays)
{
    free(holidays->at);
    *holidays = (struct exh_holidays)EXH_HOLIDAYS_NONE;
}

static bool add_words(struct exh_holidays *holidays, const char *words, struct exh_error *err)
{
    struct exh_holiday one = { .is_none = *words == '-' };

    if (!exh_date_parse(words + one.is_none, &one.date, err))
        return false;
    if (holidays->count >= EXH_HOLIDAYS_MOST)
        return exh_fail(err, EXH_USAGE, "more than %d public holidays beside those that follow from rules", EXH_HOLIDAYS_MOST);
    holidays->at = exh_realloc_array(holidays->at, holidays->count + 1, sizeof *holidays->at);
    holidays->at[holidays->count++] = one;
    return true;
}

bool exh_holidays_parse(const char *words, struct exh_holidays *ret_holidays, struct exh_error *err)
{
    static const char apart[] = " ,";
    EXH_CLEANUP(exh_holidays_clear) struct exh_holidays holidays = EXH_HOLIDAYS_NONE;

    for (words += strspn(words, apart); *words; words += strspn(words, apart)) {
        size_t size = strcspn(words, apart);
        EXH_CLEANUP(exh_freep) char *word = exh_strndup(words, size);
        if (!add_words(&holidays, word, err))
            return false;
        words += size;
    }
    *ret_holidays = holidays;
    holidays = (struct exh_holidays)EXH_HOLIDAYS_NONE;
    return true;
}

const char *exh_holiday_name(const struct exh_holidays *holidays, struct exh_date date)
{
    int weekday = exh_date_weekday(date);
    const char *name;

    if (weekday >= SATURDAY)
        return weekday == SATURDAY ? "a Saturday" : "a Sunday";
    for (size_t i = holidays->count; i-- > 0;)
        if (is_same(holidays->at[i].date, date))
            return holidays->at[i].is_none ? NULL : "a public holiday of this store's list";
    name = new_year_name(date);
    if (!name)
        name = christmas_name(date);
    return name ? name : movable_name(date);
}

struct exh_date exh_working_day(const struct exh_holidays *holidays, struct exh_date date)
{
    while (exh_holiday_name(holidays, date))
        date = exh_date_add_days(date, 1);
    return date;
}
