/* hostile: stands in for exhibit-media in tests, as if a file had taken it over: it is in the same cage, and does what
 * the segment's bytes tell it: "open PATH", "spin" ...; what it can still tell afterwards it says as the problem of the
 * segment. */
#include "exhibit/cage.h"
#include "exhibit/helper.h"
#include "exhibit/json.h"
#include "exhibit/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 4096, SOCKET = EXH_WORKER_SOCKET };

/* What a deed gave back: from the kernel, or words. */
static char told[MOST];

static void say(uint32_t type, const void *bytes, size_t size)
{
    struct exh_error err = EXH_ERROR_NONE;

    if (!exh_frame_send(SOCKET, type, bytes, size, -1, -1, &err))
        _exit(0);
}

static void say_words(uint32_t type, const char *words)
{
    say(type, words, strlen(words));
}

static void tell(long result)
{
    snprintf(told, sizeof told, "%s", result < 0 ? strerror(errno) : "it was let");
}

/* ---- deeds ---- */

static void open_it(const char *path)
{
    tell(open(path, O_RDONLY));
}

static void read_it(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, told, sizeof told - 1) : -1;

    if (n < 0)
        tell(-1);
}

static void look_for(const char *path)
{
    struct stat about;

    tell(fstatat(AT_FDCWD, path, &about, 0));
}

static void make_it(const char *path)
{
    tell(open(path, O_WRONLY | O_CREAT, 0600));
}

static void remove_it(const char *path)
{
    tell(unlink(path));
}

static void run_it(const char *path)
{
    char *arguments[] = { (char *)(uintptr_t)path, NULL };

    tell(execv(path, arguments));
}

static void fork_it(const char *path)
{
    pid_t child = (pid_t)syscall(SYS_fork);

    if (child == 0) {
        make_it(path);
        _exit(0);
    }
    tell(child);
}

static void connect_to(const char *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tell(fd < 0 ? -1 : connect(fd, (struct sockaddr *)&at, sizeof at));
}

static void signal_parent(const char *unused)
{
    (void)unused;
    tell(kill(getppid(), SIGTERM));
}

