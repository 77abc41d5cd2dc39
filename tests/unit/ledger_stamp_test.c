/* Time stamps in the log: entries that say other than their tokens, and clocks that cannot both be right, are found. Stock
 * openssl is the authority, and its clock is the true one. */
#include "crypto_help.h"

#include "exhibit/json.h"
#include "exhibit/ledger.h"

#include <time.h>

static int64_t ahead_ns;                 /* by how much the room's clock is ahead of the authority's */

static struct exh_moment room_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct exh_moment){ (int64_t)now.tv_sec * EXH_SECOND + now.tv_nsec + ahead_ns };
}

struct place {
    char *directory;
    struct exh_ledger *ledger;
    struct exh_secret_key *admin;
    struct exh_entry last;
    struct exh_error err;
};

/* Facts are taken. */
static void append(struct place *place, const char *act, struct exh_json *facts)
{
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = act, .facts = facts };
    struct exh_entry entry;

    if (!exh_ledger_append(place->ledger, place->last.act ? &place->last : NULL, &draft, place->admin, &entry, &place->err))
        fail_msg("%s: %s", act, place->err.text);
    exh_entry_clear(&place->last);
    place->last = entry;
}

static void init(struct place *place)
{
    struct exh_secret_key *log = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(exh_secret_key_public(place->admin));
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(place->admin));
    EXH_CLEANUP(exh_freep) char *verifier = exh_log_verifier(exh_secret_key_public(log));
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "key", ssh);
    exh_json_set_text(facts, "minisign", minisign);
    exh_json_set_text(facts, "role", "admin");
    exh_json_set_text(facts, "log", verifier);
    exh_ledger_hold(place->ledger, log);
    append(place, "init", facts);
}

/* A log of four entries, and an authority in the same directory. */
static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);
    const char *top = getenv("EXHIBIT_TOP");

    ahead_ns = 0;
    exh_moment_set_clock(room_clock);
    place->directory = help_directory();
    place->admin = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/log.git", place->directory);
    if (!exh_ledger_create(path, &place->err) || !exh_ledger_open(path, &place->ledger, &place->err))
        return -1;
    init(place);
    for (int i = 0; i < 3; i++)
        append(place, "config-set", exh_json_object());
    *state = place;
    return help_run(place->directory, "bash -ec '. \"%s/tests/cli/tsa.bash\"; make_tsa root tsa'", top ? top : ".") ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    exh_moment_set_clock(NULL);
    exh_entry_clear(&place->last);
    exh_ledger_freep(&place->ledger);
    exh_secret_key_freep(&place->admin);
    exh_error_clear(&place->err);
    help_directory_free(&place->directory);
    free(place);
    return 0;
}

static struct exh_stamp_roots *roots_of(struct place *place)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/root.pem", place->directory);
    struct exh_stamp_roots *roots = NULL;
    size_t size;
    EXH_CLEANUP(exh_freep) char *pem = help_read(path, &size);

    ASSERT_DONE(exh_stamp_roots_read(pem, size, &roots, &place->err), &place->err);
    return roots;
}

/* What the authority states now of the log as it is. Clear with exh_log_stamp_clear. */
static struct exh_log_stamp stamp_of(struct place *place)
{
    EXH_CLEANUP(exh_freep) char *query = exh_format("%s/q", place->directory);
    EXH_CLEANUP(exh_freep) char *token = exh_format("%s/t", place->directory);
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(place);
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp said = EXH_STAMP_NONE;
    struct exh_log_stamp stamp = { .size = place->last.sequence + 1 };
    const char *note = exh_ledger_checkpoint(place->ledger);
    uint8_t sha256[EXH_SHA256_SIZE];
    size_t size;

    exh_sha256_join(note, strlen(note), NULL, 0, sha256);
    EXH_CLEANUP(exh_freep) uint8_t *request = exh_stamp_request_make(sha256, &size);
    help_write(query, request, size);
    assert_true(help_run(place->directory, "openssl ts -reply -config tsa.cnf -queryfile q -token_out -out t"));
    stamp.token = (uint8_t *)help_read(token, &stamp.token_size);
    ASSERT_DONE(exh_stamp_check(stamp.token, stamp.token_size, roots, &said, &place->err), &place->err);
    stamp.at = said.at;
    return stamp;
}

