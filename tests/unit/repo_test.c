/* repo: what the git adapter promises. Stock git is the judge wherever it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/file.h"
#include "exhibit/repo.h"
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURE "-----BEGIN SSH SIGNATURE-----\nAAAA\n\nBBBB\n-----END SSH SIGNATURE-----\n"

/* A directory of each test's own, and a repository in it. */
struct place {
    char directory[64];
    char path[96];
    struct exh_error err;
};

static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    strcpy(place->directory, "/tmp/exhibit-repo-XXXXXX");
    if (!mkdtemp(place->directory))
        return -1;
    snprintf(place->path, sizeof place->path, "%s/custody.git", place->directory);
    *state = place;
    return 0;
}

static int run(const char *format, ...) EXH_PRINTF(1, 2);
static int run(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    return system(command);
}

static int tear_down(void **state)
{
    struct place *place = *state;

    run("rm -rf '%s'", place->directory);
    exh_error_clear(&place->err);
    free(place);
    return 0;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void assert_fails(struct place *place, bool done, enum exh_kind kind, const char *words)
{
    assert_false(done);
    if (place->err.kind != kind || !strstr(place->err.text, words))
        print_error("kind %d, words: %s\n", place->err.kind, place->err.text);
    assert_int_equal(place->err.kind, kind);
    assert_non_null(strstr(place->err.text, words));
    exh_error_clear(&place->err);
}

static struct exh_repo *opened(struct place *place)
{
    struct exh_repo *repo = NULL;

    if ((access(place->path, F_OK) && !exh_repo_create(place->path, "custody", &place->err))
        || !exh_repo_open(place->path, "custody", &repo, &place->err))
        fail_msg("%s", place->err.text);
    return repo;
}

static bool sign_plainly(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    char **ret_signed = context;

    (void)err;
    if (ret_signed) {
        free(*ret_signed);
        *ret_signed = exh_strndup(bytes, size);
    }
    *ret_signature = exh_strdup(SIGNATURE);
    return true;
}

static bool sign_not(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    (void)context, (void)bytes, (void)size, (void)err;
    *ret_signature = exh_strdup("");
    return true;
}

static bool refuse_to_sign(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    (void)context, (void)bytes, (void)size, (void)ret_signature;
    return exh_fail(err, EXH_IO, "the token was pulled out");
}

static const char *const entry_only[] = { "entry.json" };

static struct exh_repo_commit draft(const char *parent, const char *bytes)
{
    return (struct exh_repo_commit){ .parent = parent, .files = { { "entry.json", bytes, strlen(bytes) } }, .file_count = 1,
        .message = "#0 a b\n\nx: y\n", .author = "exhibit SHA256:a+b/c", .email = "0@custody.invalid",
            .time = 1795341550,
        .sign = sign_plainly };
}

static void add(struct place *place, struct exh_repo *repo, char head[EXH_OID_DIGITS], const char *bytes)
{
    struct exh_repo_commit commit = draft(head, bytes);
    char oid[EXH_OID_DIGITS];

    if (!exh_repo_add(repo, &commit, oid, &place->err))
        fail_msg("%s", place->err.text);
    memcpy(head, oid, sizeof oid);
}

/* What a walk saw, oldest last. */
struct seen { size_t count; char files[8][64]; struct exh_repo_visit last; char *message, *signed_bytes, *author; };

static bool look(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct seen *seen = context;

    (void)err;
    assert_true(seen->count < 8);
    snprintf(seen->files[seen->count++], 64, "%s", commit->files[0].bytes ? (const char *)commit->files[0].bytes : "-");
    free(seen->message), free(seen->signed_bytes), free(seen->author);
    seen->last = *commit;
    seen->message = exh_strdup(commit->message);
    seen->author = exh_strdup(commit->author);
    seen->signed_bytes = exh_strndup(commit->signed_bytes, commit->signed_size);
    if (commit->signature)
        assert_string_equal(commit->signature, SIGNATURE);
    return true;
}

static void clear_seen(struct seen *seen)
{
    free(seen->message), free(seen->signed_bytes), free(seen->author);
}

/* ---- making and opening ---- */

static void a_repository_is_not_made_over_something(void **state)
{
    struct place *place = *state;

    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_fails(place, exh_repo_create(place->path, "custody", &place->err), EXH_REFUSED, "exists already");
    assert_int_equal(rmdir(place->path), 0);
}

static void a_repository_that_cannot_be_made_leaves_nothing(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/none/custody.git", place->directory);

    assert_false(exh_repo_create(path, "custody", &place->err));
    assert_int_equal(place->err.kind, EXH_IO);
    EXH_CLEANUP(exh_freep) char *left = output_of("ls -A '%s'", place->directory);
    assert_string_equal(left, "");
}

static void a_missing_repository_and_a_foreign_directory_are_told_apart(void **state)
{
    struct place *place = *state;
    struct exh_repo *repo = NULL;

    assert_fails(place, exh_repo_open(place->path, "custody", &repo, &place->err), EXH_IO, "no repository");
    assert_fails(place, exh_repo_open(place->directory, "custody", &repo, &place->err), EXH_MALFORMED,
                 "not a repository");
    assert_null(repo);
}

static void a_new_repository_is_one_that_git_agrees_with(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS];

    assert_true(exh_repo_head(repo, head, &place->err));
    assert_string_equal(head, "");
    EXH_CLEANUP(exh_freep) char *branch = output_of("git -C '%s' symbolic-ref HEAD", place->path);
    assert_string_equal(branch, "refs/heads/custody");
    EXH_CLEANUP(exh_freep) char *denies = output_of("git -C '%s' config --bool --get-regexp '^receive'", place->path);
    assert_string_equal(denies, "receive.denynonfastforwards true\nreceive.denydeletes true");
    EXH_CLEANUP(exh_freep) char *left = output_of("ls -A '%s'", place->directory);
    assert_string_equal(left, "custody.git");
}

