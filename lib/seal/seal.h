/* seal, private: a package on its way, and what its files share. */
#ifndef EXHIBIT_SEAL_PRIVATE_H
#define EXHIBIT_SEAL_PRIVATE_H

#include "exhibit/package.h"
#include "exhibit/seal.h"

#include <time.h>

/* An exhibit that is packed. */
struct sealing_exhibit {
    char reference[24];
    char of[24];                         /* of a copy: its Master; else empty */
    char folder[24];                     /* "OP1_2": in the store, and below record/exhibits/ */
    enum exh_seal_item item;
    struct exh_moment made;              /* when its making was done */
    int fd;                              /* of its folder in the store */
    struct exh_sealed *sealed;
};

/* A file of the payload. */
struct sealing_file {
    const struct sealing_exhibit *exhibit;
    const struct exh_sealed_file *file;
    size_t volume;                       /* from 1 */
};

struct sealing {
    struct exh_store *store;
    const struct exh_seal_options *options;
    struct exh_seal_made *made;
    char case_id[24];
    struct exh_json *case_facts, *producer;
    struct sealing_exhibit *exhibits;    /* in the order of references */
    size_t exhibit_count;
    struct sealing_file *files;          /* in the order of names */
    size_t file_count;
    size_t volumes;
    struct exh_moment sealed;            /* whole seconds */
    /* The log as it was when the sealing began. */
    struct exh_entry *entries;           /* those about the exhibits */
    size_t entry_count;
    uint64_t log_count;
    char log_head[EXH_SHA256_DIGITS], log_commit[41];
    char *checkpoint;                    /* of it */
    struct exh_verifier log;             /* its key */
    int directory;
    struct exh_journal journal;
    struct exh_strings names, stagings;  /* of the volumes */
    struct exh_package **packages;       /* one a volume, as it is written */
    struct exh_package_sealed *results;
    uint64_t done, size;                 /* bytes of payload */
    struct timespec told;
};
void exh_sealing_clear(struct sealing *s);

/* Finds the exhibits, opens and judges them (choose.c). */
bool exh_sealing_choose(struct sealing *s, struct exh_error *err) EXH_CHECK;
/* An exhibit that is not as it was sealed: the log says so, and nothing is packed. Always fails. */
bool exh_sealing_refuse(struct sealing *s, const struct sealing_exhibit *exhibit, const char *why, struct exh_error *err)
    EXH_CHECK;
/* Gives each file its volume (volume.c). */
bool exh_sealing_divide(struct sealing *s, struct exh_error *err) EXH_CHECK;
/* True of an entry about one of the exhibits: the package carries it (holding.c). */
bool exh_sealing_is_about(const struct sealing *s, const struct exh_entry *entry) EXH_CHECK;
/* Notes the log, and which entries are about the exhibits (holding.c); the store's lock is held. */
bool exh_sealing_note_log(struct sealing *s, struct exh_error *err) EXH_CHECK;
/* record/package.json of a volume. Free with exh_json_free. */
struct exh_json *exh_sealing_holding(const struct sealing *s, size_t volume) EXH_CHECK;
/* Keeps everything outside data/ that is not the bag's own. */
bool exh_sealing_keep(struct sealing *s, struct exh_package *package, size_t volume, struct exh_error *err) EXH_CHECK;
/* Lines of allowed_signers for everybody else whose signature the package carries. Free with free(). */
char *exh_sealing_signers(const struct sealing *s) EXH_CHECK;

#endif
