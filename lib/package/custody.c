/* custody: the entries of the custody log that a package carries, each by itself: form, digest, signature. */
#include "contents.h"

#include "exhibit/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What package.json says of the entries. */
struct custody {
    struct exh_judging *judging;
    const struct exh_json *listed;
    bool *sealed;                        /* for each exhibit: an entry names its seal */
    struct exh_strings strangers;        /* signers in no list, each told once */
};

static void say(struct exh_judging *judging, const char *file, const char *what)
{
    exh_judging_finding(judging, "E-CUSTODY", file, "%s: %s", file, what);
}

/* ---- one entry ---- */

static bool is_same(const struct exh_json *line, const char *name, const char *words)
{
    return words ? strcmp(exh_json_text_or(line, name, ""), words) == 0
                 : exh_json_type(exh_json_get(line, name)) == EXH_JSON_NULL;
}

/* The same instant: an entry always has six digits of a second, and package.json as many as are needed. */
static bool is_same_time(const struct exh_json *line, const char *name, const struct exh_entry *entry)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    struct exh_moment moment;

    return exh_moment_parse_utc(exh_json_text_or(line, name, ""), &moment, &unread) && moment.ns == entry->time.ns;
}

/* package.json lists them in the order of their files. */
static bool is_listed_so(const struct exh_json *line, const char *file, const struct exh_entry *entry)
{
    return is_same(line, "file", file) && exh_json_int_or(line, "sequence", -1) == (int64_t)entry->sequence
        && is_same(line, "act", entry->act) && is_same(line, "verb", exh_verb_name(entry->verb))
        && is_same(line, "actor", entry->actor) && is_same(line, "exhibit", entry->exhibit)
        && is_same_time(line, "time", entry) && exh_judging_times_agree(line, "time")
        && exh_digest_equal(exh_json_text_or(line, "entry_sha256", ""), entry->digest);
}

static const struct exh_json *line_of_exhibit(const struct exh_judging *judging, const char *reference)
{
    const struct exh_json *exhibits = exh_json_get(judging->report->holding, "exhibits");

    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        if (is_same(exh_json_at(exhibits, i), "exhibit", reference))
            return exh_json_at(exhibits, i);
    return NULL;
}

/* That an exhibit was done, the log says with the digest of its seal; that is when it was made. */
static void judge_done(struct custody *custody, const char *file, const struct exh_entry *entry)
{
    const struct exh_package_report *report = custody->judging->report;
    const char *sealed = exh_json_text_or(exh_json_get(entry->whole, "digests"), "tagmanifest", NULL);
    const struct exh_package_exhibit *exhibit = entry->exhibit ? exh_judging_exhibit(custody->judging, entry->exhibit) : NULL;

    if (!exhibit || !sealed)
        return;
    if (!exh_digest_equal(exhibit->tagmanifest, sealed)) {
        say(custody->judging, file, "the entry names another seal of the exhibit than the package holds");
        return;
    }
    custody->sealed[exhibit - report->exhibits] = true;
    if (!is_same_time(line_of_exhibit(custody->judging, entry->exhibit), "made", entry))
        say(custody->judging, file, "the entry has another time at which the exhibit was made than " EXH_BAG_PACKAGE);
}

/* The list may have the key for the log, or for packages only: it is the same person. */
static enum exh_key_state state_of(const struct exh_signers *signers, const struct exh_entry *entry)
{
    static const char *const purposes[] = { "git", EXH_BAG_NAMESPACE };
    enum exh_key_state best = EXH_KEY_UNKNOWN, state;

    for (size_t i = 0; i < signers->count; i++) {
        char fingerprint[EXH_FINGERPRINT_SIZE];
        exh_key_fingerprint(&signers->at[i].key, fingerprint);
        for (size_t k = 0; k < EXH_COUNT(purposes) && strcmp(fingerprint, entry->actor) == 0; k++) {
            if (exh_signers_find(signers, &signers->at[i].key, purposes[k], entry->time, &state))
                return EXH_KEY_VALID;
            best = state == EXH_KEY_UNKNOWN ? best : state;
        }
    }
    return best;
}

