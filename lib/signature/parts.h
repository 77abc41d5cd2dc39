/* signature, private: what its files share. */
#ifndef EXHIBIT_SIGNATURE_PARTS_H
#define EXHIBIT_SIGNATURE_PARTS_H

#include "exhibit/signature.h"

/* The rows of the one table of findings. */
enum exh_signature_found {
    FOUND_MISMATCH,
    FOUND_COMMENT,
    FOUND_KEY,
    FOUND_NAMESPACE,
    FOUND_SIGNER_NAMESPACE,
    FOUND_SIGNER_NOT_YET,
    FOUND_SIGNER_EXPIRED,
    FOUND_MALFORMED,
    FOUND_ALGORITHM,
    FOUND_LEGACY_SIZE,
    FOUND_LEGACY_KEYS,
    FOUND_NO_KEY,
    FOUND_SIGNER_UNKNOWN,
};

/* Says why the signature is not GOOD; the first time counts. */
void exh_signature_find(struct exh_signature_report *report, enum exh_signature_found what, const char *format, ...)
    EXH_PRINTF(3, 4);

/* Reads one signature of whatever form. False: the report says why. */
bool exh_signature_read(const struct exh_signature_file *file, struct exh_detached *ret_detached,
                        struct exh_signature_report *report) EXH_CHECK;

#endif
