/* store: what the log says there is, exhibits and packages and files kept beside them, and what lies there besides. */
#include "store.h"

#include "exhibit/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_holdings_clear(struct exh_holdings *holdings)
{
    for (size_t i = 0; i < holdings->package_count; i++)
        exh_packed_clear(&holdings->packages[i]);
    free(holdings->packages);
    free(holdings->exhibits);
    exh_strings_clear(&holdings->policies);
    exh_strings_clear(&holdings->photos);
    exh_strings_clear(&holdings->destroying);
    exh_strings_clear(&holdings->plans);
    exh_strings_clear(&holdings->certified);
    exh_strings_clear(&holdings->certificates);
    exh_strings_clear(&holdings->foreign);
    *holdings = (struct exh_holdings){ .exhibits = NULL };
}

/* ---- exhibits, by the register ---- */

static bool take_case(void *context, const struct exh_casefile *casefile, struct exh_error *err)
{
    struct exh_holdings *holdings = context;

    (void)err;
    for (size_t i = 0; i < casefile->exhibit_count; i++) {
        const struct exh_exhibit *one = &casefile->exhibits[i];
        if (one->state == EXH_EXHIBIT_DESTROYING)
            exh_strings_add(&holdings->destroying, one->reference);
        if (one->state != EXH_EXHIBIT_DONE)
            continue;
        if ((holdings->exhibit_count & (holdings->exhibit_count - 1)) == 0)      /* room for the next power of two */
            holdings->exhibits = exh_realloc_array(holdings->exhibits, holdings->exhibit_count ? 2 * holdings->exhibit_count : 1,
                                                   sizeof *holdings->exhibits);
        struct exh_held *held = &holdings->exhibits[holdings->exhibit_count++];
        *held = (struct exh_held){ .made = one->ended };
        memcpy(held->reference, one->reference, sizeof held->reference);
        memcpy(held->case_id, one->case_id, sizeof held->case_id);
        memcpy(held->tagmanifest, one->tagmanifest, sizeof held->tagmanifest);
    }
    return true;
}

static int by_reference(const void *a, const void *b)
{
    return strcmp(((const struct exh_held *)a)->reference, ((const struct exh_held *)b)->reference);
}

const struct exh_held *exh_holdings_find(const struct exh_holdings *holdings, const char *reference)
{
    struct exh_held key = { .case_id = "" };

    snprintf(key.reference, sizeof key.reference, "%s", reference);
    return holdings->exhibit_count
        ? bsearch(&key, holdings->exhibits, holdings->exhibit_count, sizeof key, by_reference) : NULL;
}

/* ---- packages, by their entries "-done" ---- */

/* Of every volume: "package", or "package-1", "package-2"; or the same of "tagmanifest". */
static void take_digests(const struct exh_json *digests, const char *name, struct exh_strings *ret_digests)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < exh_json_members(digests); i++) {
        const char *member = exh_json_member_name(digests, i);
        if (strncmp(member, name, size) == 0 && (!member[size] || member[size] == '-'))
            exh_strings_add(ret_digests, exh_json_text_or(digests, member, ""));
    }
}

static void add_issued(struct exh_holdings *holdings, const struct exh_entry *entry, const char *id)
{
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");

    holdings->packages = exh_realloc_array(holdings->packages, holdings->package_count + 1, sizeof *holdings->packages);
    struct exh_packed *issued = &holdings->packages[holdings->package_count++];
    *issued = (struct exh_packed){ .sealed = entry->time };
    snprintf(issued->id, sizeof issued->id, "%s", id);
    snprintf(issued->case_id, sizeof issued->case_id, "%s", entry->case_id ? entry->case_id : "");
    take_digests(digests, "package", &issued->digests);
    take_digests(digests, "tagmanifest", &issued->tagmanifests);
}

static void add_sealing(struct exh_holdings *holdings, const struct exh_entry *entry)
{
    const struct exh_json *facts = exh_json_get(entry->whole, "facts"), *listed = exh_json_get(facts, "exhibits");

    add_issued(holdings, entry, exh_json_text_or(facts, "package", ""));
    for (size_t i = 0; i < exh_json_count(listed); i++)
        exh_strings_add(&holdings->packages[holdings->package_count - 1].exhibits,
                        exh_json_as_text(exh_json_at(listed, i)) ? exh_json_as_text(exh_json_at(listed, i)) : "");
}

