/* derive: what a Master shows, and when: its files laid along one line, with the holes between them. */
#include "derive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Holes inside a file, or between files, up to this long are the recorder's way of counting, unless the record says more. */
static const int64_t usual_tolerance_ns = EXH_SECOND;

/* The engine takes no times that lie further from their origin. */
static const int64_t farthest_ns = INT64_C(400) * 86400 * EXH_SECOND;

static void clear_input(struct input *input)
{
    exh_survey_clear(&input->survey);
    free(input->clock);
    free(input->name);
}

void exh_line_clear(struct line *line)
{
    for (size_t i = 0; i < line->input_count; i++)
        clear_input(&line->inputs[i]);
    for (size_t i = 0; i < line->hole_count; i++)
        free(line->holes[i].cause);
    free(line->inputs);
    free(line->stretches);
    free(line->holes);
    *line = (struct line)EXH_LINE_NONE;
}

/* ---- when each file was recorded ---- */

static bool read_instant(const struct exh_json *json, const char *name, int64_t *ret_ns)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_moment moment;

    if (!exh_moment_parse_utc(exh_json_text_or(json, name, ""), &moment, &ignored))
        return false;
    *ret_ns = moment.ns;
    return true;
}

static void add_clock(struct input *input, int64_t own_ns, int64_t true_ns)
{
    if (input->clock_count && own_ns <= input->clock[input->clock_count - 1][0])
        return;
    input->clock = exh_realloc_array(input->clock, input->clock_count + 1, sizeof *input->clock);
    input->clock[input->clock_count][0] = own_ns;
    input->clock[input->clock_count++][1] = true_ns;
}

/* A clip says where each of the recorder's files begins in it; a file taken whole says when its first picture was shown. */
static void find_clock(struct input *input)
{
    const struct exh_json *joins = exh_json_get(input->json, "joins");
    int64_t zero = exh_json_int_or(exh_json_at(joins, 0), "part_ns", 0), true_ns;

    for (size_t i = 0; i < exh_json_count(joins); i++)
        if (read_instant(exh_json_at(joins, i), "true_time", &true_ns))
            add_clock(input, exh_json_int_or(exh_json_at(joins, i), "part_ns", 0) - zero, true_ns);
    if (!exh_json_count(joins) && read_instant(input->json, "from", &true_ns))
        add_clock(input, 0, true_ns);
}

static int64_t true_of(const struct input *input, int64_t own_ns)
{
    size_t i = input->clock_count - 1;

    while (i && input->clock[i][0] > own_ns)
        i--;
    return input->clock[i][1] + (own_ns - input->clock[i][0]);
}

/* ---- laying it out ---- */

struct laying {
    struct line *line;
    const struct exh_json *record;
    int64_t base_ns;                     /* untimed: where the file in hand begins on the line */
    size_t input;                        /* the one in hand */
};

static int64_t line_of(const struct laying *l, int64_t own_ns)
{
    return l->line->timed ? true_of(&l->line->inputs[l->input], own_ns) : l->base_ns + own_ns;
}

static struct hole *add_hole(struct line *line, enum hole_kind kind, int64_t from_ns, int64_t to_ns, const char *format, ...)
{
    va_list arguments;

    line->holes = exh_realloc_array(line->holes, line->hole_count + 1, sizeof *line->holes);
    struct hole *hole = &line->holes[line->hole_count++];
    va_start(arguments, format);
    *hole = (struct hole){ .kind = kind, .from_ns = from_ns, .to_ns = to_ns, .cause = exh_vformat(format, arguments) };
    va_end(arguments);
    return hole;
}

static void add_stretch(const struct laying *l, int64_t from_ns, int64_t to_ns)
{
    struct line *line = l->line;

    if (from_ns >= to_ns)
        return;
    line->stretches = exh_realloc_array(line->stretches, line->stretch_count + 1, sizeof *line->stretches);
    line->stretches[line->stretch_count++] = (struct stretch){ l->input, from_ns, to_ns, line_of(l, from_ns) };
}

