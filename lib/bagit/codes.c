/* codes: the one table of what can be found of a bag, and the report. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

/* Names that a stranger chose may be long, and many. */
enum { LONGEST_TEXT = 2000 };

#define ERROR(code, meaning) { "E-BAG-" code, EXH_BAGIT_ERROR, meaning }
#define WARNING(code, meaning) { "W-BAG-" code, EXH_BAGIT_WARNING, meaning }
#define NOTICE(code, meaning) { "N-BAG-" code, EXH_BAGIT_NOTICE, meaning }

static const struct exh_bagit_code codes[EXH_BAGIT_CODES] = {
    [E_NOT_A_FOLDER] = ERROR("NOT-A-FOLDER", "What is to be judged is not a folder."),
    [E_DECLARATION_MISSING] = ERROR("DECLARATION-MISSING", "There is no file bagit.txt, so that this is not a bag."),
    [E_DECLARATION] = ERROR("DECLARATION", "bagit.txt is not the two lines that it must be."),
    [E_VERSION] = ERROR("VERSION", "bagit.txt names a version of BagIt that there is not, or that is not known."),
    [E_ENCODING] = ERROR("ENCODING", "bagit.txt names a character encoding that is not read here."),
    [E_TAG_TEXT] = ERROR("TAG-TEXT", "A tag file is not in the encoding that bagit.txt names; nothing after it was judged."),
    [E_PAYLOAD_MISSING] = ERROR("PAYLOAD-MISSING", "There is no folder data/."),
    [E_MANIFEST_MISSING] = ERROR("MANIFEST-MISSING", "There is no payload manifest."),
    [E_ALGORITHM] = ERROR("ALGORITHM", "No payload manifest has an algorithm that is known, so that nothing can be checked."),
    [E_MANIFEST_LINE] = ERROR("MANIFEST-LINE", "A line of a manifest is not a digest and a path."),
    [E_PATH] = ERROR("PATH", "A path that is listed leads out of the bag on some system, or is not plain."),
    [E_PLACE] = ERROR("PLACE", "A manifest lists a file that does not belong into it."),
    [E_TWICE] = ERROR("TWICE", "A manifest lists a file twice, with other digests, or at all in BagIt 1.0."),
    [E_FILE_MISSING] = ERROR("FILE-MISSING", "A file that is listed is not there."),
    [E_FILE_UNLISTED] = ERROR("FILE-UNLISTED", "A file in data/ is not listed where it must be."),
    [E_UNCHECKED] = ERROR("UNCHECKED", "A file is listed only with an algorithm that is not known."),
    [E_DIGEST] = ERROR("DIGEST", "A file has another digest than a manifest says."),
    [E_MANIFEST_UNLISTED] = ERROR("MANIFEST-UNLISTED", "A tag manifest of BagIt 1.0 does not list a payload manifest."),
    [E_INFO_LINE] = ERROR("INFO-LINE", "A line of bag-info.txt is not a label and a value."),
    [E_OXUM] = ERROR("OXUM", "Payload-Oxum is not what data/ holds, or not two numbers."),
    [E_FETCH_LINE] = ERROR("FETCH-LINE", "A line of fetch.txt is not an address, a length and a path."),
    [E_FETCH_UNLISTED] = ERROR("FETCH-UNLISTED", "fetch.txt lists a file that the manifests do not list where they must."),
    [E_NOT_FETCHED] = ERROR("NOT-FETCHED", "A file is still to be fetched, so that the bag is not complete."),
    [E_LINK] = ERROR("LINK", "There is a symbolic link, which is never followed."),
    [E_SPECIAL_FILE] = ERROR("SPECIAL-FILE", "There is something that is neither file nor folder, which is never opened."),
    [E_CHANGED] = ERROR("CHANGED", "A file or folder was changed while it was being read."),
    [E_LIMIT] = ERROR("LIMIT", "Something is larger, longer, deeper or more than is judged; nothing after it was."),
    [W_DECLARATION] = WARNING("DECLARATION", "bagit.txt of a draft has white space where none belongs."),
    [W_BOM] = WARNING("BOM", "A tag file begins with a byte-order mark that its encoding does not have."),
    [W_EMPTY_LINE] = WARNING("EMPTY-LINE", "A tag file has empty lines."),
    [W_ALGORITHM] = WARNING("ALGORITHM", "A manifest has an algorithm that is not known; what it says was not checked."),
    [W_MARKER] = WARNING("MD5SUM-MARKER", "Paths have the '*' before them that md5sum writes."),
    [W_DOT_SLASH] = WARNING("DOT-SLASH", "Every path of a manifest begins with './'."),
    [W_TWICE] = WARNING("TWICE", "A manifest of a draft lists a file twice, with the same digest."),
    [W_PERCENT] = WARNING("PERCENT", "A path has a '%' that is not written as BagIt 1.0 says; the file was found as it is written."),
    [W_NAME_CASE] = WARNING("NAME-CASE", "Names are one where case is ignored; nothing is lost here."),
    [W_NAME_NORMALIZATION] = WARNING("NAME-NORMALIZATION", "Names are one letter for letter, and other bytes in Unicode."),
    [W_SYSTEM_FILE] = WARNING("SYSTEM-FILE", "There is a file, or one is listed, that an operating system made by itself."),
    [W_OXUM_REPEATED] = WARNING("OXUM-REPEATED", "Payload-Oxum is given more than once."),
    [W_FETCH_LENGTH] = WARNING("FETCH-LENGTH", "A file has not the length that fetch.txt says, and the digests that it must have."),
    [N_OLD_DIGEST] = NOTICE("OLD-DIGEST", "The payload's digests are MD5 or SHA-1 alone: they tell damage, and no longer forgery."),
    [N_DOT_SLASH] = NOTICE("DOT-SLASH", "Some paths of a manifest begin with './'."),
    [N_NO_TAG_MANIFEST] = NOTICE("NO-TAG-MANIFEST", "No tag manifest: nothing covers bag-info.txt and the manifests themselves."),
    [N_TAG_UNLISTED] = NOTICE("TAG-UNLISTED", "No tag manifest lists a tag file: it can change without a trace."),
};

