/* casefile: what the register makes of what became of cases: statuses, corrections, flags, clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "caselog.h"

#include <stdio.h>


static void stands(struct log *log, const char *status, const char *date)
{
    const struct exh_case_state state = exh_case_state(the_case(log));

    assert_non_null(state.status);
    assert_string_equal(state.status->status, status);
    is_date(state.status->date, date);
}

/* ---- what a log cannot say ---- */

static void a_status_that_cannot_follow_is_no_log(void **state)
{
    static const struct { const char *type, *before, *then; } wrong[] = {
        { "arrest", "", "convicted" },        { "arrest", "charged", "custody" },          { "arrest", "charged", "reported" },
        { "arrest", "reported", "prosecuted" }, { "enforcement", "issued", "convicted" },  { "enforcement", "issued", "charged" },
        { "dhr", "", "scoping" },             { "dhr", "notified", "decision-review" },    { "dhr", "notified", "published" },
        { "subject-access", "received", "received" }, { "civil-claim", "notified", "notified" }, { "coroner", "", "concluded" },
        { "complaint", "opened", "opened" },  { "other", "", "closed" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        struct log *log = renew(state);
        open_case(log, wrong[i].type);
        if (*wrong[i].before)
            go(log, &wrong[i].before, 1);
        assert_replays(log);
        EXH_CLEANUP(exh_freep) char *words = exh_format("{\"status\":\"%s\",\"date\":\"2026-02-01\",%s\"source\":\"x\"}", wrong[i].then,
                                                        strcmp(wrong[i].then, "custody") == 0 ? "\"until\":\"2027-01-01\"," : "");
        enter(log, words);
        assert_false(replays(log));
        assert_int_equal(log->err.kind, EXH_MALFORMED);
        assert_non_null(strstr(log->err.text, *wrong[i].before ? "custody log: entry 2" : "custody log: entry 1"));
    }
}

static void an_event_that_is_no_event_is_no_log(void **state)
{
    static const struct { const char *words, *says; } wrong[] = {
        { "{\"status\":\"theft\",\"date\":\"2026-01-02\"}", "is not a status" },
        { "{\"status\":\"\",\"date\":\"2026-01-02\"}", "is not a status" },
        { "{\"status\":\"charged\"}", "the day is needed" },
        { "{\"status\":\"charged\",\"date\":\"2026-02-30\"}", "no such day" },
        { "{\"status\":\"charged\",\"date\":20260102}", "date" },
        { "{\"status\":\"charged\",\"date\":\"2031-01-02\"}", "still to come" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"until\":\"2027-01-02\"}", "has no end" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"source\":\"\"}", "source" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"note\":\"\"}", "note" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"born\":\"2010-01-02\"}", "civil-claim" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"injury\":false}", "civil-claim" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"flags\":{\"inquest\":\"open\"}}", "no flags" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"flags\":{\"appeal\":\"open\"}}", "is not a flag" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"flags\":{\"inquest\":\"not stated\"}}", "is not a flag" },
        { "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"corrects\":1}", "no event 1" },
        { "{\"date\":\"2026-01-02\"}", "nothing is said" },
        { "{\"date\":\"2026-01-02\",\"withdraws\":true}", "names it" },
    };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        struct log *log = renew(state);
        open_case(log, "arrest");
        enter(log, wrong[i].words);
        assert_refused(log, wrong[i].says);
        assert_non_null(strstr(log->err.text, "custody log: entry 1"));
    }
}

static void an_act_on_a_case_that_was_never_opened_is_no_log(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    enter(log, "{\"status\":\"charged\",\"date\":\"2026-01-02\"}");
    log->entries[1].case_id = (char *)(uintptr_t)"C2";
    assert_refused(log, "never opened");
    log->entries[1].case_id = NULL;
    assert_refused(log, "never opened");
}

static void a_status_without_details_is_no_log(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    add(log, "case-status", "C1", NULL);
    assert_refused(log, "no details");
}

