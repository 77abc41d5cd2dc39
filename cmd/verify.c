/* exhibit verify: judge packages, anywhere, and the store's own exhibits. */
#include "copy.h"
#include "opening.h"
#include "verify.h"
#include "verify_bag.h"
#include "verify_file.h"
#include "verify_store.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
    char **paths;
    int count;
    const char *signers, *fingerprint, *identity, *source_root, *extract_to, *passphrase_file, *passphrase_fd;
    bool against_source, footage, reproduce, passphrase, bag, whole;
    struct file_options file;
    struct store_options store;
};
enum { OPT_SIGNERS = OPT_COPY_LAST, OPT_FINGERPRINT, OPT_IDENTITY, OPT_PASSPHRASE, OPT_PASSPHRASE_FILE, OPT_PASSPHRASE_FD, OPT_EXTRACT_TO,
       OPT_AGAINST_SOURCE, OPT_SOURCE_ROOT, OPT_REPRODUCE, OPT_BAG, OPT_SIGNATURE, OPT_PUBLIC_KEY, OPT_NAMESPACE, OPT_AT,
       OPT_FOOTAGE, OPT_WHOLE, OPT_SAMPLE, OPT_SEED, OPT_RESUME, OPT_MINUTES, OPT_PACKAGES };

static const struct argp_option option_list[] = {
    { "signers", OPT_SIGNERS, "FILE", 0, "The keys you trust, as an OpenSSH allowed_signers file (else the store's, where a store is named)", 0 },
    { "fingerprint", OPT_FINGERPRINT, "SHA256:...", 0, "The package must be signed by the key of this fingerprint, as you were told it by other ways", 0 },
    { "identity", OPT_IDENTITY, "FILE", 0, "The age identity that opens an encrypted package", 0 },
    { "package-passphrase", OPT_PASSPHRASE, NULL, 0, "Ask on the terminal for the passphrase that opens an encrypted ZIP", 0 },
    { "package-passphrase-file", OPT_PASSPHRASE_FILE, "FILE", 0, "Read it from the first line of FILE", 0 },
    { "package-passphrase-fd", OPT_PASSPHRASE_FD, "N", 0, "Read it from descriptor N", 0 },
    { "extract-to", OPT_EXTRACT_TO, "DIR", 0, "Also write the files that are as they were signed into a new folder in DIR", 0 },
    { "against-source", OPT_AGAINST_SOURCE, NULL, 0, "Also read the recorder's files again, and compare the bytes that were taken from them", 0 },
    { "footage", OPT_FOOTAGE, NULL, 0, "Also read the footage, and hold what is in it (packets, how long it shows, tracks) against the record", 0 },
    { "reproduce", OPT_REPRODUCE, NULL, 0, "Also make copies of the store again from their Masters, and compare the bytes", 0 },
    { "bag", OPT_BAG, NULL, 0, "Judge folders as BagIt bags, of anyone's making, without signatures", 0 },
    { "signature", OPT_SIGNATURE, "FILE", 0, "A detached signature of a single file that is no package (SSHSIG, minisign or signify); may be given again", 0 },
    { "public-key", OPT_PUBLIC_KEY, "FILE", 0, "The key that signed such a file: of minisign, signify or OpenSSH", 0 },
    { "namespace", OPT_NAMESPACE, "NAME", 0, "What its SSH signature must be for (exhibit; ssh-keygen's users often say file)", 0 },
    { "at", OPT_AT, "TIME", 0, "When its listed key must be valid (now)", 0 },
    { "source-root", OPT_SOURCE_ROOT, "DIR", 0, "Where the recorder's files are (else where the store has them), with --against-source", 0 },
    { "whole-store", OPT_WHOLE, NULL, OPTION_HIDDEN, NULL, 0 },
    { "sample", OPT_SAMPLE, "N", 0, "Of the store (--store, and no PATH): N exhibits only, chosen by the seed", 0 },
    { "seed", OPT_SEED, "TEXT", 0, "What chooses them (else one is drawn, and printed)", 0 },
    { "resume", OPT_RESUME, NULL, 0, "Of the store: go on with a run that did not come to its end", 0 },
    { "minutes", OPT_MINUTES, "N", 0, "Of the store: begin no further item after N minutes", 0 },
    { "packages", OPT_PACKAGES, "DIR", 0, "Of the store: also packages in DIR, by the digests in the log; may be given again", 0 },
    { 0 },
};

