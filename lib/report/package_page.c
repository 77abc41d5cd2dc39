/* report: START-HERE.html of a package of several exhibits of one case: the label, a section for each, their custody, and how to
 * check. */
#include "page.h"

#include <string.h>

/* ---- the label ---- */

static const struct exh_json *exhibit_at(const struct exh_page_place *place, size_t index)
{
    return exh_json_at(exh_json_get(place->package, "exhibits"), index);
}

static const char *reference_at(const struct exh_page_place *place, size_t index)
{
    return exh_json_text_or(exhibit_at(place, index), "exhibit", "");
}

static void add_sealed(struct exh_text *page, const struct exh_json *package, const struct exh_report_facts *facts)
{
    const struct exh_json *by = exh_json_get(package, "by");

    exh_text_puts(page, "<tr><th scope=\"row\">Sealed</th><td>");
    exh_page_moment(page, exh_json_text_or(package, "sealed_local", facts->sealed_local), exh_json_text_or(package, "sealed", facts->sealed));
    exh_text_puts(page, " by ");
    exh_page_safe(page, exh_json_text_or(by, "name", ""));
    exh_text_puts(page, " (");
    exh_page_safe(page, exh_json_text_or(by, "initials", facts->signer));
    exh_text_puts(page, "), ");
    exh_page_safe(page, exh_json_text_or(by, "role", ""));
    exh_text_puts(page, "</td></tr>\n");
    exh_page_code_row(page, "Signed with key", facts->fingerprint);
}

static void add_label(struct exh_text *page, const struct exh_json *package, const struct exh_report_facts *facts)
{
    const struct exh_json *one = exh_json_get(package, "case");
    long long volumes = exh_json_int_or(package, "volumes", 1);

    exh_text_puts(page, "<table class=\"label\">\n");
    exh_page_row(page, "Package", exh_json_text_or(package, "package", NULL));
    EXH_CLEANUP(exh_freep) char *volume = exh_format("%lld of %lld", (long long)exh_json_int_or(package, "volume", 1), volumes);
    exh_page_row(page, "Volume", volumes > 1 ? volume : NULL);
    exh_page_row(page, "Case", exh_json_text_or(one, "id", NULL));
    exh_page_row(page, "Kind of case", exh_json_text_or(one, "type", NULL));
    exh_page_references(page, one);
    exh_page_row(page, "Organisation", exh_json_text_or(package, "organisation", NULL));
    add_sealed(page, package, facts);
    exh_page_row(page, "Made with", exh_json_text_or(package, "program", NULL));
    exh_text_puts(page, "</table>\n");
}

/* ---- what it holds ---- */

static void add_origin(struct exh_text *page, const struct exh_json *record)
{
    const char *from = exh_json_text_or(exh_json_get(record, "handover"), "from", NULL);

    if (exh_json_type(exh_json_get(record, "camera")) == EXH_JSON_OBJECT) {
        EXH_CLEANUP(exh_freep) char *words = exh_page_camera_words(record);
        exh_page_safe(page, words);
    } else if (from) {
        exh_text_puts(page, "from ");
        exh_page_safe(page, from);
    }
}

static void add_stills(struct exh_text *page, const struct exh_json *record)
{
    size_t images = exh_json_count(exh_json_get(record, "parts"));

    if (strcmp(exh_json_text_or(record, "item", ""), "stills") == 0)
        exh_text_printf(page, "%zu image%s", images, images == 1 ? "" : "s");
    else
        exh_text_puts(page, "not known");
}

/* Findings that are gaps are counted as gaps. */
static size_t count_notes(const struct exh_json *findings)
{
    size_t notes = 0;

    for (size_t i = 0; i < exh_json_count(findings); i++)
        notes += strcmp(exh_json_text_or(exh_json_at(findings, i), "code", ""), "gap") != 0;
    return notes;
}

static void add_missing(struct exh_text *page, const struct exh_json *record)
{
    size_t gaps = exh_json_count(exh_json_get(record, "gaps")), notes = count_notes(exh_json_get(record, "findings"));

    if (!gaps && !notes)
        exh_text_puts(page, "none");
    if (gaps)
        exh_text_printf(page, "%zu gap%s", gaps, gaps == 1 ? "" : "s");
    if (notes)
        exh_text_printf(page, "%s%zu note%s", gaps ? ", " : "", notes, notes == 1 ? "" : "s");
}

