/* oldest: when the oldest footage of a camera began, by what its names and times of modification say alone. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>

/* The earliest that is known; what does not tell by its name, by when it was last written. */
static bool earliest(const struct exh_names *names, struct exh_moment *ret_moment)
{
    bool named = names->count != 0, undated = names->undated_count != 0;

    if (named)
        *ret_moment = names->at[0].starts[0];
    if (undated && (!named || names->undated[0].modified.ns < ret_moment->ns))
        *ret_moment = names->undated[0].modified;
    return named || undated;
}

bool exh_catalogue_oldest(const struct exh_source *source, const struct exh_camera *camera, struct exh_oldest *ret_oldest, struct exh_error *err)
{
    const struct exh_window all = { { 0 }, { EXH_LATEST } };
    EXH_CLEANUP(exh_layout_clear) struct exh_layout layout = { 0 };
    EXH_CLEANUP(exh_names_clear) struct exh_names names = { 0 };
    EXH_CLEANUP(exh_fd_close) int root = -1;

    if (!exh_zone_check(source->zone, err) || !exh_layout_compile(source->layout, camera->path, &layout, err)
        || !exh_directory_open(AT_FDCWD, source->root, &root, err))
        return exh_while(err, "source '%s'", source->id);
    exh_names_find(root, &layout, source->zone, all, INT64_MIN, &names);
    *ret_oldest = (struct exh_oldest){ .segments = names.count + names.undated_count, .unreadable = names.problems.count };
    ret_oldest->found = earliest(&names, &ret_oldest->start);
    return true;
}
