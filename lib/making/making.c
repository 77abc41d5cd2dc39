/* making: one exhibit from its reference to its names: reserve, make, log, name. */
#include "exhibit/making.h"

#include "exhibit/file.h"
#include "exhibit/item.h"
#include "exhibit/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_made_clear(struct exh_made *made)
{
    free(made->package);
    exh_json_free(made->record);
    *made = (struct exh_made){ .record = NULL };
}

void exh_making_clear(struct exh_making *m)
{
    exh_package_freep(&m->package);
    exh_journal_clear(&m->journal);
    exh_json_free(m->asked);
    exh_json_free(m->facts);
    free(m->log_key);
    exh_fd_close(&m->directory);
    exh_fd_close(&m->exhibits);
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

bool exh_making_for_case(const struct exh_store *store, const char *case_id, struct exh_json **ret_case,
                         struct exh_json **ret_producer, struct exh_error *err)
{
    const struct exh_case *one;

    if (!exh_store_need_case(store, case_id, &one, err))
        return false;
    if (one->sealed)
        return exh_fail(err, EXH_REFUSED, "the key of case %s is gone; nothing can be added to it", one->id);
    *ret_case = case_facts(one);
    *ret_producer = producer_facts(exh_store_person(store));
    return true;
}

static bool check_request(const struct exh_making *m, struct exh_error *err)
{
    const struct exh_request emergency = { .emergency = true, .reason = (char *)(uintptr_t)m->emergency };
    const struct exh_casefile *casefile;
    const struct exh_request *request;

    if (m->emergency)
        return exh_request_check(&emergency, err);
    if (m->request)
        return exh_store_need_request(m->store, m->request, &casefile, &request, err) && exh_request_covers(request, m->case_id, err);
    return !m->takes_footage || !m->store->request_required
        || exh_fail(err, EXH_REFUSED, "this store takes footage out on a request only: name one of case %s with --request ('exhibit request "
                    "add' enters it), or say --emergency REASON", m->case_id);
}

bool exh_making_open(struct exh_making *m, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *act = exh_format("%s-begun", m->name);

    if (!exh_store_may(m->store, act, err) || !check_request(m, err))
        return false;
    if (m->out && !exh_directory_open(AT_FDCWD, m->out, &m->directory, err))
        return exh_while(err, "the package needs a directory that is there (--out)");
    return exh_directory_open(m->store->root, "exhibits", &m->exhibits, err);
}

/* ---- entries ---- */

/* Of stage "begun", "done", ...; with what was asked for. */
struct stage { char act[32]; struct exh_entry_draft draft; };

static void clear_stage(struct stage *stage)
{
    exh_entry_draft_clear(&stage->draft);
}

static void set_stage(struct stage *stage, const struct exh_making *m, const char *words)
{
    snprintf(stage->act, sizeof stage->act, "%s-%s", m->name, words);
    stage->draft = (struct exh_entry_draft){
        .verb = exh_act_verb(stage->act), .act = stage->act, .case_id = m->case_id,
        .exhibit = *m->reference ? m->reference : NULL, .details = exh_json_copy(m->asked) };
}

static struct exh_json *facts_of(const struct exh_making *m)
{
    struct exh_json *facts = m->facts ? exh_json_copy(m->facts) : exh_json_object();

    exh_store_say_job(m->store, facts);
    return facts;
}

static void set_request(struct exh_making *m, const char *id)
{
    if (!m->facts)
        m->facts = exh_json_object();
    exh_json_set_text(m->facts, "request", id);
}

/* An emergency is a request that the person who acts makes: it is entered with what it is for. */
static bool enter_emergency(struct exh_making *m, struct exh_entry_draft *ret_draft, struct exh_error *err)
{
    struct exh_request request = { .emergency = true, .reason = (char *)(uintptr_t)m->emergency };
    const struct exh_casefile *casefile;

    if (!exh_store_may(m->store, "case-request", err) || !exh_store_casefile(m->store, m->case_id, &casefile, err))
        return false;
    exh_casefile_next_request(casefile, m->case_id, request.id);
    *ret_draft = (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "case-request", .case_id = m->case_id,
                                           .facts = exh_request_facts(&request), .details = exh_request_details(&request) };
    set_request(m, request.id);
    return true;
}

bool exh_making_record(struct exh_making *m, const char *stage, struct exh_json *details, struct exh_error *err)
{
    EXH_CLEANUP(clear_stage) struct stage entry = { .draft = { .details = NULL } };

    set_stage(&entry, m, stage);
    entry.draft.facts = facts_of(m);
    exh_json_merge(entry.draft.details, details);
    return exh_store_record(m->store, &entry.draft, err);
}

static bool next_copy(struct exh_making *m, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_casefile(m->store, m->case_id, &casefile, err))
        return false;
    exh_casefile_next_copy(casefile, m->of, m->reference);
    return true;
}

