/* policy: the engine under the shipped policy, against the model of it. */
#include "policy_model.h"

enum { LIVES = 20000 };

/* ---- random lives ---- */

static const char *const words[] = { "reported",
                                     "arrested",
                                     "charged",
                                     "prosecuted",
                                     "issued",
                                     "no-further-action",
                                     "discontinued",
                                     "challenged",
                                     "convicted",
                                     "acquitted",
                                     "custody",
                                     "suspended-sentence",
                                     "appeal",
                                     "closed",
                                     "paid",
                                     "notified",
                                     "scoping",
                                     "decision-review",
                                     "decision-no-review",
                                     "terms-of-reference",
                                     "imr-requested",
                                     "overview-draft",
                                     "ho-qa-cleared",
                                     "published",
                                     "not-published",
                                     "action-plan-closed",
                                     "received",
                                     "answered",
                                     "refused",
                                     "opened",
                                     "closed",
                                     "frobnicated" };
enum { CRIMINAL_WORDS = 15, DHR_WORDS = 26 };
static uint64_t seed;

/* Most of them near together, so that days and orders collide. */
static int random_day(void)
{
    int base = first_of_month[2020][1];

    return below(&seed, 3) ? base + (int)below(&seed, 60) : base - 1500 + (int)below(&seed, 5000);
}

static struct exh_effect effect_on(int day)
{
    if (below(&seed, 3))
        return (struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = days[day] };
    int64_t at = (int64_t)day * 86400 + 631152000 + (int64_t)(below(&seed, 4) ? below(&seed, 24) : 23) * 3600
        + below(&seed, 3600);
    return (struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = { at * EXH_SECOND } };
}

static const char *random_word(void)
{
    if (below(&seed, 150) == 0)
        return words[EXH_COUNT(words) - 1];
    if (life.case_type == EXH_CASE_DHR)
        return words[CRIMINAL_WORDS + below(&seed, DHR_WORDS - CRIMINAL_WORDS)];
    if (life.case_type == EXH_CASE_SUBJECT_ACCESS || life.case_type == EXH_CASE_COMPLAINT)
        return words[DHR_WORDS + below(&seed, 5)];
    return words[below(&seed, CRIMINAL_WORDS)];
}

static void random_status(void)
{
    const char *word = random_word();
    int day = random_day();
    struct exh_status *made = status(word, "2020-01-01");

    made->effect = effect_on(day);
    made->superseded = below(&seed, 6) == 0;
    bool may_end = strcmp(word, "custody") == 0 || strcmp(word, "suspended-sentence") == 0;
    if (may_end && below(&seed, 4))
        made->end = effect_on(day + 2 + (int)below(&seed, 3000));
}

static void random_life(void)
{
    static const enum exh_item_kind items[] = { EXH_ITEM_MASTER,   EXH_ITEM_MASTER, EXH_ITEM_WORKING,
                                                EXH_ITEM_REDACTED, EXH_ITEM_STILL,  EXH_ITEM_TRAINING, EXH_ITEM_CASE_RECORD };

    a_case((enum exh_case_type)below(&seed, EXH_CASE_TYPES), items[below(&seed, EXH_COUNT(items))],
           below(&seed, 3) ? EXH_CUSTODIAN_COUNCIL : EXH_CUSTODIAN_POLICE);
    for (unsigned i = below(&seed, below(&seed, 2) ? 3 : 7); i > 0; i--)
        random_status();
    for (int i = 0; i < EXH_MATTERS; i++)
        if (below(&seed, 9) == 0)
            life.flags[i] =
                (struct exh_life_flag){ below(&seed, 2) ? EXH_MATTER_OPEN : EXH_MATTER_ENDED, effect_on(random_day()) };
    if (below(&seed, 4) == 0) {
        static const char *const outcomes[] = { "fine", "penalty-notice", "warning", "arrest", "none" };
        life.outcome = outcomes[below(&seed, EXH_COUNT(outcomes))];
        life.outcome_since = effect_on(random_day());
    }
    for (int i = 0; i < EXH_FACTS; i++)
        if (below(&seed, 4) == 0)
            life.facts[i] = effect_on(random_day());
    if (below(&seed, 12) == 0)
        hold("H1", "a reason", "2020-01-01", "");
    if (life.hold_count)
        holds[0].released = below(&seed, 2);
    life.now.ns =
        ((int64_t)(below(&seed, 2) ? random_day() : first_of_month[2037][1]) * 86400 + 631152000 + below(&seed, 86400))
        * EXH_SECOND;
    today = effect_day(&(struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = life.now });
}

static void random_confirmations(void)
{
    confirm_all();
    if (below(&seed, 2))
        return;
    exh_strings_clear(&confirmed);
    for (size_t i = 0; i < policy.rule_count; i++)
        if (below(&seed, 2))
            exh_strings_add(&confirmed, policy.rules[i].id);
}

/* ---- comparing ---- */

