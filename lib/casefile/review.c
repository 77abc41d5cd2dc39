/* casefile: the register of domestic homicide reviews, computed from their events. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const char urn_system[] = "dhr-urn:", home_office_system[] = "home-office:";

const char *exh_rag_name(enum exh_rag rag)
{
    static const char *const names[] = { NULL, "green", "amber", "red" };

    return names[rag];
}

void exh_review_row_clear(struct exh_review_row *row)
{
    free(row->urn);
    free(row->home_office);
    free(row->town);
    free(row->status);
    free(row->action_plan);
    free(row->why);
    exh_strings_clear(&row->progress);
    *row = (struct exh_review_row){ .urn = NULL };
}

/* What the first reference of a system says behind its name. */
static char *reference_of(const struct exh_case *one, const char *system)
{
    size_t size = strlen(system);

    for (size_t i = 0; i < one->references.count; i++)
        if (strncmp(one->references.at[i], system, size) == 0)
            return exh_strdup(one->references.at[i] + size);
    return NULL;
}

static bool is_one_of(const struct exh_case_event *status, const char *const names[])
{
    for (size_t i = 0; status && names[i]; i++)
        if (strcmp(status->status, names[i]) == 0)
            return true;
    return false;
}

static const char *const undecided[] = { "notified", "scoping", NULL };
static const char *const unreported[] = { "decision-review", "terms-of-reference", "imr-requested", "overview-draft", "csp-approved", NULL };
static const char *const planned[] = { "published", "not-published", NULL };
static const char *const finished[] = { "action-plan-closed", "decision-no-review", NULL };

/* The last day on which a case came to a status; none. */
static struct exh_date day_of(const struct exh_case *one, const char *status)
{
    struct exh_case_line line = exh_case_line(one);
    struct exh_date day = EXH_DATE_NONE;
    const struct exh_case_event *event;

    while ((event = exh_case_line_next(&line)))
        if (event->status && strcmp(event->status, status) == 0)
            day = event->date;
    return day;
}

/* Days from @from on that criminal proceedings were open, those that have ended. */
static int days_on_hold(const struct exh_case *one, struct exh_date from)
{
    struct exh_case_line line = exh_case_line(one);
    struct exh_date opened = EXH_DATE_NONE;
    const struct exh_case_event *event;
    int days = 0;

    while ((event = exh_case_line_next(&line))) {
        enum exh_flag_state state = event->flags[EXH_FLAG_CRIMINAL_PROCEEDINGS];
        if (state == EXH_FLAG_OPEN)
            opened = exh_date_compare(event->date, from) < 0 ? from : event->date;
        else if (state == EXH_FLAG_ENDED && opened.year && exh_date_compare(event->date, opened) > 0)
            days += exh_date_days(opened, event->date);
    }
    return days;
}

/* ---- red, amber, green ---- */

struct target { const char *what, *since; struct exh_date from; int months, warn_days; };

static void judge_target(const struct exh_case *one, const struct target *target, struct exh_date today, struct exh_review_row *row)
{
    int held = days_on_hold(one, target->from);
    struct exh_date due = exh_date_add_days(exh_date_add_months(target->from, target->months), held);
    int left = exh_date_days(today, due);
    char from[EXH_DATE_SIZE], words[EXH_DATE_SIZE];

    exh_date_words(target->from, from);
    exh_date_words(due, words);
    row->rag = left < 0 ? EXH_RAG_RED : left <= target->warn_days ? EXH_RAG_AMBER : EXH_RAG_GREEN;
    EXH_CLEANUP(exh_freep) char *hold = held ? exh_format(", and %d days on hold", held) : exh_strdup("");
    row->why = exh_format("%s %s due on %s, %d month%s after %s on %s%s: %d day%s %s", target->what, left < 0 ? "was" : "is", words,
                          target->months, target->months == 1 ? "" : "s", target->since, from, hold, abs(left), abs(left) == 1 ? "" : "s",
                          left < 0 ? "late" : "left");
}

