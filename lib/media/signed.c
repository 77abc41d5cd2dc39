/* media/signed: signatures of the camera in its video. */
#include "signed.h"

#include "convert.h"

#include <libavutil/intreadwrite.h>
#include <stdlib.h>
#include <string.h>

enum { UUID_SIZE = 16, USER_DATA_UNREGISTERED = 5 };
/* A unit may hold hashes of some thousand units, and certificates; units of one picture are few. */
enum { LARGEST_SEI = 1 << 20, MOST_UNITS = 256 };
/* A sample ends with the second group of pictures, or with so much of one. */
enum { MOST_SAMPLED = 1000 };
static const int64_t sample_ns = INT64_C(10000000000), between_samples_ns = INT64_C(60000000000);

const char *scheme_name(enum scheme scheme)
{
    static const char *const names[] = { "", "onvif", "axis" };

    return names[scheme];
}

/* ---- a SEI unit (ITU-T H.264, 7.3.2.3; ITU-T H.265, 7.3.5) ---- */

struct reader { const uint8_t *at, *end; };

/* Tags of ONVIF have lengths of two bytes; of Axis's, these two have one. */
enum { ONVIF_SIGNATURE = 3, ONVIF_CERTIFICATES = 6, ONVIF_IS_CERTIFICATE = 0x80 };
enum { AXIS_GENERAL = 1, AXIS_PUBLIC_KEY = 2, AXIS_SIGNATURE = 5, AXIS_CRYPTO = 7, AXIS_IS_GOLDEN = 0x40 };

static bool read_tag(struct reader *reader, enum scheme scheme, unsigned *ret_tag)
{
    size_t left = (size_t)(reader->end - reader->at);

    if (left < 3)
        return false;
    unsigned tag = reader->at[0];
    bool is_short = scheme == AXIS_SIGNED && (tag == AXIS_GENERAL || tag == AXIS_CRYPTO);
    size_t size = is_short ? reader->at[1] : AV_RB16(reader->at + 1), header = is_short ? 2 : 3;
    if (size > left - header)
        return false;
    reader->at += header + size;
    *ret_tag = tag;
    return true;
}

/* What follows the UUID: a byte of flags, then tags. */
static void read_document(struct reader reader, enum scheme scheme, struct sei *sei)
{
    bool onvif = scheme == ONVIF_SIGNED, is_signed = false;
    unsigned tag;

    sei->scheme = scheme;
    if (reader.at == reader.end)
        return;
    bool is_certificate = *reader.at++ & (onvif ? ONVIF_IS_CERTIFICATE : AXIS_IS_GOLDEN);
    while (read_tag(&reader, scheme, &tag)) {
        is_signed |= tag == (onvif ? ONVIF_SIGNATURE : AXIS_SIGNATURE);
        sei->certificate |= tag == (onvif ? ONVIF_CERTIFICATES : AXIS_PUBLIC_KEY);
    }
    sei->signatures += is_signed && !is_certificate;
}

static enum scheme scheme_of(const uint8_t *uuid)
{
    static const uint8_t onvif[UUID_SIZE] = "\x00\x5b\xc9\x3f\x2d\x71\x5e\x95\xad\xa4\x79\x6f\x90\x87\x7a\x6f";
    static const uint8_t axis[UUID_SIZE] = "Signed Video...0";

    return memcmp(uuid, onvif, UUID_SIZE) == 0 ? ONVIF_SIGNED
        : memcmp(uuid, axis, UUID_SIZE) == 0   ? AXIS_SIGNED
                                               : UNSIGNED;
}

/* Numbers of SEI: 255 means that more follows. */
static bool read_number(struct reader *reader, size_t *ret_number)
{
    *ret_number = 0;
    while (reader->at < reader->end) {
        *ret_number += *reader->at;
        if (*reader->at++ != 0xff)
            return true;
    }
    return false;
}

/* Reads one message; false where there is no further one. @ret_type: 0 where it is not told whole. */
static bool read_message(struct reader *reader, size_t *ret_type, struct reader *ret_payload)
{
    size_t size;

    /* The stop bit alone is left. */
    if (reader->end - reader->at < 2 || !read_number(reader, ret_type) || !read_number(reader, &size)
        || size > (size_t)(reader->end - reader->at))
        return false;
    *ret_payload = (struct reader){ reader->at, reader->at + size };
    reader->at += size;
    return true;
}

