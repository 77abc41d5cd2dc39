/* casefile: events of a case: their form, in which order they count, and where they leave the case. */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- flags ---- */

static const char *const flag_names[EXH_FLAG_COUNT] = { "criminal-proceedings", "inquest" };
static const char *const flag_states[] = { "not stated", "none", "open", "ended" };

const char *exh_flag_name(enum exh_flag flag)
{
    return flag_names[flag];
}

const char *exh_flag_state_words(enum exh_flag_state state)
{
    return flag_states[state];
}

/* EXH_FLAG_UNSTATED where the words are no state. */
static enum exh_flag_state read_flag_state(const char *words)
{
    for (size_t i = EXH_FLAG_NONE; i < EXH_COUNT(flag_states); i++)
        if (strcmp(flag_states[i], words) == 0)
            return (enum exh_flag_state)i;
    return EXH_FLAG_UNSTATED;
}

bool exh_flag_parse(const char *words, enum exh_flag_state states[EXH_FLAG_COUNT], struct exh_error *err)
{
    const char *equals = strchr(words, '=');
    enum exh_flag_state state = equals ? read_flag_state(equals + 1) : EXH_FLAG_UNSTATED;

    for (size_t i = 0; state && i < EXH_FLAG_COUNT; i++) {
        if (strlen(flag_names[i]) != (size_t)(equals - words) || strncmp(flag_names[i], words, (size_t)(equals - words)) != 0)
            continue;
        if (states[i])
            return exh_fail(err, EXH_USAGE, "flag '%s' is given twice", flag_names[i]);
        states[i] = state;
        return true;
    }
    return exh_fail(err, EXH_USAGE, "'%s' is not a flag: write criminal-proceedings or inquest, '=', and none, open or ended", words);
}

/* Proceedings that were never open cannot end; what ended may begin again. */
static bool flag_follows(enum exh_flag_state before, enum exh_flag_state state)
{
    switch (before) {
    case EXH_FLAG_UNSTATED: return true;
    case EXH_FLAG_OPEN:     return state == EXH_FLAG_ENDED;
    default:                return state == EXH_FLAG_OPEN;
    }
}

static bool states_flags(const struct exh_case_event *event)
{
    return event->flags[EXH_FLAG_CRIMINAL_PROCEEDINGS] || event->flags[EXH_FLAG_INQUEST];
}

/* ---- in words ---- */

char *exh_case_event_words(const struct exh_case_event *event)
{
    struct exh_text text = EXH_TEXT_NONE;
    char date[EXH_DATE_SIZE];

    exh_text_puts(&text, event->withdraws ? "withdrawn" : event->status ? event->status : "");
    exh_date_words(event->until, date);
    if (*date)
        exh_text_printf(&text, " until %s", date);
    for (size_t i = 0; i < EXH_FLAG_COUNT; i++)
        if (event->flags[i])
            exh_text_printf(&text, "%s%s %s", text.size ? ", " : "", flag_names[i], flag_states[event->flags[i]]);
    if (event->injury)
        exh_text_printf(&text, ", %s injury", event->injury == EXH_ANSWER_YES ? "with" : "no");
    exh_date_words(event->born, date);
    if (*date)
        exh_text_printf(&text, ", claimant born %s", date);
    return exh_text_take(&text);
}

/* ---- as sealed details, and back ---- */

void exh_case_event_clear(struct exh_case_event *event)
{
    free(event->status);
    free(event->source);
    free(event->note);
    *event = (struct exh_case_event){ .status = NULL };
}

void exh_case_set_date(struct exh_json *details, const char *name, struct exh_date date)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(date, words);
    if (*words)
        exh_json_set_text(details, name, words);
}

bool exh_case_take_date(const struct exh_json *details, const char *name, struct exh_date *ret_date, struct exh_error *err)
{
    const char *words;

    *ret_date = (struct exh_date)EXH_DATE_NONE;
    if (exh_json_type(exh_json_get(details, name)) == EXH_JSON_NULL)
        return true;
    if (!exh_json_need_text(details, name, &words, err))
        return false;
    if (exh_date_parse(words, ret_date, err))
        return true;
    err->kind = EXH_MALFORMED;
    return exh_while(err, "member '%s'", name);
}

struct exh_json *exh_case_event_details(const struct exh_case_event *event)
{
    struct exh_json *details = exh_json_object(), *flags = exh_json_object();

