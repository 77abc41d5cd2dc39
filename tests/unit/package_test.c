/* package: sealed in every form it verifies; changed anywhere, in any way, it does not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/archive.h"
#include "exhibit/file.h"
#include "exhibit/package.h"
#include "sign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct exh_moment sealed_at = { INT64_C(1795366801) * EXH_SECOND };   /* 2026-11-22T17:00:01Z */

/* ---- a place to work in, and a signer ---- */

struct place {
    char path[64];
    int fd;
    struct exh_secret_key *key;
    struct exh_signers signers;          /* that key, as OP, without limits */
    struct exh_identity *identity;
    struct exh_recipient recipient;
    struct exh_secret_text *identity_words;
};

static struct exh_signers signers_from(const char *line)
{
    struct exh_signers signers = EXH_SIGNERS_NONE;
    struct exh_error err = EXH_ERROR_NONE;

    if (!exh_signers_read(line, strlen(line), "UTC", &signers, &err))
        fail_msg("%s", err.text);
    return signers;
}

static struct exh_signers signers_of(const struct exh_secret_key *key, const char *options)
{
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *line = exh_format("OP %s %s\n", options, ssh);

    return signers_from(line);
}

static int set_up(void **state)
{
    struct place *place = exh_alloc(sizeof *place);
    struct exh_error err = EXH_ERROR_NONE;

    strcpy(place->path, "/tmp/package_test.XXXXXX");
    if (!mkdtemp(place->path) || !exh_directory_open(AT_FDCWD, place->path, &place->fd, &err))
        return -1;
    place->key = exh_secret_key_new();
    place->signers = signers_of(place->key, "namespaces=\"exhibit,git\"");
    if (!exh_identity_new(&place->identity_words, &place->recipient, &err)
        || !exh_identity_read(place->identity_words, &place->identity, &err))
        return -1;
    *state = place;
    return 0;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    (void)facts, (void)kind, (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    struct place *place = *state;

    close(place->fd);
    nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    exh_secret_key_freep(&place->key);
    exh_signers_clear(&place->signers);
    exh_identity_freep(&place->identity);
    exh_secret_text_freep(&place->identity_words);
    free(place);
    return 0;
}

static size_t names_in(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY);
    DIR *listing = fdopendir(fd);
    size_t count = 0;

    for (const struct dirent *entry; (entry = readdir(listing)); )
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

/* ---- making packages ---- */

struct payload { const char *name; const char *bytes; size_t size; };

static const struct payload small[] = { { "data/copy/OP1.txt", "a copy", 6 },
                                        { "data/master/OP1_1.mp4", "pretend pictures", 16 } };

enum form { FOLDER = 1, ZIP = 2, AGE = 4 };

static bool add_payload(struct exh_package *package, const struct payload *payload, size_t count, struct exh_error *err)
{
    for (size_t i = 0; i < count; i++) {
        char digest[EXH_SHA256_DIGITS], expected[EXH_SHA256_DIGITS];
        if (!exh_package_begin(package, payload[i].name, payload[i].size, NULL, err)
            || !exh_fan_put(exh_package_fan(package), payload[i].bytes, payload[i].size, err)
            || !exh_package_end(package, digest, err))
            return false;
        exh_sha256(payload[i].bytes, payload[i].size, expected);
        assert_string_equal(digest, expected);
    }
    return true;
}

static bool open_in(struct place *place, int forms, struct exh_package **ret_package, struct exh_error *err)
{
    const struct exh_package_where where = {
        .folder_parent = forms & FOLDER ? place->fd : -1, .folder = "OP1",
        .container_parent = forms & (ZIP | AGE) ? place->fd : -1, .container = forms & AGE ? "OP1.zip.age" : "OP1.zip",
        .recipients = &place->recipient, .recipient_count = forms & AGE ? 1 : 0, .sealed = { sealed_at.ns + 7 } };

    return exh_package_open(&where, ret_package, err);
}

static struct exh_package_seal seal_by(const struct exh_secret_key *key)
{
    return (struct exh_package_seal){ .key = key,
                                      .signer = "OP",
                                      .identifier = "OP1",
                                      .organisation = "Fenland & Peterborough CCTV",
                                      .description = "footage of one camera" };
}

static void add_texts(struct exh_package *package)
{
    static const char record[] = "{\"exhibit\":\"OP1\"}";

    exh_package_text(package, "record/exhibit.json", record, strlen(record));
    exh_package_text(package, "VERIFY.txt", "how to check\n", 13);
    exh_package_text(package, "START-HERE.html", "<p>", 3);
}

static bool pack_with(struct place *place, int forms, const struct payload *payload, size_t count,
                      struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
    const struct exh_package_seal seal = seal_by(place->key);

    if (!open_in(place, forms, &package, err) || !add_payload(package, payload, count, err))
        return false;
    add_texts(package);
    return exh_package_seal(package, &seal, ret_sealed, err) && exh_package_commit(package, err);
}

static void pack(struct place *place, int forms)
{
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_sealed sealed;

    if (!pack_with(place, forms, small, EXH_COUNT(small), &sealed, &err))
        fail_msg("%s", err.text);
}

static char *slurp(struct place *place, const char *name, size_t *ret_size)
{
    struct exh_error err = EXH_ERROR_NONE;
    char *bytes;

    if (!exh_file_read(place->fd, name, 1 << 30, &bytes, ret_size, &err))
        fail_msg("%s", err.text);
    return bytes;
}

/* ---- checking ---- */

static bool check_at(struct place *place, int directory, const char *path, struct exh_package_report *ret_report,
                     struct exh_error *err)
{
    const struct exh_package_ask ask = { .identity = place->identity, .signers = &place->signers, .into = -1 };

    return exh_package_check(directory, path, &ask, ret_report, err);
}

/* With other keys than the place's. */
static bool check_with(struct place *place, const struct exh_identity *identity, const struct exh_signers *signers,
                       struct exh_package_report *ret_report, struct exh_error *err)
{
    const struct exh_package_ask ask = { .identity = identity, .signers = signers, .into = -1 };
    const char *name = faccessat(place->fd, "OP1.zip", F_OK, 0) == 0 ? "OP1.zip" : "OP1.zip.age";

    return exh_package_check(place->fd, name, &ask, ret_report, err);
}

static void show(const struct exh_package_report *report)
{
    print_message("# %s %s\n", report->form, exh_verdict_words(report->verdict));
    for (size_t i = 0; i < report->findings.count; i++)
        print_message("#   %s\n", report->findings.at[i].text);
}

static struct exh_package_report check(struct place *place, const char *name)
{
    struct exh_package_report report;
    struct exh_error err = EXH_ERROR_NONE;

    if (!check_at(place, place->fd, name, &report, &err))
        fail_msg("%s", err.text);
    return report;
}

static bool has_reason(const struct exh_package_report *report, const char *words)
{
    for (size_t i = 0; i < report->findings.count; i++)
        if (strstr(report->findings.at[i].text, words))
            return true;
    show(report);
    print_message("# no reason says '%s'\n", words);
    return false;
}

static const struct exh_package_file *file_of(const struct exh_package_report *report, const char *name)
{
    for (size_t i = 0; i < report->file_count; i++)
        if (strcmp(report->files[i].name, name) == 0)
            return &report->files[i];
    fail_msg("no file '%s' in the report", name);
    return NULL;
}

static void expect(struct place *place, const char *name, enum exh_verdict verdict, const char *words)
{
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = check(place, name);

    if (report.verdict != verdict)
        show(&report);
    assert_int_equal(report.verdict, verdict);
    assert_true(!words || has_reason(&report, words));
}

/* A file in memory, changed and checked over and over. */
struct memory { int fd; char path[32]; };

static struct memory memory_new(const void *bytes, size_t size)
{
    struct memory memory = { memfd_create("package", MFD_CLOEXEC), "" };

    snprintf(memory.path, sizeof memory.path, "/proc/self/fd/%d", memory.fd);
    assert_int_equal(write(memory.fd, bytes, size), size);
    return memory;
}

static void memory_clear(struct memory *memory)
{
    close(memory->fd);
}

/* True when it does not pass: failed, or refused for want of an identity that opens it. */
static bool does_not_pass(struct place *place, const struct memory *memory)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_VERIFIED };

    if (!check_at(place, AT_FDCWD, memory->path, &report, &err))
        return err.kind == EXH_REFUSED;
    return report.verdict == EXH_FAILED && report.findings.count > 0;
}

