/* retention: what the register knows of a case and an exhibit, told in the words of policies.
 *
 * Cases have statuses where policies have flags, so that no event need be entered twice: an appeal, a challenge, an inquest, a
 * claim is open from the status that begins it until the next one.
 */
#include "life.h"

#include "exhibit/file.h"
#include "exhibit/item.h"

#include <stdlib.h>
#include <string.h>

void exh_life_told_clear(struct exh_life_told *told)
{
    free(told->statuses);
    free(told->holds);
    *told = (struct exh_life_told){ .statuses = NULL };
}

static struct exh_effect day_of(struct exh_date day)
{
    return day.year ? (struct exh_effect){ .kind = EXH_EFFECT_DAY, .day = day } : (struct exh_effect){ .kind = EXH_EFFECT_NONE };
}

static struct exh_effect instant_of(struct exh_moment at)
{
    return (struct exh_effect){ .kind = EXH_EFFECT_INSTANT, .instant = at };
}

/* ---- the case ---- */

/* Statuses that open what policies call a flag; what follows them ends it. */
static const struct opening { const char *type, *status; enum exh_life_matter matter; } openings[] = {
    { NULL, "appeal", EXH_MATTER_APPEAL },
    { NULL, "challenged", EXH_MATTER_APPEAL },
    { "coroner", "opened", EXH_MATTER_INQUEST },
    { "civil-claim", "notified", EXH_MATTER_CLAIM },
};

static void set_matter(struct exh_life *life, enum exh_life_matter matter, enum exh_life_state state, struct exh_date since)
{
    life->flags[matter] = (struct exh_life_flag){ state, day_of(since) };
}

static enum exh_life_matter opened_by(const struct exh_case *one, const struct exh_case_event *event)
{
    for (size_t i = 0; i < EXH_COUNT(openings); i++)
        if (strcmp(event->status, openings[i].status) == 0 && (!openings[i].type || strcmp(openings[i].type, one->type) == 0))
            return openings[i].matter == EXH_MATTER_CLAIM && event->injury == EXH_ANSWER_YES ? EXH_MATTER_INJURY : openings[i].matter;
    return EXH_MATTERS;
}

static void follow_openings(struct exh_life *life, const struct exh_case *one, const struct exh_case_event *event)
{
    enum exh_life_matter opened = opened_by(one, event);

    for (enum exh_life_matter matter = 0; matter < EXH_MATTERS; matter++)
        if (life->flags[matter].state == EXH_MATTER_OPEN)
            set_matter(life, matter, EXH_MATTER_ENDED, event->date);
    if (opened != EXH_MATTERS)
        set_matter(life, opened, EXH_MATTER_OPEN, event->date);
}

static void tell_flags(struct exh_life *life, const struct exh_case *one)
{
    static const enum exh_life_matter matters[EXH_FLAG_COUNT] = {
        [EXH_FLAG_CRIMINAL_PROCEEDINGS] = EXH_MATTER_CRIMINAL, [EXH_FLAG_INQUEST] = EXH_MATTER_INQUEST };
    const struct exh_case_state state = exh_case_state(one);

    for (size_t i = 0; i < EXH_FLAG_COUNT; i++)
        if (state.flags[i] == EXH_FLAG_OPEN || state.flags[i] == EXH_FLAG_ENDED)
            set_matter(life, matters[i], state.flags[i] == EXH_FLAG_OPEN ? EXH_MATTER_OPEN : EXH_MATTER_ENDED, state.since[i]);
}

/* The 18th birthday of a claimant who was a minor. */
static void tell_majority(struct exh_life *life, const struct exh_case_event *event)
{
    enum { MAJORITY_MONTHS = 18 * 12 };

    if (event->born.year)
        life->facts[EXH_FACT_MAJORITY] = day_of(exh_date_add_months(event->born, MAJORITY_MONTHS));
}

static void tell_events(struct exh_life_told *told, const struct exh_case *one)
{
    struct exh_case_line line = exh_case_line(one);
    const struct exh_case_event *event;
    size_t count = 0;

    told->statuses = exh_alloc((one->event_count + 1) * sizeof *told->statuses);
    while ((event = exh_case_line_next(&line))) {
        if (!event->status)
            continue;
        told->statuses[count++] = (struct exh_status){ .word = event->status, .effect = day_of(event->date), .end = day_of(event->until) };
        follow_openings(&told->life, one, event);
        tell_majority(&told->life, event);
    }
    told->life.statuses = told->statuses;
    told->life.status_count = count;
}

void exh_life_tell_case(struct exh_life_told *told, const struct exh_case *one)
{
    struct exh_life *life = &told->life;

    if (!exh_case_type_find(one->type, &life->case_type))
        life->case_type = EXH_CASE_OTHER;
    life->outcome = one->outcome.outcome;
    life->outcome_since = day_of(one->outcome.date);
    tell_events(told, one);
    tell_flags(life, one);
}

/* ---- the exhibit ---- */

static enum exh_item_kind kind_of(const struct exh_exhibit *exhibit)
{
    return !*exhibit->of                           ? EXH_ITEM_MASTER
         : strcmp(exhibit->making, "redact") == 0 ? EXH_ITEM_REDACTED
         : strcmp(exhibit->making, "still") == 0  ? EXH_ITEM_STILL
                                                    : EXH_ITEM_WORKING;
}

