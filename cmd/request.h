/* cmd: what the commands about requests share. */
#ifndef EXHIBIT_CMD_REQUEST_H
#define EXHIBIT_CMD_REQUEST_H

#include "cmd.h"

/* All requests of a case: as an array, and as fields. */
struct exh_json *requests_json(const struct exh_casefile *casefile) EXH_CHECK;
void print_requests(const struct session *session, const struct exh_casefile *casefile);

#endif
