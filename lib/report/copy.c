/* report: what START-HERE.html says of a copy: that it is one, of what, how it differs, and where the Master is. */
#include "page.h"

#include "exhibit/moment.h"

#include <string.h>

bool exh_page_is_copy(const struct exh_json *record)
{
    return strcmp(exh_json_text_or(record, "item", "master"), "master") != 0;
}

const char *exh_page_copy_words(const struct exh_json *record)
{
    const char *item = exh_json_text_or(record, "item", ""), *mode = exh_json_text_or(record, "mode", "");

    if (strcmp(item, "stills") == 0)
        return "Copy: single pictures";
    if (strcmp(item, "redacted") == 0)
        return "Redacted copy: parts of it are covered or silent, and are not in the file";
    if (strcmp(mode, "grid") == 0)
        return "Working copy: several exhibits side by side, encoded anew";
    return strcmp(mode, "exact") == 0 ? "Working copy, exact: a part of the Master, cut to the picture and encoded anew"
                                      : "Working copy: encoded anew, for common players";
}

static void add_masters(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *of = exh_json_get(record, "of");

    for (size_t i = 0; i < exh_json_count(of); i++) {
        exh_text_puts(page, i == 0 ? "" : i + 1 == exh_json_count(of) ? " and " : ", ");
        exh_page_safe(page, exh_json_text_or(exh_json_at(of, i), "exhibit", ""));
    }
}

void exh_page_copy_notice(struct exh_text *page, const struct exh_json *record)
{
    exh_text_puts(page, "<p class=\"gap\"><strong>This is a COPY of exhibit ");
    add_masters(page, record);
    exh_text_puts(page, ", not the Master.</strong> The Master holds the footage as it was recorded or received, bit for bit; it is kept by the organisation "
                  "named below. What was changed in this copy, and what it lacks, is said on this page.</p>\n");
}

/* ---- how it differs ---- */

static void add_changes(struct exh_text *page, const struct exh_json *conversion)
{
    const struct exh_json *changes = exh_json_get(conversion, "changes");

    exh_text_puts(page, "<h2>How it differs from the Master</h2>\n<ul>\n");
    for (size_t i = 0; i < exh_json_count(changes); i++) {
        exh_text_puts(page, "<li>");
        exh_page_safe(page, exh_json_as_text(exh_json_at(changes, i)));
        exh_text_puts(page, "</li>\n");
    }
    exh_text_puts(page, "</ul>\n");
}

static void add_pictures(struct exh_text *page, const struct exh_json *conversion)
{
    const struct exh_json *pictures = exh_json_get(conversion, "pictures");

    if (!pictures)
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_format("%lld in the Master's files that are shown, %lld in the copy",
        (long long)exh_json_int_or(pictures, "in_files", 0), (long long)exh_json_int_or(pictures, "shown", 0));
    exh_page_row(page, "Pictures", words);
}

static void add_how(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *conversion = exh_json_get(record, "conversion");
    bool again = exh_json_bool_or(conversion, "reproducible", false);

    add_changes(page, conversion);
    exh_text_puts(page, "<table>\n");
    add_pictures(page, conversion);
    exh_page_row(page, "Reason", exh_json_text_or(conversion, "reason", NULL));
    exh_page_row(page, "Made with", exh_json_text_or(exh_json_get(record, "made"), "libraries", NULL));
    exh_page_row(page, "Made again", again ? "whoever holds the Master can make the same bytes again with the same libraries: VERIFY.txt says how"
                                           : "the encoder that was used does not make the same bytes twice");
    exh_text_puts(page, "</table>\n");
}

/* ---- its files ---- */

static bool is_image(const char *file)
{
    const char *dot = strrchr(file, '.');

    return dot && (strcmp(dot, ".png") == 0 || strcmp(dot, ".jpg") == 0);
}

