/* catalogue: where a camera stands. */
#include "exhibit/catalogue.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DECIMALS = 9 };

/* "-0.1590": a sign or none, one to three digits, perhaps a point and decimals. */
static bool is_decimal(const char *words)
{
    const char *digits = words + (*words == '-');
    size_t whole = strspn(digits, "0123456789");
    const char *rest = digits + whole;
    size_t decimals = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;

    return whole >= 1 && whole <= 3 && decimals <= MOST_DECIMALS
        && (*rest == '\0' || (decimals > 0 && rest[1 + decimals] == '\0'));
}

/* True when the decimal's size is at most @most: by its digits, so that 90.000000001 is over 90. */
static bool is_within(const char *words, long most)
{
    const char *digits = words + (*words == '-'), *point = strchr(digits, '.');
    long whole = strtol(digits, NULL, 10);

    return whole < most || (whole == most && (!point || strspn(point + 1, "0") == strlen(point + 1)));
}

static bool check_degrees(const char *what, const char *words, long most, struct exh_error *err)
{
    if (is_decimal(words) && is_within(words, most))
        return true;
    if (is_decimal(words))
        return exh_fail(err, EXH_USAGE, "%s '%s' is out of range: it goes from -%ld to %ld", what, words, most, most);
    if (strlen(words) < 32 && strchr(words, ','))
        return exh_fail(err, EXH_USAGE, "%s '%s' is not decimal degrees: write a point, not a comma", what, words);
    return exh_fail(err, EXH_USAGE, "%s '%.64s' is not decimal degrees: write it like 52.6660 or -0.1590", what, words);
}

bool exh_camera_is_in(const struct exh_camera *camera, const char *town)
{
    return camera->town && strcasecmp(camera->town, town) == 0;
}

bool exh_camera_check_place(const char *latitude, const char *longitude, struct exh_error *err)
{
    if (!latitude && !longitude)
        return true;
    if (!latitude || !longitude)
        return exh_fail(err, EXH_USAGE, "a place needs both latitude and longitude: the %s is missing",
                        latitude ? "longitude" : "latitude");
    return check_degrees("latitude", latitude, 90, err) && check_degrees("longitude", longitude, 180, err);
}
