/* witness: the last checkpoint seen, and whether the next one goes on from it. */
#include "exhibit/witness.h"

#include "exhibit/file.h"
#include "exhibit/ledger.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_WAIT_MS = 5000, LARGEST_KEY = 1024 };

void exh_witnessed_clear(struct exh_witnessed *witnessed)
{
    free(witnessed->note);
    *witnessed = (struct exh_witnessed){ .note = NULL };
}

/* What is kept, and what is asked. */
struct looking {
    const char *path;
    struct exh_verifier log, own;        /* the log's key, and the witness's own */
    bool kept;                           /* there is something: */
    struct exh_checkpoint before;
    struct exh_moment seen;
    struct exh_proof request;
    struct exh_checkpoint after;
};

static void clear_looking(struct looking *l)
{
    exh_proof_clear(&l->request);
}

/* ---- what is kept ---- */

static bool read_log_key(const struct looking *l, const char *given, struct exh_verifier *ret_log, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s.log", l->path), *words = NULL;
    size_t size;

    if (!exh_file_exists(AT_FDCWD, path))
        return given ? exh_log_key_read(given, ret_log, err)
                     : exh_fail(err, EXH_USAGE, "'%s' keeps nothing yet: the first time give the log's key with --log, as somebody "
                                "told it to you who knows it ('exhibit log checkpoint' shows it)", l->path);
    if (!exh_file_read(AT_FDCWD, path, LARGEST_KEY, &words, &size, err))
        return false;
    words[strcspn(words, "\n")] = '\0';
    if (!exh_log_key_read(words, ret_log, err))
        return exh_while(err, "'%s'", path);
    return !given || strcmp(given, words) == 0
        || exh_fail(err, EXH_USAGE, "--log is another key than the one in '%s': keep each log's checkpoint in a file of its own", path);
}

/* Nobody but the witness may have changed what is kept. */
static bool read_kept(struct looking *l, struct exh_error *err)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    l->kept = exh_file_exists(AT_FDCWD, l->path);
    if (!l->kept)
        return true;
    if (!exh_file_read(AT_FDCWD, l->path, EXH_NOTE_MOST, &bytes, &size, err)
        || !exh_log_checkpoint_read(bytes, size, &l->log, &l->before, err) || !exh_note_read(bytes, size, &note, err))
        return exh_while(err, "'%s', the checkpoint that was kept", l->path);
    if (exh_note_judge(&note, &l->own, &l->seen) == EXH_NOTE_GOOD)
        return true;
    return exh_fail(err, EXH_REFUSED, "'%s' was not cosigned with this key, so it is not what you kept: name the file and the key "
                    "that belong together", l->path);
}

/* ---- what is asked ---- */

static bool refuse_rollback(const struct looking *l, struct exh_error *err)
{
    char seen[EXH_MOMENT_SIZE];

    exh_moment_utc(l->seen, seen);
    return exh_fail(err, EXH_NO, "ROLLBACK: the log has %" PRIu64 " entries, and you saw %" PRIu64 " at %s: its last ones are gone. "
                    "Keep '%s' and this request as they are: they prove it", l->after.size, l->before.size, seen, l->path);
}

static bool refuse_split(const struct looking *l, struct exh_error *err)
{
    char seen[EXH_MOMENT_SIZE];

    exh_moment_utc(l->seen, seen);
    return exh_fail(err, EXH_NO, "SPLIT VIEW: the first %" PRIu64 " entries of the log are not shown to be those that you saw at %s: it "
                    "was rewritten, or there are two of it. Keep '%s' and this request as they are: they prove it",
                    l->before.size, seen, l->path);
}

/* The request goes on from what was seen, and proves it. */
static bool judge_step(const struct looking *l, struct exh_error *err)
{
    uint64_t from = l->kept ? l->before.size : 0;

    if (l->kept && l->after.size < from)
        return refuse_rollback(l, err);
    if (l->request.number != from)
        return exh_fail(err, EXH_USAGE, "the request begins at %" PRIu64 " entries, and you saw %" PRIu64 ": ask for "
                        "'exhibit log prove --from %" PRIu64 "'", l->request.number, from, from);
    if (!l->kept)
        return l->request.path.count == 0 || exh_fail(err, EXH_MALFORMED, "a request from no entries on has a proof, and may have none");
    return exh_merkle_extends(from, &l->before.root, l->after.size, &l->after.root, &l->request.path) || refuse_split(l, err);
}

