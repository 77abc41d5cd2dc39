/* report: the window to scale, with its gaps and a time axis; and each gap in words.
 *
 * Shares are in thousandths of a percent of the width, as whole numbers, so that no locale writes them otherwise. */
#include "page.h"

#include "exhibit/moment.h"

#include <stdio.h>
#include <string.h>

enum {
    WHOLE = 100000,                      /* thousandths of a percent */
    TICKS_MOST = 6,
    EDGE = 9000,                         /* no word of the axis is nearer to an end: it would be cut off */
    APART = 3500,                        /* numbers of gaps that are nearer would touch */
    TOP = 16, HEIGHT = 26,               /* pixels */
};

struct axis { struct exh_window window; const char *zone; int64_t step; int offset; char name[16]; };

static bool read_window(const struct exh_json *interval, struct exh_window *ret_window)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_window window = { { 0 }, { 0 } };

    if (!exh_moment_parse_utc(exh_json_text_or(interval, "from", ""), &window.from, &ignored)
        || !exh_moment_parse_utc(exh_json_text_or(interval, "to", ""), &window.to, &ignored))
        return false;
    /* Nothing that was ever recorded lies outside; and so no difference can overflow. */
    if (window.from.ns < 0 || window.to.ns <= window.from.ns)
        return false;
    *ret_window = window;
    return true;
}

static int share(struct exh_window window, struct exh_moment at)
{
    if (at.ns <= window.from.ns)
        return 0;
    if (at.ns >= window.to.ns)
        return WHOLE;
    return (int)((double)(at.ns - window.from.ns) * WHOLE / (double)(window.to.ns - window.from.ns));
}

static void add_share(struct exh_text *page, const char *name, int thousandths)
{
    exh_text_printf(page, " %s=\"%d.%03d%%\"", name, thousandths / 1000, thousandths % 1000);
}

static void add_stretch(struct exh_text *page, const char *kind, int from, int to)
{
    exh_text_printf(page, "<rect class=\"%s\" y=\"%d\" height=\"%d\"", kind, TOP, HEIGHT);
    add_share(page, "x", from);
    add_share(page, "width", to - from);
    exh_text_puts(page, "/>");
}

static void add_word(struct exh_text *page, int at, int y, const char *words)
{
    exh_text_printf(page, "<text text-anchor=\"middle\" y=\"%d\"", y);
    add_share(page, "x", at);
    exh_text_puts(page, ">");
    exh_page_safe(page, words);
    exh_text_puts(page, "</text>");
}

static void add_holes(struct exh_text *page, struct exh_window window, const struct exh_json *gaps)
{
    int last = -WHOLE;

    for (size_t i = 0; i < exh_json_count(gaps); i++) {
        struct exh_window gap;
        if (!read_window(exh_json_at(gaps, i), &gap))
            continue;
        int from = share(window, gap.from), to = share(window, gap.to), middle = from + (to - from) / 2;
        add_stretch(page, "miss", from, to);
        if (middle - last < APART || exh_json_count(gaps) < 2)
            continue;
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        add_word(page, middle < APART / 2 ? APART / 2 : middle > WHOLE - APART / 2 ? WHOLE - APART / 2 : middle, TOP - 4, number);
        last = middle;
    }
}

/* ---- the axis ---- */

/* Seconds between two ticks: round in the eyes of who reads a clock. */
static int64_t step_of(struct exh_window window)
{
    static const int32_t steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800 };
    int64_t seconds = (window.to.ns - window.from.ns) / EXH_SECOND;

    for (size_t i = 0; i < EXH_COUNT(steps); i++)
        if (seconds / steps[i] <= TICKS_MOST)
            return steps[i];
    return seconds / TICKS_MOST;
}

static void tick_words(const struct axis *axis, struct exh_moment at, char *ret_words, size_t size)
{
    struct exh_calendar c;
    char name[16];

    exh_zone_calendar(at, axis->zone, &c, NULL, name);
    const char *change = strcmp(name, axis->name) == 0 ? "" : name;      /* the clocks were changed since the beginning */
    if (axis->step % 86400 == 0)
        snprintf(ret_words, size, "%04d-%02d-%02d", c.year, c.month, c.day);
    else if (axis->step % 60 == 0)
        snprintf(ret_words, size, "%02d:%02d%s%s", c.hour, c.minute, *change ? " " : "", change);
    else
        snprintf(ret_words, size, "%02d:%02d:%02d%s%s", c.hour, c.minute, c.second, *change ? " " : "", change);
}

static void add_tick(struct exh_text *page, const struct axis *axis, struct exh_moment at)
{
    int where = share(axis->window, at);
    char words[64];

    exh_text_printf(page, "<line class=\"tick\" y1=\"%d\" y2=\"%d\"", TOP + HEIGHT, TOP + HEIGHT + 6);
    add_share(page, "x1", where);
    add_share(page, "x2", where);
    exh_text_puts(page, "/>");
    if (where < EDGE || where > WHOLE - EDGE)
        return;
    tick_words(axis, at, words, sizeof words);
    add_word(page, where, TOP + HEIGHT + 19, words);
}

