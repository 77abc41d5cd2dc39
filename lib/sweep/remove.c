/* sweep: files taken away: an exhibit's folder, and packages that lie where they were put. */
#include "sweep.h"

#include "exhibit/file.h"
#include "exhibit/package.h"
#include "exhibit/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- an exhibit's folder ---- */

bool exh_sweep_keep_manifest(struct exh_store *store, const struct exh_disposal_plan *plan, const char *reference, struct exh_error *err)
{
    enum { LARGEST = 64 << 20 };
    EXH_CLEANUP(exh_error_clear) struct exh_error damaged = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference), *plans = exh_sweep_folder(plan->digest), *bytes = NULL;
    EXH_CLEANUP(exh_freep) char *from = exh_format("%s/manifest-sha256.txt", folder);
    EXH_CLEANUP(exh_freep) char *to = exh_format("%s/%s.txt", plans, exh_text_base_name(folder));
    size_t size;

    if (!exh_file_read(store->root, from, LARGEST, &bytes, &size, &damaged))
        return true;
    return exh_file_write(store->root, to, bytes, size, 0644, true, err);
}

/* First under another name: nobody takes what is half removed for an exhibit. */
bool exh_sweep_remove(struct exh_store *store, const char *reference, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference);
    EXH_CLEANUP(exh_freep) char *leaving = exh_format("exhibits/.%s.destroying", exh_text_base_name(folder));

    if (exh_file_exists(store->root, folder) && !exh_file_rename(store->root, folder, store->root, leaving, err))
        return false;
    if (exh_file_exists(store->root, leaving) && !exh_tree_remove(store->root, leaving, err))
        return exh_while(err, "exhibit %s, in '%s'", reference, store->path);
    return exh_directory_sync(store->root, "exhibits", err);
}

/* ---- packages ---- */

/* What is said of a package in the certificate. */
static struct exh_json *package_json(const char *id, const char *path, const char *state)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "package", id);
    exh_json_set_text(json, "path", path);
    exh_json_set_text(json, "state", state);
    return json;
}

static bool digest_of(int fd, const char *path, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    EXH_CLEANUP(exh_file_digests_clear) struct exh_file_digests digests = EXH_FILE_DIGESTS_NONE;

    if (!exh_file_digests_read(fd, path, 0, NULL, NULL, &digests, err))
        return false;
    memcpy(ret_digest, digests.sha256, EXH_SHA256_DIGITS);
    return true;
}

/* Only what is the package, to the last byte: another file of the same name is somebody else's. "removed", or why it was not. */
static const char *remove_file(const char *path, const char *digest)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unreadable = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    char is[EXH_SHA256_DIGITS];
    struct stat facts;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? "not-there" : "unreadable";
    if (fstat(fd, &facts) || !S_ISREG(facts.st_mode) || !digest_of(fd, path, is, &unreadable) || !exh_digest_equal(is, digest))
        return "another-file";
    return unlink(path) ? "not-removable" : "removed";
}

static const char *removal_word(enum exh_removal removal)
{
    static const char *const words[] = {
        [EXH_REMOVAL_DONE] = "removed", [EXH_REMOVAL_NOT_THERE] = "not-there", [EXH_REMOVAL_ANOTHER] = "another-folder",
        [EXH_REMOVAL_UNREADABLE] = "unreadable", [EXH_REMOVAL_NOT_REMOVABLE] = "not-removable" };

    return words[removal];
}

static const char *remove_folder(const char *directory, const char *name, const char *tagmanifest)
{
    EXH_CLEANUP(exh_fd_close) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? "not-there" : "unreadable";
    return removal_word(exh_package_remove(fd, name, tagmanifest));
}

/* Everything in it is destroyed. */
static bool is_spent(const struct exh_casefile *casefile, const struct exh_strings *exhibits)
{
    for (size_t i = 0; i < exhibits->count; i++) {
        const struct exh_exhibit *exhibit = exh_casefile_exhibit(casefile, exhibits->at[i]);
        if (!exhibit || exhibit->state != EXH_EXHIBIT_DESTROYED)
            return false;
    }
    return true;
}

bool exh_sweep_takes(const struct exh_disposal_plan *plan, const struct exh_casefile *casefile, const struct exh_strings *exhibits)
{
    for (size_t i = 0; i < exhibits->count; i++) {
        const struct exh_exhibit *exhibit = exh_casefile_exhibit(casefile, exhibits->at[i]);
        if (exhibit && strcmp(exhibit->plan, plan->digest) == 0)
            return true;
    }
    return false;
}

/* What an entry says of a package that was made: which, of what, and where it lies. */
struct package { const char *id; bool is_folder; struct exh_strings exhibits; struct exh_json *details; const struct exh_json *digests; };

