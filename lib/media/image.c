/* media/image: stills. Both libraries leave by longjmp when something is wrong: each stands behind one function that
 * owns nothing, and what they made is let go by its caller. */
#include "image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

enum { MOST_SIDE = 16384 };

static bool check_size(const struct image *image, struct exh_error *err)
{
    if (image->width >= 1 && image->height >= 1 && image->width <= MOST_SIDE && image->height <= MOST_SIDE)
        return true;
    return exh_fail(err, EXH_USAGE, "an image of %dx%d cannot be written", image->width, image->height);
}

static const uint8_t *row_at(const struct image *image, size_t row)
{
    return image->rgb + row * image->stride;
}

/* Takes back what was added before it failed. */
static bool give_up(struct exh_text *bytes, size_t size, const char *kind, const char *words, struct exh_error *err)
{
    bytes->size = size;
    if (bytes->bytes)
        bytes->bytes[size] = '\0';
    return exh_fail(err, EXH_IO, "%s: %s", kind, words);
}

/* ---- PNG ---- */

enum { PNG_LEVEL = 6 };

struct png_work {
    png_structp png;
    png_infop info;
    char words[200];
};

/* Warnings are of things that were left out or written otherwise: that is no image of what was asked for. */
static PNG_NORETURN void png_failed(png_structp png, png_const_charp words)
{
    struct png_work *work = png_get_error_ptr(png);

    snprintf(work->words, sizeof work->words, "%s", words);
    png_longjmp(png, 1);
}

static void png_warned(png_structp png, png_const_charp words)
{
    png_failed(png, words);
}

static void png_take(png_structp png, png_bytep bytes, size_t size)
{
    exh_text_add(png_get_io_ptr(png), bytes, size);
}

static void png_keep(png_structp png)
{
    (void)png;
}

/* tEXt is Latin-1; all that is not ASCII goes into iTXt, which is UTF-8. */
static void png_add_note(const struct png_work *work, const struct image_note *note)
{
    png_text text = { .compression = PNG_TEXT_COMPRESSION_NONE, .key = (char *)(uintptr_t)note->name,
                      .text = (char *)(uintptr_t)note->words, .text_length = strlen(note->words) };

    for (const unsigned char *at = (const unsigned char *)note->words; *at; at++)
        if ((*at < ' ' && *at != '\n') || *at > '~')
            text.compression = PNG_ITXT_COMPRESSION_NONE;
    png_set_text(work->png, work->info, &text, 1);
}