static bool bytes_do_not_pass(struct place *place, const void *bytes, size_t size)
{
    EXH_CLEANUP(memory_clear) struct memory memory = memory_new(bytes, size);

    return does_not_pass(place, &memory);
}

/* ---- a ZIP taken apart and put together again ---- */

struct part { char *name; struct exh_text bytes; };
struct parts { struct part at[64]; size_t count; };

static bool part_begin(void *context, const char *name, uint64_t size, struct exh_error *err)
{
    struct parts *parts = context;

    (void)size, (void)err;
    parts->at[parts->count++] = (struct part){ exh_strdup(name), EXH_TEXT_NONE };
    return true;
}

static bool part_data(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    struct parts *parts = context;

    (void)err;
    exh_text_add(&parts->at[parts->count - 1].bytes, bytes, size);
    return true;
}

static bool part_end(void *context, bool whole, struct exh_error *err)
{
    (void)context, (void)err;
    assert_true(whole);
    return true;
}

static bool pull_fd(void *context, void *ret_bytes, size_t room, size_t *ret_size, struct exh_error *err)
{
    (void)err;
    *ret_size = (size_t)read(*(int *)context, ret_bytes, room);
    return true;
}

static void parts_clear(struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        free(parts->at[i].name);
        exh_text_clear(&parts->at[i].bytes);
    }
    parts->count = 0;
}

static struct parts take_apart(struct place *place)
{
    struct parts parts = { .count = 0 };
    struct exh_zip_visitor visitor = { .begin = part_begin, .data = part_data, .end = part_end, .context = &parts };
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_moment time;
    int fd = openat(place->fd, "OP1.zip", O_RDONLY);

    if (!exh_zip_read(pull_fd, &fd, &visitor, NULL, &time, &err))
        fail_msg("%s", err.text);
    close(fd);
    return parts;
}

static struct part *part_of(struct parts *parts, const char *name)
{
    for (size_t i = 0; i < parts->count; i++)
        if (strcmp(parts->at[i].name, name) == 0)
            return &parts->at[i];
    fail_msg("no part '%s'", name);
    return NULL;
}

static void drop_part(struct parts *parts, const char *name)
{
    struct part *part = part_of(parts, name);

    free(part->name);
    exh_text_clear(&part->bytes);
    memmove(part, part + 1, (size_t)(&parts->at[--parts->count] - part) * sizeof *part);
}

static bool take_text(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

static void put_together(struct place *place, const struct parts *parts, struct exh_moment time, const char *name)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = NULL;
    struct exh_error err = EXH_ERROR_NONE;

    assert_true(exh_zip_open(take_text, &bytes, time, NULL, &zip, &err));
    for (size_t i = 0; i < parts->count; i++)
        assert_true(exh_zip_begin(zip, parts->at[i].name, parts->at[i].bytes.size, &err)
                    && exh_zip_put(zip, parts->at[i].bytes.bytes, parts->at[i].bytes.size, &err)
                    && exh_zip_end(zip, &err));
    assert_true(exh_zip_finish(zip, &err));
    assert_true(exh_file_write(place->fd, name, bytes.bytes, bytes.size, 0644, true, &err));
}

/* ---- tests: sealing and verifying ---- */

static void every_form_of_a_sealed_package_verifies(void **state)
{
    struct place *place = *state;
    static const struct { int form; const char *name, *shown; } forms[] = {
        { FOLDER, "OP1", "folder" }, { ZIP, "OP1.zip", "zip" }, { AGE, "OP1.zip.age", "age" } };

    for (size_t i = 0; i < EXH_COUNT(forms); i++) {
        char fingerprint[EXH_FINGERPRINT_SIZE];
        pack(place, forms[i].form);
        EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = check(place, forms[i].name);
        if (report.verdict != EXH_VERIFIED)
            show(&report);
        assert_int_equal(report.verdict, EXH_VERIFIED);
        assert_string_equal(report.form, forms[i].shown);
        assert_int_equal(report.findings.count, 0);
        assert_true(report.signed_ssh && report.signed_minisign);
        exh_key_fingerprint(exh_secret_key_public(place->key), fingerprint);
        assert_string_equal(report.signer, fingerprint);
        assert_string_equal(report.signer_name, "OP");
        assert_string_equal(report.claimed_signer, "OP");
        assert_int_equal(report.sealed.ns, sealed_at.ns);
        assert_string_equal(exh_json_text_or(report.record, "exhibit", ""), "OP1");
        assert_int_equal(report.file_count, 13);
        for (size_t f = 0; f < report.file_count; f++)
            assert_true(report.files[f].ok && (f == 0 || strcmp(report.files[f - 1].name, report.files[f].name) < 0));
        assert_string_equal(file_of(&report, "data/master/OP1_1.mp4")->reason, "hash matches");
        assert_non_null(
            strstr(file_of(&report, "tagmanifest-sha256.txt.sig")->reason, "signature valid for key SHA256:"));
    }
}

static void folder_and_container_written_at_once_hold_the_same_bag(void **state)
{
    struct place *place = *state;
    struct exh_package_sealed sealed;
    struct exh_error err = EXH_ERROR_NONE;
    char digest[EXH_SHA256_DIGITS];
    size_t size;

    assert_true(pack_with(place, FOLDER | AGE, small, EXH_COUNT(small), &sealed, &err));
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report folder = check(place, "OP1");
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report age = check(place, "OP1.zip.age");
    assert_int_equal(folder.verdict, EXH_VERIFIED);
    assert_int_equal(age.verdict, EXH_VERIFIED);
    assert_string_equal(folder.tagmanifest, age.tagmanifest);
    assert_string_equal(folder.tagmanifest, sealed.tagmanifest);
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip.age", &size);
    exh_sha256(bytes, size, digest);
    assert_string_equal(digest, sealed.container);
    assert_int_equal(size, sealed.container_size);
    assert_int_equal(names_in(place->fd), 2);
}

