/* judge: holds what was read of a bag against its manifests, and says what is wrong, file by file. */
#include "contents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_NAMED_MOST = 20 };

void exh_judging_fault(struct exh_judging *judging, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    exh_strings_add(&judging->report->reasons, words);
    judging->failed = true;
}

const struct exh_bag_line *exh_judging_line(const struct exh_judging *judging, const char *name)
{
    return exh_bag_list_find(exh_bag_is_payload(name) ? &judging->manifest : &judging->tags, name);
}

const struct exh_found *exh_judging_sound(const struct exh_judging *judging, const char *name)
{
    const struct exh_found *found = exh_contents_find(judging->contents, name);
    const struct exh_bag_line *line = exh_judging_line(judging, name);

    if (!found || !found->bytes || found->fault || !line || !exh_digest_equal(line->digest, found->digest))
        return NULL;
    return found;
}

/* ---- the bag's own texts ---- */

/* What must be there: its absence is a fault, unless the container broke off before. */
static const struct exh_found *need(struct exh_judging *judging, const char *name)
{
    const struct exh_found *found = exh_contents_find(judging->contents, name);

    if (!found && judging->contents->whole)
        exh_judging_fault(judging, "%s is missing", name);
    return found && found->bytes && !found->fault ? found : NULL;
}

static bool load_list(struct exh_judging *judging, const char *name, bool payload, struct exh_bag_list *ret_list)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *found = need(judging, name);

    if (!found)
        return false;
    if (exh_bag_list_parse(found->bytes, found->size, payload, ret_list, &err))
        return true;
    exh_judging_fault(judging, "%s is damaged: %s", name, err.text);
    return false;
}

static void judge_oxum(struct exh_judging *judging, const char *oxum)
{
    const struct exh_contents *contents = judging->contents;
    uint64_t bytes = 0;
    size_t files = 0;

    for (size_t i = 0; i < contents->count; i++)
        if (exh_bag_is_payload(contents->at[i].name)) {
            bytes += contents->at[i].size;
            files++;
        }
    EXH_CLEANUP(exh_freep) char *is = exh_bag_oxum(bytes, files);
    if (contents->whole && strcmp(is, oxum) != 0)
        exh_judging_fault(judging, "the payload has %" PRIu64 " bytes in %zu files (%s); " EXH_BAG_INFO " says %s",
                          bytes, files, is, oxum);
}

static void judge_texts(struct exh_judging *judging, struct exh_bag_info *ret_info)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *declaration = need(judging, EXH_BAG_DECLARATION), *info = need(judging, EXH_BAG_INFO);

    if (declaration
        && (declaration->size != strlen(EXH_BAG_DECLARATION_WORDS)
            || strcmp(declaration->bytes, EXH_BAG_DECLARATION_WORDS) != 0))
        exh_judging_fault(judging, EXH_BAG_DECLARATION " does not declare a BagIt 1.0 bag in UTF-8");
    if (!info)
        return;
    if (exh_bag_info_parse(info->bytes, info->size, ret_info, &err))
        judge_oxum(judging, ret_info->values[EXH_BAG_OXUM]);
    else
        exh_judging_fault(judging, EXH_BAG_INFO " is damaged: %s", err.text);
}

static void judge_names(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) const char **names = exh_realloc_array(NULL, contents->count, sizeof *names);

    for (size_t i = 0; i < contents->count; i++)
        names[i] = contents->at[i].name;
    if (!exh_bag_names_apart(names, contents->count, &err))
        exh_judging_fault(judging, "%s", err.text);
}

/* ---- file by file ---- */

static struct exh_package_file *add_file(struct exh_package_report *report, const char *name)
{
    struct exh_package_file *file = &report->files[report->file_count++];

    *file = (struct exh_package_file){ .name = exh_strdup(name) };
    return file;
}

/* The tag manifest and its signatures are in no manifest: the signatures speak for them. */
static char *seal_reason(const struct exh_judging *judging, bool *ret_ok)
{
    *ret_ok = judging->seal_reason != NULL;
    return exh_strdup(*ret_ok ? judging->seal_reason : "signature not valid, or missing");
}

static char *reason_for(const struct exh_judging *judging, const struct exh_found *found, bool *ret_ok)
{
    bool payload = exh_bag_is_payload(found->name);
    const char *manifest = payload ? EXH_BAG_MANIFEST : EXH_BAG_TAGMANIFEST;

    *ret_ok = false;
    if (found->fault)
        return exh_strdup(found->fault);
    if (exh_bag_is_seal(found->name))
        return seal_reason(judging, ret_ok);
    if (!(payload ? judging->has_manifest : judging->has_tags))
        return exh_format("cannot be judged without %s", manifest);
    const struct exh_bag_line *line = exh_judging_line(judging, found->name);
    if (!line)
        return exh_strdup("not in any manifest");
    *ret_ok = exh_digest_equal(line->digest, found->digest);
    return *ret_ok ? exh_strdup("hash matches") : exh_format("hash differs from %s", manifest);
}

static void add_missing(struct exh_judging *judging, const struct exh_bag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!exh_contents_find(judging->contents, list->at[i].name))
            add_file(judging->report, list->at[i].name)->reason = exh_strdup("missing");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_package_file *)a)->name, ((const struct exh_package_file *)b)->name);
}

