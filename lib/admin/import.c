/* admin: many cameras from one file: every row is judged first, then all are put in, or none. */
#include "exhibit/admin.h"

#include "exhibit/crypto.h"
#include "exhibit/csv.h"
#include "exhibit/json.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 10000, LONGEST_WORDS = 256, HEADER_MOST = 64 };

static const struct column { const char *name; size_t offset; bool needed; } columns[] = {
    { "id", offsetof(struct exh_camera, id), true },
    { "source", offsetof(struct exh_camera, source), true },
    { "path", offsetof(struct exh_camera, path), true },
    { "name", offsetof(struct exh_camera, name), true },
    { "town", offsetof(struct exh_camera, town), false },
    { "latitude", offsetof(struct exh_camera, latitude), false },
    { "longitude", offsetof(struct exh_camera, longitude), false },
};

/* A file being judged. */
struct reading {
    const struct exh_store *store;
    bool update;
    const struct column *header[HEADER_MOST];    /* which column each field is of; NULL: unknown, and told */
    size_t header_count;
    struct exh_import *import;
};

void exh_import_clear(struct exh_import *import)
{
    for (size_t i = 0; i < import->row_count; i++) {
        exh_camera_clear(&import->rows[i].camera);
        exh_json_free(import->rows[i].changes);
    }
    for (size_t i = 0; i < import->problem_count; i++)
        free(import->problems[i].text);
    free(import->rows);
    free(import->problems);
    *import = (struct exh_import){ 0 };
}

static char **slot(struct exh_camera *camera, const struct column *column)
{
    return (char **)((char *)camera + column->offset);
}

static const char *fact(const struct exh_camera *camera, const struct column *column)
{
    return *(char *const *)((const char *)camera + column->offset);
}

/* ---- problems ---- */

/* Takes @text. */
static void add_problem(struct exh_import *import, size_t line, const char *column, enum exh_kind kind, char *text)
{
    import->problems = exh_realloc_array(import->problems, import->problem_count + 1, sizeof *import->problems);
    import->problems[import->problem_count++] = (struct exh_import_problem){ line, column, kind, text };
}

/* Makes a problem of an error, which is then unset again. */
static void tell(struct exh_import *import, size_t line, const char *column, struct exh_error *err)
{
    add_problem(import, line, column, EXH_MALFORMED, exh_strdup(err->text));
    exh_error_clear(err);
}

/* ---- the header line ---- */

static const struct column *column_named(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(columns); i++)
        if (strcasecmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

static bool has_column(const struct reading *r, const struct column *column)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (r->header[i] == column)
            return true;
    return false;
}

static char *unknown_column(const char *name)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    for (size_t i = 0; i < EXH_COUNT(columns); i++)
        exh_strings_add(&names, columns[i].name);
    const char *nearest = exh_text_nearest(&names, name);
    if (nearest)
        return exh_format("column '%.64s' is not known; did you mean '%s'?", name, nearest);
    return exh_format("column '%.64s' is not known; there are id, source, path, name, town, latitude and longitude",
                      name);
}

static void read_header(struct reading *r, const struct exh_csv_row *row)
{
    for (size_t i = 0; i < row->fields.count && i < HEADER_MOST; i++) {
        const struct column *column = column_named(row->fields.at[i]);
        if (!column)
            add_problem(r->import, row->line, NULL, EXH_MALFORMED, unknown_column(row->fields.at[i]));
        else if (has_column(r, column))
            add_problem(r->import, row->line, column->name, EXH_MALFORMED, exh_format("the column is there twice"));
        r->header[r->header_count++] = column;
    }
    for (size_t i = 0; i < EXH_COUNT(columns); i++)
        if (columns[i].needed && !has_column(r, &columns[i]))
            add_problem(r->import, row->line, columns[i].name, EXH_MALFORMED,
                        exh_format("the column is missing; the first line names the columns: id, source, path and "
                                   "name, and where known town, latitude and longitude"));
}

/* ---- one row ---- */

