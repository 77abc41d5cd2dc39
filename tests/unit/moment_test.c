/* moment: zones, typed times and the words for them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONDON "Europe/London"
#define MINUTE (60 * EXH_SECOND)
#define HOUR (60 * MINUTE)

static int64_t utc(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { -1 };

    if (!exh_moment_parse_utc(words, &moment, &err))
        fail_msg("%s", err.text);
    return moment.ns;
}

/* @words in @zone are the instant @expected. */
static void reads(const char *words, const char *zone, const char *expected)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { -1 };
    char found[EXH_MOMENT_SIZE];

    if (!exh_moment_parse(words, zone, &moment, &err))
        fail_msg("'%s': %s", words, err.text);
    exh_moment_utc(moment, found);
    assert_string_equal(found, expected);
}

static void refused(const char *words, const char *zone, const char *message)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { 77 };

    if (exh_moment_parse(words, zone, &moment, &err))
        fail_msg("'%s' in %s was read", words, zone);
    assert_int_equal(err.kind, EXH_USAGE);
    assert_int_equal(moment.ns, 77);
    if (message)
        assert_string_equal(err.text, message);
}

static struct exh_calendar day(int year, int month, int day_, int hour, int minute)
{
    return (struct exh_calendar){ year, month, day_, hour, minute, 0, 0 };
}

/* ---- refusals first ---- */

static void a_local_time_that_happened_twice_is_refused_with_both_candidates(void **state)
{
    (void)state;
    refused("2025-10-26 01:30", LONDON,
            "'2025-10-26 01:30' happened twice in Europe/London: "
            "write '2025-10-26 01:30 BST' (2025-10-26 00:30:00 UTC) or '2025-10-26 01:30 GMT' (2025-10-26 01:30:00 UTC)");
    reads("2025-10-26 01:30 BST", LONDON, "2025-10-26T00:30:00Z");
    reads("2025-10-26 01:30 gmt", LONDON, "2025-10-26T01:30:00Z");
    refused("2025-10-26T01:59:59.5", LONDON,
            "'2025-10-26T01:59:59.5' happened twice in Europe/London: write '2025-10-26 01:59:59.500 BST' "
            "(2025-10-26 00:59:59.500 UTC) or '2025-10-26 01:59:59.500 GMT' (2025-10-26 01:59:59.500 UTC)");
    reads("2025-10-26 01:59:59.500 BST", LONDON, "2025-10-26T00:59:59.500Z");
    reads("2025-10-26 00:59:59", LONDON, "2025-10-25T23:59:59Z");
    reads("2025-10-26 02:00", LONDON, "2025-10-26T02:00:00Z");
}

static void a_local_time_that_never_was_is_refused_with_both_candidates(void **state)
{
    (void)state;
    refused("2025-03-30 01:30", LONDON,
            "'2025-03-30 01:30' never was in Europe/London, clocks went from 01:00 to 02:00: "
            "write '2025-03-30 00:30 GMT' (2025-03-30 00:30:00 UTC) or '2025-03-30 02:30 BST' (2025-03-30 01:30:00 UTC)");
    refused("2025-03-30 01:00", LONDON, NULL);
    refused("2025-03-30 01:59:59.999999999", LONDON, NULL);
    refused("2025-03-30 01:30 BST", LONDON, NULL);
    reads("2025-03-30 02:30 BST", LONDON, "2025-03-30T01:30:00Z");
    reads("2025-03-30 00:59:59", LONDON, "2025-03-30T00:59:59Z");
    reads("2025-03-30 02:00", LONDON, "2025-03-30T01:00:00Z");
}

static void candidates_with_one_name_are_told_apart_by_their_offsets(void **state)
{
    (void)state;
    refused("2014-10-26 01:30", "Europe/Moscow",
            "'2014-10-26 01:30' happened twice in Europe/Moscow: write '2014-10-26 01:30 +04:00' "
            "(2014-10-25 21:30:00 UTC) or '2014-10-26 01:30 +03:00' (2014-10-25 22:30:00 UTC)");
    refused("2014-10-26 01:30 MSK", "Europe/Moscow", NULL);
    reads("2014-10-26 01:30 +04:00", "Europe/Moscow", "2014-10-25T21:30:00Z");
}