/* What begins it: one entry, or two that count together. */
struct beginning { struct exh_entry_draft at[2]; size_t count; };

static void clear_beginning(struct beginning *beginning)
{
    for (size_t i = 0; i < beginning->count; i++)
        exh_entry_draft_clear(&beginning->at[i]);
}

static bool begin(struct exh_making *m, struct exh_error *err)
{
    EXH_CLEANUP(clear_beginning) struct beginning beginning = { .count = 0 };
    struct stage entry;

    if (!exh_store_begin_job(m->store, err))
        return false;
    if (!(m->of ? next_copy(m, err) : exh_store_next_exhibit(m->store, exh_store_person(m->store)->initials, m->reference, err)))
        return false;
    if (m->request)
        set_request(m, m->request);
    if (m->emergency && !enter_emergency(m, &beginning.at[beginning.count++], err))
        return false;
    set_stage(&entry, m, "begun");
    entry.draft.facts = facts_of(m);
    beginning.at[beginning.count++] = entry.draft;
    if (!exh_journal_begin(m->store, m->reference, &m->journal, err))
        return false;
    return beginning.count == 1 ? exh_store_append(m->store, &beginning.at[0], err)
                                : exh_store_append_all(m->store, beginning.at, beginning.count, err);
}

bool exh_making_reserve(struct exh_making *m, struct exh_error *err)
{
    if (!exh_store_lock(m->store, err))
        return false;
    bool done = begin(m, err);
    exh_store_unlock(m->store);
    return done;
}

/* ---- the package beside it ---- */

/* Where the package goes, by path: the journal must find it again, and so must whoever destroys the exhibit. */
static char *absolute(const char *directory)
{
    char *path = realpath(directory, NULL);

    return path ? path : exh_strdup(directory);
}

static char *package_name(const struct exh_making *m)
{
    EXH_CLEANUP(exh_freep) char *stem = m->ways->stem(m->context);

    return exh_format("%s.zip%s", stem, m->recipient_count ? ".age" : "");
}

static void add_place(const struct exh_making *m, struct exh_json *details)
{
    EXH_CLEANUP(exh_freep) char *directory = absolute(m->out), *name = package_name(m);
    struct exh_json *files = exh_json_array();

    exh_json_add_text(files, name);
    exh_json_set_text(details, "directory", directory);
    exh_json_set(details, "files", files);
}

static bool record_done(struct exh_making *m, const struct exh_package_sealed *sealed, struct exh_error *err)
{
    EXH_CLEANUP(clear_stage) struct stage entry = { .draft = { .details = NULL } };

    set_stage(&entry, m, "done");
    entry.draft.digests = exh_json_object();
    entry.draft.facts = facts_of(m);
    exh_json_set_text(entry.draft.digests, "tagmanifest", sealed->tagmanifest);
    if (*sealed->container)
        exh_json_set_text(entry.draft.digests, "package", sealed->container);
    if (m->directory >= 0)
        add_place(m, entry.draft.details);
    exh_json_set_int(entry.draft.facts, "recipients", (int64_t)m->recipient_count);
    m->ways->conclude(m->context, &entry.draft);
    return exh_store_record(m->store, &entry.draft, err);
}

/* The failure itself must not hide the first one: what goes wrong here is added to its words. */
static void record_failed(struct exh_making *m, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error second = EXH_ERROR_NONE;
    EXH_CLEANUP(clear_stage) struct stage entry = { .draft = { .details = NULL } };

    set_stage(&entry, m, "failed");
    exh_json_set_text(entry.draft.details, "reason", err->text);
    exh_package_freep(&m->package);      /* the staging files go before the log says that they are gone */
    if (!exh_store_record(m->store, &entry.draft, &second) || !exh_journal_end(m->store, &m->journal, &second))
        exh_while(err, "exhibit %s failed, and the next command will say so in the log (%s)", m->reference, second.text);
    else
        exh_while(err, "exhibit %s failed and was cleared away", m->reference);
}

