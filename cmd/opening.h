/* opening: what opens an encrypted package, as given on the command line. */
#ifndef EXHIBIT_CMD_OPENING_H
#define EXHIBIT_CMD_OPENING_H

#include "cmd.h"

#include "exhibit/package.h"

struct opening {
    const char *identity_file, *passphrase_file, *passphrase_fd;   /* as given; NULL */
    bool asks;                       /* the passphrase is asked for on the terminal, where it is not given */
    struct exh_identity *identity;   /* as read; NULL where none was given */
    struct exh_secret_text *passphrase;
};
/* Whom to trust: the list given, or that of the store that is named; nobody where neither is. */
bool read_signers(struct session *session, const char *path, struct exh_signers *ret_signers, struct exh_error *err);
bool opening_read(struct opening *opening, struct exh_error *err);
void opening_clear(struct opening *opening);
/* exh_package_check, watched. @ask: its progress is set here. */
bool check_watched(const struct session *session, const char *path, struct exh_package_ask *ask, struct exh_package_report *ret_report,
                   struct exh_error *err);
/* "OP1_x" of "dir/OP1_x.zip.age": what a package is called without its form's ending; of any other name, and of a folder's,
 * with ".checked" behind it, so that it is not the package's own. Free with free(). */
char *package_stem(const char *path) EXH_CHECK;

#endif
