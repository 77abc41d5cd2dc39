/* ledger: many commits looked at by as many threads as there are processors. */
#include "crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { TURN = 64 };

struct crew {
    const char *path;                        /* of the log */
    const struct exh_crew_work *work;
    atomic_size_t next, end;                 /* where the next turn begins; before what nothing was found broken */
};
struct member {
    pthread_t thread;
    bool apart;
    struct exh_repo **repo;                  /* its own handle; opened when it is first needed, and kept */
    struct crew *crew;
    size_t at;
    struct exh_error err;
};

/* Nothing after one that cannot be read counts. A member finds one at most: the turns it takes later are all past it. */
static void find_broken(struct member *member, size_t at, struct exh_error *err)
{
    size_t end = atomic_load(&member->crew->end);

    while (at < end && !atomic_compare_exchange_weak(&member->crew->end, &end, at))
        ;
    exh_error_move(&member->err, err);
    member->at = at;
}

struct looking { const struct exh_crew_work *work; size_t at; };

static bool look(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    const struct looking *looking = context;

    return looking->work->look(looking->work->context, looking->at, commit, err);
}

static bool look_at(struct exh_repo *repo, const struct exh_crew_work *work, size_t at, struct exh_error *err)
{
    struct looking looking = { work, at };
    size_t place = work->upward ? work->first - at : work->first + at;

    if (work->files_alone)
        return exh_repo_look_files(repo, work->line, place, exh_ledger_files, EXH_LEDGER_FILES, look, &looking, err);
    return (work->goes_on ? exh_repo_look_on : exh_repo_look)(repo, work->line->at[place], exh_ledger_files, EXH_LEDGER_FILES, look, &looking,
                                                              err);
}

/* How many turns were taken, those that are being taken among them. */
static void tell(const struct crew *crew)
{
    size_t taken = atomic_load(&crew->next), count = crew->work->count;

    exh_repo_tell(crew->work->watch, taken < count ? taken : count, count);
}

static void take_turns(struct member *member, struct exh_repo *repo)
{
    struct crew *crew = member->crew;
    size_t count = crew->work->count;

    for (size_t from; (from = atomic_fetch_add(&crew->next, TURN)) < count;) {
        for (size_t i = from; i < from + TURN && i < count && i < atomic_load(&crew->end); i++) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            if (!look_at(repo, crew->work, i, &err))
                find_broken(member, i, &err);
        }
        if (!member->apart)
            tell(crew);
    }
}

static void *work_apart(void *context)
{
    struct member *member = context;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (*member->repo || exh_repo_open(member->crew->path, EXH_LEDGER_BRANCH, member->repo, &err))
        take_turns(member, *member->repo);
    else
        find_broken(member, 0, &err);
    return NULL;
}

/* For so many commits. */
static size_t count_threads(size_t commits)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = processors < 1 ? 1 : processors > EXH_CREW_MOST ? EXH_CREW_MOST : (size_t)processors;

    return commits / TURN + 1 < most ? commits / TURN + 1 : most;
}

/* What was found at the first that cannot be read, if any. */
static void settle(struct member *members, size_t count, size_t end, struct exh_error *broken)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i].err.kind != EXH_OK && members[i].at == end) {
            exh_error_clear(broken);
            exh_error_move(broken, &members[i].err);
        }
        exh_error_clear(&members[i].err);
    }
}

size_t exh_crew_look(struct exh_ledger *ledger, const struct exh_crew_work *work, struct exh_error *broken)
{
    struct crew crew = { .path = ledger->path, .work = work, .end = work->count };
    struct member members[EXH_CREW_MOST] = { { .crew = &crew } };
    size_t threads = count_threads(work->count), started = 1;

    for (; started < threads; started++) {
        members[started] = (struct member){ .apart = true, .repo = &ledger->apart[started], .crew = &crew };
        if (pthread_create(&members[started].thread, NULL, work_apart, &members[started]) != 0)
            break;                           /* fewer do it too */
    }
    if (work->meanwhile)
        work->meanwhile(work->meanwhile_context);
    take_turns(&members[0], ledger->repo);
    for (size_t i = 1; i < started; i++)
        pthread_join(members[i].thread, NULL);
    settle(members, started, atomic_load(&crew.end), broken);
    return atomic_load(&crew.end);
}
