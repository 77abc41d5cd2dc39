/* batch: a file of jobs: read, and judged whole before anything is run. */
#include "exhibit/batch.h"

#include "exhibit/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_ROW = 256 << 10, SHOWN = 64, HEADER_MOST = 64 };
static const char own_columns[] = "id, verb, argument";

struct reading {
    const struct exh_batch_verb *verbs;
    size_t verb_count;
    struct exh_batch *batch;
    struct exh_strings header;           /* of CSV: the columns' names */
};

static void clear_row(struct exh_batch_row *row)
{
    free(row->id);
    exh_strings_clear(&row->words);
    exh_json_free(row->content);
    *row = (struct exh_batch_row){ .line = 0 };
}

void exh_batch_clear(struct exh_batch *batch)
{
    for (size_t i = 0; i < batch->row_count; i++)
        clear_row(&batch->rows[i]);
    for (size_t i = 0; i < batch->problem_count && i < EXH_BATCH_MOST_PROBLEMS; i++) {
        free(batch->problems[i].column);
        free(batch->problems[i].text);
    }
    free(batch->rows);
    free(batch->problems);
    *batch = (struct exh_batch){ .rows = NULL };
}

/* ---- problems ---- */

static void add_problem(struct exh_batch *batch, size_t line, const char *column, const char *text)
{
    if (batch->problem_count >= EXH_BATCH_MOST_PROBLEMS) {
        batch->problem_count++;
        return;
    }
    batch->problems = exh_realloc_array(batch->problems, batch->problem_count + 1, sizeof *batch->problems);
    batch->problems[batch->problem_count++] = (struct exh_batch_problem){
        line, column ? exh_text_brief(column, SHOWN) : NULL, exh_text_brief(text, 4 * SHOWN + 128) };
}

static void problem(struct reading *r, size_t line, const char *column, const char *format, ...) EXH_PRINTF(4, 5);
static void problem(struct reading *r, size_t line, const char *column, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *text = exh_vformat(format, arguments);
    va_end(arguments);
    add_problem(r->batch, line, column, text);
}

static int compare_problems(const void *one, const void *other)
{
    const struct exh_batch_problem *a = one, *b = other;

    return a->line < b->line ? -1 : a->line > b->line ? 1 : strcmp(a->text, b->text);
}

bool exh_batch_check(const struct exh_batch *batch, const char *what, struct exh_error *err)
{
    if (batch->problem_count)
        return exh_fail(err, EXH_MALFORMED, "%s has %zu problem%s; nothing was run", what, batch->problem_count,
                        batch->problem_count > 1 ? "s" : "");
    return batch->row_count
        || exh_fail(err, EXH_MALFORMED, "%s holds no row; each line is a job, below a line with the columns' names or as a JSON object", what);
}

/* ---- verbs and options ---- */

static char *known_verbs(const struct reading *r)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;

    for (size_t i = 0; i < r->verb_count; i++)
        if (!r->verbs[i].refused)
            exh_text_printf(&words, "%s%s", words.size ? ", " : "", r->verbs[i].name);
    return exh_text_take(&words);
}

static const struct exh_batch_verb *find_verb(struct reading *r, size_t line, const char *name)
{
    EXH_CLEANUP(exh_freep) char *known = known_verbs(r), *shown = exh_text_brief(name, SHOWN);

    for (size_t i = 0; i < r->verb_count; i++) {
        if (strcmp(r->verbs[i].name, name) != 0)
            continue;
        if (!r->verbs[i].refused)
            return &r->verbs[i];
        problem(r, line, "verb", "'%s' cannot be done once and no more by a row of a batch; a row is one of %s", shown, known);
        return NULL;
    }
    problem(r, line, "verb", "'%s' is not a verb; a row is one of %s", shown, known);
    return NULL;
}

static const struct exh_batch_option *option_of(const struct exh_batch_verb *verb, const char *name)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (strcmp(verb->options[i].name, name) == 0)
            return &verb->options[i];
    return NULL;
}

static void tell_unknown(struct reading *r, size_t line, const struct exh_batch_verb *verb, const char *name)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    for (size_t i = 0; i < verb->option_count; i++)
        if (!verb->options[i].refused)
            exh_strings_add(&names, verb->options[i].name);
    const char *nearest = exh_text_nearest(&names, name);
    problem(r, line, name, "'%s' has no such option%s%s%s; leave it out or empty", verb->name, nearest ? "; did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
}

