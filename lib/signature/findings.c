/* findings: what can be found of a signature, in one table, and what follows from it. */
#include "parts.h"

#include <stdlib.h>

static const struct exh_signature_finding findings[] = {
    [FOUND_MISMATCH] = { "E-SIGNATURE-MISMATCH", EXH_SIGNATURE_BAD,
        "The file is not the one that was signed, or none of the keys given signed it." },
    [FOUND_COMMENT] = { "E-SIGNATURE-COMMENT", EXH_SIGNATURE_BAD,
        "The file is the one that was signed; the trusted comment of the signature was changed." },
    [FOUND_KEY] = { "E-SIGNATURE-KEY", EXH_SIGNATURE_BAD,
        "The signature is by another key than the one given with --public-key." },
    [FOUND_NAMESPACE] = { "E-SIGNATURE-NAMESPACE", EXH_SIGNATURE_BAD,
        "The signature was made for another purpose: its namespace is not the one asked for with --namespace." },
    [FOUND_SIGNER_NAMESPACE] = { "E-SIGNATURE-SIGNER-NAMESPACE", EXH_SIGNATURE_BAD,
        "The signature matches; the list of signers has its key for other namespaces only." },
    [FOUND_SIGNER_NOT_YET] = { "E-SIGNATURE-SIGNER-NOT-YET", EXH_SIGNATURE_BAD,
        "The signature matches; at the time judged its key was not yet valid by the list of signers." },
    [FOUND_SIGNER_EXPIRED] = { "E-SIGNATURE-SIGNER-EXPIRED", EXH_SIGNATURE_BAD,
        "The signature matches; at the time judged its key was no longer valid by the list of signers." },
    [FOUND_MALFORMED] = { "E-SIGNATURE-MALFORMED", EXH_SIGNATURE_MALFORMED,
        "The signature file is of no known form, or damaged." },
    [FOUND_ALGORITHM] = { "E-SIGNATURE-ALGORITHM", EXH_SIGNATURE_REFUSED,
        "The signature is by an algorithm that is not checked here, such as RSA, ECDSA, a security key's or a "
        "certificate's; ssh-keygen -Y verify checks it." },
    [FOUND_LEGACY_SIZE] = { "E-SIGNATURE-LEGACY-SIZE", EXH_SIGNATURE_REFUSED,
        "A legacy signature, which is over the bytes themselves, of a file larger than 1 GiB." },
    [FOUND_LEGACY_KEYS] = { "E-SIGNATURE-LEGACY-KEYS", EXH_SIGNATURE_REFUSED,
        "A legacy signature of a large file, and too many listed keys to try: the file must be read again for each." },
    [FOUND_NO_KEY] = { "E-SIGNATURE-NO-KEY", EXH_SIGNATURE_NOT_JUDGED,
        "A minisign or signify signature, which does not hold its key, and no key was given." },
    [FOUND_SIGNER_UNKNOWN] = { "W-SIGNATURE-SIGNER-UNKNOWN", EXH_SIGNATURE_PARTIAL,
        "The signature matches; its key is in no list of signers that was given." },
};

const struct exh_signature_finding *exh_signature_findings(size_t *ret_count)
{
    *ret_count = EXH_COUNT(findings);
    return findings;
}

void exh_signature_find(struct exh_signature_report *report, enum exh_signature_found what, const char *format, ...)
{
    va_list arguments;

    if (report->finding)
        return;
    va_start(arguments, format);
    report->reason = exh_vformat(format, arguments);
    va_end(arguments);
    report->finding = &findings[what];
    report->verdict = findings[what].verdict;
}

const char *exh_signature_verdict_words(enum exh_signature_verdict verdict)
{
    static const char *const words[] = { "GOOD", "PARTIAL", "BAD", "MALFORMED", "REFUSED", "NOT JUDGED" };

    return words[verdict];
}

const char *exh_signature_form_name(enum exh_signature_form form)
{
    static const char *const names[] = { NULL, "sshsig", "minisign", "minisign-legacy", "signify" };

    return names[form];
}

void exh_signature_result_clear(struct exh_signature_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        free(result->at[i].reason);
        free(result->at[i].signer_name);
        free(result->at[i].name_space);
        free(result->at[i].trusted);
    }
    free(result->at);
    exh_file_digests_clear(&result->digests);
    *result = (struct exh_signature_result)EXH_SIGNATURE_RESULT_NONE;
}
