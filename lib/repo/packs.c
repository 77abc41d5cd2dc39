/* repo: packs, and whether their indexes lead to places inside of them (git's pack-format, version 2 of the index). */
#include "object.h"

#include "exhibit/file.h"
#include "exhibit/moment.h"

#include <dirent.h>
#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
    INDEX_MOST = 256 << 20,              /* bytes: some nine million objects */
    FANOUT = 8, NAMES = FANOUT + 256 * 4,
    AN_OBJECT = 20 + 4 + 4,              /* its name, checksum and place */
    TRAILER = 2 * 20,
    PACK_HEAD = 12, PACK_TRAILER = 20,
};

static uint32_t read_32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool check_fanout(const char *index, uint32_t *ret_count)
{
    uint32_t before = 0;

    for (size_t i = 0; i < 256; i++) {
        uint32_t count = read_32(index + FANOUT + 4 * i);
        if (count < before)
            return false;
        before = count;
    }
    *ret_count = before;
    return true;
}

/* A place whose highest bit is set is the number of a larger one behind the table. */
static bool is_inside(const char *place, const char *large, size_t large_count, uint64_t end)
{
    uint32_t offset = read_32(place), number = offset & 0x7fffffff;

    if (offset == number)
        return offset >= PACK_HEAD && offset < end;
    if (number >= large_count)
        return false;
    uint64_t wide = (uint64_t)read_32(large + 8 * (size_t)number) << 32 | read_32(large + 8 * (size_t)number + 4);
    return wide >= PACK_HEAD && wide < end;
}

/* @end: where the pack's objects end. */
static bool check_index(const char *index, size_t size, uint64_t end, struct exh_error *err)
{
    uint32_t count = 0;

    if (size < NAMES + TRAILER || memcmp(index, "\377tOc\0\0\0\2", 8) != 0 || !check_fanout(index, &count)
        || (size - NAMES - TRAILER) / AN_OBJECT < count)
        return exh_fail(err, EXH_MALFORMED, "it is damaged");
    const char *places = index + NAMES + (size_t)count * (20 + 4), *large = places + (size_t)count * 4;
    size_t large_count = (size - NAMES - TRAILER - (size_t)count * AN_OBJECT) / 8;
    for (size_t i = 0; i < count; i++)
        if (!is_inside(places + 4 * i, large, large_count, end))
            return exh_fail(err, EXH_MALFORMED, "it has places outside of the pack");
    return true;
}

/* Only its places are looked at, so that only they are read: a map, as libgit2 has one of the same file. */
struct map { void *bytes; size_t size; };

static void unmap(struct map *map)
{
    if (map->bytes)
        munmap(map->bytes, map->size);
}

static bool map_index(const char *path, struct map *map, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    if (fd < 0 || fstat(fd, &st))
        return exh_fail_os(err, "cannot open '%s'", path);
    if (!S_ISREG(st.st_mode) || st.st_size < NAMES + TRAILER || st.st_size > INDEX_MOST)
        return exh_fail(err, EXH_MALFORMED, "it is damaged");
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return exh_fail_os(err, "cannot read '%s'", path);
    *map = (struct map){ bytes, (size_t)st.st_size };
    return true;
}

/* libgit2 looks at the pack's own head and trailer, not at where the index leads. */
static bool check_pack(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *pack = exh_format("%.*s.pack", (int)(strlen(path) - strlen(".idx")), path);
    EXH_CLEANUP(unmap) struct map index = { NULL, 0 };
    struct stat st;

    if (lstat(pack, &st) || !S_ISREG(st.st_mode))
        return exh_fail(err, EXH_MALFORMED, "there is no pack '%s'", strrchr(pack, '/') + 1);
    if (st.st_size < PACK_HEAD + PACK_TRAILER)
        return exh_fail(err, EXH_MALFORMED, "its pack is cut short");
    return map_index(path, &index, err) && check_index(index.bytes, index.size, (uint64_t)st.st_size - PACK_TRAILER, err);
}

/* ---- all of them ---- */

struct listing { const char *directory; struct exh_packs *packs; struct exh_strings *unusable; };

static bool ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name);

    return size > strlen(ending) && strcmp(name + size - strlen(ending), ending) == 0;
}

/* 'git gc' names a pack before its index: only who misses an object need know. */
static void note_lone(const struct listing *listing, const char *path)
{
    EXH_CLEANUP(exh_freep) char *index = exh_format("%.*s.idx", (int)(strlen(path) - (ends_in(path, ".pack") ? strlen(".pack") : 0)), path);

    if (listing->packs && ends_in(path, ".pack") && !exh_file_exists(AT_FDCWD, index))
        exh_strings_addf(listing->unusable, "the pack '%s' has no index", path);
}