static void take_plan(struct exh_holdings *holdings, const struct exh_entry *entry)
{
    const struct exh_json *digests = exh_json_get(entry->whole, "digests");
    const char *plan = exh_json_text_or(digests, "plan", ""), *certificate = exh_json_text_or(digests, "tagmanifest", NULL);

    if (strcmp(entry->act, "disposal-propose") == 0)
        exh_strings_add(&holdings->plans, plan);
    if (strcmp(entry->act, "disposal-done") != 0 || !certificate)
        return;
    exh_strings_add(&holdings->certified, plan);
    exh_strings_add(&holdings->certificates, certificate);
}

static bool take_entry(void *context, const struct exh_entry *entry, struct exh_error *err)
{
    struct exh_holdings *holdings = context;
    const char *policy = exh_json_text_or(exh_json_get(entry->whole, "digests"), "policy", NULL);

    (void)err;
    take_plan(holdings, entry);
    if (strcmp(entry->act, "seal-done") == 0) {
        add_sealing(holdings, entry);
    } else if (entry->exhibit && exh_json_get(exh_json_get(entry->whole, "digests"), "package")) {
        add_issued(holdings, entry, entry->exhibit);
        exh_strings_add(&holdings->packages[holdings->package_count - 1].exhibits, entry->exhibit);
    } else if (policy && !exh_strings_contain(&holdings->policies, policy)) {
        exh_strings_add(&holdings->policies, policy);
    }
    return true;
}

/* ---- what else is there ---- */

struct listing { struct exh_strings root, exhibits, policies, disposals, checks, staging, private, keys, half_written; };

static void clear_listing(struct listing *listing)
{
    exh_strings_clear(&listing->root);
    exh_strings_clear(&listing->exhibits);
    exh_strings_clear(&listing->policies);
    exh_strings_clear(&listing->disposals);
    exh_strings_clear(&listing->staging);
    exh_strings_clear(&listing->private);
    exh_strings_clear(&listing->keys);
    exh_strings_clear(&listing->checks);
    exh_strings_clear(&listing->half_written);
}

static bool collect(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind, (void)err;
    exh_strings_add(context, name);
    return true;
}

static bool list(const struct exh_store *store, const char *folder, struct exh_strings *names, struct exh_error *err)
{
    return !exh_file_exists(store->root, folder) || exh_directory_visit(store->root, folder, collect, names, err);
}

static bool list_all(const struct exh_store *store, struct listing *listing, struct exh_error *err)
{
    return list(store, ".", &listing->root, err) && list(store, EXHIBITS, &listing->exhibits, err)
        && list(store, POLICIES, &listing->policies, err) && list(store, DISPOSALS, &listing->disposals, err)
        && list(store, STAGING, &listing->staging, err)
        && list(store, PRIVATE, &listing->private, err) && list(store, CASE_KEYS, &listing->keys, err)
        && list(store, CHECKS, &listing->checks, err) && exh_store_half_written(store, &listing->half_written, err)
        && exh_store_unentered(store, &listing->half_written, err);
}

/* What lies in the store, and what the log says should. */
struct sorting { const struct exh_store *store; const struct listing *listing; struct exh_holdings *holdings; };

