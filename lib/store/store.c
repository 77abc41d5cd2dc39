/* store: making and opening the evidence directory; who acts; the lock and the log. */
#include "store.h"

#include "exhibit/file.h"
#include "exhibit/keyfile.h"
#include "exhibit/repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 5000 };

char *exh_store_path(const struct exh_store *store, const char *name)
{
    return exh_format("%s/%s", store->path, name);
}

/* ---- opening ---- */

static bool open_directory(const char *path, int *ret_fd, struct exh_error *err)
{
    if (access(path, F_OK) && errno == ENOENT)
        return exh_fail(err, EXH_IO, "store '%s' is not there; name it with --store, or make one with 'exhibit init'", path);
    return exh_directory_open(AT_FDCWD, path, ret_fd, err);
}

enum { LARGEST_KEY = 4096 };

/* What lies in private/ opens the log and every package: who else may look into it would have it all. */
static bool check_private(const struct exh_store *store, struct exh_error *err)
{
    enum { OTHERS = 077, ALL_RIGHTS = 07777 };
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, PRIVATE);
    struct stat facts;

    if (fstatat(store->root, PRIVATE, &facts, 0))
        return exh_fail_os(err, "cannot look at '%s'", path);
    if (facts.st_mode & OTHERS)
        return exh_fail(err, EXH_REFUSED, "directory '%s' can be used by others (mode %04o); make it private: chmod 700 '%s'",
                        path, facts.st_mode & ALL_RIGHTS, path);
    return true;
}

static bool read_store_key(struct exh_store *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *text = NULL;
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, STORE_KEY);
    const struct exh_secret_file file = { store->root, STORE_KEY, path, "key file", LARGEST_KEY, false };

    return check_private(store, err) && exh_secret_file_read(&file, &text, err)
        && (exh_seal_key_read(text, &store->seal_key, err) || exh_while(err, "'%s'", path));
}

/* A store that was copied without it can be read; appending says that it is missing. */
static bool read_log_key(struct exh_store *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *text = NULL;
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, LOG_KEY);
    const struct exh_secret_file file = { store->root, LOG_KEY, path, "key file", LARGEST_KEY, false };
    struct exh_secret_key *key;

    if (!exh_file_exists(store->root, LOG_KEY))
        return true;
    if (!exh_secret_file_read(&file, &text, err))
        return false;
    if (!exh_secret_key_read(text, NULL, &key, NULL, err))
        return exh_while(err, "'%s'", path);
    exh_ledger_hold(store->ledger, key);
    return true;
}

/* The file's line is sealed itself. */
static bool read_case_key(const struct exh_store *store, const char *id, struct exh_seal_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_format(CASE_KEYS "/%s.key", id), *context = exh_format("exhibit case key %s", id);
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!exh_file_read(store->root, name, LARGEST_KEY, &bytes, &size, err))
        return false;
    bytes[strcspn(bytes, "\n")] = '\0';
    return exh_seal_key_unwrap(store->seal_key, context, strlen(context), bytes, ret_key, err) || exh_while(err, "'%s'", name);
}

/* The index is brought up to the log here, and told of. */
static bool read_log(struct exh_store *store, const struct exh_repo_watch *watch, struct exh_error *err)
{
    if (watch)
        exh_ledger_watch(store->ledger, *watch);
    bool done = exh_store_open_index(store, err) && exh_store_refresh(store, err);
    exh_ledger_watch(store->ledger, (struct exh_repo_watch){ NULL, NULL });
    return done;
}

bool exh_store_open(const char *path, const struct exh_repo_watch *watch, struct exh_store **ret_store, struct exh_error *err)
{
    EXH_CLEANUP(exh_store_freep) struct exh_store *store = exh_alloc(sizeof *store);

    store->root = store->lock = -1;
    store->path = exh_strdup(path);
    if (!open_directory(path, &store->root, err))
        return false;
    if (!exh_file_exists(store->root, CONFIG) || !exh_file_exists(store->root, LOG))
        return exh_fail(err, EXH_MALFORMED, "'%s' is not a store, or a damaged one: it has no " CONFIG " or no " LOG, path);
    EXH_CLEANUP(exh_freep) char *log = exh_store_path(store, LOG);
    if (!exh_store_read_config(store, err)
        || !read_store_key(store, err)
        || !exh_ledger_open(log, &store->ledger, err)
        || !read_log_key(store, err)
        || !read_log(store, watch, err))
        return exh_while(err, "store '%s'", path);
    *ret_store = exh_steal(&store);
    return true;
}

/* Whoever adds the entry that fills a pack writes it, at its end, without the store's lock; where that fails, the next one
 * packs more. */
static void pack_log(struct exh_store *store)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unpacked = EXH_ERROR_NONE;
    size_t entries;

    if (store->views && store->views->pack_due && !exh_ledger_pack(store->ledger, false, &entries, &unpacked))
        exh_error_clear(&unpacked);
}

