/* casefile: receipts: what a log can say of them, and what is known once the case's key is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>

#define BACK "{\"receipt\":\"text\",\"signature\":\"sig\",\"key\":\"SHA256:x\",\"taken_by\":\"DC Smith\",\"taken_on\":\"today\"}"
#define PAPER "{\"on_paper\":\"folder 12\"}"

static struct exh_entry *enter_about(struct log *log, const char *act, const char *facts, const char *digests, const char *details)
{
    struct exh_entry *entry = add(log, act, "C1", NULL);

    entry->time = moment("2026-01-10T12:00:00Z");
    exh_json_set(entry->whole, "facts", object_of(facts));
    exh_json_set(entry->whole, "digests", object_of(digests));
    if (details)
        seal_details(log, entry, object_of(details));
    return entry;
}

/* OP1 was made with a package, and that was handed over twice; of the first, a form was issued. */
static void hand_over(struct log *log)
{
    static const char words[] = "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-09\"}";

    open_case(log, "arrest");
    add(log, "export-begun", "C1", "OP1");
    exh_json_set(add(log, "export-done", "C1", "OP1")->whole, "digests", object_of("{\"package\":\"abcd\"}"));
    enter_about(log, "disclose", "{\"disclosure\":\"C1-D1\",\"package\":\"OP1\"}", "{}", words);
    enter_about(log, "disclose", "{\"disclosure\":\"C1-D2\",\"package\":\"OP1\"}", "{}", words);
    enter_about(log, "receipt-issue", "{\"disclosure\":\"C1-D1\"}", "{\"form\":\"one\"}", "{\"file\":\"r.txt\"}");
}

static void accept_receipt(struct log *log, const char *facts, const char *digests, const char *details)
{
    enter_about(log, "receipt-accept", facts, digests, details);
}

#define SIGNED "{\"disclosure\":\"C1-D1\",\"receipt\":\"signed\"}"
#define ON_PAPER "{\"disclosure\":\"C1-D1\",\"receipt\":\"on-paper\"}"
#define FORM "{\"form\":\"one\"}"

static const struct exh_disclosure *disclosure(struct log *log, const char *id)
{
    assert_replays(log);
    return exh_casefile_disclosure(&log->casefile, id);
}

/* ---- what a log cannot say ---- */

