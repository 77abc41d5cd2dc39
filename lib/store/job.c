/* store: rows of batches, as the log knows them: what of each was done, so that nothing is done twice. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void digest_of(const struct exh_store *store, const struct exh_json *json, char ret_digits[EXH_SHA256_DIGITS])
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(json);

    exh_seal_key_digest(store->seal_key, bytes, strlen(bytes), ret_digits);
}

void exh_store_job(const struct exh_store *store, const char *batch, const char *id, const struct exh_json *content, struct exh_job *ret_job)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *name = exh_json_object();

    *ret_job = (struct exh_job){ .part = "" };
    exh_json_set_text(name, "batch", batch);
    exh_json_set_text(name, "id", id);
    digest_of(store, name, ret_job->id);
    digest_of(store, content, ret_job->row);
}

char *exh_job_words(const struct exh_job *job)
{
    return exh_format("%s:%s", job->id, job->row);
}

bool exh_job_parse(const char *words, struct exh_job *ret_job)
{
    uint8_t bytes[EXH_SHA256_SIZE];
    const char *colon = strchr(words, ':');

    *ret_job = (struct exh_job){ .part = "" };
    if (!colon || colon - words != EXH_SHA256_DIGITS - 1)
        return false;
    snprintf(ret_job->id, sizeof ret_job->id, "%s", words);
    snprintf(ret_job->row, sizeof ret_job->row, "%s", colon + 1);
    return exh_unhex(bytes, sizeof bytes, ret_job->id) && strlen(colon + 1) == EXH_SHA256_DIGITS - 1
        && exh_unhex(bytes, sizeof bytes, ret_job->row);
}

void exh_store_say_job(const struct exh_store *store, struct exh_json *facts)
{
    if (!*store->job.id)
        return;
    exh_json_set_text(facts, "job", store->job.id);
    exh_json_set_text(facts, "row", store->job.row);
    if (*store->job.part)
        exh_json_set_text(facts, "part", store->job.part);
}

char *exh_store_job_topic(const char *id)
{
    return exh_format("job %s", id);
}

/* ---- what became of it ---- */

static bool ends_with(const char *act, const char *stage)
{
    size_t size = strlen(act), ending = strlen(stage);

    return size > ending && strcmp(act + size - ending, stage) == 0;
}

struct finding { const struct exh_job *job; const struct exh_strings *in_making; struct exh_job_found *found; };

static void take_done(const struct exh_entry *entry, const char *item, struct exh_job_found *found)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts");
    const char *part = exh_json_text_or(facts, "part", "");

    found->state = *part ? EXH_JOB_PARTLY : EXH_JOB_DONE;
    found->findings |= exh_json_int_or(facts, "findings", 0) > 0;
    found->copied |= strcmp(part, EXH_JOB_COPY) == 0;
    snprintf(found->item, sizeof found->item, "%s", item ? item : "");
    if (strcmp(part, EXH_JOB_MASTER) == 0)
        snprintf(found->master, sizeof found->master, "%s", found->item);
}

static void take_making(const char *item, struct exh_job_found *found)
{
    found->state = EXH_JOB_MAKING;
    snprintf(found->item, sizeof found->item, "%s", item);
}

/* What an entry made for a row is called: an exhibit or a package; a hold, or else the case. */
static const char *item_of(const struct exh_entry *entry, bool *ret_begins)
{
    const char *item = exh_entry_item(entry, ret_begins);

    return item ? item : exh_json_text_or(exh_json_get(entry->whole, "facts"), "hold", entry->case_id);
}

/* Of those that no making begins: the one entry is all there is. */
static bool stands_alone(const struct exh_entry *entry)
{
    return strncmp(entry->act, "case-", 5) == 0;
}

/* Entries come in their order: what ended badly, or was given up, was not done. */
static bool take_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    const struct finding *finding = context;
    struct exh_job_found *found = finding->found;
    bool begins = false, changed = strcmp(exh_json_text_or(exh_json_get(entry->whole, "facts"), "row", ""), finding->job->row) != 0;
    const char *item = item_of(entry, &begins);
    enum exh_job_state before = found->state;

    (void)err;
    if (found->state == EXH_JOB_DONE)
        return true;
    if (stands_alone(entry) || ends_with(entry->act, "-done"))
        take_done(entry, item, found);
    else if (ends_with(entry->act, "-nothing"))
        found->state = EXH_JOB_NOTHING;
    else if (begins && exh_strings_contain(finding->in_making, item))
        take_making(item, found);
    if (found->state != before)
        found->changed = changed;
    return true;
}

/* An entry that opens a case is found among those; the index keeps which of them is for the row. */
static bool visit_opening(const struct exh_store *store, const char *topic, struct finding *finding, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *kept = NULL;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    uint64_t sequence;

    if (!exh_index_kept(store->views->index, topic, &kept, err))
        return false;
    if (!kept || !exh_text_number(kept, INT64_MAX, &sequence))
        return true;
    return exh_store_entry(store, sequence, &entry, err) && take_entry(finding, &entry, err);
}

bool exh_store_find_job(const struct exh_store *store, const struct exh_job *job, struct exh_job_found *ret_found, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings in_making = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) char *topic = exh_store_job_topic(job->id);
    const struct exh_index_query query = { .topic = topic };
    struct finding finding = { job, &in_making, ret_found };

    *ret_found = (struct exh_job_found){ .state = EXH_JOB_NEW };
    return exh_store_in_making(store, &in_making, err) && visit_opening(store, topic, &finding, err)
        && exh_store_entries(store, &query, false, take_entry, &finding, err);
}

static bool is_part_done(const struct exh_job *job, const struct exh_job_found *found)
{
    return (strcmp(job->part, EXH_JOB_MASTER) == 0 && *found->master) || (strcmp(job->part, EXH_JOB_COPY) == 0 && found->copied);
}

bool exh_store_begin_job(const struct exh_store *store, struct exh_error *err)
{
    struct exh_job_found found = { .state = EXH_JOB_NEW };

    if (!*store->job.id)
        return true;
    if (!exh_store_find_job(store, &store->job, &found, err))
        return false;
    if (found.state == EXH_JOB_MAKING)
        return exh_fail(err, EXH_BUSY, "this row is being done by another process: %s is in the making; try again", found.item);
    if (found.state == EXH_JOB_PARTLY && is_part_done(&store->job, &found))
        return exh_fail(err, EXH_BUSY, "this row is being done by another process, which made %s; try again", found.item);
    return found.state != EXH_JOB_DONE
        || exh_fail(err, EXH_REFUSED, "this row was done before, with %s; a row is done once", found.item);
}
