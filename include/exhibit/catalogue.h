/* catalogue: sources, cameras, their segments, and what part of a window they cover (floor 3).
 *
 * A source is one recorder's tree, read-only to us: nothing is ever written, made or removed below
 * its root. Cost follows the window: only directories and names that can hold it are looked at.
 */
#ifndef EXHIBIT_CATALOGUE_H
#define EXHIBIT_CATALOGUE_H

#include "exhibit/error.h"
#include "exhibit/helper.h"
#include "exhibit/moment.h"
#include "exhibit/text.h"

/* Owned strings throughout; clear with the matching clear function. */
struct exh_source {
    char *id;          /* identifier, at most 32 characters */
    char *root;        /* absolute path */
    char *layout;      /* a recorder's name, or a template: exh_layout_check */
    char *zone;        /* zone of the times in names: "UTC", "Europe/London" */
    struct exh_rate rate;   /* declared, of bare streams; 0/0 none */
};
struct exh_camera {
    char *id;          /* identifier, at most 32 characters */
    char *source;      /* a source's id */
    char *path;        /* the camera's name in the recorder's tree; may hold '/' */
    char *name;        /* for people: "Market Place" */
    char *town;        /* may be NULL */
    char *latitude, *longitude;      /* decimal degrees as given ("52.6660"); may be NULL */
};
void exh_source_clear(struct exh_source *source);
void exh_camera_clear(struct exh_camera *camera);

/* Reads pictures a second as a person declares them: "25" or "30000/1001".
 * EXH_USAGE: neither, or not from 1/60 to 1000. */
bool exh_rate_parse(const char *words, struct exh_rate *ret_rate, struct exh_error *err) EXH_CHECK;
/* The same words again; NULL for 0/0. Free with free(). */
char *exh_rate_words(struct exh_rate rate) EXH_CHECK;

/* A layout is a known recorder's name or a template of path components, relative to the root:
 *   {camera}  the camera's path                     %Y %m %d %H %M %S  strftime fields, fixed width
 *   %y %j     two-digit year, day of the year        %f  a fraction of a second, 1 to 9 digits
 *   %s        Unix time in seconds                   %z  offset (+0100 or Z)
 *   {millisecond}  1 to 3 digits, padded or not      {number}  any whole number, which says nothing of time
 *   *         any characters but '/'                 %%  a percent sign
 * The names and their templates are those of exh_recorders; under a name, only video files' suffixes count.
 * EXH_USAGE: unknown name, unknown field, no {camera}, not enough fields to give an instant, absolute or with '..'. */
