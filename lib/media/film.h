/* media/film: the pictures of a film, chunk by chunk. */
#ifndef EXHIBIT_MEDIA_FILM_H
#define EXHIBIT_MEDIA_FILM_H

#include "encode.h"

/* The size of a film's pictures: the canvas, and the band of the caption below it where there is one. */
void film_size(const struct exh_media_job *job, int *ret_width, int *ret_height);
/* Encodes one chunk. @ret_facts: what the answer to EXH_HELPER_CHUNK says. */
bool film_chunk(struct exh_media_job *job, size_t chunk, const struct exh_media_packets *sink, struct exh_json **ret_facts,
                struct exh_error *err) EXH_CHECK;
/* Encodes the film's sound, which begins with the picture shown at @begins (ticks of the film). */
bool film_sound(struct exh_media_job *job, int64_t begins, const struct exh_media_packets *sink, struct exh_json **ret_facts,
                struct exh_error *err) EXH_CHECK;

/* The packets of a film, for its head. */
struct exh_media_tables { struct exh_media_plan *plan; };

#endif
