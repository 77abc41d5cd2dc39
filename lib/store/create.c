/* store: making a new one. */
#include "store.h"

#include "exhibit/file.h"
#include "exhibit/repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool refuse_member(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    (void)kind;
    return exh_fail(err, EXH_REFUSED, "'%s' is not empty (it holds '%s'); a store is made in a new or an empty directory",
                    (const char *)context, name);
}

static bool make_root(const char *path, int *ret_fd, bool *ret_is_new, struct exh_error *err)
{
    *ret_is_new = mkdir(path, 0700) == 0;
    if (!*ret_is_new && errno != EEXIST)
        return exh_fail_os(err, "cannot make directory '%s'", path);
    return exh_directory_visit(AT_FDCWD, path, refuse_member, (void *)(uintptr_t)path, err)
        && exh_directory_open(AT_FDCWD, path, ret_fd, err);
}

static bool write_secret(int root, const char *name, const struct exh_secret_text *text, struct exh_error *err)
{
    return exh_file_write(root, name, text->bytes, text->size, 0600, false, err);
}

/* The identity that opens every age package the store makes, should a recipient lose his. */
static bool make_recovery(int root, char **ret_recipient, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *identity = NULL;
    struct exh_recipient recipient;

    if (!exh_identity_new(&identity, &recipient, err) || !write_secret(root, RECOVERY, identity, err))
        return false;
    *ret_recipient = exh_recipient_words(&recipient);
    return true;
}

static bool make_tree(int root, struct exh_error *err)
{
    return exh_directory_make(root, EXHIBITS, 0700, err)
        && exh_directory_make(root, STAGING, 0700, err)
        && exh_directory_make(root, PRIVATE, 0700, err)
        && exh_directory_make(root, CASE_KEYS, 0700, err);
}

static bool make_config(const char *path, const char *organisation, const char *zone, const char *recovery, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *config = exh_format("%s/" CONFIG, path);
    const struct exh_config_value values[] = {
        { "store.version", STORE_VERSION }, { "store.organisation", organisation }, { "store.zone", zone }, { "store.recovery", recovery },
        { "export.request", "required" },
    };

    return exh_config_write(config, values, EXH_COUNT(values), err);
}

/* The key that signs the log's checkpoints. */
static bool make_log_key(int root, struct exh_secret_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL;

    if (!exh_secret_key_write(key, "exhibit log key", NULL, &file, err) || !write_secret(root, LOG_KEY, file, err))
        return false;
    *ret_key = exh_steal(&key);
    return true;
}

static struct exh_json *first_facts(const struct exh_public_key *key, const struct exh_public_key *log_key)
{
    struct exh_json *facts = exh_json_object();
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(key), *minisign = exh_key_minisign_line(key);
    EXH_CLEANUP(exh_freep) char *log = exh_log_verifier(log_key);

    exh_json_set_text(facts, "key", ssh);
    exh_json_set_text(facts, "minisign", minisign);
    exh_json_set_text(facts, "role", exh_role_name(EXH_ROLE_ADMIN));
    exh_json_set_text(facts, "log", log);
    return facts;
}

/* The log's first entry names the first admin, and is signed by that key. */
static bool write_first_entry(const char *log, int root, const struct exh_seal_key *seal_key, const struct exh_secret_key *key,
                              const char *organisation, const char *zone, const char *name, const char *initials, struct exh_error *err)
{
    EXH_CLEANUP(exh_ledger_freep) struct exh_ledger *ledger = NULL;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *log_key = NULL;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { .whole = NULL };
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "init", .key = seal_key, .key_id = "store" };

    if (!make_log_key(root, &log_key, err))
        return false;
    draft.facts = first_facts(exh_secret_key_public(key), exh_secret_key_public(log_key));
    draft.details = exh_json_object();
    exh_json_set_text(draft.details, "organisation", organisation);
    exh_json_set_text(draft.details, "zone", zone);
    exh_json_set_text(draft.details, "name", name);
    exh_json_set_text(draft.details, "initials", initials);
    if (!exh_ledger_create(log, err) || !exh_ledger_open(log, &ledger, err))
        return false;
    exh_ledger_hold(ledger, exh_steal(&log_key));
    return exh_ledger_append(ledger, NULL, &draft, key, &entry, err);
}

static bool fill(const char *path, int root, const char *organisation, const char *zone, const struct exh_secret_key *key,
                 const char *name, const char *initials, struct exh_error *err)
{
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *seal_key = exh_seal_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *seal_text = exh_seal_key_write(seal_key);
    EXH_CLEANUP(exh_store_freep) struct exh_store *store = NULL;
    EXH_CLEANUP(exh_freep) char *recovery = NULL;
    EXH_CLEANUP(exh_freep) char *log = exh_format("%s/" LOG, path);

    return make_tree(root, err)
        && write_secret(root, STORE_KEY, seal_text, err)
        && make_recovery(root, &recovery, err)
        && write_first_entry(log, root, seal_key, key, organisation, zone, name, initials, err)
        && make_config(path, organisation, zone, recovery, err)        /* last: without it this is no store */
        && exh_store_open(path, NULL, &store, err)
        && exh_store_write_signers(store, err)
        && exh_directory_sync(root, path, err);
}

static bool remove_member(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    int root = *(int *)context;

    (void)kind;
    if (unlinkat(root, name, 0) == 0)
        return true;
    return exh_tree_remove(root, name, err);
}

static bool remove_all(const char *path, int root, bool is_new, struct exh_error *err)
{
    if (!exh_directory_visit(root, ".", remove_member, &root, err))
        return false;
    return !is_new || rmdir(path) == 0 || exh_fail_os(err, "cannot remove its directory");
}

bool exh_store_create(const char *path, const char *organisation, const char *zone, const struct exh_secret_key *key,
                      const char *name, const char *initials, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int root = -1;
    bool is_new;

    if (!exh_zone_check(zone, err) || !exh_person_name_check(name, err) || !exh_initials_check(initials, err)
        || !make_root(path, &root, &is_new, err))
        return false;
    if (fill(path, root, organisation, zone, key, name, initials, err))
        return true;
    EXH_CLEANUP(exh_error_clear) struct exh_error left = EXH_ERROR_NONE;
    if (!remove_all(path, root, is_new, &left))
        return exh_while(err, "what was made of store '%s' could not be removed (%s), after", path, left.text);
    return exh_while(err, "store '%s'", path);
}
