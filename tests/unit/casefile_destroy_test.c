/* casefile: what was destroyed: the log is refused in which anything stood against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include "exhibit/sweep.h"

#define SEAL "1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER "2222222222222222222222222222222222222222222222222222222222222222"
#define PLAN "3333333333333333333333333333333333333333333333333333333333333333"
#define ORDER "{\"code\":\"coroner\",\"authority\":\"HM Coroner\",\"reference\":\"12/2026\",\"review\":\"2026-06-01\"}"

static struct exh_entry *note(struct log *log, const char *act, const char *exhibit, const char *day)
{
    EXH_CLEANUP(exh_freep) char *time = exh_format("%sT12:00:00Z", day);
    struct exh_entry *entry = add(log, act, "C1", exhibit);

    entry->time = moment(time);
    return entry;
}

static void make(struct log *log, const char *begun, const char *done, const char *exhibit)
{
    note(log, begun, exhibit, "2026-01-02");
    exh_json_set(note(log, done, exhibit, "2026-01-02")->whole, "digests", object_of("{\"tagmanifest\":\"" SEAL "\"}"));
}

static void destroy(struct log *log, const char *stage, const char *exhibit, const char *seal)
{
    EXH_CLEANUP(exh_freep) char *digests = exh_format("{\"plan\":\"" PLAN "\",\"tagmanifest\":\"%s\"}", seal);

    exh_json_set(note(log, stage, exhibit, "2026-03-01")->whole, "digests", object_of(digests));
}

static void hold(struct log *log, const char *id, const char *exhibit)
{
    EXH_CLEANUP(exh_freep) char *facts = exh_format("{\"hold\":\"%s\"}", id);
    struct exh_entry *entry = note(log, "case-hold", exhibit, "2026-01-03");

    exh_json_set(entry->whole, "facts", object_of(facts));
    seal_details(log, entry, object_of(ORDER));
}

static void destroy_key(struct log *log)
{
    exh_json_set(note(log, "destroy-key", NULL, "2026-04-01")->whole, "digests", object_of("{\"plan\":\"" PLAN "\"}"));
}

/* A case with a Master and a copy of it. */
static struct log *begin(void **state)
{
    struct log *log = renew(state);

    open_case(log, "arrest");
    make(log, "add-begun", "add-done", "OP1");
    make(log, "still-begun", "still-done", "OP1/1");
    return log;
}

static void a_copy_and_then_its_master_and_then_the_key_are_destroyed(void **state)
{
    struct log *log = begin(state);
    struct exh_moment last;

    destroy(log, "destroy-begun", "OP1/1", SEAL);
    assert_replays(log);
    assert_int_equal(exh_casefile_exhibit(&log->casefile, "OP1/1")->state, EXH_EXHIBIT_DESTROYING);
    destroy(log, "destroy-done", "OP1/1", SEAL);
    destroy(log, "destroy-begun", "OP1", SEAL);
    assert_replays(log);
    assert_false(exh_casefile_is_disposed(&log->casefile, the_case(log), &last));
    destroy(log, "destroy-done", "OP1", SEAL);
    assert_replays(log);
    assert_string_equal(exh_casefile_exhibit(&log->casefile, "OP1")->plan, PLAN);
    assert_true(exh_casefile_is_disposed(&log->casefile, the_case(log), &last));
    assert_int_equal(last.ns, moment("2026-03-01T12:00:00Z").ns);
    destroy_key(log);
    assert_replays(log);
    assert_true(the_case(log)->key_destroyed);
    destroy_key(log);
    assert_refused(log, "destroyed already");
}

static void nothing_is_destroyed_under_a_hold(void **state)
{
    static const char *const on[] = { NULL, "OP1", "OP1/1" };

    for (size_t i = 0; i < EXH_COUNT(on); i++) {
        struct log *log = begin(state);
        hold(log, "C1-H1", on[i]);
        destroy(log, "destroy-begun", "OP1/1", SEAL);
        assert_refused(log, "hold C1-H1 stands");
    }
}

static void a_master_is_not_destroyed_before_its_copies(void **state)
{
    struct log *log = begin(state);

    destroy(log, "destroy-begun", "OP1", SEAL);
    assert_refused(log, "its copy OP1/1");
    log = renew(state);
    open_case(log, "arrest");
    make(log, "add-begun", "add-done", "OP1");
    note(log, "still-begun", "OP1/1", "2026-01-04");
    destroy(log, "destroy-begun", "OP1", SEAL);
    assert_refused(log, "in the making");
}

static void what_is_being_packed_is_not_destroyed(void **state)
{
    struct log *log = begin(state);

    exh_json_set(note(log, "seal-begun", NULL, "2026-01-05")->whole, "facts", object_of("{\"package\":\"C1-P1\",\"exhibits\":[\"OP1/1\"]}"));
    destroy(log, "destroy-begun", "OP1/1", SEAL);
    assert_refused(log, "being packed as C1-P1");
}

static void a_destruction_of_another_seal_or_plan_or_out_of_order_is_no_log(void **state)
{
    struct log *log = begin(state);

    destroy(log, "destroy-begun", "OP1/1", OTHER);
    assert_refused(log, "another seal");
    log = begin(state);
    destroy(log, "destroy-done", "OP1/1", SEAL);
    assert_refused(log, "not being destroyed");
    log = begin(state);
    destroy(log, "destroy-begun", "OP9", SEAL);
    assert_refused(log, "no exhibit of its case");
    log = begin(state);
    destroy(log, "destroy-begun", "OP1/1", SEAL);
    exh_json_set(note(log, "destroy-done", "OP1/1", "2026-03-01")->whole, "digests", object_of("{\"plan\":\"" OTHER "\"}"));
    assert_refused(log, "by this plan");
    log = begin(state);
    destroy(log, "destroy-begun", "OP1/1", SEAL);
    destroy(log, "destroy-begun", "OP1/1", SEAL);
    assert_refused(log, "being destroyed");
}

