/* repo: git objects and references, and files in git's configuration syntax, over libgit2 (floor 4).
 *
 * Nothing above this floor sees git. A repository here is bare, with one linear branch.
 */
#ifndef EXHIBIT_REPO_H
#define EXHIBIT_REPO_H

#include "exhibit/error.h"
#include "exhibit/text.h"

#include <stdint.h>

#define EXH_OID_DIGITS 41                /* 40 hex digits and a NUL */

struct exh_repo;
/* Makes a bare repository at @path (which must not exist) whose HEAD is @branch ("custody"). Forced
 * updates and deletions of the branch by a push are denied in its configuration. Durable on return. */
bool exh_repo_create(const char *path, const char *branch, struct exh_error *err) EXH_CHECK;
/* EXH_IO: not there; EXH_MALFORMED: not a repository, or damaged. Replace refs, grafts, shallow marks,
 * alternates and a common directory elsewhere are refused (EXH_MALFORMED): they change what history
 * appears to be, or where it comes from. */
bool exh_repo_open(const char *path, const char *branch, struct exh_repo **ret_repo, struct exh_error *err) EXH_CHECK;
void exh_repo_freep(struct exh_repo **repo);
/* What exh_repo_open() does without and git does not: a HEAD that is a reference, a configuration that can be read
 * and, unless it is a clone, denies what exh_repo_create has it deny. EXH_MALFORMED: names the file that is damaged, or the setting that is not there. */
bool exh_repo_check_files(struct exh_repo *repo, struct exh_error *err) EXH_CHECK;
/* Reads every file below objects/ as it lies on the disk, of the branch or not: an object by its name, packs, their indexes and
 * what goes with them by the sum at their end. Adds a sentence to @problems for each that is damaged, naming the file; what is
 * packed or removed meanwhile is none. EXH_IO: objects/ cannot be listed. */
bool exh_repo_check_objects(struct exh_repo *repo, struct exh_strings *problems, struct exh_error *err) EXH_CHECK;

/* The commit the branch points to; an empty string where it has none yet. */
bool exh_repo_head(struct exh_repo *repo, char ret_oid[EXH_OID_DIGITS], struct exh_error *err) EXH_CHECK;

/* Adds the paths of the lock files there are: to @stale that of the branch, where it can be a writer's that is gone (exh_repo_add takes
 * it away), to @held any other. The caller holds the store's lock. With @clear the stale one is waited for and removed as there. */
bool exh_repo_locks(struct exh_repo *repo, bool clear, struct exh_strings *stale, struct exh_strings *held, struct exh_error *err) EXH_CHECK;

enum { EXH_REPO_FILES = 2 };             /* the most that a commit's tree may hold */
struct exh_repo_file { const char *name; const void *bytes; size_t size; };

/* What a new commit holds. */
struct exh_repo_commit {
    const char *parent;                  /* expected head; "" for the first. Another head: EXH_BUSY */
    struct exh_repo_file files[EXH_REPO_FILES];   /* the files of its tree, by the bytes of their names */
    size_t file_count;
    const char *message;
    const char *author, *email;
    int64_t time;                        /* Unix seconds, UTC */
    /* Signs the commit object's bytes; gives the armoured SSHSIG, which the caller frees. */
    bool (*sign)(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err);
    void *context;
};
/* Adds a commit on top of the branch, durable on return, readers seeing the old head or the new. The
 * caller holds the store's lock: a lock file on the branch that a killed writer left is taken away. At
 * most 2 MiB. EXH_BUSY: the head is another, or another program holds the branch; EXH_REFUSED: @sign
 * gave nothing; EXH_MALFORMED: the head cannot be read; and as @sign fails. */
bool exh_repo_add(struct exh_repo *repo, const struct exh_repo_commit *commit, char ret_oid[EXH_OID_DIGITS], struct exh_error *err) EXH_CHECK;

/* Many commits that count together, made in memory; the caller holds the store's lock all the while. Each has the one
 * before as its parent, the first the branch's head: EXH_BUSY where that is another. Otherwise as exh_repo_add. */
