/* convert: makes copies of footage in exhibit-media: pictures and sound encoded anew, stills, several
 * processes side by side (floor 4).
 *
 * What is to be made is said by a *job*, a JSON object that holds everything the result depends on
 * (docs/formats/conversion.md). The same job, over the same bytes, with the same libraries gives the
 * same bytes, however many processes share the work: it is cut into chunks by the footage alone.
 */
#ifndef EXHIBIT_CONVERT_H
#define EXHIBIT_CONVERT_H

#include "exhibit/error.h"
#include "exhibit/helper.h"
#include "exhibit/json.h"

#include <stdint.h>

/* ---- what is in a file ---- */

/* A picture from which decoding can begin: its number among the video packets of the file (from 0, in
 * the order of the file), and when it is shown (in the file's own time); of a file's first, when the first picture is shown that
 * can be decoded from there on. */
struct exh_start { int64_t packet, own_ns; };

/* What one file of a Master holds, for whoever converts it. "Own time" is nanoseconds since the file's
 * first picture is shown. Clear with exh_survey_clear. */
struct exh_survey {
    char codec[24], profile[48];
    int width, height;               /* pixels as decoded */
    int64_t zero;                    /* time stamp of its first picture: goes into jobs */
    int aspect_numerator, aspect_denominator;   /* shape of a pixel; 1/1 where the file does not say (stated_aspect) */
    bool stated_aspect;
    int rotation;                    /* degrees clockwise that make it upright: 0, 90, 180, 270 */
    bool mirrored;                   /* and then mirrored left to right */
    bool odd_matrix;                 /* it asks to be turned by an angle that is no multiple of 90 degrees, which is not done */
    char pixels[24];                 /* libavutil's name: "yuv420p10le" */
    char fields[16];                 /* "progressive", "top first", "bottom first", "unknown" */
    char range[16], primaries[24], transfer[24], matrix[24];   /* libavutil's names; "unknown" where not said */
    int rate_numerator, rate_denominator;       /* nominal; 0/1 unknown */
    int64_t step_ns;                 /* usual, from picture to picture */
    int64_t end_ns;                  /* own time at which the last picture ends */
    uint64_t pictures;               /* video packets */
    struct exh_start *starts;        /* where chunks begin; the first is the first key frame */
    size_t start_count;              /* 0: nothing in it can be decoded */
    struct exh_span *spans;          /* where there are pictures (struct exh_probe) */
    size_t span_count;
    size_t sounds;                   /* sound tracks; a copy has the first */
    char sound_codec[24];
    int sample_rate, channels;
    char *left_out;                  /* names of streams that a copy will not have; NULL */
    char *undecodable;               /* NULL, or a sentence: why its first pictures cannot be decoded */
    char *problem;                   /* NULL, or a sentence: what is wrong with the file */
};
void exh_survey_clear(struct exh_survey *survey);
/* Reads the packets of a file without decoding. What is wrong with it is in the answer; a file that is no
 * footage at all has start_count 0 and a problem. EXH_IO: no helper. @fd stays the caller's.
 * @rate: declared, of a bare stream. */
bool exh_convert_survey(struct exh_helper *helper, int fd, struct exh_rate rate, struct exh_survey *ret_survey,
                        struct exh_error *err) EXH_CHECK;
/* The size at which its pictures are shown: upright, with square pixels, both numbers even (odd ones are
 * raised by one), and where @most_width and @most_height are not 0 scaled down to fit them (upright pictures: the two changed
 * over). */
void exh_convert_canvas(const struct exh_survey *survey, int most_width, int most_height, int *ret_width, int *ret_height);

/* ---- making ---- */

struct exh_convert {
    const struct exh_json *job;
    /* Opens input @input of the job for reading; called on several threads. The descriptor is closed here. */
    bool (*open)(void *context, size_t input, int *ret_fd, struct exh_error *err);
    int font;                        /* descriptor of the font file (TrueType) that texts are drawn with; -1: none drawn */
    int device;                      /* descriptor of the machine's device that encodes; 0: none */
    int spool;                       /* directory where what is encoded waits, in files without a name */
    bool bare;                       /* helpers need not be in the whole cage (exh_helper_allow_bare) */
    unsigned workers;                /* processes side by side, 8 at most; 0: one a processor, as far as memory allows: all
                                        together stay below 500 MB at 1920x1080 */
    /* Called about twice a second at most, on one of several threads, never twice at once; may be NULL.
     * @done, @whole: length of the copy made and to be made, nanoseconds. */
    void (*progress)(void *context, int64_t done_ns, int64_t whole_ns);
    bool (*interrupted)(void);       /* true abandons; may be NULL */
    void *context;
};

/* A film that is encoded and waits in the spool. */
struct exh_film;
void exh_film_freep(struct exh_film **film);
/* Makes the film of a job of kind "film". EXH_MALFORMED: an input is not what the job says, or no picture of it can be
 * decoded; EXH_IO: no helper, disk full, interrupted; EXH_REFUSED: an encoder this machine does not have. On failure
 * nothing is left in the spool. */
bool exh_convert_film(const struct exh_convert *convert, struct exh_film **ret_film, struct exh_error *err) EXH_CHECK;
/* Bytes of the MP4 file. */
uint64_t exh_film_size(const struct exh_film *film);
/* What it is: see "facts" in docs/formats/conversion.md. The film's. */
const struct exh_json *exh_film_facts(const struct exh_film *film);
/* Gives the file's bytes, in order. EXH_IO, or what @take says. */
bool exh_film_write(const struct exh_film *film,
                    bool (*take)(void *context, const void *bytes, size_t size, struct exh_error *err), void *context,
                    struct exh_error *err) EXH_CHECK;

/* Makes the images of a job of kind "stills", in order. @take is given each whole, with its facts (borrowed), on the caller's
 * thread. Failures as above. */
bool exh_convert_stills(const struct exh_convert *convert,
                        bool (*take)(void *context, size_t image, const void *bytes, size_t size, const struct exh_json *facts,
                                     struct exh_error *err),
                        void *context, struct exh_error *err) EXH_CHECK;

#endif