static void the_same_package_is_the_same_bytes(void **state)
{
    struct place *place = *state;
    size_t one_size, two_size;

    pack(place, ZIP);
    EXH_CLEANUP(exh_freep) char *one = slurp(place, "OP1.zip", &one_size);
    assert_int_equal(unlinkat(place->fd, "OP1.zip", 0), 0);
    pack(place, ZIP);
    EXH_CLEANUP(exh_freep) char *two = slurp(place, "OP1.zip", &two_size);
    assert_int_equal(one_size, two_size);
    assert_memory_equal(one, two, one_size);
}

static void without_a_list_or_with_a_strangers_it_is_partial(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *stranger = exh_secret_key_new();
    EXH_CLEANUP(exh_signers_clear) struct exh_signers others = signers_of(stranger, "");
    const struct exh_signers *lists[] = { NULL, &others };

    pack(place, ZIP);
    for (size_t i = 0; i < EXH_COUNT(lists); i++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
        assert_true(check_with(place, NULL, lists[i], &report, &err));
        assert_int_equal(report.verdict, EXH_PARTIAL);
        assert_null(report.signer_name);
        assert_true(has_reason(&report, "is in no list of signers"));
    }
}

static void a_key_out_of_its_time_fails(void **state)
{
    struct place *place = *state;
    static const struct { const char *options, *words; } keys[] = { { "valid-before=\"20260101000000Z\"", "OP" },
                 { "valid-after=\"20270101000000Z\"", "OP" },
                 { "namespaces=\"exhibit\",valid-before=\"20261122170000Z\"",
                   "when the package was sealed (2026-11-22T17:00:01Z)" } };

    pack(place, ZIP);
    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = signers_of(place->key, keys[i].options);
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
        assert_true(check_with(place, NULL, &signers, &report, &err));
        assert_int_equal(report.verdict, EXH_FAILED);
        assert_true(has_reason(&report, keys[i].words));
    }
}

/* The time of sealing is a whole second, which begins before the key's own time does. */
static void a_key_trusted_in_the_second_of_sealing_was_in_force(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers =
        signers_of(place->key, "valid-after=\"20261122170001Z\",valid-before=\"20261123000000Z\"");
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };
    struct exh_person *person = exh_keyring_add(&ring, exh_secret_key_public(place->key), EXH_ROLE_OPERATOR, "Olly", "OP",
                                                (struct exh_moment){ sealed_at.ns + EXH_SECOND / 2 });
    const struct exh_package_ask ask = { .signers = &signers, .keyring = &ring, .into = -1 };

    person->revoked = (struct exh_moment){ sealed_at.ns + 3600 * EXH_SECOND };
    person->revoked_why = exh_strdup("token lost");
    pack(place, ZIP);
    assert_true(exh_package_check(place->fd, "OP1.zip", &ask, &report, &err));
    assert_int_equal(report.verdict, EXH_VERIFIED);
    assert_true(has_reason(&report, "valid then; revoked since"));
    assert_true(has_reason(&report, "token lost"));
}

static void a_key_trusted_for_another_purpose_is_partial(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = signers_of(place->key, "namespaces=\"git\"");
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_FAILED };

    pack(place, ZIP);
    assert_true(check_with(place, NULL, &signers, &report, &err));
    assert_int_equal(report.verdict, EXH_PARTIAL);
    assert_true(has_reason(&report, "of 'OP' is listed for other purposes"));
    assert_false(has_reason(&report, "in no list"));
}

static void an_age_package_without_the_right_identity_is_refused(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *words = NULL;
    EXH_CLEANUP(exh_identity_freep) struct exh_identity *other = NULL;
    struct exh_recipient recipient;
    struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report report;

    pack(place, AGE);
    assert_true(exh_identity_new(&words, &recipient, &err) && exh_identity_read(words, &other, &err));
    const struct exh_identity *identities[] = { NULL, other };
    for (size_t i = 0; i < EXH_COUNT(identities); i++) {
        assert_false(check_with(place, identities[i], NULL, &report, &err));
        assert_int_equal(err.kind, EXH_REFUSED);
        exh_error_clear(&err);
    }
}

/* ---- tests: changed bytes ---- */

static void a_byte_changed_anywhere_never_passes(void **state)
{
    struct place *place = *state;
    static const struct { int form; const char *name; } forms[] = { { ZIP, "OP1.zip" }, { AGE, "OP1.zip.age" } };
    static const uint8_t turns[] = { 0x01, 0x20, 0x80, 0xff };

    for (size_t f = 0; f < EXH_COUNT(forms); f++) {
        size_t size;
        pack(place, forms[f].form);
        EXH_CLEANUP(exh_freep) char *bytes = slurp(place, forms[f].name, &size);
        EXH_CLEANUP(memory_clear) struct memory memory = memory_new(bytes, size);
        for (size_t i = 0; i < size; i++)
            for (size_t t = 0; t < EXH_COUNT(turns); t++) {
                uint8_t turned = (uint8_t)bytes[i] ^ turns[t];
                assert_int_equal(pwrite(memory.fd, &turned, 1, (off_t)i), 1);
                if (!does_not_pass(place, &memory))
                    fail_msg("%s: byte %zu turned by %02x passed", forms[f].name, i, turns[t]);
                assert_int_equal(pwrite(memory.fd, &bytes[i], 1, (off_t)i), 1);
            }
    }
}

static void a_package_cut_anywhere_never_passes(void **state)
{
    struct place *place = *state;
    size_t size;

    pack(place, ZIP);
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip", &size);
    EXH_CLEANUP(memory_clear) struct memory memory = memory_new(bytes, size);
    while (size--) {
        assert_int_equal(ftruncate(memory.fd, (off_t)size), 0);
        if (!does_not_pass(place, &memory))
            fail_msg("cut to %zu bytes passed", size);
    }
}

static void bytes_before_or_after_never_pass(void **state)
{
    struct place *place = *state;
    static const struct { int form; const char *name; } forms[] = { { ZIP, "OP1.zip" }, { AGE, "OP1.zip.age" } };

    for (size_t f = 0; f < EXH_COUNT(forms); f++) {
        size_t size;
        pack(place, forms[f].form);
        EXH_CLEANUP(exh_freep) char *bytes = slurp(place, forms[f].name, &size), *more = exh_alloc(size + 1);
        for (int value = 0; value < 256; value++) {
            memcpy(more + 1, bytes, size);
            more[0] = (char)value;
            assert_true(bytes_do_not_pass(place, more, size + 1));
            memcpy(more, bytes, size);
            more[size] = (char)value;
            assert_true(bytes_do_not_pass(place, more, size + 1));
        }
    }
}

