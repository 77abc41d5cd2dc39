/* cmd: what the commands about cases share: reading their options, and showing a case. */
#include "case.h"

#include "disclose.h"
#include "request.h"

#include <stdio.h>
#include <string.h>

struct exh_date today_of(const struct session *session)
{
    return exh_date_of(exh_moment_now(), session->store->zone);
}

bool read_date(const char *option, const char *words, struct exh_date *ret_date, struct exh_error *err)
{
    *ret_date = (struct exh_date)EXH_DATE_NONE;
    return !words || exh_date_parse(words, ret_date, err) || exh_while(err, "%s", option);
}

struct exh_json *date_json(struct exh_date date)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(date, words);
    return exh_json_text(*words ? words : NULL);
}

bool read_answer(const char *option, const char *words, enum exh_answer *ret_answer, struct exh_error *err)
{
    *ret_answer = !words ? EXH_UNANSWERED : strcmp(words, "yes") == 0 ? EXH_ANSWER_YES : EXH_ANSWER_NO;
    return *ret_answer != EXH_ANSWER_NO || strcmp(words, "no") == 0
        || exh_fail(err, EXH_USAGE, "%s: '%s' is neither yes nor no", option, words);
}

bool case_is_late(const struct session *session, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one, &session->store->holidays);

    return deadline.due.year && exh_date_compare(deadline.due, today_of(session)) < 0;
}

static void set_deadline(const struct session *session, struct exh_json *object, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one, &session->store->holidays);

    if (!deadline.known)
        return;
    exh_json_set(object, "answer_due", date_json(deadline.due));
    exh_json_set(object, "answer_counted", date_json(deadline.counted));
    exh_json_set(object, "clock_stopped", date_json(deadline.stopped));
    exh_json_set_bool(object, "answer_late", case_is_late(session, one));
}

static void set_flags(struct exh_json *object, const struct exh_case_state *state)
{
    struct exh_json *flags = exh_json_object();

    for (size_t i = 0; i < EXH_FLAG_COUNT; i++)
        exh_json_set_text(flags, exh_flag_name((enum exh_flag)i), exh_flag_state_words(state->flags[i]));
    exh_json_set(object, "flags", flags);
}

static void set_state(const struct session *session, struct exh_json *object, const struct exh_case *one)
{
    const struct exh_case_state state = exh_case_state(one);

    exh_json_set_text(object, "status", state.status ? state.status->status : NULL);
    exh_json_set(object, "status_date", date_json(state.status ? state.status->date : (struct exh_date)EXH_DATE_NONE));
    exh_json_set(object, "status_until", date_json(state.status ? state.status->until : (struct exh_date)EXH_DATE_NONE));
    exh_json_set_bool(object, "ended", state.ended);
    if (!one->sealed && strcmp(one->type, "dhr") == 0)
        set_flags(object, &state);
    set_deadline(session, object, one);
}

bool find_case(const struct session *session, const char *id, struct known_case *ret_case, struct exh_error *err)
{
    return exh_store_need_case(session->store, id, &ret_case->one, err) && exh_store_casefile(session->store, id, &ret_case->casefile, err);
}

struct exh_json *case_json(const struct session *session, const struct known_case *known)
{
    const struct exh_case *one = known->one;
    struct exh_json *object = json_of_type("case"), *references = exh_json_array();

    for (size_t i = 0; i < one->references.count; i++)
        exh_json_add_text(references, one->references.at[i]);
    exh_json_set_text(object, "id", one->id);
    exh_json_set_text(object, "case_type", one->type);
    exh_json_set(object, "references", references);
    exh_json_set_text(object, "requested_by", one->requested_by);
    exh_json_set_text(object, "basis", one->basis);
    exh_json_set_text(object, "title", one->title);
    exh_json_set_text(object, "town", one->outcome.town);
    exh_json_set_text(object, "authority", one->outcome.authority);
    exh_json_set_text(object, "outcome", one->outcome.outcome);
    exh_json_set(object, "outcome_date", date_json(one->outcome.date));
    if (one->outcome.cctv_led)
        exh_json_set_bool(object, "cctv_led", one->outcome.cctv_led == EXH_ANSWER_YES);
    exh_json_set(object, "opened", moment_json(one->opened));
    exh_json_set_text(object, "opened_by", one->opened_by);
    exh_json_set_bool(object, "sealed", one->sealed);
    set_state(session, object, one);
    exh_json_set(object, "holds", holds_json(session, known));
    exh_json_set(object, "requests", requests_json(known->casefile));
    exh_json_set(object, "notices", notices_json(known->casefile));
    exh_json_set(object, "disclosures", disclosures_json(known->casefile));
    return object;
}

