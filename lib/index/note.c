/* index: which cases have something that waits for somebody. */
#include "sql.h"

bool exh_index_note(struct exh_index *index, const struct exh_index_noted *noted, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, NOTE, &statement, err))
        return false;
    exh_sql_bind(statement, 1, noted->case_id);
    sqlite3_bind_int64(statement, 2, (int64_t)noted->entries);
    sqlite3_bind_int(statement, 3, noted->waits);
    sqlite3_bind_int64(statement, 4, (int64_t)noted->exhibits);
    return exh_sql_finish(index, statement, err);
}

static bool add_cases(struct exh_index *index, sqlite3_stmt *statement, struct exh_strings *cases, struct exh_error *err)
{
    bool found;

    while (exh_sql_next(index, statement, &found, err) && found)
        exh_strings_add(cases, (const char *)sqlite3_column_text(statement, 0));
    return err->kind == EXH_OK;
}

bool exh_index_unnoted(struct exh_index *index, uint64_t from, struct exh_strings *cases, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, UNNOTED, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, (int64_t)from);
    return add_cases(index, statement, cases, err);
}

bool exh_index_waiting(struct exh_index *index, struct exh_strings *cases, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    return exh_sql_need(index, WAITING, &statement, err) && add_cases(index, statement, cases, err);
}

bool exh_index_exhibits(struct exh_index *index, uint64_t *ret_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, EXHIBITS, &statement, err) || !exh_sql_next(index, statement, &found, err))
        return false;
    *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    return true;
}
