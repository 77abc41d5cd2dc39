/* exhibit verify: a file that is no package, against detached signatures of it. */
#include "verify_file.h"
#include "verify.h"

#include "exhibit/file.h"
#include "exhibit/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WITH_FINDINGS = 7 };              /* the exit status that is no error's */

/* ---- statuses ---- */

static int status_of(enum exh_signature_verdict verdict)
{
    static const int statuses[] = {
        [EXH_SIGNATURE_GOOD] = 0,
        [EXH_SIGNATURE_PARTIAL] = WITH_FINDINGS,
        [EXH_SIGNATURE_BAD] = EXH_NO,
        [EXH_SIGNATURE_MALFORMED] = EXH_MALFORMED,
        [EXH_SIGNATURE_REFUSED] = EXH_REFUSED,
        [EXH_SIGNATURE_NOT_JUDGED] = EXH_USAGE,
    };

    return statuses[verdict];
}

/* ---- which signatures ---- */

enum { HEAD = 64 };

/* By its first bytes: a ZIP or an age file. What else it may be is for the package module to say. */
static bool is_package(const char *path)
{
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char head[HEAD];
    ssize_t size = fd < 0 ? 0 : pread(fd, head, sizeof head, 0);

    return (size >= 2 && memcmp(head, "PK", 2) == 0) || (size > 0 && exh_age_is(head, (size_t)size));
}

/* Of a file that is no package: those that stand beside it, as 'exhibit sign', ssh-keygen and minisign name them. */
static void find_beside(const char *path, struct exh_strings *signatures)
{
    static const char *const endings[] = { ".sig", ".minisig" };
    struct stat facts;

    if (stat(path, &facts) || !S_ISREG(facts.st_mode) || is_package(path))
        return;
    for (size_t i = 0; i < EXH_COUNT(endings); i++) {
        EXH_CLEANUP(exh_freep) char *beside = exh_format("%s%s", path, endings[i]);
        if (exh_file_exists(AT_FDCWD, beside))
            exh_strings_add(signatures, beside);
    }
}

static bool find_signatures(const char *path, const struct file_options *options, struct exh_strings *signatures,
                            struct exh_error *err)
{
    for (size_t i = 0; i < options->signatures.count; i++)
        exh_strings_add(signatures, options->signatures.at[i]);
    if (signatures->count == 0)
        find_beside(path, signatures);
    if (signatures->count == 0 && (options->public_key || options->name_space || options->at))
        return exh_fail(err, EXH_USAGE, "'%s' is a package, or no signature stands beside it; --public-key, --namespace "
                        "and --at are for a file with a signature: name that with --signature", path);
    return true;
}

/* ---- reading ---- */

/* O_NONBLOCK at opening only: a FIFO without a writer must not hang us, a slow one must not look empty. */
static bool open_file(const char *path, int *ret_fd, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = strcmp(path, "-") == 0
        ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || (strcmp(path, "-") != 0 && fcntl(fd, F_SETFL, 0)))
        return exh_fail_os(err, "cannot open '%s'", path);
    *ret_fd = fd;
    fd = -1;
    return true;
}

/* No more of a signature is read than tells that it is too large to be one. */
static bool read_signature(const char *path, struct exh_text *ret_bytes, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    char block[4096];
    ssize_t n;

    if (!open_file(path, &fd, err))
        return false;
    while (ret_bytes->size <= EXH_SIGNATURE_LARGEST && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return exh_fail_os(err, "cannot read signature '%s'", path);
        exh_text_add(ret_bytes, block, (size_t)n);
    }
    return true;
}

static bool read_key(const char *path, struct exh_signature_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, EXH_SIGNATURE_LARGEST, &bytes, &size, err)
        && exh_signature_read_key(bytes, size, path, ret_key, err);
}

/* Signers' times are whole seconds, and so is now. */
static bool read_time(const struct session *session, const char *words, struct exh_moment *ret_moment,
                      struct exh_error *err)
{
    ret_moment->ns = exh_moment_now().ns / EXH_SECOND * EXH_SECOND;
    return !words || exh_moment_parse(words, session->store ? session->store->zone : "UTC", ret_moment, err)
        || exh_while(err, "--at");
}

/* ---- what it says ---- */

static struct exh_json *findings_json(const struct exh_signature_report *report)
{
    struct exh_json *findings = exh_json_array();

    if (report->finding) {
        struct exh_json *finding = exh_json_object();
        exh_json_set_text(finding, "code", report->finding->code);
        exh_json_set_text(finding, "text", report->reason);
        exh_json_add(findings, finding);
    }
    return findings;
}

static struct exh_json *or_null(const char *words)
{
    return exh_json_text(*words ? words : NULL);
}

static void print_as_json(const char *path, const char *signature, const struct exh_signature_report *report,
                          const struct exh_file_digests *digests, const struct exh_signature_means *means)
{
    struct exh_json *object = json_of_type("signature");
    bool is_read = report->key_number[0] || report->name_space;

    json_set_path(object, "subject", path);
    json_set_path(object, "signature", signature);
    exh_json_set_text(object, "verdict", exh_signature_verdict_words(report->verdict));
    exh_json_set(object, "findings", findings_json(report));
    exh_json_set_text(object, "form", exh_signature_form_name(report->form));
    exh_json_set_text(object, "hash", is_read ? exh_signed_as_name(report->as) : NULL);
    exh_json_set(object, "signer", or_null(report->signer));
    exh_json_set_text(object, "signer_name", report->signer_name);
    exh_json_set_text(object, "signer_state", *report->signer ? exh_key_state_words(report->signer_state) : NULL);
    exh_json_set_bool(object, "signer_given", report->named);
    exh_json_set(object, "key_number", or_null(report->key_number));
    exh_json_set_text(object, "namespace", report->name_space);
    exh_json_set_text(object, "trusted_comment", report->trusted);
    exh_json_set(object, "at", moment_json(means->at));
    exh_json_set(object, "sha256", or_null(digests->sha256));
    exh_json_set(object, "size", *digests->sha256 ? exh_json_int((int64_t)digests->size) : exh_json_text(NULL));
    print_json(object);
}

