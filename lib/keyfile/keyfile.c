/* keyfile: a person's key as files. */
#include "exhibit/keyfile.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 16 << 10 };

static const char comment_start[] = "exhibit secret key ";

void exh_key_owner_clear(struct exh_key_owner *owner)
{
    free(owner->name);
    free(owner->initials);
    *owner = (struct exh_key_owner){ NULL, NULL, EXH_ROLE_OPERATOR };
}

char *exh_keyfile_public_path(const char *path, const char *ending)
{
    size_t size = strlen(path);
    size_t stem = size > 4 && strcmp(path + size - 4, ".key") == 0 ? size - 4 : size;

    return exh_format("%.*s%s", (int)stem, path, ending);
}

static bool check_free(const char *path, struct exh_error *err)
{
    if (exh_file_exists(AT_FDCWD, path))
        return exh_fail(err, EXH_REFUSED, "'%s' exists already; a key is never overwritten, choose another name", path);
    return true;
}

static bool write_public(const struct exh_public_key *key, const char *minisign_path, const char *ssh_path, const char *initials,
                         const char *name, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(key), *ssh = exh_key_ssh_line(key);
    EXH_CLEANUP(exh_freep) char *minisign_file = exh_format("untrusted comment: exhibit public key %s %s\n%s\n", initials, name, minisign);
    EXH_CLEANUP(exh_freep) char *ssh_file = exh_format("%s %s\n", ssh, initials);

    if (!exh_file_write(AT_FDCWD, minisign_path, minisign_file, strlen(minisign_file), 0644, false, err))
        return false;
    if (exh_file_write(AT_FDCWD, ssh_path, ssh_file, strlen(ssh_file), 0644, false, err))
        return true;
    unlink(minisign_path);
    return false;
}

bool exh_keyfile_create(const char *path, const char *name, const char *initials, enum exh_role role,
                        const struct exh_secret_text *passphrase, struct exh_public_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *minisign_path = exh_keyfile_public_path(path, ".pub"), *ssh_path = exh_keyfile_public_path(path, ".ssh.pub");
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL;

    if (!exh_initials_check(initials, err) || !exh_person_name_check(name, err)
        || !check_free(path, err) || !check_free(minisign_path, err) || !check_free(ssh_path, err))
        return false;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key = exh_secret_key_new();
    EXH_CLEANUP(exh_freep) char *comment = exh_format("%s%s %s %s", comment_start, initials, exh_role_name(role), name);
    if (!exh_secret_key_write(key, comment, passphrase, &file, err)
        || !exh_file_write(AT_FDCWD, path, file->bytes, file->size, 0600, false, err))
        return false;
    if (!write_public(exh_secret_key_public(key), minisign_path, ssh_path, initials, name, err)) {
        unlink(path);
        return false;
    }
    *ret_key = *exh_secret_key_public(key);
    return true;
}

/* "exhibit secret key OP admin Control room operator" */
static void read_owner(const char *comment, struct exh_key_owner *owner)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    const char *initials, *role, *name;

    *owner = (struct exh_key_owner){ NULL, NULL, EXH_ROLE_OPERATOR };
    if (strncmp(comment, comment_start, strlen(comment_start)) != 0)
        return;
    initials = comment + strlen(comment_start);
    if (!(role = strchr(initials, ' ')) || !(name = strchr(role + 1, ' ')))
        return;
    owner->initials = exh_strndup(initials, (size_t)(role - initials));
    owner->name = exh_strdup(name + 1);
    EXH_CLEANUP(exh_freep) char *role_name = exh_strndup(role + 1, (size_t)(name - role - 1));
    if (!exh_role_parse(role_name, &owner->role, &ignored))
        owner->role = EXH_ROLE_OPERATOR;
}

bool exh_keyfile_load(const char *path, exh_passphrase *ask, void *context, struct exh_secret_key **ret_key,
                      struct exh_key_owner *ret_owner, struct exh_error *err)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL, *passphrase = NULL;
    EXH_CLEANUP(exh_freep) char *comment = NULL;

    if (!exh_secret_file_read(&(struct exh_secret_file){ AT_FDCWD, path, path, "key file", LARGEST, false }, &file, err))
        return false;
    if (exh_secret_key_is_locked(file) && !ask(context, path, &passphrase, err))
        return false;
    if (!exh_secret_key_read(file, passphrase, ret_key, &comment, err))
        return exh_while(err, "key file '%s'", path);
    if (ret_owner)
        read_owner(comment, ret_owner);
    return true;
}

/* ---- public keys ---- */

static bool begins(const char *words, const char *with)
{
    return strncmp(words, with, strlen(with)) == 0;
}

/* Cuts the line that begins at @words off what follows; false where more than empty lines do. */
static bool is_last_line(char *words)
{
    char *end = words + strcspn(words, "\r\n");
    bool is_last = end[strspn(end, " \t\r\n")] == '\0';

    *end = '\0';
    return is_last;
}

/* "ssh-ed25519 AAAA... comment"; of another type too, so that its type is what the error says. */
static bool read_ssh(char *words, struct exh_public_key *ret_key, struct exh_error *err)
{
    struct exh_public_key key;

    if (!is_last_line(words))
        return exh_fail(err, EXH_MALFORMED, "it holds more than one line: give a file with the one key to trust");
    if (!exh_key_from_ssh_line(words, &key, err))
        return false;
    exh_key_derive_number(&key);
    *ret_key = key;
    return true;
}

static bool read_minisign(char *words, struct exh_public_key *ret_key, struct exh_error *err)
{
    char *line = strchr(words, '\n');

    if (!line)
        return exh_fail(err, EXH_MALFORMED, "its second line, the key, is missing");
    line++;
    line[strcspn(line, "\r\n")] = '\0';
    return exh_key_from_minisign_line(line, ret_key, err);
}

static bool read_public(char *words, struct exh_public_key *ret_key, struct exh_error *err)
{
    if (begins(words, "untrusted comment: "))
        return read_minisign(words, ret_key, err);
    if (begins(words, "ssh-") || begins(words, "sk-ssh-") || begins(words, "ecdsa-") || begins(words, "sk-ecdsa-"))
        return read_ssh(words, ret_key, err);
    return exh_fail(err, EXH_MALFORMED, "neither a minisign public key file nor an OpenSSH one; give the .pub file that "
                    "'exhibit key new' wrote, or a line of 'ssh-add -L'");
}

bool exh_keyfile_load_public(const char *path, struct exh_public_key *ret_key, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    return exh_file_read(AT_FDCWD, path, LARGEST, &bytes, &size, err)
        && (read_public(bytes, ret_key, err) || exh_while(err, "'%s'", path));
}
