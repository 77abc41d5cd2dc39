/* exhibit receipt issue, receipt accept: that a package arrived. */
#include "disclose.h"

#include "exhibit/disclose.h"

#include <stddef.h>

struct options { const char *operand, *out, *signature, *public_key, *on_paper; bool dry_run; };
enum { OPT_OUT = 0x100, OPT_SIGNATURE, OPT_PUBLIC_KEY, OPT_ON_PAPER, OPT_DRY_RUN };

static error_t parse(int key, char *argument, struct argp_state *state, const char *what)
{
    static const struct text_option texts[] = {
        { OPT_OUT, offsetof(struct options, out) }, { OPT_SIGNATURE, offsetof(struct options, signature) },
        { OPT_PUBLIC_KEY, offsetof(struct options, public_key) }, { OPT_ON_PAPER, offsetof(struct options, on_paper) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_DRY_RUN: o->dry_run = true; return 0;
    case ARGP_KEY_ARG:
        if (o->operand)
            argp_error(state, "one %s at a time", what);
        o->operand = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->operand)
            argp_error(state, "which %s?", what);
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- receipt issue ---- */

static const struct argp_option issue_options[] = {
    { "out", OPT_OUT, "FILE", 0, "The file that it is written to, which must not exist", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and write and enter nothing", 0 },
    { 0 },
};

static error_t parse_issue(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;
    error_t parsed = parse(key, argument, state, "disclosure");

    if (key == ARGP_KEY_END && !o->out)
        argp_error(state, "--out is needed: the file that it is written to");
    return parsed;
}

static bool run_issue(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    char form[EXH_SHA256_DIGITS];

    if (!exh_receipt_issue(session->store, o->operand, o->out, o->dry_run, form, err))
        return false;
    if (o->dry_run) {
        say(session, "a receipt for %s can be issued; nothing was", o->operand);
        return true;
    }
    if (session->json) {
        struct exh_json *object = json_of_type("receipt");
        exh_json_set_text(object, "disclosure", o->operand);
        json_set_path(object, "path", o->out);
        exh_json_set_text(object, "form_sha256", form);
        print_json(object);
        return true;
    }
    print_field("disclosure", o->operand);
    print_field("written", o->out);
    print_field("form sha256", form);
    return true;
}

/* ---- receipt accept ---- */

static const struct argp_option accept_options[] = {
    { "signature", OPT_SIGNATURE, "FILE", 0, "The signature of the receipt: an SSH signature for namespace exhibit-receipt, or minisign's", 0 },
    { "public-key", OPT_PUBLIC_KEY, "FILE", 0, "The public key of who signed it: OpenSSH's or minisign's, an Ed25519 key", 0 },
    { "on-paper", OPT_ON_PAPER, "WORDS", 0, "It came back on paper: say who signed it, and where the paper is kept", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Judge it, and enter nothing", 0 },
    { 0 },
};

static error_t parse_accept(int key, char *argument, struct argp_state *state)
{
    const struct options *o = state->input;
    error_t parsed = parse(key, argument, state, "receipt");

    if (key != ARGP_KEY_END)
        return parsed;
    if (o->on_paper && (o->signature || o->public_key))
        argp_error(state, "a receipt is signed, or on paper: --on-paper does not go with --signature and --public-key");
    if (!o->on_paper && (!o->signature || !o->public_key))
        argp_error(state, "--signature and --public-key are needed, or --on-paper");
    return parsed;
}

static bool run_accept(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_receipt_options accept = { .receipt = o->operand, .signature = o->signature, .public_key = o->public_key,
                                                .words = o->on_paper, .dry_run = o->dry_run };
    char id[24];

    if (!exh_receipt_accept(session->store, &accept, id, err))
        return false;
    if (!o->dry_run)
        return show_disclosure(session, id, err);
    say(session, "it can be accepted, for %s; nothing was entered", id);
    return true;
}

static const struct argp issue_argp = { issue_options, parse_issue, "DISCLOSURE",
    "Write the form of a receipt for a package that was handed over: what it holds, its digests, the log's checkpoint, and lines to be "
    "filled in. Who takes the package fills it in and signs the whole file with ssh-keygen or minisign, or prints it.\v"
    "Example:\n  exhibit receipt issue C1-D1 --out C1-D1_receipt.txt", NULL, NULL, NULL };
static const struct argp accept_argp = { accept_options, parse_accept, "FILE",
    "Accept a receipt that came back: the form must be one that this store issued, unaltered, and the signature must hold by the key "
    "given. With --on-paper FILE may also be the disclosure, C1-D1; such a receipt counts as accepted, and not as verified.\v"
    "Exit status: 0 accepted, 1 altered, of another store, not filled in, or the signature does not hold, 5 one was accepted already.\n\n"
    "Examples:\n  exhibit receipt accept receipt.txt --signature receipt.txt.sig --public-key smith.pub\n"
    "  exhibit receipt accept C1-D1 --on-paper \"signed by DC 1234 Smith, folder 12\"", NULL, NULL, NULL };
const struct command cmd_receipt_issue = { "receipt issue", "write the form of a receipt for a package handed over", &issue_argp,
    sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR, run_issue, NULL };
const struct command cmd_receipt_accept = { "receipt accept", "accept a receipt that came back", &accept_argp, sizeof(struct options),
    NEEDS_STORE | NEEDS_ACTOR, run_accept, NULL };
