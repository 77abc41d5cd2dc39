/* ask: the helper program as the one that is asked what a file holds. */
#include "catalogue.h"

static bool ask_helper(void *context, int fd, struct exh_probe *ret_probe, struct exh_error *err)
{
    return exh_helper_probe(context, fd, ret_probe, err);
}

bool exh_coverage_find(const struct exh_source *source, const struct exh_camera *camera, struct exh_window window,
                       int64_t tolerance_ns, struct exh_helper *helper, struct exh_coverage *ret_coverage,
                       struct exh_error *err)
{
    const struct exh_prober prober = { ask_helper, helper };

    if (!exh_coverage_search(source, camera, window, tolerance_ns, &prober, ret_coverage, err))
        return false;
    ret_coverage->libraries = exh_strdup(exh_helper_libraries(helper));
    return true;
}
