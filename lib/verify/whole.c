/* verify: the whole store, or a sample of its exhibits, one item after the other: what is wrong is told, and the rest goes on. */
#include "whole.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUN_LOCK "private/verified.lock"

void exh_whole_report_clear(struct exh_whole_report *report)
{
    free(report->unkept);
    free(report->unentered);
    *report = (struct exh_whole_report){ .items = 0 };
}

const char *exh_whole_verdict_words(const struct exh_whole_report *report)
{
    return report->failed ? "FAILED" : report->not_reached ? "INCOMPLETE" : "VERIFIED";
}

static void clear_whole(struct exh_whole *whole)
{
    for (size_t i = 0; whole->found && i < whole->holdings.package_count; i++)
        free(whole->found[i]);
    free(whole->found);
    exh_holdings_clear(&whole->holdings);
    exh_signers_clear(&whole->signers);
    exh_seen_clear(&whole->seen);
}

/* ---- which items ---- */

struct list { struct exh_whole_item *at; size_t count; struct exh_strings paths; };

static void clear_list(struct list *list)
{
    free(list->at);
    exh_strings_clear(&list->paths);
}

static void add(struct list *list, enum exh_item_kind kind, const char *name)
{
    if ((list->count & (list->count - 1)) == 0)      /* room for the next power of two */
        list->at = exh_realloc_array(list->at, list->count ? 2 * list->count : 1, sizeof *list->at);
    list->at[list->count++] = (struct exh_whole_item){ kind, name };
}

static void add_path(struct list *list, enum exh_item_kind kind, const char *path)
{
    exh_strings_add(&list->paths, path);
    add(list, kind, list->paths.at[list->paths.count - 1]);
}

static bool has_ending(const char *name, const char *ending)
{
    size_t size = strlen(name), end = strlen(ending);

    return size > end && strcmp(name + size - end, ending) == 0;
}

/* What could be a package: a ZIP, an age file, a folder with a bag in it. The rest of a stick is nothing of ours. */
struct finding { const char *directory; struct exh_strings *paths; };

static bool find_package(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    const struct finding *in = context;
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/%s", in->directory, name), *bag = exh_format("%s/bagit.txt", path);

    (void)err;
    if (kind == DT_DIR ? exh_file_exists(AT_FDCWD, bag) && *name != '.' : *name != '.' && (has_ending(name, ".zip") || has_ending(name, ".age")))
        exh_strings_add(in->paths, path);
    return true;
}

static bool add_packages(struct list *list, const struct exh_strings *directories, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings paths = EXH_STRINGS_NONE;

    for (size_t i = 0; directories && i < directories->count; i++) {
        char *real = realpath(directories->at[i], NULL);
        EXH_CLEANUP(exh_freep) char *directory = real ? real : exh_strdup(directories->at[i]);
        struct finding finding = { directory, &paths };
        if (!exh_directory_visit(AT_FDCWD, directory, find_package, &finding, err))
            return false;
    }
    exh_strings_sort(&paths);
    for (size_t i = 0; i < paths.count; i++)
        add_path(list, EXH_ITEM_PACKAGE, paths.at[i]);
    return true;
}

/* An exhibit's place in the order that the seed gives. */
struct place { char digest[EXH_SHA256_DIGITS]; const char *reference; };

static int by_digest(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->digest, ((const struct place *)b)->digest);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_whole_item *)a)->name, ((const struct exh_whole_item *)b)->name);
}

static void add_sample(struct list *list, const struct exh_holdings *holdings, uint64_t sample, const char *seed)
{
    EXH_CLEANUP(exh_freep) struct place *places = exh_alloc((holdings->exhibit_count + 1) * sizeof *places);
    size_t count = sample < holdings->exhibit_count ? (size_t)sample : holdings->exhibit_count, first = list->count;

    for (size_t i = 0; i < holdings->exhibit_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("%s %s", seed, holdings->exhibits[i].reference);
        exh_sha256(words, strlen(words), places[i].digest);
        places[i].reference = holdings->exhibits[i].reference;
    }
    qsort(places, holdings->exhibit_count, sizeof *places, by_digest);
    for (size_t i = 0; i < count; i++)
        add(list, EXH_ITEM_EXHIBIT, places[i].reference);
    if (count)
        qsort(list->at + first, count, sizeof *list->at, by_name);
}