static bool is_among(const char *name, const char *const known[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

static bool is_of_root(const struct sorting *in, const char *name)
{
    static const char *const known[] = { CONFIG, STAGED_CONFIG, LOG, EXHIBITS, STAGING, CHECKS, SIGNERS, PRIVATE, POLICIES, DISPOSALS, "lock" };

    (void)in;
    return is_among(name, known, EXH_COUNT(known)) || exh_store_is_staged_config(name);
}

static bool is_of_private(const struct sorting *in, const char *name)
{
    static const char *const known[] = { "store.key", "log.key", "recovery.age-identity", "cases", "index", "index-wal", "index-shm",
                                         "verified", "verified-wal", "verified-shm", "verified.lock" };

    (void)in;
    return is_among(name, known, EXH_COUNT(known));
}

static bool is_of_staging(const struct sorting *in, const char *name)
{
    char reference[24];

    (void)in;
    return exh_store_journal_of(name, reference) || exh_store_is_signing_note(name);
}

/* "C3.key": written before the entry that opens the case. One that the log says was destroyed has no place there. */
static bool is_case_key(const struct sorting *in, const char *name)
{
    size_t digits = *name == 'C' ? strspn(name + 1, "0123456789") : 0;
    EXH_CLEANUP(exh_freep) char *id = exh_strndup(name, 1 + digits);

    return digits && strcmp(name + 1 + digits, ".key") == 0 && !exh_store_key_is_gone(in->store, id);
}

static bool is_disposal(const struct sorting *in, const char *name)
{
    return strcmp(name, "lock") == 0 || exh_strings_contain(&in->holdings->plans, name);
}

/* On its way out: under its own name still, or as ".OP1.destroying". */
static bool is_leaving(const struct sorting *in, const char *name)
{
    for (size_t i = 0; i < in->holdings->destroying.count; i++) {
        char folder[24];
        exh_reference_folder(in->holdings->destroying.at[i], folder);
        EXH_CLEANUP(exh_freep) char *leaving = exh_format(".%s.destroying", folder);
        if (strcmp(name, folder) == 0 || strcmp(name, leaving) == 0)
            return true;
    }
    return false;
}

/* One that the log has as done; or ".OP1.partial", on its way, as its journal says. */
static bool is_exhibit(const struct sorting *in, const char *name)
{
    char reference[24];
    bool staged = exh_store_is_staging_name(name);
    EXH_CLEANUP(exh_freep) char *folder = staged ? exh_strndup(name + 1, strcspn(name + 1, ".")) : exh_strdup(name);

    if (is_leaving(in, name))
        return true;
    return exh_reference_of_folder(folder, reference)
        && (staged ? exh_store_is_in_making(in->store, reference) : exh_holdings_find(in->holdings, reference) != NULL);
}

static bool is_policy(const struct sorting *in, const char *name)
{
    EXH_CLEANUP(exh_freep) char *digest = exh_strndup(name, EXH_SHA256_DIGITS - 1);

    return strcmp(name + strlen(digest), ".conf") == 0 && exh_strings_contain(&in->holdings->policies, digest);
}

static bool is_photo(const struct sorting *in, const char *name)
{
    return exh_strings_contain(&in->holdings->photos, name);
}

/* Adds the path of each name that is neither known nor half written. */
static void add_unknown(const struct sorting *in, const char *folder, const struct exh_strings *names,
                        bool (*is_known)(const struct sorting *in, const char *name))
{
    for (size_t i = 0; i < names->count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("%s%s", folder, names->at[i]);
        if (!is_known(in, names->at[i]) && !exh_strings_contain(&in->listing->half_written, path))
            exh_strings_add(&in->holdings->foreign, path);
    }
}

static void find_foreign(const struct sorting *in)
{
    add_unknown(in, "", &in->listing->root, is_of_root);
    add_unknown(in, EXHIBITS "/", &in->listing->exhibits, is_exhibit);
    add_unknown(in, POLICIES "/", &in->listing->policies, is_policy);
    add_unknown(in, DISPOSALS "/", &in->listing->disposals, is_disposal);
    add_unknown(in, CHECKS "/", &in->listing->checks, is_photo);
    add_unknown(in, STAGING "/", &in->listing->staging, is_of_staging);
    add_unknown(in, PRIVATE "/", &in->listing->private, is_of_private);
    add_unknown(in, CASE_KEYS "/", &in->listing->keys, is_case_key);
    exh_strings_sort(&in->holdings->foreign);
}

/* ---- all of it ---- */

/* What has its name already is in the log: so the names come first. */
static bool read_all(struct exh_store *store, struct exh_holdings *holdings, struct exh_error *err)
{
    static const struct exh_index_query all = { .from = 0 };
    EXH_CLEANUP(clear_listing) struct listing listing = { .root = EXH_STRINGS_NONE };

    if (!list_all(store, &listing, err) || !exh_store_refresh(store, err) || !exh_store_each_case(store, take_case, holdings, err)
        || !exh_store_entries(store, &all, false, take_entry, holdings, err) || !exh_store_known_photos(store, &holdings->photos, err))
        return false;
    if (holdings->exhibit_count)
        qsort(holdings->exhibits, holdings->exhibit_count, sizeof *holdings->exhibits, by_reference);
    const struct sorting sorting = { store, &listing, holdings };
    find_foreign(&sorting);
    return true;
}

bool exh_store_holdings(struct exh_store *store, struct exh_holdings *ret_holdings, struct exh_error *err)
{
    EXH_CLEANUP(exh_holdings_clear) struct exh_holdings holdings = { .exhibits = NULL };

    if (!read_all(store, &holdings, err))
        return false;
    *ret_holdings = holdings;
    holdings = (struct exh_holdings){ .exhibits = NULL };
    return true;
}
