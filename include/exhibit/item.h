/* item: what one exhibit's Master is made of, and its record (floor 6).
 *
 * The record (record/exhibit.json, docs/formats/record.md) says what was asked and what was delivered,
 * what is missing, which bytes of which recorder file were taken, and by whom with what.
 */
#ifndef EXHIBIT_ITEM_H
#define EXHIBIT_ITEM_H

#include "exhibit/catalogue.h"
#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/helper.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

#define EXH_RECORD "record/exhibit.json"

/* A stretch of a recorder's file that delivered packets were taken from, with the container's own
 * bytes between them: anyone who has the file can take its digest with stock tools. */
struct exh_item_run {
    size_t segment;                  /* in the coverage */
    uint64_t offset, size;           /* bytes of the segment */
    char digest[EXH_SHA256_DIGITS];
};

/* How the Master was taken (design section 5). */
enum exh_mode {
    EXH_CLIP,                        /* the recorder's packets, stream-copied from a key frame */
    EXH_NATIVE,                      /* the recorder's files, whole, bit for bit */
    EXH_ADDED,                       /* files from elsewhere, bit for bit */
};
/* "clip", "native", "added". */
const char *exh_mode_name(enum exh_mode mode);

/* A file that stands beside a part and belongs to it. */
struct exh_item_sidecar {
    char *file;                      /* "data/master/....vtt"; NULL: none */
    uint64_t size;
    char digest[EXH_SHA256_DIGITS];
};

struct exh_item_part {
    char *file;                      /* "data/master/OP1_wisbech-12_20211205T210959Z.mp4" */
    struct exh_part plan;            /* of a whole file: size, suffix, tracks, times as far as they are known */
    char digest[EXH_SHA256_DIGITS];
    struct exh_item_run *runs;
    size_t run_count;
    struct exh_item_sidecar times;   /* WebVTT: local time and UTC for each second */
    char *original;                  /* its name before, as it can be shown; NULL for a clip */
    struct exh_moment modified;      /* of the original file; only where original is set */
    bool timed;                      /* plan's times are known */
};

/* What is known of files that somebody handed over. Borrowed strings; NULL: not said. */
struct exh_handover {
    const char *from, *organisation; /* who handed them over */
    struct exh_moment received;
    const char *method;              /* "USB stick", "email" */
    const char *description;         /* "shop front, camera 2" */
    const char *time_statement;      /* what is known of the times in them, as it was given */
    const struct exh_json *clock;    /* the record's "clock", where the device's was held against true time; else NULL */
    struct exh_moment starts;        /* true time of the first frame of the first file; INT64_MIN: not said */
};

/* Start zeroed; clear with exh_item_clear. Borrowed pointers must outlive it. */
struct exh_item {
    char reference[24];              /* "OP1" */
    enum exh_mode mode;
    const char *organisation, *zone; /* borrowed */
    const struct exh_camera *camera; /* borrowed; NULL where files were added */
    const struct exh_source *source; /* borrowed; NULL where files were added */
    const struct exh_coverage *coverage;   /* borrowed; of added files only findings and libraries */
    const struct exh_handover *handover;   /* borrowed; only where files were added */
    const struct exh_json *clock;    /* what is known of the recorder's clock (exh_store_question); borrowed */
    struct exh_json *case_facts;     /* id, type, references, requested_by, basis; owned */
    struct exh_json *producer;       /* fingerprint, initials, name; owned */
    struct exh_strings arguments;    /* the command as given */
    struct exh_moment made;
    struct exh_item_part *parts;
    size_t part_count;
};
void exh_item_clear(struct exh_item *item);
/* Adds an empty part. The pointer is good until the next one is added. */
struct exh_item_part *exh_item_add_part(struct exh_item *item);

/* The name of part @part of @parts, with its folder: short, ASCII, no spaces. @first is the true time
 * of its first frame. Free with free(). */
char *exh_item_part_name(const struct exh_item *item, size_t part, size_t parts, struct exh_moment first, const char *suffix) EXH_CHECK;
/* The name of part @part that was the file @original: "data/master/OP3_part0001_original.avi", or without the number
 * where it is the only one. Free with free(). */
char *exh_item_file_name(const struct exh_item *item, size_t part, size_t parts, const char *original) EXH_CHECK;
/* The part's name with another suffix. Free with free(). */
char *exh_item_sidecar_name(const char *file, const char *suffix) EXH_CHECK;
/* The suffix of a file's name in lower case, where it is 1 to 5 letters and digits; else "bin". Free with free(). */
char *exh_item_suffix(const char *name) EXH_CHECK;
/* "OP1_wisbech-12_20211205T211000Z": the stem of the package's name. Free with free(). */
char *exh_item_stem(const struct exh_item *item) EXH_CHECK;

/* The record. Free with exh_json_free. */
struct exh_json *exh_item_record(const struct exh_item *item) EXH_CHECK;

/* Parts of it that commands print too. Free with exh_json_free. */
struct exh_json *exh_window_json(struct exh_window window, const char *zone) EXH_CHECK;
struct exh_json *exh_gaps_json(const struct exh_coverage *coverage, const char *zone) EXH_CHECK;
struct exh_json *exh_findings_json(const struct exh_coverage *coverage) EXH_CHECK;
/* The record's "made": when, with which @libraries, in which @cage (exh_helper_cage; either may be NULL), by which command,
 * by whom (copied). */
struct exh_json *exh_made_json(struct exh_moment made, const char *libraries, const char *cage,
                               const struct exh_strings *arguments, const struct exh_json *producer) EXH_CHECK;

#endif
