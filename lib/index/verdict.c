/* index: how items were judged, and until when that stands. */
#include "sql.h"

#include <string.h>

/* *ret_known: what is there of the case was judged with more of the log. */
static bool is_known_better(struct exh_index *index, const struct exh_index_judged *judged, bool *ret_known, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, JUDGED_BY, &statement, err))
        return false;
    exh_sql_bind(statement, 1, judged->case_id);
    if (!exh_sql_next(index, statement, &found, err))
        return false;
    *ret_known = found && (uint64_t)sqlite3_column_int64(statement, 0) > judged->entries;
    return true;
}

static bool clear_verdicts(struct exh_index *index, const char *case_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, CLEAR_VERDICTS, &statement, err))
        return false;
    exh_sql_bind(statement, 1, case_id);
    return exh_sql_finish(index, statement, err);
}

static bool add_judged(struct exh_index *index, const struct exh_index_judged *judged, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, ADD_JUDGED, &statement, err))
        return false;
    exh_sql_bind(statement, 1, judged->case_id);
    sqlite3_bind_int64(statement, 2, (int64_t)judged->entries);
    sqlite3_bind_int64(statement, 3, judged->since);
    sqlite3_bind_int64(statement, 4, judged->until);
    return exh_sql_finish(index, statement, err);
}

static bool add_verdict(struct exh_index *index, const char *case_id, const struct exh_index_verdict *verdict, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, ADD_VERDICT, &statement, err))
        return false;
    exh_sql_bind(statement, 1, case_id);
    exh_sql_bind(statement, 2, verdict->item);
    sqlite3_bind_int64(statement, 3, verdict->kind);
    sqlite3_bind_int64(statement, 4, verdict->due);
    return exh_sql_finish(index, statement, err);
}

bool exh_index_judge(struct exh_index *index, const struct exh_index_judged *judged, struct exh_error *err)
{
    bool known;

    if (!is_known_better(index, judged, &known, err) || known)
        return err->kind == EXH_OK;
    if (!clear_verdicts(index, judged->case_id, err) || !add_judged(index, judged, err))
        return false;
    for (size_t i = 0; i < judged->count; i++)
        if (!add_verdict(index, judged->case_id, &judged->verdicts[i], err))
            return false;
    return true;
}

bool exh_index_unjudge(struct exh_index *index, struct exh_error *err)
{
    return exh_sql_run(index, "DELETE FROM judged; DELETE FROM verdict", err);
}

bool exh_index_unjudged(struct exh_index *index, uint64_t from, int64_t now, struct exh_strings *cases, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, UNJUDGED, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, (int64_t)from);
    sqlite3_bind_int64(statement, 2, now);
    while (exh_sql_next(index, statement, &found, err) && found)
        exh_strings_add(cases, (const char *)sqlite3_column_text(statement, 0));
    return err->kind == EXH_OK;
}

bool exh_index_tally(struct exh_index *index, uint64_t ret_counts[EXH_INDEX_KINDS], struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    memset(ret_counts, 0, EXH_INDEX_KINDS * sizeof *ret_counts);
    if (!exh_sql_need(index, TALLY, &statement, err))
        return false;
    while (exh_sql_next(index, statement, &found, err) && found) {
        int64_t kind = sqlite3_column_int64(statement, 0);
        if (kind < 0 || kind >= EXH_INDEX_KINDS)
            return exh_fail(err, EXH_MALFORMED, "the index '%s' has verdicts of no kind: remove it, and the next command makes it anew",
                            index->path);
        ret_counts[kind] = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    return err->kind == EXH_OK;
}

bool exh_index_count_due(struct exh_index *index, unsigned kind, int64_t until, uint64_t *ret_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, COUNT_DUE, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, kind);
    sqlite3_bind_int64(statement, 2, until);
    if (!exh_sql_next(index, statement, &found, err))
        return false;
    *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    return true;
}

static bool visit_verdicts(struct exh_index *index, sqlite3_stmt *statement,
                           bool (*visit)(void *context, const struct exh_index_verdict *verdict, struct exh_error *err), void *context,
                           struct exh_error *err)
{
    bool found;

    while (exh_sql_next(index, statement, &found, err) && found) {
        const struct exh_index_verdict verdict = {
            .case_id = (const char *)sqlite3_column_text(statement, 0),
            .item = (const char *)sqlite3_column_text(statement, 1),
            .kind = (unsigned)sqlite3_column_int(statement, 2),
            .due = sqlite3_column_int64(statement, 3),
        };
        if (!visit(context, &verdict, err))
            return false;
    }
    return err->kind == EXH_OK;
}

bool exh_index_visit_kind(struct exh_index *index, unsigned kind,
                          bool (*visit)(void *context, const struct exh_index_verdict *verdict, struct exh_error *err), void *context,
                          struct exh_error *err)
{
    static const char words[] = "SELECT case_id, item, kind, due FROM verdict WHERE kind = ? ORDER BY case_id, item";
    EXH_CLEANUP(exh_sql_finalize) sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(index->db, words, -1, &statement, NULL) != SQLITE_OK)
        return exh_sql_fail(index, err);
    sqlite3_bind_int64(statement, 1, kind);
    return visit_verdicts(index, statement, visit, context, err);
}

bool exh_index_visit_due(struct exh_index *index, int64_t until, size_t most,
                         bool (*visit)(void *context, const struct exh_index_verdict *verdict, struct exh_error *err), void *context,
                         struct exh_error *err)
{
    static const char words[] = "SELECT case_id, item, kind, due FROM verdict WHERE due < 9223372036854775807 AND due <= ?"
                                " ORDER BY due, case_id, item LIMIT ?";
    EXH_CLEANUP(exh_sql_finalize) sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(index->db, words, -1, &statement, NULL) != SQLITE_OK)
        return exh_sql_fail(index, err);
    sqlite3_bind_int64(statement, 1, until);
    sqlite3_bind_int64(statement, 2, most < INT64_MAX ? (int64_t)most : INT64_MAX);
    return visit_verdicts(index, statement, visit, context, err);
}