static void judge_actor(struct custody *custody, const char *file, const struct exh_entry *entry)
{
    const struct exh_signers *signers = custody->judging->ask->signers;
    enum exh_key_state state = signers ? state_of(signers, entry) : EXH_KEY_VALID;

    if (state == EXH_KEY_UNKNOWN && !exh_strings_contain(&custody->strangers, entry->actor)) {
        exh_strings_add(&custody->strangers, entry->actor);
        exh_judging_finding(custody->judging, "W-CUSTODY-SIGNER", file, "%s: the key %s that signed it is in no list of signers "
                            "that was given", file, entry->actor);
    } else if (state != EXH_KEY_UNKNOWN && state != EXH_KEY_VALID) {
        exh_judging_finding(custody->judging, "E-CUSTODY", file, "%s: the key %s that signed it was %s then", file, entry->actor,
                            exh_key_state_words(state));
    }
}

static void judge_entry(struct custody *custody, size_t number, const struct exh_found *found)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_clear) struct exh_entry entry = { 0 };
    EXH_CLEANUP(exh_freep) char *name = exh_format("%.*s.commit", (int)(strlen(found->name) - strlen(".json")), found->name);
    const struct exh_found *commit = exh_contents_find(custody->judging->contents, name);

    if (!commit || !commit->bytes || !found->bytes) {
        say(custody->judging, found->name, "the commit that signs it is missing");
        return;
    }
    if (!exh_entry_attested(found->bytes, found->size, commit->bytes, commit->size, &entry, &err)) {
        say(custody->judging, found->name, err.text);
        return;
    }
    EXH_CLEANUP(exh_freep) char *own_name = exh_format(EXH_BAG_CUSTODY "%08" PRIu64 ".json", entry.sequence);
    if (strcmp(own_name, found->name) != 0)
        say(custody->judging, found->name, "the entry has another number");
    if (!is_listed_so(exh_json_at(custody->listed, number), found->name, &entry))
        say(custody->judging, found->name, EXH_BAG_PACKAGE " does not list it, or lists it otherwise");
    EXH_CLEANUP(exh_freep) char *proof = exh_format("%.*s.tlog-proof", (int)(strlen(found->name) - strlen(".json")), found->name);
    exh_judging_proof(custody->judging, proof, entry.sequence, &entry.leaf);
    judge_done(custody, found->name, &entry);
    judge_actor(custody, found->name, &entry);
}

/* ---- all of them ---- */

static bool is_entry(const char *name)
{
    size_t size = strlen(name), tail = strlen(".json");

    return size > tail && strcmp(name + size - tail, ".json") == 0;
}

/* "....commit" or "....tlog-proof", whose entry is there. */
static bool goes_with_entry(const struct exh_judging *judging, const char *name)
{
    static const char *const endings[] = { ".commit", ".tlog-proof" };

    for (size_t i = 0; i < EXH_COUNT(endings); i++) {
        size_t size = strlen(name), tail = strlen(endings[i]);
        if (size <= tail || strcmp(name + size - tail, endings[i]) != 0)
            continue;
        EXH_CLEANUP(exh_freep) char *entry = exh_format("%.*s.json", (int)(size - tail), name);
        return exh_contents_find(judging->contents, entry) != NULL;
    }
    return false;
}

static size_t judge_entries(struct custody *custody)
{
    const struct exh_contents *contents = custody->judging->contents;
    size_t count = 0;

    for (size_t i = 0; i < contents->count; i++) {
        const char *name = contents->at[i].name;
        if (strncmp(name, EXH_BAG_CUSTODY, strlen(EXH_BAG_CUSTODY)) != 0)
            continue;
        if (is_entry(name))
            judge_entry(custody, count++, &contents->at[i]);
        else if (!goes_with_entry(custody->judging, name) && contents->whole)
            say(custody->judging, name, "neither an entry, nor the commit or the proof of one");
    }
    return count;
}

void exh_judging_custody(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    EXH_CLEANUP(exh_freep) bool *sealed = exh_alloc(report->exhibit_count * sizeof *sealed + 1);
    struct custody custody = { judging, exh_json_get(report->holding, "custody"), sealed, EXH_STRINGS_NONE };

    exh_judging_checkpoint(judging, exh_json_get(report->holding, "log"));
    size_t count = judge_entries(&custody);

    exh_strings_clear(&custody.strangers);
    if (!judging->contents->whole)
        return;                          /* what broke off has no end to count to */
    if (count != exh_json_count(custody.listed))
        exh_judging_finding(judging, "E-CUSTODY", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " lists %zu custody entries; the package "
                            "holds %zu", exh_json_count(custody.listed), count);
    for (size_t i = 0; i < report->exhibit_count; i++)
        if (!sealed[i])
            exh_judging_finding(judging, "E-CUSTODY", report->exhibits[i].folder, "no custody entry names the seal of exhibit %s",
                                report->exhibits[i].reference);
}
