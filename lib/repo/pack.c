/* repo: many objects in one file. A loose object takes a block of the disk, whatever its size; a pack takes what they
 * compress to.
 *
 * A pack is written below a staging directory and named when it is whole and synced, index last: until then nothing reads
 * it, and from then on the loose objects that it holds are spare. Who packs holds a lock of its own, never the store's.
 */
#include "commit.h"
#include "object.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK    "exhibit-pack.lock"
#define STAGING "exhibit-pack.partial"
enum { OBJECTS_LEAST = 3 };              /* of a commit: itself, its tree and a file */

static void free_builder(git_packbuilder **builder)
{
    git_packbuilder_free(*builder);
}

static void free_odb(git_odb **odb)
{
    git_odb_free(*odb);
}

static bool is_index(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && strcmp(dot, ".idx") == 0;
}

/* ---- naming what was written ---- */

/* Moves the files with one ending. */
struct move {
    int from, to;
    const char *ending;
};

static bool move_one(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct move *move = context;
    const char *dot = strrchr(name, '.');

    (void)kind;
    if (!dot || strcmp(dot, move->ending) != 0)
        return true;
    /* A pack is named by its contents: one of this name is the same, or damaged. */
    return exh_system.rename(move->from, name, move->to, name, 0) == 0
        || exh_fail_os(err, "cannot name its pack '%s'", name);
}

/* The index last: a pack without one is not seen. */
bool exh_git_name_packs(const char *path, const char *staging, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *packs = exh_format("%s/objects/pack", path);
    EXH_CLEANUP(exh_fd_close) int from = -1, to = -1;

    if (!exh_directory_open(AT_FDCWD, staging, &from, err) || !exh_directory_open(AT_FDCWD, packs, &to, err))
        return false;
    struct move pack = { from, to, ".pack" }, index = { from, to, ".idx" };
    return exh_directory_visit(from, ".", move_one, &pack, err) && exh_directory_visit(from, ".", move_one, &index, err)
        && exh_directory_sync(to, packs, err);
}

/* ---- objects ---- */

/* By their bytes. */
struct objects { git_oid *at; size_t count, room; };

static void clear_objects(struct objects *objects)
{
    free(objects->at);
}

static int add_object(const git_oid *id, void *context)
{
    struct objects *objects = context;

    if (objects->count == objects->room) {
        objects->room = objects->room ? 2 * objects->room : 1024;
        objects->at = exh_realloc_array(objects->at, objects->room, sizeof *objects->at);
    }
    objects->at[objects->count++] = *id;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return git_oid_cmp(a, b);
}

static bool holds(const struct objects *objects, const git_oid *id)
{
    return objects->count && bsearch(id, objects->at, objects->count, sizeof *objects->at, by_bytes) != NULL;
}

/* Shows what one pack holds. Fails where @look does not return 0. */
static bool visit_pack(const char *index, git_odb_foreach_cb look, void *context, struct exh_error *err)
{
    EXH_CLEANUP(free_odb) git_odb *odb = NULL;

    return (git_odb_new(&odb) == 0 && exh_packs_add(odb, index) && git_odb_foreach(odb, look, context) == 0)
        || exh_git_fail(err, EXH_MALFORMED, "cannot read '%s'", index);
}

/* Adds what one pack holds; all is in the order of bytes then. */
static bool list_pack(const char *index, struct objects *ret_objects, struct exh_error *err)
{
    if (!visit_pack(index, add_object, ret_objects, err))
        return false;
    if (ret_objects->count)
        qsort(ret_objects->at, ret_objects->count, sizeof *ret_objects->at, by_bytes);
    return true;
}

/* ---- one pack more ---- */

/* What packing goes through. */
struct packing {
    struct exh_repo *repo;
    struct exh_repo_line line;
    char *packs, *staging;               /* directories */
    size_t most;                         /* objects: larger packs are not spare */
    const struct exh_repo_watch *watch;
    size_t done, part;                   /* commits: of the parts before, and of the one at hand */
    struct objects packed;               /* in the last part */
    git_odb *made;                       /* the packs of all parts */
    struct exh_strings names;            /* theirs: "pack-<digits>.idx" */
};

static void clear_packing(struct packing *packing)
{
    free(packing->packs);
    free(packing->staging);
    clear_objects(&packing->packed);
    git_odb_free(packing->made);
    exh_strings_clear(&packing->names);
    exh_repo_line_clear(&packing->line);
}

/* A part is read and then written: of each as much as was done of its objects. */
enum stage { READ, WRITTEN, STAGES };

static void tell(const struct packing *packing, enum stage stage, size_t done, size_t count)
{
    if (count)
        exh_repo_tell(packing->watch, packing->done + packing->part * (stage * count + done) / (STAGES * count), packing->line.count);
}

static int tell_written(const git_indexer_progress *progress, void *context)
{
    tell(context, WRITTEN, progress->received_objects, progress->total_objects);
    return 0;
}

