/* verify: judging the store's own exhibits, or all of the store, and any record against the recorder's files; the check of
 * a package itself is package's (floor 9). */
#ifndef EXHIBIT_VERIFY_H
#define EXHIBIT_VERIFY_H

#include "exhibit/error.h"
#include "exhibit/helper.h"
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

/* ---- against the footage itself ---- */

struct exh_footage_ask {
    struct exh_helper *helper;           /* what reads it: ready (exh_helper_ready), and as confined as it must be. The caller's */
    /* Called before each file. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t count);
    void *context;
};
/* Files of footage that the record says something of, by what became of them. */
struct exh_footage_report { size_t same, differing, unjudged; };
/* Of the whole: "same", "differs", "not judged" (none differs, and at least one could not be judged), or "nothing": the record
 * says nothing of footage in the files that are as they were signed. */
const char *exh_footage_result_name(const struct exh_footage_report *report);
/* Has the helper read the footage of a judged package, and holds what is in it against the record: of parts of a Master and of films
 * their packets, how long they show, and their tracks. Only files that are as they were signed are read, once each, without following a
 * link; nothing is written. Images are not read. @path: the package's folder, in @directory; NULL: it has none, and no file can be
 * judged. Whatever happens is a result: each file that differs is a finding E-FOOTAGE of @package, which is FAILED then, and each that
 * could not be judged W-FOOTAGE. */
void exh_verify_footage(const struct exh_footage_ask *ask, int directory, const char *path, struct exh_package_report *package,
                        struct exh_footage_report *ret_report);

/* ---- the store's own ---- */

struct exh_exhibit_ask {
    const struct exh_judging *judging;   /* as for exh_store_judge */
    const struct exh_against *against;   /* NULL: the recorder's files are not compared */
    const struct exh_footage_ask *footage;      /* NULL: the footage is not read */
};
/* What was found. Start zeroed; what it holds is cleared by its own functions. */
struct exh_exhibit_judged {
    struct exh_package_report report;
    struct exh_source_report source;
    struct exh_footage_report footage;
};

/* Judges exhibit @reference as it lies in the store, with the signers the log trusts, and holds it
 * against the digest in its "export-done" entry; and, where @ask says so, the recorder's files, and its own footage, against
 * its record. Leaves an entry "verify" with the verdict and the results of both
 * comparisons, failure included. The store must have its actor. EXH_USAGE: no such exhibit; EXH_REFUSED: role. */
bool exh_verify_exhibit(struct exh_store *store, const char *reference, const struct exh_exhibit_ask *ask,
                        struct exh_exhibit_judged *ret_judged, struct exh_error *err) EXH_CHECK;

/* ---- the whole store ---- */

enum exh_item_kind {
    EXH_ITEM_LOG, EXH_ITEM_POLICY, EXH_ITEM_PHOTO, EXH_ITEM_PLAN, EXH_ITEM_CERTIFICATE, EXH_ITEM_PACKAGE, EXH_ITEM_EXHIBIT, EXH_ITEM_FOREIGN
};
const char *exh_item_kind_name(enum exh_item_kind kind);          /* "log", "policy", "photograph", "package", "exhibit", "foreign" */
enum exh_item_verdict {
    EXH_ITEM_GOOD,
    EXH_ITEM_FAILED,                     /* damaged, altered or gone */
    EXH_ITEM_UNREADABLE,                 /* it is there and cannot be read, as of a disk that fails */
    EXH_ITEM_UNKNOWN,                    /* nothing in the log is it */
};
const char *exh_item_verdict_words(enum exh_item_verdict verdict);   /* "GOOD", "FAILED", "UNREADABLE", "NOT KNOWN" */

/* A package that holds a damaged exhibit. */
struct exh_holder {
    const struct exh_packed *issued;
    const char *found;                   /* where it was found to be as it was issued, in this run; NULL: it was not looked for there */
};
/* One thing of the store that is not good. Valid while it is told. */
struct exh_item_report {
    enum exh_item_kind kind;
    const char *name;                    /* "custody.git", "OP1/2", "checks/....jpg", "/media/usb/C1-P1.zip" */
    const char *case_id;                 /* NULL: of no case */
    enum exh_item_verdict verdict;
    struct exh_check_findings findings;  /* what is wrong; of an exhibit by file */
    bool was_good;                       /* it is known when it was good last, and by what: */
    struct exh_moment last_good;
    const char *last_good_by;            /* "verify --store"; of exhibits and packages also "verify", "made", by the log */
    struct exh_holder *holders;          /* of an exhibit: the packages issued that hold it, as it was sealed */
    size_t holder_count;
};
struct exh_whole_ask {
    bool sampled;
    uint64_t sample;                     /* then: so many exhibits only, chosen by the seed */
    const char *seed;                    /* 1 to 64 printable ASCII characters; NULL: one is drawn, or taken from the run that goes on */
    bool resume;                         /* go on with a run of the same sample that did not come to its end */
    int64_t most_s;                      /* no further item is begun after so many seconds; below 0: no end */
    const struct exh_strings *packages;  /* directories whose packages are judged too, by the digests in the log */
    /* Called for each item that is not good, as it is found. May be NULL. */
    void (*tell)(void *context, const struct exh_item_report *item);
    /* Called before each item, with how many were dealt with. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t count);
    void *context;
};
enum { EXH_SEED_SIZE = 65 };
/* What came of it. Clear with exh_whole_report_clear. */
struct exh_whole_report {
    uint64_t items, good, failed, foreign;   /* those of @items that were judged now; foreign files besides */
    uint64_t skipped;                    /* that were found good earlier in the run that this one goes on with */
    uint64_t not_reached;                /* time was up, or they are in the making */
    uint64_t bytes;                      /* of exhibits that were read */
    bool sampled, resumed;
    char seed[EXH_SEED_SIZE];
    struct exh_moment begun;             /* the run; of one that is gone on with, its beginning */
    char *unkept;                        /* why it was not kept when items were good: the next run knows nothing of this one; NULL */
    bool entered;                        /* the entries that say what was found were written: */
    uint64_t entry;                      /* the last one's number */
    char *unentered;                     /* why one was not; NULL */
};
void exh_whole_report_clear(struct exh_whole_report *report);
/* "FAILED"; "INCOMPLETE": none failed, and some were not reached; "VERIFIED". Foreign files change nothing of that. */
const char *exh_whole_verdict_words(const struct exh_whole_report *report);
/* Judges everything that the log says lies in the store, from the disk, as far as the system lets go what it remembers: the log with
 * every file of its repository, policies, photographs of clocks, exhibits; and packages elsewhere. Whatever is wrong is told, and
 * the rest goes on. When each item was good is kept in private/verified, item by item, so that a killed run can be resumed; that
 * file may be deleted at any time. Which exhibits are a sample: those with the lowest SHA-256 of "<seed> <reference>".
 *
 * Enters "verify" for each exhibit that fails, and one for the whole. Entries and the state of items that cannot be written take
 * nothing from the verdict: @ret_report says so. EXH_BUSY: another such run goes on; EXH_REFUSED: role; EXH_IO: the store's
 * directories, or one of @ask->packages, cannot be listed; EXH_USAGE: the seed. */
bool exh_verify_store(struct exh_store *store, const struct exh_whole_ask *ask, struct exh_whole_report *ret_report,
                      struct exh_error *err) EXH_CHECK;

#endif
