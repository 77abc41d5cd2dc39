/* repo: pushing, as the adapter promises it. Stock git is the judge wherever it can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/file.h"
#include "exhibit/repo.h"
#include "shell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A repository with a few commits, a mirror for it, and a place to compare in. */
struct place {
    char directory[64];
    char path[96], mirror[96], scratch[96];
    struct exh_repo *repo;
    struct exh_remote remote;
    struct exh_push_options options;
    struct exh_push push;
    struct exh_error err;
};

static struct exh_system real;

static int run(const char *format, ...) EXH_PRINTF(1, 2);
static int run(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    return system(command);
}

static bool sign(void *context, const void *bytes, size_t size, char **ret_signature, struct exh_error *err)
{
    (void)context, (void)bytes, (void)size, (void)err;
    *ret_signature = exh_strdup("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n");
    return true;
}

static void add(struct place *place, const char *bytes)
{
    char head[EXH_OID_DIGITS], oid[EXH_OID_DIGITS];
    const struct exh_repo_commit commit = { .parent = head, .files = { { "entry.json", bytes, strlen(bytes) } }, .file_count = 1,
        .message = "x\n", .author = "x", .email = "x@custody.invalid", .time = 1795341550, .sign = sign };

    if (!exh_repo_head(place->repo, head, &place->err) || !exh_repo_add(place->repo, &commit, oid, &place->err))
        fail_msg("%s", place->err.text);
}

static void make_mirror(struct place *place)
{
    assert_int_equal(run("git init -q --bare -b custody '%s'", place->mirror), 0);
}

static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    strcpy(place->directory, "/tmp/exhibit-push-XXXXXX");
    if (!mkdtemp(place->directory))
        return -1;
    snprintf(place->path, sizeof place->path, "%s/custody.git", place->directory);
    snprintf(place->mirror, sizeof place->mirror, "%s/mirror.git", place->directory);
    snprintf(place->scratch, sizeof place->scratch, "%s/scratch", place->directory);
    mkdir(place->scratch, 0700);
    place->remote = (struct exh_remote){ .name = "m", .url = place->mirror, .wait_s = 20 };
    place->options = (struct exh_push_options){ .scratch = place->scratch };
    make_mirror(place);
    if (!exh_repo_create(place->path, "custody", &place->err)
        || !exh_repo_open(place->path, "custody", &place->repo, &place->err))
        fail_msg("%s", place->err.text);
    real = exh_system;
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    exh_system = real;
    exh_repo_freep(&place->repo);
    run("rm -rf '%s'", place->directory);
    exh_error_clear(&place->err);
    free(place);
    return 0;
}

static bool push(struct place *place)
{
    return exh_repo_push(place->repo, &place->remote, &place->options, &place->push, &place->err);
}

static void pushes(struct place *place, enum exh_remote_state state, bool pushed)
{
    if (!push(place))
        fail_msg("%s", place->err.text);
    assert_int_equal(place->push.state, state);
    assert_int_equal(place->push.pushed, pushed);
}

static void fails(struct place *place, enum exh_kind kind, const char *words)
{
    assert_false(push(place));
    if (place->err.kind != kind || !strstr(place->err.text, words))
        print_error("kind %d, words: %s\n", place->err.kind, place->err.text);
    assert_int_equal(place->err.kind, kind);
    assert_non_null(strstr(place->err.text, words));
    exh_error_clear(&place->err);
}

static void assert_git(const char *expected, const char *path, const char *command)
{
    EXH_CLEANUP(exh_freep) char *said = output_of("git --git-dir '%s' %s", path, command);

    assert_string_equal(said, expected);
}

/* Nothing but what git makes is in the mirror, and the place to compare in is empty. */
static void assert_tidy(struct place *place)
{
    EXH_CLEANUP(exh_freep) char *left = output_of("ls -A '%s'; find '%s' -name '*partial*' -o -name '*_git2_*' -o -name 'custody.lock'",
                                                  place->scratch, place->mirror);
    EXH_CLEANUP(exh_freep) char *fsck = output_of("git --git-dir '%s' fsck --full --strict 2>&1 | grep -v '^notice'", place->mirror);

    assert_string_equal(left, "");
    assert_string_equal(fsck, "");
}

/* ---- where a remote is ---- */