static bool gather(const struct packing *packing, size_t from, size_t to, git_packbuilder **ret_builder, struct exh_error *err)
{
    struct exh_objects *objects;
    git_oid id;

    if (!exh_repo_objects(packing->repo, &objects, err))
        return false;
    for (size_t i = from; i < to; i++) {
        if (!exh_objects_check_commit(objects, packing->line.at[i], err))
            return false;
        tell(packing, READ, i + 1 - from, to - from);
    }
    if (git_packbuilder_new(ret_builder, packing->repo->git))
        return exh_git_fail(err, EXH_IO, "cannot pack '%s'", packing->repo->path);
    git_packbuilder_set_threads(*ret_builder, 0);            /* one a processor */
    for (size_t i = from; i < to; i++)
        if (git_oid_fromstr(&id, packing->line.at[i]) || git_packbuilder_insert_commit(*ret_builder, &id))
            return exh_git_fail(err, EXH_MALFORMED, "cannot pack commit %s", packing->line.at[i]);
    return true;
}

/* The pack that was just named can be asked for what it holds. */
static bool note_made(struct packing *packing, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *index = exh_format("%s/%s", packing->packs, name);

    packing->packed.count = 0;
    exh_strings_add(&packing->names, name);
    if (!exh_packs_add(packing->made, index))
        return exh_git_fail(err, EXH_MALFORMED, "cannot read '%s'", index);
    return list_pack(index, &packing->packed, err);
}

/* Packs the commits @line->at[from] to before @to, with their trees and files. */
static bool write_pack(struct packing *packing, size_t from, size_t to, struct exh_error *err)
{
    EXH_CLEANUP(free_builder) git_packbuilder *builder = NULL;

    if (!gather(packing, from, to, &builder, err))
        return false;
    if (git_packbuilder_write(builder, packing->staging, 0, tell_written, packing))
        return exh_git_fail(err, EXH_IO, "cannot write a pack below '%s'", packing->staging);
    EXH_CLEANUP(exh_freep) char *name = exh_format("pack-%s.idx", git_packbuilder_name(builder));
    return exh_git_name_packs(packing->repo->path, packing->staging, err) && note_made(packing, name, err);
}

/* ---- what is spare then ---- */

static bool remove_loose(const struct packing *packing, struct exh_error *err)
{
    for (size_t i = 0; i < packing->packed.count; i++) {
        char oid[EXH_OID_DIGITS];
        git_oid_tostr(oid, sizeof oid, &packing->packed.at[i]);
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects/%.2s/%s", packing->repo->path, oid, oid + 2);
        if (unlink(path) && errno != ENOENT)
            return exh_fail_os(err, "cannot remove '%s', which was packed", path);
    }
    return true;
}

struct spare { git_odb *made; bool is; };

static int look_for_object(const git_oid *id, void *context)
{
    struct spare *spare = context;

    spare->is = git_odb_exists_ext(spare->made, id, GIT_ODB_LOOKUP_NO_REFRESH);
    return spare->is ? 0 : GIT_EUSER;
}

/* True of a pack that holds nothing that the new ones, together, do not: where the parts begin may have changed. */
static bool is_spare(const struct packing *packing, const char *index, bool *ret_spare, struct exh_error *err)
{
    struct spare spare = { packing->made, true };

    if (!visit_pack(index, look_for_object, &spare, err) && spare.is)
        return false;
    exh_error_clear(err);
    *ret_spare = spare.is;
    return true;
}

/* The index first: a pack without one is not seen. */
static bool remove_pack(const struct packing *packing, const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *index = exh_format("%s/%s", packing->packs, name);
    EXH_CLEANUP(exh_freep) char *pack = exh_format("%.*s.pack", (int)(strlen(index) - strlen(".idx")), index);

    return (unlink(index) == 0 && unlink(pack) == 0) || exh_fail_os(err, "cannot remove '%s', whose objects are in another pack", pack);
}

static bool look_at_pack(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct packing *packing = context;
    EXH_CLEANUP(exh_freep) char *index = exh_format("%s/%s", packing->packs, name);
    bool spare;

    (void)kind;
    if (!is_index(name) || exh_strings_contain(&packing->names, name) || exh_packs_objects(index) >= packing->most)
        return true;
    return is_spare(packing, index, &spare, err) && (!spare || remove_pack(packing, name, err));
}

static bool remove_packs(struct packing *packing, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int packs = -1;

    return exh_directory_open(AT_FDCWD, packing->packs, &packs, err) && exh_directory_visit(packs, ".", look_at_pack, packing, err);
}

/* ---- which commits ---- */

static bool is_loose(const struct exh_repo *repo, const char *oid)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects/%.2s/%s", repo->path, oid, oid + 2);

    return exh_file_exists(AT_FDCWD, path);
}

/* What lies in packs of less than so many commits: each command that adds some entries together leaves one. */
struct small { const char *packs; size_t most; struct objects objects; size_t count; };

static void clear_small(struct small *small)
{
    clear_objects(&small->objects);
}

static bool add_small(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct small *small = context;
    EXH_CLEANUP(exh_freep) char *index = exh_format("%s/%s", small->packs, name);

    (void)kind;
    if (!is_index(name) || exh_packs_objects(index) >= small->most)
        return true;
    small->count++;
    return list_pack(index, &small->objects, err);
}

