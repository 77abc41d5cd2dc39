/* keyfile: a person's key as files: the secret one, and the two public ones; and reading what is secret (floor 5).
 *
 * "op.key" is a stock minisign secret key file; beside it stand "op.pub" (minisign) and
 * "op.ssh.pub" (OpenSSH). The comment of the secret one says whose it is.
 */
#ifndef EXHIBIT_KEYFILE_H
#define EXHIBIT_KEYFILE_H

#include "exhibit/crypto.h"
#include "exhibit/error.h"
#include "exhibit/person.h"

/* Whose key it is, as its file says. Nobody vouches for it but who holds the file. */
struct exh_key_owner { char *name, *initials; enum exh_role role; };
void exh_key_owner_clear(struct exh_key_owner *owner);

/* Gives the passphrase when one is needed. Fails when there is none to be had. */
typedef bool exh_passphrase(void *context, const char *path, struct exh_secret_text **ret_passphrase, struct exh_error *err);

/* Makes a key and writes its three files, none of which may exist. @passphrase NULL: stored without one.
 * EXH_REFUSED: a file is there already; EXH_USAGE: initials or name. Nothing is left on failure. */
bool exh_keyfile_create(const char *path, const char *name, const char *initials, enum exh_role role,
                        const struct exh_secret_text *passphrase, struct exh_public_key *ret_key, struct exh_error *err) EXH_CHECK;
/* "op.key" gives "op.pub" and "op.ssh.pub"; a path that ends otherwise gets the endings added. Free with free(). */
char *exh_keyfile_public_path(const char *path, const char *ending) EXH_CHECK;
/* Reads a secret key file. @ret_owner may be NULL.
 * EXH_IO: cannot read; EXH_REFUSED: others may read or write the file (with the remedy), or the passphrase is
 * wrong; EXH_MALFORMED: not a secret key file. */
bool exh_keyfile_load(const char *path, exh_passphrase *ask, void *context, struct exh_secret_key **ret_key,
                      struct exh_key_owner *ret_owner, struct exh_error *err) EXH_CHECK;
/* Reads a minisign public key file (two lines), or an OpenSSH one (one line "ssh-ed25519 AAAA... comment"), whose minisign
 * number is then the derived one. EXH_IO: cannot read; EXH_MALFORMED: neither, damaged, several keys, or another type of
 * key, which is named. */
bool exh_keyfile_load_public(const char *path, struct exh_public_key *ret_key, struct exh_error *err) EXH_CHECK;

/* ---- reading what is secret: into guarded memory, and through no other ---- */

/* A file that holds a secret. */
struct exh_secret_file {
    int directory;                   /* that @name is below, or AT_FDCWD */
    const char *name;
    const char *path;                /* the same as a person would name it */
    const char *what;                /* "passphrase file" */
    size_t most;                     /* bytes that are read */
    bool may_be_pipe;                /* a FIFO, /dev/fd/3 and the like will do */
};
/* Opens it. EXH_IO: cannot; EXH_REFUSED: others than its owner have any right on it, with the remedy; EXH_MALFORMED: not
 * a regular file where it must be one. Of a pipe nobody can say who reads it: it passes. */
bool exh_secret_file_open(const struct exh_secret_file *file, int *ret_fd, struct exh_error *err) EXH_CHECK;
/* Reads the whole of it. As exh_secret_file_open; EXH_MALFORMED also where it is larger than @most. */
bool exh_secret_file_read(const struct exh_secret_file *file, struct exh_secret_text **ret_text, struct exh_error *err) EXH_CHECK;
/* Reads one line, without its end (LF or CR LF), and not a byte behind it. @what names the descriptor: "the terminal".
 * EXH_REFUSED: it cannot be read, or the line is empty or longer than @most bytes. */
bool exh_secret_line_read(int fd, const char *what, size_t most, struct exh_secret_text **ret_text, struct exh_error *err) EXH_CHECK;

#endif