static void read_messages(struct reader reader, struct sei *sei)
{
    struct reader payload;
    size_t type;

    while (read_message(&reader, &type, &payload)) {
        if (type != USER_DATA_UNREGISTERED || payload.end - payload.at < UUID_SIZE)
            continue;
        enum scheme scheme = scheme_of(payload.at);
        payload.at += UUID_SIZE;
        if (scheme != UNSIGNED)
            read_document(payload, scheme, sei);
    }
}

/* Takes out emulation prevention: a 3 after two zeros (ITU-T H.264, 7.3.1). */
static size_t unescape(const uint8_t *bytes, size_t size, uint8_t *ret_bytes)
{
    size_t zeros = 0, n = 0;

    for (size_t i = 0; i < size; i++) {
        if (zeros >= 2 && bytes[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = bytes[i] ? 0 : zeros + 1;
        ret_bytes[n++] = bytes[i];
    }
    return n;
}

/* ONVIF's own signer can write units without emulation prevention, which no decoder minds in an MP4: then
 * the message fills the unit to its stop bit. */
static bool is_unescaped(struct reader reader)
{
    struct reader payload;
    size_t type;

    return read_message(&reader, &type, &payload) && reader.end - reader.at == 1;
}

void sei_read(const uint8_t *unit, size_t size, bool hevc, struct sei *sei)
{
    size_t header = hevc ? 2 : 1;

    while (size && unit[size - 1] == 0)
        size--;
    if (size <= header || size > LARGEST_SEI)
        return;
    struct reader raw = { unit + header, unit + size };
    if (is_unescaped(raw)) {
        read_messages(raw, sei);
        return;
    }
    EXH_CLEANUP(exh_freep) uint8_t *bytes = exh_alloc(size);
    read_messages((struct reader){ bytes, bytes + unescape(raw.at, size - header, bytes) }, sei);
}

/* ---- the units of a picture ---- */

struct picture {
    struct source *source;
    struct signing *signing;
    const struct unit *unit;
    bool hevc;
    size_t length_size;          /* 0: start codes */
    bool idr;
    struct sei sei;
};

/* Reads @size bytes at @at of the picture, from the file. */
static const uint8_t *read_bytes(struct picture *picture, size_t at, size_t size)
{
    struct signing *s = picture->signing;
    uint64_t place = (uint64_t)picture->unit->pos + at;
    bool fits = size <= sizeof s->window;

    if (fits) {
        s->window_at = at;
        s->window_size = picture->unit->size - at < sizeof s->window ? picture->unit->size - at : sizeof s->window;
        size = s->window_size;
    } else if (size > s->room) {
        s->bytes = exh_realloc(s->bytes, s->room = size);
    }
    if (source_read_at(picture->source, place, fits ? s->window : s->bytes, size))
        return fits ? s->window : s->bytes;
    s->window_size = 0;
    return NULL;
}

/* Bytes of the picture, good until the next call; NULL where it does not have so many. */
static const uint8_t *picture_bytes(struct picture *picture, size_t at, size_t size)
{
    const struct signing *s = picture->signing;

    if (at > picture->unit->size || size > picture->unit->size - at)
        return NULL;
    if (!picture->source->skims)
        return picture->unit->packet->data + at;
    if (at >= s->window_at && at + size <= s->window_at + s->window_size)
        return s->window + (at - s->window_at);
    return read_bytes(picture, at, size);
}

enum { H264_IDR = 5, H264_SEI = 6 };
enum { HEVC_IDR_W_RADL = 19, HEVC_IDR_N_LP = 20, HEVC_PREFIX_SEI = 39, HEVC_SUFFIX_SEI = 40 };

static bool is_sei(struct picture *picture, uint8_t first)
{
    unsigned type = picture->hevc ? first >> 1 & 0x3f : first & 0x1f;

    picture->idr |= picture->hevc ? type == HEVC_IDR_W_RADL || type == HEVC_IDR_N_LP : type == H264_IDR;
    return picture->hevc ? type == HEVC_PREFIX_SEI || type == HEVC_SUFFIX_SEI : type == H264_SEI;
}

static void look_between_lengths(struct picture *picture)
{
    size_t at = 0;

    for (int i = 0; i < MOST_UNITS; i++) {
        size_t size = 0;
        const uint8_t *head = picture_bytes(picture, at, picture->length_size + 1);
        for (size_t k = 0; head && k < picture->length_size; k++)
            size = size << 8 | head[k];
        at += picture->length_size;
        if (!head || size > picture->unit->size - at)
            return;
        bool is_wanted = size && is_sei(picture, head[picture->length_size]) && size <= LARGEST_SEI;
        const uint8_t *unit = is_wanted ? picture_bytes(picture, at, size) : NULL;
        if (unit)
            sei_read(unit, size, picture->hevc, &picture->sei);
        at += size;
    }
}

static void look_between_start_codes(struct picture *picture)
{
    const uint8_t *bytes = picture->unit->packet->data;
    size_t start, end = 0;

    while (next_unit(bytes, picture->unit->size, end, &start, &end))
        if (end > start && is_sei(picture, bytes[start]))
            sei_read(bytes + start, end - start, picture->hevc, &picture->sei);
}

/* ---- which pictures ---- */

void signing_clear(struct signing *signing)
{
    free(signing->marks);
    free(signing->bytes);
    *signing = (struct signing){ .marks = NULL };
}

void signing_enter(struct signing *signing, size_t piece)
{
    signing->piece = piece;
    signing->looks = false;
    signing->next = INT64_MIN;
}

/* Moves in and out of samples. */
static bool is_due(struct signing *signing, const struct source *source, const struct unit *unit)
{
    int64_t now = av_rescale_q(unit->dts, source->tracks[0].stream->time_base, NANOSECONDS);

    if (!signing->looks && (unit->key || signing->next == INT64_MIN) && now >= signing->next) {
        signing->looks = true;
        signing->since = now;
        signing->next = now + between_samples_ns;
        signing->groups = signing->pictures = 0;
    }
    if (signing->looks) {
        signing->groups += unit->key;
        signing->looks = signing->groups < 3 && signing->pictures++ < MOST_SAMPLED && now - signing->since <= sample_ns;
    }
    return signing->looks || signing->scheme != UNSIGNED || !source->skims;
}

static void add_mark(struct signing *signing, struct mark mark)
{
    if (signing->mark_count == signing->mark_room) {
        signing->mark_room = signing->mark_room ? 2 * signing->mark_room : 64;
        signing->marks = exh_realloc_array(signing->marks, signing->mark_room, sizeof *signing->marks);
    }
    signing->marks[signing->mark_count++] = mark;
}

unsigned signing_look(struct signing *signing, struct source *source, const struct unit *unit, uint32_t ordinal)
{
    const AVCodecParameters *parameters = source->tracks[0].stream->codecpar;
    struct picture picture = {
        .source = source, .signing = signing, .unit = unit,
        .hevc = parameters->codec_id == AV_CODEC_ID_HEVC, .length_size = unit_length_size(parameters),
    };

    if (unit->track || (!picture.hevc && parameters->codec_id != AV_CODEC_ID_H264) || !is_due(signing, source, unit)
        || (source->skims && (unit->pos < 0 || picture.length_size == 0)))
        return 0;
    signing->window_size = 0;
    if (picture.length_size)
        look_between_lengths(&picture);
    else
        look_between_start_codes(&picture);
    if (signing->scheme == UNSIGNED)
        signing->scheme = picture.sei.scheme;
    struct mark mark = { signing->piece, ordinal, picture.sei.signatures, picture.sei.certificate,
                         unit->key && !picture.idr };
    if (mark.signatures || mark.certificate || mark.no_start)
        add_mark(signing, mark);
    return mark.signatures;
}

bool is_clean_key(struct source *source, const struct unit *unit)
{
    EXH_CLEANUP(signing_clear) struct signing signing = { .looks = false };
    struct picture picture = { .source = source, .signing = &signing, .unit = unit,
                               .length_size = unit_length_size(source->tracks[0].stream->codecpar) };

    if (!unit->key || source->tracks[0].stream->codecpar->codec_id != AV_CODEC_ID_H264)
        return unit->key;
    if (source->skims && (unit->pos < 0 || picture.length_size == 0))
        return false;
    if (picture.length_size)
        look_between_lengths(&picture);
    else
        look_between_start_codes(&picture);
    return picture.idr;
}

static int by_ordinal(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;

    if (x->piece != y->piece)
        return x->piece < y->piece ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

const struct mark *signing_mark(const struct signing *signing, size_t piece, uint32_t ordinal)
{
    const struct mark key = { .piece = piece, .ordinal = ordinal };

    return signing->mark_count ? bsearch(&key, signing->marks, signing->mark_count, sizeof key, by_ordinal) : NULL;
}
