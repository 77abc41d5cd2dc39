/* catalogue: what part of a window there is footage of, from beginning to end. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A recorder whose clock was never set shows its maker's year, or 1970. */
#define LARGEST_CLOCK (INT64_C(30) * 366 * 86400 * EXH_SECOND)

void exh_source_clear(struct exh_source *source)
{
    free(source->id);
    free(source->root);
    free(source->layout);
    free(source->zone);
    *source = (struct exh_source){ 0 };
}

void exh_camera_clear(struct exh_camera *camera)
{
    free(camera->id);
    free(camera->source);
    free(camera->path);
    free(camera->name);
    free(camera->town);
    free(camera->latitude);
    free(camera->longitude);
    *camera = (struct exh_camera){ 0 };
}

void exh_coverage_clear(struct exh_coverage *coverage)
{
    for (size_t i = 0; i < coverage->segment_count; i++)
        exh_segment_clear(&coverage->segments[i]);
    for (size_t i = 0; i < coverage->stretch_count; i++)
        free(coverage->stretches[i].pieces);
    for (size_t i = 0; i < coverage->gap_count; i++)
        free(coverage->gaps[i].cause);
    for (size_t i = 0; i < coverage->finding_count; i++) {
        free(coverage->findings[i].text);
        free(coverage->findings[i].segment);
    }
    free(coverage->segments);
    free(coverage->stretches);
    free(coverage->gaps);
    free(coverage->findings);
    free(coverage->libraries);
    free(coverage->cage);
    /* Zeroed memory is a coverage too: 0 is never a root that was opened here. */
    if (coverage->root > 0)
        exh_fd_close(&coverage->root);
    *coverage = (struct exh_coverage){ .root = -1 };
}

void exh_coverage_note(struct exh_coverage *coverage, const char *code, const char *segment, const char *format, ...)
{
    va_list arguments;

    coverage->findings = exh_realloc_array(coverage->findings, coverage->finding_count + 1,
                                           sizeof *coverage->findings);
    struct exh_finding *finding = &coverage->findings[coverage->finding_count++];
    *finding = (struct exh_finding){ .segment = exh_strdup(segment) };
    snprintf(finding->code, sizeof finding->code, "%s", code);
    va_start(arguments, format);
    finding->text = exh_vformat(format, arguments);
    va_end(arguments);
}

int64_t exh_coverage_length(const struct exh_coverage *coverage)
{
    int64_t length = coverage->window.to.ns - coverage->window.from.ns;

    for (size_t i = 0; i < coverage->gap_count; i++)
        length -= coverage->gaps[i].missing.to.ns - coverage->gaps[i].missing.from.ns;
    return length;
}

const char *exh_authority_name(enum exh_authority authority)
{
    static const char *const names[] = { "box", "name", "creation_time", "modified" };

    return names[authority];
}

static bool check_question(const struct exh_source *source, const struct exh_question *question,
                           struct exh_error *err)
{
    if (!exh_window_check(question->window, err))
        return false;
    if (question->window.from.ns < 0 || question->window.to.ns > EXH_LATEST)
        return exh_fail(err, EXH_USAGE, "the window is not between 1970 and 2200");
    if (question->tolerance_ns < 0)
        return exh_fail(err, EXH_USAGE, "the tolerance is less than nothing");
    if (llabs(question->clock_ns) > LARGEST_CLOCK)
        return exh_fail(err, EXH_USAGE, "the recorder's clock is said to be more than 30 years wrong");
    return exh_zone_check(source->zone, err);
}

/* From the recorder's time to true time. */
static void make_true(struct exh_sight *sight, int64_t clock_ns)
{
    for (size_t i = 0; i < sight->count; i++) {
        struct exh_seen *seen = &sight->at[i];
        seen->segment.start.ns -= clock_ns;
        seen->later.ns -= clock_ns;
        for (size_t j = 0; j < seen->named_count; j++)
            seen->named[j].ns -= clock_ns;
    }
}

bool exh_coverage_search(const struct exh_source *source, const struct exh_camera *camera,
                         const struct exh_question *question, const struct exh_prober *prober,
                         struct exh_coverage *ret_coverage, struct exh_error *err)
{
    struct exh_window window = question->window;
    EXH_CLEANUP(exh_coverage_clear) struct exh_coverage coverage = { .window = window, .root = -1 };
    EXH_CLEANUP(exh_layout_clear) struct exh_layout layout = { 0 };
    EXH_CLEANUP(exh_hunt_clear) struct exh_hunt hunt = {
        .layout = &layout, .zone = source->zone, .rate = source->rate, .prober = prober, .window = window,
        .tolerance_ns = question->tolerance_ns,
    };

    if (!check_question(source, question, err)
        || !exh_layout_compile(source->layout, camera->path, &layout, err)
        || !exh_directory_open(AT_FDCWD, source->root, &coverage.root, err))
        return exh_while(err, "source '%s'", source->id);
    coverage.clock_ns = question->clock_ns;
    hunt.root = coverage.root;
    hunt.window.from.ns += question->clock_ns;
    hunt.window.to.ns += question->clock_ns;
    if (!exh_hunt(&hunt, err))
        return false;
    coverage.tolerance_ns = exh_sight_tolerance(&hunt.sight, question->tolerance_ns);
    exh_settle(&hunt.sight, coverage.tolerance_ns);
    make_true(&hunt.sight, question->clock_ns);
    exh_cover(&hunt.sight, &hunt.names, source->zone, &coverage);
    *ret_coverage = coverage;
    coverage = (struct exh_coverage){ .root = -1 };
    return true;
}

bool exh_segment_open(const struct exh_coverage *coverage, size_t segment, int *ret_fd, struct exh_error *err)
{
    const struct exh_segment *seen = &coverage->segments[segment];
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct stat facts;

    if (!exh_file_open_beneath(coverage->root, seen->name, &fd, err))
        return false;
    if (fstat(fd, &facts))
        return exh_fail_os(err, "cannot look at '%s'", seen->name);
    if ((uint64_t)facts.st_size != seen->size || facts.st_ino != seen->inode || facts.st_dev != seen->device
        || exh_modified(&facts) != seen->modified.ns)
        return exh_fail(err, EXH_MALFORMED, "segment '%s' is not the file that was looked at: something changed it "
                        "meanwhile; look again", seen->name);
    *ret_fd = fd;
    fd = -1;
    return true;
}
