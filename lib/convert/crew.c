/* convert/crew: several helpers that work on one job.
 *
 * They are started by one thread, because a helper ends with the thread that started it. */
#include "crew.h"

#include "exhibit/text.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { JOB_MS = 30000, LARGEST_SIDE = 32768 };
/* All helpers together are to stay below 500 MB at 1920x1080. Measured: libraries, which they share, and what each keeps of pictures. */
enum { MEMORY = 500000000, SHARED_MEMORY = 80000000, BYTES_A_PIXEL = 64 };

void exh_crew_clear(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++)
        exh_helper_freep(&crew->helpers[i]);
    free(crew->libraries);
}

static size_t processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? (size_t)CPU_COUNT(&set) : 1;
}

static bool read_facts(struct crew *crew, const struct exh_json *facts, struct exh_error *err)
{
    int64_t pieces = exh_json_int_or(facts, "pieces", 0), width = exh_json_int_or(facts, "width", 0);
    int64_t height = exh_json_int_or(facts, "height", 0), length = exh_json_int_or(facts, "length", -1);

    if (pieces < 1 || pieces > (1 << 24) || width < 1 || width > LARGEST_SIDE || height < 1 || height > LARGEST_SIDE || length < 0
        || length > INT64_C(1) << 50)
        return exh_fail(err, EXH_MALFORMED, "the helper's facts of the job are out of bounds");
    if (crew->pieces && (crew->pieces != (size_t)pieces || crew->width != width || crew->height != height || crew->length != length))
        return exh_fail(err, EXH_MALFORMED, "two helpers make different things of the job");
    crew->pieces = (size_t)pieces;
    crew->width = (int)width;
    crew->height = (int)height;
    crew->length = length;
    free(crew->libraries);
    crew->libraries = exh_text_printable(exh_json_text_or(facts, "libraries", ""));
    return true;
}

static bool give_job(struct crew *crew, size_t worker, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *facts = NULL;
    const struct exh_helper_question question = {
        .type = EXH_HELPER_JOB, .body = crew->convert->job, .fd = crew->convert->font, .allowance_ms = JOB_MS };

    return exh_helper_ask(crew->helpers[worker], &question, &facts, err) && read_facts(crew, facts, err);
}

static bool add_helper(struct crew *crew, struct exh_error *err)
{
    if (!exh_helper_start_copying(crew->convert->device, &crew->helpers[crew->count], err))
        return false;
    exh_helper_allow_bare(crew->helpers[crew->count], crew->convert->bare);
    crew->count++;
    return true;
}

/* The size of pictures says how much memory a helper needs. */
static size_t that_fit(const struct crew *crew)
{
    size_t each = (size_t)crew->width * (size_t)crew->height * BYTES_A_PIXEL;

    return (MEMORY - SHARED_MEMORY) / each;
}

bool exh_crew_start(struct crew *crew, const struct exh_convert *convert, struct exh_error *err)
{
    size_t wanted = convert->workers ? convert->workers : processors();

    crew->convert = convert;
    crew->inputs = exh_json_count(exh_json_get(convert->job, "inputs"));
    if (!add_helper(crew, err) || !give_job(crew, 0, err))
        return false;
    if (wanted > crew->pieces)
        wanted = crew->pieces;
    if (wanted > that_fit(crew) && !convert->workers)
        wanted = that_fit(crew);
    while (crew->count < wanted && crew->count < MOST_WORKERS)
        if (!add_helper(crew, err))
            return false;
    for (size_t i = 1; i < crew->count; i++)
        if (!give_job(crew, i, err))
            return false;
    return true;
}

/* ---- threads ---- */

struct hand { struct crew_work *work; size_t worker; pthread_t thread; };

static void *at_work(void *context)
{
    struct hand *hand = context;
    struct crew_work *work = hand->work;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (work->work(work, hand->worker, &err))
        return NULL;
    pthread_mutex_lock(&work->lock);
    work->stopped = true;
    if (work->failed.kind == EXH_OK)
        exh_error_move(&work->failed, &err);
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

bool exh_crew_run(struct crew_work *work, struct exh_error *err)
{
    struct hand hands[MOST_WORKERS];
    size_t started = 0;
    int code = 0;

    pthread_mutex_init(&work->lock, NULL);
    for (; started < work->crew->count && code == 0; started += code == 0) {
        hands[started] = (struct hand){ .work = work, .worker = started };
        code = pthread_create(&hands[started].thread, NULL, at_work, &hands[started]);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(hands[i].thread, NULL);
    pthread_mutex_destroy(&work->lock);
    if (work->failed.kind != EXH_OK)
        return exh_error_move(err, &work->failed);
    return started || exh_fail(err, EXH_IO, "cannot start a thread: %s", strerror(code));
}
