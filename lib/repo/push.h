/* repo, private: one push: what the process apart works with. */
#ifndef EXHIBIT_REPO_PUSH_H
#define EXHIBIT_REPO_PUSH_H

#include "git.h"

#include <time.h>

struct exh_errand {
    struct exh_repo *repo;
    const struct exh_remote *remote;
    const struct exh_push_options *options;
    enum exh_remote_form form;
    const char *scratch; /* where a repository may be made; not there yet */
    int socket; /* to the process that waits for us */
    struct timespec told; /* when it last heard of us */
    unsigned asked; /* how often we were asked who we are */
    struct exh_error problem; /* what one of our callbacks met */
    char *refusal; /* why the remote did not take the push */
    char *words; /* what it said last, on the side */
};

/* Does the work, in the process apart. Fails as exh_repo_push. */
bool exh_errand_do(struct exh_errand *errand, struct exh_push *ret_push, struct exh_error *err) EXH_CHECK;

/* Tells the process that waits how far the work is, at most five times a second; false: it wants no more. */
bool exh_errand_tell(struct exh_errand *errand, uint64_t done, uint64_t total) EXH_CHECK;

/* Callbacks that know the errand, for libgit2. */
git_remote_callbacks exh_errand_callbacks(struct exh_errand *errand);
/* Fails with what a callback met, or else with libgit2's words. */
bool exh_errand_fail(struct exh_errand *errand, struct exh_error *err, enum exh_kind kind, const char *format, ...)
    EXH_PRINTF(4, 5);

/* The path of a remote that is one. */
const char *exh_remote_path(const char *url);

/* Opens the repository at a path that is pushed to. EXH_IO: it is not there, is not bare, or borrows objects. */
bool exh_mirror_open(const char *path, git_repository **ret_git, struct exh_error *err) EXH_CHECK;
/* Removes what a push left there that was killed after it had moved the branch. */
bool exh_mirror_settle(const char *path, struct exh_error *err) EXH_CHECK;
/* Moves the branch of the repository at a path from @before ("": it has none) to our commit @ours, objects first. */
bool exh_errand_copy(struct exh_errand *errand, const char *before, const char *ours, struct exh_error *err) EXH_CHECK;

#endif
