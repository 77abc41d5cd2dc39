/* ledger, private: many commits looked at by as many threads as there are processors. */
#ifndef EXHIBIT_LEDGER_CREW_H
#define EXHIBIT_LEDGER_CREW_H

#include "parts.h"

/* So many commits of a line, from @first on, to older ones, or to newer ones with @upward. No look may depend on another. */
struct exh_crew_work {
    const struct exh_repo_line *line;
    size_t first, count;
    bool upward;
    bool goes_on;                            /* past files that cannot be read (exh_repo_look_on) */
    bool files_alone;                        /* the commits themselves were read with the line (exh_repo_look_files) */
    const struct exh_repo_watch *watch;      /* told, from the calling thread, how many were looked at; NULL: nobody */
    /* Looks at the one that is @at, counted from 0 at @first; called from any thread. */
    bool (*look)(void *context, size_t at, const struct exh_repo_visit *commit, struct exh_error *err);
    void *context;
    void (*meanwhile)(void *context);        /* what the calling thread does first, while others look already; NULL: nothing */
    void *meanwhile_context;
};
/* How many there are before the first that failed, whose failure is then @broken; all: none did. Those after it may have been
 * looked at or not. */
size_t exh_crew_look(struct exh_ledger *ledger, const struct exh_crew_work *work, struct exh_error *broken);

#endif
