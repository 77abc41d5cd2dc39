/* attention: cases, holds, plans, clocks and the log, asked for what waits. */
#include "exhibit/attention.h"

#include "attention.h"

#include "exhibit/disclose.h"
#include "exhibit/retention.h"
#include "exhibit/sweep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *exh_attention_word(enum exh_attention_kind kind)
{
    static const char *const words[] = { [EXH_ATTENTION_ANSWER] = "answer", [EXH_ATTENTION_HOLD] = "hold", [EXH_ATTENTION_PLAN] = "plan",
                                         [EXH_ATTENTION_EMERGENCY] = "emergency", [EXH_ATTENTION_UNCOLLECTED] = "uncollected",
                                         [EXH_ATTENTION_DUE] = "due", [EXH_ATTENTION_CLOCK] = "clock", [EXH_ATTENTION_STORE] = "store",
                                         [EXH_ATTENTION_LOG] = "log" };

    return words[kind];
}

void exh_attentions_clear(struct exh_attentions *attentions)
{
    for (size_t i = 0; i < attentions->count; i++) {
        free(attentions->at[i].what);
        free(attentions->at[i].text);
    }
    free(attentions->at);
    *attentions = (struct exh_attentions)EXH_ATTENTIONS_NONE;
}

/* What is being found. */
struct finding {
    struct exh_store *store;
    struct exh_moment now;
    struct exh_date today;
    struct exh_attentions *list;
    uint64_t exhibits;                   /* that the store has */
};

static void EXH_PRINTF(5, 6) add(struct finding *f, enum exh_attention_kind kind, const char *what, struct exh_date by, const char *format, ...)
{
    struct exh_attentions *list = f->list;
    va_list arguments;

    if ((list->count & (list->count - 1)) == 0)      /* room for the next power of two */
        list->at = exh_realloc_array(list->at, list->count ? 2 * list->count : 1, sizeof *list->at);
    va_start(arguments, format);
    list->at[list->count++] = (struct exh_attention){ .kind = kind, .what = exh_strdup(what), .by = by,
                                                      .late = by.year && exh_date_compare(by, f->today) < 0,
                                                      .text = exh_vformat(format, arguments) };
    va_end(arguments);
}

static bool is_near(const struct finding *f, struct exh_date day)
{
    return day.year && exh_date_compare(day, exh_date_add_days(f->today, EXH_ATTENTION_DAYS)) <= 0;
}

/* ---- cases ---- */

static void look_at_answer(struct finding *f, const struct exh_case *one)
{
    struct exh_case_deadline deadline = exh_case_deadline(one, &f->store->holidays);
    EXH_CLEANUP(exh_freep) char *due = exh_case_deadline_words(&deadline, &f->store->holidays);

    if (!deadline.known || !is_near(f, deadline.due))
        return;
    add(f, EXH_ATTENTION_ANSWER, one->id, deadline.due, "the answer to a request for somebody's own data is due on %s", due);
}

static void look_at_hold(struct finding *f, const struct exh_case *one, const struct exh_hold *hold)
{
    struct exh_date review = exh_hold_review(one, hold);
    char words[EXH_DATE_SIZE];

    if (hold->released || !is_near(f, review))
        return;
    exh_date_words(review, words);
    add(f, EXH_ATTENTION_HOLD, hold->id, review, "hold %s, %s, is to be reviewed on %s", hold->id, hold->code ? hold->code : "sealed", words);
}

/* "3 hours ago", "12 days ago". Free with free(). */
static char *age_words(struct exh_moment since, struct exh_moment now)
{
    enum { DAY_HOURS = 24 };
    int64_t hours = (now.ns - since.ns) / EXH_SECOND / 3600;
    bool days = hours >= 2 * DAY_HOURS;
    int64_t count = days ? hours / DAY_HOURS : hours;

    return exh_format("%" PRId64 " %s%s ago", count, days ? "day" : "hour", count == 1 ? "" : "s");
}

