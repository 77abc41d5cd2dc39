/* casefile: holds: how they are placed, stack, are reviewed and released; and what only a review's course releases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>

#define ORDER "{\"code\":\"coroner\",\"authority\":\"HM Coroner\",\"reference\":\"12/2026\",\"review\":\"2026-06-01\"}"
#define OWN "{\"code\":\"dhr\",\"authority\":\"the partnership\",\"reference\":\"C1\",\"review\":\"2026-07-01\"}"

/* An act on a hold of C1, at noon of @day. */
static void enter_hold(struct log *log, const char *act, const char *id, const char *details, const char *day)
{
    EXH_CLEANUP(exh_freep) char *time = exh_format("%sT12:00:00Z", day), *facts = exh_format("{\"hold\":\"%s\"}", id);
    struct exh_entry *entry = add(log, act, "C1", NULL);

    entry->time = moment(time);
    exh_json_set(entry->whole, "facts", object_of(facts));
    seal_details(log, entry, object_of(details));
}

static void place(struct log *log, const char *id, const char *order)
{
    enter_hold(log, "case-hold", id, order, "2026-01-02");
}

static void release(struct log *log, const char *id, const char *day)
{
    enter_hold(log, "case-release", id, "{\"reason\":\"inquest concluded\",\"authority\":\"HM Coroner\"}", day);
}

static struct exh_hold *hold(struct log *log, const char *id)
{
    assert_replays(log);
    return exh_casefile_hold(&log->casefile, id);
}

static struct exh_date review_of(struct log *log, const char *id)
{
    const struct exh_case *one = the_case(log);

    return exh_hold_review(one, exh_casefile_hold(&log->casefile, id));
}

static const char *const to_the_end[] = { "notified", "scoping", "decision-review", "terms-of-reference", "imr-requested", "overview-draft",
                                          "csp-approved", "ho-qa-submitted", "ho-qa-cleared" };

/* ---- what a log cannot say ---- */

