/* helper/answer: what the helper says, read without trust. Every number is held against bounds that
 * follow from what was asked; whatever leaves them is EXH_MALFORMED. */
#ifndef EXHIBIT_HELPER_ANSWER_H
#define EXHIBIT_HELPER_ANSWER_H

#include "exhibit/helper.h"

/* What the helper says it is; clear with exh_hello_clear. */
struct exh_hello {
    char *libraries;
    int landlock;                /* the ABI in force; 0: none */
    bool seccomp;
};
void exh_hello_clear(struct exh_hello *hello);
/* {"cage":{"landlock":7,"seccomp":true},"libraries":"...","protocol":4}. */
bool exh_answer_hello(const uint8_t *bytes, size_t size, struct exh_hello *ret_hello, struct exh_error *err) EXH_CHECK;
/* "Landlock ABI 7 and seccomp"; or which are in force and which the kernel has not got. Free with free(). */
char *exh_hello_cage(const struct exh_hello *hello) EXH_CHECK;
bool exh_answer_probe(const uint8_t *bytes, size_t size, struct exh_probe *ret_probe, struct exh_error *err) EXH_CHECK;
/* Gives the piece whose segment is wanted. */
bool exh_answer_need(const uint8_t *bytes, size_t size, size_t piece_count, size_t *ret_piece, struct exh_error *err)
    EXH_CHECK;
/* Appends joins to those of @part. @next_piece: the first piece that may be named; raised. */
bool exh_answer_joins(const uint8_t *bytes, size_t size, const struct exh_cut *cut, size_t *next_piece,
                      struct exh_part *part, struct exh_error *err) EXH_CHECK;
/* Fills in everything of @part but the joins, which must have come before. */
bool exh_answer_part(const uint8_t *bytes, size_t size, const struct exh_cut *cut, struct exh_part *part,
                     struct exh_error *err) EXH_CHECK;
/* Gives each run to @sink, whose own error goes to @own. @left: bytes of the part still to come; lowered. */
bool exh_answer_runs(const uint8_t *bytes, size_t size, const struct exh_cut *cut, const struct exh_part_sink *sink,
                     uint64_t *left, struct exh_error *own, struct exh_error *err) EXH_CHECK;
/* Sets the error the helper tells of. Returns false. */
bool exh_answer_failed(const uint8_t *bytes, size_t size, struct exh_error *err);

#endif
