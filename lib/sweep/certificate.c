/* sweep: the certificate of what was destroyed: a signed bag, entered, and then named. */
#include "sweep.h"

#include "exhibit/file.h"
#include "exhibit/item.h"
#include "exhibit/making.h"
#include "exhibit/report.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "certificate"
#define STAGED ".certificate.partial"

/* A certificate in the making. */
struct certificate {
    const struct exh_certifying *of;
    struct exh_swept *swept;
    char *folder;                        /* of the plan, below the store */
    int fd;                              /* of it */
    char number[20];
    struct exh_moment made;              /* whole seconds */
    struct exh_json *entries;            /* of the plan, whole */
    uint64_t newest;
    struct exh_json *record;
    char *log_key;
    struct exh_package *package;
};

static void clear_certificate(struct certificate *c)
{
    exh_package_freep(&c->package);
    exh_json_free(c->entries);
    exh_json_free(c->record);
    free(c->log_key);
    free(c->folder);
    exh_fd_close(&c->fd);
}

/* ---- what it says ---- */

static void set_moment(const struct certificate *c, struct exh_json *object, const char *name, struct exh_moment moment)
{
    EXH_CLEANUP(exh_freep) char *local_name = exh_format("%s_local", name);
    const struct exh_moment whole = { moment.ns / EXH_SECOND * EXH_SECOND };
    char words[EXH_MOMENT_SIZE], local[EXH_MOMENT_SIZE];

    exh_moment_utc(whole, words);
    exh_moment_local(whole, c->of->store->zone, local);
    exh_json_set_text(object, name, words);
    exh_json_set_text(object, local_name, local);
}

static struct exh_json *person_json(const struct certificate *c, const char *fingerprint, struct exh_moment at)
{
    const struct exh_person *person = exh_keyring_find(&c->of->store->keyring, fingerprint);
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "fingerprint", fingerprint);
    exh_json_set_text(json, "initials", person ? person->initials : NULL);
    exh_json_set_text(json, "name", person ? person->name : NULL);
    exh_json_set_text(json, "role", person ? exh_role_name(person->role) : NULL);
    set_moment(c, json, "time", at);
    return json;
}

/* The entry of an act on an item, among those of the plan; NULL: there is none. */
static const struct exh_json *entry_of(const struct certificate *c, const char *act, const struct exh_disposal_item *item)
{
    for (size_t i = 0; i < exh_json_count(c->entries); i++) {
        const struct exh_json *entry = exh_json_at(c->entries, i);
        if (strcmp(exh_json_text_or(entry, "act", ""), act) == 0 && strcmp(exh_json_text_or(entry, "exhibit", ""), item->exhibit) == 0
            && strcmp(exh_json_text_or(entry, "case", ""), item->case_id) == 0)
            return entry;
    }
    return NULL;
}

static struct exh_json *when_json(const struct exh_json *entry)
{
    struct exh_json *json;

    if (!entry)
        return exh_json_text(NULL);
    json = exh_json_object();
    exh_json_set_int(json, "entry", exh_json_int_or(entry, "seq", 0));
    exh_json_set_text(json, "time", exh_json_text_or(entry, "time", ""));
    return json;
}

static char *manifest_name(const struct certificate *c, const struct exh_disposal_item *item, char **ret_member)
{
    char folder[24];

    exh_reference_folder(item->exhibit, folder);
    *ret_member = exh_format("data/manifests/%s.txt", folder);
    return exh_format("%s/%s.txt", c->folder, folder);
}

/* Looked for once more: that it is gone is seen, not concluded. */
static const char *look_for(const struct certificate *c, const struct exh_disposal_item *item)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_store_exhibit_path(item->exhibit);
    EXH_CLEANUP(exh_freep) char *key = exh_format("private/cases/%s.key", item->case_id);

    return exh_file_exists(c->of->store->root, *item->exhibit ? folder : key) ? "still found in the store" : "not found in the store";
}

static struct exh_json *item_json(struct certificate *c, const struct exh_disposal_item *item)
{
    const struct exh_json *begun = *item->exhibit ? entry_of(c, "destroy-begun", item) : NULL;
    const struct exh_json *done = entry_of(c, *item->exhibit ? "destroy-done" : "destroy-key", item);
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "exhibit", *item->exhibit ? item->exhibit : NULL);
    exh_json_set_text(json, "case", item->case_id);
    exh_json_set_text(json, "kind", !*item->exhibit ? "key of the case" : strchr(item->exhibit, '/') ? "copy" : "Master");
    exh_json_set_text(json, "state", done ? "destroyed" : "left");
    exh_json_set_text(json, "rule", item->rule);
    exh_json_set_text(json, "title", item->title);
    exh_json_set_text(json, "legal", item->legal);
    exh_json_set_text(json, "policy_sha256", item->policy);
    exh_json_set_text(json, "then", exh_then_word(item->then));
    set_moment(c, json, "due", item->due);
    exh_json_set(json, "begun", when_json(begun));
    exh_json_set(json, "destroyed", when_json(done));
    exh_json_set_text(json, "verification", done ? look_for(c, item) : NULL);
    if (!*item->exhibit)
        return json;
    EXH_CLEANUP(exh_freep) char *member = NULL, *file = manifest_name(c, item, &member);
    exh_json_set_text(json, "tagmanifest_sha256", item->tagmanifest);
    exh_json_set_text(json, "manifest", exh_file_exists(c->of->store->root, file) ? member : NULL);
    return json;
}

