/* derive: what is to be made of a Master, found out before anything is. */
#include "derive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of a picture on a contact sheet. */
enum { SHEET_WIDTH = 480, SHEET_HEIGHT = 360 };

static const struct preset presets[] = {
    { "court", 1920, 1080, 20 },
    { "small", 1280, 720, 28 },
    { "full", 0, 0, 17 },
};

static const struct preset *find_preset(const char *name)
{
    for (size_t i = 0; i < EXH_COUNT(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

bool exh_preset_check(const char *preset, struct exh_error *err)
{
    return find_preset(preset) || exh_fail(err, EXH_USAGE, "'%s' is no preset: use court, small or full", preset);
}

void exh_plan_clear(struct plan *plan)
{
    for (size_t i = 0; i < plan->line_count; i++)
        exh_line_clear(&plan->lines[i]);
    free(plan->lines);
    exh_json_free(plan->findings);
    exh_json_free(plan->gaps);
    exh_json_free(plan->changes);
    free(plan->steps);
    free(plan->times);
    *plan = (struct plan){ .options = NULL };
}

bool exh_plan_draws(const struct plan *plan)
{
    return plan->options->copy != EXH_COPY_STILLS || plan->options->columns > 0;
}

/* ---- which part of it ---- */

static bool has_window(const struct plan *plan, int64_t *ret_from, int64_t *ret_to)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    const struct exh_json *window = exh_json_get(plan->lines[0].record, "window");
    struct exh_moment from, to;

    if (!plan->lines[0].timed || !exh_moment_parse_utc(exh_json_text_or(window, "from", ""), &from, &ignored)
        || !exh_moment_parse_utc(exh_json_text_or(window, "to", ""), &to, &ignored))
        return false;
    *ret_from = from.ns;
    *ret_to = to.ns;
    return true;
}

/* All that any of the lines shows. */
static void find_whole(const struct plan *plan, int64_t *ret_from, int64_t *ret_to)
{
    *ret_from = *ret_to = 0;
    for (size_t i = 0; i < plan->line_count; i++) {
        const struct line *line = &plan->lines[i];
        *ret_from = i == 0 || line->from_ns < *ret_from ? line->from_ns : *ret_from;
        *ret_to = i == 0 || line->to_ns > *ret_to ? line->to_ns : *ret_to;
    }
}

static bool find_window(struct plan *plan, int64_t *ret_from, int64_t *ret_to, struct exh_error *err)
{
    const struct exh_interval *when = &plan->options->when;
    const struct line *line = &plan->lines[0];

    find_whole(plan, ret_from, ret_to);
    if (plan->options->exact && !when->has_from && !when->has_to && !has_window(plan, ret_from, ret_to))
        return exh_fail(err, EXH_USAGE, "%s was made for no window; say which part of it is to be shown with --from and --to",
                        line->reference);
    if ((when->has_from && !exh_line_time(line, when->from, ret_from, err))
        || (when->has_to && !exh_line_time(line, when->to, ret_to, err)))
        return false;
    return *ret_from < *ret_to || exh_fail(err, EXH_USAGE, "what is to be shown of %s ends before it begins", line->reference);
}

/* What stands side by side is cut to one window, whatever was asked for. */
static bool cut(struct plan *plan, struct exh_error *err)
{
    int64_t from, to;

    if (!plan->options->exact && plan->line_count == 1)
        return true;
    if (!find_window(plan, &from, &to, err))
        return false;
    for (size_t i = 0; i < plan->line_count; i++)
        if (!exh_line_cut(&plan->lines[i], from, to, err))
            return false;
    return true;
}

/* Files that the copy shows nothing of are no inputs. */
static void drop_unused(struct line *line)
{
    EXH_CLEANUP(exh_freep) size_t *number = exh_alloc((line->input_count + 1) * sizeof *number);
    size_t kept = 0;

    for (size_t i = 0; i < line->input_count; i++) {
        bool used = false;
        for (size_t j = 0; j < line->stretch_count && !used; j++)
            used = line->stretches[j].input == i;
        number[i] = kept;
        if (used) {
            struct input input = line->inputs[i];
            line->inputs[i] = (struct input){ .clock = NULL };
            line->inputs[kept++] = input;
        } else {
            exh_survey_clear(&line->inputs[i].survey);
            free(line->inputs[i].clock);
            free(line->inputs[i].name);
            line->inputs[i] = (struct input){ .clock = NULL };
        }
    }
    line->input_count = kept;
    for (size_t j = 0; j < line->stretch_count; j++)
        line->stretches[j].input = number[line->stretches[j].input];
}

size_t exh_plan_input_count(const struct plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->line_count; i++)
        count += plan->lines[i].input_count;
    return count;
}

const struct input *exh_plan_input(const struct plan *plan, size_t number, size_t *ret_line, size_t *ret_input)
{
    size_t line = 0;

    for (; number >= plan->lines[line].input_count; line++)
        number -= plan->lines[line].input_count;
    *ret_line = line;
    *ret_input = number;
    return &plan->lines[line].inputs[number];
}

static const struct input *input_of(const struct plan *plan, size_t number)
{
    size_t line, input;

    return exh_plan_input(plan, number, &line, &input);
}

/* ---- how large it is ---- */

static int64_t area(const int size[2])
{
    return (int64_t)size[0] * size[1];
}

/* What one picture may have: of a grid its share, and on a sheet what shows what it is of. */
static void fit(const struct plan *plan, const struct exh_survey *survey, int size[2])
{
    int columns = plan->columns, rows = ((int)plan->line_count + columns - 1) / columns;

    assert(rows > 0);
    if (plan->options->copy == EXH_COPY_STILLS && plan->options->columns) {
        exh_convert_canvas(survey, SHEET_WIDTH, SHEET_HEIGHT, &size[0], &size[1]);
        return;
    }
    exh_convert_canvas(survey, plan->preset->most_width / columns, plan->preset->most_height / rows, &size[0], &size[1]);
}

/* By the largest of the files: where they differ, no picture is made smaller than it must be. */
static void find_sizes(struct plan *plan)
{
    for (size_t i = 0; i < exh_plan_input_count(plan); i++) {
        const struct exh_survey *survey = &input_of(plan, i)->survey;
        int shown[2];
        exh_convert_canvas(survey, 0, 0, &shown[0], &shown[1]);
        if (area(shown) <= area(plan->shown))
            continue;
        memcpy(plan->shown, shown, sizeof plan->shown);
        fit(plan, survey, plan->canvas);
    }
}

static void find_sound(struct plan *plan)
{
    const struct exh_derive_options *o = plan->options;
    bool any = false;

    for (size_t i = 0; i < exh_plan_input_count(plan); i++) {
        const struct exh_survey *survey = &input_of(plan, i)->survey;
        any |= survey->sounds > 0;
        if (survey->sounds && survey->channels > plan->channels)
            plan->channels = survey->channels;
    }
    plan->has_sound = any && o->speed <= 1 && o->copy != EXH_COPY_GRID && !(o->masks && o->masks->mute_all);
    if (any && o->copy == EXH_COPY_GRID)
        exh_finding_add(plan->findings, "sound-left-out", "the sound is left out: exhibits side by side would sound all at once");
    else if (any && o->speed > 1)
        exh_finding_add(plan->findings, "sound-left-out", "the sound is left out: the film runs %d times as fast as life", o->speed);
}

/* ---- what is changed ---- */

static void add_change(struct plan *plan, const char *format, ...) EXH_PRINTF(2, 3);
static void add_change(struct plan *plan, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *words = exh_vformat(format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < exh_json_count(plan->changes); i++)
        if (strcmp(exh_json_as_text(exh_json_at(plan->changes, i)), words) == 0)
            return;                      /* of another file already */
    exh_json_add_text(plan->changes, words);
}

static bool is_interlaced(const struct exh_survey *survey)
{
    return strcmp(survey->fields, "top first") == 0 || strcmp(survey->fields, "bottom first") == 0;
}

static void note_picture(struct plan *plan, const struct exh_survey *survey)
{
    int size[2];

    fit(plan, survey, size);
    if (is_interlaced(survey))
        add_change(plan, "pictures were recorded as two half pictures each (%s); they were made into whole ones", survey->fields);
    if (survey->rotation)
        add_change(plan, "pictures were turned upright, by %d degrees", survey->rotation);
    if (survey->mirrored)
        add_change(plan, "pictures were mirrored, as the file says that they must be");
    if (survey->stated_aspect && survey->aspect_numerator != survey->aspect_denominator)
        add_change(plan, "the recorder's pixels are not square (%d:%d); pictures were given square ones", survey->aspect_numerator,
                   survey->aspect_denominator);
    if (size[0] != survey->width || size[1] != survey->height)
        add_change(plan, "pictures of %dx%d pixels were made %dx%d", survey->width, survey->height, size[0], size[1]);
    if (size[0] != plan->canvas[0] || size[1] != plan->canvas[1])
        add_change(plan, "pictures of %dx%d pixels stand on black of %dx%d", size[0], size[1], plan->canvas[0], plan->canvas[1]);
}

static void note_masks(struct plan *plan)
{
    const struct exh_derive_options *o = plan->options;

    if (!o->masks)
        return;
    if (o->masks->count)
        add_change(plan, "parts of pictures are covered (%zu mask%s, %s)", o->masks->count, o->masks->count == 1 ? "" : "s", o->style);
    if (o->masks->mute_all)
        add_change(plan, "all sound was taken out");
    else if (o->masks->mute_count)
        add_change(plan, "sound was taken out at %zu place%s", o->masks->mute_count, o->masks->mute_count == 1 ? "" : "s");
}

static void note_changes(struct plan *plan)
{
    const struct exh_derive_options *o = plan->options;

    add_change(plan, o->copy == EXH_COPY_STILLS ? "pictures were decoded, and stand alone"
                                                : "pictures were decoded and encoded anew: no picture is bit for bit the recorder's");
    for (size_t i = 0; i < exh_plan_input_count(plan); i++)
        note_picture(plan, &input_of(plan, i)->survey);
    if (o->copy == EXH_COPY_STILLS)
        return;
    if (o->copy == EXH_COPY_GRID)
        add_change(plan, "%zu exhibits stand side by side, in step by true time", plan->line_count);
    else if (o->exact)
        add_change(plan, "only a part of the Master is shown, cut to the picture");
    if (o->speed > 1)
        add_change(plan, "it runs %d times as fast as life", o->speed);
    if (o->burn_in || o->copy == EXH_COPY_GRID)
        add_change(plan, "times and words stand %s", o->over ? "over the picture, and cover a part of it" : "in a band below the picture");
    if (plan->has_sound)
        add_change(plan, "sound was encoded anew");
    note_masks(plan);
}

/* What a file has that the copy does not, and what is wrong with it. */
static void note_files(struct plan *plan)
{
    for (size_t i = 0; i < exh_plan_input_count(plan); i++) {
        const struct input *input = input_of(plan, i);
        if (input->survey.left_out)
            exh_finding_add(plan->findings, "left-out", "%s: the copy does not have %s", input->name, input->survey.left_out);
        if (input->survey.sounds > 1)
            exh_finding_add(plan->findings, "left-out", "%s has %zu sound tracks; the copy has the first", input->name,
                            input->survey.sounds);
        if (input->survey.odd_matrix)
            exh_finding_add(plan->findings, "not-turned", "%s asks to be turned by an angle that is no multiple of 90 degrees; it is "
                            "shown as it was recorded", input->name);
        if (input->survey.problem)
            exh_finding_add(plan->findings, "damaged-file", "%s is damaged: %s", input->name, input->survey.problem);
    }
}

/* ---- the whole ---- */

bool exh_plan_is_nameless(const struct plan *plan, const struct exh_json *record)
{
    return plan->options->copy == EXH_COPY_REDACTED && strcmp(exh_json_text_or(record, "mode", ""), "added") == 0;
}

bool exh_plan_is_interval(const struct plan *plan)
{
    return plan->options->copy != EXH_COPY_STILLS || plan->options->at_count == 0;
}

/* Whose finding it is, where several exhibits stand side by side: said before its words. */
static const char *prefix_of(const struct plan *plan, size_t line)
{
    return plan->line_count > 1 ? plan->lines[line].prefix : "";
}

/* Of single pictures whose times were named nothing in between is missing. */
static void note_holes(struct plan *plan)
{
    if (!exh_plan_is_interval(plan)) {
        plan->gaps = exh_json_array();
        return;
    }
    for (size_t i = 0; i < plan->line_count; i++)
        exh_shots_note(&plan->lines[i], prefix_of(plan, i), plan->findings);
    plan->gaps = plan->line_count == 1 ? exh_shots_gaps(&plan->lines[0], plan->zone) : exh_json_array();
}

static bool check_masks(const struct plan *plan, struct exh_error *err)
{
    return !plan->options->masks || exh_masks_check(plan->options->masks, &plan->lines[0], plan->shown, err);
}

static void find_steps(struct plan *plan)
{
    if (plan->lines[0].timed)
        plan->steps = exh_zone_steps((struct exh_window){ { plan->lines[0].from_ns }, { plan->lines[0].to_ns } }, plan->zone, &plan->step_count);
}

/* Whose lines are one, or side by side, and nothing of which is left. */
static bool find_lines(struct plan *plan, const struct subject *subjects, size_t count, struct exh_error *err)
{
    plan->lines = exh_alloc((count + 1) * sizeof *plan->lines);
    for (; plan->line_count < count; plan->line_count++) {
        const struct subject *subject = &subjects[plan->line_count];
        struct line *line = &plan->lines[plan->line_count];
        exh_line_find(subject->reference, subject->record, subject->surveys, exh_plan_is_nameless(plan, subject->record), line);
        for (size_t i = 0; i < line->input_count; i++)
            line->inputs[i].rate = subject->rate;
    }
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &plan->lines[i];
        if (line->stretch_count == 0)
            return exh_fail(err, EXH_NO, "nothing of %s can be shown: %s", line->reference,
                            line->hole_count ? line->holes[0].cause : "it has no picture");
        if (count > 1 && !line->timed)
            return exh_fail(err, EXH_USAGE, "the true time of all of %s is not known, so it cannot stand beside others", line->reference);
    }
    return true;
}