static bool png_write(struct png_work *work, const struct image *image, struct exh_text *bytes)
{
    if (setjmp(png_jmpbuf(work->png)))
        return false;
    png_set_write_fn(work->png, bytes, png_take, png_keep);
    png_set_IHDR(work->png, work->info, (png_uint_32)image->width, (png_uint_32)image->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(work->png, work->info, 1, 1, PNG_RESOLUTION_UNKNOWN);
    png_set_filter(work->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_level(work->png, PNG_LEVEL);
    for (size_t i = 0; i < image->note_count; i++)
        png_add_note(work, &image->notes[i]);
    png_write_info(work->png, work->info);
    for (size_t row = 0; row < (size_t)image->height; row++)
        png_write_row(work->png, row_at(image, row));
    png_write_end(work->png, NULL);
    return true;
}

bool image_png(const struct image *image, struct exh_text *ret_bytes, struct exh_error *err)
{
    struct png_work work = { .words = "no memory" };
    size_t before = ret_bytes->size;

    if (!check_size(image, err))
        return false;
    work.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &work, png_failed, png_warned);
    work.info = work.png ? png_create_info_struct(work.png) : NULL;
    bool done = work.info && png_write(&work, image, ret_bytes);
    png_destroy_write_struct(&work.png, &work.info);
    return done || give_up(ret_bytes, before, "PNG", work.words, err);
}

/* ---- JPEG ---- */

struct jpeg_work {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf leave;
    struct exh_text *bytes;
    JOCTET buffer[16384];
    char words[JMSG_LENGTH_MAX];
};

static void jpeg_failed(j_common_ptr jpeg)
{
    struct jpeg_work *work = jpeg->client_data;

    jpeg->err->format_message(jpeg, work->words);
    longjmp(work->leave, 1);
}

/* Levels from 0 up tell what it does. */
static void jpeg_said(j_common_ptr jpeg, int level)
{
    if (level < 0)
        jpeg_failed(jpeg);
}

static void jpeg_begin(j_compress_ptr jpeg)
{
    struct jpeg_work *work = jpeg->client_data;

    work->destination.next_output_byte = work->buffer;
    work->destination.free_in_buffer = sizeof work->buffer;
}

static boolean jpeg_take(j_compress_ptr jpeg)
{
    struct jpeg_work *work = jpeg->client_data;

    exh_text_add(work->bytes, work->buffer, sizeof work->buffer);
    jpeg_begin(jpeg);
    return TRUE;
}

static void jpeg_end(j_compress_ptr jpeg)
{
    struct jpeg_work *work = jpeg->client_data;

    exh_text_add(work->bytes, work->buffer, sizeof work->buffer - work->destination.free_in_buffer);
}

static void jpeg_set(struct jpeg_work *work, const struct image *image, int quality)
{
    j_compress_ptr jpeg = &work->jpeg;

    jpeg->image_width = (JDIMENSION)image->width;
    jpeg->image_height = (JDIMENSION)image->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
    jpeg->dct_method = JDCT_ISLOW;           /* the same with and without SIMD */
    jpeg->optimize_coding = TRUE;
}

static void jpeg_add_notes(struct jpeg_work *work, const struct image *image)
{
    for (size_t i = 0; i < image->note_count; i++) {
        /* Not owned by scope: libjpeg may leave from here. */
        size_t size = strlen(image->notes[i].name) + 2 + strlen(image->notes[i].words);
        char *comment = work->jpeg.mem->alloc_large((j_common_ptr)&work->jpeg, JPOOL_IMAGE, size + 1);
        snprintf(comment, size + 1, "%s: %s", image->notes[i].name, image->notes[i].words);
        jpeg_write_marker(&work->jpeg, JPEG_COM, (const JOCTET *)comment, (unsigned)size);
    }
}

static bool jpeg_write(struct jpeg_work *work, const struct image *image, int quality)
{
    if (setjmp(work->leave))
        return false;
    jpeg_create_compress(&work->jpeg);
    work->jpeg.client_data = work;
    work->jpeg.dest = &work->destination;
    work->jpeg.mem->max_memory_to_use = 0;   /* no limit of the environment's (JPEGMEM): beyond it is a file */
    jpeg_set(work, image, quality);
    jpeg_start_compress(&work->jpeg, TRUE);
    jpeg_add_notes(work, image);
    for (size_t row = 0; row < (size_t)image->height; row++) {
        JSAMPROW one = (JSAMPROW)(uintptr_t)row_at(image, row);
        jpeg_write_scanlines(&work->jpeg, &one, 1);
    }
    jpeg_finish_compress(&work->jpeg);
    return true;
}

bool image_jpeg(const struct image *image, int quality, struct exh_text *ret_bytes, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) struct jpeg_work *work = exh_alloc(sizeof *work);
    size_t before = ret_bytes->size;

    if (!check_size(image, err))
        return false;
    work->bytes = ret_bytes;
    work->jpeg.err = jpeg_std_error(&work->errors);
    work->jpeg.client_data = work;
    work->errors.error_exit = jpeg_failed;
    work->errors.emit_message = jpeg_said;
    work->destination = (struct jpeg_destination_mgr){ .init_destination = jpeg_begin, .empty_output_buffer = jpeg_take,
                                                       .term_destination = jpeg_end };
    bool done = jpeg_write(work, image, quality);
    jpeg_destroy_compress(&work->jpeg);
    return done || give_up(ret_bytes, before, "JPEG", work->words, err);
}

/* ---- what wrote them ---- */

#define WORDS_OF(tokens) #tokens
#define VERSION_OF(tokens) WORDS_OF(tokens)

char *image_libraries(void)
{
    return exh_format("libpng %s, libjpeg-turbo %s", png_get_libpng_ver(NULL), VERSION_OF(LIBJPEG_TURBO_VERSION));
}
