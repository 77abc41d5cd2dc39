/* media/signed: where a camera signs its video: signatures that it puts between the pictures of H.264 and
 * H.265, as SEI "user data unregistered" (ONVIF Media Signing Specification 26.06; Axis Signed Video).
 *
 * They are found, never checked. A signature is for pictures that come before the one it travels with:
 * the camera signs a group of pictures when the next one begins, and sends the signature as soon as it
 * is made, some pictures later.
 */
#ifndef EXHIBIT_MEDIA_SIGNED_H
#define EXHIBIT_MEDIA_SIGNED_H

#include "source.h"

enum scheme { UNSIGNED, ONVIF_SIGNED, AXIS_SIGNED };
/* "", "onvif", "axis". */
const char *scheme_name(enum scheme scheme);

/* What SEI units tell; start with all zero. */
struct sei {
    enum scheme scheme;
    unsigned signatures;         /* of pictures: one of a certificate alone is none */
    bool certificate;            /* what signatures are checked with came along: a certificate, or a public key */
};
/* Reads a SEI unit (with its header, without a start code) and adds what it tells. */
void sei_read(const uint8_t *unit, size_t size, bool hevc, struct sei *sei);

/* A picture worth remembering: by its piece and its number among the packets of the segment. */
struct mark {
    size_t piece;
    uint32_t ordinal;
    unsigned signatures;
    bool certificate;
    bool no_start;               /* a key frame that is no IDR picture: groups that are signed do not begin with it */
};

/* Looking for signatures, segment after segment. Start with all zero; clear with signing_clear.
 *
 * As long as none was seen, not every picture of an MP4 is looked into, because its pictures are not read
 * otherwise: only those of the first whole group of pictures of a segment, and of one each minute after,
 * each for ten seconds at most. A camera that signs has one SEI at least in each group. */
struct signing {
    enum scheme scheme;
    struct mark *marks;          /* in the order in which they came */
    size_t mark_count, mark_room;
    size_t piece;                /* the segment in hand */
    bool looks;                  /* inside of a sample */
    unsigned groups, pictures;   /* begun and seen in it */
    int64_t since, next;         /* when it began, and when the next begins: time of decoding, ns */
    uint8_t window[4096];        /* of a picture that is not in memory: what was read last */
    size_t window_at, window_size;
    uint8_t *bytes;              /* a unit larger than that */
    size_t room;
};
void signing_clear(struct signing *signing);
/* A new segment. */
void signing_enter(struct signing *signing, size_t piece);
/* Looks into a picture where that is due. Gives the signatures that travel with it. */
unsigned signing_look(struct signing *signing, struct source *source, const struct unit *unit, uint32_t ordinal);
/* A key frame with which everything before it can be forgotten (of H.264: an IDR picture; of other codecs each is taken for one). */
bool is_clean_key(struct source *source, const struct unit *unit);
/* The mark of a packet; NULL where there is none. */
const struct mark *signing_mark(const struct signing *signing, size_t piece, uint32_t ordinal);

#endif
