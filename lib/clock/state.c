/* clock: what the checks say of footage: the one in force, its age, and the drift around it. */
#include "clock.h"

#include "exhibit/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_clock_statement_clear(struct exh_clock_statement *statement)
{
    free(statement->words);
    free(statement->finding);
    exh_json_free(statement->json);
    *statement = (struct exh_clock_statement){ .words = NULL };
}

/* ---- which check is in force ---- */

/* How far @at lies outside of @window; two instants may be further apart than 63 bits tell. */
static uint64_t distance(struct exh_moment at, struct exh_window window)
{
    if (at.ns < window.from.ns)
        return (uint64_t)window.from.ns - (uint64_t)at.ns;
    return at.ns > window.to.ns ? (uint64_t)at.ns - (uint64_t)window.to.ns : 0;
}

static struct exh_moment time_of(const struct exh_clock_check *check, bool by_shown)
{
    return by_shown ? check->shown : check->actual;
}

/* The nearest, of equally near ones the earliest. NULL where there is no check. */
static const struct exh_clock_check *nearest(const struct exh_clock_history *history, struct exh_window window,
                                             bool by_shown)
{
    const struct exh_clock_check *best = NULL;

    for (size_t i = 0; history && i < history->count; i++) {
        const struct exh_clock_check *check = &history->checks[i];
        if (!exh_clock_is_superseded(history, i)
            && (!best || distance(time_of(check, by_shown), window) < distance(time_of(best, by_shown), window)))
            best = check;
    }
    return best;
}

/* ---- drift ---- */

static size_t next_in_force(const struct exh_clock_history *history, size_t number)
{
    while (exh_clock_is_superseded(history, number))
        number++;
    return number;
}

/* From each check to the next, wherever the time between them touches the window. */
static struct exh_json *drifts(const struct exh_clock_history *history, struct exh_window window, const char *zone)
{
    struct exh_json *json = exh_json_array();

    for (size_t i = next_in_force(history, 0), next; i + 1 < history->count; i = next) {
        next = next_in_force(history, i + 1);
        if (history->checks[i].actual.ns < window.to.ns && history->checks[next].actual.ns > window.from.ns)
            exh_json_add(json, exh_clock_drift_json(&history->checks[i], &history->checks[next], zone));
    }
    return json;
}

/* ---- in words ---- */

static const char *side_of(const struct exh_clock_check *check, struct exh_window window)
{
    return check->actual.ns < window.from.ns ? "before" : check->actual.ns > window.to.ns ? "after" : "within";
}

/* "10 min before the window", "within the window". */
static char *place_words(const struct exh_clock_check *check, struct exh_window window)
{
    uint64_t away = distance(check->actual, window);
    char length[EXH_MOMENT_SIZE];

    exh_clock_length(away, length);
    return away ? exh_format("%s %s the window", length, side_of(check, window)) : exh_strdup("within the window");
}

static void add_how(struct exh_text *words, const struct exh_clock_check *check, struct exh_window window,
                    const char *zone)
{
    char actual[EXH_MOMENT_SIZE], actual_utc[EXH_MOMENT_SIZE], shown[EXH_MOMENT_SIZE], uncertainty[EXH_MOMENT_SIZE];
    EXH_CLEANUP(exh_freep) char *place = place_words(check, window);

    exh_moment_local(check->actual, zone, actual);
    exh_moment_utc(check->actual, actual_utc);
    exh_moment_local(check->shown, check->zone ? check->zone : "UTC", shown);
    exh_duration_words(check->uncertainty_ns, uncertainty);
    exh_text_printf(
        words, " (checked at %s, %s, %s%s%s, when the recorder showed %s; give or take %s; reference: %s; method: %s",
        actual, actual_utc, place, check->by ? ", by " : "", check->by ? check->by : "", shown, uncertainty,
        check->reference ? check->reference : "not said", check->method ? check->method : "not said");
    if (check->photo)
        exh_text_printf(words, "; photograph with SHA-256 %s", check->photo);
    exh_text_puts(words, ")");
}

/* An entry that was corrected stays in the log, and is not hidden here. */
static void add_superseded(struct exh_text *words, const struct exh_clock_history *history,
                           const struct exh_clock_check *check)
{
    for (size_t i = (size_t)(check - history->checks); i-- > 0 && history->checks[i].actual.ns == check->actual.ns;) {
        EXH_CLEANUP(exh_freep) char *said = exh_clock_words(exh_clock_offset_of(&history->checks[i]));
        exh_text_printf(words, "; an earlier entry for the same moment, which this one corrects, said %s", said);
    }
}

