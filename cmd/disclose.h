/* cmd: what the commands about packages handed over share. */
#ifndef EXHIBIT_CMD_DISCLOSE_H
#define EXHIBIT_CMD_DISCLOSE_H

#include "cmd.h"

/* All packages of a case of which somebody was told that they are ready, and that were handed over: as arrays, and as fields. */
struct exh_json *notices_json(const struct exh_casefile *casefile) EXH_CHECK;
struct exh_json *disclosures_json(const struct exh_casefile *casefile) EXH_CHECK;
void print_disclosures(const struct session *session, const struct exh_casefile *casefile);
/* One of them, after something was entered of it, in the form asked for. */
bool show_disclosure(const struct session *session, const char *id, struct exh_error *err) EXH_CHECK;

#endif
