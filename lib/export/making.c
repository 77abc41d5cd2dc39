/* export: what every exhibit goes through, however its Master comes about: reserve, make, log, name. */
#include "export.h"

#include "exhibit/file.h"
#include "exhibit/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_export_result_clear(struct exh_export_result *result)
{
    free(result->package);
    exh_json_free(result->record);
    *result = (struct exh_export_result){ .record = NULL };
}

void exh_making_clear(struct exporting *e)
{
    exh_package_freep(&e->package);
    exh_journal_clear(&e->journal);
    exh_item_clear(&e->item);
    exh_export_clear_about(e);
    exh_json_free(e->asked);
    exh_coverage_clear(&e->coverage);
    exh_clock_statement_clear(&e->clock);
    free(e->cuts);
    exh_helper_freep(&e->helper);
    exh_fd_close(&e->out);
    exh_fd_close(&e->exhibits);
}

/* ---- for whom, by whom ---- */

static struct exh_json *case_facts(const struct exh_case *one)
{
    struct exh_json *facts = exh_json_object(), *references = exh_json_array();

    for (size_t i = 0; i < one->references.count; i++)
        exh_json_add_text(references, one->references.at[i]);
    exh_json_set_text(facts, "id", one->id);
    exh_json_set_text(facts, "type", one->type);
    exh_json_set_text(facts, "requested_by", one->requested_by);
    exh_json_set_text(facts, "basis", one->basis);
    exh_json_set(facts, "references", references);
    return facts;
}

static struct exh_json *producer_facts(const struct exh_person *person)
{
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "fingerprint", person->fingerprint);
    exh_json_set_text(facts, "initials", person->initials);
    exh_json_set_text(facts, "name", person->name);
    exh_json_set_text(facts, "role", exh_role_name(person->role));
    return facts;
}

bool exh_making_for_case(struct exporting *e, struct exh_error *err)
{
    const struct exh_case *one;

    if (!exh_store_need_case(e->store, e->options->case_id, &one, err))
        return false;
    if (one->sealed)
        return exh_fail(err, EXH_REFUSED, "the key of case %s is gone; nothing can be added to it", one->id);
    e->item.organisation = e->store->organisation;
    e->item.zone = e->store->zone;
    e->item.case_facts = case_facts(one);
    e->item.producer = producer_facts(exh_store_person(e->store));
    e->item.coverage = &e->coverage;
    for (size_t i = 0; i < e->options->arguments->count; i++)
        exh_strings_add(&e->item.arguments, e->options->arguments->at[i]);
    return true;
}

/* ---- entries ---- */

/* Of stage "begun", "done", ...; with what was asked for. */
struct stage { char act[32]; struct exh_entry_draft draft; };

static void clear_stage(struct stage *stage)
{
    exh_entry_draft_clear(&stage->draft);
}

static void set_stage(struct stage *stage, const struct exporting *e, const char *words)
{
    snprintf(stage->act, sizeof stage->act, "%s-%s", e->making, words);
    stage->draft = (struct exh_entry_draft){
        .verb = EXH_COLLECTION, .act = stage->act, .case_id = e->options->case_id,
        .exhibit = *e->item.reference ? e->item.reference : NULL, .details = exh_json_copy(e->asked) };
}

/* What is missing, sealed: the log's answer to whoever asks later what was known. */
static void add_findings(struct stage *stage, const struct exporting *e)
{
    exh_json_set(stage->draft.details, "gaps", exh_gaps_json(&e->coverage, e->store->zone));
    exh_json_set(stage->draft.details, "findings", exh_findings_json(&e->coverage));
}

bool exh_making_record(struct exporting *e, const char *stage, struct exh_error *err)
{
    EXH_CLEANUP(clear_stage) struct stage entry;

    set_stage(&entry, e, stage);
    add_findings(&entry, e);
    return exh_store_record(e->store, &entry.draft, err);
}

