/* hunt: which segments to look at, so that nothing of the window is missed and little else is opened. */
#include "catalogue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define HOUR (3600 * EXH_SECOND)

/* How far before the window a segment that reaches in may have begun. Most begin within the first; each further one is
 * sought only while no segment was found that had ended before the window. The last is as long as any file is. */
static const int64_t lookbacks[] = { 2 * HOUR, 26 * HOUR, 192 * HOUR };
/* How far after the window the next segment is sought, to learn from it how names are wrong. */
static const int64_t lookaheads[] = { 2 * HOUR, 26 * HOUR };
enum { MOST_BACK = 8, MOST_AHEAD = 2, MOST_SHIFTS = 8, MOST_AFTER = 8, MOST_WRITTEN = 4 };
/* A name that is wrong by more is a clock that was never set. */
#define LARGEST_SHIFT (INT64_C(30) * 366 * 24 * HOUR)
/* A file that was closed more than this after its end by its creation_time was written again by somebody else. */
#define CLOSED_AFTER (600 * EXH_SECOND)

/* By how much names in this source were seen to be ahead of what the files say themselves; [0] is 0. */
struct shifts {
    int64_t at[MOST_SHIFTS + 1];
    size_t count, followed;
    size_t learned;              /* of the sight, so many were asked */
};
/* The way back from the window. */
struct way {
    bool key;                    /* what follows begins with a key frame */
    bool over;                   /* one was found that had ended before the window */
    size_t looked;
};

void exh_hunt_clear(struct exh_hunt *hunt)
{
    exh_names_clear(&hunt->names);
    exh_sight_clear(&hunt->sight);
}

int64_t exh_sight_tolerance(const struct exh_sight *sight, int64_t asked_ns)
{
    int64_t tolerance = asked_ns ? asked_ns : EXH_SECOND;

    for (size_t i = 0; i < sight->count; i++)
        if (sight->at[i].segment.resolution_ns > tolerance)
            tolerance = sight->at[i].segment.resolution_ns;
    return tolerance;
}

static struct exh_window moved(struct exh_window window, int64_t before, int64_t after)
{
    return (struct exh_window){ { window.from.ns + before }, { window.to.ns + after } };
}

static void find_names(struct exh_hunt *hunt, struct exh_window starts)
{
    exh_names_find(hunt->root, hunt->layout, hunt->zone, starts, hunt->window.from.ns - EXH_AGREE, &hunt->names);
}

static bool look_at(struct exh_hunt *hunt, struct exh_name *name, struct exh_error *err)
{
    name->looked = true;
    return exh_look(hunt->root, name, hunt->rate, hunt->prober, &hunt->sight, err);
}

/* ---- in the window ---- */

static bool starts_within(const struct exh_name *name, struct exh_window window)
{
    for (size_t i = 0; i < name->count; i++)
        if (name->starts[i].ns >= window.from.ns && name->starts[i].ns < window.to.ns)
            return true;
    return false;
}

static bool look_within(struct exh_hunt *hunt, struct exh_window window, struct exh_error *err)
{
    for (size_t i = 0; i < hunt->names.count; i++) {
        struct exh_name *name = &hunt->names.at[i];
        if (!name->looked && starts_within(name, window) && !look_at(hunt, name, err))
            return false;
    }
    return true;
}

/* True when the last one looked at begins after the window, and nothing makes its time of modification doubtful. */
static bool is_after(const struct exh_hunt *hunt, const struct exh_segment *last)
{
    int64_t closed = last->modified.ns - (last->start.ns + exh_segment_length(last));

    return last->start.ns >= hunt->window.to.ns && closed <= CLOSED_AFTER;
}