static void a_url_is_a_path_ssh_or_https_and_nothing_else(void **state)
{
    static const struct { const char *url; int form; } urls[] = {
        { "/a", EXH_REMOTE_PATH }, { "/a b'c", EXH_REMOTE_PATH }, { "file:///a/b", EXH_REMOTE_PATH },
        { "ssh://u@h/x", EXH_REMOTE_SSH }, { "ssh://u@h.example:1/x", EXH_REMOTE_SSH }, { "ssh://u@h:65535/~/x", EXH_REMOTE_SSH },
        { "ssh://u@[::1]/x", EXH_REMOTE_SSH }, { "ssh://u@[fe80::1]:22/x", EXH_REMOTE_SSH }, { "u@h:x", EXH_REMOTE_SSH },
        { "u.v@h-h.example:/x/y", EXH_REMOTE_SSH }, { "https://h/x", EXH_REMOTE_HTTPS }, { "https://h:443/x@y", EXH_REMOTE_HTTPS },
        { "", -1 }, { "/", -1 }, { "a", -1 }, { "./a", -1 }, { "../a@b:c", -1 }, { "h:x", -1 }, { "file://a", -1 }, { "file:///", -1 },
        { "file:///a%41", -1 }, { "/a\n", -1 }, { "/a\x7f", -1 }, { "http://h/x", -1 }, { "git://h/x", -1 }, { "ftp://h/x", -1 },
        { "ext::sh -c x", -1 }, { "SSH://u@h/x", -1 }, { "ssh://", -1 }, { "ssh://h/x", -1 }, { "ssh://u@h", -1 }, { "ssh://u@h/", -1 },
        { "ssh://u@h:/x", -1 }, { "ssh://u@h:0/x", -1 }, { "ssh://u@h:65536/x", -1 }, { "ssh://u@h:2x/x", -1 }, { "ssh://u@/x", -1 },
        { "ssh://@h/x", -1 }, { "ssh://u@-h/x", -1 }, { "ssh://-u@h/x", -1 }, { "ssh://u@[]/x", -1 }, { "ssh://u@[::1/x", -1 },
        { "ssh://u@[g]/x", -1 }, { "ssh://u:p@h/x", -1 }, { "ssh://u@h/x'y", -1 }, { "ssh://u@h/x y", -1 }, { "ssh://u@h/$x", -1 },
        { "ssh://u@h/`x`", -1 }, { "ssh://u@h/x\\", -1 }, { "ssh://u@h/x?y", -1 }, { "ssh://u@h/x#y", -1 }, { "ssh://u@h/x%27", -1 },
        { "ssh://u v@h/x", -1 }, { "ssh://u'@h/x", -1 }, { "u@h:", -1 }, { "u@h:/", -1 }, { "u@h", -1 }, { "u@:x", -1 },
        { "u:p@h:x", -1 }, { "u@-h:x", -1 }, { "-u@h:x", -1 }, { "u@h:x'y", -1 }, { "https://h", -1 }, { "https://h/", -1 },
        { "https:///x", -1 }, { "https://u@h/x", -1 }, { "https://u:p@h/x", -1 }, { "https://h:x/x", -1 }, { "https://h/x y", -1 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(urls); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        enum exh_remote_form form = EXH_REMOTE_PATH;
        bool taken = exh_remote_check_url(urls[i].url, &form, &err);
        if (taken != (urls[i].form >= 0))
            fail_msg("'%s' is %s", urls[i].url, taken ? "taken" : err.text);
        if (taken)
            assert_int_equal(form, urls[i].form);
        else
            assert_int_equal(err.kind, EXH_USAGE);
    }
}

static void a_password_is_not_repeated_in_the_refusal(void **state)
{
    static const char *const urls[] = { "https://u:hunter2@h/x", "ssh://u:hunter2@h/x", "u:hunter2@h:x" };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(urls); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        enum exh_remote_form form;
        assert_false(exh_remote_check_url(urls[i], &form, &err));
        assert_null(strstr(err.text, "hunter2"));
    }
}

static void a_url_that_is_none_is_not_pushed_to(void **state)
{
    struct place *place = *state;

    add(place, "1");
    place->remote.url = "mirror.git";
    fails(place, EXH_USAGE, "no remote that can be pushed to");
}

/* ---- states ---- */

static void a_branch_without_a_commit_is_not_pushed(void **state)
{
    fails(*state, EXH_MALFORMED, "no commit");
}

