/* stream: one reader, several takers, each on its own thread (floor 1).
 *
 * Bytes are put in once and every taker sees all of them in order, from a ring of fixed buffers,
 * whatever the length:
 *
 *     EXH_CLEANUP(exh_fan_freep) struct exh_fan *fan = exh_fan_new();
 *     exh_fan_add(fan, take_hash, &hash);
 *     exh_fan_add(fan, take_file, &staged);
 *     if (!exh_fan_start(fan, err)) ...
 *     while (more) {
 *         size_t room;
 *         void *space;
 *         if (!exh_fan_space(fan, &space, &room, err)) ...
 *         n = read(fd, space, room);
 *         exh_fan_filled(fan, n);
 *     }
 *     if (!exh_fan_finish(fan, err)) ...
 */
#ifndef EXHIBIT_STREAM_H
#define EXHIBIT_STREAM_H

#include "exhibit/error.h"

#include <stdint.h>

/* Takes some bytes, all of them or fails. Called on the taker's own thread, never twice at once. */
typedef bool exh_take(void *context, const void *bytes, size_t size, struct exh_error *err);

struct exh_fan;
struct exh_fan *exh_fan_new(void) EXH_CHECK;
/* Before start only. @context must outlive the fan. */
void exh_fan_add(struct exh_fan *fan, exh_take *take, void *context);
bool exh_fan_start(struct exh_fan *fan, struct exh_error *err) EXH_CHECK;
/* Room for the next bytes: at least 1, at most the rest of the current buffer. Waits while every
 * buffer is in use. Fails with the first taker's error. */
bool exh_fan_space(struct exh_fan *fan, void **ret_space, size_t *ret_room, struct exh_error *err) EXH_CHECK;
/* Says that @size of the room is filled. 0 is allowed. */
void exh_fan_filled(struct exh_fan *fan, size_t size);
/* Copies @size bytes in. */
bool exh_fan_put(struct exh_fan *fan, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* Waits until every taker has taken everything. Fails with the first taker's error. */
bool exh_fan_finish(struct exh_fan *fan, struct exh_error *err) EXH_CHECK;
/* Stops the threads, finished or not, and frees. Accepts NULL. */
void exh_fan_freep(struct exh_fan **fan);

#endif
