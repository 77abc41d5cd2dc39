/* bagit: judges bags of anyone's making: BagIt 1.0 (RFC 8493) and its drafts 0.93 to 0.97 (floor 5).
 *
 * Complete and valid as RFC 8493, section 3, means them; what that leaves open is decided as the conformance suite of
 * the Library of Congress labels it. A bag is hostile input: nothing is written, fetched or followed out of it, each
 * file is opened and read once, and memory is bounded by the limits below, whatever the size of the files.
 *
 * This is not how our own packages are judged (package.h): a bag has no signature, and whoever changes a file can change
 * the manifest as well.
 */
#ifndef EXHIBIT_BAGIT_H
#define EXHIBIT_BAGIT_H

#include "exhibit/error.h"

#include <stdint.h>

/* A notice says what is to be known, and changes no verdict. */
enum exh_bagit_severity { EXH_BAGIT_NOTICE, EXH_BAGIT_WARNING, EXH_BAGIT_ERROR };
/* "notice", "warning", "error". */
const char *exh_bagit_severity_word(enum exh_bagit_severity severity);

/* A kind of finding. Codes are stable: "E-BAG-DIGEST"; they begin with E, W or N, as the severity is. */
struct exh_bagit_code {
    const char *code;
    enum exh_bagit_severity severity;
    const char *meaning;             /* one sentence, for the manual: exhibit-findings(7) */
};
/* Every code there is, errors first. Static. */
const struct exh_bagit_code *exh_bagit_codes(size_t *ret_count);

struct exh_bagit_finding {
    const struct exh_bagit_code *code;
    char *file;                      /* relative to the bag, as it is on disk or as listed: any bytes; NULL: the bag as a whole */
    char *text;                      /* one sentence that names file and place; fit to print */
};

enum exh_bagit_verdict { EXH_BAGIT_INVALID, EXH_BAGIT_WARNED, EXH_BAGIT_VALID };
/* "INVALID", "VALID, WITH WARNINGS", "VALID". */
const char *exh_bagit_verdict_words(enum exh_bagit_verdict verdict);

/* Start with EXH_BAGIT_REPORT_NONE. */
struct exh_bagit_report {
    enum exh_bagit_verdict verdict;  /* INVALID until all was judged */
    char version[8];                 /* "0.97"; empty where bagit.txt does not say it */
    struct exh_bagit_finding *findings;      /* errors first, then by file and code */
    size_t count, capacity;
    size_t withheld;                 /* findings beyond the first EXH_BAGIT_MOST_OF_A_CODE of a code, which are only counted */
    size_t *of_code;                 /* how many of each code; private */
    uint64_t files, bytes;           /* in data/, listed or not; up to where judging stopped */
};
#define EXH_BAGIT_REPORT_NONE { EXH_BAGIT_INVALID, "", NULL, 0, 0, 0, NULL, 0, 0 }
void exh_bagit_report_clear(struct exh_bagit_report *report);

/* What a bag may have; more is E-BAG-LIMIT, and judging stops there. */
enum {
    EXH_BAGIT_MOST_OF_A_CODE = 1000,
    EXH_BAGIT_MOST_FILES = 1000000,          /* names that are listed; and files and folders on disk */
    EXH_BAGIT_MOST_NAMES = 512 << 20,        /* bytes of all listed names together */
    EXH_BAGIT_MOST_MANIFESTS = 32,
    EXH_BAGIT_LARGEST_TAG_FILE = 256 << 20,  /* bytes of a manifest, of bag-info.txt and fetch.txt */
    EXH_BAGIT_LONGEST_LINE = 1 << 20,        /* bytes of a line of these, in UTF-8 */
    EXH_BAGIT_DEEPEST = 100,                 /* folders within folders */
    EXH_BAGIT_LONGEST_PATH = 4096,           /* bytes */
};

/* Told now and then, with the bytes read so far. */
typedef void exh_bagit_progress(void *context, uint64_t bytes);

/* Judges the bag that is the directory @path (relative to @directory, or AT_FDCWD). What is wrong with the bag is in the
 * report; a path that is there and is no directory is an INVALID one. @progress may be NULL. @ret_report must be
 * EXH_BAGIT_REPORT_NONE; clear it with exh_bagit_report_clear, whatever is returned.
 * EXH_IO: @path is not there, or something in the bag cannot be read: there is no verdict. */
bool exh_bagit_judge(int directory, const char *path, exh_bagit_progress *progress, void *context,
                     struct exh_bagit_report *ret_report, struct exh_error *err) EXH_CHECK;

#endif
