/* media/job: reading what a copy is to be. */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INPUTS = 4096, MOST_STARTS = 1 << 20, MOST_SHOTS = 100000, MOST_IMAGES = 10000, MOST_SIDE = 8192, MOST_PICTURES_A_SHEET = 400 };
/* No time in a job lies further from its origin: sums of a few of them cannot overflow. */
static const int64_t LONGEST_NS = INT64_C(400) * 86400 * 1000000000;

static bool bad(const char *what, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "the job's '%s' is out of bounds", what);
}

static bool number(const struct exh_json *object, const char *name, int64_t least, int64_t most, int64_t *ret_number, struct exh_error *err)
{
    int64_t value = 0;

    if (!exh_json_need_int(object, name, &value, err))
        return false;
    *ret_number = value;
    return (value >= least && value <= most) || bad(name, err);
}

static bool small(const struct exh_json *object, const char *name, int least, int most, int *ret_number, struct exh_error *err)
{
    int64_t value = 0;

    if (!number(object, name, least, most, &value, err))
        return false;
    *ret_number = (int)value;
    return true;
}

static bool words(const struct exh_json *object, const char *name, char **ret_words, struct exh_error *err)
{
    const char *value = NULL;

    if (!exh_json_need_text(object, name, &value, err))
        return false;
    *ret_words = exh_strdup(value);
    return true;
}

static bool array_of(const struct exh_json *object, const char *name, size_t most, struct exh_json **ret_array, struct exh_error *err)
{
    return exh_json_need_array(object, name, ret_array, err) && (exh_json_count(*ret_array) <= most || bad(name, err));
}

static int64_t at(const struct exh_json *array, size_t index)
{
    return exh_json_as_int(exh_json_at(array, index));
}

static bool fraction(const struct exh_json *object, const char *name, AVRational *ret_fraction, struct exh_error *err)
{
    struct exh_json *pair = NULL;

    if (!array_of(object, name, 2, &pair, err))
        return false;
    if (at(pair, 0) < 1 || at(pair, 1) < 1 || at(pair, 0) > INT32_MAX || at(pair, 1) > INT32_MAX)
        return bad(name, err);
    *ret_fraction = (AVRational){ (int)at(pair, 0), (int)at(pair, 1) };
    return true;
}

/* Pairs of times, each at least the one before it; @ret_pairs is an array of two numbers each. */
static bool pairs(const struct exh_json *object, const char *name, int64_t most_second, int64_t (**ret_pairs)[2], size_t *ret_count,
                  struct exh_error *err)
{
    struct exh_json *from = NULL;

    if (!array_of(object, name, MOST_STARTS, &from, err))
        return false;
    *ret_count = exh_json_count(from);
    *ret_pairs = exh_alloc((*ret_count + 1) * sizeof **ret_pairs);
    for (size_t i = 0; i < *ret_count; i++) {
        int64_t *pair = (*ret_pairs)[i];
        pair[0] = at(exh_json_at(from, i), 0);
        pair[1] = at(exh_json_at(from, i), 1);
        if (pair[0] < -LONGEST_NS || pair[0] > LONGEST_NS || pair[1] < -most_second || pair[1] > most_second
            || (i && pair[0] <= (*ret_pairs)[i - 1][0]))
            return bad(name, err);
    }
    return true;
}

/* ---- inputs ---- */

static bool read_starts(const struct exh_json *from, struct job_input *input, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) int64_t (*read)[2] = NULL;

    if (!pairs(from, "starts", LONGEST_NS, &read, &input->start_count, err))
        return false;
    input->starts = exh_alloc((input->start_count + 1) * sizeof *input->starts);
    for (size_t i = 0; i < input->start_count; i++) {
        input->starts[i] = (struct job_start){ read[i][0], read[i][1] };
        if (read[i][0] < 0 || read[i][1] < 0 || (i && read[i][1] <= read[i - 1][1]))
            return bad("starts", err);
    }
    return true;
}

static bool read_clock(const struct exh_json *from, struct job_input *input, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) int64_t (*read)[2] = NULL;

    if (!pairs(from, "clock", INT64_MAX - 2 * LONGEST_NS, &read, &input->clock_count, err))
        return false;
    input->clock = exh_alloc((input->clock_count + 1) * sizeof *input->clock);
    for (size_t i = 0; i < input->clock_count; i++)
        input->clock[i] = (struct job_clock){ read[i][0], read[i][1] };
    return true;
}

