/* batch: the row reader: what a row becomes, the same of CSV and JSON lines, and what is wrong told where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/batch.h"

#include <stdlib.h>
#include <string.h>

static const struct exh_batch_option take_options[] = {
    { "case", true, false, NULL }, { "at", true, true, NULL }, { "loud", false, false, NULL }, { "secret", true, false, "it is not of rows" },
};

/* Takes anything but the argument "bad". */
static bool judge(const void *context, const struct exh_strings *words, struct exh_error *err)
{
    assert_string_equal(context, "the verb's");
    return !exh_strings_contain(words, "bad") || exh_fail(err, EXH_MALFORMED, "it takes no bad argument");
}

static const struct exh_batch_verb verbs[] = {
    { "export", take_options, EXH_COUNT(take_options), false, judge, "the verb's" },
    { "still", NULL, 0, false, NULL, NULL },
    { "case open", NULL, 0, true, NULL, NULL },
};

static void read_text(const char *text, struct exh_batch *ret_batch)
{
    exh_batch_read(text, strlen(text), verbs, EXH_COUNT(verbs), ret_batch);
}

/* Rows as "line:id:verb:words|words;", problems as "!line,column:text;". */
static char *all_of(const char *text)
{
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    read_text(text, &batch);
    for (size_t i = 0; i < batch.row_count && !batch.problem_count; i++) {
        const struct exh_batch_row *row = &batch.rows[i];
        exh_text_printf(&all, "%zu:%s:%s:", row->line, row->id, row->verb->name);
        for (size_t j = 0; j < row->words.count; j++)
            exh_text_printf(&all, "%s%s", j ? "|" : "", row->words.at[j]);
        exh_text_puts(&all, ";");
    }
    for (size_t i = 0; i < batch.problem_count; i++)
        exh_text_printf(&all, "!%zu,%s:%.24s;", batch.problems[i].line, batch.problems[i].column ? batch.problems[i].column : "",
                        batch.problems[i].text);
    return exh_text_take(&all);
}

static void a_row_becomes_the_words_of_a_command_line(void **state)
{
    static const struct { const char *text, *all; } cases[] = {
        { "id,case\na,C1\n", "2:a:export:--case=C1|--;" },
        { "id,case\r\na,C1\r\n\r\nb,\r\n", "2:a:export:--case=C1|--;4:b:export:--;" },
        { "\xef\xbb\xbfid,verb,argument,argument\na,still,OP1,OP2\n", "2:a:still:--|OP1|OP2;" },
        { "id,at,at,at\na,1,,2\n", "2:a:export:--at=1|--at=2|--;" },
        { "id,loud\na,yes\nb,no\nc,true\nd,false\n", "2:a:export:--loud|--;3:b:export:--;4:c:export:--loud|--;5:d:export:--;" },
        { "id,case\na,\"two\nlines\"\nb,x\n", "2:a:export:--case=two\nlines|--;4:b:export:--case=x|--;" },
        { "id,argument\na,--help\n", "2:a:export:--|--help;" },
        { "id,case\na,--loud\n", "2:a:export:--case=--loud|--;" },
        { "{\"id\":\"a\",\"case\":\"C1\"}", "1:a:export:--case=C1|--;" },
        { "\n  \r\n{\"id\":\"a\",\"case\":5}\n\n", "3:a:export:--case=5|--;" },
        { "\xef\xbb\xbf{\"id\":\"a\",\"at\":[\"1\",-2],\"loud\":true}", "1:a:export:--at=1|--at=-2|--loud|--;" },
        { "{\"id\":\"a\",\"at\":[],\"loud\":false,\"case\":null,\"verb\":null}", "1:a:export:--;" },
        { "{\"argument\":\"x\",\"verb\":\"still\",\"id\":\"a\"}", "1:a:still:--|x;" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *all = all_of(cases[i].text);
        assert_string_equal(all, cases[i].all);
    }
}

static void what_is_wrong_is_told_where_it_is_and_the_next_row_read(void **state)
{
    static const struct { const char *text, *all; } cases[] = {
        { "", "" },
        { "id,case\n", "" },
        { "case\nC1\n", "!1,id:the column is missing; t;!2,id:it is needed: a text of ;" },
        { "id,colour,\na,,\n", "!1,:a column has no name; co;!1,colour:it is not a column; colu;" },
        { "id,case\na\nb,C1,x\nc,C1\n", "!2,:it has 1 fields, and the;!3,:it has 3 fields, and the;" },
        { "id,\"ca\"se\na,C1\n", "!1,:it has something between;" },
        { "id,case\na,C\"1\n,C1\n", "!2,:it holds a double quote ;!3,id:it is needed: a text of ;" },
        { "id\na\nb\na\na\n", "!4,id:row 'a' is on line 2 alr;!5,id:row 'a' is on line 4 alr;" },
        { "id,verb\na,exprot\nb,case open\n", "!2,verb:'exprot' is not a verb; ;!3,verb:'case open' cannot be do;" },
        { "id,verb,case\na,still,C1\n", "!2,case:'still' has no such opti;" },
        { "id,case,case\na,C1,C2\n", "!2,case:it can be given once onl;" },
        { "id,loud\na,maybe\n", "!2,loud:it is an option without ;" },
        { "id,secret\na,x\nb,\n", "!2,secret:it is not of rows;" },
        { "id,argument\na,bad\n", "!2,:it takes no bad argument;" },
        { "{\"id\":\"a\"}\n{\"id\":\n5\n{\"id\":\"b\",\"id\":\"c\"}\n", "!2,:the line is not JSON: li;!3,:it is not a JSON object;!4,:the line is not JSON: li;" },
        { "{\"id\":5}\n{\"id\":\"\"}\n{\"id\":\"a\\tb\"}\n", "!1,id:it is needed: a text of ;!2,id:it is needed: a text of ;!3,id:it must have 1 to 128 by;" },
        { "{\"id\":\"a\",\"verb\":5,\"case\":\"\"}", "!1,verb:it must be a text;" },
        { "{\"id\":\"a\",\"case\":\"\",\"at\":[\"1\",true],\"loud\":\"yes\"}",
          "!1,loud:it is an option without ;!1,case:it is empty; leave it ou;!1,at:it must be a text or a w;" },
        { "{\"id\":\"a\",\"case\":{},\"argument\":[[]]}", "!1,argument:it must be a text or a w;!1,case:it must be a text or a w;" },
        { "{\"id\":\"a\",\"cas\":\"C1\"}", "!1,cas:'export' has no such opt;" },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        EXH_CLEANUP(exh_freep) char *all = all_of(cases[i].text);
        assert_string_equal(all, cases[i].all);
    }
}

/* The canonical content of the only row. */
static char *content_of(const char *text)
{
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };

    read_text(text, &batch);
    assert_int_equal(batch.problem_count, 0);
    assert_int_equal(batch.row_count, 1);
    return exh_json_canonical(batch.rows[0].content);
}

