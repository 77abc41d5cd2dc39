/* exhibit case list, case search, case show: the register of cases. */
#include "case.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *id, *type, *status; bool open; struct exh_strings words; };
enum { OPT_TYPE = 0x100, OPT_STATUS, OPT_OPEN };

/* ---- case list ---- */

static const struct argp_option list_options[] = {
    { "type", OPT_TYPE, "TYPE", 0, "Only cases of this type", 0 },
    { "status", OPT_STATUS, "STATUS", 0, "Only cases that now have this status", 0 },
    { "open", OPT_OPEN, NULL, 0, "Only cases that have not ended; one of which nothing was entered has not", 0 },
    { 0 },
};

static error_t parse_list(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_TYPE, offsetof(struct options, type) }, { OPT_STATUS, offsetof(struct options, status) }, { 0, 0 } };
    struct options *o = state->input;

    if (key != OPT_OPEN)
        return parse_text_options(key, argument, state, texts);
    o->open = true;
    return 0;
}

static void print_line(const struct session *session, const struct known_case *known)
{
    const struct exh_case *one = known->one;
    const struct exh_case_state state = exh_case_state(one);

    if (session->json) {
        print_json(case_json(session, known));
        return;
    }
    EXH_CLEANUP(exh_freep) char *reference = exh_text_printable(one->references.count ? one->references.at[0] : "-");
    printf("%-8s %-16s %-18s %s\n", one->id, one->sealed ? "(sealed)" : one->type, state.status ? state.status->status : "-", reference);
}

static bool is_listed(const struct options *o, const char *type, const struct exh_case *one)
{
    const struct exh_case_state state = exh_case_state(one);

    return (!type || strcmp(one->type, type) == 0) && (!o->open || !state.ended)
        && (!o->status || (state.status && strcmp(state.status->status, o->status) == 0));
}

/* A walk over all cases. */
struct listing { struct session *session; const struct options *options; const char *type; size_t found, sealed; };

static bool list_one(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct listing *listing = context;
    const struct options *o = listing->options;
    const struct known_case known = { casefile, &casefile->cases[0] };
    bool all = !o->type && !o->status && !o->open;

    (void)err;
    if (all || (!known.one->sealed && is_listed(o, listing->type, known.one)))
        print_line(listing->session, &known);
    listing->sealed += !all && known.one->sealed;
    return true;
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct listing listing = { .session = session, .options = o };

    if ((o->type && !exh_case_type_check(o->type, &listing.type, err)) || (o->status && !exh_case_status_check(o->status, err))
        || !exh_store_each_case(session->store, list_one, &listing, err))
        return false;
    tell_sealed(session, listing.sealed);
    return true;
}

/* ---- case search ---- */

static error_t parse_search(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG: exh_strings_add(&o->words, argument); return 0;
    case ARGP_KEY_END:
        if (!o->words.count)
            argp_error(state, "which words?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void clear_search(void *options)
{
    exh_strings_clear(&((struct options *)options)->words);
}

static bool mentions_all(const struct exh_case *one, const struct exh_strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (!exh_case_mentions(one, words->at[i]))
            return false;
    return true;
}

static bool search_one(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct listing *listing = context;
    const struct known_case known = { casefile, &casefile->cases[0] };

    (void)err;
    listing->sealed += known.one->sealed;
    if (known.one->sealed || !mentions_all(known.one, &listing->options->words))
        return true;
    print_line(listing->session, &known);
    listing->found++;
    return true;
}

static bool run_search(struct session *session, const void *options, struct exh_error *err)
{
    struct listing listing = { .session = session, .options = options };

    if (!exh_store_each_case(session->store, search_one, &listing, err))
        return false;
    tell_sealed(session, listing.sealed);
    return listing.found || exh_fail(err, EXH_NO, "no case has all these words in its references, title or town");
}

/* ---- case show ---- */

static error_t parse_show(int key, char *argument, struct argp_state *state)
{
    return parse_case_id(key, argument, state, &((struct options *)state->input)->id);
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
    if (exhibit->state == EXH_EXHIBIT_DESTROYED)
        exh_json_set(object, "destroyed", moment_json(exhibit->destroyed));
    exh_json_set_text(object, "producer", exhibit->producer);
    return object;
}

static void print_exhibit(const struct session *session, const struct exh_exhibit *exhibit)
{
    struct exh_moment at = exhibit->state == EXH_EXHIBIT_DESTROYED ? exhibit->destroyed : exhibit->begun;
    char when[EXH_MOMENT_SIZE];

    if (session->json) {
        print_json(exhibit_json(exhibit));
        return;
    }
    exh_moment_local((struct exh_moment){ at.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, when);
    EXH_CLEANUP(exh_freep) char *label = exh_format("%s%s", *exhibit->of ? "  " : "", exhibit->reference);
    printf("%-12s %s%s%s, %s\n", label, *exhibit->of ? exhibit->making : "", *exhibit->of ? " " : "",
           exh_exhibit_state_words(exhibit->state), when);
}

/* Each exhibit, and beneath it the copies of it. */
static void print_exhibits(const struct session *session, const struct exh_casefile *casefile)
{
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *exhibit = &casefile->exhibits[i];
        if (*exhibit->of)
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
    struct known_case known;

    if (!find_case(session, o->id, &known, err))
        return false;
    if (session->json)
        print_json(case_json(session, &known));
    else
        print_case(session, &known);
    print_exhibits(session, known.casefile);
    if (case_is_late(session, known.one) || case_has_overdue_hold(session, &known))
        session->status = 7;             /* done, with findings */
    return true;
}

static const struct argp list_argp = { list_options, parse_list, NULL, "List the cases: all, or those that agree with every option given.\v"
    "Examples:\n  exhibit case list\n  exhibit case list --type dhr --open\n  exhibit case list --status charged --json", NULL, NULL, NULL };
static const struct argp search_argp = { NULL, parse_search, "WORDS...",
    "List the cases that have all the words in their references, titles or towns. Exit status 1 where there is none.\v"
    "Example:\n  exhibit case search 91234\n  exhibit case search \"market place\" wisbech", NULL, NULL, NULL };
static const struct argp show_argp = { NULL, parse_show, "ID", "Show a case, where it stands, and its exhibits.\vExample:\n  exhibit case show C1", NULL, NULL, NULL };
const struct command cmd_case_list = { "case list", "list the cases", &list_argp, sizeof(struct options), NEEDS_STORE, run_list, NULL };
const struct command cmd_case_search = { "case search", "find cases by their references, titles and towns", &search_argp,
    sizeof(struct options), NEEDS_STORE, run_search, clear_search };
const struct command cmd_case_show = { "case show", "show a case and its exhibits", &show_argp, sizeof(struct options), NEEDS_STORE, run_show, NULL };