static void the_configuration_of_the_user_is_not_read(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "";

    /* The user's file is one that nothing can read: see main. */
    add(place, repo, head, "one");
}

static void marks_that_change_history_are_refused(void **state)
{
    static const char *const marks[] = { "info/grafts", "shallow", "objects/info/alternates", "commondir" };
    struct place *place = *state;
    struct exh_repo *repo = opened(place);

    exh_repo_freep(&repo);
    for (size_t i = 0; i < EXH_COUNT(marks); i++) {
        EXH_CLEANUP(exh_freep) char *mark = exh_format("%s/%s", place->path, marks[i]);
        run("mkdir -p '%s/objects/info'", place->path);
        write_file(mark, "x\n", 2);
        assert_fails(place, exh_repo_open(place->path, "custody", &repo, &place->err), EXH_MALFORMED, marks[i]);
        unlink(mark);
    }
    repo = opened(place);
    exh_repo_freep(&repo);
}

static void a_replaced_object_is_refused(void **state)
{
    struct place *place = *state;
    struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "", second[EXH_OID_DIGITS];

    add(place, repo, head, "one");
    memcpy(second, head, sizeof second);
    add(place, repo, second, "two");
    exh_repo_freep(&repo);
    assert_int_equal(run("git -C '%s' replace -f %s %s", place->path, second, head), 0);
    assert_fails(place, exh_repo_open(place->path, "custody", &repo, &place->err), EXH_MALFORMED, "refs/replace/");
}

/* ---- adding ---- */

static void an_unsigned_commit_is_never_added(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    struct exh_repo_commit commit = draft("", "x");
    char oid[EXH_OID_DIGITS];

    commit.sign = sign_not;
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_REFUSED, "not signed");
    commit.sign = refuse_to_sign;
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_IO, "the token was pulled out");
    assert_true(exh_repo_head(repo, oid, &place->err));
    assert_string_equal(oid, "");
}

static void a_head_that_moved_on_is_busy(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "", oid[EXH_OID_DIGITS];
    struct exh_repo_commit commit = draft("", "other");

    add(place, repo, head, "one");
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_BUSY, "moved on");
    commit.parent = "0123456789012345678901234567890123456789";
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_BUSY, "moved on");
}

/* Moves the branch while the commit is being signed: between our look at the head and the swap. */
static bool sign_late(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    const struct place *place = context;

    (void)bytes, (void)size, (void)err;
    run("git -C '%s' update-ref refs/heads/custody \"$(git -C '%s' rev-parse custody^)\"", place->path, place->path);
    *ret_signature = exh_strdup(SIGNATURE);
    return true;
}

static void a_head_that_moves_at_the_last_moment_is_busy_and_kept(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char first[EXH_OID_DIGITS] = "", head[EXH_OID_DIGITS], oid[EXH_OID_DIGITS];

    add(place, repo, first, "one");
    memcpy(head, first, sizeof head);
    add(place, repo, head, "two");
    struct exh_repo_commit commit = draft(head, "three");
    commit.sign = sign_late;
    commit.context = place;
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_BUSY, "moved on");
    assert_true(exh_repo_head(repo, oid, &place->err));
    assert_string_equal(oid, first);
}

static void leave_lock(const struct place *place, time_t age, size_t size)
{
    EXH_CLEANUP(exh_freep) char *lock = exh_format("%s/refs/heads/custody.lock", place->path);
    struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(size);

    write_file(lock, bytes, size);
    assert_int_equal(utimensat(AT_FDCWD, lock, times, 0), 0);
}

