/* media/onvif: what a part says of itself: the boxes of the ONVIF Export File Format. */
#include "onvif.h"

#include "chapters.h"

#include "exhibit/moment.h"

#include <string.h>

/* chpl and cstb count in 100 ns. */
enum { BOX_HEADER = 8, TICK = EXH_SECOND / 10000000 };
/* 1904 (ISO/IEC 14496-12) and 1601 (cstb) to 1970. */
static const int64_t since_1904_s = INT64_C(2082844800), since_1601_s = INT64_C(11644473600);

/* ---- boxes ---- */

static void put_number(struct exh_text *box, uint64_t number, int size)
{
    uint8_t bytes[8];

    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    exh_text_add(box, bytes, (size_t)size);
}

static void put_words(struct exh_text *box, const char *words)
{
    exh_text_add(box, words, strlen(words) + 1);
}

/* Gives where the box begins, for end_box. */
static size_t begin_box(struct exh_text *box, const char *type)
{
    size_t start = box->size;

    put_number(box, 0, 4);
    exh_text_add(box, type, 4);
    return start;
}

static void end_box(struct exh_text *box, size_t start)
{
    size_t size = box->size - start;

    for (size_t i = 0; i < 4; i++)
        box->bytes[start + i] = (char)(uint8_t)(size >> (8 * (3 - i)));
}

static int64_t whole(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* ISO/IEC 14496-12, 8.4.3: "null", a meta box that only holds what its boxes say. No name: libavformat
 * would take it for the last track's. */
static void put_handler(struct exh_text *box)
{
    size_t start = begin_box(box, "hdlr");

    put_number(box, 0, 4);               /* version, flags */
    put_number(box, 0, 4);
    exh_text_add(box, "null", 4);
    for (int i = 0; i < 3; i++)
        put_number(box, 0, 4);
    put_words(box, "");
    end_box(box, start);
}

/* ---- chapters ---- */

/* Nero's list, which stock players read. QuickTime's way, a track of text, is not for evidence: it would be a track
 * that the recorder never made, and stock programs that are to copy all tracks refuse it. */
static void put_chapters(struct exh_text *box, const struct exh_media_plan *plan)
{
    size_t start = begin_box(box, "chpl");

    put_number(box, UINT32_C(1) << 24, 4);       /* version 1, flags 0 */
    put_number(box, 0, 4);
    put_number(box, chapters_count(plan), 1);
    for (size_t i = 0; i < chapters_count(plan); i++) {
        EXH_CLEANUP(chapter_clear) struct chapter chapter = chapters_at(plan, i);
        put_number(box, (uint64_t)(chapter.from_ns / TICK), 8);
        put_number(box, strlen(chapter.title), 1);
        exh_text_puts(box, chapter.title);
    }
    end_box(box, start);
}

/* ---- the tracks as libavformat numbers them: those delivered, from 1 on ---- */

static uint16_t count_tracks(const struct outline *outline)
{
    uint16_t count = 0;

    for (size_t t = 0; t < outline->count; t++)
        count += !outline->tracks[t].left_out;
    return count;
}

static void put_source(struct exh_text *box, uint16_t track_id, const char *name, const char *url)
{
    put_number(box, track_id, 2);
    put_words(box, name);
    put_words(box, url);
    put_words(box, "");                  /* SourceMAC */
    put_words(box, "");                  /* SourceLine */
}

static void put_suep(struct exh_text *box, const struct exh_media_plan *plan)
{
    const struct exh_media_about *about = &plan->cut->about;
    uint16_t tracks = count_tracks(&plan->outline);
    size_t start = begin_box(box, "suep");

    put_number(box, UINT32_C(1) << 24, 4);       /* version 1, flags 0 */
    put_words(box, about->unit);
    put_words(box, "");                          /* ExportUnitURL */
    put_words(box, "");                          /* ExportUnitMAC */
    put_number(box, (uint64_t)(whole(about->time_ns, EXH_SECOND) + since_1904_s), 8);
    put_words(box, about->person);
    put_number(box, tracks, 4);
    for (uint16_t id = 1; id <= tracks; id++)
        put_source(box, id, about->source, about->url);
    end_box(box, start);
}

/* ---- when a track begins ---- */

static const struct packet *first_of(const struct exh_media_plan *plan, size_t track, const struct lot **ret_lot)
{
    for (size_t n = 0; n < plan->lot_count; n++)
        for (size_t i = plan->lots[n].first; i < plan->lots[n].first + plan->lots[n].count; i++)
            if (plan->packets[i].track == track) {
                *ret_lot = &plan->lots[n];
                return &plan->packets[i];
            }
    return NULL;
}

/* The true time of the origin of the track's timeline: its first sample is shown there, unless pictures
 * are shown that come before the first in order of decoding; then it is decoded there (media/mp4). */
static int64_t origin_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet)
{
    int64_t ticks = packet->dts + (plan->leads ? 0 : packet->cts);
    int64_t part_ns = av_rescale_q(ticks, plan->outline.tracks[packet->track].time_base, NANOSECONDS);
    int64_t shown_ns = av_rescale_q(lot->shown, plan->outline.tracks[0].time_base, NANOSECONDS);

    return av_sat_add64(lot->shown_ns, av_sat_sub64(part_ns, shown_ns));
}