struct exh_repo_batch;
bool exh_repo_batch_begin(struct exh_repo *repo, struct exh_repo_batch **ret_batch, struct exh_error *err) EXH_CHECK;
bool exh_repo_batch_add(struct exh_repo_batch *batch, const struct exh_repo_commit *commit, char ret_oid[EXH_OID_DIGITS],
                        struct exh_error *err) EXH_CHECK;
/* Writes them as one pack and moves the branch past all of them, durable on return, readers seeing the old head or the last
 * of them. On failure the branch is as it was. */
bool exh_repo_batch_commit(struct exh_repo_batch *batch, struct exh_error *err) EXH_CHECK;
void exh_repo_batch_freep(struct exh_repo_batch **batch);

/* Packs are made of about EXH_PACK_SOME commits or more; those of less than EXH_PACK_MANY become one where they have so many
 * together; more than EXH_PACK_MOST become several. */
enum { EXH_PACK_SOME = 512, EXH_PACK_MANY = 4096, EXH_PACK_MOST = 16384 };
/* Who is told how many commits of how many are done with; @tell NULL: nobody. */
struct exh_repo_watch { void (*tell)(void *context, uint64_t done, uint64_t count); void *context; };
/* Tells it; @watch NULL: nobody. */
void exh_repo_tell(const struct exh_repo_watch *watch, uint64_t done, uint64_t count);
/* Packs the newest commits that lie loose or in packs of less than EXH_PACK_SOME, with their files, and removes them where
 * they lay; with @all, packs everything anew. Without it no more is read of the log than is packed.
 * Readers and writers go on meanwhile: nothing of the branch changes. A kill leaves the objects twice at the worst, and a
 * directory that the next call removes. *ret_commits: how many were packed. EXH_BUSY: another packs; EXH_IO: disk full and the
 * like; EXH_MALFORMED: an object is missing or damaged: nothing of what is there was removed. */
bool exh_repo_pack(struct exh_repo *repo, bool all, const struct exh_repo_watch *watch, size_t *ret_commits, struct exh_error *err)
    EXH_CHECK;

/* A commit, as read. Valid during the visit only. */
struct exh_repo_visit {
    const char *oid;
    const char *parent;                  /* the first one; "" for a root */
    size_t parent_count;
    const char *irregular;               /* why it is not of the plain form (no header but tree, parent,
                                          * author, committer, gpgsig); NULL: it is */
    const char *author, *committer;      /* as in the object: "name <email> seconds zone" */
    const char *message;
    const char *signature;               /* armoured, NULL when it has none */
    const char *signed_bytes;            /* the commit object without its signature: what was signed */
    size_t signed_size;
    struct exh_repo_file files[EXH_REPO_FILES];   /* as they were asked for; bytes NULL in all of them where the tree is
                                          * not exactly these regular files, it cannot be read, or it stands by itself */
    const char *unread;                  /* why the tree, or a file of it, cannot be read; NULL: it was. Of exh_repo_look_on only */
    int64_t time;                        /* committer's, Unix seconds */
};
/* Visits every commit, with the @count files of its tree called @names (by their bytes), from the head to the root, by
 * first parents; none where the branch has none. Stops when @visit returns false (err set). Objects are checked against their names as they are read.
 * EXH_MALFORMED: an object is missing, damaged or larger than 2 MiB, named, with how far the walk came. */
bool exh_repo_walk(struct exh_repo *repo, const char *const names[], size_t count,
                   bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                   void *context, struct exh_error *err) EXH_CHECK;

/* Commits, the head first; with each the name of its tree, "" where it has more than one parent. */
struct exh_repo_line { char (*at)[EXH_OID_DIGITS], (*trees)[EXH_OID_DIGITS]; size_t count; };
#define EXH_REPO_LINE_NONE { NULL, NULL, 0 }
/* The names of the branch's commits from the head back to @until, which is not among them, by first parents. @until "" is
 * the beginning of all. *ret_met false: the branch does not hold that commit, and the names are those of all there are. Only
 * commits are read, each checked against its name. EXH_MALFORMED: one is missing, damaged or no commit, with how far it is
 * behind the head; *ret_line then has those that were read. Free with exh_repo_line_clear, after a failure too. */
