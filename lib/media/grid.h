/* media/grid: several inputs side by side, in step by true time. */
#ifndef EXHIBIT_MEDIA_GRID_H
#define EXHIBIT_MEDIA_GRID_H

#include "picture.h"

struct grid_counts { uint64_t decoded, damaged, refused; };

/* The size of a film of cells @cell_height high, captions included. */
void grid_size(const struct exh_media_job *job, int cell_height, int *ret_width, int *ret_height);
/* Makes the pictures from @from_ns to @to_ns, since the grid's beginning, as many a second as the job says; each goes to @take with its
 * time since the beginning. A cell shows the picture on show in it at that time; where there is none, it says so, and the others go on. */
bool grid_film(struct exh_media_job *job, int64_t from_ns, int64_t to_ns, int width, int height, take_picture *take, void *context,
               struct grid_counts *ret_counts, struct exh_error *err) EXH_CHECK;

#endif
