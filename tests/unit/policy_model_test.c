/* policy: the engine under the shipped policy, against a model in which each rule is written out by hand: slow, plain,
 * and knowing neither the file, nor terms, nor the zone database. */
#include "policy_life.h"

enum { FIRST_YEAR = 1990, LAST_YEAR = 2150, DAYS = 59000, LIVES = 20000 };
enum { NO_MATCH = -1, NO_END = 1 << 30 };

/* ---- the model's calendar: a list of all days ---- */

static struct exh_date days[DAYS];
static int first_of_month[LAST_YEAR + 1][13], day_count;

static int length_of(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return lengths[month - 1] + (month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0));
}

static int fill_calendar(void **state)
{
    (void)state;
    for (int year = FIRST_YEAR; year <= LAST_YEAR; year++)
        for (int month = 1; month <= 12; month++) {
            first_of_month[year][month] = day_count;
            for (int day = 1; day <= length_of(year, month); day++)
                days[day_count++] = (struct exh_date){ year, month, day };
        }
    return 0;
}

static int number_of(struct exh_date d)
{
    return first_of_month[d.year][d.month] + d.day - 1;
}

/* Month by month, and back to the month's last day where it is too short. */
static int plus_months(int day, int months)
{
    struct exh_date d = days[day];

    for (int i = 0; i < months; i++)
        if (++d.month > 12) {
            d.month = 1;
            d.year++;
        }
    if (d.day > length_of(d.year, d.month))
        d.day = length_of(d.year, d.month);
    return number_of(d);
}

/* 1990-01-01 was a Monday. */
static int last_sunday(int year, int month)
{
    int day = first_of_month[year][month] + length_of(year, month) - 1;

    while (day % 7 != 6)
        day--;
    return day;
}

/* Whether London's clocks are an hour ahead at @hour UTC of a day: from 01:00 UTC of the last Sunday of March to that
 * of October, since 1996. */
static bool is_summer(int day, int hour)
{
    int begin = last_sunday(days[day].year, 3), end_day = last_sunday(days[day].year, 10);

    return (day > begin || (day == begin && hour >= 1)) && (day < end_day || (day == end_day && hour < 1));
}

/* Seconds at the midnight that ends the day. In summer it is an hour earlier. */
static int64_t end_of(int day)
{
    int64_t midnight = (int64_t)(day + 1) * 86400 + 631152000;
    bool summer = is_summer(day, 23);

    return summer ? midnight - 3600 : midnight;
}

/* ---- what happened, by day numbers ---- */

/* Where something stands: a day, and of statuses their order within it. */
struct place { int day, order; };
static const struct place never = { NO_MATCH, NO_MATCH };
static int status_days[STATUSES], today;

static bool is_after(struct place a, struct place b)
{
    return a.day > b.day || (a.day == b.day && a.order > b.order);
}

static struct place later(struct place a, struct place b)
{
    return is_after(b, a) ? b : a;
}

/* The latest status out of @words ("charged convicted"), none after @until. */
static struct place latest(const char *words, int until)
{
    struct place found = never;

    for (size_t i = 0; i < life.status_count; i++) {
        EXH_CLEANUP(exh_freep) char *padded = exh_format(" %s ", words), *word = exh_format(" %s ", statuses[i].word);
        struct place one = { status_days[i], (int)i };
        if (!statuses[i].superseded && strstr(padded, word) && one.day <= until)
            found = later(found, one);
    }
    return found;
}

static int effect_day(const struct exh_effect *effect)
{
    if (effect->kind == EXH_EFFECT_NONE)
        return NO_MATCH;
    if (effect->kind == EXH_EFFECT_DAY)
        return number_of(effect->day);
    int64_t seconds = effect->instant.ns / EXH_SECOND - 631152000;
    int day = (int)(seconds / 86400), hour = (int)(seconds % 86400 / 3600);
    return hour == 23 && is_summer(day, hour) ? day + 1 : day;
}

static int fact_day(enum exh_fact fact_asked)
{
    return effect_day(&life.facts[fact_asked]);
}

static bool is_open(enum exh_life_matter which)
{
    return life.flags[which].state == EXH_MATTER_OPEN;
}

