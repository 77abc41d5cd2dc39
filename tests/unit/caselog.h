/* A custody log made of nothing but entries, and the register that is made of it: for tests of what is replayed. */
#ifndef CASELOG_H
#define CASELOG_H

#include "exhibit/casefile.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 128 };

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

/* An empty log in the place of the one before. */
static inline struct log *renew(void **state)
{
    tear_down(state);
    set_up(state);
    return *state;
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

static inline struct exh_moment moment(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment read = { 0 };

    if (!exh_moment_parse_utc(words, &read, &err))
        fail_msg("%s", err.text);
    return read;
}

static inline struct exh_json *object_of(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_json *value = NULL;

    if (!exh_json_parse(words, strlen(words), "test", &value, &err))
        fail_msg("%s", err.text);
    return value;
}

/* Opens case C1, on 1 January 2026. With @hold, the order that it is held by from the beginning. */
static inline void open_case_held(struct log *log, const char *type, const char *hold)
{
    struct exh_json *details = exh_json_object();
    struct exh_entry *entry = add(log, "case-open", "C1", NULL);

    if (!log->key)
        log->key = exh_seal_key_new();
    entry->time = moment("2026-01-01T10:00:00Z");
    exh_json_set_text(details, "type", type);
    if (hold) {
        exh_json_set(entry->whole, "facts", object_of("{\"hold\":\"C1-H1\"}"));
        exh_json_set(details, "hold", object_of(hold));
    }
    seal_details(log, entry, details);
}

static inline void open_case(struct log *log, const char *type)
{
    open_case_held(log, type, NULL);
}

/* An entry on C1 at the end of 2030, with these details. */
static inline void enter_act(struct log *log, const char *act, struct exh_json *details)
{
    struct exh_entry *entry = add(log, act, "C1", NULL);

    entry->time = moment("2030-12-31T10:00:00Z");
    seal_details(log, entry, details);
}

/* "case-status", with a source. */
static inline void enter(struct log *log, const char *words)
{
    struct exh_json *details = object_of(words);

    if (!exh_json_get(details, "source"))
        exh_json_set_text(details, "source", "email");
    enter_act(log, "case-status", details);
}

static inline void take_back(struct log *log)
{
    exh_json_free(log->entries[--log->count].whole);
}

static inline struct exh_case *the_case(struct log *log)
{
    assert_replays(log);
    return exh_casefile_case(&log->casefile, "C1");
}

static inline void is_date(struct exh_date found, const char *expected)
{
    char words[EXH_DATE_SIZE];

    exh_date_words(found, words);
    assert_string_equal(words, expected);
}

/* Statuses one after the other, a day each from 2 January 2026 on. */
static inline void go(struct log *log, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("{\"status\":\"%s\",\"date\":\"2026-01-%02zu\"}", names[i], i + 2);
        enter(log, words);
    }
}

#endif
