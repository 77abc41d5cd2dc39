/* helper: the conversation with exhibit-media, and what happens when it breaks off. */
#include "exhibit/helper.h"

#include "answer.h"
#include "exhibit/file.h"
#include "exhibit/json.h"
#include "exhibit/worker.h"
#include "program.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* How long the helper may say nothing; how long it gets to die when it broke off. */
enum { SILENCE_MS = 10000, LAST_WORDS_MS = 300 };
/* A segment gets this long and the time to read it at this pace, however often the helper says that it works. */
enum { SEGMENT_MS = 10000, SLOWEST_BYTES_A_MS = 10000 };
/* A helper that asks for segments without end does not plan. */
enum { MOST_ASKED_FOR = 8 };

struct exh_helper {
    struct exh_worker *worker;   /* NULL: to be started anew */
    bool greeted;                /* it has said what it is */
    char *program;               /* its path */
    char *libraries;
    struct exh_frame frame;      /* the last received */
    int64_t end_ms;              /* by when the present question must be answered */
    bool has_plan;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- one question, one answer ---- */

static bool send_frame(struct exh_helper *helper, enum exh_helper_frame type, const char *words, int fd,
                       struct exh_error *err)
{
    return exh_frame_send(exh_worker_socket(helper->worker), type, words, words ? strlen(words) : 0, fd, SILENCE_MS,
                          err);
}

static bool send_json(struct exh_helper *helper, enum exh_helper_frame type, const struct exh_json *value,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(value);

    return send_frame(helper, type, words, -1, err);
}

/* More time, because there is one more segment to read. */
static void allow_for(struct exh_helper *helper, int fd)
{
    struct stat about;
    int64_t size = fstat(fd, &about) == 0 && about.st_size > 0 ? about.st_size : 0;

    helper->end_ms += SEGMENT_MS + size / SLOWEST_BYTES_A_MS;
}

/* Receives the next frame that is more than a sign of life. */
static bool next(struct exh_helper *helper, struct exh_error *err)
{
    do {
        int64_t left = helper->end_ms - now_ms();
        if (left <= 0)
            return exh_fail(err, EXH_BUSY, "the worker did not answer in time");
        if (!exh_frame_receive(exh_worker_socket(helper->worker), (int)(left < SILENCE_MS ? left : SILENCE_MS),
                               &helper->frame, err))
            return false;
    } while (helper->frame.type == EXH_HELPER_PROGRESS);
    return true;
}

static bool unexpected(const struct exh_helper *helper, struct exh_error *err)
{
    return exh_fail(err, EXH_MALFORMED, "the helper sent a frame of type %u where none is expected",
                    (unsigned)helper->frame.type);
}

/* ---- starting, and ending ---- */

static void let_go(struct exh_helper *helper)
{
    exh_worker_freep(&helper->worker);
    helper->has_plan = helper->greeted = false;
}

/* Waits for its first word. */
static bool greet(struct exh_helper *helper, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *libraries = NULL;

    helper->end_ms = now_ms() + SILENCE_MS;
    if (!next(helper, err)
        || !(helper->frame.type == EXH_HELPER_HELLO || unexpected(helper, err))
        || !exh_answer_hello(helper->frame.bytes, helper->frame.size, &libraries, err)) {
        let_go(helper);
        exh_while(err, "cannot start '%s'", helper->program);
        err->kind = EXH_IO;
        return false;
    }
    free(helper->libraries);
    helper->libraries = exh_steal(&libraries);
    helper->greeted = true;
    return true;
}

/* A helper that died while nothing was asked of it is no fault of the next segment. */
static bool is_there(const struct exh_helper *helper)
{
    struct pollfd end = { .fd = helper->worker ? exh_worker_socket(helper->worker) : -1 };

    return helper->worker && (poll(&end, 1, 0) <= 0 || !(end.revents & POLLHUP));
}

static bool start(struct exh_helper *helper, struct exh_error *err)
{
    let_go(helper);
    exh_freep(&helper->program);
    return exh_helper_program(&helper->program, err) && exh_worker_start(helper->program, &helper->worker, err);
}

/* The helper is there, started anew if it was lost. */
static bool ensure(struct exh_helper *helper, struct exh_error *err)
{
    if (helper->worker && !helper->greeted && !greet(helper, err))
        return false;
    return is_there(helper) || (start(helper, err) && greet(helper, err));
}

bool exh_helper_start(struct exh_helper **ret_helper, struct exh_error *err)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = exh_alloc(sizeof *helper);

