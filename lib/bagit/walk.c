/* walk: every file and folder of the bag, each name opened in its open folder and no link followed. */
#include "parts.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct walk {
    struct exh_bagit_bag *bag;
    const char *prefix;                  /* what comes before each name: "", or "data/" */
    int fd;
    int depth;
};

/* ---- what is listed under a name on disk ---- */

static struct exh_bagit_name *by_alias(const struct exh_bagit_bag *bag, enum exh_bagit_alias kind, const char *key, const char *path)
{
    struct exh_bagit_name *name = exh_bagit_index_by_alias(&bag->index, kind, key);

    if (!name || name->found)
        return NULL;
    name->found_as = exh_strdup(path);
    return name;
}

/* As it is written; or as another spelling of the same letters. NULL: not listed. */
static struct exh_bagit_name *listed(const struct exh_bagit_bag *bag, const char *path)
{
    struct exh_bagit_name *name = exh_bagit_index_get(&bag->index, path);

    if (!name)
        name = by_alias(bag, BAGIT_AS_WRITTEN, path, path);
    if (!name && !exh_bagit_is_ascii(path)) {
        EXH_CLEANUP(exh_freep) char *key = exh_bagit_name_key(path, false);
        name = by_alias(bag, BAGIT_NORMALIZED, key, path);
    }
    return name;
}

/* ---- a file ---- */

static unsigned algorithms_of(const struct exh_bagit_bag *bag, const struct exh_bagit_name *name)
{
    unsigned set = 0;

    for (const struct exh_bagit_claim *claim = name->claims; claim; claim = claim->next)
        if (bag->manifests[claim->manifest].known)
            set |= 1u << bag->manifests[claim->manifest].algorithm;
    return set;
}

static void compare(struct exh_bagit_bag *bag, const struct exh_bagit_name *name, const char *path,
                    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST])
{
    char expected[2 * EXH_DIGEST_MOST + 1], found[2 * EXH_DIGEST_MOST + 1];

    for (const struct exh_bagit_claim *claim = name->claims; claim; claim = claim->next) {
        const struct exh_bagit_manifest *manifest = &bag->manifests[claim->manifest];
        if (!manifest->known || memcmp(claim->digest, digests[manifest->algorithm], claim->size) == 0)
            continue;
        exh_hex(expected, claim->digest, claim->size);
        exh_hex(found, digests[manifest->algorithm], claim->size);
        exh_bagit_find(bag->report, E_DIGEST, path, "'%s' has the %s digest %s, not %s as %s says", path, manifest->algorithm_name,
                       found, expected, manifest->file);
    }
}

static struct exh_bagit_read *read_before(const struct exh_bagit_bag *bag, const char *path)
{
    for (size_t i = 0; i < bag->read_count; i++)
        if (strcmp(bag->reads[i].file, path) == 0)
            return &bag->reads[i];
    return NULL;
}

static bool check_digests(const struct walk *walk, const char *name, const char *path, const struct exh_bagit_name *entry,
                          struct exh_error *err)
{
    struct exh_bagit_bag *bag = walk->bag;
    struct exh_bagit_read *before = read_before(bag, path);
    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    const struct exh_bagit_reading reading = { walk->fd, name, path, UINT64_MAX, algorithms_of(bag, entry), NULL, NULL };
    bool read = false;

    if (before) {
        compare(bag, entry, path, before->digests);
        return true;
    }
    if (!reading.set)
        return true;
    if (!exh_bagit_read(bag, &reading, digests, &read, err))
        return false;
    if (read)
        compare(bag, entry, path, digests);
    return true;
}

static void tell_unlisted(struct exh_bagit_bag *bag, const char *path)
{
    if (exh_bagit_is_payload(path))
        exh_bagit_find(bag->report, E_FILE_UNLISTED, path, "'%s' is in no manifest", path);
    else if (bag->tag_manifest_count && strncmp(path, "tagmanifest-", 12) != 0)    /* nor can signatures of them be listed */
        exh_bagit_find(bag->report, N_TAG_UNLISTED, path, "'%s' is in no tag manifest: it can change without a trace", path);
}

