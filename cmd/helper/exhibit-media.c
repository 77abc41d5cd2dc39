/* exhibit-media: reads footage for exhibit, in a process of its own (docs/formats/helper-protocol.md).
 *
 * It is started by exhibit and by nobody else: it has one socket, no arguments, no environment, no
 * paths and no keys. It answers questions about segments whose descriptors it is sent.
 */
#include "session.h"

#include "exhibit/cage.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- questions ---- */

static int64_t number_at(const struct exh_json *array, size_t index)
{
    return exh_json_as_int(exh_json_at(array, index));
}

static bool probe(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    struct exh_media_host host = host_of(session);
    int fd = -1;

    if (!exh_json_parse((char *)session->frame.bytes, session->frame.size, "the question", &question, err)
        || !take_descriptor(session, &fd, err))
        return false;
    struct exh_json *found = exh_media_probe(fd, rate_in(question), &host);
    close(fd);
    return say_json(EXH_HELPER_FOUND, found, err);
}

static bool add_pieces(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *pieces = NULL;

    if (!exh_json_parse((char *)session->frame.bytes, session->frame.size, "the list of pieces", &pieces, err))
        return false;
    exh_media_plan_freep(&session->plan);
    size_t count = exh_json_count(pieces);
    session->pieces = exh_realloc_array(session->pieces, session->piece_count + count, sizeof *session->pieces);
    for (size_t i = 0; i < count; i++) {
        const struct exh_json *piece = exh_json_at(pieces, i);
        session->pieces[session->piece_count++] =
            (struct exh_media_piece){ number_at(piece, 0), number_at(piece, 1), number_at(piece, 2) };
    }
    return true;
}

static bool say_joins(const struct exh_media_plan *plan, struct exh_error *err)
{
    size_t count;
    const struct exh_media_join *joins = exh_media_plan_joins(plan, &count);

    for (size_t first = 0; first < count; first += EXH_HELPER_BATCH) {
        struct exh_json *batch = exh_json_array();
        for (size_t i = first; i < count && i < first + EXH_HELPER_BATCH; i++) {
            struct exh_json *join = exh_json_array();
            exh_json_add_int(join, (int64_t)joins[i].piece);
            exh_json_add_int(join, joins[i].part_ns);
            exh_json_add_int(join, joins[i].true_ns);
            exh_json_add(batch, join);
        }
        if (!say_json(EXH_HELPER_JOINS, batch, err))
            return false;
    }
    return true;
}

static void read_about(const struct exh_json *from, struct exh_media_about *about)
{
    const struct exh_json *zone = exh_json_get(from, "zone");

    about->unit = exh_strdup(exh_json_text_or(from, "unit", ""));
    about->person = exh_strdup(exh_json_text_or(from, "person", ""));
    about->source = exh_strdup(exh_json_text_or(from, "source", ""));
    about->url = exh_strdup(exh_json_text_or(from, "url", ""));
    about->time_ns = exh_json_int_or(from, "time_ns", 0);
    about->zone_count = exh_json_count(zone);
    about->zone = exh_alloc(about->zone_count * sizeof *about->zone);
    for (size_t i = 0; i < about->zone_count; i++) {
        const struct exh_json *step = exh_json_at(zone, i);
        const char *name = exh_json_as_text(exh_json_at(step, 2));
        about->zone[i] = (struct exh_media_zone_step){ .from_ns = number_at(step, 0), .offset_s = (int)number_at(step, 1) };
        snprintf(about->zone[i].name, sizeof about->zone[i].name, "%s", name ? name : "");
    }
}

static bool read_cut(const struct exh_json *question, struct exh_media_cut *cut, struct exh_error *err)
{
    const struct exh_json *about = exh_json_get(question, "about");
    int64_t most_packets = 0, most_bytes = 0;

    *cut = (struct exh_media_cut){ .rate = rate_in(question) };
    if (!exh_json_need_int(question, "begin_ns", &cut->begin_ns, err)
        || !exh_json_need_int(question, "from_ns", &cut->from_ns, err) || !exh_json_need_int(question, "to_ns", &cut->to_ns, err)
        || !exh_json_need_int(question, "most_packets", &most_packets, err)
        || !exh_json_need_int(question, "most_bytes", &most_bytes, err))
        return false;
    cut->most_packets = (uint64_t)most_packets;
    cut->most_bytes = (uint64_t)most_bytes;
    cut->says_about = exh_json_type(about) == EXH_JSON_OBJECT;
    if (cut->says_about)
        read_about(about, &cut->about);
    return true;
}

static bool plan(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    struct exh_media_host host = host_of(session);

    if (!exh_json_parse((char *)session->frame.bytes, session->frame.size, "the question", &question, err))
        return false;
    exh_media_plan_freep(&session->plan);
    exh_media_about_clear(&session->cut.about);
    if (!read_cut(question, &session->cut, err))
        return false;
    size_t count = session->piece_count;
    session->piece_count = 0;            /* the next pieces are of another part */
    if (!exh_media_plan(session->pieces, count, &session->cut, &host, &session->plan, &why))
        return say_failed(&why, err);
    return say_joins(session->plan, err) && say_json(EXH_HELPER_PART, exh_media_plan_part(session->plan), err);
}