static void a_whole_day_that_was_skipped_is_named_with_its_dates(void **state)
{
    (void)state;
    refused("2011-12-30 12:00", "Pacific/Apia",
            "'2011-12-30 12:00' never was in Pacific/Apia, clocks went from 2011-12-30 00:00 to 2011-12-31 00:00: "
            "write '2011-12-29 12:00 -10' (2011-12-29 22:00:00 UTC) or '2011-12-31 12:00 +14' (2011-12-30 22:00:00 UTC)");
    reads("2011-12-31 12:00 +14", "Pacific/Apia", "2011-12-30T22:00:00Z");
}

static void a_name_that_clocks_did_not_show_then_is_refused(void **state)
{
    (void)state;
    refused("2025-07-01 12:00 GMT", LONDON,
            "'2025-07-01 12:00 GMT': clocks in Europe/London did not show GMT then: "
            "write '2025-07-01 12:00 BST' (2025-07-01 11:00:00 UTC), or give the offset from UTC in place of the name");
    refused("2025-10-26 01:30 CET", LONDON,
            "'2025-10-26 01:30 CET': clocks in Europe/London did not show CET then: "
            "write '2025-10-26 01:30 BST' (2025-10-26 00:30:00 UTC) or '2025-10-26 01:30 GMT' (2025-10-26 01:30:00 UTC), "
            "or give the offset from UTC in place of the name");
    refused("2021-12-05 21:10 BST", "UTC", NULL);
}

static void days_that_do_not_exist_are_refused(void **state)
{
    static const char *const words[] = {
        "2021-02-29 10:00", "1900-02-29 10:00", "2021-04-31 10:00", "2021-00-10 10:00", "2021-13-10 10:00",
        "2021-01-00 10:00", "2021-01-32 10:00", "2021-01-01 24:00", "2021-01-01 10:60", "2021-01-01 10:00:61",
        "1677-12-31 10:00", "2262-01-01 00:00", "0000-01-01 00:00", "9999-01-01 00:00",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(words); i++)
        refused(words[i], "UTC", NULL);
    refused("2021-02-29 10:00", "UTC", "there is no such time as '2021-02-29 10:00': give a day of the calendar "
            "in the years 1678 to 2261 and a time of day");
}

static void words_that_are_no_time_are_refused_and_cannot_spoil_the_message(void **state)
{
    static const char *const words[] = {
        "", " ", "now", "2021", "2021-12-05", "2021-12-05 ", "2021-12-05 21", "2021-12-05 21:1", "21:10",
        " 2021-12-05 21:10", "2021-12-05 21:10 ", "2021-12-05  21:10", "2021/12/05 21:10", "05-12-2021 21:10",
        "2021-12-05 21:10:", "2021-12-05 21:10:00.", "2021-12-05 21:10:00.1234567890", "2021-12-05 21:10.5",
        "2021-12-05 21:10 +", "2021-12-05 21:10 +1", "2021-12-05 21:10 +24:00", "2021-12-05 21:10 +01:60",
        "2021-12-05 21:10 +01:", "2021-12-05 21:10 +010", "2021-12-05 21:10 +01:00Z", "2021-12-05 21:10 ZZ",
        "2021-12-05 21:10 GMT GMT", "2021-12-05 21:10 ABCDEFGHIJKLMNOPQ", "2021-12-05 21:10 %s%n",
        "+021-12-05 21:10", "-021-12-05 21:10", "2021-12-05 9:10", "2021-12-05 21:10\n", "2021-1x-05 21:10",
    };
    char longest[5000];

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(words); i++)
        refused(words[i], LONDON, NULL);
    refused("\033[2J\xff", LONDON, "cannot read the time '\\x1b[2J\\xff': write it like '2021-12-05 21:10', "
            "'2021-12-05 21:10:00.250 GMT' or '2021-12-05T21:10:00Z'");
    memset(longest, '1', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    refused(longest, LONDON, NULL);
}

