/* index: what is often asked of the custody log, derived from it, in one SQLite file (floor 5).
 *
 * Entries by number, case and topic; the nodes of the Merkle tree over them; which identifiers are taken, by which case,
 * and which of them are still in the making; how each item was judged, and until when that stands. It is nobody's word: the
 * log is. Delete the file, and reading the log brings it back. Entries stand in it as in the log, their details sealed;
 * nothing opened goes in but such verdicts: a kind and an instant.
 *
 *     exh_index_begin(index, &err) && exh_index_add(index, &row, &err) ... && exh_index_commit(index, &err)
 *
 * Any number of processes read while one writes: each sees the rows up to a commit. After a kill all rows of a transaction
 * are there or none; after a power cut the last ones may be gone, never others. On a network file system the file's shared
 * memory does not work: there the store is used by one machine only.
 */
#ifndef EXHIBIT_INDEX_H
#define EXHIBIT_INDEX_H

#include "exhibit/error.h"
#include "exhibit/merkle.h"
#include "exhibit/text.h"

#include <stdint.h>

struct exh_index;
/* Opens the index at @path, which is made (mode 0600) where it is missing. A file that is no index, of another version of
 * it, or damaged, is emptied first. @path NULL: in memory, for this process only. EXH_IO: it cannot be opened, made or
 * written there; EXH_BUSY: somebody else writes it for longer than 5 s. */
bool exh_index_open(const char *path, struct exh_index **ret_index, struct exh_error *err) EXH_CHECK;
void exh_index_freep(struct exh_index **index);

/* How an entry bears on the identifier that it is about. */
enum exh_index_stage { EXH_INDEX_NONE, EXH_INDEX_BEGINS, EXH_INDEX_ENDS };
/* An entry, and by what it is found. Strings and bytes are the caller's, and of a visit valid during it only. */
struct exh_index_row {
    uint64_t sequence;
    const char *case_id;                 /* NULL: none */
    const char *topic;                   /* by which it is found again; NULL: none */
    const char *commit;                  /* 40 digits */
    struct exh_merkle_hash leaf;
    const void *bytes;
    size_t size;
    /* Only when it is added: */
    const char *item;                    /* the identifier it begins or ends the making of; NULL: none */
    enum exh_index_stage stage;
    const char *kind, *numbered;         /* a kind of identifiers, and the one of them that is taken now: "exhibit", "OP17";
                                          * NULL: none */
};

/* How many entries it has, and the edge of the tree over them. */
bool exh_index_state(struct exh_index *index, struct exh_merkle_edge *ret_edge, struct exh_error *err) EXH_CHECK;
/* Begins to write, as the only one. EXH_BUSY: another does for longer than 5 s. */
bool exh_index_begin(struct exh_index *index, struct exh_error *err) EXH_CHECK;
/* Takes back what was written since the beginning; nothing where nothing was begun. */
void exh_index_undo(struct exh_index *index);
bool exh_index_commit(struct exh_index *index, struct exh_error *err) EXH_CHECK;
/* Adds the next entry (its number is the count of those that are there: another is a bug, and aborts). EXH_MALFORMED: its
 * item was begun before; EXH_IO: disk full. */
bool exh_index_add(struct exh_index *index, const struct exh_index_row *row, struct exh_error *err) EXH_CHECK;
/* Forgets everything; within a transaction. */
bool exh_index_empty(struct exh_index *index, struct exh_error *err) EXH_CHECK;

/* Which entries: those that agree with all that is set, from @from up to before @to. */
struct exh_index_query {
    const char *case_id, *topic;         /* NULL: any */
    const char *topics;                  /* what the topic begins with; NULL: anything */
    uint64_t from, to;                   /* @to 0: to the last */
};
/* Visits them in order, or the last one first with @backwards. Stops when @visit returns false (err set). The index may not
 * be written meanwhile. EXH_MALFORMED: the file is damaged. */
bool exh_index_visit(struct exh_index *index, const struct exh_index_query *query, bool backwards,
                     bool (*visit)(void *context, const struct exh_index_row *row, struct exh_error *err), void *context,
                     struct exh_error *err) EXH_CHECK;
/* An exh_merkle_fetch whose @context is the index. EXH_USAGE: there is no such subtree. */
bool exh_index_fetch(void *index, unsigned level, uint64_t position, struct exh_merkle_hash *ret_hash, struct exh_error *err) EXH_CHECK;

