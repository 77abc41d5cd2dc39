/* media/still: single pictures, and sheets of them. */
#include "still.h"

#include "film.h"
#include "image.h"
#include "picture.h"
#include "reading.h"

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SIDE = 16384, GAP = 4 };

/* A picture that is wanted, with its neighbours in time: deinterlacing looks at them. */
struct found {
    AVFrame *frames[3];          /* before, wanted, after; data NULL: none */
    int64_t own_ns[3];
    AVFrame *made;               /* of the canvas */
};

static bool found_init(struct found *found, struct exh_error *err)
{
    bool done = true;

    for (size_t i = 0; i < EXH_COUNT(found->frames); i++)
        done &= (found->frames[i] = av_frame_alloc()) != NULL;
    found->made = av_frame_alloc();
    return (done && found->made) || exh_fail(err, EXH_IO, "no memory for a picture");
}

static void found_clear(struct found *found)
{
    for (size_t i = 0; i < EXH_COUNT(found->frames); i++)
        av_frame_free(&found->frames[i]);
    av_frame_free(&found->made);
}

/* ---- finding it ---- */

static bool put(struct found *found, size_t place, const AVFrame *frame, int64_t own_ns, struct exh_error *err)
{
    av_frame_unref(found->frames[place]);
    found->own_ns[place] = own_ns;
    return av_frame_ref(found->frames[place], frame) >= 0 || exh_fail(err, EXH_IO, "no memory for a picture");
}

/* Moves what was wanted so far one place back. */
static void move_back(struct found *found)
{
    av_frame_unref(found->frames[0]);
    if (found->frames[1]->data[0])
        av_frame_move_ref(found->frames[0], found->frames[1]);
    found->own_ns[0] = found->own_ns[1];
}

/* The picture on show at @own_ns: the last one shown by then; where that is before the first, the first. */
static bool find(struct exh_media_job *job, size_t input, int64_t own_ns, struct found *found, struct exh_error *err)
{
    int64_t at_ns;

    if (!reading_enter(job, input, reading_start(&job->inputs[input], own_ns), true, &job->reading, err))
        return false;
    for (bool end = false;;) {
        if (!reading_next(job->reading, &at_ns, &end, err))
            return false;
        if (end)
            break;
        if (at_ns > own_ns && found->frames[1]->data[0])
            return put(found, 2, job->reading->frame, at_ns, err);
        move_back(found);
        if (!put(found, 1, job->reading->frame, at_ns, err))
            return false;
        if (at_ns > own_ns)
            break;
    }
    return found->frames[1]->data[0] || exh_fail(err, EXH_MALFORMED, "no picture of input %zu can be decoded there", input + 1);
}

/* ---- making it ---- */

static bool keep(void *context, AVFrame *frame, int64_t own_ns, struct exh_error *err)
{
    struct found *found = context;

    (void)err;
    if (own_ns == found->own_ns[1] && !found->made->data[0])
        av_frame_move_ref(found->made, frame);
    return true;
}

static int64_t ends_at(const struct job_input *input, const struct found *found)
{
    return found->frames[2]->data[0] ? found->own_ns[2] : found->own_ns[1] + input->step_ns;
}

static bool put_all(struct picture_maker *maker, struct found *found, struct exh_error *err)
{
    for (size_t i = 0; i < EXH_COUNT(found->frames); i++)
        if (found->frames[i]->data[0] && (i == 1 || maker->input->deinterlace)
            && !picture_put(maker, found->frames[i], found->own_ns[i], keep, found, err))
            return false;
    return picture_end(maker, keep, found, err)
        && (found->made->data[0] || exh_fail(err, EXH_MALFORMED, "the picture could not be made"));
}

static void finish(const struct exh_media_job *job, const struct job_input *input, struct found *found)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;

    masks_apply(&input->masks, found->own_ns[1], ends_at(input, found), found->made, 0, 0, job->width, job->height);
    if (!job->captioned)
        return;
    job_caption(job, input, found->own_ns[1], NULL, &items);
    caption_draw(job->font, &job->caption, &items, found->made, job->over ? job->height - job->caption.height : job->height, job->over);
}

static bool make(struct exh_media_job *job, size_t number, struct found *found, char **ret_graph, struct exh_error *err)
{
    const struct job_input *input = &job->inputs[number];
    int width, height;

    film_size(job, &width, &height);
    EXH_CLEANUP(picture_clear) struct picture_maker maker = { .input = input, .width = job->width, .height = job->height,
                                                              .extra = height - job->height };
    if (!put_all(&maker, found, err))
        return false;
    finish(job, input, found);
    free(*ret_graph);
    *ret_graph = exh_steal(&maker.words);
    return true;
}

/* ---- from the canvas to what image files hold ---- */

struct sheet {
    uint8_t *rgb;
    int width, height, columns;  /* of the whole, in pixels; cells a row */
    int cell_width, cell_height;
    struct SwsContext *to_rgb;
};

static void sheet_clear(struct sheet *sheet)
{
    free(sheet->rgb);
    sws_freeContext(sheet->to_rgb);
}

