/* exhibit retention lint, adopt, confirm, check, why, simulate: the policies, and what they say of each exhibit. */
#include "retention.h"

#include "exhibit/retention.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS = 7 };

struct options { const char *operand, *reason; bool all, sources, dry_run; const char *within; };
enum { OPT_REASON = 0x100, OPT_ALL, OPT_WITHIN, OPT_SOURCES, OPT_DRY_RUN };

static error_t parse_operand(int key, char *argument, struct argp_state *state, const char *what)
{
    static const struct text_option texts[] = { { OPT_REASON, offsetof(struct options, reason) },
                                                { OPT_WITHIN, offsetof(struct options, within) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_ALL:     o->all = true; return 0;
    case OPT_SOURCES: o->sources = true; return 0;
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (!what || o->operand)
            argp_error(state, what ? "one %s at a time" : "'%s' is one word too many", what ? what : argument);
        o->operand = argument;
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static void need(struct argp_state *state, const char *what, bool reason)
{
    const struct options *o = state->input;

    if (!o->operand || (reason && !o->reason))
        argp_error(state, reason ? "a %s and --reason are needed" : "which %s?", what);
}

static bool read_retention(const struct session *session, struct exh_retention *retention, struct exh_error *err)
{
    return exh_retention_read(session->store, retention, err);
}

/* ---- retention lint ---- */

static error_t parse_lint(int key, char *argument, struct argp_state *state)
{
    return parse_operand(key, argument, state, "policy");
}

static void print_finding(const struct session *session, const struct exh_lint_finding *finding)
{
    if (!session->json) {
        printf("%-26s %s\n", exh_lint_kind_word(finding->kind), finding->sentence);
        return;
    }
    struct exh_json *object = json_of_type("policy-finding");
    exh_json_set_text(object, "kind", exh_lint_kind_word(finding->kind));
    exh_json_set_text(object, "rule", finding->rule ? finding->rule->id : NULL);
    exh_json_set_text(object, "text", finding->sentence);
    print_json(object);
}

/* The file named, or the policy in force; what was confirmed counts for the latter only. */
static bool lint_which(struct session *session, const char *path, struct exh_policy *file, struct exh_retention *retention,
                       const struct exh_policy **ret_policy, struct exh_error *err)
{
    if (path) {
        *ret_policy = file;
        return exh_policy_read(path, file, err);
    }
    if (!session_open_store(session, err) || !read_retention(session, retention, err))
        return false;
    *ret_policy = exh_retention_policy(retention);
    return *ret_policy || exh_fail(err, EXH_USAGE, "this store goes by no policy yet; name a file");
}

static bool run_lint(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_policy_clear) struct exh_policy file = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings words = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_lint_clear) struct exh_lint lint = EXH_LINT_NONE;
    const struct exh_policy *policy;

    if (!lint_which(session, o->operand, &file, &retention, &policy, err))
        return false;
    exh_retention_vocabulary(&words);
    exh_policy_lint(policy, &words, &retention.confirmed, &lint);
    for (size_t i = 0; i < lint.count; i++)
        print_finding(session, &lint.findings[i]);
    if (!lint.count)
        say(session, "nothing is odd in '%s', version %s, of %zu rules", policy->name, policy->version, policy->rule_count);
    session->status = lint.count ? FINDINGS : 0;
    return true;
}

/* ---- retention adopt, retention confirm ---- */

static error_t parse_adopt(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_END)
        need(state, "policy", true);
    return parse_operand(key, argument, state, "policy");
}

static error_t parse_confirm(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_END)
        need(state, "rule", true);
    return parse_operand(key, argument, state, "rule");
}

static void print_policy(const struct session *session, const struct exh_retention *retention, bool adopted)
{
    const struct exh_policy *policy = exh_retention_policy(retention);

    if (session->json) {
        struct exh_json *object = json_of_type("policy");
        exh_json_set_bool(object, "adopted", adopted);
        exh_json_set_text(object, "in_force", policy ? policy->digest : NULL);
        exh_json_set_text(object, "proposed", *retention->proposed ? retention->proposed : NULL);
        print_json(object);
        return;
    }
    print_field(adopted ? "adopted" : "in force", policy ? policy->name : NULL);
    print_field("version", policy ? policy->version : NULL);
    print_field("sha256", policy ? policy->digest : NULL);
    print_field("proposed", retention->proposed);
}

