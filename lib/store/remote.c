/* store: remotes of the log: their settings, whom they trust, and pushing to them. */
#include "store.h"

#include "exhibit/file.h"
#include "exhibit/keyfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static void clear_remote(struct exh_store_remote *remote)
{
    free(remote->name);
    free(remote->url);
    free(remote->ssh_key);
    free(remote->host_keys);
    free(remote->login);
}

void exh_store_forget_remotes(struct exh_store *store)
{
    for (size_t i = 0; i < store->remote_count; i++)
        clear_remote(&store->remotes[i]);
    free(store->remotes);
    store->remotes = NULL;
    store->remote_count = 0;
}

static struct exh_store_remote *remote_of(struct exh_store *store, const char *name)
{
    for (size_t i = 0; i < store->remote_count; i++)
        if (strcmp(store->remotes[i].name, name) == 0)
            return &store->remotes[i];
    store->remotes = exh_realloc_array(store->remotes, store->remote_count + 1, sizeof *store->remotes);
    store->remotes[store->remote_count] =
        (struct exh_store_remote){ .name = exh_strdup(name), .wait_s = EXH_REMOTE_WAIT_S };
    return &store->remotes[store->remote_count++];
}

char **exh_store_remote_slot(struct exh_store *store, const char *name, const char *key)
{
    struct exh_store_remote *remote = remote_of(store, name);

    if (strcmp(key, "url") == 0)
        return &remote->url;
    if (strcmp(key, "key") == 0)
        return &remote->ssh_key;
    if (strcmp(key, "hostkey") == 0)
        return &remote->host_keys;
    if (strcmp(key, "login") == 0)
        return &remote->login;
    return NULL;
}

bool exh_store_is_remote_wait(const char *section, const char *key)
{
    return strcmp(section, "remote") == 0 && strcmp(key, "timeout") == 0;
}

bool exh_store_read_remote_wait(struct exh_store *store, const char *name, const char *value, struct exh_error *err)
{
    uint64_t seconds = EXH_REMOTE_WAIT_S;

    if (!exh_text_is_identifier(name, 32))
        return exh_fail(err, EXH_MALFORMED, "config: remote '%s' has no name that can be one", name);
    if (*value && (!exh_text_number(value, 86400, &seconds) || seconds == 0))
        return exh_fail(err, EXH_MALFORMED, "config: remote.%s.timeout '%s' is not a number of seconds from 1 to 86400",
                        name, value);
    remote_of(store, name)->wait_s = (unsigned)seconds;
    return true;
}

/* An empty value says nothing: so a remote is removed. */
static void drop_empty(char **value)
{
    if (*value && !**value) {
        free(*value);
        *value = NULL;
    }
}

/* "SHA256:" and 43 characters of base64, as ssh-keygen -l shows it; sets @ret_next behind it and the spaces. */
static bool next_fingerprint(const char *words, char ret_words[EXH_FINGERPRINT_SIZE], const char **ret_next)
{
    static const char prefix[] = "SHA256:";
    uint8_t digest[32];
    size_t size = strcspn(words, " ");
    EXH_CLEANUP(exh_freep) char *padded = NULL;

    if (size != EXH_FINGERPRINT_SIZE - 1 || strncmp(words, prefix, strlen(prefix)) != 0)
        return false;
    padded = exh_format("%.*s=", (int)(size - strlen(prefix)), words + strlen(prefix));
    if (!exh_unbase64(digest, sizeof digest, padded))
        return false;
    memcpy(ret_words, words, size);
    ret_words[size] = '\0';
    *ret_next = words + size + strspn(words + size, " ");
    return true;
}

static bool check_host_keys(const char *words, struct exh_error *err)
{
    char one[EXH_FINGERPRINT_SIZE];

    do
        if (!next_fingerprint(words, one, &words))
            return exh_fail(err, EXH_USAGE,
                            "'%s' is not the fingerprint of a host's key: 'SHA256:' and 43 characters, as "
                            "'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' shows it on that host",
                            words);
    while (*words);
    return true;
}

