/* store: the checks of the cameras' clocks, replayed from the log, and what they say of a window. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

void exh_store_forget_clocks(struct exh_store *store)
{
    struct exh_store_views *views = store->views;

    for (size_t i = 0; i < views->clock_count; i++) {
        exh_clock_history_clear(views->clocks[i]);
        free(views->clocks[i]);
    }
    free(views->clocks);
    views->clocks = NULL;
    views->clock_count = 0;
}

/* ---- replaying the log ---- */

/* A zone that this machine does not know costs the local words only. */
static char *known_zone(const char *zone)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unknown = EXH_ERROR_NONE;

    return zone && exh_zone_check(zone, &unknown) ? exh_strdup(zone) : NULL;
}

static bool take_times(const struct exh_json *details, struct exh_clock_check *check, struct exh_error *err)
{
    const char *shown, *actual;
    int64_t offset;

    if (!exh_json_need_text(details, "shown", &shown, err) || !exh_json_need_text(details, "actual", &actual, err)
        || !exh_json_need_int(details, "uncertainty_ns", &check->uncertainty_ns, err)
        || !exh_moment_parse_utc(shown, &check->shown, err) || !exh_moment_parse_utc(actual, &check->actual, err))
        return false;
    check->zone = known_zone(exh_json_text_or(details, "recorder_zone", NULL));
    if (check->uncertainty_ns < 0)
        return exh_fail(err, EXH_MALFORMED, "the check's uncertainty is negative");
    return exh_clock_offset(check, &offset, err);
}

static bool take_check(const struct exh_json *details, const struct exh_entry *entry, struct exh_clock_check *check,
                       struct exh_error *err)
{
    const char *reference, *method;

    if (!take_times(details, check, err) || !exh_json_need_text(details, "reference", &reference, err)
        || !exh_json_need_text(details, "method", &method, err))
        return false;
    check->reference = exh_strdup(reference);
    check->method = exh_strdup(method);
    check->photo = exh_strdup(exh_json_text_or(exh_json_get(entry->whole, "digests"), "photo", NULL));
    check->photo_file = check->photo ? exh_strdup(exh_json_text_or(details, "photo_file", check->photo)) : NULL;
    check->recorded = entry->time;
    return true;
}

bool exh_store_read_check(const struct exh_store *store, const struct exh_entry *entry, struct exh_clock_check *check, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;

    if (exh_entry_details(entry, store->seal_key, &details, err) && take_check(details, entry, check, err))
        return true;
    err->kind = EXH_MALFORMED;
    return exh_while(err, "custody log: entry %llu", (unsigned long long)entry->sequence);
}

/* A camera's checks as they are read. */
struct replay { const struct exh_store *store; struct exh_clock_history *history; };

static bool replay_check(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct replay *replay = context;
    EXH_CLEANUP(exh_clock_check_clear) struct exh_clock_check check = { .reference = NULL };
    const struct exh_person *person = exh_keyring_find(&replay->store->keyring, entry->actor);

    if (!exh_store_read_check(replay->store, entry, &check, err))
        return false;
    check.by = exh_strdup(person ? person->initials : NULL);
    exh_clock_history_add(replay->history, &check);
    return true;
}

static void free_history(struct exh_clock_history **history)
{
    if (*history)
        exh_clock_history_clear(*history);
    free(*history);
}

/* ---- asking ---- */

bool exh_store_checks(const struct exh_store *store, const char *camera, const struct exh_clock_history **ret_history,
                      struct exh_error *err)
{
    struct exh_store_views *views = store->views;
    EXH_CLEANUP(exh_freep) char *topic = exh_store_clock_topic(camera);
    EXH_CLEANUP(free_history) struct exh_clock_history *history = NULL;

    for (size_t i = 0; i < views->clock_count; i++)
        if (strcmp(views->clocks[i]->camera, camera) == 0) {
            *ret_history = views->clocks[i];
            return true;
        }
    history = exh_alloc(sizeof *history);
    history->camera = exh_strdup(camera);
    struct replay replay = { store, history };
    const struct exh_index_query query = { .topic = topic };
    if (!exh_store_entries(store, &query, false, replay_check, &replay, err))
        return false;
    views->clocks = exh_realloc_array(views->clocks, views->clock_count + 1, sizeof *views->clocks);
    *ret_history = views->clocks[views->clock_count++] = exh_steal(&history);
    return true;
}

bool exh_store_question(const struct exh_store *store, const char *camera, struct exh_window asked, bool recorder_time,
                        struct exh_question *ret_question, struct exh_clock_statement *ret_statement,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_clock_statement_clear) struct exh_clock_statement statement = { .words = NULL };
    struct exh_window window = asked, shown;
    const struct exh_clock_history *history;

    if (!exh_window_check(asked, err) || !exh_store_checks(store, camera, &history, err))
        return false;
    if (!recorder_time)
        exh_clock_state(history, asked, store->clock_age_ns, store->zone, &statement);
    else if (!exh_clock_state_shown(history, asked, store->clock_age_ns, store->zone, &window,
                                    &statement, err))
        return false;
    if (!exh_window_shift(window, statement.offset_ns, &shown,
                          err)) /* the catalogue looks where the recorder wrote it */
        return false;
    *ret_question =
        (struct exh_question){ .window = window, .tolerance_ns = store->tolerance_ns, .clock_ns = statement.offset_ns };
    *ret_statement = statement;
    statement = (struct exh_clock_statement){ .words = NULL };
    return true;
}