static void a_receipt_that_is_none_is_no_log(void **state)
{
    static const struct { const char *facts, *digests, *words, *says; } wrong[] = {
        { "{\"disclosure\":\"C1-D3\",\"receipt\":\"signed\"}", FORM, BACK, "is none of case C1" },
        { "{\"receipt\":\"signed\"}", FORM, BACK, "is none of case C1" },
        { "{\"disclosure\":\"C1-D1\"}", FORM, BACK, "neither signed nor on paper" },
        { "{\"disclosure\":\"C1-D1\",\"receipt\":\"said\"}", FORM, BACK, "neither signed nor on paper" },
        { SIGNED, "{}", BACK, "not whole" },
        { SIGNED, "{\"form\":\"two\"}", BACK, "no such form" },
        { "{\"disclosure\":\"C1-D2\",\"receipt\":\"signed\"}", FORM, BACK, "no such form" },
        { SIGNED, FORM, "{\"signature\":\"sig\",\"key\":\"SHA256:x\",\"taken_by\":\"x\",\"taken_on\":\"y\"}", "not whole" },
        { SIGNED, FORM, "{\"receipt\":\"text\",\"key\":\"SHA256:x\",\"taken_by\":\"x\",\"taken_on\":\"y\"}", "not whole" },
        { SIGNED, FORM, "{\"receipt\":\"text\",\"signature\":\"sig\",\"taken_by\":\"x\",\"taken_on\":\"y\"}", "not whole" },
        { SIGNED, FORM, "{\"receipt\":\"text\",\"signature\":\"sig\",\"key\":\"SHA256:x\",\"taken_on\":\"y\"}", "who took the package over" },
        { SIGNED, FORM, "{\"receipt\":\"text\",\"signature\":\"sig\",\"key\":\"SHA256:x\",\"taken_by\":\"y\"}", "when the package was taken" },
        { SIGNED, FORM, NULL, "has no details" },
        { ON_PAPER, "{}", "{}", "must be said who signed it" },
        { ON_PAPER, "{}", "{\"on_paper\":\"\"}", "on paper" },
        { ON_PAPER, "{}", BACK, "on paper that is signed" },
        { ON_PAPER, "{\"form\":\"two\"}", PAPER, "no such form" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        hand_over(*state);
        accept_receipt(*state, wrong[i].facts, wrong[i].digests, wrong[i].words);
        assert_refused(*state, wrong[i].says);
        assert_non_null(strstr(((struct log *)*state)->err.text, "custody log: entry 6"));
    }
}

static void a_form_is_issued_for_a_disclosure_of_its_case(void **state)
{
    struct log *log = *state;

    hand_over(log);
    enter_about(log, "receipt-issue", "{\"disclosure\":\"C1-D3\"}", FORM, "{\"file\":\"r.txt\"}");
    assert_refused(log, "is none of case C1");
    take_back(log);
    enter_about(log, "receipt-issue", "{\"disclosure\":\"C1-D1\"}", "{}", "{\"file\":\"r.txt\"}");
    assert_refused(log, "without saying which");
    take_back(log);
    add(log, "case-open", "C2", NULL);
    enter_about(log, "receipt-issue", "{\"disclosure\":\"C1-D1\"}", FORM, NULL)->case_id = (char *)(uintptr_t)"C2";
    assert_refused(log, "is none of case C2");
}

static void a_receipt_is_accepted_once(void **state)
{
    struct log *log = *state;

    hand_over(log);
    accept_receipt(log, SIGNED, FORM, BACK);
    assert_replays(log);
    accept_receipt(log, SIGNED, FORM, BACK);
    assert_refused(log, "accepted already (signed)");
    take_back(log);
    accept_receipt(log, ON_PAPER, "{}", PAPER);
    assert_refused(log, "accepted already (signed)");
}

/* ---- what it says ---- */

static void a_signed_receipt_says_who_took_the_package_and_by_which_key(void **state)
{
    struct log *log = *state;

    hand_over(log);
    assert_int_equal(disclosure(log, "C1-D1")->receipt, EXH_RECEIPT_NONE);
    accept_receipt(log, SIGNED, FORM, BACK);
    const struct exh_disclosure *one = disclosure(log, "C1-D1");

    assert_int_equal(one->receipt, EXH_RECEIPT_SIGNED);
    assert_string_equal(one->receipt_key, "SHA256:x");
    assert_string_equal(one->taken_by, "DC Smith");
    assert_string_equal(one->taken_on, "today");
    assert_null(one->receipt_words);
    assert_int_equal(one->accepted.ns, moment("2026-01-10T12:00:00Z").ns);
    assert_int_equal(exh_casefile_disclosure(&log->casefile, "C1-D2")->receipt, EXH_RECEIPT_NONE);
}

static void a_receipt_on_paper_says_what_is_said_of_it(void **state)
{
    struct log *log = *state;

    hand_over(log);
    accept_receipt(log, ON_PAPER, "{}", PAPER);
    accept_receipt(log, "{\"disclosure\":\"C1-D2\",\"receipt\":\"on-paper\"}", "{}", "{\"on_paper\":\"folder 13\"}");
    assert_int_equal(disclosure(log, "C1-D1")->receipt, EXH_RECEIPT_ON_PAPER);
    assert_string_equal(disclosure(log, "C1-D1")->receipt_words, "folder 12");
    assert_null(disclosure(log, "C1-D1")->receipt_key);
    assert_string_equal(disclosure(log, "C1-D2")->receipt_words, "folder 13");
}

/* ---- a key that is gone ---- */

static void of_a_sealed_case_only_the_state_of_a_receipt_is_known(void **state)
{
    struct log *log = *state;

    hand_over(log);
    accept_receipt(log, SIGNED, FORM, BACK);
    exh_seal_key_freep(&log->key);
    assert_int_equal(disclosure(log, "C1-D1")->receipt, EXH_RECEIPT_SIGNED);
    assert_null(disclosure(log, "C1-D1")->receipt_key);
    assert_null(disclosure(log, "C1-D1")->taken_by);
    accept_receipt(log, ON_PAPER, "{}", NULL);
    assert_refused(log, "a second receipt for C1-D1");
    take_back(log);
    accept_receipt(log, "{\"disclosure\":\"C1-D2\",\"receipt\":\"signed\"}", FORM, NULL);
    assert_refused(log, "no such form");
    take_back(log);
    accept_receipt(log, "{\"disclosure\":\"C1-D2\",\"receipt\":\"signed\"}", "{}", NULL);
    assert_refused(log, "not whole");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_receipt_that_is_none_is_no_log),
        TEST(a_form_is_issued_for_a_disclosure_of_its_case),
        TEST(a_receipt_is_accepted_once),
        TEST(a_signed_receipt_says_who_took_the_package_and_by_which_key),
        TEST(a_receipt_on_paper_says_what_is_said_of_it),
        TEST(of_a_sealed_case_only_the_state_of_a_receipt_is_known),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
