/* clock: parts shared by its files. */
#ifndef EXHIBIT_CLOCK_PRIVATE_H
#define EXHIBIT_CLOCK_PRIVATE_H

#include "exhibit/clock.h"

/* The recorder's clock less true time; of two times that are too far apart, the most that can be told. */
int64_t exh_clock_offset_of(const struct exh_clock_check *check);
/* A length that may be long: "31 days", and under two days as exh_duration_words has it, in whole seconds. */
void exh_clock_length(uint64_t ns, char ret_words[EXH_MOMENT_SIZE]);

#endif
