/* exhibit verify: judge packages, anywhere, and the store's own exhibits. */
#include "cmd.h"

#include "exhibit/file.h"
#include "exhibit/package.h"
#include "exhibit/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options { char **paths; int count; const char *signers, *identity; };
enum { OPT_SIGNERS = 0x100, OPT_IDENTITY };

static const struct argp_option option_list[] = {
    { "signers", OPT_SIGNERS, "FILE", 0, "The keys you trust, as an OpenSSH allowed_signers file (else the store's, where a store is named)", 0 },
    { "identity", OPT_IDENTITY, "FILE", 0, "The age identity that opens an encrypted package", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_SIGNERS, offsetof(struct options, signers) }, { OPT_IDENTITY, offsetof(struct options, identity) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_ARGS:
        o->paths = state->argv + state->next;
        o->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "what is to be verified? name a package, a folder, or an exhibit of the store"); return EINVAL;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- what it is judged with ---- */

static bool read_signers(struct session *session, const char *path, struct exh_signers *ret_signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (path)
        return exh_file_read(AT_FDCWD, path, 1 << 20, &bytes, &size, err)
            && (exh_signers_read(bytes, size, session->store ? session->store->zone : "UTC", ret_signers, err) || exh_while(err, "'%s'", path));
    if (!session->store_path)
        return true;
    return session_open_store(session, err) && exh_verify_store_signers(session->store, ret_signers, err);
}

static bool read_identity(const char *path, struct exh_identity **ret_identity, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *text = NULL;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (!path)
        return true;
    if (!exh_file_read(AT_FDCWD, path, 1 << 20, &bytes, &size, err))
        return false;
    text = exh_secret_text_new(bytes, size);
    explicit_bzero(bytes, size);
    return exh_identity_read(text, ret_identity, err) || exh_while(err, "identity file '%s'", path);
}

/* ---- what it says ---- */

static struct exh_json *files_json(const struct exh_package_report *report)
{
    struct exh_json *files = exh_json_array();

    for (size_t i = 0; i < report->file_count; i++) {
        struct exh_json *file = exh_json_object();
        exh_json_set_text(file, "name", report->files[i].name);
        exh_json_set_int(file, "size", (int64_t)report->files[i].size);
        exh_json_set_text(file, "sha256", *report->files[i].digest ? report->files[i].digest : NULL);
        exh_json_set_bool(file, "ok", report->files[i].ok);
        exh_json_set_text(file, "reason", report->files[i].reason);
        exh_json_add(files, file);
    }
    return files;
}

static void print_as_json(const char *subject, const struct exh_package_report *report)
{
    struct exh_json *object = json_of_type("verify"), *reasons = exh_json_array();

    for (size_t i = 0; i < report->reasons.count; i++)
        exh_json_add_text(reasons, report->reasons.at[i]);
    exh_json_set_text(object, "subject", subject);
    exh_json_set_text(object, "verdict", exh_verdict_words(report->verdict));
    exh_json_set_text(object, "form", report->form);
    exh_json_set(object, "reasons", reasons);
    exh_json_set(object, "files", files_json(report));
    exh_json_set_bool(object, "signature_ssh", report->signed_ssh);
    exh_json_set_bool(object, "signature_minisign", report->signed_minisign);
    exh_json_set_text(object, "signer", *report->signer ? report->signer : NULL);
    exh_json_set_text(object, "signer_name", report->signer_name);
    exh_json_set_text(object, "signer_state", exh_key_state_words(report->signer_state));
    exh_json_set_text(object, "claimed_signer", report->claimed_signer);
    exh_json_set(object, "sealed", *report->signer ? moment_json(report->sealed) : exh_json_text(NULL));
    exh_json_set_text(object, "tagmanifest_sha256", *report->tagmanifest ? report->tagmanifest : NULL);
    exh_json_set_text(object, "exhibit", report->record ? exh_json_text_or(report->record, "exhibit", NULL) : NULL);
    print_json(object);
}

static void print_signer(const struct exh_package_report *report)
{
    char sealed[EXH_MOMENT_SIZE];

    if (!*report->signer)
        return;
    exh_moment_utc(report->sealed, sealed);
    EXH_CLEANUP(exh_freep) char *words = exh_format("valid for key %s%s%s%s at %s", report->signer, report->signer_name ? " (" : "",
        report->signer_name ? report->signer_name : "", report->signer_name ? ")" : "", sealed);
    print_field("signature", words);
    if (!report->signer_name && report->claimed_signer) {
        EXH_CLEANUP(exh_freep) char *claim = exh_format("%s, so the package says; nobody you trust says it", report->claimed_signer);
        print_field("signer", claim);
    }
}

static void print_text(const char *subject, const struct exh_package_report *report)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(subject);

    printf("%s: %s\n", shown, exh_verdict_words(report->verdict));
    print_signer(report);
    for (size_t i = 0; i < report->reasons.count; i++)
        print_field("reason", report->reasons.at[i]);
    for (size_t i = 0; i < report->file_count; i++) {
        EXH_CLEANUP(exh_freep) char *name = exh_text_printable(report->files[i].name);
        EXH_CLEANUP(exh_freep) char *reason = exh_text_printable(report->files[i].reason ? report->files[i].reason : "");
        printf("  %-6s %s: %s\n", report->files[i].ok ? "ok" : "FAULT", name, reason);
    }
}

