/* exhibit case: why evidence is kept. */
#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *type, *requested_by, *basis, *title, *id; struct exh_strings references; };
enum { OPT_TYPE = 0x100, OPT_REFERENCE, OPT_REQUESTED_BY, OPT_BASIS, OPT_TITLE };

static const struct argp_option option_list[] = {
    { "type", OPT_TYPE, "TYPE", 0, "arrest, dhr (dardr), enforcement, subject-access, civil-claim, coroner, complaint or other", 0 },
    { "reference", OPT_REFERENCE, "SYSTEM:ID", 0, "A reference in another system, for example police:35/91234/21; may be repeated", 0 },
    { "requested-by", OPT_REQUESTED_BY, "WORDS", 0, "Who asked: organisation, and name, rank or number", 0 },
    { "basis", OPT_BASIS, "WORDS", 0, "The legal basis of the request", 0 },
    { "title", OPT_TITLE, "WORDS", 0, "A title for people", 0 },
    { 0 },
};

static error_t parse_open(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_TYPE, offsetof(struct options, type) }, { OPT_REQUESTED_BY, offsetof(struct options, requested_by) },
        { OPT_BASIS, offsetof(struct options, basis) }, { OPT_TITLE, offsetof(struct options, title) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_REFERENCE: exh_strings_add(&o->references, argument); return 0;
    case ARGP_KEY_END:
        if (!o->type || !o->requested_by || !o->basis)
            argp_error(state, "--type, --requested-by and --basis are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- what others share ---- */

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
    struct exh_case_deadline deadline = exh_case_deadline(one);

    return deadline.due.year && exh_date_compare(deadline.due, today_of(session)) < 0;
}

static void set_deadline(const struct session *session, struct exh_json *object, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one);

    if (!deadline.known)
        return;
    exh_json_set(object, "answer_due", date_json(deadline.due));
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

struct exh_json *case_json(const struct session *session, const struct exh_case *one)
{
    struct exh_json *object = json_of_type("case"), *references = exh_json_array();

    for (size_t i = 0; i < one->references.count; i++)
        exh_json_add_text(references, one->references.at[i]);
    exh_json_set_text(object, "id", one->id);
    exh_json_set_text(object, "case_type", one->type);
    exh_json_set(object, "references", references);
    exh_json_set_text(object, "requested_by", one->requested_by);
    exh_json_set_text(object, "basis", one->basis);
    exh_json_set_text(object, "title", one->title);
    exh_json_set(object, "opened", moment_json(one->opened));
    exh_json_set_text(object, "opened_by", one->opened_by);
    exh_json_set_bool(object, "sealed", one->sealed);
    set_state(session, object, one);
    return object;
}

static void print_deadline(const struct session *session, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one);
    char due[EXH_DATE_SIZE], stopped[EXH_DATE_SIZE];

    exh_date_words(deadline.due, due);
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

/* ---- case open ---- */

static bool run_open(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_case_draft draft = { o->type, o->requested_by, o->basis, o->title, &o->references };
    char id[24];

    if (!exh_admin_open_case(session->store, &draft, id, err))
        return false;
    if (session->json)
        print_json(case_json(session, exh_casefile_case(&session->store->casefile, id)));
    else
        print_field("case", id);
    return true;
}

static void clear_open(void *options)
{
    exh_strings_clear(&((struct options *)options)->references);
}

static const struct argp open_argp = { option_list, parse_open, NULL,
    "Open a case: why evidence is asked for and kept. Its texts are sealed in the log under a key of its own.\v"
    "Example:\n  exhibit case open --type arrest --reference police:35/91234/21 \\\n"
    "      --requested-by \"police, collar number 1234\" \\\n      --basis \"DPA 2018 Sch 2 Pt 1 para 2\"", NULL, NULL, NULL };
const struct command cmd_case_open = { "case open", "open a case", &open_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_open, clear_open };

/* ---- case list, case show ---- */

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    (void)options;
    (void)err;
    for (size_t i = 0; i < session->store->casefile.case_count; i++) {
        const struct exh_case *one = &session->store->casefile.cases[i];
        if (session->json) {
            print_json(case_json(session, one));
            continue;
        }
        EXH_CLEANUP(exh_freep) char *reference = exh_text_printable(one->references.count ? one->references.at[0] : "-");
        printf("%-8s %-16s %s\n", one->id, one->sealed ? "(sealed)" : one->type, reference);
    }
    return true;
}