static void every_region_of_a_large_package_is_judged(void **state)
{
    struct place *place = *state;
    enum { LARGE = 40 << 20, STEPS = 12, END = 6000 };
    EXH_CLEANUP(exh_freep) char *pictures = exh_alloc(LARGE);
    struct exh_package_sealed sealed;
    struct exh_error err = EXH_ERROR_NONE;
    size_t size;

    for (size_t i = 0; i < LARGE; i++)
        pictures[i] = (char)(i * 2654435761u >> 24);
    const struct payload payload[] = { { "data/master/OP1_1.mp4", pictures, LARGE },
                                       { "data/master/OP1_2.mp4", "tail", 4 } };
    assert_true(pack_with(place, ZIP, payload, 2, &sealed, &err));
    expect(place, "OP1.zip", EXH_VERIFIED, NULL);
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip", &size);
    EXH_CLEANUP(memory_clear) struct memory memory = memory_new(bytes, size);
    for (size_t i = 0; i < 2 * STEPS; i++) {
        size_t at = i < STEPS ? size / STEPS * i + i : size - END + END / STEPS * (i - STEPS);
        char turned = bytes[at] ^ 4;
        assert_int_equal(pwrite(memory.fd, &turned, 1, (off_t)at), 1);
        if (!does_not_pass(place, &memory))
            fail_msg("byte %zu passed", at);
        assert_int_equal(pwrite(memory.fd, &bytes[at], 1, (off_t)at), 1);
    }
}

/* ---- tests: members ---- */

static void members_reordered_doubled_added_removed_or_renamed_fail(void **state)
{
    struct place *place = *state;

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    put_together(place, &parts, sealed_at, "same.zip");
    expect(place, "same.zip", EXH_VERIFIED, NULL);

    struct part held = parts.at[0];
    parts.at[0] = parts.at[1], parts.at[1] = held;
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "out of order");
    parts.at[1] = parts.at[0], parts.at[0] = held;

    parts.at[parts.count] = parts.at[parts.count - 1];
    parts.count++;
    put_together(place, &parts, sealed_at, "x.zip");
    parts.count--;
    expect(place, "x.zip", EXH_FAILED, "out of order");

    char *name = part_of(&parts, "VERIFY.txt")->name;
    name[0] = 'W';
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "'WERIFY.txt': not in any manifest");
    expect(place, "x.zip", EXH_FAILED, "'VERIFY.txt': missing");
    name[0] = 'V';

    parts.at[parts.count++] = (struct part){ exh_strdup("zzz.txt"), EXH_TEXT_NONE };
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "'zzz.txt': not in any manifest");
    drop_part(&parts, "zzz.txt");

    drop_part(&parts, "data/master/OP1_1.mp4");
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "'data/master/OP1_1.mp4': missing");
}

static void a_member_changed_with_its_checksum_put_right_fails(void **state)
{
    struct place *place = *state;

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    for (size_t i = 0; i < parts.count; i++) {
        parts.at[i].bytes.bytes[0] ^= 1;
        put_together(place, &parts, sealed_at, "x.zip");
        EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = check(place, "x.zip");
        assert_int_equal(report.verdict, EXH_FAILED);
        assert_false(file_of(&report, parts.at[i].name)->ok);
        parts.at[i].bytes.bytes[0] ^= 1;
    }
}

/* The ZIP's own checksum, made wrong both times it stands there, over bytes that are right. */
static void a_checksum_wrong_in_both_places_fails(void **state)
{
    struct place *place = *state;
    size_t size;

    pack(place, ZIP);
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip", &size);
    char *descriptor = memmem(bytes, size, "PK\7\10", 4), *entry = memmem(bytes, size, "PK\1\2", 4);
    descriptor[4] ^= 1;
    entry[16] ^= 1;
    assert_true(bytes_do_not_pass(place, bytes, size));
}

static void another_time_in_the_zip_fails(void **state)
{
    struct place *place = *state;

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    put_together(place, &parts, (struct exh_moment){ sealed_at.ns + EXH_SECOND }, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "not the signed time");
}

static void one_signature_gone_fails_and_both_gone_is_not_signed(void **state)
{
    struct place *place = *state;
    static const char *const names[] = { "tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt.minisig" };

    pack(place, ZIP);
    for (size_t i = 0; i < 2; i++) {
        EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
        drop_part(&parts, names[i]);
        put_together(place, &parts, sealed_at, "x.zip");
        expect(place, "x.zip", EXH_FAILED, names[i]);
        drop_part(&parts, names[1 - i]);
        put_together(place, &parts, sealed_at, "x.zip");
        expect(place, "x.zip", EXH_NOT_SIGNED, "not signed");
        part_of(&parts, "VERIFY.txt")->bytes.bytes[0] ^= 1;
        put_together(place, &parts, sealed_at, "x.zip");
        expect(place, "x.zip", EXH_FAILED, "hash differs from tagmanifest-sha256.txt");
    }
}

/* Puts the signatures of @key over the tag manifest as it is. */
static void sign_parts(struct parts *parts, const struct exh_secret_key *ssh_key,
                       const struct exh_secret_key *minisign_key, const char *name_space, const char *trusted_like)
{
    const struct exh_text *tags = &part_of(parts, "tagmanifest-sha256.txt")->bytes;
    char digest[EXH_SHA256_DIGITS];
    exh_sha256(tags->bytes, tags->size, digest);
    EXH_CLEANUP(exh_freep) char *trusted = exh_format("%s %s", trusted_like, digest);
    EXH_CLEANUP(exh_freep) char *ssh = signed_ssh(ssh_key, name_space, tags->bytes, tags->size);
    static const char untrusted[] = "exhibit: check with minisign -V, see VERIFY.txt";
    EXH_CLEANUP(exh_freep) char *minisign = signed_minisign(minisign_key, untrusted, trusted, tags->bytes, tags->size);
    struct exh_text *files[] = { &part_of(parts, "tagmanifest-sha256.txt.sig")->bytes,
                                 &part_of(parts, "tagmanifest-sha256.txt.minisig")->bytes };
    exh_text_clear(files[0]);
    exh_text_clear(files[1]);
    exh_text_puts(files[0], ssh);
    exh_text_puts(files[1], minisign);
}

static const char honest[] = "exhibit OP1 sealed 2026-11-22T17:00:01Z tagmanifest-sha256";

static void a_signature_by_another_key_fails(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *stranger = exh_secret_key_new();

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    sign_parts(&parts, place->key, place->key, "exhibit", honest);
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_VERIFIED, NULL);
    sign_parts(&parts, stranger, stranger, "exhibit", honest);
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "holds the key that signed");
    sign_parts(&parts, stranger, place->key, "exhibit", honest);
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, NULL);
    sign_parts(&parts, place->key, stranger, "exhibit", honest);
    put_together(place, &parts, sealed_at, "x.zip");
    expect(place, "x.zip", EXH_FAILED, "minisig");
}

