/* casefile: packages handed over: what a log can say of them, and what is known once the case's key is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>

#define WORDS "{\"to\":\"DC Smith\",\"organisation\":\"police\",\"method\":\"by hand\",\"basis\":\"DPA\",\"date\":\"2026-01-05\"}"
#define DIGEST(digit) digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit

static struct exh_entry *at_noon(struct exh_entry *entry, const char *day)
{
    EXH_CLEANUP(exh_freep) char *time = exh_format("%sT12:00:00Z", day);

    entry->time = moment(time);
    return entry;
}

/* OP1, packed as C1-P1 on 5 January, and OP2, which was made with a package, on the 6th. */
static void pack(struct log *log)
{
    struct exh_entry *entry;

    open_case(log, "arrest");
    add(log, "extract-begun", "C1", "OP1");
    add(log, "extract-done", "C1", "OP1");
    add(log, "export-begun", "C1", "OP2");
    entry = at_noon(add(log, "export-done", "C1", "OP2"), "2026-01-06");
    exh_json_set(entry->whole, "digests", object_of("{\"package\":\"" DIGEST("abcd") "\",\"tagmanifest\":\"" DIGEST("0123") "\"}"));
    entry = add(log, "seal-begun", "C1", NULL);
    exh_json_set(entry->whole, "facts", object_of("{\"package\":\"C1-P1\",\"exhibits\":[\"OP1\"]}"));
    entry = at_noon(add(log, "seal-done", "C1", NULL), "2026-01-05");
    exh_json_set(entry->whole, "facts", object_of("{\"package\":\"C1-P1\"}"));
    exh_json_set(entry->whole, "digests", object_of("{\"package-1\":\"one\",\"package-2\":\"two\",\"tagmanifest-1\":\"three\",\"tagmanifest-2\":\"four\"}"));
}

static void disclose_of(struct log *log, const char *case_id, const char *facts, const char *details)
{
    struct exh_entry *entry = at_noon(add(log, "disclose", case_id, NULL), "2026-01-10");

    exh_json_set(entry->whole, "facts", object_of(facts));
    if (details)
        seal_details(log, entry, object_of(details));
}

static void disclose(struct log *log, const char *facts, const char *details)
{
    disclose_of(log, "C1", facts, details);
}

#define FACTS "{\"disclosure\":\"C1-D1\",\"package\":\"C1-P1\"}"

static const struct exh_disclosure *disclosure(struct log *log, const char *id)
{
    assert_replays(log);
    return exh_casefile_disclosure(&log->casefile, id);
}

/* ---- what a log cannot say ---- */

