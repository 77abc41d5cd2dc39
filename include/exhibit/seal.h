/* seal: packs exhibits of the store, one or several of one case, into one package that leaves the room (floor 9).
 *
 * The order of things is that of every making (making.h): choose and judge, reserve (journal, entry "seal-begun" with the
 * package's identifier), write everything under staging names, enter "seal-done", give the names. Each byte is read once: it
 * is hashed against the exhibit's own seal, packed, encrypted and written in the same pass; an exhibit that turns out not to
 * be as it was sealed ends it, and the log says so.
 */
#ifndef EXHIBIT_SEAL_H
#define EXHIBIT_SEAL_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

/* What of a Master goes into the package; of copies the newest of each kind. */
enum exh_seal_item { EXH_SEAL_MASTER, EXH_SEAL_COPY, EXH_SEAL_STILLS, EXH_SEAL_REDACTED, EXH_SEAL_ITEMS };
const char *exh_seal_item_name(enum exh_seal_item item);          /* "master", "copy", "stills", "redacted" */
/* Reads "master,copy". EXH_USAGE: a word that is none of them. */
bool exh_seal_items_parse(const char *words, bool ret_items[EXH_SEAL_ITEMS], struct exh_error *err) EXH_CHECK;

/* The medium that the package is to go to: of the store's configuration, or one of "plain" (no limit), "axon", "dvd" and
 * "fat32". @ret_medium's name stays the store's, or is nobody's to free. EXH_USAGE naming them. */
bool exh_seal_medium(const struct exh_store *store, const char *name, struct exh_medium *ret_medium, struct exh_error *err)
    EXH_CHECK;

struct exh_seal_options {
    const struct exh_strings *exhibits;      /* references: Masters, copies, or both; of one case; at least one */
    bool items[EXH_SEAL_ITEMS];              /* of each Master that is named; none set: the Master itself */
    const struct exh_recipient *recipients;  /* none: not encrypted to anybody */
    size_t recipient_count;
    const char *no_recovery;                 /* why the store's recovery recipient is not added; NULL: it is */
    const struct exh_secret_text *passphrase;    /* an encrypted ZIP instead; NULL */
    bool folder;                             /* a plain folder instead */
    struct exh_medium medium;                /* as exh_seal_medium gives it */
    const char *out;                         /* directory, which must exist */
    bool dry_run;                            /* say what would be packed, make nothing, leave no entry */
    const struct exh_strings *arguments;     /* the command as given, for the record */
    /* Called about ten times a second at most; may be NULL. Bytes of all files. */
    void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size);
    void *context;
    bool (*interrupted)(void);               /* asked between blocks; true abandons. May be NULL */
};

struct exh_seal_volume {
    char *path;                              /* of the ZIP, age file or folder */
    uint64_t size;                           /* bytes of the file; of a folder, of its payload */
    char digest[EXH_SHA256_DIGITS];          /* of the file; empty for a folder */
    char tagmanifest[EXH_SHA256_DIGITS];
};
/* What was made. Clear with exh_seal_made_clear. */
struct exh_seal_made {
    char id[24];                             /* "C1-P1"; empty for a dry run */
    struct exh_json *package;                /* record/package.json of the first volume */
    struct exh_seal_volume *volumes;
    size_t volume_count;
    struct exh_strings left_out;             /* copies of the Masters named that are not packed, one sentence each */
};
void exh_seal_made_clear(struct exh_seal_made *made);

/* The store must have its actor. EXH_USAGE: an exhibit that is not there, of another case, or without what was asked for;
 * EXH_REFUSED: role, a name that is taken, an exhibit that is not as it was sealed (an entry "verify" says so), or a file
 * too large for the profile; EXH_IO: disk full, interrupted. After a failure there is no package, and the log says that its
 * identifier is used up, if it was. */
bool exh_seal(struct exh_store *store, const struct exh_seal_options *options, struct exh_seal_made *ret_made,
              struct exh_error *err) EXH_CHECK;

#endif
