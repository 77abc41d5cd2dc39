/* casefile: requests and emergencies: what a log can say of them, and what is known once the case's key is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>

#define ASKED "{\"by\":\"DC Smith\",\"organisation\":\"police\",\"basis\":\"DPA\",\"purpose\":\"robbery\",\"authoriser\":\"Insp Jones\",\"date\":\"2026-01-05\"}"
#define FIRST "{\"request\":\"C1-R1\",\"emergency\":false}"
#define EMERGENCY "{\"request\":\"C1-R1\",\"emergency\":true}"

static struct exh_entry *enter_of(struct log *log, const char *act, const char *facts, const char *details)
{
    struct exh_entry *entry = add(log, act, "C1", NULL);

    entry->time = moment("2026-01-10T12:00:00Z");
    memcpy(entry->actor, "one", 4);
    exh_json_set(entry->whole, "facts", object_of(facts));
    if (details)
        seal_details(log, entry, object_of(details));
    return entry;
}

static void ask(struct log *log, const char *facts, const char *details)
{
    enter_of(log, "case-request", facts, details);
}

static void approve(struct log *log, const char *facts, const char *actor)
{
    memcpy(enter_of(log, "case-approve", facts, "{\"reason\":\"right\"}")->actor, actor, strlen(actor) + 1);
}

static const struct exh_request *request(struct log *log, const char *id)
{
    assert_replays(log);
    return exh_casefile_request(&log->casefile, id);
}

/* ---- what a log cannot say ---- */

