/* index: rows and nodes in SQLite. */
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    APPLICATION = 0x45584831,            /* "EXH1", in the file's header */
    VERSION = 4,
    WAIT_MS = 5000,
    WAL_PAGES = 128,                     /* of the write-ahead log, which each opening reads: half a megabyte */
};

static const char schema[] =
    "CREATE TABLE entry(sequence INTEGER PRIMARY KEY, case_id TEXT, topic TEXT, commit_id TEXT NOT NULL, leaf BLOB NOT NULL,"
    " bytes BLOB NOT NULL);"
    "CREATE INDEX entry_case ON entry(case_id) WHERE case_id IS NOT NULL;"
    "CREATE INDEX entry_topic ON entry(topic) WHERE topic IS NOT NULL;"
    "CREATE TABLE node(level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY(level, position)) WITHOUT ROWID;"
    "CREATE TABLE item(name TEXT PRIMARY KEY, case_id TEXT NOT NULL, in_making INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX item_in_making ON item(name) WHERE in_making;"
    "CREATE TABLE number(stem TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE kept(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE judged(case_id TEXT PRIMARY KEY, entries INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX judged_since ON judged(since);"
    "CREATE INDEX judged_until ON judged(until);"
    "CREATE TABLE verdict(case_id TEXT, item TEXT, kind INTEGER NOT NULL, due INTEGER NOT NULL, PRIMARY KEY(case_id, item)) WITHOUT ROWID;"
    "CREATE INDEX verdict_kind ON verdict(kind, due);"
    "CREATE INDEX verdict_due ON verdict(due) WHERE due < 9223372036854775807;"
    "CREATE TABLE noted(case_id TEXT PRIMARY KEY, entries INTEGER NOT NULL, waits INTEGER NOT NULL, exhibits INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX noted_waits ON noted(case_id) WHERE waits;";

/* ---- opening ---- */

static void close_db(struct exh_index *index)
{
    for (size_t i = 0; i < EXH_SQL_COUNT; i++) {
        sqlite3_finalize(index->statements[i]);
        index->statements[i] = NULL;
    }
    sqlite3_close(index->db);
    index->db = NULL;
}

void exh_index_freep(struct exh_index **index)
{
    if (*index) {
        close_db(*index);
        free((*index)->path);
        free(*index);
    }
    *index = NULL;
}

/* The write-ahead log is merged into the file when it has grown long, and then emptied: SQLite by itself begins it anew only
 * within the process that merged it, and ours mostly end before. While somebody reads, the next one tries. */
static int merge(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)context;
    if (pages < WAL_PAGES)
        return SQLITE_OK;
    sqlite3_busy_timeout(db, 0);
    sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db, WAIT_MS);
    return SQLITE_OK;
}

