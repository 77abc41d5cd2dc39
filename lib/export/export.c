/* export: the act: look, reserve, make, log, name. */
#include "export.h"

#include "exhibit/file.h"
#include "exhibit/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void exh_export_result_clear(struct exh_export_result *result)
{
    free(result->package);
    exh_json_free(result->record);
    *result = (struct exh_export_result){ .record = NULL };
}

static void clear_exporting(struct exporting *e)
{
    exh_package_freep(&e->package);
    exh_journal_clear(&e->journal);
    exh_item_clear(&e->item);
    exh_coverage_clear(&e->coverage);
    free(e->cuts);
    exh_helper_freep(&e->helper);
    exh_fd_close(&e->out);
    exh_fd_close(&e->exhibits);
}

/* ---- 1. look ---- */

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

static bool find_subjects(struct exporting *e, struct exh_error *err)
{
    const struct exh_case *one;

    if (!exh_window_check(e->options->window, err)
        || !exh_store_need_case(e->store, e->options->case_id, &one, err)
        || !exh_store_need_camera(e->store, e->options->camera, &e->item.camera, err))
        return false;
    if (one->sealed)
        return exh_fail(err, EXH_REFUSED, "the key of case %s is gone; nothing can be added to it", one->id);
    e->item.source = exh_store_source(e->store, e->item.camera->source);
    e->item.organisation = e->store->organisation;
    e->item.zone = e->store->zone;
    e->item.case_facts = case_facts(one);
    e->item.producer = producer_facts(exh_store_person(e->store));
    e->item.coverage = &e->coverage;
    for (size_t i = 0; i < e->options->arguments->count; i++)
        exh_strings_add(&e->item.arguments, e->options->arguments->at[i]);
    return true;
}

static bool look(struct exporting *e, struct exh_error *err)
{
    if (!exh_directory_open(AT_FDCWD, e->options->out, &e->out, err))
        return exh_while(err, "the package needs a directory that is there (--out)");
    return exh_directory_open(e->store->root, "exhibits", &e->exhibits, err)
        && exh_helper_start(&e->helper, err)
        && exh_coverage_find(e->item.source, e->item.camera, e->options->window, e->store->tolerance_ns, e->helper, &e->coverage, err);
}

/* What was asked for, sealed: for the entries of this export. */
static struct exh_json *asked(const struct exporting *e)
{
    struct exh_json *details = exh_json_object(), *arguments = exh_json_array();

    for (size_t i = 0; i < e->item.arguments.count; i++)
        exh_json_add_text(arguments, e->item.arguments.at[i]);
    exh_json_set_text(details, "camera", e->options->camera);
    exh_json_set(details, "window", exh_window_json(e->options->window, e->store->zone));
    exh_json_set(details, "arguments", arguments);
    return details;
}

/* That somebody asked, and that nothing was there, is itself evidence. */
static bool record_nothing(struct exporting *e, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_COLLECTION, .act = "export-nothing", .case_id = e->options->case_id, .details = asked(e) };

    exh_json_set(draft.details, "gaps", exh_gaps_json(&e->coverage, e->store->zone));
    exh_json_set(draft.details, "findings", exh_findings_json(&e->coverage));
    if (!exh_store_record(e->store, &draft, err))
        return false;
    const char *cause = e->coverage.gap_count ? e->coverage.gaps[0].cause : "no recording";
    return exh_fail(err, EXH_NO, "camera '%s' has no footage in this window (%s); nothing was exported, and the log says so",
                    e->options->camera, cause);
}

/* ---- 2. reserve ---- */

static bool begin_entry(struct exporting *e, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_COLLECTION, .act = "export-begun", .case_id = e->options->case_id, .exhibit = e->item.reference, .details = asked(e) };

    exh_casefile_next_exhibit(&e->store->casefile, exh_store_person(e->store)->initials, e->item.reference);
    return exh_journal_begin(e->store, e->item.reference, &e->journal, err)
        && exh_store_append(e->store, &draft, err);
}

static bool reserve(struct exporting *e, struct exh_error *err)
{
    if (!exh_store_lock(e->store, err))
        return false;
    bool done = begin_entry(e, err);
    exh_store_unlock(e->store);
    return done;
}

/* ---- 3. make ---- */

/* The journal has the staging names before the files are there: a kill between leaves nothing unknown. */
static bool note_names(struct exporting *e, const char *name, const char *staging, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *out = realpath(e->options->out, NULL);
    EXH_CLEANUP(exh_freep) char *folder = exh_format(".%s.partial", e->item.reference);

    return exh_journal_note(&e->journal, folder, out ? out : e->options->out, name, staging, err);
}

