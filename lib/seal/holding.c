/* holding: record/package.json, and what else a package holds besides footage: records, custody, pages. */
#include "seal.h"

#include "exhibit/ledger.h"
#include "exhibit/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

/* ---- the log, as it was when the sealing began ---- */

bool exh_sealing_is_about(const struct sealing *s, const struct exh_entry *entry)
{
    for (size_t i = 0; i < s->exhibit_count; i++)
        if (exh_entry_is_about(entry, s->exhibits[i].reference))
            return true;
    return false;
}

/* Of the entries of the case, those about the exhibits. */
static void choose_entries(struct sealing *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->entry_count; i++) {
        if (exh_sealing_is_about(s, &s->entries[i]))
            s->entries[kept++] = s->entries[i];
        else
            exh_entry_clear(&s->entries[i]);
    }
    s->entry_count = kept;
}

bool exh_sealing_note_log(struct sealing *s, struct exh_error *err)
{
    const struct exh_store *store = s->store;
    const struct exh_index_query query = { .case_id = s->case_id };

    s->log_count = store->entry_count;
    memcpy(s->log_head, store->last.digest, sizeof s->log_head);
    memcpy(s->log_commit, store->last.commit, sizeof s->log_commit);
    s->checkpoint = exh_strdup(exh_ledger_checkpoint(store->ledger));
    if (!exh_store_log_key(store, &s->log, err) || !exh_store_list(store, &query, &s->entries, &s->entry_count, err))
        return false;
    choose_entries(s);
    return true;
}

static char *entry_name(const struct exh_entry *entry, const char *ending)
{
    return exh_format("record/custody/%08" PRIu64 ".%s", entry->sequence, ending);
}

/* ---- package.json ---- */

static void set_moment(struct exh_json *json, const char *name, struct exh_moment moment, const char *zone)
{
    EXH_CLEANUP(exh_freep) char *local_name = exh_format("%s_local", name);
    char words[EXH_MOMENT_SIZE], local[EXH_MOMENT_SIZE];

    exh_moment_utc(moment, words);
    exh_moment_local((struct exh_moment){ moment.ns - moment.ns % EXH_SECOND }, zone, local);
    exh_json_set_text(json, name, words);
    exh_json_set_text(json, local_name, local);
}

static struct exh_json *files_of(const struct sealing *s, const struct sealing_exhibit *exhibit)
{
    struct exh_json *files = exh_json_array();

    for (size_t i = 0; i < s->file_count; i++) {
        if (s->files[i].exhibit != exhibit)
            continue;
        struct exh_json *file = exh_json_object();
        exh_json_set_text(file, "file", s->files[i].file->name);
        exh_json_set_int(file, "size", (int64_t)s->files[i].file->size);
        exh_json_set_text(file, "sha256", s->files[i].file->digest);
        exh_json_set_int(file, "volume", (int64_t)s->files[i].volume);
        exh_json_add(files, file);
    }
    return files;
}

static struct exh_json *exhibit_json(const struct sealing *s, const struct sealing_exhibit *exhibit)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_format("record/exhibits/%s", exhibit->folder);
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "exhibit", exhibit->reference);
    exh_json_set_text(json, "of", *exhibit->of ? exhibit->of : NULL);
    exh_json_set_text(json, "item", exh_seal_item_name(exhibit->item));
    exh_json_set_text(json, "folder", folder);
    exh_json_set_text(json, "tagmanifest_sha256", exhibit->sealed->report.tagmanifest);
    exh_json_set_text(json, "signer", exhibit->sealed->report.signer);
    set_moment(json, "made", exhibit->made, s->store->zone);
    exh_json_set(json, "files", files_of(s, exhibit));
    return json;
}

static struct exh_json *entry_json(const struct sealing *s, const struct exh_entry *entry)
{
    const struct exh_person *person = exh_entry_signer(entry, &s->store->keyring);
    EXH_CLEANUP(exh_freep) char *file = entry_name(entry, "json");
    struct exh_json *json = exh_json_object();

    exh_json_set_int(json, "sequence", (int64_t)entry->sequence);
    set_moment(json, "time", entry->time, s->store->zone);
    exh_json_set_text(json, "act", entry->act);
    exh_json_set_text(json, "verb", exh_verb_name(entry->verb));
    exh_json_set_text(json, "actor", entry->actor);
    exh_json_set_text(json, "initials", person ? person->initials : NULL);
    exh_json_set_text(json, "exhibit", entry->exhibit);
    exh_json_set_text(json, "entry_sha256", entry->digest);
    exh_json_set_text(json, "file", file);
    return json;
}

static struct exh_json *log_json(const struct sealing *s)
{
    EXH_CLEANUP(exh_freep) char *key = exh_verifier_words(&s->log);
    struct exh_json *json = exh_json_object();

    exh_json_set_int(json, "entries", (int64_t)s->log_count);
    exh_json_set_text(json, "last_entry_sha256", s->log_head);
    exh_json_set_text(json, "commit", s->log_commit);
    exh_json_set_text(json, "key", key);
    return json;
}

struct exh_json *exh_sealing_holding(const struct sealing *s, size_t volume)
{
    struct exh_json *json = exh_json_object(), *exhibits = exh_json_array(), *custody = exh_json_array();

