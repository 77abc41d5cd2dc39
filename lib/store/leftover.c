/* store: files that a killed command had only half written, told by their staging names, and the list of signers that it
 * had not come to write. */
#include "store.h"

#include "exhibit/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where half-written files can lie, whose they are by the beginning and the end of their names, and what is said of one
 * that was removed. */
static const struct place {
    const char *folder, *begins, *ends;
    size_t digits;                       /* of them follow @begins */
    const char *note;
} places[] = {
    { CHECKS, ".", "", 64, "a check of a clock was cut off while its photograph was being kept; the half-written photograph was "
      "removed" },
    { "policies", ".", ".conf", 64, "the adoption of a policy was cut off while its file was being kept; the half-written file was removed" },
    { ".", ".allowed_signers", "", 0, "the writing of allowed_signers was cut off; the half-written list was removed" },
};

/* ".<name>.<16 digits>.partial", as exh_staging_name gives it. */
static bool is_left_by(const struct place *place, const char *name)
{
    static const char digits[] = "0123456789abcdef", partial[] = ".partial";
    size_t size = strlen(name), tail = 1 + 16 + strlen(partial), begins = strlen(place->begins), ends = strlen(place->ends);

    if (size < begins + place->digits + ends + tail || strncmp(name, place->begins, begins) != 0
        || strspn(name + begins, digits) < place->digits || strcmp(name + size - strlen(partial), partial) != 0)
        return false;
    const char *random = name + size - tail;
    return *random == '.' && strspn(random + 1, digits) == 16 && strncmp(random - ends, place->ends, ends) == 0;
}

/* Its files, and what is said of each. */
struct looking { const struct place *place; struct exh_strings *paths, *notes; };

static bool look_at(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct looking *looking = context;

    (void)kind, (void)err;
    if (!is_left_by(looking->place, name))
        return true;
    exh_strings_addf(looking->paths, "%s%s%s", strcmp(looking->place->folder, ".") == 0 ? "" : looking->place->folder,
                     strcmp(looking->place->folder, ".") == 0 ? "" : "/", name);
    exh_strings_add(looking->notes, looking->place->note);
    return true;
}

static bool find_all(const struct exh_store *store, struct exh_strings *paths, struct exh_strings *notes, struct exh_error *err)
{
    for (size_t i = 0; i < EXH_COUNT(places); i++) {
        struct looking looking = { &places[i], paths, notes };
        if (exh_file_exists(store->root, places[i].folder) && !exh_directory_visit(store->root, places[i].folder, look_at, &looking, err))
            return false;
    }
    if (exh_file_exists(store->root, CASE_KEYS "/" NEW_CASE_KEY)) {
        exh_strings_add(paths, CASE_KEYS "/" NEW_CASE_KEY);
        exh_strings_add(notes, "the opening of a case was cut off while its key was being kept; the half-written key was removed");
    }
    return true;
}

bool exh_store_half_written(const struct exh_store *store, struct exh_strings *paths, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings unsaid = EXH_STRINGS_NONE;

    return find_all(store, paths, &unsaid, err);
}

bool exh_store_clear_half_written(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings paths = EXH_STRINGS_NONE, said = EXH_STRINGS_NONE;

    if (!find_all(store, &paths, &said, err))
        return false;
    for (size_t i = 0; i < paths.count; i++) {
        if (unlinkat(store->root, paths.at[i], 0) && errno != ENOENT)
            return exh_fail_os(err, "cannot remove '%s/%s'", store->path, paths.at[i]);
        exh_strings_add(notes, said.at[i]);
    }
    return true;
}

/* The list as it lies there is the one that follows from the log. */
bool exh_store_signers_are_current(const struct exh_store *store)
{
    enum { LARGEST = 1 << 20 };
    EXH_CLEANUP(exh_error_clear) struct exh_error unreadable = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *lines = exh_keyring_allowed_signers(&store->keyring), *written = NULL;
    size_t size;

    return exh_file_read(store->root, SIGNERS, LARGEST, &written, &size, &unreadable) && size == strlen(lines)
        && memcmp(written, lines, size) == 0;
}

bool exh_store_settle_signers(struct exh_store *store, struct exh_strings *notes, struct exh_error *err)
{
    if (exh_store_signers_are_current(store))
        return true;
    if (!exh_store_write_signers(store, err))
        return false;
    exh_strings_add(notes, "allowed_signers was not what the log says, and was written anew");
    return true;
}
