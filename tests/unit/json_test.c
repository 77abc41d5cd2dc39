/* json: one value, one sequence of bytes; anything doubtful is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/json.h"

#include <stdlib.h>
#include <string.h>

static void canonical_bytes_do_not_depend_on_the_order_of_setting(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *a = exh_json_object(), *b = exh_json_object();

    (void)state;
    exh_json_set_int(a, "size", 9007199254740993);
    exh_json_set_text(a, "act", "init");
    exh_json_set_text(b, "act", "init");
    exh_json_set_int(b, "size", 9007199254740993);
    EXH_CLEANUP(exh_freep) char *x = exh_json_canonical(a), *y = exh_json_canonical(b);
    assert_string_equal(x, "{\"act\":\"init\",\"size\":9007199254740993}");
    assert_string_equal(x, y);
}

static void what_is_not_utf8_is_shown_not_lost(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *a = exh_json_object();

    (void)state;
    exh_json_set_text(a, "name", "x\xff");
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(a);
    assert_string_equal(bytes, "{\"name\":\"x\\\\xff\"}");
}

static void doubtful_json_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "{", "{}x", "{} {}", "{\"a\":1,\"a\":2}", "1.0", "[1e3]", "{\"a\":1.5}", "18446744073709551616", "\"\\u0000\"", "\"\xff\"",
        "\"\xed\xa0\x80\"", "{'a':1}", "[1,]", "NaN", "// c\n1",
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(bad); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        struct exh_json *value = NULL;
        if (exh_json_parse(bad[i], strlen(bad[i]), "input", &value, &err))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.kind, EXH_MALFORMED);
        assert_null(value);
    }
}

static void deep_nesting_is_refused_and_the_limit_is_not(void **state)
{
    char bytes[4096];

    (void)state;
    for (int depth = 63; depth <= 65; depth++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_json_freep) struct exh_json *value = NULL;
        memset(bytes, '[', (size_t)depth);
        memset(bytes + depth, ']', (size_t)depth);
        assert_int_equal(exh_json_parse(bytes, 2 * (size_t)depth, "input", &value, &err), depth <= 64);
    }
}

static void demanding_names_the_member_that_is_wrong(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error missing = EXH_ERROR_NONE, other = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *value = exh_json_object();
    const char *words;
    int64_t number;

    (void)state;
    exh_json_set_text(value, "seq", "1");
    assert_false(exh_json_need_text(value, "act", &words, &missing));
    assert_string_equal(missing.text, "member 'act' is missing");
    assert_false(exh_json_need_int(value, "seq", &number, &other));
    assert_string_equal(other.text, "member 'seq' is not a whole number");
}

static void merging_puts_every_member_over_those_of_its_name(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = exh_json_object();
    struct exh_json *other = exh_json_object();

    (void)state;
    exh_json_set_int(object, "a", 1);
    exh_json_set_int(object, "b", 1);
    exh_json_set_int(other, "b", 2);
    exh_json_set_int(other, "c", 3);
    exh_json_merge(object, other);
    exh_json_merge(object, NULL);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(object);
    assert_string_equal(bytes, "{\"a\":1,\"b\":2,\"c\":3}");
}

static void members_are_visited_in_the_order_of_their_names(void **state)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *value = exh_json_object();

    (void)state;
    exh_json_set_int(value, "b", 1);
    exh_json_set_int(value, "a", 2);
    exh_json_set_int(value, "B", 3);
    assert_int_equal(exh_json_members(value), 3);
    assert_string_equal(exh_json_member_name(value, 0), "B");
    assert_string_equal(exh_json_member_name(value, 1), "a");
    assert_string_equal(exh_json_member_name(value, 2), "b");
    assert_null(exh_json_member_name(value, 3));
}

static void an_object_of_an_array_is_found_by_a_text_of_its_own(void **state)
{
    static const char words[] = "[1,{},{\"a\":2},{\"a\":\"x\",\"b\":1},{\"a\":\"x\",\"b\":2}]";
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *array = NULL;

    (void)state;
    assert_true(exh_json_parse(words, strlen(words), "test", &array, &err));
    assert_int_equal(exh_json_int_or(exh_json_find(array, "a", "x"), "b", 0), 1);
    assert_null(exh_json_find(array, "a", "y"));
    assert_null(exh_json_find(array, "a", ""));
    assert_null(exh_json_find(NULL, "a", "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_bytes_do_not_depend_on_the_order_of_setting),
        cmocka_unit_test(what_is_not_utf8_is_shown_not_lost),
        cmocka_unit_test(doubtful_json_is_refused),
        cmocka_unit_test(deep_nesting_is_refused_and_the_limit_is_not),
        cmocka_unit_test(demanding_names_the_member_that_is_wrong),
        cmocka_unit_test(an_object_of_an_array_is_found_by_a_text_of_its_own),
        cmocka_unit_test(members_are_visited_in_the_order_of_their_names),
        cmocka_unit_test(merging_puts_every_member_over_those_of_its_name),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
