/* exhibit verify --store: judge everything that a store keeps. Fit for a timer: it gives way, and goes on where it was ended. */
#include "verify.h"
#include "verify_store.h"

#include "exhibit/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_MINUTES = 60 * 24 * 366 };

bool store_options_given(const struct store_options *o)
{
    return o->sample || o->seed || o->minutes || o->resume || o->packages.count;
}

static bool read_options(const struct store_options *o, struct exh_whole_ask *ask, struct exh_error *err)
{
    uint64_t minutes = 0;

    if (o->sample && (!exh_text_number(o->sample, INT64_MAX, &ask->sample) || !ask->sample))
        return exh_fail(err, EXH_USAGE, "--sample '%s' is not a number of exhibits from 1", o->sample);
    if (o->seed && !o->sample)
        return exh_fail(err, EXH_USAGE, "--seed chooses a sample: say of how many exhibits with --sample");
    if (o->minutes && !exh_text_number(o->minutes, MOST_MINUTES, &minutes))
        return exh_fail(err, EXH_USAGE, "--minutes '%s' is not a number up to %d", o->minutes, MOST_MINUTES);
    ask->sampled = o->sample;
    ask->seed = o->seed;
    ask->resume = o->resume;
    ask->most_s = o->minutes ? 60 * (int64_t)minutes : -1;
    ask->packages = &o->packages;
    return true;
}

/* ---- one item that is not good ---- */

static struct exh_json *holders_json(const struct exh_item_report *item)
{
    struct exh_json *holders = exh_json_array();

    for (size_t i = 0; i < item->holder_count; i++) {
        const struct exh_packed *issued = item->holders[i].issued;
        struct exh_json *json = exh_json_object();
        exh_json_set_text(json, "package", issued->id);
        exh_json_set(json, "sealed", moment_json(issued->sealed));
        exh_json_set(json, "sha256", texts_json(&issued->digests));
        exh_json_set(json, "tagmanifest_sha256", texts_json(&issued->tagmanifests));
        json_set_path(json, "found_good", item->holders[i].found);
        exh_json_add(holders, json);
    }
    return holders;
}

static void print_item_json(const struct exh_item_report *item)
{
    struct exh_json *object = json_of_type("store-item"), *findings = exh_json_array();

    for (size_t i = 0; i < item->findings.count; i++)
        exh_json_add(findings, finding_json(&item->findings.at[i]));
    exh_json_set_text(object, "kind", exh_item_kind_name(item->kind));
    json_set_path(object, "item", item->name);
    exh_json_set_text(object, "case", item->case_id && *item->case_id ? item->case_id : NULL);
    exh_json_set_text(object, "verdict", exh_item_verdict_words(item->verdict));
    exh_json_set(object, "findings", findings);
    exh_json_set(object, "last_good", item->was_good ? moment_json(item->last_good) : exh_json_text(NULL));
    exh_json_set_text(object, "last_good_by", item->last_good_by);
    exh_json_set(object, "packages", holders_json(item));
    print_json(object);
}

static void print_holder(const struct exh_holder *holder)
{
    const struct exh_packed *issued = holder->issued;
    const char *digest = issued->digests.count ? issued->digests.at[0] : issued->tagmanifests.count ? issued->tagmanifests.at[0] : "";
    const char *more = issued->digests.count > 1 || issued->tagmanifests.count > 1 ? ", and further volumes" : "";
    char sealed[EXH_MOMENT_SIZE];

    exh_moment_utc(issued->sealed, sealed);
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s, sealed %s, holds it: %s %s%s%s%s", issued->id, sealed,
        issued->digests.count ? "SHA-256" : "tag manifest", digest, more, holder->found ? "; good in " : "", holder->found ? holder->found : "");
    print_field("  package", words);
}

static void print_item_text(const struct exh_item_report *item)
{
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(item->name);
    char last[EXH_MOMENT_SIZE];

    printf("%s: %s\n", name, exh_item_verdict_words(item->verdict));
    for (size_t i = 0; i < item->findings.count; i++)
        print_finding(&item->findings.at[i]);
    if (item->kind == EXH_ITEM_FOREIGN)
        return;
    exh_moment_utc(item->last_good, last);
    EXH_CLEANUP(exh_freep) char *words = item->was_good ? exh_format("%s (%s)", last, item->last_good_by) : exh_strdup("not known");
    print_field("  last good", words);
    for (size_t i = 0; i < item->holder_count; i++)
        print_holder(&item->holders[i]);
}