/* ---- statuses ---- */

/* A case that came to @step by the steps before it. */
struct step { const char *status; size_t before; };      /* before: its place + 1; 0: the beginning */

static struct exh_case_event event_of(const char *status)
{
    bool ends = strcmp(status, "custody") == 0 || strcmp(status, "suspended-sentence") == 0;

    return (struct exh_case_event){ .status = (char *)(uintptr_t)status, .date = { 2026, 1, 2 }, .source = (char *)(uintptr_t)"x",
                                    .until = { ends ? 2027 : 0, 1, 2 } };
}

static bool can_go_on(const char *type, const struct step *steps, size_t from, const char *status)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_case_event events[64], next = event_of(status);
    size_t count = 0;

    for (size_t at = from; at; at = steps[at - 1].before)
        count++;
    for (size_t at = from, i = count; at; at = steps[at - 1].before)
        events[--i] = event_of(steps[at - 1].status);
    const struct exh_case one = { .id = "C1", .type = (char *)(uintptr_t)type, .events = events, .event_count = count };
    return exh_case_event_check(&one, &next, &err);
}

static const char *const types[] = { "arrest", "enforcement", "dhr", "subject-access", "civil-claim", "coroner", "complaint", "other" };

/* A way to each status of a type, from each that was reached so far. How many were. */
static size_t find_steps(const char *type, struct step steps[64])
{
    const char *status;
    size_t count = 0;

    for (size_t from = 0; from <= count; from++)
        for (size_t i = 0; (status = exh_case_status_at(type, i)); i++) {
            size_t known = 0;
            while (known < count && strcmp(steps[known].status, status) != 0)
                known++;
            if (known == count && can_go_on(type, steps, from, status))
                steps[count++] = (struct step){ status, from };
        }
    return count;
}

static void each_status_of_each_type_can_be_reached(void **state)
{
    (void)state;
    for (size_t t = 0; t < EXH_COUNT(types); t++) {
        struct step steps[64];
        size_t total = 0;

        while (exh_case_status_at(types[t], total))
            total++;
        assert_true(total >= 2 && total < 64);
        assert_int_equal(find_steps(types[t], steps), total);
    }
}

/* True when @list, "charged, no-further-action", has @word as one of its words. */
static bool lists(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; (at = strstr(at, word)); at += size)
        if ((at == list || at[-1] == ' ') && (at[size] == '\0' || at[size] == ',' || at[size] == ' '))
            return true;
    return false;
}

/* What the document's table says may follow @status; "" where it has no such row. */
static const char *documented(char *const rows[][3], size_t count, const char *type, const char *status)
{
    for (size_t i = 0; i < count; i++) {
        bool shared = strcmp(rows[i][0], "both of these") == 0 && (strcmp(type, "arrest") == 0 || strcmp(type, "enforcement") == 0);
        if ((shared || lists(rows[i][0], type)) && lists(rows[i][1], status))
            return rows[i][2];
    }
    return "";
}

/* The rows of the table "type | status | may be followed by"; the type of a row that has none is that of the row before. */
static size_t read_table(char *page, char *ret_rows[64][3])
{
    char *line, *type = NULL;
    size_t count = 0;

    page = strstr(page, "| type | status | may be followed by |");
    assert_non_null(page);
    for (strsep(&page, "\n"), strsep(&page, "\n"); (line = strsep(&page, "\n")) && *line == '|' && count < 64; count++) {
        strsep(&line, "|");
        for (size_t i = 0; i < 3; i++) {
            char *cell = strsep(&line, "|");
            assert_non_null(cell);
            cell += strspn(cell, " ");
            cell[strlen(cell) - (*cell && cell[strlen(cell) - 1] == ' ')] = '\0';
            ret_rows[count][i] = cell;
        }
        type = ret_rows[count][0] = *ret_rows[count][0] ? ret_rows[count][0] : type;
    }
    return count;
}

