/* export: from a camera and a window to a sealed, signed, logged package (floor 8). The main job.
 *
 * The order of things is what makes it safe to kill at any instruction:
 *   1. look (coverage); nothing there: an entry says so, and no reference is used;
 *   2. reserve: journal, then entry "export-begun" with the exhibit's reference;
 *   3. make: Master, record, pages, manifests, signatures, all under staging names, all durable;
 *   4. entry "export-done" with the digests (or "export-failed", and the staging files go);
 *   5. names are given: the exhibit's folder in the store, the package where it was asked for.
 * exh_store_recover takes over where a kill came between.
 */
#ifndef EXHIBIT_EXPORT_H
#define EXHIBIT_EXPORT_H

#include "exhibit/catalogue.h"
#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/json.h"
#include "exhibit/moment.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

struct exh_export_options {
    const char *case_id, *camera;
    struct exh_window window;
    const char *out;                         /* directory for the package; must exist */
    const struct exh_recipient *recipients;  /* none: a plain ZIP. The store's recovery recipient is added. */
    size_t recipient_count;
    bool dry_run;                            /* say what would be made, make nothing, leave no entry */
    const struct exh_strings *arguments;     /* the command as given, for the record */
    /* Called about ten times a second at most; may be NULL. Bytes of the part in hand. */
    void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size);
    void *context;
    bool (*interrupted)(void);               /* asked between blocks; true abandons. May be NULL */
};

/* Clear with exh_export_result_clear. */
struct exh_export_result {
    char reference[24];
    char *package;                           /* path; NULL for a dry run */
    uint64_t size;                           /* of the package; of the footage for a dry run */
    char digest[EXH_SHA256_DIGITS];          /* SHA-256 of the package file */
    char tagmanifest[EXH_SHA256_DIGITS];
    size_t findings;                         /* gaps and everything else that must be said: exit status 7 when any */
    struct exh_json *record;                 /* as sealed; without digests for a dry run */
};
void exh_export_result_clear(struct exh_export_result *result);

/* The store must have its actor. EXH_NO: no footage at all in the window (an entry says that it was
 * asked for). EXH_USAGE: unknown case or camera, a window that ends before it begins. EXH_REFUSED:
 * role, or the name is taken. EXH_IO: output directory missing or full. After a failure there is no
 * package, and the log says that the reference is used up, if one was. */
bool exh_export(struct exh_store *store, const struct exh_export_options *options, struct exh_export_result *ret_result, struct exh_error *err) EXH_CHECK;

#endif
