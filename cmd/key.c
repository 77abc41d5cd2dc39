/* exhibit key: make, trust, revoke and list keys. */
#include "cmd.h"

#include "exhibit/admin.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- key new ---- */

struct new_options { const char *name, *initials, *role, *out; bool bare; };
enum { OPT_NAME = 0x100, OPT_INITIALS, OPT_ROLE, OPT_OUT, OPT_BARE, OPT_UNTIL, OPT_REASON, OPT_SINCE };

static const struct argp_option new_option_list[] = {
    { "name", OPT_NAME, "WORDS", 0, "The person's name", 0 },
    { "initials", OPT_INITIALS, "LETTERS", 0, "Initials that will name the person's exhibits: OP gives OP1, OP2, ...", 0 },
    { "role", OPT_ROLE, "ROLE", 0, "operator (the default), auditor, dpo or admin", 0 },
    { "out", OPT_OUT, "FILE", 0, "Where the secret key goes; op.key also writes op.pub and op.ssh.pub", 0 },
    { "no-passphrase", OPT_BARE, NULL, 0, "Store the key without a passphrase: whoever can read the file can sign as this person", 0 },
    { 0 },
};

static error_t parse_new(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_NAME, offsetof(struct new_options, name) }, { OPT_INITIALS, offsetof(struct new_options, initials) },
        { OPT_ROLE, offsetof(struct new_options, role) }, { OPT_OUT, offsetof(struct new_options, out) }, { 0, 0 } };
    struct new_options *o = state->input;

    switch (key) {
    case ARGP_KEY_INIT: o->role = "operator"; return 0;
    case OPT_BARE:      o->bare = true; return 0;
    case ARGP_KEY_END:
        if (!o->name || !o->initials || !o->out)
            argp_error(state, "--name, --initials and --out are needed");
        return 0;
    default:            return parse_text_options(key, argument, state, texts);
    }
}

static void print_new(const struct session *session, const struct new_options *o, const struct exh_public_key *key)
{
    char fingerprint[EXH_FINGERPRINT_SIZE];
    EXH_CLEANUP(exh_freep) char *minisign_path = exh_keyfile_public_path(o->out, ".pub"), *ssh_path = exh_keyfile_public_path(o->out, ".ssh.pub");

    exh_key_fingerprint(key, fingerprint);
    if (session->json) {
        struct exh_json *object = json_of_type("key");
        exh_json_set_text(object, "fingerprint", fingerprint);
        exh_json_set_text(object, "initials", o->initials);
        exh_json_set_text(object, "name", o->name);
        exh_json_set_text(object, "role", o->role);
        json_set_path(object, "secret_file", o->out);
        json_set_path(object, "minisign_file", minisign_path);
        json_set_path(object, "ssh_file", ssh_path);
        print_json(object);
        return;
    }
    print_field("key", fingerprint);
    print_field("secret", o->out);
    print_field("public", minisign_path);
    print_field("", ssh_path);
}

static bool run_new(struct session *session, const void *options, struct exh_error *err)
{
    const struct new_options *o = options;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *passphrase = NULL;
    struct exh_public_key key;
    enum exh_role role;

    if (!exh_role_parse(o->role, &role, err))
        return false;
    if (o->bare)
        say(session, "the key is stored without a passphrase: whoever can read '%s' can sign as %s", o->out, o->initials);
    else if (!session_new_passphrase(session, &passphrase, err))
        return false;
    if (!exh_keyfile_create(o->out, o->name, o->initials, role, passphrase, &key, err))
        return false;
    print_new(session, o, &key);
    return true;
}

static const struct argp new_argp = { new_option_list, parse_new, NULL,
    "Make a person's signing key (Ed25519). The secret key file is a stock minisign one.\v"
    "Example:\n  exhibit key new --name \"Control room operator\" \\\n      --initials OP --out op.key", NULL, NULL, NULL };
const struct command cmd_key_new = { "key new", "make a person's signing key", &new_argp, sizeof(struct new_options), TAKES_KEY, run_new, NULL };

/* ---- key trust ---- */

struct trust_options { const char *file, *name, *initials, *role, *until; };

static const struct argp_option trust_option_list[] = {
    { "name", OPT_NAME, "WORDS", 0, "The person's name", 0 },
    { "initials", OPT_INITIALS, "LETTERS", 0, "Initials that name the person's exhibits", 0 },
    { "role", OPT_ROLE, "ROLE", 0, "operator, auditor, dpo or admin", 0 },
    { "until", OPT_UNTIL, "TIME", 0, "Trust it until then only", 0 },
    { 0 },
};

static error_t parse_trust(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_NAME, offsetof(struct trust_options, name) }, { OPT_INITIALS, offsetof(struct trust_options, initials) },
        { OPT_ROLE, offsetof(struct trust_options, role) }, { OPT_UNTIL, offsetof(struct trust_options, until) }, { 0, 0 } };
    struct trust_options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one public key file at a time");
        o->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->file || !o->name || !o->initials || !o->role)
            argp_error(state, "a public key file, --name, --initials and --role are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool run_trust(struct session *session, const void *options, struct exh_error *err)
{
    const struct trust_options *o = options;
    struct exh_moment until = { INT64_MAX };
    struct exh_public_key key;
    enum exh_role role;
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!exh_role_parse(o->role, &role, err) || !exh_keyfile_load_public(o->file, &key, err))
        return false;
    if (o->until && !exh_moment_parse(o->until, session->store->zone, &until, err))
        return exh_while(err, "--until");
    if (!exh_admin_trust(session->store, &key, o->name, o->initials, role, until, err))
        return false;
    exh_key_fingerprint(&key, fingerprint);
    if (session->json) {
        struct exh_json *object = json_of_type("key");
        exh_json_set_text(object, "fingerprint", fingerprint);
        exh_json_set_text(object, "initials", o->initials);
        exh_json_set_text(object, "role", exh_role_name(role));
        exh_json_set(object, "until", moment_json(until));
        print_json(object);
    } else {
        print_field("trusted", fingerprint);
        print_field("as", o->initials);
        print_field("role", exh_role_name(role));
    }
    return true;
}

