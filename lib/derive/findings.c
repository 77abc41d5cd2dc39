/* derive: all that must be said of a copy. */
#include "derive.h"

#include <stdarg.h>
#include <string.h>

void exh_finding_add(struct exh_json *findings, const char *code, const char *format, ...)
{
    struct exh_json *finding = exh_json_object();
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *text = exh_vformat(format, arguments);
    va_end(arguments);
    exh_json_set_text(finding, "code", code);
    exh_json_set_text(finding, "text", text);
    exh_json_set_text(finding, "segment", NULL);
    exh_json_add(findings, finding);
}

/* Gaps are told anew, of what the copy shows; signatures of the camera do not reach a copy at all, and pictures that are coded
 * otherwise from somewhere on are all coded the same in it. */
static bool is_for_viewers(const char *code)
{
    static const char *const others[] = { "gap", "unsigned-end", "parameters-change" };

    for (size_t i = 0; i < EXH_COUNT(others); i++)
        if (strcmp(code, others[i]) == 0)
            return false;
    return true;
}

/* What files from elsewhere have of their own: each names its file, and the survey says it anew. */
static bool names_file(const char *code)
{
    return strcmp(code, "damaged-file") == 0;
}

void exh_findings_carry(const struct exh_json *record, const char *prefix, bool nameless, struct exh_json *findings)
{
    const struct exh_json *from = exh_json_get(record, "findings");

    for (size_t i = 0; i < exh_json_count(from); i++) {
        struct exh_json *finding = exh_json_at(from, i);
        const char *code = exh_json_text_or(finding, "code", "");
        if (!is_for_viewers(code) || (nameless && names_file(code)))
            continue;
        EXH_CLEANUP(exh_freep) char *text = exh_format("%s%s", prefix, exh_json_text_or(finding, "text", ""));
        struct exh_json *copy = exh_json_copy(finding);
        exh_json_set_text(copy, "text", text);
        exh_json_add(findings, copy);
    }
}
