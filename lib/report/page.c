/* report: START-HERE.html: the label, the footage, what is missing, and how to check. */
#include "page.h"

#include "exhibit/moment.h"
#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#111;background:#fff}"
    "h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem;border-bottom:2px solid #111}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #bbb;"
    "overflow-wrap:anywhere}th{width:11rem;font-weight:600}code{font:.85em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
    "video{width:100%;background:#000}.gap{background:#fff3cd;border-left:.4rem solid #b8860b;padding:.5rem .8rem;margin:.5rem 0}"
    ".bar{display:flex;height:1.6rem;border:1px solid #111;margin:.4rem 0}.bar i{display:block}.bar .have{background:#2b6cb0}"
    ".bar .miss{background:repeating-linear-gradient(45deg,#fff,#fff 4px,#b8860b 4px,#b8860b 8px)}"
    "@media print{video{display:none}body{font-size:11pt}}@media(max-width:30rem){th,td{display:block;width:auto}th{border:0;padding-bottom:0}}";

static void add_references(struct exh_text *page, const struct exh_json *facts)
{
    const struct exh_json *references = exh_json_get(facts, "references");
    EXH_CLEANUP(exh_text_clear) struct exh_text all = EXH_TEXT_NONE;

    for (size_t i = 0; i < exh_json_count(references); i++) {
        exh_text_puts(&all, i ? ", " : "");
        exh_text_puts(&all, exh_json_as_text(exh_json_at(references, i)) ? exh_json_as_text(exh_json_at(references, i)) : "");
    }
    exh_page_row(page, "References", all.bytes);
}

/* What it is: of a Master, by how it was taken. */
static const char *item_words(const struct exh_json *record)
{
    const char *item = exh_json_text_or(record, "item", "master"), *mode = exh_json_text_or(record, "mode", "");

    if (strcmp(item, "master") != 0)
        return exh_page_copy_words(record);
    if (strcmp(mode, "native") == 0)
        return "Master: whole files of the recorder, bit for bit";
    if (strcmp(mode, "added") == 0)
        return "Master: files received from elsewhere, bit for bit";
    return "Master: the recorder's own pictures, cut and put into a file that plays; nothing was encoded again";
}

static void add_handover(struct exh_text *page, const struct exh_json *handover)
{
    if (!handover)
        return;
    EXH_CLEANUP(exh_freep) char *received = exh_format("%s (%s)", exh_json_text_or(handover, "received_local", ""),
                                                       exh_json_text_or(handover, "received", ""));
    exh_page_row(page, "Description", exh_json_text_or(handover, "description", NULL));
    exh_page_row(page, "Handed over by", exh_json_text_or(handover, "from", NULL));
    exh_page_row(page, "Of", exh_json_text_or(handover, "organisation", NULL));
    exh_page_row(page, "Received", received);
    exh_page_row(page, "How", exh_json_text_or(handover, "method", NULL));
}

/* Who looks at the pictures sees the recorder's clock, and who reads this page sees true time. */
static void add_clock(struct exh_text *page, const struct exh_json *clock)
{
    const char *rule = exh_json_text_or(clock, "words", NULL);
    EXH_CLEANUP(exh_freep) char *times = rule
        ? exh_format("Times on this page are true times. A clock burnt into the picture shows recorder time: %s", rule)
        : exh_strdup("Times on this page are recorder time, and so is a clock burnt into the picture");

    exh_page_row(page, "Clock", exh_json_text_or(clock, "statement", ""));
    exh_page_row(page, "Times", times);
}