static bool check_words(const char *words, struct exh_error *err)
{
    size_t size = strlen(words);

    if (size > LONGEST_WORDS)
        return exh_fail(err, EXH_USAGE, "'%.32s...' is longer than %d bytes", words, LONGEST_WORDS);
    if (strchr(" \t\n", words[0]) || strchr(" \t\n", words[size - 1]))
        return exh_fail(err, EXH_USAGE, "'%s' begins or ends with a blank: take it away", words);
    for (const char *c = words; *c; c++)
        if ((*c > 0 && *c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
            return exh_fail(err, EXH_USAGE, "'%s' holds the control character 0x%02x: take it away", words,
                            (unsigned)*c);
    return true;
}

static bool check_fact(const struct exh_store *store, const struct column *column, const char *words,
                       struct exh_error *err)
{
    const struct exh_source *source;

    if (!check_words(words, err))
        return false;
    switch (column->offset) {
    case offsetof(struct exh_camera, id):        return exh_admin_check_identifier("camera", words, err);
    case offsetof(struct exh_camera, source):    return exh_store_need_source(store, words, &source, err);
    case offsetof(struct exh_camera, path):      return exh_camera_check_path(words, err);
    case offsetof(struct exh_camera, latitude):  return exh_camera_check_place(words, "0", err);
    case offsetof(struct exh_camera, longitude): return exh_camera_check_place("0", words, err);
    default:                                     return true;
    }
}

static void check_facts(struct reading *r, const struct exh_import_row *row)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_camera *camera = &row->camera;

    for (size_t i = 0; i < EXH_COUNT(columns); i++) {
        const char *words = fact(camera, &columns[i]);
        if (words ? !check_fact(r->store, &columns[i], words, &err)
                  : columns[i].needed && !exh_fail(&err, EXH_USAGE, "it is empty: each camera needs one"))
            tell(r->import, row->line, columns[i].name, &err);
    }
    if ((!camera->latitude || !camera->longitude) && !exh_camera_check_place(camera->latitude, camera->longitude, &err))
        tell(r->import, row->line, camera->latitude ? "longitude" : "latitude", &err);
}

static void check_twice(struct reading *r, const struct exh_import_row *row)
{
    for (const struct exh_import_row *other = r->import->rows; other < row && row->camera.id; other++)
        if (other->camera.id && strcmp(other->camera.id, row->camera.id) == 0) {
            add_problem(r->import, row->line, "id", EXH_MALFORMED,
                        exh_format("camera '%s' is on line %zu already", row->camera.id, other->line));
            return;
        }
}

/* What the row says; of a column that the file has not got, what the store knows. */
static void take_facts(const struct reading *r, const struct exh_csv_row *row, struct exh_camera *camera)
{
    for (size_t i = 0; i < row->fields.count; i++)
        if (*row->fields.at[i] && !*slot(camera, r->header[i]))
            *slot(camera, r->header[i]) = exh_strdup(row->fields.at[i]);
    const struct exh_camera *there = camera->id ? exh_store_camera(r->store, camera->id) : NULL;
    for (size_t i = 0; there && i < EXH_COUNT(columns); i++)
        if (!has_column(r, &columns[i]))
            *slot(camera, &columns[i]) = exh_strdup(fact(there, &columns[i]));
}

/* {"town":{"from":"March","to":null}}; NULL where nothing differs. Adds the words for it. */
static struct exh_json *compare(const struct exh_camera *there, const struct exh_camera *here, struct exh_text *words)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *changes = NULL;

    for (size_t i = 0; i < EXH_COUNT(columns); i++) {
        const char *from = fact(there, &columns[i]), *to = fact(here, &columns[i]);
        if (from && to ? strcmp(from, to) == 0 : from == to)
            continue;
        struct exh_json *change = exh_json_object();
        exh_json_set_text(change, "from", from);
        exh_json_set_text(change, "to", to);
        if (!changes)
            changes = exh_json_object();
        exh_json_set(changes, columns[i].name, change);
        exh_text_printf(words, "%s%s '%s' there, '%s' here", words->size ? "; " : "", columns[i].name, from ? from : "",
                        to ? to : "");
    }
    return exh_steal(&changes);
}

static void compare_with_store(struct reading *r, struct exh_import_row *row)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    const struct exh_camera *there = exh_store_camera(r->store, row->camera.id);

    if (!there)
        return;
    row->changes = compare(there, &row->camera, &words);
    row->act = row->changes ? EXH_IMPORT_CHANGE : EXH_IMPORT_SAME;
    if (row->changes && !r->update)
        add_problem(r->import, row->line, NULL, EXH_REFUSED,
                    exh_format("camera '%s' is there already with other facts (%s); --update changes it",
                               row->camera.id, words.bytes));
}

static void judge_row(struct reading *r, const struct exh_csv_row *from)
{
    struct exh_import *import = r->import;
    size_t before = import->problem_count;

    import->rows = exh_realloc_array(import->rows, import->row_count + 1, sizeof *import->rows);
    struct exh_import_row *row = &import->rows[import->row_count++];
    *row = (struct exh_import_row){ .line = from->line, .act = EXH_IMPORT_ADD };
    take_facts(r, from, &row->camera);
    check_facts(r, row);
    check_twice(r, row);
    if (import->problem_count == before)
        compare_with_store(r, row);
    import->counts[row->act]++;
}

/* Spreadsheets write rows of nothing but commas below the last one. */
static bool is_empty(const struct exh_csv_row *row)
{
    for (size_t i = 0; i < row->fields.count; i++)
        if (*row->fields.at[i])
            return false;
    return true;
}

