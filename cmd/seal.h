/* seal: what sealing gives to commands that end in it. */
#ifndef EXHIBIT_CMD_SEAL_H
#define EXHIBIT_CMD_SEAL_H

#include "cmd.h"

#include "exhibit/seal.h"

/* Seals what @seal says, whose arguments, progress and interrupted are set here, and prints it. */
bool seal_exhibits(struct session *session, struct exh_seal_options *seal, struct exh_error *err);

#endif