/* The log's only problem says @words, or it has none where that is NULL; without the authority's certificate, @unchecked. */
static void judge_log(struct place *place, const char *unchecked, const char *words)
{
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(place);

    ASSERT_DONE(exh_ledger_verify(place->ledger, &report, &place->err), &place->err);
    if (report.problems.count != (unchecked != NULL) || (unchecked && !strstr(report.problems.at[0], unchecked)))
        fail_msg("%s", report.problems.count ? report.problems.at[0] : "no problem before it was checked");
    exh_ledger_check_stamps(&report, roots);
    const char *problem = report.problems.count ? report.problems.at[report.problems.count - 1] : NULL;
    if (!unchecked && (!problem != !words || (words && (!strstr(problem, words) || !strstr(problem, "entry 4: its time stamp")))))
        fail_msg("%s, not %s", problem ? problem : "holds", words ? words : "holds");
    if (!problem)
        assert_non_null(report.stamps.at[0].authority);
}

static void a_stamp_of_the_log_holds(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);

    append(place, "log-stamp", exh_log_stamp_facts(&stamp));
    judge_log(place, NULL, NULL);
}

static void a_stamp_that_is_entered_as_of_other_entries_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);

    stamp.size--;
    append(place, "log-stamp", exh_log_stamp_facts(&stamp));
    judge_log(place, NULL, "not of the checkpoint of the first 3 entries");
}

static void a_stamp_that_is_entered_with_another_time_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);

    stamp.at.ns -= 1000000;
    append(place, "log-stamp", exh_log_stamp_facts(&stamp));
    judge_log(place, NULL, "and the entry says that it is");
}

static void a_clock_may_be_off_by_a_minute_and_what_the_token_allows(void **state)
{
    struct place *place = *state;

    ahead_ns = 55 * EXH_SECOND;          /* the room's is ahead: the last entry is before its stamp */
    append(place, "config-set", exh_json_object());
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);
    append(place, "log-stamp", exh_log_stamp_facts(&stamp));
    judge_log(place, NULL, NULL);
}

static void a_stamp_before_the_entries_that_it_is_of_is_found(void **state)
{
    struct place *place = *state;

    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp before = stamp_of(place);
    ahead_ns = 3600 * EXH_SECOND;
    append(place, "log-stamp", exh_log_stamp_facts(&before));
    judge_log(place, NULL, NULL);
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(place);
    stamp.last = place->last.time;
    stamp.entered = place->last.time;
    exh_sha256_join(exh_ledger_checkpoint(place->ledger), strlen(exh_ledger_checkpoint(place->ledger)), NULL, 0, stamp.checkpoint);
    ASSERT_FAILS(exh_log_stamp_judge(&stamp, roots, &place->err), &place->err, EXH_NO);
    assert_non_null(strstr(place->err.text, "which is before"));
    assert_non_null(strstr(place->err.text, "1 min 1.500 s"));
    assert_null(stamp.authority);
}

static void a_stamp_after_it_was_entered_is_found(void **state)
{
    struct place *place = *state;
    struct exh_log_stamp stamp = stamp_of(place);
    EXH_CLEANUP(exh_stamp_roots_freep) struct exh_stamp_roots *roots = roots_of(place);

    exh_sha256_join(exh_ledger_checkpoint(place->ledger), strlen(exh_ledger_checkpoint(place->ledger)), NULL, 0, stamp.checkpoint);
    stamp.last = (struct exh_moment){ stamp.at.ns - 3600 * EXH_SECOND };
    stamp.entered = (struct exh_moment){ stamp.at.ns - 61500 * INT64_C(1000000) };
    ASSERT_DONE(exh_log_stamp_judge(&stamp, roots, &place->err), &place->err);
    free(exh_steal(&stamp.authority));
    stamp.entered.ns--;
    ASSERT_FAILS(exh_log_stamp_judge(&stamp, roots, &place->err), &place->err, EXH_NO);
    assert_non_null(strstr(place->err.text, "which is after"));
    exh_error_clear(&place->err);
    stamp.entered = stamp.at;
    stamp.last = (struct exh_moment){ stamp.at.ns + 61500 * INT64_C(1000000) };
    ASSERT_DONE(exh_log_stamp_judge(&stamp, roots, &place->err), &place->err);
    free(exh_steal(&stamp.authority));
    stamp.last.ns++;
    ASSERT_FAILS(exh_log_stamp_judge(&stamp, roots, &place->err), &place->err, EXH_NO);
    exh_log_stamp_clear(&stamp);
}