static void check_options(const struct options *o, struct argp_state *state)
{
    if (o->count && (o->whole || store_options_given(&o->store)))
        argp_error(state, "--store without a directory, --sample, --seed, --resume, --minutes and --packages are of the whole store: name no PATH");
    if (o->bag && (o->signers || o->fingerprint || o->identity || o->passphrase || o->passphrase_file || o->passphrase_fd || o->extract_to
                   || o->against_source || o->footage || o->reproduce))
        argp_error(state, "--bag judges a bag by its manifests alone: no other option of what to judge by goes with it");
    if (o->source_root && !o->against_source)
        argp_error(state, "--source-root says where to look: give --against-source as well");
    if (o->file.signatures.count && o->count != 1)
        argp_error(state, "--signature is of one file: name that one alone");
    if (o->footage && (!o->count || o->file.signatures.count))
        argp_error(state, "--footage reads what is in packages and exhibits: name those, and no signature of a file");
    if (o->reproduce && o->footage)
        argp_error(state, "--reproduce makes a copy's bytes again, --footage reads them: one at a time");
    if (o->reproduce && o->against_source)
        argp_error(state, "--reproduce is of copies, --against-source of Masters: one at a time");
    if (o->fingerprint && (strncmp(o->fingerprint, "SHA256:", 7) != 0 || strlen(o->fingerprint) != EXH_FINGERPRINT_SIZE - 1))
        argp_error(state, "'%s' is no fingerprint; give it as ssh-keygen -l shows it, SHA256: and 43 characters", o->fingerprint);
}

/* "--store" that no directory follows is the store that is worked on anyway. */
static void complete_store(struct argp_state *state)
{
    static char whole[] = "--whole-store";

    for (int i = 1; i < state->argc && strcmp(state->argv[i], "--") != 0; i++)
        if (strcmp(state->argv[i], "--store") == 0 && (i + 1 == state->argc || strncmp(state->argv[i + 1], "--", 2) == 0))
            state->argv[i] = whole;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_SIGNERS, offsetof(struct options, signers) }, { OPT_IDENTITY, offsetof(struct options, identity) },
        { OPT_FINGERPRINT, offsetof(struct options, fingerprint) }, { OPT_EXTRACT_TO, offsetof(struct options, extract_to) },
        { OPT_PASSPHRASE_FILE, offsetof(struct options, passphrase_file) },
        { OPT_PASSPHRASE_FD, offsetof(struct options, passphrase_fd) },
        { OPT_SOURCE_ROOT, offsetof(struct options, source_root) }, { OPT_PUBLIC_KEY, offsetof(struct options, file.public_key) },
        { OPT_NAMESPACE, offsetof(struct options, file.name_space) }, { OPT_AT, offsetof(struct options, file.at) },
        { OPT_SAMPLE, offsetof(struct options, store.sample) }, { OPT_SEED, offsetof(struct options, store.seed) },
        { OPT_MINUTES, offsetof(struct options, store.minutes) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case ARGP_KEY_INIT: complete_store(state); return 0;
    case OPT_WHOLE: o->whole = true; return 0;
    case OPT_RESUME: o->store.resume = true; return 0;
    case OPT_PACKAGES: exh_strings_add(&o->store.packages, argument); return 0;
    case OPT_AGAINST_SOURCE: o->against_source = true; return 0;
    case OPT_FOOTAGE: o->footage = true; return 0;
    case OPT_REPRODUCE: o->reproduce = true; return 0;
    case OPT_PASSPHRASE: o->passphrase = true; return 0;
    case OPT_BAG: o->bag = true; return 0;
    case OPT_SIGNATURE: exh_strings_add(&o->file.signatures, argument); return 0;
    case ARGP_KEY_ARGS:
        o->paths = state->argv + state->next;
        o->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END: check_options(o, state); return 0;
    default: return parse_text_options(key, argument, state, texts);
    }
}

