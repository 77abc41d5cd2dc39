/* ledger: an entry's bytes, read and written (docs/formats/custody.md, entry). */
#include "parts.h"

#include "exhibit/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, MOST_DIGESTS = 64 };

#define NO_PREVIOUS "0000000000000000000000000000000000000000000000000000000000000000"

void exh_entry_clear(struct exh_entry *entry)
{
    free(entry->act);
    free(entry->case_id);
    free(entry->exhibit);
    exh_json_free(entry->whole);
    *entry = (struct exh_entry){ 0 };
}

void exh_entry_draft_clear(struct exh_entry_draft *draft)
{
    exh_json_freep(&draft->digests);
    exh_json_freep(&draft->facts);
    exh_json_freep(&draft->details);
}

/* ---- times ---- */

static int64_t floor_to(int64_t ns, int64_t unit)
{
    int64_t over = ns % unit;

    return ns - (over < 0 ? over + unit : over);
}

struct exh_moment exh_entry_moment(struct exh_moment moment)
{
    return (struct exh_moment){ floor_to(moment.ns, 1000) };
}

/* "2026-11-22T17:00:00.000000Z": always six digits of a fraction, so that an instant has one form. */
static void time_words(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE])
{
    struct exh_moment second = { floor_to(moment.ns, EXH_SECOND) };
    size_t size;

    exh_moment_utc(second, ret_words);
    size = strlen(ret_words) - 1;
    snprintf(ret_words + size, EXH_MOMENT_SIZE - size, ".%06dZ", (int)((moment.ns - second.ns) / 1000));
}

/* ---- reading ---- */

static bool is_digest(const char *words)
{
    return strlen(words) == EXH_SHA256_DIGITS - 1 && strspn(words, "0123456789abcdef") == EXH_SHA256_DIGITS - 1;
}

