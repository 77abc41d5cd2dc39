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
/* The same by a fingerprint or by initials; the last time of that key. */
const struct exh_person *exh_keyring_named(const struct exh_keyring *ring, const char *who);
/* Fails with EXH_USAGE because no key has that fingerprint and nobody those initials; the nearest are asked about. */
bool exh_keyring_unknown(const struct exh_keyring *ring, const char *who, struct exh_error *err);
/* The state of a key at a time. Of several times that a key was trusted, one in which it was valid then counts before
 * the last that had begun. */
enum exh_key_state exh_keyring_state(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at);

/* What is to be said of a key at a time, by what the ring knows @now: whether it counted then, and whether it still does. */
enum exh_key_past { EXH_KEY_COUNTED, EXH_KEY_COUNTED_EXPIRED, EXH_KEY_COUNTED_REVOKED, EXH_KEY_BEFORE_ITS_TIME,
                    EXH_KEY_AFTER_ITS_END, EXH_KEY_AFTER_REVOCATION, EXH_KEY_NEVER_TRUSTED, EXH_KEY_PAST_COUNT };
struct exh_key_account {
    enum exh_key_past past;
    const struct exh_person *person;     /* whose it was then, of the ring; NULL: EXH_KEY_NEVER_TRUSTED */
    struct exh_moment since;             /* when it expired, was revoked, or was first trusted; .ns INT64_MAX where it
                                          * counted then and does now, and where it is not known */
    const char *why;                     /* of a revocation, the ring's; NULL where not known. Not made fit to be shown */
};
struct exh_key_account exh_keyring_explain(const struct exh_keyring *ring, const char *fingerprint, struct exh_moment at,
                                           struct exh_moment now) EXH_CHECK;
/* True where the key counted at that time, whatever became of it. */
bool exh_key_past_counted(enum exh_key_past past) EXH_CHECK;
/* A code for scripts: "valid", "valid-expired-since", "valid-revoked-since", "not-yet-valid", "expired", "revoked",
 * "unknown". */
const char *exh_key_past_code(enum exh_key_past past);
/* The account in words that go on from "key X was": "valid then; revoked since 2026-11-22 10:00:00 GMT
 * (2026-11-22T10:00:00Z): token lost". Times in @zone (checked) and UTC, or in UTC alone where it is NULL. Fit to be
 * shown. Free with free(). */
char *exh_key_account_words(const struct exh_key_account *account, const char *zone) EXH_CHECK;

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
/* A name is one line of 1 to 200 bytes of UTF-8. EXH_USAGE. */
bool exh_person_name_check(const char *name, struct exh_error *err) EXH_CHECK;

#endif
