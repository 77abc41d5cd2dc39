/* derive: running a job, with the files of Masters that are open already. */
#include "derive.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FONT = 64 << 20 };

/* The first of the machine's devices that render; where there are more, they are alike. */
#define DEVICE "/dev/dri/renderD128"

void exh_engine_clear(struct engine *engine)
{
    exh_fd_close(&engine->device);
    exh_fd_close(&engine->font);
    exh_fd_close(&engine->spool);
}

/* Read from the descriptor that is handed on: its digest is that of the bytes that are drawn with. */
static bool open_font(const char *path, struct engine *engine, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size;

    if (fd < 0)
        return exh_fail_os(err, "cannot open the font '%s', which texts on copies are drawn with; install Debian's fonts-dejavu-core, or "
                           "name another TrueType font as media.font in the store's config", path);
    if (!exh_fd_read(fd, path, LARGEST_FONT, &bytes, &size, err))
        return false;
    exh_sha256(bytes, size, engine->font_digest);
    engine->font = fd;
    fd = -1;
    return true;
}

/* A hardware encoder needs a device; that there is none is said before anything is made. */
static bool open_device(const char *encoder, struct engine *engine, struct exh_error *err)
{
    if (!encoder || strcmp(encoder, "libx264") == 0)
        return true;
    if (strcmp(encoder, "h264_vaapi") != 0)
        return exh_fail(err, EXH_USAGE, "'%s' is no encoder that is used here: libx264, or h264_vaapi", encoder);
    engine->device = open(DEVICE, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (engine->device >= 0)
        return true;
    exh_fail_os(err, "this machine does not encode with h264_vaapi; leave --encoder out to use libx264: cannot open '" DEVICE "'");
    err->kind = EXH_REFUSED;
    return false;
}

bool exh_engine_open(const struct exh_store *store, bool needs_font, const char *encoder, struct engine *ret_engine, struct exh_error *err)
{
    EXH_CLEANUP(exh_engine_clear) struct engine engine = EXH_ENGINE_NONE;
    EXH_CLEANUP(exh_error_clear) struct exh_error none = EXH_ERROR_NONE;

    if (!exh_directory_open(store->root, "staging", &engine.spool, err) || !open_device(encoder, &engine, err)
        || (!open_font(store->font, &engine, needs_font ? err : &none) && needs_font))
        return false;
    engine.bare = store->cage_optional;
    *ret_engine = engine;
    engine = (struct engine)EXH_ENGINE_NONE;
    return true;
}

/* What the engine's callbacks are given. */
struct run { const struct engine *engine; };

static bool open_input(void *context, size_t input, int *ret_fd, struct exh_error *err)
{
    const struct engine *engine = ((struct run *)context)->engine;

    if (input >= engine->place_count)
        return exh_fail(err, EXH_MALFORMED, "the job has no input %zu", input);
    return exh_original_open(engine->places[input].original, engine->places[input].part, ret_fd, err);
}

static void tell(void *context, int64_t done_ns, int64_t whole_ns)
{
    const struct engine *engine = ((struct run *)context)->engine;

    engine->progress(engine->context, done_ns, whole_ns);
}

static struct exh_convert convert_of(struct run *run)
{
    const struct engine *engine = run->engine;

    return (struct exh_convert){ .job = engine->job, .open = open_input, .font = engine->font, .device = engine->device > 0 ? engine->device : 0, .spool = engine->spool, .bare = engine->bare,
                                 .progress = engine->progress ? tell : NULL, .interrupted = engine->interrupted, .context = run };
}

bool exh_engine_film(const struct engine *engine, struct exh_film **ret_film, struct exh_error *err)
{
    struct run run = { .engine = engine };
    const struct exh_convert convert = convert_of(&run);

    return exh_convert_film(&convert, ret_film, err);
}

bool exh_engine_stills(const struct engine *engine, exh_take_image *take, void *context, struct exh_error *err)
{
    struct run run = { .engine = engine };
    const struct exh_convert convert = convert_of(&run);

    return exh_convert_stills(&convert, take, context, err);
}
