/* note: the text formats of C2SP in which a log says what it is, and witnesses what they saw (floor 5).
 *
 *   signed note        text, an empty line, signatures, each by a name and an identifier of its key (c2sp.org/signed-note)
 *   checkpoint         a note of three lines: the log's origin, its size, its root (c2sp.org/tlog-checkpoint)
 *   cosignature        a witness's signature with its time under a checkpoint (c2sp.org/tlog-cosignature, Ed25519)
 *   proof              where an entry stands in the tree of a checkpoint (c2sp.org/tlog-proof)
 *   consistency proof  that a checkpoint's log begins with a smaller one: what a witness is asked with
 *                      (c2sp.org/tlog-witness, add-checkpoint)
 *
 * Reading is strict: one way of writing is taken, and what is read reads back to the same bytes. Everything is bounded.
 * docs/formats/checkpoint.md is the byte-exact account.
 */
#ifndef EXHIBIT_NOTE_H
#define EXHIBIT_NOTE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/merkle.h"
#include "exhibit/moment.h"

enum {
    EXH_NOTE_MOST = 64 << 10,            /* bytes of a note, or of a proof with its checkpoint */
    EXH_NOTE_SIGNATURES = 64,            /* the most under one note */
    EXH_NOTE_NAME = 256,                 /* of a key's name, with its NUL */
};

/* ---- keys ---- */

/* What a key signs as: the algorithm's byte in a verifier key. */
enum exh_note_kind { EXH_NOTE_LOG = 1, EXH_NOTE_WITNESS = 4 };
/* Whose signatures are looked for. Owns nothing. */
struct exh_verifier {
    char name[EXH_NOTE_NAME];
    enum exh_note_kind kind;
    struct exh_public_key key;           /* its minisign_id is left alone */
    uint8_t id[4];                       /* follows from the others */
};
/* EXH_USAGE: @name is not 1 to 255 printable characters of ASCII without a space or '+'. */
bool exh_verifier_make(const char *name, enum exh_note_kind kind, const struct exh_public_key *key,
                       struct exh_verifier *ret_verifier, struct exh_error *err) EXH_CHECK;
/* "<name>+<8 digits>+<base64>", a C2SP verifier key. EXH_MALFORMED: not one, another algorithm, or its digits are not
 * those of the rest. */
bool exh_verifier_read(const char *words, struct exh_verifier *ret_verifier, struct exh_error *err) EXH_CHECK;
/* The way back. Free with free(). */
char *exh_verifier_words(const struct exh_verifier *verifier) EXH_CHECK;

/* ---- notes ---- */

/* A signature as it stands there, whoever made it. */
struct exh_note_signature {
    char *name;
    uint8_t id[4];
    uint8_t *bytes;
    size_t size;                         /* of @bytes: 64 of a log's, 72 of a witness's */
};
/* Start with EXH_NOTE_NONE, clear with exh_note_clear. */
struct exh_note {
    char *text;                          /* with its last newline, without the empty line */
    size_t text_size;
    struct exh_note_signature *at;
    size_t count;
};
#define EXH_NOTE_NONE { NULL, 0, NULL, 0 }
void exh_note_clear(struct exh_note *note);
/* EXH_MALFORMED: not a signed note: no empty line, no signature, a control character, not UTF-8, or larger than it may be. */
bool exh_note_read(const void *bytes, size_t size, struct exh_note *ret_note, struct exh_error *err) EXH_CHECK;
/* What the note says of one key. BAD: there is a signature under the key's name and identifier, and it does not hold; or
 * there are two. @ret_time: of a witness's GOOD one, when it was made, whole seconds; NULL: not wanted. */
enum exh_note_verdict { EXH_NOTE_ABSENT, EXH_NOTE_GOOD, EXH_NOTE_BAD };
enum exh_note_verdict exh_note_judge(const struct exh_note *note, const struct exh_verifier *verifier,
                                     struct exh_moment *ret_time) EXH_CHECK;
/* @text, which ends with a newline, signed by a log's key under @name: a whole note. Free with free(). EXH_USAGE: the name;
 * or as the key signs. */
bool exh_note_sign(const char *text, const char *name, const struct exh_secret_key *key, char **ret_note,
                   struct exh_error *err) EXH_CHECK;
/* The line that a witness adds to @note, with its newline: it saw the checkpoint at @at (whole seconds from 1970 on). Free
 * with free(). Errors as above. */
bool exh_note_cosign(const struct exh_note *note, const char *name, struct exh_moment at, const struct exh_secret_key *key,
                     char **ret_line, struct exh_error *err) EXH_CHECK;

/* ---- checkpoints ---- */

struct exh_checkpoint { char origin[EXH_NOTE_NAME]; uint64_t size; struct exh_merkle_hash root; };
/* The three lines. Free with free(). */
char *exh_checkpoint_text(const struct exh_checkpoint *checkpoint) EXH_CHECK;
/* Reads a note's text. EXH_MALFORMED: not exactly three lines of that form: extension lines are not taken, since no
 * witness of ours could say anything about them. */
bool exh_checkpoint_read(const struct exh_note *note, struct exh_checkpoint *ret_checkpoint, struct exh_error *err) EXH_CHECK;

/* ---- proofs ---- */

/* A path, and the checkpoint (a whole note) whose tree it is in. Start with EXH_PROOF_NONE, clear with exh_proof_clear. */
struct exh_proof {
    uint64_t number;                     /* the entry's index; of a consistency proof, the smaller size */
    struct exh_merkle_path path;
    char *checkpoint;
    size_t checkpoint_size;
};
#define EXH_PROOF_NONE { .checkpoint = NULL }
void exh_proof_clear(struct exh_proof *proof);
/* A tlog-proof without extra data. Free with free(). */
char *exh_proof_inclusion_words(uint64_t index, const struct exh_merkle_path *path, const char *checkpoint) EXH_CHECK;
/* EXH_MALFORMED: not one. Extra data is passed over: it is not authenticated. */
bool exh_proof_inclusion_read(const void *bytes, size_t size, struct exh_proof *ret_proof, struct exh_error *err) EXH_CHECK;
/* The body of an add-checkpoint request to a witness. */
char *exh_proof_consistency_words(uint64_t from, const struct exh_merkle_path *path, const char *checkpoint) EXH_CHECK;
bool exh_proof_consistency_read(const void *bytes, size_t size, struct exh_proof *ret_proof, struct exh_error *err) EXH_CHECK;

#endif
