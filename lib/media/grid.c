/* media/grid: several inputs side by side. */
#include "grid.h"

#include "reading.h"
#include "span.h"

#include <libavutil/imgutils.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 4, MOST_CELLS = 9, AHEAD = 8 };

/* A picture of a cell, with its caption. */
struct seen { AVFrame *frame; int64_t true_ns, own_ns; };

struct cell {
    struct exh_media_job *job;
    const struct job_cell *about;
    size_t piece;                /* in hand; piece_count: none */
    struct reading *reading;
    struct picture_maker maker;
    struct seen now;             /* on show; its frame NULL: none */
    struct seen ahead[AHEAD];    /* decoded already, in order */
    size_t ahead_count;
    bool ended;                  /* nothing more comes of the piece */
    int64_t since_ns;            /* pictures that end before this need not be made */
    AVFrame *card;               /* what is shown where there is no picture */
};

struct grid {
    struct exh_media_job *job;
    struct cell cells[MOST_CELLS];
    int cell_height, width, height;
    struct grid_counts *counts;
};

static int rows_of(const struct exh_media_job *job)
{
    return ((int)job->grid.count + job->grid.columns - 1) / job->grid.columns;
}

void grid_size(const struct exh_media_job *job, int cell_height, int *ret_width, int *ret_height)
{
    *ret_width = job->grid.columns * (job->width + GAP) - GAP;
    *ret_height = rows_of(job) * (cell_height + GAP) - GAP;
}

/* ---- what a cell shows ---- */

static void forget_ahead(struct cell *cell)
{
    for (size_t i = 0; i < cell->ahead_count; i++)
        av_frame_free(&cell->ahead[i].frame);
    cell->ahead_count = 0;
}

static void count(struct grid *grid, const struct cell *cell)
{
    if (!cell->reading)
        return;
    grid->counts->decoded += cell->reading->decoded;
    grid->counts->damaged += cell->reading->damaged;
    grid->counts->refused += cell->reading->refused;
}

static void cell_clear(struct cell *cell)
{
    forget_ahead(cell);
    av_frame_free(&cell->now.frame);
    av_frame_free(&cell->card);
    picture_clear(&cell->maker);
    reading_freep(&cell->reading);
}

static void grid_clear(struct grid *grid)
{
    for (size_t i = 0; i < MOST_CELLS; i++)
        cell_clear(&grid->cells[i]);
}

static const struct job_piece *piece_of(const struct cell *cell)
{
    return &cell->about->pieces[cell->piece];
}

static void caption(const struct cell *cell, AVFrame *frame, const struct job_input *input, int64_t own_ns)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;

    if (!cell->job->captioned)
        return;
    job_caption(cell->job, input, own_ns, cell->about->label, &items);
    caption_draw(cell->job->font, &cell->job->caption, &items, frame, cell->job->height, false);
}

/* A picture made comes to those ahead, already captioned. */
static bool keep(void *context, AVFrame *frame, int64_t own_ns, struct exh_error *err)
{
    struct cell *cell = context;
    const struct job_piece *piece = piece_of(cell);
    const struct job_input *input = &cell->job->inputs[piece->input];
    AVFrame *kept = cell->ahead_count < AHEAD ? av_frame_alloc() : NULL;

    if (!kept)
        return exh_fail(err, EXH_IO, "no memory for a picture");
    masks_apply(&input->masks, own_ns, own_ns + input->step_ns, frame, 0, 0, cell->job->width, cell->job->height);
    caption(cell, frame, input, own_ns);
    av_frame_move_ref(kept, frame);
    cell->ahead[cell->ahead_count++] = (struct seen){ kept, piece->true_ns + own_ns - piece->from_ns, own_ns };
    return true;
}

/* Decodes until a picture is ahead, or the piece is at its end. */
static bool look_ahead(struct cell *cell, struct exh_error *err)
{
    while (cell->ahead_count == 0 && !cell->ended) {
        int64_t own_ns = 0;
        if (!reading_next(cell->reading, &own_ns, &cell->ended, err))
            return false;
        if (cell->ended) {
            if (!picture_end(&cell->maker, keep, cell, err))
                return false;
        } else if (own_ns >= cell->since_ns && !picture_put(&cell->maker, cell->reading->frame, own_ns, keep, cell, err)) {
            return false;
        }
    }
    return true;
}

static void show_next(struct cell *cell)
{
    av_frame_free(&cell->now.frame);
    cell->now = cell->ahead[0];
    cell->ahead_count--;
    memmove(cell->ahead, cell->ahead + 1, cell->ahead_count * sizeof *cell->ahead);
}

static bool enter_piece(struct grid *grid, struct cell *cell, size_t number, int64_t true_ns, struct exh_error *err)
{
    const struct job_piece *piece = &cell->about->pieces[number];
    const struct job_input *input = &grid->job->inputs[piece->input];
    int64_t own_ns = piece->from_ns + (true_ns > piece->true_ns ? true_ns - piece->true_ns : 0);

    count(grid, cell);
    forget_ahead(cell);
    av_frame_free(&cell->now.frame);
    picture_clear(&cell->maker);
    cell->maker = (struct picture_maker){ .input = input, .width = grid->job->width, .height = grid->job->height,
                                          .extra = grid->cell_height - grid->job->height };
    cell->piece = number;
    cell->ended = false;
    /* The picture on show then began at most this long before; deinterlacing wants those next to it too. */
    cell->since_ns = own_ns - longest_step(input->step_ns, NANOSECONDS) - 2 * input->step_ns;
    return reading_enter(grid->job, piece->input, reading_start(input, own_ns), true, &cell->reading, err);
}