static bool read_mute(const struct exh_json *from, struct job_input *input, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) int64_t (*read)[2] = NULL;

    if (!pairs(from, "mute", LONGEST_NS, &read, &input->mute_count, err))
        return false;
    input->mute = exh_alloc((input->mute_count + 1) * sizeof *input->mute);
    for (size_t i = 0; i < input->mute_count; i++)
        input->mute[i] = (struct job_stretch){ read[i][0], read[i][1] };
    return true;
}

static bool read_rate(const struct exh_json *from, struct exh_media_rate *ret_rate, struct exh_error *err)
{
    AVRational rate = { 0, 0 };

    if (exh_json_type(exh_json_get(from, "rate")) == EXH_JSON_ARRAY && !fraction(from, "rate", &rate, err))
        return false;
    *ret_rate = (struct exh_media_rate){ rate.num, rate.den };
    return true;
}

static bool read_input(const struct exh_json *from, const char *style, struct job_input *input, struct exh_error *err)
{
    struct exh_json *masks = NULL;

    input->deinterlace = exh_json_bool_or(from, "deinterlace", false);
    input->mirrored = exh_json_bool_or(from, "mirrored", false);
    if (!read_rate(from, &input->rate, err) || !fraction(from, "aspect", &input->aspect, err)
        || !number(from, "zero", -(INT64_C(1) << 56), INT64_C(1) << 56, &input->zero, err)
        || !number(from, "step_ns", 1, LONGEST_NS, &input->step_ns, err)
        || !number(from, "end_ns", 0, LONGEST_NS, &input->end_ns, err)
        || !small(from, "rotation", 0, 270, &input->rotation, err) || !read_starts(from, input, err)
        || !read_clock(from, input, err) || !read_mute(from, input, err) || !array_of(from, "masks", MOST_STARTS, &masks, err))
        return false;
    return (input->rotation % 90 == 0 || bad("rotation", err)) && masks_read(masks, style, &input->masks, err);
}

static bool read_inputs(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    struct exh_json *inputs = NULL;
    const char *style = exh_json_text_or(json, "style", "black");

    if (!array_of(json, "inputs", MOST_INPUTS, &inputs, err))
        return false;
    job->inputs = exh_alloc((exh_json_count(inputs) + 1) * sizeof *job->inputs);
    for (; job->input_count < exh_json_count(inputs); job->input_count++)
        if (!read_input(exh_json_at(inputs, job->input_count), style, &job->inputs[job->input_count], err)) {
            job->input_count++;          /* what was read of it is cleared too */
            return false;
        }
    return true;
}

/* ---- shots, and the chunks they are cut into ---- */

static bool read_card(const struct exh_json *from, struct job_shot *shot, struct exh_error *err)
{
    struct exh_json *lines = NULL;

    if (!array_of(from, "card", 100, &lines, err) || !number(from, "length_ns", 1, LONGEST_NS, &shot->to_ns, err))
        return false;
    shot->card = true;
    for (size_t i = 0; i < exh_json_count(lines); i++) {
        const char *line = exh_json_as_text(exh_json_at(lines, i));
        exh_strings_add(&shot->lines, line ? line : "");
    }
    return true;
}

/* ---- a grid ---- */

enum { MOST_CELLS = 9, MOST_PIECES = 10000 };
static const int64_t slice_ns = INT64_C(10) * 1000000000;

static bool read_piece(const struct exh_json *from, const struct exh_media_job *job, struct job_piece *piece, struct exh_error *err)
{
    int64_t input = at(from, 0);

    *piece = (struct job_piece){ (size_t)input, at(from, 1), at(from, 2), at(from, 3) };
    if (input < 0 || (size_t)input >= job->input_count || piece->from_ns < 0 || piece->from_ns >= piece->to_ns || piece->to_ns > LONGEST_NS
        || piece->true_ns < -INT64_MAX + 2 * LONGEST_NS || piece->true_ns > INT64_MAX - 2 * LONGEST_NS
        || job->inputs[input].start_count == 0)
        return bad("pieces", err);
    return true;
}

static bool read_cell(const struct exh_json *from, const struct exh_media_job *job, struct job_cell *cell, struct exh_error *err)
{
    struct exh_json *pieces = NULL;

    if (!words(from, "label", &cell->label, err) || !array_of(from, "pieces", MOST_PIECES, &pieces, err))
        return false;
    cell->pieces = exh_alloc((exh_json_count(pieces) + 1) * sizeof *cell->pieces);
    for (; cell->piece_count < exh_json_count(pieces); cell->piece_count++)
        if (!read_piece(exh_json_at(pieces, cell->piece_count), job, &cell->pieces[cell->piece_count], err))
            return false;
    return true;
}

