/* catalogue, inside: from a layout to names, from names to segments, from segments to coverage. */
#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H

#include "exhibit/catalogue.h"

#include <sys/stat.h>

/* ---- layout.c: templates ---- */

/* What stands at one place of a component. */
struct exh_mark {
    char kind;               /* '=' the byte itself, '*' any characters, '#' a number, 'L' milliseconds, else the
                                letter of a field */
    char byte;               /* of '=': itself; of a field: for its reader */
};
struct exh_component {
    struct exh_mark *marks;
    size_t count;
    bool literal;            /* only bytes: need not be listed */
};
struct exh_template {
    struct exh_component *components;
    size_t count;
    bool undated;            /* names do not tell when a segment began, at most the day */
    bool has_offset;         /* %z: the times in names are by the offset that they say */
    size_t own;              /* the first component below which all is the camera's; @count: there is none */
};
/* A layout for one camera. Clear with exh_layout_clear. */
struct exh_layout {
    struct exh_template *templates;
    size_t count;
    bool video_only;         /* a recorder's: only names with a video file's suffix are segments */
};
void exh_layout_clear(struct exh_layout *layout);
/* EXH_USAGE as exh_layout_check says, and for a path that is not below the root. */
bool exh_layout_compile(const char *layout, const char *camera_path, struct exh_layout *ret_layout,
                        struct exh_error *err) EXH_CHECK;
/* The bytes of a literal component. Free with free(). */
char *exh_component_name(const struct exh_component *component) EXH_CHECK;

/* What the names on the way to a segment said so far. Start with exh_fields_clear. */
enum exh_field {
    EXH_YEAR, EXH_MONTH, EXH_DAY, EXH_YEAR_DAY, EXH_HOUR, EXH_MINUTE, EXH_SECOND_FIELD,
    EXH_NANOSECOND, EXH_FRACTION_DIGITS, EXH_UNIX_TIME, EXH_OFFSET, EXH_FIELD_COUNT
};
struct exh_fields { int64_t at[EXH_FIELD_COUNT]; };   /* EXH_UNKNOWN where not said */
#define EXH_UNKNOWN INT64_MIN
void exh_fields_clear(struct exh_fields *fields);
/* True when @name is one of that component of @template, one of @layout's; @fields then knows what it says as well.
 * False too when it contradicts what is known. @fields is spoilt on false. */
bool exh_layout_match(const struct exh_layout *layout, const struct exh_template *template, size_t component,
                      const char *name, struct exh_fields *fields) EXH_CHECK;
/* True when @name has a suffix that recorders give to video files. */
bool exh_layout_is_video(const char *name) EXH_CHECK;
/* The clock seconds (as of UTC) that names with @fields can stand for, from @ret_first to before
 * @ret_last; all there are while the year is unknown. False: there is no such day. */
bool exh_fields_range(const struct exh_fields *fields, int64_t *ret_first, int64_t *ret_last) EXH_CHECK;

/* ---- names.c: names in the source that can hold the window ---- */

/* A name that matches the layout, and when it began. */
struct exh_name {
    char *path;                      /* relative to the root */
    struct exh_moment starts[2];     /* in order; [1] only where count is 2 */
    size_t count;                    /* 2: the local time happened twice; 0: the name does not tell */
    struct exh_moment modified;      /* only where count is 0 */
    bool impossible;                 /* the local time never was; placed by the offset before the change */
    bool looked;                     /* exh_hunt has looked at it */
    int64_t resolution_ns;
};
/* Start zeroed. Clear with exh_names_clear. */
struct exh_names {
    struct exh_name *at;             /* that tell when they began: by starts[0], then path */
    size_t count;
    struct exh_name *undated;        /* that do not: by time of modification, then path */
    size_t undated_count;
    bool earlier;                    /* there are undated ones that were last written before the window */
    struct exh_strings problems;     /* directories that could not be read: sentences */
    char *absent;                    /* the camera's directory that is not there at all, or NULL */
    char *stranger;                  /* what lies among the camera's segments and is named otherwise, the first by its name: a video
                                        file, or a directory beside which there is no other; NULL */
    bool strangers;                  /* there are more */
};
void exh_names_clear(struct exh_names *names);
/* Adds to @names all that start in @starts. Of those that do not tell: which by their day can, and were last
 * written at @written_ns or later. Directories that cannot be read are answers, not failures. */
