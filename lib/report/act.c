/* report: what an act of the custody log is, in words. */
#include "page.h"

#include <string.h>

/* "export-done" is the making "export", and the stage "done"; other acts have no stages. */
static const struct words { const char *act, *words; } makings[] = {
    { "export", "Export of footage" },    { "extract", "Extraction of footage" }, { "add", "Taking in of files" },
    { "transcode", "Working copy" },      { "combine", "Combined copy" },         { "still", "Still pictures" },
    { "redact", "Redacted copy" },        { "seal", "Sealing of a package" },
}, stages[] = {
    { "begun", "begun" }, { "done", "done" }, { "failed", "failed, and cleared away" }, { "abandoned", "cut off, and cleared away" },
    { "nothing", "no footage found" },
}, others[] = {
    { "verify", "Check" }, { "log-read", "Reading of the log" },
};

static const char *find(const struct words *list, size_t count, const char *act, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i].act) == size && memcmp(list[i].act, act, size) == 0)
            return list[i].words;
    return NULL;
}

void exh_page_act(struct exh_text *page, const char *act, const char *verb)
{
    size_t size = strcspn(act, "-");
    const char *making = find(makings, EXH_COUNT(makings), act, size), *other = find(others, EXH_COUNT(others), act, strlen(act));
    const char *stage = act[size] ? find(stages, EXH_COUNT(stages), act + size + 1, strlen(act + size + 1)) : NULL;

    if (making && stage)
        exh_text_printf(page, "%s: %s ", making, stage);
    else if (other)
        exh_text_printf(page, "%s ", other);
    exh_text_puts(page, "<small>(");
    exh_page_safe(page, act);
    exh_text_puts(page, ", ");
    exh_page_safe(page, verb);
    exh_text_puts(page, ")</small>");
}