static void a_signature_for_another_purpose_or_comment_fails(void **state)
{
    struct place *place = *state;
    static const struct { const char *name_space, *comment; } signatures[] = {
        { "git", honest }, { "file", honest },
        { "exhibit", "exhibit OP2 sealed 2026-11-22T17:00:01Z tagmanifest-sha256" },
        { "exhibit", "exhibit OP1 sealed 2026-11-22T17:00:02Z tagmanifest-sha256" },
        { "exhibit", "exhibit OP1 sealed 2026-11-23T17:00:01Z tagmanifest-sha256" },
        { "exhibit", "exhibit OP1 sealed 2026-11-22T17:00:01.000Z tagmanifest-sha256" },
        { "exhibit", "exhibit OP1 sealed yesterday tagmanifest-sha256" },
        { "exhibit", "timestamp:1 file:x hashed" },
    };

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    for (size_t i = 0; i < EXH_COUNT(signatures); i++) {
        sign_parts(&parts, place->key, place->key, signatures[i].name_space, signatures[i].comment);
        put_together(place, &parts, sealed_at, "x.zip");
        expect(place, "x.zip", EXH_FAILED, NULL);
    }
}

/* Sets a file's words and its line in the tag manifest, then signs: only what the words say can be wrong. */
static void put_words(struct place *place, struct parts *parts, const char *name, const char *words)
{
    struct exh_text *bytes = &part_of(parts, name)->bytes, *tags = &part_of(parts, "tagmanifest-sha256.txt")->bytes;
    char digest[EXH_SHA256_DIGITS];

    exh_text_clear(bytes);
    exh_text_puts(bytes, words);
    exh_sha256(words, strlen(words), digest);
    EXH_CLEANUP(exh_freep) char *tail = exh_format("  %s\n", name);
    char *at = strstr(tags->bytes, tail);
    assert_non_null(at);
    memcpy(at - 64, digest, 64);
    sign_parts(parts, place->key, place->key, "exhibit", honest);
    put_together(place, parts, sealed_at, "x.zip");
}

static void a_well_signed_bag_that_contradicts_itself_fails(void **state)
{
    struct place *place = *state;
    static const char info[] =
        "Source-Organization: F\nExternal-Identifier: OP1\nExternal-Description: d\nBagging-Date: %s\n"
        "Payload-Oxum: %s\nBag-Software-Agent: exhibit 0.1\n%s";
    static const struct { const char *date, *oxum, *more, *words; } bags[] = { { "2026-11-22", "22.2", "", NULL },
                 { "2026-11-22", "23.2", "", "says 23.2" },
                 { "2026-11-22", "22.3", "", "says 22.3" },
                 { "2026-11-23", "22.2", "", "as bag-info.txt says" },
                 { "2026-11-22", "22.2", "Contact-Name: x\n", "Bag-Group-Identifier" } };

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    for (size_t i = 0; i < EXH_COUNT(bags); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format(info, bags[i].date, bags[i].oxum, bags[i].more);
        put_words(place, &parts, "bag-info.txt", words);
        expect(place, "x.zip", bags[i].words ? EXH_FAILED : EXH_VERIFIED, bags[i].words);
    }
    EXH_CLEANUP(exh_freep) char *good = exh_format(info, bags[0].date, bags[0].oxum, "");
    put_words(place, &parts, "bag-info.txt", good);
    put_words(place, &parts, "bagit.txt", "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n");
    expect(place, "x.zip", EXH_FAILED, "BagIt 1.0");
    put_words(place, &parts, "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    put_words(place, &parts, "record/signers/allowed_signers",
              "OP ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUJyHRjZ1kFNJr4F3NZg0ZN+AYhgDzTZOBvO2Y1l\n");
    expect(place, "x.zip", EXH_FAILED, "does not name the key");
    put_words(place, &parts, "record/exhibit.json", "{");
    expect(place, "x.zip", EXH_FAILED, "record/exhibit.json");
}

static void a_record_of_another_exhibit_or_other_files_fails(void **state)
{
    struct place *place = *state;
    static const char record[] = "{\"exhibit\":\"%s\",\"parts\":[{\"file\":\"%s\",\"sha256\":\"%s\"}]}";
    char digest[EXH_SHA256_DIGITS], other[EXH_SHA256_DIGITS];

    exh_sha256(small[1].bytes, small[1].size, digest);
    exh_sha256("x", 1, other);
    const struct { const char *exhibit, *file, *digest, *words; } records[] = {
        { "OP1", small[1].name, digest, NULL },
        { "OP2", small[1].name, digest, "record/exhibit.json is of exhibit 'OP2', bag-info.txt of 'OP1'" },
        { "OP1", small[1].name, other, "record/exhibit.json describes 'data/master/OP1_1.mp4' otherwise than manifest-sha256.txt" },
        { "OP1", "data/master/none", digest, "record/exhibit.json describes 'data/master/none' otherwise than manifest-sha256.txt" } };
    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    for (size_t i = 0; i < EXH_COUNT(records); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format(record, records[i].exhibit, records[i].file, records[i].digest);
        put_words(place, &parts, "record/exhibit.json", words);
        expect(place, "x.zip", records[i].words ? EXH_FAILED : EXH_VERIFIED, records[i].words);
    }
}

static void manifests_that_lead_elsewhere_or_are_malformed_fail(void **state)
{
    struct place *place = *state;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const names[] = {
        "  ../evil", "  /etc/passwd", "  data/../../evil",  " *data/x",        "  data\\x",
        "  C:/x",    "  bagit.txt",   "  data/caf\xc3\xa9", "  data/%2e%2e/x", "",
        "  ",        "  data/",       "  data/x y",         "  data/x\r",
        "  verify.txt", "  tagmanifest-sha256.txt"
    };

    pack(place, ZIP);
    EXH_CLEANUP(parts_clear) struct parts parts = take_apart(place);
    EXH_CLEANUP(exh_freep) char *good = exh_strdup(part_of(&parts, "manifest-sha256.txt")->bytes.bytes);
    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s%s%s\n", good, zeros, names[i]);
        put_words(place, &parts, "manifest-sha256.txt", words);
        expect(place, "x.zip", EXH_FAILED, "manifest-sha256.txt is damaged: line 3");
    }
    EXH_CLEANUP(exh_freep) char *twice = exh_format("%s%s", good, strchr(good, '\n') + 1), *upper = exh_strdup(good);
    put_words(place, &parts, "manifest-sha256.txt", twice);
    expect(place, "x.zip", EXH_FAILED, "twice or out of order");
    upper[strspn(upper, "0123456789")] -= 32;
    put_words(place, &parts, "manifest-sha256.txt", upper);
    expect(place, "x.zip", EXH_FAILED, "manifest-sha256.txt is damaged: line 1");
    good[strlen(good) - 1] = '\0';
    put_words(place, &parts, "manifest-sha256.txt", good);
    expect(place, "x.zip", EXH_FAILED, "line 2 is not a manifest's");
    put_words(place, &parts, "manifest-sha256.txt", "");
    expect(place, "x.zip", EXH_FAILED, "not in any manifest");
}

/* ---- tests: the folder form ---- */

