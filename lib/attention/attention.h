/* attention, private: which cases have something that waits. */
#ifndef EXHIBIT_ATTENTION_PRIVATE_H
#define EXHIBIT_ATTENTION_PRIVATE_H

#include "exhibit/store.h"

/* Visits the cases that have something which may need attention on some day: a hold that is not released, an answer that is owed, an
 * emergency that nobody approved, a package that no receipt came back for. Of the others it is kept in the store's index that there is
 * nothing, until they have new entries. *ret_exhibits: how many exhibits all cases have. Errors as exh_store_each_case; EXH_BUSY: another
 * process writes the index. */
bool exh_attention_each_case(struct exh_store *store, bool (*visit)(void *context, const struct exh_casefile *casefile, struct exh_error *err),
                             void *context, uint64_t *ret_exhibits, struct exh_error *err) EXH_CHECK;

#endif
