/* witness: somebody outside the room who keeps the last checkpoint of a log, and countersigns the next one when it goes on
 * from there (floor 7).
 *
 * What a witness keeps is a file, FILE: the last checkpoint that was cosigned, a C2SP note; and beside it FILE.log, the log's
 * key, a C2SP verifier key. No store is needed, nor anything of the room's but the request.
 */
#ifndef EXHIBIT_WITNESS_H
#define EXHIBIT_WITNESS_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/note.h"

/* Clear with exh_witnessed_clear. */
struct exh_witnessed {
    bool first;                          /* nothing was kept before */
    uint64_t before, after;              /* entries; @before 0 where it is the first */
    struct exh_moment seen;              /* when @before was cosigned */
    struct exh_moment at;                /* now, by this machine's clock; whole seconds */
    char origin[EXH_NOTE_NAME];          /* the log */
    char *note;                          /* the checkpoint with the cosignature, as it is kept now */
};
void exh_witnessed_clear(struct exh_witnessed *witnessed);

/* Judges a request (c2sp.org/tlog-witness, add-checkpoint) against what is kept in @path, cosigns its checkpoint with @key,
 * and keeps it, durable on return. @log: the log's verifier key, as somebody said it who is trusted; NULL: the one that is
 * kept. On failure what is kept is as it was.
 * EXH_NO: the log does not go on from what was seen: it is shorter (a rollback), or other entries stand in it (it was
 * rewritten, or there are two of it), or the checkpoint is not signed by the log's key; EXH_USAGE: the first time, and no
 * @log; @log is another than the one that is kept; the proof begins at another size than the kept one, which is said;
 * EXH_REFUSED: what is kept was not signed by @key, or the clock is before its time; EXH_MALFORMED: the request or the log's
 * key; EXH_BUSY: another is at it; EXH_IO. */
bool exh_witness_look(const char *path, const char *log, const void *request, size_t size, const struct exh_secret_key *key,
                      struct exh_witnessed *ret_witnessed, struct exh_error *err) EXH_CHECK;

#endif
