/* exhibit request add, request list, request approve: on whose authority footage is taken out. */
#include "request.h"

#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *case_id, *by, *organisation, *rank, *basis, *purpose, *authoriser, *date, *operand, *reason; bool unapproved, dry_run; };
enum { OPT_CASE = 0x100, OPT_BY, OPT_ORGANISATION, OPT_RANK, OPT_BASIS, OPT_PURPOSE, OPT_AUTHORISER, OPT_DATE, OPT_REASON, OPT_UNAPPROVED,
       OPT_DRY_RUN };

/* ---- showing them ---- */

static struct exh_json *exhibits_json(const struct exh_casefile *casefile, const struct exh_request *request)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < casefile->exhibit_count; i++)
        if (strcmp(casefile->exhibits[i].request, request->id) == 0)
            exh_json_add_text(array, casefile->exhibits[i].reference);
    return array;
}

static struct exh_json *request_json(const struct exh_casefile *casefile, const struct exh_request *request)
{
    struct exh_json *object = json_of_type("request");

    exh_json_merge(object, exh_request_details(request));
    exh_json_set(object, "date", date_json(request->date));
    exh_json_set_text(object, "id", request->id);
    exh_json_set_text(object, "case", request->case_id);
    exh_json_set_bool(object, "emergency", request->emergency);
    exh_json_set(object, "exhibits", exhibits_json(casefile, request));
    exh_json_set(object, "entered", moment_json(request->entered));
    exh_json_set_text(object, "entered_by", request->entered_by);
    exh_json_set_bool(object, "approved", request->approved);
    if (!request->approved)
        return object;
    exh_json_set(object, "approved_at", moment_json(request->approved_at));
    exh_json_set_text(object, "approved_by", request->approved_by);
    exh_json_set_text(object, "approval", request->approval);
    return object;
}

static void add_emergency(struct exh_text *text, const struct session *session, const struct exh_request *request)
{
    char day[EXH_DATE_SIZE];

    exh_date_words(exh_date_of(request->entered, session->store->zone), day);
    exh_text_printf(text, "%s: emergency, %s; ", day, request->reason ? request->reason : "(sealed)");
    exh_date_words(exh_date_of(request->approved_at, session->store->zone), day);
    if (request->approved)
        exh_text_printf(text, "approved on %s%s%s", day, request->approval ? ": " : "", request->approval ? request->approval : "");
    else
        exh_text_puts(text, "not approved");
}

/* "2026-11-26: DC Smith, Cambridgeshire Constabulary, robbery of 5 December, authorised by Insp Jones; exhibits OP1, OP2". Free with
 * free(). */
static char *request_words(const struct session *session, const struct exh_casefile *casefile, const struct exh_request *request)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *exhibits = exhibits_json(casefile, request);
    char date[EXH_DATE_SIZE];

    exh_date_words(request->date, date);
    if (request->emergency)
        add_emergency(&text, session, request);
    else if (!request->by)
        exh_text_puts(&text, "(sealed)");
    else
        exh_text_printf(&text, "%s: %s%s%s, %s, %s, authorised by %s", date, request->rank ? request->rank : "", request->rank ? " " : "",
                        request->by, request->organisation, request->purpose, request->authoriser);
    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        exh_text_printf(&text, "%s%s", i ? ", " : "; exhibits ", exh_json_as_text(exh_json_at(exhibits, i)));
    return exh_text_take(&text);
}

struct exh_json *requests_json(const struct exh_casefile *casefile)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < casefile->request_count; i++)
        exh_json_add(array, request_json(casefile, &casefile->requests[i]));
    return array;
}

void print_requests(const struct session *session, const struct exh_casefile *casefile)
{
    for (size_t i = 0; i < casefile->request_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = request_words(session, casefile, &casefile->requests[i]);
        EXH_CLEANUP(exh_freep) char *line = exh_format("%s, %s", casefile->requests[i].id, words);
        print_field("request", line);
    }
}

static void print_one(const struct session *session, const struct exh_casefile *casefile, const struct exh_request *request)
{
    EXH_CLEANUP(exh_freep) char *words = request_words(session, casefile, request), *shown = exh_text_printable(words);

    if (session->json)
        print_json(request_json(casefile, request));
    else
        printf("%-12s %s\n", request->id, shown);
}

static bool finish(const struct session *session, const char *id, bool dry_run, struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_request *request;

    if (dry_run) {
        say(session, "it can be entered, of %s; nothing was", id);
        return true;
    }
    if (!exh_store_need_request(session->store, id, &casefile, &request, err))
        return false;
    print_one(session, casefile, request);
    return true;
}

/* ---- reading options ---- */

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_BY, offsetof(struct options, by) },
        { OPT_ORGANISATION, offsetof(struct options, organisation) }, { OPT_RANK, offsetof(struct options, rank) },
        { OPT_BASIS, offsetof(struct options, basis) }, { OPT_PURPOSE, offsetof(struct options, purpose) },
        { OPT_AUTHORISER, offsetof(struct options, authoriser) }, { OPT_DATE, offsetof(struct options, date) },
        { OPT_REASON, offsetof(struct options, reason) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN:    o->dry_run = true; return 0;
    case OPT_UNAPPROVED: o->unapproved = true; return 0;
    default:             return parse_text_options(key, argument, state, texts);
    }
}

