/* nested: the exhibits within a package, each judged by the seal that it got when it was made. */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

enum { EXHIBITS_MOST = 1000 };           /* each is judged whole, and held against all others */

/* The bag of one exhibit, as a view of the package's files: names and bytes are the package's. */
static void free_view(struct exh_contents *view)
{
    free(view->at);
}

static void add_to_view(struct exh_contents *view, const struct exh_found *found, char *name)
{
    if (view->count == view->capacity) {
        view->capacity = view->capacity ? 2 * view->capacity : 64;
        view->at = exh_realloc_array(view->at, view->capacity, sizeof *view->at);
    }
    view->at[view->count] = *found;
    view->at[view->count++].name = name;
}

/* Its payload lies in the package's own data/, under the names of its manifest. */
static void add_payload(struct exh_contents *view, const struct exh_contents *contents)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list manifest = { NULL, 0, 0 };
    const struct exh_found *list = exh_contents_find(view, EXH_BAG_MANIFEST);

    if (!list || !list->bytes || !exh_bag_list_parse(list->bytes, list->size, true, &manifest, &err))
        return;
    for (size_t i = 0; i < manifest.count; i++) {
        const struct exh_found *found = exh_contents_find(contents, manifest.at[i].name);
        if (found)
            add_to_view(view, found, found->name);
    }
}

/* @first: the first file of the exhibit's folder; gives the index behind its last. */
static size_t make_view(const struct exh_contents *contents, size_t first, struct exh_contents *view)
{
    const char *name = contents->at[first].name;
    size_t lead = (size_t)(exh_bag_within(name) - name), i = first;

    *view = (struct exh_contents){ .whole = contents->whole };
    for (; i < contents->count && strncmp(contents->at[i].name, name, lead) == 0; i++)
        add_to_view(view, &contents->at[i], contents->at[i].name + lead);
    exh_contents_sort(view);
    add_payload(view, contents);
    return i;
}

/* ---- what its seal says, in the package's words ---- */

/* What is wrong with its payload the package says itself, where its own manifest has it so, too. */
static bool is_told_already(const struct exh_judging *judging, const struct exh_check_finding *finding)
{
    return finding->file && exh_bag_is_payload(finding->file) && exh_judging_is_missed(judging, finding->file);
}

static void take_finding(struct exh_judging *judging, const char *reference, const struct exh_check_finding *finding)
{
    bool is_fatal = exh_check_finding_is_fatal(finding);

    if (is_told_already(judging, finding) || strcmp(finding->code, "W-SIGNER-LATER") == 0)
        return;
    exh_judging_finding(judging, is_fatal ? "E-EXHIBIT" : "W-EXHIBIT-SIGNER", finding->file,
                        "%s, by the seal it got when it was made: %s", reference, finding->text);
}

static void take_report(struct exh_judging *judging, const char *folder, struct exh_judging *inner)
{
    struct exh_package_report *report = judging->report, *sub = inner->report;

    report->exhibits = exh_realloc_array(report->exhibits, report->exhibit_count + 1, sizeof *report->exhibits);
    struct exh_package_exhibit *exhibit = &report->exhibits[report->exhibit_count++];
    *exhibit = (struct exh_package_exhibit){ .reference = exh_strdup(sub->identifier ? sub->identifier : folder),
                                             .folder = exh_format(EXH_BAG_EXHIBITS "%s", folder),
                                             .record = exh_steal(&sub->record),
                                             .ok = !inner->failed && sub->signed_ssh && sub->signed_minisign };
    memcpy(exhibit->tagmanifest, sub->tagmanifest, sizeof exhibit->tagmanifest);
    memcpy(exhibit->signer, sub->signer, sizeof exhibit->signer);
    for (size_t i = 0; i < sub->findings.count; i++)
        take_finding(judging, exhibit->reference, &sub->findings.at[i]);
}

static size_t judge_one(struct exh_judging *judging, size_t first)
{
    EXH_CLEANUP(free_view) struct exh_contents view = { .whole = false };
    EXH_CLEANUP(exh_package_report_clear) struct exh_package_report report = { .signer_state = EXH_KEY_UNKNOWN };
    EXH_CLEANUP(exh_judging_clear) struct exh_judging inner = {
        .contents = &view, .ask = judging->ask, .report = &report, .outer = judging };
    const char *name = judging->contents->at[first].name + strlen(EXH_BAG_EXHIBITS);
    EXH_CLEANUP(exh_freep) char *folder = exh_strndup(name, strcspn(name, "/"));
    size_t next = make_view(judging->contents, first, &view);

    exh_judging_bag(&inner);
    take_report(judging, folder, &inner);
    return next;
}

