/* clock: checks, their history, and what they say in words and JSON. */
#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY (UINT64_C(86400) * (uint64_t)EXH_SECOND)

void exh_clock_check_clear(struct exh_clock_check *check)
{
    free(check->reference);
    free(check->method);
    free(check->zone);
    free(check->photo);
    free(check->photo_file);
    free(check->by);
    *check = (struct exh_clock_check){ .reference = NULL };
}

void exh_clock_history_add(struct exh_clock_history *history, struct exh_clock_check *check)
{
    size_t place = history->count;

    history->checks = exh_realloc_array(history->checks, history->count + 1, sizeof *history->checks);
    while (place > 0 && history->checks[place - 1].actual.ns > check->actual.ns)
        place--;
    memmove(&history->checks[place + 1], &history->checks[place], (history->count - place) * sizeof *history->checks);
    history->checks[place] = *check;
    history->count++;
    *check = (struct exh_clock_check){ .reference = NULL };
}

void exh_clock_history_clear(struct exh_clock_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        exh_clock_check_clear(&history->checks[i]);
    free(history->checks);
    free(history->camera);
    *history = (struct exh_clock_history){ .camera = NULL };
}

bool exh_clock_is_superseded(const struct exh_clock_history *history, size_t number)
{
    return number + 1 < history->count && history->checks[number + 1].actual.ns == history->checks[number].actual.ns;
}

/* The difference, or the most that can be told where it is more. */
int64_t exh_clock_offset_of(const struct exh_clock_check *check)
{
    int64_t offset;

    if (__builtin_sub_overflow(check->shown.ns, check->actual.ns, &offset) || offset == INT64_MIN)
        return check->shown.ns > check->actual.ns ? INT64_MAX : -INT64_MAX;
    return offset;
}

bool exh_clock_offset(const struct exh_clock_check *check, int64_t *ret_offset_ns, struct exh_error *err)
{
    int64_t offset = exh_clock_offset_of(check);

    if (offset == INT64_MAX || offset == -INT64_MAX)
        return exh_fail(err, EXH_USAGE, "the time shown and the actual time lie more than 292 years apart");
    *ret_offset_ns = offset;
    return true;
}

/* ---- in words ---- */

static uint64_t size_of(int64_t ns)
{
    return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

/* To the last nanosecond: a recorder set to 1970 is so many days off, and some hours. */
static char *exact_words(uint64_t ns)
{
    char rest[EXH_MOMENT_SIZE];
    uint64_t days = ns >= 2 * DAY ? ns / DAY : 0;

    exh_duration_words((int64_t)(ns - days * DAY), rest);
    if (days == 0)
        return exh_strdup(rest);
    return ns % DAY ? exh_format("%" PRIu64 " days %s", days, rest) : exh_format("%" PRIu64 " days", days);
}

void exh_clock_length(uint64_t ns, char ret_words[EXH_MOMENT_SIZE])
{
    if (ns >= 2 * DAY)
        snprintf(ret_words, EXH_MOMENT_SIZE, "%" PRIu64 " days", (ns + DAY / 2) / DAY);
    else
        exh_duration_words((int64_t)(ns - ns % (uint64_t)EXH_SECOND), ret_words);
}

char *exh_clock_words(int64_t offset_ns)
{
    if (offset_ns == 0)
        return exh_strdup("right");
    EXH_CLEANUP(exh_freep) char *length = exact_words(size_of(offset_ns));
    return exh_format("%s %s", length, offset_ns > 0 ? "FAST" : "SLOW");
}

char *exh_clock_rule(int64_t offset_ns)
{
    EXH_CLEANUP(exh_freep) char *words = exh_clock_words(offset_ns), *length = exact_words(size_of(offset_ns));

    if (offset_ns == 0)
        return exh_strdup("recorder is right; true = shown");
    return exh_format("recorder is %s; true = shown %c %s", words, offset_ns > 0 ? '-' : '+', length);
}

/* ---- as JSON ---- */

static void set_moment(struct exh_json *object, const char *name, struct exh_moment moment)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, words);
    exh_json_set_text(object, name, words);
}

static void set_local(struct exh_json *object, const char *name, struct exh_moment moment, const char *zone)
{
    char words[EXH_MOMENT_SIZE];

    exh_moment_local(moment, zone, words);
    exh_json_set_text(object, name, words);
}

struct exh_json *exh_clock_check_json(const struct exh_clock_check *check, const char *zone)
{
    struct exh_json *json = exh_json_object();
    EXH_CLEANUP(exh_freep) char *rule = exh_clock_rule(exh_clock_offset_of(check));

    set_moment(json, "shown", check->shown);
    set_local(json, "shown_local", check->shown, check->zone ? check->zone : "UTC");
    exh_json_set_text(json, "recorder_zone", check->zone);
    set_moment(json, "actual", check->actual);
    set_local(json, "actual_local", check->actual, zone);
    exh_json_set_int(json, "offset_ns", exh_clock_offset_of(check));
    exh_json_set_text(json, "words", rule);
    exh_json_set_int(json, "uncertainty_ns", check->uncertainty_ns);
    exh_json_set_text(json, "reference", check->reference);
    exh_json_set_text(json, "method", check->method);
    exh_json_set_text(json, "photo_sha256", check->photo);
    exh_json_set_text(json, "by", check->by);
    set_moment(json, "recorded", check->recorded);
    return json;
}

static char *drift_words(const struct exh_clock_check *from, const struct exh_clock_check *to, int64_t change,
                         const char *zone)
{
    char first[EXH_MOMENT_SIZE], second[EXH_MOMENT_SIZE], length[EXH_MOMENT_SIZE];
    EXH_CLEANUP(exh_freep)
    char *before = exh_clock_words(exh_clock_offset_of(from)),
         *after = exh_clock_words(exh_clock_offset_of(to)), *drift = exact_words(size_of(change));

    exh_moment_local(from->actual, zone, first);
    exh_moment_local(to->actual, zone, second);
    exh_clock_length((uint64_t)to->actual.ns - (uint64_t)from->actual.ns, length);
    if (change == 0)
        return exh_format("at the checks of %s and %s the clock was equally %s: no drift seen in %s", first, second,
                          before, length);
    return exh_format("between the checks of %s and %s the clock went from %s to %s: %s in %s", first, second, before,
                      after, drift, length);
}

struct exh_json *exh_clock_drift_json(const struct exh_clock_check *from, const struct exh_clock_check *to,
                                      const char *zone)
{
    struct exh_json *json = exh_json_object();
    int64_t before = exh_clock_offset_of(from), after = exh_clock_offset_of(to), change, elapsed;

    if (__builtin_sub_overflow(after, before, &change))
        change = after > before ? INT64_MAX : -INT64_MAX;
    if (__builtin_sub_overflow(to->actual.ns, from->actual.ns, &elapsed))
        elapsed = INT64_MAX;
    EXH_CLEANUP(exh_freep) char *words = drift_words(from, to, change, zone);
    set_moment(json, "from", from->actual);
    set_moment(json, "to", to->actual);
    exh_json_set_int(json, "from_offset_ns", before);
    exh_json_set_int(json, "to_offset_ns", after);
    exh_json_set_int(json, "change_ns", change);
    exh_json_set_int(json, "elapsed_ns", elapsed);
    exh_json_set_text(json, "words", words);
    return json;
}