static const struct argp trust_argp = { trust_option_list, parse_trust, "FILE.pub",
    "Trust a person's key in this store from now on. Only an admin can.\v"
    "Example:\n  exhibit key trust an.pub --name \"A. Auditor\" \\\n      --initials AN --role auditor", NULL, NULL, NULL };
const struct command cmd_key_trust = { "key trust", "trust a person's key", &trust_argp, sizeof(struct trust_options), NEEDS_STORE | NEEDS_ACTOR, run_trust, NULL };

/* ---- key revoke ---- */

struct revoke_options { const char *who, *reason, *since; };

static const struct argp_option revoke_option_list[] = {
    { "reason", OPT_REASON, "WORDS", 0, "Why; kept sealed in the log", 0 },
    { "since", OPT_SINCE, "TIME", 0, "From when it counts as revoked (now, when left out)", 0 },
    { 0 },
};

static error_t parse_revoke(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_REASON, offsetof(struct revoke_options, reason) }, { OPT_SINCE, offsetof(struct revoke_options, since) }, { 0, 0 } };
    struct revoke_options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->who)
            argp_error(state, "one key at a time");
        o->who = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->who || !o->reason)
            argp_error(state, "a key (fingerprint or initials) and --reason are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

static bool run_revoke(struct session *session, const void *options, struct exh_error *err)
{
    const struct revoke_options *o = options;
    struct exh_moment since = exh_moment_now();

    if (o->since && !exh_moment_parse(o->since, session->store->zone, &since, err))
        return exh_while(err, "--since");
    if (!exh_admin_revoke(session->store, o->who, o->reason, since, err))
        return false;
    if (session->json) {
        struct exh_json *object = json_of_type("key-revoked");
        exh_json_set_text(object, "key", o->who);
        exh_json_set(object, "since", moment_json(since));
        print_json(object);
    } else {
        print_field("revoked", o->who);
    }
    return true;
}

static const struct argp revoke_argp = { revoke_option_list, parse_revoke, "KEY",
    "Revoke a key, named by its fingerprint or its person's initials. What it signed before stays valid.\v"
    "Example:\n  exhibit key revoke AN --reason \"left the service\"", NULL, NULL, NULL };
const struct command cmd_key_revoke = { "key revoke", "revoke a key", &revoke_argp, sizeof(struct revoke_options), NEEDS_STORE | NEEDS_ACTOR, run_revoke, NULL };

/* ---- key list ---- */

/* In the store's zone and UTC; nothing where there is none. */
static void print_moment(const char *label, struct exh_moment moment, const char *zone)
{
    char local[EXH_MOMENT_SIZE], utc[EXH_MOMENT_SIZE];

    if (moment.ns == INT64_MAX)
        return;
    exh_moment_local(moment, zone, local);
    exh_moment_utc(moment, utc);
    printf("%s%s (%s)", label, local, utc);
}

/* "  trusted since ...; until ...; revoked since ...: reason" */
static void print_times(const struct session *session, const struct exh_person *person)
{
    EXH_CLEANUP(exh_freep) char *why = exh_text_printable(person->revoked_why ? person->revoked_why : "");

    print_moment("         trusted from ", person->trusted, session->store->zone);
    print_moment("; until ", person->until, session->store->zone);
    print_moment("; revoked since ", person->revoked, session->store->zone);
    printf("%s%s\n", *why ? ": " : "", why);
}

static void print_person(const struct session *session, const struct exh_person *person)
{
    enum exh_key_state state = exh_keyring_state(&session->store->keyring, person->fingerprint, exh_moment_now());

    if (!session->json) {
        EXH_CLEANUP(exh_freep) char *name = exh_text_printable(person->name ? person->name : "");
        printf("%-8s %-9s %-12s %s  %s\n", person->initials ? person->initials : "-", exh_role_name(person->role),
               exh_key_state_words(state), person->fingerprint, name);
        print_times(session, person);
        return;
    }
    struct exh_json *object = json_of_type("key");
    exh_json_set_text(object, "fingerprint", person->fingerprint);
    exh_json_set_text(object, "initials", person->initials);
    exh_json_set_text(object, "name", person->name);
    exh_json_set_text(object, "role", exh_role_name(person->role));
    exh_json_set_text(object, "state", exh_key_state_words(state));
    exh_json_set(object, "trusted", moment_json(person->trusted));
    exh_json_set(object, "until", moment_json(person->until));
    exh_json_set(object, "revoked", moment_json(person->revoked));
    exh_json_set_text(object, "revoked_why", person->revoked_why);
    print_json(object);
}

static bool run_list(struct session *session, const void *options, struct exh_error *err)
{
    (void)options;
    (void)err;
    for (size_t i = 0; i < session->store->keyring.count; i++)
        print_person(session, &session->store->keyring.people[i]);
    return true;
}

static const struct argp list_argp = { NULL, NULL, NULL, "List the keys of this store, with their state now, their times, and why they were revoked.\v"
    "Example:\n  exhibit key list --json", NULL, NULL, NULL };
const struct command cmd_key_list = { "key list", "list the store's keys", &list_argp, 0, NEEDS_STORE, run_list, NULL };