static void a_zone_that_does_not_exist_is_found_out(void **state)
{
    static const char *const zones[] = {
        "", "Europe/Londn", "europe/london", "../../etc/passwd", "Europe/../Europe/London", "/etc/localtime",
        "/usr/share/zoneinfo/Europe/London", "Europe", "Europe/", "Europe//London", "zone.tab", "GMT0BST",
        ":Europe/London", "right/Europe/London", "tzdata.zi", "leapseconds", "Europe/London ", "utc",
        "%s%s%s", "Europe/London\n", "-x",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(zones); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (exh_zone_check(zones[i], &err))
            fail_msg("zone '%s' was taken", zones[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        refused("2021-12-05 21:10", zones[i], err.text);
    }
}

static void an_unknown_zone_is_refused_with_a_remedy(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    assert_false(exh_zone_check("Europe/Londn", &err));
    assert_string_equal(err.text, "unknown time zone 'Europe/Londn': give a name of the time zone database "
                        "such as 'Europe/London', or 'UTC'");
}

static void without_zone_files_only_utc_is_known_and_the_remedy_is_the_package(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    setenv("TZDIR", "/nonexistent/zones", 1);
    bool utc_known = exh_zone_check("UTC", &err);
    bool london_known = exh_zone_check(LONDON, &err);
    unsetenv("TZDIR");
    assert_true(utc_known);
    assert_false(london_known);
    assert_non_null(strstr(err.text, "install the package tzdata"));
}

static void utc_of_our_formats_is_read_strictly(void **state)
{
    static const char *const words[] = {
        "", "2021-12-05T21:10:00", "2021-12-05 21:10:00Z", "2021-12-05T21:10Z", "2021-12-05T21:10:00z",
        "2021-12-05T21:10:00+00:00", "2021-12-05T21:10:00 Z", "2021-12-05T21:10:00Z ", "2021-02-29T00:00:00Z",
        "2021-12-05T21:10:00.Z", "2021-12-05T21:10:00.1234567891Z", "2262-01-01T00:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(words); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_moment moment = { 77 };
        if (exh_moment_parse_utc(words[i], &moment, &err))
            fail_msg("'%s' was read", words[i]);
        assert_int_equal(err.kind, EXH_MALFORMED);
        assert_int_equal(moment.ns, 77);
    }
    assert_true(utc("2021-12-05T21:10:00.25Z") - utc("2021-12-05T21:10:00Z") == EXH_SECOND / 4);
}

/* ---- reading and showing ---- */

static void typed_times_are_read_in_every_form(void **state)
{
    (void)state;
    reads("2021-12-05 21:10", LONDON, "2021-12-05T21:10:00Z");
    reads("2021-12-05T21:10:00", LONDON, "2021-12-05T21:10:00Z");
    reads("2021-07-05 21:10:00.250", LONDON, "2021-07-05T20:10:00.250Z");
    reads("2021-07-05T21:10:00Z", LONDON, "2021-07-05T21:10:00Z");
    reads("2021-07-05 21:10 Z", LONDON, "2021-07-05T21:10:00Z");
    reads("2021-07-05 21:10 UTC", LONDON, "2021-07-05T21:10:00Z");
    reads("2021-07-05 21:10 +01:00", "UTC", "2021-07-05T20:10:00Z");
    reads("2021-07-05T21:10:00.000000001+0545", "UTC", "2021-07-05T15:25:00.000000001Z");
    reads("2021-07-05 21:10 -0300", LONDON, "2021-07-06T00:10:00Z");
    reads("2021-07-05 21:10 +11", LONDON, "2021-07-05T10:10:00Z");
    reads("2021-07-05 21:10 BST", LONDON, "2021-07-05T20:10:00Z");
    reads("2021-07-05 21:10 EDT", "America/New_York", "2021-07-06T01:10:00Z");
}

static void a_second_numbered_60_is_the_next_minute(void **state)
{
    (void)state;
    reads("2016-12-31 23:59:60", LONDON, "2017-01-01T00:00:00Z");
    assert_true(utc("2016-12-31T23:59:60Z") == utc("2017-01-01T00:00:00Z"));
}

static void leap_days_and_far_years_are_read(void **state)
{
    (void)state;
    reads("2000-02-29 12:00", LONDON, "2000-02-29T12:00:00Z");
    reads("2024-02-29 23:59:59.999", LONDON, "2024-02-29T23:59:59.999Z");
    reads("1970-01-01 00:00", LONDON, "1969-12-31T23:00:00Z");   /* Britain kept summer time that winter */
    reads("1970-01-01 00:00", "UTC", "1970-01-01T00:00:00Z");
    reads("2038-01-19 03:14:08", LONDON, "2038-01-19T03:14:08Z");
    reads("2100-07-01 12:00", LONDON, "2100-07-01T11:00:00Z");
    reads("1678-01-01 00:00", "UTC", "1678-01-01T00:00:00Z");
    reads("2261-12-31 23:59:60", "UTC", "2262-01-01T00:00:00Z");
    reads("2261-12-31 23:59 -23:59", "UTC", "2262-01-01T23:58:00Z");
}

static void half_hour_summer_time_of_lord_howe_works(void **state)
{
    (void)state;
    refused("2025-04-06 01:45", "Australia/Lord_Howe",
            "'2025-04-06 01:45' happened twice in Australia/Lord_Howe: write '2025-04-06 01:45 +11' "
            "(2025-04-05 14:45:00 UTC) or '2025-04-06 01:45 +1030' (2025-04-05 15:15:00 UTC)");
    reads("2025-04-06 01:45 +1030", "Australia/Lord_Howe", "2025-04-05T15:15:00Z");
    reads("2025-04-06 01:29:59", "Australia/Lord_Howe", "2025-04-05T14:29:59Z");
    refused("2025-10-05 02:15", "Australia/Lord_Howe",
            "'2025-10-05 02:15' never was in Australia/Lord_Howe, clocks went from 02:00 to 02:30: "
            "write '2025-10-05 01:45 +1030' (2025-10-04 15:15:00 UTC) or '2025-10-05 02:45 +11' "
            "(2025-10-04 15:45:00 UTC)");
}

static void kathmandu_is_five_hours_and_three_quarters_ahead(void **state)
{
    struct exh_calendar c;
    char name[16], words[EXH_MOMENT_SIZE];
    int offset;

    (void)state;
    reads("2021-12-05 21:10", "Asia/Kathmandu", "2021-12-05T15:25:00Z");
    exh_zone_calendar((struct exh_moment){ utc("2021-12-05T15:25:00Z") }, "Asia/Kathmandu", &c, &offset, name);
    assert_int_equal(offset, 20700);
    assert_string_equal(name, "+0545");
    exh_moment_local((struct exh_moment){ utc("2021-12-05T15:25:00Z") }, "Asia/Kathmandu", words);
    assert_string_equal(words, "2021-12-05 21:10:00 +0545");
}

static void every_quarter_of_an_hour_comes_back_from_local_time(void **state)
{
    static const char *const zones[] = { LONDON, "Australia/Lord_Howe", "UTC" };

    (void)state;
    for (size_t z = 0; z < EXH_COUNT(zones); z++) {
        size_t twice = 0;
        for (int64_t t = utc("2024-01-01T00:00:00.5Z"); t < utc("2026-01-01T00:00:00Z"); t += 15 * MINUTE) {
            struct exh_calendar c;
            struct exh_moment found[2] = { { 0 }, { 0 } };
            exh_zone_calendar((struct exh_moment){ t }, zones[z], &c, NULL, NULL);
            assert_true(exh_calendar_is_valid(&c));
            size_t count = exh_zone_instants(&c, zones[z], found);
            assert_in_range(count, 1, 2);
            twice += count == 2;
            assert_true(found[0].ns == t || (count == 2 && found[1].ns == t));
            assert_true(count == 1 || found[0].ns < found[1].ns);
        }
        /* Two autumns: each repeated local quarter is met twice. */
        assert_int_equal(twice, z == 0 ? 16 : z == 1 ? 8 : 0);
    }
}

static void every_local_quarter_has_its_number_of_instants(void **state)
{
    size_t none = 0, both = 0;

    (void)state;
    for (int64_t t = utc("2024-01-01T00:00:00Z"); t < utc("2026-01-01T00:00:00Z"); t += 15 * MINUTE) {
        struct exh_calendar c;
        struct exh_moment found[2];
        exh_zone_calendar((struct exh_moment){ t }, "UTC", &c, NULL, NULL);
        size_t count = exh_zone_instants(&c, LONDON, found);
        none += count == 0;
        both += count == 2;
    }
    assert_int_equal(none, 8);
    assert_int_equal(both, 8);
}

static void a_skipped_time_is_placed_by_either_offset(void **state)
{
    struct exh_calendar c = day(2025, 3, 30, 1, 30);
    struct exh_moment found[2], change;

    (void)state;
    assert_int_equal(exh_zone_instants(&c, LONDON, found), 0);
    exh_zone_skipped(&c, LONDON, found, &change);
    assert_true(change.ns == utc("2025-03-30T01:00:00Z"));
    assert_true(found[0].ns == utc("2025-03-30T00:30:00Z"));
    assert_true(found[1].ns == utc("2025-03-30T01:30:00Z"));
}

static void instants_before_1970_round_down(void **state)
{
    struct exh_calendar c;
    char words[EXH_MOMENT_SIZE];

    (void)state;
    exh_zone_calendar((struct exh_moment){ -1 }, "UTC", &c, NULL, NULL);
    assert_int_equal(c.second, 59);
    assert_int_equal(c.nanosecond, 999999999);
    exh_moment_compact((struct exh_moment){ -1 }, words);
    assert_string_equal(words, "19691231T235959Z");
    exh_moment_utc((struct exh_moment){ INT64_MIN }, words);
    assert_string_equal(words, "1677-09-21T00:12:43.145224192Z");
    exh_moment_utc((struct exh_moment){ INT64_MAX }, words);
    assert_string_equal(words, "2262-04-11T23:47:16.854775807Z");
}

static void instants_are_shown_with_fractions_in_threes(void **state)
{
    int64_t t = utc("2021-07-05T21:10:00Z");
    char words[EXH_MOMENT_SIZE];

    (void)state;
    exh_moment_utc((struct exh_moment){ t }, words);
    assert_string_equal(words, "2021-07-05T21:10:00Z");
    exh_moment_utc((struct exh_moment){ t + 250000000 }, words);
    assert_string_equal(words, "2021-07-05T21:10:00.250Z");
    exh_moment_utc((struct exh_moment){ t + 250001000 }, words);
    assert_string_equal(words, "2021-07-05T21:10:00.250001Z");
    exh_moment_local((struct exh_moment){ t + 1 }, LONDON, words);
    assert_string_equal(words, "2021-07-05 22:10:00.000000001 BST");
}

static void lengths_are_shown_in_words(void **state)
{
    static const struct { int64_t ns; const char *words; } cases[] = {
        { 0, "0 s" }, { 15 * MINUTE, "15 min" }, { HOUR, "1 h" }, { 3 * EXH_SECOND, "3 s" },
        { HOUR + 2 * MINUTE + 3250 * (EXH_SECOND / 1000), "1 h 2 min 3.250 s" }, { 1, "0.000000001 s" },
        { -2 * MINUTE, "-2 min" }, { 100 * HOUR, "100 h" },
        { INT64_MAX, "2562047 h 47 min 16.854775807 s" }, { INT64_MIN, "-2562047 h 47 min 16.854775808 s" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        char words[EXH_MOMENT_SIZE];
        exh_duration_words(cases[i].ns, words);
        assert_string_equal(words, cases[i].words);
    }
}

static void typed_lengths_are_read_and_others_refused(void **state)
{
    static const struct { const char *words; int64_t ns; } cases[] = {
        { "1s", EXH_SECOND }, { "0.5s", EXH_SECOND / 2 }, { "200ms", EXH_SECOND / 5 }, { "0.5ms", 500000 }, { "2min", 2 * MINUTE },
        { "1 s", EXH_SECOND }, { "0s", 0 }, { "0.000000001s", 1 }, { "60min", HOUR },
    };
    static const char *const refused_words[] = {
        "", "s", "1", ".5s", "1.s", "-1s", "+1s", "1 h", "1S", "1s ", " 1s", "1  s", "1e3s", "0x1s", "1s2", "0.1234567890s", "61min",
        "3600.000000001s", "9007199254740992min" /* 2^64 ns, 29296875 times */, "99999999min", "100000000s", "18446744073709551617s", "1\ns", "one second",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        int64_t ns = -1;
        if (!exh_duration_parse(cases[i].words, HOUR, &ns, &err))
            fail_msg("'%s': %s", cases[i].words, err.text);
        assert_int_equal(ns, cases[i].ns);
    }
    for (size_t i = 0; i < EXH_COUNT(refused_words); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        int64_t ns = 77;
        if (exh_duration_parse(refused_words[i], HOUR, &ns, &err))
            fail_msg("'%s' was read", refused_words[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        assert_int_equal(ns, 77);
    }
}

/* ---- windows ---- */

static void a_window_without_length_is_refused_with_both_times(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error before = EXH_ERROR_NONE, equal = EXH_ERROR_NONE, right = EXH_ERROR_NONE;

    (void)state;
    assert_false(exh_window_check((struct exh_window){ { EXH_SECOND }, { 0 } }, &before));
    assert_int_equal(before.kind, EXH_USAGE);
    assert_string_equal(before.text, "the window ends (1970-01-01T00:00:00Z) before it begins (1970-01-01T00:00:01Z); "
                        "its end must be later than its beginning");
    assert_false(exh_window_check((struct exh_window){ { 0 }, { 0 } }, &equal));
    assert_non_null(strstr(equal.text, ") as it begins ("));
    assert_true(exh_window_check((struct exh_window){ { 0 }, { 1 } }, &right));
}

static void a_window_is_shifted_but_not_out_of_time(void **state)
{
    static const struct exh_window late = { { INT64_MAX - 10 }, { INT64_MAX - 5 } };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, early_err = EXH_ERROR_NONE;
    struct exh_window shifted = { { 7 }, { 7 } };

    (void)state;
    assert_false(exh_window_shift(late, 6, &shifted, &err));
    assert_int_equal(err.kind, EXH_USAGE);
    assert_int_equal(shifted.from.ns, 7);
    exh_error_clear(&err);
    assert_false(exh_window_shift((struct exh_window){ { -10 }, { 10 } }, INT64_MIN, &shifted, &early_err));
    assert_true(exh_window_shift(late, 5, &shifted, &err));
    assert_int_equal(shifted.to.ns, INT64_MAX);
    assert_true(exh_window_shift(late, -15, &shifted, &err));
    assert_int_equal(shifted.from.ns, INT64_MAX - 25);
}

/* ---- the process around us ---- */

static void check_tz_is(const char *expected)
{
    const char *tz = getenv("TZ");

    if (expected)
        assert_string_equal(tz, expected);
    else
        assert_null(tz);
}

static void call_everything(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_calendar c = day(2025, 3, 30, 1, 30);
    struct exh_moment found[2], change;
    char words[EXH_MOMENT_SIZE];

    (void)exh_zone_instants(&c, LONDON, found);
    exh_zone_skipped(&c, LONDON, found, &change);
    exh_zone_calendar(change, "Asia/Kathmandu", &c, NULL, NULL);
    exh_moment_local(change, LONDON, words);
    assert_true(exh_moment_parse("2025-10-26 03:30", LONDON, found, &err));
    assert_false(exh_moment_parse("2025-10-26 01:30", LONDON, found, &err));
}

static void the_steps_of_a_zone_are_its_changes_to_the_second(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_window window;
    size_t count;

    (void)state;
    assert_true(exh_moment_parse_utc("2021-10-31T00:30:00.5Z", &window.from, &err));
    assert_true(exh_moment_parse_utc("2021-10-31T02:30:00Z", &window.to, &err));
    EXH_CLEANUP(exh_freep) struct exh_zone_step *steps = exh_zone_steps(window, "Europe/London", &count);
    assert_int_equal(count, 2);
    assert_int_equal(steps[0].from_ns, INT64_C(1635553800) * EXH_SECOND);
    assert_int_equal(steps[0].offset_s, 3600);
    assert_string_equal(steps[0].name, "BST");
    assert_int_equal(steps[1].from_ns, INT64_C(1635642000) * EXH_SECOND);    /* 01:00:00Z */
    assert_int_equal(steps[1].offset_s, 0);
    assert_string_equal(steps[1].name, "GMT");
}

static void the_process_keeps_its_own_zone(void **state)
{
    static const char *const zones[] = { NULL, "", "America/New_York", "nowhere" };
    const time_t at = 1625519400;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(zones); i++) {
        struct tm before, after;
        if (zones[i])
            setenv("TZ", zones[i], 1);
        else
            unsetenv("TZ");
        tzset();
        localtime_r(&at, &before);
        call_everything();
        check_tz_is(zones[i]);
        localtime_r(&at, &after);
        assert_int_equal(before.tm_gmtoff, after.tm_gmtoff);
    }
    unsetenv("TZ");
    tzset();
}

static struct exh_moment stopped_clock(void)
{
    return (struct exh_moment){ 42 };
}

static void the_clock_can_be_replaced_and_put_back(void **state)
{
    (void)state;
    exh_moment_set_clock(stopped_clock);
    assert_true(exh_moment_now().ns == 42);
    exh_moment_set_clock(NULL);
    assert_true(exh_moment_now().ns > utc("2021-01-01T00:00:00Z"));
}

static struct exh_date date(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_date read = EXH_DATE_NONE;

    if (!exh_date_parse(words, &read, &err))
        fail_msg("'%s': %s", words, err.text);
    return read;
}

static void is_date(struct exh_date found, const char *expected)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(found, words);
    assert_string_equal(words, expected);
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const wrong[] = { "", "2026", "2026-8-31", "2026-08-31 ", " 2026-08-31", "2026-08-31T00:00Z", "2026/08/31",
                                         "31-08-2026", "2026-13-01", "2026-00-10", "2026-02-29", "2100-02-29", "2026-04-31",
                                         "1677-12-31", "2262-01-01", "+026-08-31", "2026-+8-31", "tomorrow" };
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_date read = { 7, 7, 7 };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        if (exh_date_parse(wrong[i], &read, &err))
            fail_msg("'%s' was read", wrong[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        assert_int_equal(read.year, 7);
        exh_error_clear(&err);
    }
}

static void dates_are_counted_by_days_and_by_months_with_the_end_of_month_kept(void **state)
{
    (void)state;
    is_date(date("2024-02-29"), "2024-02-29");
    is_date((struct exh_date)EXH_DATE_NONE, "");
    is_date(exh_date_add_months(date("2026-08-31"), 6), "2027-02-28");
    is_date(exh_date_add_months(date("2027-08-31"), 6), "2028-02-29");
    is_date(exh_date_add_months(date("2026-01-31"), 1), "2026-02-28");
    is_date(exh_date_add_months(date("2026-12-15"), 1), "2027-01-15");
    is_date(exh_date_add_months(date("2026-01-15"), -1), "2025-12-15");
    is_date(exh_date_add_months(date("2026-11-30"), 12), "2027-11-30");
    is_date(exh_date_add_days(date("2026-12-31"), 1), "2027-01-01");
    is_date(exh_date_add_days(date("2026-03-01"), -1), "2026-02-28");
    is_date(exh_date_add_days(date("1969-12-31"), 1), "1970-01-01");
    is_date(exh_date_add_days(date("1960-02-28"), 1), "1960-02-29");
    is_date(exh_date_add_days(date("2026-01-01"), 31), "2026-02-01");
    assert_int_equal(exh_date_days(date("2026-01-01"), date("2027-01-01")), 365);
    assert_int_equal(exh_date_days(date("2027-01-01"), date("2026-01-01")), -365);
    assert_int_equal(exh_date_days(date("1969-12-31"), date("1970-01-02")), 2);
    assert_true(exh_date_compare(date("2026-08-31"), date("2026-09-01")) < 0);
    assert_true(exh_date_compare(date("2027-01-01"), date("2026-12-31")) > 0);
    assert_int_equal(exh_date_compare(date("2026-08-31"), date("2026-08-31")), 0);
}

static void the_day_is_that_of_the_zone(void **state)
{
    (void)state;
    is_date(exh_date_of((struct exh_moment){ utc("2026-07-01T23:30:00Z") }, LONDON), "2026-07-02");
    is_date(exh_date_of((struct exh_moment){ utc("2026-07-01T23:30:00Z") }, "UTC"), "2026-07-01");
    is_date(exh_date_of((struct exh_moment){ utc("2026-12-31T23:59:59Z") }, LONDON), "2026-12-31");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_time_that_happened_twice_is_refused_with_both_candidates),
        cmocka_unit_test(a_local_time_that_never_was_is_refused_with_both_candidates),
        cmocka_unit_test(candidates_with_one_name_are_told_apart_by_their_offsets),
        cmocka_unit_test(a_whole_day_that_was_skipped_is_named_with_its_dates),
        cmocka_unit_test(a_name_that_clocks_did_not_show_then_is_refused),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(words_that_are_no_time_are_refused_and_cannot_spoil_the_message),
        cmocka_unit_test(a_zone_that_does_not_exist_is_found_out),
        cmocka_unit_test(an_unknown_zone_is_refused_with_a_remedy),
        cmocka_unit_test(without_zone_files_only_utc_is_known_and_the_remedy_is_the_package),
        cmocka_unit_test(utc_of_our_formats_is_read_strictly),
        cmocka_unit_test(typed_times_are_read_in_every_form),
        cmocka_unit_test(a_second_numbered_60_is_the_next_minute),
        cmocka_unit_test(leap_days_and_far_years_are_read),
        cmocka_unit_test(half_hour_summer_time_of_lord_howe_works),
        cmocka_unit_test(kathmandu_is_five_hours_and_three_quarters_ahead),
        cmocka_unit_test(every_quarter_of_an_hour_comes_back_from_local_time),
        cmocka_unit_test(every_local_quarter_has_its_number_of_instants),
        cmocka_unit_test(a_skipped_time_is_placed_by_either_offset),
        cmocka_unit_test(instants_before_1970_round_down),
        cmocka_unit_test(instants_are_shown_with_fractions_in_threes),
        cmocka_unit_test(lengths_are_shown_in_words),
        cmocka_unit_test(typed_lengths_are_read_and_others_refused),
        cmocka_unit_test(a_window_without_length_is_refused_with_both_times),
        cmocka_unit_test(a_window_is_shifted_but_not_out_of_time),
        cmocka_unit_test(the_steps_of_a_zone_are_its_changes_to_the_second),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(dates_are_counted_by_days_and_by_months_with_the_end_of_month_kept),
        cmocka_unit_test(the_day_is_that_of_the_zone),
        cmocka_unit_test(the_process_keeps_its_own_zone),
        cmocka_unit_test(the_clock_can_be_replaced_and_put_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