/* ---- run ---- */

static bool is_exhibit(struct session *session, const char *subject, struct exh_error *err)
{
    if (access(subject, F_OK) == 0 || !session->store_path || !exh_text_is_identifier(subject, 23))
        return false;
    return session_open_store(session, err) && exh_casefile_exhibit(&session->store->casefile, subject);
}

static bool judge_exhibit(struct session *session, const char *reference, struct exh_package_report *ret_report, struct exh_error *err)
{
    if (!session->store->key && !session_load_actor(session, err))
        return exh_while(err, "verifying an exhibit of the store leaves an entry");
    return exh_verify_exhibit(session->store, reference, ret_report, err);
}

static int status_of(enum exh_verdict verdict)
{
    return verdict == EXH_VERIFIED ? 0 : verdict == EXH_PARTIAL ? 7 : EXH_NO;
}

static bool judge(struct session *session, const char *subject, const struct exh_identity *identity, const struct exh_signers *signers, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    bool exhibit = is_exhibit(session, subject, err);

    if (err->kind != EXH_OK)
        return false;
    if (!(exhibit ? judge_exhibit(session, subject, &report, err)
                  : exh_package_check(AT_FDCWD, subject, identity, signers, &report, err)))
        return false;
    if (session->json)
        print_as_json(subject, &report);
    else
        print_text(subject, &report);
    int status = status_of(report.verdict);
    if (status && session->status != EXH_NO)     /* the worst of several: no, then findings */
        session->status = status;
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;

    if (!read_signers(session, o->signers, &signers, err) || !read_identity(o->identity, &identity, err))
        return false;
    for (int i = 0; i < o->count; i++)
        if (!judge(session, o->paths[i], identity, signers.count ? &signers : NULL, err))
            return false;
    return true;
}

static const struct argp argp = { option_list, parse, "PATH|EXHIBIT...",
    "Verify packages (ZIP, age file or folder) with the package alone, or exhibits of the store (which leaves an entry). "
    "VERIFIED: everything matches and the signer is one you trust. PARTIAL: everything matches, the signer is in no list given. "
    "FAILED and NOT SIGNED say why, for each file.\v"
    "Exit status: 0 VERIFIED, 7 PARTIAL, 1 FAILED or NOT SIGNED.\n\n"
    "Example:\n  exhibit verify OP1_wisbech-12_20211205T211000Z.zip \\\n      --signers allowed_signers", NULL, NULL, NULL };
const struct command cmd_verify = { "verify", "verify packages and exhibits", &argp, sizeof(struct options), TAKES_KEY, run, NULL };
