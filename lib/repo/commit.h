/* repo, private: a commit object, split strictly. */
#ifndef EXHIBIT_REPO_COMMIT_H
#define EXHIBIT_REPO_COMMIT_H

#include "exhibit/repo.h"

/* Owned strings; clear with exh_commit_clear. */
struct exh_commit {
    char tree[EXH_OID_DIGITS];
    char parent[EXH_OID_DIGITS];      /* the first; empty for a root */
    size_t parent_count;
    char *author, *committer;         /* "name <email> seconds zone" */
    int64_t time;                     /* committer's */
    char *signature;                  /* unfolded, each line with its newline; NULL when none */
    char *message;
    char *signed_bytes;               /* the object without the signature's header */
    size_t signed_size;
    const char *irregular;            /* why it is not of the plain form; NULL: it is */
};
/* Start with EXH_COMMIT_NONE. */
#define EXH_COMMIT_NONE { .tree = "" }
void exh_commit_clear(struct exh_commit *commit);
/* EXH_MALFORMED: not a commit object, or one with a NUL in it. @ret_commit must be EXH_COMMIT_NONE;
 * clear it after failure too. */
bool exh_commit_split(const char *bytes, size_t size, struct exh_commit *ret_commit, struct exh_error *err) EXH_CHECK;

#endif
