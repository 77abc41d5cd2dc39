/* export: makes exhibits: of a camera's footage, with or without a package, and of files from elsewhere (floor 9).
 *
 * The order of things is what makes it safe to kill at any instruction:
 *   1. look (coverage); nothing there: an entry says so, and no reference is used;
 *   2. reserve: journal, then entry "export-begun" with the exhibit's reference;
 *   3. make: Master, record, pages, manifests, signatures, all under staging names, all durable;
 *   4. entry "export-done" with the digests (or "export-failed", and the staging files go);
 *   5. names are given: the exhibit's folder in the store, the package where it was asked for.
 * exh_store_recover takes over where a kill came between. An exhibit without a package goes the same
 * way under the name "extract", files from elsewhere under "add".
 */
#ifndef EXHIBIT_EXPORT_H
#define EXHIBIT_EXPORT_H

#include "exhibit/catalogue.h"
#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/item.h"
#include "exhibit/making.h"
#include "exhibit/moment.h"
#include "exhibit/store.h"
#include "exhibit/text.h"

struct exh_export_options {
    const char *case_id, *camera;
    struct exh_window window;
    bool recorder_time;                      /* the window is what the recorder's clock showed, not true time */
    enum exh_mode mode;                      /* EXH_CLIP or EXH_NATIVE */
    const char *out;                         /* directory for the package; must exist. NULL: the exhibit stays in the
                                                store and nothing is packed */
    const char *request;                     /* on which it is made, "C1-R1"; NULL: none is named */
    const char *emergency;                   /* why it is made before anybody asked in form; NULL: it is not */
    const struct exh_recipient *recipients;  /* none: a plain ZIP. The store's recovery recipient is added. */
    size_t recipient_count;
    bool dry_run;                            /* say what would be made, make nothing, leave no entry */
    /* Told once, before anything is made: bytes of footage, and how long it should take, by a rate measured for
     * it; not told where NULL. Measuring writes up to 64 MiB into the store, for a moment. */
    void (*estimated)(void *context, uint64_t size, int64_t duration_ns);
    const struct exh_strings *arguments;     /* the command as given, for the record */
    /* Called about ten times a second at most; may be NULL. Bytes of the part in hand. */
    void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size);
    void *context;
    bool (*interrupted)(void);               /* asked between blocks; true abandons. May be NULL */
};

/* The store must have its actor. EXH_NO: no footage at all in the window (an entry says that it was
 * asked for). EXH_USAGE: unknown case, camera or request, a window that ends before it begins. EXH_REFUSED:
 * role, the name is taken, a request that does not cover it, or none where the store needs one. EXH_IO: output directory missing or full. After a failure there is no
 * package, and the log says that the reference is used up, if one was. */
bool exh_export(struct exh_store *store, const struct exh_export_options *options, struct exh_made *ret_result, struct exh_error *err) EXH_CHECK;

/* Files from elsewhere: shop CCTV, a phone. */
struct exh_add_options {
    const char *case_id;
    const struct exh_strings *files;         /* paths, 1 to 1,000: the Master of one exhibit, in this order */
    struct exh_handover handover;
    struct exh_rate rate;                    /* declared, of bare streams */
    bool dry_run;
    const struct exh_strings *arguments;
    void (*progress)(void *context, size_t part, size_t parts, uint64_t done, uint64_t size);
    void *context;
    bool (*interrupted)(void);
};
/* Makes an exhibit whose Master is @options->files, bit for bit; it stays in the store. What is in them is looked
 * at, and need not be known: that is a finding. EXH_USAGE: no file, or unknown case; EXH_IO: a file cannot be read;
 * EXH_MALFORMED: one is empty, is no regular file, or changed while it was read; EXH_REFUSED: role. The files
 * themselves are only read. After a failure it is as with exh_export. */
bool exh_add(struct exh_store *store, const struct exh_add_options *options, struct exh_made *ret_result, struct exh_error *err) EXH_CHECK;

#endif