/* The piece that has the moment; piece_count where none has. */
static size_t piece_at(const struct job_cell *cell, int64_t true_ns)
{
    for (size_t i = 0; i < cell->piece_count; i++)
        if (true_ns >= cell->pieces[i].true_ns && true_ns - cell->pieces[i].true_ns < cell->pieces[i].to_ns - cell->pieces[i].from_ns)
            return i;
    return cell->piece_count;
}

/* Where the next picture comes too late, or none comes, the last is not on show any more. */
static bool is_stale(const struct cell *cell, int64_t true_ns)
{
    return true_ns - cell->now.true_ns > longest_step(cell->maker.input->step_ns, NANOSECONDS);
}

/* What the cell shows at a moment: NULL: nothing was recorded, or nothing can be shown. */
static bool look(struct grid *grid, struct cell *cell, int64_t true_ns, const AVFrame **ret_frame, struct exh_error *err)
{
    size_t number = piece_at(cell->about, true_ns);

    *ret_frame = NULL;
    if (number == cell->about->piece_count)
        return true;
    if (number != cell->piece && !enter_piece(grid, cell, number, true_ns, err))
        return false;
    for (;;) {
        if (!look_ahead(cell, err))
            return false;
        if (cell->ahead_count == 0 || cell->ahead[0].true_ns > true_ns)
            break;
        show_next(cell);
    }
    if (cell->now.frame && !is_stale(cell, true_ns))
        *ret_frame = cell->now.frame;
    return true;
}

/* ---- the whole picture ---- */

static AVFrame *new_frame(int width, int height)
{
    AVFrame *frame = av_frame_alloc();

    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    return frame;
}

static void put(const struct grid *grid, AVFrame *whole, size_t number, const AVFrame *cell)
{
    int x = (int)number % grid->job->grid.columns * (grid->job->width + GAP);
    int y = (int)number / grid->job->grid.columns * (grid->cell_height + GAP);

    for (int plane = 0; plane < 3; plane++) {
        int shift = plane ? 1 : 0;
        uint8_t *to = whole->data[plane] + (y >> shift) * whole->linesize[plane] + (x >> shift);
        av_image_copy_plane(to, whole->linesize[plane], cell->data[plane], cell->linesize[plane], grid->job->width >> shift,
                            grid->cell_height >> shift);
    }
}

static void paint_black(AVFrame *frame)
{
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], plane ? 128 : 16, (size_t)frame->linesize[plane] * (size_t)(plane ? (frame->height + 1) / 2 : frame->height));
}

static bool make_card(struct grid *grid, struct cell *cell, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings lines = EXH_STRINGS_NONE;

    cell->card = new_frame(grid->job->width, grid->cell_height);
    if (!cell->card)
        return exh_fail(err, EXH_IO, "no memory for a card");
    exh_strings_add(&lines, "NO PICTURE");
    exh_strings_add(&lines, cell->about->label);
    exh_strings_add(&lines, "nothing that can be shown was recorded at this time");
    if (grid->job->font)
        card_draw(grid->job->font, &lines, cell->card);
    else
        paint_black(cell->card);
    caption(cell, cell->card, NULL, 0);
    return true;
}

static void frame_free(AVFrame **frame)
{
    av_frame_free(frame);
}

static bool make_picture(struct grid *grid, int64_t since_ns, take_picture *take, void *context, struct exh_error *err)
{
    EXH_CLEANUP(frame_free) AVFrame *whole = new_frame(grid->width, grid->height);
    const struct exh_media_host *host = grid->job->host;

    if (!whole)
        return exh_fail(err, EXH_IO, "no memory for a picture");
    if (host->tick && !host->tick(host->context, err))
        return false;
    paint_black(whole);
    for (size_t i = 0; i < grid->job->grid.count; i++) {
        const AVFrame *frame = NULL;
        if (!look(grid, &grid->cells[i], grid->job->grid.true_ns + since_ns, &frame, err))
            return exh_while(err, "'%s'", grid->job->grid.cells[i].label);
        put(grid, whole, i, frame ? frame : grid->cells[i].card);
    }
    return take(context, whole, since_ns, err);
}

static bool prepare(struct grid *grid, struct exh_error *err)
{
    for (size_t i = 0; i < grid->job->grid.count; i++) {
        struct cell *cell = &grid->cells[i];
        *cell = (struct cell){ .job = grid->job, .about = &grid->job->grid.cells[i], .piece = grid->job->grid.cells[i].piece_count };
        if (!make_card(grid, cell, err))
            return false;
    }
    return true;
}

bool grid_film(struct exh_media_job *job, int64_t from_ns, int64_t to_ns, int width, int height, take_picture *take, void *context,
               struct grid_counts *ret_counts, struct exh_error *err)
{
    EXH_CLEANUP(grid_clear) struct grid grid = { .job = job, .width = width, .height = height,
                                                 .counts = ret_counts };
    int64_t number = av_rescale_q_rnd(from_ns, NANOSECONDS, av_inv_q(job->rate), AV_ROUND_UP);

    grid.cell_height = (height + GAP) / rows_of(job) - GAP;
    if (!prepare(&grid, err))
        return false;
    for (int64_t at; (at = av_rescale_q(number, av_inv_q(job->rate), NANOSECONDS)) < to_ns; number++)
        if (at >= from_ns && !make_picture(&grid, at, take, context, err))
            return false;
    for (size_t i = 0; i < job->grid.count; i++)
        count(&grid, &grid.cells[i]);
    return true;
}
