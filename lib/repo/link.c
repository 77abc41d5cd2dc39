/* repo: what libgit2 asks and tells of while speaking with a remote: who we are, whether we trust it, how far it is. */
#include "push.h"

#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FETCHED = 256 << 20, LONGEST_WORDS = 300 };

/* ---- what went wrong ---- */

static const char key_remedy[] =
    "a key with a passphrase is for ssh-agent, and RSA keys only some servers still take from here: "
    "use an Ed25519 key";
static const char agent_remedy[] =
    "is an ssh-agent running (SSH_AUTH_SOCK), and does 'ssh-add -l' list a key that the remote knows? "
    "Or name a key file with --ssh-key";

/* libgit2 asks again only where the server said no; what else keeps us out it tells itself. */
static const char *remedy_of(const struct exh_errand *errand)
{
    const git_error *last = git_error_last();

    if (errand->form != EXH_REMOTE_SSH || !errand->asked || !last || !strstr(last->message, "authenticat"))
        return NULL;
    return errand->remote->ssh_key ? key_remedy : agent_remedy;
}

bool exh_errand_fail(struct exh_errand *errand, struct exh_error *err, enum exh_kind kind, const char *format, ...)
{
    va_list arguments;
    const char *remedy = remedy_of(errand);

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *what = exh_vformat(format, arguments);
    va_end(arguments);
    if (!errand->problem.kind && !remedy)
        return exh_git_fail(err, kind, "%s", what);
    if (!errand->problem.kind)
        return exh_fail(err, EXH_IO, "%s: %s; %s", what, git_error_last()->message, remedy);
    exh_error_move(err, &errand->problem);
    return exh_while(err, "%s", what);
}

/* Remembers what is wrong, for exh_errand_fail, and makes libgit2 give up. */
static int give_up(int code)
{
    git_error_set_str(GIT_ERROR_CALLBACK, "given up");
    return code;
}

/* ---- who we are ---- */

static int give_key(git_credential **ret_credential, struct exh_errand *errand, const char *user)
{
    const char *file = errand->remote->ssh_key;

    if (errand->asked++) {
        if (file)
            exh_fail(&errand->problem, EXH_IO, "user '%s' is not let in with key '%s'; %s", user, file, key_remedy);
        else
            exh_fail(&errand->problem, EXH_IO, "user '%s' is not let in with the keys of the ssh-agent; %s", user,
                     agent_remedy);
        return give_up(GIT_EAUTH);
    }
    return file ? git_credential_ssh_key_new(ret_credential, user, NULL, file, NULL)
                : git_credential_ssh_key_from_agent(ret_credential, user);
}

static int give_login(git_credential **ret_credential, struct exh_errand *errand)
{
    const char *login = errand->remote->login, *colon = login ? strchr(login, ':') : NULL;

    if (!colon) {
        exh_fail(&errand->problem, EXH_IO,
                 "it asks for a user's name and password: name a file that holds user:password with "
                 "--login");
        return give_up(GIT_EAUTH);
    }
    if (errand->asked++) {
        exh_fail(&errand->problem, EXH_IO, "the user and password of the login file are not let in");
        return give_up(GIT_EAUTH);
    }
    EXH_CLEANUP(exh_freep) char *user = exh_strndup(login, (size_t)(colon - login));
    return git_credential_userpass_plaintext_new(ret_credential, user, colon + 1);
}

static int give_credential(git_credential **ret_credential, const char *url, const char *user, unsigned allowed,
                           void *context)
{
    struct exh_errand *errand = context;

    (void)url;
    if (errand->form == EXH_REMOTE_HTTPS && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT))
        return give_login(ret_credential, errand);
    if (errand->form == EXH_REMOTE_SSH && user && (allowed & GIT_CREDENTIAL_SSH_KEY))
        return give_key(ret_credential, errand, user);
    exh_fail(&errand->problem, EXH_IO, "it takes no key and no password: of what it asks for, nothing is known here");
    return give_up(GIT_EAUTH);
}

/* ---- whether we trust it ---- */

static bool judge_host(struct exh_errand *errand, const git_cert *certificate, bool known, const char *host)
{
    const git_cert_hostkey *key = (const git_cert_hostkey *)certificate;

    if (certificate->cert_type != GIT_CERT_HOSTKEY_LIBSSH2)
        return known
            || exh_fail(&errand->problem, EXH_IO,
                        "the certificate of '%s' is not valid: not issued for it by an "
                        "authority that this system trusts (ca-certificates), or not now",
                        host);
    if (!(key->type & GIT_CERT_SSH_RAW))
        return exh_fail(&errand->problem, EXH_IO, "host '%s' showed no key", host);
    return errand->remote->trust(errand->remote->context, key->hostkey, key->hostkey_len, known, &errand->problem);
}

static int check_host(git_cert *certificate, int valid, const char *host, void *context)
{
    return judge_host(context, certificate, valid == 1, host) ? 0 : give_up(GIT_ECERTIFICATE);
}

/* ---- how far it is ---- */

static int pack_progress(int stage, uint32_t done, uint32_t total, void *context)
{
    (void)stage;
    return exh_errand_tell(context, done, total) ? 0 : give_up(GIT_EUSER);
}

static int push_progress(unsigned done, unsigned total, size_t bytes, void *context)
{
    (void)bytes;
    return exh_errand_tell(context, done, total) ? 0 : give_up(GIT_EUSER);
}

static int fetch_progress(const git_indexer_progress *stats, void *context)
{
    struct exh_errand *errand = context;

    if (stats->received_bytes > MOST_FETCHED && !errand->problem.kind)
        exh_fail(&errand->problem, EXH_IO, "it sends more than %d bytes", MOST_FETCHED);
    return !errand->problem.kind && exh_errand_tell(errand, stats->received_objects, stats->total_objects)
        ? 0
        : give_up(GIT_EUSER);
}

/* Kept for when the push is refused; no progress: a remote could hold us by talking. */
static int hear(const char *words, int size, void *context)
{
    struct exh_errand *errand = context;

    while (size > 0 && (words[size - 1] == '\n' || words[size - 1] == '\r' || words[size - 1] == ' '))
        size--;
    if (size <= 0)
        return 0;
    EXH_CLEANUP(exh_freep) char *whole = exh_strndup(words, (size_t)size);
    free(errand->words);
    errand->words = exh_text_brief(whole, LONGEST_WORDS);
    return 0;
}

static int hear_verdict(const char *reference, const char *refusal, void *context)
{
    struct exh_errand *errand = context;

    (void)reference;
    if (refusal && !errand->refusal)
        errand->refusal = exh_text_brief(refusal, LONGEST_WORDS);
    return 0;
}

git_remote_callbacks exh_errand_callbacks(struct exh_errand *errand)
{
    git_remote_callbacks callbacks;

    git_remote_init_callbacks(&callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    callbacks.credentials = give_credential;
    callbacks.certificate_check = check_host;
    callbacks.pack_progress = pack_progress;
    callbacks.push_transfer_progress = push_progress;
    callbacks.transfer_progress = fetch_progress;
    callbacks.sideband_progress = hear;
    callbacks.push_update_reference = hear_verdict;
    callbacks.payload = errand;
    return callbacks;
}
