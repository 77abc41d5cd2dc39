/* media/source: one segment, read packet by packet from a descriptor, with bounds on everything. */
#ifndef EXHIBIT_MEDIA_SOURCE_H
#define EXHIBIT_MEDIA_SOURCE_H

#include "exhibit/media.h"

#include "boxes.h"
#include "order.h"

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <sys/stat.h>

enum { MOST_TRACKS = 8, MOST_STREAMS = 32, LARGEST_PACKET = 64 << 20 };
#define NANOSECONDS ((AVRational){ 1, 1000000000 })

/* A stream that is used: the first of video is always track 0. */
struct source_track {
    AVStream *stream;
    bool video;
    AVBSFContext *to_asc;        /* of AAC in ADTS frames: takes their headers off; NULL else */
    AVCodecParameters *told;     /* the parameters, with what those headers told; NULL else */
    uint64_t count;              /* packets read */
    int64_t first_dts, last_dts, last_duration;
    struct order *order;         /* of video whose container has no times of presentation; NULL else */
};

/* What the tracks of a segment are known to be, so that it need not be analysed to be read again. */
struct familiar {
    struct {
        enum AVCodecID codec;
        int stream;              /* which of the file's it is */
        int sample_rate, frame_size, channels;
    } tracks[MOST_TRACKS];
    size_t count;
};

struct source {
    AVFormatContext *format;
    AVIOContext *io;
    AVPacket *packet;            /* the one read last */
    int fd;
    uint64_t size, at;           /* bytes that can be read; the next */
    uint64_t allowance;          /* bytes that may still be read */
    int64_t end_of_time;         /* processor time, ns; INT64_MAX: none */
    const struct exh_media_host *host;
    struct exh_error lost;       /* what the host said, where it wants an end */
    struct boxes boxes;          /* of MP4: where its media data are */
    bool is_mov;
    bool skims;                  /* media data are passed over unread: packets have a place and a size, but no bytes */
    bool bare;                   /* without a container: times follow from a rate */
    bool tells_some_times;       /* the order of the pictures tells the others */
    struct exh_media_rate rate;  /* declared; 0/0: none */
    int64_t bare_step;
    struct source_track tracks[MOST_TRACKS];
    size_t track_count;
    int slots[MOST_STREAMS];     /* stream to track, -1 where not used */
    uint64_t read, outside;      /* packets; those of them that lie beyond the end of the file */
    uint64_t zeroed;             /* pictures left out because where they should begin are zeros */
    int64_t zeroed_first, zeroed_last;   /* when the first and the last of them would be shown */
    uint64_t damaged, strange;   /* marked damaged; left out because their times or bytes make no sense */
    bool late;
    char *trouble;               /* why reading ended before the end; NULL else. A sentence */
};

/* As fstat(), by the system call that takes no path: the other is not let out of the cage (cage.h). */
bool source_facts(int fd, struct stat *ret_about) EXH_CHECK;
/* The decoders that may be opened, as libavcodec takes such a list. */
const char *source_decoders(void);
/* Opens a segment and chooses its tracks. @fd stays the caller's and must outlive the source.
 * @rate: of a bare stream, where one is declared. @processor_ns: how long it may work. EXH_MALFORMED: it is no footage; EXH_IO: it cannot be read. */
bool source_open(int fd, struct exh_media_rate rate, int64_t processor_ns, const struct exh_media_host *host,
                 struct source **ret_source, struct exh_error *err) EXH_CHECK;
void source_freep(struct source **source);
/* What it is known to be now. */
struct familiar source_familiar(const struct source *source);
/* Opens it again, only to have its packets in the order they had. Where the container needs more than
 * that, or its streams are others now, as source_open does. */
bool source_reopen(int fd, struct exh_media_rate rate, const struct familiar *familiar,
                   const struct exh_media_host *host, struct source **ret_source, struct exh_error *err) EXH_CHECK;

/* Passes over media data unread from now on, where the container allows it (MP4): much faster. */
void source_skim(struct source *source);

/* Reads bytes of the file beside the packets, within the same bounds on bytes and time; false where it cannot. */
bool source_read_at(struct source *source, uint64_t offset, uint8_t *bytes, size_t size) EXH_CHECK;

/* A packet, its times made whole. */
struct unit {
    size_t track;
    int64_t dts, pts, duration;  /* in the stream's time base; duration 0 where the container does not say */
    int64_t pos;                 /* in the file; -1 unknown */
    uint32_t size;
    bool key;
    const AVPacket *packet;      /* its bytes; not where the source skims. Until the next is read */
};
/* Reads the next packet of a track. At the end *ret_end is true, and @source->trouble says why where
 * it is not the end of the file. Fails only as the host does. */
bool source_next(struct source *source, struct unit *ret_unit, bool *ret_end, struct exh_error *err) EXH_CHECK;

/* How long the packet read last goes on, in the stream's time base: as the container says where that
 * makes sense, else @step. */
int64_t source_last_step(const struct source *source, size_t track, int64_t step);
/* All that the container may say about it, and what is chosen of that. */
enum { LAST_STEPS = 3 };
void source_last_steps(const struct source *source, size_t track, int64_t ret_steps[LAST_STEPS]);
int64_t choose_last_step(const int64_t steps[LAST_STEPS], int64_t step, AVRational time_base);

/* What is wrong with what was read, in one sentence; NULL where nothing is. Free with free(). */
char *source_problem(const struct source *source);
/* The track's codec parameters, with what its first packets told. */
const AVCodecParameters *source_parameters(const struct source *source, size_t track);
/* SHA-256 of all a decoder is set up with; and the track as the answer to a probe shows it. */
void source_digest(const struct source *source, size_t track, char ret_digits[65]);
struct exh_json *source_track_json(const struct source *source, size_t track, int64_t video_step);
/* The names of the streams that are not used, apart from unknown ones; NULL where all are. Free with free(). */
char *source_left_out(const struct source *source);

/* Bytes of the length before each unit of H.264 and H.265; 0 where there are start codes. */
size_t unit_length_size(const AVCodecParameters *parameters);
/* Video of Annex B (start codes), which MP4 wants with lengths instead. */
bool is_annex_b(const AVCodecParameters *parameters);

/* The last message of libavformat or libavcodec that tells of an error, and forgets it; NULL where there was none. */
const char *log_take(void);
void log_start(void);

#endif
