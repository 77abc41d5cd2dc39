/* attest: an entry and the commit that signs it, held against each other (docs/formats/custody.md, the commit). */
#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void check_words(const struct exh_entry *entry, const struct exh_repo_visit *commit, struct exh_strings *problems)
{
    EXH_CLEANUP(exh_freep) char *message = exh_entry_message(entry);
    EXH_CLEANUP(exh_freep) char *author = exh_entry_author(entry);
    EXH_CLEANUP(exh_freep) char *email = exh_entry_email(entry);
    EXH_CLEANUP(exh_freep) char *person = exh_format("%s <%s> %" PRId64 " +0000", author, email,
                                                     exh_entry_seconds(entry));

    if (strcmp(commit->message, message) != 0)
        exh_strings_add(problems, "its commit message does not agree with it");
    if (strcmp(commit->author, person) != 0 || strcmp(commit->committer, person) != 0)
        exh_strings_add(problems, "its commit's author, committer or time does not agree with it");
}

static bool check_signature(const struct exh_entry *entry, const struct exh_repo_visit *commit, struct exh_strings *problems)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_public_key key;
    char signer[EXH_FINGERPRINT_SIZE];

    if (!commit->signature) {
        exh_strings_add(problems, "its commit is not signed");
        return false;
    }
    if (!exh_verify_ssh(commit->signature, strlen(commit->signature), "git", commit->signed_bytes, commit->signed_size,
                        false, &key, &err)) {
        exh_strings_addf(problems, "its signature does not verify: %s", err.text);
        return false;
    }
    exh_key_fingerprint(&key, signer);
    if (strcmp(signer, entry->actor) == 0)
        return true;
    exh_strings_addf(problems, "it is signed by %s, not by its actor %s", signer, entry->actor);
    return false;
}

bool exh_entry_check_commit(const struct exh_entry *entry, const struct exh_repo_visit *commit, struct exh_strings *problems)
{
    check_words(entry, commit, problems);
    return check_signature(entry, commit, problems);
}

/* ---- without a log ---- */

static bool check_alone(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings problems = EXH_STRINGS_NONE;

    if (commit->irregular)
        exh_strings_addf(&problems, "its commit is not of the plain form: %s", commit->irregular);
    if (exh_entry_check_commit(context, commit, &problems) && problems.count == 0)
        return true;
    return exh_fail(err, EXH_NO, "%s", problems.at[0]);
}

bool exh_entry_attested(const char *bytes, size_t size, const char *commit, size_t commit_size, struct exh_entry *ret_entry,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };

    if (!exh_entry_from_bytes(bytes, size, &entry, err)
        || !exh_repo_show_commit(commit, commit_size, check_alone, &entry, err))
        return false;
    *ret_entry = entry;
    entry = (struct exh_entry){ 0 };
    return true;
}

bool exh_ledger_attest(struct exh_ledger *ledger, const struct exh_entry *entry, char **ret_bytes, char **ret_commit,
                       size_t *ret_commit_size, struct exh_error *err)
{
    if (!exh_repo_read_commit(ledger->repo, entry->commit, ret_commit, ret_commit_size, err))
        return exh_while(err, "custody log: entry %" PRIu64, entry->sequence);
    EXH_CLEANUP(exh_freep) char *canonical = exh_json_canonical(entry->whole);
    *ret_bytes = exh_format("%s\n", canonical);
    return true;
}
