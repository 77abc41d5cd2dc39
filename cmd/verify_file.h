/* cmd: verifying a file that is no package, against signatures of its own. */
#ifndef EXHIBIT_CMD_VERIFY_FILE_H
#define EXHIBIT_CMD_VERIFY_FILE_H

#include "cmd.h"

#include "exhibit/person.h"

/* What the options say of such a file; borrowed, but for the list. */
struct file_options {
    struct exh_strings signatures;       /* --signature, as often as it was given */
    const char *public_key;              /* --public-key; NULL */
    const char *name_space;              /* --namespace; NULL: "exhibit" */
    const char *at;                      /* --at; NULL: now */
};

/* Judges @path ("-": standard input) and prints what was found, where a signature was named, or where it is no package and
 * PATH.sig or PATH.minisig stands beside it; else sets *@ret_taken to false and does nothing. @signers may be NULL. The exit
 * status is the session's. EXH_USAGE: options that are for such files only, and this is none; EXH_IO; and as the public key
 * and --at are read. */
bool verify_file(struct session *session, const char *path, const struct file_options *options,
                 const struct exh_signers *signers, bool *ret_taken, struct exh_error *err) EXH_CHECK;

#endif
