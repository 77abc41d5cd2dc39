/* cover: what the segments that were seen cover of the window together, and what must be said of it. */
#include "catalogue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A segment that cannot be read, with none after it, is blamed for no more than this or the longest one seen:
 * what recorders write into one file. */
#define LONGEST_USUAL (3600 * EXH_SECOND)
enum { MOST_BLAMED = 3 };

/* A span of a segment in true time. */
struct placed {
    int64_t start, end;
    size_t segment;
    struct exh_span span;
    bool key;                    /* begins with a key frame */
};
/* Why a stretch begins. */
enum why { AFTER_HOLE, OVERLAPS, PARAMETERS_CHANGE };
struct run {
    struct placed *placed;
    size_t count;
    int64_t end;
    enum why why;
    size_t before;               /* the segment it overlaps, or whose parameters were others */
    int64_t before_to;           /* when that ends */
};
struct work {
    struct exh_sight *sight;
    const struct exh_names *names;
    const char *zone;
    struct exh_coverage *coverage;
    struct run *runs;            /* in order of start */
    size_t run_count;
    int64_t covered_to;          /* while building: the latest end, and whose it is */
    size_t covered_by;
    int64_t longest;             /* what one damaged segment may be blamed for */
};

static void work_clear(struct work *work)
{
    for (size_t i = 0; i < work->run_count; i++)
        free(work->runs[i].placed);
    free(work->runs);
}

/* ---- building runs ---- */

static struct exh_segment *segment_at(const struct work *work, size_t number)
{
    return &work->sight->at[number].segment;
}

static int by_start(const void *a, const void *b)
{
    const struct placed *left = a, *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return (left->segment > right->segment) - (left->segment < right->segment);
}

static struct placed place(const struct exh_segment *segment, size_t number, size_t span)
{
    const struct exh_probe *probe = &segment->probe;

    return (struct placed){
        .start = segment->start.ns + probe->spans[span].start_ns,
        .end = segment->start.ns + probe->spans[span].end_ns,
        .segment = number, .span = probe->spans[span],
        .key = span == 0 && probe->starts_with_key,
    };
}

/* Every span of every segment, in order of time. */
static struct placed *place_all(const struct work *work, size_t *ret_count)
{
    size_t count = 0;

    for (size_t i = 0; i < work->sight->count; i++)
        count += segment_at(work, i)->probe.span_count;
    struct placed *all = exh_realloc_array(NULL, count, sizeof *all);
    *ret_count = 0;
    for (size_t i = 0; i < work->sight->count; i++)
        for (size_t j = 0; j < segment_at(work, i)->probe.span_count; j++)
            all[(*ret_count)++] = place(segment_at(work, i), i, j);
    if (count)
        qsort(all, count, sizeof *all, by_start);
    return all;
}

static bool same_parameters(const struct exh_probe *one, const struct exh_probe *other)
{
    if (one->track_count != other->track_count)
        return false;
    for (size_t i = 0; i < one->track_count; i++)
        if (one->tracks[i].video != other->tracks[i].video
            || strcmp(one->tracks[i].parameters, other->tracks[i].parameters) != 0)
            return false;
    return true;
}

/* The run that @placed begins nearest the end of, within the tolerance; -1 for none. Where recorders
 * overlap, each has a run of its own that goes on. */
static ptrdiff_t nearest_run(const struct work *work, const struct placed *placed, bool any_parameters)
{
    int64_t nearest = work->coverage->tolerance_ns;
    ptrdiff_t found = -1;

    for (size_t i = 0; i < work->run_count; i++) {
        const struct run *run = &work->runs[i];
        int64_t hole = llabs(placed->start - run->end);
        bool same = same_parameters(&segment_at(work, run->placed[run->count - 1].segment)->probe,
                                    &segment_at(work, placed->segment)->probe);
        if (hole <= nearest && (same || any_parameters)) {
            nearest = hole;
            found = (ptrdiff_t)i;
        }
    }
    return found;
}

