/* export: files from elsewhere as the Master of an exhibit, bit for bit. */
#include "export.h"

#include "exhibit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_FILES = 1000 };

/* A file as it was when it was opened. */
struct opened { int fd; struct stat facts; };

static void clear_opened(struct opened *file)
{
    exh_fd_close(&file->fd);
}

/* Without waiting: a fifo must not stop us. */
static bool open_file(const char *path, struct opened *ret_file, struct exh_error *err)
{
    EXH_CLEANUP(clear_opened) struct opened file = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) };

    if (file.fd < 0 || fstat(file.fd, &file.facts))
        return exh_fail_os(err, "cannot open '%s'", path);
    if (!S_ISREG(file.facts.st_mode))
        return exh_fail(err, EXH_MALFORMED, "'%s' is not a regular file; name the files themselves", path);
    if (file.facts.st_size == 0)
        return exh_fail(err, EXH_MALFORMED, "'%s' is empty; there is nothing in it to keep", path);
    *ret_file = file;
    file.fd = -1;
    return true;
}

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec
        && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* ---- what is in it ---- */

/* A file that nobody here can read is kept all the same; that it was not read is said. */
static void note_problem(struct exporting *e, const struct exh_item_part *part, const struct exh_probe *probe)
{
    if (probe->problem)
        exh_coverage_note(&e->coverage, "damaged-file", NULL, "'%s' %s: %s", part->original,
                          probe->span_count ? "is damaged" : "cannot be read here, and is kept as it is", probe->problem);
}

/* Only the first file's time can be known: it is what was said of it. */
static void set_times(const struct exporting *e, const struct exh_probe *probe, struct exh_item_part *part)
{
    int64_t starts = e->item.handover->starts.ns;
    struct exh_part *plan = &part->plan;

    plan->track_count = probe->track_count < EXH_COUNT(plan->tracks) ? probe->track_count : EXH_COUNT(plan->tracks);
    if (plan->track_count)
        memcpy(plan->tracks, probe->tracks, plan->track_count * sizeof *plan->tracks);
    part->timed = starts != INT64_MIN && e->item.part_count == 1 && probe->span_count > 0;
    if (!part->timed)
        return;
    plan->first_ns = starts;
    plan->end_ns = starts + probe->spans[probe->span_count - 1].end_ns;
}

static bool look_at(struct exporting *e, const char *path, struct exh_rate rate, struct exh_error *err)
{
    EXH_CLEANUP(clear_opened) struct opened file = { .fd = -1 };
    EXH_CLEANUP(exh_probe_clear) struct exh_probe probe = { .tracks = NULL };
    EXH_CLEANUP(exh_freep) char *suffix = exh_item_suffix(path);

    if (!open_file(path, &file, err) || !exh_helper_probe(e->helper, file.fd, rate, &probe, err))
        return false;
    struct exh_item_part *part = exh_item_add_part(&e->item);
    snprintf(part->plan.suffix, sizeof part->plan.suffix, "%s", suffix);
    part->plan.size = (uint64_t)file.facts.st_size;
    part->plan.problem = exh_strdup(probe.problem);
    part->original = exh_text_printable(exh_text_base_name(path));
    part->modified.ns = file.facts.st_mtim.tv_sec * EXH_SECOND + file.facts.st_mtim.tv_nsec;
    set_times(e, &probe, part);
    note_problem(e, part, &probe);
    return true;
}

static bool look(struct exporting *e, const struct exh_add_options *options, struct exh_error *err)
{
    if (!exh_making_open(&e->making, err) || !exh_store_start_helper(e->making.store, &e->helper, err)
        || !exh_helper_ready(e->helper, err))
        return false;
    exh_coverage_note_reader(&e->coverage, e->helper);
    for (size_t i = 0; i < options->files->count; i++)
        if (!look_at(e, options->files->at[i], options->rate, err))
            return false;
    return true;
}

/* ---- taking it ---- */

