/* cage: each layer by itself, so that neither hides that the other is missing, and both together. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "exhibit/cage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a child that tries something, and how it ended ---- */

/* What a child tries: 0 where it was let, else errno. What it needs that only the parent can open stands in here. */
struct place { char directory[64], file[96]; int socket[2]; struct sockaddr_in listening; int listener; };
static struct place place;
typedef long (*attempt)(void);

static int os_of(long result)
{
    return result < 0 ? errno : 0;
}

static void enter_landlock(void)
{
    struct exh_error err = EXH_ERROR_NONE;
    int abi;

    if (!exh_cage_landlock(&abi, &err) || abi == 0)
        _exit(200);
}

static void enter_filter(void)
{
    struct exh_error err = EXH_ERROR_NONE;
    bool done;

    if (!exh_cage_filter(place.socket[0], &done, &err) || !done)
        _exit(200);
}

static void enter_nothing(void)
{
}

/* The wait status of a child that enters a layer and then tries. Its exit status is errno. */
static int try_in(void (*enter)(void), attempt tries)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        for (int number = SIGILL; number <= SIGSYS; number++)      /* the test library catches some */
            signal(number, SIG_DFL);
        enter();
        _exit(os_of(tries()));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int landlock_here(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

    return abi < 0 ? 0 : (int)abi;
}

/* ---- attempts: by system call, so that the C library does nothing else ---- */