static void describe(int number, const struct answer *answer)
{
    for (size_t i = 0; i < life.status_count; i++)
        print_message("  %s day %d%s\n", statuses[i].word, status_days[i],
                      statuses[i].superseded ? " (superseded)" : "");
    for (size_t i = 0; i < decision.match_count; i++)
        for (size_t j = 0; j < decision.matches[i].lines.count; j++)
            print_message("  %s\n", decision.matches[i].lines.at[j]);
    fail_msg("life %d: the model says %s by %s, the engine: %s", number, exh_decision_kind_word(answer->kind),
             answer->rule >= 0 ? rules[answer->rule].id : "none", decision.sentence);
}

static bool agrees(const struct answer *answer)
{
    bool ends = answer->rule >= 0 && answer->last_day != NO_END;
    bool is_held = life.hold_count && !holds[0].released;
    const char *rule = decision.decider ? decision.decider->rule->id : "none";

    return decision.without_holds == answer->kind && decision.kind == (is_held ? EXH_KEPT_HELD : answer->kind)
        && strcmp(rule, answer->rule >= 0 ? rules[answer->rule].id : "none") == 0 && decision.has_end == ends
        && (!ends || decision.end.ns == end_of(answer->last_day) * EXH_SECOND)
        && (answer->rule < 0 || !ends
            || decision.then == (rules[answer->rule].traits & DELETES ? EXH_THEN_DELETE : EXH_THEN_REVIEW));
}

static int begin(void **state)
{
    read_policy("policies/uk-local-authority.conf", &policy);
    seed = 20261126;
    return clear_life(state);
}

static int end(void **state)
{
    (void)state;
    exh_decision_clear(&decision);
    exh_policy_clear(&policy);
    exh_strings_clear(&confirmed);
    return 0;
}

static void the_engine_decides_as_the_rules_written_out_by_hand(void **state)
{
    unsigned decided[EXH_COUNT(rules)] = { 0 }, kinds[4] = { 0 };

    (void)state;
    for (int i = 0; i < LIVES; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        if (i % 500 == 0)
            random_confirmations();
        random_life();
        struct answer answer = model();
        if (!exh_policy_decide(&policy, &setting, &life, &decision, &err))
            fail_msg("life %d: %s", i, err.text);
        if (!agrees(&answer))
            describe(i, &answer);
        kinds[decision.kind]++;
        if (answer.rule >= 0 && answer.kind == EXH_DUE)
            decided[answer.rule]++;
    }
    /* The lives are worth something only where they come to every kind of end, by every rule that has one. */
    for (size_t i = 0; i < EXH_COUNT(kinds); i++)
        assert_true(kinds[i] > 500);
    for (size_t i = 0; i < EXH_COUNT(rules); i++)
        if (decided[i] < 5 && rules[i].last_day != r05 && rules[i].last_day != r06 && rules[i].last_day != r09)
            fail_msg("%s was due %u times only", rules[i].id, decided[i]);
}

/* Whatever else is known, a hold keeps; and one more rule, flag or status that is not known never lets go. */
static void nothing_is_due_that_is_held_unknown_or_not_confirmed(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        random_life();
        unsigned which = below(&seed, 3);
        exh_strings_clear(&confirmed);
        if (which)
            confirm_all();
        if (which == 1)
            status("frobnicated", "2019-01-01");
        if (which == 2)
            holds[life.hold_count ? life.hold_count - 1 : life.hold_count++] =
                (struct exh_life_hold){ .id = "H9", .reason = "order" };
        if (!exh_policy_decide(&policy, &setting, &life, &decision, &err))
            fail_msg("%s", err.text);
        if (decision.kind == EXH_DUE && (which || !decision.decider->rule->sure))
            fail_msg("life %d: %s", i, decision.sentence);
    }
}

/* What is due stays due, for the same, and what is kept has the same end, whenever it is asked: only the future's stops
 * move it. */
static void time_alone_makes_no_review_a_deletion(void **state)
{
    (void)state;
    confirm_all();
    for (int i = 0; i < 3000; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, other = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_decision_clear) struct exh_decision much_later = EXH_DECISION_NONE;
        random_life();
        life.now = instant("2035-01-01T00:00:00Z");
        if (!exh_policy_decide(&policy, &setting, &life, &decision, &err))
            fail_msg("%s", err.text);
        life.now = instant("2150-01-01T00:00:00Z");
        if (!exh_policy_decide(&policy, &setting, &life, &much_later, &other))
            fail_msg("%s", other.text);
        assert_int_equal(decision.then, much_later.then);
        assert_int_equal(decision.has_end, much_later.has_end);
        assert_int_equal(decision.end.ns, much_later.end.ns);
    }
}

/* The shipped policy with its periods cut down: 6 months to 2, 31 days to 9. */
static void read_shortened(struct exh_policy *ret_policy)
{
    read_policy("policies/uk-local-authority.conf", ret_policy);
    for (size_t i = 0; i < ret_policy->rule_count; i++)
        for (size_t j = 0; j < ret_policy->rules[i].period.count; j++) {
            struct exh_period_step *step = &ret_policy->rules[i].period.steps[j];
            step->count = step->unit == EXH_DAYS ? 9 : (step->count + 2) / 3;
        }
}

