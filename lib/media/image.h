/* media/image: a still as PNG (libpng) or JPEG (libjpeg), with texts about it. The same picture and texts give the same bytes. */
#ifndef EXHIBIT_MEDIA_IMAGE_H
#define EXHIBIT_MEDIA_IMAGE_H

#include "exhibit/error.h"
#include "exhibit/text.h"

#include <stdint.h>

struct image_note { const char *name, *words; };      /* UTF-8; names of PNG's keywords: "Title", "Creation Time" */
struct image {
    const uint8_t *rgb;          /* 8 bits each, rows of @stride bytes */
    size_t stride;
    int width, height;           /* 1 to 16384 */
    const struct image_note *notes;
    size_t note_count;
};
/* @ret_bytes: added to. EXH_IO: the library failed, in its words. */
bool image_png(const struct image *image, struct exh_text *ret_bytes, struct exh_error *err) EXH_CHECK;
/* @quality 1 to 100; colour at full resolution (4:4:4). */
bool image_jpeg(const struct image *image, int quality, struct exh_text *ret_bytes, struct exh_error *err) EXH_CHECK;
/* "libpng 1.6.39, libjpeg-turbo 2.1.5". Free with free(). */
char *image_libraries(void) EXH_CHECK;

#endif