static void go_on(struct run *run, const struct placed *placed)
{
    struct placed *last = run->count ? &run->placed[run->count - 1] : NULL;

    if (last && last->segment == placed->segment) {
        last->span.end_ns = placed->span.end_ns;
        last->end = placed->end;
    } else {
        if ((run->count & (run->count - 1)) == 0)
            run->placed = exh_realloc_array(run->placed, run->count ? 2 * run->count : 1, sizeof *run->placed);
        run->placed[run->count++] = *placed;
    }
    run->end = run->count == 1 || placed->end > run->end ? placed->end : run->end;
}

static struct run *begin_run(struct work *work, const struct placed *placed)
{
    ptrdiff_t other = nearest_run(work, placed, true);
    struct run run = { .why = AFTER_HOLE };

    if (work->run_count && work->covered_to > placed->start + work->coverage->tolerance_ns) {
        run.why = OVERLAPS;
        run.before = work->covered_by;
        run.before_to = work->covered_to;
    } else if (other >= 0) {
        run.why = PARAMETERS_CHANGE;
        run.before = work->runs[other].placed[work->runs[other].count - 1].segment;
    }
    work->runs = exh_realloc_array(work->runs, work->run_count + 1, sizeof *work->runs);
    work->runs[work->run_count] = run;
    return &work->runs[work->run_count++];
}

static void build_runs(struct work *work)
{
    size_t count;
    EXH_CLEANUP(exh_freep) struct placed *all = place_all(work, &count);

    for (size_t i = 0; i < count; i++) {
        ptrdiff_t near = nearest_run(work, &all[i], false);
        go_on(near >= 0 ? &work->runs[near] : begin_run(work, &all[i]), &all[i]);
        if (i == 0 || all[i].end > work->covered_to) {
            work->covered_to = all[i].end;
            work->covered_by = all[i].segment;
        }
    }
}

/* ---- clipping to the window ---- */

/* The first piece that is needed: the last one that can be shown from its beginning, at or before the window. */
static size_t first_needed(const struct run *run, int64_t from)
{
    size_t first = 0;

    for (size_t i = 0; i < run->count && run->placed[i].start <= from; i++)
        if (run->placed[i].key)
            first = i;
    return first;
}

static size_t past_needed(const struct run *run, int64_t to)
{
    size_t past = run->count;

    while (past > 0 && run->placed[past - 1].start >= to)
        past--;
    return past;
}

static struct exh_stretch stretch_of(const struct run *run, size_t first, size_t past)
{
    struct exh_stretch stretch = { .piece_count = past - first };

    stretch.pieces = exh_realloc_array(NULL, stretch.piece_count, sizeof *stretch.pieces);
    stretch.shown.from.ns = stretch.shown.to.ns = run->placed[first].start;
    for (size_t i = first; i < past; i++) {
        stretch.pieces[i - first] = (struct exh_piece){ run->placed[i].segment, run->placed[i].span };
        if (run->placed[i].end > stretch.shown.to.ns)
            stretch.shown.to.ns = run->placed[i].end;
    }
    return stretch;
}

/* Runs that do not touch the window fall away; the others become stretches. */
static void clip_runs(struct work *work)
{
    struct exh_coverage *coverage = work->coverage;
    size_t kept = 0;

    coverage->stretches = exh_realloc_array(NULL, work->run_count, sizeof *coverage->stretches);
    for (size_t i = 0; i < work->run_count; i++) {
        struct run *run = &work->runs[i];
        if (run->end <= coverage->window.from.ns || run->placed[0].start >= coverage->window.to.ns) {
            free(run->placed);
            continue;
        }
        coverage->stretches[kept] = stretch_of(run, first_needed(run, coverage->window.from.ns),
                                               past_needed(run, coverage->window.to.ns));
        work->runs[kept++] = *run;
    }
    work->run_count = coverage->stretch_count = kept;
}

/* ---- what must be said ---- */

static char *shown_name(const struct exh_segment *segment)
{
    return exh_text_printable(segment->name);
}

