/* media/recall: the packets of segments (other than MP4) that were looked at lately, so that planning a part of them
 * need not read them again. Bounded; what is taken for a plan is forgotten. */
#ifndef EXHIBIT_MEDIA_RECALL_H
#define EXHIBIT_MEDIA_RECALL_H

#include "plan.h"

/* What reading a whole segment gave. */
struct seen {
    struct stat about;           /* of its file: device, inode, size and time of modification say that it is the same */
    struct exh_media_rate rate;
    struct outline *outline;     /* while packets are noted */
    char digests[MOST_TRACKS][65];       /* of its tracks */
    size_t track_count;
    struct packet *packets;
    size_t count, room;
    uint64_t units, empty;
    uint64_t strange;
    char *trouble;
    int64_t ends[LAST_STEPS];
};
void seen_freep(struct seen **seen);

/* Begins to note what a segment holds; NULL where no part can be made of it. */
struct seen *seen_begin(const struct source *source);
/* Notes a packet; stops noting, and sets NULL, where there are too many. */
void seen_hear(struct seen **seen, struct source *source, const struct unit *unit);
/* Keeps what was noted, all packets being read. Takes @seen; NULL is let pass. */
void seen_keep(struct seen **seen, const struct source *source);
/* What was kept of this file, or NULL. The caller's: free with seen_freep. */
struct seen *seen_take(const struct stat *about, struct exh_media_rate rate);

#endif