static struct exh_json *medium_json(const struct exh_store *store)
{
    static const char *const kinds[] = { [EXH_CARRIER_UNKNOWN] = NULL, [EXH_CARRIER_ROTATES] = "rotating", [EXH_CARRIER_SOLID] = "solid-state" };
    EXH_CLEANUP(exh_carrier_clear) struct exh_carrier carrier = EXH_CARRIER_NONE;
    struct exh_json *json = exh_json_object();

    exh_carrier_describe(store->root, &carrier);
    exh_json_set_text(json, "file_system", carrier.file_system);
    exh_json_set_text(json, "device", carrier.device);
    exh_json_set_text(json, "vendor", carrier.vendor);
    exh_json_set_text(json, "model", carrier.model);
    exh_json_set_text(json, "serial", carrier.serial);
    exh_json_set_text(json, "kind", kinds[carrier.kind]);
    return json;
}

/* What became of a package, where it is still somewhere. */
static void tell_packages(const struct certificate *c)
{
    static const struct { const char *state, *words; } states[] = {
        { "place-not-known", "the log does not say where it was put" }, { "unreadable", "could not be opened" },
        { "another-file", "is another file than the package" },
        { "another-folder", "is not the package as it was sealed, or holds something else too: it was left as it is" },
        { "not-removable", "could not be removed" }, { "holds-what-is-kept", "also holds exhibits that are kept" },
    };

    for (size_t i = 0; i < exh_json_count(c->of->packages); i++) {
        const struct exh_json *package = exh_json_at(c->of->packages, i);
        const char *path = exh_json_text_or(package, "path", NULL);
        EXH_CLEANUP(exh_freep) char *shown = path ? exh_text_printable(path) : exh_strdup("a file");
        for (size_t k = 0; k < EXH_COUNT(states); k++)
            if (strcmp(exh_json_text_or(package, "state", ""), states[k].state) == 0)
                exh_strings_addf(&c->swept->not_reached, "package %s: '%s' %s", exh_json_text_or(package, "package", ""), shown,
                                 states[k].words);
    }
}

static bool holds_of_plan(const struct certificate *c, const struct exh_casefile *casefile, const char *package)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };

    return exh_casefile_packed(casefile, package, &packed) && exh_sweep_takes(c->of->plan, casefile, &packed.exhibits);
}

/* To whom, the register says as long as the case's key is there; a certificate may outlive that. */
static void tell_disclosures(const struct certificate *c, const struct exh_casefile *casefile)
{
    for (size_t i = 0; i < casefile->disclosure_count; i++) {
        const struct exh_disclosure *one = &casefile->disclosures[i];
        if (holds_of_plan(c, casefile, one->package))
            exh_strings_addf(&c->swept->not_reached, "package %s, handed over: disclosure %s", one->package, one->id);
    }
}

static bool tell_handed_over(const struct certificate *c, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings seen = EXH_STRINGS_NONE;

    for (size_t i = 0; i < c->of->plan->item_count; i++) {
        const struct exh_disposal_item *item = &c->of->plan->items[i];
        const struct exh_casefile *casefile;
        if (!*item->exhibit || exh_strings_contain(&seen, item->case_id))
            continue;
        exh_strings_add(&seen, item->case_id);
        if (!exh_store_casefile(c->of->store, item->case_id, &casefile, err))
            return false;
        tell_disclosures(c, casefile);
    }
    return true;
}

static struct exh_json *not_reached_json(const struct certificate *c)
{
    struct exh_json *json = exh_json_array();

    tell_packages(c);
    exh_strings_add(&c->swept->not_reached, "what left the room: packages that were handed over or copied, and whatever was made of them");
    exh_strings_add(&c->swept->not_reached, "copies of the store's directory: backups, snapshots, mirrors");
    exh_strings_add(&c->swept->not_reached, "what the medium itself keeps of removed files: nothing was overwritten, and on solid-state disks, "
                    "on file systems that copy on write, and on arrays of disks, overwriting would not have shown what is left either");
    for (size_t i = 0; i < c->swept->not_reached.count; i++)
        exh_json_add_text(json, c->swept->not_reached.at[i]);
    return json;
}

