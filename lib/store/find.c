/* store: cameras, sources and cases by name, and the nearest name to a wrong one. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

const struct exh_source *exh_store_source(const struct exh_store *store, const char *id)
{
    for (size_t i = 0; i < store->source_count; i++)
        if (strcmp(store->sources[i].id, id) == 0)
            return &store->sources[i];
    return NULL;
}

const struct exh_camera *exh_store_camera(const struct exh_store *store, const char *id)
{
    for (size_t i = 0; i < store->camera_count; i++)
        if (strcmp(store->cameras[i].id, id) == 0)
            return &store->cameras[i];
    return NULL;
}

bool exh_store_need_camera(const struct exh_store *store, const char *id, const struct exh_camera **ret_camera, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    if ((*ret_camera = exh_store_camera(store, id)))
        return true;
    for (size_t i = 0; i < store->camera_count; i++)
        exh_strings_add(&names, store->cameras[i].id);
    const char *nearest = exh_text_nearest(&names, id);
    if (nearest)
        return exh_fail(err, EXH_USAGE, "camera '%s' is not known; did you mean '%s'? ('exhibit camera list' lists them)", id, nearest);
    return exh_fail(err, EXH_USAGE, "camera '%s' is not known; 'exhibit camera list' lists them, 'exhibit camera add' adds one", id);
}

bool exh_store_need_source(const struct exh_store *store, const char *id, const struct exh_source **ret_source, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    if ((*ret_source = exh_store_source(store, id)))
        return true;
    for (size_t i = 0; i < store->source_count; i++)
        exh_strings_add(&names, store->sources[i].id);
    const char *nearest = exh_text_nearest(&names, id);
    if (nearest)
        return exh_fail(err, EXH_USAGE,
                        "source '%s' is not known; did you mean '%s'? ('exhibit source list' lists them)", id, nearest);
    return exh_fail(err, EXH_USAGE, "source '%s' is not known; 'exhibit source list' lists them, 'exhibit source add' adds one", id);
}

bool exh_store_need_town(const struct exh_store *store, const char *town, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    for (size_t i = 0; i < store->camera_count; i++) {
        if (exh_camera_is_in(&store->cameras[i], town))
            return true;
        if (store->cameras[i].town && !exh_strings_contain(&names, store->cameras[i].town))
            exh_strings_add(&names, store->cameras[i].town);
    }
    const char *nearest = exh_text_nearest(&names, town);
    if (nearest)
        return exh_fail(err, EXH_USAGE,
                        "no camera is in town '%s'; did you mean '%s'? ('exhibit camera list' lists them)", town,
                        nearest);
    return exh_fail(err, EXH_USAGE, "no camera is in town '%s'; 'exhibit camera list' lists them with their towns",
                    town);
}

bool exh_store_need_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err)
{
    if (!exh_store_case(store, id, ret_case, err))
        return false;
    return *ret_case || exh_fail(err, EXH_USAGE, "case '%s' is not known; 'exhibit case list' lists them, 'exhibit case open' opens one", id);
}
