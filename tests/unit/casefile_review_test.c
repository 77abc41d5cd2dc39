/* casefile: the register of reviews: what its lines say, and what red, amber and green are computed from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

/* The line of C1 on @today must have this colour, for a reason that has these words. */
static void is_on(struct log *log, const char *today, enum exh_rag rag, const char *because)
{
    EXH_CLEANUP(exh_review_row_clear) struct exh_review_row row = { .urn = NULL };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_date day;

    if (!exh_date_parse(today, &day, &err))
        fail_msg("%s", err.text);
    exh_review_row(the_case(log), day, &row);
    if (row.rag != rag || !strstr(row.why, because))
        fail_msg("on %s: %s, %s", today, exh_rag_name(row.rag) ? exh_rag_name(row.rag) : "none", row.why);
}

static void step(struct log *log, const char *status, const char *date)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("{\"status\":\"%s\",\"date\":\"%s\"}", status, date);

    enter(log, words);
}

static void flag(struct log *log, const char *state, const char *date)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("{\"flags\":{\"criminal-proceedings\":\"%s\"},\"date\":\"%s\"}", state, date);

    enter(log, words);
}

static void of_a_review_that_nothing_is_known_of_nothing_is_green(void **state)
{
    struct log *log = *state;

    open_case(log, "dhr");
    is_on(log, "2026-01-02", EXH_RAG_AMBER, "no status is entered");
}

static void the_decision_is_due_a_month_after_the_notification(void **state)
{
    struct log *log = *state;

    open_case(log, "dhr");
    step(log, "notified", "2026-01-31");
    is_on(log, "2026-02-01", EXH_RAG_GREEN, "the decision is due on 2026-02-28, 1 month after the notification on 2026-01-31: 27 days left");
    is_on(log, "2026-02-20", EXH_RAG_GREEN, "8 days left");
    is_on(log, "2026-02-21", EXH_RAG_AMBER, "7 days left");
    step(log, "scoping", "2026-02-05");
    is_on(log, "2026-02-28", EXH_RAG_AMBER, "0 days left");
    is_on(log, "2026-03-01", EXH_RAG_RED, "was due on 2026-02-28, 1 month after the notification on 2026-01-31: 1 day late");
}

static void the_report_is_due_six_months_after_the_decision(void **state)
{
    static const char *const working[] = { "terms-of-reference", "imr-requested", "overview-draft", "csp-approved" };
    struct log *log = *state;

    open_case(log, "dhr");
    step(log, "notified", "2026-01-02");
    step(log, "scoping", "2026-01-03");
    step(log, "decision-review", "2026-01-31");
    for (size_t i = 0; i < EXH_COUNT(working); i++) {
        step(log, working[i], "2026-02-01");
        is_on(log, "2026-06-29", EXH_RAG_GREEN, "the report at the Home Office is due on 2026-07-31, 6 months after the decision on 2026-01-31");
        is_on(log, "2026-06-30", EXH_RAG_AMBER, "31 days left");
        is_on(log, "2026-08-01", EXH_RAG_RED, "1 day late");
    }
}

static void a_review_on_hold_is_amber_and_its_days_do_not_count(void **state)
{
    struct log *log = *state;

    open_case(log, "dhr");
    step(log, "notified", "2026-01-02");
    flag(log, "open", "2026-01-10");
    is_on(log, "2028-01-01", EXH_RAG_AMBER, "on hold since 2026-01-10, criminal proceedings are open");
    flag(log, "ended", "2026-03-11");
    is_on(log, "2026-03-11", EXH_RAG_GREEN, "due on 2026-04-03, 1 month after the notification on 2026-01-02, and 60 days on hold");
    step(log, "scoping", "2026-03-11");
    step(log, "decision-review", "2026-03-12");
    is_on(log, "2026-03-13", EXH_RAG_GREEN, "due on 2026-09-12, 6 months after the decision on 2026-03-12: ");
}

static void what_waits_for_others_is_green_and_what_is_finished_has_no_colour(void **state)
{
    static const struct { const char *status; enum exh_rag rag; const char *because; } steps[] = {
        { "ho-qa-submitted", EXH_RAG_GREEN, "no step of the partnership's" },
        { "ho-qa-revise", EXH_RAG_AMBER, "asks for changes" },
        { "ho-qa-submitted", EXH_RAG_GREEN, "no step of the partnership's" },
        { "ho-qa-cleared", EXH_RAG_GREEN, "no step of the partnership's" },
        { "not-published", EXH_RAG_GREEN, "action plan is open" },
        { "published", EXH_RAG_GREEN, "action plan is open" },
        { "action-plan-closed", EXH_RAG_NONE, "finished" },
    };
    static const char *const before[] = { "notified", "scoping", "decision-review", "terms-of-reference", "imr-requested", "overview-draft",
                                          "csp-approved" };
    struct log *log = *state;

    open_case(log, "dhr");
    go(log, before, EXH_COUNT(before));
    for (size_t i = 0; i < EXH_COUNT(steps); i++) {
        step(log, steps[i].status, "2026-02-01");
        is_on(log, "2030-01-01", steps[i].rag, steps[i].because);
    }
    log = renew(state);
    open_case(log, "dhr");
    go(log, before, 2);
    step(log, "decision-no-review", "2026-02-01");
    is_on(log, "2030-01-01", EXH_RAG_NONE, "finished");
}

static void a_line_says_what_the_register_asks_for(void **state)
{
    struct log *log = *state;
    struct exh_review_row row;

    open_case(log, "dhr");
    enter_act(log, "case-reference", object_of("{\"added\":[\"police:1\",\"home-office:20210517/1\",\"dhr-urn:FCSP DHR 2-2021\"]}"));
    enter_act(log, "case-outcome", object_of("{\"town\":\"March (WC)\"}"));
    step(log, "notified", "2021-05-17");
    enter(log, "{\"status\":\"scoping\",\"date\":\"2021-05-20\",\"note\":\"panel met\"}");
    step(log, "decision-review", "2021-05-21");
    enter(log, "{\"status\":\"scoping\",\"date\":\"2021-05-19\",\"corrects\":2}");
    flag(log, "open", "2021-10-04");
    exh_review_row(the_case(log), (struct exh_date){ 2022, 2, 1 }, &row);
    assert_string_equal(row.urn, "FCSP DHR 2-2021");
    assert_string_equal(row.home_office, "20210517/1");
    assert_string_equal(row.town, "March (WC)");
    assert_string_equal(row.status, "decision-review since 2021-05-21, notified 2021-05-17; criminal-proceedings open since 2021-10-04");
    assert_string_equal(row.action_plan, "n/a");
    assert_int_equal(row.progress.count, 4);
    assert_string_equal(row.progress.at[1], "2021-05-19 scoping");
    assert_string_equal(row.progress.at[3], "2021-10-04 criminal-proceedings open");
    assert_int_equal(row.rag, EXH_RAG_AMBER);
    exh_review_row_clear(&row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(of_a_review_that_nothing_is_known_of_nothing_is_green),
        TEST(the_decision_is_due_a_month_after_the_notification),
        TEST(the_report_is_due_six_months_after_the_decision),
        TEST(a_review_on_hold_is_amber_and_its_days_do_not_count),
        TEST(what_waits_for_others_is_green_and_what_is_finished_has_no_colour),
        TEST(a_line_says_what_the_register_asks_for),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
