/* derive, private: what its files share. */
#ifndef EXHIBIT_DERIVE_PRIVATE_H
#define EXHIBIT_DERIVE_PRIVATE_H

#include "exhibit/derive.h"

#include "exhibit/convert.h"
#include "exhibit/item.h"

#include <sys/stat.h>

/* ---- original.c: Masters, judged and open ---- */

/* A file of a Master. */
struct original_part {
    const char *file, *digest;           /* of the record */
    struct stat facts;                   /* before it was judged */
};

/* A Master as it lies in the store, that verified. Start with EXH_ORIGINAL_NONE. */
struct original {
    char reference[24];
    char case_id[24];
    char tagmanifest[EXH_SHA256_DIGITS], record_digest[EXH_SHA256_DIGITS];
    struct exh_json *record;
    struct exh_rate rate;                /* declared for bare streams of its source; 0/0 none */
    struct original_part *parts;
    size_t part_count;
    int folder;                          /* descriptor of its bag */
};
#define EXH_ORIGINAL_NONE { .folder = -1 }
void exh_original_clear(struct original *original);
/* Looks at a Master of the store, and judges it. What does not verify is entered in the log and refused (EXH_REFUSED, naming what
 * differs); EXH_USAGE: no such Master. */
bool exh_original_load(struct exh_store *store, const char *reference, struct original *ret_original, struct exh_error *err) EXH_CHECK;
/* The reference that a name of a grid means: itself, or where it is a camera's, the case's latest Master of that camera. EXH_USAGE: the
 * case has none. */
bool exh_original_named(const struct exh_store *store, const char *case_id, const char *name, char ret_reference[24], struct exh_error *err)
    EXH_CHECK;
/* Opens a file of it, which must be the very one that was judged: EXH_MALFORMED when it is another, or was changed since. Called
 * on any thread. */