/* Its approval is due by the hour, which a day alone does not say. */
static void look_at_request(struct finding *f, const struct exh_request *request)
{
    const struct exh_moment by = { request->entered.ns + EXH_EMERGENCY_HOURS * INT64_C(3600) * EXH_SECOND };
    EXH_CLEANUP(exh_freep) char *age = age_words(request->entered, f->now);
    char words[EXH_DATE_SIZE];

    if (!request->emergency || request->approved)
        return;
    exh_date_words(exh_date_of(request->entered, f->store->zone), words);
    add(f, EXH_ATTENTION_EMERGENCY, request->id, exh_date_of(by, f->store->zone),
        "footage was taken out in an emergency on %s, %s, and nobody approved that yet ('exhibit request approve %s')", words, age, request->id);
    f->list->at[f->list->count - 1].late = f->now.ns >= by.ns;
}

static bool look_at_package(void *context, const struct exh_uncollected *one, struct exh_error *err)
{
    struct finding *f = context;
    char since[EXH_DATE_SIZE];

    (void)err;
    exh_date_words(one->since, since);
    add(f, EXH_ATTENTION_UNCOLLECTED, one->packed->id, (struct exh_date)EXH_DATE_NONE,
        one->disclosure ? "package %s was handed over on %s, and no receipt came back" : "package %s was sealed on %s, and not handed over",
        one->packed->id, since);
    return true;
}

static bool look_at_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct finding *f = context;
    const struct exh_case *one = &casefile->cases[0];

    look_at_answer(f, one);
    for (size_t i = 0; i < casefile->hold_count; i++)
        look_at_hold(f, one, &casefile->holds[i]);
    for (size_t i = 0; i < casefile->request_count; i++)
        look_at_request(f, &casefile->requests[i]);
    return exh_disclose_uncollected_of(f->store, casefile, exh_date_add_days(f->today, -EXH_UNCOLLECTED_DAYS), look_at_package, f, err);
}

/* ---- what is due, and what holds keep ---- */

static bool look_at_retained(void *context, const struct exh_retained *r, struct exh_error *err)
{
    struct finding *f = context;
    const struct exh_decision *d = r->decision;

    (void)err;
    if (d && d->kind == EXH_DUE)
        add(f, EXH_ATTENTION_DUE, exh_retained_name(r), exh_date_of(d->end, f->store->zone), "%s", d->sentence);
    if (d && d->kind == EXH_KEPT_HELD && r->exhibit) {
        f->list->held++;
        f->list->held_bytes += exh_store_exhibit_bytes(f->store, r->exhibit->reference);
    }
    return true;
}

static bool look_at_due(struct finding *f, struct exh_error *err)
{
    EXH_CLEANUP(exh_retention_clear) struct exh_retention retention = EXH_RETENTION_NONE;
    struct exh_standings standings;

    if (!exh_retention_read(f->store, &retention, err) || !retention.count)
        return err->kind == EXH_OK;
    return exh_retention_standings(f->store, &retention, f->now, f->now, &standings, err)
        && exh_retention_most_urgent(f->store, &retention, f->now, f->now, SIZE_MAX, look_at_retained, f, err)
        && exh_retention_held(f->store, &retention, f->now, look_at_retained, f, err);
}

static bool look_at_plans(struct finding *f, struct exh_error *err)
{
    EXH_CLEANUP(exh_disposals_clear) struct exh_disposals disposals = EXH_DISPOSALS_NONE;

    if (!exh_disposals_read(f->store, &disposals, err))
        return false;
    for (size_t i = 0; i < disposals.count; i++) {
        const struct exh_disposal *one = &disposals.at[i];
        if (one->state == EXH_DISPOSAL_PROPOSED)
            add(f, EXH_ATTENTION_PLAN, one->plan, (struct exh_date)EXH_DATE_NONE, "plan %.12s waits for another person's approval", one->plan);
        if (one->state == EXH_DISPOSAL_APPROVED)
            add(f, EXH_ATTENTION_PLAN, one->plan, (struct exh_date)EXH_DATE_NONE, one->begun
                ? "plan %.12s was cut off: 'exhibit retention apply' goes on" : "plan %.12s is approved, and not carried out", one->plan);
    }
    return true;
}

/* ---- clocks ---- */