    for (size_t i = 0; i < EXH_FLAG_COUNT; i++)
        if (event->flags[i])
            exh_json_set_text(flags, flag_names[i], flag_states[event->flags[i]]);
    exh_json_set_text(details, "status", event->status);
    exh_case_set_date(details, "date", event->date);
    exh_case_set_date(details, "until", event->until);
    exh_json_set(details, "flags", flags);
    exh_json_set_text(details, "source", event->source);
    exh_json_set_text(details, "note", event->note);
    if (event->injury)
        exh_json_set_bool(details, "injury", event->injury == EXH_ANSWER_YES);
    exh_case_set_date(details, "born", event->born);
    if (event->corrects)
        exh_json_set_int(details, "corrects", (int64_t)event->corrects);
    if (event->withdraws)
        exh_json_set_bool(details, "withdraws", true);
    return details;
}

static bool read_flags(const struct exh_json *details, struct exh_case_event *event, struct exh_error *err)
{
    const struct exh_json *flags = exh_json_get(details, "flags");

    for (size_t i = 0; i < exh_json_members(flags); i++) {
        const char *name = exh_json_member_name(flags, i);
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s=%s", name, exh_json_text_or(flags, name, ""));
        if (!exh_flag_parse(words, event->flags, err)) {
            err->kind = EXH_MALFORMED;
            return false;
        }
    }
    return true;
}

enum exh_answer exh_case_take_answer(const struct exh_json *details, const char *name)
{
    if (exh_json_type(exh_json_get(details, name)) != EXH_JSON_BOOL)
        return EXH_UNANSWERED;
    return exh_json_bool_or(details, name, false) ? EXH_ANSWER_YES : EXH_ANSWER_NO;
}

bool exh_case_event_read(const struct exh_json *details, struct exh_case_event *ret_event, struct exh_error *err)
{
    EXH_CLEANUP(exh_case_event_clear) struct exh_case_event event = { .status = NULL };
    int64_t corrects = exh_json_int_or(details, "corrects", 0);

    event.status = exh_strdup(exh_json_text_or(details, "status", NULL));
    event.source = exh_strdup(exh_json_text_or(details, "source", NULL));
    event.note = exh_strdup(exh_json_text_or(details, "note", NULL));
    event.injury = exh_case_take_answer(details, "injury");
    event.withdraws = exh_json_bool_or(details, "withdraws", false);
    event.corrects = corrects > 0 ? (uint64_t)corrects : 0;
    if (!exh_case_take_date(details, "date", &event.date, err) || !exh_case_take_date(details, "until", &event.until, err)
        || !exh_case_take_date(details, "born", &event.born, err) || !read_flags(details, &event, err))
        return false;
    *ret_event = event;
    event = (struct exh_case_event){ .status = NULL };
    return true;
}

/* ---- the form of one event ---- */

bool exh_case_text_check(const char *what, const char *text, size_t longest, struct exh_error *err)
{
    size_t size = text ? strnlen(text, longest + 1) : 1;

    if (size == 0 || size > longest)
        return exh_fail(err, EXH_USAGE, "%s must have 1 to %zu bytes", what, longest);
    return !text || exh_text_is_utf8(text, size) || exh_fail(err, EXH_USAGE, "%s is not UTF-8 text", what);
}

static bool check_texts(const struct exh_case_event *event, struct exh_error *err)
{
    if (!event->source)
        return exh_fail(err, EXH_USAGE, "a source is needed: where this is known from, such as an email or a court's result");
    return exh_case_text_check("the source", event->source, EXH_CASE_LONGEST_TEXT, err)
        && exh_case_text_check("the note", event->note, EXH_CASE_LONGEST_TEXT, err);
}

static bool check_end(const char *type, const struct exh_case_event *event, struct exh_error *err)
{
    bool needed = event->status && exh_status_has_end(type, event->status);

    if (needed && !event->until.year)
        return exh_fail(err, EXH_USAGE, "'%s' needs its end: the day of release, or the end of the operational period", event->status);
    if (!needed && event->until.year)
        return exh_fail(err, EXH_USAGE, "'%s' has no end that could be given", event->status ? event->status : "this");
    return !needed || exh_date_compare(event->until, event->date) >= 0
        || exh_fail(err, EXH_USAGE, "'%s' cannot end before the day that it begins", event->status);
}

