/* batch, private: the process of one row. */
#ifndef EXHIBIT_BATCH_PRIVATE_H
#define EXHIBIT_BATCH_PRIVATE_H

#include "exhibit/batch.h"

#include <sys/types.h>

enum { LONGEST_WORDS = 1000 };

/* Start zeroed; clear with exh_child_clear. */
struct child {
    const struct exh_batch_row *row;     /* NULL: the place is free */
    pid_t pid;                           /* 0: not running; it is begun again after a pause */
    int out, words;                      /* its standard output and standard error; while it runs */
    struct exh_text line;                /* of its output, as far as it came */
    bool passing;                        /* the rest of a line that is too long to be read */
    struct exh_json *last;               /* that it printed, but for progress */
    struct exh_json *findings;           /* of the records of all that it printed; NULL: it printed nothing */
    char said[LONGEST_WORDS + 1];        /* the end of what it said on standard error */
    size_t said_size;
    unsigned tries;
    int64_t again_ns;                    /* when to begin it again, of the clock that only goes on */
};
void exh_child_clear(struct child *child);
/* Forgets what it said, before it is begun again. */
void exh_child_forget(struct child *child);

/* Starts the row's process. EXH_IO: none can be made. */
bool exh_child_start(struct child *child, const struct exh_batch_run *run, struct exh_error *err) EXH_CHECK;
/* Reads what is there, without waiting, and tells each object of progress. False: its output has ended. */
bool exh_child_read(struct child *child, const struct exh_batch_run *run);
/* Waits for its end: an exit status, or 128 and a signal. What it said stays. */
int exh_child_end(struct child *child);
/* The last line of what it said on standard error, without the program's name; NULL: nothing. Free with free(). */
char *exh_child_words(const struct child *child) EXH_CHECK;

#endif
