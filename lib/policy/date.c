/* policy: days, and calendar periods over them. */
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- days ---- */

static struct exh_calendar midnight(struct exh_date date)
{
    return (struct exh_calendar){ .year = date.year, .month = date.month, .day = date.day };
}

/* Any day that there is, whatever its year within the instants that there are. */
static bool is_a_day(struct exh_date date)
{
    struct exh_calendar calendar = midnight(date);

    return exh_calendar_is_valid(&calendar);
}

bool exh_date_is_valid(struct exh_date date)
{
    return date.year <= EXH_DATE_LAST_YEAR && is_a_day(date);
}

struct exh_moment exh_date_end(struct exh_date date, const char *zone)
{
    struct exh_date next = exh_date_add(date, (struct exh_period_step){ EXH_DAYS, 1 }, NULL);
    struct exh_calendar calendar = midnight(next);
    struct exh_moment instants[2], change;
    size_t count = exh_zone_instants(&calendar, zone, instants);

    if (count == 0) {
        exh_zone_skipped(&calendar, zone, instants, &change);
        return change;
    }
    /* Clocks put back over midnight show the day again after the first one; those put back to midnight do not. */
    struct exh_moment before = { instants[count - 1].ns - 1 };
    return count == 2 && exh_date_compare(exh_date_of(before, zone), date) <= 0 ? instants[1] : instants[0];
}

/* ---- steps ---- */

struct exh_date exh_date_before(struct exh_date date)
{
    return exh_date_add_days(date, -1);
}

struct exh_date exh_date_add(struct exh_date date, struct exh_period_step step, bool *ret_clipped)
{
    int months = (int)step.count * (step.unit == EXH_YEARS ? 12 : 1);
    struct exh_date sum = step.unit == EXH_DAYS ? exh_date_add_days(date, (int)step.count) : exh_date_add_months(date, months);

    if (ret_clipped)
        *ret_clipped = step.unit != EXH_DAYS && sum.day != date.day;
    return sum;
}

/* ---- periods ---- */

static const struct { const char *one, *many; unsigned most; } units[] = {
    [EXH_DAYS] = { "day", "days", EXH_PERIOD_YEARS * 36525 / 100 },
    [EXH_MONTHS] = { "month", "months", EXH_PERIOD_YEARS * 12 },
    [EXH_YEARS] = { "year", "years", EXH_PERIOD_YEARS },
};

/* "31 days", one space or more between. */
static bool parse_step(const char *words, size_t size, struct exh_period_step *ret_step)
{
    EXH_CLEANUP(exh_freep) char *copy = exh_strndup(words, size);
    char *unit = copy + strspn(copy, "0123456789");
    size_t space = strspn(unit, " \t");
    uint64_t count;

    if (unit == copy || space == 0)
        return false;
    *unit = '\0';
    unit += space;
    for (size_t i = 0; i < EXH_COUNT(units); i++)
        if (strcmp(unit, units[i].one) == 0 || strcmp(unit, units[i].many) == 0) {
            *ret_step = (struct exh_period_step){ (enum exh_period_unit)i, 0 };
            if (!exh_text_number(copy, units[i].most, &count))
                return false;
            ret_step->count = (unsigned)count;
            return true;
        }
    return false;
}

bool exh_period_parse(const char *words, struct exh_period *ret_period, struct exh_error *err)
{
    struct exh_period period = { .count = 0 };
    const char *left = words, *piece;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(words, 60);
    size_t size;

    if (strcmp(words, "no end") == 0) {
        *ret_period = (struct exh_period){ .no_end = true };
        return true;
    }
    while (exh_policy_piece(&left, "+", &piece, &size)) {
        if (period.count == EXH_PERIOD_STEPS)
            return exh_fail(err, EXH_USAGE, "period '%s' has more than %d steps", shown, EXH_PERIOD_STEPS);
        if (!parse_step(piece, size, &period.steps[period.count++]))
            return exh_fail(err, EXH_USAGE,
                            "'%s' is not a period: write a number and days, months or years, of at most "
                            "100 years, such as '31 days' or '6 months + 31 days'; or 'no end'",
                            shown);
    }
    if (period.count == 0)
        return exh_fail(err, EXH_USAGE, "a period is empty: write one such as '6 months', or 'no end'");
    *ret_period = period;
    return true;
}

char *exh_period_words(const struct exh_period *period)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    if (period->no_end)
        return exh_strdup("no end");
    for (size_t i = 0; i < period->count; i++) {
        const struct exh_period_step *step = &period->steps[i];
        exh_text_printf(&text, "%s%u %s", i ? " + " : "", step->count,
                        step->count == 1 ? units[step->unit].one : units[step->unit].many);
    }
    return exh_text_take(&text);
}
