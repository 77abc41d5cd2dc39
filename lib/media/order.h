/* media/order: the order of presentation of video whose container only tells the order of decoding
 * (AVI, bare streams), from what the pictures say of themselves. */
#ifndef EXHIBIT_MEDIA_ORDER_H
#define EXHIBIT_MEDIA_ORDER_H

#include <libavcodec/avcodec.h>

struct order;
/* NULL where the codec's pictures do not tell, or no parser for it is there. */
struct order *order_new(const AVCodecParameters *parameters);
void order_freep(struct order **order);
/* Looks at the next packet in order of decoding. */
void order_add(struct order *order, const AVPacket *packet);
/* After the last. */
void order_end(struct order *order);
/* By how many frames packet @index is shown later than it is decoded; >= 0. */
int order_shift(const struct order *order, uint64_t index);

#endif
