/* media/order: the order of presentation of video whose container only tells the order of decoding. */
#include "order.h"

#include "exhibit/error.h"

#include <stdlib.h>

struct picture { int32_t count; bool key, b; };

/* MPEG-4 in AVI may pack a B picture behind the picture it needs; a packet of a few bytes then stands
 * where the B picture is shown. */
enum { SMALLEST_PICTURE = 16 };

struct order {
    AVCodecParserContext *parser;
    AVCodecContext *codec;
    bool counts;             /* pictures carry a picture order count (H.264, H.265); else their type tells */
    struct picture *pictures;
    int32_t *shifts;
    size_t size, room;
};

static bool has_counts(enum AVCodecID id)
{
    return id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC;
}

static bool has_types(enum AVCodecID id)
{
    return id == AV_CODEC_ID_MPEG1VIDEO || id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG4;
}

void order_freep(struct order **order)
{
    if (!*order)
        return;
    if ((*order)->parser)
        av_parser_close((*order)->parser);
    avcodec_free_context(&(*order)->codec);
    free((*order)->pictures);
    free((*order)->shifts);
    free(*order);
    *order = NULL;
}

struct order *order_new(const AVCodecParameters *parameters)
{
    EXH_CLEANUP(order_freep) struct order *order = NULL;

    if (!has_counts(parameters->codec_id) && !has_types(parameters->codec_id))
        return NULL;
    order = exh_alloc(sizeof *order);
    order->counts = has_counts(parameters->codec_id);
    order->parser = av_parser_init(parameters->codec_id);
    order->codec = avcodec_alloc_context3(NULL);
    if (!order->parser || !order->codec || avcodec_parameters_to_context(order->codec, parameters) < 0)
        return NULL;
    order->parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    return exh_steal(&order);
}

void order_add(struct order *order, const AVPacket *packet)
{
    uint8_t *bytes;
    int size;

    av_parser_parse2(order->parser, order->codec, &bytes, &size, packet->data, packet->size, packet->pts, packet->dts,
                     packet->pos);
    if (order->size == order->room) {
        order->room = order->room ? 2 * order->room : 1024;
        order->pictures = exh_realloc_array(order->pictures, order->room, sizeof *order->pictures);
    }
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    order->pictures[order->size++] = (struct picture){
        .count = order->parser->output_picture_number,
        .key = key,
        .b = order->parser->pict_type == AV_PICTURE_TYPE_B
            || (!order->counts && !key && packet->size < SMALLEST_PICTURE),
    };
}

struct rank { int32_t count; uint32_t index; };

static int by_count(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Counts start again at some key pictures: from there on they are not to be compared with earlier ones. */
static size_t end_of_group(const struct order *order, size_t first)
{
    int32_t highest = order->pictures[first].count;
    size_t i = first + 1;

    for (; i < order->size; i++) {
        if (order->pictures[i].key && order->pictures[i].count < highest)
            break;
        if (order->pictures[i].count > highest)
            highest = order->pictures[i].count;
    }
    return i;
}

static void shift_by_counts(struct order *order)
{
    for (size_t first = 0, end; first < order->size; first = end) {
        end = end_of_group(order, first);
        EXH_CLEANUP(exh_freep) struct rank *ranks = exh_alloc((end - first) * sizeof *ranks);
        for (size_t i = first; i < end; i++)
            ranks[i - first] = (struct rank){ order->pictures[i].count, (uint32_t)(i - first) };
        qsort(ranks, end - first, sizeof *ranks, by_count);
        for (size_t i = 0; i < end - first; i++)
            order->shifts[first + ranks[i].index] = (int32_t)i - (int32_t)ranks[i].index;
    }
}

/* A B picture is shown when it is decoded, any other when the next that is not B is decoded. */
static void shift_by_types(struct order *order)
{
    size_t next = order->size;

    for (size_t i = order->size; i-- > 0;) {
        order->shifts[i] = order->pictures[i].b ? 0 : (int32_t)(next - i);
        if (!order->pictures[i].b)
            next = i;
    }
}

void order_end(struct order *order)
{
    int32_t least = INT32_MAX;

    order->shifts = exh_alloc(order->size * sizeof *order->shifts);
    if (order->counts)
        shift_by_counts(order);
    else
        shift_by_types(order);
    for (size_t i = 0; i < order->size; i++)
        least = order->shifts[i] < least ? order->shifts[i] : least;
    for (size_t i = 0; i < order->size; i++)
        order->shifts[i] -= least;
}

int order_shift(const struct order *order, uint64_t index)
{
    return index < order->size ? order->shifts[index] : 0;
}
