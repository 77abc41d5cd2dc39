/* export: the time beside the pictures: a WebVTT sidecar (W3C WebVTT: The Web Video Text Tracks Format) with local
 * time and UTC for each second. It bears the part's name, so that players find it by themselves. */
#include "export.h"

#include "exhibit/text.h"

#include <string.h>

/* "01:02:03.450": hours may have more than two digits (WebVTT 4.1). */
static void add_timestamp(struct exh_text *text, int64_t part_ns)
{
    int64_t ms = part_ns / 1000000;

    exh_text_printf(text, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
                    (int)(ms % 1000));
}

static void add_cue(struct exh_text *text, int64_t from_ns, int64_t to_ns, int64_t true_ns, const char *zone)
{
    const struct exh_moment second = { true_ns - true_ns % EXH_SECOND };
    char local[EXH_MOMENT_SIZE], utc[EXH_MOMENT_SIZE];

    if (to_ns / 1000000 <= from_ns / 1000000)
        return;                          /* shorter than the format can say */
    exh_moment_local(second, zone, local);
    exh_moment_utc(second, utc);
    exh_text_puts(text, "\n");
    add_timestamp(text, from_ns);
    exh_text_puts(text, " --> ");
    add_timestamp(text, to_ns);
    exh_text_printf(text, "\n%s\n%s\n", local, utc);
}

/* One cue for each second of true time that is shown between two joins. */
static void add_stretch(struct exh_text *text, int64_t part_ns, int64_t end_ns, int64_t true_ns, const char *zone)
{
    while (part_ns < end_ns) {
        int64_t next = part_ns + EXH_SECOND - true_ns % EXH_SECOND;
        int64_t to = next < end_ns ? next : end_ns;
        add_cue(text, part_ns, to, true_ns, zone);
        true_ns += to - part_ns;
        part_ns = to;
    }
}

static char *cues(const struct exporting *e, const struct exh_item_part *part)
{
    const struct exh_part *plan = &part->plan;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    exh_text_printf(&text, "WEBVTT\n\nNOTE Exhibit %s, camera %s: when each second was recorded, local time and UTC. The record "
                    "says how the recorder's clock was checked.\n", e->item.reference, e->item.camera->id);
    for (size_t i = 0; i < plan->join_count; i++) {
        bool last = i + 1 == plan->join_count;
        int64_t end = last ? plan->joins[i].part_ns + (plan->end_ns - plan->joins[i].true_ns) : plan->joins[i + 1].part_ns;
        add_stretch(&text, plan->joins[i].part_ns, end, plan->joins[i].true_ns, e->making.store->zone);
    }
    return exh_text_take(&text);
}

bool exh_export_write_times(struct exporting *e, struct exh_item_part *part, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *text = cues(e, part);
    struct exh_item_sidecar *times = &part->times;

    times->file = exh_item_sidecar_name(part->file, "vtt");
    times->size = strlen(text);
    return exh_making_put(&e->making, times->file, text, times->size, times->digest, err);
}