bool exh_store_check_remote(const struct exh_store_remote *remote, struct exh_error *err)
{
    enum exh_remote_form form;

    if (!exh_remote_check_url(remote->url, &form, err))
        return false;
    if (form != EXH_REMOTE_SSH && (remote->ssh_key || remote->host_keys))
        return exh_fail(err, EXH_USAGE, "an ssh key and a host's key are for a remote that is spoken to by ssh");
    if (form != EXH_REMOTE_HTTPS && remote->login)
        return exh_fail(err, EXH_USAGE, "a login is for a remote that is spoken to by https");
    if ((remote->ssh_key && *remote->ssh_key != '/') || (remote->login && *remote->login != '/'))
        return exh_fail(err, EXH_USAGE, "'%s' is not an absolute path: pushes may be made from anywhere",
                        remote->ssh_key ? remote->ssh_key : remote->login);
    return !remote->host_keys || check_host_keys(remote->host_keys, err);
}

bool exh_store_check_remotes(struct exh_store *store, struct exh_error *err)
{
    for (size_t i = 0; i < store->remote_count; i++) {
        struct exh_store_remote *remote = &store->remotes[i];
        drop_empty(&remote->url);
        drop_empty(&remote->ssh_key);
        drop_empty(&remote->host_keys);
        drop_empty(&remote->login);
        if (!remote->url && (remote->ssh_key || remote->host_keys || remote->login))
            return exh_fail(err, EXH_MALFORMED, "config: remote '%s' has no url", remote->name);
        if (remote->url && !exh_store_check_remote(remote, err))
            return exh_while(err, "config: remote '%s'", remote->name);
    }
    return true;
}

/* ---- finding ---- */

const struct exh_store_remote *exh_store_remote(const struct exh_store *store, const char *name)
{
    for (size_t i = 0; i < store->remote_count; i++)
        if (store->remotes[i].url && strcmp(store->remotes[i].name, name) == 0)
            return &store->remotes[i];
    return NULL;
}

bool exh_store_need_remote(const struct exh_store *store, const char *name, const struct exh_store_remote **ret_remote,
                           struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings names = EXH_STRINGS_NONE;

    *ret_remote = exh_store_remote(store, name);
    if (*ret_remote)
        return true;
    for (size_t i = 0; i < store->remote_count; i++)
        if (store->remotes[i].url)
            exh_strings_add(&names, store->remotes[i].name);
    return exh_text_unknown(&names, name, "'exhibit log remote list' shows those there are", err, "no remote '%s'", name);
}

/* ---- pushing ---- */

/* "ecdsa-sha2-nistp256" of the blob of an ssh key, which begins with its length in 4 bytes (RFC 4253, section 6.6). */
static char *key_type(const uint8_t *blob, size_t size)
{
    size_t length = size > 4 ? blob[3] : 0;

    if (size <= 4 || blob[0] || blob[1] || blob[2] || length > size - 4)
        return exh_strdup("unknown");
    EXH_CLEANUP(exh_freep) char *raw = exh_strndup((const char *)blob + 4, length);
    return exh_text_printable(raw);
}

/* A remote's own keys decide alone, where it has any. */
static bool trust(const void *context, const void *blob, size_t size, bool known, struct exh_error *err)
{
    const struct exh_store_remote *remote = context;
    EXH_CLEANUP(exh_freep) char *type = key_type(blob, size);
    char shown[EXH_FINGERPRINT_SIZE], trusted[EXH_FINGERPRINT_SIZE];
    const char *next = remote->host_keys;

    exh_ssh_fingerprint(blob, size, shown);
    if (!next && known)
        return true;
    while (next && *next && next_fingerprint(next, trusted, &next))
        if (strcmp(trusted, shown) == 0)
            return true;
    if (remote->host_keys)
        return exh_fail(
            err, EXH_IO,
            "the host showed the key %s (%s), which is not among those trusted for it (%s): it is another "
            "host, or it has several keys; where its administrator confirms this one, 'exhibit log remote remove %s' "
            "and add it again with --host-key %s",
            shown, type, remote->host_keys, remote->name, shown);
    return exh_fail(
        err, EXH_IO,
        "the host is not known: it showed the key %s (%s); where its administrator confirms that, "
        "'exhibit log remote remove %s' and add it again with --host-key %s, or put it into ~/.ssh/known_hosts",
        shown, type, remote->name, shown);
}

