/* store: policies and plans that were kept whole, and whose entry a kill cut off: the log does not know them, so they count for nothing. */
#include "store.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#define PLAN "plan.json"

/* ---- what the log knows ---- */

struct known { const char *name; struct exh_strings *digests; };

static bool take_digest(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct known *known = context;
    const char *digest = exh_json_text_or(exh_json_get(entry->whole, "digests"), known->name, NULL);

    (void)err;
    if (digest && !exh_strings_contain(known->digests, digest))
        exh_strings_add(known->digests, digest);
    return true;
}

static bool read_known(const struct exh_store *store, const char *topic, const char *name, struct exh_strings *digests, struct exh_error *err)
{
    const struct exh_index_query query = { .topic = topic };
    struct known known = { name, digests };

    return exh_store_entries(store, &query, false, take_digest, &known, err);
}

/* ---- what is there beside it ---- */

/* A directory that keeps things by their SHA-256, and what follows in their names. */
struct place { const struct exh_store *store; const char *folder, *ending; const struct exh_strings *known; struct exh_strings *paths; };

static bool is_plan_alone(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)err;
    *(bool *)context = *(bool *)context && kind == DT_REG
        && (strcmp(name, PLAN) == 0 || strncmp(name, "." PLAN ".", strlen("." PLAN ".")) == 0);
    return true;
}

/* What only we can have put there: it is what its name says, or not yet written. */
static bool is_ours(const struct exh_store *store, const char *path, bool is_folder)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error no = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *plan = exh_format("%s/" PLAN, path);
    bool alone = true;

    if (!is_folder)
        return exh_store_check_named(store, path, &no);
    return exh_directory_visit(store->root, path, is_plan_alone, &alone, &no) && alone
        && (!exh_file_exists(store->root, plan) || exh_store_check_named(store, plan, &no));
}

static bool look_at(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct place *place = context;
    EXH_CLEANUP(exh_freep) char *digest = exh_strndup(name, EXH_SHA256_DIGITS - 1), *path = exh_format("%s/%s", place->folder, name);

    (void)err;
    if (strspn(digest, "0123456789abcdef") == EXH_SHA256_DIGITS - 1 && strcmp(name + EXH_SHA256_DIGITS - 1, place->ending) == 0
        && kind == (*place->ending ? DT_REG : DT_DIR) && !exh_strings_contain(place->known, digest)
        && is_ours(place->store, path, kind == DT_DIR))
        exh_strings_add(place->paths, path);
    return true;
}

static bool look_in(const struct place *place, struct exh_error *err)
{
    return !exh_file_exists(place->store->root, place->folder)
        || exh_directory_visit(place->store->root, place->folder, look_at, (void *)(uintptr_t)place, err);
}

bool exh_store_unentered(const struct exh_store *store, struct exh_strings *paths, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings policies = EXH_STRINGS_NONE, plans = EXH_STRINGS_NONE;
    const struct place of_policies = { store, POLICIES, ".conf", &policies, paths }, of_plans = { store, DISPOSALS, "", &plans, paths };

    return read_known(store, EXH_TOPIC_POLICIES, "policy", &policies, err) && read_known(store, EXH_TOPIC_PLANS, "plan", &plans, err)
        && look_in(&of_policies, err) && look_in(&of_plans, err);
}

bool exh_store_clear_unentered(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings paths = EXH_STRINGS_NONE;

    if (!exh_store_unentered(store, &paths, err))
        return false;
    for (size_t i = 0; i < paths.count; i++) {
        bool is_plan = strncmp(paths.at[i], DISPOSALS, strlen(DISPOSALS)) == 0;
        if (is_plan ? !exh_tree_remove(store->root, paths.at[i], err)
                    : unlinkat(store->root, paths.at[i], 0) != 0 && !exh_fail_os(err, "cannot remove '%s/%s'", store->path, paths.at[i]))
            return false;
        exh_strings_add(notes, is_plan ? "a plan of disposal was cut off before it was proposed, and was removed"
                                       : "a policy was kept, and its adoption cut off: its file was removed");
    }
    return true;
}
