/* certificate: record/certificate.json of what was destroyed: a bag that holds no exhibit any more. */
#include "contents.h"

#include <string.h>

bool exh_judging_is_certificate(const struct exh_judging *judging)
{
    return !judging->report->record && !judging->outer
        && (exh_contents_find(judging->contents, EXH_BAG_CERTIFICATE) || exh_judging_line(judging, EXH_BAG_CERTIFICATE));
}

void exh_judging_certificate(struct exh_judging *judging)
{
    struct exh_package_report *report = judging->report;
    const char *own = report->identifier ? report->identifier : "";

    report->certificate = exh_judging_json(judging, "E-CERTIFICATE", EXH_BAG_CERTIFICATE);
    if (!report->certificate)
        return;                          /* its absence, or its digest, says so */
    if (strcmp(exh_json_text_or(report->certificate, "number", ""), own) != 0)
        exh_judging_finding(judging, "E-CERTIFICATE", EXH_BAG_CERTIFICATE, EXH_BAG_CERTIFICATE " is of certificate '%.100s', " EXH_BAG_INFO
                            " of '%.100s'", exh_json_text_or(report->certificate, "number", ""), own);
    exh_judging_own_custody(judging);
}
