/* admin: trusting and revoking keys. */
#include "exhibit/admin.h"

#include "exhibit/json.h"

#include <stdint.h>
#include <string.h>

static struct exh_json *trust_facts(const struct exh_public_key *key, enum exh_role role, struct exh_moment until)
{
    struct exh_json *facts = exh_json_object();
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(key), *minisign = exh_key_minisign_line(key);
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(until, words);
    exh_json_set_text(facts, "key", ssh);
    exh_json_set_text(facts, "minisign", minisign);
    exh_json_set_text(facts, "role", exh_role_name(role));
    exh_json_set_text(facts, "until", until.ns == INT64_MAX ? NULL : words);
    return facts;
}

/* Nobody else could trust or revoke keys then. */
static bool is_last_admin(const struct exh_store *store, const struct exh_person *leaving)
{
    for (size_t i = 0; i < store->keyring.count; i++) {
        const struct exh_person *person = &store->keyring.people[i];
        if (strcmp(person->fingerprint, leaving->fingerprint) != 0 && person->role == EXH_ROLE_ADMIN
            && exh_keyring_state(&store->keyring, person->fingerprint, exh_moment_now()) == EXH_KEY_VALID)
            return false;
    }
    return leaving->role == EXH_ROLE_ADMIN;
}

/* A key trusted anew gets another end, or another role; whose it is stays. */
static bool check_again(const struct exh_store *store, const struct exh_person *person, const char *initials, enum exh_role role,
                        struct exh_error *err)
{
    if (person->revoked.ns != INT64_MAX)
        return exh_fail(err, EXH_REFUSED, "key %s was revoked: it is not trusted again; make a new key", person->fingerprint);
    if (!person->initials || strcmp(person->initials, initials) != 0)
        return exh_fail(err, EXH_REFUSED, "key %s is in the store already, as %s", person->fingerprint, person->initials ? person->initials : "?");
    return role == EXH_ROLE_ADMIN || !is_last_admin(store, person)
        || exh_fail(err, EXH_REFUSED, "'%s' is the last admin: trust another first", initials);
}

/* Initials name exhibits: two people must never share them, not even one after the other. */
static bool check_trust(const struct exh_store *store, const char *fingerprint, const char *initials, enum exh_role role, struct exh_error *err)
{
    for (size_t i = 0; i < store->keyring.count; i++) {
        const struct exh_person *person = &store->keyring.people[i];
        if (strcmp(person->fingerprint, fingerprint) != 0 && person->initials && strcmp(person->initials, initials) == 0)
            return exh_fail(err, EXH_REFUSED, "initials '%s' belong to key %s already; exhibits are named by initials, so choose others",
                            initials, person->fingerprint);
    }
    const struct exh_person *known = exh_keyring_find(&store->keyring, fingerprint);
    return !known || check_again(store, known, initials, role, err);
}

static bool record_and_publish(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    bool done = exh_store_append(store, draft, err) && exh_store_write_signers(store, err);

    exh_store_unlock(store);
    return done;
}

bool exh_admin_trust(struct exh_store *store, const struct exh_public_key *key, const char *name, const char *initials,
                     enum exh_role role, struct exh_moment until, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "key-trust" };
    char fingerprint[EXH_FINGERPRINT_SIZE];

    exh_key_fingerprint(key, fingerprint);
    if (!exh_person_name_check(name, err) || !exh_initials_check(initials, err) || !exh_store_lock(store, err))
        return false;
    if (!check_trust(store, fingerprint, initials, role, err)) {
        exh_store_unlock(store);
        return false;
    }
    draft.facts = trust_facts(key, role, until);
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "name", name);
    exh_json_set_text(draft.details, "initials", initials);
    return record_and_publish(store, &draft, err);
}

static bool check_revocable(const struct exh_store *store, const char *who, const struct exh_person **ret_person, struct exh_error *err)
{
    const struct exh_person *person = exh_keyring_named(&store->keyring, who);

    if (!person)
        return exh_keyring_unknown(&store->keyring, who, err);
    if (person->revoked.ns != INT64_MAX)
        return exh_fail(err, EXH_REFUSED, "key %s is revoked already", person->fingerprint);
    if (is_last_admin(store, person))
        return exh_fail(err, EXH_REFUSED, "key %s is the last admin's; trust another admin first", person->fingerprint);
    *ret_person = person;
    return true;
}

bool exh_admin_revoke(struct exh_store *store, const char *who, const char *reason, struct exh_moment since, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "key-revoke" };
    const struct exh_person *person = NULL;
    char words[EXH_MOMENT_SIZE];

    if (since.ns > exh_moment_now().ns)
        return exh_fail(err, EXH_USAGE, "a key cannot be revoked from a time that is still to come; give --since a time up to now, or leave it out");
    if (!exh_store_lock(store, err))
        return false;
    if (!check_revocable(store, who, &person, err)) {
        exh_store_unlock(store);
        return false;
    }
    exh_moment_utc(since, words);
    draft.facts = exh_json_object();
    exh_json_set_text(draft.facts, "fingerprint", person->fingerprint);
    exh_json_set_text(draft.facts, "since", words);
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "reason", reason);
    return record_and_publish(store, &draft, err);
}
