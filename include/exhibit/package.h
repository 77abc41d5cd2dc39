/* package: the sealed bag (BagIt 1.0, RFC 8493) as a folder, a ZIP, or a ZIP in an age file (floor 4).
 *
 * Writing goes to a folder and a container at once, each byte read once:
 *
 *     exh_package_open(&where, &package, err)
 *     exh_package_begin(package, "data/master/OP1_1.mp4", size, NULL, err)
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
#include "exhibit/note.h"
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
    const struct exh_secret_text *passphrase; /* a ZIP whose files are encrypted under it, and no recipients; NULL */
    struct exh_moment sealed;            /* sealing time */
};
struct exh_package;
struct exh_sealed;
/* EXH_REFUSED: a name is taken; EXH_IO: a directory is missing or cannot be written. */
bool exh_package_open(const struct exh_package_where *where, struct exh_package **ret_package, struct exh_error *err)
    EXH_CHECK;
/* Begins a payload member of exactly @size bytes; its bytes go through exh_package_fan. Names: relative,
 * ASCII letters, digits and "._-/", each part at most 75 characters. Of a large file the hashes of its pieces
 * are made on the way, unless @sealed knows them already: of a file that is what it should be only when the digest
 * that exh_package_end gives is the one @sealed has. @sealed: NULL where there is none. */
bool exh_package_begin(struct exh_package *package, const char *name, uint64_t size, const struct exh_sealed *sealed,
                       struct exh_error *err) EXH_CHECK;
struct exh_fan *exh_package_fan(struct exh_package *package);
bool exh_package_end(struct exh_package *package, char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err) EXH_CHECK;
/* The three at once, of bytes that are there already. */
bool exh_package_put(struct exh_package *package, const char *name, const void *bytes, size_t size, char ret_digest[EXH_SHA256_DIGITS],
                     struct exh_error *err) EXH_CHECK;
/* The manifest as it stands: names, sizes and digests of the payload so far, in order. */
size_t exh_package_payload_count(const struct exh_package *package);
const char *exh_package_payload(const struct exh_package *package, size_t index, uint64_t *ret_size,
                                const char **ret_digest);
