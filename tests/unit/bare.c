/* bare: stands in for exhibit-media in tests: starts the real one, "exhibit-media.real" beside it, as on a kernel that
 * lacks what stands in the file "lacks" beside it: "landlock", "seccomp" or both. */
#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int hide_landlock(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
}

static int hide_seccomp(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp filters = SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP);

    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 0)
        || seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &filters);
}

int main(void)
{
    char path[PATH_MAX], lacks[64] = "";
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);

    if (n <= 0 || !filter)
        return 3;
    path[n] = '\0';
    char *name = strrchr(path, '/') + 1;
    strcpy(name, "lacks");
    FILE *file = fopen(path, "r");
    if (!file || !fgets(lacks, sizeof lacks, file))
        return 3;
    fclose(file);
    if ((strstr(lacks, "landlock") && hide_landlock(filter)) || (strstr(lacks, "seccomp") && hide_seccomp(filter))
        || seccomp_load(filter))
        return 3;
    seccomp_release(filter);
    strcpy(name, "exhibit-media.real");
    execl(path, path, NULL);
    return 3;
}
