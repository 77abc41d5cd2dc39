/* ledger: whose keys count, and when, by the log's own entries (docs/formats/custody.md, key entries). */
#include "parts.h"

#include <inttypes.h>
#include <string.h>

static bool is_trust(const struct exh_entry *entry)
{
    return strcmp(entry->act, "init") == 0 || strcmp(entry->act, "key-trust") == 0;
}

bool exh_entry_changes_keys(const struct exh_entry *entry)
{
    return is_trust(entry) || strcmp(entry->act, "key-revoke") == 0;
}

static bool same_key(const struct exh_public_key *a, const struct exh_public_key *b)
{
    return memcmp(a->ed25519, b->ed25519, sizeof a->ed25519) == 0;
}

/* What "init" and "key-trust" say. */
struct trust { struct exh_public_key key; enum exh_role role; struct exh_moment until; };

static bool take_until(const struct exh_json *facts, struct exh_moment *ret_until, struct exh_error *err)
{
    const struct exh_json *until = exh_json_get(facts, "until");

    *ret_until = (struct exh_moment){ INT64_MAX };
    if (!until || exh_json_type(until) == EXH_JSON_NULL)
        return true;
    if (!exh_json_as_text(until))
        return exh_fail(err, EXH_MALFORMED, "fact 'until' is neither null nor a time");
    return exh_moment_parse_utc(exh_json_as_text(until), ret_until, err);
}

static bool take_trust(const struct exh_json *facts, struct trust *ret_trust, struct exh_error *err)
{
    const char *line, *minisign, *role;
    struct exh_public_key by_ssh;

    if (!exh_json_need_text(facts, "key", &line, err) || !exh_json_need_text(facts, "minisign", &minisign, err)
        || !exh_json_need_text(facts, "role", &role, err) || !exh_key_from_ssh_line(line, &by_ssh, err)
        || !exh_key_from_minisign_line(minisign, &ret_trust->key, err))
        return false;
    if (!same_key(&by_ssh, &ret_trust->key))
        return exh_fail(err, EXH_MALFORMED, "facts 'key' and 'minisign' are not the same key");
    EXH_CLEANUP(exh_error_clear) struct exh_error problem = EXH_ERROR_NONE;
    if (!exh_role_parse(role, &ret_trust->role, &problem))
        return exh_fail(err, EXH_MALFORMED, "fact 'role': %s", problem.text);
    return take_until(facts, &ret_trust->until, err);
}

static bool take_revocation(const struct exh_json *facts, const char **ret_fingerprint, struct exh_moment *ret_since,
                            struct exh_error *err)
{
    const char *since;

    return exh_json_need_text(facts, "fingerprint", ret_fingerprint, err)
        && exh_json_need_text(facts, "since", &since, err)
        && exh_moment_parse_utc(since, ret_since, err);
}

bool exh_entry_check_keys(const struct exh_entry *entry, struct exh_error *err)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *fingerprint;
    struct exh_verifier log;
    struct exh_moment since;
    struct trust trust;

    if (strcmp(entry->act, "init") == 0 && !exh_entry_log_key(entry, &log, err))
        return false;
    if (is_trust(entry))
        return take_trust(facts, &trust, err);
    return !exh_entry_changes_keys(entry) || take_revocation(facts, &fingerprint, &since, err);
}

/* A key trusted anew (another role, another end) has a new time; the one before ends where it begins. */
static struct exh_person *trust_key(struct exh_keyring *ring, const struct trust *trust, struct exh_moment from)
{
    for (size_t i = 0; i < ring->count; i++)
        if (same_key(&ring->people[i].key, &trust->key) && ring->people[i].until.ns > from.ns)
            ring->people[i].until = from;
    struct exh_person *person = exh_keyring_add(ring, &trust->key, trust->role, NULL, NULL, from);
    person->until = trust->until;
    return person;
}

static struct exh_person *revoke_key(struct exh_keyring *ring, const char *fingerprint, struct exh_moment since)
{
    for (size_t i = 0; i < ring->count; i++)
        if (strcmp(ring->people[i].fingerprint, fingerprint) == 0 && ring->people[i].revoked.ns > since.ns)
            ring->people[i].revoked = since;
    return exh_keyring_find(ring, fingerprint);
}

struct exh_person *exh_entry_change_keys(const struct exh_entry *entry, struct exh_keyring *ring)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *fingerprint;
    struct exh_moment since;
    struct trust trust;

    /* An entry was checked as it was read: what fails here is only an act that changes no keys. */
    if (is_trust(entry))
        return take_trust(facts, &trust, &err) ? trust_key(ring, &trust, entry->time) : NULL;
    if (!exh_entry_changes_keys(entry))
        return NULL;
    return take_revocation(facts, &fingerprint, &since, &err) ? revoke_key(ring, fingerprint, since) : NULL;
}

/* Names a person as the sealed details do; they stay unnamed where the details do not open. */
static bool name_person(const struct exh_entry *entry, const struct exh_seal_key *store_key, struct exh_person *person,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error problem = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    const char *key_id = exh_entry_key_id(entry);

    if (!store_key || !key_id || strcmp(key_id, "store") != 0)
        return true;
    if (!exh_entry_details(entry, store_key, &details, &problem))
        return problem.kind == EXH_NO || exh_error_move(err, &problem);
    if (is_trust(entry)) {
        person->name = exh_strdup(exh_json_text_or(details, "name", NULL));
        person->initials = exh_strdup(exh_json_text_or(details, "initials", NULL));
    } else if (!person->revoked_why) {
        person->revoked_why = exh_strdup(exh_json_text_or(details, "reason", NULL));
    }
    return true;
}

bool exh_ledger_keyring(const struct exh_entry *entries, size_t count, const struct exh_seal_key *store_key,
                        struct exh_keyring *ret_ring, struct exh_error *err)
{
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;

    for (size_t i = 0; i < count; i++) {
        struct exh_person *person = exh_entry_change_keys(&entries[i], &ring);
        if (person && !name_person(&entries[i], store_key, person, err))
            return exh_while(err, "entry %" PRIu64, entries[i].sequence);
    }
    *ret_ring = ring;
    ring = (struct exh_keyring)EXH_KEYRING_NONE;
    return true;
}
