/* exhibit key export: the public side of keys, for others' tools. */
#include "cmd.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options { const char *who, *format, *out; };
enum { OPT_FORMAT = 0x100, OPT_OUT };

/* What is given out: the words of a file, and whose key it is where it is one person's. */
struct given { const struct exh_person *person; char *words; };

static const struct argp_option option_list[] = {
    { "format", OPT_FORMAT, "FORMAT", 0, "minisign or ssh (one key), allowed-signers (all keys with their times), or age (the "
      "store's recovery recipient)", 0 },
    { "out", OPT_OUT, "FILE", 0, "Write it to FILE, which must not exist, and not to standard output", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_FORMAT, offsetof(struct options, format) }, { OPT_OUT, offsetof(struct options, out) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->who)
            argp_error(state, "one key at a time");
        o->who = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->format)
            argp_error(state, "--format is needed: minisign, ssh, allowed-signers or age");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- one key ---- */

/* The key named, or else that of the person who acts. */
static bool find_person(struct session *session, const char *who, const struct exh_person **ret_person, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!who && (!session->key_path || !*session->key_path))
        return exh_fail(err, EXH_USAGE, "which key? name it by its fingerprint or its person's initials ('exhibit key list' lists "
                        "them), or name your own with --key");
    if (!who) {
        if (!session_load_key(session, &key, NULL, err))
            return false;
        exh_key_fingerprint(exh_secret_key_public(key), fingerprint);
        who = fingerprint;
    }
    *ret_person = exh_keyring_named(&session->store->keyring, who);
    return *ret_person || exh_keyring_unknown(&session->store->keyring, who, err);
}

static char *as_minisign(const struct exh_person *person)
{
    return exh_key_minisign_file(&person->key);
}

static char *as_ssh(const struct exh_person *person)
{
    EXH_CLEANUP(exh_freep) char *line = exh_key_ssh_line(&person->key);

    return exh_format("%s %s\n", line, person->initials ? person->initials : person->fingerprint);
}

/* ---- the store's ---- */

static char *as_allowed_signers(const struct exh_store *store)
{
    return exh_keyring_allowed_signers(&store->keyring);
}

static char *as_age(const struct exh_store *store)
{
    EXH_CLEANUP(exh_freep) char *recipient = exh_recipient_words(&store->recovery);

    return exh_format("%s\n", recipient);
}

/* A format is of one key or of the store. */
static const struct format {
    const char *name;
    char *(*of_person)(const struct exh_person *person);
    char *(*of_store)(const struct exh_store *store);
} formats[] = {
    { "minisign", as_minisign, NULL },
    { "ssh", as_ssh, NULL },
    { "allowed-signers", NULL, as_allowed_signers },
    { "age", NULL, as_age },
};

static const struct format *find_format(const char *name, struct exh_error *err)
{
    for (size_t i = 0; i < EXH_COUNT(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    exh_fail(err, EXH_USAGE, "'%s' is not a format: use minisign, ssh, allowed-signers or age", name);
    return NULL;
}

static bool give(struct session *session, const struct options *o, struct given *ret_given, struct exh_error *err)
{
    const struct format *format = find_format(o->format, err);

    if (!format)
        return false;
    if (format->of_store && o->who)
        return exh_fail(err, EXH_USAGE, "format '%s' is of the whole store; leave '%s' out", o->format, o->who);
    if (!exh_store_check_log(session->store, err))
        return false;
    if (format->of_store) {
        *ret_given = (struct given){ NULL, format->of_store(session->store) };
        return true;
    }
    if (!find_person(session, o->who, &ret_given->person, err))
        return false;
    ret_given->words = format->of_person(ret_given->person);
    return true;
}

static void print_given(const struct session *session, const struct options *o, const struct given *given)
{
    if (session->json) {
        struct exh_json *object = json_of_type("key-export");
        exh_json_set_text(object, "format", o->format);
        exh_json_set_text(object, "fingerprint", given->person ? given->person->fingerprint : NULL);
        exh_json_set_text(object, "initials", given->person ? given->person->initials : NULL);
        json_set_path(object, "file", o->out);
        exh_json_set_text(object, "text", given->words);
        print_json(object);
    } else if (o->out) {
        print_field("key", given->person ? given->person->fingerprint : NULL);
        print_field("format", o->format);
        print_field("file", o->out);
    } else {
        fputs(given->words, stdout);
    }
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    struct given given = { NULL, NULL };

    if (!give(session, o, &given, err))
        return false;
    EXH_CLEANUP(exh_freep) char *words = given.words;
    if (o->out && !exh_file_write(AT_FDCWD, o->out, words, strlen(words), 0644, false, err))
        return false;
    print_given(session, o, &given);
    return true;
}

static const struct argp argp = { option_list, parse, "[KEY]",
    "Give out the public side of a key, named by its fingerprint or its person's initials (left out: the acting person's), "
    "of all keys, or of the store. The log must verify.\v"
    "Example:\n  exhibit key export OP --format minisign --out op.pub", NULL, NULL, NULL };
const struct command cmd_key_export = { "key export", "give out public keys for others' tools", &argp, sizeof(struct options), NEEDS_STORE | TAKES_KEY, run, NULL };