/* What only one type of case has. */
static bool check_particulars(const char *type, const struct exh_case_event *event, struct exh_error *err)
{
    bool claim = strcmp(type, "civil-claim") == 0 && event->status && strcmp(event->status, "notified") == 0;

    if (states_flags(event) && strcmp(type, "dhr") != 0)
        return exh_fail(err, EXH_USAGE, "a case of type %s has no flags; only one of type dhr has", type);
    if ((event->injury || event->born.year) && !claim)
        return exh_fail(err, EXH_USAGE, "whether somebody was injured, and a minor's day of birth, belong to 'notified' of a "
                        "case of type civil-claim");
    return !event->born.year || exh_date_compare(event->born, event->date) <= 0
        || exh_fail(err, EXH_USAGE, "nobody is born after the day that a claim is notified");
}

static bool check_form(const char *type, const struct exh_case_event *event, struct exh_error *err)
{
    if (!event->date.year)
        return exh_fail(err, EXH_USAGE, "the day is needed on which it took effect");
    if (event->withdraws)
        return (event->corrects && !event->status && !states_flags(event) && !event->until.year && !event->injury && !event->born.year)
            ? check_texts(event, err)
            : exh_fail(err, EXH_USAGE, "what takes an event back names it, and nothing in its place");
    if (!event->status && !states_flags(event))
        return exh_fail(err, EXH_USAGE, "nothing is said: give a status, or a flag");
    return (!event->status || exh_status_need(type, event->status, err)) && check_texts(event, err) && check_end(type, event, err)
        && check_particulars(type, event, err);
}

/* ---- which events count, and in which order ---- */

struct exh_case_line exh_case_line(const struct exh_case *one)
{
    return (struct exh_case_line){ one, NULL, 0 };
}

/* What stands in the place of an event in the end, with what is to be entered counted in. */
static const struct exh_case_event *in_place_of(const struct exh_case_line *line, const struct exh_case_event *event)
{
    while (event->corrected_by)
        event = &line->one->events[event->corrected_by - 1];
    return line->next && line->next->corrects == (uint64_t)(event - line->one->events) + 1 ? line->next : event;
}

const struct exh_case_event *exh_case_line_next(struct exh_case_line *line)
{
    const struct exh_case *one = line->one;

    while (line->at < one->event_count) {
        const struct exh_case_event *first = &one->events[line->at++];
        const struct exh_case_event *event = first->corrects ? NULL : in_place_of(line, first);
        if (event && !event->withdraws)
            return event;
    }
    if (line->at++ == one->event_count && line->next && !line->next->corrects)
        return line->next;
    return NULL;
}

/* ---- what may follow what ---- */

static bool refuse_status(const struct exh_case *one, const char *before, const char *status, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *next = exh_status_next_words(one->type, before);

    if (*before)
        return exh_fail(err, EXH_REFUSED, "'%s' cannot follow '%s' in a case of type %s; possible: %s", status, before, one->type, next);
    return exh_fail(err, EXH_REFUSED, "a case of type %s does not begin with '%s'; possible: %s", one->type, status, next);
}

static bool follow_status(const struct exh_case *one, const struct exh_case_event *before, const struct exh_case_event *event,
                          struct exh_error *err)
{
    const char *standing = before ? before->status : "";
    char last[EXH_DATE_SIZE], date[EXH_DATE_SIZE];

    if (!exh_status_follows(one->type, standing, event->status))
        return refuse_status(one, standing, event->status, err);
    if (!before || exh_date_compare(before->date, event->date) <= 0)
        return true;
    exh_date_words(before->date, last);
    exh_date_words(event->date, date);
    return exh_fail(err, EXH_REFUSED, "'%s' on %s would be before '%s' on %s, which it follows", event->status, date, before->status, last);
}

static bool follow_flags(struct exh_case_state *state, const struct exh_case_event *event, struct exh_error *err)
{
    for (size_t i = 0; i < EXH_FLAG_COUNT; i++) {
        if (!event->flags[i])
            continue;
        if (!flag_follows(state->flags[i], event->flags[i]))
            return exh_fail(err, EXH_REFUSED, "%s cannot be '%s' where it is '%s'; possible: %s", flag_names[i],
                            flag_states[event->flags[i]], flag_states[state->flags[i]],
                            state->flags[i] == EXH_FLAG_OPEN ? "ended" : "open");
        state->flags[i] = event->flags[i];
        state->since[i] = event->date;
    }
    return true;
}

