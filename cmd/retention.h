/* cmd: what the commands about retention share. */
#ifndef EXHIBIT_CMD_RETENTION_H
#define EXHIBIT_CMD_RETENTION_H

#include "cmd.h"

#include "exhibit/policy.h"

/* What is left of an exhibit that was destroyed, or is being: by what rule, by which plan, and who agreed. As exh_sweep_tombstone. */
bool tell_tombstone(const struct session *session, const struct exh_exhibit *exhibit, struct exh_error *err) EXH_CHECK;

/* How long each camera's recorder keeps, against the rules for information that have a period: a line each. Nothing is touched.
 * EXH_USAGE: there is no such rule. */
bool check_sources(struct session *session, const struct exh_policy *policy, struct exh_moment now, struct exh_error *err) EXH_CHECK;

#endif
