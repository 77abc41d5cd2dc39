/* report: the files of a Master, with what browsers can play of them. */
#include "page.h"

#include "exhibit/moment.h"

#include <string.h>

/* ---- what browsers play ---- */

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool has_ending(const char *file)
{
    static const char *const endings[] = { "mp4", "m4v", "webm", "mov", NULL };
    const char *dot = strrchr(file, '.');

    return dot && is_one_of(dot + 1, endings);
}

/* The codec of @kind that no browser can be relied on to play; NULL where there is none. */
static const char *unplayed(const struct exh_json *part, const char *kind)
{
    static const char *const played[] = { "h264", "vp8", "vp9", "av1", "aac", "mp3", "opus", "vorbis", "flac", NULL };
    const struct exh_json *tracks = exh_json_get(part, "tracks");

    for (size_t i = 0; i < exh_json_count(tracks); i++) {
        const struct exh_json *track = exh_json_at(tracks, i);
        const char *codec = exh_json_text_or(track, "codec", "");
        if (strcmp(exh_json_text_or(track, "kind", ""), kind) == 0 && !is_one_of(codec, played))
            return codec;
    }
    return NULL;
}

static void add_video(struct exh_text *page, const struct exh_json *part, const char *file)
{
    const char *silent = unplayed(part, "audio");

    exh_text_puts(page, "<video controls preload=\"metadata\" aria-label=\"Player of ");
    exh_page_safe(page, file);
    exh_text_puts(page, "\" src=\"");
    exh_page_safe(page, file);
    exh_text_puts(page, "\"></video>\n");
    if (!silent)
        return;
    exh_text_puts(page, "<p>A browser may play it without its sound (");
    exh_page_safe(page, silent);
    exh_text_puts(page, "), which VLC and ffplay play.</p>\n");
}

static void add_unplayed(struct exh_text *page, const char *codec)
{
    exh_text_puts(page, "<p>");
    if (*codec) {
        exh_text_puts(page, "Not every browser plays this kind of file (");
        exh_page_safe(page, codec);
        exh_text_puts(page, "), so this page does not try to");
    } else {
        exh_text_puts(page, "Browsers do not play this kind of file");
    }
    exh_text_puts(page, "; VLC and ffplay play most of them.</p>\n");
}

void exh_page_player(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *part)
{
    const char *file = exh_json_text_or(part, "file", ""), *codec = unplayed(part, "video");
    long long volume = exh_page_elsewhere(place, file);

    if (volume)
        exh_text_printf(page, "<p>The file is in volume %lld of this package, not here.</p>\n", volume);
    else if (!codec && has_ending(file) && exh_page_is_name(file))
        add_video(page, part, file);
    else
        add_unplayed(page, codec && has_ending(file) ? codec : "");
}

/* ---- its rows ---- */

static void add_track(struct exh_text *page, const struct exh_json *track)
{
    exh_page_safe(page, exh_json_text_or(track, "codec", ""));
    if (exh_json_get(track, "width"))
        exh_text_printf(page, " %lldx%lld", (long long)exh_json_int_or(track, "width", 0), (long long)exh_json_int_or(track, "height", 0));
    else
        exh_text_printf(page, " sound, %lld Hz", (long long)exh_json_int_or(track, "sample_rate", 0));
}

static bool is_clip(const struct exh_json *record)
{
    return strcmp(exh_json_text_or(record, "mode", ""), "clip") == 0;
}

static void add_holds(struct exh_text *page, const struct exh_json *record, const struct exh_json *part)
{
    const struct exh_json *tracks = exh_json_get(part, "tracks");
    EXH_CLEANUP(exh_freep) char *size = exh_text_size((uint64_t)exh_json_int_or(part, "size", 0));

    exh_text_puts(page, "<tr><th scope=\"row\">Holds</th><td>");
    if (is_clip(record))
        exh_text_printf(page, "%lld video frames; ", (long long)exh_json_int_or(part, "video_packets", 0));
    for (size_t i = 0; i < exh_json_count(tracks); i++) {
        add_track(page, exh_json_at(tracks, i));
        exh_text_puts(page, "; ");
    }
    exh_text_printf(page, "%s (%lld bytes)</td></tr>\n", size, (long long)exh_json_int_or(part, "size", 0));
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

static void add_times(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *times)
{
    const char *file = exh_json_text_or(times, "file", NULL);

    if (!file)
        return;
    exh_text_puts(page, "<tr><th scope=\"row\">Times</th><td>");
    exh_page_link(page, place, file);
    exh_text_puts(page, ": local time and UTC of each second, which players such as VLC show by themselves</td></tr>\n");
}

static void add_outside(struct exh_text *page, const struct exh_json *record, const struct exh_json *part)
{
    bool signs = exh_json_text_or(exh_json_get(part, "camera_signing"), "scheme", NULL);
    char lead_in[EXH_MOMENT_SIZE], tail[EXH_MOMENT_SIZE];

    exh_duration_words(exh_json_int_or(part, "lead_in_ns", 0), lead_in);
    exh_duration_words(exh_json_int_or(part, "tail_ns", 0), tail);
    if (is_clip(record))
        exh_text_printf(page, "<tr><th scope=\"row\">Outside the window</th><td>%s before it (a cut begins at a key frame) and %s after it "
                        "(a picture inside needs it%s)</td></tr>\n", lead_in, tail, signs ? ", or the camera's next signature is there" : "");
    else if (exh_json_get(record, "window"))
        exh_text_printf(page, "<tr><th scope=\"row\">Outside the window</th><td>%s before it and %s after it (the file is whole)</td></tr>\n",
                        lead_in, tail);
}

static void add_file_table(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record, const struct exh_json *part)
{
    exh_text_puts(page, "<table class=\"part\">\n<tr><th scope=\"row\">File</th><td>");
    exh_page_link(page, place, exh_json_text_or(part, "file", ""));
    exh_text_puts(page, "</td></tr>\n");
    exh_page_row(page, "Was called", exh_json_text_or(part, "original", NULL));
    exh_page_interval_row(page, "Shows", part);
    add_outside(page, record, part);
    add_holds(page, record, part);
    if (!place->package)
        exh_page_code_row(page, "SHA-256", exh_json_text_or(part, "sha256", ""));
    add_times(page, place, exh_json_get(part, "times"));
    add_signing(page, part);
    exh_page_row(page, "Note", exh_json_text_or(part, "problem", NULL));
    exh_text_puts(page, "</table>\n");
}

static void add_see_copy(struct exh_text *page, const struct exh_page_place *place, long copy)
{
    exh_text_puts(page, "<p>To look at it, play its copy, exhibit ");
    exh_page_to_section(page, place, copy);
    exh_text_puts(page, ". The files of the Master open in VLC and ffplay, and some browsers, by their names here:</p>\n");
}

void exh_page_master(struct exh_text *page, const struct exh_page_place *place, const struct exh_json *record)
{
    const struct exh_json *parts = exh_json_get(record, "parts");
    long copy = exh_page_copy_of(place, exh_json_text_or(record, "exhibit", ""));

    exh_page_heading(page, place, "The footage");
    if (copy >= 0)
        add_see_copy(page, place, copy);
    for (size_t i = 0; i < exh_json_count(parts); i++) {
        const struct exh_json *part = exh_json_at(parts, i);
        if (copy < 0)
            exh_page_player(page, place, part);
        add_file_table(page, place, record, part);
    }
}