/* ---- what it is judged with ---- */

static void show_progress(void *context, uint64_t done, uint64_t size)
{
    (void)context;
    watch_tell(&(struct watch_state){ .done = done, .whole = size });
}

/* What each subject is judged with. */
struct means {
    const struct options *options;
    struct opening opening;              /* identity and passphrase */
    struct exh_signers signers;
    int into;                            /* --extract-to; -1 */
    const struct exh_against *against;   /* NULL: the recorder's files are not asked for */
    struct exh_footage_ask footage;      /* its helper NULL: no footage was asked for yet */
};

static void clear_means(struct means *means)
{
    opening_clear(&means->opening);
    exh_signers_clear(&means->signers);
    exh_fd_close(&means->into);
    exh_helper_freep(&means->footage.helper);
}

/* Before anything is judged: where footage may not be read, that is no verdict. What a store's configuration allows holds
 * where a store is open. */
static bool start_reader(const struct session *session, struct means *means, struct exh_error *err)
{
    struct exh_helper **helper = &means->footage.helper;

    if (!means->options->footage || *helper)
        return true;
    return (session->store ? exh_store_start_helper(session->store, helper, err) : exh_helper_start(helper, err))
        && exh_helper_ready(*helper, err);
}

static void show_files(void *context, uint64_t done, uint64_t count)
{
    (void)context;
    watch_doing("reading the footage");
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "files", .done = done, .whole = count });
}

/* ---- one subject ---- */

static bool is_exhibit(struct session *session, const char *subject, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;
    const char *store;

    if (access(subject, F_OK) == 0 || !exh_reference_is_one(subject) || !session_find_store(session, &store, err) || !store)
        return false;
    return session_open_store(session, err) && exh_store_exhibit(session->store, subject, &exhibit, err) && exhibit;
}

static bool remake(struct session *session, const char *reference, struct findings *found, struct exh_error *err)
{
    const struct exh_exhibit *exhibit;

    if (!exh_store_need_exhibit(session->store, reference, &exhibit, err))
        return false;
    struct copy_watch progress = copy_watch_begin(session, strcmp(exhibit->making, "still") == 0);
    const struct exh_reproduce how = { copy_watch_tell, &progress, watch_is_interrupted };
    struct watch watch = watch_begin(session, "encoding again");

    bool done = exh_derive_reproduce(session->store, reference, &how, &found->report, &found->made, err);
    watch_end(&watch, done && found->made.failure.kind == EXH_OK, done ? &found->made.failure : err);
    return done;
}

/* A bag's own files are read besides those that it counts. */
static bool show_read(void *context, uint64_t done)
{
    const uint64_t *size = context;

    watch_tell(&(struct watch_state){ .done = done, .whole = *size && done > *size ? done : *size });
    return true;
}

static bool verify_exhibit(struct session *session, const char *reference, const struct means *means, struct findings *found,
                           struct exh_error *err)
{
    uint64_t size = exh_store_exhibit_bytes(session->store, reference);
    const struct exh_judging judging = { show_read, &size };
    const struct exh_exhibit_ask ask = { &judging, means->against, means->options->footage ? &means->footage : NULL };
    struct exh_exhibit_judged judged = { .report = { .verdict = EXH_FAILED } };
    struct watch watch = watch_reading(session, "verifying", "there is no verdict");
    bool done = exh_verify_exhibit(session->store, reference, &ask, &judged, err);

    watch_end(&watch, done, err);
    found->report = judged.report;
    found->source = judged.source;
    found->footage = judged.footage;
    return done;
}

static bool judge_exhibit(struct session *session, const char *reference, struct means *means, struct findings *found,
                          struct exh_error *err)
{
    if (means->into >= 0)
        return exh_fail(err, EXH_USAGE, "'%s' is an exhibit of the store; 'exhibit seal %s' makes a package of it", reference, reference);
    if (!session->store->key && !session_load_actor(session, err))
        return exh_while(err, "verifying an exhibit of the store leaves an entry");
    if (means->options->reproduce)
        return remake(session, reference, found, err);
    return start_reader(session, means, err) && verify_exhibit(session, reference, means, found, err);
}

