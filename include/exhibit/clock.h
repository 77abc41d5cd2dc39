/* clock: checks of a camera's clock against true time, and what follows from them for footage (floor 3).
 *
 * The sign is fixed: the offset is what the recorder showed less true time. A recorder that is 15 s FAST
 * has the offset +15 s, and true = shown - 15 s. Checks correct what is said about footage, never its bytes.
 */
#ifndef EXHIBIT_CLOCK_H
#define EXHIBIT_CLOCK_H

#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"

/* One check. Owned strings; clear with exh_clock_check_clear. */
struct exh_clock_check {
    struct exh_moment shown;         /* what the recorder's clock showed */
    struct exh_moment actual;        /* true time at that moment, by the reference */
    int64_t uncertainty_ns;          /* of the difference; >= 0 */
    char *reference;                 /* "NTP stratum 2" */
    char *method;                    /* "both read at once" */
    char *zone;                      /* in which the recorder's clock was read; NULL: not said */
    char *photo;                     /* SHA-256 of the photograph kept with it; NULL: none */
    char *photo_file;                /* its name among the photographs kept; NULL: none */
    char *by;                        /* initials of who checked; NULL where the log does not say */
    struct exh_moment recorded;      /* when the check was entered in the log */
};
void exh_clock_check_clear(struct exh_clock_check *check);

/* A camera's checks, in order of actual. Start zeroed; clear with exh_clock_history_clear. */
struct exh_clock_history {
    char *camera;
    struct exh_clock_check *checks;
    size_t count;
};
/* Takes what @check owns. Checks at the same instant stay in the order they were added. */
void exh_clock_history_add(struct exh_clock_history *history, struct exh_clock_check *check);
void exh_clock_history_clear(struct exh_clock_history *history);
/* True when a later one of the same instant took the place of check @number: it was entered to correct it. */
bool exh_clock_is_superseded(const struct exh_clock_history *history, size_t number);
/* The recorder's clock less true time. EXH_USAGE when the two are too far apart to tell (292 years). */
bool exh_clock_offset(const struct exh_clock_check *check, int64_t *ret_offset_ns, struct exh_error *err) EXH_CHECK;

/* What is known of the clock at one time of footage. Clear with exh_clock_statement_clear. */
struct exh_clock_statement {
    bool checked;
    int64_t offset_ns;               /* of the check in force: the recorder's clock less true time; 0 unchecked */
    char *words;                     /* sentences for the page: "recorder is 15 s FAST; true = shown - 15 s (...)" */
    char code[32];                   /* of the finding: "no-time-check", "stale-time-check"; empty: none */
    char *finding;                   /* its sentence; NULL: none */
    struct exh_json *json;           /* the record's "clock" (docs/formats/record.md) */
};
/* States the clock for footage of @window (true time). The check in force is the one nearest to the
 * window; of two equally near, the earlier; of several of one instant, the one entered last. It is stale when it
 * lies further from the window than @limit_ns. @history may be NULL: no checks. Between the checks before, in and
 * after the window the drift is stated. @zone: of the people, for local times. */
void exh_clock_state(const struct exh_clock_history *history, struct exh_window window, int64_t limit_ns,
                     const char *zone, struct exh_clock_statement *ret_statement);
/* The same for a window asked for by what the recorder's clock showed: the check in force is the one that
 * showed a time nearest to @shown. @ret_window: the true window, @shown less the offset. EXH_USAGE: that leaves
 * the instants there are. */
bool exh_clock_state_shown(const struct exh_clock_history *history, struct exh_window shown, int64_t limit_ns,
                           const char *zone, struct exh_window *ret_window, struct exh_clock_statement *ret_statement,
                           struct exh_error *err) EXH_CHECK;
void exh_clock_statement_clear(struct exh_clock_statement *statement);
/* "15 s FAST", "1.250 s SLOW", "right": what the recorder is against true time. Free with free(). */
char *exh_clock_words(int64_t offset_ns) EXH_CHECK;
/* "recorder is 15 s FAST; true = shown - 15 s". Free with free(). */
char *exh_clock_rule(int64_t offset_ns) EXH_CHECK;
/* A check as records and commands print it, and the drift from one to a later one (docs/formats/record.md).
 * Free with exh_json_free. */
struct exh_json *exh_clock_check_json(const struct exh_clock_check *check, const char *zone) EXH_CHECK;
struct exh_json *exh_clock_drift_json(const struct exh_clock_check *from, const struct exh_clock_check *to,
                                      const char *zone) EXH_CHECK;

#endif
