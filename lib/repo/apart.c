/* repo: a push in a process apart. libgit2 1.5 waits for a remote for ever, and a dead network disk holds whoever
 * reads it; what waits here can end it, and does not wait for its end. */
#include "object.h"
#include "push.h"

#include "exhibit/file.h"
#include "exhibit/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum frame_type { PROGRESS = 1, DONE, FAILED };
enum { STEP_MS = 200, SEND_MS = 10000, END_MS = 2000 };
#define MOST_MEMORY ((rlim_t)4 << 30) /* bytes of address space, whatever a remote sends */

struct progress {
    uint64_t done, total;
};

static int64_t ms_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

/* ---- the process apart ---- */

static bool send_frame(int socket, enum frame_type type, const void *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error gone = EXH_ERROR_NONE;

    return exh_frame_send(socket, type, bytes, size, -1, SEND_MS, &gone);
}

bool exh_errand_tell(struct exh_errand *errand, uint64_t done, uint64_t total)
{
    const struct progress progress = { done, total };

    if (ms_since(&errand->told) < STEP_MS)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &errand->told);
    return send_frame(errand->socket, PROGRESS, &progress, sizeof progress);
}

/* One byte of kind, then the words. */
static void send_error(int socket, const struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = exh_format("%c%s", 'A' + (int)err->kind, err->text);

    if (!send_frame(socket, FAILED, words, strlen(words)))
        return; /* nobody is left to be told */
}

/* Not held in a build with sanitizers, which need terabytes. */
static bool limit_memory(void)
{
#ifdef EXH_SANITIZED
    return true;
#else
    struct rlimit memory;

    if (getrlimit(RLIMIT_AS, &memory))
        return false;
    memory.rlim_max = memory.rlim_max < MOST_MEMORY ? memory.rlim_max : MOST_MEMORY;
    memory.rlim_cur = memory.rlim_cur < memory.rlim_max ? memory.rlim_cur : memory.rlim_max;
    return setrlimit(RLIMIT_AS, &memory) == 0;
#endif
}

static bool confine(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        return false;
    signal(SIGINT, SIG_IGN); /* whoever waits decides */
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    setenv("HOME", "/", 0); /* libssh2's known_hosts: libgit2 fails where there is no HOME */
    return limit_memory();
}

static _Noreturn void go(struct exh_errand *errand, pid_t parent)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_push push;

    if (!confine(parent))
        _exit(127);
    if (exh_errand_do(errand, &push, &err)) {
        if (!send_frame(errand->socket, DONE, &push, sizeof push))
            _exit(1);
    } else
        send_error(errand->socket, &err);
    _exit(0);
}

/* ---- the process that waits ---- */

struct apart {
    pid_t pid;
    int socket;
};

/* False: it does not end. One that a dead disk holds in the kernel is left to it. */
static bool end_apart(struct apart *apart, int *ret_status)
{
    pid_t ended = 0;

    for (int waited = 0; waited < END_MS && (ended = waitpid(apart->pid, ret_status, WNOHANG)) == 0; waited += 5)
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    apart->pid = 0;
    return ended > 0;
}

static void close_apart(struct apart *apart)
{
    int status;

    exh_fd_close(&apart->socket);
    if (apart->pid <= 0)
        return;
    kill(apart->pid, SIGKILL);
    end_apart(apart, &status);
}

static bool take_error(const struct exh_frame *frame, struct exh_error *err)
{
    int kind = frame->size ? frame->bytes[0] - 'A' : 0;

    if (kind < EXH_NO || kind > EXH_BUSY)
        return exh_fail(err, EXH_IO, "the process that spoke with it gave no reason");
    return exh_fail(err, (enum exh_kind)kind, "%s", (const char *)frame->bytes + 1);
}

static bool tell_caller(const struct exh_push_options *options, const struct exh_frame *frame, struct exh_error *err)
{
    struct progress progress = { 0, 0 };

    if (frame && frame->size == sizeof progress)
        memcpy(&progress, frame->bytes, sizeof progress);
    return !options->go_on || options->go_on(options->context, progress.done, progress.total)
        || exh_fail(err, EXH_IO, "stopped before it was done: the same push again completes it");
}

/* A full disk ends it so, where libgit2 writes to a file through memory. */
static bool say_end(struct apart *apart, struct exh_error *err)
{
    int status = 0;

    if (!end_apart(apart, &status))
        return exh_fail(err, EXH_IO, "the process that spoke with it cannot be ended");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
        return exh_fail(err, EXH_IO, "its disk is full, or failed: make room there; the same push again completes it");
    if (WIFSIGNALED(status))
        return exh_fail(err, EXH_IO,
                        "the process that spoke with it was ended by signal %d; the same push again completes it",
                        WTERMSIG(status));
    return exh_fail(err, EXH_IO, "the process that spoke with it ended with status %d", WEXITSTATUS(status));
}

