/* exhibit-media: what its files share: the session, and talking to the parent. */
#ifndef EXHIBIT_MEDIA_SESSION_H
#define EXHIBIT_MEDIA_SESSION_H

#include "exhibit/helper.h"
#include "exhibit/json.h"
#include "exhibit/media.h"
#include "exhibit/text.h"
#include "exhibit/worker.h"

struct session {
    struct exh_frame frame;
    int64_t last_sign_ms;
    struct exh_text words;       /* of a question longer than a frame, so far */
    struct exh_media_piece *pieces;
    size_t piece_count;
    struct exh_media_cut cut;    /* the question that plan answers */
    struct exh_media_plan *plan;
    uint8_t runs[EXH_HELPER_BATCH * EXH_HELPER_RUN_SIZE];
    size_t runs_size;
    struct exh_media_host host;  /* of the job */
    struct exh_media_job *job;   /* NULL: none */
    struct exh_media_tables *tables;     /* of the film's file, so far; NULL */
};
void session_clear(struct session *session);

bool say(enum exh_helper_frame type, const void *bytes, size_t size, struct exh_error *err);
/* Takes @value. A body longer than a frame goes in several. */
bool say_json(enum exh_helper_frame type, struct exh_json *value, struct exh_error *err);
bool say_failed(const struct exh_error *why, struct exh_error *err);
bool hear(struct session *session, struct exh_error *err);
/* Gives away the descriptor that came with the last frame. */
bool take_descriptor(struct session *session, int *ret_fd, struct exh_error *err);
struct exh_media_host host_of(struct session *session);
/* The question that the last frame ends. */
bool read_question(struct session *session, struct exh_json **ret_question, struct exh_error *err);
/* The declared rate in a question; 0/0 where it is null. */
struct exh_media_rate rate_in(const struct exh_json *question);
/* Sends @size bytes in frames that hold them. */
bool say_bytes(enum exh_helper_frame type, const uint8_t *bytes, size_t size, struct exh_error *err);

/* ---- copies.c: the questions about copies ---- */

bool add_words(struct session *session, struct exh_error *err);
bool survey(struct session *session, struct exh_error *err);
bool open_job(struct session *session, struct exh_error *err);
bool encode_chunk(struct session *session, struct exh_error *err);
bool encode_sound(struct session *session, struct exh_error *err);
bool make_image(struct session *session, struct exh_error *err);
bool add_packets(struct session *session, struct exh_error *err);
bool make_head(struct session *session, struct exh_error *err);

#endif