static bool is_own(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "verb") == 0 || strcmp(name, "argument") == 0;
}

/* ---- one row ---- */

static bool take_id(struct reading *r, const struct exh_json *object, struct exh_batch_row *row)
{
    const char *id = exh_json_text_or(object, "id", NULL);

    if (!id || !*id) {
        problem(r, row->line, "id", "it is needed: a text of 1 to %d bytes, of each row another, by which it is known when the file is run again",
                EXH_BATCH_LONGEST_ID);
        return false;
    }
    EXH_CLEANUP(exh_freep) char *printable = exh_text_printable(id);
    if (strlen(id) > EXH_BATCH_LONGEST_ID || strcmp(printable, id) != 0) {
        problem(r, row->line, "id", "it must have 1 to %d bytes and no control characters", EXH_BATCH_LONGEST_ID);
        return false;
    }
    row->id = exh_strdup(id);
    return true;
}

/* A value as it stands on a command line; NULL where there is none. */
static char *take_value(struct reading *r, const struct exh_batch_row *row, const char *name, const struct exh_json *value)
{
    const char *text = exh_json_as_text(value);

    if (exh_json_type(value) == EXH_JSON_INT)
        return exh_format("%" PRId64, exh_json_as_int(value));
    if (!text)
        problem(r, row->line, name, "it must be a text or a whole number, or where several are allowed an array of them");
    else if (!*text)
        problem(r, row->line, name, "it is empty; leave it out");
    else if (strlen(text) > EXH_BATCH_LONGEST_VALUE)
        problem(r, row->line, name, "it is longer than %d bytes", EXH_BATCH_LONGEST_VALUE);
    else
        return exh_strdup(text);
    return NULL;
}

/* One value, or an array of them, as an array of texts; NULL where there is a problem. */
static struct exh_json *take_values(struct reading *r, const struct exh_batch_row *row, const char *name, const struct exh_json *given,
                                    bool several)
{
    bool array = exh_json_type(given) == EXH_JSON_ARRAY;
    size_t count = array ? exh_json_count(given) : 1;
    EXH_CLEANUP(exh_json_freep) struct exh_json *values = exh_json_array();

    if (count > (several ? EXH_BATCH_MOST_VALUES : 1)) {
        problem(r, row->line, name, several ? "it has more than %d values" : "it can be given once only", EXH_BATCH_MOST_VALUES);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *value = take_value(r, row, name, array ? exh_json_at(given, i) : given);
        if (!value)
            return NULL;
        exh_json_add_text(values, value);
    }
    return exh_steal(&values);
}

/* An option that is there or not: true or false; in CSV, where all is text, yes and no too. */
static bool take_flag(struct reading *r, const struct exh_batch_row *row, const char *name, const struct exh_json *object)
{
    bool csv = r->header.count > 0;
    const char *text = csv ? exh_json_text_or(object, name, "") : "";

    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
        return true;
    if (strcmp(text, "no") != 0 && strcmp(text, "false") != 0 && exh_json_type(exh_json_get(object, name)) != EXH_JSON_BOOL)
        problem(r, row->line, name, "it is an option without a value: write %s", csv ? "yes or no" : "true or false");
    return exh_json_bool_or(object, name, false);
}

static void take_option(struct reading *r, struct exh_batch_row *row, const char *name, const struct exh_json *object, struct exh_json *options)
{
    const struct exh_batch_option *option = option_of(row->verb, name);

    if (!option) {
        tell_unknown(r, row->line, row->verb, name);
    } else if (option->refused) {
        problem(r, row->line, name, "%s", option->refused);
    } else if (option->takes_value) {
        exh_json_set(options, name, take_values(r, row, name, exh_json_get(object, name), option->repeats));
    } else if (take_flag(r, row, name, object)) {
        exh_json_set_bool(options, name, true);
    }
}

/* ---- from what it asks for to its command line ---- */

static void add_words(struct exh_batch_row *row, const struct exh_json *options, const struct exh_json *arguments)
{
    for (size_t i = 0; i < exh_json_members(options); i++) {
        const char *name = exh_json_member_name(options, i);
        const struct exh_json *values = exh_json_get(options, name);
        if (exh_json_type(values) == EXH_JSON_BOOL)
            exh_strings_addf(&row->words, "--%s", name);
        for (size_t j = 0; j < exh_json_count(values); j++)
            exh_strings_addf(&row->words, "--%s=%s", name, exh_json_as_text(exh_json_at(values, j)));
    }
    exh_strings_add(&row->words, "--");
    for (size_t i = 0; i < exh_json_count(arguments); i++)
        exh_strings_add(&row->words, exh_json_as_text(exh_json_at(arguments, i)));
}

