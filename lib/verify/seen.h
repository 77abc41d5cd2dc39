/* verify, inside: when each item of a store was good, kept so that a run goes on where a kill ended it. */
#ifndef EXHIBIT_VERIFY_SEEN_H
#define EXHIBIT_VERIFY_SEEN_H

#include "exhibit/index.h"
#include "exhibit/store.h"
#include "exhibit/verify.h"

enum { EXH_RUN_SIZE = 17 };
/* Derived, and nobody's word: a run without it judges all the same. Start zeroed, clear with exh_seen_clear. */
struct exh_seen {
    struct exh_index *index;             /* private/verified; NULL: nothing is kept (any more) */
    char *unkept;                        /* why; NULL */
    char run[EXH_RUN_SIZE];              /* random: what this run, or the one that it goes on with, is called */
};
void exh_seen_clear(struct exh_seen *seen);
void exh_seen_open(const struct exh_store *store, struct exh_seen *seen);
/* Begins a run, or goes on with the last one where that was asked for, did not come to its end, and is of the same sample.
 * Sets seed, begun and resumed of @report. */
void exh_seen_begin(struct exh_seen *seen, const struct exh_whole_ask *ask, struct exh_whole_report *report);
/* True where @item was found good in this run already. */
bool exh_seen_in_run(struct exh_seen *seen, const char *item);
/* False: it is not known. */
bool exh_seen_last(struct exh_seen *seen, const char *item, struct exh_moment *ret_moment);
void exh_seen_good(struct exh_seen *seen, const char *item);
/* The run came to its end: the next one is another. */
void exh_seen_end(struct exh_seen *seen);

#endif