/* The write-ahead log stays when the file is closed: merging it takes syncs, which one command in many pays and not each. */
static bool set_up(struct exh_index *index, struct exh_error *err)
{
    int persist = 1;

    sqlite3_extended_result_codes(index->db, 1);
    sqlite3_busy_timeout(index->db, WAIT_MS);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_file_control(index->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    sqlite3_wal_hook(index->db, merge, NULL);
    return exh_sql_run(index, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY", err);
}

static bool read_pragma(struct exh_index *index, const char *words, int64_t *ret_value, struct exh_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(index->db, words, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;

    if (done)
        *ret_value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return done || exh_sql_fail(index, err);
}

static bool make_tables(struct exh_index *index, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *marks = exh_format("PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, VERSION);

    return exh_sql_run(index, schema, err) && exh_sql_run(index, marks, err);
}

/* *ret_is_ours false: another program's, or of another version. One that was just made has neither number. Whoever comes
 * first makes the tables. */
static bool check_tables(struct exh_index *index, bool *ret_is_ours, struct exh_error *err)
{
    int64_t application, version;

    if (!read_pragma(index, "PRAGMA application_id", &application, err) || !read_pragma(index, "PRAGMA user_version", &version, err))
        return false;
    *ret_is_ours = application == APPLICATION && version == VERSION;
    if (*ret_is_ours)
        return true;
    if (application || version || !exh_sql_run(index, "BEGIN IMMEDIATE", err))
        return application || version;
    *ret_is_ours = read_pragma(index, "PRAGMA user_version", &version, err) && (version == VERSION || make_tables(index, err));
    if (*ret_is_ours && exh_sql_run(index, "COMMIT", err))
        return true;
    sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* Only we may read it; SQLite gives its other files the same rights. */
static bool make_file(const char *path, struct exh_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return exh_fail_os(err, "cannot open the index '%s'", path);
    close(fd);
    return true;
}

static bool open_db(struct exh_index *index, const char *path, bool *ret_is_ours, struct exh_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (path ? 0 : SQLITE_OPEN_CREATE);

    if (path && !make_file(path, err))
        return false;
    if (sqlite3_open_v2(path ? path : ":memory:", &index->db, flags, NULL) != SQLITE_OK)
        return exh_sql_fail(index, err);
    return set_up(index, err) && check_tables(index, ret_is_ours, err);
}

static bool remove_files(const char *path, struct exh_error *err)
{
    static const char *const endings[] = { "-wal", "-shm", "" };

    for (size_t i = 0; i < EXH_COUNT(endings); i++) {
        EXH_CLEANUP(exh_freep) char *file = exh_format("%s%s", path, endings[i]);
        if (unlink(file) && errno != ENOENT)
            return exh_fail_os(err, "cannot remove '%s'", file);
    }
    return true;
}

bool exh_index_open(const char *path, struct exh_index **ret_index, struct exh_error *err)
{
    EXH_CLEANUP(exh_index_freep) struct exh_index *index = exh_alloc(sizeof *index);
    bool is_ours = true;

    index->path = exh_strdup(path ? path : "in memory");
    if (!open_db(index, path, &is_ours, err) && (err->kind != EXH_MALFORMED || !path))
        return false;
    if (err->kind == EXH_MALFORMED || !is_ours) {    /* it is derived: nothing is lost with it */
        exh_error_clear(err);
        close_db(index);
        if (!remove_files(path, err) || !open_db(index, path, &is_ours, err))
            return false;
    }
    *ret_index = exh_steal(&index);
    return true;
}

/* ---- the tree ---- */

static bool take_hash(sqlite3_stmt *statement, struct exh_merkle_hash *ret_hash)
{
    if (sqlite3_column_bytes(statement, 0) != sizeof ret_hash->bytes)
        return false;
    memcpy(ret_hash->bytes, sqlite3_column_blob(statement, 0), sizeof ret_hash->bytes);
    return true;
}

bool exh_index_fetch(void *context, unsigned level, uint64_t position, struct exh_merkle_hash *ret_hash, struct exh_error *err)
{
    struct exh_index *index = context;
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, level ? ONE_NODE : ONE_LEAF, &statement, err))
        return false;
    if (level)
        sqlite3_bind_int64(statement, 1, level);
    sqlite3_bind_int64(statement, level ? 2 : 1, (int64_t)position);
    if (!exh_sql_next(index, statement, &found, err))
        return false;
    return (found && take_hash(statement, ret_hash))
        || exh_fail(err, EXH_USAGE, "the index '%s' has no node %u/%llu", index->path, level, (unsigned long long)position);
}

bool exh_index_state(struct exh_index *index, struct exh_merkle_edge *ret_edge, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, COUNT, &statement, err) || !exh_sql_next(index, statement, &found, err))
        return false;
    uint64_t count = (uint64_t)sqlite3_column_int64(statement, 0);
    return exh_merkle_edge_fetch(count, exh_index_fetch, index, ret_edge, err);
}

/* ---- writing ---- */

bool exh_index_begin(struct exh_index *index, struct exh_error *err)
{
    if (!exh_sql_run(index, "BEGIN IMMEDIATE", err))
        return false;
    index->writing = true;
    if (exh_index_state(index, &index->edge, err))
        return true;
    exh_index_undo(index);
    return false;
}

void exh_index_undo(struct exh_index *index)
{
    if (index->writing)
        sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
    index->writing = false;
}

bool exh_index_commit(struct exh_index *index, struct exh_error *err)
{
    if (!exh_sql_run(index, "COMMIT", err))
        return false;
    index->writing = false;
    return true;
}

bool exh_index_empty(struct exh_index *index, struct exh_error *err)
{
    index->edge = (struct exh_merkle_edge)EXH_MERKLE_EDGE_NONE;
    return exh_sql_run(index, "DELETE FROM entry; DELETE FROM node; DELETE FROM item; DELETE FROM number; DELETE FROM kept; DELETE FROM judged;"
                      " DELETE FROM verdict; DELETE FROM noted", err);
}

static bool add_entry(struct exh_index *index, const struct exh_index_row *row, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, ADD_ENTRY, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, (int64_t)row->sequence);
    exh_sql_bind(statement, 2, row->case_id);
    exh_sql_bind(statement, 3, row->topic);
    exh_sql_bind(statement, 4, row->commit);
    sqlite3_bind_blob(statement, 5, row->leaf.bytes, sizeof row->leaf.bytes, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 6, row->bytes, row->size, SQLITE_STATIC);
    return exh_sql_finish(index, statement, err);
}

