/* exhibit retention plan, approve, apply, withdraw, plans: the destruction of what is due, by two people. */
#include "cmd.h"

#include "exhibit/sweep.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS = 7 };

struct options {
    const char *file;                    /* the plan */
    const char *out, *reason, *place, *witness;
    struct exh_strings reviewed;
    const char *grace, *most;
    bool dry_run;
};
enum { OPT_OUT = 0x100, OPT_REASON, OPT_PLACE, OPT_WITNESS, OPT_REVIEWED, OPT_GRACE, OPT_MOST, OPT_DRY_RUN };

static void clear_options(void *options)
{
    exh_strings_clear(&((struct options *)options)->reviewed);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_OUT, offsetof(struct options, out) },         { OPT_REASON, offsetof(struct options, reason) },
        { OPT_PLACE, offsetof(struct options, place) },     { OPT_WITNESS, offsetof(struct options, witness) },
        { OPT_GRACE, offsetof(struct options, grace) },     { OPT_MOST, offsetof(struct options, most) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_REVIEWED: exh_strings_add(&o->reviewed, argument); return 0;
    case OPT_DRY_RUN:  o->dry_run = true; return 0;
    default:           return parse_text_options(key, argument, state, texts);
    }
}

/* Of a command that takes a plan's file. */
static error_t parse_file(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one plan at a time");
        o->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "which plan? Name its file");
        return 0;
    default: return parse(key, argument, state);
    }
}

static bool read_number(const char *option, const char *words, unsigned otherwise, unsigned most, unsigned *ret_number, struct exh_error *err)
{
    uint64_t number = otherwise;

    if (words && !exh_text_number(words, most, &number))
        return exh_fail(err, EXH_USAGE, "%s: '%s' is not a number from 0 to %u", option, words, most);
    *ret_number = (unsigned)number;
    return true;
}

/* ---- a plan, told ---- */

static struct exh_json *item_json(const struct exh_disposal_item *item)
{
    struct exh_json *object = exh_json_object();

    exh_json_set_text(object, "exhibit", *item->exhibit ? item->exhibit : NULL);
    exh_json_set_text(object, "case", item->case_id);
    exh_json_set_text(object, "rule", item->rule);
    exh_json_set_text(object, "then", exh_then_word(item->then));
    exh_json_set(object, "due", moment_json(item->due));
    return object;
}

static void print_plan_json(const struct exh_disposal_plan *plan, const char *state)
{
    struct exh_json *object = json_of_type("disposal-plan"), *items = exh_json_array();

    exh_json_set_text(object, "state", state);
    exh_json_set_text(object, "sha256", *plan->digest ? plan->digest : NULL);
    exh_json_set(object, "made", moment_json(plan->made));
    exh_json_set(object, "expires", moment_json(plan->expires));
    exh_json_set_int(object, "grace_days", plan->grace_days);
    exh_json_set_int(object, "exhibits", (int64_t)plan->exhibits);
    exh_json_set_int(object, "share_percent", exh_disposal_plan_share(plan));
    for (size_t i = 0; i < plan->item_count; i++)
        exh_json_add(items, item_json(&plan->items[i]));
    exh_json_set(object, "items", items);
    exh_json_set(object, "waits", texts_json(&plan->waits));
    exh_json_set_int(object, "for_review", (int64_t)plan->reviews);
    print_json(object);
}

static void print_item(const struct session *session, const struct exh_disposal_item *item)
{
    char due[EXH_MOMENT_SIZE];

    exh_moment_local(item->due, session->store->zone, due);
    printf("%-12s %-8s %-8s %s: %s\n", *item->exhibit ? item->exhibit : "(key)", item->case_id, item->rule, due, item->title);
}

