/* exhibit log show: the entries of the custody log, all or some, as text, JSON or CSV. */
#include "cmd.h"

#include "exhibit/csv.h"
#include "exhibit/ledger.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *case_id, *exhibit, *since, *actor, *verb; bool details, csv; };
enum { OPT_DETAILS = 0x100, OPT_CASE, OPT_EXHIBIT, OPT_SINCE, OPT_ACTOR, OPT_VERB, OPT_CSV };

static const struct argp_option show_options[] = {
    { "case", OPT_CASE, "ID", 0, "Only entries of this case", 0 },
    { "exhibit", OPT_EXHIBIT, "REF", 0, "Only entries about this exhibit, and about packages that hold it", 0 },
    { "since", OPT_SINCE, "TIME", 0, "Only entries of this time and later, local to the store unless it says its zone", 0 },
    { "actor", OPT_ACTOR, "WHO", 0, "Only entries signed by this person: initials as they were then, or a fingerprint", 0 },
    { "verb", OPT_VERB, "VERB", 0, "Only entries of this kind: collection, alteration, consultation, disclosure, combination, "
      "erasure or administration", 0 },
    { "csv", OPT_CSV, NULL, 0, "Print comma-separated values (RFC 4180) with a line of headings", 0 },
    { "details", OPT_DETAILS, NULL, 0, "Open the sealed details too; needs --key, and is itself entered in the log", 0 },
    { 0 },
};

static error_t parse_show(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_CASE, offsetof(struct options, case_id) }, { OPT_EXHIBIT, offsetof(struct options, exhibit) },
        { OPT_SINCE, offsetof(struct options, since) }, { OPT_ACTOR, offsetof(struct options, actor) },
        { OPT_VERB, offsetof(struct options, verb) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DETAILS: o->details = true; return 0;
    case OPT_CSV:     o->csv = true; return 0;
    default:          return parse_text_options(key, argument, state, texts);
    }
}

/* ---- which entries ---- */

struct filter {
    const struct options *options;
    const struct exh_keyring *ring;
    const struct exh_casefile *casefile; /* of the exhibit asked for; NULL: of none */
    struct exh_moment since;
};

static bool check_verb(const char *verb, struct exh_error *err)
{
    for (enum exh_verb v = 0; v < EXH_VERB_COUNT; v++)
        if (strcmp(exh_verb_name(v), verb) == 0)
            return true;
    return exh_fail(err, EXH_USAGE, "--verb: '%s' is no kind of entry; 'exhibit log show --help' lists them", verb);
}

/* A name that was never in the log is a slip of the pen, not an empty answer. */
static bool make_filter(const struct session *session, const struct options *o, struct filter *ret_filter, struct exh_error *err)
{
    const struct exh_store *store = session->store;
    const struct exh_exhibit *exhibit;
    const struct exh_case *found;

    *ret_filter = (struct filter){ o, &store->keyring, NULL, { INT64_MIN } };
    if (o->case_id && !exh_store_need_case(store, o->case_id, &found, err))
        return false;
    if (o->exhibit && !exh_store_exhibit(store, o->exhibit, &exhibit, err))
        return false;
    if (o->exhibit && !exhibit) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("--exhibit: the log has no exhibit '%s'", o->exhibit);
        return exh_store_unknown_item(store, o->exhibit, "'exhibit case show CASE' lists a case's", words, err);
    }
    if (o->actor && !exh_keyring_named(&store->keyring, o->actor))
        return exh_keyring_unknown(&store->keyring, o->actor, err) || exh_while(err, "--actor");
    if (o->verb && !check_verb(o->verb, err))
        return false;
    return !o->since || exh_moment_parse(o->since, store->zone, &ret_filter->since, err) || exh_while(err, "--since");
}

/* After whatever is entered: the register is not the same then. */
static bool find_casefile(const struct exh_store *store, struct filter *filter, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    return exh_store_exhibit(store, filter->options->exhibit, &exhibit, err)
        && (!exhibit || exh_store_casefile(store, exhibit->case_id, &filter->casefile, err));
}

static const char *initials_of(const struct exh_keyring *ring, const struct exh_entry *entry)
{
    const struct exh_person *person = exh_entry_signer(entry, ring);

    return person ? person->initials : NULL;
}

static bool is_by(const struct filter *filter, const struct exh_entry *entry, const char *who)
{
    const char *initials = initials_of(filter->ring, entry);

    return strcmp(entry->actor, who) == 0 || (initials && strcmp(initials, who) == 0);
}

/* About the exhibit, or about a package that holds it. */
static bool is_about(const struct filter *filter, const struct exh_entry *entry, const char *reference)
{
    return exh_entry_is_about(entry, reference) || (filter->casefile && exh_casefile_hands_over(filter->casefile, entry, reference));
}

static bool is_wanted(const struct filter *filter, const struct exh_entry *entry)
{
    const struct options *o = filter->options;

    return (!o->case_id || (entry->case_id && strcmp(entry->case_id, o->case_id) == 0))
        && (!o->exhibit || is_about(filter, entry, o->exhibit))
        && (!o->verb || strcmp(exh_verb_name(entry->verb), o->verb) == 0)
        && (!o->actor || is_by(filter, entry, o->actor))
        && entry->time.ns >= filter->since.ns;
}

