/* export: what its files share: one exhibit in the making. */
#ifndef EXHIBIT_EXPORT_PRIVATE_H
#define EXHIBIT_EXPORT_PRIVATE_H

#include "exhibit/export.h"

#include "exhibit/item.h"
#include "exhibit/making.h"
#include "exhibit/package.h"

#include <time.h>

/* The pieces of a stretch that make one part. */
struct cut_plan {
    size_t stretch, first;               /* from its piece first on */
    int64_t begin_ns;                    /* of a part that continues the one before: where; else 0 */
};

struct exporting {
    struct exh_making making;
    const struct exh_export_options *options;
    struct exh_helper *helper;
    struct exh_question question;
    struct exh_clock_statement clock;
    struct exh_coverage coverage;
    struct cut_plan *cuts;               /* one a part, in order of time; planning one may add the next */
    size_t cut_count;
    const struct exh_strings *files;     /* added: their paths */
    size_t file_at;                      /* of whole files: the one being copied, counted from 1 */
    struct exh_item item;
    bool (*write_payload)(struct exporting *e, struct exh_error *err);
    char *description;                   /* of the bag, where it is made up */
    struct exh_cut_about about;          /* its strings and steps are the item's and these: */
    char *about_source;
    struct exh_zone_step *zone_steps;
    struct timespec told;                /* when progress was last told */
};
#define EXPORTING_NONE { .making = EXH_MAKING_NONE }

/* ---- exhibit.c: what footage and files from elsewhere share ---- */

void exh_exporting_clear(struct exporting *e);
/* Sets up the making "@name" of a Master by the options, for their case, and fills what the item says of it. */
bool exh_exporting_begin(struct exporting *e, struct exh_store *store, const char *name, struct exh_error *err) EXH_CHECK;
/* What is missing, for the details of an entry: the log's answer to whoever asks later what was known. */
struct exh_json *exh_exporting_missing(const struct exporting *e) EXH_CHECK;
/* Bytes of the item's parts. */
uint64_t exh_exporting_size(const struct exporting *e);
/* Says what would be made. */
void exh_exporting_say(const struct exporting *e, struct exh_made *made);
/* Makes the exhibit of the payload that e->write_payload puts into its package. */
bool exh_exporting_run(struct exporting *e, struct exh_made *ret_made, struct exh_error *err) EXH_CHECK;
/* Tells progress, at most ten times a second, and fails (EXH_IO) when interrupted. */
bool exh_exporting_goes_on(struct exporting *e, uint64_t done, uint64_t size, struct exh_error *err) EXH_CHECK;
/* Puts the whole open file @name into the package as @part, whose name and size are set; sets its digest, and that of
 * its run where the file is a segment. */
bool exh_exporting_copy_file(struct exporting *e, int fd, const char *name, struct exh_item_part *part,
                             struct exh_error *err) EXH_CHECK;

/* ---- master.c: clips ---- */

/* Finds what the parts say of themselves, for the subjects and the window. */
void exh_export_find_about(struct exporting *e);
void exh_export_clear_about(struct exporting *e);
/* Makes each stretch of the coverage a part. */
void exh_export_find_cuts(struct exporting *e);
/* Plans part @cut. Where it goes on in another, that one is put behind it into e->cuts. */
bool exh_export_plan_part(struct exporting *e, size_t cut, struct exh_part *ret_plan, struct exh_error *err);
/* Plans part @cut as the item's next, names it, and notes what must be said of it. @ret_part: NULL where nothing of it
 * can be delivered, which is noted too. */
bool exh_export_add_part(struct exporting *e, size_t cut, struct exh_item_part **ret_part, struct exh_error *err);
/* EXH_NO: there is no part at all. */
bool exh_export_need_part(const struct exporting *e, struct exh_error *err);
/* Plans and writes every part of the Master into the package; fills item.parts. */
bool exh_export_write_master(struct exporting *e, struct exh_error *err);

/* ---- native.c: whole files of the recorder ---- */

/* Fills item.parts with the segments to be taken; what cannot be opened is a finding. */
void exh_export_find_files(struct exporting *e);
/* Copies them into the package. */
bool exh_export_write_files(struct exporting *e, struct exh_error *err);

/* ---- times.c ---- */

/* Puts the part's WebVTT sidecar into the package, behind the part itself. */
bool exh_export_write_times(struct exporting *e, struct exh_item_part *part, struct exh_error *err);

/* ---- estimate.c ---- */

/* How many bytes a second are read from the first segment, hashed, and made durable in the store: measured now, with
 * a file of at most 64 MiB that has no name. */
bool exh_export_measure_rate(struct exporting *e, uint64_t *ret_bytes_a_second, struct exh_error *err) EXH_CHECK;

#endif