static void print_deadline(const struct session *session, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one, &session->store->holidays);
    EXH_CLEANUP(exh_freep) char *due = exh_case_deadline_words(&deadline, &session->store->holidays);
    char stopped[EXH_DATE_SIZE];

    exh_date_words(deadline.stopped, stopped);
    EXH_CLEANUP(exh_freep) char *words = deadline.stopped.year
        ? exh_format("the clock is stopped since %s, until the clarification is received", stopped)
        : exh_format("due %s%s", due, case_is_late(session, one) ? ": overdue" : "");
    if (deadline.known)
        print_field("answer", words);
}

void print_case_state(const struct session *session, const struct exh_case *one)
{
    const struct exh_case_state state = exh_case_state(one);
    char date[EXH_DATE_SIZE], until[EXH_DATE_SIZE];

    exh_date_words(state.status ? state.status->date : (struct exh_date)EXH_DATE_NONE, date);
    exh_date_words(state.status ? state.status->until : (struct exh_date)EXH_DATE_NONE, until);
    EXH_CLEANUP(exh_freep) char *words = state.status
        ? exh_format("%s since %s%s%s", state.status->status, date, *until ? ", until " : "", until)
        : exh_strdup("unknown: none was entered");
    print_field("status", words);
    for (size_t i = 0; !one->sealed && strcmp(one->type, "dhr") == 0 && i < EXH_FLAG_COUNT; i++) {
        exh_date_words(state.since[i], date);
        EXH_CLEANUP(exh_freep) char *flag = exh_format("%s: %s%s%s", exh_flag_name((enum exh_flag)i),
                                                      exh_flag_state_words(state.flags[i]), *date ? " since " : "", date);
        print_field("flag", flag);
    }
    print_deadline(session, one);
}

static void print_outcome(const struct exh_case_outcome *outcome)
{
    char date[EXH_DATE_SIZE];

    exh_date_words(outcome->date, date);
    EXH_CLEANUP(exh_freep) char *words = outcome->outcome ? exh_format("%s on %s", outcome->outcome, date) : NULL;
    print_field("town", outcome->town);
    print_field("authority", outcome->authority);
    print_field("outcome", words);
    if (outcome->cctv_led)
        print_field("cctv led", outcome->cctv_led == EXH_ANSWER_YES ? "yes" : "no");
}

void print_case(const struct session *session, const struct known_case *known)
{
    const struct exh_case *one = known->one;
    char opened[EXH_MOMENT_SIZE];

    exh_moment_local((struct exh_moment){ one->opened.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, opened);
    print_field("case", one->id);
    print_field("type", one->sealed ? "(sealed: the key of this case is gone)" : one->type);
    for (size_t i = 0; i < one->references.count; i++)
        print_field("reference", one->references.at[i]);
    print_field("requested by", one->requested_by);
    print_field("basis", one->basis);
    print_field("title", one->title);
    print_outcome(&one->outcome);
    print_field("opened", opened);
    if (!one->sealed)
        print_case_state(session, one);
    print_holds(session, known);
    print_requests(session, known->casefile);
    print_disclosures(session, known->casefile);
}

void tell_sealed(struct session *session, size_t count)
{
    if (!count)
        return;
    say(session, "%zu case%s sealed, the key is gone: whether %s belongs here is not known", count, count == 1 ? " is" : "s are",
        count == 1 ? "it" : "each");
    session->status = 7;                 /* done, with findings */
}

bool print_changed_case(const struct session *session, const char *id, struct exh_error *err)
{
    struct known_case known;

    if (!find_case(session, id, &known, err))
        return false;
    if (session->json)
        print_json(case_json(session, &known));
    else
        print_case(session, &known);
    return true;
}

error_t parse_case_id(int key, char *argument, struct argp_state *state, const char **id)
{
    switch (key) {
    case ARGP_KEY_ARG:
        if (*id)
            argp_error(state, "one case at a time");
        *id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!*id)
            argp_error(state, "which case?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}
