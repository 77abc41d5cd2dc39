/* exhibit case outcome, case reference: what a case counts as, and what it is called elsewhere. */
#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <string.h>

/* ---- case outcome ---- */

struct options { const char *id, *outcome, *date, *cctv_led, *town, *authority; bool dry_run; };
enum { OPT_DATE = 0x100, OPT_CCTV_LED, OPT_TOWN, OPT_AUTHORITY, OPT_DRY_RUN };

static const struct argp_option outcome_options[] = {
    { "date", OPT_DATE, "DATE", 0, "The day of the outcome (today)", 0 },
    { "cctv-led", OPT_CCTV_LED, "yes|no", 0, "Whether cameras led to it", 0 },
    { "town", OPT_TOWN, "WORDS", 0, "The town that it counts for", 0 },
    { "authority", OPT_AUTHORITY, "WORDS", 0, "The council that it counts for, where the room serves several", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_outcome(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_DATE, offsetof(struct options, date) }, { OPT_CCTV_LED, offsetof(struct options, cctv_led) },
        { OPT_TOWN, offsetof(struct options, town) }, { OPT_AUTHORITY, offsetof(struct options, authority) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->outcome)
            argp_error(state, "one case and one outcome at a time");
        *(o->id ? &o->outcome : &o->id) = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id)
            argp_error(state, "which case?");
        if (o->date && !o->outcome)
            argp_error(state, "--date is the day of an outcome, which is not given");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool finish_change(const struct session *session, const char *id, bool dry_run, struct exh_error *err)
{
    if (!dry_run)
        return print_changed_case(session, id, err);
    say(session, "it can be entered; nothing was");
    return true;
}

static bool run_outcome(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_case_outcome outcome = { .outcome = (char *)(uintptr_t)o->outcome, .town = (char *)(uintptr_t)o->town,
                                        .authority = (char *)(uintptr_t)o->authority };

    if (!read_date("--date", o->date, &outcome.date, err) || !read_answer("--cctv-led", o->cctv_led, &outcome.cctv_led, err))
        return false;
    if (o->outcome && !o->date)
        outcome.date = today_of(session);
    return exh_admin_set_outcome(session->store, o->id, &outcome, o->dry_run, err) && finish_change(session, o->id, o->dry_run, err);
}

/* ---- case reference ---- */

struct reference_options { const char *id; bool known, remove, dry_run; struct exh_strings references; };

static const struct argp_option reference_options[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static void take_word(struct reference_options *o, char *argument, struct argp_state *state)
{
    if (!o->id) {
        o->id = argument;
    } else if (!o->known) {
        o->known = true;
        o->remove = strcmp(argument, "remove") == 0;
        if (!o->remove && strcmp(argument, "add") != 0)
            argp_error(state, "'%s' is neither add nor remove", argument);
    } else {
        exh_strings_add(&o->references, argument);
    }
}

static error_t parse_reference(int key, char *argument, struct argp_state *state)
{
    struct reference_options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN:   o->dry_run = true; return 0;
    case ARGP_KEY_ARG:  take_word(o, argument, state); return 0;
    case ARGP_KEY_END:
        if (!o->references.count)
            argp_error(state, "a case, add or remove, and a reference are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void clear_reference(void *options)
{
    exh_strings_clear(&((struct reference_options *)options)->references);
}

static bool run_reference(struct session *session, const void *options, struct exh_error *err)
{
    const struct reference_options *o = options;

    return exh_admin_set_references(session->store, o->id, &o->references, o->remove, o->dry_run, err)
        && finish_change(session, o->id, o->dry_run, err);
}

static const struct argp outcome_argp = { outcome_options, parse_outcome, "CASE [arrest|fine|penalty-notice|warning|none]",
    "Enter what reports count a case by: the outcome, whether cameras led to it, the town and the council. What is given takes "
    "the place of what was entered before; the rest stays.\v"
    "Examples:\n  exhibit case outcome C1 fine --cctv-led yes --date 2026-08-31\n  exhibit case outcome C1 --town March", NULL, NULL, NULL };
static const struct argp reference_argp = { reference_options, parse_reference, "CASE add|remove SYSTEM:ID...",
    "Add references in other systems to a case, or take them out of those that stand. What was taken out stays in the log.\v"
    "Examples:\n  exhibit case reference C1 add e-cins:771 police:35/91234/21\n  exhibit case reference C1 remove e-cins:771", NULL, NULL, NULL };
const struct command cmd_case_outcome = { "case outcome", "enter what reports count a case by", &outcome_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_outcome, NULL };
const struct command cmd_case_reference = { "case reference", "add or take out references in other systems", &reference_argp,
    sizeof(struct reference_options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_reference, clear_reference };