static void trace_parent(const char *unused)
{
    (void)unused;
    tell(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static void run_bytes(const char *unused)
{
    (void)unused;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell(page == MAP_FAILED ? -1 : 0);
}

static void turn_bytes_into_code(const char *unused)
{
    (void)unused;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static void lift_limits(const char *unused)
{
    const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

    (void)unused;
    tell(setrlimit(RLIMIT_CPU, &all));
}

static void allocate(const char *unused)
{
    volatile char *bytes = exh_alloc((size_t)10 << 30);

    (void)unused;
    for (size_t i = 0; i < (size_t)10 << 30; i += 4096)
        bytes[i] = 1;
    tell(0);
}

static void shout(const char *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++)
        fputs("\033[2J\033]0;owned\007 all is well \n", stderr);
    for (int i = 0; i < 1000; i++)
        fputs("\033[31mxxxxxxxxxx", stderr);
    abort();
}

static void fail_an_assertion(const char *unused)
{
    (void)unused;
    fputs("hostile: assertion 'true == false' failed\n", stderr);
    abort();
}

static _Noreturn void spin(void)
{
    for (volatile uint64_t i = 0;; i++)
        ;
}

static void spin_silently(const char *unused)
{
    (void)unused;
    spin();
}

static _Noreturn void spin_aloud(const char *unused)
{
    (void)unused;
    for (;;)
        say(EXH_HELPER_PROGRESS, NULL, 0);
}

static void send_too_large(const char *unused)
{
    const uint8_t header[8] = { EXH_HELPER_FOUND, 0, 0, 0, 1, 0, 0x10, 0 };
    struct iovec part = { (void *)(uintptr_t)header, sizeof header };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    (void)unused;
    tell(sendmsg(SOCKET, &message, 0));
    pause();
}

static void talk_at_length(const char *unused)
{
    (void)unused;
    memset(told, 'a', sizeof told - 1);
}

static const struct {
    const char *name;
    void (*act)(const char *argument);
} deeds[] = {
    { "open", open_it },
    { "read", read_it },
    { "look-for", look_for },
    { "make", make_it },
    { "remove", remove_it },
    { "exec", run_it },
    { "fork", fork_it },
    { "connect", connect_to },
    { "signal", signal_parent },
    { "trace", trace_parent },
    { "run-bytes", run_bytes },
    { "bytes-to-code", turn_bytes_into_code },
    { "lift-limits", lift_limits },
    { "allocate", allocate },
    { "shout", shout },
    { "assert", fail_an_assertion },
    { "spin", spin_silently },
    { "spin-aloud", spin_aloud },
    { "too-large", send_too_large },
    { "talk", talk_at_length },
};

/* ---- the conversation ---- */

/* Reads the order that stands in a segment, and gives what stands behind its first word. */
static char *read_order(int fd, char order[MOST])
{
    ssize_t n = pread(fd, order, MOST - 1, 0);

    order[n < 0 ? 0 : n] = '\0';
    order[strcspn(order, "\n")] = '\0';
    char *argument = order + strcspn(order, " ");
    if (*argument)
        *argument++ = '\0';
    close(fd);
    return argument;
}

static void answer_probe(int fd)
{
    char order[MOST], *argument = read_order(fd, order);

    told[0] = '\0';
    for (size_t i = 0; i < EXH_COUNT(deeds); i++)
        if (strcmp(order, deeds[i].name) == 0)
            deeds[i].act(argument);
    EXH_CLEANUP(exh_json_freep) struct exh_json *found = exh_json_object();
    exh_json_set_text(found, "container", order);
    exh_json_set_int(found, "packets", getpid());
    exh_json_set_text(found, "problem", told[0] ? told : "nothing was done");
    exh_json_set_text(found, "signing", "");
    exh_json_set(found, "spans", exh_json_array());
    exh_json_set(found, "tracks", exh_json_array());
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(found);
    say_words(EXH_HELPER_FOUND, words);
    if (strcmp(order, "spin-behind") == 0)
        spin();
}

#define TRACK                                                                                                          \
    "{\"channels\":0,\"codec\":\"h264\",\"height\":9,\"parameters\":"                                                  \
    "\"0000000000000000000000000000000000000000000000000000000000000000\",\"profile\":\"\",\"rate_denominator\":1,"    \
    "\"rate_numerator\":25,\"sample_rate\":0,\"video\":true,\"width\":16}"
#define PART(size)                                                                                                     \
    "{\"audio_packets\":0,\"end_ns\":1638738601000000000,\"first_ns\":1638738600000000000,\"key_frames\":1,"           \
    "\"leading_left_out\":0,\"media_bytes\":900,\"problem\":null,\"reframed\":false,\"signed_groups\":0,"              \
    "\"signing\":\"\",\"unsigned_end_ns\":0,\"size\":" size ",\"suffix\":\"mp4\",\"tracks\":[" TRACK "],"              \
    "\"video_packets\":2}"

/* The lie that is told in the next plan or delivery: what stands in the segment. */
static char lie[MOST];

static void answer_plan(struct exh_frame *frame)
{
    struct exh_error err = EXH_ERROR_NONE;

    say_words(EXH_HELPER_NEED, "{\"piece\":0}");
    if (!exh_frame_receive(SOCKET, -1, frame, &err))
        _exit(0);
    read_order(frame->fd, lie);
    frame->fd = -1;
    while (strcmp(lie, "need-without-end") == 0)
        say_words(EXH_HELPER_NEED, "{\"piece\":0}");
    while (strcmp(lie, "joins-of-nothing") == 0)
        say_words(EXH_HELPER_JOINS, "[]");
    do
        say_words(EXH_HELPER_JOINS, "[[0,0,1638738600000000000]]");
    while (strcmp(lie, "joins-without-end") == 0);
    say_words(EXH_HELPER_PART, strcmp(lie, "huge") == 0 ? PART("1000000000000000") : PART("1000"));
}

static void put_run(uint8_t run[EXH_HELPER_RUN_SIZE], uint64_t piece, uint64_t offset, uint64_t size)
{
    const uint64_t numbers[] = { piece, offset, size };

    memcpy(run, numbers, EXH_HELPER_RUN_SIZE);
}

static void answer_deliver(void)
{
    static const uint8_t bytes[2000];
    uint8_t run[EXH_HELPER_RUN_SIZE];

    put_run(run, strcmp(lie, "run-of-no-piece") == 0, strcmp(lie, "run-beyond-the-file") == 0 ? 1 << 20 : 0, 900);
    while (strcmp(lie, "deliver-progress") == 0)
        say(EXH_HELPER_PROGRESS, NULL, 0);
    say(EXH_HELPER_LITERAL, bytes, strcmp(lie, "literal-beyond-the-plan") == 0 ? 1001 : 100);
    say(EXH_HELPER_RUNS, run, sizeof run);
    say(EXH_HELPER_DONE, NULL, 0);
}

static void answer(struct exh_frame *frame)
{
    if (frame->type == EXH_HELPER_PROBE) {
        int fd = frame->fd;
        frame->fd = -1;
        answer_probe(fd);
    } else if (frame->type == EXH_HELPER_PLAN) {
        answer_plan(frame);
    } else if (frame->type == EXH_HELPER_DELIVER) {
        answer_deliver();
    }
}

int main(void)
{
    EXH_CLEANUP(exh_json_freep)
    struct exh_json *first = exh_json_object(); /* reads a seed from a file, as the real one */
    EXH_CLEANUP(exh_frame_clear) struct exh_frame frame = EXH_FRAME_NONE;
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_cage cage;
    char hello[200];

    if (!exh_cage_enter(SOCKET, &cage, &err))
        return EXH_IO;
    snprintf(hello, sizeof hello,
             "{\"cage\":{\"landlock\":%d,\"seccomp\":%s},\"libraries\":\"hostile\",\"protocol\":%d}", cage.landlock,
             cage.seccomp ? "true" : "false", EXH_HELPER_PROTOCOL);
    say_words(EXH_HELPER_HELLO, hello);
    while (exh_frame_receive(SOCKET, -1, &frame, &err))
        answer(&frame);
    _exit(0);
}