static void add_axis(struct exh_text *page, struct exh_window window, const char *zone)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;
    struct axis axis = { .window = window, .zone = exh_zone_check(zone, &unknown) ? zone : "UTC", .step = step_of(window) };
    struct exh_calendar ignored;

    exh_zone_calendar(window.from, axis.zone, &ignored, &axis.offset, axis.name);
    int64_t from = window.from.ns / EXH_SECOND + axis.offset, to = window.to.ns / EXH_SECOND + axis.offset;
    for (int64_t at = (from / axis.step + 1) * axis.step; at < to; at += axis.step)
        add_tick(page, &axis, (struct exh_moment){ (at - axis.offset) * EXH_SECOND });
}

/* ---- the whole ---- */

static void add_label(struct exh_text *page, const struct exh_json *record)
{
    size_t gaps = exh_json_count(exh_json_get(record, "gaps"));

    exh_text_puts(page, "The window from ");
    exh_page_safe(page, exh_json_text_or(exh_json_get(record, "window"), "from_local", ""));
    exh_text_puts(page, " to ");
    exh_page_safe(page, exh_json_text_or(exh_json_get(record, "window"), "to_local", ""));
    exh_text_printf(page, ", drawn to scale: %zu gap%s", gaps, gaps == 1 ? "" : "s");
    exh_text_puts(page, gaps ? ", listed below" : "");
}

static void add_ends(struct exh_text *page, const struct exh_json *window)
{
    exh_text_puts(page, "<figcaption><p class=\"ends\"><span>Start: ");
    exh_page_safe(page, exh_json_text_or(window, "from_local", ""));
    exh_text_puts(page, "</span><span>End: ");
    exh_page_safe(page, exh_json_text_or(window, "to_local", ""));
    exh_text_puts(page, "</span></p>\n<p class=\"key\"><span></span>footage <span class=\"no\"></span>no footage</p></figcaption>\n");
}

void exh_page_bar(struct exh_text *page, const struct exh_json *record)
{
    struct exh_window window;

    if (!read_window(exh_json_get(record, "window"), &window))
        return;
    exh_text_puts(page, "<figure class=\"bar\"><svg role=\"img\" aria-label=\"");
    add_label(page, record);
    exh_text_puts(page, "\">");
    add_stretch(page, "have", 0, WHOLE);
    add_holes(page, window, exh_json_get(record, "gaps"));
    add_axis(page, window, exh_json_text_or(record, "zone", "UTC"));
    exh_text_puts(page, "</svg>\n");
    add_ends(page, exh_json_get(record, "window"));
    exh_text_puts(page, "</figure>\n");
}

/* ---- in words ---- */

static void add_gap(struct exh_text *page, const struct exh_json *gap, size_t number)
{
    char words[EXH_MOMENT_SIZE];

    exh_duration_words(exh_json_int_or(gap, "length_ns", 0), words);
    exh_text_puts(page, "<li class=\"gap\">");
    if (number)
        exh_text_printf(page, "%zu. ", number);
    exh_text_printf(page, "<strong>Gap of %s:</strong> ", words);
    exh_page_interval(page, gap);
    exh_text_puts(page, ". Cause: ");
    exh_page_safe(page, exh_json_text_or(gap, "cause", ""));
    exh_text_puts(page, ".</li>\n");
}

static void add_gaps(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *gaps = exh_json_get(record, "gaps");
    size_t count = exh_json_count(gaps);

    if (!count)
        exh_text_puts(page, exh_page_is_copy(record) ? "<p>Nothing of that time is known to be missing but for what the notes say.</p>\n"
                                                     : "<p>The recorder's footage covers the whole window.</p>\n");
    exh_text_puts(page, count ? "<ol class=\"gaps\">\n" : "");
    for (size_t i = 0; i < count; i++)
        add_gap(page, exh_json_at(gaps, i), count > 1 ? i + 1 : 0);
    exh_text_puts(page, count ? "</ol>\n" : "");
}

static void add_covered(struct exh_text *page, const struct exh_json *record)
{
    char covered[EXH_MOMENT_SIZE], whole[EXH_MOMENT_SIZE];

    if (exh_json_int_or(record, "covered_ns", -1) < 0)
        return;
    exh_duration_words(exh_json_int_or(record, "covered_ns", 0), covered);
    exh_duration_words(exh_json_int_or(exh_json_get(record, "window"), "length_ns", 0), whole);
    exh_text_printf(page, "<p>There is footage of %s of the %s asked for.</p>\n", covered, whole);
}

void exh_page_coverage(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    if (!exh_json_text_or(exh_json_get(record, "window"), "from", NULL))
        return;
    exh_page_heading(page, place, "What is there, and what is missing");
    exh_page_bar(page, record);
    add_covered(page, record);
    add_gaps(page, record);
}
