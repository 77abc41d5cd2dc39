/* exhibit case hold, case review, case release: orders not to dispose. */
#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *id, *code, *authority, *reference, *review, *note, *exhibit; bool dry_run; };
enum { OPT_REASON = 0x100, OPT_AUTHORITY, OPT_REFERENCE, OPT_REVIEW, OPT_NOTE, OPT_EXHIBIT, OPT_DRY_RUN };

/* ---- showing holds ---- */

bool hold_is_overdue(const struct session *session, const struct exh_case *one, const struct exh_hold *hold)
{
    struct exh_date review = exh_hold_review(one, hold);

    return !hold->released && review.year && exh_date_compare(review, today_of(session)) < 0;
}

bool case_has_overdue_hold(const struct session *session, const struct known_case *known)
{
    const struct exh_casefile *casefile = known->casefile;

    for (size_t i = 0; i < casefile->hold_count; i++)
        if (hold_is_overdue(session, known->one, &casefile->holds[i]))
            return true;
    return false;
}

static struct exh_json *hold_json(const struct session *session, const struct exh_case *one, const struct exh_hold *hold)
{
    struct exh_json *object = json_of_type("hold");

    exh_json_merge(object, exh_hold_details(hold));
    exh_json_set(object, "review", date_json(exh_hold_review(one, hold)));
    exh_json_set_text(object, "id", hold->id);
    exh_json_set_text(object, "case", hold->case_id);
    exh_json_set_text(object, "exhibit", *hold->exhibit ? hold->exhibit : NULL);
    exh_json_set_bool(object, "own", hold->own);
    exh_json_set_bool(object, "overdue", hold_is_overdue(session, one, hold));
    exh_json_set(object, "placed", moment_json(hold->placed));
    exh_json_set_text(object, "placed_by", hold->placed_by);
    exh_json_set_bool(object, "released", hold->released);
    if (!hold->released)
        return object;
    exh_json_set(object, "released_at", moment_json(hold->released_at));
    exh_json_set_text(object, "released_by", hold->released_by);
    exh_json_set_text(object, "release_reason", hold->release_reason);
    exh_json_set_text(object, "release_authority", hold->release_authority);
    return object;
}

struct exh_json *holds_json(const struct session *session, const struct known_case *known)
{
    const struct exh_casefile *casefile = known->casefile;
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < casefile->hold_count; i++)
        exh_json_add(array, hold_json(session, known->one, &casefile->holds[i]));
    return array;
}

/* "C3-H2 on OP1: coroner, HM Coroner (12/2026), review 2027-01-01: overdue". */
static void print_hold(const struct session *session, const struct exh_case *one, const struct exh_hold *hold)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    char review[EXH_DATE_SIZE], released[EXH_DATE_SIZE];

    exh_date_words(exh_hold_review(one, hold), review);
    exh_date_words(exh_date_of(hold->released_at, session->store->zone), released);
    exh_text_printf(&text, "%s%s%s: ", hold->id, *hold->exhibit ? " on " : "", hold->exhibit);
    if (hold->code)
        exh_text_printf(&text, "%s, %s (%s)%s%s", hold->code, hold->authority, hold->reference, hold->note ? ", " : "", hold->note ? hold->note : "");
    else
        exh_text_puts(&text, "(sealed)");
    if (hold->released)
        exh_text_printf(&text, ", released on %s%s%s", released, hold->release_reason ? ": " : "", hold->release_reason ? hold->release_reason : "");
    else if (*review)
        exh_text_printf(&text, ", review %s%s", review, hold_is_overdue(session, one, hold) ? ": overdue" : "");
    print_field("hold", text.bytes);
}

void print_holds(const struct session *session, const struct known_case *known)
{
    for (size_t i = 0; i < known->casefile->hold_count; i++)
        print_hold(session, known->one, &known->casefile->holds[i]);
}

static bool finish_hold(const struct session *session, const char *id, bool dry_run, struct exh_error *err)
{
    const struct exh_casefile *casefile;
    const struct exh_hold *hold;

    if (dry_run) {
        say(session, "it can be entered; nothing was");
        return true;
    }
    if (!exh_store_need_hold(session->store, id, &casefile, &hold, err))
        return false;
    const struct exh_case *one = exh_casefile_case(casefile, hold->case_id);
    if (session->json)
        print_json(hold_json(session, one, hold));
    else
        print_hold(session, one, hold);
    return true;
}

/* ---- case hold ---- */

static const struct argp_option hold_options[] = {
    { "reason", OPT_REASON, "CODE", 0, "Why: appeal, ccrc, coroner, civil, subject-access, dhr, complaint, court-order, live-investigation, "
      "or other, which needs a note", 0 },
    { "authority", OPT_AUTHORITY, "WORDS", 0, "Who wants it", 0 },
    { "reference", OPT_REFERENCE, "WORDS", 0, "What they call it", 0 },
    { "review", OPT_REVIEW, "DATE", 0, "When it must be looked at again, 12 months from now at most", 0 },
    { "note", OPT_NOTE, "WORDS", 0, "What more is to be said of it", 0 },
    { "exhibit", OPT_EXHIBIT, "REF", 0, "Hold this exhibit of the case only", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_hold(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_REASON, offsetof(struct options, code) }, { OPT_AUTHORITY, offsetof(struct options, authority) },
        { OPT_REFERENCE, offsetof(struct options, reference) }, { OPT_REVIEW, offsetof(struct options, review) },
        { OPT_NOTE, offsetof(struct options, note) }, { OPT_EXHIBIT, offsetof(struct options, exhibit) }, { 0, 0 } };
    struct options *o = state->input;
    error_t parsed = parse_text_options(key, argument, state, texts);

    if (key == OPT_DRY_RUN)
        o->dry_run = true;
    else if (parsed)
        parsed = parse_case_id(key, argument, state, &o->id);
    if (key == ARGP_KEY_END && (!o->code || !o->authority || !o->reference || !o->review))
        argp_error(state, "--reason, --authority, --reference and --review are needed");
    return key == OPT_DRY_RUN ? 0 : parsed;
}