bool exh_repo_line(struct exh_repo *repo, const char *until, struct exh_repo_line *ret_line, bool *ret_met, struct exh_error *err)
    EXH_CHECK;
/* The same back to the first that @is_end is true of. */
bool exh_repo_line_until(struct exh_repo *repo, bool (*is_end)(void *context, const char *oid), void *context,
                         struct exh_repo_line *ret_line, struct exh_error *err) EXH_CHECK;
void exh_repo_line_clear(struct exh_repo_line *line);
/* Visits the line's commit @at as exh_repo_look does, but does not read the commit again: the visit has its name and its files. One
 * with more than one parent is read whole. */
bool exh_repo_look_files(struct exh_repo *repo, const struct exh_repo_line *line, size_t at, const char *const names[], size_t count,
                         bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                         void *context, struct exh_error *err) EXH_CHECK;

/* Visits one commit, as exh_repo_walk does. */
bool exh_repo_look(struct exh_repo *repo, const char *oid, const char *const names[], size_t count,
                   bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                   void *context, struct exh_error *err) EXH_CHECK;

/* The same, but where the tree or a file is missing or damaged, the commit is shown with @unread. */
bool exh_repo_look_on(struct exh_repo *repo, const char *oid, const char *const names[], size_t count,
                      bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                      void *context, struct exh_error *err) EXH_CHECK;

/* The bytes of a commit object, checked against its name. Free with free(). Failures as above. */
bool exh_repo_read_commit(struct exh_repo *repo, const char *oid, char **ret_bytes, size_t *ret_size, struct exh_error *err)
    EXH_CHECK;
/* Splits a commit object that stands by itself, and shows it: without a name, and without its file. EXH_MALFORMED: it is
 * none. */
bool exh_repo_show_commit(const char *bytes, size_t size, bool (*visit)(void *context, const struct exh_repo_visit *commit, struct exh_error *err),
                          void *context, struct exh_error *err) EXH_CHECK;

/* ---- remotes: other copies of the branch ---- */

enum exh_remote_form { EXH_REMOTE_PATH, EXH_REMOTE_SSH, EXH_REMOTE_HTTPS };
/* Judges where a remote is: an absolute path, file:///path, ssh://user@host[:port]/path, user@host:path, or
 * https://host[:port]/path. EXH_USAGE: anything else; a name or password before the host of https, a password before that
 * of ssh; characters that a shell there would not take as they are. */
bool exh_remote_check_url(const char *url, enum exh_remote_form *ret_form, struct exh_error *err) EXH_CHECK;