static void a_lock_that_a_killed_writer_left_is_taken_away(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "";

    leave_lock(place, 10, 0);
    add(place, repo, head, "one");
    leave_lock(place, 10, 41);
    add(place, repo, head, "two");
}

static void a_lock_that_is_new_is_waited_for(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *seen = exh_format("%s/seen", place->directory);
    char head[EXH_OID_DIGITS] = "";

    leave_lock(place, 0, 41);
    run("(sleep .3; cd '%s' && test -e refs/heads/custody.lock && touch '%s' && rm refs/heads/custody.lock) &",
        place->path, seen);
    add(place, repo, head, "one");
    assert_int_equal(access(seen, F_OK), 0);
}

static void a_lock_that_is_no_reference_is_left_alone_and_named(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    struct exh_repo_commit commit = draft("", "one");
    char oid[EXH_OID_DIGITS];

    leave_lock(place, 10, 42);
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_BUSY, "refs/heads/custody.lock");
    EXH_CLEANUP(exh_freep) char *lock = exh_format("%s/refs/heads/custody.lock", place->path);
    assert_int_equal(access(lock, F_OK), 0);
}

static void a_repository_that_is_gone_since_it_was_opened_takes_nothing(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_repo_batch_freep) struct exh_repo_batch *batch = NULL;
    EXH_CLEANUP(exh_freep) char *away = exh_format("%s.away", place->path);
    struct exh_repo_commit commit = draft("", "{}\n");
    char oid[EXH_OID_DIGITS];

    assert_int_equal(rename(place->path, away), 0);
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_IO, "a second time");
    assert_fails(place, exh_repo_batch_begin(repo, &batch, &place->err), EXH_IO, "a second time");
    assert_int_equal(access(place->path, F_OK), -1);
    assert_int_equal(rename(away, place->path), 0);
    assert_true(exh_repo_add(repo, &commit, oid, &place->err));
}

static void a_file_over_the_limit_is_not_added(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc((2 << 20) + 2);
    char oid[EXH_OID_DIGITS];

    memset(bytes, 'x', (2 << 20) + 1);
    struct exh_repo_commit commit = draft("", bytes);
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_USAGE, "larger than");
}

static void what_was_added_is_what_git_and_a_walk_read(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    EXH_CLEANUP(exh_freep) char *given = NULL;
    char head[EXH_OID_DIGITS] = "", oid[EXH_OID_DIGITS];

    add(place, repo, head, "first\n");
    struct exh_repo_commit commit = draft(head, "second\n");
    commit.context = &given;
    assert_true(exh_repo_add(repo, &commit, oid, &place->err));
    assert_int_equal(run("git -C '%s' fsck --full --strict 2>&1 | grep -v notice | grep . && exit 1 || exit 0",
                         place->path), 0);
    EXH_CLEANUP(exh_freep) char *log = output_of("git -C '%s' log --format='%%H %%an %%ae %%cn %%ct %%s'", place->path);
    EXH_CLEANUP(exh_freep) char *expected = exh_format(
        "%s exhibit SHA256:a+b/c 0@custody.invalid exhibit SHA256:a+b/c 1795341550 #0 a b\n"
        "%s exhibit SHA256:a+b/c 0@custody.invalid exhibit SHA256:a+b/c 1795341550 #0 a b", oid, head);
    assert_string_equal(log, expected);
    EXH_CLEANUP(exh_freep) char *file = output_of("git -C '%s' show custody:entry.json", place->path);
    assert_string_equal(file, "second");
    assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.files[0], "second\n");
    assert_string_equal(seen.files[1], "first\n");
    assert_string_equal(seen.message, "#0 a b\n\nx: y\n");
    assert_string_equal(seen.author, "exhibit SHA256:a+b/c <0@custody.invalid> 1795341550 +0000");
    assert_int_equal(seen.last.time, 1795341550);
    assert_int_equal(seen.last.parent_count, 0);
    assert_null(seen.last.irregular);
}

static bool keep_first(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    char **ret_signed = context;

    (void)err;
    if (!*ret_signed)
        *ret_signed = exh_strndup(commit->signed_bytes, commit->signed_size);
    return true;
}

static void the_signed_bytes_read_are_those_that_were_signed(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *given = NULL, *read = NULL;
    struct exh_repo_commit commit = draft("", "one");
    char oid[EXH_OID_DIGITS];

    commit.context = &given;
    assert_true(exh_repo_add(repo, &commit, oid, &place->err));
    assert_true(exh_repo_walk(repo, entry_only, 1, keep_first, &read, &place->err));
    assert_string_equal(read, given);
}

static int no_sync(int fd)
{
    (void)fd;
    errno = EIO;
    return -1;
}

