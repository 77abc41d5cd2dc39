/* verify, inside: a run over the whole store, and judging one item of it. */
#ifndef EXHIBIT_VERIFY_WHOLE_H
#define EXHIBIT_VERIFY_WHOLE_H

#include "seen.h"

struct exh_whole {
    struct exh_store *store;
    const struct exh_whole_ask *ask;
    struct exh_whole_report *report;
    struct exh_holdings holdings;
    char **found;                        /* where each package issued was found good; NULLs */
    struct exh_signers signers;
    bool has_signers;                    /* false: the log does not say whom to trust */
    struct exh_seen seen;
};

/* What is to be judged. */
struct exh_whole_item { enum exh_item_kind kind; const char *name; };   /* name: the reference, or the path */
/* Judges one; what is wrong is in @ret_item (findings are to be cleared), whose name and kind are set. *ret_not_yet: it is in the
 * making, and there is no verdict. */
void exh_whole_judge(struct exh_whole *whole, const struct exh_whole_item *item, struct exh_item_report *ret_item, bool *ret_not_yet);
/* What an item is called in private/verified. Free with free(). */
char *exh_whole_item_key(const struct exh_whole_item *item) EXH_CHECK;

#endif