void exh_store_freep(struct exh_store **slot)
{
    struct exh_store *store = exh_steal(slot);

    if (!store)
        return;
    exh_store_unlock(store);
    pack_log(store);
    exh_store_forget_log(store);
    exh_ledger_freep(&store->ledger);
    exh_store_forget_config(store);
    exh_store_forget_keys(store);
    exh_secret_key_freep(&store->key);
    exh_fd_close(&store->lock);
    exh_fd_close(&store->root);
    free(store->organisation);
    free(store->zone);
    free(store->path);
    free(store);
}

/* ---- who acts ---- */

const struct exh_person *exh_store_person(const struct exh_store *store)
{
    return exh_keyring_find(&store->keyring, store->actor);
}

bool exh_store_actor(struct exh_store *store, struct exh_secret_key *key, struct exh_error *err)
{
    exh_secret_key_freep(&store->key);
    store->key = key;
    exh_key_fingerprint(exh_secret_key_public(key), store->actor);
    enum exh_key_state state = exh_keyring_state(&store->keyring, store->actor, exh_moment_now());
    if (state != EXH_KEY_VALID)
        return exh_fail(err, EXH_REFUSED, "key %s is %s in this store; an admin can change that with 'exhibit key trust'",
                        store->actor, exh_key_state_words(state));
    /* Signatures are checked with the number that the log has; an agent knows none. */
    exh_secret_key_renumber(key, exh_store_person(store)->key.minisign_id);
    return true;
}

bool exh_store_may(const struct exh_store *store, const char *act, struct exh_error *err)
{
    const struct exh_person *person = exh_store_person(store);

    if (!person || !exh_role_may(person->role, act))
        return exh_fail(err, EXH_REFUSED, "role '%s' may not do '%s'; ask somebody whose role may",
                        person ? exh_role_name(person->role) : "none", act);
    return true;
}

/* ---- the lock and the log ---- */

bool exh_store_lock(struct exh_store *store, struct exh_error *err)
{
    if (!exh_lock_take(store->root, "lock", LOCK_WAIT_MS, &store->lock, err))
        return exh_while(err, "store '%s'", store->path);
    if (exh_store_refresh(store, err))
        return true;
    exh_store_unlock(store);
    return exh_while(err, "store '%s'", store->path);
}

void exh_store_unlock(struct exh_store *store)
{
    exh_fd_close(&store->lock);
}

/* Of @count entries that were added one is a multiple of so many. */
static void note_pack(struct exh_store *store, uint64_t count)
{
    store->views->pack_due |= store->entry_count / EXH_PACK_SOME != (store->entry_count - count) / EXH_PACK_SOME;
}

/* Read back from the log, as everybody reads it. */
static bool add_entry(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };

    if (!exh_ledger_append(store->ledger, store->last.act ? &store->last : NULL, draft, store->key, &entry, err))
        return false;
    if (!exh_store_refresh(store, err))
        return false;
    note_pack(store, 1);
    return true;
}

/* Its key, and whether the actor may. */
static bool prepare(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    if (!exh_store_may(store, draft->act, err))
        return false;
    draft->key_id = draft->case_id ? draft->case_id : "store";
    draft->key = draft->details ? exh_store_seal_key(store, draft->key_id) : NULL;
    return !draft->details || draft->key
        || exh_fail(err, EXH_IO, "the key of case %s cannot be read below '%s/" CASE_KEYS "'; without it nothing can be added to the case",
                    draft->key_id, store->path);
}

bool exh_store_append(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    return prepare(store, draft, err) && add_entry(store, draft, err);
}

bool exh_store_append_all(struct exh_store *store, struct exh_entry_draft *drafts, size_t count, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry last = { 0 };

    for (size_t i = 0; i < count; i++)
        if (!prepare(store, &drafts[i], err))
            return false;
    if (!exh_ledger_append_all(store->ledger, store->last.act ? &store->last : NULL, drafts, count, store->key, &last, err)
        || !exh_store_refresh(store, err))
        return false;
    note_pack(store, count);
    return true;
}

bool exh_store_record(struct exh_store *store, struct exh_entry_draft *draft, struct exh_error *err)
{
    if (!exh_store_lock(store, err))
        return false;
    bool done = exh_store_append(store, draft, err);
    exh_store_unlock(store);
    return done;
}

/* ---- keys of cases ---- */

void exh_store_drop_keys(struct exh_store *store, size_t kept)
{
    while (store->case_key_count > kept)
        exh_seal_key_freep(&store->case_keys[--store->case_key_count].key);
}

void exh_store_forget_keys(struct exh_store *store)
{
    exh_store_drop_keys(store, 0);
    free(store->case_keys);
    store->case_keys = NULL;
    exh_seal_key_freep(&store->seal_key);
}

