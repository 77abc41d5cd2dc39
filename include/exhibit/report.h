/* report: the pages a person reads: START-HERE.html and VERIFY.txt of a package (floor 7).
 *
 * Both are made from the record alone, so that they cannot say more or less than it does. Any text in
 * the record may be hostile: it is shown as text.
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
};
/* One self-contained HTML page without script or network. Free with free(). */
char *exh_report_page(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;
/* How to check the package with stock tools, in plain ASCII text. Free with free(). */
char *exh_report_verify_text(const struct exh_json *record, const struct exh_report_facts *facts) EXH_CHECK;

#endif
