/* checkpoint: a log's size and root as three lines, and proofs with the checkpoint that they are of (c2sp.org/tlog-checkpoint,
 * c2sp.org/tlog-proof, c2sp.org/tlog-witness). */
#include "exhibit/note.h"

#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is left to read, and one line of it, without its newline. */
struct reading { const char *at, *end; };
struct line { const char *at; size_t size; };

static bool next_line(struct reading *reading, struct line *ret_line)
{
    const char *newline = reading->at < reading->end ? memchr(reading->at, '\n', (size_t)(reading->end - reading->at)) : NULL;

    if (!newline)
        return false;
    *ret_line = (struct line){ reading->at, (size_t)(newline - reading->at) };
    reading->at = newline + 1;
    return true;
}

/* A decimal number without leading zeros, up to 2^63. */
static bool read_number(struct line line, uint64_t *ret_number)
{
    EXH_CLEANUP(exh_freep) char *digits = exh_strndup(line.at, line.size);

    return (line.size == 1 || *digits != '0') && exh_text_number(digits, EXH_MERKLE_MOST, ret_number);
}

static bool read_hash(struct line line, struct exh_merkle_hash *ret_hash)
{
    EXH_CLEANUP(exh_freep) char *words = exh_strndup(line.at, line.size);

    return exh_unbase64(ret_hash->bytes, sizeof ret_hash->bytes, words);
}

/* ---- checkpoints ---- */

char *exh_checkpoint_text(const struct exh_checkpoint *checkpoint)
{
    EXH_CLEANUP(exh_freep) char *root = exh_base64(checkpoint->root.bytes, sizeof checkpoint->root.bytes);

    return exh_format("%s\n%" PRIu64 "\n%s\n", checkpoint->origin, checkpoint->size, root);
}

bool exh_checkpoint_read(const struct exh_note *note, struct exh_checkpoint *ret_checkpoint, struct exh_error *err)
{
    struct reading reading = { note->text, note->text + note->text_size };
    struct exh_checkpoint checkpoint = { .origin = "" };
    struct line origin, size, root;

    if (!next_line(&reading, &origin) || !next_line(&reading, &size) || !next_line(&reading, &root) || reading.at != reading.end
        || origin.size == 0 || origin.size >= sizeof checkpoint.origin || !read_number(size, &checkpoint.size)
        || !read_hash(root, &checkpoint.root))
        return exh_fail(err, EXH_MALFORMED, "the note is no checkpoint: three lines of origin, size and root");
    memcpy(checkpoint.origin, origin.at, origin.size);
    *ret_checkpoint = checkpoint;
    return true;
}

/* ---- proofs ---- */

void exh_proof_clear(struct exh_proof *proof)
{
    free(proof->checkpoint);
    *proof = (struct exh_proof)EXH_PROOF_NONE;
}

static char *proof_words(const char *head, uint64_t number, const struct exh_merkle_path *path, const char *checkpoint)
{
    struct exh_text text = EXH_TEXT_NONE;

    exh_text_printf(&text, "%s %" PRIu64 "\n", head, number);
    for (size_t i = 0; i < path->count; i++) {
        EXH_CLEANUP(exh_freep) char *hash = exh_base64(path->at[i].bytes, sizeof path->at[i].bytes);
        exh_text_printf(&text, "%s\n", hash);
    }
    exh_text_printf(&text, "\n%s", checkpoint);
    return exh_text_take(&text);
}

#define PROOF_HEAD "c2sp.org/tlog-proof@v1"

char *exh_proof_inclusion_words(uint64_t index, const struct exh_merkle_path *path, const char *checkpoint)
{
    return proof_words(PROOF_HEAD "\nindex", index, path, checkpoint);
}

char *exh_proof_consistency_words(uint64_t from, const struct exh_merkle_path *path, const char *checkpoint)
{
    return proof_words("old", from, path, checkpoint);
}

static bool begins_with(struct line line, const char *words)
{
    return line.size >= strlen(words) && memcmp(line.at, words, strlen(words)) == 0;
}

/* "@label <number>", the hashes, an empty line, and the checkpoint as it stands. @line: the one to begin with. */
static bool read_proof(struct reading *reading, struct line line, const char *label, struct exh_proof *proof)
{
    size_t skip = strlen(label);

    if (!begins_with(line, label) || !read_number((struct line){ line.at + skip, line.size - skip }, &proof->number))
        return false;
    while (next_line(reading, &line) && line.size)
        if (proof->path.count == EXH_MERKLE_PATH || !read_hash(line, &proof->path.at[proof->path.count++]))
            return false;
    if (line.size || reading->at == reading->end)
        return false;
    proof->checkpoint_size = (size_t)(reading->end - reading->at);
    proof->checkpoint = exh_strndup(reading->at, proof->checkpoint_size);
    return true;
}

static bool give(bool done, struct exh_proof *proof, const char *what, struct exh_proof *ret_proof, struct exh_error *err)
{
    if (!done)
        return exh_fail(err, EXH_MALFORMED, "it is no %s", what);
    *ret_proof = *proof;
    *proof = (struct exh_proof)EXH_PROOF_NONE;
    return true;
}

static bool read_extra(struct line line)
{
    EXH_CLEANUP(exh_freep) void *bytes = exh_alloc(line.size + 1);
    size_t skip = strlen("extra "), size;

    return exh_unbase64_any(bytes, line.size, &size, line.at + skip, line.size - skip);
}

bool exh_proof_inclusion_read(const void *bytes, size_t size, struct exh_proof *ret_proof, struct exh_error *err)
{
    EXH_CLEANUP(exh_proof_clear) struct exh_proof proof = EXH_PROOF_NONE;
    struct reading reading = { bytes, (const char *)bytes + size };
    struct line line = { NULL, 0 };
    bool whole = size <= EXH_NOTE_MOST && exh_note_is_plain(bytes, size) && next_line(&reading, &line)
              && line.size == strlen(PROOF_HEAD) && begins_with(line, PROOF_HEAD) && next_line(&reading, &line);

    if (whole && begins_with(line, "extra "))
        whole = read_extra(line) && next_line(&reading, &line);
    return give(whole && read_proof(&reading, line, "index ", &proof), &proof, "proof of C2SP's form (" PROOF_HEAD ")",
                ret_proof, err);
}

bool exh_proof_consistency_read(const void *bytes, size_t size, struct exh_proof *ret_proof, struct exh_error *err)
{
    EXH_CLEANUP(exh_proof_clear) struct exh_proof proof = EXH_PROOF_NONE;
    struct reading reading = { bytes, (const char *)bytes + size };
    struct line line = { NULL, 0 };
    bool whole = size <= EXH_NOTE_MOST && exh_note_is_plain(bytes, size) && next_line(&reading, &line);

    return give(whole && read_proof(&reading, line, "old ", &proof), &proof, "request to a witness (old SIZE, hashes, a "
                "checkpoint)", ret_proof, err);
}
