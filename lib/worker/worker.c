/* worker/worker: starting a program that has one socket and nothing else, and ending it. */
#include "exhibit/worker.h"

#include "exhibit/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct exh_worker {
    pid_t pid;           /* 0 once it was waited for */
    int socket;
    int words;           /* what it says on its standard error can be read here; -1 where that is the caller's */
    char *last_words;
};
/* A pipe takes no more, unless it is made to. What does not fit the worker cannot write. */
enum { MOST_WORDS = 65536, LONGEST_LINE = 200 };

static void close_keeping_errno(int *fd)
{
    int os = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = os;
}

/* At most @most, and no more than the caller has. */
static bool limit(int resource, rlim_t most)
{
    struct rlimit both;

    if (getrlimit(resource, &both))
        return false;
    both.rlim_max = both.rlim_cur = most < both.rlim_max ? most : both.rlim_max;
    return setrlimit(resource, &both) == 0;
}

/* In the child: a sanitizer's memory is larger than any limit, and its report may go to a file. */
static bool keep_within(const struct exh_worker_limits *limits)
{
    if (!limit(RLIMIT_CORE, 0) || (limits && !limit(RLIMIT_NOFILE, limits->descriptors)))
        return false;
#ifdef EXH_SANITIZED
    return true;
#else
    return limit(RLIMIT_FSIZE, 0) && (!limits || limit(RLIMIT_AS, limits->memory));
#endif
}

/* What it may not find ignored, although the caller may: SIGXCPU is what a limit ends it with. */
static bool reset_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    return signal(SIGXCPU, SIG_DFL) != SIG_ERR && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* The child's ends, all above EXH_WORKER_DEVICE, so that putting one in its place never overwrites another. */
struct ends { int null, socket, words, device; };

/* In the child, after fork: only calls that are safe there. */
static _Noreturn void become(const char *program, const struct exh_worker_limits *limits, const struct ends *ends,
                             pid_t parent)
{
    char *const arguments[] = { (char *)(uintptr_t)program, NULL };
    char *const environment[] = { NULL };

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        || !reset_signals()
        || dup2(ends->null, STDIN_FILENO) < 0 || dup2(ends->null, STDOUT_FILENO) < 0
        || (ends->words >= 0 && dup2(ends->words, STDERR_FILENO) < 0)
        || dup2(ends->socket, EXH_WORKER_SOCKET) < 0
        || (ends->device >= 0 && dup2(ends->device, EXH_WORKER_DEVICE) < 0)
        || close_range(EXH_WORKER_SOCKET + (ends->device >= 0 ? 2 : 1), ~0U, 0) || !keep_within(limits))
        _exit(127);
    execve(program, arguments, environment);
    _exit(127);
}

/* Moves a descriptor above those a worker has places for. */
static bool move_up(int *fd)
{
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, EXH_WORKER_DEVICE + 1);

    close_keeping_errno(fd);
    *fd = higher;
    return higher >= 0;
}

static bool open_null(int *ret_fd)
{
    *ret_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *ret_fd >= 0 && move_up(ret_fd);
}

static bool open_socket(int *ret_ours, int *ret_theirs)
{
    int both[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both))
        return false;
    *ret_ours = both[0];
    *ret_theirs = both[1];
    return move_up(ret_ours) && move_up(ret_theirs);
}

/* Neither end ever waits: a worker that says more than anybody reads is not held up, and loses it. */
static bool open_words(int *ret_ours, int *ret_theirs)
{
#ifdef EXH_SANITIZED
    (void)ret_ours, (void)ret_theirs;
    return true;
#else
    int both[2];

    if (pipe2(both, O_CLOEXEC | O_NONBLOCK))
        return false;
    *ret_ours = both[0];
    *ret_theirs = both[1];
    return move_up(ret_ours) && move_up(ret_theirs);
#endif
}

static void close_ends(struct ends *ends)
{
    close_keeping_errno(&ends->null);
    close_keeping_errno(&ends->socket);
    close_keeping_errno(&ends->words);
    close_keeping_errno(&ends->device);
}

/* A copy above the places that a worker has. */
static bool take_device(const struct exh_worker_limits *limits, int *ret_device)
{
    if (!limits || limits->device <= 0)
        return true;
    *ret_device = fcntl(limits->device, F_DUPFD_CLOEXEC, EXH_WORKER_DEVICE + 1);
    return *ret_device >= 0;
}

