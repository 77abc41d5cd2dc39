/* report: what a page says of a copy: that it is one, of what, how it differs, and where the Master is. */
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

/* Where the only Master of a copy is in the package too, it is pointed at. */
static void add_where(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    const struct exh_json *of = exh_json_get(record, "of");
    long master = exh_json_count(of) == 1 ? exh_page_find(place, exh_json_text_or(exh_json_at(of, 0), "exhibit", "")) : -1;

    if (master < 0) {
        exh_text_puts(page, place->package ? "the organisation named above keeps it" : "it is kept by the organisation named below");
        return;
    }
    exh_text_puts(page, "here it is exhibit ");
    exh_page_to_section(page, place, master);
}

void exh_page_copy_notice(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    exh_text_puts(page, "<p class=\"gap\"><strong>This is a COPY of exhibit ");
    add_masters(page, record);
    exh_text_puts(page, ", not the Master.</strong> The Master holds the footage as it was recorded or received, bit for bit; ");
    add_where(page, place, record);
    exh_text_printf(page, ". What was changed in this copy, and what it lacks, is said %s.</p>\n", place->package ? "below" : "on this page");
}

/* ---- how it differs ---- */

static void add_changes(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *conversion)
{
    const struct exh_json *changes = exh_json_get(conversion, "changes");

    exh_page_heading(page, place, "How it differs from the Master");
    exh_text_puts(page, "<ul>\n");
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

static void add_how(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    const struct exh_json *conversion = exh_json_get(record, "conversion");
    bool again = exh_json_bool_or(conversion, "reproducible", false);

    add_changes(page, place, conversion);
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

    return dot && (strcmp(dot, ".png") == 0 || strcmp(dot, ".jpg") == 0) && exh_page_is_name(file);
}

/* When the pictures of an image were recorded: what stands below it, and what is read out in its place. */
static char *caption_of(const struct exh_json *pictures)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    for (size_t i = 0; i < exh_json_count(pictures); i++) {
        const struct exh_json *picture = exh_json_at(pictures, i);
        const char *utc = exh_json_text_or(picture, "shown", NULL);
        exh_text_printf(&all, "%s%s%s%s%s", i ? "; " : "", exh_json_text_or(picture, "shown_local", ""), utc ? " (" : "", utc ? utc : "",
                        utc ? ")" : "");
    }
    return exh_text_take(&all);
}

static void add_image(struct exh_text *page, const char *file, const char *caption)
{
    exh_text_puts(page, "<p class=\"still\"><img alt=\"Still picture of ");
    exh_page_safe(page, caption);
    exh_text_puts(page, "\" src=\"");
    exh_page_safe(page, file);
    exh_text_puts(page, "\"></p>\n");
}

static void add_length(struct exh_text *page, const struct exh_json *part)
{
    char words[EXH_MOMENT_SIZE];

    if (!exh_json_get(part, "film_ns"))
        return;
    exh_duration_words(exh_json_int_or(part, "film_ns", 0) / 1000000 * 1000000, words);
    exh_page_row(page, "Runs for", words);
}

static void add_part_rows(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *part, const char *caption)
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_text_size((uint64_t)exh_json_int_or(part, "size", 0));
    EXH_CLEANUP(exh_freep) char *size = exh_format("%lldx%lld pixels; %s (%lld bytes)", (long long)exh_json_int_or(part, "width", 0),
        (long long)exh_json_int_or(part, "height", 0), bytes, (long long)exh_json_int_or(part, "size", 0));

    exh_page_row(page, exh_json_count(exh_json_get(part, "pictures")) > 1 ? "Pictures of" : "Picture of", caption);
    exh_page_interval_row(page, "Shows", part);
    add_length(page, part);
    exh_page_row(page, "Holds", size);
    if (!place->package)
        exh_page_code_row(page, "SHA-256", exh_json_text_or(part, "sha256", ""));
}

static void add_part(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *part)
{
    const char *file = exh_json_text_or(part, "file", "");
    EXH_CLEANUP(exh_freep) char *caption = caption_of(exh_json_get(part, "pictures"));

    if (is_image(file) && !exh_page_elsewhere(place, file))
        add_image(page, file, caption);
    else
        exh_page_player(page, place, part);
    exh_text_puts(page, "<table class=\"part\">\n<tr><th scope=\"row\">File</th><td>");
    exh_page_link(page, place, file);
    exh_text_puts(page, "</td></tr>\n");
    add_part_rows(page, place, part, caption);
    exh_text_puts(page, "</table>\n");
}

/* ---- what it was made of ---- */

/* A redacted copy does not say what files from elsewhere were called. */
static void add_master_file(struct exh_text *page, const struct exh_json *part)
{
    exh_text_puts(page, "<tr><th scope=\"row\">Its file</th><td>");
    exh_page_safe(page, exh_json_text_or(part, "file", ""));
    exh_text_puts(page, " <small class=\"under\">SHA-256 <code>");
    exh_page_safe(page, exh_json_text_or(part, "sha256", ""));
    exh_text_puts(page, "</code></small></td></tr>\n");
}

static void add_master(struct exh_text *page, const struct exh_json *master)
{
    const struct exh_json *parts = exh_json_get(master, "parts");

    exh_text_puts(page, "<table>\n");
    exh_page_row(page, "Exhibit", exh_json_text_or(master, "exhibit", ""));
    exh_page_row(page, "Camera", exh_json_text_or(exh_json_get(master, "camera"), "name", NULL));
    exh_page_row(page, "Clock", exh_json_text_or(exh_json_get(master, "clock"), "statement", NULL));
    exh_page_code_row(page, "Its tagmanifest", exh_json_text_or(master, "tagmanifest_sha256", ""));
    for (size_t i = 0; i < exh_json_count(parts); i++)
        add_master_file(page, exh_json_at(parts, i));
    exh_text_puts(page, "</table>\n");
}

void exh_page_copy(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    const struct exh_json *parts = exh_json_get(record, "parts"), *of = exh_json_get(record, "of");

    exh_page_heading(page, place, "The copy");
    for (size_t i = 0; i < exh_json_count(parts); i++)
        add_part(page, place, exh_json_at(parts, i));
    add_how(page, place, record);
    exh_page_heading(page, place, "What it was made of");
    for (size_t i = 0; i < exh_json_count(of); i++)
        add_master(page, exh_json_at(of, i));
}