/* ---- in which form ---- */

/* NULL where the key is gone, or there are none. */
static struct exh_json *open_details(struct session *session, const struct exh_entry *entry)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error sealed = EXH_ERROR_NONE;
    const char *key_id = exh_entry_key_id(entry);
    const struct exh_seal_key *key = key_id ? exh_store_seal_key(session->store, key_id) : NULL;
    struct exh_json *details = NULL;

    if (!key || !exh_entry_details(entry, key, &details, &sealed))
        return NULL;
    return details;
}

/* Free with free(); NULL where they do not open or are not asked for. */
static char *details_words(struct session *session, const struct exh_entry *entry, bool with_details)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = with_details ? open_details(session, entry) : NULL;

    return details ? exh_json_canonical(details) : NULL;
}

static void print_entry_json(struct session *session, const struct exh_entry *entry, bool with_details)
{
    struct exh_json *object = json_of_type("entry");

    exh_json_set(object, "entry", exh_json_copy(entry->whole));
    exh_json_set_text(object, "initials", initials_of(&session->store->keyring, entry));
    exh_json_set_text(object, "sha256", entry->digest);
    exh_json_set_text(object, "commit", entry->commit);
    if (with_details)
        exh_json_set(object, "details", open_details(session, entry));
    print_json(object);
}

static void print_row(const char *const fields[], size_t count)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text row = EXH_TEXT_NONE;

    exh_csv_add(&row, fields, count);
    fwrite(row.bytes, 1, row.size, stdout);
}

/* No field can begin as a spreadsheet's formula does: words of people stand inside the braces of the details. */
static void print_entry_csv(struct session *session, const struct exh_entry *entry, bool with_details)
{
    EXH_CLEANUP(exh_freep) char *sequence = exh_format("%" PRIu64, entry->sequence);
    EXH_CLEANUP(exh_freep) char *details = details_words(session, entry, with_details);
    const char *const fields[] = {
        sequence, exh_json_text_or(entry->whole, "time", ""), exh_verb_name(entry->verb), entry->act, entry->case_id,
        entry->exhibit, entry->actor, initials_of(&session->store->keyring, entry), entry->digest, entry->commit, details };

    print_row(fields, EXH_COUNT(fields) - !with_details);
}

static void print_headings(bool with_details)
{
    static const char *const headings[] = { "sequence", "time", "verb", "act", "case", "exhibit", "actor", "initials", "sha256",
                                            "commit", "details" };

    print_row(headings, EXH_COUNT(headings) - !with_details);
}

static void print_entry_text(struct session *session, const struct exh_entry *entry, bool with_details)
{
    EXH_CLEANUP(exh_freep) char *details = details_words(session, entry, with_details);
    const char *initials = initials_of(&session->store->keyring, entry);
    char when[EXH_MOMENT_SIZE];

    exh_moment_local((struct exh_moment){ entry->time.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, when);
    printf("%6" PRIu64 "  %s  %-14s %-17s %-6s %-8s %-8s %.16s\n", entry->sequence, when, exh_verb_name(entry->verb), entry->act,
           entry->case_id ? entry->case_id : "-", entry->exhibit ? entry->exhibit : "-", initials ? initials : "-",
           entry->digest);
    if (details)
        printf("        %s\n", details);
}

/* Reading what is sealed is an act: its entry comes before anything is shown. */
static bool enter_reading(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "log-read" };

    return session_load_actor(session, err) && exh_store_record(session->store, &draft, err);
}

struct showing {
    struct session *session;
    const struct filter *filter;
    void (*print)(struct session *session, const struct exh_entry *entry, bool with_details);
};

static bool show_one(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct showing *showing = context;

    (void)err;
    if (is_wanted(showing->filter, entry))
        showing->print(showing->session, entry, showing->filter->options->details);
    return true;
}

static bool run_show(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct filter filter;

    if (o->csv && session->json)
        return exh_fail(err, EXH_USAGE, "--csv and --json are two forms: choose one");
    if (!make_filter(session, o, &filter, err) || (o->details && !enter_reading(session, err)))
        return false;
    if (o->exhibit && !find_casefile(session->store, &filter, err))
        return false;
    struct showing showing = { session, &filter, session->json ? print_entry_json : o->csv ? print_entry_csv : print_entry_text };
    const struct exh_index_query query = { .case_id = o->case_id };
    if (o->csv)
        print_headings(o->details);
    return exh_store_entries(session->store, &query, false, show_one, &showing, err);
}

static const struct argp show_argp = { show_options, parse_show, NULL,
    "Show the entries of the custody log, the first one first: all, or those that agree with every option given.\v"
    "Examples:\n  exhibit log show --exhibit OP17\n  exhibit log show --case C3 --since '2026-11-01 00:00' --csv >custody.csv\n"
    "  exhibit log show --details --actor OP --json", NULL, NULL, NULL };
const struct command cmd_log_show = { "log show", "show the custody log ('exhibit log' alone does it too)", &show_argp, sizeof(struct options), NEEDS_STORE | TAKES_KEY, run_show, NULL };