static void add_label(struct exh_text *page, const struct exh_json *record, const struct exh_report_facts *facts)
{
    const struct exh_json *camera = exh_json_get(record, "camera"), *one = exh_json_get(record, "case");
    EXH_CLEANUP(exh_freep) char *place = exh_format("%s (%s)%s%s", exh_json_text_or(camera, "name", ""), exh_json_text_or(camera, "id", ""),
                                                    exh_json_text_or(camera, "town", NULL) ? ", " : "", exh_json_text_or(camera, "town", ""));
    EXH_CLEANUP(exh_freep) char *sealed = exh_format("%s (%s UTC) by %s, key %s", facts->sealed_local, facts->sealed, facts->signer, facts->fingerprint);

    exh_text_puts(page, "<table>\n");
    exh_page_row(page, "Exhibit", exh_json_text_or(record, "exhibit", ""));
    exh_page_row(page, "Item", item_words(record));
    if (camera)
        exh_page_row(page, "Camera", place);
    add_handover(page, exh_json_get(record, "handover"));
    exh_page_row(page, "Made by", exh_json_text_or(record, "organisation", ""));
    exh_page_row(page, "Case", exh_json_text_or(one, "id", ""));
    add_references(page, one);
    exh_page_row(page, "Requested by", exh_json_text_or(one, "requested_by", ""));
    exh_page_row(page, "Legal basis", exh_json_text_or(one, "basis", ""));
    exh_page_row(page, "Sealed", sealed);
    if (exh_json_text_or(exh_json_get(record, "window"), "from", NULL)) {
        bool copy = exh_page_is_copy(record);
        add_clock(page, exh_json_get(record, "clock"));
        exh_text_printf(page, "<tr><th scope=\"row\">%s</th><td>", copy ? "Shows" : "Window asked for");
        exh_page_interval(page, exh_json_get(record, "window"));
        exh_text_puts(page, "</td></tr>\n");
    } else {
        exh_page_row(page, "Clock", exh_json_text_or(exh_json_get(record, "clock"), "statement", ""));
    }
    exh_text_puts(page, "</table>\n");
}

/* Shares of the window in thousandths, so that the bar is to scale. */
static void add_bar_piece(struct exh_text *page, const char *kind, int64_t length, int64_t whole)
{
    if (length > 0 && whole > 0)
        exh_text_printf(page, "<i class=\"%s\" style=\"width:%.3f%%\"></i>", kind, 100.0 * (double)length / (double)whole);
}

static int64_t instant(const struct exh_json *window, const char *name)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_moment moment = { 0 };

    if (!exh_moment_parse_utc(exh_json_text_or(window, name, ""), &moment, &ignored))
        return 0;
    return moment.ns;
}

static void add_bar(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *window = exh_json_get(record, "window"), *gaps = exh_json_get(record, "gaps");
    int64_t from = instant(window, "from"), whole = instant(window, "to") - from, at = from;

    exh_text_puts(page, "<div class=\"bar\" role=\"img\" aria-label=\"the window to scale; gaps are hatched\">");
    for (size_t i = 0; i < exh_json_count(gaps); i++) {
        int64_t start = instant(exh_json_at(gaps, i), "from"), end = instant(exh_json_at(gaps, i), "to");
        add_bar_piece(page, "have", start - at, whole);
        add_bar_piece(page, "miss", end - start, whole);
        at = end;
    }
    add_bar_piece(page, "have", from + whole - at, whole);
    exh_text_puts(page, "</div>\n");
}

static void add_gaps(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *gaps = exh_json_get(record, "gaps");

    exh_text_puts(page, "<h2>What is there, and what is missing</h2>\n");
    add_bar(page, record);
    if (exh_json_count(gaps) == 0)
        exh_text_puts(page, exh_page_is_copy(record) ? "<p>Nothing of that time is known to be missing but for what the notes say.</p>\n"
                                                     : "<p>The recorder's footage covers the whole window.</p>\n");
    for (size_t i = 0; i < exh_json_count(gaps); i++) {
        char words[EXH_MOMENT_SIZE];
        const struct exh_json *gap = exh_json_at(gaps, i);
        exh_duration_words(exh_json_int_or(gap, "length_ns", 0), words);
        exh_text_printf(page, "<p class=\"gap\"><strong>Gap of %s:</strong> ", words);
        exh_page_interval(page, gap);
        exh_text_puts(page, ". Cause: ");
        exh_page_safe(page, exh_json_text_or(gap, "cause", ""));
        exh_text_puts(page, ".</p>\n");
    }
}

