/* holding: record/package.json, what a package of exhibits says that it holds, against what it does hold. */
#include "contents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, FILES_NAMED_MOST = 20 };

static void say(struct exh_judging *judging, const char *what, const char *name)
{
    exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " %s '%.200s'", what, name ? name : "");
}

/* "2026-11-26 10:00:00 GMT", as if it were UTC. */
static bool read_local(const char *words, struct exh_moment *ret_moment)
{
    enum { DAY = 10, TIME = 8 };
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;

    if (strlen(words) <= DAY + 1 + TIME || words[DAY] != ' ' || words[DAY + 1 + TIME] != ' ')
        return false;
    EXH_CLEANUP(exh_freep) char *utc = exh_format("%.*sT%.*sZ", DAY, words, TIME, words + DAY + 1);
    return exh_moment_parse_utc(utc, ret_moment, &unread);
}

/* Zones are from 12 hours behind UTC to 14 before it, in quarters of an hour. Which the package's is, this machine may
 * know otherwise than the one that sealed it, or not at all. */
bool exh_judging_times_agree(const struct exh_json *json, const char *name)
{
    const int64_t hour = 3600 * EXH_SECOND, quarter = hour / 4;
    EXH_CLEANUP(exh_error_clear) struct exh_error unread = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *local_name = exh_format("%s_local", name);
    struct exh_moment moment, local;

    if (!exh_moment_parse_utc(exh_json_text_or(json, name, ""), &moment, &unread)
        || !read_local(exh_json_text_or(json, local_name, ""), &local))
        return false;
    int64_t offset = local.ns - (moment.ns - moment.ns % EXH_SECOND);
    return offset >= -12 * hour && offset <= 14 * hour && offset % quarter == 0;
}

/* ---- the whole ---- */

static bool is_sealed_then(const struct exh_judging *judging)
{
    char sealed[EXH_MOMENT_SIZE];

    exh_moment_utc(judging->report->sealed, sealed);
    return strcmp(exh_json_text_or(judging->report->holding, "sealed", ""), sealed) == 0;
}

static void judge_volume(struct exh_judging *judging)
{
    const struct exh_json *holding = judging->report->holding;
    int64_t volume = exh_json_int_or(holding, "volume", 0), volumes = exh_json_int_or(holding, "volumes", 0);
    int64_t is_volume = judging->volumes ? (int64_t)judging->volume : 1, are_volumes = judging->volumes ? (int64_t)judging->volumes : 1;

    if (volume != is_volume || volumes != are_volumes)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " says volume %" PRId64 " of %" PRId64
                            ", " EXH_BAG_INFO " volume %" PRId64 " of %" PRId64, volume, volumes, is_volume, are_volumes);
}

/* Who it says has sealed it, and who did. */
static void judge_sealer(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_json *by = exh_json_get(report->holding, "by");
    const char *fingerprint = exh_json_text_or(by, "fingerprint", ""), *initials = exh_json_text_or(by, "initials", "");

    if (*report->signer && strcmp(fingerprint, report->signer) != 0)
        say(judging, "says that it was sealed by the key", fingerprint);
    else if (report->claimed_signer && strcmp(initials, report->claimed_signer) != 0)
        say(judging, "says that it was sealed by", initials);
}

static void judge_head(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const char *package = exh_json_text_or(report->holding, "package", "");
    const char *organisation = exh_json_text_or(report->holding, "organisation", "");

    if (exh_json_int_or(report->holding, "version", 0) != VERSION)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " is not of version %d", VERSION);
    if (report->identifier && strcmp(package, report->identifier) != 0)
        say(judging, "is of package", package);
    if (report->identifier && strcmp(organisation, judging->info.values[EXH_BAG_ORGANISATION]) != 0)
        say(judging, "is of the organisation", organisation);
    if (report->signed_minisign && !is_sealed_then(judging))
        exh_judging_finding(judging, "E-TIME", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " has another time of sealing than was signed");
    if (!exh_judging_times_agree(report->holding, "sealed"))
        exh_judging_finding(judging, "E-TIME", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " has a local time of sealing that is not the same");
    judge_volume(judging);
    judge_sealer(judging);
}

/* ---- an exhibit's files ---- */