static void a_request_that_is_none_is_no_log(void **state)
{
    static const struct { const char *facts, *words, *says; } wrong[] = {
        { "{\"request\":\"C1-R2\"}", ASKED, "the next is 'C1-R1'" },
        { "{\"request\":\"C2-R1\"}", ASKED, "the next is 'C1-R1'" },
        { "{}", ASKED, "the next is 'C1-R1'" },
        { FIRST, "{\"organisation\":\"x\",\"basis\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-05\"}", "who asked is missing" },
        { FIRST, "{\"by\":\"x\",\"basis\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-05\"}", "their organisation is missing" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-05\"}", "the legal basis is missing" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"basis\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-05\"}", "the purpose is missing" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"basis\":\"x\",\"purpose\":\"x\",\"date\":\"2026-01-05\"}", "the authoriser is missing" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"basis\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\"}", "needs the day" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"basis\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-12\"}", "still to come" },
        { FIRST, "{\"by\":\"x\",\"organisation\":\"x\",\"rank\":\"\",\"basis\":\"x\",\"purpose\":\"x\",\"authoriser\":\"x\",\"date\":\"2026-01-05\"}", "rank" },
        { FIRST, "{\"reason\":\"child missing\"}", "who asked is missing" },
        { EMERGENCY, ASKED, "needs a reason" },
        { EMERGENCY, "{\"reason\":\"\"}", "reason of the emergency" },
        { FIRST, NULL, "has no details" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        open_case(*state, "arrest");
        ask(*state, wrong[i].facts, wrong[i].words);
        assert_refused(*state, wrong[i].says);
        assert_non_null(strstr(((struct log *)*state)->err.text, "custody log: entry 1"));
    }
}

static void only_an_emergency_is_approved_by_another_and_once(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    ask(log, EMERGENCY, "{\"reason\":\"child missing\"}");
    ask(log, "{\"request\":\"C1-R2\"}", ASKED);
    approve(log, "{\"request\":\"C1-R1\"}", "one");
    assert_refused(log, "another person");
    take_back(log);
    approve(log, "{\"request\":\"C1-R2\"}", "two");
    assert_refused(log, "no emergency");
    take_back(log);
    approve(log, "{\"request\":\"C1-R3\"}", "two");
    assert_refused(log, "none of case C1");
    take_back(log);
    approve(log, "{}", "two");
    assert_refused(log, "none of case C1");
    take_back(log);
    approve(log, "{\"request\":\"C1-R1\"}", "two");
    assert_replays(log);
    approve(log, "{\"request\":\"C1-R1\"}", "two");
    assert_refused(log, "approved already");
    take_back(log);
    add(log, "case-open", "C2", NULL);
    approve(log, "{\"request\":\"C1-R1\"}", "two");
    log->entries[log->count - 1].case_id = (char *)(uintptr_t)"C2";
    assert_refused(log, "none of case C2");
}

static void an_exhibit_is_made_on_a_request_of_its_case(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    ask(log, FIRST, ASKED);
    exh_json_set(add(log, "extract-begun", "C1", "OP1")->whole, "facts", object_of("{\"request\":\"C1-R1\"}"));
    add(log, "extract-begun", "C1", "OP2");
    assert_replays(log);
    assert_string_equal(exh_casefile_exhibit(&log->casefile, "OP1")->request, "C1-R1");
    assert_string_equal(exh_casefile_exhibit(&log->casefile, "OP2")->request, "");
    exh_json_set(add(log, "extract-begun", "C1", "OP3")->whole, "facts", object_of("{\"request\":\"C1-R2\"}"));
    assert_refused(log, "begins 'OP3' on request 'C1-R2'");
    take_back(log);
    add(log, "case-open", "C2", NULL);
    exh_json_set(add(log, "extract-begun", "C2", "OP3")->whole, "facts", object_of("{\"request\":\"C1-R1\"}"));
    assert_refused(log, "none of its case");
}

static void begin_on(struct log *log, const char *reference, const char *actor)
{
    struct exh_entry *entry = add(log, "extract-begun", "C1", reference);

    snprintf(entry->actor, sizeof entry->actor, "%s", actor);
    exh_json_set(entry->whole, "facts", object_of("{\"request\":\"C1-R1\"}"));
}

/* Whatever became of the first: failed, it was taken out all the same. */
static void an_emergency_is_used_again_only_once_another_has_approved_it(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    ask(log, EMERGENCY, "{\"reason\":\"child missing\"}");
    begin_on(log, "OP1", "two");
    assert_refused(log, "of somebody else, which nobody had approved");
    take_back(log);
    begin_on(log, "OP1", "one");
    add(log, "extract-failed", "C1", "OP1");
    assert_replays(log);
    begin_on(log, "OP2", "one");
    assert_refused(log, "begins 'OP2' on emergency 'C1-R1', which was used for OP1");
    assert_non_null(strstr(log->err.text, "custody log: entry 4"));
    take_back(log);
    approve(log, "{\"request\":\"C1-R1\"}", "two");
    begin_on(log, "OP2", "one");
    begin_on(log, "OP3", "three");
    assert_replays(log);
    assert_string_equal(exh_casefile_exhibit(&log->casefile, "OP3")->request, "C1-R1");
}

static void an_emergency_of_a_sealed_case_is_not_used_again_either(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    ask(log, EMERGENCY, "{\"reason\":\"child missing\"}");
    begin_on(log, "OP1", "one");
    begin_on(log, "OP2", "one");
    exh_seal_key_freep(&log->key);
    assert_refused(log, "which nobody had approved");
}

/* ---- what it says ---- */

static void a_request_says_who_asked_and_covers_its_own_case(void **state)
{
    struct log *log = *state;
    char next[24];

    open_case(log, "arrest");
    ask(log, FIRST, ASKED);
    ask(log, "{\"request\":\"C1-R2\",\"emergency\":true}", "{\"reason\":\"child missing\"}");
    const struct exh_request *one = request(log, "C1-R1"), *emergency = request(log, "C1-R2");

    one = exh_casefile_request(&log->casefile, "C1-R1");
    assert_string_equal(one->by, "DC Smith");
    assert_string_equal(one->organisation, "police");
    assert_null(one->rank);
    assert_string_equal(one->basis, "DPA");
    assert_string_equal(one->purpose, "robbery");
    assert_string_equal(one->authoriser, "Insp Jones");
    is_date(one->date, "2026-01-05");
    assert_false(one->emergency);
    assert_true(emergency->emergency);
    assert_string_equal(emergency->reason, "child missing");
    assert_true(exh_request_covers(one, "C1", &log->err));
    assert_false(exh_request_covers(one, "C2", &log->err));
    exh_error_clear(&log->err);
    assert_false(exh_request_covers(emergency, "C1", &log->err));
    exh_error_clear(&log->err);
    approve(log, "{\"request\":\"C1-R2\"}", "two");
    emergency = request(log, "C1-R2");
    assert_true(emergency->approved);
    assert_string_equal(emergency->approved_by, "two");
    assert_string_equal(emergency->approval, "right");
    assert_true(exh_request_covers(emergency, "C1", &log->err));
    exh_casefile_next_request(&log->casefile, "C1", next);
    assert_string_equal(next, "C1-R3");
}

/* ---- a key that is gone ---- */

static void of_a_sealed_case_it_is_known_which_emergencies_wait(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    ask(log, FIRST, ASKED);
    ask(log, "{\"request\":\"C1-R2\",\"emergency\":true}", "{\"reason\":\"child missing\"}");
    exh_seal_key_freep(&log->key);
    assert_null(request(log, "C1-R1")->by);
    assert_true(request(log, "C1-R2")->emergency);
    assert_null(request(log, "C1-R2")->reason);
    enter_of(log, "case-approve", "{\"request\":\"C1-R2\"}", NULL);
    assert_refused(log, "another person");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_request_that_is_none_is_no_log),
        TEST(only_an_emergency_is_approved_by_another_and_once),
        TEST(an_exhibit_is_made_on_a_request_of_its_case),
        TEST(an_emergency_is_used_again_only_once_another_has_approved_it),
        TEST(an_emergency_of_a_sealed_case_is_not_used_again_either),
        TEST(a_request_says_who_asked_and_covers_its_own_case),
        TEST(of_a_sealed_case_it_is_known_which_emergencies_wait),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