/* ---- making ---- */

/* The journal has the staging names before the files are there: a kill between leaves nothing unknown. */
static bool note_names(struct exh_making *m, const char *folder, const char *name, const char *staging, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *partial = exh_format(".%s.partial", folder);
    EXH_CLEANUP(exh_freep) char *out = name ? absolute(m->out) : NULL;

    return exh_journal_note(&m->journal, partial, out, name, staging, err);
}

static bool open_folder(struct exh_making *m, const char *folder, struct exh_error *err)
{
    const struct exh_package_where where = {
        .folder_parent = m->exhibits, .folder = folder, .container_parent = -1, .sealed = m->made };

    return note_names(m, folder, NULL, NULL, err) && exh_package_open(&where, &m->package, err);
}

/* The store's own exhibit, and the package beside it. */
static bool open_both(struct exh_making *m, const char *folder, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((m->recipient_count + 1) * sizeof *recipients);
    EXH_CLEANUP(exh_freep) char *name = package_name(m);
    EXH_CLEANUP(exh_freep) char *staging = exh_staging_name(name);

    if (m->recipient_count)
        memcpy(recipients, m->recipients, m->recipient_count * sizeof *recipients);
    recipients[m->recipient_count] = m->store->recovery;
    const struct exh_package_where where = {
        .folder_parent = m->exhibits, .folder = folder, .container_parent = m->directory, .container = name,
        .container_staging = staging, .recipients = recipients, .recipient_count = m->recipient_count ? m->recipient_count + 1 : 0,
        .sealed = m->made };
    return note_names(m, folder, name, staging, err) && exh_package_open(&where, &m->package, err);
}

static bool open_package(struct exh_making *m, struct exh_error *err)
{
    char folder[24];

    exh_reference_folder(m->reference, folder);
    return m->directory < 0 ? open_folder(m, folder, err) : open_both(m, folder, err);
}

/* That the newest entry stands in the log of the checkpoint. */
static bool add_proof(const struct exh_store *store, struct exh_package *package, uint64_t index, struct exh_error *err)
{
    const char *checkpoint = exh_ledger_checkpoint(store->ledger);
    struct exh_merkle_path path;

    if (!exh_merkle_prove_inclusion(index, store->entry_count, exh_store_fetch, (void *)(uintptr_t)store, &path, err))
        return false;
    EXH_CLEANUP(exh_freep) char *proof = exh_proof_inclusion_words(index, &path, checkpoint);
    exh_package_text(package, "record/checkpoint", checkpoint, strlen(checkpoint));
    exh_package_text(package, "record/custody.tlog-proof", proof, strlen(proof));
    return true;
}

bool exh_making_add_custody(const struct exh_store *store, struct exh_package *package, struct exh_json *entries, uint64_t newest,
                            char **ret_log_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *custody = exh_json_object();
    struct exh_verifier log;

    exh_json_set(custody, "exhibit_entries", entries);
    if (!exh_store_log_key(store, &log, err))
        return false;
    EXH_CLEANUP(exh_freep) char *key = exh_verifier_words(&log);
    exh_json_set_text(custody, "key", key);
    exh_json_set_int(custody, "version", 1);
    exh_json_set_int(custody, "entries", (int64_t)store->entry_count);
    exh_json_set_text(custody, "last_entry_sha256", store->last.digest);
    exh_json_set_text(custody, "commit", store->last.commit);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(custody);
    exh_package_text(package, "record/custody.json", bytes, strlen(bytes));
    if (!add_proof(store, package, newest, err))
        return false;
    *ret_log_key = exh_steal(&key);
    return true;
}

/* The exhibit's own entries, as they are found. */
struct own { const char *reference; struct exh_json *entries; uint64_t newest; };

static bool add_own(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct own *own = context;

    (void)err;
    if (!entry->exhibit || strcmp(entry->exhibit, own->reference) != 0)
        return true;
    exh_json_add(own->entries, exh_json_copy(entry->whole));
    own->newest = entry->sequence;
    return true;
}

