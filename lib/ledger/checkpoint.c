/* checkpoint: the log's size and root, signed by the log's own key (docs/formats/checkpoint.md). */
#include "parts.h"

#include "exhibit/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void exh_log_origin(const struct exh_public_key *key, char ret_origin[EXH_LOG_ORIGIN_SIZE])
{
    enum { DIGITS = 32 };
    char digest[EXH_SHA256_DIGITS];

    exh_sha256(key->ed25519, sizeof key->ed25519, digest);
    snprintf(ret_origin, EXH_LOG_ORIGIN_SIZE, "custody.invalid/%.*s", DIGITS, digest);
}

/* A name of that form is always fit. */
static void make_verifier(const struct exh_public_key *key, struct exh_verifier *ret_verifier)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    char origin[EXH_LOG_ORIGIN_SIZE];

    exh_log_origin(key, origin);
    if (!exh_verifier_make(origin, EXH_NOTE_LOG, key, ret_verifier, &err))
        abort();
}

char *exh_log_verifier(const struct exh_public_key *key)
{
    struct exh_verifier verifier;

    make_verifier(key, &verifier);
    return exh_verifier_words(&verifier);
}

bool exh_log_key_read(const char *words, struct exh_verifier *ret_key, struct exh_error *err)
{
    struct exh_verifier read, own;

    if (!exh_verifier_read(words, &read, err))
        return false;
    make_verifier(&read.key, &own);
    if (read.kind != EXH_NOTE_LOG || strcmp(read.name, own.name) != 0)
        return exh_fail(err, EXH_MALFORMED, "the log's key '%s' does not bear the name that follows from it, '%s'", read.name, own.name);
    *ret_key = own;
    return true;
}

bool exh_entry_log_key(const struct exh_entry *entry, struct exh_verifier *ret_key, struct exh_error *err)
{
    const char *words;

    if (strcmp(entry->act, "init") != 0)
        return exh_fail(err, EXH_MALFORMED, "entry %" PRIu64 " is not the first of a log", entry->sequence);
    return (exh_json_need_text(exh_json_get(entry->whole, "facts"), "log", &words, err) && exh_log_key_read(words, ret_key, err))
        || exh_while(err, "fact 'log'");
}

/* What a log of these entries says of itself. */
static char *text_of(const struct exh_merkle_edge *edge, const char *origin)
{
    struct exh_checkpoint checkpoint = { .size = edge->size };

    snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", origin);
    exh_merkle_root(edge, &checkpoint.root);
    return exh_checkpoint_text(&checkpoint);
}

bool exh_checkpoint_make(const struct exh_secret_key *key, const struct exh_merkle_edge *edge, char **ret_note,
                         struct exh_error *err)
{
    char origin[EXH_LOG_ORIGIN_SIZE];

    exh_log_origin(exh_secret_key_public(key), origin);
    EXH_CLEANUP(exh_freep) char *text = text_of(edge, origin);
    return exh_note_sign(text, origin, key, ret_note, err);
}

bool exh_log_checkpoint_read(const void *bytes, size_t size, const struct exh_verifier *key, struct exh_checkpoint *ret_checkpoint,
                             struct exh_error *err)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_checkpoint checkpoint;

    if (!exh_note_read(bytes, size, &note, err) || !exh_checkpoint_read(&note, &checkpoint, err))
        return false;
    if (strcmp(checkpoint.origin, key->name) != 0)
        return exh_fail(err, EXH_NO, "it is of the log '%s', not of '%s'", checkpoint.origin, key->name);
    if (exh_note_judge(&note, key, NULL) != EXH_NOTE_GOOD)
        return exh_fail(err, EXH_NO, "it is not signed by the log's key");
    *ret_checkpoint = checkpoint;
    return true;
}

bool exh_checkpoint_is_of(const struct exh_ledger_root *stated, const struct exh_merkle_edge *edge)
{
    struct exh_merkle_hash root;

    exh_merkle_root(edge, &root);
    return stated->size == edge->size && memcmp(&stated->root, &root, sizeof root) == 0;
}

const char *exh_ledger_checkpoint(const struct exh_ledger *ledger)
{
    return ledger->checkpoint;
}

