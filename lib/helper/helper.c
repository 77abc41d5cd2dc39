/* helper: the conversation with exhibit-media, and what happens when it breaks off. */
#include "exhibit/helper.h"

#include "answer.h"
#include "exhibit/file.h"
#include "exhibit/json.h"
#include "exhibit/text.h"
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
/* Processor time it may use while nothing is asked of it. */
enum { IDLE_S = 1 };
/* A part is hardly larger than what it is made of; tables of very small packets can be. */
enum { MOST_TIMES = 16, FREE_BYTES = 64 << 20 };
/* For looking and planning. It has four descriptors of its own, and is sent two at a time. */
static const struct exh_worker_limits look_limits = { .memory = 512 << 20, .descriptors = 16 };
/* For copies: decoders and encoders keep many pictures, and a grid has nine inputs open. */
static const struct exh_worker_limits copy_limits = { .memory = UINT64_C(3) << 30, .descriptors = 32 };

struct exh_helper {
    struct exh_worker *worker;   /* NULL: to be started anew */
    bool greeted;                /* it has said what it is */
    bool may_be_bare;            /* it need not be in the whole cage */
    struct exh_worker_limits limits;
    char *program;               /* its path */
    struct exh_hello hello;      /* what it said; kept when it is lost */
    char *cage;                  /* the same, in words */
    struct exh_frame frame;      /* the last received */
    int64_t end_ms;              /* by when the present question must be answered */
    uint64_t sent_bytes;         /* sizes of the segments sent for the present plan */
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

/* It has so long from now on, and as much processor time. */
static bool allow(struct exh_helper *helper, int64_t ms, struct exh_error *err)
{
    helper->end_ms = now_ms() + ms;
    return exh_worker_allow(helper->worker, ms > 0 ? (unsigned)(ms / 1000) + 1 : 1, err);
}

/* It has answered: what it does now it does for nobody. It is told what is wrong when it is asked again. */
static void allow_nothing(const struct exh_helper *helper)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error gone = EXH_ERROR_NONE;

    (void)!exh_worker_allow(helper->worker, IDLE_S, &gone);
}

static int64_t size_of(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && about.st_size > 0 ? about.st_size : 0;
}

static int64_t time_to_read(int64_t size)
{
    return SEGMENT_MS + size / SLOWEST_BYTES_A_MS;
}

