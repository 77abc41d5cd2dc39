/* derive: makes copies of Masters: films encoded anew, stills, redacted copies, several exhibits side by side (floor 9).
 *
 * A copy is made of a sealed Master that verifies, by a job that says everything it depends on (docs/formats/conversion.md); the
 * job stands in the copy's own record, so that anybody who has the Master can make the same bytes again. The copy is an
 * exhibit of its own ("OP17/1"), sealed, logged and named as every exhibit is (making.h).
 */
#ifndef EXHIBIT_DERIVE_H
#define EXHIBIT_DERIVE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/making.h"
#include "exhibit/moment.h"
#include "exhibit/package.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

/* A time that a person gives: true time, or so long after the start of the Master. */
struct exh_when { bool from_start; int64_t ns; };
/* Reads "+12.5s" (exh_duration_parse) as so long after the start; anything else as exh_moment_parse does. EXH_USAGE. */
bool exh_when_parse(const char *words, const char *zone, struct exh_when *ret_when, struct exh_error *err) EXH_CHECK;

/* ---- what a redacted copy does not show (docs/formats/masks.md) ---- */

/* From (inclusive) to (exclusive); a side that is not given is without end. */
struct exh_interval { bool has_from, has_to; struct exh_when from, to; };
/* A rectangle at a time, in pixels of the picture upright, before it is made smaller. */
struct exh_mask_key { struct exh_when at; int x, y, width, height; };
struct exh_mask {
    struct exh_interval when;
    bool outside;                    /* what lies outside of it is covered */
    struct exh_mask_key *keys;       /* in order; between two it moves in a straight line. The time of a single one says nothing */
    size_t key_count;
};
/* Start zeroed; clear with exh_masks_clear. */
struct exh_masks {
    struct exh_mask *at;
    size_t count;
    struct exh_interval *mute;       /* no sound there */
    size_t mute_count;
    bool mute_all;                   /* no sound at all */
    struct exh_json *file;           /* the mask file, as it was read; NULL: none */
};
void exh_masks_clear(struct exh_masks *masks);
/* Adds "x,y,width,height" or "x,y,width,height@from..to"; either side may be left out. EXH_USAGE. */
bool exh_masks_add(struct exh_masks *masks, const char *words, bool outside, const char *zone, struct exh_error *err) EXH_CHECK;
/* Adds "from..to" or "all". EXH_USAGE. */
bool exh_masks_mute(struct exh_masks *masks, const char *words, const char *zone, struct exh_error *err) EXH_CHECK;
/* Adds what a mask file says. EXH_MALFORMED: not of the form, or more than 1,000 masks or 100,000 rectangles. */
bool exh_masks_read(struct exh_masks *masks, const char *bytes, size_t size, const char *zone, struct exh_error *err) EXH_CHECK;

/* ---- making copies ---- */

enum exh_copy {
    EXH_COPY_FILM,                   /* encoded anew: "transcode" */
    EXH_COPY_REDACTED,               /* a film with masks or silences: "redact" */
    EXH_COPY_STILLS,                 /* pictures of their own: "still" */
    EXH_COPY_GRID,                   /* a film of several Masters side by side: "combine" */
};

struct exh_derive_options {
    enum exh_copy copy;
    const char *master;              /* its reference */
    const struct exh_strings *with;  /* of a grid: the others, 1 to 8: references, or cameras (the case's latest Master of each) */
    bool exact;                      /* only the pictures of @when; where that is without end, of the window the Master was made for */
    struct exh_interval when;
    /* Of films. */
    const char *preset;              /* exh_preset_check; NULL: "court" */
    bool burn_in;                    /* camera, times and reference in a band below the picture */
    bool over;                       /* or over the picture; with burn_in */
    int64_t card_ns;                 /* how long cards are shown; 0: 2 s */
    int speed;                       /* how much faster than life; 0: 1 */
    const char *encoder;             /* NULL: libx264 */
    const struct exh_masks *masks;   /* of redacted films */
    const char *mask_file;           /* how the command named it: the record does not repeat it; NULL: none */
    const char *style;               /* how they cover: "black", "pixelate", "blur"; NULL: "black" */
    /* Of stills: one of @at, @every_ns and @columns. */
    const struct exh_when *at;
    size_t at_count;
    int64_t every_ns;                /* from the beginning on; 0: not so */
    int columns, rows;               /* one sheet of so many pictures, evenly spread; 0: not so */
    const char *format;              /* "png", "jpeg"; NULL: "png" */
    int quality;                     /* of JPEG, 1 to 100; 0: 90 */
    /* Of all. */
    const char *reason;              /* why it is made; NULL: not said. Of a redacted copy only the log keeps it, sealed */
    const char *out;                 /* directory for a package; NULL: none */
    const struct exh_recipient *recipients;
    size_t recipient_count;
    bool dry_run;                    /* say what would be made, make nothing, leave no entry */
    const struct exh_strings *arguments;
    /* Nanoseconds of the copy made and to be made; twice a second at most, on any thread, never twice at once. May be NULL. */
    void (*progress)(void *context, int64_t done_ns, int64_t whole_ns);
    void *context;
    bool (*interrupted)(void);       /* true abandons. May be NULL */
};

/* True for "court", "small" and "full". EXH_USAGE naming them for another. */
bool exh_preset_check(const char *preset, struct exh_error *err) EXH_CHECK;

/* Makes a copy. The store must have its actor. EXH_USAGE: no such Master, or options that cannot be meant of it; EXH_NO: no picture of
 * what is asked for; EXH_REFUSED: the Master does not verify (an entry "verify" says so), or the person's role; EXH_MALFORMED: a
 * file of the Master changed meanwhile, or cannot be decoded; EXH_IO: disk full, no font, no helper, interrupted. After a
 * failure there is no copy, and the log says that the reference is used up, if one was. */
bool exh_derive(struct exh_store *store, const struct exh_derive_options *options, struct exh_made *ret_made, struct exh_error *err)
    EXH_CHECK;

/* ---- making the same bytes again ---- */

enum exh_reproduced {
    EXH_REPRODUCED_SAME,             /* every file has the digest that the record gives */
    EXH_REPRODUCED_OTHER,            /* one has another */
    EXH_REPRODUCED_NOT,              /* the record says that its encoder does not make the same bytes twice, or it is no copy */
    EXH_REPRODUCED_FAILED,           /* it could not be run: failure says why */
};
/* "same", "other", "not reproducible", "failed". */
const char *exh_reproduced_name(enum exh_reproduced reproduced);
struct exh_reproduced_file { char *name; char expected[EXH_SHA256_DIGITS], found[EXH_SHA256_DIGITS]; };
/* Start zeroed; clear with exh_reproduction_clear. */
struct exh_reproduction {
    enum exh_reproduced result;
    struct exh_reproduced_file *files;
    size_t file_count;
    char *libraries, *own_libraries; /* that made it, and that made it now; NULL: not known */
    struct exh_error failure;
};
void exh_reproduction_clear(struct exh_reproduction *reproduction);
struct exh_reproduce {
    void (*progress)(void *context, int64_t done_ns, int64_t whole_ns);
    void *context;
    bool (*interrupted)(void);
};
/* Judges a copy of the store as it lies there, and runs its job again over its Master, which is judged first. Leaves an entry "verify"
 * with the verdict, and "reproduced". Whatever keeps the job from being run is a result. Failures are those of exh_store_judge. */
bool exh_derive_reproduce(struct exh_store *store, const char *reference, const struct exh_reproduce *how,
                          struct exh_package_report *ret_report, struct exh_reproduction *ret_reproduction, struct exh_error *err)
    EXH_CHECK;

#endif
