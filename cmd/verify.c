/* exhibit verify: judge packages, anywhere, and the store's own exhibits. */
#include "copy.h"
#include "verify_file.h"

#include "exhibit/file.h"
#include "exhibit/package.h"
#include "exhibit/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    char **paths;
    int count;
    const char *signers, *identity, *source_root;
    bool against_source, reproduce;
    struct file_options file;
};
enum { OPT_SIGNERS = OPT_COPY_LAST, OPT_IDENTITY, OPT_AGAINST_SOURCE, OPT_SOURCE_ROOT, OPT_REPRODUCE, OPT_SIGNATURE,
       OPT_PUBLIC_KEY, OPT_NAMESPACE, OPT_AT };

static const struct argp_option option_list[] = {
    { "signers", OPT_SIGNERS, "FILE", 0, "The keys you trust, as an OpenSSH allowed_signers file (else the store's, where a store is named)", 0 },
    { "identity", OPT_IDENTITY, "FILE", 0, "The age identity that opens an encrypted package", 0 },
    { "against-source", OPT_AGAINST_SOURCE, NULL, 0, "Also read the recorder's files again, and compare the bytes that were taken from them", 0 },
    { "reproduce", OPT_REPRODUCE, NULL, 0, "Also make copies of the store again from their Masters, and compare the bytes", 0 },
    { "signature", OPT_SIGNATURE, "FILE", 0, "A detached signature of a single file that is no package (SSHSIG, minisign or signify); may be given again", 0 },
    { "public-key", OPT_PUBLIC_KEY, "FILE", 0, "The key that signed such a file: of minisign, signify or OpenSSH", 0 },
    { "namespace", OPT_NAMESPACE, "NAME", 0, "What its SSH signature must be for (exhibit; ssh-keygen's users often say file)", 0 },
    { "at", OPT_AT, "TIME", 0, "When its listed key must be valid (now)", 0 },
    { "source-root", OPT_SOURCE_ROOT, "DIR", 0, "Where the recorder's files are (else where the store has them), with --against-source", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_SIGNERS, offsetof(struct options, signers) }, { OPT_IDENTITY, offsetof(struct options, identity) },
        { OPT_SOURCE_ROOT, offsetof(struct options, source_root) }, { OPT_PUBLIC_KEY, offsetof(struct options, file.public_key) },
        { OPT_NAMESPACE, offsetof(struct options, file.name_space) }, { OPT_AT, offsetof(struct options, file.at) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_AGAINST_SOURCE: o->against_source = true; return 0;
    case OPT_REPRODUCE: o->reproduce = true; return 0;
    case OPT_SIGNATURE: exh_strings_add(&o->file.signatures, argument); return 0;
    case ARGP_KEY_ARGS:
        o->paths = state->argv + state->next;
        o->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "what is to be verified? name a package, a folder, or an exhibit of the store"); return EINVAL;
    case ARGP_KEY_END:
        if (o->source_root && !o->against_source)
            argp_error(state, "--source-root says where to look: give --against-source as well");
        if (o->reproduce && o->against_source)
            argp_error(state, "--reproduce is of copies, --against-source of Masters: one at a time");
        if (o->file.signatures.count && o->count != 1)
            argp_error(state, "--signature is of one file: name that one alone");
        return 0;
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
    return session_open_store(session, err) && exh_store_signers(session->store, ret_signers, err);
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

static struct exh_json *run_json(const struct exh_source_run *run)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_int(json, "offset", (int64_t)run->offset);
    exh_json_set_int(json, "length", (int64_t)run->length);
    exh_json_set_text(json, "part", run->part);
    exh_json_set_text(json, "sha256", run->expected);
    exh_json_set_text(json, "found_sha256", *run->found ? run->found : NULL);
    exh_json_set(json, "first_difference", run->located ? exh_json_int((int64_t)run->first) : exh_json_text(NULL));
    return json;
}

/* Runs that are equal are told by their number: the record lists them. */
static struct exh_json *segment_json(const struct exh_source_segment *segment)
{
    struct exh_json *json = exh_json_object(), *differing = exh_json_array();

    for (size_t i = 0; i < segment->run_count; i++)
        if (segment->runs[i].differs)
            exh_json_add(differing, run_json(&segment->runs[i]));
    exh_json_set_text(json, "name", segment->name);
    exh_json_set_text(json, "state", exh_source_state_name(segment->state));
    exh_json_set_text(json, "reason", segment->reason);
    exh_json_set_int(json, "size", (int64_t)segment->size);
    exh_json_set(json, "modified", moment_json(segment->modified));
    exh_json_set(json, "found_size", segment->found ? exh_json_int((int64_t)segment->found_size) : exh_json_text(NULL));
    exh_json_set(json, "found_modified", segment->found ? moment_json(segment->found_modified) : exh_json_text(NULL));
    exh_json_set_int(json, "bytes_compared", (int64_t)segment->compared);
    exh_json_set_int(json, "runs", (int64_t)segment->run_count);
    exh_json_set(json, "differing", differing);
    return json;
}

