/* helper/program: where the helper program is: beside this one, or in ../libexec/exhibit. */
#include "program.h"

#include "exhibit/helper.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Which program is a matter of the installation, not of the environment or an argument: only tests change it. */
static const char *program;

void exh_helper_set_program(const char *path)
{
    program = path;
}

static bool own_directory(char ret_path[PATH_MAX], struct exh_error *err)
{
    ssize_t n = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);

    if (n <= 0)
        return exh_fail_os(err, "cannot find this program through /proc/self/exe");
    ret_path[n] = '\0';
    *strrchr(ret_path, '/') = '\0';
    return true;
}

bool exh_helper_program(char **ret_path, struct exh_error *err)
{
    static const char *const places[] = { "exhibit-media", "../libexec/exhibit/exhibit-media" };
    char directory[PATH_MAX];

    if (program) {
        *ret_path = exh_strdup(program);
        return true;
    }
    if (!own_directory(directory, err))
        return false;
    for (size_t i = 0; i < EXH_COUNT(places); i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", directory, places[i]);
        if (access(path, X_OK) == 0) {
            *ret_path = exh_steal(&path);
            return true;
        }
    }
    return exh_fail(
        err, EXH_IO,
        "the program exhibit-media, which reads footage, is neither in '%s' nor in '%s/../libexec/exhibit'; "
        "install it there",
        directory, directory);
}