static char *read_page(void)
{
    const char *top = getenv("EXHIBIT_TOP");
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/docs/formats/custody.md", top ? top : ".");
    FILE *file = fopen(path, "r");
    char *page = calloc(1, 1 << 20);

    assert_non_null(file);
    assert_true(fread(page, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return page;
}

static void the_document_has_the_table_of_the_program(void **state)
{
    EXH_CLEANUP(exh_freep) char *page = read_page();
    char *rows[64][3];
    size_t count = read_table(page, rows), pairs = 0;
    const char *status;

    (void)state;
    for (size_t t = 0; t < EXH_COUNT(types); t++) {
        struct step steps[64];
        size_t reached = find_steps(types[t], steps);

        for (size_t from = 0; from <= reached; from++)
            for (size_t i = 0; (status = exh_case_status_at(types[t], i)); i++, pairs++) {
                const char *before = from ? steps[from - 1].status : "(none)";
                if (can_go_on(types[t], steps, from, status) != lists(documented(rows, count, types[t], before), status))
                    fail_msg("%s: '%s' after '%s' is not as documented", types[t], status, before);
            }
    }
    assert_true(pairs > 400);
}

static void a_case_goes_through_its_statuses(void **state)
{
    static const char *const review[] = { "notified", "scoping", "decision-review", "terms-of-reference", "imr-requested", "overview-draft",
                                          "csp-approved", "ho-qa-submitted", "ho-qa-revise", "ho-qa-submitted", "ho-qa-cleared",
                                          "published", "action-plan-closed" };
    static const char *const fine[] = { "reported", "issued", "challenged", "challenge-closed", "prosecuted", "convicted", "closed" };
    struct log *log = *state;

    open_case(log, "dhr");
    go(log, review, EXH_COUNT(review));
    stands(log, "action-plan-closed", "2026-01-14");
    assert_true(exh_case_state(the_case(log)).ended);
    log = renew(state);
    open_case(log, "enforcement");
    go(log, fine, EXH_COUNT(fine));
    stands(log, "closed", "2026-01-08");
}

static void nothing_is_known_of_a_case_that_nothing_was_entered_of(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    assert_null(exh_case_state(the_case(log)).status);
    assert_false(exh_case_state(the_case(log)).ended);
}

static void of_a_case_whose_key_is_gone_nothing_is_known(void **state)
{
    static const char *const statuses[] = { "charged", "acquitted" };
    struct log *log = *state;

    open_case(log, "arrest");
    go(log, statuses, EXH_COUNT(statuses));
    exh_seal_key_freep(&log->key);
    const struct exh_case *one = the_case(log);
    assert_true(one->sealed);
    assert_null(exh_case_state(one).status);
    assert_false(exh_case_deadline(one, &(struct exh_holidays)EXH_HOLIDAYS_NONE).known);
}

static void an_end_is_needed_where_there_is_one(void **state)
{
    static const char *const statuses[] = { "charged", "convicted" };
    struct log *log = *state;

    open_case(log, "arrest");
    go(log, statuses, EXH_COUNT(statuses));
    enter(log, "{\"status\":\"custody\",\"date\":\"2026-02-01\"}");
    assert_refused(log, "needs its end");
    take_back(log);
    enter(log, "{\"status\":\"custody\",\"date\":\"2026-02-01\",\"until\":\"2026-01-31\"}");
    assert_refused(log, "cannot end before");
    take_back(log);
    enter(log, "{\"status\":\"custody\",\"date\":\"2026-02-01\",\"until\":\"2026-08-01\"}");
    is_date(exh_case_state(the_case(log)).status->until, "2026-08-01");
}

static void days_do_not_go_backwards(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    enter(log, "{\"status\":\"charged\",\"date\":\"2026-02-02\"}");
    enter(log, "{\"status\":\"convicted\",\"date\":\"2026-02-01\"}");
    assert_refused(log, "would be before");
}

/* ---- corrections ---- */

static void what_is_corrected_stays_and_does_not_count(void **state)
{
    static const char *const statuses[] = { "reported", "arrested", "charged" };
    struct log *log = *state;

    open_case(log, "arrest");
    go(log, statuses, EXH_COUNT(statuses));
    enter(log, "{\"status\":\"no-further-action\",\"date\":\"2026-01-09\",\"corrects\":3}");
    stands(log, "no-further-action", "2026-01-09");
    const struct exh_case *one = exh_casefile_case(&log->casefile, "C1");
    assert_int_equal(one->event_count, 4);
    assert_string_equal(one->events[2].status, "charged");
    assert_int_equal(one->events[2].corrected_by, 4);
    assert_int_equal(one->events[3].corrects, 3);
    enter(log, "{\"status\":\"reported\",\"date\":\"2026-01-01\",\"corrects\":1}");
    stands(log, "no-further-action", "2026-01-09");
    enter(log, "{\"status\":\"charged\",\"date\":\"2026-01-05\",\"corrects\":4}");
    stands(log, "charged", "2026-01-05");
}

static void what_was_corrected_is_not_corrected_again(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    enter(log, "{\"status\":\"reported\",\"date\":\"2026-01-02\"}");
    enter(log, "{\"status\":\"arrested\",\"date\":\"2026-01-02\",\"corrects\":1}");
    enter(log, "{\"status\":\"charged\",\"date\":\"2026-01-02\",\"corrects\":1}");
    assert_refused(log, "corrected by event 2 already");
}

static void a_correction_leaves_what_follows_possible(void **state)
{
    static const char *const statuses[] = { "reported", "charged", "convicted" };
    struct log *log = *state;

    open_case(log, "arrest");
    go(log, statuses, EXH_COUNT(statuses));
    enter(log, "{\"status\":\"no-further-action\",\"date\":\"2026-01-03\",\"corrects\":2}");
    assert_refused(log, "event 3 could then not stand");
    take_back(log);
    enter(log, "{\"status\":\"charged\",\"date\":\"2026-01-30\",\"corrects\":2}");
    assert_refused(log, "event 3 could then not stand");
}

static void an_event_is_withdrawn_and_put_back(void **state)
{
    static const char *const statuses[] = { "charged", "convicted" };
    struct log *log = *state;

    open_case(log, "arrest");
    go(log, statuses, EXH_COUNT(statuses));
    enter(log, "{\"date\":\"2026-01-20\",\"corrects\":2,\"withdraws\":true}");
    stands(log, "charged", "2026-01-02");
    enter(log, "{\"status\":\"convicted\",\"date\":\"2026-01-21\",\"corrects\":3}");
    stands(log, "convicted", "2026-01-21");
    enter(log, "{\"date\":\"2026-01-22\",\"corrects\":1,\"withdraws\":true}");
    assert_refused(log, "event 4 could then not stand");
}

/* ---- flags ---- */

static void flags_open_end_and_open_again(void **state)
{
    struct log *log = *state;

    open_case(log, "dhr");
    enter(log, "{\"status\":\"notified\",\"date\":\"2026-01-02\"}");
    assert_int_equal(exh_case_state(the_case(log)).flags[EXH_FLAG_INQUEST], EXH_FLAG_UNSTATED);
    enter(log, "{\"date\":\"2026-01-03\",\"flags\":{\"criminal-proceedings\":\"open\",\"inquest\":\"none\"}}");
    enter(log, "{\"status\":\"scoping\",\"date\":\"2026-01-04\",\"flags\":{\"criminal-proceedings\":\"ended\"}}");
    struct exh_case_state found = exh_case_state(the_case(log));
    assert_string_equal(found.status->status, "scoping");
    assert_int_equal(found.flags[EXH_FLAG_CRIMINAL_PROCEEDINGS], EXH_FLAG_ENDED);
    is_date(found.since[EXH_FLAG_CRIMINAL_PROCEEDINGS], "2026-01-04");
    assert_int_equal(found.flags[EXH_FLAG_INQUEST], EXH_FLAG_NONE);
    enter(log, "{\"date\":\"2026-01-05\",\"flags\":{\"criminal-proceedings\":\"open\"}}");
    assert_int_equal(exh_case_state(the_case(log)).flags[EXH_FLAG_CRIMINAL_PROCEEDINGS], EXH_FLAG_OPEN);
    enter(log, "{\"date\":\"2026-01-06\",\"flags\":{\"inquest\":\"ended\"}}");
    assert_refused(log, "inquest cannot be 'ended' where it is 'none'; possible: open");
}

static void a_flag_is_read_in_one_form_and_once(void **state)
{
    static const char *const wrong[] = { "", "=", "inquest", "inquest=", "inquest=closed", "=open", "Inquest=open", "inquests=open",
                                         "inques=open", "inquest=not stated", "inquest=open=open" };
    enum exh_flag_state states[EXH_FLAG_COUNT] = { EXH_FLAG_UNSTATED };
    struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        if (exh_flag_parse(wrong[i], states, &err))
            fail_msg("'%s' was read", wrong[i]);
        assert_int_equal(err.kind, EXH_USAGE);
        exh_error_clear(&err);
    }
    assert_true(exh_flag_parse("inquest=open", states, &err));
    assert_int_equal(states[EXH_FLAG_INQUEST], EXH_FLAG_OPEN);
    assert_false(exh_flag_parse("inquest=ended", states, &err));
    assert_non_null(strstr(err.text, "twice"));
    exh_error_clear(&err);
}

/* ---- clocks ---- */

static const struct exh_holidays by_rule = EXH_HOLIDAYS_NONE;

static void a_request_is_answered_in_a_calendar_month(void **state)
{
    static const struct { const char *received, *counted, *due; } months[] = {
        { "2026-01-31", "2026-02-28", "2026-03-02" }, { "2028-01-31", "2028-02-29", "2028-02-29" },
        { "2026-09-03", "2026-10-03", "2026-10-05" }, { "2026-12-15", "2027-01-15", "2027-01-15" },
        { "2026-03-03", "2026-04-03", "2026-04-07" }, { "2026-11-25", "2026-12-25", "2026-12-29" } };

    for (size_t i = 0; i < EXH_COUNT(months); i++) {
        struct log *log = renew(state);
        EXH_CLEANUP(exh_freep) char *words = exh_format("{\"status\":\"received\",\"date\":\"%s\"}", months[i].received);
        open_case(log, "subject-access");
        assert_false(exh_case_deadline(the_case(log), &by_rule).known);
        enter(log, words);
        is_date(exh_case_deadline(the_case(log), &by_rule).counted, months[i].counted);
        is_date(exh_case_deadline(the_case(log), &by_rule).due, months[i].due);
    }
}

static void the_clock_of_a_request_stops_goes_on_and_is_extended(void **state)
{
    struct log *log = *state;

    open_case(log, "subject-access");
    enter(log, "{\"status\":\"received\",\"date\":\"2026-03-01\"}");
    enter(log, "{\"status\":\"clarification\",\"date\":\"2026-03-05\"}");
    struct exh_case_deadline deadline = exh_case_deadline(the_case(log), &by_rule);
    assert_true(deadline.known);
    is_date(deadline.stopped, "2026-03-05");
    is_date(deadline.due, "");
    enter(log, "{\"status\":\"received\",\"date\":\"2026-03-15\"}");
    is_date(exh_case_deadline(the_case(log), &by_rule).due, "2026-04-13");
    enter(log, "{\"status\":\"extended\",\"date\":\"2026-04-01\"}");
    is_date(exh_case_deadline(the_case(log), &by_rule).due, "2026-06-11");
    enter(log, "{\"status\":\"answered\",\"date\":\"2026-04-02\"}");
    assert_false(exh_case_deadline(the_case(log), &by_rule).known);
}

static void a_deadline_that_is_no_working_day_says_why_it_was_moved(void **state)
{
    struct log *log = *state;
    EXH_CLEANUP(exh_holidays_clear) struct exh_holidays listed = EXH_HOLIDAYS_NONE;

    assert_true(exh_holidays_parse("2026-03-03 -2026-04-07", &listed, &log->err));
    open_case(log, "subject-access");
    enter(log, "{\"status\":\"received\",\"date\":\"2026-02-03\"}");
    struct exh_case_deadline plain = exh_case_deadline(the_case(log), &by_rule), moved = exh_case_deadline(the_case(log), &listed);
    EXH_CLEANUP(exh_freep) char *one = exh_case_deadline_words(&plain, &by_rule), *other = exh_case_deadline_words(&moved, &listed);
    assert_string_equal(one, "2026-03-03");
    assert_string_equal(other, "2026-03-04, the next working day: counted to 2026-03-03, a public holiday of this store's list");
    enter(log, "{\"status\":\"clarification\",\"date\":\"2026-02-05\"}");
    const struct exh_case_deadline stopped = exh_case_deadline(the_case(log), &listed);
    assert_null(exh_case_deadline_words(&stopped, &listed));
}

static void a_claim_keeps_whether_it_is_of_injury_and_of_a_minor(void **state)
{
    struct log *log = *state;

    open_case(log, "civil-claim");
    enter(log, "{\"status\":\"notified\",\"date\":\"2026-03-01\",\"injury\":true,\"born\":\"2015-06-07\"}");
    const struct exh_case_event *event = exh_case_state(the_case(log)).status;
    assert_int_equal(event->injury, EXH_ANSWER_YES);
    is_date(event->born, "2015-06-07");
    enter(log, "{\"status\":\"notified\",\"date\":\"2026-03-01\",\"injury\":false,\"born\":\"2026-03-02\",\"corrects\":1}");
    assert_refused(log, "nobody is born after");
}

static void what_is_written_of_an_event_is_read_back(void **state)
{
    static const char words[] = "{\"born\":\"2015-06-07\",\"corrects\":1,\"date\":\"2026-03-01\",\"flags\":{\"criminal-proceedings\":\"open\","
                                "\"inquest\":\"none\"},\"injury\":false,\"note\":\"n\",\"source\":\"s\",\"status\":\"notified\",\"until\":\"2027-03-01\"}";
    const struct exh_case_event event = {
        .status = (char *)(uintptr_t)"notified", .date = { 2026, 3, 1 }, .until = { 2027, 3, 1 }, .born = { 2015, 6, 7 },
        .flags = { EXH_FLAG_OPEN, EXH_FLAG_NONE }, .injury = EXH_ANSWER_NO, .corrects = 1,
        .source = (char *)(uintptr_t)"s", .note = (char *)(uintptr_t)"n" };
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = exh_case_event_details(&event);
    EXH_CLEANUP(exh_freep) char *written = exh_json_canonical(details);

    (void)state;
    assert_string_equal(written, words);
}

/* ---- outcomes and references ---- */

static void what_is_said_of_an_outcome_takes_the_place_of_what_was_said(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    assert_null(the_case(log)->outcome.outcome);
    enter_act(log, "case-outcome", object_of("{\"outcome\":\"fine\",\"date\":\"2026-02-03\",\"cctv_led\":true,\"town\":\"March\"}"));
    enter_act(log, "case-outcome", object_of("{\"outcome\":\"none\",\"date\":\"2026-03-03\",\"authority\":\"Fenland\"}"));
    enter_act(log, "case-outcome", object_of("{\"town\":\"Wisbech\"}"));
    const struct exh_case_outcome *outcome = &the_case(log)->outcome;
    assert_string_equal(outcome->outcome, "none");
    is_date(outcome->date, "2026-03-03");
    assert_int_equal(outcome->cctv_led, EXH_ANSWER_YES);
    assert_string_equal(outcome->town, "Wisbech");
    assert_string_equal(outcome->authority, "Fenland");
}

static void an_outcome_that_is_none_is_no_log(void **state)
{
    static const struct { const char *words, *says; } wrong[] = {
        { "{}", "nothing is said" }, { "{\"outcome\":\"prison\",\"date\":\"2026-02-03\"}", "not an outcome" },
        { "{\"outcome\":\"fine\"}", "go together" }, { "{\"date\":\"2026-02-03\",\"town\":\"March\"}", "go together" },
        { "{\"town\":\"\"}", "the town" }, { "{\"outcome\":\"fine\",\"date\":\"2031-02-03\"}", "still to come" } };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        open_case(*state, "arrest");
        enter_act(*state, "case-outcome", object_of(wrong[i].words));
        assert_refused(*state, wrong[i].says);
    }
}