/* Each lies in guarded pages of its own, of which a process can have some ten thousand. */
static void make_room(struct exh_store *store)
{
    if (store->case_key_count < EXH_CASE_KEYS_HELD)
        return;
    exh_seal_key_freep(&store->case_keys[0].key);
    memmove(store->case_keys, store->case_keys + 1, --store->case_key_count * sizeof *store->case_keys);
}

static const struct exh_seal_key *keep_case_key(struct exh_store *store, const char *id, struct exh_seal_key *key)
{
    make_room(store);
    store->case_keys = exh_realloc_array(store->case_keys, store->case_key_count + 1, sizeof *store->case_keys);
    struct exh_case_key *kept = &store->case_keys[store->case_key_count++];
    snprintf(kept->id, sizeof kept->id, "%s", id);
    kept->key = key;
    return key;
}

/* The log's word, not the file's absence: a key that came back with a backup opens nothing. */
bool exh_store_key_is_gone(const struct exh_store *store, const char *case_id)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *topic = exh_store_gone_key_topic(case_id);
    const struct exh_index_query query = { .topic = topic };
    bool gone;

    return !exh_store_has_entry(store, &query, &gone, &unread) || gone;
}

const struct exh_seal_key *exh_store_seal_key(struct exh_store *store, const char *key_id)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error gone = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = NULL;

    if (strcmp(key_id, "store") == 0)
        return store->seal_key;
    if (!exh_text_is_identifier(key_id, 23))
        return NULL;
    for (size_t i = 0; i < store->case_key_count; i++)
        if (strcmp(store->case_keys[i].id, key_id) == 0)
            return store->case_keys[i].key;
    if (exh_store_key_is_gone(store, key_id) || !read_case_key(store, key_id, &key, &gone))
        return NULL;                     /* destroyed with its case: the details stay sealed for ever */
    return keep_case_key(store, key_id, exh_steal(&key));
}

/* A key left by a case whose entry was never written belongs to nobody: it is replaced. On its way it has one name, whichever case it is
 * of, by which it is found when it was cut off: nobody wants to look through all keys for that. */
static bool write_case_key(struct exh_store *store, const char *path, const char *line, struct exh_error *err)
{
    EXH_CLEANUP(exh_staged_clear) struct exh_staged staged = EXH_STAGED_NONE;
    EXH_CLEANUP(exh_fd_close) int keys = -1;
    const char *name = strrchr(path, '/') + 1;

    if (!exh_directory_open(store->root, CASE_KEYS, &keys, err))
        return false;
    if (unlinkat(keys, name, 0) && errno != ENOENT)
        return exh_fail_os(err, "cannot remove '%s/%s'", store->path, path);
    return exh_staged_open_as(&staged, keys, name, NEW_CASE_KEY, 0600, err) && exh_staged_write(&staged, line, strlen(line), err)
        && exh_staged_commit(&staged, err);
}

bool exh_store_new_case_key(struct exh_store *store, const char *case_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_seal_key_freep) struct exh_seal_key *key = exh_seal_key_new();
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *plain = exh_seal_key_write(key);
    EXH_CLEANUP(exh_freep) char *name = exh_format(CASE_KEYS "/%s.key", case_id);
    EXH_CLEANUP(exh_freep) char *context = exh_format("exhibit case key %s", case_id);
    EXH_CLEANUP(exh_freep) char *sealed = exh_seal_text(store->seal_key, context, strlen(context), plain->bytes, plain->size);
    EXH_CLEANUP(exh_freep) char *line = exh_format("%s\n", sealed);

    if (!write_case_key(store, name, line, err))
        return exh_while(err, "key of case %s", case_id);
    keep_case_key(store, case_id, exh_steal(&key));
    return true;
}

static void forget_case_key(struct exh_store *store, const char *case_id)
{
    for (size_t i = 0; i < store->case_key_count; i++)
        if (strcmp(store->case_keys[i].id, case_id) == 0) {
            exh_seal_key_freep(&store->case_keys[i].key);
            store->case_keys[i] = store->case_keys[--store->case_key_count];
            return;
        }
}

bool exh_store_destroy_case_key(struct exh_store *store, const char *case_id, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = exh_format(CASE_KEYS "/%s.key", case_id);

    forget_case_key(store, case_id);
    exh_store_forget_register(store);    /* it was read with the key */
    if (unlinkat(store->root, name, 0) && errno != ENOENT)
        return exh_fail_os(err, "cannot remove '%s/%s'", store->path, name);
    return exh_directory_sync(store->root, CASE_KEYS, err);
}

bool exh_store_write_signers(const struct exh_store *store, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *lines = exh_keyring_allowed_signers(&store->keyring);

    return exh_store_check_log(store, err)
        && exh_file_write(store->root, SIGNERS, lines, strlen(lines), 0644, true, err);
}

bool exh_store_start_helper(const struct exh_store *store, struct exh_helper **ret_helper, struct exh_error *err)
{
    if (!exh_helper_start(ret_helper, err))
        return false;
    exh_helper_allow_bare(*ret_helper, store->cage_optional);
    return true;
}
