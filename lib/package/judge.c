/* judge: holds what was read of a bag against its manifests, and says what is wrong, file by file. */
#include "contents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_NAMED_MOST = 20, FILES_LOCATED_MOST = 100 };

void exh_judging_finding(struct exh_judging *judging, const char *code, const char *file, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    exh_check_findings_vadd(&judging->report->findings, code, file, format, arguments);
    va_end(arguments);
    judging->failed = judging->failed || (code[0] == 'E' && strcmp(code, "E-NOT-SIGNED") != 0);
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

bool exh_judging_is_missed(const struct exh_judging *judging, const char *name)
{
    const struct exh_found *found = exh_contents_find(judging->contents, name);
    const struct exh_bag_line *line = exh_judging_line(judging, name);

    if (!found)
        return line != NULL;
    return found->fault || !line || (!found->unread && !exh_digest_equal(line->digest, found->digest));
}

/* ---- the bag's own texts ---- */

/* What must be there: its absence is a fault, unless the container broke off before. */
static const struct exh_found *need(struct exh_judging *judging, const char *code, const char *name)
{
    const struct exh_found *found = exh_contents_find(judging->contents, name);

    if (!found && judging->contents->whole)
        exh_judging_finding(judging, code, name, "%s is missing", name);
    return found && found->bytes && !found->fault ? found : NULL;
}

static bool load_list(struct exh_judging *judging, const char *name, bool payload, struct exh_bag_list *ret_list)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *found = need(judging, "E-MANIFEST", name);

    if (!found)
        return false;
    if (exh_bag_list_parse(found->bytes, found->size, payload, ret_list, &err))
        return true;
    exh_judging_finding(judging, "E-MANIFEST", name, "%s is damaged: %s", name, err.text);
    return false;
}

bool exh_judging_is_elsewhere(const struct exh_judging *judging, const char *name)
{
    return judging->outer && judging->outer->volumes > 1 && exh_bag_is_payload(name)
        && !exh_bag_list_find(&judging->outer->manifest, name);
}

/* An exhibit of which a part is in another volume, or is missing from the package, is not counted. */
static bool is_counted(const struct exh_judging *judging)
{
    for (size_t i = 0; judging->outer && i < judging->manifest.count; i++)
        if (exh_judging_is_elsewhere(judging, judging->manifest.at[i].name)
            || exh_judging_is_missed(judging->outer, judging->manifest.at[i].name))
            return false;
    return judging->contents->whole;
}

static void judge_oxum(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;
    const char *oxum = judging->info.values[EXH_BAG_OXUM];
    uint64_t bytes = 0;
    size_t files = 0;

    for (size_t i = 0; i < contents->count; i++)
        if (exh_bag_is_payload(contents->at[i].name)) {
            bytes += contents->at[i].size;
            files++;
        }
    EXH_CLEANUP(exh_freep) char *is = exh_bag_oxum(bytes, files);
    if (is_counted(judging) && strcmp(is, oxum) != 0)
        exh_judging_finding(judging, "E-BAG-OXUM", NULL, "the payload has %" PRIu64 " bytes in %zu files (%s); " EXH_BAG_INFO
                            " says %s", bytes, files, is, oxum);
}

static void judge_count(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const char *group = judging->info.values[EXH_BAG_GROUP], *count = judging->info.values[EXH_BAG_COUNT];

    if (!group)
        return;
    if (!exh_bag_count_parse(count, &judging->volume, &judging->volumes, &err))
        exh_judging_finding(judging, "E-BAG-INFO", EXH_BAG_INFO, EXH_BAG_INFO " is damaged: %s", err.text);
    else if (strcmp(group, judging->info.values[EXH_BAG_IDENTIFIER]) != 0)
        exh_judging_finding(judging, "E-BAG-INFO", EXH_BAG_INFO, EXH_BAG_INFO " is of package '%s' and of group '%s'",
                            judging->info.values[EXH_BAG_IDENTIFIER], group);
}

static void judge_info(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *info = need(judging, "E-BAG-INFO", EXH_BAG_INFO);

    if (!info)
        return;
    if (!exh_bag_info_parse(info->bytes, info->size, &judging->info, &err)) {
        exh_judging_finding(judging, "E-BAG-INFO", EXH_BAG_INFO, EXH_BAG_INFO " is damaged: %s", err.text);
        return;
    }
    if (exh_judging_sound(judging, EXH_BAG_INFO))
        judging->report->identifier = exh_strdup(judging->info.values[EXH_BAG_IDENTIFIER]);
    judge_count(judging);
    judge_oxum(judging);
}

static void judge_declaration(struct exh_judging *judging)
{
    const struct exh_found *declaration = need(judging, "E-BAG-INFO", EXH_BAG_DECLARATION);

    if (declaration
        && (declaration->size != strlen(EXH_BAG_DECLARATION_WORDS)
            || strcmp(declaration->bytes, EXH_BAG_DECLARATION_WORDS) != 0))
        exh_judging_finding(judging, "E-BAG-INFO", EXH_BAG_DECLARATION,
                            EXH_BAG_DECLARATION " does not declare a BagIt 1.0 bag in UTF-8");
}

