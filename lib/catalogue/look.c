/* look: opens the segments that matter, asks what they hold, and settles when they began. */
#include "catalogue.h"

#include "exhibit/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BACK = 8 };
/* A recorder closes a file soon after its last frame. More than this after it, the time of modification is
 * somebody else's, such as a copy's; and clocks of file servers may be a little behind. */
#define CLOSED_BEFORE (2 * EXH_SECOND)
#define CLOSED_AFTER (600 * EXH_SECOND)
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

static void take_facts(struct exh_segment *segment, const struct stat *facts)
{
    segment->size = (uint64_t)facts->st_size;
    segment->modified.ns = facts->st_mtim.tv_sec * EXH_SECOND + facts->st_mtim.tv_nsec;
    segment->inode = facts->st_ino;
    segment->device = facts->st_dev;
}

/* Opens and asks. Whatever is wrong with the file becomes its problem; false only when nobody can be asked. */
static bool look_inside(int root, struct exh_segment *segment, const struct exh_prober *prober, struct exh_error *err)
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
    if (!prober->probe(prober->context, fd, &segment->probe, err))
        return false;
    check_spans(&segment->probe);
    return true;
}

static bool look_at(int root, const struct exh_name *name, const struct exh_prober *prober, struct exh_seen *seen,
                    struct exh_error *err)
{
    *seen = (struct exh_seen){ .later = name->starts[name->count - 1], .impossible = name->impossible };
    seen->segment = (struct exh_segment){
        .name = exh_strdup(name->path), .start = name->starts[0],
        .ambiguous = name->count == 2, .resolution_ns = name->resolution_ns,
    };
    if (look_inside(root, &seen->segment, prober, err))
        return true;
    exh_segment_clear(&seen->segment);
    return false;
}

/* ---- choosing which to look at ---- */

static bool starts_within(const struct exh_name *name, struct exh_window window)
{
    for (size_t i = 0; i < name->count; i++)
        if (name->starts[i].ns >= window.from.ns && name->starts[i].ns < window.to.ns)
            return true;
    return false;
}

static struct exh_seen *add_seen(struct exh_sight *sight)
{
    if ((sight->count & (sight->count - 1)) == 0)
        sight->at = exh_realloc_array(sight->at, sight->count ? 2 * sight->count : 1, sizeof *sight->at);
    return &sight->at[sight->count];
}

static bool look_within(int root, const struct exh_names *names, struct exh_window window,
                        const struct exh_prober *prober, struct exh_sight *sight, struct exh_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        if (!starts_within(&names->at[i], window))
            continue;
        if (!look_at(root, &names->at[i], prober, add_seen(sight), err))
            return false;
        sight->count++;
    }
    return true;
}

/* True when the first usable segment can be shown from its first frame on. */
static bool begins_with_key(const struct exh_sight *sight)
{
    for (size_t i = 0; i < sight->count; i++)
        if (sight->at[i].segment.probe.span_count)
            return sight->at[i].segment.probe.starts_with_key;
    return true;
}

/* Goes back from the window, nearest first, until one has ended before it; further only while what
 * follows does not begin with a key frame, and so needs pictures from before. */
static bool look_before(int root, const struct exh_names *names, struct exh_window window,
                        const struct exh_prober *prober, struct exh_sight *sight, struct exh_error *err)
{
    bool key = begins_with_key(sight);
    size_t looked = 0;

    for (size_t i = names->count; i-- > 0 && looked < MOST_BACK;) {
        const struct exh_name *name = &names->at[i];
        if (name->starts[0].ns >= window.from.ns || starts_within(name, window))
            continue;
        struct exh_seen *seen = add_seen(sight);
        if (!look_at(root, name, prober, seen, err))
            return false;
        sight->count++;
        looked++;
        int64_t length = exh_segment_length(&seen->segment);
        bool over = length && seen->later.ns + length <= window.from.ns;
        if (over && (key || seen->segment.probe.starts_with_key))
            return true;
        if (length)
            key = seen->segment.probe.starts_with_key;
    }
    return true;
}

/* ---- settling which of two starts ---- */

static void settle(struct exh_seen *seen, bool later)
{
    if (later)
        seen->segment.start = seen->later;
    seen->later = seen->segment.start;
    seen->segment.ambiguous = false;
}

static bool closed_soon_after(const struct exh_segment *segment, int64_t start)
{
    int64_t since = segment->modified.ns - (start + exh_segment_length(segment));

    return since >= -CLOSED_BEFORE && since <= CLOSED_AFTER;
}

static void settle_by_modification(struct exh_seen *seen)
{
    bool first = closed_soon_after(&seen->segment, seen->segment.start.ns);
    bool second = closed_soon_after(&seen->segment, seen->later.ns);

    if (exh_segment_length(&seen->segment) && first != second)
        settle(seen, second);
}

static bool overlaps(const struct exh_segment *other, int64_t start, int64_t end, int64_t tolerance)
{
    int64_t length = exh_segment_length(other);

    return length && other->start.ns < end - tolerance && other->start.ns + length > start + tolerance;
}

/* True when no segment whose start is sure was being recorded at the same time. */
static bool is_free(const struct exh_sight *sight, int64_t start, int64_t length, int64_t tolerance)
{
    for (size_t i = 0; i < sight->count; i++)
        if (!sight->at[i].segment.ambiguous && overlaps(&sight->at[i].segment, start, start + length, tolerance))
            return false;
    return true;
}

static bool settle_by_neighbours(const struct exh_sight *sight, struct exh_seen *seen, int64_t tolerance)
{
    int64_t length = exh_segment_length(&seen->segment);
    bool first = is_free(sight, seen->segment.start.ns, length, tolerance);
    bool second = is_free(sight, seen->later.ns, length, tolerance);

    if (length == 0 || first == second)
        return false;
    settle(seen, second);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct exh_segment *left = &((const struct exh_seen *)a)->segment;
    const struct exh_segment *right = &((const struct exh_seen *)b)->segment;

    if (left->start.ns != right->start.ns)
        return left->start.ns < right->start.ns ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* Each one settled may settle another, so go on until none is. */
static void settle_all(struct exh_sight *sight, int64_t tolerance)
{
    bool more = true;

    for (size_t i = 0; i < sight->count; i++)
        if (sight->at[i].segment.ambiguous)
            settle_by_modification(&sight->at[i]);
    while (more) {
        more = false;
        for (size_t i = 0; i < sight->count; i++)
            if (sight->at[i].segment.ambiguous)
                more |= settle_by_neighbours(sight, &sight->at[i], tolerance);
    }
    if (sight->count)
        qsort(sight->at, sight->count, sizeof *sight->at, by_start);
}

bool exh_look(int root, const struct exh_names *names, struct exh_window window, int64_t tolerance_ns,
              const struct exh_prober *prober, struct exh_sight *ret_sight, struct exh_error *err)
{
    EXH_CLEANUP(exh_sight_clear) struct exh_sight sight = { 0 };

    if (!look_within(root, names, window, prober, &sight, err)
        || !look_before(root, names, window, prober, &sight, err))
        return false;
    settle_all(&sight, tolerance_ns);
    *ret_sight = sight;
    sight = (struct exh_sight){ 0 };
    return true;
}