static void add_image(struct exh_text *page, const char *file)
{
    exh_text_puts(page, "<p><img style=\"max-width:100%\" alt=\"still\" src=\"");
    exh_page_safe(page, file);
    exh_text_puts(page, "\"></p>\n");
}

/* When each picture of an image was recorded. */
static void add_times(struct exh_text *page, const struct exh_json *pictures)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    for (size_t i = 0; i < exh_json_count(pictures); i++) {
        const struct exh_json *picture = exh_json_at(pictures, i);
        const char *utc = exh_json_text_or(picture, "shown", NULL);
        exh_text_printf(&all, "%s%s%s%s%s", i ? "; " : "", exh_json_text_or(picture, "shown_local", ""), utc ? " (" : "", utc ? utc : "",
                        utc ? ")" : "");
    }
    exh_page_row(page, exh_json_count(pictures) > 1 ? "Pictures of" : "Picture of", all.bytes);
}

static void add_length(struct exh_text *page, const struct exh_json *part)
{
    char words[EXH_MOMENT_SIZE];

    if (!exh_json_get(part, "film_ns"))
        return;
    exh_duration_words(exh_json_int_or(part, "film_ns", 0) / 1000000 * 1000000, words);
    exh_page_row(page, "Runs for", words);
}

static void add_part(struct exh_text *page, const struct exh_json *part)
{
    const char *file = exh_json_text_or(part, "file", "");
    EXH_CLEANUP(exh_freep) char *bytes = exh_text_size((uint64_t)exh_json_int_or(part, "size", 0));
    EXH_CLEANUP(exh_freep) char *size = exh_format("%lldx%lld pixels; %s", (long long)exh_json_int_or(part, "width", 0),
                                                   (long long)exh_json_int_or(part, "height", 0), bytes);

    if (is_image(file))
        add_image(page, file);
    else
        exh_page_player(page, file);
    exh_text_puts(page, "<table>\n<tr><th scope=\"row\">File</th><td><a href=\"");
    exh_page_safe(page, file);
    exh_text_puts(page, "\">");
    exh_page_safe(page, file);
    exh_text_puts(page, "</a></td></tr>\n");
    add_times(page, exh_json_get(part, "pictures"));
    add_length(page, part);
    exh_page_row(page, "Holds", size);
    exh_page_row(page, "SHA-256", exh_json_text_or(part, "sha256", ""));
    exh_text_puts(page, "</table>\n");
}

/* ---- what it was made of ---- */

static void add_master(struct exh_text *page, const struct exh_json *master)
{
    const struct exh_json *parts = exh_json_get(master, "parts");

    exh_text_puts(page, "<table>\n");
    exh_page_row(page, "Exhibit", exh_json_text_or(master, "exhibit", ""));
    exh_page_row(page, "Camera", exh_json_text_or(exh_json_get(master, "camera"), "name", NULL));
    exh_page_row(page, "Clock", exh_json_text_or(exh_json_get(master, "clock"), "statement", NULL));
    exh_page_row(page, "Its tagmanifest", exh_json_text_or(master, "tagmanifest_sha256", ""));
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        const char *file = exh_json_text_or(exh_json_at(parts, i), "file", NULL);
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s%sSHA-256 %s", file ? file : "", file ? ", " : "",
                                                        exh_json_text_or(exh_json_at(parts, i), "sha256", ""));
        exh_page_row(page, "Its file", words);
    }
    exh_text_puts(page, "</table>\n");
}

void exh_page_copy(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *parts = exh_json_get(record, "parts"), *of = exh_json_get(record, "of");

    add_how(page, record);
    exh_text_puts(page, "<h2>The copy</h2>\n");
    for (size_t i = 0; i < exh_json_count(parts); i++)
        add_part(page, exh_json_at(parts, i));
    exh_text_puts(page, "<h2>What it was made of</h2>\n");
    for (size_t i = 0; i < exh_json_count(of); i++)
        add_master(page, exh_json_at(of, i));
}
