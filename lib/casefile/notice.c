/* casefile: notices that a package is ready to be collected. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_notice_clear(struct exh_notice *notice)
{
    free(notice->to);
    free(notice->method);
    *notice = (struct exh_notice){ .to = NULL };
}

const struct exh_notice *exh_casefile_last_notice(const struct exh_casefile *casefile, const char *package)
{
    const struct exh_notice *last = NULL;

    for (size_t i = 0; i < casefile->notice_count; i++) {
        const struct exh_notice *notice = &casefile->notices[i];
        if (strcmp(notice->package, package) == 0 && (!last || exh_date_compare(notice->date, last->date) >= 0))
            last = notice;
    }
    return last;
}

bool exh_notice_check(const struct exh_casefile *casefile, const struct exh_notice *notice, struct exh_date earliest, struct exh_error *err)
{
    if (!exh_packed_check(casefile, notice->case_id, notice->package, err))
        return false;
    if (!notice->to || !notice->method)
        return exh_fail(err, EXH_USAGE, "a notice needs who was told, and how");
    return exh_case_text_check("who was told", notice->to, EXH_CASE_LONGEST_TEXT, err)
        && exh_case_text_check("how they were told", notice->method, EXH_CASE_LONGEST_TEXT, err)
        && exh_packed_check_day(notice->package, notice->date, earliest, err);
}

struct exh_json *exh_notice_details(const struct exh_notice *notice)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "to", notice->to);
    exh_json_set_text(details, "method", notice->method);
    exh_case_set_date(details, "date", notice->date);
    return details;
}

static bool read_details(const struct exh_casefile *casefile, const struct exh_entry *entry, const struct exh_json *details,
                         struct exh_notice *notice, struct exh_error *err)
{
    if (!exh_case_take_date(details, "date", &notice->date, err))
        return false;
    notice->to = exh_strdup(exh_json_text_or(details, "to", NULL));
    notice->method = exh_strdup(exh_json_text_or(details, "method", NULL));
    return exh_case_check_not_to_come(entry, notice->date, err)
        && exh_notice_check(casefile, notice, exh_packed_earliest(casefile, notice->package), err);
}

bool exh_casefile_take_notice(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                              const struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(exh_notice_clear) struct exh_notice notice = { .entered = entry->time };

    memcpy(notice.case_id, one->id, sizeof notice.case_id);
    memcpy(notice.entered_by, entry->actor, sizeof notice.entered_by);
    snprintf(notice.package, sizeof notice.package, "%s", exh_json_text_or(exh_json_get(entry->whole, "facts"), "package", ""));
    if (!(details ? read_details(casefile, entry, details, &notice, err) : exh_packed_check(casefile, one->id, notice.package, err)))
        return false;
    casefile->notices = exh_realloc_array(casefile->notices, casefile->notice_count + 1, sizeof *casefile->notices);
    casefile->notices[casefile->notice_count++] = notice;
    notice = (struct exh_notice){ .to = NULL };
    return true;
}
