/* ask: the helper program as the one that is asked what a file holds. */
#include "catalogue.h"

static bool ask_helper(void *context, int fd, struct exh_rate rate, struct exh_probe *ret_probe, struct exh_error *err)
{
    return exh_helper_probe(context, fd, rate, ret_probe, err);
}

void exh_coverage_note_reader(struct exh_coverage *coverage, const struct exh_helper *helper)
{
    const char *lacks = exh_helper_lacks(helper);

    coverage->libraries = exh_strdup(exh_helper_libraries(helper));
    coverage->cage = exh_strdup(exh_helper_cage(helper));
    if (lacks)
        exh_coverage_note(coverage, "no-cage", NULL,
                          "footage was read without %s, as the configuration allows (media.cage): a file made to attack "
                          "the reader would have met less in its way",
                          lacks);
}

bool exh_coverage_find(const struct exh_source *source, const struct exh_camera *camera,
                       const struct exh_question *question, struct exh_helper *helper,
                       struct exh_coverage *ret_coverage, struct exh_error *err)
{
    EXH_CLEANUP(exh_coverage_clear) struct exh_coverage coverage = { .root = -1 };
    const struct exh_prober prober = { ask_helper, helper };

    /* While names are listed the helper gets ready. */
    if (!exh_coverage_search(source, camera, question, &prober, &coverage, err) || !exh_helper_ready(helper, err))
        return false;
    exh_coverage_note_reader(&coverage, helper);
    *ret_coverage = coverage;
    coverage = (struct exh_coverage){ .root = -1 };
    return true;
}