static void read_row(struct reading *r, const struct exh_csv_row *row)
{
    if (row->problem)
        add_problem(r->import, row->line, NULL, EXH_MALFORMED, exh_strdup(row->problem));
    else if (!r->header_count)
        read_header(r, row);
    else if (is_empty(row))
        return;
    else if (row->fields.count != r->header_count)
        add_problem(r->import, row->line, NULL, EXH_MALFORMED,
                    exh_format("has %zu fields where the header line has %zu: put what holds a comma in double quotes",
                               row->fields.count, r->header_count));
    else
        judge_row(r, row);
}

void exh_import_read(const struct exh_store *store, const char *bytes, size_t size, bool update,
                     struct exh_import *ret_import)
{
    EXH_CLEANUP(exh_csv_row_clear) struct exh_csv_row row = EXH_CSV_ROW_NONE;
    struct exh_import import = { 0 };
    struct reading r = { .store = store, .update = update, .import = &import };
    struct exh_csv csv = exh_csv_begin(bytes, size);
    size_t records = 0;

    exh_sha256(bytes, size, import.digest);
    while (exh_csv_next(&csv, &row)) {
        if (++records > MOST_ROWS + 1) {
            add_problem(&import, row.line, NULL, EXH_MALFORMED,
                        exh_format("there are more than %d rows: use several files", MOST_ROWS));
            break;
        }
        read_row(&r, &row);
        if (records == 1 && import.problem_count)
            break;                       /* without its header line, nothing can be said of the rows */
    }
    if (!records)
        add_problem(&import, 1, NULL, EXH_MALFORMED,
                    exh_format("the file is empty: its first line must name the columns"));
    *ret_import = import;
}

/* ---- putting it in ---- */

bool exh_import_check(const struct exh_import *import, const char *what, struct exh_error *err)
{
    enum exh_kind kind = EXH_REFUSED;

    if (!import->problem_count)
        return true;
    for (size_t i = 0; i < import->problem_count; i++)
        if (import->problems[i].kind == EXH_MALFORMED)
            kind = EXH_MALFORMED;
    return exh_fail(err, kind, "'%s' has %zu fault%s; nothing was changed", what, import->problem_count,
                    import->problem_count == 1 ? "" : "s");
}

static struct exh_json *camera_json(const struct exh_camera *camera)
{
    struct exh_json *json = exh_json_object();

    for (size_t i = 0; i < EXH_COUNT(columns); i++)
        if (fact(camera, &columns[i]))
            exh_json_set_text(json, columns[i].name, fact(camera, &columns[i]));
    return json;
}

static struct exh_json *import_details(const struct exh_import *import)
{
    struct exh_json *details = exh_json_object(), *added = exh_json_array(), *changed = exh_json_array();

    for (size_t i = 0; i < import->row_count; i++) {
        const struct exh_import_row *row = &import->rows[i];
        if (row->act == EXH_IMPORT_ADD)
            exh_json_add(added, camera_json(&row->camera));
        if (row->act != EXH_IMPORT_CHANGE)
            continue;
        struct exh_json *change = exh_json_object();
        exh_json_set_text(change, "id", row->camera.id);
        exh_json_set(change, "changes", exh_json_copy(row->changes));
        exh_json_add(changed, change);
    }
    exh_json_set(details, "added", added);
    exh_json_set(details, "changed", changed);
    exh_json_set_int(details, "unchanged", (int64_t)import->counts[EXH_IMPORT_SAME]);
    return details;
}

/* Settings for what a row changes; an empty value takes a fact away. */
static void add_settings(const struct exh_import_row *row, struct exh_strings *names, struct exh_config_value *settings)
{
    for (size_t i = 1; i < EXH_COUNT(columns); i++) {
        const char *words = fact(&row->camera, &columns[i]);
        if (row->act == EXH_IMPORT_ADD ? !words : !exh_json_get(row->changes, columns[i].name))
            continue;
        exh_strings_addf(names, "camera.%s.%s", row->camera.id, columns[i].name);
        settings[names->count - 1] = (struct exh_config_value){ names->at[names->count - 1], words ? words : "" };
    }
}

bool exh_import_apply(struct exh_store *store, const struct exh_import *import, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear)
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "camera-import" };
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) struct exh_config_value *settings = NULL;

    if (!exh_import_check(import, "the file", err))
        return false;
    if (import->counts[EXH_IMPORT_SAME] == import->row_count)
        return true;
    settings = exh_realloc_array(NULL, import->row_count * EXH_COUNT(columns), sizeof *settings);
    for (size_t i = 0; i < import->row_count; i++)
        if (import->rows[i].act != EXH_IMPORT_SAME)
            add_settings(&import->rows[i], &names, settings);
    draft.details = import_details(import);
    draft.digests = exh_json_object();
    exh_json_set_text(draft.digests, "file", import->digest);
    return exh_store_configure(store, settings, names.count, &draft, err)
        || exh_while(err, "importing %zu rows at once", import->row_count);
}