static void judge_names(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) const char **names = exh_realloc_array(NULL, contents->count, sizeof *names);

    for (size_t i = 0; i < contents->count; i++)
        names[i] = contents->at[i].name;
    if (!exh_bag_names_apart(names, contents->count, &err))
        exh_judging_finding(judging, "E-NAME", NULL, "%s", err.text);
}

/* ---- pieces ---- */

static bool pieces_agree(const struct exh_judging *judging, const struct exh_pieces_file *file)
{
    const struct exh_found *found = exh_contents_find(judging->contents, file->name);

    if (!found || found->fault)
        return true;                     /* said otherwise */
    if (found->size != file->size)
        return false;
    for (size_t i = 0; i < found->pieces.count && !found->unread; i++)
        if (!exh_digest_equal(found->pieces.at[i], file->pieces.at[i]))
            return false;
    return true;
}

/* A file whose digest differs says so itself; of one whose digest matches the pieces must, too. */
static void judge_listed(struct exh_judging *judging, const struct exh_pieces_file *file)
{
    const struct exh_found *found = exh_contents_find(judging->contents, file->name);
    const struct exh_bag_line *line = exh_bag_list_find(&judging->manifest, file->name);

    if (!line && !exh_judging_is_elsewhere(judging, file->name))
        exh_judging_finding(judging, "E-PIECES", EXH_PIECES_FILE, EXH_PIECES_FILE " lists '%s', which " EXH_BAG_MANIFEST
                            " does not", file->name);
    else if (line && found && (found->unread || exh_digest_equal(line->digest, found->digest))
             && !pieces_agree(judging, file))
        exh_judging_finding(judging, "E-PIECES", file->name, "the piece hashes of '%s' are not those of its bytes", file->name);
}

static void need_pieces(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;

    for (size_t i = 0; contents->whole && i < contents->count; i++)
        if (exh_bag_is_payload(contents->at[i].name) && exh_pieces_are_due(contents->at[i].size)
            && !exh_pieces_list_find(&judging->pieces, contents->at[i].name))
            exh_judging_finding(judging, "E-PIECES", EXH_PIECES_FILE, "'%s' has more than 16 MiB and no piece hashes",
                                contents->at[i].name);
}

static void judge_pieces(struct exh_judging *judging)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *list = exh_judging_sound(judging, EXH_PIECES_FILE);

    if (!list && exh_contents_find(judging->contents, EXH_PIECES_FILE))
        return;                          /* its digest says so */
    if (list && !exh_pieces_list_parse(list->bytes, list->size, &judging->pieces, &err)) {
        exh_judging_finding(judging, "E-PIECES", EXH_PIECES_FILE, EXH_PIECES_FILE " is damaged: %s", err.text);
        return;
    }
    for (size_t i = 0; judging->has_manifest && i < judging->pieces.count; i++)
        judge_listed(judging, &judging->pieces.at[i]);
    need_pieces(judging);
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

/* Where pieces tell the place, it is told; not of very many files, since each is looked for in the records. */
static char *difference(struct exh_judging *judging, const struct exh_found *found, const char *manifest)
{
    EXH_CLEANUP(exh_freep) char *damage = judging->located++ < FILES_LOCATED_MOST ? exh_judging_damage(judging, found) : NULL;

    return exh_format("hash differs from %s%s%s", manifest, damage ? ": " : "", damage ? damage : "");
}

/* What its container says is wrong with it; and where, of a file that was read to its end. */
static char *fault_of(struct exh_judging *judging, const struct exh_found *found, const char *manifest)
{
    const struct exh_bag_line *line = exh_judging_line(judging, found->name);

    if (strcmp(found->code, "E-ZIP-CHECKSUM") != 0 || !line || exh_digest_equal(line->digest, found->digest))
        return exh_strdup(found->fault);
    EXH_CLEANUP(exh_freep) char *words = difference(judging, found, manifest);
    return exh_format("%s; %s", found->fault, words);
}

static char *reason_for(struct exh_judging *judging, const struct exh_found *found, bool *ret_ok)
{
    bool payload = exh_bag_is_payload(found->name);
    const char *manifest = payload ? EXH_BAG_MANIFEST : EXH_BAG_TAGMANIFEST;

    *ret_ok = false;
    if (found->fault)
        return fault_of(judging, found, manifest);
    if (exh_bag_is_seal(found->name))
        return seal_reason(judging, ret_ok);
    if (!(payload ? judging->has_manifest : judging->has_tags))
        return exh_format("cannot be judged without %s", manifest);
    const struct exh_bag_line *line = exh_judging_line(judging, found->name);
    if (!line)
        return exh_strdup("not in any manifest");
    *ret_ok = found->unread || exh_digest_equal(line->digest, found->digest);
    if (*ret_ok)
        return exh_strdup(found->unread ? "not read yet" : "hash matches");
    return difference(judging, found, manifest);
}