static void what_cannot_be_made_durable_is_not_done(void **state)
{
    static const struct exh_config_value value = { "core.zone", "UTC" };
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *other = exh_format("%s/other.git", place->directory);
    EXH_CLEANUP(exh_freep) char *config = exh_format("%s/config", place->directory);
    struct exh_repo_commit commit = draft("", "one");
    char oid[EXH_OID_DIGITS];

    exh_system.fsync = no_sync;
    bool added = exh_repo_add(repo, &commit, oid, &place->err);
    exh_system.fsync = fsync;
    assert_fails(place, added, EXH_IO, "durable");
    assert_true(exh_repo_head(repo, oid, &place->err));
    assert_string_equal(oid, "");
    exh_system.fsync = no_sync;
    bool made = exh_repo_create(other, "custody", &place->err);
    exh_system.fsync = fsync;
    assert_fails(place, made, EXH_IO, "sync");
    exh_system.fsync = no_sync;
    bool written = exh_config_write(config, &value, 1, &place->err);
    exh_system.fsync = fsync;
    assert_fails(place, written, EXH_IO, "durable");
    EXH_CLEANUP(exh_freep) char *left = output_of("ls -A '%s'", place->directory);
    assert_string_equal(left, "custody.git");
}

/* ---- walking ---- */

static void an_empty_branch_is_walked_without_a_visit(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };

    assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
    assert_int_equal(seen.count, 0);
}

static bool stop(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    (void)context, (void)commit;
    return exh_fail(err, EXH_NO, "enough");
}

static void a_visitor_can_stop_the_walk(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "";

    add(place, repo, head, "one");
    assert_fails(place, exh_repo_walk(repo, entry_only, 1, stop, NULL, &place->err), EXH_NO, "enough");
}

static void a_branch_that_is_a_link_is_refused(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS];

    run("git -C '%s' symbolic-ref refs/heads/custody refs/heads/other", place->path);
    assert_fails(place, exh_repo_head(repo, head, &place->err), EXH_MALFORMED, "link");
}

/* Overwrites the loose object with @bytes. */
static void spoil(const struct place *place, const char *oid, const char *bytes)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/objects/%.2s/%s", place->path, oid, oid + 2);

    assert_int_equal(chmod(path, 0600), 0);
    write_file(path, bytes, strlen(bytes));
}

static void a_missing_or_damaged_object_is_named_with_how_far_the_walk_came(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    char head[EXH_OID_DIGITS] = "", first[EXH_OID_DIGITS];

    add(place, repo, head, "one");
    memcpy(first, head, sizeof first);
    add(place, repo, head, "two");
    spoil(place, first, "junk");
    assert_false(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
    assert_int_equal(place->err.kind, EXH_MALFORMED);
    assert_non_null(strstr(place->err.text, first));
    assert_non_null(strstr(place->err.text, "1 commits behind the head"));
    assert_int_equal(seen.count, 1);
}

static void an_object_that_is_not_what_its_name_says_is_damaged(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    char head[EXH_OID_DIGITS] = "";

    add(place, repo, head, "one");
    EXH_CLEANUP(exh_freep) char *blob = output_of("git -C '%s' rev-parse custody:entry.json", place->path);
    EXH_CLEANUP(exh_freep) char *other = output_of("printf two | git -C '%s' hash-object -w --stdin", place->path);
    run("cd '%s/objects' && cp -f %.2s/%s %.2s/%s", place->path, other, other + 2, blob, blob + 2);
    assert_fails(place, exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err), EXH_MALFORMED, blob);
}

/* Makes a commit object of these bytes the head; %s in it is a tree of one file. */
static void forge(const struct place *place, const char *tree, const char *format)
{
    EXH_CLEANUP(exh_freep) char *file = exh_format("%s/commit", place->directory);
    EXH_CLEANUP(exh_freep) char *bytes = exh_format("tree %s\n%s", tree, format);

    write_file(file, bytes, strlen(bytes));
    run("cd '%s' && printf '%%s\\n' \"$(git hash-object -w --literally -t commit '%s')\" >refs/heads/custody",
        place->path, file);
}

static char *tree_of(const struct place *place, const char *lines)
{
    return output_of("cd '%s' && blob=$(printf x | git hash-object -w --stdin) && printf '%s' $blob $blob | git mktree",
                     place->path, lines);
}

