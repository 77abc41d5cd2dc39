/* media: reads footage with libavformat, for the helper program only (floor 3).
 *
 * Nothing here opens a file: descriptors are handed in, one at a time. Answers are JSON in the form
 * of docs/formats/helper-protocol.md, so that the parent shares no structure with this side.
 *
 * A part is planned first and delivered then. Planning reads the tables of the segments (of MP4) or
 * their packets (of anything else) and lets libavformat's muxer write the part without its pictures;
 * delivering gives the bytes the muxer wrote and, for MP4 segments, where in them the pictures are.
 */
#ifndef EXHIBIT_MEDIA_H
#define EXHIBIT_MEDIA_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/text.h"

#include <stdint.h>

/* Whom the work is done for. */
struct exh_media_host {
    /* Called often; tells that the work goes on. NULL: nobody wants to know. */
    bool (*tick)(void *context, struct exh_error *err);
    /* Opens the segment of a piece for reading; closed here. Not used by exh_media_probe. */
    bool (*open)(void *context, size_t piece, int *ret_fd, struct exh_error *err);
    void *context;
};

/* Pictures a second of a bare stream, as its owner declares it; 0/0: nobody did. */
struct exh_media_rate { int numerator, denominator; };

/* Opens the machine's device that encodes, by a descriptor of it; before the cage. Where that fails, jobs that want it fail. */
void exh_media_open_device(int fd);
/* Once per process, before the cage: libavformat's messages are kept, not printed, and the converters of text that it may
 * ask for are loaded. */
void exh_media_start(void);
/* "libavformat 59.27.100, libavcodec 59.37.100". Free with free(). */
char *exh_media_libraries(void) EXH_CHECK;

/* Looks at one segment: the answer to EXH_HELPER_PROBE. Whatever is wrong with it is in the answer.
 * Limits: 9 s of processor time, four times the file's size of reading, 32 streams, 16 million
 * packets. @fd stays the caller's. */
struct exh_json *exh_media_probe(int fd, struct exh_media_rate rate, const struct exh_media_host *host) EXH_CHECK;

/* A piece of a part: when its segment's first frame was shown (Unix time), and the span to use of it
 * (in the segment's own time); nanoseconds. */
struct exh_media_piece { int64_t start_ns, span_start_ns, span_end_ns; };

/* Clocks in the people's zone, from an instant on. */
struct exh_media_zone_step { int64_t from_ns; int offset_s; char name[12]; };
/* What the part says of itself; empty strings where nothing is to be said. Owned; clear with exh_media_about_clear. */
struct exh_media_about {
    char *unit, *person, *source, *url;
    int64_t time_ns;
    struct exh_media_zone_step *zone;
    size_t zone_count;
};
void exh_media_about_clear(struct exh_media_about *about);

/* What is wanted of the pieces: struct exh_cut (exhibit/helper.h) as the helper gets it. */
struct exh_media_cut {
    int64_t from_ns, to_ns;      /* from inclusive, to exclusive */
    int64_t begin_ns;            /* 0: none */
    uint64_t most_packets, most_bytes;      /* 0: no limit */
    struct exh_media_rate rate;
    bool says_about;             /* about is set */
    struct exh_media_about about;
};

/* A planned part. */
struct exh_media_plan;
/* Plans one part of @pieces. @pieces and @cut must outlive the plan. EXH_NO: no frame lies in the
 * window, or none can be decoded or held by MP4 or Matroska; EXH_IO, EXH_MALFORMED: as the host's
 * functions say, or a segment cannot be read. */
bool exh_media_plan(const struct exh_media_piece *pieces, size_t count, const struct exh_media_cut *cut,
                    const struct exh_media_host *host, struct exh_media_plan **ret_plan, struct exh_error *err)
    EXH_CHECK;
void exh_media_plan_freep(struct exh_media_plan **plan);
/* The body of EXH_HELPER_PART. Free with exh_json_free. */
struct exh_json *exh_media_plan_part(const struct exh_media_plan *plan) EXH_CHECK;
/* How the pieces stand in the part: piece number, time in the part, true time; nanoseconds. */
struct exh_media_join { size_t piece; int64_t part_ns, true_ns; };
const struct exh_media_join *exh_media_plan_joins(const struct exh_media_plan *plan, size_t *ret_count);

