/* file: files that appear whole or not at all, locks, listings, and the system-call seam (floor 1).
 *
 * A staged file is written under a staging name, and takes its own name only at commit:
 *
 *     EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
 *     if (!exh_staged_open(&staged, directory, "OP1.zip", 0644, err)
 *         || !exh_staged_write(&staged, bytes, size, err)
 *         || !exh_staged_sync(&staged, err)
 *         || !exh_staged_commit(&staged, err))
 *         return false;
 *
 * Leaving the scope before commit removes the staging file: cleanup means abandon, success is an
 * explicit commit. Names are relative to a directory descriptor (AT_FDCWD for paths).
 */
#ifndef EXHIBIT_FILE_H
#define EXHIBIT_FILE_H

#include "exhibit/error.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Closes a descriptor, keeping errno, and sets it to -1: EXH_CLEANUP(exh_fd_close) int fd = -1. */
void exh_fd_close(int *fd);

/* The system calls that can lose data, in one table so that tests can make the n-th one fail. */
struct exh_system {
    ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t offset);
    ssize_t (*pread)(int fd, void *bytes, size_t size, off_t offset);
    int (*fsync)(int fd);
    int (*rename)(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
    int (*open)(int directory, const char *name, int flags, mode_t mode);
};
/* The table in use; tests put their own functions into it. */
extern struct exh_system exh_system;

/* ---- reading ---- */

/* Opens a directory. EXH_IO when it is not there or not a directory; @path is named. */
bool exh_directory_open(int directory, const char *path, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* Opens the directory that the file @path lies in, or is to lie in; *ret_name is the file's name there, within @path. *ret_where (may be
 * NULL): the directory's path from the root, without links; free with free(). EXH_USAGE: @path ends in '/', and names no file; EXH_IO as
 * above. */
bool exh_directory_open_of(const char *path, int *ret_fd, const char **ret_name, char **ret_where, struct exh_error *err) EXH_CHECK;
/* Opens a file for reading below @directory: names that lead out of it ('..', absolute, links
 * that point outside) are refused by the kernel (openat2 RESOLVE_BENEATH). EXH_IO. */