/* The end of what a Master shows, as its record has it; where there is none to be read, nobody knows. */
static struct exh_effect recorded(const struct exh_store *store, const char *reference, bool *ret_unread)
{
    enum { LARGEST = 64 << 20 };
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference), *bytes = NULL;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/" EXH_RECORD, folder);
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;
    struct exh_moment at;
    size_t size;

    *ret_unread = !exh_file_read(store->root, path, LARGEST, &bytes, &size, &unknown) || !exh_json_parse(bytes, size, path, &record, &unknown);
    if (*ret_unread || !exh_moment_parse_utc(exh_json_text_or(exh_json_get(record, "window"), "to", ""), &at, &unknown))
        return (struct exh_effect){ .kind = EXH_EFFECT_NONE };
    return instant_of(at);
}

/* To the record of a case (@exhibit NULL), of every hold of the case. */
static void tell_holds(struct exh_life_told *told, const struct exh_casefile *casefile, const struct exh_exhibit *exhibit)
{
    size_t count = 0;

    free(told->holds);
    told->holds = exh_alloc((casefile->hold_count + 1) * sizeof *told->holds);
    for (size_t i = 0; i < casefile->hold_count; i++) {
        const struct exh_hold *hold = &casefile->holds[i];
        if (!exhibit || exh_hold_is_on(hold, exhibit))
            told->holds[count++] = (struct exh_life_hold){ .id = hold->id, .reason = hold->code, .placed = instant_of(hold->placed),
                                                           .review = day_of(hold->review), .released = hold->released };
    }
    told->life.holds = told->holds;
    told->life.hold_count = count;
}

/* When it first left, in any package that it is in. */
static struct exh_effect handed_over(const struct exh_casefile *casefile, const char *reference)
{
    struct exh_date first = EXH_DATE_NONE;

    for (size_t i = 0; i < casefile->disclosure_count; i++) {
        const struct exh_disclosure *disclosure = &casefile->disclosures[i];
        if (exh_casefile_packs(casefile, disclosure->package, reference) && (!first.year || exh_date_compare(disclosure->date, first) < 0))
            first = disclosure->date;
    }
    return day_of(first);
}

/* When somebody was told that a package that it is in is ready: the last time, which keeps longest. */
static struct exh_effect made_ready(const struct exh_casefile *casefile, const char *reference)
{
    struct exh_date last = EXH_DATE_NONE;

    for (size_t i = 0; i < casefile->notice_count; i++) {
        const struct exh_notice *notice = &casefile->notices[i];
        if (exh_casefile_packs(casefile, notice->package, reference) && exh_date_compare(notice->date, last) > 0)
            last = notice->date;
    }
    return day_of(last);
}

/* When a receipt whose signature holds was accepted, for a package that it is in: the last one, which keeps longest. */
static struct exh_effect receipted(const struct exh_casefile *casefile, const char *reference)
{
    const struct exh_disclosure *last = NULL;

    for (size_t i = 0; i < casefile->disclosure_count; i++) {
        const struct exh_disclosure *disclosure = &casefile->disclosures[i];
        if (disclosure->receipt == EXH_RECEIPT_SIGNED && exh_casefile_packs(casefile, disclosure->package, reference)
            && (!last || disclosure->accepted.ns > last->accepted.ns))
            last = disclosure;
    }
    return last ? instant_of(last->accepted) : (struct exh_effect){ .kind = EXH_EFFECT_NONE };
}

void exh_life_tell_exhibit(const struct exh_store *store, struct exh_life_told *told, const struct exh_casefile *casefile,
                           const struct exh_exhibit *exhibit)
{
    const char *reference = *exhibit->of ? exhibit->of : exhibit->reference;
    const struct exh_exhibit *master = exh_casefile_exhibit(casefile, reference);

    told->life.item = kind_of(exhibit);
    told->life.facts[EXH_FACT_COLLECTED] = instant_of(master ? master->ended : exhibit->ended);
    told->life.facts[EXH_FACT_RECORDED] = recorded(store, reference, &told->unread);
    told->life.facts[EXH_FACT_READY] = made_ready(casefile, exhibit->reference);
    told->life.facts[EXH_FACT_HANDED_OVER] = handed_over(casefile, exhibit->reference);
    told->life.facts[EXH_FACT_PURPOSE] = day_of(exhibit->purpose_met);
    told->life.facts[EXH_FACT_RECEIPT] = receipted(casefile, exhibit->reference);
    tell_holds(told, casefile, exhibit);
}

void exh_life_tell_record(struct exh_life_told *told, const struct exh_casefile *casefile, struct exh_moment last)
{
    told->life.item = EXH_ITEM_CASE_RECORD;
    for (enum exh_fact fact = 0; fact < EXH_FACTS; fact++)
        told->life.facts[fact] = (struct exh_effect){ .kind = EXH_EFFECT_NONE };
    told->life.facts[EXH_FACT_DISPOSED] = instant_of(last);
    told->unread = false;
    tell_holds(told, casefile, NULL);
}
