/* exhibit case open: why evidence is kept. */
#include "case.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *type, *requested_by, *basis, *title, *town, *authority, *hold, *review, *note; struct exh_strings references; bool dry_run; };
enum { OPT_TYPE = 0x100, OPT_REFERENCE, OPT_REQUESTED_BY, OPT_BASIS, OPT_TITLE, OPT_TOWN, OPT_AUTHORITY, OPT_HOLD, OPT_REVIEW, OPT_NOTE, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "type", OPT_TYPE, "TYPE", 0, "arrest, dhr (dardr), enforcement, subject-access, civil-claim, coroner, complaint or other", 0 },
    { "reference", OPT_REFERENCE, "SYSTEM:ID", 0, "A reference in another system, for example police:35/91234/21; may be repeated", 0 },
    { "requested-by", OPT_REQUESTED_BY, "WORDS", 0, "Who asked: organisation, and name, rank or number", 0 },
    { "basis", OPT_BASIS, "WORDS", 0, "The legal basis of the request", 0 },
    { "title", OPT_TITLE, "WORDS", 0, "A title for people", 0 },
    { "town", OPT_TOWN, "WORDS", 0, "The town that it counts for", 0 },
    { "authority", OPT_AUTHORITY, "WORDS", 0, "The council that it counts for, where the room serves several", 0 },
    { "hold", OPT_HOLD, "CODE", 0, "Hold it from the beginning, for this reason; a dhr case always has a hold of its own", 0 },
    { "review", OPT_REVIEW, "DATE", 0, "When that hold is reviewed, 12 months from now at most (of a dhr case's own: in 6 months)", 0 },
    { "note", OPT_NOTE, "WORDS", 0, "What more is to be said of that hold", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and open nothing", 0 },
    { 0 },
};

static error_t parse_open(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_TYPE, offsetof(struct options, type) }, { OPT_REQUESTED_BY, offsetof(struct options, requested_by) },
        { OPT_BASIS, offsetof(struct options, basis) }, { OPT_TITLE, offsetof(struct options, title) },
        { OPT_TOWN, offsetof(struct options, town) }, { OPT_AUTHORITY, offsetof(struct options, authority) },
        { OPT_HOLD, offsetof(struct options, hold) }, { OPT_REVIEW, offsetof(struct options, review) },
        { OPT_NOTE, offsetof(struct options, note) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_REFERENCE: exh_strings_add(&o->references, argument); return 0;
    case OPT_DRY_RUN:   o->dry_run = true; return 0;
    case ARGP_KEY_END:
        if (!o->type || !o->requested_by || !o->basis)
            argp_error(state, "--type, --requested-by and --basis are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool run_open(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct exh_case_draft draft = {
        .type = o->type, .requested_by = o->requested_by, .basis = o->basis, .title = o->title, .town = o->town,
        .authority = o->authority, .references = &o->references, .hold = o->hold, .note = o->note, .dry_run = o->dry_run };
    char id[24];

    if (!read_date("--review", o->review, &draft.review, err) || !exh_admin_open_case(session->store, &draft, id, err))
        return false;
    if (o->dry_run)
        say(session, "case %s can be opened; nothing was", id);
    else if (session->json)
        return print_changed_case(session, id, err);
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
    "Examples:\n  exhibit case open --type arrest --reference police:35/91234/21 \\\n"
    "      --requested-by \"police, collar number 1234\" \\\n      --basis \"DPA 2018 Sch 2 Pt 1 para 2\"\n"
    "  exhibit case open --type coroner --hold coroner --review 2027-03-01 \\\n      --requested-by \"HM Coroner\" --basis \"request of 3 March\"", NULL, NULL, NULL };
const struct command cmd_case_open = { "case open", "open a case", &open_argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run_open, clear_open };
