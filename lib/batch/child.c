/* batch: the process of one row: this same program, without a terminal, without a shell, and never alone. */
#include "batch.h"

#include "exhibit/crypto.h"
#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A record of days of footage has some megabytes. */
enum { LONGEST_LINE = 16 << 20, PASSPHRASE_AT = 3 };
static const char program[] = "/proc/self/exe";

void exh_child_clear(struct child *child)
{
    exh_fd_close(&child->out);
    exh_fd_close(&child->words);
    exh_text_clear(&child->line);
    exh_child_forget(child);
    *child = (struct child){ .out = -1, .words = -1 };
}

void exh_child_forget(struct child *child)
{
    exh_json_free(exh_steal(&child->last));
    exh_json_free(exh_steal(&child->findings));
    child->line.size = child->said_size = 0;
    child->said[0] = '\0';
}

/* ---- its command line ---- */

static void add_all(struct exh_strings *to, const struct exh_strings *from)
{
    for (size_t i = 0; i < from->count; i++)
        exh_strings_add(to, from->at[i]);
}

/* What is tried leaves no entry, so it is for no row. */
static void find_arguments(const struct exh_batch_row *row, const struct exh_batch_run *run, struct exh_strings *arguments)
{
    EXH_CLEANUP(exh_freep) char *job = exh_job_words(&row->job);

    exh_strings_add(arguments, "exhibit");
    EXH_CLEANUP(exh_freep) char *verb = exh_strdup(row->verb->name);
    for (char *rest = verb, *word; (word = strsep(&rest, " "));)
        exh_strings_add(arguments, word);
    add_all(arguments, run->common);
    if (run->passphrase)
        exh_strings_addf(arguments, "--passphrase-fd=%d", PASSPHRASE_AT);
    if (run->dry_run)
        exh_strings_add(arguments, "--dry-run");
    else
        exh_strings_addf(arguments, "--job=%s", job);
    add_all(arguments, &row->words);
}

/* ---- its descriptors ---- */

struct ends { int null, out[2], words[2], secret; };

static void close_ends(struct ends *ends)
{
    exh_fd_close(&ends->null);
    exh_fd_close(&ends->secret);
    for (size_t i = 0; i < 2; i++) {
        exh_fd_close(&ends->out[i]);
        exh_fd_close(&ends->words[i]);
    }
}

/* Above those that the child has places for, so that putting one there never overwrites another. */
static bool move_up(int *fd)
{
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, PASSPHRASE_AT + 1);

    exh_fd_close(fd);
    *fd = higher;
    return higher >= 0;
}