/* NO_MATCH: it never was, or is open. */
static int ended_day(enum exh_life_matter which)
{
    return life.flags[which].state == EXH_MATTER_ENDED ? effect_day(&life.flags[which].since) : NO_MATCH;
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

/* The last end of the statuses out of @words; NO_END while one of them has none. */
static int last_end(const char *words)
{
    int last = NO_MATCH;

    for (size_t i = 0; i < life.status_count; i++) {
        EXH_CLEANUP(exh_freep) char *padded = exh_format(" %s ", words), *word = exh_format(" %s ", statuses[i].word);
        if (statuses[i].superseded || !strstr(padded, word))
            continue;
        if (statuses[i].end.kind == EXH_EFFECT_NONE)
            return NO_END;
        last = max(last, effect_day(&statuses[i].end));
    }
    return last;
}

/* ---- the rules: the last day that each keeps ---- */

static bool is_criminal(void)
{
    return life.case_type == EXH_CASE_ARREST || life.case_type == EXH_CASE_ENFORCEMENT
        || life.case_type == EXH_CASE_OTHER;
}

static bool is_council(void)
{
    return life.custodian == EXH_CUSTODIAN_COUNCIL;
}

static int r02(void)
{
    int collected = fact_day(EXH_FACT_COLLECTED), left = fact_day(EXH_FACT_HANDED_OVER);

    if (life.case_type != EXH_CASE_OTHER || collected == NO_MATCH
        || (left != NO_MATCH && left <= today && left >= collected))
        return NO_MATCH;
    return collected + 31;
}

static int r03(void)
{
    int ready = fact_day(EXH_FACT_READY), left = fact_day(EXH_FACT_HANDED_OVER), receipt = fact_day(EXH_FACT_RECEIPT);

    if (ready == NO_MATCH || (left != NO_MATCH && left <= today && left >= ready)
        || (receipt != NO_MATCH && receipt <= today && receipt >= ready))
        return NO_MATCH;
    return ready + 31;
}

static int r04(void)
{
    int receipt = fact_day(EXH_FACT_RECEIPT);

    return is_council() || receipt == NO_MATCH ? NO_MATCH : receipt + 31;
}

static int r05(void)
{
    struct place begun = latest("reported arrested", NO_END);
    struct place decided = latest("charged prosecuted issued no-further-action discontinued convicted acquitted closed", today);

    return !is_criminal() || !is_council() || begun.day == NO_MATCH || is_after(decided, begun) ? NO_MATCH : NO_END;
}

static int r06(void)
{
    struct place begun = latest("charged prosecuted", NO_END), decided = latest("convicted acquitted discontinued", today);

    return !is_criminal() || !is_council() || begun.day == NO_MATCH || is_after(decided, begun) ? NO_MATCH : NO_END;
}

static int r07(void)
{
    struct place convicted = latest("convicted", NO_END);

    return !is_criminal() || !is_council() || convicted.day == NO_MATCH ? NO_MATCH : plus_months(convicted.day, 6);
}

static int r08(void)
{
    struct place custody = latest("custody", NO_END), convicted = latest("convicted", NO_END);

    if (!is_criminal() || !is_council() || custody.day == NO_MATCH || is_after(latest("acquitted", today), custody))
        return NO_MATCH;
    int base = convicted.day != NO_MATCH ? convicted.day : custody.day;
    return max(plus_months(base, 6), last_end("custody"));
}

static int r09(void)
{
    return is_open(EXH_MATTER_APPEAL) ? NO_END : NO_MATCH;
}

static int r10(void)
{
    struct place ended = latest("acquitted no-further-action discontinued", NO_END);

    return !is_criminal() || !is_council() || ended.day == NO_MATCH ? NO_MATCH : ended.day + 31;
}

static int r11(void)
{
    int last = last_end("suspended-sentence");

    if (!is_criminal() || !is_council() || last == NO_MATCH)
        return NO_MATCH;
    return last == NO_END ? NO_END : plus_months(last, 6);
}

static int after_the_offence(struct place trigger)
{
    int recorded = fact_day(EXH_FACT_RECORDED);

    return plus_months(recorded != NO_MATCH ? recorded : trigger.day, 6) + 31;
}

static struct place of_outcome(const char *one, const char *other)
{
    bool is_it = life.outcome && (strcmp(life.outcome, one) == 0 || strcmp(life.outcome, other) == 0);

    return (struct place){ .day = is_it ? effect_day(&life.outcome_since) : NO_MATCH };
}

static int r12(void)
{
    struct place warned = of_outcome("warning", "warning");

    return !is_criminal() || warned.day == NO_MATCH ? NO_MATCH : after_the_offence(warned);
}

static int r12_fine(void)
{
    struct place fined = of_outcome("fine", "penalty-notice"), paid = latest("paid", NO_END);

    if (!is_criminal() || fined.day == NO_MATCH)
        return NO_MATCH;
    if (paid.day == NO_MATCH || is_open(EXH_MATTER_APPEAL))
        return NO_END;
    return max(after_the_offence(fined), max(paid.day, ended_day(EXH_MATTER_APPEAL)));
}

static int r13(void)
{
    struct place convicted = latest("convicted", NO_END);

    if (life.case_type != EXH_CASE_ENFORCEMENT || !is_council() || convicted.day == NO_MATCH)
        return NO_MATCH;
    return plus_months(convicted.day, 72);
}

static bool is_parallel_open(void)
{
    return is_open(EXH_MATTER_CRIMINAL) || is_open(EXH_MATTER_INQUEST);
}

static int parallel_ended(void)
{
    return max(ended_day(EXH_MATTER_CRIMINAL), ended_day(EXH_MATTER_INQUEST));
}

static int r14(void)
{
    struct place going =
        latest("notified scoping decision-review terms-of-reference imr-requested overview-draft csp-approved "
               "ho-qa-submitted ho-qa-revise ho-qa-cleared",
               NO_END);
    struct place published = latest("published not-published", NO_END), refused = latest("decision-no-review", today);
    bool is_done = published.day != NO_MATCH && !is_after(going, published) && !is_parallel_open();
    struct place begun = is_done ? later(published, (struct place){ parallel_ended(), -1 }) : going;

    if (life.case_type != EXH_CASE_DHR || (refused.day != NO_MATCH && !is_after(begun, refused)))
        return NO_MATCH;
    return is_done ? plus_months(begun.day, 12) : NO_END;
}

static int r14_no_review(void)
{
    struct place refused = latest("decision-no-review", NO_END);
    struct place again = latest("decision-review terms-of-reference imr-requested overview-draft", today);
    struct place begun = is_parallel_open() ? refused : later(refused, (struct place){ parallel_ended(), -1 });

    if (life.case_type != EXH_CASE_DHR || refused.day == NO_MATCH || (again.day != NO_MATCH && !is_after(begun, again)))
        return NO_MATCH;
    return is_parallel_open() ? NO_END : begun.day + 31;
}

static int r15(void)
{
    int ended = ended_day(EXH_MATTER_INQUEST);

    if (is_open(EXH_MATTER_INQUEST))
        return NO_END;
    return ended == NO_MATCH ? NO_MATCH : plus_months(ended, 6);
}

static int claim(enum exh_life_matter which, int years)
{
    int ended = ended_day(which), event = max(fact_day(EXH_FACT_RECORDED), fact_day(EXH_FACT_MAJORITY));

    if (is_open(which))
        return NO_END;
    if (ended == NO_MATCH)
        return NO_MATCH;
    return max(ended, plus_months(event != NO_MATCH ? event : ended, 12 * years));
}

static int r16(void)
{
    return claim(EXH_MATTER_CLAIM, 6);
}

static int r16_injury(void)
{
    return claim(EXH_MATTER_INJURY, 3);
}

static int answered(enum exh_case_type type, const char *begun, const char *words, int months)
{
    struct place received = latest(begun, NO_END), done = latest(words, NO_END);

    if (life.case_type != type)
        return NO_MATCH;
    return done.day == NO_MATCH || is_after(received, done) ? NO_END : plus_months(done.day, months);
}

static int r17(void)
{
    return answered(EXH_CASE_SUBJECT_ACCESS, "received", "answered refused", 3);
}

static int r18(void)
{
    return answered(EXH_CASE_COMPLAINT, "opened", "closed", 6);
}

static int r19(void)
{
    int met = fact_day(EXH_FACT_PURPOSE);

    return life.item == EXH_ITEM_MASTER || met == NO_MATCH ? NO_MATCH : met + 31;
}

static int r22(void)
{
    int collected = fact_day(EXH_FACT_COLLECTED);

    return collected == NO_MATCH ? NO_MATCH : collected + 31;
}

enum trait { SURE = 1, DELETES = 2, WITHOUT_STATUS = 4, FIRST = 8, TRAINING = 16 };
static const struct { const char *id; int (*last_day)(void); int traits; } rules[] = {
    { "R02", r02, WITHOUT_STATUS }, { "R03", r03, WITHOUT_STATUS }, { "R04", r04, WITHOUT_STATUS | DELETES },
    { "R05", r05, SURE }, { "R06", r06, SURE }, { "R07", r07, SURE }, { "R08", r08, SURE }, { "R09", r09, SURE },
    { "R10", r10, DELETES }, { "R11", r11, 0 }, { "R12", r12, DELETES }, { "R12-fine", r12_fine, DELETES },
    { "R13", r13, 0 }, { "R14", r14, 0 }, { "R14-no-review", r14_no_review, 0 }, { "R15", r15, WITHOUT_STATUS },
    { "R16", r16, SURE | DELETES | WITHOUT_STATUS }, { "R16-injury", r16_injury, SURE | DELETES | WITHOUT_STATUS },
    { "R17", r17, 0 }, { "R18", r18, 0 }, { "R19", r19, DELETES | WITHOUT_STATUS | FIRST },
    { "R22", r22, DELETES | WITHOUT_STATUS | TRAINING },
};

/* ---- the model's decision ---- */

struct answer { enum exh_decision_kind kind; int rule, last_day; };

static bool is_taken(int rule)
{
    return rules[rule].traits & SURE || exh_strings_contain(&confirmed, rules[rule].id);
}

/* The rule that keeps longest; -1 where none matches. Of equal ones a review, then one that is taken. */
static int find_longest(const int last[], int which)
{
    int best = -1;

    for (int i = 0; i < (int)EXH_COUNT(rules); i++) {
        if (last[i] == NO_MATCH || (rules[i].traits & FIRST) != which)
            continue;
        bool same = best >= 0 && last[i] == last[best];
        bool ends = last[i] != NO_END;
        bool review = same && ends && !(rules[i].traits & DELETES) && rules[best].traits & DELETES;
        bool alike = same && (!ends || (rules[i].traits & DELETES) == (rules[best].traits & DELETES));
        if (best < 0 || last[i] > last[best] || review || (alike && is_taken(i) && !is_taken(best)))
            best = i;
    }
    return best;
}

static int choose(const int last[])
{
    int longest = find_longest(last, 0), first = find_longest(last, FIRST);

    if (longest < 0)
        return first;
    return first >= 0 && is_taken(first) && last[first] < last[longest] ? first : longest;
}

static bool has_unknown_word(void)
{
    for (size_t i = 0; i < life.status_count; i++)
        if (!statuses[i].superseded && strcmp(statuses[i].word, "frobnicated") == 0)
            return true;
    return false;
}

static bool has_any_status(void)
{
    for (size_t i = 0; i < life.status_count; i++)
        if (!statuses[i].superseded)
            return true;
    return false;
}

static struct answer model(void)
{
    int last[EXH_COUNT(rules)];
    int64_t now = life.now.ns / EXH_SECOND;
    struct answer answer = { EXH_KEPT_UNTIL, -1, NO_MATCH };

    for (size_t i = 0; i < life.status_count; i++)
        status_days[i] = effect_day(&statuses[i].effect);
    for (size_t i = 0; i < EXH_COUNT(rules); i++) {
        bool is_for_training = rules[i].traits & TRAINING;
        last[i] = is_for_training == (life.item == EXH_ITEM_TRAINING) ? rules[i].last_day() : NO_MATCH;
    }
    answer.rule = choose(last);
    if (answer.rule >= 0)
        answer.last_day = last[answer.rule];
    bool ends = answer.rule >= 0 && answer.last_day != NO_END;
    bool is_past = ends && end_of(answer.last_day) <= now;
    if (answer.rule < 0 || has_unknown_word()
        || (ends && !has_any_status() && !(rules[answer.rule].traits & WITHOUT_STATUS))
        || (is_past && !is_taken(answer.rule)))
        answer.kind = EXH_KEPT_UNKNOWN;
    else if (is_past)
        answer.kind = EXH_DUE;
    return answer;
}

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
                                                EXH_ITEM_REDACTED, EXH_ITEM_STILL,  EXH_ITEM_TRAINING };

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
    int begun = decider ? effect_day(&decider->begun) : NO_MATCH;

    if (end_or_never(&c->forward) < end_or_never(&c->after))
        fail_msg("life %d lets go before the policy in force: %s", number, c->sentence);
    /* With what lets go early it is another matter: what it lets go before binds only where it began before too. */
    if (decider && !is_first && begun != NO_MATCH && end_of(begun) * EXH_SECOND <= effective.ns
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_due_that_is_held_unknown_or_not_confirmed),
        TEST(time_alone_makes_no_review_a_deletion),
        TEST(a_new_version_never_lets_go_of_what_began_before_it),
        TEST(the_engine_decides_as_the_rules_written_out_by_hand),
    };

    return cmocka_run_group_tests(tests, fill_calendar, NULL);
}