/* Packages before exhibits: so that of a damaged exhibit it can be said which of them holds it whole. */
static bool list_items(struct exh_whole *whole, struct list *list, struct exh_error *err)
{
    const struct exh_holdings *holdings = &whole->holdings;

    add(list, EXH_ITEM_LOG, "custody.git");
    for (size_t i = 0; i < holdings->policies.count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("policies/%s.conf", holdings->policies.at[i]);
        add_path(list, EXH_ITEM_POLICY, path);
    }
    for (size_t i = 0; i < holdings->photos.count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("checks/%s", holdings->photos.at[i]);
        add_path(list, EXH_ITEM_PHOTO, path);
    }
    for (size_t i = 0; i < holdings->plans.count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("disposals/%s/plan.json", holdings->plans.at[i]);
        add_path(list, EXH_ITEM_PLAN, path);
    }
    for (size_t i = 0; i < holdings->certified.count; i++) {
        EXH_CLEANUP(exh_freep) char *path = exh_format("disposals/%s/certificate", holdings->certified.at[i]);
        add_path(list, EXH_ITEM_CERTIFICATE, path);
    }
    if (!add_packages(list, whole->ask->packages, err))
        return false;
    if (whole->ask->sampled) {
        add_sample(list, holdings, whole->ask->sample, whole->report->seed);
        return true;
    }
    for (size_t i = 0; i < holdings->exhibit_count; i++)
        add(list, EXH_ITEM_EXHIBIT, holdings->exhibits[i].reference);
    return true;
}

/* ---- what is entered ---- */

/* The verdict does not wait for the log: what cannot be entered is said beside it. */
static void take_entry(struct exh_whole *whole, bool entered, struct exh_error *err)
{
    struct exh_whole_report *report = whole->report;

    if (entered)
        report->entry = whole->store->last.sequence;
    else if (!report->unentered)
        report->unentered = exh_strdup(err->text);
    exh_error_clear(err);
}

static void enter_exhibit(struct exh_whole *whole, const struct exh_item_report *item)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_package_report report = { .verdict = EXH_FAILED, .findings = item->findings };

    take_entry(whole, exh_store_enter_verdict(whole->store, item->name, &report, NULL, &err), &err);
}

static void enter_run(struct exh_whole *whole)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    const struct exh_whole_report *report = whole->report;
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = {
        .verb = EXH_CONSULTATION, .act = "verify", .facts = exh_json_object() };

    exh_json_set_text(draft.facts, "verdict", exh_whole_verdict_words(report));
    exh_json_set_int(draft.facts, "items", (int64_t)report->items);
    exh_json_set_int(draft.facts, "good", (int64_t)(report->good + report->skipped));
    exh_json_set_int(draft.facts, "failed", (int64_t)report->failed);
    exh_json_set_int(draft.facts, "foreign", (int64_t)report->foreign);
    exh_json_set_int(draft.facts, "not_reached", (int64_t)report->not_reached);
    if (whole->ask->sampled) {
        exh_json_set_int(draft.facts, "sample", (int64_t)whole->ask->sample);
        exh_json_set_text(draft.facts, "seed", report->seed);
    }
    take_entry(whole, exh_store_record(whole->store, &draft, &err), &err);
}

/* ---- one after the other ---- */

static void tell(struct exh_whole *whole, const struct exh_item_report *item)
{
    if (whole->ask->tell)
        whole->ask->tell(whole->ask->context, item);
}

static void take_item(struct exh_whole *whole, const struct exh_whole_item *one, const struct exh_item_report *item)
{
    EXH_CLEANUP(exh_freep) char *key = exh_whole_item_key(one);

    if (item->verdict == EXH_ITEM_GOOD) {
        whole->report->good++;
        exh_seen_good(&whole->seen, key);
        return;
    }
    *(item->verdict == EXH_ITEM_UNKNOWN ? &whole->report->foreign : &whole->report->failed) += 1;
    tell(whole, item);
    if (item->kind == EXH_ITEM_EXHIBIT)
        enter_exhibit(whole, item);
}

