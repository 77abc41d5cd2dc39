/* catalogue: what part of a window there is footage of, from beginning to end. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No recorder writes one file for longer than a day and the hour clocks are put back. */
#define LOOKBACK (INT64_C(26) * 3600 * EXH_SECOND)

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

/* A name to the second may be a second early: a hole as long as what the names leave open is none. */
static int64_t tolerance_for(const struct exh_names *names, int64_t asked)
{
    int64_t tolerance = asked ? asked : EXH_SECOND;

    for (size_t i = 0; i < names->count; i++)
        if (names->at[i].resolution_ns > tolerance)
            tolerance = names->at[i].resolution_ns;
    return tolerance;
}

static bool check_question(const struct exh_source *source, struct exh_window window, int64_t tolerance_ns,
                           struct exh_error *err)
{
    if (!exh_window_check(window, err))
        return false;
    if (tolerance_ns < 0)
        return exh_fail(err, EXH_USAGE, "the tolerance is less than nothing");
    return exh_zone_check(source->zone, err);
}

bool exh_coverage_search(const struct exh_source *source, const struct exh_camera *camera, struct exh_window window,
                         int64_t tolerance_ns, const struct exh_prober *prober, struct exh_coverage *ret_coverage,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_coverage_clear) struct exh_coverage coverage = { .window = window, .root = -1 };
    EXH_CLEANUP(exh_layout_clear) struct exh_layout layout = { 0 };
    EXH_CLEANUP(exh_names_clear) struct exh_names names = { 0 };
    EXH_CLEANUP(exh_sight_clear) struct exh_sight sight = { 0 };

    if (!check_question(source, window, tolerance_ns, err)
        || !exh_layout_compile(source->layout, camera->path, &layout, err)
        || !exh_directory_open(AT_FDCWD, source->root, &coverage.root, err))
        return exh_while(err, "source '%s'", source->id);
    exh_names_find(coverage.root, &layout, source->zone, window, LOOKBACK, &names);
    coverage.tolerance_ns = tolerance_for(&names, tolerance_ns);
    if (!exh_look(coverage.root, &names, window, coverage.tolerance_ns, prober, &sight, err))
        return false;
    exh_cover(&sight, &names, source->zone, &coverage);
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
        || facts.st_mtim.tv_sec * EXH_SECOND + facts.st_mtim.tv_nsec != seen->modified.ns)
        return exh_fail(err, EXH_MALFORMED, "segment '%s' is not the file that was looked at: something changed it "
                        "meanwhile; look again", seen->name);
    *ret_fd = fd;
    fd = -1;
    return true;
}
