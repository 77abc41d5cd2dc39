/* verifier: the keys that sign notes, by name and identifier (c2sp.org/signed-note, verifier keys). */
#include "exhibit/note.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 32, DIGITS = 8 };

static bool is_name(const char *name, size_t size)
{
    if (size == 0 || size >= EXH_NOTE_NAME)
        return false;
    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
            return false;
    return true;
}

/* The first four bytes of SHA-256(name || LF || algorithm || public key). */
static void make_id(struct exh_verifier *verifier)
{
    EXH_CLEANUP(exh_freep) char *head = exh_format("%s\n%c", verifier->name, verifier->kind);
    uint8_t digest[EXH_SHA256_SIZE];

    exh_sha256_join(head, strlen(verifier->name) + 2, verifier->key.ed25519, KEY_SIZE, digest);
    memcpy(verifier->id, digest, sizeof verifier->id);
}

bool exh_verifier_make(const char *name, enum exh_note_kind kind, const struct exh_public_key *key,
                       struct exh_verifier *ret_verifier, struct exh_error *err)
{
    if (!is_name(name, strlen(name)))
        return exh_fail(err, EXH_USAGE, "the name of a key that signs notes is 1 to %d printable characters without a space "
                        "or '+'", EXH_NOTE_NAME - 1);
    *ret_verifier = (struct exh_verifier){ .kind = kind, .key = *key };
    memcpy(ret_verifier->name, name, strlen(name));
    make_id(ret_verifier);
    return true;
}

static bool refuse(const char *words, const char *why, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(words, 100);

    return exh_fail(err, EXH_MALFORMED, "'%s' is no verifier key (name+digits+base64): %s", shown, why);
}

bool exh_verifier_read(const char *words, struct exh_verifier *ret_verifier, struct exh_error *err)
{
    struct exh_verifier verifier = { .name = "" };
    size_t name_size = strcspn(words, "+");
    uint8_t bytes[1 + KEY_SIZE];
    char digits[DIGITS + 1];

    if (!is_name(words, name_size))
        return refuse(words, "the name", err);
    memcpy(verifier.name, words, name_size);
    if (strlen(words + name_size) < 1 + DIGITS + 1 || words[name_size + 1 + DIGITS] != '+'
        || !exh_unbase64(bytes, sizeof bytes, words + name_size + 1 + DIGITS + 1))
        return refuse(words, "the key", err);
    if (bytes[0] != EXH_NOTE_LOG && bytes[0] != EXH_NOTE_WITNESS)
        return refuse(words, "it is of another algorithm than Ed25519", err);
    verifier.kind = bytes[0];
    memcpy(verifier.key.ed25519, bytes + 1, KEY_SIZE);
    make_id(&verifier);
    exh_hex(digits, verifier.id, sizeof verifier.id);
    if (strncmp(digits, words + name_size + 1, DIGITS) != 0)
        return refuse(words, "its digits are another key's", err);
    *ret_verifier = verifier;
    return true;
}

char *exh_verifier_words(const struct exh_verifier *verifier)
{
    uint8_t bytes[1 + KEY_SIZE] = { verifier->kind };
    char digits[DIGITS + 1];

    memcpy(bytes + 1, verifier->key.ed25519, KEY_SIZE);
    exh_hex(digits, verifier->id, sizeof verifier->id);
    EXH_CLEANUP(exh_freep) char *base64 = exh_base64(bytes, sizeof bytes);
    return exh_format("%s+%s+%s", verifier->name, digits, base64);
}
