/* exhibit retention: the policies of retention, and what they say of each exhibit. Nothing is disposed of here. */
#include "cmd.h"

#include "exhibit/retention.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS = 7 };

struct options { const char *operand, *reason; bool all, dry_run; const char *within; };
enum { OPT_REASON = 0x100, OPT_ALL, OPT_WITHIN, OPT_DRY_RUN };

static error_t parse_operand(int key, char *argument, struct argp_state *state, const char *what)
{
    static const struct text_option texts[] = { { OPT_REASON, offsetof(struct options, reason) },
                                                { OPT_WITHIN, offsetof(struct options, within) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_ALL:     o->all = true; return 0;
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

    exh_json_set_text(object, "exhibit", r->exhibit->reference);
    exh_json_set_text(object, "case", r->one->id);
    exh_json_set_text(object, "decision", d ? exh_decision_kind_word(d->kind) : "unknown");
    exh_json_set_text(object, "unknown", !d ? "sealed" : d->unknown != EXH_KNOWN ? exh_unknown_word(d->unknown) : NULL);
    exh_json_set_text(object, "rule", d && d->decider ? d->decider->rule->id : NULL);
    exh_json_set(object, "end", end_json(d));
    exh_json_set_text(object, "then", d && d->has_end ? exh_then_word(d->then) : NULL);
    exh_json_set_text(object, "text", d ? d->sentence : "kept because nothing is known: the key of its case is gone");
    return object;
}

static void add_texts(struct exh_json *object, const char *name, const struct exh_strings *texts)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < texts->count; i++)
        exh_json_add_text(array, texts->at[i]);
    exh_json_set(object, name, array);
}

/* ---- retention check ---- */

/* A line of the result, kept until all are known: the most urgent come first. */
struct line { struct exh_json *json; char *text; struct exh_moment end; bool due; };
struct sweep {
    const struct session *session;
    struct exh_moment now, until;        /* what is due by then is listed */
    bool all;
    struct line *lines;
    size_t line_count;
    size_t deletion, review, soon, kept, held, unknown;
};

static void clear_sweep(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->line_count; i++) {
        exh_json_free(sweep->lines[i].json);
        free(sweep->lines[i].text);
    }
    free(sweep->lines);
}

static void count(struct sweep *sweep, const struct exh_decision *d, bool soon)
{
    if (!d || d->kind == EXH_KEPT_UNKNOWN)
        sweep->unknown++;
    else if (d->kind == EXH_KEPT_HELD)
        sweep->held++;
    else if (d->kind == EXH_KEPT_UNTIL)
        sweep->kept++;
    else if (d->then == EXH_THEN_DELETE)
        sweep->deletion++;
    else
        sweep->review++;
    sweep->soon += soon;
}

static bool check_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct sweep *sweep = context;
    const struct exh_decision *d = r->decision;
    bool due = d && d->kind == EXH_DUE, soon = d && d->kind == EXH_KEPT_UNTIL && d->has_end && d->end.ns <= sweep->until.ns;

    (void)err;
    count(sweep, d, soon);
    if (!sweep->all && !due && !soon)
        return true;
    sweep->lines = exh_realloc_array(sweep->lines, sweep->line_count + 1, sizeof *sweep->lines);
    sweep->lines[sweep->line_count++] = (struct line){
        .json = retained_json(r), .end = { d && d->has_end && (due || soon) ? d->end.ns : INT64_MAX }, .due = due,
        .text = exh_format("%-12s %-8s %s", r->exhibit->reference, r->one->id,
                           d ? d->sentence : "kept because nothing is known: the key of its case is gone") };
    return true;
}

static int by_urgency(const void *a, const void *b)
{
    const struct line *one = a, *other = b;

    return one->end.ns < other->end.ns ? -1 : one->end.ns > other->end.ns;
}

static void print_sweep(struct sweep *sweep)
{
    enum { FIRST = 20 };
    size_t most = sweep->all || sweep->session->json ? SIZE_MAX : FIRST;

    if (sweep->line_count)
        qsort(sweep->lines, sweep->line_count, sizeof *sweep->lines, by_urgency);
    for (size_t i = 0; i < sweep->line_count && i < most; i++) {
        if (sweep->session->json)
            print_json(exh_steal(&sweep->lines[i].json));
        else
            puts(sweep->lines[i].text);
    }
    if (sweep->line_count > most)
        say(sweep->session, "%zu more; --all or --json shows them", sweep->line_count - most);
}