/* A span is parted where the recorder's next file began: from there its times count anew. */
static void add_span(const struct laying *l, struct exh_span span)
{
    const struct input *input = &l->line->inputs[l->input];
    int64_t from = span.start_ns;

    for (size_t i = 0; l->line->timed && i < input->clock_count; i++) {
        int64_t step = input->clock[i][0];
        if (step <= from || step >= span.end_ns)
            continue;
        add_stretch(l, from, step);
        from = step;
    }
    add_stretch(l, from, span.end_ns);
}

static int64_t end_of(const struct stretch *stretch)
{
    return stretch->line_ns + (stretch->to_ns - stretch->from_ns);
}

/* Nothing of the file can be shown: its time is what the record says of it. */
static void add_dark_file(const struct laying *l)
{
    const struct input *input = &l->line->inputs[l->input];
    const struct exh_survey *survey = &input->survey;
    const char *why = survey->problem ? survey->problem : survey->undecodable ? survey->undecodable : "no picture of it can be decoded";
    int64_t from = l->line->timed ? INT64_MIN : l->base_ns, to = from;

    if (l->line->timed && (!read_instant(input->json, "from", &from) || !read_instant(input->json, "to", &to)))
        from = to = l->line->stretch_count ? end_of(&l->line->stretches[l->line->stretch_count - 1]) : INT64_MIN;
    add_hole(l->line, HOLE_NOT_SHOWN, from, to, "%s: %s", input->name, why)->always = true;
}

static void add_file(const struct laying *l)
{
    const struct exh_survey *survey = &l->line->inputs[l->input].survey;
    const char *name = l->line->inputs[l->input].name;

    if (survey->start_count == 0 || survey->span_count == 0) {
        add_dark_file(l);
        return;
    }
    for (size_t i = 0; i < survey->span_count; i++) {
        struct exh_span span = survey->spans[i];
        if (i)
            add_hole(l->line, HOLE_NO_RECORDING, line_of(l, survey->spans[i - 1].end_ns), line_of(l, span.start_ns),
                     "%s has no pictures there", name);
        if (span.start_ns < survey->starts[0].own_ns) {
            int64_t to = span.end_ns < survey->starts[0].own_ns ? span.end_ns : survey->starts[0].own_ns;
            add_hole(l->line, HOLE_NOT_SHOWN, line_of(l, span.start_ns), line_of(l, to), "%s: %s", name,
                     survey->undecodable ? survey->undecodable : "there is no key frame before");
            span.start_ns = to;
        }
        add_span(l, span);
    }
}

static void add_gaps(struct line *line, const struct exh_json *record)
{
    const struct exh_json *gaps = exh_json_get(record, "gaps");

    for (size_t i = 0; i < exh_json_count(gaps); i++) {
        const struct exh_json *gap = exh_json_at(gaps, i);
        int64_t from, to;
        if (!read_instant(gap, "from", &from) || !read_instant(gap, "to", &to))
            continue;
        struct hole *hole = add_hole(line, HOLE_NO_RECORDING, from, to, "%s", exh_json_text_or(gap, "cause", "no recording"));
        hole->recorded = hole->always = true;
    }
}

/* ---- in order ---- */

static int by_line(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;

    if (x->line_ns != y->line_ns)
        return x->line_ns < y->line_ns ? -1 : 1;
    if (x->input != y->input)
        return x->input < y->input ? -1 : 1;
    return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static int by_from(const void *a, const void *b)
{
    const struct hole *x = a, *y = b;

    return x->from_ns < y->from_ns ? -1 : x->from_ns > y->from_ns;
}

static void sort(struct line *line)
{
    if (line->stretch_count)
        qsort(line->stretches, line->stretch_count, sizeof *line->stretches, by_line);
    if (line->hole_count)
        qsort(line->holes, line->hole_count, sizeof *line->holes, by_from);
}

/* Is all of it inside a hole that has a card? */
static bool is_told(const struct line *line, int64_t from_ns, int64_t to_ns)
{
    for (size_t i = 0; i < line->hole_count; i++)
        if (line->holes[i].from_ns <= from_ns && line->holes[i].to_ns >= to_ns)
            return true;
    return false;
}

/* What no file and no gap accounts for. */
static void add_rest(struct line *line, int64_t tolerance_ns)
{
    int64_t end = line->stretch_count ? end_of(&line->stretches[0]) : 0;

    for (size_t i = 1; i < line->stretch_count; i++) {
        const struct stretch *next = &line->stretches[i];
        if (next->line_ns - end > tolerance_ns && !is_told(line, end, next->line_ns))
            add_hole(line, HOLE_NO_RECORDING, end, next->line_ns, "no file has pictures of it");
        if (end_of(next) > end)
            end = end_of(next);
    }
}

/* Holes that are told by larger ones, and those too short to be any. */
static void drop_holes(struct line *line, int64_t tolerance_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < line->hole_count; i++) {
        struct hole hole = line->holes[i];
        bool told = false;
        for (size_t j = 0; j < line->hole_count && !hole.always; j++)
            told |= j != i && line->holes[j].always && line->holes[j].from_ns <= hole.from_ns && line->holes[j].to_ns >= hole.to_ns;
        if (told || (!hole.always && hole.to_ns - hole.from_ns <= tolerance_ns))
            free(hole.cause);
        else
            line->holes[kept++] = hole;
    }
    line->hole_count = kept;
}