static void all_then_what_is_new_is_pushed_then_nothing(void **state)
{
    struct place *place = *state;
    char head[EXH_OID_DIGITS], first[EXH_OID_DIGITS];

    add(place, "1");
    add(place, "2");
    pushes(place, EXH_REMOTE_EMPTY, true);
    assert_true(exh_repo_head(place->repo, first, &place->err));
    assert_string_equal(place->push.before, "");
    assert_string_equal(place->push.after, first);
    assert_string_equal(place->push.common, "");
    assert_int_equal(place->push.ours_more, 2);
    assert_git(first, place->mirror, "rev-parse custody");
    add(place, "3");
    pushes(place, EXH_REMOTE_BEHIND, true);
    assert_true(exh_repo_head(place->repo, head, &place->err));
    assert_string_equal(place->push.before, first);
    assert_string_equal(place->push.common, first);
    assert_string_equal(place->push.after, head);
    assert_int_equal(place->push.ours_more, 1);
    assert_int_equal(place->push.theirs_more, 0);
    assert_git("3", place->mirror, "show custody:entry.json");
    assert_git("in-pack: 9", place->mirror, "count-objects -v | grep in-pack");   /* three a commit, each sent once */
    pushes(place, EXH_REMOTE_EQUAL, false);
    assert_string_equal(place->push.common, head);
    assert_int_equal(place->push.ours_more + place->push.theirs_more, 0);
    assert_git("custody", place->mirror, "for-each-ref --format='%(refname:short)'");
    assert_tidy(place);
}

static void a_dry_run_finds_the_same_and_changes_nothing(void **state)
{
    struct place *place = *state;

    add(place, "1");
    place->options.dry_run = true;
    pushes(place, EXH_REMOTE_EMPTY, false);
    assert_int_equal(place->push.ours_more, 1);
    assert_string_equal(place->push.after, "");
    assert_git("", place->mirror, "for-each-ref");
    assert_git("custody", place->path, "for-each-ref --format='%(refname:short)'");
    assert_int_equal(run("test ! -e '%s/exhibit-push.lock'", place->mirror), 0);
}

/* The branch is taken back by @back commits and, where @pruned, those are forgotten. */
static void take_back(struct place *place, int back, bool pruned)
{
    exh_repo_freep(&place->repo);
    assert_int_equal(run("cd '%s' && git update-ref refs/heads/custody custody~%d && rm -rf refs/remotes", place->path, back), 0);
    assert_int_equal(pruned ? run("git --git-dir '%s' gc -q --prune=now", place->path) : 0, 0);
    if (!exh_repo_open(place->path, "custody", &place->repo, &place->err))
        fail_msg("%s", place->err.text);
}

static void a_remote_that_is_ahead_is_left_as_it_is(void **state)
{
    struct place *place = *state;
    char head[EXH_OID_DIGITS];

    for (int i = 1; i <= 5; i++)
        add(place, (char[]){ (char)('0' + i), '\0' });
    pushes(place, EXH_REMOTE_EMPTY, true);
    for (int pruned = 0; pruned < 2; pruned++) {
        take_back(place, pruned ? 1 : 2, pruned);
        EXH_CLEANUP(exh_freep) char *before = output_of("find '%s' -type f | sort", place->path);
        pushes(place, EXH_REMOTE_AHEAD, false);
        assert_int_equal(place->push.theirs_more, pruned ? 3 : 2);
        assert_int_equal(place->push.ours_more, 0);
        assert_true(exh_repo_head(place->repo, head, &place->err));
        assert_string_equal(place->push.common, head);
        assert_git("5", place->mirror, "show custody:entry.json");
        EXH_CLEANUP(exh_freep) char *after = output_of("find '%s' -type f | sort", place->path);
        assert_string_equal(before, after);
        assert_tidy(place);
    }
}

static void a_forked_remote_is_left_as_it_is(void **state)
{
    struct place *place = *state;
    char common[EXH_OID_DIGITS];

    add(place, "1");
    add(place, "2");
    assert_true(exh_repo_head(place->repo, common, &place->err));
    add(place, "3");
    add(place, "4");
    pushes(place, EXH_REMOTE_EMPTY, true);
    take_back(place, 2, true);
    add(place, "5");
    pushes(place, EXH_REMOTE_FORKED, false);
    assert_string_equal(place->push.common, common);
    assert_int_equal(place->push.theirs_more, 2);
    assert_int_equal(place->push.ours_more, 1);
    assert_git("4", place->mirror, "show custody:entry.json");
    assert_tidy(place);
}

static void a_remote_with_nothing_in_common_is_another(void **state)
{
    struct place *place = *state;

    add(place, "1");
    assert_int_equal(run("cd '%s' && git update-ref refs/heads/custody $(git -c user.name=x -c user.email=x commit-tree "
                         "$(git hash-object -t tree -w /dev/null) </dev/null)", place->mirror), 0);
    pushes(place, EXH_REMOTE_OTHER, false);
    assert_string_equal(place->push.common, "");
    assert_tidy(place);
    assert_int_equal(run("cd '%s' && git branch -q -m custody main", place->mirror), 0);
    pushes(place, EXH_REMOTE_OTHER, false);
    assert_string_equal(place->push.before, "");
    assert_git("main", place->mirror, "for-each-ref --format='%(refname:short)'");
}