enum { EXH_REMOTE_WAIT_S = 120 };        /* how long a remote may do nothing, where nothing else is said */
/* A remote, and how it is spoken with. Strings are the caller's. */
struct exh_remote {
    const char *name;                    /* an identifier: part of a reference's name */
    const char *url;
    const char *ssh_key;                 /* file of a private key that has no passphrase; NULL: those of the ssh-agent */
    const char *login;                   /* "user:password" for https; NULL: none */
    unsigned wait_s;                     /* no progress for so long ends it; 1 or more */
    /* Decides on the key that an ssh host shows: the blob of RFC 4253, section 6.6. @known: ~/.ssh/known_hosts has this
     * key for this host. Called in the process apart. Fails with the words to be shown. */
    bool (*trust)(const void *context, const void *blob, size_t size, bool known, struct exh_error *err);
    const void *context;
};
enum exh_remote_state {
    EXH_REMOTE_EQUAL,                    /* has our head */
    EXH_REMOTE_EMPTY,                    /* has no branch at all */
    EXH_REMOTE_BEHIND,                   /* its head is one of our commits before the head */
    EXH_REMOTE_AHEAD,                    /* our head is one of its commits before its head */
    EXH_REMOTE_FORKED,                   /* each has commits that the other has not, after one in common */
    EXH_REMOTE_OTHER,                    /* no commit in common; or other branches, and not ours */
};
struct exh_push_options {
    bool dry_run;                        /* look only */
    const char *scratch;                 /* an absolute directory for what must be fetched to be compared */
    /* Told of progress, in objects, or of none yet (0 of 0), twice a second or oftener; false stops. May be NULL. */
    bool (*go_on)(void *context, uint64_t done, uint64_t total);
    void *context;
};
/* What was found and done. */
struct exh_push {
    enum exh_remote_state state;         /* as it was found */
    bool pushed;
    char before[EXH_OID_DIGITS];         /* its head as found; "" where it had none */
    char after[EXH_OID_DIGITS];          /* its head as read again after the push; else as @before */
    char common[EXH_OID_DIGITS];         /* the last commit in common; "" where there is none */
    uint64_t ours_more;                  /* commits that it has not (had not, where pushed) */
    uint64_t theirs_more;                /* commits that we have not; 0 of EXH_REMOTE_OTHER */
};
/* Pushes the branch to the same branch of @remote where that is a fast-forward, reads its head back, and keeps it as
 * refs/remotes/<name>/<branch>. A remote that is ahead, forked or another is left as it is, and that
 * is no failure. Its objects that we have not are fetched into a directory below @scratch, 256 MiB at most, which is
 * removed again; our own objects stay as they are.
 *
 * Speaks with the remote in a process apart, which is ended where the remote makes no progress for @remote's wait_s. The
 * remote's branch moves from the head that was found, or not at all. At a path objects are written beside the others
 * first, then named, then the branch moves; what a kill leaves there is removed by the next push.
 *
 * EXH_IO: cannot reach it, no right to, host not trusted, it does not take the push, disk full, stopped; EXH_BUSY: another
 * pushes to it, holds its branch, or has moved it meanwhile; EXH_USAGE: the URL, or it is this repository itself;
 * EXH_MALFORMED: our own branch has no commit, or is damaged, or the index of a pack leads out of it. */
bool exh_repo_push(struct exh_repo *repo, const struct exh_remote *remote, const struct exh_push_options *options,
                   struct exh_push *ret_push, struct exh_error *err) EXH_CHECK;
/* What is kept of the last push: the head, "" where there was none, and when it was first seen there (Unix seconds; 0:
 * not known, since stock git packed the references). EXH_IO: it cannot be read. */
bool exh_repo_pushed(struct exh_repo *repo, const char *name, char ret_oid[EXH_OID_DIGITS], int64_t *ret_time,
                     struct exh_error *err) EXH_CHECK;

/* ---- git-config files ---- */

/* Reads every value of a file in git-config syntax, in order: @visit gets the full name
 * ("camera.wisbech-12.path": section and key lower case, subsection as written) and the value ("true" for
 * a key without one). EXH_IO: cannot open; EXH_MALFORMED: syntax, with the line; an include section, which
 * could bring in what nobody sees here; larger than 16 MiB. */
bool exh_config_read(const char *path, bool (*visit)(void *context, const char *name, const char *value, struct exh_error *err),
                     void *context, struct exh_error *err) EXH_CHECK;
/* The same of bytes that were read already, which @name names in messages. EXH_MALFORMED as above. */
bool exh_config_parse(const char *name, const char *bytes, size_t size,
                      bool (*visit)(void *context, const char *name, const char *value, struct exh_error *err),
                      void *context, struct exh_error *err) EXH_CHECK;
struct exh_config_value { const char *name, *value; };
/* Sets values in a file, all or none, durable on return; other lines and comments stay as they are.
 * Makes the file where it is missing. EXH_USAGE: a name or value that the syntax cannot hold. */
bool exh_config_write(const char *path, const struct exh_config_value *values, size_t count, struct exh_error *err) EXH_CHECK;

#endif
