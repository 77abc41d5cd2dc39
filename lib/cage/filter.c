/* cage/filter: the system calls that a process in the cage may make. THE LISTS STAND HERE.
 *
 * A call is let through (allowed), ends the process (attacks), or fails with EPERM (every other: libraries try things
 * they can do without). A library that is to work in the cage is started so that it needs no more than this: one
 * thread, nothing opened by name. What it opens by name once, it must open before the cage is entered.
 */
#include "exhibit/cage.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int allowed[] = {
    /* what is open: footage is read and closed. No fstat() of the C library's: it gives a path to newfstatat, and
       whoever may give an empty one may give any; SYS_fstat takes none. No fcntl: nothing needs it. */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(close),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    /* memory; mmap and mprotect are below */
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    /* time */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    /* what the C library and codecs ask of themselves and of the machine: qsort() asks for the memory there is */
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getcpu),
    SCMP_SYS(restart_syscall),
    /* the end. No rt_sigprocmask and no rt_sigaction: so no signal that limits this process can be held off. */
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#ifdef EXH_SANITIZED
    /* A build with sanitizers has a WIDER cage: their runtimes catch signals and look at their own stacks. */
    SCMP_SYS(sigaltstack),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getrlimit),
#endif
};

/* By name: a file looked for, opened, made, changed or taken away. Reading is the first line. */
static const int attacks_on_files[] = {
#ifndef EXH_SANITIZED
    /* Where there are sanitizers these fail with EPERM instead, so that a report of theirs, which looks for symbols,
       comes to its end. Landlock refuses them there too. */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
#endif
    SCMP_SYS(openat2),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_tree),
    SCMP_SYS(creat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(memfd_create),
    SCMP_SYS(memfd_secret),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(truncate),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utime),
    SCMP_SYS(utimes),
    SCMP_SYS(futimesat),
    SCMP_SYS(utimensat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(chroot),
    SCMP_SYS(pivot_root),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(move_mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(fsconfig),
    SCMP_SYS(inotify_init),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(quotactl),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
};

static const int attacks_on_the_network[] = {
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(bind),     SCMP_SYS(connect), SCMP_SYS(listen),
    SCMP_SYS(accept), SCMP_SYS(accept4),    SCMP_SYS(sendmmsg), SCMP_SYS(mq_open), SCMP_SYS(shmget),
    SCMP_SYS(shmat),  SCMP_SYS(msgget),     SCMP_SYS(semget),
};

/* Another program, another process, or the kernel itself. */
static const int attacks_on_others[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(kcmp),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(syslog),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(personality),
    SCMP_SYS(seccomp),
    SCMP_SYS(capset),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(setfsuid),
    SCMP_SYS(setfsgid),
    SCMP_SYS(setrlimit),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
};

/* What would loosen the parent's hold on this process. */
static const int loosening[] = {
    PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_SET_SECUREBITS,
    PR_SET_MM,        PR_SET_PTRACER,  PR_CAP_AMBIENT,  PR_SET_TSC,     PR_SET_SYSCALL_USER_DISPATCH,
};

struct filter {
    scmp_filter_ctx rules;
    int first_error;
};

static void release(struct filter *filter)
{
    if (filter->rules)
        seccomp_release(filter->rules);
}

/* Adds a rule that may look at two arguments; the first that cannot be added is kept. */
static void add(struct filter *filter, uint32_t act, int call, unsigned count, const struct scmp_arg_cmp *conditions)
{
    int code = seccomp_rule_add_array(filter->rules, act, call, count, conditions);

    if (code && !filter->first_error)
        filter->first_error = code;
}

static void add_all(struct filter *filter, uint32_t act, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(filter, act, calls[i], 0, NULL);
}

/* Lets @call through where argument @at is @value. */
static void allow_only(struct filter *filter, int call, unsigned at, uint64_t value)
{
    const struct scmp_arg_cmp is = SCMP_CMP64(at, SCMP_CMP_EQ, value);

    add(filter, SCMP_ACT_ALLOW, call, 1, &is);
}

/* Memory is never made executable: nothing that was read can be run. */
static void add_memory(struct filter *filter)
{
    const struct scmp_arg_cmp plain = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp executable = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
    const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

    for (size_t i = 0; i < EXH_COUNT(calls); i++) {
        add(filter, SCMP_ACT_ALLOW, calls[i], 1, &plain);
        add(filter, SCMP_ACT_KILL_PROCESS, calls[i], 1, &executable);
    }
    add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(pkey_mprotect), 0, NULL);
}

