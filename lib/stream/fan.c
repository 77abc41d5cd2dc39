/* stream: one reader, several takers, each on its own thread, over a ring of bytes of fixed size. */
#include "exhibit/stream.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOT = 1 << 20,              /* given out at once: enough that handing it over costs nothing beside the work on it */
    RING = 8 * SLOT,
    /* A taker that is behind takes so much in one go, so that a disk gets writes of the size it is fastest with; the
     * other half can be filled meanwhile. */
    RUN_MOST = RING / 2,
    PAGE = 4096,
    MOST_TAKERS = 6,
};

struct taker {
    struct exh_fan *fan;
    exh_take *take;
    void *context;
    uint64_t taken;              /* bytes done with; under the fan's lock */
    pthread_t thread;
    bool running;
};

struct exh_fan {
    pthread_mutex_t lock;
    pthread_cond_t given;        /* more was filled, or it is over: takers wait for it */
    pthread_cond_t freed;        /* what is awaited was taken, or it stopped: only the reader waits for it */
    struct taker takers[MOST_TAKERS];
    size_t taker_count;
    uint8_t *ring;
    uint64_t filled;             /* bytes given out so far: whole slots, but for the last */
    size_t in_current;           /* bytes in the slot being filled */
    uint64_t awaited;            /* the reader sleeps until every taker has taken so many bytes */
    bool over;                   /* nothing more will be filled */
    bool stopped;                /* a taker failed, or the fan is being freed */
    struct exh_error failure;    /* the first taker's */
};

struct exh_fan *exh_fan_new(void)
{
    struct exh_fan *fan = exh_alloc(sizeof *fan);

    pthread_mutex_init(&fan->lock, NULL);
    pthread_cond_init(&fan->given, NULL);
    pthread_cond_init(&fan->freed, NULL);
    fan->ring = aligned_alloc(PAGE, RING);
    if (!fan->ring)
        abort();
    return fan;
}

void exh_fan_add(struct exh_fan *fan, exh_take *take, void *context)
{
    assert(fan->taker_count < MOST_TAKERS);
    fan->takers[fan->taker_count++] = (struct taker){ .fan = fan, .take = take, .context = context };
}

static size_t smaller(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* Waits for bytes that the taker has not taken; gives how many lie there in one piece: 0 when none will come. */
static size_t next_run(struct taker *taker)
{
    struct exh_fan *fan = taker->fan;
    size_t size = 0;

    pthread_mutex_lock(&fan->lock);
    while (!fan->stopped && taker->taken == fan->filled && !fan->over)
        pthread_cond_wait(&fan->given, &fan->lock);
    if (!fan->stopped)
        size = smaller(fan->filled - taker->taken, smaller(RING - taker->taken % RING, RUN_MOST));
    pthread_mutex_unlock(&fan->lock);
    return size;
}

/* Of nothing given out, all is taken. */
static uint64_t slowest(const struct exh_fan *fan)
{
    uint64_t least = fan->filled;

    for (size_t i = 0; i < fan->taker_count; i++)
        if (fan->takers[i].taken < least)
            least = fan->takers[i].taken;
    return least;
}

static void stop(struct exh_fan *fan)
{
    fan->stopped = true;
    pthread_cond_broadcast(&fan->given);
    pthread_cond_signal(&fan->freed);
}

static void run_taken(struct taker *taker, size_t size, bool done, struct exh_error *err)
{
    struct exh_fan *fan = taker->fan;

    pthread_mutex_lock(&fan->lock);
    taker->taken += size;
    if (!done) {
        stop(fan);
        if (fan->failure.kind == EXH_OK)
            exh_error_move(&fan->failure, err);
    } else if (slowest(fan) >= fan->awaited) {
        pthread_cond_signal(&fan->freed);
    }
    pthread_mutex_unlock(&fan->lock);
}

static void *run_taker(void *argument)
{
    struct taker *taker = argument;

    for (size_t size; (size = next_run(taker));) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        bool done = taker->take(taker->context, taker->fan->ring + taker->taken % RING, size, &err);
        run_taken(taker, size, done, &err);
    }
    return NULL;
}