/* One segment begins a stretch of its own although there was no hole before it. */
static void note_run(const struct work *work, const struct run *run)
{
    const struct exh_segment *segment = segment_at(work, run->placed[0].segment);
    EXH_CLEANUP(exh_freep) char *name = shown_name(segment);
    EXH_CLEANUP(exh_freep) char *before = shown_name(segment_at(work, run->before));
    char at[EXH_MOMENT_SIZE];

    exh_moment_utc((struct exh_moment){ run->placed[0].start }, at);
    if (run->placed[0].start >= work->coverage->window.from.ns && run->why == PARAMETERS_CHANGE)
        exh_coverage_note(work->coverage, "parameters-change", segment->name,
                          "from %s, at segment '%s', the pictures or the sound are coded otherwise than before", at,
                          name);
    if (run->why == OVERLAPS && run->before_to > work->coverage->window.from.ns)
        exh_coverage_note(work->coverage, "overlap", segment->name,
                          "segment '%s' begins at %s, while segment '%s' still goes on: both are kept", name, at,
                          before);
    if (run->placed[0].start >= work->coverage->window.from.ns && !run->placed[0].key && !run->placed[0].span.start_ns)
        exh_coverage_note(work->coverage, "no-key-frame", segment->name,
                          "segment '%s' does not begin with a key frame, and no footage leads up to it: its first "
                          "pictures cannot be shown", name);
}

/* When only the time of its end is known: back to where another one ends. */
static struct exh_window missing_before(const struct work *work, size_t number)
{
    struct exh_window missing = { { segment_at(work, number)->start.ns - work->longest },
                                  segment_at(work, number)->start };

    for (size_t i = 0; i < number; i++) {
        int64_t end = segment_at(work, i)->start.ns + exh_segment_length(segment_at(work, i));
        if (exh_segment_length(segment_at(work, i)) && end > missing.from.ns && end < missing.to.ns)
            missing.from.ns = end;
    }
    return missing;
}

static bool only_end_known(const struct exh_segment *segment)
{
    return segment->authority == EXH_BY_MODIFICATION && exh_segment_length(segment) == 0;
}

/* When a damaged segment's missing footage would have been. */
static struct exh_window missing_of(const struct work *work, size_t number)
{
    const struct exh_segment *segment = segment_at(work, number);
    if (only_end_known(segment))
        return missing_before(work, number);
    struct exh_window missing = { { segment->start.ns + exh_segment_length(segment) }, { 0 } };

    missing.to.ns = segment->start.ns + work->longest;
    for (size_t i = number + 1; i < work->sight->count && segment_at(work, i)->start.ns < missing.to.ns; i++)
        if (segment_at(work, i)->start.ns > segment->start.ns)
            missing.to = segment_at(work, i)->start;
    return missing;
}

static int64_t longest_of(const struct exh_sight *sight)
{
    int64_t longest = LONGEST_USUAL;

    for (size_t i = 0; i < sight->count; i++)
        if (exh_segment_length(&sight->at[i].segment) > longest)
            longest = exh_segment_length(&sight->at[i].segment);
    return longest;
}

static bool meet(struct exh_window one, struct exh_window other)
{
    return one.from.ns < other.to.ns && one.to.ns > other.from.ns;
}

/* "segment 'x' cannot be read: why". */
static char *damage_words(const struct exh_segment *segment)
{
    EXH_CLEANUP(exh_freep) char *name = shown_name(segment);
    EXH_CLEANUP(exh_freep) char *problem = exh_text_printable(segment->probe.problem);

    return exh_format("segment '%s' %s: %s", name, segment->probe.span_count ? "is damaged" : "cannot be read",
                      problem);
}

/* What footage is there of a damaged segment, or should be, meets @window: pictures may be lost inside of it, too. */
static bool bears_on(const struct work *work, size_t number, struct exh_window window)
{
    const struct exh_segment *segment = segment_at(work, number);
    struct exh_window all = missing_of(work, number);

    if (segment->start.ns < all.from.ns)
        all.from = segment->start;
    return meet(all, window);
}

static void note_damage(const struct work *work, size_t number)
{
    const struct exh_segment *segment = segment_at(work, number);
    EXH_CLEANUP(exh_freep) char *words = damage_words(segment);
    char at[EXH_MOMENT_SIZE];

    exh_moment_utc(segment->start, at);
    exh_coverage_note(work->coverage, "damaged-segment", segment->name, "%s (%s at %s)", words,
                      only_end_known(segment) ? "last modified" : "it begins", at);
}