static void the_key_stays_while_anything_of_the_case_does(void **state)
{
    struct log *log = begin(state);

    destroy_key(log);
    assert_refused(log, "has an exhibit that is there");
    log = renew(state);
    open_case(log, "arrest");
    destroy_key(log);
    assert_refused(log, "never had one");
    log = renew(state);
    open_case(log, "arrest");
    make(log, "add-begun", "add-done", "OP1");
    destroy(log, "destroy-begun", "OP1", SEAL);
    destroy(log, "destroy-done", "OP1", SEAL);
    hold(log, "C1-H1", NULL);
    destroy_key(log);
    assert_refused(log, "hold C1-H1 stands");
}

static void no_hold_is_placed_on_what_is_destroyed(void **state)
{
    struct log *log = begin(state);

    destroy(log, "destroy-begun", "OP1/1", SEAL);
    hold(log, "C1-H1", "OP1/1");
    assert_refused(log, "being destroyed");
}

/* ---- plans ---- */

static struct exh_disposals disposals;

static bool follow(const char *act, const char *actor, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *whole = exh_json_object();
    struct exh_entry entry = { .act = (char *)(uintptr_t)act, .whole = whole, .time = moment("2026-05-01T00:00:00Z") };

    memcpy(entry.actor, actor, strlen(actor) + 1);
    exh_json_set(whole, "digests", object_of("{\"plan\":\"" PLAN "\"}"));
    return exh_disposals_follow(&disposals, &entry, err);
}

/* The acts, each by the person before it: "A disposal-propose". The last is refused where @refused. */
static void assert_follows(const char *const *steps, bool refused)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    exh_disposals_clear(&disposals);
    for (size_t i = 0; steps[i]; i++) {
        char actor[2] = { steps[i][0], '\0' };
        bool is_last = !steps[i + 1], done = follow(steps[i] + 2, actor, &err);
        if (done == (is_last && refused))
            fail_msg("step %zu, %s: %s", i, steps[i], done ? "was followed" : err.text);
    }
    assert_int_equal(err.kind, refused ? EXH_MALFORMED : EXH_OK);
    exh_disposals_clear(&disposals);
}

#define FOLLOWS(...) assert_follows((const char *const[]){ __VA_ARGS__, NULL }, false)
#define REFUSED(...) assert_follows((const char *const[]){ __VA_ARGS__, NULL }, true)

static void nothing_is_destroyed_but_by_two_people(void **state)
{
    (void)state;
    FOLLOWS("A disposal-propose", "B disposal-approve", "A destroy-begun", "A destroy-done", "A disposal-done");
    FOLLOWS("A disposal-propose", "B disposal-approve", "B destroy-key", "B disposal-done");
    REFUSED("A disposal-propose", "A disposal-approve");
    REFUSED("A disposal-propose", "B destroy-begun");
    REFUSED("B disposal-approve");
    REFUSED("A destroy-begun");
    REFUSED("A disposal-propose", "A disposal-propose");
    REFUSED("A disposal-propose", "B disposal-approve", "C disposal-approve");
}

static void what_has_ended_destroys_no_more(void **state)
{
    (void)state;
    FOLLOWS("A disposal-propose", "A disposal-withdraw");
    FOLLOWS("A disposal-propose", "B disposal-approve", "A disposal-withdraw");
    REFUSED("A disposal-propose", "A disposal-withdraw", "B disposal-approve");
    REFUSED("A disposal-propose", "B disposal-approve", "A disposal-withdraw", "A destroy-begun");
    REFUSED("A disposal-propose", "B disposal-approve", "A destroy-begun", "A disposal-withdraw");
    /* Of a plan whose file is lost nothing can be certified: it is withdrawn, but not in the midst of an exhibit. */
    FOLLOWS("A disposal-propose", "B disposal-approve", "A destroy-key", "A disposal-withdraw");
    FOLLOWS("A disposal-propose", "B disposal-approve", "A destroy-begun", "A destroy-done", "A disposal-withdraw");
    REFUSED("A disposal-propose", "B disposal-approve", "A destroy-begun", "A destroy-done", "A disposal-withdraw", "A disposal-done");
    REFUSED("A disposal-propose", "B disposal-approve", "A destroy-begun", "A disposal-done");
    REFUSED("A disposal-propose", "B disposal-approve", "A destroy-begun", "A destroy-done", "A disposal-done", "A destroy-begun");
    REFUSED("A disposal-propose", "A disposal-done");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_copy_and_then_its_master_and_then_the_key_are_destroyed),
        TEST(nothing_is_destroyed_under_a_hold),
        TEST(a_master_is_not_destroyed_before_its_copies),
        TEST(what_is_being_packed_is_not_destroyed),
        TEST(a_destruction_of_another_seal_or_plan_or_out_of_order_is_no_log),
        TEST(the_key_stays_while_anything_of_the_case_does),
        TEST(no_hold_is_placed_on_what_is_destroyed),
        cmocka_unit_test(nothing_is_destroyed_but_by_two_people),
        cmocka_unit_test(what_has_ended_destroys_no_more),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
