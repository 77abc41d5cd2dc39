/* export: what Masters of footage and of files from elsewhere share. */
#include "export.h"

#include "exhibit/file.h"

#include <stdlib.h>
#include <string.h>

void exh_exporting_clear(struct exporting *e)
{
    exh_making_clear(&e->making);
    exh_item_clear(&e->item);
    exh_export_clear_about(e);
    exh_coverage_clear(&e->coverage);
    exh_clock_statement_clear(&e->clock);
    free(e->cuts);
    free(e->description);
    exh_helper_freep(&e->helper);
}

/* ---- what the making asks for ---- */

static bool write_payload(void *context, struct exh_error *err)
{
    struct exporting *e = context;

    e->item.made = e->making.made;
    return e->write_payload(e, err);
}

static struct exh_json *record(void *context)
{
    return exh_item_record(&((const struct exporting *)context)->item);
}

static char *stem(void *context)
{
    return exh_item_stem(&((const struct exporting *)context)->item);
}

struct exh_json *exh_exporting_missing(const struct exporting *e)
{
    struct exh_json *missing = exh_json_object();

    exh_json_set(missing, "gaps", exh_gaps_json(&e->coverage, e->making.store->zone));
    exh_json_set(missing, "findings", exh_findings_json(&e->coverage));
    return missing;
}

static void conclude(void *context, struct exh_entry_draft *draft)
{
    const struct exporting *e = context;
    struct exh_json *masters = exh_json_array();

    for (size_t i = 0; i < e->item.part_count; i++)
        exh_json_add_text(masters, e->item.parts[i].digest);
    exh_json_set(draft->facts, "masters", masters);
    exh_json_set_int(draft->facts, "gaps", (int64_t)e->coverage.gap_count);
    exh_json_set_int(draft->facts, "findings", (int64_t)e->coverage.finding_count);
    exh_json_merge(draft->details, exh_exporting_missing(e));
}

static const struct exh_making_ways ways = { write_payload, record, stem, conclude, NULL };

/* ---- from the case to the exhibit ---- */

bool exh_exporting_begin(struct exporting *e, struct exh_store *store, const char *name, struct exh_error *err)
{
    const struct exh_export_options *o = e->options;

    e->making.store = store;
    e->making.name = name;
    e->making.case_id = o->case_id;
    e->making.out = o->out;
    e->making.recipients = o->recipients;
    e->making.recipient_count = o->recipient_count;
    e->making.interrupted = o->interrupted;
    e->making.ways = &ways;
    e->making.context = e;
    e->item.organisation = store->organisation;
    e->item.zone = store->zone;
    e->item.coverage = &e->coverage;
    for (size_t i = 0; i < o->arguments->count; i++)
        exh_strings_add(&e->item.arguments, o->arguments->at[i]);
    return exh_making_for_case(store, o->case_id, &e->item.case_facts, &e->item.producer, err);
}

uint64_t exh_exporting_size(const struct exporting *e)
{
    uint64_t size = 0;

    for (size_t i = 0; i < e->item.part_count; i++)
        size += e->item.parts[i].plan.size;
    return size;
}

void exh_exporting_say(const struct exporting *e, struct exh_made *made)
{
    made->size = exh_exporting_size(e);
    made->record = exh_item_record(&e->item);
    made->findings = e->coverage.finding_count;
}

bool exh_exporting_run(struct exporting *e, struct exh_made *ret_made, struct exh_error *err)
{
    memcpy(e->item.reference, e->making.reference, sizeof e->item.reference);
    if (!exh_making_run(&e->making, ret_made, err))
        return false;
    if (!ret_made->package)
        ret_made->size = exh_exporting_size(e);
    ret_made->findings = e->coverage.finding_count;
    return true;
}

/* ---- on the way ---- */

static void tell(struct exporting *e, uint64_t done, uint64_t size)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (!e->options->progress || (now.tv_sec == e->told.tv_sec && now.tv_nsec - e->told.tv_nsec < 100000000))
        return;
    e->told = now;
    if (e->item.mode == EXH_CLIP)
        e->options->progress(e->options->context, e->item.part_count, e->cut_count, done, size);
    else
        e->options->progress(e->options->context, e->file_at, e->item.part_count, done, size);
}

bool exh_exporting_goes_on(struct exporting *e, uint64_t done, uint64_t size, struct exh_error *err)
{
    tell(e, done, size);
    return exh_making_goes_on(&e->making, err);
}

static bool copy_bytes(struct exporting *e, int fd, const char *name, uint64_t size, struct exh_error *err)
{
    struct exh_fan *fan = exh_package_fan(e->making.package);
    void *space;
    size_t room;

    for (uint64_t done = 0; done < size; done += room) {
        if (!exh_fan_space(fan, &space, &room, err))
            return false;
        if (room > size - done)
            room = (size_t)(size - done);
        if (!exh_fd_read_at(fd, name, done, space, room, err))
            return false;
        exh_fan_filled(fan, room);
        if (!exh_exporting_goes_on(e, done + room, size, err))
            return false;
    }
    return true;
}

bool exh_exporting_copy_file(struct exporting *e, int fd, const char *name, struct exh_item_part *part, struct exh_error *err)
{
    if (!exh_package_begin(e->making.package, part->file, part->plan.size, NULL, err)
        || !copy_bytes(e, fd, name, part->plan.size, err)
        || !exh_package_end(e->making.package, part->digest, err))
        return false;
    for (size_t i = 0; i < part->run_count; i++)
        memcpy(part->runs[i].digest, part->digest, sizeof part->digest);
    return true;
}