/* What is said to be in another volume is not here, and what is said to be here is. */
static void judge_file(struct exh_judging *judging, const struct exh_bag_line *line, const struct exh_json *file)
{
    const char *name = exh_json_text_or(file, "file", ""), *digest = exh_json_text_or(file, "sha256", "");
    int64_t volume = exh_json_int_or(file, "volume", 0), here = judging->volumes ? (int64_t)judging->volume : 1;
    const struct exh_bag_line *outer = exh_bag_list_find(&judging->manifest, name);
    const struct exh_found *found = exh_contents_find(judging->contents, name);

    if (strcmp(line->name, name) != 0 || !exh_digest_equal(line->digest, digest))
        say(judging, "describes otherwise than the exhibit's own seal", name);
    else if (volume == here && (!outer || !exh_digest_equal(outer->digest, digest)))
        say(judging, "says that the package holds", name);
    else if (volume != here && (outer || volume < 1 || volume > (int64_t)judging->volumes))
        say(judging, "says that another volume holds", name);
    else if (found && !exh_judging_is_missed(judging, name) && (int64_t)found->size != exh_json_int_or(file, "size", -1))
        say(judging, "has another size of", name);
}

static bool load_own(const struct exh_judging *judging, const char *folder, struct exh_bag_list *ret_own)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s/" EXH_BAG_MANIFEST, folder);
    const struct exh_found *found = exh_judging_sound(judging, name);

    return found && exh_bag_list_parse(found->bytes, found->size, true, ret_own, &err);
}

/* Where a file is in another volume there are no bytes to count; the exhibit's own record may know. */
static void judge_recorded_sizes(struct exh_judging *judging, const struct exh_package_exhibit *held,
                                 const struct exh_bag_list *own, const struct exh_json *files)
{
    const struct exh_json *parts = exh_json_get(held->record, "parts");

    for (size_t i = 0; i < exh_json_count(parts); i++) {
        const char *name = exh_json_text_or(exh_json_at(parts, i), "file", "");
        const struct exh_bag_line *line = exh_bag_list_find(own, name);
        int64_t size = exh_json_int_or(exh_json_at(parts, i), "size", -1);
        if (line && size >= 0 && !exh_contents_find(judging->contents, name)
            && size != exh_json_int_or(exh_json_at(files, (size_t)(line - own->at)), "size", -1))
            say(judging, "has another size than the exhibit's own record of", name);
    }
}

/* Line by line as in its manifest: both stand in the order of names. */
static void judge_files(struct exh_judging *judging, const struct exh_package_exhibit *held, const struct exh_json *exhibit)
{
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list own = { NULL, 0, 0 };
    const struct exh_json *files = exh_json_get(exhibit, "files");

    if (!judging->has_manifest || !load_own(judging, held->folder, &own))
        return;                          /* said already, of the manifest or by its own seal */
    if (exh_json_count(files) != own.count) {
        say(judging, "lists other files than the manifest in", held->folder);
        return;
    }
    for (size_t i = 0; i < own.count; i++)
        judge_file(judging, &own.at[i], exh_json_at(files, i));
    judge_recorded_sizes(judging, held, &own, files);
}

/* ---- the exhibits ---- */

/* The record has all that a copy was made of, and nothing of the kind for a Master. */
static bool is_made_of(const struct exh_json *record, const char *master)
{
    const struct exh_json *of = exh_json_get(record, "of");

    return master ? exh_json_find(of, "exhibit", master) != NULL : exh_json_count(of) == 0;
}

/* What package.json says of the exhibit, against its own record. */
static void judge_facts(struct exh_judging *judging, const struct exh_package_exhibit *held, const struct exh_json *exhibit)
{
    const struct exh_json *record = held->record, *whole = judging->report->holding;
    const char *item = exh_json_text_or(exhibit, "item", ""), *case_id = exh_json_text_or(exh_json_get(whole, "case"), "id", "");

    if (!record)
        return;                          /* said already, by its own seal */
    if (strcmp(exh_json_text_or(record, "item", item), item) != 0)
        say(judging, "has another item than the record of", held->reference);
    if (!is_made_of(record, exh_json_text_or(exhibit, "of", NULL)))
        say(judging, "has another Master than the record of", held->reference);
    if (strcmp(exh_json_text_or(exh_json_get(record, "case"), "id", case_id), case_id) != 0)
        say(judging, "is of another case than the record of", held->reference);
}

static void judge_exhibit(struct exh_judging *judging, const struct exh_json *exhibit)
{
    const char *reference = exh_json_text_or(exhibit, "exhibit", "");
    const struct exh_package_exhibit *held = exh_judging_exhibit(judging, reference);

    if (!held) {
        say(judging, "says that the package holds exhibit", reference);
        return;
    }
    if (strcmp(held->folder, exh_json_text_or(exhibit, "folder", "")) != 0)
        say(judging, "has another folder of exhibit", reference);
    if (!exh_digest_equal(held->tagmanifest, exh_json_text_or(exhibit, "tagmanifest_sha256", "")))
        say(judging, "has another digest of the seal of exhibit", reference);
    if (strcmp(held->signer, exh_json_text_or(exhibit, "signer", "")) != 0)
        say(judging, "has another signer of exhibit", reference);
    if (!exh_judging_times_agree(exhibit, "made"))
        say(judging, "has two times at which was made exhibit", reference);
    judge_facts(judging, held, exhibit);
    judge_files(judging, held, exhibit);
}

