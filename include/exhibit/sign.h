/* sign: any file signed by the acting person, whose signatures stand beside it (floor 9).
 *
 * report.pdf gets report.pdf.sig (SSHSIG, namespace "exhibit", sha512) and report.pdf.minisig (pre-hashed), or neither. What
 * makes that so: both are written and synced under staging names, which the store's staging/ notes first; then the entry
 * "sign" is appended; then they take their names. Whatever a kill leaves, exh_store_recover finishes or clears.
 */
#ifndef EXHIBIT_SIGN_H
#define EXHIBIT_SIGN_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/signature.h"
#include "exhibit/store.h"

struct exh_sign_options {
    bool dry_run;                        /* look and digest, sign nothing */
    exh_file_progress *progress;         /* may be NULL */
    void *context;
};

/* Clear with exh_signed_clear. */
struct exh_signed {
    char *ssh, *minisign;                /* paths of the signatures */
    uint64_t size;                       /* of the file, as it was read and signed */
    char sha256[EXH_SHA256_DIGITS];
    char *trusted;                       /* minisign's trusted comment; NULL for a dry run */
};
void exh_signed_clear(struct exh_signed *made);

/* Signs the file at @path. The store must have its actor. EXH_REFUSED: the role, or a signature is there already;
 * EXH_MALFORMED: no regular file, or it changed while it was read; EXH_IO: cannot be read, or its directory not be written
 * to, or stopped by progress; EXH_BUSY; and as the key signs. On failure nothing is left, but where the entry was written
 * and a name was taken in that moment: then both signatures keep their staging names, which exh_store_recover tries again. */
bool exh_sign_file(struct exh_store *store, const char *path, const struct exh_sign_options *options,
                   struct exh_signed *ret_made, struct exh_error *err) EXH_CHECK;

#endif