/* More time, because there is one more segment to read. */
static bool allow_for(struct exh_helper *helper, int fd, struct exh_error *err)
{
    int64_t size = size_of(fd);

    helper->sent_bytes += (uint64_t)size;
    return allow(helper, helper->end_ms - now_ms() + time_to_read(size), err);
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

/* The whole cage, or as much of it as there is where that is allowed. */
static bool is_confined(const struct exh_helper *helper, struct exh_error *err)
{
    return !exh_helper_lacks(helper) || helper->may_be_bare
        || exh_fail(err, EXH_REFUSED,
                    "footage is not read without %s (%s); run a kernel that has it (Landlock: 5.13 or later, with "
                    "'landlock' among the lsm= of its command line), or set media.cage = optional in the store's "
                    "config",
                    exh_helper_lacks(helper), helper->cage);
}

/* Ends one that did not come up, and says why: its loader's words are the best there are. */
static bool did_not_start(struct exh_helper *helper, const struct exh_error *why, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *end = exh_worker_end(helper->worker, LAST_WORDS_MS);
    const char *words = exh_worker_last_words(helper->worker);

    exh_fail(err, EXH_IO, "cannot start '%s': %s (%s)%s%s", helper->program, why->text, end, words ? ": " : "",
             words ? words : "");
    let_go(helper);
    return false;
}

static bool hear_hello(struct exh_helper *helper, struct exh_hello *ret_hello, struct exh_error *err)
{
    return allow(helper, SILENCE_MS, err) && next(helper, err)
        && (helper->frame.type == EXH_HELPER_HELLO || unexpected(helper, err))
        && exh_answer_hello(helper->frame.bytes, helper->frame.size, ret_hello, err);
}

/* Waits for its first word. */
static bool greet(struct exh_helper *helper, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    struct exh_hello hello;

    if (!hear_hello(helper, &hello, &why))
        return did_not_start(helper, &why, err);
    allow_nothing(helper);
    exh_hello_clear(&helper->hello);
    exh_freep(&helper->cage);
    helper->hello = hello;
    helper->cage = exh_hello_cage(&hello);
    if (!is_confined(helper, err)) {
        let_go(helper);
        return false;
    }
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
    return exh_helper_program(&helper->program, err)
        && exh_worker_start(helper->program, &helper->limits, &helper->worker, err);
}

/* The helper is there, started anew if it was lost. */
static bool ensure(struct exh_helper *helper, struct exh_error *err)
{
    if (helper->worker && !helper->greeted && !greet(helper, err))
        return false;
    return is_there(helper) || (start(helper, err) && greet(helper, err));
}

static bool start_within(const struct exh_worker_limits *limits, struct exh_helper **ret_helper, struct exh_error *err)
{
    EXH_CLEANUP(exh_helper_freep) struct exh_helper *helper = exh_alloc(sizeof *helper);

    helper->limits = *limits;
    helper->frame = (struct exh_frame)EXH_FRAME_NONE;
    if (!start(helper, err))
        return false;
    *ret_helper = exh_steal(&helper);
    return true;
}

bool exh_helper_start(struct exh_helper **ret_helper, struct exh_error *err)
{
    return start_within(&look_limits, ret_helper, err);
}

bool exh_helper_start_copying(int device, struct exh_helper **ret_helper, struct exh_error *err)
{
    struct exh_worker_limits limits = copy_limits;

    limits.device = device;
    return start_within(&limits, ret_helper, err);
}

void exh_helper_allow_bare(struct exh_helper *helper, bool allowed)
{
    helper->may_be_bare = allowed;
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
    exh_hello_clear(&(*helper)->hello);
    free((*helper)->cage);
    free((*helper)->program);
    free(*helper);
    *helper = NULL;
}

const char *exh_helper_libraries(const struct exh_helper *helper)
{
    return helper->hello.libraries;
}

const char *exh_helper_cage(const struct exh_helper *helper)
{
    return helper->cage;
}

const char *exh_helper_lacks(const struct exh_helper *helper)
{
    if (helper->hello.landlock && helper->hello.seccomp)
        return NULL;
    return helper->hello.landlock ? "seccomp" : helper->hello.seccomp ? "Landlock" : "Landlock and seccomp";
}

/* How a helper that is no more ended, in words. */
static char *words_of_end(const char *end, const char *said)
{
    const char *mark = said ? ": " : "";

    said = said ? said : "";             /* 31 is SIGSYS: the seccomp filter; 24 is SIGXCPU */
    if (strcmp(end, "signal 31") == 0)
        return exh_format("the reader tried a system call it may not make (%s)%s%s", end, mark, said);
    if (strcmp(end, "signal 24") == 0)
        return exh_format("the reader used more processor time than it may (%s)%s%s", end, mark, said);
    return exh_format("the reader crashed on it (%s)%s%s", end, mark, said);
}

/* Why the conversation broke off, in words; ends the helper. */
static char *why_lost(struct exh_helper *helper, const struct exh_error *lost)
{
    helper->has_plan = false;
    EXH_CLEANUP(exh_freep) char *end = exh_worker_end(helper->worker, lost->kind == EXH_BUSY ? 0 : LAST_WORDS_MS);
    EXH_CLEANUP(exh_freep) char *said = exh_strdup(exh_worker_last_words(helper->worker));
    exh_worker_freep(&helper->worker);
    if (lost->kind == EXH_BUSY)
        return exh_strdup("the reader took more than 10 s");
    if (strcmp(end, "killed") == 0 || strcmp(end, "status 0") == 0)
        return exh_format("the reader's answer breaks a promise: %s", lost->text);
    return words_of_end(end, said);
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
    if (!allow(helper, time_to_read(size_of(fd)), err) || !send_frame(helper, EXH_HELPER_PROBE, words, fd, err)
        || !next(helper, err))
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
        *ret_probe = (struct exh_probe){ .problem = why_lost(helper, &lost), .unread = true };
        return ensure(helper, err);
    }
    allow_nothing(helper);
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
    exh_json_set_int(question, "most_bytes", (int64_t)cut->most_bytes);
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
    return allow_for(helper, fd, err) && send_frame(helper, EXH_HELPER_SEGMENT, NULL, fd, err);
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

/* The size decides how much is written before anybody looks. */
static bool is_of_its_size(const struct exh_helper *helper, const struct exh_part *part, struct exh_error *err)
{
    return part->size <= FREE_BYTES + MOST_TIMES * helper->sent_bytes
        || exh_fail(err, EXH_MALFORMED, "the helper plans %" PRIu64 " bytes of segments with %" PRIu64, part->size,
                    helper->sent_bytes);
}

/* It goes on in another where it has its packets, or where what was sent may be more bytes than it may have: or parts could
 * come without end. */
static bool may_go_on(const struct exh_helper *helper, const struct exh_cut *cut, const struct exh_part *part, struct exh_error *err)
{
    bool has_packets = cut->most_packets && part->video_packets + part->audio_packets >= cut->most_packets;
    bool has_bytes = cut->most_bytes && MOST_TIMES * helper->sent_bytes > cut->most_bytes;

    return !part->goes_on || has_packets || has_bytes || exh_fail(err, EXH_MALFORMED, "the helper's part ends too early");
}

/* Talks until the plan is there. */
static bool hear_plan(struct talk *talk, struct exh_part *part, struct exh_error *err)
{
    const struct exh_frame *frame = &talk->helper->frame;

    for (size_t next_piece = 0; hear(talk, err);) {
        if (frame->type == EXH_HELPER_PART)
            return exh_answer_part(frame->bytes, frame->size, talk->cut, part, err)
                && is_of_its_size(talk->helper, part, err) && may_go_on(talk->helper, talk->cut, part, err);
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
    helper->sent_bytes = 0;
    if (!allow(helper, SEGMENT_MS + (int64_t)cut->piece_count, &lost) || !send_question(helper, cut, &lost)
        || !hear_plan(&talk, &part, &lost))
        return broken_off(&talk, &lost, err);
    allow_nothing(helper);
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

    while (hear(talk, err)) {
        int64_t heard_ms = now_ms();
        if (frame->type == EXH_HELPER_DONE)
            return left == 0
                || exh_fail(err, EXH_MALFORMED, "the helper sent %" PRIu64 " bytes less than it planned", left);
        bool taken = frame->type == EXH_HELPER_LITERAL ? hear_literal(talk, sink, &left, err)
            : frame->type == EXH_HELPER_RUNS
            ? exh_answer_runs(frame->bytes, frame->size, talk->cut, sink, &left, &talk->own, err)
            : unexpected(talk->helper, err);
        if (!taken)
            return false;
        talk->helper->end_ms += now_ms() - heard_ms;     /* what the caller takes to write is not the helper's */
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
    if (!allow(helper, time_to_read((int64_t)part->size), &lost)
        || !send_frame(helper, EXH_HELPER_DELIVER, NULL, -1, &lost) || !hear_part(&talk, part->size, sink, &lost))
        return broken_off(&talk, &lost, err);
    allow_nothing(helper);
    return true;
}

/* ---- other questions ---- */

/* A body longer than a frame goes in several; the last has the question's type. */
static bool send_words(struct exh_helper *helper, const struct exh_helper_question *question, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(question->body);
    size_t size = strlen(words), done = 0;
    int socket = exh_worker_socket(helper->worker);

    for (; size - done > EXH_FRAME_LONGEST; done += EXH_FRAME_LONGEST)
        if (!exh_frame_send(socket, EXH_HELPER_WORDS, words + done, EXH_FRAME_LONGEST, -1, SILENCE_MS, err))
            return false;
    return exh_frame_send(socket, question->type, words + done, size - done, question->fd, SILENCE_MS, err);
}

/* A question on its way. @own takes what is the caller's error; what breaks the conversation off goes to err. */
struct asking {
    struct exh_helper *helper;
    const struct exh_helper_question *question;
    struct exh_error own;
    struct exh_text words;       /* of an answer that is longer than a frame */
    uint64_t left;               /* literal bytes that may still come */
    size_t opened;
    bool interrupted, answered;
};

static void asking_clear(struct asking *asking)
{
    exh_error_clear(&asking->own);
    exh_text_clear(&asking->words);
}

static bool give_input(struct asking *asking, struct exh_error *err)
{
    const struct exh_helper_question *question = asking->question;
    const struct exh_frame *frame = &asking->helper->frame;
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    size_t input = 0;

    if (!question->open || asking->opened++ >= question->most_opened)
        return exh_fail(err, EXH_MALFORMED, "the helper asks for files without end");
    if (!exh_answer_need(frame->bytes, frame->size, question->inputs, &input, err)
        || !question->open(question->context, input, &fd, &asking->own))
        return false;
    return allow_for(asking->helper, fd, err) && send_frame(asking->helper, EXH_HELPER_SEGMENT, NULL, fd, err);
}

static bool give_literal(struct asking *asking, struct exh_error *err)
{
    const struct exh_frame *frame = &asking->helper->frame;

    if (!asking->question->literal || frame->size == 0 || frame->size > asking->left)
        return exh_fail(err, EXH_MALFORMED, "the helper sends more bytes than it may");
    asking->left -= frame->size;
    return asking->question->literal(asking->question->context, frame->bytes, frame->size, &asking->own);
}

static bool give_packets(struct asking *asking, struct exh_error *err)
{
    const struct exh_frame *frame = &asking->helper->frame;

    if (!asking->question->packets || frame->size == 0 || frame->size % EXH_HELPER_PACKET_SIZE)
        return exh_fail(err, EXH_MALFORMED, "the helper sends packets where none are expected");
    return asking->question->packets(asking->question->context, frame->bytes, frame->size, &asking->own);
}

static bool add_words(struct asking *asking, struct exh_error *err)
{
    const struct exh_frame *frame = &asking->helper->frame;

    if (asking->words.size + frame->size > EXH_HELPER_LONGEST)
        return exh_fail(err, EXH_MALFORMED, "the helper's answer is longer than %d bytes", EXH_HELPER_LONGEST);
    exh_text_add(&asking->words, frame->bytes, frame->size);
    return true;
}

static bool take_frame(struct asking *asking, struct exh_error *err)
{
    const struct exh_frame *frame = &asking->helper->frame;

    switch (frame->type) {
    case EXH_HELPER_PROGRESS: return true;
    case EXH_HELPER_NEED:     return give_input(asking, err);
    case EXH_HELPER_LITERAL:  return give_literal(asking, err);
    case EXH_HELPER_PACKETS:  return give_packets(asking, err);
    case EXH_HELPER_FAILED:   return exh_answer_failed(frame->bytes, frame->size, &asking->own);
    case EXH_HELPER_ANSWER:   asking->answered = true; return add_words(asking, err);
    case EXH_HELPER_WORDS:    return add_words(asking, err);
    default:                  return unexpected(asking->helper, err);
    }
}

static bool hear_answer(struct asking *asking, struct exh_error *err)
{
    struct exh_helper *helper = asking->helper;

    while (!asking->answered) {
        int64_t left = helper->end_ms - now_ms();
        asking->interrupted = asking->question->interrupted && asking->question->interrupted();
        if (asking->interrupted)
            return exh_fail(&asking->own, EXH_IO, "interrupted");
        if (left <= 0)
            return exh_fail(err, EXH_BUSY, "the worker did not answer in time");
        if (!exh_frame_receive(exh_worker_socket(helper->worker), (int)(left < SILENCE_MS ? left : SILENCE_MS), &helper->frame, err)
            || !take_frame(asking, err))
            return false;
    }
    return true;
}

static bool read_answer(struct asking *asking, struct exh_json **ret_answer, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *answer = NULL;

    if (!exh_json_parse(asking->words.size ? asking->words.bytes : "", asking->words.size, "the helper's answer", &answer, err))
        return false;
    if (exh_json_type(answer) != EXH_JSON_OBJECT)
        return exh_fail(err, EXH_MALFORMED, "the helper's answer is of another type");
    *ret_answer = exh_steal(&answer);
    return true;
}

/* Where the helper itself said that it failed it goes on; any other end of the conversation is its end. */
static bool ask_broke_off(struct asking *asking, const struct exh_error *lost, struct exh_error *err)
{
    struct exh_helper *helper = asking->helper;

    if (asking->own.kind != EXH_OK) {
        if (asking->interrupted || helper->frame.type != EXH_HELPER_FAILED)
            let_go(helper);
        return exh_error_move(err, &asking->own);
    }
    enum exh_kind kind = lost->kind == EXH_MALFORMED ? EXH_MALFORMED : EXH_IO;
    EXH_CLEANUP(exh_freep) char *why = why_lost(helper, lost);
    return exh_fail(err, kind, "%s", why);
}

bool exh_helper_ask(struct exh_helper *helper, const struct exh_helper_question *question, struct exh_json **ret_answer,
                    struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error lost = EXH_ERROR_NONE;
    EXH_CLEANUP(asking_clear) struct asking asking = { .helper = helper, .question = question, .left = question->most };

    if (!ensure(helper, err))
        return false;
    helper->has_plan = false;
    int64_t ms = question->allowance_ms + (question->fd >= 0 ? time_to_read(size_of(question->fd)) : 0);
    if (!allow(helper, ms, &lost) || !send_words(helper, question, &lost) || !hear_answer(&asking, &lost)
        || !read_answer(&asking, ret_answer, &lost))
        return ask_broke_off(&asking, &lost, err);
    allow_nothing(helper);
    return true;
}

bool exh_helper_send_packets(struct exh_helper *helper, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    size_t most = EXH_FRAME_LONGEST / EXH_HELPER_PACKET_SIZE * EXH_HELPER_PACKET_SIZE;

    if (!ensure(helper, err))
        return false;
    for (size_t done = 0, n; done < size; done += n) {
        n = size - done < most ? size - done : most;
        if (!exh_frame_send(exh_worker_socket(helper->worker), EXH_HELPER_PACKETS, bytes + done, n, -1, SILENCE_MS, err))
            return false;
    }
    return true;
}
