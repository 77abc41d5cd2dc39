/* media/draw: a font and its glyphs, each rendered once for each size.
 *
 * Glyphs are not hinted: hinting depends on how FreeType was built and on properties that its environment sets, and
 * then the same job would make other pictures elsewhere. Places and widths are whole pixels, so a glyph is the same
 * wherever it stands. */
#include "type.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H
#include FT_MODULE_H
#include FT_SYSTEM_H

#include <stdlib.h>
#include <string.h>

enum { LOADING = FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP, MOST_GLYPHS = 4096, REPLACEMENT = 0xfffd };

/* Size 0: only its advance, in units of the font. */
struct glyph {
    uint32_t character;
    int size;
    bool used;
    int advance;
    int left, above;             /* from the pen to the first column, from the base line up to the first row */
    int width, height;
    uint8_t *cover;              /* 0 to 255, row by row */
};

struct font {
    struct FT_MemoryRec_ memory;
    FT_Library library;
    FT_Face face;
    int em, digit_height, digit_advance;     /* in units of the font */
    struct glyph *glyphs;                    /* open addressing; a power of two, at most half full */
    size_t room, count;
};

/* ---- memory ---- */

static void *take_memory(FT_Memory memory, long size)
{
    (void)memory;
    return malloc((size_t)size);
}

static void free_memory(FT_Memory memory, void *block)
{
    (void)memory;
    free(block);
}

static void *resize_memory(FT_Memory memory, long old_size, long size, void *block)
{
    (void)memory, (void)old_size;
    return realloc(block, (size_t)size);
}

/* ---- the glyphs kept ---- */

static void forget_glyphs(struct font *font)
{
    for (size_t i = 0; i < font->room; i++)
        free(font->glyphs[i].cover);
    free(font->glyphs);
    font->glyphs = NULL;
    font->room = font->count = 0;
}

/* Where it is, or where it belongs. */
static struct glyph *place_of(const struct font *font, uint32_t character, int size)
{
    size_t at = (character * UINT32_C(2654435761) ^ (uint32_t)size * UINT32_C(40503)) & (font->room - 1);

    while (font->glyphs[at].used && (font->glyphs[at].character != character || font->glyphs[at].size != size))
        at = (at + 1) & (font->room - 1);
    return &font->glyphs[at];
}

static void make_room(struct font *font)
{
    struct glyph *old = font->glyphs;
    size_t room = font->room;

    if (font->count * 2 < room)
        return;
    font->room = room ? room * 2 : 256;
    font->glyphs = exh_alloc(font->room * sizeof *font->glyphs);
    for (size_t i = 0; i < room; i++)
        if (old[i].used)
            *place_of(font, old[i].character, old[i].size) = old[i];
    free(old);
}

/* ---- rendering ---- */

int type_digits(const struct font *font, int size)
{
    int digits = (int)(((int64_t)size * font->digit_height + font->em / 2) / font->em);

    return digits > 1 ? digits : 1;
}

/* The em in 64ths of a pixel. */
static int64_t exact_size(const struct font *font, int size)
{
    return (int64_t)type_digits(font, size) * 64 * font->em / font->digit_height;
}

/* Units of the font in pixels, rounded. */
static int pixels(const struct font *font, int64_t units, int size)
{
    return (int)((units * exact_size(font, size) + INT64_C(32) * font->em) / (INT64_C(64) * font->em));
}

static void keep_bitmap(const FT_GlyphSlot slot, struct glyph *glyph)
{
    const FT_Bitmap *bitmap = &slot->bitmap;

    if (bitmap->pixel_mode != FT_PIXEL_MODE_GRAY || bitmap->pitch < 0 || !bitmap->rows || !bitmap->width)
        return;
    glyph->left = slot->bitmap_left;
    glyph->above = slot->bitmap_top;
    glyph->width = (int)bitmap->width;
    glyph->height = (int)bitmap->rows;
    glyph->cover = exh_alloc((size_t)bitmap->width * bitmap->rows);
    for (unsigned row = 0; row < bitmap->rows; row++)
        memcpy(glyph->cover + row * bitmap->width, bitmap->buffer + row * (size_t)bitmap->pitch, bitmap->width);
}