/* Those whose names do not tell come in the order in which they were written: some way after the window is enough. */
static bool look_undated(struct exh_hunt *hunt, struct exh_error *err)
{
    size_t after = 0;

    for (size_t i = 0; i < hunt->names.undated_count && after < MOST_AFTER; i++) {
        if (hunt->names.undated[i].looked)
            continue;
        if (!look_at(hunt, &hunt->names.undated[i], err))
            return false;
        const struct exh_segment *last = &hunt->sight.at[hunt->sight.count - 1].segment;
        if (exh_segment_length(last))
            after = is_after(hunt, last) ? after + 1 : 0;
    }
    return true;
}

/* ---- before it ---- */

/* True when the first usable segment that ends after the window's beginning can be shown from its first frame on. */
static bool begins_with_key(const struct exh_hunt *hunt)
{
    const struct exh_segment *first = NULL;

    for (size_t i = 0; i < hunt->sight.count; i++) {
        const struct exh_segment *segment = &hunt->sight.at[i].segment;
        int64_t length = exh_segment_length(segment);
        if (length && segment->start.ns + length > hunt->window.from.ns
            && (!first || segment->start.ns < first->start.ns))
            first = segment;
    }
    return !first || first->probe.starts_with_key;
}

/* Goes back from @from to @back before it, nearest first, until one has ended before the window; further only while
 * what follows does not begin with a key frame, and so needs pictures from before. */
static bool go_back(struct exh_hunt *hunt, int64_t from, int64_t back, struct way *way, struct exh_error *err)
{
    for (size_t i = hunt->names.count; i-- > 0 && way->looked < MOST_BACK && !way->over;) {
        struct exh_name *name = &hunt->names.at[i];
        if (name->starts[0].ns >= from || name->starts[name->count - 1].ns < from - back || name->looked)
            continue;
        if (!look_at(hunt, name, err))
            return false;
        const struct exh_seen *seen = &hunt->sight.at[hunt->sight.count - 1];
        int64_t length = exh_segment_length(&seen->segment);
        bool over = length && seen->later.ns + length <= hunt->window.from.ns;
        way->looked++;
        way->over = over && (way->key || seen->segment.probe.starts_with_key);
        if (length)
            way->key = seen->segment.probe.starts_with_key;
    }
    return true;
}

/* Looks at what is named in @window, at what is not dated, and at what comes before. */
static bool look_around(struct exh_hunt *hunt, struct exh_window window, struct exh_error *err)
{
    struct way way = { 0 };

    find_names(hunt, moved(window, -lookbacks[0], 0));
    if (!look_within(hunt, window, err) || !look_undated(hunt, err))
        return false;
    way.key = begins_with_key(hunt);
    for (size_t i = 1; go_back(hunt, window.from.ns, lookbacks[i - 1], &way, err); i++) {
        if (way.over || way.looked == MOST_BACK || hunt->names.earlier || i == EXH_COUNT(lookbacks))
            return true;
        find_names(hunt, (struct exh_window){ { window.from.ns - lookbacks[i] },
                                              { window.from.ns - lookbacks[i - 1] } });
        if (!look_undated(hunt, err))
            return false;
    }
    return false;
}

/* ---- where names are wrong ---- */

static int by_start(const void *a, const void *b)
{
    const struct exh_seen *left = a, *right = b;

    return (left->segment.start.ns > right->segment.start.ns) - (left->segment.start.ns < right->segment.start.ns);
}

static bool leaves_a_hole(struct exh_hunt *hunt)
{
    int64_t covered = hunt->window.from.ns, tolerance = exh_sight_tolerance(&hunt->sight, hunt->tolerance_ns);

    if (hunt->sight.count)
        qsort(hunt->sight.at, hunt->sight.count, sizeof *hunt->sight.at, by_start);
    for (size_t i = 0; i < hunt->sight.count; i++) {
        const struct exh_segment *segment = &hunt->sight.at[i].segment;
        int64_t end = segment->start.ns + exh_segment_length(segment);
        if (segment->start.ns - covered > tolerance)
            break;
        covered = end > covered ? end : covered;
    }
    return hunt->window.to.ns - covered > tolerance;
}

