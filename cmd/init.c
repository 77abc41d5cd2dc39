/* exhibit init: make a store. */
#include "cmd.h"

#include <stddef.h>

struct options { const char *path, *organisation, *zone, *name, *initials; };
enum { OPT_ORGANISATION = 0x100, OPT_ZONE, OPT_NAME, OPT_INITIALS };

static const struct argp_option option_list[] = {
    { "organisation", OPT_ORGANISATION, "WORDS", 0, "Who keeps the evidence; stands on every package", 0 },
    { "zone", OPT_ZONE, "ZONE", 0, "The time zone people here use, for example Europe/London", 0 },
    { "name", OPT_NAME, "WORDS", 0, "The first admin's name, where the key does not say it", 0 },
    { "initials", OPT_INITIALS, "LETTERS", 0, "The first admin's initials, where the key does not say them", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_ORGANISATION, offsetof(struct options, organisation) }, { OPT_ZONE, offsetof(struct options, zone) },
        { OPT_NAME, offsetof(struct options, name) }, { OPT_INITIALS, offsetof(struct options, initials) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (o->path)
            argp_error(state, "one store at a time");
        o->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->path || !o->organisation || !o->zone)
            argp_error(state, "a directory, --organisation and --zone are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* What is said on the command line counts before what the key's file says. */
static bool tell_owner(const struct session *session, const struct options *o, struct exh_key_owner *owner, struct exh_error *err)
{
    EXH_CLEANUP(exh_key_owner_clear) struct exh_key_owner by_key = *owner;
    const char *name = o->name ? o->name : by_key.name, *initials = o->initials ? o->initials : by_key.initials;

    *owner = (struct exh_key_owner){ exh_strdup(name), exh_strdup(initials), EXH_ROLE_ADMIN };
    if (!name || !initials)
        return exh_fail(err, EXH_USAGE, "key '%s' does not say whose it is; say so with --name and --initials", session->key_path);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_key_owner_clear) struct exh_key_owner owner = { NULL, NULL, EXH_ROLE_OPERATOR };
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!session_load_key(session, &key, &owner, err))
        return false;
    if (!tell_owner(session, o, &owner, err))
        return false;
    if (!exh_store_create(o->path, o->organisation, o->zone, key, owner.name, owner.initials, err))
        return false;
    exh_key_fingerprint(exh_secret_key_public(key), fingerprint);
    if (session->json) {
        struct exh_json *object = json_of_type("store");
        json_set_path(object, "path", o->path);
        exh_json_set_text(object, "organisation", o->organisation);
        exh_json_set_text(object, "zone", o->zone);
        exh_json_set_text(object, "admin", fingerprint);
        print_json(object);
        return true;
    }
    print_field("store", o->path);
    print_field("admin", fingerprint);
    print_field("signers", "allowed_signers (give this file to those who check packages)");
    print_field("recovery", "private/recovery.age-identity (opens every encrypted package; keep a copy off line)");
    return true;
}

static const struct argp argp = { option_list, parse, "STORE",
    "Make an evidence store in a new or empty directory. The key given becomes its first admin's.\v"
    "Example:\n  exhibit init /srv/evidence --organisation \"Fenland CCTV\" \\\n      --zone Europe/London --key op.key", NULL, NULL, NULL };
const struct command cmd_init = { "init", "make an evidence store", &argp, sizeof(struct options), TAKES_KEY, run, NULL };
