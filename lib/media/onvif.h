/* media/onvif: what a part says of itself (docs/formats/onvif.md): who exported it, of which camera,
 * and at what true time each of its tracks begins. */
#ifndef EXHIBIT_MEDIA_ONVIF_H
#define EXHIBIT_MEDIA_ONVIF_H

#include "plan.h"

/* Adds to @boxes what an MP4 part has besides libavformat's own: a chpl box with its chapters, for the
 * udta box of moov, and the file-level meta box of the ONVIF Export File Format: hdlr, suep (section 5.2)
 * and cstb (section 5.3). The plan's packets must have their times. */
void onvif_boxes(const struct exh_media_plan *plan, struct exh_text *boxes);
/* Puts @boxes into @head, into the free box behind moov: the udta box that ends moov grows by the first,
 * the other stands behind it; what is left stays free. EXH_IO: @head is not like that, or has not the room. */
bool onvif_put(const struct exh_text *boxes, uint8_t *head, size_t size, struct exh_error *err) EXH_CHECK;
/* Gives the muxer of a Matroska part the same as tags and chapters. */
bool onvif_tags(const struct exh_media_plan *plan, AVFormatContext *format, struct exh_error *err) EXH_CHECK;

#endif