static struct exh_json *plan_json(const struct certificate *c)
{
    const struct exh_disposal_plan *plan = c->of->plan;
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "sha256", plan->digest);
    exh_json_set_text(json, "file", "data/plan.json");
    exh_json_set_text(json, "policy_sha256", plan->policy);
    exh_json_set_text(json, "reason", plan->reason);
    exh_json_set_int(json, "grace_days", plan->grace_days);
    exh_json_set_int(json, "items", (int64_t)plan->item_count);
    exh_json_set_int(json, "exhibits", (int64_t)plan->exhibits);
    set_moment(c, json, "made", plan->made);
    return json;
}

static void make_record(struct certificate *c)
{
    static const struct exh_strings none = EXH_STRINGS_NONE;
    const struct exh_disposal *d = c->of->disposal;
    struct exh_store *store = c->of->store;
    EXH_CLEANUP(exh_json_freep) struct exh_json *by = person_json(c, store->actor, c->made);
    struct exh_json *record = exh_json_object(), *items = exh_json_array();

    exh_json_set_int(record, "version", 1);
    exh_json_set_text(record, "type", "destruction-certificate");
    exh_json_set_text(record, "number", c->number);
    exh_json_set_text(record, "organisation", store->organisation);
    exh_json_set_text(record, "zone", store->zone);
    exh_json_set_text(record, "place", c->of->place);
    exh_json_set_text(record, "witness", c->of->witness);
    exh_json_set_text(record, "ended_early", c->of->reason);
    exh_json_set(record, "plan", plan_json(c));
    exh_json_set(record, "proposed", person_json(c, d->proposed_by, d->proposed));
    exh_json_set(record, "approved", person_json(c, d->approved_by, d->approved));
    exh_json_set(record, "carried_out", exh_json_copy(by));
    exh_json_set(record, "made", exh_made_json(c->made, NULL, NULL, &none, by));
    for (size_t i = 0; i < c->of->plan->item_count; i++)
        exh_json_add(items, item_json(c, &c->of->plan->items[i]));
    exh_json_set(record, "items", items);
    exh_json_set_text(record, "holds", "none stood: looked for under the store's lock, right before each destruction");
    exh_json_set_text(record, "method", "files removed from the file system, not overwritten; of a case's record, the key that opens its "
                      "sealed details in the custody log (cryptographic erasure of those)");
    exh_json_set(record, "medium", medium_json(store));
    exh_json_set(record, "packages", exh_json_copy(c->of->packages));
    exh_json_set(record, "not_reached", not_reached_json(c));
    c->record = record;
}

/* ---- its entries ---- */

static bool add_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct certificate *c = context;

    (void)err;
    if (strcmp(exh_json_text_or(exh_json_get(entry->whole, "digests"), "plan", ""), c->of->plan->digest) != 0)
        return true;
    exh_json_add(c->entries, exh_json_copy(entry->whole));
    c->newest = entry->sequence;
    return true;
}

static bool read_entries(struct certificate *c, struct exh_error *err)
{
    static const struct exh_index_query query = { .topics = EXH_TOPIC_DISPOSALS };

    c->entries = exh_json_array();
    return exh_store_entries(c->of->store, &query, false, add_entry, c, err);
}

/* ---- the bag ---- */

static bool put_file(struct certificate *c, const char *file, const char *member, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    char digest[EXH_SHA256_DIGITS];
    size_t size;

    return exh_file_read(c->of->store->root, file, EXH_PLAN_LARGEST, &bytes, &size, err)
        && exh_package_put(c->package, member, bytes, size, digest, err);
}

/* In the order of their names, as a bag wants them. */
static bool put_manifests(struct certificate *c, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings members = EXH_STRINGS_NONE;

    for (size_t i = 0; i < c->of->plan->item_count; i++) {
        const struct exh_disposal_item *item = &c->of->plan->items[i];
        if (!*item->exhibit)
            continue;
        EXH_CLEANUP(exh_freep) char *member = NULL, *file = manifest_name(c, item, &member);
        if (exh_file_exists(c->of->store->root, file))
            exh_strings_add(&members, member);
    }
    exh_strings_sort(&members);
    for (size_t i = 0; i < members.count; i++) {
        EXH_CLEANUP(exh_freep) char *file = exh_format("%s/%s", c->folder, exh_text_base_name(members.at[i]));
        if (!put_file(c, file, members.at[i], err))
            return false;
    }
    return true;
}