static void clear_package(struct package *package)
{
    exh_strings_clear(&package->exhibits);
    exh_json_free(package->details);
}

static bool read_package(struct exh_store *store, const struct exh_entry *entry, struct package *package, struct exh_error *err)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts"), *listed = exh_json_get(facts, "exhibits");
    const struct exh_seal_key *key = entry->case_id ? exh_store_seal_key(store, entry->case_id) : NULL;

    package->digests = exh_json_get(entry->whole, "digests");
    package->id = exh_json_text_or(facts, "package", entry->exhibit);
    package->is_folder = strcmp(exh_json_text_or(facts, "form", ""), "folder") == 0;
    if (entry->exhibit)
        exh_strings_add(&package->exhibits, entry->exhibit);
    for (size_t i = 0; i < exh_json_count(listed); i++)
        if (exh_json_as_text(exh_json_at(listed, i)))
            exh_strings_add(&package->exhibits, exh_json_as_text(exh_json_at(listed, i)));
    return !key || exh_entry_details(entry, key, &package->details, err);
}

/* Where it lies, or, of a folder that could not be taken away whole, what is left of it. Free with free(). */
static char *place_of(const struct package *package, const char *directory, const char *name)
{
    EXH_CLEANUP(exh_freep) char *leaving = exh_package_leaving(name);
    char *path = exh_format("%s/%s", directory, leaving);

    if (package->is_folder && exh_file_exists(AT_FDCWD, path))
        return path;
    free(path);
    return exh_format("%s/%s", directory, name);
}

/* A folder has no digest of its own: it is known by that of its tag manifest. */
static const char *reach_volume(const struct package *package, const char *directory, const char *name, const char *number)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", directory, name);
    EXH_CLEANUP(exh_freep) char *digest = exh_format("%s%s", package->is_folder ? "tagmanifest" : "package", number);
    const char *is = exh_json_text_or(package->digests, digest, "");

    return package->is_folder ? remove_folder(directory, name, is) : remove_file(path, is);
}

static void reach_volumes(const struct package *package, bool spent, struct exh_json *packages)
{
    const char *directory = exh_json_text_or(package->details, "directory", NULL);
    const struct exh_json *files = exh_json_get(package->details, "files");

    if (!directory || !exh_json_count(files))
        exh_json_add(packages, package_json(package->id, NULL, "place-not-known"));
    for (size_t i = 0; directory && i < exh_json_count(files); i++) {
        const char *name = exh_json_as_text(exh_json_at(files, i));
        EXH_CLEANUP(exh_freep) char *number = exh_json_count(files) == 1 ? exh_strdup("") : exh_format("-%zu", i + 1);
        const char *state = spent ? reach_volume(package, directory, name, number) : "holds-what-is-kept";
        EXH_CLEANUP(exh_freep) char *path = place_of(package, directory, name);
        exh_json_add(packages, package_json(package->id, path, state));
    }
}

static bool is_package(const struct exh_entry *entry)
{
    size_t size = strlen(entry->act);
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");

    return size > 5 && strcmp(entry->act + size - 5, "-done") == 0
        && (strcmp(entry->act, "seal-done") == 0 || exh_json_get(digests, "package"));
}

struct reaching { struct exh_store *store; const struct exh_disposal_plan *plan; const struct exh_casefile *casefile; struct exh_json *packages; };

static bool reach_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct reaching *r = context;
    EXH_CLEANUP(clear_package) struct package package = { .id = NULL, .exhibits = EXH_STRINGS_NONE };

    if (!is_package(entry))
        return true;
    if (!read_package(r->store, entry, &package, err))
        return false;
    if (exh_sweep_takes(r->plan, r->casefile, &package.exhibits))
        reach_volumes(&package, is_spent(r->casefile, &package.exhibits), r->packages);
    return true;
}

static bool reach_case(struct reaching *r, const char *case_id, struct exh_error *err)
{
    const struct exh_index_query query = { .case_id = case_id };

    return exh_store_casefile(r->store, case_id, &r->casefile, err) && exh_store_entries(r->store, &query, false, reach_entry, r, err);
}

bool exh_sweep_reach(struct exh_store *store, const struct exh_disposal_plan *plan, struct exh_json *packages, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings seen = EXH_STRINGS_NONE;
    struct reaching r = { store, plan, NULL, packages };

    for (size_t i = 0; i < plan->item_count; i++) {
        const char *case_id = plan->items[i].case_id;
        if (!*plan->items[i].exhibit || exh_strings_contain(&seen, case_id))
            continue;
        exh_strings_add(&seen, case_id);
        if (!reach_case(&r, case_id, err))
            return false;
    }
    return true;
}
