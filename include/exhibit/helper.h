/* helper: asks exhibit-media about footage, and checks what it answers (floor 2).
 *
 * exhibit itself never reads a media format. The helper program does, in a process of its own that
 * gets descriptors, never paths and never keys. Footage is hostile: a helper that crashes, hangs or
 * lies is a fact about the segment, reported as damage, not the end of the export.
 *
 * Cutting is done in two steps. A plan comes first, so that the size is known before the first
 * byte. Then the parts of the file come in order: literal bytes (the container's own tables), and
 * runs: "copy so many bytes from this segment at that offset", which the caller reads itself from
 * the recorder's file. So the pictures of an export never pass through the helper where the
 * recorder's container allows it (MP4).
 */
#ifndef EXHIBIT_HELPER_H
#define EXHIBIT_HELPER_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"

#include <stdint.h>

/* One elementary stream of a segment. */
struct exh_track {
    bool video;                  /* else audio */
    char codec[24];              /* libavcodec's short name: "h264", "hevc", "aac" */
    char profile[48];            /* "High", may be empty */
    char parameters[65];         /* SHA-256 of everything a decoder is set up with (codec, extradata, size, rate,
                                    layout, time base): equal means that the track can simply go on */
    int width, height;           /* video only, pixels */
    int rate_numerator, rate_denominator;   /* video only, nominal frames a second; 0/1 unknown */
    int sample_rate, channels;   /* audio only */
};

/* Pictures a second of a stream that does not say it itself; 0/0 where nobody declared one. */
struct exh_rate { int numerator, denominator; };

/* A stretch of a segment without a hole, in its own time: nanoseconds since its first frame is shown. */
struct exh_span { int64_t start_ns, end_ns; };

/* What a segment holds. Clear with exh_probe_clear. */
struct exh_probe {
    char container[48];          /* libavformat's name; empty when it could not be opened */
    struct exh_track *tracks;
    size_t track_count;
    struct exh_span *spans;      /* of the first video track, in order; a hole inside a file parts them */
    size_t span_count;           /* 0: nothing in it can be used */
    int64_t longest_step_ns;     /* from picture to picture inside a span; 0: there are not two */
    uint64_t packets;            /* of all tracks */
    bool starts_with_key;        /* its first video packet is a key frame */
    bool own_rate_only;          /* bare stream: the times are counted from a declared rate, not recorded */
    int64_t box_ns;              /* Unix time of its first frame by a time box of the recorder's ("mtxi"); 0: none */
    int64_t creation_ns;         /* Unix time: the container's creation_time; 0: none */
    char signing[8];             /* "onvif", "axis": the camera signs its video; empty where no signature was seen */
    char *problem;               /* NULL: whole. Else a sentence: what is wrong with it. Owned here. */
    bool unread;                 /* that is no fact of the file's: the reader broke off, or its time was up */
};
void exh_probe_clear(struct exh_probe *probe);

struct exh_helper;
/* For tests: the program to start instead, an absolute path that stays the caller's; NULL puts the
 * usual one back. */
void exh_helper_set_program(const char *path);
/* Starts the helper: the program exhibit-media beside this one, or in ../libexec/exhibit. It takes its time to load
 * its libraries; that is not waited for here, but when it is first asked something. */
bool exh_helper_start(struct exh_helper **ret_helper, struct exh_error *err) EXH_CHECK;
/* The same for making copies (exh_helper_ask): it may have 3 GiB of address space in place of 512 MiB. @device: descriptor of the
 * machine's device that encodes, which must stay open as long as the helper; 0: none is wanted. */
bool exh_helper_start_copying(int device, struct exh_helper **ret_helper, struct exh_error *err) EXH_CHECK;
/* Whether a helper may read footage that is not in the whole cage (cage.h), because the kernel lacks a layer of it: no,
 * until this is called. To be called before it is first asked something. */
void exh_helper_allow_bare(struct exh_helper *helper, bool allowed);
/* Waits until it is ready. EXH_IO: it does not come up; EXH_REFUSED: it is not in the whole cage, and must be. What is
 * asked of a helper below waits for this too, and fails in the same ways. */
bool exh_helper_ready(struct exh_helper *helper, struct exh_error *err) EXH_CHECK;
void exh_helper_freep(struct exh_helper **helper);
/* The libraries the helper reads with: "libavformat 59.27.100, libavcodec 59.37.100". Valid as long as the helper;
 * NULL before it was ready once. */
const char *exh_helper_libraries(const struct exh_helper *helper);
/* Which cage it is in: "Landlock ABI 7 and seccomp", "seccomp alone: the kernel has no Landlock, or it is switched
 * off", "none: ...". As valid as exh_helper_libraries. */
const char *exh_helper_cage(const struct exh_helper *helper);
/* The layers that are missing from it: "Landlock", "seccomp", "Landlock and seccomp"; NULL where it is whole. Only after
 * it was ready. */
const char *exh_helper_lacks(const struct exh_helper *helper);

