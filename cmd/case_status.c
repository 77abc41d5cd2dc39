/* exhibit case status: what became of a case: its events, and entering one. */
#include "case.h"

#include "exhibit/admin.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    const char *id, *status, *date, *until, *source, *note, *injury, *born, *correct;
    struct exh_strings flags;
    bool withdraw, dry_run;
};
enum { OPT_DATE = 0x100, OPT_UNTIL, OPT_SOURCE, OPT_NOTE, OPT_INJURY, OPT_BORN, OPT_CORRECT, OPT_FLAG, OPT_WITHDRAW, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "date", OPT_DATE, "DATE", 0, "The day on which it took effect: 2026-08-31; not one still to come", 0 },
    { "source", OPT_SOURCE, "WORDS", 0, "Where this is known from: an email, a court's result", 0 },
    { "until", OPT_UNTIL, "DATE", 0, "Of custody, the day of release; of suspended-sentence, the end of the operational period", 0 },
    { "flag", OPT_FLAG, "FLAG=STATE", 0, "Of a dhr case: criminal-proceedings or inquest, and none, open or ended; may be repeated, and "
      "stand without a status", 0 },
    { "note", OPT_NOTE, "WORDS", 0, "What more is to be said of it", 0 },
    { "injury", OPT_INJURY, "yes|no", 0, "Of a civil claim that is notified: whether somebody was injured", 0 },
    { "born", OPT_BORN, "DATE", 0, "Of a civil claim that is notified: the day of birth of a claimant who is a minor", 0 },
    { "correct", OPT_CORRECT, "N", 0, "This stands in the place of event N, which stays and shows as corrected", 0 },
    { "withdraw", OPT_WITHDRAW, NULL, 0, "With --correct: event N does not count, and nothing stands in its place", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static bool enters(const struct options *o)
{
    return o->status || o->flags.count || o->withdraw;
}

static void check_options(const struct options *o, struct argp_state *state)
{
    if (!o->id)
        argp_error(state, "which case?");
    if (!enters(o) && (o->date || o->until || o->source || o->note || o->injury || o->born || o->correct || o->dry_run))
        argp_error(state, "what is to be entered? give a status, --flag, or --correct with --withdraw");
    if (enters(o) && (!o->source || (!o->date && !o->withdraw)))
        argp_error(state, "--source and --date are needed");
    if (o->withdraw && !o->correct)
        argp_error(state, "--withdraw takes back the event that --correct names");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_DATE, offsetof(struct options, date) }, { OPT_UNTIL, offsetof(struct options, until) },
        { OPT_SOURCE, offsetof(struct options, source) }, { OPT_NOTE, offsetof(struct options, note) },
        { OPT_INJURY, offsetof(struct options, injury) }, { OPT_BORN, offsetof(struct options, born) },
        { OPT_CORRECT, offsetof(struct options, correct) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_FLAG:     exh_strings_add(&o->flags, argument); return 0;
    case OPT_WITHDRAW: o->withdraw = true; return 0;
    case OPT_DRY_RUN:  o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->status)
            argp_error(state, "one case and one status at a time");
        *(o->id ? &o->status : &o->id) = argument;
        return 0;
    case ARGP_KEY_END: check_options(o, state); return 0;
    default:           return parse_text_options(key, argument, state, texts);
    }
}

static void clear(void *options)
{
    exh_strings_clear(&((struct options *)options)->flags);
}

/* ---- showing events ---- */

/* What it says, and whether that counts. Free with free(). */
static char *event_words(const struct exh_case_event *event)
{
    EXH_CLEANUP(exh_freep) char *said = exh_case_event_words(event);
    struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, said);
    if (event->corrects)
        exh_text_printf(&text, " (in the place of event %" PRIu64 ")", event->corrects);
    if (event->corrected_by)
        exh_text_printf(&text, " (corrected by event %" PRIu64 ": does not count)", event->corrected_by);
    return exh_text_take(&text);
}

static struct exh_json *event_json(const struct exh_case *one, size_t number)
{
    const struct exh_case_event *event = &one->events[number - 1];
    struct exh_json *object = json_of_type("case-event");

    exh_json_merge(object, exh_case_event_details(event));
    exh_json_set_text(object, "case", one->id);
    exh_json_set_int(object, "event", (int64_t)number);
    if (event->corrected_by)
        exh_json_set_int(object, "corrected_by", (int64_t)event->corrected_by);
    exh_json_set_bool(object, "counts", !event->corrected_by && !event->withdraws);
    exh_json_set(object, "entered", moment_json(event->entered));
    exh_json_set_text(object, "entered_by", event->entered_by);
    return object;
}

