/* What the crypto tests share: vectors, files, and stock tools run beside ours. */
#ifndef CRYPTO_HELP_H
#define CRYPTO_HELP_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/crypto.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASSERT_DONE(call, err) do { if (!(call)) fail_msg("%s: %s", #call, (err)->text); } while (0)
#define ASSERT_FAILS(call, err, expected) do { \
    if (call) \
        fail_msg("%s: should have failed", #call); \
    if ((err)->kind != (expected)) \
        fail_msg("%s: kind %d, not %d: %s", #call, (err)->kind, (expected), (err)->text); \
    } while (0)

/* A whole file; ends the test where it cannot be read. */
static inline char *help_read(const char *path, size_t *ret_size)
{
    struct exh_text text = EXH_TEXT_NONE;
    char block[65536];
    FILE *file = fopen(path, "rb");
    size_t got;

    if (!file)
        fail_msg("cannot open %s", path);
    exh_text_puts(&text, "");
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        exh_text_add(&text, block, got);
    fclose(file);
    *ret_size = text.size;
    return exh_text_take(&text);
}

static inline void help_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Skips the test where the vectors are not on this machine; called before anything is allocated, because
 * skip() jumps over every cleanup. */
static inline void help_need_material(void)
{
    const char *root = getenv("EXHIBIT_MATERIAL");

    if (access(root ? root : "../shared/material", R_OK) != 0) {
        print_message("# skipped: no material\n");
        skip();
    }
}

/* A path below the vectors; skips the test where they are not on this machine. */
static inline char *help_material(const char *name)
{
    const char *root = getenv("EXHIBIT_MATERIAL");
    char *path = exh_format("%s/%s", root ? root : "../shared/material", name);

    if (access(path, R_OK) != 0) {
        print_message("# skipped: no %s\n", path);
        free(path);
        skip();
    }
    return path;
}

static inline void help_need(const char *tool)
{
    char *command = exh_format("command -v %s >/dev/null", tool);
    int status = system(command);

    free(command);
    if (status != 0) {
        print_message("# skipped: no %s\n", tool);
        skip();
    }
}

/* Runs a shell command in @directory, its words thrown away; true when it ends with 0. */
static inline bool help_run(const char *directory, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *words = exh_vformat(format, arguments);
    va_end(arguments);
    char *command = exh_format("cd '%s' && { %s; } >/dev/null 2>&1", directory, words);
    int status = system(command);
    free(command);
    free(words);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline int help_remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* A directory for one test, removed at scope exit. */
static inline void help_directory_free(char **path)
{
    nftw(*path, help_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(*path);
}

static inline char *help_directory(void)
{
    char *path = exh_strdup("/tmp/exhibit-crypto-XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}
#define HELP_DIRECTORY(name) EXH_CLEANUP(help_directory_free) char *name = help_directory()

static inline struct exh_secret_text *help_secret(const char *words)
{
    return exh_secret_text_new(words, strlen(words));
}

static inline int help_start(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    (void)state;
    return exh_crypto_init(&err) ? 0 : -1;
}

#endif
