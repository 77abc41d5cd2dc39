/* A model of the shipped policy, in which each rule is written out by hand: slow, plain, and knowing neither the file, nor terms, nor the
 * zone database. */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "policy_life.h"

enum { FIRST_YEAR = 1990, LAST_YEAR = 2150, DAYS = 59000 };
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

/* ---- a version's periods, and what began a rule ---- */

/* Of the version that is asked: what it makes of 31 days, and of so many months or years of the shipped policy. */
static int the_days = 31;
static int (*the_count)(int count);

static int months(int count)
{
    return the_count ? the_count(count) : count;
}

/* What the rule that was asked last began with; none: when the item was collected. */
static struct exh_effect begun;

static void begin_with(const struct exh_effect *effect)
{
    begun = *effect;
}

static void begin_with_status(struct place place)
{
    begun = statuses[place.order].effect;
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
    begin_with(&life.facts[EXH_FACT_COLLECTED]);
    return collected + the_days;
}

static int r03(void)
{
    int ready = fact_day(EXH_FACT_READY), left = fact_day(EXH_FACT_HANDED_OVER), receipt = fact_day(EXH_FACT_RECEIPT);

    if (ready == NO_MATCH || (left != NO_MATCH && left <= today && left >= ready)
        || (receipt != NO_MATCH && receipt <= today && receipt >= ready))
        return NO_MATCH;
    begin_with(&life.facts[EXH_FACT_READY]);
    return ready + the_days;
}

static int r04(void)
{
    int receipt = fact_day(EXH_FACT_RECEIPT);

    begin_with(&life.facts[EXH_FACT_RECEIPT]);
    return is_council() || receipt == NO_MATCH ? NO_MATCH : receipt + the_days;
}

static int r05(void)
{
    struct place begin = latest("reported arrested", NO_END);
    struct place decided = latest("charged prosecuted issued no-further-action discontinued convicted acquitted closed", today);

    if (!is_criminal() || !is_council() || begin.day == NO_MATCH || is_after(decided, begin))
        return NO_MATCH;
    begin_with_status(begin);
    return NO_END;
}

static int r06(void)
{
    struct place begin = latest("charged prosecuted", NO_END), decided = latest("convicted acquitted discontinued", today);

    if (!is_criminal() || !is_council() || begin.day == NO_MATCH || is_after(decided, begin))
        return NO_MATCH;
    begin_with_status(begin);
    return NO_END;
}

static int r07(void)
{
    struct place convicted = latest("convicted", NO_END);

    if (!is_criminal() || !is_council() || convicted.day == NO_MATCH)
        return NO_MATCH;
    begin_with_status(convicted);
    return plus_months(convicted.day, months(6));
}

static int r08(void)
{
    struct place custody = latest("custody", NO_END), convicted = latest("convicted", NO_END);

    if (!is_criminal() || !is_council() || custody.day == NO_MATCH || is_after(latest("acquitted", today), custody))
        return NO_MATCH;
    int base = convicted.day != NO_MATCH ? convicted.day : custody.day;
    begin_with_status(custody);
    return max(plus_months(base, months(6)), last_end("custody"));
}

static int r09(void)
{
    begin_with(&life.flags[EXH_MATTER_APPEAL].since);
    return is_open(EXH_MATTER_APPEAL) ? NO_END : NO_MATCH;
}

static int r10(void)
{
    struct place ended = latest("acquitted no-further-action discontinued", NO_END);

    if (!is_criminal() || !is_council() || ended.day == NO_MATCH)
        return NO_MATCH;
    begin_with_status(ended);
    return ended.day + the_days;
}

static int r11(void)
{
    int last = last_end("suspended-sentence");

    if (!is_criminal() || !is_council() || last == NO_MATCH)
        return NO_MATCH;
    if (last == NO_END)
        begin_with_status(latest("suspended-sentence", NO_END));
    else
        begin_with(&(struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = days[last] });
    return last == NO_END ? NO_END : plus_months(last, months(6));
}