/* ---- facts that are not of the form: found without the authority's certificate too ---- */

static void enter_facts(struct place *place, const char *member, struct exh_json *value, const char *words)
{
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = stamp_of(place);
    struct exh_json *facts = exh_log_stamp_facts(&stamp);

    exh_json_remove(facts, member);
    exh_json_set(facts, member, value);
    append(place, "log-stamp", facts);
    judge_log(place, words, NULL);
}

static void a_stamp_of_entries_that_do_not_stand_before_it_is_found(void **state)
{
    enter_facts(*state, "entries", exh_json_int(5), "so many do not stand before it");
}

static void a_stamp_of_no_entry_is_found(void **state)
{
    enter_facts(*state, "entries", exh_json_int(0), "so many do not stand before it");
}

static void a_stamp_of_a_number_below_any_is_found(void **state)
{
    enter_facts(*state, "entries", exh_json_int(INT64_MIN), "so many do not stand before it");
}

static void a_time_in_another_form_is_found(void **state)
{
    enter_facts(*state, "time", exh_json_text("2026-11-26T14:00:00.100000Z"), "which is written");
}

static void a_token_that_is_not_base64_is_found(void **state)
{
    enter_facts(*state, "token", exh_json_text("no token"), "not base64");
}

static void a_token_that_is_larger_than_one_may_be_is_found(void **state)
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(EXH_STAMP_MOST + 1);
    EXH_CLEANUP(exh_freep) char *words = exh_base64(bytes, EXH_STAMP_MOST + 1);

    enter_facts(*state, "token", exh_json_text(words), "not base64 of at most");
}

static void facts_that_are_more_or_fewer_are_found(void **state)
{
    enter_facts(*state, "more", exh_json_int(1), "not exactly");
}

static void facts_that_are_missing_are_found(void **state)
{
    enter_facts(*state, "token", NULL, "not exactly");
}

static void a_checkpoint_with_a_nul_is_found_and_not_read_beyond(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .entries = 0 };
    EXH_CLEANUP(exh_freep) char *commit = exh_strdup(place->last.commit);

    assert_true(help_run(place->directory, "cd log.git && head -c 60000 /dev/zero >../nul && tree=$( { printf \"100644 blob %%s\\tcheckpoint\\n\""
                         " $(git hash-object -w ../nul); git ls-tree %s | grep entry.json; } | git mktree) &&"
                         " git cat-file commit %s | sed \"s/^tree .*/tree $tree/\" >../commit &&"
                         " git update-ref refs/heads/custody $(git hash-object -w -t commit ../commit)", commit, commit));
    ASSERT_DONE(exh_ledger_verify(place->ledger, &report, &place->err), &place->err);
    assert_true(report.problems.count > 0);
}

#define ON_A_LOG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_LOG(a_stamp_of_the_log_holds),
        ON_A_LOG(a_stamp_that_is_entered_as_of_other_entries_is_found),
        ON_A_LOG(a_stamp_that_is_entered_with_another_time_is_found),
        ON_A_LOG(a_clock_may_be_off_by_a_minute_and_what_the_token_allows),
        ON_A_LOG(a_stamp_before_the_entries_that_it_is_of_is_found),
        ON_A_LOG(a_stamp_after_it_was_entered_is_found),
        ON_A_LOG(a_stamp_of_entries_that_do_not_stand_before_it_is_found),
        ON_A_LOG(a_stamp_of_no_entry_is_found),
        ON_A_LOG(a_stamp_of_a_number_below_any_is_found),
        ON_A_LOG(a_time_in_another_form_is_found),
        ON_A_LOG(a_token_that_is_not_base64_is_found),
        ON_A_LOG(a_token_that_is_larger_than_one_may_be_is_found),
        ON_A_LOG(facts_that_are_more_or_fewer_are_found),
        ON_A_LOG(facts_that_are_missing_are_found),
        ON_A_LOG(a_checkpoint_with_a_nul_is_found_and_not_read_beyond),
    };

    return cmocka_run_group_tests(tests, help_start, NULL);
}
