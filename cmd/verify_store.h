/* cmd: exhibit verify --store, called by verify.c. */
#ifndef EXHIBIT_CMD_VERIFY_STORE_H
#define EXHIBIT_CMD_VERIFY_STORE_H

#include "cmd.h"

/* What is asked for beside the store; strings as typed, NULL where not given. */
struct store_options {
    const char *sample, *seed, *minutes;
    bool resume;
    struct exh_strings packages;         /* --packages */
};
/* True where any of them was given. */
bool store_options_given(const struct store_options *options);
/* Judges the session's store, whole or a sample of it, prints what is wrong and a summary, and sets the session's status. */
bool verify_store(struct session *session, const struct store_options *options, struct exh_error *err) EXH_CHECK;

#endif
