/* csv: RFC 4180 read strictly; what breaks it is told with its line, and reading goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/csv.h"

#include <stdlib.h>
#include <string.h>

/* The whole file as "line:field|field;", with "!words" where there is a problem. */
static char *read_all(const char *bytes, size_t size)
{
    struct exh_csv csv = exh_csv_begin(bytes, size);
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    while (exh_csv_next(&csv, &row)) {
        exh_text_printf(&all, "%zu:", row.line);
        for (size_t i = 0; i < row.fields.count && !row.problem; i++)
            exh_text_printf(&all, "%s%s", i ? "|" : "", row.fields.at[i]);
        exh_text_printf(&all, "%s%.18s;", row.problem ? "!" : "", row.problem ? row.problem : "");
    }
    return exh_text_take(&all);
}

#define BYTES(text) text, sizeof(text) - 1

static void records_are_read_as_the_standard_gives_them(void **state)
{
    static const struct { const char *bytes; size_t size; const char *all; } cases[] = {
        { BYTES("a,b\r\nc,d\r\n"), "1:a|b;2:c|d;" },
        { BYTES("a,b\nc,d"), "1:a|b;2:c|d;" },
        { BYTES("\xef\xbb\xbf" "a,b\n"), "1:a|b;" },
        { BYTES(""), "" },
        { BYTES("\xef\xbb\xbf"), "" },
        { BYTES("\n\r\n\na\n\n"), "4:a;" },
        { BYTES(",\n,"), "1:|;2:|;" },
        { BYTES("\"\"\n"), "1:;" },
        { BYTES(" a , b\n"), "1: a | b;" },
        { BYTES("\"a,b\",\"say \"\"x\"\"\",\"\"\"\"\n"), "1:a,b|say \"x\"|\";" },
        { BYTES("\"two\r\nlines\",b\nc\n"), "1:two\r\nlines|b;3:c;" },
        { BYTES("caf\xc3\xa9\n"), "1:caf\xc3\xa9;" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *all = read_all(cases[i].bytes, cases[i].size);
        assert_string_equal(all, cases[i].all);
    }
}

static void what_breaks_the_standard_is_told_and_the_next_line_read(void **state)
{
    static const struct { const char *bytes; size_t size; const char *all; } cases[] = {
        { BYTES("a,b\"c\nd\n"), "1:!holds a double quo;2:d;" },
        { BYTES("a \"b\"\nd\n"), "1:!holds a double quo;2:d;" },
        { BYTES("\"a\"b,c\nd\n"), "1:!has something betw;2:d;" },
        { BYTES("\"a\" ,c\nd\n"), "1:!has something betw;2:d;" },
        { BYTES("a\n\"b\nc\nd\n"), "1:a;2:!opens a double quo;" },
        { BYTES("\""), "1:!opens a double quo;" },
        { BYTES("a\rb\nc\n"), "1:!holds a carriage r;2:c;" },
        { BYTES("a\r"), "1:!holds a carriage r;" },
        { BYTES("a\0b\nc\n"), "1:!holds a NUL byte, ;2:c;" },
        { BYTES("\"a\0b\"\nc\n"), "1:!holds a NUL byte, ;2:c;" },
        { BYTES("\xff\xfei\0d\0\n\0"), "1:!holds a NUL byte, ;2:!holds a NUL byte, ;" },
        { BYTES("a,M\xe4rz,\"b\nc\"\nd\n"), "1:!is not UTF-8: save;3:d;" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *all = read_all(cases[i].bytes, cases[i].size);
        assert_string_equal(all, cases[i].all);
    }
}

static void a_record_of_very_many_fields_is_told_and_takes_no_memory(void **state)
{
    size_t size = 4 << 20;
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(size);

    (void)state;
    memset(bytes, ',', size);
    memcpy(bytes + size - 3, "\na\n", 3);
    EXH_CLEANUP(exh_freep) char *all = read_all(bytes, size);
    assert_string_equal(all, "1:!has more fields th;2:a;");
}

static void a_huge_field_is_read_in_proportion_to_its_size(void **state)
{
    size_t size = 16 << 20;
    EXH_CLEANUP(exh_freep) char *bytes = exh_alloc(size);
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;

    (void)state;
    memset(bytes, '"', size);            /* pairs of quotes inside quotes */
    struct exh_csv csv = exh_csv_begin(bytes, size);
    assert_true(exh_csv_next(&csv, &row));
    assert_null(row.problem);
    assert_int_equal(strlen(row.fields.at[0]), size / 2 - 1);
    assert_false(exh_csv_next(&csv, &row));
}

static void what_is_written_reads_back_as_it_was(void **state)
{
    static const char *const fields[] = { "plain", NULL, "a,b", "say \"yes\"", "two\r\nlines", " blanks ", "" };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;

    (void)state;
    exh_csv_add(&text, fields, EXH_COUNT(fields));
    exh_csv_add(&text, fields, 1);
    assert_string_equal(text.bytes, "plain,,\"a,b\",\"say \"\"yes\"\"\",\"two\r\nlines\", blanks ,\r\nplain\r\n");
    struct exh_csv csv = exh_csv_begin(text.bytes, text.size);
    assert_true(exh_csv_next(&csv, &row));
    assert_null(row.problem);
    assert_int_equal(row.fields.count, EXH_COUNT(fields));
    for (size_t i = 0; i < EXH_COUNT(fields); i++)
        assert_string_equal(row.fields.at[i], fields[i] ? fields[i] : "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_as_the_standard_gives_them),
        cmocka_unit_test(what_breaks_the_standard_is_told_and_the_next_line_read),
        cmocka_unit_test(a_record_of_very_many_fields_is_told_and_takes_no_memory),
        cmocka_unit_test(what_is_written_reads_back_as_it_was),
        cmocka_unit_test(a_huge_field_is_read_in_proportion_to_its_size),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