static bool read_grid(const struct exh_json *from, struct exh_media_job *job, struct job_shot *shot, struct exh_error *err)
{
    struct exh_json *cells = NULL;
    int64_t to_ns = 0;

    if (!array_of(from, "grid", MOST_CELLS, &cells, err) || !small(from, "columns", 1, MOST_CELLS, &job->grid.columns, err)
        || !number(from, "true_ns", -INT64_MAX + 2 * LONGEST_NS, INT64_MAX - 2 * LONGEST_NS, &job->grid.true_ns, err)
        || !number(from, "length_ns", 1, LONGEST_NS, &to_ns, err) || (exh_json_count(cells) == 0 && !bad("grid", err)))
        return false;
    shot->to_ns = to_ns;
    job->grid.cells = exh_alloc(exh_json_count(cells) * sizeof *job->grid.cells);
    for (size_t i = 0; i < exh_json_count(cells); i++)
        if (!read_cell(exh_json_at(cells, i), job, &job->grid.cells[job->grid.count++], err))
            return false;
    return true;
}

static bool read_shot(const struct exh_json *from, struct exh_media_job *job, struct job_shot *shot, struct exh_error *err)
{
    int64_t input = 0;

    if (exh_json_get(from, "card"))
        return read_card(from, shot, err);
    if (exh_json_get(from, "grid"))
        return read_grid(from, job, shot, err);
    if (!number(from, "input", 0, (int64_t)job->input_count - 1, &input, err) || !number(from, "from_ns", 0, LONGEST_NS, &shot->from_ns, err)
        || !number(from, "to_ns", 0, LONGEST_NS, &shot->to_ns, err))
        return false;
    shot->input = (size_t)input;
    return (shot->from_ns < shot->to_ns && job->inputs[input].start_count) || bad("shots", err);
}

static int64_t shot_length(const struct exh_media_job *job, const struct job_shot *shot, int64_t own_ns)
{
    int64_t length = own_ns - shot->from_ns;

    return shot->card ? length : av_rescale(length, job->speed.den, job->speed.num);
}

int64_t job_film_ns(const struct exh_media_job *job, const struct job_shot *shot, int64_t own_ns)
{
    return shot->at_ns + shot_length(job, shot, own_ns);
}

int64_t job_ticks(int64_t ns)
{
    return av_rescale_q(ns, NANOSECONDS, TICKS);
}

int64_t job_length(const struct exh_media_job *job)
{
    const struct job_shot *last = &job->shots[job->shot_count - 1];

    return job_ticks(job_film_ns(job, last, last->to_ns));
}

static bool read_shots(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    struct exh_json *shots = NULL;
    int64_t at_ns = 0;

    if (!array_of(json, "shots", MOST_SHOTS, &shots, err) || (exh_json_count(shots) == 0 && !bad("shots", err)))
        return false;
    job->shots = exh_alloc(exh_json_count(shots) * sizeof *job->shots);
    for (size_t i = 0; i < exh_json_count(shots); i++) {
        struct job_shot *shot = &job->shots[job->shot_count++];
        if (!read_shot(exh_json_at(shots, i), job, shot, err))
            return false;
        shot->at_ns = at_ns;
        at_ns = job_film_ns(job, shot, shot->to_ns);
        if (at_ns > LONGEST_NS)
            return bad("shots", err);
    }
    return job->grid.count == 0 || job->shot_count == 1 || bad("grid", err);
}

static void add_chunk(struct exh_media_job *job, struct job_chunk chunk)
{
    if ((job->chunk_count & (job->chunk_count - 1)) == 0)
        job->chunks = exh_realloc_array(job->chunks, job->chunk_count ? 2 * job->chunk_count : 1, sizeof *job->chunks);
    job->chunks[job->chunk_count++] = chunk;
}

/* A shot of an input is cut where decoding can begin. What comes before the first such picture belongs to the first. */
static void cut_shot(struct exh_media_job *job, size_t number)
{
    const struct job_shot *shot = &job->shots[number];
    const struct job_input *input = &job->inputs[shot->input];

    for (size_t i = 0; i < input->start_count; i++) {
        int64_t from = i ? input->starts[i].own_ns : INT64_MIN;
        int64_t to = i + 1 < input->start_count ? input->starts[i + 1].own_ns : INT64_MAX;
        if (to <= shot->from_ns || from >= shot->to_ns)
            continue;
        add_chunk(job, (struct job_chunk){ number, i, from > shot->from_ns ? from : shot->from_ns,
                                           to < shot->to_ns ? to : shot->to_ns });
    }
}

