/* store: the checks of the cameras' clocks, replayed from the log, and what they say of a window. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

void exh_store_forget_clocks(struct exh_store *store)
{
    for (size_t i = 0; i < store->clock_count; i++)
        exh_clock_history_clear(&store->clocks[i]);
    free(store->clocks);
    store->clocks = NULL;
    store->clock_count = store->clock_entries = 0;
}

static struct exh_clock_history *history_of(struct exh_store *store, const char *camera)
{
    for (size_t i = 0; i < store->clock_count; i++)
        if (strcmp(store->clocks[i].camera, camera) == 0)
            return &store->clocks[i];
    store->clocks = exh_realloc_array(store->clocks, store->clock_count + 1, sizeof *store->clocks);
    store->clocks[store->clock_count] = (struct exh_clock_history){ .camera = exh_strdup(camera) };
    return &store->clocks[store->clock_count++];
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

static bool replay_check(struct exh_store *store, const struct exh_entry *entry, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    EXH_CLEANUP(exh_clock_check_clear) struct exh_clock_check check = { .reference = NULL };
    const struct exh_person *person = exh_keyring_find(&store->keyring, entry->actor);
    const char *camera;

    if (!exh_entry_details(entry, store->seal_key, &details, err)
        || !exh_json_need_text(details, "camera", &camera, err) || !take_check(details, entry, &check, err))
        return false;
    check.by = exh_strdup(person ? person->initials : NULL);
    exh_clock_history_add(history_of(store, camera), &check);
    return true;
}

bool exh_store_read_clocks(struct exh_store *store, struct exh_error *err)
{
    for (; store->clock_entries < store->entry_count; store->clock_entries++) {
        const struct exh_entry *entry = &store->entries[store->clock_entries];
        if (strcmp(entry->act, "camera-check-time") == 0 && !replay_check(store, entry, err)) {
            err->kind = EXH_MALFORMED;
            return exh_while(err, "custody log: entry %llu", (unsigned long long)entry->sequence);
        }
    }
    return true;
}

/* ---- asking ---- */

const struct exh_clock_history *exh_store_checks(const struct exh_store *store, const char *camera)
{
    for (size_t i = 0; i < store->clock_count; i++)
        if (strcmp(store->clocks[i].camera, camera) == 0)
            return &store->clocks[i];
    return NULL;
}

void exh_store_clock(const struct exh_store *store, const char *camera, struct exh_window window,
                     struct exh_clock_statement *ret_statement)
{
    exh_clock_state(exh_store_checks(store, camera), window, store->clock_age_ns, store->zone, ret_statement);
}

bool exh_store_question(const struct exh_store *store, const char *camera, struct exh_window asked, bool recorder_time,
                        struct exh_question *ret_question, struct exh_clock_statement *ret_statement,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_clock_statement_clear) struct exh_clock_statement statement = { .words = NULL };
    struct exh_window window = asked, shown;

    if (!exh_window_check(asked, err))
        return false;
    if (!recorder_time)
        exh_store_clock(store, camera, asked, &statement);
    else if (!exh_clock_state_shown(exh_store_checks(store, camera), asked, store->clock_age_ns, store->zone, &window,
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
