/* policy: calendar arithmetic, against a model that counts day by day and asks the clock hour by hour. */
#include "policy_help.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int length_of(int year, int month)
{
    if (month == 2)
        return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* ---- the slow model ---- */

static struct exh_date slow_next_day(struct exh_date d)
{
    if (++d.day <= length_of(d.year, d.month))
        return d;
    d.day = 1;
    if (++d.month <= 12)
        return d;
    d.month = 1;
    d.year++;
    return d;
}

static struct exh_date slow_add(struct exh_date d, struct exh_period_step step)
{
    int day = d.day;

    for (unsigned i = 0; i < step.count; i++) {
        if (step.unit == EXH_DAYS)
            d = slow_next_day(d);
        else if (step.unit == EXH_YEARS)
            d.year++;
        else if (++d.month > 12) {
            d.month = 1;
            d.year++;
        }
    }
    if (step.unit != EXH_DAYS)
        d.day = day > length_of(d.year, d.month) ? length_of(d.year, d.month) : day;
    return d;
}

/* The last instant of a day, by asking what clocks show every quarter of an hour from two days before to two after:
 * changes of the clock are at such times, but for those that the tests below name. */
static struct exh_moment slow_end(struct exh_date d, const char *zone)
{
    char words[64];
    snprintf(words, sizeof words, "%04d-%02d-%02dT00:00:00Z", d.year, d.month, d.day);
    struct exh_moment middle = instant(words), end = { 0 };

    for (int64_t at = -2 * 96; at <= 3 * 96; at++) {
        struct exh_moment moment = { middle.ns + at * 900 * EXH_SECOND };
        if (exh_date_compare(exh_date_of(moment, zone), d) <= 0)
            end.ns = moment.ns + 900 * EXH_SECOND;
    }
    return end;
}

/* ---- single days ---- */

static void added(const char *from, unsigned count, enum exh_period_unit unit, const char *to, bool is_clipped)
{
    char words[EXH_DATE_SIZE];
    bool clipped;
    struct exh_date sum = exh_date_add(date(from), (struct exh_period_step){ unit, count }, &clipped);

    exh_date_words(sum, words);
    assert_string_equal(words, to);
    assert_int_equal(clipped, is_clipped);
}

static void months_clip_to_the_end_of_the_month(void **state)
{
    (void)state;
    added("2026-08-31", 6, EXH_MONTHS, "2027-02-28", true);
    added("2027-08-31", 6, EXH_MONTHS, "2028-02-29", true);
    added("2026-08-30", 6, EXH_MONTHS, "2027-02-28", true);
    added("2026-08-28", 6, EXH_MONTHS, "2027-02-28", false);
    added("2026-08-31", 1, EXH_MONTHS, "2026-09-30", true);
    added("2026-08-31", 2, EXH_MONTHS, "2026-10-31", false);
    added("2026-12-31", 2, EXH_MONTHS, "2027-02-28", true);
    added("2026-01-31", 0, EXH_MONTHS, "2026-01-31", false);
}

static void leap_days_are_kept_to(void **state)
{
    (void)state;
    added("2024-02-29", 1, EXH_YEARS, "2025-02-28", true);
    added("2024-02-29", 4, EXH_YEARS, "2028-02-29", false);
    added("2096-02-29", 4, EXH_YEARS, "2100-02-28", true);
    added("2024-02-28", 1, EXH_DAYS, "2024-02-29", false);
    added("2100-02-28", 1, EXH_DAYS, "2100-03-01", false);
    added("2000-02-28", 2, EXH_DAYS, "2000-03-01", false);
    added("2024-02-29", 18, EXH_YEARS, "2042-02-28", true);
}

static void days_go_on_past_2038_and_2100_and_up_to_2200(void **state)
{
    (void)state;
    added("2038-01-18", 2, EXH_DAYS, "2038-01-20", false);
    added("2026-11-26", 36525, EXH_DAYS, "2126-11-27", false);
    added("2100-12-31", 100, EXH_YEARS, "2200-12-31", false);
    assert_true(exh_date_is_valid(date("2200-12-31")));
    assert_false(exh_date_is_valid(exh_date_add(date("2200-12-31"), (struct exh_period_step){ EXH_DAYS, 1 }, NULL)));
    assert_false(exh_date_is_valid(exh_date_add(date("2150-02-28"), (struct exh_period_step){ EXH_YEARS, 100 }, NULL)));
}

static void days_that_are_none_are_not_valid(void **state)
{
    static const char *const none[] = { "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
                                        "2026-01-00", "1677-12-31", "2201-01-01", "2100-02-29" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(none); i++)
        assert_false(exh_date_is_valid(date(none[i])));
    assert_false(exh_date_is_valid((struct exh_date){ 0, 0, 0 }));
    assert_true(exh_date_is_valid(date("1678-01-01")));
}

static void ends(const char *day, const char *zone, const char *utc)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(exh_date_end(date(day), zone), words);
    assert_string_equal(words, utc);
}

