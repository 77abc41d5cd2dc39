/* cmd: whom time stamps are believed by. */
#ifndef EXHIBIT_CMD_STAMP_H
#define EXHIBIT_CMD_STAMP_H

#include "cmd.h"

/* Reads a file of certificates. EXH_IO: it cannot be read; EXH_MALFORMED: it holds none. */
bool stamp_roots(const char *path, struct exh_stamp_roots **ret_roots, struct exh_error *err) EXH_CHECK;

#endif