static void write_in(struct place *place, const char *name, const char *words)
{
    struct exh_error err = EXH_ERROR_NONE;

    if (!exh_file_write(place->fd, name, words, strlen(words), 0644, true, &err))
        fail_msg("%s", err.text);
}

static void a_byte_changed_in_any_file_of_a_folder_fails(void **state)
{
    struct place *place = *state;

    pack(place, FOLDER);
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report sound = check(place, "OP1");
    for (size_t i = 0; i < sound.file_count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("OP1/%s", sound.files[i].name);
        size_t size;
        EXH_CLEANUP(exh_freep) char *bytes = slurp(place, path, &size);
        int fd = openat(place->fd, path, O_RDWR);
        for (size_t at = 0; at < size; at += i % 3 + 1) {
            char turned = bytes[at] ^ 1;
            assert_int_equal(pwrite(fd, &turned, 1, (off_t)at), 1);
            EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = check(place, "OP1");
            if (report.verdict != EXH_FAILED)
                fail_msg("%s: byte %zu passed", sound.files[i].name, at);
            assert_int_equal(pwrite(fd, &bytes[at], 1, (off_t)at), 1);
        }
        assert_int_equal(ftruncate(fd, (off_t)size - 1), 0);
        expect(place, "OP1", EXH_FAILED, NULL);
        assert_int_equal(pwrite(fd, bytes, size, 0), size);
        close(fd);
    }
    expect(place, "OP1", EXH_VERIFIED, NULL);
}

/* With a record of more than a MiB, too: kept, and hashed by a thread of its own. */
static void pack_large_folder(struct place *place, const struct payload *payload)
{
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
    const struct exh_package_seal seal = seal_by(place->key);
    EXH_CLEANUP(exh_freep) char *record = exh_format("{\"exhibit\":\"OP1\",\"notes\":\"%*s\"}", 3 << 20, "");
    struct exh_package_sealed sealed;
    struct exh_error err = EXH_ERROR_NONE;

    if (!open_in(place, FOLDER, &package, &err) || !add_payload(package, payload, 1, &err))
        fail_msg("%s", err.text);
    exh_package_text(package, "record/exhibit.json", record, strlen(record));
    if (!exh_package_seal(package, &seal, &sealed, &err) || !exh_package_commit(package, &err))
        fail_msg("%s", err.text);
}

static void large_files_of_a_folder_are_judged_to_the_last_byte(void **state)
{
    struct place *place = *state;
    enum { LARGE = (17 << 20) + 3, PIECE = 16 << 20 };
    static const struct { off_t at; const char *words; } changes[] = {
        { 0, "piece 1 of 2" }, { (1 << 20) - 1, "piece 1 of 2" }, { 1 << 20, "piece 1 of 2" },
        { PIECE - 1, "piece 1 of 2" }, { PIECE, "piece 2 of 2" }, { LARGE - 1, "piece 2 of 2" } };
    EXH_CLEANUP(exh_freep) char *pictures = exh_alloc(LARGE);

    for (size_t i = 0; i < LARGE; i++)
        pictures[i] = (char)(i * 2654435761u >> 24);
    const struct payload payload = { "data/master/OP1_1.mp4", pictures, LARGE };
    pack_large_folder(place, &payload);
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report sound = check(place, "OP1");
    assert_int_equal(sound.verdict, EXH_VERIFIED);
    assert_int_equal(strlen(exh_json_text_or(sound.record, "notes", "")), 3 << 20);
    EXH_CLEANUP(exh_fd_close) int fd = openat(place->fd, "OP1/data/master/OP1_1.mp4", O_RDWR);
    for (size_t i = 0; i < EXH_COUNT(changes); i++) {
        char turned = pictures[changes[i].at] ^ 1;
        assert_int_equal(pwrite(fd, &turned, 1, changes[i].at), 1);
        expect(place, "OP1", EXH_FAILED, changes[i].words);
        assert_int_equal(pwrite(fd, pictures + changes[i].at, 1, changes[i].at), 1);
    }
    assert_int_equal(ftruncate(fd, LARGE - 1), 0);
    expect(place, "OP1", EXH_FAILED, "piece 2 of 2");
    assert_int_equal(pwrite(fd, pictures + LARGE - 1, 1, LARGE - 1), 1);
    expect(place, "OP1", EXH_VERIFIED, NULL);
}

static void odd_things_in_a_folder_fail(void **state)
{
    struct place *place = *state;

    pack(place, FOLDER);
    write_in(place, "outside", "what lies outside");
    struct { const char *path, *words; } files[] = { { "OP1/Thumbs.db", "'Thumbs.db': not in any manifest" },
                  { "OP1/data/more.mp4", "'data/more.mp4': not in any manifest" },
                  { "OP1/.hidden", "'.hidden': its name is none" },
                  { "OP1/a b", "its name is none" },
                  { "OP1/caf\xc3\xa9", "its name is none" },
                  { "OP1/data/Master", "one file or folder on some systems" } };
    for (size_t i = 0; i < EXH_COUNT(files); i++) {
        write_in(place, files[i].path, "x");
        expect(place, "OP1", EXH_FAILED, files[i].words);
        assert_int_equal(unlinkat(place->fd, files[i].path, 0), 0);
    }
    assert_int_equal(mkdirat(place->fd, "OP1/empty", 0755), 0);
    expect(place, "OP1", EXH_FAILED, "'empty' is empty");
    assert_int_equal(unlinkat(place->fd, "OP1/empty", AT_REMOVEDIR), 0);
    assert_int_equal(symlinkat("../outside", place->fd, "OP1/link"), 0);
    expect(place, "OP1", EXH_FAILED, "'link': a symbolic link");
    assert_int_equal(unlinkat(place->fd, "OP1/link", 0), 0);
    assert_int_equal(symlinkat("..", place->fd, "OP1/loop"), 0);
    expect(place, "OP1", EXH_FAILED, "'loop': a symbolic link");
    assert_int_equal(unlinkat(place->fd, "OP1/loop", 0), 0);
    assert_int_equal(mkfifoat(place->fd, "OP1/pipe", 0644), 0);
    expect(place, "OP1", EXH_FAILED, "'pipe': neither file nor folder");
    assert_int_equal(unlinkat(place->fd, "OP1/pipe", 0), 0);
    expect(place, "OP1", EXH_VERIFIED, NULL);
}

static void a_link_to_the_very_file_is_still_refused(void **state)
{
    struct place *place = *state;

    pack(place, FOLDER);
    assert_int_equal(renameat(place->fd, "OP1/VERIFY.txt", place->fd, "moved"), 0);
    assert_int_equal(symlinkat("../moved", place->fd, "OP1/VERIFY.txt"), 0);
    expect(place, "OP1", EXH_FAILED, "'VERIFY.txt': a symbolic link");
}

/* ---- tests: what is no package ---- */