/* Looks at one segment. Damage, a foreign file, an empty one, a crash (the helper is started anew), or
 * more than 10 s of work are results: @ret_probe->problem. Fails (EXH_IO) only when there is no helper.
 * @fd stays the caller's; its offset is not used. @rate: of a bare stream. */
bool exh_helper_probe(struct exh_helper *helper, int fd, struct exh_rate rate, struct exh_probe *ret_probe,
                      struct exh_error *err) EXH_CHECK;

/* A piece of a part: a span of a segment, with the true time of the segment's first frame. */
struct exh_cut_piece {
    size_t segment;              /* the caller's number for it, given back in runs and to open */
    int64_t start_ns;            /* Unix time, nanoseconds, at which its first frame was shown */
    struct exh_span span;        /* the stretch to use, in the segment's own time */
};
/* What the file says of itself, for players that show it (docs/formats/onvif.md). Strings: UTF-8, not NULL. */
struct exh_cut_about {
    const char *unit;            /* who exports: the organisation */
    const char *person;          /* initials of who does it */
    const char *source;          /* the camera */
    const char *url;             /* of the recorder; may be empty */
    int64_t time_ns;             /* of the export */
    const struct exh_zone_step *zone;       /* in order; the first holds from before the window */
    size_t zone_count;
};
struct exh_cut {
    const struct exh_cut_piece *pieces;     /* contiguous, in order of time, same parameters */
    size_t piece_count;
    int64_t from_ns, to_ns;      /* the window, Unix time; from inclusive, to exclusive */
    int64_t begin_ns;            /* 0; or the next_ns of the part before, which this one continues: it
                                    begins with that very key frame. The pieces begin with that part's next_piece. */
    uint64_t most_packets;       /* after so many packets the part ends before the next key frame; 0: no limit */
    uint64_t most_bytes;         /* its packets are no more bytes than this; more only where no key frame at which it could
                                    end comes before. 0: no limit */
    struct exh_rate rate;        /* of bare streams */
    const struct exh_cut_about *about;      /* NULL: the file says nothing of itself */
    /* Opens a segment for reading; called as each is needed, at most two are open at once. The
     * descriptor is given to the caller of open (closed by the helper adapter). */
    bool (*open)(void *context, size_t segment, int *ret_fd, struct exh_error *err);
    void *context;
};

/* What one part will be. */
struct exh_part {
    uint64_t size;               /* bytes of the whole file, exactly */
    char suffix[8];              /* "mp4" */
    struct exh_track tracks[8];
    size_t track_count;
    uint64_t video_packets, audio_packets, key_frames;
    uint64_t media_bytes;        /* of the packets */
    int64_t first_ns;            /* true time of the first delivered frame */
    int64_t end_ns;              /* true time of the end of the last delivered frame */
    int64_t lead_in_ns;          /* delivered before the window, because a cut begins at a key frame; >= 0 */
    int64_t tail_ns;             /* delivered after the window, because a frame inside it needs it; >= 0 */
    uint64_t leading_left_out; /* pictures before the first key frame in time that need an earlier group of pictures */
    bool goes_on;                /* most_packets or most_bytes ended it: there is more, from next_ns in piece next_piece */
    size_t next_piece;
    int64_t next_ns;             /* true time of the key frame that the next part begins with */
    char signing[8];             /* as in struct exh_probe */
    uint64_t signed_groups;      /* signatures among the delivered pictures */
    int64_t unsigned_end_ns;     /* delivered after the last picture that carries a signature; >= 0 */
    bool reframed;               /* the packets were given length prefixes for MP4 (from Annex B), payload unchanged */
    /* How the part's own time relates to true time: one per piece used, in order. */
    struct { size_t segment; int64_t part_ns, true_ns; } *joins;
    size_t join_count;
    char *problem;               /* a sentence where something was left out; NULL else */
};
void exh_part_clear(struct exh_part *part);

/* Plans one part. EXH_NO: no frame of the pieces lies in the window (or none can be decoded, no key
 * frame); EXH_IO: no helper, or it failed; EXH_MALFORMED: the helper's answer breaks a promise.
 * The plan belongs to @helper until the next call on it. */
bool exh_helper_plan(struct exh_helper *helper, const struct exh_cut *cut, struct exh_part *ret_part,
                     struct exh_error *err) EXH_CHECK;

/* Receives the planned part, in order. */
struct exh_part_sink {
    bool (*literal)(void *context, const void *bytes, size_t size, struct exh_error *err);
    bool (*run)(void *context, size_t segment, uint64_t offset, uint64_t size, struct exh_error *err);
    void *context;
};
/* Delivers the part that was planned last. Checks that literal bytes and runs add up to the planned
 * size and that runs name planned segments. */
bool exh_helper_deliver(struct exh_helper *helper, const struct exh_cut *cut, const struct exh_part *part,
                        const struct exh_part_sink *sink, struct exh_error *err) EXH_CHECK;

/* ---- the frames of the conversation (docs/formats/helper-protocol.md), for the helper program ---- */