static void a_tree_of_anything_but_one_regular_file_is_shown_as_no_file(void **state)
{
    static const char *const trees[] = { "100755 blob %s\\tentry.json\\n", "120000 blob %s\\tentry.json\\n",
        "100644 blob %s\\tother.json\\n",
                                         "100644 blob %s\\tentry.json\\n100644 blob %s\\tmore.json\\n" };
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);

    for (size_t i = 0; i < EXH_COUNT(trees); i++) {
        EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
        EXH_CLEANUP(exh_freep) char *tree = i < 3
            ? output_of("cd '%s' && blob=$(printf x | git hash-object -w --stdin) && printf \"%s\" $blob | git mktree",
                        place->path, trees[i])
            : tree_of(place, trees[i]);
        forge(place, tree, "author a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nm\n");
        assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
        assert_int_equal(seen.count, 1);
        assert_string_equal(seen.files[0], "-");
    }
}

static void a_commit_in_another_form_is_called_irregular(void **state)
{
    static const char *const forms[] = {
        "author a <b> 1 +0000\ncommitter a <b> 1 +0000\nencoding x\n\nm\n",
        "author a <b> 1 +0000\ncommitter a <b> 1 +0000\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n \n BBBB\n"
            " -----END SSH SIGNATURE-----\ngpgsig x\n\nm\n",
        "author a <b> 1 +0000\ncommitter a <b> 1x +0000\n\nm\n",
        "author a <b> 1 +0000\ncommitter a <b>\n\nm\n",
    };
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *tree = output_of(
        "cd '%s' && printf '100644 blob %%s\\tentry.json\\n' $(printf x | git hash-object -w --stdin) | git mktree",
            place->path);

    for (size_t i = 0; i < EXH_COUNT(forms); i++) {
        EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
        forge(place, tree, forms[i]);
        assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
        assert_non_null(seen.last.irregular);
        assert_string_equal(seen.files[0], "x");
    }
}

static void what_is_no_commit_is_malformed(void **state)
{
    static const char *const forms[] = { "", "\n", "author a <b> 1 +0000\n",
        "committer a <b> 1 +0000\nauthor a <b> 1 +0000\n\nm\n",
        "parent 0123\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nm\n",
            "author a <b> 1 +0000\ncommitter a <b> 1 +0000\n",
        "author a <b> 1 +0000\ncommitter a <b> 1 +0000\ngpgsig x\n y" };
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(exh_freep) char *tree = output_of(
        "cd '%s' && printf '100644 blob %%s\\tentry.json\\n' $(printf x | git hash-object -w --stdin) | git mktree",
            place->path);

    for (size_t i = 0; i < EXH_COUNT(forms); i++) {
        EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
        forge(place, tree, forms[i]);
        assert_fails(place, exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err), EXH_MALFORMED,
                     "0 behind the head");
    }
}

static void a_commit_with_a_nul_is_malformed(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };

    run("cd '%s' && tree=$(git mktree </dev/null) && printf 'tree %%s\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n"
        "\nm\\000n\n' $tree | git hash-object -w --literally -t commit --stdin >refs/heads/custody", place->path);
    assert_fails(place, exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err), EXH_MALFORMED, "has a NUL");
}

static void an_object_of_another_kind_is_malformed(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    EXH_CLEANUP(exh_freep) char *blob = output_of("printf x | git -C '%s' hash-object -w --stdin", place->path);

    forge(place, blob, "author a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nm\n");
    assert_fails(place, exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err), EXH_MALFORMED,
                 "is a blob, not a tree");
}

static void a_merge_shows_its_parents(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    struct seen seen = { 0 };
    char head[EXH_OID_DIGITS] = "";

    add(place, repo, head, "one");
    run("cd '%s' && git update-ref refs/heads/custody $(git -c user.name=a -c user.email=b commit-tree -p custody "
        "-p $(git -c user.name=a -c user.email=b commit-tree -m r custody^{tree}) -m m custody^{tree})", place->path);
    assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
    assert_int_equal(seen.count, 2);
    clear_seen(&seen);
}

static void a_blob_that_unpacks_past_the_limit_is_refused(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    EXH_CLEANUP(exh_freep) char *tree = output_of("cd '%s' && printf '100644 blob %%s\\tentry.json\\n' "
        "$(head -c 50000000 /dev/zero | git hash-object -w --stdin) | git mktree", place->path);

    forge(place, tree, "author a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nm\n");
    assert_fails(place, exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err), EXH_MALFORMED, "larger than");
}

static void packed_history_reads_the_same(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };
    struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "";

    add(place, repo, head, "one");
    add(place, repo, head, "two");
    exh_repo_freep(&repo);
    assert_int_equal(run("git -C '%s' gc -q --prune=now", place->path), 0);
    repo = opened(place);
    add(place, repo, head, "three");
    assert_true(exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err));
    assert_int_equal(seen.count, 3);
    exh_repo_freep(&repo);
}

