/* judge: holds signatures against what was read of the file, and says whose they are. */
#include "parts.h"

#include <string.h>
#include <sys/stat.h>

/* Bytes that legacy signatures may cost to judge: they are gone through once for each key that is tried. */
#define MOST_LEGACY_WORK (UINT64_C(16) << 30)

/* Signatures on their way. */
struct judging {
    const struct exh_signature_means *means;
    const struct exh_file_digests *digests;
    struct exh_detached *detached;
    struct exh_signature_report *reports;
    size_t count;
};

static bool is_ssh(const struct exh_signature_report *report)
{
    return report->form == EXH_SIGNATURE_SSH;
}

/* ---- the message, as a signature has it ---- */

static bool matches(const struct judging *judging, size_t i, const struct exh_public_key *key)
{
    const struct exh_file_digests *digests = judging->digests;
    const struct exh_detached *detached = &judging->detached[i];

    if (detached->as == EXH_SIGNED_BYTES)
        return exh_detached_matches(detached, key, digests->bytes.size ? digests->bytes.bytes : "",
                                    digests->bytes.size);
    return exh_detached_matches(detached, key, digests->of[detached->as],
                                detached->as == EXH_SIGNED_SHA256 ? EXH_SHA256_SIZE : EXH_HASH_MOST);
}

/* ---- whose ---- */

static bool is_same(const struct exh_public_key *one, const struct exh_public_key *other)
{
    return memcmp(one->ed25519, other->ed25519, sizeof one->ed25519) == 0;
}

static void find_stranger(const struct exh_signature_means *means, struct exh_signature_report *report)
{
    if (report->signer_name)
        exh_signature_find(report, FOUND_SIGNER_NAMESPACE, "the key %s of '%s' is listed for other purposes, not for "
                           "namespace '%s'", report->signer, report->signer_name, means->name_space);
    else if (means->key)
        exh_signature_find(report, FOUND_KEY, "it is by the key %s, which is not the one given", report->signer);
    else
        exh_signature_find(report, FOUND_SIGNER_UNKNOWN, "the key %s is in no list of signers that was given",
                           report->signer);
}

static void judge_signer(const struct exh_signature_means *means, const struct exh_public_key *key,
                         struct exh_signature_report *report)
{
    static const struct exh_signers none = EXH_SIGNERS_NONE;
    const struct exh_signers *signers = means->signers ? means->signers : &none;
    const struct exh_signer *signer = exh_signers_find(signers, key, means->name_space, means->at,
                                                       &report->signer_state);
    char at[EXH_MOMENT_SIZE];

    exh_key_fingerprint(key, report->signer);
    report->signer_name = exh_strdup(signer ? signer->principals : exh_signers_name(signers, key));
    report->named = means->key && is_same(key, &means->key->key);
    if (report->named)
        report->signer_state = EXH_KEY_VALID;
    if (signer || report->named)
        return;
    exh_moment_utc(means->at, at);
    if (report->signer_state == EXH_KEY_UNKNOWN)
        find_stranger(means, report);
    else
        exh_signature_find(report,
                           report->signer_state == EXH_KEY_NOT_YET ? FOUND_SIGNER_NOT_YET : FOUND_SIGNER_EXPIRED,
                           "the key %s of '%s' is %s at the time judged (%s)", report->signer, report->signer_name,
                           exh_key_state_words(report->signer_state), at);
}

/* ---- SSHSIG: it says whose it is ---- */

static void judge_ssh(const struct judging *judging, size_t i)
{
    const struct exh_detached *detached = &judging->detached[i];
    struct exh_signature_report *report = &judging->reports[i];

    if (!matches(judging, i, &detached->key)) {
        exh_signature_find(report, FOUND_MISMATCH, "it does not match the file");
        return;
    }
    if (strcmp(detached->name_space, judging->means->name_space) != 0) {
        EXH_CLEANUP(exh_freep) char *shown = exh_text_brief(detached->name_space, 64);
        exh_signature_find(report, FOUND_NAMESPACE, "it is for namespace '%s', not '%s'; if that is meant, say so with "
                           "--namespace", shown, judging->means->name_space);
    }
    judge_signer(judging->means, &detached->key, report);
}

/* ---- minisign and signify: the keys given are tried ---- */

/* Key numbers are no part of what is signed; but a key that has one, minisign takes by its number only. */
static bool is_numbered(const struct exh_detached *detached, const struct exh_public_key *key)
{
    return memcmp(detached->key.minisign_id, key->minisign_id, sizeof key->minisign_id) == 0;
}

static const struct exh_public_key *try_given(const struct judging *judging, size_t i)
{
    const struct exh_signature_key *given = judging->means->key;

    if (!given || (given->has_number && !is_numbered(&judging->detached[i], &given->key)))
        return NULL;
    return matches(judging, i, &given->key) ? &given->key : NULL;
}

static const struct exh_public_key *try_listed(const struct judging *judging, size_t i)
{
    const struct exh_signers *signers = judging->means->signers;

    for (size_t s = 0; signers && s < signers->count; s++)
        if (matches(judging, i, &signers->at[s].key))
            return &signers->at[s].key;
    return NULL;
}

/* The key of an SSHSIG beside it that matches the same file: as well known as that one is. */
static const struct exh_public_key *try_others(const struct judging *judging, size_t i)
{
    for (size_t other = 0; other < judging->count; other++)
        if (is_ssh(&judging->reports[other]) && *judging->reports[other].signer
            && matches(judging, i, &judging->detached[other].key))
            return &judging->detached[other].key;
    return NULL;
}