static void what_is_no_package_fails_with_one_plain_reason(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *noise = exh_alloc(100000);

    exh_random(noise, 100000);
    noise[0] = 'x';
    static const char zip_head[] = "PK\3\4 and then nothing of the kind, for as long as a header may be long";
    const struct { const void *bytes; size_t size; } foreign[] = {
        { noise, 100000 }, { "", 0 }, { "P", 1 }, { "PK\3\4", 4 }, { zip_head, sizeof zip_head },
        { "age-encryption.org/v1\n", 22 }, { "age-encryption.org/v1\n-> X25519 AAAA\n--- x\n", 43 },
    };
    for (size_t i = 0; i < EXH_COUNT(foreign); i++) {
        EXH_CLEANUP(memory_clear) struct memory memory = memory_new(foreign[i].bytes, foreign[i].size);
        struct exh_error err = EXH_ERROR_NONE;
        struct exh_package_report report;
        if (!check_at(place, AT_FDCWD, memory.path, &report, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(report.verdict, EXH_FAILED);
        assert_int_equal(report.findings.count, 1);
        assert_int_equal(report.file_count, 0);
        exh_package_report_clear(&report);
    }
    assert_int_equal(mkdirat(place->fd, "holiday", 0755), 0);
    write_in(place, "holiday/beach.jpg", "x");
    expect(place, "holiday", EXH_FAILED, "not a package: the folder holds neither");
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report device = check(place, "/dev/null");
    assert_int_equal(device.verdict, EXH_FAILED);
}

static void what_is_not_there_is_an_error_not_a_verdict(void **state)
{
    struct place *place = *state;
    struct exh_package_report report;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    assert_false(check_at(place, place->fd, "nowhere.zip", &report, &err));
    assert_int_equal(err.kind, EXH_IO);
}

static void a_zip_from_a_pipe_is_judged_the_same(void **state)
{
    struct place *place = *state;
    size_t size;
    int ends[2];
    char path[32];

    pack(place, ZIP);
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip", &size);
    for (size_t cut = 0; cut < 2; cut++) {
        assert_int_equal(pipe(ends), 0);
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 17);
        assert_int_equal(write(ends[1], bytes, size - cut), size - cut);
        snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
        close(ends[1]);
        expect(place, path, cut ? EXH_FAILED : EXH_VERIFIED, NULL);
        close(ends[0]);
    }
}

static const struct exh_package_ask nobody = EXH_PACKAGE_ASK_NONE;

static int check_attack(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .verdict = EXH_VERIFIED };
    time_t start = time(NULL);

    (void)facts, (void)where;
    if (kind != FTW_F)
        return 0;
    if (!exh_package_check(AT_FDCWD, path, &nobody, &report, &err) || report.verdict != EXH_FAILED
        || time(NULL) - start > 2)
        fail_msg("'%s': %s", path, err.text ? err.text : exh_verdict_words(report.verdict));
    return 0;
}

static void archive_attacks_fail(void **state)
{
    const char *material = getenv("EXHIBIT_MATERIAL");
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/archives", material ? material : "../shared/material");
    struct place *place = *state;

    if (access(path, R_OK)) {
        print_message("# skipped: no material in '%s'\n", path);
        return;
    }
    assert_int_equal(nftw(path, check_attack, 16, FTW_PHYS), 0);
    assert_int_equal(names_in(place->fd), 0);
}

/* ---- tests: nothing half-made ---- */

static void what_is_not_committed_leaves_nothing(void **state)
{
    struct place *place = *state;
    const struct exh_package_seal seal = seal_by(place->key);

    for (int stage = 0; stage < 5; stage++) {
        EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
        struct exh_error err = EXH_ERROR_NONE;
        struct exh_package_sealed sealed;
        assert_true(open_in(place, FOLDER | AGE, &package, &err));
        assert_int_equal(names_in(place->fd), 2);
        if (stage >= 1)
            assert_true(add_payload(package, small, 1, &err));
        if (stage >= 2)
            assert_true(exh_package_begin(package, "data/x", 10, NULL, &err)
                        && exh_fan_put(exh_package_fan(package), "12345", 5, &err));
        if (stage >= 3)
            assert_true(exh_fan_put(exh_package_fan(package), "67890", 5, &err));
        char digest[EXH_SHA256_DIGITS];
        if (stage >= 4)
            assert_true(exh_package_end(package, digest, &err) && exh_package_seal(package, &seal, &sealed, &err));
        exh_package_freep(&package);
        assert_int_equal(names_in(place->fd), 0);
    }
}

static void a_name_that_is_taken_is_refused(void **state)
{
    struct place *place = *state;

    write_in(place, "OP1.zip", "mine");
    assert_int_equal(mkdirat(place->fd, "OP1", 0755), 0);
    for (int form = FOLDER; form <= ZIP; form++) {
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
        assert_false(open_in(place, form, &package, &err));
        assert_int_equal(err.kind, EXH_REFUSED);
    }
    assert_int_equal(names_in(place->fd), 2);
}

static void what_cannot_take_its_name_stays_under_its_staging_name(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_package_seal seal = seal_by(place->key);
    struct exh_package_sealed sealed;

    assert_true(open_in(place, FOLDER | ZIP, &package, &err) && add_payload(package, small, 2, &err));
    add_texts(package);
    assert_true(exh_package_seal(package, &seal, &sealed, &err));
    write_in(place, "OP1.zip", "another's");
    assert_false(exh_package_commit(package, &err));
    assert_int_equal(err.kind, EXH_REFUSED);
    exh_package_freep(&package);
    expect(place, "OP1", EXH_VERIFIED, NULL);
    expect(place, sealed.container_staging, EXH_VERIFIED, NULL);
    size_t size;
    EXH_CLEANUP(exh_freep) char *bytes = slurp(place, "OP1.zip", &size);
    assert_string_equal(bytes, "another's");
}

static int calls_left;

static ssize_t pwrite_failing(int fd, const void *bytes, size_t size, off_t offset)
{
    if (__atomic_sub_fetch(&calls_left, 1, __ATOMIC_SEQ_CST) >= 0)
        return pwrite(fd, bytes, size, offset);
    errno = ENOSPC;
    return -1;
}

static int fsync_failing(int fd)
{
    if (__atomic_sub_fetch(&calls_left, 1, __ATOMIC_SEQ_CST) >= 0)
        return fsync(fd);
    errno = EIO;
    return -1;
}

static bool pack_failing(struct place *place, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *pictures = exh_alloc(9 << 20);
    const struct payload payload = { "data/master/OP1_1.mp4", pictures, 9 << 20 };
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
    const struct exh_package_seal seal = seal_by(place->key);
    struct exh_package_sealed sealed;

    return open_in(place, FOLDER | AGE, &package, err) && add_payload(package, &payload, 1, err)
        && exh_package_seal(package, &seal, &sealed, err);
}

static void a_failing_disk_leaves_nothing_and_says_so(void **state)
{
    struct place *place = *state;
    struct exh_system sound = exh_system;

    for (int kind = 0; kind < 2; kind++)
        for (int calls = 0; ; calls++) {
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            if (kind)
                exh_system.fsync = fsync_failing;
            else
                exh_system.pwrite = pwrite_failing;
            calls_left = calls;
            bool packed = pack_failing(place, &err);
            exh_system = sound;
            assert_int_equal(names_in(place->fd), 0);
            if (packed) {
                assert_true(calls > 5);
                break;
            }
            assert_int_equal(err.kind, EXH_IO);
        }
}