static void print_plan(const struct session *session, const struct exh_disposal_plan *plan, const char *state)
{
    EXH_CLEANUP(exh_freep) char *share = exh_format("%zu of %zu exhibits, %u%%", exh_disposal_plan_exhibits(plan), plan->exhibits, exh_disposal_plan_share(plan));
    EXH_CLEANUP(exh_freep) char *grace = exh_format("%u days from its approval", plan->grace_days);
    char expires[EXH_MOMENT_SIZE];

    if (session->json) {
        print_plan_json(plan, state);
        return;
    }
    exh_moment_local(plan->expires, session->store->zone, expires);
    for (size_t i = 0; i < plan->item_count; i++)
        print_item(session, &plan->items[i]);
    for (size_t i = 0; i < plan->waits.count; i++)
        print_field("waits", plan->waits.at[i]);
    print_field("plan", plan->digest);
    print_field("takes", share);
    print_field("grace", grace);
    print_field("expires", expires);
    print_field("reason", plan->reason);
}

/* ---- retention plan ---- */

static error_t parse_plan(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;

    if (key == ARGP_KEY_END && !o->out && !o->dry_run)
        argp_error(state, "where to? Name the plan's file with --out");
    return parse(key, argument, state);
}

static bool run_plan(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;
    struct exh_disposal_options with = { .out = o->out, .reviewed = &o->reviewed, .reason = o->reason, .dry_run = o->dry_run };

    if (!read_number("--grace", o->grace, EXH_GRACE_DAYS, EXH_GRACE_DAYS_MOST, &with.grace_days, err)
        || !exh_sweep_plan(session->store, &with, &plan, err))
        return false;
    print_plan(session, &plan, o->dry_run ? "dry-run" : "proposed");
    if (plan.reviews)
        say(session, "%zu more are due for review: 'exhibit retention check' lists them, and --reviewed EXHIBIT takes one into a plan", plan.reviews);
    say(session, o->dry_run ? "nothing was written or entered" : "it waits for another person: 'exhibit retention approve %s'", o->out);
    session->status = plan.waits.count ? FINDINGS : 0;
    return true;
}

/* ---- retention approve ---- */

static bool run_approve(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_disposal_plan_clear) struct exh_disposal_plan plan = EXH_DISPOSAL_PLAN_NONE;

    if (!exh_sweep_approve(session->store, o->file, o->dry_run, &plan, err))
        return false;
    print_plan(session, &plan, o->dry_run ? "dry-run" : "approved");
    say(session, o->dry_run ? "it can be approved; nothing was entered" : "it is approved: after %u days of grace, 'exhibit retention apply %s'",
        plan.grace_days, o->file);
    return true;
}

/* ---- retention apply, retention withdraw ---- */

static void print_differences(const struct session *session, const struct exh_swept *swept)
{
    for (size_t i = 0; i < swept->differs.count; i++) {
        if (!session->json) {
            print_field("differs", swept->differs.at[i]);
            continue;
        }
        struct exh_json *object = json_of_type("disposal-difference");
        exh_json_set_text(object, "text", swept->differs.at[i]);
        print_json(object);
    }
}

static void print_swept(const struct session *session, const struct exh_swept *swept, const char *state)
{
    EXH_CLEANUP(exh_freep) char *destroyed = exh_format("%zu exhibits", swept->destroyed), *keys = exh_format("%zu", swept->keys);

    if (session->json) {
        struct exh_json *object = json_of_type("disposal");
        exh_json_set_text(object, "state", state);
        exh_json_set_int(object, "destroyed", (int64_t)swept->destroyed);
        exh_json_set_int(object, "keys", (int64_t)swept->keys);
        exh_json_set_text(object, "certificate", swept->certificate);
        exh_json_set(object, "not_reached", texts_json(&swept->not_reached));
        print_json(object);
        return;
    }
    print_field("destroyed", destroyed);
    if (swept->keys)
        print_field("case keys", keys);
    print_field("certificate", swept->certificate);
    for (size_t i = 0; i < swept->not_reached.count; i++)
        print_field("not reached", swept->not_reached.at[i]);
}

static void tell(void *context, uint64_t done, uint64_t count)
{
    (void)context;
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "items", .done = done, .whole = count });
}