static void add_pages(struct certificate *c)
{
    const struct exh_store *store = c->of->store;
    const struct exh_person *person = exh_store_person(store);
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(store->key));
    char sealed[EXH_MOMENT_SIZE], sealed_local[EXH_MOMENT_SIZE];

    exh_moment_utc(c->made, sealed);
    exh_moment_local(c->made, store->zone, sealed_local);
    const struct exh_report_facts facts = {
        .signer = person->initials, .fingerprint = person->fingerprint, .minisign = minisign, .sealed = sealed,
        .sealed_local = sealed_local, .log_head = store->last.digest, .log_entries = store->entry_count, .log_key = c->log_key };
    EXH_CLEANUP(exh_freep) char *page = exh_report_certificate_page(c->record, &facts);
    EXH_CLEANUP(exh_freep) char *text = exh_report_certificate_text(c->record, &facts);
    exh_package_text(c->package, "START-HERE.html", page, strlen(page));
    exh_package_text(c->package, "VERIFY.txt", text, strlen(text));
}

static bool seal(struct certificate *c, struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = exh_json_canonical(c->record);
    const struct exh_package_seal with = {
        .key = c->of->store->key, .signer = exh_store_person(c->of->store)->initials, .identifier = c->number,
        .organisation = c->of->store->organisation, .description = "Certificate of destruction" };

    exh_package_text(c->package, "record/certificate.json", bytes, strlen(bytes));
    if (!exh_making_add_custody(c->of->store, c->package, exh_steal(&c->entries), c->newest, &c->log_key, err))
        return false;
    add_pages(c);
    return exh_package_seal(c->package, &with, ret_sealed, err);
}

static bool write_bag(struct certificate *c, struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *plan = exh_format("%s/plan.json", c->folder);
    const struct exh_package_where where = { .folder_parent = c->fd, .folder = NAME, .container_parent = -1, .sealed = c->made };

    return exh_package_open(&where, &c->package, err) && put_manifests(c, err) && put_file(c, plan, "data/plan.json", err)
        && seal(c, ret_sealed, err);
}

/* ---- entered, and named ---- */

static bool enter(struct certificate *c, const struct exh_package_sealed *sealed, struct exh_error *err)
{
    struct exh_json *digests = exh_json_object(), *facts = exh_json_object();

    exh_json_set_text(digests, "tagmanifest", sealed->tagmanifest);
    exh_json_set_int(facts, "exhibits", (int64_t)c->swept->destroyed);
    exh_json_set_int(facts, "keys", (int64_t)c->swept->keys);
    return exh_sweep_enter(c->of->store, c->of->plan->digest, (struct exh_sweep_entry){ .act = "disposal-done", .digests = digests, .facts = facts },
                           err);
}

/* The log stands still meanwhile: the certificate is of all that was entered of the plan. */
static bool make(struct certificate *c, struct exh_error *err)
{
    struct exh_package_sealed sealed = { .container_size = 0 };

    if (!read_entries(c, err) || !tell_handed_over(c, err))
        return false;
    make_record(c);
    return write_bag(c, &sealed, err) && enter(c, &sealed, err) && exh_package_commit(c->package, err);
}

/* An earlier try that was cut off before its entry. */
static bool clear_earlier(const struct certificate *c, struct exh_error *err)
{
    return !exh_file_exists(c->fd, STAGED) || exh_tree_remove(c->fd, STAGED, err);
}

bool exh_sweep_certify(const struct exh_certifying *certifying, struct exh_swept *swept, struct exh_error *err)
{
    EXH_CLEANUP(clear_certificate) struct certificate c = { .of = certifying, .swept = swept, .fd = -1 };
    struct exh_store *store = certifying->store;

    c.folder = exh_sweep_folder(certifying->plan->digest);
    c.made.ns = exh_moment_now().ns / EXH_SECOND * EXH_SECOND;
    snprintf(c.number, sizeof c.number, "DC-%.12s", certifying->plan->digest);
    if (!exh_directory_open(store->root, c.folder, &c.fd, err) || !clear_earlier(&c, err) || !exh_store_lock(store, err))
        return false;
    bool done = make(&c, err);
    exh_store_unlock(store);
    if (!done)
        return exh_while(err, "the certificate of what was destroyed by plan %.12s", certifying->plan->digest);
    swept->certificate = exh_format("%s/%s/" NAME, store->path, c.folder);
    return true;
}

bool exh_sweep_finish_certificate(struct exh_store *store, const char *plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *folder = exh_sweep_folder(plan);
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (!exh_file_exists(store->root, folder))
        return true;                     /* lost, and the certificate with it */
    if (!exh_directory_open(store->root, folder, &fd, err))
        return false;
    return exh_file_exists(fd, NAME) || !exh_file_exists(fd, STAGED) || exh_file_rename(fd, STAGED, fd, NAME, err);
}
