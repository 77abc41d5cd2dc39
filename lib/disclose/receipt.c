/* disclose: receipts: issuing a form, and judging one that came back. */
#include "form.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Under the lock: a disclosure to which something can be added, and the register of its case. */
static bool take_disclosure(struct exh_store *store, const char *id, const char *act, const struct exh_casefile **ret_casefile,
                            const struct exh_disclosure **ret_disclosure, struct exh_error *err)
{
    const struct exh_case *one;

    return exh_store_may(store, act, err) && exh_store_need_disclosure(store, id, ret_casefile, ret_disclosure, err)
        && exh_store_need_writable_case(store, (*ret_disclosure)->case_id, act, &one, err);
}

static struct exh_json *facts_of(const char *id)
{
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "disclosure", id);
    return facts;
}

/* ---- issuing ---- */

static char *write_form(const struct exh_store *store, const struct exh_casefile *casefile, const struct exh_disclosure *disclosure)
{
    EXH_CLEANUP(exh_packed_clear) struct exh_packed packed = { .id = "" };
    uint8_t random[16];
    char number[2 * sizeof random + 1];
    struct exh_receipt_form form = { .casefile = casefile, .disclosure = disclosure, .packed = &packed, .organisation = store->organisation,
                                     .number = number, .checkpoint = exh_ledger_checkpoint(store->ledger) };

    (void)!exh_casefile_packed(casefile, disclosure->package, &packed);  /* it was there when it was handed over */
    exh_random(random, sizeof random);
    exh_hex(number, random, sizeof random);
    return exh_receipt_form_words(&form);
}

/* A form on its way to its name. */
struct issuing {
    struct exh_store *store;
    const struct exh_disclosure *disclosure;
    const char *name;                    /* of the file */
    char *directory_path;                /* absolute */
    int directory;
    char *words;
    char form[EXH_SHA256_DIGITS];
    struct exh_staged staged;
    struct exh_signing note;
};

static void clear_issuing(struct issuing *i)
{
    exh_staged_clear(&i->staged);
    exh_signing_clear(&i->note);
    exh_fd_close(&i->directory);
    free(i->directory_path);
    free(i->words);
}

static bool enter_form(const struct issuing *i, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_DISCLOSURE, .act = "receipt-issue" };
    const struct exh_disclosure of = *i->disclosure;     /* what it points to goes with the entry's replay; its identifiers are needed */

    entry.case_id = of.case_id;
    entry.facts = facts_of(of.id);
    exh_json_set_text(entry.facts, "signing", i->note.id);
    entry.digests = exh_json_object();
    exh_json_set_text(entry.digests, "form", i->form);
    entry.details = exh_json_object();
    exh_json_set_text(entry.details, "file", i->name);
    return exh_store_append(i->store, &entry, err);
}

/* Where the file is to be, and what it is called there. */
static bool open_place(struct issuing *i, const char *path, struct exh_error *err)
{
    if (!exh_directory_open_of(path, &i->directory, &i->name, &i->directory_path, err))
        return false;
    return !exh_file_exists(i->directory, i->name) || exh_fail(err, EXH_REFUSED, "'%s' exists already; it is not overwritten", path);
}

/* What is noted first is settled by who comes next, should this be cut off. */
static bool stage_form(struct issuing *i, struct exh_error *err)
{
    const char *const names[EXH_SIGNING_MOST] = { i->name };

    return exh_signing_begin(i->store, i->directory_path, names, &i->note, err)
        && exh_staged_open_as(&i->staged, i->directory, i->name, i->note.staging[0], 0644, err)
        && exh_staged_write(&i->staged, i->words, strlen(i->words), err) && exh_staged_sync(&i->staged, err)
        && exh_directory_sync(i->directory, i->directory_path, err);
}

/* What failed before the entry leaves nothing: the file first, then what was noted of it. */
static bool give_up(struct issuing *i)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;

    exh_staged_clear(&i->staged);
    if (i->note.fd >= 0 && !exh_signing_end(i->store, &i->note, &ignored))
        return false;                    /* exh_store_recover will */
    return false;
}