static void find_ends(struct line *line)
{
    line->from_ns = INT64_MAX;
    line->to_ns = INT64_MIN;
    for (size_t i = 0; i < line->stretch_count; i++) {
        const struct stretch *stretch = &line->stretches[i];
        line->from_ns = stretch->line_ns < line->from_ns ? stretch->line_ns : line->from_ns;
        line->to_ns = end_of(stretch) > line->to_ns ? end_of(stretch) : line->to_ns;
    }
    for (size_t i = 0; i < line->hole_count; i++) {
        const struct hole *hole = &line->holes[i];
        if (hole->from_ns == INT64_MIN)
            continue;
        line->from_ns = hole->from_ns < line->from_ns ? hole->from_ns : line->from_ns;
        line->to_ns = hole->to_ns > line->to_ns ? hole->to_ns : line->to_ns;
    }
    line->start_ns = line->from_ns;
}

/* Of every file that has pictures? */
static bool is_timed(const struct line *line)
{
    bool any = false;

    for (size_t i = 0; i < line->input_count; i++) {
        if (line->inputs[i].survey.start_count && !line->inputs[i].clock_count)
            return false;
        any |= line->inputs[i].clock_count != 0;
    }
    return any;
}

static char *name_of(const struct exh_json *part, size_t number, const char *reference, bool nameless)
{
    if (nameless)
        return exh_format("file %zu of %s", number + 1, reference);
    return exh_strdup(exh_text_base_name(exh_json_text_or(part, "file", "")));
}

void exh_line_find(const char *reference, const struct exh_json *record, struct exh_survey *surveys, bool nameless,
                   struct line *ret_line)
{
    const struct exh_json *parts = exh_json_get(record, "parts");
    struct line line = EXH_LINE_NONE;
    struct laying l = { .line = &line, .record = record };
    int64_t tolerance = exh_json_int_or(record, "gap_tolerance_ns", usual_tolerance_ns);

    snprintf(line.reference, sizeof line.reference, "%s", reference);
    snprintf(line.prefix, sizeof line.prefix, "%s: ", reference);
    line.record = record;
    line.input_count = exh_json_count(parts);
    line.inputs = exh_alloc((line.input_count + 1) * sizeof *line.inputs);
    for (size_t i = 0; i < line.input_count; i++) {
        const struct exh_json *part = exh_json_at(parts, i);
        line.inputs[i] = (struct input){ .part = i, .json = part, .survey = surveys[i],
                                         .name = name_of(part, i, reference, nameless) };
        surveys[i] = (struct exh_survey){ .codec = "" };
        find_clock(&line.inputs[i]);
    }
    line.timed = is_timed(&line);
    for (; l.input < line.input_count; l.base_ns += line.inputs[l.input++].survey.end_ns)
        add_file(&l);
    if (line.timed)
        add_gaps(&line, record);
    sort(&line);
    add_rest(&line, tolerance);
    drop_holes(&line, tolerance);
    sort(&line);
    find_ends(&line);
    *ret_line = line;
}

/* ---- a part of it ---- */

