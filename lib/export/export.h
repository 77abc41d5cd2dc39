/* export: what its files share: one export on its way. */
#ifndef EXHIBIT_EXPORT_PRIVATE_H
#define EXHIBIT_EXPORT_PRIVATE_H

#include "exhibit/export.h"

#include "exhibit/item.h"
#include "exhibit/package.h"

/* The pieces of a stretch that make one part. */
struct cut_plan { size_t stretch, first, count; };

struct exporting {
    struct exh_store *store;
    const struct exh_export_options *options;
    struct exh_helper *helper;
    struct exh_coverage coverage;
    struct cut_plan *cuts;               /* one a part, in order of time */
    size_t cut_count;
    struct exh_item item;
    struct exh_package *package;
    struct exh_journal journal;
    int out;                             /* descriptor of the output directory */
    int exhibits;                        /* descriptor of the store's exhibits */
};

/* Says which pieces make which part, from the coverage. */
void exh_export_find_cuts(struct exporting *e);
/* Plans part @cut. */
bool exh_export_plan_part(struct exporting *e, size_t cut, struct exh_part *ret_plan, struct exh_error *err);
/* Plans and writes every part of the Master into the package; fills item.parts. */
bool exh_export_write_master(struct exporting *e, struct exh_error *err);

#endif