static void a_disclosure_that_is_none_is_no_log(void **state)
{
    static const struct { const char *facts, *words, *says; } wrong[] = {
        { "{\"disclosure\":\"C1-D2\",\"package\":\"C1-P1\"}", WORDS, "the next is 'C1-D1'" },
        { "{\"disclosure\":\"C2-D1\",\"package\":\"C1-P1\"}", WORDS, "the next is 'C1-D1'" },
        { "{\"package\":\"C1-P1\"}", WORDS, "the next is 'C1-D1'" },
        { "{\"disclosure\":\"C1-D1\"}", WORDS, "has no package ''" },
        { "{\"disclosure\":\"C1-D1\",\"package\":\"C1-P2\"}", WORDS, "has no package 'C1-P2'" },
        { "{\"disclosure\":\"C1-D1\",\"package\":\"OP1\"}", WORDS, "has no package 'OP1'" },
        { FACTS, "{\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-05\"}", "who took it is missing" },
        { FACTS, "{\"to\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-05\"}", "the organisation is missing" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-05\"}", "the method is missing" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"date\":\"2026-01-05\"}", "the legal basis is missing" },
        { FACTS, "{\"to\":\"\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-05\"}", "who took it" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"reason\":\"\",\"date\":\"2026-01-05\"}", "the reason" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\"}", "the day on which it was done is needed" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-02-30\"}", "no such day" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-12\"}", "still to come" },
        { FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-03\"}", "nothing can have been done with it" },
        { FACTS, NULL, "has no details" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        pack(*state);
        disclose(*state, wrong[i].facts, wrong[i].words);
        assert_refused(*state, wrong[i].says);
        assert_non_null(strstr(((struct log *)*state)->err.text, "custody log: entry 7"));
    }
}

static void the_day_may_be_a_day_off_from_utc(void **state)
{
    struct log *log = *state;

    pack(log);
    disclose(log, FACTS, "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-04\"}");
    disclose(log, "{\"disclosure\":\"C1-D2\",\"package\":\"C1-P1\"}",
             "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-11\"}");
    assert_replays(log);
}

static void a_package_is_handed_over_when_it_is_done_and_by_its_own_case(void **state)
{
    struct log *log = *state;

    pack(log);
    take_back(log);
    disclose(log, FACTS, WORDS);
    assert_refused(log, "has no package 'C1-P1' that is done");
    log = renew(state);
    pack(log);
    add(log, "case-open", "C2", NULL);
    disclose_of(log, "C2", "{\"disclosure\":\"C2-D1\",\"package\":\"C1-P1\"}", NULL);
    assert_refused(log, "case C2 has no package 'C1-P1'");
    take_back(log);
    disclose_of(log, "C3", "{\"disclosure\":\"C3-D1\",\"package\":\"C1-P1\"}", NULL);
    assert_refused(log, "a case that was never opened");
}

/* ---- what it says ---- */

static void a_disclosure_says_who_took_what_how_and_why(void **state)
{
    struct log *log = *state;
    char next[24];

    pack(log);
    disclose(log, FACTS, "{\"to\":\"DC Smith\",\"organisation\":\"police\",\"method\":\"by hand\",\"basis\":\"DPA\",\"date\":\"2026-01-09\","
             "\"reason\":\"trial\",\"security\":\"age\",\"approver\":\"the manager\"}");
    disclose(log, "{\"disclosure\":\"C1-D2\",\"package\":\"OP2\"}",
             "{\"to\":\"x\",\"organisation\":\"x\",\"method\":\"x\",\"basis\":\"x\",\"date\":\"2026-01-10\"}");
    const struct exh_disclosure *one = disclosure(log, "C1-D1");

    assert_string_equal(one->case_id, "C1");
    assert_string_equal(one->package, "C1-P1");
    assert_string_equal(one->to, "DC Smith");
    assert_string_equal(one->organisation, "police");
    assert_string_equal(one->method, "by hand");
    assert_string_equal(one->basis, "DPA");
    assert_string_equal(one->reason, "trial");
    assert_string_equal(one->security, "age");
    assert_string_equal(one->approver, "the manager");
    is_date(one->date, "2026-01-09");
    assert_int_equal(one->entered.ns, moment("2026-01-10T12:00:00Z").ns);
    assert_string_equal(disclosure(log, "C1-D2")->package, "OP2");
    assert_null(disclosure(log, "C1-D2")->reason);
    assert_null(disclosure(log, "C1-D3"));
    exh_casefile_next_disclosure(&log->casefile, "C1", next);
    assert_string_equal(next, "C1-D3");
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = exh_disclosure_details(disclosure(log, "C1-D1"));
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(details);
    assert_string_equal(words, "{\"approver\":\"the manager\",\"basis\":\"DPA\",\"date\":\"2026-01-09\",\"method\":\"by hand\","
                               "\"organisation\":\"police\",\"reason\":\"trial\",\"security\":\"age\",\"to\":\"DC Smith\"}");
}

static void a_package_knows_its_exhibits_and_the_digests_of_its_volumes(void **state)
{
    struct log *log = *state;
    struct exh_packed packed = { .id = "" };

    pack(log);
    assert_replays(log);
    assert_true(exh_casefile_packed(&log->casefile, "C1-P1", &packed));
    assert_string_equal(packed.case_id, "C1");
    assert_int_equal(packed.sealed.ns, moment("2026-01-05T12:00:00Z").ns);
    assert_int_equal(packed.exhibits.count, 1);
    assert_string_equal(packed.exhibits.at[0], "OP1");
    assert_int_equal(packed.digests.count, 2);
    assert_string_equal(packed.digests.at[1], "two");
    assert_int_equal(packed.tagmanifests.count, 2);
    assert_string_equal(packed.tagmanifests.at[0], "three");
    exh_packed_clear(&packed);
    assert_true(exh_casefile_packed(&log->casefile, "OP2", &packed));
    assert_string_equal(packed.exhibits.at[0], "OP2");
    assert_string_equal(packed.digests.at[0], DIGEST("abcd"));
    assert_string_equal(packed.tagmanifests.at[0], DIGEST("0123"));
    exh_packed_clear(&packed);
    assert_true(exh_casefile_packs(&log->casefile, "C1-P1", "OP1"));
    assert_false(exh_casefile_packs(&log->casefile, "C1-P1", "OP2"));
    assert_true(exh_casefile_packs(&log->casefile, "OP2", "OP2"));
    assert_false(exh_casefile_packs(&log->casefile, "OP1", "OP1"));
}

/* ---- that it is ready ---- */

static void tell_ready(struct log *log, const char *package, const char *details)
{
    EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"package\":\"%s\"}", package);

    disclose(log, facts, details);
    log->entries[log->count - 1].act = (char *)(uintptr_t)"disclose-ready";
}

