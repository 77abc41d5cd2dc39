/* exhibit unseal: an encrypted package is decrypted and checked, and written where it holds. */
#include "opening.h"
#include "verify.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options { const char *path, *identity, *passphrase_file, *passphrase_fd, *signers, *out; bool passphrase, folder; };
enum { OPT_IDENTITY = 0x100, OPT_PASSPHRASE, OPT_PASSPHRASE_FILE, OPT_PASSPHRASE_FD, OPT_SIGNERS, OPT_OUT, OPT_FOLDER };

static const struct argp_option option_list[] = {
    { "identity", OPT_IDENTITY, "FILE", 0, "The age identity that opens the package", 0 },
    { "passphrase", OPT_PASSPHRASE, NULL, 0, "Ask on the terminal for the passphrase that opens it", 0 },
    { "passphrase-file", OPT_PASSPHRASE_FILE, "FILE", 0, "Read the passphrase from the first line of FILE", 0 },
    { "passphrase-fd", OPT_PASSPHRASE_FD, "N", 0, "Read it from descriptor N", 0 },
    { "signers", OPT_SIGNERS, "FILE", 0, "The keys you trust, as an OpenSSH allowed_signers file", 0 },
    { "out", OPT_OUT, "DIR", 0, "Directory to write to (else the one you are in)", 0 },
    { "folder", OPT_FOLDER, NULL, 0, "Write the package as a folder, not as the ZIP that was inside", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_IDENTITY, offsetof(struct options, identity) }, { OPT_PASSPHRASE_FILE, offsetof(struct options, passphrase_file) },
        { OPT_PASSPHRASE_FD, offsetof(struct options, passphrase_fd) }, { OPT_SIGNERS, offsetof(struct options, signers) },
        { OPT_OUT, offsetof(struct options, out) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_PASSPHRASE: o->passphrase = true; return 0;
    case OPT_FOLDER:     o->folder = true; return 0;
    case ARGP_KEY_ARG:
        if (o->path)
            argp_error(state, "one package at a time");
        o->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!o->path || (!o->identity && !o->passphrase && !o->passphrase_file && !o->passphrase_fd))
            argp_error(state, "a package, and --identity or --passphrase, are needed");
        return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* A ZIP that is encrypted itself has no other ZIP inside: it becomes a folder. */
static bool is_age(const char *path)
{
    size_t size = strlen(path);

    return size > 4 && strcmp(path + size - 4, ".age") == 0;
}

static bool unseal(struct session *session, const struct options *o, const struct opening *opening, struct findings *found,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    EXH_CLEANUP(exh_fd_close) int into = -1;
    const char *out = o->out ? o->out : ".";
    bool folder = o->folder || !is_age(o->path);
    EXH_CLEANUP(exh_freep) char *stem = package_stem(o->path), *zip = exh_format("%s.zip", stem);

    if (!read_signers(session, o->signers, &signers, err) || (!exh_directory_open(AT_FDCWD, out, &into, err) && !exh_while(err, "--out")))
        return false;
    struct exh_package_ask ask = {
        .identity = opening->identity, .passphrase = opening->passphrase, .signers = signers.count ? &signers : NULL,
        .encrypted_only = true, .unpack = folder ? EXH_UNPACK_FOLDER : EXH_UNPACK_ZIP, .into = into, .name = folder ? stem : zip };
    if (!check_watched(session, o->path, &ask, &found->report, err))
        return false;
    if (found->report.written)
        found->written = exh_format("%s/%s", out, found->report.written);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(clear_findings) struct findings found = { .report = { .verdict = EXH_FAILED } };
    EXH_CLEANUP(opening_clear) struct opening opening = {
        .identity_file = o->identity, .passphrase_file = o->passphrase_file, .passphrase_fd = o->passphrase_fd, .asks = o->passphrase };

    if (!opening_read(&opening, err) || !unseal(session, o, &opening, &found, err))
        return false;
    print_findings(session, o->path, &found);
    session->status = status_of_findings(&found);
    return true;
}

static const struct argp argp = { option_list, parse, "PACKAGE",
    "Decrypt a package and check it as verify does, in one pass; write the ZIP, or with --folder the files, only when all of it holds. "
    "A package that is cut short or altered leaves nothing behind. Needs no store.\v"
    "Exit status: 0 VERIFIED and written, 7 written, but the signer is in no list given, 1 FAILED or NOT SIGNED and nothing is written, 4 it is not encrypted.\n\n"
    "Examples:\n  exhibit unseal OP1.zip.age --identity officer.txt \\\n      --signers allowed_signers\n"
    "  exhibit unseal OP1.zip --passphrase --folder --out unpacked", NULL, NULL, NULL };
const struct command cmd_unseal = { "unseal", "decrypt and check a package", &argp, sizeof(struct options), 0, run, NULL };
