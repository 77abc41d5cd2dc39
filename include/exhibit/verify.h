/* verify: judging the store's own exhibits, and any record against the recorder's files; the check of
 * a package itself is package's (floor 9). */
#ifndef EXHIBIT_VERIFY_H
#define EXHIBIT_VERIFY_H

#include "exhibit/error.h"
#include "exhibit/package.h"
#include "exhibit/store.h"

/* ---- against the recorder's files ---- */

/* What became of one of the recorder's files that a record names. */
enum exh_source_state {
    EXH_SOURCE_EQUAL,                    /* every run taken from it has the digest that the record gives */
    EXH_SOURCE_DIFFERS,                  /* a run has another, or the file ends before it does */
    EXH_SOURCE_MISSING,                  /* nothing is there under its name: recorders overwrite */
    EXH_SOURCE_UNREADABLE,               /* there is something, and it cannot be read: the reason says why */
    EXH_SOURCE_UNUSED,                   /* the record took no bytes from it, so there is nothing to compare */
};
/* "equal", "differs", "missing", "unreadable", "unused". */
const char *exh_source_state_name(enum exh_source_state state);

/* Bytes of a recorder's file that the record says were taken. */
struct exh_source_run {
    uint64_t offset, length;
    char *part;                          /* the file of the Master that they went to */
    char expected[EXH_SHA256_DIGITS];    /* as the record has it */
    char found[EXH_SHA256_DIGITS];       /* as the file has it; empty where it was not read whole */
    bool is_part;                        /* the part is these bytes and nothing else */
    bool differs;
    bool located;                        /* @first is known */
    uint64_t first;                      /* offset in the recorder's file of the first byte that differs */
};
struct exh_source_segment {
    char *name;                          /* below the source's root, as the record has it */
    uint64_t size;                       /* as recorded, and as found now: */
    struct exh_moment modified;
    bool found;                          /* it was opened: found_size and found_modified are set */
    uint64_t found_size;
    struct exh_moment found_modified;
    enum exh_source_state state;
    char *reason;                        /* a sentence where there is something to say; NULL */
    uint64_t compared;                   /* bytes read and hashed */
    struct exh_source_run *runs;         /* by offset */
    size_t run_count;
};
/* Start zeroed; clear with exh_source_report_clear. */
struct exh_source_report {
    char *source, *root;                 /* the source's id, as recorded, and the directory looked in; NULL: not known */
    struct exh_source_segment *segments; /* in the record's order */
    size_t segment_count;
    size_t counts[EXH_SOURCE_UNUSED + 1];  /* segments of each state */
    uint64_t compared;                   /* bytes of all of them */
    bool unsigned_record;                /* no valid signature stands behind the record that was compared with */
    struct exh_error failure;            /* why nothing was compared; kind EXH_OK when it was */
};
void exh_source_report_clear(struct exh_source_report *report);
/* Of the whole: "equal", "differs", "incomplete" (none differs, but some are missing or unreadable), or
 * "not compared". */
const char *exh_source_result_name(const struct exh_source_report *report);

/* How to compare. */
struct exh_against {
    const char *root;                    /* the source's root; NULL: as the store has it */
    /* Called about ten times a second at most, on the caller's thread; may be NULL. Bytes. */
    void (*progress)(void *context, uint64_t done, uint64_t size);
    void *context;
};
/* Reads again the bytes of the recorder's files that the record of a judged package names, and holds them
 * against its digests. Names are opened beneath the root only; nothing is written. Where one run is a whole part
 * and the package is a folder (@path in @directory), its files are read again to tell the first byte that differs.
 * Whatever happens is a result: @ret_report->failure says why nothing was compared. EXH_NO: the package gave
 * no record to believe; EXH_USAGE: no root given and no @store (NULL), or it does not know the source, or the record
 * is not of a recorder's footage; EXH_IO: the root cannot be opened; EXH_MALFORMED: the record contradicts itself. */
void exh_verify_against_source(const struct exh_store *store, const struct exh_against *against, int directory,
                               const char *path, const struct exh_package_report *package,
                               struct exh_source_report *ret_report);

/* ---- the store's own ---- */

/* Judges exhibit @reference as it lies in the store, with the signers the log trusts, and holds it
 * against the digest in its "export-done" entry; and, when @against is not NULL, the recorder's files against
 * its record (@ret_source, else may be NULL). Leaves an entry "verify" with the verdict and the result of the
 * comparison, failure included. The store must have its actor. EXH_USAGE: no such exhibit; EXH_REFUSED: role. */
bool exh_verify_exhibit(struct exh_store *store, const char *reference, const struct exh_against *against,
                        struct exh_package_report *ret_report, struct exh_source_report *ret_source,
                        struct exh_error *err) EXH_CHECK;

#endif