static void a_day_ends_at_the_next_midnight_of_its_zone(void **state)
{
    (void)state;
    ends("2027-02-28", LONDON, "2027-03-01T00:00:00Z");
    ends("2027-06-30", LONDON, "2027-06-30T23:00:00Z");
    ends("2027-06-30", "UTC", "2027-07-01T00:00:00Z");
    ends("2038-01-19", LONDON, "2038-01-20T00:00:00Z");
    ends("2100-06-30", LONDON, "2100-06-30T23:00:00Z");
    ends("2199-12-31", LONDON, "2200-01-01T00:00:00Z");
}

static void days_of_23_and_25_hours_end_at_their_midnight(void **state)
{
    (void)state;
    ends("2027-03-27", LONDON, "2027-03-28T00:00:00Z");
    ends("2027-03-28", LONDON, "2027-03-28T23:00:00Z");
    ends("2027-10-30", LONDON, "2027-10-30T23:00:00Z");
    ends("2027-10-31", LONDON, "2027-11-01T00:00:00Z");
}

static void a_midnight_that_clocks_skip_or_repeat_ends_the_day_once(void **state)
{
    (void)state;
    ends("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00Z");   /* 00:00 became 01:00 */
    ends("2018-02-17", "America/Sao_Paulo", "2018-02-18T03:00:00Z");   /* 24:00 became 23:00 */
    ends("2023-11-04", "America/Havana", "2023-11-05T04:00:00Z");      /* 01:00 became 00:00: the new day has two */
    ends("2010-11-06", "America/St_Johns", "2010-11-07T03:30:00Z");    /* 00:01 became 23:01: the old day comes back */
    ends("2011-12-29", "Pacific/Apia", "2011-12-30T10:00:00Z");        /* the 30th was left out */
    ends("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z");
}

static void an_instant_is_of_the_day_that_its_zone_shows(void **state)
{
    char words[EXH_DATE_SIZE];

    (void)state;
    exh_date_words(exh_date_of(instant("2026-08-30T23:30:00Z"), LONDON), words);
    assert_string_equal(words, "2026-08-31");
    exh_date_words(exh_date_of(instant("2026-12-30T23:30:00Z"), LONDON), words);
    assert_string_equal(words, "2026-12-30");
}

/* ---- periods ---- */