/* ---- request add ---- */

static const struct argp_option add_options[] = {
    { "case", OPT_CASE, "ID", 0, "The case that it is for", 0 },
    { "by", OPT_BY, "NAME", 0, "Who asks: name, and number", 0 },
    { "organisation", OPT_ORGANISATION, "WORDS", 0, "The organisation they ask for", 0 },
    { "rank", OPT_RANK, "WORDS", 0, "Their rank or title", 0 },
    { "basis", OPT_BASIS, "WORDS", 0, "The legal basis of the request", 0 },
    { "purpose", OPT_PURPOSE, "WORDS", 0, "What the footage is for", 0 },
    { "authoriser", OPT_AUTHORISER, "NAME", 0, "Who authorised the request: name and rank", 0 },
    { "date", OPT_DATE, "DATE", 0, "The day on which it was made", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_add(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;

    if (key == ARGP_KEY_END
        && (!o->case_id || !o->by || !o->organisation || !o->basis || !o->purpose || !o->authoriser || !o->date))
        argp_error(state, "--case, --by, --organisation, --basis, --purpose, --authoriser and --date are needed");
    return parse(key, argument, state);
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_request request = {
        .by = (char *)(uintptr_t)o->by, .organisation = (char *)(uintptr_t)o->organisation, .rank = (char *)(uintptr_t)o->rank,
        .basis = (char *)(uintptr_t)o->basis, .purpose = (char *)(uintptr_t)o->purpose, .authoriser = (char *)(uintptr_t)o->authoriser };
    char id[24];

    return read_date("--date", o->date, &request.date, err)
        && exh_admin_add_request(session->store, o->case_id, &request, o->dry_run, id, err) && finish(session, id, o->dry_run, err);
}

/* ---- request list ---- */

static const struct argp_option list_options[] = {
    { "case", OPT_CASE, "ID", 0, "Only those of this case", 0 },
    { "unapproved", OPT_UNAPPROVED, NULL, 0, "Only emergencies that nobody has approved yet", 0 },
    { 0 },
};

struct listing { struct session *session; const struct options *options; };

static bool list_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    const struct listing *listing = context;

    (void)err;
    for (size_t i = 0; i < casefile->request_count; i++) {
        const struct exh_request *request = &casefile->requests[i];
        bool waits = request->emergency && !request->approved;
        if (waits || !listing->options->unapproved)
            print_one(listing->session, casefile, request);
        if (waits)
            listing->session->status = 7;        /* done, with findings */
    }
    return true;
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct listing listing = { session, o };
    struct known_case known;

    if (!o->case_id)
        return exh_store_each_case(session->store, list_case, &listing, err);
    return find_case(session, o->case_id, &known, err) && list_case(&listing, known.casefile, err);
}

/* ---- request approve ---- */

static const struct argp_option approve_options[] = {
    { "reason", OPT_REASON, "WORDS", 0, "Why it was right", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_approve(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->operand)
            argp_error(state, "one emergency at a time");
        o->operand = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->operand || !o->reason)
            argp_error(state, "an emergency, or an exhibit made in it, and --reason are needed");
        return 0;
    default: return parse(key, argument, state);
    }
}

static bool run_approve(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    char id[24];

    return exh_admin_approve_request(session->store, o->operand, o->reason, o->dry_run, id, err) && finish(session, id, o->dry_run, err);
}

static const struct argp add_argp = { add_options, parse_add, NULL,
    "Enter a request for footage: who asks, on what legal basis, what for, and who authorised it. export and extract are then told that "
    "they are made on it, with --request.\v"
    "Example:\n  exhibit request add --case C1 --by \"DC 1234 Smith\" --rank DC \\\n      --organisation \"Cambridgeshire Constabulary\" "
    "--basis \"DPA 2018 Sch 2 Pt 1 para 2\" \\\n      --purpose \"robbery of 5 December\" --authoriser \"Insp Jones\" --date 2021-12-06", NULL, NULL, NULL };
static const struct argp list_argp = { list_options, parse, NULL,
    "List the requests, and the emergencies in which footage was taken out before anybody had asked in form.\v"
    "Exit status: 0 done, 7 where an emergency that is listed was not approved.\n\n"
    "Examples:\n  exhibit request list --case C1\n  exhibit request list --unapproved", NULL, NULL, NULL };
static const struct argp approve_argp = { approve_options, parse_approve, "REQUEST|EXHIBIT",
    "Approve an emergency, named by its identifier, or by an exhibit that was made in it. That is for the roles dpo and admin, and for "
    "another person than the one whose emergency it was.\v"
    "Example:\n  exhibit request approve OP4 --reason \"request of 6 December came\"", NULL, NULL, NULL };
const struct command cmd_request_add = { "request add", "enter a request for footage", &add_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_add, NULL };
const struct command cmd_request_list = { "request list", "list requests, and emergencies to be approved", &list_argp, sizeof(struct options),
    NEEDS_STORE, run_list, NULL };
const struct command cmd_request_approve = { "request approve", "approve what was taken out in an emergency", &approve_argp,
    sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_approve, NULL };