static void a_notice_that_is_none_is_no_log(void **state)
{
    static const struct { const char *package, *words, *says; } wrong[] = {
        { "C1-P2", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-05\"}", "has no package 'C1-P2'" },
        { "OP1", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-05\"}", "has no package 'OP1'" },
        { "C1-P1", "{\"method\":\"x\",\"date\":\"2026-01-05\"}", "needs who was told" },
        { "C1-P1", "{\"to\":\"x\",\"date\":\"2026-01-05\"}", "needs who was told" },
        { "C1-P1", "{\"to\":\"\",\"method\":\"x\",\"date\":\"2026-01-05\"}", "who was told" },
        { "C1-P1", "{\"to\":\"x\",\"method\":\"\",\"date\":\"2026-01-05\"}", "how they were told" },
        { "C1-P1", "{\"to\":\"x\",\"method\":\"x\"}", "the day on which it was done is needed" },
        { "C1-P1", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-12\"}", "still to come" },
        { "C1-P1", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-03\"}", "nothing can have been done with it" },
        { "C1-P1", NULL, "has no details" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        pack(*state);
        tell_ready(*state, wrong[i].package, wrong[i].words);
        assert_refused(*state, wrong[i].says);
    }
}

static void the_last_notice_of_a_package_is_known(void **state)
{
    struct log *log = *state;

    pack(log);
    tell_ready(log, "C1-P1", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-07\"}");
    tell_ready(log, "C1-P1", "{\"to\":\"DC Smith\",\"method\":\"by email\",\"date\":\"2026-01-09\"}");
    tell_ready(log, "C1-P1", "{\"to\":\"x\",\"method\":\"x\",\"date\":\"2026-01-08\"}");
    assert_replays(log);
    const struct exh_notice *last = exh_casefile_last_notice(&log->casefile, "C1-P1");

    assert_string_equal(last->to, "DC Smith");
    assert_string_equal(last->method, "by email");
    is_date(last->date, "2026-01-09");
    assert_null(exh_casefile_last_notice(&log->casefile, "OP2"));
    exh_seal_key_freep(&log->key);
    assert_replays(log);
    assert_int_equal(log->casefile.notice_count, 3);
    assert_null(log->casefile.notices[1].to);
    tell_ready(log, "C1-P7", NULL);
    assert_refused(log, "has no package 'C1-P7'");
}

/* ---- a key that is gone ---- */

static void of_a_sealed_case_only_what_stands_in_clear_is_known(void **state)
{
    struct log *log = *state;

    pack(log);
    disclose(log, FACTS, WORDS);
    exh_seal_key_freep(&log->key);
    const struct exh_disclosure *one = disclosure(log, "C1-D1");

    assert_string_equal(one->package, "C1-P1");
    assert_null(one->to);
    assert_null(one->basis);
    assert_int_equal(one->date.year, 0);
    assert_int_equal(one->entered.ns, moment("2026-01-10T12:00:00Z").ns);
    disclose(log, "{\"disclosure\":\"C1-D1\",\"package\":\"C1-P1\"}", NULL);
    assert_refused(log, "the next is 'C1-D2'");
    take_back(log);
    disclose(log, "{\"disclosure\":\"C1-D2\",\"package\":\"C1-P7\"}", NULL);
    assert_refused(log, "has no package 'C1-P7'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_disclosure_that_is_none_is_no_log),
        TEST(the_day_may_be_a_day_off_from_utc),
        TEST(a_package_is_handed_over_when_it_is_done_and_by_its_own_case),
        TEST(a_disclosure_says_who_took_what_how_and_why),
        TEST(a_package_knows_its_exhibits_and_the_digests_of_its_volumes),
        TEST(a_notice_that_is_none_is_no_log),
        TEST(the_last_notice_of_a_package_is_known),
        TEST(of_a_sealed_case_only_what_stands_in_clear_is_known),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