/* The case that an item is of, as the entry had it that began it; NULL where none did. Free with free(). */
bool exh_index_item(struct exh_index *index, const char *item, char **ret_case, struct exh_error *err) EXH_CHECK;
/* Adds all items that were begun, by their names. */
bool exh_index_items(struct exh_index *index, struct exh_strings *items, struct exh_error *err) EXH_CHECK;
/* Adds those of them that have not ended. */
bool exh_index_in_making(struct exh_index *index, struct exh_strings *items, struct exh_error *err) EXH_CHECK;
/* The highest number that an identifier of @kind has that begins with @stem and goes on with that number only: 17 for "OP" of
 * "OP17"; 0 where there is none. A stem may end in digits itself: "OP17" counts for "OP" and for "OP1". */
bool exh_index_last_number(struct exh_index *index, const char *kind, const char *stem, uint64_t *ret_number, struct exh_error *err) EXH_CHECK;
/* Keeps a value under a name, for who knows what it means, in a transaction of its own where none was begun; NULL where
 * there is none. Free with free(). Gone when the index is emptied. */
bool exh_index_keep(struct exh_index *index, const char *name, const char *value, struct exh_error *err) EXH_CHECK;
bool exh_index_kept(struct exh_index *index, const char *name, char **ret_value, struct exh_error *err) EXH_CHECK;

/* ---- verdicts: what takes long to judge anew ---- */

/* An item of a case, as it was judged. */
struct exh_index_verdict {
    const char *case_id, *item;
    unsigned kind;                       /* the judge's own word for it, from 0 up to before EXH_INDEX_KINDS */
    int64_t due;                         /* ns; INT64_MAX: never, as far as is known */
};
enum { EXH_INDEX_KINDS = 8 };
/* The verdicts on all items of a case. */
struct exh_index_judged {
    const char *case_id;
    uint64_t entries;                    /* how many of the log were known, at least */
    int64_t since, until;                /* when they hold, in ns: from @since up to before @until; equal: never again */
    const struct exh_index_verdict *verdicts;
    size_t count;
};
/* Puts them in the place of those that were there, within a transaction; passed over where those knew more of the log. EXH_IO. */
bool exh_index_judge(struct exh_index *index, const struct exh_index_judged *judged, struct exh_error *err) EXH_CHECK;
/* Forgets all of them, within a transaction. */
bool exh_index_unjudge(struct exh_index *index, struct exh_error *err) EXH_CHECK;
/* Adds the cases that are to be judged at @now (ns): those with entries from @from on that were not known, and those whose verdicts do not
 * hold at @now. */
bool exh_index_unjudged(struct exh_index *index, uint64_t from, int64_t now, struct exh_strings *cases, struct exh_error *err) EXH_CHECK;
/* How many items were judged as each kind, and how many as @kind and due up to @until. */
bool exh_index_tally(struct exh_index *index, uint64_t ret_counts[EXH_INDEX_KINDS], struct exh_error *err) EXH_CHECK;
bool exh_index_count_due(struct exh_index *index, unsigned kind, int64_t until, uint64_t *ret_count, struct exh_error *err) EXH_CHECK;
/* Visits those that were judged as @kind, by case and item. As exh_index_visit otherwise. */
bool exh_index_visit_kind(struct exh_index *index, unsigned kind,
                          bool (*visit)(void *context, const struct exh_index_verdict *verdict, struct exh_error *err), void *context,
                          struct exh_error *err) EXH_CHECK;
/* Visits @most of those due up to @until, the longest due first; of one instant by case and item. As exh_index_visit otherwise. */
bool exh_index_visit_due(struct exh_index *index, int64_t until, size_t most,
                         bool (*visit)(void *context, const struct exh_index_verdict *verdict, struct exh_error *err), void *context,
                         struct exh_error *err) EXH_CHECK;

/* ---- what waits ---- */

/* Whether something of a case waits for somebody. */
struct exh_index_noted {
    const char *case_id;
    uint64_t entries;                    /* how many of the log were known, at least */
    bool waits;
    uint64_t exhibits;                   /* that it has */
};
/* Notes it, within a transaction; passed over where what is there knew more of the log. EXH_IO. */
bool exh_index_note(struct exh_index *index, const struct exh_index_noted *noted, struct exh_error *err) EXH_CHECK;
/* Adds the cases with entries from @from on that were not known when they were noted. */
bool exh_index_unnoted(struct exh_index *index, uint64_t from, struct exh_strings *cases, struct exh_error *err) EXH_CHECK;
/* Adds the cases that have something waiting. */
bool exh_index_waiting(struct exh_index *index, struct exh_strings *cases, struct exh_error *err) EXH_CHECK;
/* How many exhibits the noted cases have together. */
bool exh_index_exhibits(struct exh_index *index, uint64_t *ret_count, struct exh_error *err) EXH_CHECK;

#endif