static struct exh_json *source_json(const struct exh_source_report *source)
{
    struct exh_json *json = exh_json_object(), *segments = exh_json_array();

    for (size_t i = 0; i < source->segment_count; i++)
        exh_json_add(segments, segment_json(&source->segments[i]));
    exh_json_set_text(json, "source", source->source);
    exh_json_set_text(json, "root", source->root);
    exh_json_set_text(json, "result", exh_source_result_name(source));
    exh_json_set_text(json, "reason", source->failure.kind == EXH_OK ? NULL : source->failure.text);
    exh_json_set_bool(json, "record_signed", source->failure.kind == EXH_OK && !source->unsigned_record);
    for (enum exh_source_state state = 0; state <= EXH_SOURCE_UNUSED; state++)
        exh_json_set_int(json, exh_source_state_name(state), (int64_t)source->counts[state]);
    exh_json_set_int(json, "bytes_compared", (int64_t)source->compared);
    exh_json_set(json, "segments", segments);
    return json;
}

static struct exh_json *reproduction_json(const struct exh_reproduction *made)
{
    struct exh_json *json = exh_json_object(), *files = exh_json_array();

    for (size_t i = 0; i < made->file_count; i++) {
        struct exh_json *file = exh_json_object();
        exh_json_set_text(file, "name", made->files[i].name);
        exh_json_set_text(file, "sha256", made->files[i].expected);
        exh_json_set_text(file, "made_sha256", made->files[i].found);
        exh_json_add(files, file);
    }
    exh_json_set_text(json, "result", exh_reproduced_name(made->result));
    exh_json_set_text(json, "reason", made->failure.kind == EXH_OK ? NULL : made->failure.text);
    exh_json_set(json, "files", files);
    exh_json_set_text(json, "libraries", made->libraries);
    exh_json_set_text(json, "own_libraries", made->own_libraries);
    return json;
}

/* What was found out of one subject. */
struct findings {
    struct exh_package_report report;
    struct exh_source_report source;
    struct exh_reproduction made;
    bool compared, reproduced;           /* the recorder's files, and the copy's bytes, were asked for */
};

static void clear_findings(struct findings *found)
{
    exh_package_report_clear(&found->report);
    exh_source_report_clear(&found->source);
    exh_reproduction_clear(&found->made);
}

