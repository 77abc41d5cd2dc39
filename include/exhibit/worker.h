/* worker: a process of its own for work on hostile input, and the frames spoken with it; how this one gives way (floor 2).
 *
 * A worker gets a null standard input and output, a pipe as standard error whose last line is kept, one socket, and
 * nothing else: no environment, no other descriptor, no new privileges; it writes no file and leaves no core, and it
 * dies with the thread that started it. Frames carry a type, at most 1 MiB of bytes, and perhaps one descriptor:
 *
 *     EXH_CLEANUP(exh_worker_freep) struct exh_worker *worker = NULL;
 *     EXH_CLEANUP(exh_frame_clear) struct exh_frame answer = EXH_FRAME_NONE;
 *     if (!exh_worker_start(program, NULL, &worker, err)
 *         || !exh_frame_send(exh_worker_socket(worker), 2, NULL, 0, fd, 1000, err)
 *         || !exh_frame_receive(exh_worker_socket(worker), 1000, &answer, err))
 *         return false;
 */
#ifndef EXHIBIT_WORKER_H
#define EXHIBIT_WORKER_H

#include "exhibit/error.h"

#include <stdint.h>

/* ---- frames: 4 bytes of type, 4 bytes of size (both little-endian), then the bytes ---- */

enum { EXH_FRAME_LONGEST = 1 << 20 };
/* Start with EXH_FRAME_NONE; may be received into again and again. */
struct exh_frame {
    uint32_t type;
    uint8_t *bytes;      /* NUL-terminated; owned here */
    size_t size;         /* without the NUL */
    size_t capacity;
    int fd;              /* the descriptor that came with it, owned here; -1 when none */
};
#define EXH_FRAME_NONE { 0, NULL, 0, 0, -1 }
void exh_frame_clear(struct exh_frame *frame);

/* Sends one frame. @fd: a descriptor to send along (stays the caller's), -1 for none. @wait_ms: how
 * long the other side may take nothing, -1 for ever.
 * EXH_BUSY: it did not take it in that time; EXH_IO: it is gone. */
bool exh_frame_send(int socket, uint32_t type, const void *bytes, size_t size, int fd, int wait_ms,
                    struct exh_error *err) EXH_CHECK;
/* Receives one frame; what @frame held before is let go. @wait_ms: for the whole frame, -1 for ever.
 * EXH_BUSY: nothing whole came in that time; EXH_IO: the other side is gone (it ended, or died);
 * EXH_MALFORMED: longer than EXH_FRAME_LONGEST, or cut off in the middle. */
bool exh_frame_receive(int socket, int wait_ms, struct exh_frame *frame, struct exh_error *err) EXH_CHECK;

/* ---- this process ---- */

/* Everything that this process does from now on gives way to others: niceness 19, and the disk's idle class for what all its
 * threads read and write. Never fails: false where the system did not take all of it, and the work goes on as it is. */
bool exh_process_give_way(void);

/* ---- the process ---- */

/* The descriptors at which a worker finds its socket, and the device it is given, where it is given one. */
enum { EXH_WORKER_SOCKET = 3, EXH_WORKER_DEVICE = 4 };

/* What the worker may have at most. */
struct exh_worker_limits {
    uint64_t memory;             /* bytes of address space; not held in a build with sanitizers, which need terabytes */
    unsigned descriptors;        /* open at once, those it begins with among them */
    int device;                  /* a descriptor it gets too; stays the caller's; 0: none */
};
struct exh_worker;
/* Starts @program, an absolute path, within @limits (NULL: the caller's own). EXH_IO: there is none, or no process can
 * be made. That it cannot be run shows only in the first receive. */
bool exh_worker_start(const char *program, const struct exh_worker_limits *limits, struct exh_worker **ret_worker,
                      struct exh_error *err) EXH_CHECK;
/* From now on the worker may use @seconds of processor time, and up to one more; then SIGXCPU ends it. Replaces what
 * was allowed before. EXH_IO: it is gone. */
bool exh_worker_allow(const struct exh_worker *worker, unsigned seconds, struct exh_error *err) EXH_CHECK;
/* This side's end of the socket. Belongs to the worker. */
int exh_worker_socket(const struct exh_worker *worker);
/* Ends the worker, by force where it still runs after @wait_ms, and says how it ended: "signal 11",
 * "status 3", "killed" (here). Free with free(). */
char *exh_worker_end(struct exh_worker *worker, int wait_ms) EXH_CHECK;
/* The last line that an ended worker said on its standard error, at most 200 bytes of it, fit to be shown; NULL:
 * it said nothing. Valid as long as the worker. In a build with sanitizers always NULL: there the worker has the
 * caller's standard error, so that what a sanitizer finds is seen. */
const char *exh_worker_last_words(const struct exh_worker *worker);
/* Ends it by force where it still runs, and frees. Accepts NULL inside. */
void exh_worker_freep(struct exh_worker **worker);

#endif