static void check_size(struct reading *r, const struct exh_batch_row *row)
{
    size_t size = 0;

    for (size_t i = 0; i < row->words.count; i++)
        size += strlen(row->words.at[i]) + 1;
    if (size > LARGEST_ROW)
        problem(r, row->line, NULL, "the row has more than %d bytes; make several of it", LARGEST_ROW);
}

static void take_content(struct reading *r, const struct exh_json *object, struct exh_batch_row *row)
{
    struct exh_json *options = exh_json_object();
    EXH_CLEANUP(exh_json_freep) struct exh_json *arguments = exh_json_get(object, "argument")
        ? take_values(r, row, "argument", exh_json_get(object, "argument"), true) : NULL;

    for (size_t i = 0; i < exh_json_members(object); i++) {
        const char *name = exh_json_member_name(object, i);
        if (!is_own(name) && exh_json_type(exh_json_get(object, name)) != EXH_JSON_NULL)
            take_option(r, row, name, object, options);
    }
    if (!arguments)
        arguments = exh_json_array();
    add_words(row, options, arguments);
    check_size(r, row);
    row->content = exh_json_object();
    exh_json_set_text(row->content, "verb", row->verb->name);
    exh_json_set(row->content, "options", options);
    exh_json_set(row->content, "argument", exh_steal(&arguments));
}

static void ask_verb(struct reading *r, const struct exh_batch_row *row)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (row->verb->judge && !row->verb->judge(row->verb->context, &row->words, &err))
        problem(r, row->line, NULL, "%s", err.text);
}

static void take_row(struct reading *r, size_t line, const struct exh_json *object)
{
    EXH_CLEANUP(clear_row) struct exh_batch_row row = { .line = line };
    struct exh_batch *batch = r->batch;
    const struct exh_json *verb = exh_json_get(object, "verb");
    size_t before = batch->problem_count;
    bool named = take_id(r, object, &row);

    if (exh_json_type(verb) != EXH_JSON_NULL && exh_json_type(verb) != EXH_JSON_TEXT)
        problem(r, line, "verb", "it must be a text");
    else
        row.verb = find_verb(r, line, exh_json_text_or(object, "verb", "export"));
    if (!row.verb)
        return;
    take_content(r, object, &row);
    if (batch->problem_count == before)
        ask_verb(r, &row);
    if (!named)
        return;
    if ((batch->row_count & (batch->row_count - 1)) == 0)      /* room for the next power of two */
        batch->rows = exh_realloc_array(batch->rows, batch->row_count ? 2 * batch->row_count : 1, sizeof *batch->rows);
    batch->rows[batch->row_count++] = row;
    row = (struct exh_batch_row){ .line = 0 };
}

/* More would be read for nothing. */
static bool is_full(struct reading *r, size_t line)
{
    if (r->batch->row_count < EXH_BATCH_MOST_ROWS)
        return false;
    problem(r, line, NULL, "a file has at most %d rows; make several of it", EXH_BATCH_MOST_ROWS);
    return true;
}

/* ---- JSON lines ---- */

static void read_line(struct reading *r, size_t line, const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = NULL;

    if (!exh_json_parse(bytes, size, "the line", &object, &err))
        problem(r, line, NULL, "%s; each line is one JSON object", err.text);
    else if (exh_json_type(object) != EXH_JSON_OBJECT)
        problem(r, line, NULL, "it is not a JSON object");
    else
        take_row(r, line, object);
}

/* The first byte that is no white space, or @end. */
static const char *pass_blanks(const char *at, const char *end)
{
    while (at < end && memchr(" \t\r\n", *at, 4))
        at++;
    return at;
}

static void read_json_lines(struct reading *r, const char *at, const char *end)
{
    for (size_t line = 1; at < end; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        bool blank = pass_blanks(at, stop) == stop;
        if (!blank && is_full(r, line))
            return;
        if (!blank)
            read_line(r, line, at, (size_t)(stop - at));
        at = stop + (newline != NULL);
    }
}

/* ---- CSV ---- */