static void cut_stretches(struct line *line, int64_t from_ns, int64_t to_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < line->stretch_count; i++) {
        struct stretch s = line->stretches[i];
        int64_t end = end_of(&s);
        if (s.line_ns >= to_ns || end <= from_ns)
            continue;
        if (end > to_ns)
            s.to_ns -= end - to_ns;
        if (s.line_ns < from_ns) {
            s.from_ns += from_ns - s.line_ns;
            s.line_ns = from_ns;
        }
        line->stretches[kept++] = s;
    }
    line->stretch_count = kept;
}

static void cut_holes(struct line *line, int64_t from_ns, int64_t to_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < line->hole_count; i++) {
        struct hole hole = line->holes[i];
        /* When a file was recorded that nothing is known of nobody can say: it is told in every part. */
        bool unknown = hole.from_ns == hole.to_ns && (hole.from_ns == INT64_MIN || (hole.from_ns >= from_ns && hole.from_ns < to_ns));
        if (hole.from_ns < from_ns)
            hole.from_ns = from_ns;
        if (unknown)
            hole.to_ns = hole.from_ns;
        if (hole.to_ns > to_ns)
            hole.to_ns = to_ns;
        if (unknown || hole.from_ns < hole.to_ns)
            line->holes[kept++] = hole;
        else
            free(hole.cause);
    }
    line->hole_count = kept;
}

bool exh_line_cut(struct line *line, int64_t from_ns, int64_t to_ns, struct exh_error *err)
{
    int64_t begins = line->from_ns, ends = line->to_ns;

    cut_stretches(line, from_ns, to_ns);
    cut_holes(line, from_ns, to_ns);
    if (line->stretch_count == 0)
        return exh_fail(err, EXH_NO, "%s has no picture between these times that can be shown", line->reference);
    if (from_ns < begins)
        add_hole(line, HOLE_OUTSIDE, from_ns, begins, "%s begins later", line->reference)->always = true;
    if (to_ns > ends)
        add_hole(line, HOLE_OUTSIDE, ends, to_ns, "%s ends before", line->reference)->always = true;
    sort(line);
    line->from_ns = from_ns;
    line->to_ns = to_ns;
    return true;
}

/* ---- times in words ---- */

/* How far apart, whatever the two are. */
static uint64_t distance(int64_t one, int64_t other)
{
    return one < other ? (uint64_t)other - (uint64_t)one : (uint64_t)one - (uint64_t)other;
}

/* Differences of times that pass here cannot overflow. */
bool exh_line_time(const struct line *line, struct exh_when when, int64_t *ret_ns, struct exh_error *err)
{
    if (!when.from_start && !line->timed)
        return exh_fail(err, EXH_USAGE, "the true time of all of %s is not known; write times from its start: +12.5s",
                        line->reference);
    int64_t ns = when.from_start ? line->start_ns + when.ns : when.ns;
    if (distance(ns, line->start_ns) > (uint64_t)farthest_ns)
        return exh_fail(err, EXH_USAGE, "a time that is given lies more than 400 days from the start of %s", line->reference);
    *ret_ns = ns;
    return true;
}

int64_t exh_line_at(const struct line *line, size_t input, int64_t own_ns)
{
    const struct stretch *best = NULL;

    for (size_t i = 0; i < line->stretch_count; i++) {
        const struct stretch *s = &line->stretches[i];
        if (s->input == input && (!best || s->from_ns <= own_ns))
            best = s;
    }
    return best ? best->line_ns + (own_ns - best->from_ns) : line->from_ns;
}

char *exh_line_local_words(const struct line *line, int64_t line_ns, const char *zone)
{
    char words[EXH_MOMENT_SIZE];
    int64_t ms = line_ns / 1000000;

    if (!line->timed)
        return exh_format("+%lld:%02d:%02d.%03d from the start", (long long)(ms / 3600000), (int)(ms / 60000 % 60),
                          (int)(ms / 1000 % 60), (int)(ms % 1000));
    exh_moment_local((struct exh_moment){ line_ns }, zone, words);
    return exh_strdup(words);
}

char *exh_line_utc_words(const struct line *line, int64_t line_ns)
{
    char words[EXH_MOMENT_SIZE] = "";

    if (line->timed)
        exh_moment_utc((struct exh_moment){ line_ns }, words);
    return exh_strdup(words);
}
