/* text: names are made safe, numbers and digits read strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

static void hostile_bytes_are_shown_and_never_sent(void **state)
{
    static const struct { const char *in, *out; } cases[] = {
        { "Market Place", "Market Place" }, { "a\x1b[31mb", "a\\x1b[31mb" }, { "caf\xc3\xa9", "caf\xc3\xa9" },
        { "bad\xff\xc0\x80", "bad\\xff\\xc0\\x80" }, { "surrogate\xed\xa0\x80", "surrogate\\xed\\xa0\\x80" }, { "cut\xe2\x82", "cut\\xe2\\x82" },
        { "line\nfeed", "line\\x0afeed" }, { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(cases[i].in);
        assert_string_equal(shown, cases[i].out);
        assert_true(exh_text_is_utf8(shown, strlen(shown)));
    }
}

static void long_words_are_cut_between_characters(void **state)
{
    static const struct { const char *in; size_t longest; const char *out; } cases[] = {
        { "whole", 5, "whole" }, { "longer", 5, "longe..." }, { "caf\xc3\xa9s", 4, "caf..." },
        { "caf\xc3\xa9s", 5, "caf\xc3\xa9..." }, { "\xe2\x82\xac", 2, "..." }, { "", 0, "" }, { "\x1b[31m", 4, "\\x1b..." },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(cases[i].in, cases[i].longest);
        assert_string_equal(shown, cases[i].out);
        assert_true(exh_text_is_utf8(shown, strlen(shown)));
    }
}

static void html_text_cannot_end_its_element_or_attribute(void **state)
{
    EXH_CLEANUP(exh_freep) char *safe = exh_text_html("<script>alert(\"x\")</script>&'");

    (void)state;
    assert_string_equal(safe, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
}

static void numbers_are_digits_within_the_limit_and_nothing_else(void **state)
{
    static const struct { const char *digits; uint64_t most; bool good; uint64_t number; } cases[] = {
        { "0", 0, true, 0 }, { "7", 7, true, 7 }, { "8", 7, false, 0 }, { "10", 9, false, 0 }, { "", 9, false, 0 }, { "-1", 9, false, 0 },
        { "1 ", 9, false, 0 }, { "0x1", 99, false, 0 }, { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, false, 0 }, { "99999999999999999999999", UINT64_MAX, false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        uint64_t number = 0;
        assert_int_equal(exh_text_number(cases[i].digits, cases[i].most, &number), cases[i].good);
        assert_true(number == cases[i].number);
    }
}

static void hex_is_read_back_only_when_whole(void **state)
{
    uint8_t bytes[4];
    char digits[9];

    (void)state;
    assert_true(exh_unhex(bytes, 4, "00fFaB7c"));
    exh_hex(digits, bytes, 4);
    assert_string_equal(digits, "00ffab7c");
    assert_false(exh_unhex(bytes, 4, "00ffab7"));
    assert_false(exh_unhex(bytes, 4, "00ffab7c0"));
    assert_false(exh_unhex(bytes, 4, "00ffab7g"));
}

static void identifiers_are_fit_for_file_names(void **state)
{
    (void)state;
    assert_true(exh_text_is_identifier("wisbech-12", 32));
    assert_false(exh_text_is_identifier("", 32));
    assert_false(exh_text_is_identifier("-rf", 32));
    assert_false(exh_text_is_identifier("../x", 32));
    assert_false(exh_text_is_identifier("a b", 32));
    assert_false(exh_text_is_identifier("abcdef", 5));
}

static void the_nearest_name_is_offered_and_a_far_one_is_not(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    (void)state;
    exh_strings_add(&names, "wisbech-12");
    exh_strings_add(&names, "march-3");
    assert_string_equal(exh_text_nearest(&names, "wisbeach-12"), "wisbech-12");
    assert_string_equal(exh_text_nearest(&names, "march-4"), "march-3");
    assert_null(exh_text_nearest(&names, "doddington"));
    assert_null(exh_text_nearest(&names, ""));
}

static void the_nearest_name_is_found_in_either_case_and_with_neighbours_that_changed_places(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    (void)state;
    exh_strings_add(&names, "abc");
    exh_strings_add(&names, "OP1");
    exh_strings_add(&names, "C");
    assert_string_equal(exh_text_nearest(&names, "op1"), "OP1");
    assert_string_equal(exh_text_nearest(&names, "PO1"), "OP1");
    assert_string_equal(exh_text_nearest(&names, "bac"), "abc");
    assert_string_equal(exh_text_nearest(&names, "acb"), "abc");
    assert_null(exh_text_nearest(&names, "bca"));
    assert_null(exh_text_nearest(&names, "cab"));
    assert_null(exh_text_nearest(&names, ""));
}

static void what_is_not_known_is_said_with_the_nearest_and_the_remedy(void **state)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error near = EXH_ERROR_NONE, far = EXH_ERROR_NONE;

    (void)state;
    exh_strings_add(&names, "nvr");
    assert_false(exh_text_unknown(&names, "nrv", "'x' lists them", &near, "source '%s' is not known", "nrv"));
    assert_int_equal(near.kind, EXH_USAGE);
    assert_string_equal(near.text, "source 'nrv' is not known; did you mean 'nvr'? ('x' lists them)");
    assert_false(exh_text_unknown(&names, "other", "'x' lists them", &far, "source '%s' is not known", "other"));
    assert_string_equal(far.text, "source 'other' is not known; 'x' lists them");
}

static void sizes_are_said_in_decimal_units(void **state)
{
    static const struct { uint64_t bytes; const char *words; } cases[] = {
        { 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 60600000, "60.6 MB" }, { 999949999, "999.9 MB" }, { 999960000, "1.0 GB" },
        { UINT64_C(2219000000), "2.2 GB" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_text_size(cases[i].bytes);
        assert_string_equal(words, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_bytes_are_shown_and_never_sent),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(html_text_cannot_end_its_element_or_attribute),
        cmocka_unit_test(numbers_are_digits_within_the_limit_and_nothing_else),
        cmocka_unit_test(hex_is_read_back_only_when_whole),
        cmocka_unit_test(identifiers_are_fit_for_file_names),
        cmocka_unit_test(the_nearest_name_is_offered_and_a_far_one_is_not),
        cmocka_unit_test(the_nearest_name_is_found_in_either_case_and_with_neighbours_that_changed_places),
        cmocka_unit_test(what_is_not_known_is_said_with_the_nearest_and_the_remedy),
        cmocka_unit_test(sizes_are_said_in_decimal_units),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