/* Reads the history of two entries; true where it is there, and then it is the right one. */
static bool walks(struct place *place)
{
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = opened(place);
    EXH_CLEANUP(clear_seen) struct seen seen = { 0 };

    if (exh_repo_walk(repo, entry_only, 1, look, &seen, &place->err)) {
        assert_int_equal(seen.count, 2);
        assert_string_equal(seen.files[0], "two");
        assert_string_equal(seen.files[1], "one");
        return true;
    }
    assert_true(place->err.kind == EXH_MALFORMED || place->err.kind == EXH_IO);
    exh_error_clear(&place->err);
    return false;
}

static void an_object_cut_short_anywhere_is_damaged(void **state)
{
    struct place *place = *state;
    struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "", *bytes = NULL;
    size_t size;

    add(place, repo, head, "one");
    add(place, repo, head, "two");
    exh_repo_freep(&repo);
    EXH_CLEANUP(exh_freep) char *file = exh_format("%s/objects/%.2s/%s", place->path, head, head + 2);
    assert_true(exh_file_read(AT_FDCWD, file, 4096, &bytes, &size, &place->err));
    assert_int_equal(chmod(file, 0600), 0);
    for (size_t cut = 0; cut < size; cut++) {
        write_file(file, bytes, cut);
        assert_false(walks(place));
    }
    write_file(file, bytes, size);
    assert_true(walks(place));
    run("printf x >>'%s'", file);
    assert_false(walks(place));
    free(bytes);
}

/* Each byte of the one file below objects/pack that ends so, changed in two ways, then each length. */
static size_t try_changes(struct place *place, const char *ending)
{
    EXH_CLEANUP(exh_freep) char *file = output_of("ls '%s'/objects/pack/*.%s", place->path, ending), *bytes = NULL;
    size_t size, harmless = 0;

    assert_true(exh_file_read(AT_FDCWD, file, 1 << 20, &bytes, &size, &place->err));
    assert_int_equal(chmod(file, 0600), 0);
    for (size_t i = 0; i < 2 * size; i++) {
        char was = bytes[i / 2];
        bytes[i / 2] = (char)(was ^ (i % 2 ? 0xff : 1));
        write_file(file, bytes, size);
        harmless += walks(place);
        bytes[i / 2] = was;
    }
    for (size_t cut = 0; cut < size; cut++) {
        write_file(file, bytes, cut);
        harmless += walks(place);
    }
    write_file(file, bytes, size);
    assert_true(walks(place));
    return harmless;
}

static void a_pack_or_its_index_changed_in_any_byte_gives_no_other_history(void **state)
{
    struct place *place = *state;
    struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "";

    add(place, repo, head, "one");
    add(place, repo, head, "two");
    exh_repo_freep(&repo);
    assert_int_equal(run("git -C '%s' gc -q --prune=now", place->path), 0);
    assert_true(walks(place));
    /* What neither looks at: of the index the checksums. */
    assert_in_range(try_changes(place, "pack"), 0, 100);
    assert_true(try_changes(place, "idx") > 0);
}

static void nothing_is_added_where_an_index_leads_out_of_its_pack(void **state)
{
    struct place *place = *state;
    struct exh_repo *repo = opened(place);
    char head[EXH_OID_DIGITS] = "", oid[EXH_OID_DIGITS];

    add(place, repo, head, "one");
    exh_repo_freep(&repo);
    assert_int_equal(run("git -C '%s' gc -q --prune=now", place->path), 0);
    repo = opened(place);
    assert_int_equal(run("cd '%s'/objects/pack && chmod u+w *.idx && printf '\\177' | dd of=$(ls *.idx) bs=1 conv=notrunc seek=$(($(stat -c %%s *.idx) - 44)) "
                         "status=none", place->path), 0);
    struct exh_repo_commit commit = draft(head, "two");
    assert_fails(place, exh_repo_add(repo, &commit, oid, &place->err), EXH_MALFORMED, "outside of the pack");
    exh_repo_freep(&repo);
}

/* ---- configuration files ---- */

struct heard { char words[512]; };

static bool hear(void *context, const char *name, const char *value, struct exh_error *err)
{
    struct heard *heard = context;
    size_t used = strlen(heard->words);

    (void)err;
    snprintf(heard->words + used, sizeof heard->words - used, "%s=%s;", name, value);
    return true;
}

static char *config_path(const struct place *place)
{
    return exh_format("%s/config", place->directory);
}

static void a_config_gives_its_values_in_order(void **state)
{
    static const char words[] = "# [include] c\n[camera \"Wis.B\"]\n\tPath = x ; c\n\tflag\n\tpath = \"y z \"\n"
                                "[a]k=1\n[a][b]\nk=[include]\n";
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);
    struct heard heard = { "" };

    /* The value above is refused: only without it does the file read. */
    write_file(path, words, strlen(words));
    assert_fails(place, exh_config_read(path, hear, &heard, &place->err), EXH_MALFORMED, "line 8");
    write_file(path, words, strlen(words) - strlen("k=[include]\n"));
    assert_true(exh_config_read(path, hear, &heard, &place->err));
    assert_string_equal(heard.words, "camera.Wis.B.path=x;camera.Wis.B.flag=true;camera.Wis.B.path=y z ;a.k=1;");
}