static void judge(const struct exh_case *one, const struct exh_case_state *state, struct exh_date today, struct exh_review_row *row)
{
    const struct target decision = { "the decision", "the notification", day_of(one, "notified"), EXH_DECISION_MONTHS, EXH_DECISION_WARN_DAYS };
    const struct target report = { "the report at the Home Office", "the decision", day_of(one, "decision-review"), EXH_REPORT_MONTHS,
                                   EXH_REPORT_WARN_DAYS };
    bool early = is_one_of(state->status, undecided), working = is_one_of(state->status, unreported);
    char since[EXH_DATE_SIZE];

    exh_date_words(state->since[EXH_FLAG_CRIMINAL_PROCEEDINGS], since);
    row->rag = EXH_RAG_AMBER;
    if (!state->status)
        row->why = exh_strdup("no status is entered, so that no target can be counted");
    else if ((early || working) && state->flags[EXH_FLAG_CRIMINAL_PROCEEDINGS] == EXH_FLAG_OPEN)
        row->why = exh_format("on hold since %s, criminal proceedings are open: no target is counted", since);
    else if (early || working)
        judge_target(one, early ? &decision : &report, today, row);
    else if (strcmp(state->status->status, "ho-qa-revise") == 0)
        row->why = exh_strdup("the Home Office asks for changes: no target is known");
    else
        row->rag = is_one_of(state->status, finished) ? EXH_RAG_NONE : EXH_RAG_GREEN;
    if (!row->why)
        row->why = exh_strdup(row->rag == EXH_RAG_NONE ? "finished"
                              : is_one_of(state->status, planned) ? "the action plan is open: no target is known"
                              : "no step of the partnership's is due: no target is known");
}

/* ---- a line ---- */

static char *status_words(const struct exh_case *one, const struct exh_case_state *state)
{
    struct exh_text text = EXH_TEXT_NONE;
    char since[EXH_DATE_SIZE], notified[EXH_DATE_SIZE];

    if (!state->status)
        return exh_strdup("unknown");
    exh_date_words(state->status->date, since);
    exh_date_words(day_of(one, "notified"), notified);
    exh_text_printf(&text, "%s since %s", state->status->status, since);
    if (strcmp(state->status->status, "notified") != 0)
        exh_text_printf(&text, ", notified %s", notified);
    for (size_t i = 0; i < EXH_FLAG_COUNT; i++) {
        exh_date_words(state->since[i], since);
        if (state->flags[i] == EXH_FLAG_OPEN)
            exh_text_printf(&text, "; %s open since %s", exh_flag_name((enum exh_flag)i), since);
    }
    return exh_text_take(&text);
}

static char *plan_words(const struct exh_case *one, const struct exh_case_state *state)
{
    char closed[EXH_DATE_SIZE];

    exh_date_words(day_of(one, "action-plan-closed"), closed);
    return *closed ? exh_format("closed %s", closed) : exh_strdup(is_one_of(state->status, planned) ? "open" : "n/a");
}

static void add_progress(const struct exh_case *one, struct exh_strings *progress)
{
    struct exh_case_line line = exh_case_line(one);
    const struct exh_case_event *event;
    char date[EXH_DATE_SIZE];

    while ((event = exh_case_line_next(&line))) {
        EXH_CLEANUP(exh_freep) char *words = exh_case_event_words(event);
        exh_date_words(event->date, date);
        exh_strings_addf(progress, "%s %s%s%s", date, words, event->note ? ": " : "", event->note ? event->note : "");
    }
}

void exh_review_row(const struct exh_case *one, struct exh_date today, struct exh_review_row *ret_row)
{
    const struct exh_case_state state = exh_case_state(one);

    *ret_row = (struct exh_review_row){
        .urn = reference_of(one, urn_system), .home_office = reference_of(one, home_office_system), .town = exh_strdup(one->outcome.town),
        .status = status_words(one, &state), .action_plan = plan_words(one, &state) };
    add_progress(one, &ret_row->progress);
    judge(one, &state, today, ret_row);
}