/* What stands side by side has no key frames in common: it is cut by the clock. */
static void cut_grid(struct exh_media_job *job)
{
    int64_t length = job->shots[0].to_ns;

    for (int64_t from = 0; from < length; from += slice_ns)
        add_chunk(job, (struct job_chunk){ 0, 0, from, from + slice_ns < length ? from + slice_ns : length });
}

static void cut(struct exh_media_job *job)
{
    if (job->grid.count) {
        cut_grid(job);
        return;
    }
    for (size_t i = 0; i < job->shot_count; i++)
        if (job->shots[i].card)
            add_chunk(job, (struct job_chunk){ i, 0, 0, job->shots[i].to_ns });
        else
            cut_shot(job, i);
}

/* ---- the caption ---- */

static bool read_item(const struct exh_json *from, struct job_item *item, struct exh_error *err)
{
    const char *text = exh_json_as_text(from), *time = exh_json_text_or(from, "time", NULL);

    bool label = exh_json_bool_or(from, "label", false);
    if (!text && !label && (!time || (strcmp(time, "local") != 0 && strcmp(time, "utc") != 0)))
        return bad("caption", err);
    item->kind = text ? ITEM_TEXT : label ? ITEM_LABEL : strcmp(time, "local") == 0 ? ITEM_LOCAL : ITEM_UTC;
    item->text = exh_strdup(text);
    return true;
}

static bool read_caption(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    const struct exh_json *caption = exh_json_get(json, "caption");
    struct exh_json *items = NULL;

    if (exh_json_type(caption) != EXH_JSON_OBJECT)
        return true;
    if (!array_of(caption, "items", 16, &items, err))
        return false;
    job->captioned = true;
    job->over = exh_json_bool_or(caption, "over", false);
    job->items = exh_alloc((exh_json_count(items) + 1) * sizeof *job->items);
    for (size_t i = 0; i < exh_json_count(items); i++)
        if (!read_item(exh_json_at(items, i), &job->items[job->item_count++], err))
            return false;
    return true;
}

static void read_zone(const struct exh_json *json, struct exh_media_about *about)
{
    const struct exh_json *zone = exh_json_get(json, "zone");

    about->zone_count = exh_json_count(zone);
    about->zone = exh_alloc((about->zone_count + 1) * sizeof *about->zone);
    for (size_t i = 0; i < about->zone_count; i++) {
        const struct exh_json *step = exh_json_at(zone, i);
        const char *name = exh_json_as_text(exh_json_at(step, 2));
        int64_t offset = at(step, 1);
        about->zone[i] = (struct exh_media_zone_step){ .from_ns = at(step, 0),
            .offset_s = offset < -86400 || offset > 86400 ? 0 : (int)offset };
        snprintf(about->zone[i].name, sizeof about->zone[i].name, "%s", name ? name : "");
    }
}

/* ---- kinds ---- */

static bool read_sound(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    const struct exh_json *sound = exh_json_get(json, "sound");

    return exh_json_type(sound) != EXH_JSON_OBJECT || small(sound, "bit_rate", 8000, 512000, &job->sound_rate, err);
}

static bool read_colour(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    struct exh_json *colour = NULL;

    return exh_json_need_object(json, "colour", &colour, err) && words(colour, "primaries", &job->colour.primaries, err)
        && words(colour, "transfer", &job->colour.transfer, err) && words(colour, "matrix", &job->colour.matrix, err);
}

static bool read_film(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    if (!fraction(json, "speed", &job->speed, err) || !fraction(json, "pictures_a_second", &job->rate, err)
        || !words(json, "encoder", &job->encoder, err) || !words(json, "preset", &job->preset, err)
        || !small(json, "crf", 0, 51, &job->crf, err) || !number(json, "key_ns", 1000000, 60 * INT64_C(1000000000), &job->key_ns, err)
        || !read_sound(json, job, err) || !read_shots(json, job, err))
        return false;
    cut(job);
    return true;
}