/* "report.pdf.sig (sshsig, sha512, namespace exhibit)" */
static char *signature_words(const char *signature, const struct exh_signature_report *report)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    const char *form = exh_signature_form_name(report->form);
    bool is_read = report->key_number[0] || report->name_space;

    exh_text_puts(&text, signature);
    if (form && is_read)
        exh_text_printf(&text, " (%s", form);
    if (is_read && exh_signed_as_name(report->as))
        exh_text_printf(&text, ", %s", exh_signed_as_name(report->as));
    if (report->name_space)
        exh_text_printf(&text, ", namespace %s", report->name_space);
    if (report->key_number[0])
        exh_text_printf(&text, ", key number %s", report->key_number);
    if (form && is_read)
        exh_text_puts(&text, ")");
    return exh_text_take(&text);
}

static void print_signer(const struct exh_signature_report *report, const struct exh_signature_means *means)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    char at[EXH_MOMENT_SIZE];

    if (!*report->signer)
        return;
    exh_moment_utc(means->at, at);
    exh_text_printf(&text, "valid for key %s", report->signer);
    if (report->signer_name)
        exh_text_printf(&text, " (%s)", report->signer_name);
    if (report->named)
        exh_text_puts(&text, ", the one that was given");
    else
        exh_text_printf(&text, ", which is %s at %s", exh_key_state_words(report->signer_state), at);
    print_field("  signer", text.bytes);
}

static void print_text(const char *path, const char *signature, const struct exh_signature_report *report,
                       const struct exh_file_digests *digests, const struct exh_signature_means *means)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(path), *words = signature_words(signature, report);

    printf("%s: %s\n", shown, exh_signature_verdict_words(report->verdict));
    print_field("signature", words);
    print_signer(report, means);
    print_field("  comment", report->trusted);
    print_field("  sha256", digests->sha256);
    if (report->finding) {
        EXH_CLEANUP(exh_freep) char *finding = exh_format("%s: %s", report->finding->code, report->reason);
        print_field("  finding", finding);
    }
}

static void print_result(struct session *session, const char *path, const struct exh_strings *signatures,
                         const struct exh_signature_result *result, const struct exh_signature_means *means)
{
    for (size_t i = 0; i < result->count; i++) {
        if (session->json)
            print_as_json(path, signatures->at[i], &result->at[i], &result->digests, means);
        else
            print_text(path, signatures->at[i], &result->at[i], &result->digests, means);
        session->status = worse_status(session->status, status_of(result->at[i].verdict));
    }
}

/* ---- run ---- */

static bool show_progress(void *context, uint64_t done)
{
    (void)context;
    watch_tell(&(struct watch_state){ .done = done });
    return true;
}

static void free_texts(struct exh_text **texts)
{
    for (struct exh_text *text = *texts; text && text->bytes; text++)
        exh_text_clear(text);
    exh_freep(texts);
}

/* The signatures' bytes, as an array that ends where there is none. */
static bool read_signatures(const struct exh_strings *paths, struct exh_text **ret_texts, struct exh_error *err)
{
    EXH_CLEANUP(free_texts) struct exh_text *texts = exh_alloc((paths->count + 1) * sizeof *texts);

    for (size_t i = 0; i < paths->count; i++) {
        exh_text_puts(&texts[i], "");
        if (!read_signature(paths->at[i], &texts[i], err))
            return false;
    }
    *ret_texts = exh_steal(&texts);
    return true;
}

static bool judge(const struct session *session, const char *path, const struct exh_text *texts, size_t count, const struct exh_signature_means *means,
                  struct exh_signature_result *ret_result, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct exh_signature_file *files = exh_realloc_array(NULL, count, sizeof *files);
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    for (size_t i = 0; i < count; i++)
        files[i] = (struct exh_signature_file){ texts[i].bytes, texts[i].size };
    if (!open_file(path, &fd, err))
        return false;
    struct watch watch = watch_reading(session, "hashing", "there is no verdict");
    bool done = exh_signature_judge(fd, path, files, count, means, ret_result, err);
    watch_end(&watch, done, err);
    return done;
}

bool verify_file(struct session *session, const char *path, const struct file_options *options,
                 const struct exh_signers *signers, bool *ret_taken, struct exh_error *err)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings signatures = EXH_STRINGS_NONE;
    EXH_CLEANUP(free_texts) struct exh_text *texts = NULL;
    struct exh_signature_key key;
    struct exh_signature_means means = {
        .signers = signers,
        .key = options->public_key ? &key : NULL,
        .name_space = options->name_space ? options->name_space : EXH_SIGNATURE_NAMESPACE,
        .progress = show_progress,
    };

    if (!find_signatures(path, options, &signatures, err))
        return false;
    *ret_taken = signatures.count > 0;
    if (!*ret_taken)
        return true;
    if (!read_time(session, options->at, &means.at, err) || (means.key && !read_key(options->public_key, &key, err))
        || !read_signatures(&signatures, &texts, err)
        || !judge(session, path, texts, signatures.count, &means, &result, err))
        return false;
    print_result(session, path, &signatures, &result, &means);
    return true;
}
