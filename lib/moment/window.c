/* moment: windows. */
#include "exhibit/moment.h"

bool exh_window_check(struct exh_window window, struct exh_error *err)
{
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];

    if (window.from.ns < window.to.ns)
        return true;
    exh_moment_utc(window.from, from);
    exh_moment_utc(window.to, to);
    return exh_fail(err, EXH_USAGE, "the window ends (%s) %s it begins (%s); its end must be later than its beginning", to,
                    window.from.ns == window.to.ns ? "as" : "before", from);
}

bool exh_window_shift(struct exh_window window, int64_t by_ns, struct exh_window *ret_window, struct exh_error *err)
{
    char words[EXH_MOMENT_SIZE];
    struct exh_window shifted;

    if (__builtin_add_overflow(window.from.ns, by_ns, &shifted.from.ns) || __builtin_add_overflow(window.to.ns, by_ns, &shifted.to.ns)) {
        exh_duration_words(by_ns, words);
        return exh_fail(err, EXH_USAGE, "the window, moved by %s, leaves the years that can be told", words);
    }
    *ret_window = shifted;
    return true;
}
