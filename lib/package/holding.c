/* holding: record/package.json, what a package of exhibits says that it holds, against what it does hold. */
#include "contents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static void say(struct exh_judging *judging, const char *what, const char *name)
{
    exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " %s '%.200s'", what, name ? name : "");
}

/* ---- the whole ---- */

static bool is_sealed_then(const struct exh_judging *judging)
{
    char sealed[EXH_MOMENT_SIZE];

    exh_moment_utc(judging->report->sealed, sealed);
    return strcmp(exh_json_text_or(judging->report->holding, "sealed", ""), sealed) == 0;
}

static void judge_head(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const char *package = exh_json_text_or(report->holding, "package", "");
    int64_t volume = exh_json_int_or(report->holding, "volume", 0), volumes = exh_json_int_or(report->holding, "volumes", 0);
    int64_t is_volume = judging->volumes ? (int64_t)judging->volume : 1, are_volumes = judging->volumes ? (int64_t)judging->volumes : 1;

    if (exh_json_int_or(report->holding, "version", 0) != VERSION)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " is not of version %d", VERSION);
    if (report->identifier && strcmp(package, report->identifier) != 0)
        say(judging, "is of package", package);
    if (report->signed_minisign && !is_sealed_then(judging))
        exh_judging_finding(judging, "E-TIME", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " has another time of sealing than was signed");
    if (volume != is_volume || volumes != are_volumes)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " says volume %" PRId64 " of %" PRId64
                            ", " EXH_BAG_INFO " volume %" PRId64 " of %" PRId64, volume, volumes, is_volume, are_volumes);
}

/* ---- an exhibit's files ---- */

/* What is said to be in another volume is not here, and what is said to be here is. */
static void judge_file(struct exh_judging *judging, const struct exh_bag_list *own, const struct exh_json *file)
{
    const char *name = exh_json_text_or(file, "file", ""), *digest = exh_json_text_or(file, "sha256", "");
    int64_t volume = exh_json_int_or(file, "volume", 0), here = judging->volumes ? (int64_t)judging->volume : 1;
    const struct exh_bag_line *line = exh_bag_list_find(own, name), *outer = exh_bag_list_find(&judging->manifest, name);
    const struct exh_found *found = exh_contents_find(judging->contents, name);

    if (!line || !exh_digest_equal(line->digest, digest))
        say(judging, "describes otherwise than the exhibit's own seal", name);
    else if (volume == here && (!outer || !exh_digest_equal(outer->digest, digest)))
        say(judging, "says that the package holds", name);
    else if (volume != here && (outer || volume < 1 || volume > (int64_t)judging->volumes))
        say(judging, "says that another volume holds", name);
    else if (found && (int64_t)found->size != exh_json_int_or(file, "size", -1))
        say(judging, "has another size of", name);
}

static bool load_own(const struct exh_judging *judging, const char *folder, struct exh_bag_list *ret_own)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) char *name = exh_format("%s/" EXH_BAG_MANIFEST, folder);
    const struct exh_found *found = exh_judging_sound(judging, name);

    return found && exh_bag_list_parse(found->bytes, found->size, true, ret_own, &err);
}

static void judge_files(struct exh_judging *judging, const struct exh_json *exhibit)
{
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list own = { NULL, 0, 0 };
    const struct exh_json *files = exh_json_get(exhibit, "files");
    const char *folder = exh_json_text_or(exhibit, "folder", "");

    if (!load_own(judging, folder, &own)) {
        say(judging, "names a folder without a sound manifest,", folder);
        return;
    }
    if (exh_json_count(files) != own.count)
        say(judging, "lists other files than the manifest in", folder);
    for (size_t i = 0; i < exh_json_count(files); i++)
        judge_file(judging, &own, exh_json_at(files, i));
}

/* ---- the exhibits ---- */

static const struct exh_package_exhibit *find_exhibit(const struct exh_package_report *report, const char *reference)
{
    for (size_t i = 0; i < report->exhibit_count; i++)
        if (strcmp(report->exhibits[i].reference, reference) == 0)
            return &report->exhibits[i];
    return NULL;
}

static void judge_exhibit(struct exh_judging *judging, const struct exh_json *exhibit)
{
    const char *reference = exh_json_text_or(exhibit, "exhibit", "");
    const struct exh_package_exhibit *held = find_exhibit(judging->report, reference);

    if (!held)
        say(judging, "says that the package holds exhibit", reference);
    else if (!exh_digest_equal(held->tagmanifest, exh_json_text_or(exhibit, "tagmanifest_sha256", "")))
        say(judging, "has another digest of the seal of exhibit", reference);
    else
        judge_files(judging, exhibit);
}

static bool is_said(const struct exh_json *exhibits, const char *reference)
{
    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        if (strcmp(exh_json_text_or(exh_json_at(exhibits, i), "exhibit", ""), reference) == 0)
            return true;
    return false;
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
    size_t at = 0;

    collect_claims(exhibits, &claims);
    for (size_t i = 0; i < judging->manifest.count; i++) {
        const char *name = judging->manifest.at[i].name;
        while (at < claims.count && strcmp(claims.at[at], name) < 0)
            at++;
        if (at == claims.count || strcmp(claims.at[at], name) != 0)
            say(judging, "names no exhibit that has", name);
    }
}

static void judge_exhibits(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    const struct exh_json *exhibits = exh_json_get(report->holding, "exhibits");

    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        judge_exhibit(judging, exh_json_at(exhibits, i));
    for (size_t i = 0; i < report->exhibit_count; i++)
        if (!is_said(exhibits, report->exhibits[i].reference))
            say(judging, "does not name exhibit", report->exhibits[i].reference);
    judge_claims(judging, exhibits);
}

/* ---- volumes ---- */

static void tell_volume(struct exh_judging *judging)
{
    const struct exh_json *exhibits = exh_json_get(judging->report->holding, "exhibits");
    EXH_CLEANUP(exh_text_clear) struct exh_text others = EXH_TEXT_NONE;

    if (judging->volumes < 2)
        return;
    for (size_t i = 0; i < exh_json_count(exhibits); i++) {
        const struct exh_json *files = exh_json_get(exh_json_at(exhibits, i), "files");
        for (size_t k = 0; k < exh_json_count(files); k++) {
            int64_t volume = exh_json_int_or(exh_json_at(files, k), "volume", 0);
            if (volume != (int64_t)judging->volume && others.size < 2000)
                exh_text_printf(&others, "%s%s (%" PRId64 ")", others.size ? ", " : "",
                                exh_json_text_or(exh_json_at(files, k), "file", ""), volume);
        }
    }
    exh_judging_finding(judging, "W-VOLUME", NULL, "this is volume %zu of %zu; in the others: %s", judging->volume,
                        judging->volumes, others.bytes ? others.bytes : "nothing more");
}

void exh_judging_holding(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;

    if (!report->holding) {
        if (report->exhibit_count && !exh_contents_find(judging->contents, EXH_BAG_PACKAGE) && judging->contents->whole)
            exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_PACKAGE, EXH_BAG_PACKAGE " is missing");
        return;
    }
    if (report->record)
        exh_judging_finding(judging, "E-PACKAGE", EXH_BAG_RECORD, "a package of exhibits has no " EXH_BAG_RECORD " of its own");
    judge_head(judging);
    judge_exhibits(judging);
    exh_judging_custody(judging);
    tell_volume(judging);
}
