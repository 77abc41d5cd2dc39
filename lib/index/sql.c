/* index: the statements, each prepared when it is first needed. */
#include "sql.h"

/* The index by cases is in their order already, and would be read whole for it. */
#define NEW_ENTRIES "SELECT case_id, max(sequence) AS last FROM entry NOT INDEXED WHERE sequence >= ?1 AND case_id IS NOT NULL GROUP BY case_id"

static const char *const texts[EXH_SQL_COUNT] = {
    [COUNT] = "SELECT coalesce(max(sequence) + 1, 0) FROM entry",
    [ADD_ENTRY] = "INSERT INTO entry VALUES(?, ?, ?, ?, ?, ?)",
    [ADD_NODE] = "INSERT INTO node VALUES(?, ?, ?)",
    [BEGIN_ITEM] = "INSERT INTO item VALUES(?, ?, 1)",
    [END_ITEM] = "UPDATE item SET in_making = 0 WHERE name = ?",
    [ADD_NUMBER] = "INSERT INTO number VALUES(?1, ?2) ON CONFLICT(stem) DO UPDATE SET last = max(last, ?2)",
    [ONE_LEAF] = "SELECT leaf FROM entry WHERE sequence = ?",
    [ONE_NODE] = "SELECT hash FROM node WHERE level = ? AND position = ?",
    [ONE_ITEM] = "SELECT case_id FROM item WHERE name = ?",
    [ITEMS] = "SELECT name FROM item ORDER BY name",
    [IN_MAKING] = "SELECT name FROM item WHERE in_making ORDER BY name",
    [LAST_NUMBER] = "SELECT last FROM number WHERE stem = ?",
    [KEEP] = "INSERT INTO kept VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2",
    [KEPT] = "SELECT value FROM kept WHERE name = ?",
    [JUDGED_BY] = "SELECT entries FROM judged WHERE case_id = ?",
    [CLEAR_VERDICTS] = "DELETE FROM verdict WHERE case_id = ?",
    [ADD_JUDGED] = "INSERT OR REPLACE INTO judged VALUES(?, ?, ?, ?)",
    [ADD_VERDICT] = "INSERT INTO verdict VALUES(?, ?, ?, ?)",
    [UNJUDGED] = "SELECT new.case_id FROM (" NEW_ENTRIES ") AS new LEFT JOIN judged USING(case_id) WHERE entries IS NULL OR entries <= last"
                 " UNION SELECT case_id FROM judged WHERE until <= ?2 UNION SELECT case_id FROM judged WHERE since > ?2",
    [TALLY] = "SELECT kind, count(*) FROM verdict GROUP BY kind",
    [NOTE] = "INSERT INTO noted VALUES(?1, ?2, ?3, ?4) ON CONFLICT(case_id) DO UPDATE SET entries = ?2, waits = ?3, exhibits = ?4"
             " WHERE entries <= ?2",
    [UNNOTED] = "SELECT new.case_id FROM (" NEW_ENTRIES ") AS new LEFT JOIN noted USING(case_id) WHERE entries IS NULL OR entries <= last",
    [WAITING] = "SELECT case_id FROM noted WHERE waits ORDER BY case_id",
    [EXHIBITS] = "SELECT coalesce(sum(exhibits), 0) FROM noted",
    [COUNT_DUE] = "SELECT count(*) FROM verdict WHERE kind = ? AND due <= ?",
};

/* ---- failures ---- */

bool exh_sql_fail(const struct exh_index *index, struct exh_error *err)
{
    int code = sqlite3_errcode(index->db) & 0xff;

    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return exh_fail(err, EXH_BUSY, "another process writes the index '%s': try again", index->path);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return exh_fail(err, EXH_MALFORMED, "the index '%s' is damaged: remove it, and the next command makes it anew from the log",
                        index->path);
    return exh_fail(err, EXH_IO, "index '%s': %s", index->path, sqlite3_errmsg(index->db));
}

bool exh_sql_run(const struct exh_index *index, const char *words, struct exh_error *err)
{
    return sqlite3_exec(index->db, words, NULL, NULL, NULL) == SQLITE_OK || exh_sql_fail(index, err);
}

/* ---- statements ---- */

/* Ends the use of a statement: without this the index stays locked. */
void exh_sql_release(sqlite3_stmt **statement)
{
    if (*statement) {
        sqlite3_reset(*statement);
        sqlite3_clear_bindings(*statement);
    }
}

bool exh_sql_need(struct exh_index *index, enum exh_sql which, sqlite3_stmt **ret_statement, struct exh_error *err)
{
    sqlite3_stmt **slot = &index->statements[which];

    if (!*slot && sqlite3_prepare_v3(index->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
        return exh_sql_fail(index, err);
    *ret_statement = *slot;
    return true;
}

void exh_sql_bind(sqlite3_stmt *statement, int at, const char *words)
{
    sqlite3_bind_text(statement, at, words, -1, SQLITE_STATIC);      /* NULL binds null */
}

bool exh_sql_finish(const struct exh_index *index, sqlite3_stmt *statement, struct exh_error *err)
{
    return sqlite3_step(statement) == SQLITE_DONE || exh_sql_fail(index, err);
}

/* *ret_row false: there is none (any more). */
bool exh_sql_next(const struct exh_index *index, sqlite3_stmt *statement, bool *ret_row, struct exh_error *err)
{
    int step = sqlite3_step(statement);

    *ret_row = step == SQLITE_ROW;
    return step == SQLITE_ROW || step == SQLITE_DONE || exh_sql_fail(index, err);
}

void exh_sql_finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
