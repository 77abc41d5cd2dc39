/* look: opens a segment, asks what it holds, and takes when it began from the best authority there is. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The system that keeps the files may count their times in steps of 2 s, as FAT does. */
#define MODIFIED_RESOLUTION (2 * EXH_SECOND)
/* Longer than any file is taken for a lie: the helper's answers come from hostile footage. */
#define LONGEST_SEGMENT (INT64_C(7) * 86400 * EXH_SECOND)

void exh_segment_clear(struct exh_segment *segment)
{
    exh_freep(&segment->name);
    exh_probe_clear(&segment->probe);
}

void exh_sight_clear(struct exh_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++)
        exh_segment_clear(&sight->at[i].segment);
    free(sight->at);
    *sight = (struct exh_sight){ 0 };
}

int64_t exh_segment_length(const struct exh_segment *segment)
{
    const struct exh_probe *probe = &segment->probe;

    return probe->span_count ? probe->spans[probe->span_count - 1].end_ns : 0;
}

/* ---- looking at one ---- */

/* The segment cannot be used; why is the answer. */
static void cannot_be_used(struct exh_probe *probe, char *problem)
{
    exh_freep(&probe->problem);
    probe->problem = problem;
    probe->span_count = 0;
}

/* Spans must be in order, not overlap, and be no longer than files are. */
static void check_spans(struct exh_probe *probe)
{
    int64_t before = 0;

    for (size_t i = 0; i < probe->span_count; i++) {
        const struct exh_span *span = &probe->spans[i];
        if (span->start_ns < before || span->end_ns <= span->start_ns || span->end_ns > LONGEST_SEGMENT) {
            cannot_be_used(probe, exh_strdup("the times in it make no sense"));
            return;
        }
        before = span->end_ns;
    }
    if (probe->span_count == 0 && !probe->problem)
        cannot_be_used(probe, exh_strdup("there is no video in it"));
}

/* Times of another age count as none: no recorder means them. */
static void check_times(struct exh_probe *probe)
{
    if (probe->box_ns < 0 || probe->box_ns >= EXH_LATEST)
        probe->box_ns = 0;
    if (probe->creation_ns < 0 || probe->creation_ns >= EXH_LATEST)
        probe->creation_ns = 0;
}

int64_t exh_modified(const struct stat *facts)
{
    const int64_t latest = EXH_LATEST / EXH_SECOND;
    int64_t seconds = facts->st_mtim.tv_sec;

    seconds = seconds > latest ? latest : seconds < -latest ? -latest : seconds;
    return seconds * EXH_SECOND + facts->st_mtim.tv_nsec;
}

static void take_facts(struct exh_segment *segment, const struct stat *facts)
{
    segment->size = (uint64_t)facts->st_size;
    segment->modified.ns = exh_modified(facts);
    segment->inode = facts->st_ino;
    segment->device = facts->st_dev;
}

/* Opens and asks. Whatever is wrong with the file becomes its problem; false only when nobody can be asked. */
static bool look_inside(int root, struct exh_segment *segment, struct exh_rate rate, const struct exh_prober *prober,
                        struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error own = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct stat facts;

    if (!exh_file_open_beneath(root, segment->name, &fd, &own)) {
        cannot_be_used(&segment->probe, exh_strdup(own.os == EXDEV ? "it leads out of the source" : strerror(own.os)));
        return true;
    }
    if (fstat(fd, &facts)) {
        cannot_be_used(&segment->probe, exh_strdup(strerror(errno)));
        return true;
    }
    take_facts(segment, &facts);
    if (!S_ISREG(facts.st_mode)) {
        cannot_be_used(&segment->probe, exh_strdup("it is not a regular file"));
        return true;
    }
    if (!prober->probe(prober->context, fd, rate, &segment->probe, err))
        return false;
    check_spans(&segment->probe);
    check_times(&segment->probe);
    return true;
}

/* ---- when it began ---- */

struct exh_moment exh_seen_named(const struct exh_seen *seen, struct exh_moment moment)
{
    bool second = seen->named_count == 2 && llabs(seen->named[1].ns - moment.ns) < llabs(seen->named[0].ns - moment.ns);

    return seen->named[second];
}

static void begin_at(struct exh_seen *seen, int64_t start, enum exh_authority authority, int64_t resolution)
{
    seen->segment.start.ns = seen->later.ns = start;
    seen->segment.ambiguous = seen->impossible = false;
    seen->segment.authority = authority;
    seen->segment.resolution_ns = resolution;
}

static void begin_as_named(struct exh_seen *seen, const struct exh_name *name)
{
    seen->segment.start = name->starts[0];
    seen->later = name->starts[name->count - 1];
    seen->segment.ambiguous = name->count == 2;
    seen->impossible = name->impossible;
    seen->segment.authority = EXH_BY_NAME;
    seen->segment.resolution_ns = name->resolution_ns;
}

/* The first of these that there is, whatever the others say: exh_agree_note tells of those. */
static void take_start(struct exh_seen *seen, const struct exh_name *name)
{
    const struct exh_probe *probe = &seen->segment.probe;

    if (probe->box_ns)
        begin_at(seen, probe->box_ns, EXH_BY_BOX, 1);
    else if (name->count)
        begin_as_named(seen, name);
    else if (probe->creation_ns)
        begin_at(seen, probe->creation_ns, EXH_BY_CREATION, EXH_SECOND);
    else
        begin_at(seen, seen->segment.modified.ns - exh_segment_length(&seen->segment), EXH_BY_MODIFICATION,
                 MODIFIED_RESOLUTION);
}

bool exh_look(int root, const struct exh_name *name, struct exh_rate rate, const struct exh_prober *prober,
              struct exh_sight *sight, struct exh_error *err)
{
    struct exh_seen seen = { .named = { name->starts[0], name->starts[1] }, .named_count = name->count };

    seen.segment = (struct exh_segment){ .name = exh_strdup(name->path), .modified = name->modified };
    if (!look_inside(root, &seen.segment, rate, prober, err)) {
        exh_segment_clear(&seen.segment);
        return false;
    }
    take_start(&seen, name);
    if ((sight->count & (sight->count - 1)) == 0)
        sight->at = exh_realloc_array(sight->at, sight->count ? 2 * sight->count : 1, sizeof *sight->at);
    sight->at[sight->count++] = seen;
    return true;
}
