/* batch: a file of jobs, one row each: read, judged whole, and run, each row in a process of its own (floor 10).
 *
 *     exh_batch_read(bytes, size, verbs, count, &batch)       all that is wrong with the file stands in batch.problems
 *     exh_batch_look(store, name, &batch, err)                what the log says became of each row before
 *     exh_batch_run(&batch, &run, &sum, err)                  the rest, N at a time
 *
 * docs/formats/batch.md is the file's form. A row is a command line of ours without a shell: its verb, its options as
 * "--name=value", "--", its arguments. That a row is done once is kept by the log, not here (exh_store_begin_job).
 */
#ifndef EXHIBIT_BATCH_H
#define EXHIBIT_BATCH_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

#include <stdint.h>

enum {
    EXH_BATCH_LARGEST = 64 << 20,    /* bytes of a file */
    EXH_BATCH_MOST_ROWS = 100000,
    EXH_BATCH_MOST_JOBS = 64,        /* rows at a time */
    EXH_BATCH_LONGEST_ID = 128,      /* bytes; of a value: */
    EXH_BATCH_LONGEST_VALUE = 4096,
    EXH_BATCH_MOST_VALUES = 1000,    /* of one option, or arguments of one row */
    EXH_BATCH_MOST_PROBLEMS = 1000,  /* that are told; more are counted */
};

/* ---- what a row may say ---- */

struct exh_batch_option {
    const char *name;                /* "camera": of the option --camera */
    bool takes_value;                /* else it is there or not */
    bool repeats;                    /* it may have several values */
    const char *refused;             /* why no row may have it, with the remedy; NULL: it may */
};
struct exh_batch_verb {
    const char *name;                /* "export"; words of a name with a blank between */
    const struct exh_batch_option *options;
    size_t option_count;
    bool refused;                    /* a command of ours that no row can be of */
    /* Judges what follows the verb on a command line, once its form is found good; @context is the verb's. EXH_MALFORMED. */
    bool (*judge)(const void *context, const struct exh_strings *words, struct exh_error *err);
    const void *context;
};

/* ---- the file ---- */

struct exh_batch_row {
    size_t line;                     /* where it begins, from 1 */
    char *id;                        /* unique in the file */
    const struct exh_batch_verb *verb;
    struct exh_strings words;        /* what follows the verb on a command line */
    struct exh_json *content;        /* all that the row asks for; the same of CSV and of JSON lines */
    struct exh_job job;              /* set by exh_batch_look, as is what became of it before */
    struct exh_job_found found;
};
struct exh_batch_problem {
    size_t line;
    char *column;                    /* NULL: it is of the whole line */
    char *text;                      /* one sentence with its remedy */
};
/* Start zeroed. */
struct exh_batch {
    struct exh_batch_row *rows;      /* those without a problem of form, in the order of the file */
    size_t row_count;
    struct exh_batch_problem *problems;
    size_t problem_count;            /* of all; EXH_BATCH_MOST_PROBLEMS of them are kept */
};
void exh_batch_clear(struct exh_batch *batch);

/* Reads CSV (exhibit/csv.h), or JSON lines where the first character that is not white space is '{', and judges it:
 * known verbs and options, one value where one belongs, each identifier once, and what the verbs themselves say. @verbs must outlive @ret_batch. Time and
 * memory are in proportion to @size. */
void exh_batch_read(const char *bytes, size_t size, const struct exh_batch_verb *verbs, size_t verb_count, struct exh_batch *ret_batch);
/* EXH_MALFORMED where there is any problem, or no row at all. @what names the file. */
bool exh_batch_check(const struct exh_batch *batch, const char *what, struct exh_error *err) EXH_CHECK;

/* Names each row, in the batch called @name, and asks the log about it. As exh_store_find_job. */
bool exh_batch_look(const struct exh_store *store, const char *name, struct exh_batch *batch, struct exh_error *err) EXH_CHECK;

/* ---- running it ---- */

enum exh_batch_stage { EXH_BATCH_STARTED, EXH_BATCH_PROGRESS, EXH_BATCH_FINISHED };
/* What is told of a row. Everything is valid during the call only. */
struct exh_batch_event {
    enum exh_batch_stage stage;
    const struct exh_batch_row *row;
    const struct exh_json *progress; /* what the row's command said of how far it is */
    /* Of a row that is finished: */
    int status;                      /* an exit status, or 128 and the number of the signal that ended it */
    bool before;                     /* it was done before, or its answer is in the log: nothing was run */
    bool stopped;                    /* because the batch was to stop: not done */
    const char *item;                /* the exhibit or package that was made, here or before; NULL: none */
    const struct exh_json *result;   /* the last object that the command printed; NULL: none, or nothing was run */
    const struct exh_json *findings; /* an array, of the records of all that it made; NULL: as result */
    const char *text;                /* why it was not done; NULL */
};
/* How many rows came to what. */
struct exh_batch_sum {
    size_t rows, done, before, failed, stopped, not_begun;
    size_t findings;                 /* of those done, here and before: with findings */
};
struct exh_batch_run {
    struct exh_store *store;         /* to ask how a row ended that says nothing, or that another process did */
    char *const *environment;        /* of the rows' processes */
    const struct exh_strings *common;/* options that each gets: "--json" at least */
    const struct exh_secret_text *passphrase;   /* of the key: each finds it at its descriptor 3; NULL: none */
    size_t jobs;                     /* at a time, 1 to EXH_BATCH_MOST_JOBS */
    bool stop_on_error, dry_run, look_again;
    void (*tell)(void *context, const struct exh_batch_event *event);
    void (*tick)(void *context, const struct exh_batch_sum *sum, size_t running);   /* several times a second; may be NULL */
    bool (*interrupted)(void);
    void *context;
};
/* Runs the rows in their order, and waits for all that were begun. How rows end is no failure of this. When interrupted,
 * each process is asked to stop (SIGTERM) and waited for. When this process is killed, they are asked by the kernel.
 * EXH_IO: no process can be made: what was begun is over then, and the log has it. */
bool exh_batch_run(const struct exh_batch *batch, const struct exh_batch_run *run, struct exh_batch_sum *ret_sum, struct exh_error *err) EXH_CHECK;
/* The exit status of a sum: 0 all done, 7 done with findings, 1 not all done. */
int exh_batch_status(const struct exh_batch_sum *sum);

#endif