static bool run_adopt(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    bool adopted;

    if (!exh_retention_adopt(session->store, o->operand, o->reason, o->dry_run, &adopted, err) || !read_retention(session, &retention, err))
        return false;
    if (o->dry_run) {
        say(session, "it can be %s; nothing was entered", adopted ? "adopted" : "proposed");
        return true;
    }
    print_policy(session, &retention, adopted);
    if (!adopted)
        say(session, "it is proposed: it takes the place of another once a second person adopts the same file");
    return true;
}

static bool run_confirm(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    if (!exh_retention_confirm(session->store, o->operand, o->reason, o->dry_run, err))
        return false;
    if (o->dry_run) {
        say(session, "it can be confirmed; nothing was entered");
        return true;
    }
    if (session->json) {
        struct exh_json *object = json_of_type("rule-confirmed");
        exh_json_set_text(object, "rule", o->operand);
        print_json(object);
    } else {
        print_field("confirmed", o->operand);
    }
    return true;
}

/* ---- one exhibit, and what is said of it ---- */

static struct exh_json *end_json(const struct exh_decision *decision)
{
    return decision && decision->has_end ? moment_json(decision->end) : exh_json_text(NULL);
}

static struct exh_json *retained_json(const struct exh_retained *r)
{
    const struct exh_decision *d = r->decision;
    struct exh_json *object = json_of_type("retained");

    exh_json_set_text(object, "exhibit", r->exhibit ? r->exhibit->reference : NULL);
    exh_json_set_text(object, "case", r->one->id);
    exh_json_set_text(object, "decision", d ? exh_decision_kind_word(d->kind) : "unknown");
    exh_json_set_text(object, "unknown", !d ? "sealed" : d->unknown != EXH_KNOWN ? exh_unknown_word(d->unknown) : NULL);
    exh_json_set_text(object, "rule", d && d->decider ? d->decider->rule->id : NULL);
    exh_json_set(object, "end", end_json(d));
    exh_json_set_text(object, "then", d && d->has_end ? exh_then_word(d->then) : NULL);
    exh_json_set_text(object, "text", d ? d->sentence : "kept because nothing is known: the key of its case is gone");
    return object;
}

/* ---- retention check ---- */

/* A line of --all, kept until all are known: the most urgent come first. */
struct line { struct exh_json *json; char *text; struct exh_moment due; };
struct sweep {
    const struct session *session;
    struct exh_moment now, until;        /* what is due by then is listed */
    struct exh_standings standings;
    struct line *lines;
    size_t line_count;
};

static void clear_sweep(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->line_count; i++) {
        exh_json_free(sweep->lines[i].json);
        free(sweep->lines[i].text);
    }
    free(sweep->lines);
}

static char *retained_words(const struct exh_retained *r)
{
    return exh_format("%-12s %-8s %s", r->exhibit ? r->exhibit->reference : "(record)", r->one->id,
                      r->decision ? r->decision->sentence : "kept because nothing is known: the key of its case is gone");
}

static bool print_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    const struct sweep *sweep = context;
    EXH_CLEANUP(exh_freep) char *words = retained_words(r);

    (void)err;
    if (sweep->session->json)
        print_json(retained_json(r));
    else
        puts(words);
    return true;
}

static bool keep_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct sweep *sweep = context;
    const struct exh_decision *d = r->decision;
    bool ends = d && d->has_end && (d->kind == EXH_DUE || d->kind == EXH_KEPT_UNTIL);

    (void)err;
    sweep->standings.count[exh_retained_standing(r)]++;
    sweep->standings.soon += ends && d->kind == EXH_KEPT_UNTIL && d->end.ns <= sweep->until.ns;
    sweep->lines = exh_realloc_array(sweep->lines, sweep->line_count + 1, sizeof *sweep->lines);
    sweep->lines[sweep->line_count++] = (struct line){ .json = retained_json(r), .text = retained_words(r),
                                                       .due = { ends ? d->end.ns : INT64_MAX } };
    return true;
}

static int by_urgency(const void *a, const void *b)
{
    const struct line *one = a, *other = b;

    return one->due.ns < other->due.ns ? -1 : one->due.ns > other->due.ns;
}

/* Nothing is taken from the index: everything is decided anew. */
static bool print_all(struct sweep *sweep, const struct exh_retention *retention, struct exh_error *err)
{
    if (!exh_retention_each(sweep->session->store, retention, NULL, sweep->now, keep_one, sweep, err))
        return false;
    if (sweep->line_count)
        qsort(sweep->lines, sweep->line_count, sizeof *sweep->lines, by_urgency);
    for (size_t i = 0; i < sweep->line_count; i++) {
        if (sweep->session->json)
            print_json(exh_steal(&sweep->lines[i].json));
        else
            puts(sweep->lines[i].text);
    }
    return true;
}

