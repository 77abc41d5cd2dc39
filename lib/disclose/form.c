/* disclose: the form of a receipt: what must not be altered, a line, and what is filled in below it. */
#include "form.h"

#include "exhibit/crypto.h"
#include "exhibit/text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "exhibit receipt v1\n"
#define THE_LINE "---- Nothing above this line may be altered. Fill in below it, save, and sign the whole file. ----\n"
#define TAKEN_BY "Name:"
#define TAKEN_ON "Taken over on (day and time):"

/* ---- writing ---- */

/* Texts of people cannot break out of their line. */
static void add_line(struct exh_text *text, const char *label, const char *value)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(value);

    exh_text_printf(text, "%-17s %s\n", label, shown);
}

static void add_digests(struct exh_text *text, const char *what, const struct exh_strings *digests)
{
    if (!digests->count)
        return;
    exh_text_printf(text, "\n%s:\n", what);
    for (size_t i = 0; i < digests->count; i++)
        exh_text_printf(text, "  %s\n", digests->at[i]);
}

static void add_exhibits(struct exh_text *text, const struct exh_receipt_form *form)
{
    exh_text_puts(text, "\nExhibits in it, each with the SHA-256 of its own tagmanifest-sha256.txt:\n");
    for (size_t i = 0; i < form->packed->exhibits.count; i++) {
        const char *reference = form->packed->exhibits.at[i];
        const struct exh_exhibit *exhibit = exh_casefile_exhibit(form->casefile, reference);
        exh_text_printf(text, "  %-12s %s\n", reference, exhibit ? exhibit->tagmanifest : "");
    }
}

static void add_checkpoint(struct exh_text *text, const char *checkpoint)
{
    exh_text_puts(text, "\nThe custody log's checkpoint when this form was written (keep it: it shows later whether the log was altered):\n");
    for (const char *at = checkpoint; *at;) {
        size_t size = strcspn(at, "\n");
        exh_text_printf(text, "%s%.*s\n", size ? "  " : "", (int)size, at);
        at += size + (at[size] == '\n');
    }
}

static void add_closing(struct exh_text *text)
{
    exh_text_puts(text, "\nI have taken over the package named above. I know that whoever uses it first compares its SHA-256 with the one above.\n"
                        "\nTo sign: fill in below the line, save, and run one of\n"
                        "  ssh-keygen -Y sign -n " EXH_RECEIPT_NAMESPACE " -f YOUR-KEY THIS-FILE\n"
                        "  minisign -S -s YOUR-KEY -m THIS-FILE\n"
                        "and send back this file, the signature that stands beside it then, and your public key.\n"
                        "Or print it, sign it by hand, and send the paper back.\n\n" THE_LINE "\n" TAKEN_BY "\nRank or number:\nOrganisation:\n"
                        TAKEN_ON "\nRemarks:\n");
}

char *exh_receipt_form_words(const struct exh_receipt_form *form)
{
    const struct exh_disclosure *d = form->disclosure;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *to = exh_format("%s, %s", d->to, d->organisation);
    char date[EXH_DATE_SIZE];

    exh_date_words(d->date, date);
    exh_text_puts(&text, FIRST_LINE "Receipt for a package of recorded evidence\n\n");
    add_line(&text, "Receipt:", form->number);
    add_line(&text, "Handed over by:", form->organisation);
    add_line(&text, "Disclosure:", d->id);
    add_line(&text, "Package:", d->package);
    add_line(&text, "Handed over to:", to);
    add_line(&text, "On:", date);
    add_line(&text, "How:", d->method);
    add_digests(&text, "SHA-256 of the package's files", &form->packed->digests);
    add_digests(&text, "SHA-256 of the tagmanifest-sha256.txt in it", &form->packed->tagmanifests);
    add_exhibits(&text, form);
    add_checkpoint(&text, form->checkpoint);
    add_closing(&text);
    return exh_text_take(&text);
}

/* ---- reading ---- */

void exh_receipt_parts_clear(struct exh_receipt_parts *parts)
{
    free(parts->taken_by);
    free(parts->taken_on);
    *parts = (struct exh_receipt_parts){ .taken_by = NULL };
}

/* As editors on other systems leave a text: a mark at its beginning, and CR LF. Neither is part of what must not be altered. */
static char *plain_words(const char *bytes, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF";
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    size_t at = size >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;

    for (; at < size; at++)
        if (!(bytes[at] == '\r' && at + 1 < size && bytes[at + 1] == '\n'))
            exh_text_add(&text, bytes + at, 1);
    return exh_text_take(&text);
}

/* What stands behind a label at the beginning of a line, without spaces around it. Free with free(); NULL: nothing. */
static char *filled_in(const char *below, const char *label)
{
    const char *at = below;

    while (at && strncmp(at, label, strlen(label)) != 0)
        at = (at = strchr(at, '\n')) ? at + 1 : NULL;
    if (!at)
        return NULL;
    at += strlen(label);
    at += strspn(at, " \t");
    size_t size = strcspn(at, "\n");

    while (size && strchr(" \t\r", at[size - 1]))
        size--;
    return size ? exh_strndup(at, size) : NULL;
}

bool exh_receipt_parts_read(const char *bytes, size_t size, const char *what, struct exh_receipt_parts *ret_parts, struct exh_error *err)
{
    if (!exh_text_is_utf8(bytes, size) || memchr(bytes, '\0', size))
        return exh_fail(err, EXH_MALFORMED, "'%s' is no receipt: it is not a text in UTF-8", what);
    EXH_CLEANUP(exh_freep) char *words = plain_words(bytes, size);
    const char *line = strstr(words, "\n" THE_LINE);

    if (strncmp(words, FIRST_LINE, strlen(FIRST_LINE)) != 0 || !line)
        return exh_fail(err, EXH_MALFORMED, "'%s' is no receipt that 'exhibit receipt issue' wrote: its first line, or the line above what "
                        "is filled in, is not there", what);
    const char *below = line + 1 + strlen(THE_LINE);

    exh_sha256(words, (size_t)(below - words), ret_parts->form);
    ret_parts->taken_by = filled_in(below, TAKEN_BY);
    ret_parts->taken_on = filled_in(below, TAKEN_ON);
    return true;
}
