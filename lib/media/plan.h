/* media/plan: a part on its way from pieces of segments to the bytes of a file. */
#ifndef EXHIBIT_MEDIA_PLAN_H
#define EXHIBIT_MEDIA_PLAN_H

#include "signed.h"
#include "source.h"

#include "exhibit/text.h"

#include <sys/stat.h>

/* The muxers look at the first bytes of some kinds of packet. */
enum { HEAD_SIZE = 16 };

/* What the part's tracks are: taken from the first segment used, the same in all others. */
struct outline_track {
    AVCodecParameters *parameters;
    AVRational time_base;
    bool video, left_out, annex_b;
    uint8_t head[HEAD_SIZE];
    bool has_head;
    bool has_matrix;
    uint8_t matrix[9 * sizeof(int32_t)];
    char *language;
    char digest[65];
    struct exh_json *json;
};
struct outline {
    struct outline_track tracks[MOST_TRACKS];
    size_t count;
    struct familiar familiar;
    bool matroska;               /* MP4 cannot hold a track, Matroska can */
};
bool outline_take(struct outline *outline, const struct source *source, struct exh_text *remarks, struct exh_error *err)
    EXH_CHECK;
/* EXH_MALFORMED: @source's tracks are others. */
bool outline_check(const struct outline *outline, const struct source *source, struct exh_error *err) EXH_CHECK;
bool outline_compare(const struct outline *outline, char digests[][65], size_t count, struct exh_error *err) EXH_CHECK;
/* What only packets tell: take it from one. */
void outline_hear(struct outline *outline, const struct source *source, const struct unit *unit);
/* How its tracks are shown in the answer; the first call counts. */
void outline_describe(struct outline *outline, const struct source *source, int64_t video_step);
void outline_clear(struct outline *outline);

/* One packet, 32 bytes: a day of footage has millions. */
struct packet {
    int64_t dts, pos;
    int32_t cts;                 /* pts - dts */
    uint32_t written;            /* bytes in the part; the same in the segment, unless it is converted */
    uint32_t duration;
    uint32_t ordinal : 26;       /* its number among the packets of its segment */
    uint32_t track : 3;
    uint32_t key : 1, out : 1;   /* out: not delivered */
    uint32_t first : 1;          /* the first picture of its piece */
};
enum { MOST_PACKETS = 1 << 26 };

static inline int64_t pts_of(const struct packet *packet)
{
    return packet->dts + packet->cts;
}

/* The packets of one piece. */
struct lot {
    size_t piece;
    size_t first, count;         /* of plan->packets */
    int64_t first_pts;           /* time 0 of the segment, in the video's time base */
    int64_t step;                /* usual, of the video */
    bool runs;                   /* its packets stand in the segment exactly as in the part */
    bool clean;                  /* nothing was wrong in the segment's packets */
    struct stat about;           /* of the segment's file */
    int64_t shown, shown_ns;     /* earliest picture delivered: time in the part (ticks), true time */
    size_t first_run, run_count;
    uint64_t bytes;              /* that its packets make */
};

struct run { uint64_t offset, size; };

/* Where cut->most_packets or cut->most_bytes end the part: right before a key frame. */
struct ending {
    bool found;
    size_t piece;                /* of the key frame, and its number among the packets of its segment */
    uint32_t ordinal;
    int64_t pts, shown_ns;       /* the key frame's */
    bool waits;                  /* a key frame might be it: the pictures behind it are awaited */
    unsigned behind;             /* pictures seen behind it */
    int64_t latest;              /* of the pictures of the piece so far */
    uint64_t bytes;              /* of packets read; those not delivered among them, until a tally tells */
};

struct exh_media_plan {
    const struct exh_media_piece *pieces;
    size_t piece_count;
    const struct exh_media_cut *cut;
    int64_t from_ns, to_ns;
    struct outline outline;
    struct ending ending;
    struct packet *packets;
    size_t packet_count, packet_room;
    struct lot *lots;
    size_t lot_count;
    struct run *runs;
    size_t run_count;
    struct exh_media_join *joins;
    bool leads;                  /* pictures are shown that come before the first in order of decoding */
    uint64_t moved;              /* packets whose time of decoding was moved so that it goes forward */
    uint64_t leading_left_out;
    uint64_t video_packets, audio_packets, key_frames, media_bytes;
    int64_t first_ns, end_ns;    /* first_ns INT64_MIN: not known (of a film) */
    const char *title;           /* of a film; NULL */
    struct signing signing;
    int64_t signature_ns;        /* the first signature from the end of the window on: when it is decoded; INT64_MAX:
                                    none yet */
    uint64_t signatures;
    int64_t unsigned_end_ns;
    uint64_t size;
    uint8_t *head;               /* MP4: everything before the packets */
    size_t head_size;
    struct patch *patches;       /* Matroska: what is written over earlier bytes */
    size_t patch_count;
    struct exh_text remarks;
};

/* When a packet is shown: true time. */
int64_t shown_ns(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet);
/* A packet that lies in its piece's span of the segment; sound may begin a little earlier. */
bool is_in_span(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet);

/* ending: where the part ends because it has its most packets or bytes. Told of each piece's beginning and
 * end, and of each packet added. */
void ending_enter(struct exh_media_plan *plan);
void ending_hear(struct exh_media_plan *plan);
void ending_leave(struct exh_media_plan *plan);
/* Once all is read, and plan->first_ns known: the part that begins with packet @begin ends before an earlier key frame
 * than so far, the last one that serves. False where there is none, and it ends where it did. */
bool ending_draw_back(struct exh_media_plan *plan, size_t begin);
/* Belongs to the next part. */
bool is_behind_ending(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *packet);
/* The part begins with this key frame, so far as those before it tell. @begun: one of them was it before. */
bool begins_part(const struct exh_media_plan *plan, const struct lot *lot, const struct packet *key, bool begun);

/* pick: reads the pieces and chooses the packets of the window. */
bool pick_packets(struct exh_media_plan *plan, const struct exh_media_host *host, struct exh_error *err) EXH_CHECK;
/* Bytes that a packet has in the part. */
uint32_t written_size(const struct outline *outline, const struct unit *unit);
/* Makes the packet of unit @number of a segment; false where it would have no bytes in the part. */
bool make_packet(const struct outline *outline, const struct unit *unit, uint64_t number, struct packet *ret_packet);
/* Packets may stand in the segment as they will in the part. */
bool may_run(const struct outline *outline, const struct source *source);
/* Sees whether the first packets do (@runs); then media data need not be read any more. */
void look_into(struct source *source, const struct unit *unit, uint64_t number, bool *runs);
/* Opens the segment of a lot again. @ret_fd: close_fd, after the source. EXH_MALFORMED: its tracks are others. */
bool reopen_lot(const struct exh_media_plan *plan, const struct lot *lot, const struct exh_media_host *host,
                int *ret_fd, struct source **ret_source, struct exh_error *err) EXH_CHECK;
/* The same file, not written to since. */
bool is_same_file(const struct stat *one, const struct stat *other);
void close_fd(int *fd);
/* recorded: puts the packets of each lot that stand in the segment as they are into its order. */
void order_as_recorded(struct exh_media_plan *plan);
/* place: gives each packet its time in the part. */
void place_packets(struct exh_media_plan *plan);
void remark(struct exh_text *remarks, const char *format, ...) EXH_PRINTF(2, 3);

#endif
