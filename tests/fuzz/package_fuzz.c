/* The whole check on a file in memory: any bytes give a verdict, and never VERIFIED (no list of
 * signers is given).
 */
#include "exhibit/package.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One file for all inputs: making one each time is what would take the time. */
static int memory_file(void)
{
    static int fd = -1;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (fd < 0 && (!exh_crypto_init(&err) || (fd = memfd_create("package", MFD_CLOEXEC)) < 0))
        abort();
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    const struct exh_package_ask ask = EXH_PACKAGE_ASK_NONE;
    int fd = memory_file();
    char path[32];

    if (ftruncate(fd, 0) || pwrite(fd, bytes, size, 0) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!exh_package_check(AT_FDCWD, path, &ask, &report, &err))
        return err.kind == EXH_REFUSED ? 0 : (abort(), 0);
    if (report.verdict == EXH_VERIFIED || (report.verdict == EXH_FAILED && report.findings.count == 0))
        abort();
    return 0;
}
