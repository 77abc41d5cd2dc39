/* ledger, private: each commit of the log judged by itself. */
#ifndef EXHIBIT_LEDGER_JUDGE_H
#define EXHIBIT_LEDGER_JUDGE_H

#include "parts.h"

#define EXH_ANCHOR_ACT "log-anchor"
#define EXH_STAMP_ACT "log-stamp"

/* A commit, and what it says by itself. */
struct exh_judged {
    struct exh_entry entry;                  /* its whole only where it changes keys, or is an anchor or a stamp */
    bool read;                               /* there is an entry */
    bool lost;                               /* an object of it, not its commit, is missing or damaged */
    bool authentic;                          /* signed by the actor it names */
    bool sealed;                             /* its details are, under the key of its case */
    char digest[EXH_SHA256_DIGITS];          /* of the file, entry or not */
    struct exh_merkle_hash leaf;             /* the same */
    bool has_checkpoint;                     /* its commit holds the files it must */
    uint8_t checkpoint_sha256[EXH_SHA256_SIZE];
    char *unreadable;                        /* why that is no checkpoint; NULL: it is one */
    struct exh_ledger_root stated;           /* of how many entries it says that it is, and of which tree */
    bool of_log;                             /* it names the log */
    bool log_signed;                         /* in the form that the log writes, signed by its key and nobody else */
    struct exh_strings problems;
};
/* The head first. Clear with exh_judgements_clear. */
struct exh_judgements {
    struct exh_repo_line line;               /* their names */
    struct exh_judged *at;                   /* as many as were judged: the line may be longer */
    size_t count;
    bool met;                                /* the line goes to where it was to end */
    struct exh_error broken;                 /* why it does not, or why the commit after the last of them cannot be read */
};
void exh_judgements_clear(struct exh_judgements *all);

/* Judges the commits after the one called @until ("": all), on all processors. @log is the log's key; NULL: that of the first
 * entry. Problems are results. Fails only where nothing can be read at all: EXH_IO, EXH_MALFORMED. */
bool exh_ledger_judge(struct exh_ledger *ledger, const char *until, const struct exh_verifier *log, struct exh_judgements *ret_all,
                      struct exh_error *err) EXH_CHECK;

#endif
