/* exhibit log remote: where copies of the custody log are kept. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *name, *url, *ssh_key, *login, *wait;
    struct exh_strings host_keys;
};
enum { OPT_SSH_KEY = 0x100, OPT_HOST_KEY, OPT_LOGIN, OPT_TIMEOUT };

static const struct argp_option option_list[] = {
    { "host-key", OPT_HOST_KEY, "SHA256:...", 0,
      "The fingerprint of the ssh host's key, as 'ssh-keygen -l' shows it; may be given for each of "
      "its keys. Default: ~/.ssh/known_hosts decides",
      0 },
    { "ssh-key", OPT_SSH_KEY, "FILE", 0,
      "A private key without a passphrase to be let in with by ssh. Default: the keys of the ssh-agent", 0 },
    { "login", OPT_LOGIN, "FILE", 0, "A file that holds user:password, to be let in with by https", 0 },
    { "timeout", OPT_TIMEOUT, "SECONDS", 0, "Give up a push that makes no progress for so long (120)", 0 },
    { 0 },
};

static error_t take_name(struct options *o, char *argument, struct argp_state *state)
{
    if (o->url)
        argp_error(state, "one remote at a time");
    *(o->name ? &o->url : &o->name) = argument;
    return 0;
}

static error_t parse_add(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = { { OPT_SSH_KEY, offsetof(struct options, ssh_key) },
                                                { OPT_LOGIN, offsetof(struct options, login) },
                                                { OPT_TIMEOUT, offsetof(struct options, wait) },
                                                { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_HOST_KEY: exh_strings_add(&o->host_keys, argument); return 0;
    case ARGP_KEY_ARG: return take_name(o, argument, state);
    case ARGP_KEY_END:
        if (!o->url)
            argp_error(state, "a name and a URL are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static error_t parse_remove(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->name)
            argp_error(state, "one remote at a time");
        o->name = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->name)
            argp_error(state, "the name of a remote is needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void clear_options(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->host_keys);
}

static struct exh_json *remote_json(const struct exh_store_remote *remote, uint64_t entries, struct exh_moment when)
{
    struct exh_json *object = json_of_type("log-remote");

    exh_json_set_text(object, "name", remote->name);
    json_set_path(object, "url", remote->url);
    json_set_path(object, "ssh_key", remote->ssh_key);
    exh_json_set_text(object, "host_key", remote->host_keys);
    json_set_path(object, "login", remote->login);
    exh_json_set_int(object, "timeout", remote->wait_s);
    exh_json_set_int(object, "entries", (int64_t)entries);
    exh_json_set(object, "since", entries && when.ns ? moment_json(when) : exh_json_text(NULL));
    return object;
}

static bool print_remote(struct session *session, const struct exh_store_remote *remote, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *url = exh_text_printable(remote->url);
    char words[EXH_MOMENT_SIZE] = "?";
    struct exh_moment when;
    uint64_t entries;

    if (!exh_store_pushed(session->store, remote, &entries, &when, err))
        return false;
    if (session->json) {
        print_json(remote_json(remote, entries, when));
        return true;
    }
    if (when.ns)
        exh_moment_local(when, session->store->zone, words);
    if (entries)
        printf("%-16s %s  %llu entries since %s\n", remote->name, url, (unsigned long long)entries, words);
    else
        printf("%-16s %s  never pushed\n", remote->name, url);
    return true;
}

static bool take_options(const struct options *o, const char *host_keys, struct exh_store_remote *ret_remote,
                         struct exh_error *err)
{
    uint64_t wait = 0;

    if (o->wait && (!exh_text_number(o->wait, 86400, &wait) || wait == 0))
        return exh_fail(err, EXH_USAGE, "--timeout '%s' is not a number of seconds from 1 to 86400", o->wait);
    *ret_remote = (struct exh_store_remote){ .name = (char *)(uintptr_t)o->name,
                                             .url = (char *)(uintptr_t)o->url,
                                             .ssh_key = (char *)(uintptr_t)o->ssh_key,
                                             .login = (char *)(uintptr_t)o->login,
                                             .host_keys = (char *)(uintptr_t)host_keys,
                                             .wait_s = (unsigned)wait };
    return true;
}

static bool run_add(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_text_clear) struct exh_text host_keys = EXH_TEXT_NONE;
    struct exh_store_remote remote;

    for (size_t i = 0; i < o->host_keys.count; i++)
        exh_text_printf(&host_keys, "%s%s", i ? " " : "", o->host_keys.at[i]);
    return take_options(o, host_keys.bytes, &remote, err) && exh_admin_add_remote(session->store, &remote, err)
        && print_remote(session, exh_store_remote(session->store, o->name), err);
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    (void)options;
    for (size_t i = 0; i < session->store->remote_count; i++)
        if (session->store->remotes[i].url && !print_remote(session, &session->store->remotes[i], err))
            return false;
    return true;
}

static bool run_remove(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    if (!exh_admin_remove_remote(session->store, o->name, err))
        return false;
    if (session->json) {
        struct exh_json *object = json_of_type("log-remote-removed");
        exh_json_set_text(object, "name", o->name);
        print_json(object);
    } else
        print_field("removed", o->name);
    return true;
}

static const struct argp add_argp = { option_list,
                                      parse_add,
                                      "NAME URL",
                                      "Add a remote: a bare repository that 'exhibit log push' pushes the custody log "
                                      "to. URL is an absolute path, ssh://user@host/path, "
                                      "user@host:path, or https://host/path, without a password.\v"
                                      "Examples:\n  exhibit log remote add mirror /mnt/other/custody.git\n  exhibit "
                                      "log remote add county log@mirror.example:custody.git \\\n"
                                      "      --ssh-key /etc/exhibit/mirror_ed25519 --host-key SHA256:...",
                                      NULL,
                                      NULL,
                                      NULL };
static const struct argp list_argp = { NULL,
                                       NULL,
                                       NULL,
                                       "List the remotes of the custody log, and how many entries each had when it was "
                                       "last pushed to.\vExample:\n  exhibit log remote list",
                                       NULL,
                                       NULL,
                                       NULL };
static const struct argp remove_argp = { NULL,
                                         parse_remove,
                                         "NAME",
                                         "Take a remote out of the configuration. The repository there stays as it "
                                         "is.\vExample:\n  exhibit log remote remove mirror",
                                         NULL,
                                         NULL,
                                         NULL };
const struct command cmd_log_remote_add = { "log remote add",       "add a remote of the custody log", &add_argp,
                                            sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR,         run_add,
                                            clear_options };
const struct command cmd_log_remote_list = {
    "log remote list", "list the remotes of the custody log", &list_argp, 0, NEEDS_STORE, run_list, NULL
};
const struct command cmd_log_remote_remove = { "log remote remove",
                                               "remove a remote of the custody log",
                                               &remove_argp,
                                               sizeof(struct options),
                                               NEEDS_STORE | NEEDS_ACTOR,
                                               run_remove,
                                               NULL };