static void judge_files(struct exh_judging *judging)
{
    struct exh_package_report *report = judging->report;
    const struct exh_contents *contents = judging->contents;
    size_t most = contents->count + judging->manifest.count + judging->tags.count, bad = 0;

    report->files = exh_realloc_array(NULL, most, sizeof *report->files);
    for (size_t i = 0; i < contents->count; i++) {
        struct exh_package_file *file = add_file(report, contents->at[i].name);
        file->size = contents->at[i].size;
        memcpy(file->digest, contents->at[i].digest, sizeof file->digest);
        file->reason = reason_for(judging, &contents->at[i], &file->ok);
    }
    add_missing(judging, &judging->manifest);
    add_missing(judging, &judging->tags);
    qsort(report->files, report->file_count, sizeof *report->files, by_name);
    for (size_t i = 0; i < report->file_count; i++)
        if (!report->files[i].ok && bad++ < FILES_NAMED_MOST)
            exh_judging_fault(judging, "'%s': %s", report->files[i].name, report->files[i].reason);
    if (bad > FILES_NAMED_MOST)
        exh_judging_fault(judging, "and %zu more files are not as they were sealed", bad - FILES_NAMED_MOST);
}

/* ---- the record ---- */

static const char record_name[] = "record/exhibit.json";

/* A part that the record describes must be the one that is in the package. */
static bool part_agrees(const struct exh_judging *judging, const struct exh_json *part)
{
    const char *file = exh_json_text_or(part, "file", NULL), *digest = exh_json_text_or(part, "sha256", NULL);

    if (!file || !digest)
        return true;                     /* of another form than ours: it says nothing of a file */
    const struct exh_bag_line *line = exh_bag_list_find(&judging->manifest, file);
    return line && exh_digest_equal(line->digest, digest);
}

static void judge_parts(struct exh_judging *judging, const struct exh_json *parts)
{
    size_t bad = 0;

    for (size_t i = 0; i < exh_json_count(parts); i++)
        if (!part_agrees(judging, exh_json_at(parts, i)) && bad++ < FILES_NAMED_MOST)
            exh_judging_fault(judging, "%s describes '%.200s' otherwise than " EXH_BAG_MANIFEST, record_name,
                              exh_json_text_or(exh_json_at(parts, i), "file", ""));
    if (bad > FILES_NAMED_MOST)
        exh_judging_fault(judging, "%s describes %zu more files otherwise", record_name, bad - FILES_NAMED_MOST);
}

/* @identifier: of bag-info.txt, NULL where unknown. */
static void judge_record(struct exh_judging *judging, const char *identifier)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *found = exh_judging_sound(judging, record_name);

    if (found && !exh_json_parse(found->bytes, found->size, record_name, &judging->report->record, &err))
        exh_judging_fault(judging, "%s", err.text);
    if (!judging->report->record)
        return;
    const char *exhibit = exh_json_text_or(judging->report->record, "exhibit", NULL);
    if (exhibit && identifier && strcmp(exhibit, identifier) != 0)
        exh_judging_fault(judging, "%s is of exhibit '%.100s', " EXH_BAG_INFO " of '%.100s'", record_name, exhibit,
                          identifier);
    if (judging->has_manifest)
        judge_parts(judging, exh_json_get(judging->report->record, "parts"));
}

/* ---- the whole ---- */

static void give_verdict(struct exh_judging *judging)
{
    struct exh_package_report *report = judging->report;
    bool is_signed = report->signed_ssh && report->signed_minisign;

    if (judging->failed)
        report->verdict = EXH_FAILED;
    else if (!is_signed)
        report->verdict = EXH_NOT_SIGNED;
    else
        report->verdict = report->signer_state == EXH_KEY_VALID ? EXH_VERIFIED : EXH_PARTIAL;
}

static void judge_bag(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_bag_info_clear) struct exh_bag_info info = { { NULL } };

    exh_contents_sort(judging->contents);
    judging->has_manifest = load_list(judging, EXH_BAG_MANIFEST, true, &judging->manifest);
    judging->has_tags = load_list(judging, EXH_BAG_TAGMANIFEST, false, &judging->tags);
    judge_texts(judging, &info);
    judge_names(judging);
    exh_judging_signatures(judging, info.values[EXH_BAG_IDENTIFIER], info.values[EXH_BAG_DATE]);
    judge_files(judging);
    judge_record(judging, info.values[EXH_BAG_IDENTIFIER]);
}

/* Of what is no package at all there is one thing to say, and no list of what it lacks. */
void exh_contents_judge(struct exh_contents *contents, const struct exh_signers *signers,
                        struct exh_package_report *report)
{
    struct exh_judging judging = { .contents = contents, .signers = signers, .report = report };

    for (size_t i = 0; i < contents->faults.count; i++)
        exh_judging_fault(&judging, "%s", contents->faults.at[i]);
    if (contents->count || !judging.failed)
        judge_bag(&judging);
    give_verdict(&judging);
    exh_bag_list_clear(&judging.manifest);
    exh_bag_list_clear(&judging.tags);
}
