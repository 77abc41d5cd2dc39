/* batch: rows run by processes, N at a time, and what became of each. */
#include "batch.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A row that is busy is tried for about as long as another one takes to be made. */
enum { MOST_TRIES = 20, PAUSE_MS = 500, TICK_MS = 200 };

struct running {
    const struct exh_batch *batch;
    const struct exh_batch_run *run;
    struct exh_batch_sum *sum;
    struct child children[EXH_BATCH_MOST_JOBS];
    size_t alive;                        /* places that are taken */
    size_t next;                         /* of the rows, the first that was not begun */
    bool ending;                         /* no further row is begun */
    bool asked;                          /* those that run were asked to stop */
};

static void clear(struct running *r)
{
    for (size_t i = 0; i < EXH_BATCH_MOST_JOBS; i++)
        exh_child_clear(&r->children[i]);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EXH_SECOND + now.tv_nsec;
}

/* ---- before ---- */

bool exh_batch_look(const struct exh_store *store, const char *name, struct exh_batch *batch, struct exh_error *err)
{
    for (size_t i = 0; i < batch->row_count; i++) {
        struct exh_batch_row *row = &batch->rows[i];
        exh_store_job(store, name, row->id, row->content, &row->job);
        if (!exh_store_find_job(store, &row->job, &row->found, err))
            return false;
    }
    return true;
}

/* ---- how a row ended ---- */

static bool is_done(int status)
{
    return status == 0 || status == 7;
}

static void finish(struct running *r, struct exh_batch_event *event)
{
    struct exh_batch_sum *sum = r->sum;

    event->stage = EXH_BATCH_FINISHED;
    if (event->stopped)
        sum->stopped++;
    else if (!is_done(event->status))
        sum->failed++;
    else if (event->before)
        sum->before++;
    else
        sum->done++;
    sum->findings += event->status == 7;
    r->ending |= r->run->stop_on_error && !is_done(event->status);
    r->run->tell(r->run->context, event);
}

/* What the log says of it is the answer; false: it must be run. */
static bool finish_by_log(struct running *r, const struct exh_batch_row *row, const struct exh_job_found *found)
{
    struct exh_batch_event event = { .row = row, .before = true, .item = *found->item ? found->item : NULL };
    EXH_CLEANUP(exh_freep) char *text = NULL;

    if (found->state == EXH_JOB_NEW || found->state == EXH_JOB_MAKING || (found->state == EXH_JOB_PARTLY && !found->changed))
        return false;
    if (found->changed) {
        event.status = EXH_REFUSED;
        text = exh_format("row '%s' was run before and said something else then (%s); give the new one an identifier of its own", row->id,
                          event.item ? event.item : "no footage was found");
    } else if (found->state == EXH_JOB_DONE) {
        event.status = found->findings ? 7 : 0;
    } else if (r->run->look_again) {
        return false;
    } else {
        event.status = EXH_NO;
        text = exh_strdup("no footage was found when it was run before, as the log says; --look-again asks once more");
    }
    event.text = text;
    finish(r, &event);
    return true;
}

/* The log as it is now. */
static bool ask_again(struct running *r, const struct exh_batch_row *row, struct exh_job_found *ret_found)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_store *store = r->run->store;

    if (r->run->dry_run || !exh_store_lock(store, &ignored))
        return false;
    exh_store_unlock(store);
    return exh_store_find_job(store, &row->job, ret_found, &ignored);
}

static const char *item_of(const struct child *child)
{
    const char *exhibit = exh_json_text_or(child->last, "exhibit", NULL);

    return exhibit || strcmp(child->row->verb->name, "seal") != 0 ? exhibit : exh_json_text_or(child->last, "package", NULL);
}

static void finish_child(struct running *r, struct child *child, int status)
{
    EXH_CLEANUP(exh_freep) char *words = exh_child_words(child);
    struct exh_job_found found = { .state = EXH_JOB_NEW };
    struct exh_batch_event event = { .row = child->row, .status = status, .result = child->last, .findings = child->findings, .item = item_of(child),
                                     .stopped = r->asked && status == 128 + SIGTERM };

    if (!is_done(status)) {
        event.text = exh_json_text_or(child->last, "text", words);
    } else if (!event.item && ask_again(r, child->row, &found)) {
        event.item = found.item;
        if (found.state != EXH_JOB_DONE) {                   /* "case status C1": it only showed something */
            event.status = EXH_USAGE;
            event.text = "it entered nothing in the log, so it is no job; say what is to be entered";
        }
    }
    if (!event.text && !is_done(event.status))
        event.text = "it ended without a word";
    finish(r, &event);
}

/* Held by another process: it may be free, or done, before long. */
static bool waits(struct running *r, struct child *child, int status)
{
    if (status != EXH_BUSY || r->ending || ++child->tries >= MOST_TRIES)
        return false;
    child->again_ns = now_ns() + PAUSE_MS * (EXH_SECOND / 1000);
    exh_child_forget(child);
    return true;
}