static int after_the_offence(struct place trigger)
{
    int recorded = fact_day(EXH_FACT_RECORDED);

    begin_with(&life.outcome_since);
    return plus_months(recorded != NO_MATCH ? recorded : trigger.day, months(6)) + the_days;
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
    begin_with(&life.outcome_since);
    if (paid.day == NO_MATCH || is_open(EXH_MATTER_APPEAL))
        return NO_END;
    return max(after_the_offence(fined), max(paid.day, ended_day(EXH_MATTER_APPEAL)));
}

static int r13(void)
{
    struct place convicted = latest("convicted", NO_END);

    if (life.case_type != EXH_CASE_ENFORCEMENT || !is_council() || convicted.day == NO_MATCH)
        return NO_MATCH;
    begin_with_status(convicted);
    return plus_months(convicted.day, 12 * months(6));
}

static bool is_parallel_open(void)
{
    return is_open(EXH_MATTER_CRIMINAL) || is_open(EXH_MATTER_INQUEST);
}

static int parallel_ended(void)
{
    return max(ended_day(EXH_MATTER_CRIMINAL), ended_day(EXH_MATTER_INQUEST));
}

/* Of a status, or of what ended later beside it. */
static void begin_with_later(struct place status_of, struct place both)
{
    enum exh_life_matter last =
        ended_day(EXH_MATTER_CRIMINAL) >= ended_day(EXH_MATTER_INQUEST) ? EXH_MATTER_CRIMINAL : EXH_MATTER_INQUEST;

    if (both.order >= 0)
        begin_with_status(both);
    else if (both.day != NO_MATCH)
        begin_with(&life.flags[last].since);
    else if (status_of.day != NO_MATCH)
        begin_with_status(status_of);
}

static int r14(void)
{
    struct place going =
        latest("notified scoping decision-review terms-of-reference imr-requested overview-draft csp-approved "
               "ho-qa-submitted ho-qa-revise ho-qa-cleared",
               NO_END);
    struct place published = latest("published not-published", NO_END), refused = latest("decision-no-review", today);
    bool is_done = published.day != NO_MATCH && !is_after(going, published) && !is_parallel_open();
    struct place begin = is_done ? later(published, (struct place){ parallel_ended(), -1 }) : going;

    if (life.case_type != EXH_CASE_DHR || (refused.day != NO_MATCH && !is_after(begin, refused)))
        return NO_MATCH;
    begin_with_later(going, begin);
    return is_done ? plus_months(begin.day, months(12)) : NO_END;
}

static int r14_no_review(void)
{
    struct place refused = latest("decision-no-review", NO_END);
    struct place again = latest("decision-review terms-of-reference imr-requested overview-draft", today);
    struct place begin = is_parallel_open() ? refused : later(refused, (struct place){ parallel_ended(), -1 });

    if (life.case_type != EXH_CASE_DHR || refused.day == NO_MATCH || (again.day != NO_MATCH && !is_after(begin, again)))
        return NO_MATCH;
    begin_with_later(refused, begin);
    return is_parallel_open() ? NO_END : begin.day + the_days;
}

static int r15(void)
{
    int ended = ended_day(EXH_MATTER_INQUEST);

    begin_with(&life.flags[EXH_MATTER_INQUEST].since);
    if (is_open(EXH_MATTER_INQUEST))
        return NO_END;
    return ended == NO_MATCH ? NO_MATCH : plus_months(ended, months(6));
}

static int claim(enum exh_life_matter which, int years)
{
    int ended = ended_day(which), event = max(fact_day(EXH_FACT_RECORDED), fact_day(EXH_FACT_MAJORITY));

    begin_with(&life.flags[which].since);
    if (is_open(which))
        return NO_END;
    if (ended == NO_MATCH)
        return NO_MATCH;
    return max(ended, plus_months(event != NO_MATCH ? event : ended, 12 * months(years)));
}

static int r16(void)
{
    return claim(EXH_MATTER_CLAIM, 6);
}

static int r16_injury(void)
{
    return claim(EXH_MATTER_INJURY, 3);
}

