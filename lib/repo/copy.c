/* repo: a push to a repository at a path. libgit2's own would move the branch whatever it points to by then. */
#include "push.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Both in the mirror: held while one of us pushes there; and what that one has not named yet. */
#define LOCK    "exhibit-push.lock"
#define STAGING "exhibit-push.partial"
enum { LOCK_WAIT_MS = 5000 };

static void free_repository(git_repository **git)
{
    git_repository_free(*git);
}

static void free_walk(git_revwalk **walk)
{
    git_revwalk_free(*walk);
}

static void free_builder(git_packbuilder **builder)
{
    git_packbuilder_free(*builder);
}

static void free_reference(git_reference **reference)
{
    git_reference_free(*reference);
}

static void free_config(git_config **config)
{
    git_config_free(*config);
}

/* libgit2 takes the .git of a work tree for bare, where it is asked to. */
static bool says_bare(git_repository *git)
{
    EXH_CLEANUP(free_config) git_config *config = NULL;
    int bare = 0;

    return git_repository_config(&config, git) == 0
        && (git_config_get_bool(&bare, config, "core.bare") == GIT_ENOTFOUND || bare);
}

bool exh_mirror_open(const char *path, git_repository **ret_git, struct exh_error *err)
{
    EXH_CLEANUP(free_repository) git_repository *git = NULL;
    EXH_CLEANUP(exh_freep) char *alternates = exh_format("%s/objects/info/alternates", path);
    struct stat facts;

    if (stat(path, &facts))
        return exh_fail_os(err, "cannot look at '%s'", path);
    if (git_repository_open_bare(&git, path) || !says_bare(git))
        return exh_fail(err, EXH_IO,
                        "'%s' is no bare repository: a mirror is made with 'git init --bare -b custody DIR'", path);
    if (exh_file_exists(AT_FDCWD, alternates))
        return exh_fail(err, EXH_IO,
                        "'%s' borrows objects from another repository (objects/info/alternates), and so is no copy: "
                        "a mirror is made with 'git init --bare -b custody DIR'",
                        path);
    *ret_git = exh_steal(&git);
    return true;
}

static int pack_progress(int stage, uint32_t done, uint32_t total, void *context)
{
    (void)stage;
    return exh_errand_tell(context, done, total) ? 0 : GIT_EUSER;
}

static int write_progress(const git_indexer_progress *stats, void *context)
{
    return exh_errand_tell(context, stats->received_objects, stats->total_objects) ? 0 : GIT_EUSER;
}

/* One pack of all that is in our commits up to @ours and not in those up to @before. */
static bool write_pack(struct exh_errand *errand, const char *staging, const char *before, const git_oid *ours,
                       struct exh_error *err)
{
    EXH_CLEANUP(free_builder) git_packbuilder *builder = NULL;
    EXH_CLEANUP(free_walk) git_revwalk *walk = NULL;
    git_oid theirs;

    if (git_revwalk_new(&walk, errand->repo->git) || git_revwalk_push(walk, ours)
        || (*before && (git_oid_fromstr(&theirs, before) || git_revwalk_hide(walk, &theirs)))
        || git_packbuilder_new(&builder, errand->repo->git)
        || git_packbuilder_set_callbacks(builder, pack_progress, errand) || git_packbuilder_insert_walk(builder, walk))
        return exh_errand_fail(errand, err, EXH_MALFORMED, "cannot gather what is to be pushed");
    return git_packbuilder_write(builder, staging, 0, write_progress, errand) == 0
        || exh_errand_fail(errand, err, EXH_IO, "cannot write to '%s'", staging);
}

static bool move_branch(const struct exh_errand *errand, git_repository *git, const char *before, const git_oid *ours,
                        struct exh_error *err)
{
    const char *path = exh_remote_path(errand->remote->url), *name = errand->repo->reference;
    git_oid expected = { { 0 } };

    if (*before)
        git_oid_fromstr(&expected, before);
    for (int attempt = 0;; attempt++) {
        EXH_CLEANUP(free_reference) git_reference *reference = NULL;
        int r = git_reference_create_matching(&reference, git, name, ours, *before != '\0', *before ? &expected : NULL,
                                              NULL);
        if (r == 0)
            return true;
        if (r == GIT_EMODIFIED || r == GIT_EEXISTS || r == GIT_ENOTFOUND)
            return exh_fail(err, EXH_BUSY, "its branch has moved meanwhile: try again");
        if (r != GIT_ELOCKED)
            return exh_git_fail(err, EXH_IO, "cannot move its branch");
        if (!exh_git_wait_for_lock(path, name, attempt, err))
            return false;
    }
}

/* What a push that was killed left: only its holder of the lock writes there. */
static bool clear_staging(const char *staging, struct exh_error *err)
{
    return !exh_file_exists(AT_FDCWD, staging) || exh_tree_remove(AT_FDCWD, staging, err);
}

static bool copy_locked(struct exh_errand *errand, const char *path, const char *before, const char *ours,
                        struct exh_error *err)
{
    EXH_CLEANUP(free_repository) git_repository *git = NULL;
    EXH_CLEANUP(exh_freep) char *staging = exh_format("%s/" STAGING, path);
    EXH_CLEANUP(exh_error_clear) struct exh_error left = EXH_ERROR_NONE;
    git_oid id;

    git_oid_fromstr(&id, ours);
    if (!exh_mirror_open(path, &git, err) || !clear_staging(staging, err)
        || !exh_directory_make(AT_FDCWD, staging, 0755, err))
        return false;
    bool done = write_pack(errand, staging, before, &id, err) && exh_git_name_packs(path, staging, err)
        && move_branch(errand, git, before, &id, err);
    if (!clear_staging(staging, &left) && done)
        return exh_error_move(err, &left);
    return done;
}

static bool take_lock(const char *path, int *ret_lock, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int directory = -1;

    if (!exh_directory_open(AT_FDCWD, path, &directory, err))
        return false;
    if (exh_lock_take(directory, LOCK, LOCK_WAIT_MS, ret_lock, err))
        return true;
    return err->kind == EXH_BUSY ? exh_while(err, "another push to it is at work") : false;
}

bool exh_mirror_settle(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *staging = exh_format("%s/" STAGING, path);
    EXH_CLEANUP(exh_fd_close) int lock = -1;

    return !exh_file_exists(AT_FDCWD, staging) || (take_lock(path, &lock, err) && clear_staging(staging, err));
}

bool exh_errand_copy(struct exh_errand *errand, const char *before, const char *ours, struct exh_error *err)
{
    const char *path = exh_remote_path(errand->remote->url);
    EXH_CLEANUP(exh_fd_close) int lock = -1;

    return take_lock(path, &lock, err) && copy_locked(errand, path, before, ours, err);
}