static long try_open(void) { return syscall(SYS_openat, AT_FDCWD, place.file, O_RDONLY, 0); }
static long try_directory(void) { return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0); }
static long try_make(void)
{
    char path[128];

    snprintf(path, sizeof path, "%s/made", place.directory);
    return syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0600);
}
static long try_unlink(void) { return syscall(SYS_unlinkat, AT_FDCWD, place.file, 0); }
static long try_rename(void) { return syscall(SYS_renameat2, AT_FDCWD, place.file, AT_FDCWD, "/tmp/elsewhere", 0); }
static long try_truncate(void) { return syscall(SYS_truncate, place.file, 0); }
static long try_mkdir(void) { return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/exhibit-cage-made", 0700); }
static long try_exec(void)
{
    char *const none[] = { NULL };

    return syscall(SYS_execve, "/bin/true", none, none);
}
static long try_memfd(void) { return syscall(SYS_memfd_create, "x", 0); }
static long try_socket(void) { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
static long try_socket_unix(void) { return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
static long try_connect(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return connect(fd, (struct sockaddr *)&place.listening, sizeof place.listening);
}
static long try_bind(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any, sizeof any);
}
static struct sockaddr_un abstract_name(socklen_t *ret_size)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int n = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "%s", place.directory);

    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    return at;
}
static long try_abstract(void)
{
    socklen_t size;
    struct sockaddr_un at = abstract_name(&size);

    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&at, size);
}
static long try_fork(void)
{
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (child == 0)
        _exit(0);
    return child;
}
static long try_clone3(void) { return syscall(SYS_clone3, NULL, 0); }
static long try_kill(void) { return syscall(SYS_kill, getppid(), 0); }
static long try_tgkill(void) { return syscall(SYS_tgkill, 1, 1, 0); }
static long try_ptrace(void) { return syscall(SYS_ptrace, 16, 1, 0, 0); }
static long try_read_memory(void) { return syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0); }
static long try_io_uring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }
static long try_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long try_userfaultfd(void) { return syscall(SYS_userfaultfd, 0); }
static long try_keyctl(void) { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static long try_mount(void) { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL); }
static long try_unshare(void) { return syscall(SYS_unshare, 0); }
static long try_exec_memory(void)
{
    return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long try_exec_later(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}
static long try_limit(void)
{
    const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

    return syscall(SYS_prlimit64, 0, RLIMIT_CPU, &all, NULL);
}
static long try_outlive(void) { return syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0); }
static long try_dumpable(void) { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long try_abort(void) { abort(); }
#ifndef EXH_SANITIZED
static long try_fault(void) { return *(volatile int *)(uintptr_t)(getpid() & 0); }
#endif

static long try_stat(void)
{
    struct stat about;

    return syscall(SYS_newfstatat, AT_FDCWD, place.file, &about, 0);
}
static long try_access(void) { return syscall(SYS_faccessat, AT_FDCWD, place.file, R_OK); }
static long try_uname(void)
{
    struct utsname name;

    return syscall(SYS_uname, &name);
}
static long try_block_signals(void)
{
    uint64_t all = UINT64_MAX;

    return syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
}
static long try_ignore(void) { return signal(SIGXCPU, SIG_IGN) == SIG_ERR ? -1 : 0; }
static long try_write_elsewhere(void) { return syscall(SYS_write, place.socket[1], "x", 1); }
static long try_send_elsewhere(void)
{
    struct iovec part = { (void *)(uintptr_t)"x", 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    return sendmsg(place.socket[1], &message, MSG_NOSIGNAL);
}

/* What a demuxer, a decoder and an encoder do. */
static long try_work(void)
{
    struct iovec part = { (void *)(uintptr_t)"x", 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct timespec now, moment = { 0, 1000 };
    struct rusage used;
    struct sysinfo machine;          /* qsort() asks, and takes whatever stands there where it may not */
    struct stat about;
    char bytes[16];
    char *memory = malloc(100 << 20);

    if (!memory)
        return -1;
    memset(memory, 1, 100 << 20);
    memory = realloc(memory, 200 << 20);
    free(memory);
    time_t zero = 0;
    struct tm fields;
    bool done = memory && pread(place.listener, bytes, sizeof bytes, 0) < 0 && errno == ESPIPE
        && syscall(SYS_fstat, place.socket[0], &about) == 0 && sendmsg(place.socket[0], &message, MSG_NOSIGNAL) == 1
        && clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 && nanosleep(&moment, NULL) == 0
        && getrusage(RUSAGE_SELF, &used) == 0 && gmtime_r(&zero, &fields) && localtime_r(&zero, &fields)
        && mktime(&fields) == 0 && sysinfo(&machine) == 0 && close(place.socket[0]) == 0;
    return done ? 0 : -1;
}

/* ---- Landlock alone ---- */

static void rights_are_those_of_the_kernels_abi(void **state)
{
    static const struct { int abi; struct exh_cage_rights rights; } cases[] = {
        { -1, { 0, 0, 0, 0 } }, { 0, { 0, 0, 0, 0 } },
        { 1, { 0x1fff, 0, 0, 8 } }, { 2, { 0x3fff, 0, 0, 8 } }, { 3, { 0x7fff, 0, 0, 8 } },
        { 4, { 0x7fff, 3, 0, 16 } }, { 5, { 0xffff, 3, 0, 16 } }, { 6, { 0xffff, 3, 3, 24 } },
        { 7, { 0xffff, 3, 3, 24 } }, { 99, { 0xffff, 3, 3, 24 } },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        struct exh_cage_rights rights = exh_cage_rights(cases[i].abi);
        if (memcmp(&rights, &cases[i].rights, sizeof rights))
            fail_msg("ABI %d: %llx %llx %llx %zu", cases[i].abi, (unsigned long long)rights.files,
                     (unsigned long long)rights.network, (unsigned long long)rights.scope, rights.size);
    }
}

static void landlock_alone_refuses_files_network_and_others(void **state)
{
    static const struct { const char *what; attempt tries; int abi, os; } cases[] = {
        { "open", try_open, 1, EACCES }, { "open a directory", try_directory, 1, EACCES },
        { "make", try_make, 1, EACCES }, { "unlink", try_unlink, 1, EACCES }, { "mkdir", try_mkdir, 1, EACCES },
        { "exec", try_exec, 1, EACCES }, { "truncate", try_truncate, 3, EACCES },
        { "connect", try_connect, 4, EACCES }, { "bind", try_bind, 4, EACCES },
        { "connect to a name", try_abstract, 6, EPERM }, { "signal", try_kill, 6, EPERM },
    };
    int abi = landlock_here();

    (void)state;
    if (abi == 0)
        skip();
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        int status = try_in(enter_landlock, cases[i].tries);
        if (abi >= cases[i].abi && (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].os))
            fail_msg("%s: status %x", cases[i].what, (unsigned)status);
    }
}

static void without_a_layer_the_same_is_let(void **state)
{
    static const attempt tries[] = {
        try_open, try_directory, try_connect, try_bind, try_abstract, try_kill, try_socket, try_fork, try_memfd,
        try_exec_later, try_unshare, try_outlive, try_stat, try_access, try_uname, try_block_signals, try_ignore,
        try_write_elsewhere,
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(tries); i++)
        if (try_in(enter_nothing, tries[i]) != 0)
            fail_msg("number %zu is no test of anything", i);
}

/* ---- the filter alone ---- */

static void the_filter_alone_ends_what_only_an_attacker_does(void **state)
{
    static const struct { const char *what; attempt tries; } cases[] = {
#ifndef EXH_SANITIZED
        { "open", try_open }, { "open a directory", try_directory }, { "make", try_make },
#endif
        { "unlink", try_unlink }, { "rename", try_rename }, { "truncate", try_truncate }, { "mkdir", try_mkdir },
        { "exec", try_exec }, { "memfd", try_memfd }, { "socket", try_socket }, { "local socket", try_socket_unix },
        { "fork", try_fork }, { "clone3", try_clone3 }, { "tgkill", try_tgkill }, { "ptrace", try_ptrace },
        { "process_vm_readv", try_read_memory }, { "io_uring", try_io_uring }, { "bpf", try_bpf },
        { "userfaultfd", try_userfaultfd }, { "keyctl", try_keyctl }, { "mount", try_mount },
        { "unshare", try_unshare }, { "executable memory", try_exec_memory },
        { "memory made executable", try_exec_later }, { "another limit", try_limit }, { "to outlive", try_outlive },
        { "dumpable", try_dumpable },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        int status = try_in(enter_filter, cases[i].tries);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %x", cases[i].what, (unsigned)status);
    }
}

static void the_filter_alone_refuses_what_nobody_needs(void **state)
{
    static const struct { const char *what; attempt tries; } cases[] = {
        { "stat", try_stat }, { "access", try_access }, { "uname", try_uname },
        { "write elsewhere", try_write_elsewhere }, { "send elsewhere", try_send_elsewhere },
#ifdef EXH_SANITIZED
        { "open", try_open }, { "make", try_make },
#else
        { "block signals", try_block_signals }, { "ignore a limit", try_ignore },
#endif
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        int status = try_in(enter_filter, cases[i].tries);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != EPERM)
            fail_msg("%s: status %x", cases[i].what, (unsigned)status);
    }
}

