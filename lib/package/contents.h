/* contents: what was read of a package, whatever its form, before it is judged. Private to package. */
#ifndef EXHIBIT_PACKAGE_CONTENTS_H
#define EXHIBIT_PACKAGE_CONTENTS_H

#include "exhibit/package.h"

#include "bag.h"
#include "pieces.h"

enum {
    EXH_KEPT_MOST = 16 << 20,            /* bytes of one file that is kept to be read */
    EXH_KEPT_ALL_MOST = 64 << 20,        /* of all of them */
    EXH_FAULTS_MOST = 100,               /* sentences about one package */
};

struct exh_found {
    char *name;
    uint64_t size;
    char digest[EXH_SHA256_DIGITS];
    const char *code;                    /* of the fault */
    char *fault;                         /* NULL: read whole, nothing wrong with it by itself */
    char *bytes;                         /* of a file that is kept; NULL of any other */
    struct exh_pieces pieces;            /* of a large one */
    bool unread;                         /* only looked at: name and size are known, digest is not */
};

struct exh_unpacking;

struct exh_contents {
    struct exh_found *at;                /* as they came; sorted by exh_contents_sort */
    size_t count, capacity;
    struct exh_check_findings faults;          /* of the container or folder */
    bool whole;                          /* read to its end, as far as it is of our form */
    bool has_time;
    struct exh_moment time;              /* of the ZIP's members */
    size_t kept;                         /* bytes */
    bool open;                           /* a file is coming in */
    struct exh_sha256 *hash;
    struct exh_piecing *piecing;
    struct exh_fan *fan;                 /* hashes a large one beside the reading */
    uint8_t *room;                       /* for small ones that are read to exh_contents_space; NULL until then */
    bool keeps_all;                      /* every file outside data/ is kept */
    bool passes_payload;                 /* files in data/ are only looked at */
    bool from_disk;                      /* of a folder: read from the disk, not from what the system remembers of it */
    struct exh_unpacking *unpacking;     /* writes what comes in; NULL */
    const struct exh_package_ask *ask;   /* whose progress is told; NULL */
    uint64_t bytes_read;
};
void exh_contents_clear(struct exh_contents *contents);
/* Adds a sentence; says so when there are too many. */
void exh_contents_fault(struct exh_contents *contents, const char *code, const char *format, ...) EXH_PRINTF(3, 4);

/* One file, in pieces. @name fit or not: an unfit one comes with a fault. */
bool exh_contents_begin(struct exh_contents *contents, const char *name, uint64_t size, struct exh_error *err)
    EXH_CHECK;