/* What may stand in a line of the commit message: no space, no colon, no control. */
static bool is_name(const char *words, size_t longest)
{
    size_t size = strlen(words);

    return size >= 1 && size <= longest
        && strspn(words, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == size;
}

static bool is_fingerprint(const char *words)
{
    static const char base64[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

    return strncmp(words, "SHA256:", 7) == 0 && strlen(words) == EXH_FINGERPRINT_SIZE - 1
        && strspn(words + 7, base64) == EXH_FINGERPRINT_SIZE - 8;
}

/* A member that is a name or null. */
static bool take_name(const struct exh_json *whole, const char *member, char **ret_name, struct exh_error *err)
{
    const struct exh_json *value = exh_json_get(whole, member);
    const char *name = value ? exh_json_as_text(value) : NULL;

    if (!value || (!name && exh_json_type(value) != EXH_JSON_NULL) || (name && !is_name(name, 32)))
        return exh_fail(err, EXH_MALFORMED, "member '%s' is neither null nor an identifier", member);
    *ret_name = exh_strdup(name);
    return true;
}

static bool take_numbers(const struct exh_json *whole, struct exh_entry *entry, struct exh_error *err)
{
    int64_t version, sequence;

    if (!exh_json_need_int(whole, "v", &version, err) || !exh_json_need_int(whole, "seq", &sequence, err))
        return false;
    if (version != VERSION)
        return exh_fail(err, EXH_MALFORMED, "version %" PRId64 " is not known, only %d is", version, VERSION);
    if (sequence < 0)
        return exh_fail(err, EXH_MALFORMED, "member 'seq' is below 0");
    entry->sequence = (uint64_t)sequence;
    return true;
}

static bool take_time(const struct exh_json *whole, struct exh_entry *entry, struct exh_error *err)
{
    const char *words;
    char form[EXH_MOMENT_SIZE];

    if (!exh_json_need_text(whole, "time", &words, err) || !exh_moment_parse_utc(words, &entry->time, err))
        return false;
    time_words(entry->time, form);
    if (strcmp(words, form) != 0 || entry->time.ns < 0)
        return exh_fail(err, EXH_MALFORMED, "time '%s' is not of the form YYYY-MM-DDTHH:MM:SS.ffffffZ from 1970 on",
                        words);
    return true;
}

static bool take_act(const struct exh_json *whole, struct exh_entry *entry, struct exh_error *err)
{
    const char *verb, *act;

    if (!exh_json_need_text(whole, "verb", &verb, err) || !exh_json_need_text(whole, "act", &act, err))
        return false;
    if (!exh_verb_parse(verb, &entry->verb))
        return exh_fail(err, EXH_MALFORMED, "verb '%s' is not known", verb);
    if (!exh_act_check(act, entry->verb, err))
        return false;
    entry->act = exh_strdup(act);
    return true;
}

static bool take_names(const struct exh_json *whole, struct exh_entry *entry, struct exh_error *err)
{
    const char *actor, *previous;

    if (!exh_json_need_text(whole, "actor", &actor, err) || !exh_json_need_text(whole, "previous", &previous, err))
        return false;
    if (!is_fingerprint(actor))
        return exh_fail(err, EXH_MALFORMED, "actor '%s' is not the fingerprint of a key", actor);
    if (!is_digest(previous))
        return exh_fail(err, EXH_MALFORMED, "member 'previous' is not a SHA-256 digest");
    memcpy(entry->actor, actor, sizeof entry->actor);
    memcpy(entry->previous, previous, sizeof entry->previous);
    return take_name(whole, "case", &entry->case_id, err) && take_name(whole, "exhibit", &entry->exhibit, err);
}

static bool check_digests(const struct exh_json *whole, struct exh_error *err)
{
    struct exh_json *digests;

    if (!exh_json_need_object(whole, "digests", &digests, err))
        return false;
    if (exh_json_members(digests) > MOST_DIGESTS)
        return exh_fail(err, EXH_MALFORMED, "there are more than %d digests", MOST_DIGESTS);
    for (size_t i = 0; i < exh_json_members(digests); i++) {
        const char *name = exh_json_member_name(digests, i);
        if (!is_name(name, 128) || !is_digest(exh_json_text_or(digests, name, "")))
            return exh_fail(err, EXH_MALFORMED, "digest '%s' is not a SHA-256 digest with a plain name", name);
    }
    return true;
}

/* "details" is null, or the name of a key and what is sealed under it. */
static bool check_details(const struct exh_json *whole, struct exh_error *err)
{
    const struct exh_json *details = exh_json_get(whole, "details");

    if (!details)
        return exh_fail(err, EXH_MALFORMED, "member 'details' is missing");
    if (exh_json_type(details) == EXH_JSON_NULL)
        return true;
    return (exh_json_type(details) == EXH_JSON_OBJECT && exh_json_members(details) == 2
            && is_name(exh_json_text_or(details, "key", ""), 32) && exh_json_text_or(details, "sealed", NULL))
        || exh_fail(err, EXH_MALFORMED, "member 'details' is neither null nor a key's name and sealed text");
}

/* Only one way of writing an entry is taken: then its digest says all that it says. */
static bool check_form(const struct exh_json *whole, const char *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(whole);
    size_t canonical_size = strlen(canonical);

    return (size == canonical_size + 1 && bytes[size - 1] == '\n' && memcmp(bytes, canonical, canonical_size) == 0)
        || exh_fail(err, EXH_MALFORMED, "entry is not in canonical form");
}

static bool take_members(struct exh_entry *entry, struct exh_error *err)
{
    enum { MEMBERS = 12 };
    const struct exh_json *whole = entry->whole;
    struct exh_json *facts;

    if (exh_json_type(whole) != EXH_JSON_OBJECT)
        return exh_fail(err, EXH_MALFORMED, "entry is not an object");
    return take_numbers(whole, entry, err) && take_time(whole, entry, err) && take_act(whole, entry, err)
        && take_names(whole, entry, err) && check_digests(whole, err)
        && exh_json_need_object(whole, "facts", &facts, err) && check_details(whole, err)
        && (exh_json_members(whole) == MEMBERS || exh_fail(err, EXH_MALFORMED, "entry has a member that is not known"))
        && exh_entry_check_keys(entry, err);
}

bool exh_entry_from_bytes(const char *bytes, size_t size, struct exh_entry *ret_entry, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };

    if (!exh_json_parse(bytes, size, EXH_ENTRY_FILE, &entry.whole, err)
        || !take_members(&entry, err) || !check_form(entry.whole, bytes, size, err))
        return false;
    exh_sha256(bytes, size, entry.digest);
    exh_merkle_leaf(bytes, size, &entry.leaf);
    *ret_entry = entry;
    entry = (struct exh_entry){ 0 };
    return true;
}

bool exh_entry_read(const void *bytes, size_t size, const char *commit, struct exh_entry *ret_entry, struct exh_error *err)
{
    if (!exh_entry_from_bytes(bytes, size, ret_entry, err))
        return false;
    snprintf(ret_entry->commit, sizeof ret_entry->commit, "%s", commit);
    return true;
}

/* ---- writing ---- */

/* Seals the details: what they are sealed to is the entry without them. */
static void seal_details(struct exh_json *whole, const struct exh_entry_draft *draft)
{
    EXH_CLEANUP(exh_freep) char *context = exh_json_canonical(whole);
    EXH_CLEANUP(exh_freep) char *clear = exh_json_canonical(draft->details);
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(draft->key, context, strlen(context), clear, strlen(clear));
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "key", draft->key_id);
    exh_json_set_text(details, "sealed", sealed);
    exh_json_set(whole, "details", details);
}