static uint64_t count_due(const struct sweep *sweep)
{
    return sweep->standings.count[EXH_STANDING_DELETION] + sweep->standings.count[EXH_STANDING_REVIEW];
}

/* What is due, or will be soon. */
static bool print_urgent(struct sweep *sweep, const struct exh_retention *retention, struct exh_error *err)
{
    enum { FIRST = 20 };
    struct exh_store *store = sweep->session->store;
    size_t most = sweep->session->json ? SIZE_MAX : FIRST;

    if (!exh_retention_standings(store, retention, sweep->now, sweep->until, &sweep->standings, err)
        || !exh_retention_most_urgent(store, retention, sweep->now, sweep->until, most, print_one, sweep, err))
        return false;
    uint64_t listed = count_due(sweep) + sweep->standings.soon;
    if (listed > most)
        say(sweep->session, "%" PRIu64 " more; --all or --json shows them", listed - most);
    return true;
}

static void print_counts(const struct sweep *sweep)
{
    const uint64_t *count = sweep->standings.count;
    const struct { const char *name; uint64_t count; } counts[] = {
        { "deletion", count[EXH_STANDING_DELETION] }, { "review", count[EXH_STANDING_REVIEW] }, { "soon", sweep->standings.soon },
        { "kept", count[EXH_STANDING_KEPT] - sweep->standings.soon }, { "held", count[EXH_STANDING_HELD] },
        { "unknown", count[EXH_STANDING_UNKNOWN] },
    };

    if (!sweep->session->json) {
        say(sweep->session, "due for deletion %" PRIu64 ", due for review %" PRIu64 ", due soon %" PRIu64 ", kept %" PRIu64 ", held %" PRIu64
            ", kept for want of knowledge %" PRIu64, counts[0].count, counts[1].count, counts[2].count, counts[3].count, counts[4].count,
            counts[5].count);
        return;
    }
    struct exh_json *object = json_of_type("retention-check");
    for (size_t i = 0; i < EXH_COUNT(counts); i++)
        exh_json_set_int(object, counts[i].name, (int64_t)counts[i].count);
    exh_json_set(object, "as_of", moment_json(sweep->now));
    print_json(object);
}

static bool read_within(const char *words, struct exh_moment now, struct exh_moment *ret_until, struct exh_error *err)
{
    enum { MOST_DAYS = 36525 };
    uint64_t days = 0;

    if (words && !exh_text_number(words, MOST_DAYS, &days))
        return exh_fail(err, EXH_USAGE, "--within: '%s' is not a number of days from 0 to %d", words, MOST_DAYS);
    ret_until->ns = now.ns + (int64_t)days * 86400 * EXH_SECOND;
    return true;
}

static error_t parse_check(int key, char *argument, struct argp_state *state)
{
    return parse_operand(key, argument, state, NULL);
}

static bool run_check(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    EXH_CLEANUP(clear_sweep) struct sweep sweep = { .session = session };

    if (!exh_retention_now(session->store, &sweep.now, err) || !read_within(o->within, sweep.now, &sweep.until, err)
        || !read_retention(session, &retention, err))
        return false;
    if (o->sources)
        return check_sources(session, exh_retention_policy(&retention), sweep.now, err);
    if (!(o->all ? print_all(&sweep, &retention, err) : print_urgent(&sweep, &retention, err)))
        return false;
    print_counts(&sweep);
    session->status = count_due(&sweep) ? FINDINGS : 0;
    return true;
}

/* ---- retention why ---- */

static error_t parse_why(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_END)
        need(state, "exhibit", false);
    return parse_operand(key, argument, state, "exhibit");
}

static struct exh_json *why_json(const struct exh_retained *r)
{
    const struct exh_decision *d = r->decision;
    struct exh_json *object = retained_json(r), *matches = exh_json_array();

    for (size_t i = 0; d && i < d->match_count; i++) {
        struct exh_json *match = exh_json_object();
        exh_json_set_text(match, "rule", d->matches[i].rule->id);
        exh_json_set_text(match, "policy", d->matches[i].policy->digest);
        exh_json_set(match, "reckoning", texts_json(&d->matches[i].lines));
        exh_json_add(matches, match);
    }
    exh_json_set(object, "matches", matches);
    if (!d)
        return object;
    exh_json_set(object, "holds", texts_json(&d->holds));
    exh_json_set(object, "findings", texts_json(&d->findings));
    exh_json_set(object, "changes", texts_json(&d->changes));
    return object;
}

