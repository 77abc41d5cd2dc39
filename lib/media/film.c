/* media/film: one chunk of a film: pictures in, H.264 out. A picture waits until the next one comes, because only then it is known how
 * long it is on show: so long masks must cover what they move over, and where that is too long there was a hole. */
#include "film.h"

#include "grid.h"
#include "picture.h"
#include "reading.h"
#include "span.h"

#include <stdlib.h>
#include <string.h>

/* Cards are pictures too: so many a second, so that players can be moved about in them. */
enum { CARDS_A_SECOND = 2, LUMA_BLANK = 32, MOST_HOLES = 1000 };
/* Faster than life, no more pictures a second than this. */
enum { FASTEST = 60 };

struct filming {
    struct exh_media_job *job;
    const struct job_chunk *chunk;
    const struct job_shot *shot;
    const struct job_input *input;
    const struct exh_media_packets *sink;
    int width, height;
    struct picture_maker maker;
    struct encoding encoding;
    AVFrame *waiting;            /* the picture that comes next; its data NULL: none */
    int64_t waiting_ns;          /* when it is shown: own time */
    int64_t shown_ns;            /* up to when the film is made: own time */
    int64_t first_ns, last_ns;   /* of the pictures of the input that are in it; INT64_MIN: none */
    int64_t last_ticks;
    uint64_t pictures, cards, hurried;
    struct grid_counts grid;
    struct exh_json *holes;
};

static void filming_clear(struct filming *f)
{
    picture_clear(&f->maker);
    encoding_clear(&f->encoding);
    av_frame_free(&f->waiting);
    exh_json_free(f->holes);
}

void film_size(const struct exh_media_job *job, int *ret_width, int *ret_height)
{
    *ret_width = job->width;
    *ret_height = job->height + (job->captioned && !job->over ? job->caption.height : 0);
    if (job->grid.count)
        grid_size(job, *ret_height, ret_width, ret_height);
}

/* ---- one picture ---- */

static int64_t ticks_at(const struct filming *f, int64_t own_ns)
{
    return job_ticks(job_film_ns(f->job, f->shot, own_ns));
}

static void caption(struct filming *f, AVFrame *frame, int64_t own_ns)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings items = EXH_STRINGS_NONE;

    if (!f->job->captioned)
        return;
    job_caption(f->job, f->input, own_ns, NULL, &items);
    caption_draw(f->job->font, &f->job->caption, &items, frame, f->job->over ? f->height - f->job->caption.height : f->job->height,
                 f->job->over);
}

static bool encode(struct filming *f, AVFrame *frame, int64_t ticks, struct exh_error *err)
{
    if (!f->encoding.encoder && !encoding_open(&f->encoding, f->job, f->width, f->height, err))
        return false;
    return encoding_put(&f->encoding, frame, ticks, f->sink, err);
}

/* ---- cards ---- */

static void frame_free(AVFrame **frame)
{
    av_frame_free(frame);
}

/* Without a font a card says nothing, but is a card: what the memory held before is nobody's picture. */
static void blank(AVFrame *frame)
{
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], plane ? 128 : LUMA_BLANK, (size_t)frame->linesize[plane] * (size_t)(plane ? frame->height / 2 : frame->height));
}

static AVFrame *new_card(const struct filming *f, const struct exh_strings *lines)
{
    AVFrame *frame = av_frame_alloc();

    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = f->width;
    frame->height = f->height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    else if (f->job->font)
        card_draw(f->job->font, lines, frame);
    else
        blank(frame);
    return frame;
}

/* From film time @from to @to, nanoseconds. The encoder may keep a picture, so each is a copy of its own. */
static bool show_card(struct filming *f, const struct exh_strings *lines, int64_t from, int64_t to, struct exh_error *err)
{
    EXH_CLEANUP(frame_free) AVFrame *card = new_card(f, lines);

    if (!card)
        return exh_fail(err, EXH_IO, "no memory for a card");
    for (int64_t at = from; at < to; at += NANOSECONDS.den / CARDS_A_SECOND) {
        EXH_CLEANUP(frame_free) AVFrame *copy = av_frame_clone(card);
        if (!copy)
            return exh_fail(err, EXH_IO, "no memory for a card");
        f->cards++;
        if (!encode(f, copy, job_ticks(at), err))
            return false;
    }
    return true;
}

