/* clock: which check is in force, what it says, and how it is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/clock.h"

#include <stdlib.h>
#include <string.h>

#define DAY    (86400 * EXH_SECOND)
#define LIMIT  (31 * DAY)
#define LONDON "Europe/London"

static struct exh_clock_history history;
static struct exh_clock_statement statement;

static int clear(void **state)
{
    (void)state;
    exh_clock_history_clear(&history);
    exh_clock_statement_clear(&statement);
    return 0;
}

static struct exh_moment at(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment moment = { 0 };

    if (!exh_moment_parse_utc(words, &moment, &err))
        fail_msg("%s", err.text);
    return moment;
}

/* A check at @actual of a recorder that was @offset_ns fast. */
static void checked(const char *actual, int64_t offset_ns)
{
    struct exh_clock_check check = { .actual = at(actual),
                                     .uncertainty_ns = EXH_SECOND,
                                     .reference = exh_strdup("NTP stratum 2"),
                                     .method = exh_strdup("both read at once"),
                                     .by = exh_strdup("OP"),
                                     .zone = exh_strdup("UTC"),
                                     .recorded = at("2026-11-22T10:00:00Z") };

    check.shown.ns = check.actual.ns + offset_ns;
    exh_clock_history_add(&history, &check);
    assert_null(check.reference);
}

static struct exh_window window(const char *from, const char *to)
{
    return (struct exh_window){ at(from), at(to) };
}

static void state_of(const char *from, const char *to)
{
    exh_clock_statement_clear(&statement);
    exh_clock_state(&history, window(from, to), LIMIT, LONDON, &statement);
}

static void says(const char *words, const char *part)
{
    if (!words || !strstr(words, part))
        fail_msg("'%s' does not say '%s'", words ? words : "(nothing)", part);
}

static void number_is(const char *name, int64_t expected)
{
    assert_int_equal(exh_json_int_or(statement.json, name, -77), expected);
}

/* ---- what cannot be relied on first ---- */

static void without_a_check_that_is_a_finding(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        exh_clock_statement_clear(&statement);
        exh_clock_state(i ? &history : NULL, window("2021-12-05T21:10:00Z", "2021-12-05T21:12:00Z"), LIMIT, LONDON,
                        &statement);
        assert_false(statement.checked);
        assert_int_equal(statement.offset_ns, 0);
        assert_string_equal(statement.code, "no-time-check");
        says(statement.finding, "not known");
        says(statement.words, "times are as the recorder wrote them");
        assert_false(exh_json_bool_or(statement.json, "checked", true));
        assert_string_equal(exh_json_text_or(statement.json, "statement", ""), statement.words);
        assert_null(exh_json_get(statement.json, "words"));
    }
}

static void a_check_is_stale_one_nanosecond_past_the_limit(void **state)
{
    struct exh_window w = window("2022-01-05T00:00:00Z", "2022-01-05T01:00:00Z");

    (void)state;
    checked("2021-12-05T00:00:00Z", 15 * EXH_SECOND);
    exh_clock_state(&history, w, LIMIT, LONDON, &statement);
    assert_null(statement.finding);
    assert_string_equal(statement.code, "");
    number_is("age_ns", LIMIT);
    assert_false(exh_json_bool_or(statement.json, "stale", true));
    exh_clock_statement_clear(&statement);
    exh_clock_state(&history, w, LIMIT - 1, LONDON, &statement);
    assert_string_equal(statement.code, "stale-time-check");
    says(statement.finding, "2021-12-05 00:00:00 GMT, lies 31 days before it");
    assert_true(exh_json_bool_or(statement.json, "stale", false));
    assert_true(statement.checked);
    assert_int_equal(statement.offset_ns, 15 * EXH_SECOND);
}

static void a_check_after_the_window_goes_stale_too(void **state)
{
    (void)state;
    checked("2021-12-05T00:00:00Z", 0);
    state_of("2021-07-01T00:00:00Z", "2021-07-01T01:00:00Z");
    says(statement.finding, "157 days after it");
    says(statement.finding, "limit of 31 days");
}

