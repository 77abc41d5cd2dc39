/* Any bytes as a note, a checkpoint, a proof, a request to a witness, and a verifier key: what is read is bounded, and what
 * has one form only is written again as the same bytes. */
#include "exhibit/note.h"
#include "crypto_start.h"

#include <stdlib.h>
#include <string.h>

static void must_be(const char *words, const char *bytes, size_t size)
{
    if (strlen(words) != size || memcmp(words, bytes, size) != 0)
        abort();
}

/* Nobody has signed what a fuzzer makes. */
static void try_judging(const struct exh_note *note)
{
    for (size_t i = 0; i < note->count; i++)
        for (int witness = 0; witness < 2; witness++) {
            struct exh_verifier verifier = { .kind = witness ? EXH_NOTE_WITNESS : EXH_NOTE_LOG, .key.ed25519 = { 9 } };
            struct exh_moment at;
            strncpy(verifier.name, note->at[i].name, sizeof verifier.name - 1);
            memcpy(verifier.id, note->at[i].id, sizeof verifier.id);
            if (exh_note_judge(note, &verifier, &at) == EXH_NOTE_GOOD)
                abort();
        }
}

static void try_note(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, other = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_checkpoint checkpoint;

    if (!exh_note_read(bytes, size, &note, &err))
        return;
    must_be(note.text, bytes, note.text_size);
    try_judging(&note);
    if (!exh_checkpoint_read(&note, &checkpoint, &other))
        return;
    EXH_CLEANUP(exh_freep) char *text = exh_checkpoint_text(&checkpoint);
    must_be(text, note.text, note.text_size);
}

static void try_proofs(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE, other = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_proof_clear) struct exh_proof in = EXH_PROOF_NONE, con = EXH_PROOF_NONE;

    if (exh_proof_inclusion_read(bytes, size, &in, &err)) {
        EXH_CLEANUP(exh_freep) char *words = exh_proof_inclusion_words(in.number, &in.path, in.checkpoint);
        if (!memmem(bytes, size, "\nextra ", 7))
            must_be(words, bytes, size);
    }
    if (exh_proof_consistency_read(bytes, size, &con, &other)) {
        EXH_CLEANUP(exh_freep) char *words = exh_proof_consistency_words(con.number, &con.path, con.checkpoint);
        must_be(words, bytes, size);
    }
}

static void try_verifier(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *words = exh_strndup(bytes, size);
    struct exh_verifier verifier;

    if (!exh_verifier_read(words, &verifier, &err))
        return;
    EXH_CLEANUP(exh_freep) char *again = exh_verifier_words(&verifier);
    must_be(again, words, strlen(words));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    try_note((const char *)bytes, size);
    try_proofs((const char *)bytes, size);
    try_verifier((const char *)bytes, size);
    return 0;
}
