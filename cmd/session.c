/* cmd: what the dispatcher provides: the store, the acting person's key, passphrases. */
#include "cmd.h"

#include "exhibit/agent.h"
#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { LONGEST_PASSPHRASE = 4095 };

/* ---- the store ---- */

/* The nearest directory, upward from @start, that has what a store has; NULL. Free with free(). */
static char *look_upward(const char *start)
{
    EXH_CLEANUP(exh_freep) char *directory = exh_strdup(start);

    for (;;) {
        EXH_CLEANUP(exh_freep) char *config = exh_format("%s/config", directory), *log = exh_format("%s/custody.git/HEAD", directory);
        if (exh_file_exists(AT_FDCWD, config) && exh_file_exists(AT_FDCWD, log))
            return exh_steal(&directory);
        char *slash = strrchr(directory, '/');
        if (!slash || !*directory)
            return NULL;
        *slash = '\0';
    }
}

bool session_find_store(struct session *session, const char **ret_path, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *here = NULL;
    struct stat facts;

    *ret_path = session->store_path ? session->store_path : session->store_found;
    if (*ret_path || !(here = getcwd(NULL, 0)) || !(session->store_found = look_upward(here)))
        return true;
    /* On a stick, a directory could be made to look like one. */
    if (stat(session->store_found, &facts) || facts.st_uid != geteuid())
        return exh_fail(err, EXH_REFUSED, "the store '%s', which the working directory is in, belongs to somebody else: name it with --store",
                        session->store_found);
    *ret_path = session->store_found;
    return true;
}

bool session_need_store(struct session *session, const char **ret_path, struct exh_error *err)
{
    if (!session_find_store(session, ret_path, err))
        return false;
    return (*ret_path && **ret_path) || exh_fail(err, EXH_USAGE, "which store? name it with --store DIR or in EXHIBIT_STORE, or go into it");
}

/* The store's index is behind by many entries, or gone: that takes a while, and nobody asked for it. */
struct catching_up { const struct session *session; struct watch watch; bool begun; };

static void tell_entries_read(void *context, uint64_t done, uint64_t count)
{
    struct catching_up *catching_up = context;

    if (!catching_up->begun)
        catching_up->watch = watch_reading(catching_up->session, "reading the log", "nothing is lost: the next command reads the log again");
    catching_up->begun = true;
    watch_entries(NULL, done, count);
}

bool session_open_store(struct session *session, struct exh_error *err)
{
    struct catching_up catching_up = { .session = session };
    const struct exh_repo_watch watch = { tell_entries_read, &catching_up };
    const char *path;

    if (session->store)
        return true;
    if (!session_need_store(session, &path, err))
        return false;
    bool done = exh_store_open(path, &watch, &session->store, err);
    if (catching_up.begun)
        watch_end(&catching_up.watch, done, err);
    return done;
}

/* ---- passphrases ---- */

static bool first_line(int fd, const char *what, struct exh_secret_text **ret_text, struct exh_error *err)
{
    return exh_secret_line_read(fd, what, LONGEST_PASSPHRASE, ret_text, err);
}

static bool from_file(const char *path, struct exh_secret_text **ret_text, struct exh_error *err)
{
    const struct exh_secret_file file = { AT_FDCWD, path, path, "passphrase file", LONGEST_PASSPHRASE, true };
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    return exh_secret_file_open(&file, &fd, err) && first_line(fd, path, ret_text, err);
}

/* The terminal that is being asked, for a signal that ends the program: it must not stay silent. */
static struct { int fd; struct termios before; } asked;

static void restore_terminal(int signal_number)
{
    tcsetattr(asked.fd, TCSAFLUSH, &asked.before);
    raise(signal_number);                /* its own action again: SA_RESETHAND */
}

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
struct actions { struct sigaction at[EXH_COUNT(ending_signals)]; };

/* One that is ignored stays so. */
static void watch_signals(struct actions *before)
{
    const struct sigaction restore = { .sa_handler = restore_terminal, .sa_flags = (int)SA_RESETHAND };

    for (size_t i = 0; i < EXH_COUNT(ending_signals); i++) {
        sigaction(ending_signals[i], NULL, &before->at[i]);
        if (before->at[i].sa_handler != SIG_IGN)
            sigaction(ending_signals[i], &restore, NULL);
    }
}

