/* check: opens a package once, finds its form by its first bytes, reads it once, and has it judged. */
#include "contents.h"
#include "package.h"

#include "exhibit/archive.h"
#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *exh_verdict_words(enum exh_verdict verdict)
{
    static const char *const words[] = {
        [EXH_VERIFIED] = "VERIFIED",
        [EXH_PARTIAL] = "PARTIAL",
        [EXH_FAILED] = "FAILED",
        [EXH_NOT_SIGNED] = "NOT SIGNED",
    };

    return words[verdict];
}

void exh_package_report_clear(struct exh_package_report *report)
{
    for (size_t i = 0; i < report->file_count; i++) {
        free(report->files[i].name);
        free(report->files[i].reason);
    }
    free(report->files);
    for (size_t i = 0; i < report->exhibit_count; i++) {
        free(report->exhibits[i].reference);
        free(report->exhibits[i].folder);
        exh_json_free(report->exhibits[i].record);
    }
    free(report->exhibits);
    exh_check_findings_clear(&report->findings);
    free(report->signer_name);
    free(report->claimed_signer);
    free(report->identifier);
    free(report->written);
    free(report->checkpoint);
    exh_json_free(report->record);
    exh_json_free(report->holding);
    exh_json_free(report->certificate);
    *report = (struct exh_package_report){ .verdict = EXH_FAILED };
}

/* ---- bytes from a file or pipe, some of them looked at first ---- */

enum { HEAD = 64 };

struct input {
    struct exh_contents *contents;       /* asked whether to go on when a signal comes while it waits */
    int fd;
    const char *path;
    uint8_t head[HEAD];
    size_t head_size, head_given;
};

static bool read_some(struct input *input, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    ssize_t n;

    while ((n = read(input->fd, ret_bytes, room)) < 0 && errno == EINTR)
        if (!exh_contents_go_on(input->contents, 0, err))
            return false;
    if (n < 0)
        return exh_fail_os(err, "cannot read '%s'", input->path);
    *ret_size = (size_t)n;
    return true;
}

static bool pull_input(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct input *input = context;
    size_t left = input->head_size - input->head_given, part = left < room ? left : room;

    if (part == 0)
        return read_some(input, ret_bytes, room, ret_size, err);
    memcpy(ret_bytes, input->head + input->head_given, part);
    input->head_given += part;
    *ret_size = part;
    return true;
}

/* The ZIP inside an age file; written down as it comes, where it is asked for. */
struct plain {
    struct exh_age_reader *age;
    struct exh_unpacking *unpacking;     /* NULL: it is not */
    const char *code;                    /* of what goes wrong: with the ZIP, unless the encryption failed */
};

static void clear_plain(struct plain *plain)
{
    exh_age_reader_freep(&plain->age);
}

static bool pull_plain(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    struct plain *plain = context;

    if (!exh_age_reader_get(plain->age, ret_bytes, room, ret_size, err)) {
        plain->code = "E-AGE";
        return false;
    }
    return !plain->unpacking || exh_unpacking_zip(plain->unpacking, ret_bytes, *ret_size, err);
}

static bool look_ahead(struct input *input, struct exh_error *err)
{
    for (size_t got = 1; got && input->head_size < HEAD; input->head_size += got)
        if (!read_some(input, input->head + input->head_size, HEAD - input->head_size, &got, err))
            return false;
    return true;
}

/* ---- the ZIP ---- */

static const char *const form_code = "E-ZIP-FORM";

struct zip_visit {
    struct exh_contents *contents;
    char *last;                          /* the file before */
};

/* Payload before the rest, each in the order of names: so no name can come twice. */
static int in_order(const char *a, const char *b)
{
    int group = exh_bag_is_payload(b) - exh_bag_is_payload(a);

    return group ? group : strcmp(a, b);
}

static bool begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    struct zip_visit *visit = context;

    if (visit->last && in_order(visit->last, name) >= 0)
        return exh_fail(err, EXH_NO, "the ZIP's files are out of order: '%s' comes after '%s'", name, visit->last);
    free(visit->last);
    visit->last = exh_strdup(name);
    return exh_contents_begin(visit->contents, name, size, err);
}

static bool data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_contents_data(((struct zip_visit *)context)->contents, bytes, size, err);
}

static bool space(void *context, void **ret_space, size_t *ret_room, struct exh_error *err)
{
    return exh_contents_space(((struct zip_visit *)context)->contents, ret_space, ret_room, err);
}

static bool filled(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_contents_filled(((struct zip_visit *)context)->contents, bytes, size, err);
}

static bool end(void *context, bool whole, struct exh_error *err)
{
    return exh_contents_end(((struct zip_visit *)context)->contents, "E-ZIP-CHECKSUM",
                            whole ? NULL : "differs from its checksum in the ZIP", err);
}

/* What is wrong with the bytes is a finding; only what kept them from being read is an error. */
static bool found_wrong(struct exh_contents *contents, const char *code, struct exh_error *err)
{
    if (err->kind != EXH_NO && err->kind != EXH_MALFORMED)
        return false;
    if (err->kind == EXH_MALFORMED)
        exh_contents_fault(contents, "E-NOT-A-PACKAGE", "not a package: it %s", err->text);
    else
        exh_contents_fault(contents, code, "%s", err->text);
    exh_error_clear(err);
    return !contents->open || exh_contents_end(contents, code, "not read to its end", err);
}

static bool read_zip(struct exh_contents *contents, exh_zip_pull *pull, void *context, const char *const *code,
                     const struct exh_secret_text *passphrase, struct exh_error *err)
{
    struct zip_visit visit = { contents, NULL };
    const struct exh_zip_visitor visitor = { begin, data, end, &visit, space, filled };

    contents->whole = exh_zip_read(pull, context, &visitor, passphrase, &contents->time, err);
    contents->has_time = contents->whole;
    free(visit.last);
    return contents->whole || found_wrong(contents, *code, err);
}