static void the_same_words_have_the_same_content_however_they_are_written(void **state)
{
    static const char *const same[] = {
        "id,case,loud,at,at\na,C1,yes,1,2\n",
        "at,verb,at,loud,case,id\n1,export,2,true,C1,another\n",
        "{\"id\":\"a\",\"case\":\"C1\",\"loud\":true,\"at\":[\"1\",\"2\"]}",
        "{\"at\":[1,2],\"loud\":true,\"verb\":\"export\",\"case\":[\"C1\"],\"id\":\"b\",\"argument\":[],\"secret\":null}",
    };
    static const char *const others[] = {
        "id,case,loud,at,at\na,C1,no,1,2\n",
        "id,case,loud,at,at\na,C1,yes,2,1\n",
        "id,case,loud,at,at\na,C2,yes,1,2\n",
        "id,case,loud,at\na,C1,yes,1\n",
        "id,case,loud,at,at,argument\na,C1,yes,1,2,x\n",
    };
    EXH_CLEANUP(exh_freep) char *first = content_of(same[0]);

    (void)state;
    assert_string_equal(first, "{\"argument\":[],\"options\":{\"at\":[\"1\",\"2\"],\"case\":[\"C1\"],\"loud\":true},\"verb\":\"export\"}");
    for (size_t i = 1; i < EXH_COUNT(same); i++) {
        EXH_CLEANUP(exh_freep) char *content = content_of(same[i]);
        assert_string_equal(content, first);
    }
    for (size_t i = 0; i < EXH_COUNT(others); i++) {
        EXH_CLEANUP(exh_freep) char *content = content_of(others[i]);
        assert_string_not_equal(content, first);
    }
}

/* @head, @count times @part, and @tail. */
static char *repeated(const char *head, const char *part, size_t count, const char *tail)
{
    struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, head);
    for (size_t i = 0; i < count; i++)
        exh_text_puts(&text, part);
    exh_text_puts(&text, tail);
    return exh_text_take(&text);
}

static void expect_problem(char *text, const char *words)
{
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };

    read_text(text, &batch);
    free(text);
    assert_int_equal(batch.problem_count, 1);
    assert_non_null(strstr(batch.problems[0].text, words));
}

static void sizes_have_bounds(void **state)
{
    (void)state;
    expect_problem(repeated("{\"id\":\"", "x", 129, "\"}"), "1 to 128 bytes");
    expect_problem(repeated("{\"id\":\"a\",\"case\":\"", "x", 4097, "\"}"), "longer than 4096 bytes");
    expect_problem(repeated("{\"id\":\"a\",\"at\":[1", ",1", 1000, "]}"), "more than 1000 values");
    EXH_CLEANUP(exh_freep) char *value = repeated(",\"", "x", 4000, "\"");
    expect_problem(repeated("{\"id\":\"a\",\"at\":[1", value, 70, "]}"), "more than 262144 bytes");
    expect_problem(repeated("{\"id\":\"a\",\"case\":", "[", 100, "]}"), "each line is one JSON object");
    for (size_t size = 4095; size <= 4096; size++) {
        EXH_CLEANUP(exh_freep) char *text = repeated("{\"id\":\"a\",\"case\":\"", "x", size, "\"}");
        EXH_CLEANUP(exh_freep) char *content = content_of(text);
        assert_true(strlen(content) > size);
    }
}

