/* repo: every file below objects/ read as the disk has it, named by a commit or not, and held against its own name or sum. */
#include "object.h"

#include "exhibit/crypto.h"
#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUM = 20, BLOCK = 1 << 20 };

struct checking {
    const char *path;                    /* of the repository */
    const char *folder;                  /* below objects/ that is visited: "a1", "pack" */
    struct exh_strings *problems;
};

/* ---- packs, and what belongs to them: the last 20 bytes are the SHA-1 of all before ---- */

static bool sum_of(int fd, const char *path, uint64_t size, uint8_t ret_sum[SUM], struct exh_error *err)
{
    EXH_CLEANUP(exh_digests_freep) struct exh_digests *digests = exh_digests_new();
    EXH_CLEANUP(exh_freep) uint8_t *block = exh_alloc(BLOCK);
    uint8_t all[EXH_ALGORITHMS][EXH_DIGEST_MOST];

    exh_digests_begin(digests, 1u << EXH_SHA1);
    for (uint64_t at = 0, part; at < size; at += part) {
        part = size - at < BLOCK ? size - at : BLOCK;
        if (!exh_fd_read_at(fd, path, at, block, (size_t)part, err))
            return false;
        exh_digests_add(digests, block, (size_t)part);
    }
    exh_digests_end(digests, all);
    memcpy(ret_sum, all[EXH_SHA1], SUM);
    return true;
}

/* @fd -1: it went away meanwhile, into another pack. */
static bool open_file(const char *path, int *ret_fd, struct stat *ret_facts, struct exh_error *err)
{
    *ret_fd = exh_system.open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
    if (*ret_fd < 0)
        return errno == ENOENT || exh_fail_os(err, "cannot open '%s'", path);
    if (fstat(*ret_fd, ret_facts))
        return exh_fail_os(err, "cannot look at '%s'", path);
    posix_fadvise(*ret_fd, 0, 0, POSIX_FADV_DONTNEED);
    return S_ISREG(ret_facts->st_mode) || exh_fail(err, EXH_MALFORMED, "it is no file");
}

static bool check_sum(const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    uint8_t sum[SUM], last[SUM];
    struct stat facts;

    if (!open_file(path, &fd, &facts, err) || fd < 0)
        return err->kind == EXH_OK;
    if (facts.st_size < SUM)
        return exh_fail(err, EXH_MALFORMED, "it is cut short");
    uint64_t size = (uint64_t)facts.st_size - SUM;
    if (!sum_of(fd, path, size, sum, err) || !exh_fd_read_at(fd, path, size, last, SUM, err))
        return false;
    return memcmp(sum, last, SUM) == 0 || exh_fail(err, EXH_MALFORMED, "its bytes are not those that its sum is of");
}

/* ---- objects in files of their own ---- */

static bool check_loose(const struct checking *in, const char *name, const char *path, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *oid = exh_format("%s%s", in->folder, name), *bytes = NULL;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    git_object_t type;
    struct stat facts;
    size_t size;

    if (!open_file(path, &fd, &facts, err) || fd < 0)
        return err->kind == EXH_OK;
    return exh_loose_read(in->path, oid, &bytes, &size, &type, err);
}

/* ---- each file ---- */

static bool is_hex(const char *name, size_t digits)
{
    return strlen(name) == digits && strspn(name, "0123456789abcdef") == digits;
}

static bool has_sum(const char *name)
{
    static const char *const endings[] = { ".pack", ".idx", ".rev", ".bitmap" };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < EXH_COUNT(endings); i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return strcmp(name, "multi-pack-index") == 0;
}

/* Files on their way have other names: they are no part of the repository yet. */
static bool check_file(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error wrong = EXH_ERROR_NONE;
    const struct checking *in = context;
    bool packs = strcmp(in->folder, "pack") == 0;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects/%s/%s", in->path, in->folder, name);

    (void)kind, (void)err;
    if (packs ? has_sum(name) && !check_sum(path, &wrong) : is_hex(name, 38) && !check_loose(in, name, path, &wrong))
        exh_strings_addf(in->problems, "'%s' is damaged: %s", path, wrong.text);
    return true;
}

static bool check_folder(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct checking *in = context;
    struct checking within = { in->path, name, in->problems };
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects/%s", in->path, name);

    if (kind != DT_DIR || (strcmp(name, "pack") != 0 && !is_hex(name, 2)))
        return true;
    if (exh_directory_visit(AT_FDCWD, path, check_file, &within, err))
        return true;
    if (err->os != ENOENT)
        return false;
    exh_error_clear(err);                /* emptied by packing, and removed */
    return true;
}

bool exh_repo_check_objects(struct exh_repo *repo, struct exh_strings *problems, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects", repo->path);
    struct checking checking = { repo->path, NULL, problems };

    return exh_directory_visit(AT_FDCWD, path, check_folder, &checking, err);
}
