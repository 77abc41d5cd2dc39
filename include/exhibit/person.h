/* person: who may do what: roles, keys in time, and allowed_signers files (floor 3). */
#ifndef EXHIBIT_PERSON_H
#define EXHIBIT_PERSON_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/moment.h"

enum exh_role { EXH_ROLE_OPERATOR, EXH_ROLE_AUDITOR, EXH_ROLE_DPO, EXH_ROLE_ADMIN, EXH_ROLE_COUNT };
const char *exh_role_name(enum exh_role role);                            /* "operator", ... */
bool exh_role_parse(const char *name, enum exh_role *ret_role, struct exh_error *err) EXH_CHECK;   /* EXH_USAGE */

/* A key with its history, as the custody log gives it. Strings owned by the ring. */
struct exh_person {
    struct exh_public_key key;
    char fingerprint[EXH_FINGERPRINT_SIZE];
    enum exh_role role;
    char *name, *initials;               /* NULL where the details could not be opened */
    struct exh_moment trusted;           /* from then on (inclusive) */
    struct exh_moment until;             /* .ns == INT64_MAX: no end */
    struct exh_moment revoked;           /* from then on not; .ns == INT64_MAX: not revoked */
    char *revoked_why;
};
enum exh_key_state { EXH_KEY_VALID, EXH_KEY_UNKNOWN, EXH_KEY_NOT_YET, EXH_KEY_EXPIRED, EXH_KEY_REVOKED };
const char *exh_key_state_words(enum exh_key_state state);                /* "valid", "not trusted", ... */

/* Start with EXH_KEYRING_NONE. */
struct exh_keyring { struct exh_person *people; size_t count; };
#define EXH_KEYRING_NONE { NULL, 0 }
void exh_keyring_clear(struct exh_keyring *ring);
/* Adds a copy. @name and @initials may be NULL. */
struct exh_person *exh_keyring_add(struct exh_keyring *ring, const struct exh_public_key *key, enum exh_role role,
                                   const char *name, const char *initials, struct exh_moment trusted);
struct exh_person *exh_keyring_find(const struct exh_keyring *ring, const char *fingerprint);
/* The state of a key at a time. */
enum exh_key_state exh_keyring_state(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at);

/* The words of the store's allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS): one line a key,
 * principal = initials, namespaces="exhibit,git", valid-after and valid-before in UTC. Free with free(). */
char *exh_keyring_allowed_signers(const struct exh_keyring *ring) EXH_CHECK;

/* A list of signers given to verify. Start with EXH_SIGNERS_NONE. */
struct exh_signer {
    char *principals;
    struct exh_public_key key;
    char *namespaces;                    /* comma-separated patterns; NULL: any */
    struct exh_moment after, before;     /* INT64_MIN / INT64_MAX where not limited */
};
struct exh_signers { struct exh_signer *at; size_t count; };
#define EXH_SIGNERS_NONE { NULL, 0 }
void exh_signers_clear(struct exh_signers *signers);
/* Reads an allowed_signers file. Lines with other key types or cert-authority are passed over (they
 * cannot have signed a package). EXH_MALFORMED: a line that is not of the form, with its number.
 * Times without 'Z' are local to @zone. At most 1 MiB. */
bool exh_signers_read(const char *bytes, size_t size, const char *zone, struct exh_signers *ret_signers, struct exh_error *err) EXH_CHECK;
/* The signer for this key, namespace and time; NULL when none is given. @ret_state says why not. */
const struct exh_signer *exh_signers_find(const struct exh_signers *signers, const struct exh_public_key *key,
                                          const char *name_space, struct exh_moment at, enum exh_key_state *ret_state);
/* The principals of the first line that has this key, for whatever it is listed; NULL where none has. Stays the list's. */
const char *exh_signers_name(const struct exh_signers *signers, const struct exh_public_key *key);

/* Names, initials as people write them: initials are 1 to 8 upper-case letters or digits beginning with a letter. */
bool exh_initials_check(const char *initials, struct exh_error *err) EXH_CHECK;

#endif
