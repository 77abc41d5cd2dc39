/* derive: the order of a film: what there is to show, and a card wherever there is nothing. */
#include "derive.h"

#include <string.h>

static bool has_length(const struct hole *hole)
{
    return hole->from_ns < hole->to_ns;
}

/* ---- cards ---- */

static void add_title(struct exh_json *lines, const struct line *line, const struct hole *hole)
{
    EXH_CLEANUP(exh_freep) char *outside = exh_format("NOT PART OF EXHIBIT %s", line->reference);

    exh_json_add_text(lines, hole->kind == HOLE_NO_RECORDING ? "NO RECORDING"
                      : hole->kind == HOLE_NOT_SHOWN ? "RECORDED, BUT CANNOT BE SHOWN" : outside);
}

static void add_interval(struct exh_json *lines, const struct line *line, const struct hole *hole, const char *zone)
{
    EXH_CLEANUP(exh_freep) char *from = exh_line_local_words(line, hole->from_ns, zone), *to = exh_line_local_words(line, hole->to_ns, zone);
    EXH_CLEANUP(exh_freep) char *from_utc = exh_line_utc_words(line, hole->from_ns), *to_utc = exh_line_utc_words(line, hole->to_ns);
    EXH_CLEANUP(exh_freep) char *local = exh_format("%s to %s", from, to), *utc = exh_format("%s to %s", from_utc, to_utc);

    exh_json_add_text(lines, local);
    if (*from_utc)
        exh_json_add_text(lines, utc);
}

static struct exh_json *card_json(const struct line *line, const struct hole *hole, const struct cards *cards)
{
    struct exh_json *card = exh_json_object(), *lines = exh_json_array();
    char length[EXH_MOMENT_SIZE];

    add_title(lines, line, hole);
    if (has_length(hole)) {
        add_interval(lines, line, hole, cards->zone);
        exh_duration_words(hole->to_ns - hole->from_ns, length);
        exh_json_add_text(lines, length);
    }
    exh_json_add_text(lines, hole->cause);
    exh_json_set(card, "card", lines);
    exh_json_set_int(card, "length_ns", cards->length_ns);
    return card;
}

static bool has_card(const struct hole *hole, const struct cards *cards)
{
    return hole->always || hole->to_ns - hole->from_ns > cards->length_ns;
}

/* ---- shots ---- */

static struct exh_json *shot_json(const struct stretch *stretch)
{
    struct exh_json *shot = exh_json_object();

    exh_json_set_int(shot, "input", (int64_t)stretch->input);
    exh_json_set_int(shot, "from_ns", stretch->from_ns);
    exh_json_set_int(shot, "to_ns", stretch->to_ns);
    return shot;
}

/* The shot simply goes on: only the recorder's file was another. */
static bool goes_on(const struct exh_json *last, const struct stretch *next)
{
    return last && exh_json_int_or(last, "input", -1) == (int64_t)next->input && exh_json_int_or(last, "to_ns", -1) == next->from_ns;
}

struct exh_json *exh_shots_json(const struct line *line, const struct cards *cards)
{
    struct exh_json *shots = exh_json_array(), *last = NULL;
    size_t hole = 0;

    for (size_t i = 0; i <= line->stretch_count; i++) {
        int64_t until = i < line->stretch_count ? line->stretches[i].line_ns : INT64_MAX;
        for (; hole < line->hole_count && line->holes[hole].from_ns <= until; hole++)
            if (has_card(&line->holes[hole], cards)) {
                exh_json_add(shots, card_json(line, &line->holes[hole], cards));
                last = NULL;
            }
        if (i == line->stretch_count)
            break;
        if (goes_on(last, &line->stretches[i])) {
            exh_json_set_int(last, "to_ns", line->stretches[i].to_ns);
            continue;
        }
        exh_json_add(shots, shot_json(&line->stretches[i]));
        last = exh_json_at(shots, exh_json_count(shots) - 1);
    }
    return shots;
}

/* ---- side by side ---- */

