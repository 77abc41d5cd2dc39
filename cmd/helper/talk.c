/* exhibit-media: talking to the parent. */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOCKET = EXH_WORKER_SOCKET, FOR_EVER = -1, SIGN_OF_LIFE_MS = 500 };

void session_clear(struct session *session)
{
    exh_media_job_freep(&session->job);
    exh_media_tables_freep(&session->tables);
    exh_text_clear(&session->words);
    exh_media_plan_freep(&session->plan);
    exh_media_about_clear(&session->cut.about);
    exh_frame_clear(&session->frame);
    free(session->pieces);
}

bool say(enum exh_helper_frame type, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_frame_send(SOCKET, type, bytes, size, -1, FOR_EVER, err);
}

bool say_json(enum exh_helper_frame type, struct exh_json *value, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *owned = value;
    EXH_CLEANUP(exh_freep) char *words = exh_json_canonical(owned);
    size_t size = strlen(words), done = 0;

    for (; size - done > EXH_FRAME_LONGEST; done += EXH_FRAME_LONGEST)
        if (!say(EXH_HELPER_WORDS, words + done, EXH_FRAME_LONGEST, err))
            return false;
    return say(type, words + done, size - done, err);
}

bool say_failed(const struct exh_error *why, struct exh_error *err)
{
    struct exh_json *failed = exh_json_object();

    exh_json_set_int(failed, "kind", why->kind);
    exh_json_set_text(failed, "why", why->text);
    return say_json(EXH_HELPER_FAILED, failed, err);
}

static bool say_alive(void *context, struct exh_error *err)
{
    struct session *session = context;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (now_ms - session->last_sign_ms < SIGN_OF_LIFE_MS)
        return true;
    session->last_sign_ms = now_ms;
    return say(EXH_HELPER_PROGRESS, NULL, 0, err);
}

bool hear(struct session *session, struct exh_error *err)
{
    return exh_frame_receive(SOCKET, FOR_EVER, &session->frame, err);
}

bool take_descriptor(struct session *session, int *ret_fd, struct exh_error *err)
{
    if (session->frame.fd < 0)
        return exh_fail(err, EXH_MALFORMED, "no descriptor came");
    *ret_fd = session->frame.fd;
    session->frame.fd = -1;
    return true;
}

static bool ask_for_segment(void *context, size_t piece, int *ret_fd, struct exh_error *err)
{
    struct session *session = context;
    struct exh_json *need = exh_json_object();

    exh_json_set_int(need, "piece", (int64_t)piece);
    if (!say_json(EXH_HELPER_NEED, need, err) || !hear(session, err))
        return false;
    if (session->frame.type != EXH_HELPER_SEGMENT)
        return exh_fail(err, EXH_MALFORMED, "no segment came");
    return take_descriptor(session, ret_fd, err);
}

struct exh_media_host host_of(struct session *session)
{
    return (struct exh_media_host){ .tick = say_alive, .open = ask_for_segment, .context = session };
}

bool read_question(struct session *session, struct exh_json **ret_question, struct exh_error *err)
{
    exh_text_add(&session->words, session->frame.bytes, session->frame.size);
    EXH_CLEANUP(exh_freep) char *words = exh_text_take(&session->words);

    return exh_json_parse(words, strlen(words), "the question", ret_question, err);
}

struct exh_media_rate rate_in(const struct exh_json *question)
{
    const struct exh_json *rate = exh_json_get(question, "rate");

    return (struct exh_media_rate){ (int)exh_json_as_int(exh_json_at(rate, 0)), (int)exh_json_as_int(exh_json_at(rate, 1)) };
}

bool say_bytes(enum exh_helper_frame type, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    for (size_t done = 0, n; done < size; done += n) {
        n = size - done < EXH_FRAME_LONGEST ? size - done : EXH_FRAME_LONGEST;
        if (!say(type, bytes + done, n, err))
            return false;
    }
    return true;
}