static void what_breaks_the_callers_promise_is_an_error(void **state)
{
    struct place *place = *state;
    static const struct { const char *name; enum exh_kind kind; } names[] = {
        { "data/a", EXH_USAGE }, { "data/b", EXH_USAGE }, { "data/../c", EXH_MALFORMED }, { "data/c d", EXH_MALFORMED },
    };
    struct exh_package_seal seal = seal_by(place->key);
    struct exh_package_sealed sealed;
    char digest[EXH_SHA256_DIGITS];

    for (size_t i = 0; i < EXH_COUNT(names); i++) {
        EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_true(open_in(place, FOLDER | ZIP, &package, &err));
        assert_true(add_payload(package, &(struct payload){ "data/b", "b", 1 }, 1, &err));
        assert_false(exh_package_begin(package, names[i].name, 1, NULL, &err));
        assert_int_equal(err.kind, names[i].kind);
    }
    for (int forms = FOLDER; forms <= ZIP; forms++)
        for (size_t size = 0; size < 5; size += 2) {
            EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
            EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
            assert_true(open_in(place, forms, &package, &err) && exh_package_begin(package, "data/a", 3, NULL, &err));
            assert_true(exh_fan_put(exh_package_fan(package), "12345", size, &err));
            assert_false(exh_package_end(package, digest, &err));
            assert_int_equal(err.kind, EXH_MALFORMED);
        }
    static const struct { const char *name, *more; } collisions[] = {
        { "record/a.txt", "record/A.txt" }, { "record/x", "record/x/y" }, { "Data/x", "y" }, { "bagit.txt", "z" },
    };
    for (size_t i = 0; i < EXH_COUNT(collisions); i++) {
        EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
        EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
        assert_true(open_in(place, FOLDER | ZIP, &package, &err) && add_payload(package, small, 1, &err));
        exh_package_text(package, collisions[i].name, "1", 1);
        exh_package_text(package, collisions[i].more, "2", 1);
        assert_false(exh_package_seal(package, &seal, &sealed, &err));
        assert_int_equal(err.kind, EXH_USAGE);
    }
    EXH_CLEANUP(exh_package_freep) struct exh_package *package = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    seal.description = "two\nlines";
    assert_true(open_in(place, ZIP, &package, &err));
    assert_false(exh_package_seal(package, &seal, &sealed, &err));
    assert_int_equal(err.kind, EXH_USAGE);
}

/* ---- tests: stock tools ---- */

static bool is_installed(const char *program)
{
    char command[100];

    snprintf(command, sizeof command, "command -v %s >/dev/null", program);
    return system(command) == 0;
}

static void run(struct place *place, const char *program, const char *command)
{
    EXH_CLEANUP(exh_freep) char *line = exh_format("cd %s && %s >out.txt 2>&1", place->path, command);

    if (!is_installed(program)) {
        print_message("# %s is not installed: not tried\n", program);
        return;
    }
    if (system(line)) {
        size_t size;
        EXH_CLEANUP(exh_freep) char *out = slurp(place, "out.txt", &size);
        fail_msg("%s: %s", command, out);
    }
}

static void stock_tools_check_it(void **state)
{
    struct place *place = *state;
    struct exh_error err = EXH_ERROR_NONE;

    pack(place, FOLDER | ZIP);
    pack_with(place, AGE, small, EXH_COUNT(small), &(struct exh_package_sealed){ .container_size = 0 }, &err);
    assert_true(
        exh_file_write(place->fd, "id", place->identity_words->bytes, place->identity_words->size, 0600, false, &err));
    run(place, "unzip", "unzip -q OP1.zip -d out");
    run(place, "7z", "7z t OP1.zip");
    run(place, "diff", "diff -r OP1 out");
    run(place, "sha256sum", "cd out && sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt");
    run(place, "ssh-keygen", "cd out && ssh-keygen -Y verify -f record/signers/allowed_signers -I OP -n exhibit"
                             " -s tagmanifest-sha256.txt.sig <tagmanifest-sha256.txt");
    run(place, "minisign", "cd out && minisign -Vm tagmanifest-sha256.txt -p record/signers/OP.pub | grep -q"
                           " 'exhibit OP1 sealed 2026-11-22T17:00:01Z tagmanifest-sha256 '");
    run(place, "age", "age -d -i id OP1.zip.age | cmp - OP1.zip");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    struct exh_error err = EXH_ERROR_NONE;

    setenv("TZ", "UTC0", 1);
    if (!exh_crypto_init(&err))
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(every_form_of_a_sealed_package_verifies),
        TEST(folder_and_container_written_at_once_hold_the_same_bag),
        TEST(the_same_package_is_the_same_bytes),
        TEST(without_a_list_or_with_a_strangers_it_is_partial),
        TEST(a_key_out_of_its_time_fails),
        TEST(a_key_trusted_in_the_second_of_sealing_was_in_force),
        TEST(a_key_trusted_for_another_purpose_is_partial),
        TEST(an_age_package_without_the_right_identity_is_refused),
        TEST(a_byte_changed_anywhere_never_passes),
        TEST(a_package_cut_anywhere_never_passes),
        TEST(bytes_before_or_after_never_pass),
        TEST(every_region_of_a_large_package_is_judged),
        TEST(members_reordered_doubled_added_removed_or_renamed_fail),
        TEST(a_member_changed_with_its_checksum_put_right_fails),
        TEST(a_checksum_wrong_in_both_places_fails),
        TEST(another_time_in_the_zip_fails),
        TEST(one_signature_gone_fails_and_both_gone_is_not_signed),
        TEST(a_signature_by_another_key_fails),
        TEST(a_signature_for_another_purpose_or_comment_fails),
        TEST(a_well_signed_bag_that_contradicts_itself_fails),
        TEST(a_record_of_another_exhibit_or_other_files_fails),
        TEST(manifests_that_lead_elsewhere_or_are_malformed_fail),
        TEST(a_byte_changed_in_any_file_of_a_folder_fails),
        TEST(large_files_of_a_folder_are_judged_to_the_last_byte),
        TEST(odd_things_in_a_folder_fail),
        TEST(a_link_to_the_very_file_is_still_refused),
        TEST(what_is_no_package_fails_with_one_plain_reason),
        TEST(what_is_not_there_is_an_error_not_a_verdict),
        TEST(a_zip_from_a_pipe_is_judged_the_same),
        TEST(archive_attacks_fail),
        TEST(what_is_not_committed_leaves_nothing),
        TEST(a_name_that_is_taken_is_refused),
        TEST(what_cannot_take_its_name_stays_under_its_staging_name),
        TEST(a_failing_disk_leaves_nothing_and_says_so),
        TEST(what_breaks_the_callers_promise_is_an_error),
        TEST(stock_tools_check_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
