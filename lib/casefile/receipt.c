/* casefile: receipts for packages that were handed over. */
#include "parts.h"

#include <string.h>

const char *exh_receipt_words(enum exh_receipt receipt)
{
    return receipt == EXH_RECEIPT_SIGNED ? "signed" : receipt == EXH_RECEIPT_ON_PAPER ? "on-paper" : "none";
}

/* ---- judging ---- */

static bool check_filled(const struct exh_disclosure *disclosure, const struct exh_receipt_back *receipt, struct exh_error *err)
{
    if (!receipt->taken_by || !receipt->taken_on)
        return exh_fail(err, EXH_NO, "the receipt for %s does not say %s: it must be filled in before it is signed", disclosure->id,
                        receipt->taken_by ? "when the package was taken over" : "who took the package over");
    return exh_case_text_check("who took it over", receipt->taken_by, EXH_CASE_LONGEST_TEXT, err)
        && exh_case_text_check("when it was taken over", receipt->taken_on, EXH_CASE_LONGEST_TEXT, err);
}

static bool check_form(const struct exh_disclosure *disclosure, const char *form, struct exh_error *err)
{
    return exh_strings_contain(&disclosure->issued, form)
        || exh_fail(err, EXH_NO, "no such form of a receipt was issued for disclosure %s", disclosure->id);
}

bool exh_receipt_check(const struct exh_disclosure *disclosure, const struct exh_receipt_back *receipt, struct exh_error *err)
{
    if (disclosure->receipt)
        return exh_fail(err, EXH_REFUSED, "a receipt for disclosure %s was accepted already (%s)", disclosure->id,
                        exh_receipt_words(disclosure->receipt));
    if (receipt->form && !check_form(disclosure, receipt->form, err))
        return false;
    if (receipt->signature)
        return check_filled(disclosure, receipt, err);
    if (!receipt->words)
        return exh_fail(err, EXH_USAGE, "of a receipt on paper it must be said who signed it, and where it is kept");
    return exh_case_text_check("what is said of the receipt on paper", receipt->words, EXH_CASE_LONGEST_TEXT, err);
}

struct exh_json *exh_receipt_details(const struct exh_receipt_back *receipt)
{
    struct exh_json *details = exh_json_object();

    exh_json_set_text(details, "receipt", receipt->text);
    exh_json_set_text(details, "signature", receipt->signature);
    exh_json_set_text(details, "key", receipt->key);
    exh_json_set_text(details, "taken_by", receipt->taken_by);
    exh_json_set_text(details, "taken_on", receipt->taken_on);
    exh_json_set_text(details, "on_paper", receipt->words);
    return details;
}

/* ---- replaying ---- */

static struct exh_disclosure *disclosure_of(struct exh_casefile *casefile, const struct exh_case *one, const struct exh_entry *entry,
                                            struct exh_error *err)
{
    const char *id = exh_json_text_or(exh_json_get(entry->whole, "facts"), "disclosure", "");
    struct exh_disclosure *disclosure = exh_casefile_disclosure(casefile, id);

    if (disclosure && strcmp(disclosure->case_id, one->id) == 0)
        return disclosure;
    (void)!exh_fail(err, EXH_MALFORMED, "'%s' of disclosure '%s', which is none of case %s", entry->act, id, one->id);
    return NULL;
}

static const char *form_of(const struct exh_entry *entry)
{
    return exh_json_text_or(exh_json_get(entry->whole, "digests"), "form", NULL);
}

bool exh_casefile_take_receipt_form(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                                    const struct exh_json *details, struct exh_error *err)
{
    struct exh_disclosure *disclosure = disclosure_of(casefile, one, entry, err);

    (void)details;
    if (!disclosure)
        return false;
    if (!form_of(entry))
        return exh_fail(err, EXH_MALFORMED, "issues a receipt for %s without saying which", disclosure->id);
    exh_strings_add(&disclosure->issued, form_of(entry));
    return true;
}

static struct exh_receipt_back read_details(const struct exh_entry *entry, const struct exh_json *details)
{
    return (struct exh_receipt_back){
        .form = form_of(entry),
        .text = exh_json_text_or(details, "receipt", NULL),
        .signature = exh_json_text_or(details, "signature", NULL),
        .key = exh_json_text_or(details, "key", NULL),
        .taken_by = exh_json_text_or(details, "taken_by", NULL),
        .taken_on = exh_json_text_or(details, "taken_on", NULL),
        .words = exh_json_text_or(details, "on_paper", NULL),
    };
}

static bool check_back(const struct exh_disclosure *disclosure, const struct exh_receipt_back *back, bool is_signed, bool sealed,
                       struct exh_error *err)
{
    bool whole = back->form && (sealed || (back->text && back->signature && back->key));

    if (is_signed && !whole)
        return exh_fail(err, EXH_MALFORMED, "accepts a signed receipt for %s that is not whole", disclosure->id);
    if (!is_signed && (back->signature || back->key))
        return exh_fail(err, EXH_MALFORMED, "accepts a receipt for %s on paper that is signed", disclosure->id);
    if (!sealed)
        return exh_receipt_check(disclosure, back, err);
    return (!disclosure->receipt || exh_fail(err, EXH_MALFORMED, "accepts a second receipt for %s", disclosure->id))
        && (!back->form || check_form(disclosure, back->form, err));
}

bool exh_casefile_take_receipt(struct exh_casefile *casefile, struct exh_case *one, const struct exh_entry *entry,
                               const struct exh_json *details, struct exh_error *err)
{
    struct exh_disclosure *disclosure = disclosure_of(casefile, one, entry, err);
    const struct exh_receipt_back back = read_details(entry, details);
    const char *kind = exh_json_text_or(exh_json_get(entry->whole, "facts"), "receipt", "");
    bool is_signed = strcmp(kind, exh_receipt_words(EXH_RECEIPT_SIGNED)) == 0;

    if (!disclosure)
        return false;
    if (!is_signed && strcmp(kind, exh_receipt_words(EXH_RECEIPT_ON_PAPER)) != 0)
        return exh_fail(err, EXH_MALFORMED, "accepts a receipt for %s that is neither signed nor on paper", disclosure->id);
    if (!check_back(disclosure, &back, is_signed, !details, err))
        return false;
    disclosure->receipt = is_signed ? EXH_RECEIPT_SIGNED : EXH_RECEIPT_ON_PAPER;
    disclosure->accepted = entry->time;
    memcpy(disclosure->accepted_by, entry->actor, sizeof disclosure->accepted_by);
    disclosure->receipt_key = exh_strdup(back.key);
    disclosure->receipt_words = exh_strdup(back.words);
    disclosure->taken_by = exh_strdup(back.taken_by);
    disclosure->taken_on = exh_strdup(back.taken_on);
    return true;
}
