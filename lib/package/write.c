/* write: begins a package, and takes its payload: each byte read once, hashed, put into the folder's
 * file and into the container at the same time, each on a thread of its own.
 */
#include "package.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Room beside the payload, for headers, record and pages; given back where it is not used. */
enum { SLACK = 1 << 20 };

/* ---- opening ---- */

static bool open_folder(struct exh_package *package, const struct exh_package_where *where, struct exh_error *err)
{
    struct exh_package_folder *folder = &package->folder;

    if (where->folder_parent < 0 && where->folder_parent != AT_FDCWD)
        return true;
    if (exh_file_exists(where->folder_parent, where->folder))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", where->folder);
    EXH_CLEANUP(exh_freep) char *staging = exh_format(".%s.partial", where->folder);
    if (!exh_directory_make(where->folder_parent, staging, 0755, err))
        return false;
    folder->staging = exh_steal(&staging);
    folder->name = exh_strdup(where->folder);
    folder->parent = where->folder_parent;
    return exh_directory_open(folder->parent, folder->staging, &folder->fd, err);
}

static bool take_hash(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_sha256_add(context, bytes, size);
    return true;
}

static bool take_file(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_staged_write(context, bytes, size, err);
}

static bool take_container(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_fan_put(context, bytes, size, err);
}

static bool take_plain(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_age_writer_put(context, bytes, size, err);
}

static bool stage_container(struct exh_staged *staged, const struct exh_package_where *where, struct exh_error *err)
{
    if (where->container_staging)
        return exh_staged_open_as(staged, where->container_parent, where->container, where->container_staging, 0644, err);
    return exh_staged_open(staged, where->container_parent, where->container, 0644, err);
}

/* The chain is built from its end: file and hash, age, ZIP. */
static bool open_container(struct exh_package *package, const struct exh_package_where *where, struct exh_error *err)
{
    struct exh_package_container *container = &package->container;

    if (where->container_parent < 0 && where->container_parent != AT_FDCWD)
        return true;
    container->wanted = true;
    container->recipients = where->recipient_count;
    if (!stage_container(&container->staged, where, err))
        return false;
    container->hash = exh_sha256_new();
    container->fan = exh_fan_new();
    exh_fan_add(container->fan, take_hash, container->hash);
    exh_fan_add(container->fan, take_file, &container->staged);
    if (!exh_fan_start(container->fan, err))
        return false;
    if (where->recipient_count == 0)
        return exh_zip_open(take_container, container->fan, package->sealed, where->passphrase, &container->zip, err);
    return exh_age_writer_open(where->recipients, where->recipient_count, EXH_PACKAGE_AGE_THREADS, take_container, container->fan,
                               &container->age, err)
        && exh_zip_open(take_plain, container->age, package->sealed, NULL, &container->zip, err);
}

bool exh_package_open(const struct exh_package_where *where, struct exh_package **ret_package, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = exh_alloc(sizeof *package);

    package->folder.parent = package->folder.fd = -1;
    package->container.staged = package->file = (struct exh_staged)EXH_STAGED_NONE;
    package->sealed = (struct exh_moment){ where->sealed.ns - where->sealed.ns % EXH_SECOND };
    package->hash = exh_sha256_new();
    if (!open_folder(package, where, err) || !open_container(package, where, err))
        return false;
    *ret_package = exh_steal(&package);
    return true;
}

/* ---- a member ---- */

static bool make_folders(struct exh_package_folder *folder, const char *name, struct exh_error *err)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        EXH_CLEANUP(exh_freep) char *path = exh_strndup(name, (size_t)(slash - name));
        if (exh_strings_contain(&folder->made, path))
            continue;
        if (!exh_directory_make(folder->fd, path, 0755, err))
            return false;
        exh_strings_add(&folder->made, path);
    }
    return true;
}

bool exh_package_place(struct exh_package *package, const char *name, int *ret_fd, const char **ret_base,
                       struct exh_error *err)
{
    const char *slash = strrchr(name, '/');
    EXH_CLEANUP(exh_freep) char *path = slash ? exh_strndup(name, (size_t)(slash - name)) : exh_strdup(".");

    if (!make_folders(&package->folder, name, err) || !exh_directory_open(package->folder.fd, path, ret_fd, err))
        return false;
    *ret_base = slash ? slash + 1 : name;
    return true;
}

static bool begin_file(struct exh_package *package, const char *name, uint64_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const char *base;

    if (package->folder.fd < 0)
        return true;
    return exh_package_place(package, name, &fd, &base, err)
        && exh_staged_open(&package->file, fd, base, 0644, err)
        && exh_staged_reserve(&package->file, size, err);
}

static bool begin_container(struct exh_package *package, const char *name, uint64_t size, struct exh_error *err)
{
    struct exh_package_container *container = &package->container;

    if (!container->wanted)
        return true;
    container->promised += size;
    uint64_t whole = container->promised + SLACK;
    if (container->recipients)
        whole = exh_age_size(container->recipients, whole);
    return exh_staged_reserve(&container->staged, whole, err)
        && exh_zip_begin(container->zip, name, size, err);
}

static bool take_zip(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_zip_put(context, bytes, size, err);
}

static bool take_payload_hash(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct exh_package *package = context;

    package->taken += size;
    return take_hash(package->hash, bytes, size, err);
}

static bool take_pieces(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_piecing_add(context, bytes, size);
    return true;
}

static bool start_fan(struct exh_package *package, struct exh_error *err)
{
    package->fan = exh_fan_new();
    exh_fan_add(package->fan, take_payload_hash, package);
    if (package->piecing)
        exh_fan_add(package->fan, take_pieces, package->piecing);
    if (package->folder.fd >= 0)
        exh_fan_add(package->fan, take_file, &package->file);
    if (package->container.wanted)
        exh_fan_add(package->fan, take_zip, package->container.zip);
    return exh_fan_start(package->fan, err);
}