static bool begin(struct exporting *e, struct exh_error *err)
{
    EXH_CLEANUP(clear_stage) struct stage entry = { .draft = { .details = NULL } };

    exh_casefile_next_exhibit(&e->store->casefile, exh_store_person(e->store)->initials, e->item.reference);
    set_stage(&entry, e, "begun");
    return exh_journal_begin(e->store, e->item.reference, &e->journal, err)
        && exh_store_append(e->store, &entry.draft, err);
}

bool exh_making_reserve(struct exporting *e, struct exh_error *err)
{
    if (!exh_store_lock(e->store, err))
        return false;
    bool done = begin(e, err);
    exh_store_unlock(e->store);
    return done;
}

static bool record_done(struct exporting *e, const struct exh_package_sealed *sealed, struct exh_error *err)
{
    EXH_CLEANUP(clear_stage) struct stage entry;
    struct exh_json *masters = exh_json_array();

    set_stage(&entry, e, "done");
    add_findings(&entry, e);
    entry.draft.digests = exh_json_object();
    entry.draft.facts = exh_json_object();
    for (size_t i = 0; i < e->item.part_count; i++)
        exh_json_add_text(masters, e->item.parts[i].digest);
    exh_json_set_text(entry.draft.digests, "tagmanifest", sealed->tagmanifest);
    if (*sealed->container)
        exh_json_set_text(entry.draft.digests, "package", sealed->container);
    exh_json_set(entry.draft.facts, "masters", masters);
    exh_json_set_int(entry.draft.facts, "gaps", (int64_t)e->coverage.gap_count);
    exh_json_set_int(entry.draft.facts, "findings", (int64_t)e->coverage.finding_count);
    exh_json_set_int(entry.draft.facts, "recipients", (int64_t)e->options->recipient_count);
    return exh_store_record(e->store, &entry.draft, err);
}

/* The failure itself must not hide the first one: what goes wrong here is added to its words. */
static void record_failed(struct exporting *e, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error second = EXH_ERROR_NONE;
    EXH_CLEANUP(clear_stage) struct stage entry;

    set_stage(&entry, e, "failed");
    exh_json_set_text(entry.draft.details, "reason", err->text);
    exh_package_freep(&e->package);      /* the staging files go before the log says that they are gone */
    if (!exh_store_record(e->store, &entry.draft, &second) || !exh_journal_end(e->store, &e->journal, &second))
        exh_while(err, "exhibit %s failed, and the next command will say so in the log (%s)", e->item.reference, second.text);
    else
        exh_while(err, "exhibit %s failed and was cleared away", e->item.reference);
}

/* ---- making ---- */

/* Where the package goes, by path: the journal must find it again. */
static char *absolute(const char *directory)
{
    char *path = realpath(directory, NULL);

    return path ? path : exh_strdup(directory);
}

/* The journal has the staging names before the files are there: a kill between leaves nothing unknown. */
static bool note_names(struct exporting *e, const char *name, const char *staging, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_format(".%s.partial", e->item.reference);
    EXH_CLEANUP(exh_freep) char *out = name ? absolute(e->options->out) : NULL;

    return exh_journal_note(&e->journal, folder, out, name, staging, err);
}

static bool open_folder(struct exporting *e, struct exh_error *err)
{
    const struct exh_package_where where = {
        .folder_parent = e->exhibits, .folder = e->item.reference, .container_parent = -1, .sealed = e->item.made };

    return note_names(e, NULL, NULL, err) && exh_package_open(&where, &e->package, err);
}