/* No deeper: the bag of an exhibit holds no others. */
static void refuse_deeper(struct exh_judging *judging)
{
    if (exh_contents_find(judging->contents, EXH_BAG_PACKAGE))
        exh_judging_finding(judging, "E-EXHIBIT", EXH_BAG_PACKAGE, "the bag of an exhibit is a package of others");
    for (size_t i = 0; i < judging->contents->count; i++)
        if (exh_bag_within(judging->contents->at[i].name)) {
            exh_judging_finding(judging, "E-EXHIBIT", judging->contents->at[i].name, "the bag of an exhibit holds another's");
            return;
        }
}

/* The payload of all exhibits lies in one place, where the package's own manifest lists it. */
static void refuse_payload(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;

    for (size_t i = 0; i < contents->count; i++) {
        const char *inner = exh_bag_within(contents->at[i].name);
        if (inner && exh_bag_is_payload(inner)) {
            exh_judging_finding(judging, "E-EXHIBIT", contents->at[i].name, "the folder of an exhibit holds payload");
            return;
        }
    }
}

/* ---- one exhibit and the others ---- */

/* "OP1_2" of "OP1/2". */
static bool is_folder_of(const char *folder, const char *reference)
{
    for (; *reference && *folder == (*reference == '/' ? '_' : *reference); folder++)
        reference++;
    return !*reference && !*folder;
}

static void judge_folder(struct exh_judging *judging, const struct exh_package_exhibit *exhibit)
{
    if (!is_folder_of(exhibit->folder + strlen(EXH_BAG_EXHIBITS), exhibit->reference))
        exh_judging_finding(judging, "E-EXHIBIT", exhibit->folder, "the exhibit in '%s' is %s by its own seal", exhibit->folder,
                            exhibit->reference);
}

/* A copy was made of the very Master that is packed with it. */
static void judge_masters(struct exh_judging *judging, const struct exh_package_exhibit *copy)
{
    const struct exh_json *of = exh_json_get(copy->record, "of");

    for (size_t i = 0; i < exh_json_count(of); i++) {
        const char *reference = exh_json_text_or(exh_json_at(of, i), "exhibit", "");
        const struct exh_package_exhibit *master = exh_judging_exhibit(judging, reference);
        if (master && !exh_digest_equal(exh_json_text_or(exh_json_at(of, i), "tagmanifest_sha256", ""), master->tagmanifest))
            exh_judging_finding(judging, "E-EXHIBIT", copy->folder, "%s was made of another seal of %s than the package holds",
                                copy->reference, reference);
    }
}

const struct exh_package_exhibit *exh_judging_exhibit(const struct exh_judging *judging, const char *reference)
{
    const struct exh_package_report *report = judging->report;

    for (size_t i = 0; i < report->exhibit_count; i++)
        if (strcmp(report->exhibits[i].reference, reference) == 0)
            return &report->exhibits[i];
    return NULL;
}

static void judge_all(struct exh_judging *judging)
{
    const struct exh_contents *contents = judging->contents;
    const struct exh_package_report *report = judging->report;
    size_t i = 0;

    while (i < contents->count && report->exhibit_count < EXHIBITS_MOST)
        i = exh_bag_within(contents->at[i].name) ? judge_one(judging, i) : i + 1;
    for (; i < contents->count; i++)
        if (exh_bag_within(contents->at[i].name)) {
            exh_judging_finding(judging, "E-EXHIBIT", NULL, "the package holds more than the %d exhibits that it may",
                                EXHIBITS_MOST);
            break;
        }
}

void exh_judging_exhibits(struct exh_judging *judging)
{
    const struct exh_package_report *report = judging->report;

    if (judging->outer) {
        refuse_deeper(judging);
        exh_judging_need_record(judging, "E-RECORD", EXH_BAG_RECORD);
        return;
    }
    judge_all(judging);
    refuse_payload(judging);
    for (size_t i = 0; i < report->exhibit_count; i++) {
        judge_folder(judging, &report->exhibits[i]);
        judge_masters(judging, &report->exhibits[i]);
    }
    exh_judging_holding(judging);
}
