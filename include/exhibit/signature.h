/* signature: one file, of any size, held against detached signatures of it (floor 5).
 *
 *     EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
 *     exh_signature_judge(fd, "report.pdf", files, count, &means, &result, err)
 *     result.at[0].verdict ...
 *
 * The signatures are SSHSIG, minisign (pre-hashed and legacy) and signify, found by their own bytes, all of Ed25519
 * (docs/formats/signatures.md). The file is read once, as a stream; what is wrong with a signature is a verdict on it.
 */
#ifndef EXHIBIT_SIGNATURE_H
#define EXHIBIT_SIGNATURE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/moment.h"
#include "exhibit/person.h"
#include "exhibit/text.h"

/* ---- the file ---- */

/* A legacy signature is over the file's bytes themselves, which Ed25519 goes through twice: they are kept in memory, up to
 * this many. It is the limit of minisign's own -l. */
#define EXH_SIGNATURE_LEGACY_MOST (UINT64_C(1) << 30)

/* What a file was, read once. Start with EXH_FILE_DIGESTS_NONE, clear with exh_file_digests_clear. */
struct exh_file_digests {
    uint64_t size;
    char sha256[EXH_SHA256_DIGITS];      /* empty while nothing was read */
    uint8_t of[EXH_SIGNED_BYTES][EXH_HASH_MOST];   /* by enum exh_signed_as; those that were wanted */
    struct exh_text bytes;               /* where EXH_SIGNED_BYTES was wanted: all of them */
    bool too_large;                      /* they were more than EXH_SIGNATURE_LEGACY_MOST: bytes is empty */
};
#define EXH_FILE_DIGESTS_NONE { .size = 0 }
void exh_file_digests_clear(struct exh_file_digests *digests);
/* Called as a file is read; false stops it. */
typedef bool exh_file_progress(void *context, uint64_t done);
/* Reads @fd, a file or a pipe, to its end, with one thread a digest. @wanted: bits 1 << enum exh_signed_as; SHA-256 is taken
 * in any case. @progress may be NULL. Memory: 5 MiB, and the bytes where they are wanted.
 * EXH_IO: cannot be read, or stopped by @progress; @path is named. */
bool exh_file_digests_read(int fd, const char *path, unsigned wanted, exh_file_progress *progress, void *context,
                      struct exh_file_digests *ret_digests, struct exh_error *err) EXH_CHECK;

/* ---- verdicts ---- */

enum exh_signature_verdict {
    EXH_SIGNATURE_GOOD,                  /* matches, by a key that is trusted for it */
    EXH_SIGNATURE_PARTIAL,               /* matches, by a key that no list names */
    EXH_SIGNATURE_BAD,                   /* does not match, or the key is not trusted for it at that time */
    EXH_SIGNATURE_MALFORMED,
    EXH_SIGNATURE_REFUSED,               /* of a kind that is not checked here, which is named */
    EXH_SIGNATURE_NOT_JUDGED,            /* no key was given to judge it with */
};
const char *exh_signature_verdict_words(enum exh_signature_verdict verdict);   /* "GOOD", "PARTIAL", ... */

/* What can be found, each by a code that never changes (exhibit-findings(7)). */
struct exh_signature_finding {
    const char *code;                    /* "E-SIGNATURE-MISMATCH"; "W-..." where the verdict is PARTIAL */
    enum exh_signature_verdict verdict;  /* that follows from it */
    const char *words;                   /* what it means, for the manual */
};
/* All of them. */
const struct exh_signature_finding *exh_signature_findings(size_t *ret_count);

enum exh_signature_form { EXH_SIGNATURE_UNKNOWN, EXH_SIGNATURE_SSH, EXH_SIGNATURE_MINISIGN, EXH_SIGNATURE_MINISIGN_LEGACY,
                          EXH_SIGNATURE_SIGNIFY };
/* "sshsig", "minisign", "minisign-legacy", "signify"; NULL of an unknown one. */
const char *exh_signature_form_name(enum exh_signature_form form);

/* What is said of one signature. */
struct exh_signature_report {
    enum exh_signature_verdict verdict;
    const struct exh_signature_finding *finding;   /* why it is not GOOD; NULL where it is */
    char *reason;                        /* the same of this one, in a sentence; NULL where it is GOOD */
    enum exh_signature_form form;
    enum exh_signed_as as;               /* of a known form */
    char signer[EXH_FINGERPRINT_SIZE];   /* whose key made it; empty where it does not match */
    char *signer_name;                   /* principals of the list that knows the key; NULL */
    enum exh_key_state signer_state;
    bool named;                          /* the key is the one that was given by itself */
    char key_number[EXH_KEY_NUMBER_DIGITS];   /* minisign and signify; else empty */
    char *name_space;                    /* SSHSIG, as it says; else NULL */
    char *trusted;                       /* minisign's trusted comment, once it is known to be signed; else NULL */
};
/* Start with EXH_SIGNATURE_RESULT_NONE. */
struct exh_signature_result {
    struct exh_file_digests digests;          /* sha256 is empty where no signature could be held against the file */
    struct exh_signature_report *at;     /* in the order of the signatures */
    size_t count;
};
#define EXH_SIGNATURE_RESULT_NONE { EXH_FILE_DIGESTS_NONE, NULL, 0 }
void exh_signature_result_clear(struct exh_signature_result *result);

/* ---- judging ---- */

/* The words of one public key file: of minisign, signify or OpenSSH. */
struct exh_signature_key {
    struct exh_public_key key;
    bool has_number;                     /* OpenSSH's have no key number */
};
/* @what names it in messages. EXH_MALFORMED: none of the three, or damaged, or more than one key; EXH_REFUSED: a key of
 * another algorithm, named. */
bool exh_signature_read_key(const char *bytes, size_t size, const char *what, struct exh_signature_key *ret_key,
                            struct exh_error *err) EXH_CHECK;

/* What signatures are for, unless somebody says otherwise. */
#define EXH_SIGNATURE_NAMESPACE "exhibit"

/* What signatures are judged with. */
struct exh_signature_means {
    const struct exh_signers *signers;   /* lists of keys; NULL: none */
    const struct exh_signature_key *key; /* a key that is trusted for this; NULL: none */
    const char *name_space;              /* that an SSHSIG must be for, and a listed key trusted for */
    struct exh_moment at;                /* when listed keys must be valid */
    exh_file_progress *progress;      /* may be NULL */
    void *context;
};
/* The bytes of one signature file; borrowed. */
struct exh_signature_file { const char *bytes; size_t size; };
/* Signatures larger than this are malformed: who reads them need not read on. */
enum { EXH_SIGNATURE_LARGEST = 65536 };

/* Judges @count signatures of what @fd reads. Those of minisign and signify name no key but by a number: each key given is
 * tried, and that of an SSHSIG which matches the same file. EXH_IO: the file cannot be read; else there is a verdict. */
bool exh_signature_judge(int fd, const char *path, const struct exh_signature_file *files, size_t count,
                         const struct exh_signature_means *means, struct exh_signature_result *ret_result,
                         struct exh_error *err) EXH_CHECK;

#endif