/* As near to a square as can be: 2 beside each other, 3 and 4 in two rows. */
static int columns_for(size_t count)
{
    int columns = 1;

    while ((size_t)columns * (size_t)columns < count)
        columns++;
    return columns;
}

static void note_all(struct plan *plan)
{
    for (size_t i = 0; i < plan->line_count; i++) {
        drop_unused(&plan->lines[i]);
        exh_findings_carry(plan->lines[i].record, prefix_of(plan, i), exh_plan_is_nameless(plan, plan->lines[i].record),
                           plan->findings);
    }
    note_holes(plan);
    find_sizes(plan);
    find_sound(plan);
    find_steps(plan);
    note_files(plan);
    note_changes(plan);
}

bool exh_plan_make(const struct exh_derive_options *options, const struct subject *subjects, size_t count, const char *zone,
                   struct plan *ret_plan, struct exh_error *err)
{
    EXH_CLEANUP(exh_plan_clear) struct plan plan = {
        .options = options, .zone = zone, .preset = find_preset(options->preset ? options->preset : "court"),
        .columns = columns_for(count), .findings = exh_json_array(), .changes = exh_json_array() };

    if (!find_lines(&plan, subjects, count, err) || !cut(&plan, err))
        return false;
    note_all(&plan);
    if (!check_masks(&plan, err) || (options->copy == EXH_COPY_STILLS && !exh_stills_times(&plan, err)))
        return false;
    *ret_plan = plan;
    plan = (struct plan){ .options = NULL };
    return true;
}
