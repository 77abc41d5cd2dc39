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

struct exh_item_part {
    char *file;                      /* "data/master/OP1_wisbech-12_20211205T210959Z.mp4" */
    struct exh_part plan;
    char digest[EXH_SHA256_DIGITS];
    struct exh_item_run *runs;
    size_t run_count;
};

/* Start zeroed; clear with exh_item_clear. Borrowed pointers must outlive it. */
struct exh_item {
    char reference[24];              /* "OP1" */
    const char *organisation, *zone; /* borrowed */
    const struct exh_camera *camera; /* borrowed */
    const struct exh_source *source; /* borrowed */
    const struct exh_coverage *coverage;   /* borrowed */
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
/* "OP1_wisbech-12_20211205T211000Z": the stem of the package's name. Free with free(). */
char *exh_item_stem(const struct exh_item *item) EXH_CHECK;

/* The record. Free with exh_json_free. */
struct exh_json *exh_item_record(const struct exh_item *item) EXH_CHECK;

/* Parts of it that commands print too. Free with exh_json_free. */
struct exh_json *exh_window_json(struct exh_window window, const char *zone) EXH_CHECK;
struct exh_json *exh_gaps_json(const struct exh_coverage *coverage, const char *zone) EXH_CHECK;
struct exh_json *exh_findings_json(const struct exh_coverage *coverage) EXH_CHECK;

#endif
