/* casefile: the register of cases and exhibits, replayed from the custody log (floor 6).
 *
 * Nothing here is stored: delete it, and reading the log brings it back.
 */
#ifndef EXHIBIT_CASEFILE_H
#define EXHIBIT_CASEFILE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/ledger.h"
#include "exhibit/person.h"
#include "exhibit/text.h"

/* Why evidence is kept. */
struct exh_case {
    char id[24];                     /* "C1": opaque, in the order of opening */
    char *type;                      /* "arrest", ... (exh_case_type_check) */
    struct exh_strings references;   /* "police:35/91234/21" */
    char *requested_by, *basis;      /* who asked, and on what legal basis */
    char *title;                     /* NULL where none */
    struct exh_moment opened;
    char opened_by[EXH_FINGERPRINT_SIZE];
    bool sealed;                     /* its key is not to be had: id and times only, texts are NULL */
};

enum exh_exhibit_state { EXH_EXHIBIT_BEGUN, EXH_EXHIBIT_DONE, EXH_EXHIBIT_FAILED, EXH_EXHIBIT_ABANDONED };
const char *exh_exhibit_state_words(enum exh_exhibit_state state);

/* One evidential item, by its reference. */
struct exh_exhibit {
    char reference[24];              /* "OP1"; of a copy "OP1/2" */
    char of[24];                     /* of a copy: the Master that it is a copy of, "OP1"; else empty */
    char case_id[24];
    const char *making;              /* what made it: "export", "extract", "add"; of a copy "transcode", "combine", "still",
                                        "redact" */
    enum exh_exhibit_state state;
    struct exh_moment begun, ended;  /* ended: only when the state is not BEGUN */
    char producer[EXH_FINGERPRINT_SIZE];
    char tagmanifest[EXH_SHA256_DIGITS];   /* only when DONE */
};

/* A package made of exhibits of one case. */
struct exh_sealing {
    char id[24];                     /* "C1-P1": the case, and the number of its packages */
    char case_id[24];
    enum exh_exhibit_state state;
    struct exh_moment begun, ended;
    char sealer[EXH_FINGERPRINT_SIZE];
    struct exh_strings exhibits;     /* references, in the package's order */
};

/* Start with EXH_CASEFILE_NONE. */
struct exh_casefile {
    struct exh_case *cases;
    size_t case_count;
    struct exh_exhibit *exhibits;
    size_t exhibit_count;
    struct exh_sealing *sealings;
    size_t sealing_count;
};
#define EXH_CASEFILE_NONE { NULL, 0, NULL, 0, NULL, 0 }
void exh_casefile_clear(struct exh_casefile *casefile);

/* Replays the log's entries. @key_of gives the key named in an entry ("C1"), NULL where it is gone;
 * it stays @context's. EXH_MALFORMED: an entry that contradicts an earlier one, such as a copy whose Master is not done,
 * or is of another case. */
bool exh_casefile_replay(const struct exh_entry *entries, size_t count,
                         const struct exh_seal_key *(*key_of)(void *context, const char *key_id), void *context,
                         struct exh_casefile *ret_casefile, struct exh_error *err) EXH_CHECK;

/* The exhibit or package whose making an entry begins or ends, by its identifier, which is the entry's; NULL: neither. */
const char *exh_entry_item(const struct exh_entry *entry, bool *ret_begins) EXH_CHECK;

/* NULL where there is none. */
struct exh_case *exh_casefile_case(const struct exh_casefile *casefile, const char *id);
struct exh_exhibit *exh_casefile_exhibit(const struct exh_casefile *casefile, const char *reference);
struct exh_sealing *exh_casefile_sealing(const struct exh_casefile *casefile, const char *id);
/* The next package of a case: "C1-P2". */
void exh_casefile_next_sealing(const struct exh_casefile *casefile, const char *case_id, char ret_id[24]);
/* True when @words have the form of a package's identifier. */
bool exh_sealing_id_is_one(const char *words) EXH_CHECK;
/* The next copy of a Master: "OP17/3". */
void exh_casefile_next_copy(const struct exh_casefile *casefile, const char *master, char ret_reference[24]);

/* Takes the reference of a copy apart, "OP17/1" into "OP17" and 1. False where it is none: that of a Master, or none at
 * all. */
bool exh_reference_split(const char *reference, char ret_of[24], uint64_t *ret_number) EXH_CHECK;
/* True when @words have the form of a reference: of a Master or of a copy. */
bool exh_reference_is_one(const char *words) EXH_CHECK;
/* What an exhibit's files are called by in the store and in packages: "OP17_1". Initials have no '_', so that it leads back
 * to one reference only. */
void exh_reference_folder(const char *reference, char ret_name[24]);
/* The way back; false where @name is no exhibit's. */
bool exh_reference_of_folder(const char *name, char ret_reference[24]) EXH_CHECK;

/* The types a case can have; EXH_USAGE naming them all for another. "dardr" is read as "dhr". */
bool exh_case_type_check(const char *type, const char **ret_type, struct exh_error *err) EXH_CHECK;
/* An external reference: a system's name, ':', an identifier: "police:35/91234/21". EXH_USAGE. */
bool exh_case_reference_check(const char *reference, struct exh_error *err) EXH_CHECK;

#endif