    for (size_t i = 0; i < s->exhibit_count; i++)
        exh_json_add(exhibits, exhibit_json(s, &s->exhibits[i]));
    for (size_t i = 0; i < s->entry_count; i++)
        exh_json_add(custody, entry_json(s, &s->entries[i]));
    exh_json_set_int(json, "version", VERSION);
    exh_json_set_text(json, "package", s->made->id);
    exh_json_set_text(json, "organisation", s->store->organisation);
    exh_json_set_text(json, "zone", s->store->zone);
    exh_json_set(json, "case", exh_json_copy(s->case_facts));
    set_moment(json, "sealed", s->sealed, s->store->zone);
    exh_json_set(json, "by", exh_json_copy(s->producer));
    exh_json_set_text(json, "program", EXH_PROGRAM);
    exh_json_set_text(json, "profile", s->options->medium.name);
    exh_json_set_int(json, "volume", (int64_t)volume);
    exh_json_set_int(json, "volumes", (int64_t)s->volumes);
    exh_json_set(json, "exhibits", exhibits);
    exh_json_set(json, "log", log_json(s));
    exh_json_set(json, "custody", custody);
    return json;
}

/* ---- what is kept outside data/ ---- */

static void keep_exhibit(const struct sealing_exhibit *exhibit, struct exh_package *package)
{
    for (size_t i = 0; i < exhibit->sealed->text_count; i++) {
        const struct exh_sealed_text *text = &exhibit->sealed->texts[i];
        EXH_CLEANUP(exh_freep) char *name = exh_format("record/exhibits/%s/%s", exhibit->folder, text->name);
        exh_package_text(package, name, text->bytes, text->size);
    }
}

/* That the entry stands in the log of the checkpoint, for whoever has nothing but the package. */
static bool keep_proof(const struct sealing *s, const struct exh_entry *entry, struct exh_package *package, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *file = entry_name(entry, "tlog-proof");
    struct exh_merkle_path path;

    if (!exh_merkle_prove_inclusion(entry->sequence, s->log_count, exh_store_fetch, s->store, &path, err))
        return false;
    EXH_CLEANUP(exh_freep) char *words = exh_proof_inclusion_words(entry->sequence, &path, s->checkpoint);
    exh_package_text(package, file, words, strlen(words));
    return true;
}

static bool keep_entry(const struct sealing *s, const struct exh_entry *entry, struct exh_package *package, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL, *commit = NULL;
    EXH_CLEANUP(exh_freep) char *entry_file = entry_name(entry, "json"), *commit_file = entry_name(entry, "commit");
    size_t size;

    if (!exh_ledger_attest(s->store->ledger, entry, &bytes, &commit, &size, err))
        return false;
    exh_package_text(package, entry_file, bytes, strlen(bytes));
    exh_package_text(package, commit_file, commit, size);
    return keep_proof(s, entry, package, err);
}

static void keep_pages(struct sealing *s, const struct exh_json *holding, struct exh_package *package)
{
    EXH_CLEANUP(exh_freep) struct exh_report_item *items = exh_alloc((s->exhibit_count + 1) * sizeof *items);
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(s->store->key));
    const struct exh_person *person = exh_store_person(s->store);
    const struct exh_report_facts facts = {
        .signer = person->initials, .fingerprint = person->fingerprint, .minisign = minisign,
        .sealed = exh_json_text_or(holding, "sealed", ""), .sealed_local = exh_json_text_or(holding, "sealed_local", ""),
        .log_head = s->log_head, .log_entries = s->log_count };

    for (size_t i = 0; i < s->exhibit_count; i++)
        items[i].record = s->exhibits[i].sealed->report.record;
    EXH_CLEANUP(exh_freep) char *page = exh_report_package_page(holding, items, s->exhibit_count, &facts);
    EXH_CLEANUP(exh_freep) char *text = exh_report_package_text(holding, items, s->exhibit_count, &facts);
    exh_package_text(package, "START-HERE.html", page, strlen(page));
    exh_package_text(package, "VERIFY.txt", text, strlen(text));
}

bool exh_sealing_keep(struct sealing *s, struct exh_package *package, size_t volume, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *holding = exh_sealing_holding(s, volume);
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(holding);

    exh_package_text(package, "record/package.json", bytes, strlen(bytes));
    exh_package_text(package, "record/checkpoint", s->checkpoint, strlen(s->checkpoint));
    for (size_t i = 0; i < s->exhibit_count; i++)
        keep_exhibit(&s->exhibits[i], package);
    for (size_t i = 0; i < s->entry_count; i++)
        if (!keep_entry(s, &s->entries[i], package, err))
            return false;
    keep_pages(s, holding, package);
    if (volume == 1)
        s->made->package = exh_steal(&holding);
    return true;
}

/* ---- whose signatures it carries ---- */

static bool has_signed(const struct sealing *s, const char *fingerprint)
{
    for (size_t i = 0; i < s->exhibit_count; i++)
        if (strcmp(s->exhibits[i].sealed->report.signer, fingerprint) == 0)
            return true;
    for (size_t i = 0; i < s->entry_count; i++)
        if (strcmp(s->entries[i].actor, fingerprint) == 0)
            return true;
    return false;
}

char *exh_sealing_signers(const struct sealing *s)
{
    struct exh_text lines = EXH_TEXT_NONE;

    for (size_t i = 0; i < s->store->keyring.count; i++) {
        const struct exh_person *person = &s->store->keyring.people[i];
        if (!has_signed(s, person->fingerprint))
            continue;
        EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(&person->key);
        const char *who = person->initials ? person->initials : person->fingerprint;
        exh_text_printf(&lines, "%s namespaces=\"exhibit,git\" %s\n", who, ssh);
    }
    return exh_text_take(&lines);
}