static bool check_package(const struct session *session, const char *path, const struct means *means, struct findings *found,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *name = package_stem(path);
    /* Whose list of signers it is: a store that only the working directory leads to says nothing of whom to trust. */
    const struct exh_store *store = means->options->signers || !session->store_path ? NULL : session->store;
    struct exh_package_ask ask = {
        .identity = means->opening.identity, .passphrase = means->opening.passphrase,
        .signers = means->signers.count ? &means->signers : NULL, .keyring = store ? &store->keyring : NULL,
        .zone = store ? store->zone : NULL, .fingerprint = means->options->fingerprint,
        .unpack = EXH_UNPACK_SOUND, .into = means->into, .name = name };

    if (!check_watched(session, path, &ask, &found->report, err))
        return false;
    if (found->report.written)
        found->written = exh_format("%s/%s", means->options->extract_to, found->report.written);
    return true;
}

static void compare_source(const struct session *session, const char *path, const struct exh_against *against, struct findings *found,
                           const struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *written = found->written ? exh_format("; the files in '%s' stay", found->written) : exh_strdup("");
    EXH_CLEANUP(exh_freep) char *farewell = exh_format("the recorder's files are not compared to their end%s", written);
    struct watch watch = watch_reading(session, "comparing with the recorder's files", farewell);

    exh_verify_against_source(session->store, against, AT_FDCWD, path, &found->report, &found->source);
    watch_end(&watch, true, err);
}

/* In the folder that was judged, or in that which was written. */
static void read_footage(const struct session *session, const char *path, const struct means *means, struct findings *found,
                         const struct exh_error *err)
{
    bool is_folder = strcmp(found->report.form, "folder") == 0;
    struct watch watch = watch_reading(session, "reading the footage", "the footage is not read to its end");

    exh_verify_footage(&means->footage, AT_FDCWD, is_folder ? path : found->written, &found->report, &found->footage);
    watch_end(&watch, true, err);
}

/* The helper is given a file by its descriptor, and a ZIP's has none. */
static bool can_be_read(const char *path, const struct means *means, struct exh_error *err)
{
    struct stat facts;

    if (!means->options->footage || means->into >= 0 || (stat(path, &facts) == 0 ? S_ISDIR(facts.st_mode) : strcmp(path, "-") != 0))
        return true;
    return exh_fail(err, EXH_USAGE, "the footage of '%s' can be read once it is unpacked: give --extract-to DIR as well", path);
}

/* The store is opened only where it must say where the files are, or in which cage footage may be read. */
static bool judge_package(struct session *session, const char *path, struct means *means, struct findings *found, struct exh_error *err)
{
    bool asks_store = ((means->against && !means->against->root) || means->options->footage) && session->store_path;

    if (means->options->reproduce)
        return exh_fail(err, EXH_USAGE, "'%s' is no exhibit of the store: copies are made again from Masters that lie there", path);
    if ((asks_store && !session_open_store(session, err)) || !start_reader(session, means, err)
        || !check_package(session, path, means, found, err))
        return false;
    if (means->against)
        compare_source(session, path, means->against, found, err);
    if (means->options->footage)
        read_footage(session, path, means, found, err);
    return true;
}

/* What kept files from being compared, or a copy from being made again, is no verdict on them. */
static bool end_with(struct exh_error *failure, struct exh_error *err)
{
    return failure->kind == EXH_OK || failure->kind == EXH_NO || exh_error_move(err, failure);
}

