/* person: roles, initials, and keys with their history. */
#include "exhibit/person.h"

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_names[EXH_ROLE_COUNT] = { "operator", "auditor", "dpo", "admin" };

const char *exh_role_name(enum exh_role role)
{
    return role_names[role];
}

bool exh_role_parse(const char *name, enum exh_role *ret_role, struct exh_error *err)
{
    for (int role = 0; role < EXH_ROLE_COUNT; role++)
        if (strcmp(name, role_names[role]) == 0) {
            *ret_role = (enum exh_role)role;
            return true;
        }
    return exh_fail(err, EXH_USAGE, "'%s' is not a role: use operator, auditor, dpo or admin", name);
}

bool exh_initials_check(const char *initials, struct exh_error *err)
{
    size_t size = strlen(initials);

    if (size >= 1 && size <= 8 && initials[0] >= 'A' && initials[0] <= 'Z'
        && strspn(initials, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size)
        return true;
    return exh_fail(err, EXH_USAGE, "'%s' are no initials: write 1 to 8 capital letters or digits, a letter first, "
                    "for example OP", initials);
}

bool exh_person_name_check(const char *name, struct exh_error *err)
{
    enum { LONGEST = 200 };
    size_t size = strlen(name);

    if (size >= 1 && size <= LONGEST && !strpbrk(name, "\r\n") && exh_text_is_utf8(name, size))
        return true;
    return exh_fail(err, EXH_USAGE, "a name is one line of 1 to %d bytes of UTF-8; give the person's name with --name",
                    LONGEST);
}

const char *exh_key_state_words(enum exh_key_state state)
{
    switch (state) {
    case EXH_KEY_VALID:   return "valid";
    case EXH_KEY_NOT_YET: return "not yet valid";
    case EXH_KEY_EXPIRED: return "expired";
    case EXH_KEY_REVOKED: return "revoked";
    default:              return "not trusted";
    }
}

void exh_keyring_clear(struct exh_keyring *ring)
{
    for (size_t i = 0; i < ring->count; i++) {
        free(ring->people[i].name);
        free(ring->people[i].initials);
        free(ring->people[i].revoked_why);
    }
    free(ring->people);
    *ring = (struct exh_keyring)EXH_KEYRING_NONE;
}

struct exh_person *exh_keyring_add(struct exh_keyring *ring, const struct exh_public_key *key, enum exh_role role,
                                   const char *name, const char *initials, struct exh_moment trusted)
{
    ring->people = exh_realloc_array(ring->people, ring->count + 1, sizeof *ring->people);
    struct exh_person *person = &ring->people[ring->count++];
    *person = (struct exh_person){
        .key = *key,
        .role = role,
        .name = exh_strdup(name),
        .initials = exh_strdup(initials),
        .trusted = trusted,
        .until = { INT64_MAX },
        .revoked = { INT64_MAX },
    };
    exh_key_fingerprint(key, person->fingerprint);
    return person;
}

struct exh_person *exh_keyring_find(const struct exh_keyring *ring, const char *fingerprint)
{
    for (size_t i = ring->count; i-- > 0;)
        if (strcmp(ring->people[i].fingerprint, fingerprint) == 0)
            return &ring->people[i];
    return NULL;
}

const struct exh_person *exh_keyring_named(const struct exh_keyring *ring, const char *who)
{
    for (size_t i = ring->count; i-- > 0;)
        if (ring->people[i].initials && strcmp(ring->people[i].initials, who) == 0)
            return &ring->people[i];
    return exh_keyring_find(ring, who);
}

bool exh_keyring_unknown(const struct exh_keyring *ring, const char *who, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    for (size_t i = 0; i < ring->count; i++) {
        if (ring->people[i].initials)
            exh_strings_add(&names, ring->people[i].initials);
        exh_strings_add(&names, ring->people[i].fingerprint);
    }
    return exh_text_unknown(&names, who, "'exhibit key list' lists them", err, "no key '%s' in this store", who);
}

static enum exh_key_state state_of(const struct exh_person *person, struct exh_moment at)
{
    if (at.ns >= person->revoked.ns)
        return EXH_KEY_REVOKED;
    if (at.ns < person->trusted.ns)
        return EXH_KEY_NOT_YET;
    return at.ns >= person->until.ns ? EXH_KEY_EXPIRED : EXH_KEY_VALID;
}

/* The time of the key that counts at @at: one in which it is valid then, else the last that has begun, else the
 * first to come. NULL where the key was never trusted. */
static const struct exh_person *person_at(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at)
{
    const struct exh_person *begun = NULL, *to_come = NULL;

    for (size_t i = 0; i < ring->count; i++) {
        const struct exh_person *person = &ring->people[i];
        if (strcmp(person->fingerprint, fingerprint) != 0)
            continue;
        if (state_of(person, at) == EXH_KEY_VALID)
            return person;
        if (state_of(person, at) != EXH_KEY_NOT_YET)
            begun = person;
        else if (!to_come)
            to_come = person;
    }
    return begun ? begun : to_come;
}

enum exh_key_state exh_keyring_state(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at)
{
    const struct exh_person *person = person_at(ring, fingerprint, at);

    return person ? state_of(person, at) : EXH_KEY_UNKNOWN;
}

/* ---- then and now ---- */

/* What became of a key that counted. */
static void tell_what_became(const struct exh_person *person, struct exh_moment now, struct exh_key_account *account)
{
    enum exh_key_state state = state_of(person, now);

    if (state == EXH_KEY_EXPIRED) {
        account->past = EXH_KEY_COUNTED_EXPIRED;
        account->since = person->until;
    } else if (state == EXH_KEY_REVOKED) {
        account->past = EXH_KEY_COUNTED_REVOKED;
        account->since = person->revoked;
        account->why = person->revoked_why;
    }
}

struct exh_key_account exh_keyring_explain(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at,
                                           struct exh_moment now)
{
    const struct exh_person *person = person_at(ring, fingerprint, at);
    struct exh_key_account account = { EXH_KEY_NEVER_TRUSTED, person, { INT64_MAX }, NULL };

    switch (person ? state_of(person, at) : EXH_KEY_UNKNOWN) {
    case EXH_KEY_VALID:
        account.past = EXH_KEY_COUNTED;
        tell_what_became(person_at(ring, fingerprint, now), now, &account);
        break;
    case EXH_KEY_NOT_YET:
        account.past = EXH_KEY_BEFORE_ITS_TIME;
        account.since = person->trusted;
        break;
    case EXH_KEY_EXPIRED:
        account.past = EXH_KEY_AFTER_ITS_END;
        account.since = person->until;
        break;
    case EXH_KEY_REVOKED:
        account.past = EXH_KEY_AFTER_REVOCATION;
        account.since = person->revoked;
        account.why = person->revoked_why;
        break;
    case EXH_KEY_UNKNOWN:
        break;
    }
    return account;
}

bool exh_key_past_counted(enum exh_key_past past)
{
    return past == EXH_KEY_COUNTED || past == EXH_KEY_COUNTED_EXPIRED || past == EXH_KEY_COUNTED_REVOKED;
}

const char *exh_key_past_code(enum exh_key_past past)
{
    static const char *const codes[EXH_KEY_PAST_COUNT] = { "valid", "valid-expired-since", "valid-revoked-since",
                                                           "not-yet-valid", "expired", "revoked", "unknown" };

    return codes[past];
}

static char *moment_words(struct exh_moment moment, const char *zone)
{
    char local[EXH_MOMENT_SIZE], utc[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, utc);
    if (!zone)
        return exh_strdup(utc);
    exh_moment_local(moment, zone, local);
    return exh_format("%s (%s)", local, utc);
}

char *exh_key_account_words(const struct exh_key_account *account, const char *zone)
{
    static const char *const words[EXH_KEY_PAST_COUNT] = { "valid then", "valid then; expired since ",
                                                           "valid then; revoked since ", "not yet valid then; trusted from ",
                                                           "expired then, since ", "revoked then, since ",
                                                           "never trusted" };
    EXH_CLEANUP(exh_freep) char *since = account->since.ns == INT64_MAX ? exh_strdup("") : moment_words(account->since, zone);
    EXH_CLEANUP(exh_freep) char *why = exh_text_printable(account->why ? account->why : "");

    return exh_format("%s%s%s%s", words[account->past], since, *why ? ": " : "", why);
}
