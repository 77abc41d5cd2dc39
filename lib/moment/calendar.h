/* calendar: counting days and seconds, with no zone in it. Private to moment. */
#ifndef MOMENT_CALENDAR_H
#define MOMENT_CALENDAR_H

#include "exhibit/moment.h"

enum { EXH_YEAR_FIRST = 1678, EXH_YEAR_LAST = 2261 };

/* How many days month @month (1..12) of a year has. */
int exh_calendar_days(int year, int month);
/* Seconds since 1970-01-01T00:00:00 as the fields count them, whatever zone they are of. */
int64_t exh_calendar_seconds(const struct exh_calendar *calendar);
/* The whole second at or before @moment. */
int64_t exh_moment_seconds(struct exh_moment moment);
/* What is left of @moment after that second, 0..999999999. */
int32_t exh_moment_fraction(struct exh_moment moment);
/* ".250", ".250001", or "" for 0. */
void exh_fraction_words(int32_t nanosecond, char ret_words[16]);

#endif
