/* media/mux: libavformat's muxers, writing to nowhere: what they write is looked at, not kept. */
#ifndef EXHIBIT_MEDIA_MUX_H
#define EXHIBIT_MEDIA_MUX_H

#include "plan.h"

/* Where a muxer's bytes go. */
struct canvas {
    bool (*write)(void *context, uint64_t at, const uint8_t *bytes, size_t size, struct exh_error *err);
    void *context;
    struct exh_error failed;     /* of write */
    uint64_t at, end;            /* the next byte; behind the last */
    bool payload;                /* what comes is a packet's bytes: counted, not given to write */
};

/* A muxer at work. Start with all zero. */
struct mux {
    const struct exh_media_plan *plan;
    const struct exh_media_host *host;
    struct canvas canvas;
    AVFormatContext *format;
    AVIOContext *io;
    AVPacket *packet;
    int streams[MOST_TRACKS];    /* track to stream, -1 where it is left out */
    int64_t last_dts[MOST_TRACKS];
    bool begun[MOST_TRACKS];
    bool equal_times;            /* two packets of a track may have the same time */
    uint64_t moved;
};
/* Makes the muxer of the named format with the plan's tracks. */
bool mux_open(struct mux *mux, const struct exh_media_plan *plan, const char *name, const struct exh_media_host *host,
              struct exh_error *err) EXH_CHECK;
/* Writes the header; takes @options. */
bool mux_begin(struct mux *mux, AVDictionary **options, struct exh_error *err) EXH_CHECK;
/* Writes one packet with these bytes. */
bool mux_packet(struct mux *mux, const struct packet *packet, const uint8_t *bytes, size_t size, struct exh_error *err)
    EXH_CHECK;
bool mux_end(struct mux *mux, struct exh_error *err) EXH_CHECK;
void mux_clear(struct mux *mux);

/* Plans the bytes of the part. */
bool mp4_plan(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err) EXH_CHECK;
bool matroska_plan(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err) EXH_CHECK;
bool matroska_deliver(const struct exh_media_plan *plan, const struct exh_media_host *host,
                      const struct exh_media_sink *sink, struct exh_error *err) EXH_CHECK;
void matroska_clear(struct exh_media_plan *plan);

/* Reads the packets of a lot again and gives each that is delivered to @take. EXH_MALFORMED: they are
 * no longer what they were. */
typedef bool take_packet(void *context, const struct packet *packet, const AVPacket *bytes, struct exh_error *err);
bool read_lot(const struct exh_media_plan *plan, const struct lot *lot, const struct exh_media_host *host,
              take_packet *take, void *context, struct exh_error *err) EXH_CHECK;

#endif