static void print_texts(const char *label, const struct exh_strings *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        print_field(label, texts->at[i]);
}

struct asking { const struct session *session; const char *reference; bool found; };

static bool why_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct asking *asking = context;
    const struct exh_decision *d = r->decision;

    (void)err;
    if (strcmp(exh_retained_name(r), asking->reference) != 0)
        return true;
    asking->found = true;
    if (asking->session->json) {
        print_json(why_json(r));
        return true;
    }
    print_field(r->exhibit ? "exhibit" : "record of", exh_retained_name(r));
    print_field("case", r->one->id);
    print_field("decision", d ? d->sentence : "kept because nothing is known: the key of its case is gone");
    for (size_t i = 0; d && i < d->match_count; i++)
        print_texts("rule", &d->matches[i].lines);
    if (!d)
        return true;
    print_texts("hold", &d->holds);
    print_texts("finding", &d->findings);
    print_texts("would change", &d->changes);
    return true;
}

/* The case to ask about: the exhibit's, or, where a case is named, itself; NULL: the exhibit is gone, and that was told. */
static bool find_asked(const struct session *session, const char *name, const char **ret_case, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const struct exh_case *one = NULL;

    if (!exh_store_exhibit(session->store, name, &exhibit, err) || (!exhibit && !exh_store_case(session->store, name, &one, err)))
        return false;
    if (one) {
        *ret_case = one->id;
        return true;
    }
    if (exhibit && (exhibit->state == EXH_EXHIBIT_DESTROYED || exhibit->state == EXH_EXHIBIT_DESTROYING)) {
        *ret_case = NULL;
        return tell_tombstone(session, exhibit, err);
    }
    if (!exh_store_need_exhibit(session->store, name, &exhibit, err))
        return false;
    *ret_case = exhibit->case_id;
    return true;
}

static bool run_why(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct asking asking = { .session = session, .reference = o->operand };
    struct exh_moment now;
    const char *case_id;

    if (!find_asked(session, o->operand, &case_id, err) || !exh_retention_now(session->store, &now, err))
        return false;
    if (!case_id)
        return true;
    if (!read_retention(session, &retention, err)
        || !exh_retention_each(session->store, &retention, case_id, now, why_one, &asking, err))
        return false;
    return asking.found
        || exh_fail(err, EXH_USAGE, "%s is a case, and its record is decided on once all its exhibits are destroyed; 'exhibit case show %s' "
                    "lists them", o->operand, o->operand);
}

/* ---- retention simulate ---- */

static error_t parse_simulate(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_END)
        need(state, "policy", false);
    return parse_operand(key, argument, state, "policy");
}

struct simulation {
    const struct session *session;
    const struct exh_policy *before, *after;
    struct exh_setting setting;
    struct exh_moment now;
    size_t moved, seen;
};

static void print_move(const struct simulation *s, const struct exh_retained *r, const struct exh_comparison *c)
{
    if (!s->session->json) {
        printf("%-12s %-8s %s\n", r->exhibit ? r->exhibit->reference : "(record)", r->one->id, c->sentence);
        return;
    }
    struct exh_json *object = json_of_type("retention-move");
    exh_json_set_text(object, "exhibit", r->exhibit ? r->exhibit->reference : NULL);
    exh_json_set_text(object, "case", r->one->id);
    exh_json_set(object, "before", end_json(&c->before));
    exh_json_set(object, "after", end_json(&c->after));
    exh_json_set(object, "forward", end_json(&c->forward));
    exh_json_set_bool(object, "shortened", c->shortened);
    exh_json_set_bool(object, "lengthened", c->lengthened);
    exh_json_set_text(object, "text", c->sentence);
    print_json(object);
}

static bool simulate_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct simulation *s = context;
    EXH_CLEANUP(exh_comparison_clear) struct exh_comparison c = EXH_COMPARISON_NONE;

    s->seen++;
    if (!r->life)
        return true;
    if (!exh_policy_compare(s->before, s->after, s->now, &s->setting, r->life, &c, err))
        return false;
    if (c.shortened || c.lengthened) {
        print_move(s, r, &c);
        s->moved++;
    }
    return true;
}

