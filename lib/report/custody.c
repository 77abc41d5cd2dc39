/* report: what the custody log says of exhibits: a table of its entries. */
#include "page.h"

#include <string.h>

enum { SHORT_DIGEST = 12 };              /* digits: enough to find an entry by */

/* ---- what was done ---- */

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

static void add_act(struct exh_text *page, const char *act, const char *verb)
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

/* ---- the entries ---- */

/* The first digits link to the entry; all of them stand below, for paper. */
static void add_entry_digest(struct exh_text *page, const struct exh_json *entry)
{
    const char *digest = exh_json_text_or(entry, "entry_sha256", ""), *file = exh_json_text_or(entry, "file", "");
    bool fit = exh_page_is_name(file);

    exh_text_puts(page, "<td data-title=\"Entry\">");
    if (fit)
        exh_text_printf(page, "<a href=\"%s\">", file);
    EXH_CLEANUP(exh_freep) char *brief = exh_text_brief(digest, SHORT_DIGEST);
    exh_text_puts(page, "<code>");
    exh_page_safe(page, brief);
    exh_text_puts(page, fit ? "</code></a>" : "</code>");
    exh_text_puts(page, "<small><code>");
    exh_page_safe(page, digest);
    exh_text_puts(page, "</code></small></td>");
}

static void add_entry(struct exh_text *page, const struct exh_json *entry)
{
    exh_text_printf(page, "<tr><th scope=\"row\">%lld</th><td data-title=\"When\">", (long long)exh_json_int_or(entry, "sequence", 0));
    exh_page_moment(page, exh_json_text_or(entry, "time_local", ""), exh_json_text_or(entry, "time", ""));
    exh_text_puts(page, "</td><td data-title=\"What\">");
    add_act(page, exh_json_text_or(entry, "act", ""), exh_json_text_or(entry, "verb", ""));
    exh_text_puts(page, "</td><td data-title=\"Exhibit\">");
    exh_page_safe(page, exh_json_text_or(entry, "exhibit", ""));
    exh_text_puts(page, "</td><td data-title=\"Who\">");
    exh_page_safe(page, exh_json_text_or(entry, "initials", ""));
    exh_text_puts(page, "</td>");
    add_entry_digest(page, entry);
    exh_text_puts(page, "</tr>\n");
}

static void add_entries(struct exh_text *page, const struct exh_json *custody)
{
    static const struct exh_page_column columns[] = {
        { "No.", 5 }, { "When", 27 }, { "What", 22 }, { "Exhibit", 9 }, { "Who", 7 }, { "Entry's SHA-256", 30 } };

    exh_page_list_begin(page, " custody", columns, EXH_COUNT(columns));
    for (size_t i = 0; i < exh_json_count(custody); i++)
        add_entry(page, exh_json_at(custody, i));
    exh_page_list_end(page);
}

/* Who an initial was, by key; each key once. */
static void add_actors(struct exh_text *page, const struct exh_json *custody)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings seen = EXH_STRINGS_NONE;

    for (size_t i = 0; i < exh_json_count(custody); i++) {
        const struct exh_json *entry = exh_json_at(custody, i);
        const char *actor = exh_json_text_or(entry, "actor", "");
        if (exh_strings_contain(&seen, actor))
            continue;
        exh_strings_add(&seen, actor);
        exh_text_puts(page, "<li>");
        exh_page_safe(page, exh_json_text_or(entry, "initials", ""));
        exh_text_puts(page, " signed with key <code>");
        exh_page_safe(page, actor);
        exh_text_puts(page, "</code></li>\n");
    }
}

void exh_page_custody(struct exh_text *page, const struct exh_json *package)
{
    const struct exh_json *custody = exh_json_get(package, "custody"), *log = exh_json_get(package, "log");

    exh_text_puts(page, "<h2>Custody of these exhibits</h2>\n<p>What the organisation's custody log says of them, oldest first. Each entry was "
                  "signed by the person who acted.</p>\n");
    add_entries(page, custody);
    exh_text_puts(page, "<ul>\n");
    add_actors(page, custody);
    exh_text_printf(page, "</ul>\n<p>When the package was sealed the log had %lld entries, the last of them with the SHA-256 <code>",
                    (long long)exh_json_int_or(log, "entries", 0));
    exh_page_safe(page, exh_json_text_or(log, "last_entry_sha256", ""));
    exh_text_puts(page, "</code>. Whoever audits the log can ask that this entry is still in it.</p>\n");
}