static void judge_one(struct exh_whole *whole, const struct exh_whole_item *one)
{
    struct exh_item_report item;
    bool not_yet;

    exh_whole_judge(whole, one, &item, &not_yet);
    if (not_yet)
        whole->report->not_reached++;
    else
        take_item(whole, one, &item);
    exh_check_findings_clear(&item.findings);
    free(item.holders);
}

static int64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* At least one is judged, so that run after run comes to the end. */
static void judge_all(struct exh_whole *whole, const struct list *list)
{
    const struct exh_whole_ask *ask = whole->ask;
    int64_t start = now_s();

    for (size_t i = 0; i < list->count; i++) {
        EXH_CLEANUP(exh_freep) char *key = exh_whole_item_key(&list->at[i]);
        struct exh_whole_report *report = whole->report;
        if (ask->progress)
            ask->progress(ask->context, i, list->count);
        if (report->resumed && exh_seen_in_run(&whole->seen, key))
            report->skipped++;
        else if (ask->most_s >= 0 && report->good + report->failed && now_s() - start >= ask->most_s)
            report->not_reached++;
        else
            judge_one(whole, &list->at[i]);
    }
}

static void tell_foreign(struct exh_whole *whole)
{
    for (size_t i = 0; i < whole->holdings.foreign.count; i++) {
        struct exh_item_report item = { .kind = EXH_ITEM_FOREIGN, .name = whole->holdings.foreign.at[i], .verdict = EXH_ITEM_UNKNOWN };
        exh_check_findings_add(&item.findings, "W-FOREIGN", item.name, "the custody log does not know it; it is left alone");
        whole->report->foreign++;
        tell(whole, &item);
        exh_check_findings_clear(&item.findings);
    }
}

/* ---- the run ---- */

static bool check_seed(const char *seed, struct exh_error *err)
{
    size_t size = seed ? strlen(seed) : 1;

    for (const char *at = seed; at && *at; at++)
        if (*at < ' ' || *at > '~')
            size = 0;
    return (size >= 1 && size < EXH_SEED_SIZE)
        || exh_fail(err, EXH_USAGE, "a seed is 1 to %d printable ASCII characters", EXH_SEED_SIZE - 1);
}

/* A log that does not verify says of nobody whom to trust; what it says of digests still holds. */
static void read_signers(struct exh_whole *whole)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error unusable = EXH_ERROR_NONE;

    whole->has_signers = exh_store_signers(whole->store, &whole->signers, &unusable);
}

static bool run(struct exh_whole *whole, struct exh_error *err)
{
    EXH_CLEANUP(clear_list) struct list list = { NULL, 0, EXH_STRINGS_NONE };

    if (!exh_store_holdings(whole->store, &whole->holdings, err))
        return false;
    whole->found = exh_alloc((whole->holdings.package_count + 1) * sizeof *whole->found);
    exh_seen_open(whole->store, &whole->seen);
    exh_seen_begin(&whole->seen, whole->ask, whole->report);
    if (!list_items(whole, &list, err))
        return false;
    read_signers(whole);
    whole->report->items = list.count;
    judge_all(whole, &list);
    tell_foreign(whole);
    if (!whole->report->not_reached)
        exh_seen_end(&whole->seen);
    whole->report->unkept = exh_strdup(whole->seen.unkept);
    enter_run(whole);
    whole->report->entered = !whole->report->unentered;
    return true;
}

bool exh_verify_store(struct exh_store *store, const struct exh_whole_ask *ask, struct exh_whole_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(exh_whole_report_clear) struct exh_whole_report report = { .sampled = ask->sampled };
    EXH_CLEANUP(clear_whole) struct exh_whole whole = { .store = store, .ask = ask, .report = &report, .signers = EXH_SIGNERS_NONE };
    EXH_CLEANUP(exh_fd_close) int lock = -1;

    if (!check_seed(ask->seed, err) || !exh_store_may(store, "verify", err))
        return false;
    if (!exh_lock_take(store->root, RUN_LOCK, 0, &lock, err))
        return exh_while(err, "verifying the whole store '%s'", store->path);
    if (!run(&whole, err))
        return false;
    *ret_report = report;
    report = (struct exh_whole_report){ .items = 0 };
    return true;
}
