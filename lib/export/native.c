/* export: the Master as whole files of the recorder, bit for bit. Damaged ones too: a file that no reader
 * opens today may be the one that somebody can repair. */
#include "export.h"

#include "exhibit/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void mark_used(const struct exh_coverage *coverage, bool *used)
{
    for (size_t i = 0; i < coverage->stretch_count; i++)
        for (size_t j = 0; j < coverage->stretches[i].piece_count; j++)
            used[coverage->stretches[i].pieces[j].segment] = true;
    for (size_t i = 0; i < coverage->segment_count; i++)
        used[i] |= coverage->segments[i].probe.problem != NULL;
}

/* Is there something to copy? What is not, is said. */
static bool can_copy(struct exh_coverage *coverage, size_t number)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    const char *name = coverage->segments[number].name;
    struct stat facts = { .st_mode = 0 };
    bool opened = exh_segment_open(coverage, number, &fd, &err) && fstat(fd, &facts) == 0;

    if (opened && S_ISREG(facts.st_mode) && facts.st_size > 0)
        return true;
    EXH_CLEANUP(exh_freep) char *shown = exh_text_printable(name);
    exh_coverage_note(coverage, "not-deliverable", name, "segment '%s' cannot be delivered: %s", shown,
                      !opened ? err.text : S_ISREG(facts.st_mode) ? "it is empty" : "it is not a regular file");
    return false;
}

/* What the segment shows, as far as it could be read. */
static void set_times(const struct exh_coverage *coverage, const struct exh_segment *segment, struct exh_item_part *part)
{
    const struct exh_probe *probe = &segment->probe;
    struct exh_part *plan = &part->plan;

    part->timed = probe->span_count > 0;
    if (!part->timed)
        return;
    plan->first_ns = segment->start.ns;
    plan->end_ns = segment->start.ns + probe->spans[probe->span_count - 1].end_ns;
    plan->lead_in_ns = plan->first_ns < coverage->window.from.ns ? coverage->window.from.ns - plan->first_ns : 0;
    plan->tail_ns = plan->end_ns > coverage->window.to.ns ? plan->end_ns - coverage->window.to.ns : 0;
    plan->track_count = probe->track_count < EXH_COUNT(plan->tracks) ? probe->track_count : EXH_COUNT(plan->tracks);
    memcpy(plan->tracks, probe->tracks, plan->track_count * sizeof *plan->tracks);
}

static void add_file(struct exporting *e, size_t number)
{
    const struct exh_segment *segment = &e->coverage.segments[number];
    EXH_CLEANUP(exh_freep) char *suffix = exh_item_suffix(segment->name);
    struct exh_item_part *part = exh_item_add_part(&e->item);

    part->plan.size = segment->size;
    snprintf(part->plan.suffix, sizeof part->plan.suffix, "%s", suffix);
    part->plan.problem = exh_strdup(segment->probe.problem);
    part->original = exh_text_printable(segment->name);
    part->modified = segment->modified;
    part->runs = exh_realloc_array(NULL, 1, sizeof *part->runs);
    part->runs[0] = (struct exh_item_run){ .segment = number, .size = segment->size };
    part->run_count = 1;
    set_times(&e->coverage, segment, part);
}

void exh_export_find_files(struct exporting *e)
{
    EXH_CLEANUP(exh_freep) bool *used = exh_alloc(e->coverage.segment_count * sizeof *used);

    mark_used(&e->coverage, used);
    for (size_t i = 0; i < e->coverage.segment_count; i++)
        if (used[i] && can_copy(&e->coverage, i))
            add_file(e, i);
}

/* By number and time of the segment's start: what the recorder called it is in the record. */
static void name_file(struct exporting *e, size_t number)
{
    struct exh_item_part *part = &e->item.parts[number];
    const struct exh_segment *segment = &e->coverage.segments[part->runs[0].segment];

    part->file = exh_item_part_name(&e->item, number, e->item.part_count, segment->start, part->plan.suffix);
}

bool exh_export_write_files(struct exporting *e, struct exh_error *err)
{
    for (size_t i = 0; i < e->item.part_count; i++) {
        EXH_CLEANUP(exh_fd_close) int fd = -1;
        struct exh_item_part *part = &e->item.parts[i];
        e->file_at = i + 1;
        name_file(e, i);
        if (!exh_segment_open(&e->coverage, part->runs[0].segment, &fd, err)
            || !exh_exporting_copy_file(e, fd, e->coverage.segments[part->runs[0].segment].name, part, err))
            return exh_while(err, "part %zu", i + 1);
    }
    return true;
}
