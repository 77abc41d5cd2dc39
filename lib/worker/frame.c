/* worker/frame: whole frames over a stream socket, within a time. */
#include "exhibit/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 8, FOR_EVER = -1 };

/* Room for one descriptor in a control message, aligned as the kernel wants it. */
union descriptor_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t time_of_end(int wait_ms)
{
    return wait_ms == FOR_EVER ? INT64_MAX : now_ms() + wait_ms;
}

/* Waits until @socket can be read or written, or @end is past. */
static bool wait_for(int socket, short what, int64_t end, struct exh_error *err)
{
    struct pollfd one = { .fd = socket, .events = what };

    for (;;) {
        int64_t left = end == INT64_MAX ? FOR_EVER : end - now_ms();
        if (end != INT64_MAX && left < 0)
            left = 0;
        int ready = poll(&one, 1, (int)(left > INT32_MAX ? INT32_MAX : left));
        if (ready > 0)
            return true;
        if (ready == 0)
            return exh_fail(err, EXH_BUSY, "the worker did not answer in time");
        if (errno != EINTR)
            return exh_fail_os(err, "cannot wait for the worker");
    }
}

static void put_number(uint8_t *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static uint32_t get_number(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void exh_frame_clear(struct exh_frame *frame)
{
    if (frame->fd >= 0)
        close(frame->fd);
    free(frame->bytes);
    *frame = (struct exh_frame)EXH_FRAME_NONE;
}

static void attach(struct msghdr *message, union descriptor_room *room, int fd)
{
    memset(room, 0, sizeof *room);
    message->msg_control = room->bytes;
    message->msg_controllen = sizeof room->bytes;
    struct cmsghdr *control = CMSG_FIRSTHDR(message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(control), &fd, sizeof fd);
}

/* Sends all of @bytes; @fd goes with the first of them. */
static bool send_all(int socket, const uint8_t *bytes, size_t size, int fd, int wait_ms, struct exh_error *err)
{
    while (size) {
        union descriptor_room room;
        struct iovec part = { (void *)(uintptr_t)bytes, size };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
        if (fd >= 0)
            attach(&message, &room, fd);
        if (!wait_for(socket, POLLOUT, time_of_end(wait_ms), err))
            return false;
        ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot send to the worker");
        bytes += n;
        size -= (size_t)n;
        fd = -1;
    }
    return true;
}

bool exh_frame_send(int socket, uint32_t type, const void *bytes, size_t size, int fd, int wait_ms,
                    struct exh_error *err)
{
    uint8_t header[HEADER];

    if (size > EXH_FRAME_LONGEST)
        return exh_fail(err, EXH_MALFORMED, "a frame of %zu bytes is too long to send", size);
    put_number(header, type);
    put_number(header + 4, (uint32_t)size);
    return send_all(socket, header, sizeof header, fd, wait_ms, err) && send_all(socket, bytes, size, -1, wait_ms, err);
}

/* Takes one descriptor out of a message; a second one is closed. */
static void detach(struct msghdr *message, int *fd)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS
            || control->cmsg_len < CMSG_LEN(sizeof *fd))
            continue;
        int came;
        memcpy(&came, CMSG_DATA(control), sizeof came);
        if (*fd < 0)
            *fd = came;
        else
            close(came);
    }
}

/* Receives exactly @size bytes. @fd, where not NULL, takes a descriptor; elsewhere the kernel drops them. */
static bool receive_all(int socket, uint8_t *bytes, size_t size, int *fd, int64_t end, bool begun,
                        struct exh_error *err)
{
    while (size) {
        union descriptor_room room;
        struct iovec part = { bytes, size };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
        if (fd) {
            message.msg_control = room.bytes;
            message.msg_controllen = sizeof room.bytes;
        }
        if (!wait_for(socket, POLLIN, end, err))
            return false;
        ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot receive from the worker");
        if (n == 0)
            return exh_fail(err, begun ? EXH_MALFORMED : EXH_IO, "the worker ended%s",
                            begun ? " in the middle of a frame" : "");
        if (fd)
            detach(&message, fd);
        bytes += n;
        size -= (size_t)n;
        begun = true;
    }
    return true;
}

static void make_room(struct exh_frame *frame, size_t size)
{
    if (size + 1 > frame->capacity) {
        frame->capacity = size + 1;
        frame->bytes = exh_realloc(frame->bytes, frame->capacity);
    }
    frame->bytes[size] = '\0';
    frame->size = size;
}

bool exh_frame_receive(int socket, int wait_ms, struct exh_frame *frame, struct exh_error *err)
{
    int64_t end = time_of_end(wait_ms);
    uint8_t header[HEADER];

    if (frame->fd >= 0)
        close(frame->fd);
    frame->fd = -1;
    if (!receive_all(socket, header, sizeof header, &frame->fd, end, false, err))
        return false;
    if (get_number(header + 4) > EXH_FRAME_LONGEST)
        return exh_fail(err, EXH_MALFORMED, "the worker sent a frame of %u bytes", (unsigned)get_number(header + 4));
    frame->type = get_number(header);
    make_room(frame, get_number(header + 4));
    return receive_all(socket, frame->bytes, frame->size, NULL, end, true, err);
}
