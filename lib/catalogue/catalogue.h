/* catalogue, inside: from a layout to names, from names to segments, from segments to coverage. */
#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H

#include "exhibit/catalogue.h"

/* ---- layout.c: templates ---- */

/* What stands at one place of a component. */
struct exh_mark {
    char kind;               /* '=' the byte itself, '*' any characters, else the letter of a field */
    char byte;
};
struct exh_component {
    struct exh_mark *marks;
    size_t count;
    bool literal;            /* only bytes: need not be listed */
};
/* A layout for one camera. Clear with exh_layout_clear. */
struct exh_layout {
    struct exh_component *components;
    size_t count;
    bool mediamtx;           /* only .mp4 and .ts are segments */
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
/* True when @name is one of that component; @fields then knows what it says as well. False too when it
 * contradicts what is known. @fields is spoilt on false. */
bool exh_layout_match(const struct exh_layout *layout, size_t component, const char *name,
                      struct exh_fields *fields) EXH_CHECK;
/* The clock seconds (as of UTC) that names with @fields can stand for, from @ret_first to before
 * @ret_last; all there are while the year is unknown. False: there is no such day. */
bool exh_fields_range(const struct exh_fields *fields, int64_t *ret_first, int64_t *ret_last) EXH_CHECK;

/* ---- names.c: names in the source that can hold the window ---- */

/* A name that matches the layout, and when it began. */
struct exh_name {
    char *path;                      /* relative to the root */
    struct exh_moment starts[2];     /* in order; [1] only where count is 2 */
    size_t count;                    /* 2: the local time happened twice */
    bool impossible;                 /* the local time never was; placed by the offset before the change */
    int64_t resolution_ns;
};
struct exh_names {
    struct exh_name *at;             /* by starts[0], then path */
    size_t count;
    struct exh_strings problems;     /* directories that could not be read: sentences */
    char *absent;                    /* the camera's directory that is not there at all, or NULL */
};
void exh_names_clear(struct exh_names *names);
/* All names that start from @lookback_ns before the window to its end. Directories that cannot be read are
 * answers, not failures. */
void exh_names_find(int root, const struct exh_layout *layout, const char *zone, struct exh_window window,
                    int64_t lookback_ns, struct exh_names *ret_names);

/* ---- look.c: the segments behind the names ---- */

/* Asks what a file holds. Fails only when nobody can be asked. Tests answer themselves. */
struct exh_prober {
    bool (*probe)(void *context, int fd, struct exh_probe *ret_probe, struct exh_error *err);
    void *context;
};
/* A segment that was looked at. */
struct exh_seen {
    struct exh_segment segment;      /* ambiguous: while more than one start is possible */
    struct exh_moment later;         /* the other start, while it is ambiguous */
    bool impossible;                 /* as in exh_name */
};
struct exh_sight {
    struct exh_seen *at;             /* by start */
    size_t count;
};
void exh_sight_clear(struct exh_sight *sight);
void exh_segment_clear(struct exh_segment *segment);
/* Looks at the segments that start in @window, and at those before it that can reach in. Where the clocks
 * were put back, a start is chosen when only one of the two is possible. */
bool exh_look(int root, const struct exh_names *names, struct exh_window window, int64_t tolerance_ns,
              const struct exh_prober *prober, struct exh_sight *ret_sight, struct exh_error *err) EXH_CHECK;
/* How long the segment is from its first frame to its end; 0 where nothing in it can be used. */
int64_t exh_segment_length(const struct exh_segment *segment);

/* ---- cover.c: what they cover together ---- */

/* Fills stretches, gaps, findings and segments of @coverage, whose window and tolerance are set, from what was
 * seen. The segments that are used go from @sight to @coverage. */
void exh_cover(struct exh_sight *sight, const struct exh_names *names, const char *zone, struct exh_coverage *coverage);

/* exh_coverage_find with any prober. */
bool exh_coverage_search(const struct exh_source *source, const struct exh_camera *camera, struct exh_window window,
                         int64_t tolerance_ns, const struct exh_prober *prober, struct exh_coverage *ret_coverage,
                         struct exh_error *err) EXH_CHECK;

#endif
