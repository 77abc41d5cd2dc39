/* cmd: exhibit verify --bag, called by verify.c. */
#ifndef EXHIBIT_CMD_VERIFY_BAG_H
#define EXHIBIT_CMD_VERIFY_BAG_H

#include "cmd.h"

/* Judges the folder @path as a BagIt bag, prints what was found, as text or JSON, and raises the session's status: EXH_NO
 * for INVALID, else 7 for warnings. EXH_IO: it is not there or cannot be read, and nothing was printed. */
bool verify_bag(struct session *session, const char *path, struct exh_error *err) EXH_CHECK;

#endif