static bool judge_clock(const struct looking *l, struct exh_moment now, struct exh_error *err)
{
    char now_words[EXH_MOMENT_SIZE], seen[EXH_MOMENT_SIZE];

    if (!l->kept || now.ns >= l->seen.ns)
        return true;
    exh_moment_utc(now, now_words);
    exh_moment_utc(l->seen, seen);
    return exh_fail(err, EXH_REFUSED, "the clock says %s, earlier than your last cosignature of %s: set the clock right", now_words,
                    seen);
}

/* ---- together ---- */

static bool read_request(struct looking *l, const void *request, size_t size, struct exh_error *err)
{
    return exh_proof_consistency_read(request, size, &l->request, err)
        && exh_log_checkpoint_read(l->request.checkpoint, l->request.checkpoint_size, &l->log, &l->after, err);
}

/* The log's own line alone goes on: other witnesses' are theirs to keep. */
static bool cosign(const struct looking *l, struct exh_moment now, const struct exh_secret_key *key, char **ret_note,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    EXH_CLEANUP(exh_freep) char *line = NULL;

    if (!exh_note_read(l->request.checkpoint, l->request.checkpoint_size, &note, err)
        || !exh_note_cosign(&note, l->own.name, now, key, &line, err))
        return false;
    if (note.count != 1)
        return exh_fail(err, EXH_MALFORMED, "the request's checkpoint has more signatures than the log's");
    *ret_note = exh_format("%s%s", l->request.checkpoint, line);
    return true;
}

/* The key first: a checkpoint without it would be of no log. */
static bool keep(const struct looking *l, const char *note, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s.log", l->path), *words = exh_verifier_words(&l->log);
    EXH_CLEANUP(exh_freep) char *line = exh_format("%s\n", words);

    return (exh_file_exists(AT_FDCWD, path) || exh_file_write(AT_FDCWD, path, line, strlen(line), 0644, false, err))
        && exh_file_write(AT_FDCWD, l->path, note, strlen(note), 0644, true, err);
}

static bool make_own(const struct exh_secret_key *key, struct exh_verifier *ret_own, struct exh_error *err)
{
    char name[EXH_WITNESS_NAME_SIZE];

    exh_witness_name(exh_secret_key_public(key), name);
    return exh_verifier_make(name, EXH_NOTE_WITNESS, exh_secret_key_public(key), ret_own, err);
}

static bool look(struct looking *l, const char *log, const void *request, size_t size, const struct exh_secret_key *key,
                 struct exh_witnessed *witnessed, struct exh_error *err)
{
    struct exh_moment now = exh_moment_now();

    now.ns -= now.ns % EXH_SECOND;
    if (!make_own(key, &l->own, err) || !read_log_key(l, log, &l->log, err) || !read_kept(l, err)
        || !read_request(l, request, size, err) || !judge_step(l, err) || !judge_clock(l, now, err)
        || !cosign(l, now, key, &witnessed->note, err) || !keep(l, witnessed->note, err))
        return false;
    witnessed->first = !l->kept;
    witnessed->before = l->kept ? l->before.size : 0;
    witnessed->after = l->after.size;
    witnessed->seen = l->seen;
    witnessed->at = now;
    memcpy(witnessed->origin, l->after.origin, sizeof witnessed->origin);
    return true;
}

bool exh_witness_look(const char *path, const char *log, const void *request, size_t size, const struct exh_secret_key *key,
                      struct exh_witnessed *ret_witnessed, struct exh_error *err)
{
    EXH_CLEANUP(clear_looking) struct looking l = { .path = path, .request = EXH_PROOF_NONE };
    EXH_CLEANUP(exh_witnessed_clear) struct exh_witnessed witnessed = { .note = NULL };
    EXH_CLEANUP(exh_freep) char *lock = exh_format("%s.lock", path);
    EXH_CLEANUP(exh_fd_close) int held = -1;

    if (!exh_lock_take(AT_FDCWD, lock, LOCK_WAIT_MS, &held, err)
        || !look(&l, log, request, size, key, &witnessed, err))
        return false;
    *ret_witnessed = witnessed;
    witnessed = (struct exh_witnessed){ .note = NULL };
    return true;
}
