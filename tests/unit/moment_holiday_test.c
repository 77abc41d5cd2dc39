/* moment: public holidays of England and Wales, held against the published lists, and the working days between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdio.h>
#include <string.h>

static const struct exh_holidays none = EXH_HOLIDAYS_NONE;

/* As gov.uk published them; @listed: what follows from no rule. */
static const struct published { int year; const char *days, *listed; } published[] = {
    { 2018, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26", "" },
    { 2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26", "" },
    { 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28", "2020-05-08 -2020-05-04" },
    { 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28", "" },
    { 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27", "2022-06-02 2022-06-03 -2022-05-30 2022-09-19" },
    { 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26", "2023-05-08" },
    { 2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26", "" },
    { 2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26", "" },
    { 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28", "" },
    { 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28", "" },
};

static struct exh_holidays listed(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_holidays holidays = EXH_HOLIDAYS_NONE;

    if (!exh_holidays_parse(words, &holidays, &err))
        fail_msg("%s", err.text);
    return holidays;
}

static bool is_holiday(const struct exh_holidays *holidays, struct exh_date date)
{
    return exh_date_weekday(date) < 5 && exh_holiday_name(holidays, date);
}

/* All of a year but weekends, as they are published: "01-01 03-29". */
static void holidays_of(const struct exh_holidays *holidays, int year, char *ret_words)
{
    char words[EXH_DATE_SIZE];

    *ret_words = '\0';
    for (struct exh_date date = { year, 1, 1 }; date.year == year; date = exh_date_add_days(date, 1)) {
        if (!is_holiday(holidays, date))
            continue;
        exh_date_words(date, words);
        sprintf(ret_words + strlen(ret_words), "%s%s", *ret_words ? " " : "", words + 5);
    }
}

static void the_published_lists_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXH_COUNT(published); i++) {
        EXH_CLEANUP(exh_holidays_clear) struct exh_holidays holidays = listed(published[i].listed);
        char words[400];
        holidays_of(&holidays, published[i].year, words);
        if (strcmp(words, published[i].days) != 0)
            fail_msg("%d: %s, not %s", published[i].year, words, published[i].days);
    }
}

/* Each year has eight of them, on eight working days, whatever falls on a weekend. */
static void every_year_has_eight(void **state)
{
    (void)state;
    for (int year = 1979; year < 2262; year++) {
        char words[400];
        holidays_of(&none, year, words);
        if (strlen(words) != 8 * strlen("01-01 ") - 1)
            fail_msg("%d: %s", year, words);
    }
}

/* Easter as Gauss reckoned it, with his table of centuries: another way than the code's. */
static struct exh_date gauss(int year)
{
    static const struct { int last, m, n; } centuries[] = {
        { 1699, 22, 2 }, { 1799, 23, 3 }, { 1899, 23, 4 }, { 2099, 24, 5 }, { 2199, 24, 6 }, { 2299, 25, 0 } };
    size_t i = 0;

    while (centuries[i].last < year)
        i++;
    int d = (19 * (year % 19) + centuries[i].m) % 30, e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + centuries[i].n) % 7;
    int late = e == 6 && (d == 29 || (d == 28 && year % 19 > 10)) ? 7 : 0;
    return exh_date_add_days((struct exh_date){ year, 3, 22 }, d + e - late);
}

static void easter_is_where_gauss_has_it(void **state)
{
    (void)state;
    for (int year = 1678; year < 2262; year++) {
        struct exh_date sunday = gauss(year);
        assert_int_equal(exh_date_weekday(sunday), 6);
        assert_string_equal(exh_holiday_name(&none, exh_date_add_days(sunday, -2)), "Good Friday");
        assert_string_equal(exh_holiday_name(&none, exh_date_add_days(sunday, 1)), "Easter Monday");
    }
}

static void a_weekday_is_the_one_after_the_day_before(void **state)
{
    int before = 5;                      /* 2000-01-01 was a Saturday */

    (void)state;
    assert_int_equal(exh_date_weekday((struct exh_date){ 2026, 11, 26 }), 3);
    for (struct exh_date date = { 2000, 1, 2 }; date.year < 2110; date = exh_date_add_days(date, 1)) {
        assert_int_equal(exh_date_weekday(date), (before + 1) % 7);
        before = exh_date_weekday(date);
    }
}

/* Never earlier, never on a day off, and no working day is passed over; so later days never come out earlier. */
static void a_working_day_is_the_next_one_and_never_earlier(void **state)
{
    EXH_CLEANUP(exh_holidays_clear) struct exh_holidays holidays = listed("2030-01-02 2030-01-03 -2031-08-25 2035-12-24");
    struct exh_date last = EXH_DATE_NONE;

    (void)state;
    for (struct exh_date date = { 1999, 1, 1 }; date.year < 2101; date = exh_date_add_days(date, 1)) {
        struct exh_date day = exh_working_day(&holidays, date);
        assert_true(exh_date_compare(day, date) >= 0);
        assert_true(exh_date_compare(day, last) >= 0);
        assert_true(exh_date_days(date, day) <= 6);
        assert_null(exh_holiday_name(&holidays, day));
        for (struct exh_date between = date; exh_date_compare(between, day) < 0; between = exh_date_add_days(between, 1))
            assert_non_null(exh_holiday_name(&holidays, between));
        last = day;
    }
}

static void why_nobody_works_is_named(void **state)
{
    static const struct { struct exh_date date; const char *name; } named[] = {
        { { 2026, 4, 3 }, "Good Friday" }, { { 2026, 4, 4 }, "a Saturday" }, { { 2026, 4, 5 }, "a Sunday" }, { { 2026, 4, 6 }, "Easter Monday" },
        { { 2026, 4, 7 }, NULL }, { { 2026, 12, 28 }, "the substitute for Boxing Day" }, { { 2026, 12, 25 }, "Christmas Day" },
        { { 2022, 12, 27 }, "the substitute for Christmas Day" }, { { 2022, 12, 26 }, "Boxing Day" }, { { 2022, 1, 3 }, "the substitute for New Year's Day" },
        { { 2021, 12, 27 }, "the substitute for Christmas Day" }, { { 2021, 12, 28 }, "the substitute for Boxing Day" }, { { 2021, 12, 29 }, NULL },
        { { 2026, 5, 4 }, "the early May bank holiday" }, { { 2026, 5, 25 }, "the spring bank holiday" }, { { 2026, 8, 31 }, "the summer bank holiday" },
        { { 2025, 12, 29 }, NULL }, { { 2027, 1, 1 }, "New Year's Day" }, { { 2027, 1, 4 }, NULL },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(named); i++) {
        const char *name = exh_holiday_name(&none, named[i].date);
        if (!name || !named[i].name ? name != named[i].name : strcmp(name, named[i].name) != 0)
            fail_msg("%d-%d-%d: %s", named[i].date.year, named[i].date.month, named[i].date.day, name ? name : "a working day");
    }
}

static void a_list_that_is_none_is_refused_whole(void **state)
{
    static const char *const wrong[] = { "2026-02-30", "2026-05-08 x", "--2026-05-08", "-", "2026-05-08;2026-05-09", "20260508" };
    EXH_CLEANUP(exh_text_clear) struct exh_text many = EXH_TEXT_NONE;
    struct exh_holidays holidays = EXH_HOLIDAYS_NONE;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_false(exh_holidays_parse(wrong[i], &holidays, &err));
        assert_int_equal(err.kind, EXH_USAGE);
        assert_null(holidays.at);
    }
    for (size_t i = 0; i <= EXH_HOLIDAYS_MOST; i++)
        exh_text_puts(&many, "2026-05-08 ");
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    assert_false(exh_holidays_parse(many.bytes, &holidays, &err));
    assert_non_null(strstr(err.text, "more than 1000"));
}

static void of_a_list_the_later_word_counts(void **state)
{
    EXH_CLEANUP(exh_holidays_clear) struct exh_holidays holidays = listed(" 2026-05-08,-2026-05-08  -2026-05-04 2026-05-04,"), empty = listed("");

    (void)state;
    assert_int_equal(holidays.count, 4);
    assert_int_equal(empty.count, 0);
    assert_null(exh_holiday_name(&holidays, (struct exh_date){ 2026, 5, 8 }));
    assert_string_equal(exh_holiday_name(&holidays, (struct exh_date){ 2026, 5, 4 }), "a public holiday of this store's list");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_lists_come_out),
        cmocka_unit_test(every_year_has_eight),
        cmocka_unit_test(easter_is_where_gauss_has_it),
        cmocka_unit_test(a_weekday_is_the_one_after_the_day_before),
        cmocka_unit_test(a_working_day_is_the_next_one_and_never_earlier),
        cmocka_unit_test(why_nobody_works_is_named),
        cmocka_unit_test(a_list_that_is_none_is_refused_whole),
        cmocka_unit_test(of_a_list_the_later_word_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