/* Words go out at two places. */
static void add_outlets(struct filter *filter, int socket)
{
    allow_only(filter, SCMP_SYS(sendmsg), 0, (uint64_t)socket);
    allow_only(filter, SCMP_SYS(recvmsg), 0, (uint64_t)socket);
    allow_only(filter, SCMP_SYS(write), 0, STDERR_FILENO);
    allow_only(filter, SCMP_SYS(writev), 0, STDERR_FILENO);
}

/* abort() ends this process by its signal; nobody else's. Limits may be read, not moved. */
static void add_own(struct filter *filter)
{
    const uint64_t own = (uint64_t)getpid();
    const struct scmp_arg_cmp others = SCMP_CMP64(0, SCMP_CMP_NE, own);
    const struct scmp_arg_cmp moves = SCMP_CMP64(2, SCMP_CMP_NE, 0);

    allow_only(filter, SCMP_SYS(tgkill), 0, own);
    add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill), 1, &others);
    allow_only(filter, SCMP_SYS(prlimit64), 2, 0);
    add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(prlimit64), 1, &moves);
    for (size_t i = 0; i < EXH_COUNT(loosening); i++) {
        const struct scmp_arg_cmp option = SCMP_CMP64(0, SCMP_CMP_EQ, (uint64_t)loosening[i]);
        add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(prctl), 1, &option);
    }
}

static void set(struct filter *filter, enum scmp_filter_attr attribute, uint32_t value)
{
    int code = seccomp_attr_set(filter->rules, attribute, value);

    if (code && !filter->first_error)
        filter->first_error = code;
}

static void fill(struct filter *filter, int socket)
{
    set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: the number of rules costs nothing */
    add_all(filter, SCMP_ACT_ALLOW, allowed, EXH_COUNT(allowed));
    add_all(filter, SCMP_ACT_KILL_PROCESS, attacks_on_files, EXH_COUNT(attacks_on_files));
    add_all(filter, SCMP_ACT_KILL_PROCESS, attacks_on_the_network, EXH_COUNT(attacks_on_the_network));
    add_all(filter, SCMP_ACT_KILL_PROCESS, attacks_on_others, EXH_COUNT(attacks_on_others));
    add_memory(filter);
    add_outlets(filter, socket);
    add_own(filter);
}

/* libseccomp's name for kernels whose filters can end a process: Linux 4.14. */
enum { ENDS_PROCESSES = 3 };

static bool load_filter(int socket, bool device, bool *ret_done, struct exh_error *err)
{
    *ret_done = false;
    if (seccomp_api_get() < ENDS_PROCESSES)
        return true;
    EXH_CLEANUP(release) struct filter filter = { seccomp_init(SCMP_ACT_ERRNO(EPERM)), 0 };
    if (!filter.rules)
        return exh_fail(err, EXH_IO, "cannot prepare the seccomp filter");
    fill(&filter, socket);
    if (device)
        add(&filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 0, NULL);
    errno = -filter.first_error;
    if (filter.first_error)
        return exh_fail_os(err, "cannot prepare the seccomp filter");
    errno = -seccomp_load(filter.rules);
    if (errno)
        return exh_fail_os(err, "cannot enter the seccomp filter");
    *ret_done = true;
    return true;
}

bool exh_cage_filter(int socket, bool *ret_done, struct exh_error *err)
{
    return load_filter(socket, false, ret_done, err);
}

bool exh_cage_filter_with_device(int socket, bool *ret_done, struct exh_error *err)
{
    return load_filter(socket, true, ret_done, err);
}