static bool judge(struct session *session, const char *subject, struct means *means, struct exh_error *err)
{
    EXH_CLEANUP(clear_findings) struct findings found = { .report = { .verdict = EXH_FAILED }, .compared = means->against != NULL,
                                                          .looked = means->options->footage, .reproduced = means->options->reproduce };
    bool exhibit = is_exhibit(session, subject, err), taken = false;

    if (err->kind != EXH_OK || (!exhibit && !can_be_read(subject, means, err)))
        return false;
    if (!exhibit && !means->options->footage && !verify_file(session, subject, &means->options->file, means->signers.count ? &means->signers : NULL, &taken, err))
        return false;
    if (taken)
        return true;
    if (!(exhibit ? judge_exhibit(session, subject, means, &found, err) : judge_package(session, subject, means, &found, err)))
        return false;
    print_findings(session, subject, &found);
    session->status = worse_status(session->status, status_of_findings(&found));
    return end_with(&found.source.failure, err) && end_with(&found.made.failure, err);
}

static bool verify_bags(struct session *session, const struct options *o, struct exh_error *err)
{
    for (int i = 0; i < o->count; i++)
        if (!verify_bag(session, o->paths[i], err))
            return false;
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    const struct exh_against against = { o->source_root, show_progress, NULL };
    EXH_CLEANUP(clear_means) struct means means = {
        .options = o, .opening = { .identity_file = o->identity, .passphrase_file = o->passphrase_file, .passphrase_fd = o->passphrase_fd,
                                        .asks = o->passphrase },
        .signers = EXH_SIGNERS_NONE, .into = -1, .against = o->against_source ? &against : NULL, .footage = { .progress = show_files } };

    if (!o->count && (o->whole || session->store_named))
        return verify_store(session, &o->store, err);
    if (!o->count)
        return exh_fail(err, EXH_USAGE, "what is to be verified? name a package, a folder, an exhibit of the store, or - for standard input; "
                        "or --store, for all that a store keeps");
    if (o->bag)
        return verify_bags(session, o, err);
    if (!read_signers(session, o->signers, &means.signers, err) || !opening_read(&means.opening, err)
        || (o->extract_to && !exh_directory_open(AT_FDCWD, o->extract_to, &means.into, err)))
        return false;
    for (int i = 0; i < o->count; i++)
        if (!judge(session, o->paths[i], &means, err))
            return false;
    return true;
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->file.signatures);
    exh_strings_clear(&o->store.packages);
}

static const struct argp argp = { option_list, parse, "PATH|EXHIBIT...",
    "Verify packages (ZIP, age file or folder) with the package alone, or exhibits of the store (which leaves an entry), or a "
    "single file against its detached signatures: those named, or PATH.sig and PATH.minisig beside it. "
    "VERIFIED: everything matches and the signer is one you trust. PARTIAL: everything matches, the signer is in no list given. "
    "FAILED and NOT SIGNED say why, for each file. "
    "With --against-source the bytes that the record says were taken are read again from the recorder's files. "
    "With --footage what is in the footage is held against the record. "
    "With --reproduce a copy is made again from its Master, and must come out byte for byte. "
    "With --store and no PATH all that the store keeps is judged, or a sample, at low priority.\v"
    "Exit status: 0 VERIFIED or GOOD, 7 PARTIAL, 1 FAILED, NOT SIGNED or BAD; of a signature also 4 MALFORMED, 5 REFUSED, "
    "2 NOT JUDGED. With --bag 0 VALID, 7 VALID, WITH WARNINGS, 1 INVALID. With --against-source also 1 where the recorder's files differ, "
    "7 where some are missing or cannot be read, 3 where its directory cannot be opened. "
    "With --footage also 1 where what is in it differs from the record, 7 where it cannot be read, 5 where the kernel cannot confine what reads it. "
    "With --reproduce also 1 where other bytes come out, 7 where the encoder does not make the same ones twice. "
    "Of the store 0 VERIFIED, 1 FAILED, 7 INCOMPLETE or files that the log does not know, 6 another run goes on.\n\n"
    "Examples:\n  exhibit verify OP1_wisbech-12_20211205T211000Z.zip \\\n      --signers allowed_signers\n"
    "  exhibit verify OP1/1 --reproduce\n  exhibit verify --store --resume --minutes 60\n"
    "  exhibit verify report.pdf --signature report.pdf.minisig --public-key op.pub", NULL, NULL, NULL };
const struct command cmd_verify = { "verify", "verify packages, exhibits and signed files", &argp, sizeof(struct options), TAKES_KEY, run, clear };