static void end_child(struct running *r, struct child *child)
{
    int status = exh_child_end(child);
    struct exh_job_found found = { .state = EXH_JOB_NEW };

    /* Another process may have done this row since it was asked about. */
    if (status == EXH_REFUSED && ask_again(r, child->row, &found) && finish_by_log(r, child->row, &found))
        ;
    else if (waits(r, child, status))
        return;
    else
        finish_child(r, child, status);
    exh_child_clear(child);
    r->alive--;
}

/* ---- beginning ---- */

static struct child *free_place(struct running *r)
{
    for (size_t i = 0; i < r->run->jobs; i++)
        if (!r->children[i].row)
            return &r->children[i];
    return NULL;
}

static bool start(struct running *r, struct child *child, struct exh_error *err)
{
    if (exh_child_start(child, r->run, err))
        return true;
    exh_child_clear(child);
    r->alive--;
    r->sum->not_begun++;
    return false;
}

static bool begin(struct running *r, struct child *child, const struct exh_batch_row *row, struct exh_error *err)
{
    child->row = row;
    r->alive++;
    r->run->tell(r->run->context, &(struct exh_batch_event){ .stage = EXH_BATCH_STARTED, .row = row });
    return start(r, child, err);
}

static bool begin_those_that_may(struct running *r, struct exh_error *err)
{
    struct child *place;

    while (!r->ending && r->next < r->batch->row_count && (place = free_place(r))) {
        const struct exh_batch_row *row = &r->batch->rows[r->next++];
        if (!finish_by_log(r, row, &row->found) && !begin(r, place, row, err))
            return false;
    }
    for (size_t i = 0; i < r->run->jobs; i++) {
        struct child *child = &r->children[i];
        if (child->row && !child->pid && now_ns() >= child->again_ns && !start(r, child, err))
            return false;
    }
    return true;
}

/* A row that waits for another process, when no more are begun: it is not waited for. */
static void give_up_waiting(struct running *r)
{
    for (size_t i = 0; i < r->run->jobs; i++) {
        struct child *child = &r->children[i];
        if (!child->row || child->pid)
            continue;
        finish(r, &(struct exh_batch_event){ .row = child->row, .status = EXH_BUSY, .stopped = true, .text = "another process was in its way" });
        exh_child_clear(child);
        r->alive--;
    }
}

/* ---- waiting ---- */

/* Until one says something, or a while has passed. */
static void wait_for_some(struct running *r)
{
    struct pollfd polled[2 * EXH_BATCH_MOST_JOBS];
    nfds_t count = 0;

    for (size_t i = 0; i < r->run->jobs; i++)
        if (r->children[i].pid) {
            polled[count++] = (struct pollfd){ .fd = r->children[i].out, .events = POLLIN };
            polled[count++] = (struct pollfd){ .fd = r->children[i].words, .events = POLLIN };
        }
    (void)poll(polled, count, TICK_MS);
}

static void read_all(struct running *r)
{
    for (size_t i = 0; i < r->run->jobs; i++)
        if (r->children[i].pid && !exh_child_read(&r->children[i], r->run))
            end_child(r, &r->children[i]);
}

static void ask_to_stop(struct running *r)
{
    if (r->asked || !r->run->interrupted || !r->run->interrupted())
        return;
    r->asked = r->ending = true;
    for (size_t i = 0; i < r->run->jobs; i++)
        if (r->children[i].pid)
            kill(r->children[i].pid, SIGTERM);
}

/* After a failure to begin a row, those that were begun are waited for all the same. */
static bool run_all(struct running *r, struct exh_error *err)
{
    bool done = true;

    for (;;) {
        ask_to_stop(r);
        if (done && !r->ending && !(done = begin_those_that_may(r, err)))
            r->ending = true;
        if (r->ending)
            give_up_waiting(r);
        if (!r->alive && (r->ending || r->next == r->batch->row_count))
            return done;
        wait_for_some(r);
        read_all(r);
        if (r->run->tick)
            r->run->tick(r->run->context, r->sum, r->alive);
    }
}

bool exh_batch_run(const struct exh_batch *batch, const struct exh_batch_run *run, struct exh_batch_sum *ret_sum, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct running *r = exh_alloc(sizeof *r);

    *r = (struct running){ .batch = batch, .run = run, .sum = ret_sum };
    clear(r);
    *ret_sum = (struct exh_batch_sum){ .rows = batch->row_count };
    bool done = run_all(r, err);
    ret_sum->not_begun += batch->row_count - r->next;
    clear(r);
    return done;
}

int exh_batch_status(const struct exh_batch_sum *sum)
{
    if (sum->failed || sum->stopped || sum->not_begun)
        return EXH_NO;
    return sum->findings ? 7 : 0;
}