/* True when the names can have hidden footage: files tell their times themselves, or no name lies in the window. */
static bool may_be_named_wrongly(const struct exh_hunt *hunt)
{
    bool named = false;

    for (size_t i = 0; i < hunt->names.count; i++)
        named |= starts_within(&hunt->names.at[i], hunt->window);
    for (size_t i = 0; i < hunt->sight.count; i++)
        if (hunt->sight.at[i].segment.authority == EXH_BY_BOX)
            return true;
    return !named;
}

/* Looks at the next ones after the window. */
static bool look_ahead(struct exh_hunt *hunt, struct exh_error *err)
{
    size_t looked = 0;

    for (size_t i = 0; i < EXH_COUNT(lookaheads) && looked == 0; i++) {
        struct exh_window after = { hunt->window.to, { hunt->window.to.ns + lookaheads[i] } };
        find_names(hunt, after);
        for (size_t j = 0; j < hunt->names.count && looked < MOST_AHEAD; j++) {
            struct exh_name *name = &hunt->names.at[j];
            if (name->looked || !starts_within(name, after))
                continue;
            if (!look_at(hunt, name, err))
                return false;
            looked++;
        }
    }
    return true;
}

static bool written_within(const struct exh_hunt *hunt, const struct exh_name *name)
{
    struct stat facts;

    if (fstatat(hunt->root, name->path, &facts, AT_SYMLINK_NOFOLLOW))
        return false;
    int64_t modified = exh_modified(&facts);
    return modified >= hunt->window.from.ns && modified < hunt->window.to.ns;
}

/* Looks at some that were written in the window, whatever their names say: zones differ by a day at most. */
static bool look_at_written(struct exh_hunt *hunt, struct exh_error *err)
{
    size_t looked = 0;

    find_names(hunt, moved(hunt->window, -lookbacks[1], lookaheads[1]));
    for (size_t i = 0; i < hunt->names.count && looked < MOST_WRITTEN; i++) {
        struct exh_name *name = &hunt->names.at[i];
        if (name->looked || !written_within(hunt, name))
            continue;
        if (!look_at(hunt, name, err))
            return false;
        looked++;
    }
    return true;
}

static void learn_shift(struct shifts *shifts, const struct exh_seen *seen)
{
    int64_t shift = seen->named_count ? exh_seen_named(seen, seen->segment.start).ns - seen->segment.start.ns : 0;

    if (seen->segment.authority != EXH_BY_BOX || llabs(shift) > LARGEST_SHIFT)
        return;
    for (size_t i = 0; i < shifts->count; i++)
        if (llabs(shift - shifts->at[i]) <= EXH_AGREE)
            return;
    if (shifts->count <= MOST_SHIFTS)
        shifts->at[shifts->count++] = shift;
}

/* Where files say that names are ahead by so much, others named so may hold the window. */
static bool follow_shifts(struct exh_hunt *hunt, struct shifts *shifts, struct exh_error *err)
{
    for (;; shifts->followed++) {
        for (; shifts->learned < hunt->sight.count; shifts->learned++)
            learn_shift(shifts, &hunt->sight.at[shifts->learned]);
        if (shifts->followed == shifts->count)
            return true;
        int64_t shift = shifts->at[shifts->followed];
        if (!look_around(hunt, moved(hunt->window, shift - EXH_AGREE, shift + EXH_AGREE), err))
            return false;
    }
}

bool exh_hunt(struct exh_hunt *hunt, struct exh_error *err)
{
    struct shifts shifts = { .count = 1, .followed = 1 };

    if (!look_around(hunt, hunt->window, err) || !follow_shifts(hunt, &shifts, err))
        return false;
    if (!leaves_a_hole(hunt) || !may_be_named_wrongly(hunt))
        return true;
    shifts.learned = 0;                  /* the sight was sorted */
    return look_ahead(hunt, err) && look_at_written(hunt, err) && follow_shifts(hunt, &shifts, err);
}