enum { EXH_HELPER_PROTOCOL = 4 };
enum exh_helper_frame {
    EXH_HELPER_HELLO = 1,        /* helper: what it is, once, first */
    EXH_HELPER_PROBE = 2,        /* parent: look at the segment that comes along */
    EXH_HELPER_FOUND = 3,        /* helper: what it holds */
    EXH_HELPER_PIECES = 4,       /* parent: pieces of the part to plan, at most 4,096 a frame */
    EXH_HELPER_PLAN = 5,         /* parent: plan a part of the pieces sent */
    EXH_HELPER_NEED = 6,         /* helper: send me a piece's segment */
    EXH_HELPER_SEGMENT = 7,      /* parent: the segment that was asked for */
    EXH_HELPER_PROGRESS = 8,     /* helper: still at work */
    EXH_HELPER_JOINS = 9,        /* helper: how pieces stand in the part, at most 4,096 a frame */
    EXH_HELPER_PART = 10,        /* helper: what the part will be */
    EXH_HELPER_DELIVER = 11,     /* parent: deliver what was planned */
    EXH_HELPER_LITERAL = 12,     /* helper: the next bytes of the part */
    EXH_HELPER_RUNS = 13,        /* helper: the next bytes of the part, by where they are in segments */
    EXH_HELPER_DONE = 14,        /* helper: that was all */
    EXH_HELPER_FAILED = 15,      /* helper: it cannot be done, and why */
    EXH_HELPER_WORDS = 16,       /* both: the first bytes of a body that is longer than a frame */
    EXH_HELPER_ANSWER = 17,      /* helper: the end of what was asked with exh_helper_ask, and what there is to say */
    EXH_HELPER_SURVEY = 18,      /* parent: what is in the file that comes along, for copies of it */
    EXH_HELPER_JOB = 19,         /* parent: the job, and the font's file */
    EXH_HELPER_CHUNK = 20,       /* parent: encode a chunk of the job */
    EXH_HELPER_SOUND = 21,       /* parent: encode its sound */
    EXH_HELPER_IMAGE = 22,       /* parent: make an image of the job */
    EXH_HELPER_PACKETS = 23,     /* helper: packets that the literal bytes are; parent: packets of a film's file */
    EXH_HELPER_HEAD = 24,        /* parent: make the head of the file that has these packets */
};
enum { EXH_HELPER_BATCH = 4096, EXH_HELPER_RUN_SIZE = 24, EXH_HELPER_PACKET_SIZE = 24, EXH_HELPER_LONGEST = 64 << 20 };

/* ---- other questions (docs/formats/helper-protocol.md, "Copies") ---- */

struct exh_helper_question {
    enum exh_helper_frame type;
    const struct exh_json *body;
    int fd;                      /* goes with it; -1: none. Stays the caller's */
    /* Opens an input that the helper asks for; the descriptor is closed here. NULL: it may ask for none. */
    bool (*open)(void *context, size_t input, int *ret_fd, struct exh_error *err);
    size_t inputs;               /* how many there are */
    size_t most_opened;          /* how often it may ask for one */
    /* Takes literal bytes, and the bodies of EXH_HELPER_PACKETS (whole packets of EXH_HELPER_PACKET_SIZE); NULL: there may be none. */
    bool (*literal)(void *context, const void *bytes, size_t size, struct exh_error *err);
    bool (*packets)(void *context, const uint8_t *bytes, size_t size, struct exh_error *err);
    uint64_t most;               /* literal bytes that it may send */
    int64_t allowance_ms;        /* how long it may take, over what it takes to read inputs */
    bool (*interrupted)(void);   /* asked twice a second or so; true ends the helper. NULL: never */
    void *context;
};
/* Asks, and waits for the answer (EXH_HELPER_ANSWER; free with exh_json_free). EXH_BUSY never; EXH_IO: no helper, it broke
 * off, took too long, or was interrupted; EXH_NO, EXH_IO, EXH_MALFORMED, EXH_REFUSED as it says; else what the functions say. */
bool exh_helper_ask(struct exh_helper *helper, const struct exh_helper_question *question, struct exh_json **ret_answer,
                    struct exh_error *err) EXH_CHECK;
/* A name in an answer, into @ret_words of @room bytes, its end included. EXH_MALFORMED: it is missing, too long, or not plain
 * ASCII, as names of codecs and containers must be, which are shown to people and stand in file names. */
bool exh_helper_name(const struct exh_json *object, const char *member, size_t room, char *ret_words, struct exh_error *err)
    EXH_CHECK;
/* A sentence in an answer, fit to be shown, cut at 16 KiB; NULL where it is null or missing. Free with free(). */
char *exh_helper_sentence(const struct exh_json *object, const char *member) EXH_CHECK;
/* Sends packets of a film's file, whole ones of EXH_HELPER_PACKET_SIZE, for EXH_HELPER_HEAD. */
bool exh_helper_send_packets(struct exh_helper *helper, const uint8_t *bytes, size_t size, struct exh_error *err) EXH_CHECK;

#endif