static bool read_notes(const struct exh_json *from, struct job_image *image, struct exh_error *err)
{
    struct exh_json *notes = NULL;

    if (!array_of(from, "notes", 64, &notes, err))
        return false;
    for (size_t i = 0; i < exh_json_count(notes); i++) {
        const char *name = exh_json_as_text(exh_json_at(exh_json_at(notes, i), 0));
        const char *text = exh_json_as_text(exh_json_at(exh_json_at(notes, i), 1));
        if (!name || !text)
            return bad("notes", err);
        exh_strings_add(&image->names, name);
        exh_strings_add(&image->words, text);
    }
    return true;
}

static bool read_image(const struct exh_json *from, const struct exh_media_job *job, struct job_image *image, struct exh_error *err)
{
    struct exh_json *pictures = NULL;

    if (!array_of(from, "pictures", MOST_PICTURES_A_SHEET, &pictures, err) || !small(from, "columns", 1, 100, &image->columns, err)
        || !read_notes(from, image, err))
        return false;
    image->pictures = exh_alloc((exh_json_count(pictures) + 1) * sizeof *image->pictures);
    for (size_t i = 0; i < exh_json_count(pictures); i++) {
        int64_t input = at(exh_json_at(pictures, i), 0), own_ns = at(exh_json_at(pictures, i), 1);
        if (input < 0 || (size_t)input >= job->input_count || own_ns < 0 || own_ns > LONGEST_NS || job->inputs[input].start_count == 0)
            return bad("pictures", err);
        image->pictures[image->picture_count].input = (size_t)input;
        image->pictures[image->picture_count++].own_ns = own_ns;
    }
    return image->picture_count || bad("pictures", err);
}

static bool read_images(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    struct exh_json *images = NULL;
    const char *format = exh_json_text_or(json, "format", "");

    job->jpeg = strcmp(format, "jpeg") == 0;
    if ((!job->jpeg && strcmp(format, "png") != 0) || !small(json, "quality", 1, 100, &job->quality, err)
        || !array_of(json, "images", MOST_IMAGES, &images, err))
        return err->kind != EXH_OK ? false : bad("format", err);
    job->images = exh_alloc((exh_json_count(images) + 1) * sizeof *job->images);
    for (size_t i = 0; i < exh_json_count(images); i++)
        if (!read_image(exh_json_at(images, i), job, &job->images[job->image_count++], err))
            return false;
    return true;
}

bool job_read(const struct exh_json *json, struct exh_media_job *job, struct exh_error *err)
{
    const char *kind = exh_json_text_or(json, "kind", "");
    struct exh_json *canvas = NULL;

    if (exh_json_int_or(json, "version", 0) != 1 || (strcmp(kind, "film") != 0 && strcmp(kind, "stills") != 0))
        return exh_fail(err, EXH_MALFORMED, "the job is of another version or kind");
    job->stills = strcmp(kind, "stills") == 0;
    if (!array_of(json, "canvas", 2, &canvas, err))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (at(canvas, i) < 2 || at(canvas, i) > MOST_SIDE || at(canvas, i) % 2)
            return bad("canvas", err);
    job->width = (int)at(canvas, 0);
    job->height = (int)at(canvas, 1);
    read_zone(json, &job->zone);
    return read_inputs(json, job, err) && read_caption(json, job, err) && read_colour(json, job, err)
        && (job->stills ? read_images(json, job, err) : read_film(json, job, err));
}

static void clear_input(struct job_input *input)
{
    free(input->starts);
    free(input->clock);
    free(input->mute);
    masks_clear(&input->masks);
}

static void clear_grid(struct job_grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        free(grid->cells[i].label);
        free(grid->cells[i].pieces);
    }
    free(grid->cells);
}

static void clear_image(struct job_image *image)
{
    free(image->pictures);
    exh_strings_clear(&image->names);
    exh_strings_clear(&image->words);
}

void job_clear(struct exh_media_job *job)
{
    for (size_t i = 0; i < job->input_count; i++)
        clear_input(&job->inputs[i]);
    for (size_t i = 0; i < job->shot_count; i++)
        exh_strings_clear(&job->shots[i].lines);
    for (size_t i = 0; i < job->item_count; i++)
        free(job->items[i].text);
    for (size_t i = 0; i < job->image_count; i++)
        clear_image(&job->images[i]);
    clear_grid(&job->grid);
    free(job->inputs);
    free(job->shots);
    free(job->chunks);
    free(job->items);
    free(job->images);
    free(job->encoder);
    free(job->preset);
    free(job->colour.primaries);
    free(job->colour.transfer);
    free(job->colour.matrix);
    exh_media_about_clear(&job->zone);
}
