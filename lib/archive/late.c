/* late: libarchive's functions, found by their names. */
#include "late.h"

#include <dlfcn.h>
#include <pthread.h>

#define LIBRARY "libarchive.so.13"       /* as every libarchive 3 is called */

static struct exh_libarchive library;
static bool is_loaded;

/* @ret_function: the place of a pointer to a function, which C knows no other way to fill from dlsym(3). */
static bool find(void *handle, const char *name, void *ret_function)
{
    void *found = dlsym(handle, name);

    *(void **)ret_function = found;
    return found;
}

static void load(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    is_loaded = handle;
#define FIND(name) is_loaded = is_loaded && find(handle, #name, &library.name);
    EXH_LIBARCHIVE(FIND)
#undef FIND
}

bool exh_libarchive_load(const struct exh_libarchive **ret_library, struct exh_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    if (!is_loaded)
        return exh_fail(err, EXH_IO, "cannot load " LIBRARY ", which writes ZIP files: install libarchive 3");
    *ret_library = &library;
    return true;
}