static void times_too_far_apart_to_tell_are_refused(void **state)
{
    struct exh_clock_check check = { .shown = at("1678-01-01T00:00:00Z"), .actual = at("2026-01-01T00:00:00Z") };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    int64_t offset = 77;

    (void)state;
    assert_false(exh_clock_offset(&check, &offset, &err));
    assert_int_equal(err.kind, EXH_USAGE);
    assert_int_equal(offset, 77);
}

static void the_ends_of_time_do_no_harm(void **state)
{
    static const struct exh_window ends[] = { { { INT64_MIN }, { INT64_MIN + 1 } },
                                              { { INT64_MAX - 1 }, { INT64_MAX } } };

    (void)state;
    checked("1678-01-01T00:00:00Z", 0);
    checked("2261-12-31T00:00:00Z", 0);
    history.checks[1].shown.ns = INT64_MIN;
    for (size_t i = 0; i < EXH_COUNT(ends); i++) {
        exh_clock_statement_clear(&statement);
        exh_clock_state(&history, ends[i], 0, "UTC", &statement);
        assert_true(statement.checked);
    }
}

static void a_window_that_the_offset_moves_out_of_time_is_refused(void **state)
{
    static const struct exh_window end = { { INT64_MAX - 1 }, { INT64_MAX } };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_window found = { { 7 }, { 7 } };

    (void)state;
    checked("2021-12-05T00:00:00Z", -100 * DAY);
    assert_false(exh_clock_state_shown(&history, end, LIMIT, "UTC", &found, &statement, &err));
    assert_int_equal(err.kind, EXH_USAGE);
    assert_int_equal(found.from.ns, 7);
    assert_null(statement.words);
}

/* ---- which check is in force ---- */

static void the_nearest_check_is_in_force_before_or_after(void **state)
{
    (void)state;
    checked("2021-12-01T00:00:00Z", 10 * EXH_SECOND);
    checked("2021-12-11T00:00:00Z", 20 * EXH_SECOND);
    state_of("2021-12-03T00:00:00Z", "2021-12-03T01:00:00Z");
    assert_int_equal(statement.offset_ns, 10 * EXH_SECOND);
    assert_string_equal(exh_json_text_or(statement.json, "side", ""), "before");
    state_of("2021-12-09T00:00:00Z", "2021-12-09T01:00:00Z");
    assert_int_equal(statement.offset_ns, 20 * EXH_SECOND);
    assert_string_equal(exh_json_text_or(statement.json, "side", ""), "after");
    says(statement.words, "47 h after the window");
    /* The distance is that to the window's nearer end: a long window may be nearer to what comes after. */
    state_of("2021-12-03T00:00:00Z", "2021-12-10T00:00:00Z");
    assert_int_equal(statement.offset_ns, 20 * EXH_SECOND);
}

static void of_two_equally_near_the_earlier_is_in_force(void **state)
{
    (void)state;
    checked("2021-12-11T00:00:00Z", 20 * EXH_SECOND);
    checked("2021-12-01T00:00:00Z", 10 * EXH_SECOND);
    state_of("2021-12-05T00:00:00Z", "2021-12-07T00:00:00Z");
    assert_int_equal(statement.offset_ns, 10 * EXH_SECOND);
    number_is("age_ns", 4 * DAY);
    state_of("2021-11-01T00:00:00Z", "2021-12-31T00:00:00Z");
    assert_int_equal(statement.offset_ns, 10 * EXH_SECOND);
    number_is("age_ns", 0);
    says(statement.words, ", within the window, by OP,");
}