static void tell(void *context, const struct exh_item_report *item)
{
    const struct session *session = context;

    watch_clear();
    if (session->json)
        print_item_json(item);
    else
        print_item_text(item);
    fflush(stdout);
}

static void show_progress(void *context, uint64_t done, uint64_t count)
{
    (void)context;
    watch_tell(&(struct watch_state){ .unit = WATCH_COUNT, .noun = "items", .done = done, .whole = count });
}

/* ---- all of them ---- */

static void print_summary_json(const struct exh_whole_report *report)
{
    struct exh_json *object = json_of_type("store-verify");

    exh_json_set_text(object, "verdict", exh_whole_verdict_words(report));
    exh_json_set_int(object, "items", (int64_t)report->items);
    exh_json_set_int(object, "good", (int64_t)report->good);
    exh_json_set_int(object, "good_before", (int64_t)report->skipped);
    exh_json_set_int(object, "failed", (int64_t)report->failed);
    exh_json_set_int(object, "foreign", (int64_t)report->foreign);
    exh_json_set_int(object, "not_reached", (int64_t)report->not_reached);
    exh_json_set_int(object, "bytes", (int64_t)report->bytes);
    exh_json_set(object, "begun", moment_json(report->begun));
    exh_json_set_bool(object, "resumed", report->resumed);
    exh_json_set_text(object, "seed", report->sampled ? report->seed : NULL);
    exh_json_set_bool(object, "kept", !report->unkept);
    exh_json_set(object, "entry", report->entered ? exh_json_int((int64_t)report->entry) : exh_json_text(NULL));
    print_json(object);
}

static void print_summary_text(const struct session *session, const struct exh_whole_report *report)
{
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(session->store->path), *size = exh_text_size(report->bytes);
    EXH_CLEANUP(exh_freep) char *items = exh_format("%" PRIu64 ": %" PRIu64 " good, %" PRIu64 " good before, %" PRIu64 " failed, %" PRIu64
        " not reached", report->items, report->good, report->skipped, report->failed, report->not_reached);
    EXH_CLEANUP(exh_freep) char *foreign = report->foreign ? exh_format("%" PRIu64, report->foreign) : NULL;
    char begun[EXH_MOMENT_SIZE];

    exh_moment_utc(report->begun, begun);
    printf("store %s: %s\n", shown, exh_whole_verdict_words(report));
    print_field("items", items);
    print_field("not known", foreign);
    print_field("read", size);
    print_field("seed", report->sampled ? report->seed : NULL);
    print_field(report->resumed ? "goes on from" : "begun", begun);
}

static bool summarise(struct session *session, const struct exh_whole_report *report, struct exh_error *err)
{
    if (session->json)
        print_summary_json(report);
    else
        print_summary_text(session, report);
    session->status = report->failed ? EXH_NO : report->foreign || report->not_reached ? 7 : 0;
    if (report->unkept)
        say(session, "when these items were good is not kept, and a next run will not know of this one: %s", report->unkept);
    if (report->unentered && !report->failed)
        return exh_fail(err, EXH_IO, "this verification could not be entered in the custody log: %s", report->unentered);
    if (report->unentered)
        say(session, "this verification could not be entered in the custody log: %s", report->unentered);
    return true;
}

bool verify_store(struct session *session, const struct store_options *o, struct exh_error *err)
{
    EXH_CLEANUP(exh_whole_report_clear) struct exh_whole_report report = { .items = 0 };
    struct exh_whole_ask ask = { .tell = tell, .progress = show_progress, .context = session };

    exh_process_give_way();
    if (!read_options(o, &ask, err) || !session_open_store(session, err))
        return false;
    if (!session_load_actor(session, err))
        return exh_while(err, "verifying the store leaves an entry");
    struct watch watch = watch_reading(session, "verifying", "what was verified until then is kept, and 'exhibit verify --store --resume' goes on from there");
    bool done = exh_verify_store(session->store, &ask, &report, err);
    watch_end(&watch, done, err);
    return done && summarise(session, &report, err);
}
