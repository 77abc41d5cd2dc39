/* moment: windows. */
#include "exhibit/moment.h"

bool exh_window_check(struct exh_window window, struct exh_error *err)
{
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];

    if (window.from.ns < window.to.ns)
        return true;
    exh_moment_utc(window.from, from);
    exh_moment_utc(window.to, to);
    return exh_fail(err, EXH_USAGE, "the window ends (%s) before it begins (%s); --to must be later than --from", to, from);
}
