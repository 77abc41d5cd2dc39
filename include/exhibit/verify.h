/* verify: judging the store's own exhibits; the check itself is package's (floor 8). */
#ifndef EXHIBIT_VERIFY_H
#define EXHIBIT_VERIFY_H

#include "exhibit/error.h"
#include "exhibit/package.h"
#include "exhibit/store.h"

/* Judges exhibit @reference as it lies in the store, with the signers the log trusts, and holds it
 * against the digest in its "export-done" entry. Leaves an entry "verify" with the verdict, failure
 * included. The store must have its actor. EXH_USAGE: no such exhibit; EXH_REFUSED: role. */
bool exh_verify_exhibit(struct exh_store *store, const char *reference, struct exh_package_report *ret_report, struct exh_error *err) EXH_CHECK;
/* The signers that the store's log trusts, as a list for exh_package_check. EXH_REFUSED: the log itself does
 * not verify. */
bool exh_verify_store_signers(const struct exh_store *store, struct exh_signers *ret_signers, struct exh_error *err) EXH_CHECK;

#endif