static void tell_unchecked(struct exh_bagit_bag *bag, const struct exh_bagit_name *entry, const char *path)
{
    if (exh_bagit_is_payload(path) && entry->claims && !algorithms_of(bag, entry) && bag->can_check)
        exh_bagit_find(bag->report, E_UNCHECKED, path, "'%s' is listed only with an algorithm that is not known", path);
}

/* What is known of a file before it is read. */
static void tell_file(struct exh_bagit_bag *bag, const struct exh_bagit_name *entry, const char *path, uint64_t size)
{
    if (exh_bagit_is_payload(path)) {
        bag->report->files++;
        bag->report->bytes += size;
    }
    if (exh_bagit_is_system_file(path))
        exh_bagit_find(bag->report, W_SYSTEM_FILE, path, "'%s' is a file that an operating system made by itself", path);
    if (!entry || !entry->claims)
        tell_unlisted(bag, path);
    if (entry && entry->fetch && entry->fetch_has_length && entry->fetch_length != size)
        exh_bagit_find(bag->report, W_FETCH_LENGTH, path, "'%s' has %llu bytes, and fetch.txt says %llu", path,
                       (unsigned long long)size, (unsigned long long)entry->fetch_length);
    if (entry)
        tell_unchecked(bag, entry, path);
}

static bool look_at_file(const struct walk *walk, const char *name, const char *path, struct exh_error *err)
{
    struct exh_bagit_bag *bag = walk->bag;
    struct exh_bagit_name *entry = listed(bag, path);
    struct stat facts;

    if (fstatat(walk->fd, name, &facts, AT_SYMLINK_NOFOLLOW))
        return exh_bagit_tell_unopened(bag, path, err);
    tell_file(bag, entry, path, (uint64_t)facts.st_size);
    if (!entry)
        return true;
    if (entry->found_as && strcmp(entry->found_as, path) != 0) {     /* the other spelling is a file of its own */
        tell_unlisted(bag, entry->found_as);
        exh_freep(&entry->found_as);
    }
    entry->found = true;
    return check_digests(walk, name, path, entry, err);
}

/* ---- folders ---- */

static bool visit(void *context, const char *name, unsigned char kind, struct exh_error *err);

static bool enter(const struct walk *above, const char *name, const char *path, struct exh_error *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    EXH_CLEANUP(exh_freep) char *prefix = exh_format("%s/", path);
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (above->depth == EXH_BAGIT_DEEPEST || strlen(path) > EXH_BAGIT_LONGEST_PATH)
        return exh_bagit_stop(above->bag, E_LIMIT, path, err, "'%s' lies deeper than %d folders, or its path is longer than %d bytes", path,
                              EXH_BAGIT_DEEPEST, EXH_BAGIT_LONGEST_PATH);
    fd = exh_system.open(above->fd, name, flags, 0);
    if (fd < 0)
        return exh_bagit_tell_unopened(above->bag, path, err);
    struct walk walk = { above->bag, prefix, fd, above->depth + 1 };
    return exh_directory_visit(fd, ".", visit, &walk, err);
}

static void tell_odd(struct exh_bagit_bag *bag, const char *path, unsigned char kind)
{
    struct exh_bagit_name *entry = listed(bag, path);

    if (kind == DT_LNK)
        exh_bagit_find(bag->report, E_LINK, path, "'%s' is a symbolic link; not followed", path);
    else
        exh_bagit_find(bag->report, E_SPECIAL_FILE, path, "'%s' is neither file nor folder; not opened", path);
    if (entry)
        entry->found = true;             /* one finding is enough */
}

static bool visit(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct walk *walk = context;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s%s", walk->prefix, name);

    if (walk->bag->visited++ == EXH_BAGIT_MOST_FILES)
        return exh_bagit_stop(walk->bag, E_LIMIT, NULL, err, "it holds more than the %d files and folders that a bag may", EXH_BAGIT_MOST_FILES);
    if (kind == DT_DIR)
        return enter(walk, name, path, err);
    if (kind == DT_REG)
        return look_at_file(walk, name, path, err);
    tell_odd(walk->bag, path, kind);
    return true;
}

bool exh_bagit_walk(struct exh_bagit_bag *bag, struct exh_error *err)
{
    struct walk root = { bag, "", bag->fd, 0 };

    return exh_directory_visit(bag->fd, ".", visit, &root, err);
}
