/* log_grow: entries added to a store's log in one process, for benchmarks and for tests of long logs.
 *
 *   log_grow STORE KEY-FILE COUNT [TOGETHER]      prints the seconds that it took
 *
 * Each is durable by itself; with TOGETHER, so many of them at a time. Each is the entry of a verification of exhibit OP1 of
 * case C1, with details: the commonest there is. Where there is no case C1, it is opened.
 */
#include "exhibit/keyfile.h"
#include "exhibit/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct exh_entry_draft draft_of(uint64_t number)
{
    struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "verify", .exhibit = "OP1", .case_id = "C1" };

    draft.facts = exh_json_object();
    exh_json_set_text(draft.facts, "verdict", "VERIFIED");
    exh_json_set_int(draft.facts, "findings", (int64_t)(number % 3));
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "reason", "the disclosure officer of Fenland asked whether the exhibit is as it was sealed");
    exh_json_set_int(draft.details, "number", (int64_t)number);
    return draft;
}

static bool open_case(struct exh_store *store, struct exh_error *err)
{
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "case-open", .case_id = "C1" };
    const struct exh_case *one;

    if (!exh_store_case(store, "C1", &one, err) || one)
        return one != NULL;
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "type", "other");
    return exh_store_new_case_key(store, "C1", err) && exh_store_append(store, &draft, err);
}

static bool grow_by_one(struct exh_store *store, uint64_t number, struct exh_error *err)
{
    struct exh_entry_draft draft = draft_of(number);

    return exh_store_record(store, &draft, err);
}

static bool grow_together(struct exh_store *store, uint64_t number, uint64_t together, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_entry_draft *drafts = exh_alloc((together + 1) * sizeof *drafts);

    if (!exh_store_lock(store, err))
        return false;
    for (uint64_t i = 0; i < together; i++)
        drafts[i] = draft_of(number + i);
    bool done = exh_store_append_all(store, drafts, together, err);
    exh_store_unlock(store);
    return done;
}

static bool grow(struct exh_store *store, uint64_t count, uint64_t together, struct exh_error *err)
{
    if (!exh_store_lock(store, err) || !open_case(store, err))
        return false;
    exh_store_unlock(store);
    for (uint64_t done = 0, some; done < count; done += some) {
        some = count - done < together ? count - done : together;
        if (!(together > 1 ? grow_together(store, done, some, err) : grow_by_one(store, done, err)))
            return false;
    }
    return true;
}

static bool no_passphrase(void *context, const char *path, struct exh_secret_text **ret_text, struct exh_error *err)
{
    (void)context, (void)ret_text;
    return exh_fail(err, EXH_USAGE, "key '%s' has a passphrase", path);
}

static bool run(char **argument, uint64_t count, uint64_t together, struct exh_error *err)
{
    EXH_CLEANUP(exh_store_freep) struct exh_store *store = NULL;
    struct timespec from, to;
    struct exh_secret_key *key;

    if (!exh_crypto_init(err) || !exh_store_open(argument[1], NULL, &store, err)
        || !exh_keyfile_load(argument[2], no_passphrase, NULL, &key, NULL, err) || !exh_store_actor(store, key, err))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!grow(store, count, together, err))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.6f\n", (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    return true;
}

int main(int count, char **argument)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    uint64_t entries, together = 1;

    if (count < 4 || count > 5 || !exh_text_number(argument[3], UINT32_MAX, &entries)
        || (count == 5 && (!exh_text_number(argument[4], 100000, &together) || !together))) {
        fprintf(stderr, "usage: log_grow STORE KEY-FILE COUNT [TOGETHER]\n");
        return 2;
    }
    if (run(argument, entries, together, &err))
        return 0;
    fprintf(stderr, "log_grow: %s\n", err.text);
    return (int)err.kind;
}
