/* agent/talk: one question and its answer over the agent's socket, within a time. */
#include "agent.h"

#include "exhibit/file.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

/* A question on its way. */
struct talk { int fd, wait_ms; int64_t end_ms; };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool too_late(int wait_ms, struct exh_error *err)
{
    return exh_fail(err, EXH_IO, "the ssh-agent did not answer within %g s: does it wait for a touch of its token, or for "
                    "an answer to a question on another screen? Do that sooner, and try again", wait_ms / 1000.0);
}

/* A full queue before the agent is waited out by the kernel, as long as a send may take. */
static bool connect_to(const char *path, struct talk *talk, struct exh_error *err)
{
    const struct timeval limit = { talk->wait_ms / 1000, talk->wait_ms % 1000 * 1000 };
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path)
        return exh_fail(err, EXH_USAGE, "the path of the ssh-agent's socket is longer than %zu bytes: '%s'",
                        sizeof address.sun_path - 1, path);
    memcpy(address.sun_path, path, strlen(path));
    talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (talk->fd < 0 || setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit))
        return exh_fail_os(err, "cannot make a socket");
    if (connect(talk->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    if (errno == EAGAIN)
        return too_late(talk->wait_ms, err);
    return exh_fail_os(err, "cannot reach the ssh-agent at '%s' (SSH_AUTH_SOCK names it; is it running?)", path);
}

/* A signal that somebody handles ends the wait: who pressed Ctrl-C does not want to touch the token. */
static bool wait_for(const struct talk *talk, short what, struct exh_error *err)
{
    struct pollfd one = { .fd = talk->fd, .events = what };
    int64_t left = talk->end_ms - now_ms();
    int ready = poll(&one, 1, left > 0 ? (int)left : 0);

    if (ready > 0)
        return true;
    if (ready == 0)
        return too_late(talk->wait_ms, err);
    return exh_fail_os(err, "the wait for the ssh-agent was broken off");
}

static bool may_go_on(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static bool send_all(const struct talk *talk, const char *bytes, size_t size, struct exh_error *err)
{
    while (size) {
        if (!wait_for(talk, POLLOUT, err))
            return false;
        ssize_t n = send(talk->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && may_go_on())
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot send to the ssh-agent");
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

static bool receive_all(const struct talk *talk, void *ret_bytes, size_t size, struct exh_error *err)
{
    char *at = ret_bytes;

    while (size) {
        if (!wait_for(talk, POLLIN, err))
            return false;
        ssize_t n = recv(talk->fd, at, size, MSG_DONTWAIT);
        if (n < 0 && may_go_on())
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot receive from the ssh-agent");
        if (n == 0)
            return exh_fail(err, EXH_IO, "the ssh-agent hung up before its answer was whole; look at it, and try again");
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool receive(const struct talk *talk, struct exh_text *answer, struct exh_error *err)
{
    char head[4];
    struct exh_words rest = { head, sizeof head };
    uint32_t size = 0;

    if (!receive_all(talk, head, sizeof head, err))
        return false;
    if (!exh_wire_get_number(&rest, &size) || size == 0 || size > AGENT_LONGEST)
        return exh_fail(err, EXH_MALFORMED, "the ssh-agent announced an answer of %u bytes; 1 to %d are taken: is it an "
                        "ssh-agent that SSH_AUTH_SOCK names?", size, AGENT_LONGEST);
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(size);
    if (!receive_all(talk, bytes, size, err))
        return false;
    exh_text_add(answer, bytes, size);
    return true;
}

bool exh_agent_ask(const char *socket, int wait_ms, const struct exh_text *question, struct exh_text *answer,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text message = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct talk talk = { -1, wait_ms, now_ms() + wait_ms };

    exh_wire_put(&message, question->bytes, question->size);
    bool is_there = connect_to(socket, &talk, err);
    fd = talk.fd;
    return is_there && send_all(&talk, message.bytes, message.size, err) && receive(&talk, answer, err);
}
