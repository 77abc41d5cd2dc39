/* derive: the job: everything that a copy depends on, but the bytes of the Master and the libraries (docs/formats/conversion.md). */
#include "derive.h"

#include <string.h>

static const int64_t key_ns = 2 * EXH_SECOND, usual_card_ns = 2 * EXH_SECOND;
enum { MOST_A_SECOND = 60, SOUND_MONO = 64000, SOUND = 128000, USUAL_QUALITY = 90 };

static struct exh_json *pair(int64_t first, int64_t second)
{
    struct exh_json *array = exh_json_array();

    exh_json_add_int(array, first);
    exh_json_add_int(array, second);
    return array;
}

/* ---- inputs ---- */

static struct exh_json *starts_json(const struct exh_survey *survey)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < survey->start_count; i++)
        exh_json_add(array, pair(survey->starts[i].packet, survey->starts[i].own_ns));
    return array;
}

static struct exh_json *clock_json(const struct input *input)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < input->clock_count; i++)
        exh_json_add(array, pair(input->clock[i][0], input->clock[i][1]));
    return array;
}

static bool is_interlaced(const struct exh_survey *survey)
{
    return strcmp(survey->fields, "top first") == 0 || strcmp(survey->fields, "bottom first") == 0;
}

static struct exh_json *input_json(const struct plan *plan, size_t number)
{
    size_t line, own;
    const struct input *input = exh_plan_input(plan, number, &line, &own);
    const struct exh_survey *survey = &input->survey;
    const struct exh_masks *masks = plan->options->masks;
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "sha256", exh_json_text_or(input->json, "sha256", ""));
    exh_json_set(json, "rate", input->rate.numerator ? pair(input->rate.numerator, input->rate.denominator) : exh_json_text(NULL));
    exh_json_set_int(json, "zero", survey->zero);
    exh_json_set_int(json, "step_ns", survey->step_ns);
    exh_json_set_int(json, "end_ns", survey->end_ns);
    exh_json_set(json, "aspect", pair(survey->aspect_numerator, survey->aspect_denominator));
    exh_json_set_bool(json, "deinterlace", is_interlaced(survey));
    exh_json_set_int(json, "rotation", survey->rotation);
    exh_json_set_bool(json, "mirrored", survey->mirrored);
    exh_json_set(json, "starts", starts_json(survey));
    exh_json_set(json, "clock", clock_json(input));
    exh_json_set(json, "masks", exh_masks_of_input(masks, &plan->lines[line], own, plan->shown, plan->canvas));
    exh_json_set(json, "mute", exh_mute_of_input(masks, &plan->lines[line], own));
    return json;
}

static struct exh_json *zone_json(const struct plan *plan)
{
    struct exh_json *array = exh_json_array();

    for (size_t i = 0; i < plan->step_count; i++) {
        struct exh_json *step = pair(plan->steps[i].from_ns, plan->steps[i].offset_s);
        exh_json_add_text(step, plan->steps[i].name);
        exh_json_add(array, step);
    }
    return array;
}

static struct exh_json *colour_json(const struct exh_survey *survey)
{
    struct exh_json *json = exh_json_object();

    exh_json_set_text(json, "primaries", survey->primaries);
    exh_json_set_text(json, "transfer", survey->transfer);
    exh_json_set_text(json, "matrix", survey->matrix);
    return json;
}

static struct exh_json *common_json(const struct plan *plan, const char *kind)
{
    struct exh_json *json = exh_json_object(), *inputs = exh_json_array();
    const struct exh_derive_options *o = plan->options;

    for (size_t i = 0; i < exh_plan_input_count(plan); i++)
        exh_json_add(inputs, input_json(plan, i));
    exh_json_set_int(json, "version", 1);
    exh_json_set_text(json, "kind", kind);
    exh_json_set(json, "canvas", pair(plan->canvas[0], plan->canvas[1]));
    exh_json_set(json, "inputs", inputs);
    exh_json_set(json, "zone", zone_json(plan));
    exh_json_set_text(json, "font", plan->font);
    exh_json_set(json, "colour", colour_json(&plan->lines[0].inputs[0].survey));
    exh_json_set_text(json, "style", o->style ? o->style : "black");
    return json;
}

