/* verify: when each item was found good: one row an item, written as the item is done, "<time> <run>". What is derived is kept in
 * the index's form; this one has rows by name only. */
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char current[] = "run";     /* "<run> <begun> <sample> <seed>"; empty once it came to its end */

void exh_seen_clear(struct exh_seen *seen)
{
    exh_index_freep(&seen->index);
    free(seen->unkept);
    *seen = (struct exh_seen){ NULL, NULL, "" };
}

/* From now on nothing is kept: a disk that is full stays full, and the verdict does not wait for it. */
static void give_up(struct exh_seen *seen, struct exh_error *err)
{
    if (!seen->unkept)
        seen->unkept = exh_strdup(err->text);
    exh_error_clear(err);
    exh_index_freep(&seen->index);
}

void exh_seen_open(const struct exh_store *store, struct exh_seen *seen)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/private/verified", store->path);

    if (!exh_index_open(path, &seen->index, &err))
        give_up(seen, &err);
}

static void keep(struct exh_seen *seen, const char *name, const char *value)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (seen->index && !exh_index_keep(seen->index, name, value, &err))
        give_up(seen, &err);
}

/* Free with free(); NULL: nothing is known. */
static char *kept(struct exh_seen *seen, const char *name)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char *value = NULL;

    if (seen->index && !exh_index_kept(seen->index, name, &value, &err))
        give_up(seen, &err);
    return value;
}

/* ---- the run ---- */

/* Cuts the next word off; what is left of it is the seed, which may have spaces. */
static const char *word(char **at)
{
    char *start = *at, *space = strchr(start, ' ');

    *at = space ? space + 1 : start + strlen(start);
    if (space)
        *space = '\0';
    return start;
}

static char *sample_words(const struct exh_whole_ask *ask)
{
    return ask->sampled ? exh_format("%llu", (unsigned long long)ask->sample) : exh_strdup("all");
}

static bool go_on(struct exh_seen *seen, const struct exh_whole_ask *ask, struct exh_whole_report *report)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *value = ask->resume ? kept(seen, current) : NULL, *sample = sample_words(ask);
    char *at = value;

    if (!value || !*value)
        return false;
    const char *run = word(&at), *begun = word(&at), *of = word(&at);
    if (strlen(run) != sizeof seen->run - 1 || strcmp(of, sample) != 0 || (ask->seed && strcmp(ask->seed, at) != 0)
        || strlen(at) >= sizeof report->seed || !exh_moment_parse_utc(begun, &report->begun, &unread))
        return false;
    memcpy(seen->run, run, sizeof seen->run);
    snprintf(report->seed, sizeof report->seed, "%s", at);
    return true;
}

static void draw(char *ret_digits, size_t bytes)
{
    uint8_t random[8];

    exh_random(random, bytes);
    exh_hex(ret_digits, random, bytes);
}

void exh_seen_begin(struct exh_seen *seen, const struct exh_whole_ask *ask, struct exh_whole_report *report)
{
    EXH_CLEANUP(exh_freep) char *sample = sample_words(ask);
    char begun[EXH_MOMENT_SIZE];

    if ((report->resumed = go_on(seen, ask, report)))
        return;
    draw(seen->run, 8);
    report->begun = exh_moment_now();
    if (ask->seed)
        snprintf(report->seed, sizeof report->seed, "%s", ask->seed);
    else if (ask->sampled)
        draw(report->seed, 8);
    exh_moment_utc(report->begun, begun);
    EXH_CLEANUP(exh_freep) char *value = exh_format("%s %s %s %s", seen->run, begun, sample, report->seed);
    keep(seen, current, value);
}

void exh_seen_end(struct exh_seen *seen)
{
    keep(seen, current, "");
}

/* ---- items ---- */

static char *name_of(const char *item)
{
    return exh_format("item %s", item);
}

static bool look_up(struct exh_seen *seen, const char *item, struct exh_moment *ret_moment, bool *ret_in_run)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *name = name_of(item), *value = kept(seen, name);
    char *at = value;

    if (!value)
        return false;
    const char *time = word(&at);
    *ret_in_run = strcmp(at, seen->run) == 0;
    return exh_moment_parse_utc(time, ret_moment, &unread);
}

bool exh_seen_in_run(struct exh_seen *seen, const char *item)
{
    struct exh_moment ignored;
    bool in_run = false;

    return look_up(seen, item, &ignored, &in_run) && in_run;
}

bool exh_seen_last(struct exh_seen *seen, const char *item, struct exh_moment *ret_moment)
{
    bool ignored;

    return look_up(seen, item, ret_moment, &ignored);
}

void exh_seen_good(struct exh_seen *seen, const char *item)
{
    EXH_CLEANUP(exh_freep) char *name = name_of(item);
    char now[EXH_MOMENT_SIZE];

    exh_moment_utc(exh_moment_now(), now);
    EXH_CLEANUP(exh_freep) char *value = exh_format("%s %s", now, seen->run);
    keep(seen, name, value);
}