static bool add_node(struct exh_index *index, unsigned level, uint64_t position, const struct exh_merkle_hash *hash, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, ADD_NODE, &statement, err))
        return false;
    sqlite3_bind_int64(statement, 1, level);
    sqlite3_bind_int64(statement, 2, (int64_t)position);
    sqlite3_bind_blob(statement, 3, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
    return exh_sql_finish(index, statement, err);
}

/* Each subtree that the leaf completes. */
static bool add_nodes(struct exh_index *index, const struct exh_merkle_hash *leaf, struct exh_error *err)
{
    const struct exh_merkle_edge *edge = &index->edge;
    struct exh_merkle_hash hash = *leaf;

    for (unsigned level = 0; edge->size >> level & 1; level++) {
        exh_merkle_node(&edge->peaks[level], &hash, &hash);
        if (!add_node(index, level + 1, edge->size >> (level + 1), &hash, err))
            return false;
    }
    exh_merkle_add(&index->edge, leaf);
    return true;
}

static bool note_item(struct exh_index *index, const struct exh_index_row *row, struct exh_error *err)
{
    bool begins = row->stage == EXH_INDEX_BEGINS;
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (row->stage == EXH_INDEX_NONE || !row->item)
        return true;
    if (!exh_sql_need(index, begins ? BEGIN_ITEM : END_ITEM, &statement, err))
        return false;
    exh_sql_bind(statement, 1, row->item);
    if (begins)
        exh_sql_bind(statement, 2, row->case_id ? row->case_id : "");
    int step = sqlite3_step(statement);
    if ((step & 0xff) == SQLITE_CONSTRAINT)
        return exh_fail(err, EXH_MALFORMED, "it begins '%s' a second time", row->item);
    return step == SQLITE_DONE || exh_sql_fail(index, err);
}

static bool add_number(struct exh_index *index, const char *stem, uint64_t number, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, ADD_NUMBER, &statement, err))
        return false;
    exh_sql_bind(statement, 1, stem);
    sqlite3_bind_int64(statement, 2, (int64_t)number);
    return exh_sql_finish(index, statement, err);
}

/* For each stem that it may be numbered after. */
static bool note_number(struct exh_index *index, const struct exh_index_row *row, struct exh_error *err)
{
    uint64_t number;

    for (size_t i = row->numbered ? strlen(row->numbered) : 0; i-- > 1 && row->numbered[i] >= '0' && row->numbered[i] <= '9';) {
        EXH_CLEANUP(exh_freep) char *stem = exh_format("%s %.*s", row->kind, (int)i, row->numbered);
        if (exh_text_number(row->numbered + i, UINT32_MAX, &number) && !add_number(index, stem, number, err))
            return false;
    }
    return true;
}

bool exh_index_add(struct exh_index *index, const struct exh_index_row *row, struct exh_error *err)
{
    if (!index->writing || row->sequence != index->edge.size)
        abort();
    return add_entry(index, row, err) && add_nodes(index, &row->leaf, err) && note_item(index, row, err) && note_number(index, row, err);
}

/* ---- asking ---- */

/* Which entries, as SQL. Free with free(). */
static char *query_words(const struct exh_index_query *query, bool backwards)
{
    return exh_format("SELECT sequence, case_id, topic, commit_id, leaf, bytes FROM entry WHERE sequence >= ?1 AND sequence < ?2%s%s%s"
                      " ORDER BY sequence%s", query->case_id ? " AND case_id = ?3" : "", query->topic ? " AND topic = ?4" : "",
                      query->topics ? " AND topic >= ?5 AND topic < ?5 || x'ff'" : "", backwards ? " DESC" : "");
}