static bool apply(struct session *session, const struct options *o, struct exh_swept *swept, struct exh_error *err)
{
    struct exh_apply_options with = { .place = o->place, .witness = o->witness, .dry_run = o->dry_run, .interrupted = watch_is_interrupted,
                                       .progress = tell };

    if (!read_number("--most", o->most, EXH_SHARE_PERCENT, 100, &with.most_percent, err))
        return false;
    const struct watch watch = watch_begin(session, "destroying");
    bool done = exh_sweep_apply(session->store, o->file, &with, swept, err);
    watch_clear();
    if (!done)
        print_differences(session, swept);
    if (!done && swept->destroyed)
        say(session, "%zu exhibits are destroyed so far", swept->destroyed);
    watch_end(&watch, done, err);
    return done;
}

static bool run_apply(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_swept_clear) struct exh_swept swept = EXH_SWEPT_NONE;

    if (!apply(session, o, &swept, err))
        return false;
    if (o->dry_run) {
        say(session, "everything is as it was when the plan was made; nothing was destroyed");
        return true;
    }
    print_swept(session, &swept, "done");
    return true;
}

static error_t parse_withdraw(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;

    if (key == ARGP_KEY_END && !o->reason)
        argp_error(state, "why? Say it with --reason");
    return parse_file(key, argument, state);
}

static bool run_withdraw(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_swept_clear) struct exh_swept swept = EXH_SWEPT_NONE;

    if (!exh_sweep_withdraw(session->store, o->file, o->reason, o->dry_run, &swept, err))
        return false;
    if (o->dry_run) {
        say(session, "it can be withdrawn; nothing was entered");
        return true;
    }
    print_swept(session, &swept, swept.certificate ? "done" : "withdrawn");
    return true;
}

/* ---- retention plans ---- */

static struct exh_json *end_json(const struct exh_disposal *one)
{
    bool ended = one->state == EXH_DISPOSAL_WITHDRAWN || one->state == EXH_DISPOSAL_DONE;

    return ended ? moment_json(one->ended) : exh_json_text(NULL);
}

static void print_disposal(const struct session *session, const struct exh_disposal *one)
{
    const struct exh_person *person = exh_keyring_find(&session->store->keyring, one->proposed_by);
    char proposed[EXH_MOMENT_SIZE];

    if (!session->json) {
        exh_moment_local((struct exh_moment){ one->proposed.ns / EXH_SECOND * EXH_SECOND }, session->store->zone, proposed);
        printf("%.12s %-10s %s by %s, %zu destroyed\n", one->plan, exh_disposal_state_word(one->state), proposed,
               person && person->initials ? person->initials : one->proposed_by, one->destroyed);
        return;
    }
    struct exh_json *object = json_of_type("disposal-state");
    exh_json_set_text(object, "plan", one->plan);
    exh_json_set_text(object, "state", exh_disposal_state_word(one->state));
    exh_json_set_text(object, "proposed_by", one->proposed_by);
    exh_json_set_text(object, "approved_by", *one->approved_by ? one->approved_by : NULL);
    exh_json_set(object, "proposed", moment_json(one->proposed));
    exh_json_set(object, "approved", *one->approved_by ? moment_json(one->approved) : exh_json_text(NULL));
    exh_json_set(object, "ended", end_json(one));
    exh_json_set_int(object, "destroyed", (int64_t)one->destroyed);
    exh_json_set_int(object, "keys", (int64_t)one->keys);
    print_json(object);
}

static bool run_plans(struct session *session, const void *options, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;
    bool waiting = false;

    (void)options;
    if (!exh_disposals_read(session->store, &disposals, err))
        return false;
    for (size_t i = 0; i < disposals.count; i++) {
        print_disposal(session, &disposals.at[i]);
        waiting = waiting || disposals.at[i].state == EXH_DISPOSAL_PROPOSED || disposals.at[i].state == EXH_DISPOSAL_APPROVED;
    }
    session->status = waiting ? FINDINGS : 0;
    return true;
}