static void a_broken_config_is_refused_with_its_line(void **state)
{
    static const struct { const char *words; const char *says; } cases[] = {
        { "[a]\nk=1\n[b\n", "line 3" },
        { "[a]\nk_=1\n", "line 2" },
        { "[a]\nk=1\n[include]\npath=/etc/passwd\n", "line 3" },
        { "[a] [InClude]\npath=/etc/passwd\n", "line 1" },
        { "\xef\xbb\xbf[include]\npath=x\n", "not included" },
        { "[includeIf \"gitdir:/\"]\npath=x\n", "not included" },
    };
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);

    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        struct heard heard = { "" };
        write_file(path, cases[i].words, strlen(cases[i].words));
        assert_fails(place, exh_config_read(path, hear, &heard, &place->err), EXH_MALFORMED, cases[i].says);
        assert_string_equal(heard.words, "");
    }
    write_file(path, "[a]\nk=1\0x\n", 10);
    assert_fails(place, exh_config_read(path, hear, NULL, &place->err), EXH_MALFORMED, "line 2: holds a NUL");
    unlink(path);
    assert_fails(place, exh_config_read(path, hear, NULL, &place->err), EXH_IO, "config");
}

static void a_config_in_memory_is_read_and_refused_like_a_file(void **state)
{
    static const char words[] = "[a]\nk = 1\n[b]\nl = 2\n", broken[] = "[a]\nk=1\n[b\n", nul[] = "[a]\nk=1\n\0[b]\nl=2\n";
    struct place *place = *state;
    struct heard heard = { "" }, part = { "" };

    assert_true(exh_config_parse("memory", words, strlen(words), hear, &heard, &place->err));
    assert_string_equal(heard.words, "a.k=1;b.l=2;");
    /* No more than @size bytes of it. */
    assert_true(exh_config_parse("memory", words, strlen("[a]\nk = 1\n"), hear, &part, &place->err));
    assert_string_equal(part.words, "a.k=1;");
    assert_fails(place, exh_config_parse("memory", broken, strlen(broken), hear, NULL, &place->err), EXH_MALFORMED, "'memory' line 3");
    assert_fails(place, exh_config_parse("memory", nul, sizeof nul - 1, hear, NULL, &place->err), EXH_MALFORMED, "line 3: holds a NUL");
    assert_fails(place, exh_config_parse("memory", "[include]\npath=x\n", 17, hear, NULL, &place->err), EXH_MALFORMED, "not included");
}

static void values_are_set_and_the_rest_stays(void **state)
{
    static const char before[] = "# mine\n[core]\n\tzone = UTC ; kept\n\n[camera \"a\"]\n\tname = A\n";
    static const struct exh_config_value values[] = {
        { "core.zone", "Europe/London" },
        { "camera.wis-12.name", " Market \"Place\"; #1 \\ \t" },
        { "camera.a.town", "Wisbech\nand more" },
    };
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);
    struct heard heard = { "" };

    write_file(path, before, strlen(before));
    chmod(path, 0640);
    assert_true(exh_config_write(path, values, EXH_COUNT(values), &place->err));
    assert_true(exh_config_read(path, hear, &heard, &place->err));
    assert_string_equal(heard.words, "core.zone=Europe/London;camera.a.name=A;camera.a.town=Wisbech\nand more;"
                        "camera.wis-12.name= Market \"Place\"; #1 \\ \t;");
    EXH_CLEANUP(exh_freep) char *by_git = output_of("git config -f '%s' camera.wis-12.name", path);
    assert_string_equal(by_git, " Market \"Place\"; #1 \\ \t");
    EXH_CLEANUP(exh_freep) char *kept = output_of("head -1 '%s'; stat -c %%a '%s'; ls -A '%s'", path, path,
                                                  place->directory);
    assert_string_equal(kept, "# mine\n640\nconfig");
}

static void a_missing_config_is_made(void **state)
{
    static const struct exh_config_value value = { "core.zone", "UTC" };
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);
    struct heard heard = { "" };

    assert_true(exh_config_write(path, &value, 1, &place->err));
    assert_true(exh_config_read(path, hear, &heard, &place->err));
    assert_string_equal(heard.words, "core.zone=UTC;");
}