static int answered(enum exh_case_type type, const char *beginning, const char *words, int count)
{
    struct place received = latest(beginning, NO_END), done = latest(words, NO_END);
    bool is_done = done.day != NO_MATCH && !is_after(received, done);

    if (life.case_type != type)
        return NO_MATCH;
    if (is_done || received.day != NO_MATCH)
        begin_with_status(is_done ? done : received);
    return is_done ? plus_months(done.day, months(count)) : NO_END;
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

    begin_with(&life.facts[EXH_FACT_PURPOSE]);
    return life.item == EXH_ITEM_MASTER || met == NO_MATCH ? NO_MATCH : met + the_days;
}

static int r22(void)
{
    int collected = fact_day(EXH_FACT_COLLECTED);

    begin_with(&life.facts[EXH_FACT_COLLECTED]);
    return collected == NO_MATCH ? NO_MATCH : collected + the_days;
}

static int r20(void)
{
    int disposed = fact_day(EXH_FACT_DISPOSED);

    begin_with(&life.facts[EXH_FACT_DISPOSED]);
    return disposed == NO_MATCH ? NO_MATCH : plus_months(disposed, 12 * months(6));
}

enum trait { SURE = 1, DELETES = 2, WITHOUT_STATUS = 4, FIRST = 8, TRAINING = 16, RECORD = 32 };
static const struct { const char *id; int (*last_day)(void); int traits; } rules[] = {
    { "R02", r02, WITHOUT_STATUS }, { "R03", r03, WITHOUT_STATUS }, { "R04", r04, WITHOUT_STATUS | DELETES },
    { "R05", r05, SURE }, { "R06", r06, SURE }, { "R07", r07, SURE }, { "R08", r08, SURE }, { "R09", r09, SURE },
    { "R10", r10, DELETES }, { "R11", r11, 0 }, { "R12", r12, DELETES }, { "R12-fine", r12_fine, DELETES },
    { "R13", r13, 0 }, { "R14", r14, 0 }, { "R14-no-review", r14_no_review, 0 }, { "R15", r15, WITHOUT_STATUS },
    { "R16", r16, SURE | DELETES | WITHOUT_STATUS }, { "R16-injury", r16_injury, SURE | DELETES | WITHOUT_STATUS },
    { "R17", r17, 0 }, { "R18", r18, 0 }, { "R19", r19, DELETES | WITHOUT_STATUS | FIRST },
    { "R20", r20, DELETES | WITHOUT_STATUS | RECORD },
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

/* The last day by each rule, and what each began with. */
static void ask_rules(int last[EXH_COUNT(rules)], struct exh_effect began[EXH_COUNT(rules)])
{
    int apart = life.item == EXH_ITEM_TRAINING ? TRAINING : life.item == EXH_ITEM_CASE_RECORD ? RECORD : 0;

    for (size_t i = 0; i < life.status_count; i++)
        status_days[i] = effect_day(&statuses[i].effect);
    for (size_t i = 0; i < EXH_COUNT(rules); i++) {
        begun = (struct exh_effect){ .kind = EXH_EFFECT_NONE };
        last[i] = (rules[i].traits & (TRAINING | RECORD)) == apart ? rules[i].last_day() : NO_MATCH;
        began[i] = begun.kind != EXH_EFFECT_NONE ? begun : life.facts[EXH_FACT_COLLECTED];
    }
}

static struct answer conclude(int rule, int last_day)
{
    struct answer answer = { EXH_KEPT_UNTIL, rule, last_day };
    int64_t now = life.now.ns / EXH_SECOND;
    bool ends = rule >= 0 && last_day != NO_END, is_past = ends && end_of(last_day) <= now;

    if (rule < 0 || has_unknown_word() || (ends && !has_any_status() && !(rules[rule].traits & WITHOUT_STATUS))
        || (is_past && !is_taken(rule)))
        answer.kind = EXH_KEPT_UNKNOWN;
    else if (is_past)
        answer.kind = EXH_DUE;
    return answer;
}

static inline struct answer model(void)
{
    int last[EXH_COUNT(rules)];
    struct exh_effect began[EXH_COUNT(rules)];

    ask_rules(last, began);
    int rule = choose(last);
    return conclude(rule, rule >= 0 ? last[rule] : NO_MATCH);
}

#endif