    helper->frame = (struct exh_frame)EXH_FRAME_NONE;
    if (!start(helper, err))
        return false;
    *ret_helper = exh_steal(&helper);
    return true;
}

bool exh_helper_ready(struct exh_helper *helper, struct exh_error *err)
{
    return ensure(helper, err);
}

void exh_helper_freep(struct exh_helper **helper)
{
    if (!*helper)
        return;
    let_go(*helper);
    exh_frame_clear(&(*helper)->frame);
    free((*helper)->libraries);
    free((*helper)->program);
    free(*helper);
    *helper = NULL;
}

const char *exh_helper_libraries(const struct exh_helper *helper)
{
    return helper->libraries;
}

/* Why the conversation broke off, in words; ends the helper. */
static char *why_lost(struct exh_helper *helper, const struct exh_error *lost)
{
    helper->has_plan = false;
    EXH_CLEANUP(exh_freep) char *end = exh_worker_end(helper->worker, lost->kind == EXH_BUSY ? 0 : LAST_WORDS_MS);
    exh_worker_freep(&helper->worker);
    if (lost->kind == EXH_BUSY)
        return exh_strdup("the reader took more than 10 s");
    if (strcmp(end, "killed") == 0 || strcmp(end, "status 0") == 0)
        return exh_format("the reader's answer breaks a promise: %s", lost->text);
    return exh_format("the reader crashed on it (%s)", end);
}

/* ---- looking at a segment ---- */

/* NULL where none is declared. */
static struct exh_json *rate_json(struct exh_rate rate)
{
    if (rate.numerator <= 0 || rate.denominator <= 0)
        return exh_json_text(NULL);
    struct exh_json *json = exh_json_array();
    exh_json_add_int(json, rate.numerator);
    exh_json_add_int(json, rate.denominator);
    return json;
}

static bool ask_probe(struct exh_helper *helper, int fd, struct exh_rate rate, struct exh_probe *ret_probe,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = exh_json_object();

    exh_json_set(question, "rate", rate_json(rate));
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(question);
    helper->end_ms = now_ms();
    allow_for(helper, fd);
    if (!send_frame(helper, EXH_HELPER_PROBE, words, fd, err) || !next(helper, err))
        return false;
    if (helper->frame.type != EXH_HELPER_FOUND)
        return unexpected(helper, err);
    return exh_answer_probe(helper->frame.bytes, helper->frame.size, ret_probe, err);
}

bool exh_helper_probe(struct exh_helper *helper, int fd, struct exh_rate rate, struct exh_probe *ret_probe,
                      struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error lost = EXH_ERROR_NONE;

    if (!ensure(helper, err))
        return false;
    helper->has_plan = false;
    if (!ask_probe(helper, fd, rate, ret_probe, &lost)) {
        *ret_probe = (struct exh_probe){ .problem = why_lost(helper, &lost) };
        return ensure(helper, err);
    }
    return true;
}

/* ---- planning ---- */

static bool send_pieces(struct exh_helper *helper, const struct exh_cut *cut, struct exh_error *err)
{
    for (size_t first = 0; first < cut->piece_count; first += EXH_HELPER_BATCH) {
        EXH_CLEANUP(exh_json_freep) struct exh_json *pieces = exh_json_array();
        for (size_t i = first; i < cut->piece_count && i < first + EXH_HELPER_BATCH; i++) {
            struct exh_json *piece = exh_json_array();
            exh_json_add_int(piece, cut->pieces[i].start_ns);
            exh_json_add_int(piece, cut->pieces[i].span.start_ns);
            exh_json_add_int(piece, cut->pieces[i].span.end_ns);
            exh_json_add(pieces, piece);
        }
        if (!send_json(helper, EXH_HELPER_PIECES, pieces, err))
            return false;
    }
    return true;
}