/* ---- films ---- */

static struct exh_json *time_item(const char *which)
{
    struct exh_json *item = exh_json_object();

    exh_json_set_text(item, "time", which);
    return item;
}

static struct exh_json *label_item(void)
{
    struct exh_json *item = exh_json_object();

    exh_json_set_bool(item, "label", true);
    return item;
}

static void add_times(const struct plan *plan, const char *mark, struct exh_json *items)
{
    exh_json_add(items, time_item("local"));
    if (plan->lines[0].timed)
        exh_json_add(items, time_item("utc"));
    exh_json_add_text(items, mark);
}

/* Each cell of a grid always says what it shows, and when: nothing else would tell them apart. */
static struct exh_json *caption_json(const struct plan *plan, const char *reference)
{
    const char *camera = exh_json_text_or(exh_json_get(plan->lines[0].record, "camera"), "name", NULL);
    bool grid = plan->options->copy == EXH_COPY_GRID;
    EXH_CLEANUP(exh_freep) char *mark =
        exh_format("%s %s", reference, plan->options->copy == EXH_COPY_REDACTED ? "REDACTED COPY" : "COPY");

    if (!plan->options->burn_in && !grid)
        return exh_json_text(NULL);
    struct exh_json *caption = exh_json_object(), *items = exh_json_array();
    if (grid)
        exh_json_add(items, label_item());
    else if (camera)
        exh_json_add_text(items, camera);
    add_times(plan, mark, items);
    exh_json_set_bool(caption, "over", plan->options->over);
    exh_json_set(caption, "items", items);
    return caption;
}

static struct exh_json *sound_json(const struct plan *plan)
{
    if (!plan->has_sound)
        return exh_json_text(NULL);
    struct exh_json *sound = exh_json_object();
    exh_json_set_int(sound, "bit_rate", plan->channels > 1 ? SOUND : SOUND_MONO);
    return sound;
}

struct rate { int64_t numerator, denominator; };

/* Nominal: what the file says, or as its pictures come. */
static struct rate rate_of(const struct exh_survey *survey)
{
    if (survey->rate_numerator > 0 && survey->rate_denominator > 0)
        return (struct rate){ survey->rate_numerator, survey->rate_denominator };
    return (struct rate){ 1000, survey->step_ns > 1000000 ? (survey->step_ns + 500000) / 1000000 : 40 };
}

/* Of the first file; of a grid the fastest there is, so that none loses pictures, but no more than players show. */
static struct exh_json *rate_json(const struct plan *plan)
{
    struct rate most = rate_of(&plan->lines[0].inputs[0].survey);
    size_t line, input, count = plan->options->copy == EXH_COPY_GRID ? exh_plan_input_count(plan) : 1;

    for (size_t i = 1; i < count; i++) {
        struct rate rate = rate_of(&exh_plan_input(plan, i, &line, &input)->survey);
        if (rate.numerator * most.denominator > most.numerator * rate.denominator)
            most = rate;
    }
    if (count > 1 && most.numerator > MOST_A_SECOND * most.denominator)
        most = (struct rate){ MOST_A_SECOND, 1 };
    return pair(most.numerator, most.denominator);
}

struct exh_json *exh_job_film(const struct plan *plan, const char *reference)
{
    const struct exh_derive_options *o = plan->options;
    const struct cards cards = { o->card_ns ? o->card_ns : usual_card_ns, plan->zone };
    EXH_CLEANUP(exh_freep) char *title = exh_format("%s: %scopy of %s%s, not the Master", reference,
                                                    o->copy == EXH_COPY_REDACTED ? "redacted " : "", plan->lines[0].reference,
                                                    plan->line_count > 1 ? " and others" : "");
    struct exh_json *job = common_json(plan, "film");