bool exh_worker_start(const char *program, const struct exh_worker_limits *limits, struct exh_worker **ret_worker,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = exh_alloc(sizeof *worker);
    EXH_CLEANUP(close_ends) struct ends ends = { -1, -1, -1, -1 };
    pid_t parent = getpid();

    worker->socket = worker->words = -1;
    if (access(program, X_OK))
        return exh_fail_os(err, "cannot run '%s'", program);
    if (!open_socket(&worker->socket, &ends.socket) || !open_words(&worker->words, &ends.words)
        || !open_null(&ends.null) || !take_device(limits, &ends.device))
        return exh_fail_os(err, "cannot prepare the descriptors of '%s'", program);
    pid_t pid = fork();
    if (pid < 0)
        return exh_fail_os(err, "cannot start a process for '%s'", program);
    if (pid == 0)
        become(program, limits, &ends, parent);
    worker->pid = pid;
    *ret_worker = exh_steal(&worker);
    return true;
}

/* Processor time that it has used, begun seconds counted as whole ones. */
static bool seconds_used(const struct exh_worker *worker, rlim_t *ret_seconds)
{
    struct timespec used;
    clockid_t clock;

    if (worker->pid == 0 || clock_getcpuclockid(worker->pid, &clock) || clock_gettime(clock, &used))
        return false;
    *ret_seconds = (rlim_t)used.tv_sec + 1;
    return true;
}

bool exh_worker_allow(const struct exh_worker *worker, unsigned seconds, struct exh_error *err)
{
    struct rlimit limit;
    rlim_t used;

    if (!seconds_used(worker, &used) || prlimit(worker->pid, RLIMIT_CPU, NULL, &limit))
        return exh_fail(err, EXH_IO, "the worker is gone");
    limit.rlim_cur = used + seconds < limit.rlim_max ? used + seconds : limit.rlim_max;
    return prlimit(worker->pid, RLIMIT_CPU, &limit, NULL) == 0
        || exh_fail_os(err, "cannot limit the worker's processor time");
}

int exh_worker_socket(const struct exh_worker *worker)
{
    return worker->socket;
}

/* Waits for the end in short steps; false when it still runs after @wait_ms. */
static bool has_ended(struct exh_worker *worker, int wait_ms, int *ret_status)
{
    const struct timespec step = { 0, 5000000 };

    for (int waited = 0;; waited += 5) {
        pid_t ended = waitpid(worker->pid, ret_status, WNOHANG);
        if (ended == worker->pid)
            return true;
        if (waited >= wait_ms || (ended < 0 && errno != EINTR))
            return false;
        nanosleep(&step, NULL);
    }
}

static size_t read_words(int fd, char words[MOST_WORDS])
{
    size_t size = 0;
    ssize_t n;

    while (size < MOST_WORDS && (n = read(fd, words + size, MOST_WORDS - size)) > 0)
        size += (size_t)n;
    return size;
}

/* Keeps the beginning of the last line that is not empty. */
static void take_last_words(struct exh_worker *worker)
{
    EXH_CLEANUP(exh_freep) char *words = exh_alloc(MOST_WORDS);
    size_t size = worker->words >= 0 ? read_words(worker->words, words) : 0;

    close_keeping_errno(&worker->words);
    while (size && (words[size - 1] == '\n' || words[size - 1] == '\0'))
        size--;
    if (size == 0)
        return;
    const char *end = memrchr(words, '\n', size), *line = end ? end + 1 : words;
    EXH_CLEANUP(exh_freep) char *raw = exh_strndup(line, size - (size_t)(line - words));
    worker->last_words = exh_text_brief(raw, LONGEST_LINE);
}

char *exh_worker_end(struct exh_worker *worker, int wait_ms)
{
    int status;

    close_keeping_errno(&worker->socket);
    if (worker->pid == 0)
        return exh_strdup("killed");
    bool ended = has_ended(worker, wait_ms, &status);
    if (!ended) {
        kill(worker->pid, SIGKILL);
        while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    worker->pid = 0;
    take_last_words(worker);
    if (ended && WIFSIGNALED(status))
        return exh_format("signal %d", WTERMSIG(status));
    return ended ? exh_format("status %d", WEXITSTATUS(status)) : exh_strdup("killed");
}

const char *exh_worker_last_words(const struct exh_worker *worker)
{
    return worker->last_words;
}

void exh_worker_freep(struct exh_worker **worker)
{
    if (!*worker)
        return;
    free(exh_worker_end(*worker, 0));
    close_keeping_errno(&(*worker)->words);
    free((*worker)->last_words);
    free(*worker);
    *worker = NULL;
}