static void a_mirror_that_is_this_repository_is_refused(void **state)
{
    struct place *place = *state;

    add(place, "1");
    place->remote.url = place->path;
    fails(place, EXH_USAGE, "itself");
}

/* ---- what is kept of it ---- */

static void what_was_pushed_is_kept_until_it_is_deleted(void **state)
{
    struct place *place = *state;
    char head[EXH_OID_DIGITS], kept[EXH_OID_DIGITS];
    int64_t when, now = time(NULL);

    assert_true(exh_repo_pushed(place->repo, "m", kept, &when, &place->err));
    assert_string_equal(kept, "");
    assert_int_equal(when, 0);
    add(place, "1");
    pushes(place, EXH_REMOTE_EMPTY, true);
    assert_true(exh_repo_head(place->repo, head, &place->err) && exh_repo_pushed(place->repo, "m", kept, &when, &place->err));
    assert_string_equal(kept, head);
    assert_in_range(when, now - 1, now + 60);
    /* When it was first seen there stays. */
    assert_int_equal(run("touch -d @1700000000 '%s/refs/remotes/m/custody'", place->path), 0);
    pushes(place, EXH_REMOTE_EQUAL, false);
    assert_true(exh_repo_pushed(place->repo, "m", kept, &when, &place->err));
    assert_int_equal(when, 1700000000);
    assert_true(exh_repo_pushed(place->repo, "other", kept, &when, &place->err));
    assert_string_equal(kept, "");
    assert_int_equal(run("git --git-dir '%s' pack-refs --all", place->path), 0);
    assert_true(exh_repo_pushed(place->repo, "m", kept, &when, &place->err));
    assert_string_equal(kept, head);
    assert_int_equal(when, 0);
    assert_int_equal(run("git --git-dir '%s' update-ref -d refs/remotes/m/custody", place->path), 0);
    pushes(place, EXH_REMOTE_EQUAL, false);
    assert_true(exh_repo_pushed(place->repo, "m", kept, &when, &place->err));
    assert_string_equal(kept, head);
}

/* ---- what goes wrong on the way ---- */

static int fail_rename(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    (void)from_directory, (void)from, (void)to_directory, (void)to, (void)flags;
    errno = EIO;
    return -1;
}

static int die_by_kill(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    raise(SIGKILL);
    return fail_rename(from_directory, from, to_directory, to, flags);
}

static int die_by_bus(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    signal(SIGBUS, SIG_DFL);
    raise(SIGBUS);
    return fail_rename(from_directory, from, to_directory, to, flags);
}

static void a_pack_that_cannot_be_named_is_removed(void **state)
{
    struct place *place = *state;

    add(place, "1");
    exh_system.rename = fail_rename;
    fails(place, EXH_IO, "cannot name its pack");
    assert_git("", place->mirror, "for-each-ref");
    assert_tidy(place);
    exh_system = real;
    pushes(place, EXH_REMOTE_EMPTY, true);
    assert_tidy(place);
}

static void a_process_that_dies_is_said_to_have_died_and_the_next_completes(void **state)
{
    struct place *place = *state;

    add(place, "1");
    exh_system.rename = die_by_kill;
    fails(place, EXH_IO, "ended by signal 9");
    exh_system.rename = die_by_bus;
    fails(place, EXH_IO, "disk is full");
    assert_git("", place->mirror, "for-each-ref");
    exh_system = real;
    pushes(place, EXH_REMOTE_EMPTY, true);
    assert_tidy(place);
}

/* Moves the branch while our pack is being named. */
static char *moved;
static int move_meanwhile(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    int r = real.rename(from_directory, from, to_directory, to, flags);

    return run("%s", moved) == 0 ? r : -1;
}

static void a_branch_that_moves_meanwhile_is_not_pushed_over(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *command = exh_format(
        "cd '%s' && git update-ref refs/heads/custody $(git -c user.name=x -c user.email=x commit-tree "
        "$(git hash-object -t tree -w /dev/null) </dev/null)", place->mirror);

    moved = command;
    add(place, "1");
    exh_system.rename = move_meanwhile;
    fails(place, EXH_BUSY, "moved meanwhile");
    assert_git("x", place->mirror, "log -1 --format=%an custody");
    /* And where it was there before. */
    assert_int_equal(run("git --git-dir '%s' update-ref -d refs/heads/custody", place->mirror), 0);
    exh_system = real;
    pushes(place, EXH_REMOTE_EMPTY, true);
    add(place, "2");
    exh_system.rename = move_meanwhile;
    fails(place, EXH_BUSY, "moved meanwhile");
    assert_git("x", place->mirror, "log -1 --format=%an custody");
}