/* Judges the file now; libssh2 reads it by its name. */
static bool check_ssh_key(const char *path, struct exh_error *err)
{
    const struct exh_secret_file file = { AT_FDCWD, path, path, "ssh key", 65536, false };
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    return exh_secret_file_open(&file, &fd, err);
}

static bool read_login(const char *path, struct exh_secret_text **ret_login, struct exh_error *err)
{
    const struct exh_secret_file file = { AT_FDCWD, path, path, "login file", 4096, false };
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *text = NULL;

    if (!exh_secret_file_read(&file, &text, err))
        return false;
    const char *end = memchr(text->bytes, '\n', text->size);
    size_t size = end ? (size_t)(end - text->bytes) : text->size;
    if (size && text->bytes[size - 1] == '\r')
        size--;
    const char *colon = memchr(text->bytes, ':', size);
    if (!colon || colon == text->bytes || memchr(text->bytes, '\0', size))
        return exh_fail(err, EXH_MALFORMED, "login file '%s' does not hold a line user:password", path);
    *ret_login = exh_secret_text_room(size + 1);
    memcpy((*ret_login)->bytes, text->bytes, size);
    return true;
}

/* How many entries there are up to the one with this commit; 0: the log has none with it. It may have grown since it was
 * read, but the commit says itself which entry it holds. */
static bool count_entries(const struct exh_store *store, const char *commit, uint64_t *ret_count, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry named = { 0 }, own = { 0 };
    EXH_CLEANUP(exh_error_clear) struct exh_error none = EXH_ERROR_NONE;

    *ret_count = 0;
    if (!*commit || !exh_ledger_entry_of(store->ledger, commit, &named, &none))
        return true;
    if (named.sequence < store->entry_count && !exh_store_entry(store, named.sequence, &own, err))
        return false;
    if (!own.act || strcmp(own.commit, commit) == 0)
        *ret_count = named.sequence + 1;
    return true;
}

static bool describe(const struct exh_store *store, const struct exh_push *push, struct exh_store_push *ret_push,
                     struct exh_error *err)
{
    uint64_t common;
    const char *has = push->pushed ? push->after : push->common;

    if (!count_entries(store, has, &ret_push->entries, err) || !count_entries(store, push->common, &common, err))
        return false;
    ret_push->push = *push;
    ret_push->common = common ? common - 1 : 0;
    return true;
}

static bool open_log(const struct exh_store *store, struct exh_repo **ret_repo, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_store_path(store, LOG);

    return exh_repo_open(path, "custody", ret_repo, err);
}

bool exh_store_push(struct exh_store *store, const struct exh_store_remote *remote,
                    const struct exh_push_options *options, struct exh_store_push *ret_push, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *login = NULL;
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = NULL;
    struct exh_push push;

    if ((remote->ssh_key && !check_ssh_key(remote->ssh_key, err))
        || (remote->login && !read_login(remote->login, &login, err)))
        return exh_while(err, "remote '%s'", remote->name);
    const struct exh_remote how = { .name = remote->name,
                                    .url = remote->url,
                                    .ssh_key = remote->ssh_key,
                                    .login = login ? login->bytes : NULL,
                                    .wait_s = remote->wait_s,
                                    .trust = trust,
                                    .context = remote };
    return open_log(store, &repo, err) && exh_repo_push(repo, &how, options, &push, err)
        && describe(store, &push, ret_push, err);
}

bool exh_store_pushed(struct exh_store *store, const struct exh_store_remote *remote, uint64_t *ret_entries,
                      struct exh_moment *ret_time, struct exh_error *err)
{
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = NULL;
    char head[EXH_OID_DIGITS];
    int64_t seconds;

    if (!open_log(store, &repo, err) || !exh_repo_pushed(repo, remote->name, head, &seconds, err))
        return false;
    *ret_time = (struct exh_moment){ seconds * EXH_SECOND };
    return count_entries(store, head, ret_entries, err);
}