    exh_json_set(job, "shots", o->copy == EXH_COPY_GRID ? exh_shots_grid(plan) : exh_shots_json(&plan->lines[0], &cards));
    exh_json_set(job, "speed", pair(o->speed > 1 ? o->speed : 1, 1));
    exh_json_set(job, "pictures_a_second", rate_json(plan));
    exh_json_set_text(job, "encoder", o->encoder ? o->encoder : "libx264");
    exh_json_set_int(job, "crf", plan->preset->crf);
    exh_json_set_text(job, "preset", "veryfast");
    exh_json_set_int(job, "key_ns", key_ns);
    exh_json_set(job, "sound", sound_json(plan));
    exh_json_set(job, "caption", caption_json(plan, reference));
    exh_json_set_text(job, "title", title);
    return job;
}

/* ---- stills ---- */

static struct exh_json *note(const char *name, const char *words)
{
    struct exh_json *array = exh_json_array();

    exh_json_add_text(array, name);
    exh_json_add_text(array, words);
    return array;
}

/* What an image says of itself, wherever it goes without its package. */
static struct exh_json *notes_json(const struct plan *plan, const char *reference, int64_t first_ns)
{
    EXH_CLEANUP(exh_freep) char *title = exh_format("%s: still of %s, not the Master", reference, plan->lines[0].reference);
    EXH_CLEANUP(exh_freep) char *local = exh_line_local_words(&plan->lines[0], first_ns, plan->zone);
    EXH_CLEANUP(exh_freep) char *utc = exh_line_utc_words(&plan->lines[0], first_ns);
    EXH_CLEANUP(exh_freep) char *time = exh_format("%s%s%s", local, *utc ? " / " : "", utc);
    const char *camera = exh_json_text_or(exh_json_get(plan->lines[0].record, "camera"), "name", NULL);
    struct exh_json *notes = exh_json_array();

    exh_json_add(notes, note("Title", title));
    exh_json_add(notes, note("Creation Time", time));
    if (camera)
        exh_json_add(notes, note("Source", camera));
    return notes;
}

static void add_picture(const struct plan *plan, struct exh_json *pictures, int64_t line_ns)
{
    size_t input;
    int64_t own_ns;

    if (exh_stills_find(&plan->lines[0], line_ns, &input, &own_ns))
        exh_json_add(pictures, pair((int64_t)input, own_ns));
}

static struct exh_json *image_json(const struct plan *plan, const char *reference, size_t from, size_t to)
{
    struct exh_json *image = exh_json_object(), *pictures = exh_json_array();

    for (size_t i = from; i < to; i++)
        add_picture(plan, pictures, plan->times[i]);
    exh_json_set(image, "pictures", pictures);
    exh_json_set_int(image, "columns", plan->options->columns ? plan->options->columns : 1);
    exh_json_set(image, "notes", notes_json(plan, reference, plan->times[from]));
    return image;
}

/* A sheet says when each of its pictures was shown. Single stills are pictures, and nothing else. */
static struct exh_json *times_below(const struct plan *plan)
{
    struct exh_json *caption, *items;

    if (!plan->options->columns)
        return exh_json_text(NULL);
    caption = exh_json_object();
    items = exh_json_array();
    exh_json_add(items, time_item("local"));
    exh_json_set_bool(caption, "over", false);
    exh_json_set(caption, "items", items);
    return caption;
}

struct exh_json *exh_job_stills(const struct plan *plan, const char *reference)
{
    const struct exh_derive_options *o = plan->options;
    struct exh_json *job = common_json(plan, "stills"), *images = exh_json_array();

    for (size_t i = 0; i < (o->columns ? 1 : plan->time_count); i++)
        exh_json_add(images, image_json(plan, reference, i, o->columns ? plan->time_count : i + 1));
    exh_json_set_text(job, "format", o->format ? o->format : "png");
    exh_json_set_int(job, "quality", o->quality ? o->quality : USUAL_QUALITY);
    exh_json_set(job, "caption", times_below(plan));
    exh_json_set(job, "images", images);
    return job;
}
