/* repo: many commits that count together: they are made in memory, written as one pack, and then the branch moves past all
 * of them at once. */
#include "object.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Only who holds the store's lock writes there. */
#define STAGING "exhibit-batch.partial"

struct exh_repo_batch {
    struct exh_repo *repo;
    struct exh_git_maker maker;          /* what is made goes into memory */
    char before[EXH_OID_DIGITS], head[EXH_OID_DIGITS];
    git_oid *commits;
    size_t count, room;
};

static void free_builder(git_packbuilder **builder)
{
    git_packbuilder_free(*builder);
}

void exh_repo_batch_freep(struct exh_repo_batch **batch)
{
    if (*batch) {
        exh_git_maker_clear(&(*batch)->maker);
        free((*batch)->commits);
        free(*batch);
    }
    *batch = NULL;
}

bool exh_repo_batch_begin(struct exh_repo *repo, struct exh_repo_batch **ret_batch, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = exh_alloc(sizeof *batch);

    batch->repo = repo;
    if (!exh_git_maker_open(repo->path, false, &batch->maker, err) || !exh_repo_head(repo, batch->before, err))
        return false;
    memcpy(batch->head, batch->before, sizeof batch->head);
    *ret_batch = exh_steal(&batch);
    return true;
}

bool exh_repo_batch_add(struct exh_repo_batch *batch, const struct exh_repo_commit *commit, char ret_oid[EXH_OID_DIGITS],
                        struct exh_error *err)
{
    struct exh_git_made made;

    if (strcmp(commit->parent, batch->head) != 0)
        return exh_fail(err, EXH_BUSY, "'%s' of '%s' has moved on meanwhile: try again", batch->repo->reference, batch->repo->path);
    if (!exh_git_make_commit(batch->repo, &batch->maker, commit, &made, err))
        return false;
    if (batch->count == batch->room) {
        batch->room = batch->room ? 2 * batch->room : 64;
        batch->commits = exh_realloc_array(batch->commits, batch->room, sizeof *batch->commits);
    }
    batch->commits[batch->count++] = made.commit;
    git_oid_tostr(batch->head, sizeof batch->head, &made.commit);
    memcpy(ret_oid, batch->head, EXH_OID_DIGITS);
    return true;
}

static bool write_pack(struct exh_repo_batch *batch, const char *staging, struct exh_error *err)
{
    EXH_CLEANUP(free_builder) git_packbuilder *builder = NULL;

    if (git_packbuilder_new(&builder, batch->maker.git))
        return exh_git_fail(err, EXH_IO, "cannot pack what is to go to '%s'", batch->repo->path);
    git_packbuilder_set_threads(builder, 0);
    for (size_t i = 0; i < batch->count; i++)
        if (git_packbuilder_insert_commit(builder, &batch->commits[i]))
            return exh_git_fail(err, EXH_IO, "cannot pack what is to go to '%s'", batch->repo->path);
    return git_packbuilder_write(builder, staging, 0, NULL, NULL) == 0 || exh_git_fail(err, EXH_IO, "cannot write below '%s'", staging);
}

bool exh_repo_batch_commit(struct exh_repo_batch *batch, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *staging = exh_format("%s/" STAGING, batch->repo->path);
    EXH_CLEANUP(exh_error_clear) struct exh_error left = EXH_ERROR_NONE;

    if (!batch->count)
        return true;
    if ((exh_file_exists(AT_FDCWD, staging) && !exh_tree_remove(AT_FDCWD, staging, err))
        || !exh_directory_make(AT_FDCWD, staging, 0755, err))
        return false;
    bool done = write_pack(batch, staging, err) && exh_git_name_packs(batch->repo->path, staging, err)
        && exh_git_point_branch(batch->repo, &batch->maker, batch->before, &batch->commits[batch->count - 1], err);
    if (!exh_tree_remove(AT_FDCWD, staging, &left) && done)
        return exh_error_move(err, &left);
    return done;
}
