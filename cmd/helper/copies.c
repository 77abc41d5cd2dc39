/* exhibit-media: the questions about copies of footage. */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_FONT = 32 << 20, GATHERED = 256 << 10 };

bool add_words(struct session *session, struct exh_error *err)
{
    if (session->words.size + session->frame.size > EXH_HELPER_LONGEST)
        return exh_fail(err, EXH_MALFORMED, "a question of more than %d bytes", EXH_HELPER_LONGEST);
    exh_text_add(&session->words, session->frame.bytes, session->frame.size);
    return true;
}

/* Ends a question with its answer (taken), or with why there is none. */
static bool say_end(bool done, struct exh_json *answer, const struct exh_error *why, struct exh_error *err)
{
    return done ? say_json(EXH_HELPER_ANSWER, answer, err) : say_failed(why, err);
}

bool survey(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    struct exh_media_host host = host_of(session);
    int fd = -1;

    if (!read_question(session, &question, err) || !take_descriptor(session, &fd, err))
        return false;
    struct exh_json *found = exh_media_survey(fd, rate_in(question), &host);
    close(fd);
    return say_json(EXH_HELPER_ANSWER, found, err);
}

/* ---- a job ---- */

/* The font comes as a file; what FreeType reads of it later is this copy. Its size shows when it ends. */
static bool read_font(int fd, struct exh_text *bytes, struct exh_error *err)
{
    char block[65536];
    ssize_t n;

    while ((n = pread(fd, block, sizeof block, (off_t)bytes->size)) > 0 && bytes->size <= LARGEST_FONT)
        exh_text_add(bytes, block, (size_t)n);
    if (n < 0)
        return exh_fail(err, EXH_IO, "the font cannot be read");
    return (bytes->size && bytes->size <= LARGEST_FONT)
        || exh_fail(err, EXH_MALFORMED, "the font is no file of 1 to %d bytes", LARGEST_FONT);
}

bool open_job(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text font = EXH_TEXT_NONE;

    if (!read_question(session, &question, err))
        return false;
    exh_media_job_freep(&session->job);
    session->host = host_of(session);
    bool done = session->frame.fd < 0 || read_font(session->frame.fd, &font, &why);
    size_t size = font.size;
    done = done && exh_media_job_open(question, size ? (uint8_t *)exh_text_take(&font) : NULL, size, &session->host, &session->job, &why);
    return say_end(done, done ? exh_media_job_facts(session->job) : NULL, &why, err);
}

/* What is encoded, on its way to the parent: bytes gathered, and what packets they are. */
struct sending {
    uint8_t bytes[GATHERED];
    size_t size;
    uint8_t packets[EXH_HELPER_BATCH * EXH_HELPER_PACKET_SIZE];
    size_t packets_size;
};

static void put_number(uint8_t *bytes, uint64_t number, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static bool flush(struct sending *sending, struct exh_error *err)
{
    size_t size = sending->size, packets = sending->packets_size;

    sending->size = sending->packets_size = 0;
    return (size == 0 || say(EXH_HELPER_LITERAL, sending->bytes, size, err))
        && (packets == 0 || say(EXH_HELPER_PACKETS, sending->packets, packets, err));
}

static bool send_packet(void *context, const uint8_t *bytes, size_t size, int64_t time, bool key, struct exh_error *err)
{
    struct sending *sending = context;

    if (sending->packets_size == sizeof sending->packets || sending->size + size > GATHERED)
        if (!flush(sending, err))
            return false;
    uint8_t *packet = sending->packets + sending->packets_size;
    memset(packet, 0, EXH_HELPER_PACKET_SIZE);
    put_number(packet, (uint64_t)time, 8);
    put_number(packet + 8, size, 4);
    packet[17] = key;
    sending->packets_size += EXH_HELPER_PACKET_SIZE;
    if (size > GATHERED)
        return say_bytes(EXH_HELPER_LITERAL, bytes, size, err);
    memcpy(sending->bytes + sending->size, bytes, size);
    sending->size += size;
    return true;
}

static bool need_job(const struct session *session, struct exh_error *err)
{
    return session->job || exh_fail(err, EXH_MALFORMED, "there is no job");
}

typedef bool encode_part(const struct session *session, const struct exh_json *question, const struct exh_media_packets *packets,
                         struct exh_json **ret_facts, struct exh_error *err);

static bool encode(struct session *session, encode_part *part, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_freep) struct sending *sending = exh_alloc(sizeof *sending);
    const struct exh_media_packets packets = { .take = send_packet, .context = sending };
    struct exh_json *facts = NULL;

    if (!read_question(session, &question, err) || !need_job(session, err))
        return false;
    bool done = part(session, question, &packets, &facts, &why);
    return (!done || flush(sending, err)) && say_end(done, facts, &why, err);
}