static void put_cstb(struct exh_text *box, const struct exh_media_plan *plan)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text entries = EXH_TEXT_NONE;
    size_t start = begin_box(box, "cstb");
    uint32_t count = 0, id = 0;

    for (size_t t = 0; t < plan->outline.count; t++) {
        const struct lot *lot;
        id += !plan->outline.tracks[t].left_out;
        const struct packet *first = plan->outline.tracks[t].left_out ? NULL : first_of(plan, t, &lot);
        if (!first)
            continue;
        put_number(&entries, id, 4);
        put_number(&entries, (uint64_t)(whole(origin_ns(plan, lot, first), TICK) + since_1601_s * (EXH_SECOND / TICK)), 8);
        count++;
    }
    put_number(box, count, 4);
    exh_text_add(box, entries.bytes, entries.size);
    end_box(box, start);
}

void onvif_boxes(const struct exh_media_plan *plan, struct exh_text *boxes)
{
    put_chapters(boxes, plan);
    size_t start = begin_box(boxes, "meta");

    put_number(boxes, 0, 4);             /* version, flags */
    put_handler(boxes);
    put_suep(boxes, plan);
    put_cstb(boxes, plan);
    end_box(boxes, start);
}

/* ---- their place ---- */

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void set_number(uint8_t *bytes, size_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (8 * (3 - i)));
}

/* The last box of @type between @from and @to, all of it; NULL where there is none. */
static uint8_t *find_box(uint8_t *from, uint8_t *to, const char *type)
{
    uint8_t *found = NULL;

    while (to - from >= BOX_HEADER) {
        uint32_t size = number_at(from);
        if (size < BOX_HEADER || size > (size_t)(to - from))
            return found;
        if (memcmp(from + 4, type, 4) == 0)
            found = from;
        from += size;
    }
    return found;
}

bool onvif_put(const struct exh_text *boxes, uint8_t *head, size_t size, struct exh_error *err)
{
    uint8_t *moov = find_box(head, head + size, "moov");
    uint8_t *end = moov ? moov + number_at(moov) : head;
    uint8_t *udta = moov ? find_box(moov + BOX_HEADER, end, "udta") : NULL;
    bool is_last = udta && udta + number_at(udta) == end;
    bool has_room = is_last && find_box(end, head + size, "free") && memcmp(end + 4, "free", 4) == 0
        && number_at(end) >= boxes->size + BOX_HEADER;

    if (!has_room)
        return exh_fail(err, EXH_IO, "the muxer left no room for what the part says of itself");
    size_t chapters = number_at((const uint8_t *)boxes->bytes), rest = number_at(end) - boxes->size;
    set_number(moov, number_at(moov) + chapters);
    set_number(udta, number_at(udta) + chapters);
    memcpy(end, boxes->bytes, boxes->size);
    set_number(end + boxes->size, rest);
    memcpy(end + boxes->size + 4, "free", 4);
    return true;
}

/* ---- Matroska ---- */

bool onvif_tags(const struct exh_media_plan *plan, AVFormatContext *format, struct exh_error *err)
{
    const struct exh_media_about *about = &plan->cut->about;
    char time[EXH_MOMENT_SIZE];
    bool done = chapters_add(plan, format);

    exh_moment_utc((struct exh_moment){ whole(about->time_ns, EXH_SECOND) * EXH_SECOND }, time);
    const struct { const char *name, *value; } tags[] = {
        { "EXPORT_UNIT_NAME", about->unit }, { "EXPORT_UNIT_TIME", time }, { "EXPORT_OPERATOR", about->person },
        { "SOURCE_NAME", about->source },    { "SOURCE_URL", about->url },
    };
    for (size_t i = 0; i < EXH_COUNT(tags) && done; i++)
        done = !tags[i].value[0] || av_dict_set(&format->metadata, tags[i].name, tags[i].value, 0) >= 0;
    return done || exh_fail(err, EXH_IO, "no memory for what the part says of itself");
}
