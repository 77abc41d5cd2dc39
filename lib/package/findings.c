/* findings: what can be found wrong with a package, each by a code that never changes its meaning. */
#include "contents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct exh_check_code codes[] = {
    { "E-AGE", "The age encryption does not hold: its header, a chunk, or its end." },
    { "E-BAG-INFO", "bag-info.txt or bagit.txt is missing or not of the form that a package has." },
    { "E-BAG-OXUM", "The payload has another size or number of files than bag-info.txt says." },
    { "E-CERTIFICATE", "record/certificate.json, of what was destroyed, is not readable, or of another bag." },
    { "E-CUSTODY", "A custody entry that the package carries does not hold: its form, its digest in the commit, the "
                   "commit's signature, its signer's time, or what it says of an exhibit; or an exhibit's is missing." },
    { "E-EXHIBIT", "The seal that an exhibit got when it was made does not hold within the package." },
    { "E-FILE-CHANGED", "A file changed while it was read." },
    { "E-FILE-DIGEST", "A file's SHA-256 is not the one in its manifest; where piece hashes are there, the pieces that "
                       "differ are named, and about what time of the footage they hold." },
    { "E-FILE-LARGE", "A file that is read to be judged is larger than it may be, or all of them are." },
    { "E-FILE-MISSING", "A file that a manifest lists is not there." },
    { "E-FILE-UNLISTED", "A file is there that no manifest lists." },
    { "E-FINGERPRINT", "The package is signed by another key than the one demanded with --fingerprint." },
    { "E-FOLDER", "A folder holds what no package may: a link, a device, an empty folder." },
    { "E-FOOTAGE", "What is in a file of footage (its packets, how long it shows, its tracks) is not what the record says; with --footage." },
    { "E-LOG", "The exhibit, or the package, is not the one that the custody log names, or is gone from the store." },
    { "E-MANIFEST", "manifest-sha256.txt or tagmanifest-sha256.txt is missing, damaged, or not of its form." },
    { "E-NAME", "A name that no package may hold, or two names that are one file on some system." },
    { "E-NOT-A-PACKAGE", "The bytes are those of no package at all." },
    { "E-NOT-SIGNED", "There is no signature: digests may agree, but nobody vouches for them." },
    { "E-PACKAGE", "record/package.json contradicts what the package holds." },
    { "E-PIECES", "record/pieces-sha256.txt is not of its form, or contradicts the files." },
    { "E-PROOF", "The package's checkpoint of the custody log, or the proof that one of its entries stands in that log, does "
                 "not hold or is missing." },
    { "E-RECORD", "record/exhibit.json is not readable, of another exhibit, or describes other files." },
    { "E-SIGNATURE-MINISIGN", "The minisign signature does not hold, or its signed comment is of another package." },
    { "E-SIGNATURE-MISSING", "One of the two signatures is missing." },
    { "E-SIGNATURE-SSH", "The SSH signature does not hold." },
    { "E-SIGNER-EXPIRED", "The signer's time was over when the package was sealed." },
    { "E-SIGNER-FILE", "record/signers does not hold the key that signed, as it must for stock tools." },
    { "E-SIGNER-NOT-YET", "The signer was trusted only from a time after the package was sealed." },
    { "E-SIGNER-REVOKED", "The signer's key was revoked when the package was sealed." },
    { "E-STORE", "A file of the store itself is damaged, altered, gone or not to be read: of the custody log's repository, of a policy, "
                 "of the photograph of a clock." },
    { "E-TIME", "The times of sealing disagree: signed comment, bag-info.txt, the ZIP." },
    { "E-ZIP-CHECKSUM", "A file in the ZIP differs from its checksum there; of an encrypted one, from its MAC." },
    { "E-ZIP-FORM", "The ZIP is not of the one form that a package has, byte for byte: headers, names and their order, the "
                    "directory, the end; the text says where." },
    { "W-CUSTODY-SIGNER", "The signer of a custody entry that the package carries is in no list given." },
    { "W-EXHIBIT-SIGNER", "The signer of an exhibit's own seal is in no list given." },
    { "W-FOOTAGE", "A file of footage could not be held against the record; with --footage. The text says why." },
    { "W-FOREIGN", "A file or folder is there that the custody log does not know." },
    { "W-SIGNER-LATER", "The signer's key was in force when the package was sealed, and is not now." },
    { "W-SIGNER-PURPOSE", "The signer's key is listed for other purposes, not for packages." },
    { "W-SIGNER-UNKNOWN", "The signer's key is in no list given: whose signature it is, is not known." },
    { "W-VOLUME", "The package is one of several that belong together; the text says which files are in the others." },
};

size_t exh_package_codes(const struct exh_check_code **ret_codes)
{
    *ret_codes = codes;
    return EXH_COUNT(codes);
}

static bool is_known(const char *code)
{
    for (size_t i = 0; i < EXH_COUNT(codes); i++)
        if (strcmp(codes[i].code, code) == 0)
            return true;
    return false;
}

void exh_check_findings_clear(struct exh_check_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->at[i].file);
        free(findings->at[i].text);
    }
    free(findings->at);
    *findings = (struct exh_check_findings){ NULL, 0 };
}

void exh_check_findings_vadd(struct exh_check_findings *findings, const char *code, const char *file, const char *format,
                       va_list arguments)
{
    assert(is_known(code));
    findings->at = exh_realloc_array(findings->at, findings->count + 1, sizeof *findings->at);
    findings->at[findings->count++] =
        (struct exh_check_finding){ .code = code, .file = exh_strdup(file), .text = exh_vformat(format, arguments) };
}

void exh_check_findings_add(struct exh_check_findings *findings, const char *code, const char *file, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    exh_check_findings_vadd(findings, code, file, format, arguments);
    va_end(arguments);
}

bool exh_check_finding_is_fatal(const struct exh_check_finding *finding)
{
    return finding->code[0] == 'E';
}