static bool look_at_clock(struct finding *f, const struct exh_camera *camera, struct exh_error *err)
{
    const struct exh_clock_history *history;
    EXH_CLEANUP(exh_clock_statement_clear) struct exh_clock_statement statement = { .words = NULL };
    const struct exh_window window = { { f->now.ns - EXH_SECOND }, f->now };
    char last[EXH_DATE_SIZE];

    if (!exh_store_checks(f->store, camera->id, &history, err))
        return false;
    exh_clock_state(history, window, f->store->clock_age_ns, f->store->zone, &statement);
    if (!statement.finding)
        return true;
    if (!history->count) {
        add(f, EXH_ATTENTION_CLOCK, camera->id, (struct exh_date)EXH_DATE_NONE, "its recorder's clock was never checked");
        return true;
    }
    exh_date_words(exh_date_of(history->checks[history->count - 1].actual, f->store->zone), last);
    add(f, EXH_ATTENTION_CLOCK, camera->id, (struct exh_date)EXH_DATE_NONE, "its recorder's clock was last checked on %s", last);
    return true;
}

static bool look_at_clocks(struct finding *f, struct exh_error *err)
{
    for (size_t i = 0; i < f->store->camera_count; i++)
        if (!look_at_clock(f, &f->store->cameras[i], err))
            return false;
    return true;
}

/* ---- what it keeps ---- */

/* The last verification of the store as a whole. */
struct last_run { bool known; struct exh_moment at; int64_t failed; };

static bool take_run(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct last_run *last = context;

    (void)err;
    *last = (struct last_run){ true, entry->time, exh_json_int_or(exh_json_get(entry->whole, "facts"), "failed", 0) };
    return true;
}

static bool look_at_store(struct finding *f, struct exh_error *err)
{
    static const struct exh_index_query query = { .topic = EXH_TOPIC_RUNS };
    const struct exh_date none = EXH_DATE_NONE;
    struct last_run last = { .known = false };
    char words[EXH_DATE_SIZE];

    if (!exh_store_entries(f->store, &query, false, take_run, &last, err))
        return false;
    struct exh_date day = exh_date_of(last.at, f->store->zone);
    exh_date_words(day, words);
    if (!last.known && f->exhibits)
        add(f, EXH_ATTENTION_STORE, NULL, none, "what the store keeps was never verified: 'exhibit verify --store'");
    else if (last.known && last.failed)
        add(f, EXH_ATTENTION_STORE, NULL, none, "%" PRId64 " items failed when the store was verified last, on %s: 'exhibit verify --store' says which",
            last.failed, words);
    else if (last.known && exh_date_days(day, f->today) > EXH_ATTENTION_VERIFY_DAYS)
        add(f, EXH_ATTENTION_STORE, NULL, none, "the store was verified last on %s: 'exhibit verify --store'", words);
    return true;
}

/* ---- the log ---- */

static bool look_at_log(struct finding *f, struct exh_error *err)
{
    const struct exh_date none = EXH_DATE_NONE;
    uint64_t verified, anchored, count = f->store->entry_count;

    if (!exh_store_verified(f->store, &verified, err) || !exh_store_anchored(f->store, &anchored, err))
        return false;
    if (verified < count)
        add(f, EXH_ATTENTION_LOG, NULL, none, "%" PRIu64 " entries were not verified since they were made: 'exhibit log verify --new'",
            count - verified);
    if (anchored < count)
        add(f, EXH_ATTENTION_LOG, NULL, none, "%" PRIu64 " entries nobody outside is known to have seen: 'exhibit log witness'", count - anchored);
    return true;
}

/* ---- all of it ---- */

static int by_kind(const void *a, const void *b)
{
    const struct exh_attention *one = a, *other = b;
    bool dated = one->by.year != 0, other_dated = other->by.year != 0;

    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    if (dated != other_dated)
        return dated ? -1 : 1;
    return dated ? exh_date_compare(one->by, other->by) : strcmp(one->text, other->text);
}

bool exh_attention_find(struct exh_store *store, struct exh_moment now, struct exh_attentions *ret_attentions, struct exh_error *err)
{
    EXH_CLEANUP(exh_attentions_clear) struct exh_attentions list = EXH_ATTENTIONS_NONE;
    struct finding f = { store, now, exh_date_of(now, store->zone), &list, 0 };

    if (!exh_attention_each_case(store, look_at_case, &f, &f.exhibits, err) || !look_at_due(&f, err) || !look_at_plans(&f, err)
        || !look_at_clocks(&f, err) || !look_at_store(&f, err) || !look_at_log(&f, err))
        return false;
    if (list.count)
        qsort(list.at, list.count, sizeof *list.at, by_kind);
    *ret_attentions = list;
    list = (struct exh_attentions)EXH_ATTENTIONS_NONE;
    return true;
}