static struct exh_index_row row_of(sqlite3_stmt *statement)
{
    struct exh_index_row row = {
        .sequence = (uint64_t)sqlite3_column_int64(statement, 0),
        .case_id = (const char *)sqlite3_column_text(statement, 1),
        .topic = (const char *)sqlite3_column_text(statement, 2),
        .commit = (const char *)sqlite3_column_text(statement, 3),
        .bytes = sqlite3_column_blob(statement, 5),
        .size = (size_t)sqlite3_column_bytes(statement, 5),
    };

    if (sqlite3_column_bytes(statement, 4) == sizeof row.leaf.bytes)
        memcpy(row.leaf.bytes, sqlite3_column_blob(statement, 4), sizeof row.leaf.bytes);
    return row;
}

bool exh_index_visit(struct exh_index *index, const struct exh_index_query *query, bool backwards,
                     bool (*visit)(void *context, const struct exh_index_row *row, struct exh_error *err), void *context,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = query_words(query, backwards);
    EXH_CLEANUP(exh_sql_finalize) sqlite3_stmt *statement = NULL;
    bool found;

    if (sqlite3_prepare_v2(index->db, words, -1, &statement, NULL) != SQLITE_OK)
        return exh_sql_fail(index, err);
    sqlite3_bind_int64(statement, 1, (int64_t)query->from);
    sqlite3_bind_int64(statement, 2, query->to ? (int64_t)query->to : INT64_MAX);
    if (query->case_id)
        exh_sql_bind(statement, 3, query->case_id);
    if (query->topic)
        exh_sql_bind(statement, 4, query->topic);
    if (query->topics)
        exh_sql_bind(statement, 5, query->topics);
    while (exh_sql_next(index, statement, &found, err) && found) {
        const struct exh_index_row row = row_of(statement);
        if (!visit(context, &row, err))
            return false;
    }
    return err->kind == EXH_OK;
}

/* The one value of a statement with a name; NULL where there is none. */
static bool one_value(struct exh_index *index, enum exh_sql which, const char *name, char **ret_value, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, which, &statement, err))
        return false;
    exh_sql_bind(statement, 1, name);
    if (!exh_sql_next(index, statement, &found, err))
        return false;
    *ret_value = found ? exh_strdup((const char *)sqlite3_column_text(statement, 0)) : NULL;
    return true;
}

bool exh_index_item(struct exh_index *index, const char *item, char **ret_case, struct exh_error *err)
{
    return one_value(index, ONE_ITEM, item, ret_case, err);
}

static bool list(struct exh_index *index, enum exh_sql which, struct exh_strings *items, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;
    bool found;

    if (!exh_sql_need(index, which, &statement, err))
        return false;
    while (exh_sql_next(index, statement, &found, err) && found)
        exh_strings_add(items, (const char *)sqlite3_column_text(statement, 0));
    return err->kind == EXH_OK;
}

bool exh_index_items(struct exh_index *index, struct exh_strings *items, struct exh_error *err)
{
    return list(index, ITEMS, items, err);
}

bool exh_index_in_making(struct exh_index *index, struct exh_strings *items, struct exh_error *err)
{
    return list(index, IN_MAKING, items, err);
}

bool exh_index_last_number(struct exh_index *index, const char *kind, const char *stem, uint64_t *ret_number, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s %s", kind, stem);
    EXH_CLEANUP(exh_freep) char *digits = NULL;

    *ret_number = 0;
    return one_value(index, LAST_NUMBER, name, &digits, err)
        && (!digits || exh_text_number(digits, INT64_MAX, ret_number)
            || exh_fail(err, EXH_MALFORMED, "the index '%s' has no number for '%s'", index->path, stem));
}

bool exh_index_keep(struct exh_index *index, const char *name, const char *value, struct exh_error *err)
{
    EXH_CLEANUP(exh_sql_release) sqlite3_stmt *statement = NULL;

    if (!exh_sql_need(index, KEEP, &statement, err))
        return false;
    exh_sql_bind(statement, 1, name);
    exh_sql_bind(statement, 2, value);
    return exh_sql_finish(index, statement, err);
}

bool exh_index_kept(struct exh_index *index, const char *name, char **ret_value, struct exh_error *err)
{
    return one_value(index, KEPT, name, ret_value, err);
}