/* The log's state at sealing: whoever holds the package is a witness to it. */
static bool add_custody(struct exh_making *m, struct exh_error *err)
{
    const struct exh_index_query query = { .case_id = m->case_id };
    EXH_CLEANUP(exh_json_freep) struct exh_json *entries = exh_json_array();
    struct own own = { m->reference, entries, 0 };

    return exh_store_entries(m->store, &query, false, add_own, &own, err)
        && exh_making_add_custody(m->store, m->package, exh_steal(&entries), own.newest, &m->log_key, err);
}

static void add_pages(struct exh_making *m, const struct exh_json *record)
{
    char sealed[EXH_MOMENT_SIZE], sealed_local[EXH_MOMENT_SIZE];
    const struct exh_person *person = exh_store_person(m->store);
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(m->store->key));

    exh_moment_utc(m->made, sealed);
    exh_moment_local(m->made, m->store->zone, sealed_local);
    const struct exh_report_facts facts = {
        .signer = person->initials, .fingerprint = person->fingerprint, .minisign = minisign, .sealed = sealed,
        .sealed_local = sealed_local, .log_head = m->store->last.digest,
        .log_entries = m->store->entry_count, .log_key = m->log_key };
    EXH_CLEANUP(exh_freep) char *page = exh_report_page(record, &facts), *text = exh_report_verify_text(record, &facts);
    exh_package_text(m->package, "START-HERE.html", page, strlen(page));
    exh_package_text(m->package, "VERIFY.txt", text, strlen(text));
}

static bool seal(struct exh_making *m, struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *description = exh_format("%s, exhibit %s", m->description, m->reference);
    const struct exh_package_seal with = {
        .key = m->store->key, .signer = exh_store_person(m->store)->initials, .identifier = m->reference,
        .organisation = m->store->organisation, .description = description };

    return exh_package_seal(m->package, &with, ret_sealed, err);
}

static bool make(struct exh_making *m, struct exh_package_sealed *ret_sealed, struct exh_json **ret_record, struct exh_error *err)
{
    m->made = (struct exh_moment){ exh_moment_now().ns / EXH_SECOND * EXH_SECOND };
    if (!open_package(m, err) || !m->ways->write(m->context, err))
        return false;
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = m->ways->record(m->context);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(record);
    exh_package_text(m->package, EXH_RECORD, bytes, strlen(bytes));
    if (m->ways->keep)
        m->ways->keep(m->context, record);
    if (!add_custody(m, err))
        return false;
    add_pages(m, record);
    if (!seal(m, ret_sealed, err))
        return false;
    *ret_record = exh_steal(&record);
    return true;
}

static bool give_names(struct exh_making *m, struct exh_error *err)
{
    if (!exh_package_commit(m->package, err))
        return exh_while(err, "exhibit %s is sealed and logged, but could not take its name; the next command tries again",
                         m->reference);
    return exh_journal_end(m->store, &m->journal, err);
}

static void fill_made(struct exh_making *m, const struct exh_package_sealed *sealed, struct exh_json *record, struct exh_made *made)
{
    snprintf(made->reference, sizeof made->reference, "%s", m->reference);
    snprintf(made->digest, sizeof made->digest, "%s", sealed->container);
    snprintf(made->tagmanifest, sizeof made->tagmanifest, "%s", sealed->tagmanifest);
    made->size = sealed->container_size;
    made->record = record;
    if (m->directory < 0)
        return;
    EXH_CLEANUP(exh_freep) char *name = package_name(m);
    made->package = exh_format("%s/%s", m->out, name);
}

bool exh_making_run(struct exh_making *m, struct exh_made *ret_made, struct exh_error *err)
{
    struct exh_package_sealed sealed = { .container_size = 0 };
    EXH_CLEANUP(exh_json_freep) struct exh_json *record = NULL;

    if (!make(m, &sealed, &record, err) || !record_done(m, &sealed, err)) {
        record_failed(m, err);
        return false;
    }
    if (!give_names(m, err))
        return false;
    fill_made(m, &sealed, exh_steal(&record), ret_made);
    return true;
}

/* ---- on the way ---- */

bool exh_making_goes_on(const struct exh_making *m, struct exh_error *err)
{
    if (m->interrupted && m->interrupted())
        return exh_fail(err, EXH_IO, "interrupted; no exhibit was made");
    return true;
}

bool exh_making_put(struct exh_making *m, const char *name, const void *bytes, size_t size,
                    char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    return exh_package_put(m->package, name, bytes, size, ret_digest, err);
}