/* What is read never waits. */
static bool open_pipe(int ret_ends[2])
{
    return pipe2(ret_ends, O_CLOEXEC) == 0 && move_up(&ret_ends[0]) && move_up(&ret_ends[1])
        && fcntl(ret_ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/* The passphrase is shorter than what a pipe takes. */
static bool offer(const struct exh_secret_text *passphrase, int *ret_fd)
{
    int both[2] = { -1, -1 };
    bool done = pipe2(both, O_CLOEXEC) == 0 && write(both[1], passphrase->bytes, passphrase->size) == (ssize_t)passphrase->size
        && write(both[1], "\n", 1) == 1 && move_up(&both[0]);

    exh_fd_close(&both[1]);
    *ret_fd = both[0];
    return done;
}

static bool open_ends(const struct exh_batch_run *run, struct ends *ends)
{
    ends->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return ends->null >= 0 && move_up(&ends->null) && open_pipe(ends->out) && open_pipe(ends->words)
        && (!run->passphrase || offer(run->passphrase, &ends->secret));
}

/* ---- its life ---- */

/* In the child, after fork, with every signal blocked: only calls that are safe there. A session of its own has no terminal
 * to ask on, and gets no Ctrl-C; it is asked to stop by whoever began it, or by the kernel when that is gone. Being asked
 * ends it from the first moment on: the handler of whoever began it would only take a note that nobody reads. */
static _Noreturn void become(char *const arguments[], char *const environment[], const struct ends *ends, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent || setsid() < 0 || signal(SIGTERM, SIG_DFL) == SIG_ERR
        || sigprocmask(SIG_SETMASK, &none, NULL) || dup2(ends->null, STDIN_FILENO) < 0 || dup2(ends->out[1], STDOUT_FILENO) < 0
        || dup2(ends->words[1], STDERR_FILENO) < 0 || (ends->secret >= 0 && dup2(ends->secret, PASSPHRASE_AT) < 0)
        || close_range(PASSPHRASE_AT + (ends->secret >= 0), ~0U, 0))
        _exit(EXH_IO);
    execve(program, arguments, environment);
    _exit(EXH_IO);
}

static pid_t start_process(char *const arguments[], char *const environment[], const struct ends *ends)
{
    sigset_t all, before;
    pid_t parent = getpid();

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        become(arguments, environment, ends, parent);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

bool exh_child_start(struct child *child, const struct exh_batch_run *run, struct exh_error *err)
{
    EXH_CLEANUP(close_ends) struct ends ends = { -1, { -1, -1 }, { -1, -1 }, -1 };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings arguments = EXH_STRINGS_NONE;

    find_arguments(child->row, run, &arguments);
    char **argv = exh_realloc_array(arguments.at, arguments.count + 1, sizeof *argv);
    arguments.at = argv;
    argv[arguments.count] = NULL;
    if (!open_ends(run, &ends))
        return exh_fail_os(err, "cannot prepare the descriptors of row '%s'", child->row->id);
    pid_t pid = start_process(argv, run->environment, &ends);
    if (pid < 0)
        return exh_fail_os(err, "cannot start a process for row '%s'", child->row->id);
    child->pid = pid;
    child->out = ends.out[0];
    child->words = ends.words[0];
    ends.out[0] = ends.words[0] = -1;
    return true;
}

/* ---- what it says ---- */

static void keep(struct child *child, struct exh_json *object)
{
    const struct exh_json *findings = exh_json_get(exh_json_get(object, "record"), "findings");

    if (!child->findings)
        child->findings = exh_json_array();
    for (size_t i = 0; i < exh_json_count(findings); i++)
        exh_json_add(child->findings, exh_json_copy(exh_json_at(findings, i)));
    exh_json_free(child->last);
    child->last = object;
}

static void take_line(struct child *child, const struct exh_batch_run *run)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = NULL;

    if (!exh_json_parse(child->line.bytes, child->line.size, "a row's result", &object, &ignored))
        return;
    if (strcmp(exh_json_text_or(object, "type", ""), "progress") == 0) {
        run->tell(run->context, &(struct exh_batch_event){ .stage = EXH_BATCH_PROGRESS, .row = child->row, .progress = object });
        return;
    }
    keep(child, exh_steal(&object));
}

/* Bytes up to a line's end, or as many as there are. */
static void take_part(struct child *child, const char *bytes, size_t size)
{
    child->passing |= child->line.size + size > LONGEST_LINE;
    if (!child->passing)
        exh_text_add(&child->line, bytes, size);
}

static void end_line(struct child *child, const struct exh_batch_run *run)
{
    if (!child->passing && child->line.size)
        take_line(child, run);
    child->passing = false;
    child->line.size = 0;
}

static void take_output(struct child *child, const struct exh_batch_run *run, const char *bytes, size_t size)
{
    const char *end = bytes + size, *newline;

    for (; (newline = memchr(bytes, '\n', (size_t)(end - bytes))); bytes = newline + 1) {
        take_part(child, bytes, (size_t)(newline - bytes));
        end_line(child, run);
    }
    take_part(child, bytes, (size_t)(end - bytes));
}

/* The end of it is kept. */
static void take_words(struct child *child, const char *bytes, size_t size)
{
    size_t kept = size < LONGEST_WORDS ? size : LONGEST_WORDS;
    size_t before = child->said_size + kept > LONGEST_WORDS ? LONGEST_WORDS - kept : child->said_size;

    memmove(child->said, child->said + child->said_size - before, before);
    memcpy(child->said + before, bytes + size - kept, kept);
    child->said_size = before + kept;
    child->said[child->said_size] = '\0';
}

bool exh_child_read(struct child *child, const struct exh_batch_run *run)
{
    char bytes[32 << 10];
    ssize_t size;

    while ((size = read(child->words, bytes, sizeof bytes)) > 0)
        take_words(child, bytes, (size_t)size);
    if (size == 0)
        exh_fd_close(&child->words);     /* else whoever waits would not wait */
    while ((size = read(child->out, bytes, sizeof bytes)) > 0)
        take_output(child, run, bytes, (size_t)size);
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

int exh_child_end(struct child *child)
{
    char bytes[4096];
    int status = 0;
    ssize_t size;

    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    while ((size = read(child->words, bytes, sizeof bytes)) > 0)     /* what came between its output's end and its own */
        take_words(child, bytes, (size_t)size);
    child->pid = 0;
    exh_fd_close(&child->out);
    exh_fd_close(&child->words);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

char *exh_child_words(const struct child *child)
{
    static const char name[] = "exhibit: ";
    EXH_CLEANUP(exh_freep) char *said = exh_strdup(child->said);
    size_t size = strlen(said);

    while (size && said[size - 1] == '\n')
        said[--size] = '\0';
    const char *newline = strrchr(said, '\n'), *line = newline ? newline + 1 : said;
    if (strncmp(line, name, strlen(name)) == 0)
        line += strlen(name);
    return *line ? exh_text_printable(line) : NULL;
}