void exh_names_find(int root, const struct exh_layout *layout, const char *zone, struct exh_window starts,
                    int64_t written_ns, struct exh_names *names);

/* ---- look.c: the segment behind a name ---- */

/* 2200-01-01T00:00:00Z: footage is of 1970 to before this, so that what is reckoned with its times stays in range. */
#define EXH_LATEST (INT64_C(7258118400) * EXH_SECOND)

/* Asks what a file holds. Fails only when nobody can be asked. Tests answer themselves. */
struct exh_prober {
    bool (*probe)(void *context, int fd, struct exh_rate rate, struct exh_probe *ret_probe, struct exh_error *err);
    void *context;
};
/* A segment that was looked at. */
struct exh_seen {
    struct exh_segment segment;      /* ambiguous: while more than one start is possible */
    struct exh_moment later;         /* the other start, while it is ambiguous */
    bool impossible;                 /* as in exh_name, where its start is by its name */
    struct exh_moment named[2];      /* as starts in exh_name */
    size_t named_count;
};
struct exh_sight {
    struct exh_seen *at;             /* by start, once exh_settle was there */
    size_t count;
};
void exh_sight_clear(struct exh_sight *sight);
void exh_segment_clear(struct exh_segment *segment);
/* Opens the segment, asks what it holds, and takes its start from the best authority there is; adds it to @sight. */
bool exh_look(int root, const struct exh_name *name, struct exh_rate rate, const struct exh_prober *prober,
              struct exh_sight *sight, struct exh_error *err) EXH_CHECK;
/* The time of modification, in nanoseconds; times of another age as the nearest of ours. */
int64_t exh_modified(const struct stat *facts);
/* How long the segment is from its first frame to its end; 0 where nothing in it can be used. */
int64_t exh_segment_length(const struct exh_segment *segment);
/* Of the starts its name gives, the one nearest to @moment. */
struct exh_moment exh_seen_named(const struct exh_seen *seen, struct exh_moment moment);

/* ---- settle.c: segments whose names happened twice ---- */

/* Sorts by start. Where the clocks were put back, a start is chosen when only one of the two is possible. */
void exh_settle(struct exh_sight *sight, int64_t tolerance_ns);

/* ---- hunt.c: which segments to look at ---- */

/* What a search works on. Times are the recorder's. */
struct exh_hunt {
    int root;
    const struct exh_layout *layout;
    const char *zone;
    struct exh_rate rate;
    const struct exh_prober *prober;
    struct exh_window window;
    int64_t tolerance_ns;            /* as asked for */
    struct exh_names names;          /* so far; zeroed at first */
    struct exh_sight sight;
};
void exh_hunt_clear(struct exh_hunt *hunt);
/* Looks at the segments that start in the window, at those before it that can reach in, and where segments turn
 * out to be named wrongly, at others named so. */
bool exh_hunt(struct exh_hunt *hunt, struct exh_error *err) EXH_CHECK;
/* A name to the second may be a second early: a hole as long as what the starts leave open is none. */
int64_t exh_sight_tolerance(const struct exh_sight *sight, int64_t asked_ns);

/* ---- agree.c: segments whose times disagree ---- */

/* Times of one segment that differ by more are told. */
#define EXH_AGREE (2 * EXH_SECOND)
/* Notes where times of segments that bear on the window disagree. Times in @sight are true. */
void exh_agree_note(const struct exh_sight *sight, struct exh_coverage *coverage);

/* ---- cover.c: what they cover together ---- */

/* Fills stretches, gaps, findings and segments of @coverage, whose window and tolerance are set, from what was
 * seen. The segments that are used go from @sight to @coverage. */
void exh_cover(struct exh_sight *sight, const struct exh_names *names, const char *zone, struct exh_coverage *coverage);

/* exh_coverage_find with any prober. */
bool exh_coverage_search(const struct exh_source *source, const struct exh_camera *camera,
                         const struct exh_question *question, const struct exh_prober *prober,
                         struct exh_coverage *ret_coverage, struct exh_error *err) EXH_CHECK;

#endif
