/* convert/stills: images, several helpers side by side, given on in order. */
#include "crew.h"

#include "exhibit/text.h"

#include <stdlib.h>

enum { LARGEST_IMAGE = 512 << 20, IMAGE_MS = 300000 };

struct shot { struct exh_text bytes; struct exh_json *facts; };

struct album {
    struct crew *crew;
    struct shot *shots;          /* one a helper, of the round in hand */
    size_t first;                /* image of the round's first */
};

static void album_clear(struct album *album)
{
    for (size_t i = 0; album->shots && i < MOST_WORKERS; i++) {
        exh_text_clear(&album->shots[i].bytes);
        exh_json_free(album->shots[i].facts);
    }
    free(album->shots);
}

static bool take_bytes(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(&((struct shot *)context)->bytes, bytes, size);
    return true;
}

/* The caller's open has the caller's context; a shot is what bytes are for. */
struct asked { struct shot shot; const struct exh_convert *convert; };

static bool open_input(void *context, size_t input, int *ret_fd, struct exh_error *err)
{
    const struct exh_convert *convert = ((struct asked *)context)->convert;

    return convert->open(convert->context, input, ret_fd, err);
}

static bool make_image(struct crew_work *work, size_t worker, struct exh_error *err)
{
    struct album *album = work->context;
    struct crew *crew = album->crew;
    size_t image = album->first + worker;
    EXH_CLEANUP(exh_json_freep) struct exh_json *body = exh_json_object();
    struct asked asked = { .convert = crew->convert };

    if (image >= crew->pieces)
        return true;
    exh_json_set_int(body, "image", (int64_t)image);
    const struct exh_helper_question question = { .type = EXH_HELPER_IMAGE, .body = body, .fd = -1, .open = open_input,
        .inputs = crew->inputs, .most_opened = 1000, .literal = take_bytes, .most = LARGEST_IMAGE, .allowance_ms = IMAGE_MS,
        .interrupted = crew->convert->interrupted, .context = &asked };
    bool done = exh_helper_ask(crew->helpers[worker], &question, &asked.shot.facts, err) || exh_while(err, "image %zu", image + 1);
    if (done)
        exh_json_set_text(asked.shot.facts, "libraries", crew->libraries);
    album->shots[worker] = asked.shot;
    return done;
}

static bool give_round(struct album *album, bool (*take)(void *context, size_t image, const void *bytes, size_t size,
                       const struct exh_json *facts, struct exh_error *err), void *context, struct exh_error *err)
{
    bool done = true;

    for (size_t i = 0; i < album->crew->count && album->first + i < album->crew->pieces; i++) {
        struct shot *shot = &album->shots[i];
        if (done && shot->bytes.size == 0)
            done = exh_fail(err, EXH_MALFORMED, "the helper made no image");
        done = done && take(context, album->first + i, shot->bytes.bytes, shot->bytes.size, shot->facts, err);
        exh_text_clear(&shot->bytes);
        exh_json_free(shot->facts);
        shot->facts = NULL;
    }
    return done;
}

bool exh_convert_stills(const struct exh_convert *convert, bool (*take)(void *context, size_t image, const void *bytes, size_t size,
                        const struct exh_json *facts, struct exh_error *err), void *context, struct exh_error *err)
{
    EXH_CLEANUP(exh_crew_clear) struct crew crew = { .count = 0 };
    EXH_CLEANUP(album_clear) struct album album = { .crew = &crew };

    if (!exh_crew_start(&crew, convert, err))
        return false;
    album.shots = exh_alloc(MOST_WORKERS * sizeof *album.shots);
    for (; album.first < crew.pieces; album.first += crew.count) {
        struct crew_work work = { .crew = &crew, .work = make_image, .context = &album };
        if (!exh_crew_run(&work, err) || !give_round(&album, take, context, err))
            return false;
        if (convert->progress)
            convert->progress(convert->context, (int64_t)(album.first + crew.count < crew.pieces ? album.first + crew.count : crew.pieces),
                              (int64_t)crew.pieces);
        if (convert->interrupted && convert->interrupted())
            return exh_fail(err, EXH_IO, "interrupted; no stills were made");
    }
    return true;
}