bool exh_file_open_beneath(int directory, const char *name, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* The same, and no part of the name may be a link at all. */
bool exh_file_open_unlinked(int directory, const char *name, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* Reads a whole file of at most @most bytes. @ret_bytes: NUL-terminated, free with free().
 * EXH_IO: cannot; EXH_MALFORMED: larger than @most, or not a regular file. */
bool exh_file_read(int directory, const char *name, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err) EXH_CHECK;
/* The same from an open descriptor, which may be a pipe. @what names it in messages. */
bool exh_fd_read(int fd, const char *what, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err) EXH_CHECK;
/* Reads exactly @size bytes at @offset. EXH_MALFORMED when the file ends before. */
bool exh_fd_read_at(int fd, const char *what, uint64_t offset, void *ret_bytes, size_t size, struct exh_error *err) EXH_CHECK;
bool exh_file_exists(int directory, const char *name);

/* Calls @visit for each name in the directory (not '.' and '..'), in no order; stops when it
 * returns false (having set @err). @kind is a DT_ value of dirent.h, DT_UNKNOWN already resolved. */
bool exh_directory_visit(int directory, const char *path, bool (*visit)(void *context, const char *name, unsigned char kind, struct exh_error *err),
                         void *context, struct exh_error *err) EXH_CHECK;

/* ---- writing ---- */

/* A file on its way. Start with EXH_STAGED_NONE. */
struct exh_staged {
    int directory;       /* duplicated at open; -1 when none */
    int fd;
    char *name;          /* the name it takes at commit */
    char *staging;       /* the name it has until then: ".<name>.<random>.partial" */
    uint64_t size;       /* bytes written through exh_staged_write */
    /* Writing is gathered into large aligned blocks, past the page cache where the file system
     * allows it (O_DIRECT). */
    uint8_t *block;
    size_t gathered;
    bool direct;
    bool synced;
};
#define EXH_STAGED_NONE { -1, -1, NULL, NULL, 0, NULL, 0, false, false }

/* Begins a file that must not exist yet. EXH_IO: cannot create; EXH_REFUSED: @name exists already. */
bool exh_staged_open(struct exh_staged *staged, int directory, const char *name, mode_t mode, struct exh_error *err) EXH_CHECK;
/* The same under a staging name that the caller chose beforehand (exh_staging_name), so that it could be
 * written down before the file is there. */
bool exh_staged_open_as(struct exh_staged *staged, int directory, const char *name, const char *staging, mode_t mode, struct exh_error *err) EXH_CHECK;
/* ".<name>.<random>.partial": a new one at each call. Free with free(). */
char *exh_staging_name(const char *name) EXH_CHECK;
/* Promises the final size, so that the disk's room is taken now. EXH_IO (disk full). */
bool exh_staged_reserve(struct exh_staged *staged, uint64_t size, struct exh_error *err) EXH_CHECK;
bool exh_staged_write(struct exh_staged *staged, const void *bytes, size_t size, struct exh_error *err) EXH_CHECK;
/* Writes what is gathered and makes it durable (fdatasync). No more may be written. */
bool exh_staged_sync(struct exh_staged *staged, struct exh_error *err) EXH_CHECK;
/* Gives it its name, never over another file (RENAME_NOREPLACE), and syncs the directory. Syncs
 * first where exh_staged_sync was not called. On failure the staging file is removed at scope exit.
 * EXH_REFUSED: the name was taken meanwhile. */
bool exh_staged_commit(struct exh_staged *staged, struct exh_error *err) EXH_CHECK;
/* Removes what was not committed. Accepts EXH_STAGED_NONE and what a failed open left. */
void exh_staged_clear(struct exh_staged *staged);

/* Writes a small file in one go: staged, synced, committed. With @replace an existing file of that
 * name is replaced in one step, its readers seeing the old or the new; else EXH_REFUSED. */
bool exh_file_write(int directory, const char *name, const void *bytes, size_t size, mode_t mode, bool replace, struct exh_error *err) EXH_CHECK;
/* Makes a directory, private to the owner unless @mode says more; an existing one is EXH_REFUSED. */
bool exh_directory_make(int directory, const char *name, mode_t mode, struct exh_error *err) EXH_CHECK;
/* Makes every missing directory of @path. */
bool exh_directory_make_all(int directory, const char *path, mode_t mode, struct exh_error *err) EXH_CHECK;
bool exh_directory_sync(int directory, const char *what, struct exh_error *err) EXH_CHECK;
/* Renames, never over another, and syncs both directories. EXH_REFUSED when @to exists. */
bool exh_file_rename(int from_directory, const char *from, int to_directory, const char *to, struct exh_error *err) EXH_CHECK;
/* Removes one of our own staging trees. Links inside are removed, not followed. */
bool exh_tree_remove(int directory, const char *name, struct exh_error *err) EXH_CHECK;

/* ---- what it lies on ---- */

enum exh_carrier_kind { EXH_CARRIER_UNKNOWN, EXH_CARRIER_ROTATES, EXH_CARRIER_SOLID };
/* The medium behind a directory, as far as the system says: strings are NULL, and the kind unknown, where it does not. */
struct exh_carrier {
    char *file_system;                   /* "ext4" */
    char *device;                        /* "259:1": its numbers; NULL: no disk of this machine */
    char *vendor, *model, *serial;
    enum exh_carrier_kind kind;
};
#define EXH_CARRIER_NONE { .kind = EXH_CARRIER_UNKNOWN }
void exh_carrier_clear(struct exh_carrier *carrier);
void exh_carrier_describe(int fd, struct exh_carrier *ret_carrier);

/* ---- locks ---- */

/* Takes the lock file (made where missing) for this process alone, waiting at most @wait_ms.
 * The kernel lets it go when the process ends, however it ends. EXH_BUSY: another holds it.
 * @ret_fd: close to release (exh_fd_close). */
bool exh_lock_take(int directory, const char *name, int wait_ms, int *ret_fd, struct exh_error *err) EXH_CHECK;

#endif