static bool chunk(const struct session *session, const struct exh_json *question, const struct exh_media_packets *packets,
                  struct exh_json **ret_facts, struct exh_error *err)
{
    return exh_media_job_chunk(session->job, (size_t)exh_json_int_or(question, "chunk", 0), packets, ret_facts, err);
}

static bool sound(const struct session *session, const struct exh_json *question, const struct exh_media_packets *packets,
                  struct exh_json **ret_facts, struct exh_error *err)
{
    return exh_media_job_sound(session->job, exh_json_int_or(question, "begins", 0), packets, ret_facts, err);
}

bool encode_chunk(struct session *session, struct exh_error *err)
{
    return encode(session, chunk, err);
}

bool encode_sound(struct session *session, struct exh_error *err)
{
    return encode(session, sound, err);
}

bool make_image(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text bytes = EXH_TEXT_NONE;
    struct exh_json *facts = NULL;

    if (!read_question(session, &question, err) || !need_job(session, err))
        return false;
    bool done = exh_media_job_image(session->job, (size_t)exh_json_int_or(question, "image", 0), &bytes, &facts, &why);
    return (!done || say_bytes(EXH_HELPER_LITERAL, (const uint8_t *)bytes.bytes, bytes.size, err)) && say_end(done, facts, &why, err);
}

/* ---- the head of a film's file ---- */

static uint64_t get_number(const uint8_t *bytes, int size)
{
    uint64_t number = 0;

    for (int i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

bool add_packets(struct session *session, struct exh_error *err)
{
    const struct exh_frame *frame = &session->frame;

    if (!session->tables)
        session->tables = exh_media_tables_new();
    if (frame->size % EXH_HELPER_PACKET_SIZE)
        return exh_fail(err, EXH_MALFORMED, "half a packet came");
    for (const uint8_t *at = frame->bytes; at < frame->bytes + frame->size; at += EXH_HELPER_PACKET_SIZE) {
        const struct exh_media_table_entry entry = { (int64_t)get_number(at, 8), (uint32_t)get_number(at + 8, 4),
                                                     (uint32_t)get_number(at + 12, 4), at[16], at[17] != 0 };
        if (!exh_media_tables_add(session->tables, &entry, err))
            return false;
    }
    return true;
}

bool make_head(struct session *session, struct exh_error *err)
{
    EXH_CLEANUP(exh_json_freep) struct exh_json *question = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error why = EXH_ERROR_NONE;
    struct exh_media_host host = host_of(session);
    const uint8_t *head = NULL;
    size_t size = 0;

    if (!read_question(session, &question, err))
        return false;
    if (!session->tables)
        session->tables = exh_media_tables_new();
    bool done = exh_media_tables_make(session->tables, question, &host, &head, &size, &why);
    done = (!done || say_bytes(EXH_HELPER_LITERAL, head, size, err)) && say_end(done, exh_json_object(), &why, err);
    exh_media_tables_freep(&session->tables);
    return done;
}
