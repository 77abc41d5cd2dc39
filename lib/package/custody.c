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
};

static void say(struct exh_judging *judging, const char *file, const char *what)
{
    exh_judging_finding(judging, "E-CUSTODY", file, "%s: %s", file, what);
}

/* ---- one entry ---- */

/* package.json lists them in the order of their files. */
static bool is_listed_so(const struct exh_json *line, const char *file, const struct exh_entry *entry)
{
    return strcmp(exh_json_text_or(line, "file", ""), file) == 0
        && exh_json_int_or(line, "sequence", -1) == (int64_t)entry->sequence
        && strcmp(exh_json_text_or(line, "act", ""), entry->act) == 0
        && strcmp(exh_json_text_or(line, "actor", ""), entry->actor) == 0
        && exh_digest_equal(exh_json_text_or(line, "entry_sha256", ""), entry->digest);
}

/* That an exhibit was done, the log says with the digest of its seal. */
static void judge_done(struct custody *custody, const char *file, const struct exh_entry *entry)
{
    const struct exh_package_report *report = custody->judging->report;
    const char *sealed = exh_json_text_or(exh_json_get(entry->whole, "digests"), "tagmanifest", NULL);

    for (size_t i = 0; entry->exhibit && sealed && i < report->exhibit_count; i++)
        if (strcmp(report->exhibits[i].reference, entry->exhibit) == 0
            && !exh_digest_equal(report->exhibits[i].tagmanifest, sealed))
            say(custody->judging, file, "the entry names another seal of the exhibit than the package holds");
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
    if (!is_listed_so(exh_json_at(custody->listed, number), found->name, &entry))
        say(custody->judging, found->name, EXH_BAG_PACKAGE " does not list it, or lists it otherwise");
    judge_done(custody, found->name, &entry);
}

static bool ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name), tail = strlen(ending);

    return size > tail && strcmp(name + size - tail, ending) == 0;
}

void exh_judging_custody(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;
    struct custody custody = { judging, exh_json_get(judging->report->holding, "custody") };
    size_t count = 0;

    for (size_t i = 0; i < contents->count; i++)
        if (strncmp(contents->at[i].name, EXH_BAG_CUSTODY, strlen(EXH_BAG_CUSTODY)) == 0
            && ends_in(contents->at[i].name, ".json"))
            judge_entry(&custody, count++, &contents->at[i]);
    if (count != exh_json_count(custody.listed) && contents->whole)
        exh_judging_finding(judging, "E-CUSTODY", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " lists %zu custody entries; the package "
                            "holds %zu", exh_json_count(custody.listed), count);
}
