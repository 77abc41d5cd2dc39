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

static enum exh_key_state state_of(const struct exh_person *person, struct exh_moment at)
{
    if (at.ns >= person->revoked.ns)
        return EXH_KEY_REVOKED;
    if (at.ns < person->trusted.ns)
        return EXH_KEY_NOT_YET;
    return at.ns >= person->until.ns ? EXH_KEY_EXPIRED : EXH_KEY_VALID;
}

enum exh_key_state exh_keyring_state(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at)
{
    enum exh_key_state latest = EXH_KEY_UNKNOWN;

    for (size_t i = 0; i < ring->count; i++) {
        if (strcmp(ring->people[i].fingerprint, fingerprint) != 0)
            continue;
        latest = state_of(&ring->people[i], at);
        if (latest == EXH_KEY_VALID)
            break;
    }
    return latest;
}