/* Goes along the line as far as it holds. */
static bool follow(struct exh_case_line line, struct exh_case_state *state, struct exh_error *err)
{
    const struct exh_case *one = line.one;
    const struct exh_case_event *event, *next = line.next;

    while ((event = exh_case_line_next(&line))) {
        if ((event->status && !follow_status(one, state->status, event, err)) || !follow_flags(state, event, err))
            return event == next ? false
                : exh_while(err, "event %" PRIu64 " could then not stand, correct or withdraw it first", (uint64_t)(event - one->events) + 1);
        if (event->status)
            state->status = event;
    }
    return true;
}

struct exh_case_state exh_case_state(const struct exh_case *one)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error none = EXH_ERROR_NONE;
    struct exh_case_state state = { .status = NULL };

    (void)!follow(exh_case_line(one), &state, &none);     /* each event was held against the line when it came */
    state.ended = state.status && exh_status_ends(one->type, state.status->status);
    return state;
}

static bool check_corrected(const struct exh_case *one, const struct exh_case_event *event, struct exh_error *err)
{
    if (!event->corrects)
        return true;
    if (event->corrects > one->event_count)
        return exh_fail(err, EXH_USAGE, "case %s has no event %" PRIu64 "; 'exhibit case status %s' lists them", one->id, event->corrects, one->id);
    const struct exh_case_event *wrong = &one->events[event->corrects - 1];
    if (wrong->corrected_by)
        return exh_fail(err, EXH_REFUSED, "event %" PRIu64 " of case %s was corrected by event %" PRIu64 " already; correct that one",
                        event->corrects, one->id, wrong->corrected_by);
    return !wrong->withdraws || !event->withdraws
        || exh_fail(err, EXH_REFUSED, "event %" PRIu64 " of case %s takes one back already", event->corrects, one->id);
}

bool exh_case_event_check(const struct exh_case *one, const struct exh_case_event *event, struct exh_error *err)
{
    struct exh_case_line line = { one, event, 0 };
    struct exh_case_state state = { .status = NULL };

    if (!check_form(one->type, event, err) || !check_corrected(one, event, err))
        return false;
    if (one->event_count >= EXH_CASE_MOST_EVENTS)
        return exh_fail(err, EXH_REFUSED, "case %s has %zu events, and no more are kept of one case", one->id, one->event_count);
    return follow(line, &state, err);
}

/* ---- the clock of a request for somebody's own data ---- */

struct exh_case_deadline exh_case_deadline(const struct exh_case *one, const struct exh_holidays *holidays)
{
    struct exh_case_deadline deadline = { .known = false };
    struct exh_case_line line = exh_case_line(one);
    struct exh_date received = EXH_DATE_NONE;
    const struct exh_case_event *event;
    int months = 1, days = 0;

    if (one->sealed || strcmp(one->type, "subject-access") != 0)
        return deadline;
    while ((event = exh_case_line_next(&line))) {
        if (!received.year)
            received = event->date;
        if (deadline.stopped.year)
            days += exh_date_days(deadline.stopped, event->date);
        deadline.stopped = strcmp(event->status, "clarification") == 0 ? event->date : (struct exh_date)EXH_DATE_NONE;
        if (strcmp(event->status, "extended") == 0)
            months = 3;
    }
    deadline.known = received.year && !exh_case_state(one).ended;
    if (!deadline.known || deadline.stopped.year)
        return deadline;
    deadline.counted = exh_date_add_days(exh_date_add_months(received, months), days);
    deadline.due = exh_working_day(holidays, deadline.counted);
    return deadline;
}

char *exh_case_deadline_words(const struct exh_case_deadline *deadline, const struct exh_holidays *holidays)
{
    char due[EXH_DATE_SIZE], counted[EXH_DATE_SIZE];

    if (!deadline->due.year)
        return NULL;
    exh_date_words(deadline->due, due);
    exh_date_words(deadline->counted, counted);
    if (exh_date_compare(deadline->due, deadline->counted) == 0)
        return exh_strdup(due);
    return exh_format("%s, the next working day: counted to %s, %s", due, counted, exh_holiday_name(holidays, deadline->counted));
}
