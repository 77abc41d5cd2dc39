/* signed: judges the two signatures over the tag manifest, what they say, and whose they are. */
#include "contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the key, in minisign's form ---- */

/* Takes the second line of a minisign public key file. */
static bool read_public(const struct exh_found *found, struct exh_public_key *ret_key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const char *newline = strchr(found->bytes, '\n');

    if (!newline || strncmp(found->bytes, "untrusted comment: ", 19) != 0)
        return false;
    EXH_CLEANUP(exh_freep) char *line = exh_strndup(newline + 1, strcspn(newline + 1, "\n"));
    return exh_key_from_minisign_line(line, ret_key, &err);
}

/* "OP" of "record/signers/OP.pub"; NULL of any other file. */
static char *signer_of(const char *name)
{
    const char *stem = name + strlen(EXH_BAG_SIGNERS), *end = strrchr(name, '.');

    if (strncmp(name, EXH_BAG_SIGNERS, strlen(EXH_BAG_SIGNERS)) != 0 || !end || strcmp(end, ".pub") != 0)
        return NULL;
    return exh_strndup(stem, (size_t)(end - stem));
}

/* Finds the signers' file that holds @key, and takes minisign's number of the key from it. */
static bool find_public(struct exh_judging *judging, struct exh_public_key *key)
{
    const struct exh_contents *contents = judging->contents;

    for (size_t i = 0; i < contents->count; i++) {
        EXH_CLEANUP(exh_freep) char *signer = signer_of(contents->at[i].name);
        const struct exh_found *found = signer ? exh_judging_sound(judging, contents->at[i].name) : NULL;
        struct exh_public_key other;
        if (!found || !read_public(found, &other) || memcmp(other.ed25519, key->ed25519, sizeof key->ed25519) != 0)
            continue;
        memcpy(key->minisign_id, other.minisign_id, sizeof key->minisign_id);
        judging->report->claimed_signer = exh_steal(&signer);
        return true;
    }
    exh_judging_finding(judging, "E-SIGNER-FILE", NULL, "no file " EXH_BAG_SIGNERS "*.pub holds the key that signed");
    return false;
}

/* The package's own list must serve the stock tool as VERIFY.txt promises. */
static void judge_allowed(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signers_clear) struct exh_signers signers = EXH_SIGNERS_NONE;
    const struct exh_found *found = exh_judging_sound(judging, EXH_BAG_ALLOWED);
    enum exh_key_state state;

    if (!found || !exh_signers_read(found->bytes, found->size, "UTC", &signers, &err)
        || !exh_signers_find(&signers, &judging->report->signer_key, EXH_BAG_NAMESPACE, judging->report->sealed,
                             &state))
        exh_judging_finding(judging, "E-SIGNER-FILE", EXH_BAG_ALLOWED, EXH_BAG_ALLOWED " does not name the key that signed");
}

/* ---- the signatures ---- */

static bool judge_ssh(struct exh_judging *judging, const struct exh_found *tags, const struct exh_found *file)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report *report = judging->report;

    report->signed_ssh = exh_verify_ssh(file->bytes, file->size, EXH_BAG_NAMESPACE, tags->bytes, tags->size, true,
                                        &report->signer_key, &err);
    if (report->signed_ssh)
        exh_key_fingerprint(&report->signer_key, report->signer);
    else
        exh_judging_finding(judging, "E-SIGNATURE-SSH", EXH_BAG_SSH, EXH_BAG_SSH ": %s", err.text);
    return report->signed_ssh;
}

static bool judge_minisign(struct exh_judging *judging, const struct exh_found *tags, const struct exh_found *file,
                           char **ret_trusted)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report *report = judging->report;

    report->signed_minisign = exh_verify_minisign(file->bytes, file->size, &report->signer_key, tags->bytes, tags->size,
                                                  EXH_BAG_UNTRUSTED, ret_trusted, &err);
    if (!report->signed_minisign)
        exh_judging_finding(judging, "E-SIGNATURE-MINISIGN", EXH_BAG_MINISIGN, EXH_BAG_MINISIGN ": %s", err.text);
    return report->signed_minisign;
}

/* The reference in the comment itself, where bag-info.txt cannot say which it must be. */
static char *commented_identifier(const char *trusted)
{
    const char *at = strchr(trusted, ' ');

    return at ? exh_strndup(at + 1, strcspn(at + 1, " ")) : exh_strdup("");
}

/* The signed comment says when and what; it must be of this package, or it was signed for another. */
static bool judge_comment(struct exh_judging *judging, const char *trusted)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_package_report *report = judging->report;
    EXH_CLEANUP(exh_freep) char *identifier = report->identifier ? exh_strdup(report->identifier) : commented_identifier(trusted);

    if (exh_bag_trusted_parse(trusted, identifier, report->tagmanifest, &report->sealed, &err))
        return true;
    exh_judging_finding(judging, "E-SIGNATURE-MINISIGN", EXH_BAG_MINISIGN, "%s", err.text);
    report->signed_minisign = false;
    return false;
}

/* The rest of the package must have the same time. */
static void judge_times(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_contents *contents = judging->contents;
    EXH_CLEANUP(exh_freep) char *day = exh_bag_date(report->sealed);
    const char *date = report->identifier ? judging->info.values[EXH_BAG_DATE] : day;

    if (strcmp(day, date) != 0)
        exh_judging_finding(judging, "E-TIME", EXH_BAG_INFO, "sealed on %s as signed, on %s as " EXH_BAG_INFO " says", day, date);
    if (contents->has_time && contents->time.ns != report->sealed.ns)
        exh_judging_finding(judging, "E-TIME", NULL, "the ZIP's time is not the signed time of sealing");
}

/* ---- whose ---- */