static bool open_package(struct exporting *e, struct exh_error *err)
{
    const struct exh_export_options *o = e->options;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((o->recipient_count + 1) * sizeof *recipients);
    EXH_CLEANUP(exh_freep) char *stem = exh_item_stem(&e->item);
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s.zip%s", stem, o->recipient_count ? ".age" : "");
    EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(name);

    if (o->recipient_count)
        memcpy(recipients, o->recipients, o->recipient_count * sizeof *recipients);
    recipients[o->recipient_count] = e->store->recovery;
    e->item.made = (struct exh_moment){ exh_moment_now().ns / EXH_SECOND * EXH_SECOND };
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

static bool make(struct exporting *e, struct exh_package_sealed *ret_sealed, struct exh_json **ret_record, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;

    if (!open_package(e, err) || !exh_export_write_master(e, err))
        return false;
    record = exh_item_record(&e->item);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(record);
    exh_package_text(e->package, EXH_RECORD, bytes, strlen(bytes));
    add_custody(e);
    add_pages(e, record);
    EXH_CLEANUP(exh_freep) char *description = exh_format("Master footage of camera %s, exhibit %s", e->item.camera->id, e->item.reference);
    const struct exh_package_seal seal = {
        .key = e->store->key, .signer = exh_store_person(e->store)->initials, .exhibit = e->item.reference,
        .organisation = e->store->organisation, .description = description };
    if (!exh_package_seal(e->package, &seal, ret_sealed, err))
        return false;
    *ret_record = exh_steal(&record);
    return true;
}

/* ---- 4. log ---- */

static bool done_entry(struct exporting *e, const struct exh_package_sealed *sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_COLLECTION, .act = "export-done", .case_id = e->options->case_id, .exhibit = e->item.reference,
        .digests = exh_json_object(), .facts = exh_json_object(), .details = asked(e) };
    struct exh_json *masters = exh_json_array();

    for (size_t i = 0; i < e->item.part_count; i++)
        exh_json_add_text(masters, e->item.parts[i].digest);
    exh_json_set_text(draft.digests, "tagmanifest", sealed->tagmanifest);
    exh_json_set_text(draft.digests, "package", sealed->container);
    exh_json_set(draft.facts, "masters", masters);
    exh_json_set_int(draft.facts, "gaps", (int64_t)e->coverage.gap_count);
    exh_json_set_int(draft.facts, "findings", (int64_t)e->coverage.finding_count);
    exh_json_set_int(draft.facts, "recipients", (int64_t)e->options->recipient_count);
    exh_json_set(draft.details, "gaps", exh_gaps_json(&e->coverage, e->store->zone));
    exh_json_set(draft.details, "findings", exh_findings_json(&e->coverage));
    return exh_store_record(e->store, &draft, err);
}

/* The failure itself must not hide the first one: what goes wrong here is added to its words. */
static void failed_entry(struct exporting *e, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error second = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_COLLECTION, .act = "export-failed", .case_id = e->options->case_id, .exhibit = e->item.reference, .details = asked(e) };

    exh_json_set_text(draft.details, "reason", err->text);
    exh_package_freep(&e->package);      /* the staging files go before the log says that they are gone */
    if (!exh_store_record(e->store, &draft, &second) || !exh_journal_end(e->store, &e->journal, &second))
        exh_while(err, "exhibit %s failed, and the next command will say so in the log (%s)", e->item.reference, second.text);
    else
        exh_while(err, "exhibit %s failed and was cleared away", e->item.reference);
}

/* ---- 5. name ---- */

static bool give_names(struct exporting *e, struct exh_error *err)
{
    if (!exh_package_commit(e->package, err))
        return exh_while(err, "exhibit %s is sealed and logged, but its package could not take its name; the next command tries again",
                         e->item.reference);
    return exh_journal_end(e->store, &e->journal, err);
}

static void fill_result(struct exporting *e, const struct exh_package_sealed *sealed, struct exh_json *record, struct exh_export_result *result)
{
    EXH_CLEANUP(exh_freep) char *stem = exh_item_stem(&e->item);

    snprintf(result->reference, sizeof result->reference, "%s", e->item.reference);
    snprintf(result->digest, sizeof result->digest, "%s", sealed->container);
    snprintf(result->tagmanifest, sizeof result->tagmanifest, "%s", sealed->tagmanifest);
    result->package = exh_format("%s/%s.zip%s", e->options->out, stem, e->options->recipient_count ? ".age" : "");
    result->size = sealed->container_size;
    result->findings = e->coverage.finding_count;
    result->record = record;
}

static bool make_and_log(struct exporting *e, struct exh_export_result *result, struct exh_error *err)
{
    struct exh_package_sealed sealed;
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;

    if (!make(e, &sealed, &record, err) || !done_entry(e, &sealed, err)) {
        failed_entry(e, err);
        return false;
    }
    if (!give_names(e, err))
        return false;
    fill_result(e, &sealed, exh_steal(&record), result);
    return true;
}

/* ---- saying what would be made ---- */

static bool estimate(struct exporting *e, struct exh_export_result *result, struct exh_error *err)
{
    for (size_t i = 0; i < e->cut_count; i++) {
        struct exh_item_part *part = exh_item_add_part(&e->item);
        if (!exh_export_plan_part(e, i, &part->plan, err))
            return false;
        part->file = exh_item_part_name(&e->item, i, e->cut_count, (struct exh_moment){ part->plan.first_ns }, part->plan.suffix);
        result->size += part->plan.size;
    }
    result->record = exh_item_record(&e->item);
    result->findings = e->coverage.finding_count;
    return true;
}

bool exh_export(struct exh_store *store, const struct exh_export_options *options, struct exh_export_result *ret_result, struct exh_error *err)
{
    EXH_CLEANUP(clear_exporting) struct exporting e = { .store = store, .options = options, .out = -1, .exhibits = -1, .journal = EXH_JOURNAL_NONE };
    EXH_CLEANUP(exh_export_result_clear) struct exh_export_result result = { .record = NULL };

    if (!find_subjects(&e, err) || !exh_store_may(store, "export-begun", err) || !look(&e, err))
        return false;
    if (e.coverage.stretch_count == 0 && options->dry_run)
        return exh_fail(err, EXH_NO, "camera '%s' has no footage in this window", options->camera);
    if (e.coverage.stretch_count == 0)
        return record_nothing(&e, err);
    exh_export_find_cuts(&e);
    bool done = options->dry_run ? estimate(&e, &result, err)
                                 : reserve(&e, err) && make_and_log(&e, &result, err);
    if (!done)
        return false;
    *ret_result = result;
    result = (struct exh_export_result){ .record = NULL };
    return true;
}
