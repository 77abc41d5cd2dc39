/* cmd: what goes on while an exhibit is made: progress on a terminal, and interruption. */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void catch(int number)
{
    caught = number;
}

bool watch_is_interrupted(void)
{
    return caught != 0;
}

static void show_progress(void *context, size_t part, size_t parts, uint64_t done, uint64_t size)
{
    EXH_CLEANUP(exh_freep) char *so_far = exh_text_size(done), *whole = exh_text_size(size);

    (void)context;
    fprintf(stderr, "\r\033[Kpart %zu of %zu: %s of %s, %u%%", part, parts, so_far, whole, size ? (unsigned)(100 * done / size) : 100u);
    fflush(stderr);
}

static void catch_signals(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

struct watch watch_begin(const struct session *session)
{
    bool shows = !session->quiet && isatty(STDERR_FILENO);

    catch_signals(catch);
    return (struct watch){ .progress = shows ? show_progress : NULL };
}

/* Ends as the signal would have ended it: 128 + n for whoever waits. */
static void die_of_signal(void)
{
    catch_signals(SIG_DFL);
    fflush(stdout);
    raise(caught);
}

void watch_end(const struct watch *watch, bool done, const struct exh_error *err)
{
    if (watch->progress)
        fputs("\r\033[K", stderr);
    if (done || !caught)
        return;
    fprintf(stderr, "exhibit: %s\n", err->text);
    die_of_signal();
}