/* ---- the table's entries ---- */

static const struct argp_option plan_options[] = {
    { "out", OPT_OUT, "FILE", 0, "The plan's file; its two signatures stand beside it", 0 },
    { "reviewed", OPT_REVIEWED, "EXHIBIT", 0, "Take in an exhibit that is due for review, and was reviewed; may be given more than once", 0 },
    { "reason", OPT_REASON, "WORDS", 0, "Why; needed with --reviewed", 0 },
    { "grace", OPT_GRACE, "DAYS", 0, "Days between approval and destruction (7)", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what the plan would have, and write and enter nothing", 0 },
    { 0 },
};
static const struct argp_option approve_options[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};
static const struct argp_option apply_options[] = {
    { "most", OPT_MOST, "PERCENT", 0, "The largest share of the store's exhibits that may go at once (10)", 0 },
    { "place", OPT_PLACE, "WORDS", 0, "Where it is done, for the certificate", 0 },
    { "witness", OPT_WITNESS, "NAME", 0, "Who looks on, for the certificate", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Decide everything anew, and destroy nothing", 0 },
    { 0 },
};
static const struct argp_option withdraw_options[] = {
    { "reason", OPT_REASON, "WORDS", 0, "Why", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static const struct argp plan_argp = { plan_options, parse_plan, NULL,
    "Propose to destroy what is due for deletion now. That is for the roles dpo and admin. A Master waits for its copies; what is due for review "
    "is taken in where it is named. Exit status: 0 it is proposed, 7 the same, and something that is due waits, 1 nothing can be planned.\v"
    "Examples:\n  exhibit retention plan --dry-run\n  exhibit retention plan --out march.json\n"
    "  exhibit retention plan --out march.json --reviewed OP17 --reason \"reviewed 3 March, no use left\"", NULL, NULL, NULL };
static const struct argp approve_argp = { approve_options, parse_file, "FILE",
    "Approve a plan that another person proposed. The days of grace begin. That is for the roles dpo and admin.\v"
    "Example:\n  exhibit retention approve march.json", NULL, NULL, NULL };
static const struct argp apply_argp = { apply_options, parse_file, "FILE",
    "Destroy what an approved plan names, once its days of grace are over. Everything is decided anew first, and nothing is destroyed where "
    "anything differs: a hold, a status, a policy, a seal. Then a certificate is made. After an interruption the same command goes on.\v"
    "Examples:\n  exhibit retention apply march.json --dry-run\n  exhibit retention apply march.json --place \"control room\" --witness \"J. Doe\"", NULL, NULL, NULL };
static const struct argp withdraw_argp = { withdraw_options, parse_withdraw, "FILE|PLAN",
    "End a plan that is not to be carried out, named by its file or by its identifier. Of what was destroyed by it already a certificate is "
    "made, unless nobody has its file any more.\v"
    "Examples:\n  exhibit retention withdraw march.json --reason \"the court asked for OP17\"\n"
    "  exhibit retention withdraw 3f2a09c1d4e7 --reason \"its folder was lost with the disk\"", NULL, NULL, NULL };
static const struct argp plans_argp = { NULL, NULL, NULL,
    "List the plans of disposal, and where they stand. Exit status: 0 none waits, 7 some do.\vExample:\n  exhibit retention plans", NULL, NULL, NULL };

const struct command cmd_retention_plan = { "retention plan", "propose to destroy what is due", &plan_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_plan, clear_options };
const struct command cmd_retention_approve = { "retention approve", "approve a plan of another", &approve_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_approve, clear_options };
const struct command cmd_retention_apply = { "retention apply", "destroy what an approved plan names", &apply_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_apply, clear_options };
const struct command cmd_retention_withdraw = { "retention withdraw", "end a plan that is not to be carried out", &withdraw_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_withdraw, clear_options };
const struct command cmd_retention_plans = { "retention plans", "the plans, and where they stand", &plans_argp, sizeof(struct options), NEEDS_STORE,
    run_plans, clear_options };