static void print_event(const struct session *session, const struct exh_case *one, size_t number, const char *released)
{
    const struct exh_case_event *event = &one->events[number - 1];
    char date[EXH_DATE_SIZE];

    if (session->json) {
        struct exh_json *object = event_json(one, number);
        if (*released)
            exh_json_set_text(object, "released_hold", released);
        print_json(object);
        return;
    }
    EXH_CLEANUP(exh_freep) char *words = event_words(event), *source = exh_text_printable(event->source),
        *note = exh_text_printable(event->note ? event->note : "");
    exh_date_words(event->date, date);
    printf("%4zu  %s  %s\n", number, date, words);
    printf("                  source: %s\n", source);
    if (*note)
        printf("                  note: %s\n", note);
}

static bool show(struct session *session, const struct options *o, struct exh_error *err)
{
    const struct exh_case *one;

    if (!exh_store_need_case(session->store, o->id, &one, err))
        return false;
    if (one->sealed)
        say(session, "the key of case %s is gone: what became of it is not known", one->id);
    for (size_t i = 1; i <= one->event_count; i++)
        print_event(session, one, i, "");
    if (!session->json && !one->sealed)
        print_case_state(session, one);
    if (case_is_late(session, one))
        session->status = 7;             /* done, with findings */
    return true;
}

/* ---- entering one ---- */

static bool read_event(const struct session *session, const struct options *o, struct exh_case_event *event, struct exh_error *err)
{
    *event = (struct exh_case_event){ .status = (char *)(uintptr_t)o->status, .source = (char *)(uintptr_t)o->source,
                                      .note = (char *)(uintptr_t)o->note, .withdraws = o->withdraw };
    for (size_t i = 0; i < o->flags.count; i++)
        if (!exh_flag_parse(o->flags.at[i], event->flags, err))
            return exh_while(err, "--flag");
    if (o->correct && (!exh_text_number(o->correct, EXH_CASE_MOST_EVENTS, &event->corrects) || !event->corrects))
        return exh_fail(err, EXH_USAGE, "--correct: '%s' is not the number of an event", o->correct);
    if (!o->date)
        event->date = today_of(session);
    else if (!read_date("--date", o->date, &event->date, err))
        return false;
    return read_date("--until", o->until, &event->until, err) && read_date("--born", o->born, &event->born, err)
        && read_answer("--injury", o->injury, &event->injury, err);
}

/* What was entered, and what became of a review's own hold by it. */
static void print_entered(const struct session *session, const struct known_case *known, const char *released)
{
    const struct exh_case *one = known->one;
    const struct exh_hold *done = exh_casefile_own_hold_done(known->casefile, one, exh_date_of(exh_moment_now(), "UTC"));

    print_event(session, one, one->event_count, released);
    if (!session->json)
        print_case_state(session, one);
    if (*released)
        say(session, "the review is over, and its own hold %s was released", released);
    if (done)
        say(session, "the review's own hold %s can be released now, by a dpo or admin: exhibit case release %s --reason ...", done->id, done->id);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_case_event event;
    struct known_case known;
    char released[24];

    if (!enters(o))
        return show(session, o, err);
    if (!session_load_actor(session, err) || !read_event(session, o, &event, err)
        || !exh_admin_set_status(session->store, o->id, &event, o->dry_run, released, err))
        return false;
    if (o->dry_run) {
        say(session, "it can be entered; nothing was");
        return true;
    }
    if (!find_case(session, o->id, &known, err))
        return false;
    print_entered(session, &known, released);
    return true;
}

static const struct argp status_argp = { option_list, parse, "CASE [STATUS]",
    "Enter what became of a case: a status, flags of a review, or both. Nothing entered is ever changed; what was wrong is "
    "corrected by a further event. Without a status, --flag and --withdraw: show its events. exhibit-case(1) lists the statuses "
    "of each type, and which may follow which.\v"
    "Examples:\n  exhibit case status C1 charged --date 2026-08-31 \\\n      --source \"email of the officer, 31 August\"\n"
    "  exhibit case status C1 custody --date 2026-11-02 --until 2027-05-01 \\\n      --source \"court result 4711\"\n"
    "  exhibit case status C2 --flag criminal-proceedings=open \\\n      --date 2026-10-04 --source \"letter of the police\"\n"
    "  exhibit case status C1 --correct 2 arrested --date 2026-08-30 \\\n      --source \"custody record\"\n"
    "  exhibit case status C1", NULL, NULL, NULL };
const struct command cmd_case_status = { "case status", "enter or show what became of a case", &status_argp, sizeof(struct options),
    NEEDS_STORE | TAKES_KEY | MAKES_ONCE, run, clear };