static void hole_lines(const struct filming *f, int64_t from, int64_t to, struct exh_strings *lines)
{
    EXH_CLEANUP(exh_freep) char *local = job_local_words(f->job, f->input, from), *local_end = job_local_words(f->job, f->input, to);
    EXH_CLEANUP(exh_freep) char *utc = job_utc_words(f->input, from), *utc_end = job_utc_words(f->input, to);

    exh_strings_add(lines, "NO PICTURE");
    exh_strings_addf(lines, "from %s", local);
    exh_strings_addf(lines, "to %s", local_end);
    if (*utc)
        exh_strings_addf(lines, "%s to %s", utc, utc_end);
    exh_strings_add(lines, "nothing that can be shown was recorded here");
}

/* Where the next picture comes later than a picture may last, a card fills the time: the last picture must not stand still as if nothing
 * were missing. */
static bool fill_hole(struct filming *f, int64_t from, int64_t to, struct exh_error *err)
{
    EXH_CLEANUP(exh_strings_clear) struct exh_strings lines = EXH_STRINGS_NONE;
    struct exh_json *hole = exh_json_array();

    exh_json_add_int(hole, from);
    exh_json_add_int(hole, to);
    if (exh_json_count(f->holes) < MOST_HOLES)
        exh_json_add(f->holes, hole);
    else
        exh_json_free(hole);
    hole_lines(f, from, to, &lines);
    return show_card(f, &lines, job_film_ns(f->job, f->shot, from), job_film_ns(f->job, f->shot, to), err);
}

static bool is_hole(const struct filming *f, int64_t from, int64_t to)
{
    return to - from > longest_step(f->input->step_ns, NANOSECONDS);
}

/* ---- the pictures of an input ---- */

/* Faster than life there are more pictures than players show. */
static bool is_hurried(const struct filming *f, int64_t ticks)
{
    return av_cmp_q(f->job->speed, (AVRational){ 1, 1 }) > 0 && f->pictures && ticks - f->last_ticks < TICKS_A_SECOND / FASTEST;
}

static bool show_waiting(struct filming *f, int64_t until, struct exh_error *err)
{
    AVFrame *frame = f->waiting;
    int64_t ticks = ticks_at(f, f->waiting_ns);

    if (is_hurried(f, ticks)) {
        f->hurried++;
        return true;
    }
    masks_apply(&f->input->masks, f->waiting_ns, until, frame, 0, 0, f->job->width, f->job->height);
    caption(f, frame, f->waiting_ns);
    f->pictures++;
    f->last_ticks = ticks;
    if (f->first_ns == INT64_MIN)
        f->first_ns = f->waiting_ns;
    f->last_ns = f->waiting_ns;
    return encode(f, frame, ticks, err);
}

/* Everything up to @to_ns, where the next picture or the end is. */
static bool show_until(struct filming *f, int64_t to_ns, struct exh_error *err)
{
    bool waits = f->waiting->data[0] != NULL;
    int64_t from = waits ? f->waiting_ns : f->shown_ns;
    bool hole = is_hole(f, from, to_ns);
    int64_t ends = waits && hole ? from + f->input->step_ns : to_ns;

    if (waits && !show_waiting(f, ends, err))
        return false;
    av_frame_unref(f->waiting);
    if (hole && !fill_hole(f, waits ? ends : from, to_ns, err))
        return false;
    f->shown_ns = to_ns;
    return true;
}

static bool take(void *context, AVFrame *frame, int64_t own_ns, struct exh_error *err)
{
    struct filming *f = context;

    if (f->job->host->tick && !f->job->host->tick(f->job->host->context, err))
        return false;
    if (own_ns < f->chunk->from_ns || own_ns >= f->chunk->to_ns)
        return true;
    if (!show_until(f, own_ns, err))
        return false;
    av_frame_move_ref(f->waiting, frame);
    f->waiting_ns = own_ns;
    return true;
}

static bool make_pictures(struct filming *f, struct reading *reading, struct exh_error *err)
{
    int64_t own_ns = INT64_MIN;

    for (bool end = false; own_ns < f->chunk->to_ns;) {
        if (!reading_next(reading, &own_ns, &end, err))
            return false;
        if (end)
            break;
        if (!picture_put(&f->maker, reading->frame, own_ns, take, f, err))
            return false;
    }
    return picture_end(&f->maker, take, f, err) && show_until(f, f->chunk->to_ns, err);
}