const struct exh_bagit_code *exh_bagit_codes(size_t *ret_count)
{
    *ret_count = EXH_BAGIT_CODES;
    return codes;
}

const char *exh_bagit_severity_word(enum exh_bagit_severity severity)
{
    static const char *const words[] = { "notice", "warning", "error" };

    return words[severity];
}

const char *exh_bagit_verdict_words(enum exh_bagit_verdict verdict)
{
    static const char *const words[] = { "INVALID", "VALID, WITH WARNINGS", "VALID" };

    return words[verdict];
}

void exh_bagit_report_clear(struct exh_bagit_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->findings[i].file);
        free(report->findings[i].text);
    }
    free(report->findings);
    free(report->of_code);
    *report = (struct exh_bagit_report)EXH_BAGIT_REPORT_NONE;
}

/* Counts it; false where there are enough of the code. */
static bool is_wanted(struct exh_bagit_report *report, enum exh_bagit_what what)
{
    if (!report->of_code)
        report->of_code = exh_alloc(EXH_BAGIT_CODES * sizeof *report->of_code);
    bool wanted = report->of_code[what]++ < EXH_BAGIT_MOST_OF_A_CODE;
    report->withheld += !wanted;
    return wanted;
}

void exh_bagit_find(struct exh_bagit_report *report, enum exh_bagit_what what, const char *file, const char *format, ...)
{
    va_list arguments;

    if (!is_wanted(report, what))
        return;
    if (report->count == report->capacity) {
        report->capacity = report->capacity ? 2 * report->capacity : 16;
        report->findings = exh_realloc_array(report->findings, report->capacity, sizeof *report->findings);
    }
    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    report->findings[report->count++] = (struct exh_bagit_finding){ &codes[what], exh_strdup(file), exh_text_brief(words, LONGEST_TEXT) };
}

static int in_order(const void *a, const void *b)
{
    const struct exh_bagit_finding *x = a, *y = b;
    int order = (int)y->code->severity - (int)x->code->severity;

    if (!order)
        order = strcmp(x->file ? x->file : "", y->file ? y->file : "");
    if (!order)
        order = x->code < y->code ? -1 : x->code > y->code;
    return order ? order : strcmp(x->text, y->text);
}

void exh_bagit_settle(struct exh_bagit_report *report)
{
    if (report->count)
        qsort(report->findings, report->count, sizeof *report->findings, in_order);
    enum exh_bagit_severity worst = report->count ? report->findings[0].code->severity : EXH_BAGIT_NOTICE;
    report->verdict = worst == EXH_BAGIT_ERROR ? EXH_BAGIT_INVALID : worst == EXH_BAGIT_WARNING ? EXH_BAGIT_WARNED : EXH_BAGIT_VALID;
}