static void collect_claims(const struct exh_json *exhibits, struct exh_strings *claims)
{
    for (size_t i = 0; i < exh_json_count(exhibits); i++) {
        const struct exh_json *files = exh_json_get(exh_json_at(exhibits, i), "files");
        for (size_t k = 0; k < exh_json_count(files); k++)
            exh_strings_add(claims, exh_json_text_or(exh_json_at(files, k), "file", ""));
    }
    exh_strings_sort(claims);
}

/* Nothing is in the package that no exhibit is made of. Both lists stand in the order of names. */
static void judge_claims(struct exh_judging *judging, const struct exh_json *exhibits)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings claims = EXH_STRINGS_NONE;
    size_t at = 0, bad = 0;

    collect_claims(exhibits, &claims);
    for (size_t i = 0; i < judging->manifest.count; i++) {
        const char *name = judging->manifest.at[i].name;
        while (at < claims.count && strcmp(claims.at[at], name) < 0)
            at++;
        if ((at == claims.count || strcmp(claims.at[at], name) != 0) && bad++ < FILES_NAMED_MOST)
            say(judging, "names no exhibit that has", name);
    }
    if (bad > FILES_NAMED_MOST)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " names no exhibit that has %zu more files",
                            bad - FILES_NAMED_MOST);
}

/* As many as there are, and each that there is: so none twice. */
static void judge_exhibits(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_json *exhibits = exh_json_get(report->holding, "exhibits");

    if (exh_json_count(exhibits) != report->exhibit_count || report->exhibit_count == 0) {
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " names %zu exhibits; the package holds %zu",
                            exh_json_count(exhibits), report->exhibit_count);
        return;
    }
    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        judge_exhibit(judging, exh_json_at(exhibits, i));
    for (size_t i = 0; i < report->exhibit_count; i++)
        if (!exh_json_find(exhibits, "exhibit", report->exhibits[i].reference))
            say(judging, "does not name exhibit", report->exhibits[i].reference);
    judge_claims(judging, exhibits);
}

/* ---- volumes ---- */

static void tell_volume(struct exh_judging *judging)
{
    enum { WORDS_MOST = 2000 };
    const struct exh_json *exhibits = exh_json_get(judging->report->holding, "exhibits");
    EXH_CLEANUP(exh_text_clear) struct exh_text others = EXH_TEXT_NONE;
    size_t more = 0;

    if (judging->volumes < 2)
        return;
    for (size_t i = 0; i < exh_json_count(exhibits); i++) {
        const struct exh_json *files = exh_json_get(exh_json_at(exhibits, i), "files");
        for (size_t k = 0; k < exh_json_count(files); k++) {
            int64_t volume = exh_json_int_or(exh_json_at(files, k), "volume", 0);
            if (volume != (int64_t)judging->volume && others.size < WORDS_MOST)
                exh_text_printf(&others, "%s%.200s (%" PRId64 ")", others.size ? ", " : "",
                                exh_json_text_or(exh_json_at(files, k), "file", ""), volume);
            else
                more += volume != (int64_t)judging->volume;
        }
    }
    if (more)
        exh_text_printf(&others, ", and %zu more", more);
    exh_judging_finding(judging, "W-VOLUME", NULL, "this is volume %zu of %zu; in the others: %s", judging->volume,
                        judging->volumes, others.bytes ? others.bytes : "nothing more");
}

/* Exhibits, custody entries, volumes: an exhibit's own bag has none of them. */
static bool is_of_exhibits(const struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;

    for (size_t i = 0; i < contents->count; i++)
        if (strncmp(contents->at[i].name, EXH_BAG_EXHIBITS, strlen(EXH_BAG_EXHIBITS)) == 0
            || strncmp(contents->at[i].name, EXH_BAG_CUSTODY, strlen(EXH_BAG_CUSTODY)) == 0)
            return true;
    return judging->volumes != 0 || exh_contents_find(contents, EXH_BAG_PACKAGE) || exh_judging_line(judging, EXH_BAG_PACKAGE);
}

void exh_judging_holding(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;

    if (!report->holding) {
        if (is_of_exhibits(judging))
            exh_judging_need_record(judging, "E-PACKAGE", EXH_BAG_PACKAGE);
        else if (exh_judging_is_certificate(judging))
            exh_judging_certificate(judging);
        else
            exh_judging_need_record(judging, "E-RECORD", EXH_BAG_RECORD);
        return;
    }
    if (report->record)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_RECORD, "a package of exhibits has no " EXH_BAG_RECORD " of its own");
    judge_head(judging);
    judge_exhibits(judging);
    exh_judging_custody(judging);
    tell_volume(judging);
}