static bool film_input(struct filming *f, struct exh_error *err)
{
    f->input = &f->job->inputs[f->shot->input];
    f->maker = (struct picture_maker){ .input = f->input, .width = f->job->width, .height = f->job->height,
                                       .extra = f->height - f->job->height };
    f->shown_ns = f->chunk->from_ns;
    return reading_enter(f->job, f->shot->input, f->chunk->start, false, &f->job->reading, err) && make_pictures(f, f->job->reading, err);
}

/* ---- several inputs side by side ---- */

static bool take_grid(void *context, AVFrame *frame, int64_t since_ns, struct exh_error *err)
{
    struct filming *f = context;

    f->pictures++;
    return encode(f, frame, ticks_at(f, since_ns), err);
}

static bool film_grid(struct filming *f, struct exh_error *err)
{
    struct grid_counts counts = { .decoded = 0 };
    bool done = grid_film(f->job, f->chunk->from_ns, f->chunk->to_ns, f->width, f->height, take_grid, f, &counts, err);

    f->grid = counts;
    return done;
}

/* ---- the whole ---- */

static void set_counts(const struct filming *f, struct exh_json *facts)
{
    const struct reading *reading = f->shot->card || f->job->grid.count ? NULL : f->job->reading;

    exh_json_set_int(facts, "pictures", (int64_t)f->pictures);
    exh_json_set_int(facts, "cards", (int64_t)f->cards);
    exh_json_set_int(facts, "hurried", (int64_t)f->hurried);
    exh_json_set_int(facts, "moved", (int64_t)f->encoding.moved);
    exh_json_set_int(facts, "packets", reading ? (int64_t)reading->packets : 0);
    exh_json_set_int(facts, "decoded", (int64_t)(reading ? reading->decoded : f->grid.decoded));
    exh_json_set_int(facts, "damaged", (int64_t)(reading ? reading->damaged : f->grid.damaged));
    exh_json_set_int(facts, "refused", (int64_t)(reading ? reading->refused : f->grid.refused));
    exh_json_set_int(facts, "interlaced", (int64_t)f->maker.interlaced);
    exh_json_set_int(facts, "changes", f->maker.changes);
}

static struct exh_json *facts_of(const struct filming *f)
{
    struct exh_json *facts = exh_json_object();
    EXH_CLEANUP(exh_freep) char *setup = f->encoding.encoder ? encoding_setup(f->encoding.encoder) : NULL;

    set_counts(f, facts);
    exh_json_set(facts, "holes", exh_json_copy(f->holes));
    if (!f->shot->card && !f->job->grid.count)
        exh_json_set_int(facts, "input", (int64_t)f->shot->input);
    exh_json_set_text(facts, "graph", f->maker.words);
    exh_json_set_text(facts, "setup", setup);
    exh_json_set_text(facts, "encoder", f->encoding.words);
    if (f->first_ns != INT64_MIN) {
        exh_json_set_int(facts, "first_ns", f->first_ns);
        exh_json_set_int(facts, "last_ns", f->last_ns);
    }
    return facts;
}

bool film_chunk(struct exh_media_job *job, size_t chunk, const struct exh_media_packets *sink, struct exh_json **ret_facts,
                struct exh_error *err)
{
    EXH_CLEANUP(filming_clear) struct filming f = { .job = job, .sink = sink, .first_ns = INT64_MIN, .waiting = av_frame_alloc(),
                                                    .holes = exh_json_array() };

    f.chunk = &job->chunks[chunk];
    f.shot = &job->shots[f.chunk->shot];
    film_size(job, &f.width, &f.height);
    if (!f.waiting)
        return exh_fail(err, EXH_IO, "no memory for a picture");
    bool done = f.shot->card ? show_card(&f, &f.shot->lines, f.shot->at_ns, f.shot->at_ns + f.shot->to_ns, err)
        : job->grid.count ? film_grid(&f, err) : film_input(&f, err);
    if (!done || !encoding_end(&f.encoding, sink, err))
        return false;
    *ret_facts = facts_of(&f);
    return true;
}
