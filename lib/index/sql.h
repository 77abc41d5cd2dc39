/* index, private: the statements that its files share. */
#ifndef EXHIBIT_INDEX_SQL_H
#define EXHIBIT_INDEX_SQL_H

#include "exhibit/index.h"

#include <sqlite3.h>

enum exh_sql {
    COUNT, ADD_ENTRY, ADD_NODE, BEGIN_ITEM, END_ITEM, ADD_NUMBER, ONE_LEAF, ONE_NODE, ONE_ITEM, ITEMS, IN_MAKING, LAST_NUMBER, KEEP, KEPT,
    JUDGED_BY, CLEAR_VERDICTS, ADD_JUDGED, ADD_VERDICT, UNJUDGED, TALLY, COUNT_DUE, NOTE, UNNOTED, WAITING, EXHIBITS,
    EXH_SQL_COUNT
};

struct exh_index {
    sqlite3 *db;
    char *path;                          /* for words */
    sqlite3_stmt *statements[EXH_SQL_COUNT];    /* each made when it is first needed */
    struct exh_merkle_edge edge;         /* while something is written: over what is there */
    bool writing;
};

/* Says what SQLite failed with: EXH_BUSY, EXH_MALFORMED or EXH_IO. */
bool exh_sql_fail(const struct exh_index *index, struct exh_error *err);
bool exh_sql_run(const struct exh_index *index, const char *words, struct exh_error *err) EXH_CHECK;
/* The statement, ready to be bound; release it at the end of its use, or the index stays locked. */
bool exh_sql_need(struct exh_index *index, enum exh_sql which, sqlite3_stmt **ret_statement, struct exh_error *err) EXH_CHECK;
void exh_sql_release(sqlite3_stmt **statement);
/* Of one that was made for one use. */
void exh_sql_finalize(sqlite3_stmt **statement);
/* The text stays the caller's until the statement is released; NULL binds null. */
void exh_sql_bind(sqlite3_stmt *statement, int at, const char *words);
/* Runs a statement that gives no row. */
bool exh_sql_finish(const struct exh_index *index, sqlite3_stmt *statement, struct exh_error *err) EXH_CHECK;
/* *ret_row false: there is none (any more). */
bool exh_sql_next(const struct exh_index *index, sqlite3_stmt *statement, bool *ret_row, struct exh_error *err) EXH_CHECK;

#endif
