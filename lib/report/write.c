/* report: words and rows of a page. */
#include "page.h"

#include <string.h>

void exh_page_safe(struct exh_text *page, const char *words)
{
    EXH_CLEANUP(exh_freep) char *safe = exh_text_html(words ? words : "");

    exh_text_puts(page, safe);
}

void exh_page_row(struct exh_text *page, const char *title, const char *words)
{
    if (!words || !*words)
        return;
    exh_text_printf(page, "<tr><th scope=\"row\">%s</th><td>", title);
    exh_page_safe(page, words);
    exh_text_puts(page, "</td></tr>\n");
}

void exh_page_interval(struct exh_text *page, const struct exh_json *window)
{
    exh_page_safe(page, exh_json_text_or(window, "from_local", ""));
    exh_text_puts(page, " to ");
    exh_page_safe(page, exh_json_text_or(window, "to_local", ""));
    exh_text_puts(page, " <small>(");
    exh_page_safe(page, exh_json_text_or(window, "from", ""));
    exh_text_puts(page, " to ");
    exh_page_safe(page, exh_json_text_or(window, "to", ""));
    exh_text_puts(page, ")</small>");
}