static struct exh_json *about_json(const struct exh_cut_about *about)
{
    struct exh_json *json = exh_json_object(), *zone = exh_json_array();

    for (size_t i = 0; i < about->zone_count; i++) {
        struct exh_json *step = exh_json_array();
        exh_json_add_int(step, about->zone[i].from_ns);
        exh_json_add_int(step, about->zone[i].offset_s);
        exh_json_add_text(step, about->zone[i].name);
        exh_json_add(zone, step);
    }
    exh_json_set_text(json, "unit", about->unit);
    exh_json_set_text(json, "person", about->person);
    exh_json_set_text(json, "source", about->source);
    exh_json_set_text(json, "url", about->url);
    exh_json_set_int(json, "time_ns", about->time_ns);
    exh_json_set(json, "zone", zone);
    return json;
}

static bool send_question(struct exh_helper *helper, const struct exh_cut *cut, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = exh_json_object();

    exh_json_set_int(question, "from_ns", cut->from_ns);
    exh_json_set_int(question, "to_ns", cut->to_ns);
    exh_json_set_int(question, "begin_ns", cut->begin_ns);
    exh_json_set_int(question, "most_packets", (int64_t)cut->most_packets);
    exh_json_set(question, "rate", rate_json(cut->rate));
    exh_json_set(question, "about", cut->about ? about_json(cut->about) : exh_json_text(NULL));
    return send_pieces(helper, cut, err) && send_json(helper, EXH_HELPER_PLAN, question, err);
}

/* Opens the segment the helper asks for. An error of the caller's own goes to @own, not to @err. */
static bool send_segment(struct exh_helper *helper, const struct exh_cut *cut, struct exh_error *own,
                         struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    size_t piece = 0;

    if (!exh_answer_need(helper->frame.bytes, helper->frame.size, cut->piece_count, &piece, err)
        || !cut->open(cut->context, cut->pieces[piece].segment, &fd, own))
        return false;
    allow_for(helper, fd);
    return send_frame(helper, EXH_HELPER_SEGMENT, NULL, fd, err);
}

/* A conversation about a part, planned or delivered. @own takes what is the caller's error; the helper's goes to err. */
struct talk {
    struct exh_helper *helper;
    const struct exh_cut *cut;
    size_t asked;
    struct exh_error own;
};

static void talk_clear(struct talk *talk)
{
    exh_error_clear(&talk->own);
}

/* Receives the next frame that is not a segment asked for, which is sent; nor that it failed. */
static bool hear(struct talk *talk, struct exh_error *err)
{
    struct exh_helper *helper = talk->helper;

    for (;;) {
        if (!next(helper, err))
            return false;
        if (helper->frame.type == EXH_HELPER_FAILED)
            return exh_answer_failed(helper->frame.bytes, helper->frame.size, &talk->own);
        if (helper->frame.type != EXH_HELPER_NEED)
            return true;
        if (talk->asked++ > MOST_ASKED_FOR * talk->cut->piece_count)
            return exh_fail(err, EXH_MALFORMED, "the helper asks for segments without end");
        if (!send_segment(helper, talk->cut, &talk->own, err))
            return false;
    }
}

/* Talks until the plan is there. */
static bool hear_plan(struct talk *talk, struct exh_part *part, struct exh_error *err)
{
    const struct exh_frame *frame = &talk->helper->frame;

    for (size_t next_piece = 0; hear(talk, err);) {
        if (frame->type == EXH_HELPER_PART)
            return exh_answer_part(frame->bytes, frame->size, talk->cut, part, err);
        if (frame->type != EXH_HELPER_JOINS)
            return unexpected(talk->helper, err);
        if (!exh_answer_joins(frame->bytes, frame->size, talk->cut, &next_piece, part, err))
            return false;
    }
    return false;
}