static void add_findings(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *findings = exh_json_get(record, "findings");

    for (size_t i = 0; i < exh_json_count(findings); i++) {
        const char *code = exh_json_text_or(exh_json_at(findings, i), "code", "");
        if (strcmp(code, "gap") == 0)
            continue;                    /* drawn above */
        exh_text_puts(page, "<p class=\"gap\"><strong>Note:</strong> ");
        exh_page_safe(page, exh_json_text_or(exh_json_at(findings, i), "text", ""));
        exh_text_puts(page, ".</p>\n");
    }
}

static void add_track(struct exh_text *page, const struct exh_json *track)
{
    exh_page_safe(page, exh_json_text_or(track, "codec", ""));
    if (exh_json_get(track, "width"))
        exh_text_printf(page, " %lldx%lld", (long long)exh_json_int_or(track, "width", 0), (long long)exh_json_int_or(track, "height", 0));
    else
        exh_text_printf(page, " sound, %lld Hz", (long long)exh_json_int_or(track, "sample_rate", 0));
}

/* Signatures were found, not checked: no more is said. */
static void add_signing(struct exh_text *page, const struct exh_json *part)
{
    const struct exh_json *signing = exh_json_get(part, "camera_signing");
    const char *scheme = exh_json_text_or(signing, "scheme", NULL);
    long long count = exh_json_int_or(signing, "signatures", 0);
    int64_t end = exh_json_int_or(signing, "unsigned_end_ns", 0);
    char words[EXH_MOMENT_SIZE];

    if (!scheme)
        return;
    exh_duration_words(end, words);
    exh_text_puts(page, "<tr><th scope=\"row\">Camera's signatures</th><td>the camera signs its video (");
    exh_page_safe(page, strcmp(scheme, "onvif") == 0 ? "ONVIF Media Signing" : strcmp(scheme, "axis") == 0 ? "Axis Signed Video" : scheme);
    exh_text_printf(page, "): %lld signature%s in this file; ", count, count == 1 ? " is" : "s are");
    if (count && end)
        exh_text_printf(page, "its last %s come after the last one; ", words);
    exh_text_puts(page, "each is for pictures before it; exhibit does not check them</td></tr>\n");
}

static void add_times(struct exh_text *page, const struct exh_json *times)
{
    const char *file = exh_json_text_or(times, "file", NULL);

    if (!file)
        return;
    exh_text_puts(page, "<tr><th scope=\"row\">Times</th><td><a href=\"");
    exh_page_safe(page, file);
    exh_text_puts(page, "\">");
    exh_page_safe(page, file);
    exh_text_puts(page, "</a>: local time and UTC of each second, which players such as VLC show by themselves</td></tr>\n");
}

static void add_part_rows(struct exh_text *page, const struct exh_json *record, const struct exh_json *part)
{
    bool clip = strcmp(exh_json_text_or(record, "mode", ""), "clip") == 0, window = exh_json_get(record, "window");
    char lead_in[EXH_MOMENT_SIZE], tail[EXH_MOMENT_SIZE];
    EXH_CLEANUP(exh_freep) char *size = exh_text_size((uint64_t)exh_json_int_or(part, "size", 0));
    const struct exh_json *tracks = exh_json_get(part, "tracks");
    bool signs = exh_json_text_or(exh_json_get(part, "camera_signing"), "scheme", NULL);

    exh_duration_words(exh_json_int_or(part, "lead_in_ns", 0), lead_in);
    exh_duration_words(exh_json_int_or(part, "tail_ns", 0), tail);
    exh_page_row(page, "Was called", exh_json_text_or(part, "original", NULL));
    if (exh_json_text_or(part, "from", NULL)) {
        exh_text_puts(page, "<tr><th scope=\"row\">Shows</th><td>");
        exh_page_interval(page, part);
        exh_text_puts(page, "</td></tr>\n");
    }
    if (clip)
        exh_text_printf(page, "<tr><th scope=\"row\">Outside the window</th><td>%s before it (a cut begins at a key frame) and %s after it "
                        "(a picture inside needs it%s)</td></tr>\n", lead_in, tail, signs ? ", or the camera's next signature is there" : "");
    else if (window)
        exh_text_printf(page, "<tr><th scope=\"row\">Outside the window</th><td>%s before it and %s after it (the file is whole)</td></tr>\n",
                        lead_in, tail);
    exh_text_puts(page, "<tr><th scope=\"row\">Holds</th><td>");
    if (clip)
        exh_text_printf(page, "%lld video frames; ", (long long)exh_json_int_or(part, "video_packets", 0));
    for (size_t i = 0; i < exh_json_count(tracks); i++) {
        exh_text_puts(page, i ? "; " : "");
        add_track(page, exh_json_at(tracks, i));
    }
    exh_text_printf(page, "%s%s</td></tr>\n<tr><th scope=\"row\">SHA-256</th><td><code>", exh_json_count(tracks) ? "; " : "", size);
    exh_page_safe(page, exh_json_text_or(part, "sha256", ""));
    exh_text_puts(page, "</code></td></tr>\n");
    add_times(page, exh_json_get(part, "times"));
    add_signing(page, part);
    exh_page_row(page, "Note", exh_json_text_or(part, "problem", NULL));
}

