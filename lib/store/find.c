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
    return exh_text_unknown(&names, id, "'exhibit camera list' lists them, 'exhibit camera add' adds one", err, "camera '%s' is not known", id);
}

bool exh_store_need_source(const struct exh_store *store, const char *id, const struct exh_source **ret_source, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    if ((*ret_source = exh_store_source(store, id)))
        return true;
    for (size_t i = 0; i < store->source_count; i++)
        exh_strings_add(&names, store->sources[i].id);
    return exh_text_unknown(&names, id, "'exhibit source list' lists them, 'exhibit source add' adds one", err, "source '%s' is not known", id);
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
    return exh_text_unknown(&names, town, "'exhibit camera list' lists them with their towns", err, "no camera is in town '%s'", town);
}

bool exh_store_need_case(const struct exh_store *store, const char *id, const struct exh_case **ret_case, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings ids = EXH_STRINGS_NONE;

    if (!exh_store_case(store, id, ret_case, err))
        return false;
    return *ret_case
        || (exh_store_case_ids(store, &ids, err)
            && exh_text_unknown(&ids, id, "'exhibit case list' lists them, 'exhibit case open' opens one", err, "case '%s' is not known", id));
}

bool exh_store_need_writable_case(const struct exh_store *store, const char *id, const char *act, const struct exh_case **ret_case,
                                  struct exh_error *err)
{
    const struct exh_case *found = NULL;

    if (!exh_store_may(store, act, err) || !exh_store_need_case(store, id, &found, err))
        return false;
    if (found->sealed)
        return exh_fail(err, EXH_IO, "the key of case %s is gone, so nothing can be added to it", id);
    *ret_case = found;
    return true;
}

bool exh_store_unknown_item(const struct exh_store *store, const char *name, const char *remedy, const char *words, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;

    return exh_store_item_ids(store, &items, err) && exh_text_unknown(&items, name, remedy, err, "%s", words);
}

struct exh_date exh_store_today(const struct exh_store *store)
{
    return exh_date_of(exh_moment_now(), store->zone);
}

bool exh_store_check_not_to_come(const struct exh_store *store, struct exh_date date, struct exh_error *err)
{
    struct exh_date today = exh_store_today(store);
    char words[EXH_DATE_SIZE], now[EXH_DATE_SIZE];

    exh_date_words(date, words);
    exh_date_words(today, now);
    return exh_date_compare(date, today) <= 0
        || exh_fail(err, EXH_USAGE, "%s is still to come (today is %s): enter what has happened", words, now);
}