static void what_the_syntax_cannot_hold_changes_nothing(void **state)
{
    static const struct exh_config_value bad[] = {
        { "camera.a\"]\n[core.zone", "x" }, { "nodot", "x" }, { "core.a b", "x" }, { "core.x", "[include]" },
        { "camera.a\nb.c", "x" },
    };
    static const char before[] = "[core]\n\tzone = UTC\n";
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);

    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        const struct exh_config_value values[] = { { "core.zone", "other" }, bad[i] };
        write_file(path, before, strlen(before));
        assert_fails(place, exh_config_write(path, values, 2, &place->err), EXH_USAGE, "cannot");
        EXH_CLEANUP(exh_freep) char *after = output_of("cat '%s'; ls -A '%s'", path, place->directory);
        assert_string_equal(after, "[core]\n\tzone = UTC\nconfig");
    }
}

static void a_config_that_is_broken_already_is_not_written_to(void **state)
{
    static const struct exh_config_value value = { "core.zone", "UTC" };
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *path = config_path(place);

    write_file(path, "[core\n", 6);
    assert_fails(place, exh_config_write(path, &value, 1, &place->err), EXH_MALFORMED, "line 1");
    EXH_CLEANUP(exh_freep) char *after = output_of("cat '%s'; ls -A '%s'", path, place->directory);
    assert_string_equal(after, "[core\nconfig");
}

/* libgit2 looks for the user's configuration as it begins: that is done here once, with one that would stop it.
 * The directory it is in; free with free(). */
static char *begin_with_a_broken_configuration(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *home = exh_strdup(getenv("HOME"));
    char directory[] = "/tmp/exhibit-repo-home-XXXXXX";
    struct exh_repo *repo;

    assert_non_null(mkdtemp(directory));
    run("echo '[broken' >'%s/.gitconfig'", directory);
    setenv("HOME", directory, 1);
    assert_false(exh_repo_open("/nonexistent", "custody", &repo, &err));
    if (home)
        setenv("HOME", home, 1);
    return exh_strdup(directory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_repository_is_not_made_over_something),
        TEST(a_repository_that_cannot_be_made_leaves_nothing),
        TEST(a_missing_repository_and_a_foreign_directory_are_told_apart),
        TEST(a_new_repository_is_one_that_git_agrees_with),
        TEST(the_configuration_of_the_user_is_not_read),
        TEST(marks_that_change_history_are_refused),
        TEST(a_replaced_object_is_refused),
        TEST(an_unsigned_commit_is_never_added),
        TEST(a_head_that_moved_on_is_busy),
        TEST(a_head_that_moves_at_the_last_moment_is_busy_and_kept),
        TEST(a_lock_that_a_killed_writer_left_is_taken_away),
        TEST(a_lock_that_is_new_is_waited_for),
        TEST(a_lock_that_is_no_reference_is_left_alone_and_named),
        TEST(a_repository_that_is_gone_since_it_was_opened_takes_nothing),
        TEST(a_file_over_the_limit_is_not_added),
        TEST(what_was_added_is_what_git_and_a_walk_read),
        TEST(the_signed_bytes_read_are_those_that_were_signed),
        TEST(what_cannot_be_made_durable_is_not_done),
        TEST(an_empty_branch_is_walked_without_a_visit),
        TEST(a_visitor_can_stop_the_walk),
        TEST(a_branch_that_is_a_link_is_refused),
        TEST(a_missing_or_damaged_object_is_named_with_how_far_the_walk_came),
        TEST(an_object_that_is_not_what_its_name_says_is_damaged),
        TEST(a_tree_of_anything_but_one_regular_file_is_shown_as_no_file),
        TEST(a_commit_in_another_form_is_called_irregular),
        TEST(what_is_no_commit_is_malformed),
        TEST(a_commit_with_a_nul_is_malformed),
        TEST(an_object_of_another_kind_is_malformed),
        TEST(a_merge_shows_its_parents),
        TEST(a_blob_that_unpacks_past_the_limit_is_refused),
        TEST(packed_history_reads_the_same),
        TEST(an_object_cut_short_anywhere_is_damaged),
        TEST(a_pack_or_its_index_changed_in_any_byte_gives_no_other_history),
        TEST(nothing_is_added_where_an_index_leads_out_of_its_pack),
        TEST(a_config_gives_its_values_in_order),
        TEST(a_broken_config_is_refused_with_its_line),
        TEST(a_config_in_memory_is_read_and_refused_like_a_file),
        TEST(values_are_set_and_the_rest_stays),
        TEST(a_missing_config_is_made),
        TEST(what_the_syntax_cannot_hold_changes_nothing),
        TEST(a_config_that_is_broken_already_is_not_written_to),
    };

    EXH_CLEANUP(exh_freep) char *home = begin_with_a_broken_configuration();
    int failed = cmocka_run_group_tests_name("repo", tests, NULL, NULL);
    run("rm -rf '%s'", home);
    return failed;
}