/* Footage that does not say its matrix is shown as players show it: by its size. The facts say which was taken. */
static const char *matrix_of(const struct exh_media_job *job)
{
    if (av_color_space_from_name(job->colour.matrix) > 0 && strcmp(job->colour.matrix, "unknown") != 0)
        return job->colour.matrix;
    return job->height >= 720 ? "bt709" : "smpte170m";
}

static int sws_matrix(const char *name)
{
    return strcmp(name, "bt709") == 0 ? SWS_CS_ITU709
        : strcmp(name, "fcc") == 0 ? SWS_CS_FCC
        : strcmp(name, "smpte240m") == 0 ? SWS_CS_SMPTE240M
        : strncmp(name, "bt2020", 6) == 0 ? SWS_CS_BT2020 : SWS_CS_ITU601;
}

static bool sheet_open(struct sheet *sheet, const struct exh_media_job *job, const struct job_image *image, struct exh_error *err)
{
    size_t count = image->picture_count;
    int columns = image->columns < (int)count ? image->columns : (int)count, rows = ((int)count + columns - 1) / columns;
    const int *table = sws_getCoefficients(sws_matrix(matrix_of(job)));

    film_size(job, &sheet->cell_width, &sheet->cell_height);
    sheet->columns = columns;
    sheet->width = columns * (sheet->cell_width + GAP) - GAP;
    sheet->height = rows * (sheet->cell_height + GAP) - GAP;
    if (sheet->width > LARGEST_SIDE || sheet->height > LARGEST_SIDE)
        return exh_fail(err, EXH_MALFORMED, "a sheet of %dx%d pixels is too large; ask for fewer pictures", sheet->width, sheet->height);
    sheet->rgb = exh_alloc((size_t)sheet->width * (size_t)sheet->height * 3);
    sheet->to_rgb = sws_getContext(sheet->cell_width, sheet->cell_height, AV_PIX_FMT_YUV420P, sheet->cell_width, sheet->cell_height,
                                   AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, NULL, NULL, NULL);
    if (!sheet->to_rgb || sws_setColorspaceDetails(sheet->to_rgb, table, 0, table, 1, 0, 1 << 16, 1 << 16) < 0)
        return exh_fail(err, EXH_IO, "cannot convert pictures to RGB");
    return true;
}

static void sheet_put(const struct sheet *sheet, size_t cell, const AVFrame *frame)
{
    size_t x = cell % (size_t)sheet->columns * (size_t)(sheet->cell_width + GAP);
    size_t y = cell / (size_t)sheet->columns * (size_t)(sheet->cell_height + GAP);
    uint8_t *planes[4] = { sheet->rgb + (y * (size_t)sheet->width + x) * 3 };
    const int strides[4] = { sheet->width * 3 };

    sws_scale(sheet->to_rgb, (const uint8_t *const *)frame->data, frame->linesize, 0, sheet->cell_height, planes, strides);
}

static bool encode(const struct exh_media_job *job, const struct job_image *image, const struct sheet *sheet, struct exh_text *ret_bytes,
                   struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct image_note *notes = exh_alloc((image->names.count + 1) * sizeof *notes);
    const struct image as = { .rgb = sheet->rgb, .stride = (size_t)sheet->width * 3, .width = sheet->width, .height = sheet->height,
                              .notes = notes, .note_count = image->names.count };

    for (size_t i = 0; i < image->names.count; i++)
        notes[i] = (struct image_note){ image->names.at[i], image->words.at[i] };
    return job->jpeg ? image_jpeg(&as, job->quality, ret_bytes, err) : image_png(&as, ret_bytes, err);
}

/* ---- the whole ---- */

static bool make_cells(struct exh_media_job *job, const struct job_image *image, struct sheet *sheet, struct exh_json *times,
                       char **ret_graph, struct exh_error *err)
{
    for (size_t i = 0; i < image->picture_count; i++) {
        EXH_CLEANUP(found_clear) struct found found = { .own_ns = { 0 } };
        if (!found_init(&found, err) || !find(job, image->pictures[i].input, image->pictures[i].own_ns, &found, err)
            || !make(job, image->pictures[i].input, &found, ret_graph, err))
            return false;
        sheet_put(sheet, i, found.made);
        exh_json_add_int(times, found.own_ns[1]);
    }
    return true;
}

bool still_make(struct exh_media_job *job, size_t number, struct exh_text *ret_bytes, struct exh_json **ret_facts, struct exh_error *err)
{
    const struct job_image *image = &job->images[number];
    EXH_CLEANUP(sheet_clear) struct sheet sheet = { .rgb = NULL };
    EXH_CLEANUP(exh_json_freep) struct exh_json *facts = exh_json_object();
    EXH_CLEANUP(exh_freep) char *graph = NULL;
    struct exh_json *times = exh_json_array();

    exh_json_set(facts, "own_ns", times);
    if (!sheet_open(&sheet, job, image, err) || !make_cells(job, image, &sheet, times, &graph, err)
        || !encode(job, image, &sheet, ret_bytes, err))
        return false;
    exh_json_set_int(facts, "width", sheet.width);
    exh_json_set_int(facts, "height", sheet.height);
    exh_json_set_text(facts, "graph", graph);
    exh_json_set_text(facts, "matrix", matrix_of(job));
    exh_json_set_text(facts, "decoder", job->reading->decoder->codec->name);
    *ret_facts = exh_steal(&facts);
    return true;
}
