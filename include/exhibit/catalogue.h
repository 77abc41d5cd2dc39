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
    char *layout;      /* "mediamtx", or a template: exh_layout_check */
    char *zone;        /* zone of the times in names: "UTC", "Europe/London" */
};
struct exh_camera {
    char *id;          /* identifier, at most 32 characters */
    char *source;      /* a source's id */
    char *path;        /* the camera's name in the recorder's tree; may hold '/' */
    char *name;        /* for people: "Market Place" */
    char *town;        /* may be NULL */
};
void exh_source_clear(struct exh_source *source);
void exh_camera_clear(struct exh_camera *camera);

/* A layout is a known recorder's name or a template of path components, relative to the root:
 *   {camera}  the camera's path                     %Y %m %d %H %M %S  strftime fields, fixed width
 *   %y %j     two-digit year, day of the year        %f  a fraction of a second, 1 to 9 digits
 *   %s        Unix time in seconds                   %z  offset (+0100 or Z)
 *   *         any characters but '/'                 %%  a percent sign
 * "mediamtx" is "{camera}/%Y-%m-%d_%H-%M-%S-%f.*" (".mp4" and ".ts" only).
 * EXH_USAGE: unknown name, unknown field, no {camera}, not enough fields to give an instant, absolute or with '..'. */
bool exh_layout_check(const char *layout, struct exh_error *err) EXH_CHECK;
/* EXH_USAGE when a camera's path does not stay below the root: absolute, or with an empty, '.' or '..' component. */
bool exh_camera_check_path(const char *path, struct exh_error *err) EXH_CHECK;

/* One recorder file, as found. */
struct exh_segment {
    char *name;                   /* relative to the source's root; any bytes but NUL */
    uint64_t size;                /* bytes */
    struct exh_moment modified;
    uint64_t inode, device;       /* with size and modified: the same file later */
    struct exh_moment start;      /* true time of its first frame */
    bool ambiguous;               /* its local name happened twice; start is the earlier one */
    int64_t resolution_ns;        /* of the time in its name: 1 s, or 1 to 10^9 ns for %f */
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
                                     "parameters-change", "no-key-frame", "unreadable-directory" */
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
    char *libraries;                  /* exh_helper_libraries */
    int root;                         /* descriptor of the source's root; -1 when none */
};
void exh_coverage_clear(struct exh_coverage *coverage);
/* Finds what there is of @window. Never fails for footage that is missing or damaged: that is the answer.
 * @tolerance_ns: 0 for the default of 1 s; raised to what the names' resolution leaves open.
 * EXH_IO: the source's root cannot be opened, or no helper. EXH_USAGE: the window, the layout, the zone
 * or the camera's path cannot be meant. */
bool exh_coverage_find(const struct exh_source *source, const struct exh_camera *camera, struct exh_window window,
                       int64_t tolerance_ns, struct exh_helper *helper, struct exh_coverage *ret_coverage, struct exh_error *err) EXH_CHECK;
/* Covered nanoseconds of the window. */
int64_t exh_coverage_length(const struct exh_coverage *coverage);
/* Opens a segment again, below the root. EXH_MALFORMED when it is no longer the file that was
 * looked at (size, time of modification, inode). */
bool exh_segment_open(const struct exh_coverage *coverage, size_t segment, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* Adds a finding. */
void exh_coverage_note(struct exh_coverage *coverage, const char *code, const char *segment, const char *format, ...) EXH_PRINTF(4, 5);

#endif