/* The store's own exhibit, and the package beside it. */
static bool open_both(struct exporting *e, struct exh_error *err)
{
    const struct exh_export_options *o = e->options;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((o->recipient_count + 1) * sizeof *recipients);
    EXH_CLEANUP(exh_freep) char *stem = exh_item_stem(&e->item);
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s.zip%s", stem, o->recipient_count ? ".age" : "");
    EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(name);

    if (o->recipient_count)
        memcpy(recipients, o->recipients, o->recipient_count * sizeof *recipients);
    recipients[o->recipient_count] = e->store->recovery;
    const struct exh_package_where where = {
        .folder_parent = e->exhibits, .folder = e->item.reference, .container_parent = e->out, .container = name,
        .container_staging = staging, .recipients = recipients, .recipient_count = o->recipient_count ? o->recipient_count + 1 : 0,
        .sealed = e->item.made };
    return note_names(e, name, staging, err) && exh_package_open(&where, &e->package, err);
}

/* The log's state at sealing: whoever holds the package is a witness to it. */
static void add_custody(struct exporting *e)
{
    const struct exh_entry *last = &e->store->entries[e->store->entry_count - 1];
    EXH_CLEANUP(exh_json_freep) struct exh_json *custody = exh_json_object();
    struct exh_json *own = exh_json_array();

    for (size_t i = 0; i < e->store->entry_count; i++)
        if (e->store->entries[i].exhibit && strcmp(e->store->entries[i].exhibit, e->item.reference) == 0)
            exh_json_add(own, exh_json_copy(e->store->entries[i].whole));
    exh_json_set_int(custody, "version", 1);
    exh_json_set_int(custody, "entries", (int64_t)e->store->entry_count);
    exh_json_set_text(custody, "last_entry_sha256", last->digest);
    exh_json_set_text(custody, "commit", last->commit);
    exh_json_set(custody, "exhibit_entries", own);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(custody);
    exh_package_text(e->package, "record/custody.json", bytes, strlen(bytes));
}

static void add_pages(struct exporting *e, const struct exh_json *record)
{
    char sealed[EXH_MOMENT_SIZE], sealed_local[EXH_MOMENT_SIZE];
    const struct exh_person *person = exh_store_person(e->store);
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(e->store->key));

    exh_moment_utc(e->item.made, sealed);
    exh_moment_local(e->item.made, e->store->zone, sealed_local);
    const struct exh_report_facts facts = {
        .signer = person->initials, .fingerprint = person->fingerprint, .minisign = minisign, .sealed = sealed, .sealed_local = sealed_local,
        .log_head = e->store->entries[e->store->entry_count - 1].digest, .log_entries = e->store->entry_count };
    EXH_CLEANUP(exh_freep) char *page = exh_report_page(record, &facts), *text = exh_report_verify_text(record, &facts);
    exh_package_text(e->package, "START-HERE.html", page, strlen(page));
    exh_package_text(e->package, "VERIFY.txt", text, strlen(text));
}

static bool seal(struct exporting *e, struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    const struct exh_camera *camera = e->item.camera;
    EXH_CLEANUP(exh_freep) char *description = camera
        ? exh_format("Master footage of camera %s, exhibit %s", camera->id, e->item.reference)
        : exh_format("Master files received from elsewhere, exhibit %s", e->item.reference);
    const struct exh_package_seal with = {
        .key = e->store->key, .signer = exh_store_person(e->store)->initials, .exhibit = e->item.reference,
        .organisation = e->store->organisation, .description = description };

    return exh_package_seal(e->package, &with, ret_sealed, err);
}

static bool make(struct exporting *e, bool (*write_payload)(struct exporting *, struct exh_error *),
                 struct exh_package_sealed *ret_sealed, struct exh_json **ret_record, struct exh_error *err)
{
    e->item.made = (struct exh_moment){ exh_moment_now().ns / EXH_SECOND * EXH_SECOND };
    if (!(e->out < 0 ? open_folder(e, err) : open_both(e, err)) || !write_payload(e, err))
        return false;
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = exh_item_record(&e->item);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(record);
    exh_package_text(e->package, EXH_RECORD, bytes, strlen(bytes));
    add_custody(e);
    add_pages(e, record);
    if (!seal(e, ret_sealed, err))
        return false;
    *ret_record = exh_steal(&record);
    return true;
}

