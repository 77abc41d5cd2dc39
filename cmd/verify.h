/* verify: what its files share. */
#ifndef EXHIBIT_CMD_VERIFY_H
#define EXHIBIT_CMD_VERIFY_H

#include "cmd.h"

#include "exhibit/derive.h"
#include "exhibit/package.h"
#include "exhibit/verify.h"

/* What was found out of one subject. */
struct findings {
    struct exh_package_report report;
    struct exh_source_report source;
    struct exh_footage_report footage;
    struct exh_reproduction made;
    bool compared, looked, reproduced;   /* the recorder's files, the footage, and the copy's bytes, were asked for */
    char *written;                       /* where to; NULL: nothing was */
};
/* One of them, with its code. */
struct exh_json *finding_json(const struct exh_check_finding *finding) EXH_CHECK;
void print_finding(const struct exh_check_finding *finding);
void clear_findings(struct findings *found);
void print_findings(const struct session *session, const char *subject, const struct findings *found);
/* The worse of two statuses: 1, 4, 5, 2, 7, 0. */
int worse_status(int one, int other);
/* 0, EXH_NO or 7. */
int status_of_findings(const struct findings *found);

#endif
