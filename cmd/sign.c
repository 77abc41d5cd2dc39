/* exhibit sign: signatures of any file, beside it. */
#include "cmd.h"

#include "exhibit/sign.h"

#include <errno.h>
#include <stdio.h>

struct options { char **paths; int count; bool dry_run; };
enum { OPT_DRY_RUN = 0x100 };

static const struct argp_option option_list[] = {
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be signed, and sign nothing", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *o = state->input;

    (void)argument;
    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARGS:
        o->paths = state->argv + state->next;
        o->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "what is to be signed? name a file"); return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void print_as_json(const struct session *session, const char *path, const struct exh_signed *made, bool dry_run)
{
    struct exh_json *object = json_of_type("sign");

    json_set_path(object, "subject", path);
    exh_json_set_bool(object, "signed", !dry_run);
    json_set_path(object, "signature_ssh", made->ssh);
    json_set_path(object, "signature_minisign", made->minisign);
    exh_json_set_text(object, "signer", session->store->actor);
    exh_json_set_text(object, "namespace", EXH_SIGNATURE_NAMESPACE);
    exh_json_set_text(object, "trusted_comment", made->trusted);
    exh_json_set_text(object, "sha256", made->sha256);
    exh_json_set_int(object, "size", (int64_t)made->size);
    print_json(object);
}

static void print_text(const struct session *session, const char *path, const struct exh_signed *made, bool dry_run)
{
    EXH_CLEANUP(exh_freep) char *size = exh_text_size(made->size);

    print_field(dry_run ? "would sign" : "signed", path);
    print_field("  size", size);
    print_field("  sha256", made->sha256);
    print_field("  by key", session->store->actor);
    print_field("  signature", made->ssh);
    print_field("  signature", made->minisign);
}

/* Which of how many files is read, for what is shown of it. */
struct reading { const struct watch *watch; size_t at, count; };

static bool tell(void *context, uint64_t done)
{
    const struct reading *reading = context;

    if (reading->watch->progress)
        reading->watch->progress(NULL, reading->at, reading->count, done, 0);
    return !watch_is_interrupted();
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;

    for (int i = 0; i < o->count; i++) {
        EXH_CLEANUP(exh_signed_clear) struct exh_signed made = { .ssh = NULL };
        struct watch watch = watch_begin(session, "hashing");
        struct reading reading = { &watch, (size_t)i + 1, (size_t)o->count };
        const struct exh_sign_options how = { o->dry_run, tell, &reading };
        bool done = exh_sign_file(session->store, o->paths[i], &how, &made, err);
        watch_end(&watch, done, err);
        if (!done)
            return false;
        if (session->json)
            print_as_json(session, o->paths[i], &made, o->dry_run);
        else
            print_text(session, o->paths[i], &made, o->dry_run);
    }
    return true;
}

static const struct argp argp = { option_list, parse, "FILE...",
    "Sign files with the acting person's key: beside each, FILE.sig (an SSH signature, namespace exhibit) and "
    "FILE.minisig (a minisign signature), both or neither, and an entry in the log. No file is overwritten.\v"
    "Exit status: 0 signed, 5 refused, such as where a signature is there already.\n\n"
    "Examples:\n  exhibit sign statement.pdf\n"
    "  exhibit verify statement.pdf", NULL, NULL, NULL };
const struct command cmd_sign = { "sign", "sign a file: an SSH and a minisign signature beside it", &argp, sizeof(struct options),
                                  NEEDS_STORE | NEEDS_ACTOR, run, NULL };
