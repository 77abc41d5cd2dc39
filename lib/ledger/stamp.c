/* stamp: time stamps of the log's checkpoints by an authority outside the room (docs/formats/custody.md, time stamps). */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How far the room's clock and the authority's may differ, beside what the token allows. */
#define TOLERANCE (60 * EXH_SECOND)

void exh_log_stamp_clear(struct exh_log_stamp *stamp)
{
    free(stamp->token);
    free(stamp->authority);
}

void exh_log_stamps_clear(struct exh_log_stamps *stamps)
{
    for (size_t i = 0; i < stamps->count; i++)
        exh_log_stamp_clear(&stamps->at[i]);
    free(stamps->at);
}

/* ---- the entry's facts ---- */

struct exh_json *exh_log_stamp_facts(const struct exh_log_stamp *stamp)
{
    EXH_CLEANUP(exh_freep) char *token = exh_base64(stamp->token, stamp->token_size);
    struct exh_json *facts = exh_json_object();
    char at[EXH_MOMENT_SIZE];

    exh_moment_utc(stamp->at, at);
    exh_json_set_int(facts, "entries", (int64_t)stamp->size);
    exh_json_set_text(facts, "time", at);
    exh_json_set_text(facts, "token", token);
    return facts;
}

static bool read_size(const struct exh_json *facts, uint64_t most, uint64_t *ret_size, struct exh_error *err)
{
    int64_t size;

    if (!exh_json_need_int(facts, "entries", &size, err))
        return false;
    if (size < 1 || (uint64_t)size > most)
        return exh_fail(err, EXH_MALFORMED, "fact 'entries' is %" PRId64 ": so many do not stand before it", size);
    *ret_size = (uint64_t)size;
    return true;
}

static bool read_at(const struct exh_json *facts, struct exh_moment *ret_at, struct exh_error *err)
{
    char form[EXH_MOMENT_SIZE];
    const char *words;

    if (!exh_json_need_text(facts, "time", &words, err) || !exh_moment_parse_utc(words, ret_at, err))
        return false;
    exh_moment_utc(*ret_at, form);
    return strcmp(form, words) == 0
        || exh_fail(err, EXH_MALFORMED, "fact 'time' is '%s', which is written '%s'", words, form);
}

static bool read_token(const struct exh_json *facts, uint8_t **ret_token, size_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(EXH_STAMP_MOST);
    const char *words;
    size_t size;

    if (!exh_json_need_text(facts, "token", &words, err))
        return false;
    if (!exh_unbase64_any(bytes, EXH_STAMP_MOST, &size, words, strlen(words)))
        return exh_fail(err, EXH_MALFORMED, "fact 'token' is not base64 of at most %d bytes", EXH_STAMP_MOST);
    *ret_token = exh_memdup(bytes, size);
    *ret_size = size;
    return true;
}

bool exh_log_stamp_read(const struct exh_entry *entry, struct exh_log_stamp *ret_stamp, struct exh_error *err)
{
    enum { FACTS = 3 };
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    struct exh_log_stamp stamp = { .entry = entry->sequence, .entered = entry->time };

    memcpy(stamp.commit, entry->commit, sizeof stamp.commit);
    if (exh_json_members(facts) != FACTS)
        return exh_fail(err, EXH_MALFORMED, "its facts are not exactly 'entries', 'time' and 'token'");
    if (!read_size(facts, entry->sequence, &stamp.size, err) || !read_at(facts, &stamp.at, err)
        || !read_token(facts, &stamp.token, &stamp.token_size, err))
        return false;
    *ret_stamp = stamp;
    return true;
}

/* ---- judging ---- */

static bool check_time(const struct exh_log_stamp *stamp, const struct exh_stamp *said, struct exh_error *err)
{
    int64_t off = said->accuracy_ns + TOLERANCE;
    char at[EXH_MOMENT_SIZE], other[EXH_MOMENT_SIZE], give[EXH_MOMENT_SIZE];

    exh_moment_utc(said->at, at);
    exh_duration_words(off, give);
    if (said->at.ns != stamp->at.ns) {
        exh_moment_utc(stamp->at, other);
        return exh_fail(err, EXH_NO, "it states the time %s, and the entry says that it is %s", at, other);
    }
    if (stamp->last.ns > said->at.ns && stamp->last.ns - said->at.ns > off) {
        exh_moment_utc(stamp->last, other);
        return exh_fail(err, EXH_NO, "it states the time %s, which is before %s, the time of the last of the entries that it is "
                        "of, by more than %s: one of the two clocks is wrong", at, other, give);
    }
    if (said->at.ns > stamp->entered.ns && said->at.ns - stamp->entered.ns > off) {
        exh_moment_utc(stamp->entered, other);
        return exh_fail(err, EXH_NO, "it states the time %s, which is after %s, when it was entered, by more than %s: one of the "
                        "two clocks is wrong", at, other, give);
    }
    return true;
}

bool exh_log_stamp_judge(struct exh_log_stamp *stamp, struct exh_stamp_roots *roots, struct exh_error *err)
{
    EXH_CLEANUP(exh_stamp_clear) struct exh_stamp said = EXH_STAMP_NONE;

    if (!exh_stamp_check(stamp->token, stamp->token_size, roots, &said, err))
        return false;
    if (memcmp(said.sha256, stamp->checkpoint, sizeof said.sha256) != 0)
        return exh_fail(err, EXH_NO, "it is not of the checkpoint of the first %" PRIu64 " entries", stamp->size);
    if (!check_time(stamp, &said, err))
        return false;
    stamp->authority = exh_steal(&said.authority);
    return true;
}

bool exh_log_stamp_is_of(struct exh_ledger *ledger, const struct exh_entry *entry, const uint8_t sha256[EXH_SHA256_SIZE],
                         struct exh_log_stamp *stamp, bool *ret_is_it, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *note = NULL;

    if (!exh_ledger_checkpoint_of(ledger, entry, &note, err))
        return false;
    exh_sha256_join(note, strlen(note), NULL, 0, stamp->checkpoint);
    *ret_is_it = memcmp(stamp->checkpoint, sha256, sizeof stamp->checkpoint) == 0;
    stamp->size = entry->sequence + 1;
    stamp->last = entry->time;
    return true;
}
