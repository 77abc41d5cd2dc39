/* casefile: that a copy has served its purpose: what may be said of it, what counts, and what it is of a log that says otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>

static void exhibit(struct log *log, const char *act, const char *reference)
{
    add(log, act, "C1", reference)->time = moment("2026-01-02T10:00:00Z");
}

/* A Master, and a copy of it that is done on 2 January 2026. */
static void make_copy(struct log *log)
{
    open_case(log, "arrest");
    exhibit(log, "extract-begun", "OP1");
    exhibit(log, "extract-done", "OP1");
    exhibit(log, "still-begun", "OP1/1");
    exhibit(log, "still-done", "OP1/1");
}

/* "case-purpose" on 1 March 2026. */
static void say(struct log *log, const char *reference, const char *details)
{
    struct exh_entry *entry = add(log, "case-purpose", "C1", reference);

    entry->time = moment("2026-03-01T10:00:00Z");
    if (details)
        seal_details(log, entry, object_of(details));
}

static struct exh_date met(struct log *log, const char *reference)
{
    assert_replays(log);
    return exh_casefile_exhibit(&log->casefile, reference)->purpose_met;
}

static void what_is_said_last_counts(void **state)
{
    struct log *log = *state;

    make_copy(log);
    assert_int_equal(met(log, "OP1/1").year, 0);
    say(log, "OP1/1", "{\"date\":\"2026-02-01\",\"reason\":\"shown\"}");
    is_date(met(log, "OP1/1"), "2026-02-01");
    assert_int_equal(met(log, "OP1").year, 0);
    say(log, "OP1/1", "{\"date\":\"2026-01-20\",\"reason\":\"shown earlier\"}");
    is_date(met(log, "OP1/1"), "2026-01-20");
    say(log, "OP1/1", "{\"withdraws\":true,\"reason\":\"wanted for the trial\"}");
    assert_int_equal(met(log, "OP1/1").year, 0);
    say(log, "OP1/1", "{\"date\":\"2026-02-28\",\"reason\":\"over\"}");
    is_date(met(log, "OP1/1"), "2026-02-28");
}

static void what_cannot_be_said_is_no_log(void **state)
{
    static const struct { const char *reference, *details, *says; } wrong[] = {
        { "OP1", "{\"date\":\"2026-02-01\",\"reason\":\"x\"}", "is a Master" },
        { "OP1/2", "{\"date\":\"2026-02-01\",\"reason\":\"x\"}", "is no exhibit" },
        { NULL, "{\"date\":\"2026-02-01\",\"reason\":\"x\"}", "is no exhibit" },
        { "OP1/1", "{\"date\":\"2026-02-01\"}", "a reason is needed" },
        { "OP1/1", "{\"date\":\"2026-02-01\",\"reason\":\"\"}", "the reason" },
        { "OP1/1", "{\"reason\":\"x\"}", "is missing" },
        { "OP1/1", "{\"date\":\"2026-02-30\",\"reason\":\"x\"}", "2026-02-30" },
        { "OP1/1", "{\"date\":\"2025-12-31\",\"reason\":\"x\"}", "before it was made" },
        { "OP1/1", "{\"date\":\"2026-03-03\",\"reason\":\"x\"}", "still to come" },
        { "OP1/1", "{\"withdraws\":true,\"reason\":\"x\"}", "could be withdrawn" },
        { "OP1/1", "{\"withdraws\":true,\"date\":\"2026-02-01\",\"reason\":\"x\"}", "has no day" },
        { "OP1/1", NULL, "has no details" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        struct log *log = renew(state);
        make_copy(log);
        say(log, wrong[i].reference, wrong[i].details);
        assert_refused(log, wrong[i].says);
        assert_non_null(strstr(log->err.text, "custody log: entry 5"));
    }
}

/* By UTC the day of those who said it may be the one before, or after. */
static void a_day_off_from_utc_is_nobodys_mistake(void **state)
{
    struct log *log = *state;

    make_copy(log);
    say(log, "OP1/1", "{\"date\":\"2026-01-01\",\"reason\":\"x\"}");
    is_date(met(log, "OP1/1"), "2026-01-01");
    say(log, "OP1/1", "{\"date\":\"2026-03-02\",\"reason\":\"x\"}");
    is_date(met(log, "OP1/1"), "2026-03-02");
}

static void a_copy_that_is_not_done_has_no_purpose_to_be_met(void **state)
{
    struct log *log = *state;

    make_copy(log);
    exhibit(log, "still-begun", "OP1/2");
    say(log, "OP1/2", "{\"date\":\"2026-02-01\",\"reason\":\"x\"}");
    assert_refused(log, "is begun");
    take_back(log);
    exhibit(log, "still-failed", "OP1/2");
    say(log, "OP1/2", "{\"date\":\"2026-02-01\",\"reason\":\"x\"}");
    assert_refused(log, "is failed");
}

static void of_a_sealed_case_nothing_is_known(void **state)
{
    struct log *log = *state;

    make_copy(log);
    say(log, "OP1/1", "{\"date\":\"2026-02-01\",\"reason\":\"shown\"}");
    exh_seal_key_freep(&log->key);
    assert_int_equal(met(log, "OP1/1").year, 0);
}

static void the_details_of_an_entry_say_it_again(void **state)
{
    const struct exh_purpose said = { .date = { 2026, 2, 1 }, .reason = "shown" }, taken_back = { .reason = "wanted", .withdraws = true };
    EXH_CLEANUP(exh_json_freep) struct exh_json *one = exh_purpose_details(&said), *other = exh_purpose_details(&taken_back);
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(one), *others = exh_json_canonical(other);

    (void)state;
    assert_string_equal(words, "{\"date\":\"2026-02-01\",\"reason\":\"shown\"}");
    assert_string_equal(others, "{\"reason\":\"wanted\",\"withdraws\":true}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_is_said_last_counts),
        TEST(what_cannot_be_said_is_no_log),
        TEST(a_day_off_from_utc_is_nobodys_mistake),
        TEST(a_copy_that_is_not_done_has_no_purpose_to_be_met),
        TEST(of_a_sealed_case_nothing_is_known),
        TEST(the_details_of_an_entry_say_it_again),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