static void print_as_json(const char *subject, const struct findings *found)
{
    const struct exh_package_report *report = &found->report;
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
    exh_json_set(object, "source", found->compared ? source_json(&found->source) : exh_json_text(NULL));
    exh_json_set(object, "reproduced", found->reproduced ? reproduction_json(&found->made) : exh_json_text(NULL));
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

/* ---- what it says of the recorder's files ---- */

static void print_run(const struct exh_source_run *run)
{
    EXH_CLEANUP(exh_freep) char *part = exh_text_printable(run->part);

    printf("         %llu bytes from byte %llu on, in %s:\n", (unsigned long long)run->length, (unsigned long long)run->offset, part);
    printf("           taken with SHA-256 %s\n", run->expected);
    printf("           %s%s\n", *run->found ? "now with SHA-256   " : "the file ends before they do", run->found);
    if (run->located)
        printf("           first differing at byte %llu of the recorder's file\n", (unsigned long long)run->first);
}

static void print_segment(const struct exh_source_segment *segment)
{
    static const char *const labels[] = { "equal", "DIFFERS", "MISSING", "UNREAD", "unused" };
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(segment->name);
    EXH_CLEANUP(exh_freep) char *reason = exh_text_printable(segment->reason ? segment->reason : "");
    const char *unused = segment->state == EXH_SOURCE_UNUSED ? "no bytes were taken from it" : "";

    printf("  %-7s %s: ", labels[segment->state], name);
    if (segment->compared)
        printf("%llu bytes compared%s", (unsigned long long)segment->compared, *reason ? "; " : "");
    printf("%s%s\n", reason, unused);
    for (size_t i = 0; i < segment->run_count; i++)
        if (segment->runs[i].differs)
            print_run(&segment->runs[i]);
}

/* "equal to the recorder's files", or how many are and how many are not. */
static char *comparison_words(const struct exh_source_report *source)
{
    const size_t *counts = source->counts;

    if (source->failure.kind != EXH_OK)
        return exh_format("not compared: %s", source->failure.text);
    if (strcmp(exh_source_result_name(source), "equal") == 0)
        return exh_format("equal to the recorder's files: %llu bytes of %zu compared", (unsigned long long)source->compared,
                          counts[EXH_SOURCE_EQUAL]);
    return exh_format("%llu bytes compared: %zu of the recorder's files equal, %zu differ, %zu missing, %zu not to be read",
                      (unsigned long long)source->compared, counts[EXH_SOURCE_EQUAL], counts[EXH_SOURCE_DIFFERS],
                      counts[EXH_SOURCE_MISSING], counts[EXH_SOURCE_UNREADABLE]);
}

static void print_source(const struct exh_source_report *source)
{
    EXH_CLEANUP(exh_freep) char *words = comparison_words(source);

    print_field("source", words);
    print_field("  in", source->root);
    if (source->unsigned_record)
        print_field("  note", "no valid signature stands behind the record that was compared with");
    for (size_t i = 0; i < source->segment_count; i++)
        print_segment(&source->segments[i]);
}

/* ---- what it says of a copy that was made again ---- */

static void print_reproduction(const struct exh_reproduction *made)
{
    static const char *const words[] = { "the same bytes again", "OTHER bytes", "its encoder does not make the same bytes twice, or it is "
                                         "no copy", "not made again" };
    bool other = made->libraries && made->own_libraries && strcmp(made->libraries, made->own_libraries) != 0;

    print_field("reproduced", words[made->result]);
    print_field("  why", made->failure.kind == EXH_OK ? NULL : made->failure.text);
    for (size_t i = 0; i < made->file_count && made->result == EXH_REPRODUCED_OTHER; i++) {
        print_field("  file", made->files[i].name);
        print_field("  sealed", made->files[i].expected);
        print_field("  made now", made->files[i].found);
    }
    if (made->result == EXH_REPRODUCED_OTHER && other) {
        print_field("  made with", made->libraries);
        print_field("  now with", made->own_libraries);
    }
}

static void show_progress(void *context, uint64_t done, uint64_t size)
{
    EXH_CLEANUP(exh_freep) char *so_far = exh_text_size(done), *whole = exh_text_size(size);

    (void)context;
    fprintf(stderr, "\r\033[Kthe recorder's files: %s of %s", so_far, whole);
    fflush(stderr);
}

/* ---- run ---- */

/* What each subject is judged with. */
struct means {
    const struct exh_identity *identity;
    const struct exh_signers *signers;
    const struct file_options *file;
    const struct exh_against *against;   /* NULL: the recorder's files are not asked for */
    bool reproduce;
};

static bool is_exhibit(struct session *session, const char *subject, struct exh_error *err)
{
    if (access(subject, F_OK) == 0 || !session->store_path || !exh_reference_is_one(subject))
        return false;
    return session_open_store(session, err) && exh_casefile_exhibit(&session->store->casefile, subject);
}

static bool remake(struct session *session, const char *reference, struct findings *found, struct exh_error *err)
{
    const struct exh_exhibit *exhibit = exh_casefile_exhibit(&session->store->casefile, reference);
    struct copy_watch progress = copy_watch_begin(session, exhibit && strcmp(exhibit->making, "still") == 0);
    const struct exh_reproduce how = { copy_watch_tell, &progress, watch_is_interrupted };
    struct watch watch = watch_begin(session);

    bool done = exh_derive_reproduce(session->store, reference, &how, &found->report, &found->made, err);
    watch_end(&watch, done && found->made.failure.kind == EXH_OK, done ? &found->made.failure : err);
    return done;
}

static bool judge_exhibit(struct session *session, const char *reference, const struct means *means, struct findings *found,
                          struct exh_error *err)
{
    if (!session->store->key && !session_load_actor(session, err))
        return exh_while(err, "verifying an exhibit of the store leaves an entry");
    return means->reproduce ? remake(session, reference, found, err)
                            : exh_verify_exhibit(session->store, reference, means->against, &found->report, &found->source, err);
}

/* The store is opened only where it must say where the files are. */
static bool judge_package(struct session *session, const char *path, const struct means *means, struct findings *found,
                          struct exh_error *err)
{
    bool asks_store = means->against && !means->against->root && session->store_path;

    if (means->reproduce)
        return exh_fail(err, EXH_USAGE, "'%s' is no exhibit of the store: copies are made again from Masters that lie there", path);
    if (asks_store && !session_open_store(session, err))
        return false;
    if (!exh_package_check(AT_FDCWD, path, means->identity, means->signers, &found->report, err))
        return false;
    if (means->against)
        exh_verify_against_source(session->store, means->against, AT_FDCWD, path, &found->report, &found->source);
    return true;
}

static int status_of(enum exh_verdict verdict)
{
    return verdict == EXH_VERIFIED ? 0 : verdict == EXH_PARTIAL ? 7 : EXH_NO;
}

static int status_of_source(const struct exh_source_report *source)
{
    if (source->failure.kind != EXH_OK || source->counts[EXH_SOURCE_DIFFERS])
        return EXH_NO;
    return source->counts[EXH_SOURCE_MISSING] || source->counts[EXH_SOURCE_UNREADABLE] ? 7 : 0;
}

static int status_of_reproduction(const struct exh_reproduction *made)
{
    static const int statuses[] = { 0, EXH_NO, 7, EXH_NO };

    return statuses[made->result];
}

static void print_findings(const struct session *session, const char *subject, const struct findings *found)
{
    if (session->json) {
        print_as_json(subject, found);
        return;
    }
    print_text(subject, &found->report);
    if (found->compared)
        print_source(&found->source);
    if (found->reproduced)
        print_reproduction(&found->made);
}

/* What kept files from being compared, or a copy from being made again, is no verdict on them. */
static bool end_with(struct exh_error *failure, struct exh_error *err)
{
    return failure->kind == EXH_OK || failure->kind == EXH_NO || exh_error_move(err, failure);
}

static bool judge(struct session *session, const char *subject, const struct means *means, struct exh_error *err)
{
    EXH_CLEANUP(clear_findings) struct findings found = { .report = { .verdict = EXH_FAILED }, .compared = means->against != NULL,
                                                          .reproduced = means->reproduce };
    bool exhibit = is_exhibit(session, subject, err), taken = false;

    if (err->kind != EXH_OK || (!exhibit && !verify_file(session, subject, means->file, means->signers, &taken, err)))
        return false;
    if (taken)
        return true;
    if (!(exhibit ? judge_exhibit(session, subject, means, &found, err) : judge_package(session, subject, means, &found, err)))
        return false;
    if (means->against && means->against->progress)
        fputs("\r\033[K", stderr);
    print_findings(session, subject, &found);
    verify_add_status(session, status_of(found.report.verdict));
    if (found.compared)
        verify_add_status(session, status_of_source(&found.source));
    if (found.reproduced)
        verify_add_status(session, status_of_reproduction(&found.made));
    return end_with(&found.source.failure, err) && end_with(&found.made.failure, err);
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *identity = NULL;

    if (!read_signers(session, o->signers, &signers, err) || !read_identity(o->identity, &identity, err))
        return false;
    const struct exh_against against = { o->source_root, !session->quiet && isatty(STDERR_FILENO) ? show_progress : NULL, NULL };
    const struct means means = { identity, signers.count ? &signers : NULL, &o->file, o->against_source ? &against : NULL, o->reproduce };
    for (int i = 0; i < o->count; i++)
        if (!judge(session, o->paths[i], &means, err))
            return false;
    return true;
}

static void clear(void *options)
{
    exh_strings_clear(&((struct options *)options)->file.signatures);
}

static const struct argp argp = { option_list, parse, "PATH|EXHIBIT...",
    "Verify packages (ZIP, age file or folder) with the package alone, or exhibits of the store (which leaves an entry), or a "
    "single file against its detached signatures: those named, or PATH.sig and PATH.minisig beside it. "
    "VERIFIED: everything matches and the signer is one you trust. PARTIAL: everything matches, the signer is in no list given. "
    "FAILED and NOT SIGNED say why, for each file. "
    "With --against-source the bytes that the record says were taken are read again from the recorder's files. "
    "With --reproduce a copy is made again from its Master, and must come out byte for byte.\v"
    "Exit status: 0 VERIFIED or GOOD, 7 PARTIAL, 1 FAILED, NOT SIGNED or BAD; of a signature also 4 MALFORMED, 5 REFUSED, "
    "2 NOT JUDGED. With --against-source also 1 where the recorder's files differ, "
    "7 where some are missing or cannot be read, 3 where its directory cannot be opened. "
    "With --reproduce also 1 where other bytes come out, 7 where the encoder does not make the same ones twice.\n\n"
    "Examples:\n  exhibit verify OP1_wisbech-12_20211205T211000Z.zip \\\n      --signers allowed_signers\n"
    "  exhibit verify OP1/1 --reproduce\n"
    "  exhibit verify report.pdf --signature report.pdf.minisig --public-key op.pub", NULL, NULL, NULL };
const struct command cmd_verify = { "verify", "verify packages, exhibits and signed files", &argp, sizeof(struct options), TAKES_KEY, run, clear };