bool exh_original_open(const struct original *original, size_t part, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* EXH_MALFORMED when any of its files was changed since it was judged. */
bool exh_original_is_unchanged(const struct original *original, struct exh_error *err) EXH_CHECK;

/* ---- line.c: what a Master shows, and when ---- */

/* A file of a Master, for the job. */
struct input {
    size_t part;                         /* of the original */
    const struct exh_json *json;         /* the record's part */
    char *name;                          /* what findings and cards call it; owned */
    struct exh_rate rate;                /* declared, of a bare stream; 0/0 none */
    struct exh_survey survey;
    int64_t (*clock)[2];                 /* own time, true time; in order */
    size_t clock_count;                  /* 0: true time is not known */
};

/* Times on a Master's *line*: true time; or where that is not known of all of it, nanoseconds from its start, as if its files
 * followed one another. */

/* Pictures of one file, without a hole, whose times go on evenly. */
struct stretch {
    size_t input;
    int64_t from_ns, to_ns;              /* own time */
    int64_t line_ns;                     /* of from_ns */
};

/* Where there are no pictures to show. */
enum hole_kind { HOLE_NO_RECORDING, HOLE_NOT_SHOWN, HOLE_OUTSIDE };
struct hole {
    enum hole_kind kind;
    int64_t from_ns, to_ns;              /* line; equal where its length is not known */
    char *cause;                         /* a sentence without its stop */
    bool recorded;                       /* it is a gap of the record */
    bool always;                         /* has a card, however short */
};

/* Start with EXH_LINE_NONE. */
struct line {
    char reference[24], prefix[28];      /* the Master's: "OP17"; "OP17: " */
    const struct exh_json *record;       /* its; borrowed */
    bool timed;
    struct input *inputs;
    size_t input_count;
    struct stretch *stretches;           /* in order of the line */
    size_t stretch_count;
    struct hole *holes;                  /* in order of the line */
    size_t hole_count;
    int64_t from_ns, to_ns;              /* what is left of it */
    int64_t start_ns;                    /* of the whole Master */
};
#define EXH_LINE_NONE { .inputs = NULL }
void exh_line_clear(struct line *line);
/* Finds what there is from the record, and from what was surveyed of each file: @surveys, one a part of the record, are taken.
 * @nameless: files are called by number, because their names may tell what is not to be seen. */
void exh_line_find(const char *reference, const struct exh_json *record, struct exh_survey *surveys, bool nameless,
                   struct line *ret_line);
/* Leaves of the line what lies in the window. What of it is no part of the Master becomes a hole. EXH_NO: no picture. */
bool exh_line_cut(struct line *line, int64_t from_ns, int64_t to_ns, struct exh_error *err) EXH_CHECK;
/* The line time of what a person asked for. EXH_USAGE: a true time, where that is not known; one more than 400 days from the start. */
bool exh_line_time(const struct line *line, struct exh_when when, int64_t *ret_ns, struct exh_error *err) EXH_CHECK;
/* Where a moment of a file is on the line. */
int64_t exh_line_at(const struct line *line, size_t input, int64_t own_ns);
/* "2021-12-05 21:10:05 GMT" and "2021-12-05T21:10:05Z"; or "+0:00:12.480 from the start" and "". Free with free(). */
char *exh_line_local_words(const struct line *line, int64_t line_ns, const char *zone) EXH_CHECK;
char *exh_line_utc_words(const struct line *line, int64_t line_ns) EXH_CHECK;

/* ---- shots.c: the order of a film, and what must be said of it ---- */

/* What cards say, and when there is one. */
struct cards { int64_t length_ns; const char *zone; };
/* The film's shots: the pictures of the line in order, and a card in place of each hole of the record and of each that is longer
 * than a card. Free with exh_json_free. */
struct exh_json *exh_shots_json(const struct line *line, const struct cards *cards) EXH_CHECK;
/* What must be said of the holes. @prefix: as with exh_findings_carry. */
void exh_shots_note(const struct line *line, const char *prefix, struct exh_json *findings);
/* The one shot of a grid: all lines of the plan side by side. Free with exh_json_free. */
struct plan;
struct exh_json *exh_shots_grid(const struct plan *plan) EXH_CHECK;
/* The gaps of the line, as the record has them. Free with exh_json_free. */
struct exh_json *exh_shots_gaps(const struct line *line, const char *zone) EXH_CHECK;

/* ---- findings.c: all that must be said of a copy ---- */

void exh_finding_add(struct exh_json *findings, const char *code, const char *format, ...) EXH_PRINTF(3, 4);
/* What the Master's record says that a viewer must know too. @prefix: before each text, where several Masters are shown; or "".
 * @nameless: without those that name a file of the Master. */
void exh_findings_carry(const struct exh_json *record, const char *prefix, bool nameless, struct exh_json *findings);

/* ---- masks.c: what is covered, and where no sound is ---- */

/* EXH_USAGE: a mask that covers nothing of the picture, or no time of the line: it would leave uncovered what it was meant for;
 * or a true time where that is not known. @shown: the size of the picture that the masks' pixels count in. */
bool exh_masks_check(const struct exh_masks *masks, const struct line *line, const int shown[2], struct exh_error *err) EXH_CHECK;
/* The job's "masks" and "mute" of one input, in its own time, once exh_masks_check passed. @canvas: of the job. Free both with
 * exh_json_free. */
struct exh_json *exh_masks_of_input(const struct exh_masks *masks, const struct line *line, size_t input, const int shown[2],
                                const int canvas[2]) EXH_CHECK;
struct exh_json *exh_mute_of_input(const struct exh_masks *masks, const struct line *line, size_t input) EXH_CHECK;

/* ---- plan.c: what is to be made ---- */

/* How large pictures are, and how well they are encoded. */
struct preset { const char *name; int most_width, most_height, crf; };

/* Start zeroed; clear with exh_plan_clear. */
struct plan {
    const struct exh_derive_options *options;
    const char *zone;                    /* of people */
    struct line *lines;                  /* one a Master: more than one only of a grid; cut to what is shown; only files that
                                            are shown are inputs */
    size_t line_count;
    const struct preset *preset;
    int columns;                         /* of a grid; 1 else */
    int shown[2], canvas[2];             /* size of the picture, and as the copy has it (of a cell, in a grid) */
    struct exh_json *findings;
    struct exh_json *gaps;               /* of what is shown; empty where time is not known */
    struct exh_json *changes;            /* sentences: how the copy differs from the Master */
    bool has_sound;                      /* the copy has */
    int channels;
    struct exh_zone_step *steps;
    size_t step_count;
    int64_t *times;                      /* of stills, on the line, in order */
    size_t time_count;
    const char *font;                    /* SHA-256 of the font's file; NULL where nothing is drawn */
};
void exh_plan_clear(struct plan *plan);
/* A Master, for a plan: its surveys, one a part of the record, are taken. */
struct subject {
    const char *reference;
    const struct exh_json *record;
    struct exh_survey *surveys;
    struct exh_rate rate;                /* declared for bare streams */
};
/* Plans a copy of what was surveyed. EXH_USAGE: options that cannot be meant of these Masters; EXH_NO: no picture to show. */
bool exh_plan_make(const struct exh_derive_options *options, const struct subject *subjects, size_t count, const char *zone,
                   struct plan *ret_plan, struct exh_error *err) EXH_CHECK;
/* How many inputs the job has: those of all lines, one after the other. */
size_t exh_plan_input_count(const struct plan *plan);
/* The input of that number, its line's number, and its own number there. */
const struct input *exh_plan_input(const struct plan *plan, size_t number, size_t *ret_line, size_t *ret_input);
/* True when nothing may name the files of that Master: a redacted copy of files that somebody handed over under their own names. */
bool exh_plan_is_nameless(const struct plan *plan, const struct exh_json *record);
/* True when the copy shows all there is from one time to another; false of stills whose times were named. */
bool exh_plan_is_interval(const struct plan *plan);
/* True when text may be drawn, and the font must be there: in any film a card stands wherever nothing can be decoded. */
bool exh_plan_draws(const struct plan *plan);

/* ---- job.c ---- */

/* The job (docs/formats/conversion.md) of the copy @reference. Free with exh_json_free. */
struct exh_json *exh_job_film(const struct plan *plan, const char *reference) EXH_CHECK;
struct exh_json *exh_job_stills(const struct plan *plan, const char *reference) EXH_CHECK;

/* ---- stills.c: which pictures ---- */

/* Finds the plan's times: of the pictures that are asked for, on the line, in order; for a sheet all of them. EXH_NO: a time of
 * which there is no picture; EXH_USAGE: a time twice, or more than 10,000 of them. Of --every and sheets, times without a picture are
 * passed over and noted in the plan's findings. */
bool exh_stills_times(struct plan *plan, struct exh_error *err) EXH_CHECK;
/* The picture on show at that line time: the input and own time. False: there is none. */
bool exh_stills_find(const struct line *line, int64_t line_ns, size_t *ret_input, int64_t *ret_own_ns);

/* ---- engine.c: running a job ---- */

/* A file of a Master that is an input of a job. */
struct location { const struct original *original; size_t part; };

/* What a job is run with. Start with EXH_ENGINE_NONE; clear with exh_engine_clear. */
struct engine {
    const struct exh_json *job;
    const struct location *places;          /* where each input of the job is; borrowed */
    size_t place_count;
    int font, device, spool;             /* -1: no text is drawn; -1: no hardware encoder; the store's staging directory */
    bool bare;                           /* the store's cage_optional */
    char font_digest[EXH_SHA256_DIGITS]; /* empty without a font */
    void (*progress)(void *context, int64_t done_ns, int64_t whole_ns);
    void *context;
    bool (*interrupted)(void);
};
#define EXH_ENGINE_NONE { .font = -1, .device = -1, .spool = -1 }
void exh_engine_clear(struct engine *engine);
/* Opens the staging directory, the font, and the device of a hardware encoder (@encoder NULL: libx264). EXH_IO: there is no font, and
 * @needs_font; EXH_USAGE: no encoder that is used here; EXH_REFUSED: this machine has no device for it. */
bool exh_engine_open(const struct exh_store *store, bool needs_font, const char *encoder, struct engine *ret_engine,
                     struct exh_error *err) EXH_CHECK;
/* As exh_convert_film and exh_convert_stills. */
bool exh_engine_film(const struct engine *engine, struct exh_film **ret_film, struct exh_error *err) EXH_CHECK;
typedef bool exh_take_image(void *context, size_t image, const void *bytes, size_t size, const struct exh_json *facts,
                            struct exh_error *err);
bool exh_engine_stills(const struct engine *engine, exh_take_image *take, void *context, struct exh_error *err) EXH_CHECK;

/* ---- deriving.c: one copy in the making ---- */

struct deriving {
    struct exh_making making;
    const struct exh_derive_options *options;
    struct original *originals;          /* one a line of the plan */
    size_t original_count;
    struct plan plan;
    struct engine engine;
    struct exh_helper *helper;
    struct exh_json *case_facts, *producer;
    char *description, *libraries, *cage;
    struct location *places;                /* of the job's inputs */
    struct exh_json *job;
    struct exh_json *facts;              /* what the engine says: of a film; of each image */
    struct exh_json *parts;              /* of the record */
};

/* ---- record.c: the copy's record (docs/formats/copy.md) ---- */

/* "copy", "redacted", "stills"; "transcode", "exact", "redact", "still". */
const char *exh_copy_item(const struct exh_derive_options *options);
const char *exh_copy_mode(const struct exh_derive_options *options);
/* "OP17_1_wisbech-12_20211205T211000Z": of the package and of a film. Free with free(). */
char *exh_copy_stem(const struct deriving *d) EXH_CHECK;
/* Names of payload files. Free with free(). */
char *exh_copy_film_name(const struct deriving *d) EXH_CHECK;
char *exh_copy_image_name(const struct deriving *d, size_t image) EXH_CHECK;
/* The record's parts: of a film by its facts, and of an image. Free with exh_json_free. */
struct exh_json *exh_copy_film_part(const struct deriving *d, const char *file, uint64_t size, const char *digest) EXH_CHECK;
struct exh_json *exh_copy_image_part(const struct deriving *d, size_t image, const char *file, uint64_t size, const char *digest,
                                     const struct exh_json *facts) EXH_CHECK;
/* Notes what the engine found out. */
void exh_copy_note_facts(struct deriving *d);
struct exh_json *exh_copy_record(const struct deriving *d) EXH_CHECK;

#endif
