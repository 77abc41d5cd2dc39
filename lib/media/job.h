/* media/job: what a copy is to be, as the parent says it (docs/formats/conversion.md), read strictly. */
#ifndef EXHIBIT_MEDIA_JOB_H
#define EXHIBIT_MEDIA_JOB_H

#include "draw.h"
#include "mask.h"
#include "source.h"

/* Times of a film are counted so: fine enough for every rate recorders use. */
enum { TICKS_A_SECOND = 90000 };
#define TICKS ((AVRational){ 1, TICKS_A_SECOND })

struct job_start { int64_t packet, own_ns; };
struct job_clock { int64_t own_ns, true_ns; };
struct job_stretch { int64_t from_ns, to_ns; };

struct job_input {
    struct exh_media_rate rate;
    int64_t zero;                /* time stamp of the first picture, in the video's time base */
    int64_t step_ns, end_ns;
    AVRational aspect;           /* of a pixel */
    bool deinterlace;
    int rotation;                /* degrees clockwise */
    bool mirrored;
    struct job_start *starts;
    size_t start_count;
    struct job_clock *clock;
    size_t clock_count;
    struct job_stretch *mute;
    size_t mute_count;
    struct masks masks;
};

struct job_shot {
    bool card;
    struct exh_strings lines;    /* of a card */
    size_t input;
    int64_t from_ns, to_ns;      /* own time of the input; of a card: 0 and its length */
    int64_t at_ns;               /* when it begins in the film */
};

/* A stretch of the film that one process encodes by itself. */
struct job_chunk {
    size_t shot;
    size_t start;                /* of the input's starts */
    int64_t from_ns, to_ns;      /* own time of the input, within the shot */
};

struct job_item { char *text; enum { ITEM_TEXT, ITEM_LOCAL, ITEM_UTC, ITEM_LABEL } kind; };

/* Several inputs side by side: each cell shows what was recorded at a true time. */
struct job_piece { size_t input; int64_t from_ns, to_ns, true_ns; };     /* own time; true time of from_ns */
struct job_cell { char *label; struct job_piece *pieces; size_t piece_count; };
struct job_grid {
    struct job_cell *cells;
    size_t count;                /* 0: no grid */
    int columns;
    int64_t true_ns;             /* when it begins */
};

struct job_image {
    struct { size_t input; int64_t own_ns; } *pictures;
    size_t picture_count;
    int columns;
    struct exh_strings names, words;     /* of its notes */
};

struct exh_media_job {
    bool stills;
    int width, height;           /* of the canvas */
    struct job_input *inputs;
    size_t input_count;
    struct exh_media_about zone; /* its zone steps only */
    /* film */
    struct job_shot *shots;
    size_t shot_count;
    struct job_chunk *chunks;
    size_t chunk_count;
    struct job_grid grid;        /* where there is one, it is the only shot */
    AVRational speed;
    char *encoder, *preset;
    int crf;
    int64_t key_ns;
    AVRational rate;             /* nominal */
    int sound_rate;              /* bits a second; 0: no sound */
    struct { char *primaries, *transfer, *matrix; } colour;
    bool captioned, over;
    struct job_item *items;
    size_t item_count;
    /* stills */
    bool jpeg;
    int quality;
    struct job_image *images;
    size_t image_count;

    const struct exh_media_host *host;
    uint8_t *font_bytes;
    struct font *font;           /* NULL: nothing is drawn */
    struct caption_layout caption;
    struct reading *reading;     /* the input in hand; NULL */
};

/* Reads the job. EXH_MALFORMED: it is not one. */
bool job_read(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err) EXH_CHECK;
/* Frees what job_read read. */
void job_clear(struct exh_media_job *job);
/* The whole film's length, ticks. */
int64_t job_length(const struct exh_media_job *job);
/* When a moment of a shot stands in the film: nanoseconds. */
int64_t job_film_ns(const struct exh_media_job *job, const struct job_shot *shot, int64_t own_ns);
int64_t job_ticks(int64_t ns);
/* True time of a moment of an input; false where it is not known. */
bool job_true_ns(const struct job_input *input, int64_t own_ns, int64_t *ret_ns);
/* What a caption says at a moment of an input (NULL: there is nothing), and the longest that it can say. @label: of a cell; NULL. */
void job_caption(const struct exh_media_job *job, const struct job_input *input, int64_t own_ns, const char *label,
                 struct exh_strings *ret_items);
void job_longest_caption(const struct exh_media_job *job, struct exh_strings *ret_items);
/* "2021-12-05 21:10:00.280 GMT" and "2021-12-05T21:10:00.280Z"; where true time is not known "+0:00:12.480 from the start"
 * and "". Free with free(). */
char *job_local_words(const struct exh_media_job *job, const struct job_input *input, int64_t own_ns);
char *job_utc_words(const struct job_input *input, int64_t own_ns);

#endif