static bool write_and_enter(struct issuing *i, struct exh_error *err)
{
    if (!stage_form(i, err) || !enter_form(i, err))
        return give_up(i);
    free(i->staged.staging);             /* from the entry on, it is no longer this process's to remove */
    i->staged.staging = NULL;
    return exh_signing_finish(i->store, &i->note, err);
}

static bool issue(struct exh_store *store, const char *id, const char *path, bool dry_run, char ret_form[EXH_SHA256_DIGITS],
                  struct exh_error *err)
{
    EXH_CLEANUP(clear_issuing) struct issuing i = { .store = store, .directory = -1, .staged = EXH_STAGED_NONE, .note = EXH_SIGNING_NONE };
    EXH_CLEANUP(exh_receipt_parts_clear) struct exh_receipt_parts parts = { .taken_by = NULL };
    const struct exh_casefile *casefile;

    if (!take_disclosure(store, id, "receipt-issue", &casefile, &i.disclosure, err))
        return false;
    if (i.disclosure->receipt)
        return exh_fail(err, EXH_REFUSED, "a receipt for disclosure %s was accepted already (%s)", id, exh_receipt_words(i.disclosure->receipt));
    i.words = write_form(store, casefile, i.disclosure);
    if (!exh_receipt_parts_read(i.words, strlen(i.words), path, &parts, err) || !open_place(&i, path, err))
        return false;
    memcpy(i.form, parts.form, sizeof i.form);
    if (!dry_run)
        memcpy(ret_form, i.form, sizeof i.form);
    return dry_run || write_and_enter(&i, err);
}

bool exh_receipt_issue(struct exh_store *store, const char *id, const char *path, bool dry_run, char ret_form[EXH_SHA256_DIGITS],
                       struct exh_error *err)
{
    char form[EXH_SHA256_DIGITS] = "";

    if (!exh_store_lock(store, err))
        return false;
    bool done = issue(store, id, path, dry_run, form, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_form, form, sizeof form);
    return done;
}

/* ---- accepting ---- */

/* One that came back, as it was read. */
struct back {
    char id[24];                         /* the disclosure that it is of */
    char *text;                          /* NULL: on paper, and the file was not given */
    struct exh_receipt_parts parts;
    char *signature;
    char key[EXH_FINGERPRINT_SIZE];
};

static void clear_back(struct back *back)
{
    free(back->text);
    exh_receipt_parts_clear(&back->parts);
    free(back->signature);
}

/* What was read is what is judged: the file is read again for the signature, and must not have changed. */
static bool check_same(const struct back *back, const struct exh_signature_result *result, const char *path, struct exh_error *err)
{
    char digest[EXH_SHA256_DIGITS];

    exh_sha256(back->text, strlen(back->text), digest);
    return !*result->digests.sha256 || exh_digest_equal(result->digests.sha256, digest)
        || exh_fail(err, EXH_MALFORMED, "'%s' changed while it was read", path);
}

static bool check_verdict(const struct exh_signature_report *report, const char *path, struct exh_error *err)
{
    enum exh_kind kind = report->verdict == EXH_SIGNATURE_MALFORMED ? EXH_MALFORMED
                       : report->verdict == EXH_SIGNATURE_REFUSED   ? EXH_REFUSED
                                                                    : EXH_NO;

    return report->verdict == EXH_SIGNATURE_GOOD
        || exh_fail(err, kind, "signature '%s': %s", path, report->reason ? report->reason : "it does not hold");
}

/* A receipt is signed by who took the package, and that is none of us. */
static bool check_stranger(const struct exh_store *store, const char *fingerprint, struct exh_error *err)
{
    const struct exh_person *person = exh_keyring_find(&store->keyring, fingerprint);

    return !person || exh_fail(err, EXH_REFUSED, "the key %s is one of this room's own: a receipt is signed by who took the package over",
                               fingerprint);
}

static bool read_key(const char *path, struct exh_signature_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, EXH_SIGNATURE_LARGEST, &bytes, &size, err)
        && exh_signature_read_key(bytes, size, path, ret_key, err);
}

