/* media/tables: the head of a film's file, made of what is known of its packets. */
#include "film.h"
#include "mux.h"

#include <libavutil/base64.h>
#include <libavutil/channel_layout.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SETUP = 65536, MOST_SAMPLE_RATE = 768000 };

static bool need(const struct exh_json *from, const char *name, int64_t least, int64_t most, int *ret_number, struct exh_error *err)
{
    int64_t number = 0;

    if (!exh_json_need_int(from, name, &number, err))
        return false;
    *ret_number = (int)number;
    return (number >= least && number <= most) || exh_fail(err, EXH_MALFORMED, "the film's '%s' is out of bounds", name);
}

static bool read_setup(const struct exh_json *from, AVCodecParameters *parameters, struct exh_error *err)
{
    const char *words = NULL;

    if (!exh_json_need_text(from, "setup", &words, err))
        return false;
    size_t room = AV_BASE64_DECODE_SIZE(strlen(words));
    parameters->extradata = room <= LARGEST_SETUP ? av_mallocz(room + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
    int size = parameters->extradata ? av_base64_decode(parameters->extradata, words, (int)room) : -1;
    if (size <= 0)
        return exh_fail(err, EXH_MALFORMED, "the setup of the film's encoder is not base64");
    parameters->extradata_size = size;
    return true;
}

static bool add_video(struct outline *outline, const struct exh_json *from, struct exh_error *err)
{
    struct outline_track *track = &outline->tracks[outline->count++];
    AVCodecParameters *p = track->parameters = avcodec_parameters_alloc();

    if (!p)
        return exh_fail(err, EXH_IO, "no memory for the film's tracks");
    track->video = track->annex_b = true;
    track->time_base = TICKS;
    p->codec_type = AVMEDIA_TYPE_VIDEO;
    p->codec_id = AV_CODEC_ID_H264;
    p->sample_aspect_ratio = (AVRational){ 1, 1 };
    return need(from, "width", 2, 16384, &p->width, err) && need(from, "height", 2, 16384, &p->height, err) && read_setup(from, p, err);
}

static bool add_sound(struct outline *outline, const struct exh_json *from, struct exh_error *err)
{
    struct outline_track *track = &outline->tracks[outline->count++];
    AVCodecParameters *p = track->parameters = avcodec_parameters_alloc();
    int channels = 0;

    if (!p)
        return exh_fail(err, EXH_IO, "no memory for the film's tracks");
    p->codec_type = AVMEDIA_TYPE_AUDIO;
    p->codec_id = AV_CODEC_ID_AAC;
    if (!need(from, "sample_rate", 1000, MOST_SAMPLE_RATE, &p->sample_rate, err) || !need(from, "channels", 1, 2, &channels, err)
        || !need(from, "frame_size", 1, 8192, &p->frame_size, err) || !read_setup(from, p, err))
        return false;
    av_channel_layout_default(&p->ch_layout, channels);
    track->time_base = (AVRational){ 1, p->sample_rate };
    return true;
}

bool exh_media_tables_add(struct exh_media_tables *tables, const struct exh_media_table_entry *entry, struct exh_error *err)
{
    struct exh_media_plan *plan = tables->plan;

    if (plan->packet_count == MOST_PACKETS || entry->track > 1 || entry->size == 0 || entry->size > INT32_MAX || entry->time < 0
        || entry->duration > INT32_MAX)
        return exh_fail(err, EXH_MALFORMED, "a packet of the film is out of bounds");
    if (plan->packet_count == plan->packet_room) {
        plan->packet_room = plan->packet_room ? 2 * plan->packet_room : 1024;
        plan->packets = exh_realloc_array(plan->packets, plan->packet_room, sizeof *plan->packets);
    }
    plan->packets[plan->packet_count++] = (struct packet){ .dts = entry->time, .pos = -1, .written = entry->size,
        .duration = entry->duration, .track = entry->track & 7, .key = entry->key };
    plan->media_bytes += entry->size;
    return true;
}

struct exh_media_tables *exh_media_tables_new(void)
{
    struct exh_media_tables *tables = exh_alloc(sizeof *tables);

    tables->plan = exh_alloc(sizeof *tables->plan);
    return tables;
}

void exh_media_tables_freep(struct exh_media_tables **tables)
{
    if (!*tables)
        return;
    exh_media_plan_freep(&(*tables)->plan);
    free(*tables);
    *tables = NULL;
}

/* A film needs no edit list, and must not have one: its tracks begin together, at 0. */
bool exh_media_tables_make(struct exh_media_tables *tables, const struct exh_json *about, const struct exh_media_host *host,
                           const uint8_t **ret_head, size_t *ret_size, struct exh_error *err)
{
    static const struct exh_media_cut no_cut;
    struct exh_media_plan *plan = tables->plan;
    struct exh_json *video = NULL;
    const struct exh_json *sound = exh_json_get(about, "sound");

    if (!exh_json_need_object(about, "video", &video, err) || !add_video(&plan->outline, video, err)
        || (exh_json_type(sound) == EXH_JSON_OBJECT && !add_sound(&plan->outline, sound, err)))
        return false;
    plan->cut = &no_cut;
    plan->leads = true;
    plan->title = exh_json_text_or(about, "title", NULL);
    plan->first_ns = exh_json_int_or(about, "first_ns", INT64_MIN);
    if (!mp4_plan(plan, host, err))
        return false;
    *ret_head = plan->head;
    *ret_size = plan->head_size;
    return true;
}
