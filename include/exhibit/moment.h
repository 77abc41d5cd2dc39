/* moment: instants, windows and the system's time zones (floor 1).
 *
 * Inside, time is UTC, in nanoseconds. People see local time with its zone, and UTC. A local time
 * that happened twice, or never, is refused with both candidates shown (design, law 8).
 */
#ifndef EXHIBIT_MOMENT_H
#define EXHIBIT_MOMENT_H

#include "exhibit/error.h"

#include <stdint.h>

#define EXH_SECOND INT64_C(1000000000)

/* An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX);
 * the years 1678 to 2261. */
struct exh_moment { int64_t ns; };
/* From (inclusive) to (exclusive). */
struct exh_window { struct exh_moment from, to; };

/* The fields of a name or of typed words. */
struct exh_calendar {
    int year, month, day;        /* 1678..2261, 1..12, 1..31 */
    int hour, minute, second;    /* 0..23, 0..59, 0..60 */
    int32_t nanosecond;          /* 0..999999999 */
};

/* The system's clock. Tests replace it with exh_moment_set_clock. */
struct exh_moment exh_moment_now(void);
void exh_moment_set_clock(struct exh_moment (*clock)(void));   /* NULL puts the system's back */

/* True when the system knows zone @zone ("Europe/London", "UTC"): a name of the time zone
 * database without '..', found under the system's zone directory. EXH_USAGE otherwise, with a
 * remedy. */
bool exh_zone_check(const char *zone, struct exh_error *err) EXH_CHECK;

/* Every zone below must have passed exh_zone_check. The C library keeps one zone for the whole
 * process: TZ is switched under a lock and put back, so no other thread may read the environment
 * meanwhile (ours do not).
 *
 * All instants at which clocks in @zone showed @calendar: 0 (skipped in spring), 1, or 2 (repeated in
 * autumn), in order. @calendar must be a day that exists (exh_calendar_is_valid). */
size_t exh_zone_instants(const struct exh_calendar *calendar, const char *zone, struct exh_moment ret_instants[2]);
/* For a @calendar that clocks in @zone skipped (exh_zone_instants gave 0): the instant of the change,
 * and what @calendar would be by the offset after it, and by the one before it, in order of time. */
void exh_zone_skipped(const struct exh_calendar *calendar, const char *zone, struct exh_moment ret_instants[2],
                      struct exh_moment *ret_change);
bool exh_calendar_is_valid(const struct exh_calendar *calendar) EXH_CHECK;
/* What clocks in @zone show at @moment; @ret_offset (seconds east of UTC) and @ret_name ("BST",
 * NUL-terminated) may be NULL. */
void exh_zone_calendar(struct exh_moment moment, const char *zone, struct exh_calendar *ret_calendar,
                       int *ret_offset, char ret_name[16]);

/* From @from_ns (Unix time) on, clocks in a zone are @offset_s seconds before UTC and call it @name ("BST"). */
struct exh_zone_step { int64_t from_ns; int offset_s; char name[12]; };
/* How clocks in @zone go from a day before the window to a day after it: what holds at its beginning, and each change, in
 * order. Free with free(). */
struct exh_zone_step *exh_zone_steps(struct exh_window window, const char *zone, size_t *ret_count) EXH_CHECK;

/* Reads a time that a person or script typed. Accepted, with ' ' or 'T' between date and time:
 *   2021-12-05 21:10, 2021-12-05T21:10:00, ...:00.250      local time in @zone
 *   ... Z, ... UTC                                          UTC
 *   ... +01:00, -0300, +11                                  that offset
 *   ... BST, ... GMT                                        an abbreviation in use in @zone at that time
 * EXH_USAGE: not of these forms, no such day, an abbreviation @zone does not use then, or a local
 * time that is ambiguous or never was; the message names both candidates, each in local time with
 * its abbreviation and in UTC, and how to write them. */
bool exh_moment_parse(const char *words, const char *zone, struct exh_moment *ret_moment, struct exh_error *err) EXH_CHECK;
/* Reads RFC 3339 UTC only ("2021-12-05T21:10:00.25Z"), for our own formats; EXH_MALFORMED otherwise. */
bool exh_moment_parse_utc(const char *words, struct exh_moment *ret_moment, struct exh_error *err) EXH_CHECK;