/* A column that no verb has is told once, where it is named. */
static bool is_known(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->verb_count; i++)
        if (option_of(&r->verbs[i], name))
            return true;
    return is_own(name);
}

static void read_header(struct reading *r, const struct exh_csv_row *row)
{
    for (size_t i = 0; i < row->fields.count; i++) {
        const char *name = row->fields.at[i];
        exh_strings_add(&r->header, is_known(r, name) ? name : "");
        if (!is_known(r, name))
            problem(r, row->line, *name ? name : NULL, "%s; columns are %s, and verbs' long options without the dashes",
                    *name ? "it is not a column" : "a column has no name", own_columns);
    }
    if (!exh_strings_contain(&r->header, "id"))
        problem(r, row->line, "id", "the column is missing; the first line names the columns, and each row needs an identifier");
}

/* A column that is there again adds to an array. */
static void add_field(struct exh_json *object, const char *name, const char *words)
{
    struct exh_json *there = exh_json_get(object, name);

    if (!there) {
        exh_json_set_text(object, name, words);
    } else if (exh_json_type(there) == EXH_JSON_ARRAY) {
        exh_json_add_text(there, words);
    } else {
        struct exh_json *both = exh_json_array();
        exh_json_add(both, exh_json_copy(there));
        exh_json_add_text(both, words);
        exh_json_set(object, name, both);
    }
}

static void read_record(struct reading *r, const struct exh_csv_row *row)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *object = exh_json_object();

    if (row->fields.count != r->header.count) {
        problem(r, row->line, NULL, "it has %zu fields, and the first line names %zu columns", row->fields.count, r->header.count);
        return;
    }
    for (size_t i = 0; i < row->fields.count; i++)
        if (*row->fields.at[i] && *r->header.at[i])
            add_field(object, r->header.at[i], row->fields.at[i]);
    take_row(r, row->line, object);
}

static void read_csv(struct reading *r, const char *bytes, size_t size)
{
    struct exh_csv csv = exh_csv_begin(bytes, size);
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;

    while (exh_csv_next(&csv, &row)) {
        if (r->header.count && is_full(r, row.line))
            return;
        if (row.problem)
            problem(r, row.line, NULL, "it %s", row.problem);
        else if (!r->header.count)
            read_header(r, &row);
        else
            read_record(r, &row);
        if (!r->header.count)
            return;                      /* nothing below can be read without the columns' names */
    }
}

/* ---- the whole file ---- */

struct place { const struct exh_batch_row *row; };

static int compare_ids(const void *one, const void *other)
{
    const struct exh_batch_row *a = ((const struct place *)one)->row, *b = ((const struct place *)other)->row;
    int order = strcmp(a->id, b->id);

    return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

static void find_twins(struct reading *r)
{
    size_t count = r->batch->row_count;
    EXH_CLEANUP(exh_freep) struct place *places = exh_alloc((count + 1) * sizeof *places);

    for (size_t i = 0; i < count; i++)
        places[i].row = &r->batch->rows[i];
    if (count)
        qsort(places, count, sizeof *places, compare_ids);
    for (size_t i = 1; i < count; i++) {
        const struct exh_batch_row *before = places[i - 1].row, *row = places[i].row;
        if (strcmp(row->id, before->id) == 0)
            problem(r, row->line, "id", "row '%s' is on line %zu already; give each row an identifier of its own", row->id, before->line);
    }
}

static void sort_problems(struct exh_batch *batch)
{
    size_t kept = batch->problem_count < EXH_BATCH_MOST_PROBLEMS ? batch->problem_count : EXH_BATCH_MOST_PROBLEMS;

    if (kept)
        qsort(batch->problems, kept, sizeof *batch->problems, compare_problems);
}

void exh_batch_read(const char *bytes, size_t size, const struct exh_batch_verb *verbs, size_t verb_count, struct exh_batch *ret_batch)
{
    struct reading r = { verbs, verb_count, ret_batch, EXH_STRINGS_NONE };
    bool marked = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    const char *start = bytes + (marked ? 3 : 0), *end = bytes + size, *first = pass_blanks(start, end);

    *ret_batch = (struct exh_batch){ .rows = NULL };
    if (first < end && *first == '{')
        read_json_lines(&r, start, end);
    else
        read_csv(&r, bytes, size);
    find_twins(&r);
    sort_problems(ret_batch);
    exh_strings_clear(&r.header);
}