static char *checked_words(const struct exh_clock_history *history, const struct exh_clock_check *check,
                           struct exh_window window, const char *zone, const struct exh_json *drift)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text words = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *rule = exh_clock_rule(exh_clock_offset_of(check));

    exh_text_puts(&words, rule);
    add_how(&words, check, window, zone);
    add_superseded(&words, history, check);
    for (size_t i = 0; i < exh_json_count(drift); i++)
        exh_text_printf(&words, "; %s", exh_json_text_or(exh_json_at(drift, i), "words", ""));
    return exh_text_take(&words);
}

static char *stale_words(const struct exh_clock_check *check, struct exh_window window, int64_t limit_ns,
                         const char *zone)
{
    char actual[EXH_MOMENT_SIZE], limit[EXH_MOMENT_SIZE], away[EXH_MOMENT_SIZE];

    exh_moment_local(check->actual, zone, actual);
    exh_clock_length((uint64_t)limit_ns, limit);
    exh_clock_length(distance(check->actual, window), away);
    return exh_format("the check of the recorder's clock that is nearest to the window, of %s, lies %s %s it, further "
                      "than the limit of %s; "
                      "the clock may have been off by another amount in the window",
                      actual, away, side_of(check, window), limit);
}

/* ---- the statement ---- */

static void state_unchecked(int64_t limit_ns, struct exh_clock_statement *statement)
{
    statement->words = exh_strdup("no check of the recorder's clock is recorded; times are as the recorder wrote them");
    statement->finding =
        exh_strdup("no check of the recorder's clock is recorded: by how much its times are off is not known");
    snprintf(statement->code, sizeof statement->code, "no-time-check");
    statement->json = exh_json_object();
    exh_json_set_bool(statement->json, "checked", false);
    exh_json_set_text(statement->json, "statement", statement->words);
    exh_json_set_int(statement->json, "limit_ns", limit_ns);
}

static void state_check(const struct exh_clock_history *history, const struct exh_clock_check *check,
                        struct exh_window window, int64_t limit_ns, const char *zone,
                        struct exh_clock_statement *statement)
{
    uint64_t away = distance(check->actual, window);
    struct exh_json *drift = drifts(history, window, zone);

    statement->checked = true;
    statement->offset_ns = exh_clock_offset_of(check);
    statement->words = checked_words(history, check, window, zone, drift);
    if (away > (uint64_t)limit_ns) {
        statement->finding = stale_words(check, window, limit_ns, zone);
        snprintf(statement->code, sizeof statement->code, "stale-time-check");
    }
    statement->json = exh_clock_check_json(check, zone);
    exh_json_set_bool(statement->json, "checked", true);
    exh_json_set_text(statement->json, "statement", statement->words);
    exh_json_set_int(statement->json, "age_ns", away > INT64_MAX ? INT64_MAX : (int64_t)away);
    exh_json_set_text(statement->json, "side", side_of(check, window));
    exh_json_set_bool(statement->json, "stale", statement->finding);
    exh_json_set_int(statement->json, "limit_ns", limit_ns);
    exh_json_set(statement->json, "drift", drift);
}

static void state(const struct exh_clock_history *history, const struct exh_clock_check *check,
                  struct exh_window window, int64_t limit_ns, const char *zone,
                  struct exh_clock_statement *ret_statement)
{
    *ret_statement = (struct exh_clock_statement){ .checked = false };
    if (check)
        state_check(history, check, window, limit_ns, zone, ret_statement);
    else
        state_unchecked(limit_ns, ret_statement);
}

void exh_clock_state(const struct exh_clock_history *history, struct exh_window window, int64_t limit_ns,
                     const char *zone, struct exh_clock_statement *ret_statement)
{
    state(history, nearest(history, window, false), window, limit_ns, zone, ret_statement);
}

bool exh_clock_state_shown(const struct exh_clock_history *history, struct exh_window shown, int64_t limit_ns,
                           const char *zone, struct exh_window *ret_window, struct exh_clock_statement *ret_statement,
                           struct exh_error *err)
{
    const struct exh_clock_check *check = nearest(history, shown, true);
    char from[EXH_MOMENT_SIZE], to[EXH_MOMENT_SIZE];
    struct exh_window window = shown;

    if (check && !exh_window_shift(shown, -exh_clock_offset_of(check), &window, err))
        return false;
    state(history, check, window, limit_ns, zone, ret_statement);
    exh_moment_utc(shown.from, from);
    exh_moment_utc(shown.to, to);
    struct exh_json *asked = exh_json_object();
    exh_json_set_text(asked, "from", from);
    exh_json_set_text(asked, "to", to);
    exh_json_set(ret_statement->json, "asked_shown", asked);
    EXH_CLEANUP(exh_freep) char *stated = ret_statement->words;
    ret_statement->words =
        exh_format("%s; the window was asked for by the recorder's clock, %s to %s", stated, from, to);
    exh_json_set_text(ret_statement->json, "statement", ret_statement->words);
    *ret_window = window;
    return true;
}