static void forget_signals(const struct actions *before)
{
    for (size_t i = 0; i < EXH_COUNT(ending_signals); i++)
        sigaction(ending_signals[i], &before->at[i], NULL);
}

static bool ask_terminal(const char *question, struct exh_secret_text **ret_text, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios silent;
    struct actions before;

    if (fd < 0 || tcgetattr(fd, &asked.before))
        return exh_fail(err, EXH_REFUSED, "the key needs a passphrase and there is no terminal to ask on; use --passphrase-file or --passphrase-fd");
    silent = asked.before;
    asked.fd = fd;
    silent.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
    dprintf(fd, "%s", question);
    watch_signals(&before);
    tcsetattr(fd, TCSAFLUSH, &silent);
    bool done = first_line(fd, "the terminal", ret_text, err);
    tcsetattr(fd, TCSAFLUSH, &asked.before);
    forget_signals(&before);
    dprintf(fd, "\n");
    return done;
}

static bool given(struct session *session, struct exh_secret_text **ret_text, struct exh_error *err)
{
    if (session->passphrase) {
        *ret_text = exh_secret_text_new(session->passphrase->bytes, session->passphrase->size);
        return true;
    }
    if (session->passphrase_file)
        return from_file(session->passphrase_file, ret_text, err);
    return first_line(session->passphrase_fd, "the descriptor given", ret_text, err);
}

static bool is_given(const struct session *session)
{
    return session->passphrase || session->passphrase_file || session->passphrase_fd >= 0;
}

static bool ask_passphrase(void *context, const char *path, struct exh_secret_text **ret_text, struct exh_error *err)
{
    struct session *session = context;

    if (is_given(session))
        return given(session, ret_text, err);
    if (session->never_asks)
        return exh_fail(err, EXH_REFUSED, "the key needs a passphrase, and nobody is asked for it here; use --passphrase-file or "
                        "--passphrase-fd, or a key in an ssh-agent");
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(path);
    EXH_CLEANUP(exh_freep) char *question = exh_format("Passphrase of '%s': ", shown);
    return ask_terminal(question, ret_text, err);
}

static bool ask_twice(const char *question, const char *undone, struct exh_secret_text **ret_text, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *first = NULL, *second = NULL;

    if (!ask_terminal(question, &first, err) || !ask_terminal("The same again: ", &second, err))
        return false;
    if (first->size != second->size || memcmp(first->bytes, second->bytes, first->size) != 0)
        return exh_fail(err, EXH_REFUSED, "the two passphrases differ; %s", undone);
    *ret_text = exh_steal(&first);
    return true;
}

bool session_new_passphrase(struct session *session, struct exh_secret_text **ret_passphrase, struct exh_error *err)
{
    if (is_given(session))
        return given(session, ret_passphrase, err);
    return ask_twice("Passphrase for the new key: ", "no key was made", ret_passphrase, err);
}

bool session_secret(const struct secret_source *source, struct exh_secret_text **ret_text, struct exh_error *err)
{
    uint64_t fd;

    if (source->file)
        return from_file(source->file, ret_text, err);
    if (source->fd && !exh_text_number(source->fd, 65535, &fd))
        return exh_fail(err, EXH_USAGE, "'%s' is not the number of a descriptor", source->fd);
    if (source->fd)
        return first_line((int)fd, "the descriptor given", ret_text, err);
    return !source->question || ask_terminal(source->question, ret_text, err);
}

bool session_new_secret(const struct secret_source *source, const char *undone, struct exh_secret_text **ret_text,
                        struct exh_error *err)
{
    if (!source->file && !source->fd && source->question)
        return ask_twice(source->question, undone, ret_text, err);
    return session_secret(source, ret_text, err);
}

/* ---- who acts ---- */

static const char agent_prefix[] = "agent:";

static bool may_act(const void *context, const struct exh_agent_key *key)
{
    const struct exh_store *store = context;

    return !store || exh_keyring_state(&store->keyring, key->fingerprint, exh_moment_now()) == EXH_KEY_VALID;
}