bool exh_layout_check(const char *layout, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE when a camera's path does not stay below the root: absolute, or with an empty, '.' or '..' component. */
bool exh_camera_check_path(const char *path, struct exh_error *err) EXH_CHECK;
/* Both NULL: the place is not known. EXH_USAGE: one of them without the other; not decimal degrees (WGS 84) of at
 * most nine decimals, as "52.6660" and "-0.1590"; a latitude beyond 90 or a longitude beyond 180. */
bool exh_camera_check_place(const char *latitude, const char *longitude, struct exh_error *err) EXH_CHECK;
/* True when @town is the camera's town; letters of ASCII in either case. */
bool exh_camera_is_in(const struct exh_camera *camera, const char *town);

/* A recorder whose layout is known by name (docs/sources.md). */
struct exh_recorder {
    const char *name;                /* "frigate" */
    const char *const *templates;    /* one or more, ending with NULL: a name that matches any is a segment */
    const char *root;                /* where it keeps footage unless told otherwise, relative to where it runs if it
                                        begins with "./"; NULL: nowhere in particular */
    const char *zone;                /* "UTC"; NULL: the recorder's own zone, which its owner must know */
    const char *words;               /* one line for people */
};
/* NULL where there is none of that name. */
const struct exh_recorder *exh_recorder_find(const char *name);
/* All of them, by name. */
const struct exh_recorder *exh_recorders(size_t *ret_count);

/* What a segment's start was taken from, best first: the order in which they are believed. */
enum exh_authority { EXH_BY_BOX, EXH_BY_NAME, EXH_BY_CREATION, EXH_BY_MODIFICATION };
/* "box", "name", "creation_time", "modified". */
const char *exh_authority_name(enum exh_authority authority);

/* One recorder file, as found. Times are true times: the recorder's less what its clock was ahead. */
struct exh_segment {
    char *name;                   /* relative to the source's root; any bytes but NUL */
    uint64_t size;                /* bytes */
    struct exh_moment modified;
    uint64_t inode, device;       /* with size and modified: the same file later */
    struct exh_moment start;      /* true time of its first frame */
    bool ambiguous;               /* its local name happened twice; start is the earlier one */
    enum exh_authority authority; /* what start was taken from */
    int64_t resolution_ns;        /* of start: 1 s for most names, 1 ns for a box, 1 to 10^9 ns for %f */
    struct exh_probe probe;
};
/* A piece of a segment in a stretch. */
struct exh_piece { size_t segment; struct exh_span span; };
/* Footage without a gap and with the same parameters: becomes one part. */
struct exh_stretch {
    struct exh_window shown;      /* true time of its first frame and of its end; may reach outside the window */
    struct exh_piece *pieces;
    size_t piece_count;
};
/* Why a stretch does not simply go on, or footage is missing. */
struct exh_gap {
    struct exh_window missing;    /* clipped to the window */
    char *cause;                  /* "no recording", "segment 'x' cannot be read: ..." */
};
/* Something that must be said (design, law 2). */
struct exh_finding {
    char code[32];                /* "gap", "damaged-segment", "ambiguous-name", "impossible-name", "overlap",
                                     "parameters-change", "no-key-frame", "unreadable-directory", "no-cage",
                                     "time-disagreement" */
    char *text;                   /* one sentence */
    char *segment;                /* the name, or NULL */
};
struct exh_coverage {
    struct exh_window window;
    struct exh_segment *segments;     /* in order of start; those used, and damaged ones in the window */
    size_t segment_count;
    struct exh_stretch *stretches;    /* in order */
    size_t stretch_count;
    struct exh_gap *gaps;             /* in order, not overlapping; stretches and gaps together make the window */
    size_t gap_count;
    struct exh_finding *findings;
    size_t finding_count;
    int64_t tolerance_ns;             /* holes up to this long are not gaps */
    int64_t clock_ns;                 /* the recorder's clock less true time; > 0: it was fast */
    char *libraries;                  /* exh_helper_libraries */
    char *cage;                       /* exh_helper_cage */
    int root;                         /* descriptor of the source's root; -1 when none */
};
void exh_coverage_clear(struct exh_coverage *coverage);
/* What is looked for. */
struct exh_question {
    struct exh_window window;         /* true time */
    int64_t tolerance_ns;             /* 0 for the default of 1 s; raised to what the names' resolution leaves open */
    int64_t clock_ns;                 /* the recorder's clock less true time, at that time */
};
/* Finds what there is of the window. Never fails for footage that is missing or damaged: that is the answer.
 * EXH_IO: the source's root cannot be opened, or no helper. EXH_USAGE: the window, the layout, the zone
 * or the camera's path cannot be meant. */
bool exh_coverage_find(const struct exh_source *source, const struct exh_camera *camera,
                       const struct exh_question *question, struct exh_helper *helper,
                       struct exh_coverage *ret_coverage, struct exh_error *err) EXH_CHECK;
/* Covered nanoseconds of the window. */
int64_t exh_coverage_length(const struct exh_coverage *coverage);
/* Opens a segment again, below the root. EXH_MALFORMED when it is no longer the file that was
 * looked at (size, time of modification, inode). */
bool exh_segment_open(const struct exh_coverage *coverage, size_t segment, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* How far back a camera's footage goes. */
struct exh_oldest {
    bool found;                       /* there is any */
    struct exh_moment start;          /* of the oldest, by the recorder: as its name says, else when it was last written */
    size_t segments;                  /* names that are segments by the layout */
    size_t unreadable;                /* directories that could not be read */
};
/* Lists the names of all of a camera's segments; none is opened. EXH_IO, EXH_USAGE as exh_coverage_find. */
bool exh_catalogue_oldest(const struct exh_source *source, const struct exh_camera *camera, struct exh_oldest *ret_oldest, struct exh_error *err)
    EXH_CHECK;
/* Says by which libraries in which cage footage was read; a finding "no-cage" where that is not the whole one. @helper
 * was ready. */
void exh_coverage_note_reader(struct exh_coverage *coverage, const struct exh_helper *helper);
/* Adds a finding. */
void exh_coverage_note(struct exh_coverage *coverage, const char *code, const char *segment, const char *format, ...) EXH_PRINTF(4, 5);

#endif