static const char *code_of(enum exh_key_state state)
{
    switch (state) {
    case EXH_KEY_NOT_YET: return "E-SIGNER-NOT-YET";
    case EXH_KEY_REVOKED: return "E-SIGNER-REVOKED";
    default:              return "E-SIGNER-EXPIRED";
    }
}

/* What became of the key and why, where the log that knows is at hand; else only how it stands by the list. */
static char *state_words(const struct exh_judging *judging, enum exh_key_state state, struct exh_moment at)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_package_ask *ask = judging->ask;

    if (!ask->keyring)
        return exh_strdup(exh_key_state_words(state));
    const struct exh_key_account account = exh_keyring_explain(ask->keyring, report->signer, at, exh_moment_now());
    return exh_key_account_words(&account, ask->zone);
}

/* In force then: is it still? The time of sealing is a whole second, and in its first instant the key may not have been
 * trusted yet. */
static void judge_now(struct exh_judging *judging, const struct exh_signers *signers)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_moment then = { report->sealed.ns + EXH_SECOND - 1 };
    enum exh_key_state now;

    if (exh_signers_find(signers, &report->signer_key, EXH_BAG_NAMESPACE, exh_moment_now(), &now))
        return;
    EXH_CLEANUP(exh_freep) char *words = state_words(judging, now, then);
    exh_judging_finding(judging, "W-SIGNER-LATER", NULL, "the key %s of '%s' was in force when the package was sealed, and is "
                        "not now: %s", report->signer, report->signer_name, words);
}

static void judge_unknown(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;

    if (report->signer_name)
        exh_judging_finding(judging, "W-SIGNER-PURPOSE", NULL, "the key %s of '%s' is listed for other purposes, not for "
                            "packages (namespace " EXH_BAG_NAMESPACE ")", report->signer, report->signer_name);
    else
        exh_judging_finding(judging, "W-SIGNER-UNKNOWN", NULL, "the key %s is in no list of signers that was given",
                            report->signer);
}

static void judge_signer(struct exh_judging *judging)
{
    static const struct exh_signers none = EXH_SIGNERS_NONE;
    struct exh_package_report *report = judging->report;
    const struct exh_signers *signers = judging->ask->signers ? judging->ask->signers : &none;
    const struct exh_signer *signer =
        exh_signers_find(signers, &report->signer_key, EXH_BAG_NAMESPACE, report->sealed, &report->signer_state);
    char at[EXH_MOMENT_SIZE];

    report->signer_name = exh_strdup(signer ? signer->principals : exh_signers_name(signers, &report->signer_key));
    if (signer) {
        judge_now(judging, signers);
    } else if (report->signer_state == EXH_KEY_UNKNOWN) {
        judge_unknown(judging);
    } else {
        EXH_CLEANUP(exh_freep) char *words = state_words(judging, report->signer_state, report->sealed);
        exh_moment_utc(report->sealed, at);
        exh_judging_finding(judging, code_of(report->signer_state), NULL, "the key %s of '%s', when the package was sealed "
                            "(%s): %s", report->signer, report->signer_name ? report->signer_name : "", at, words);
    }
}

/* Somebody was told by other ways whose key it must be. */
static void judge_fingerprint(struct exh_judging *judging)
{
    const char *demanded = judging->outer ? NULL : judging->ask->fingerprint;
    struct exh_package_report *report = judging->report;

    if (!demanded)
        return;
    if (strcmp(demanded, report->signer) != 0)
        exh_judging_finding(judging, "E-FINGERPRINT", NULL, "the package is signed by the key %s, not by %s", report->signer,
                            demanded);
}

/* ---- together ---- */

static void judge_both(struct exh_judging *judging, const struct exh_found *tags, const struct exh_found *ssh,
                       const struct exh_found *minisign)
{
    EXH_CLEANUP(exh_freep) char *trusted = NULL;
    struct exh_package_report *report = judging->report;

    if (!judge_ssh(judging, tags, ssh) || !find_public(judging, &report->signer_key)
        || !judge_minisign(judging, tags, minisign, &trusted) || !judge_comment(judging, trusted))
        return;
    judge_times(judging);
    judge_allowed(judging);
    judge_fingerprint(judging);
    judge_signer(judging);
    snprintf(judging->signature_words, sizeof judging->signature_words, "signature valid for key %s", report->signer);
    judging->seal_reason = judging->signature_words;
}

static bool is_readable(const struct exh_found *found)
{
    return found && found->bytes && !found->fault;
}

void exh_judging_signatures(struct exh_judging *judging)
{
    const struct exh_found *tags = exh_contents_find(judging->contents, EXH_BAG_TAGMANIFEST);
    const struct exh_found *ssh = exh_contents_find(judging->contents, EXH_BAG_SSH);
    const struct exh_found *minisign = exh_contents_find(judging->contents, EXH_BAG_MINISIGN);

    judging->report->sealed = judging->contents->time;
    if (tags)
        memcpy(judging->report->tagmanifest, tags->digest, sizeof tags->digest);
    if (!ssh && !minisign) {
        judging->seal_reason = "not signed";
        if (judging->contents->whole)    /* else it broke off before */
            exh_judging_finding(judging, "E-NOT-SIGNED", NULL, "the package is not signed");
    } else if (!ssh || !minisign) {
        if (judging->contents->whole)
            exh_judging_finding(judging, "E-SIGNATURE-MISSING", ssh ? EXH_BAG_MINISIGN : EXH_BAG_SSH, "%s is missing",
                                ssh ? EXH_BAG_MINISIGN : EXH_BAG_SSH);
    } else if (is_readable(tags) && is_readable(ssh) && is_readable(minisign)) {
        judge_both(judging, tags, ssh, minisign);
    }
}
