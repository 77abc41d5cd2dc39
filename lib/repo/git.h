/* repo, private: what its files share of libgit2. */
#ifndef EXHIBIT_REPO_GIT_H
#define EXHIBIT_REPO_GIT_H

#include "exhibit/repo.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>

/* The largest object read or written: an entry has no reason to come near it. */
enum { EXH_GIT_LARGEST = 2 << 20 };

/* A handle of a repository by which objects are made. libgit2 seeks each new object in all packs, and lists their directory anew for
 * each: this one knows of none, and of no object but those made through it and the parents that it was given. */
struct exh_git_maker { git_repository *git; git_odb_backend *memory; };
/* @loose: what is made goes into files of its own, else into memory alone. Clear with exh_git_maker_clear. */
bool exh_git_maker_open(const char *path, bool loose, struct exh_git_maker *ret_maker, struct exh_error *err) EXH_CHECK;
void exh_git_maker_clear(struct exh_git_maker *maker);
/* Takes @backend, which is freed where it cannot be used. libgit2's own words are left for exh_git_fail. */
bool exh_git_add_backend(git_odb *odb, git_odb_backend *backend, int priority) EXH_CHECK;

struct exh_repo {
    git_repository *git;
    struct exh_git_maker maker;    /* once anything was added */
    char *path;
    char *reference;      /* "refs/heads/custody" */
    struct exh_objects *objects;   /* once any was read (object.h) */
};

/* Starts libgit2 once a process, deaf to the configuration of the user and the system. */
void exh_git_begin(void);
/* The objects of one commit. */
struct exh_git_made { git_oid commit, tree, files[EXH_REPO_FILES]; };
/* Makes the commit's objects; the branch stays. */
bool exh_git_make_commit(struct exh_repo *repo, const struct exh_git_maker *maker, const struct exh_repo_commit *commit,
                         struct exh_git_made *ret_made, struct exh_error *err) EXH_CHECK;
/* The branch moves from @parent ("": it is not there) to @id, which @maker knows, or not at all: EXH_BUSY. */
bool exh_git_point_branch(const struct exh_repo *repo, const struct exh_git_maker *maker, const char *parent, const git_oid *id,
                          struct exh_error *err) EXH_CHECK;
/* Gives the packs that were written to the directory @staging their names in the repository at @path, durable; the index
 * last. */
bool exh_git_name_packs(const char *path, const char *staging, struct exh_error *err) EXH_CHECK;
/* Reads the certificates of the system's authorities, which https is spoken by. EXH_IO: that file cannot be read. */
bool exh_git_read_authorities(struct exh_error *err) EXH_CHECK;
/* Fails with libgit2's own words after @format; EXH_IO where the system failed, else @kind. */
bool exh_git_fail(struct exh_error *err, enum exh_kind kind, const char *format, ...) EXH_PRINTF(3, 4);
/* Waits a little while another holds a reference's lock file; one that a killed writer left is taken away. EXH_BUSY:
 * @attempt says that it was waited for long enough, 4 s in all. */
bool exh_git_wait_for_lock(const char *path, const char *reference, int attempt, struct exh_error *err) EXH_CHECK;
/* "dir/name" gives "dir/.name.<random>.partial": on the same file system, and seen to be staging.
 * Free with free(). */
char *exh_git_staging_path(const char *path) EXH_CHECK;

#endif