static void find_mismatch(const struct judging *judging, size_t i)
{
    const struct exh_signature_key *given = judging->means->key;
    struct exh_signature_report *report = &judging->reports[i];
    char number[EXH_KEY_NUMBER_DIGITS];

    if (given && given->has_number && !is_numbered(&judging->detached[i], &given->key)) {
        exh_key_number(&given->key, number);
        exh_signature_find(report, FOUND_KEY, "it is by key number %s; the key given is %s", report->key_number,
                           number);
    } else if (given && given->has_number) {
        exh_signature_find(report, FOUND_MISMATCH, "it does not match the file");
    } else {
        exh_signature_find(report, FOUND_MISMATCH, "by none of the keys given does it match the file: the file is "
                           "another, or the key is (its number is %s)", report->key_number);
    }
}

static void judge_numbered(const struct judging *judging, size_t i)
{
    const struct exh_detached *detached = &judging->detached[i];
    struct exh_signature_report *report = &judging->reports[i];
    const struct exh_public_key *key = try_given(judging, i);

    if (!key)
        key = try_listed(judging, i);
    if (!key)
        key = try_others(judging, i);
    if (!key) {
        find_mismatch(judging, i);
        return;
    }
    if (detached->trusted && !exh_detached_comment_matches(detached, key)) {
        exh_signature_find(report, FOUND_COMMENT, "it matches the file, and not its own trusted comment");
        return;
    }
    report->trusted = exh_strdup(detached->trusted);
    judge_signer(judging->means, key, report);
}

/* ---- what can be judged at all, before the file is read ---- */

static size_t count_keys(const struct judging *judging)
{
    const struct exh_signature_means *means = judging->means;
    size_t count = (means->key != NULL) + (means->signers ? means->signers->count : 0);

    for (size_t i = 0; i < judging->count; i++)
        count += is_ssh(&judging->reports[i]) && !judging->reports[i].finding;
    return count;
}

static void find_too_large(struct exh_signature_report *report)
{
    exh_signature_find(report, FOUND_LEGACY_SIZE, "a legacy signature is over the bytes themselves, and the file is "
                       "larger than 1 GiB: check it with %s, or have it signed pre-hashed",
                       report->form == EXH_SIGNATURE_SIGNIFY ? "signify -V" : "minisign -V");
}

/* What a legacy signature would cost is known where the file's size is. */
static void prejudge_legacy(const struct judging *judging, uint64_t size, struct exh_signature_report *report)
{
    size_t keys = count_keys(judging);

    if (size > EXH_SIGNATURE_LEGACY_MOST)
        find_too_large(report);
    else if (size && keys > MOST_LEGACY_WORK / size)
        exh_signature_find(report, FOUND_LEGACY_KEYS, "a legacy signature, and %zu keys to try on %llu bytes each: "
                           "name its key (number %s) with --public-key", keys, (unsigned long long)size,
                           report->key_number);
}

/* @size is 0 where it is not known. Gives the digests that are wanted; 0: nothing is to be judged. */
static unsigned prejudge(const struct judging *judging, uint64_t size)
{
    unsigned wanted = 0;

    for (size_t i = 0; i < judging->count; i++) {
        struct exh_signature_report *report = &judging->reports[i];
        if (!report->finding && !is_ssh(report) && count_keys(judging) == 0)
            exh_signature_find(report, FOUND_NO_KEY, "it does not hold its key (number %s), and none was given: name "
                               "it with --public-key or --signers", report->key_number);
        if (!report->finding && report->as == EXH_SIGNED_BYTES)
            prejudge_legacy(judging, size, report);
        if (!report->finding)
            wanted |= 1u << report->as;
    }
    return wanted;
}

/* ---- together ---- */

/* SSHSIGs first: their keys may be tried on the others. */
static void judge_all(const struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++)
        if (is_ssh(&judging->reports[i]) && !judging->reports[i].finding)
            judge_ssh(judging, i);
    for (size_t i = 0; i < judging->count; i++) {
        struct exh_signature_report *report = &judging->reports[i];
        if (is_ssh(report) || report->finding)
            continue;
        /* Of a pipe the size is known only now. */
        if (report->as == EXH_SIGNED_BYTES && judging->digests->too_large)
            find_too_large(report);
        else if (report->as == EXH_SIGNED_BYTES)
            prejudge_legacy(judging, judging->digests->size, report);
        if (!report->finding)
            judge_numbered(judging, i);
    }
}

static void clear_judging(struct judging *judging)
{
    for (size_t i = 0; i < judging->count; i++)
        exh_detached_clear(&judging->detached[i]);
    exh_freep(&judging->detached);
}

static uint64_t size_of(int fd)
{
    struct stat facts;

    return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0;
}

bool exh_signature_judge(int fd, const char *path, const struct exh_signature_file *files, size_t count,
                         const struct exh_signature_means *means, struct exh_signature_result *ret_result,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    EXH_CLEANUP(clear_judging) struct judging judging = { .means = means, .digests = &result.digests, .count = count };

    result.at = exh_realloc_array(NULL, count, sizeof *result.at);
    result.count = count;
    judging.reports = result.at;
    judging.detached = exh_realloc_array(NULL, count, sizeof *judging.detached);
    for (size_t i = 0; i < count; i++) {
        judging.detached[i] = (struct exh_detached)EXH_DETACHED_NONE;
        result.at[i] = (struct exh_signature_report){ .signer_state = EXH_KEY_UNKNOWN };
        if (!exh_signature_read(&files[i], &judging.detached[i], &result.at[i]))
            exh_detached_clear(&judging.detached[i]);
    }
    unsigned wanted = prejudge(&judging, size_of(fd));
    if (wanted && !exh_file_digests_read(fd, path, wanted, means->progress, means->context, &result.digests, err))
        return false;
    judge_all(&judging);
    *ret_result = result;
    result = (struct exh_signature_result)EXH_SIGNATURE_RESULT_NONE;
    return true;
}