static bool run_hold(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_hold hold = { .code = (char *)(uintptr_t)o->code, .authority = (char *)(uintptr_t)o->authority,
                             .reference = (char *)(uintptr_t)o->reference, .note = (char *)(uintptr_t)o->note };
    char id[24];

    if (o->exhibit && (!exh_reference_is_one(o->exhibit)))
        return exh_fail(err, EXH_USAGE, "--exhibit: '%s' is no exhibit's reference", o->exhibit);
    snprintf(hold.exhibit, sizeof hold.exhibit, "%s", o->exhibit ? o->exhibit : "");
    return read_date("--review", o->review, &hold.review, err)
        && exh_admin_place_hold(session->store, o->id, &hold, o->dry_run, id, err) && finish_hold(session, id, o->dry_run, err);
}

/* ---- case review, case release ---- */

struct change_options { const char *id, *reason, *authority, *review; bool dry_run; };

static const struct argp_option release_options[] = {
    { "reason", OPT_REASON, "WORDS", 0, "Why it need not be held any more", 0 },
    { "authority", OPT_AUTHORITY, "WORDS", 0, "Who says so", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};
static const struct argp_option review_options[] = {
    { "review", OPT_REVIEW, "DATE", 0, "When it must be looked at next, 12 months from now at most", 0 },
    { "reason", OPT_REASON, "WORDS", 0, "Why it is still held", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_change(int key, char *argument, struct argp_state *state, bool needs_review)
{
    static const struct text_option texts[] = {
        { OPT_REASON, offsetof(struct change_options, reason) }, { OPT_AUTHORITY, offsetof(struct change_options, authority) },
        { OPT_REVIEW, offsetof(struct change_options, review) }, { 0, 0 } };
    struct change_options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->id)
            argp_error(state, "one hold at a time");
        o->id = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->id || !o->reason || (needs_review && !o->review))
            argp_error(state, needs_review ? "a hold, --review and --reason are needed" : "a hold and --reason are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static error_t parse_release(int key, char *argument, struct argp_state *state)
{
    return parse_change(key, argument, state, false);
}

static error_t parse_review(int key, char *argument, struct argp_state *state)
{
    return parse_change(key, argument, state, true);
}

static bool run_release(struct session *session, const void *options, struct exh_error *err)
{
    const struct change_options *o = options;
    const struct exh_hold_change change = { .id = o->id, .reason = o->reason, .authority = o->authority, .dry_run = o->dry_run };

    return exh_admin_release_hold(session->store, &change, err) && finish_hold(session, o->id, o->dry_run, err);
}

static bool run_review(struct session *session, const void *options, struct exh_error *err)
{
    const struct change_options *o = options;
    struct exh_hold_change change = { .id = o->id, .reason = o->reason, .dry_run = o->dry_run };

    return read_date("--review", o->review, &change.review, err) && exh_admin_review_hold(session->store, &change, err)
        && finish_hold(session, o->id, o->dry_run, err);
}

static const struct argp hold_argp = { hold_options, parse_hold, "CASE",
    "Place a hold: nothing of the case, or of one exhibit, is disposed of while it stands. Many may stand at once, each with an "
    "identifier of its own.\v"
    "Examples:\n  exhibit case hold C3 --reason coroner --authority \"HM Coroner\" \\\n      --reference 12/2026 --review 2027-03-01\n"
    "  exhibit case hold C3 --exhibit OP17 --reason other --note \"seized phone\" \\\n      --authority \"police, DC 1234\" --reference 35/91234/21 --review 2027-03-01",
    NULL, NULL, NULL };
static const struct argp release_argp = { release_options, parse_release, "HOLD",
    "Release a hold. That is for the roles dpo and admin. The own hold of a dhr case is released by its course alone: until then "
    "this is refused, saying what must happen first.\v"
    "Example:\n  exhibit case release C3-H2 --reason \"inquest concluded\" --authority \"HM Coroner\"", NULL, NULL, NULL };
static const struct argp review_argp = { review_options, parse_review, "HOLD",
    "Say that a hold was looked at and stands, until its next review. That is for the roles dpo and admin.\v"
    "Example:\n  exhibit case review C3-H2 --review 2027-09-01 --reason \"inquest adjourned to July\"", NULL, NULL, NULL };
const struct command cmd_case_hold = { "case hold", "place a hold: nothing is disposed of while it stands", &hold_argp,
    sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_hold, NULL };
const struct command cmd_case_release = { "case release", "release a hold", &release_argp, sizeof(struct change_options),
    NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_release, NULL };
const struct command cmd_case_review = { "case review", "say that a hold was looked at and stands", &review_argp,
    sizeof(struct change_options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_review, NULL };