static void a_later_entry_for_one_moment_corrects_the_earlier_and_both_are_told(void **state)
{
    (void)state;
    checked("2021-12-01T00:00:00Z", 5 * EXH_SECOND);
    checked("2021-12-05T00:00:00Z", 3600 * EXH_SECOND);
    checked("2021-12-05T00:00:00Z", 15 * EXH_SECOND);
    assert_true(exh_clock_is_superseded(&history, 1));
    assert_false(exh_clock_is_superseded(&history, 2));
    state_of("2021-12-05T00:00:00Z", "2021-12-05T01:00:00Z");
    assert_int_equal(statement.offset_ns, 15 * EXH_SECOND);
    says(statement.words, "which this one corrects, said 1 h FAST");
    state_of("2021-12-04T00:00:00Z", "2021-12-04T01:00:00Z");
    const struct exh_json *drift = exh_json_get(statement.json, "drift");
    assert_int_equal(exh_json_count(drift), 1);
    assert_int_equal(exh_json_int_or(exh_json_at(drift, 0), "change_ns", 0), 10 * EXH_SECOND);
}

static void a_window_by_the_recorder_s_clock_takes_the_check_that_showed_that_time(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_window found;
    char from[EXH_MOMENT_SIZE];

    (void)state;
    checked("2021-11-01T00:00:00Z", 15 * EXH_SECOND);
    checked("2021-12-05T00:00:00Z", at("1970-01-02T00:00:00Z").ns - at("2021-12-05T00:00:00Z").ns);
    assert_true(exh_clock_state_shown(&history, window("1970-01-02T21:10:00Z", "1970-01-02T21:12:00Z"), LIMIT, LONDON,
                                      &found, &statement, &err));
    exh_moment_utc(found.from, from);
    assert_string_equal(from, "2021-12-05T21:10:00Z");
    assert_null(statement.finding);
    says(statement.words, "asked for by the recorder's clock, 1970-01-02T21:10:00Z to 1970-01-02T21:12:00Z");
    assert_string_equal(exh_json_text_or(exh_json_get(statement.json, "asked_shown"), "to", ""),
                        "1970-01-02T21:12:00Z");
    assert_string_equal(exh_json_text_or(statement.json, "statement", ""), statement.words);
    exh_clock_statement_clear(&statement);
    assert_true(exh_clock_state_shown(NULL, window("2021-12-05T21:10:00Z", "2021-12-05T21:12:00Z"), LIMIT, LONDON,
                                      &found, &statement, &err));
    assert_string_equal(statement.code, "no-time-check");
    assert_int_equal(found.from.ns, at("2021-12-05T21:10:00Z").ns);
}

/* ---- what is said ---- */

static void the_sign_is_fast_for_a_recorder_that_is_ahead(void **state)
{
    static const struct {
        int64_t ns;
        const char *words, *rule;
    } cases[] = {
        { 15 * EXH_SECOND, "15 s FAST", "recorder is 15 s FAST; true = shown - 15 s" },
        { -1250 * (EXH_SECOND / 1000), "1.250 s SLOW", "recorder is 1.250 s SLOW; true = shown + 1.250 s" },
        { 0, "right", "recorder is right; true = shown" },
        { 1, "0.000000001 s FAST", "recorder is 0.000000001 s FAST; true = shown - 0.000000001 s" },
        { -(47 * 3600 + 59 * 60) * EXH_SECOND, "47 h 59 min SLOW",
          "recorder is 47 h 59 min SLOW; true = shown + 47 h 59 min" },
        { -2 * DAY, "2 days SLOW", "recorder is 2 days SLOW; true = shown + 2 days" },
        { 100 * DAY + 3 * EXH_SECOND, "100 days 3 s FAST",
          "recorder is 100 days 3 s FAST; true = shown - 100 days 3 s" },
        { INT64_MIN, "106751 days 23 h 47 min 16.854775808 s SLOW", NULL },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_clock_words(cases[i].ns), *rule = exh_clock_rule(cases[i].ns);
        assert_string_equal(words, cases[i].words);
        if (cases[i].rule)
            assert_string_equal(rule, cases[i].rule);
    }
}