static bool run_simulate(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_policy_clear) struct exh_policy after = EXH_POLICY_NONE;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct simulation s = { .session = session, .after = &after, .setting = { session->store->zone, &retention.confirmed } };

    if (!exh_retention_now(session->store, &s.now, err) || !exh_policy_read(o->operand, &after, err) || !read_retention(session, &retention, err))
        return false;
    s.before = exh_retention_policy(&retention);
    if (!exh_retention_each(session->store, &retention, NULL, s.now, simulate_one, &s, err))
        return false;
    say(session, "%zu of %zu exhibits would move", s.moved, s.seen);
    session->status = s.moved ? FINDINGS : 0;
    return true;
}

/* ---- the table's entries ---- */

static const struct argp_option reason_options[] = {
    { "reason", OPT_REASON, "WORDS", 0, "Why: who decided it, and where that is written", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};
static const struct argp_option check_options[] = {
    { "all", OPT_ALL, NULL, 0, "List every exhibit, what is kept too, and why", 0 },
    { "within", OPT_WITHIN, "DAYS", 0, "List also what will be due within so many days", 0 },
    { "sources", OPT_SOURCES, NULL, 0, "Say instead how long recorders keep what they record, and what the policy asks for", 0 },
    { 0 },
};

static const struct argp lint_argp = { NULL, parse_lint, "[FILE]",
    "Hold a policy's rules against each other and against what cases can be: the file named, or the policy in force. Exit status: 0 nothing "
    "is odd, 7 something is, 4 it is no policy.\vExamples:\n  exhibit retention lint policies/uk-local-authority.conf\n  exhibit retention lint",
    NULL, NULL, NULL };
static const struct argp adopt_argp = { reason_options, parse_adopt, "FILE",
    "Go by a policy from now on. The first is adopted by one person; one that takes the place of another is proposed by one, and adopted "
    "by another who names the same file. That is for the roles dpo and admin.\v"
    "Example:\n  exhibit retention adopt policies/uk-local-authority.conf --reason \"meeting of 3 March, item 4\"", NULL, NULL, NULL };
static const struct argp confirm_argp = { reason_options, parse_confirm, "RULE",
    "Confirm a rule that is not sure: from now on it makes things due in this store, until another policy is in force. That is for the roles "
    "dpo and admin.\vExample:\n  exhibit retention confirm R04 --reason \"agreed with the police, letter of 3 March\"", NULL, NULL, NULL };
static const struct argp check_argp = { check_options, parse_check, NULL,
    "Say of each exhibit what is due, and why the others are kept; the most urgent first. Nothing is disposed of. Exit status: 0 nothing is "
    "due, 7 something is, or a recorder keeps longer or shorter than the policy says, 5 the clock is behind the log.\v"
    "Examples:\n  exhibit retention check --within 30\n  exhibit retention check --all --json\n  exhibit retention check --sources",
    NULL, NULL, NULL };
static const struct argp why_argp = { NULL, parse_why, "EXHIBIT",
    "Say why an exhibit is kept, or due: the rules that match, what began them, the reckoning step by step, the legal source, the holds, and "
    "what would change it.\vExample:\n  exhibit retention why OP17", NULL, NULL, NULL };
static const struct argp simulate_argp = { NULL, parse_simulate, "FILE",
    "Show every exhibit whose date would move if a policy took the place of the one in force, and how: by itself, and from now on only. "
    "Nothing is changed. Exit status: 0 none would move, 7 some would.\vExample:\n  exhibit retention simulate new.conf", NULL, NULL, NULL };

const struct command cmd_retention_lint = { "retention lint", "look for what is odd in a policy of retention", &lint_argp, sizeof(struct options), 0, run_lint, NULL };
const struct command cmd_retention_adopt = { "retention adopt", "go by a policy of retention from now on", &adopt_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_adopt, NULL };
const struct command cmd_retention_confirm = { "retention confirm", "confirm a rule that is not sure", &confirm_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_confirm, NULL };
const struct command cmd_retention_check = { "retention check", "what is due, and why the rest is kept", &check_argp, sizeof(struct options), NEEDS_STORE,
    run_check, NULL };
const struct command cmd_retention_why = { "retention why", "why an exhibit is kept, or due", &why_argp, sizeof(struct options), NEEDS_STORE, run_why, NULL };
const struct command cmd_retention_simulate = { "retention simulate", "what another policy would move", &simulate_argp, sizeof(struct options), NEEDS_STORE,
    run_simulate, NULL };