static char *many_rows(size_t count, const char *tail)
{
    struct exh_text text = EXH_TEXT_NONE;

    exh_text_puts(&text, "id\n");
    for (size_t i = 0; i < count; i++)
        exh_text_printf(&text, "row-%zu%s\n", i, tail);
    return exh_text_take(&text);
}

static void a_hundred_thousand_rows_are_read_and_no_more(void **state)
{
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };
    EXH_CLEANUP(exh_freep) char *most = many_rows(EXH_BATCH_MOST_ROWS, "");

    (void)state;
    read_text(most, &batch);
    assert_int_equal(batch.row_count, EXH_BATCH_MOST_ROWS);
    assert_int_equal(batch.problem_count, 0);
    expect_problem(many_rows(EXH_BATCH_MOST_ROWS + 5, ""), "at most 100000 rows");
}

static void of_very_many_problems_a_thousand_are_kept_and_all_are_counted(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };
    EXH_CLEANUP(exh_freep) char *bad = many_rows(5000, ",x");

    (void)state;
    read_text(bad, &batch);
    assert_int_equal(batch.problem_count, 5000);
    assert_int_equal(batch.problems[EXH_BATCH_MOST_PROBLEMS - 1].line, EXH_BATCH_MOST_PROBLEMS + 1);
    assert_false(exh_batch_check(&batch, "'jobs'", &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
    assert_string_equal(err.text, "'jobs' has 5000 problems; nothing was run");
}

static void an_empty_file_is_none(void **state)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_batch_clear) struct exh_batch batch = { .rows = NULL };

    (void)state;
    read_text("id\n", &batch);
    assert_false(exh_batch_check(&batch, "'jobs'", &err));
    assert_int_equal(err.kind, EXH_MALFORMED);
}

static void a_sum_has_one_exit_status(void **state)
{
    (void)state;
    assert_int_equal(exh_batch_status(&(struct exh_batch_sum){ .rows = 3, .done = 2, .before = 1 }), 0);
    assert_int_equal(exh_batch_status(&(struct exh_batch_sum){ .rows = 3, .done = 2, .before = 1, .findings = 1 }), 7);
    assert_int_equal(exh_batch_status(&(struct exh_batch_sum){ .rows = 3, .done = 2, .failed = 1, .findings = 1 }), EXH_NO);
    assert_int_equal(exh_batch_status(&(struct exh_batch_sum){ .rows = 3, .done = 2, .stopped = 1 }), EXH_NO);
    assert_int_equal(exh_batch_status(&(struct exh_batch_sum){ .rows = 3, .done = 2, .not_begun = 1 }), EXH_NO);
}

static void a_job_in_words_is_two_digests(void **state)
{
    struct exh_job job, again;

    (void)state;
    memset(job.id, 'a', sizeof job.id - 1);
    memset(job.row, '5', sizeof job.row - 1);
    job.id[sizeof job.id - 1] = job.row[sizeof job.row - 1] = '\0';
    EXH_CLEANUP(exh_freep) char *words = exh_job_words(&job);
    assert_true(exh_job_parse(words, &again));
    assert_string_equal(again.id, job.id);
    assert_string_equal(again.row, job.row);
    for (size_t i = 0; i < 129; i++) {           /* no character may be another, nor be missing, nor come after */
        EXH_CLEANUP(exh_freep) char *wrong = exh_strdup(words), *cut = exh_strndup(words, i);
        wrong[i] = 'x';
        assert_false(exh_job_parse(wrong, &again));
        assert_false(exh_job_parse(cut, &again));
    }
    EXH_CLEANUP(exh_freep) char *longer = exh_format("%s5", words);
    assert_false(exh_job_parse(longer, &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_becomes_the_words_of_a_command_line),
        cmocka_unit_test(what_is_wrong_is_told_where_it_is_and_the_next_row_read),
        cmocka_unit_test(the_same_words_have_the_same_content_however_they_are_written),
        cmocka_unit_test(sizes_have_bounds),
        cmocka_unit_test(a_hundred_thousand_rows_are_read_and_no_more),
        cmocka_unit_test(of_very_many_problems_a_thousand_are_kept_and_all_are_counted),
        cmocka_unit_test(an_empty_file_is_none),
        cmocka_unit_test(a_sum_has_one_exit_status),
        cmocka_unit_test(a_job_in_words_is_two_digests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