static void note_name(const struct work *work, const struct exh_seen *seen)
{
    EXH_CLEANUP(exh_freep) char *name = shown_name(&seen->segment);
    char taken[EXH_MOMENT_SIZE], later[EXH_MOMENT_SIZE];

    exh_moment_utc(seen->segment.start, taken);
    exh_moment_utc(seen->later, later);
    if (seen->segment.ambiguous)
        exh_coverage_note(work->coverage, "ambiguous-name", seen->segment.name,
                          "the local time in the name of segment '%s' happened twice in %s: taken as %s, but may be %s",
                          name, work->zone, taken, later);
    if (seen->impossible)
        exh_coverage_note(work->coverage, "impossible-name", seen->segment.name,
                          "the local time in the name of segment '%s' never was in %s: taken as %s, by the time that "
                          "clocks kept before they went forward", name, work->zone, taken);
}

/* An ambiguous name that may belong into the window is told even where it was placed outside. */
static bool may_reach_window(const struct work *work, const struct exh_seen *seen)
{
    int64_t length = exh_segment_length(&seen->segment);
    struct exh_window early = { seen->segment.start, { seen->segment.start.ns + length + 1 } };
    struct exh_window late = { seen->later, { seen->later.ns + length + 1 } };

    return meet(early, work->coverage->window) || meet(late, work->coverage->window);
}

/* ---- gaps ---- */

static void add_cause(struct exh_text *causes, const char *words)
{
    if (causes->size)
        exh_text_puts(causes, "; ");
    exh_text_puts(causes, words);
}

static void blame_nobody(const struct work *work, struct exh_text *causes)
{
    add_cause(causes, "no recording");
    if (work->names->absent) {
        EXH_CLEANUP(exh_freep) char *absent = exh_text_printable(work->names->absent);
        exh_text_printf(causes, ": the source has no directory '%s'", absent);
    }
    if (work->names->stranger) {
        EXH_CLEANUP(exh_freep) char *stranger = exh_text_printable(work->names->stranger);
        exh_text_printf(causes, "; what is not named as the layout says was not looked at: '%s'%s", stranger,
                        work->names->strangers ? " and more" : "");
    }
    for (size_t i = 0; i < work->names->problems.count; i++)
        add_cause(causes, work->names->problems.at[i]);
}

/* Names the segments that should have covered @missing. */
static char *cause_of(const struct work *work, struct exh_window missing)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text causes = EXH_TEXT_NONE;
    size_t blamed = 0;

    for (size_t i = 0; i < work->sight->count; i++) {
        if (!segment_at(work, i)->probe.problem || !bears_on(work, i, missing) || ++blamed > MOST_BLAMED)
            continue;
        EXH_CLEANUP(exh_freep) char *words = damage_words(segment_at(work, i));
        add_cause(&causes, words);
    }
    if (blamed > MOST_BLAMED)
        exh_text_printf(&causes, "; and %zu more damaged segments", blamed - MOST_BLAMED);
    if (blamed == 0)
        blame_nobody(work, &causes);
    return exh_text_take(&causes);
}

static void add_gap(const struct work *work, int64_t from, int64_t to)
{
    struct exh_coverage *coverage = work->coverage;
    struct exh_window missing = { { from }, { to } };
    char first[EXH_MOMENT_SIZE], last[EXH_MOMENT_SIZE], length[EXH_MOMENT_SIZE];

    coverage->gaps = exh_realloc_array(coverage->gaps, coverage->gap_count + 1, sizeof *coverage->gaps);
    struct exh_gap *gap = &coverage->gaps[coverage->gap_count++];
    *gap = (struct exh_gap){ missing, cause_of(work, missing) };
    exh_moment_utc(missing.from, first);
    exh_moment_utc(missing.to, last);
    exh_duration_words(to - from, length);
    exh_coverage_note(coverage, "gap", NULL, "no footage from %s to %s (%s): %s", first, last, length, gap->cause);
}