/* Takes a part, in order. */
struct exh_media_sink {
    bool (*literal)(void *context, const uint8_t *bytes, size_t size, struct exh_error *err);
    bool (*run)(void *context, size_t piece, uint64_t offset, uint64_t size, struct exh_error *err);
    void *context;
};
/* Delivers the part as it was planned. EXH_MALFORMED: a segment no longer gives what it gave. */
bool exh_media_deliver(const struct exh_media_plan *plan, const struct exh_media_host *host,
                       const struct exh_media_sink *sink, struct exh_error *err) EXH_CHECK;

/* ---- copies (docs/formats/conversion.md) ---- */

/* What a file holds, for whoever converts it: the answer to EXH_HELPER_SURVEY. Reads the packets of the file and decodes its first
 * pictures. Limits: those of source_open, 60 s of processor time and a minute more for each GB. @fd stays the caller's. */
struct exh_json *exh_media_survey(int fd, struct exh_media_rate rate, const struct exh_media_host *host) EXH_CHECK;

struct exh_media_job;
/* Reads a job. @host's open gives its inputs; it must outlive the job. @font: bytes of a font file, taken (free); NULL where the job
 * draws no text. EXH_MALFORMED: not a job, or not a font. */
bool exh_media_job_open(const struct exh_json *json, uint8_t *font, size_t font_size, const struct exh_media_host *host,
                        struct exh_media_job **ret_job, struct exh_error *err) EXH_CHECK;
void exh_media_job_freep(struct exh_media_job **job);
/* How many chunks or images it has, and the size of its pictures: the answer to EXH_HELPER_JOB. */
struct exh_json *exh_media_job_facts(const struct exh_media_job *job) EXH_CHECK;

/* Takes what is encoded, packet by packet. @time: in 1/90000 s of the film (pictures), in samples (sound). */
struct exh_media_packets {
    bool (*take)(void *context, const uint8_t *bytes, size_t size, int64_t time, bool key, struct exh_error *err);
    void *context;
};
/* Encodes a chunk of the film, or its sound, which begins with the picture at @begins. @ret_facts: free with exh_json_free.
 * EXH_MALFORMED: an input is not what the job says, or there is no decoder for it; EXH_REFUSED: no such encoder. */
bool exh_media_job_chunk(struct exh_media_job *job, size_t chunk, const struct exh_media_packets *packets, struct exh_json **ret_facts,
                         struct exh_error *err) EXH_CHECK;
bool exh_media_job_sound(struct exh_media_job *job, int64_t begins, const struct exh_media_packets *packets,
                         struct exh_json **ret_facts, struct exh_error *err) EXH_CHECK;
/* Makes an image. @ret_bytes: added to. */
bool exh_media_job_image(struct exh_media_job *job, size_t image, struct exh_text *ret_bytes, struct exh_json **ret_facts,
                         struct exh_error *err) EXH_CHECK;

/* The head of a film's MP4 file: everything before its packets, which follow it in the order in which they were added. */
struct exh_media_tables;
struct exh_media_table_entry { int64_t time; uint32_t size, duration; uint8_t track; bool key; };    /* track 0: pictures, 1: sound */
struct exh_media_tables *exh_media_tables_new(void) EXH_CHECK;
void exh_media_tables_freep(struct exh_media_tables **tables);
bool exh_media_tables_add(struct exh_media_tables *tables, const struct exh_media_table_entry *entry, struct exh_error *err) EXH_CHECK;
/* @about: the body of EXH_HELPER_HEAD; must outlive the call. @ret_head: the tables' own. */
bool exh_media_tables_make(struct exh_media_tables *tables, const struct exh_json *about, const struct exh_media_host *host,
                           const uint8_t **ret_head, size_t *ret_size, struct exh_error *err) EXH_CHECK;

#endif