/* ---- the forms ---- */

/* What is read, and what it is read with. */
struct reading {
    struct exh_contents *contents;
    const struct exh_package_ask *ask;
    struct input input;
    const char *form;
};

static bool read_age(struct reading *reading, struct exh_error *err)
{
    EXH_CLEANUP(clear_plain) struct plain plain = { NULL, NULL, form_code };
    struct exh_contents *contents = reading->contents;
    const char *path = reading->input.path;

    if (!reading->ask->identity)
        return exh_fail(err, EXH_REFUSED, "'%s' is encrypted; name the age identity that opens it with --identity", path);
    if (!exh_age_reader_open(pull_input, &reading->input, reading->ask->identity, EXH_PACKAGE_AGE_THREADS, &plain.age, err)) {
        if (err->kind == EXH_MALFORMED || err->kind == EXH_NO) {
            exh_contents_fault(contents, "E-AGE", "the age file cannot be opened: %s", err->text);
            exh_error_clear(err);
            return true;
        }
        return err->kind == EXH_REFUSED && exh_while(err, "'%s'", path);
    }
    if (reading->ask->unpack == EXH_UNPACK_ZIP)
        plain.unpacking = exh_steal(&contents->unpacking);
    bool read = read_zip(contents, pull_plain, &plain, &plain.code, NULL, err);
    if (plain.unpacking)
        contents->unpacking = plain.unpacking;
    return read;
}

/* Who asks for an encrypted package to be opened must hear that it is none. */
static bool refuse_open(const struct reading *reading, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "'%s' is not encrypted; 'exhibit verify --extract-to' checks and unpacks it",
                    reading->input.path);
}

static bool is_open_zip(const struct input *input)
{
    return input->head_size > 4 && memcmp(input->head, "PK\3\4", 4) == 0
        && !exh_zip_is_encrypted(input->head, input->head_size);
}

static bool read_stream(struct reading *reading, struct exh_error *err)
{
    struct input *input = &reading->input;

    posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);      /* a hint: of no use to a pipe */
    if (!look_ahead(input, err))
        return false;
    if (exh_age_is(input->head, input->head_size)) {
        reading->form = "age";
        return read_age(reading, err);
    }
    reading->form = exh_zip_is_encrypted(input->head, input->head_size) ? "zip-aes" : "zip";
    if (reading->ask->encrypted_only && is_open_zip(input))
        return refuse_open(reading, err);
    return read_zip(reading->contents, pull_input, input, &form_code, reading->ask->passphrase, err)
        || (err->kind == EXH_REFUSED && exh_while(err, "'%s'", input->path));
}

/* Before a whole disk is hashed because its folder was named by mistake. */
static bool read_folder(struct reading *reading, struct exh_error *err)
{
    int fd = reading->input.fd;

    if (reading->ask->encrypted_only)
        return refuse_open(reading, err);
    reading->form = "folder";
    if (exh_file_exists(fd, EXH_BAG_DECLARATION) || exh_file_exists(fd, EXH_BAG_TAGMANIFEST))
        return exh_contents_read_folder(reading->contents, fd, err);
    exh_contents_fault(reading->contents, "E-NOT-A-PACKAGE",
                       "not a package: the folder holds neither " EXH_BAG_DECLARATION " nor " EXH_BAG_TAGMANIFEST);
    return true;
}

/* O_NONBLOCK at opening only: a FIFO without a writer must not hang us, a slow one must not look empty. */
static bool open_path(int directory, const char *path, int *ret_fd, struct exh_error *err)
{
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    EXH_CLEANUP(exh_fd_close) int fd = -1;

    if (strcmp(path, "-") == 0)
        fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    else if ((fd = exh_system.open(directory, path, flags, 0)) >= 0 && fcntl(fd, F_SETFL, 0))
        exh_fd_close(&fd);
    if (fd < 0)
        return exh_fail_os(err, "cannot open '%s'", path);
    *ret_fd = fd;
    fd = -1;
    return true;
}

static bool read_form(struct reading *reading, struct exh_error *err)
{
    struct stat facts;

    if (fstat(reading->input.fd, &facts))
        return exh_fail_os(err, "cannot open '%s'", reading->input.path);
    if (S_ISDIR(facts.st_mode))
        return read_folder(reading, err);
    if (S_ISREG(facts.st_mode) || S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode))
        return read_stream(reading, err);
    exh_contents_fault(reading->contents, "E-NOT-A-PACKAGE", "not a package: neither file nor folder");
    return true;
}

static bool begin_unpacking(struct exh_contents *contents, const struct exh_package_ask *ask, struct exh_error *err)
{
    return ask->into < 0 || exh_unpacking_new(ask, &contents->unpacking, err);
}

bool exh_package_check(int directory, const char *path, const struct exh_package_ask *ask,
                       struct exh_package_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_contents_clear) struct exh_contents contents = { .from_disk = ask->from_disk, .ask = ask };
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .signer_state = EXH_KEY_UNKNOWN };
    struct reading reading = { .contents = &contents, .ask = ask, .input = { .contents = &contents, .path = path }, .form = "zip" };

    if (!open_path(directory, path, &fd, err) || !begin_unpacking(&contents, ask, err))
        return false;
    reading.input.fd = fd;
    if (!read_form(&reading, err))
        return false;
    snprintf(report.form, sizeof report.form, "%s", reading.form);
    exh_contents_judge(&contents, ask, &report);
    if (contents.unpacking && !exh_unpacking_finish(contents.unpacking, &report, err))
        return false;
    *ret_report = report;
    report = (struct exh_package_report){ .verdict = EXH_FAILED };
    return true;
}