/* The code that goes with a reason; NULL where a finding has said already why it cannot be judged: of a signature what
 * is wrong with it, of a manifest that it is missing or damaged. */
static const char *code_for(const struct exh_judging *judging, const char *name)
{
    const struct exh_found *found = exh_contents_find(judging->contents, name);

    if (!found)
        return "E-FILE-MISSING";
    if (found->fault)
        return found->code;
    if (exh_bag_is_seal(name) || !(exh_bag_is_payload(name) ? judging->has_manifest : judging->has_tags))
        return NULL;
    return exh_judging_line(judging, name) ? "E-FILE-DIGEST" : "E-FILE-UNLISTED";
}

/* How many files there are with a code. */
struct tally { const char *code; size_t count; };
enum { CODES_MOST = 16 };

static struct tally *tally_of(struct tally tallies[CODES_MOST], const char *code)
{
    size_t i = 0;

    while (i < CODES_MOST - 1 && tallies[i].code && strcmp(tallies[i].code, code) != 0)
        i++;
    tallies[i].code = code;
    return &tallies[i];
}

/* So many of each kind by name. */
static void tell_files(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;
    struct tally tallies[CODES_MOST] = { { NULL, 0 } };

    for (size_t i = 0; i < report->file_count; i++) {
        const struct exh_package_file *file = &report->files[i];
        const char *code = file->ok ? NULL : code_for(judging, file->name);
        if (code && tally_of(tallies, code)->count++ < FILES_NAMED_MOST)
            exh_judging_finding(judging, code, file->name, "'%s': %s", file->name, file->reason);
        judging->failed = judging->failed || !file->ok;
    }
    for (size_t i = 0; i < CODES_MOST && tallies[i].code; i++)
        if (tallies[i].count > FILES_NAMED_MOST)
            exh_judging_finding(judging, tallies[i].code, NULL, "and %zu more files likewise", tallies[i].count - FILES_NAMED_MOST);
}

static void add_missing(struct exh_judging *judging, const struct exh_bag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!exh_contents_find(judging->contents, list->at[i].name) && !exh_judging_is_elsewhere(judging, list->at[i].name))
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
    size_t most = contents->count + judging->manifest.count + judging->tags.count;

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
    tell_files(judging);
}

/* ---- the record ---- */

struct exh_json *exh_judging_json(struct exh_judging *judging, const char *code, const char *name)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_found *found = exh_judging_sound(judging, name);
    struct exh_json *json = NULL;

    if (found && !exh_json_parse(found->bytes, found->size, name, &json, &err))
        exh_judging_finding(judging, code, name, "%s", err.text);
    return json;
}

void exh_judging_need_record(struct exh_judging *judging, const char *code, const char *name)
{
    if (judging->contents->whole && !exh_contents_find(judging->contents, name) && !exh_judging_line(judging, name))
        exh_judging_finding(judging, code, name, "%s is missing", name);
}

static void judge_record(struct exh_judging *judging)
{
    judging->report->record = exh_judging_json(judging, "E-RECORD", EXH_BAG_RECORD);
    if (!judging->report->record)
        return;
    exh_judging_record(judging);
    exh_judging_own_custody(judging);
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

void exh_judging_bag(struct exh_judging *judging)
{
    exh_contents_sort(judging->contents);
    judging->has_manifest = load_list(judging, EXH_BAG_MANIFEST, true, &judging->manifest);
    judging->has_tags = load_list(judging, EXH_BAG_TAGMANIFEST, false, &judging->tags);
    judge_declaration(judging);
    judge_info(judging);
    judge_names(judging);
    exh_judging_signatures(judging);
    judge_pieces(judging);
    judge_record(judging);
    judging->report->holding = exh_judging_json(judging, "E-PACKAGE", EXH_BAG_PACKAGE);
    exh_judging_exhibits(judging);
    judge_files(judging);
}

void exh_judging_clear(struct exh_judging *judging)
{
    exh_bag_list_clear(&judging->manifest);
    exh_bag_list_clear(&judging->tags);
    exh_bag_info_clear(&judging->info);
    exh_pieces_list_clear(&judging->pieces);
}

static void take_faults(struct exh_judging *judging)
{
    const struct exh_check_findings *faults = &judging->contents->faults;

    for (size_t i = 0; i < faults->count; i++)
        exh_judging_finding(judging, faults->at[i].code, faults->at[i].file, "%s", faults->at[i].text);
}

/* Of what is no package at all there is one thing to say, and no list of what it lacks. */
void exh_judging_whole(struct exh_judging *judging)
{
    take_faults(judging);
    if (judging->contents->count || !judging->failed)
        exh_judging_bag(judging);
    give_verdict(judging);
}

void exh_contents_judge(struct exh_contents *contents, const struct exh_package_ask *ask,
                        struct exh_package_report *report)
{
    EXH_CLEANUP(exh_judging_clear) struct exh_judging judging = { .contents = contents, .ask = ask, .report = report };

    exh_judging_whole(&judging);
}
