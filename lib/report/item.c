/* report: what an exhibit is, where it comes from, what its times mean, and what must be said of it. */
#include "page.h"

#include <string.h>

const char *exh_page_item_words(const struct exh_json *record)
{
    const char *mode = exh_json_text_or(record, "mode", "");

    if (exh_page_is_copy(record))
        return exh_page_copy_words(record);
    if (strcmp(mode, "native") == 0)
        return "Master: whole files of the recorder, bit for bit";
    if (strcmp(mode, "added") == 0)
        return "Master: files received from elsewhere, bit for bit";
    return "Master: the recorder's own pictures, cut and put into a file that plays; nothing was encoded again";
}

const char *exh_page_kind_words(const struct exh_json *record)
{
    const char *item = exh_json_text_or(record, "item", "master");

    if (strcmp(item, "stills") == 0)
        return "still pictures";
    if (strcmp(item, "redacted") == 0)
        return "redacted copy";
    return exh_page_is_copy(record) ? "working copy" : "Master";
}

char *exh_page_camera_words(const struct exh_json *record)
{
    const struct exh_json *camera = exh_json_get(record, "camera");
    const char *town = exh_json_text_or(camera, "town", NULL);

    return exh_format("%s (%s)%s%s", exh_json_text_or(camera, "name", ""), exh_json_text_or(camera, "id", ""), town ? ", " : "", town ? town : "");
}

static void add_position(struct exh_text *page, const struct exh_json *camera)
{
    const char *latitude = exh_json_text_or(camera, "latitude", NULL), *longitude = exh_json_text_or(camera, "longitude", NULL);
    EXH_CLEANUP(exh_freep) char *words = latitude && longitude ? exh_format("latitude %s, longitude %s", latitude, longitude) : NULL;

    exh_page_row(page, "Place", words);
}

static void add_handover(struct exh_text *page, const struct exh_json *handover)
{
    exh_page_row(page, "Description", exh_json_text_or(handover, "description", NULL));
    exh_page_row(page, "Handed over by", exh_json_text_or(handover, "from", NULL));
    exh_page_row(page, "Of", exh_json_text_or(handover, "organisation", NULL));
    exh_text_puts(page, "<tr><th scope=\"row\">Received</th><td>");
    exh_page_moment(page, exh_json_text_or(handover, "received_local", ""), exh_json_text_or(handover, "received", ""));
    exh_text_puts(page, "</td></tr>\n");
    exh_page_row(page, "How", exh_json_text_or(handover, "method", NULL));
}

void exh_page_origin(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *camera = exh_json_get(record, "camera"), *handover = exh_json_get(record, "handover");

    if (exh_json_type(camera) == EXH_JSON_OBJECT) {
        EXH_CLEANUP(exh_freep) char *words = exh_page_camera_words(record);
        exh_page_row(page, "Camera", words);
        add_position(page, camera);
    }
    if (exh_json_type(handover) == EXH_JSON_OBJECT)
        add_handover(page, handover);
}

/* Who looks at the pictures sees the recorder's clock, and who reads this page sees true time. */
static void add_clock(struct exh_text *page, const struct exh_json *clock)
{
    const char *rule = exh_json_text_or(clock, "words", NULL);
    EXH_CLEANUP(exh_freep) char *times = rule
        ? exh_format("Times on this page are true times. A clock burnt into the picture shows recorder time: %s", rule)
        : exh_strdup("Times on this page are recorder time, and so is a clock burnt into the picture");

    exh_page_row(page, "Times", times);
}

void exh_page_times(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *window = exh_json_get(record, "window"), *clock = exh_json_get(record, "clock");

    exh_page_interval_row(page, exh_page_is_copy(record) ? "Shows" : "Window asked for", window);
    exh_page_row(page, "Clock", exh_json_text_or(clock, "statement", NULL));
    if (exh_json_text_or(window, "from", NULL))
        add_clock(page, clock);
}

void exh_page_findings(struct exh_text *page, const struct exh_json *record)
{
    const struct exh_json *findings = exh_json_get(record, "findings");

    for (size_t i = 0; i < exh_json_count(findings); i++) {
        const struct exh_json *finding = exh_json_at(findings, i);
        if (strcmp(exh_json_text_or(finding, "code", ""), "gap") != 0)      /* gaps are drawn */
            exh_page_notice(page, "Note", exh_json_text_or(finding, "text", ""));
    }
}