static bool take_from_agent(const struct session *session, struct exh_secret_key **ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_agent_freep) struct exh_agent *agent = NULL;
    const char *fingerprint = session->key_path + strlen(agent_prefix);

    if (!session->agent_socket || !*session->agent_socket)
        return exh_fail(err, EXH_IO, "there is no ssh-agent to ask for the key: SSH_AUTH_SOCK is not set; start one with "
                        "'eval $(ssh-agent)' and 'ssh-add FILE', or name a key file with --key");
    if (!exh_agent_open(session->agent_socket, EXH_AGENT_WAIT_MS, &agent, err))
        return false;
    if (*fingerprint)
        return exh_agent_take(agent, fingerprint, ret_key, err);
    return exh_agent_take_only(agent, may_act, session->store, ret_key, err);
}

bool session_load_key(struct session *session, struct exh_secret_key **ret_key, struct exh_key_owner *ret_owner, struct exh_error *err)
{
    if (!session->key_path || !*session->key_path)
        return exh_fail(err, EXH_USAGE, "who acts? name your key with --key FILE or in EXHIBIT_KEY");
    if (strncmp(session->key_path, agent_prefix, strlen(agent_prefix)) == 0) {
        if (ret_owner)
            *ret_owner = (struct exh_key_owner){ NULL, NULL, EXH_ROLE_OPERATOR };
        return take_from_agent(session, ret_key, err);
    }
    return exh_keyfile_load(session->key_path, ask_passphrase, session, ret_key, ret_owner, err);
}

/* What a killed export left is settled by whoever writes next. */
static bool recover(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings notes = EXH_STRINGS_NONE;

    bool may = exh_store_may(session->store, "export-abandoned", err);

    exh_error_clear(err);                /* a role that may not: exhibits are left to one that may */
    if (!exh_store_lock(session->store, err))
        return false;
    bool done = may ? exh_store_recover(session->store, &notes, err) : exh_store_settle_signings(session->store, &notes, err);
    exh_store_unlock(session->store);
    for (size_t i = 0; i < notes.count; i++)
        say(session, "%s", notes.at[i]);
    return done;
}

bool session_load_actor(struct session *session, struct exh_error *err)
{
    struct exh_secret_key *key;

    return session_load_key(session, &key, NULL, err)
        && exh_store_actor(session->store, key, err)
        && recover(session, err);
}

static bool read_window(const char *zone, const char *from, const char *to, struct exh_window *ret_window, struct exh_error *err)
{
    if (!exh_moment_parse(from, zone, &ret_window->from, err))
        return exh_while(err, "--from");
    if (!exh_moment_parse(to, zone, &ret_window->to, err))
        return exh_while(err, "--to");
    return exh_window_check(*ret_window, err) || exh_while(err, "--from and --to");
}

bool session_window(const struct session *session, const char *from, const char *to, struct exh_window *ret_window, struct exh_error *err)
{
    return read_window(session->store->zone, from, to, ret_window, err);
}

bool session_recorder_window(const struct session *session, const char *id, const char *from, const char *to,
                             struct exh_window *ret_window, struct exh_error *err)
{
    const struct exh_camera *camera;

    return exh_store_need_camera(session->store, id, &camera, err)
        && read_window(exh_store_source(session->store, camera->source)->zone, from, to, ret_window, err);
}

bool session_recipients(const struct exh_strings *words, struct exh_recipient **ret_recipients, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((words->count + 1) * sizeof *recipients);

    for (size_t i = 0; i < words->count; i++)
        if (!exh_recipient_parse(words->at[i], &recipients[i], err))
            return exh_while(err, "--recipient");
    *ret_recipients = exh_steal(&recipients);
    return true;
}

bool read_input(const char *path, size_t most, char **ret_bytes, size_t *ret_size, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (strcmp(path, "-") == 0)
        return exh_fd_read(STDIN_FILENO, "standard input", most, ret_bytes, ret_size, err);
    if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
        return exh_fail_os(err, "cannot open '%s'", path);
    return exh_fd_read(fd, path, most, ret_bytes, ret_size, err);
}