static void free_odb(git_odb **odb)
{
    git_odb_free(*odb);
}

bool exh_packs_add(git_odb *odb, const char *index)
{
    git_odb_backend *backend = NULL;

    return git_odb_backend_one_pack(&backend, index) == 0 && exh_git_add_backend(odb, backend, 1);
}

static bool open_pack(struct exh_pack *pack, struct exh_error *err)
{
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;

    pack->tried = true;
    if (!check_pack(pack->index, err))
        return exh_while(err, "the index '%s' of a pack cannot be used", pack->index);
    if (git_odb_new(&odb) || !exh_packs_add(odb, pack->index))
        return exh_git_fail(err, EXH_MALFORMED, "cannot open the pack of '%s'", pack->index);
    pack->odb = exh_steal(&odb);
    return true;
}

static void list_pack(struct exh_packs *packs, const char *index)
{
    struct stat st;
    int64_t made_ns = lstat(index, &st) ? 0 : (int64_t)st.st_mtim.tv_sec * EXH_SECOND + st.st_mtim.tv_nsec;

    if ((packs->count & (packs->count - 1)) == 0)        /* room for the next power of two */
        packs->at = exh_realloc_array(packs->at, packs->count ? 2 * packs->count : 1, sizeof *packs->at);
    packs->at[packs->count++] = (struct exh_pack){ .index = exh_strdup(index), .made_ns = made_ns };
}

static bool add_pack(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    const struct listing *listing = context;

    (void)kind, (void)err;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", listing->directory, name);
    if (!ends_in(name, ".idx"))
        note_lone(listing, path);
    else if (listing->packs)
        list_pack(listing->packs, path);
    else if (!check_pack(path, &wrong))
        exh_strings_addf(listing->unusable, "the index '%s' of a pack cannot be used: %s", path, wrong.text);
    return true;
}

static bool visit_packs(const char *path, struct exh_packs *packs, struct exh_strings *unusable, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *directory = exh_format("%s/objects/pack", path);
    struct listing listing = { directory, packs, unusable };

    return !exh_file_exists(AT_FDCWD, directory) || exh_directory_visit(AT_FDCWD, directory, add_pack, &listing, err);
}

static int by_newest(const void *a, const void *b)
{
    const struct exh_pack *left = a, *right = b;

    if (left->made_ns != right->made_ns)
        return left->made_ns > right->made_ns ? -1 : 1;
    return strcmp(left->index, right->index);
}

bool exh_packs_open(const char *path, struct exh_packs *ret_packs, struct exh_strings *unusable, struct exh_error *err)
{
    EXH_CLEANUP(exh_packs_clear) struct exh_packs packs = { NULL, 0, 0 };

    if (!visit_packs(path, &packs, unusable, err))
        return false;
    if (packs.count)
        qsort(packs.at, packs.count, sizeof *packs.at, by_newest);
    *ret_packs = packs;
    packs = (struct exh_packs){ NULL, 0, 0 };
    return true;
}

void exh_packs_clear(struct exh_packs *packs)
{
    for (size_t i = 0; i < packs->count; i++) {
        git_odb_free(packs->at[i].odb);
        free(packs->at[i].index);
    }
    free(packs->at);
    *packs = (struct exh_packs){ NULL, 0, 0 };
}

git_odb *exh_packs_find(struct exh_packs *packs, const git_oid *id, struct exh_strings *unusable)
{
    for (size_t i = 0; i < packs->count; i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
        size_t at = (packs->last + i) % packs->count;
        struct exh_pack *pack = &packs->at[at];
        if (!pack->tried && !open_pack(pack, &wrong))
            exh_strings_add(unusable, wrong.text);
        if (pack->odb && git_odb_exists_ext(pack->odb, id, GIT_ODB_LOOKUP_NO_REFRESH)) {
            packs->last = at;
            return pack->odb;
        }
    }
    return NULL;
}

git_odb *exh_packs_last(const struct exh_packs *packs)
{
    return packs->count ? packs->at[packs->last].odb : NULL;
}

bool exh_packs_check(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings unusable = EXH_STRINGS_NONE;

    if (!visit_packs(path, NULL, &unusable, err))
        return false;
    return unusable.count == 0 || exh_fail(err, EXH_MALFORMED, "%s; 'git index-pack' makes it anew from a pack that is whole", unusable.at[0]);
}

size_t exh_packs_objects(const char *index)
{
    struct stat st;

    return lstat(index, &st) || st.st_size < NAMES + TRAILER ? 0 : (size_t)(st.st_size - NAMES - TRAILER) / AN_OBJECT;
}