static bool write_file(struct exporting *e, const char *path, struct exh_item_part *part, struct exh_error *err)
{
    EXH_CLEANUP(clear_opened) struct opened file = { .fd = -1 };
    struct stat after;

    if (!open_file(path, &file, err))
        return false;
    if ((uint64_t)file.facts.st_size != part->plan.size
        || file.facts.st_mtim.tv_sec * EXH_SECOND + file.facts.st_mtim.tv_nsec != part->modified.ns)
        return exh_fail(err, EXH_MALFORMED, "'%s' changed since it was looked at; wait until nothing writes to it", path);
    if (!exh_exporting_copy_file(e, file.fd, path, part, err))
        return false;
    if (fstat(file.fd, &after) || !is_same(&file.facts, &after))
        return exh_fail(err, EXH_MALFORMED, "'%s' changed while it was read; wait until nothing writes to it", path);
    return true;
}

static bool write_files(struct exporting *e, struct exh_error *err)
{
    const struct exh_strings *files = e->files;

    for (size_t i = 0; i < files->count; i++) {
        struct exh_item_part *part = &e->item.parts[i];
        e->file_at = i + 1;
        part->file = exh_item_file_name(&e->item, i, files->count, exh_text_base_name(files->at[i]));
        if (!write_file(e, files->at[i], part, err))
            return false;
    }
    return true;
}

/* ---- the act ---- */

static struct exh_json *asked(const struct exh_add_options *options, const struct exh_item *item)
{
    struct exh_json *details = exh_json_object(), *files = exh_json_array(), *arguments = exh_json_array();
    char received[EXH_MOMENT_SIZE];

    for (size_t i = 0; i < item->part_count; i++)
        exh_json_add_text(files, item->parts[i].original);
    for (size_t i = 0; i < item->arguments.count; i++)
        exh_json_add_text(arguments, item->arguments.at[i]);
    exh_moment_utc(options->handover.received, received);
    exh_json_set(details, "files", files);
    exh_json_set_text(details, "handed_over_by", options->handover.from);
    exh_json_set_text(details, "organisation", options->handover.organisation);
    exh_json_set_text(details, "received", received);
    exh_json_set_text(details, "method", options->handover.method);
    exh_json_set(details, "arguments", arguments);
    return details;
}

static bool check(const struct exh_add_options *options, struct exh_error *err)
{
    if (options->files->count == 0 || options->files->count > MOST_FILES)
        return exh_fail(err, EXH_USAGE, "an exhibit takes 1 to %d files, not %zu", MOST_FILES, options->files->count);
    if (options->handover.received.ns > exh_moment_now().ns)
        return exh_fail(err, EXH_USAGE, "the files cannot have been received at a time that is still to come");
    return true;
}

bool exh_add(struct exh_store *store, const struct exh_add_options *options, struct exh_made *ret_result, struct exh_error *err)
{
    const struct exh_export_options common = {
        .case_id = options->case_id, .arguments = options->arguments, .mode = EXH_ADDED, .progress = options->progress,
        .context = options->context, .interrupted = options->interrupted };
    EXH_CLEANUP(exh_made_clear) struct exh_made result = { .record = NULL };
    EXH_CLEANUP(exh_exporting_clear) struct exporting e = EXPORTING_NONE;

    e.options = &common;
    e.write_payload = write_files;
    e.files = options->files;
    e.making.description = "Master files received from elsewhere";
    e.item.mode = EXH_ADDED;
    e.item.handover = &options->handover;
    if (!check(options, err) || !exh_exporting_begin(&e, store, "add", err) || !look(&e, options, err))
        return false;
    e.making.asked = asked(options, &e.item);
    if (options->dry_run)
        exh_exporting_say(&e, &result);
    else if (!exh_making_reserve(&e.making, err) || !exh_exporting_run(&e, &result, err))
        return false;
    *ret_result = result;
    result = (struct exh_made){ .record = NULL };
    return true;
}
