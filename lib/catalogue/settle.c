/* settle: which of two starts a segment has whose name's local time happened twice. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

/* A recorder closes a file soon after its last frame. More than this after it, the time of modification is
 * somebody else's, such as a copy's; and clocks of file servers may be a little behind. */
#define CLOSED_BEFORE (2 * EXH_SECOND)
#define CLOSED_AFTER (600 * EXH_SECOND)

static void settle(struct exh_seen *seen, bool later)
{
    if (later)
        seen->segment.start = seen->later;
    seen->later = seen->segment.start;
    seen->segment.ambiguous = false;
}

static void settle_by_creation(struct exh_seen *seen)
{
    int64_t creation = seen->segment.probe.creation_ns;
    bool first = llabs(creation - seen->segment.start.ns) <= EXH_AGREE;
    bool second = llabs(creation - seen->later.ns) <= EXH_AGREE;

    if (creation && first != second)
        settle(seen, second);
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
void exh_settle(struct exh_sight *sight, int64_t tolerance_ns)
{
    bool more = true;

    for (size_t i = 0; i < sight->count; i++) {
        if (sight->at[i].segment.ambiguous)
            settle_by_creation(&sight->at[i]);
        if (sight->at[i].segment.ambiguous)
            settle_by_modification(&sight->at[i]);
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < sight->count; i++)
            if (sight->at[i].segment.ambiguous)
                more |= settle_by_neighbours(sight, &sight->at[i], tolerance_ns);
    }
    if (sight->count)
        qsort(sight->at, sight->count, sizeof *sight->at, by_start);
}