static void a_crash_in_the_filter_ends_by_its_own_signal(void **state)
{
    (void)state;
    int aborted = try_in(enter_filter, try_abort);
    assert_true(WIFSIGNALED(aborted) && WTERMSIG(aborted) == SIGABRT);
#ifndef EXH_SANITIZED
    int fault = try_in(enter_filter, try_fault);
    assert_true(WIFSIGNALED(fault) && WTERMSIG(fault) == SIGSEGV);
#endif
}

/* ---- both ---- */

static void enter_both(void)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_cage cage;
    int abi = landlock_here();

    if (!exh_cage_enter(place.socket[0], &cage, &err) || !cage.seccomp
        || cage.landlock != (abi < EXH_CAGE_NEWEST_ABI ? abi : EXH_CAGE_NEWEST_ABI))
        _exit(200);
}

static void in_the_cage_work_goes_on(void **state)
{
    (void)state;
    assert_int_equal(try_in(enter_both, try_work), 0);
}

static void what_was_tried_in_any_cage_has_left_nothing(void **state)
{
    struct stat about;
    char made[128];

    (void)state;
    snprintf(made, sizeof made, "%s/made", place.directory);
    assert_int_equal(stat(place.file, &about), 0);
    assert_int_equal(about.st_size, 6);
    assert_int_equal(access(made, F_OK), -1);
    assert_int_equal(access("/tmp/exhibit-cage-made", F_OK), -1);
    assert_int_equal(access("/tmp/elsewhere", F_OK), -1);
}

/* ---- before and after ---- */

static int set_up(void **state)
{
    static const struct rlimit none = { 0, 0 };
    socklen_t size = sizeof place.listening;

    (void)state;
    setrlimit(RLIMIT_CORE, &none);
    strcpy(place.directory, "/tmp/exhibit-cage-XXXXXX");
    if (!mkdtemp(place.directory) || socketpair(AF_UNIX, SOCK_STREAM, 0, place.socket))
        return -1;
    snprintf(place.file, sizeof place.file, "%s/key", place.directory);
    int fd = open(place.file, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, "secret", 6) != 6 || close(fd))
        return -1;
    place.listening = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    place.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int named = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t name_size;
    struct sockaddr_un name = abstract_name(&name_size);
    return bind(place.listener, (struct sockaddr *)&place.listening, size)
        || getsockname(place.listener, (struct sockaddr *)&place.listening, &size) || listen(place.listener, 50)
        || bind(named, (struct sockaddr *)&name, name_size) || listen(named, 50);
}

static int clean_up(void **state)
{
    (void)state;
    return unlink(place.file) || rmdir(place.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_are_those_of_the_kernels_abi),
        cmocka_unit_test(without_a_layer_the_same_is_let),
        cmocka_unit_test(landlock_alone_refuses_files_network_and_others),
        cmocka_unit_test(the_filter_alone_ends_what_only_an_attacker_does),
        cmocka_unit_test(the_filter_alone_refuses_what_nobody_needs),
        cmocka_unit_test(a_crash_in_the_filter_ends_by_its_own_signal),
        cmocka_unit_test(in_the_cage_work_goes_on),
        cmocka_unit_test(what_was_tried_in_any_cage_has_left_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, clean_up);
}