/* ---- delivering ---- */

static bool say_runs(struct session *session, struct exh_error *err)
{
    size_t size = session->runs_size;

    session->runs_size = 0;
    return size == 0 || say(EXH_HELPER_RUNS, session->runs, size, err);
}

static bool say_literal(void *context, const uint8_t *bytes, size_t size, struct exh_error *err)
{
    if (!say_runs(context, err))
        return false;
    return say_bytes(EXH_HELPER_LITERAL, bytes, size, err);
}

static void put_number(uint8_t *bytes, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static bool add_run(void *context, size_t piece, uint64_t offset, uint64_t size, struct exh_error *err)
{
    struct session *session = context;
    uint8_t *run = session->runs + session->runs_size;

    put_number(run, piece);
    put_number(run + 8, offset);
    put_number(run + 16, size);
    session->runs_size += EXH_HELPER_RUN_SIZE;
    return session->runs_size < sizeof session->runs || say_runs(session, err);
}

static bool deliver(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    struct exh_media_host host = host_of(session);
    struct exh_media_sink sink = { .literal = say_literal, .run = add_run, .context = session };

    if (!session->plan)
        return exh_fail(err, EXH_MALFORMED, "nothing is planned");
    session->runs_size = 0;
    if (!exh_media_deliver(session->plan, &host, &sink, &why))
        return say_failed(&why, err);
    return say_runs(session, err) && say(EXH_HELPER_DONE, NULL, 0, err);
}

/* ---- the whole ---- */

static bool answer(struct session *session, struct exh_error *err)
{
    switch (session->frame.type) {
    case EXH_HELPER_PROBE:   return probe(session, err);
    case EXH_HELPER_PIECES:  return add_pieces(session, err);
    case EXH_HELPER_PLAN:    return plan(session, err);
    case EXH_HELPER_DELIVER: return deliver(session, err);
    case EXH_HELPER_WORDS:   return add_words(session, err);
    case EXH_HELPER_SURVEY:  return survey(session, err);
    case EXH_HELPER_JOB:     return open_job(session, err);
    case EXH_HELPER_CHUNK:   return encode_chunk(session, err);
    case EXH_HELPER_SOUND:   return encode_sound(session, err);
    case EXH_HELPER_IMAGE:   return make_image(session, err);
    case EXH_HELPER_PACKETS: return add_packets(session, err);
    case EXH_HELPER_HEAD:    return make_head(session, err);
    default: return exh_fail(err, EXH_MALFORMED, "a question of type %u", (unsigned)session->frame.type);
    }
}

/* Takes @hello, an empty object. */
static bool greet(struct exh_json *hello, const struct exh_cage *cage, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *libraries = exh_media_libraries();
    struct exh_json *confined = exh_json_object();

    exh_json_set_int(confined, "landlock", cage->landlock);
    exh_json_set_bool(confined, "seccomp", cage->seccomp);
    exh_json_set(hello, "cage", confined);
    exh_json_set_int(hello, "protocol", EXH_HELPER_PROTOCOL);
    exh_json_set_text(hello, "libraries", libraries);
    return say_json(EXH_HELPER_HELLO, hello, err);
}

/* Tables grow by reallocation: in mappings of their own they move without being copied, and go when freed. */
static void keep_memory_flat(void)
{
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

#ifdef EXH_SANITIZED
/* Looking for leaks needs a second process that reads this one's memory: nothing that the cage could let through. The
 * unit tests of the media module look for them. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:exitcode=99";
}
#endif

/* With a device where it was given one: only who asks for a hardware encoder does that. */
static bool enter_cage(struct exh_cage *cage, struct exh_error *err)
{
    if (fcntl(EXH_WORKER_DEVICE, F_GETFD) < 0)
        return exh_cage_enter(EXH_WORKER_SOCKET, cage, err);
    exh_media_open_device(EXH_WORKER_DEVICE);
    return exh_cage_enter_with_device(EXH_WORKER_SOCKET, cage, err);
}

int main(void)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(session_clear) struct session session = { .frame = EXH_FRAME_NONE };
    EXH_CLEANUP(exh_json_freep) struct exh_json *hello = NULL;
    struct exh_cage cage;

    keep_memory_flat();
    exh_media_start();
    hello = exh_json_object();           /* the first object opens /dev/urandom for the seed of all */
    if (!enter_cage(&cage, &err)) {
        fprintf(stderr, "exhibit-media: %s\n", err.text);
        return EXH_IO;
    }
    if (greet(exh_steal(&hello), &cage, &err))
        while (hear(&session, &err) && answer(&session, &err))
            ;
    /* The other side closing the socket is the usual end. */
    return err.kind == EXH_IO ? 0 : (int)err.kind;
}