/* No end, nor knowing, counts as the latest. */
static int64_t end_or_never(const struct exh_decision *d)
{
    return d->has_end && d->without_holds != EXH_KEPT_UNKNOWN ? d->end.ns : INT64_MAX;
}

static void check_forward(const struct exh_comparison *c, struct exh_moment effective, int number)
{
    const struct exh_match *decider = c->before.decider;
    bool is_first = decider && decider->rule->whichever_first;
    int began = decider ? effect_day(&decider->begun) : NO_MATCH;

    if (end_or_never(&c->forward) < end_or_never(&c->after))
        fail_msg("life %d lets go before the policy in force: %s", number, c->sentence);
    /* With what lets go early it is another matter: what it lets go before binds only where it began before too. */
    if (decider && !is_first && began != NO_MATCH && end_of(began) * EXH_SECOND <= effective.ns
        && end_or_never(&c->forward) < end_or_never(&c->before))
        fail_msg("life %d is shortened, though its period began before: %s", number, c->sentence);
    if (c->forward.has_end && c->after.has_end && c->before.has_end
        && end_or_never(&c->forward) > end_or_never(&c->after) && end_or_never(&c->forward) > end_or_never(&c->before))
        fail_msg("life %d is kept longer than either policy asks: %s", number, c->sentence);
}

static void a_new_version_never_lets_go_of_what_began_before_it(void **state)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy shortened = EXH_POLICY_NONE;
    unsigned bound = 0, free_of_it = 0;

    (void)state;
    read_shortened(&shortened);
    confirm_all();
    for (int i = 0; i < 5000; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_comparison_clear) struct exh_comparison c = EXH_COMPARISON_NONE;
        random_life();
        life.now = instant("2037-01-01T00:00:00Z");
        struct exh_moment effective = { ((int64_t)random_day() * 86400 + 631152000 + below(&seed, 86400))
                                        * EXH_SECOND };
        if (!exh_policy_compare(&policy, &shortened, effective, &setting, &life, &c, &err))
            fail_msg("%s", err.text);
        check_forward(&c, effective, i);
        bound += c.shortened && end_or_never(&c.forward) > end_or_never(&c.after);
        free_of_it += c.shortened && end_or_never(&c.forward) == end_or_never(&c.after);
    }
    assert_true(bound > 100 && free_of_it > 100);
}

static bool says_the_same(const struct exh_decision *a, const struct exh_decision *b)
{
    return a->kind == b->kind && a->without_holds == b->without_holds && a->unknown == b->unknown && a->has_end == b->has_end
        && a->end.ns == b->end.ns && a->then == b->then && (a->decider ? a->decider->rule : NULL) == (b->decider ? b->decider->rule : NULL);
}

/* At the last instant of it, and at one in between; what comes after is often another decision. */
static void a_decision_stands_until_the_instant_that_is_told(void **state)
{
    EXH_CLEANUP(exh_policy_clear) struct exh_policy shortened = EXH_POLICY_NONE;
    unsigned ended = 0, changed = 0, endless = 0;

    (void)state;
    read_shortened(&shortened);
    confirm_all();
    for (int i = 0; i < LIVES / 4; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        const struct exh_policy_version versions[] = { { &policy, { INT64_MIN } }, { &shortened, instant("2021-03-01T12:00:00Z") } };
        random_life();
        if (!exh_policy_decide_versions(versions, 2, &setting, &life, &decision, &err))
            fail_msg("%s", err.text);
        const struct exh_moment now = life.now, until = exh_decision_until(&decision, versions, 2, &setting, &life);
        const int64_t span = (until.ns == INT64_MAX ? now.ns + (int64_t)90 * 365 * 86400 * EXH_SECOND : until.ns) - now.ns;
        assert_true(span > 0);
        endless += until.ns == INT64_MAX;
        ended += until.ns != INT64_MAX;
        const int64_t steps[] = { span - 1, (int64_t)(next_random(&seed) % (uint64_t)span), span };
        for (size_t step = 0; step < EXH_COUNT(steps); step++) {
            EXH_CLEANUP(exh_decision_clear) struct exh_decision then = EXH_DECISION_NONE;
            life.now.ns = now.ns + steps[step];
            if (!exh_policy_decide_versions(versions, 2, &setting, &life, &then, &err))
                fail_msg("%s", err.text);
            if (steps[step] < span && !says_the_same(&decision, &then))
                fail_msg("life %d, %lld s on: %s; before: %s", i, (long long)(steps[step] / EXH_SECOND), then.sentence, decision.sentence);
            changed += steps[step] == span && !says_the_same(&decision, &then);
        }
    }
    if (endless < 500 || ended < 500 || changed < 200)
        fail_msg("%u endless, %u ended, %u of them changed", endless, ended, changed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_due_that_is_held_unknown_or_not_confirmed),
        TEST(time_alone_makes_no_review_a_deletion),
        TEST(a_new_version_never_lets_go_of_what_began_before_it),
        TEST(a_decision_stands_until_the_instant_that_is_told),
        TEST(the_engine_decides_as_the_rules_written_out_by_hand),
    };

    return cmocka_run_group_tests(tests, fill_calendar, NULL);
}