static struct exh_json *or_empty(struct exh_json *object)
{
    return object ? object : exh_json_object();
}

char *exh_entry_to_bytes(struct exh_entry_draft *draft, const struct exh_entry *last, struct exh_moment time,
                         const char *actor)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *whole = exh_json_object();
    char words[EXH_MOMENT_SIZE];

    time_words(time, words);
    exh_json_set_int(whole, "v", VERSION);
    exh_json_set_int(whole, "seq", last ? (int64_t)last->sequence + 1 : 0);
    exh_json_set_text(whole, "time", words);
    exh_json_set_text(whole, "verb", exh_verb_name(draft->verb));
    exh_json_set_text(whole, "act", draft->act);
    exh_json_set_text(whole, "actor", actor);
    exh_json_set_text(whole, "case", draft->case_id);
    exh_json_set_text(whole, "exhibit", draft->exhibit);
    exh_json_set(whole, "digests", or_empty(exh_steal(&draft->digests)));
    exh_json_set(whole, "facts", or_empty(exh_steal(&draft->facts)));
    exh_json_set_text(whole, "previous", last ? last->digest : NO_PREVIOUS);
    if (draft->details)
        seal_details(whole, draft);
    else
        exh_json_set_text(whole, "details", NULL);
    exh_entry_draft_clear(draft);
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(whole);
    return exh_format("%s\n", canonical);
}

/* ---- details ---- */

const char *exh_entry_key_id(const struct exh_entry *entry)
{
    return exh_json_text_or(exh_json_get(entry->whole, "details"), "key", NULL);
}

bool exh_entry_details(const struct exh_entry *entry, const struct exh_seal_key *key, struct exh_json **ret_details,
                       struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *rest = exh_json_copy(entry->whole);
    EXH_CLEANUP(exh_freep) char *clear = NULL;
    const char *sealed = exh_json_text_or(exh_json_get(entry->whole, "details"), "sealed", NULL);
    size_t size;

    if (!sealed) {
        *ret_details = NULL;
        return true;
    }
    exh_json_remove(rest, "details");
    EXH_CLEANUP(exh_freep) char *context = exh_json_canonical(rest);
    if (!exh_unseal_text(key, context, strlen(context), sealed, &clear, &size, err))
        return exh_while(err, "details of entry %" PRIu64, entry->sequence);
    return exh_json_parse(clear, size, "sealed details", ret_details, err);
}

/* ---- the commit round it ---- */

char *exh_entry_message(const struct exh_entry *entry)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");
    const char *about = entry->exhibit ? entry->exhibit : entry->case_id;

    exh_text_printf(&text, "#%" PRIu64 " %s %s", entry->sequence, exh_verb_name(entry->verb), entry->act);
    if (about)
        exh_text_printf(&text, " %s", about);
    exh_text_printf(&text, "\n\nentry-sha256: %s\n", entry->digest);
    for (size_t i = 0; i < exh_json_members(digests); i++) {
        const char *name = exh_json_member_name(digests, i);
        exh_text_printf(&text, "%s: %s\n", name, exh_json_text_or(digests, name, ""));
    }
    return exh_text_take(&text);
}

char *exh_entry_author(const struct exh_entry *entry)
{
    return exh_format("exhibit %s", entry->actor);
}

char *exh_entry_email(const struct exh_entry *entry)
{
    return exh_format("%" PRIu64 "@custody.invalid", entry->sequence);
}

int64_t exh_entry_seconds(const struct exh_entry *entry)
{
    return floor_to(entry->time.ns, EXH_SECOND) / EXH_SECOND;
}

/* ---- what it is about ---- */

static bool names(const struct exh_json *array, const char *reference)
{
    for (size_t i = 0; i < exh_json_count(array); i++)
        if (exh_json_as_text(exh_json_at(array, i)) && strcmp(exh_json_as_text(exh_json_at(array, i)), reference) == 0)
            return true;
    return false;
}

bool exh_entry_is_about(const struct exh_entry *entry, const char *reference)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");

    return (entry->exhibit && strcmp(entry->exhibit, reference) == 0) || names(exh_json_get(facts, "exhibits"), reference)
        || names(exh_json_get(facts, "with"), reference);
}

const struct exh_person *exh_entry_signer(const struct exh_entry *entry, const struct exh_keyring *ring)
{
    return exh_keyring_explain(ring, entry->actor, entry->time, entry->time).person;
}