static void print_counts(const struct sweep *sweep)
{
    if (!sweep->session->json) {
        say(sweep->session, "due for deletion %zu, due for review %zu, due soon %zu, kept %zu, held %zu, kept for want of knowledge %zu",
            sweep->deletion, sweep->review, sweep->soon, sweep->kept - sweep->soon, sweep->held, sweep->unknown);
        return;
    }
    struct exh_json *object = json_of_type("retention-check");
    exh_json_set_int(object, "deletion", (int64_t)sweep->deletion);
    exh_json_set_int(object, "review", (int64_t)sweep->review);
    exh_json_set_int(object, "soon", (int64_t)sweep->soon);
    exh_json_set_int(object, "kept", (int64_t)(sweep->kept - sweep->soon));
    exh_json_set_int(object, "held", (int64_t)sweep->held);
    exh_json_set_int(object, "unknown", (int64_t)sweep->unknown);
    exh_json_set(object, "as_of", moment_json(sweep->now));
    print_json(object);
}

/* A clock that is behind the log would make things due too late, or not at all: nothing is said by it. */
static bool tell_now(const struct exh_store *store, struct exh_moment *ret_now, struct exh_error *err)
{
    char now[EXH_MOMENT_SIZE], last[EXH_MOMENT_SIZE];

    *ret_now = exh_moment_now();
    exh_moment_utc((struct exh_moment){ ret_now->ns / EXH_SECOND * EXH_SECOND }, now);
    exh_moment_utc((struct exh_moment){ store->last.time.ns / EXH_SECOND * EXH_SECOND }, last);
    return ret_now->ns >= store->last.time.ns - 2 * EXH_SECOND
        || exh_fail(err, EXH_REFUSED, "the clock says %s, earlier than the log's last entry of %s: set the clock right", now, last);
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
    EXH_CLEANUP(clear_sweep) struct sweep sweep = { .session = session, .all = o->all };

    if (!tell_now(session->store, &sweep.now, err) || !read_within(o->within, sweep.now, &sweep.until, err)
        || !read_retention(session, &retention, err)
        || !exh_retention_each(session->store, &retention, NULL, sweep.now, check_one, &sweep, err))
        return false;
    print_sweep(&sweep);
    print_counts(&sweep);
    session->status = sweep.deletion || sweep.review ? FINDINGS : 0;
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
        add_texts(match, "reckoning", &d->matches[i].lines);
        exh_json_add(matches, match);
    }
    exh_json_set(object, "matches", matches);
    if (!d)
        return object;
    add_texts(object, "holds", &d->holds);
    add_texts(object, "findings", &d->findings);
    add_texts(object, "changes", &d->changes);
    return object;
}

static void print_texts(const char *label, const struct exh_strings *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        print_field(label, texts->at[i]);
}

struct asking { const struct session *session; const char *reference; };

static bool why_one(void *context, const struct exh_retained *r, struct exh_error *err)
{
    const struct asking *asking = context;
    const struct exh_decision *d = r->decision;

    (void)err;
    if (strcmp(r->exhibit->reference, asking->reference) != 0)
        return true;
    if (asking->session->json) {
        print_json(why_json(r));
        return true;
    }
    print_field("exhibit", r->exhibit->reference);
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

static bool run_why(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct asking asking = { session, o->operand };
    const struct exh_exhibit *exhibit;
    struct exh_moment now;

    return exh_store_need_exhibit(session->store, o->operand, &exhibit, err) && tell_now(session->store, &now, err)
        && read_retention(session, &retention, err)
        && exh_retention_each(session->store, &retention, exhibit->case_id, now, why_one, &asking, err);
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
        printf("%-12s %-8s %s\n", r->exhibit->reference, r->one->id, c->sentence);
        return;
    }
    struct exh_json *object = json_of_type("retention-move");
    exh_json_set_text(object, "exhibit", r->exhibit->reference);
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

    if (!tell_now(session->store, &s.now, err) || !exh_policy_read(o->operand, &after, err) || !read_retention(session, &retention, err))
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
    "due, 7 something is, 5 the clock is behind the log.\vExamples:\n  exhibit retention check --within 30\n  exhibit retention check --all --json",
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