static void a_lock_of_a_killed_push_is_taken_away_and_another_is_waited_for(void **state)
{
    struct place *place = *state;

    add(place, "1");
    run("mkdir -p '%s/refs/remotes/m'", place->path);
    run("touch -d '10 seconds ago' '%s/refs/heads/custody.lock' '%s/refs/remotes/m/custody.lock'", place->mirror, place->path);
    pushes(place, EXH_REMOTE_EMPTY, true);
    assert_tidy(place);
    add(place, "2");
    run("head -c 42 /dev/zero >'%s/refs/heads/custody.lock'", place->mirror);
    fails(place, EXH_BUSY, "custody.lock");
    assert_git("1", place->mirror, "show custody:entry.json");
}

/* ---- waiting ---- */

/* A host that takes a connection and says nothing. */
static int silent_host(char ret_url[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(ret_url, 64, "ssh://u@127.0.0.1:%u/x", ntohs(address.sin_port));
    return fd;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_remote_that_says_nothing_is_given_up(void **state)
{
    struct place *place = *state;
    time_t begun = time(NULL);
    char url[64];

    add(place, "1");
    EXH_CLEANUP(exh_fd_close) int host = silent_host(url);
    place->remote.url = url;
    place->remote.wait_s = 1;
    fails(place, EXH_IO, "no progress for 1 s");
    assert_true(time(NULL) - begun < 10);
    assert_no_child();
}

static bool stop(void *context, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return --*(int *)context > 0;
}

static void whoever_waits_can_stop_it(void **state)
{
    struct place *place = *state;
    time_t begun = time(NULL);
    int calls = 3;
    char url[64];

    add(place, "1");
    EXH_CLEANUP(exh_fd_close) int host = silent_host(url);
    place->remote.url = url;
    place->options.go_on = stop;
    place->options.context = &calls;
    fails(place, EXH_IO, "stopped");
    assert_int_equal(calls, 0);
    assert_true(time(NULL) - begun < 10);
    assert_no_child();
}

static void a_host_that_is_not_there_is_said_to_be(void **state)
{
    struct place *place = *state;
    char url[64];
    int host = silent_host(url);

    close(host);
    add(place, "1");
    place->remote.url = url;
    fails(place, EXH_IO, "remote 'm': cannot connect");
}

static void what_cannot_be_compared_for_want_of_a_place_is_not_pushed(void **state)
{
    struct place *place = *state;

    add(place, "1");
    add(place, "2");
    pushes(place, EXH_REMOTE_EMPTY, true);
    take_back(place, 1, true);
    place->options.scratch = "/nowhere/at/all";
    fails(place, EXH_IO, "/nowhere/at/all");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_url_is_a_path_ssh_or_https_and_nothing_else),
        TEST(a_password_is_not_repeated_in_the_refusal),
        TEST(a_url_that_is_none_is_not_pushed_to),
        TEST(a_branch_without_a_commit_is_not_pushed),
        TEST(all_then_what_is_new_is_pushed_then_nothing),
        TEST(a_dry_run_finds_the_same_and_changes_nothing),
        TEST(a_remote_that_is_ahead_is_left_as_it_is),
        TEST(a_forked_remote_is_left_as_it_is),
        TEST(a_remote_with_nothing_in_common_is_another),
        TEST(a_mirror_that_is_this_repository_is_refused),
        TEST(what_was_pushed_is_kept_until_it_is_deleted),
        TEST(a_pack_that_cannot_be_named_is_removed),
        TEST(a_process_that_dies_is_said_to_have_died_and_the_next_completes),
        TEST(a_branch_that_moves_meanwhile_is_not_pushed_over),
        TEST(a_lock_of_a_killed_push_is_taken_away_and_another_is_waited_for),
        TEST(a_remote_that_says_nothing_is_given_up),
        TEST(whoever_waits_can_stop_it),
        TEST(a_host_that_is_not_there_is_said_to_be),
        TEST(what_cannot_be_compared_for_want_of_a_place_is_not_pushed),
    };

    return cmocka_run_group_tests_name("repo: push", tests, NULL, NULL);
}
