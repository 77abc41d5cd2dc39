/* store: the photographs of clocks, kept under their SHA-256, and what is below checks/ besides. */
#include "store.h"

#include "exhibit/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one that is kept must be what its name says: a damaged one is reported and left alone. */
static bool check_kept(const struct exh_store *store, const char *path, const char *digest, const char *what, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    char found[EXH_SHA256_DIGITS];
    size_t size;

    if (!exh_file_read(store->root, path, EXH_PHOTO_MOST, &bytes, &size, err))
        return false;
    exh_sha256(bytes, size, found);
    return strcmp(found, digest) == 0
        || exh_fail(err, EXH_MALFORMED,
                    "'%s/%s' is not the %s that its name says: it is damaged; put it aside and try again",
                    store->path, path, what);
}

bool exh_store_check_named(const struct exh_store *store, const char *path, struct exh_error *err)
{
    const char *name = exh_text_base_name(path);
    bool in_named = strncmp(path, DISPOSALS "/", strlen(DISPOSALS "/")) == 0;
    EXH_CLEANUP(exh_freep) char *digest = exh_strndup(in_named ? path + strlen(DISPOSALS "/") : name, EXH_SHA256_DIGITS - 1);

    return check_kept(store, path, digest, "file", err);
}

bool exh_store_keep_photo(const struct exh_store *store, const void *bytes, size_t size, const char *suffix,
                          char **ret_name, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    exh_sha256(bytes, size, digest);
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s%s", digest, suffix), *path = exh_format(CHECKS "/%s", name);
    if (!exh_directory_make_all(store->root, CHECKS, 0700, err) || !exh_directory_sync(store->root, CHECKS, err))
        return false;
    if (!(exh_file_exists(store->root, path) ? check_kept(store, path, digest, "photograph", err)
                                             : exh_file_write(store->root, path, bytes, size, 0600, false, err)))
        return exh_while(err, "the photograph could not be kept");
    *ret_name = exh_steal(&name);
    return true;
}

const char *exh_store_photo_state(const struct exh_store *store, const struct exh_clock_check *check)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error problem = EXH_ERROR_NONE;

    if (!check->photo)
        return NULL;
    EXH_CLEANUP(exh_freep) char *path = exh_format(CHECKS "/%s", check->photo_file);
    if (strchr(check->photo_file, '/') || !exh_file_exists(store->root, path))
        return "missing";
    if (check_kept(store, path, check->photo, "photograph", &problem))
        return "kept";
    return problem.kind == EXH_MALFORMED ? "altered" : "not readable";
}

/* ---- what else is there ---- */

static bool collect_name(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind;
    (void)err;
    exh_strings_add(context, name);
    return true;
}

/* In the order of names. A store that never kept a photograph has no such directory. */
static bool list_checks(const struct exh_store *store, struct exh_strings *names, struct exh_error *err)
{
    if (!exh_file_exists(store->root, CHECKS))
        return true;
    if (!exh_directory_visit(store->root, CHECKS, collect_name, names, err))
        return false;
    exh_strings_sort(names);
    return true;
}

/* The names that the log has. */
struct keeping { const struct exh_store *store; struct exh_strings *names; };

static bool add_kept(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct keeping *in = context;
    EXH_CLEANUP(exh_clock_check_clear) struct exh_clock_check check = { .reference = NULL };

    if (!exh_store_read_check(in->store, entry, &check, err))
        return false;
    if (check.photo_file)
        exh_strings_add(in->names, check.photo_file);
    return true;
}

bool exh_store_known_photos(const struct exh_store *store, struct exh_strings *names, struct exh_error *err)
{
    static const struct exh_index_query checks = { .topics = EXH_TOPIC_CLOCKS };
    struct keeping in = { store, names };

    return exh_store_entries(store, &checks, false, add_kept, &in, err);
}

bool exh_store_unknown_photos(const struct exh_store *store, struct exh_strings *names, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings all = EXH_STRINGS_NONE, kept = EXH_STRINGS_NONE;

    if (!list_checks(store, &all, err) || !exh_store_known_photos(store, &kept, err))
        return false;
    for (size_t i = 0; i < all.count; i++)
        if (!exh_strings_contain(&kept, all.at[i]))
            exh_strings_add(names, all.at[i]);
    return true;
}
