/* casefile: what the register makes of the log, copies and their Masters above all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <string.h>

/* Of the last entry: the others that are combined. */
static void add_with(struct log *log, const char *other)
{
    struct exh_json *facts = exh_json_object(), *with = exh_json_array();

    exh_json_add_text(with, other);
    exh_json_set(facts, "with", with);
    exh_json_set(log->entries[log->count - 1].whole, "facts", facts);
}

/* Cases C1 and C2; OP1 of C1 is done, OP2 of C1 is done, OP3 of C2 is done, OP4 of C1 failed. */
static void add_masters(struct log *log)
{
    static const char *const masters[][3] = { { "OP1", "C1", "done" }, { "OP2", "C1", "done" }, { "OP3", "C2", "done" },
                                              { "OP4", "C1", "failed" } };

    add(log, "case-open", "C1", NULL);
    add(log, "case-open", "C2", NULL);
    for (size_t i = 0; i < EXH_COUNT(masters); i++) {
        add(log, "extract-begun", masters[i][1], masters[i][0]);
        add(log, strcmp(masters[i][2], "done") == 0 ? "extract-done" : "extract-failed", masters[i][1], masters[i][0]);
    }
}

static void copies_are_numbered_by_master(void **state)
{
    struct log *log = *state;
    char next[24];

    add_masters(log);
    add(log, "transcode-begun", "C1", "OP1/1");
    add(log, "transcode-failed", "C1", "OP1/1");
    add(log, "redact-begun", "C1", "OP1/2");
    add(log, "redact-done", "C1", "OP1/2");
    assert_true(replays(log));
    const struct exh_exhibit *copy = exh_casefile_exhibit(&log->casefile, "OP1/2");
    assert_string_equal(copy->of, "OP1");
    assert_string_equal(copy->making, "redact");
    assert_int_equal(copy->state, EXH_EXHIBIT_DONE);
    assert_string_equal(exh_casefile_exhibit(&log->casefile, "OP1")->of, "");
    exh_casefile_next_copy(&log->casefile, "OP1", next);
    assert_string_equal(next, "OP1/3");
    exh_casefile_next_copy(&log->casefile, "OP2", next);
    assert_string_equal(next, "OP2/1");
}

static void a_copy_needs_a_master_that_is_done_and_of_its_case(void **state)
{
    static const struct { const char *copy, *case_id, *words; } wrong[] = {
        { "OP9/1", "C1", "which is no Master" },
        { "OP4/1", "C1", "which is not done" },
        { "OP3/1", "C1", "which is of another case" },
        { "OP1/1", NULL, "which is of another case" },
        { "OP1/2", "C1", "the next is 'OP1/1'" },
        { "OP1", "C1", "a second time" },
        { "OP7", "C1", "is no reference of what 'still' makes" },
        { "OP1/1/1", "C1", "is no reference" },
        { "OP1/01", "C1", "is no reference" },
        { "OP1/0", "C1", "is no reference" },
        { "/1", "C1", "is no reference" },
    };
    struct log *log = *state;

    add_masters(log);
    add(log, "still-begun", NULL, NULL);
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        log->entries[log->count - 1].exhibit = (char *)(uintptr_t)wrong[i].copy;
        log->entries[log->count - 1].case_id = (char *)(uintptr_t)wrong[i].case_id;
        assert_refused(log, wrong[i].words);
    }
}

static void a_copy_is_no_master(void **state)
{
    struct log *log = *state;

    add_masters(log);
    add(log, "transcode-begun", "C1", "OP1/1");
    add(log, "transcode-done", "C1", "OP1/1");
    add(log, "extract-begun", "C1", "OP1/2");
    assert_refused(log, "is no reference of what 'extract' makes");
}

static void what_is_combined_is_done_and_of_one_case(void **state)
{
    static const struct { const char *other, *words; } wrong[] = {
        { "OP3", "which is of another case" }, { "OP4", "which is not done" }, { "OP9", "which is no Master" } };
    struct log *log = *state;

    add_masters(log);
    add(log, "combine-begun", "C1", "OP1/1");
    add_with(log, "OP2");
    assert_true(replays(log));
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        add_with(log, wrong[i].other);
        assert_refused(log, wrong[i].words);
    }
}

static void what_was_begun_one_way_does_not_end_another(void **state)
{
    struct log *log = *state;

    add_masters(log);
    add(log, "transcode-begun", "C1", "OP1/1");
    add(log, "redact-done", "C1", "OP1/1");
    assert_refused(log, "which is not in the making");
}

static void a_reference_leads_to_its_folder_and_back(void **state)
{
    static const char *const none[] = { "", "OP1_", "OP1_0", "OP1_1_1", "_1", "OP1/1", "..", "OP1_a" };
    char name[24], reference[24];

    (void)state;
    exh_reference_folder("OP17/12", name);
    assert_string_equal(name, "OP17_12");
    assert_true(exh_reference_of_folder(name, reference));
    assert_string_equal(reference, "OP17/12");
    exh_reference_folder("OP17", name);
    assert_string_equal(name, "OP17");
    assert_true(exh_reference_of_folder(name, reference));
    assert_string_equal(reference, "OP17");
    for (size_t i = 0; i < EXH_COUNT(none); i++)
        if (exh_reference_of_folder(none[i], reference))
            fail_msg("'%s' leads to %s", none[i], reference);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(copies_are_numbered_by_master),
        TEST(a_copy_needs_a_master_that_is_done_and_of_its_case),
        TEST(a_copy_is_no_master),
        TEST(what_is_combined_is_done_and_of_one_case),
        TEST(what_was_begun_one_way_does_not_end_another),
        TEST(a_reference_leads_to_its_folder_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