bool exh_fan_start(struct exh_fan *fan, struct exh_error *err)
{
    for (size_t i = 0; i < fan->taker_count; i++) {
        int os = pthread_create(&fan->takers[i].thread, NULL, run_taker, &fan->takers[i]);
        if (os) {
            errno = os;
            return exh_fail_os(err, "cannot start a thread");
        }
        fan->takers[i].running = true;
    }
    return true;
}

/* Waits until every taker has taken @position bytes. */
static bool wait_until(struct exh_fan *fan, uint64_t position, struct exh_error *err)
{
    bool done;

    pthread_mutex_lock(&fan->lock);
    fan->awaited = position;
    while (!fan->stopped && slowest(fan) < position)
        pthread_cond_wait(&fan->freed, &fan->lock);
    done = !fan->stopped;
    if (!done && fan->failure.kind == EXH_OK)
        exh_fail(err, EXH_IO, "writing stopped after an earlier failure");
    else if (!done)
        exh_error_move(err, &fan->failure);
    pthread_mutex_unlock(&fan->lock);
    return done;
}

bool exh_fan_space(struct exh_fan *fan, void **ret_space, size_t *ret_room, struct exh_error *err)
{
    uint64_t end = fan->filled + SLOT;

    if (fan->in_current == 0 && !wait_until(fan, end > RING ? end - RING : 0, err))
        return false;
    *ret_space = fan->ring + fan->filled % RING + fan->in_current;
    *ret_room = SLOT - fan->in_current;
    return true;
}

static void give_out(struct exh_fan *fan)
{
    pthread_mutex_lock(&fan->lock);
    fan->filled += fan->in_current;
    pthread_cond_broadcast(&fan->given);
    pthread_mutex_unlock(&fan->lock);
    fan->in_current = 0;
}

void exh_fan_filled(struct exh_fan *fan, size_t size)
{
    fan->in_current += size;
    assert(fan->in_current <= SLOT);
    if (fan->in_current == SLOT)
        give_out(fan);
}

bool exh_fan_put(struct exh_fan *fan, const void *bytes, size_t size, struct exh_error *err)
{
    const uint8_t *from = bytes;

    while (size) {
        void *space;
        size_t room;
        if (!exh_fan_space(fan, &space, &room, err))
            return false;
        size_t part = room < size ? room : size;
        memcpy(space, from, part);
        exh_fan_filled(fan, part);
        from += part;
        size -= part;
    }
    return true;
}

/* Ends every thread, whether all was taken or not. */
static void join_all(struct exh_fan *fan)
{
    for (size_t i = 0; i < fan->taker_count; i++)
        if (fan->takers[i].running) {
            pthread_join(fan->takers[i].thread, NULL);
            fan->takers[i].running = false;
        }
}

bool exh_fan_finish(struct exh_fan *fan, struct exh_error *err)
{
    bool done;

    if (fan->in_current)
        give_out(fan);
    done = wait_until(fan, fan->filled, err);
    pthread_mutex_lock(&fan->lock);
    fan->over = true;
    pthread_cond_broadcast(&fan->given);
    pthread_mutex_unlock(&fan->lock);
    join_all(fan);
    return done;
}

void exh_fan_freep(struct exh_fan **slot)
{
    struct exh_fan *fan = exh_steal(slot);

    if (!fan)
        return;
    pthread_mutex_lock(&fan->lock);
    stop(fan);
    pthread_mutex_unlock(&fan->lock);
    join_all(fan);
    free(fan->ring);
    exh_error_clear(&fan->failure);
    pthread_mutex_destroy(&fan->lock);
    pthread_cond_destroy(&fan->given);
    pthread_cond_destroy(&fan->freed);
    free(fan);
}