static void a_hold_that_is_none_is_no_log(void **state)
{
    static const struct { const char *id, *words, *says; } wrong[] = {
        { "C1-H2", ORDER, "the next is 'C1-H1'" },
        { "C2-H1", ORDER, "the next is 'C1-H1'" },
        { "", ORDER, "the next is 'C1-H1'" },
        { "C1-H1", "{}", "no reason of a hold" },
        { "C1-H1", "{\"code\":\"theft\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2026-06-01\"}", "no reason of a hold" },
        { "C1-H1", "{\"code\":\"other\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2026-06-01\"}", "needs a note" },
        { "C1-H1", "{\"code\":\"civil\",\"reference\":\"y\",\"review\":\"2026-06-01\"}", "authority" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"review\":\"2026-06-01\"}", "what they call it" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"\",\"reference\":\"y\",\"review\":\"2026-06-01\"}", "authority" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\"}", "needs a day" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2026-06-31\"}", "no such day" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2025-12-31\"}", "in the past" },
        { "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2027-01-04\"}", "too far off" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        open_case(*state, "arrest");
        place(*state, wrong[i].id, wrong[i].words);
        assert_refused(*state, wrong[i].says);
        assert_non_null(strstr(((struct log *)*state)->err.text, "custody log: entry 1"));
    }
}

static void the_day_of_review_may_be_a_day_off_from_utc(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    place(log, "C1-H1", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2026-01-01\"}");
    place(log, "C1-H2", "{\"code\":\"civil\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2027-01-03\"}");
    assert_replays(log);
}

static void a_release_of_a_hold_that_does_not_stand_is_no_log(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    add(log, "case-open", "C2", NULL);
    release(log, "C1-H1", "2026-01-03");
    assert_refused(log, "'case-release' of hold 'C1-H1', which does not stand on case C1");
    assert_non_null(strstr(log->err.text, "custody log: entry 2"));
    take_back(log);
    place(log, "C1-H1", ORDER);
    release(log, "C1-H1", "2026-01-03");
    assert_replays(log);
    release(log, "C1-H1", "2026-01-04");
    assert_refused(log, "does not stand");
    take_back(log);
    enter_hold(log, "case-review", "C1-H1", "{\"review\":\"2026-08-01\",\"reason\":\"x\"}", "2026-01-04");
    assert_refused(log, "does not stand");
    take_back(log);
    place(log, "C1-H2", ORDER);
    release(log, "C1-H2", "2026-01-03");
    log->entries[log->count - 1].case_id = (char *)(uintptr_t)"C2";
    assert_refused(log, "does not stand on case C2");
}

static void a_hold_is_on_an_exhibit_of_its_case(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    add(log, "case-open", "C2", NULL);
    add(log, "extract-begun", "C1", "OP1");
    add(log, "extract-begun", "C2", "OP2");
    add(log, "case-hold", "C1", "OP1")->time = moment("2026-01-02T12:00:00Z");
    exh_json_set(log->entries[4].whole, "facts", object_of("{\"hold\":\"C1-H1\"}"));
    seal_details(log, &log->entries[4], object_of(ORDER));
    assert_string_equal(hold(log, "C1-H1")->exhibit, "OP1");
    log->entries[4].exhibit = (char *)(uintptr_t)"OP2";
    assert_refused(log, "has no exhibit 'OP2'");
}

/* ---- holds ---- */

static void holds_stack_and_are_released_one_by_one(void **state)
{
    struct log *log = *state;
    char next[24];

    open_case(log, "arrest");
    place(log, "C1-H1", ORDER);
    place(log, "C1-H2", "{\"code\":\"other\",\"authority\":\"x\",\"reference\":\"y\",\"note\":\"a phone\",\"review\":\"2026-06-01\"}");
    release(log, "C1-H1", "2026-01-03");
    assert_true(hold(log, "C1-H1")->released);
    assert_string_equal(hold(log, "C1-H1")->release_reason, "inquest concluded");
    assert_string_equal(hold(log, "C1-H1")->release_authority, "HM Coroner");
    assert_string_equal(hold(log, "C1-H1")->code, "coroner");
    assert_false(hold(log, "C1-H2")->released);
    assert_false(hold(log, "C1-H2")->own);
    assert_string_equal(hold(log, "C1-H2")->note, "a phone");
    assert_null(hold(log, "C1-H3"));
    exh_casefile_next_hold(the_case(log), next);
    assert_string_equal(next, "C1-H3");
}

static void a_hold_that_is_reviewed_stands_until_the_next_review(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    place(log, "C1-H1", ORDER);
    is_date(review_of(log, "C1-H1"), "2026-06-01");
    enter_hold(log, "case-review", "C1-H1", "{\"review\":\"2027-06-01\",\"reason\":\"adjourned\"}", "2026-06-02");
    is_date(review_of(log, "C1-H1"), "2027-06-01");
    enter_hold(log, "case-review", "C1-H1", "{\"review\":\"2028-06-04\",\"reason\":\"adjourned\"}", "2027-06-02");
    assert_refused(log, "too far off");
    take_back(log);
    enter_hold(log, "case-review", "C1-H1", "{\"reason\":\"adjourned\"}", "2027-06-02");
    assert_refused(log, "needs a day");
}

static void a_case_may_be_held_from_the_beginning(void **state)
{
    struct log *log = *state;

    open_case_held(log, "coroner", ORDER);
    assert_false(hold(log, "C1-H1")->own);
    assert_string_equal(hold(log, "C1-H1")->code, "coroner");
    release(log, "C1-H1", "2026-01-03");
    assert_true(hold(log, "C1-H1")->released);
    place(log, "C1-H2", ORDER);
    assert_replays(log);
}

static void a_hold_at_the_beginning_says_why(void **state)
{
    struct log *log = *state;

    open_case_held(log, "coroner", "{}");
    assert_refused(log, "no reason of a hold");
    log = renew(state);
    open_case(log, "coroner");
    take_back(log);
    add(log, "case-open", "C1", NULL)->time = moment("2026-01-01T10:00:00Z");
    exh_json_set(log->entries[0].whole, "facts", object_of("{\"hold\":\"C1-H1\"}"));
    seal_details(log, &log->entries[0], object_of("{\"type\":\"coroner\"}"));
    assert_refused(log, "without saying why");
}

/* ---- a key that is gone ---- */

static void that_a_hold_stands_is_known_without_the_key(void **state)
{
    struct log *log = *state;

    open_case_held(log, "dhr", OWN);
    place(log, "C1-H2", ORDER);
    place(log, "C1-H3", ORDER);
    release(log, "C1-H2", "2026-01-03");
    exh_seal_key_freep(&log->key);
    assert_true(the_case(log)->sealed);
    assert_int_equal(the_case(log)->hold_count, 3);
    assert_false(hold(log, "C1-H1")->released);
    assert_null(hold(log, "C1-H1")->code);
    is_date(review_of(log, "C1-H1"), "");
    assert_true(hold(log, "C1-H2")->released);
    assert_false(hold(log, "C1-H3")->released);
}

static void without_the_key_too_a_hold_is_released_once(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    place(log, "C1-H1", ORDER);
    release(log, "C1-H1", "2026-01-03");
    release(log, "C1-H1", "2026-01-04");
    exh_seal_key_freep(&log->key);
    assert_refused(log, "does not stand");
    take_back(log);
    assert_replays(log);
    log->entries[1].act = (char *)(uintptr_t)"case-status";
    assert_refused(log, "does not stand");
}

/* ---- a review's own hold ---- */

static void a_reviews_own_hold_is_released_by_its_course_alone(void **state)
{
    static const char *const ends[] = { "published", "not-published" };

    for (size_t i = 0; i < EXH_COUNT(ends); i++) {
        struct log *log = renew(state);
        EXH_CLEANUP(exh_freep) char *end = exh_format("{\"status\":\"%s\",\"date\":\"2026-02-20\"}", ends[i]);
        open_case_held(log, "dhr", OWN);
        assert_true(hold(log, "C1-H1")->own);
        release(log, "C1-H1", "2026-01-03");
        assert_refused(log, "is the review's own");
        take_back(log);
        go(log, to_the_end, EXH_COUNT(to_the_end));
        release(log, "C1-H1", "2030-12-31");
        assert_refused(log, "it is 'ho-qa-cleared'");
        take_back(log);
        assert_null(exh_casefile_own_hold_done(&log->casefile, the_case(log), (struct exh_date){ 2030, 12, 31 }));
        enter(log, end);
        assert_non_null(exh_casefile_own_hold_done(&log->casefile, the_case(log), (struct exh_date){ 2030, 12, 31 }));
        release(log, "C1-H1", "2030-12-31");
        assert_true(hold(log, "C1-H1")->released);
        assert_null(exh_casefile_own_hold_done(&log->casefile, the_case(log), (struct exh_date){ 2030, 12, 31 }));
    }
}

static void proceedings_that_are_open_keep_a_reviews_own_hold(void **state)
{
    static const char *const flags[] = { "criminal-proceedings", "inquest" };

    for (size_t i = 0; i < EXH_COUNT(flags); i++) {
        struct log *log = renew(state);
        EXH_CLEANUP(exh_freep) char *open = exh_format("{\"date\":\"2026-02-01\",\"flags\":{\"%s\":\"open\"}}", flags[i]);
        EXH_CLEANUP(exh_freep) char *ended = exh_format("{\"date\":\"2026-03-01\",\"flags\":{\"%s\":\"ended\"}}", flags[i]);
        open_case_held(log, "dhr", OWN);
        go(log, to_the_end, EXH_COUNT(to_the_end));
        enter(log, "{\"status\":\"published\",\"date\":\"2026-02-20\"}");
        enter(log, open);
        release(log, "C1-H1", "2030-12-31");
        assert_refused(log, flags[i]);
        take_back(log);
        enter(log, ended);
        release(log, "C1-H1", "2030-12-31");
        assert_replays(log);
    }
}

static void where_there_is_no_review_its_own_hold_stands_for_31_days(void **state)
{
    struct log *log = *state;

    open_case_held(log, "dhr", OWN);
    is_date(review_of(log, "C1-H1"), "2026-07-01");
    enter(log, "{\"status\":\"notified\",\"date\":\"2026-01-02\"}");
    enter(log, "{\"status\":\"scoping\",\"date\":\"2026-01-03\"}");
    enter(log, "{\"status\":\"decision-no-review\",\"date\":\"2030-12-31\"}");
    is_date(review_of(log, "C1-H1"), "2031-01-31");
    release(log, "C1-H1", "2031-01-30");
    assert_refused(log, "until 2031-01-31");
    take_back(log);
    release(log, "C1-H1", "2031-01-31");
    assert_replays(log);
    take_back(log);
    enter_hold(log, "case-review", "C1-H1", "{\"review\":\"2031-06-01\",\"reason\":\"x\"}", "2031-02-01");
    is_date(review_of(log, "C1-H1"), "2031-06-01");
}

static void a_correction_can_make_a_reviews_own_hold_stand_on(void **state)
{
    struct log *log = *state;

    open_case_held(log, "dhr", OWN);
    go(log, to_the_end, EXH_COUNT(to_the_end));
    enter(log, "{\"status\":\"published\",\"date\":\"2026-02-20\"}");
    enter(log, "{\"date\":\"2026-02-21\",\"corrects\":10,\"withdraws\":true}");
    release(log, "C1-H1", "2030-12-31");
    assert_refused(log, "it is 'ho-qa-cleared'");
}

static void another_hold_on_a_review_is_released_by_hand(void **state)
{
    struct log *log = *state;

    open_case_held(log, "dhr", OWN);
    place(log, "C1-H2", "{\"code\":\"dhr\",\"authority\":\"x\",\"reference\":\"y\",\"review\":\"2026-06-01\"}");
    release(log, "C1-H2", "2026-01-03");
    assert_true(hold(log, "C1-H2")->released);
    assert_false(hold(log, "C1-H1")->released);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_hold_that_is_none_is_no_log),
        TEST(the_day_of_review_may_be_a_day_off_from_utc),
        TEST(a_release_of_a_hold_that_does_not_stand_is_no_log),
        TEST(a_hold_is_on_an_exhibit_of_its_case),
        TEST(holds_stack_and_are_released_one_by_one),
        TEST(a_hold_that_is_reviewed_stands_until_the_next_review),
        TEST(a_case_may_be_held_from_the_beginning),
        TEST(a_hold_at_the_beginning_says_why),
        TEST(that_a_hold_stands_is_known_without_the_key),
        TEST(without_the_key_too_a_hold_is_released_once),
        TEST(a_reviews_own_hold_is_released_by_its_course_alone),
        TEST(proceedings_that_are_open_keep_a_reviews_own_hold),
        TEST(where_there_is_no_review_its_own_hold_stands_for_31_days),
        TEST(a_correction_can_make_a_reviews_own_hold_stand_on),
        TEST(another_hold_on_a_review_is_released_by_hand),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