static error_t parse_show(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->id)
            argp_error(state, "one case at a time");
        o->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id)
            argp_error(state, "which case?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static struct exh_json *exhibit_json(const struct exh_exhibit *exhibit)
{
    struct exh_json *object = json_of_type("exhibit");

    exh_json_set_text(object, "exhibit", exhibit->reference);
    exh_json_set_text(object, "of", *exhibit->of ? exhibit->of : NULL);
    exh_json_set_text(object, "making", exhibit->making);
    exh_json_set_text(object, "case", exhibit->case_id);
    exh_json_set_text(object, "state", exh_exhibit_state_words(exhibit->state));
    exh_json_set(object, "begun", moment_json(exhibit->begun));
    exh_json_set_text(object, "producer", exhibit->producer);
    return object;
}

static void print_exhibit(const struct session *session, const struct exh_exhibit *exhibit)
{
    char begun[EXH_MOMENT_SIZE];

    if (session->json) {
        print_json(exhibit_json(exhibit));
        return;
    }
    exh_moment_local((struct exh_moment){ exhibit->begun.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, begun);
    EXH_CLEANUP(exh_freep) char *label = exh_format("%s%s", *exhibit->of ? "  " : "", exhibit->reference);
    printf("%-12s %s%s%s, %s\n", label, *exhibit->of ? exhibit->making : "", *exhibit->of ? " " : "",
           exh_exhibit_state_words(exhibit->state), begun);
}

/* Each exhibit, and beneath it the copies of it. */
static void print_exhibits(const struct session *session, const char *case_id)
{
    const struct exh_casefile *casefile = &session->store->casefile;

    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (*exhibit->of || strcmp(exhibit->case_id, case_id) != 0)
            continue;
        print_exhibit(session, exhibit);
        for (size_t j = i + 1; j < casefile->exhibit_count; j++)
            if (strcmp(casefile->exhibits[j].of, exhibit->reference) == 0)
                print_exhibit(session, &casefile->exhibits[j]);
    }
}

static bool run_show(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_case *one;
    char opened[EXH_MOMENT_SIZE];

    if (!exh_store_need_case(session->store, o->id, &one, err))
        return false;
    if (session->json) {
        print_json(case_json(session, one));
    } else {
        exh_moment_local((struct exh_moment){ one->opened.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, opened);
        print_field("case", one->id);
        print_field("type", one->sealed ? "(sealed: the key of this case is gone)" : one->type);
        for (size_t i = 0; i < one->references.count; i++)
            print_field("reference", one->references.at[i]);
        print_field("requested by", one->requested_by);
        print_field("basis", one->basis);
        print_field("title", one->title);
        print_field("opened", opened);
        if (!one->sealed)
            print_case_state(session, one);
    }
    print_exhibits(session, one->id);
    if (case_is_late(session, one))
        session->status = 7;              /* done, with findings */
    return true;
}

static const struct argp list_argp = { NULL, NULL, NULL, "List the cases.\vExample:\n  exhibit case list", NULL, NULL, NULL };
static const struct argp show_argp = { NULL, parse_show, "ID", "Show a case and its exhibits.\vExample:\n  exhibit case show C1", NULL, NULL, NULL };
const struct command cmd_case_list = { "case list", "list the cases", &list_argp, 0, NEEDS_STORE, run_list, NULL };
const struct command cmd_case_show = { "case show", "show a case and its exhibits", &show_argp, sizeof(struct options), NEEDS_STORE, run_show, NULL };
