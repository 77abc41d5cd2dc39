/* report: the pages a person reads: START-HERE.html and VERIFY.txt of a package (floor 7).
 *
 * They are made from the records alone, so that they cannot say more or less than those do. Any text in
 * a record may be hostile: it is shown as text, and is no link, no command and no mark-up. Members that
 * are missing, or of another type, are left out. exh_crypto_init comes first.
 */
#ifndef EXHIBIT_REPORT_H
#define EXHIBIT_REPORT_H

#include "exhibit/error.h"
#include "exhibit/json.h"

#include <stdint.h>

/* What the pages say beside the record. */
struct exh_report_facts {
    const char *signer;              /* initials */
    const char *fingerprint;         /* of the signing key: "SHA256:..." */
    const char *minisign;            /* the same key as minisign writes it: "RW..." */
    const char *sealed;              /* RFC 3339, UTC */
    const char *sealed_local;
    const char *log_head;            /* digest of the log's last entry at sealing */
    uint64_t log_entries;
    const char *log_key;             /* the log's own, a C2SP verifier key; NULL: the bag has no checkpoint */
};
/* One self-contained HTML page without script or network. Free with free(). */
char *exh_report_page(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;
/* How to check the package with stock tools, in plain ASCII text. Free with free(). */
char *exh_report_verify_text(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;

/* ---- a destruction certificate (record/certificate.json) ---- */

/* One self-contained HTML page without script or network. Free with free(). */
char *exh_report_certificate_page(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;
/* How to check it with stock tools: plain ASCII text. Free with free(). */
char *exh_report_certificate_text(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;

/* ---- a package of several exhibits (record/package.json) ---- */

/* One exhibit of the package: its record, in the order of package.json's "exhibits". Borrowed. */
struct exh_report_item { const struct exh_json *record; };
/* One self-contained HTML page without script or network: the label, a section for each exhibit, their custody, how to check.
 * @package: the whole of package.json. @facts: of who seals the package; what is said there of the log is not looked at.
 * Free with free(). */
char *exh_report_package_page(const struct exh_json *package, const struct exh_report_item *items, size_t count,
                              const struct exh_report_facts *facts) EXH_CHECK;
/* How to check the package, and each exhibit in it, with stock tools: plain ASCII text, in which each line that begins with
 * exactly five spaces is a command that runs as it stands in the package's folder ('\\' at the end: the next line belongs to it).
 * Free with free(). */
char *exh_report_package_text(const struct exh_json *package, const struct exh_report_item *items, size_t count,
                              const struct exh_report_facts *facts) EXH_CHECK;

#endif
