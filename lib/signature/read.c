/* read: which form a signature or a public key is of, by its own bytes; the parsers are crypto's. */
#include "parts.h"

#include <string.h>

static bool begins(const char *bytes, size_t size, const char *words)
{
    return size >= strlen(words) && memcmp(bytes, words, strlen(words)) == 0;
}

/* ---- signatures ---- */

static bool read_ssh(const struct exh_signature_file *file, struct exh_detached *ret_detached,
                     struct exh_signature_report *report, struct exh_error *err)
{
    report->form = EXH_SIGNATURE_SSH;
    if (!exh_detached_read_ssh(file->bytes, file->size, ret_detached, err))
        return false;
    report->name_space = exh_strdup(ret_detached->name_space);
    return true;
}

static bool read_minisign(const struct exh_signature_file *file, struct exh_detached *ret_detached,
                          struct exh_signature_report *report, struct exh_error *err)
{
    if (!exh_detached_read_minisign(file->bytes, file->size, ret_detached, err))
        return false;
    report->form = !ret_detached->trusted ? EXH_SIGNATURE_SIGNIFY
                 : ret_detached->as == EXH_SIGNED_BYTES ? EXH_SIGNATURE_MINISIGN_LEGACY : EXH_SIGNATURE_MINISIGN;
    exh_key_number(&ret_detached->key, report->key_number);
    return true;
}

static bool read_any(const struct exh_signature_file *file, struct exh_detached *ret_detached,
                     struct exh_signature_report *report, struct exh_error *err)
{
    if (begins(file->bytes, file->size, "-----BEGIN SSH SIGNATURE-----"))
        return read_ssh(file, ret_detached, report, err);
    if (begins(file->bytes, file->size, "untrusted comment: "))
        return read_minisign(file, ret_detached, report, err);
    return exh_fail(err, EXH_MALFORMED, "not a detached signature: it begins neither with '-----BEGIN SSH "
                    "SIGNATURE-----' nor with 'untrusted comment: ', as those of ssh-keygen, minisign and signify do");
}

bool exh_signature_read(const struct exh_signature_file *file, struct exh_detached *ret_detached,
                        struct exh_signature_report *report)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (read_any(file, ret_detached, report, &err)) {
        report->as = ret_detached->as;
        return true;
    }
    exh_signature_find(report, err.kind == EXH_REFUSED ? FOUND_ALGORITHM : FOUND_MALFORMED, "%s", err.text);
    return false;
}

/* ---- public keys ---- */

/* Bytes that are passed over at the end of a line, and between lines. */
static const char blanks[] = " \t\r\n";

/* minisign and signify: a comment, and the key in the second line. What follows is ignored, as minisign does. */
static bool read_numbered(const char *words, struct exh_signature_key *ret_key, struct exh_error *err)
{
    const char *second = words + strcspn(words, "\n");
    struct exh_signature_key key = { .has_number = true };

    second += *second == '\n';
    EXH_CLEANUP(exh_freep) char *line = exh_strndup(second, strcspn(second, "\r\n"));
    if (!exh_key_from_minisign_line(line, &key.key, err))
        return false;
    *ret_key = key;
    return true;
}

/* "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com": keys all the same. */
static bool is_other_type(const char *words)
{
    static const char *const beginnings[] = { "ssh-", "ecdsa-", "sk-", "rsa-", "webauthn-" };

    for (size_t i = 0; i < EXH_COUNT(beginnings); i++)
        if (strncmp(words, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

static bool read_line(const char *words, const char *what, struct exh_signature_key *ret_key, struct exh_error *err)
{
    static const char known[] = "ssh-ed25519";
    size_t type = strcspn(words, blanks), line = strcspn(words, "\n");
    EXH_CLEANUP(exh_freep) char *start = exh_strndup(words, type), *shown = exh_text_brief(start, 64);
    struct exh_signature_key key = { .has_number = false };

    if (strcmp(start, known) != 0 && is_other_type(start))
        return exh_fail(err, EXH_REFUSED, "'%s' holds a key of type '%s': only ssh-ed25519 is checked here, use "
                        "ssh-keygen -Y verify", what, shown);
    if (strcmp(start, known) != 0)
        return exh_fail(err, EXH_MALFORMED, "'%s' is no public key of minisign, signify or OpenSSH; lists of signers "
                        "are named with --signers", what);
    if (words[line + strspn(words + line, blanks)])
        return exh_fail(err, EXH_MALFORMED, "'%s' holds more than one line: it must be one public key", what);
    if (!exh_key_from_ssh_line(words, &key.key, err))
        return exh_while(err, "'%s'", what);
    *ret_key = key;
    return true;
}

bool exh_signature_read_key(const char *bytes, size_t size, const char *what, struct exh_signature_key *ret_key,
                            struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = exh_strndup(bytes, size);

    if (strlen(words) != size)
        return exh_fail(err, EXH_MALFORMED, "'%s' is no public key: it holds a NUL", what);
    if (begins(bytes, size, "untrusted comment: "))
        return read_numbered(words, ret_key, err) || exh_while(err, "'%s'", what);
    return read_line(words, what, ret_key, err);
}
