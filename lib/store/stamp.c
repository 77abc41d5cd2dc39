/* store: time stamps of the log: asked for, judged, entered. */
#include "store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STAMP "log-stamp"

/* ---- asking ---- */

bool exh_store_stamp_request(const struct exh_store *store, uint8_t **ret_request, size_t *ret_size,
                             struct exh_checkpoint *ret_checkpoint, struct exh_error *err)
{
    const char *note = exh_ledger_checkpoint(store->ledger);
    uint8_t sha256[EXH_SHA256_SIZE];
    struct exh_verifier log;

    if (!exh_store_check_log(store, err) || !exh_store_log_key(store, &log, err)
        || !exh_log_checkpoint_read(note, strlen(note), &log, ret_checkpoint, err))
        return false;
    exh_sha256_join(note, strlen(note), NULL, 0, sha256);
    *ret_request = exh_stamp_request_make(sha256, ret_size);
    return true;
}

/* In the process apart alone: ours keeps what it needs to sign the entry. */
static void forget_all(void *context)
{
    struct exh_store *store = context;

    exh_store_forget_keys(store);
    exh_secret_key_freep(&store->key);
    exh_ledger_hold(store->ledger, NULL);
}

bool exh_store_stamp_need_url(const struct exh_store *store, struct exh_error *err)
{
    return store->tsa_url
        || exh_fail(err, EXH_USAGE, "no authority is configured: 'git config -f %s/" CONFIG " tsa.url http://HOST/PATH' names one, "
                    "or carry the request: --request FILE", store->path);
}

bool exh_store_stamp_ask(struct exh_store *store, unsigned wait_s, const uint8_t *request, size_t size, uint8_t **ret_response,
                         size_t *ret_response_size, struct exh_error *err)
{
    const struct exh_stamp_errand errand = { store->tsa_url, wait_s, forget_all, store };

    return exh_store_stamp_need_url(store, err)
        && exh_stamp_ask(&errand, request, size, ret_response, ret_response_size, err);
}

/* ---- judging ---- */

static bool check_asked(const struct exh_stamp *said, const struct exh_stamp_request *request, struct exh_error *err)
{
    if (memcmp(said->sha256, request->sha256, sizeof said->sha256) != 0)
        return exh_fail(err, EXH_NO, "it is of another SHA-256 than the request");
    return strcmp(said->nonce, request->nonce) == 0
        || exh_fail(err, EXH_NO, "its nonce is not that of the request: it answers another one");
}

static bool read_stamp(const uint8_t *response, size_t size, struct exh_stamp_roots *roots,
                       const struct exh_stamp_request *request, struct exh_stamp *said, struct exh_log_stamp *stamp,
                       struct exh_error *err)
{
    if (!exh_stamp_response_read(response, size, &stamp->token, &stamp->token_size, err)
        || !exh_stamp_check(stamp->token, stamp->token_size, roots, said, err))
        return false;
    stamp->at = said->at;
    stamp->entered = exh_moment_now();
    return !request || check_asked(said, request, err);
}

/* As a rule it is one of the last: the log has moved on by little while the request was away. */
static bool find(const struct exh_store *store, const uint8_t sha256[EXH_SHA256_SIZE], struct exh_log_stamp *stamp, struct exh_error *err)
{
    for (uint64_t i = store->entry_count; i-- > 0;) {
        EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
        bool is_it;
        if (!exh_store_entry(store, i, &entry, err) || !exh_log_stamp_is_of(store->ledger, &entry, sha256, stamp, &is_it, err))
            return false;
        if (is_it)
            return true;
    }
    return exh_fail(err, EXH_NO, "it is of something else: no checkpoint of this log has that SHA-256");
}

bool exh_store_stamp_judge(const struct exh_store *store, const uint8_t *response, size_t size, struct exh_stamp_roots *roots,
                           const struct exh_stamp_request *request, struct exh_log_stamp *ret_stamp, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp said = EXH_STAMP_NONE;
    EXH_CLEANUP(exh_log_stamp_clear) struct exh_log_stamp stamp = EXH_LOG_STAMP_NONE;

    if (!read_stamp(response, size, roots, request, &said, &stamp, err)
        || !find(store, said.sha256, &stamp, err)
        || !exh_log_stamp_judge(&stamp, roots, err) || !exh_store_check_log(store, err))
        return false;
    *ret_stamp = stamp;
    stamp = (struct exh_log_stamp)EXH_LOG_STAMP_NONE;
    return true;
}

/* ---- entering ---- */

static bool differs(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const char *token = context;

    return strcmp(exh_json_text_or(exh_json_get(entry->whole, "facts"), "token", ""), token) != 0
        || exh_fail(err, EXH_REFUSED, "this time stamp stands in the log already, in entry %" PRIu64, entry->sequence);
}

bool exh_store_stamp_is_new(const struct exh_store *store, const struct exh_log_stamp *stamp, struct exh_error *err)
{
    static const struct exh_index_query stamps = { .topic = EXH_TOPIC_STAMPS };
    EXH_CLEANUP(exh_freep) char *token = exh_base64(stamp->token, stamp->token_size);

    return exh_store_entries(store, &stamps, false, differs, token, err);
}

bool exh_store_stamp_enter(struct exh_store *store, struct exh_log_stamp *stamp, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = STAMP };

    draft.facts = exh_log_stamp_facts(stamp);
    if (!exh_store_lock(store, err))
        return false;
    bool done = exh_store_stamp_is_new(store, stamp, err) && exh_store_append(store, &draft, err);
    exh_store_unlock(store);
    if (done)
        stamp->entry = store->last.sequence;
    return done;
}