static void references_come_and_go(void **state)
{
    struct log *log = *state;

    open_case(log, "arrest");
    enter_act(log, "case-reference", object_of("{\"added\":[\"police:1\",\"e-cins:2\"]}"));
    enter_act(log, "case-reference", object_of("{\"removed\":[\"police:1\"]}"));
    const struct exh_case *one = the_case(log);
    assert_int_equal(one->references.count, 1);
    assert_string_equal(one->references.at[0], "e-cins:2");
    assert_true(exh_case_mentions(one, "E-CINS"));
    assert_false(exh_case_mentions(one, "police"));
}

static void references_that_cannot_be_are_no_log(void **state)
{
    static const struct { const char *words, *says; } wrong[] = {
        { "{}", "no reference" }, { "{\"added\":[]}", "no reference" }, { "{\"added\":\"police:2\"}", "no reference" },
        { "{\"added\":[\"police:1\"]}", "already" }, { "{\"added\":[\"police:2\",\"police:2\"]}", "twice" },
        { "{\"added\":[\"police\"]}", "not a reference" }, { "{\"added\":[7]}", "not a reference" },
        { "{\"removed\":[\"police:2\"]}", "has no reference" } };

    for (size_t i = 0; i < EXH_COUNT(wrong); i++) {
        renew(state);
        open_case(*state, "arrest");
        enter_act(*state, "case-reference", object_of("{\"added\":[\"police:1\"]}"));
        enter_act(*state, "case-reference", object_of(wrong[i].words));
        assert_refused(*state, wrong[i].says);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_status_that_cannot_follow_is_no_log),
        TEST(an_event_that_is_no_event_is_no_log),
        TEST(an_act_on_a_case_that_was_never_opened_is_no_log),
        TEST(a_status_without_details_is_no_log),
        TEST(each_status_of_each_type_can_be_reached),
        TEST(the_document_has_the_table_of_the_program),
        TEST(a_case_goes_through_its_statuses),
        TEST(nothing_is_known_of_a_case_that_nothing_was_entered_of),
        TEST(of_a_case_whose_key_is_gone_nothing_is_known),
        TEST(an_end_is_needed_where_there_is_one),
        TEST(days_do_not_go_backwards),
        TEST(what_is_corrected_stays_and_does_not_count),
        TEST(what_was_corrected_is_not_corrected_again),
        TEST(a_correction_leaves_what_follows_possible),
        TEST(an_event_is_withdrawn_and_put_back),
        TEST(flags_open_end_and_open_again),
        TEST(a_flag_is_read_in_one_form_and_once),
        TEST(a_request_is_answered_in_a_calendar_month),
        TEST(a_deadline_that_is_no_working_day_says_why_it_was_moved),
        TEST(the_clock_of_a_request_stops_goes_on_and_is_extended),
        TEST(a_claim_keeps_whether_it_is_of_injury_and_of_a_minor),
        TEST(what_is_written_of_an_event_is_read_back),
        TEST(what_is_said_of_an_outcome_takes_the_place_of_what_was_said),
        TEST(an_outcome_that_is_none_is_no_log),
        TEST(references_come_and_go),
        TEST(references_that_cannot_be_are_no_log),
    };

    return exh_crypto_init(&(struct exh_error)EXH_ERROR_NONE) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
