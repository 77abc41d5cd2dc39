/* exhibit init: make a store. */
#include "cmd.h"

#include <stddef.h>

struct options { const char *path, *organisation, *zone; };
enum { OPT_ORGANISATION = 0x100, OPT_ZONE };

static const struct argp_option option_list[] = {
    { "organisation", OPT_ORGANISATION, "WORDS", 0, "Who keeps the evidence; stands on every package", 0 },
    { "zone", OPT_ZONE, "ZONE", 0, "The time zone people here use, for example Europe/London", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_ORGANISATION, offsetof(struct options, organisation) }, { OPT_ZONE, offsetof(struct options, zone) }, { 0, 0 } };
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

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = NULL;
    EXH_CLEANUP(exh_key_owner_clear) struct exh_key_owner owner = { NULL, NULL, EXH_ROLE_OPERATOR };
    char fingerprint[EXH_FINGERPRINT_SIZE];

    if (!session_load_key(session, &key, &owner, err))
        return false;
    if (!owner.initials)
        return exh_fail(err, EXH_USAGE, "key file '%s' does not say whose it is; make one with 'exhibit key new'", session->key_path);
    if (!exh_store_create(o->path, o->organisation, o->zone, key, owner.name, owner.initials, err))
        return false;
    exh_key_fingerprint(exh_secret_key_public(key), fingerprint);
    if (session->json) {
        struct exh_json *object = json_of_type("store");
        exh_json_set_text(object, "path", o->path);
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