static void the_statement_says_when_and_how_in_local_time_and_utc(void **state)
{
    (void)state;
    checked("2021-07-05T20:00:00Z", 15 * EXH_SECOND);
    history.checks[0].photo = exh_strdup("0123abcd");
    state_of("2021-07-05T20:10:00Z", "2021-07-05T20:12:00Z");
    assert_string_equal(
        statement.words,
        "recorder is 15 s FAST; true = shown - 15 s (checked at 2021-07-05 21:00:00 BST, "
        "2021-07-05T20:00:00Z, 10 min before the window, by OP, when the recorder showed 2021-07-05 20:00:15 UTC; "
        "give or take 1 s; reference: NTP stratum 2; method: both read at once; photograph with SHA-256 0123abcd)");
    assert_string_equal(exh_json_text_or(statement.json, "words", ""), "recorder is 15 s FAST; true = shown - 15 s");
    assert_string_equal(exh_json_text_or(statement.json, "shown_local", ""), "2021-07-05 20:00:15 UTC");
    assert_string_equal(exh_json_text_or(statement.json, "actual_local", ""), "2021-07-05 21:00:00 BST");
    assert_string_equal(exh_json_text_or(statement.json, "photo_sha256", ""), "0123abcd");
    number_is("offset_ns", 15 * EXH_SECOND);
    number_is("uncertainty_ns", EXH_SECOND);
    number_is("limit_ns", LIMIT);
}

static void drift_is_stated_between_the_checks_around_the_window(void **state)
{
    (void)state;
    checked("2021-12-01T10:00:00Z", 15 * EXH_SECOND);
    checked("2022-01-01T10:00:00Z", 17 * EXH_SECOND);
    checked("2022-02-01T10:00:00Z", 17 * EXH_SECOND);
    state_of("2021-12-05T21:10:00Z", "2021-12-05T21:12:00Z");
    says(statement.words,
         "between the checks of 2021-12-01 10:00:00 GMT and 2022-01-01 10:00:00 GMT the clock went from "
         "15 s FAST to 17 s FAST: 2 s in 31 days");
    assert_int_equal(exh_json_count(exh_json_get(statement.json, "drift")), 1);
    state_of("2021-12-05T21:10:00Z", "2022-01-05T21:12:00Z");
    assert_int_equal(exh_json_count(exh_json_get(statement.json, "drift")), 2);
    says(statement.words, "equally 17 s FAST: no drift seen in 31 days");
    state_of("2022-02-05T21:10:00Z", "2022-02-05T21:12:00Z");
    assert_int_equal(exh_json_count(exh_json_get(statement.json, "drift")), 0);
    state_of("2021-11-20T00:00:00Z", "2021-12-01T10:00:00Z");
    assert_int_equal(exh_json_count(exh_json_get(statement.json, "drift")), 0);
}

static void checks_are_kept_in_order_of_time_those_of_one_instant_as_entered(void **state)
{
    (void)state;
    checked("2021-12-03T00:00:00Z", 3);
    checked("2021-12-01T00:00:00Z", 1);
    checked("2021-12-03T00:00:00Z", 4);
    checked("2021-12-02T00:00:00Z", 2);
    assert_int_equal(history.count, 4);
    for (size_t i = 0; i < history.count; i++)
        assert_int_equal(history.checks[i].shown.ns - history.checks[i].actual.ns, i + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clear, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_check_that_is_a_finding),
        TEST(a_check_is_stale_one_nanosecond_past_the_limit),
        TEST(a_check_after_the_window_goes_stale_too),
        TEST(times_too_far_apart_to_tell_are_refused),
        TEST(the_ends_of_time_do_no_harm),
        TEST(a_window_that_the_offset_moves_out_of_time_is_refused),
        TEST(the_nearest_check_is_in_force_before_or_after),
        TEST(of_two_equally_near_the_earlier_is_in_force),
        TEST(a_later_entry_for_one_moment_corrects_the_earlier_and_both_are_told),
        TEST(a_window_by_the_recorder_s_clock_takes_the_check_that_showed_that_time),
        TEST(the_sign_is_fast_for_a_recorder_that_is_ahead),
        TEST(the_statement_says_when_and_how_in_local_time_and_utc),
        TEST(drift_is_stated_between_the_checks_around_the_window),
        TEST(checks_are_kept_in_order_of_time_those_of_one_instant_as_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