static void add_content(struct exh_text *page, const struct exh_page_place *place)
{
    const struct exh_json *record = place->items[place->index].record, *window = exh_json_get(record, "window");

    exh_text_puts(page, "<tr><th scope=\"row\">");
    exh_page_to_section(page, place, (long)place->index);
    exh_text_puts(page, "</th><td data-title=\"What\">");
    exh_page_safe(page, exh_page_kind_words(record));
    exh_text_puts(page, "</td><td data-title=\"Camera or origin\">");
    add_origin(page, record);
    exh_text_puts(page, "</td><td data-title=\"Time\">");
    if (exh_json_text_or(window, "from", NULL))
        exh_page_interval(page, window);
    else
        add_stills(page, record);
    exh_text_puts(page, "</td><td data-title=\"Gaps and notes\">");
    add_missing(page, record);
    exh_text_puts(page, "</td></tr>\n");
}

static void add_contents(struct exh_text *page, struct exh_page_place place)
{
    static const struct exh_page_column columns[] = {
        { "Exhibit", 9 }, { "What", 15 }, { "Camera or origin", 22 }, { "Time", 42 }, { "Gaps and notes", 12 } };

    exh_text_puts(page, "<h2>What this package holds</h2>\n");
    exh_page_list_begin(page, "", columns, EXH_COUNT(columns));
    for (place.index = 0; place.index < place.count; place.index++)
        add_content(page, &place);
    exh_page_list_end(page);
}

/* ---- volumes ---- */

static void add_elsewhere(struct exh_text *page, const struct exh_page_place *place)
{
    const struct exh_json *files = exh_json_get(exhibit_at(place, place->index), "files");

    for (size_t i = 0; i < exh_json_count(files); i++) {
        const char *file = exh_json_text_or(exh_json_at(files, i), "file", "");
        long long volume = exh_page_elsewhere(place, file);
        if (!volume)
            continue;
        exh_text_printf(page, "<li>Volume %lld: ", volume);
        exh_page_safe(page, file);
        exh_text_puts(page, "</li>\n");
    }
}

static void add_volumes(struct exh_text *page, struct exh_page_place place)
{
    long long volume = exh_json_int_or(place.package, "volume", 1), volumes = exh_json_int_or(place.package, "volumes", 1);

    if (volumes <= 1)
        return;
    exh_text_printf(page, "<p class=\"gap\"><strong>This is volume %lld of %lld.</strong> The package was too large for its medium and "
                    "was split; each volume is sealed by itself. These files are in the others, and are not here:</p>\n<ul>\n", volume, volumes);
    for (place.index = 0; place.index < place.count; place.index++)
        add_elsewhere(page, &place);
    exh_text_puts(page, "</ul>\n");
}

/* ---- one exhibit ---- */

static void add_made(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    const struct exh_json *exhibit = exhibit_at(place, place->index), *by = exh_json_get(exh_json_get(record, "made"), "by");

    exh_text_puts(page, "<tr><th scope=\"row\">Made and sealed</th><td>");
    exh_page_moment(page, exh_json_text_or(exhibit, "made_local", ""), exh_json_text_or(exhibit, "made", ""));
    exh_text_puts(page, " by ");
    exh_page_safe(page, exh_json_text_or(by, "name", ""));
    exh_text_puts(page, " (");
    exh_page_safe(page, exh_json_text_or(by, "initials", ""));
    exh_text_puts(page, ")</td></tr>\n");
    exh_page_code_row(page, "Signed with key", exh_json_text_or(exhibit, "signer", NULL));
    exh_page_code_row(page, "Its tagmanifest", exh_json_text_or(exhibit, "tagmanifest_sha256", NULL));
}

static void add_record(struct exh_text *page, const struct exh_page_place *place)
{
    EXH_CLEANUP(exh_freep) char *file = exh_format("%s/" "record/exhibit.json", exh_json_text_or(exhibit_at(place, place->index), "folder", ""));

    exh_text_puts(page, "<tr><th scope=\"row\">Record</th><td>");
    exh_page_file(page, file);
    exh_text_puts(page, "</td></tr>\n");
}

