/* ledger: each commit of the log judged by itself, by as many threads as there are processors: nearly all the time of a
 * check goes into signatures, and what one commit says does not depend on another. */
#include "crew.h"
#include "judge.h"

#include <stdlib.h>
#include <string.h>

void exh_judgements_clear(struct exh_judgements *all)
{
    for (size_t i = 0; i < all->count; i++) {
        exh_entry_clear(&all->at[i].entry);
        exh_strings_clear(&all->at[i].problems);
        free(all->at[i].unreadable);
    }
    free(all->at);
    exh_repo_line_clear(&all->line);
    exh_error_clear(&all->broken);
}

/* ---- one commit ---- */

static bool is_needed_whole(const struct exh_entry *entry)
{
    return exh_entry_changes_keys(entry) || strcmp(entry->act, EXH_ANCHOR_ACT) == 0 || strcmp(entry->act, EXH_STAMP_ACT) == 0;
}

static void judge_entry(struct exh_judged *judged, const struct exh_repo_visit *commit)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_repo_file *file = &commit->files[EXH_ENTRY_AT];

    exh_sha256(file->bytes, file->size, judged->digest);
    exh_merkle_leaf(file->bytes, file->size, &judged->leaf);
    judged->read = exh_entry_read(file->bytes, file->size, commit->oid, &judged->entry, &err);
    if (!judged->read) {
        exh_strings_add(&judged->problems, err.text);
        return;
    }
    judged->authentic = exh_entry_check_commit(&judged->entry, commit, &judged->problems);
    const char *key = exh_entry_key_id(&judged->entry);
    judged->sealed = key && judged->entry.case_id && strcmp(key, judged->entry.case_id) == 0;
    if (!is_needed_whole(&judged->entry))
        exh_json_freep(&judged->entry.whole);
}

/* Whether it is of the entries so far is asked later. */
static void judge_checkpoint(struct exh_judged *judged, const struct exh_repo_file *file, const struct exh_verifier *log)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_note_clear) struct exh_note note = EXH_NOTE_NONE;
    struct exh_checkpoint checkpoint;

    judged->has_checkpoint = true;
    exh_sha256_join(file->bytes, file->size, NULL, 0, judged->checkpoint_sha256);
    if (!exh_note_read(file->bytes, file->size, &note, &err) || !exh_checkpoint_read(&note, &checkpoint, &err)) {
        judged->unreadable = exh_steal(&err.text);
        return;
    }
    EXH_CLEANUP(exh_freep) char *text = exh_checkpoint_text(&checkpoint);
    judged->stated = (struct exh_ledger_root){ checkpoint.size, checkpoint.root };
    judged->of_log = log && strcmp(checkpoint.origin, log->name) == 0;
    judged->log_signed = judged->of_log && strcmp(note.text, text) == 0 && note.count == 1 && exh_note_judge(&note, log, NULL) == EXH_NOTE_GOOD;
}

/* What looks are for: the judgements, one a commit. */
struct judging { struct exh_judged *judged; const struct exh_verifier *log; };

static bool judge(void *context, size_t at, const struct exh_repo_visit *commit, struct exh_error *err)
{
    const struct judging *judging = context;
    struct exh_judged *judged = &judging->judged[at];

    (void)err;
    if (commit->parent_count > 1)
        exh_strings_addf(&judged->problems, "its commit has %zu parents: the log must be one line", commit->parent_count);
    if (commit->irregular)
        exh_strings_addf(&judged->problems, "its commit is not of the plain form: %s", commit->irregular);
    judged->lost = commit->unread != NULL;
    if (judged->lost) {
        exh_strings_addf(&judged->problems, "it is lost: %s", commit->unread);
        return true;
    }
    if (!commit->files[EXH_ENTRY_AT].bytes) {
        exh_strings_add(&judged->problems, "its commit does not hold exactly the regular files " EXH_CHECKPOINT_FILE " and "
                        EXH_ENTRY_FILE);
        return true;
    }
    judge_entry(judged, commit);
    judge_checkpoint(judged, &commit->files[EXH_CHECKPOINT_AT], judging->log);
    return true;
}

/* ---- all of them ---- */

static void drop_after(struct exh_judgements *all, size_t end)
{
    for (size_t i = end; i < all->count; i++) {
        exh_entry_clear(&all->at[i].entry);
        exh_strings_clear(&all->at[i].problems);
        free(all->at[i].unreadable);
    }
    all->count = end < all->count ? end : all->count;
}

static void judge_all(struct exh_ledger *ledger, const struct exh_verifier *log, struct exh_judgements *all)
{
    struct judging judging = { NULL, log };
    const struct exh_crew_work work = { .line = &all->line, .count = all->line.count, .goes_on = true, .watch = &ledger->watch, .look = judge, .context = &judging };

    judging.judged = all->at = exh_alloc((work.count + 1) * sizeof *all->at);
    all->count = work.count;
    drop_after(all, exh_crew_look(ledger, &work, &all->broken));
}

/* ---- which, and by which key ---- */

/* NULL where the line does not begin with an entry that names it. */
static const struct exh_verifier *first_key(struct exh_ledger *ledger, const struct exh_judgements *all, struct exh_verifier *key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error none = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry first = { 0 };

    if (all->broken.kind != EXH_OK || !all->line.count)
        return NULL;
    return exh_ledger_entry_of(ledger, all->line.at[all->line.count - 1], &first, &none) && exh_entry_log_key(&first, key, &none) ? key
                                                                                                                        : NULL;
}

bool exh_ledger_judge(struct exh_ledger *ledger, const char *until, const struct exh_verifier *log, struct exh_judgements *ret_all,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_judgements_clear) struct exh_judgements all = { .count = 0 };
    struct exh_verifier first;

    if (!exh_repo_line(ledger->repo, until, &all.line, &all.met, &all.broken) && (!all.line.count || all.broken.kind == EXH_IO))
        return exh_error_move(err, &all.broken);
    judge_all(ledger, log ? log : first_key(ledger, &all, &first), &all);
    if (all.broken.kind == EXH_IO || (all.broken.kind != EXH_OK && !all.count))
        return exh_error_move(err, &all.broken);
    *ret_all = all;
    all = (struct exh_judgements){ .count = 0 };
    return true;
}