/* What browsers play; anything else is said to need a player. */
void exh_page_player(struct exh_text *page, const char *file)
{
    static const char *const played[] = { "mp4", "m4v", "webm", "mov" };
    const char *dot = strrchr(file, '.');

    for (size_t i = 0; dot && i < EXH_COUNT(played); i++)
        if (strcmp(dot + 1, played[i]) == 0) {
            exh_text_puts(page, "<video controls preload=\"metadata\" src=\"");
            exh_page_safe(page, file);
            exh_text_puts(page, "\"></video>\n");
            return;
        }
    exh_text_puts(page, "<p>Browsers do not play this kind of file; VLC and ffplay play most of them.</p>\n");
}

static void add_parts(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *parts = exh_json_get(record, "parts");

    exh_text_puts(page, "<h2>The footage</h2>\n");
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        const struct exh_json *part = exh_json_at(parts, i);
        exh_page_player(page, exh_json_text_or(part, "file", ""));
        exh_text_puts(page, "<table>\n<tr><th scope=\"row\">File</th><td><a href=\"");
        exh_page_safe(page, exh_json_text_or(part, "file", ""));
        exh_text_puts(page, "\">");
        exh_page_safe(page, exh_json_text_or(part, "file", ""));
        exh_text_puts(page, "</a></td></tr>\n");
        add_part_rows(page, record, part);
        exh_text_puts(page, "</table>\n");
    }
}

static void add_checking(struct exh_text *page, const struct exh_json *record, const struct exh_report_facts *facts)
{
    exh_text_puts(page, "<h2>How to check it</h2>\n<p>Nothing needs to be installed to view this exhibit: unpack the ZIP and open this page. "
                  "To check that it is what was sealed, follow <a href=\"VERIFY.txt\">VERIFY.txt</a>: it uses tools that other people made. "
                  "It tells whether the hashes match and whether the signature is valid for this key:</p>\n<p><code>");
    exh_page_safe(page, facts->fingerprint);
    exh_text_puts(page, "</code></p>\n<p>Compare the key with the one the organisation publishes. Everything this page says stands in "
                  "<a href=\"record/exhibit.json\">record/exhibit.json</a>, with ");
    exh_text_puts(page, exh_page_is_copy(record) ? "all that is needed to make the copy again from its Master.</p>\n"
                                                 : "the bytes taken from each file of the recorder.</p>\n");
}

char *exh_report_page(const struct exh_json *record, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text page = EXH_TEXT_NONE;

    exh_text_puts(&page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; frame-src 'none'\">\n<title>");
    exh_page_safe(&page, exh_json_text_or(record, "exhibit", ""));
    exh_text_printf(&page, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>Exhibit ", style);
    exh_page_safe(&page, exh_json_text_or(record, "exhibit", ""));
    exh_text_puts(&page, "</h1>\n");
    if (exh_page_is_copy(record))
        exh_page_copy_notice(&page, record);
    add_label(&page, record, facts);
    if (exh_json_text_or(exh_json_get(record, "window"), "from", NULL))
        add_gaps(&page, record);
    add_findings(&page, record);
    if (exh_page_is_copy(record))
        exh_page_copy(&page, record);
    else
        add_parts(&page, record);
    add_checking(&page, record, facts);
    exh_text_puts(&page, "</body>\n</html>\n");
    return exh_text_take(&page);
}
