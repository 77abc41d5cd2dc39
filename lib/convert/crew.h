/* convert/crew: several helpers that work on one job. */
#ifndef EXHIBIT_CONVERT_CREW_H
#define EXHIBIT_CONVERT_CREW_H

#include "exhibit/convert.h"

#include <pthread.h>

enum { MOST_WORKERS = 8 };

/* Helpers that were all given the job. Start with all zero. */
struct crew {
    const struct exh_convert *convert;
    struct exh_helper *helpers[MOST_WORKERS];
    size_t count;
    size_t inputs;
    size_t pieces;               /* chunks, or images */
    int width, height;           /* of the pictures made */
    int64_t length;              /* of the film, 1/90000 s */
    char *libraries;             /* that the copy's bytes depend on */
};
void exh_crew_clear(struct crew *crew);
/* Starts as many helpers as the work needs, and gives each the job. */
bool exh_crew_start(struct crew *crew, const struct exh_convert *convert, struct exh_error *err) EXH_CHECK;

/* Runs @work on a thread for each helper; each is told its number. Waits for all. The first error of any ends it: the others
 * see crew_work.stopped. */
struct crew_work {
    struct crew *crew;
    bool (*work)(struct crew_work *work, size_t worker, struct exh_error *err);
    void *context;
    pthread_mutex_t lock;        /* for what the threads share */
    bool stopped;
    struct exh_error failed;
};
bool exh_crew_run(struct crew_work *work, struct exh_error *err) EXH_CHECK;

#endif