static bool judge_signature(const struct exh_receipt_options *options, struct back *back, struct exh_error *err)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct exh_signature_key key;
    const struct exh_signature_means means = { .key = &key, .name_space = EXH_RECEIPT_NAMESPACE, .at = exh_moment_now() };
    size_t size;

    if (!read_key(options->public_key, &key, err)
        || !exh_file_read(AT_FDCWD, options->signature, EXH_SIGNATURE_LARGEST, &back->signature, &size, err))
        return false;
    const struct exh_signature_file file = { back->signature, size };

    fd = exh_system.open(AT_FDCWD, options->receipt, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0)
        return exh_fail_os(err, "cannot open '%s'", options->receipt);
    if (!exh_signature_judge(fd, options->receipt, &file, 1, &means, &result, err) || !check_same(back, &result, options->receipt, err)
        || !check_verdict(&result.at[0], options->signature, err))
        return false;
    memcpy(back->key, result.at[0].signer, sizeof back->key);
    return true;
}

/* A disclosure's identifier stands for its receipt only on paper. */
static bool read_back(const struct exh_store *store, const struct exh_receipt_options *options, struct back *back, struct exh_error *err)
{
    size_t size;

    if (options->words && exh_disclosure_id_is_one(options->receipt)) {
        memcpy(back->id, options->receipt, strlen(options->receipt) + 1);
        return true;
    }
    return exh_file_read(AT_FDCWD, options->receipt, EXH_RECEIPT_LARGEST, &back->text, &size, err)
        && exh_receipt_parts_read(back->text, size, options->receipt, &back->parts, err)
        && (exh_store_find_receipt(store, back->parts.form, back->id, err) || exh_while(err, "'%s'", options->receipt))
        && (options->words || (judge_signature(options, back, err) && check_stranger(store, back->key, err)));
}

static struct exh_json *digests_of(const struct exh_receipt_back *receipt)
{
    struct exh_json *digests = exh_json_object();
    char digest[EXH_SHA256_DIGITS];

    if (receipt->form)
        exh_json_set_text(digests, "form", receipt->form);
    if (receipt->text) {
        exh_sha256(receipt->text, strlen(receipt->text), digest);
        exh_json_set_text(digests, "receipt", digest);
    }
    if (receipt->signature) {
        exh_sha256(receipt->signature, strlen(receipt->signature), digest);
        exh_json_set_text(digests, "signature", digest);
    }
    return digests;
}

static bool enter_receipt(struct exh_store *store, const struct exh_disclosure *disclosure, const struct exh_receipt_back *receipt,
                          struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft entry = { .verb = EXH_DISCLOSURE, .act = "receipt-accept" };
    const struct exh_disclosure of = *disclosure;        /* as above */

    entry.case_id = of.case_id;
    entry.facts = facts_of(of.id);
    exh_json_set_text(entry.facts, "receipt", exh_receipt_words(receipt->signature ? EXH_RECEIPT_SIGNED : EXH_RECEIPT_ON_PAPER));
    entry.digests = digests_of(receipt);
    entry.details = exh_receipt_details(receipt);
    return exh_store_append(store, &entry, err);
}

static bool accept_back(struct exh_store *store, const struct exh_receipt_options *options, const struct back *back, struct exh_error *err)
{
    const struct exh_receipt_back receipt = {
        .form = back->text ? back->parts.form : NULL, .text = back->text, .signature = back->signature,
        .key = back->signature ? back->key : NULL, .taken_by = back->parts.taken_by, .taken_on = back->parts.taken_on,
        .words = options->words };
    const struct exh_casefile *casefile;
    const struct exh_disclosure *disclosure;

    return take_disclosure(store, back->id, "receipt-accept", &casefile, &disclosure, err) && exh_receipt_check(disclosure, &receipt, err)
        && (options->dry_run || enter_receipt(store, disclosure, &receipt, err));
}

bool exh_receipt_accept(struct exh_store *store, const struct exh_receipt_options *options, char ret_id[24], struct exh_error *err)
{
    EXH_CLEANUP(clear_back) struct back back = { .text = NULL };

    if (!exh_store_lock(store, err))
        return false;
    bool done = read_back(store, options, &back, err) && accept_back(store, options, &back, err);
    exh_store_unlock(store);
    if (done)
        memcpy(ret_id, back.id, sizeof back.id);
    return done;
}