static void add_exhibit_label(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    exh_text_puts(page, "<table>\n");
    exh_page_row(page, "Item", exh_page_item_words(record));
    exh_page_origin(page, record);
    exh_page_times(page, record);
    add_made(page, place, record);
    add_record(page, place);
    exh_text_puts(page, "</table>\n");
}

static void add_file(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *file)
{
    EXH_CLEANUP(exh_freep) char *size = exh_text_size((uint64_t)exh_json_int_or(file, "size", 0));

    exh_text_puts(page, "<tr><th scope=\"row\">");
    exh_page_link(page, place, exh_json_text_or(file, "file", ""));
    exh_text_printf(page, "</th><td data-title=\"Size\">%s <small>(%lld bytes)</small></td><td data-title=\"SHA-256\"><code>", size,
                    (long long)exh_json_int_or(file, "size", 0));
    exh_page_safe(page, exh_json_text_or(file, "sha256", ""));
    exh_text_puts(page, "</code></td></tr>\n");
}

static void add_files(struct exh_text *page, const struct exh_page_place *place)
{
    static const struct exh_page_column columns[] = { { "File", 44 }, { "Size", 18 }, { "SHA-256", 38 } };
    const struct exh_json *files = exh_json_get(exhibit_at(place, place->index), "files");

    exh_page_heading(page, place, "Its files");
    exh_page_list_begin(page, " files", columns, EXH_COUNT(columns));
    for (size_t i = 0; i < exh_json_count(files); i++)
        add_file(page, place, exh_json_at(files, i));
    exh_page_list_end(page);
}

static void add_exhibit(struct exh_text *page, const struct exh_page_place *place)
{
    const struct exh_json *record = place->items[place->index].record;
    size_t number = place->index + 1;

    exh_text_printf(page, "<section class=\"exhibit\" id=\"exhibit-%zu\" aria-labelledby=\"title-%zu\">\n", number, number);
    exh_text_printf(page, "<h2 id=\"title-%zu\">Exhibit ", number);
    exh_page_safe(page, reference_at(place, place->index));
    exh_text_puts(page, ": ");
    exh_page_safe(page, exh_page_kind_words(record));
    exh_text_puts(page, "</h2>\n");
    if (exh_page_is_copy(record))
        exh_page_copy_notice(page, place, record);
    add_exhibit_label(page, place, record);
    exh_page_coverage(page, place, record);
    exh_page_findings(page, record);
    if (exh_page_is_copy(record))
        exh_page_copy(page, place, record);
    else
        exh_page_master(page, place, record);
    add_files(page, place);
    exh_text_puts(page, "</section>\n");
}

/* ---- the whole ---- */

static const char *first_here(struct exh_page_place place)
{
    for (place.index = 0; place.index < place.count; place.index++) {
        const struct exh_json *files = exh_json_get(exhibit_at(&place, place.index), "files");
        for (size_t i = 0; i < exh_json_count(files); i++) {
            const char *file = exh_json_text_or(exh_json_at(files, i), "file", "");
            if (!exh_page_elsewhere(&place, file))
                return file;
        }
    }
    return "";
}

static void add_title(struct exh_text *page, const struct exh_json *package)
{
    EXH_CLEANUP(exh_freep) char *title = exh_format("Package %s", exh_json_text_or(package, "package", ""));

    exh_page_begin(page, title);
    exh_text_puts(page, "<p class=\"over\">");
    exh_page_safe(page, exh_json_text_or(package, "organisation", ""));
    exh_text_puts(page, "</p>\n<h1>");
    exh_page_safe(page, title);
    exh_text_puts(page, "</h1>\n");
}

char *exh_report_package_page(const struct exh_json *package, const struct exh_report_item *items, size_t count,
                              const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text page = EXH_TEXT_NONE;
    struct exh_page_place place = { .package = package, .items = items, .count = count };

    add_title(&page, package);
    add_label(&page, package, facts);
    add_volumes(&page, place);
    add_contents(&page, place);
    for (place.index = 0; place.index < count; place.index++)
        add_exhibit(&page, &place);
    exh_page_custody(&page, package);
    exh_page_checking(&page, first_here(place), facts);
    exh_text_puts(&page, "<p>Everything this page says stands in <a href=\"record/package.json\">record/package.json</a> and the records of "
                  "the exhibits.</p>\n");
    exh_page_end(&page);
    return exh_text_take(&page);
}
