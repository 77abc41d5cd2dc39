/* package: the sealed bag (BagIt 1.0, RFC 8493) as a folder, a ZIP, or a ZIP in an age file (floor 4).
 *
 * Writing goes to a folder and a container at once, each byte read once:
 *
 *     exh_package_open(&where, &package, err)
 *     exh_package_begin(package, "data/master/OP1_1.mp4", size, err)
 *     ... exh_package_fan(package): exh_fan_space / exh_fan_filled / exh_fan_put ...
 *     exh_package_end(package, digest, err)
 *     exh_package_text(package, "record/exhibit.json", bytes, size, err)
 *     exh_package_seal(package, &seal, err)          manifests, signatures, all durable, under staging names
 *     (the custody entry is written here)
 *     exh_package_commit(package, err)               they take their names
 *
 * Payload members (data/...) come first, then the other files, each group in the order of names;
 * the caller adds them so.
 */
#ifndef EXHIBIT_PACKAGE_H
#define EXHIBIT_PACKAGE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/person.h"
#include "exhibit/stream.h"
#include "exhibit/text.h"

/* ---- writing ---- */

struct exh_package_where {
    int folder_parent;                   /* directory for the folder form; -1: none */
    const char *folder;                  /* its name, "OP1"; staged as ".OP1.partial" until commit */
    int container_parent;                /* directory for the ZIP or age file; -1: none */
    const char *container;               /* its name: "OP1_wisbech-12_20211205T211000Z.zip" (".zip.age") */
    const char *container_staging;       /* its staging name, chosen beforehand with exh_staging_name; NULL: any */
    const struct exh_recipient *recipients;   /* none: a plain ZIP */
    size_t recipient_count;
    struct exh_moment sealed;            /* sealing time */
};
struct exh_package;
/* EXH_REFUSED: a name is taken; EXH_IO: a directory is missing or cannot be written. */
bool exh_package_open(const struct exh_package_where *where, struct exh_package **ret_package, struct exh_error *err)
    EXH_CHECK;
/* Begins a payload member of exactly @size bytes; its bytes go through exh_package_fan. Names: relative,
 * ASCII letters, digits and "._-/", each part at most 75 characters. */
bool exh_package_begin(struct exh_package *package, const char *name, uint64_t size, struct exh_error *err) EXH_CHECK;
struct exh_fan *exh_package_fan(struct exh_package *package);
bool exh_package_end(struct exh_package *package, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err) EXH_CHECK;
/* Keeps a small file outside data/ (record, page), written in order of names at seal. */
void exh_package_text(struct exh_package *package, const char *name, const void *bytes, size_t size);
struct exh_package_seal {
    const struct exh_secret_key *key;
    const char *signer;                  /* initials */
    const char *exhibit;                 /* "OP1": External-Identifier, trusted comment */
    const char *organisation;            /* Source-Organization */
    const char *description;             /* External-Description: one line, no personal data needed */
};
struct exh_package_sealed {
    char tagmanifest[EXH_SHA256_DIGITS]; /* SHA-256 of tagmanifest-sha256.txt: what is signed */
    char container[EXH_SHA256_DIGITS];   /* SHA-256 of the container file; empty without one */
    uint64_t container_size;
    char folder_staging[256], container_staging[256];   /* names until commit */
};
/* Writes what is left: kept files, bag-info.txt, bagit.txt, manifests, both signatures; syncs. */
bool exh_package_seal(struct exh_package *package, const struct exh_package_seal *seal,
                      struct exh_package_sealed *ret_sealed, struct exh_error *err) EXH_CHECK;
/* Folder first, then container. Once this was called nothing is removed any more, whatever happens:
 * the log knows the package, and what could not take its name keeps its staging name. */
bool exh_package_commit(struct exh_package *package, struct exh_error *err) EXH_CHECK;
/* Removes what was written, unless commit was called. */
void exh_package_freep(struct exh_package **package);

/* ---- checking ---- */

enum exh_verdict { EXH_VERIFIED, EXH_PARTIAL, EXH_FAILED, EXH_NOT_SIGNED };
const char *exh_verdict_words(enum exh_verdict verdict);          /* "VERIFIED", "PARTIAL", "FAILED", "NOT SIGNED" */

struct exh_package_file {
    char *name;
    uint64_t size;
    char digest[EXH_SHA256_DIGITS];      /* as read */
    bool ok;
    char *reason; /* "hash matches", "hash differs from manifest-sha256.txt", "not in any manifest", "missing", ... */
};
/* Clear with exh_package_report_clear. */
struct exh_package_report {
    enum exh_verdict verdict;
    char form[16];                       /* "zip", "age", "folder" */
    struct exh_package_file *files;      /* in order of names, missing ones included */
    size_t file_count;
    struct exh_strings reasons;          /* why it is not VERIFIED, one sentence each; the container's faults too */
    bool signed_ssh, signed_minisign;    /* signature present and valid for signer_key */
    struct exh_public_key signer_key;
    char signer[EXH_FINGERPRINT_SIZE];   /* empty when there is no good signature */
    char *signer_name;                   /* principals of the list that knows the key; NULL */
    enum exh_key_state signer_state;
    char *claimed_signer;                /* as the package itself says (record/signers); NULL */
    struct exh_moment sealed;            /* as signed in the trusted comment */
    char tagmanifest[EXH_SHA256_DIGITS];
    struct exh_json *record;             /* record/exhibit.json, only when its hash matched; NULL else */
};
void exh_package_report_clear(struct exh_package_report *report);
/* Judges a package: @path a ZIP, an age file (needs @identity), or a folder. Opened once; the bytes
 * read are the bytes judged; nothing is written. @signers may be NULL (then at best PARTIAL).
 * A bad package is a result (EXH_FAILED), whatever is wrong with it, a file that is no package at all
 * included. EXH_IO: cannot be opened or read; EXH_REFUSED: age file and no identity that opens it. */
bool exh_package_check(int directory, const char *path, const struct exh_identity *identity,
                       const struct exh_signers *signers, struct exh_package_report *ret_report, struct exh_error *err)
    EXH_CHECK;

#endif
