/* stream: one reader, several takers, each on its own thread, over a ring of fixed buffers. */
#include "exhibit/stream.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFERS = 4,
    BUFFER_SIZE = 1 << 20,       /* with 4 buffers: 4 MiB a fan, enough that no taker waits for a system call of another */
    MOST_TAKERS = 6,
};

struct taker {
    struct exh_fan *fan;
    exh_take *take;
    void *context;
    uint64_t taken;              /* buffers done with; under the fan's lock */
    pthread_t thread;
    bool running;
};

struct exh_fan {
    pthread_mutex_t lock;
    pthread_cond_t moved;        /* something was filled or taken, or it is over */
    struct taker takers[MOST_TAKERS];
    size_t taker_count;
    uint8_t *buffers[BUFFERS];
    size_t sizes[BUFFERS];       /* of filled buffers */
    uint64_t filled;             /* buffers given out so far */
    size_t in_current;           /* bytes in the buffer being filled */
    bool over;                   /* nothing more will be filled */
    bool stopped;                /* a taker failed, or the fan is being freed */
    struct exh_error failure;    /* the first taker's */
};

struct exh_fan *exh_fan_new(void)
{
    struct exh_fan *fan = exh_alloc(sizeof *fan);

    pthread_mutex_init(&fan->lock, NULL);
    pthread_cond_init(&fan->moved, NULL);
    for (size_t i = 0; i < BUFFERS; i++)
        if (posix_memalign((void **)&fan->buffers[i], 4096, BUFFER_SIZE))
            abort();
    return fan;
}

void exh_fan_add(struct exh_fan *fan, exh_take *take, void *context)
{
    assert(fan->taker_count < MOST_TAKERS);
    fan->takers[fan->taker_count++] = (struct taker){ .fan = fan, .take = take, .context = context };
}

/* Waits for the taker's next buffer; false when there will be none. */
static bool next_buffer(struct taker *taker)
{
    struct exh_fan *fan = taker->fan;
    bool more;

    pthread_mutex_lock(&fan->lock);
    while (!fan->stopped && taker->taken == fan->filled && !fan->over)
        pthread_cond_wait(&fan->moved, &fan->lock);
    more = !fan->stopped && taker->taken < fan->filled;
    pthread_mutex_unlock(&fan->lock);
    return more;
}

static void buffer_taken(struct taker *taker, bool done, struct exh_error *err)
{
    struct exh_fan *fan = taker->fan;

    pthread_mutex_lock(&fan->lock);
    taker->taken++;
    if (!done) {
        fan->stopped = true;
        if (fan->failure.kind == EXH_OK)
            exh_error_move(&fan->failure, err);
    }
    pthread_cond_broadcast(&fan->moved);
    pthread_mutex_unlock(&fan->lock);
}

static void *run_taker(void *argument)
{
    struct taker *taker = argument;

    while (next_buffer(taker)) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        size_t i = taker->taken % BUFFERS;
        bool done = taker->take(taker->context, taker->fan->buffers[i], taker->fan->sizes[i], &err);
        buffer_taken(taker, done, &err);
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

static uint64_t slowest(const struct exh_fan *fan)
{
    uint64_t least = fan->filled;

    for (size_t i = 0; i < fan->taker_count; i++)
        if (fan->takers[i].taken < least)
            least = fan->takers[i].taken;
    return least;
}

/* Waits, under the lock, until at most @pending buffers are still with a taker. */
static bool wait_until(struct exh_fan *fan, uint64_t pending, struct exh_error *err)
{
    bool done;

    pthread_mutex_lock(&fan->lock);
    while (!fan->stopped && fan->filled - slowest(fan) > pending)
        pthread_cond_wait(&fan->moved, &fan->lock);
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
    if (fan->in_current == 0 && !wait_until(fan, BUFFERS - 1, err))
        return false;
    *ret_space = fan->buffers[fan->filled % BUFFERS] + fan->in_current;
    *ret_room = BUFFER_SIZE - fan->in_current;
    return true;
}

static void give_out(struct exh_fan *fan)
{
    pthread_mutex_lock(&fan->lock);
    fan->sizes[fan->filled % BUFFERS] = fan->in_current;
    fan->filled++;
    pthread_cond_broadcast(&fan->moved);
    pthread_mutex_unlock(&fan->lock);
    fan->in_current = 0;
}

void exh_fan_filled(struct exh_fan *fan, size_t size)
{
    fan->in_current += size;
    assert(fan->in_current <= BUFFER_SIZE);
    if (fan->in_current == BUFFER_SIZE)
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
    done = wait_until(fan, 0, err);
    pthread_mutex_lock(&fan->lock);
    fan->over = true;
    pthread_cond_broadcast(&fan->moved);
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
    fan->stopped = true;
    pthread_cond_broadcast(&fan->moved);
    pthread_mutex_unlock(&fan->lock);
    join_all(fan);
    for (size_t i = 0; i < BUFFERS; i++)
        free(fan->buffers[i]);
    exh_error_clear(&fan->failure);
    pthread_mutex_destroy(&fan->lock);
    pthread_cond_destroy(&fan->moved);
    free(fan);
}