/* Pieces that were sealed once are not hashed again: the whole file's digest says whether they still hold. */
static void begin_pieces(struct exh_package *package, const char *name, uint64_t size, const struct exh_sealed *sealed)
{
    package->sealed_by = sealed && exh_pieces_list_find(sealed->pieces, name) ? sealed : NULL;
    if (exh_pieces_are_due(size) && !package->sealed_by)
        package->piecing = exh_piecing_new();
}

static void end_pieces(struct exh_package *package)
{
    struct exh_pieces pieces = EXH_PIECES_NONE;

    if (package->sealed_by)
        pieces = exh_pieces_copy(&exh_pieces_list_find(package->sealed_by->pieces, package->name)->pieces);
    else if (package->piecing)
        pieces = exh_piecing_end(package->piecing);
    exh_piecing_freep(&package->piecing);
    if (pieces.count)
        exh_pieces_list_add(&package->pieces, package->name, package->size, pieces);
}

bool exh_package_begin(struct exh_package *package, const char *name, uint64_t size, const struct exh_sealed *sealed,
                       struct exh_error *err)
{
    const struct exh_bag_list *payload = &package->payload;

    assert(!package->fan && exh_bag_is_payload(name));
    if (!exh_zip_name_check(name, err))
        return false;
    if (payload->count && strcmp(payload->at[payload->count - 1].name, name) >= 0)
        return exh_fail(err, EXH_USAGE, "'%s' comes after '%s'; files are packed in the order of their names", name,
                        payload->at[payload->count - 1].name);
    package->name = exh_strdup(name);
    package->size = size;
    package->taken = 0;
    begin_pieces(package, name, size, sealed);
    return begin_file(package, name, size, err) && begin_container(package, name, size, err) && start_fan(package, err);
}

struct exh_fan *exh_package_fan(struct exh_package *package)
{
    return package->fan;
}

static bool end_file(struct exh_package *package, struct exh_error *err)
{
    if (package->folder.fd >= 0 && !exh_staged_commit(&package->file, err))
        return false;
    exh_staged_clear(&package->file);
    return true;
}

bool exh_package_end(struct exh_package *package, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    if (!exh_fan_finish(package->fan, err))
        return false;
    exh_fan_freep(&package->fan);
    if (package->taken != package->size)
        return exh_fail(err, EXH_MALFORMED, "'%s' has %llu bytes, not the %llu it was to have", package->name,
                        (unsigned long long)package->taken, (unsigned long long)package->size);
    if ((package->container.wanted && !exh_zip_end(package->container.zip, err)) || !end_file(package, err))
        return false;
    exh_sha256_end(package->hash, digest);
    end_pieces(package);
    exh_bag_list_add(&package->payload, package->name, digest);
    package->sizes = exh_realloc_array(package->sizes, package->payload.count, sizeof *package->sizes);
    package->sizes[package->payload.count - 1] = package->size;
    package->payload_bytes += package->size;
    exh_freep(&package->name);
    memcpy(ret_digest, digest, sizeof digest);
    return true;
}

bool exh_package_put(struct exh_package *package, const char *name, const void *bytes, size_t size, char ret_digest[EXH_SHA256_DIGITS],
                     struct exh_error *err)
{
    return exh_package_begin(package, name, size, NULL, err) && exh_fan_put(package->fan, bytes, size, err)
        && exh_package_end(package, ret_digest, err);
}

size_t exh_package_payload_count(const struct exh_package *package)
{
    return package->payload.count;
}

const char *exh_package_payload(const struct exh_package *package, size_t index, uint64_t *ret_size,
                                const char **ret_digest)
{
    *ret_size = package->sizes[index];
    *ret_digest = package->payload.at[index].digest;
    return package->payload.at[index].name;
}

void exh_package_text(struct exh_package *package, const char *name, const void *bytes, size_t size)
{
    package->texts = exh_realloc_array(package->texts, package->text_count + 1, sizeof *package->texts);
    package->texts[package->text_count++] =
        (struct exh_package_text){ exh_strdup(name), exh_memdup(bytes, size), size };
}

/* ---- the end ---- */

/* What stays keeps its staging name; whoever finds the journal gives it the right one. */
static void leave_or_remove(struct exh_package *package)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    if (package->stays)
        exh_freep(&package->container.staged.staging);
    else if (package->folder.staging && !exh_tree_remove(package->folder.parent, package->folder.staging, &ignored))
        exh_error_clear(&ignored);       /* it carries a staging name: seen and cleared later */
    exh_staged_clear(&package->container.staged);
}

void exh_package_freep(struct exh_package **slot)
{
    struct exh_package *package = exh_steal(slot);

    if (!package)
        return;
    exh_fan_freep(&package->fan);        /* its threads use all that follows */
    exh_zip_freep(&package->container.zip);
    exh_age_writer_freep(&package->container.age);
    exh_fan_freep(&package->container.fan);
    exh_sha256_freep(&package->container.hash);
    exh_sha256_freep(&package->hash);
    exh_piecing_freep(&package->piecing);
    exh_pieces_list_clear(&package->pieces);
    exh_staged_clear(&package->file);
    exh_fd_close(&package->folder.fd);
    leave_or_remove(package);
    for (size_t i = 0; i < package->text_count; i++) {
        free(package->texts[i].name);
        free(package->texts[i].bytes);
    }
    free(package->texts);
    exh_bag_list_clear(&package->payload);
    free(package->sizes);
    exh_strings_clear(&package->folder.made);
    free(package->folder.name);
    free(package->folder.staging);
    free(package->name);
    free(package);
}