bool exh_contents_data(struct exh_contents *contents, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* The same without a copy: where the next bytes can be read to, then how many of them were. */
bool exh_contents_space(struct exh_contents *contents, void **ret_space, size_t *ret_room, struct exh_error *err) EXH_CHECK;
bool exh_contents_filled(struct exh_contents *contents, const void *space, size_t size, struct exh_error *err) EXH_CHECK;
/* @fault: what is wrong with it, and its @code; or NULL. */
bool exh_contents_end(struct exh_contents *contents, const char *code, const char *fault, struct exh_error *err) EXH_CHECK;
/* Tells that so many more bytes were read. EXH_IO: it is to stop. Asked by the two above. */
bool exh_contents_go_on(struct exh_contents *contents, size_t size, struct exh_error *err) EXH_CHECK;
/* A thing that is there but was not read. */
void exh_contents_odd(struct exh_contents *contents, const char *name, const char *code, const char *fault);
/* A file of the payload that is passed over. */
void exh_contents_pass(struct exh_contents *contents, const char *name, uint64_t size);

void exh_contents_sort(struct exh_contents *contents);
/* The file of that name, once sorted; NULL where there is none. */
struct exh_found *exh_contents_find(const struct exh_contents *contents, const char *name);

/* Reads the tree under @fd. EXH_IO. */
bool exh_contents_read_folder(struct exh_contents *contents, int fd, struct exh_error *err) EXH_CHECK;
/* Judges what was read; sorts @contents. @report starts with its form only. */
void exh_contents_judge(struct exh_contents *contents, const struct exh_package_ask *ask,
                        struct exh_package_report *report);

/* ---- writing what is read (unpack.c) ---- */

/* Begins a staging folder or file. EXH_REFUSED: the name is taken. */
bool exh_unpacking_new(const struct exh_package_ask *ask, struct exh_unpacking **ret_unpacking, struct exh_error *err)
    EXH_CHECK;
void exh_unpacking_freep(struct exh_unpacking **unpacking);
/* A member of a folder. */
bool exh_unpacking_begin(struct exh_unpacking *unpacking, const char *name, struct exh_error *err) EXH_CHECK;
bool exh_unpacking_data(struct exh_unpacking *unpacking, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
bool exh_unpacking_end(struct exh_unpacking *unpacking, struct exh_error *err) EXH_CHECK;
/* Bytes of the ZIP itself, in order. */
bool exh_unpacking_zip(struct exh_unpacking *unpacking, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* Names what the verdict allows; sets @report->written. */
bool exh_unpacking_finish(struct exh_unpacking *unpacking, struct exh_package_report *report, struct exh_error *err)
    EXH_CHECK;

/* ---- between judge.c, signed.c, nested.c and holding.c ---- */

struct exh_judging {
    struct exh_contents *contents;
    const struct exh_package_ask *ask;
    struct exh_package_report *report;
    struct exh_bag_list manifest, tags;
    bool has_manifest, has_tags;         /* there, and well formed */
    struct exh_pieces_list pieces;
    struct exh_bag_info info;
    bool failed;
    const char *seal_reason;             /* of the tag manifest and its signatures, when nothing is wrong with them */
    char signature_words[96];
    const struct exh_judging *outer;     /* of an exhibit within a package: the package's */
    size_t volume, volumes;              /* 0: it stands alone */
    size_t located;                      /* files whose damage was looked for */
};
/* A sentence against the package, which has failed where @code begins with 'E'. */
void exh_judging_finding(struct exh_judging *judging, const char *code, const char *file, const char *format, ...)
    EXH_PRINTF(4, 5);
/* The file's line in its manifest; NULL where there is none. */
const struct exh_bag_line *exh_judging_line(const struct exh_judging *judging, const char *name);
/* The file, when it is kept and just as its manifest says; NULL otherwise. */
const struct exh_found *exh_judging_sound(const struct exh_judging *judging, const char *name);
/* Judges a bag, whole or one within another. Free what it holds with exh_judging_clear. */
void exh_judging_bag(struct exh_judging *judging);
/* The whole of what was read, with its verdict. */
void exh_judging_whole(struct exh_judging *judging);
void exh_judging_clear(struct exh_judging *judging);
/* True when @name is a file of an exhibit that is said to be in another volume. */
bool exh_judging_is_elsewhere(const struct exh_judging *judging, const char *name);
/* Judges the record that was read (report->record). */
void exh_judging_record(struct exh_judging *judging);
/* A finding where the record @name is not there, and no manifest that lists it says so. */
void exh_judging_need_record(struct exh_judging *judging, const char *code, const char *name);
/* Judges both signatures and who made them. */
void exh_judging_signatures(struct exh_judging *judging);
/* True when a file of the payload is not as the manifest has it, or not there, and is said to be so. */
bool exh_judging_is_missed(const struct exh_judging *judging, const char *name);
/* The exhibit of that reference, once they were judged; NULL where the package holds none. */
const struct exh_package_exhibit *exh_judging_exhibit(const struct exh_judging *judging, const char *reference);
/* Judges the exhibits within, and what package.json says of them. */
void exh_judging_exhibits(struct exh_judging *judging);
void exh_judging_holding(struct exh_judging *judging);
/* True when the member @name of @json is a time, and its "_local" can be the same in some zone. */
bool exh_judging_times_agree(const struct exh_json *json, const char *name);
/* True of the bag of a destruction certificate, which holds no exhibit. */
bool exh_judging_is_certificate(const struct exh_judging *judging) EXH_CHECK;
/* Judges it: that it is of this bag, and what it says of the log. */
void exh_judging_certificate(struct exh_judging *judging);
/* Judges the custody entries that the package carries. */
void exh_judging_custody(struct exh_judging *judging);
/* A file that is kept and sound, as JSON; NULL, with a finding where it is not JSON. Free with exh_json_free. */
struct exh_json *exh_judging_json(struct exh_judging *judging, const char *code, const char *name) EXH_CHECK;
/* Judges the checkpoint of the log, and notes it in the report where it holds. @said: what the package says of the log,
 * "key" and "entries". */
void exh_judging_checkpoint(struct exh_judging *judging, const struct exh_json *said);
/* Judges the proof @name, that the entry with this number and leaf stands in the log of the checkpoint. */
void exh_judging_proof(struct exh_judging *judging, const char *name, uint64_t sequence, const struct exh_merkle_hash *leaf);
/* Judges what an exhibit's own bag says of the log. */
void exh_judging_own_custody(struct exh_judging *judging);
/* Which pieces of a file differ, and about what time of the footage they hold; NULL where that cannot be told. */
char *exh_judging_damage(const struct exh_judging *judging, const struct exh_found *found) EXH_CHECK;

#endif
