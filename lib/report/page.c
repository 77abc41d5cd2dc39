/* report: START-HERE.html of one exhibit's bag: the label, the footage, what is missing, and how to check. */
#include "page.h"

static void add_label(struct exh_text *page, const struct exh_json *record, const struct exh_report_facts *facts)
{
    const struct exh_json *one = exh_json_get(record, "case");

    exh_text_puts(page, "<table class=\"label\">\n");
    exh_page_row(page, "Exhibit", exh_json_text_or(record, "exhibit", ""));
    exh_page_row(page, "Item", exh_page_item_words(record));
    exh_page_origin(page, record);
    exh_page_row(page, "Made by", exh_json_text_or(record, "organisation", ""));
    exh_page_row(page, "Case", exh_json_text_or(one, "id", ""));
    exh_page_references(page, one);
    exh_page_sealed(page, facts);
    exh_page_times(page, record);
    exh_text_puts(page, "</table>\n");
}

static void add_record(struct exh_text *page, const struct exh_json *record)
{
    exh_text_puts(page, "<p>Everything this page says stands in <a href=\"record/exhibit.json\">record/exhibit.json</a>, with ");
    exh_text_puts(page, exh_page_is_copy(record) ? "all that is needed to make the copy again from its Master.</p>\n"
                                                 : "the bytes taken from each file of the recorder.</p>\n");
}

static void add_title(struct exh_text *page, const struct exh_json *record)
{
    const char *exhibit = exh_json_text_or(record, "exhibit", "");
    EXH_CLEANUP(exh_freep) char *title = exh_format("Exhibit %s", exhibit);

    exh_page_begin(page, title);
    exh_text_puts(page, "<h1>");
    exh_page_safe(page, title);
    exh_text_puts(page, "</h1>\n");
}

char *exh_report_page(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text page = EXH_TEXT_NONE;
    const struct exh_page_place alone = EXH_PAGE_ALONE;

    add_title(&page, record);
    if (exh_page_is_copy(record))
        exh_page_copy_notice(&page, &alone, record);
    add_label(&page, record, facts);
    exh_page_coverage(&page, &alone, record);
    exh_page_findings(&page, record);
    if (exh_page_is_copy(record))
        exh_page_copy(&page, &alone, record);
    else
        exh_page_master(&page, &alone, record);
    exh_page_checking(&page, exh_json_text_or(exh_json_at(exh_json_get(record, "parts"), 0), "file", ""), facts);
    add_record(&page, record);
    exh_page_end(&page);
    return exh_text_take(&page);
}
