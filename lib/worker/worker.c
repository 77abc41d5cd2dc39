/* worker/worker: starting a program that has one socket and nothing else, and ending it. */
#include "exhibit/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct exh_worker {
    pid_t pid;           /* 0 once it was waited for */
    int socket;
};

static void close_keeping_errno(int *fd)
{
    int os = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = os;
}

/* In the child, after fork: only calls that are safe there. The descriptors given are above
 * EXH_WORKER_SOCKET, so that putting one in its place never overwrites the other. */
static _Noreturn void become(const char *program, int null, int end_of_socket, pid_t parent)
{
    char *const arguments[] = { (char *)(uintptr_t)program, NULL };
    char *const environment[] = { NULL };
    sigset_t none;

    sigemptyset(&none);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        || sigprocmask(SIG_SETMASK, &none, NULL)
        || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0
        || dup2(end_of_socket, EXH_WORKER_SOCKET) < 0
        || close_range(EXH_WORKER_SOCKET + 1, ~0U, 0))
        _exit(127);
    execve(program, arguments, environment);
    _exit(127);
}

/* Moves a descriptor above those a worker has places for. */
static bool move_up(int *fd)
{
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, EXH_WORKER_SOCKET + 1);

    close_keeping_errno(fd);
    *fd = higher;
    return higher >= 0;
}

static bool open_null(int *ret_fd)
{
    *ret_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *ret_fd >= 0 && move_up(ret_fd);
}

bool exh_worker_start(const char *program, struct exh_worker **ret_worker, struct exh_error *err)
{
    EXH_CLEANUP(close_keeping_errno) int null = -1;
    EXH_CLEANUP(close_keeping_errno) int ours = -1;
    EXH_CLEANUP(close_keeping_errno) int theirs = -1;
    int ends[2];
    pid_t parent = getpid();

    if (access(program, X_OK))
        return exh_fail_os(err, "cannot run '%s'", program);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return exh_fail_os(err, "cannot make a socket for '%s'", program);
    ours = ends[0];
    theirs = ends[1];
    if (!move_up(&ours) || !move_up(&theirs) || !open_null(&null))
        return exh_fail_os(err, "cannot prepare the descriptors of '%s'", program);
    pid_t pid = fork();
    if (pid < 0)
        return exh_fail_os(err, "cannot start a process for '%s'", program);
    if (pid == 0)
        become(program, null, theirs, parent);
    struct exh_worker *worker = exh_alloc(sizeof *worker);
    *worker = (struct exh_worker){ .pid = pid, .socket = ours };
    ours = -1;
    *ret_worker = worker;
    return true;
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
    if (ended && WIFSIGNALED(status))
        return exh_format("signal %d", WTERMSIG(status));
    return ended ? exh_format("status %d", WEXITSTATUS(status)) : exh_strdup("killed");
}

void exh_worker_freep(struct exh_worker **worker)
{
    if (!*worker)
        return;
    free(exh_worker_end(*worker, 0));
    free(*worker);
    *worker = NULL;
}
