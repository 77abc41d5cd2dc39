/* cage/landlock: every right that the kernel's Landlock knows is given up; no rule gives one back. */
#include "exhibit/cage.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's header ends at ABI 2; these are the kernel's numbers for what came after. */
enum { NETWORK_BIND_TCP = 1 << 0, NETWORK_CONNECT_TCP = 1 << 1 }; /* ABI 4 */
enum { SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* ABI 6 */
static const uint64_t files_truncate = 1 << 14; /* ABI 3 */
static const uint64_t files_ioctl_dev = 1 << 15; /* ABI 5 */

/* The kernel's struct landlock_ruleset_attr as it has been since ABI 6. */
struct attributes {
    uint64_t files, network, scope;
};

struct exh_cage_rights exh_cage_rights(int abi)
{
    struct exh_cage_rights rights = { 0, 0, 0, sizeof(uint64_t) };

    if (abi < 1)
        return (struct exh_cage_rights){ 0, 0, 0, 0 };
    rights.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (abi >= 2)
        rights.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rights.files |= files_truncate;
    if (abi >= 4) {
        rights.network = NETWORK_BIND_TCP | NETWORK_CONNECT_TCP;
        rights.size = 2 * sizeof(uint64_t);
    }
    if (abi >= 5)
        rights.files |= files_ioctl_dev;
    if (abi >= 6) {
        rights.scope = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
        rights.size = 3 * sizeof(uint64_t);
    }
    return rights;
}

static bool is_missing(int os)
{
    return os == ENOSYS || os == EOPNOTSUPP;
}

static bool restrict_to(const struct exh_cage_rights *rights, struct exh_error *err)
{
    const struct attributes attributes = { rights->files, rights->network, rights->scope };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, rights->size, 0);

    if (rules < 0)
        return exh_fail_os(err, "cannot prepare Landlock");
    bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!done)
        exh_fail_os(err, "cannot enter Landlock");
    close(rules);
    return done;
}

bool exh_cage_landlock(int *ret_abi, struct exh_error *err)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *ret_abi = 0;
    if (abi < 0)
        return is_missing(errno) || exh_fail_os(err, "cannot ask for Landlock");
    if (abi > EXH_CAGE_NEWEST_ABI)
        abi = EXH_CAGE_NEWEST_ABI;
    struct exh_cage_rights rights = exh_cage_rights(abi);
    if (!restrict_to(&rights, err))
        return false;
    *ret_abi = abi;
    return true;
}