static bool give_names(struct exporting *e, struct exh_error *err)
{
    if (!exh_package_commit(e->package, err))
        return exh_while(err, "exhibit %s is sealed and logged, but could not take its name; the next command tries again",
                         e->item.reference);
    return exh_journal_end(e->store, &e->journal, err);
}

static uint64_t footage_size(const struct exh_item *item)
{
    uint64_t size = 0;

    for (size_t i = 0; i < item->part_count; i++)
        size += item->parts[i].plan.size;
    return size;
}

static void fill_result(struct exporting *e, const struct exh_package_sealed *sealed, struct exh_json *record, struct exh_export_result *result)
{
    snprintf(result->reference, sizeof result->reference, "%s", e->item.reference);
    snprintf(result->digest, sizeof result->digest, "%s", sealed->container);
    snprintf(result->tagmanifest, sizeof result->tagmanifest, "%s", sealed->tagmanifest);
    result->size = e->out < 0 ? footage_size(&e->item) : sealed->container_size;
    result->findings = e->coverage.finding_count;
    result->record = record;
    if (e->out < 0)
        return;
    EXH_CLEANUP(exh_freep) char *stem = exh_item_stem(&e->item);
    result->package = exh_format("%s/%s.zip%s", e->options->out, stem, e->options->recipient_count ? ".age" : "");
}

bool exh_making_run(struct exporting *e, bool (*write_payload)(struct exporting *e, struct exh_error *err),
                    struct exh_export_result *ret_result, struct exh_error *err)
{
    struct exh_package_sealed sealed = { .container_size = 0 };
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;

    if (!make(e, write_payload, &sealed, &record, err) || !record_done(e, &sealed, err)) {
        record_failed(e, err);
        return false;
    }
    if (!give_names(e, err))
        return false;
    fill_result(e, &sealed, exh_steal(&record), ret_result);
    return true;
}

/* ---- on the way ---- */

static void tell(struct exporting *e, uint64_t done, uint64_t size)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (!e->options->progress || (now.tv_sec == e->told.tv_sec && now.tv_nsec - e->told.tv_nsec < 100000000))
        return;
    e->told = now;
    if (e->item.mode == EXH_CLIP)
        e->options->progress(e->options->context, e->item.part_count, e->cut_count, done, size);
    else
        e->options->progress(e->options->context, e->file_at, e->item.part_count, done, size);
}

bool exh_making_goes_on(struct exporting *e, uint64_t done, uint64_t size, struct exh_error *err)
{
    tell(e, done, size);
    if (e->options->interrupted && e->options->interrupted())
        return exh_fail(err, EXH_IO, "interrupted; no exhibit was made");
    return true;
}

static bool copy_bytes(struct exporting *e, int fd, const char *name, uint64_t size, struct exh_error *err)
{
    struct exh_fan *fan = exh_package_fan(e->package);
    void *space;
    size_t room;

    for (uint64_t done = 0; done < size; done += room) {
        if (!exh_fan_space(fan, &space, &room, err))
            return false;
        if (room > size - done)
            room = (size_t)(size - done);
        if (!exh_fd_read_at(fd, name, done, space, room, err))
            return false;
        exh_fan_filled(fan, room);
        if (!exh_making_goes_on(e, done + room, size, err))
            return false;
    }
    return true;
}

bool exh_making_copy_file(struct exporting *e, int fd, const char *name, struct exh_item_part *part, struct exh_error *err)
{
    if (!exh_package_begin(e->package, part->file, part->plan.size, err)
        || !copy_bytes(e, fd, name, part->plan.size, err)
        || !exh_package_end(e->package, part->digest, err))
        return false;
    for (size_t i = 0; i < part->run_count; i++)
        memcpy(part->runs[i].digest, part->digest, sizeof part->digest);
    return true;
}
