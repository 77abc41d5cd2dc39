/* media/reading: one input of a job, read and decoded from a given picture on. */
#ifndef EXHIBIT_MEDIA_READING_H
#define EXHIBIT_MEDIA_READING_H

#include "job.h"

/* Start with all zero. */
struct reading {
    const struct job_input *input;
    size_t number;               /* of the input */
    int fd;
    struct source *source;
    int64_t at;                  /* video packets passed */
    AVCodecContext *decoder;     /* of the stretch in hand; NULL */
    AVFrame *frame;              /* decoded last */
    int64_t end;                 /* the packet the stretch ends before */
    bool fed;                    /* the decoder has all of the stretch */
    uint64_t packets;            /* of the stretch */
    uint64_t decoded, damaged;   /* pictures; those of them that the decoder had to mend */
    uint64_t refused;            /* packets the decoder could make nothing of */
};
void reading_freep(struct reading **reading);
/* Makes the job's input @number the one in hand: *@slot. */
bool reading_open(struct exh_media_job *job, size_t number, struct reading **slot, struct exh_error *err) EXH_CHECK;
/* The same from a descriptor, which stays the caller's and must outlive it. */
bool reading_open_from(struct exh_media_job *job, size_t number, int fd, struct reading **slot, struct exh_error *err) EXH_CHECK;
/* The start of the input that comes last before a moment of it, or else its first. */
size_t reading_start(const struct job_input *input, int64_t own_ns);
/* Goes to start @start of the input, and opens a decoder for the pictures up to the next start (@whole: up to the end). What is in
 * *@slot goes on where that is possible. */
bool reading_enter(struct exh_media_job *job, size_t number, size_t start, bool whole, struct reading **slot, struct exh_error *err)
    EXH_CHECK;
/* The next picture in the order shown; *ret_end where there is none. @ret_own_ns: when it is shown. The frame is the
 * reading's until the next call. */
bool reading_next(struct reading *reading, int64_t *ret_own_ns, bool *ret_end, struct exh_error *err) EXH_CHECK;

/* A decoder of @source's track: one thread, and the same results on every machine. EXH_MALFORMED: none here reads it. */
bool decoder_open(const struct source *source, size_t track, AVCodecContext **ret_decoder, struct exh_error *err) EXH_CHECK;

#endif