static bool find_small(const char *packs, size_t commits, struct small *ret_small, struct exh_error *err)
{
    *ret_small = (struct small){ .packs = packs, .most = commits * OBJECTS_LEAST };
    return exh_directory_visit(AT_FDCWD, packs, add_small, ret_small, err);
}

static bool is_in_small(const struct small *small, const char *oid)
{
    git_oid id;

    return git_oid_fromstr(&id, oid) == 0 && holds(&small->objects, &id);
}

/* The packs that are small, and of those the ones that are not to stay. */
struct scattered { const struct exh_repo *repo; struct small some, few; };

static void clear_scattered(struct scattered *scattered)
{
    clear_small(&scattered->some);
    clear_small(&scattered->few);
}

static bool is_settled(void *context, const char *oid)
{
    const struct scattered *scattered = context;

    return !is_loose(scattered->repo, oid) && !is_in_small(&scattered->some, oid);
}

/* How many of the newest to pack together: those that lie loose or in the smallest packs, where that makes them fewer; and
 * all up to the first of a large pack where that makes another large one. */
static size_t choose(const struct scattered *scattered, const struct exh_repo_line *line)
{
    size_t count = 0, loose = 0;

    if (line->count >= EXH_PACK_MANY)
        return line->count;
    for (; count < line->count; count++) {
        bool is = is_loose(scattered->repo, line->at[count]);
        if (!is && !is_in_small(&scattered->few, line->at[count]))
            break;
        loose += is;
    }
    return loose || scattered->few.count > 1 ? count : 0;
}

/* ---- one at a time ---- */

static bool begin(struct packing *packing, int *ret_lock, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int directory = -1;

    if (git_odb_new(&packing->made))
        return exh_git_fail(err, EXH_IO, "cannot pack '%s'", packing->repo->path);
    packing->packs = exh_format("%s/objects/pack", packing->repo->path);
    packing->staging = exh_format("%s/" STAGING, packing->repo->path);
    if (!exh_directory_open(AT_FDCWD, packing->repo->path, &directory, err) || !exh_lock_take(directory, LOCK, 0, ret_lock, err))
        return false;
    if (exh_file_exists(directory, STAGING) && !exh_tree_remove(directory, STAGING, err))
        return false;                        /* a killed one's: only the lock's holder writes there */
    return exh_directory_make(AT_FDCWD, packing->staging, 0755, err);
}

static bool pack_range(struct packing *packing, size_t from, size_t to, struct exh_error *err)
{
    packing->part = to - from;
    if (!write_pack(packing, from, to, err) || !remove_loose(packing, err) || !remove_packs(packing, err))
        return false;
    packing->done += packing->part;
    return true;
}

/* The newest @count, in parts from the oldest on: of all that there is, a part that is full never changes again. */
static bool pack_parts(struct packing *packing, size_t count, struct exh_error *err)
{
    for (size_t left = count, some; left; left -= some) {
        some = left < EXH_PACK_MOST ? left : EXH_PACK_MOST;
        if (!pack_range(packing, left - some, left, err))
            return false;
    }
    return true;
}

static bool pack_everything(struct packing *packing, size_t *ret_commits, struct exh_error *err)
{
    bool met;

    packing->most = SIZE_MAX;
    if (!exh_repo_line(packing->repo, "", &packing->line, &met, err))
        return false;
    *ret_commits = packing->line.count;
    return pack_parts(packing, packing->line.count, err);
}

static bool pack_some(struct packing *packing, size_t *ret_commits, struct exh_error *err)
{
    EXH_CLEANUP(clear_scattered) struct scattered scattered = { .repo = packing->repo };

    if (!find_small(packing->packs, EXH_PACK_MANY, &scattered.some, err) || !find_small(packing->packs, EXH_PACK_SOME, &scattered.few, err)
        || !exh_repo_line_until(packing->repo, is_settled, &scattered, &packing->line, err))
        return false;
    packing->most = scattered.some.most;
    *ret_commits = choose(&scattered, &packing->line);
    return pack_parts(packing, *ret_commits, err);
}

void exh_repo_tell(const struct exh_repo_watch *watch, uint64_t done, uint64_t count)
{
    if (watch && watch->tell)
        watch->tell(watch->context, done, count);
}

bool exh_repo_pack(struct exh_repo *repo, bool all, const struct exh_repo_watch *watch, size_t *ret_commits, struct exh_error *err)
{
    EXH_CLEANUP(clear_packing) struct packing packing = { .repo = repo, .watch = watch };
    EXH_CLEANUP(exh_fd_close) int lock = -1;

    if (!exh_packs_check(repo->path, err) || !begin(&packing, &lock, err)
        || !(all ? pack_everything(&packing, ret_commits, err) : pack_some(&packing, ret_commits, err)))
        return false;
    return rmdir(packing.staging) == 0 || exh_fail_os(err, "cannot remove '%s'", packing.staging);
}
