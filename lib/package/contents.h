/* contents: what was read of a package, whatever its form, before it is judged. Private to package. */
#ifndef EXHIBIT_PACKAGE_CONTENTS_H
#define EXHIBIT_PACKAGE_CONTENTS_H

#include "exhibit/package.h"

#include "bag.h"

enum {
    EXH_KEPT_MOST = 16 << 20,            /* bytes of one file that is kept to be read */
    EXH_KEPT_ALL_MOST = 64 << 20,        /* of all of them */
    EXH_FAULTS_MOST = 100,               /* sentences about one package */
};

struct exh_found {
    char *name;
    uint64_t size;
    char digest[EXH_SHA256_DIGITS];
    char *fault;                         /* NULL: read whole, nothing wrong with it by itself */
    char *bytes;                         /* of a file that is kept; NULL of any other */
};

struct exh_contents {
    struct exh_found *at;                /* as they came; sorted by exh_contents_sort */
    size_t count, capacity;
    struct exh_strings faults;           /* of the container or folder */
    bool whole;                          /* read to its end, as far as it is of our form */
    bool has_time;
    struct exh_moment time;              /* of the ZIP's members */
    size_t kept;                         /* bytes */
    bool open;                           /* a file is coming in */
    struct exh_sha256 *hash;
    struct exh_fan *fan;                 /* hashes a large one beside the reading */
};
void exh_contents_clear(struct exh_contents *contents);
/* Adds a sentence; says so when there are too many. */
void exh_contents_fault(struct exh_contents *contents, const char *format, ...) EXH_PRINTF(2, 3);

/* One file, in pieces. @name fit or not: an unfit one comes with a fault. */
bool exh_contents_begin(struct exh_contents *contents, const char *name, uint64_t size, struct exh_error *err)
    EXH_CHECK;
bool exh_contents_data(struct exh_contents *contents, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* @fault: what is wrong with it, or NULL. */
bool exh_contents_end(struct exh_contents *contents, const char *fault, struct exh_error *err) EXH_CHECK;
/* A thing that is there but was not read. */
void exh_contents_odd(struct exh_contents *contents, const char *name, const char *fault);

void exh_contents_sort(struct exh_contents *contents);
/* The file of that name, once sorted; NULL where there is none. */
struct exh_found *exh_contents_find(const struct exh_contents *contents, const char *name);

/* Reads the tree under @fd. EXH_IO. */
bool exh_contents_read_folder(struct exh_contents *contents, int fd, struct exh_error *err) EXH_CHECK;
/* Judges what was read; sorts @contents. @report starts with its form only. */
void exh_contents_judge(struct exh_contents *contents, const struct exh_signers *signers,
                        struct exh_package_report *report);

/* ---- between judge.c and signed.c ---- */

struct exh_judging {
    struct exh_contents *contents;
    const struct exh_signers *signers;
    struct exh_package_report *report;
    struct exh_bag_list manifest, tags;
    bool has_manifest, has_tags;         /* there, and well formed */
    bool failed;
    const char *seal_reason;             /* of the tag manifest and its signatures, when nothing is wrong with them */
    char signature_words[96];
};
/* A sentence against the package: it has failed. */
void exh_judging_fault(struct exh_judging *judging, const char *format, ...) EXH_PRINTF(2, 3);
/* The file's line in its manifest; NULL where there is none. */
const struct exh_bag_line *exh_judging_line(const struct exh_judging *judging, const char *name);
/* The file, when it is kept and just as its manifest says; NULL otherwise. */
const struct exh_found *exh_judging_sound(const struct exh_judging *judging, const char *name);
/* Judges both signatures and who made them. @identifier, @date: of bag-info.txt, NULL where unknown. */
void exh_judging_signatures(struct exh_judging *judging, const char *identifier, const char *date);

#endif