static void periods_are_read_and_said_alike(void **state)
{
    static const struct { const char *words, *said; } cases[] = {
        { "31 days", "31 days" }, { "1 day", "1 day" }, { "6  months", "6 months" }, { "1 years", "1 year" },
        { "6 months + 31 days", "6 months + 31 days" }, { "1 year+2 months + 3 days", "1 year + 2 months + 3 days" },
        { "no end", "no end" }, { "0 days", "0 days" }, { "100 years", "100 years" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_period period;
        if (!exh_period_parse(cases[i].words, &period, &err))
            fail_msg("%s", err.text);
        EXH_CLEANUP(exh_freep) char *said = exh_period_words(&period);
        assert_string_equal(said, cases[i].said);
    }
}

static void what_is_no_period_is_refused_with_a_way_to_write_one(void **state)
{
    static const char *const wrong[] = { "",
                                         "31",
                                         "days",
                                         "31days",
                                         "-1 days",
                                         "1.5 years",
                                         "6 weeks",
                                         "101 years",
                                         "1201 months",
                                         "36526 days",
                                         "99999999999999999999 days",
                                         "1 day + ",
                                         "+ 1 day",
                                         "1 day + 1 day + 1 day + 1 day",
                                         "forever",
                                         "no  end",
                                         "6 months x",
                                         "no end + 1 day" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_period period = { .count = 77 };
        if (exh_period_parse(wrong[i], &period, &err))
            fail_msg("'%s' was taken for a period", wrong[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        assert_int_equal(period.count, 77);
    }
}

/* ---- properties ---- */

static const char *const zones[] = { LONDON,           "UTC",          "America/New_York",  "Australia/Lord_Howe",
                                     "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo",
                                     "America/Havana", "Europe/Dublin" };

static struct exh_date random_date(uint64_t *seed)
{
    struct exh_date d = { 1900 + (int)below(seed, 290), 1 + (int)below(seed, 12), 1 };

    d.day = 1 + (int)below(seed, (unsigned)length_of(d.year, d.month));
    return d;
}

static struct exh_period_step random_step(uint64_t *seed)
{
    static const unsigned most[] = { [EXH_DAYS] = 800, [EXH_MONTHS] = 100, [EXH_YEARS] = 10 };
    enum exh_period_unit unit = (enum exh_period_unit)below(seed, 3);

    return (struct exh_period_step){ unit, below(seed, most[unit]) };
}

static void sums_are_those_of_counting_day_by_day(void **state)
{
    uint64_t seed = 20261126;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        struct exh_date from = random_date(&seed);
        struct exh_period_step step = random_step(&seed);
        struct exh_date fast = exh_date_add(from, step, NULL), slow = slow_add(from, step);
        if (exh_date_compare(fast, slow) != 0)
            fail_msg("case %d: %04d-%02d-%02d + %u of unit %d", i, from.year, from.month, from.day, step.count,
                     step.unit);
    }
}

static void every_day_of_five_centuries_follows_the_one_before(void **state)
{
    struct exh_date d = date("1678-01-01");

    (void)state;
    while (d.year <= EXH_DATE_LAST_YEAR) {
        struct exh_date next = exh_date_add(d, (struct exh_period_step){ EXH_DAYS, 1 }, NULL);
        assert_true(exh_date_is_valid(d));
        assert_int_equal(exh_date_compare(next, slow_next_day(d)), 0);
        assert_true(exh_date_compare(d, next) < 0);
        d = next;
    }
}

static void a_later_start_never_ends_earlier(void **state)
{
    uint64_t seed = 77;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct exh_date a = random_date(&seed);
        struct exh_date b = exh_date_add(a, (struct exh_period_step){ EXH_DAYS, 1 + below(&seed, 40) }, NULL);
        struct exh_period_step step = random_step(&seed), more = { step.unit, step.count + 1 };
        struct exh_date a_end = exh_date_add(a, step, NULL);
        assert_true(exh_date_compare(a_end, exh_date_add(b, step, NULL)) <= 0);
        assert_true(exh_date_compare(a_end, exh_date_add(a, more, NULL)) < 0);
        assert_true(exh_date_compare(a, a_end) <= 0);
    }
}

static void ends_of_days_are_those_of_asking_the_clock(void **state)
{
    uint64_t seed = 4711;

    (void)state;
    for (int i = 0; i < 700; i++) {
        struct exh_date d = random_date(&seed);
        const char *zone = zones[below(&seed, EXH_COUNT(zones))];
        if (d.year < 1972)               /* before, some zones changed by odd minutes and seconds */
            d.year += 100;
        if (!exh_date_is_valid(d))
            d.day = 28;
        if (exh_date_end(d, zone).ns != slow_end(d, zone).ns)
            fail_msg("%04d-%02d-%02d in %s", d.year, d.month, d.day, zone);
    }
}

static void no_instant_of_a_day_lies_at_or_behind_its_end(void **state)
{
    uint64_t seed = 31;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        const char *zone = zones[below(&seed, EXH_COUNT(zones))];
        struct exh_moment moment = { (int64_t)(next_random(&seed) % (uint64_t)(7200000000 * EXH_SECOND)) };
        struct exh_date day = exh_date_of(moment, zone);
        struct exh_moment end = exh_date_end(day, zone), just_before = { end.ns - 1 };
        assert_true(moment.ns < end.ns);
        assert_int_equal(exh_date_compare(exh_date_of(just_before, zone), day), 0);
        assert_true(exh_date_compare(exh_date_of(end, zone), day) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_period_is_refused_with_a_way_to_write_one),
        cmocka_unit_test(days_that_are_none_are_not_valid),
        cmocka_unit_test(months_clip_to_the_end_of_the_month),
        cmocka_unit_test(leap_days_are_kept_to),
        cmocka_unit_test(days_go_on_past_2038_and_2100_and_up_to_2200),
        cmocka_unit_test(a_day_ends_at_the_next_midnight_of_its_zone),
        cmocka_unit_test(days_of_23_and_25_hours_end_at_their_midnight),
        cmocka_unit_test(a_midnight_that_clocks_skip_or_repeat_ends_the_day_once),
        cmocka_unit_test(an_instant_is_of_the_day_that_its_zone_shows),
        cmocka_unit_test(periods_are_read_and_said_alike),
        cmocka_unit_test(sums_are_those_of_counting_day_by_day),
        cmocka_unit_test(every_day_of_five_centuries_follows_the_one_before),
        cmocka_unit_test(a_later_start_never_ends_earlier),
        cmocka_unit_test(ends_of_days_are_those_of_asking_the_clock),
        cmocka_unit_test(no_instant_of_a_day_lies_at_or_behind_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
