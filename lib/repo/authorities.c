/* repo: the certificates of the authorities that the system trusts, read when https is spoken and not before.
 *
 * libgit2 over mbedTLS, as Debian builds it, reads them at its start: 8 of the 12 ms that a command took which never spoke
 * https. It offers no way to be asked not to. So this function stands before the one of the same name in libmbedx509, as
 * the dynamic linker has it (ld.so(8)): it declines while libgit2 starts, and keeps the file's name for the time that it is
 * needed. A libgit2 over another library never calls it.
 */
#include "git.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* MBEDTLS_ERR_X509_FILE_IO_ERROR: as where there is no such file, which libgit2 passes over. */
enum { DECLINED = -0x2900 };

struct mbedtls_x509_crt;
int mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain, const char *path);

static _Atomic(char *) declined;             /* the file that was not read */
static atomic_bool wanted;

int mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain, const char *path)
{
    int (*real)(struct mbedtls_x509_crt *, const char *);
    void *found;

    if (!atomic_load(&wanted)) {
        free(atomic_exchange(&declined, exh_strdup(path)));
        return DECLINED;
    }
    found = dlsym(RTLD_NEXT, "mbedtls_x509_crt_parse_file");
    if (!found)
        return DECLINED;
    memcpy(&real, &found, sizeof real);          /* as POSIX has it for dlsym */
    return real(chain, path);
}

bool exh_git_read_authorities(struct exh_error *err)
{
    atomic_store(&wanted, true);
    EXH_CLEANUP(exh_freep) char *path = atomic_exchange(&declined, NULL);
    return !path || git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, path, NULL) == 0
        || exh_git_fail(err, EXH_IO, "cannot read the certificates of authorities in '%s'", path);
}
