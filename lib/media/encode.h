/* media/encode: pictures become H.264, one thread, the same bytes everywhere. */
#ifndef EXHIBIT_MEDIA_ENCODE_H
#define EXHIBIT_MEDIA_ENCODE_H

#include "job.h"

/* Start with all zero. */
struct encoding {
    AVCodecContext *encoder;
    AVPacket *packet;
    int64_t last;                /* time of the picture put last */
    bool begun;
    uint64_t pictures, moved;    /* put; those whose time was moved by a tick to be behind the one before */
    char *words;                 /* what libx264 writes of itself and its settings; NULL */
    uint8_t *converted;          /* a packet with lengths in place of start codes */
    size_t room;
};
void encoding_clear(struct encoding *encoding);
/* EXH_REFUSED: this machine has no such encoder. */
bool encoding_open(struct encoding *encoding, const struct exh_media_job *job, int width, int height, struct exh_error *err) EXH_CHECK;
bool encoding_put(struct encoding *encoding, AVFrame *frame, int64_t ticks, const struct exh_media_packets *sink, struct exh_error *err) EXH_CHECK;
bool encoding_end(struct encoding *encoding, const struct exh_media_packets *sink, struct exh_error *err) EXH_CHECK;
/* The encoder's setup, as base64. Free with free(). */
char *encoding_setup(const AVCodecContext *encoder) EXH_CHECK;

#endif
