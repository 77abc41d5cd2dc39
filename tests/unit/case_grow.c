/* case_grow: cases with exhibits, added to a store's log in one process, for benchmarks of long registers.
 *
 *   case_grow STORE KEY-FILE CASES EXHIBITS TOGETHER
 *
 * CASES of them, each with so many exhibits; one case in ten was acquitted long ago, the others wait for a decision. The entries of
 * TOGETHER cases are added at once, each time by a store that was opened anew, as commands do. The exhibits are entries and a record
 * each, which says what they show; there is no footage.
 */
#include "exhibit/item.h"
#include "exhibit/keyfile.h"
#include "exhibit/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_EXHIBITS = 400, MOST_DRAFTS = 8192, MOST_TOGETHER = EXH_CASE_KEYS_HELD };

static struct exh_json *words(const char *name, const char *value, const char *other, const char *other_value)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, name, value);
    exh_json_set_text(details, other, other_value);
    return details;
}

static bool write_record(const struct exh_store *store, const char *reference, struct exh_error *err)
{
    static const char record[] = "{\"window\":{\"to\":\"2021-12-05T21:25:00Z\"}}\n";
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(reference), *inner = exh_format("%s/record", folder);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/" EXH_RECORD, folder);

    if (mkdirat(store->root, folder, 0755) || mkdirat(store->root, inner, 0755))
        return exh_fail_os(err, "cannot make '%s'", inner);
    int fd = openat(store->root, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    bool done = fd >= 0 && write(fd, record, sizeof record - 1) == (ssize_t)sizeof record - 1;
    if (fd >= 0)
        close(fd);
    return done || exh_fail_os(err, "cannot write '%s'", path);
}

static struct exh_entry_draft draft_of(const char *act, const char *case_id, const char *exhibit)
{
    return (struct exh_entry_draft){ .verb = exh_act_verb(act), .act = act, .case_id = case_id, .exhibit = exhibit };
}

static struct exh_entry_draft status_of(const char *case_id, const char *status, const char *date)
{
    struct exh_entry_draft draft = draft_of("case-status", case_id, NULL);

    draft.details = words("status", status, "date", date);
    exh_json_set_text(draft.details, "source", "email of the officer in the case");
    return draft;
}

struct growth { char *store, *key; uint64_t cases, exhibits, together, exhibit_count; };

/* The drafts of case @number at @drafts. */
static size_t draft_case(const struct growth *growth, uint64_t number, const char *id, char names[][24], struct exh_entry_draft *drafts)
{
    size_t count = 0;

    drafts[count] = draft_of("case-open", id, NULL);
    drafts[count++].details = words("type", "arrest", "title", "grown");
    drafts[count++] = status_of(id, "reported", "2021-12-06");
    for (uint64_t i = 0; i < growth->exhibits; i++) {
        drafts[count++] = draft_of("extract-begun", id, names[i]);
        drafts[count] = draft_of("extract-done", id, names[i]);
        drafts[count].digests = exh_json_object();
        exh_json_set_text(drafts[count++].digests, "tagmanifest", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
    if (number % 10 == 0)
        drafts[count++] = status_of(id, "no-further-action", "2022-01-10");
    return count;
}

static bool make_exhibits(struct growth *growth, const struct exh_store *store, char ret_names[][24], struct exh_error *err)
{
    for (uint64_t i = 0; i < growth->exhibits; i++) {
        snprintf(ret_names[i], sizeof ret_names[i], "OP%llu", (unsigned long long)++growth->exhibit_count);
        if (!write_record(store, ret_names[i], err))
            return false;
    }
    return true;
}

/* Cases @from to before @to: their entries count together. The lock is held. */
static bool add_cases(struct growth *growth, struct exh_store *store, uint64_t from, uint64_t to, struct exh_error *err)
{
    static struct exh_entry_draft drafts[MOST_DRAFTS];
    static char ids[MOST_DRAFTS][24], names[MOST_DRAFTS][24];
    size_t count = 0;
    uint64_t first;

    if (!exh_store_next_case(store, ids[0], err) || !exh_text_number(ids[0] + 1, UINT32_MAX, &first))
        return false;
    for (uint64_t i = from; i < to; i++) {
        char *id = ids[i - from], (*own)[24] = names + (i - from) * growth->exhibits;
        snprintf(id, sizeof ids[0], "C%llu", (unsigned long long)(first + i - from));
        if (!exh_store_new_case_key(store, id, err) || !make_exhibits(growth, store, own, err))
            return false;
        count += draft_case(growth, i, id, own, drafts + count);
    }
    return exh_store_append_all(store, drafts, count, err);
}

static bool no_passphrase(void *context, const char *path, struct exh_secret_text **ret_text, struct exh_error *err)
{
    (void)context, (void)ret_text;
    return exh_fail(err, EXH_USAGE, "key '%s' has a passphrase", path);
}

static bool grow_some(struct growth *growth, uint64_t from, uint64_t to, struct exh_error *err)
{
    EXH_CLEANUP(exh_store_freep) struct exh_store *store = NULL;
    struct exh_secret_key *key;

    if (!exh_store_open(growth->store, NULL, &store, err) || !exh_keyfile_load(growth->key, no_passphrase, NULL, &key, NULL, err)
        || !exh_store_actor(store, key, err) || !exh_store_lock(store, err))
        return false;
    bool done = add_cases(growth, store, from, to, err);
    exh_store_unlock(store);
    return done;
}

static bool run(struct growth *growth, struct exh_error *err)
{
    if (!exh_crypto_init(err))
        return false;
    for (uint64_t i = 0, end; i < growth->cases; i = end) {
        end = growth->cases - i < growth->together ? growth->cases : i + growth->together;
        if (!grow_some(growth, i, end, err))
            return false;
    }
    return true;
}

int main(int count, char **argument)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct growth growth = { 0 };

    if (count != 6 || !exh_text_number(argument[3], UINT32_MAX, &growth.cases) || !exh_text_number(argument[4], MOST_EXHIBITS, &growth.exhibits)
        || !exh_text_number(argument[5], MOST_DRAFTS / (4 + 2 * growth.exhibits), &growth.together) || !growth.together
        || growth.together > MOST_TOGETHER) {
        fprintf(stderr, "usage: case_grow STORE KEY-FILE CASES EXHIBITS TOGETHER\n");
        return 2;
    }
    growth.store = argument[1];
    growth.key = argument[2];
    if (run(&growth, &err))
        return 0;
    fprintf(stderr, "case_grow: %s\n", err.text);
    return (int)err.kind;
}
