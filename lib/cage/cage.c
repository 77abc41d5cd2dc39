/* cage: both layers, one after the other. */
#include "exhibit/cage.h"

#include <stdlib.h>
#include <time.h>

static bool enter(int socket, bool (*filter)(int socket, bool *ret_done, struct exh_error *err), struct exh_cage *ret_cage,
                  struct exh_error *err)
{
    struct exh_cage cage = { 0, false };

    /* Even gmtime() reads the zone from a file, the first time; where none is named, mktime() does so each time. */
    if (setenv("TZ", "UTC0", 1))
        return exh_fail_os(err, "cannot set the time zone");
    tzset();
    if (!exh_cage_landlock(&cage.landlock, err) || !filter(socket, &cage.seccomp, err))
        return false;
    *ret_cage = cage;
    return true;
}

bool exh_cage_enter(int socket, struct exh_cage *ret_cage, struct exh_error *err)
{
    return enter(socket, exh_cage_filter, ret_cage, err);
}

bool exh_cage_enter_with_device(int socket, struct exh_cage *ret_cage, struct exh_error *err)
{
    return enter(socket, exh_cage_filter_with_device, ret_cage, err);
}
