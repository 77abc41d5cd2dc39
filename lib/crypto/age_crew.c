/* age_crew: the chunks of a payload, sealed or opened by the caller and a few threads beside it. */
#include "parts.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* So many chunks must lie there before a sleeping thread is woken for them: a chunk is done in less time than waking
 * takes where processors are busy, and the caller does what nobody has begun when it waits. */
enum { WORTH_WAKING = AGE_BATCH / 2 };

struct job {
    const uint8_t *in;
    size_t size;
    bool last;
    uint8_t *out;
    enum exh_age_chunk state;
};

struct member {
    struct exh_age_crew *crew;
    struct exh_age_cipher *cipher;
    pthread_t thread;
    bool running;
};

struct exh_age_crew {
    bool sealing;
    struct member members[EXH_AGE_MOST_THREADS];     /* the first is the caller's thread */
    size_t count;
    pthread_mutex_t lock;                            /* over all that follows */
    pthread_cond_t given_more;
    pthread_cond_t done_more;
    struct job jobs[AGE_IN_FLIGHT];                  /* chunk n is at n % AGE_IN_FLIGHT */
    uint64_t given, begun;                           /* chunks so far */
    const struct job *awaited;                       /* the caller sleeps until it is done */
    bool stopped;
};

/* A full chunk may be the last or not, whatever follows it: it is opened as what it says of itself. */
static enum exh_age_chunk open_chunk(struct exh_age_cipher *cipher, uint64_t number, const struct job *job)
{
    if (exh_crypto_age_open(cipher, number, job->in, job->size, job->last, job->out))
        return AGE_CHUNK_DONE;
    if (job->size == AGE_SEALED && exh_crypto_age_open(cipher, number, job->in, job->size, !job->last, job->out))
        return AGE_CHUNK_OTHERWISE;
    sodium_memzero(job->out, job->size - AGE_TAG);
    return AGE_CHUNK_DAMAGED;
}

static enum exh_age_chunk do_job(const struct member *member, uint64_t number, const struct job *job)
{
    if (!member->crew->sealing)
        return open_chunk(member->cipher, number, job);
    exh_crypto_age_seal(member->cipher, number, job->in, job->size, job->last, job->out);
    return AGE_CHUNK_DONE;
}

/* Called with the lock, which is let go for as long as the work takes. */
static void do_next(const struct member *member)
{
    struct exh_age_crew *crew = member->crew;
    uint64_t number = crew->begun++;
    struct job *job = &crew->jobs[number % AGE_IN_FLIGHT];

    pthread_mutex_unlock(&crew->lock);
    enum exh_age_chunk state = do_job(member, number, job);
    pthread_mutex_lock(&crew->lock);
    job->state = state;
    if (job == crew->awaited)
        pthread_cond_signal(&crew->done_more);
}

static void *run_member(void *argument)
{
    const struct member *member = argument;
    struct exh_age_crew *crew = member->crew;

    pthread_mutex_lock(&crew->lock);
    while (!crew->stopped) {
        if (crew->begun < crew->given)
            do_next(member);
        else
            pthread_cond_wait(&crew->given_more, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static bool start_member(struct member *member, struct exh_error *err)
{
    int os = pthread_create(&member->thread, NULL, run_member, member);

    if (os) {
        errno = os;
        return exh_fail_os(err, "cannot start a thread");
    }
    member->running = true;
    return true;
}

bool exh_crypto_age_crew_new(const uint8_t file_key[AGE_FILE_KEY], const uint8_t nonce[AGE_NONCE], bool sealing,
                             unsigned threads, struct exh_age_crew **ret_crew, struct exh_error *err)
{
    EXH_CLEANUP(exh_crypto_age_crew_freep) struct exh_age_crew *crew = exh_alloc(sizeof *crew);

    assert(threads >= 1 && threads <= EXH_AGE_MOST_THREADS);
    crew->sealing = sealing;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->given_more, NULL);
    pthread_cond_init(&crew->done_more, NULL);
    for (; crew->count < threads; crew->count++) {
        struct member *member = &crew->members[crew->count];
        *member = (struct member){ .crew = crew, .cipher = exh_crypto_age_cipher_new(file_key, nonce, sealing) };
    }
    for (size_t i = 1; i < crew->count; i++)
        if (!start_member(&crew->members[i], err))
            return false;
    *ret_crew = exh_steal(&crew);
    return true;
}

void exh_crypto_age_crew_freep(struct exh_age_crew **slot)
{
    struct exh_age_crew *crew = exh_steal(slot);

    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->stopped = true;
    pthread_cond_broadcast(&crew->given_more);
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->members[i].running)
            pthread_join(crew->members[i].thread, NULL);
        exh_crypto_age_cipher_freep(&crew->members[i].cipher);
    }
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->given_more);
    pthread_cond_destroy(&crew->done_more);
    free(crew);
}

bool exh_crypto_age_crew_is_alone(const struct exh_age_crew *crew)
{
    return crew->count == 1;
}

void exh_crypto_age_crew_give(struct exh_age_crew *crew, const uint8_t *in, size_t size, bool last, uint8_t *out)
{
    struct job *job = &crew->jobs[crew->given % AGE_IN_FLIGHT];

    pthread_mutex_lock(&crew->lock);
    assert(crew->given < AGE_IN_FLIGHT || job->state != AGE_CHUNK_PENDING);
    *job = (struct job){ in, size, last, out, AGE_CHUNK_PENDING };
    crew->given++;
    if (exh_crypto_age_crew_is_alone(crew))
        do_next(&crew->members[0]);
    else if (crew->given - crew->begun >= WORTH_WAKING)
        pthread_cond_signal(&crew->given_more);
    pthread_mutex_unlock(&crew->lock);
}

enum exh_age_chunk exh_crypto_age_crew_wait(struct exh_age_crew *crew, uint64_t number)
{
    const struct job *job = &crew->jobs[number % AGE_IN_FLIGHT];
    enum exh_age_chunk state;

    pthread_mutex_lock(&crew->lock);
    assert(number < crew->given && crew->given - number <= AGE_IN_FLIGHT);
    crew->awaited = job;
    while ((state = job->state) == AGE_CHUNK_PENDING) {
        if (crew->begun < crew->given)
            do_next(&crew->members[0]);
        else
            pthread_cond_wait(&crew->done_more, &crew->lock);
    }
    crew->awaited = NULL;
    pthread_mutex_unlock(&crew->lock);
    return state;
}