/* Waits a moment for one frame. */
static bool hear(struct apart *apart, struct exh_frame *frame, bool *ret_heard, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error gone = EXH_ERROR_NONE;
    struct pollfd one = { .fd = apart->socket, .events = POLLIN };
    int ready = poll(&one, 1, STEP_MS);

    *ret_heard = ready > 0;
    if (ready < 0 && errno != EINTR)
        return exh_fail_os(err, "cannot wait for the process that speaks with it");
    return ready <= 0 || exh_frame_receive(apart->socket, SEND_MS, frame, &gone) || say_end(apart, err);
}

static bool wait_for(struct apart *apart, const struct exh_errand *errand, struct exh_push *ret_push,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;
    unsigned wait_s = errand->remote->wait_s;
    struct timespec heard;
    bool some;

    clock_gettime(CLOCK_MONOTONIC, &heard);
    for (;;) {
        if (!hear(apart, &frame, &some, err))
            return false;
        if (some && frame.type == FAILED)
            return take_error(&frame, err);
        if (some && frame.type == DONE && frame.size == sizeof *ret_push) {
            memcpy(ret_push, frame.bytes, sizeof *ret_push);
            return true;
        }
        if (!tell_caller(errand->options, some ? &frame : NULL, err))
            return false;
        if (some)
            clock_gettime(CLOCK_MONOTONIC, &heard);
        else if (ms_since(&heard) >= (int64_t)wait_s * 1000)
            return exh_fail(err, EXH_IO, "no progress for %u s: given up", wait_s);
    }
}

static bool start(struct exh_errand *errand, struct apart *apart, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int theirs = -1;
    pid_t parent = getpid();
    int both[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both))
        return exh_fail_os(err, "cannot make a socket");
    apart->socket = both[0];
    theirs = both[1];
    apart->pid = fork();
    if (apart->pid < 0)
        return exh_fail_os(err, "cannot start a process");
    if (apart->pid == 0) {
        close(apart->socket);
        errand->socket = theirs;
        go(errand, parent);
    }
    return true;
}

/* Removes what the comparison fetched. */
static bool clear_scratch(const char *scratch, struct exh_error *err)
{
    return !exh_file_exists(AT_FDCWD, scratch) || exh_tree_remove(AT_FDCWD, scratch, err);
}

static char *scratch_path(const char *directory)
{
    uint64_t random = 0;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint64_t)getpid();
    return exh_format("%s/exhibit-push.%016llx", directory, (unsigned long long)random);
}

static bool run(struct exh_errand *errand, struct exh_push *ret_push, struct exh_error *err)
{
    EXH_CLEANUP(close_apart) struct apart apart = { 0, -1 };

    return start(errand, &apart, err) && wait_for(&apart, errand, ret_push, err);
}

bool exh_repo_push(struct exh_repo *repo, const struct exh_remote *remote, const struct exh_push_options *options,
                   struct exh_push *ret_push, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *scratch = scratch_path(options->scratch);
    EXH_CLEANUP(exh_error_clear) struct exh_error left = EXH_ERROR_NONE;
    struct exh_errand errand = { .repo = repo, .remote = remote, .options = options, .scratch = scratch };
    struct exh_push push;

    exh_git_begin();
    if (!exh_remote_check_url(remote->url, &errand.form, err) || !exh_packs_check(repo->path, err))
        return false;
    bool done = run(&errand, &push, err);
    if (!clear_scratch(scratch, &left) && done)
        return exh_error_move(err, &left);
    if (!done)
        return exh_while(err, "remote '%s'", remote->name);
    *ret_push = push;
    return true;
}

/* ---- what is kept of it ---- */

bool exh_repo_pushed(struct exh_repo *repo, const char *name, char ret_oid[EXH_OID_DIGITS], int64_t *ret_time,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_freep)
    char *reference = exh_format("refs/remotes/%s/%s", name, repo->reference + strlen("refs/heads/"));
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", repo->path, reference);
    struct stat facts;
    git_oid id;
    int r = git_reference_name_to_id(&id, repo->git, reference);

    ret_oid[0] = '\0';
    *ret_time = 0;
    if (r == GIT_ENOTFOUND)
        return true;
    if (r)
        return exh_git_fail(err, EXH_IO, "cannot read '%s' of '%s'", reference, repo->path);
    git_oid_tostr(ret_oid, EXH_OID_DIGITS, &id);
    /* Its file is written when the head changes, and only then; none is left where references were packed. */
    if (lstat(path, &facts) == 0)
        *ret_time = facts.st_mtim.tv_sec;
    return true;
}