static int by_shown(const void *a, const void *b)
{
    const struct exh_stretch *left = a, *right = b;

    if (left->shown.from.ns != right->shown.from.ns)
        return left->shown.from.ns < right->shown.from.ns ? -1 : 1;
    return (left->shown.to.ns > right->shown.to.ns) - (left->shown.to.ns < right->shown.to.ns);
}

static void find_gaps(const struct work *work)
{
    const struct exh_coverage *coverage = work->coverage;
    int64_t covered = coverage->window.from.ns;

    for (size_t i = 0; i < coverage->stretch_count; i++) {
        struct exh_window shown = coverage->stretches[i].shown;
        if (shown.from.ns - covered > coverage->tolerance_ns)
            add_gap(work, covered, shown.from.ns);
        if (shown.to.ns > covered)
            covered = shown.to.ns;
    }
    /* A window shorter than the tolerance is not covered by nothing. */
    if (coverage->window.to.ns - covered > (coverage->stretch_count ? coverage->tolerance_ns : 0))
        add_gap(work, covered, coverage->window.to.ns);
}

/* ---- the segments that belong to the answer ---- */

static void mark_used(const struct work *work, bool *used)
{
    for (size_t i = 0; i < work->coverage->stretch_count; i++)
        for (size_t j = 0; j < work->coverage->stretches[i].piece_count; j++)
            used[work->coverage->stretches[i].pieces[j].segment] = true;
    for (size_t i = 0; i < work->sight->count; i++) {
        const struct exh_seen *seen = &work->sight->at[i];
        used[i] |= seen->segment.probe.problem && bears_on(work, i, work->coverage->window);
        used[i] |= seen->segment.ambiguous && may_reach_window(work, seen);
    }
}

static void note_used(const struct work *work, const bool *used)
{
    for (size_t i = 0; i < work->names->problems.count; i++)
        exh_coverage_note(work->coverage, "unreadable-directory", NULL, "%s", work->names->problems.at[i]);
    for (size_t i = 0; i < work->sight->count; i++) {
        if (!used[i])
            continue;
        note_name(work, &work->sight->at[i]);
        if (segment_at(work, i)->probe.problem)
            note_damage(work, i);
    }
    exh_agree_note(work->sight, work->coverage);
    for (size_t i = 0; i < work->run_count; i++)
        note_run(work, &work->runs[i]);
}

/* Moves the used ones over, and numbers the pieces as they then stand. */
static void take_used(const struct work *work, const bool *used)
{
    struct exh_coverage *coverage = work->coverage;
    EXH_CLEANUP(exh_freep) size_t *numbers = exh_alloc(work->sight->count * sizeof *numbers);

    coverage->segments = exh_realloc_array(NULL, work->sight->count, sizeof *coverage->segments);
    for (size_t i = 0; i < work->sight->count; i++) {
        if (!used[i])
            continue;
        numbers[i] = coverage->segment_count;
        coverage->segments[coverage->segment_count++] = *segment_at(work, i);
        *segment_at(work, i) = (struct exh_segment){ 0 };
    }
    for (size_t i = 0; i < coverage->stretch_count; i++)
        for (size_t j = 0; j < coverage->stretches[i].piece_count; j++)
            coverage->stretches[i].pieces[j].segment = numbers[coverage->stretches[i].pieces[j].segment];
}

void exh_cover(struct exh_sight *sight, const struct exh_names *names, const char *zone, struct exh_coverage *coverage)
{
    EXH_CLEANUP(work_clear) struct work work = { .sight = sight, .names = names, .zone = zone, .coverage = coverage,
                                                  .longest = longest_of(sight) };
    EXH_CLEANUP(exh_freep) bool *used = exh_alloc(sight->count * sizeof *used);

    build_runs(&work);
    clip_runs(&work);
    mark_used(&work, used);
    note_used(&work, used);
    if (coverage->stretch_count)
        qsort(coverage->stretches, coverage->stretch_count, sizeof *coverage->stretches, by_shown);
    find_gaps(&work);
    take_used(&work, used);
}