static struct exh_json *piece_json(const struct stretch *stretch, size_t first_input)
{
    struct exh_json *piece = exh_json_array();

    exh_json_add_int(piece, (int64_t)(first_input + stretch->input));
    exh_json_add_int(piece, stretch->from_ns);
    exh_json_add_int(piece, stretch->to_ns);
    exh_json_add_int(piece, stretch->line_ns);
    return piece;
}

static struct exh_json *cell_json(const struct line *line, size_t first_input)
{
    const char *camera = exh_json_text_or(exh_json_get(line->record, "camera"), "name", NULL);
    EXH_CLEANUP(exh_freep) char *label = exh_format("%s%s%s", line->reference, camera ? " " : "", camera ? camera : "");
    struct exh_json *cell = exh_json_object(), *pieces = exh_json_array();

    for (size_t i = 0; i < line->stretch_count; i++)
        exh_json_add(pieces, piece_json(&line->stretches[i], first_input));
    exh_json_set_text(cell, "label", label);
    exh_json_set(cell, "pieces", pieces);
    return cell;
}

struct exh_json *exh_shots_grid(const struct plan *plan)
{
    struct exh_json *shots = exh_json_array(), *shot = exh_json_object(), *cells = exh_json_array();
    size_t first_input = 0;

    for (size_t i = 0; i < plan->line_count; first_input += plan->lines[i++].input_count)
        exh_json_add(cells, cell_json(&plan->lines[i], first_input));
    exh_json_set(shot, "grid", cells);
    exh_json_set_int(shot, "columns", plan->columns);
    exh_json_set_int(shot, "true_ns", plan->lines[0].from_ns);
    exh_json_set_int(shot, "length_ns", plan->lines[0].to_ns - plan->lines[0].from_ns);
    exh_json_add(shots, shot);
    return shots;
}

/* ---- in words, and in the record ---- */

static char *interval_words(const struct line *line, const struct hole *hole)
{
    EXH_CLEANUP(exh_freep) char *from = line->timed ? exh_line_utc_words(line, hole->from_ns) : exh_line_local_words(line, hole->from_ns, "UTC");
    EXH_CLEANUP(exh_freep) char *to = line->timed ? exh_line_utc_words(line, hole->to_ns) : exh_line_local_words(line, hole->to_ns, "UTC");
    char length[EXH_MOMENT_SIZE];

    if (!has_length(hole))
        return exh_strdup("of unknown time");
    exh_duration_words(hole->to_ns - hole->from_ns, length);
    return exh_format("from %s to %s (%s)", from, to, length);
}

void exh_shots_note(const struct line *line, const char *prefix, struct exh_json *findings)
{
    for (size_t i = 0; i < line->hole_count; i++) {
        const struct hole *hole = &line->holes[i];
        EXH_CLEANUP(exh_freep) char *interval = interval_words(line, hole);
        if (hole->kind == HOLE_OUTSIDE)
            exh_finding_add(findings, "outside-master", "no part of exhibit %s: %s: %s", line->reference, interval, hole->cause);
        else if (hole->kind == HOLE_NOT_SHOWN)
            exh_finding_add(findings, "undecodable", "%srecorded, but cannot be shown, %s: %s", prefix, interval, hole->cause);
        else if (hole->recorded)
            exh_finding_add(findings, "gap", "%sno footage %s: %s", prefix, interval, hole->cause);
        else
            exh_finding_add(findings, "hole", "%sno pictures %s: %s", prefix, interval, hole->cause);
    }
}

struct exh_json *exh_shots_gaps(const struct line *line, const char *zone)
{
    struct exh_json *gaps = exh_json_array();

    for (size_t i = 0; i < line->hole_count; i++) {
        const struct hole *hole = &line->holes[i];
        if (!hole->recorded)
            continue;
        struct exh_json *gap = exh_window_json((struct exh_window){ { hole->from_ns }, { hole->to_ns } }, zone);
        exh_json_set_text(gap, "cause", hole->cause);
        exh_json_add(gaps, gap);
    }
    return gaps;
}
