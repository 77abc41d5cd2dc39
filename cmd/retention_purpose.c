/* exhibit retention purpose-met: that a copy has served its purpose. */
#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>

struct options { const char *reference, *reason, *date; bool withdraw, dry_run; };
enum { OPT_REASON = 0x100, OPT_DATE, OPT_WITHDRAW, OPT_DRY_RUN };

static const struct argp_option options_list[] = {
    { "reason", OPT_REASON, "WORDS", 0, "How that is known, or why it is taken back", 0 },
    { "date", OPT_DATE, "DATE", 0, "The day from which on the copy was needed no more; today where it is left out", 0 },
    { "withdraw", OPT_WITHDRAW, NULL, 0, "Take back what was said of it: the copy is needed after all", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_REASON, offsetof(struct options, reason) }, { OPT_DATE, offsetof(struct options, date) },
                                                { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_WITHDRAW: o->withdraw = true; return 0;
    case OPT_DRY_RUN:  o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->reference)
            argp_error(state, "one copy at a time");
        o->reference = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->reference || !o->reason)
            argp_error(state, "a copy and --reason are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool finish(const struct session *session, const char *reference, bool dry_run, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    char day[EXH_DATE_SIZE];

    if (dry_run) {
        say(session, "it can be entered; nothing was");
        return true;
    }
    if (!exh_store_need_exhibit(session->store, reference, &exhibit, err))
        return false;
    exh_date_words(exhibit->purpose_met, day);
    if (session->json) {
        struct exh_json *object = json_of_type("purpose-met");
        exh_json_set_text(object, "exhibit", exhibit->reference);
        exh_json_set_text(object, "case", exhibit->case_id);
        exh_json_set(object, "date", date_json(exhibit->purpose_met));
        print_json(object);
    } else {
        print_field("exhibit", exhibit->reference);
        print_field("purpose met", *day ? day : "not");
    }
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_purpose purpose = { .reason = o->reason, .withdraws = o->withdraw };

    if (!read_date("--date", o->date, &purpose.date, err))
        return false;
    if (!o->date && !o->withdraw)
        purpose.date = today_of(session);
    return exh_admin_set_purpose(session->store, o->reference, &purpose, o->dry_run, err) && finish(session, o->reference, o->dry_run, err);
}

static const struct argp argp = { options_list, parse, "COPY",
    "Enter that a copy (a working copy, a redacted copy, a still) has served its purpose: rules of retention that begin with purpose-met count "
    "from that day. What is entered later takes the place of what was entered before. How long a Master is kept follows from its case.\v"
    "Examples:\n  exhibit retention purpose-met OP17/1 --reason \"shown at the interview, DC 1234's email\" --date 2026-11-20\n"
    "  exhibit retention purpose-met OP17/1 --withdraw --reason \"wanted for the trial\"", NULL, NULL, NULL };
const struct command cmd_retention_purpose_met = { "retention purpose-met", "enter that a copy has served its purpose", &argp,
    sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, NULL };
