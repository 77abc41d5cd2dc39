/* helper/program: where the helper program is. */
#ifndef EXHIBIT_HELPER_PROGRAM_H
#define EXHIBIT_HELPER_PROGRAM_H

#include "exhibit/error.h"

/* Free with free(). EXH_IO: it is in none of its places. */
bool exh_helper_program(char **ret_path, struct exh_error *err) EXH_CHECK;

#endif
