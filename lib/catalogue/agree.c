/* agree: tells where a segment's times disagree; nothing is settled silently. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

/* What disagrees with what. Segments that disagree alike are told in one sentence. */
enum pair { NAME_WITH_BOX, CREATION_WITH_BOX, CREATION_WITH_NAME, MODIFIED_WITH_END, PAIR_COUNT };
enum { MOST_GROUPS = 4 };        /* of a pair; what disagrees otherwise goes to the last, whose range grows */

struct group {
    const struct exh_segment *first;
    int64_t first_by;
    int64_t lowest, highest;     /* the one time less the other */
    size_t count;
};
struct tally {
    struct group groups[PAIR_COUNT][MOST_GROUPS];
    size_t counts[PAIR_COUNT];
};
/* A segment's true times; 0 where there is none. */
struct times { int64_t box, name, creation; };

static void count_in(struct group *group, const struct exh_segment *segment, int64_t by)
{
    if (group->count == 0)
        *group = (struct group){ segment, by, by, by, 0 };
    group->lowest = by < group->lowest ? by : group->lowest;
    group->highest = by > group->highest ? by : group->highest;
    group->count++;
}

/* Times of modification differ in any way, and are told together. */
static void add(struct tally *tally, enum pair pair, const struct exh_segment *segment, int64_t by)
{
    struct group *groups = tally->groups[pair];
    size_t count = tally->counts[pair], i = 0;

    while (i < count && pair != MODIFIED_WITH_END && llabs(by - groups[i].first_by) > EXH_AGREE)
        i++;
    if (i == MOST_GROUPS)
        i--;
    else if (i == count)
        tally->counts[pair]++;
    count_in(&groups[i], segment, by);
}

static struct times times_of(const struct exh_seen *seen, int64_t clock_ns)
{
    const struct exh_probe *probe = &seen->segment.probe;
    struct times times = { .box = probe->box_ns ? probe->box_ns - clock_ns : 0,
                           .creation = probe->creation_ns ? probe->creation_ns - clock_ns : 0 };
    struct exh_moment near = { seen->segment.ambiguous && times.creation ? times.creation : seen->segment.start.ns };

    if (seen->named_count)
        times.name = exh_seen_named(seen, near).ns;
    return times;
}

static bool touches(const struct exh_segment *segment, int64_t start, struct exh_window window)
{
    int64_t length = exh_segment_length(segment);

    return start && start < window.to.ns && start + (length ? length : 1) > window.from.ns;
}

static bool differ(int64_t one, int64_t other)
{
    return one && other && llabs(one - other) > EXH_AGREE;
}

/* How long after @end the file was last written, in true time. Its clock may be the recorder's, or that of a file
 * server that was right: where the recorder is known to be off, the later of the two counts. */
static int64_t written_after(const struct exh_segment *segment, int64_t clock_ns, int64_t end)
{
    return segment->modified.ns - (clock_ns < 0 ? clock_ns : 0) - end;
}

/* By any of its times the segment may belong to the window. */
static void tally_segment(struct tally *tally, const struct exh_seen *seen, const struct exh_coverage *coverage)
{
    const struct exh_segment *segment = &seen->segment;
    struct times times = times_of(seen, coverage->clock_ns);
    int64_t end = segment->start.ns + exh_segment_length(segment);
    int64_t late = written_after(segment, coverage->clock_ns, end);

    if (!touches(segment, segment->start.ns, coverage->window) && !touches(segment, times.box, coverage->window)
        && !touches(segment, times.name, coverage->window) && !touches(segment, times.creation, coverage->window))
        return;
    if (differ(times.name, times.box))
        add(tally, NAME_WITH_BOX, segment, times.name - times.box);
    if (differ(times.creation, times.box))
        add(tally, CREATION_WITH_BOX, segment, times.creation - times.box);
    if (differ(times.creation, times.name) && !differ(times.creation, times.box) && !differ(times.name, times.box))
        add(tally, CREATION_WITH_NAME, segment, times.creation - times.name);
    if (exh_segment_length(segment) && late < -EXH_AGREE)
        add(tally, MODIFIED_WITH_END, segment, late);
}

/* "1 h later", "3 s to 5 s earlier", "1 h earlier to 2 s later". */
static void add_difference(struct exh_text *text, const struct group *group)
{
    int64_t ends[2] = { group->lowest, group->highest };
    char words[2][EXH_MOMENT_SIZE];

    if (llabs(ends[0]) > llabs(ends[1]))
        ends[0] = group->highest, ends[1] = group->lowest;
    for (size_t i = 0; i < 2; i++)
        exh_duration_words((llabs(ends[i]) / (EXH_SECOND / 2) + 1) / 2 * EXH_SECOND, words[i]);
    if ((ends[0] < 0) != (ends[1] < 0))
        exh_text_printf(text, "%s %s to ", words[0], ends[0] < 0 ? "earlier" : "later");
    else if (strcmp(words[0], words[1]) != 0)
        exh_text_printf(text, "%s to ", words[0]);
    exh_text_printf(text, "%s %s", words[1], ends[1] < 0 ? "earlier" : "later");
}

static void note_group(enum pair pair, const struct group *group, struct exh_coverage *coverage)
{
    static const struct { const char *one, *other; } words[] = {
        [NAME_WITH_BOX] = { "the time box", "the name" },
        [CREATION_WITH_BOX] = { "the time box", "creation_time" },
        [CREATION_WITH_NAME] = { "the name", "creation_time" },
        [MODIFIED_WITH_END] = { "", "" },
    };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_freep) char *name = exh_text_printable(group->first->name);
    char at[EXH_MOMENT_SIZE];

    exh_moment_utc(group->first->start, at);
    if (group->count > 1)
        exh_text_printf(&text, "%zu segments, the first of them '%s' at %s", group->count, name, at);
    else
        exh_text_printf(&text, "segment '%s' at %s", name, at);
    if (pair == MODIFIED_WITH_END)
        exh_text_puts(&text, ": the time of modification is ");
    else
        exh_text_printf(&text, ": it began, by %s, ", words[pair].other);
    add_difference(&text, group);
    if (pair == MODIFIED_WITH_END)
        exh_text_puts(&text, " than the end of the footage in it");
    else
        exh_text_printf(&text, " than by %s, which is believed", words[pair].one);
    exh_coverage_note(coverage, "time-disagreement", group->first->name, "%s", text.bytes);
}

void exh_agree_note(const struct exh_sight *sight, struct exh_coverage *coverage)
{
    struct tally tally = { 0 };

    for (size_t i = 0; i < sight->count; i++)
        tally_segment(&tally, &sight->at[i], coverage);
    for (enum pair pair = 0; pair < PAIR_COUNT; pair++)
        for (size_t i = 0; i < tally.counts[pair]; i++)
            note_group(pair, &tally.groups[pair][i], coverage);
}
