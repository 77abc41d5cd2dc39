/* package: one on its way. Private to package; write.c begins it, seal.c ends it. */
#ifndef EXHIBIT_PACKAGE_PACKAGE_H
#define EXHIBIT_PACKAGE_PACKAGE_H

#include "exhibit/archive.h"
#include "exhibit/file.h"
#include "exhibit/package.h"

#include "bag.h"
#include "pieces.h"

/* With one, the hashes wait for it, when an age file is read and when it is written. */
enum { EXH_PACKAGE_AGE_THREADS = 2 };

/* The folder form: a tree under a staging name. */
struct exh_package_folder {
    int parent;                  /* -1: none is written */
    int fd;
    char *name, *staging;
    struct exh_strings made;     /* folders inside, each after the one it is in */
};

/* The ZIP or age file. Its bytes go through a long-lived fan: one thread hashes, one writes. */
struct exh_package_container {
    bool wanted;
    struct exh_staged staged;
    struct exh_sha256 *hash;
    struct exh_fan *fan;
    struct exh_age_writer *age;  /* NULL: a plain ZIP */
    struct exh_zip *zip;
    size_t recipients;
    uint64_t promised;           /* bytes of disk asked for */
};

/* A file outside data/, kept until seal. */
struct exh_package_text {
    char *name, *bytes;
    size_t size;
};

struct exh_package {
    struct exh_moment sealed;
    struct exh_package_folder folder;
    struct exh_package_container container;
    struct exh_bag_list payload;
    uint64_t *sizes;             /* of the payload's files */
    uint64_t payload_bytes;
    struct exh_pieces_list pieces;
    struct exh_package_text *texts;
    size_t text_count;
    /* The payload member being written. */
    char *name;
    uint64_t size, taken;
    struct exh_fan *fan;
    struct exh_sha256 *hash;
    struct exh_piecing *piecing; /* NULL: of this one no pieces are cut */
    const struct exh_sealed *sealed_by;  /* which has them already; NULL */
    struct exh_staged file;
    bool stays;                  /* commit was tried: the log knows it, nothing is removed any more */
};

/* Makes the folders of a member in the staging tree, and opens the last; @ret_base is its own name. */
bool exh_package_place(struct exh_package *package, const char *name, int *ret_fd, const char **ret_base,
                       struct exh_error *err) EXH_CHECK;

#endif
