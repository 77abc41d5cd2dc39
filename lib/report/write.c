/* report: words, rows and links of a page. */
#include "page.h"

#include "exhibit/archive.h"

#include <string.h>

void exh_page_safe(struct exh_text *page, const char *words)
{
    EXH_CLEANUP(exh_freep) char *safe = exh_text_html(words ? words : "");

    exh_text_puts(page, safe);
}

static void add_row(struct exh_text *page, const char *title, const char *before, const char *words, const char *after)
{
    if (!words || !*words)
        return;
    exh_text_printf(page, "<tr><th scope=\"row\">%s</th><td>%s", title, before);
    exh_page_safe(page, words);
    exh_text_printf(page, "%s</td></tr>\n", after);
}

void exh_page_row(struct exh_text *page, const char *title, const char *words)
{
    add_row(page, title, "", words, "");
}

void exh_page_code_row(struct exh_text *page, const char *title, const char *words)
{
    add_row(page, title, "<code>", words, "</code>");
}

void exh_page_interval_row(struct exh_text *page, const char *title, const struct exh_json *window)
{
    if (!exh_json_text_or(window, "from", NULL))
        return;
    exh_text_printf(page, "<tr><th scope=\"row\">%s</th><td>", title);
    exh_page_interval(page, window);
    exh_text_puts(page, "</td></tr>\n");
}

/* An instant is not broken at the end of a line, unless the line is too short for it. */
static void add_instant(struct exh_text *page, const char *before, const char *words, const char *after)
{
    exh_text_printf(page, "<span class=\"t\">%s", before);
    exh_page_safe(page, words);
    exh_text_printf(page, "%s</span>", after);
}

void exh_page_interval(struct exh_text *page, const struct exh_json *window)
{
    add_instant(page, "", exh_json_text_or(window, "from_local", ""), " to");
    exh_text_puts(page, " ");
    add_instant(page, "", exh_json_text_or(window, "to_local", ""), "");
    exh_text_puts(page, " <small class=\"under\">");
    add_instant(page, "(", exh_json_text_or(window, "from", ""), " to");
    exh_text_puts(page, " ");
    add_instant(page, "", exh_json_text_or(window, "to", ""), ")");
    exh_text_puts(page, "</small>");
}

void exh_page_moment(struct exh_text *page, const char *local, const char *utc)
{
    add_instant(page, "", local, "");
    exh_text_puts(page, " <small>");
    add_instant(page, "(", utc, ")");
    exh_text_puts(page, "</small>");
}

char *exh_page_shell_word(const char *words)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:+=@-";
    EXH_CLEANUP(exh_text_clear) struct exh_text quoted = EXH_TEXT_NONE;

    if (*words && *words != '-' && strspn(words, fit) == strlen(words))
        return exh_strdup(words);
    exh_text_puts(&quoted, "'");
    for (const char *c = words; *c; c++)
        if (*c == '\'')
            exh_text_puts(&quoted, "'\\''");
        else
            exh_text_add(&quoted, c, 1);
    exh_text_puts(&quoted, "'");
    return exh_text_take(&quoted);
}

bool exh_page_is_name(const char *file)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unfit = EXH_ERROR_NONE;

    return exh_zip_name_check(file, &unfit);
}

void exh_page_file(struct exh_text *page, const char *file)
{
    bool fit = exh_page_is_name(file);

    if (fit)
        exh_text_printf(page, "<a href=\"%s\">", file);
    exh_page_safe(page, file);
    exh_text_puts(page, fit ? "</a>" : "");
}

void exh_page_link(struct exh_text *page, const struct exh_page_place *place, const char *file)
{
    long long volume = exh_page_elsewhere(place, file);

    if (!volume) {
        exh_page_file(page, file);
        return;
    }
    exh_page_safe(page, file);
    exh_text_printf(page, " (in volume %lld)", volume);
}

void exh_page_heading(struct exh_text *page, const struct exh_page_place *place, const char *words)
{
    int level = place->package ? 3 : 2;

    exh_text_printf(page, "<h%d>", level);
    exh_page_safe(page, words);
    exh_text_printf(page, "</h%d>\n", level);
}

void exh_page_notice(struct exh_text *page, const char *title, const char *words)
{
    exh_text_printf(page, "<p class=\"gap\"><strong>%s:</strong> ", title);
    exh_page_safe(page, words);
    exh_text_puts(page, ".</p>\n");
}

void exh_page_list_begin(struct exh_text *page, const char *kind, const struct exh_page_column *columns, size_t count)
{
    exh_text_printf(page, "<table class=\"list%s\">\n<colgroup>", kind);
    for (size_t i = 0; i < count; i++)
        exh_text_printf(page, "<col style=\"width:%d%%\">", columns[i].width);
    exh_text_puts(page, "</colgroup>\n<thead><tr>");
    for (size_t i = 0; i < count; i++)
        exh_text_printf(page, "<th scope=\"col\">%s</th>", columns[i].title);
    exh_text_puts(page, "</tr></thead>\n<tbody>\n");
}

void exh_page_list_end(struct exh_text *page)
{
    exh_text_puts(page, "</tbody>\n</table>\n");
}