/* A glyph that cannot be rendered, or is far larger than its size, shows nothing. */
static void render(struct font *font, struct glyph *glyph)
{
    FT_GlyphSlot slot = font->face->glyph;
    FT_UInt index = FT_Get_Char_Index(font->face, glyph->character);
    FT_Pos most = (FT_Pos)glyph->size * 64 * 4;

    if (FT_Set_Char_Size(font->face, 0, exact_size(font, glyph->size), 72, 72)
        || FT_Load_Glyph(font->face, index, LOADING))
        return;
    if (slot->metrics.width > most || slot->metrics.height > most || FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL))
        return;
    keep_bitmap(slot, glyph);
}

static int advance_of(struct font *font, uint32_t character)
{
    FT_UInt index = FT_Get_Char_Index(font->face, character);
    FT_Fixed advance = 0;

    if (FT_Get_Advance(font->face, index, FT_LOAD_NO_SCALE, &advance) || advance < 0 || advance > 4 * font->em)
        return font->em;
    return (int)advance;
}

/* Stays until the next call. */
static const struct glyph *glyph_of(struct font *font, uint32_t character, int size)
{
    if (font->count >= MOST_GLYPHS)
        forget_glyphs(font);
    make_room(font);
    struct glyph *glyph = place_of(font, character, size);
    if (glyph->used)
        return glyph;
    *glyph = (struct glyph){ .character = character, .size = size, .used = true };
    font->count++;
    if (size)
        render(font, glyph);
    else
        glyph->advance = advance_of(font, character);
    return glyph;
}

static int advance_in(struct font *font, uint32_t character, int size)
{
    bool digit = character >= '0' && character <= '9';

    return pixels(font, digit ? font->digit_advance : glyph_of(font, character, 0)->advance, size);
}

/* ---- opening ---- */

static int height_of(FT_Face face, uint32_t character)
{
    FT_UInt index = FT_Get_Char_Index(face, character);

    return FT_Load_Glyph(face, index, FT_LOAD_NO_SCALE) ? 0 : (int)face->glyph->metrics.horiBearingY;
}

/* The one is flat at both ends; round digits reach over it by a little. */
static void measure(struct font *font)
{
    font->em = font->face->units_per_EM;
    font->digit_height = height_of(font->face, '1');
    if (font->digit_height < font->em / 4 || font->digit_height > font->em)
        font->digit_height = font->em * 7 / 10;
    for (uint32_t digit = '0'; digit <= '9'; digit++) {
        int advance = advance_of(font, digit);
        if (advance > font->digit_advance)
            font->digit_advance = advance;
    }
}

/* Not FT_Init_FreeType, which takes properties from the environment. */
static bool start(struct font *font)
{
    font->memory = (struct FT_MemoryRec_){ .alloc = take_memory, .free = free_memory, .realloc = resize_memory };
    if (FT_New_Library(&font->memory, &font->library))
        return false;
    FT_Add_Default_Modules(font->library);
    return true;
}

bool font_open(const uint8_t *bytes, size_t size, struct font **ret_font, struct exh_error *err)
{
    EXH_CLEANUP(font_freep) struct font *font = exh_alloc(sizeof *font);

    if (!start(font))
        return exh_fail(err, EXH_IO, "FreeType does not start");
    if (FT_New_Memory_Face(font->library, bytes, (FT_Long)size, 0, &font->face))
        return exh_fail(err, EXH_MALFORMED, "the font cannot be read");
    if (!FT_IS_SCALABLE(font->face) || font->face->units_per_EM < 16)
        return exh_fail(err, EXH_MALFORMED, "the font cannot be scaled");
    measure(font);
    *ret_font = exh_steal(&font);
    return true;
}

void font_freep(struct font **font)
{
    if (!*font)
        return;
    forget_glyphs(*font);
    FT_Done_Face((*font)->face);
    FT_Done_Library((*font)->library);
    free(*font);
    *font = NULL;
}