/* Keeps a small file outside data/ (record, page), written in order of names at seal. */
void exh_package_text(struct exh_package *package, const char *name, const void *bytes, size_t size);
struct exh_package_seal {
    const struct exh_secret_key *key;
    const char *signer;                  /* initials */
    const char *identifier;              /* "OP1", "C1-P1": External-Identifier, trusted comment; no space */
    const char *organisation;            /* Source-Organization */
    const char *description;             /* External-Description: one line, no personal data needed */
    const char *other_signers;           /* further lines of record/signers/allowed_signers; NULL */
    size_t volume, volumes;              /* of several packages that belong together: Bag-Count; 0: it stands alone */
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

/* ---- what is found wrong ---- */

/* Codes are stable; 'E' begins those that make a package fail, 'W' those that must be said. */
struct exh_check_code { const char *code, *meaning; };
/* All of them, in the order of codes: exhibit-findings(7). */
size_t exh_package_codes(const struct exh_check_code **ret_codes);
struct exh_check_finding {
    const char *code;                    /* "E-FILE-DIGEST"; never freed */
    char *file;                          /* which it is about; NULL: the whole */
    char *text;                          /* one sentence */
};
struct exh_check_findings { struct exh_check_finding *at; size_t count; };
#define EXH_FINDINGS_NONE { NULL, 0 }
void exh_check_findings_clear(struct exh_check_findings *findings);
void exh_check_findings_add(struct exh_check_findings *findings, const char *code, const char *file, const char *format, ...)
    EXH_PRINTF(4, 5);
void exh_check_findings_vadd(struct exh_check_findings *findings, const char *code, const char *file, const char *format, va_list arguments)
    EXH_PRINTF(4, 0);
bool exh_check_finding_is_fatal(const struct exh_check_finding *finding);

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
/* An exhibit within a package of exhibits. */
struct exh_package_exhibit {
    char *reference;                     /* "OP1/2" */
    char *folder;                        /* "record/exhibits/OP1_2" */
    char tagmanifest[EXH_SHA256_DIGITS];
    char signer[EXH_FINGERPRINT_SIZE];   /* of its own seal; empty where there is no good one */
    struct exh_json *record;             /* its record/exhibit.json, only when its hash matched; NULL else */
    bool ok;
};
/* Clear with exh_package_report_clear. */
struct exh_package_report {
    enum exh_verdict verdict;
    char form[16];                       /* "zip", "age", "zip-aes", "folder" */
    struct exh_package_file *files;      /* in order of names, missing ones included */
    size_t file_count;
    struct exh_check_findings findings;        /* why it is not VERIFIED, and what else must be said */
    bool signed_ssh, signed_minisign;    /* signature present and valid for signer_key */
    struct exh_public_key signer_key;
    char signer[EXH_FINGERPRINT_SIZE];   /* empty when there is no good signature */
    char *signer_name;                   /* principals of the list that knows the key; NULL */
    enum exh_key_state signer_state;
    char *claimed_signer;                /* as the package itself says (record/signers); NULL */
    struct exh_moment sealed;            /* as signed in the trusted comment */
    char *identifier;                    /* "OP1", "C1-P1"; NULL where bag-info.txt does not hold */
    char tagmanifest[EXH_SHA256_DIGITS];
    struct exh_json *record;             /* record/exhibit.json, only when its hash matched; NULL else */
    struct exh_json *holding;            /* record/package.json of a package of exhibits, likewise */
    struct exh_json *certificate;        /* record/certificate.json of a destruction certificate, likewise */
    struct exh_package_exhibit *exhibits;   /* of a package of exhibits */
    size_t exhibit_count;
    char *checkpoint;                    /* of the custody log at sealing, a note that its key signed; NULL: none that holds */
    struct exh_verifier log;             /* that key, as the package has it; only where there is a checkpoint */
    struct exh_checkpoint log_state;     /* what it says; likewise */
    char *written;                       /* what was written, below the directory that was given; NULL: nothing */
};
void exh_package_report_clear(struct exh_package_report *report);

/* What to write of a package while it is judged. */
enum exh_unpack {
    EXH_UNPACK_SOUND,    /* a folder with every file that is as it was signed; where no signature is good, nothing */
    EXH_UNPACK_FOLDER,   /* a folder, when the whole is VERIFIED or PARTIAL; else nothing */
    EXH_UNPACK_ZIP,      /* the ZIP that was inside an age file, likewise */
};
struct exh_package_ask {
    const struct exh_identity *identity; /* opens an age file; NULL */
    const struct exh_secret_text *passphrase;   /* opens an encrypted ZIP; NULL */
    const struct exh_signers *signers;   /* whom to trust; NULL: nobody is known (then at best PARTIAL) */
    const struct exh_keyring *keyring;   /* says when and why a key was revoked; its log must verify. NULL */
    const char *zone;                    /* of the people who read that; NULL: UTC alone */
    const char *fingerprint;             /* the signer must be this one; NULL: any */
    bool encrypted_only;                 /* a package that is not encrypted is EXH_MALFORMED */
    bool from_disk;                      /* of a folder's files what the system remembers is let go first, as far as it does */
    enum exh_unpack unpack;
    int into;                            /* directory to write into; -1: nothing is written */
    const char *name;                    /* what is written gets this name there; it must be free */
    /* Told the bytes of files read so far, often; false stops, and then nothing is left. NULL: nobody is. */
    bool (*progress)(void *context, uint64_t done);
    void *context;
};
#define EXH_PACKAGE_ASK_NONE { .into = -1 }
/* Judges a package: @path a ZIP, an age file, or a folder; "-": standard input. Opened once; the bytes
 * read are the bytes judged. A bad package is a result (EXH_FAILED), whatever is wrong with it, a file that is no
 * package at all included. What is written is staged below @ask->into and named only after the verdict; names are
 * the strict ones of packages, so nothing is written outside, through a link, or over another file. On failure, and
 * where the verdict does not allow it, nothing is left.
 * EXH_IO: cannot be opened, read or written, or stopped by progress; EXH_REFUSED: encrypted and no identity or passphrase that opens it, or
 * @ask->name is taken; EXH_MALFORMED: it is not encrypted, and @ask->encrypted_only. */
bool exh_package_check(int directory, const char *path, const struct exh_package_ask *ask,
                       struct exh_package_report *ret_report, struct exh_error *err) EXH_CHECK;

/* ---- taking one away ---- */

enum exh_removal {
    EXH_REMOVAL_DONE,                    /* it is gone, or what an earlier call left of it is */
    EXH_REMOVAL_NOT_THERE,
    EXH_REMOVAL_ANOTHER,                 /* what lies there is not the package, or more than that: it was left as it is */
    EXH_REMOVAL_UNREADABLE,              /* it could not be read: likewise */
    EXH_REMOVAL_NOT_REMOVABLE,           /* it could not be taken away, or not all of it */
};
/* Takes away a package that is a folder, @name in @directory, where its tag manifest has the SHA-256 @tagmanifest, every file in it
 * is as it was sealed, and nothing else lies there; who signed it is not asked. It is renamed first (exh_package_leaving), and then
 * goes file by file; no link is followed. Killed, or called again after it was not removable, it goes on where it was. */
enum exh_removal exh_package_remove(int directory, const char *name, const char *tagmanifest);
/* What it is called while it goes: ".NAME.destroying". Free with free(). */
char *exh_package_leaving(const char *name) EXH_CHECK;

/* ---- an exhibit's folder, about to be packed with others ---- */

/* Everything of a sealed folder but the bytes of its payload, which are judged as they are read. */
struct exh_sealed_file {
    char *name;
    uint64_t size;
    char digest[EXH_SHA256_DIGITS];      /* as sealed */
};
struct exh_sealed_text { char *name, *bytes; size_t size; };
struct exh_pieces_list;
struct exh_sealed {
    struct exh_package_report report;    /* the verdict takes the payload's bytes as read: they are not yet */
    struct exh_sealed_file *files;       /* the payload, in the order of names */
    size_t file_count;
    struct exh_sealed_text *texts;       /* all other files */
    size_t text_count;
    struct exh_pieces_list *pieces;      /* as sealed */
};
void exh_sealed_freep(struct exh_sealed **sealed);
/* @path: a folder in @directory. Failures are those of exh_package_check. */
bool exh_sealed_open(int directory, const char *path, const struct exh_signers *signers, struct exh_sealed **ret_sealed,
                     struct exh_error *err) EXH_CHECK;
/* Which pieces of a payload file differ from what was sealed, read again from @fd: "pieces 3 and 4 of 9 (bytes ... to
 * ...)". NULL: no piece hashes were kept of it, or it cannot be read. Free with free(). */
char *exh_sealed_locate(const struct exh_sealed *sealed, const char *name, int fd) EXH_CHECK;

#endif
