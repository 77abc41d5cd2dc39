/* disclose: packages handed over, and the receipts for them (floor 10).
 *
 * Who took a package, and how and why, is sealed in the log under the key of its case; that it was handed over is not. The store
 * must have its actor.
 */
#ifndef EXHIBIT_DISCLOSE_H
#define EXHIBIT_DISCLOSE_H

#include "exhibit/error.h"
#include "exhibit/signature.h"
#include "exhibit/store.h"

/* The identifier of a package that somebody names: as it is where @words have the form of one, else that of the package which the
 * file at this path is of, by its digest. @progress may be NULL. EXH_IO: the file cannot be read, or stopped by @progress;
 * EXH_MALFORMED: a folder, or no regular file; EXH_REFUSED: the log knows no package of that digest. */
bool exh_disclose_find(const struct exh_store *store, const char *words, exh_file_progress *progress, void *context, char ret_id[24],
                       struct exh_error *err) EXH_CHECK;

/* Enters that a package was handed over: one entry, "disclose". @disclosure: package, date and texts; where it has no date, today.
 * @dry_run: all is judged, and nothing is entered. @ret_id: the disclosure's, also with @dry_run. EXH_USAGE: no such package, a day
 * still to come, or as exh_disclosure_check; EXH_REFUSED: the actor's role, or the package is not done; EXH_IO: the key of its case is
 * gone. After a failure there is no entry. */
bool exh_disclose(struct exh_store *store, const struct exh_disclosure *disclosure, bool dry_run, char ret_id[24], struct exh_error *err)
    EXH_CHECK;

/* Enters that somebody was told that a package is ready to be collected: one entry, "disclose-ready". As exh_disclose. */
bool exh_disclose_ready(struct exh_store *store, const struct exh_notice *notice, bool dry_run, struct exh_error *err) EXH_CHECK;

/* What was not collected: a disclosure that no receipt came back for, or a package that was never handed over. */
struct exh_uncollected {
    const struct exh_casefile *casefile;
    const struct exh_disclosure *disclosure;     /* NULL: it was never handed over */
    const struct exh_packed *packed;             /* the package */
    struct exh_date since;                       /* when it was handed over; else, sealed */
};
enum { EXH_UNCOLLECTED_DAYS = 31 };
/* Visits those of the case @case_id (NULL: of all) that are so for @days or longer. A package all of whose exhibits were handed over
 * in others, or that was never handed over and all of whose exhibits were destroyed, is none of them. @visit may not append. Stops when it returns false (err set). EXH_USAGE: no such case. */
bool exh_disclose_each_uncollected(const struct exh_store *store, const char *case_id, unsigned days,
                                   bool (*visit)(void *context, const struct exh_uncollected *one, struct exh_error *err), void *context,
                                   struct exh_error *err) EXH_CHECK;
/* Visits those of one case that are so since @latest, or earlier, likewise. */
bool exh_disclose_uncollected_of(const struct exh_store *store, const struct exh_casefile *casefile, struct exh_date latest,
                                 bool (*visit)(void *context, const struct exh_uncollected *one, struct exh_error *err), void *context,
                                 struct exh_error *err) EXH_CHECK;

/* ---- receipts ---- */

/* What a signature of a receipt is for: the namespace of an SSHSIG. */
#define EXH_RECEIPT_NAMESPACE "exhibit-receipt"
enum { EXH_RECEIPT_LARGEST = 64 << 10 };         /* bytes of a receipt */

/* Writes the form of a receipt for a package that was handed over (docs/formats/receipt.md) to @path, which must not exist, and
 * enters that: "receipt-issue". The file is durable before the entry, and gets its name after it. @dry_run: all is judged, nothing
 * written or entered. @ret_form: SHA-256 of the form; empty with @dry_run. EXH_USAGE: no such disclosure; EXH_REFUSED: the actor's
 * role, a receipt was accepted already, or the name is taken; EXH_IO: cannot be written, or the key of the case is gone. A kill
 * after the entry leaves the entry, and the file under its staging name. */
bool exh_receipt_issue(struct exh_store *store, const char *id, const char *path, bool dry_run, char ret_form[EXH_SHA256_DIGITS],
                       struct exh_error *err) EXH_CHECK;

/* A receipt that came back. */
struct exh_receipt_options {
    const char *receipt;             /* the file; or, on paper, also the disclosure's identifier */
    const char *signature, *public_key;      /* files; both NULL on paper */
    const char *words;               /* what is said of one on paper; NULL: it is signed */
    bool dry_run;
};
/* Judges a receipt that came back and enters it: one entry, "receipt-accept", which keeps the file and the signature, sealed. Its form
 * is one that this store issued, unaltered; and either the signature holds for the whole file, by the key given, which is nobody's
 * of this room; or @words say what is known of one on paper, which counts as accepted and not as verified. @ret_id: the
 * disclosure's. EXH_NO: another form, altered, not filled in, or the signature does not hold; EXH_MALFORMED: no receipt, signature or
 * key; EXH_REFUSED: a receipt was accepted already, the key is of the room, an algorithm that is not checked here, or the role;
 * EXH_USAGE: no such disclosure, or as exh_receipt_check; EXH_IO. After a failure there is no entry. */
bool exh_receipt_accept(struct exh_store *store, const struct exh_receipt_options *options, char ret_id[24], struct exh_error *err)
    EXH_CHECK;

#endif