char *font_library(void)
{
    EXH_CLEANUP(font_freep) struct font *font = exh_alloc(sizeof *font);
    FT_Int major = FREETYPE_MAJOR, minor = FREETYPE_MINOR, patch = FREETYPE_PATCH;

    if (start(font))
        FT_Library_Version(font->library, &major, &minor, &patch);
    return exh_format("FreeType %d.%d.%d", major, minor, patch);
}

/* ---- characters ---- */

/* That a character has which begins so; 0: none does. */
static int bytes_of(uint8_t first)
{
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* Steps over one character. A NUL continues nothing, so the end is never passed. */
static uint32_t next_character(const char **at)
{
    const uint8_t *bytes = (const uint8_t *)*at;
    int count = bytes_of(bytes[0]), read = 1;
    uint32_t character = count < 2 ? bytes[0] : bytes[0] & (0x7f >> count);

    while (read < count && (bytes[read] & 0xc0) == 0x80)
        character = character << 6 | (bytes[read++] & 0x3f);
    if (!count || read < count || !exh_text_is_utf8(*at, (size_t)count)) {
        *at += 1;
        return REPLACEMENT;
    }
    *at += count;
    return character;
}

/* ---- words ---- */

int type_line_height(const struct font *font, int size)
{
    return pixels(font, font->face->ascender, size) + pixels(font, -font->face->descender, size) + 1 + size / 8;
}

int type_width(struct font *font, const char *words, const char *end, int size)
{
    int width = 0;

    while (words < end)
        width += advance_in(font, next_character(&words), size);
    return width;
}

const char *type_part(struct font *font, const char *words, int size, int room, const char **ret_next)
{
    const char *at = words, *space = NULL;
    int width = 0;

    while (*at) {
        const char *before = at;
        uint32_t character = next_character(&at);
        width += advance_in(font, character, size);
        if (character == ' ' && before > words)
            space = before;
        if (width <= room || character == ' ' || before == words)
            continue;
        *ret_next = space ? space + 1 : before;
        return space ? space : before;
    }
    *ret_next = at;
    return at;
}

static void lay_row(uint8_t *pixel, const uint8_t *cover, int count)
{
    for (int i = 0; i < count; i++)
        if (cover[i])
            pixel[i] = (uint8_t)(pixel[i] + (LUMA_WHITE - pixel[i]) * cover[i] / 255);
}

static void lay_glyph(const struct glyph *glyph, int left, int above, struct type_place place, AVFrame *frame)
{
    int first = left < 0 ? -left : 0;
    int count = (left + glyph->width > frame->width ? frame->width - left : glyph->width) - first;
    int from = above < place.top ? place.top : above;
    int to = above + glyph->height < place.bottom ? above + glyph->height : place.bottom;

    for (int row = from; row < to && count > 0; row++)
        lay_row(frame->data[0] + (ptrdiff_t)row * frame->linesize[0] + left + first,
                glyph->cover + (size_t)(row - above) * (size_t)glyph->width + first, count);
}

void type_draw(struct font *font, const char *words, const char *end, int size, struct type_place place, AVFrame *frame)
{
    int base = place.line_top + pixels(font, font->face->ascender, size) + 1, left = place.left;

    place.top = place.top > 0 ? place.top : 0;
    place.bottom = place.bottom < frame->height ? place.bottom : frame->height;
    while (words < end && left < frame->width) {
        uint32_t character = next_character(&words);
        const struct glyph *glyph = glyph_of(font, character, size);
        if (glyph->cover)
            lay_glyph(glyph, left + glyph->left, base - glyph->above, place, frame);
        left += advance_in(font, character, size);
    }
}

void type_fill(AVFrame *frame, int top, int bottom, uint8_t luma)
{
    size_t half = (size_t)(frame->width + 1) / 2;

    for (int row = top; row < bottom; row++)
        memset(frame->data[0] + (ptrdiff_t)row * frame->linesize[0], luma, (size_t)frame->width);
    for (int row = top / 2; row < (bottom + 1) / 2; row++)
        for (int plane = 1; plane < 3; plane++)
            memset(frame->data[plane] + (ptrdiff_t)row * frame->linesize[plane], CHROMA_NONE, half);
}
