/* admin: acts that set the store up: keys, sources, cameras, cases; each leaves its entry (floor 8). */
#ifndef EXHIBIT_ADMIN_H
#define EXHIBIT_ADMIN_H

#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/person.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

/* The store must have its actor. EXH_REFUSED: the actor's role may not do it. */

/* Trusts a key from now on. @until .ns INT64_MAX: without end. EXH_USAGE: initials or name not fit;
 * EXH_REFUSED: the key, or another with these initials, is trusted already. */
bool exh_admin_trust(struct exh_store *store, const struct exh_public_key *key, const char *name, const char *initials,
                     enum exh_role role, struct exh_moment until, struct exh_error *err) EXH_CHECK;
/* Revokes a key, named by its fingerprint or its person's initials. @since: from when it counts as
 * revoked; not later than now. EXH_USAGE: no such key; EXH_REFUSED: revoked already, or the last admin. */
bool exh_admin_revoke(struct exh_store *store, const char *who, const char *reason, struct exh_moment since, struct exh_error *err) EXH_CHECK;

/* Adds a source or a camera. EXH_USAGE: identifier, layout, zone, root or path not fit; EXH_REFUSED:
 * the identifier is in use. A source's root is kept as an absolute path. */
bool exh_admin_add_source(struct exh_store *store, const struct exh_source *source, struct exh_error *err) EXH_CHECK;
bool exh_admin_add_camera(struct exh_store *store, const struct exh_camera *camera, struct exh_error *err) EXH_CHECK;

struct exh_case_draft {
    const char *type, *requested_by, *basis, *title;     /* title may be NULL */
    const struct exh_strings *references;
};
/* Opens a case and makes its key. EXH_USAGE: type or reference not fit, or nothing said of who asked and on what basis. */
bool exh_admin_open_case(struct exh_store *store, const struct exh_case_draft *draft, char ret_id[24], struct exh_error *err) EXH_CHECK;

#endif