/* EXH_USAGE when the window ends before or as it begins, naming both times. */
bool exh_window_check(struct exh_window window, struct exh_error *err) EXH_CHECK;
/* The window @by_ns later (earlier where negative). EXH_USAGE when that leaves the instants there are. */
bool exh_window_shift(struct exh_window window, int64_t by_ns, struct exh_window *ret_window, struct exh_error *err) EXH_CHECK;

/* "2021-12-05T21:10:00Z", with as many digits of a fraction as needed in threes (".250"). */
enum { EXH_MOMENT_SIZE = 64 };
void exh_moment_utc(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE]);
/* "2021-12-05 21:10:00 GMT", fraction as above. */
void exh_moment_local(struct exh_moment moment, const char *zone, char ret_words[EXH_MOMENT_SIZE]);
/* "20211205T211000Z": for file names; whole seconds, rounded down. */
void exh_moment_compact(struct exh_moment moment, char ret_words[EXH_MOMENT_SIZE]);
/* A length in words: "15 min", "1 h 2 min 3.250 s", "0 s". */
void exh_duration_words(int64_t ns, char ret_words[EXH_MOMENT_SIZE]);
/* Reads a length that a person or script typed: "1s", "0.5s", "200ms", "2min"; a space may stand before the unit.
 * EXH_USAGE: not of these forms, or longer than @most_ns. */
bool exh_duration_parse(const char *words, int64_t most_ns, int64_t *ret_ns, struct exh_error *err) EXH_CHECK;

/* ---- days ---- */

/* A day of the calendar, of no zone: what a court or a letter gives. Year 0: none is known. */
struct exh_date { int year, month, day; };
#define EXH_DATE_NONE { 0, 0, 0 }

/* Reads "2026-08-31" (ISO 8601), and nothing else. EXH_USAGE: not of this form, or no such day in the years 1678 to 2261. */
bool exh_date_parse(const char *words, struct exh_date *ret_date, struct exh_error *err) EXH_CHECK;
/* "2026-08-31"; "" for none. */
enum { EXH_DATE_SIZE = 40 };
void exh_date_words(struct exh_date date, char ret_words[EXH_DATE_SIZE]);
/* The day that clocks in @zone show at @moment. */
struct exh_date exh_date_of(struct exh_moment moment, const char *zone);
/* Below 0, 0 or above 0, as @a is before, the same as, or after @b; none is before every day. */
int exh_date_compare(struct exh_date a, struct exh_date b);
/* So many days or months later, earlier where negative. A month that is too short for the day gives its last day: 31 August
 * and 6 months are 28 or 29 February. Any year from 1 to 9999 may come out. */
struct exh_date exh_date_add_days(struct exh_date date, int days);
struct exh_date exh_date_add_months(struct exh_date date, int months);
/* How many days @to is later than @from; negative where it is earlier. */
int exh_date_days(struct exh_date from, struct exh_date to);
/* 0 for Monday to 6 for Sunday. */
int exh_date_weekday(struct exh_date date);

/* ---- working days ----
 *
 * Those of England and Wales: all but Saturdays, Sundays and public holidays. Holidays follow from rules: New Year's Day, Christmas Day
 * and Boxing Day with their substitutes, Good Friday and Easter Monday, the first and the last Monday in May, the last in August. What
 * follows from none, a coronation or a holiday that was moved, is said beside them. */

/* What is said beside the rules. Start with EXH_HOLIDAYS_NONE, clear with exh_holidays_clear. */
struct exh_holiday { struct exh_date date; bool is_none; };    /* is_none: a day that is a working day, though a rule says otherwise */
struct exh_holidays { struct exh_holiday *at; size_t count; };
#define EXH_HOLIDAYS_NONE { NULL, 0 }
enum { EXH_HOLIDAYS_MOST = 1000 };
void exh_holidays_clear(struct exh_holidays *holidays);
/* Reads "2027-06-03 -2027-05-31": days that are public holidays, and with '-' before them days that are none; a later one counts before
 * an earlier one. EXH_USAGE: what is not a day, or more than EXH_HOLIDAYS_MOST. @ret_holidays is untouched then. */
bool exh_holidays_parse(const char *words, struct exh_holidays *ret_holidays, struct exh_error *err) EXH_CHECK;
/* Why nobody works on that day: "Good Friday", "a Sunday"; NULL: it is a working day. */
const char *exh_holiday_name(const struct exh_holidays *holidays, struct exh_date date);
/* That day, or the first working day after it. */
struct exh_date exh_working_day(const struct exh_holidays *holidays, struct exh_date date);

#endif
