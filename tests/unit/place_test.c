/* catalogue: a camera's place is decimal degrees, in range, and whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/catalogue.h"

#include <string.h>

static void a_place_is_decimal_degrees_in_range_or_unknown(void **state)
{
    static const struct { const char *latitude, *longitude, *says; } cases[] = {
        { NULL, NULL, NULL }, { "52.6660", "0.1590", NULL }, { "-90", "-180", NULL }, { "90.000", "180.0", NULL }, { "0", "-0.000000001", NULL },
        { "91", "0", "out of range" }, { "90.000000001", "0", "out of range" }, { "-90.1", "0", "out of range" }, { "0", "181", "longitude '181'" },
        { "0", "-180.5", "out of range" }, { "52,6660", "0", "not a comma" }, { "52.6660", NULL, "the longitude is missing" },
        { NULL, "0.1590", "the latitude is missing" }, { "", "0", "decimal degrees" }, { "-", "0", "decimal degrees" }, { "+1", "0", "decimal degrees" },
        { "1.", "0", "decimal degrees" }, { ".5", "0", "decimal degrees" }, { "1.2.3", "0", "decimal degrees" }, { "1e1", "0", "decimal degrees" },
        { "52.6660N", "0", "decimal degrees" }, { " 1", "0", "decimal degrees" }, { "nan", "0", "decimal degrees" }, { "0x10", "0", "decimal degrees" },
        { "0.0123456789", "0", "decimal degrees" }, { "99999999999999999999", "0", "decimal degrees" }, { "52\xc2\xb0" "39", "0", "decimal degrees" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        bool fit = exh_camera_check_place(cases[i].latitude, cases[i].longitude, &err);
        assert_int_equal(fit, cases[i].says == NULL);
        if (cases[i].says) {
            assert_int_equal(err.kind, EXH_USAGE);
            assert_non_null(strstr(err.text, cases[i].says));
        }
    }
}

static void a_town_is_named_whole_and_in_either_case(void **state)
{
    const struct exh_camera camera = { .town = (char[]){ "Wisbech" } }, nowhere = { 0 };

    (void)state;
    assert_true(exh_camera_is_in(&camera, "wisBECH"));
    assert_false(exh_camera_is_in(&camera, "Wis"));
    assert_false(exh_camera_is_in(&camera, ""));
    assert_false(exh_camera_is_in(&nowhere, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_decimal_degrees_in_range_or_unknown),
        cmocka_unit_test(a_town_is_named_whole_and_in_either_case),
    };

    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
