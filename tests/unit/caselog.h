/* A custody log made of nothing but entries, and the register that is made of it: for tests of what is replayed. */
#ifndef CASELOG_H
#define CASELOG_H

#include "exhibit/casefile.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

/* A log, entry by entry. */
struct log {
    struct exh_entry entries[MOST];
    size_t count;
    struct exh_seal_key *key;            /* of every case; NULL: it is gone */
    struct exh_casefile casefile;
    struct exh_error err;
};

static inline int set_up(void **state)
{
    *state = calloc(1, sizeof(struct log));
    return 0;
}

static inline int tear_down(void **state)
{
    struct log *log = *state;

    for (size_t i = 0; i < log->count; i++)
        exh_json_free(log->entries[i].whole);
    exh_seal_key_freep(&log->key);
    exh_casefile_clear(&log->casefile);
    exh_error_clear(&log->err);
    free(log);
    return 0;
}

static inline struct exh_entry *add(struct log *log, const char *act, const char *case_id, const char *exhibit)
{
    struct exh_entry *entry = &log->entries[log->count];

    assert_true(log->count < MOST);
    *entry = (struct exh_entry){ .sequence = log->count++, .act = (char *)(uintptr_t)act, .case_id = (char *)(uintptr_t)case_id,
                                 .exhibit = (char *)(uintptr_t)exhibit, .whole = exh_json_object() };
    return entry;
}

/* Seals @details, taken, into an entry whose facts are there already. */
static inline void seal_details(struct log *log, struct exh_entry *entry, struct exh_json *details)
{
    EXH_CLEANUP(exh_freep) char *plain = exh_json_canonical(details), *context = exh_json_canonical(entry->whole);
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(log->key, context, strlen(context), plain, strlen(plain));
    struct exh_json *whole = exh_json_object();

    exh_json_set_text(whole, "key", entry->case_id);
    exh_json_set_text(whole, "sealed", sealed);
    exh_json_set(entry->whole, "details", whole);
    exh_json_free(details);
}

static inline const struct exh_seal_key *key_of(void *context, const char *key_id)
{
    (void)key_id;
    return ((struct log *)context)->key;
}

static inline bool replays(struct log *log)
{
    exh_casefile_clear(&log->casefile);
    exh_error_clear(&log->err);
    return exh_casefile_replay(log->entries, log->count, key_of, log, &log->casefile, &log->err);
}

static inline void assert_replays(struct log *log)
{
    if (!replays(log))
        fail_msg("it says: %s", log->err.text);
}

static inline void assert_refused(struct log *log, const char *words)
{
    assert_false(replays(log));
    assert_int_equal(log->err.kind, EXH_MALFORMED);
    if (!strstr(log->err.text, words))
        fail_msg("it says: %s", log->err.text);
}

#endif