/* Turns a broken conversation into an error: the caller's own as it is, the helper's with how it ended. */
static bool broken_off(struct talk *talk, const struct exh_error *lost, struct exh_error *err)
{
    struct exh_helper *helper = talk->helper;

    helper->has_plan = false;
    if (talk->own.kind != EXH_OK) {
        if (helper->frame.type != EXH_HELPER_FAILED)
            let_go(helper);
        return exh_error_move(err, &talk->own);
    }
    enum exh_kind kind = lost->kind == EXH_MALFORMED ? EXH_MALFORMED : EXH_IO;
    EXH_CLEANUP(exh_freep) char *why = why_lost(helper, lost);
    return exh_fail(err, kind, "%s", why);
}

bool exh_helper_plan(struct exh_helper *helper, const struct exh_cut *cut, struct exh_part *ret_part,
                     struct exh_error *err)
{
    EXH_CLEANUP(exh_part_clear) struct exh_part part = { .joins = NULL };
    EXH_CLEANUP(exh_error_clear) struct exh_error lost = EXH_ERROR_NONE;
    EXH_CLEANUP(talk_clear) struct talk talk = { .helper = helper, .cut = cut };

    if (cut->piece_count == 0 || cut->from_ns >= cut->to_ns)
        return exh_fail(err, EXH_NO, "no footage lies in the window");
    if (!ensure(helper, err))
        return false;
    helper->has_plan = false;
    helper->end_ms = now_ms() + SEGMENT_MS + (int64_t)cut->piece_count;
    if (!send_question(helper, cut, &lost) || !hear_plan(&talk, &part, &lost))
        return broken_off(&talk, &lost, err);
    helper->has_plan = true;
    *ret_part = part;
    part = (struct exh_part){ .joins = NULL };
    return true;
}

/* ---- delivering ---- */

static bool hear_literal(struct talk *talk, const struct exh_part_sink *sink, uint64_t *left, struct exh_error *err)
{
    const struct exh_frame *frame = &talk->helper->frame;

    if (frame->size == 0 || frame->size > *left)
        return exh_fail(err, EXH_MALFORMED, "the helper sends more bytes than it planned");
    *left -= frame->size;
    return sink->literal(sink->context, frame->bytes, frame->size, &talk->own);
}

/* Gives on what the helper sent, until it is done. */
static bool hear_part(struct talk *talk, uint64_t left, const struct exh_part_sink *sink, struct exh_error *err)
{
    const struct exh_frame *frame = &talk->helper->frame;

    /* Time the caller takes to write is not the helper's. */
    for (; hear(talk, err); talk->helper->end_ms = now_ms() + SILENCE_MS) {
        if (frame->type == EXH_HELPER_DONE)
            return left == 0
                || exh_fail(err, EXH_MALFORMED, "the helper sent %" PRIu64 " bytes less than it planned", left);
        bool taken = frame->type == EXH_HELPER_LITERAL ? hear_literal(talk, sink, &left, err)
            : frame->type == EXH_HELPER_RUNS
            ? exh_answer_runs(frame->bytes, frame->size, talk->cut, sink, &left, &talk->own, err)
            : unexpected(talk->helper, err);
        if (!taken)
            return false;
    }
    return false;
}

bool exh_helper_deliver(struct exh_helper *helper, const struct exh_cut *cut, const struct exh_part *part,
                        const struct exh_part_sink *sink, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error lost = EXH_ERROR_NONE;
    EXH_CLEANUP(talk_clear) struct talk talk = { .helper = helper, .cut = cut };

    if (!helper->worker || !helper->has_plan)
        return exh_fail(err, EXH_IO, "the plan of the part is lost; plan it again");
    helper->end_ms = now_ms() + SILENCE_MS;
    if (!send_frame(helper, EXH_HELPER_DELIVER, NULL, -1, &lost) || !hear_part(&talk, part->size, sink, &lost))
        return broken_off(&talk, &lost, err);
    return true;
}
